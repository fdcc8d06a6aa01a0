"""From a definition set to a folder of `.isf` text. After it, nothing of the algorithm is needed but the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from attrs import evolve

from isfdsl.diagnostics.base import Problem
from isfdsl.importers import isftext
from isfdsl.importers.norddrg.emit_levels import emit_exclusions, emit_level
from isfdsl.importers.norddrg.emit_properties import emit_property, place
from isfdsl.importers.norddrg.emit_rules import emit_rules
from isfdsl.importers.norddrg.emit_vocabulary import (
    emit_groups,
    emit_hdgs,
    emit_head,
    emit_passage,
    emit_vocabulary,
    group_names,
    local_codes,
    passage,
)
from isfdsl.importers.norddrg.into import Year, account_for, try_join, vocabulary
from isfdsl.importers.norddrg.into import year_of as year_of_regelverk
from isfdsl.importers.norddrg.properties import Properties, gather
from isfdsl.importers.norddrg.read import read_tables
from isfdsl.importers.norddrg.tables import Tables
from isfdsl.importers.norddrg.words import ALONE, Words
from isfdsl.importers.output import MANIFEST, write_folder
from isfdsl.importers.price_list import Price, read_price_list
from isfdsl.importers.report import Recorder
from isfdsl.importers.result import ImportResult

MAX_LINES = 3_000
"""No file is longer, unless one property or list is: an edit re-reads one file."""

_YEAR = re.compile(r"(?<![0-9])(20[0-9]{2})(?![0-9])")


def import_norddrg(
    source: Path | str,
    out: Path | str,
    *,
    name: str = "NordDRG",
    year: int | None = None,
    prices: Path | str | None = None,
    code_texts: bool = False,
    force: bool = False,
    texts: Path | str | None = None,
    into: str | None = None,
    words: Path | str | None = None,
) -> ImportResult:
    """Read a definition set and write it as the folder ``out``, whole or not at all.

    ``texts`` is another form of the set, read for the names that a JSON file lacks. ``into`` is a regelverk that the
    text is to be joined with: the text then has only what fills it, in its words; ``words`` is a file of ``.isf`` with
    the words that it lacks.

    ``year`` is taken from the name of the source when it has one there, else 0. ``code_texts`` writes the texts of the
    codes into ``kodeverk``. ``prices`` is a price list whose DRG weights, trim points and weights per day go into the
    declarations. ``force`` replaces a former import that somebody has edited.
    """
    target = Path(out)
    result = read_tables(source, texts)
    if result.tables is None:
        return ImportResult(report=result.report, out=target)
    recorder = Recorder()
    place = None if into is None else year_of_regelverk(into, None if words is None else Path(words), recorder)
    priced, rows = _prices(prices, recorder)
    files: dict[str, str] = {}
    problem: Problem | None = None
    if not recorder.failed:
        if year is None:
            year = (place.number if place is not None else 0) or year_of(Path(source))
        files = emit(result.tables, recorder, name=name, year=year, prices=priced, code_texts=code_texts, into=place)
        if place is not None:
            try_join(place, target, files, recorder)
        problem = None if recorder.failed else write_folder(target, files, force=force)
    report = evolve(
        result.report,
        rows=(*result.report.rows, *rows),
        counts=(*result.report.counts, *recorder.counts()),
        problems=(*result.report.problems, *recorder.problems, *(() if problem is None else (problem,))),
    )
    written = () if problem is not None or recorder.failed or not files else (*sorted(files), MANIFEST)
    return ImportResult(report=report, out=target, files=written)


def _prices(
    source: Path | str | None, recorder: Recorder
) -> tuple[dict[str, Price] | None, tuple[tuple[str, int], ...]]:
    if source is None:
        return None, ()
    found, rows = read_price_list(Path(source), recorder, kind="DRG")
    return {price.code: price for price in found if price.kind == "DRG"}, rows


def year_of(source: Path) -> int:
    """The year in the name of a file or folder, else 0."""
    found = _YEAR.search(source.name)
    return int(found.group(1)) if found else 0


def emit(
    tables: Tables,
    recorder: Recorder,
    *,
    name: str = "NordDRG",
    year: int = 0,
    prices: Mapping[str, Price] | None = None,
    code_texts: bool = False,
    into: Year | None = None,
) -> dict[str, str]:
    """The text of a set: path in the folder → content. ``into`` is the regelverk that it is to be joined with."""
    words = ALONE if into is None else into.words
    kilde = passage(name, year)
    properties = gather(tables, recorder)
    groups = group_names(tables, recorder)
    for code in prices or ():
        if code not in groups:
            recorder.add("pris_uten_gruppe", f"«{code}»")
    local = local_codes(tables)
    files: dict[str, str] = {}
    if into is None:
        files["hode.isf"] = emit_head(isftext.writable(name), year, kilde)
        files |= emit_vocabulary(tables, properties, code_texts, kilde)
    else:
        files["kilder.isf"] = emit_passage(isftext.writable(name), year, kilde)
        if words.priced and prices is None:
            prices = {}
    declared = {} if into is None else dict(into.ruleset.drg)
    by_hdg = emit_groups(tables, properties, groups, local, prices, kilde, recorder, declared)
    for stem, declarations in sorted(by_hdg.items()):
        files |= split(stem, declarations)
    places: dict[str, list[str]] = {}
    for p in properties.all.values():
        places.setdefault(place(p), []).append(emit_property(p, properties, kilde, words))
    for stem in sorted(places):
        files |= split(stem, places[stem])
    lists, exclusions = emit_exclusions(tables, properties, kilde, recorder, words)
    files["komplikasjon.isf"] = emit_level(tables, properties, lists, kilde, words)
    excluded: dict[str, list[str]] = {}
    for category in sorted(exclusions):
        excluded.setdefault(isftext.plain_name(category[:2]).lower(), []).append(exclusions[category])
    for hdg in sorted(excluded):
        files |= split(f"utelukkelser/{hdg}", excluded[hdg])
    rules = emit_rules(tables, properties, groups, local, kilde, recorder, words)
    if into is not None:
        used = "".join((*rules.values(), files["komplikasjon.isf"]))
        files |= vocabulary(into, kilde, used, emit_hdgs(tables, properties), _codes(tables, properties, words))
        account_for(into, files, {p.name for p in properties.all.values()}, set(groups.values()), recorder)
    return files | rules


def _codes(tables: Tables, properties: Properties, words: Words) -> dict[str, list[str]]:
    """The code lines of properties and exclusions by the system they are written under."""
    found: dict[str, list[str]] = {}
    for p in properties.all.values():
        for lines, system_of in ((p.diagnoses, words.diagnosis_of), (p.procedures, words.procedure_of)):
            for line in lines:
                found.setdefault(system_of(line), []).append(line)
    for row in tables.compl_excl:
        excluded = isftext.pair(row.d_code, row.code) if row.d_code else isftext.code(row.code)
        if excluded is not None:
            found.setdefault(words.diagnosis_of(excluded), []).append(excluded)
    return found


def split(stem: str, declarations: Iterable[str]) -> dict[str, str]:
    """Declarations in files of at most ``MAX_LINES`` lines: ``stem.isf``, ``stem_2.isf`` …"""
    parts: list[list[str]] = [[]]
    lines = 0
    for declaration in declarations:
        size = declaration.count("\n") + 1
        if parts[-1] and lines + size > MAX_LINES:
            parts.append([])
            lines = 0
        parts[-1].append(declaration)
        lines += size
    return {
        f"{stem}.isf" if number == 1 else f"{stem}_{number}.isf": "\n".join(part)
        for number, part in enumerate(parts, 1)
    }
