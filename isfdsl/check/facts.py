"""What can be read off an expression without knowing what its names mean.

A national hierarchy says the same thing in many rules, so facts are kept by text: the same text is the same tree.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from decimal import Decimal

from attrs import define, field, frozen

from isfdsl.check.walk import children, field_of, nodes, plain_name, tested
from isfdsl.program.types import DateType, NumberType, Type
from isfdsl.source import Source
from isfdsl.syntax import ast

KEEP = 100_000

_FLIPPED: dict[ast.Comparator, ast.Comparator] = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}

_QUANTITIES: dict[str, ast.Comparator] = {"minst": ">=", "høyst": "<=", "nøyaktig": "="}


@frozen
class Bound:
    """``operand op value`` with a written value of some type; dates count as their ordinal."""

    operand: Hashable
    op: ast.Comparator
    value: Decimal
    type: Type


@frozen(cache_hash=True)
class Lookup:
    """The key of ``oppslag slag av felt``."""

    slag: str
    field: str


Equal = tuple[Hashable, str | bool]
"""(operand, the value)."""


@frozen(eq=False)
class Facts:
    """``key`` is equal for expressions that mean the same, and ``id`` is a number for it.

    ``codes``: it names codes. ``hdg`` has the names in ``HDG av``. ``negated`` is the key of what must not hold;
    ``either`` has the numbers of the parts of ``eller``. ``missing`` is what must be missing and ``needs`` what must
    be there; ``equal`` is a text or a yes or no that a value must be, ``unequal`` one that it must not be.
    """

    key: Hashable
    id: int
    names: frozenset[str]
    krav: frozenset[str]
    flags: frozenset[str]
    properties: frozenset[str]
    slag: frozenset[str]
    hdg: frozenset[str]
    codes: bool
    negative: bool
    bounds: tuple[Bound, ...]
    one_of: tuple[Hashable, frozenset[str]] | None
    carries: tuple[Hashable, frozenset[str]] | None
    either: frozenset[int] | None
    negated: Hashable | None
    negated_id: int | None
    constant: bool | None
    missing: Hashable | None
    needs: frozenset[Hashable]
    equal: Equal | None
    unequal: Equal | None


@define
class FactsMemo:
    """Facts by text, and the numbers of keys."""

    _by_text: dict[str, Facts] = field(factory=dict)
    _ids: dict[Hashable, int] = field(factory=dict)

    def of(self, e: ast.Expr, sources: dict[str, Source]) -> Facts:
        """The facts of an expression."""
        span = e.span
        text = sources[span.source].text[span.start : span.end]
        found = self._by_text.get(text)
        if found is None:
            if len(self._by_text) > KEEP:
                self._by_text.clear()
            found = self._by_text[text] = self.read(e)
        return found

    def id(self, key: Hashable) -> int:
        """The number of a key. Numbers are never given twice."""
        return self._ids.setdefault(key, len(self._ids))

    def read(self, e: ast.Expr) -> Facts:
        """The facts of an expression, read anew."""
        own, negated = key(e), _negated(e)
        names = _Names()
        names.read(e)
        return Facts(
            key=own,
            id=self.id(own),
            names=frozenset(names.names),
            krav=frozenset(names.krav),
            flags=frozenset(names.flags),
            properties=frozenset(names.properties),
            slag=frozenset(names.slag),
            hdg=frozenset(names.hdg),
            codes=names.codes,
            negative=names.negative,
            bounds=bounds(e),
            one_of=_one_of(e),
            carries=(key(e.operand), _texts(e.properties)) if isinstance(e, ast.HasProperty) else None,
            either=frozenset(self.id(key(p)) for p in e.parts) if isinstance(e, ast.Or) else None,
            negated=negated,
            negated_id=None if negated is None else self.id(negated),
            constant=e.value if isinstance(e, ast.Constant) else None,
            missing=_missing(e),
            needs=frozenset(_needs(e)),
            equal=_equal(e),
            unequal=_equal(e.operand) if isinstance(e, ast.Not) else None,
        )


@define
class _Names:
    names: set[str] = field(factory=set)
    krav: set[str] = field(factory=set)
    flags: set[str] = field(factory=set)
    properties: set[str] = field(factory=set)
    slag: set[str] = field(factory=set)
    hdg: set[str] = field(factory=set)
    codes: bool = False
    negative: bool = False

    def read(self, e: ast.Expr) -> None:
        for node in nodes(e):
            self.properties.update(n.text for n in tested(node))
            over = field_of(node)
            if over is not None:
                self.names.add(plain_name(over.text))
            match node:
                case ast.Reference(name=name):
                    self.names.add(plain_name(name))
                case ast.KravTest(krav=krav):
                    self.krav.add(krav.text)
                case ast.GroupFlag(attribute=attribute):
                    self.flags.add(attribute.text)
                case ast.Not() | ast.Compare(op="!="):
                    self.negative = True
                case ast.PropertyLookup(slag=slag):
                    self.slag.add(slag.text)
                case ast.HdgOf(operand=ast.Reference(name=name)):
                    self.hdg.add(plain_name(name))
                case ast.InSet() | ast.ValidIn():
                    self.codes = True
                case (
                    ast.CountTest(test=test) | ast.NoneTest(test=test) | ast.AllTest(test=test) | ast.CountOf(test=test)
                ):
                    self.codes = self.codes or isinstance(test, ast.CodesTest)
                case _:
                    pass


def _negated(e: ast.Expr) -> Hashable | None:
    """The key of what must not hold."""
    match e:
        case ast.Not(operand=operand):
            return key(operand)
        case ast.NoneTest(field=name, test=ast.PropertyTest(properties=properties)):
            return ("har", name.text, _texts(properties))
        case ast.NoneTest(field=name, test=ast.CodesTest(codes=codes)):
            return key(ast.InSet(operand=ast.Reference(name=name.text, span=name.span), codes=codes, span=e.span))
        case _:
            return None


def _missing(e: ast.Expr) -> Hashable | None:
    match e:
        case ast.Missing(operand=operand) | ast.Not(operand=ast.Present(operand=operand)):
            return key(operand)
        case _:
            return None


def _needs(e: ast.Expr) -> Iterator[Hashable]:
    """What must be there for a condition to hold, as far as the condition alone says."""
    match e:
        case ast.Present(operand=operand) | ast.Not(operand=ast.Missing(operand=operand)):
            yield key(operand)
        case ast.Compare(left=left, right=right) | ast.WithinTime(left=left, right=right):
            yield from _parts(left)
            yield from _parts(right)
        case ast.Between(operand=operand, low=low, high=high):
            for part in (operand, low, high):
                yield from _parts(part)
        case ast.InSet(operand=operand) | ast.HasProperty(operand=operand) | ast.ValidIn(operand=operand):
            yield key(operand)
        case ast.CountTest(quantity="minst" | "nøyaktig", count=count, field=name) if count > 0:
            yield name.text
        case ast.DistinctSources(field=name):
            yield name.text
        case ast.Reference(name=name):
            yield name
        case _:
            pass


def _parts(e: ast.Expr) -> Iterator[Hashable]:
    """A value and what it is made of: where one of them is missing, so is the value."""
    match e:
        case ast.NumberLiteral() | ast.DateLiteral() | ast.DateTimeLiteral() | ast.TextLiteral() | ast.BoolLiteral():
            return
        case ast.Elapsed() | ast.Part() | ast.Sum() | ast.Product() | ast.Negate():
            for child in children(e):
                yield from _parts(child)
        case _:
            pass
    yield key(e)


def _equal(e: ast.Expr) -> Equal | None:
    match e:
        case ast.Reference(name=name):
            return name, True
        case ast.Compare(left=left, op="=", right=ast.TextLiteral(value=value) | ast.BoolLiteral(value=value)):
            return key(left), value
        case ast.Compare(left=ast.TextLiteral(value=value) | ast.BoolLiteral(value=value), op="=", right=right):
            return key(right), value
        case _:
            return None


def _texts(names: tuple[ast.Name, ...]) -> frozenset[str]:
    return frozenset(n.text for n in names)


def _one_of(e: ast.Expr) -> tuple[Hashable, frozenset[str]] | None:
    if not isinstance(e, ast.InSet):
        return None
    items = e.codes.items
    if not all(isinstance(i, ast.CodeItem) for i in items):
        return None
    return key(e.operand), frozenset(i.text for i in items if isinstance(i, ast.CodeItem))


def key(e: ast.Expr) -> Hashable:
    """Equal for expressions that mean the same: order, doubled ``ikke`` and the sides of a comparison don't matter."""
    match e:
        case ast.And(parts=parts):
            return ("og", frozenset(key(p) for p in parts))
        case ast.Or(parts=parts):
            return ("eller", frozenset(key(p) for p in parts))
        case ast.Not(operand=ast.Not(operand=inner)):
            return key(inner)
        case ast.Not(operand=operand):
            return ("ikke", key(operand))
        case ast.NumberLiteral(value=value, unit=unit):
            return ("tall", value.normalize(), unit)
        case ast.Reference(name=name):
            return name
        case ast.PropertyLookup(slag=slag, field=over):
            return Lookup(slag.text, over.text)
        case ast.Compare(left=left, op=op, right=right):
            if isinstance(left, (ast.NumberLiteral, ast.DateLiteral)):
                left, op, right = right, _FLIPPED[op], left
            return (op, key(left), key(right))
        case ast.Between(operand=operand, low=low, high=high):
            return ("mellom", key(operand), key(low), key(high))
        case ast.InSet(operand=operand):
            simple = _one_of(e)
            return ("i", *simple) if simple is not None else ("i", key(operand), e.codes)
        case ast.HasProperty(operand=operand, properties=properties):
            return ("har", key(operand), _texts(properties))
        case _:
            return e


