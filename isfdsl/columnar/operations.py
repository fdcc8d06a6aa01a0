"""What compiled expressions are put together from: tests in turn, comparisons, sums, columns as codes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from isfdsl.columnar.codes import Codes
from isfdsl.columnar.frame import Frame, Rows
from isfdsl.columnar.vectors import (
    Array,
    Bools,
    Days,
    Lists,
    Nums,
    Texts,
    Vec,
    assemble,
    both,
    compare,
    compare_numbers,
    constant_number,
    missing_like,
)
from isfdsl.columnar.words import Value, Words
from isfdsl.program.types import CodeType, ListType, Type
from isfdsl.syntax import ast

Evaluate = Callable[[Frame, Rows], Vec]
Test = Callable[[Frame, Rows], Array]


def compared(op: str, a: Vec, b: Vec) -> Array:
    """A comparison row by row; false where either side is missing."""
    n = len(a)
    present = both(a.present, b.present)
    if isinstance(a, Nums) and isinstance(b, Nums):
        found = compare_numbers(op, a, b)
    elif isinstance(a, Days) and isinstance(b, Days):
        # A moment meets a day: the day decides.
        found = compare(op, a.v, b.v) if a.moment == b.moment else compare(op, a.days, b.days)
    elif isinstance(a, Bools) and isinstance(b, Bools):
        found = compare(op, a.v, b.v)
    elif isinstance(a, Texts) and isinstance(b, Texts):
        found = _compare_texts(op, a, b)
    else:
        return np.zeros(n, bool)
    return found if present is None else found & present


def _compare_texts(op: str, a: Texts, b: Texts) -> Array:
    whole = assemble(len(a) + len(b), [(np.arange(len(a)), a), (np.arange(len(b)) + len(a), b)])
    assert isinstance(whole, Texts)
    ids = whole.v
    if op not in ("=", "!="):
        rank = np.empty(len(whole.words) + 1, np.int64)
        rank[np.array(sorted(range(len(whole.words)), key=lambda i: str(whole.words.values[i])), int)] = np.arange(
            len(whole.words)
        )
        ids = rank[ids]
    return compare(op, ids[: len(a)], ids[len(a) :])


def in_turn(tests: list[Test], *, go_on: bool) -> Test:
    """Tests one after the other, each on the rows where the ones before said ``go_on``."""

    def every(f: Frame, r: Rows) -> Array:
        found = tests[0](f, r)
        if len(tests) == 1:
            return found
        out, place = found.copy(), None
        for test in tests[1:]:
            going = np.flatnonzero(found if go_on else ~found)
            if len(going) == 0:
                break
            place = going if place is None else place[going]
            found = test(f, r if len(place) == len(out) else place if r is None else r[place])
            out[place] = found
        return out

    return every


def quantity_test(quantity: str, count: int, counted: Test) -> Test:
    if quantity == "minst":
        return lambda f, r: counted(f, r) >= count
    if quantity == "høyst":
        return lambda f, r: counted(f, r) <= count
    return lambda f, r: counted(f, r) == count


def numbers_of(v: Vec, n: int) -> Nums:
    return v if isinstance(v, Nums) else Nums(np.zeros(n, np.int64), 1, np.zeros(n, bool))


def folded(
    parts: list[tuple[bool, Evaluate]],
    start: int,
    plain: Callable[[Nums, Nums], Nums],
    other: Callable[[Nums, Nums], Nums],
) -> Evaluate:
    def total(f: Frame, r: Rows) -> Vec:
        n = f.count(r)
        out: Nums | None = None
        for turned, part in parts:
            value = numbers_of(part(f, r), n)
            if out is None and not turned:
                out = value
            else:
                out = (other if turned else plain)(out or constant_number(start, n), value)
        return out or constant_number(start, n)

    return total


def strict(function: Callable[..., Vec], arguments: list[Evaluate]) -> Evaluate:
    def call(f: Frame, r: Rows) -> Vec:
        values = [a(f, r) for a in arguments]
        if any(v.present is not None and not v.present.any() for v in values):
            return missing_like(None, f.count(r))
        return function(*values)

    return call


def constant_day(value: int | None, moment: bool) -> Evaluate:
    if value is None:
        return lambda f, r: missing_like(Days(np.zeros(0, np.int64), None, moment), f.count(r))
    return lambda f, r: Days(np.full(f.count(r), value, np.int64), None, moment)


def codes_of(value: Evaluate) -> Callable[[Frame, Rows], Codes]:
    nothing = Words()

    def codes(f: Frame, r: Rows) -> Codes:
        found = value(f, r)
        if isinstance(found, (Texts, Lists)):
            return found
        return Texts(np.full(f.count(r), -1, np.int32), nothing)

    return codes


def everything(codes: Codes) -> Array:
    return codes.v >= 0 if isinstance(codes, Texts) else np.ones(len(codes.packed), bool)


def as_lists(codes: Codes) -> Lists:
    if isinstance(codes, Lists):
        return codes
    size = (codes.v >= 0).astype(np.int64)
    return Lists(np.arange(len(codes), dtype=np.int64), size, codes.v, codes.words)


def one_after_the_other(fetched: list[Lists]) -> list[tuple[Array, Vec]]:
    out: list[tuple[Array, Vec]] = []
    at = 0
    for codes in fetched:
        out.append((np.arange(at, at + len(codes.packed)), Texts(codes.packed, codes.words)))
        at += len(codes.packed)
    return out


def translated(value: Evaluate, to_what: dict[str, str], words: Words) -> Evaluate:
    """Texts by way of a dictionary; what is not in it is missing."""

    def say(v: Value) -> int:
        found = to_what.get(v) if isinstance(v, str) else None
        return 0 if found is None else words.add(found) + 1

    def translate(f: Frame, r: Rows) -> Vec:
        found = value(f, r)
        if not isinstance(found, Texts):
            return Texts(np.full(f.count(r), -1, np.int32), words)
        table = found.words.table(("translated", id(words)), np.int32, say, keep=words)
        return Texts(table[found.v] - 1, words)

    return translate


def targets_of(rules: tuple[tuple[str, ast.Expr], ...]) -> list[str]:
    return list(dict.fromkeys(target for target, _ in rules))


def group_of(f: Frame, r: Rows) -> Vec:
    if f.group is None:
        return Texts(np.full(f.count(r), -1, np.int32), Words())
    return f.group if r is None else f.group.take(r)


def points_of_row(f: Frame, r: Rows) -> Vec:
    if f.points is None:
        return missing_like(None, f.count(r))
    return f.points if r is None else f.points.take(r)


def code_type(found: Type | None) -> CodeType | None:
    if isinstance(found, ListType):
        found = found.item
    return found if isinstance(found, CodeType) else None
