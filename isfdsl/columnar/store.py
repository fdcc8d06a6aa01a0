"""The records of one post as columns: what the readers deliver and the engine takes its frames from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import define

from isfdsl.columnar.numbers import day_number, micro_number
from isfdsl.columnar.vectors import Array, Bools, Days, Lists, Nums, Texts, Vec
from isfdsl.columnar.words import Words
from isfdsl.records.fields import MAX_DECIMALS
from isfdsl.records.record import Record
from isfdsl.records.schema import FieldSchema, RecordSchema
from isfdsl.values import EXACT


def one_chunk(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The same in one piece."""
    if isinstance(array, pa.ChunkedArray):
        return pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    return array


def picked_texts(array: pa.Array, rows: Array) -> pa.Array:
    """Some rows of an Arrow array; the array itself when they are all of them in order."""
    if len(rows) == len(array) and (len(rows) == 0 or (rows[0] == 0 and bool((rows[1:] == rows[:-1] + 1).all()))):
        return array
    return array.take(pa.array(rows))


@define(eq=False)
class Strings:
    """A column of free text (kind ``tekst``) as Arrow strings: large, often all different, seldom asked about.

    Texts may come dictionary-coded, each different one once.
    """

    array: pa.Array | pa.ChunkedArray

    def __len__(self) -> int:
        return len(self.array)

    def take(self, rows: Array) -> Strings:
        """Some rows."""
        return Strings(self.array.take(pa.array(rows)))

    def _coded(self) -> pa.DictionaryArray:
        return pc.dictionary_encode(one_chunk(self.array))

    @property
    def numbers(self) -> Array:
        """Equal numbers for equal texts, -1 where missing."""
        found: Array = pc.fill_null(self._coded().indices, -1).to_numpy(zero_copy_only=False)
        return found

    @property
    def texts(self) -> Texts:
        """The same, dictionary-coded."""
        coded = self._coded()
        ids = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int32)
        return Texts(ids, Words(coded.dictionary.to_pylist()))


Stored = Vec | Strings
"""A stored column may be narrower than the 64 bits that computing needs; ``Columns`` widens what it takes."""


class Columns(Mapping[str, Vec]):
    """Columns by name, each made when it is first asked for."""

    def __init__(self, names: Sequence[str], make: Callable[[str], Vec]) -> None:
        self._names = tuple(names)
        self._make = make
        self._made: dict[str, Vec] = {}

    def __getitem__(self, name: str) -> Vec:
        if name not in self._made:
            if name not in self._names:
                raise KeyError(name)
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names


@define(eq=False)
class Store:
    """``n`` validated records of a post. ``columns`` has every field of the schema; ``ids`` are the record ids."""

    schema: RecordSchema
    n: int
    columns: dict[str, Stored]
    ids: pa.Array | pa.ChunkedArray

    @property
    def post(self) -> str:
        """The record type."""
        return self.schema.name

    def frame_columns(self, rows: Array | None = None) -> Columns:
        """The columns of some rows (``None``: all), ready to compute with."""
        return Columns(list(self.columns), lambda name: usable(self.columns[name], rows))


def usable(column: Stored, rows: Array | None) -> Vec:
    """Some rows of a stored column, as wide as computing needs."""
    found = column if rows is None else column.take(rows)
    match found:
        case Strings():
            return found.texts
        case Nums() if found.v.dtype not in (np.dtype(object), np.dtype(np.int64)):
            return Nums(found.v.astype(np.int64), found.den, found.present)
        case Days() if found.v.dtype != np.int64:
            return Days(found.v.astype(np.int64), found.present, found.moment)
        case Texts() if found.v.dtype != np.int32:
            return Texts(found.v.astype(np.int32), found.words)
        case Lists() if found.start.dtype != np.int64 or found.size.dtype != np.int64:
            return Lists(found.start.astype(np.int64), found.size.astype(np.int64), found.flat, found.words)
        case _:
            return found


def store_of(schema: RecordSchema, records: Sequence[Record]) -> Store:
    """Records as a Store."""
    columns = {f.name: column_of(f, [r.values.get(f.name) for r in records]) for f in schema.fields}
    return Store(schema, len(records), columns, pa.array([r.record_id for r in records], pa.string()))


def column_of(f: FieldSchema, values: Sequence[Any], words: Words | None = None) -> Stored:
    """A column of validated values (missing ``None``, lists tuples), as ``isfdsl.records.record.Value``."""
    if f.is_list:
        words = Words() if words is None else words
        flat = [words.add(v) for own in values for v in own or ()]
        size = np.array([len(own or ()) for own in values], np.int64)
        return Lists(np.cumsum(size) - size, size, np.array(flat, np.int32), words)
    present = np.array([v is not None for v in values], bool)
    match f.kind:
        case "tekst":
            return Strings(pa.array(list(values), pa.string()))
        case "kode" | "kodepar":
            words = Words() if words is None else words
            return Texts(np.array([-1 if v is None else words.add(v) for v in values], np.int32), words)
        case "ja_nei":
            return Bools(np.array([bool(v) for v in values], bool), present)
        case "dato" | "tidspunkt":
            number = _moment_number if f.kind == "tidspunkt" else _day_number
            numbers = np.array([0 if v is None else number(v) for v in values], np.int64)
            return Days(numbers, present, f.kind == "tidspunkt")
        case "heltall":
            return Nums(np.array([v or 0 for v in values], np.int64), 1, present)
        case "desimal":
            den = 10**MAX_DECIMALS
            whole = [0 if v is None else int(EXACT.scaleb(v, MAX_DECIMALS)) for v in values]
            fits = all(abs(w) < 2**62 for w in whole)
            return Nums(np.array(whole, np.int64 if fits else object), den, present)


def _day_number(value: date) -> int:
    return day_number(value)


def _moment_number(value: date) -> int:
    return micro_number(value if isinstance(value, datetime) else datetime(value.year, value.month, value.day))
