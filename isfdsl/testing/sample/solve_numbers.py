"""Making numbers and days that satisfy a comparison."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from attrs import define

from isfdsl.program.scope import BegrepSymbol, FieldSymbol, NivaaSymbol
from isfdsl.records.schema import FieldSchema
from isfdsl.syntax import ast
from isfdsl.testing.sample.solve_base import DEEP, CannotMake, Draft, MakerBase, copy_of
from isfdsl.values import as_day, as_moment

_SWAPPED = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


@define
class NumberMaker(MakerBase):
    """The part of the maker that chooses numbers, days and moments."""

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
        if self._depth > DEEP:
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
            before = copy_of(draft)
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
