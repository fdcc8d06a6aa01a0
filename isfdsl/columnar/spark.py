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
from contextlib import contextmanager
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from attrs import define, field, frozen

from isfdsl.columnar.aside import places
from isfdsl.columnar.clock import Clock, NoClock
from isfdsl.columnar.epochs import Epochs
from isfdsl.columnar.ingest_parquet import NotPlain, Piece, PostReader, pieces, warnings_together
from isfdsl.columnar.joining import joined_stores, no_rows, picked
from isfdsl.columnar.keys import hashes, repeated
from isfdsl.columnar.output import reject_table
from isfdsl.columnar.parts import answer, split
from isfdsl.columnar.run import Progress, Ran
from isfdsl.columnar.store import Store
from isfdsl.columnar.vectors import Lists, Texts
from isfdsl.columnar.words import Words
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.record_files import NoRows
from isfdsl.program.load import Workspace
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.arrow import arrow_table, plain_table
from isfdsl.records.faults import FileFault
from isfdsl.records.output import OutputFolder
from isfdsl.records.program_schema import schemas
from isfdsl.records.readers import DataFile, find_input, once, scan_file, shared_files
from isfdsl.records.record import Record, Reject
from isfdsl.records.schema import RecordSchema
from isfdsl.records.summary import Totals
from isfdsl.records.tables import TABLES, TableData
from isfdsl.records.validate import duplicate
from isfdsl.syntax.files import Texts as RulesetTexts

SCHEMA = "kind string, part int, file int, number int, body binary"
_ARROW = pa.schema(
    [("kind", pa.string()), ("part", pa.int32()), ("file", pa.int32()), ("number", pa.int32()), ("body", pa.binary())]
)
ROWS_PER_TASK = 500_000
ROWS_PER_PART = 200_000
_BATCH = 131_072
_CHUNK = 20_000
_ROWS_PER_BODY = 10_000
_BYTES_PER_BATCH = 1 << 22
"""Java holds whole batches in a heap that is 1 GB unless somebody has said otherwise."""

Row = tuple[str, int, int, int, bytes]


# ------------------------------------------------------------ on the workers


@define(eq=False)
class _Known:
    """A regelverk as a worker has loaded it."""

    ruleset: Ruleset
    schemas: dict[str, RecordSchema]
    epochs: Epochs


_loaded: dict[str, _Known] = {}


@frozen
class _Job:
    """What every worker is told: the regelverk, the files, and how many parts there are."""

    texts: RulesetTexts
    files: tuple[DataFile, ...]
    parts: int

    @property
    def known(self) -> _Known:
        """The regelverk, loaded once in each process."""
        found = _loaded.get(self.texts.digest)
        if found is None:
            ruleset = Workspace().load_files(self.texts).ruleset
            found = _loaded[self.texts.digest] = _Known(ruleset, schemas(ruleset), Epochs(ruleset))
        return found


@define
class _Meta:
    """What there is to say of a task: ``plain`` when its file could be read as columns."""

    file: int
    number: int
    good: int = 0
    rejects: list[Reject] = field(factory=list)
    problems: list[Problem] = field(factory=list)
    plain: bool = True
    failed: bool = False


@frozen
class _Task:
    """Some row groups of a Parquet file, or with ``groups`` ``None`` a whole file row by row."""

    file: int
    number: int
    groups: range | None = None
    before: int = 0


@frozen
class _Mapper:
    """A function over rows as one over Arrow batches."""

    job: _Job

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        """What ``mapInArrow`` calls."""
        waiting: list[Row] = []
        size = 0
        for row in self.rows(_rows_of(batches)):
            waiting.append(row)
            size += len(row[4])
            if size >= _BYTES_PER_BATCH:
                yield _batch_of(waiting)
                waiting, size = [], 0
        if waiting:
            yield _batch_of(waiting)

    def rows(self, given: Iterator[Row]) -> Iterator[Row]:
        """The rows that some rows give."""
        raise NotImplementedError


