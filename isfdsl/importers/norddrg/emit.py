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
    emit_head,
    emit_vocabulary,
    group_names,
    local_codes,
    passage,
)
from isfdsl.importers.norddrg.properties import gather
from isfdsl.importers.norddrg.read import read_tables
from isfdsl.importers.norddrg.tables import Tables
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
) -> ImportResult:
    """Read a definition set and write it as the folder ``out``, whole or not at all.

    ``year`` is taken from the name of the source when it has one there, else 0. ``code_texts`` writes the texts of the
    codes into ``kodeverk``. ``prices`` is a price list whose DRG weights, trim points and weights per day go into the
    declarations. ``force`` replaces a former import that somebody has edited.
    """
    target = Path(out)
    result = read_tables(source)
    if result.tables is None:
        return ImportResult(report=result.report, out=target)
    recorder = Recorder()
    priced, rows = _prices(prices, recorder)
    files: dict[str, str] = {}
    problem: Problem | None = None
    if not recorder.failed:
        year = year_of(Path(source)) if year is None else year
        files = emit(result.tables, recorder, name=name, year=year, prices=priced, code_texts=code_texts)
        problem = write_folder(target, files, force=force)
    report = evolve(
        result.report,
        rows=(*result.report.rows, *rows),
        counts=(*result.report.counts, *recorder.counts()),
        problems=(*result.report.problems, *recorder.problems, *(() if problem is None else (problem,))),
    )
    written = () if problem is not None or not files else (*sorted(files), MANIFEST)
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
) -> dict[str, str]:
    """The text of a set: path in the folder → content."""
    kilde = passage(name, year)
    properties = gather(tables, recorder)
    groups = group_names(tables, recorder)
    for code in prices or ():
        if code not in groups:
            recorder.add("pris_uten_gruppe", f"«{code}»")
    local = local_codes(tables)
    files = {
        "hode.isf": emit_head(isftext.writable(name), year, kilde),
        **emit_vocabulary(tables, properties, code_texts, kilde),
    }
    for stem, declarations in sorted(emit_groups(tables, properties, groups, local, prices, kilde, recorder).items()):
        files |= split(stem, declarations)
    places: dict[str, list[str]] = {}
    for p in properties.all.values():
        places.setdefault(place(p), []).append(emit_property(p, properties, kilde))
    for stem in sorted(places):
        files |= split(stem, places[stem])
    lists, exclusions = emit_exclusions(tables, properties, kilde, recorder)
    files["komplikasjon.isf"] = emit_level(tables, properties, lists, kilde)
    by_hdg: dict[str, list[str]] = {}
    for category in sorted(exclusions):
        by_hdg.setdefault(isftext.plain_name(category[:2]).lower(), []).append(exclusions[category])
    for hdg in sorted(by_hdg):
        files |= split(f"utelukkelser/{hdg}", by_hdg[hdg])
    files |= emit_rules(tables, properties, groups, local, kilde, recorder)
    return files


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
