"""A Tracer that keeps the tree: which expression had which value, and what that value came from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isfdsl.syntax import ast


class Trace:
    """One expression as it was evaluated, with what was evaluated inside it."""

    __slots__ = ("children", "node", "value")

    def __init__(self, node: ast.Expr) -> None:
        self.node = node
        self.value: Any = None
        self.children: list[Trace] = []

    def of(self, node: ast.Expr) -> Trace | None:
        """How a part was evaluated, ``None`` when it never was."""
        for child in self.children:
            if child.node is node:
                return child
        return None


class Recorder:
    """Listens only inside ``capture``: a whole run says far more than anyone asked for."""

    def __init__(self) -> None:
        self._stack: list[Trace] | None = None

    def enter(self, node: ast.Expr) -> None:
        """An expression begins."""
        if self._stack is not None:
            trace = Trace(node)
            self._stack[-1].children.append(trace)
            self._stack.append(trace)

    def leave(self, node: ast.Expr, value: Any) -> None:
        """An expression has its value."""
        if self._stack is not None:
            self._stack.pop().value = value

    def note(self, text: str) -> None:
        """Notes are read from the contexts instead."""

    def capture(self, node: ast.Expr, evaluate: Callable[[], Any]) -> Trace:
        """Evaluate and keep the tree under ``node``."""
        before, top = self._stack, Trace(node)
        self._stack = [top]
        try:
            top.value = evaluate()
        finally:
            self._stack = before
        inner = top.of(node)
        return inner if inner is not None else top
