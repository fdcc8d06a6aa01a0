"""The stays of some records with their groups, points and money, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from attrs import define, field

from isfdsl.columnar.assumed import assumed_codes
from isfdsl.columnar.epochs import Dated, Epochs
from isfdsl.columnar.frame import Frame, Notes
from isfdsl.columnar.numbers import day_number
from isfdsl.columnar.points import (
    COUNTS_NOT,
    MILLION,
    OUTSIDE,
    REPLACED,
    MoneyColumns,
    PointColumns,
    counting,
    money_of,
    points_of,
)
from isfdsl.columnar.stays import stay_days
from isfdsl.columnar.store import Columns
from isfdsl.columnar.vectors import Array, Days, Nums, Texts, assemble
from isfdsl.columnar.words import Value, Words
from isfdsl.program.ruleset import DRG_HIERARCHY, STAY, Ruleset


@define(eq=False, slots=False)
class Stays:
    """``n`` stays. ``group``, ``rule`` and ``returkode`` are texts by stay; ``notes`` what was unknown or assumed."""

    epochs: Epochs
    dated: Dated
    day: Days
    group: Texts
    rule: Texts
    returkode: Texts
    notes: Notes = field(factory=Notes)

    @property
    def n(self) -> int:
        """How many."""
        return self.dated.frame.n


def grouped(epochs: Epochs, post: str, columns: Columns, n: int) -> Stays:
    """Give each stay its DRG."""
    day = stay_days(epochs, post, columns, n)
    frame = Frame(STAY, n, columns)
    dated = Dated(epochs, frame, day)
    decl = epochs.ruleset.hierarkier.get(DRG_HIERARCHY)
    notes = Notes()
    parts: dict[str, list[tuple[Array, Texts]]] = {"group": [], "rule": [], "returkode": []}
    for plan, rows, f in dated.parts:
        if decl is not None:
            decider = plan.decider(decl)
            f.notes = None if decider.kept else Notes()
            places = decider.places(f, None)
            f.group, f.kind = decider.target_of(places), "DRG"
            f.notes = f.notes or Notes()
            parts["group"].append((rows, f.group))
            parts["rule"].append((rows, decider.names(places)))
            parts["returkode"].append((rows, decider.returkoder(f, places)))
            notes.add_all(f.notes, rows)
            f.notes = None
            for text in decider.unfinished:
                notes.add(f"ufullstendig: {text}", rows[places < 0])
            for text, own in (*_unfinished(epochs.ruleset, f.group), *assumed_codes(plan, f, post)):
                notes.add(text, rows[own])
    found = {name: assemble(n, own) if own else Texts(np.full(n, -1, np.int32), Words()) for name, own in parts.items()}
    group, rule, returkode = found["group"], found["rule"], found["returkode"]
    assert isinstance(group, Texts) and isinstance(rule, Texts) and isinstance(returkode, Texts)
    return Stays(epochs, dated, day, group, rule, returkode, notes)


OUTSIDE_NOTE = "utenfor regelverkets gyldighet"


def outside(ruleset: Ruleset, day: Days) -> Array:
    """Which days lie outside the days the regelverk is valid."""
    out = np.zeros(len(day), bool)
    head = ruleset.head
    if head is None:
        return out
    if head.start is not None and head.start.value is not None:
        out |= day.days < day_number(head.start.value)
    if head.end is not None and head.end.value is not None:
        out |= day.days > day_number(head.end.value)
    return out if day.present is None else out & day.present


def _unfinished(rules: Ruleset, group: Texts) -> Iterator[tuple[str, Array]]:
    """What is said to be missing of the groups of some stays: (note, rows)."""

    def says(name: Value) -> bool:
        return bool(rules.unfinished("DRG", str(name)))

    rows = np.flatnonzero(group.words.table(("unfinished", id(rules)), np.bool_, says, keep=rules)[group.v])
    if not len(rows):
        return
    rows = rows[np.argsort(group.v[rows], kind="stable")]
    found, first = np.unique(group.v[rows], return_index=True)
    for at, own in zip(found.tolist(), np.split(rows, first[1:]), strict=True):
        for text in rules.unfinished("DRG", str(group.words.values[at])):
            yield text, own


@define(eq=False)
class Settled:
    """What the stays count, and their points and money, stay by stay."""

    counts: Array
    counts_said: Array
    points: PointColumns
    money: MoneyColumns


_POINT_FIELDS = (
    "base",
    "has_base",
    "additions",
    "deductions",
    "rounding",
    "lost",
    "loss",
    "known",
    "value",
    "has_value",
)
_FLAGS = ("has_base", "known", "has_value")


def _empty(name: str, n: int) -> Array:
    return np.zeros(n, bool if name in _FLAGS else np.int64)


def settle(stays: Stays, replaced: Array) -> Settled:
    """Points and money of every stay; ``replaced``: by a course."""
    n = stays.n
    out_of_year = outside(stays.epochs.ruleset, stays.day)
    counts, said = np.zeros(n, bool), np.zeros(n, bool)
    one_epoch = len(stays.dated.parts) == 1
    columns = {} if one_epoch else {name: _empty(name, n) for name in _POINT_FIELDS}
    money = MoneyColumns.empty(0 if one_epoch else n, stays.epochs.ruleset)
    den = MILLION
    for plan, rows, f in stays.dated.parts:
        gone = out_of_year[rows]
        f.notes = Notes()
        own = counting(plan, f)
        stays.notes.add_all(f.notes.only(~gone), rows)
        f.notes = None
        counts[rows] = own.counts & ~gone
        said[rows] = own.said | gone
        loss = np.zeros(len(rows), np.int64)
        for why, mask in ((REPLACED, replaced[rows]), (COUNTS_NOT, ~own.counts), (OUTSIDE, gone)):  # the last holds
            loss[mask] = why
        notes = Notes()
        points = points_of(plan, f, loss, notes)
        for name in _POINT_FIELDS:
            part = getattr(points, name)
            if one_epoch:
                columns[name] = part
                continue
            if part.dtype == object and columns[name].dtype != object:
                columns[name] = columns[name].astype(object)
            columns[name][rows] = part
        f.points, den = points.number, points.den
        kroner = money_of(plan, f, STAY, notes)
        if one_epoch:
            money = kroner
        else:
            money.put(rows, kroner)
        stays.notes.add_all(notes, rows)
    return Settled(counts, said, PointColumns(**columns, den=den), money)


def lone_points(epochs: Epochs, post: str, columns: Columns, n: int) -> Nums:
    """The points each record would give as a stay of its own."""
    stays = grouped(epochs, post, columns, n)
    parts = [
        (rows, points_of(plan, f, np.zeros(len(rows), np.int64), None).number) for plan, rows, f in stays.dated.parts
    ]
    found = assemble(n, parts)
    assert isinstance(found, Nums)
    return found
