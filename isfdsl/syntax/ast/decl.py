"""Declarations: a closed union of what may stand at the top of a file."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from isfdsl.syntax.ast.base import (
    Amount,
    CodeBlock,
    Day,
    Declaration,
    GroupKind,
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


@frozen(kw_only=True)
class Regelverk(Declaration):
    """The head of a rule set: name, year, the days it is valid, and its status."""

    name: Name
    year: int
    start: Day | None
    end: Day | None
    status: Name | None


@frozen(kw_only=True)
class Sats(Declaration):
    """A rate. Several with one name are allowed when their days do not meet."""

    name: Name
    value: Amount | Unknown
    validity: Validity | None


@frozen(kw_only=True)
class Frister(Node):
    """The first and last day of a reporting period, and the first and last day of its delivery."""

    start: Day
    end: Day
    first: Day
    last: Day


@frozen(kw_only=True)
class Rapportering(Declaration):
    """A reporting period."""

    name: Name
    value: Frister | Unknown


@frozen(kw_only=True)
class Passasje(Declaration):
    """A passage of a source document, for the matrix source ↔ rule ↔ example. ``years``: the years it speaks of."""

    name: Name
    heading: Text
    dokument: Text | None
    years: tuple[int, ...]
    sammendrag: Text | None
    uten_regel: Text | None


@frozen(kw_only=True)
class Utgaatt(Declaration):
    """What a source shows to have ended: a group, a code of ``system``, a rate or a requirement. It has no effect."""

    what: Literal["DRG", "STG", "TFG", "kode", "sats", "krav"]
    system: Name | None
    name: Name
    title: Text | None
    since: Day | None


# ------------------------------------------------------------------ vocabulary


@frozen(kw_only=True)
class Kodeverk(Declaration):
    """A code system. ``open_``: codes that are not listed are valid when they fit ``pattern``."""

    name: Name
    title: Text | None
    open_: bool
    pattern: Text | None
    codes: CodeBlock


FieldKind = Literal["tekst", "heltall", "desimal", "dato", "tidspunkt", "ja_nei", "kode", "kodepar"]


@frozen(kw_only=True)
class FieldType(Node):
    """The type of a field. ``low`` and ``high`` are numbers or days, both included."""

    kind: FieldKind
    is_list: bool = False
    low: Amount | Day | None = None
    high: Amount | Day | None = None
    unit: Unit = ""
    systems: tuple[Name, ...] = ()


@frozen(kw_only=True)
class Felt(Node):
    """A field of a record type."""

    name: Name
    type: FieldType
    optional: bool
    key: bool
    role: Name | None
    title: Text | None


@frozen(kw_only=True)
class Post(Declaration):
    """A record type of the input."""

    name: Name
    title: Text | None
    fields: tuple[Felt, ...]


@frozen(kw_only=True)
class Begrep(Declaration):
    """A named expression over a record (``subject``), or over rates alone when there is none."""

    name: Name
    title: Text | None
    subject: Name | None
    expr: Expr


@frozen(kw_only=True)
class Samling(Declaration):
    """Several code fields seen as one list of occurrences."""

    name: Name
    subject: Name
    fields: tuple[Name, ...]


# ------------------------------------------------------------------ code sets


@frozen(kw_only=True)
class Kodeliste(Declaration):
    """A local name for a set of codes: lines, or ``= expression``."""

    name: Name
    title: Text | None
    systems: tuple[Name, ...]
    validity: Validity | None
    codes: CodeBlock
    expr: SetExpr | None


@frozen(kw_only=True)
class Slag(Declaration):
    """A kind of property of which a code pair has at most one, looked up in the stated order."""

    name: Name
    title: Text | None
    lookup: tuple[Literal["par", "første", "andre"], ...]


@frozen(kw_only=True)
class RegnesSom(Node):
    """``regnes som P når …``: the property counts as another one for such a record."""

    target: Name
    condition: Expr


@frozen(kw_only=True)
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


@frozen(kw_only=True)
class Samles(Node):
    """``samles når``: two neighbouring records belong to one stay."""

    condition: Expr


@frozen(kw_only=True)
class Aggregat(Node):
    """How one field of a stay comes from its records."""

    field: Name
    how: Aggregation


@frozen(kw_only=True)
class Opphold(Declaration):
    """How the records of a type become the counted stays."""

    source: Name
    samles: tuple[Samles, ...]
    never: bool
    dateres: Name | None
    fields: tuple[Aggregat, ...]


# ------------------------------------------------------------------ groups


@frozen(kw_only=True)
class Attributt(Node):
    """``vekt 0,150``, ``finansiert ja``, ``HDG 11``: one attribute of a group."""

    name: Name
    value: Amount | Unknown | Name


@frozen(kw_only=True)
class Drg(Declaration):
    """A diagnosis related group."""

    name: Name
    title: Text | None
    validity: Validity | None
    attributes: tuple[Attributt, ...]


@frozen(kw_only=True)
class Telles(Node):
    """How a group is counted. ``unit`` kontakt and trigger have no period."""

    unit: Literal["måned", "tertial", "år", "kontakt", "trigger"]
    per_institution: bool = False


@frozen(kw_only=True)
class Finansieres(Node):
    """``finansieres når minst én i perioden: …``."""

    quantifier: Literal["minst én", "alle", "første"]
    condition: Expr


Share = Literal["vekt", "antall", "første"]


@frozen(kw_only=True)
class Stg(Declaration):
    """A særtjenestegruppe: triggered by records, counted per patient and period."""

    name: Name
    title: Text | None
    validity: Validity | None
    triggers: tuple[Name, ...]
    condition: Expr | None
    telles: Telles | None
    finansieres: Finansieres | None
    fordeles: Share | None
    dateres: Name | None
    attributes: tuple[Attributt, ...]


@frozen(kw_only=True)
class Bound(Node):
    """One end of a window: ``days`` before or after the trigger's start or end, in calendar days."""

    days: int
    direction: Literal["før", "etter"]
    anchor: Literal["start", "slutt"]


