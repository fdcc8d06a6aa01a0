"""Attributes of groups: read by some rule, and of one kind."""

from __future__ import annotations

from collections.abc import Iterator

from isfdsl.check.context import Check, Context
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.names import UnknownAttribute
from isfdsl.diagnostics.nearest import nearest
from isfdsl.diagnostics.types import WrongType
from isfdsl.program.ruleset import Ruleset
from isfdsl.program.scope import BUILT_IN_ATTRIBUTES
from isfdsl.program.types import NumberType, describe
from isfdsl.syntax import ast

BUILT_IN = frozenset({*BUILT_IN_ATTRIBUTES, "HDG", "finansiert", "område", "lokal_kode"})
YES_NO = ("ja", "nei")
UNITS: dict[str, tuple[ast.Unit, ...]] = {
    "vekt": ("", "poeng"),
    "liggedagsvekt": ("", "poeng"),
    "trimpunkt": ("dager",),
}

Group = ast.Drg | ast.Stg | ast.Tfg


def read_names(ctx: Context) -> frozenset[str]:
    """Every name that some expression reads, and every attribute it asks the group for."""
    out: set[str] = set()
    for d in ctx.ruleset.declarations:
        for site in ctx.sites(d):
            for part in site.parts:
                facts = ctx.facts(part)
                out |= facts.names
                out |= facts.flags
        if isinstance(d, ast.Eksempel):
            for e in d.expectations:
                if isinstance(e, ast.ExpectHolds):
                    facts = ctx.facts(e.expr)
                    out |= facts.names | facts.flags
    return frozenset(out)


def unread(ctx: Context) -> Iterator[Problem]:
    """Attributes that no rule reads."""
    own = {a.name.text for g in ctx.ruleset.all_groups for a in g.attributes} - BUILT_IN
    if not own:
        return
    read = read_names(ctx)
    unused = own - read
    if not unused:
        return
    known = sorted(BUILT_IN | (own & read) | {n for n in read if ctx.scopes.lookup(None, n) is None})
    close = {name: nearest(name, known) for name in unused}
    for group in ctx.ruleset.all_groups:
        for a in group.attributes:
            if a.name.text in unused:
                yield UnknownAttribute(span=a.name.span, name=a.name.text, nearest=close[a.name.text])


def kinds(ctx: Context, d: ast.AnyDeclaration) -> Iterator[Problem]:
    """Units of the built-in attributes, and the same kind of value for an attribute wherever it stands."""
    if isinstance(d, (ast.Drg, ast.Stg, ast.Tfg)):
        for a in d.attributes:
            yield from _value(ctx, a.name.text, a.value)
        return
    assert isinstance(d, (ast.Antakelse, ast.Eksempel))
    for given in (d.assumption,) if isinstance(d, ast.Antakelse) else d.given:
        if isinstance(given, ast.AssumeAttribute):
            yield from _value(ctx, given.attribute.text, given.value)
        elif isinstance(given, ast.AssumeRate):
            rates = ctx.ruleset.satser.get(given.rate.text, ())
            first = next((r.value for r in rates if isinstance(r.value, ast.Amount)), None)
            if first is not None and first.unit != given.value.unit:
                expected = f"{_kind(first)} som ellers"
                yield WrongType(span=given.value.span, expected=expected, got=_kind(given.value))


def _value(ctx: Context, name: str, value: ast.Amount | ast.Unknown | ast.Name) -> Iterator[Problem]:
    """What is wrong with the value of an attribute."""
    if isinstance(value, ast.Unknown):
        return
    if name in UNITS:
        if not isinstance(value, ast.Amount) or value.unit not in UNITS[name]:
            expected = "poeng (eller et tall uten enhet)" if "poeng" in UNITS[name] else "et antall dager"
            hint = "skriv enheten: «dager»" if UNITS[name] == ("dager",) else None
            yield WrongType(span=value.span, expected=expected, got=_kind(value), hint=hint)
    elif name == "finansiert":
        if not (isinstance(value, ast.Name) and value.text in YES_NO):
            yield WrongType(span=value.span, expected="ja, nei eller ukjent", got=_kind(value))
    elif name not in BUILT_IN:
        first = first_value(ctx.ruleset, name)
        if first is not None and _kind(first) != _kind(value):
            yield WrongType(span=value.span, expected=f"{_kind(first)} som i første gruppe", got=_kind(value))


def _kind(value: ast.Amount | ast.Unknown | ast.Name) -> str:
    if isinstance(value, ast.Amount):
        return describe(NumberType(value.unit))
    if isinstance(value, ast.Unknown):
        return "ukjent"
    return "ja/nei" if value.text in YES_NO else f"navnet «{value.text}»"


def first_value(ruleset: Ruleset, name: str) -> ast.Amount | ast.Name | None:
    """The first known value of an attribute in the text. Names other than ja and nei need not be alike."""
    for group in ruleset.all_groups:
        for a in group.attributes:
            if a.name.text == name and not isinstance(a.value, ast.Unknown):
                if isinstance(a.value, ast.Name) and a.value.text not in YES_NO:
                    return None
                return a.value
    return None


CHECK = Check(name="opplysninger", reports=(UnknownAttribute,), whole=unread)
KINDS = Check(
    name="opplysningers verdi",
    reports=(WrongType,),
    on=(ast.Drg, ast.Stg, ast.Tfg, ast.Antakelse, ast.Eksempel),
    each=kinds,
)
