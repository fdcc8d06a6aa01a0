"""The columnar engine on Spark, for what one machine is too small for: the same code on the workers, the same output.

Three steps, each a ``mapInArrow`` over rows (kind, part, file, number, body):

1. Workers read the files by row groups with the engine's own ingest. They give what they read cut up by a hash of the
   patient (``data``), the keys by a hash of the key (``key``), and what there is to say of each file (``meta``).
2. Keys that come together in a part and stand on several rows are found; those records are set aside.
3. The records of a part are put together and computed by ``parts.answer``. The tables and totals go to the driver,
   which writes the output folder.

Every worker must see the files at the same path as the driver, and have isfdsl with its extra ``spark``.
"""

from __future__ import annotations

import importlib.util
import os
import pickle
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from attrs import define, field

from isfdsl.columnar.clock import Clock, NoClock
from isfdsl.columnar.ingest_parquet import warnings_together
from isfdsl.columnar.output import reject_table
from isfdsl.columnar.run import Progress, Ran
from isfdsl.columnar.spark_work import ROWS_PER_PART, SCHEMA, Compute, FindRepeated, Job, Meta, Read, Task
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.record_files import NoRows
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.output import OutputFolder
from isfdsl.records.program_schema import schemas
from isfdsl.records.readers import DataFile, find_input, once, shared_files
from isfdsl.records.record import Record, Reject
from isfdsl.records.schema import RecordSchema
from isfdsl.records.summary import Totals
from isfdsl.records.tables import TABLES, TableData
from isfdsl.records.validate import duplicate
from isfdsl.syntax.files import Texts as RulesetTexts

ROWS_PER_TASK = 500_000


class UnfitInput(Exception):
    """The input has a file that this engine does not read; the message is its name."""


