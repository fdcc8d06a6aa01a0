"""Batches of stores kept in memory, with the rows of each partition known: some are picked out when they are wanted.

A batch is laid in order of partition at once, while the cache of the core has it, and in as little room as it can take:
on many machines memory that is touched for the first time costs more than what is then done with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import define, field

from isfdsl.columnar.joining import constant, end_to_end, joined, packed_lists, picked, same_words
from isfdsl.columnar.store import Store, Stored, Strings, one_chunk
from isfdsl.columnar.vectors import Array, Bools, Days, Lists, Nums, Texts

_MINUTE = 60_000_000
_INT16, _INT32 = 2**15, 2**31
_SAMPLE = 1_000


@define(eq=False)
class Batch:
    """A batch in order of partition. ``order``: the row that each was; ``cuts``: where each partition begins, and ends.

    Texts of which there are few are coded. ``minutes``: the moments that are kept as whole minutes. Lists have no
    starts, only ``flats``: where the values of each partition begin. ``numbers``: field → what the numbers of its words
    are to become (one more place for missing), where they are those of another process.
    """

    store: Store
    order: Array
    cuts: Array
    minutes: frozenset[str]
    flats: dict[str, Array]
    numbers: Mapping[str, Array] = field(factory=dict)


class Shelf:
    """The same as ``Spill``, in memory. Safe to ``load`` from several threads once everything is appended."""

    def __init__(self, partitions: int) -> None:
        if partitions < 1:
            raise ValueError("at least one partition")
        self.partitions = partitions
        self._batches: list[Batch] = []

    def append(self, store: Store, partition: Array) -> None:
        """Put rows aside: ``partition[i]`` (n,), from 0 to ``partitions`` - 1, says where row i belongs.

        Appended stores are numbered from 0, as the batches of a ``Stream`` are. Other numbers: ``ValueError``.
        """
        self.add(laid_out(store, partition, self.partitions))

    def add(self, batch: Batch) -> None:
        """Put aside what has been laid out for as many partitions."""
        self._batches.append(batch)

    @property
    def sizes(self) -> Array:
        """The rows of each partition, those to be left out among them."""
        return sum((np.diff(b.cuts) for b in self._batches), np.zeros(self.partitions, np.int64))

    def load(self, partitions: range, drop: Mapping[int, Array] | None = None) -> dict[str, Store]:
        """The rows of some partitions in a row by post, batch by batch as appended; posts without rows are left out.

        ``drop``: number of an appended store → rows of it to leave out, see ``Stream.drop``.
        """
        found: dict[str, list[tuple[int, Batch]]] = {}
        for number, batch in enumerate(self._batches):
            if batch.cuts[partitions.start] < batch.cuts[partitions.stop]:
                found.setdefault(batch.store.post, []).append((number, batch))
        stores = {post: _gathered([b for _, b in own], partitions) for post, own in found.items()}
        for post, own in found.items() if drop else ():
            stores[post] = _without(stores[post], own, partitions, drop or {})
        return {post: store for post, store in stores.items() if store.n}

    def ids(self, number: int, rows: Array) -> pa.Array:
        """The ids of some rows (ascending) of an appended store."""
        return ids_of(self._batches[number], rows)

    def close(self) -> None:
        """Forget everything. May be called again."""
        self._batches.clear()


def ids_of(batch: Batch, rows: Array) -> pa.Array:
    """The ids of some rows (ascending), as they were numbered before the batch was laid out."""
    at = np.flatnonzero(np.isin(batch.order, rows))
    return one_chunk(batch.store.ids.take(pa.array(at[np.argsort(batch.order[at])])))


def laid_out(store: Store, partition: Array, partitions: int) -> Batch:
    """Rows in order of partition, see ``Shelf.append``."""
    if len(partition) != store.n:
        raise ValueError(f"{len(partition)} partition numbers for {store.n} rows")
    if store.n and not 0 <= int(partition.min()) <= int(partition.max()) < partitions:
        raise ValueError(f"partition numbers must be from 0 to {partitions - 1}")
    # 16 bits: NumPy sorts them by counting.
    short: Array = partition.astype(np.uint16 if partitions <= 1 << 16 else np.int64)
    kept = Store(store.schema, store.n, {n: _coded(c, store.ids) for n, c in store.columns.items()}, store.ids)
    order = np.arange(store.n)
    if (short[1:] >= short[:-1]).all():
        kept = _compact(kept)
    else:
        order = np.argsort(short, kind="stable")
        kept = picked(kept, order, narrow=False)
    cuts = np.searchsorted(short[order], np.arange(partitions + 1))
    minutes, flats = set(), {}
    for name, column in kept.columns.items():
        if isinstance(column, Lists):
            ends = np.cumsum(column.size, dtype=np.int64)
            flats[name] = np.append(0, ends)[cuts]
            kept.columns[name] = _tight_list(column)
        elif isinstance(column, Days) and (tight := _whole_minutes(column)) is not None:
            minutes.add(name)
            kept.columns[name] = tight
    return Batch(kept, order.astype(np.uint32), cuts, frozenset(minutes), flats)


def _compact(store: Store) -> Store:
    """The same with texts in no more room than they need: what reads them takes some in advance."""
    ids = _copied(store.ids)
    columns: dict[str, Stored] = {}
    for name, column in store.columns.items():
        if isinstance(column, Strings):
            columns[name] = Strings(ids if column.array is store.ids else _copied(column.array))
        else:
            columns[name] = column
    return Store(store.schema, store.n, columns, ids)


def _copied(array: Any) -> pa.Array:
    whole = one_chunk(array)
    if len(whole) < 2 or pa.types.is_dictionary(whole.type):
        return whole
    return pa.concat_arrays([whole[:1], whole[1:]])


def _coded(column: Stored, ids: pa.Array) -> Stored:
    """Texts of which there are few, dictionary-coded; the ids are all different."""
    if not isinstance(column, Strings) or column.array is ids:
        return column
    whole = one_chunk(column.array)
    if not pa.types.is_dictionary(whole.type) and len(whole[:_SAMPLE].unique()) * 4 > len(whole[:_SAMPLE]):
        return column
    found = whole.dictionary_encode()
    if len(found.dictionary) >= _INT16:
        return column
    return Strings(pa.DictionaryArray.from_arrays(found.indices.cast(pa.int16()), found.dictionary))


def _tight_list(column: Lists) -> Lists:
    """Without starts, and with the values in half the room where there are few words."""
    flat = column.packed
    flat = flat.astype(np.int16) if len(column.words) < _INT16 else flat
    return Lists(constant(0, np.int8, len(column)), column.size, flat, column.words)


def _whole_minutes(column: Days) -> Days | None:
    """Moments as whole minutes, when that is what they are."""
    if not column.moment or not len(column) or column.v.strides == (0,):
        return None
    whole, rest = np.divmod(column.v, _MINUTE)
    if rest.any() or int(whole.min()) < -_INT32 or int(whole.max()) >= _INT32:
        return None
    return Days(whole.astype(np.int32), column.present, True)


def _gathered(batches: Sequence[Batch], partitions: range) -> Store:
    """The rows of some partitions of several batches of a post, one batch after the other."""
    spans = [_span(b.cuts, partitions) for b in batches]
    ids = end_to_end([b.store.ids[span] for b, span in zip(batches, spans, strict=True)])
    columns: dict[str, Stored] = {}
    for name in batches[0].store.columns:
        own = [b.store.columns[name] for b in batches]
        if all(isinstance(c, Strings) and c.array is b.store.ids for c, b in zip(own, batches, strict=True)):
            columns[name] = Strings(ids)  # the key, once
        elif isinstance(own[0], Lists):
            columns[name] = _lists(batches, name, spans, partitions)
        else:
            parts = [_part(b, name, span) for b, span in zip(batches, spans, strict=True)]
            minutes = [name in b.minutes for b in batches]
            if all(minutes):
                columns[name] = _from_minutes(joined(parts))
            else:
                columns[name] = joined([_from_minutes(p) if m else p for p, m in zip(parts, minutes, strict=True)])
    return Store(batches[0].store.schema, sum(s.stop - s.start for s in spans), columns, ids)


def _span(cuts: Array, partitions: range) -> slice:
    """From the first of the first partition to the last of the last."""
    return slice(int(cuts[partitions.start]), int(cuts[partitions.stop]))


def _part(batch: Batch, name: str, span: slice) -> Stored:
    """Some rows of a column that is no list; moments in minutes as they are kept."""
    column = batch.store.columns[name]
    match column:
        case Strings():
            return Strings(column.array[span])
        case Texts():
            to = batch.numbers.get(name)
            return Texts(column.v[span] if to is None else to[column.v[span]], column.words)
        case Lists():
            raise TypeError("see _lists")
    present = None if column.present is None else column.present[span]
    match column:
        case Bools():
            return Bools(column.v[span], present)
        case Days():
            return Days(column.v[span], present, column.moment)
        case Nums():
            assert isinstance(column.den, int), "a stored column has one denominator"
            return Nums(column.v[span], column.den, present)


def _lists(batches: Sequence[Batch], name: str, spans: Sequence[slice], partitions: range) -> Lists:
    """Lists of some rows, packed as they are kept: all at once, since their starts are only found then."""
    own: list[Any] = [b.store.columns[name] for b in batches]
    flats = []
    for batch, column in zip(batches, own, strict=True):
        to = batch.numbers.get(name)
        flat = column.flat[_span(batch.flats[name], partitions)]
        flats.append(flat if to is None else to[flat])
    words, flats = same_words(own, flats)
    sizes = [c.size[span] for c, span in zip(own, spans, strict=True)]
    return packed_lists(np.concatenate(sizes), np.concatenate(flats).astype(np.int32, copy=False), words)


def _from_minutes(column: Stored) -> Days:
    assert isinstance(column, Days)
    return Days(column.v.astype(np.int64) * _MINUTE, column.present, True)


def _without(store: Store, batches: Sequence[tuple[int, Batch]], partitions: range, drop: Mapping[int, Array]) -> Store:
    """The rows of some partitions but for those to be left out, see ``Shelf.load``."""
    kept = []
    for number, batch in batches:
        own = batch.order[_span(batch.cuts, partitions)]
        kept.append(~np.isin(own, drop[number]) if number in drop else np.ones(len(own), bool))
    left = np.flatnonzero(np.concatenate(kept))
    return store if len(left) == store.n else picked(store, left)


__all__ = ["Batch", "Shelf", "ids_of", "laid_out"]
