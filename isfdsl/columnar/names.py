"""Who and where: the texts of patients, units, institutions and regions as numbers shared by all posts of a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import define

from isfdsl.columnar.contacts import Keys
from isfdsl.columnar.numbers import day_of_number
from isfdsl.columnar.store import Store, Stored, Strings, one_chunk
from isfdsl.columnar.vectors import Array, Bools, Days, Lists, Nums, Texts
from isfdsl.program.ruleset import Ruleset

ROLES = ("pasient", "enhet", "institusjon", "region")


@define(eq=False)
class Names:
    """The texts behind the numbers of ``Keys``, one Arrow array per role in the order of ``ROLES``."""

    of: tuple[pa.Array, pa.Array, pa.Array, pa.Array]

    def texts(self, role: str, numbers: Array) -> pa.Array:
        """The text of each number; -1 is missing."""
        return named(self.of[ROLES.index(role)], numbers)

    def coded(self, role: str, numbers: Array) -> pa.Array:
        """The same, dictionary-coded: for what is few."""
        ids = pa.array(numbers.astype(np.int32), mask=numbers < 0)
        return pa.DictionaryArray.from_arrays(ids, self.of[ROLES.index(role)])


def named(values: pa.Array, numbers: Array) -> pa.Array:
    """Texts by number, null for -1."""
    return values.take(pa.array(numbers, mask=numbers < 0))


def name_all(rules: Ruleset, stores: Sequence[Store]) -> tuple[Names, list[Keys]]:
    """Number the texts of every store; equal texts of different posts get the same number."""
    found = [_numbered(rules, stores, role) for role in ROLES]
    texts = tuple(values for values, _ in found)
    keys = [Keys(*(numbers[i] for _, numbers in found)) for i in range(len(stores))]
    return Names((texts[0], texts[1], texts[2], texts[3])), keys


def _numbered(rules: Ruleset, stores: Sequence[Store], role: str) -> tuple[pa.Array, list[Array]]:
    """The texts of a role, and the number of each record's."""
    fields = [rules.role(s.post, role) for s in stores]
    if not any(fields):
        return pa.array([], pa.string()), [np.full(s.n, -1, np.int64) for s in stores]
    columns = [
        pa.nulls(s.n, pa.string()) if field is None else as_text(s.columns[field])
        for s, field in zip(stores, fields, strict=True)
    ]
    coded = pa.concat_arrays(columns).dictionary_encode()
    numbers = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    cuts = np.cumsum([0, *(s.n for s in stores)])
    return coded.dictionary, [numbers[cuts[i] : cuts[i + 1]] for i in range(len(stores))]


def as_text(column: Stored) -> pa.Array:
    """Any column as Arrow strings, as ``str`` writes each value."""
    match column:
        case Strings():
            return one_chunk(column.array).cast(pa.string())
        case Texts():
            return named(pa.array([str(v) for v in column.words.values], pa.string()), column.v)
        case Nums():
            present = column.present
            if isinstance(column.den, int) and column.den == 1:
                return pa.array(column.v, mask=None if present is None else ~present).cast(pa.string())
            raise TypeError("a decimal names nobody")
        case Days():
            present = np.ones(len(column), bool) if column.present is None else column.present
            return pa.array([str(day_of_number(d)) if p else None for d, p in zip(column.days, present, strict=True)])
        case Bools() | Lists():
            raise TypeError("a list or yes/no names nobody")
