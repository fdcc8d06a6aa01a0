"""What every problem is: a frozen class with a stable code, the smallest wrong span, and its Norwegian words.

A problem holds strings and spans, never AST nodes, so this floor lies below ``syntax``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from attrs import frozen

from isfdsl.source import Span

Severity = Literal["feil", "advarsel", "merknad"]


@frozen(kw_only=True, slots=False)
class Related:
    """A second place that belongs to a problem, for instance the first of two definitions."""

    span: Span
    message: str


@frozen(kw_only=True, slots=False)
class Problem:
    """One finding. Subclasses set ``code``, ``slug`` and ``severity`` and give the words.

    ``span`` is the smallest stretch that is wrong, ``None`` when the problem has no place in a text.
    """

    code: ClassVar[str]
    slug: ClassVar[str]
    severity: ClassVar[Severity] = "feil"

    span: Span | None = None

    def message(self) -> str:
        """What is wrong: lower case, no full stop, the user's own text in «…»."""
        raise NotImplementedError

    def label(self) -> str:
        """A few words under the underlined text; may be empty."""
        return ""

    def help(self) -> str | None:
        """What to do about it, or ``None``."""
        return None

    def related(self) -> tuple[Related, ...]:
        """Other places that belong to the problem."""
        return ()


def no_error(problems: Iterable[Problem]) -> bool:
    """Whether none of some problems is of error rank."""
    return all(p.severity != "feil" for p in problems)


REGISTRY: dict[str, type[Problem]] = {}


def register(cls: type[Problem]) -> type[Problem]:
    """Class decorator: enter a problem class in the registry; a reused code is a programming error."""
    if cls.code in REGISTRY and REGISTRY[cls.code].__qualname__ != cls.__qualname__:
        raise ValueError(f"{cls.code} is already {REGISTRY[cls.code].__qualname__}")
    REGISTRY[cls.code] = cls
    return cls
