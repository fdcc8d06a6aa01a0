"""The columnar engine and the reference interpreter say the same, to the last note and the last øre."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isfdsl.columnar.epochs import Epochs
from isfdsl.program.ruleset import Ruleset
from isfdsl.testing.programs import programs
from isfdsl.testing.strategies import records
from tests.columnar.support import INDEX_ALL, SCAN_ALL, columnar_rows, kernel_from, loops_in, shared_epochs
from tests.engine_rows import result_rows
from tests.loading import load_text
from tests.properties.support import OWN, YEARS, Input, examples, ruleset, shared_engine, validated


def assert_same(rules: Ruleset, rows: Input, epochs: Epochs) -> None:
    """Every table of both engines, row by row."""
    good, aside, read = validated(rules, rows)
    wanted = result_rows(shared_engine(rules).run(good, aside, read), rules)
    found = columnar_rows(rules, good, aside, epochs)
    assert found.keys() == wanted.keys()
    for name in wanted:
        assert found[name] == wanted[name], name


@pytest.mark.parametrize("limit", [SCAN_ALL, INDEX_ALL], ids=["scan", "kernel"])
@pytest.mark.parametrize("spec", OWN)
def test_feature_regelverk(spec: str, limit: int) -> None:
    rules = ruleset(spec)
    epochs = Epochs(rules)

    @examples(60)
    @given(records(rules, max_contacts=6), st.booleans())
    def same(rows: Input, in_python: bool) -> None:
        with kernel_from(limit), loops_in(in_python):
            assert_same(rules, rows, epochs)

    same()


@pytest.mark.parametrize("spec", YEARS)
def test_years(spec: str) -> None:
    rules = ruleset(spec)

    @examples(40)
    @given(records(rules, max_contacts=5), st.booleans())
    def same(rows: Input, in_python: bool) -> None:
        with loops_in(in_python):
            assert_same(rules, rows, shared_epochs(rules))

    same()


@pytest.mark.parametrize("limit", [SCAN_ALL, INDEX_ALL], ids=["scan", "kernel"])
def test_drawn_regelverk(limit: int) -> None:
    @examples(60)
    @given(programs(), st.data())
    def same(text: str, data: st.DataObject) -> None:
        rules = load_text(text).ruleset
        drawn = data.draw(records(rules, max_contacts=5))
        with kernel_from(limit), loops_in(data.draw(st.booleans())):
            assert_same(rules, drawn, Epochs(rules))

    same()


@pytest.mark.parametrize("spec", [OWN[0], *YEARS])
def test_bad_records(spec: str) -> None:
    rules = ruleset(spec)

    @examples(10)
    @given(records(rules, bad=True, max_contacts=4))
    def same(drawn: Any) -> None:
        assert_same(rules, drawn[0], shared_epochs(rules))

    same()
