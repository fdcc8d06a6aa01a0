"""Declarations of what is assumed, and of examples."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from isfdsl.syntax.ast.base import (
    Amount,
    Declaration,
    GroupKind,
    Name,
    Node,
    Text,
    Validity,
)
from isfdsl.syntax.ast.expr import Expr
from isfdsl.syntax.ast.groups import Window

# ------------------------------------------------------------------ assumptions and examples


@frozen(kw_only=True, slots=False)
class AssumeAttribute(Node):
    """``antakelse vekt DRG 209E 2,1 "…"``."""

    attribute: Name
    kind: GroupKind
    group: Name
    value: Amount
    reason: Text | None


@frozen(kw_only=True, slots=False)
class AssumeRate(Node):
    """``antakelse sats enhetspris 54 000 kr "…"``."""

    rate: Name
    value: Amount
    validity: Validity | None
    reason: Text | None


@frozen(kw_only=True, slots=False)
class AssumeWindow(Node):
    """``antakelse vindu TFG HT03 DRG 908B fra … til … "…"``."""

    tfg: Name
    kind: GroupKind
    group: Name
    window: Window
    reason: Text | None


@frozen(kw_only=True, slots=False)
class AssumeCodes(Node):
    """``antakelse egenskap 08S81 NFB30 "…"``: codes for a property or list that is ``ufullstendig``."""

    what: Literal["egenskap", "kodeliste"]
    name: Name
    codes: tuple[str, ...]
    reason: Text | None


Assumption = AssumeAttribute | AssumeRate | AssumeWindow | AssumeCodes


@frozen(kw_only=True, slots=False)
class Antakelse(Declaration):
    """A value for something that is ``ukjent``, never for something known."""

    assumption: Assumption


@frozen(kw_only=True, slots=False)
class ItemValue(Node):
    """One value in an example, as text; ``quoted`` when it was a quoted text or name."""

    raw: str
    quoted: bool = False

    def in_year(self, year: int | None) -> str:
        """The text, with the year of the regelverk in front of a day that has none (``--02-03``)."""
        short = not self.quoted and self.raw.startswith("--") and year is not None
        return f"{year:04}{self.raw[1:]}" if short else self.raw


@frozen(kw_only=True, slots=False)
class Item(Node):
    """A name and its values. Which items open a new record is known when the record types are."""

    name: Name
    values: tuple[ItemValue, ...]


@frozen(kw_only=True, slots=False)
class ExpectGroup(Node):
    """``e1 gir [ikke] DRG 209E``; ``financed`` only for STG."""

    record: Name
    kind: GroupKind
    group: Name
    negated: bool
    financed: bool | None


@frozen(kw_only=True, slots=False)
class ExpectNoGroup(Node):
    """``e1 gir ingen STG``."""

    record: Name
    kind: GroupKind


@frozen(kw_only=True, slots=False)
class ExpectAmount(Node):
    """``e1 gir 2,100 poeng`` or ``e1 gir 48 000,00 kr``."""

    record: Name
    amount: Amount


@frozen(kw_only=True, slots=False)
class ExpectUnknown(Node):
    """``e1 gir ukjent poeng``."""

    record: Name


@frozen(kw_only=True, slots=False)
class ExpectRule(Node):
    """``e1 gir regel 108M020 returkode 0``."""

    record: Name
    rule: Name
    returkode: Name | None


@frozen(kw_only=True, slots=False)
class ExpectCount(Node):
    """``2 forløp HT03``, ``1 særtjeneste XS09 [med 0,012 poeng]``: each of them has the amount."""

    count: int
    what: Literal["forløp", "særtjeneste"]
    group: Name
    amount: Amount | None


@frozen(kw_only=True, slots=False)
class ExpectStays(Node):
    """``2 opphold``."""

    count: int


@frozen(kw_only=True, slots=False)
class ExpectMember(Node):
    """``e2 er [ikke] med i HT03 [på dag 30] [med trigger e1]``."""

    record: Name
    tfg: Name
    negated: bool
    day: int | None
    trigger: Name | None


@frozen(kw_only=True, slots=False)
class ExpectKrav(Node):
    """``e1 oppfyller k`` or ``e1 bryter k på vilkår_a, vilkår_b``."""

    record: Name
    krav: Name
    met: bool
    conditions: tuple[Name, ...]


@frozen(kw_only=True, slots=False)
class ExpectKravNa(Node):
    """``k gjelder ikke e1``."""

    krav: Name
    record: Name


@frozen(kw_only=True, slots=False)
class ExpectCounts(Node):
    """``e1 teller [ikke]``."""

    record: Name
    negated: bool


@frozen(kw_only=True, slots=False)
class ExpectRejected(Node):
    """``e1 avvises [med ISF6004]``."""

    record: Name
    code: Name | None


@frozen(kw_only=True, slots=False)
class ExpectHolds(Node):
    """``e1: komplikasjon >= 1``."""

    record: Name
    expr: Expr


Expectation = (
    ExpectGroup
    | ExpectNoGroup
    | ExpectAmount
    | ExpectUnknown
    | ExpectRule
    | ExpectCount
    | ExpectStays
    | ExpectMember
    | ExpectKrav
    | ExpectKravNa
    | ExpectCounts
    | ExpectRejected
    | ExpectHolds
)


@frozen(kw_only=True, slots=False)
class Eksempel(Declaration):
    """An example: records, assumptions that hold in it alone, and what is expected."""

    title: Text
    items: tuple[Item, ...]
    given: tuple[Assumption, ...]
    expectations: tuple[Expectation, ...]
