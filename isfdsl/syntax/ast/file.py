"""What may stand in a file: the closed union of declarations."""

from __future__ import annotations

from attrs import frozen

from isfdsl.syntax.ast.decl import (
    Begrep,
    Egenskap,
    Kodeliste,
    Kodeverk,
    Krav,
    Opphold,
    Passasje,
    Poeng,
    Post,
    Rapportering,
    Refusjon,
    Regelverk,
    Samling,
    Sats,
    Slag,
    Teller,
    Utgaatt,
)
from isfdsl.syntax.ast.examples import Antakelse, Eksempel
from isfdsl.syntax.ast.groups import Drg, Gruppe, Hierarki, Nivaa, Stg, StgOrder, Tfg, TfgOrder

AnyDeclaration = (
    Regelverk
    | Sats
    | Rapportering
    | Passasje
    | Utgaatt
    | Kodeverk
    | Post
    | Begrep
    | Samling
    | Kodeliste
    | Slag
    | Egenskap
    | Opphold
    | Drg
    | Stg
    | Tfg
    | StgOrder
    | TfgOrder
    | Hierarki
    | Gruppe
    | Nivaa
    | Krav
    | Teller
    | Poeng
    | Refusjon
    | Eksempel
    | Antakelse
)


@frozen(slots=False)
class File:
    """One parsed file: its declarations in order."""

    source: str
    declarations: tuple[AnyDeclaration, ...]
