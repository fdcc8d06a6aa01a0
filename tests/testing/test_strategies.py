"""The strategies that users test with: what they draw is valid, near the rules, and reaches them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import isfdsl.testing
from isfdsl.check import check
from isfdsl.records.record import Record
from isfdsl.testing.bad import faults
from isfdsl.testing.coverage import exercised, owed
from isfdsl.testing.near import near_misses
from isfdsl.testing.programs import programs
from isfdsl.testing.strategies import Drawer, Input, facts_of, records
from tests.loading import ROOT, load_text
from tests.properties.support import OWN, YEARS, examples, ruleset, run, run_rows

MANY = settings(
    max_examples=80,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("spec", [OWN[0], *YEARS])
def test_what_is_drawn_is_accepted(spec: str) -> None:
    """Not only after rows that validation would refuse are taken away: none is."""
    rules = ruleset(spec)
    facts = facts_of(rules)

    @examples(10)
    @given(st.data())
    def accepted(data: st.DataObject) -> None:
        drawer = Drawer(data.draw, facts)
        drawer.patient("P1", 4)
        for post, rows in drawer.rows.items():
            schema = facts.schemas[post]
            for row in rows:
                outcome = facts.validator(post).outcome("", 1, [row.get(f.name) for f in schema.fields])
                assert isinstance(outcome, Record), outcome.melding

    accepted()


def test_drawn_records_reach_the_rules() -> None:
    rules = ruleset(OWN[0])
    seen: set[tuple[str, str]] = set()

    @MANY
    @given(records(rules))
    def reach(rows: Input) -> None:
        seen.update(exercised(run(rules, rows)))

    reach()
    wanted = {label for label, _ in owed(rules) if label[0] in ("regel", "STG", "TFG")}
    reached = wanted & seen
    # «rød» and «blå» are rules of another hierarchy than DRG, which coverage does not count
    assert len(reached) >= len(wanted) - 6, sorted(wanted - seen)


def test_drawn_records_vary() -> None:
    """Missing values, pairs, repeated codes, several stays, borders: all are drawn."""
    rules = ruleset(OWN[0])
    kinds: set[str] = set()

    @MANY
    @given(records(rules))
    def look(rows: Input) -> None:
        for row in rows["episode"]:
            kinds.add("uten ut" if "ut" not in row else "med ut")
            kinds.add("par" if "+" in (row.get("hovedtilstand") or "") else "enkel")
            kinds.add(f"hoved {'hovedtilstand' in row}")
            codes = row.get("prosedyrer") or []
            kinds.add("gjentatt" if len(set(codes)) < len(codes) else f"{min(len(codes), 3)} prosedyrer")
        kinds.add(f"{min(len({r['pasient_id'] for r in rows['episode']}), 3)} pasienter")
        if any(len(s.records) > 1 for s in run(rules, rows).stays):
            kinds.add("sammenslått")

    look()
    assert kinds >= {"uten ut", "med ut", "par", "enkel", "hoved True", "hoved False", "gjentatt", "3 prosedyrer"}
    assert kinds >= {"1 pasienter", "2 pasienter", "sammenslått"}


def test_every_kind_of_bad_record_is_planted() -> None:
    rules = ruleset(OWN[0])
    facts = facts_of(rules)
    possible: set[str] = set()
    planted_kinds: set[str] = set()

    @settings(MANY, max_examples=250)  # the rarest kind is in some one in twenty
    @given(records(rules, bad=True))
    def plant(drawn: Any) -> None:
        rows, planted = drawn
        planted_kinds.update(p.kode for p in planted)
        for post, own in rows.items():
            for row in own[:1]:
                possible.update(f.problem.code for f in faults(facts, facts.schemas[post], row))

    plant()
    assert len(planted_kinds) >= 10
    assert planted_kinds >= {"ISF6113", "ISF6114"} & possible


@examples(25)
@given(near_misses(ruleset(OWN[0])))
def test_near_misses_differ_in_one_fact(pair: Any) -> None:
    changed = [
        (post, i, {k for k in {**a, **b} if a.get(k) != b.get(k)})
        for post in pair.before
        for i, (a, b) in enumerate(zip(pair.before[post], pair.after[post], strict=True), start=1)
        if a != b
    ]
    assert changed == [(pair.post, pair.rad, {pair.felt})]


def test_near_misses_often_change_the_result() -> None:
    rules = ruleset(OWN[0])
    different = []

    @MANY
    @given(near_misses(rules))
    def compare(pair: Any) -> None:
        different.append(run_rows(rules, pair.before) != run_rows(rules, pair.after))

    compare()
    assert sum(different) >= len(different) // 10


@examples(15)
@given(programs())
def test_drawn_regelverk_check_clean(text: str) -> None:
    loaded = load_text(text)
    assert [p.message() for p in check(loaded).problems if p.severity == "feil"] == []


def test_everything_exported_is_there() -> None:
    for name in isfdsl.testing.__all__:
        assert getattr(isfdsl.testing, name) is not None
    with pytest.raises(AttributeError):
        _ = isfdsl.testing.nothing


def test_importing_the_plugin_takes_nothing_with_it() -> None:
    code = (
        "import sys; sys.modules['hypothesis'] = None; import isfdsl.testing.plugin;"
        "print([m for m in sys.modules if m.startswith(('lark', 'pyarrow', 'isfdsl.interp', 'isfdsl.check'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "[]", "")
