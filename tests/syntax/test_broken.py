"""Broken texts and what is said about each: one cause, one problem, the smallest place, the remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from isfdsl.source import Source
from isfdsl.syntax.parse import parse

FILE = Path(__file__).with_name("broken.md")
CASE = re.compile(r"^## (?P<title>[^\n]+)\n\n```isf\n(?P<text>.*?)\n```\n\n```feil\n(?P<said>.*?)```$", re.M | re.S)
CASES = [match.groupdict() for match in CASE.finditer(FILE.read_text("utf-8"))]
TITLES = [case["title"] for case in CASES]


def source(text: str) -> Source:
    """The text of a case; a NUL is written as its picture."""
    return Source("a.isf", text.replace("␀", "\0"))


def said(text: str) -> str:
    """Every problem of a text, as the file shows it."""
    read = source(text)
    lines = []
    for problem in parse(read).problems:
        assert problem.span is not None
        place = read.text[problem.span.start : problem.span.end].replace("\0", "␀")
        lines.append(f"{problem.code} [{place}] {problem.message()}\n")
        if problem.help():
            lines.append(f"  hjelp: {problem.help()}\n")
        lines.extend(f"  se også [{read.text[r.span.start : r.span.end]}]: {r.message}\n" for r in problem.related())
    return "".join(lines)


def rewritten(text: str) -> str:
    """The file with what is said now."""
    return CASE.sub(
        lambda m: f"## {m['title']}\n\n```isf\n{m['text']}\n```\n\n```feil\n{said(m['text'])}```",
        text,
    )


@pytest.mark.golden
def test_update(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--update-golden", default=False):
        pytest.skip("skriver bare med --update-golden")
    FILE.write_text(rewritten(FILE.read_text("utf-8")), "utf-8")


@pytest.mark.parametrize("case", CASES, ids=TITLES)
def test_what_is_said(case: dict[str, str]) -> None:
    assert said(case["text"]) == case["said"]


@pytest.mark.parametrize("case", CASES, ids=TITLES)
def test_one_cause_gives_one_problem(case: dict[str, str]) -> None:
    expected = 2 if "to problemer" in case["title"] else 1
    assert len(parse(source(case["text"])).problems) == expected


def test_there_are_many_cases_and_each_is_read() -> None:
    assert len(CASES) >= 90
    assert len(set(TITLES)) == len(TITLES) == FILE.read_text("utf-8").count("\n## ")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("sats a 5 kr\nsats b\nsats c 5 kr", ["a", "c"]),
        ("sats a 5 kr\nkodelste x icd10\n  M16.0\nsats c 5 kr", ["a", "c"]),
        ("sats a 5 kr\n\nDRG 470\n  vekt\nsats c 5 kr", ["a", "c"]),
        ("sats a 5 kr sats b 6 kr sats c\nsats d 5 kr", ["a", "b", "d"]),
        ("foo\nsats a 5 kr", ["a"]),
        ("sats a 5 kr\n@\nsats b 5 kr", ["b"]),
    ],
)
def test_what_can_be_read_is_kept(text: str, kept: list[str]) -> None:
    parsed = parse(Source("a.isf", text))
    assert len(parsed.problems) == 1
    assert [d.name.text for d in parsed.file.declarations if hasattr(d, "name")] == kept


def test_a_text_without_indentation_is_cut_only_after_its_error() -> None:
    text = "teller i ISF\nnår\nkrav a er oppfylt og\nkrav b er oppfylt\nsats x\nsats y 5 kr\n"
    parsed = parse(Source("a.isf", text))
    assert [p.code for p in parsed.problems] == ["ISF1001"]
    assert len(parsed.file.declarations) == 2


def test_an_opening_word_first_on_a_line_is_never_a_name() -> None:
    # The grammar alone would read «sats» as the value of «vekt», «y 5» as a clause, and so on, without an error.
    for text in ("DRG 470\n  vekt\nsats y\n", "DRG 470\n  vekt\nsats y 5\n"):
        assert parse(Source("a.isf", text)).problems
    assert not parse(Source("a.isf", "DRG 470\n  vekt\n'sats'")).problems
