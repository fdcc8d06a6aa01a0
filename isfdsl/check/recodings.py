"""What decides what a property counts as: facts about the record, known before anything is grouped or counted.

An answer is remembered for the record, so it may not change as the work goes on, nor rest on what is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from isfdsl.check.context import Check, Context
from isfdsl.check.sites import grouped_subject
from isfdsl.check.walk import field_of, nodes, plain_name
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.truth import UncertainRecoding
from isfdsl.program.codes import GROUP_SYSTEMS
from isfdsl.program.scope import (
    AttributeSymbol,
    BegrepSymbol,
    GroupSymbol,
    NivaaSymbol,
    PointsSymbol,
    SatsSymbol,
)
from isfdsl.program.types import CodeType
from isfdsl.syntax import ast


def check(ctx: Context) -> Iterator[Problem]:
    """Every condition of a ``regnes som``."""
    subject = grouped_subject(ctx.ruleset)
    for d in ctx.ruleset.of(ast.Egenskap):
        for r in d.regnes_som:
            found = next(_uncertain(ctx, r.condition, subject, set()), None)
            if found is not None:
                yield UncertainRecoding(span=r.condition.span, name=d.name.text, what=found[0], unknown=found[1])


def _uncertain(ctx: Context, e: ast.Expr, subject: str | None, seen: set[int]) -> Iterator[tuple[str, bool]]:
    """What a condition asks for, itself or through what it names, and whether that is a rate that is not known."""
    for node in nodes(e):
        over = field_of(node)
        match node:
            case ast.Reference(name=name):
                yield from _named(ctx, plain_name(name), subject, seen)
            case ast.KravTest(krav=krav):
                yield f"krav {krav.text}", False
            case ast.GroupFlag(attribute=attribute):
                yield attribute.text, False
            case ast.HdgOf(operand=ast.Reference(name=name)):
                kind = ctx.inference.infer(ast.Reference(name=name, span=node.span), subject)
                if isinstance(kind, CodeType) and not GROUP_SYSTEMS.keys().isdisjoint(kind.systems):
                    yield "gruppen", False
            case _ if over is not None:
                yield from _named(ctx, plain_name(over.text), subject, seen)


def _named(ctx: Context, name: str, subject: str | None, seen: set[int]) -> Iterator[tuple[str, bool]]:
    match ctx.scopes.lookup(subject, name):
        case GroupSymbol() | PointsSymbol() | AttributeSymbol():
            yield name, False
        case SatsSymbol():
            if not all(isinstance(s.value, ast.Amount) for s in ctx.ruleset.satser[name]):
                yield f"satsen {name}", True
        case BegrepSymbol(begrep=b) if id(b) not in seen:
            seen.add(id(b))
            yield from _uncertain(ctx, b.expr, b.subject.text if b.subject else None, seen)
        case NivaaSymbol(nivaa=n) if id(n) not in seen:
            seen.add(id(n))
            for part in (x for k in n.categories for x in (k.condition, *k.exceptions) if x is not None):
                yield from _uncertain(ctx, part, n.subject.text, seen)


CHECK = Check(name="regnes som", reports=(UncertainRecoding,), whole=check)
