"""CSV files → raw tables: separator, character set and line ends are found, not assumed."""

from __future__ import annotations

import csv
from pathlib import Path

from isfdsl.diagnostics.import_tables import MissingColumn, NoLineEnd, ShiftedRow
from isfdsl.diagnostics.importing import TruncatedFile, UnreadableFile
from isfdsl.importers.norddrg import columns
from isfdsl.importers.norddrg.raw import HEADING_WITHIN, RawTable, too_large
from isfdsl.importers.report import Recorder
from isfdsl.importers.texts import SEPARATORS, Cleaner, csv_reason, csv_rows, decode, long_line

_MAX_LINES_IN_CELL = 20


def _lines(text: str, file: str, recorder: Recorder) -> str:
    """Every line end as a line feed; a lone carriage return within a line is a control character."""
    text = text.replace("\r\n", "\n")
    if "\r" in text:
        if "\n" in text:
            recorder.add("styretegn", file, text.count("\r"))
            return text.replace("\r", " ")
        return text.replace("\r", "\n")
    return text


def _heading(text: str) -> tuple[str, int] | None:
    """Separator and line index of the heading: the split with most known names among the first lines."""
    best: tuple[int, str, int] | None = None
    start = 0
    for index in range(HEADING_WITHIN):
        end = text.find("\n", start)
        line = text[start:] if end < 0 else text[start:end]
        for separator in SEPARATORS:
            names = [columns.heading(name.strip().strip('"')) for name in line.split(separator)]
            found = sum(columns.known(name) for name in names)
            if found >= 2 and (best is None or found > best[0]):
                best = (found, separator, index)
        if end < 0:
            break
        start = end + 1
    return None if best is None else (best[1], best[2])


def read_csv(path: Path, recorder: Recorder) -> RawTable | None:
    """One CSV file as a raw table; ``None`` when there is no table in it (the reason is recorded)."""
    file = path.name
    name = columns.stem(path.stem)
    if too_large(path, recorder):
        return None
    decoded = decode(path.read_bytes(), file, recorder)
    if decoded is None:
        return None
    text = _lines(decoded, file, recorder)
    if long_line(text, file, recorder):
        return None
    found = _heading(text)
    if found is None:
        first = next((t for t, names in columns.TABLE_NAMES.items() if name in names), None)
        wanted = columns.COLUMNS[first][0].headings if first else ("code",)
        recorder.problem(MissingColumn(file=file, row=1, names=wanted))
        return None
    separator, skip = found
    cleaner = Cleaner(recorder)
    rows: list[tuple[int, list[str]]] = []
    headings: tuple[str, ...] = ()
    reader = csv_rows(text, separator)
    before = 0
    last = len(text) if text.endswith("\n") else text.count("\n")  # the line without an end
    width = 0
    try:
        for cells in reader:
            number, before = before + 1, reader.line_num
            if number <= skip:
                continue
            if not headings:
                headings = tuple(columns.heading(cleaner.clean(cell, file, number)) for cell in cells)
                width = len(headings)
                continue
            if len(cells) != width:
                if not any(cell.strip() for cell in cells):
                    recorder.add("tom_rad", f"{file}, rad {number}")
                    continue
                if len(cells) > width:
                    if columns.table_of(name, headings) is None:
                        recorder.add("delt_tekst", f"{file}, rad {number}")
                        cells = [*cells[: width - 1], separator.join(cells[width - 1 :])]
                    elif any(cell.strip() for cell in cells[width:]):
                        recorder.problem(ShiftedRow(file=file, row=number, found=len(cells), expected=width))
                else:
                    if before >= last:
                        recorder.problem(TruncatedFile(file=file, row=number))
                    recorder.add("kort_rad", f"{file}, rad {number}")
                    cells = cells + [""] * (width - len(cells))
            if before - number > _MAX_LINES_IN_CELL:
                reason = f"et anførselstegn i rad {number} har ingen ende"
                recorder.problem(UnreadableFile(file=file, row=number, reason=reason))
                return None
            rows.append((number, cells))
    except csv.Error as error:
        recorder.problem(UnreadableFile(file=file, row=before + 1, reason=csv_reason(error)))
        return None
    if rows and not text.endswith("\n"):
        _doubt_last(name, file, headings, rows, recorder)
    return RawTable(name, file, headings, rows)


def _doubt_last(
    name: str, file: str, headings: tuple[str, ...], rows: list[tuple[int, list[str]]], recorder: Recorder
) -> None:
    """Say that the last cell may be cut, when no other row has it.

    A row with too few cells has been refused. Of one that has them all, nobody can tell, and a whole file may well
    end so.
    """
    number, cells = rows[-1]
    last = cells[-1].strip()
    if len(cells) != len(headings) or not last or columns.table_of(name, headings) is None:
        return
    if all(len(row) != len(cells) or row[-1].strip() != last for _, row in rows[:-1]):
        recorder.problem(NoLineEnd(file=file, row=number, last=last))
