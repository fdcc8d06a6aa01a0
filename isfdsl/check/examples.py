"""Examples: records with fields and values that exist, and expectations about things there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import assert_never

from attrs import define, field

from isfdsl.check.context import Check, Context
from isfdsl.diagnostics import load_all
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.names import DuplicateName, UnknownCode, UnknownName
from isfdsl.diagnostics.types import BadValue, WrongType
from isfdsl.program.ruleset import STAY
from isfdsl.program.types import NumberType, describe
from isfdsl.syntax import ast

PATIENT = "pasient"


def check(ctx: Context) -> Iterator[Problem]:
    """Every example."""
    rules = ctx.ruleset
    rule_ids = {r.name.text for g in rules.of(ast.Gruppe) for r in g.rules} if rules.of(ast.Eksempel) else set()
    for d in rules.of(ast.Eksempel):
        yield from _Example(ctx, d, frozenset(rule_ids)).problems()


@define
class _Example:
    ctx: Context
    example: ast.Eksempel
    rule_ids: frozenset[str]
    records: dict[str, tuple[str, ast.ItemValue]] = field(factory=dict)
    """Record id → (record type, where it is opened)."""

    _lost: bool = False
    """Whether a record of an unknown type is among them: then nothing is said of records that are not found."""

    def problems(self) -> Iterator[Problem]:
        yield from self.items()
        for e in self.example.expectations:
            yield from self.expectation(e)

    def _expected(self) -> set[str]:
        """The records that the expectations speak of."""
        names = (getattr(e, "record", None) for e in self.example.expectations)
        return {name.text for name in names if isinstance(name, ast.Name)}

    # ------------------------------------------------------------ records

    def items(self) -> Iterator[Problem]:
        posts = self.ctx.ruleset.poster
        current: str | None = None
        seen: dict[str, ast.Name] = {}
        known = False  # whether what the following fields belong to is known
        expected = self._expected()
        for item in self.example.items:
            name = item.name.text
            if name in posts or name == PATIENT:
                current, known, seen = name, True, {}
                yield from self.opened(item)
            elif not known or (name not in self.fields(current or "") and self._opens(item, expected)):
                yield self.ctx.unknown(item.name, "posten", [*posts, PATIENT])
                self._lost = True
                return
            else:
                before = seen.setdefault(name, item.name)
                if before is not item.name:
                    yield DuplicateName(span=item.name.span, name=name, kind="feltet", first=before.span)
                yield from self.value(item, current or "")

    def _opens(self, item: ast.Item, expected: set[str]) -> bool:
        """Whether an unknown name seems to open a record: it is defined in unread text, or its value is expected of."""
        return item.values[0].raw in expected or self.ctx.broken.may_define(item.name.text)

    def opened(self, item: ast.Item) -> Iterator[Problem]:
        first, *more = item.values
        for value in more:
            yield BadValue(span=value.span, raw=value.raw, name=item.name.text, expected="ett navn")
        if item.name.text != PATIENT:
            before = self.records.setdefault(first.raw, (item.name.text, first))
            if before[1] is not first:
                yield DuplicateName(span=first.span, name=first.raw, kind="posten", first=before[1].span)

    def value(self, item: ast.Item, post: str) -> Iterator[Problem]:
        fields = self.fields(post)
        felt = fields.get(item.name.text)
        if felt is None:
            where = "på noen post" if post == PATIENT else f"i «{post}»"
            yield self.ctx.unknown(item.name, "feltet", fields, where)
            return
        if len(item.values) > 1 and not felt.type.is_list:
            value = item.values[1]
            yield BadValue(span=value.span, raw=value.raw, name=felt.name.text, expected="bare én verdi")
        for value in item.values if felt.type.is_list else item.values[:1]:
            yield from self.fits(value, felt)

    def fields(self, post: str) -> Mapping[str, ast.Felt]:
        posts = self.ctx.ruleset.poster
        if post == PATIENT:
            return {f.name.text: f for p in posts.values() for f in p.fields}
        return {f.name.text: f for f in posts[post].fields}

    def fits(self, value: ast.ItemValue, felt: ast.Felt) -> Iterator[Problem]:
        kind, raw = felt.type.kind, value.raw
        match kind:
            case "tekst":
                return
            case "kode" | "kodepar":
                systems = tuple(s.text for s in felt.type.systems)
                if "+" in raw and kind == "kode":
                    yield self.bad(value, felt, "én kode, ikke et par")
                    return
                problem = self.ctx.inference.code_problem(raw, systems, value.span)
                if problem is not None:
                    yield problem
            case "ja_nei":
                if raw not in ("ja", "nei"):
                    yield self.bad(value, felt, "ja eller nei")
            case "dato" | "tidspunkt":
                head = self.ctx.ruleset.head
                moment = _moment(value.in_year(head.year if head else None), kind == "tidspunkt")
                if moment is None:
                    wanted = "et tidspunkt som 2024-02-03T10:30" if kind == "tidspunkt" else "en dato som 2024-02-03"
                    yield self.bad(value, felt, wanted)
                elif not _in_days(moment, felt.type):
                    yield self.bad(value, felt, self.domain(felt))
            case "heltall" | "desimal":
                number = _number(raw)
                if number is None or (kind == "heltall" and number != number.to_integral_value()):
                    yield self.bad(value, felt, "et helt tall" if kind == "heltall" else "et tall")
                elif not _in_range(number, felt.type):
                    yield self.bad(value, felt, self.domain(felt))
            case _:
                assert_never(kind)

    def bad(self, value: ast.ItemValue, felt: ast.Felt, expected: str) -> BadValue:
        return BadValue(span=value.span, raw=value.raw, name=felt.name.text, expected=expected)

    def domain(self, felt: ast.Felt) -> str:
        low, high = felt.type.low, felt.type.high
        assert low is not None and high is not None
        return f"verdier fra {self.ctx.text(low.span)} til {self.ctx.text(high.span)}"

    # ------------------------------------------------------------ expectations

    def record(self, name: ast.Name) -> Iterator[Problem]:
        if name.text not in self.records and not self._lost:
            yield self.ctx.unknown(name, "posten", self.records, "i eksempelet")

    def group(self, kind: ast.GroupKind, name: ast.Name) -> Iterator[Problem]:
        yield from self.ctx.named((name,), frozenset(self.ctx.ruleset.groups(kind)), kind)

    def expectation(self, e: ast.Expectation) -> Iterator[Problem]:
        match e:
            case ast.ExpectGroup(record=record, kind=kind, group=group):
                yield from self.record(record)
                yield from self.group(kind, group)
            case ast.ExpectNoGroup(record=record) | ast.ExpectUnknown(record=record):
                yield from self.record(record)
            case ast.ExpectCounts(record=record):
                yield from self.record(record)
            case ast.ExpectAmount(record=record, amount=amount):
                yield from self.record(record)
                yield from _points_or_kroner(amount)
            case ast.ExpectRule(record=record, rule=rule):
                yield from self.record(record)
                yield from self.ctx.named((rule,), self.rule_ids, "regelen")
            case ast.ExpectCount(what=what, group=group, amount=each):
                yield from self.group("TFG" if what == "forløp" else "STG", group)
                if each is not None:
                    yield from _points_or_kroner(each)
            case ast.ExpectStays():
                return
            case ast.ExpectMember(record=record, tfg=tfg, trigger=trigger):
                yield from self.record(record)
                yield from self.group("TFG", tfg)
                if trigger is not None:
                    yield from self.record(trigger)
            case ast.ExpectKrav(record=record, krav=krav, conditions=conditions):
                yield from self.record(record)
                yield from self.krav(krav, conditions)
            case ast.ExpectKravNa(record=record, krav=krav):
                yield from self.record(record)
                yield from self.krav(krav, ())
            case ast.ExpectRejected(record=record, code=code):
                yield from self.record(record)
                if code is not None:
                    yield from self.ctx.named((code,), frozenset(load_all()), "feilkoden")
            case ast.ExpectHolds(record=record, expr=expr):
                yield from self.record(record)
                if record.text in self.records:
                    post = self.records[record.text][0]
                    subject = STAY if post == self.ctx.ruleset.stay_source else post
                    yield from self.ctx.inferred(lambda infer: infer.condition(expr, subject))
            case _:
                assert_never(e)

    def krav(self, name: ast.Name, conditions: Iterable[ast.Name]) -> Iterator[Problem]:
        krav = self.ctx.ruleset.krav.get(name.text)
        if krav is None:
            yield self.ctx.unknown(name, "kravet", self.ctx.ruleset.krav)
            return
        known = frozenset(v.name.text for v in (*krav.conditions, *krav.exceptions))
        yield from self.ctx.named(conditions, known, "vilkåret", f"i kravet «{name.text}»")


def _points_or_kroner(amount: ast.Amount) -> Iterator[Problem]:
    if amount.unit not in ("poeng", "kr"):
        yield WrongType(span=amount.span, expected="poeng eller kr", got=describe(NumberType(amount.unit)))


def _moment(raw: str, with_time: bool) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(raw)
    except ValueError:
        return None
    return found if with_time or "T" not in raw else None


def _number(raw: str) -> Decimal | None:
    try:
        return Decimal(raw.replace(" ", "").replace(" ", "").replace("\u202f", "").replace(",", "."))
    except InvalidOperation:
        return None


def _in_range(number: Decimal, t: ast.FieldType) -> bool:
    if isinstance(t.low, ast.Amount) and isinstance(t.high, ast.Amount):
        return t.low.value <= number <= t.high.value
    return True


def _in_days(moment: dt.datetime, t: ast.FieldType) -> bool:
    if isinstance(t.low, ast.Day) and isinstance(t.high, ast.Day) and t.low.value and t.high.value:
        return t.low.value <= moment.date() <= t.high.value
    return True


CHECK = Check(name="eksempler", reports=(BadValue, WrongType, UnknownName, UnknownCode, DuplicateName), whole=check)
