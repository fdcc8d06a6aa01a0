"""What rests on assumed codes: records with a code that is assumed to be in an incomplete property or list."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from attrs import define, field

from isfdsl.columnar import ragged
from isfdsl.columnar.codes import any_of
from isfdsl.columnar.frame import Frame, Notes
from isfdsl.columnar.numbering import different
from isfdsl.columnar.plan import EpochPlan
from isfdsl.columnar.vectors import Array, Lists, Texts
from isfdsl.columnar.words import Value, Words
from isfdsl.program.codes import CodeSet
from isfdsl.program.epoch import Epoch

_NOTE = "antatt: koder i"


@define(eq=False)
class _Assumed:
    """The assumed codes of an epoch: ``notes`` and ``sets`` side by side.

    Which sets a code is in is asked once; ``several`` are all the answers, ``numbers`` their places. The first is none.
    """

    notes: tuple[str, ...]
    sets: tuple[CodeSet, ...]
    several: list[tuple[int, ...]] = field(factory=lambda: [()])
    numbers: dict[tuple[int, ...], int] = field(factory=lambda: {(): 0})
    _lock: threading.Lock = field(factory=threading.Lock)

    @classmethod
    def of(cls, epoch: Epoch) -> _Assumed:
        found = epoch.assumed_codes
        return cls(tuple(f"{_NOTE} {what} {name}" for what, name in found), tuple(found.values()))

    def table(self, words: Words) -> Array:
        """For each value which sets it is in, or is a pair with a code in: its place in ``several``."""
        return words.table_of(("assumed", id(self)), np.int32, self._numbered, keep=self)

    def _numbered(self, values: list[Value]) -> list[int]:
        return [self._number(value) for value in values]

    def _number(self, value: Value) -> int:
        codes = [c for c in ((value,) if isinstance(value, str) else value) if c is not None]
        own = tuple(i for i, wanted in enumerate(self.sets) if any(map(wanted.has_code, codes)))
        with self._lock:
            if own not in self.numbers:
                self.numbers[own] = len(self.several)
                self.several.append(own)
            return self.numbers[own]


def assumed_codes(plan: EpochPlan, f: Frame, post: str) -> list[tuple[str, Array]]:
    """Which rows have codes that are assumed to be in an incomplete property or list: (note, row numbers)."""
    assumed = plan.kept("assumed", lambda: _Assumed.of(plan.epoch))
    if not assumed.sets:
        return []
    rows, answers = [], []
    for x in plan.epoch.ruleset.poster[post].fields:
        if x.type.kind not in ("kode", "kodepar"):
            continue
        codes = f.columns[x.name.text]
        assert isinstance(codes, (Texts, Lists))
        table = assumed.table(codes.words)
        some = np.flatnonzero(any_of(codes, table > 0))
        own = codes.take(some)
        said = table[own.v if isinstance(own, Texts) else own.packed]
        at = np.flatnonzero(said)
        rows.append(some[at] if isinstance(own, Texts) else some[own.row_of[at]])
        answers.append(said[at])
    parts: dict[int, list[Array]] = {}
    for answer, mine in _apart(np.concatenate(answers), np.concatenate(rows)) if rows else ():
        for i in assumed.several[answer]:
            parts.setdefault(i, []).append(mine)
    return [(assumed.notes[i], different(np.concatenate(own), f.n)) for i, own in sorted(parts.items())]


@define(eq=False)
class OfContacts:
    """Which contacts rest on assumed codes: ``notes``, and for each contact which of them, at ``start`` in ``flat``."""

    notes: tuple[str, ...]
    start: Array
    size: Array
    flat: Array

    @classmethod
    def of(cls, notes: Sequence[tuple[Notes, Array]], n: int) -> OfContacts:
        """From notes (on stays, on hits), each with the contact of every row (-1: none), among so many contacts."""
        found: dict[str, list[Array]] = {}
        for some, contact in notes:
            for text, parts in some.found.items():
                if text.startswith(_NOTE):
                    found.setdefault(text, []).extend(contact[part] for part in parts)
        rows, which = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for i, parts in enumerate(found.values()):
            own = np.concatenate(parts)
            own = different(own[own >= 0], n)
            rows.append(own)
            which.append(np.full(len(own), i))
        row = np.concatenate(rows)
        size = np.bincount(row, minlength=n)
        return cls(tuple(found), np.cumsum(size) - size, size, np.concatenate(which)[np.argsort(row, kind="stable")])

    def add(self, notes: Notes, contact: Array, course: Array, courses: int) -> None:
        """Note on some courses what their contacts rest on: ``contact`` and ``course`` are those of each member."""
        size = self.size[contact]
        which = ragged.gathered(self.start[contact], size, self.flat, int(size.sum()))
        for i, own in _apart(which, np.repeat(course, size)):
            notes.add(self.notes[i], different(own, courses))


def _apart(number: Array, rows: Array) -> list[tuple[int, Array]]:
    """The rows of each number that occurs."""
    few = len(number) == 0 or int(number.max()) < 1 << 16  # NumPy sorts 16 bits by counting
    order = np.argsort(number.astype(np.uint16) if few else number, kind="stable")
    size = np.bincount(number) if len(number) else np.zeros(0, np.int64)
    some = np.flatnonzero(size)
    return list(zip(some.tolist(), np.split(rows[order], np.cumsum(size[some])[:-1]), strict=True)) if len(some) else []


__all__ = ["OfContacts", "assumed_codes"]
