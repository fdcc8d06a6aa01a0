"""A whole run of the columnar engine: from input to the output tables, in memory or in a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
from attrs import define

from isfdsl.columnar.epochs import Epochs
from isfdsl.columnar.ingest import Ingested, ingest
from isfdsl.columnar.output import reject_table
from isfdsl.columnar.parts import ROWS_PER_PART, answers, split
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.arrow import arrow_table, plain_table
from isfdsl.records.output import OutputFolder
from isfdsl.records.readers import ExtraReader
from isfdsl.records.schema import RecordSchema
from isfdsl.records.summary import Totals
from isfdsl.records.tables import TableData

Progress = Callable[[str, int, int], None]
Write = Callable[[str, TableData], None]

SORT_UP_TO = 1_000_000
"""With so many records or fewer they are one part, and each table comes in the order of its own sort columns."""


class Clock(Protocol):
    """What takes the time of each step, by name."""

    def step(self, name: str) -> AbstractContextManager[None]:
        """Time what is inside."""


class NoClock:
    """Nobody asks for the time."""

    def step(self, name: str) -> AbstractContextManager[None]:
        """Nothing."""
        return nullcontext()


@define(eq=False)
class Ran:
    """What a run found, but for the tables: those have been written."""

    totals: Totals
    summary: dict[str, Any]


def read(
    path: str | Path,
    schemas: Mapping[str, RecordSchema],
    extra: Mapping[str, ExtraReader] | None = None,
    progress: Progress | None = None,
) -> Ingested:
    """Read input into columns. Never raises for what is there: see ``Ingested.problems``."""
    return ingest(path, schemas.values(), extra=extra, progress=progress)


def compute_all(
    ruleset: Ruleset,
    data: Ingested,
    write: Write,
    *,
    jobs: int = 1,
    rows_per_part: int | None = None,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> Ran:
    """Group, count and pay what has been read, and hand the tables to ``write`` part by part."""
    clock = clock or NoClock()
    tell = progress or (lambda stage, done, total: None)
    total = sum(s.n for s in data.stores.values())
    size = rows_per_part or (max(total, 1) if total <= SORT_UP_TO and jobs == 1 else min(ROWS_PER_PART, SORT_UP_TO))
    found = Totals()
    done = 0
    parts = answers(Epochs(ruleset), split(ruleset, data.stores, size), jobs)
    while True:
        with clock.step("beregning"):
            part = next(parts, None)
        if part is None:
            break
        done += part.records
        with clock.step("skriving"):
            for name, table in part.tables.items():
                write(name, table)
        found.merge(part.totals)
        tell("beregner", done, total)
    write("avvist", reject_table(data.rejects))
    read_counts = {post: c.lest for post, c in data.counts.items()}
    return Ran(found, found.summary(ruleset.title, read_counts, data.rejects, ruleset.stay_source))


def run_to_folder(
    ruleset: Ruleset,
    data: Ingested,
    out: str | Path,
    facts: Callable[[], Mapping[str, Any]],
    *,
    jobs: int = 1,
    rows_per_part: int | None = None,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> Ran:
    """The output folder of a run, whole or not at all; ``facts`` are about the run itself. Raises ``OutputError``."""
    with OutputFolder(out) as folder:
        ran = compute_all(
            ruleset, data, folder.write, jobs=jobs, rows_per_part=rows_per_part, clock=clock, progress=progress
        )
        ran.summary["kjoring"] = dict(facts())
        folder.finish(ran.summary)
    return ran


class Frames(Mapping[str, pa.Table]):
    """The output tables of a run by name, as Arrow; ``summary`` as in ``sammendrag.json``."""

    def __init__(self, tables: Mapping[str, pa.Table], ran: Ran) -> None:
        self._tables = dict(tables)
        self.totals = ran.totals
        self.summary = ran.summary

    def __getitem__(self, name: str) -> pa.Table:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


def run_to_frames(ruleset: Ruleset, data: Ingested, *, jobs: int = 1, rows_per_part: int | None = None) -> Frames:
    """The output tables of a run in memory."""
    made: dict[str, list[pa.Table]] = {}

    def keep(name: str, data: TableData) -> None:
        made.setdefault(name, []).append(plain_table(arrow_table(data, name)))

    ran = compute_all(ruleset, data, keep, jobs=jobs, rows_per_part=rows_per_part)
    return Frames({name: pa.concat_tables(parts) for name, parts in made.items()}, ran)
