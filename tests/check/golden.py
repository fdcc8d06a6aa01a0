"""Golden cases in Markdown: a heading, one sentence of why, a program, and what the checker says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import frozen

from isfdsl.check import CheckResult, check
from isfdsl.diagnostics.base import Problem
from isfdsl.program import Workspace
from isfdsl.source import Source, Span

CASES = Path(__file__).parent / "cases"
PRELUDE = "forspill.isf"
DEFAULT_NAME = "regler.isf"
_CASE = re.compile(
    r"^## (?P<title>[^\n]+)\n\n(?P<why>.+?)\n\n"
    r"```isf(?P<info>[^\n]*)\n(?P<program>.*?)```\n(?:\n```\n(?P<said>.*?)```\n)?",
    re.MULTILINE | re.DOTALL,
)


@frozen
class Case:
    """One case. ``alone``: without the prelude. ``said`` is what the file holds, ``None`` when nothing yet."""

    file: str
    title: str
    program: str
    name: str
    alone: bool
    said: str | None
    start: int
    end: int

    def texts(self) -> list[tuple[str, str]]:
        """The files of the case."""
        own = (self.name, self.program)
        return [own] if self.alone else [(PRELUDE, (CASES / PRELUDE).read_text("utf-8")), own]

    def run(self) -> tuple[CheckResult, Mapping[str, Source]]:
        """What the checker says, and the texts."""
        loaded = Workspace().load_texts(self.texts())
        return check(loaded), loaded.sources


def cases() -> Iterator[Case]:
    """Every case of every file."""
    for path in sorted(CASES.glob("*.md")):
        text = path.read_text("utf-8")
        for match in _CASE.finditer(text):
            info = match["info"].strip()
            yield Case(
                file=path.name,
                title=match["title"],
                program=match["program"],
                name=info if info.endswith(".isf") else DEFAULT_NAME,
                alone=info == "alene",
                said=match["said"],
                start=match.start(),
                end=match.end(),
            )


def shown(result: CheckResult, sources: Mapping[str, Source]) -> str:
    """The problems in short: severity, code, the underlined text, message, help and related texts."""
    lines = [line for problem in result.problems for line in _problem(problem, sources)]
    if result.suppressed:
        lines.append(f"({result.suppressed} følgefeil)")
    return "".join(f"{line}\n" for line in lines) or "ingen\n"


def _problem(problem: Problem, sources: Mapping[str, Source]) -> Iterator[str]:
    where = f" [{_text(problem.span, sources)}]" if problem.span is not None else ""
    yield f"{problem.severity} {problem.code}{where} {problem.message()}"
    if problem.help() is not None:
        yield f"  hjelp: {problem.help()}"
    for related in problem.related():
        yield f"  {related.message}: [{_text(related.span, sources)}]"


def _text(span: Span, sources: Mapping[str, Source]) -> str:
    return " ".join(sources[span.source].text[span.start : span.end].split())


def rewrite(file: str) -> None:
    """Write what the checker now says into a file of cases."""
    path = CASES / file
    text = path.read_text("utf-8")
    for case in reversed([c for c in cases() if c.file == file]):
        body = text[case.start : case.end]
        program_end = body.index("```", body.index("```isf") + 6) + len("```\n")
        text = text[: case.start] + body[:program_end] + f"\n```\n{shown(*case.run())}```\n" + text[case.end :]
    path.write_text(text, "utf-8")
