"""What an expression builds on: whether its value may change as the work goes on, or reading it leaves notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isfdsl.program.codes import GROUP_SYSTEMS
from isfdsl.program.scope import (
    AttributeSymbol,
    BegrepSymbol,
    GroupSymbol,
    HierarkiSymbol,
    NivaaSymbol,
    PointsSymbol,
    SatsSymbol,
)
from isfdsl.program.types import CodeType
from isfdsl.syntax import ast

if TYPE_CHECKING:
    from isfdsl.columnar.plan import EpochPlan


def changes(plan: EpochPlan, e: Any, subject: str | None) -> bool:
    """Whether it asks for the group, the points or a requirement, or may leave a note; then it is never kept."""
    match e:
        case ast.GroupFlag() | ast.KravTest():
            return True
        case ast.HdgOf(operand=operand):
            return is_group(plan, operand, subject) or changes(plan, operand, subject)
        case ast.Reference(name=name) | ast.Name(text=name):
            return name_changes(plan, name, subject)
        case tuple():
            return any(changes(plan, x, subject) for x in e)
        case ast.Node():
            return any(changes(plan, getattr(e, a.name), subject) for a in type(e).__attrs_attrs__)
        case _:
            return False


def is_group(plan: EpochPlan, e: ast.Expr, subject: str | None) -> bool:
    """Whether an expression gives the code of a group."""
    found = plan.epoch.inference.infer(e, subject)
    return isinstance(found, CodeType) and not GROUP_SYSTEMS.keys().isdisjoint(found.systems)


def name_changes(plan: EpochPlan, name: str, subject: str | None) -> bool:
    """The same of what a name means."""
    symbol = plan.epoch.scopes.lookup(subject, name)
    match symbol:
        case AttributeSymbol() | GroupSymbol() | PointsSymbol() | HierarkiSymbol():
            return True
        case SatsSymbol(name=sats):
            return plan.epoch.rate(sats)[1] is not None
        case BegrepSymbol(begrep=begrep):
            own = begrep.subject.text if begrep.subject is not None else None
            return _kept(plan, ("begrep", id(begrep)), begrep.expr, own)
        case NivaaSymbol(nivaa=nivaa):
            return level_changes(plan, nivaa)
        case _:
            return False


def level_changes(plan: EpochPlan, nivaa: ast.Nivaa) -> bool:
    """Whether any category of a level does."""
    conditions = tuple(x for k in nivaa.categories for x in (k.condition, *k.exceptions))
    return _kept(plan, ("nivå", nivaa.name.text), conditions, nivaa.subject.text)


def hierarchy_changes(plan: EpochPlan, hierarki: ast.Hierarki) -> bool:
    """Whether any rule of a hierarchy does."""
    groups = plan.epoch.ruleset.ordered_groups(hierarki)
    conditions = tuple(x for g in groups for x in (g.condition, *(r.condition for r in g.rules)))
    return _kept(plan, ("hierarki", hierarki.name.text), conditions, hierarki.subject.text)


def _kept(plan: EpochPlan, key: tuple[str, Any], e: Any, subject: str | None) -> bool:
    memo = plan.changing
    if key not in memo:
        memo[key] = False  # a circle adds nothing
        memo[key] = changes(plan, e, subject)
    return memo[key]
