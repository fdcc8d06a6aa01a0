"""Columns to Arrow arrays, exactly or not at all.

The only users are the writers of this package; imports pyarrow.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any

import pyarrow as pa

from isfdsl.diagnostics.record_output import OutputValue
from isfdsl.records.faults import OutputError
from isfdsl.records.tables import Column, TableData

_TYPES: dict[str, Any] = {
    "text": pa.string(),
    "text_list": pa.list_(pa.string()),
    "int": pa.int64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
}
_NUMBER: frozenset[type] = frozenset({Decimal, int, NoneType})
_PYTHON: dict[str, frozenset[type]] = {  # pyarrow alone would cut 1.5 to 1 and a time to its day
    "text": frozenset({str, NoneType}),
    "text_list": frozenset({list, tuple, NoneType}),
    "int": frozenset({int, NoneType}),
    "bool": frozenset({bool, NoneType}),
    "date": frozenset({date, NoneType}),
    "datetime": frozenset({datetime, NoneType}),
    "decimal": _NUMBER,
    "points": _NUMBER,
    "money": _NUMBER,
    "share": _NUMBER,
}
_WORDS = {
    "text": "tekst",
    "text_list": "liste av tekst",
    "int": "heltall",
    "bool": "ja eller nei",
    "date": "dato",
    "datetime": "tidspunkt",
}


def arrow_type(column: Column) -> Any:
    """The Arrow type of ``column``; decimals are decimal128."""
    if column.is_decimal:
        return pa.decimal128(column.digits, column.decimals)
    return _TYPES[column.type]


def arrow_table(data: TableData, shown: str) -> Any:
    """``data`` as a ``pyarrow.Table`` in the order of its spec, rows sorted.

    Raises ``OutputError`` (OutputValue) for a value that would have to be rounded, cut or guessed at, and
    ``ValueError`` for columns the spec does not have or of different lengths.
    """
    spec = data.spec
    extra = set(data.columns) - {c.name for c in spec.columns}
    lengths = {name: len(values) for name, values in data.columns.items()}
    if extra or len(set(lengths.values())) > 1:
        raise ValueError(f"table «{spec.name}»: columns {sorted(extra)} unknown or lengths differ: {lengths}")
    rows = next(iter(lengths.values()), 0)
    arrays = [_array(column, data.columns.get(column.name), rows, shown) for column in spec.columns]
    schema = pa.schema([(c.name, arrow_type(c)) for c in spec.columns])
    table = pa.Table.from_arrays(arrays, schema=schema)
    if spec.sort and not data.presorted and rows > 1:
        table = table.sort_by([(name, "ascending") for name in spec.sort])
    return table


def _array(column: Column, values: Any, rows: int, shown: str) -> Any:
    wanted = arrow_type(column)
    try:
        if values is None:
            return pa.nulls(rows, wanted)
        if isinstance(values, pa.Array | pa.ChunkedArray):
            return values.cast(wanted)
        if not _PYTHON[column.type].issuperset(map(type, values)):
            raise TypeError
        if column.type == "text_list":
            values = [None if v is None else list(v) for v in values]
        return pa.array(values, wanted)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        words = f"tall med {column.decimals} desimaler" if column.is_decimal else _WORDS[column.type]
        raise OutputError(OutputValue(fil=shown, kolonne=column.name, ventet=words)) from None
