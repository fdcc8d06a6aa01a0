"""Hierarchies: the first rule that matches decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

from isfdsl.interp.context import Ctx
from isfdsl.interp.index import CandidateIndex
from isfdsl.interp.machine import Machine
from isfdsl.interp.waits import mentions_result
from isfdsl.program.conditions import conjuncts
from isfdsl.program.ruleset import Located
from isfdsl.syntax import ast

BELOW_THIS_SCAN = 40


@frozen
class Decision:
    """What a hierarchy answers. ``located`` is ``None`` when ``ellers`` decided or nothing did."""

    target: str | None
    returkode: str | None
    located: Located | None

    @property
    def rule_id(self) -> str | None:
        """The id of the rule that decided."""
        return self.located.rule.name.text if self.located is not None else None


@frozen
class TriedRule:
    """A rule and whether its guard and its condition held."""

    located: Located
    open_: bool
    matched: bool


class Decider:
    """One hierarchy in one epoch."""

    def __init__(self, machine: Machine, decl: ast.Hierarki) -> None:
        self.machine = machine
        self.decl = decl
        self.subject = decl.subject.text
        self.rules = [r for r in machine.ruleset.rules(decl) if machine.holds(r.rule.validity)]
        self._guards: dict[int, Callable[[Any], bool] | None] = {}
        self._index: CandidateIndex | None = None
        self._tests: list[Callable[[Any], bool] | None] | None = None
        conditions = tuple(c for r in self.rules for c in (r.group.condition, r.rule.condition))
        self._kept = not mentions_result(machine, conditions, self.subject)
        # What is left out of an index leaves no note.
        self._scan = len(self.rules) < BELOW_THIS_SCAN or mentions_result(machine, conditions, self.subject, notes=True)
        self.unfinished = tuple(text for d in (decl, *machine.ruleset.ordered_groups(decl)) for text in d.ufullstendig)

    def decide(self, ctx: Ctx) -> Decision:
        """The answer for a record; kept with the record unless it asks for the group or the points."""
        if not self._kept:
            return self._decide(ctx)
        decision: Decision = ctx.keep(("decision", self.decl.name.text), self._decide)
        return decision

    def _decide(self, ctx: Ctx) -> Decision:
        for place in self._candidates(ctx):
            located = self.rules[place]
            if self.is_open(ctx, located.group) and self.matches(ctx, place):
                return self.answer(ctx, located)
        return self.otherwise(ctx)

    def scan(self, ctx: Ctx) -> list[TriedRule]:
        """Every rule in order up to the one that decides, without the index."""
        out: list[TriedRule] = []
        for place, located in enumerate(self.rules):
            open_ = self.is_open(ctx, located.group)
            matched = open_ and self.matches(ctx, place)
            out.append(TriedRule(located, open_, matched))
            if matched:
                break
        return out

    def _candidates(self, ctx: Ctx) -> Any:
        if self._scan:
            return range(len(self.rules))
        if self._index is None:
            needed = [[*conjuncts(r.group.condition), *conjuncts(r.rule.condition)] for r in self.rules]
            self._index = CandidateIndex(self.machine, self.subject, needed)
        return self._index.candidates(ctx)

    def is_open(self, ctx: Ctx, group: ast.Gruppe) -> bool:
        """Whether the guard of a block of rules holds; kept with the record."""
        if group.condition is None:
            return True
        condition = self.machine.condition(group.condition, self.subject)
        if not self._kept:
            return condition(ctx)
        holds: bool = ctx.keep(("open", id(group)), condition)
        return holds

    def matches(self, ctx: Ctx, place: int) -> bool:
        """Whether the condition of a rule holds."""
        if self._tests is None:
            self._tests = [None] * len(self.rules)
        test = self._tests[place]
        if test is None:
            condition = self.rules[place].rule.condition
            test = _always if condition is None else self.machine.condition(condition, self.subject)
            self._tests[place] = test
        return test(ctx)

    def answer(self, ctx: Ctx, located: Located) -> Decision:
        """What a rule gives."""
        return Decision(located.rule.target.text, self.returkode(ctx, located.rule.returkode), located)

    def otherwise(self, ctx: Ctx) -> Decision:
        """What ``ellers`` gives."""
        ellers = self.decl.ellers
        if ellers is None or ellers.group is None:
            return Decision(None, None, None)
        return Decision(ellers.group.text, self.returkode(ctx, ellers.returkode), None)

    def returkode(self, ctx: Ctx, clause: ast.ReturkodeClause | None) -> str | None:
        """The return code of a clause."""
        if clause is None:
            return None
        if clause.condition is None or self.machine.condition(clause.condition, self.subject)(ctx):
            return clause.value.text
        return clause.otherwise.text if clause.otherwise is not None else None


def _always(ctx: Any) -> bool:
    return True