class BadInput(Exception):
    """The input can't be read; ``problems`` has all that is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} problems")


def missing() -> str | None:
    """What Spark needs and is not there."""
    for name in ("pyspark", "pandas"):
        if importlib.util.find_spec(name) is None:
            return name
    home = os.environ.get("JAVA_HOME")
    return None if shutil.which("java") or (home and (Path(home) / "bin" / "java").exists()) else "Java 17 eller nyere"


@contextmanager
def session(jobs: int | None = None) -> Iterator[Any]:
    """The Spark session at hand, or one made as Spark itself is set up; ``jobs`` makes one with so many local workers.

    A session that was made here is stopped afterwards.
    """
    from pyspark.sql import SparkSession

    given = SparkSession.getActiveSession()
    if given is not None:
        yield given
        return
    package = str(Path(__file__).parents[2])
    before = {name: os.environ.get(name) for name in ("PYTHONPATH", "PYSPARK_PYTHON")}
    # Local workers are processes of their own, started by way of Java.
    os.environ["PYTHONPATH"] = os.pathsep.join(p for p in (package, before["PYTHONPATH"]) if p)
    if before["PYSPARK_PYTHON"] is None:
        os.environ["PYSPARK_PYTHON"] = sys.executable
    try:
        builder = SparkSession.builder.appName("isf run")
        for name, value in (("ui.enabled", "false"), ("ui.showConsoleProgress", "false"), ("log.level", "FATAL")):
            builder = builder.config(f"spark.{name}", value)
        if jobs is not None:
            builder = builder.master(f"local[{jobs}]")
            builder = builder.config("spark.driver.memory", f"{2 + jobs}g")  # the workers' rows pass through it
            builder = builder.config("spark.driver.host", "127.0.0.1")
            builder = builder.config("spark.driver.bindAddress", "127.0.0.1")
        on_interrupt = signal.getsignal(signal.SIGINT)
        made = builder.getOrCreate()
        if threading.current_thread() is threading.main_thread() and callable(on_interrupt):
            signal.signal(signal.SIGINT, on_interrupt)  # Spark's own asks Java in the middle of another question
        try:
            yield made
        finally:
            made.stop()
    finally:
        for name, old in before.items():
            if old is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = old


def run(
    texts: RulesetTexts,
    ruleset: Ruleset,
    path: str | Path,
    out: str | Path | None,
    facts: Callable[[], Mapping[str, Any]],
    *,
    spark: Any,
    parts: int | None = None,
    clock: Clock | None = None,
    progress: Progress | None = None,
    say: Callable[[Sequence[Problem]], None] | None = None,
) -> Ran:
    """The output folder of a run, whole or not at all; without ``out`` no tables are made, only counts and sums.

    ``texts`` are those of the ruleset; ``say`` is told of warnings.

    Raises ``UnfitInput``, ``BadInput`` and ``OutputError``.
    """
    clock = clock or NoClock()
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "1")  # each has many records
    with clock.step("lesing"):
        run = _Run(texts, ruleset, Path(path), spark, parts, out is not None)
        run.read()
    try:
        if any(p.severity == "feil" for p in run.problems):
            raise BadInput(run.problems)
        if say is not None and run.problems:
            say(run.problems)
        with OutputFolder(out) if out is not None else nullcontext() as folder:
            found = _gathered(run, folder, clock, progress)
            found.refuse_unwritable()
            read = {post: run.good[post] + run.refused[post] for post in run.good}
            ran = Ran(found, found.summary(ruleset.title, read, run.rejects, ruleset.stay_source))
            ran.summary["kjoring"] = dict(facts())
            if folder is not None:
                with clock.step("skriving"):
                    folder.write("avvist", reject_table(run.rejects))
                    folder.finish(ran.summary)
        return ran
    finally:
        run.close()


def _gathered(run: _Run, folder: OutputFolder | None, clock: Clock, progress: Progress | None) -> Totals:
    """All counts and sums; the tables go to ``folder``."""
    tell = progress or (lambda stage, done, total: None)
    found, total, done = Totals(), sum(run.good.values()), 0
    blank = {name: spec for name, spec in TABLES.items() if name != "avvist"}
    with clock.step("beregning"):
        rows = run.answers()
    while True:
        with clock.step("beregning"):
            row = next(rows, None)
        if row is None:
            break
        if row.kind == "totals":
            records, totals = pickle.loads(bytes(row.body))
            found.merge(totals)
            done += records
            tell("skriver" if folder is not None else "beregner", done, total)
            continue
        assert folder is not None
        with clock.step("skriving"):
            table = pa.ipc.open_stream(pa.py_buffer(bytes(row.body))).read_all()
            columns = dict(zip(table.column_names, table.columns, strict=True))
            folder.write(row.kind, TableData(TABLES[row.kind], columns, presorted=True))
            blank.pop(row.kind, None)
    if folder is not None:
        for name, spec in blank.items():
            folder.write(name, TableData(spec, {}))
    return found


@define(eq=False)
class _Run:
    """What the driver knows. ``good`` and ``refused`` count the records of each post."""

    texts: RulesetTexts
    ruleset: Ruleset
    path: Path
    spark: Any
    parts: int | None
    tables: bool
    good: dict[str, int] = field(factory=dict)
    refused: dict[str, int] = field(factory=dict)
    rejects: list[Reject] = field(factory=list)
    problems: tuple[Problem, ...] = ()
    _kept: list[Any] = field(factory=list)
    _job: Any = None
    _data: Any = None
    _drop: dict[int, Any] = field(factory=dict)

    def read(self) -> None:
        """Read everything, and set aside the records whose key stands on several rows."""
        known = schemas(self.ruleset)
        found: list[Problem] = []
        files: list[DataFile] = []
        # All formats are asked for here, so that one which is not read is known for what it is.
        others: dict[str, Any] = {".drg": None, ".xml": None}
        for file in find_input(self.path, known, others, found):
            if not isinstance(file, DataFile):
                raise UnfitInput(file.name)
            files.append(file)
        self.good, self.refused = dict.fromkeys(known, 0), dict.fromkeys(known, 0)
        tasks, rows = _planned(files)
        parts = self.parts or max(1, self._cores(), -(-rows // ROWS_PER_PART))
        self._job = Job(self.texts, tuple(files), parts, self.tables)
        posts = {name: _Set([], []) for name in known}
        if tasks:
            metas = self._read(tasks)
            for number, file in enumerate(files):
                self._take(file, [m for m in metas if m.file == number], posts[file.post], found)
            self._set_aside(files, posts)
        for name in sorted(posts):
            self.rejects += sorted(posts[name].rejects, key=lambda r: (r.fil, r.rad))
            self.refused[name] = len(posts[name].rejects)
        for name, own in posts.items():
            self.good[name] -= own.dropped
            found.extend(shared_files(known[name], own.files, own.repeated))
        self.problems = tuple(once(found))

    def _cores(self) -> int:
        return int(self.spark.sparkContext.defaultParallelism)

    def _read(self, tasks: list[Task]) -> list[Meta]:
        """Step 1. Files that are not plain columns are read once more, row by row."""
        frame = self._mapped(tasks)
        metas = _metas(frame)
        odd = sorted({m.file for m in metas if not m.plain})
        self._data = frame
        if odd:
            again = self._mapped([Task(file, len(tasks) + i) for i, file in enumerate(odd)])
            metas = [m for m in metas if m.file not in odd] + _metas(again)
            self._data = frame.filter(~frame.file.isin(odd)).union(again)
        return metas

    def _mapped(self, tasks: list[Task]) -> Any:
        rows = [("task", 0, t.file, t.number, bytearray(pickle.dumps(t))) for t in tasks]
        frame = self.spark.createDataFrame(rows, SCHEMA).repartition(len(tasks))
        frame = frame.mapInArrow(Read(self._job), SCHEMA).persist(_on_disk())
        self._kept.append(frame)
        return frame

    def _take(self, file: DataFile, metas: list[Meta], post: _Set, found: list[Problem]) -> None:
        """What the tasks of a file found, as one that read it all would say it."""
        problems = [p for m in sorted(metas, key=lambda m: m.number) for p in m.problems]
        if any(m.failed for m in metas):
            found.extend(problems)
            return
        self.good[file.post] += sum(m.good for m in metas)
        for m in metas:
            post.rejects += m.rejects
        post.files.append(file.fil)
        if file.suffix == ".parquet" and not any(m.good or m.rejects for m in metas):
            found.append(NoRows(fil=file.fil))
        found.extend(warnings_together(self._job_schema(file.post), list(once(problems))))

    def _job_schema(self, post: str) -> RecordSchema:
        return schemas(self.ruleset)[post]

    def _set_aside(self, files: list[DataFile], posts: dict[str, _Set]) -> None:
        """Step 2."""
        keys = self._data.filter(self._data.kind == "key").repartition(self._job.parts, "part")
        made = keys.sortWithinPartitions("part").mapInArrow(FindRepeated(self._job), SCHEMA)
        drop: dict[int, list[int]] = {}
        aside: dict[str, list[tuple[int, int, Reject]]] = {}
        for row in made.collect():
            for name, key, places_ in pickle.loads(bytes(row.body)):
                post = posts[name]
                at = [p for p in places_ if files[p[0]].fil in post.files]
                if len(at) < 2:
                    continue
                post.repeated[key] = {files[f].fil for f, _, _ in at}
                for f, rad, is_record in at:
                    if is_record:
                        record = Record(name, {}, files[f].fil, rad, key)
                        aside.setdefault(name, []).append((f, rad, duplicate(record, key, len(at))))
                        drop.setdefault(f, []).append(rad)
        for name, own in aside.items():
            posts[name].dropped = len(own)
            posts[name].rejects += [reject for _, _, reject in sorted(own, key=lambda one: one[:2])]
        self._drop = {f: np.array(sorted(rows), np.int64) for f, rows in drop.items()}

    def answers(self) -> Iterator[Any]:
        """Step 3: the rows of tables and totals."""
        if self._data is None:
            return iter(())
        data = self._data.filter(self._data.kind == "data").repartition(self._job.parts, "part")
        made = data.sortWithinPartitions("part", "file", "number")
        made = made.mapInArrow(Compute(self._job, self._drop), SCHEMA).persist(_on_disk())
        self._kept.append(made)
        made.count()  # all partitions at once; what follows takes them one at a time
        found: Iterator[Any] = made.toLocalIterator()
        return found

    def close(self) -> None:
        """Let go of what the cluster has kept."""
        for frame in self._kept:
            frame.unpersist()
        self._kept.clear()


@define(eq=False)
class _Set:
    """What is known of a post: its good files, and what was set aside."""

    files: list[str]
    rejects: list[Reject]
    repeated: dict[str, set[str]] = field(factory=dict)
    dropped: int = 0


def _planned(files: Sequence[DataFile]) -> tuple[list[Task], int]:
    """Tasks of some row groups each, and about how many rows there are."""
    tasks: list[Task] = []
    total = 0
    for number, file in enumerate(files):
        try:
            with pq.ParquetFile(file.path) as whole:
                sizes = [whole.metadata.row_group(i).num_rows for i in range(whole.num_row_groups)]
        except Exception:  # reading it row by row says what is wrong with it
            sizes = []
        if file.suffix != ".parquet" or not sizes:
            tasks.append(Task(number, len(tasks)))
            total += 0 if file.suffix == ".parquet" else file.path.stat().st_size // 100
            continue
        first = before = rows = 0
        for group, size in enumerate(sizes):
            rows += size
            if rows >= ROWS_PER_TASK or group == len(sizes) - 1:
                tasks.append(Task(number, len(tasks), range(first, group + 1), before))
                first, before, rows = group + 1, before + rows, 0
        total += sum(sizes)
    return tasks, total


def _on_disk() -> Any:
    from pyspark import StorageLevel

    return StorageLevel.DISK_ONLY


def _metas(frame: Any) -> list[Meta]:
    return [pickle.loads(bytes(row.body)) for row in frame.filter(frame.kind == "meta").collect()]


__all__ = ["BadInput", "UnfitInput", "missing", "run", "session"]
