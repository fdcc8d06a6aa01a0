"""A whole run of the columnar engine: from input to the output tables, in memory or in a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
from attrs import define, evolve

from isfdsl.columnar import machine_code
from isfdsl.columnar.aside import Aside, put_aside, put_on_disk, size_of
from isfdsl.columnar.clock import Clock as Clock
from isfdsl.columnar.clock import NoClock as NoClock
from isfdsl.columnar.epochs import plans_of
from isfdsl.columnar.flow import Again, Flow
from isfdsl.columnar.ingest import ALONE, BY_COLUMN, Held, Ingested, ingest, stream
from isfdsl.columnar.memory import MAX_ON_SHELF, MAX_PART, Plan, planned
from isfdsl.columnar.output import reject_table
from isfdsl.columnar.pace import Pace, in_rows
from isfdsl.columnar.parts import Load, answers, split
from isfdsl.columnar.shelf import Shelf
from isfdsl.columnar.stays import patients_matter
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.arrow import arrow_table, plain_table
from isfdsl.records.output import OutputFolder
from isfdsl.records.readers import ExtraReader
from isfdsl.records.schema import RecordSchema
from isfdsl.records.summary import Totals
from isfdsl.records.tables import TableData

if TYPE_CHECKING:
    from isfdsl.columnar.team import Together

    Input = Ingested | Aside | Together | Flow

T = TypeVar("T")
Look = Callable[[Held], None]
Progress = Callable[[str, int, int], None]
Write = Callable[[str, TableData], None]

NOT_FEW = 5_000
"""With so many records it is not worth while to begin in Python."""

SHARED_FROM = 400_000
"""Fewer records are done before several processes have found their feet."""

LEAST_TOGETHER = 5_000
"""Records that are put aside together, and computed with others: how many is known when it is known what they take."""

UNBOUND = Plan()
"""One thread, and all the memory there is."""

LEAST_PER_PART = 100_000
"""Fewer records are one part: each table is then in its own order throughout."""


@define(eq=False)
class Ran:
    """What a run found, but for the tables: those have been written. ``memory``: the most bytes it was seen to use, as
    far as anyone looked."""

    totals: Totals
    summary: dict[str, Any]
    memory: int = 0


@contextmanager
def held(
    ruleset: Ruleset,
    path: str | Path,
    schemas: Mapping[str, RecordSchema],
    *,
    limit: int,
    jobs: int = 1,
    extra: Mapping[str, ExtraReader] | None = None,
    spill_dir: str | Path | None = None,
    clock: Clock | None = None,
    progress: Progress | None = None,
    processes: bool = False,
) -> Iterator[tuple[Input, Plan]]:
    """Input read into memory, or put aside on disk when more than ``limit`` bytes of memory would be needed.

    ``processes``: several may part from this one, which must not have threads that hold locks.

    Never raises for what the input holds: see ``problems``. Raises ``OutputError`` when the disk or a process fails.
    Nothing is left on disk afterwards.
    """
    clock = clock or NoClock()
    with clock.step("lesing"):
        size = size_of(path, schemas, extra or {})
        processes = processes and jobs > 1 and size.rows >= SHARED_FROM
        if processes:
            from isfdsl.columnar.team import Team, possible  # a small run needs none of it

            processes = possible()
        widest = max((len(s.fields) for s in schemas.values()), default=1)
        cut = partial(planned, size, limit, jobs, processes, len(ruleset.krav), widest)
        made = cut()
    if size.rows >= NOT_FEW:
        machine_code.at_once()
    parts = -(-size.rows // _rows(size.rows, made.jobs, made.rows))
    if not made.partitions and parts <= 1:
        with clock.step("lesing"):
            data = ingest(path, schemas.values(), extra=extra, progress=progress)
        yield data, made
        return

    by_column = BY_COLUMN if made.jobs > 1 else ALONE
    read = partial(stream, path, schemas.values())
    partitions = max(parts, min(MAX_ON_SHELF, size.rows // LEAST_TOGETHER))

    @contextmanager
    def careful() -> Iterator[Aside | Together]:
        if processes and not made.partitions and made.jobs > 1:
            with clock.step("oppstart"):
                workers = Team(ruleset, schemas, made.jobs, partitions, made.batch, str(path))
            with closing(workers):
                batches = read(extra=extra, batch_rows=made.batch, progress=progress, by_column=workers.readers)
                yield workers.read(batches, clock)
            return
        batches = read(extra=extra, batch_rows=made.batch, progress=progress, by_column=by_column)
        with (
            put_on_disk(ruleset, batches, made.partitions, spill_dir, made.jobs, clock)
            if made.partitions
            else put_aside(ruleset, batches, partitions, made.jobs, clock)
        ) as aside:
            yield aside

    if extra or patients_matter(ruleset):
        with careful() as found:
            yield found, made
        return
    rows = min(MAX_PART, cut(kept=False).rows)
    with ExitStack() as begun:
        relay = None
        if processes and made.jobs > 1:
            from isfdsl.columnar.relay import Relay  # a small run needs none of it

            with clock.step("oppstart"):
                relay = begun.enter_context(closing(Relay(ruleset, schemas, made.jobs, rows, str(path))))
            by_column = relay.readers
        batches = read(batch_rows=rows, by_column=by_column)
        yield Flow(ruleset, batches, size.rows, careful, relay), made


def compute_all(
    ruleset: Ruleset,
    data: Input,
    write: Write | None,
    *,
    plan: Plan = UNBOUND,
    clock: Clock | None = None,
    progress: Progress | None = None,
    look: Look = lambda known: None,
) -> Ran:
    """Group, count and pay what has been read, and hand the tables to ``write`` part by part; without it none is made.

    ``plan``: how many records are computed together, as far as patients go; when it has a limit, as many more or fewer
    as the first ones show that there is room for. ``look`` is shown what is known of the input as soon as all of it has
    been read. Raises ``Again`` when a ``Flow`` must be read carefully, and ``OutputError`` for what cannot be written,
    when all is known.
    """
    clock = clock or NoClock()
    tell = progress or (lambda stage, done, total: None)
    total = data.records
    found = Totals()
    done = 0
    if isinstance(data, Held):
        look(data)
    # What is read whole is computed at once, or nearly so.
    bound = evolve(plan, limit=None) if isinstance(data, Ingested) else plan
    pace = Pace(bound, _rows(total, plan.jobs, None), data.in_use)
    if isinstance(data, Flow):
        parts = data.answers(plan.jobs, clock, tables=write is not None)
    elif isinstance(data, Ingested | Aside):
        epochs = data.epochs if isinstance(data, Aside) else plans_of(ruleset)
        loads = _divided(ruleset, data, pace, plan.jobs, clock)
        parts = answers(epochs, loads, plan.jobs, ordered=pace.rows >= total, tables=write is not None)
    else:
        parts = data.answers(pace, tables=write is not None)
    tell("beregner", 0, total)
    try:
        while True:
            with clock.step("beregning"):
                part = next(parts, None)
            if part is None:
                break
            done += part.records
            with clock.step("skriving"):
                for name, table in part.tables.items():
                    assert write is not None
                    write(name, table)
            pace.took(part.records)
            found.merge(part.totals)
            tell("beregner", done, total)
    finally:
        parts.close()  # the threads are done before anything that they use is gone
    known = data.ended() if isinstance(data, Flow) else data
    if known is not data:
        look(known)
    found.refuse_unwritable()
    if write is not None:
        with clock.step("skriving"):
            write("avvist", reject_table(known.rejects))
    read_counts = {post: c.lest for post, c in known.counts.items()}
    return Ran(found, found.summary(ruleset.title, read_counts, known.rejects, ruleset.stay_source), pace.seen)


def _rows(total: int, jobs: int, most: int | None) -> int:
    """How many records to compute together."""
    wanted = min(MAX_PART, max(LEAST_PER_PART, -(-total // jobs)))
    return wanted if most is None else min(wanted, most)


def _divided(ruleset: Ruleset, data: Ingested | Aside, pace: Pace, jobs: int, clock: Clock) -> Iterator[Load]:
    """What has been read in parts of about so many rows: as it was put aside in memory, else cut here."""
    if isinstance(data, Aside) and isinstance(data.shelf, Shelf):
        yield from (partial(data.load, some) for some in in_rows(data.shelf.sizes, lambda: pace.rows, jobs))
        return
    for i in range(data.shelf.partitions if isinstance(data, Aside) else 1):
        with clock.step("deling"):
            stores = data.load(range(i, i + 1)) if isinstance(data, Aside) else data.stores
            parts = list(split(ruleset, stores, pace.rows))
            del stores
        while parts:
            yield parts.pop(0)


def run(
    ruleset: Ruleset,
    data: Input,
    out: str | Path | None = None,
    facts: Callable[[], Mapping[str, Any]] = dict,
    *,
    plan: Plan = UNBOUND,
    clock: Clock | None = None,
    progress: Progress | None = None,
    look: Look = lambda known: None,
) -> Ran:
    """The output folder of a run, whole or not at all; without ``out`` only what it counts and sums, and no table.

    ``facts`` are about the run itself. The rest: see ``compute_all``; when ``look`` raises, nothing is written. Raises
    ``OutputError``.
    """
    how: Any = {"plan": plan, "clock": clock, "progress": progress, "look": look}

    def made(data: Input) -> Ran:
        with nullcontext() if out is None else OutputFolder(out) as folder:
            ran = compute_all(ruleset, data, folder.write if folder else None, **how)
            ran.summary["kjoring"] = dict(facts())
            if folder:
                with (clock or NoClock()).step("skriving"):
                    folder.finish(ran.summary)
        return ran

    return _carefully(made, data)


def _carefully(made: Callable[[Input], T], data: Input) -> T:
    """What ``made`` gives of an input; of the same read carefully when it could not be computed as it came."""
    if not isinstance(data, Flow):
        return made(data)
    try:
        return made(data)
    except Again:
        with data.careful() as read:
            return made(read)


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


def run_to_frames(
    ruleset: Ruleset,
    data: Input,
    *,
    plan: Plan = UNBOUND,
    look: Look = lambda known: None,
) -> Frames:
    """The output tables of a run in memory. ``look``: see ``compute_all``."""

    def made(data: Input) -> Frames:
        parts: dict[str, list[pa.Table]] = {}

        def keep(name: str, data: TableData) -> None:
            parts.setdefault(name, []).append(plain_table(arrow_table(data, name)))

        ran = compute_all(ruleset, data, keep, plan=plan, look=look)
        return Frames({name: pa.concat_tables(own) for name, own in parts.items()}, ran)

    return _carefully(made, data)
