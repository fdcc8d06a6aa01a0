"""Columns to Arrow arrays, exactly or not at all.

The only users are the writers of this package; imports pyarrow.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from importlib.abc import MetaPathFinder
from itertools import pairwise
from types import NoneType
from typing import Any

import pyarrow as pa
import pyarrow.compute

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
NARROW_DECIMALS = int(pa.__version__.split(".")[0]) >= 22
"""Whether decimals may come as decimal64: to make and write one takes a third less time, and the file is the same."""

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


class _Nobody(MetaPathFinder):
    """Says that pandas is not installed."""

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


def without_pandas() -> None:
    """Keep pyarrow from importing pandas with the first array it makes, as it does where that is installed.

    It takes 0.15 to 0.25 seconds. Whoever asks pyarrow for something of pandas afterwards gets it all the same.
    """
    if "pandas" in sys.modules:
        return
    nobody = _Nobody()
    sys.meta_path.insert(0, nobody)
    try:
        pa.array([0])  # it looks once, and remembers
    finally:
        sys.meta_path.remove(nobody)


def arrow_type(column: Column) -> Any:
    """The Arrow type of ``column``; decimals are decimal128."""
    if column.is_decimal:
        return pa.decimal128(column.digits, column.decimals)
    return _TYPES[column.type]


def plain_type(kind: Any) -> Any:
    """What a reader of the file sees of a type: a coded text is a text, and decimal64 is decimal128."""
    if pa.types.is_dictionary(kind):
        return kind.value_type
    return pa.decimal128(kind.precision, kind.scale) if pa.types.is_decimal64(kind) else kind


def parquet_path(field: Any) -> str:
    """The name that Parquet's settings have for the values of a column; a name they don't know is passed over."""
    return f"{field.name}.list.element" if pa.types.is_list(field.type) else str(field.name)


def arrow_table(data: TableData, shown: str) -> Any:
    """``data`` as a ``pyarrow.Table`` in the order of its spec, rows sorted. Text may come dictionary-coded, and
    decimals as decimal64.

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
    table = pa.Table.from_arrays(arrays, names=[c.name for c in spec.columns])
    if spec.sort and not data.presorted and rows > 1:
        table = _sorted(table, spec.sort)
    return table


def _sorted(table: Any, keys: tuple[str, ...]) -> Any:
    """By some columns, missing last; coded texts by what they say."""
    plain = plain_table(table.select(keys))
    first = plain[keys[0]]
    if first.null_count == 0 and pa.compute.all(pa.compute.less(first[:-1], first[1:])).as_py():
        return table  # as most files come
    return table.take(pa.compute.sort_indices(plain, [(name, "ascending") for name in keys]))


def coded_as(table: Any, schema: Any) -> Any:
    """The table with each text coded, or not, as a schema has it."""
    columns = []
    for column, field in zip(table.columns, schema, strict=True):
        if pa.types.is_dictionary(field.type) and not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode().cast(field.type)
        columns.append(column if column.type == field.type else column.cast(field.type))
    return pa.Table.from_arrays(columns, schema=schema)


def by_dictionary(table: Any) -> Iterator[Any]:
    """A table in parts that have one dictionary of ids each: pyarrow would write out the texts of several."""
    ids = table.column(0)
    if not pa.types.is_dictionary(ids.type):
        yield table
        return
    first = rows = 0
    for chunk, next_ in pairwise((*ids.chunks, None)):
        rows += len(chunk)
        if next_ is None or not _is_same(chunk.dictionary, next_.dictionary):
            yield table.slice(first, rows)
            first, rows = first + rows, 0


def _is_same(one: Any, other: Any) -> bool:
    """Whether two arrays lie in the same place."""
    places = [[None if b is None else b.address for b in a.buffers()] + [a.offset, len(a)] for a in (one, other)]
    return bool(places[0] == places[1])


def plain_table(table: Any) -> Any:
    """A table with its coded texts written out, and its decimals as decimal128."""
    columns = [c if (kind := plain_type(c.type)) == c.type else c.cast(kind) for c in table.columns]
    return pa.Table.from_arrays(columns, names=table.column_names)


def _array(column: Column, values: Any, rows: int, shown: str) -> Any:
    wanted = arrow_type(column)
    try:
        if values is None:
            return pa.nulls(rows, wanted)
        if isinstance(values, pa.Array | pa.ChunkedArray):
            narrow = pa.types.is_decimal64(values.type) and not NARROW_DECIMALS
            return values if plain_type(values.type) == wanted and not narrow else values.cast(wanted)
        if not _PYTHON[column.type].issuperset(map(type, values)):
            raise TypeError
        if column.type == "text_list":
            values = [None if v is None else list(v) for v in values]
        return pa.array(values, wanted)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        words = f"tall med {column.decimals} desimaler" if column.is_decimal else _WORDS[column.type]
        raise OutputError(OutputValue(fil=shown, kolonne=column.name, ventet=words)) from None
