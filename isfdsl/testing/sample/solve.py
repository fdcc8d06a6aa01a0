"""Making a record that satisfies a condition: part by part from the condition itself, then judged by the interpreter.

``Maker.make`` changes a draft so that an expression becomes true (or false), choosing at random where there is a
choice. It doesn't prove anything: whoever asks evaluates the result, and tries again when it isn't so. What can't be
constructed at all raises ``CannotMake`` with the reason.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any, assert_never

from attrs import define, field

from isfdsl.interp.context import Ctx
from isfdsl.interp.features import code_type, systems_of
from isfdsl.interp.machine import Machine
from isfdsl.program.codes import CodeSet, PropertyIndex, normal, valid_in
from isfdsl.program.scope import (
    BegrepSymbol,
    FieldSymbol,
    HierarkiSymbol,
    NivaaSymbol,
    SamlingSymbol,
)
from isfdsl.records.codes import CodeBook
from isfdsl.records.faults import FieldFault
from isfdsl.records.schema import CodeSystem, FieldSchema, RecordSchema
from isfdsl.syntax import ast
from isfdsl.testing.facts import concrete
from isfdsl.testing.sample.patterns import example
from isfdsl.values import as_day, as_moment

Draft = dict[str, Any]
_MOST_CODES = 400
_DEEP = 60


class CannotMake(Exception):
    """The condition can't be constructed; the text says which part, in Norwegian."""


