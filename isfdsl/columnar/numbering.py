"""Equal things get equal numbers: grouping by whole numbers without sorting where they are few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

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


def numbered(keys: Sequence[Array]) -> tuple[Array, int]:
    """For rows with several whole numbers each: equal rows get the same number from 0, and how many there are."""
    places = [distinct(k) for k in keys]
    out, many = places[0][1], len(places[0][0])
    for seen, place in places[1:]:
        if len(seen) == 1:
            continue
        if many * len(seen) >= 2**62:
            few, out = distinct(out)
            many = len(few)
        out, many = out * len(seen) + place, many * len(seen)
    found, number = distinct(out)
    return number, len(found)


def different(v: Array, room: int) -> Array:
    """The different numbers from 0 up to ``room``, in order."""
    if len(v) * 8 < room:
        return np.unique(v)
    used = np.zeros(room, bool)
    used[v] = True
    return np.flatnonzero(used)
