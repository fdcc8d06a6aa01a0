"""Source to source: lay out every declaration, put the comments back, and prove that nothing changed."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from attrs import define, field, frozen

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.formatting import FormatterBug
from isfdsl.formatter.clauses import Clauses
from isfdsl.formatter.context import Context
from isfdsl.formatter.declarations import Layout, layout
from isfdsl.formatter.equality import same
from isfdsl.formatter.layout import GAP, Frag, Line, render
from isfdsl.formatter.names import Names
from isfdsl.formatter.trivia import attach, blank_before, column, emit, in_order, is_behind
from isfdsl.source import Source, Span
from isfdsl.syntax import ast
from isfdsl.syntax.parse import parse
from isfdsl.syntax.parsed import Comment, Parsed

# Two are enough for what has been seen.
_TURNS = 8


@frozen
class FormatResult:
    """The formatted text; with ``problems`` it is the text as it was."""

    text: str
    problems: tuple[Problem, ...] = ()


@define
class _Piece:
    """A declaration on its way to text."""

    declaration: ast.AnyDeclaration
    span: Span
    leading: list[Comment] = field(factory=list)
    inner: list[Comment] = field(factory=list)
    layout: Layout = field(factory=lambda: Layout([]))
    lines: list[Line] = field(factory=list)

    @property
    def one_line(self) -> bool:
        """Whether it may stand with its fellows, without an empty line between."""
        return self.layout.together and len(self.lines) == 1


def format_source(source: Source) -> FormatResult:
    """The canonical layout of ``source``; the text as it was when it can't be read, with the problems."""
    composed = unicodedata.normalize("NFC", source.text)
    wanted = source if composed == source.text else Source(source.name, composed)
    parsed = parse(wanted)
    if parsed.problems:
        return FormatResult(source.text, parsed.problems)
    try:
        text, reason = _settled(parsed)
    except RecursionError:
        text, reason = "", "uttrykket er for dypt"
    if reason is not None:
        return FormatResult(source.text, (FormatterBug(span=Span(source.name, 0, 0), reason=reason),))
    return FormatResult(text)


def _settled(parsed: Parsed) -> tuple[str, str | None]:
    """The text, proved to mean the same, and formatted until it stays as it is.

    A comment that leaves the middle of a clause for the end of its line may let the clause close up on the next turn.
    """
    text = format_parsed(parsed)
    for _ in range(_TURNS):
        after = parse(Source(parsed.source.name, text))
        reason = difference(parsed, after)
        if reason is not None or not after.comments:
            return text, reason
        again = format_parsed(after)
        if again == text:
            break
        text = again
    else:
        return text, "teksten faller ikke til ro"
    return text, None


def difference(before: Parsed, after: Parsed) -> str | None:
    """What formatting changed in the meaning or the comments; ``None`` when nothing."""
    if after.problems:
        return "den formaterte teksten lar seg ikke lese"
    if not same(before.file.declarations, after.file.declarations):
        return "den formaterte teksten betyr noe annet"
    if [c.text for c in before.comments] != [c.text for c in after.comments]:
        return "en kommentar ble borte eller flyttet"
    return None


def format_tree(declarations: Sequence[ast.AnyDeclaration]) -> str:
    """The text of declarations that were made, not read; nothing of a source is needed."""
    return format_parsed(Parsed(Source("", ""), ast.File("", tuple(declarations)), (), ()))


def format_parsed(parsed: Parsed) -> str:
    """The text of a tree and its comments, not yet checked against them."""
    text = parsed.source.text
    pieces = [_Piece(d, d.span) for d in parsed.file.declarations]
    ending = _share(text, pieces, parsed.comments)
    for piece in pieces:
        piece.layout, piece.lines = _lay_out(text, piece, author_order=False)
    _pass_on(text, pieces, ending)
    _align(text, pieces)
    out: list[str] = []
    before: _Piece | None = None
    for piece in pieces:
        first = piece.leading[0].start if piece.leading else piece.span.start
        together = before is not None and _together(before, piece) and not blank_before(text, first)
        gap = before is not None and not together
        for number, comment in enumerate(piece.leading):
            if gap if number == 0 else blank_before(text, comment.start):
                out.append("")
            out.append(comment.text)
        if blank_before(text, piece.span.start) if piece.leading else gap:
            out.append("")
        out += _emit(text, piece)
        before = piece
    for number, comment in enumerate(ending):
        if blank_before(text, comment.start) if number else before is not None:
            out.append("")
        out.append(comment.text)
    return "".join(f"{line}\n" for line in out)


