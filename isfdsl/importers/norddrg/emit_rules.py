"""The decision list as one hierarchy of named rules, in blocks of rows that share the beginning of ``ord``."""

from __future__ import annotations

from itertools import groupby

from attrs import frozen

from isfdsl.importers import isftext
from isfdsl.importers.norddrg.conditions import conditions
from isfdsl.importers.norddrg.properties import Properties
from isfdsl.importers.norddrg.readings import reading_return_code
from isfdsl.importers.norddrg.tables import LogicRow, Tables
from isfdsl.importers.norddrg.words import ALONE, Words
from isfdsl.importers.report import Recorder

PREFIX = 3
MAX_BLOCKS = 150
MAX_ROWS = 400
"""A block of 400 rules is some 3,000 lines."""


@frozen
class Block:
    """Rows that follow each other and are written together."""

    name: str
    rows: tuple[LogicRow, ...]


def blocks(tables: Tables) -> tuple[Block, ...]:
    """The rows cut into blocks; a prefix that comes again later opens a new block, so the order stays the file's."""
    runs = [list(rows) for _, rows in groupby(tables.logic, key=lambda row: row.ord[:PREFIX])]
    numbered = len(runs) > MAX_BLOCKS
    if numbered:
        runs = [list(tables.logic)]
    size = 100 if numbered else MAX_ROWS
    pieces = [run[at : at + size] for run in runs for at in range(0, len(run), size)]
    result: list[Block] = []
    used: dict[str, int] = {}
    for number, rows in enumerate(pieces, 1):
        stem = f"{number:03d}" if numbered else isftext.plain_name(rows[0].ord[:PREFIX]).lower()
        name = f"blokk_{stem}"
        while name in used:
            used[name] += 1
            name = f"blokk_{stem}_{used[name]}"
        used[name] = 1
        result.append(Block(name, tuple(rows)))
    return tuple(result)


def rule_names(tables: Tables, recorder: Recorder) -> dict[int, str]:
    """Row (by identity) → the name of its rule: ``ord``, with a number where it has stood before."""
    taken = {isftext.writable(row.ord) for row in tables.logic}
    seen: set[str] = set()
    names: dict[int, str] = {}
    for row in tables.logic:
        wanted = isftext.writable(row.ord)
        if wanted != row.ord:
            recorder.add("navn_endret", f"{row.file}, rad {row.row}: ord «{row.ord}» heter «{wanted}»")
        name, number = wanted, 2
        while name in seen or (number > 2 and name in taken):
            name, number = f"{wanted}_{number}", number + 1
        if name != wanted:
            recorder.add("ord_med_etternavn", f"{row.file}, rad {row.row}: «{row.ord}» heter {name}")
        seen.add(name)
        names[id(row)] = name
    return names


def emit_rules(
    tables: Tables,
    properties: Properties,
    groups: dict[str, str],
    local: dict[str, str],
    kilde: str,
    recorder: Recorder,
    words: Words = ALONE,
) -> dict[str, str]:
    """The hierarchy and the files of its blocks. ``local`` maps a group to the alternate code of its declaration."""
    cut = blocks(tables)
    names = rule_names(tables, recorder)
    order = [block.name for block in cut]
    lines = ["hierarki DRG for opphold"]
    lines += isftext.clauses([("rekkefølge", isftext.Listed("", tuple(order))), ("ellers", "ingen"), ("kilde", kilde)])
    files = {"regler/hierarki.isf": "\n".join(lines) + "\n"}
    for block in cut:
        lines = [f"gruppe {block.name} i DRG"]
        for row in block.rows:
            lines += [""] * (len(lines) > 1)
            lines.append(f"  regel {isftext.name(names[id(row)])} gir {isftext.name(groups[row.drg])}")
            pairs: list[tuple[str, isftext.Value]] = []
            parts = conditions(row, properties, recorder, words)
            if parts:
                pairs.append(("når", isftext.All(tuple(parts))))
            if row.rtc:
                pairs.append(("returkode", _return_code(row.rtc)))
            if row.loc_drg and row.loc_drg != local.get(row.drg, row.drg):
                pairs.append(("merknad", isftext.quoted(f"lokal kode {row.loc_drg}")))
            lines += isftext.clauses(pairs, "    ")
        files[f"regler/{block.name}.isf"] = "\n".join(lines) + "\n"
    return files


def _return_code(rtc: str) -> str:
    written = reading_return_code(rtc)
    return isftext.name(isftext.writable(rtc)) if written == rtc else written
