"""Arrow arrays as NumPy arrays, against what Arrow says of each cell: from any place on, and of any length."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from isfdsl.columnar import arrays
from isfdsl.columnar.numbers import day_number, micro_number

CUTS = [(0, 30), (0, 8), (1, 20), (3, 5), (7, 9), (8, 8), (9, 15), (17, 13), (29, 1), (11, 0)]


def _cells(kind: str) -> list[Any]:
    day = dt.date(1969, 12, 30)
    cells: dict[str, list[Any]] = {
        "uint8": [200 + i for i in range(30)],
        "int8": [i - 15 for i in range(30)],
        "uint64": [2**63 + i for i in range(30)],
        "int32": [1000 * i - 5 for i in range(30)],
        "int64": [2**40 - i for i in range(30)],
        "date32": [day + dt.timedelta(days=i) for i in range(30)],
        "timestamp": [dt.datetime(1969, 12, 31, 23) + dt.timedelta(minutes=i) for i in range(30)],
    }
    return cells[kind]


TYPES = {"date32": pa.date32(), "timestamp": pa.timestamp("us")}


@pytest.mark.parametrize("kind", ["uint8", "int8", "uint64", "int32", "int64", "date32", "timestamp"])
def test_whole_numbers(kind: str) -> None:
    for missing in ((), (0, 1, 8, 9, 10, 16, 28), (29,)):
        cells = [None if i in missing else v for i, v in enumerate(_cells(kind))]
        whole = pa.array(cells, TYPES.get(kind, kind))
        for start, size in CUTS:
            if not size:
                continue
            own = whole.slice(start, size)
            v, there = arrays.whole_numbers(own)
            wanted = [
                0 if c is None else micro_number(c) if kind == "timestamp" else day_number(c) if kind == "date32" else c
                for c in cells[start : start + size]
            ]
            assert v.tolist() == wanted
            has = [c is not None for c in cells[start : start + size]]
            assert (there is None and all(has)) or (there is not None and there.tolist() == has)


def test_masks_and_flags() -> None:
    cells = [None if i % 7 == 3 else i % 3 == 0 for i in range(30)]
    whole = pa.array(cells)
    for start, size in CUTS:
        own = whole.slice(start, size)
        has = [c is not None for c in cells[start : start + size]]
        mask = arrays.mask_of(own)
        assert (mask is None and all(has)) or (mask is not None and mask.tolist() == has)
        said = arrays.bits_of(own.buffers()[1], own)
        assert [bool(s) for s, h in zip(said, has, strict=True) if h] == [c for c in own.to_pylist() if c is not None]


@pytest.mark.parametrize("missing", [(), (0, 1, 8, 9, 10, 16, 28)])
@pytest.mark.parametrize("index", [pa.int8(), pa.int32(), pa.uint32()])
def test_tables_by_place(missing: tuple[int, ...], index: Any) -> None:
    """Coded already, and not; the last entry of a table is for cells without a value."""
    cells = [None if i in missing else "abcde"[i * i % 5] for i in range(30)]
    plain = pa.array(cells)
    coded = pa.DictionaryArray.from_arrays(
        pa.array([None if c is None else "edcba".index(c) for c in cells], index), pa.array(list("edcba"))
    )
    for start, size in CUTS:
        for own in (plain.slice(start, size), coded.slice(start, size)):
            indices, words = arrays.dictionary_of(own)
            assert indices.type == pa.int32()
            table = np.array([*(ord(w) for w in words.to_pylist()), -1], np.int64)
            wanted = [-1 if c is None else ord(c) for c in cells[start : start + size]]
            assert arrays.looked_up(indices, table).tolist() == wanted


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("missing", [(), (0, 2, 8, 19), (3, 11)])
def test_lists(large: bool, missing: tuple[int, ...]) -> None:
    """Also lists that are missing, and yet have cells."""
    sizes = [i * 5 % 4 for i in range(30)]
    ends = np.cumsum([0, *sizes])
    flat = pa.array([f"c{i}" for i in range(ends[-1])])
    mask = pa.array([i in missing for i in range(30)])
    kind: Any = pa.LargeListArray if large else pa.ListArray
    whole = kind.from_arrays(pa.array(ends, pa.int64() if large else pa.int32()), flat, mask=mask)
    for start, size in CUTS:
        own = whole.slice(start, size)
        begin, long, found = arrays.lists_of(own)
        cells = found.to_pylist()
        assert [cells[b : b + n] for b, n in zip(begin.tolist(), long.tolist(), strict=True)] == [
            [] if c is None else c for c in own.to_pylist()
        ]


def test_texts_of_every_kind() -> None:
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        assert arrays.is_text(kind)
    for kind in (pa.binary(), pa.int8(), pa.dictionary(pa.int8(), pa.string())):
        assert not arrays.is_text(kind)
