"""Codes in columns: which of them belong to a set or carry a property, value by value, row by row.

A test of a code is made once per code of the dictionary. Only ``regnes som`` depends on the record: there each row
says what a property counts as.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from attrs import define

from isfdsl.columnar import ragged
from isfdsl.columnar.frame import Frame, Rows
from isfdsl.columnar.vectors import Array, Lists, Texts
from isfdsl.columnar.words import Value, Words
from isfdsl.program.codes import CodeSet, PropertyIndex

if TYPE_CHECKING:
    from isfdsl.columnar.expressions import Compiler

Codes = Texts | Lists
Fetch = Callable[[Frame, Rows], Codes]


@define(eq=False, slots=False)
class Part:
    """One source of codes: a field, or what an expression gives. ``systems`` say which lines of a property count."""

    compiler: Compiler
    fetch: Fetch
    systems: frozenset[str]

    @cached_property
    def index(self) -> PropertyIndex:
        """Which properties a value carries, as written."""
        return self.compiler.plan.epoch.property_index(self.systems)

    def learn(self, values: Iterable[Value]) -> None:
        """Find out together what some values carry."""
        singles = {v for v in values if isinstance(v, str)}
        self.index.learn(singles.union(c for v in values if not isinstance(v, str) for c in v if c is not None))

    def carries(self, words: Words, wanted: frozenset[str]) -> Array:
        """For each value: whether it carries one of some properties, as written."""

        def say(values: list[Value]) -> list[bool]:
            self.learn(values)
            of = self.index.of
            return [not wanted.isdisjoint(of(v)) for v in values]

        key = ("carries", id(self.compiler.plan), self.systems, wanted)
        return words.table_of(key, np.bool_, say, keep=self.compiler.plan)


class PropertyTest:
    """Whether values of some parts carry one of some properties, recoded for the record at hand."""

    def __init__(self, compiler: Compiler, parts: tuple[Part, ...], wanted: frozenset[str]) -> None:
        self.parts = parts
        recodings = compiler.recodings
        self.plain = frozenset(wanted - recodings.keys())
        # What may turn into a wanted property, and what is wanted but may turn into something else.
        self.recoded = [
            (name, compiler.counts_as(name, wanted))
            for name, rules in recodings.items()
            if name in wanted or any(target in wanted for target, _ in rules)
        ]

    def values(self, part: Part, codes: Codes, frame: Frame, rows: Rows) -> Array:
        """Value by value: of ``codes`` when single, of ``codes.packed`` when lists. Missing carries nothing."""
        own = codes.v if isinstance(codes, Texts) else codes.packed
        out = part.carries(codes.words, self.plain)[own]
        for name, counts in self.recoded:
            has = part.carries(codes.words, frozenset({name}))[own]
            if not has.any():
                continue
            row = counts(frame, rows)
            out = out | (has & (row if isinstance(codes, Texts) else row[codes.row_of]))
        return out

    def any(self, frame: Frame, rows: Rows) -> Array:
        """Row by row: whether any value does."""
        out: Array | None = None
        for part in self.parts:
            codes = part.fetch(frame, rows)
            found = any_of(codes, part.carries(codes.words, self.plain))
            for name, counts in self.recoded:
                has = any_of(codes, part.carries(codes.words, frozenset({name})))
                if has.any():
                    found = found | (has & counts(frame, rows))
            out = found if out is None else out | found
        return np.zeros(frame.count(rows), bool) if out is None else out


class SetTest:
    """Whether values of some parts belong to a set."""

    def __init__(self, parts: tuple[Part, ...], wanted: CodeSet) -> None:
        self.parts = parts
        self.wanted = wanted

    def table(self, words: Words) -> Array:
        """For each value of a dictionary."""
        return words.table(("set", id(self.wanted)), np.bool_, self.wanted.has, keep=self.wanted)

    def values(self, part: Part, codes: Codes, frame: Frame, rows: Rows) -> Array:
        """Value by value, as in ``PropertyTest``."""
        return self.table(codes.words)[codes.v if isinstance(codes, Texts) else codes.packed]

    def any(self, frame: Frame, rows: Rows) -> Array:
        """Row by row: whether any value does."""
        out: Array | None = None
        for part in self.parts:
            codes = part.fetch(frame, rows)
            found = any_of(codes, self.table(codes.words))
            out = found if out is None else out | found
        return np.zeros(frame.count(rows), bool) if out is None else out


ValueTest = PropertyTest | SetTest


def any_of(codes: Codes, table: Array) -> Array:
    """Row by row: whether the table says True of any value."""
    if isinstance(codes, Texts):
        found: Array = table[codes.v]
        return found
    any_found: Array = ragged.any_in(codes.start, codes.size, codes.flat, table)
    return any_found


def per_row(codes: Codes, flags: Array, n: int) -> Array:
    """How many values of each row are flagged; flags are value by value."""
    if isinstance(codes, Texts):
        return (flags & (codes.v >= 0)).astype(np.int64)
    return np.bincount(codes.row_of[flags], minlength=n).astype(np.int64)


def different(parts: list[tuple[Codes, Array]], n: int, one: Words) -> Array:
    """How many different flagged values each row has over some parts; a pair without a second code is its first.

    ``one`` is the dictionary in which the parts meet.
    """
    rows, keys = [], []
    for codes, flags in parts:
        to = codes.words.table(("one", id(one)), np.int64, lambda v: one.add(_single(v)), keep=one)
        if isinstance(codes, Texts):
            at = np.flatnonzero(flags & (codes.v >= 0))
            rows.append(at)
            keys.append(to[codes.v[at]])
        else:
            rows.append(codes.row_of[flags])
            keys.append(to[codes.packed[flags]])
    row, key = np.concatenate(rows), np.concatenate(keys)
    order = np.lexsort((key, row))
    counts: Array = ragged.run_counts(row[order], key[order], n)
    return counts


def _single(value: Value) -> Value:
    return value[0] if isinstance(value, tuple) and value[1] is None else value
