"""Head, vocabulary and groups."""

from __future__ import annotations

from collections.abc import Mapping

from isfdsl.importers import isftext, values
from isfdsl.importers.norddrg.properties import Properties
from isfdsl.importers.norddrg.tables import Tables
from isfdsl.importers.price_list import Price
from isfdsl.importers.report import Recorder
from isfdsl.syntax import ast

CODE_SYSTEMS = """\
kodeverk kjønn åpent
  1  "Mann"
  2  "Kvinne"

kodeverk utskriving åpent
  E  "Død"
  H  "Hjem"
  N  "I live"
  R  "Annet sykehus"
"""

RECORD = """\
post kasus "En kasus, slik den klassiske strengen gir den"
  kasus_id       tekst nøkkel
  kjønn          kode kjønn valgfri
  alder_dager    heltall
  utskriving     kode utskriving valgfri
  liggetid       heltall dager
  hovedtilstand  kodepar icd10 valgfri
  bitilstander   kodepar liste icd10
  prosedyrer     kode liste prosedyre

samling kilder for kasus = prosedyrer, hovedtilstand, bitilstander

samling øvrige_kilder for kasus = prosedyrer, bitilstander

slag diagnosekategori "Diagnosekategori (DGCAT)"
  oppslag  par, andre kode, første kode

begrep diagnosekategori for kasus = oppslag diagnosekategori av hovedtilstand

begrep hdg for kasus = HDG av diagnosekategori

opphold av kasus
  samles  aldri
  kilde   {kilde}
"""
"""What every NordDRG set is about: the record, and the words that the rules use.

Age and length of stay have no range: a negative age is a number, and a row such as ``agelim`` ``<0`` asks for it.
"""


def emit_head(name: str, year: int, kilde: str) -> str:
    """The head of the rule set, and the passage that everything in it cites."""
    lines = [isftext.heading("regelverk", isftext.name(name), str(year)), f"  kilde  {kilde}", ""]
    return "\n".join(lines) + "\n" + emit_passage(name, year, kilde)


def emit_passage(name: str, year: int, kilde: str) -> str:
    """The passage that everything in the set cites."""
    title = f"{name} definisjonstabeller" + (f" {year}" if year else "")
    return isftext.heading("passasje", kilde, isftext.quoted(title)) + "\n"


def passage(name: str, year: int) -> str:
    """The name of the passage."""
    stem = isftext.plain_name(name).lower()
    return isftext.name(f"{stem}_{year}" if year else stem)


def emit_vocabulary(tables: Tables, properties: Properties, code_texts: bool, kilde: str) -> dict[str, str]:
    """Code systems, record, collections and concepts, as path → text. With ``code_texts`` the codes get their texts."""
    files = {"kasus.isf": RECORD.format(kilde=kilde)}
    systems: list[str] = []
    for system, kind in (("icd10", "dg"), ("prosedyre", "proc")):
        texts = tables.texts.get(kind, {}) if code_texts else {}
        lines = _code_lines(texts)
        declaration = "\n".join([f"kodeverk {system} åpent", *lines]) + "\n"
        if lines:
            files[f"kodeverk/{system}.isf"] = declaration
        else:
            systems.append(declaration)
    files["kodeverk.isf"] = "\n".join([*systems, CODE_SYSTEMS, emit_hdgs(tables, properties)])
    return files


def _code_lines(texts: Mapping[str, str]) -> list[str]:
    return isftext.code_lines((written, texts[code]) for code in sorted(texts) if (written := isftext.code(code)))


def emit_hdgs(tables: Tables, properties: Properties) -> str:
    """The main groups that the tables use."""
    texts = tables.texts.get("mdc", {})
    lines = _code_lines({name: texts.get(hdg, "") for hdg, name in properties.hdgs.items()})
    return "\n".join(["kodeverk hdg åpent", *lines]) + "\n"