@frozen(kw_only=True)
class Window(Node):
    """Both ends of a window, both included."""

    start: Bound
    end: Bound


@frozen(kw_only=True)
class UnknownWindow(Node):
    """A window that no source gives."""

    reason: str | None


@frozen(kw_only=True)
class Trigger(Node):
    """What opens a course."""

    kind: GroupKind
    groups: tuple[Name, ...]
    condition: Expr | None


@frozen(kw_only=True)
class Omfatter(Node):
    """What a course takes in. ``window`` is ``None`` for courses counted per period."""

    kind: GroupKind
    groups: tuple[Name, ...]
    condition: Expr | None
    window: Window | UnknownWindow | None


@frozen(kw_only=True)
class Medlem(Node):
    """Which day of a member must lie in the window, and whether the trigger's own start day belongs."""

    mode: Literal["starter", "slutter", "overlapper"]
    own_day: bool


@frozen(kw_only=True)
class Erstatter(Node):
    """Whose own points a financed course replaces."""

    opphold: bool
    saertjenester: bool


@frozen(kw_only=True)
class Tfg(Declaration):
    """A tjenesteforløpsgruppe: a course around a trigger, or all of a patient's contacts in a period."""

    name: Name
    title: Text | None
    validity: Validity | None
    triggers: tuple[Trigger, ...]
    members: tuple[Omfatter, ...]
    rest: bool
    medlem: Medlem | None
    within_year: bool | None
    new_trigger: Literal["åpner", "tas inn", "forlenger"] | None
    several: Literal["første", "nærmeste", "alle"] | None
    telles: Telles | None
    erstatter: Erstatter | None
    fordeles: Share | None
    attributes: tuple[Attributt, ...]


@frozen(kw_only=True)
class StgOrder(Declaration):
    """The order in which STGs are tried: a record gets the first that applies."""

    groups: tuple[Name, ...]


@frozen(kw_only=True)
class TfgOrder(Declaration):
    """The order of TFGs. ``once``: a contact taken by one is used up; ``None`` when not written."""

    groups: tuple[Name, ...]
    once: bool | None


# ------------------------------------------------------------------ hierarchies and levels


@frozen(kw_only=True)
class ReturkodeClause(Node):
    """``returkode 1`` or ``returkode 9 hvis … ellers 1``."""

    value: Name
    condition: Expr | None
    otherwise: Name | None


