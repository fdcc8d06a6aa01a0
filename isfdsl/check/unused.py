"""Groups that no rule gives, categories without effect, and what stands outside a stated order."""

from __future__ import annotations

from collections.abc import Iterator

from isfdsl.check.context import SHOWN, Check, Context
from isfdsl.check.walk import conjuncts
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.truth import CategoryWithoutEffect, GroupNeverGiven, OutsideOrder
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
CATEGORIES = Check(name="kategorier", reports=(CategoryWithoutEffect,), on=(ast.Nivaa,), each=categories)
