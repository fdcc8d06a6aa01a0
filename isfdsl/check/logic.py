"""What can be seen without a solver: intervals of one value, and conditions that exclude each other."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterable, Sequence
from decimal import Decimal
from typing import cast

from attrs import evolve, frozen

from isfdsl.check.context import Context
from isfdsl.check.facts import Bound, Facts, Lookup
from isfdsl.check.walk import code_items
from isfdsl.program.codes import is_pattern, normal, pattern_regex
from isfdsl.program.scope import FieldSymbol, HierarkiSymbol, NivaaSymbol
from isfdsl.program.types import BoolType, TextType, Type, comparable
from isfdsl.source import Span
from isfdsl.syntax import ast

INFINITE = Decimal("Infinity")


@frozen
class Interval:
    """The values between two ends; an open end does not belong. ``whole`` values are kept closed."""

    low: Decimal = -INFINITE
    high: Decimal = INFINITE
    low_open: bool = False
    high_open: bool = False

    @property
    def empty(self) -> bool:
        """Whether no value lies in it."""
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def meet(self, other: Interval) -> Interval:
        """The values in both."""
        low = max((self.low, self.low_open), (other.low, other.low_open))
        high = min((self.high, not self.high_open), (other.high, not other.high_open))
        return Interval(low[0], high[0], low[1], not high[1])

    def within(self, other: Interval) -> bool:
        """Whether every value of this one lies in the other."""
        return (self.low, self.low_open) >= (other.low, other.low_open) and (self.high, not self.high_open) <= (
            other.high,
            not other.high_open,
        )

    def whole(self) -> Interval:
        """The same for whole numbers, with closed ends."""
        low, high = self.low, self.high
        if low.is_finite():
            low = Decimal(math.floor(low) + 1 if self.low_open else math.ceil(low))
        if high.is_finite():
            high = Decimal(math.ceil(high) - 1 if self.high_open else math.floor(high))
        return Interval(low, high)


@frozen
class Domain:
    """The values that something can have. ``place`` is where that is written.

    ``type`` is what it is: nothing is known of one whose type is not, nor of a comparison with another unit.
    """

    interval: Interval
    whole: bool
    place: Span | None = None
    text: str = ""
    type: Type | None = None

    def of(self, bound: Bound) -> Interval | None:
        """The values in the domain for which a comparison holds; ``None`` when they are no interval."""
        found = _interval(bound)
        if found is None or self.type is None or not comparable(self.type, bound.type):
            return None
        return (found.whole() if self.whole else found).meet(self.interval)


def _interval(bound: Bound) -> Interval | None:
    value = bound.value
    match bound.op:
        case "=":
            return Interval(value, value)
        case "<":
            return Interval(high=value, high_open=True)
        case "<=":
            return Interval(high=value)
        case ">":
            return Interval(low=value, low_open=True)
        case ">=":
            return Interval(low=value)
        case "!=":
            return None


def domain(ctx: Context, subject: str | None, operand: Hashable) -> Domain | None:
    """The domain of an operand by its key; ``None`` for moments, of which a day is not one value."""
    cached = ctx.domains.get((subject, operand), False)
    if cached is False:
        cached = _domain(ctx, subject, operand)
        if cached is not None:
            cached = evolve(cached, type=_type(ctx, subject, operand))
        ctx.domains[subject, operand] = cached
    return cached if isinstance(cached, Domain) else None


def _type(ctx: Context, subject: str | None, operand: Hashable) -> Type | None:
    if isinstance(operand, str):
        operand = ast.Reference(name=operand, span=Span("", 0, 0))
    # A key is the expression itself where it is no tuple.
    return ctx.type_of(cast("ast.Expr", operand), subject) if isinstance(operand, ast.Node) else None


def _domain(ctx: Context, subject: str | None, operand: Hashable) -> Domain | None:
    match operand:
        case ast.CountOf():
            return Domain(Interval(low=Decimal(0)), True, None, "et antall er aldri under 0")
        case ast.Part(part="dato"):
            return Domain(Interval(), True)
        case str():
            symbol = ctx.scopes.lookup(subject, operand)
        case _:
            return Domain(Interval(), False)
    match symbol:
        case NivaaSymbol(nivaa=nivaa):
            most = max((k.level for k in nivaa.categories), default=0)
            interval = Interval(Decimal(0), Decimal(most))
            return Domain(interval, True, nivaa.name.span, f"«{operand}» går fra 0 til {most}")
        case FieldSymbol(post=post, field=f):
            summed = post == ctx.ruleset.stay_source and f.name.text in ctx.summed
            return _summed(ctx, f) if summed else _field_domain(ctx, f)
        case _:
            return Domain(Interval(), False)


def _summed(ctx: Context, f: ast.Felt) -> Domain:
    """The domain of a field that stays have the sum of: as large as there are records, but not below what one has."""
    low = f.type.low
    if not isinstance(low, ast.Amount) or low.value < 0:
        return Domain(Interval(), f.type.kind == "heltall")
    text = f"«{f.name.text}» er en sum for oppholdet, og aldri under {ctx.text(low.span)}"
    return Domain(Interval(low=low.value), f.type.kind == "heltall", low.span, text)


def _field_domain(ctx: Context, f: ast.Felt) -> Domain | None:
    t = f.type
    whole = t.kind in ("heltall", "dato")
    if t.kind == "tidspunkt":
        return None
    if isinstance(t.low, ast.Amount) and isinstance(t.high, ast.Amount):
        low, high = t.low.value, t.high.value
        text = f"«{f.name.text}» går fra {ctx.text(t.low.span)} til {ctx.text(t.high.span)}"
        return Domain(Interval(low, high), whole, t.low.span.to(t.high.span), text)
    if isinstance(t.low, ast.Day) and isinstance(t.high, ast.Day) and t.low.value and t.high.value:
        interval = Interval(Decimal(t.low.value.toordinal()), Decimal(t.high.value.toordinal()))
        text = f"«{f.name.text}» går fra {t.low.raw} til {t.high.raw}"
        return Domain(interval, whole, t.low.span.to(t.high.span), text)
    return Domain(Interval(), whole)


def values(ctx: Context, subject: str | None, bounds: Iterable[Bound]) -> dict[Hashable, Interval]:
    """The values that some comparisons together leave to each operand, within its domain."""
    out: dict[Hashable, Interval] = {}
    for bound in bounds:
        of = domain(ctx, subject, bound.operand)
        found = of.of(bound) if of is not None else None
        if found is not None:
            before = out.get(bound.operand)
            out[bound.operand] = found if before is None else before.meet(found)
    return out


def conflict(ctx: Context, subject: str | None, parts: Sequence[Facts]) -> tuple[int, int] | None:
    """Two of the parts that can't both hold, the later one first."""
    at: dict[int, int] = {}
    negated: list[int] = []
    ranges: dict[Hashable, list[int]] = {}
    choices: dict[Hashable, list[int]] = {}
    carried: dict[Hashable, list[int]] = {}
    for i, f in enumerate(parts):
        at.setdefault(f.id, i)
        if f.negated_id is not None:
            negated.append(i)
        for b in f.bounds:
            ranges.setdefault(b.operand, []).append(i)
        if f.one_of is not None:
            choices.setdefault(f.one_of[0], []).append(i)
        if f.carries is not None:
            carried.setdefault(f.carries[0], []).append(i)
    found = _absent(parts) or _unequal(ctx, subject, parts)
    if found is not None:
        return found
    for i in negated:
        other = at.get(parts[i].negated_id or -1)
        if other is None:
            other = _excluded(parts, parts[i].negated, choices, carried)
        if other is not None:
            return max(i, other), min(i, other)
    for operand, indexes in ranges.items():
        if len(indexes) > 1:
            found = _disjoint_ranges(ctx, subject, operand, parts, indexes)
            if found is not None:
                return found
    for operand, indexes in choices.items():
        if len(indexes) > 1 and single_valued(ctx, subject, operand):
            found = _disjoint_choices(ctx, parts, indexes)
            if found is not None:
                return found
    return None


