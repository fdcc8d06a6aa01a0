"""Ugly in, canonical out: one file per family, together every declaration and every expression."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import attrs
import pytest

from isfdsl.source import Source
from isfdsl.syntax import ast
from isfdsl.syntax.parse import parse
from tests.formatter.support import fmt

FOLDER = Path(__file__).parent / "golden"
UGLY = sorted(FOLDER.glob("*.ugly"))
BLOCKS = sorted((Path(__file__).parents[1] / "data" / "language_blocks").glob("*.isf"))


@pytest.mark.golden
@pytest.mark.parametrize("path", UGLY, ids=lambda p: p.stem)
def test_golden(path: Path, update_golden: bool) -> None:
    got = fmt(path.read_text("utf-8"))
    expected = path.with_suffix(".expected")
    if update_golden:
        expected.write_text(got, "utf-8")
    assert got == expected.read_text("utf-8")


def nodes(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for item in value:
            yield from nodes(item)
    elif attrs.has(type(value)):
        yield value
        for field in attrs.fields(type(value)):
            yield from nodes(getattr(value, field.name))


def test_every_class_has_its_golden_text() -> None:
    seen: set[type[Any]] = set()
    for path in UGLY:
        parsed = parse(Source(path.name, path.read_text("utf-8")))
        seen.update(type(node) for node in nodes(parsed.file.declarations))
    for union in (ast.AnyDeclaration, ast.Expr, ast.Expectation, ast.Assumption, ast.MetaClause, ast.SetItem):
        assert set(get_args(union)) <= seen


@pytest.mark.parametrize("path", BLOCKS, ids=lambda p: p.stem)
def test_language_block(path: Path) -> None:
    assert fmt(path.read_text("utf-8"))
