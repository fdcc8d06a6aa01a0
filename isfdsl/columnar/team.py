"""Large input read and computed by several processes: the threads of one would wait for each other.

Some part from this one before anything is read, and have the regelverk from it. Each reads parts of files and puts the
records aside by patient in an ``Arena`` of its own. When everything is read, they end, and others part that see it all.
Each of these is given one partition after the other to compute, and puts the tables in an arena that this process
writes them from.
"""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from itertools import chain, islice
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from attrs import define, evolve, field, frozen

from isfdsl.collector import uncollected
from isfdsl.columnar.arena import Arena, Kept
from isfdsl.columnar.aside import partition_of, warm
from isfdsl.columnar.clock import Clock
from isfdsl.columnar.epochs import Epochs, plans_of
from isfdsl.columnar.file_parts import CUT, FilePart
from isfdsl.columnar.ingest import BY_COLUMN, Away, AwayPiece, ByColumn, Held, Stream, as_range
from isfdsl.columnar.ingest_parquet import NotPlain, Piece, PostReader, warnings_together
from isfdsl.columnar.kernel import ENOUGH
from isfdsl.columnar.keys import hashes
from isfdsl.columnar.memory import in_use
from isfdsl.columnar.pace import Pace, in_rows
from isfdsl.columnar.parts import Part, answer
from isfdsl.columnar.shelf import Batch, Shelf, ids_of, laid_out
from isfdsl.columnar.store import Store
from isfdsl.columnar.vectors import Array
from isfdsl.columnar.words import Value, Words
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.record_files import NoRows
from isfdsl.diagnostics.record_output import WorkerLost
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.arrow import arrow_table
from isfdsl.records.faults import OutputError
from isfdsl.records.readers import DataFile, once
from isfdsl.records.record import Reject
from isfdsl.records.schema import RecordSchema
from isfdsl.records.summary import Totals
from isfdsl.records.tables import TABLES, TableData

_MOST = 200
"""More processes would need more open files than most systems allow."""
_MANY = 1 << 16
"""More parts than a file has, as a rule."""

Field = tuple[str, str]
"""A post and a field of it."""

T = TypeVar("T")


def possible() -> bool:
    """Whether this system has what it takes."""
    try:
        os.close(os.memfd_create("isfdsl"))
    except (AttributeError, OSError):  # another system than Linux, or not allowed
        return False
    return "fork" in multiprocessing.get_all_start_methods()


# ------------------------------------------------------------ in a process that reads


@frozen
class _Put:
    """``n`` records that were put aside: where, the hashes of their ids, and their rows in the file."""

    n: int
    kept: Any
    hashed: Kept | None
    rows: range | Array
    rejects: list[Reject]


@frozen
class _Share:
    """What a process read of a file. ``words``: those that are new in it, with the number of the first."""

    process: int
    pieces: list[_Put]
    problems: list[Problem]
    words: dict[Field, tuple[int, list[Value]]]
    plain: bool


@define(eq=False)
class Reader:
    """What such a process has from the first one, and what it has read: at most so many ``rows`` together.

    ``arena`` and ``keys`` are its own.
    """

    number: int
    rules: Ruleset
    partitions: int
    rows: int
    arena: Arena
    keys: Arena
    posts: dict[str, PostReader]
    told: dict[Field, int] = field(factory=dict, init=False)

    def begin(self, slot: int) -> None:
        """A part of a file is about to be read."""

    def put(self, piece: Piece, come: int) -> _Put:
        """Put records aside, or what came of them."""
        store = piece.store
        hashed = self.keys.put(hashes(store.ids)) if store.schema.key_fields else None
        return _Put(store.n, self.kept(store, come), hashed, as_range(piece.rows), piece.rejects)

    def kept(self, store: Store, come: int) -> Any:
        """Where it is to be found."""
        batch = laid_out(store, partition_of(self.rules, store, come, self.partitions), self.partitions)
        return self.arena.put(batch, _namer(self.posts))

    def new_words(self, post: str) -> dict[Field, tuple[int, list[Value]]]:
        """The words of a post that the first process has not been told of, and the number of the first of them."""
        out = {}
        for reader in self.posts[post].fields:
            key, words = (post, reader.field.name), reader.words
            known = self.told.get(key, 0)
            if len(words) > known:
                out[key] = known, words.values[known:]
                self.told[key] = len(words)
        return out


_reader: Reader | None = None