@define
class Maker:
    """Constructs for one subject in one epoch."""

    machine: Machine
    schema: RecordSchema
    random: Random
    group: tuple[ast.GroupKind, str] | None = None
    _fields: dict[str, FieldSchema] = field(init=False)
    _books: dict[str, CodeBook] = field(factory=dict, init=False)
    _carriers: dict[tuple[str, str], tuple[Any, ...]] = field(factory=dict, init=False)
    _listed: dict[str, list[str]] = field(factory=dict, init=False)
    _inverse: dict[int, tuple[PropertyIndex, dict[str, list[Any]]]] = field(factory=dict, init=False)
    _depth: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._fields = self.schema.by_name()

    # ------------------------------------------------------------ truth

    def make(self, e: ast.Expr, want: bool, draft: Draft, subject: str) -> None:
        """Change ``draft`` so that ``e`` is (or isn't) true. Raises ``CannotMake``."""
        if self._depth > _DEEP:
            raise CannotMake("vilkåret går i ring")
        self._depth += 1
        try:
            self._make(e, want, draft, subject)
        finally:
            self._depth -= 1

    def holds(self, e: ast.Expr, draft: Draft, subject: str) -> bool:
        """Whether a condition holds for the draft as it is."""
        return self.machine.condition(e, subject)(self._ctx(draft, subject))

    def value(self, e: ast.Expr, draft: Draft, subject: str) -> Any:
        """The value of an expression for the draft as it is."""
        return self.machine.value(e, subject)(self._ctx(draft, subject))

    def _ctx(self, draft: Draft, subject: str) -> Ctx:
        ctx = self.machine.new(subject, draft, "x")
        if self.group is not None:
            ctx.group_kind, ctx.group = self.group
        return ctx

    def _make(self, e: ast.Expr, want: bool, draft: Draft, subject: str) -> None:
        if self.holds(e, draft, subject) is want:
            return
        match e:
            case ast.And(parts=parts):
                self._junction(parts, want, True, draft, subject)
            case ast.Or(parts=parts):
                self._junction(parts, want, False, draft, subject)
            case ast.Not(operand=operand):
                self.make(operand, not want, draft, subject)
            case ast.Constant():
                raise CannotMake("vilkåret er alltid eller aldri oppfylt")
            case ast.Compare(left=left, op=op, right=right):
                self._compare(left, op if want else _OPPOSITE[op], right, draft, subject)
            case ast.Between(operand=operand, low=low, high=high):
                if want:
                    self._number(operand, self._limit(self.random.choice((low, high)), draft, subject), draft, subject)
                else:
                    below = self.random.random() < 0.5
                    self._compare(operand, "<" if below else ">", low if below else high, draft, subject)
            case ast.InSet(operand=operand, codes=codes):
                wanted = self.machine.code_set(codes, self._systems(operand, subject))
                self._codes(operand, wanted.has, lambda: some_codes(wanted), want, draft, subject)
            case ast.HasProperty(operand=operand, properties=properties):
                self._property(operand, [p.text for p in properties], want, draft, subject)
            case ast.Present(operand=operand):
                self._presence(operand, want, draft, subject)
            case ast.Missing(operand=operand):
                self._presence(operand, not want, draft, subject)
            case ast.ValidIn(operand=operand, system=system):
                self._valid(operand, system.text, want, draft, subject)
            case ast.WithinTime():
                self._within(e, want, draft, subject)
            case ast.CountTest(quantity=quantity, count=count, distinct=distinct, field=name, test=test):
                self._counted(name.text, test, quantity, count, distinct, want, draft, subject)
            case ast.NoneTest(field=name, test=test):
                self._counted(name.text, test, "høyst", 0, False, want, draft, subject)
            case ast.AllTest():
                self._all(e, want, draft, subject)
            case ast.DistinctSources(field=name, properties=properties):
                for p in properties:
                    if want:
                        self._add(name.text, self._carrying(name.text, p.text, subject), draft, subject)
                if not want:
                    own, listed = self.random.choice(properties).text, name.text
                    self._remove(listed, lambda v: own in self._index(listed, subject).of(v), draft, subject)
            case ast.KravTest(krav=krav, outcome=outcome):
                self._krav(krav.text, outcome, want, draft)
            case ast.Reference(name=name):
                self._truth(name, want, draft, subject)
            case ast.Cases(cases=cases, otherwise=otherwise):
                self._cases(cases, otherwise, lambda v: self.make(v, want, draft, subject), draft, subject)
            case ast.BoolLiteral():
                raise CannotMake("en fast verdi kan ikke endres")
            case ast.GroupFlag(attribute=attribute):
                raise CannotMake(f"«{attribute.text}» avhenger av gruppen")
            case _:
                raise CannotMake(f"{type(e).__name__} er ikke noe som kan konstrueres")

    def _junction(self, parts: tuple[ast.Expr, ...], want: bool, every: bool, draft: Draft, subject: str) -> None:
        if want is every:
            # What is hard to change goes first, and what was put right once is looked at again.
            for _ in range(3):
                for part in parts:
                    self.make(part, want, draft, subject)
                if all(self.holds(p, draft, subject) is want for p in parts):
                    return
            return
        reasons = []
        for part in self.random.sample(parts, len(parts)):
            before = _copy(draft)
            try:
                self.make(part, want, draft, subject)
                if self.holds(part, draft, subject) is want:
                    return
            except CannotMake as error:
                reasons.append(str(error))
            draft.clear()
            draft.update(before)
        raise CannotMake(reasons[0] if reasons else "ingen av delene lot seg oppfylle")

    def _truth(self, name: str, want: bool, draft: Draft, subject: str) -> None:
        symbol = self.machine.scopes.lookup(subject, name)
        if isinstance(symbol, BegrepSymbol):
            self.make(symbol.begrep.expr, want, draft, self._owner(symbol, subject))
        elif isinstance(symbol, FieldSymbol) and symbol.field.type.kind == "ja_nei":
            draft[name] = want
        else:
            raise CannotMake(f"«{name}» kan ikke settes")

    def _owner(self, symbol: BegrepSymbol, subject: str) -> str:
        return symbol.begrep.subject.text if symbol.begrep.subject is not None else subject

    def _krav(self, name: str, outcome: str, want: bool, draft: Draft) -> None:
        decl = self.machine.ruleset.krav[name]
        subject = decl.subject.text
        applies = [decl.applies] if decl.applies is not None else []
        if outcome == "gjelder":
            for a in applies:
                self.make(a, want, draft, subject)
            return
        broken = (outcome == "brutt") is want
        if not broken and applies and self.random.random() < 0.3:
            self.make(applies[0], False, draft, subject)
            return
        for a in applies:
            self.make(a, True, draft, subject)
        self.fulfil(decl, not broken, draft)

    def fulfil(self, decl: ast.Krav, met: bool, draft: Draft, which: str | None = None) -> None:
        """Meet every condition of a requirement, or break ``which`` (any of them when none is named)."""
        subject = decl.subject.text
        every = [(v, True) for v in decl.conditions] + [(v, False) for v in decl.exceptions]
        breakable = [v for v, _ in every if v.condition is not None or v.attested_by is not None]
        chosen = which or (self.random.choice(breakable).name.text if breakable else None)
        if not met and chosen is None:
            raise CannotMake(f"ingen vilkår i «{decl.name.text}» kan brytes av data")
        for v, good in every:
            hold = good is not (not met and v.name.text == chosen)
            if v.condition is not None:
                self.make(v.condition, hold, draft, subject)
            elif v.attested_by is not None and v.attested_by.text in self._fields:
                draft[v.attested_by.text] = hold

    # ------------------------------------------------------------ numbers and days

    def _compare(self, left: ast.Expr, op: str, right: ast.Expr, draft: Draft, subject: str) -> None:
        reasons: list[str] = []
        for own, sign, other in ((left, op, right), (right, _SWAPPED[op], left)):
            try:
                goal = self._limit(other, draft, subject)
                self._number(own, self._beyond(goal, sign), draft, subject)
                return
            except CannotMake as error:
                reasons.append(str(error))
        raise CannotMake(reasons[0])

    def _limit(self, e: ast.Expr, draft: Draft, subject: str) -> Any:
        found = self.value(e, draft, subject)
        if found is None:
            self._presence(e, True, draft, subject)
            found = self.value(e, draft, subject)
        if found is None:
            raise CannotMake("verdien det sammenlignes med, mangler")
        return found

    def _beyond(self, goal: Any, op: str) -> Any:
        """A value for which ``value op goal``: mostly at the limit."""
        step = 0 if self.random.random() < 0.5 else self.random.randint(0, 3)
        if isinstance(goal, bool | str):
            if op == "=":
                return goal
            return (not goal) if isinstance(goal, bool) else f"{goal}x"
        if isinstance(goal, dt.date):
            unit: Any = dt.timedelta(days=1)
        elif isinstance(goal, Decimal):
            unit = self.random.choice((1, Decimal("0.1"), Decimal("0.01")))
        else:
            unit = 1
        match op:
            case "=" | ">=" | "<=":
                more = 0 if op == "=" else step if op == ">=" else -step
            case ">" | "!=":
                more = 1 + step
            case _:
                more = -1 - step
        return goal + unit * more

    def _number(self, e: ast.Expr, goal: Any, draft: Draft, subject: str) -> None:
        """Change the draft so that ``e`` has the value ``goal``."""
        if self._depth > _DEEP:
            raise CannotMake("regnestykket går i ring")
        self._depth += 1
        try:
            self._set_number(e, goal, draft, subject)
        finally:
            self._depth -= 1

    def _set_number(self, e: ast.Expr, goal: Any, draft: Draft, subject: str) -> None:
        match e:
            case ast.Reference(name=name):
                self._set(name, goal, draft, subject)
            case ast.Sum(terms=terms):
                self._term(terms, goal, draft, subject)
            case ast.Product(factors=factors):
                self._factor(factors, goal, draft, subject)
            case ast.Negate(operand=operand):
                self._number(operand, -goal, draft, subject)
            case ast.Elapsed(unit=unit, start=start, end=end):
                self._elapsed(unit, start, end, goal, draft, subject)
            case ast.Cases(cases=cases, otherwise=otherwise):
                self._cases(cases, otherwise, lambda v: self._number(v, goal, draft, subject), draft, subject)
            case ast.CountOf(distinct=distinct, field=name, test=test):
                self._counted(name.text, test, "nøyaktig", int(goal), distinct, True, draft, subject)
            case ast.Part(part=part, operand=operand):
                self._part(part, operand, goal, draft, subject)
            case ast.Call(function=function, arguments=arguments) if function in ("største", "minste"):
                self._number(self.random.choice(arguments), goal, draft, subject)
            case ast.Call(function="dekkede_dager", arguments=(first, last, anchor)):
                month = as_day(self._limit(anchor, draft, subject)).replace(day=1)
                self._number(first, month, draft, subject)
                self._number(last, month + dt.timedelta(days=int(goal) - 1), draft, subject)
            case _:
                if self.value(e, draft, subject) != goal:
                    raise CannotMake("en fast verdi kan ikke endres")

    def _set(self, name: str, goal: Any, draft: Draft, subject: str) -> None:
        symbol = self.machine.scopes.lookup(subject, name)
        match symbol:
            case BegrepSymbol(begrep=begrep):
                self._number(begrep.expr, goal, draft, self._owner(symbol, subject))
            case FieldSymbol():
                draft[name] = self._fitting(self._fields[name], goal)
            case NivaaSymbol(nivaa=nivaa):
                self._level(nivaa, int(goal), draft)
            case _:
                raise CannotMake(f"«{name}» kan ikke settes")

    def _fitting(self, spec: FieldSchema, goal: Any) -> Any:
        """A number or a day as the field can hold it."""
        match spec.kind:
            case "heltall":
                if not isinstance(goal, int | Decimal | Fraction) or isinstance(goal, bool):
                    raise CannotMake(f"«{spec.name}» er et heltall")
                value: Any = int(goal)
            case "desimal":
                value = Decimal(goal) if isinstance(goal, int | Decimal) else None
            case "dato":
                value = as_day(goal) if isinstance(goal, dt.date) else None
            case "tidspunkt":
                value = as_moment(goal) if isinstance(goal, dt.date) else None
            case "tekst" | "ja_nei":
                value = goal
            case _:
                value = None
        if value is None:
            raise CannotMake(f"«{spec.name}» kan ikke ha verdien")
        own: Any = value.date() if isinstance(value, dt.datetime) else value
        if (spec.low is not None and own < spec.low) or (spec.high is not None and own > spec.high):
            raise CannotMake(f"«{spec.name}» har ikke verdien i sitt område")
        return value

    def _level(self, decl: ast.Nivaa, goal: int, draft: Draft) -> None:
        subject = decl.subject.text
        categories = list(self.machine.level(decl).categories)
        if goal <= 0:
            for k in categories:
                if k.condition is not None and self.holds(k.condition, draft, subject):
                    self.make(k.condition, False, draft, subject)
            return
        fitting = [k for k in categories if k.level == goal] or [k for k in categories if k.level >= goal]
        if not fitting:
            raise CannotMake(f"nivået «{decl.name.text}» når aldri {goal}")
        chosen = self.random.choice(fitting)
        if chosen.condition is not None:
            self.make(chosen.condition, True, draft, subject)
        for e in chosen.exceptions:
            self.make(e, False, draft, subject)

    def _term(self, terms: tuple[tuple[Any, ast.Expr], ...], goal: Any, draft: Draft, subject: str) -> None:
        reasons: list[str] = []
        for place in self.random.sample(range(len(terms)), len(terms)):
            rest: Any = 0
            for i, (sign, term) in enumerate(terms):
                if i != place:
                    own = self.value(term, draft, subject)
                    own = 0 if own is None else own
                    rest = rest - own if sign == "-" else rest + own
            sign, term = terms[place]
            try:
                self._number(term, (rest - goal) if sign == "-" else (goal - rest), draft, subject)
                return
            except CannotMake as error:
                reasons.append(str(error))
        raise CannotMake(reasons[0])

    def _factor(self, factors: tuple[tuple[Any, ast.Expr], ...], goal: Any, draft: Draft, subject: str) -> None:
        for place in self.random.sample(range(len(factors)), len(factors)):
            rest = Fraction(1)
            for i, (op, e) in enumerate(factors):
                own = self.value(e, draft, subject)
                if i != place and own:
                    rest = rest / Fraction(own) if op == "/" else rest * Fraction(own)
            op, e = factors[place]
            share = rest / Fraction(goal) if op == "/" and goal else Fraction(goal) / rest
            # A whole number on the right side of the limit; the sign of the comparison decides which in the end.
            rounded = -(-share.numerator // share.denominator) if self.random.random() < 0.5 else int(share)
            try:
                self._number(e, rounded, draft, subject)
                return
            except CannotMake:
                continue
        raise CannotMake("ingen faktor kan endres")

    def _elapsed(self, unit: str, start: ast.Expr, end: ast.Expr, goal: Any, draft: Draft, subject: str) -> None:
        if goal < 0 and self._plays(start, "start") and self._plays(end, "slutt"):
            raise CannotMake("slutten kan ikke komme før starten")
        reasons: list[str] = []
        ways = [(end, start, 1), (start, end, -1)]
        if self.random.random() < 0.5:
            ways.reverse()
        # A time of life is changed at its beginning: the day of birth, and not the day of the contact.
        if unit in ("hele år", "hele måneder", "kalenderår") or int(goal) > 400:
            ways = [(start, end, -1), (end, start, 1)]
        for changed, fixed, sign in ways:
            try:
                anchor = self._limit(fixed, draft, subject)
                self._number(changed, self._shifted(anchor, unit, int(goal) * sign, changed is end), draft, subject)
                return
            except (CannotMake, OverflowError, ValueError) as error:
                reasons.append(str(error))
        raise CannotMake(reasons[0])

    def _plays(self, e: ast.Expr, role: str) -> bool:
        return isinstance(e, ast.Reference) and self.schema.roles.get(role) == e.name

    def _shifted(self, anchor: dt.date, unit: str, count: int, later: bool) -> dt.date:
        match unit:
            case "dager":
                return anchor + dt.timedelta(days=count)
            case "timer":
                return as_moment(anchor) + dt.timedelta(hours=count)
            case "minutter":
                return as_moment(anchor) + dt.timedelta(minutes=count)
            case "hele måneder":
                months = anchor.year * 12 + anchor.month - 1 + count
                day = min(anchor.day, 28)
                return anchor.replace(year=months // 12, month=months % 12 + 1, day=day)
            case _:
                try:
                    return anchor.replace(year=anchor.year + count)
                except ValueError:
                    return anchor.replace(year=anchor.year + count, day=28)

    def _part(self, part: str, operand: ast.Expr, goal: Any, draft: Draft, subject: str) -> None:
        anchor = self._limit(operand, draft, subject)
        match part:
            case "år":
                new = anchor.replace(year=int(goal), day=min(anchor.day, 28))
            case "måned":
                new = anchor.replace(month=int(goal), day=min(anchor.day, 28))
            case "tertial":
                new = anchor.replace(month=4 * int(goal) - 3, day=min(anchor.day, 28))
            case _:
                new = goal
        self._number(operand, new, draft, subject)

    def _within(self, e: ast.WithinTime, want: bool, draft: Draft, subject: str) -> None:
        size = int(e.amount.value) * (1 if e.direction == "etter" else -1)
        at_most = (e.limit == "senest") is want
        if not want:
            size += 1 if e.limit == "senest" else -1
            at_most = e.limit != "senest"
        size += self.random.choice((0, 0, -1 if at_most else 1))
        self._elapsed(e.amount.unit, e.right, e.left, size, draft, subject)

    def _cases(
        self,
        cases: tuple[tuple[ast.Expr, ast.Expr], ...],
        otherwise: ast.Expr,
        put: Callable[[ast.Expr], None],
        draft: Draft,
        subject: str,
    ) -> None:
        """Put a value through one of the branches, and make that branch be taken."""
        live = next((i for i, (_, c) in enumerate(cases) if self.holds(c, draft, subject)), len(cases))
        order = self.random.sample(range(len(cases) + 1), len(cases) + 1)
        if self.random.random() < 0.7:
            order.insert(0, live)
        reasons: list[str] = []
        for place in dict.fromkeys(order):
            before = _copy(draft)
            try:
                for i, (_, condition) in enumerate(cases[: place + 1]):
                    self.make(condition, i == place, draft, subject)
                put(cases[place][0] if place < len(cases) else otherwise)
                return
            except CannotMake as error:
                reasons.append(str(error))
                draft.clear()
                draft.update(before)
        raise CannotMake(reasons[0])

    # ------------------------------------------------------------ being there

    def _presence(self, e: ast.Expr, want: bool, draft: Draft, subject: str) -> None:
        match e:
            case ast.Reference(name=name):
                symbol = self.machine.scopes.lookup(subject, name)
                if isinstance(symbol, FieldSymbol):
                    spec = self._fields[name]
                    draft[name] = self.any_value(spec) if want else () if spec.is_list else None
                elif isinstance(symbol, SamlingSymbol):
                    names = [f.text for f in symbol.samling.fields]
                    for own in [self.random.choice(names)] if want else names:
                        spec = self._fields[own]
                        draft[own] = self.any_value(spec) if want else () if spec.is_list else None
                elif isinstance(symbol, BegrepSymbol):
                    self._presence(symbol.begrep.expr, want, draft, self._owner(symbol, subject))
                else:
                    raise CannotMake(f"«{name}» kan ikke settes")
            case ast.Elapsed(start=start, end=end):
                for one in (start, end) if want else (self.random.choice((start, end)),):
                    if (self.value(one, draft, subject) is not None) is not want:
                        self._presence(one, want, draft, subject)
            case ast.Part(operand=operand) | ast.Negate(operand=operand):
                self._presence(operand, want, draft, subject)
            case ast.Sum(terms=parts) | ast.Product(factors=parts):
                for _, one in parts:
                    if (self.value(one, draft, subject) is not None) is not want:
                        self._presence(one, want, draft, subject)
                        if not want:
                            return
            case ast.Cases(cases=cases, otherwise=otherwise):
                self._cases(cases, otherwise, lambda v: self._presence(v, want, draft, subject), draft, subject)
            case ast.PropertyLookup() | ast.HdgOf():
                if want:
                    self._codes(e, lambda v: True, lambda: [], True, draft, subject)
                else:
                    self._clear_lookup(e, draft, subject)
            case _:
                if (self.value(e, draft, subject) is not None) is not want:
                    raise CannotMake("verdien kan ikke settes")

    def _clear_lookup(self, e: ast.Expr, draft: Draft, subject: str) -> None:
        name = e.field.text if isinstance(e, ast.PropertyLookup) else None
        if isinstance(e, ast.HdgOf) and isinstance(e.operand, ast.Reference | ast.PropertyLookup):
            self._presence(e.operand, False, draft, subject)
        elif name is not None and name in self._fields:
            draft[name] = () if self._fields[name].is_list else None
        else:
            raise CannotMake("oppslaget kan ikke tømmes")

    def any_value(self, spec: FieldSchema) -> Any:
        """Some valid value of a field."""
        random = self.random
        match spec.kind:
            case "tekst":
                one: Any = f"{spec.name[:6]}{random.randint(1, 9)}"
            case "heltall":
                one = random.randint(*_range(spec, 0, 10))
            case "desimal":
                one = Decimal(random.randint(*_range(spec, 0, 10)))
            case "dato" | "tidspunkt":
                day = self.machine.day or dt.date(2024, 1, 15)
                one = self._fitting(spec, day + dt.timedelta(days=random.randint(0, 20)))
            case "ja_nei":
                one = random.random() < 0.5
            case "kode" | "kodepar":
                code = self.any_code(spec)
                one = (code, None) if spec.kind == "kodepar" else code
            case _:
                assert_never(spec.kind)
        return (one,) if spec.is_list else one

    def any_code(self, spec: FieldSchema) -> str:
        """Some valid code of a field. Raises ``CannotMake``."""
        for system in self.random.sample(spec.systems, len(spec.systems)):
            if system.codes and not (system.open and self.random.random() < 0.3):
                return self.random.choice(self._valid_codes(system))
            if system.pattern is not None:
                try:
                    return example(system.pattern, self.random)
                except ValueError:
                    continue
            if system.open and system.pattern is None:
                return "X0"
        raise CannotMake(f"ingen koder for «{spec.name}»")

    def _valid_codes(self, system: CodeSystem) -> list[str]:
        """The listed codes that may be used on the day, or all when none may."""
        if system.name not in self._listed:
            day = self.machine.day or dt.date(2024, 1, 15)
            valid = [c for c, info in system.codes.items() if info.valid_on(day)]
            self._listed[system.name] = valid or list(system.codes)
        return self._listed[system.name]

    # ------------------------------------------------------------ codes

    def _systems(self, e: ast.Expr, subject: str) -> frozenset[str]:
        if isinstance(e, ast.Reference):
            symbol = self.machine.scopes.lookup(subject, e.name)
            if isinstance(symbol, FieldSymbol | SamlingSymbol):
                return systems_of(self.machine, subject, e.name)
        found = code_type(self.machine.inference.infer(e, subject))
        return frozenset(found.systems) if found is not None else frozenset()

    def _index(self, name: str, subject: str) -> Any:
        return self.machine.property_index(systems_of(self.machine, subject, name))

    def _codes(
        self,
        e: ast.Expr,
        accept: Callable[[Any], bool],
        offer: Callable[[], Iterable[Any]],
        want: bool,
        draft: Draft,
        subject: str,
    ) -> None:
        """Give ``e`` a code that ``accept`` likes (or take all such away)."""
        match e:
            case ast.Reference(name=name):
                symbol = self.machine.scopes.lookup(subject, name)
                if isinstance(symbol, FieldSymbol | SamlingSymbol):
                    if want:
                        self._add(name, list(offer()), draft, subject)
                    else:
                        self._remove(name, accept, draft, subject)
                elif isinstance(symbol, BegrepSymbol):
                    own = self._owner(symbol, subject)
                    self._codes(symbol.begrep.expr, accept, offer, want, draft, own)
                elif isinstance(symbol, HierarkiSymbol):
                    self._through_hierarchy(symbol.hierarki, accept, want, draft)
                else:
                    raise CannotMake(f"«{name}» kan ikke settes")
            case ast.PropertyLookup(slag=slag, field=looked):
                self._looked_up(slag.text, looked.text, accept, want, draft, subject)
            case ast.HdgOf(operand=operand):
                hdg = self.machine.property_hdg
                accepted = lambda p: p in hdg and accept(hdg[p])  # noqa: E731
                if isinstance(operand, ast.Reference) and isinstance(
                    self.machine.scopes.lookup(subject, operand.name), FieldSymbol
                ):
                    any_slag = self.random.choice(list(self.machine.ruleset.slag))
                    self._looked_up(any_slag, operand.name, accepted, want, draft, subject)
                else:
                    self._codes(operand, accepted, lambda: [], want, draft, subject)
            case ast.Cases(cases=cases, otherwise=otherwise):
                self._cases(
                    cases, otherwise, lambda v: self._codes(v, accept, offer, want, draft, subject), draft, subject
                )
            case _:
                raise CannotMake("verdien det spørres om, kan ikke settes")

    def _through_hierarchy(self, decl: ast.Hierarki, accept: Callable[[Any], bool], want: bool, draft: Draft) -> None:
        subject = decl.subject.text
        rules = [r for r in self.machine.decider(decl.name.text).rules if accept(r.rule.target.text) is want]
        if not rules:
            raise CannotMake(f"ingen regel i «{decl.name.text}» gir det")
        chosen = self.random.choice(rules)
        for e in (chosen.group.condition, chosen.rule.condition):
            if e is not None:
                self.make(e, True, draft, subject)

    def _looked_up(
        self, slag: str, name: str, accept: Callable[[Any], bool], want: bool, draft: Draft, subject: str
    ) -> None:
        members = sorted(p for p in self.machine.slag_members.get(slag, ()) if accept(p) is want)
        if not members and want:
            raise CannotMake(f"ingen egenskap av slaget «{slag}» passer")
        if not want:
            draft[name] = () if self._fields[name].is_list else None
            return
        for p in self.random.sample(members, min(len(members), 20)):
            for source, conditions in self._sources(p):
                codes = self._carrying(name, source, subject)
                if not codes:
                    continue
                spec = self._fields.get(name)
                if spec is not None and spec.is_list:
                    rest = draft.get(name) or ()
                    draft[name] = (self._occurrence(spec, self.random.choice(codes)), *rest[1:])
                else:
                    self._add(name, codes, draft, subject)
                for condition, hold in conditions:
                    self.make(condition, hold, draft, subject)
                return
        raise CannotMake(f"egenskapen «{members[0]}» har ingen koder")

    def _sources(self, name: str) -> list[tuple[str, list[tuple[ast.Expr, bool]]]]:
        """The properties a code may carry to count as ``name``, and what must hold (or not) for it to do so."""
        recodings = self.machine.recodings
        out = [(name, [(c, False) for _, c in recodings.get(name, ())])]
        for source, rules in recodings.items():
            for i, (target, condition) in enumerate(rules):
                if target == name:
                    out.append((source, [*((c, False) for _, c in rules[:i]), (condition, True)]))
        return self.random.sample(out, len(out))

    def _property(self, e: ast.Expr, names: list[str], want: bool, draft: Draft, subject: str) -> None:
        if isinstance(e, ast.Reference) and isinstance(
            self.machine.scopes.lookup(subject, e.name), FieldSymbol | SamlingSymbol
        ):
            if want:
                for chosen in self.random.sample(names, len(names)):
                    for source, conditions in self._sources(chosen):
                        options = self._carrying(e.name, source, subject)
                        if options:
                            self._add(e.name, options, draft, subject)
                            for condition, hold in conditions:
                                self.make(condition, hold, draft, subject)
                            return
                raise CannotMake(f"egenskapen «{names[0]}» har ingen koder som passer i «{e.name}»")
            else:
                index = self._index(e.name, subject)
                self._remove(e.name, lambda v: not index.of(v).isdisjoint(names), draft, subject)
            return
        index = self.machine.property_index(self._systems(e, subject))
        self._codes(
            e,
            lambda v: not index.of(v).isdisjoint(names),
            lambda: [c for p in names for c in self._from_index(index, p)],
            want,
            draft,
            subject,
        )

    def _from_index(self, index: Any, name: str) -> list[Any]:
        if id(index) not in self._inverse:
            self._inverse[id(index)] = index, _inverted(index)
        out: list[Any] = list(self._inverse[id(index)][1].get(name, ()))
        for loose, codes in index.loose:
            if loose == name:
                out += list(some_codes(codes))
        return out

    def _carrying(self, field_name: str, name: str, subject: str) -> tuple[Any, ...]:
        """Codes (and pairs) that carry a property, as a field sees it."""
        key = (field_name, name)
        if key not in self._carriers:
            self._carriers[key] = tuple(self._from_index(self._index(field_name, subject), name))
        return self._carriers[key]

    def _homes(self, name: str, subject: str) -> list[str]:
        """The fields a code for a field or samling may be put in."""
        symbol = self.machine.scopes.lookup(subject, name)
        if isinstance(symbol, SamlingSymbol):
            return [f.text for f in symbol.samling.fields if f.text in self._fields]
        return [name] if name in self._fields else []

    def _occurrence(self, spec: FieldSchema, code: Any) -> Any:
        """A code as an occurrence of the field; ``None`` when the field can't hold it."""
        if spec.kind not in ("kode", "kodepar"):
            return None
        parts = code if isinstance(code, tuple) else (code, None)
        if spec.kind == "kode" and parts[1] is not None:
            return None
        book = self._books.setdefault(spec.name, CodeBook(spec.systems))
        try:
            for part in parts:
                if part is not None:
                    book.require(normal(part))
        except FieldFault:
            return None
        return (parts[0], parts[1]) if spec.kind == "kodepar" else parts[0]

    def _add(self, name: str, codes: Iterable[Any], draft: Draft, subject: str) -> None:
        options = list(codes)
        options = self.random.sample(options, min(len(options), 120))
        homes = self._homes(name, subject)
        # A list takes one more; a single field loses what it had.
        homes.sort(key=lambda n: (not self._fields[n].is_list, self.random.random()))
        if len(homes) > 1 and self.random.random() < 0.3:
            self.random.shuffle(homes)
        if not options:
            raise CannotMake(f"det finnes ingen koder å sette i «{name}»")
        for code in options:
            for home in homes:
                spec = self._fields[home]
                one = self._occurrence(spec, code)
                if one is not None:
                    draft[home] = (*(draft.get(home) or ()), one) if spec.is_list else one
                    return
        raise CannotMake(f"ingen kode passer i «{name}»")

    def _remove(self, name: str, accept: Callable[[Any], bool], draft: Draft, subject: str) -> None:
        for home in self._homes(name, subject):
            spec = self._fields[home]
            value = draft.get(home)
            if spec.is_list:
                draft[home] = tuple(v for v in value or () if not accept(v))
            elif value is not None and accept(value):
                draft[home] = self._other_code(spec, accept)

    def _other_code(self, spec: FieldSchema, accept: Callable[[Any], bool]) -> Any:
        for _ in range(20):
            one = self._occurrence(spec, self.any_code(spec))
            if one is not None and not accept(one):
                return one
        if spec.optional:
            return None
        raise CannotMake(f"«{spec.name}» kan ikke være noe annet")

    def _test(self, name: str, test: ast.CountTestPart | None, subject: str) -> tuple[Callable[[Any], bool], list[Any]]:
        match test:
            case None:
                return (lambda v: True), []
            case ast.CodesTest(codes=codes):
                wanted = self.machine.code_set(codes, systems_of(self.machine, subject, name))
                return wanted.has, list(some_codes(wanted))
            case ast.PropertyTest(properties=properties):
                index = self._index(name, subject)
                names = [p.text for p in properties]
                return (
                    lambda v: not index.of(v).isdisjoint(names),
                    [c for p in names for c in self._carrying(name, p, subject)],
                )
            case _:
                assert_never(test)

    def _counted(
        self,
        name: str,
        test: ast.CountTestPart | None,
        quantity: str,
        count: int,
        distinct: bool,
        want: bool,
        draft: Draft,
        subject: str,
    ) -> None:
        accept, options = self._test(name, test, subject)
        if not want:
            quantity, count = {"minst": ("høyst", count - 1), "høyst": ("minst", count + 1)}.get(
                quantity, ("minst", count + 1)
            )
        if count < 0:
            raise CannotMake("antallet kan ikke være negativt")

        def hits() -> list[Any]:
            values = [v for home in self._homes(name, subject) for v in self._values(home, draft) if accept(v)]
            return list(dict.fromkeys(values)) if distinct else values

        if quantity in ("høyst", "nøyaktig") and len(hits()) > count:
            keep = hits()[:count]
            self._remove(name, lambda v: accept(v) and v not in keep, draft, subject)
        if quantity in ("minst", "nøyaktig"):
            for _ in range(60):
                if len(hits()) >= count:
                    return
                if options:
                    self._add(name, options, draft, subject)
                else:
                    homes = self._homes(name, subject)
                    if test is not None or not homes:
                        raise CannotMake(f"ingen kode passer i «{name}»")
                    self._add(name, [self.any_code(self._fields[h]) for h in homes], draft, subject)

    def _values(self, home: str, draft: Draft) -> tuple[Any, ...]:
        value = draft.get(home)
        if self._fields[home].is_list:
            return value or ()
        return () if value is None else (value,)

    def _all(self, e: ast.AllTest, want: bool, draft: Draft, subject: str) -> None:
        name = e.field.text
        accept, fitting = self._test(name, e.test, subject)
        index = self._index(name, subject)
        only = tuple(n.text for n in e.only)

        def asked(v: Any) -> bool:
            return not only or not index.of(v).isdisjoint(only)

        if want:
            self._remove(name, lambda v: asked(v) and not accept(v), draft, subject)
            if fitting and self.random.random() < 0.6:
                self._add(name, fitting, draft, subject)
            return
        options = [c for p in only for c in self._carrying(name, p, subject)]
        if not only:
            options = [self.any_code(self._fields[h]) for h in self._homes(name, subject) for _ in range(20)]
        self._add(name, [c for c in options if not accept(c)], draft, subject)

    def _valid(self, e: ast.Expr, system: str, want: bool, draft: Draft, subject: str) -> None:
        if not isinstance(e, ast.Reference):
            raise CannotMake("verdien det spørres om, kan ikke settes")
        symbol = self.machine.scopes.lookup(subject, e.name)
        if isinstance(symbol, BegrepSymbol):
            self._valid(symbol.begrep.expr, system, want, draft, self._owner(symbol, subject))
            return
        valid = valid_in(self.machine.ruleset, system)
        decl = self.machine.ruleset.kodeverk.get(system)
        options: list[str] = [normal(c) for c in decl.codes.codes][:_MOST_CODES] if decl is not None else []
        if decl is not None and decl.pattern is not None:
            options += [example(decl.pattern.value, self.random) for _ in range(5)]
        if want:
            self._add(e.name, options, draft, subject)
        else:
            spec = self._fields[e.name]
            odd = [c for c in ("-80", "X", "0", "ZZZZ9", self.any_code(spec)) if not valid(c)]
            self._add(e.name, odd, draft, subject)


def _inverted(index: PropertyIndex) -> dict[str, list[Any]]:
    """The codes and pairs of each property, at most so many, in an order that is the same in every process."""
    out: dict[str, list[Any]] = {}
    for table in (index.codes, index.pairs):
        for code in sorted(table):
            for name in table[code]:  # type: ignore[index]
                known = out.setdefault(name, [])
                if len(known) < _MOST_CODES:
                    known.append(code)
    return out


def _copy(draft: Draft) -> Draft:
    return dict(draft)


def _range(spec: FieldSchema, low: int, high: int) -> tuple[int, int]:
    first = max(low, int(spec.low)) if isinstance(spec.low, int | Decimal) else low
    last = min(high, int(spec.high)) if isinstance(spec.high, int | Decimal) else high
    return (first, max(first, last))


def some_codes(codes: CodeSet) -> Iterable[Any]:
    """Some codes and pairs of a set."""
    out: list[Any] = [c for c, _ in zip(sorted(codes.codes), range(_MOST_CODES), strict=False)]
    out += sorted(codes.pairs)[:_MOST_CODES]
    for prefix in codes.prefixes[:40]:
        out += [normal(c) for c in concrete(prefix + "*")]
    for pattern in codes.patterns[:40]:
        shape = re.sub(r"\\(.)", r"\1", pattern.replace(".*", "*").replace(".", "?"))
        out += [normal(c) for c in concrete(shape)]
    for part in codes.parts:
        out += list(some_codes(part))
    return [c for c in dict.fromkeys(out) if codes.has(c)]


_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}
_SWAPPED = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
