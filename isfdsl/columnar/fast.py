"""The road of a regelverk that asks nothing across records: from file to answers a batch at a time.

When every record is a stay by itself and there are neither STGs, TFGs nor requirements, patients need not be brought
together, so nothing is kept in memory but the keys. The answers are those of the general road (``run``), in the order
of the input. What only the end of the input can tell (a key that stands on several rows, a file that cannot be read)
makes ``run`` give ``None``; the general road then has the answer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import define

from isfdsl.columnar import output, totals
from isfdsl.columnar import services as stg
from isfdsl.columnar.arrays import mask_of
from isfdsl.columnar.contacts import Keys
from isfdsl.columnar.engine import Outcome, StayTable
from isfdsl.columnar.epochs import Epochs
from isfdsl.columnar.frame import Notes
from isfdsl.columnar.grouping import grouped, settle
from isfdsl.columnar.ingest import Stream, stream
from isfdsl.columnar.names import Names, as_text, role_numbers
from isfdsl.columnar.output import reject_table
from isfdsl.columnar.run import Clock, NoClock, Progress, Ran, Write
from isfdsl.columnar.segments import Segments
from isfdsl.columnar.stays import Gathered
from isfdsl.columnar.store import Store
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.output import OutputFolder
from isfdsl.records.readers import ExtraReader
from isfdsl.records.schema import RecordSchema
from isfdsl.records.summary import Totals
from isfdsl.records.tables import TableData

BATCH_ROWS = 131_072


def fits(rules: Ruleset) -> bool:
    """Whether no answer of a regelverk depends on more than one record."""
    decl = rules.stay
    source = rules.stay_source
    if source is None or rules.stg or rules.tfg or rules.krav:
        return False
    return decl is None or decl.never or not decl.samles or rules.role(source, "pasient") is None


class _NotAlone(Exception):
    """Some record is none after all, or the input cannot be read: the general road says what is so."""


@define(eq=False)
class _Answer:
    tables: dict[str, TableData]
    totals: Totals


def run(
    ruleset: Ruleset,
    path: str | Path,
    schemas: Mapping[str, RecordSchema],
    out: str | Path | None,
    facts: Callable[[], Mapping[str, Any]],
    *,
    extra: Mapping[str, ExtraReader] | None = None,
    jobs: int = 1,
    batch_rows: int = BATCH_ROWS,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> Ran | None:
    """The whole road for a regelverk that ``fits``; without ``out`` only the totals are found, no tables are made.

    ``None``: the general road must be taken; nothing has been written then. Raises ``OutputError``.
    """
    if not fits(ruleset):
        return None
    batches = stream(path, schemas.values(), extra=extra, batch_rows=batch_rows, progress=progress)
    try:
        if out is None:
            return _run(ruleset, batches, None, jobs, clock or NoClock())
        with OutputFolder(out) as folder:
            ran = _run(ruleset, batches, folder.write, jobs, clock or NoClock())
            ran.summary["kjoring"] = dict(facts())
            folder.finish(ran.summary)
            return ran
    except _NotAlone:
        return None


def _run(ruleset: Ruleset, batches: Stream, write: Write | None, jobs: int, clock: Clock) -> Ran:
    found = Totals()
    epochs = Epochs(ruleset)
    answers = _answers(epochs, batches, write is not None, jobs)
    while True:
        with clock.step("beregning"):
            own = next(answers, None)
        if own is None:
            break
        if write is not None:
            with clock.step("skriving"):
                for name, table in own.tables.items():
                    write(name, table)
        found.merge(own.totals)
    if not batches.ok or batches.drop:
        raise _NotAlone
    if write is not None:
        with clock.step("skriving"):
            for name, table in _answer(epochs, batches.empty(ruleset.stay_source or ""), True).tables.items():
                write(name, table)  # every table is there, also when there was no batch
            write("avvist", reject_table(batches.rejects))
    read = {post: c.lest for post, c in batches.counts.items()}
    return Ran(found, found.summary(ruleset.title, read, batches.rejects, ruleset.stay_source))


def _answers(epochs: Epochs, batches: Stream, tables: bool, jobs: int) -> Iterator[_Answer]:
    """The answers in the order of the batches, ``jobs`` of them at a time."""
    if jobs <= 1:
        for store in batches:
            yield _answer(epochs, store, tables)
        return
    waiting: deque[Future[_Answer]] = deque()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for store in batches:
                waiting.append(pool.submit(_answer, epochs, store, tables))
                if len(waiting) > jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _answer(epochs: Epochs, store: Store, tables: bool) -> _Answer:
    rules = epochs.ruleset
    outcome = _outcome(epochs, store)
    made = output.tables(outcome, rules, ordered=False) if tables else {}
    return _Answer(made, totals.totals(outcome, rules))


def _outcome(epochs: Epochs, store: Store) -> Outcome:
    """What ``engine.compute`` finds, without numbering the patients."""
    rules, n = epochs.ruleset, store.n
    services = stg.count(epochs, stg.all_hits(rules, []))
    stg.settle(epochs, services, np.zeros(0, bool), Notes())
    names, keys = _names(rules, store)
    if store.post != rules.stay_source:
        return Outcome(names, None, services, None, [])
    alone = Segments(np.arange(n), np.arange(n), np.ones(n, np.int64))
    gathered = Gathered(alone, store.frame_columns(), store.ids)
    stays = grouped(epochs, store.post, gathered.columns, n)
    ids = stg.flat(store.ids)
    table = StayTable(gathered, stays, settle(stays, np.zeros(n, bool)), keys, ids, ids)
    return Outcome(names, table, services, None, [])


def _names(rules: Ruleset, store: Store) -> tuple[Names, Keys]:
    """Units and regions are numbered, since sums are made for each; every patient is a text by itself."""
    n = store.n
    nobody = np.full(n, -1, np.int64)
    field = rules.role(store.post, "pasient")
    patients = pa.nulls(n, pa.string()) if field is None else as_text(store.columns[field])
    there = mask_of(patients)
    patient = np.arange(n) if there is None else np.where(there, np.arange(n), -1)
    units, unit = role_numbers(rules, store, "enhet")
    regions, region = role_numbers(rules, store, "region")
    return Names((patients, units, pa.array([], pa.string()), regions)), Keys(patient, unit, nobody, region)


__all__ = ["fits", "run"]
