"""What the checker says about each golden case, and that every problem class has one."""

from __future__ import annotations

import pytest

from isfdsl.check import check
from isfdsl.diagnostics import load_all
from isfdsl.program import Workspace
from tests.check.golden import CASES, PRELUDE, Case, cases, rewrite, shown

ALL = tuple(cases())
FILES = sorted({case.file for case in ALL})


@pytest.mark.golden
@pytest.mark.parametrize("file", FILES)
def test_golden(file: str, update_golden: bool) -> None:
    if update_golden:
        rewrite(file)
    for case in (c for c in cases() if c.file == file):
        assert case.said == shown(*case.run()), f"{file}: {case.title}"


def test_titles_are_unique() -> None:
    titles = [(case.file, case.title) for case in ALL]
    assert len(titles) == len(set(titles))
    assert all(text.count("\n## ") == len([c for c in ALL if c.file == f]) for f, text in _texts())


def _texts() -> list[tuple[str, str]]:
    return [(path.name, path.read_text("utf-8")) for path in CASES.glob("*.md")]


def test_the_prelude_is_clean() -> None:
    text = (CASES / PRELUDE).read_text("utf-8")
    assert check(Workspace().load_texts([(PRELUDE, text)])).problems == ()


def test_every_problem_class_is_in_some_case() -> None:
    said = {problem.code for case in ALL for problem in case.run()[0].problems}
    known = {code for code in load_all() if code[3] in "234"}
    assert known - said == set()


def test_some_case_is_free_of_each_problem() -> None:
    """A near miss for each code: the file that provokes it has a case without it."""
    for file in FILES:
        mine = [c for c in ALL if c.file == file]
        provoked = [{p.code for p in c.run()[0].problems if p.span is None or p.span.source != PRELUDE} for c in mine]
        for code in set().union(*provoked):
            assert any(code not in codes for codes in provoked), f"{file}: {code}"


@pytest.mark.parametrize("case", ALL, ids=lambda c: f"{c.file}: {c.title}")
def test_words(case: Case) -> None:
    """Every problem has words, no full stop, and a span inside its text."""
    result, sources = case.run()
    for p in result.problems:
        assert p.message() and not p.message().endswith(".")
        assert p.help() is None or p.help()
        if p.span is not None:
            assert 0 <= p.span.start <= p.span.end <= len(sources[p.span.source].text)
