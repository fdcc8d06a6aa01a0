"""Levels: the highest of several categories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from attrs import frozen

from isfdsl.interp.context import Ctx
from isfdsl.interp.hierarchy import BELOW_THIS_SCAN
from isfdsl.interp.index import CandidateIndex
from isfdsl.interp.machine import Machine
from isfdsl.interp.waits import mentions_result
from isfdsl.program.conditions import conjuncts
from isfdsl.syntax import ast


@frozen
class CategoryOutcome:
    """A category whose condition holds; ``blocked`` when an exception switches it off."""

    category: ast.Kategori
    blocked: bool


class Level:
    """One level in one epoch."""

    def __init__(self, machine: Machine, decl: ast.Nivaa) -> None:
        self.machine = machine
        self.decl = decl
        self.subject = decl.subject.text
        self.categories = [k for k in decl.categories if machine.holds(k.validity)]
        conditions = tuple((k.condition, k.exceptions) for k in self.categories)
        self._kept = not mentions_result(machine, conditions, self.subject)
        # What is left out of an index leaves no note.
        self._scan = len(self.categories) < BELOW_THIS_SCAN or mentions_result(
            machine, conditions, self.subject, notes=True
        )
        self._index: CandidateIndex | None = None

    def value(self, ctx: Ctx) -> int:
        """The highest category that holds, 0 when none does; kept as a decision is."""
        if not self._kept:
            return self._value(ctx)
        highest: int = ctx.keep(("nivå", self.subject, self.decl.name.text), self._value)
        return highest

    def _value(self, ctx: Ctx) -> int:
        """From the highest down: what is below the one that holds is not looked at, and leaves no note."""
        places = sorted(self._candidates(ctx), key=lambda place: -self.categories[place].level)
        return next((o.category.level for o in self._holding(ctx, places) if not o.blocked), 0)

    def outcomes(self, ctx: Ctx) -> list[CategoryOutcome]:
        """The categories whose condition holds, in order."""
        return list(self._holding(ctx, self._candidates(ctx)))

    def _holding(self, ctx: Ctx, places: Iterable[int]) -> Iterator[CategoryOutcome]:
        for place in places:
            category = self.categories[place]
            condition = category.condition
            if condition is None or self.machine.condition(condition, self.subject)(ctx):
                blocked = any(self.machine.condition(e, self.subject)(ctx) for e in category.exceptions)
                yield CategoryOutcome(category, blocked)

    def _candidates(self, ctx: Ctx) -> Any:
        if self._scan:
            return range(len(self.categories))
        if self._index is None:
            needed = [conjuncts(k.condition) for k in self.categories]
            self._index = CandidateIndex(self.machine, self.subject, needed)
        return self._index.candidates(ctx)
