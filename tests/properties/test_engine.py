"""What holds for every input: order is nothing, indexes and traces change nothing, patients are strangers, sums add up."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isfdsl.interp import hierarchy, levels
from isfdsl.interp.engine import Engine
from isfdsl.interp.results import Stay
from isfdsl.interp.tables import summary
from isfdsl.program.ruleset import DRG_HIERARCHY, Ruleset
from isfdsl.testing.strategies import facts_of, records
from tests.conformance.evaluators import Listener
from tests.properties.support import ALL, Input, ruleset, run, run_rows, traced

SHARED = settings(suppress_health_check=list(HealthCheck))


@pytest.fixture(params=ALL)
def rules(request: pytest.FixtureRequest) -> Ruleset:
    """Each regelverk in turn."""
    return ruleset(request.param)


def patient_of(rules: Ruleset, post: str, row: Any) -> Any:
    """Whose row it is."""
    name = rules.role(post, "pasient")
    return row.get(name) if name is not None else None


# ------------------------------------------------------------------ order, index, trace


@SHARED
@given(data=st.data())
def test_order_of_rows_never_matters(rules: Ruleset, data: st.DataObject) -> None:
    rows = data.draw(records(rules))
    shaken = {post: list(own) for post, own in reversed(rows.items())}
    chance = random.Random(data.draw(st.integers(0, 2**32)))
    for own in shaken.values():
        chance.shuffle(own)
    assert run_rows(rules, rows) == run_rows(rules, shaken)


@SHARED
@given(data=st.data())
def test_engine_remembers_nothing(rules: Ruleset, data: st.DataObject) -> None:
    rows = data.draw(records(rules, max_patients=2))
    assert run_rows(rules, rows) == run_rows(rules, rows, Engine(rules))


@SHARED
@given(data=st.data())
def test_index_changes_nothing(rules: Ruleset, data: st.DataObject, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = data.draw(records(rules, max_patients=2))

    def with_limit(limit: int) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(hierarchy, "BELOW_THIS_SCAN", limit)
            patch.setattr(levels, "BELOW_THIS_SCAN", limit)
            return run_rows(rules, rows, Engine(rules))

    assert with_limit(0) == with_limit(10**9)


@SHARED
@given(data=st.data())
def test_decision_is_that_of_a_scan(rules: Ruleset, data: st.DataObject) -> None:
    for stay in run(rules, data.draw(records(rules, max_patients=2))).stays:
        decider = stay.ctx.machine.drg_hierarchy
        if decider is None:
            continue
        fresh = stay.ctx.machine.new(stay.ctx.subject, stay.ctx.values, stay.ctx.record_id)
        tried = decider.scan(fresh)
        last = tried[-1] if tried and tried[-1].matched else None
        assert (last.located.rule.name.text if last else None) == stay.rule_id
        assert not any(t.matched for t in tried[:-1])


@SHARED
@given(data=st.data())
def test_tracing_changes_nothing(rules: Ruleset, data: st.DataObject) -> None:
    rows = data.draw(records(rules, max_patients=2))
    listener = Listener()
    assert run_rows(rules, rows) == run_rows(rules, rows, traced(rules, listener))
    assert not listener.open


# ------------------------------------------------------------------ patients are strangers


@SHARED
@given(data=st.data())
def test_each_patient_alone_gives_the_same(rules: Ruleset, data: st.DataObject) -> None:
    rows = data.draw(records(rules, max_patients=3, max_contacts=4))
    together = run_rows(rules, rows)
    people = {patient_of(rules, post, row) for post, own in rows.items() for row in own}
    alone: dict[str, list[Any]] = {name: [] for name in together}
    for person in people:
        own: Input = {p: [r for r in rs if patient_of(rules, p, r) == person] for p, rs in rows.items()}
        for name, found in run_rows(rules, own).items():
            alone[name] += found
    for name, found in together.items():
        assert Counter(map(repr, found)) == Counter(map(repr, alone[name])), name


# ------------------------------------------------------------------ sums


@SHARED
@given(data=st.data())
def test_nothing_disappears(rules: Ruleset, data: st.DataObject) -> None:
    rows, planted = data.draw(records(rules, bad=True))
    result = run(rules, rows)
    assert sum(result.read.values()) == sum(map(len, rows.values()))
    source = rules.stay_source
    in_stays = Counter(r.record_id for s in result.stays for r in s.records)
    assert max(in_stays.values(), default=1) == 1
    aside = Counter(r.post for r in result.rejects)
    for post, own in rows.items():
        assert aside[post] == sum(1 for p in planted if p.post == post)
        if post == source:
            assert len(in_stays) + aside[post] == len(own)
    told = summary(result, rules)
    assert told["lest"]["totalt"] == told["behandlet"]["totalt"] + told["avvist"]["totalt"]
    assert told["behandlet"]["totalt"] == told["behandlet"]["i_opphold"] + told["behandlet"]["andre_poster"]


@SHARED
@given(data=st.data())
def test_parts_add_up_to_the_points(rules: Ruleset, data: st.DataObject) -> None:
    for row in run_rows(rules, data.draw(records(rules)))["opphold"]:
        if row["poeng"] is None or row["tillegg"] is None:
            assert row["poeng"] in (None, 0)
            continue
        parts = [row["grunnlag"] or 0, row["tillegg"], -row["fradrag"], row["avrunding"], -row["bortfall"]]
        assert sum(map(Fraction, parts)) == Fraction(row["poeng"])
        assert (row["bortfall_arsak"] is None) or row["poeng"] == 0


@SHARED
@given(data=st.data())
def test_members_and_shares(rules: Ruleset, data: st.DataObject) -> None:
    result = run(rules, data.draw(records(rules)))
    contacts = {id(x) for x in (*result.stays, *result.hits)}
    tfg_ids: dict[int, list[str]] = {}
    for course in result.courses:
        decl = rules.tfg[course.tfg]
        assert course.members
        shares = [m.share for m in course.members]
        if None not in shares and shares:
            assert sum((s for s in shares if s is not None), Decimal(0)) == 1
            assert all(s is not None and s >= 0 for s in shares)
        assert [m.role for m in course.members].count("trigger") == bool(decl.triggers)
        assert len({id(m.what) for m in course.members}) == len(course.members)
        for m in course.members:
            assert id(m.what) in contacts
            assert m.what.patient == course.patient
            assert (m.day is None) == (not decl.triggers)
            tfg_ids.setdefault(id(m.what), []).append(course.course_id)
    for what in (*result.stays, *result.hits):
        assert sorted(what.tfg_ids) == sorted(tfg_ids.get(id(what), []))
        if isinstance(what, Stay) and what.points is not None and what.replaced and what.counts is not False:
            assert what.points.loss == "erstattet"
    by_key = Counter((s.patient, s.stg, s.period, s.service_id) for s in result.services)
    assert max(by_key.values(), default=1) == 1
    assert sorted(id(h) for s in result.services for h in s.hits) == sorted(id(h) for h in result.hits)


@SHARED
@given(data=st.data())
def test_kroner_from_points(data: st.DataObject) -> None:
    """The feature regelverk's own formula, worked out again: points × price × the share of the day, to the øre."""
    rules = ruleset("tests/data/feature-regelverk")
    for stay in run(rules, data.draw(records(rules))).stays:
        assert stay.points is not None and stay.money is not None and stay.day is not None
        if stay.points.value is None:
            assert stay.money.value is None
            continue
        share = Fraction(40 if stay.day <= dt.date(2024, 4, 30) else 45, 100)
        øre = Fraction(stay.points.value) * 52_248 * share * 100
        away = (abs(øre) + Fraction(1, 2)).__floor__() * (-1 if øre < 0 else 1)
        assert stay.money.value == Decimal(away) / 100


def test_every_regelverk_is_drawn_from_its_own_words(rules: Ruleset) -> None:
    facts = facts_of(rules)
    assert facts.goals and any(s.mentioned for s in facts.systems.values())
    assert DRG_HIERARCHY in rules.hierarkier
