"""What an expression builds on: whether its value may change as the work goes on, or reading it leaves notes."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
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
    names: set[str] = set()
    todo: list[Any] = [e]
    while todo:
        part = todo.pop()
        kind = type(part)
        if kind is tuple:
            todo += part
        elif kind is ast.Reference:
            names.add(part.name)
        elif kind is ast.Name:
            names.add(part.text)
        elif kind is ast.GroupFlag or kind is ast.KravTest:
            return True
        elif issubclass(kind, ast.Node):
            if kind is ast.HdgOf and is_group(plan, part.operand, subject):
                return True
            todo += _parts(kind)(part)
    return any(name_changes(plan, name, subject) for name in names)


def _parts(kind: type[ast.Node]) -> Callable[[ast.Node], tuple[Any, ...]]:
    """What gives the parts of a node, but for its place in the text."""
    if kind not in _known_parts:
        names = [a.name for a in attrs.fields(kind) if a.name != "span"]
        _known_parts[kind] = (
            attrgetter(*names) if len(names) > 1 else lambda node: tuple(getattr(node, n) for n in names)
        )
    return _known_parts[kind]


_known_parts: dict[type, Callable[[ast.Node], tuple[Any, ...]]] = {}


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
