"""Rulesets for tests, without the caches on disk."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from isfdsl.program import Loaded, Ruleset
from isfdsl.source import Source
from isfdsl.syntax.parse import parse

ROOT = Path(__file__).resolve().parent.parent
FEATURE = "tests/data/feature-regelverk"
ASSUMED = f"{FEATURE}+tests/data/feature-antakelser"


def load_text(*texts: str) -> Loaded:
    """Texts as one regelverk. Nothing is kept: most texts in tests are seen once."""
    parsed = tuple(parse(Source(f"{i}.isf", text)) for i, text in enumerate(texts, start=1))
    ruleset = Ruleset(tuple(p.file for p in parsed), {p.source.name: p.source for p in parsed})
    return Loaded(ruleset, parsed, tuple(x for p in parsed for x in p.problems), "")


@cache
def load_folder(spec: str) -> Loaded:
    """A regelverk of the repository, parsed once for a test run."""
    paths = [p for part in spec.split("+") for p in sorted((ROOT / part).rglob("*.isf"))]
    return load_text(*(p.read_text(encoding="utf-8") for p in paths))
