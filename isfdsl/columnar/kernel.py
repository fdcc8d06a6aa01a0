"""First match, compiled: for each row the place of the first condition that holds, for thousands of conditions.

A record is a few classes: what is true of each of its codes and of each single value. A condition is only tried for
records with a class that makes its rarest necessary literal true (its anchor), and then only when 256 bits of filter
don't rule it out. What is left is asked literal by literal. Nothing here depends on how rare a literal really is but
the speed.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import define, field

from isfdsl.columnar import kernel_loops as loops
from isfdsl.columnar import ragged
from isfdsl.columnar.frame import Frame, Rows
from isfdsl.columnar.kernel_compile import Formula, Maker, Single, Source
from isfdsl.columnar.kernel_tables import Classes, Tables
from isfdsl.columnar.vectors import Array, Bools, Lists, Nums, Texts, Vec
from isfdsl.columnar.words import Value
from isfdsl.syntax import ast

if TYPE_CHECKING:
    from isfdsl.columnar.plan import EpochPlan

_NO_FLAGS = np.zeros(0, bool)
_DENSE_COSTS = 4
"""A dense literal is tested for every row; the kernel pays for it with so many conditions."""
ENOUGH = 20_000
"""So many records tell well enough what is rare."""
_WIDEST = 1 << 12
"""A table by value may be this long whatever the number of rows."""


class Unfit(Exception):
    """A value is not of the kind that its type promised; the scan must do."""


@define(eq=False)
class Kernel:
    """The kernel of one list of conditions. Safe for threads: what grows does so under a lock."""

    maker: Maker
    formulas: list[Any]
    classes: Classes
    _lists: list[Source]
    _lock: threading.Lock = field(factory=threading.Lock)
    _tables: Tables | None = None

    def __call__(self, f: Frame, rows: Rows) -> Array:
        """The places (n,), int32. Raises ``Unfit`` when the scan must do."""
        n = f.count(rows)
        out = np.full(n, -1, np.int32)
        if n == 0 or not self.formulas:
            return out
        singles = np.zeros((n, len(self.maker.singles)), np.int32)
        for k, single in enumerate(self.maker.singles):
            if single.source is not None:
                self._code_classes(single.source, f, rows, singles[:, k])
            else:
                self._value_classes(k, single, f, rows, singles[:, k])
        starts, sizes, flat, longest = self._list_classes(f, rows, n)
        dense = np.zeros((n, (len(self.maker.dense) + 63) // 64), np.uint64)
        for place, test in enumerate(self.maker.dense):
            loops.pack(test(f, rows), place, dense)
        ready = self._ready(singles, flat, n)
        given: tuple[Any, ...] = (singles, starts, sizes, flat, singles.shape[1] + longest, *ready, dense, out)
        loops.first_match(*given)
        return out

    @property
    def pays(self) -> bool:
        """Whether it is likely quicker than a scan, which tests fewer and fewer rows."""
        return len(self.maker.dense) * _DENSE_COSTS <= len(self.formulas)

    def _ready(self, singles: Array, flat: Array, n: int) -> tuple[Any, ...]:
        """Arrays that know every class met so far. The first rows say what is rare, a much larger batch anew."""
        with self._lock:
            found = self._tables
            if found is None or (found.rows < ENOUGH and n >= 8 * found.rows):
                size = len(self.classes)  # other threads may add some meanwhile; none of those is met here
                counts = np.bincount(singles.ravel(), minlength=size) + np.bincount(flat, minlength=size)
                found = self._tables = Tables(self.maker, self.formulas, self.classes, counts, n)
            return found.grown()

    # ------------------------------------------------------------ classes

    def _table(self, source: Source, codes: Texts | Lists) -> Array:
        def say(values: list[Value]) -> list[int]:
            return self.classes.of_codes(source, values)

        return codes.words.table_of(("kernel", id(source)), np.int32, say, keep=(self, source))

    def _code_classes(self, source: Source, f: Frame, rows: Rows, out: Array) -> None:
        codes = source.part.fetch(f, rows)
        if not isinstance(codes, Texts):
            raise Unfit
        missing = self.classes.of_missing(source)
        loops.classes_of(codes.v, self._table(source, codes), missing, out)

    def _list_classes(self, f: Frame, rows: Rows, n: int) -> tuple[Array, Array, Array, int]:
        """Starts and sizes (n, lists), the classes they point into, and how many classes a row has at most."""
        found, at, longest = [], 0, 0
        for source in self._lists:
            codes = source.part.fetch(f, rows)
            if isinstance(codes, Texts):
                size = (codes.v >= 0).astype(np.int64)
                codes = Lists(np.arange(n), size, codes.v, codes.words)
            start, flat, total = codes.start, codes.flat, int(codes.size.sum())
            if len(flat) > 2 * total:
                flat = ragged.gathered(start, codes.size, flat, total)
                start = np.cumsum(codes.size) - codes.size
            found.append((start, codes.size, flat, self._table(source, codes)))
            at += len(flat)
            longest += int(codes.size.max())
        kind: Any = np.int32 if at < 2**31 else np.int64
        starts, sizes = (np.empty((n, len(found)), kind) for _ in range(2))
        flat, at = np.empty(at, np.int32), 0
        for s, (start, size, own, table) in enumerate(found):
            starts[:, s], sizes[:, s] = start + at, size
            np.take(table, own, out=flat[at : at + len(own)], mode="wrap")
            at += len(own)
        return starts, sizes, flat, longest

    def _value_classes(self, k: int, single: Single, f: Frame, rows: Rows, out: Array) -> None:
        """One row of each different value is asked; the others have its class."""
        assert single.value is not None
        values, low, there, size = _laid_out(single.value(f, rows), len(out))
        first = np.full(size, -1, np.int64)
        loops.spread(values, low, there, first)
        met = np.flatnonzero(first >= 0)
        some = first[met]
        words = np.zeros((len(met), (single.bits + 63) // 64), np.uint64)
        asked = some if rows is None else rows[some]
        for bit, test in single.tests:
            loops.pack(test(f, asked), bit, words)
        table = np.zeros(size, np.int32)
        kinds, which = np.unique(words if words.shape[1] > 1 else words[:, 0], axis=0, return_inverse=True)
        own = [self.classes.of_truth(k, int.from_bytes(kind.astype("<u8").tobytes(), "little")) for kind in kinds]
        table[met] = np.array(own, np.int32)[which.reshape(-1)]
        loops.looked_up(values, low, there, table, out)


def compiled(
    plan: EpochPlan, subject: str, conditions: Sequence[tuple[ast.Expr, ...]], busy: frozenset[str], about: str
) -> tuple[Maker, list[Formula]]:
    """Some conditions as formulas, see ``FirstMatch``, for records read as ``about``."""
    maker = Maker(plan, about)
    compiler = plan.compiler(subject, busy)
    return maker, [maker.condition(parts, compiler) for parts in conditions]


def kernel_of(maker: Maker, formulas: list[Formula]) -> Kernel:
    """The kernel of what has been compiled."""
    return Kernel(maker, formulas, Classes(maker), [s for s in maker.sources if s.number < 0])


def _laid_out(v: Vec, n: int) -> tuple[Array, int, Array, int]:
    """Values as whole numbers: (numbers, the lowest, where there is one or empty, size of a table by number)."""
    if isinstance(v, Lists):
        raise Unfit
    numbers: Array | None = v.v.astype(np.int64) if isinstance(v, Bools) else v.v
    there = v.present if not isinstance(v, Texts) else None
    if isinstance(v, Nums) and not isinstance(v.den, int):
        numbers = None
    if numbers is None or numbers.dtype == object:
        # Too large for 64 bits, or fractions: every row for itself.
        return np.arange(n), 0, _NO_FLAGS, n + 1
    some = numbers if there is None else numbers[there]
    low = int(some.min()) if len(some) else 0
    size = int(some.max()) - low + 2 if len(some) else 1
    if size > max(_WIDEST, 4 * n):
        _, numbers = np.unique(numbers, return_inverse=True)
        low, size = 0, n + 1
    return numbers, low, _NO_FLAGS if there is None else there, size