def _share(text: str, pieces: Sequence[_Piece], comments: Sequence[Comment]) -> list[Comment]:
    """Give each comment to the declaration it stands in or before; the rest is the end of the file."""
    ending: list[Comment] = []
    starts = [piece.span.start for piece in pieces]
    for comment in comments:
        following = bisect_left(starts, comment.start)
        before = pieces[following - 1] if following else None
        after = pieces[following] if following < len(pieces) else None
        waiting = ending if after is None else after.leading
        if before is not None and _belongs(text, before, comment, after, bool(waiting)):
            before.inner.append(comment)
        else:
            waiting.append(comment)
    return ending


def _belongs(text: str, before: _Piece, comment: Comment, after: _Piece | None, waiting: bool) -> bool:
    """Whether a comment belongs to the declaration that began before it: in it, behind it, or indented under it."""
    if comment.start < before.span.end:
        return True
    if "\n" not in text[before.span.end : comment.start]:
        return True
    if waiting or "\n" not in text[before.span.start : before.span.end]:
        return False
    mate = before if after is None else after
    return column(text, comment.start) > column(text, mate.span.start)


def _pass_on(text: str, pieces: Sequence[_Piece], ending: list[Comment]) -> None:
    """A declaration that takes one line has no body that a comment could end."""
    for index, piece in enumerate(pieces):
        if len(piece.lines) == 1:
            loose = [c for c in piece.inner if c.start >= piece.span.end and not is_behind(text, c)]
            waiting = pieces[index + 1].leading if index + 1 < len(pieces) else ending
            waiting[:0] = loose
            piece.inner = piece.inner[: len(piece.inner) - len(loose)]


def _lay_out(text: str, piece: _Piece, author_order: bool) -> tuple[Layout, list[Line]]:
    context = Context(text, piece.span, [c.start for c in piece.inner])
    clauses = Clauses(context)
    made = layout(piece.declaration, clauses)
    lines = _lines(made, piece, author_order)
    if context.names.asked:
        context.names.resolve("\n".join(_telling(lines)))
        made = layout(piece.declaration, clauses)
        lines = _lines(made, piece, author_order)
    return made, lines


def _telling(lines: Sequence[Line]) -> Iterator[str]:
    """The lines that decide how names are read: of a code list only the first, the undecided and those before them."""
    marked = [Names.marked(line.text) for line in lines]
    for index, line in enumerate(lines):
        near = marked[index] or (index + 1 < len(lines) and marked[index + 1])
        if near or not line.code or not lines[index - 1].code:
            yield line.text


def _lines(made: Layout, piece: _Piece, author_order: bool) -> list[Line]:
    first = made.heading[0]
    lines = [Line(first.text, piece.span.start), *(Line(f.text, f.at) for f in made.heading[1:])]
    return lines + render(made.clauses, 1, author_order)


def _emit(text: str, piece: _Piece) -> list[str]:
    attached = attach(text, piece.lines, piece.inner, piece.span.end)
    if not in_order(piece.lines, attached):
        _, piece.lines = _lay_out(text, piece, author_order=True)
        attached = attach(text, piece.lines, piece.inner, piece.span.end)
    return emit(text, piece.lines, piece.inner, attached)


def _together(before: _Piece, piece: _Piece) -> bool:
    """Whether two declarations stand in one run."""
    return type(before.declaration) is type(piece.declaration) and before.one_line and piece.one_line


def _align(text: str, pieces: Sequence[_Piece]) -> None:
    """Put the cells of each run of one-line declarations in columns."""
    run: list[_Piece] = []
    for piece in pieces:
        first = piece.leading[0].start if piece.leading else piece.span.start
        alike = run and len(run[-1].layout.cells) == len(piece.layout.cells)
        if run and (not alike or not _together(run[-1], piece) or blank_before(text, first)):
            _align_run(run)
            run = []
        run.append(piece)
    _align_run(run)


def _align_run(run: Sequence[_Piece]) -> None:
    if not run or not run[0].layout.cells:
        return
    rows = [piece.layout.cells for piece in run]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for piece, row in zip(run, rows, strict=True):
        cells = (cell.ljust(width + GAP) for cell, width in zip(row, widths, strict=True))
        piece.layout.heading = [Frag("".join(cells).rstrip())]
        piece.lines[0].text = piece.layout.heading[0].text
