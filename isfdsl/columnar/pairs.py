"""Conditions of ``samles når`` over pairs of neighbouring records.

What speaks of one record alone is read from that record, by the rules of its own day; what speaks of both, by those
of the later record's day. A test that speaks of neither must hold for both.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from attrs import define, field

from isfdsl.columnar.epochs import Dated
from isfdsl.columnar.expressions import Compiler
from isfdsl.columnar.frame import Frame
from isfdsl.columnar.numbering import distinct
from isfdsl.columnar.operations import Evaluate, Test, compared
from isfdsl.columnar.plan import EpochPlan
from isfdsl.columnar.vectors import Array, Days, Lists, Nums, Texts, Vec, assemble
from isfdsl.program.conditions import bare, names_in, speaks_of_pair
from isfdsl.syntax import ast


@define(eq=False, slots=False)
class Pairs:
    """Records that may be joined, in order of time, with what has been found out about each."""

    post: str
    records: Dated
    start: Days | None
    _values: dict[int, tuple[ast.Expr, Vec]] = field(factory=dict, init=False)
    _tests: dict[int, tuple[ast.Expr, Array]] = field(factory=dict, init=False)
    _bare: dict[int, tuple[ast.Expr, ast.Expr]] = field(factory=dict, init=False)

    def value(self, e: ast.Expr) -> Vec:
        """An expression about each record."""
        if id(e) not in self._values:
            self._values[id(e)] = (e, self.records.value(e, self.post))
        return self._values[id(e)][1]

    def test(self, e: ast.Expr) -> Array:
        """A condition about each record."""
        if id(e) not in self._tests:
            self._tests[id(e)] = (e, self.records.test(e, self.post))
        return self._tests[id(e)][1]

    def bare(self, e: ast.Expr) -> ast.Expr:
        """The expression without ``neste.`` and ``forrige.``, the same each time."""
        if id(e) not in self._bare:
            self._bare[id(e)] = (e, bare(e))
        return self._bare[id(e)][1]

    def hold(self, e: ast.Expr, first: Array, second: Array) -> Array:
        """Whether a condition holds for pairs of records, given by number."""
        match e:
            case ast.And(parts=parts):
                every: Array = np.logical_and.reduce([self.hold(p, first, second) for p in parts])
                return every
            case ast.Or(parts=parts):
                some: Array = np.logical_or.reduce([self.hold(p, first, second) for p in parts])
                return some
            case ast.Not(operand=operand):
                return ~self.hold(operand, first, second)
            case ast.SameDay():
                if self.start is None:
                    return np.zeros(len(first), bool)
                days = Days(self.start.days, self.start.present)
                return compared("=", days.take(first), days.take(second))
            case ast.Same(operand=operand):
                value = self.value(operand)
                return same(value.take(first), value.take(second))
            case _ if speaks_of_pair(e):
                return self._about_both(e, first, second)
            case _:
                found = self.test(e)
                return found[first] & found[second]

    def _about_both(self, e: ast.Expr, first: Array, second: Array) -> Array:
        out = np.zeros(len(first), bool)
        epochs = self.records.number[second]
        for plan, rows, _ in self.records.parts:
            if not len(rows):
                continue
            own = np.flatnonzero(epochs == self.records.number[rows[0]])
            if len(own):
                compiler = _PairCompiler(plan, self, first[own], second[own])
                out[own] = compiler.test(e)(Frame(self.post, len(own), {}), None)
        return out


class _PairCompiler(Compiler):
    """A compiler whose frame has a row per pair."""

    def __init__(self, plan: EpochPlan, pairs: Pairs, first: Array, second: Array) -> None:
        super().__init__(plan, pairs.post)
        self.pairs = pairs
        self.first = first
        self.second = second

    def _side(self, e: ast.Expr) -> Array | None:
        names = names_in(e)
        if not names:
            return None
        if all(name.startswith("forrige.") for name in names):
            return self.first
        return self.second if not any(name.startswith("forrige.") for name in names) else None

    def _value(self, e: ast.Expr) -> Evaluate:
        side = self._side(e)
        if side is None:
            return super()._value(e)
        whole = self.pairs.value(self.pairs.bare(e))
        return lambda f, r: whole.take(side if r is None else side[r])

    def _test(self, e: ast.Expr) -> Test:
        side = self._side(e)
        if side is None:
            return super()._test(e)
        whole = self.pairs.test(self.pairs.bare(e))
        return lambda f, r: whole[side if r is None else side[r]]


def same(a: Vec, b: Vec) -> Array:
    """Where two values are present and equal; lists are equal value by value, in order."""
    if isinstance(a, Lists) and isinstance(b, Lists):
        return _same_lists(a, b)
    return compared("=", a, b)


def _same_lists(a: Lists, b: Lists) -> Array:
    whole = assemble(len(a) + len(b), [(np.arange(len(a)), a), (np.arange(len(b)) + len(a), b)])
    assert isinstance(whole, Lists)
    keys = key_numbers(whole)
    found: Array = (keys[: len(a)] == keys[len(a) :]) & (a.size > 0)
    return found


def key_numbers(v: Vec) -> Array:
    """Equal numbers for equal values, -1 for missing and empty."""
    present = np.ones(len(v), bool) if v.present is None else np.asarray(v.present)
    key: Any
    match v:
        case Texts():
            key = v.v
        case Lists():
            known: dict[bytes, int] = {}
            packed, end = v.packed.astype(np.int32), np.cumsum(v.size)
            pieces = [packed[e - s : e].tobytes() for s, e in zip(v.size.tolist(), end.tolist(), strict=True)]
            key = np.array([known.setdefault(p, len(known)) for p in pieces], np.int64)
        case Days():
            key = v.micros
        case Nums(den=den) if not isinstance(den, int):
            met: dict[Fraction, int] = {}
            exact = zip(v.v.tolist(), den.tolist(), strict=True)
            key = np.array([met.setdefault(Fraction(top, below), len(met)) for top, below in exact], np.int64)
        case _:
            key = v.v
    _, number = distinct(key)
    return np.where(present, number, -1)
