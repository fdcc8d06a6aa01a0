"""A run in parts: the records of some patients at a time, so that memory is bounded and cores are used.

Patients never meet, so neither the number of parts, nor who is in which, nor the order they are done in changes an
answer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import numpy as np
import pyarrow as pa
from attrs import define

from isfdsl.columnar import output, totals
from isfdsl.columnar.engine import compute
from isfdsl.columnar.epochs import Epochs
from isfdsl.columnar.joining import picked, stretch
from isfdsl.columnar.keys import hashes
from isfdsl.columnar.names import as_text
from isfdsl.columnar.stays import patients_matter
from isfdsl.columnar.store import Store
from isfdsl.columnar.vectors import Array, Texts
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.summary import Totals
from isfdsl.records.tables import TableData

Load = Callable[[], Mapping[str, Store]]
"""The records of some patients, made when they are asked for. Safe for threads."""


@define(eq=False)
class Part:
    """The answer for some patients. There are no ``tables`` when nobody asked for them."""

    records: int
    tables: dict[str, TableData]
    totals: Totals


def answer(epochs: Epochs, stores: Mapping[str, Store], *, ordered: bool = True, tables: bool = True) -> Part:
    """Everything about the records of some patients; not ``ordered``: the rows of the tables in any order."""
    outcome = compute(epochs, stores)
    counted = totals.totals(outcome, epochs.ruleset)
    made = output.tables(outcome, epochs.ruleset, counted.unwritable, ordered=ordered) if tables else {}
    return Part(sum(s.n for s in stores.values()), made, counted)


def split(rules: Ruleset, stores: Mapping[str, Store], rows_per_part: int) -> Iterator[Load]:
    """The stores of a run, a part of the patients at a time; a record without patient is in any, and so is every record
    where no patient matters.

    Each is picked out when it is asked for, by the thread that computes it.
    """
    total = sum(s.n for s in stores.values())
    parts = max(1, -(-total // rows_per_part))
    if parts == 1:
        yield lambda: stores
        return
    load = _by_patient(rules, stores, parts) if patients_matter(rules) else _as_they_lie(stores, parts)
    for i in range(parts):
        yield partial(load, i)


def _by_patient(rules: Ruleset, stores: Mapping[str, Store], parts: int) -> Callable[[int], dict[str, Store]]:
    order: dict[str, tuple[Array, Array]] = {}
    for post, store in sorted(stores.items()):
        # 16 bits: NumPy sorts them by counting.
        part = (patient_hashes(rules, store) % np.uint64(parts)).astype(np.uint16)
        rows = np.argsort(part, kind="stable")
        order[post] = rows, np.searchsorted(part[rows], np.arange(parts + 1))
    return lambda i: {post: picked(stores[post], rows[cuts[i] : cuts[i + 1]]) for post, (rows, cuts) in order.items()}


def _as_they_lie(stores: Mapping[str, Store], parts: int) -> Callable[[int], dict[str, Store]]:
    return lambda i: {post: stretch(s, s.n * i // parts, s.n * (i + 1) // parts) for post, s in sorted(stores.items())}


def patient_hashes(rules: Ruleset, store: Store) -> Array:
    """64 bits for each record's patient, or for the record itself when it has none; the same in every process."""
    field = rules.role(store.post, "pasient")
    column = store.columns[field] if field is not None else None
    if column is None:
        return _mixed(hashes(store.ids))
    if isinstance(column, Texts):
        absent = column.v < 0
        known = hashes(pa.array([str(v) for v in column.words.values], pa.string()))
        found = np.append(known, np.uint64(0))[column.v]
    else:
        texts = as_text(column)
        absent = texts.is_null().to_numpy(zero_copy_only=False)
        found = hashes(texts)
    if absent.any():
        rows = np.flatnonzero(absent)
        found[rows] = hashes(store.ids.take(pa.array(rows)))
    return _mixed(found)


def _mixed(h: Array) -> Array:
    """Every bit from all the bits: any few of them will do."""
    for shift, factor in ((33, 0xFF51AFD7ED558CCD), (33, 0xC4CEB9FE1A85EC53)):
        h = (h ^ (h >> np.uint64(shift))) * np.uint64(factor)
    mixed: Array = h ^ (h >> np.uint64(33))
    return mixed


def answers(
    epochs: Epochs, parts: Iterable[Load], jobs: int = 1, *, ordered: bool = True, tables: bool = True
) -> Generator[Part]:
    """The answers in the order of the parts, ``jobs`` at a time in threads of their own."""

    def one(load: Load) -> Part:
        return answer(epochs, load(), ordered=ordered, tables=tables)

    if jobs <= 1:
        yield from map(one, parts)
        return
    waiting: deque[Future[Part]] = deque()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for load in parts:
                waiting.append(pool.submit(one, load))
                if len(waiting) > jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
