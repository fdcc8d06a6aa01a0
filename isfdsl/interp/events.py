"""The Tracer protocol: what the interpreter tells while it works. Tracing is an object passed in, not an engine."""

from __future__ import annotations

from typing import Any, Protocol

from isfdsl.syntax import ast


class Tracer(Protocol):
    """Listens. ``enter`` and ``leave`` come in pairs around every expression, ``rule`` after each rule tried."""

    def enter(self, node: ast.Expr) -> None:
        """An expression begins to be evaluated."""

    def leave(self, node: ast.Expr, value: Any) -> None:
        """The expression has this value (``None``: missing)."""

    def note(self, text: str) -> None:
        """A value was unknown or assumed."""


class NullTracer:
    """Listens to nothing."""

    def enter(self, node: ast.Expr) -> None:
        """Nothing."""

    def leave(self, node: ast.Expr, value: Any) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""
