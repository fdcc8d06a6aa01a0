"""Columns of values, one class per kind: exact numbers, days, moments, yes/no, texts and lists of texts.

Every class has ``take`` (rows by number) and ``present`` (``None``: no row is missing). Numbers are whole numbers over
a denominator, 64 bits wide as long as that is certain to be enough, else Python's own; never floats.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from attrs import define, field

from isfdsl.columnar import ragged
from isfdsl.columnar.words import Words, merged

Array = np.ndarray[Any, Any]
Mask = Array | None
"""Which rows have a value; ``None``: all."""

ROOM = 2**62
"""No number of 64 bits grows beyond this."""


def both(a: Mask, b: Mask) -> Mask:
    """Rows that have a value in both."""
    if a is None:
        return b
    return a if b is None else a & b


def bound_of(v: Array) -> int:
    """A number that no element exceeds in size."""
    if len(v) == 0:
        return 0
    return max(abs(int(v.max())), abs(int(v.min())))


def wide(v: Array) -> Array:
    """The same whole numbers without a limit of size."""
    return v if v.dtype == object else v.astype(object)


def times(a: Array, b: Array | int) -> Array:
    """The exact product, element by element."""
    if isinstance(b, int):
        if b == 1:
            return a
        size = max(bound_of(a), 1) * abs(b)  # the factor itself must have room
    else:
        size = bound_of(a) * bound_of(b)
    if a.dtype == object or (not isinstance(b, int) and b.dtype == object) or size > ROOM:
        return wide(a) * (b if isinstance(b, int) else wide(b))
    return a * b


def plus(a: Array, b: Array) -> Array:
    """The exact sum, element by element."""
    if a.dtype == object or b.dtype == object or bound_of(a) + bound_of(b) > ROOM:
        return wide(a) + wide(b)
    return a + b


@define(eq=False, slots=False)
class Nums:
    """Numbers ``v / den``; ``den`` is a positive whole number, or one per row after a division by a column."""

    v: Array
    den: int | Array = 1
    present: Mask = None

    def __len__(self) -> int:
        return len(self.v)

    def take(self, rows: Array) -> Nums:
        """Some rows."""
        den = self.den if isinstance(self.den, int) else self.den[rows]
        return Nums(self.v[rows], den, None if self.present is None else self.present[rows])


@define(eq=False, slots=False)
class Days:
    """Calendar days since 1970-01-01 (int64), or moments in microseconds since then when ``moment``."""

    v: Array
    present: Mask = None
    moment: bool = False

    def __len__(self) -> int:
        return len(self.v)

    def take(self, rows: Array) -> Days:
        """Some rows."""
        return Days(self.v[rows], None if self.present is None else self.present[rows], self.moment)

    @cached_property
    def days(self) -> Array:
        """The calendar day of each."""
        return np.floor_divide(self.v.astype(np.int64, copy=False), 86_400_000_000) if self.moment else self.v

    @cached_property
    def micros(self) -> Array:
        """The moment of each; a day is its midnight."""
        return self.v if self.moment else self.v.astype(np.int64, copy=False) * 86_400_000_000


@define(eq=False, slots=False)
class Bools:
    """Yes or no."""

    v: Array
    present: Mask = None

    def __len__(self) -> int:
        return len(self.v)

    def take(self, rows: Array) -> Bools:
        """Some rows."""
        return Bools(self.v[rows], None if self.present is None else self.present[rows])

    @property
    def true(self) -> Array:
        """Where it is yes; missing is not."""
        return self.v if self.present is None else self.v & self.present


@define(eq=False, slots=False)
class Texts:
    """Texts, codes or pairs: numbers into ``words``, -1 where missing."""

    v: Array
    words: Words

    def __len__(self) -> int:
        return len(self.v)

    def take(self, rows: Array) -> Texts:
        """Some rows."""
        return Texts(self.v[rows], self.words)

    @property
    def present(self) -> Mask:
        """Where there is one."""
        return self.v >= 0


@define(eq=False, slots=False)
class Lists:
    """Lists of texts, codes or pairs: row i is ``flat[start[i] : start[i] + size[i]]``. An empty list is no value."""

    start: Array
    size: Array
    flat: Array
    words: Words = field()

    def __len__(self) -> int:
        return len(self.start)

    def take(self, rows: Array) -> Lists:
        """Some rows; the flat values stay where they are."""
        return Lists(self.start[rows], self.size[rows], self.flat, self.words)

    @property
    def present(self) -> Mask:
        """Where the list has something in it."""
        return self.size > 0

    @cached_property
    def packed(self) -> Array:
        """The values of all rows, one row after the other."""
        total = int(self.size.sum())
        if total == len(self.flat) and bool((self.start == np.cumsum(self.size) - self.size).all()):
            return self.flat
        return ragged.gathered(self.start, self.size, self.flat, total)

    @cached_property
    def row_of(self) -> Array:
        """The row of each value of ``packed``."""
        return np.repeat(np.arange(len(self.size)), self.size)


Vec = Nums | Days | Bools | Texts | Lists


def there(v: Vec) -> Array:
    """Which rows have a value, as a mask of all rows."""
    p = v.present
    return np.ones(len(v), bool) if p is None else np.asarray(p)


def shared_den(a: int | Array, b: int | Array) -> tuple[int | Array, int | Array, int | Array]:
    """A common denominator and what each side is multiplied by to get it."""
    if isinstance(a, int) and isinstance(b, int):
        den = math.lcm(a, b)
        return den, den // a, den // b
    whole_a, whole_b = (x if not isinstance(x, int) else np.full(1, x, dtype=object) for x in (a, b))
    return times(*np.broadcast_arrays(wide(whole_a), wide(whole_b))), b, a


def add(a: Nums, b: Nums) -> Nums:
    """The exact sum."""
    den, left, right = shared_den(a.den, b.den)
    return Nums(plus(times(a.v, left), times(b.v, right)), den, both(a.present, b.present))


def negative(a: Nums) -> Nums:
    """With the other sign."""
    return Nums(-a.v, a.den, a.present)


def subtract(a: Nums, b: Nums) -> Nums:
    """The exact difference."""
    return add(a, negative(b))


def multiply(a: Nums, b: Nums) -> Nums:
    """The exact product."""
    den: int | Array
    if isinstance(a.den, int) and isinstance(b.den, int):
        den = a.den * b.den
    else:
        den = np.broadcast_to(np.asarray(a.den, dtype=object) * np.asarray(b.den, dtype=object), a.v.shape)
    return Nums(times(a.v, b.v), den, both(a.present, b.present))


def divide(a: Nums, b: Nums) -> Nums:
    """The exact quotient; missing where the divisor is zero."""
    zero = b.v == 0
    safe = np.where(zero, 1, b.v)
    sign = np.where(safe < 0, -1, 1)
    top = wide(a.v) * wide(np.asarray(b.den)) * wide(sign)
    den = wide(np.abs(safe)) * wide(np.asarray(a.den))
    common = np.gcd(top, den) if len(top) else den
    present = both(both(a.present, b.present), ~zero.astype(bool))
    return Nums(top // common, den // common, present)


def compare(op: str, a: Array, b: Array) -> Array:
    """One of the six comparisons, element by element."""
    match op:
        case "=":
            found = a == b
        case "!=":
            found = a != b
        case "<":
            found = a < b
        case ">":
            found = a > b
        case "<=":
            found = a <= b
        case _:
            found = a >= b
    flags: Array = found.astype(bool)
    return flags


def compare_numbers(op: str, a: Nums, b: Nums) -> Array:
    """The comparison of two columns of numbers, missing not looked at."""
    _, left, right = shared_den(a.den, b.den)
    return compare(op, times(a.v, left), times(b.v, right))


def rounded(a: Nums, digits: int) -> Array:
    """Half away from zero, as whole numbers of 10**-digits."""
    v, den = a.v, a.den
    if isinstance(den, int) and v.dtype != object:
        up = 10**digits
        common = math.gcd(up, den)
        up, den = up // common, den // common
        if den == 1:
            return times(v, up)
        if bound_of(v) * up * 2 + den <= ROOM:
            found: Array = ragged.rounded(v, up, den)
            return found
    v = wide(times(v, 10**digits))
    den = a.den if isinstance(a.den, int) else wide(np.asarray(a.den))
    size_of = np.abs(v)
    whole = (2 * size_of + den) // (2 * den)
    return narrow(np.where(v < 0, -whole, whole))


def in_units(a: Nums, up: int) -> tuple[Array, Mask]:
    """Numbers as whole numbers of ``1 / up``, and which of them come out uneven (cut off; ``None``: none can)."""
    if not isinstance(a.den, int):
        top = times(a.v, up)
        return narrow(wide(top) // wide(a.den)), (wide(top) % wide(a.den) != 0).astype(bool)
    common = math.gcd(up, a.den)
    v, below = times(a.v, up // common), a.den // common
    if below == 1:
        return v, None
    if below > ROOM:
        v = wide(v)
    return narrow(v // below), (v % below != 0).astype(bool)


def narrow(v: Array) -> Array:
    """64 bits wide when that is enough."""
    if v.dtype == object and bound_of(v) <= ROOM:
        return v.astype(np.int64)
    return v


def constant_number(value: Any, n: int) -> Nums:
    """The same exact number in every row: an ``int``, ``Decimal`` or ``Fraction``."""
    top, den = value.as_integer_ratio()
    dtype = np.int64 if abs(top) <= ROOM else object
    return Nums(np.full(n, top, dtype=dtype), den)


def numbers_at(n: int, at: Sequence[int], values: Sequence[Any]) -> Nums:
    """Exact numbers in some of ``n`` rows; there is none in the others."""
    ratios = [v.as_integer_ratio() for v in values]
    den = math.lcm(*(d for _, d in ratios))
    tops = [top * (den // d) for top, d in ratios]
    out = np.zeros(n, np.int64 if all(abs(top) <= ROOM for top in tops) else object)
    present = np.zeros(n, bool)
    out[at], present[at] = tops, True
    return Nums(out, den, present)


def nowhere(n: int) -> Days:
    """No day in any row."""
    return Days(np.zeros(n, np.int64), np.zeros(n, bool))


def missing_like(v: Vec | None, n: int) -> Vec:
    """A column of the same kind with nothing in it."""
    nothing = np.zeros(n, bool)
    match v:
        case Days(moment=moment):
            return Days(np.zeros(n, np.int64), nothing, moment)
        case Bools():
            return Bools(np.zeros(n, bool), nothing)
        case Texts(words=words):
            return Texts(np.full(n, -1, np.int32), words)
        case Lists(words=words):
            return Lists(np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(0, np.int32), words)
        case _:
            return Nums(np.zeros(n, np.int64), 1, nothing)


def assemble(n: int, parts: Sequence[tuple[Array, Vec]]) -> Vec:
    """One column of ``n`` rows from pieces: (rows, their values). Rows that no piece has are missing."""
    filled = [(rows, v) for rows, v in parts if len(rows)]
    if not filled:
        return missing_like(parts[0][1] if parts else None, n)
    if len(filled) == 1 and len(filled[0][0]) == n:
        rows, only = filled[0]
        return only.take(np.argsort(rows)) if not bool((rows[1:] > rows[:-1]).all()) else only
    kinds = {type(v) for _, v in filled}
    if len(kinds) > 1:  # a constant «missing» has no kind of its own
        filled = [(rows, v) for rows, v in filled if not _is_nothing(v)]
        if not filled:
            return missing_like(parts[0][1], n)
    first = filled[0][1]
    present = np.zeros(n, bool)
    for rows, v in filled:
        p = v.present
        present[rows] = True if p is None else p
    match first:
        case Nums():
            return _assemble_numbers(n, filled, present)
        case Days():
            moment = any(v.moment for _, v in filled)  # type: ignore[union-attr]
            out = np.zeros(n, np.int64)
            for rows, v in filled:
                out[rows] = v.micros if moment else v.days  # type: ignore[union-attr]
            return Days(out, present, moment)
        case Bools():
            flags = np.zeros(n, bool)
            for rows, v in filled:
                flags[rows] = v.v  # type: ignore[union-attr]
            return Bools(flags, present)
        case Texts():
            words, maps = merged([v.words for _, v in filled])  # type: ignore[union-attr]
            ids = np.full(n, -1, np.int32)
            for (rows, v), to in zip(filled, maps, strict=True):
                ids[rows] = v.v if v.words is words else to[v.v]  # type: ignore[union-attr]
            return Texts(ids, words)
        case Lists():
            return _assemble_lists(n, filled)


def overwritten(own: Vec, rows: Array, v: Vec) -> Vec:
    """A column of the caller's own, which is changed, with other values in some rows."""
    match own, v:
        case (Texts(), Texts()) if own.words is v.words:
            own.v[rows] = v.v
            return own
        case (Lists(), Lists()) if own.words is v.words:
            own.start[rows], own.size[rows] = v.start + len(own.flat), v.size
            return Lists(own.start, own.size, np.concatenate([own.flat, v.flat]), own.words)
        case (Days(), Days()) if own.moment == v.moment:
            own.v[rows] = v.v
            return Days(own.v, _overwritten(own, rows, v), own.moment)
        case (Bools(), Bools()):
            own.v[rows] = v.v
            return Bools(own.v, _overwritten(own, rows, v))
    rest = np.ones(len(own), bool)
    rest[rows] = False
    others = np.flatnonzero(rest)
    return assemble(len(own), [(others, own.take(others)), (rows, v)])


