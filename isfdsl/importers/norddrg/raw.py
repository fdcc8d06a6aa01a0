"""Raw tables, as the three readers hand them over: headings and rows of cells, nothing understood yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import field, frozen

from isfdsl.diagnostics.importing import FileTooLarge
from isfdsl.importers.report import Recorder

HEADING_WITHIN = 20
"""A heading stands within so many rows from the top; titles may stand above it."""

FILE_LIMIT = 128 * 1024 * 1024
"""The JSON of a national year is some 15 to 30 MiB, all other forms are smaller; a file is held in memory whole."""


def too_large(path: Path, recorder: Recorder) -> bool:
    """Whether a file is larger than any table set, which is then recorded. Raises ``OSError``."""
    size = path.stat().st_size
    if size > FILE_LIMIT:
        recorder.problem(FileTooLarge(file=path.name, size=size, limit=FILE_LIMIT))
    return size > FILE_LIMIT


@frozen
class RawTable:
    """One file, sheet or key: its compared name, its shown name, headings, and (row number, cells)."""

    name: str
    file: str
    headings: tuple[str, ...]
    rows: Sequence[tuple[int, Sequence[object]]] = field(repr=False)
