"""Input that is too large for memory, put aside on disk by patient: one partition at a time is read again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from attrs import define

from isfdsl.columnar import memory
from isfdsl.columnar.clock import Clock, NoClock
from isfdsl.columnar.ingest import Stream
from isfdsl.columnar.parts import patient_hashes
from isfdsl.columnar.spill import Spill
from isfdsl.columnar.store import Store
from isfdsl.diagnostics.base import Problem
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.faults import OutputError
from isfdsl.records.output import output_problem
from isfdsl.records.readers import Counts, DataFile, ExtraReader, find_input, suffix_of
from isfdsl.records.record import Reject
from isfdsl.records.schema import RecordSchema

_HALF = np.uint64(32)
"""Partitions go by the upper half of the hash of a patient: ``split`` divides each of them by the lower."""


@define(eq=False)
class OnDisk:
    """What ``Ingested`` is, with its stores on disk: use as a context manager, then nothing is left of them."""

    spill: Spill
    folder: str
    batches: Stream
    rejects: list[Reject]
    problems: tuple[Problem, ...]
    counts: Mapping[str, Counts]

    @property
    def ok(self) -> bool:
        """Whether every file could be read; rejects do not matter here."""
        return all(p.severity != "feil" for p in self.problems)

    @property
    def records(self) -> int:
        """How many there are to compute."""
        return sum(c.godtatt for c in self.counts.values())

    def partitions(self) -> Iterator[dict[str, Store]]:
        """The records of some patients at a time; every post is there. Raises ``OutputError``."""
        some = False
        for number in range(self.spill.partitions):
            try:
                found = self.spill.load(number, self.batches.drop)
            except OSError as error:
                raise OutputError(output_problem(self.folder, error)) from None
            if found or (not some and number == self.spill.partitions - 1):
                some = True
                yield {post: found.get(post) or self.batches.empty(post) for post in self.counts}

    def __enter__(self) -> OnDisk:
        return self

    def __exit__(self, *_: object) -> None:
        self.spill.close()


def put_aside(
    rules: Ruleset, batches: Stream, partitions: int, folder: str | Path | None = None, clock: Clock | None = None
) -> OnDisk:
    """Read a whole input and put it aside in ``folder`` (by default the system's for temporary files).

    Raises ``OutputError`` when the disk fails; nothing is left there then.
    """
    clock = clock or NoClock()
    shown = str(tempfile.gettempdir() if folder is None else folder)
    try:
        with ExitStack() as undo:
            spill = undo.enter_context(Spill(shown, partitions))
            while True:
                with clock.step("lesing"):
                    store = next(batches, None)
                if store is None:
                    break
                with clock.step("deling"):
                    spill.append(store, places(rules, store, partitions))
            undo.pop_all()
    except OSError as error:
        raise OutputError(output_problem(shown, error)) from None
    return OnDisk(spill, shown, batches, batches.rejects, batches.problems, batches.counts)


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


__all__ = ["OnDisk", "places", "put_aside", "size_of"]
