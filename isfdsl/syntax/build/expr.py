"""Builder methods for expressions; each carries the name of its grammar rule or alias."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from lark import Token

from isfdsl.syntax import ast
from isfdsl.syntax.build.common import (
    UNITS,
    BuilderBase,
    Children,
    Part,
    after,
    number,
    parse_date,
    parse_datetime,
    pick,
    picks,
    unquote,
)

EXPR = ast.Expr.__args__
SPAN_UNITS: dict[str, ast.SpanUnit] = {
    "span_dager": "dager",
    "span_timer": "timer",
    "span_minutter": "minutter",
    "span_hele_aar": "hele år",
    "span_hele_maaneder": "hele måneder",
    "span_kalenderaar": "kalenderår",
}


class ExprBuilder(BuilderBase):
    """Sets of codes, truth, values."""

    # -------------------------------------------------------------- sets

    def code_item(self, c: Children) -> ast.CodeItem:
        token = c[0]
        quoted = token.type == "QNAME"
        return ast.CodeItem(text=token[1:-1] if quoted else str(token), quoted=quoted, span=self.token_span(token))

    def set_paren(self, c: Children) -> ast.SetExpr:
        inner: ast.SetExpr = c[1]
        return evolve(inner, span=self.span(c))

    def set_union(self, c: Children) -> ast.SetUnion:
        return ast.SetUnion(items=picks(c, (ast.CodeItem, ast.SetUnion, ast.SetExcept)), span=self.span(c))

    def set_except(self, c: Children) -> ast.SetExcept:
        return ast.SetExcept(base=c[0], without=c[2], span=self.span(c))

    def code_items(self, c: Children) -> ast.SetUnion:
        return self.set_union(c)

    # -------------------------------------------------------------- truth

    def and_(self, c: Children) -> ast.And:
        return ast.And(parts=picks(c, EXPR), span=self.span(c))

    def or_(self, c: Children) -> ast.Or:
        return ast.Or(parts=picks(c, EXPR), span=self.span(c))

    def not_(self, c: Children) -> ast.Not:
        return ast.Not(operand=c[1], span=self.span(c))

    def cases(self, c: Children) -> ast.Cases:
        parts = picks(c, EXPR)
        pairs = tuple((parts[i], parts[i + 1]) for i in range(0, len(parts) - 1, 2))
        return ast.Cases(cases=pairs, otherwise=parts[-1], span=self.span(c))

    def comparator(self, c: Children) -> Part:
        return Part("comparator", str(c[0]), self.token_span(c[0]))

    def compare(self, c: Children) -> ast.Compare:
        return ast.Compare(left=c[0], op=c[1].value, right=c[2], span=self.span(c))

    def between(self, c: Children) -> ast.Between:
        operand, low, high = picks(c, EXPR)
        return ast.Between(operand=operand, low=low, high=high, span=self.span(c))

    def in_set(self, c: Children) -> ast.InSet:
        return ast.InSet(operand=c[0], codes=c[2], span=self.span(c))

    def has_property(self, c: Children) -> ast.HasProperty:
        return ast.HasProperty(operand=c[0], properties=c[3].value, span=self.span(c))

    def present(self, c: Children) -> ast.Present:
        return ast.Present(operand=c[0], span=self.span(c))

    def missing(self, c: Children) -> ast.Missing:
        return ast.Missing(operand=c[0], span=self.span(c))

    def valid_in(self, c: Children) -> ast.ValidIn:
        return ast.ValidIn(operand=c[0], system=c[4], span=self.span(c))

    def within_at_most(self, c: Children) -> Part:
        return Part("limit", "senest", self.token_span(c[0]))

    def within_at_least(self, c: Children) -> Part:
        return Part("limit", "tidligst", self.token_span(c[0]))

    def rel_after(self, c: Children) -> Part:
        return Part("direction", "etter", self.token_span(c[0]))

    def rel_before(self, c: Children) -> Part:
        return Part("direction", "før", self.token_span(c[0]))

    def within_time(self, c: Children) -> ast.WithinTime:
        return ast.WithinTime(
            left=c[0], limit=c[2].value, amount=c[3], direction=c[4].value, right=c[5], span=self.span(c)
        )

    def at_least(self, c: Children) -> Part:
        return Part("minst", int(c[1]), self.span(c))

    def at_most(self, c: Children) -> Part:
        return Part("høyst", int(c[1]), self.span(c))

    def exactly(self, c: Children) -> Part:
        return Part("nøyaktig", int(c[1]), self.span(c))

    def distinct(self, c: Children) -> Part:
        return Part("distinct", True, self.span(c))

    def test_codes(self, c: Children) -> ast.CodesTest:
        return ast.CodesTest(codes=c[1], span=self.span(c))

    def test_property(self, c: Children) -> ast.PropertyTest:
        return ast.PropertyTest(properties=c[2].value, span=self.span(c))

    def filter_property(self, c: Children) -> Part:
        return Part("filter", c[2].value, self.span(c))

    def count_test(self, c: Children) -> ast.CountTest:
        return ast.CountTest(
            quantity=c[0].kind,
            count=c[0].value,
            distinct=_part(c, "distinct") is not None,
            field=_need(pick(c, ast.Name)),
            test=_need(_test(c)),
            span=self.span(c),
        )

    def none_test(self, c: Children) -> ast.NoneTest:
        return ast.NoneTest(field=c[1], test=_need(_test(c)), span=self.span(c))

    def all_test(self, c: Children) -> ast.AllTest:
        only = _part(c, "filter")
        return ast.AllTest(field=c[1], only=only.value if only else (), test=_need(_test(c)), span=self.span(c))

    def distinct_sources(self, c: Children) -> ast.DistinctSources:
        return ast.DistinctSources(field=c[1], properties=c[4].value, span=self.span(c))

    def krav_met(self, c: Children) -> Part:
        return Part("outcome", "oppfylt", self.span(c))

    def krav_broken(self, c: Children) -> Part:
        return Part("outcome", "brutt", self.span(c))

    def krav_applies(self, c: Children) -> Part:
        return Part("outcome", "gjelder", self.span(c))

    def krav_test(self, c: Children) -> ast.KravTest:
        return ast.KravTest(krav=c[1], outcome=c[2].value, span=self.span(c))

    def group_flag(self, c: Children) -> ast.GroupFlag:
        return ast.GroupFlag(attribute=c[2], span=self.span(c))

    def same_day(self, c: Children) -> ast.SameDay:
        return ast.SameDay(span=self.span(c))

    def same(self, c: Children) -> ast.Same:
        return ast.Same(operand=c[1], span=self.span(c))

    def always(self, c: Children) -> ast.Constant:
        return ast.Constant(value=True, span=self.span(c))

    def never(self, c: Children) -> ast.Constant:
        return ast.Constant(value=False, span=self.span(c))

    # -------------------------------------------------------------- values

    def sum_chain(self, c: Children) -> ast.Sum:
        terms: list[tuple[Any, ast.Expr]] = [("+", c[0])]
        terms += [(str(c[i]), c[i + 1]) for i in range(1, len(c), 2)]
        return ast.Sum(terms=tuple(terms), span=self.span(c))

    def product_chain(self, c: Children) -> ast.Product:
        factors: list[tuple[Any, ast.Expr]] = [("*", c[0])]
        factors += [(str(c[i]), c[i + 1]) for i in range(1, len(c), 2)]
        return ast.Product(factors=tuple(factors), span=self.span(c))

    def paren(self, c: Children) -> ast.Expr:
        inner: ast.Expr = c[1]
        return inner

    def negate(self, c: Children) -> ast.Negate:
        return ast.Negate(operand=c[1], span=self.span(c))

    def reference(self, c: Children) -> ast.Reference:
        token = c[0]
        text = token[1:-1] if token.type == "QNAME" else str(token)
        return ast.Reference(name=text, span=self.token_span(token))

    def literal_number(self, c: Children) -> ast.NumberLiteral:
        unit = _part(c, "unit")
        return ast.NumberLiteral(value=number(c[0]), unit=unit.value if unit else "", raw=str(c[0]), span=self.span(c))

    def literal_date(self, c: Children) -> ast.DateLiteral:
        return ast.DateLiteral(raw=str(c[0]), value=parse_date(str(c[0])), span=self.span(c))

    def literal_datetime(self, c: Children) -> ast.DateTimeLiteral:
        return ast.DateTimeLiteral(raw=str(c[0]), value=parse_datetime(str(c[0])), span=self.span(c))

    def literal_text(self, c: Children) -> ast.TextLiteral:
        return ast.TextLiteral(value=unquote(c[0]), span=self.span(c))

    def literal_true(self, c: Children) -> ast.BoolLiteral:
        return ast.BoolLiteral(value=True, span=self.span(c))

    def literal_false(self, c: Children) -> ast.BoolLiteral:
        return ast.BoolLiteral(value=False, span=self.span(c))

    def call(self, c: Children) -> ast.Call:
        return ast.Call(function=str(c[0]), arguments=picks(c[1:], EXPR), span=self.span(c))

    def _span_unit(self, rule: str, c: Children) -> Part:
        return Part("span_unit", SPAN_UNITS[rule], self.span(c))

    def span_dager(self, c: Children) -> Part:
        return self._span_unit("span_dager", c)

    def span_timer(self, c: Children) -> Part:
        return self._span_unit("span_timer", c)

    def span_minutter(self, c: Children) -> Part:
        return self._span_unit("span_minutter", c)

    def span_hele_aar(self, c: Children) -> Part:
        return self._span_unit("span_hele_aar", c)

    def span_hele_maaneder(self, c: Children) -> Part:
        return self._span_unit("span_hele_maaneder", c)

    def span_kalenderaar(self, c: Children) -> Part:
        return self._span_unit("span_kalenderaar", c)

    def elapsed(self, c: Children) -> ast.Elapsed:
        return ast.Elapsed(unit=c[0].value, start=after(c, "fra"), end=after(c, "til"), span=self.span(c))

    def part_name(self, c: Children) -> Part:
        return Part("part_name", str(c[0]), self.token_span(c[0]))

    def part(self, c: Children) -> ast.Part:
        return ast.Part(part=c[0].value, operand=c[2], span=self.span(c))

    def hdg_of(self, c: Children) -> ast.HdgOf:
        return ast.HdgOf(operand=c[2], span=self.span(c))

    def property_lookup(self, c: Children) -> ast.PropertyLookup:
        return ast.PropertyLookup(slag=c[1], field=c[3], span=self.span(c))

    def count_of(self, c: Children) -> ast.CountOf:
        return ast.CountOf(
            distinct=_part(c, "distinct") is not None,
            field=_need(pick(c, ast.Name)),
            test=_test(c),
            span=self.span(c),
        )

    # -------------------------------------------------------------- shared with declarations

    def name(self, c: Children) -> ast.Name:
        token: Token = c[0]
        text = token[1:-1] if token.type == "QNAME" else str(token)
        return ast.Name(text=text, span=self.token_span(token))

    def names(self, c: Children) -> Part:
        return Part("names", picks(c, ast.Name), self.span(c))

    def text(self, c: Children) -> ast.Text:
        return ast.Text(value=unquote(c[0]), span=self.token_span(c[0]))

    def unit(self, c: Children) -> Part:
        return Part("unit", UNITS[str(c[0])], self.token_span(c[0]))

    def amount(self, c: Children) -> ast.Amount:
        unit = _part(c, "unit")
        return ast.Amount(value=number(c[0]), unit=unit.value if unit else "", span=self.span(c))


def _part(c: Children, kind: str) -> Part | None:
    for child in c:
        if isinstance(child, Part) and child.kind == kind:
            return child
    return None


def _test(c: Children) -> ast.CountTestPart | None:
    for child in c:
        if isinstance(child, (ast.CodesTest, ast.PropertyTest)):
            return child
    return None


def _need(value: Any) -> Any:
    assert value is not None, "the grammar guarantees this child"
    return value
