"""Who has which number, over all files of a run."""

from __future__ import annotations

from array import array

from isfdsl.records.readers.npr.structure import MOST_REMEMBERED


class PatientBook:
    """Who has which number, over all files of a run: a number at two institutions must be the same person.

    A table of 16 bytes a place, at most half full: a national year has a million patients and more. Two numbers with
    the same 64-bit hash would pass for one, which costs a needless warning.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.clashes = 0
        self._count = 0
        self._places: dict[str, int] = {}
        self._facts: dict[tuple[str | None, ...], int] = {}
        self._size = 1 << 10
        self._hashes = array("Q", bytes(8 * self._size))
        self._values = array("Q", bytes(8 * self._size))

    def met(self, number: str, institution: str, facts: tuple[str | None, ...]) -> None:
        """A patient of an institution."""
        place = self._places.setdefault(institution, len(self._places) + 1)
        own = place << 32 | self._facts.setdefault(facts, len(self._facts))
        mark = hash(number) & 0xFFFF_FFFF_FFFF_FFFF
        at = self._find(mark)
        before = self._values[at]
        if before:
            if before >> 32 != place and before & 0xFFFF_FFFF != own & 0xFFFF_FFFF:
                self.clashes += 1
        elif self._count < self.most and len(self._facts) < MOST_REMEMBERED:
            self._hashes[at], self._values[at] = mark, own
            self._count += 1
            if 2 * self._count > self._size:
                self._grow()

    def _find(self, mark: int) -> int:
        """Where a hash stands, or the free place for it."""
        last = self._size - 1
        at = mark & last
        while self._values[at] and self._hashes[at] != mark:
            at = at + 1 & last
        return at

    def _grow(self) -> None:
        old = zip(self._hashes, self._values, strict=True)
        self._size *= 2
        self._hashes, self._values = array("Q", bytes(8 * self._size)), array("Q", bytes(8 * self._size))
        for mark, value in old:
            if value:
                at = self._find(mark)
                self._hashes[at], self._values[at] = mark, value
