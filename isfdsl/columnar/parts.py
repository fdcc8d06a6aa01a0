"""A run in parts: the records of some patients at a time, so that memory is bounded and cores are used.

Patients never meet, so neither the number of parts, nor who is in which, nor the order they are done in changes an
answer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from attrs import define

from isfdsl.columnar import output, totals
from isfdsl.columnar.engine import compute
from isfdsl.columnar.epochs import Epochs
from isfdsl.columnar.joining import picked
from isfdsl.columnar.names import patient_numbers
from isfdsl.columnar.store import Store
from isfdsl.columnar.vectors import Array
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.summary import Totals
from isfdsl.records.tables import TableData

ROWS_PER_PART = 500_000


@define(eq=False)
class Part:
    """The answer for some patients."""

    records: int
    tables: dict[str, TableData]
    totals: Totals


def answer(epochs: Epochs, stores: Mapping[str, Store]) -> Part:
    """Everything about the records of some patients."""
    outcome = compute(epochs, stores)
    made = output.tables(outcome, epochs.ruleset)
    return Part(sum(s.n for s in stores.values()), made, totals.totals(outcome, epochs.ruleset))


def split(rules: Ruleset, stores: Mapping[str, Store], rows_per_part: int) -> Iterator[dict[str, Store]]:
    """The stores of a run, a part of the patients at a time; a record without patient is in any."""
    total = sum(s.n for s in stores.values())
    parts = max(1, -(-total // rows_per_part))
    if parts == 1:
        yield dict(stores)
        return
    posts = sorted(stores)
    numbers = patient_numbers(rules, [stores[p] for p in posts])
    order: dict[str, tuple[Array, Array]] = {}
    for post, number in zip(posts, numbers, strict=True):
        part = np.where(number >= 0, number % parts, np.arange(len(number)) % parts)
        rows = np.argsort(part, kind="stable")
        order[post] = rows, np.searchsorted(part[rows], np.arange(parts + 1))
    for i in range(parts):
        yield {post: picked(stores[post], rows[cuts[i] : cuts[i + 1]]) for post, (rows, cuts) in order.items()}


def answers(epochs: Epochs, parts: Iterable[Mapping[str, Store]], jobs: int = 1) -> Iterator[Part]:
    """The answers in the order of the parts, ``jobs`` at a time in threads of their own."""
    if jobs <= 1:
        for stores in parts:
            yield answer(epochs, stores)
        return
    waiting: deque[Future[Part]] = deque()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for stores in parts:
                waiting.append(pool.submit(answer, epochs, stores))
                if len(waiting) > jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
