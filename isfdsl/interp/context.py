"""One record under evaluation."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, TypeVar

from isfdsl.values import Number, as_day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from isfdsl.interp.machine import Machine
    from isfdsl.syntax import ast

T = TypeVar("T")


class Ctx:
    """A record, a stay, a særtjeneste or a course, with what has been found out about it.

    ``values`` maps field names to values (missing ``None``, lists tuples). ``subject`` is what it is; ``group`` what
    it was grouped to. ``notes`` gathers what was unknown or assumed while values were computed. ``busy`` are the
    properties of which it is being settled what they count as.
    """

    __slots__ = ("busy", "group", "group_kind", "machine", "memo", "notes", "points", "record_id", "subject", "values")

    def __init__(self, machine: Machine, subject: str, values: Mapping[str, Any], record_id: str) -> None:
        self.machine = machine
        self.subject = subject
        self.values = values
        self.record_id = record_id
        self.memo: dict[Any, Any] = {}
        self.busy: set[str] = set()
        self.notes: dict[str, None] = {}
        self.group: str | None = None
        self.group_kind: ast.GroupKind | None = None
        self.points: Number | None = None

    def noted(self, find: Callable[[Ctx], T]) -> tuple[T, dict[str, None]]:
        """What ``find`` says, and the notes it leaves, which are not left here."""
        before, self.notes = self.notes, {}
        found = find(self)
        notes, self.notes = self.notes, before
        return found, notes

    def keep(self, key: Any, find: Callable[[Ctx], Any]) -> Any:
        """What ``find`` says, found once; the notes it leaves are left again each time."""
        if self.busy or key not in self.memo:
            found, notes = self.noted(find)
            self.notes.update(notes)
            self.remember(key, (found, notes))
            return found
        value, notes = self.memo[key]
        if notes:
            self.notes.update(notes)
        return value

    def remember(self, key: Any, value: Any) -> Any:
        """Keep what has been found, unless it was found half-way through settling what properties count as."""
        if not self.busy:
            self.memo[key] = value
        return value

    def note(self, text: str) -> None:
        """Remember that something unknown or assumed was read."""
        self.notes[text] = None

    def day(self, field: str | None) -> dt.date | None:
        """The calendar day in a field."""
        if field is None:
            return None
        value = self.values.get(field)
        return as_day(value) if isinstance(value, dt.date) else None


class Pair:
    """Two neighbouring records, for ``samles når``."""

    __slots__ = ("forrige", "neste")

    def __init__(self, forrige: Ctx, neste: Ctx) -> None:
        self.forrige = forrige
        self.neste = neste
