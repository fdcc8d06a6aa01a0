"""What a declaration must say beside what the grammar demands."""

from __future__ import annotations

from collections.abc import Iterator

from isfdsl.check.context import Check, Context
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.checks import (
    ConditionForm,
    KeyCount,
    MissingAggregation,
    MissingClause,
    MissingDomain,
    MissingElse,
    MissingRounding,
    NoExpectation,
    PointsNotMade,
    TooManyDecimals,
)
from isfdsl.diagnostics.names import NoHead, TooManyHeads
from isfdsl.program.ruleset import COURSE, SERVICE, STAY
from isfdsl.syntax import ast


def check(ctx: Context, d: ast.AnyDeclaration) -> Iterator[Problem]:
    """One declaration."""
    match d:
        case ast.Post():
            yield from _post(d)
        case ast.Opphold():
            yield from _opphold(ctx, d)
        case ast.Stg():
            yield from _stg(d)
        case ast.Hierarki() if d.ellers is None:
            yield MissingElse(span=d.name.span, name=d.name.text)
        case ast.Krav():
            for kind, inner in (("vilkåret", d.conditions), ("unntaket", d.exceptions)):
                for v in inner:
                    found = [word for word, given in _ways(v) if given]
                    if len(found) != 1:
                        yield ConditionForm(span=v.name.span, kind=kind, name=v.name.text, found=tuple(found))
        case ast.Poeng():
            owner = f"«poeng for {d.subject.text}»"
            if d.base is None:
                choices = ("grunnlag vekt",)
                yield MissingClause(span=d.subject.span, owner=owner, question="hva grunnlaget er", choices=choices)
            if d.rounding is None:
                yield MissingRounding(span=d.subject.span, owner=owner, choices=("3 desimaler",))
            yield from _rounding(d.rounding)
            yield from _points(ctx, d)
        case ast.Refusjon():
            if d.rounding is None:
                owner = f"refusjonen «{d.name.text}»"
                yield MissingRounding(span=d.name.span, owner=owner, choices=("øre", "hele kroner"))
            yield from _rounding(d.rounding)
        case ast.Eksempel() if not d.expectations:
            yield NoExpectation(span=d.title.span, title=d.title.value)
        case _:
            return


MOST_DECIMALS = 12
"""As many as a field of a record has; results have no more."""


def _rounding(rounding: ast.Avrundes | None) -> Iterator[Problem]:
    if rounding is not None and rounding.digits > MOST_DECIMALS:
        yield TooManyDecimals(span=rounding.span, digits=str(rounding.digits), most=MOST_DECIMALS)


def _ways(v: ast.Vilkaar) -> tuple[tuple[str, bool], ...]:
    return (("når", v.condition is not None), ("dokumenteres", v.documented), ("ukjent", v.unknown is not None))


def _post(d: ast.Post) -> Iterator[Problem]:
    keys = tuple(f.name.span for f in d.fields if f.key)
    if len(keys) != 1:
        yield KeyCount(span=d.name.span, name=d.name.text, keys=keys)
    for f in d.fields:
        if f.type.kind in ("heltall", "desimal") and f.type.low is None:
            yield MissingDomain(span=f.type.span, name=f.name.text, kind=f.type.kind)


def _opphold(ctx: Context, d: ast.Opphold) -> Iterator[Problem]:
    post = ctx.ruleset.poster.get(d.source.text)
    if d.never or post is None:
        return
    if not d.samles:
        choices = ("samles når …", "samles aldri")
        yield MissingClause(span=d.source.span, owner="«opphold»", question="når poster slås sammen", choices=choices)
    said = {a.field.text for a in d.fields}
    patient = ctx.ruleset.role(post.name.text, "pasient")
    if not said <= {f.name.text for f in post.fields}:
        return  # a misspelt field is reported where it is named
    left = tuple(f.name.text for f in post.fields if not f.key and f.name.text not in said and f.name.text != patient)
    if left:
        yield MissingAggregation(span=d.source.span, fields=left)


def _points(ctx: Context, d: ast.Poeng) -> Iterator[Problem]:
    """Only stays have points that are a formula; those of a særtjeneste or a course are the weight of its group."""
    subject = d.subject.text
    if subject in (SERVICE, COURSE):
        if d.base is not None and not (isinstance(d.base, ast.Reference) and d.base.name == WEIGHT):
            yield PointsNotMade(span=d.base.span, subject=subject, part="grunnlaget")
        for word, items in (("tillegget", d.additions), ("fradraget", d.deductions)):
            for t in items:
                yield PointsNotMade(span=t.name.span, subject=subject, part=f"{word} «{t.name.text}»")
    elif subject not in (STAY, ctx.ruleset.stay_source) and subject in ctx.ruleset.poster:
        yield PointsNotMade(span=d.subject.span, subject=subject, part=None)


WEIGHT = "vekt"
PERIODS = ("telles én gang per pasient per måned", "… per tertial", "… per år", "telles per kontakt")


def _stg(d: ast.Stg) -> Iterator[Problem]:
    if d.ufullstendig:
        return
    owner = f"STG «{d.name.text}»"
    financed = any(a.name.text == "finansiert" for a in d.attributes)
    wanted = (
        (bool(d.triggers), "hvilke poster som utløser den", ("utløses av episode",)),
        (d.condition is not None, "når den utløses", ("når …", "når alltid", 'ufullstendig "kriteriene mangler"')),
        (d.telles is not None, "hvordan den telles", PERIODS),
        (
            financed or d.finansieres is not None,
            "om den er finansiert",
            ("finansiert ja", "finansiert nei", "finansiert ukjent", "finansieres når …"),
        ),
    )
    for given, question, choices in wanted:
        if not given:
            yield MissingClause(span=d.name.span, owner=owner, question=question, choices=choices)


def heads(ctx: Context) -> Iterator[Problem]:
    """One head, in one of the files."""
    found = ctx.ruleset.of(ast.Regelverk)
    if not found and ctx.ruleset.declarations and not ctx.broken.may_use("regelverk"):
        yield NoHead()
    for head in found[1:]:
        yield TooManyHeads(span=head.name.span, first=found[0].name.span)


ON = (ast.Post, ast.Opphold, ast.Stg, ast.Hierarki, ast.Krav, ast.Poeng, ast.Refusjon, ast.Eksempel)
CHECK = Check(
    name="ledd",
    reports=(
        KeyCount,
        MissingDomain,
        MissingAggregation,
        MissingClause,
        MissingElse,
        ConditionForm,
        MissingRounding,
        NoExpectation,
        PointsNotMade,
        TooManyDecimals,
    ),
    on=ON,
    each=check,
)
HEADS = Check(name="hode", reports=(NoHead, TooManyHeads), whole=heads)
