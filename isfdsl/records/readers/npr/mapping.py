"""The mapping files: which attribute of which element becomes which field of which post.

A file is data (TOML). Those that come with isfdsl lie beside this module; more may lie in the folder that the
environment variable ``ISFDSL_NPR`` names, and a file there goes before one with the same version here.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from isfdsl.diagnostics.npr import NprMappingBroken
from isfdsl.diagnostics.os_errors import reason_of
from isfdsl.records.faults import FileFault
from isfdsl.records.readers.npr.structure import ElementRule, Structure, one_of, parse_attribute, parse_particle
from isfdsl.records.readers.npr.xsd import SchemaError, find_schema

FOLDER_VARIABLE = "ISFDSL_NPR"
CODE_TYPE = "en kode i "


@frozen
class Place:
    """An attribute by its path: absolute when it begins with «/», else under the element of the record."""

    path: tuple[str, ...]
    attribute: str
    absolute: bool


@frozen
class FieldRule:
    """Where a field comes from: the first of ``places`` that has a value, or attributes found by ``lookup``.

    ``values`` translates; ``otherwise`` is for a value not in it, ``None`` leaves such a value as it is. ``written``
    translates back. ``days`` makes a number of days of points in time.
    """

    name: str
    places: tuple[Place, ...] = ()
    lookup: str | None = None
    attributes: tuple[str, ...] = ()
    values: Mapping[str, str] = field(factory=dict)
    otherwise: str | None = None
    written: Mapping[str, str] = field(factory=dict)
    days: DaysRule | None = None

    def translated(self, value: str) -> str:
        """A value of the message as a value of the field."""
        if not self.values:
            return value
        return self.values.get(value, value if self.otherwise is None else self.otherwise)

    def untranslated(self, value: str) -> str | None:
        """A value of the field as the message writes it."""
        if value in self.written:
            return self.written[value]
        if not self.values:
            return value
        return next((k for k, v in self.values.items() if v == value), None)


@frozen
class DaysRule:
    """Days from each ``begin`` to the next ``end``, or to the end of the record."""

    path: tuple[str, ...]
    moment: str
    kind: str
    begin: str
    end: str
    last: str


@frozen
class LookupRule:
    """An element under the record that points at an element outside it."""

    name: str
    path: tuple[str, ...]
    when: Mapping[str, str]
    attribute: str
    target: tuple[str, ...]
    key: str


@frozen
class CodesRule:
    """Codes under the record. ``pairs``: letter → (field of the first, of the rest); ``singles``: letter → field."""

    path: tuple[str, ...]
    number: str | None
    pairs: Mapping[str, tuple[str, str]]
    singles: Mapping[str, str]
    written: Mapping[str, str]


@frozen
class CodeElement:
    """How a code is written."""

    element: str
    number: str
    system: str
    value: str


@frozen
class PatientRule:
    """Which attributes tell two people with one number at two institutions apart."""

    path: tuple[str, ...]
    number: str
    institution: Place
    equal: tuple[str, ...]


@frozen
class DeletionRule:
    """Where a message asks for deletion, the day its data were drawn, and which ids records are known by, by kind."""

    element: tuple[str, ...]
    kind: str
    id: str
    date: Place
    objects: Mapping[str, Place]


@frozen
class NprMapping:
    """One mapping file for one version of the message."""

    file: str
    version: str
    namespace: str
    post: str
    element: tuple[str, ...]
    key: Place
    fields: tuple[FieldRule, ...]
    lookups: Mapping[str, LookupRule]
    codes: tuple[CodesRule, ...]
    code: CodeElement
    structure: Structure
    deletion: DeletionRule | None
    patient: PatientRule | None
    defaults: Mapping[str, Mapping[str, str]]

    @property
    def root(self) -> str:
        """The outermost element."""
        return self.element[0]


@frozen
class CsvMapping:
    """The mapping file of a table: ``fields`` maps a field to its columns (a tuple of columns is joined)."""

    file: str
    post: str
    known_by: tuple[tuple[str, ...], ...]
    fields: Mapping[str, tuple[str | tuple[str, ...], ...]]
    dates: tuple[str, ...]
    date_fields: frozenset[str]
    known: tuple[str, ...]


def extra_folder() -> Path | None:
    """The folder of the user's own mapping and schema files."""
    named = os.environ.get(FOLDER_VARIABLE, "")
    return Path(named) if named else None


