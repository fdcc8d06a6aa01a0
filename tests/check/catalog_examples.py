"""The example on a catalog page is what the checker really prints for a golden case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from isfdsl.check import check
from isfdsl.diagnostics.render import render_problem
from isfdsl.program import Workspace
from isfdsl.syntax.parse import MAX_DEPTH, MAX_LINE
from tests.check.golden import cases

CATALOG = Path(__file__).parents[2] / "isfdsl" / "diagnostics" / "catalog"
EXAMPLE = re.compile(r"(## Eksempel\n\n```\n)(.*?)(\n```\n)", re.DOTALL)

HEAD = "regelverk ISF 2024\n"
SYNTAX = {
    "ISF1001": "begrep gammel for episode = alder > > 80 år\n",
    "ISF1002": "sats a 3 kr\nsats b – 3 kr\n",
    "ISF1003": 'sats a 3 kr\n  kilde "DRG-liste\n',
    "ISF1004": "begrep a for episode =\n  " + "(" * (MAX_DEPTH + 1) + "ja" + ")" * (MAX_DEPTH + 1) + "\n",
    "ISF1005": "kodeliste a icd10\n  A00 " + "x" * MAX_LINE + "\n",
    "ISF1007": 'kodeliste "Blå" icd10\n'.replace("å", "a\u030a"),
    "ISF1008": "STG XS09\n  telles per kontakt\n  telles per kontakt\n",
}


def examples() -> Iterator[tuple[str, str]]:
    """(code, rendered problem): the first golden case that has it."""
    done: set[str] = set()
    for code, text in SYNTAX.items():
        loaded = Workspace().load_texts([("regler.isf", HEAD + text)])
        problem = next(p for p in loaded.problems if p.code == code)
        yield code, render_problem(problem, loaded.sources, width=80)
    for case in cases():
        loaded = Workspace().load_texts(case.texts())
        for problem in check(loaded).problems:
            if problem.code not in done and problem.code[3] in "234":
                done.add(problem.code)
                yield problem.code, render_problem(problem, loaded.sources, width=100)


def written(code: str) -> str:
    """The example on the page."""
    found = EXAMPLE.search((CATALOG / f"{code}.md").read_text("utf-8"))
    assert found is not None, code
    return found[2]


def rewrite(code: str, example: str) -> None:
    """Put another example on the page."""
    path = CATALOG / f"{code}.md"
    text = EXAMPLE.sub(lambda m: m[1] + example + m[3], path.read_text("utf-8"))
    path.write_text(text, "utf-8")
