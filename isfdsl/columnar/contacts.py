"""Stays and records side by side: what særtjenester and courses are made of, whatever post it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial

import numpy as np
import pyarrow as pa
from attrs import define

from isfdsl.columnar.epochs import Dated
from isfdsl.columnar.frame import Frame, Notes
from isfdsl.columnar.plan import EpochPlan
from isfdsl.columnar.points import MoneyColumns, group_points, money_of
from isfdsl.columnar.vectors import Array, Days, Nums, Texts, assemble
from isfdsl.columnar.words import Words
from isfdsl.program.ruleset import Ruleset
from isfdsl.syntax import ast

Numbers = Array | Callable[[], Array]
"""Numbers, or what makes them when they are first asked for."""


class Keys:
    """Whose a contact is and where it was: numbers into the run's names, -1 where missing. Nobody asks for some."""

    def __init__(self, patient: Numbers, unit: Numbers, institution: Numbers, region: Numbers) -> None:
        self._columns = [patient, unit, institution, region]

    @classmethod
    def joined(cls, parts: Sequence[Keys]) -> Keys:
        """Those of several, one after the other."""
        return cls(*(partial(_joined, parts, at) for at in range(len(KEY_NAMES))))

    @property
    def patient(self) -> Array:
        """Whose."""
        return self.column(0)

    @property
    def unit(self) -> Array:
        """Where, as the summary counts it."""
        return self.column(1)

    @property
    def institution(self) -> Array:
        """Where, as rules ask for it."""
        return self.column(2)

    @property
    def region(self) -> Array:
        """In which region."""
        return self.column(3)

    def take(self, rows: Array) -> Keys:
        """Some rows."""
        return Keys(*(partial(self._some, at, rows) for at in range(len(KEY_NAMES))))

    def _some(self, at: int, rows: Array) -> Array:
        found: Array = self.column(at)[rows]
        return found

    def column(self, at: int) -> Array:
        """The column with a place in ``KEY_NAMES``."""
        found = self._columns[at]
        if callable(found):
            found = self._columns[at] = found()
        return found


def _joined(parts: Sequence[Keys], at: int) -> Array:
    return np.concatenate([p.column(at) for p in parts]) if parts else np.zeros(0, np.int64)


KEY_NAMES = ("patient", "unit", "institution", "region")


@define(eq=False)
class Source:
    """Contacts of one sort with the frames they are read by; ``subject`` is ``opphold`` or a post."""

    subject: str
    dated: Dated


@define(eq=False, slots=False)
class Contacts:
    """``n`` contacts. ``source`` says in which of ``sources`` and ``place`` in which row each is read."""

    sources: tuple[Source, ...]
    source: Array
    place: Array
    keys: Keys
    group: Texts
    start: Days
    end: Days
    ids: pa.Array

    @property
    def n(self) -> int:
        """How many."""
        return len(self.source)

    @cached_property
    def group_names(self) -> tuple[Words, Array]:
        """The groups without their kinds, and which of them each word of ``group`` is (-1 for missing)."""
        names = self.sources[0].dated.epochs.group_names
        to = self.group.words.table(("name", id(names)), np.int32, lambda v: names.add(str(v[1])), keep=names).copy()
        to[-1] = -1
        return names, to

    def test(self, expr: ast.Expr, rows: Array, notes: Notes) -> Array:
        """A condition about some contacts, each by the rules of its day. ``notes``: by place among ``rows``."""
        out = np.zeros(len(rows), bool)
        for plan, subject, at, f, own in self._split(rows):
            before, f.notes = f.notes, Notes()
            out[at] = plan.compiler(subject).test(expr)(f, own)
            notes.add_all(f.notes.moved(own, f.n), at)
            f.notes = before
        return out

    def frames(self, rows: Array) -> Iterator[tuple[EpochPlan, str, Array, Frame]]:
        """(plan, subject, places among ``rows``, a frame of their own) for each source and epoch."""
        for plan, subject, at, f, own in self._split(rows):
            yield plan, subject, at, f.take(own)

    def _split(self, rows: Array) -> Iterator[tuple[EpochPlan, str, Array, Frame, Array]]:
        for number, source in enumerate(self.sources):
            mine = np.flatnonzero(self.source[rows] == number)
            if len(mine) == 0:
                continue
            places = self.place[rows[mine]]
            for plan, own, f in source.dated.parts:
                if len(own) == source.dated.frame.n:
                    yield plan, source.subject, mine, f, places
                    continue
                where = np.full(source.dated.frame.n, -1, np.int64)
                where[own] = np.arange(len(own))
                here = where[places]
                hit = here >= 0
                if hit.any():
                    yield plan, source.subject, mine[hit], f, here[hit]


@define(eq=False)
class GroupMoney:
    """Points and money of særtjenester or courses."""

    points: Nums
    money: MoneyColumns


def stated_financing(contacts: Contacts, rows: Array, kind: ast.GroupKind, group: Texts) -> tuple[Array, Array]:
    """Whether ``finansiert`` says something about the group of each representative, and whether it says yes."""
    said, yes = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    for plan, _, at, f in contacts.frames(rows):
        f.group, f.kind = group.take(at), kind
        found = plan.attribute(f, None, "finansiert", noted=False)
        if isinstance(found, Texts):
            ja = found.words.table("ja", np.bool_, lambda v: v == "ja")[found.v]
            nei = found.words.table("nei", np.bool_, lambda v: v == "nei")[found.v]
            said[at], yes[at] = ja | nei, ja
    return said, yes


def group_money(
    rules: Ruleset,
    contacts: Contacts,
    rows: Array,
    kind: ast.GroupKind,
    group: Texts,
    financed: tuple[Array, Array],
    nothing: Array,
    subject: str,
    notes: Notes,
) -> GroupMoney:
    """Points and money of groups read by their representatives ``rows``.

    The weight when financed, 0 when not, missing when unknown (``financed``: said, yes); ``nothing``: 0 whatever else.
    The weight is rounded when ``poeng for`` the subject says so.
    """
    said, yes = financed
    money = MoneyColumns.empty(len(rows), rules)
    parts: list[tuple[Array, Nums]] = []
    for plan, _, at, f in contacts.frames(rows):
        f.group, f.kind = group.take(at), kind
        f.notes = Notes()
        paid = np.flatnonzero(said[at] & yes[at])
        weight = plan.attribute(f, paid, "vekt")
        notes.add_all(f.notes, at)
        f.notes = None
        gone = nothing[at]
        nil = np.flatnonzero((said[at] & ~yes[at]) | gone)
        own = [(nil, Nums(np.zeros(len(nil), np.int64)))]
        if isinstance(weight, Nums):
            left = np.flatnonzero(~gone[paid])
            given = group_points(weight.take(left), rules.points(subject))
            own.append((paid[left], given))
        points = assemble(len(at), own)
        assert isinstance(points, Nums)
        if points.present is not None:
            points.v = np.where(points.present, points.v, 0)
        parts.append((at, points))
        f.points = points
        found = Notes()
        money.put(at, money_of(plan, f, subject, found))
        notes.add_all(found, at)
    whole = assemble(len(rows), parts)
    return GroupMoney(whole if isinstance(whole, Nums) else Nums(np.zeros(0, np.int64)), money)
