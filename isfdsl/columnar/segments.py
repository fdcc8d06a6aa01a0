"""Rows in groups: ``start`` and ``size`` say where in ``members`` the rows of each group lie, in order."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import define

from isfdsl.columnar.machine_code import loop
from isfdsl.columnar.vectors import Array, Bools, Days, Lists, Nums, Texts, Vec, missing_like, wide


@define(eq=False)
class Segments:
    """Groups of rows. ``alone``: each row is a group of its own, in order."""

    members: Array
    start: Array
    size: Array
    alone: bool = False

    def __len__(self) -> int:
        return len(self.start)

    @property
    def first(self) -> Array:
        """The first row of each group."""
        found: Array = self.members if self.alone else self.members[self.start]
        return found

    @property
    def last(self) -> Array:
        """The last row of each group."""
        found: Array = self.members if self.alone else self.members[self.start + self.size - 1]
        return found

    @property
    def number(self) -> Array:
        """The group of each member."""
        return self.members if self.alone else np.repeat(np.arange(len(self.start)), self.size)

    @classmethod
    def of(cls, members: Array, number: Array, groups: int) -> Segments:
        """From the group number of each member; members keep their order inside a group."""
        size = np.bincount(number, minlength=groups).astype(np.int64)
        start = np.cumsum(size) - size
        return cls(members[_in_order(number, start)], start, size)


@loop()
def _in_order(number: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The places of numbers in their order, equal ones as they come; ``start``: how many are less than each."""
    at = start.copy()
    out = np.empty(len(number), np.int64)
    for i in range(len(number)):
        out[at[number[i]]] = i
        at[number[i]] += 1
    return out


@loop()
def connected(n: int, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """For each of ``n`` things the smallest thing it is linked with, directly or through others."""
    parent = np.arange(n)
    for k in range(len(first)):
        i, j = first[k], second[k]
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        while parent[j] != j:
            parent[j] = parent[parent[j]]
            j = parent[j]
        if i < j:
            parent[j] = i
        elif j < i:
            parent[i] = j
    for k in range(n):
        root = k
        while parent[root] != root:
            root = parent[root]
        parent[k] = root
    return parent


def any_in_group(flags: Array, number: Array, groups: int) -> Array:
    """Whether any member of each group is flagged."""
    out = np.zeros(groups, bool)
    out[number[flags]] = True
    return out


def aggregated(how: str, column: Vec, groups: Segments, is_list: bool) -> Vec:
    """One value per group from a column, as ``Aggregation`` says; ``alle`` of single values is the first."""
    match how:
        case "alle" if is_list:
            assert isinstance(column, Lists)
            own = column.take(groups.members)
            size = np.add.reduceat(own.size, groups.start) if len(groups) else np.zeros(0, np.int64)
            flat = own.packed
            return Lists(np.cumsum(size) - size, size, flat, own.words)
        case "første" | "alle":
            return column.take(groups.first)
        case "siste":
            return column.take(groups.last)
        case "minste" | "største":
            return _extreme(column, groups, largest=how == "største")
        case "sum":
            return _sum(column, groups)
        case _:
            raise AssertionError(how)


def _extreme(column: Vec, groups: Segments, *, largest: bool) -> Vec:
    own = column.take(groups.members)
    key: Any
    match own:
        case Nums():
            assert isinstance(own.den, int)
            key = own.v
        case Days() | Bools():
            key = own.v
        case Texts():
            rank = np.empty(len(own.words) + 1, np.int64)
            rank[np.array(sorted(range(len(own.words)), key=lambda i: own.words.values[i]), int)] = np.arange(
                len(own.words)
            )
            key = rank[own.v]
        case Lists():
            return column.take(groups.first)
    present = np.ones(len(own), bool) if own.present is None else own.present
    number = groups.number
    at = np.flatnonzero(present)
    if len(at) == 0:
        return missing_like(column, len(groups))
    keys = key[at]
    order = at[np.lexsort((-keys if largest and keys.dtype != bool else ~keys if largest else keys, number[at]))]
    seen, where = np.unique(number[order], return_index=True)
    best = groups.first.copy()
    some = np.zeros(len(groups), bool)
    best[seen], some[seen] = groups.members[order[where]], True
    found = column.take(best)
    return _without(found, ~some)


def _without(v: Vec, gone: Array) -> Vec:
    """The same with some rows missing."""
    if isinstance(v, Texts):
        return Texts(np.where(gone, -1, v.v).astype(np.int32), v.words)
    if isinstance(v, Lists):
        return Lists(v.start, np.where(gone, 0, v.size), v.flat, v.words)
    present = ~gone if v.present is None else v.present & ~gone
    match v:
        case Nums():
            return Nums(v.v, v.den, present)
        case Days():
            return Days(v.v, present, v.moment)
        case Bools():
            return Bools(v.v, present)


def _sum(column: Vec, groups: Segments) -> Vec:
    own = column.take(groups.members)
    if not isinstance(own, Nums):
        return missing_like(column, len(groups))
    present = np.ones(len(own), bool) if own.present is None else own.present
    v = np.where(present, own.v, 0)
    size = int(groups.size.max()) if len(groups) else 0
    if v.dtype == object or (len(v) and int(np.abs(v).max()) * size > 2**62):
        v = wide(v)
    total = np.add.reduceat(v, groups.start) if len(groups) else v
    return Nums(total, own.den, any_in_group(present, groups.number, len(groups)))
