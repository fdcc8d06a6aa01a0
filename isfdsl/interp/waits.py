"""What cannot be kept: what asks for a group, points or requirements, which become known as the work goes on."""

from __future__ import annotations

from typing import Any

import attrs

from isfdsl.interp.features import code_type
from isfdsl.interp.machine import Machine
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
from isfdsl.syntax import ast


def mentions_result(machine: Machine, e: Any, subject: str | None, *, notes: bool = False) -> bool:
    """Whether it asks for the group, the points or a requirement, which become known as the work goes on.

    ``notes``: or for a rate that leaves a note.
    """
    waiting = [e]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting += node
        elif isinstance(node, ast.Reference):
            if _names_result(machine, node.name, subject, notes):
                return True
        elif isinstance(node, (ast.GroupFlag, ast.KravTest)):
            return True
        elif isinstance(node, ast.Node):
            if isinstance(node, ast.HdgOf):
                found = code_type(machine.inference.infer(node.operand, subject))
                if found is not None and not GROUP_SYSTEMS.keys().isdisjoint(found.systems):
                    return True
            waiting += [getattr(node, a.name) for a in attrs.fields(type(node)) if a.name != "span"]
    return False


def depends_on_result(machine: Machine, d: ast.Begrep | ast.Nivaa, notes: bool = False) -> bool:
    """The same of a begrep or a level, remembered."""
    memo: dict[tuple[int, bool], bool] = machine.__dict__.setdefault("_result_dependent", {})
    key = id(d), notes
    if key not in memo:
        memo[key] = False  # a circle adds nothing
        e: Any = d.expr if isinstance(d, ast.Begrep) else tuple((k.condition, k.exceptions) for k in d.categories)
        memo[key] = mentions_result(machine, e, d.subject.text if d.subject is not None else None, notes=notes)
    return memo[key]


def _names_result(machine: Machine, name: str, subject: str | None, notes: bool) -> bool:
    match machine.scopes.lookup(subject, name):
        case BegrepSymbol(begrep=d) | NivaaSymbol(nivaa=d):
            return depends_on_result(machine, d, notes)
        case SatsSymbol(name=sats):
            return notes and machine.rate(sats)[1] is not None
        case AttributeSymbol() | GroupSymbol() | PointsSymbol() | HierarkiSymbol():
            return True
        case _:
            return False
