"""What a name means where it is used."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import define, frozen

from isfdsl.program.ruleset import COURSE, DRG_HIERARCHY, SERVICE, STAY, Ruleset, Subject
from isfdsl.syntax import ast

if TYPE_CHECKING:
    from collections.abc import Mapping

BUILT_IN_ATTRIBUTES: dict[str, ast.Unit] = {
    "vekt": "poeng",
    "trimpunkt": "dager",
    "liggedagsvekt": "poeng",
}


@frozen
class FieldSymbol:
    """A field of the record."""

    post: str
    field: ast.Felt


@frozen
class BegrepSymbol:
    """A named expression; ``subject`` is where it is defined (a stay inherits those of its records)."""

    begrep: ast.Begrep


@frozen
class SamlingSymbol:
    """Several fields seen as one list."""

    samling: ast.Samling


@frozen
class NivaaSymbol:
    """A level."""

    nivaa: ast.Nivaa


@frozen
class SatsSymbol:
    """A rate, by name; which one holds depends on the day."""

    name: str


@frozen
class HierarkiSymbol:
    """The result of a hierarchy other than DRG."""

    hierarki: ast.Hierarki


@frozen
class AttributeSymbol:
    """An attribute of the record's group, such as ``vekt``."""

    name: str


@frozen
class GroupSymbol:
    """``gruppe``: the code of the record's group."""


@frozen
class PointsSymbol:
    """``poeng``: the points of the stay, the særtjeneste or the course."""


Symbol = (
    FieldSymbol
    | BegrepSymbol
    | SamlingSymbol
    | NivaaSymbol
    | SatsSymbol
    | HierarkiSymbol
    | AttributeSymbol
    | GroupSymbol
    | PointsSymbol
)


@define(slots=False)
class Scopes:
    """All scopes of a ruleset, made when first asked for."""

    ruleset: Ruleset

    def __attrs_post_init__(self) -> None:
        self._made: dict[str, Mapping[str, Symbol]] = {}

    def names(self, subject: Subject | None) -> Mapping[str, Symbol]:
        """Every name that can be used about ``subject``; ``None`` is about nothing: rates and what builds on them."""
        key = subject or ""
        if key not in self._made:
            self._made[key] = dict(self._symbols(subject))
        return self._made[key]

    def lookup(self, subject: Subject | None, name: str) -> Symbol | None:
        """What ``name`` means about ``subject``."""
        return self.names(subject).get(name)

    def lineage(self, subject: Subject) -> tuple[str, ...]:
        """The subject and what it inherits from: a stay has the fields and concepts of its records.

        Særtjenester and courses stand for the record that opened them and are read as stays.
        """
        rules = self.ruleset
        if subject in (SERVICE, COURSE):
            return (subject, *self.lineage(STAY))
        if subject == STAY and rules.stay_source is not None:
            return (STAY, rules.stay_source)
        return (subject,)

    def _symbols(self, subject: Subject | None) -> Iterator[tuple[str, Symbol]]:
        # Later pairs win: attributes and rates give way to what the author defines about the record itself.
        rules = self.ruleset
        for name in rules.satser:
            yield name, SatsSymbol(name)
        for begrep in rules.of(ast.Begrep):
            if begrep.subject is None:
                yield begrep.name.text, BegrepSymbol(begrep)
        if subject is None:
            return
        grouped = subject in (SERVICE, COURSE) or STAY in self.lineage(subject) or self._is_stay_source(subject)
        if grouped:
            for attribute in self.attributes:
                yield attribute, AttributeSymbol(attribute)
            yield "gruppe", GroupSymbol()
            yield "poeng", PointsSymbol()
        for hierarki in rules.hierarkier.values():
            if hierarki.name.text != DRG_HIERARCHY and hierarki.subject.text in self.lineage(subject):
                yield hierarki.name.text, HierarkiSymbol(hierarki)
        for owner in reversed(self.lineage(subject)):
            post = rules.poster.get(owner)
            if post is not None:
                for f in post.fields:
                    yield f.name.text, FieldSymbol(owner, f)
            for samling in rules.of(ast.Samling):
                if samling.subject.text == owner:
                    yield samling.name.text, SamlingSymbol(samling)
            for nivaa in rules.of(ast.Nivaa):
                if nivaa.subject.text == owner:
                    yield nivaa.name.text, NivaaSymbol(nivaa)
            for begrep in rules.of(ast.Begrep):
                if begrep.subject is not None and begrep.subject.text == owner:
                    yield begrep.name.text, BegrepSymbol(begrep)

    def _is_stay_source(self, subject: Subject) -> bool:
        # A krav or begrep for the records may ask about the group when it is read for the stay they became.
        return subject == self.ruleset.stay_source

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that any group has, and the built-in ones."""
        given = [a for g in self.ruleset.all_groups for a in g.attributes]
        own = {a.name.text for a in given if isinstance(a.value, (ast.Amount, ast.Unknown))}
        words = {a.name.text for a in given if isinstance(a.value, ast.Name)}  # such as ja and nei
        return tuple(sorted({*BUILT_IN_ATTRIBUTES, *(own - words)} - {"HDG"}))
