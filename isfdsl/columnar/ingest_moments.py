"""Days and moments written as text, read as whole numbers when all of them are written the usual way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.types as pt

from isfdsl.columnar.arrays import bits_of
from isfdsl.columnar.keys import buffers_of
from isfdsl.columnar.machine_code import loop
from isfdsl.records.schema import FieldSchema


def typed(cells: Any, f: FieldSchema) -> Any:
    """The cells (string) of a field of days or moments as the type that a Parquet file would have; else as they are."""
    if f.is_list or f.kind not in ("dato", "tidspunkt") or not len(cells) or not pt.is_string(cells.type):
        return cells
    there = np.zeros(0, bool) if cells.null_count == 0 else bits_of(cells.buffers()[0], cells)
    plain, micros = _moments(*buffers_of(cells), there, f.kind == "tidspunkt")
    if not plain:
        return cells
    missing = None if not len(there) else ~there
    if f.kind == "dato":
        return pa.array((micros // 86_400_000_000).astype(np.int32), mask=missing).view(pa.date32())
    return pa.array(micros, mask=missing).view(pa.timestamp("us"))


def _digits(data: np.ndarray, at: int, n: int) -> int:
    """A number of ``n`` digits, -1 when it is none."""
    out = 0
    for i in range(at, at + n):
        d = int(data[i]) - 48
        if d < 0 or d > 9:
            return -1
        out = out * 10 + d
    return out


@loop(_digits)
def _moments(offsets: np.ndarray, data: np.ndarray, there: np.ndarray, timed: bool) -> tuple[bool, np.ndarray]:
    """``2024-02-03``, and when ``timed`` also ``2024-02-03T10:30``, ``…:15`` and ``…:15.123`` with up to six digits, or
    with a blank for the T, as microseconds since 1970; whether every text is one of those and a day and time that
    exist."""
    out = np.zeros(len(offsets) - 1, np.int64)
    for i in range(len(out)):
        if len(there) and not there[i]:
            continue
        at = int(offsets[i])
        length = int(offsets[i + 1]) - at
        if length != 10 and not (timed and (length == 16 or length == 19 or (length > 20 and length <= 26))):
            return False, out
        year, month, day = _digits(data, at, 4), _digits(data, at + 5, 2), _digits(data, at + 8, 2)
        if data[at + 4] != 0x2D or data[at + 7] != 0x2D or year < 1 or month < 1 or month > 12 or day < 1:
            return False, out
        leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
        most = 31
        if month == 2:
            most = 29 if leap else 28
        elif month == 4 or month == 6 or month == 9 or month == 11:
            most = 30
        if day > most:
            return False, out
        seconds = micros = 0
        if length > 10:
            hour, minute = _digits(data, at + 11, 2), _digits(data, at + 14, 2)
            if (data[at + 10] != 0x54 and data[at + 10] != 0x20) or data[at + 13] != 0x3A:
                return False, out
            if hour < 0 or hour > 23 or minute < 0 or minute > 59:
                return False, out
            seconds = hour * 3_600 + minute * 60
            if length > 16:
                rest = _digits(data, at + 17, 2)
                if data[at + 16] != 0x3A or rest < 0 or rest > 59:
                    return False, out
                seconds += rest
            if length > 20:
                micros = _digits(data, at + 20, length - 20)
                if data[at + 19] != 0x2E or micros < 0:
                    return False, out
                for _ in range(length, 26):
                    micros *= 10
        # Days since 1970 by the count of years that begin in March.
        y = year - 1 if month <= 2 else year
        m = month + 9 if month <= 2 else month - 3
        days = 365 * y + y // 4 - y // 100 + y // 400 + (153 * m + 2) // 5 + day - 1 - 719_468
        out[i] = (days * 86_400 + seconds) * 1_000_000 + micros
    return True, out


__all__ = ["typed"]
