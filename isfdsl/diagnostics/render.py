"""Problems as text for a person and as JSON for a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

import attrs

from isfdsl.diagnostics.base import Problem, Severity
from isfdsl.diagnostics.frame import excerpt, visible_text
from isfdsl.source import Source, Span

SCHEMA = "isf.problemer.v1"

_PLURAL: dict[Severity, str] = {"feil": "feil", "advarsel": "advarsler", "merknad": "merknader"}
_COLOURS: dict[Severity, str] = {"feil": "1;31", "advarsel": "1;33", "merknad": "1;36"}
_FRAME_COLOUR = "34"
_BOLD = "1"


def sort_problems(problems: Iterable[Problem]) -> list[Problem]:
    """In reading order: by file, offset and code. Problems without a place come first."""

    def key(problem: Problem) -> tuple[str, int, str, int]:
        span = problem.span
        return ("", -1, problem.code, -1) if span is None else (span.source, span.start, problem.code, span.end)

    return sorted(problems, key=key)


def summary(problems: Iterable[Problem], *, suppressed: int = 0) -> str:
    """How many of each rank, such as «2 feil, 1 advarsel»; ``suppressed``: follow-on errors left out."""
    counts = _counts(problems)
    parts = [f"{n} {rank if n == 1 else _PLURAL[rank]}" for rank, n in counts.items() if n]
    line = ", ".join(parts) if parts else "ingen feil"
    return f"{line} ({suppressed} følgefeil er ikke vist)" if suppressed else line


def render(
    problems: Iterable[Problem],
    sources: Mapping[str, Source],
    *,
    color: bool = False,
    width: int = 100,
    suppressed: int = 0,
) -> str:
    """All problems in reading order and the summary last, with a blank line between; ends in a line end.

    ``color`` adds ANSI colours; the text without them is the same. ``width`` is the most cells of source text
    in a line before it is cut.
    """
    ordered = sort_problems(problems)
    blocks = [render_problem(problem, sources, color=color, width=width) for problem in ordered]
    return "\n\n".join([*blocks, summary(ordered, suppressed=suppressed)]) + "\n"


def render_problem(problem: Problem, sources: Mapping[str, Source], *, color: bool = False, width: int = 100) -> str:
    """One problem with its frames and its help, without a line end last."""
    return _Renderer(sources, color=color, width=width).problem(problem)


def problems_to_json(
    problems: Iterable[Problem], sources: Mapping[str, Source], *, suppressed: int = 0
) -> dict[str, Any]:
    """The problems in reading order as plain data, ready for ``json.dumps``.

    Lines and columns count from 1 and in code points, and ``slutt_kolonne`` is the column after the last one.
    They are ``None`` where the text of the file is not among ``sources``. ``felt`` holds the problem's own
    typed fields.
    """
    ordered = sort_problems(problems)
    return {
        "skjema": SCHEMA,
        "antall": {**_counts(ordered), "folgefeil_ikke_vist": suppressed},
        "problemer": [
            {
                "kode": problem.code,
                "slug": problem.slug,
                "alvor": problem.severity,
                **_place(problem.span, sources),
                "melding": problem.message(),
                "merkelapp": problem.label(),
                "hjelp": problem.help(),
                "relatert": [
                    {**_place(related.span, sources), "melding": related.message} for related in problem.related()
                ],
                "felt": {
                    name: _plain(value, sources)
                    for name, value in attrs.asdict(problem, recurse=False).items()
                    if name != "span"
                },
            }
            for problem in ordered
        ],
    }


# So many further places are shown as text; JSON has them all.
_MOST_RELATED = 4

# --- text ---------------------------------------------------------------------------------------------------


class _Renderer:
    """The settings of one rendering."""

    def __init__(self, sources: Mapping[str, Source], *, color: bool, width: int) -> None:
        self.sources = sources
        self.color = color
        self.width = width

    def problem(self, problem: Problem) -> str:
        colour = _COLOURS[problem.severity]
        head = self.paint(f"{problem.severity}[{problem.code}]", colour)
        lines = [head + self.paint(f": {visible_text(problem.message())}", _BOLD)]
        frames: list[tuple[Span, str, str, str]] = []
        if problem.span is not None:
            frames.append((problem.span, problem.label(), "^", colour))
        related = problem.related()
        frames += [(r.span, r.message, "-", _FRAME_COLOUR) for r in related[:_MOST_RELATED]]
        # One gutter for all the frames of a problem, so that the bars stand in line.
        gutter = max((len(str(self.line_number(span))) for span, *_ in frames), default=1)
        for span, label, mark, mark_colour in frames:
            if len(lines) > 1:
                lines.append(self.bar(gutter))
            lines += self.frame(span, label, mark, mark_colour, gutter)
        if len(related) > _MOST_RELATED:
            more = len(related) - _MOST_RELATED
            lines.append(
                f"{' ' * gutter} {self.paint('·', _FRAME_COLOUR)} og {more} {'sted' if more == 1 else 'steder'} til"
            )
        help_text = problem.help()
        if help_text is not None:
            if frames:
                lines.append(self.bar(gutter))
            first, *rest = help_text.splitlines() or [""]
            lead = " " * gutter + " "
            lines.append(f"{lead}{self.paint('=', _FRAME_COLOUR)} hjelp: {visible_text(first)}".rstrip())
            # Further lines of help stand under the first.
            lines += [f"{lead}  {' ' * len('hjelp: ')}{visible_text(line)}".rstrip() for line in rest]
        return "\n".join(lines)

    def frame(self, span: Span, label: str, mark: str, mark_colour: str, gutter: int) -> list[str]:
        source = self.sources.get(span.source)
        corner = " " * gutter + " " + self.paint("┌─", _FRAME_COLOUR)
        name = visible_text(span.source)
        if source is None:
            # The place is known but not its text. The words of the label must not be lost with it.
            return [f"{corner} {name}", *([f"{self.bar(gutter)} {visible_text(label)}"] if label else [])]
        start, end = source.position(span.start), source.position(max(span.start, span.end))
        shown = excerpt(
            source.line(start.line),
            start.column - 1,
            end.column - 1 if end.line == start.line else None,
            mark=mark,
            width=self.width,
        )
        number = self.paint(f"{start.line:>{gutter}} │", _FRAME_COLOUR)
        marks = self.paint(f"{shown.marks} {visible_text(label)}".rstrip(), mark_colour)
        return [
            f"{corner} {name}:{start.line}:{start.column}",
            self.bar(gutter),
            f"{number} {shown.text}".rstrip(),
            f"{self.bar(gutter)} {' ' * shown.indent}{marks}",
        ]

    def line_number(self, span: Span) -> int:
        source = self.sources.get(span.source)
        return 1 if source is None else source.position(span.start).line

    def bar(self, gutter: int) -> str:
        return " " * gutter + " " + self.paint("│", _FRAME_COLOUR)

    def paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self.color else text


# --- data ---------------------------------------------------------------------------------------------------


def _counts(problems: Iterable[Problem]) -> dict[Severity, int]:
    counts = Counter(problem.severity for problem in problems)
    return {rank: counts[rank] for rank in _PLURAL}


def _place(span: Span | None, sources: Mapping[str, Source]) -> dict[str, Any]:
    source = None if span is None else sources.get(span.source)
    start = end = None
    if span is not None and source is not None:
        start, end = source.position(span.start), source.position(max(span.start, span.end))
    return {
        "fil": None if span is None else span.source,
        "linje": None if start is None else start.line,
        "kolonne": None if start is None else start.column,
        "slutt_linje": None if end is None else end.line,
        "slutt_kolonne": None if end is None else end.column,
    }


def _plain(value: Any, sources: Mapping[str, Source]) -> Any:
    """A field of a problem as JSON; exact numbers as text, so that no digit is lost."""
    match value:
        case Enum():
            return _plain(value.value, sources)
        case None | bool() | int() | float() | str():
            return value
        case Decimal() | Fraction():
            return str(value)
        case date() | time():
            return value.isoformat()
        case Span():
            return _place(value, sources)
        case Mapping():
            return {str(key): _plain(item, sources) for key, item in value.items()}
        case AbstractSet():
            return sorted((_plain(item, sources) for item in value), key=repr)
        case Sequence():
            return [_plain(item, sources) for item in value]
        case _ if attrs.has(type(value)):
            return {name: _plain(item, sources) for name, item in attrs.asdict(value, recurse=False).items()}
        case _:
            return str(value)