def _overwritten(own: Days | Bools, rows: Array, v: Days | Bools) -> Mask:
    if own.present is None and v.present is None:
        return None
    present = np.ones(len(own), bool) if own.present is None else own.present
    present[rows] = True if v.present is None else v.present
    return present


def _is_nothing(v: Vec) -> bool:
    return v.present is not None and not bool(v.present.any())


def _assemble_numbers(n: int, parts: Sequence[tuple[Array, Any]], present: Array) -> Nums:
    if all(isinstance(v.den, int) for _, v in parts):
        den = math.lcm(*(v.den for _, v in parts))
        scaled = [(rows, times(v.v, den // v.den)) for rows, v in parts]
        dtype = object if any(v.dtype == object for _, v in scaled) else np.int64
        out = np.zeros(n, dtype)
        for rows, v in scaled:
            out[rows] = v
        return Nums(out, den, present)
    tops, dens = np.zeros(n, object), np.ones(n, object)
    for rows, v in parts:
        tops[rows], dens[rows] = v.v, v.den
    return Nums(tops, dens, present)


def _assemble_lists(n: int, parts: Sequence[tuple[Array, Any]]) -> Lists:
    words, maps = merged([v.words for _, v in parts])
    start, size = np.zeros(n, np.int64), np.zeros(n, np.int64)
    flats, at = [], 0
    for (rows, v), to in zip(parts, maps, strict=True):
        start[rows], size[rows] = v.start + at, v.size
        flats.append(v.flat if v.words is words else to[v.flat])
        at += len(v.flat)
    return Lists(start, size, np.concatenate(flats), words)
