"""Output tables as rows in the order the files have them, so that two runs can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isfdsl.interp.results import Result
from isfdsl.interp.tables import tables
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.tables import TableData

Rows = dict[str, list[dict[str, Any]]]


def rows_of(data: Mapping[str, TableData]) -> Rows:
    """Every table as rows, sorted by its own sort columns (missing last), then by all columns."""
    return {name: _rows(table) for name, table in data.items()}


def result_rows(result: Result, ruleset: Ruleset) -> Rows:
    """The tables of a result as rows."""
    return rows_of(tables(result, ruleset))


def _rows(table: TableData) -> list[dict[str, Any]]:
    names = [c.name for c in table.spec.columns]
    columns = [table.columns[n] for n in names]
    found = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    return sorted(found, key=lambda r: [_place(r[c]) for c in (*table.spec.sort, *names)])


def _place(value: Any) -> tuple[bool, Any]:
    if value is None:
        return True, ""
    return False, value if isinstance(value, int) and not isinstance(value, bool) else str(value)
