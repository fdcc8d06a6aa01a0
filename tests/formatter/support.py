"""What the formatter's tests share."""

from __future__ import annotations

from typing import Any

from isfdsl.formatter import format_source
from isfdsl.source import Source
from isfdsl.syntax.parse import parser


def fmt(text: str) -> str:
    """The formatted text, which must be free of problems and stay as it is when formatted again."""
    result = format_source(Source("x.isf", text))
    assert not result.problems, [p.message() for p in result.problems]
    again = format_source(Source("x.isf", result.text))
    assert again.text == result.text, f"--- once\n{result.text}--- twice\n{again.text}"
    return result.text


def gaps(text: str) -> list[int]:
    """Where white space or a comment may stand: between any two tokens, save a function and its parenthesis."""
    walk: Any = parser().lark.parse_interactive(text)
    out = [0]
    for token in walk.lexer_thread.lex(walk.parser_state):
        if token.type == "LPAR" and text[token.start_pos - 1] not in " (":
            out.pop()
        out.append(token.end_pos)
        walk.feed_token(token)
    return out
