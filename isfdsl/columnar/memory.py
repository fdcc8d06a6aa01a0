"""How much memory a run may use, how much it is likely to need, and how it is cut up to keep to that."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow.parquet as pq
from attrs import frozen

from isfdsl.records.schema import RecordSchema

GB = 1_000_000_000
BASE = 300_000_000
"""The interpreter, the libraries, a regelverk and its codes."""

KRAV = 40
"""Bytes of the tables of a record for each requirement it is tested for."""

KEPT = 40
"""Bytes of a record that stay in memory to the end of reading though the record is on disk: its key and its row."""

MIN_PART, MAX_PART = 20_000, 250_000
"""Rows that are computed together: fewer cost more than they save, and more gain nothing."""

MAX_PARTITIONS = 512
"""On disk every batch is cut into so many, so that too many would be mere headings."""

_SAMPLE = 1 << 18


@frozen
class Size:
    """What an input is likely to hold: records, and their bytes as stored columns and while they are computed."""

    rows: int = 0
    stored: int = 0
    computing: int = 0

    def __add__(self, other: Size) -> Size:
        return Size(self.rows + other.rows, self.stored + other.stored, self.computing + other.computing)


@frozen
class Plan:
    """How a run is cut up. ``partitions``: on disk; 0 is all in memory. ``rows``: computed together by a thread."""

    partitions: int
    rows: int
    jobs: int


def plan(size: Size, limit: int, jobs: int, processes: bool = False, krav: int = 0) -> Plan:
    """The road that keeps a run of this size within ``limit`` bytes, as far as that can be known beforehand.

    ``processes``: each job is a process of its own, as long as all is in memory; the tables of a part for each of them,
    and of one more, then lie in memory that all see. ``krav``: how many requirements there are.
    """
    room = max(limit - BASE, limit // 4, 1)
    each = max(size.computing // max(size.rows, 1), 1)
    # So many parts are held at once: one for each thread, and one waiting or being written.
    jobs = max(1, min(jobs, room // 2 // (MIN_PART * each) - 1))
    if size.stored <= room * 3 // 4:
        partitions, left = 0, room - size.stored
        if processes:
            together = each * jobs + KRAV * krav * (jobs + 1)
            return Plan(0, min(MAX_PART, max(MIN_PART, left // together)), jobs)
    else:
        room = max(room - KEPT * size.rows, limit // 4, 1)
        partitions = min(MAX_PARTITIONS, max(2, -(-size.stored // max(room // 4, 1))))
        left = room // 2
    return Plan(partitions, min(MAX_PART, max(MIN_PART, left // (each * (jobs + 1)))), jobs)


# ------------------------------------------------------------ what an input holds


def size_of(files: Iterable[tuple[Path, str, str | None]], schemas: Mapping[str, RecordSchema]) -> Size:
    """The size of some files: (path, suffix, post or ``None`` when it holds several). Never raises."""
    found = Size()
    widest = max((len(s.fields) for s in schemas.values()), default=1)
    for path, suffix, post in files:
        fields = len(schemas[post].fields) if post is not None and post in schemas else widest
        found += sized(rows_in(path, suffix), fields)
    return found


def sized(rows: int, fields: int) -> Size:
    """So many records of a post with so many fields.

    Measured: 55 and about 750 bytes of a record with 10 fields, 150 and 2,100 of the episodes of rules/2024 with 88.
    """
    return Size(rows, rows * (300 + 6 * fields) // 5, rows * (700 + 20 * fields))


def rows_in(path: Path, suffix: str) -> int:
    """About how many records a file has; 0 for one that can't be read."""
    try:
        if suffix == ".parquet":
            return int(pq.read_metadata(path).num_rows)
        size = path.stat().st_size
        if suffix.endswith(".gz"):
            return size // 8  # texts that repeat themselves shrink to so little
        with path.open("rb") as file:
            sample = file.read(_SAMPLE)
    except Exception:  # whatever is wrong with it, reading it will say
        return 0
    lines = size * sample.count(b"\n") // max(len(sample), 1)
    return max(lines, size // 2_000, 1) if size else 0


# ------------------------------------------------------------ what there is


def available() -> int:
    """Bytes of memory that may be taken without others having to give way, as far as the system says."""
    found = [n for n in (_free_of_system(), _free_of_group()) if n is not None]
    return min(found) if found else 4 * GB


def _free_of_system() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2  # nobody says what is free
    except (AttributeError, OSError, ValueError):
        return None


def _free_of_group() -> int | None:
    """What is left to a container or another group with a limit of its own."""
    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        try:
            return max(0, int(Path(limit).read_text("ascii")) - int(Path(used).read_text("ascii")))
        except (OSError, ValueError):  # «max»: no limit
            continue
    return None


__all__ = ["GB", "Plan", "Size", "available", "plan", "rows_in", "size_of", "sized"]
