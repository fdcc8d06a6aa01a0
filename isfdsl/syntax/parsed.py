"""What reading a text gives. Apart from ``parse``, so that what was read before is had again without a parser."""

from __future__ import annotations

from attrs import frozen

from isfdsl.diagnostics.base import Problem
from isfdsl.source import Source
from isfdsl.syntax import ast


@frozen
class Comment:
    """A comment with its ``#``, where it stands."""

    text: str
    start: int
    end: int


@frozen
class Parsed:
    """One text: its source (as normalised for reading), tree, comments in order, and problems."""

    source: Source
    file: ast.File
    comments: tuple[Comment, ...]
    problems: tuple[Problem, ...]


__all__ = ["Comment", "Parsed"]
