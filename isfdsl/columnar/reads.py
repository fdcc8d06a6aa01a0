"""What an expression builds on: whether its value may change as the work goes on, or reading it leaves notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

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
    todo: list[Any] = [e]
    while todo:
        part = todo.pop()
        if isinstance(part, tuple):
            todo += part
            continue
        if not isinstance(part, ast.Node):
            continue
        match part:
            case ast.GroupFlag() | ast.KravTest():
                return True
            case ast.Reference(name=name) | ast.Name(text=name):
                if name_changes(plan, name, subject):
                    return True
            case ast.HdgOf(operand=operand):
                if is_group(plan, operand, subject):
                    return True
                todo.append(operand)
            case _:
                todo += [getattr(part, name) for name in _parts(type(part))]
    return False


def _parts(kind: type[ast.Node]) -> tuple[str, ...]:
    """What a node consists of, but for its place in the text."""
    if kind not in _known_parts:
        _known_parts[kind] = tuple(a.name for a in attrs.fields(kind) if a.name != "span")
    return _known_parts[kind]


_known_parts: dict[type, tuple[str, ...]] = {}


def is_group(plan: EpochPlan, e: ast.Expr, subject: str | None) -> bool:
    """Whether an expression gives the code of a group."""
    found = plan.epoch.inference.infer(e, subject)
    return isinstance(found, CodeType) and not GROUP_SYSTEMS.keys().isdisjoint(found.systems)


def name_changes(plan: EpochPlan, name: str, subject: str | None) -> bool:
    """The same of what a name means."""
    return _kept(plan, ("name", (subject, name)), name, subject)


def _name_changes(plan: EpochPlan, name: str, subject: str | None) -> bool:
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
    return _kept(plan, ("nivå", (nivaa.subject.text, nivaa.name.text)), conditions, nivaa.subject.text)


def _kept(plan: EpochPlan, key: tuple[str, Any], e: Any, subject: str | None) -> bool:
    memo = plan.changing
    if key not in memo:
        memo[key] = False  # a circle adds nothing
        memo[key] = _name_changes(plan, e, subject) if isinstance(e, str) else changes(plan, e, subject)
    return memo[key]
