"""Comments and empty lines: every comment finds the line it belongs to, and their order never changes.

A comment behind something stays at the end of the line that thing lands on; one on a line of its own stays before
what followed it. Where a clause moves to its canonical place and carries a comment past another, the declaration
keeps the author's order instead (``in_order`` tells).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from attrs import define, field

from isfdsl.formatter.layout import INDENT, NOWHERE, Blank, Line
from isfdsl.syntax.parsed import Comment

_THING = re.compile("(?:[ \t\r\n\f\u00a0\u202f]|#[^\n]*)*[^ \t\r\n\f\u00a0\u202f#]")
_SPACE = " \t\r\n\f\u00a0\u202f"


def newlines_before(text: str, at: int) -> int:
    """How many line ends stand between ``at`` and the last thing before it."""
    count = 0
    at -= 1
    while at >= 0 and text[at] in _SPACE:
        count += text[at] == "\n"
        at -= 1
    return count


def blank_before(text: str, at: int) -> bool:
    """Whether the author put an empty line before ``at``."""
    return newlines_before(text, at) > 1


def thing_before(text: str, at: int) -> int:
    """The offset of the last sign before ``at`` that is not white space, ``NOWHERE`` at the top of a file."""
    at -= 1
    while at >= 0 and text[at] in _SPACE:
        at -= 1
    return at


def thing_after(text: str, at: int) -> int:
    """The offset of the first token after ``at``, comments passed over."""
    found = _THING.search(text, at)
    return len(text) if found is None else found.end() - 1


def column(text: str, at: int) -> int:
    """How far in ``at`` stands on its line."""
    return at - (text.rfind("\n", 0, at) + 1)


def is_behind(text: str, comment: Comment) -> bool:
    """Whether something stands before a comment on its line."""
    return comment.start > 0 and newlines_before(text, comment.start) == 0 and thing_before(text, comment.start) >= 0


@define
class Attached:
    """The comments of one declaration: before a line, at its end, and after the last line."""

    before: dict[int, list[Comment]] = field(factory=dict)
    behind: dict[int, list[Comment]] = field(factory=dict)
    after: list[Comment] = field(factory=list)


def attach(text: str, lines: Sequence[Line], comments: Sequence[Comment], end: int) -> Attached:
    """Give each comment its line: of the thing before it on its own line, else of the thing that follows it."""
    placed = sorted((line.at, index) for index, line in enumerate(lines) if line.at != NOWHERE)
    starts = [at for at, _ in placed]
    found = Attached()
    for comment in comments:
        behind = is_behind(text, comment)
        thing = thing_before(text, comment.start) if behind else thing_after(text, comment.start)
        if thing >= end:
            found.after.append(comment)
            continue
        where = found.behind if behind else found.before
        where.setdefault(placed[max(0, bisect_right(starts, thing) - 1)][1], []).append(comment)
    return found


def in_order(lines: Sequence[Line], attached: Attached) -> bool:
    """Whether the comments keep their order, each with its line."""
    last = NOWHERE
    for index in range(len(lines)):
        for comment in (*attached.before.get(index, ()), *attached.behind.get(index, ())):
            if comment.start < last:
                return False
            last = comment.start
    return all(comment.start > last for comment in attached.after)


def emit(text: str, lines: Sequence[Line], comments: Sequence[Comment], attached: Attached) -> list[str]:
    """The lines with their comments; a comment whose turn has come is never left behind."""
    if not comments:
        return _plain(text, lines)
    out: list[str] = []
    at = 0
    for index, line in enumerate(lines):
        before, behind = attached.before.get(index, []), attached.behind.get(index, [])
        due = max((c.start for c in (*before, *behind)), default=NOWHERE)
        first = at
        while at < len(comments) and comments[at].start <= due:
            at += 1
        above = list(comments[first:at])
        trailing = above.pop() if behind and above and above[-1].start == behind[-1].start else None
        _above(text, out, line, above, {c.start for c in before})
        out.append(line.text if trailing is None else f"{line.text}  {trailing.text}")
    for comment in comments[at:]:
        if blank_before(text, comment.start):
            _blank(out)
        out.append(" " * INDENT + comment.text)
    return out


def _above(text: str, out: list[str], line: Line, above: Sequence[Comment], own: set[int]) -> None:
    """The comments on lines of their own before a line, and the empty lines around them."""
    wanted = line.blank is Blank.ALWAYS
    for comment in above:
        if len(out) > 1 and (wanted or (comment.start in own and blank_before(text, comment.start))):
            _blank(out)
        wanted = False
        out.append(line.indent + comment.text)
    if above:
        if above[-1].start in own and blank_before(text, line.at):
            _blank(out)
    elif len(out) > 1 and (wanted or (line.blank is Blank.KEEP and blank_before(text, line.at))):
        _blank(out)


def _blank(out: list[str]) -> None:
    if out and out[-1]:
        out.append("")


def _plain(text: str, lines: Sequence[Line]) -> list[str]:
    """The lines of a declaration without comments."""
    out: list[str] = []
    for line in lines:
        if len(out) > 1 and (line.blank is Blank.ALWAYS or (line.blank is Blank.KEEP and blank_before(text, line.at))):
            _blank(out)
        out.append(line.text)
    return out