def _absent(parts: Sequence[Facts]) -> tuple[int, int] | None:
    """What must be missing in one part and there in another."""
    missing = {f.missing: i for i, f in enumerate(parts) if f.missing is not None}
    if missing:
        for i, f in enumerate(parts):
            for operand in f.needs:
                if operand in missing:
                    return max(i, missing[operand]), min(i, missing[operand])
    return None


def _unequal(ctx: Context, subject: str | None, parts: Sequence[Facts]) -> tuple[int, int] | None:
    """A text, or a yes or no, that must be one thing in one part and another in another."""
    first: dict[Hashable, tuple[int, str | bool]] = {}
    for i, f in enumerate(parts):
        if f.equal is not None:
            operand, value = f.equal
            j, before = first.setdefault(operand, (i, value))
            if before != value and isinstance(_type(ctx, subject, operand), (TextType, BoolType)):
                return i, j
    for i, f in enumerate(parts):
        if f.unequal is not None and f.unequal[0] in first:
            j, value = first[f.unequal[0]]
            if value == f.unequal[1]:
                return max(i, j), min(i, j)
    return None


def _excluded(
    parts: Sequence[Facts],
    negated: Hashable,
    choices: dict[Hashable, list[int]],
    carried: dict[Hashable, list[int]],
) -> int | None:
    """``ikke x i A, B`` excludes ``x i A``, and likewise for properties."""
    match negated:
        case ("i", operand, frozenset() as without):
            for i in choices.get(operand, ()):
                one_of = parts[i].one_of
                if one_of is not None and one_of[1] <= without:
                    return i
        case ("har", operand, frozenset() as without):
            for i in carried.get(operand, ()):
                carries = parts[i].carries
                if carries is not None and carries[1] <= without:
                    return i
        case _:
            pass
    return None


