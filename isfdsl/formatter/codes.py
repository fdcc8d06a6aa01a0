"""Code lists: one code per line, the texts in a column, sections indented."""

from __future__ import annotations

import re

from isfdsl.formatter.clauses import Clauses
from isfdsl.formatter.layout import GAP, INDENT, Blank, Line
from isfdsl.formatter.names import quoted
from isfdsl.syntax import ast

# A longer code keeps its text close and doesn't move the others'.
_WIDEST = 24
_EMPTY_LINE = re.compile("\n[ \t\r\f\u00a0\u202f]*\n")


def code_lines(block: ast.CodeBlock, clauses: Clauses) -> list[Line]:
    """The lines of a block, two columns in, those of a section four."""
    write = clauses.names.code
    written = [write(code, (id(block), index)) for index, code in enumerate(block.codes)]
    width = max((len(code) for code in written if len(code) <= _WIDEST), default=0) + GAP
    texts = ["" if t is None else quoted(t) for t in block.texts]
    days = dict(block.validities)
    headings: dict[int, list[ast.Name]] = {}
    for index, name in block.sections:
        headings.setdefault(index, []).append(name)
    first = min(headings, default=len(written))
    kept = _kept_blanks(block, clauses)
    lines: list[Line] = []
    for index, code in enumerate(written):
        if index in headings:
            lines += [_section(name, clauses) for name in headings[index]]
        depth = 2 if index >= first else 1
        line = f"{'':{depth * INDENT}}{code:<{width}}{texts[index]}" if texts[index] else f"{'':{depth * INDENT}}{code}"
        if index in days:
            line += f"{'':{GAP}}{clauses.validity(days[index])}"
        lines.append(Line(line, block.starts[index], kept, code=True))
    lines += [_section(name, clauses) for name in headings.get(len(written), ())]
    return lines


def _section(name: ast.Name, clauses: Clauses) -> Line:
    at = clauses.context.before(name.span.start, 1)
    return Line(f"{'':{INDENT}}i {clauses.name(name)}", at, Blank.KEEP)


def _kept_blanks(block: ast.CodeBlock, clauses: Clauses) -> Blank:
    """Whether empty lines need looking for at all; most lists have none, and some have 80,000 lines."""
    if not block.codes:
        return Blank.NEVER
    found = _EMPTY_LINE.search(clauses.context.text, clauses.context.span.start, block.starts[-1])
    return Blank.NEVER if found is None else Blank.KEEP