@frozen(kw_only=True)
class Ellers(Node):
    """What a record gets when no rule matches; ``group`` ``None`` is ``ellers ingen``."""

    group: Name | None
    returkode: ReturkodeClause | None


@frozen(kw_only=True)
class Hierarki(Declaration):
    """An ordered decision list: the first rule of the first open group that matches decides."""

    name: Name
    subject: Name
    order: tuple[Name, ...]
    ellers: Ellers | None


@frozen(kw_only=True)
class Regel(Node):
    """One rule: condition and group. Without a condition it always matches."""

    name: Name
    title: Text | None
    target: Name
    validity: Validity | None
    condition: Expr | None
    returkode: ReturkodeClause | None
    meta: tuple[MetaClause, ...] = ()


@frozen(kw_only=True)
class Gruppe(Declaration):
    """A guarded block of rules in a hierarchy. Line order is rule order."""

    name: Name
    title: Text | None
    hierarchy: Name
    condition: Expr | None
    rules: tuple[Regel, ...]


@frozen(kw_only=True)
class Kategori(Node):
    """One category of a level: its value counts when the condition holds and no exception does."""

    name: Name
    title: Text | None
    level: int
    validity: Validity | None
    condition: Expr | None
    exceptions: tuple[Expr, ...]
    meta: tuple[MetaClause, ...] = ()


@frozen(kw_only=True)
class Nivaa(Declaration):
    """A level: the highest category that holds, 0 when none does."""

    name: Name
    title: Text | None
    subject: Name
    categories: tuple[Kategori, ...]


# ------------------------------------------------------------------ requirements


@frozen(kw_only=True)
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


@frozen(kw_only=True)
class Rapporteres(Node):
    """How the record is to be reported when the requirement is met (or not)."""

    when_met: bool
    values: tuple[tuple[Name, str], ...]


@frozen(kw_only=True)
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


@frozen(kw_only=True)
class Teller(Declaration):
    """What counts in ISF."""

    subject: Name | None
    condition: Expr | None


@frozen(kw_only=True)
class Avrundes(Node):
    """Half away from zero, to ``digits`` decimals (``øre`` is 2, ``hele kroner`` 0)."""

    digits: int
    style: Literal["desimaler", "øre", "hele kroner"]


@frozen(kw_only=True)
class Tillegg(Node):
    """A named addition or deduction."""

    name: Name
    condition: Expr | None
    expr: Expr
    meta: tuple[MetaClause, ...] = ()


@frozen(kw_only=True)
class Poeng(Declaration):
    """The points of a subject: base + additions − deductions, rounded where it says so."""

    subject: Name
    base: Expr | None
    additions: tuple[Tillegg, ...]
    deductions: tuple[Tillegg, ...]
    rounding: Avrundes | None


@frozen(kw_only=True)
class Refusjon(Declaration):
    """The kroner of a subject. ``subjects`` empty: stays, særtjenester and courses alike."""

    name: Name
    subjects: tuple[Name, ...]
    condition: Expr | None
    expr: Expr
    rounding: Avrundes | None


# ------------------------------------------------------------------ assumptions and examples


@frozen(kw_only=True)
class AssumeAttribute(Node):
    """``antakelse vekt DRG 209E 2,1 "…"``."""

    attribute: Name
    kind: GroupKind
    group: Name
    value: Amount
    reason: Text | None


@frozen(kw_only=True)
class AssumeRate(Node):
    """``antakelse sats enhetspris 54 000 kr "…"``."""

    rate: Name
    value: Amount
    validity: Validity | None
    reason: Text | None


@frozen(kw_only=True)
class AssumeWindow(Node):
    """``antakelse vindu TFG HT03 DRG 908B fra … til … "…"``."""

    tfg: Name
    kind: GroupKind
    group: Name
    window: Window
    reason: Text | None


@frozen(kw_only=True)
class AssumeCodes(Node):
    """``antakelse egenskap 08S81 NFB30 "…"``: codes for a property or list that is ``ufullstendig``."""

    what: Literal["egenskap", "kodeliste"]
    name: Name
    codes: tuple[str, ...]
    reason: Text | None


