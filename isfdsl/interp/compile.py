"""Expressions to closures: the meaning of every node, once.

A closure takes a ``Ctx`` (or a ``Pair`` inside ``samles når``) and gives the value, ``None`` when it is missing. With a
tracer every closure is wrapped, and ``og`` and ``eller`` look at all their parts, so that a trace shows each of them;
nothing here has an effect, so the value is the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, assert_never

from isfdsl.interp.context import Ctx
from isfdsl.interp.features import (
    as_tuple,
    code_type,
    lookup,
    occurrences_of,
    properties_of,
    recoded,
    systems_of,
    values_of,
)
from isfdsl.interp.machine import Closure, Machine
from isfdsl.interp.waits import depends_on_result
from isfdsl.program.codes import GROUP_SYSTEMS, CodeSet, normal, valid_in
from isfdsl.program.scope import (
    AttributeSymbol,
    BegrepSymbol,
    FieldSymbol,
    GroupSymbol,
    HierarkiSymbol,
    NivaaSymbol,
    PointsSymbol,
    SamlingSymbol,
    SatsSymbol,
)
from isfdsl.program.types import CodeType
from isfdsl.syntax import ast
from isfdsl.values import (
    EXACT,
    add,
    as_day,
    calendar_years_between,
    covered_days,
    days_between,
    days_in_month,
    divide,
    hours_between,
    minutes_between,
    multiply,
    negative,
    tertial,
    whole_months_between,
    whole_years_between,
)

ELAPSED: dict[str, Callable[[Any, Any], Any]] = {
    "dager": days_between,
    "timer": hours_between,
    "minutter": minutes_between,
    "hele år": whole_years_between,
    "hele måneder": whole_months_between,
    "kalenderår": calendar_years_between,
}
PARTS: dict[str, Callable[[Any], Any]] = {
    "år": lambda d: d.year,
    "måned": lambda d: d.month,
    "tertial": tertial,
    "dato": as_day,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "største": max,
    "minste": min,
    "dager_i_måneden": days_in_month,
    "dekkede_dager": covered_days,
}


class Compiler:
    """Compiles expressions about one subject in one Machine. ``pair`` is for ``samles når``."""

    def __init__(self, machine: Machine, subject: str | None) -> None:
        self.machine = machine
        self.subject = subject

    def compile(self, e: ast.Expr) -> Closure:
        """The closure of an expression."""
        closure = self._compile(e)
        tracer = self.machine.tracer
        if tracer is None:
            return closure
        listen = tracer

        def traced(ctx: Any) -> Any:
            listen.enter(e)
            value = closure(ctx)
            listen.leave(e, value)
            return value

        return traced

    def test(self, e: ast.Expr) -> Callable[[Any], bool]:
        """A condition: missing is false."""
        closure = self.compile(e)
        return lambda ctx: closure(ctx) is True

    def _compile(self, e: ast.Expr) -> Closure:
        match e:
            case ast.And(parts=parts):
                return self._all([self.test(p) for p in parts])
            case ast.Or(parts=parts):
                return self._any([self.test(p) for p in parts])
            case ast.Not(operand=operand):
                test = self.test(operand)
                return lambda ctx: not test(ctx)
            case ast.Cases(cases=cases, otherwise=otherwise):
                return self._cases(cases, otherwise)
            case ast.Compare(left=left, op=op, right=right):
                return self._compare(left, op, right)
            case ast.Between(operand=operand, low=low, high=high):
                above, below = self._compare(low, "<=", operand), self._compare(operand, "<=", high)
                return lambda ctx: above(ctx) and below(ctx)
            case ast.InSet(operand=operand, codes=codes):
                return self._in_set(operand, codes)
            case ast.HasProperty(operand=operand, properties=properties):
                return self._has_property(operand, frozenset(p.text for p in properties))
            case ast.Present(operand=operand):
                closure = self.compile(operand)
                return lambda ctx: closure(ctx) not in (None, ())
            case ast.Missing(operand=operand):
                closure = self.compile(operand)
                return lambda ctx: closure(ctx) in (None, ())
            case ast.ValidIn(operand=operand, system=system):
                return self._valid_in(operand, system.text)
            case ast.WithinTime():
                return self._within(e)
            case ast.CountTest(quantity=quantity, count=count, distinct=distinct, field=name, test=test):
                counted = self._count(name.text, test, distinct)
                return _quantity(quantity, count, counted)
            case ast.NoneTest(field=name, test=test):
                counted = self._count(name.text, test, False)
                return lambda ctx: counted(ctx) == 0
            case ast.AllTest(field=name, only=only, test=test):
                return self._all_test(name.text, frozenset(n.text for n in only), test)
            case ast.DistinctSources(field=name, properties=properties):
                occurrences = occurrences_of(self.machine, self.subject, name.text)
                wanted = tuple(p.text for p in properties)
                return lambda ctx: distinct_sources(occurrences(ctx), wanted)
            case ast.KravTest(krav=krav, outcome=outcome):
                return self._krav(krav.text, outcome)
            case ast.GroupFlag(attribute=attribute):
                machine, name_ = self.machine, attribute.text
                return lambda ctx: machine.flag(ctx.group_kind, ctx.group, name_)
            case ast.SameDay() | ast.Same():
                return lambda ctx: False  # only has meaning about a pair, see ``pairs``
            case ast.Constant(value=value):
                return lambda ctx: value
            case ast.Sum(terms=terms):
                return self._sum(terms)
            case ast.Product(factors=factors):
                return self._product(factors)
            case ast.Negate(operand=operand):
                closure = self.compile(operand)
                return lambda ctx: None if (v := closure(ctx)) is None else negative(v)
            case ast.NumberLiteral(value=number, unit=unit):
                constant: Any = number.scaleb(-2, context=EXACT) if unit == "%" else number
                if constant == constant.to_integral_value():
                    constant = int(constant)
                return lambda ctx: constant
            case ast.DateLiteral(value=literal):
                return lambda ctx: literal
            case ast.DateTimeLiteral(value=literal_moment):
                return lambda ctx: literal_moment
            case ast.TextLiteral(value=text):
                return lambda ctx: text
            case ast.BoolLiteral(value=yes):
                return lambda ctx: yes
            case ast.Reference(name=ref):
                return self._reference(ref)
            case ast.Call(function=function, arguments=arguments):
                return _strict(FUNCTIONS[function], [self.compile(a) for a in arguments])
            case ast.Elapsed(unit=span_unit, start=start, end=end):
                return _strict(ELAPSED[span_unit], [self.compile(start), self.compile(end)])
            case ast.Part(part=part, operand=operand):
                return _strict(PARTS[part], [self.compile(operand)])
            case ast.HdgOf(operand=operand):
                return self._hdg(operand)
            case ast.PropertyLookup(slag=slag, field=name):
                return lookup(self.machine, self.subject, slag.text, name.text)
            case ast.CountOf(distinct=distinct, field=name, test=count_test):
                return self._count(name.text, count_test, distinct)
            case _:
                assert_never(e)

    # ------------------------------------------------------------ truth

    def _all(self, tests: list[Callable[[Any], bool]]) -> Closure:
        if self.machine.tracer is not None:
            return lambda ctx: _each(tests, ctx, stop=False) is not False
        if len(tests) == 2:
            first, second = tests
            return lambda ctx: first(ctx) and second(ctx)

        def every(ctx: Any) -> bool:
            for t in tests:  # noqa: SIM110  (a loop is half again as fast as all() over a generator)
                if not t(ctx):
                    return False
            return True

        return every

    def _any(self, tests: list[Callable[[Any], bool]]) -> Closure:
        if self.machine.tracer is not None:
            return lambda ctx: _each(tests, ctx, stop=True) is True
        return lambda ctx: any(t(ctx) for t in tests)

    def _cases(self, cases: tuple[tuple[ast.Expr, ast.Expr], ...], otherwise: ast.Expr) -> Closure:
        compiled = [(self.test(c), self.compile(v)) for v, c in cases]
        rest = self.compile(otherwise)

        def choose(ctx: Any) -> Any:
            for condition, value in compiled:
                if condition(ctx):
                    return value(ctx)
            return rest(ctx)

        return choose

    def _compare(self, left: ast.Expr, op: str, right: ast.Expr) -> Closure:
        first, second = self.compile(left), self.compile(right)
        test = COMPARE[op]

        def compare(ctx: Any) -> bool:
            a, b = first(ctx), second(ctx)
            if a is None or b is None:
                return False
            if type(a) is not type(b) and isinstance(a, dt.date):
                a, b = as_day(a), as_day(b)  # a moment meets a day: the day decides
            return test(a, b)

        return compare

    def _within(self, e: ast.WithinTime) -> Closure:
        left, right = self.compile(e.left), self.compile(e.right)
        sign = 1 if e.direction == "etter" else -1
        at_most = e.limit == "senest"
        size = e.amount.value * sign
        between = ELAPSED[e.amount.unit]

        def within(ctx: Any) -> bool:
            a, b = left(ctx), right(ctx)
            if a is None or b is None:
                return False
            distance = between(b, a)
            return bool(distance <= size if at_most else distance >= size)

        return within

    # ------------------------------------------------------------ codes

    def _operand_systems(self, e: ast.Expr) -> frozenset[str]:
        found = self._code_type(e)
        return frozenset(found.systems) if found is not None else frozenset()

    def _code_type(self, e: ast.Expr) -> CodeType | None:
        return code_type(self.machine.inference.infer(e, self.subject))

    def _occurrences(self, e: ast.Expr) -> Callable[[Any], tuple[Any, ...]]:
        """The codes of a value that is no field: one, a pair, or a list."""
        closure, found = self.compile(e), self._code_type(e)
        pair = found is not None and found.pair
        return lambda ctx: as_tuple(closure(ctx), pair)

    def _in_set(self, operand: ast.Expr, codes: ast.SetUnion) -> Closure:
        if isinstance(operand, ast.Reference):
            symbol = self.machine.scopes.lookup(self.subject, operand.name)
            if isinstance(symbol, (FieldSymbol, SamlingSymbol)):
                test = self._set_test(operand.name, codes)
                values = values_of(self.machine, self.subject, operand.name)
                traced = self.compile(operand) if self.machine.tracer is not None else None

                def in_field(ctx: Any) -> bool:
                    if traced is not None:
                        traced(ctx)
                    return any(test(v) for v in values(ctx))

                return in_field
        occurrences = self._occurrences(operand)
        wanted = self.machine.code_set(codes, self._operand_systems(operand))

        def in_set(ctx: Any) -> bool:
            return any(wanted.has(v) for v in occurrences(ctx))

        return in_set

    def _set_test(self, name: str, codes: ast.SetExpr) -> Callable[[Any], bool]:
        """Whether a value of a field belongs to a set. A samling asks with the systems of all its fields."""
        found: CodeSet = self.machine.code_set(codes, systems_of(self.machine, self.subject, name))
        return found.has

    def _has_property(self, operand: ast.Expr, wanted: frozenset[str]) -> Closure:
        if isinstance(operand, ast.Reference):
            symbol = self.machine.scopes.lookup(self.subject, operand.name)
            if isinstance(symbol, (FieldSymbol, SamlingSymbol)):
                present = properties_of(self.machine, self.subject, operand.name)
                traced = self.compile(operand) if self.machine.tracer is not None else None
                if traced is not None:
                    shown = traced

                    def has_traced(ctx: Any) -> bool:
                        shown(ctx)
                        return not wanted.isdisjoint(present(ctx))

                    return has_traced
                if len(wanted) == 1:
                    (single,) = wanted
                    return lambda ctx: single in present(ctx)
                return lambda ctx: not wanted.isdisjoint(present(ctx))
        codes = self._occurrences(operand)
        machine = self.machine
        index = machine.property_index(self._operand_systems(operand))
        return lambda ctx: any(not wanted.isdisjoint(recoded(machine, ctx, index.of(v))) for v in codes(ctx))

    def _valid_in(self, operand: ast.Expr, system: str) -> Closure:
        closure = self.compile(operand)
        valid = valid_in(self.machine.ruleset, system)

        def check(ctx: Any) -> bool:
            value = closure(ctx)
            if value is None:
                return False
            codes = [c for c in value if c is not None] if isinstance(value, tuple) else [value]
            return all(valid(normal(c)) for c in codes)

        return check

    def _count(self, name: str, test: ast.CountTestPart | None, distinct: bool) -> Callable[[Any], int]:
        values = values_of(self.machine, self.subject, name)
        match test:
            case None:
                return lambda ctx: _different(values(ctx)) if distinct else len(values(ctx))
            case ast.CodesTest(codes=codes):
                belongs = self._set_test(name, codes)
                if distinct:
                    return lambda ctx: _different(v for v in values(ctx) if belongs(v))
                return lambda ctx: sum(1 for v in values(ctx) if belongs(v))
            case ast.PropertyTest(properties=properties):
                wanted = frozenset(p.text for p in properties)
                occurrences = occurrences_of(self.machine, self.subject, name)

                def carrying(ctx: Any) -> int:
                    hits = [v for v, o in zip(values(ctx), occurrences(ctx), strict=True) if not wanted.isdisjoint(o)]
                    return _different(hits) if distinct else len(hits)

                return carrying
            case _:
                assert_never(test)

    def _all_test(self, name: str, only: frozenset[str], test: ast.CountTestPart) -> Closure:
        values = values_of(self.machine, self.subject, name)
        occurrences = occurrences_of(self.machine, self.subject, name)
        if isinstance(test, ast.CodesTest):
            belongs = self._set_test(name, test.codes)
            return lambda ctx: all(
                belongs(v)
                for v, o in zip(values(ctx), occurrences(ctx), strict=True)
                if not only or not only.isdisjoint(o)
            )
        wanted = frozenset(p.text for p in test.properties)
        return lambda ctx: all(not wanted.isdisjoint(o) for o in occurrences(ctx) if not only or not only.isdisjoint(o))

    def _hdg(self, operand: ast.Expr) -> Closure:
        machine = self.machine
        systems = self._operand_systems(operand)
        if systems & GROUP_SYSTEMS.keys():
            return _attribute(machine, "HDG")
        hdg = machine.property_hdg
        if systems & machine.slag_members.keys():
            closure = self.compile(operand)
            return lambda ctx: hdg.get(closure(ctx))
        if isinstance(operand, ast.Reference):
            finders = [lookup(machine, self.subject, slag, operand.name) for slag in machine.ruleset.slag]

            def find(ctx: Any) -> str | None:
                for finder in finders:
                    found = finder(ctx)
                    if found is not None and found in hdg:
                        return hdg[found]
                return None

            return find
        return lambda ctx: None

    # ------------------------------------------------------------ names and numbers

    def _krav(self, name: str, outcome: str) -> Closure:
        machine = self.machine
        if outcome == "gjelder":
            return lambda ctx: machine.krav(name).applies(ctx)
        broken = outcome == "brutt"
        return lambda ctx: machine.krav(name).is_broken(ctx) is broken

    def _reference(self, name: str) -> Closure:
        machine, subject = self.machine, self.subject
        symbol = machine.scopes.lookup(subject, name)
        match symbol:
            case FieldSymbol():
                return lambda ctx: ctx.values.get(name)
            case BegrepSymbol(begrep=begrep):
                return self._begrep(begrep)
            case SamlingSymbol():
                values = values_of(machine, subject, name)
                return lambda ctx: values(ctx)
            case NivaaSymbol(nivaa=nivaa):
                return lambda ctx: machine.level(nivaa).value(ctx)
            case SatsSymbol(name=sats):
                value, note = machine.rate(sats)
                if note is None:
                    return lambda ctx: value
                return _noting(value, note)
            case HierarkiSymbol(hierarki=hierarki):
                return lambda ctx: machine.decider(hierarki.name.text).decide(ctx).target
            case AttributeSymbol(name=attribute):
                return _attribute(machine, attribute)
            case GroupSymbol():
                return lambda ctx: ctx.group
            case PointsSymbol():
                return lambda ctx: ctx.points
            case None:
                return lambda ctx: None
            case _:
                assert_never(symbol)

    def _begrep(self, begrep: ast.Begrep) -> Closure:
        machine = self.machine
        own = begrep.subject.text if begrep.subject is not None else None
        key = ("begrep", id(begrep))
        inner: list[Closure] = []

        def value(ctx: Any) -> Any:
            if not inner:
                inner.append(machine.value(begrep.expr, own))
            if machine.tracer is not None:
                return inner[0](ctx)
            # What depends on the group or the points changes as the work goes on, and is never kept.
            return inner[0](ctx) if depends_on_result(machine, begrep) else ctx.keep(key, inner[0])

        return value

    def _sum(self, terms: tuple[tuple[str, ast.Expr], ...]) -> Closure:
        compiled = [(sign == "-", self.compile(t)) for sign, t in terms]

        def total(ctx: Any) -> Any:
            out: Any = 0
            missing = False
            for minus, term in compiled:
                value = term(ctx)
                if value is None:
                    missing = True
                else:
                    out = add(out, negative(value) if minus else value)
            return None if missing else out

        return total

    def _product(self, factors: tuple[tuple[str, ast.Expr], ...]) -> Closure:
        compiled = [(op == "/", self.compile(f)) for op, f in factors]

        def product(ctx: Any) -> Any:
            out: Any = 1
            missing = False
            for divides, factor in compiled:
                value = factor(ctx)
                if value is None or out is None:
                    missing = True
                else:
                    out = divide(out, value) if divides else multiply(out, value)
            return None if missing else out

        return product


def distinct_sources(occurrences: tuple[frozenset[str], ...], wanted: tuple[str, ...]) -> bool:
    """Whether each wanted property can be given an occurrence of its own that carries it."""
    taken: dict[int, int] = {}

    def place(i: int, seen: set[int]) -> bool:
        for at, carried in enumerate(occurrences):
            if wanted[i] in carried and at not in seen:
                seen.add(at)
                if at not in taken or place(taken[at], seen):
                    taken[at] = i
                    return True
        return False

    return all(place(i, set()) for i in range(len(wanted)))


def _noting(value: Any, note: str) -> Closure:
    def noted(ctx: Ctx) -> Any:
        ctx.note(note)
        return value

    return noted


def _attribute(machine: Machine, name: str) -> Closure:
    def read(ctx: Ctx) -> Any:
        value, note = machine.attribute(ctx.group_kind, ctx.group, name)
        if note is not None:
            ctx.note(note)
        return value

    return read


def _strict(function: Callable[..., Any], arguments: list[Closure]) -> Closure:
    if len(arguments) == 1:
        (only,) = arguments
        return lambda ctx: None if (v := only(ctx)) is None else function(v)

    def call(ctx: Any) -> Any:
        values = [a(ctx) for a in arguments]
        return None if any(v is None for v in values) else function(*values)

    return call


def _each(tests: list[Callable[[Any], bool]], ctx: Any, *, stop: bool) -> bool | None:
    """All tests are made, so that a trace shows them; ``stop`` when one gave it, else ``None``.

    What comes after the one that decided leaves no notes, as it would not have been looked at.
    """
    decided: bool | None = None
    for test in tests:
        if decided is None:
            decided = stop if test(ctx) is stop else None
            continue
        notes = getattr(ctx, "notes", None)
        if notes is None:
            test(ctx)
            continue
        ctx.notes = {}
        test(ctx)
        ctx.notes = notes
    return decided


def _different(values: Iterable[Any]) -> int:
    """How many different codes; a pair without a second code is its first."""
    return len({v[0] if isinstance(v, tuple) and v[1] is None else v for v in values})


def _quantity(quantity: str, count: int, counted: Callable[[Any], int]) -> Closure:
    if quantity == "minst":
        return lambda ctx: counted(ctx) >= count
    if quantity == "høyst":
        return lambda ctx: counted(ctx) <= count
    return lambda ctx: counted(ctx) == count


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    ">": lambda a, b: bool(a > b),
    "<=": lambda a, b: bool(a <= b),
    ">=": lambda a, b: bool(a >= b),
}
