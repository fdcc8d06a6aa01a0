"""One stretch of source text with the wrong part underlined, as it looks in a terminal.

The hard part is that offsets count code points and a terminal counts cells: a tab fills up to the next stop,
a combining accent takes no cell and a Chinese letter two. A line is therefore cut into glyphs that know both.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from attrs import frozen

TAB_WIDTH = 4
ELLIPSIS = "…"


@frozen
class Glyph:
    """One code point as it is shown: ``text`` takes ``width`` cells."""

    text: str
    width: int


@frozen
class Excerpt:
    """A source line and the marks under it; ``indent`` cells stand before the first mark."""

    text: str
    indent: int
    marks: str


def visible(char: str) -> Glyph:
    """``char`` as something that can be seen and cannot take control of the terminal.

    Text copied from Word and PDF brings soft hyphens, zero-width blanks and letters that turn the writing
    direction. They are often the very error, so they are shown by number.
    """
    if " " <= char <= "~":
        return Glyph(char, 1)
    category = unicodedata.category(char)
    if category in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        name = f"<U+{ord(char):04X}>"
        return Glyph(name, len(name))
    if category in ("Mn", "Me"):
        return Glyph(char, 0)
    return Glyph(char, 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1)


def visible_text(text: str) -> str:
    """``text`` with every invisible character shown by number, line ends too."""
    return text if text.isascii() and text.isprintable() else "".join(visible(char).text for char in text)


def excerpt(line: str, start: int, end: int | None, *, mark: str = "^", width: int = 100) -> Excerpt:
    """``line`` with ``mark`` under the code points ``start`` to ``end``.

    ``end`` is ``None`` when the stretch goes on in the next line; that is shown with «…» after the marks. A
    line that takes more than ``width`` cells is cut to a window around the stretch.
    """
    goes_on = end is None
    # Past the end is where a line end of two characters stands.
    start = min(start, len(line))
    # White space at the end of a line is no part of what the reader sees as wrong in a stretch of several
    # lines.
    end = max(start, len(line.rstrip())) if end is None else max(start, min(end, len(line)))
    glyphs = tuple(_glyphs(line))
    edges = _edges(glyphs)
    # An accent has no cell of its own: the letter that carries it is marked.
    while 0 < start < len(glyphs) and glyphs[start].width == 0:
        start -= 1
    left, right = edges[start], edges[end]
    first, last = 0, len(glyphs)
    if edges[-1] > width:
        first, last = _window(edges, left, right, width)
    head = ELLIPSIS if first > 0 else ""
    tail = ELLIPSIS if last < len(glyphs) else ""
    cut = right > edges[last]
    marked = max(1, min(right, edges[last]) - left)
    return Excerpt(
        text=(head + "".join(glyph.text for glyph in glyphs[first:last]) + tail).rstrip(),
        indent=len(head) + left - edges[first],
        marks=mark * marked + (ELLIPSIS if goes_on or cut else ""),
    )


def _glyphs(line: str) -> Iterator[Glyph]:
    at = 0
    for char in line:
        if char == "\t":
            step = TAB_WIDTH - at % TAB_WIDTH
            glyph = Glyph(" " * step, step)
        else:
            glyph = visible(char)
        at += glyph.width
        yield glyph


def _edges(glyphs: tuple[Glyph, ...]) -> tuple[int, ...]:
    """The cell where each glyph starts, and last the cell after them all."""
    edges = [0]
    for glyph in glyphs:
        edges.append(edges[-1] + glyph.width)
    return tuple(edges)


def _window(edges: tuple[int, ...], left: int, right: int, width: int) -> tuple[int, int]:
    """Which glyphs to show of a long line, first and last; a cell is kept for «…» at each end."""
    room = max(1, width - 2)
    # The stretch whole, with as much text before it as behind it; too long for that, its beginning near the
    # left edge.
    before = (room - (right - left)) // 2 if right - left < room else room // 10
    wanted = max(0, min(left - before, edges[-1] - room))
    first = next(index for index, edge in enumerate(edges) if edge >= wanted)
    last = max(index for index, edge in enumerate(edges) if edge <= edges[first] + room)
    return first, last
