"""Offsets to lines, columns and UTF-16."""

from __future__ import annotations

import pytest

from isfdsl.source import Position, Source, Span


@pytest.mark.parametrize(
    ("text", "offset", "position"),
    [
        ("", 0, Position(1, 1, 0)),
        ("sats a", 5, Position(1, 6, 5)),
        ("a\nb", 1, Position(1, 2, 1)),  # the line end belongs to the line it ends
        ("a\nb", 2, Position(2, 1, 0)),
        ("a\n", 2, Position(2, 1, 0)),
        ("a\n\nb", 3, Position(3, 1, 0)),
        ("blåbær", 6, Position(1, 7, 6)),
        ("𝒙 = 1", 2, Position(1, 3, 3)),  # one code point, two UTF-16 units
        ("\ud800x", 1, Position(1, 2, 1)),  # a lone surrogate from a broken file must not stop us
    ],
)
def test_position(text: str, offset: int, position: Position) -> None:
    assert Source("a.isf", text).position(offset) == position


def test_position_outside_the_text_is_at_its_edge() -> None:
    source = Source("a.isf", "ab\nc")
    assert source.position(-3) == source.position(0)
    assert source.position(99) == source.position(4) == Position(2, 2, 1)


def test_lines_are_without_their_ends() -> None:
    source = Source("a.isf", "en\r\nto\n\ntre")
    assert [source.line(number) for number in range(6)] == ["", "en", "to", "", "tre", ""]


def test_span_to_span() -> None:
    assert Span("a.isf", 2, 4).to(Span("a.isf", 9, 12)) == Span("a.isf", 2, 12)


def test_sources_with_the_same_name_and_text_are_equal() -> None:
    assert Source("a.isf", "x") == Source("a.isf", "x")
    assert "x" not in repr(Source("a.isf", "x" * 3))
