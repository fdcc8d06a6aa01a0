"""Hierarchies and levels over columns: the first rule that matches decides, the highest category counts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from isfdsl.columnar import plan_files, reads
from isfdsl.columnar.frame import Frame, Rows
from isfdsl.columnar.kernel import Kernel, Unfit, compiled, kernel_of
from isfdsl.columnar.kernel_compile import Formula, Maker
from isfdsl.columnar.operations import Test, in_turn
from isfdsl.columnar.vectors import ROOM, Array, Texts
from isfdsl.columnar.words import Words
from isfdsl.program.ruleset import Located
from isfdsl.source import Span
from isfdsl.syntax import ast

if TYPE_CHECKING:
    from isfdsl.columnar.plan import EpochPlan

_NOWHERE = Span("", 0, 0)
BELOW_THIS_SCAN = 8


class FirstMatch:
    """The place of the first condition that holds for each row, -1 where none does."""

    def __init__(
        self,
        plan: EpochPlan,
        subject: str,
        conditions: Sequence[tuple[ast.Expr, ...]],
        busy: frozenset[str],
        name: str | None = None,
    ) -> None:
        """``conditions``: for each place the parts that must all hold; none always holds.

        ``name``: that of the conditions in the epoch, when they may be kept on disk.
        """
        self._plan = plan
        self._subject = subject
        self._conditions = conditions
        self._busy = busy
        self._name = name if len(conditions) >= plan_files.WORTH_IT and not busy else None
        self._kernels: dict[str, Kernel] = {}
        self._tests: dict[int, Test] = {}

    def test(self, place: int) -> Test:
        """What tests a condition; made when it is asked for."""
        if place not in self._tests:
            compiler = self._plan.compiler(self._subject, self._busy)
            parts = [compiler.test(part) for part in self._conditions[place]]
            self._tests[place] = in_turn(parts, go_on=True) if parts else lambda f, rows: np.ones(f.count(rows), bool)
        return self._tests[place]

    def kernel(self, about: str) -> Kernel:
        """The fast path for records read as ``about``, made when it is asked for."""
        if not self._plan.epoch.recodings:
            about = self._subject  # only what a property counts as asks whom it is about
        if about not in self._kernels:
            self._kernels.setdefault(about, kernel_of(*self._compiled(about)))
        return self._kernels[about]

    def _compiled(self, about: str) -> tuple[Maker, list[Formula]]:
        if self._stored is not None and about == self._subject:
            return self._stored.maker, self._stored.formulas
        maker, formulas = compiled(self._plan, self._subject, self._conditions, self._busy, about)
        if self._name is not None and about == self._subject:
            plan_files.keep(self._plan, self._name, plan_files.Compiled(self.noting, maker, formulas))
        return maker, formulas

    @cached_property
    def _stored(self) -> plan_files.Compiled | None:
        return plan_files.found(self._plan, self._name, self._subject) if self._name is not None else None

    @cached_property
    def noting(self) -> tuple[int, ...]:
        """The places whose conditions may leave notes: only what a scan asks of them may be asked."""
        if self._stored is not None:
            return self._stored.noting
        return tuple(i for i, c in enumerate(self._conditions) if reads.changes(self._plan, c, self._subject))

    @property
    def changes(self) -> bool:
        """Whether any condition may leave notes."""
        return len(self.noting) > 0

    @cached_property
    def _quiet(self) -> tuple[FirstMatch, Array]:
        """The other conditions, and the place of each; the last is beyond all places."""
        places = sorted(set(range(len(self._conditions))).difference(self.noting))
        conditions = [self._conditions[i] for i in places]
        name = None if self._name is None else f"{self._name} uten merknader"
        match = FirstMatch(self._plan, self._subject, conditions, self._busy, name)
        return match, np.array([*places, len(self._conditions)], np.int32)

    def __call__(self, f: Frame, rows: Rows) -> Array:
        """The places, int32."""
        if len(self._conditions) < BELOW_THIS_SCAN:
            return self.scan(f, rows)
        if f.notes is not None and self.changes:
            return self._with_notes(f, rows)
        kernel = self.kernel(f.subject)
        if not kernel.pays:
            return self.scan(f, rows)
        try:
            return kernel(f, rows)
        except Unfit:
            return self.scan(f, rows)

    def scan(self, f: Frame, rows: Rows) -> Array:
        """Place by place, each on the rows that none before it took."""
        out = np.full(f.count(rows), -1, np.int32)
        left, at = rows, f.rows(None) if rows is None else np.arange(len(rows))
        for place in range(len(self._conditions)):
            if len(at) == 0:
                break
            holds = self.test(place)(f, left)
            if holds.any():
                out[at[holds]] = place
                at = at[~holds]
                left = at if rows is None else rows[at]
        return out

    def _with_notes(self, f: Frame, rows: Rows) -> Array:
        """First those that leave no notes, then each of the others on the rows that none before it took."""
        quiet, places = self._quiet
        out: Array = places[quiet(f, rows)]
        for place in self.noting:
            at = np.flatnonzero(out > place)
            if len(at):
                holds = self.test(place)(f, at if rows is None else rows[at])
                out[at[holds]] = place
        return np.where(out < len(self._conditions), out, np.int32(-1))


class Decider:
    """One hierarchy in one epoch."""

    def __init__(self, plan: EpochPlan, decl: ast.Hierarki, busy: frozenset[str]) -> None:
        ruleset = plan.epoch.ruleset
        self.plan = plan
        self.decl = decl
        self.rules: list[Located] = [r for r in ruleset.rules(decl) if plan.epoch.holds(r.rule.validity)]
        self.compiler = plan.compiler(decl.subject.text, busy)
        self.unfinished = tuple(text for d in (decl, *ruleset.ordered_groups(decl)) for text in d.ufullstendig)
        self.match = FirstMatch(
            plan,
            decl.subject.text,
            [tuple(c for c in (r.group.condition, r.rule.condition) if c is not None) for r in self.rules],
            busy,
            f"hierarki {decl.name.text}",
        )
        self.words = Words()
        self._key = ("decision", id(plan), decl.name.text, busy)
        self.kept = not self.match.changes
        otherwise = decl.ellers.group.text if decl.ellers is not None and decl.ellers.group is not None else None
        targets = [r.rule.target.text for r in self.rules]
        self._targets = np.array(
            [*(self.words.add(t) for t in targets), self.words.add(otherwise) if otherwise is not None else -1],
            np.int32,
        )

    def places(self, f: Frame, rows: Rows) -> Array:
        """The rule that decides each row, by its place in ``rules``; -1 where none does."""
        found: Array = f.keep(self._key, rows, self.match) if self.kept else self.match(f, rows)
        return found

    def target(self, f: Frame, rows: Rows) -> Texts:
        """What each row is grouped to."""
        return self.target_of(self.places(f, rows))

    def target_of(self, places: Array) -> Texts:
        """What the rules at some places give."""
        return Texts(self._targets[places], self.words)

    def names(self, places: Array) -> Texts:
        """The id of each rule, by place."""
        ids, names = self._names
        return Texts(ids[places], names)

    @cached_property
    def _names(self) -> tuple[Array, Words]:
        names = Words(r.rule.name.text for r in self.rules)
        return np.array([*(names.ids[r.rule.name.text] for r in self.rules), -1], np.int32), names

    @cached_property
    def _returkoder(self) -> tuple[Words, Array, dict[int, ast.ReturkodeClause]]:
        """The codes, which of them each rule gives (the last: none of them), and the clauses with a condition."""
        words = Words()
        ellers = self.decl.ellers
        clauses: dict[int, ast.ReturkodeClause | None] = {i: r.rule.returkode for i, r in enumerate(self.rules)}
        clauses[-1] = ellers.returkode if ellers is not None and ellers.group is not None else None
        plain = np.full(len(self.rules) + 1, -1, np.int32)
        asked = {}
        for place, clause in clauses.items():
            if clause is not None and clause.condition is None:
                plain[place] = words.add(clause.value.text)
            elif clause is not None:
                asked[place] = clause
        return words, plain, asked

    def returkoder(self, f: Frame, places: Array) -> Texts:
        """The return code of each row of a frame, by the rule that decided it."""
        words, plain, clauses = self._returkoder
        out: Array = plain[places]
        if clauses:
            # The same condition stands in many rules: it is asked once.
            wanted = np.zeros(len(self.rules) + 1, bool)
            wanted[list(clauses)] = True
            open_ = np.flatnonzero(wanted[places])
            for place in np.unique(places[open_]).tolist():
                clause = clauses[place]
                assert clause is not None and clause.condition is not None
                own = open_[places[open_] == place]
                holds = self.compiler.test(clause.condition)(f, own)
                out[own[holds]] = words.add(clause.value.text)
                if clause.otherwise is not None:
                    out[own[~holds]] = words.add(clause.otherwise.text)
        return Texts(out, words)


class Level:
    """One level in one epoch: the highest category that holds and is not switched off, 0 when none is."""

    def __init__(self, plan: EpochPlan, decl: ast.Nivaa, busy: frozenset[str]) -> None:
        own = sorted((k for k in decl.categories if plan.epoch.holds(k.validity)), key=lambda k: -k.level)
        conditions = []
        for k in own:
            parts = () if k.condition is None else (k.condition,)
            if k.exceptions:
                any_of = k.exceptions[0] if len(k.exceptions) == 1 else ast.Or(parts=k.exceptions, span=_NOWHERE)
                parts = (*parts, ast.Not(operand=any_of, span=_NOWHERE))
            conditions.append(parts)
        self.match = FirstMatch(plan, decl.subject.text, conditions, busy)
        levels = [*(k.level for k in own), 0]
        self.levels = np.array(levels, np.int64 if max(map(abs, levels)) <= ROOM else object)
        self._key = ("level", id(plan), decl.subject.text, decl.name.text, busy)
        self._kept = not reads.level_changes(plan, decl)

    def __call__(self, f: Frame, rows: Rows) -> Array:
        """The level of each row."""
        found: Array = f.keep(self._key, rows, self._find) if self._kept else self._find(f, rows)
        return found

    def _find(self, f: Frame, rows: Rows) -> Array:
        return self.levels[self.match(f, rows)]