def _rows_of(batches: Iterator[Any]) -> Iterator[Row]:
    for batch in batches:
        for i in range(batch.num_rows):
            yield tuple(column[i].as_py() for column in batch.columns)


def _batch_of(rows: Sequence[Row]) -> Any:
    return pa.RecordBatch.from_arrays(
        [pa.array(column, f.type) for column, f in zip(zip(*rows, strict=True), _ARROW, strict=True)], schema=_ARROW
    )


class _Read(_Mapper):
    """Tasks to what was read."""

    def rows(self, given: Iterator[Row]) -> Iterator[Row]:
        for _, _, _, _, body in given:
            yield from self._task(pickle.loads(body))

    def _task(self, task: _Task) -> Iterator[Row]:
        file = self.job.files[task.file]
        reader = PostReader(self.job.known.schemas[file.post])
        meta = _Meta(task.file, task.number)
        keyed = bool(reader.schema.key_fields)
        number = 0
        try:
            for piece in self._pieces(file, reader, task, meta.problems):
                meta.good += piece.store.n
                meta.rejects += piece.rejects
                number += 1
                at = task.number << 16 | number
                for part, rows in _cut(places(self.job.known.ruleset, piece.store, self.job.parts)):
                    body = pickle.dumps((piece.rows[rows], compact(picked(piece.store, rows))), protocol=5)
                    yield "data", part, task.file, at, body
                if keyed:
                    yield from self._keys(task.file, at, piece.store.ids, piece.rows, True)
                    said = [r for r in piece.rejects if r.nokkel is not None]
                    if said:
                        ids = pa.array([r.nokkel for r in said], pa.string())
                        yield from self._keys(task.file, at, ids, np.array([r.rad for r in said], np.int64), False)
        except NotPlain:
            meta = _Meta(task.file, task.number, plain=False)
        except FileFault as fault:
            meta = _Meta(task.file, task.number, problems=list(fault.problems), failed=True)
        yield "meta", 0, task.file, task.number, pickle.dumps(meta, protocol=5)

    def _pieces(self, file: DataFile, reader: PostReader, task: _Task, notes: list[Problem]) -> Iterator[Piece]:
        if task.groups is not None:
            yield from pieces(file, reader, _BATCH, notes, task.groups, task.before)
            return
        outcomes = scan_file(file, reader.schema, notes)
        while chunk := list(islice(outcomes, _CHUNK)):
            records = [o for o in chunk if isinstance(o, Record)]
            rows = np.array([r.rad for r in records], np.int64)
            yield Piece(reader.store(records), rows, [o for o in chunk if isinstance(o, Reject)])

    def _keys(self, file: int, at: int, ids: Any, rows: Any, good: bool) -> Iterator[Row]:
        for part, own in _cut((hashes(ids) >> np.uint64(32)) % np.uint64(self.job.parts)):
            mine = ids.take(pa.array(own))
            mine = mine.combine_chunks() if isinstance(mine, pa.ChunkedArray) else mine
            yield "key", part, file, at, pickle.dumps((good, mine, rows[own]), protocol=5)


def _cut(part: Any) -> Iterator[tuple[int, Any]]:
    """The rows of each part that occurs."""
    order = np.argsort(part, kind="stable")
    seen, first = np.unique(part[order], return_index=True)
    for number, rows in zip(seen.tolist(), np.split(order, first[1:]), strict=True):
        yield int(number), rows


def compact(store: Store) -> Store:
    """The same store with no more words than it uses, so that it can be sent alone."""
    for name, column in store.columns.items():
        if isinstance(column, Texts):
            seen, at = np.unique(column.v, return_inverse=True)
            shift = int(len(seen) > 0 and seen[0] < 0)
            words = Words(column.words.values[i] for i in seen[shift:].tolist())
            store.columns[name] = Texts((at.reshape(-1) - shift).astype(np.int32), words)
        elif isinstance(column, Lists):
            seen, at = np.unique(column.packed, return_inverse=True)
            words = Words(column.words.values[i] for i in seen.tolist())
            size = column.size.astype(np.int64)
            store.columns[name] = Lists(np.cumsum(size) - size, size, at.reshape(-1).astype(np.int32), words)
    return store


