"""What the engine on Spark does on a worker; see ``spark``. Rows are (kind, part, file, number, body)."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import define, field, frozen

from isfdsl.columnar.aside import places
from isfdsl.columnar.epochs import Epochs
from isfdsl.columnar.ingest_parquet import NotPlain, Piece, PostReader, pieces
from isfdsl.columnar.joining import joined_stores, no_rows, picked
from isfdsl.columnar.keys import hashes, repeated
from isfdsl.columnar.parts import answer, split
from isfdsl.columnar.store import Store
from isfdsl.columnar.vectors import Lists, Texts
from isfdsl.columnar.words import Words
from isfdsl.diagnostics.base import Problem
from isfdsl.program.load import Workspace
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.arrow import arrow_table, plain_table
from isfdsl.records.faults import FileFault
from isfdsl.records.program_schema import schemas
from isfdsl.records.readers import DataFile, scan_file
from isfdsl.records.record import Record, Reject
from isfdsl.records.schema import RecordSchema
from isfdsl.syntax.files import Texts as RulesetTexts

SCHEMA = "kind string, part int, file int, number int, body binary"
_ARROW = pa.schema(
    [("kind", pa.string()), ("part", pa.int32()), ("file", pa.int32()), ("number", pa.int32()), ("body", pa.binary())]
)
ROWS_PER_PART = 200_000
_BATCH = 131_072
_CHUNK = 20_000
_ROWS_PER_BODY = 10_000
_BYTES_PER_BATCH = 1 << 22
"""Java holds whole batches in a heap that is 1 GB unless somebody has said otherwise."""

Row = tuple[str, int, int, int, bytes]


@define(eq=False)
class _Known:
    """A regelverk as a worker has loaded it."""

    ruleset: Ruleset
    schemas: dict[str, RecordSchema]
    epochs: Epochs


_loaded: dict[str, _Known] = {}


@frozen
class Job:
    """What every worker is told: the regelverk, the files, how many parts there are, and whether to make tables."""

    texts: RulesetTexts
    files: tuple[DataFile, ...]
    parts: int
    tables: bool

    @property
    def known(self) -> _Known:
        """The regelverk, loaded once in each process."""
        found = _loaded.get(self.texts.digest)
        if found is None:
            ruleset = Workspace().load_files(self.texts).ruleset
            found = _loaded[self.texts.digest] = _Known(ruleset, schemas(ruleset), Epochs(ruleset))
        return found


@define
class Meta:
    """What there is to say of a task: ``plain`` when its file could be read as columns."""

    file: int
    number: int
    good: int = 0
    rejects: list[Reject] = field(factory=list)
    problems: list[Problem] = field(factory=list)
    plain: bool = True
    failed: bool = False


@frozen
class Task:
    """Some row groups of a Parquet file, or with ``groups`` ``None`` a whole file row by row."""

    file: int
    number: int
    groups: range | None = None
    before: int = 0


@frozen
class _Mapper:
    """A function over rows as one over Arrow batches."""

    job: Job

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


class Read(_Mapper):
    """Tasks to what was read."""

    def rows(self, given: Iterator[Row]) -> Iterator[Row]:
        for _, _, _, _, body in given:
            yield from self._task(pickle.loads(body))

    def _task(self, task: Task) -> Iterator[Row]:
        file = self.job.files[task.file]
        reader = PostReader(self.job.known.schemas[file.post])
        meta = Meta(task.file, task.number)
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
            meta = Meta(task.file, task.number, plain=False)
        except FileFault as fault:
            meta = Meta(task.file, task.number, problems=list(fault.problems), failed=True)
        yield "meta", 0, task.file, task.number, pickle.dumps(meta, protocol=5)

    def _pieces(self, file: DataFile, reader: PostReader, task: Task, notes: list[Problem]) -> Iterator[Piece]:
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


class FindRepeated(_Mapper):
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
class Compute(_Mapper):
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
            made = answer(known.epochs, some(), tables=self.job.tables)
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


__all__ = ["ROWS_PER_PART", "SCHEMA", "Compute", "FindRepeated", "Job", "Meta", "Read", "Task"]
