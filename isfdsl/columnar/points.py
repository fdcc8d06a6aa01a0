"""Points and money over columns: every line by itself, exactly.

Lines are whole numbers of a millionth of a point, sums of a millionth or of what the regelverk rounds to when that is
less, and money of an øre or less. Whether it can be written is asked where it is (``output``).
"""

from __future__ import annotations

import numpy as np
from attrs import define, frozen

from isfdsl.columnar.frame import Frame, Notes, Rows
from isfdsl.columnar.plan import EpochPlan
from isfdsl.columnar.vectors import (
    Array,
    Nums,
    add,
    assemble,
    missing_like,
    narrow,
    negative,
    plus,
    rounded,
    there,
    times,
)
from isfdsl.program.ruleset import STAY, Ruleset
from isfdsl.syntax import ast

SCALE = 6
MILLION = 10**SCALE
COUNTS_NOT, OUTSIDE, REPLACED = 1, 2, 3
LOSSES = (None, "teller_ikke", "utenfor_gyldig", "erstattet")


@define(eq=False)
class PointColumns:
    """The points of stays: the lines in millionths, what they come to (``rounding``, ``lost``, ``value``) in
    ``1 / den``. ``has_base``: the base is known; ``known``: some line is; ``value`` may be missing. ``loss`` indexes
    ``LOSSES``."""

    base: Array
    has_base: Array
    additions: Array
    deductions: Array
    rounding: Array
    lost: Array
    loss: Array
    known: Array
    value: Array
    has_value: Array
    den: int = MILLION

    @property
    def number(self) -> Nums:
        """The points."""
        return Nums(self.value, self.den, self.has_value)


def points_of(plan: EpochPlan, f: Frame, loss: Array, notes: Notes | None) -> PointColumns:
    """The points of the stays of a frame. Notes are kept where nothing is lost or a course replaces the stay."""
    n = f.n
    lost_all = loss != 0
    zero = np.zeros(n, np.int64)
    decl = declaration(plan)
    if decl is None or decl.base is None:
        no = np.zeros(n, bool)
        return PointColumns(zero, no, zero, zero, zero, zero, loss, no, zero, lost_all)
    compiler = plan.compiler(STAY)
    f.notes = Notes() if notes is not None else None
    base_value = _numbers(compiler.value(decl.base)(f, None), n)
    exact = _known_or_zero(base_value)
    unknown = ~there(base_value)
    has_base = ~unknown
    known = has_base.copy()
    base = _or_zero(rounded(base_value, SCALE), base_value)
    sums = {False: zero, True: zero}
    for deducted, item in (*((False, t) for t in decl.additions), *((True, t) for t in decl.deductions)):
        rows = f.rows(None)
        if item.condition is not None:
            rows = np.flatnonzero(compiler.test(item.condition)(f, None))
        if len(rows) == 0:
            continue
        own = _numbers(compiler.value(item.expr)(f, rows), len(rows))
        here = there(own)
        unknown[rows] |= ~here
        known[rows] |= here
        part = assemble(n, [(rows, own)])
        assert isinstance(part, Nums)
        part = _known_or_zero(part)
        exact = add(exact, negative(part) if deducted else part)
        shown = assemble(n, [(rows, Nums(_or_zero(rounded(own, SCALE), own)))])
        assert isinstance(shown, Nums)
        sums[deducted] = shown.v if sums[deducted] is zero else plus(sums[deducted], shown.v)
    if notes is not None and f.notes is not None:
        notes.add_all(f.notes.only((loss == 0) | (loss == REPLACED)))
    f.notes = None
    total = base
    if sums[False] is not zero:
        total = plus(total, sums[False])
    if sums[True] is not zero:
        total = plus(total, -sums[True])
    digits = decl.rounding.digits if decl.rounding is not None else SCALE
    scale = max(SCALE, digits)
    total = times(total, 10 ** (scale - SCALE))
    result = times(rounded(exact, digits), 10 ** (scale - digits))
    plain = ~unknown
    same = result if plain.all() else np.where(plain, result, total)
    gone = bool(lost_all.any())
    lost = np.where(lost_all, same, 0) if gone else zero
    value = same if same is result and not gone else np.where(plain & ~lost_all, result, 0)
    return PointColumns(
        narrow(base),
        has_base,
        narrow(sums[False]),
        narrow(sums[True]),
        narrow(same - total),
        narrow(lost),
        loss,
        known,
        narrow(value),
        plain | lost_all,
        10**scale,
    )


def group_points(weight: Nums, decl: ast.Poeng | None) -> Nums:
    """The points that a weight gives a særtjeneste or a course: rounded when ``decl`` says so."""
    if decl is None or decl.rounding is None:
        return weight
    return Nums(rounded(weight, decl.rounding.digits), 10**decl.rounding.digits, weight.present)


