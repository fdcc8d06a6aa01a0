"""Complication: the level as the highest of its categories, and the principal diagnoses that block each of them."""

from __future__ import annotations

from isfdsl.importers import isftext
from isfdsl.importers.norddrg.properties import LEVELS, Properties
from isfdsl.importers.norddrg.readings import reading_exclusions
from isfdsl.importers.norddrg.report import Recorder
from isfdsl.importers.norddrg.tables import Tables

Lists = dict[str, str]
"""Category in compl_excl → the name of its list."""


def emit_exclusions(tables: Tables, properties: Properties, recorder: Recorder) -> tuple[Lists, dict[str, str]]:
    """The name of each exclusion list that a category asks for, and its declaration."""
    asked = {name for p in properties.of("COMPL") for name in reading_exclusions(p.value)}
    lines: dict[str, dict[str, None]] = {}
    for row in tables.compl_excl:
        place = f"{row.file}, rad {row.row}: «{row.compl}»"
        if not row.code or row.compl not in asked:
            recorder.add("utelukkelse_uten_virkning", place)
            continue
        line = isftext.pair(row.d_code, row.code) if row.d_code else isftext.code(row.code)
        if line is None:
            recorder.add("kode_kan_ikke_skrives", f"{place} {row.d_code or row.code}")
            continue
        lines.setdefault(row.compl, {})[line] = None
    plain = isftext.unique_names(lines)
    names: Lists = {category: f"utelukker_{plain[category]}" for category in sorted(lines)}
    texts: dict[str, str] = {}
    for category, name in names.items():
        codes = sorted(lines[category], key=lambda line: ("+" in line, line))
        texts[category] = "\n".join([f"kodeliste {name} icd10", *(f"  {code}" for code in codes)]) + "\n"
    return names, texts


def emit_level(tables: Tables, properties: Properties, lists: Lists, source: str) -> str:
    """The level and its categories: those of secondary diagnoses in order of name, then those of procedures."""
    activated: dict[str, dict[str, None]] = {}
    for row in tables.compl_cat:
        if row.inclprop:
            activated.setdefault(row.compl, {})[row.inclprop] = None
    parts = ["nivå komplikasjon for kasus\n" + "\n".join(isftext.clauses([("kilde", isftext.quoted(source))])) + "\n"]
    for p in properties.of("COMPL"):
        name = isftext.name(p.name)
        letter = p.value[2:3]
        conditions = [f"bitilstander har egenskap {name}"]
        if letter in ("I", "J"):
            inclprops = [properties.name("DGPROP", value) for value in activated.get(p.value, ())]
            conditions.append(f"øvrige_kilder har egenskap {', '.join(inclprops)}" if inclprops else "aldri")
        blocking = [lists[category] for category in reading_exclusions(p.value) if category in lists]
        pairs: list[tuple[str, str | list[str]]] = [("når", isftext.conjunction(conditions))]
        if blocking:
            pairs.append(("unntatt", f"hovedtilstand i {', '.join(blocking)}"))
        parts.append("\n".join([f"  kategori {name} gir {LEVELS[letter]}", *isftext.clauses(pairs, "    ")]) + "\n")
    for p in properties.of("CC"):
        name = isftext.name(p.name)
        condition = isftext.clauses([("når", f"prosedyrer har egenskap {name}")], "    ")
        parts.append("\n".join([f"  kategori prosedyre_{p.name.lower()} gir {int(p.value)}", *condition]) + "\n")
    return "\n".join(parts)
