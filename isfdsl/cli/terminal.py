"""What a person sees: encoding, colour, width, progress, tables and numbers."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Literal, TextIO

Side = Literal["v", "h"]  # which side of a column its cells stand at

_REDRAW = 0.1  # seconds between two pictures of the progress
_SURE = 0.5  # seconds before a rate is worth telling
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
        self._since: tuple[str, int, float, int] | None = None  # unit, total, and when how much was done
        self.active = _is_terminal(sys.stderr)

    def __call__(self, stage: str, done: int, total: int) -> None:
        """``done`` of ``total`` in the stage."""
        if self._due(stage, done, total):
            parts = [f"{count(done)} av {count(total)} ({100 * done // max(total, 1)} %)"]
            self._draw(f"{stage}: " + " · ".join([*parts, *self._speed(done, total, rate)]))

    def bytes(self, stage: str, done: int, total: int) -> None:
        """The same for bytes; the stages share their total."""
        if self._due("bytes", done, total):
            parts = [f"{100 * done // max(total, 1)} %"]
            self._draw(f"{stage}: " + " · ".join([*parts, *self._speed(done, total, byte_rate)]))

    def stage(self, text: str) -> None:
        """A stage that can't be counted begins."""
        if self.active:
            self._draw(f"{text} …")

    def _due(self, unit: str, done: int, total: int) -> bool:
        if not self.active:
            return False
        now = time.monotonic()
        if self._since is None or self._since[:2] != (unit, total) or done < self._since[3]:
            self._since = (unit, total, now, done)
        if now < self._next:
            return False
        self._next = now + _REDRAW
        return True

    def _speed(self, done: int, total: int, shown: Callable[[float], str]) -> list[str]:
        """How fast it goes and how long is left, when that can be known."""
        assert self._since is not None
        seconds, come = time.monotonic() - self._since[2], done - self._since[3]
        if seconds < _SURE or come <= 0:
            return []
        speed = come / seconds
        return [shown(speed), f"{duration((total - done) / speed)} igjen"]

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


def rate(speed: float) -> str:
    """So many a second, in short: «1,2 mill./s», «340 000/s»."""
    if speed >= 1_000_000:
        return f"{speed / 1_000_000:.1f} mill./s".replace(".", ",", 1)
    digits = max(0, len(str(round(speed))) - 2)
    return f"{count(int(round(speed, -digits)))}/s"


def byte_rate(speed: float) -> str:
    """So many bytes a second: «35 MB/s»."""
    return f"{speed / 1e9:.1f} GB/s".replace(".", ",") if speed >= 1e9 else f"{speed / 1e6:.0f} MB/s"


def duration(seconds: float) -> str:
    """About how long: «8 s», «3 min», «2 t 10 min»."""
    if seconds < 99.5:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} t {minutes % 60} min"


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