def _begin_reading(make: Callable[[int], Reader], next_: Any) -> None:
    global _reader
    _belong()
    with next_.get_lock():
        next_.value += 1
        number = int(next_.value)
    _reader = make(number)


def _read(file: DataFile, part: FilePart, slot: int) -> _Share:
    """Read a part of a file."""
    me = _reader
    assert me is not None
    me.begin(slot)
    problems: list[Problem] = []
    found = []
    come, plain = part.before, True
    try:
        for piece in part.read(file, me.posts[file.post], me.rows, problems):
            assert isinstance(piece, Piece)  # nobody else reads for this process
            found.append(me.put(piece, come))
            come += piece.store.n
    except NotPlain:
        plain = False
    return _Share(me.number, found, problems, me.new_words(file.post), plain)


def _namer(posts: Mapping[str, PostReader]) -> Callable[[Any], Any]:
    """Schemas and words go by name between processes: that of the post, or of the post and the field."""
    names: dict[int, Any] = {}
    for post, reader in posts.items():
        names[id(reader.schema)] = post
        names.update({id(r.words): (post, r.field.name) for r in reader.fields})
    return lambda thing: names.get(id(thing)) if isinstance(thing, RecordSchema | Words) else None


# ------------------------------------------------------------ in a process that computes


@define(eq=False)
class _Computer:
    """What such a process has from the first one: everything that was read."""

    epochs: Epochs
    shelf: Shelf
    drop: Mapping[int, Array]
    empty: Mapping[str, Store]
    slots: list[Arena]
    tables: bool = True


_computer: _Computer | None = None


def _begin_computing(given: _Computer) -> None:
    global _computer
    _belong()
    _computer = given


def _compute(partitions: range, slot: int) -> tuple[int, Kept, Totals]:
    """Compute some partitions; the tables are in a slot."""
    me = _computer
    assert me is not None
    found = me.shelf.load(partitions, me.drop)
    stores = {post: found.get(post) or empty for post, empty in me.empty.items()}
    part = answer(me.epochs, stores, ordered=False, tables=me.tables)
    me.slots[slot].clear()
    return part.records, me.slots[slot].put(as_tables(part)), part.totals


def as_tables(part: Part) -> dict[str, pa.Table]:
    """The tables of an answer as they are handed over."""
    return {name: arrow_table(data, f"{name}.parquet") for name, data in part.tables.items()}


