"""Simple lists (price lists, code systems) from CSV or Excel: headings by name, cells as text, rows with place."""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from attrs import frozen

from isfdsl.diagnostics.import_tables import DuplicateColumn, EmptyTable, MissingColumn, ShiftedRow
from isfdsl.diagnostics.importing import FileTooLarge, NothingToImport, TruncatedFile, UnreadableFile
from isfdsl.diagnostics.os_errors import reason_of
from isfdsl.importers.books import Rows, read_book
from isfdsl.importers.report import Recorder
from isfdsl.importers.texts import SEPARATORS, Cleaner, csv_reason, csv_rows, decode, long_line

HEADING_WITHIN = 20
SIZE_LIMIT = 256 * 1024 * 1024
_BOOKS = (".xlsx", ".xlsm", ".xls")
_TEXTS = (".csv", ".txt", ".tsv")

Aliases = Mapping[str, tuple[str, ...]]
"""Column → the headings it is known by, as ``heading`` gives them."""


@frozen
class Line:
    """One row: column → text (every wanted column, empty when missing), with its place."""

    values: Mapping[str, str]
    file: str
    row: int


@frozen
class Sheet:
    """One file or sheet: its name, the columns found, and its rows."""

    title: str
    file: str
    columns: tuple[str, ...]
    headings: Mapping[str, str]
    lines: tuple[Line, ...]


def heading(text: str) -> str:
    """A heading as it is compared: lower case, without parentheses and a year at the end, blanks and signs as ``_``."""
    cut = re.sub(r"\(.*?\)", "", text).strip().lower()
    cut = re.sub(r"[^0-9a-zæøåäö]+", "_", cut).strip("_")
    return re.sub(r"_?(?:19|20)[0-9]{2}$", "", cut)


def read_sheets(path: Path, aliases: Aliases, required: tuple[str, ...], recorder: Recorder) -> tuple[Sheet, ...]:
    """Every sheet with the required columns; a source without one is a problem."""
    try:
        if not path.is_file():
            reason = "det er en mappe" if path.is_dir() else "finnes ikke"
            recorder.problem(NothingToImport(file=str(path), reason=reason))
            return ()
        size = path.stat().st_size
        if size > SIZE_LIMIT:
            recorder.problem(FileTooLarge(file=path.name, size=size, limit=SIZE_LIMIT))
            return ()
        suffix = path.suffix.lower()
        if suffix in _BOOKS:
            grids = _book(path, recorder)
        elif suffix in _TEXTS:
            grids = [(path.stem, path.name, _csv(path, aliases, recorder))]
        else:
            recorder.problem(NothingToImport(file=str(path), reason="ukjent filtype"))
            return ()
    except OSError as error:
        recorder.problem(UnreadableFile(file=str(path), reason=reason_of(error), hint="kontroller tilgangen"))
        return ()
    if recorder.failed:
        return ()
    sheets = [s for title, file, grid in grids if (s := _sheet(title, file, grid, aliases, required, recorder))]
    if not sheets and not recorder.failed:
        _no_heading(path, grids, aliases, required, recorder)
    return tuple(sheets)


Grid = list[tuple[int, list[str]]]


def _book(path: Path, recorder: Recorder) -> list[tuple[str, str, Grid]]:
    grids: list[tuple[str, str, Grid]] = []

    def each(title: str, rows: Rows) -> None:
        file = f"{path.name}#{title}"
        cleaner = Cleaner(recorder)
        grid = [(n, [cleaner.clean(_text(c), file, n) for c in cells]) for n, cells in enumerate(rows(), 1)]
        grids.append((title, file, grid))

    read_book(path, recorder, each, computed=True)
    return grids


def _text(value: object) -> str:
    """A cell as text: whole numbers without decimals, other numbers exactly as the sheet shows them, days as ISO."""
    match value:
        case None:
            return ""
        case bool():
            return "ja" if value else "nei"
        case float() if math.isfinite(value):
            exact = Decimal(repr(value))
            return format(exact.to_integral_value() if exact == exact.to_integral_value() else exact, "f")
        case dt.datetime():
            return value.date().isoformat()
        case dt.date():
            return value.isoformat()
        case _:
            return str(value)


