"""Keys as Arrow strings, and which of millions of them stand on more than one row, without a Python object each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Context, Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from isfdsl.columnar.machine_code import loop
from isfdsl.columnar.numbers import day_of_number
from isfdsl.columnar.store import Stored, Strings
from isfdsl.columnar.vectors import Array, Bools, Days, Nums, Texts
from isfdsl.records.record import key_text
from isfdsl.records.schema import RecordSchema

# ------------------------------------------------------------ the text of a key


def key_texts(schema: RecordSchema, columns: dict[str, Stored]) -> Any:
    """The key of each row as text, as ``isfdsl.records.record.key_text`` writes it.

    The post must have key fields, none of them lists; no row is without a key.
    """
    parts = [_texts(columns[f.name]) for f in schema.key_fields]
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "/")


def _texts(column: Stored) -> Any:
    if isinstance(column, Strings):
        return column.array
    if isinstance(column, Nums) and column.den == 1 and column.v.dtype != object:
        return pc.cast(pa.array(column.v), pa.string())
    if isinstance(column, Nums):
        texts = {n: key_text((_decimal(n, column.den),)) for n in set(column.v.tolist())}
        return pa.array([texts[n] for n in column.v.tolist()], pa.string())
    assert isinstance(column, Days | Bools | Texts)
    seen, at = np.unique(column.v, return_inverse=True)
    return pa.array([_text(column, n) for n in seen.tolist()], pa.string()).take(pa.array(at))


def _decimal(top: int, den: Any) -> Any:
    return Context(prec=80).divide(Decimal(top), Decimal(den))


def _text(column: Days | Bools | Texts, n: Any) -> str:
    match column:
        case Bools():
            return key_text((bool(n),))
        case Texts():
            return key_text((column.words.values[n],))
        case Days(moment=True):
            return key_text((np.datetime64(n, "us").item(),))
        case _:
            return key_text((day_of_number(n),))


def numbered(fil: str, rows: Array) -> Any:
    """``fil:rad`` for each row number: the ids of records without a key."""
    return pc.binary_join_element_wise(pa.scalar(fil), pc.cast(pa.array(rows), pa.string()), ":")


# ------------------------------------------------------------ repeated keys


def _hash(data: np.ndarray, start: np.uint64, end: np.uint64) -> np.uint64:
    """64 bits for some bytes, eight at a time. Places are unsigned, so that eight bytes are read as one word."""
    one, eight = np.uint64(1), np.uint64(8)
    h = (end - start) * np.uint64(0x9E3779B97F4A7C15)
    j = start
    while j + eight <= end:
        word = np.uint64(data[j])
        for k in range(1, 8):
            word |= np.uint64(data[j + np.uint64(k)]) << np.uint64(8 * k)
        h = (h ^ word) * np.uint64(0xFF51AFD7ED558CCD)
        h ^= h >> np.uint64(32)
        j += eight
    word = np.uint64(0)
    while j < end:
        word = word << eight | np.uint64(data[j])
        j += one
    h = (h ^ word) * np.uint64(0xC4CEB9FE1A85EC53)
    return h ^ h >> np.uint64(29)


@loop(_hash)
def _hashes(offsets: np.ndarray, data: np.ndarray) -> np.ndarray:
    out = np.empty(len(offsets) - 1, np.uint64)
    for i in range(len(out)):
        out[i] = _hash(data, np.uint64(offsets[i]), np.uint64(offsets[i + 1]))
    return out


def buffers_of(array: Any) -> tuple[Array, Array]:
    """Where each text of an Arrow string array begins (n + 1 places) and the bytes they begin in."""
    wide = np.int64 if pa.types.is_large_string(array.type) else np.int32
    _, offsets, data = array.buffers()
    if len(array) == 0 or offsets is None:
        return np.zeros(1, np.int32), np.zeros(0, np.uint8)
    places = np.frombuffer(offsets, wide)[array.offset : array.offset + len(array) + 1]
    return places, np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)


def hashes(array: Any) -> Array:
    """64 bits for each text, the same in every process."""
    chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
    found = [_hashes(*buffers_of(c)) for c in chunks]
    return np.concatenate(found) if found else np.zeros(0, np.uint64)


Recall = Callable[[int, Array], Any]
"""The texts of some rows (ascending) of a part, by its number."""

_BITS_EACH = 4
"""So many bits for each hash, to find out cheaply that most of them were not met before."""

_BUCKETS = 8
"""So many bits of a hash say in which bucket it is looked for: small tables stay in the cache of the core."""


@loop()
def _met_again(hashes: np.ndarray) -> np.ndarray:
    """The hashes that were met before, once for each time."""
    shift, one = np.uint64(64 - _BUCKETS), np.uint64(1)
    at = np.zeros((1 << _BUCKETS) + 1, np.int64)
    for h in hashes:
        at[(h >> shift) + one] += 1
    widest = at.max()
    at = np.cumsum(at)
    starts = at.copy()
    parted = np.empty(len(hashes), np.uint64)
    for h in hashes:
        bucket = h >> shift
        parted[at[bucket]] = h
        at[bucket] += 1
    size = 1
    while size < 2 * widest:
        size *= 2
    mask = np.uint64(size - 1)
    table = np.zeros(size, np.uint64)
    out = np.empty(len(hashes), np.uint64)
    found = 0
    zeros = 0  # 0 is an empty place in the table
    for own in range(len(starts) - 1):
        table[:] = np.uint64(0)
        for i in range(starts[own], starts[own + 1]):
            h = parted[i]
            if h == 0:
                zeros += 1
                if zeros > 1:
                    out[found] = h
                    found += 1
                continue
            place = h & mask
            while table[place] != 0 and table[place] != h:
                place = (place + one) & mask
            if table[place] == h:
                out[found] = h
                found += 1
            table[place] = h
    return out[:found].copy()


@loop()
def _met(hashes: np.ndarray, shift: np.uint64, bits: np.ndarray, mark: np.uint64) -> np.ndarray:
    """The hashes whose bit is set already; with ``mark`` 1 those of all of them are set, with 0 none. What is left of a
    hash says which is its."""
    one, six, low = np.uint64(1), np.uint64(6), np.uint64(63)
    out = np.empty(len(hashes), np.uint64)
    found = np.uint64(0)
    for h in hashes:
        place = h >> shift
        word = bits[place >> six]
        out[found] = h
        found += word >> (place & low) & one
        bits[place >> six] = word | mark << (place & low)
    return out[:found].copy()


def repeated(parts: Sequence[Any], recall: Recall | None = None) -> dict[str, list[tuple[int, int]]]:
    """The texts that stand on several rows of some Arrow string arrays, each with its places (part, row) in order.

    A part may also be the ``hashes`` of one; ``recall`` then gives its texts. Missing texts are not looked at. Only
    texts that share a hash with another become Python objects.
    """
    hashed = [p if isinstance(p, np.ndarray) else hashes(p) for p in parts]
    shared = _shared(hashed)
    places: dict[str, list[tuple[int, int]]] = {}
    if len(shared):
        for number, part in enumerate(parts):
            rows = np.flatnonzero(_among(hashed[number], shared))
            if not isinstance(part, np.ndarray):
                found = part.take(pa.array(rows))
            else:
                assert recall is not None
                found = recall(number, rows)
            texts: Iterable[str | None] = found.to_pylist()
            for row, text in zip(rows.tolist(), texts, strict=True):
                if text is not None:
                    places.setdefault(text, []).append((number, row))
    return {text: own for text, own in places.items() if len(own) > 1}


def _shared(hashed: Sequence[Array]) -> Array:
    """The hashes that stand in several places, in order."""
    wide = max(6, (_BITS_EACH * sum(map(len, hashed))).bit_length())  # a word at least
    shift, bits = np.uint64(64 - wide), np.zeros(1 << wide - 6, np.uint64)
    set_it, look = np.uint64(1), np.uint64(0)
    again = [_met(h, shift, bits, set_it) for h in hashed]
    if not any(map(len, again)):
        return np.zeros(0, np.uint64)
    bits[:] = 0
    for h in again:
        _met(h, shift, bits, set_it)
    # All that repeat another are among these, and those they repeat.
    return np.unique(_met_again(np.concatenate([_met(h, shift, bits, look) for h in hashed])))


def _among(v: Array, ordered: Array) -> Array:
    at = np.minimum(np.searchsorted(ordered, v), len(ordered) - 1)
    found: Array = ordered[at] == v
    return found


__all__ = ["Recall", "buffers_of", "hashes", "key_texts", "numbered", "repeated"]
