"""Raw tables, as the three readers hand them over: headings and rows of cells, nothing understood yet."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import define, field, frozen

from isfdsl.importers.norddrg.report import Recorder

HEADING_WITHIN = 20
"""A heading stands within so many rows from the top; titles may stand above it."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\ufeff]")


@frozen
class RawTable:
    """One file, sheet or key: its compared name, its shown name, headings, and (row number, cells)."""

    name: str
    file: str
    headings: tuple[str, ...]
    rows: Sequence[tuple[int, Sequence[object]]] = field(repr=False)


@define
class Cleaner:
    """Takes blanks and control characters out of values, and counts what it took."""

    recorder: Recorder

    def clean(self, value: str, file: str, row: int) -> str:
        """The value without control characters and without blanks around it."""
        if value.isalnum() or not value:
            return value
        if not value.isprintable() and _CONTROL.search(value):
            self.recorder.add("styretegn", f"{file}, rad {row}", len(_CONTROL.findall(value)))
            return _CONTROL.sub(" ", value).strip()
        stripped = value.strip()
        if len(stripped) != len(value):
            self.recorder.add("blanke_rundt", f"{file}, rad {row}: «{value}»")
        return stripped
