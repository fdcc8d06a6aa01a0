"""Input put aside by patient, in memory or on disk: one partition at a time is taken out again."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
from attrs import define

from isfdsl.columnar import memory
from isfdsl.columnar.clock import Clock, NoClock
from isfdsl.columnar.epochs import Epochs, plans_of
from isfdsl.columnar.ingest import Held, Stream
from isfdsl.columnar.parts import answer, patient_hashes
from isfdsl.columnar.shelf import Shelf
from isfdsl.columnar.spill import Spill
from isfdsl.columnar.stays import patients_matter
from isfdsl.columnar.store import Store
from isfdsl.columnar.vectors import Array
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.faults import OutputError
from isfdsl.records.output import output_problem
from isfdsl.records.readers import DataFile, ExtraReader, find_input, suffix_of
from isfdsl.records.schema import RecordSchema

_HALF = np.uint64(32)
"""Partitions go by the upper half of the hash of a patient: ``split`` divides each of them by the lower."""


_AT_A_TIME = 1 << 15
"""So many records in a row are put in one partition where nothing asks for a patient's other records."""

_AHEAD = 2
"""So many batches wait to be put aside while the next are read."""


@define(eq=False)
class Aside(Held):
    """What was read, by partition: use as a context manager, then nothing is left of it on disk."""

    shelf: Shelf | Spill
    folder: str
    epochs: Epochs
    batches: Stream

    @property
    def on_disk(self) -> bool:
        """Whether it is there, and not in memory."""
        return isinstance(self.shelf, Spill)

    def load(self, partitions: range) -> dict[str, Store]:
        """The records of some patients; every post is there. Safe for threads. Raises ``OutputError``."""
        try:
            found = self.shelf.load(partitions, self.batches.drop)
        except OSError as error:
            raise OutputError(output_problem(self.folder, error)) from None
        return {post: found.get(post) or self.batches.empty(post) for post in self.counts}

    def __enter__(self) -> Aside:
        return self

    def __exit__(self, *_: object) -> None:
        self.shelf.close()


def put_aside(rules: Ruleset, batches: Stream, partitions: int, jobs: int = 1, clock: Clock | None = None) -> Aside:
    """Read a whole input and keep it in memory, by partition."""
    shelf, epochs = Shelf(partitions), plans_of(rules)
    _fill(epochs, batches, shelf, jobs, clock or NoClock())
    return Aside(batches.rejects, batches.problems, batches.counts, shelf, "", epochs, batches)


def put_on_disk(
    rules: Ruleset,
    batches: Stream,
    partitions: int,
    folder: str | Path | None = None,
    jobs: int = 1,
    clock: Clock | None = None,
) -> Aside:
    """Read a whole input and put it aside in ``folder`` (by default the system's for temporary files).

    Raises ``OutputError`` when the disk fails; nothing is left there then.
    """
    shown, epochs = str(tempfile.gettempdir() if folder is None else folder), plans_of(rules)
    try:
        with ExitStack() as undo:
            spill = undo.enter_context(Spill(shown, partitions))
            _fill(epochs, batches, spill, jobs, clock or NoClock())
            undo.pop_all()
    except OSError as error:
        raise OutputError(output_problem(shown, error)) from None
    return Aside(batches.rejects, batches.problems, batches.counts, spill, shown, epochs, batches)


def _fill(epochs: Epochs, batches: Stream, shelf: Shelf | Spill, jobs: int, clock: Clock) -> None:
    """Put every batch aside. With several ``jobs`` one thread does that, another compiles the rules meanwhile."""
    rules = epochs.ruleset
    waiting: deque[Future[None]] = deque()
    come = 0

    def put(store: Store) -> None:
        nonlocal come
        shelf.append(store, partition_of(rules, store, come, shelf.partitions))
        come += store.n

    def settle(most: int) -> None:
        while len(waiting) > most:
            waiting.popleft().result()

    def ids(number: int, rows: Array) -> pa.Array:
        settle(0)
        return shelf.ids(number, rows)

    batches.recall = ids
    with ThreadPoolExecutor(1) as putting, ThreadPoolExecutor(1) as beside:
        cold = jobs > 1
        while True:
            with clock.step("lesing"):
                store = next(batches, None)
            with clock.step("deling"):
                if store is None:
                    settle(0)
                    return
                assert isinstance(store, Store)  # nobody else reads
                if cold and store.post == rules.stay_source:
                    cold = False
                    beside.submit(warm, epochs, store)
                if jobs > 1:
                    waiting.append(putting.submit(put, store))
                    settle(_AHEAD)
                else:
                    put(store)


def warm(epochs: Epochs, store: Store) -> None:
    """Have the rules compiled, and the codes of some records looked up, before the others come."""
    with suppress(Exception):  # what goes wrong here goes wrong again when the answer is wanted
        answer(epochs, {store.post: store})


def partition_of(rules: Ruleset, store: Store, come: int, partitions: int) -> Array:
    """Where to put each record. ``come``: so many records came before, where it matters not whose they are."""
    if patients_matter(rules):
        return places(rules, store, partitions)
    found: Array = (come + np.arange(store.n)) // _AT_A_TIME % partitions
    return found


def places(rules: Ruleset, store: Store, partitions: int) -> np.ndarray:
    """The partition of each record."""
    return ((patient_hashes(rules, store) >> _HALF) % np.uint64(partitions)).astype(np.int64)


def size_of(path: str | Path, schemas: Mapping[str, RecordSchema], extra: Mapping[str, ExtraReader]) -> memory.Size:
    """About how large an input is. Never raises for what is there."""
    files = find_input(Path(path), schemas, extra, [])
    return memory.size_of(
        [(f.path, f.suffix, f.post) if isinstance(f, DataFile) else (f, suffix_of(f.name, extra), None) for f in files],
        schemas,
    )


__all__ = ["Aside", "partition_of", "places", "put_aside", "put_on_disk", "size_of", "warm"]
