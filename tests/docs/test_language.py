"""The reference is true: every block of it parses, and every keyword of the grammar is in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from isfdsl import resources
from isfdsl.source import Source
from isfdsl.syntax.parse import parse

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "language.md").read_text("utf-8")
BLOCKS = re.findall(r"```isf\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: b.split("\n")[0][:40])
def test_every_block_parses(block: str) -> None:
    parsed = parse(Source("docs/language.md", block))
    assert [p.message() for p in parsed.problems] == []
    assert parsed.file.declarations


def test_every_keyword_is_explained() -> None:
    grammar = re.sub(r"//[^\n]*", "", resources.grammar_path("isf.lark").read_text("utf-8"))
    keywords = {k for k in re.findall(r'"([^"\s]+)"', grammar) if k.isalpha()}
    words = set(re.findall(r"[\wæøåÆØÅ]+", PAGE))
    synonyms = {"en", "dag", "time", "minutt", "desimal", "desimaler", "særtjenester", "det", "slutter"}
    assert keywords - words - synonyms == set()
