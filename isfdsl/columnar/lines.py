"""Some lines of a text file."""

from __future__ import annotations

from attrs import frozen


@frozen
class Lines:
    """The lines from byte ``start`` up to byte ``end``, with so many lines ``before`` them (below the heading)."""

    start: int
    end: int
    before: int


__all__ = ["Lines"]
