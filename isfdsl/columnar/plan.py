"""The rules of one epoch as a plan over columns: compiled expressions, deciders, levels, requirements, attributes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from attrs import define, field

from isfdsl.columnar.decide import Decider, Level
from isfdsl.columnar.expressions import Compiler
from isfdsl.columnar.frame import Frame, Rows
from isfdsl.columnar.krav import Requirement
from isfdsl.columnar.vectors import Array, Texts, Vec, missing_like, numbers_at
from isfdsl.columnar.words import Words
from isfdsl.program.epoch import Epoch
from isfdsl.syntax import ast

Busy = frozenset[str]
T = TypeVar("T")


@define(eq=False, slots=False)
class EpochPlan:
    """One epoch; ``number`` is its place among those of the ruleset, when it is one of them."""

    epoch: Epoch
    number: int | None = None
    changing: dict[tuple[str, Any], bool] = field(factory=dict, init=False)
    _compilers: dict[tuple[str | None, Busy], Compiler] = field(factory=dict, init=False)
    _made: dict[tuple[Any, ...], Any] = field(factory=dict, init=False)
    _attributes: dict[tuple[str, str], Attribute] = field(factory=dict, init=False)

    def compiler(self, subject: str | None, busy: Busy = frozenset()) -> Compiler:
        """What compiles expressions about a subject."""
        key = (subject, busy)
        if key not in self._compilers:
            self._compilers[key] = Compiler(self, subject, busy)
        return self._compilers[key]

    def decider(self, decl: ast.Hierarki, busy: Busy = frozenset()) -> Decider:
        """A hierarchy ready to decide."""
        key = ("hierarki", decl.name.text, busy)
        if key not in self._made:
            self._made[key] = Decider(self, decl, busy)
        return self._made[key]  # type: ignore[no-any-return]

    def level(self, decl: ast.Nivaa, busy: Busy = frozenset()) -> Level:
        """A level ready to be computed."""
        key = ("nivå", decl.subject.text, decl.name.text, busy)
        if key not in self._made:
            self._made[key] = Level(self, decl, busy)
        return self._made[key]  # type: ignore[no-any-return]

    def krav(self, name: str, busy: Busy = frozenset()) -> Requirement:
        """A requirement ready to be tested."""
        key = ("krav", name, busy)
        if key not in self._made:
            self._made[key] = Requirement(self, self.epoch.ruleset.krav[name], busy)
        return self._made[key]  # type: ignore[no-any-return]

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once for the epoch."""
        if ("kept", key) not in self._made:
            self._made["kept", key] = make()
        return self._made["kept", key]  # type: ignore[no-any-return]

    def attribute(self, f: Frame, rows: Rows, name: str, *, noted: bool = True) -> Vec:
        """An attribute of the group of each row; reading one that is unknown or assumed leaves a note."""
        n = f.count(rows)
        if f.group is None or f.kind is None:
            return missing_like(None, n)
        group = f.group if rows is None else f.group.take(rows)
        table, to = self._table(f.kind, name, group.words)
        if noted and f.notes is not None and table.notes:
            which = table.note_of[to][group.v]
            some = np.flatnonzero(which >= 0)
            for number in np.unique(which[some]).tolist():
                own = some[which[some] == number]
                f.notes.add(table.notes[number], own if rows is None else rows[own])
        return table.value.take(to).take(group.v)

    def _table(self, kind: ast.GroupKind, name: str, words: Words) -> tuple[Attribute, Array]:
        """An attribute of the groups of a kind, and the place in it of each of some words (one more for missing)."""
        known = self._groups[kind]
        to = words.table(("place", id(self), kind), np.int32, lambda v: known.add(str(v)) + 1, keep=self)
        found = self._attributes.get((kind, name))
        if found is None or len(found.value) <= len(known):
            found = self._attributes[kind, name] = _attribute(self.epoch, kind, name, known)
        return found, to

    @cached_property
    def _groups(self) -> dict[ast.GroupKind, Words]:
        """The groups of each kind in one numbering for all the frames of the epoch; most are there from the start."""
        rules = self.epoch.ruleset
        return {"DRG": Words(rules.drg), "STG": Words(rules.stg), "TFG": Words(rules.tfg)}


@define(eq=False)
class Attribute:
    """An attribute by group: its value, and which of ``notes`` reading it leaves (-1: none). The first place is that
    of no group."""

    value: Vec
    note_of: Array
    notes: list[str]


def _attribute(epoch: Epoch, kind: ast.GroupKind, name: str, words: Words) -> Attribute:
    groups = [str(v) for v in words.values]  # another thread may add more meanwhile
    n = 1 + len(groups)
    note_of, notes = np.full(n, -1, np.int32), Words()
    ids, texts = np.full(n, -1, np.int32), Words()
    numbers: dict[int, Any] = {}
    for place, group in enumerate(groups, 1):
        value, note = epoch.attribute(kind, group, name)
        if note is not None:
            note_of[place] = notes.add(note)
        if isinstance(value, str):
            ids[place] = texts.add(value)
        elif value is not None:
            numbers[place] = value
    value = Texts(ids, texts) if len(texts) else numbers_at(n, list(numbers), list(numbers.values()))
    return Attribute(value, note_of, [str(v) for v in notes.values])