def _belong() -> None:
    """What a process does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process hears it, too, and ends the others
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: nobody outlives the first process


def _ready() -> None:
    """Nothing: the processes are there."""


# ------------------------------------------------------------ in the first


class Team:
    """Processes that part from this one, some to read, then others to compute; none of its threads may hold a lock."""

    def __init__(
        self,
        rules: Ruleset,
        schemas: Mapping[str, RecordSchema],
        jobs: int,
        partitions: int,
        rows: int,
        shown: str,
    ) -> None:
        self._rules, self._partitions, self._rows, self._shown = rules, partitions, rows, shown
        self._jobs = jobs = min(jobs, _MOST)
        self._processes: set[BaseProcess] = set()
        self._arenas = [Arena(i) for i in range(jobs + 1)]
        self._keys = [Arena(i) for i in range(jobs + 1)]
        self._slots = [Arena(i) for i in range(jobs + 1)]
        self._words: list[dict[Field, list[Value]]] = [{} for _ in self._arenas]
        self._batches: list[Kept] = []
        self._known: dict[str, PostReader] = {}
        self._come = 0
        self._warm = False
        self._context = multiprocessing.get_context("fork")
        hashes(pa.array([""]))  # numba is imported once
        self._make = self._reader(rules, schemas)
        self._pool: ProcessPoolExecutor | None = None
        if not self.prepared:
            self._begin()

    prepared = False
    """Whether this process makes what computing needs before others part from it; else while they read."""

    def _begin(self) -> None:
        self._pool = self._parted(_begin_reading, (self._make, self._context.Value("i", 0)))

    def _reader(self, rules: Ruleset, schemas: Mapping[str, RecordSchema]) -> Callable[[int], Reader]:
        """What makes the reader of a process by its number, there."""

        def make(number: int) -> Reader:
            posts = {name: PostReader(schema) for name, schema in schemas.items()}
            return Reader(number, rules, self._partitions, self._rows, self._arenas[number], self._keys[number], posts)

        return make

    def _parted(self, begin: Callable[..., None], given: tuple[Any, ...]) -> ProcessPoolExecutor:
        """New processes, which have all that there is here."""
        gc.freeze()  # neither looked through nor copied in any of them
        before = set(multiprocessing.active_children())
        pool = ProcessPoolExecutor(self._jobs, self._context, begin, given)
        try:
            with warnings.catch_warnings():
                # Python warns of threads that will be missed: those of the linear algebra in NumPy won't.
                warnings.simplefilter("ignore", DeprecationWarning)
                pool.submit(_ready)
        except OSError as error:
            raise self._lost() from error
        finally:
            self._processes = set(multiprocessing.active_children()) - before
        return pool

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
        self._processes = set()

    def _lost(self) -> OutputError:
        return OutputError(WorkerLost(fil=self._shown))

    @property
    def readers(self) -> dict[str, ByColumn]:
        """How the files are read: for ``stream``."""
        return {suffix: partial(self._pieces, read) for suffix, read in BY_COLUMN.items()}

    def _ask(self, work: Callable[..., T], *given: Any) -> Future[T]:
        """Have some process do a piece of work."""
        assert self._pool is not None
        try:
            return self._pool.submit(work, *given)
        except BrokenProcessPool as error:
            raise self._lost() from error

    def _asked(self, future: Future[T]) -> T:
        """What came of it."""
        try:
            return future.result()
        except (BrokenProcessPool, OSError, MemoryError) as error:
            raise self._lost() from error

    # ------------------------------------------------------------ reading

    def _pieces(
        self, alone: ByColumn, file: DataFile, reader: PostReader, batch_rows: int, problems: list[Problem]
    ) -> Iterator[Piece | AwayPiece]:
        """The rows of a file, each part of it read by some process; one of a single part is read by ``alone``."""
        parts = CUT[file.suffix](file)
        first = list(islice(parts, 2))
        if len(first) < 2:
            yield from alone(file, reader, batch_rows, problems)
            return
        if self.prepared and self._pool is None:
            self._known[file.post] = reader
            self._warm_up(file, first[0], reader)
            self._begin()
        left, free = chain(first, parts), deque(self._at_once)
        waiting: deque[tuple[int, Future[_Share]]] = deque()
        notes: list[Problem] = []
        rows = 0
        try:
            while True:
                while free and (part := next(left, None)) is not None:
                    slot = free.popleft()
                    waiting.append((slot, self._ask(_read, file, part, slot)))
                self._warm_up(file, first[0], reader)  # once
                if not waiting:
                    break
                slot, future = waiting.popleft()
                share = self._learnt(future)
                if not share.plain:
                    raise NotPlain
                for put in share.pieces:
                    rows += put.n + len(put.rejects)
                    away = Away(file.post, put.n, partial(self._hashes, put.hashed), put.kept)
                    yield AwayPiece(away, put.rows, put.rejects)
                free.append(slot)
                notes += share.problems
        except NotPlain:
            for _, future in waiting:
                self._learnt(future)
            raise
        if rows == 0:
            problems.append(NoRows(fil=file.fil))
        problems.extend(warnings_together(reader.schema, list(once(notes))))

    @property
    def _at_once(self) -> range:
        """A number for each of the parts of a file that may have been read, and not been taken over, at a time."""
        return range(_MANY)

    def _warm_up(self, file: DataFile, part: FilePart, reader: PostReader) -> None:
        """Make what computing needs, while others read if they do. Those who compute have it from here."""
        if self._warm or file.post != self._rules.stay_source:
            return
        self._warm = True
        with uncollected(), suppress(Exception):  # what is wrong is met again
            # Twice as many as are enough: some may be of one stay.
            first = next(part.read(file, reader, 2 * ENOUGH, []))
            assert isinstance(first, Piece)
            warm(plans_of(self._rules), first.store)

    def _learnt(self, future: Future[_Share]) -> _Share:
        """What a process read. Its words are needed even if the file is given up."""
        share = self._asked(future)
        for key, (first, values) in share.words.items():
            known = self._words[share.process].setdefault(key, [])
            known[first:] = values
        return share

    def read(self, batches: Stream, clock: Clock) -> Together:
        """Read a whole input to the end."""
        batches.recall = lambda number, rows: ids_of(self._taken(self._batches[number]), rows)
        posts = {post: batches.reader(post) for post in batches.posts}
        with clock.step("lesing"):
            for store in batches:
                self._batches.append(store.kept if isinstance(store, Away) else self._put(store, posts))
            self._end()
            for arena in self._keys:
                arena.give_back()
            empty = {post: reader.empty() for post, reader in posts.items()}
            computer = _Computer(plans_of(self._rules), self._shelf(posts), batches.drop, empty, self._slots)
        return Together(batches.rejects, batches.problems, batches.counts, self, computer)

    def _shelf(self, posts: Mapping[str, PostReader]) -> Shelf:
        """All that was put aside, with the words of all processes in one numbering."""
        words = {(post, r.field.name): r.words for post, own in posts.items() for r in own.fields}
        numbers: list[dict[Field, Array]] = []
        for own in self._words:
            tables = {key: np.append(words[key].add_all(values), np.int32(-1)) for key, values in own.items()}
            # One of the processes most often met them in the order they have here.
            changed = {key: table for key, table in tables.items() if (table[:-1] != np.arange(len(table) - 1)).any()}
            numbers.append({key: table.astype(np.int32) for key, table in changed.items()})

        def named(name: Any) -> Any:
            return posts[name].schema if isinstance(name, str) else words[name]

        shelf = Shelf(self._partitions)
        for kept in self._batches:
            batch: Batch = self._arenas[kept.arena].take(kept, named)
            known, post = numbers[kept.arena], batch.store.post
            batch.numbers = {name: known[post, name] for name in batch.store.columns if (post, name) in known}
            shelf.add(batch)
        return shelf

    def _put(self, store: Store, posts: Mapping[str, PostReader]) -> Kept:
        """Put aside what this process has read itself."""
        batch = laid_out(store, partition_of(self._rules, store, self._come, self._partitions), self._partitions)
        self._come += store.n
        try:
            return self._arenas[0].put(batch, _namer(posts))
        except OSError as error:
            raise self._lost() from error

    def _taken(self, kept: Kept) -> Batch:
        """A batch as it lies; its words are not there."""
        found: Batch = self._arenas[kept.arena].take(kept)
        return found

    def _hashes(self, kept: Kept | None) -> Array:
        assert kept is not None  # the post has a key
        found: Array = self._keys[kept.arena].take(kept)
        return found

    # ------------------------------------------------------------ computing

    def answers(self, computer: _Computer, pace: Pace) -> Generator[Part]:
        """The answers in the order of the partitions. The tables of one are gone when the next is asked for."""
        self._pool = self._parted(_begin_computing, (computer,))
        free = deque(range(len(self._slots)))
        left = in_rows(computer.shelf.sizes, lambda: pace.rows, self._jobs)
        waiting: deque[tuple[int, Future[tuple[int, Kept, Totals]]]] = deque()
        while True:
            while free and (partitions := next(left, None)) is not None:
                slot = free.popleft()
                waiting.append((slot, self._ask(_compute, partitions, slot)))
            if not waiting:
                return
            slot, future = waiting.popleft()
            records, kept, totals = self._asked(future)
            yield Part(records, tables_of(self._slots[slot], kept), totals)
            free.append(slot)

    def in_use(self, freed: bool) -> int | None:
        """Bytes of memory of all the processes, and of what they share."""
        own = in_use([p.pid for p in self._processes if p.pid is not None], freed=freed)
        return None if own is None else own + sum(a.size for a in (*self._arenas, *self._keys, *self._slots))

    def close(self) -> None:
        """End the processes, whatever they are doing, and let go of the memory."""
        for process in self._processes:
            process.kill()
        self._end()
        for arena in (*self._arenas, *self._keys, *self._slots):
            arena.close()


def tables_of(slot: Arena, kept: Kept) -> dict[str, TableData]:
    """The tables that lie in a slot."""
    made = {}
    for name, table in slot.take(kept).items():
        own = table if table.num_rows else table.schema.empty_table()  # whoever keeps it keeps nothing of the slot
        columns = dict(zip(own.column_names, own.columns, strict=True))
        made[name] = TableData(TABLES[name], columns, presorted=True)
    return made


@define(eq=False)
class Together(Held):
    """What several processes have read; it is there until the team is closed."""

    team: Team
    computer: _Computer

    def answers(self, pace: Pace, *, tables: bool = True) -> Generator[Part]:
        """See ``Team.answers``."""
        return self.team.answers(evolve(self.computer, tables=tables), pace)

    def in_use(self, freed: bool) -> int | None:
        """See ``Team.in_use``."""
        return self.team.in_use(freed)


__all__ = ["Reader", "Team", "Together", "as_tables", "possible", "tables_of"]
