"""Names outside expressions: record types, fields, groups, code systems, orders, sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from isfdsl.check.context import Check, Context
from isfdsl.check.sites import course_parts
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.names import BlockNotOrdered, RepeatedEntry, UnknownName
from isfdsl.diagnostics.types import WrongType
from isfdsl.program.codes import GROUP_SYSTEMS
from isfdsl.program.infer_expr import field_type
from isfdsl.program.ruleset import DRG_HIERARCHY, NAMING, ROLES
from isfdsl.program.scope import FieldSymbol
from isfdsl.program.types import (
    BoolType,
    CodeType,
    DateType,
    ListType,
    MomentType,
    NumberType,
    TextType,
    Type,
    describe,
)
from isfdsl.syntax import ast

DATED = (DateType, MomentType)


def check(ctx: Context, d: ast.AnyDeclaration) -> Iterator[Problem]:
    """The names of one declaration."""
    rules = ctx.ruleset
    match d:
        case ast.Post():
            yield from _post(ctx, d)
        case ast.Begrep(subject=subject) | ast.Teller(subject=subject):
            if subject is not None:
                yield from ctx.subject(subject)
        case ast.Nivaa(subject=subject) | ast.Poeng(subject=subject):
            yield from ctx.subject(subject)
        case ast.Samling():
            yield from _samling(ctx, d)
        case ast.Kodeliste():
            yield from _systems(ctx, d.systems, d.codes)
        case ast.Egenskap():
            yield from _systems(ctx, d.systems, d.codes)
            if d.slag is not None:
                yield from ctx.named((d.slag,), rules.slag, "slaget")
            yield from ctx.named((r.target for r in d.regnes_som), rules.egenskaper, "egenskapen")
        case ast.Opphold():
            yield from _opphold(ctx, d)
        case ast.Stg():
            yield from ctx.named(d.triggers, rules.poster, "posten")
            yield from repeated(d.triggers, "«utløses av»")
            for trigger in d.triggers:
                if d.dateres is not None and trigger.text in rules.poster:
                    yield from _field(ctx, trigger.text, d.dateres, DATED, "en dato eller et tidspunkt")
        case ast.Tfg():
            for part in course_parts(d):
                yield from ctx.named(part.groups, _groups(ctx, part.kind), part.kind)
                yield from repeated(part.groups, "samme linje")
                if part.kind == "TFG":
                    hint = "et forløp består av opphold og særtjenester, ikke av andre forløp"
                    yield WrongType(span=part.groups[0].span, expected="en DRG eller STG", got="en TFG", hint=hint)
        case ast.StgOrder():
            yield from ctx.named(d.groups, _groups(ctx, "STG"), "STG")
            yield from repeated(d.groups, "rekkefølgen")
        case ast.TfgOrder():
            yield from ctx.named(d.groups, _groups(ctx, "TFG"), "TFG")
            yield from repeated(d.groups, "rekkefølgen")
        case ast.Hierarki():
            yield from _hierarki(ctx, d)
        case ast.Gruppe():
            yield from _gruppe(ctx, d)
        case ast.Krav():
            yield from _krav(ctx, d)
        case ast.Utgaatt():
            if d.system is not None:
                yield from _systems(ctx, (d.system,), ast.CodeBlock())
        case ast.Refusjon():
            for subject in d.subjects:
                yield from ctx.subject(subject)
        case _:
            return


def _groups(ctx: Context, kind: ast.GroupKind) -> frozenset[str]:
    return frozenset(ctx.ruleset.groups(kind))


def repeated(names: Iterable[ast.Name], where: str) -> Iterator[Problem]:
    """Report names that stand twice."""
    first: dict[str, ast.Name] = {}
    for name in names:
        before = first.setdefault(name.text, name)
        if before is not name:
            yield RepeatedEntry(span=name.span, name=name.text, where=where, first=before.span)


def _known_systems(ctx: Context) -> frozenset[str]:
    return frozenset({*ctx.ruleset.kodeverk, *ctx.ruleset.slag, *GROUP_SYSTEMS})


def _systems(ctx: Context, systems: tuple[ast.Name, ...], codes: ast.CodeBlock) -> Iterator[Problem]:
    infer = ctx.inference
    for s in systems:
        if not infer.known_system(s.text):
            yield ctx.unknown(s, "kodeverket", _known_systems(ctx))
    yield from repeated(systems, "kodeverkene")
    own = frozenset(s.text for s in systems)
    for _, section in codes.sections:
        if section.text not in own:
            context = "for denne listen" if infer.known_system(section.text) else None
            yield ctx.unknown(section, "kodeverket", own if context else _known_systems(ctx), context)


_NAMES = ("tekst", "heltall", "kode")
"""The kinds of values that can say who or where."""


def _post(ctx: Context, d: ast.Post) -> Iterator[Problem]:
    for f in d.fields:
        if f.type.systems:
            yield from _systems(ctx, f.type.systems, ast.CodeBlock())
        if f.role is not None:
            if f.role.text not in (*ROLES, "nøkkel"):
                yield ctx.unknown(f.role, "rollen", (*ROLES, "nøkkel"))
            elif f.role.text in ("start", "slutt") and not isinstance(field_type(f), DATED):
                got = describe(field_type(f))
                yield WrongType(span=f.type.span, expected="en dato eller et tidspunkt", got=got)
    for role in NAMING:
        named = ctx.ruleset.role(d.name.text, role)
        for f in d.fields:
            if f.name.text == named and (f.type.is_list or f.type.kind not in _NAMES):
                got, hint = describe(field_type(f)), f"feltet har rollen «{role}»: det sier hvem eller hvor"
                yield WrongType(span=f.type.span, expected="en tekst, en kode eller et heltall", got=got, hint=hint)


def _field(ctx: Context, subject: str, name: ast.Name, wanted: tuple[type, ...], expected: str) -> Iterator[Problem]:
    """Report a name that is no field of the record type, or a field of the wrong type."""
    symbol = ctx.scopes.lookup(subject, name.text)
    if not isinstance(symbol, FieldSymbol):
        known = [n for n, s in ctx.scopes.names(subject).items() if isinstance(s, FieldSymbol)]
        yield ctx.unknown(name, "feltet", known, f"i «{subject}»")
        return
    found = field_type(symbol.field)
    if not isinstance(found, wanted):
        yield WrongType(span=name.span, expected=expected, got=describe(found))


def _samling(ctx: Context, d: ast.Samling) -> Iterator[Problem]:
    unknown = list(ctx.subject(d.subject))
    yield from unknown
    if unknown:
        return
    for name in d.fields:
        yield from _field(ctx, d.subject.text, name, (CodeType, ListType), "et kodefelt")
    yield from repeated(d.fields, "samlingen")


def _opphold(ctx: Context, d: ast.Opphold) -> Iterator[Problem]:
    post = d.source.text
    if post not in ctx.ruleset.poster:
        yield ctx.unknown(d.source, "posten", ctx.ruleset.poster)
        return
    if d.dateres is not None:
        yield from _field(ctx, post, d.dateres, DATED, "en dato eller et tidspunkt")
    for a in d.fields:
        wanted, expected = _aggregated(a.how)
        yield from _field(ctx, post, a.field, wanted, expected)
    yield from repeated((a.field for a in d.fields), "oppholdet")


def _aggregated(how: ast.Aggregation) -> tuple[tuple[type[Type], ...], str]:
    match how:
        case "sum":
            return (NumberType,), "et tall for å summere"
        case "minste" | "største":
            return (NumberType, DateType, MomentType), "et tall, en dato eller et tidspunkt for å ordne"
        case "alle":
            return (ListType,), "en liste for å samle alle"
        case _:
            return (NumberType, DateType, MomentType, ListType, CodeType, TextType, BoolType), "et felt"


def _hierarki(ctx: Context, d: ast.Hierarki) -> Iterator[Problem]:
    yield from ctx.subject(d.subject)
    # A block of a hierarchy that is not there is reported by itself; it may well be meant for this one.
    lost = ctx.ruleset.hierarkier
    own = frozenset(name for h, name in ctx.ruleset.grupper if h == d.name.text or h not in lost)
    yield from ctx.named(d.order, own, "gruppen", f"i «{d.name.text}»")
    yield from repeated(d.order, "rekkefølgen")
    if d.name.text == DRG_HIERARCHY and d.ellers is not None and d.ellers.group is not None:
        yield from ctx.named((d.ellers.group,), _groups(ctx, "DRG"), "DRG")


def _gruppe(ctx: Context, d: ast.Gruppe) -> Iterator[Problem]:
    hierarchy = ctx.ruleset.hierarkier.get(d.hierarchy.text)
    if hierarchy is None:
        yield ctx.unknown(d.hierarchy, "hierarkiet", ctx.ruleset.hierarkier)
        return
    if hierarchy.order and d.name.text not in {n.text for n in hierarchy.order}:
        order = hierarchy.order[0].span.to(hierarchy.order[-1].span)
        yield BlockNotOrdered(span=d.name.span, name=d.name.text, hierarchy=hierarchy.name.text, order=order)
    if d.hierarchy.text == DRG_HIERARCHY:
        yield from ctx.named((r.target for r in d.rules), _groups(ctx, "DRG"), "DRG")


def _krav(ctx: Context, d: ast.Krav) -> Iterator[Problem]:
    unknown = list(ctx.subject(d.subject))
    yield from unknown
    if unknown:
        return
    subject = d.subject.text
    for v in (*d.conditions, *d.exceptions):
        if v.attested_by is not None:
            yield from _field(ctx, subject, v.attested_by, (BoolType,), "et felt av typen ja_nei")
    for report in d.reporting:
        for name, code in report.values:
            found = list(_field(ctx, subject, name, (CodeType, ListType), "et kodefelt"))
            yield from found
            symbol = ctx.scopes.lookup(subject, name.text)
            if not found and isinstance(symbol, FieldSymbol):
                systems = tuple(s.text for s in symbol.field.type.systems)
                problem = ctx.inference.code_problem(code, systems, name.span)
                if problem is not None:
                    yield problem


def kilder(ctx: Context, d: ast.AnyDeclaration) -> Iterator[Problem]:
    """Citations of passages that are not there, once the regelverk has passages."""
    known = ctx.ruleset.passasjer
    if not known:
        return
    for ref in _refs(d):
        if not ref.is_text and ref.value not in known:
            yield ctx.unknown(ast.Name(text=ref.value, span=ref.span), "passasjen", known)


def _refs(d: ast.AnyDeclaration) -> Iterator[ast.SourceRef]:
    yield from d.kilder
    inner: Iterable[ast.Regel | ast.Kategori | ast.Vilkaar | ast.Tillegg] = ()
    match d:
        case ast.Gruppe():
            inner = d.rules
        case ast.Nivaa():
            inner = d.categories
        case ast.Krav():
            inner = (*d.conditions, *d.exceptions)
        case ast.Poeng():
            inner = (*d.additions, *d.deductions)
        case _:
            pass
    for node in inner:
        for meta in node.meta:
            if isinstance(meta, ast.Kilde):
                yield from meta.refs


NAMED = (
    ast.Post, ast.Begrep, ast.Teller, ast.Nivaa, ast.Poeng, ast.Samling, ast.Kodeliste, ast.Egenskap, ast.Opphold,
    ast.Stg, ast.Tfg, ast.StgOrder, ast.TfgOrder, ast.Hierarki, ast.Gruppe, ast.Krav, ast.Refusjon,
    ast.Utgaatt,
)  # fmt: skip
CHECK = Check(name="navn", reports=(UnknownName, BlockNotOrdered, RepeatedEntry, WrongType), on=NAMED, each=check)
SOURCES = Check(name="kilder", reports=(UnknownName,), on=(ast.Declaration,), each=kilder)
