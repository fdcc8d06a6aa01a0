"""What every builder method uses: picking children by class, spans, numbers, and problems found while building."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, TypeVar, cast

from attrs import define, field
from lark import Token

from isfdsl.diagnostics.base import Problem
from isfdsl.source import Span
from isfdsl.syntax.ast import Day, Node, Unit

T = TypeVar("T")
Children = list[Any]

UNITS: dict[str, Unit] = {
    "poeng": "poeng",
    "kr": "kr",
    "%": "%",
    "dager": "dager",
    "dag": "dager",
    "timer": "timer",
    "time": "timer",
    "minutter": "minutter",
    "minutt": "minutter",
    "år": "år",
    "måneder": "måneder",
    "måned": "måneder",
}


@define
class Part:
    """A clause on its way into its declaration: ``kind`` says which, ``value`` what it holds."""

    kind: str
    value: Any
    span: Span


@define
class Context:
    """What the builder knows while one text is parsed."""

    source: str = ""
    problems: list[Problem] = field(factory=list)


def number(token: Token | str) -> Decimal:
    """``45 808`` and ``0,150`` as an exact number."""
    text = "".join(str(token).split())  # any blank: Word writes one that does not break
    return Decimal(text.replace(",", "."))


def unquote(token: Token | str) -> str:
    """The text inside quotation marks, doubled marks made single."""
    return str(token)[1:-1].replace('""', '"')


def parse_date(text: str) -> dt.date | None:
    """The day, or ``None`` when there is no such day."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def parse_datetime(text: str) -> dt.datetime | None:
    """The moment, or ``None`` when there is no such moment."""
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None


def pick(children: Children, cls: type[T]) -> T | None:
    """The first child of a class."""
    for child in children:
        if isinstance(child, cls):
            return child
    return None


def picks(children: Children, cls: Any) -> tuple[Any, ...]:
    """All children of a class or classes, in order."""
    return tuple(child for child in children if isinstance(child, cls))


def has(children: Children, keyword: str) -> bool:
    """Whether a keyword stands among the children."""
    return any(type(child) is Token and child == keyword for child in children)


def after(children: Children, keyword: str) -> Any:
    """The child that follows a keyword, or ``None``."""
    for i, child in enumerate(children):
        if type(child) is Token and child == keyword:
            return children[i + 1] if i + 1 < len(children) else None
    return None


class BuilderBase:
    """Shared by the builder's families."""

    def __init__(self) -> None:
        self.context = Context()

    def span(self, children: Children) -> Span:
        """From the first child to the last."""
        return Span(self.context.source, _start(children[0]), _end(children[-1]))

    def token_span(self, token: Token) -> Span:
        """Where a token stands."""
        return Span(self.context.source, cast(int, token.start_pos), cast(int, token.end_pos))

    def day(self, token: Token) -> Day:
        """A day, checked later for whether it exists."""
        return Day(raw=str(token), value=parse_date(str(token)), span=self.token_span(token))


def _start(child: Any) -> int:
    if isinstance(child, Token):
        return cast(int, child.start_pos)
    if isinstance(child, (Node, Part)):
        return child.span.start
    return cast(int, child.start)


def _end(child: Any) -> int:
    if isinstance(child, Token):
        return cast(int, child.end_pos)
    if isinstance(child, (Node, Part)):
        return child.span.end
    return cast(int, child.end)
