"""The rules as they hold on one day, as closures: each epoch has its Machine."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from attrs import define, field

from isfdsl.interp.context import Ctx, Pair
from isfdsl.interp.events import Tracer
from isfdsl.program.epoch import Epoch
from isfdsl.program.ruleset import DRG_HIERARCHY
from isfdsl.syntax import ast

Closure = Callable[[Any], Any]


@define(slots=False, eq=False)
class Machine(Epoch):
    """One epoch, ready to evaluate. ``tracer`` ``None`` is the quick way; else every expression is told to it."""

    tracer: Tracer | None = field(default=None, kw_only=True)
    features: dict[tuple[str, str | None, str], Any] = field(factory=dict, init=False)
    _closures: dict[tuple[int, str | None], tuple[ast.Expr, Closure]] = field(factory=dict, init=False)
    _pairs: dict[tuple[int, str], Callable[[Pair], bool]] = field(factory=dict, init=False)

    # ------------------------------------------------------------ expressions

    def value(self, expr: ast.Expr, subject: str | None) -> Closure:
        """What computes an expression about a Ctx."""
        from isfdsl.interp.compile import Compiler

        key = (id(expr), subject)
        if key not in self._closures:
            # The expression is kept beside its closure: its id must not be given to another one meanwhile.
            self._closures[key] = (expr, Compiler(self, subject).compile(expr))
        return self._closures[key][1]

    def pair(self, subject: str, expr: ast.Expr) -> Callable[[Pair], bool]:
        """What tests a condition of ``samles når``."""
        from isfdsl.interp.pairs import compile_pair

        key = (id(expr), subject)
        if key not in self._pairs:
            self._pairs[key] = compile_pair(self, subject, expr)
        return self._pairs[key]

    def condition(self, expr: ast.Expr, subject: str | None) -> Callable[[Any], bool]:
        """What tests a condition about a Ctx; missing counts as false."""
        closure = self.value(expr, subject)
        return lambda ctx: closure(ctx) is True

    @cached_property
    def drg_hierarchy(self) -> Any:
        """The DRG hierarchy ready to decide, ``None`` when the rule set has none."""
        from isfdsl.interp.hierarchy import Decider

        decl = self.ruleset.hierarkier.get(DRG_HIERARCHY)
        return Decider(self, decl) if decl is not None else None

    @cached_property
    def _deciders(self) -> dict[str, Any]:
        return {}

    def decider(self, name: str) -> Any:
        """Any hierarchy by name."""
        from isfdsl.interp.hierarchy import Decider

        if name == DRG_HIERARCHY:
            return self.drg_hierarchy
        if name not in self._deciders:
            self._deciders[name] = Decider(self, self.ruleset.hierarkier[name])
        return self._deciders[name]

    @cached_property
    def _levels(self) -> dict[tuple[str, str], Any]:
        return {}

    def level(self, decl: ast.Nivaa) -> Any:
        """A level ready to be computed."""
        from isfdsl.interp.levels import Level

        key = (decl.subject.text, decl.name.text)
        if key not in self._levels:
            self._levels[key] = Level(self, decl)
        return self._levels[key]

    @cached_property
    def _krav(self) -> dict[str, Any]:
        return {}

    def krav(self, name: str) -> Any:
        """A requirement ready to be tested."""
        from isfdsl.interp.krav import Requirement

        if name not in self._krav:
            self._krav[name] = Requirement(self, self.ruleset.krav[name])
        return self._krav[name]

    def new(self, subject: str, values: Any, record_id: str) -> Ctx:
        """A record to evaluate."""
        return Ctx(self, subject, values, record_id)


__all__ = ["Closure", "Machine"]
