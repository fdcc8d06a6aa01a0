"""Every line of the conformance table, on every evaluator."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.conformance.cases import Case, cases, differences, load, problems, read, same
from tests.conformance.evaluators import EVALUATORS, Evaluator


def failure(case: Case, evaluator: Evaluator) -> str | None:
    """What is wrong with the evaluator's answer, ``None`` when it is the stated one."""
    records, rejects = read(case)
    loaded = load(case.text)
    if case.outcome == "rows":
        got = evaluator.tables(loaded, records, rejects)
        wrong = [f"{t}: {d}" for t, rows in case.wanted.items() for d in differences(got[t], rows)]
        return "; ".join(wrong) or None
    assert not rejects, [r.melding for r in rejects]
    value = evaluator.value(loaded, case.about, records)
    wanted = None if case.outcome == "missing" else case.wanted
    return None if same(value, wanted) else f"{case.expression} gives {value!r}, not {wanted!r}"


@pytest.mark.parametrize("case", [c for c in cases() if c.outcome != "fails"], ids=lambda c: c.id)
@pytest.mark.parametrize("evaluator", EVALUATORS, ids=lambda e: e.name)
def test_gives(case: Case, evaluator: Evaluator) -> None:
    assert [p.message() for p in problems(case) if p.severity == "feil"] == []
    assert failure(case, evaluator) is None


@pytest.mark.parametrize("case", [c for c in cases() if c.outcome == "fails"], ids=lambda c: c.id)
def test_fails(case: Case) -> None:
    assert {p.code for p in problems(case)} == {case.wanted}


def test_table_is_whole() -> None:
    ids = Counter(c.id for c in cases())
    assert [i for i, n in ids.items() if n > 1] == []
    assert len(ids) >= 200
