"""CSV: separator ``,`` ``;`` or tab found from the header; a list is values separated by blanks."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from operator import itemgetter
from pathlib import Path

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.record_files import BrokenCsv, CutInRow, EmptyFile
from isfdsl.diagnostics.records import RowWidth
from isfdsl.records.faults import FieldFault, FileFault
from isfdsl.records.readers.columns import clean, place_columns
from isfdsl.records.readers.text import MAX_LINE, Lines, open_text
from isfdsl.records.schema import RecordSchema
from isfdsl.records.validate import Row

SEPARATORS = (",", ";", "\t")


def rows(path: Path, fil: str, schema: RecordSchema, problems: list[Problem]) -> Iterator[tuple[int, Row]]:
    """Line number and raw texts of each record. Raises ``FileFault`` when the file cannot be read on."""
    csv.field_size_limit(MAX_LINE)  # of the module: a field may be as long as a line
    with open_text(path, fil) as text:
        lines = Lines(text, fil)
        skipped = 0
        header = next(lines, "")
        while header and not header.strip():
            skipped += 1
            header = next(lines, "")
        if not header:
            raise FileFault(EmptyFile(fil=fil))
        reader = csv.reader(chain([header], lines), delimiter=separator(header, schema), strict=True)
        before = 0
        try:
            names = next(reader)
            places, found = place_columns(names, schema, fil, heading=True)
            if found:
                raise FileFault(*found)
            width = len(names)
            pick = _picker(places, width)
            before = reader.line_num
            for row in reader:
                number, before = before + 1 + skipped, reader.line_num
                if len(row) == width:
                    row.append("")
                    yield number, pick(row)
                elif row:
                    if lines.unended and len(row) < width:
                        raise FileFault(CutInRow(fil=fil, linje=number))
                    yield number, FieldFault(RowWidth, antall=len(row), ventet=width)
        except csv.Error:
            raise FileFault(BrokenCsv(fil=fil, linje=before + 1 + skipped)) from None


def separator(header: str, schema: RecordSchema) -> str:
    """The separator that gives the most known column names, then the most columns."""
    spellings = schema.spellings()

    def score(mark: str) -> tuple[int, int]:
        try:
            names = next(csv.reader([header], delimiter=mark), [])
        except csv.Error:
            return 0, 0
        return sum(clean(n) in spellings for n in names), len(names)

    return max(SEPARATORS, key=score)


def _picker(places: tuple[int | None, ...], width: int) -> Callable[[list[str]], Sequence[object]]:
    """A row (with an empty text added at ``width``) to the fields' texts, in C."""
    at = [width if place is None else place for place in places]
    if len(at) > 1:
        return itemgetter(*at)
    return lambda row: [row[i] for i in at]
