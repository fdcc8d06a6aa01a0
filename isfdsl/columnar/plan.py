"""The rules of one epoch as a plan over columns: compiled expressions, deciders, levels, requirements, attributes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np
from attrs import define, field

from isfdsl.columnar.decide import Decider, Level
from isfdsl.columnar.expressions import Compiler
from isfdsl.columnar.frame import Frame, Rows
from isfdsl.columnar.krav import Requirement
from isfdsl.columnar.vectors import Array, Nums, Texts, Vec, assemble, constant_number, missing_like
from isfdsl.columnar.words import Words
from isfdsl.program.epoch import Epoch
from isfdsl.syntax import ast

Busy = frozenset[str]
T = TypeVar("T")


@define(eq=False, slots=False)
class EpochPlan:
    """One epoch."""

    epoch: Epoch
    changing: dict[tuple[str, Any], bool] = field(factory=dict, init=False)
    _compilers: dict[tuple[str | None, Busy], Compiler] = field(factory=dict, init=False)
    _made: dict[tuple[Any, ...], Any] = field(factory=dict, init=False)
    _attributes: dict[tuple[str, str, int], Attribute] = field(factory=dict, init=False)

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
        key = ("nivå", decl.name.text, busy)
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
        table = self._table(f.kind, name, group.words)
        if noted and f.notes is not None and table.noted:
            for text, groups in table.noted.items():
                mine = np.append(np.isin(np.arange(len(group.words)), groups), False)[group.v]
                f.notes.add(text, f.rows(rows)[mine])
        return table.value.take(group.v)

    def _table(self, kind: ast.GroupKind, name: str, words: Words) -> Attribute:
        key = (kind, name, id(words))
        found = self._attributes.get(key)
        if found is None or len(found.value) != len(words) + 1:
            found = self._attributes[key] = _attribute(self.epoch, kind, name, words)
        return found


@define(eq=False)
class Attribute:
    """An attribute by group: its value (one more place for no group), and which groups leave which note."""

    value: Vec
    noted: dict[str, Array]
    words: Words


def _attribute(epoch: Epoch, kind: ast.GroupKind, name: str, words: Words) -> Attribute:
    parts: list[tuple[Array, Vec]] = []
    noted: dict[str, list[int]] = {}
    texts = Words()
    for i, group in enumerate(list(words.values)):
        value, note = epoch.attribute(kind, str(group), name)
        if note is not None:
            noted.setdefault(note, []).append(i)
        if value is None:
            continue
        at = np.array([i])
        if isinstance(value, str):
            parts.append((at, Texts(np.array([texts.add(value)], np.int32), texts)))
        else:
            parts.append((at, constant_number(value, 1)))
    value = assemble(len(words) + 1, parts) if parts else missing_like(None, len(words) + 1)
    if isinstance(value, Nums) and value.present is None:
        value.present = np.ones(len(value), bool)
    return Attribute(value, {text: np.array(groups) for text, groups in noted.items()}, words)
