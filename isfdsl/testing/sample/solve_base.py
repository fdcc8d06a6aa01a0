"""What every part of the maker needs: the machine, the record's fields, and the ways into the other parts."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from attrs import define, field

from isfdsl.interp.machine import Machine
from isfdsl.program.codes import PropertyIndex
from isfdsl.program.scope import BegrepSymbol
from isfdsl.records.codes import CodeBook
from isfdsl.records.schema import FieldSchema, RecordSchema
from isfdsl.syntax import ast

Draft = dict[str, Any]
DEEP = 60


class CannotMake(Exception):
    """The condition can't be constructed; the text says which part, in Norwegian."""


@define
class MakerBase:
    """The state of a maker, and the methods of one part that the others call."""

    machine: Machine
    schema: RecordSchema
    random: Random
    group: tuple[ast.GroupKind, str] | None = None
    _fields: dict[str, FieldSchema] = field(init=False)
    _books: dict[str, CodeBook] = field(factory=dict, init=False)
    _carriers: dict[tuple[str, str], tuple[Any, ...]] = field(factory=dict, init=False)
    _listed: dict[str, list[str]] = field(factory=dict, init=False)
    _inverse: dict[int, tuple[PropertyIndex, dict[str, list[Any]]]] = field(factory=dict, init=False)
    _depth: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._fields = self.schema.by_name()

    def make(self, e: ast.Expr, want: bool, draft: Draft, subject: str) -> None:
        """Change a draft so that an expression becomes what is wanted; see ``Maker``."""
        raise NotImplementedError

    def holds(self, e: ast.Expr, draft: Draft, subject: str) -> bool:
        """Whether a draft makes an expression true."""
        raise NotImplementedError

    def value(self, e: ast.Expr, draft: Draft, subject: str) -> Any:
        """The value of an expression for a draft."""
        raise NotImplementedError

    def _owner(self, symbol: BegrepSymbol, subject: str) -> str:
        """What a concept is about."""
        raise NotImplementedError

    def _presence(self, e: ast.Expr, want: bool, draft: Draft, subject: str) -> None:
        """Make a value be there, or not."""
        raise NotImplementedError

    def _counted(
        self,
        name: str,
        test: ast.CountTestPart | None,
        quantity: str,
        count: int,
        distinct: bool,
        want: bool,
        draft: Draft,
        subject: str,
    ) -> None:
        """Make a number of occurrences pass a test."""
        raise NotImplementedError

    def _cases(
        self,
        cases: tuple[tuple[ast.Expr, ast.Expr], ...],
        otherwise: ast.Expr,
        put: Callable[[ast.Expr], None],
        draft: Draft,
        subject: str,
    ) -> None:
        """Make one of several cases give a value."""
        raise NotImplementedError

    def _fitting(self, spec: FieldSchema, goal: Any) -> Any:
        """A goal as a value of a field."""
        raise NotImplementedError


def copy_of(draft: Draft) -> Draft:
    return dict(draft)
