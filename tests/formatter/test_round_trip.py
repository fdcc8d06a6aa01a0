"""Whatever tree the grammar can give: written and read again it is the same, and written twice it looks the same."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isfdsl.formatter import format_tree
from isfdsl.source import Source
from isfdsl.syntax import ast
from isfdsl.syntax.parse import parse
from tests.formatter.support import fmt, gaps
from tests.strategies import nodes
from tests.strategies.programs import DECLARATIONS, EXPRESSIONS, programs


def read(text: str) -> tuple[ast.AnyDeclaration, ...]:
    parsed = parse(Source("x.isf", text))
    assert not parsed.problems, f"{[p.message() for p in parsed.problems]}\n{text}"
    return parsed.file.declarations


def check(declarations: list[Any]) -> None:
    text = format_tree(declarations)
    assert read(text) == tuple(declarations), text
    assert fmt(text) == text


def test_every_declaration_and_expression_is_generated() -> None:
    assert set(DECLARATIONS) == set(get_args(ast.AnyDeclaration))
    assert set(EXPRESSIONS) == set(get_args(ast.Expr))


@pytest.mark.parametrize("cls", list(DECLARATIONS), ids=lambda c: c.__name__)
def test_declaration_is_read_back(cls: type[Any]) -> None:
    @given(DECLARATIONS[cls])
    def run(declaration: Any) -> None:
        assert type(declaration) is cls
        check([declaration])

    run()


def around(first: Any, second: Any, third: Any) -> list[Any]:
    """Declarations that hold three expressions, one of them right after another."""
    name = ast.Name(text="x", span=nodes.SPAN)
    addition = ast.Tillegg(name=name, condition=second, expr=third, span=nodes.SPAN)
    begrep = ast.Begrep(name=name, title=None, subject=None, expr=first, span=nodes.SPAN)
    return [
        begrep,
        ast.Poeng(subject=name, base=None, additions=(addition,), deductions=(), rounding=None, span=nodes.SPAN),
    ]


@pytest.mark.parametrize("cls", list(EXPRESSIONS), ids=lambda c: c.__name__)
def test_expression_is_read_back(cls: type[Any]) -> None:
    @given(EXPRESSIONS[cls], EXPRESSIONS[cls], EXPRESSIONS[cls])
    def run(first: Any, second: Any, third: Any) -> None:
        assert type(first) is cls
        check(around(first, second, third))

    run()


@given(programs)
def test_program_is_read_back(program: list[Any]) -> None:
    check(program)


@given(programs, st.randoms(use_true_random=False))
def test_white_space_carries_no_meaning_for_the_layout(program: list[Any], random: random.Random) -> None:
    text = format_tree(program)
    places = gaps(text)
    # Never first on a line: an opening word there opens a declaration, whatever the parser expects.
    tokens = [text[a:b].strip(" \n") for a, b in pairwise(places)]
    scrambled = "".join(random.choice(["  ", "\n ", "\n      ", "\t  "]) + token for token in tokens)
    assert fmt(scrambled) == text