class _FindRepeated(_Mapper):
    """Keys to those that stand on several rows: (post, key, [(file, row, whether it is a record)])."""

    def rows(self, given: Iterator[Row]) -> Iterator[Row]:
        for part, own in groupby(given, key=lambda row: row[1]):
            by_post: dict[str, list[tuple[int, bool, Any, Any]]] = {}
            for _, _, file, _, body in own:
                by_post.setdefault(self.job.files[file].post, []).append((file, *pickle.loads(body)))
            for post, parts in by_post.items():
                found = [
                    (post, key, [(parts[i][0], int(parts[i][3][row]), parts[i][1]) for i, row in at])
                    for key, at in repeated([ids for _, _, ids, _ in parts]).items()
                ]
                if found:
                    yield "repeated", part, 0, 0, pickle.dumps(found, protocol=5)


@frozen
class _Compute(_Mapper):
    """What was read to answers. ``drop``: file → rows that are none of the records."""

    drop: Mapping[int, Any] = field(factory=dict)

    def rows(self, given: Iterator[Row]) -> Iterator[Row]:
        for part, own in groupby(given, key=lambda row: row[1]):
            held: dict[str, list[Store]] = {}
            for _, _, file, _, body in own:
                rows, store = pickle.loads(body)
                if file in self.drop:
                    keep = np.flatnonzero(~np.isin(rows, self.drop[file]))
                    store = picked(store, keep)
                if store.n:
                    held.setdefault(store.post, []).append(store)
            if held:
                yield from self._answers(part, {post: joined_stores(stores) for post, stores in held.items()})

    def _answers(self, part: int, held: dict[str, Store]) -> Iterator[Row]:
        known = self.job.known
        stores = {name: held.get(name) or no_rows(schema) for name, schema in known.schemas.items()}
        for number, some in enumerate(split(known.ruleset, stores, 2 * ROWS_PER_PART)):
            made = answer(known.epochs, some())
            for name, data in made.tables.items():
                table = plain_table(arrow_table(data, name))
                for first in range(0, table.num_rows, _ROWS_PER_BODY):
                    yield name, part, 0, number, _written(table.slice(first, _ROWS_PER_BODY))
            yield "totals", part, 0, number, pickle.dumps((made.records, made.totals), protocol=5)


def _written(table: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    found: bytes = sink.getvalue().to_pybytes()
    return found


# ------------------------------------------------------------ on the driver


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


def run_to_folder(
    texts: RulesetTexts,
    ruleset: Ruleset,
    path: str | Path,
    out: str | Path,
    facts: Callable[[], Mapping[str, Any]],
    *,
    spark: Any,
    parts: int | None = None,
    clock: Clock | None = None,
    progress: Progress | None = None,
    say: Callable[[Sequence[Problem]], None] | None = None,
) -> Ran:
    """The output folder of a run, whole or not at all. ``texts`` are those of the ruleset; ``say`` is told of warnings.

    Raises ``UnfitInput``, ``BadInput`` and ``OutputError``.
    """
    clock = clock or NoClock()
    tell = progress or (lambda stage, done, total: None)
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "1")  # each has many records
    with clock.step("lesing"):
        run = _Run(texts, ruleset, Path(path), spark, parts)
        run.read()
    try:
        if any(p.severity == "feil" for p in run.problems):
            raise BadInput(run.problems)
        if say is not None and run.problems:
            say(run.problems)
        found = Totals()
        total, done = sum(run.good.values()), 0
        with OutputFolder(out) as folder:
            with clock.step("beregning"):
                rows = run.answers()
            blank = {name: spec for name, spec in TABLES.items() if name != "avvist"}
            while True:
                with clock.step("beregning"):
                    row = next(rows, None)
                if row is None:
                    break
                if row.kind == "totals":
                    records, totals = pickle.loads(bytes(row.body))
                    found.merge(totals)
                    done += records
                    tell("skriver", done, total)
                    continue
                with clock.step("skriving"):
                    table = pa.ipc.open_stream(pa.py_buffer(bytes(row.body))).read_all()
                    columns = dict(zip(table.column_names, table.columns, strict=True))
                    folder.write(row.kind, TableData(TABLES[row.kind], columns, presorted=True))
                    blank.pop(row.kind, None)
            found.refuse_unwritable()
            for name, spec in blank.items():
                folder.write(name, TableData(spec, {}))
            folder.write("avvist", reject_table(run.rejects))
            read = {post: run.good[post] + run.refused[post] for post in run.good}
            ran = Ran(found, found.summary(ruleset.title, read, run.rejects, ruleset.stay_source))
            ran.summary["kjoring"] = dict(facts())
            with clock.step("skriving"):
                folder.finish(ran.summary)
        return ran
    finally:
        run.close()


