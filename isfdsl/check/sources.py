"""Every rule has a source, of its own or from what it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from isfdsl.check.context import SHOWN, Check, Context
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.checks import CodeSetsWithoutSource, MissingSource
from isfdsl.source import Span
from isfdsl.syntax import ast

ONE_BY_ONE = 3
"""Up to so many of a kind in a file get a message each."""

Item = tuple[str, str, Span]
"""(kind, name, where)."""


def check(ctx: Context, file: ast.File) -> Iterator[Problem]:
    """One file."""
    if "assumptions" in PurePath(file.source).parts:
        return
    missing: dict[str, list[Item]] = {}
    code_sets: list[ast.Name] = []
    for d in file.declarations:
        if isinstance(d, (ast.Egenskap, ast.Kodeliste)):
            if not _has(d.meta):
                code_sets.append(d.name)
            continue
        for item in _without(ctx, d):
            missing.setdefault(item[0], []).append(item)
    for items in missing.values():
        if len(items) <= ONE_BY_ONE:
            for kind, name, span in items:
                yield MissingSource(span=span, kind=kind, name=name)
        else:
            (kind, name, span), *rest = items
            places = tuple(i[2] for i in rest[:SHOWN])
            yield MissingSource(span=span, kind=kind, name=name, more=len(rest), places=places)
    if code_sets:
        yield CodeSetsWithoutSource(span=code_sets[0].span, count=len(code_sets), name=code_sets[0].text)


def _has(meta: tuple[ast.MetaClause, ...]) -> bool:
    return any(isinstance(m, (ast.Kilde, ast.Videreforing)) for m in meta)


def _last_has(inner: Sequence[ast.Vilkaar | ast.Tillegg]) -> bool:
    """Whether the part that stands last has a source: white space says nothing, so it may be meant for the whole."""
    return bool(inner) and _has(max(inner, key=lambda v: v.span.start).meta)


def _without(ctx: Context, d: ast.AnyDeclaration) -> Iterator[Item]:
    """The rules of a declaration that have no source, neither their own nor an inherited one."""
    if _has(d.meta):
        return
    match d:
        case ast.Gruppe():
            hierarchy = ctx.ruleset.hierarkier.get(d.hierarchy.text)
            if hierarchy is None or not _has(hierarchy.meta):
                for r in d.rules:
                    if not _has(r.meta):
                        yield ("regelen", r.name.text, r.name.span)
        case ast.Nivaa():
            if not d.categories or not all(_has(k.meta) for k in d.categories):
                yield ("nivået", d.name.text, d.name.span)
        case ast.Krav():
            if not _last_has((*d.conditions, *d.exceptions)):
                yield ("kravet", d.name.text, d.name.span)
        case ast.Poeng() if not _last_has((*d.additions, *d.deductions)):
            yield ("poengreglene for", d.subject.text, d.subject.span)
        case ast.Teller():
            span = d.subject.span if d.subject else Span(d.span.source, d.span.start, d.span.start + len("teller"))
            yield ("regelen «teller i ISF» for", d.subject.text if d.subject else "opphold", span)
        case ast.Opphold():
            yield ("reglene for opphold av", d.source.text, d.source.span)
        case ast.Refusjon():
            yield ("refusjonen", d.name.text, d.name.span)
        case ast.Sats():
            yield ("satsen", d.name.text, d.name.span)
        case ast.Drg():
            yield ("DRG", d.name.text, d.name.span)
        case ast.Stg():
            yield ("STG", d.name.text, d.name.span)
        case ast.Tfg():
            yield ("TFG", d.name.text, d.name.span)
        case ast.Utgaatt():
            yield (f"«utgått {d.what}»", d.name.text, d.name.span)
        case ast.Eksempel():
            yield ("eksempelet", d.title.value, d.title.span)
        case ast.Hierarki():
            if not any(g.hierarchy.text == d.name.text for g in ctx.ruleset.grupper.values()):
                yield ("hierarkiet", d.name.text, d.name.span)
        case _:
            return


CHECK = Check(name="kilde", reports=(MissingSource, CodeSetsWithoutSource), file=check)
