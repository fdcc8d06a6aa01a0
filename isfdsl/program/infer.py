"""The type of every expression, and the problems where there is none.

``infer`` gives ``None`` where a problem has been reported; whoever needs the type then says nothing more, so that one
cause gives one message.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from typing import assert_never

from attrs import define, field

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.names import PatternMatchesNothing, UnknownCode, UnknownName
from isfdsl.diagnostics.nearest import nearest
from isfdsl.diagnostics.types import (
    NoSuchDate,
    NotComparable,
    NotHere,
    OtherSystem,
    UnitMismatch,
    WrongArguments,
    WrongType,
)
from isfdsl.program.catalogue import FUNCTIONS
from isfdsl.program.codes import GROUP_SYSTEMS, HDG_SYSTEM, is_pattern, normal, pattern_regex, valid_in
from isfdsl.program.own_systems import OwnSystems
from isfdsl.program.ruleset import STAY, Ruleset
from isfdsl.program.scope import (
    BUILT_IN_ATTRIBUTES,
    AttributeSymbol,
    BegrepSymbol,
    FieldSymbol,
    GroupSymbol,
    HierarkiSymbol,
    NivaaSymbol,
    PointsSymbol,
    SamlingSymbol,
    SatsSymbol,
    Scopes,
    Symbol,
)
from isfdsl.program.types import (
    BoolType,
    CodeType,
    DateType,
    ListType,
    MomentType,
    NumberType,
    TextType,
    Type,
    add_units,
    comparable,
    describe,
    divide_units,
    multiply_units,
)
from isfdsl.source import Span
from isfdsl.syntax import ast

SPAN_UNITS: dict[str, ast.Unit] = {
    "dager": "dager",
    "timer": "timer",
    "minutter": "minutter",
    "hele år": "år",
    "hele måneder": "måneder",
    "kalenderår": "år",
}
BOOL = BoolType()
NUMBER = NumberType()


@define(slots=False)
class Inference:
    """Infers types in one ruleset and collects problems."""

    ruleset: Ruleset
    scopes: Scopes
    problems: list[Problem] = field(factory=list)
    _begrep: dict[tuple[int, str | None], Type | None] = field(factory=dict)
    _open: set[int] = field(factory=set)
    _valid: dict[str, object] = field(factory=dict)
    _sorted: dict[str, list[str]] = field(factory=dict)
    _near: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = field(factory=dict)
    _own: OwnSystems = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._own = OwnSystems(self.ruleset)

    # ------------------------------------------------------------ entry points

    def infer(self, expr: ast.Expr, subject: str | None, *, pair: bool = False) -> Type | None:
        """The type of an expression about ``subject``; ``pair`` allows ``samme`` and ``neste.``/``forrige.``."""
        return _Walk(self, subject, pair).expr(expr)

    def condition(self, expr: ast.Expr, subject: str | None, *, pair: bool = False) -> None:
        """Report when an expression is not a condition."""
        found = self.infer(expr, subject, pair=pair)
        if found is not None and found != BOOL:
            self.problems.append(
                WrongType(
                    span=expr.span, expected="et vilkår (ja eller nei)", got=describe(found), hint=_bool_hint(found)
                )
            )

    def value(self, expr: ast.Expr, subject: str | None, unit: ast.Unit) -> None:
        """Report when an expression is not a number in ``unit``."""
        found = self.infer(expr, subject)
        if found is not None and found != NumberType(unit):
            hint = f"skriv enheten: «{unit}»" if found == NUMBER else None
            self.problems.append(
                WrongType(span=expr.span, expected=describe(NumberType(unit)), got=describe(found), hint=hint)
            )

    # ------------------------------------------------------------ symbols

    def symbol_type(self, symbol: Symbol, subject: str | None) -> Type | None:
        """The type of what a name stands for."""
        match symbol:
            case FieldSymbol(field=felt):
                return field_type(felt)
            case BegrepSymbol(begrep=begrep):
                return self._begrep_type(begrep, subject)
            case SamlingSymbol(samling=samling):
                return self._samling_type(samling, subject)
            case NivaaSymbol():
                return NUMBER
            case SatsSymbol(name=name):
                for sats in self.ruleset.satser[name]:
                    if isinstance(sats.value, ast.Amount):
                        return NumberType(sats.value.unit)
                return self._assumed_rate(name)
            case HierarkiSymbol(hierarki=hierarki):
                return CodeType((hierarki.name.text,))
            case AttributeSymbol(name=name):
                return self._attribute_type(name)
            case GroupSymbol():
                return CodeType(("drg", "stg", "tfg"))
            case PointsSymbol():
                return NumberType("poeng")
            case _:
                assert_never(symbol)

    def _assumed_rate(self, name: str) -> Type | None:
        for d in self.ruleset.of(ast.Antakelse):
            if isinstance(d.assumption, ast.AssumeRate) and d.assumption.rate.text == name:
                return NumberType(d.assumption.value.unit)
        return None  # an unknown rate may have any unit: nothing to check against

    def _attribute_type(self, name: str) -> Type:
        if name in BUILT_IN_ATTRIBUTES:
            return NumberType(BUILT_IN_ATTRIBUTES[name])
        for group in self.ruleset.all_groups:
            for a in group.attributes:
                if a.name.text == name and isinstance(a.value, ast.Amount):
                    return NumberType(a.value.unit)
        return NUMBER

    def _begrep_type(self, begrep: ast.Begrep, subject: str | None) -> Type | None:
        key = (id(begrep), subject)
        if key in self._begrep:
            return self._begrep[key]
        if id(begrep) in self._open:
            return None  # a circle: reported once, by its own check
        self._open.add(id(begrep))
        before = len(self.problems)
        own = begrep.subject.text if begrep.subject is not None else None
        found = self.infer(begrep.expr, own)
        del self.problems[before:]  # reported where the begrep itself is checked
        self._open.discard(id(begrep))
        self._begrep[key] = found
        return found

    def _samling_type(self, samling: ast.Samling, subject: str | None) -> Type | None:
        systems: list[str] = []
        pair = False
        for name in samling.fields:
            symbol = self.scopes.lookup(samling.subject.text, name.text)
            if not isinstance(symbol, FieldSymbol):
                return None
            systems += [s.text for s in symbol.field.type.systems]
            pair = pair or symbol.field.type.kind == "kodepar"
        return ListType(CodeType(tuple(dict.fromkeys(systems)), pair))

    # ------------------------------------------------------------ codes

    def codes(self, expr: ast.SetExpr, systems: tuple[str, ...], subject: str | None = None) -> None:
        """Report items of a set that are neither lists nor valid codes of the systems (empty: not checked), and lists
        of other systems. ``subject``: the record that is asked about, if any."""
        match expr:
            case ast.SetExcept(base=base, without=without):
                self.codes(base, systems, subject)
                self.codes(without, systems, subject)
            case ast.SetUnion(items=items):
                for item in items:
                    if isinstance(item, ast.CodeItem):
                        self._code(item, systems, subject)
                    else:
                        self.codes(item, systems, subject)

    def _code(self, item: ast.CodeItem, systems: tuple[str, ...], subject: str | None) -> None:
        text = item.text
        if not item.quoted and text in self.ruleset.kodelister:
            self._from_other(item.span, "kodelisten", text, self._own.of_list(text), systems, subject)
            return
        problem = self.code_problem(text, systems, item.span)
        if problem is not None:
            self.problems.append(problem)

    def code_problem(self, text: str, systems: tuple[str, ...], span: Span) -> Problem | None:
        """The problem of a written code that no system knows; patterns and pairs are checked part by part."""
        checked = tuple(s for s in systems if self.known_system(s) or (s == HDG_SYSTEM and self._stated_hdgs))
        if not checked or len(checked) < len(systems):
            return None
        if is_pattern(text):
            hit = any(self.matches(text, s) for s in checked)
            return None if hit else PatternMatchesNothing(span=span, pattern=text, systems=checked)
        parts = text.split("+") if "+" in text else [text]
        for part in parts:
            if not self.is_valid(part, checked):
                close = self.near_code(part, checked)
                case_only = bool(close) and close[0].lower() == part.lower()
                return UnknownCode(span=span, name=part, systems=checked, nearest=close, case_only=case_only)
        return None

    def near_code(self, code: str, systems: tuple[str, ...]) -> tuple[str, ...]:
        """The code or the list that may have been meant; found once for each."""
        found = self._near.get((code, systems))
        if found is None:
            known = [*self.ruleset.kodelister, *(c for s in systems for c in self.system_codes(s))]
            found = self._near[code, systems] = nearest(code, known)
        return found

    def matches(self, pattern: str, system: str) -> bool:
        """Whether some code of the system fits the pattern; an open system may have any."""
        decl = self.ruleset.kodeverk.get(system)
        if decl is not None and decl.open_:
            return True
        if system not in self._sorted:
            self._sorted[system] = sorted(normal(c) for c in self.system_codes(system))
        codes = self._sorted[system]
        start = normal(pattern).partition("*")[0].partition("?")[0]
        regex = re.compile(pattern_regex(pattern))
        for code in codes[bisect_left(codes, start) :]:
            if not code.startswith(start):
                return False
            if regex.fullmatch(code):
                return True
        return False

    def known_system(self, system: str) -> bool:
        """Whether there is anything to check codes of the system against."""
        return system in self.ruleset.kodeverk or system in GROUP_SYSTEMS or system in self.ruleset.slag

    @cached_property
    def _stated_hdgs(self) -> tuple[str, ...]:
        """The HDGs of properties and groups; ``HDG av`` comes to no other."""
        rules = self.ruleset
        own = {d.hdg.text for ds in rules.egenskaper.values() for d in ds if d.hdg is not None}
        values = [a.value for g in rules.all_groups for a in g.attributes if a.name.text == "HDG"]
        return tuple(sorted(own.union(v.text for v in values if isinstance(v, ast.Name))))

    def system_codes(self, system: str) -> tuple[str, ...]:
        """The listed codes of a system."""
        if system == HDG_SYSTEM and system not in self.ruleset.kodeverk:
            return self._stated_hdgs
        if system in GROUP_SYSTEMS:
            return tuple(self.ruleset.groups(GROUP_SYSTEMS[system]))  # type: ignore[arg-type]
        if system in self.ruleset.slag:
            return tuple(self.ruleset.egenskaper)
        decl = self.ruleset.kodeverk.get(system)
        return decl.codes.codes if decl is not None else ()

    def is_valid(self, code: str, systems: tuple[str, ...]) -> bool:
        """Whether a single code is valid in one of the systems."""
        return any(self._is_valid(code, s) for s in systems)

    def _is_valid(self, code: str, system: str) -> bool:
        if system == HDG_SYSTEM and system not in self.ruleset.kodeverk:
            return code in self._stated_hdgs
        if system not in self._valid:
            self._valid[system] = valid_in(self.ruleset, system)
        return bool(self._valid[system](code))  # type: ignore[operator]

    def properties(
        self, names: tuple[ast.Name, ...], systems: tuple[str, ...] = (), subject: str | None = None
    ) -> None:
        """Report properties that are not declared, and those that only codes of other systems have."""
        for name in names:
            if name.text not in self.ruleset.egenskaper:
                self.unknown(name.text, name.span, "egenskapen", self.ruleset.egenskaper)
            else:
                own = self._own.of_property(name.text)
                self._from_other(name.span, "egenskapen", name.text, own, systems, subject)

    def _from_other(
        self,
        span: Span,
        what: str,
        name: str,
        own: frozenset[str] | None,
        systems: tuple[str, ...],
        subject: str | None,
    ) -> None:
        if not own or not systems or not own.isdisjoint(systems):
            return
        post = self.ruleset.poster.get((self.ruleset.stay_source if subject == STAY else subject) or "")
        fields = tuple(f.name.text for f in (post.fields if post else ()) if any(s.text in own for s in f.type.systems))
        self.problems.append(
            OtherSystem(span=span, what=what, name=name, own=tuple(sorted(own)), wanted=systems, fields=fields)
        )

    def unknown(self, name: str, span: Span, kind: str, known: object, context: str | None = None) -> None:
        """Report a name that leads nowhere, with the nearest known one."""
        close = nearest(name, [str(k) for k in known])  # type: ignore[attr-defined]
        self.problems.append(UnknownName(span=span, name=name, kind=kind, nearest=close, context=context))


def field_type(felt: ast.Felt) -> Type:
    """The type of a field."""
    t = felt.type
    match t.kind:
        case "tekst":
            return ListType(TextType()) if t.is_list else TextType()
        case "heltall" | "desimal":
            return NumberType(t.unit)
        case "dato":
            return DateType()
        case "tidspunkt":
            return MomentType()
        case "ja_nei":
            return BOOL
        case "kode" | "kodepar":
            item = CodeType(tuple(s.text for s in t.systems), t.kind == "kodepar")
            return ListType(item) if t.is_list else item
        case _:
            assert_never(t.kind)


def _bool_hint(found: Type) -> str | None:
    if isinstance(found, (CodeType, ListType)):
        return "spør med «i», «har egenskap» eller «finnes»"
    if isinstance(found, NumberType):
        return "sammenlign med noe, for eksempel «> 3 dager»"
    return None


@define
class _Walk:
    """One expression in one scope."""

    top: Inference
    subject: str | None
    pair: bool

    def report(self, problem: Problem) -> None:
        self.top.problems.append(problem)

    def expr(self, e: ast.Expr) -> Type | None:
        match e:
            case ast.And(parts=parts) | ast.Or(parts=parts):
                for part in parts:
                    self.boolean(part)
                return BOOL
            case ast.Not(operand=operand):
                self.boolean(operand)
                return BOOL
            case ast.Cases():
                return self.cases(e)
            case ast.Compare():
                return self.compare(e)
            case ast.Between(operand=operand, low=low, high=high):
                of = self.expr(operand)
                for bound in (low, high):
                    self.comparable(of, self.expr(bound), bound.span)
                return BOOL
            case ast.InSet(operand=operand, codes=codes):
                of = self.code_operand(operand)
                if of is not None:
                    self.top.codes(codes, of.systems, self.subject)
                return BOOL
            case ast.HasProperty(operand=operand, properties=properties):
                self.properties(self.code_operand(operand), properties)
                return BOOL
            case ast.Present(operand=operand) | ast.Missing(operand=operand):
                self.expr(operand)
                return BOOL
            case ast.ValidIn(operand=operand, system=system):
                found = self.expr(operand)
                if found is not None and not isinstance(found, (CodeType, TextType)):
                    self.report(WrongType(span=operand.span, expected="en kode", got=describe(found)))
                if not self.top.known_system(system.text):
                    self.top.unknown(system.text, system.span, "kodeverket", self.top.ruleset.kodeverk)
                return BOOL
            case ast.WithinTime():
                return self.within(e)
            case ast.CountTest(field=name, test=test) | ast.NoneTest(field=name, test=test):
                self.test(name, test)
                return BOOL
            case ast.AllTest(field=name, only=only, test=test):
                self.properties(self.test(name, test), only)
                return BOOL
            case ast.DistinctSources(field=name, properties=properties):
                self.properties(self.list_field(name), properties)
                return BOOL
            case ast.KravTest(krav=krav):
                if krav.text not in self.top.ruleset.krav:
                    self.top.unknown(krav.text, krav.span, "kravet", self.top.ruleset.krav)
                return BOOL
            case ast.GroupFlag(attribute=attribute):
                self.flag(attribute)
                return BOOL
            case ast.SameDay():
                self.pair_only("samme dag", e.span)
                return BOOL
            case ast.Same(operand=operand):
                self.pair_only("samme", e.span)
                self.expr(operand)
                return BOOL
            case ast.Constant():
                return BOOL
            case ast.Sum(terms=terms):
                return self.sum([t for _, t in terms], e.span)
            case ast.Product(factors=factors):
                return self.product(factors, e.span)
            case ast.Negate(operand=operand):
                return self.number(operand)
            case ast.NumberLiteral(unit=unit):
                return NumberType(unit)
            case ast.DateLiteral(raw=raw, value=value):
                if value is None:
                    self.report(NoSuchDate(span=e.span, raw=raw))
                return DateType()
            case ast.DateTimeLiteral(raw=raw, value=moment):
                if moment is None:
                    self.report(NoSuchDate(span=e.span, raw=raw))
                return MomentType()
            case ast.TextLiteral():
                return TextType()
            case ast.BoolLiteral():
                return BOOL
            case ast.Reference(name=name):
                return self.reference(name, e.span)
            case ast.Call():
                return self.call(e)
            case ast.Elapsed(unit=unit, start=start, end=end):
                for side in (start, end):
                    self.dated(side)
                return NumberType(SPAN_UNITS[unit])
            case ast.Part(part=part, operand=operand):
                self.dated(operand)
                return DateType() if part == "dato" else NUMBER
            case ast.HdgOf(operand=operand):
                self.code_operand(operand)
                return CodeType((HDG_SYSTEM,))
            case ast.PropertyLookup(slag=slag, field=name):
                if slag.text not in self.top.ruleset.slag:
                    self.top.unknown(slag.text, slag.span, "slaget", self.top.ruleset.slag)
                self.code_operand(ast.Reference(name=name.text, span=name.span))
                return CodeType((slag.text,))
            case ast.CountOf(field=name, test=test):
                if test is None:
                    self.list_field(name)
                else:
                    self.test(name, test)
                return NUMBER
            case _:
                assert_never(e)

    # ------------------------------------------------------------ parts

    def boolean(self, e: ast.Expr) -> None:
        found = self.expr(e)
        if found is not None and found != BOOL:
            self.report(
                WrongType(span=e.span, expected="et vilkår (ja eller nei)", got=describe(found), hint=_bool_hint(found))
            )

    def cases(self, e: ast.Cases) -> Type | None:
        values = [v for v, _ in e.cases] + [e.otherwise]
        for _, condition in e.cases:
            self.boolean(condition)
        types = [self.expr(v) for v in values]
        first = types[0]
        for value, found in zip(values[1:], types[1:], strict=True):
            if first is not None and found is not None and first != found:
                self.report(
                    WrongType(span=value.span, expected=f"{describe(first)} som i første gren", got=describe(found))
                )
                return None
        return first if all(t is not None for t in types) else None

    def compare(self, e: ast.Compare) -> Type:
        left, right = self.expr(e.left), None
        if isinstance(left, (CodeType, ListType)):
            self.report(
                NotComparable(
                    span=e.span,
                    left=describe(left),
                    right=f"«{e.op}»",
                    hint="spør med «i»: «hovedtilstand i M16.1»",
                )
            )
            return BOOL
        right = self.expr(e.right)
        fits = self.comparable(left, right, e.right.span)
        if fits and e.op not in ("=", "!=") and isinstance(left, (BoolType, TextType)):
            self.report(NotComparable(span=e.span, left=describe(left), right=f"«{e.op}»"))
        return BOOL

    def comparable(self, left: Type | None, right: Type | None, span: Span) -> bool:
        if left is None or right is None:
            return False
        if comparable(left, right):
            return True
        if isinstance(left, NumberType) and isinstance(right, NumberType):
            self.report(UnitMismatch(span=span, operation="sammenlignes", left=describe(left), right=describe(right)))
        else:
            self.report(NotComparable(span=span, left=describe(left), right=describe(right)))
        return False

    def within(self, e: ast.WithinTime) -> Type:
        self.dated(e.left)
        self.dated(e.right)
        if e.amount.unit not in ("dager", "timer", "minutter"):
            self.report(
                WrongType(
                    span=e.amount.span,
                    expected="et antall dager, timer eller minutter",
                    got=describe(NumberType(e.amount.unit)),
                )
            )
        return BOOL

    def dated(self, e: ast.Expr) -> None:
        found = self.expr(e)
        if found is not None and not isinstance(found, (DateType, MomentType)):
            self.report(WrongType(span=e.span, expected="en dato eller et tidspunkt", got=describe(found)))

    def number(self, e: ast.Expr) -> NumberType | None:
        found = self.expr(e)
        if found is None or isinstance(found, NumberType):
            return found
        self.report(WrongType(span=e.span, expected="et tall", got=describe(found)))
        return None

    def sum(self, terms: list[ast.Expr], span: Span) -> Type | None:
        unit: ast.Unit | None = None
        ok = True
        for term in terms:
            found = self.number(term)
            if found is None:
                ok = False
            elif unit is None:
                unit = found.unit
            elif add_units(unit, found.unit) is None:
                self.report(
                    UnitMismatch(
                        span=term.span,
                        operation="legges sammen eller trekkes fra hverandre",
                        left=describe(NumberType(unit)),
                        right=describe(found),
                    )
                )
                ok = False
        return NumberType(unit) if ok and unit is not None else None

    def product(self, factors: tuple[tuple[str, ast.Expr], ...], span: Span) -> Type | None:
        unit: ast.Unit | None = None
        ok = True
        for op, factor in factors:
            found = self.number(factor)
            if found is None:
                ok = False
            elif unit is None:
                unit = found.unit
            else:
                combined = multiply_units(unit, found.unit) if op == "*" else divide_units(unit, found.unit)
                if combined is None:
                    self.report(
                        UnitMismatch(
                            span=factor.span,
                            operation="ganges" if op == "*" else "deles",
                            left=describe(NumberType(unit)),
                            right=describe(found),
                        )
                    )
                    ok = False
                else:
                    unit = combined
        return NumberType(unit) if ok and unit is not None else None

    def reference(self, name: str, span: Span) -> Type | None:
        if self.pair and name.partition(".")[0] in ("neste", "forrige") and "." in name:
            name = name.partition(".")[2]
        symbol = self.top.scopes.lookup(self.subject, name)
        if symbol is None:
            names = self.top.scopes.names(self.subject)
            context = f"for «{self.subject}»" if self.subject else None
            self.top.unknown(name, span, "navnet", names, context)
            return None
        return self.top.symbol_type(symbol, self.subject)

    def code_operand(self, e: ast.Expr) -> CodeType | None:
        found = self.expr(e)
        if isinstance(found, ListType) and isinstance(found.item, CodeType):
            return found.item
        if isinstance(found, CodeType):
            return found
        if found is not None:
            self.report(WrongType(span=e.span, expected="et kodefelt", got=describe(found)))
        return None

    def list_field(self, name: ast.Name) -> CodeType | None:
        found = self.reference(name.text, name.span)
        if isinstance(found, ListType):
            return found.item if isinstance(found.item, CodeType) else None
        if isinstance(found, CodeType):
            return found
        if found is not None:
            self.report(WrongType(span=name.span, expected="en liste av koder", got=describe(found)))
        return None

    def test(self, name: ast.Name, test: ast.CountTestPart) -> CodeType | None:
        of = self.list_field(name)
        match test:
            case ast.CodesTest(codes=codes):
                if of is not None:
                    self.top.codes(codes, of.systems, self.subject)
            case ast.PropertyTest(properties=properties):
                self.properties(of, properties)
        return of

    def properties(self, of: CodeType | None, names: tuple[ast.Name, ...]) -> None:
        self.top.properties(names, () if of is None else of.systems, self.subject)

    def flag(self, attribute: ast.Name) -> None:
        groups = self.top.ruleset.all_groups
        known = {a.name.text for g in groups for a in g.attributes if isinstance(a.value, ast.Name)}
        if attribute.text not in known and groups:
            self.top.unknown(attribute.text, attribute.span, "opplysningen", sorted(known), "på noen gruppe")

    def pair_only(self, what: str, span: Span) -> None:
        if not self.pair:
            self.report(NotHere(span=span, what=what, where="i «samles når»"))

    def call(self, e: ast.Call) -> Type | None:
        function = FUNCTIONS.get(e.function)
        if function is None:
            self.top.unknown(e.function, e.span, "funksjonen", FUNCTIONS)
            return None
        arguments = [self.expr(a) for a in e.arguments]
        if function.variadic:
            right = len(arguments) >= 2
            expected = "minst to argumenter"
        else:
            right = len(arguments) == len(function.parameters)
            count = len(function.parameters)
            expected = f"{count} argument" + ("er" if count > 1 else "")
        if not right:
            self.report(WrongArguments(span=e.span, function=e.function, expected=expected, got=len(arguments)))
            return None
        wanted = function.parameters * len(arguments) if function.variadic else function.parameters
        for want, found, a in zip(wanted, arguments, e.arguments, strict=False):
            if found is None:
                return None
            fits = isinstance(found, NumberType) if want == "tall" else isinstance(found, (DateType, MomentType))
            if not fits:
                self.report(
                    WrongType(span=a.span, expected="et tall" if want == "tall" else "en dato", got=describe(found))
                )
                return None
        if function.variadic and len({t.unit for t in arguments if isinstance(t, NumberType)}) > 1:
            first, other = arguments[0], next(t for t in arguments if t != arguments[0])
            assert first is not None and other is not None
            self.report(
                UnitMismatch(span=e.span, operation="sammenlignes", left=describe(first), right=describe(other))
            )
            return None
        return function.result(tuple(t for t in arguments if t is not None))