def npr_mappings() -> dict[str, NprMapping]:
    """The mappings by version. Raises ``FileFault``."""
    found = dict(_shipped())
    folder = extra_folder()
    if folder is not None:
        for path in _listed(folder, "*.toml"):
            data = _load(path.name, _bytes(path))
            if data.get("format") == "npr":
                mapping = _npr(path.name, data)
                found[mapping.version] = mapping
    return found


def hresept_mapping() -> CsvMapping:
    """The mapping of H-resept settlements. Raises ``FileFault``."""
    folder = extra_folder()
    for path in _listed(folder, "*.toml") if folder is not None else ():
        data = _load(path.name, _bytes(path))
        if data.get("format") == "hresept":
            return _csv(path.name, data)
    return _shipped_hresept()


@lru_cache
def _shipped() -> Mapping[str, NprMapping]:
    here = files("isfdsl.records.readers.npr")
    names = sorted(p.name for p in here.iterdir() if p.name.startswith("mapping_") and p.name.endswith(".toml"))
    made = [_npr(name, _load(name, (here / name).read_bytes())) for name in names]
    return {m.version: m for m in made}


@lru_cache
def _shipped_hresept() -> CsvMapping:
    name = "hresept.toml"
    return _csv(name, _load(name, (files("isfdsl.records.readers.npr") / name).read_bytes()))


def structure_of(mapping: NprMapping) -> Structure:
    """The structure to check against: the schema in the user's folder when there is one, else the mapping's own.

    Raises ``FileFault``.
    """
    folder = extra_folder()
    if folder is None:
        return mapping.structure
    try:
        found = _schema(folder, mapping.root, mapping.namespace)
    except SchemaError as error:
        raise FileFault(NprMappingBroken(fil=str(folder), grunn=str(error))) from None
    except OSError as error:
        raise FileFault(
            NprMappingBroken(fil=str(folder), grunn=f"skjemaet kan ikke leses ({reason_of(error)})")
        ) from None
    return mapping.structure if found is None else _with_codes(found, mapping.structure)


def _with_codes(schema: Structure, own: Structure) -> Structure:
    """The schema with the codes the mapping lists: in the schema files a code is any text."""
    elements = dict(schema.elements)
    for name, rule in own.elements.items():
        if name in elements:
            attributes = dict(elements[name].attributes)
            for key, a in rule.attributes.items():
                if a.type.name.startswith(CODE_TYPE) and key in attributes and attributes[key].type.check is None:
                    attributes[key] = evolve(attributes[key], type=a.type)
            elements[name] = evolve(elements[name], attributes=attributes)
    return evolve(schema, elements=elements)


@lru_cache(maxsize=8)
def _schema(folder: Path, root: str, namespace: str) -> Structure | None:
    return find_schema(folder, root, namespace)


