"""Who and where: the texts of patients, units, institutions and regions as numbers shared by all posts of a run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from isfdsl.columnar.contacts import Keys
from isfdsl.columnar.store import Store, Stored, Strings, one_chunk
from isfdsl.columnar.vectors import Array, Nums, Texts
from isfdsl.columnar.words import Words
from isfdsl.program.ruleset import Ruleset

ROLES = ("pasient", "enhet", "institusjon", "region")


class Names:
    """The texts behind the numbers of ``Keys``: those of a role are numbered when it is first asked for."""

    def __init__(self, rules: Ruleset, stores: Sequence[Store]) -> None:
        self._stores = stores
        self._fields = {role: tuple(rules.role(s.post, role) for s in stores) for role in ROLES}
        self._made: dict[tuple[str | None, ...], tuple[pa.Array, list[Array]]] = {}

    def of(self, role: str) -> pa.Array:
        """The texts of a role, by number."""
        return self._found(role)[0]

    def numbers(self, role: str, store: int) -> Array:
        """The number of each record's text in a store, -1 where missing."""
        return self._found(role)[1][store]

    def numbered(self, role: str) -> bool:
        """Whether anybody has asked for a role."""
        return self._fields[role] in self._made

    def texts(self, role: str, numbers: Array) -> pa.Array:
        """The text of each number; -1 is missing."""
        return named(self.of(role), numbers) if len(numbers) else pa.array([], pa.string())

    def coded(self, role: str, numbers: Array) -> pa.Array:
        """The same, dictionary-coded: for what is few."""
        return coded(numbers, self.of(role))

    def numbers_of(self, role: str, texts: pa.Array) -> Array:
        """The numbers of some texts, of which some may be new; -1 where missing."""
        whole, numbers = self._found(role)
        told = texts.dictionary_encode()
        known = {text: i for i, text in enumerate(whole.to_pylist())}
        to = [known.setdefault(text, len(known)) for text in told.dictionary.to_pylist()]
        if len(known) > len(whole):
            self._made[self._fields[role]] = pa.array(list(known), pa.string()), numbers
        places: Array = pc.fill_null(told.indices, -1).to_numpy(zero_copy_only=False)
        return np.array([*to, -1], np.int64)[places]

    def _found(self, role: str) -> tuple[pa.Array, list[Array]]:
        fields = self._fields[role]  # may be those of another role too
        if fields not in self._made:
            self._made[fields] = _numbered(fields, self._stores)
        return self._made[fields]


def named(values: pa.Array, numbers: Array) -> pa.Array:
    """Texts by number, null for -1."""
    return values.take(_nulled(numbers))


def coded(numbers: Array, values: pa.Array) -> pa.DictionaryArray:
    """Texts by number, null for -1, dictionary-coded."""
    return pa.DictionaryArray.from_arrays(_nulled(numbers.astype(np.int32, copy=False)), values, safe=False)


def bits(flags: Array) -> pa.Buffer | None:
    """Flags as Arrow has them, one bit each; ``None`` for those that say all."""
    return None if flags.all() else pa.py_buffer(np.packbits(flags, bitorder="little"))


def _nulled(numbers: Array) -> pa.Array:
    whole = np.ascontiguousarray(numbers)  # Arrow itself would take five times as long to mark what is missing
    kind = pa.from_numpy_dtype(whole.dtype)
    return pa.Array.from_buffers(kind, len(whole), [bits(whole >= 0), pa.py_buffer(whole)])


def name_all(rules: Ruleset, stores: Sequence[Store]) -> tuple[Names, list[Keys]]:
    """Number the texts of every store; equal texts of different posts get the same number."""
    names = Names(rules, stores)
    return names, [Keys(*(partial(names.numbers, role, at) for role in ROLES)) for at in range(len(stores))]


def _numbered(fields: Sequence[str | None], stores: Sequence[Store]) -> tuple[pa.Array, list[Array]]:
    """The texts of a field of each store (``None``: it has none), and the number of each record's."""
    if not any(fields):
        return pa.array([], pa.string()), [np.full(s.n, -1, np.int64) for s in stores]
    columns = [
        pa.nulls(s.n, pa.string()).dictionary_encode() if field is None else as_coded(s.columns[field])
        for s, field in zip(stores, fields, strict=True)
    ]
    whole = pa.concat_arrays(columns)
    numbers = pc.fill_null(whole.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    cuts = np.cumsum([0, *(s.n for s in stores)])
    return whole.dictionary, [numbers[cuts[i] : cuts[i + 1]] for i in range(len(stores))]


def as_coded(column: Stored) -> pa.DictionaryArray:
    """Any column as ``as_text`` has it, dictionary-coded: each text once."""
    match column:
        case Strings() if pa.types.is_dictionary(column.array.type):
            whole = one_chunk(column.array)
            return pa.DictionaryArray.from_arrays(whole.indices.cast(pa.int32()), whole.dictionary)
        case Texts():
            return coded(column.v, texts_of(column.words))
        case _:
            return as_text(column).dictionary_encode()


def as_text(column: Stored) -> pa.Array:
    """Any column as Arrow strings, as ``str`` writes each value."""
    match column:
        case Strings():
            return one_chunk(column.array).cast(pa.string())
        case Texts():
            return named(texts_of(column.words), column.v)
        case Nums(v=v, den=1, present=present):
            if v.dtype == object:
                v = np.array([str(x) for x in v], object)
            return pa.array(v, mask=None if present is None else ~present).cast(pa.string())
        case _:
            raise TypeError(f"{type(column).__name__} names nobody")  # the checker has refused it


def texts_of(words: Words) -> pa.Array:
    """The texts behind the numbers of a coded column."""
    return words.made("texts", lambda values: pa.array([str(v) for v in values], pa.string()))
