"""Loops over lists of unequal length, compiled. ``start`` and ``size`` say where in ``flat`` each row's list lies."""

from __future__ import annotations

import numpy as np

from isfdsl.columnar.machine_code import loop


@loop()
def any_in(start: np.ndarray, size: np.ndarray, flat: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Whether a row has a value that the table says True of."""
    out = np.zeros(len(start), np.bool_)
    for i in range(len(start)):
        for j in range(start[i], start[i] + size[i]):
            if table[flat[j]]:
                out[i] = True
                break
    return out


@loop()
def gathered(start: np.ndarray, size: np.ndarray, flat: np.ndarray, total: int) -> np.ndarray:
    """The lists one after the other."""
    out = np.empty(total, flat.dtype)
    one, at = np.uint64(1), np.uint64(0)  # unsigned: nobody counts from the end
    for i in range(len(start)):
        j = np.uint64(start[i])
        end = j + np.uint64(size[i])
        while j < end:
            out[at] = flat[j]
            at += one
            j += one
    return out


@loop()
def run_counts(rows: np.ndarray, keys: np.ndarray, n: int) -> np.ndarray:
    """How many different keys each row has; pairs come sorted by row, then key."""
    out = np.zeros(n, np.int64)
    for i in range(len(rows)):
        if i == 0 or rows[i] != rows[i - 1] or keys[i] != keys[i - 1]:
            out[rows[i]] += 1
    return out


@loop()
def rounded(v: np.ndarray, up: int, den: int) -> np.ndarray:
    """``v * up / den``, a half away from zero; the caller knows that 64 bits are enough."""
    out = np.empty(len(v), np.int64)
    for i in range(len(v)):
        whole = (2 * abs(v[i]) * up + den) // (2 * den)
        out[i] = -whole if v[i] < 0 else whole
    return out
