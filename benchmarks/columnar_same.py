"""Whether the columnar engine says the same as the reference: every table and the summary, on large samples.

    PYTHONPATH=. python benchmarks/columnar_same.py --records 1000000

Samples records (one in two hundred with a fault) of each year with its assumptions and of the imported miniature
NordDRG set, runs both engines in processes of their own, and compares the tables and summaries they wrote. Prints a
Markdown table. The columnar engine is run as ``isf run`` on all of the input. The reference keeps all records in
memory, about 18 kB each, so it gets the patients some at a time, and its tables and sums are put together.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from attrs import evolve, frozen

import isfdsl
from isfdsl.interp import tables as reference_tables
from isfdsl.records.arrow import plain_table
from isfdsl.records.output import summary_text, write_tables
from isfdsl.records.summary import Totals

ROOT = Path(__file__).resolve().parent.parent
MINI = ROOT.parent / "shared" / "data" / "norddrg-mini" / "csv"
SETS = ("2020", "2024", "2025", "norddrg-mini")
_AT_A_TIME = 200_000
_APART = "\x1f"
_SHOWN = 5


@frozen
class Cost:
    """What a process took: seconds by the clock, CPU seconds, and MB of memory at its peak."""

    wall: float
    cpu: float
    peak: float


def run(*arguments: str) -> Cost:
    """Run Python in a process of its own; raises when it fails."""
    start = time.perf_counter()
    command = [sys.executable, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": "."})
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def isf(*arguments: str) -> Cost:
    """Run the command line."""
    return run("-m", "isfdsl.cli.main", *arguments)


# ------------------------------------------------------------ the reference, some patients at a time


def split(rules: str, data: Path, parts: list[Path]) -> None:
    """Give each part the records of some patients, and beside each file the row numbers it had. Rows that share a key
    stay together, since each is set aside because of the others."""
    for post, schema in isfdsl.load(rules).schemas.items():
        path = data / f"{post}.parquet"
        if not path.exists():
            continue
        table = pq.read_table(path)
        (key,) = schema.key_fields
        own, _ = _coded(table[key.name])
        who, texts = _coded(table[schema.roles.get("pasient", key.name)])
        hashed = np.array([crc32(str(t).encode()) % len(parts) for t in texts])[who]  # the same in every post
        part = np.where(np.bincount(own)[own] > 1, 0, hashed)
        for i, folder in enumerate(parts):
            rows = np.flatnonzero(part == i)
            folder.mkdir(exist_ok=True)
            pq.write_table(table.take(pa.array(rows)), folder / path.name)
            np.save(f"{folder}-{post}.npy", rows)


def _coded(column: pa.ChunkedArray) -> tuple[np.ndarray[Any, Any], list[Any]]:
    coded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    return coded.indices.to_numpy(zero_copy_only=False).astype(np.int64), coded.dictionary.to_pylist()


def reference_part(rules: str, folder: str, out: str) -> None:
    """Run the reference on a part; its sums and rejects are put beside its tables."""
    regelverk = isfdsl.load(rules)
    read = regelverk.read(folder)
    assert read.ok
    places = {post: np.load(f"{folder}-{post}.npy") for post in read.counts if read.counts[post].lest}
    rejects = [evolve(r, rad=int(places[r.post][r.rad - 1]) + 1) for r in read.rejects]
    counts = {post: c.lest for post, c in read.counts.items()}
    result = regelverk.evaluate(evolve(read, rejects=rejects))
    totals = reference_tables.totals(result, regelverk.ruleset)
    write_tables(out, reference_tables.tables(result, regelverk.ruleset), {})
    (Path(out) / "totals.pickle").write_bytes(pickle.dumps((totals, counts, rejects)))


def reference(rules: str, data: Path, out: Path, count: int) -> Cost:
    """The output of the reference, put together from its parts."""
    parts = [data.parent / f"part{i}" for i in range(count)]
    split(rules, data, parts)
    out.mkdir()
    wall = cpu = peak = 0.0
    for part in parts:
        code = f"from benchmarks.columnar_same import reference_part as r; r({rules!r}, {str(part)!r}, '{part}-out')"
        cost = run("-c", code)
        wall, cpu, peak = wall + cost.wall, cpu + cost.cpu, max(peak, cost.peak)
    made = [Path(f"{part}-out") for part in parts]
    for name in sorted(p.name for p in made[0].glob("*.parquet")):
        pq.write_table(pa.concat_tables([pq.read_table(m / name) for m in made]), out / name)
    totals, read, rejects = Totals(), dict[str, int](), []
    for m in made:
        own, counts, aside = pickle.loads((m / "totals.pickle").read_bytes())
        totals.merge(own)
        rejects += aside
        read = {post: read.get(post, 0) + n for post, n in counts.items()}
    ruleset = isfdsl.load(rules).ruleset
    summary = totals.summary(ruleset.title, read, rejects, ruleset.stay_source)
    (out / "sammendrag.json").write_text(summary_text(summary), encoding="utf-8")
    return Cost(wall, cpu, peak)


# ------------------------------------------------------------ comparing


def comparable(path: Path) -> pa.Table:
    """A table whose cells can all be sorted: lists as one text, amounts as text; its rows in order of all columns."""
    columns = {}
    table = plain_table(pq.read_table(path))
    for name, column in zip(table.column_names, table.columns, strict=True):
        t = column.type
        if pa.types.is_list(t):
            column = pc.binary_join(column, _APART)  # a list without values is "", a missing one stays missing
        elif pa.types.is_decimal(t):
            column = pc.cast(column, pa.string())
        columns[f"{name} {t}"] = column
    made = pa.table(columns)
    return made.take(pc.sort_indices(made, [(name, "ascending") for name in made.column_names]))


def differences(wanted: Path, found: Path) -> Iterator[str]:
    """What two result folders disagree about."""
    names = sorted({p.name for p in wanted.iterdir()} | {p.name for p in found.iterdir()})
    for name in names:
        if not (wanted / name).exists() or not (found / name).exists():
            yield f"{name} is missing in one of them"
        elif name.endswith(".parquet"):
            yield from (f"{name}: {d}" for d in _table_differences(comparable(wanted / name), comparable(found / name)))
        elif (one := _summary(wanted / name)) != (other := _summary(found / name)):
            yield from (f"{name}: {k} {one.get(k)} / {other.get(k)}" for k in one | other if one.get(k) != other.get(k))


def _table_differences(wanted: pa.Table, found: pa.Table) -> Iterator[str]:
    if wanted.column_names != found.column_names:
        yield f"columns {wanted.column_names} / {found.column_names}"
    elif wanted.num_rows != found.num_rows:
        yield f"{wanted.num_rows} / {found.num_rows} rows"
    elif not wanted.equals(found):
        for name in wanted.column_names:
            if not wanted[name].equals(found[name]):
                pairs = zip(wanted.to_pylist(), found.to_pylist(), strict=True)
                yield from (f"{name}: {a} / {b}" for a, b in pairs if a[name] != b[name])


def _summary(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    found.pop("kjoring", None)  # what was run, and for how long
    return found


def prepared(name: str, records: int, folder: Path, seed: int) -> str:
    """The regelverk of a set, with its sample in ``folder/data``."""
    if name == "norddrg-mini":
        rules = str(folder / "regelverk")
        isf("import", "norddrg", str(MINI), "--out", rules, "--year", "2024")
    else:
        rules = f"rules/{name}+assumptions/{name}"
    isf("sample", rules, "--records", str(records), "--seed", str(seed), "--bad", "0.005", "--out", f"{folder}/data")
    (folder / "data" / "_dekning.json").unlink(missing_ok=True)
    return rules


def compared(name: str, records: int, seed: int, jobs: int) -> tuple[str, list[str]]:
    """A line of the table, and the differences."""
    folder = Path(tempfile.mkdtemp(prefix=f"isf-same-{name}-"))
    try:
        rules = prepared(name, records, folder, seed)
        read = sum(pq.read_metadata(p).num_rows for p in (folder / "data").glob("*.parquet"))
        columnar = ["--engine", "columnar", "--jobs", str(jobs)]
        new = isf("run", rules, f"{folder}/data", "--out", f"{folder}/columnar", *columnar)
        old = reference(rules, folder / "data", folder / "reference", -(-read // _AT_A_TIME))
        found = list(differences(folder / "reference", folder / "columnar"))
        rows = sum(pq.read_metadata(p).num_rows for p in (folder / "columnar").glob("*.parquet"))
    finally:
        shutil.rmtree(folder)
    cells = [
        name,
        f"{read:,}",
        f"{rows:,}",
        f"{len(found):,}",
        f"{old.wall:.1f} ({old.cpu:.1f})",
        f"{new.wall:.1f} ({new.cpu:.1f})",
        f"{old.cpu / new.cpu:.0f}×",
        f"{old.peak:,.0f}",
        f"{new.peak:,.0f}",
    ]
    return f"| {' | '.join(cells)} |", found


HEAD = (
    "set",
    "records",
    "rows written",
    "differences",
    "reference, s (CPU)",
    "columnar, s (CPU)",
    "ratio of CPU",
    "reference, MB",
    "columnar, MB",
)


def main() -> int:
    """Compare, print the table, and fail when anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000, help="episodes of each set (others come with them)")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS, help="which sets, one after the other")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the samples")
    parser.add_argument("--jobs", type=int, default=1, help="threads of the columnar engine")
    options = parser.parse_args()
    print(f"| {' | '.join(HEAD)} |", f"|{' --- |' * len(HEAD)}", sep="\n", flush=True)
    wrong = 0
    for name in options.sets:
        line, found = compared(name, options.records, options.seed, options.jobs)
        print(line, flush=True)
        wrong += len(found)
        for difference in found[:_SHOWN]:
            print(f"{name}: {difference}", file=sys.stderr, flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
