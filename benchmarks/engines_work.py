"""The measurements of ``engines.py``, each meant to be the only thing a process does."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [path for path in (str(ROOT), str(ROOT / "benchmarks")) if path not in sys.path]

import engines_data as data  # noqa: E402

import isfdsl  # noqa: E402

Found = dict[str, Any]
SCAN_ROWS = 131_072
MEMORY = 1_500_000_000
"""What a run is given, in bytes: as with ``isf run --memory``."""


def peak_mb() -> float:
    """The most memory this process has had. (``ru_maxrss`` begins with that of the parent, so only without /proc.)"""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def only_cores(jobs: int) -> None:
    """Keep this process to so many cores, where the system can: threads that only wait must not help along."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:jobs])


def timed(work: Callable[[], Any]) -> Found:
    """Wall and processor seconds (all threads, and the processes it has started and ended)."""
    wall, before = time.perf_counter(), os.times()
    work()
    seconds, after = time.perf_counter() - wall, os.times()
    return {"sekunder": seconds, "cpu_sekunder": sum(after[:4]) - sum(before[:4])}


def best(times: int, work: Callable[[], Any]) -> Found:
    """The quickest of some, by the clock."""
    return min((timed(work) for _ in range(times)), key=lambda found: float(found["sekunder"]))


# ------------------------------------------------------------ the limit


def scan(folder: str, jobs: int, everything: bool, times: int = 3) -> Found:
    """Decode the columns that the rules read (or all) with the dictionaries of the file, row group by row group."""
    path = Path(folder) / "episode.parquet"
    only_cores(jobs)
    pa.set_cpu_count(1)
    with pq.ParquetFile(path) as whole:
        groups, names, rows = whole.num_row_groups, whole.schema_arrow.names, whole.metadata.num_rows
    columns = names if everything else list(data.RULE_COLUMNS)

    def some(own: range) -> None:
        with pq.ParquetFile(path, read_dictionary=list(data.CODED), pre_buffer=False) as file:
            for group in own:
                for _ in file.iter_batches(SCAN_ROWS, [group], columns, use_threads=False):
                    pass

    def work() -> None:
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(some, [range(i, groups, jobs) for i in range(jobs)]))

    return {"poster": rows, **best(times, work)}


# ------------------------------------------------------------ the columnar engine


def columnar(rules: str, folder: str, jobs: int, write: bool, times: int = 1) -> Found:
    """Input to answers with a loaded regelverk: from opening the file to all that is written, or to the sums."""
    from isfdsl.columnar.allocator import keep_memory
    from isfdsl.records.arrow import without_pandas

    only_cores(jobs)
    without_pandas()  # as isf run does; so is the rest
    keep_memory()
    regelverk = isfdsl.load(rules)
    gc.freeze()
    counted: Found = {}

    def work() -> None:
        with tempfile.TemporaryDirectory() as out:
            summary = road(regelverk, folder, Path(out) / "ut" if write else None, jobs)
            counted.update(poster=summary["lest"]["totalt"], antall=summary["antall"])

    found = best(times, work)
    return {**counted, **found}


def in_memory(rules: str, folder: str, times: int = 3) -> Found:
    """Records in memory to answers in memory on one core, with ``Regelverk.run``: what the peers are timed at."""
    only_cores(1)
    regelverk = isfdsl.load(rules)
    read = regelverk.ingest(folder)
    gc.freeze()
    found = best(times, lambda: regelverk.run(read))
    return {"poster": read.records, **found}


def road(regelverk: Any, folder: str, out: Path | None, jobs: int) -> dict[str, Any]:
    """A run as ``isf run`` makes it, with ``--out`` or without. Gives the summary."""
    from isfdsl.columnar.run import run

    with regelverk.held(folder, limit=MEMORY, jobs=jobs, processes=True) as (read, plan):
        return dict(run(regelverk.ruleset, read, out, plan=plan).summary)


def kernel(rules: int, rows: int) -> Found:
    """The first-match kernel alone on columns in memory, on one core, see ``columnar_kernel.py``."""
    import columnar_kernel as bench

    from isfdsl.columnar.decide import FirstMatch
    from isfdsl.columnar.plan import EpochPlan

    only_cores(1)
    plan = EpochPlan(bench.synthetic_epoch())
    match = FirstMatch(plan, "kasus", bench.synthetic_conditions(rules), frozenset())
    row = bench.measure("syntetisk", rules, match, bench.synthetic_frame(rows), 2_000)
    return {
        "regler": rules,
        "poster": rows,
        "sekunder": row.whole,
        "løkke_sekunder": row.loop,
        "kompilering_sekunder": row.compiled + row.first,
        "likt_gjennomgangen": row.agrees,
    }


