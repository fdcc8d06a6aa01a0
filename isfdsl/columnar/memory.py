"""How much memory a run may use, how much it is likely to need and does use, and how it is cut up to keep to that."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow.parquet as pq
from attrs import frozen

from isfdsl.records.schema import RecordSchema

GB = 1_000_000_000
BASE = 300_000_000
"""The interpreter, the libraries, a regelverk and its codes."""

PROCESS = 100_000_000
"""What each of several processes has of its own before it computes anything."""

CELL = 40
"""Bytes of a field of a record while it is read."""

KRAV = 40
"""Bytes of the tables of a record for each requirement it is tested for."""

KEPT = 40
"""Bytes of a record that stay in memory to the end of reading though the record is on disk: its key and its row."""

BATCH_ROWS, MIN_BATCH = 1 << 17, 1 << 13
"""Rows that are read together, at most and at least."""

MIN_PART, MAX_PART = 20_000, 250_000
"""Rows that are computed together: fewer cost more than they save, and more gain nothing."""

MAX_PARTITIONS, MAX_ON_SHELF = 512, 2048
"""On disk and in memory every batch is cut into so many: on disk too many would be mere headings."""

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
    """How a run is cut up. ``partitions``: on disk; 0 is all in memory. ``rows``: computed together by a thread, to
    begin with. ``batch``: rows read together. ``limit``: bytes to keep to when it is known what the first parts take;
    ``each``, ``fixed``: what they are reckoned to take for each record in all that are computed at a time, and besides,
    at the least.
    """

    partitions: int = 0
    rows: int = MAX_PART
    jobs: int = 1
    batch: int = BATCH_ROWS
    limit: int | None = None
    each: int = 0
    fixed: int = PROCESS // 2


def planned(
    size: Size, limit: int, jobs: int, processes: bool = False, krav: int = 0, fields: int = 0, kept: bool = True
) -> Plan:
    """The road that keeps a run of this size within ``limit`` bytes, as far as that can be known beforehand.

    ``processes``: each job is a process of its own, as long as all is in memory; the tables of a part for each of them,
    and of one more, then lie in memory that all see. ``krav``: how many requirements there are. ``fields``: those of
    the widest post. ``kept``: what is read is there until all is; else it is computed as it comes.
    """
    room = max(limit - BASE, limit // 4, 1)
    one = max(size.computing // max(size.rows, 1), 1)

    def together(jobs: int) -> int:
        """Bytes for each record of a part: so many are held at once, one by each thread and one waiting or written."""
        return one * jobs + KRAV * krav * (jobs + 1) if processes and jobs > 1 else (one + KRAV * krav) * (jobs + 1)

    most = max(1, min(jobs, room // 2 // (MIN_PART * one) - 1))
    for jobs in range(most, 0, -1):
        fixed = PROCESS * jobs if processes else PROCESS
        left = room - fixed if processes and jobs > 1 else room
        left = left - size.stored if kept else left // 2
        if not kept or (size.stored <= room * 3 // 4 and left >= MIN_PART * together(jobs)):
            partitions = 0
            break
    else:
        jobs, processes, fixed = most, False, PROCESS
        room = max(room - KEPT * size.rows, limit // 4, 1)
        partitions = min(MAX_PARTITIONS, max(2, -(-size.stored // max(room // 8, 1))))
        left = room // 2
    each = together(jobs)
    rows = min(MAX_PART, max(MIN_PART, left // each // 2))
    # A thread that puts batches aside has some waiting; processes have one each.
    batches = 1 if jobs == 1 else jobs if processes else 3
    batch = min(BATCH_ROWS, max(MIN_BATCH, room // 4 // batches // (CELL * max(fields, 1))))
    return Plan(partitions, rows, jobs, batch, limit, each, fixed // 2)


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


def in_use(processes: Iterable[int] = (), *, freed: bool = True) -> int | None:
    """Bytes of memory of this process and of others that parted from it, what they have in common counted once, but
    for what they share by intent. ``freed``: with what is free in the heap of this one, and waits to be used again.
    ``None``: nobody says.
    """
    found = 0
    try:
        for who in ("self", *processes):
            said = Path(f"/proc/{who}/smaps_rollup").read_text("ascii")
            own = {name: int(said.partition(f"\n{name}:")[2].split()[0]) for name in ("Pss", "Pss_Shmem")}
            found += (own["Pss"] - own["Pss_Shmem"]) * 1024
    except (OSError, ValueError, IndexError):
        return None
    return found if freed else max(found - _free_in_heap(), 0)


class _Heap(ctypes.Structure):
    _fields_ = (("said", ctypes.c_size_t * 10),)


_FORDBLKS = 8
"""The field of what is free, see mallinfo2(3)."""


def _free_in_heap() -> int:
    """Bytes that the C library keeps though nothing is in them; 0 where it doesn't say."""
    try:
        ask = ctypes.CDLL(None).mallinfo2
    except (OSError, AttributeError):
        return 0
    ask.restype = _Heap
    return int(ask().said[_FORDBLKS])


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


__all__ = ["BATCH_ROWS", "GB", "Plan", "Size", "available", "in_use", "planned", "rows_in", "size_of", "sized"]
