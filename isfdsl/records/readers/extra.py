"""The seam for formats that decide themselves which `post` a row is: NPR message XML, NordDRG strings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from attrs import frozen

from isfdsl.diagnostics.base import Problem


@frozen
class Aside:
    """A row the format itself cannot make sense of; becomes a reject.

    ``nokkel`` is its key when it can be read.
    """

    problem: Problem
    nokkel: str | None = None


ExtraRow = tuple[str, int, Mapping[str, object] | Aside]
"""Post, row number, and field values as in JSON lines (a kodepar may be a tuple of two) or why not."""

ExtraReader = Callable[[Path, str], Iterator[ExtraRow]]
"""``(path, shown name)`` → rows. May raise ``FileFault`` and ``OSError``."""
