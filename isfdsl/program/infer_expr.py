"""The type of each kind of expression, in one scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from attrs import define

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.types import (
    NoSuchDate,
    NotComparable,
    NotHere,
    UnitMismatch,
    WrongArguments,
    WrongType,
)
from isfdsl.program.catalogue import FUNCTIONS
from isfdsl.program.codes import HDG_SYSTEM
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

if TYPE_CHECKING:
    from isfdsl.program.infer import Inference

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


def bool_hint(found: Type) -> str | None:
    if isinstance(found, (CodeType, ListType)):
        return "spør med «i», «har egenskap» eller «finnes»"
    if isinstance(found, NumberType):
        return "sammenlign med noe, for eksempel «> 3 dager»"
    return None


@define
class Walk:
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
                WrongType(span=e.span, expected="et vilkår (ja eller nei)", got=describe(found), hint=bool_hint(found))
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
