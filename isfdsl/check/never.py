"""Conditions that are never true, always true, or exclude each other."""

from __future__ import annotations

from collections.abc import Iterator

from isfdsl.check.context import Check, Context, Found, Part
from isfdsl.check.facts import Bound, Facts
from isfdsl.check.logic import conflict, domain, nothing_left
from isfdsl.check.sites import Site
from isfdsl.check.walk import conjuncts, nodes, tested
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.truth import AlwaysTrue, Contradiction, EmptyProperty, NeverTrue
from isfdsl.program.types import comparable
from isfdsl.syntax import ast

NOTHING_LEFT = "alle kodene er unntatt"


def check(ctx: Context, part: Part) -> Iterator[Problem]:
    """One part of a chain, and the chains inside it."""
    for node in nodes(part.expr):
        direct = node is part.expr and part.site.want == "vilkår"
        owner = part.site.owner if direct else None
        match node:
            case ast.Constant(value=False):
                text = ctx.text(node.span)
                yield NeverTrue(span=node.span, text=text, owner=owner)
            case ast.Compare() | ast.Between():
                yield from _range(ctx, part.subject, node, owner)
            case ast.InSet(codes=codes) if nothing_left(ctx, codes):
                yield NeverTrue(span=node.span, text=ctx.text(node.span), why=NOTHING_LEFT, owner=owner)
            case ast.And() if node is not part.expr:
                parts = conjuncts(node)
                yield from _conflict(ctx, part.subject, parts, parts, None)
            case _:
                yield from _properties(ctx, node, owner)


def _range(ctx: Context, subject: str | None, node: ast.Compare | ast.Between, owner: str | None) -> Iterator[Problem]:
    limits = ctx.facts(node).bounds
    if isinstance(node, ast.Between) and limits and _turned(*limits):
        why = "den minste grensen skal stå først"
        yield NeverTrue(span=node.span, text=ctx.text(node.span), why=why, owner=owner)
        return
    for bound in limits:
        of = domain(ctx, subject, bound.operand)
        if of is None:
            continue
        found = of.of(bound)
        places = () if of.place is None else (of.place,)
        text = ctx.text(node.span)
        if found is None:
            continue
        if found.empty and not of.interval.empty:
            why = of.text or "ingen verdi passer"
            yield NeverTrue(span=node.span, text=text, why=why, owner=owner, places=places)
            return
        if isinstance(node, ast.Compare) and of.text and of.interval.within(found):
            yield AlwaysTrue(span=node.span, text=text, why=of.text, places=places)


def _turned(low: Bound, high: Bound) -> bool:
    return comparable(low.type, high.type) and low.value > high.value


def _properties(ctx: Context, node: ast.Expr, owner: str | None) -> Iterator[Problem]:
    names = tested(node)
    empty = [n for n in names if n.text in ctx.ruleset.egenskaper and n.text not in ctx.carried]
    for name in empty:
        dead = isinstance(node, ast.HasProperty) and len(empty) == len(names)
        yield EmptyProperty(span=name.span, name=name.text, owner=owner if dead else None)


def chain(ctx: Context, site: Site, subject: str | None) -> Iterator[Problem]:
    """The parts of a chain against each other and against what holds around it."""
    if site.want == "vilkår":
        yield from _conflict(ctx, subject, (*site.around, *site.parts), site.parts, site.owner)


def _conflict(
    ctx: Context, subject: str | None, everything: tuple[ast.Expr, ...], own: tuple[ast.Expr, ...], owner: str | None
) -> Iterator[Problem]:
    if len(everything) < 2:
        return
    found = found_in(ctx, subject, everything)
    if found is None or found is True:
        return
    later, earlier = (everything[i] for i in found)
    if any(later is e for e in own):
        yield Contradiction(
            span=later.span,
            text=ctx.text(later.span),
            other_text=ctx.text(earlier.span),
            other=earlier.span,
            owner=owner,
        )


def found_in(ctx: Context, subject: str | None, parts: tuple[ast.Expr, ...]) -> Found:
    """Why a chain never holds, as far as that is seen; a part that alone is never met goes first."""
    facts = [ctx.facts(e) for e in parts]
    key = (subject, tuple([f.id for f in facts]))
    if key not in ctx.chains:
        alone = [
            e
            for e, f in zip(parts, facts, strict=True)
            if (f.bounds or f.carries is not None or f.constant is False) and _alone(ctx, subject, e, f)
        ]
        ctx.chains[key] = True if alone else conflict(ctx, subject, facts)
    return ctx.chains[key]


def _alone(ctx: Context, subject: str | None, e: ast.Expr, f: Facts) -> bool:
    """Whether one condition is never met."""
    if f.constant is False:
        return True
    if f.bounds and any(isinstance(p, NeverTrue) for p in _bounds_of(ctx, subject, e)):
        return True
    return f.carries is not None and not any(p in ctx.carried or p not in ctx.ruleset.egenskaper for p in f.carries[1])


def _bounds_of(ctx: Context, subject: str | None, e: ast.Expr) -> Iterator[Problem]:
    if isinstance(e, (ast.Compare, ast.Between)):
        yield from _range(ctx, subject, e, None)


CHECK = Check(name="aldri", reports=(NeverTrue, AlwaysTrue, Contradiction, EmptyProperty), part=check, site=chain)
