"""Running records through the columnar engine, and its answers as plain Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from typing import Any
from unittest import mock

import numpy as np

from isfdsl.columnar import decide, machine_code, output
from isfdsl.columnar.engine import compute
from isfdsl.columnar.epochs import Dated, Epochs
from isfdsl.columnar.frame import Frame
from isfdsl.columnar.grouping import grouped, lone_points
from isfdsl.columnar.joining import picked
from isfdsl.columnar.names import name_all
from isfdsl.columnar.numbers import EPOCH, day_of_number
from isfdsl.columnar.stays import gather, nowhere
from isfdsl.columnar.store import Store, store_of
from isfdsl.columnar.vectors import Bools, Days, Lists, Nums, Texts, Vec
from isfdsl.program.ruleset import STAY, Ruleset
from isfdsl.records.program_schema import schemas
from isfdsl.records.record import Record, Reject
from isfdsl.records.tables import TableData
from isfdsl.syntax import ast
from tests.engine_rows import Rows, rows_of

SCAN_ALL, INDEX_ALL = 10**9, 0


@cache
def shared_epochs(rules: Ruleset) -> Epochs:
    """Plans that are used again and again; nothing of one run may show in the next."""
    return Epochs(rules)


def stores_of(rules: Ruleset, records: Mapping[str, Sequence[Record]], *, narrow: bool = False) -> dict[str, Store]:
    """Records as columns, by post; ``narrow``: in as little room as the readers leave them."""
    known = schemas(rules)
    stores = {post: store_of(known[post], own) for post, own in records.items()}
    return {post: picked(s, np.arange(s.n)) for post, s in stores.items()} if narrow else stores


def columnar_rows(
    rules: Ruleset,
    records: Mapping[str, Sequence[Record]],
    rejects: Sequence[Reject] = (),
    epochs: Epochs | None = None,
    *,
    narrow: bool = False,
) -> Rows:
    """The output tables as rows."""
    outcome = compute(epochs or shared_epochs(rules), stores_of(rules, records, narrow=narrow))
    made = output.tables(outcome, rules, set())
    made["avvist"] = output.reject_table(rejects)
    return rows_of({name: plain(table) for name, table in made.items()})


def plain(table: TableData) -> TableData:
    """The table with Python values."""
    columns = {k: v.to_pylist() if hasattr(v, "to_pylist") else list(v) for k, v in table.columns.items()}
    return TableData(table.spec, columns)


@contextmanager
def kernel_from(limit: int) -> Iterator[None]:
    """Use the compiled kernel from so many conditions on."""
    with mock.patch.object(decide, "BELOW_THIS_SCAN", limit):
        yield


@contextmanager
def loops_in(python: bool) -> Iterator[None]:
    """Have all loops run in Python, or as machine code."""

    def call(self: machine_code.Loop, *args: Any) -> Any:
        with np.errstate(over="ignore"):
            return self.py_func(*args)

    with (
        mock.patch.object(machine_code.Loop, "__call__", call)
        if python
        else mock.patch.object(machine_code, "IN_PYTHON", -1)
    ):
        yield


def value_about(rules: Ruleset, expr: ast.Expr, about: str, records: Mapping[str, Sequence[Record]]) -> object:
    """An expression about the one record of a post, or about the one stay."""
    epochs = Epochs(rules)
    if about == STAY:
        post = rules.stay_source
        assert post is not None
        store = stores_of(rules, {post: records[post]})[post]
        _, (keys,) = name_all(rules, [store])

        def lone(rows: Any) -> Nums:
            return lone_points(epochs, post, store.frame_columns(rows), len(rows))

        gathered = gather(epochs, store, keys.patient, lone)
        assert len(gathered) == 1
        dated = grouped(epochs, post, gathered.columns, 1).dated
    else:
        store = stores_of(rules, {about: records[about]})[about]
        frame = Frame(about, store.n, store.frame_columns())
        start = rules.role(about, "start")
        found = frame.columns[start] if start is not None else None
        days = Days(found.days, found.present) if isinstance(found, Days) else nowhere(store.n)
        dated = Dated(epochs, frame, days)
    return python_value(dated.value(expr, about))


def python_value(v: Vec) -> object:
    """The value of the only row, as the reference would give it."""
    if not isinstance(v, Lists) and v.present is not None and not bool(v.present[0]):
        return None
    match v:
        case Nums():
            den = v.den if isinstance(v.den, int) else int(v.den[0])
            return Fraction(int(v.v[0]), den)
        case Days():
            if v.moment:
                return dt.datetime(EPOCH.year, 1, 1) + dt.timedelta(microseconds=int(v.v[0]))
            return day_of_number(v.v[0])
        case Bools():
            return bool(v.v[0])
        case Texts():
            return v.words.values[v.v[0]]
        case Lists():
            return tuple(v.words.values[i] for i in v.packed)
