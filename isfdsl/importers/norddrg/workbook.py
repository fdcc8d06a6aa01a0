"""An Excel workbook → raw tables."""

from __future__ import annotations

from pathlib import Path

from isfdsl.diagnostics.import_tables import MissingColumn
from isfdsl.importers.books import UNPACKED_LIMIT, Rows, read_book
from isfdsl.importers.norddrg import columns
from isfdsl.importers.norddrg.raw import HEADING_WITHIN, RawTable
from isfdsl.importers.report import Recorder
from isfdsl.importers.texts import Cleaner


def read_workbook(path: Path, recorder: Recorder, limit: int = UNPACKED_LIMIT) -> list[RawTable]:
    """Every known sheet of a workbook; problems are recorded."""
    raws: list[RawTable] = []

    def each(title: str, rows: Rows) -> None:
        name = columns.stem(title)
        if not any(name in names for names in (*columns.TABLE_NAMES.values(), columns.TEXT_TABLES)):
            recorder.add("ukjent_fil", f"{path.name}#{title}")
            return
        raw = _sheet(rows, name, f"{path.name}#{title}", Cleaner(recorder))
        if raw is not None:
            raws.append(raw)

    # Formulas as text: «=08M41» is a legal cell, and openpyxl takes it for one.
    read_book(path, recorder, each, computed=False, limit=limit)
    return raws


def _sheet(source: Rows, name: str, file: str, cleaner: Cleaner) -> RawTable | None:
    headings: tuple[str, ...] = ()
    rows: list[tuple[int, tuple[object, ...]]] = []
    for number, cells in enumerate(source(), 1):
        if headings:
            rows.append((number, cells))
            continue
        names = [columns.heading(cell) if isinstance(cell, str) else "" for cell in cells]
        if sum(columns.known(found) for found in names) >= 2:
            headings = tuple(
                columns.heading(cleaner.clean(cell, file, number)) if isinstance(cell, str) else "" for cell in cells
            )
        elif number >= HEADING_WITHIN:
            break
    if not headings:
        table = next((t for t, names_of in columns.TABLE_NAMES.items() if name in names_of), None)
        if table is not None and name not in columns.TEXT_TABLES:
            cleaner.recorder.problem(MissingColumn(file=file, row=1, names=columns.COLUMNS[table][0].headings))
        return None
    return RawTable(name, file, headings, rows)
