"""Expressions: a closed union. Chains are flat, so no expression nests deeper than its parentheses."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

from attrs import frozen

from isfdsl.syntax.ast.base import Amount, Name, Node, Unit

# ------------------------------------------------------------------ sets of codes


@frozen(kw_only=True, slots=False)
class CodeItem(Node):
    """A code, a pattern (``Z47*``), a pair (``A17.0+G01``) or the name of a list; which one is settled by name."""

    text: str
    quoted: bool = False


@frozen(kw_only=True, slots=False)
class SetUnion(Node):
    """Codes of any of the items."""

    items: tuple[SetItem, ...]


@frozen(kw_only=True, slots=False)
class SetExcept(Node):
    """Codes of ``base`` that are not in ``without``."""

    base: SetUnion
    without: SetUnion


SetExpr = SetUnion | SetExcept
SetItem = CodeItem | SetUnion | SetExcept

# ------------------------------------------------------------------ truth


@frozen(kw_only=True, slots=False)
class And(Node):
    """``og``: true when every part is true."""

    parts: tuple[Expr, ...]


@frozen(kw_only=True, slots=False)
class Or(Node):
    """``eller``: true when some part is true."""

    parts: tuple[Expr, ...]


@frozen(kw_only=True, slots=False)
class Not(Node):
    """``ikke``."""

    operand: Expr


@frozen(kw_only=True, slots=False)
class Cases(Node):
    """``A hvis C ellers B``: the first value whose condition is true, else ``otherwise``."""

    cases: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr


Comparator = Literal["=", "!=", "<", ">", "<=", ">="]


@frozen(kw_only=True, slots=False)
class Compare(Node):
    """A comparison; false when either side is missing."""

    left: Expr
    op: Comparator
    right: Expr


@frozen(kw_only=True, slots=False)
class Between(Node):
    """``x mellom a og b``: both ends included; false when anything is missing."""

    operand: Expr
    low: Expr
    high: Expr


@frozen(kw_only=True, slots=False)
class InSet(Node):
    """``x i A, B``: the code, or any code of the list, is in the set."""

    operand: Expr
    codes: SetUnion


@frozen(kw_only=True, slots=False)
class HasProperty(Node):
    """``x har egenskap P, Q``: the code, or any code of the list, has one of the properties."""

    operand: Expr
    properties: tuple[Name, ...]


@frozen(kw_only=True, slots=False)
class Present(Node):
    """``x finnes``: a value, or a list that is not empty."""

    operand: Expr


@frozen(kw_only=True, slots=False)
class Missing(Node):
    """``x mangler``."""

    operand: Expr


@frozen(kw_only=True, slots=False)
class ValidIn(Node):
    """``x er gyldig i icd10``: present and a valid code of the system."""

    operand: Expr
    system: Name


@frozen(kw_only=True, slots=False)
class WithinTime(Node):
    """``a er senest 3 dager etter b``: calendar days for ``dager``, elapsed time for ``timer`` and ``minutter``.

    ``limit`` is ``senest`` (a ≤ b ± amount) or ``tidligst`` (a ≥ b ± amount); ``direction`` etter adds, før subtracts.
    """

    left: Expr
    limit: Literal["senest", "tidligst"]
    amount: Amount
    direction: Literal["etter", "før"]
    right: Expr


@frozen(kw_only=True, slots=False)
class CodesTest(Node):
    """The part ``i A, B`` of a test over a list."""

    codes: SetUnion


@frozen(kw_only=True, slots=False)
class PropertyTest(Node):
    """The part ``har egenskap P, Q`` of a test over a list."""

    properties: tuple[Name, ...]


CountTestPart = CodesTest | PropertyTest


@frozen(kw_only=True, slots=False)
class CountTest(Node):
    """``minst 2 prosedyrer i …``: how many occurrences (or, with ``ulike``, different codes) pass the test."""

    quantity: Literal["minst", "høyst", "nøyaktig"]
    count: int
    distinct: bool
    field: Name
    test: CountTestPart


@frozen(kw_only=True, slots=False)
class NoneTest(Node):
    """``ingen prosedyrer i …``: true for an empty list."""

    field: Name
    test: CountTestPart


@frozen(kw_only=True, slots=False)
class AllTest(Node):
    """``alle prosedyrer [med egenskap P] har egenskap Q``: true when nothing is left to test."""

    field: Name
    only: tuple[Name, ...]
    test: CountTestPart


@frozen(kw_only=True, slots=False)
class DistinctSources(Node):
    """``ulike prosedyrer har egenskap P, Q``: each property from an occurrence of its own."""

    field: Name
    properties: tuple[Name, ...]


@frozen(kw_only=True, slots=False)
class KravTest(Node):
    """``krav k er oppfylt`` (not broken), ``er brutt``, ``gjelder``."""

    krav: Name
    outcome: Literal["oppfylt", "brutt", "gjelder"]


@frozen(kw_only=True, slots=False)
class GroupFlag(Node):
    """``gruppen har ambulanttillegg``: the attribute of the group says ja."""

    attribute: Name


@frozen(kw_only=True, slots=False)
class SameDay(Node):
    """``samme dag``: two records start on the same calendar day (only in ``samles når``)."""


@frozen(kw_only=True, slots=False)
class Same(Node):
    """``samme x``: present and equal in both records (only in ``samles når``)."""

    operand: Expr


@frozen(kw_only=True, slots=False)
class Constant(Node):
    """``alltid`` and ``aldri``."""

    value: bool


# ------------------------------------------------------------------ values


@frozen(kw_only=True, slots=False)
class Sum(Node):
    """``a + b - c``; missing when a part is missing. The first sign is always ``+``."""

    terms: tuple[tuple[Literal["+", "-"], Expr], ...]


@frozen(kw_only=True, slots=False)
class Product(Node):
    """``a * b / c``; missing when a part is missing or a divisor is zero. The first sign is always ``*``."""

    factors: tuple[tuple[Literal["*", "/"], Expr], ...]


@frozen(kw_only=True, slots=False)
class Negate(Node):
    """``-a``."""

    operand: Expr


@frozen(kw_only=True, slots=False)
class NumberLiteral(Node):
    """A number with its unit. ``raw`` is the text, for places where it is read as a code."""

    value: Decimal
    unit: Unit
    raw: str


@frozen(kw_only=True, slots=False)
class DateLiteral(Node):
    """A calendar day, or ``None`` where no such day exists."""

    raw: str
    value: dt.date | None


@frozen(kw_only=True, slots=False)
class DateTimeLiteral(Node):
    """A moment without time zone, or ``None`` where no such moment exists."""

    raw: str
    value: dt.datetime | None


@frozen(kw_only=True, slots=False)
class TextLiteral(Node):
    """A quoted text."""

    value: str


@frozen(kw_only=True, slots=False)
class BoolLiteral(Node):
    """``ja`` and ``nei``."""

    value: bool


@frozen(kw_only=True, slots=False)
class Reference(Node):
    """A name used as a value: a field, a ``begrep``, a ``sats``, a ``nivå``, an attribute of the group, …"""

    name: str


@frozen(kw_only=True, slots=False)
class Call(Node):
    """A built-in function of the catalogue."""

    function: str
    arguments: tuple[Expr, ...]


SpanUnit = Literal["dager", "timer", "minutter", "hele år", "hele måneder", "kalenderår"]


@frozen(kw_only=True, slots=False)
class Elapsed(Node):
    """``hele år fra a til b``: how much time lies between two days or moments."""

    unit: SpanUnit
    start: Expr
    end: Expr


@frozen(kw_only=True, slots=False)
class Part(Node):
    """``år av d``, ``måned av d``, ``tertial av d``, ``dato av d``."""

    part: Literal["år", "måned", "tertial", "dato"]
    operand: Expr


@frozen(kw_only=True, slots=False)
class HdgOf(Node):
    """``HDG av x``: the main group of a property or a group."""

    operand: Expr


@frozen(kw_only=True, slots=False)
class PropertyLookup(Node):
    """``oppslag slag av felt``: the one property of that kind, found in the order the ``slag`` states."""

    slag: Name
    field: Name


@frozen(kw_only=True, slots=False)
class CountOf(Node):
    """``antall prosedyrer [i … | har egenskap …]``."""

    distinct: bool
    field: Name
    test: CountTestPart | None


Expr = (
    And
    | Or
    | Not
    | Cases
    | Compare
    | Between
    | InSet
    | HasProperty
    | Present
    | Missing
    | ValidIn
    | WithinTime
    | CountTest
    | NoneTest
    | AllTest
    | DistinctSources
    | KravTest
    | GroupFlag
    | SameDay
    | Same
    | Constant
    | Sum
    | Product
    | Negate
    | NumberLiteral
    | DateLiteral
    | DateTimeLiteral
    | TextLiteral
    | BoolLiteral
    | Reference
    | Call
    | Elapsed
    | Part
    | HdgOf
    | PropertyLookup
    | CountOf
)
