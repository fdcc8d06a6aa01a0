"""Expressions as text: on one line where they fit, else one part per line with the connective leading.

The tree has no parentheses. Each class of expression has a level, each place asks for one, and what binds more
loosely than its place is put in parentheses; so is what would swallow the words that follow it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

from isfdsl.formatter.layout import Frag, fill, hang
from isfdsl.formatter.names import Names, quoted, raw_number, unit, with_unit
from isfdsl.syntax import ast

# What a place accepts without parentheses, from everything to a single value.
ANY, LOGIC, CONNECTED, PREDICATE, SUM, PRODUCT, FACTOR = range(7)

_DEEP = 4
_UNIT_WORDS = ("dager ", "timer ", "minutter ", "år ", "måned ")


def level(e: ast.Expr) -> int:
    """How tightly an expression holds together."""
    match e:
        case ast.Cases():
            return ANY
        case ast.And() | ast.Or():
            return LOGIC
        case ast.Not():
            return CONNECTED
        case (
            ast.Compare() | ast.Between() | ast.InSet() | ast.HasProperty() | ast.Present() | ast.Missing()
            | ast.ValidIn() | ast.WithinTime() | ast.CountTest() | ast.NoneTest() | ast.AllTest()
            | ast.DistinctSources() | ast.KravTest() | ast.GroupFlag() | ast.SameDay() | ast.Same() | ast.Constant()
        ):  # fmt: skip
            return PREDICATE
        case ast.Sum():
            return SUM
        case ast.Product():
            return PRODUCT
        case (
            ast.Negate() | ast.NumberLiteral() | ast.DateLiteral() | ast.DateTimeLiteral() | ast.TextLiteral()
            | ast.BoolLiteral() | ast.Reference() | ast.Call() | ast.Elapsed() | ast.Part() | ast.HdgOf()
            | ast.PropertyLookup() | ast.CountOf()
        ):  # fmt: skip
            return FACTOR
        case _:
            assert_never(e)


def last(e: ast.Expr, place: int = ANY) -> ast.Expr | None:
    """The innermost expression that ends where ``e`` ends, ``None`` behind a parenthesis."""
    if level(e) < place:
        return None
    match e:
        case ast.And(parts=parts) | ast.Or(parts=parts):
            return last(parts[-1], CONNECTED)
        case ast.Not(operand=operand):
            return last(operand, PREDICATE)
        case ast.Cases(otherwise=otherwise):
            return last(otherwise, LOGIC)
        case ast.Compare(right=right) | ast.WithinTime(right=right):
            return last(right, SUM)
        case ast.Between(high=high):
            return last(high, SUM)
        case ast.Same(operand=operand):
            return last(operand, SUM)
        case ast.Sum(terms=terms):
            return last(terms[-1][1], PRODUCT)
        case ast.Product(factors=factors):
            return last(factors[-1][1], FACTOR)
        case ast.Negate(operand=operand) | ast.Part(operand=operand) | ast.HdgOf(operand=operand):
            return last(operand, FACTOR)
        case ast.Elapsed(end=end):
            return last(end, FACTOR)
        case (
            ast.InSet() | ast.HasProperty() | ast.Present() | ast.Missing() | ast.ValidIn() | ast.CountTest()
            | ast.NoneTest() | ast.AllTest() | ast.DistinctSources() | ast.KravTest() | ast.GroupFlag()
            | ast.SameDay() | ast.Constant() | ast.NumberLiteral() | ast.DateLiteral() | ast.DateTimeLiteral()
            | ast.TextLiteral() | ast.BoolLiteral() | ast.Reference() | ast.Call() | ast.PropertyLookup()
            | ast.CountOf()
        ):  # fmt: skip
            return e
        case _:
            assert_never(e)


def takes_test(e: ast.Expr) -> bool:
    """Whether ``i …`` or ``har egenskap …`` after ``e`` would be read as part of its last piece."""
    end = last(e, SUM)
    return isinstance(end, ast.CountOf) and end.test is None


def takes_comma(e: ast.Expr) -> bool:
    """Whether a comma after ``e`` would lengthen its last list."""
    end = last(e)
    if isinstance(end, ast.CountOf):
        return end.test is not None
    return isinstance(end, (ast.InSet, ast.HasProperty, ast.CountTest, ast.NoneTest, ast.AllTest, ast.DistinctSources))


class Expressions:
    """Writes the expressions of one declaration.

    ``commented`` tells whether a comment stands inside a stretch, ``before`` where the words before a place began.
    """

    def __init__(self, names: Names, commented: Callable[[int, int], bool], before: Callable[[int, int], int]) -> None:
        self.names = names
        self.commented = commented
        self.before = before

    # -------------------------------------------------------------- on one line

    def flat(self, e: ast.Expr, place: int = ANY) -> str:
        """The expression on one line, in parentheses when its place needs them."""
        return self._flat(e) if level(e) >= place else f"({self._flat(e)})"

    def _flat(self, e: ast.Expr) -> str:
        match e:
            case ast.And(parts=parts):
                return " og ".join(self.flat(p, CONNECTED) for p in parts)
            case ast.Or(parts=parts):
                return " eller ".join(self.flat(p, CONNECTED) for p in parts)
            case ast.Not(operand=operand):
                return f"ikke {self.flat(operand, PREDICATE)}"
            case ast.Cases():
                head = "".join(f"{self.flat(v, LOGIC)} hvis {self.flat(c, LOGIC)} ellers " for v, c in e.cases)
                return head + self.flat(e.otherwise, LOGIC)
            case ast.Compare():
                return f"{self.flat(e.left, SUM)} {e.op} {self.flat(e.right, SUM)}"
            case ast.Between():
                return f"{self.flat(e.operand, SUM)} mellom {self.flat(e.low, SUM)} og {self.flat(e.high, SUM)}"
            case ast.InSet():
                return f"{self.tested(e.operand)} i {self.codes(e.codes)}"
            case ast.HasProperty():
                return f"{self.tested(e.operand)} har egenskap {self.name_list(e.properties)}"
            case ast.Present():
                return f"{self.flat(e.operand, SUM)} finnes"
            case ast.Missing():
                return f"{self.flat(e.operand, SUM)} mangler"
            case ast.ValidIn():
                return f"{self.flat(e.operand, SUM)} er gyldig i {self.names.name(e.system)}"
            case ast.WithinTime():
                return f"{self.flat(e.left, SUM)}{self._within(e)}{self.flat(e.right, SUM)}"
            case ast.CountTest() | ast.NoneTest() | ast.AllTest():
                return self._counted(e) + self._test(e.test)
            case ast.DistinctSources():
                return f"ulike {self.names.name(e.field)} har egenskap {self.name_list(e.properties)}"
            case ast.KravTest(krav=krav, outcome=outcome):
                return f"krav {self.names.name(krav)} {outcome if outcome == 'gjelder' else f'er {outcome}'}"
            case ast.GroupFlag():
                return f"gruppen har {self.names.name(e.attribute)}"
            case ast.SameDay():
                return "samme dag"
            case ast.Same():
                return f"samme {self.flat(e.operand, SUM)}"
            case ast.Constant(value=value):
                return "alltid" if value else "aldri"
            case ast.Sum():
                first, *rest = e.terms
                return self.flat(first[1], PRODUCT) + "".join(f" {s} {self.flat(t, PRODUCT)}" for s, t in rest)
            case ast.Product():
                head_factor, *factors = e.factors
                text = self.flat(head_factor[1], FACTOR)
                return text + "".join(f" {s} {self.flat(f, FACTOR)}" for s, f in factors)
            case ast.Negate():
                return f"-{self.flat(e.operand, FACTOR)}"
            case ast.NumberLiteral():
                digits = raw_number(e)
                return f"{digits} {unit(e.value, e.unit)}" if e.unit else digits
            case ast.DateLiteral(raw=raw) | ast.DateTimeLiteral(raw=raw):
                return raw
            case ast.TextLiteral(value=text):
                return quoted(text)
            case ast.BoolLiteral(value=value):
                return "ja" if value else "nei"
            case ast.Reference():
                return self.names.word(e.name, (id(e), 0), ints=False)
            case ast.Call():
                return f"{e.function}({', '.join(self._arguments(e))})"
            case ast.Elapsed():
                return f"{e.unit} fra {self.flat(e.start, FACTOR)} til {self.flat(e.end, FACTOR)}"
            case ast.Part():
                return f"{e.part} av {self.flat(e.operand, FACTOR)}"
            case ast.HdgOf():
                return f"HDG av {self.flat(e.operand, FACTOR)}"
            case ast.PropertyLookup():
                return f"oppslag {self.names.name(e.slag)} av {self.names.name(e.field)}"
            case ast.CountOf():
                return self._counted(e) + ("" if e.test is None else self._test(e.test))
            case _:
                assert_never(e)

    def tested(self, operand: ast.Expr) -> str:
        """The left side of ``i`` or ``har egenskap``."""
        return f"({self.flat(operand)})" if takes_test(operand) else self.flat(operand, SUM)

    def _within(self, e: ast.WithinTime) -> str:
        return f" er {e.limit} {with_unit(e.amount.value, e.amount.unit)} {e.direction} "

    def _arguments(self, e: ast.Call) -> list[str]:
        *before, end = e.arguments
        return [*(f"({self.flat(a)})" if takes_comma(a) else self.flat(a) for a in before), self.flat(end)]

    def _counted(self, e: ast.CountTest | ast.NoneTest | ast.AllTest | ast.CountOf) -> str:
        name = self.names.name(e.field)
        match e:
            case ast.CountTest():
                return f"{e.quantity} {e.count} {'ulike ' if e.distinct else ''}{name}"
            case ast.NoneTest():
                return f"ingen {name}"
            case ast.AllTest():
                return f"alle {name}" + (f" med egenskap {self.name_list(e.only)}" if e.only else "")
            case ast.CountOf():
                return f"antall {'ulike ' if e.distinct else ''}{name}"
            case _:
                assert_never(e)

    def _test(self, test: ast.CountTestPart) -> str:
        match test:
            case ast.CodesTest(codes=codes):
                return f" i {self.codes(codes)}"
            case ast.PropertyTest(properties=properties):
                return f" har egenskap {self.name_list(properties)}"
            case _:
                assert_never(test)

    # -------------------------------------------------------------- names and sets

    def name_list(self, names: Sequence[ast.Name]) -> str:
        """Names with commas between."""
        return ", ".join(self.names.name(n) for n in names)

    def codes(self, codes: ast.SetExpr) -> str:
        """A set of codes, without parentheses around it."""
        match codes:
            case ast.SetUnion(items=items):
                return ", ".join(self.code_item(item) for item in items)
            case ast.SetExcept(base=base, without=without):
                return f"{self.codes(base)} unntatt {self.codes(without)}"
            case _:
                assert_never(codes)

    def code_item(self, item: ast.SetItem) -> str:
        """One item of a set; a set inside a set stands in parentheses."""
        match item:
            case ast.CodeItem(text=text, quoted=is_quoted):
                return f"'{text}'" if is_quoted else text
            case ast.SetUnion() | ast.SetExcept():
                return f"({self.codes(item)})"
            case _:
                assert_never(item)

    def name_frags(self, names: Sequence[ast.Name], width: int) -> list[Frag]:
        """A list of names over as many lines as it takes; one a line where a comment stands among them."""
        each = self.commented(names[0].span.start, names[-1].span.end)
        return fill((Frag(self.names.name(n), n.span.start) for n in names), width, each)

    def set_frags(self, codes: ast.SetExpr, width: int) -> list[Frag]:
        """A set of codes over as many lines as it takes."""
        each = self.commented(codes.span.start, codes.span.end)
        match codes:
            case ast.SetUnion(items=items):
                return fill((Frag(self.code_item(i), i.span.start) for i in items), width, each)
            case ast.SetExcept(base=base, without=without):
                flat = self.codes(codes)
                if len(flat) <= width and not each:
                    return [Frag(flat, codes.span.start)]
                word = "unntatt "
                at = self.before(without.span.start, 1)
                return [
                    *self.set_frags(base, width),
                    *hang(word, self.set_frags(without, width - len(word)), at=at),
                ]
            case _:
                assert_never(codes)

    # -------------------------------------------------------------- over several lines

    def frags(self, e: ast.Expr, width: int, place: int = ANY) -> list[Frag]:
        """The expression in ``width`` columns; over several lines when it must, or when a comment stands in it."""
        at = self.before(e.span.start, 0)
        commented = self.commented(e.span.start, e.span.end)
        if not commented:
            flat = self.flat(e, place)
            if len(flat) <= width:
                return [Frag(flat, at)]
        if level(e) < place:
            return hang("(", self._broken(e, width - 2), ")", at=at)
        return self._broken(e, width)

    def _broken(self, e: ast.Expr, width: int) -> list[Frag]:
        match e:
            case ast.And(parts=parts):
                return self._chain([("og ", p) for p in parts], CONNECTED, width)
            case ast.Or(parts=parts):
                return self._chain([("eller ", p) for p in parts], CONNECTED, width)
            case ast.Sum(terms=terms):
                return self._chain([(f"{s} ", t) for s, t in terms], PRODUCT, width)
            case ast.Product(factors=factors):
                return self._chain([(f"{s} ", f) for s, f in factors], FACTOR, width)
            case ast.Not(operand=operand):
                return hang("ikke ", self.frags(operand, width - 5, PREDICATE), at=e.span.start)
            case ast.Negate(operand=operand):
                return hang("-", self.frags(operand, width - 1, FACTOR), at=e.span.start)
            case ast.Cases():
                return self._cases(e, width)
            case ast.Compare(left=left, right=right):
                return self._after(f"{self.flat(left, SUM)} {e.op} ", right, SUM, width, e)
            case ast.WithinTime(left=left, right=right):
                return self._after(f"{self.flat(left, SUM)}{self._within(e)}", right, SUM, width, e)
            case ast.InSet(operand=operand, codes=codes):
                return self._listed(f"{self.tested(operand)} i ", codes, width, e)
            case ast.HasProperty(operand=operand, properties=properties):
                return self._listed(f"{self.tested(operand)} har egenskap ", properties, width, e)
            case ast.CountTest(test=test) | ast.NoneTest(test=test) | ast.AllTest(test=test):
                return self._tested(self._counted(e), test, width, e)
            case ast.DistinctSources(properties=properties):
                return self._listed(f"ulike {self.names.name(e.field)} har egenskap ", properties, width, e)
            case ast.CountOf(test=test) if test is not None:
                return self._tested(self._counted(e), test, width, e)
            case ast.Call(arguments=arguments):
                return self._call(e, arguments, width)
            case (
                ast.Between() | ast.Present() | ast.Missing() | ast.ValidIn() | ast.KravTest() | ast.GroupFlag()
                | ast.SameDay() | ast.Same() | ast.Constant() | ast.NumberLiteral() | ast.DateLiteral()
                | ast.DateTimeLiteral() | ast.TextLiteral() | ast.BoolLiteral() | ast.Reference() | ast.Elapsed()
                | ast.Part() | ast.HdgOf() | ast.PropertyLookup() | ast.CountOf()
            ):  # fmt: skip
                return [Frag(self._flat(e), e.span.start)]
            case _:
                assert_never(e)

    def _chain(self, parts: Sequence[tuple[str, ast.Expr]], place: int, width: int) -> list[Frag]:
        out = self.frags(parts[0][1], width, place)
        for word, part in parts[1:]:
            out += self._led(word, part, place, width)
        return out

    def _led(self, word: str, e: ast.Expr, place: int, width: int) -> list[Frag]:
        """An expression after the word that leads its line."""
        at = self.before(e.span.start, 1)
        return hang(word, self.frags(e, width - len(word), place), at=at)

    def _cases(self, e: ast.Cases, width: int) -> list[Frag]:
        out: list[Frag] = []
        for value, condition in e.cases:
            word = "ellers " if out else ""
            room = width - len(word)
            flat = f"{self.flat(value, LOGIC)} hvis {self.flat(condition, LOGIC)}"
            if len(flat) <= room and not self.commented(value.span.start, condition.span.end):
                out.append(Frag(word + flat, self.before(value.span.start, 1 if out else 0)))
                continue
            out += self._led(word, value, LOGIC, width) if out else self.frags(value, width, LOGIC)
            out += self._led("  hvis ", condition, LOGIC, width)
        return out + self._led("ellers ", e.otherwise, LOGIC, width)

    def _after(self, prefix: str, e: ast.Expr, place: int, width: int, whole: ast.Expr) -> list[Frag]:
        deep = len(prefix) if len(prefix) <= width // 2 else _DEEP
        return hang(prefix, self.frags(e, width - deep, place), at=whole.span.start, deep=deep)

    def _tested(self, prefix: str, test: ast.CountTestPart, width: int, whole: ast.Expr) -> list[Frag]:
        match test:
            case ast.CodesTest(codes=codes):
                return self._listed(f"{prefix} i ", codes, width, whole)
            case ast.PropertyTest(properties=properties):
                return self._listed(f"{prefix} har egenskap ", properties, width, whole)
            case _:
                assert_never(test)

    def _listed(
        self, prefix: str, listed: ast.SetUnion | Sequence[ast.Name], width: int, whole: ast.Expr
    ) -> list[Frag]:
        deep = len(prefix) if len(prefix) <= width // 2 else _DEEP
        room = width - deep if deep == len(prefix) else width - len(prefix)
        frags = self.set_frags(listed, room) if isinstance(listed, ast.SetUnion) else self.name_frags(listed, room)
        return hang(prefix, frags, at=whole.span.start, deep=deep)

    def _call(self, e: ast.Call, arguments: Sequence[ast.Expr], width: int) -> list[Frag]:
        prefix = f"{e.function}("
        out: list[Frag] = []
        for argument in arguments:
            end = argument is arguments[-1]
            guarded = takes_comma(argument) and not end
            inner = self.frags(argument, width - len(prefix) - 1 - 2 * guarded)
            if guarded:
                inner = hang("(", inner, ")")
            inner[-1].text += "" if end else ","
            out += inner
        return hang(prefix, out, ")", at=e.span.start)


def opens_with(text: str, after: ast.Expr | None) -> bool:
    """Whether a formula that begins like ``text`` would be read as part of the condition before it."""
    if after is None:
        return False
    if text.startswith("-"):
        return True
    end = last(after)
    return isinstance(end, ast.NumberLiteral) and not end.unit and text.startswith(_UNIT_WORDS)
