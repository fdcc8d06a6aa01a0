"""From a trace to the tree of an explanation: each expression with its words, its value and what decided it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, assert_never

from attrs import define, evolve, field

from isfdsl.explain import shown, words
from isfdsl.explain.case import Case
from isfdsl.explain.document import Form, Origin, Step
from isfdsl.explain.origins import declared
from isfdsl.explain.recorder import Trace
from isfdsl.interp.context import Ctx
from isfdsl.interp.features import as_tuple, occurrences_of, systems_of, values_of
from isfdsl.interp.machine import Machine
from isfdsl.program.ruleset import holds_on
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
from isfdsl.program.types import CodeType, ListType, NumberType
from isfdsl.syntax import ast


@define(eq=False)
class Steps:
    """Makes steps about one record (``ctx``), read as ``subject``."""

    case: Case
    ctx: Ctx
    subject: str | None
    _words: dict[int, tuple[ast.Expr, str]] = field(factory=dict, init=False)

    @property
    def machine(self) -> Machine:
        """The rules as they hold for the record."""
        return self.ctx.machine

    def about(self, subject: str | None) -> Steps:
        """The same record read as something else (the subject of a begrep)."""
        return self if subject == self.subject else Steps(self.case, self.ctx, subject)

    # ------------------------------------------------------------ entry points

    def trace(self, e: ast.Expr) -> Trace:
        """Evaluate an expression and keep how."""
        closure = self.machine.value(e, self.subject)
        return self.case.recorder.capture(e, lambda: closure(self.ctx))

    def whole(self, e: ast.Expr) -> Step:
        """An expression with everything inside it."""
        return self.step(e, self.trace(e))

    def deciding(self, e: ast.Expr) -> Step | None:
        """The first condition that failed; ``None`` when all of it holds."""
        trace = self.trace(e)
        return None if trace.value is True else self._first_failing(e, trace)

    def _first_failing(self, e: ast.Expr, trace: Trace) -> Step:
        if isinstance(e, ast.And):
            for part in e.parts:
                inner = trace.of(part)
                if inner is not None and inner.value is not True:
                    return self._first_failing(part, inner)
        return self.step(e, trace)

    # ------------------------------------------------------------ the tree

    def step(self, e: ast.Expr, trace: Trace | None) -> Step:
        """An expression as it was evaluated; a part that never was has no value and is marked so."""
        value = trace.value if trace is not None else None
        if trace is not None and _is_condition(e):
            value = value is True
        unit, pair = self._type(e)
        text = self._text(e)
        base = Step(
            form=self._reference_form(e.name) if isinstance(e, ast.Reference) else _FORMS[type(e)],
            text=text,
            value=value,
            unit=unit,
            shown=self._shown(value, unit, pair, e),
            seen=trace is not None,
        )
        return self._fill(e, trace, base)

    def _fill(self, e: ast.Expr, trace: Trace | None, base: Step) -> Step:
        match e:
            case ast.And(parts=parts) | ast.Or(parts=parts):
                return self._with(base, trace, parts)
            case ast.Not(operand=operand) | ast.Negate(operand=operand) | ast.Part(operand=operand):
                of = self._with(base, trace, (operand,))
                return evolve(of, operators=(e.part,)) if isinstance(e, ast.Part) else of
            case ast.Present(operand=operand) | ast.Missing(operand=operand) | ast.HdgOf(operand=operand):
                return self._with(base, trace, (operand,))
            case ast.ValidIn(operand=operand, system=system):
                return evolve(self._with(base, trace, (operand,)), operators=(system.text,))
            case ast.Cases(cases=cases, otherwise=otherwise):
                flat = [x for value, condition in cases for x in (value, condition)]
                return self._with(base, trace, (*flat, otherwise))
            case ast.Compare(left=left, op=op, right=right):
                return evolve(self._with(base, trace, (left, right)), operators=(op,))
            case ast.Between(operand=operand, low=low, high=high):
                return self._with(base, trace, (operand, low, high))
            case ast.WithinTime(left=left, limit=limit, amount=amount, direction=direction, right=right):
                found = self._with(base, trace, (left, right))
                return evolve(found, operators=(limit, f"{amount.value:f}", amount.unit, direction))
            case ast.InSet(operand=operand, codes=codes):
                return self._in_set(base, trace, operand, codes)
            case ast.HasProperty(operand=operand, properties=properties):
                return self._has_property(base, trace, operand, frozenset(p.text for p in properties))
            case ast.CountTest(quantity=quantity, count=count, distinct=distinct, field=name, test=test):
                counting = (quantity, str(count), "ulike" if distinct else "alle")
                return evolve(self._listed(base, name.text, test), operators=counting)
            case ast.NoneTest(field=name, test=test):
                return self._listed(base, name.text, test)
            case ast.AllTest(field=name, only=only, test=test):
                return self._listed(base, name.text, test, frozenset(n.text for n in only))
            case ast.DistinctSources(field=name, properties=properties):
                found = self._listed(base, name.text, ast.PropertyTest(span=e.span, properties=properties))
                return evolve(found, operators=tuple(p.text for p in properties))
            case ast.CountOf(distinct=distinct, field=name, test=count_test):
                found = self._listed(base, name.text, count_test)
                return evolve(found, operators=("ulike" if distinct else "alle",))
            case ast.KravTest(krav=krav, outcome=outcome):
                return self._krav(base, krav.text, outcome)
            case ast.GroupFlag(attribute=attribute):
                _, note = self.machine.attribute(self.ctx.group_kind, self.ctx.group, attribute.text)
                return evolve(base, notes=(note,) if note is not None else (), origin=self._group_origin())
            case ast.Sum(terms=terms):
                found = self._with(base, trace, tuple(t for _, t in terms))
                return evolve(_unknown(found), operators=tuple(sign for sign, _ in terms))
            case ast.Product(factors=factors):
                found = self._with(base, trace, tuple(f for _, f in factors))
                return evolve(_unknown(found), operators=tuple(sign for sign, _ in factors))
            case ast.Call(function=function, arguments=arguments):
                return evolve(self._with(base, trace, arguments), operators=(function,))
            case ast.Elapsed(unit=unit, start=start, end=end):
                return evolve(self._with(base, trace, (start, end)), operators=(unit,))
            case ast.PropertyLookup(slag=slag, field=name):
                return evolve(base, parts=(self._field_step(name.text),), operators=(slag.text,))
            case ast.Reference(name=ref):
                return self._reference(base, trace, ref)
            case (
                ast.SameDay()
                | ast.Same()
                | ast.Constant()
                | ast.NumberLiteral()
                | ast.DateLiteral()
                | ast.DateTimeLiteral()
                | ast.TextLiteral()
                | ast.BoolLiteral()
            ):
                return base
            case _:
                assert_never(e)

    def _with(self, base: Step, trace: Trace | None, parts: tuple[ast.Expr, ...]) -> Step:
        made = tuple(self.step(p, trace.of(p) if trace is not None else None) for p in parts)
        return evolve(base, parts=made)

    # ------------------------------------------------------------ codes

    def _in_set(self, base: Step, trace: Trace | None, operand: ast.Expr, codes: ast.SetUnion) -> Step:
        found = self._with(base, trace, (operand,))
        systems = self.systems(operand)
        test = self.machine.code_set(codes, systems)
        values = self._occurrences(operand, trace)
        notes = [
            f"antatt: koder i kodeliste {name}"
            for (what, name), assumed in self.machine.assumed_codes.items()
            if what == "kodeliste" and _names_list(codes, name) and any(assumed.has(v) for v in values)
        ]
        found = evolve(found, notes=tuple(notes), operators=tuple(_items(codes)))
        return self._judged(found, values, test.has, systems)

    def _has_property(self, base: Step, trace: Trace | None, operand: ast.Expr, wanted: frozenset[str]) -> Step:
        found = self._with(base, trace, (operand,))
        systems = self.systems(operand)
        notes: dict[str, None] = {}
        if self._is_list(operand):
            assert isinstance(operand, ast.Reference)
            values = values_of(self.machine, self.subject, operand.name)(self.ctx)
            carried = occurrences_of(self.machine, self.subject, operand.name)(self.ctx)
        else:
            index = self.machine.property_index(systems)
            values = self._occurrences(operand, trace)
            carried = tuple(index.of(v) for v in values)
        for (what, name), assumed in self.machine.assumed_codes.items():
            if what == "egenskap" and name in wanted and any(assumed.has(v) for v in values):
                notes[f"antatt: koder i egenskap {name}"] = None
        hits = [v for v, c in zip(values, carried, strict=True) if not wanted.isdisjoint(c)]
        misses = [v for v, c in zip(values, carried, strict=True) if wanted.isdisjoint(c)]
        return evolve(
            found,
            operators=tuple(sorted(wanted)),
            hits=self.codes(hits, systems),
            misses=self.codes(misses, systems),
            notes=tuple(notes),
        )

    def _listed(
        self, base: Step, name: str, test: ast.CountTestPart | None, only: frozenset[str] = frozenset()
    ) -> Step:
        systems = systems_of(self.machine, self.subject, name)
        values = values_of(self.machine, self.subject, name)(self.ctx)
        match test:
            case None:
                belongs = [True] * len(values)
            case ast.CodesTest(codes=codes):
                has = self.machine.code_set(codes, systems).has
                belongs = [has(v) for v in values]
            case ast.PropertyTest(properties=properties):
                wanted = frozenset(p.text for p in properties)
                carried = occurrences_of(self.machine, self.subject, name)(self.ctx)
                belongs = [not wanted.isdisjoint(c) for c in carried]
            case _:
                assert_never(test)
        looked = [True] * len(values)
        if only:
            carried = occurrences_of(self.machine, self.subject, name)(self.ctx)
            looked = [not only.isdisjoint(c) for c in carried]
        hits = [v for v, b, seen in zip(values, belongs, looked, strict=True) if b and seen]
        misses = [v for v, b, seen in zip(values, belongs, looked, strict=True) if not b and seen]
        return evolve(
            base,
            parts=(self._field_step(name),),
            hits=self.codes(hits, systems),
            misses=self.codes(misses, systems),
        )

    def _judged(self, base: Step, values: tuple[Any, ...], has: Callable[[Any], bool], systems: frozenset[str]) -> Step:
        hits = self.codes([v for v in values if has(v)], systems)
        return evolve(base, hits=hits, misses=self.codes([v for v in values if not has(v)], systems))

    def _occurrences(self, operand: ast.Expr, trace: Trace | None) -> tuple[Any, ...]:
        if self._is_list(operand):
            assert isinstance(operand, ast.Reference)
            return values_of(self.machine, self.subject, operand.name)(self.ctx)
        inner = trace.of(operand) if trace is not None else None
        return as_tuple(inner.value, True) if inner is not None else ()

    def _is_list(self, operand: ast.Expr) -> bool:
        if not isinstance(operand, ast.Reference):
            return False
        return isinstance(self.machine.scopes.lookup(self.subject, operand.name), (FieldSymbol, SamlingSymbol))

    def systems(self, e: ast.Expr) -> frozenset[str]:
        """The code systems of an expression."""
        found = self.machine.inference.infer(e, self.subject)
        if isinstance(found, ListType):
            found = found.item if isinstance(found.item, CodeType) else None
        return frozenset(found.systems) if isinstance(found, CodeType) else frozenset()

    def codes(self, values: Iterable[Any], systems: frozenset[str]) -> tuple[str, ...]:
        """Codes as authors write them."""
        return tuple(shown.code(v, lambda c: self.case.names.written(c, systems)) for v in values)

    def _field_step(self, name: str) -> Step:
        symbol = self.machine.scopes.lookup(self.subject, name)
        systems = systems_of(self.machine, self.subject, name)
        pair = False
        if isinstance(symbol, FieldSymbol):
            value = self.ctx.values.get(name)
            pair = symbol.field.type.kind == "kodepar" and not symbol.field.type.is_list
        else:
            value = values_of(self.machine, self.subject, name)(self.ctx)
        told = shown.value(value, pair=pair, name=lambda c: self.case.names.written(c, systems))
        return Step(form=self._reference_form(name), text=words.name(name), value=value, shown=told)

    def _reference_form(self, name: str) -> Form:
        symbol = self.machine.scopes.lookup(self.subject, name)
        return "ukjent_navn" if symbol is None else _SYMBOLS[type(symbol)]

    # ------------------------------------------------------------ names

    def _reference(self, base: Step, trace: Trace | None, name: str) -> Step:
        symbol = self.machine.scopes.lookup(self.subject, name)
        match symbol:
            case FieldSymbol() | SamlingSymbol() | GroupSymbol() | None:
                return base
            case PointsSymbol():
                return evolve(base, shown="ukjent") if base.value is None else base
            case BegrepSymbol(begrep=begrep):
                own = begrep.subject.text if begrep.subject is not None else None
                inner = trace.of(begrep.expr) if trace is not None else None
                parts = (self.about(own).step(begrep.expr, inner),) if trace is not None else ()
                return evolve(base, parts=parts, origin=declared(self.case.ruleset, begrep))
            case NivaaSymbol(nivaa=nivaa):
                return evolve(base, origin=declared(self.case.ruleset, nivaa))
            case SatsSymbol(name=sats):
                _, note = self.machine.rate(sats)
                return evolve(_noted(base, note), origin=self._rate_origin(sats))
            case HierarkiSymbol(hierarki=hierarki):
                return evolve(base, origin=declared(self.case.ruleset, hierarki))
            case AttributeSymbol(name=attribute):
                _, note = self.machine.attribute(self.ctx.group_kind, self.ctx.group, attribute)
                return evolve(_noted(base, note), origin=self._group_origin())
            case _:
                assert_never(symbol)

    def _group_origin(self) -> Origin | None:
        if self.ctx.group_kind is None or self.ctx.group is None:
            return None
        decl = self.case.ruleset.groups(self.ctx.group_kind).get(self.ctx.group)
        return declared(self.case.ruleset, decl) if decl is not None else None

    def _rate_origin(self, name: str) -> Origin | None:
        ruleset = self.case.ruleset
        for sats in ruleset.satser.get(name, ()):
            if holds_on(sats.validity, self.machine.day) and isinstance(sats.value, ast.Amount):
                return declared(ruleset, sats)
        for assumed in ruleset.of(ast.Antakelse):
            if isinstance(assumed.assumption, ast.AssumeRate) and assumed.assumption.rate.text == name:
                return declared(ruleset, assumed)
        return None

    def _krav(self, base: Step, name: str, outcome: str) -> Step:
        if name not in self.case.ruleset.krav:
            return base
        found = self.machine.krav(name).test(self.ctx)
        told = {"oppfylt": "oppfylt", "ikke_oppfylt": "brutt", "gjelder_ikke": "gjelder ikke"}[found.outcome]
        if found.broken:
            told += f" på {', '.join(found.broken)}"
        origin = declared(self.case.ruleset, self.case.ruleset.krav[name])
        broken = [o for o in found.conditions if o.condition.name.text in found.broken]
        about = self.about(self.case.ruleset.krav[name].subject.text)
        checked = [(o, o.condition.condition) for o in broken if o.condition.condition is not None]
        return evolve(
            base,
            shown=told,
            operators=(outcome, found.outcome, *("unntak" if o.exception else "vilkår" for o, _ in checked)),
            misses=found.broken,
            parts=tuple(about.whole(e) for _, e in checked),
            origin=origin,
        )

    # ------------------------------------------------------------ words

    def _text(self, e: ast.Expr) -> str:
        kept = self._words.get(id(e))
        if kept is None:
            kept = self._words[id(e)] = (e, words.words(e))
        return kept[1]

    def _type(self, e: ast.Expr) -> tuple[str, bool]:
        if _is_condition(e):
            return "", False
        found = self.machine.inference.infer(e, self.subject)
        if isinstance(found, NumberType):
            return found.unit, False
        return "", isinstance(found, CodeType) and found.pair

    def _shown(self, value: Any, unit: str, pair: bool, e: ast.Expr) -> str:
        if isinstance(value, (str, tuple)):
            systems = self.systems(e)
            return shown.value(value, unit, pair=pair, name=lambda c: self.case.names.written(c, systems))
        return shown.value(value, unit)


def _unknown(found: Step) -> Step:
    """A calculation with something unknown in it is itself unknown, not missing."""
    if found.value is None and any(p.shown == "ukjent" for p in found.parts):
        return evolve(found, shown="ukjent")
    return found


def _noted(base: Step, note: str | None) -> Step:
    """A value that is unknown or assumed says so."""
    if note is None:
        return base
    told = f"{base.shown} (antatt)" if note.startswith("antatt") else "ukjent"
    return evolve(base, shown=told, notes=(note,))


_SYMBOLS: dict[type, Form] = {
    FieldSymbol: "felt",
    BegrepSymbol: "begrep",
    SamlingSymbol: "samling",
    NivaaSymbol: "niva",
    SatsSymbol: "sats",
    HierarkiSymbol: "hierarki",
    AttributeSymbol: "attributt",
    GroupSymbol: "gruppe",
    PointsSymbol: "poeng",
}

_FORMS: dict[type, Form] = {
    ast.And: "og",
    ast.Or: "eller",
    ast.Not: "ikke",
    ast.Cases: "valg",
    ast.Compare: "sammenligning",
    ast.Between: "mellom",
    ast.InSet: "i",
    ast.HasProperty: "har_egenskap",
    ast.Present: "finnes",
    ast.Missing: "mangler",
    ast.ValidIn: "gyldig",
    ast.WithinTime: "innen",
    ast.CountTest: "antallstest",
    ast.NoneTest: "ingen",
    ast.AllTest: "alle",
    ast.DistinctSources: "ulike",
    ast.KravTest: "krav",
    ast.GroupFlag: "gruppeflagg",
    ast.SameDay: "samme_dag",
    ast.Same: "samme",
    ast.Constant: "fast",
    ast.Sum: "sum",
    ast.Product: "produkt",
    ast.Negate: "negativ",
    ast.NumberLiteral: "tall",
    ast.DateLiteral: "dato",
    ast.DateTimeLiteral: "tidspunkt",
    ast.TextLiteral: "tekst",
    ast.BoolLiteral: "ja_nei",
    ast.Call: "funksjon",
    ast.Elapsed: "varighet",
    ast.Part: "del",
    ast.HdgOf: "hdg",
    ast.PropertyLookup: "oppslag",
    ast.CountOf: "antall",
}

_CONDITIONS = (
    ast.And,
    ast.Or,
    ast.Not,
    ast.Compare,
    ast.Between,
    ast.InSet,
    ast.HasProperty,
    ast.Present,
    ast.Missing,
    ast.ValidIn,
    ast.WithinTime,
    ast.CountTest,
    ast.NoneTest,
    ast.AllTest,
    ast.DistinctSources,
    ast.KravTest,
    ast.GroupFlag,
    ast.SameDay,
    ast.Same,
    ast.Constant,
)


def _is_condition(e: ast.Expr) -> bool:
    return isinstance(e, _CONDITIONS)


def _items(codes: ast.SetExpr) -> list[str]:
    match codes:
        case ast.SetUnion(items=items):
            return [t for i in items for t in ([i.text] if isinstance(i, ast.CodeItem) else _items(i))]
        case ast.SetExcept(base=base):
            return _items(base)
        case _:
            assert_never(codes)


def _names_list(codes: ast.SetExpr, name: str) -> bool:
    match codes:
        case ast.SetUnion(items=items):
            return any(i.text == name if isinstance(i, ast.CodeItem) else _names_list(i, name) for i in items)
        case ast.SetExcept(base=base):
            return _names_list(base, name)
        case _:
            assert_never(codes)
