"""Rows by epoch: each row is read by the rules as they hold on its day."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator

import numpy as np
from attrs import define, field

from isfdsl.columnar.frame import Frame
from isfdsl.columnar.numbers import day_number, day_of_number
from isfdsl.columnar.plan import EpochPlan
from isfdsl.columnar.vectors import Array, Days, Vec, assemble
from isfdsl.columnar.words import Words
from isfdsl.program.epoch import Epoch, epoch_days, epoch_of
from isfdsl.program.ruleset import Ruleset
from isfdsl.program.scope import Scopes
from isfdsl.syntax import ast


@define(eq=False, slots=False)
class Epochs:
    """The plans of a ruleset, one per epoch, made when first needed.

    ``contact_groups``: (kind, group) of all contacts that a TFG may ask about; ``group_names``: the groups of these.
    """

    ruleset: Ruleset
    contact_groups: Words = field(factory=Words, init=False)
    group_names: Words = field(factory=Words, init=False)
    scopes: Scopes = field(init=False)
    _days: tuple[dt.date, ...] = field(init=False)
    _plans: dict[int, EpochPlan] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.scopes = Scopes(self.ruleset)
        self._days = epoch_days(self.ruleset)
        self._cuts = np.array([day_number(d) for d in self._days], np.int64)
        self._without_day = epoch_of(self.ruleset, self._days, None)

    def numbers(self, days: Days) -> Array:
        """The epoch of each day; a missing day is the first day of the regelverk."""
        v = days.days
        ends = np.searchsorted(self._cuts, [v.min(), v.max()], side="right") if len(v) else np.zeros(2, np.int64)
        if ends[0] == ends[1]:
            out = np.full(len(v), ends[0], np.int32)
        else:
            out = np.searchsorted(self._cuts, v, side="right").astype(np.int32)
        if days.present is not None:
            out[~days.present] = self._without_day[0]
        return out

    def plan(self, number: int, day: dt.date | None) -> EpochPlan:
        """The plan of an epoch; ``day`` is any day in it."""
        if number not in self._plans:
            self._plans[number] = EpochPlan(Epoch(self.ruleset, self.scopes, day), number)
        return self._plans[number]

    def by_epoch(self, epochs: Array, days: Days) -> Iterator[tuple[EpochPlan, Array]]:
        """The plan and the rows of each epoch that occurs."""
        if len(epochs) == 0:
            return
        low, high = int(epochs.min()), int(epochs.max())
        for number in range(low, high + 1):
            rows = np.flatnonzero(epochs == number) if low != high else np.arange(len(epochs))
            if len(rows) == 0:
                continue
            missing = days.present is not None and not days.present[rows[0]]
            day = self._without_day[1] if missing else day_of_number(days.days[rows[0]])
            yield self.plan(number, day), rows


@define(eq=False, slots=False)
class Dated:
    """A frame whose rows are of several epochs: one sub-frame for each, made when first asked for."""

    epochs: Epochs
    frame: Frame
    days: Days
    number: Array = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.number = self.epochs.numbers(self.days)
        self._parts: list[tuple[EpochPlan, Array, Frame]] | None = None

    @property
    def parts(self) -> list[tuple[EpochPlan, Array, Frame]]:
        """(plan, rows, their frame) for each epoch."""
        if self._parts is None:
            found = list(self.epochs.by_epoch(self.number, self.days))
            self._parts = [
                (plan, rows, self.frame if len(rows) == self.frame.n else self.frame.take(rows)) for plan, rows in found
            ]
        return self._parts

    def value(self, expr: ast.Expr, subject: str) -> Vec:
        """An expression about every row."""
        return assemble(
            self.frame.n, [(rows, plan.compiler(subject).value(expr)(f, None)) for plan, rows, f in self.parts]
        )

    def test(self, expr: ast.Expr, subject: str) -> Array:
        """A condition about every row."""
        return self.flags(lambda plan, f: plan.compiler(subject).test(expr)(f, None))

    def flags(self, ask: Callable[[EpochPlan, Frame], Array], dtype: type = bool) -> Array:
        """What is asked of each sub-frame, row by row."""
        out: Array = np.zeros(self.frame.n, dtype)
        for plan, rows, f in self.parts:
            out[rows] = ask(plan, f)
        return out


_KEPT = 4
_plans: OrderedDict[str, Epochs] = OrderedDict()
_lock = threading.Lock()


def plans_of(ruleset: Ruleset) -> Epochs:
    """The plans of a ruleset: those made before in this process for the same text, when there are any.

    They may be those of another ruleset, equal to this one. The last few are kept.
    """
    if ruleset.digest is None:
        return Epochs(ruleset)
    with _lock:
        found = _plans.pop(ruleset.digest, None) or Epochs(ruleset)
        _plans[ruleset.digest] = found
        while len(_plans) > _KEPT:
            _plans.popitem(last=False)
    return found