# ------------------------------------------------------------ the reference interpreter


def reference(rules: str, folder: str) -> Found:
    """The reference interpreter on a slice; and whether the columnar engine gives the same tables there."""
    from isfdsl.interp import tables
    from isfdsl.records.arrow import arrow_table

    regelverk = isfdsl.load(rules)
    read = regelverk.read(folder)
    answers: list[Any] = []
    found = timed(lambda: answers.append(regelverk.evaluate(read)))
    frames = regelverk.run(folder)
    made = tables.tables(answers[0], regelverk.ruleset)
    same = all(_alike(arrow_table(made[name], name), frames[name]) for name in made)
    return {"poster": sum(len(r) for r in read.records.values()), **found, "likt_kolonnemotoren": same}


def _alike(one: pa.Table, other: pa.Table) -> bool:
    """The same rows in any order; whether a text came coded does not matter."""
    return sorted(map(repr, one.to_pylist())) == sorted(map(repr, other.to_pylist()))


# ------------------------------------------------------------ start


def start(rules: str, folder: str, warm: int = 3) -> Found:
    """``isf run --engine columnar`` on a small input, from the shell: first with empty caches, then with full ones."""
    with tempfile.TemporaryDirectory() as temp:
        order = [sys.executable, "-c", "from isfdsl.cli.main import isf; isf()"]
        order += ["run", rules, folder, "--engine", "columnar", "--out", str(Path(temp) / "ut")]
        paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        kept = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": ""}
        env = {**kept, "NUMBA_CACHE_DIR": str(Path(temp) / "numba"), "XDG_CACHE_HOME": str(Path(temp) / "cache")}

        def once() -> Found:
            return timed(lambda: subprocess.run(order, env=env, check=True, capture_output=True))

        cold = once()
        rest = [once() for _ in range(warm)]
    return {"kald": cold, "varm": min(rest, key=lambda found: float(found["sekunder"]))}


# ------------------------------------------------------------ a process of its own


WORKS: dict[str, Callable[..., Found]] = {
    "scan": scan,
    "columnar": columnar,
    "in_memory": in_memory,
    "kernel": kernel,
    "reference": reference,
    "start": start,
}


def alone(name: str, **arguments: Any) -> Found:
    """A measurement in a process of its own, with its peak memory; ``feil`` says why there is none.

    The memory of several processes is that of a second run: to look at it takes time from them.
    """
    found = _process(name, arguments)
    if arguments.get("jobs", 1) > 1 and "feil" not in found:
        again = _process(name, arguments, watched=True)
        found["minne_mb"] = max(found["minne_mb"], again.get("minne_mb", 0))
    return found


def _process(name: str, arguments: Found, watched: bool = False) -> Found:
    order = [sys.executable, str(Path(__file__).resolve()), name, json.dumps(arguments)]
    with tempfile.TemporaryFile() as shown, tempfile.TemporaryFile() as said:
        process = subprocess.Popen(order, stdout=shown, stderr=said)
        together = 0.0
        while watched and process.poll() is None:
            together = max(together, together_mb(process.pid))
            time.sleep(EVERY)
        process.wait()
        shown.seek(0), said.seek(0)
        if process.returncode:
            lines = said.read().decode().strip().splitlines()
            return {"feil": lines[-1] if lines else f"avsluttet med kode {process.returncode}"}
        found: Found = json.loads(shown.read().decode().strip().splitlines()[-1])
    return {**found, "minne_mb": round(max(float(found["minne_mb"]), together), 1)}


EVERY = 0.5
"""So often the memory of several processes is looked at, in seconds: each look takes some milliseconds of a core."""


def together_mb(process: int) -> float:
    """The memory of a process and of those it has started, what they share counted once; 0 where nobody says."""
    try:
        kilobytes = int(Path(f"/proc/{process}/smaps_rollup").read_text().partition("\nPss:")[2].split()[0])
        below = [task.read_text().split() for task in Path(f"/proc/{process}/task").glob("*/children")]
    except (OSError, IndexError, ValueError):
        return 0.0
    return kilobytes / 1024 + sum(together_mb(int(child)) for some in below for child in some)


if __name__ == "__main__":
    result = WORKS[sys.argv[1]](**json.loads(sys.argv[2]))
    print(json.dumps({**result, "minne_mb": round(peak_mb(), 1)}, ensure_ascii=False))
