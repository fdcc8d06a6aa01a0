"""One name for two things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from isfdsl.check.context import Check, Context
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.names import DuplicateName, TakenName
from isfdsl.program.codes import GROUP_SYSTEMS, HDG_SYSTEM
from isfdsl.program.ruleset import DERIVED_SUBJECTS, DRG_HIERARCHY, STAY
from isfdsl.source import Span
from isfdsl.syntax import ast

Claim = tuple[str, str, str, Span]
"""(room, name, what it is called, where)."""


def check(ctx: Context) -> Iterator[Problem]:
    """Every name that a second thing of its kind claims."""
    first: dict[tuple[str, str], Claim] = {}
    for d in ctx.ruleset.declarations:
        for claim in _claims(d):
            room, name, kind, span = claim
            before = first.setdefault((room, name), claim)
            if before is not claim:
                same = before[2] == kind
                yield DuplicateName(span=span, name=name, kind=kind if same else "navnet", first=before[3])
    yield from _across(ctx, first)
    yield from _properties(ctx)
    yield from _reserved(ctx)


def _claims(d: ast.AnyDeclaration) -> Iterable[Claim]:
    # Ordered by how many there are: a national regelverk has thousands of properties, groups and rules.
    match d:
        case ast.Egenskap() | ast.Sats() | ast.Regelverk() | ast.Antakelse():
            return ()
        case ast.StgOrder() | ast.TfgOrder():
            kind = "STG" if isinstance(d, ast.StgOrder) else "TFG"
            return (("rekkefølge", kind, "rekkefølgen for", d.groups[0].span if d.groups else d.span),)
        case ast.Drg():
            return (("DRG", d.name.text, "DRG", d.name.span),)
        case ast.Gruppe():
            own = (f"gruppe i {d.hierarchy.text}", d.name.text, "gruppen", d.name.span)
            return (own, *(("regel", r.name.text, "regelen", r.name.span) for r in d.rules))
        case ast.Kodeliste():
            return (("kodeliste", d.name.text, "kodelisten", d.name.span),)
        case ast.Stg():
            return (("STG", d.name.text, "STG", d.name.span),)
        case ast.Tfg():
            return (("TFG", d.name.text, "TFG", d.name.span),)
        case ast.Post():
            own = ("post", d.name.text, "posten", d.name.span)
            roles = ((f"rolle i {d.name.text}", f.role.text, "rollen", f.role.span) for f in d.fields if f.role)
            fields = ((f"om {d.name.text}", f.name.text, "feltet", f.name.span) for f in d.fields)
            return (own, *fields, *roles)
        case ast.Begrep():
            room = f"om {d.subject.text}" if d.subject is not None else "om ingenting"
            return ((room, d.name.text, "begrepet", d.name.span),)
        case ast.Samling():
            return ((f"om {d.subject.text}", d.name.text, "samlingen", d.name.span),)
        case ast.Nivaa():
            kinds = ((f"kategori i {d.name.text}", k.name.text, "kategorien", k.name.span) for k in d.categories)
            return ((f"om {d.subject.text}", d.name.text, "nivået", d.name.span), *kinds)
        case ast.Hierarki():
            own = ("hierarki", d.name.text, "hierarkiet", d.name.span)
            if d.name.text == DRG_HIERARCHY:
                return (own,)
            return (own, (f"om {d.subject.text}", d.name.text, "hierarkiet", d.name.span))
        case ast.Krav():
            inner = (*d.conditions, *d.exceptions)
            conditions = ((f"vilkår i {d.name.text}", v.name.text, "vilkåret", v.name.span) for v in inner)
            return (("krav", d.name.text, "kravet", d.name.span), *conditions)
        case ast.Teller():
            return (
                (
                    "teller",
                    d.subject.text if d.subject else STAY,
                    "regelen «teller i ISF» for",
                    d.subject.span if d.subject else d.span,
                ),
            )
        case ast.Poeng():
            tables = (*d.additions, *d.deductions)
            parts = ((f"tillegg i {d.subject.text}", t.name.text, "tillegget", t.name.span) for t in tables)
            return (("poeng", d.subject.text, "poengreglene for", d.subject.span), *parts)
        case ast.Refusjon():
            return (("refusjon", d.name.text, "refusjonen", d.name.span),)
        case ast.Kodeverk():
            return (("kodeverk", d.name.text, "kodeverket", d.name.span),)
        case ast.Slag():
            return (("kodeverk", d.name.text, "slaget", d.name.span),)
        case ast.Opphold():
            return (("opphold", "opphold", "reglene for", d.source.span),)
        case ast.Passasje():
            return (("passasje", d.name.text, "passasjen", d.name.span),)
        case ast.Rapportering():
            return (("rapportering", d.name.text, "rapporteringsperioden", d.name.span),)
        case ast.Eksempel():
            return (("eksempel", d.title.value, "eksempelet", d.title.span),)
        case ast.Utgaatt():
            room = f"utgått {d.what} {d.system.text if d.system else ''}"
            return ((room, d.name.text, f"«utgått {d.what}»", d.name.span),)
        case _:
            assert_never(d)


def _across(ctx: Context, first: dict[tuple[str, str], Claim]) -> Iterator[Problem]:
    """Names that hold everywhere (rates, global concepts, code lists) and are also those of one record type."""
    rules = ctx.ruleset
    everywhere = {name: rates[0].name.span for name, rates in rules.satser.items()}
    for (room, name), (_, _, _, span) in first.items():
        if room in ("om ingenting", "kodeliste"):
            before = everywhere.setdefault(name, span)
            if before is not span:
                yield DuplicateName(span=span, name=name, kind="navnet", first=before)
    for (room, name), (_, _, _, span) in first.items():
        if room.startswith("om ") and room != "om ingenting" and name in everywhere:
            yield DuplicateName(span=span, name=name, kind="navnet", first=everywhere[name])


def _properties(ctx: Context) -> Iterator[Problem]:
    for name, declarations in ctx.ruleset.egenskaper.items():
        for i, d in enumerate(declarations[1:], 1):
            systems = {s.text for s in d.systems}
            for other in declarations[:i]:
                if systems & {s.text for s in other.systems} and meet(d.validity, other.validity):
                    yield DuplicateName(span=d.name.span, name=name, kind="egenskapen", first=other.name.span)
                    break


def meet(a: ast.Validity | None, b: ast.Validity | None) -> bool:
    """Whether two validities have a day in common."""
    return not (_before(a, b) or _before(b, a))


def _before(a: ast.Validity | None, b: ast.Validity | None) -> bool:
    if a is None or b is None or a.end is None or b.start is None:
        return False
    return a.end.value is not None and b.start.value is not None and a.end.value < b.start.value


def _reserved(ctx: Context) -> Iterator[Problem]:
    rules = ctx.ruleset
    for d in rules.of(ast.Kodeverk):
        if d.name.text in GROUP_SYSTEMS:
            meaning = f"de {GROUP_SYSTEMS[d.name.text]}-ene som er definert"
            yield TakenName(span=d.name.span, name=d.name.text, kind="et kodeverk", meaning=meaning)
    for s in rules.of(ast.Slag):
        if s.name.text in GROUP_SYSTEMS or s.name.text == HDG_SYSTEM:
            yield TakenName(span=s.name.span, name=s.name.text, kind="et slag", meaning="et innebygd kodeverk")
    for p in rules.of(ast.Post):
        if p.name.text in (*DERIVED_SUBJECTS, "pasient"):
            meaning = "pasienten selv" if p.name.text == "pasient" else "noe som lages av postene"
            yield TakenName(span=p.name.span, name=p.name.text, kind="en post", meaning=meaning)


CHECK = Check(name="dobbelt", reports=(DuplicateName, TakenName), whole=check)
