"""Arithmetic over columns against Python's own fractions, with numbers on both sides of what 64 bits hold."""

from __future__ import annotations

import datetime as dt
import math
import operator
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from isfdsl.columnar import output, totals
from isfdsl.columnar.numbers import day_number, micro_number
from isfdsl.columnar.operations import compared
from isfdsl.columnar.points import MoneyColumns
from isfdsl.columnar.segments import Segments, aggregated
from isfdsl.columnar.shares import ONE, apportioned
from isfdsl.columnar.vectors import (
    Array,
    Bools,
    Days,
    Lists,
    Nums,
    Texts,
    Vec,
    add,
    assemble,
    compare_numbers,
    divide,
    in_units,
    missing_like,
    multiply,
    narrow,
    overwritten,
    rounded,
    subtract,
    there,
)
from isfdsl.columnar.words import Words, merged
from isfdsl.values import apportion, round_half_away

_OPS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
_SIZES = (0, 1, 2, 5, 15, 25, 999, 10**6, 2**31, 2**53 + 1, 10**17, 2**61, 2**62 - 1, 2**62)
_LARGER = (2**62 + 1, 2**63, 10**25)


def _int(rng: random.Random, *, wide: bool) -> int:
    size = rng.choice((*_SIZES, *_LARGER) if wide else _SIZES[: rng.choice((4, 9, len(_SIZES)))])
    return rng.choice((-1, 1)) * max(0, size - rng.randrange(3))


def numbers(rng: random.Random, n: int) -> Nums:
    """A column as the engine could have made it."""
    wide = rng.random() < 0.2
    v = [_int(rng, wide=wide) for _ in range(n)]
    dtype = object if any(abs(x) > 2**62 for x in v) or rng.random() < 0.1 else np.int64
    den: Any = rng.choice((1, 1, 2, 7, 10**6, 10**9))
    if rng.random() < 0.2:
        den = np.array([rng.choice((1, 3, 7, 10**9)) for _ in range(n)], object)
    present = None if rng.random() < 0.5 else np.array([rng.random() < 0.8 for _ in range(n)], bool)
    return Nums(np.array(v, dtype), den, present)


def fractions_of(v: Nums) -> list[Fraction | None]:
    """The same as fractions."""
    dens = [v.den] * len(v) if isinstance(v.den, int) else list(v.den)
    there = [True] * len(v) if v.present is None else v.present.tolist()
    return [Fraction(int(t), int(d)) if p else None for t, d, p in zip(v.v, dens, there, strict=True)]


def _each(op: Callable[[Any, Any], Any], a: list[Any], b: list[Any]) -> list[Any]:
    return [None if x is None or y is None else op(x, y) for x, y in zip(a, b, strict=True)]


@given(st.integers(0, 2**32))
def test_arithmetic_is_exact(seed: int) -> None:
    rng = random.Random(seed)
    n = rng.randrange(1, 6)
    a, b = numbers(rng, n), numbers(rng, n)
    x, y = fractions_of(a), fractions_of(b)
    assert fractions_of(add(a, b)) == _each(operator.add, x, y)
    assert fractions_of(subtract(a, b)) == _each(operator.sub, x, y)
    assert fractions_of(multiply(a, b)) == _each(operator.mul, x, y)
    assert fractions_of(divide(a, b)) == _each(lambda p, q: None if q == 0 else p / q, x, y)
    present = [p is not None and q is not None for p, q in zip(x, y, strict=True)]
    for op, same in _OPS.items():
        found = compare_numbers(op, a, b) & np.array(present)
        assert found.tolist() == [bool(s) for s in _each(same, x, y)]
    digits = rng.randrange(0, 7)
    wanted = [None if f is None else Fraction(round_half_away(f, digits)) * 10**digits for f in x]
    got = [int(r) if f is not None else None for r, f in zip(narrow(rounded(a, digits)), x, strict=True)]
    assert got == wanted