def _listed(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return []


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileFault(NprMappingBroken(fil=path.name, grunn=f"den kan ikke leses ({reason_of(error)})")) from None


def _load(name: str, data: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileFault(NprMappingBroken(fil=name, grunn=f"ikke gyldig TOML ({error})")) from None


# ------------------------------------------------------------ from TOML


def _npr(name: str, data: Mapping[str, Any]) -> NprMapping:
    try:
        return _npr_unsafe(name, data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"«{error.args[0]}» mangler" if isinstance(error, KeyError) else str(error)
        raise FileFault(NprMappingBroken(fil=name, grunn=what)) from None


def _npr_unsafe(name: str, data: Mapping[str, Any]) -> NprMapping:
    ((post, body),) = data["post"].items()
    code = data["kode"]
    codes = tuple(
        CodesRule(
            tuple(c["element"].split("/")),
            c.get("nummer"),
            {letter: (both[0], both[1]) for letter, both in c.get("par", {}).items()},
            dict(c.get("enkle", {})),
            dict(c.get("skrives", {})),
        )
        for c in body.get("koder", ())
    )
    lookups = {
        key: LookupRule(
            key,
            tuple(v["henvisning"].split("/")),
            dict(v.get("nar", {})),
            v["attributt"],
            _absolute(v["til"]),
            v["nokkel"],
        )
        for key, v in body.get("oppslag", {}).items()
    }
    fields = tuple(_field(key, v) for key, v in body["felt"].items())
    for f in fields:
        if f.lookup is not None and f.lookup not in lookups:
            raise ValueError(f"feltet «{f.name}» bruker oppslaget «{f.lookup}», som ikke finnes")
    patient = data.get("pasient")
    deletion = data.get("sletting")
    return NprMapping(
        name,
        data["versjon"],
        data["navnerom"],
        post,
        _absolute(body["element"]),
        _place(body["nokkel"]),
        fields,
        lookups,
        codes,
        CodeElement(code["element"], code["nummer"], code["kodeverk"], code["verdi"]),
        _own_structure(name, data),
        DeletionRule(
            _absolute(deletion["element"]),
            deletion["slag"],
            deletion["id"],
            _place(deletion["dato"]),
            {kind: _place(place) for kind, place in deletion.get("objekter", {}).items()},
        )
        if deletion
        else None,
        PatientRule(
            _absolute(patient["element"]), patient["nummer"], _place(patient["institusjon"]), tuple(patient["like"])
        )
        if patient
        else None,
        data.get("skrives", {}),
    )


def _field(name: str, v: Mapping[str, Any]) -> FieldRule:
    if "dogn" in v:
        last = v["ende"].removeprefix("@")
        days = DaysRule(tuple(v["dogn"].split("/")), v["tid"], v["slag"], v["fra"], v["til"], last)
        return FieldRule(name, days=days)
    given = v["fra"] if isinstance(v["fra"], list) else [v["fra"]]
    values, written = dict(v.get("verdier", {})), dict(v.get("skrives", {}))
    if "oppslag" in v:
        return FieldRule(name, (), v["oppslag"], tuple(given), values, v.get("ellers"), written)
    return FieldRule(name, tuple(_place(p) for p in given), None, (), values, v.get("ellers"), written)


def _place(text: str) -> Place:
    path, mark, attribute = text.rpartition("@")
    if not mark or not attribute:
        raise ValueError(f"stien «{text}» er ikke forstått")
    absolute = path.startswith("/")
    return Place(tuple(p for p in path.split("/") if p), attribute, absolute)


def _absolute(text: str) -> tuple[str, ...]:
    if not text.startswith("/"):
        raise ValueError(f"stien «{text}» skal begynne med «/»")
    return tuple(text[1:].split("/"))


def _own_structure(name: str, data: Mapping[str, Any]) -> Structure:
    lists = {key: one_of(f"{CODE_TYPE}{key}", values) for key, values in data.get("kodeverk", {}).items()}
    elements: dict[str, ElementRule] = {}
    for element, body in data.get("element", {}).items():
        attributes = {
            a: parse_attribute(t, lists, data["versjon"] if (element, a) == ("Melding", "versjon") else None)
            for a, t in body.get("attributter", {}).items()
        }
        elements[element] = ElementRule(
            element, tuple(parse_particle(p) for p in body.get("innhold", ())), attributes, bool(body.get("apent"))
        )
    return Structure(name, data["navnerom"], elements)


def _csv(name: str, data: Mapping[str, Any]) -> CsvMapping:
    try:
        ((post, body),) = data["post"].items()
        columns = data.get("kolonner", {})
        return CsvMapping(
            name,
            post,
            tuple(tuple(alternatives) for alternatives in data["kjennes_pa"]),
            {
                key: tuple(tuple(one) if isinstance(one, list) else one for one in alternatives)
                for key, alternatives in body["felt"].items()
            },
            tuple(data.get("datoer", ("%Y-%m-%d",))),
            frozenset(columns.get("dato", ())),
            tuple(columns.get("kjente", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"«{error.args[0]}» mangler" if isinstance(error, KeyError) else str(error)
        raise FileFault(NprMappingBroken(fil=name, grunn=what)) from None
