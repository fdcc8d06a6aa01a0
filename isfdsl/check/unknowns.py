"""What no source gives: counted, one note per kind, and filled by assumptions at most there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from attrs import define, field

from isfdsl.check.context import SHOWN, Check, Context
from isfdsl.check.duplicates import meet
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.names import DuplicateName, UnknownName
from isfdsl.diagnostics.unknown import AssumesKnown, IncompleteCount, UnknownCount
from isfdsl.source import Span
from isfdsl.syntax import ast

Target = tuple[str, ...]
"""What an assumption is about: kind and names."""

KINDS: dict[type[ast.Node], str] = {
    ast.Drg: "DRG", ast.Stg: "STG", ast.Tfg: "TFG", ast.Krav: "krav", ast.Hierarki: "hierarki", ast.Gruppe: "gruppe",
    ast.Regel: "regel", ast.Nivaa: "nivå", ast.Kategori: "kategori", ast.Vilkaar: "vilkår", ast.Kodeliste: "kodeliste",
    ast.Egenskap: "egenskap", ast.Kodeverk: "kodeverk",
}  # fmt: skip


@define
class _Count:
    count: int = 0
    assumed: int = 0
    places: list[Span] = field(factory=list)

    def add(self, span: Span, assumed: bool = False) -> None:
        self.count += 1
        self.assumed += assumed
        if len(self.places) < SHOWN:
            self.places.append(span)


def check(ctx: Context) -> Iterator[Problem]:
    """The counts."""
    rules = ctx.ruleset
    assumed = {_target(d.assumption) for d in rules.of(ast.Antakelse)}
    unknown: dict[str, _Count] = {}
    incomplete: dict[str, _Count] = {}
    for d in rules.declarations:
        _incomplete(d, d.meta, incomplete)
        match d:
            case ast.Sats(value=ast.Unknown(span=span)):
                unknown.setdefault("sats", _Count()).add(span, ("sats", d.name.text) in assumed)
            case ast.Drg() | ast.Stg() | ast.Tfg():
                kind = type(d).__name__.upper()
                for a in d.attributes:
                    if isinstance(a.value, ast.Unknown):
                        target = ("opplysning", a.name.text, kind, d.name.text)
                        unknown.setdefault(a.name.text, _Count()).add(a.span, target in assumed)
                if isinstance(d, ast.Tfg):
                    for m in d.members:
                        if isinstance(m.window, ast.UnknownWindow):
                            filled = all(("vindu", d.name.text, m.kind, g.text) in assumed for g in m.groups)
                            unknown.setdefault("vindu", _Count()).add(m.window.span, filled)
            case ast.Krav():
                for v in (*d.conditions, *d.exceptions):
                    _incomplete(v, v.meta, incomplete)
                    if v.unknown is not None:
                        unknown.setdefault("vilkår", _Count()).add(v.unknown.span)
            case ast.Gruppe():
                for r in d.rules:
                    if r.meta:
                        _incomplete(r, r.meta, incomplete)
            case ast.Nivaa():
                for k in d.categories:
                    _incomplete(k, k.meta, incomplete)
            case _:
                pass
    for kind, c in sorted(unknown.items()):
        yield UnknownCount(kind=kind, count=c.count, assumed=c.assumed, places=tuple(c.places))
    for kind, c in sorted(incomplete.items()):
        yield IncompleteCount(kind=kind, count=c.count, places=tuple(c.places))


def _incomplete(node: ast.Node, meta: tuple[ast.MetaClause, ...], into: dict[str, _Count]) -> None:
    for m in meta:
        if isinstance(m, ast.Ufullstendig):
            kind = KINDS.get(type(node), type(node).__name__.lower())
            into.setdefault(kind, _Count()).add(m.span)
            return


def _target(a: ast.Assumption) -> Target:
    match a:
        case ast.AssumeAttribute():
            return ("opplysning", a.attribute.text, a.kind, a.group.text)
        case ast.AssumeRate():
            return ("sats", a.rate.text)
        case ast.AssumeWindow():
            return ("vindu", a.tfg.text, a.kind, a.group.text)
        case ast.AssumeCodes():
            return (a.what, a.name.text)
        case _:
            assert_never(a)


def assumptions(ctx: Context) -> Iterator[Problem]:
    """What is assumed, there or in an example, must exist; outside examples it must be unknown as well."""
    first: dict[Target, Span] = {}
    for d in ctx.ruleset.of(ast.Antakelse):
        a = d.assumption
        problems = list(_about(ctx, a))
        yield from problems
        if isinstance(a, ast.AssumeRate) and a.validity is not None:
            continue
        target, span = _target(a), _name(a).span
        before = first.setdefault(target, span)
        if before is not span and not problems:
            yield DuplicateName(span=span, name=_name(a).text, kind="antakelsen om", first=before)
    for e in ctx.ruleset.of(ast.Eksempel):
        for a in e.given:
            yield from (p for p in _about(ctx, a) if not isinstance(p, AssumesKnown))


def _name(a: ast.Assumption) -> ast.Name:
    match a:
        case ast.AssumeRate(rate=name) | ast.AssumeCodes(name=name):
            return name
        case ast.AssumeAttribute(group=name) | ast.AssumeWindow(group=name):
            return name
        case _:
            assert_never(a)


def _about(ctx: Context, a: ast.Assumption) -> Iterator[Problem]:
    rules = ctx.ruleset
    match a:
        case ast.AssumeRate():
            rates = rules.satser.get(a.rate.text)
            if rates is None:
                yield ctx.unknown(a.rate, "satsen", rules.satser)
                return
            for rate in rates:
                if isinstance(rate.value, ast.Amount) and meet(rate.validity, a.validity):
                    yield _known(ctx, a.rate.span, f"satsen «{a.rate.text}»", rate.value)
                    return
        case ast.AssumeAttribute():
            group = rules.groups(a.kind).get(a.group.text)
            if group is None:
                yield ctx.unknown(a.group, a.kind, rules.groups(a.kind))
                return
            for attribute in group.attributes:
                if attribute.name.text == a.attribute.text and not isinstance(attribute.value, ast.Unknown):
                    what = f"«{a.attribute.text}» for {a.kind} «{a.group.text}»"
                    yield _known(ctx, a.attribute.span, what, attribute.value)
            if a.attribute.text not in {*ctx.scopes.attributes, *(x.name.text for x in group.attributes)}:
                yield ctx.unknown(a.attribute, "opplysningen", ctx.scopes.attributes)
        case ast.AssumeWindow():
            tfg = rules.tfg.get(a.tfg.text)
            if tfg is None:
                yield ctx.unknown(a.tfg, "TFG", rules.tfg)
                return
            members = [m for m in tfg.members if m.kind == a.kind]
            own = [m for m in members if any(g.text == a.group.text for g in m.groups)]
            if not own:
                known = {g.text for m in members for g in m.groups}
                yield ctx.unknown(a.group, a.kind, known, f"blant det TFG «{a.tfg.text}» omfatter")
            elif not any(isinstance(m.window, ast.UnknownWindow) for m in own):
                window = own[0].window
                if window is not None:
                    what = f"vinduet for {a.kind} «{a.group.text}» i TFG «{a.tfg.text}»"
                    yield _known(ctx, a.group.span, what, window)
        case ast.AssumeCodes():
            yield from _about_codes(ctx, a)
        case _:
            assert_never(a)


def _about_codes(ctx: Context, a: ast.AssumeCodes) -> Iterator[Problem]:
    """Codes may be assumed for what says that codes are missing in it."""
    rules = ctx.ruleset
    known: Mapping[str, object]
    found: tuple[ast.Egenskap | ast.Kodeliste, ...]
    if a.what == "egenskap":
        known, found = rules.egenskaper, rules.egenskaper.get(a.name.text, ())
    else:
        known, found = rules.kodelister, tuple(d for d in rules.of(ast.Kodeliste) if d.name.text == a.name.text)
    if not found:
        yield ctx.unknown(a.name, "egenskapen" if a.what == "egenskap" else "kodelisten", known)
        return
    if not any(d.ufullstendig for d in found):
        count = sum(len(d.codes) for d in found)
        value = "uttrykket" if not count else f"{count} kode{'r' if count > 1 else ''}"
        what = f"{'egenskapen' if a.what == 'egenskap' else 'kodelisten'} «{a.name.text}»"
        yield AssumesKnown(span=a.name.span, what=what, known=found[0].name.span, value=value)
    systems = tuple(s.text for d in found for s in d.systems)
    for code in a.codes:
        problem = ctx.inference.code_problem(code, systems, a.span)
        if problem is not None:
            yield problem


def _known(ctx: Context, span: Span, what: str, known: ast.Node) -> AssumesKnown:
    return AssumesKnown(span=span, what=what, known=known.span, value=ctx.text(known.span))


CHECK = Check(name="ukjent", reports=(UnknownCount, IncompleteCount), whole=check)
ASSUMPTIONS = Check(name="antakelser", reports=(AssumesKnown, UnknownName, DuplicateName), whole=assumptions)