@given(st.integers(0, 2**32))
def test_halves_go_away_from_zero(seed: int) -> None:
    rng = random.Random(seed)
    den = rng.choice((2, 4, 20, 200, 2000, 2 * 10**9, 6))
    v = np.array([rng.randrange(-3 * den, 3 * den) for _ in range(8)] + [den // 2, -(den // 2), 3 * den // 2], np.int64)
    for dtype in (np.int64, object):
        for digits in (0, 1, 3):
            found = rounded(Nums(v.astype(dtype), den), digits).tolist()
            assert found == [int(Fraction(round_half_away(Fraction(int(t), den), digits)) * 10**digits) for t in v]


def _pieces(rng: random.Random, kind: str, n: int) -> tuple[Vec, list[Any]]:
    there = [rng.random() < 0.7 for _ in range(n)]
    present = np.array(there, bool)
    if kind == "tall":
        column = numbers(rng, n)
        return column, fractions_of(column)
    if kind == "dager":
        moment = rng.random() < 0.5
        start = dt.datetime(1969, 12, 30)
        days = [start + dt.timedelta(days=rng.randrange(9), hours=rng.randrange(24) * moment) for _ in range(n)]
        own = np.array([micro_number(d) if moment else day_number(d.date()) for d in days], np.int64)
        return Days(own, present, moment), [micro_number(d) if p else None for d, p in zip(days, there, strict=True)]
    if kind == "ja_nei":
        flags = [rng.random() < 0.5 for _ in range(n)]
        return Bools(np.array(flags, bool), present), [f if p else None for f, p in zip(flags, there, strict=True)]
    words = Words(rng.sample("abcdef", 4))
    if kind == "tekster":
        ids = [rng.randrange(4) if p else -1 for p in there]
        return Texts(np.array(ids, np.int32), words), [None if i < 0 else words.values[i] for i in ids]
    own_lists = [[rng.randrange(4) for _ in range(rng.randrange(3))] for _ in range(n)]
    order = rng.sample(range(n), n)  # rows need not lie in order
    flat = [w for i in order for w in own_lists[i]] + [0] * rng.randrange(2)
    start_of, at = {}, 0
    for i in order:
        start_of[i], at = at, at + len(own_lists[i])
    starts = np.array([start_of[i] for i in range(n)], np.int64)
    column_ = Lists(starts, np.array([len(o) for o in own_lists], np.int64), np.array(flat, np.int32), words)
    return column_, [tuple(words.values[w] for w in o) for o in own_lists]


def _values(v: Vec) -> list[Any]:
    there = [True] * len(v) if v.present is None else np.asarray(v.present).tolist()
    match v:
        case Nums():
            return list(fractions_of(v))
        case Days():
            return [int(m) if p else None for m, p in zip(v.micros, there, strict=True)]
        case Bools():
            return [bool(b) if p else None for b, p in zip(v.v, there, strict=True)]
        case Texts():
            return [v.words.values[i] if i >= 0 else None for i in v.v]
        case Lists():
            ends = np.cumsum(v.size)
            return [
                tuple(v.words.values[w] for w in v.packed[e - s : e])
                for s, e in zip(v.size.tolist(), ends, strict=True)
            ]


@given(st.integers(0, 2**32), st.sampled_from(["tall", "dager", "ja_nei", "tekster", "lister"]))
def test_pieces_make_a_column(seed: int, kind: str) -> None:
    """Rows of several pieces in any order; those that no piece has are missing."""
    rng = random.Random(seed)
    n = rng.randrange(1, 9)
    rows = rng.sample(range(n), rng.choice((n, rng.randrange(n + 1))))
    cut = rng.choice((0, len(rows), rng.randrange(len(rows) + 1)))
    wanted: list[Any] = [() if kind == "lister" else None] * n
    parts = []
    for own in (rows[:cut], rows[cut:]):
        column, values = _pieces(rng, kind, len(own))
        assert _values(column) == values
        parts.append((np.array(own, np.int64), column))
        for row, value in zip(own, values, strict=True):
            wanted[row] = value
    if any(isinstance(c, Days) and c.moment for _, c in parts) or kind != "dager":
        assert _values(assemble(n, parts)) == wanted


@given(st.integers(0, 2**32), st.sampled_from(["tall", "dager", "ja_nei", "tekster", "lister"]), st.booleans())
def test_some_rows_are_overwritten(seed: int, kind: str, alike: bool) -> None:
    """Also when the two say it in other words, over another denominator, or as days and moments."""
    rng = random.Random(seed)
    n = rng.randrange(1, 9)
    rows = sorted(rng.sample(range(n), rng.randrange(n + 1)))
    whole, wanted = _pieces(rng, kind, n + len(rows))
    own, values = whole.take(np.arange(n)), whole.take(np.arange(n, n + len(rows)))
    if isinstance(values, Lists):
        values = Lists(np.cumsum(values.size) - values.size, values.size, values.packed, values.words)
    if not alike:
        values, wanted[n:] = _pieces(rng, kind, len(rows))
        if isinstance(own, Days) and isinstance(values, Days) and own.moment != values.moment:
            return
    for column in (own, values):
        if isinstance(column, Days | Bools) and there(column).all():
            column.present = None
    for row, value in zip(rows, wanted[n:], strict=True):
        wanted[row] = value
    assert _values(overwritten(own, np.array(rows, np.int64), values)) == wanted[:n]


@given(st.integers(0, 2**32))
def test_aggregates(seed: int) -> None:
    rng = random.Random(seed)
    n = rng.randrange(1, 10)
    number = np.array([*range(3), *(rng.randrange(3) for _ in range(n))][:n])
    groups = int(number.max()) + 1
    members = np.array(rng.sample(range(n), n))
    segments = Segments.of(members, number, groups)
    of = [[int(m) for m, g in zip(members, number, strict=True) if g == k] for k in range(groups)]
    for kind in ("tall", "dager"):
        column, values = _pieces(rng, kind, n)
        if isinstance(column, Nums) and not isinstance(column.den, int):
            continue
        own = [[values[m] for m in ms if values[m] is not None] for ms in of]
        assert _values(aggregated("minste", column, segments, False)) == [min(o, default=None) for o in own]
        assert _values(aggregated("største", column, segments, False)) == [max(o, default=None) for o in own]
        assert _values(aggregated("siste", column, segments, False)) == [values[ms[-1]] for ms in of]
        if isinstance(column, Nums):
            assert _values(aggregated("sum", column, segments, False)) == [sum(o) if o else None for o in own]
    column, values = _pieces(rng, "lister", n)
    joined = [tuple(x for m in ms for x in values[m]) for ms in of]
    assert _values(aggregated("alle", column, segments, True)) == joined


@given(st.integers(0, 2**32))
def test_shares_are_those_of_the_reference(seed: int) -> None:
    rng = random.Random(seed)
    sizes = [rng.randrange(1, 6) for _ in range(rng.randrange(1, 4))]
    large = rng.random() < 0.3
    weights = [rng.choice((0, 0, 1, 1, 2, 3, 333, 10**9, -1 if rng.random() < 0.1 else 7)) for _ in range(sum(sizes))]
    weights = [w * 4 * 10**9 if large else w for w in weights]
    places = np.array(rng.sample(range(len(weights)), len(weights)))
    size = np.array(sizes, np.int64)
    members = Segments(places, np.cumsum(size) - size, size)
    known = np.array([rng.random() < 0.9 for _ in sizes], bool)
    share, has = np.zeros(len(weights), np.int64), np.zeros(len(weights), bool)
    apportioned(np.array(weights, np.int64), members, known, share, has)
    at = 0
    for n, here in zip(sizes, known.tolist(), strict=True):
        own = places[at : at + n].tolist()
        at += n
        wanted = apportion([Fraction(weights[i]) for i in own]) if here else None
        assert [bool(has[i]) for i in own] == [wanted is not None] * n
        if wanted is not None:
            assert [Fraction(int(share[i]), ONE) for i in own] == [Fraction(w) for w in wanted]


@given(st.integers(0, 2**32))
def test_whole_units(seed: int) -> None:
    """What does not come out even is cut off, and said."""
    rng = random.Random(seed)
    n = rng.randrange(0, 6)
    a = numbers(rng, n)
    if rng.random() < 0.2:
        a = Nums(a.v, 3**45, a.present)
    up = rng.choice((1, 7, 100, 10**6))
    v, uneven = in_units(a, up)
    own = fractions_of(Nums(a.v, a.den))
    assert [int(x) for x in v] == [math.floor(f * up) for f in own if f is not None]
    assert (uneven.tolist() if uneven is not None else [False] * n) == [f * up % 1 != 0 for f in own if f is not None]


def test_halves_of_a_large_denominator() -> None:
    for den in (2**61 - 1, 2**62 - 2, 3**45):
        for half in (den // 2 - 1, den // 2, den // 2 + 1, -den // 2, den + den // 2 + 1):
            for digits in (0, 3):
                dtype = np.int64 if abs(half) < 2**62 else object
                found = rounded(Nums(np.array([half, 0, 1], dtype), den), digits)
                wanted = [Fraction(round_half_away(Fraction(x, den), digits)) * 10**digits for x in (half, 0, 1)]
                assert [int(x) for x in found] == wanted


def test_texts_compare_by_what_they_are() -> None:
    """Of one dictionary or of two; what is missing is neither equal to anything nor before it."""
    one, other = Words(["b", "a", "æ", "B"]), Words(["æ", "c", "a"])
    a, b = (
        Texts(np.array([0, 1, 2, 3, -1, 2, 1], np.int32), one),
        Texts(np.array([1, 2, 0, 2, 0, -1, 0], np.int32), other),
    )
    for right in (b, Texts(a.v[::-1].copy(), one)):
        for op, same in _OPS.items():
            wanted = [bool(w) for w in _each(same, _values(a), _values(right))]
            assert compared(op, a, right).tolist() == wanted


def test_what_is_missing_is_not_yes() -> None:
    """Whatever stands in the place of what is missing, as in a file."""
    own = Bools(np.array([True, True, False, False]), np.array([True, False, True, False]))
    assert own.true.tolist() == [True, False, False, False]
    assert own.take(np.array([1, 0])).true.tolist() == [False, True]
    assert Bools(own.v).true.tolist() == own.v.tolist()
    for op, wanted in (("=", [True, False, False, False]), ("!=", [False, False, True, False])):
        assert compared(op, own, Bools(np.ones(4, bool))).tolist() == wanted


def test_dictionaries_become_one() -> None:
    """What is missing stays so; one that stands several times is its own answer."""
    one, other = Words(["a", "b", ("c", None)]), Words([("c", None), "d", "a"])
    for parts in ([one], [one, one], [one, other], [other, one, other], [Words(), one], [Words()]):
        whole, maps = merged(parts)
        assert len(maps) == len(parts)
        for words, to in zip(parts, maps, strict=True):
            assert [whole.values[i] for i in to[:-1]] == words.values
            assert to[-1] == -1


def _nothings(n: int) -> list[Vec]:
    """A column of each kind with nothing in it."""
    words = Words(["a", "b"])
    kinds: list[Vec] = [
        Nums(np.ones(1, np.int64)), Days(np.ones(1, np.int64)), Days(np.ones(1, np.int64), None, True),
        Bools(np.ones(1, bool)), Texts(np.zeros(1, np.int32), words),
        Lists(np.zeros(1, np.int64), np.ones(1, np.int64), np.zeros(1, np.int32), words),
    ]  # fmt: skip
    return [missing_like(v, n) for v in (None, *kinds)]


def test_what_is_missing_has_any_kind() -> None:
    """Nothing of one kind beside values of another, or beside nothing of another."""
    rng = random.Random(7)
    for nothing in _nothings(3):
        empty: list[Any] = [() if isinstance(nothing, Lists) else None] * 3
        assert _values(nothing) == _values(nothing.take(np.array([2, 1, 0]))) == empty
        assert not there(nothing).any()
        for other in _nothings(2):
            both_ = assemble(6, [(np.array([0, 2, 4]), nothing), (np.array([1, 3]), other)])
            assert not there(both_).any()
            assert len(both_) == 6
        for kind in ("tall", "dager", "ja_nei", "tekster", "lister"):
            column, values = _pieces(rng, kind, 3)
            if not there(column).any():
                continue
            wanted: list[Any] = [() if kind == "lister" else None] * 7
            wanted[1], wanted[3], wanted[6] = values
            for parts in ([1, 0], [0, 1]):
                given_: list[tuple[Array, Vec]] = [(np.array([1, 3, 6]), column), (np.array([0, 2, 4]), nothing)]
                assert _values(assemble(7, [given_[i] for i in parts])) == wanted
    assert _values(assemble(2, [])) == [None, None]
    assert _values(assemble(2, [(np.array([], np.int64), Bools(np.zeros(0, bool)))])) == [None, None]


def test_sums_of_any_size_are_exact() -> None:
    rng = random.Random(1)
    for points, money in ((10**6, 10**7), (2**61, 5), (7, 2**61)):
        number = np.array([rng.randrange(-1, 3) for _ in range(40)])
        own: list[Array] = [np.array([rng.randrange(-m, m + 1) for _ in number], np.int64) for m in (points, money)]
        flags = [np.array([rng.random() < 0.5 for _ in number], bool) for _ in range(3)]
        money_of = MoneyColumns(own[1], flags[1], number, 100)
        found = dict(totals._Sums(Nums(own[0], 10**6, flags[0]), money_of, flags[2]).by(number, 3))
        for group in range(4):
            mine = np.flatnonzero(number == (group if group < 3 else -1))
            wanted = [
                len(mine), *(sum(int(v) for v in o[mine][f[mine]]) for o, f in zip(own, flags, strict=False)),
                int((~flags[0][mine]).sum()),
                int((~flags[1][mine]).sum()), int(flags[2][mine].sum()),
            ]  # fmt: skip
            row = found[group]
            assert [row.antall, row.poeng, row.refusjon, row.uten_poeng, row.uten_refusjon, row.antatt] == wanted


def test_decimals_as_arrow() -> None:
    def shown(v: Array, has: Array | None) -> Any:
        return output.decimals(Nums(v, 10**6, has), 6, "opphold", "poeng", set())

    v = np.array([0, 1, -1, 999_999, -(10**15), 10**17], np.int64)
    has = np.array([True, True, True, False, True, True])
    for own in (v, v.astype(object)):
        wanted = [Fraction(int(x), 10**6) if h else None for x, h in zip(v, has, strict=True)]
        assert [None if d is None else Fraction(d) for d in shown(own, has).to_pylist()] == wanted
        assert shown(own, None).null_count == 0
