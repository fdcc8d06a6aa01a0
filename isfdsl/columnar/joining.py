"""Stored columns laid end to end, picked from, and made as narrow as their values allow."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from isfdsl.columnar.store import Store, Stored, Strings
from isfdsl.columnar.vectors import Array, Bools, Days, Lists, Mask, Nums, Texts, bound_of, times, wide
from isfdsl.columnar.words import Words, merged
from isfdsl.records.schema import FieldSchema, RecordSchema

_DTYPES = (np.int8, np.int16, np.int32)
_INT16, _INT32 = 2**15, 2**31


def constant(value: Any, dtype: Any, n: int) -> Array:
    """``n`` equal values that take the room of one; read-only."""
    return np.broadcast_to(np.array(value, dtype), (n,))


def nothing(f: FieldSchema, n: int, words: Words | None) -> Stored:
    """A column of ``n`` missing values, which takes no room. ``words``: those of the field, for codes and lists."""
    absent, zeros = constant(False, bool, n), constant(0, np.int8, n)
    own = Words() if words is None else words
    if f.is_list:
        return Lists(zeros, zeros, np.zeros(0, np.int32), own)
    match f.kind:
        case "tekst":
            return Strings(pa.nulls(n, pa.string()))
        case "kode" | "kodepar":
            return Texts(constant(-1, np.int8, n), own)
        case "ja_nei":
            return Bools(absent, absent)
        case "dato" | "tidspunkt":
            return Days(zeros, absent, f.kind == "tidspunkt")
        case "heltall" | "desimal":
            return Nums(zeros, 1, absent)


def no_rows(schema: RecordSchema, words: Mapping[str, Words] | None = None) -> Store:
    """A store without records. ``words``: those of the fields, for codes and lists."""
    columns = {f.name: nothing(f, 0, (words or {}).get(f.name)) for f in schema.fields}
    return Store(schema, 0, columns, pa.array([], pa.string()))


# ------------------------------------------------------------ narrow


def small(v: Array) -> Array:
    """Whole numbers in the smallest type that holds them all; numbers beyond 64 bits stay Python's own."""
    if v.dtype == object:
        if bound_of(v) >= 2**62:
            return v
        v = v.astype(np.int64)
    if len(v) == 0 or v.dtype == np.int8:
        return v.astype(np.int8, copy=False)
    low, high = int(v.min()), int(v.max())
    for dtype in _DTYPES:
        limit = np.iinfo(dtype)
        if limit.min <= low and high <= limit.max:
            return v.astype(dtype, copy=False)
    return v


def narrowed(column: Stored) -> Stored:
    """The same values in less room. A column without any value takes none."""
    n = len(column)
    present = None if isinstance(column, Strings | Texts | Lists) else column.present
    if present is not None:
        if not present.any():
            present = constant(False, bool, n)
            match column:
                case Bools():
                    return Bools(present, present)
                case Days():
                    return Days(constant(0, np.int8, n), present, column.moment)
                case Nums():
                    return Nums(constant(0, np.int8, n), 1, present)
        if present.all():
            present = None
    match column:
        case Bools():
            return Bools(column.v, present)
        case Days():
            return Days(column.v if column.moment else small(column.v), present, column.moment)
        case Nums():
            v, den = _shortened(column.v, column.den)
            return Nums(small(v), den, present)
        case Texts():
            ids = small(column.v)
            return Texts(ids if not n or ids.max() >= 0 else constant(-1, np.int8, n), column.words)
        case Lists():
            flat = column.packed
            if not len(flat):
                return Lists(constant(0, np.int8, n), constant(0, np.int8, n), flat, column.words)
            return packed_lists(column.size, flat, column.words)
        case _:
            return column


def _shortened(v: Array, den: int | Array) -> tuple[Array, int | Array]:
    """The same numbers over the smallest common denominator."""
    if not isinstance(den, int) or den == 1 or not len(v):
        return v, den
    common = math.gcd(den, int(np.gcd.reduce(v)))
    return v // common, den // common


