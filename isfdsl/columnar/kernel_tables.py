"""The arrays the kernel reads: classes, anchors, filters, lists of candidates and programs."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np

from isfdsl.columnar import ragged
from isfdsl.columnar.kernel_compile import MARK, SINGLE, Formula, Maker, Source
from isfdsl.columnar.kernel_loops import LENGTH, PLACE
from isfdsl.columnar.vectors import Array
from isfdsl.columnar.words import Value

Atom = tuple[int, int, int, bool]
"""A literal that a class can make true: (kind, mark or single, bit, its sign). A mark is always positive."""

_OWN_BITS = 52
"""So many literals of singles have a bit of the filter for themselves; the others share the rest."""
_OWN_MARKS = 24
"""The same of marks."""
MATCH, NO_MATCH = -1, -2


Marks = tuple[int, ...]
_NO_MARKS: Marks = ()
Class = tuple[int, int, Marks]
"""What is true of a value: the single it belongs to (-1: lists), the bits of its literals, and its marks."""


class Classes:
    """What is true of a value, numbered. Class 0 says nothing."""

    def __init__(self, maker: Maker) -> None:
        self._literals = maker.literals
        self._singles = maker.singles
        self._lock = threading.Lock()
        self._numbers: dict[Class, int] = {(-1, 0, ()): 0}
        self._by_carried: dict[Source, dict[frozenset[str], int]] = {s: {} for s in maker.sources}
        self._told = {s: self._by_property(s) for s in maker.sources}
        self.all: list[Class] = [(-1, 0, ())]

    def __len__(self) -> int:
        return len(self.all)

    def of_codes(self, source: Source, values: Sequence[Value]) -> list[int]:
        """The classes of some codes. What follows from their properties alone is asked once per set of properties."""
        source.part.learn(values)
        of, known, more = source.part.index.of, self._by_carried[source], source.more if source.asks_more else None
        out = []
        for value in values:
            carried = of(value)
            if more is not None and (literals := more(value, carried)):
                out.append(self._of_carried(source, carried, literals))
                continue
            found = known.get(carried)
            if found is None:
                found = known[carried] = self._of_carried(source, carried)
            out.append(found)
        return out

    def of_missing(self, source: Source) -> int:
        """The class of a missing code."""
        return self.of_truth(source.number, 0)

    def _of_carried(self, source: Source, carried: frozenset[str], literals: Iterable[int] = ()) -> int:
        """The class of what carries some properties, and makes these literals true besides."""
        told, truth, marks = self._told[source], 0, _NO_MARKS
        if literals or source.present or source.failing:
            truth, marks = self._facts((*source.always(carried), *literals))
        for name in carried:
            if name in told:
                bits, more = told[name]
                truth |= bits
                marks += more
        return self.of_truth(source.number, truth, tuple(sorted(set(marks))) if len(marks) > 1 else marks)

    def _by_property(self, source: Source) -> dict[str, tuple[int, Marks]]:
        return {name: self._facts(literals) for name, literals in source.by_property.items()}

    def _facts(self, literals: Iterable[int]) -> tuple[int, Marks]:
        """The bits and the marks of some literals."""
        truth, marks = 0, []
        for j in literals:
            found = self._literals[j]
            if found.kind == MARK:
                marks.append(found.x)
            else:
                truth |= 1 << found.y
        return truth, tuple(marks)

    def of_truth(self, single: int, truth: int, marks: Marks = _NO_MARKS) -> int:
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


class Facts:
    """What classes may say, numbered: the marks, then the bits of each single; then, as many again, that one is not."""

    def __init__(self, maker: Maker) -> None:
        self._words = np.array([*((s.bits + 63) // 64 for s in maker.singles), 0])
        """How many words the bits of a single take; the last is that of lists."""
        ends = maker.marks + np.cumsum(64 * self._words)
        self._first: list[int] = (ends - 64 * self._words).tolist()
        self.size = int(ends[-1])

    def number(self, atom: Atom) -> int:
        """The number of an atom."""
        kind, x, bit, sign = atom
        return (x if kind == MARK else self._first[x] + bit) + (0 if sign else self.size)

    def marked(self, classes: Sequence[Class]) -> tuple[Array, Array]:
        """The marks that some classes have: (class, mark), class by class."""
        size = [len(marks) for _, _, marks in classes]
        return np.repeat(np.arange(len(size)), size), np.fromiter(chain.from_iterable(c[2] for c in classes), np.int32)

    def bits(self, classes: Sequence[Class]) -> tuple[Array, Array, list[tuple[Array, int, Array]]]:
        """The bits of some classes, packed, and where those of each begin; and the same column by column.

        A column is 64 bits of one single: the classes of the single, the first fact, and a word of each.
        """
        singles = np.array([single for single, _, _ in classes], np.int64)
        size = self._words[singles]
        start = np.cumsum(size) - size
        packed = np.zeros(int(size.sum()), np.uint64)
        columns = []
        for single in np.unique(singles[size > 0]).tolist():
            own, wide, first = np.flatnonzero(singles == single), int(self._words[single]), self._first[single]
            written = b"".join(classes[i][1].to_bytes(8 * wide, "little") for i in own.tolist())
            words = np.frombuffer(written, "<u8").reshape(-1, wide)
            packed[start[own][:, None] + np.arange(wide)] = words
            columns += [(own, first + 64 * k, words[:, k]) for k in range(wide)]
        return packed, start, columns


class Tables:
    """``rows`` told how often each class is met: ``counts`` (classes,)."""

    def __init__(self, maker: Maker, formulas: list[Formula], classes: Classes, counts: Array, rows: int) -> None:
        self.rows = rows
        self._literals = maker.literals
        self._classes = classes
        self._facts = Facts(maker)
        self._weights = self._shares(counts, rows)
        self._anchored: dict[Atom, list[int]] = {}
        conjuncts = [_conjuncts(f) for f in formulas]
        always, single_anchor = self._anchor(conjuncts)
        self._choose_filters(conjuncts, single_anchor)
        self._write(conjuncts, single_anchor)
        self._by_fact()
        self._spans: dict[bytes, int] = {}
        self._listed = np.zeros(0, np.uint64)
        self._always = int(self._span(np.zeros(len(always), np.int64), np.array(always, np.int64), 1)[0])
        self._filters = np.zeros((0, 4), np.uint64)
        self._marks, self._mark_starts = np.zeros(0, np.int32), np.zeros(1, np.int64)
        self._bits, self._bit_starts = np.zeros(0, np.uint64), np.zeros(0, np.int64)
        self._arrays: tuple[Any, ...] = ()

    # ------------------------------------------------------------ anchors

    def _shares(self, counts: Array, rows: int) -> list[float]:
        """How often each fact is true, at least: a class that wasn't met counts a little."""
        met = self._classes.all[: len(counts)]
        weights = counts + 0.001
        own, marks = self._facts.marked(met)
        found = np.zeros(self._facts.size)
        np.add.at(found, marks, weights[own])
        for own, first, words in self._facts.bits(met)[2]:
            row, bit = _ones(words)
            found[first : first + 64] = np.bincount(bit, weights[own[row]], 64)
        found /= rows
        return [*found.tolist(), *np.maximum(1.0 - found, 0.0).tolist()]

    def _share(self, atom: Atom) -> float:
        return self._weights[self._facts.number(atom)]

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

    def _span(self, rows: Array, places: Array, n: int) -> Array:
        """Where the candidates of each of ``n`` rows stand in ``listed``, as words; 0 for none. (row, place) pairs."""
        rows, places = np.divmod(np.unique(rows << PLACE | places), 1 << PLACE)
        size = np.bincount(rows, minlength=n)
        end = np.cumsum(size)
        out, fresh, at = np.zeros(n, np.uint64), np.zeros(n, bool), len(self._listed)
        written, wide = places.tobytes(), places.itemsize
        some = np.flatnonzero(size)
        for row, first, last in zip(some.tolist(), (end - size)[some].tolist(), end[some].tolist(), strict=True):
            key = written[first * wide : last * wide]
            found = self._spans.get(key)
            if found is None:
                found = self._spans[key] = at << LENGTH | last - first
                at += last - first
                fresh[row] = True
            out[row] = found
        added = places[fresh[rows]]
        self._listed = np.concatenate([self._listed, added.astype(np.uint64) | self._hashed[added]])
        return out

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
        hashes = 64 - PLACE
        self._hash_of = {atom: 1 << PLACE + i % hashes for i, atom in enumerate(marks)}
        self._bit_of = {}
        self._exclusive = {*marks[:_OWN_MARKS], *others[:_OWN_BITS]}
        # Marks that share both bits are 40 times fewer than those that share one.
        for i, atom in enumerate(marks):
            self._bit_of[atom] = 1 << (i if i < _OWN_MARKS else _OWN_MARKS + i // hashes % (64 - _OWN_MARKS))
        for i, atom in enumerate(others):
            self._bit_of[atom] = 1 << (i if i < _OWN_BITS else _OWN_BITS + i % (64 - _OWN_BITS))

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
        hashed = []
        for parts, (_, anchor) in zip(conjuncts, anchors, strict=True):
            need = [0, 0, 0, 0]  # the last goes with the candidate
            left = [p for p in parts if not self._settled(p, anchor, need)]
            left.sort(key=lambda p: 1 - self._literals[p if p >= 0 else ~p].kind % 2 if isinstance(p, int) else 2)
            needs.append(need[:3])
            hashed.append(need[3])
            entries.append(code.write(("&", *left), MATCH, NO_MATCH))
        self._hashed = np.array(hashed, np.uint64)
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
        new = self._classes.all[len(self._filters) :]
        if not new and self._arrays:
            return self._arrays
        self._take_in(new)
        needs, entries, program, asked = self._fixed
        self._arrays = (
            self._filters,
            self._always,
            self._listed,
            needs,
            entries,
            program,
            asked,
            self._mark_starts,
            self._marks,
            self._bit_starts,
            self._bits,
        )
        return self._arrays

    def _take_in(self, new: Sequence[Class]) -> None:
        """Add classes to the arrays."""
        of_mark, marks = self._facts.marked(new)
        packed, starts, columns = self._facts.bits(new)
        filters = np.zeros((len(new), 4), np.uint64)
        np.bitwise_or.at(filters[:, 0], of_mark, self._hash[marks])
        np.bitwise_or.at(filters[:, 1], of_mark, self._bit[marks])
        of, facts = [of_mark], [marks]
        for own, first, words in columns:
            for said, at in ((words, first), (~words, self._facts.size + first)):
                bit, anchored = self._bit[at : at + 64], self._places_size[at : at + 64] > 0
                if bit.any():
                    # Most classes have the same word: it is looked at once.
                    found, which = np.unique(said & _word(bit != 0), return_inverse=True)
                    filters[own, 2] |= np.bitwise_or.reduce(np.where(_flags(found), bit, np.uint64(0)), axis=1)[which]
                if anchored.any():
                    row, place = _ones(said & _word(anchored))
                    of.append(own[row])
                    facts.append(at + place)
        fact = np.concatenate(facts)
        size = self._places_size[fact]
        places = ragged.gathered(self._places_start[fact], size, self._places, int(size.sum()))
        filters[:, 3] = self._span(np.repeat(np.concatenate(of), size), places, len(new))
        self._filters = np.concatenate([self._filters, filters])
        ends = self._mark_starts[-1] + np.cumsum(np.bincount(of_mark, minlength=len(new)))
        self._marks = np.concatenate([self._marks, marks])
        self._mark_starts = np.concatenate([self._mark_starts, ends])
        self._bit_starts = np.concatenate([self._bit_starts, len(self._bits) + starts])
        self._bits = np.concatenate([self._bits, packed])

    def _by_fact(self) -> None:
        """What anchors and filters have of each fact, as arrays by its number."""
        n = 2 * self._facts.size
        self._hash, self._bit = np.zeros(n, np.uint64), np.zeros(n, np.uint64)
        for words, by_atom in ((self._hash, self._hash_of), (self._bit, self._bit_of)):
            for atom, word in by_atom.items():
                words[self._facts.number(atom)] = word
        anchored = [(self._facts.number(atom), places) for atom, places in self._anchored.items()]
        self._places = np.array([p for _, places in anchored for p in places], np.int64)
        self._places_size, self._places_start = np.zeros(n, np.int64), np.zeros(n, np.int64)
        at = 0
        for fact, places in anchored:
            self._places_start[fact], self._places_size[fact] = at, len(places)
            at += len(places)


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


def _flags(words: Array) -> Array:
    """The bits of words (n,) as (n, 64) bool."""
    bytes_ = np.ascontiguousarray(words, "<u8").view(np.uint8).reshape(-1, 8)
    return np.unpackbits(bytes_, axis=1, bitorder="little").view(bool)


def _ones(words: Array) -> tuple[Array, Array]:
    """The bits that are set: (word, bit)."""
    some = np.flatnonzero(words)
    which, bit = np.nonzero(_flags(words[some]))
    return some[which], bit


def _word(flags: Array) -> np.uint64:
    """64 flags as a word."""
    return np.packbits(flags, bitorder="little").view("<u8")[0]  # type: ignore[no-any-return]
