"""Expressions are told in words the language reads back as the same expression."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from isfdsl.explain import shown
from isfdsl.explain.words import words
from isfdsl.source import Source
from isfdsl.syntax import ast
from isfdsl.syntax.parse import parse
from tests.explain.support import rich

MORE = [
    "(a eller b) og c",
    "a og (b eller (c og d))",
    "ikke (a og b) eller ikke a > 3 dager",
    "(1 + 2) * 3 - (4 - 5) / -(6 + x)",
    "x hvis a > 1 ellers y hvis b mangler ellers (1 hvis c finnes ellers 2) + 3",
    'navn = "sa ""hei""" og dag < 2024-02-29 og tid >= 2024-02-29T10:15',
    "antall ulike prosedyrer har egenskap A, B = 2 og høyst 1 prosedyrer i 'a-b', M16*, A17.0+G01",
    "ulike prosedyrer har egenskap A, B og alle bitilstander med egenskap C i D",
    "største(a, minste(b, 2)) + dekkede_dager(x, y, z) * 50 %",
    "hele år fra (a + b) til c > 12,50 kr",
    "alltid eller aldri eller krav k gjelder eller krav k er brutt",
    "måned av inn = 3 og HDG av x i 08",
]


def begreper(text: str) -> ast.Expr:
    """The expression of one begrep."""
    found = parse(Source("x", f"begrep b for episode = {text}"))
    assert not found.problems, (text, found.problems)
    (decl,) = found.file.declarations
    assert isinstance(decl, ast.Begrep)
    return decl.expr


def expressions(node: Any) -> Iterator[ast.Expr]:
    """Every expression in a declaration, outermost only."""
    if isinstance(node, (*words_types(),)):
        yield node
    elif isinstance(node, tuple):
        for x in node:
            yield from expressions(x)
    elif isinstance(node, ast.Node):
        for a in type(node).__attrs_attrs__:
            yield from expressions(getattr(node, a.name))


def words_types() -> tuple[type, ...]:
    return ast.Expr.__args__


def again(e: ast.Expr) -> ast.Expr:
    told = words(e).replace(shown.MINUS, "-").replace("×", "*")
    return begreper(told)


@pytest.mark.parametrize("text", MORE)
def test_words_are_read_back(text: str) -> None:
    assert again(begreper(text)) == begreper(text)


def test_words_of_a_rule_set_are_read_back() -> None:
    seen = 0
    for d in rich().declarations:
        if isinstance(d, (ast.Begrep, ast.Gruppe, ast.Stg, ast.Krav, ast.Nivaa, ast.Poeng, ast.Refusjon, ast.Teller)):
            for e in expressions(d):
                assert again(e) == e
                seen += 1
    assert seen > 30


def test_numbers() -> None:
    space = shown.NBSP
    assert shown.kroner(Decimal("48098.4")) == f"48{space}098,40{space}kr"
    assert shown.kroner(Decimal("-1234")) == f"−1{space}234,00{space}kr"
    assert shown.points(Decimal("2.1")) == f"2,100{space}poeng"
    assert shown.value(Decimal("0.4"), "%") == f"40{space}%"
    assert shown.value(Decimal("68712.00000"), "kr") == f"68{space}712,00{space}kr"
    assert shown.value(Decimal("45808"), "kr") == f"45{space}808{space}kr"
    assert shown.value(1, "dager") == f"1{space}dag"
    assert shown.value(None) == "mangler"
    assert shown.value(("A170", "G01"), pair=True) == "A170+G01"
    assert shown.value(("NFB30", "NFB20")) == "NFB30, NFB20"
