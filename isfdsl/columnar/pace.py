"""How many records are computed together: as many as the memory allows, by what the parts before took."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic

from isfdsl.columnar.memory import MAX_PART, MIN_PART, Plan
from isfdsl.columnar.vectors import Array

Used = Callable[[bool], int | None]

_LESS = 0.95
"""So much of what a run may use is planned for: what is kept grows a little all the time."""

_STEP = 4
"""A part has at most so many times the records of the largest that memory was looked at for."""

_LOOKS = 2
"""So often memory is looked at for parts of one size at once: the first may not be the largest."""

_WORTH = 100
"""After that it takes so many times as long as a look until the next."""

_PLENTY = 2
"""When there is room for so many times as much as is wanted, nobody looks any more."""


class Pace:
    """How many records to compute together, at first as many as ``plan`` says, never more than ``most``.

    ``used`` says how many bytes of memory are in use, or ``None`` where nobody knows; see ``in_use`` for ``freed``. It
    is asked at once. Without a limit in the plan nobody asks. Each size is found from one that memory was looked at
    for, and by no less for each record more than the plan reckons with. ``seen``: the most bytes that were in use.
    """

    def __init__(self, plan: Plan, most: int = MAX_PART, used: Used = lambda freed: None) -> None:
        self.rows = min(plan.rows, most)
        self._most, self._plan, self._used = most, plan, used
        # What is free now, the parts will use.
        before = None if plan.limit is None else used(False)
        self._before = before or 0
        self._room = None if before is None or plan.limit is None else int(plan.limit * _LESS) - before
        self._tried = 0
        self._looks = 0
        self._next = 0.0
        self.seen = 0

    def took(self, records: int) -> None:
        """So many were computed together, and their tables written."""
        now = monotonic()
        if self._room is None or not records:
            return
        if records > self._tried * 1.05:
            self._tried, self._looks = records, 0
        elif self._looks >= _LOOKS and now < self._next:
            return
        used = self._used(True)
        if used is None:
            return
        self._looks += 1
        self.seen = max(self.seen, used)
        self._next = monotonic() + _WORTH * (monotonic() - now)
        taken = used - self._before
        each = max(self._plan.each, (taken - self._plan.fixed) // self._tried, 1)
        fits = self._tried + (self._room - taken) // each
        self.rows = min(self._most, max(min(fits, _STEP * self._tried), MIN_PART))
        if fits > _PLENTY * self._most and self._looks >= _LOOKS:
            self._room = None


def in_rows(sizes: Array, rows: Callable[[], int], jobs: int) -> Iterator[range]:
    """Partitions of such sizes one after the other, some at a time: together about as many records as are wanted then.

    Towards the end there are fewer of them, so that all ``jobs`` are done at about the same time.
    """
    ends = sizes.cumsum()
    start = 0
    while start < len(sizes):
        before = int(ends[start - 1]) if start else 0
        left = int(ends[-1]) - before
        wanted = min(rows(), max(rows() // 4, -(-left // jobs)))
        stop = max(start + 1, int(ends.searchsorted(before + wanted, side="right")))
        yield range(start, stop)
        start = stop


__all__ = ["Pace", "in_rows"]
