"""Each property as one declaration with its code lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from isfdsl.importers import isftext
from isfdsl.importers.norddrg.properties import Properties, Property, hdg_of
from isfdsl.importers.norddrg.words import ALONE, Words

_DIAGNOSES = ("DGCAT", "PDGPRO", "COMPL")
_PROCEDURES = ("CC",)
FOLDERS = {
    "DGCAT": "diagnosekategori",
    "PDGPRO": "hoveddiagnose",
    "DGPROP": "diagnose",
    "PROCPR": "prosedyre",
    "COMPL": "komplikasjon",
    "OR": "operasjon",
    "CC": "operasjon",
}


Sections = list[tuple[str, list[str]]]


def sections(codes: Iterable[str], order: tuple[str, ...], system_of: Callable[[str], str]) -> Sections:
    """Code lines under their code systems, in the order of the systems."""
    found: dict[str, list[str]] = {}
    for line in codes:
        found.setdefault(system_of(line), []).append(line)
    return [(system, found[system]) for system in order if system in found]


def emit_property(p: Property, properties: Properties, kilde: str, words: Words = ALONE) -> str:
    """The declaration of a property."""
    parts = sections(p.diagnoses, words.diagnosis, words.diagnosis_of)
    parts += sections(p.procedures, words.procedure, words.procedure_of)
    systems = tuple(system for system, _ in parts)
    if not systems:
        systems += words.diagnosis if p.vartype not in _PROCEDURES else ()
        systems += words.procedure if p.vartype not in _DIAGNOSES else ()
    title = isftext.quoted(p.title) if p.title else None
    lines = [isftext.heading("egenskap", isftext.name(p.name), title, ", ".join(systems))]
    pairs: list[tuple[str, str]] = []
    recoded = [
        f"  regnes som {isftext.name(target)} når kjønn i {sex}"
        for target, sex in ((p.male, "1"), (p.female, "2"))
        if target is not None
    ]
    if p.vartype == "DGCAT":
        pairs.append(("av slag", words.kind))
        if hdg_of(p.value):
            pairs.append(("HDG", properties.hdg(hdg_of(p.value))))
    *above, cited = isftext.clauses([*pairs, ("kilde", kilde)])
    lines += [*above, *recoded, cited]
    return "\n".join([*lines, *section_lines(parts)]) + "\n"


def section_lines(parts: Sections) -> list[str]:
    """The lines, under ``i SYSTEM`` where there are several systems."""
    if len(parts) == 1:
        return [f"  {code}" for code in parts[0][1]]
    return [line for system, codes in parts for line in (f"  i {system}", *(f"    {code}" for code in codes))]


def place(p: Property) -> str:
    """The file of a property, without number and suffix: one folder per kind, one file per two first characters."""
    stem = isftext.plain_name(p.value[:2]).lower() if p.vartype not in ("OR", "CC") else p.vartype.lower()
    return f"egenskaper/{FOLDERS[p.vartype]}/{stem or 'uten_verdi'}"
