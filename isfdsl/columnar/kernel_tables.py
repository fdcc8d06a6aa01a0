"""The arrays the kernel reads: classes, anchors, filters, lists of candidates and programs."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from isfdsl.columnar.kernel_compile import MARK, SINGLE, Formula, Maker
from isfdsl.columnar.kernel_loops import LENGTH, PLACE
from isfdsl.columnar.vectors import Array

Atom = tuple[int, int, int, bool]
"""A literal that a class can make true: (kind, mark or single, bit, its sign). A mark is always positive."""

_OWN_BITS = 52
"""So many literals of singles have a bit of the filter for themselves; the others share the rest."""
MATCH, NO_MATCH = -1, -2


class Classes:
    """What is true of a value, numbered. Class 0 says nothing; the others belong to a single, or to lists (-1)."""

    def __init__(self, maker: Maker) -> None:
        self._literals = maker.literals
        self._singles = maker.singles
        self._lock = threading.Lock()
        self._numbers: dict[tuple[int, int, tuple[int, ...]], int] = {(-1, 0, ()): 0}
        self.all: list[tuple[int, int, tuple[int, ...]]] = [(-1, 0, ())]

    def __len__(self) -> int:
        return len(self.all)

    def of_literals(self, single: int, literals: Iterable[int]) -> int:
        """The class of a code that makes some literals true."""
        truth, marks = 0, []
        for j in literals:
            found = self._literals[j]
            if found.kind == MARK:
                marks.append(found.x)
            else:
                truth |= 1 << found.y
        return self.of_truth(single, truth, tuple(sorted(marks)))

    def of_truth(self, single: int, truth: int, marks: tuple[int, ...] = ()) -> int:
        """The class of a value of a single by the bits of its literals."""
        key = (single, self._singles[single].completed(truth) if single >= 0 else 0, marks)
        found = self._numbers.get(key)
        if found is None:
            with self._lock:
                found = self._numbers.get(key)
                if found is None:
                    found = len(self.all)
                    self.all.append(key)
                    self._numbers[key] = found
        return found


_WORD = (1 << 64) - 1


class Tables:
    """``rows`` told how often each class is met: ``counts`` (classes,)."""

    def __init__(self, maker: Maker, formulas: list[Formula], classes: Classes, counts: Array, rows: int) -> None:
        self.rows = rows
        self._maker = maker
        self._literals = maker.literals
        self._classes = classes
        self._weights = self._shares(counts, rows)
        self._anchored: dict[Atom, list[int]] = {}
        self._lists: dict[tuple[int, ...], int] = {}
        self._listed: list[int] = []
        conjuncts = [_conjuncts(f) for f in formulas]
        always, single_anchor = self._anchor(conjuncts)
        self._choose_filters(conjuncts, single_anchor)
        self._write(conjuncts, single_anchor)
        self._always = self._span(always)
        self._asked = self._interesting()
        self._done = 0
        self._words: dict[tuple[int, bool, int, int], tuple[int, int, tuple[int, ...]]] = {}
        self._filters: list[tuple[int, int, int, int]] = []
        self._marks: list[int] = []
        self._mark_starts = [0]
        self._bits: list[int] = []
        self._bit_starts: list[int] = []
        self._arrays: tuple[Any, ...] = ()

    # ------------------------------------------------------------ anchors

    def _shares(self, counts: Array, rows: int) -> dict[Atom, float]:
        """How often an atom is true, at least: a class that wasn't met counts a little."""
        out: dict[Atom, float] = defaultdict(float)
        for (single, truth, marks), count in zip(self._classes.all, (counts + 0.001).tolist(), strict=False):
            for mark in marks:
                out[MARK, mark, 0, True] += count
            if single >= 0:
                for bit in _ones(truth):
                    out[SINGLE, single, bit, True] += count
        return {atom: count / rows for atom, count in out.items()}

    def _share(self, atom: Atom) -> float:
        kind, x, bit, sign = atom
        found = self._weights.get((kind, x, bit, True), 0.0)
        return found if sign else max(0.0, 1.0 - found)

    def _atom(self, literal: int) -> Atom | None:
        """The atom that must be true for a literal to hold (``~j``: for it not to), if any."""
        found = self._literals[literal if literal >= 0 else ~literal]
        if found.kind == MARK:
            return (MARK, found.x, 0, True) if literal >= 0 else None
        return (SINGLE, found.x, found.y, literal >= 0) if found.kind == SINGLE else None

    def _options(self, formula: Formula) -> tuple[float, tuple[Atom, ...]] | None:
        """Atoms of which one must be true, and how often one is."""
        if isinstance(formula, int):
            atom = self._atom(formula)
            return None if atom is None else (self._share(atom), (atom,))
        found = [self._options(p) for p in formula[1:]]
        if formula[0] == "&":
            return min((o for o in found if o is not None), default=None)
        total = 0.0
        atoms: tuple[Atom, ...] = ()
        for option in found:
            if option is None:
                return None
            total += option[0]
            atoms += option[1]
        return total, atoms

    def _anchor(self, conjuncts: list[list[Formula]]) -> tuple[list[int], list[tuple[float, Atom | None]]]:
        """Put every place under its anchor. Gives the places without one, and for each place how often it is tried
        and its anchor when that is one atom."""
        always: list[int] = []
        single_anchor: list[tuple[float, Atom | None]] = []
        for place, parts in enumerate(conjuncts):
            best = min((o for p in parts if (o := self._options(p)) is not None), default=None)
            if best is None or best[0] > 0.5:
                always.append(place)
                single_anchor.append((1.0, None))
                continue
            share, atoms = best
            for atom in dict.fromkeys(atoms):
                self._anchored.setdefault(atom, []).append(place)
            single_anchor.append((share, atoms[0] if len(atoms) == 1 else None))
        return always, single_anchor

    def _span(self, places: Iterable[int]) -> int:
        """Where some candidates stand in ``listed``, as one word."""
        key = tuple(sorted(set(places)))
        if key not in self._lists:
            self._lists[key] = len(self._listed) << LENGTH | len(key)
            self._listed.extend(place | self._hashed[place] for place in key)
        return self._lists[key]

    # ------------------------------------------------------------ filters

    def _choose_filters(self, conjuncts: list[list[Formula]], anchors: list[tuple[float, Atom | None]]) -> None:
        """Give the atoms that leave out most a bit of their own, the others one that they share."""
        worth: tuple[dict[Atom, float], ...] = (defaultdict(float), defaultdict(float))
        for parts, (share, anchor) in zip(conjuncts, anchors, strict=True):
            for p in parts:
                if not isinstance(p, int):
                    continue
                atom = self._atom(p if p >= 0 or not self._is_mark(~p) else ~p)
                if atom is not None and atom != anchor:
                    worth[0 if atom[0] == MARK else 1][atom] += share * (1.0 - self._share(atom)) + 1e-9
        marks, others = (sorted(w, key=w.__getitem__, reverse=True) for w in worth)
        self._hash_of = {atom: 1 << PLACE + i % (64 - PLACE) for i, atom in enumerate(marks)}
        self._bit_of = {atom: 1 << i for i, atom in enumerate(marks[:64])}
        shared = 64 - _OWN_BITS
        self._exclusive = {*self._bit_of, *others[:_OWN_BITS]}
        for i, atom in enumerate(others):
            self._bit_of[atom] = 1 << (i if i < _OWN_BITS else _OWN_BITS + i % shared)

    def _is_mark(self, literal: int) -> bool:
        return self._literals[literal].kind == MARK

    def _settled(self, part: Formula, anchor: Atom | None, need: list[int]) -> bool:
        """Ask of the filters what they know of a conjunct; True when that and the anchor say all there is."""
        if not isinstance(part, int):
            return False
        literal = self._literals[part if part >= 0 else ~part]
        first = literal.kind != MARK or literal.y == 1
        if part < 0 and literal.kind == MARK:
            atom: Atom = (MARK, literal.x, 0, True)
            if not first or atom not in self._exclusive:
                return False
            need[1] |= self._bit_of[atom]
            return True
        found = self._atom(part)
        if found is None:
            return False
        if found == anchor:
            return first
        need[0 if literal.kind == MARK else 2] |= self._bit_of.get(found, 0)
        need[3] |= self._hash_of.get(found, 0)
        return first and found in self._exclusive

    # ------------------------------------------------------------ programs

    def _write(self, conjuncts: list[list[Formula]], anchors: list[tuple[float, Atom | None]]) -> None:
        needs, entries, code = [], [], _Program(self._literals)
        self._hashed: list[int] = []
        for parts, (_, anchor) in zip(conjuncts, anchors, strict=True):
            need = [0, 0, 0, 0]  # the last goes with the candidate
            left = [p for p in parts if not self._settled(p, anchor, need)]
            left.sort(key=lambda p: 1 - self._literals[p if p >= 0 else ~p].kind % 2 if isinstance(p, int) else 2)
            needs.append(need[:3])
            self._hashed.append(need[3])
            entries.append(code.write(("&", *left), MATCH, NO_MATCH))
        asked = [self._hash_of.get((MARK, x, 0, True), 0) if kind == MARK else 0 for kind, x, *_ in code.lines]
        self._fixed = (
            np.array(needs, np.uint64).reshape(-1, 3),
            np.array(entries, np.int32),
            np.array(code.lines, np.int32).reshape(-1, 5),
            np.array(asked, np.uint64),
        )

    # ------------------------------------------------------------ classes

    def grown(self) -> tuple[Any, ...]:
        """The arrays ``first_match`` reads, for every class met so far. They are replaced and never written into."""
        known = len(self._classes)
        if known == self._done and self._arrays:
            return self._arrays
        for number in range(self._done, known):
            self._take_in(*self._classes.all[number])
        self._done = known
        needs, entries, program, asked = self._fixed
        self._arrays = (
            np.array(self._filters, np.uint64).reshape(-1, 4),
            self._always,
            np.array(self._listed, np.uint64),
            needs,
            entries,
            program,
            asked,
            np.array(self._mark_starts, np.int64),
            np.array(self._marks, np.int32),
            np.array(self._bit_starts, np.int64),
            np.array(self._bits, np.uint64),
        )
        return self._arrays

    def _take_in(self, single: int, truth: int, marks: tuple[int, ...]) -> None:
        filters = [0, 0, 0]
        places: list[int] = []
        for mark in marks:
            atom: Atom = (MARK, mark, 0, True)
            filters[0] |= self._hash_of.get(atom, 0)
            filters[1] |= self._bit_of.get(atom, 0)
            places += self._anchored.get(atom, ())
        self._bit_starts.append(len(self._bits))
        if single >= 0:
            own = self._maker.singles[single]
            self._bits.extend(truth >> shift & _WORD for shift in range(0, own.bits, 64))
            true, false = self._asked.get(single, (0, 0))
            for bits, sign in ((truth & true, True), (~truth & false, False)):
                shift = 0
                while bits:
                    if word := bits & _WORD:
                        hashed, bit, tried = self._of_word(single, sign, shift, word)
                        filters[0] |= hashed
                        filters[2] |= bit
                        places += tried
                    bits >>= 64
                    shift += 64
        self._filters.append((filters[0], filters[1], filters[2], self._span(places) if places else 0))
        self._marks.extend(marks)
        self._mark_starts.append(len(self._marks))

    def _of_word(self, single: int, sign: bool, shift: int, word: int) -> tuple[int, int, tuple[int, ...]]:
        """The filters and the places of some bits of a single, 64 together: most values share most of them."""
        key = (single, sign, shift, word)
        found = self._words.get(key)
        if found is None:
            hashed = bit = 0
            tried: list[int] = []
            for own in _ones(word):
                atom: Atom = (SINGLE, single, shift + own, sign)
                hashed |= self._hash_of.get(atom, 0)
                bit |= self._bit_of.get(atom, 0)
                tried += self._anchored.get(atom, ())
            found = self._words[key] = hashed, bit, tuple(tried)
        return found

    def _interesting(self) -> dict[int, list[int]]:
        """For each single the bits that an anchor or a filter asks about: when true, and when false."""
        out: dict[int, list[int]] = {}
        for kind, single, bit, sign in (*self._anchored, *self._bit_of):
            if kind == SINGLE:
                out.setdefault(single, [0, 0])[0 if sign else 1] |= 1 << bit
        return out


class _Program:
    """Jump programs, one after the other: kind, x, y, where to go on when true, when false."""

    def __init__(self, literals: Any) -> None:
        self._literals = literals
        self.lines: list[tuple[int, int, int, int, int]] = []

    def write(self, formula: Formula, true: int, false: int) -> int:
        """Write a formula; gives where it begins."""
        if isinstance(formula, int):
            if formula < 0:
                formula, true, false = ~formula, false, true
            found = self._literals[formula]
            self.lines.append((found.kind, found.x, found.y, true, false))
            return len(self.lines) - 1
        for part in reversed(formula[1:]):
            if formula[0] == "&":
                true = self.write(part, true, false)
            else:
                false = self.write(part, true, false)
        return true if formula[0] == "&" else false


def _conjuncts(formula: Formula) -> list[Formula]:
    if isinstance(formula, int) or formula[0] != "&":
        return [formula]
    return list(formula[1:])


def _ones(bits: int) -> Iterator[int]:
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
