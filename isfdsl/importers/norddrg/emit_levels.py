"""Complication: the level as the highest of its categories, and the principal diagnoses that block each of them."""

from __future__ import annotations

from isfdsl.importers import isftext
from isfdsl.importers.norddrg.emit_properties import section_lines, sections
from isfdsl.importers.norddrg.properties import LEVELS, Properties
from isfdsl.importers.norddrg.readings import reading_exclusions
from isfdsl.importers.norddrg.tables import Tables
from isfdsl.importers.norddrg.words import ALONE, Words
from isfdsl.importers.report import Recorder

Lists = dict[str, str]
"""Category in compl_excl → the name of its list."""


def emit_exclusions(
    tables: Tables, properties: Properties, kilde: str, recorder: Recorder, words: Words = ALONE
) -> tuple[Lists, dict[str, str]]:
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
        parts = sections(codes, words.diagnosis, words.diagnosis_of)
        heading = f"kodeliste {name} {', '.join(system for system, _ in parts)}"
        texts[category] = "\n".join([heading, f"  kilde  {kilde}", *section_lines(parts)]) + "\n"
    return names, texts


def emit_level(tables: Tables, properties: Properties, lists: Lists, kilde: str, words: Words = ALONE) -> str:
    """The level and its categories: those of secondary diagnoses in order of name, then those of procedures."""
    activated: dict[str, dict[str, None]] = {}
    for row in tables.compl_cat:
        if row.inclprop:
            activated.setdefault(row.compl, {})[row.inclprop] = None
    lines = [f"nivå komplikasjon for {words.level_subject}", f"  kilde  {kilde}"]
    for p in properties.of("COMPL"):
        name = isftext.name(p.name)
        letter = p.value[2:3]
        conditions: list[str | isftext.Listed] = [f"bitilstander har egenskap {name}"]
        if letter in ("I", "J"):
            inclprops = tuple(properties.name("DGPROP", value) for value in activated.get(p.value, ()))
            conditions.append(isftext.Listed("øvrige_kilder har egenskap ", inclprops) if inclprops else "aldri")
        blocking = [lists[category] for category in reading_exclusions(p.value) if category in lists]
        pairs: list[tuple[str, isftext.Value]] = [("når", isftext.All(tuple(conditions)))]
        if blocking:
            pairs.append(("unntatt", isftext.Listed("hovedtilstand i ", tuple(blocking))))
        lines += [f"  kategori {name} gir {LEVELS[letter]}", *isftext.clauses(pairs, "    ")]
    for p in properties.of("CC"):
        name = isftext.name(p.name)
        lines.append(f"  kategori prosedyre_{p.name.lower()} gir {int(p.value)}")
        lines += isftext.clauses([("når", f"prosedyrer har egenskap {name}")], "    ")
    return "\n".join(lines) + "\n"
