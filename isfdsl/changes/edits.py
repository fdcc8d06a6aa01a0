"""What can differ between two regelverk, as a closed list of small frozen classes.

An edit names a declaration by its key, ``(kind, name)``, says what was and what is, and can be carried out: applying
all edits of ``diff(a, b)`` to ``a`` gives ``b``. Comments, layout, the order of files and of declarations whose order
has no meaning are never an edit.
"""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from isfdsl.syntax import ast

Key = tuple[str, str]


@frozen(kw_only=True)
class Edit:
    """One difference. ``key`` is the declaration in the new regelverk (in the old one, where it is removed).

    ``undecided``: the texts differ, but no source says that the regelverk does. See ``knowledge``.
    """

    key: Key
    undecided: bool = False


@frozen(kw_only=True)
class Added(Edit):
    """A declaration that is new."""

    declaration: ast.Declaration


@frozen(kw_only=True)
class Removed(Edit):
    """A declaration that is gone."""

    declaration: ast.Declaration


@frozen(kw_only=True)
class GroupAdded(Added):
    """A DRG, STG or TFG that is new."""


@frozen(kw_only=True)
class GroupRetired(Removed):
    """A DRG, STG or TFG that is gone. ``ended`` is the ``utgått`` of the new regelverk that says why."""

    ended: Key | None = None


@frozen(kw_only=True)
class Ended(Added):
    """Something is declared ``utgått``. ``retired``: a group that the old regelverk had, listed as retired."""

    retired: bool = False


@frozen(kw_only=True)
class Recoded(Edit):
    """A declaration that carries on under another name."""

    old_key: Key


@frozen(kw_only=True)
class SlotChanged(Edit):
    """One part of a declaration has another value; ``slot`` is the name of the part."""

    slot: str
    old: Any
    new: Any


@frozen(kw_only=True)
class GroupRenamed(SlotChanged):
    """The text of a group changed."""


@frozen(kw_only=True)
class DaysChanged(SlotChanged):
    """The year or the days of the regelverk changed, and not from one whole year to another."""


@frozen(kw_only=True)
class RateChanged(SlotChanged):
    """A rate changed."""


@frozen(kw_only=True)
class CriteriaChanged(SlotChanged):
    """A condition changed. ``gone`` and ``come`` are its parts that differ, when both are chains of the same kind."""

    gone: tuple[ast.Expr, ...] = ()
    come: tuple[ast.Expr, ...] = ()


@frozen(kw_only=True)
class FormulaChanged(SlotChanged):
    """A formula of points or kroner, or a definition, changed."""


@frozen(kw_only=True)
class SourceChanged(SlotChanged):
    """Citations, notes, ``videreført`` or ``ufullstendig`` changed: what is known about a rule, not the rule."""


@frozen(kw_only=True)
class ItemAdded(Edit):
    """A line of a declaration is new. ``after`` is the key of the line before it, ``None`` for the first."""

    slot: str
    item_key: str
    item: Any
    after: str | None


@frozen(kw_only=True)
class ItemRemoved(Edit):
    """A line of a declaration is gone."""

    slot: str
    item_key: str
    item: Any


@frozen(kw_only=True)
class ItemMoved(Edit):
    """A line stands elsewhere, where order has meaning."""

    slot: str
    item_key: str
    old_after: str | None
    after: str | None


@frozen(kw_only=True)
class ItemChanged(Edit):
    """One part of a line changed."""

    slot: str
    item_key: str
    part: str
    old: Any
    new: Any


@frozen(kw_only=True)
class RuleAdded(ItemAdded):
    """A rule is new."""


@frozen(kw_only=True)
class RuleRemoved(ItemRemoved):
    """A rule is gone."""


@frozen(kw_only=True)
class RuleMoved(ItemMoved):
    """A rule stands elsewhere in its block. ``passed`` are the rules it went past, ``up`` whether towards the top."""

    passed: tuple[str, ...] = ()
    up: bool = False


@frozen(kw_only=True)
class RuleTransferred(Edit):
    """A rule stands in another block. ``key`` is the new block, ``old_key`` the old one."""

    old_key: Key
    item_key: str
    old: ast.Regel
    new: ast.Regel
    after: str | None


@frozen(kw_only=True)
class RuleChanged(ItemChanged):
    """A part of a rule changed: its condition (``gone`` and ``come`` as in CriteriaChanged), group or return code."""

    gone: tuple[ast.Expr, ...] = ()
    come: tuple[ast.Expr, ...] = ()


@frozen(kw_only=True)
class WeightChanged(ItemChanged):
    """The weight, trim point or weight per day of a group changed."""


@frozen(kw_only=True)
class AttributeChanged(ItemChanged):
    """Another attribute of a group changed."""


@frozen(kw_only=True)
class WindowChanged(ItemChanged):
    """The window of a course changed."""


@frozen(kw_only=True)
class ConditionAdded(ItemAdded):
    """A requirement has a new condition or exception."""


@frozen(kw_only=True)
class ConditionRemoved(ItemRemoved):
    """A condition or exception of a requirement is gone."""


@frozen(kw_only=True)
class ConditionChanged(ItemChanged):
    """A condition or exception of a requirement changed."""


@frozen(kw_only=True)
class CodeLine:
    """A line of a code list, by value."""

    code: str
    text: str | None
    section: str | None
    validity: ast.Validity | None


@frozen(kw_only=True)
class CodesChanged(Edit):
    """Codes a list or code system gained and lost, and whose text or days changed (in both)."""

    gained: tuple[CodeLine, ...] = field(factory=tuple)
    lost: tuple[CodeLine, ...] = field(factory=tuple)
    order: tuple[int, ...] | None = None


@frozen(kw_only=True)
class PropertyCodesChanged(CodesChanged):
    """Codes that gained or lost an official property."""


@frozen(kw_only=True)
class OrderChanged(Edit):
    """Declarations whose order has meaning are tried in another order.

    ``key`` is what they are: ``refusjon``, the groups of a hierarchy, STG, TFG, the properties of a kind. ``only_new``:
    those that were there before are tried as they were, and new ones among them.
    """

    old: tuple[Key, ...]
    new: tuple[Key, ...]
    only_new: bool = False


@frozen(kw_only=True)
class Diff:
    """All differences, the most important first; ``old`` and ``new`` are the titles of the two regelverk."""

    old: str
    new: str
    edits: tuple[Edit, ...]

    def __bool__(self) -> bool:
        return bool(self.edits)
