"""How fast input becomes columns, beside pyarrow's own decode of the same columns in the same run.

    isf sample rules/2024 --records 1000000 --seed 1 --out DATA
    PYTHONPATH=. python benchmarks/columnar_ingest.py DATA

Prints records a second, the ratio to the scan (the median of pairs run one after the other, and the best of each) and
the peak memory of a process that does nothing else. CPU time counts both threads; others on the machine disturb it less
than the clock.
"""

from __future__ import annotations

import argparse
import pickle
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import isfdsl
from isfdsl.columnar.ingest import ingest, stream
from isfdsl.records.schema import RecordSchema

ROOT = Path(__file__).resolve().parent.parent


def scan(folder: Path) -> int:
    """Decode every column of every Parquet file on one core, texts by their dictionaries where that is faster."""
    rows = 0
    for path in sorted(folder.glob("*.parquet")):
        with pq.ParquetFile(path) as whole:
            leaves = [whole.schema.column(i).path for i in range(len(whole.schema))]
            types = whole.schema_arrow.types
        free = {"episode_id", "pasient_id", "institusjon", "enhet", "utlevering_id"}
        texts = (pa.string(), pa.list_(pa.field("element", pa.string())))
        coded = [p for p, t in zip(leaves, types, strict=True) if t in texts and p not in free]
        with pq.ParquetFile(path, read_dictionary=coded, pre_buffer=False) as whole:
            for group in range(whole.num_row_groups):
                for batch in whole.iter_batches(131_072, [group], use_threads=False):
                    rows += batch.num_rows
    return rows


def read_whole(folder: Path, schemas: Sequence[RecordSchema]) -> int:
    """``ingest``: everything in memory as columns."""
    return sum(store.n for store in ingest(folder, schemas).stores.values())


def read_stream(folder: Path, schemas: Sequence[RecordSchema]) -> int:
    """``stream``: a batch at a time, nothing kept but the ids."""
    return sum(store.n for store in stream(folder, schemas))


def timed(work: Callable[[], int]) -> tuple[float, float, int]:
    """CPU seconds, seconds and what ``work`` gave."""
    cpu, wall = time.process_time(), time.perf_counter()
    found = work()
    return time.process_time() - cpu, time.perf_counter() - wall, found


def peak(what: str, folder: Path, schemas: Sequence[RecordSchema]) -> float:
    """Peak memory in MB of a process of its own, which gets the schemas ready made."""
    order = [sys.executable, __file__, str(folder), "--only", what]
    done = subprocess.run(order, input=pickle.dumps(list(schemas)), capture_output=True, check=True)
    return float(done.stdout)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--rules", type=Path, default=ROOT / "rules/2024")
    arguments.add_argument("--repeat", type=int, default=7)
    arguments.add_argument("--only", choices=list(WORKS), help="for the measuring of memory")
    given = arguments.parse_args()
    if given.only:
        own = pickle.load(sys.stdin.buffer)
        WORKS[given.only](given.folder, own)
        status = Path("/proc/self/status").read_text()  # getrusage would tell of the parent's peak, too
        print(int(status.partition("VmHWM:")[2].split()[0]) / 1024)
        return
    schemas = list(isfdsl.load(given.rules).schemas.values())
    pa.set_cpu_count(1)
    for name in ("ingest", "stream"):
        WORKS[name](given.folder, schemas)  # compile the loops
    for name in ("ingest", "stream"):
        bases, works = [], []
        for _ in range(given.repeat):
            bases.append(timed(lambda: scan(given.folder)))
            works.append(timed(lambda: WORKS[name](given.folder, schemas)))  # noqa: B023
        cpu = statistics.median(w[0] / b[0] for w, b in zip(works, bases, strict=True))
        clock = statistics.median(w[1] / b[1] for w, b in zip(works, bases, strict=True))
        best = min(w[0] for w in works) / min(b[0] for b in bases)
        speed = statistics.median(w[2] / w[1] for w in works)
        print(f"{name:7} {speed:>12,.0f} records/s   × scan: {cpu:.2f} CPU, {best:.2f} best CPU, {clock:.2f} clock")
    for name in WORKS:
        print(f"{name:7} {peak(name, given.folder, schemas):>8,.0f} MB peak")


WORKS: dict[str, Callable[[Path, Sequence[RecordSchema]], int]] = {
    "imports": lambda folder, schemas: 0,
    "scan": lambda folder, schemas: scan(folder),
    "ingest": read_whole,
    "stream": read_stream,
}


if __name__ == "__main__":
    main()
