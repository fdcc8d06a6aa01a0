"""Arrow arrays as NumPy arrays, without a Python object per cell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from isfdsl.columnar.machine_code import loop
from isfdsl.columnar.vectors import Array, Mask


def is_text(t: Any) -> bool:
    """Whether an Arrow type is one of those for text."""
    return bool(pt.is_string(t) or pt.is_large_string(t) or pt.is_string_view(t))


def bits_of(buffer: Any, array: Any) -> Array:
    """One of the bitmaps of an array, as yes and no for each cell."""
    skip = array.offset % 8
    count = skip + len(array)
    packed = np.frombuffer(buffer, np.uint8, (count + 7) // 8, array.offset // 8)
    return np.unpackbits(packed, count=count, bitorder="little")[skip:].view(bool)


def mask_of(array: Any) -> Mask:
    """Which cells have a value; ``None``: all. What a dictionary says of its values is not looked at."""
    return None if array.null_count == 0 else bits_of(array.buffers()[0], array)


def whole_numbers(array: Any) -> tuple[Array, Mask]:
    """What a non-empty array of whole numbers, days or moments holds (0 where missing), and where it has a value."""
    t = array.type
    if pt.is_integer(t):
        dtype: Any = np.dtype(f"{'int' if pt.is_signed_integer(t) else 'uint'}{t.bit_width}")
    else:
        dtype = np.dtype(np.int32 if pt.is_date32(t) else np.int64)
    v = np.frombuffer(array.buffers()[1], dtype, len(array), array.offset * dtype.itemsize)
    there = mask_of(array)
    return (v if there is None else np.where(there, v, dtype.type(0))), there


def dictionary_of(array: Any) -> tuple[Any, Any]:
    """The dictionary-coded form: for each cell a place in the dictionary (an int32 array), and the dictionary."""
    coded = array if pt.is_dictionary(array.type) else pc.dictionary_encode(array)
    indices = coded.indices
    return (indices if indices.type == pa.int32() else pc.cast(indices, pa.int32())), coded.dictionary


def looked_up(indices: Any, table: Array) -> Array:
    """What a table says of each place (an int32 array); its last entry is for cells without one."""
    if not len(indices):
        return table[:0]
    bitmap, data = indices.buffers()
    v = np.frombuffer(data, np.int32, len(indices), indices.offset * 4)
    if indices.null_count == 0:
        return table[v]
    return _looked_up(v, np.frombuffer(bitmap, np.uint8), indices.offset, table)


@loop()
def _looked_up(v: np.ndarray, bitmap: np.ndarray, skip: int, table: np.ndarray) -> np.ndarray:
    out = np.empty(len(v), table.dtype)
    missing = table[len(table) - 1]
    for i in range(len(v)):
        k = i + skip
        out[i] = table[v[i]] if bitmap[k >> 3] >> (k & 7) & 1 else missing
    return out


def lists_of(array: Any) -> tuple[Array, Array, Any]:
    """Where each list of a list array begins and how long it is (0 where missing), and the cells of all of them."""
    large = pt.is_large_list(array.type)
    offsets = np.frombuffer(array.buffers()[1], np.int64 if large else np.int32)
    offsets = offsets[array.offset : array.offset + len(array) + 1]
    size = np.diff(offsets)
    there = mask_of(array)
    if there is not None and size[~there].any():  # lists that are missing, and yet have cells
        size = np.where(there, size, 0)
        start = np.cumsum(size, dtype=np.int64) - size
        return start, size, array.flatten()
    return offsets[:-1] - offsets[0], size, array.values.slice(int(offsets[0]), int(offsets[-1] - offsets[0]))


__all__ = ["bits_of", "dictionary_of", "is_text", "lists_of", "looked_up", "mask_of", "whole_numbers"]