def group_names(tables: Tables, recorder: Recorder) -> dict[str, str]:
    """Group code in the tables → written name."""
    names: dict[str, str] = {}
    for drg in dict.fromkeys([*(row.drg for row in tables.names), *(row.drg for row in tables.logic)]):
        if not drg:
            continue
        wanted = written = isftext.writable(drg)
        number = 2
        while written in names.values():
            written, number = f"{wanted}_{number}", number + 1
        if written != drg:
            recorder.add("navn_endret", f"gruppe «{drg}» heter «{written}»")
        names[drg] = written
    return names


def local_codes(tables: Tables) -> dict[str, str]:
    """Group → its alternate code, from the table of groups, else from its first row."""
    pairs = [(row.drg, row.loc_drg) for row in tables.names] + [(row.drg, row.loc_drg) for row in tables.logic]
    local: dict[str, str] = {}
    for drg, code in pairs:
        if code:
            local.setdefault(drg, code)
    return local


def emit_groups(
    tables: Tables,
    properties: Properties,
    groups: dict[str, str],
    local: dict[str, str],
    prices: Mapping[str, Price] | None,
    kilde: str,
    recorder: Recorder,
    declared: Mapping[str, ast.Drg],
) -> dict[str, list[str]]:
    """Declarations of all groups in order of their codes, by file (without suffix): one for each HDG.

    With ``prices`` every group has a weight, ``ukjent`` where the price list has none. What ``declared`` groups know
    already is left out, and counted when it is another value.
    """
    mdc: dict[str, str] = {}
    for row in tables.names:
        if row.mdc:
            mdc.setdefault(row.drg, row.mdc)
    texts = tables.texts.get("drg", {})
    result: dict[str, list[str]] = {}
    for drg in sorted(groups, key=_group_order):
        price = None if prices is None else prices.get(drg, Price(kind="DRG", code=drg))
        if prices and drg not in prices:
            recorder.add("gruppe_uten_pris", f"«{drg}»")
        title = texts.get(drg, "") or (price.name if price is not None else "")
        lines = [isftext.heading("DRG", isftext.name(groups[drg]), isftext.quoted(title) if title else None)]
        pairs: list[tuple[str, str]] = []
        if mdc.get(drg):
            pairs.append(("HDG", properties.hdg(mdc[drg])))
        if price is not None:
            pairs += [(key, value) for key, value in price.attributes() if key != "HDG"]
        pairs = _unknown_yet(groups[drg], pairs, declared, recorder)
        if local.get(drg, drg) != drg:
            pairs.append(("merknad", isftext.quoted(f"lokal kode {local[drg]}")))
        cited = kilde if price is None or not price.kilde else f"{kilde}, {isftext.quoted(price.kilde)}"
        pairs.append(("kilde", cited))
        lines += isftext.clauses(pairs)
        hdg = isftext.plain_name(mdc.get(drg, "")).lower()
        place = f"drg_liste/hdg_{hdg}" if hdg else "drg_liste/uten_hdg"
        result.setdefault(place, []).append("\n".join(lines) + "\n")
    return result


def _unknown_yet(
    group: str, pairs: list[tuple[str, str]], declared: Mapping[str, ast.Drg], recorder: Recorder
) -> list[tuple[str, str]]:
    """The attributes that a declared group does not know."""
    if group not in declared:
        return pairs
    known = {a.name.text: a.value for a in declared[group].attributes if not isinstance(a.value, ast.Unknown)}
    for key, value in pairs:
        own = known.get(key)
        if own is not None and value not in ("ukjent", _written(own)):
            recorder.add("annen_verdi_i_regelverket", f"«{group}» {key}: {_written(own)} i regelverket, {value} her")
    return [(key, value) for key, value in pairs if key not in known]


def _written(value: ast.Amount | ast.Unknown | ast.Name) -> str:
    """An attribute as an import writes it."""
    match value:
        case ast.Name():
            return isftext.name(value.text)
        case ast.Amount(unit="dager"):
            return isftext.days(int(value.value))
        case ast.Amount():
            return values.decimal_text(value.value)
        case ast.Unknown():
            return "ukjent"


def _group_order(drg: str) -> tuple[int, str]:
    digits = ""
    for ch in drg:
        if not ch.isdigit():
            break
        digits += ch
    return int(digits) if digits else -1, drg