def _csv(path: Path, aliases: Aliases, recorder: Recorder) -> Grid:
    decoded = decode(path.read_bytes(), path.name, recorder)
    if decoded is None:
        return []
    text = decoded.replace("\r\n", "\n").replace("\r", "\n")
    if long_line(text, path.name, recorder):
        return []
    known = {alias for names in aliases.values() for alias in names}

    def score(separator: str) -> int:
        lines = text.split("\n", HEADING_WITHIN)[:HEADING_WITHIN]
        return max((sum(heading(c.strip('"')) in known for c in line.split(separator)) for line in lines), default=0)

    separator = max(SEPARATORS, key=score)
    cleaner = Cleaner(recorder)
    grid: Grid = []
    last = len(text) if text.endswith("\n") else text.count("\n") + 1  # the line without an end
    reader = csv_rows(text, separator)
    before = 0
    try:
        for cells in reader:
            number, before = before + 1, reader.line_num
            cut = grid and before >= last and (0 < len(cells) < len(grid[-1][1]) or _unclosed(text, number))
            if cut:
                recorder.problem(TruncatedFile(file=path.name, row=number))
            grid.append((number, [cleaner.clean(cell, path.name, number) for cell in cells]))
    except csv.Error as error:
        recorder.problem(UnreadableFile(file=path.name, row=before + 1, reason=csv_reason(error)))
    return grid


def _unclosed(text: str, number: int) -> bool:
    """Whether the row that begins on a line, the last one, has a quotation mark without an end."""
    at = 0
    for _ in range(number - 1):
        at = text.index("\n", at) + 1
    return text.count('"', at) % 2 == 1


def _sheet(
    title: str, file: str, grid: Grid, aliases: Aliases, required: tuple[str, ...], recorder: Recorder
) -> Sheet | None:
    start = next((at for at, (_, cells) in enumerate(grid[:HEADING_WITHIN]) if _fits(cells, aliases, required)), None)
    if start is None:
        recorder.add("ukjent_fil", file)
        return None
    headings = [heading(cell) for cell in grid[start][1]]
    places: dict[str, int] = {}
    for column, names in aliases.items():
        hits = [at for name in names for at, found in enumerate(headings) if found == name]
        if len(hits) > 1 and headings[hits[0]] == headings[hits[1]]:
            recorder.problem(DuplicateColumn(file=file, row=grid[start][0], column=grid[start][1][hits[0]]))
            return None
        if hits:
            places[column] = hits[0]
    for at, found in enumerate(headings):
        if found and at not in places.values():
            recorder.add("ukjent_kolonne", f"{file}: {grid[start][1][at]}")
    lines = tuple(_lines(grid[start + 1 :], places, aliases, len(headings), file, recorder))
    if not lines and not recorder.failed:
        recorder.problem(EmptyTable(file=file))
    shown = {column: grid[start][1][at] for column, at in places.items()}
    return Sheet(title, file, tuple(places), shown, lines)


def _lines(
    grid: Grid, places: Mapping[str, int], aliases: Aliases, width: int, file: str, recorder: Recorder
) -> Iterator[Line]:
    for number, cells in grid:
        if not any(cells):
            recorder.add("tom_rad", f"{file}, rad {number}")
            continue
        if any(cells[width:]):
            recorder.problem(ShiftedRow(file=file, row=number, found=len(cells), expected=width))
            continue
        if len(cells) < width:
            recorder.add("kort_rad", f"{file}, rad {number}")
        values = {c: cells[places[c]] if c in places and places[c] < len(cells) else "" for c in aliases}
        yield Line(values, file, number)


def _fits(cells: list[str], aliases: Aliases, required: tuple[str, ...]) -> bool:
    found = {heading(cell) for cell in cells}
    return all(found & set(aliases[column]) for column in required)


def _no_heading(
    path: Path,
    grids: list[tuple[str, str, Grid]],
    aliases: Aliases,
    required: tuple[str, ...],
    recorder: Recorder,
) -> None:
    """Name the first required column that no row among the first has, with the heading that looks most like it."""
    rows = [cells for _, _, grid in grids for _, cells in grid[:HEADING_WITHIN] if any(cells)]
    found = {heading(cell): cell for cells in rows for cell in cells if cell}
    missing = next((c for c in required if not set(found) & set(aliases[c])), required[0])
    close = next(
        (m for name in aliases[missing] for m in difflib.get_close_matches(name, found, n=1, cutoff=0.7)), None
    )
    file = grids[0][1] if len(grids) == 1 else path.name
    recorder.problem(MissingColumn(file=file, names=aliases[missing], nearest=found[close] if close else None))