def _disjoint_ranges(
    ctx: Context, subject: str | None, operand: Hashable, parts: Sequence[Facts], indexes: list[int]
) -> tuple[int, int] | None:
    own = [
        (i, values(ctx, subject, (b for b in parts[i].bounds if b.operand == operand)).get(operand))
        for i in dict.fromkeys(indexes)
    ]
    for n, (i, a) in enumerate(own):
        for j, b in own[:n]:
            if a is not None and b is not None and not a.empty and not b.empty and a.meet(b).empty:
                return i, j
    return None


def _disjoint_choices(ctx: Context, parts: Sequence[Facts], indexes: list[int]) -> tuple[int, int] | None:
    lists = ctx.ruleset.kodelister
    for n, i in enumerate(indexes):
        for j in indexes[:n]:
            a, b = parts[i].one_of, parts[j].one_of
            if a is None or b is None:
                continue
            plain = not any(c in lists or "*" in c or "?" in c for c in (*a[1], *b[1]))
            if plain and not {c.replace(".", "") for c in a[1]} & {c.replace(".", "") for c in b[1]}:
                return i, j
    return None


def single_valued(ctx: Context, subject: str | None, operand: Hashable) -> bool:
    """Whether an operand is one code: not a list, and not a pair of which either code may answer."""
    match operand:
        case Lookup():
            return True
        case str():
            symbol = ctx.scopes.lookup(subject, operand)
            if isinstance(symbol, FieldSymbol):
                return symbol.field.type.kind == "kode" and not symbol.field.type.is_list
            return isinstance(symbol, HierarkiSymbol)
        case _:
            return False


def nothing_left(ctx: Context, e: ast.SetExpr) -> bool:
    """Whether every code of a set is excepted from it, as far as that is written."""
    match e:
        case ast.SetExcept(base=base, without=without):
            gone = _plain_items(without)
            return bool(gone) and all(any(_covers(ctx, w, b) for w in gone) for b in code_items(base))
        case ast.SetUnion(items=items):
            return bool(items) and all(not isinstance(i, ast.CodeItem) and nothing_left(ctx, i) for i in items)


def _plain_items(e: ast.SetExpr) -> tuple[ast.CodeItem, ...]:
    """The items of a union of items; of anything else only those that surely belong to it."""
    if isinstance(e, ast.SetExcept):
        return ()
    return tuple(x for i in e.items for x in ((i,) if isinstance(i, ast.CodeItem) else _plain_items(i)))


def _covers(ctx: Context, wide: ast.CodeItem, narrow: ast.CodeItem) -> bool:
    if wide.text == narrow.text and wide.quoted == narrow.quoted:
        return True
    lists = ctx.ruleset.kodelister
    if any("+" in i.text or (i.text in lists and not i.quoted) for i in (wide, narrow)):
        return False
    codes, prefix = normal(narrow.text), normal(wide.text)[:-1]
    if is_pattern(codes):
        return wide.text.endswith("*") and not is_pattern(prefix) and codes.startswith(prefix)
    return re.fullmatch(pattern_regex(wide.text), codes) is not None


__all__ = ["Domain", "Interval", "conflict", "domain", "nothing_left", "single_valued", "values"]
