"""What a layout is made of: fragments of text that know where they came from, clauses, and finished lines.

A declaration is a heading and clauses. A clause has a key (``når``, ``kilde``, the name of a field) and a value; the
values of one block stand in one column. Every fragment carries the offset in the source of its first token (``at``),
which is what comments hang on; ``NOWHERE`` for what has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum

from attrs import define, field

WIDTH = 100
INDENT = 2
GAP = 2
NOWHERE = -1

# Lines that go on after a longer key than this are not pushed as far in.
_DEEPEST = 24


class Blank(Enum):
    """Whether an empty line stands before a line: never, always, or when the author put one."""

    NEVER = "never"
    ALWAYS = "always"
    KEEP = "keep"


@define
class Frag:
    """One line's worth of text, with the place in the source of its first token."""

    text: str
    at: int = NOWHERE


@define
class Line:
    """A finished line; ``code`` for those of a code list."""

    text: str
    at: int = NOWHERE
    blank: Blank = Blank.NEVER
    code: bool = False

    @property
    def indent(self) -> str:
        """The white space it begins with."""
        return self.text[: len(self.text) - len(self.text.lstrip(" "))]


Value = Callable[[int], list[Frag]]


@define
class Clause:
    """One clause of a declaration. ``value`` lays itself out in the width it gets; ``children`` follow, deeper.

    Values stand in the column after the longest key of the block, or in ``column`` whatever keys there are.
    """

    rank: int
    key: str
    value: Value
    at: int = NOWHERE
    aligned: bool = True
    blank: Blank = Blank.NEVER
    group: int = 0
    children: list[Clause] = field(factory=list)
    lines: list[Line] | None = None
    column: int = 0


def plain(text: str, at: int = NOWHERE) -> Value:
    """A value that stays on its line."""
    return lambda width: [Frag(text, at)]


def nothing(width: int) -> list[Frag]:
    """The value of a clause that is all key."""
    return []


def hang(
    prefix: str, frags: Sequence[Frag], suffix: str = "", at: int = NOWHERE, deep: int | None = None
) -> list[Frag]:
    """``frags`` after ``prefix``, the following lines indented to where the first begins (or by ``deep``)."""
    pad = " " * (len(prefix) if deep is None else deep)
    out = [Frag(prefix + frags[0].text, at if at != NOWHERE else frags[0].at)]
    out += [Frag(pad + frag.text, frag.at) for frag in frags[1:]]
    out[-1].text += suffix
    return out


def fill(items: Iterable[Frag], width: int, one_each: bool = False) -> list[Frag]:
    """A list with commas, as many items on a line as there is room for; ``one_each`` puts each on its own."""
    out: list[Frag] = []
    for item in items:
        if out and not one_each and len(out[-1].text) + 2 + len(item.text) + 1 <= width:
            out[-1].text += f", {item.text}"
            continue
        if out:
            out[-1].text += ","
        out.append(Frag(item.text, item.at))
    return out


def render(clauses: Sequence[Clause], depth: int, author_order: bool) -> list[Line]:
    """Clauses as lines, in canonical order (``rank``) or, when comments ask for it, in the author's."""
    order = sorted(clauses, key=(lambda c: c.at) if author_order else (lambda c: c.rank))
    columns: dict[int, int] = {}
    for clause in order:
        if clause.aligned:
            columns[clause.group] = max(columns.get(clause.group, 0), len(clause.key) + GAP)
    lines: list[Line] = []
    pad = " " * (depth * INDENT)
    for clause in order:
        if clause.lines is not None:
            lines += clause.lines
            continue
        column = len(clause.key) + 1
        if clause.aligned:
            column = max(column, clause.column) if clause.column else columns[clause.group]
        frags = clause.value(WIDTH - len(pad) - column)
        body = " " * (column if clause.aligned or column <= _DEEPEST else 2 * INDENT)
        if not frags:
            lines.append(Line(pad + clause.key, clause.at, clause.blank))
        elif clause.key:
            lines.append(Line(pad + clause.key.ljust(column) + frags[0].text, clause.at, clause.blank))
        else:
            lines.append(Line(pad + frags[0].text, clause.at, clause.blank))
            body = ""
        lines += [Line(pad + body + frag.text, frag.at) for frag in frags[1:]]
        lines += render(clause.children, depth + 1, author_order)
    return lines
