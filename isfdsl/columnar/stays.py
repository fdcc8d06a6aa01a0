"""From records to stays over columns: which records belong together, and what the stay says in each field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import define

from isfdsl.columnar.epochs import Dated, Epochs
from isfdsl.columnar.frame import Frame
from isfdsl.columnar.numbering import in_order, met_twice, packed
from isfdsl.columnar.numbers import micro_number
from isfdsl.columnar.pairs import Pairs, key_numbers
from isfdsl.columnar.segments import Segments, aggregated, connected
from isfdsl.columnar.store import Columns, Store, Strings
from isfdsl.columnar.vectors import Array, Days, Nums, Texts, Vec, nowhere, overwritten
from isfdsl.program.conditions import conjuncts
from isfdsl.program.ruleset import STAY, Ruleset
from isfdsl.syntax import ast

Lone = Callable[[Array], Nums]
"""The points that each of some records would give as a stay of its own."""

_FIRST = micro_number(dt.datetime.min)
"""The moment of what has none: that of the first day there is, as in the reference."""


@define(eq=False)
class Gathered:
    """Which records each stay is made of, in order of time; ``columns`` say what the stay says."""

    records: Segments
    columns: Columns
    record_ids: pa.Array | pa.ChunkedArray

    def ids(self, rows: Array) -> pa.Array:
        """The ids of some stays: that of the first record of each."""
        found = self.record_ids.take(pa.array(self.records.first[rows]))
        return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found

    def __len__(self) -> int:
        return len(self.records)


def gather(epochs: Epochs, store: Store, patients: Array, lone: Lone) -> Gathered:
    """The stays of the records of a store. ``patients`` has a number per record, -1 where it is missing."""
    rules = epochs.ruleset
    post = store.post
    decl = rules.stay
    n = store.n
    alone = Segments(np.arange(n), np.arange(n), np.ones(n, np.int64), alone=True)
    if decl is None or not joins(rules) or rules.role(post, "pasient") is None:
        return Gathered(alone, store.frame_columns(), store.ids)
    counts = np.bincount(patients[patients >= 0]) if (patients >= 0).any() else np.zeros(0, np.int64)
    several = patients >= 0
    several[several] = counts[patients[several]] > 1
    mine = np.flatnonzero(several)
    mine = mine[_may_join(rules, store, decl, mine, patients[mine])]
    if len(mine) == 0:
        return Gathered(alone, store.frame_columns(), store.ids)
    several[:] = False
    several[mine] = True
    mine = mine[order_of_time(epochs, store, mine, patients[mine])]
    root = _join(epochs, store, decl, mine, patients[mine])
    first = np.arange(n)
    first[mine] = mine[root]
    number = (np.cumsum(first == np.arange(n)) - 1)[first]  # stays in the order of their first records
    in_order = np.concatenate([np.flatnonzero(~several), mine])
    stays = Segments.of(in_order, number[in_order], int(number.max()) + 1)
    return Gathered(stays, _merged(epochs, store, decl, stays, lone), store.ids)


def joins(rules: Ruleset) -> bool:
    """Whether records of a patient may be joined to one stay."""
    return rules.stay is not None and not rules.stay.never and bool(rules.stay.samles)


def patients_matter(rules: Ruleset) -> bool:
    """Whether anything asks for other records of the same patient."""
    return bool(rules.stg or rules.tfg) or joins(rules)


def order_of_time(epochs: Epochs, store: Store, rows: Array, patients: Array) -> Array:
    """The order of some records by patient, start, end (a missing end is the start) and id."""
    begin, end = _times(epochs, store, rows)
    order = in_order([patients, begin, end])
    return by_id(order, [patients, begin, end], store.ids, rows)


def by_id(order: Array, keys: list[Array], ids: pa.Array | pa.ChunkedArray, rows: Array) -> Array:
    """An order in which rows that are equal in all keys come by id."""
    tied = np.ones(max(len(order) - 1, 0), bool)
    for key in keys:
        tied &= key[order[1:]] == key[order[:-1]]
    at = np.flatnonzero(tied)
    if len(at) == 0:
        return order
    places = np.union1d(at, at + 1)
    run = np.cumsum(np.append(True, ~tied))[places]
    tied_ids = pa.table({"run": run, "id": ids.take(pa.array(rows[order[places]]))})
    sorted_places = pc.sort_indices(tied_ids, [("run", "ascending"), ("id", "ascending")]).to_numpy()
    out = order.copy()
    out[places] = order[places[sorted_places]]
    return out


def _times(epochs: Epochs, store: Store, rows: Array) -> tuple[Array, Array]:
    columns = store.frame_columns(rows)
    rules = epochs.ruleset
    start, end = rules.role(store.post, "start"), rules.role(store.post, "slutt")
    first = columns[start] if start is not None else None
    last = columns[end] if end is not None else None
    begin = _micros(first) if isinstance(first, Days) else np.full(len(rows), _FIRST)
    if not isinstance(last, Days):
        return begin, begin
    return begin, np.where(last.present, last.micros, begin) if last.present is not None else last.micros


def _may_join(rules: Ruleset, store: Store, decl: ast.Opphold, rows: Array, patients: Array) -> Array:
    """Which records have others that are the same in what is asked for plainly: only those can have a neighbour."""
    out = np.zeros(len(rows), bool)
    name = rules.role(store.post, "start")
    start = store.columns.get(name) if name is not None else None
    for rule in decl.samles:
        keys = [patients]
        for c in conjuncts(rule.condition):
            if isinstance(c, ast.Same) and isinstance(c.operand, ast.Reference):
                column = store.columns.get(c.operand.name)
                if isinstance(column, Strings) and c.operand.name != rules.role(store.post, "pasient"):
                    keys.append(column.take(rows).numbers)
                elif isinstance(column, Texts):
                    keys.append(column.v[rows].astype(np.int64))
            elif isinstance(c, ast.SameDay) and isinstance(start, Days):
                days = start.take(rows).days
                days = days - days.min() if len(days) else days
                keys.append(days if start.present is None else np.where(start.present[rows], days, -1))
        usable = np.flatnonzero(np.logical_and.reduce([k >= 0 for k in keys]))
        out[usable] |= met_twice(packed([k[usable] for k in keys]))
    return out


def _micros(days: Days) -> Array:
    return days.micros if days.present is None else np.where(days.present, days.micros, _FIRST)


def _join(epochs: Epochs, store: Store, decl: ast.Opphold, mine: Array, patients: Array) -> Array:
    """For each record (in order of patient and time) the first of those it belongs together with."""
    post, rules = store.post, epochs.ruleset
    frame = Frame(post, len(mine), store.frame_columns(mine))
    start_name = rules.role(post, "start")
    start = frame.columns[start_name] if start_name is not None else None
    start = start if isinstance(start, Days) else None
    days = Days(start.days, start.present) if start is not None else nowhere(len(mine))
    pairs = Pairs(post, Dated(epochs, frame, days), start)
    first: list[Array] = []
    second: list[Array] = []
    for rule in decl.samles:
        keys, rest = [patients], []
        for c in conjuncts(rule.condition):
            if isinstance(c, ast.Same):
                keys.append(_same_numbers(rules, store, mine, patients, pairs, c.operand))
            elif isinstance(c, ast.SameDay):
                keys.append(key_numbers(days))
            else:
                rest.append(c)
        rows = np.flatnonzero(np.logical_and.reduce([k >= 0 for k in keys]))
        order = rows[in_order([k[rows] for k in keys])]
        near = np.ones(max(len(order) - 1, 0), bool)
        for k in keys:
            near &= k[order[1:]] == k[order[:-1]]
        one, other = order[:-1][near], order[1:][near]
        for c in rest:
            holds = pairs.hold(c, one, other)
            one, other = one[holds], other[holds]
        first.append(one)
        second.append(other)
    root: Array = connected(len(mine), np.concatenate(first), np.concatenate(second))
    return root


def _same_numbers(rules: Ruleset, store: Store, mine: Array, patients: Array, pairs: Pairs, operand: ast.Expr) -> Array:
    """Equal numbers for records that say the same, -1 where nothing is said."""
    if isinstance(operand, ast.Reference) and isinstance(store.columns.get(operand.name), Strings):
        if operand.name == rules.role(store.post, "pasient"):
            return patients
        column = store.columns[operand.name].take(mine)
        assert isinstance(column, Strings)
        return column.numbers
    return key_numbers(pairs.value(operand))


def _merged(epochs: Epochs, store: Store, decl: ast.Opphold, stays: Segments, lone: Lone) -> Columns:
    """What each stay says.

    A field without a rule of its own takes the first record's value, a list the lists of all.
    """
    how = {a.field.text: a.how for a in decl.fields}
    lists = {f.name: f.is_list for f in store.schema.fields}
    multi = np.flatnonzero(stays.size > 1)
    at = np.repeat(stays.size > 1, stays.size)
    groups = Segments(stays.members[at], np.cumsum(stays.size[multi]) - stays.size[multi], stays.size[multi])
    whole = store.frame_columns()
    first = stays.first
    best: list[Array] = []

    def make(name: str) -> Vec:
        column = whole[name]
        if len(multi) == 0:
            return column.take(first)
        chosen = how.get(name) or ("alle" if lists[name] else "første")
        if chosen == "siste":
            return column.take(stays.last)
        if chosen == "første" or (chosen == "alle" and not lists[name]):
            return column.take(first)
        if chosen == "av den med høyest poeng":
            if not best:
                best.append(_highest(groups, lone))
            found = column.take(best[0])
        else:
            found = aggregated(chosen, column, groups, lists[name])
        return overwritten(column.take(first), multi, found)

    return Columns(list(store.columns), make)


def _highest(groups: Segments, lone: Lone) -> Array:
    """The record of each group that alone gives the most points; unknown is least, the earliest wins a tie."""
    points = lone(groups.members)
    known = np.ones(len(points), bool) if points.present is None else points.present
    number = groups.number
    order = np.lexsort((np.arange(len(points)), -points.v, ~known, number))
    _, where = np.unique(number[order], return_index=True)
    top = order[where]
    return np.where(known[top], groups.members[top], groups.first)


def stay_days(epochs: Epochs, post: str, columns: Columns, n: int) -> Days:
    """The day that dates each stay: the field stated, else the end, else the start."""
    rules = epochs.ruleset
    stated = rules.stay.dateres.text if rules.stay is not None and rules.stay.dateres is not None else None
    out = nowhere(n)
    assert out.present is not None
    for name in (stated, rules.role(post, "slutt"), rules.role(post, "start")):
        value = columns[name] if name is not None and name in columns else None
        if not isinstance(value, Days):
            continue
        if value.present is None and not out.present.any():
            return Days(value.days)
        open_ = ~out.present
        has = open_ if value.present is None else open_ & value.present
        out.v[has] = value.days[has]
        out.present |= has
    return out


__all__ = ["STAY", "Gathered", "by_id", "gather", "joins", "order_of_time", "stay_days"]
