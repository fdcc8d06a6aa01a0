"""Explanations of generated input: never an exception, and what they show adds up to what the engine gave."""

from __future__ import annotations

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from isfdsl.explain import explain, render_text, to_json, whatif, why_not
from isfdsl.explain.document import Explanation, MoneySum, PointSum
from isfdsl.explain.explanation import walk
from isfdsl.explain.reasons import culprits, distance, missing
from isfdsl.interp.engine import Engine
from isfdsl.interp.results import Result
from isfdsl.values import add, negative, round_half_away
from tests.explain.support import UNTOLD, Records, again, inputs, rich


def ids(records: Records, result: Result) -> list[str]:
    """Every id that can be asked for."""
    return [
        *(r.record_id for rs in records.values() for r in rs),
        *(s.service_id for s in result.services),
        *(c.course_id for c in result.courses),
    ]


@given(inputs())
def test_every_document(records: Records) -> None:
    for i in ids(records, Engine(rich()).run(records)):
        document = explain(rich(), records, i)
        leaves_evaluate_to_their_root(document)
        the_scan_finds_the_rule_the_engine_found(document)
        culprits_and_distances_agree(document)
        text_and_json(records, document)


def leaves_evaluate_to_their_root(document: Explanation) -> None:
    for step in walk(document):
        if step.seen:
            found = again(step)
            assert found is UNTOLD or found == step.value, (document.asked, step)


@given(inputs())
def test_what_is_shown_gives_the_result_to_the_øre(records: Records) -> None:
    result = Engine(rich()).run(records)
    for i in ids(records, result):
        document = explain(rich(), records, i)
        if document.stay is not None:
            stay = next(s for s in result.stays if s.opphold_id == document.stay.stay_id)
            assert stay.points is not None and stay.money is not None
            assert document.stay.points.value == stay.points.value
            assert document.stay.money.value == stay.money.value
            assert document.stay.grouping is not None and document.stay.grouping.group == stay.drg
            assert document.stay.grouping.rule == stay.rule_id
            assert document.stay.counting.counts == stay.counts
            points_add_up(document.stay.points)
            money_adds_up(document.stay.money)
        for service in document.services:
            found = next(s for s in result.services if s.service_id == service.service_id)
            assert (service.points, service.money.value) == (found.points, found.money and found.money.value)
            money_adds_up(service.money)
        for course in document.courses:
            known = next(c for c in result.courses if c.course_id == course.course_id)
            assert (course.points, course.money.value) == (known.points, known.money and known.money.value)
            money_adds_up(course.money)


def points_add_up(found: PointSum) -> None:
    lines = [x for x in found.lines if x.applied]
    for x in found.lines:
        assert x.applied is (x.condition is None or x.condition.value is True)
        if x.formula is not None:
            assert (x.value is None) is (x.formula.value is None)
    if any(x.formula is None or x.formula.value is None for x in lines):
        return
    exact = Decimal(0)
    for x in lines:
        assert x.formula is not None
        exact = add(exact, negative(x.formula.value) if x.kind == "fradrag" else x.formula.value)  # type: ignore[assignment]
    assert found.digits is not None and found.value is not None
    assert round_half_away(exact, found.digits) - found.lost == found.value
    shown = sum((x.value or Decimal(0)) * (-1 if x.kind == "fradrag" else 1) for x in lines)
    assert shown + found.rounding - found.lost == found.value


def money_adds_up(found: MoneySum) -> None:
    if found.formula is not None and found.value is not None and found.formula.value is not None:
        assert found.digits is not None
        assert round_half_away(found.formula.value, found.digits) == found.value
    if found.condition is not None:
        assert found.condition.value is True


def the_scan_finds_the_rule_the_engine_found(document: Explanation) -> None:
    if document.stay is None or document.stay.grouping is None:
        return
    grouping = document.stay.grouping
    won = [r for g in grouping.groups for r in g.rules if r.outcome == "slo_til"]
    assert [r.rule for r in won] == ([grouping.rule] if grouping.rule is not None else [])
    for group in grouping.groups:
        assert group.guard is None or (group.guard.value is True) is group.open
        for rule in group.rules:
            assert (rule.deciding is None) is (rule.outcome == "slo_til")
            assert rule.deciding is None or rule.deciding.value is not True


def culprits_and_distances_agree(document: Explanation) -> None:
    for step in walk(document):
        assert culprits(step)
        wanted = step.value is not True
        assert (distance(step) == 0) is (not wanted)
        assert len(missing(step, wanted)) == distance(step, wanted) > 0


def text_and_json(records: Records, document: Explanation) -> None:
    text = render_text(document, 80, full=True) + render_text(document)
    assert text.endswith("\n") and "None" not in text
    assert json.loads(json.dumps(to_json(document)))["skjema"] == "isf.forklaring.v1"
    own = document_patient(records, document)
    others = {r.record_id for rs in records.values() for r in rs if str(r.values["pasient_id"]) != own}
    assert not {w.strip(".,:;()[]") for w in text.split()} & others


def document_patient(records: Records, document: Explanation) -> str:
    for rs in records.values():
        for r in rs:
            if r.record_id == document.asked:
                return str(r.values["pasient_id"])
    owner = next(c for c in (*document.services, *document.courses))
    known = {str(r.values["pasient_id"]) for rs in records.values() for r in rs}
    asked = owner.service_id if hasattr(owner, "service_id") else owner.course_id
    return max((p for p in known if asked.startswith(f"{p}/")), key=len)


@given(inputs(), st.data())
def test_why_not_of_everything(records: Records, data: st.DataObject) -> None:
    rules = rich()
    asked = data.draw(st.sampled_from(ids(records, Engine(rules).run(records))))
    for kind, group in (
        ("DRG", "923O"),
        ("DRG", "996O"),
        ("DRG", "470"),
        ("STG", "LS03"),
        ("TFG", "HT03"),
        ("TFG", "MT01"),
    ):
        found = why_not(rules, records, asked, kind, group)  # type: ignore[arg-type]
        assert found.got_it or found.candidates
        assert [c.count for c in found.candidates] == sorted(c.count for c in found.candidates)
        for c in found.candidates:
            assert all((f.condition.value is True) is not f.wanted for f in c.failed)
        assert render_text(found, full=True)
        to_json(found)


@given(inputs(), st.data())
def test_what_if_is_the_difference_of_two_runs(records: Records, data: st.DataObject) -> None:
    before = {p: list(rs) for p, rs in records.items()}
    record = data.draw(st.sampled_from([r for rs in records.values() for r in rs]))
    field, value = data.draw(
        st.sampled_from(
            [("hovedtilstand", "Z47.1"), ("prosedyrer", "NFB30"), ("sted", ""), ("inn", "2024-01-01T01:00")]
            if record.post == "episode"
            else [("legemiddel", "H01AC"), ("indikasjon", "")]
        )
    )
    if field == "inn" and record.values["ut"] is not None and str(record.values["ut"]) < "2024-01-01 01":
        return
    found = whatif(rich(), records, record.record_id, [f"{field}={value}"])
    assert records == before
    assert found.points == found.after.points - found.before.points
    assert found.kroner == found.after.kroner - found.before.kroner
    assert bool(found.changes) or not found.effects
    told = sum((e.after.kroner or Decimal(0)) for e in found.effects if e.after is not None)
    was = sum((e.before.kroner or Decimal(0)) for e in found.effects if e.before is not None)
    assert told - was == found.kroner
    assert render_text(found) and to_json(found)