@define(eq=False)
class _Run:
    """What the driver knows. ``good`` and ``refused`` count the records of each post."""

    texts: RulesetTexts
    ruleset: Ruleset
    path: Path
    spark: Any
    parts: int | None
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
        self._job = _Job(self.texts, tuple(files), self.parts or max(1, self._cores(), -(-rows // ROWS_PER_PART)))
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

    def _read(self, tasks: list[_Task]) -> list[_Meta]:
        """Step 1. Files that are not plain columns are read once more, row by row."""
        frame = self._mapped(tasks)
        metas = _metas(frame)
        odd = sorted({m.file for m in metas if not m.plain})
        self._data = frame
        if odd:
            again = self._mapped([_Task(file, len(tasks) + i) for i, file in enumerate(odd)])
            metas = [m for m in metas if m.file not in odd] + _metas(again)
            self._data = frame.filter(~frame.file.isin(odd)).union(again)
        return metas

    def _mapped(self, tasks: list[_Task]) -> Any:
        rows = [("task", 0, t.file, t.number, bytearray(pickle.dumps(t))) for t in tasks]
        frame = self.spark.createDataFrame(rows, SCHEMA).repartition(len(tasks))
        frame = frame.mapInArrow(_Read(self._job), SCHEMA).persist(_on_disk())
        self._kept.append(frame)
        return frame

    def _take(self, file: DataFile, metas: list[_Meta], post: _Set, found: list[Problem]) -> None:
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
        made = keys.sortWithinPartitions("part").mapInArrow(_FindRepeated(self._job), SCHEMA)
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
        made = made.mapInArrow(_Compute(self._job, self._drop), SCHEMA).persist(_on_disk())
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


def _planned(files: Sequence[DataFile]) -> tuple[list[_Task], int]:
    """Tasks of some row groups each, and about how many rows there are."""
    tasks: list[_Task] = []
    total = 0
    for number, file in enumerate(files):
        try:
            with pq.ParquetFile(file.path) as whole:
                sizes = [whole.metadata.row_group(i).num_rows for i in range(whole.num_row_groups)]
        except Exception:  # reading it row by row says what is wrong with it
            sizes = []
        if file.suffix != ".parquet" or not sizes:
            tasks.append(_Task(number, len(tasks)))
            total += 0 if file.suffix == ".parquet" else file.path.stat().st_size // 100
            continue
        first = before = rows = 0
        for group, size in enumerate(sizes):
            rows += size
            if rows >= ROWS_PER_TASK or group == len(sizes) - 1:
                tasks.append(_Task(number, len(tasks), range(first, group + 1), before))
                first, before, rows = group + 1, before + rows, 0
        total += sum(sizes)
    return tasks, total


def _on_disk() -> Any:
    from pyspark import StorageLevel

    return StorageLevel.DISK_ONLY


def _metas(frame: Any) -> list[_Meta]:
    return [pickle.loads(bytes(row.body)) for row in frame.filter(frame.kind == "meta").collect()]


__all__ = ["BadInput", "UnfitInput", "missing", "run_to_folder", "session"]
