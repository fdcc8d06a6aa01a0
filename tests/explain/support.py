"""What the tests of explanations share: a rule set with every kind of step, its records, and a second evaluation."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from isfdsl.check import check
from isfdsl.explain.document import Step
from isfdsl.program import Ruleset, Workspace
from isfdsl.records.program_schema import schemas
from isfdsl.records.record import Record
from isfdsl.records.validate import Validator
from isfdsl.values import (
    add,
    as_day,
    as_moment,
    calendar_years_between,
    days_between,
    divide,
    hours_between,
    minutes_between,
    multiply,
    negative,
    tertial,
    whole_months_between,
    whole_years_between,
)

HERE = Path(__file__).parent
Records = dict[str, list[Record]]


@cache
def rich() -> Ruleset:
    """The rule set in ``rik.isf``; it has no errors. Its file has the same name wherever the tests are."""
    loaded = Workspace().load_texts([("tests/explain/rik.isf", (HERE / "rik.isf").read_text(encoding="utf-8"))])
    assert not [p for p in check(loaded).problems if p.severity == "feil"]
    return loaded.ruleset


def record(post: str, **values: Any) -> Record:
    """A valid record of the rich rule set."""
    schema = schemas(rich())[post]
    found = Validator(schema).outcome("prøve", 1, [values.get(f.name) for f in schema.fields])
    assert isinstance(found, Record), found
    return found


def gather(*records: Record) -> Records:
    """Records by type."""
    out: Records = {"episode": [], "utlevering": []}
    for r in records:
        out[r.post].append(r)
    return out


def hip() -> Records:
    """Patients of every kind of result, for the golden texts."""
    return gather(
        record(
            "episode",
            episode_id="E1",
            pasient_id="P1",
            enhet="ortopedi",
            inn="2024-02-03T08:30",
            ut="2024-02-09T12:00",
            alder=71,
            sted="1",
            omsorgsnivå="1",
            hovedtilstand="M16.1",
            bitilstander=["E11"],
            prosedyrer=["NFB30"],
        ),
        record(
            "episode",
            episode_id="E2",
            pasient_id="P1",
            inn="2024-02-29T10:00",
            ut="2024-02-29T10:30",
            alder=71,
            sted="4",
            omsorgsnivå="3",
            hovedtilstand="Z47.1",
        ),
        record(
            "episode",
            episode_id="E3",
            pasient_id="P1",
            inn="2024-08-10T10:00",
            ut="2024-08-10T10:30",
            alder=71,
            sted="4",
            omsorgsnivå="3",
            hovedtilstand="Z47.1",
            spesialkoder=["B0044"],
            godkjent=False,
        ),
        record(
            "episode",
            episode_id="E4",
            pasient_id="P2",
            institusjon="A",
            inn="2024-09-01T10:00",
            ut="2024-09-04T10:00",
            hovedtilstand="M16.1",
            prosedyrer=["NFB20"],
        ),
        record(
            "episode",
            episode_id="E5",
            pasient_id="P2",
            institusjon="A",
            inn="2024-09-04T11:00",
            ut="2024-09-12T10:00",
            hovedtilstand="A41.9",
            bitilstander=["T81.4"],
        ),
        record(
            "episode",
            episode_id="E6",
            pasient_id="P3",
            inn="2024-03-01T10:00",
            ut="2024-03-01T11:00",
            sted="1",
            spesialkoder=["B0044"],
            godkjent=True,
        ),
        record("utlevering", utlevering_id="U1", pasient_id="P3", dato="2024-03-05", legemiddel="H01AC"),
        record(
            "utlevering", utlevering_id="U2", pasient_id="P3", dato="2024-09-05", legemiddel="H01AC", indikasjon="E22.0"
        ),
        record("utlevering", utlevering_id="U3", pasient_id="P3", dato="2024-03-06", legemiddel="L04"),
    )


# ------------------------------------------------------------------ generated records

_CODES = ["M16.1", "Z47.1", "E11", "T81.4", "E10", "Q65", "A41.9", "A17.0+G01", "M16.1+E11"]
_PROCEDURES = ["NFB30", "NFB20", "NFB40", "NFB50", "NFB99", "ABC00"]
_DAYS = st.integers(0, 80) | st.integers(140, 400)


@st.composite
def episodes(draw: st.DrawFn, number: int) -> Record:
    """An episode with every field drawn; near others in time, so that stays and courses arise."""
    start = dt.datetime(2023, 12, 25, draw(st.integers(0, 23))) + dt.timedelta(days=draw(_DAYS))
    end = draw(st.none() | st.integers(0, 10))
    return record(
        "episode",
        episode_id=f"E{number}",
        pasient_id=draw(st.sampled_from(["P1", "P1", "P2", "P/1"])),
        enhet=draw(st.sampled_from([None, "X", "Y"])),
        institusjon=draw(st.sampled_from([None, "A", "B"])),
        inn=start,
        ut=None if end is None else start + dt.timedelta(days=end, hours=1),
        alder=draw(st.none() | st.sampled_from([0, 1, 17, 18, 60, 70, 71, 90])),
        omsorgsnivå=draw(st.sampled_from([None, "1", "3", "3"])),
        sted=draw(st.sampled_from([None, "1", "4"])),
        hovedtilstand=draw(st.none() | st.sampled_from(_CODES)),
        bitilstander=draw(st.lists(st.sampled_from(_CODES), max_size=3)),
        prosedyrer=draw(st.lists(st.sampled_from(_PROCEDURES), max_size=3)),
        spesialkoder=draw(st.sampled_from([[], ["B0044"], ["B0044", "B0044"]])),
        godkjent=draw(st.sampled_from([None, True, False])),
        journalført=draw(st.sampled_from([None, True, False])),
    )


@st.composite
def deliveries(draw: st.DrawFn, number: int) -> Record:
    """A delivery."""
    return record(
        "utlevering",
        utlevering_id=f"U{number}",
        pasient_id=draw(st.sampled_from(["P1", "P2"])),
        dato=dt.date(2024, 1, 1) + dt.timedelta(days=draw(_DAYS)),
        legemiddel=draw(st.sampled_from(["H01AC", "L04", "N02"])),
        indikasjon=draw(st.sampled_from([None, "E22.0"])),
    )


@st.composite
def inputs(draw: st.DrawFn) -> Records:
    """A whole input."""
    n = draw(st.integers(1, 6))
    return gather(
        *(draw(episodes(i)) for i in range(n)),
        *(draw(deliveries(i)) for i in range(draw(st.integers(0, 3)))),
    )


# ------------------------------------------------------------------ a second evaluation

_ELAPSED: dict[str, Any] = {
    "dager": days_between,
    "timer": hours_between,
    "minutter": minutes_between,
    "hele år": whole_years_between,
    "hele måneder": whole_months_between,
    "kalenderår": calendar_years_between,
}
_COMPARE: dict[str, Any] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
UNTOLD = object()


def again(step: Step) -> Any:
    """The value of a step from those of its parts; ``UNTOLD`` where the parts do not tell it (a leaf)."""
    parts = [p.value for p in step.parts]
    truths = [p is True for p in parts]
    match step.form:
        case "og":
            return all(truths)
        case "eller":
            return any(truths)
        case "ikke":
            return not truths[0]
        case "valg":
            for i in range(0, len(parts) - 1, 2):
                if truths[i + 1]:
                    return parts[i]
            return parts[-1]
        case "sammenligning":
            return compare(step.operators[0], *parts)
        case "mellom":
            return compare("<=", parts[1], parts[0]) and (not step.parts[2].seen or compare("<=", parts[0], parts[2]))
        case "i" | "har_egenskap":
            return bool(step.hits)
        case "ingen":
            return not step.hits
        case "alle":
            return not step.misses
        case "antallstest":
            quantity, count, which = step.operators
            found = len(set(step.hits)) if which == "ulike" else len(step.hits)
            return {"minst": found >= int(count), "høyst": found <= int(count), "nøyaktig": found == int(count)}[
                quantity
            ]
        case "antall":
            return len(set(step.hits)) if step.operators[0] == "ulike" else len(step.hits)
        case "finnes":
            return parts[0] not in (None, ())
        case "mangler":
            return parts[0] in (None, ())
        case "innen":
            return within(step, *parts)
        case "sum":
            return fold(step, add, lambda a, b: add(a, negative(b)), "+", 0)
        case "produkt":
            return fold(step, multiply, divide, "*", 1)
        case "negativ":
            return None if parts[0] is None else negative(parts[0])
        case "varighet":
            return None if None in parts else _ELAPSED[step.operators[0]](*parts)
        case "del":
            part = {"år": lambda d: d.year, "måned": lambda d: d.month, "tertial": tertial, "dato": as_day}
            return None if parts[0] is None else part[step.operators[0]](parts[0])  # type: ignore[no-untyped-call]
        case "begrep":
            return parts[0] if parts else UNTOLD
        case "samme":
            return parts[0] is not None and parts[0] == parts[1]
        case "samme_dag":
            return parts[0] is not None and parts[0] == parts[1]
        case "krav":
            wanted, outcome = step.operators[:2]
            return {
                "oppfylt": outcome != "ikke_oppfylt",
                "brutt": outcome == "ikke_oppfylt",
                "gjelder": outcome != "gjelder_ikke",
            }[wanted]
        case _:
            return UNTOLD


def compare(op: str, a: Any, b: Any) -> bool:
    """A comparison as the language means it."""
    if a is None or b is None:
        return False
    if type(a) is not type(b) and isinstance(a, dt.date):
        a, b = as_day(a), as_day(b)
    return bool(_COMPARE[op](a, b))


def within(step: Step, a: Any, b: Any) -> bool:
    """``a er senest n dager etter b``."""
    limit, amount, unit, direction = step.operators
    if a is None or b is None:
        return False
    size = int(Decimal(amount)) * (1 if direction == "etter" else -1)
    if unit == "dager":
        left, right = Decimal(days_between(b, a)), Decimal(size)
    else:
        delta = as_moment(a) - as_moment(b)
        left, right = Decimal(delta.total_seconds()), Decimal(size * (3600 if unit == "timer" else 60))
    return left <= right if limit == "senest" else left >= right


def fold(step: Step, plus: Any, minus: Any, first: str, start: int) -> Any:
    """A sum or a product; missing when a part is."""
    out: Any = start
    for sign, part in zip(step.operators, step.parts, strict=True):
        if part.value is None or out is None:
            return None
        out = plus(out, part.value) if sign == first else minus(out, part.value)
    return out
