"""Courses against the brute-force oracle: every choice a TFG must write, contacts on and beside every window's ends."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from isfdsl.interp.engine import Engine
from isfdsl.interp.results import Result
from isfdsl.records.record import Record
from tests.loading import load_text
from tests.oracle import courses_oracle as oracle
from tests.oracle.courses_oracle import Contact, End, Line, Spec
from tests.properties.support import examples

GROUPS = ("T", "V", "M", "N")
HEAD = """regelverk Orakel 2024
  gyldig 2020-01-01 til 2030-12-31
kodeverk merke åpent
post episode
  episode_id tekst nøkkel
  pasient_id tekst
  institusjon tekst valgfri
  inn dato
  ut dato valgfri
  g kode merke valgfri
  s kode merke valgfri
opphold av episode
  samles aldri
DRG T "T" vekt 1 DRG V "V" vekt 1 DRG M "M" vekt 1 DRG N "N" vekt 1 DRG 470 "R" vekt 1
hierarki DRG for opphold
  rekkefølge gr
  ellers 470
gruppe gr i DRG
  regel t gir T når g i T
  regel v gir V når g i V
  regel m gir M når g i M
  regel n gir N når g i N
STG S utløses av episode når s i S telles per kontakt finansiert ja vekt 1
STG Q utløses av episode når s i Q telles per kontakt finansiert ja vekt 1
"""
DAYS = st.sampled_from((0, 1, 2, 5, 10, 30))
MODES = {"starter": "starter i vinduet", "slutter": "slutter i vinduet", "overlapper": "overlapper vinduet"}
NEW = {"åpner": "åpner eget forløp", "tas inn": "tas inn i forløpet", "forlenger": "forlenger forløpet"}

# ------------------------------------------------------------------ drawing


@st.composite
def windows(draw: Any) -> tuple[End, End] | None:
    """A window, sometimes unknown; never one whose last day comes before the first on the same count."""
    if draw(st.integers(0, 9)) == 9:
        return None
    before, after = draw(DAYS), draw(DAYS)
    match draw(st.integers(0, 3)):
        case 0:
            return End(before, "før", "start"), End(after, "etter", draw(st.sampled_from(("start", "slutt"))))
        case 1:
            return End(max(before, after), "før", "start"), End(min(before, after), "før", "start")
        case 2:
            side = draw(st.sampled_from(("start", "slutt")))
            return End(min(before, after), "etter", side), End(max(before, after), "etter", side)
        case _:
            return End(min(before, after), "etter", "start"), End(max(before, after), "etter", "slutt")


@st.composite
def specs(draw: Any, name: str) -> Spec:
    """A TFG with every choice drawn."""
    kind = draw(st.sampled_from(("trigger", "trigger", "trigger", "periode", "rest")))
    unit = draw(st.sampled_from(("måned", "tertial", "år")))
    institution = draw(st.booleans())
    if kind == "rest":
        return Spec(name, unit=unit, per_institution=institution, rest=True)
    pool = [("DRG", g) for g in GROUPS] + [("STG", "S"), ("STG", "Q")]
    if kind == "periode":
        groups = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3, unique=True))
        return Spec(name, lines=tuple(Line((g,), None) for g in groups), unit=unit, per_institution=institution)
    triggers = draw(st.sampled_from(((("DRG", "T"),), (("DRG", "T"), ("DRG", "V")), (("DRG", "T"), ("STG", "S")))))
    others = [g for g in pool if g not in triggers]
    lines = []
    for _ in range(draw(st.integers(1, 2))):
        first = draw(st.sampled_from(others))
        more = [g for g in others if g[0] == first[0] and g != first] if draw(st.booleans()) else []
        lines.append(Line((first, *more), draw(windows())))
    per_trigger = draw(st.booleans())
    return Spec(
        name,
        tuple(triggers),
        tuple(lines),
        draw(st.sampled_from(tuple(MODES))),
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.sampled_from(tuple(NEW))),
        draw(st.sampled_from(("første", "nærmeste", "alle"))),
        "trigger" if per_trigger else unit,
        not per_trigger and institution,
    )


@st.composite
def rows(draw: Any, programs: list[Spec]) -> list[dict[str, Any]]:
    """Contacts of one patient, each placed from an earlier one by a limit of some window, give or take a day."""
    limits = sorted({e.days for s in programs for line in s.lines if line.window for e in line.window} | {0, 1})
    out: list[dict[str, Any]] = []
    for n in range(draw(st.integers(1, 7))):
        if out and draw(st.integers(0, 9)) < 8:
            other = draw(st.sampled_from(out))
            base = draw(st.sampled_from((other["inn"], other["ut"] or other["inn"])))
            away = draw(st.sampled_from(limits)) + draw(st.integers(-1, 1))
            start = base + dt.timedelta(days=away * draw(st.sampled_from((1, 1, -1))))
        else:
            start = draw(st.sampled_from((dt.date(2024, 3, 1), dt.date(2024, 12, 20), dt.date(2024, 4, 28))))
        length = draw(st.sampled_from((None, 0, 0, 1, 3, *limits)))
        kind = draw(st.sampled_from(("T", "T", "M", "M", "N", "V", None)))
        out.append(
            {
                "episode_id": f"e{draw(st.integers(0, 9))}{n}",
                "pasient_id": "P",
                "institusjon": draw(st.sampled_from(("H1", "H2"))),
                "inn": start,
                "ut": None if length is None else start + dt.timedelta(days=length),
                "g": kind,
                "s": draw(st.sampled_from((None, None, None, "S", "Q"))),
            }
        )
    return out


@st.composite
def worlds(draw: Any) -> tuple[list[Spec], bool, list[dict[str, Any]]]:
    """Some TFGs in order, whether a contact is used once, and the contacts."""
    programs = [draw(specs(f"F{i}")) for i in range(draw(st.integers(1, 3)))]
    return programs, draw(st.booleans()), draw(rows(programs))


# ------------------------------------------------------------------ the same, in the language


def end_text(end: End) -> str:
    """One end of a window."""
    return f"{end.days} dager {end.direction} {end.anchor}"


def line_text(line: Line, *, windowed: bool) -> str:
    """What a course takes in."""
    kind = line.groups[0][0]
    groups = ", ".join(g for _, g in line.groups)
    if not windowed:
        return f"omfatter {kind} {groups}"
    if line.window is None:
        return f'omfatter {kind} {groups} ukjent vindu "tapt"'
    return f"omfatter {kind} {groups} fra {end_text(line.window[0])} til {end_text(line.window[1])}"


def tfg_text(spec: Spec) -> str:
    """A TFG as its author writes it."""
    institution = " per institusjon" if spec.per_institution else ""
    counted = "per trigger" if spec.unit == "trigger" else f"én gang per pasient per {spec.unit}{institution}"
    parts = [f"TFG {spec.name}"]
    parts += [f"trigger {kind} {group}" for kind, group in spec.triggers]
    parts += ["omfatter resten"] if spec.rest else [line_text(x, windowed=bool(spec.triggers)) for x in spec.lines]
    if spec.triggers:
        parts += [
            f"medlem {MODES[spec.mode]}, {'også' if spec.own_day else 'ikke'} på triggerens egen startdag",
            "innenfor triggerens kalenderår" if spec.within_year else "uten kalenderårsgrense",
            f"ny trigger {NEW[spec.new_trigger]}",
            f"flere forløp {spec.several}",
        ]
    return "\n  ".join([*parts, f"telles {counted}", "finansiert ja", "vekt 1"])


def program_text(programs: list[Spec], once: bool) -> str:
    """The whole regelverk."""
    use = "kontakten brukes én gang" if once else "kontakten kan inngå i flere"
    order = f"rekkefølge TFG {use}: {', '.join(s.name for s in programs)}"
    return "\n".join([HEAD, *(tfg_text(s) for s in reversed(programs)), order])


# ------------------------------------------------------------------ comparing

Found = set[tuple[str, str, bool, frozenset[tuple[str, str, str, int | None]]]]


def engine_says(programs: list[Spec], once: bool, contacts: list[dict[str, Any]]) -> Found:
    """(TFG, period, financed, members) of every course of the engine."""
    loaded = load_text(program_text(programs, once))
    assert not loaded.problems, [p.message() for p in loaded.problems]
    records = [Record("episode", c, "", n, c["episode_id"]) for n, c in enumerate(contacts, start=1)]
    result: Result = Engine(loaded.ruleset).run({"episode": records})
    return {
        (c.tfg, c.period, bool(c.financed), frozenset((m.record_id, m.group, m.role, m.day) for m in c.members))
        for c in result.courses
    }


def oracle_says(programs: list[Spec], once: bool, contacts: list[dict[str, Any]]) -> Found:
    """The same of the oracle."""
    known = [
        Contact(c["episode_id"], "DRG", c["g"] or "470", c["inn"], c["ut"] or c["inn"], c["institusjon"])
        for c in contacts
    ]
    known += [
        Contact(c["episode_id"], "STG", c["s"], c["inn"], c["ut"] or c["inn"], c["institusjon"])
        for c in contacts
        if c["s"]
    ]
    out: Found = set()
    for course in oracle.courses(programs, known, once=once):
        first = course.triggers[0] if course.triggers else None
        roles = [(t, "trigger" if t is first else "ny_trigger") for t in course.triggers]
        roles += [(m, "medlem") for m in course.members]
        members = frozenset(
            (c.id, c.group, role, (c.start - first.start).days if first is not None else None) for c, role in roles
        )
        out.add((course.spec.name, course.period, course.counts, members))
    return out


@examples(250)
@given(worlds())
def test_courses_are_those_of_the_oracle(world: tuple[list[Spec], bool, list[dict[str, Any]]]) -> None:
    assert engine_says(*world) == oracle_says(*world)


@examples(60)
@given(windows(), st.sampled_from(tuple(MODES)), st.integers(0, 6))
def test_window_edges(window: tuple[End, End] | None, mode: str, stay: int) -> None:
    """Contacts of one day on the first and the last day, one day before and one day after."""
    if window is None:
        return
    spec = Spec("F", (("DRG", "T"),), (Line((("DRG", "M"),), window),), mode)
    start = dt.date(2024, 6, 1)
    trigger = Contact("t", "DRG", "T", start, start + dt.timedelta(days=stay))
    first, last = oracle.at(window[0], trigger), oracle.at(window[1], trigger)
    edges = {first - dt.timedelta(days=1): False, last + dt.timedelta(days=1): False}
    if first <= last:
        edges |= {first: True, last: True}
    contacts = [{"episode_id": "t", "inn": start, "ut": trigger.end, "g": "T"}]
    contacts += [{"episode_id": f"m{day}", "inn": day, "ut": day, "g": "M"} for day in edges]
    shared = {"pasient_id": "P", "institusjon": None, "s": None}
    found = engine_says([spec], False, [{**shared, **c} for c in contacts])
    members = {record for _, _, _, ms in found for record, _, role, _ in ms if role == "medlem"}
    assert members == {f"m{day}" for day, inside in edges.items() if inside}
