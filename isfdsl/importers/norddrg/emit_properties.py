"""Each property as one declaration with its code lines."""

from __future__ import annotations

from isfdsl.importers import isftext
from isfdsl.importers.norddrg.properties import Properties, Property, hdg_of

_SYSTEMS = {
    "DGCAT": "icd10",
    "PDGPRO": "icd10",
    "COMPL": "icd10",
    "CC": "prosedyre",
    "DGPROP": "icd10, prosedyre",
    "PROCPR": "icd10, prosedyre",
    "OR": "icd10, prosedyre",
}
FOLDERS = {
    "DGCAT": "diagnosekategori",
    "PDGPRO": "hoveddiagnose",
    "DGPROP": "diagnose",
    "PROCPR": "prosedyre",
    "COMPL": "komplikasjon",
    "OR": "operasjon",
    "CC": "operasjon",
}


def emit_property(p: Property, properties: Properties, kilde: str) -> str:
    """The declaration of a property."""
    sections = [(system, codes) for system, codes in (("icd10", p.diagnoses), ("prosedyre", p.procedures)) if codes]
    systems = ", ".join(system for system, _ in sections) or _SYSTEMS[p.vartype]
    lines = [isftext.heading("egenskap", isftext.name(p.name), isftext.quoted(p.title) if p.title else None, systems)]
    pairs: list[tuple[str, str]] = []
    recoded = [
        f"  regnes som {isftext.name(target)} når kjønn i {sex}"
        for target, sex in ((p.male, "1"), (p.female, "2"))
        if target is not None
    ]
    if p.vartype == "DGCAT":
        pairs.append(("av slag", "diagnosekategori"))
        if hdg_of(p.value):
            pairs.append(("HDG", properties.hdg(hdg_of(p.value))))
    *above, cited = isftext.clauses([*pairs, ("kilde", kilde)])
    lines += [*above, *recoded, cited]
    if len(sections) == 1:
        lines += [f"  {code}" for code in sections[0][1]]
    else:
        for system, codes in sections:
            lines += [f"  i {system}", *(f"    {code}" for code in codes)]
    return "\n".join(lines) + "\n"


def place(p: Property) -> str:
    """The file of a property, without number and suffix: one folder per kind, one file per two first characters."""
    stem = isftext.plain_name(p.value[:2]).lower() if p.vartype not in ("OR", "CC") else p.vartype.lower()
    return f"egenskaper/{FOLDERS[p.vartype]}/{stem or 'uten_verdi'}"
