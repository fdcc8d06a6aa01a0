"""The Ruleset: every definition of a regelverk under its name, as each engine receives it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Literal, TypeVar

from attrs import define, evolve, field, frozen

from isfdsl.source import Source
from isfdsl.syntax import ast

D = TypeVar("D")

STAY = "opphold"
SERVICE = "særtjeneste"
COURSE = "forløp"
DERIVED_SUBJECTS = (STAY, SERVICE, COURSE)
DRG_HIERARCHY = "DRG"
NAMING = ("pasient", "enhet", "institusjon", "region")
"""The roles that say who and where."""
ROLES = ("start", "slutt", *NAMING)
CONVENTIONAL: Mapping[str, tuple[str, ...]] = {
    "pasient": ("pasient_id", "pasient"),
    "start": ("inn", "start", "dato"),
    "slutt": ("ut", "slutt"),
    "enhet": ("enhet", "enhet_id", "avdeling"),
    "institusjon": ("institusjon", "institusjon_id", "sykehus"),
    "region": ("region", "bostedsregion"),
}

Subject = str


@frozen
class Located:
    """A rule with the group of the hierarchy it stands in."""

    rule: ast.Regel
    group: ast.Gruppe


@define(slots=False, eq=False)
class Ruleset:
    """A regelverk after names are gathered. Where a name stands twice the first counts; the checker reports it.

    ``digest``: the same for the same text, ``None`` when it is not known what text it was. ``folders`` has the number
    of the folder of each file where several are joined with ``+``; empty when there is one.
    """

    files: tuple[ast.File, ...]
    sources: dict[str, Source]
    digest: str | None = None
    folders: tuple[int, ...] = field(default=(), kw_only=True)
    declarations: tuple[ast.AnyDeclaration, ...] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.declarations = tuple(d for f in self.files for d in f.declarations)

    def of(self, cls: type[D]) -> tuple[D, ...]:
        """All declarations of a class, in order of files and lines."""
        return tuple(d for d in self._by_class.get(cls, ()) if isinstance(d, cls))

    def seen_by(self, example: ast.Eksempel) -> Ruleset:
        """The ruleset that an example speaks of: without the assumptions of folders after its own.

        This ruleset itself when there are none such, or when the example is not in it.
        """
        folder = self._folder_of_example.get(example)
        return self if folder is None else self._up_to(folder)

    @cached_property
    def _folder_of_example(self) -> dict[ast.Eksempel, int]:
        out: dict[ast.Eksempel, int] = {}
        for file, folder in zip(self.files, self.folders, strict=True) if self.folders else ():
            for d in file.declarations:
                if isinstance(d, ast.Eksempel):
                    out.setdefault(d, folder)
        return out

    @cached_property
    def _seen(self) -> dict[int, Ruleset]:
        return {}

    def _up_to(self, folder: int) -> Ruleset:
        found = self._seen.get(folder)
        if found is None:
            files = tuple(
                _without_assumptions(file) if number > folder else file
                for file, number in zip(self.files, self.folders, strict=True)
            )
            found = self
            if any(a is not b for a, b in zip(files, self.files, strict=True)):
                # Not the same rules, so not the same digest: what is kept by digest must not be taken for these.
                digest = None if self.digest is None else f"{self.digest} antakelser til og med {folder}"
                found = Ruleset(files, self.sources, digest, folders=self.folders)
            self._seen[folder] = found
        return found

    @cached_property
    def _by_class(self) -> dict[type, list[ast.AnyDeclaration]]:
        out: dict[type, list[ast.AnyDeclaration]] = {}
        for d in self.declarations:
            out.setdefault(type(d), []).append(d)
        return out

    @cached_property
    def head(self) -> ast.Regelverk | None:
        """The head, when there is one."""
        heads = self.of(ast.Regelverk)
        return heads[0] if heads else None

    @cached_property
    def title(self) -> str:
        """What the regelverk calls itself, such as ``ISF 2024``."""
        return f"{self.head.name.text} {self.head.year}" if self.head else "uten navn"

    @cached_property
    def kodeverk(self) -> dict[str, ast.Kodeverk]:
        """Code systems by name."""
        return _by_name(self.of(ast.Kodeverk))

    @cached_property
    def poster(self) -> dict[str, ast.Post]:
        """Record types by name."""
        return _by_name(self.of(ast.Post))

    @cached_property
    def kodelister(self) -> dict[str, ast.Kodeliste]:
        """Code lists by name."""
        return _by_name(self.of(ast.Kodeliste))

    @cached_property
    def egenskaper(self) -> dict[str, tuple[ast.Egenskap, ...]]:
        """Properties by name; a property may be written in several places with different code systems."""
        out: dict[str, list[ast.Egenskap]] = {}
        for d in self.of(ast.Egenskap):
            out.setdefault(d.name.text, []).append(d)
        return {name: tuple(ds) for name, ds in out.items()}

    @cached_property
    def slag(self) -> dict[str, ast.Slag]:
        """Kinds of property by name."""
        return _by_name(self.of(ast.Slag))

    @cached_property
    def satser(self) -> dict[str, tuple[ast.Sats, ...]]:
        """Rates by name, each with its days."""
        out: dict[str, list[ast.Sats]] = {}
        for d in self.of(ast.Sats):
            out.setdefault(d.name.text, []).append(d)
        return {name: tuple(ds) for name, ds in out.items()}

    @cached_property
    def drg(self) -> dict[str, ast.Drg]:
        """DRGs by code."""
        return _by_name(self.of(ast.Drg))

    @cached_property
    def stg(self) -> dict[str, ast.Stg]:
        """STGs by code."""
        return _by_name(self.of(ast.Stg))

    @cached_property
    def tfg(self) -> dict[str, ast.Tfg]:
        """TFGs by code."""
        return _by_name(self.of(ast.Tfg))

    def groups(self, kind: ast.GroupKind) -> Mapping[str, ast.Drg | ast.Stg | ast.Tfg]:
        """The groups of a kind by code."""
        tables: dict[str, Mapping[str, ast.Drg | ast.Stg | ast.Tfg]] = {
            "DRG": self.drg,
            "STG": self.stg,
            "TFG": self.tfg,
        }
        return tables[kind]

    def unfinished(self, kind: ast.GroupKind, code: str | None) -> tuple[str, ...]:
        """What results in a group say is missing, when no source gives all there is to say of it."""
        decl = self.groups(kind).get(code) if code is not None else None
        return tuple(f"ufullstendig: {text}" for text in decl.ufullstendig) if decl is not None else ()

    @cached_property
    def all_groups(self) -> tuple[ast.Drg | ast.Stg | ast.Tfg, ...]:
        """The groups of all kinds."""
        return (*self.of(ast.Drg), *self.of(ast.Stg), *self.of(ast.Tfg))

    def points(self, subject: str) -> ast.Poeng | None:
        """How the points of a særtjeneste or of a course are stated, when they are."""
        return next((d for d in self.of(ast.Poeng) if d.subject.text == subject), None)

    @cached_property
    def hierarkier(self) -> dict[str, ast.Hierarki]:
        """Hierarchies by name."""
        return _by_name(self.of(ast.Hierarki))

    @cached_property
    def grupper(self) -> dict[tuple[str, str], ast.Gruppe]:
        """Blocks of rules by (hierarchy, name)."""
        out: dict[tuple[str, str], ast.Gruppe] = {}
        for d in self.of(ast.Gruppe):
            out.setdefault((d.hierarchy.text, d.name.text), d)
        return out

    def ordered_groups(self, hierarchy: ast.Hierarki) -> tuple[ast.Gruppe, ...]:
        """The blocks of a hierarchy in the order it states; without ``rekkefølge``, in order of the text."""
        name = hierarchy.name.text
        if hierarchy.order:
            named = (self.grupper.get((name, n.text)) for n in hierarchy.order)
            return tuple(g for g in named if g is not None)
        return tuple(g for g in self.of(ast.Gruppe) if g.hierarchy.text == name)

    def rules(self, hierarchy: ast.Hierarki) -> tuple[Located, ...]:
        """All rules of a hierarchy in the order they are tried."""
        return tuple(Located(r, g) for g in self.ordered_groups(hierarchy) for r in g.rules)

    @cached_property
    def krav(self) -> dict[str, ast.Krav]:
        """Requirements by name."""
        return _by_name(self.of(ast.Krav))

    @cached_property
    def passasjer(self) -> dict[str, ast.Passasje]:
        """Source passages by id."""
        return _by_name(self.of(ast.Passasje))

    @cached_property
    def stay(self) -> ast.Opphold | None:
        """How stays are made, when the regelverk says it."""
        found = self.of(ast.Opphold)
        return found[0] if found else None

    @cached_property
    def stay_source(self) -> str | None:
        """The record type that stays are made of: the one ``opphold av`` names, else the subject of hierarchy DRG."""
        if self.stay is not None:
            return self.stay.source.text
        drg = self.hierarkier.get(DRG_HIERARCHY)
        if drg is not None and drg.subject.text in self.poster:
            return drg.subject.text
        return None

    @cached_property
    def stg_order(self) -> tuple[str, ...]:
        """The order in which STGs are tried: as stated, then those that no order names, as they stand."""
        stated = [n.text for o in self.of(ast.StgOrder) for n in o.groups if n.text in self.stg]
        return tuple(dict.fromkeys([*stated, *self.stg]))

    @cached_property
    def tfg_order(self) -> tuple[str, ...]:
        """The order of TFGs, as for STGs."""
        stated = [n.text for o in self.of(ast.TfgOrder) for n in o.groups if n.text in self.tfg]
        return tuple(dict.fromkeys([*stated, *self.tfg]))

    @cached_property
    def contact_used_once(self) -> bool:
        """Whether the first TFG that takes a contact uses it up."""
        return any(o.once for o in self.of(ast.TfgOrder))

    def role(self, post: str, role: str) -> str | None:
        """The field of a record type that plays a role: as declared, else by its conventional name.

        ``start`` falls back to the first date or moment field. ``nøkkel`` is the field declared so.
        """
        return self._roles.get((post, role))

    @cached_property
    def _roles(self) -> dict[tuple[str, str], str]:
        out: dict[tuple[str, str], str] = {}
        for name, post in self.poster.items():
            fields = {f.name.text: f for f in post.fields}
            for f in post.fields:
                if f.role is not None:
                    out[name, f.role.text] = f.name.text
                if f.key:
                    out[name, "nøkkel"] = f.name.text
            for role, conventional in CONVENTIONAL.items():
                if (name, role) not in out:
                    match = next((c for c in conventional if c in fields), None)
                    if match is not None:
                        out[name, role] = match
            if (name, "start") not in out:
                first = next((f.name.text for f in post.fields if f.type.kind in ("dato", "tidspunkt")), None)
                if first is not None:
                    out[name, "start"] = first
        return out

    @cached_property
    def epochs(self) -> tuple[dt.date, ...]:
        """The days on which something begins to hold or has ceased to, in order; between two nothing changes."""
        days: set[dt.date] = set()
        for d in self.declarations:
            for validity in _validities(d):
                if validity.start is not None and validity.start.value is not None:
                    days.add(validity.start.value)
                if validity.end is not None and validity.end.value is not None:
                    days.add(validity.end.value + dt.timedelta(days=1))
        return tuple(sorted(days))


def _by_name(declarations: Iterable[D]) -> dict[str, D]:
    out: dict[str, D] = {}
    for d in declarations:
        out.setdefault(d.name.text, d)  # type: ignore[attr-defined]
    return out


def _validities(d: ast.AnyDeclaration) -> Iterable[ast.Validity]:
    match d:
        case ast.Sats() | ast.Drg() | ast.Stg() | ast.Tfg():
            own: tuple[ast.Validity | None, ...] = (d.validity,)
        case ast.Kodeliste() | ast.Egenskap():
            own = (d.validity, *(v for _, v in d.codes.validities))
        case ast.Gruppe():
            own = tuple(r.validity for r in d.rules)
        case ast.Nivaa():
            own = tuple(k.validity for k in d.categories)
        case ast.Krav():
            own = (d.validity, *(v.validity for v in (*d.conditions, *d.exceptions)))
        case ast.Antakelse(assumption=ast.AssumeRate(validity=validity)):
            own = (validity,)
        case _:
            own = ()
    return (v for v in own if v is not None)


def holds_on(validity: ast.Validity | None, day: dt.date | None) -> bool:
    """Whether something with this validity holds on a day; without a day only open ends count as holding."""
    if validity is None:
        return True
    if day is None:
        return validity.start is None and validity.end is None
    if validity.start is not None and validity.start.value is not None and day < validity.start.value:
        return False
    return not (validity.end is not None and validity.end.value is not None and day > validity.end.value)


def _without_assumptions(file: ast.File) -> ast.File:
    """The file without its ``antakelse`` declarations; the same file when it has none."""
    if not any(isinstance(d, ast.Antakelse) for d in file.declarations):
        return file
    return evolve(file, declarations=tuple(d for d in file.declarations if not isinstance(d, ast.Antakelse)))


ReferenceKind = Literal["field", "begrep", "samling", "nivå", "sats", "hierarki", "attribute", "gruppe", "poeng"]
