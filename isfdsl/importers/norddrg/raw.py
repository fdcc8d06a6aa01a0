"""Raw tables, as the three readers hand them over: headings and rows of cells, nothing understood yet."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import field, frozen

HEADING_WITHIN = 20
"""A heading stands within so many rows from the top; titles may stand above it."""


@frozen
class RawTable:
    """One file, sheet or key: its compared name, its shown name, headings, and (row number, cells)."""

    name: str
    file: str
    headings: tuple[str, ...]
    rows: Sequence[tuple[int, Sequence[object]]] = field(repr=False)
