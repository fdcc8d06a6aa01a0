"""Declarations of groups: DRG, STG and TFG, and the hierarchies and levels that give them."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from isfdsl.syntax.ast.base import (
    Amount,
    Declaration,
    GroupKind,
    MetaClause,
    Name,
    Node,
    Text,
    Unknown,
    Validity,
)
from isfdsl.syntax.ast.expr import Expr

# ------------------------------------------------------------------ groups


@frozen(kw_only=True, slots=False)
class Attributt(Node):
    """``vekt 0,150``, ``finansiert ja``, ``HDG 11``: one attribute of a group."""

    name: Name
    value: Amount | Unknown | Name


@frozen(kw_only=True, slots=False)
class Drg(Declaration):
    """A diagnosis related group."""

    name: Name
    title: Text | None
    validity: Validity | None
    attributes: tuple[Attributt, ...]


@frozen(kw_only=True, slots=False)
class Telles(Node):
    """How a group is counted. ``unit`` kontakt and trigger have no period."""

    unit: Literal["måned", "tertial", "år", "kontakt", "trigger"]
    per_institution: bool = False


@frozen(kw_only=True, slots=False)
class Finansieres(Node):
    """``finansieres når minst én i perioden: …``."""

    quantifier: Literal["minst én", "alle", "første"]
    condition: Expr


Share = Literal["vekt", "antall", "første"]


@frozen(kw_only=True, slots=False)
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


@frozen(kw_only=True, slots=False)
class Bound(Node):
    """One end of a window: ``days`` before or after the trigger's start or end, in calendar days."""

    days: int
    direction: Literal["før", "etter"]
    anchor: Literal["start", "slutt"]


@frozen(kw_only=True, slots=False)
class Window(Node):
    """Both ends of a window, both included."""

    start: Bound
    end: Bound


@frozen(kw_only=True, slots=False)
class UnknownWindow(Node):
    """A window that no source gives."""

    reason: str | None


@frozen(kw_only=True, slots=False)
class Trigger(Node):
    """What opens a course."""

    kind: GroupKind
    groups: tuple[Name, ...]
    condition: Expr | None


@frozen(kw_only=True, slots=False)
class Omfatter(Node):
    """What a course takes in. ``window`` is ``None`` for courses counted per period."""

    kind: GroupKind
    groups: tuple[Name, ...]
    condition: Expr | None
    window: Window | UnknownWindow | None


@frozen(kw_only=True, slots=False)
class Medlem(Node):
    """Which day of a member must lie in the window, and whether the trigger's own start day belongs."""

    mode: Literal["starter", "slutter", "overlapper"]
    own_day: bool


@frozen(kw_only=True, slots=False)
class Erstatter(Node):
    """Whose own points a financed course replaces."""

    opphold: bool
    saertjenester: bool


@frozen(kw_only=True, slots=False)
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


@frozen(kw_only=True, slots=False)
class StgOrder(Declaration):
    """The order in which STGs are tried: a record gets the first that applies."""

    groups: tuple[Name, ...]


@frozen(kw_only=True, slots=False)
class TfgOrder(Declaration):
    """The order of TFGs. ``once``: a contact taken by one is used up; ``None`` when not written."""

    groups: tuple[Name, ...]
    once: bool | None


# ------------------------------------------------------------------ hierarchies and levels


@frozen(kw_only=True, slots=False)
class ReturkodeClause(Node):
    """``returkode 1`` or ``returkode 9 hvis … ellers 1``."""

    value: Name
    condition: Expr | None
    otherwise: Name | None


@frozen(kw_only=True, slots=False)
class Ellers(Node):
    """What a record gets when no rule matches; ``group`` ``None`` is ``ellers ingen``."""

    group: Name | None
    returkode: ReturkodeClause | None


@frozen(kw_only=True, slots=False)
class Hierarki(Declaration):
    """An ordered decision list: the first rule of the first open group that matches decides."""

    name: Name
    subject: Name
    order: tuple[Name, ...]
    ellers: Ellers | None


@frozen(kw_only=True, slots=False)
class Regel(Node):
    """One rule: condition and group. Without a condition it always matches."""

    name: Name
    title: Text | None
    target: Name
    validity: Validity | None
    condition: Expr | None
    returkode: ReturkodeClause | None
    meta: tuple[MetaClause, ...] = ()


@frozen(kw_only=True, slots=False)
class Gruppe(Declaration):
    """A guarded block of rules in a hierarchy. Line order is rule order."""

    name: Name
    title: Text | None
    hierarchy: Name
    condition: Expr | None
    rules: tuple[Regel, ...]


@frozen(kw_only=True, slots=False)
class Kategori(Node):
    """One category of a level: its value counts when the condition holds and no exception does."""

    name: Name
    title: Text | None
    level: int
    validity: Validity | None
    condition: Expr | None
    exceptions: tuple[Expr, ...]
    meta: tuple[MetaClause, ...] = ()


@frozen(kw_only=True, slots=False)
class Nivaa(Declaration):
    """A level: the highest category that holds, 0 when none does."""

    name: Name
    title: Text | None
    subject: Name
    categories: tuple[Kategori, ...]
