"""Rows under evaluation: the columns of some records, all read by the rules of one epoch."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import numpy as np
from attrs import define, field

from isfdsl.columnar.store import Columns
from isfdsl.columnar.vectors import Array, Days, Nums, Texts, Vec, missing_like, nowhere
from isfdsl.syntax import ast

Rows = Array | None
"""Which rows of a frame are asked about, by number and in order; ``None``: all."""


@define(eq=False, slots=False)
class Notes:
    """What was unknown or assumed, and in which rows it was read. Rows may come twice."""

    found: dict[str, list[Array]] = field(factory=dict)

    def add(self, text: str, rows: Array) -> None:
        """A note about some rows."""
        if len(rows):
            self.found.setdefault(text, []).append(rows)

    def add_all(self, other: Notes, rows: Array | None = None) -> None:
        """The notes of another, whose row i is ``rows[i]`` here."""
        for text, parts in other.found.items():
            for part in parts:
                self.add(text, part if rows is None else rows[part])

    def moved(self, rows: Array, n: int) -> Notes:
        """The notes of the rows ``rows`` among so many, by their new places."""
        if not self.found:
            return self
        place = np.full(n, -1, np.int64)
        place[rows] = np.arange(len(rows))
        out = Notes()
        for text, parts in self.found.items():
            for part in parts:
                own = place[part]
                out.add(text, own[own >= 0])
        return out

    def only(self, keep: Array) -> Notes:
        """The notes of the rows that ``keep`` says True of."""
        out = Notes()
        for text, parts in self.found.items():
            for part in parts:
                out.add(text, part[keep[part]])
        return out


@define(eq=False, slots=False)
class Frame:
    """``n`` rows about ``subject``. ``columns`` has every field by name.

    ``group`` is what each row was grouped to (-1: nothing) and ``kind`` what sort of group that is. ``notes`` gathers
    what was unknown or assumed while values were computed; ``None``: nobody asks.
    """

    subject: str
    n: int
    columns: Mapping[str, Vec]
    kind: ast.GroupKind | None = None
    group: Texts | None = None
    points: Nums | None = None
    notes: Notes | None = None
    memo: dict[Hashable, Any] = field(factory=dict)

    def rows(self, rows: Rows) -> Array:
        """The numbers of the rows asked about."""
        if rows is not None:
            return rows
        if "rows" not in self.memo:
            self.memo["rows"] = np.arange(self.n)
        found: Array = self.memo["rows"]
        return found

    def count(self, rows: Rows) -> int:
        """How many rows are asked about."""
        return self.n if rows is None else len(rows)

    def column(self, name: str, rows: Rows) -> Vec:
        """The values of a field; a field of another post is missing."""
        if name not in self.columns:
            return missing_like(None, self.count(rows))
        found = self.columns[name]
        return found if rows is None else found.take(rows)

    def days(self, name: str | None) -> Days:
        """The calendar day in a field of every row; missing where there is no such field, or it holds no days."""
        value = self.columns[name] if name is not None and name in self.columns else None
        return Days(value.days, value.present) if isinstance(value, Days) else nowhere(self.n)

    def keep(self, key: Hashable, rows: Rows, find: Callable[[Frame, Rows], Any]) -> Any:
        """What ``find`` says of all rows, found once; for a few rows of a large frame it is found for them alone.

        The answer is a Vec or an Array. Only for what leaves no notes and never changes while the work goes on.
        """
        if key not in self.memo:
            if rows is not None and len(rows) * 8 < self.n:
                return find(self, rows)
            self.memo[key] = find(self, None)
        found = self.memo[key]
        if rows is None:
            return found
        return found[rows] if isinstance(found, np.ndarray) else found.take(rows)

    def take(self, rows: Array) -> Frame:
        """Some of the rows as a frame of their own, with nothing remembered."""
        return Frame(
            self.subject,
            len(rows),
            Columns(list(self.columns), lambda name: self.columns[name].take(rows)),
            self.kind,
            None if self.group is None else self.group.take(rows),
            None if self.points is None else self.points.take(rows),
        )

    def note(self, text: str, rows: Rows) -> None:
        """Remember that something unknown or assumed was read for some rows."""
        if self.notes is not None:
            self.notes.add(text, self.rows(rows))
