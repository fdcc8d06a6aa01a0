"""What the code tables say, property by property, under the names that the text uses.

A property is a vartype *and* a value. Its name is the value; where one value stands under several vartypes, all but
one get the vartype as suffix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import define, field, frozen

from isfdsl.importers import isftext
from isfdsl.importers.norddrg.readings import reading_recoded
from isfdsl.importers.norddrg.tables import Tables
from isfdsl.importers.report import Recorder

Key = tuple[str, str]
"""(vartype, value)."""

LETTERS = {"DGCAT": "M", "PDGPRO": "P", "DGPROP": "X", "PROCPR": "DEOSTV", "COMPL": "CGIJ"}
NAMED = (*LETTERS, "OR", "CC")
LEVELS = {"C": 1, "G": 2, "I": 1, "J": 2}
_ONLY_DIAGNOSES = frozenset({"DGCAT", "PDGPRO", "COMPL"})
_COLUMNS = {"dgcat1": "DGCAT", "pdgprop": "PDGPRO", "dgprop": "DGPROP", "procpro1": "PROCPR", "secproc1": "PROCPR"}
_DIGITS = re.compile("[0-9]+")


@frozen
class Property:
    """A property as it is written: its name, its code lines per system, and for ``98…`` what it counts as."""

    key: Key
    name: str
    title: str
    diagnoses: tuple[str, ...]
    procedures: tuple[str, ...]
    male: str | None = None
    female: str | None = None

    @property
    def vartype(self) -> str:
        """The kind of property."""
        return self.key[0]

    @property
    def value(self) -> str:
        """The value in the tables."""
        return self.key[1]


@define
class Properties:
    """All properties of a set, and the written codes of its main groups."""

    all: dict[Key, Property] = field(factory=dict)
    hdgs: dict[str, str] = field(factory=dict)

    def name(self, vartype: str, value: str) -> str:
        """The name of a property as it stands in a rule."""
        return isftext.name(self.all[vartype, value].name)

    def hdg(self, value: str) -> str:
        """The code of a main group as it is written."""
        return isftext.name(self.hdgs[value])

    def of(self, vartype: str) -> Iterator[Property]:
        """The properties of one vartype, in order of their values."""
        return (p for key, p in self.all.items() if key[0] == vartype)


def gather(tables: Tables, recorder: Recorder) -> Properties:
    """Read the code tables into properties. Rows without effect are left out and counted."""
    diagnoses: dict[Key, dict[str, None]] = {}
    procedures: dict[Key, dict[str, None]] = {}
    _diagnoses(tables, diagnoses, recorder)
    _procedures(tables, procedures, recorder)
    keys = {*diagnoses, *procedures, ("OR", "1"), ("OR", "2"), *_asked(tables)}
    for vartype, value in tuple(keys):
        if reading_recoded(vartype) and value.startswith("98"):
            keys |= {(vartype, "12" + value[2:]), (vartype, "13" + value[2:])}
    names = _names(keys, recorder)
    hdgs = {hdg_of(value) for vartype, value in keys if vartype == "DGCAT"} | {row.mdc for row in tables.names}
    hdgs |= {cell.value for row in tables.logic for name, cell in row.conditions() if name == "mdc"}
    result = Properties(hdgs=isftext.unique_names(hdgs - {""}))
    for key in sorted(keys, key=lambda k: (NAMED.index(k[0]), k[1])):
        vartype, value = key
        recoded = reading_recoded(vartype) and value.startswith("98")
        result.all[key] = Property(
            key=key,
            name=names[key],
            title=_title(tables, vartype, value),
            diagnoses=tuple(sorted(diagnoses.get(key, ()), key=_line_order)),
            procedures=tuple(sorted(procedures.get(key, ()), key=_line_order)),
            male=names[vartype, "12" + value[2:]] if recoded else None,
            female=names[vartype, "13" + value[2:]] if recoded else None,
        )
    return result


def _line_order(line: str) -> tuple[bool, str]:
    return "+" in line, line


def _diagnoses(tables: Tables, found: dict[Key, dict[str, None]], recorder: Recorder) -> None:
    categories: dict[tuple[str, str], str] = {}
    for row in tables.dg_feat:
        if row.vartype == "MDC":
            recorder.add("mdc_rad")
            continue
        if not row.code or not _has_effect(row.vartype, row.varval, "CC"):
            recorder.add("rad_uten_virkning", f"{row.file}, rad {row.row}: {row.vartype} «{row.varval}»")
            continue
        if row.vartype == "DGCAT" and categories.setdefault((row.code, row.d_code), row.varval) != row.varval:
            recorder.add("senere_diagnosekategori", f"{row.file}, rad {row.row}: «{row.code}» {row.varval}")
            continue
        line = isftext.pair(row.d_code, row.code) if row.d_code else isftext.code(row.code)
        if line is None:
            recorder.add("kode_kan_ikke_skrives", f"{row.file}, rad {row.row}: «{row.d_code or row.code}»")
            continue
        found.setdefault((row.vartype, row.varval), {})[line] = None


def _procedures(tables: Tables, found: dict[Key, dict[str, None]], recorder: Recorder) -> None:
    for row in tables.proc_feat:
        if not row.code or row.vartype in _ONLY_DIAGNOSES or not _has_effect(row.vartype, row.varval, ""):
            recorder.add("rad_uten_virkning", f"{row.file}, rad {row.row}: {row.vartype} «{row.varval}»")
            continue
        line = isftext.code(row.code)
        if line is None:
            recorder.add("kode_kan_ikke_skrives", f"{row.file}, rad {row.row}: «{row.code}»")
            continue
        found.setdefault((row.vartype, row.varval), {})[line] = None


def _has_effect(vartype: str, value: str, barred: str) -> bool:
    """Whether any row or level can ask for such a property."""
    if vartype == barred:
        return False
    if vartype == "OR":
        return value in ("1", "2")
    if vartype == "CC":
        return _DIGITS.fullmatch(value) is not None and int(value) > 0
    if vartype == "COMPL":
        return value[2:3] in LEVELS
    return vartype in LETTERS


def _asked(tables: Tables) -> set[Key]:
    """Properties that rows and categories name, so that every name leads somewhere."""
    asked: set[Key] = set()
    for row in tables.logic:
        asked |= {(_COLUMNS[name], cell.value) for name, cell in row.conditions() if name in _COLUMNS and cell.value}
    for category in tables.compl_cat:
        if is_category(category.compl, category.inclprop) and category.compl[2:3] in LEVELS:
            asked.add(("COMPL", category.compl))
            if category.inclprop and category.compl[2:3] in ("I", "J"):
                asked.add(("DGPROP", category.inclprop))
    return asked


def is_category(name: str, inclprop: str) -> bool:
    """Whether a row of compl_cat is one: a name with an inner blank and no inclprop is junk."""
    return bool(name) and not (re.search(r"\s", name) and not inclprop)


def _names(keys: set[Key], recorder: Recorder) -> dict[Key, str]:
    """A name for each property, all different, the same for the same set of properties."""
    written = {key: f"{key[0]}{key[1]}" if key[0] in ("OR", "CC") else key[1] for key in keys}
    plain = isftext.unique_names(written.values())
    wanted: dict[str, list[Key]] = {}
    for key, text in written.items():
        wanted.setdefault(plain[text], []).append(key)
        if plain[text] != text:
            recorder.add("navn_endret", f"{key[0]} «{key[1]}» heter {plain[text]}")
    names: dict[Key, str] = {}
    taken = set(wanted)
    for name in sorted(wanted):
        first, *others = sorted(wanted[name], key=lambda k: (not _fits(k), NAMED.index(k[0])))
        names[first] = name
        for key in others:
            suffixed, number = f"{name}_{key[0].lower()}", 2
            while suffixed in taken:
                suffixed, number = f"{name}_{key[0].lower()}_{number}", number + 1
            taken.add(suffixed)
            names[key] = suffixed
            recorder.add("egenskap_med_etternavn", f"{key[0]} «{key[1]}» heter {suffixed}")
    return names


def _fits(key: Key) -> bool:
    """Whether a value has the letter of its vartype."""
    vartype, value = key
    return vartype in ("OR", "CC") or (value[:2].isdigit() and value[2:3] != "" and value[2] in LETTERS[vartype])


_KINDS = {"DGCAT": "dgcat", "PDGPRO": "pdgprop", "DGPROP": "dgprop", "PROCPR": "procprop", "COMPL": "compl"}


def _title(tables: Tables, vartype: str, value: str) -> str:
    if vartype == "CC":
        return f"Prosedyre med komplikasjonsnivå {int(value)}"
    if vartype == "OR":
        return f"Operasjonsverdi {value}"
    return tables.texts.get(_KINDS[vartype], {}).get(value, "")


def hdg_of(value: str) -> str:
    """The HDG of a diagnosis category: its first two characters."""
    return value[:2]


__all__ = ["LEVELS", "Key", "Properties", "Property", "gather", "hdg_of", "is_category"]