def bounds(e: ast.Expr) -> tuple[Bound, ...]:
    """The limits a comparison puts on one value, or a test over a list on the number that pass it."""
    match e:
        case ast.Compare(left=left, op=op, right=right):
            value = written(right)
            if value is not None:
                return (Bound(key(left), op, *value),)
            value = written(left)
            return () if value is None else (Bound(key(right), _FLIPPED[op], *value),)
        case ast.Between(operand=operand, low=low, high=high):
            least, most = written(low), written(high)
            if least is None or most is None:
                return ()
            return (Bound(key(operand), ">=", *least), Bound(key(operand), "<=", *most))
        case ast.CountTest(quantity=quantity, count=count, distinct=distinct, field=name, test=test):
            counted = ast.CountOf(distinct=distinct, field=name, test=test, span=e.span)
            return (Bound(counted, _QUANTITIES[quantity], Decimal(count), NumberType()),)
        case ast.NoneTest(field=name, test=test):
            counted = ast.CountOf(distinct=False, field=name, test=test, span=e.span)
            return (Bound(counted, "=", Decimal(0), NumberType()),)
        case _:
            return ()


def written(e: ast.Expr) -> tuple[Decimal, Type] | None:
    """The number (or the day, as its ordinal) that is written there, and what it is."""
    match e:
        case ast.NumberLiteral(value=value, unit=unit):
            return value, NumberType(unit)
        case ast.Negate(operand=ast.NumberLiteral(value=value, unit=unit)):
            return -value, NumberType(unit)
        case ast.DateLiteral(value=day) if day is not None:
            return Decimal(day.toordinal()), DateType()
        case _:
            return None