def packed_lists(size: Array, flat: Array, words: Words) -> Lists:
    """Lists of some sizes, one after the other in ``flat``."""
    start = np.cumsum(size, dtype=np.int64)
    start -= size
    return Lists(start.astype(np.int32) if len(flat) < _INT32 else start, small(size), flat, words)


# ------------------------------------------------------------ end to end


def joined(parts: Sequence[Any]) -> Stored:
    """Columns of one field, one after the other. Texts and lists may have different words.

    Parts without any value go on taking no room when all are like that.
    """
    if len(parts) == 1:
        only: Stored = parts[0]
        return only
    match parts[0]:
        case Strings():
            return Strings(end_to_end([p.array for p in parts]))
        case Texts():
            words, ids = same_words(parts, [p.v for p in parts])
            return Texts(_laid(ids), words)
        case Lists():
            words, flats = same_words(parts, [p.packed for p in parts])
            if not any(map(len, flats)):
                return Lists(_laid([p.start for p in parts]), _laid([p.size for p in parts]), flats[0], words)
            return packed_lists(np.concatenate([p.size for p in parts]), np.concatenate(flats), words)
        case Bools():
            return Bools(_laid([p.v for p in parts]), _present(parts))
        case Days():
            return Days(_laid([p.v for p in parts]), _present(parts), parts[0].moment)
        case Nums():
            den = math.lcm(*(p.den for p in parts))
            v = [p.v if p.den == den else times(_computable(p.v), den // p.den) for p in parts]
            if any(one.dtype == object for one in v):
                v = [wide(one) for one in v]
            return Nums(_laid(v), den, _present(parts))
        case _:
            raise TypeError(type(parts[0]).__name__)


def _computable(v: Array) -> Array:
    return v if v.dtype == object else v.astype(np.int64)


def _laid(parts: Sequence[Array]) -> Array:
    """Arrays end to end; equal constants stay one constant."""
    if all(len(p) and p.strides == (0,) and p[0] == parts[0][0] for p in parts):
        return constant(parts[0][0], parts[0].dtype, sum(map(len, parts)))
    return np.concatenate(parts)


def _present(parts: Sequence[Any]) -> Mask:
    if all(p.present is None for p in parts):
        return None
    return _laid([np.ones(len(p), bool) if p.present is None else p.present for p in parts])


def same_words(parts: Sequence[Any], ids: list[Array]) -> tuple[Words, list[Array]]:
    """Numbers of several columns' words as numbers of the same words."""
    words: Words = parts[0].words
    if all(p.words is words for p in parts):
        return words, ids
    words, maps = merged([p.words for p in parts])
    return words, [to[own] for to, own in zip(maps, ids, strict=True)]


def end_to_end(parts: Sequence[Any]) -> Any:
    """Arrow strings, one after the other: one array, in chunks only when 2 GB are not enough. Coded if all of them are,
    with few words."""
    chunks = [c for p in parts for c in (p.chunks if isinstance(p, pa.ChunkedArray) else [p])]
    if chunks and all(pa.types.is_dictionary(c.type) for c in chunks):
        words = sum(len(c.dictionary) for c in chunks)
        if words < _INT16 and words <= sum(map(len, chunks)):
            return pa.concat_arrays(chunks)
    chunks = [c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in chunks]
    if sum(c.nbytes for c in chunks) < _INT32:
        return pa.concat_arrays(chunks) if chunks else pa.array([], pa.string())
    return pa.chunked_array(chunks)


# ------------------------------------------------------------ stores


def picked(store: Store, rows: Array, *, narrow: bool = True) -> Store:
    """Some rows of a store, with nothing left of the others; not ``narrow``: in as much room as they take now."""
    ids = store.ids.take(pa.array(rows))
    columns: dict[str, Stored] = {}
    for name, column in store.columns.items():
        if isinstance(column, Strings) and column.array is store.ids:
            columns[name] = Strings(ids)  # the key, once
        elif narrow:
            columns[name] = narrowed(column.take(rows))
        else:
            columns[name] = _taken(column, rows)
    return Store(store.schema, len(rows), columns, ids)


def _taken(column: Stored, rows: Array) -> Stored:
    """Some rows; what takes no room goes on taking none."""
    match column:
        case Strings():
            return column.take(rows)
        case Texts():
            return Texts(_some(column.v, rows), column.words)
        case Lists():
            if not len(column.flat):
                return Lists(_some(column.start, rows), _some(column.size, rows), column.flat, column.words)
            own = column.take(rows)
            flat = own.packed
            return Lists(np.cumsum(own.size, dtype=np.int64) - own.size, own.size, flat, column.words)
    present = None if column.present is None else _some(column.present, rows)
    match column:
        case Bools():
            return Bools(_some(column.v, rows), present)
        case Days():
            return Days(_some(column.v, rows), present, column.moment)
        case Nums():
            den = column.den if isinstance(column.den, int) else column.den[rows]
            return Nums(_some(column.v, rows), den, present)


def _some(v: Array, rows: Array) -> Array:
    return v[: len(rows)] if v.strides == (0,) else v[rows]


def stretch(store: Store, first: int, end: int) -> Store:
    """The rows from ``first`` up to ``end``, where they lie."""
    ids = store.ids.slice(first, end - first)
    columns: dict[str, Stored] = {
        name: Strings(ids)
        if isinstance(column, Strings) and column.array is store.ids
        else _stretch(column, slice(first, end))
        for name, column in store.columns.items()
    }
    return Store(store.schema, end - first, columns, ids)


def _stretch(column: Stored, rows: slice) -> Stored:
    match column:
        case Strings():
            return Strings(column.array.slice(rows.start, rows.stop - rows.start))
        case Texts():
            return Texts(column.v[rows], column.words)
        case Lists():
            start, size = column.start[rows], column.size[rows]
            total = int(size.sum(dtype=np.int64))
            if not total:
                return Lists(
                    constant(0, np.int8, len(size)), constant(0, np.int8, len(size)), column.flat[:0], column.words
                )
            begin = int(start[0])
            own = start - begin
            if bool((own == np.cumsum(size, dtype=np.int64) - size).all()):
                return Lists(own, size, column.flat[begin : begin + total], column.words)
            return Lists(start, size, column.flat, column.words)
    present = None if column.present is None else column.present[rows]
    match column:
        case Bools():
            return Bools(column.v[rows], present)
        case Days():
            return Days(column.v[rows], present, column.moment)
        case Nums():
            den = column.den if isinstance(column.den, int) else column.den[rows]
            return Nums(column.v[rows], den, present)


def spliced(base: Store, patch: Store, order: Array) -> Store:
    """The rows ``order`` of two stores end to end; ``patch`` begins at ``base.n``."""
    columns = {name: joined([column, patch.columns[name]]) for name, column in base.columns.items()}
    return picked(Store(base.schema, base.n + patch.n, columns, end_to_end([base.ids, patch.ids])), order)


def joined_stores(stores: list[Store]) -> Store:
    """Stores of one post end to end. At least one is needed.

    The given stores are emptied column by column on the way, so that no more than one column is there twice.
    """
    first = stores[0]
    if len(stores) == 1:
        return first
    n = sum(s.n for s in stores)
    ids: Any = None
    columns: dict[str, Stored] = {}
    for name in list(first.columns):
        parts: list[Any] = [s.columns.pop(name) for s in stores]
        column = columns[name] = joined(parts)
        if isinstance(column, Strings) and all(p.array is s.ids for p, s in zip(parts, stores, strict=True)):
            ids = column.array  # the key, once
    return Store(first.schema, n, columns, end_to_end([s.ids for s in stores]) if ids is None else ids)


__all__ = [
    "constant",
    "end_to_end",
    "joined",
    "joined_stores",
    "narrowed",
    "no_rows",
    "nothing",
    "packed_lists",
    "picked",
    "same_words",
    "small",
    "spliced",
    "stretch",
]
