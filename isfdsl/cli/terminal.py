"""What a person sees: encoding, colour, width, progress, tables and numbers."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal, TextIO

Side = Literal["v", "h"]  # which side of a column its cells stand at

_REDRAW = 0.1  # seconds between two pictures of the progress
_MOST_DECIMALS = 6


def prepare() -> None:
    """UTF-8 out whatever the locale says; bytes of a file name that are no text are shown as ``\\udcXX``."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def color(stream: TextIO) -> bool:
    """Whether to colour what goes to ``stream``: only a terminal, and never with NO_COLOR (no-color.org)."""
    return _is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width(stream: TextIO) -> int:
    """The cells of a line of ``stream``; 100 when it is no terminal, so that files don't depend on the window."""
    if not _is_terminal(stream):
        return 100
    return max(40, shutil.get_terminal_size((100, 24)).columns)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


class Progress:
    """How far a run has come, on one line of stderr that is wiped at the end. Silent when stderr is no terminal."""

    def __init__(self) -> None:
        self._shown = 0
        self._next = 0.0
        self.active = _is_terminal(sys.stderr)

    def __call__(self, stage: str, done: int, total: int) -> None:
        """``done`` of ``total`` in the stage."""
        if not self.active or (now := time.monotonic()) < self._next:
            return
        self._next = now + _REDRAW
        self._draw(f"{stage}: {count(done)} av {count(total)} ({100 * done // max(total, 1)} %)")

    def stage(self, text: str) -> None:
        """A stage that can't be counted begins."""
        if self.active:
            self._draw(f"{text} …")

    def _draw(self, text: str) -> None:
        text = text[: width(sys.stderr) - 1]
        sys.stderr.write("\r" + text + " " * (self._shown - len(text)))
        sys.stderr.flush()
        self._shown = len(text)

    def done(self) -> None:
        """Wipe the line."""
        if self._shown:
            sys.stderr.write("\r" + " " * self._shown + "\r")
            sys.stderr.flush()
            self._shown = 0


def count(n: int) -> str:
    """A whole number with blanks between the thousands."""
    return f"{n:,}".replace(",", " ")


def decimal(value: Decimal, places: int) -> str:
    """An exact number with ``places`` decimals, comma, and blanks between the thousands."""
    return f"{value:,.{places}f}".replace(",", " ").replace(".", ",")


def places(values: Iterable[Decimal], least: int) -> int:
    """How many decimals show all the values to the last digit: at least ``least``, at most six."""
    most = least
    for value in values:
        exponent = value.normalize().as_tuple().exponent
        if isinstance(exponent, int):
            most = max(most, -exponent)
    return min(most, _MOST_DECIMALS)


def plural(n: int, one: str, many: str) -> str:
    """«1 opphold», «12 forløp»."""
    return f"{count(n)} {one if n == 1 else many}"


def table(rows: Sequence[Sequence[str]], sides: str, indent: str = "  ") -> list[str]:
    """Rows as lines with the columns in line; ``sides`` has «v» (left) or «h» (right) for each column."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(sides))] if rows else []
    return [
        (
            indent
            + "  ".join(c.rjust(w) if s == "h" else c.ljust(w) for c, w, s in zip(row, widths, sides, strict=True))
        ).rstrip()
        for row in rows
    ]
