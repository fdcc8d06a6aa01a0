"""The miniature table set has three rows that can never fire: they are found once it is imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from isfdsl.check import check
from isfdsl.diagnostics.truth import EmptyProperty, NeverTrue, Shadowed
from isfdsl.program import load

SOURCE = Path(__file__).parents[1] / "data" / "norddrg-mini" / "csv"


def test_the_dead_rows_are_found(tmp_path: Path) -> None:
    importer = pytest.importorskip("isfdsl.importers.norddrg.emit")
    importer.import_norddrg(SOURCE, tmp_path / "mini")
    result = check(load(str(tmp_path / "mini")))
    assert result.ok
    shadowed = [(p.name, p.by) for p in result.problems if isinstance(p, Shadowed)]
    assert shadowed == [("112M050", "112M040")]
    assert [p.owner for p in result.problems if isinstance(p, NeverTrue)] == ["regelen «900M010»"]
    empty = {(p.name, p.owner) for p in result.problems if isinstance(p, EmptyProperty)}
    assert ("90E49", "regelen «900M020»") in empty
