"""Equal things get equal numbers: grouping by whole numbers without sorting where they are few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from isfdsl.columnar.machine_code import loop

Array = np.ndarray[Any, Any]


def distinct(v: Array) -> tuple[Array, Array]:
    """The different whole numbers in order, and for each element the place of its own among them."""
    if len(v) == 0:
        return v, np.zeros(0, np.int64)
    if v.dtype.kind not in "iu":
        seen, place = np.unique(v, return_inverse=True)
        return seen, place.reshape(-1)
    low = int(v.min())
    room = int(v.max()) - low + 1
    if room > max(4 * len(v), 100_000):
        seen, place = np.unique(v, return_inverse=True)
        return seen, place.reshape(-1)
    at = v.astype(np.int64, copy=False) - low
    used = np.zeros(room, bool)
    used[at] = True
    seen = np.flatnonzero(used)
    to = np.zeros(room, np.int64)
    to[seen] = np.arange(len(seen))
    return seen + low, to[at]


def packed(keys: Sequence[Array]) -> Array:
    """For rows with several whole numbers each: one number, not negative, that only equal rows share."""
    out, room = np.zeros(len(keys[0]), np.int64), 1
    for k in keys:
        low = int(k.min()) if len(k) else 0
        own, many = k.astype(np.int64) - low, int(k.max()) - low + 1 if len(k) else 1
        if room * many >= 2**62:
            (seen, own), (few, out) = distinct(own), distinct(out)
            many, room = len(seen), len(few)
        out, room = out * many + own, room * many
    return out


_STEPS = (60_000_000, 1_000_000)
"""Moments are microseconds, and most are whole minutes or seconds."""


def in_order(keys: Sequence[Array]) -> Array:
    """The order of rows by several whole numbers, the first of them foremost; rows equal in all stay as they are."""
    out, room = np.zeros(len(keys[0]), np.int64), 1
    for k in keys if len(out) else ():
        low, high = int(k.min()), int(k.max())
        own = k.astype(np.int64) - low
        step = next((s for s in _STEPS if high - low >= s and not (own % s).any()), 1)
        many = (high - low) // step + 1
        if room * many >= 2**62:
            return np.lexsort(keys[::-1])
        out, room = out * many + (own // step if step > 1 else own), room * many
    return np.argsort(out, kind="stable")


def numbered(keys: Sequence[Array]) -> tuple[Array, int]:
    """For rows with several whole numbers each: equal rows get the same number from 0, and how many there are."""
    found, number = distinct(packed(keys))
    return number, len(found)


def different(v: Array, room: int) -> Array:
    """The different numbers from 0 up to ``room``, in order."""
    if bool((v[1:] > v[:-1]).all()):
        return v
    if len(v) * 400 < room:  # to sort so few is quicker
        return np.unique(v)
    used = np.zeros(room, bool)
    used[v] = True
    return np.flatnonzero(used)


@loop()
def met_twice(key: np.ndarray) -> np.ndarray:
    """Which keys stand in several places. key (n,), not negative, n below 2**31."""
    size = 16
    while size < 2 * len(key):
        size *= 2
    table = np.full(size, -1, np.int32)
    out = np.zeros(len(key), np.bool_)
    mask = np.uint64(size - 1)
    for i in range(len(key)):
        h = np.uint64(key[i]) * np.uint64(0x9E3779B97F4A7C15)
        at = (h ^ (h >> np.uint64(32))) & mask
        while table[at] >= 0 and key[table[at]] != key[i]:
            at = (at + np.uint64(1)) & mask
        if table[at] < 0:
            table[at] = i
        else:
            out[i] = True
            out[table[at]] = True
    return out
