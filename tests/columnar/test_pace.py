"""How many records are computed together follows the memory that those before took."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isfdsl.columnar import memory, pace
from isfdsl.columnar.memory import GB, MAX_PART, MIN_PART, Plan
from isfdsl.columnar.pace import Pace, in_rows
from tests.cli.conftest import ROOT

MB = 1_000_000


class Machine:
    """Memory that grows with the largest part there has been, and stays."""

    def __init__(self, before: int, fixed: int, each: float) -> None:
        self.before, self.fixed, self.each = before, fixed, each
        self.largest = self.looks = 0

    def used(self, freed: bool = True) -> int:
        self.looks += 1
        return self.before + (self.fixed + int(self.each * self.largest) if self.largest else 0)

    def compute(self, records: int) -> None:
        self.largest = max(self.largest, records)


@given(
    before=st.integers(100, 3_000),
    limit=st.integers(300, 8_000),
    fixed=st.integers(0, 400),
    each=st.floats(100, 40_000),
    reckoned=st.integers(100, 40_000),
    begin=st.integers(MIN_PART, MAX_PART),
)
def test_the_limit_is_kept_and_used(
    before: int, limit: int, fixed: int, each: float, reckoned: int, begin: int
) -> None:
    """If the first parts kept to it, and what is certain besides is not reckoned too high."""
    machine = Machine(before * MB, fixed * MB, each)
    plan = Plan(rows=begin, limit=limit * MB, each=reckoned, fixed=fixed * MB // 2)
    with mock.patch.object(pace, "_WORTH", 0):
        own = Pace(plan, used=machine.used)
        for _ in range(400):
            machine.compute(own.rows)
            own.took(own.rows)
    room = int(limit * MB * pace._LESS)
    first = before * MB + fixed * MB + each * begin
    assert machine.used() <= max(room, first, before * MB + fixed * MB + each * MIN_PART) + MB
    assert own.rows in (MIN_PART, MAX_PART) or first > room or machine.used() >= 0.95 * room


def test_less_when_the_first_took_too_much() -> None:
    machine = Machine(100 * MB, 0, 10_000)
    own = Pace(Plan(rows=200_000, limit=GB, each=1_000, fixed=0), used=machine.used)
    machine.compute(200_000)
    own.took(200_000)
    assert 80_000 < own.rows < 90_000


def test_nobody_looks_where_there_is_plenty() -> None:
    machine = Machine(100 * MB, 50 * MB, 1_000)
    own = Pace(Plan(limit=20 * GB, each=1_000), used=machine.used)
    for _ in range(50):
        machine.compute(own.rows)
        own.took(own.rows)
    assert own.rows == MAX_PART and machine.looks == 1 + pace._LOOKS


def test_nobody_looks_all_the_time() -> None:
    machine = Machine(100 * MB, 50 * MB, 2_000)
    own = Pace(Plan(limit=GB // 2, rows=100_000, each=1_000), used=machine.used)
    for _ in range(5_000):
        own.took(own.rows)
    assert machine.looks < 500


@pytest.mark.parametrize("limit", [None, GB])
def test_where_nobody_knows_it_stays(limit: int | None) -> None:
    own = Pace(Plan(rows=70_000, limit=limit), used=lambda freed: None)
    own.took(70_000)
    own.took(0)
    assert own.rows == 70_000
    assert Pace(Plan(rows=70_000), most=50).rows == 50


@given(
    st.lists(st.integers(0, 40), max_size=60),
    st.lists(st.integers(1, 200), min_size=1, max_size=70),
    st.integers(1, 4),
)
def test_partitions_one_after_the_other(sizes: list[int], wanted: list[int], jobs: int) -> None:
    asked = iter(wanted * 70)
    current = [0]

    def rows() -> int:
        return current[0]

    found = []
    current[0] = next(asked)
    for some in in_rows(np.array(sizes, np.int64), rows, jobs):
        total = sum(sizes[some.start : some.stop])
        assert total <= current[0] or len(some) == 1
        found += list(some)
        current[0] = next(asked)
    assert found == list(range(len(sizes)))


def test_all_are_done_at_about_the_same_time() -> None:
    sizes = np.full(100, 10)
    assert [len(some) for some in in_rows(sizes, lambda: 400, 2)] == [40, 30, 15, 10, 5]


# ------------------------------------------------------------ what is in use


_GROWS = """
import numpy as np
from isfdsl.columnar.allocator import keep_memory
from isfdsl.columnar.memory import in_use
keep_memory()
before = in_use()
kept = np.ones(25_000_000)
after = in_use()
del kept
print(before, after, in_use(), in_use(freed=False))
"""


def test_what_is_in_use() -> None:
    if not Path("/proc/self/smaps_rollup").exists() or not hasattr(ctypes.CDLL(None), "mallinfo2"):
        pytest.skip("systemet sier ikke hva som er i bruk")
    said = subprocess.run([sys.executable, "-c", _GROWS], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    before, after, freed, waiting = map(int, said.split())
    assert 190 * MB < after - before < 230 * MB
    assert 190 * MB < freed - before < 230 * MB and waiting < before + 30 * MB
    assert memory.in_use([10**9]) is None


def test_where_the_system_does_not_say() -> None:
    with mock.patch.object(Path, "read_text", side_effect=OSError):
        assert memory.in_use() is None
    with mock.patch("ctypes.CDLL", side_effect=OSError):
        assert memory._free_in_heap() == 0