Assumption = AssumeAttribute | AssumeRate | AssumeWindow | AssumeCodes


@frozen(kw_only=True)
class Antakelse(Declaration):
    """A value for something that is ``ukjent``, never for something known."""

    assumption: Assumption


@frozen(kw_only=True)
class ItemValue(Node):
    """One value in an example, as text; ``quoted`` when it was a quoted text or name."""

    raw: str
    quoted: bool = False

    def in_year(self, year: int | None) -> str:
        """The text, with the year of the regelverk in front of a day that has none (``--02-03``)."""
        short = not self.quoted and self.raw.startswith("--") and year is not None
        return f"{year:04}{self.raw[1:]}" if short else self.raw


@frozen(kw_only=True)
class Item(Node):
    """A name and its values. Which items open a new record is known when the record types are."""

    name: Name
    values: tuple[ItemValue, ...]


@frozen(kw_only=True)
class ExpectGroup(Node):
    """``e1 gir [ikke] DRG 209E``; ``financed`` only for STG."""

    record: Name
    kind: GroupKind
    group: Name
    negated: bool
    financed: bool | None


@frozen(kw_only=True)
class ExpectNoGroup(Node):
    """``e1 gir ingen STG``."""

    record: Name
    kind: GroupKind


@frozen(kw_only=True)
class ExpectAmount(Node):
    """``e1 gir 2,100 poeng`` or ``e1 gir 48 000,00 kr``."""

    record: Name
    amount: Amount


@frozen(kw_only=True)
class ExpectUnknown(Node):
    """``e1 gir ukjent poeng``."""

    record: Name


@frozen(kw_only=True)
class ExpectRule(Node):
    """``e1 gir regel 108M020 returkode 0``."""

    record: Name
    rule: Name
    returkode: Name | None


@frozen(kw_only=True)
class ExpectCount(Node):
    """``2 forløp HT03``, ``1 særtjeneste XS09 [med 0,012 poeng]``: each of them has the amount."""

    count: int
    what: Literal["forløp", "særtjeneste"]
    group: Name
    amount: Amount | None


@frozen(kw_only=True)
class ExpectStays(Node):
    """``2 opphold``."""

    count: int


@frozen(kw_only=True)
class ExpectMember(Node):
    """``e2 er [ikke] med i HT03 [på dag 30] [med trigger e1]``."""

    record: Name
    tfg: Name
    negated: bool
    day: int | None
    trigger: Name | None


@frozen(kw_only=True)
class ExpectKrav(Node):
    """``e1 oppfyller k`` or ``e1 bryter k på vilkår_a, vilkår_b``."""

    record: Name
    krav: Name
    met: bool
    conditions: tuple[Name, ...]


@frozen(kw_only=True)
class ExpectKravNa(Node):
    """``k gjelder ikke e1``."""

    krav: Name
    record: Name


@frozen(kw_only=True)
class ExpectCounts(Node):
    """``e1 teller [ikke]``."""

    record: Name
    negated: bool


@frozen(kw_only=True)
class ExpectRejected(Node):
    """``e1 avvises [med ISF6004]``."""

    record: Name
    code: Name | None


@frozen(kw_only=True)
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


@frozen(kw_only=True)
class Eksempel(Declaration):
    """An example: records, assumptions that hold in it alone, and what is expected."""

    title: Text
    items: tuple[Item, ...]
    given: tuple[Assumption, ...]
    expectations: tuple[Expectation, ...]


AnyDeclaration = (
    Regelverk
    | Sats
    | Rapportering
    | Passasje
    | Utgaatt
    | Kodeverk
    | Post
    | Begrep
    | Samling
    | Kodeliste
    | Slag
    | Egenskap
    | Opphold
    | Drg
    | Stg
    | Tfg
    | StgOrder
    | TfgOrder
    | Hierarki
    | Gruppe
    | Nivaa
    | Krav
    | Teller
    | Poeng
    | Refusjon
    | Eksempel
    | Antakelse
)


@frozen
class File:
    """One parsed file: its declarations in order."""

    source: str
    declarations: tuple[AnyDeclaration, ...]
