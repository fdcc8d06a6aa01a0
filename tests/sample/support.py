"""Regelverk for the tests of samples."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from isfdsl import api

ROOT = Path(__file__).parents[2]
NATIONAL = f"{ROOT}/rules/2024+{ROOT}/assumptions/2024"
FEATURES = f"{ROOT}/tests/data/feature-regelverk"
MINI = f"{ROOT}/tests/data/mini-regelverk"


@cache
def load(spec: str) -> api.Regelverk:
    """A regelverk, loaded once."""
    return api.load(spec)


def of_text(folder: Path, text: str) -> api.Regelverk:
    """A regelverk given as text."""
    path = folder / "regelverk"
    path.mkdir(exist_ok=True)
    (path / "a.isf").write_text(text, encoding="utf-8")
    return api.load(path)
