"""Where text comes from and where in it something stands.

Offsets are code points in the text as the parser saw it. Line, column and UTF-16 are derived here and nowhere
else.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from attrs import field, frozen


class Span(NamedTuple):
    """A stretch of one source: ``start`` inclusive and ``end`` exclusive, in code points.

    ``source`` is the name of the file as it is shown to the user.
    """

    source: str
    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of ``other``."""
        return Span(self.source, self.start, other.end)


@frozen
class Position:
    """A place for a person (``line``, ``column``, from 1) or an editor (``utf16``, from 0 in its line)."""

    line: int
    column: int
    utf16: int


def _line_starts(text: str) -> tuple[int, ...]:
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return tuple(starts)


@frozen
class Source:
    """One text with its shown name."""

    name: str
    text: str = field(repr=False)
    _starts: tuple[int, ...] = field(init=False, repr=False, eq=False)

    @_starts.default
    def _compute_starts(self) -> tuple[int, ...]:
        return _line_starts(self.text)

    def position(self, offset: int) -> Position:
        """Line, column and UTF-16 column of ``offset``; offsets past the end give the end."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self._starts, offset) - 1
        start = self._starts[line]
        before = self.text[start:offset]
        return Position(line + 1, len(before) + 1, len(before.encode("utf-16-le", "surrogatepass")) // 2)

    def line(self, number: int) -> str:
        """The text of line ``number`` (from 1), without its line end; empty past the last line."""
        if not 1 <= number <= len(self._starts):
            return ""
        start = self._starts[number - 1]
        end = self._starts[number] - 1 if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r")
