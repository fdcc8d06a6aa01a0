"""What holds for every input: order, indexes and traces change nothing, patients are strangers, sums add up.

Each property is a function of one input, so that the feature regelverk can be tried on each with many inputs, and the
regelverk of the years on all of them with few.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isfdsl.interp import hierarchy, levels
from isfdsl.interp.engine import Engine
from isfdsl.interp.results import Result, Stay
from isfdsl.interp.tables import summary
from isfdsl.program.ruleset import Ruleset
from isfdsl.testing.programs import programs
from isfdsl.testing.strategies import facts_of, records
from tests.conformance.evaluators import Listener
from tests.engine_rows import Rows, result_rows
from tests.loading import load_text
from tests.properties.support import OWN, YEARS, Input, examples, ruleset, run, run_rows, traced

Property = Callable[[Ruleset, Input, Result, Rows], None]
PROPERTIES: list[Property] = []


def holds(check: Property) -> Property:
    """A property of one input, its result and its rows."""
    PROPERTIES.append(check)
    return check


def patient_of(rules: Ruleset, post: str, row: Any) -> Any:
    """Whose row it is."""
    name = rules.role(post, "pasient")
    return row.get(name) if name is not None else None


# ------------------------------------------------------------------ order, index, trace


@holds
def order_of_rows_never_matters(rules: Ruleset, rows: Input, result: Result, found: Rows) -> None:
    turned = {post: own[::-1] for post, own in reversed(rows.items())}
    middle = {post: [*own[len(own) // 2 :], *own[: len(own) // 2]] for post, own in rows.items()}
    assert run_rows(rules, turned) == found
    assert run_rows(rules, middle) == found


@holds
def the_engine_remembers_nothing(rules: Ruleset, rows: Input, result: Result, found: Rows) -> None:
    assert run_rows(rules, rows, Engine(rules)) == found


@holds
def the_index_changes_nothing(rules: Ruleset, rows: Input, result: Result, found: Rows) -> None:
    for limit in (0, 10**9):
        with (
            mock.patch.object(hierarchy, "BELOW_THIS_SCAN", limit),
            mock.patch.object(levels, "BELOW_THIS_SCAN", limit),
        ):
            assert run_rows(rules, rows, Engine(rules)) == found


@holds
def the_decision_is_that_of_a_scan(rules: Ruleset, rows: Input, result: Result, found: Rows) -> None:
    for stay in result.stays:
        decider = stay.ctx.machine.drg_hierarchy
        if decider is None:
            continue
        fresh = stay.ctx.machine.new(stay.ctx.subject, stay.ctx.values, stay.ctx.record_id)
        tried = decider.scan(fresh)
        last = tried[-1] if tried and tried[-1].matched else None
        assert (last.located.rule.name.text if last else None) == stay.rule_id
        assert not any(t.matched for t in tried[:-1])


@holds
def tracing_changes_nothing(rules: Ruleset, rows: Input, result: Result, found: Rows) -> None:
    listener = Listener()
    assert run_rows(rules, rows, traced(rules, listener)) == found
    assert not listener.open


# ------------------------------------------------------------------ patients are strangers


@holds
def each_patient_alone_gives_the_same(rules: Ruleset, rows: Input, result: Result, found: Rows) -> None:
    people = {patient_of(rules, post, row) for post, own in rows.items() for row in own}
    alone: dict[str, list[Any]] = {name: [] for name in found}
    for person in people:
        own: Input = {p: [r for r in rs if patient_of(rules, p, r) == person] for p, rs in rows.items()}
        for name, theirs in run_rows(rules, own).items():
            alone[name] += theirs
    for name, theirs in found.items():
        assert Counter(map(repr, theirs)) == Counter(map(repr, alone[name])), name


# ------------------------------------------------------------------ sums


@holds
def everything_read_is_somewhere(rules: Ruleset, rows: Input, result: Result, found: Rows) -> None:
    assert sum(result.read.values()) == sum(map(len, rows.values()))
    in_stays = Counter(r.record_id for s in result.stays for r in s.records)
    assert max(in_stays.values(), default=1) == 1
    assert len(in_stays) == len(rows.get(rules.stay_source or "", ()))
    told = summary(result, rules)
    assert told["lest"]["totalt"] == told["behandlet"]["totalt"] + told["avvist"]["totalt"]
    assert told["behandlet"]["totalt"] == told["behandlet"]["i_opphold"] + told["behandlet"]["andre_poster"]


@holds
def parts_add_up_to_the_points(rules: Ruleset, rows: Input, result: Result, found: Rows) -> None:
    for row in found["opphold"]:
        if row["poeng"] is None or row["tillegg"] is None:
            assert row["poeng"] in (None, 0)
            continue
        parts = [row["grunnlag"] or 0, row["tillegg"], -row["fradrag"], row["avrunding"], -row["bortfall"]]
        assert sum(map(Fraction, parts)) == Fraction(row["poeng"])
        assert row["bortfall_arsak"] is None or row["poeng"] == 0


@holds
def shares_add_up_to_one(rules: Ruleset, rows: Input, result: Result, found: Rows) -> None:
    for course in result.courses:
        shares = [m.share for m in course.members]
        if None not in shares:
            assert sum((s for s in shares if s is not None), Decimal(0)) == 1
            assert all(s is not None and s >= 0 for s in shares)


@holds
def members_are_consistent(rules: Ruleset, rows: Input, result: Result, found: Rows) -> None:
    contacts = {id(x) for x in (*result.stays, *result.hits)}
    tfg_ids: dict[int, list[str]] = {}
    for course in result.courses:
        decl = rules.tfg[course.tfg]
        assert [m.role for m in course.members].count("trigger") == bool(decl.triggers)
        assert course.members and len({id(m.what) for m in course.members}) == len(course.members)
        for m in course.members:
            assert id(m.what) in contacts and m.what.patient == course.patient
            assert (m.day is None) == (not decl.triggers)
            tfg_ids.setdefault(id(m.what), []).append(course.course_id)
    for what in (*result.stays, *result.hits):
        assert sorted(what.tfg_ids) == sorted(tfg_ids.get(id(what), []))
        if isinstance(what, Stay) and what.points is not None and what.replaced and what.counts is not False:
            assert what.points.loss == "erstattet"
    assert len({s.service_id for s in result.services}) == len(result.services)
    assert len({c.course_id for c in result.courses}) == len(result.courses)
    assert sorted(id(h) for s in result.services for h in s.hits) == sorted(id(h) for h in result.hits)


def check(rules: Ruleset, rows: Input, properties: list[Property]) -> None:
    """Try properties on one input."""
    result = run(rules, rows)
    found = result_rows(result, rules)
    for tried in properties:
        tried(rules, rows, result, found)


# ------------------------------------------------------------------ the tests


@pytest.mark.parametrize("spec", OWN)
@pytest.mark.parametrize("tried", PROPERTIES, ids=lambda p: p.__name__)
def test_feature_regelverk(spec: str, tried: Property) -> None:
    rules = ruleset(spec)

    @examples(20)
    @given(records(rules, max_contacts=5))
    def holds_for(rows: Input) -> None:
        check(rules, rows, [tried])

    holds_for()


@pytest.mark.parametrize("spec", YEARS)
def test_years(spec: str) -> None:
    rules = ruleset(spec)

    @examples(10)
    @given(records(rules, max_patients=2, max_contacts=4))
    def holds_for(rows: Input) -> None:
        check(rules, rows, PROPERTIES)

    holds_for()


@examples(12)
@given(programs(), st.data())
def test_drawn_regelverk(text: str, data: st.DataObject) -> None:
    rules = load_text(text).ruleset
    check(rules, data.draw(records(rules, max_patients=2, max_contacts=4)), PROPERTIES)


@pytest.mark.parametrize("spec", [OWN[0], *YEARS])
def test_bad_records_are_set_aside_and_counted(spec: str) -> None:
    rules = ruleset(spec)

    @examples(15)
    @given(records(rules, bad=True, max_contacts=4))
    def holds_for(drawn: Any) -> None:
        rows, planted = drawn
        result = run(rules, rows)
        want = Counter((p.post, p.rad, p.kode) for p in planted)
        assert Counter((r.post, r.rad, r.kode) for r in result.rejects) == want
        grouped = sum(len(s.records) for s in result.stays)
        source = rules.stay_source or ""
        assert grouped + sum(1 for p in planted if p.post == source) == len(rows[source])

    holds_for()


@examples(40)
@given(st.data())
def test_kroner_from_points(data: st.DataObject) -> None:
    """The feature regelverk's own formula, worked out again: points × price × the share of the day, to the øre."""
    rules = ruleset(OWN[0])
    for stay in run(rules, data.draw(records(rules))).stays:
        assert stay.points is not None and stay.money is not None and stay.day is not None
        if stay.points.value is None:
            assert stay.money.value is None
            continue
        share = Fraction(40 if stay.day <= dt.date(2024, 4, 30) else 45, 100)
        øre = Fraction(stay.points.value) * 52_248 * share * 100
        away = (abs(øre) + Fraction(1, 2)).__floor__() * (-1 if øre < 0 else 1)
        assert stay.money.value == Decimal(away) / 100


@pytest.mark.parametrize("spec", [*OWN, *YEARS])
def test_strategies_know_the_words_of_the_regelverk(spec: str) -> None:
    facts = facts_of(ruleset(spec))
    assert facts.goals and any(s.mentioned for s in facts.systems.values())