def declaration(plan: EpochPlan) -> ast.Poeng | None:
    """How the points of a stay are made."""
    lineage = plan.epoch.scopes.lineage(STAY)
    return next((d for d in plan.epoch.ruleset.of(ast.Poeng) if d.subject.text in lineage), None)


@define(eq=False)
class MoneyColumns:
    """Kroner in ``1 / den``: øre or less; ``rule`` is the place of the refusjon among all of the ruleset, -1 for
    none."""

    value: Array
    has_value: Array
    rule: Array
    den: int

    @classmethod
    def empty(cls, n: int, rules: Ruleset) -> MoneyColumns:
        """No kroner yet."""
        scale = max([2, *(d.rounding.digits for d in rules.of(ast.Refusjon) if d.rounding is not None)])
        return cls(np.zeros(n, np.int64), np.zeros(n, bool), np.full(n, -1, np.int32), 10**scale)

    @property
    def number(self) -> Nums:
        """The kroner."""
        return Nums(self.value, self.den, self.has_value)

    def put(self, rows: Array, part: MoneyColumns) -> None:
        """The kroner of some rows."""
        for name in ("value", "has_value", "rule"):
            own, more = getattr(self, name), getattr(part, name)
            if more.dtype == object and own.dtype != object:
                own = own.astype(object)
                setattr(self, name, own)
            own[rows] = more


NO_RULE = "ingen refusjonsregel gjelder"


def money_of(plan: EpochPlan, f: Frame, subject: str, notes: Notes | None) -> MoneyColumns:
    """The kroner of each row by its points (``f.points``): the first refusjon for ``subject`` whose condition holds."""
    out = MoneyColumns.empty(f.n, plan.epoch.ruleset)
    everything = plan.epoch.ruleset.of(ast.Refusjon)
    candidates = [
        (i, d) for i, d in enumerate(everything) if not d.subjects or any(s.text == subject for s in d.subjects)
    ]
    if not candidates:
        return out
    assert f.points is not None
    has_points = there(f.points)
    nothing = has_points & (f.points.v == 0)
    compiler = plan.compiler(STAY)
    left = f.rows(None)
    f.notes = Notes() if notes is not None else None
    for place, decl in candidates:
        if decl.condition is None:
            rows, left = left, left[:0]
        else:
            holds = compiler.test(decl.condition)(f, left)
            rows, left = left[holds], left[~holds]
        if len(rows) == 0:
            continue
        value = _numbers(compiler.value(decl.expr)(f, _all_or(f, rows)), len(rows))
        known = there(value)
        digits = decl.rounding.digits if decl.rounding is not None else 2
        kroner = times(rounded(value, digits), out.den // 10**digits)
        rule = np.full(len(rows), place, np.int32)
        part = MoneyColumns(_or_zero(kroner, value), known | nothing[rows], rule, out.den)
        if len(rows) == f.n:
            out = part
        else:
            out.put(rows, part)
    if len(left):
        out.has_value[left[nothing[left]]] = True
        f.note(NO_RULE, left)
    if notes is not None and f.notes is not None:
        # Nothing times an unknown price is nothing.
        notes.add_all(f.notes.only(~nothing | (out.value != 0)))
    f.notes = None
    return out


def _all_or(f: Frame, rows: Array) -> Rows:
    return None if len(rows) == f.n else rows


def _known_or_zero(v: Nums) -> Nums:
    return v if v.present is None else Nums(_or_zero(v.v, v), v.den)


def _or_zero(numbers: Array, v: Nums) -> Array:
    return numbers if v.present is None else np.where(v.present, numbers, 0)


def _numbers(v: object, n: int) -> Nums:
    if isinstance(v, Nums):
        return Nums(v.v, v.den) if v.present is not None and v.present.all() else v
    nothing = missing_like(None, n)
    assert isinstance(nothing, Nums)
    return nothing


@frozen
class Counting:
    """Whether a stay counts: ``said`` when the regelverk says what does."""

    said: bool
    counts: Array


def counting(plan: EpochPlan, f: Frame) -> Counting:
    """Which stays count in ISF."""
    lineage = plan.epoch.scopes.lineage(STAY)
    found = [d for d in plan.epoch.ruleset.of(ast.Teller) if d.subject is None or d.subject.text in lineage]
    counts = np.ones(f.n, bool)
    for d in found:
        if d.condition is not None:
            rows = np.flatnonzero(counts)
            counts[rows] = plan.compiler(STAY).test(d.condition)(f, _all_or(f, rows))
    return Counting(bool(found), counts)
