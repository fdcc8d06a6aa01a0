"""Small rule sets that leave much unsaid, and every choice of a course: all of it can be explained."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from isfdsl.explain import explain, render_text, to_json, whatif, why_not
from isfdsl.explain.explanation import walk
from isfdsl.interp.engine import Engine
from isfdsl.program import Ruleset, Workspace
from isfdsl.records.record import Record
from tests.explain.support import UNTOLD, again

HEAD = """
regelverk LITE 2024
  gyldig 2024-01-01 til 2024-12-31
kodeverk icd10 åpent
post episode
  episode_id tekst nøkkel
  pasient_id tekst valgfri
  institusjon tekst valgfri
  inn tidspunkt
  ut tidspunkt valgfri
  hovedtilstand kode icd10 valgfri
"""
GROUPS = """
DRG A "Trigger" vekt 1
DRG B "Kontroll" vekt 0,5
hierarki DRG for opphold
  rekkefølge g
  ellers ingen
gruppe g i DRG
  regel a gir A når hovedtilstand i A01
  regel b gir B når hovedtilstand finnes
"""
COURSE = """
TFG T vekt 2
  trigger DRG A
  omfatter DRG B fra 3 dager før start til 5 dager etter slutt
  medlem {medlem}
  {innenfor}
  ny trigger {ny}
  flere forløp {flere}
  telles {telles}
  {erstatter}
  fordeles {fordeles}
  {finansiert}
