"""Declarations, but for those of groups and of examples."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from isfdsl.syntax.ast.base import (
    Amount,
    CodeBlock,
    Day,
    Declaration,
    MetaClause,
    Name,
    Node,
    Text,
    Unit,
    Unknown,
    Validity,
)
from isfdsl.syntax.ast.expr import Expr, SetExpr

# ------------------------------------------------------------------ head, rates, periods, sources


@frozen(kw_only=True, slots=False)
class Regelverk(Declaration):
    """The head of a rule set: name, year, the days it is valid, and its status."""

    name: Name
    year: int
    start: Day | None
    end: Day | None
    status: Name | None


@frozen(kw_only=True, slots=False)
class Sats(Declaration):
    """A rate. Several with one name are allowed when their days do not meet."""

    name: Name
    value: Amount | Unknown
    validity: Validity | None


@frozen(kw_only=True, slots=False)
class Frister(Node):
    """The first and last day of a reporting period, and the first and last day of its delivery."""

    start: Day
    end: Day
    first: Day
    last: Day


@frozen(kw_only=True, slots=False)
class Rapportering(Declaration):
    """A reporting period."""

    name: Name
    value: Frister | Unknown


@frozen(kw_only=True, slots=False)
class Passasje(Declaration):
    """A passage of a source document, for the matrix source ↔ rule ↔ example. ``years``: the years it speaks of."""

    name: Name
    heading: Text
    dokument: Text | None
    years: tuple[int, ...]
    sammendrag: Text | None
    uten_regel: Text | None


@frozen(kw_only=True, slots=False)
class Utgaatt(Declaration):
    """What a source shows to have ended: a group, a code of ``system``, a rate or a requirement. It has no effect."""

    what: Literal["DRG", "STG", "TFG", "kode", "sats", "krav"]
    system: Name | None
    name: Name
    title: Text | None
    since: Day | None


# ------------------------------------------------------------------ vocabulary


@frozen(kw_only=True, slots=False)
class Kodeverk(Declaration):
    """A code system. ``open_``: codes that are not listed are valid when they fit ``pattern``."""

    name: Name
    title: Text | None
    open_: bool
    pattern: Text | None
    codes: CodeBlock


FieldKind = Literal["tekst", "heltall", "desimal", "dato", "tidspunkt", "ja_nei", "kode", "kodepar"]


@frozen(kw_only=True, slots=False)
class FieldType(Node):
    """The type of a field. ``low`` and ``high`` are numbers or days, both included."""

    kind: FieldKind
    is_list: bool = False
    low: Amount | Day | None = None
    high: Amount | Day | None = None
    unit: Unit = ""
    systems: tuple[Name, ...] = ()


@frozen(kw_only=True, slots=False)
class Felt(Node):
    """A field of a record type."""

    name: Name
    type: FieldType
    optional: bool
    key: bool
    role: Name | None
    title: Text | None


@frozen(kw_only=True, slots=False)
class Post(Declaration):
    """A record type of the input."""

    name: Name
    title: Text | None
    fields: tuple[Felt, ...]


@frozen(kw_only=True, slots=False)
class Begrep(Declaration):
    """A named expression over a record (``subject``), or over rates alone when there is none."""

    name: Name
    title: Text | None
    subject: Name | None
    expr: Expr


@frozen(kw_only=True, slots=False)
class Samling(Declaration):
    """Several code fields seen as one list of occurrences."""

    name: Name
    subject: Name
    fields: tuple[Name, ...]


# ------------------------------------------------------------------ code sets


@frozen(kw_only=True, slots=False)
class Kodeliste(Declaration):
    """A local name for a set of codes: lines, or ``= expression``."""

    name: Name
    title: Text | None
    systems: tuple[Name, ...]
    validity: Validity | None
    codes: CodeBlock
    expr: SetExpr | None


@frozen(kw_only=True, slots=False)
class Slag(Declaration):
    """A kind of property of which a code pair has at most one, looked up in the stated order."""

    name: Name
    title: Text | None
    lookup: tuple[Literal["par", "første", "andre"], ...]


@frozen(kw_only=True, slots=False)
class RegnesSom(Node):
    """``regnes som P når …``: the property counts as another one for such a record."""

    target: Name
    condition: Expr


@frozen(kw_only=True, slots=False)
class Egenskap(Declaration):
    """An official property of a definition table: a set of codes with a name."""

    name: Name
    title: Text | None
    systems: tuple[Name, ...]
    validity: Validity | None
    slag: Name | None
    hdg: Name | None
    regnes_som: tuple[RegnesSom, ...]
    codes: CodeBlock


# ------------------------------------------------------------------ stays

Aggregation = Literal["første", "siste", "alle", "minste", "største", "sum", "av den med høyest poeng"]


@frozen(kw_only=True, slots=False)
class Samles(Node):
    """``samles når``: two neighbouring records belong to one stay."""

    condition: Expr


@frozen(kw_only=True, slots=False)
class Aggregat(Node):
    """How one field of a stay comes from its records."""

    field: Name
    how: Aggregation


@frozen(kw_only=True, slots=False)
class Opphold(Declaration):
    """How the records of a type become the counted stays."""

    source: Name
    samles: tuple[Samles, ...]
    never: bool
    dateres: Name | None
    fields: tuple[Aggregat, ...]


# ------------------------------------------------------------------ requirements


@frozen(kw_only=True, slots=False)
class Vilkaar(Node):
    """One condition (or, in ``exceptions``, one exception) of a requirement.

    Exactly one of ``condition`` (machine-checked), ``documented`` and ``unknown`` is set in a checked program.
    ``attested_by`` names the yes/no field that may attest a documented condition.
    """

    name: Name
    title: Text | None
    validity: Validity | None
    condition: Expr | None
    documented: bool
    attested_by: Name | None
    unknown: Unknown | None
    meta: tuple[MetaClause, ...] = ()


@frozen(kw_only=True, slots=False)
class Rapporteres(Node):
    """How the record is to be reported when the requirement is met (or not)."""

    when_met: bool
    values: tuple[tuple[Name, str], ...]


@frozen(kw_only=True, slots=False)
class Krav(Declaration):
    """A requirement on records of one type."""

    name: Name
    title: Text | None
    subject: Name
    validity: Validity | None
    applies: Expr | None
    conditions: tuple[Vilkaar, ...]
    exceptions: tuple[Vilkaar, ...]
    reporting: tuple[Rapporteres, ...]


# ------------------------------------------------------------------ points and money


@frozen(kw_only=True, slots=False)
class Teller(Declaration):
    """What counts in ISF."""

    subject: Name | None
    condition: Expr | None


@frozen(kw_only=True, slots=False)
class Avrundes(Node):
    """Half away from zero, to ``digits`` decimals (``øre`` is 2, ``hele kroner`` 0)."""

    digits: int
    style: Literal["desimaler", "øre", "hele kroner"]


@frozen(kw_only=True, slots=False)
class Tillegg(Node):
    """A named addition or deduction."""

    name: Name
    condition: Expr | None
    expr: Expr
    meta: tuple[MetaClause, ...] = ()


@frozen(kw_only=True, slots=False)
class Poeng(Declaration):
    """The points of a subject: base + additions − deductions, rounded where it says so."""

    subject: Name
    base: Expr | None
    additions: tuple[Tillegg, ...]
    deductions: tuple[Tillegg, ...]
    rounding: Avrundes | None


@frozen(kw_only=True, slots=False)
class Refusjon(Declaration):
    """The kroner of a subject. ``subjects`` empty: stays, særtjenester and courses alike."""

    name: Name
    subjects: tuple[Name, ...]
    condition: Expr | None
    expr: Expr
    rounding: Avrundes | None
