"""``ikke`` and ``!=`` over values that may be missing, where nothing beside them says what then."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import assert_never

from attrs import frozen

from isfdsl.check.context import Check, Context, Part
from isfdsl.check.walk import children, nodes, plain_name
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.truth import NegatedMissing
from isfdsl.program.infer_expr import field_type
from isfdsl.program.ruleset import DRG_HIERARCHY
from isfdsl.program.scope import BegrepSymbol, FieldSymbol, GroupSymbol, HierarkiSymbol
from isfdsl.program.types import BoolType
from isfdsl.syntax import ast


@frozen
class Gap:
    """A value that may be missing: the expression as written, and the keys that settle it when asked about."""

    expr: ast.Expr
    keys: frozenset[Hashable]


def check(ctx: Context, part: Part) -> Iterator[Problem]:
    """Walk one part of a chain; its siblings and what holds around it may settle what is missing."""
    if not part.facts.negative:
        return
    walk = _Walk(ctx, part.subject)
    settled: set[Hashable] = set()
    for other in (*part.site.parts, *part.site.around):
        if other is not part.expr:
            settled |= walk.settles(other)
    yield from walk.truth(part.expr, False, frozenset(settled), None)


def _key(e: ast.Expr) -> Hashable:
    return plain_name(e.name) if isinstance(e, ast.Reference) else e


@frozen
class _Walk:
    ctx: Context
    subject: str | None
    path: tuple[str, ...] = ()

    # ------------------------------------------------------------ what may be missing

    def gaps(self, e: ast.Expr, subject: str | None) -> Iterator[Gap]:
        """The values in an expression that may be missing, and make it missing."""
        match e:
            case ast.Reference(name=name):
                keys = self.reference(plain_name(name), subject, ())
                if keys:
                    yield Gap(e, keys)
            case ast.PropertyLookup():
                yield Gap(e, frozenset({e}))
            case ast.HdgOf(operand=operand):
                inner = list(self.gaps(operand, subject))
                yield Gap(e, frozenset({e}).union(*(g.keys for g in inner), {_key(operand)}))
            case _:
                for child in children(e):
                    yield from self.gaps(child, subject)

    def reference(self, name: str, subject: str | None, path: tuple[str, ...]) -> frozenset[Hashable]:
        """The keys that settle a name, none when it is never missing. A condition is never missing."""
        symbol = self.ctx.scopes.lookup(subject, name)
        match symbol:
            case FieldSymbol(field=f):
                return frozenset({name}) if f.optional and not f.type.is_list else frozenset()
            case HierarkiSymbol(hierarki=h):
                return frozenset({name}) if h.ellers is not None and h.ellers.group is None else frozenset()
            case GroupSymbol():
                drg = self.ctx.ruleset.hierarkier.get(DRG_HIERARCHY)
                none = drg is not None and drg.ellers is not None and drg.ellers.group is None
                return frozenset({name}) if none else frozenset()
            case BegrepSymbol(begrep=b):
                if name in path or self.boolean(b):
                    return frozenset()
                own = b.subject.text if b.subject is not None else None
                inner: set[Hashable] = set()
                for node in nodes(b.expr):
                    if isinstance(node, ast.Reference):
                        inner |= self.reference(node.name, own, (*path, name))
                    elif isinstance(node, (ast.PropertyLookup, ast.HdgOf)):
                        inner.add(node)
                return frozenset({name, *inner}) if inner else frozenset()
            case _:
                return frozenset()

    def boolean(self, b: ast.Begrep) -> bool:
        return isinstance(self.ctx.inference.symbol_type(BegrepSymbol(b), None), BoolType)

    # ------------------------------------------------------------ what settles it

    def settles(self, e: ast.Expr) -> set[Hashable]:
        """The keys that a neighbour in a chain settles: by asking about presence, or by being a test itself."""
        match e:
            case ast.Not(operand=operand):
                return self.settles(operand) if isinstance(operand, (ast.Present, ast.Missing)) else set()
            case ast.Present(operand=operand) | ast.Missing(operand=operand):
                return {_key(operand)} | {k for g in self.gaps(operand, self.subject) for k in g.keys}
            case ast.Compare(op=op) if op != "!=":
                tested: tuple[ast.Expr, ...] = (e.left, e.right)
            case ast.InSet(operand=operand) | ast.HasProperty(operand=operand) | ast.ValidIn(operand=operand):
                tested = (operand,)
            case ast.Between(operand=operand):
                tested = (operand,)
            case _:
                return set()
        return {_key(t) for t in tested} | {k for t in tested for g in self.gaps(t, self.subject) for k in g.keys}

    def asked(self, e: ast.Expr) -> set[Hashable]:
        """As ``settles``, but only by asking about presence: all that helps in an ``eller`` or under ``ikke``."""
        inner = e.operand if isinstance(e, ast.Not) else e
        return self.settles(inner) if isinstance(inner, (ast.Present, ast.Missing)) else set()

    # ------------------------------------------------------------ the walk

    def truth(
        self, e: ast.Expr, inverted: bool, settled: frozenset[Hashable], negation: ast.Not | None
    ) -> Iterator[Problem]:
        """Follow truth down. ``inverted``: under an odd number of ``ikke``; ``negation``: the nearest of them."""
        match e:
            case ast.And(parts=parts) | ast.Or(parts=parts):
                chain_holds = isinstance(e, ast.And) and not inverted
                for part in parts:
                    more: set[Hashable] = set()
                    for other in parts:
                        if other is not part:
                            more |= self.settles(other) if chain_holds else self.asked(other)
                    yield from self.truth(part, inverted, settled | more, negation)
            case ast.Not(operand=operand):
                yield from self.truth(operand, not inverted, settled, e)
            case ast.Cases(cases=cases, otherwise=otherwise):
                for value, condition in cases:
                    yield from self.truth(condition, False, settled, None)
                    yield from self.truth(value, inverted, settled | self.settles(condition), negation)
                yield from self.truth(otherwise, inverted, settled, negation)
            case ast.Compare(left=left, op=op, right=right):
                if op == "!=" or inverted:
                    yield from self.report(e, (left, right), settled, negation if inverted else None)
            case ast.Between(operand=operand, low=low, high=high):
                if inverted:
                    yield from self.report(e, (operand, low, high), settled, negation)
            case ast.InSet(operand=operand) | ast.HasProperty(operand=operand) | ast.ValidIn(operand=operand):
                if inverted:
                    yield from self.report(e, (operand,), settled, negation)
            case ast.WithinTime(left=left, right=right):
                if inverted:
                    yield from self.report(e, (left, right), settled, negation)
            case ast.Reference(name=name):
                if inverted:
                    yield from self.name(e, name, settled, negation)
            case ast.Present() | ast.Missing() | ast.KravTest() | ast.GroupFlag() | ast.SameDay() | ast.Same():
                return
            case ast.CountTest() | ast.NoneTest() | ast.AllTest() | ast.DistinctSources() | ast.Constant():
                return
            case ast.Sum() | ast.Product() | ast.Negate() | ast.Call() | ast.Elapsed() | ast.Part() | ast.HdgOf():
                for child in children(e):
                    yield from self.truth(child, False, settled, None)
            case ast.NumberLiteral() | ast.DateLiteral() | ast.DateTimeLiteral() | ast.TextLiteral():
                return
            case ast.BoolLiteral() | ast.PropertyLookup() | ast.CountOf():
                return
            case _:
                assert_never(e)

    def name(
        self, e: ast.Reference, name: str, settled: frozenset[Hashable], negation: ast.Not | None
    ) -> Iterator[Problem]:
        """``ikke x``: a yes/no field that may be missing, or a concept that tests such a value."""
        symbol = self.ctx.scopes.lookup(self.subject, plain_name(name))
        if isinstance(symbol, FieldSymbol) and isinstance(field_type(symbol.field), BoolType):
            yield from self.report(e, (e,), settled, negation)
        elif isinstance(symbol, BegrepSymbol) and name not in self.path and self.boolean(symbol.begrep):
            own = symbol.begrep.subject.text if symbol.begrep.subject is not None else None
            inside = list(_Walk(self.ctx, own, (*self.path, name)).truth(symbol.begrep.expr, True, settled, negation))
            for problem in inside:
                if isinstance(problem, NegatedMissing) and negation is not None:
                    text = self.ctx.text(negation.span)
                    yield NegatedMissing(span=negation.span, name=problem.name, text=text, different=False)
                    return

    def report(
        self, test: ast.Expr, values: tuple[ast.Expr, ...], settled: frozenset[Hashable], negation: ast.Not | None
    ) -> Iterator[Problem]:
        for value in values:
            for gap in self.gaps(value, self.subject):
                if not gap.keys & settled:
                    whole = negation if negation is not None else test
                    yield NegatedMissing(
                        span=whole.span,
                        name=self.ctx.text(gap.expr.span),
                        text=self.ctx.text(whole.span),
                        different=negation is None and isinstance(test, ast.Compare) and test.op == "!=",
                    )
                    return


CHECK = Check(name="mangler", reports=(NegatedMissing,), part=check)
