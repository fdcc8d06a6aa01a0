"""What one declaration can see of the others: when none of it has changed, neither has what there is to say."""

from __future__ import annotations

from collections.abc import Hashable

from attrs import frozen

from isfdsl.syntax import ast

Face = object
"""Something that compares equal as long as others see the same. Trees compare without their places."""


@frozen(eq=False)
class Faces:
    """The faces of one file: of everything, and of what settles which codes are valid."""

    names: tuple[Face, ...]
    codes: tuple[Face, ...]


def faces(file: ast.File) -> Faces:
    """What the other declarations see of a file."""
    names = tuple(f for d in file.declarations if (f := _face(d)) is not None)
    codes = tuple(f for d in file.declarations if (f := _code_face(d)) is not None)
    return Faces(names, codes)


def _face(d: ast.AnyDeclaration) -> Face | None:
    match d:
        case ast.Egenskap():
            targets = tuple(r.target.text for r in d.regnes_som)
            slag = d.slag.text if d.slag is not None else None
            hdg = d.hdg.text if d.hdg is not None else None
            return ("egenskap", d.name.text, bool(d.codes.codes or d.ufullstendig), slag, hdg, targets)
        case ast.Drg() | ast.Tfg():
            return (type(d).__name__, d.name.text, _attributes(d))
        case ast.Stg():
            return ("Stg", d.name.text, _attributes(d), tuple(t.text for t in d.triggers))
        case ast.Kodeliste():
            return ("kodeliste", d.name.text)
        case ast.Gruppe():
            return ("gruppe", d.hierarchy.text, d.name.text)
        case ast.Hierarki():
            sourced = any(isinstance(m, (ast.Kilde, ast.Videreforing)) for m in d.meta)
            order = tuple(n.text for n in d.order)
            none = d.ellers is not None and d.ellers.group is None
            return ("hierarki", d.name.text, d.subject.text, order, none, sourced)
        case ast.Nivaa():
            return ("nivå", d.name.text, d.subject.text, max((k.level for k in d.categories), default=0))
        case ast.Krav():
            return ("krav", d.name.text, d.subject.text)
        case ast.Passasje():
            return ("passasje", d.name.text)
        case ast.Opphold():
            sums = tuple(a.field.text for a in d.fields if a.how == "sum" and not d.never)
            return ("opphold", d.source.text, sums)
        case ast.Antakelse(assumption=ast.AssumeRate(rate=rate, value=value)):
            return ("antatt sats", rate.text, value.unit)
        case ast.Kodeverk():
            return ("kodeverk", d.name.text)
        case ast.Regelverk() | ast.Sats() | ast.Post() | ast.Begrep() | ast.Samling() | ast.Slag():
            return d
        case _:
            return None


def _attributes(d: ast.Drg | ast.Stg | ast.Tfg) -> tuple[Hashable, ...]:
    out: list[Hashable] = []
    for a in d.attributes:
        match a.value:
            case ast.Amount(unit=unit):
                out.append((a.name.text, "tall", unit))
            case ast.Name(text=text):
                out.append((a.name.text, "navn", text))
            case ast.Unknown():
                out.append((a.name.text, "ukjent", ""))
    return tuple(out)


def _code_face(d: ast.AnyDeclaration) -> Face | None:
    match d:
        case ast.Kodeverk():
            return d
        case ast.Drg() | ast.Stg() | ast.Tfg():
            return (type(d).__name__, d.name.text)
        case ast.Kodeliste() | ast.Slag():
            return (type(d).__name__, d.name.text)
        case ast.Egenskap(slag=slag) if slag is not None:
            return ("egenskap", d.name.text, slag.text)
        case _:
            return None
