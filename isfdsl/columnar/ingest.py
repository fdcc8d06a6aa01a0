"""Reading input into stores: the same records, rejects, problems and counts as ``isfdsl.records.readers.read_input``.

``ingest`` gives everything at once; ``stream`` gives a batch at a time, so that each can be grouped or put aside before
the next. Whether a key stands on more than one row is known only at the end: ``Stream.drop`` then says which rows of
which batches are none of the records. No good row of a Parquet file is ever a Python object; the other formats are read
by their own readers, some thousand records at a time.

    batches = stream(path, schemas)
    for number, store in enumerate(batches):
        ...
    if not batches.ok: ...               # some file could not be read: see batches.problems
    for number, rows in batches.drop.items():
        ...                              # take these away again
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import define, field

from isfdsl.columnar.ingest_csv import csv_pieces
from isfdsl.columnar.ingest_json import json_pieces
from isfdsl.columnar.ingest_parquet import NotPlain, Piece, PostReader, pieces
from isfdsl.columnar.joining import joined_stores, picked, small
from isfdsl.columnar.keys import Recall, hashes, repeated
from isfdsl.columnar.memory import BATCH_ROWS, in_use, rows_in
from isfdsl.columnar.store import Store
from isfdsl.columnar.vectors import Array
from isfdsl.diagnostics.base import Problem, no_error
from isfdsl.records.faults import FileFault
from isfdsl.records.readers import (
    Counts,
    DataFile,
    ExtraReader,
    find_input,
    once,
    scan_extra,
    scan_file,
    shared_files,
    suffix_of,
)
from isfdsl.records.record import Record, Reject
from isfdsl.records.schema import RecordSchema
from isfdsl.records.validate import Outcome, duplicate

_CHUNK = 20_000
"""How many records of the formats without columns are Python objects at a time."""


@define(eq=False)
class Away:
    """``n`` validated records of a post that another process has put aside.

    ``hashes`` gives those of their ids, once everything is read; ``kept`` says where they are.
    """

    post: str
    n: int
    hashes: Callable[[], Array]
    kept: Any


@define(eq=False)
class AwayPiece:
    """A ``Piece`` whose records another process has."""

    store: Away
    rows: range | Array
    rejects: list[Reject]


ByColumn = Callable[[DataFile, PostReader, int, list[Problem]], Iterator[Piece | AwayPiece]]
"""What reads a file as whole columns, or raises ``NotPlain``; see ``ingest_parquet.pieces``."""

BY_COLUMN: Mapping[str, ByColumn] = {
    ".parquet": pieces,
    ".csv": csv_pieces,
    ".jsonl": json_pieces,
    ".ndjson": json_pieces,
}
ALONE: Mapping[str, ByColumn] = {**BY_COLUMN, ".parquet": partial(pieces, threads=False)}
"""The same with one core: to read ahead would only be in the way."""

Progress = Callable[[str, int, int], None]
"""What is done, how much of it, of how much: here bytes of the input."""


@define(eq=False)
class Held:
    """What is known of an input that has been read, but for its records."""

    rejects: list[Reject]
    problems: tuple[Problem, ...]
    counts: Mapping[str, Counts]

    @property
    def ok(self) -> bool:
        """Whether every file could be read; rejects do not matter here."""
        return no_error(self.problems)

    @property
    def records(self) -> int:
        """How many there are to compute."""
        return sum(c.godtatt for c in self.counts.values())

    def in_use(self, freed: bool) -> int | None:
        """Bytes of memory of who computes it, see ``memory.in_use``."""
        return in_use(freed=freed)


@define(eq=False)
class Ingested(Held):
    """What an input holds, see ``ReadResult``. ``stores`` has every post; its rows are in file order."""

    stores: dict[str, Store]


@define(eq=False)
class _Batch:
    """What is remembered of a batch that was handed out.

    ``ids`` only when the post has a key: what is away itself, or only their hashes when the batch can be asked for them
    again.
    """

    number: int
    fil: str
    n: int
    ids: Any
    rows: range | Array
    failed: bool = False


@define(eq=False)
class _Post:
    """One post: its readers, and what has been read of it so far."""

    reader: PostReader
    batches: list[_Batch] = field(factory=list)
    rejects: list[Reject] = field(factory=list)
    files: list[str] = field(factory=list)

    @property
    def schema(self) -> RecordSchema:
        return self.reader.schema


class Stream(Iterator["Store | Away"]):
    """The batches of an input, numbered from 0 in the order they come: each some records of one post from one file.

    ``drop`` (batch number → rows, ascending), ``rejects``, ``problems``, ``counts`` and ``ok`` are there when the
    iteration has ended. The words of a field are the same in all its batches. ``together``: small row groups of a file
    are put together to larger batches. ``by_column``: how the files of some formats are read; what other processes read
    comes as ``Away``. Who sets ``recall``, before the iteration, must know the ids of the batches as long as it lasts;
    else they are kept here.
    """

    recall: Recall | None = None

    def __init__(
        self,
        path: str | Path,
        schemas: Iterable[RecordSchema],
        extra: Mapping[str, ExtraReader] | None,
        batch_rows: int,
        progress: Progress | None,
        together: bool = True,
        by_column: Mapping[str, ByColumn] = BY_COLUMN,
    ) -> None:
        self.drop: dict[int, Array] = {}
        self.rejects: list[Reject] = []
        self.problems: tuple[Problem, ...] = ()
        self.counts: dict[str, Counts] = {}
        self._path = Path(path)
        self._posts = {s.name: _Post(PostReader(s)) for s in schemas}
        self._extra = extra or {}
        self._batch_rows = max(1, batch_rows)
        self._together = together
        self._by_column = by_column
        self._progress = progress
        self._found: list[Problem] = []
        self._given = 0
        self._shared: dict[str, dict[str, set[str]]] = {}
        self._tell: Callable[[int], None] = lambda rows: None
        self._run = self._all()

    @property
    def ok(self) -> bool:
        """Whether every file could be read; rejects do not matter here."""
        return no_error(self.problems)

    def __next__(self) -> Store | Away:
        return next(self._run)

    def kept(self, number: int, store: Store) -> Store:
        """What is left of a batch when ``drop`` is known."""
        if number not in self.drop:
            return store
        keep = np.ones(store.n, bool)
        keep[self.drop[number]] = False
        return picked(store, np.flatnonzero(keep))

    @property
    def posts(self) -> tuple[str, ...]:
        """The record types that are read."""
        return tuple(self._posts)

    def reader(self, post: str) -> PostReader:
        """What has read the records of a post, but for those of other processes."""
        return self._posts[post].reader

    def empty(self, post: str) -> Store:
        """A store of a post without records."""
        return self._posts[post].reader.empty()

    # ------------------------------------------------------------ files

    def _all(self) -> Iterator[Store | Away]:
        files = find_input(self._path, self._posts, self._extra, self._found)
        sizes = [_size(f.path if isinstance(f, DataFile) else f) for f in files]
        for i, file in enumerate(files):
            self._tell = self._teller(file, sum(sizes[:i]), sizes[i], sum(sizes))
            self._tell(0)
            yield from self._file(file)
        if files:
            self._teller(files[-1], sum(sizes), 0, sum(sizes))(0)
        self._finish()

    def _teller(self, file: DataFile | Path, before: int, size: int, total: int) -> Callable[[int], None]:
        """What tells how many bytes have been read when so many rows more have."""
        tell = self._progress
        if tell is None:
            return lambda rows: None
        path, shown = (file.path, file.fil) if isinstance(file, DataFile) else (file, file.name)
        most = max(1, rows_in(path, suffix_of(path.name, self._extra)))
        come = 0

        def more(rows: int) -> None:
            nonlocal come
            come += rows
            tell(f"leser {shown}", before + size * min(come, most) // most, total)

        return more

    def _file(self, file: DataFile | Path) -> Iterator[Store | Away]:
        """The batches of one file. When it cannot be read to the end, nothing of it counts."""
        shown = file.fil if isinstance(file, DataFile) else file.name
        if isinstance(file, DataFile) and file.suffix in self._by_column:
            notes: list[Problem] = []
            met = _Met(self._posts)
            found = self._by_column[file.suffix](file, self._posts[file.post].reader, self._batch_rows, notes)
            try:
                yield from self._batches(shown, ((file.post, piece) for piece in found), met)
            except NotPlain:
                met.undo()
            else:
                self._posts[file.post].files.append(shown)
                self._found.extend(notes)
                return
        notes = []
        met = _Met(self._posts)
        try:
            yield from self._batches(shown, self._by_row(file, notes, met), met)
        except FileFault as fault:
            met.undo()
            self._found.extend(fault.problems)
        else:
            for name in [file.post] if isinstance(file, DataFile) else met.posts:
                self._posts[name].files.append(shown)
            self._found.extend(notes)

    def _by_row(self, file: DataFile | Path, notes: list[Problem], met: _Met) -> Iterator[tuple[str, Piece]]:
        outcomes: Iterator[tuple[str, Outcome]]
        if isinstance(file, DataFile):
            outcomes = ((file.post, o) for o in scan_file(file, self._posts[file.post].schema, notes))
        else:
            schemas = {name: post.schema for name, post in self._posts.items()}
            outcomes = scan_extra(file, self._extra[suffix_of(file.name, self._extra)], schemas, notes)
        while chunk := list(islice(outcomes, min(_CHUNK, self._batch_rows))):
            for name in dict.fromkeys(post for post, _ in chunk):
                met.posts.setdefault(name)
                own = [o for post, o in chunk if post == name]
                records = [o for o in own if isinstance(o, Record)]
                rows = np.array([r.rad for r in records], np.int64)
                rejects = [o for o in own if isinstance(o, Reject)]
                yield name, Piece(self._posts[name].reader.store(records), rows, rejects)

    def _batches(self, fil: str, found: Iterable[tuple[str, Piece | AwayPiece]], met: _Met) -> Iterator[Store | Away]:
        """Pieces put together to batches of the size that is wanted; those of other processes as they are."""
        held: dict[str, list[Piece]] = {}
        for name, piece in found:
            self._tell(len(piece.rows) + len(piece.rejects))
            self._posts[name].rejects += piece.rejects
            if not piece.store.n:
                continue
            if isinstance(piece, AwayPiece):
                self._remember(fil, name, piece.store, piece.rows, met)
                yield piece.store
                continue
            own = held.setdefault(name, [])
            if own and (not self._together or sum(p.store.n for p in own) + piece.store.n > self._batch_rows):
                yield self._batch(fil, name, own, met)
                own.clear()
            own.append(piece)
        for name, own in held.items():
            if own:
                yield self._batch(fil, name, own, met)

    def _batch(self, fil: str, name: str, own: list[Piece], met: _Met) -> Store:
        store = joined_stores([p.store for p in own])
        self._remember(fil, name, store, as_range(np.concatenate([p.rows for p in own])), met)
        return store

    def _remember(self, fil: str, name: str, store: Store | Away, rows: range | Array, met: _Met) -> None:
        post = self._posts[name]
        ids = None
        if post.schema.key_fields:
            ids = store if isinstance(store, Away) else store.ids if self.recall is None else hashes(store.ids)
        batch = _Batch(self._given, fil, store.n, ids, rows)
        self._given += 1
        post.batches.append(batch)
        met.batches.append(batch)

    # ------------------------------------------------------------ the end

    def _finish(self) -> None:
        rejects: list[Reject] = []
        for name, post in sorted(self._posts.items()):
            post.rejects += self._settle(post)
            rejects += sorted(post.rejects, key=lambda r: (r.fil, r.rad))
            given = sum(b.n - len(self.drop.get(b.number, ())) for b in post.batches)
            self.counts[name] = Counts(given + len(post.rejects), given, len(post.rejects))
        self.counts = {name: self.counts[name] for name in self._posts}
        self.rejects = rejects
        for post in self._posts.values():
            self._found.extend(shared_files(post.schema, post.files, self._shared.get(post.schema.name, {})))
        self.problems = tuple(once(self._found))

    def _settle(self, post: _Post) -> list[Reject]:
        """Drop what came of files that failed, and set aside the records whose key stands on several rows."""
        for batch in post.batches:
            if batch.failed:
                self.drop[batch.number] = np.arange(batch.n)
        batches = [b for b in post.batches if not b.failed]
        if not post.schema.key_fields:
            return []
        rejected = pa.array([r.nokkel for r in post.rejects], pa.string())
        recall = self.recall
        texts: Recall | None = None if recall is None else lambda i, rows: recall(batches[i].number, rows)
        ids = [b.ids.hashes() if isinstance(b.ids, Away) else b.ids for b in batches]
        places = repeated([*ids, rejected], texts)
        for batch in batches:
            batch.ids = None
        files: dict[str, set[str]] = {}
        aside: list[tuple[int, int, Reject]] = []
        for key, own in places.items():
            files[key] = {batches[i].fil if i < len(batches) else post.rejects[row].fil for i, row in own}
            for i, row in own:
                if i < len(batches):
                    record = Record(post.schema.name, {}, batches[i].fil, int(batches[i].rows[row]), key)
                    aside.append((i, row, duplicate(record, key, len(own))))
        aside.sort(key=lambda one: one[:2])
        for i in dict.fromkeys(i for i, _, _ in aside):
            self.drop[batches[i].number] = np.array([row for at, row, _ in aside if at == i], np.int64)
        self._shared[post.schema.name] = files
        return [reject for _, _, reject in aside]


@define(eq=False)
class _Met:
    """What has come of one file so far, to be taken back when it fails."""

    all_posts: Mapping[str, _Post]
    batches: list[_Batch] = field(factory=list)
    posts: dict[str, None] = field(factory=dict)
    _before: dict[str, int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._before = {name: len(post.rejects) for name, post in self.all_posts.items()}

    def undo(self) -> None:
        for batch in self.batches:
            batch.failed = True
        for name, post in self.all_posts.items():
            del post.rejects[self._before[name] :]


def as_range(rows: Array) -> range | Array:
    """The same numbers in as little room as they need."""
    if len(rows) and int(rows[-1]) - int(rows[0]) == len(rows) - 1 and bool((np.diff(rows) == 1).all()):
        return range(int(rows[0]), int(rows[-1]) + 1)
    return small(rows)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def stream(
    path: str | Path,
    schemas: Iterable[RecordSchema],
    *,
    extra: Mapping[str, ExtraReader] | None = None,
    batch_rows: int = BATCH_ROWS,
    progress: Progress | None = None,
    by_column: Mapping[str, ByColumn] = BY_COLUMN,
) -> Stream:
    """A folder of data files, or one file, as batches of at most ``batch_rows`` records. See ``Stream``.

    Never raises for what is there. ``extra`` as for ``read_input``.
    """
    return Stream(path, schemas, extra, batch_rows, progress, by_column=by_column)


def ingest(
    path: str | Path,
    schemas: Iterable[RecordSchema],
    *,
    extra: Mapping[str, ExtraReader] | None = None,
    batch_rows: int = BATCH_ROWS,
    progress: Progress | None = None,
) -> Ingested:
    """A folder of data files, or one file, as one store for each post.

    Never raises for what is there: see ``Ingested.problems``. ``extra`` as for ``read_input``.
    """
    schemas = list(schemas)
    batches = Stream(path, schemas, extra, batch_rows, progress, together=False)  # put together once, at the end
    held: dict[str, list[tuple[int, Store]]] = {s.name: [] for s in schemas}
    for number, store in enumerate(batches):
        assert isinstance(store, Store)  # nobody else reads
        held[store.post].append((number, store))
    stores = {}
    for post, own in held.items():
        left = [batches.kept(number, store) for number, store in own]
        own.clear()
        left = [store for store in left if store.n]
        stores[post] = joined_stores(left) if left else batches.empty(post)
    return Ingested(batches.rejects, batches.problems, batches.counts, stores)


__all__ = [
    "ALONE",
    "BATCH_ROWS",
    "BY_COLUMN",
    "Away",
    "AwayPiece",
    "ByColumn",
    "Ingested",
    "Progress",
    "Stream",
    "as_range",
    "ingest",
    "stream",
]
