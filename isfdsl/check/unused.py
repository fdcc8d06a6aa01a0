"""Groups that no rule gives, categories without effect, and what stands outside a stated order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from isfdsl.check.context import SHOWN, Check, Context
from isfdsl.check.duplicates import meet
from isfdsl.check.never import found_in
from isfdsl.check.walk import conjuncts
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.truth import CategoryWithoutEffect, GroupNeverGiven, NoOrder, OutsideOrder
from isfdsl.program.ruleset import DRG_HIERARCHY
from isfdsl.syntax import ast

ONE_BY_ONE = 3
"""Up to so many of a file get a message each."""


def groups(ctx: Context) -> Iterator[Problem]:
    """DRGs that the hierarchy never gives. Without a hierarchy there is nothing to say."""
    rules = ctx.ruleset
    hierarchy = rules.hierarkier.get(DRG_HIERARCHY)
    if hierarchy is None:
        return
    given = {r.target.text for g in rules.of(ast.Gruppe) if g.hierarchy.text == DRG_HIERARCHY for r in g.rules}
    if not given <= rules.drg.keys():
        return  # a misspelt DRG is reported where it is given
    if hierarchy.ellers is not None and hierarchy.ellers.group is not None:
        given.add(hierarchy.ellers.group.text)
    for file in rules.files:
        left = [
            d.name
            for d in file.declarations
            if isinstance(d, ast.Drg)
            and d.name.text not in given
            and not d.ufullstendig
            and not ctx.broken.may_use(d.name.text)
        ]
        if len(left) <= ONE_BY_ONE:
            for name in left:
                yield GroupNeverGiven(span=name.span, name=name.text)
        else:
            first, *rest = left
            places = tuple(n.span for n in rest[:SHOWN])
            yield GroupNeverGiven(span=first.span, name=first.text, more=len(rest), places=places)


def order(ctx: Context) -> Iterator[Problem]:
    """STGs and TFGs that the stated order leaves out."""
    rules = ctx.ruleset
    for kind, orders, groups in (
        ("STG", rules.of(ast.StgOrder), rules.of(ast.Stg)),
        ("TFG", rules.of(ast.TfgOrder), rules.of(ast.Tfg)),
    ):
        if not orders:
            continue
        stated = [n for o in orders for n in o.groups]
        named = {n.text for n in stated}
        left = [g.name for g in groups if g.name.text not in named and not g.ufullstendig]
        if left:
            where = orders[0].groups[0].span.to(orders[0].groups[-1].span)
            yield OutsideOrder(span=left[0].span, kind=kind, name=left[0].text, order=where, more=len(left) - 1)


def no_order(ctx: Context) -> Iterator[Problem]:
    """Groups that are tried in the order of the files, where the order may matter."""
    rules = ctx.ruleset
    if not rules.of(ast.StgOrder):
        several = _at_once(ctx, [d for d in rules.of(ast.Stg) if not d.ufullstendig])
        if several:
            names = tuple(d.name.text for d in several)
            yield NoOrder(span=several[0].name.span, what="STG", names=names, others=(several[1].name.span,))
    for hierarchy in rules.hierarkier.values():
        blocks = rules.ordered_groups(hierarchy)
        firsts = {d.span.source: d.name for d in reversed(blocks)}
        if not hierarchy.order and len(firsts) > 1:
            first, *rest = reversed(firsts.values())
            names = tuple(d.name.text for d in blocks)
            others = tuple(name.span for name in rest[:SHOWN])
            yield NoOrder(span=first.span, what=hierarchy.name.text, names=names, others=others)


def _at_once(ctx: Context, groups: list[ast.Stg]) -> tuple[ast.Stg, ast.Stg] | None:
    """Two that the same record may trigger, as far as is seen."""
    for one, other in combinations(groups, 2):
        shared = {t.text for t in one.triggers} & {t.text for t in other.triggers}
        both = tuple(e for d in (one, other) if d.condition is not None for e in conjuncts(d.condition))
        if meet(one.validity, other.validity) and any(found_in(ctx, t, both) is None for t in sorted(shared)):
            return one, other
    return None


def categories(ctx: Context, d: ast.AnyDeclaration) -> Iterator[Problem]:
    """Categories that can't raise their level. Conditions that are never true have their own messages."""
    assert isinstance(d, ast.Nivaa)
    for k in d.categories:
        why = None
        if k.level < 1:
            why = "verdien er 0, og det er nivået også uten den"
        elif k.condition is not None:
            keys = {ctx.facts(e).id for e in conjuncts(k.condition)}
            for exception in k.exceptions:
                if {ctx.facts(e).id for e in conjuncts(exception)} <= keys:
                    why = f"unntaket «{ctx.text(exception.span)}» gjelder hver gang vilkåret gjør det"
        if why is not None:
            yield CategoryWithoutEffect(span=k.name.span, name=k.name.text, level=d.name.text, why=why)


GROUPS = Check(name="grupper uten regel", reports=(GroupNeverGiven,), whole=groups)
ORDER = Check(name="rekkefølge", reports=(OutsideOrder,), whole=order)
NO_ORDER = Check(name="uten rekkefølge", reports=(NoOrder,), whole=no_order)
CATEGORIES = Check(name="kategorier", reports=(CategoryWithoutEffect,), on=(ast.Nivaa,), each=categories)