"""
NOTHING: list[str] = [
    HEAD,
    HEAD + GROUPS.replace("for opphold", "for episode"),
    HEAD + "opphold av episode\n samles aldri\n dateres etter inn\n" + GROUPS,
    HEAD + "opphold av episode\n samles når samme pasient_id og samme hovedtilstand\n" + GROUPS,
    HEAD
    + "opphold av episode\n"
    + " samles når samme dag eller (neste.inn er tidligst 2 timer før forrige.ut og ikke hovedtilstand i B01)\n"
    + GROUPS
    + "poeng for opphold\n grunnlag vekt * 2 - største(0 poeng, vekt)\n",
    HEAD + 'DRG A\nDRG C ufullstendig "intet er kjent"\nhierarki DRG for episode\n ellers A\n',
    HEAD.replace(" nøkkel", "") + GROUPS.replace("for opphold", "for episode") + "refusjon r når aldri\n 1 kr\n",
    HEAD
    + "STG S vekt 1\n utløses av episode\n telles én gang per pasient per tertial per institusjon\n finansiert nei\n",
]
CHOICES: list[dict[str, str]] = [
    {"medlem": medlem, "innenfor": innenfor, "ny": ny, "flere": flere, **rest}
    for medlem, innenfor, ny, flere in [
        (
            "starter i vinduet, også på triggerens egen startdag",
            "innenfor triggerens kalenderår",
            "åpner eget forløp",
            "nærmeste",
        ),
        ("slutter i vinduet, ikke på triggerens egen startdag", "uten kalenderårsgrense", "tas inn i forløpet", "alle"),
        (
            "overlapper vinduet, ikke på triggerens egen startdag",
            "uten kalenderårsgrense",
            "forlenger forløpet",
            "første",
        ),
        ("overlapper vinduet, også på triggerens egen startdag", "uten kalenderårsgrense", "åpner eget forløp", "alle"),
    ]
    for rest in [
        {
            "telles": "per trigger",
            "erstatter": "erstatter poeng for omfattede opphold",
            "fordeles": "etter vekt",
            "finansiert": "finansiert ja",
        },
        {
            "telles": "én gang per pasient per år",
            "erstatter": "",
            "fordeles": "første",
            "finansiert": "finansiert ja",
        },
        {
            "telles": "per trigger",
            "erstatter": "erstatter poeng for omfattede opphold og særtjenester",
            "fordeles": "etter antall",
            "finansiert": "",
        },
    ]
]
COURSES = [
    HEAD + "opphold av episode\n samles aldri\n" + GROUPS + COURSE.format(**c) + "poeng for opphold\n grunnlag vekt\n"
    for c in CHOICES
]


def episode(number: int, patient: str | None, day: int, length: int | None, code: str | None) -> Record:
    start = dt.datetime(2024, 1, 1, 10) + dt.timedelta(days=day)
    values: dict[str, Any] = {
        "episode_id": f"E{number}",
        "pasient_id": patient,
        "institusjon": None if number % 3 == 0 else f"I{number % 2}",
        "inn": start,
        "ut": None if length is None else start + dt.timedelta(days=length, hours=3),
        "hovedtilstand": code,
    }
    return Record("episode", values, "prøve.csv", number, f"E{number}")


RECORDS = {
    "episode": [
        episode(n, patient, day, length, code)
        for n, (patient, day, length, code) in enumerate(
            [
                ("P1", -3, 1, "B01"),
                ("P1", 0, 4, "A01"),
                ("P1", 0, 0, "B01"),
                ("P1", 4, 1, "B01"),
                ("P1", 6, 2, "A01"),
                ("P1", 8, 0, "B02"),
                ("P1", 14, None, "B02"),
                ("P1", 360, 20, "A01"),
                ("P1", 368, 0, "B02"),
                ("P2", 5, 3, "B01"),
                ("P2", 5, 3, None),
                (None, 5, 3, "A01"),
                (None, 5, 3, "B01"),
            ]
        )
    ]
}


@pytest.mark.parametrize("text", NOTHING + COURSES)
def test_everything_can_be_asked(text: str) -> None:
    loaded = Workspace().load_texts([("lite.isf", text)])
    assert not loaded.problems
    rules: Ruleset = loaded.ruleset
    result = Engine(rules).run(RECORDS)
    asked = [r.record_id for r in RECORDS["episode"]]
    asked += [s.service_id for s in result.services] + [c.course_id for c in result.courses]
    for i in asked:
        document = explain(rules, RECORDS, i)
        assert render_text(document) and render_text(document, 40, full=True) and to_json(document)
        for step in walk(document):
            if step.seen:
                found = again(step)
                assert found is UNTOLD or found == step.value, step
        if document.stay is not None:
            stay = next(s for s in result.stays if s.opphold_id == document.stay.stay_id)
            assert document.stay.points.value == (stay.points and stay.points.value)
            own = {c.course_id for c in document.courses}
            assert set(stay.tfg_ids) <= own
        for course in document.courses:
            known = next(c for c in result.courses if c.course_id == course.course_id)
            assert [(m.record_id, m.role, m.day, m.share) for m in course.members] == [
                (m.record_id, m.role, m.day, m.share) for m in known.members
            ]
            inside(course, rules)
        for kind in ("DRG", "STG", "TFG"):
            for group in rules.groups(kind):
                answer = why_not(rules, RECORDS, i, kind, group)
                assert answer.got_it or answer.candidates
                assert render_text(answer, full=True) and to_json(answer)
    for r in RECORDS["episode"]:
        assert render_text(whatif(rules, RECORDS, r.record_id, ["hovedtilstand=A01"]))


def inside(course: Any, rules: Ruleset) -> None:
    """A member's days lie in its window as the document shows it."""
    medlem = rules.tfg[course.tfg].medlem
    assert medlem is not None
    for m in course.members:
        if m.window is None:
            continue
        if medlem.mode == "starter":
            assert m.window.low <= m.start <= m.window.high
        elif medlem.mode == "slutter":
            assert m.window.low <= m.end <= m.window.high
        else:
            assert m.start <= m.window.high and m.end >= m.window.low
        chosen = [r for r in m.reach if r.chosen]
        assert not m.reach or len(chosen) == 1
        if m.reach and rules.tfg[course.tfg].several == "nærmeste":
            assert chosen[0].distance == min(r.distance for r in m.reach)
