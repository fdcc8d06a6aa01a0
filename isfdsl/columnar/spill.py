"""Stores put aside on disk by partition, so that each part can be worked on alone in the memory it needs itself."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import define

from isfdsl.columnar.arrays import bits_of, mask_of, whole_numbers
from isfdsl.columnar.joining import end_to_end, joined_stores, narrowed, nothing
from isfdsl.columnar.store import Store, Stored, Strings
from isfdsl.columnar.vectors import Array, Bools, Days, Lists, Nums, Texts
from isfdsl.columnar.words import Words
from isfdsl.records.schema import FieldSchema, RecordSchema


@define(eq=False)
class _Part:
    """One file: a batch in order of partition, one Arrow record batch for each of them that has rows.

    ``at``: partition → number of its record batch. ``words`` and ``dens`` are what the file does not hold.
    """

    path: Path
    number: int
    schema: RecordSchema
    at: dict[int, int]
    words: list[Words | None]
    dens: list[int]


class Spill:
    """Rows of stores on disk in ``partitions`` parts, in a folder of their own inside ``folder``, until ``close``.

    Use as a context manager: the files are gone when it ends, however it ends. One file is written per ``append``; the
    words of codes and lists stay in memory and are shared with what is loaded. Raises ``OSError`` when the disk fails.
    """

    def __init__(self, folder: str | Path, partitions: int) -> None:
        if partitions < 1:
            raise ValueError("at least one partition")
        self.partitions = partitions
        self._folder = Path(tempfile.mkdtemp(prefix="isf-spill-", dir=folder))  # readable for the user alone
        self._parts: list[_Part] = []
        self._appended = 0

    def __enter__(self) -> Spill:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove everything from disk. May be called again."""
        self._parts.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def append(self, store: Store, partition: Array) -> None:
        """Put rows aside: ``partition[i]`` (n,), from 0 to ``partitions`` - 1, says where row i belongs.

        Appended stores are numbered from 0, as the batches of a ``Stream`` are. Other numbers: ``ValueError``.
        """
        if len(partition) != store.n:
            raise ValueError(f"{len(partition)} partition numbers for {store.n} rows")
        number, self._appended = self._appended, self._appended + 1
        if not store.n:
            return
        if int(partition.min()) < 0 or int(partition.max()) >= self.partitions:
            raise ValueError(f"partition numbers must be from 0 to {self.partitions - 1}")
        order = np.argsort(partition, kind="stable")
        seen, first = np.unique(partition[order], return_index=True)
        ends = np.append(first[1:], store.n)
        arrays, words, dens = [], [], []
        for f in store.schema.fields:
            array, own, den = _written(narrowed(store.columns[f.name].take(order)))
            arrays.append(array)
            words.append(own)
            dens.append(den)
        rows = pa.array(order)
        ids = store.ids.take(rows)
        if isinstance(ids, pa.ChunkedArray):
            ids = pa.concat_arrays(ids.chunks)
        names = [*(f.name for f in store.schema.fields), "", ""]
        whole = pa.record_batch([*arrays, ids, rows.cast(pa.int32())], names)
        path = self._folder / f"{number}.arrow"
        try:
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, whole.schema) as writer:
                for start, end in zip(first.tolist(), ends.tolist(), strict=True):
                    writer.write_batch(whole.slice(start, end - start))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        at = {p: i for i, p in enumerate(seen.tolist())}
        self._parts.append(_Part(path, number, store.schema, at, words, dens))

    def load(self, partitions: range, drop: Mapping[int, Array] | None = None) -> dict[str, Store]:
        """The rows of some partitions in a row by post, batch by batch as appended; posts without rows are left out.

        ``drop``: number of an appended store → rows of it to leave out, see ``Stream.drop``.
        """
        found: dict[str, list[Store]] = {}
        for part in self._parts:
            own = [_read(part, i, (drop or {}).get(part.number)) for i in partitions if i in part.at]
            found.setdefault(part.schema.name, []).extend(store for store in own if store.n)
        return {post: joined_stores(own) for post, own in found.items() if own}

    def ids(self, number: int, rows: Array) -> pa.Array:
        """The ids of some rows (ascending) of an appended store."""
        part = next(p for p in self._parts if p.number == number)
        with pa.OSFile(str(part.path), "rb") as source, pa.ipc.open_file(source) as reader:
            batches = [reader.get_batch(i) for i in range(reader.num_record_batches)]
        own = np.concatenate([b.column(b.num_columns - 1).to_numpy() for b in batches])
        texts = pa.concat_arrays([b.column(b.num_columns - 2) for b in batches])
        at = np.flatnonzero(np.isin(own, rows))
        return texts.take(pa.array(at[np.argsort(own[at])]))


def _written(column: Stored) -> tuple[Any, Words | None, int]:
    """A column as an Arrow array, its words, and what its numbers are divided by. All missing: Arrow's nulls."""
    n = len(column)
    if isinstance(column, Strings):
        return end_to_end([column.array]), None, 1
    words = column.words if isinstance(column, Texts | Lists) else None
    if column.present is not None and not column.present.any():
        return pa.nulls(n), words, 1
    match column:
        case Texts():
            return pa.array(column.v), words, 1
        case Lists():
            offsets = np.append(np.cumsum(column.size, dtype=np.int64) - column.size, len(column.packed))
            flat = pa.array(column.packed.astype(np.int32, copy=False))
            return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), flat), words, 1
        case Nums() if column.v.dtype == object:
            texts = pa.array([str(v) for v in column.v.tolist()], pa.string(), mask=_absent(column.present))
            return texts, None, _den(column)
        case _:
            den = _den(column) if isinstance(column, Nums) else 1
            return pa.array(column.v, mask=_absent(column.present)), None, den


def _den(column: Nums) -> int:
    assert isinstance(column.den, int), "a stored column has one denominator"
    return column.den


def _absent(present: Array | None) -> Array | None:
    return None if present is None else ~present


def _read(part: _Part, partition: int, drop: Array | None) -> Store:
    with pa.OSFile(str(part.path), "rb") as source, pa.ipc.open_file(source) as reader:
        batch = reader.get_batch(part.at[partition])
    if drop is not None and len(drop):
        keep = ~np.isin(batch.column(batch.num_columns - 1).to_numpy(), drop)
        if not keep.all():
            batch = batch.filter(pa.array(keep))
    *arrays, ids, _ = batch.columns
    columns: dict[str, Stored] = {}
    for f, array, words, den in zip(part.schema.fields, arrays, part.words, part.dens, strict=True):
        columns[f.name] = _column(f, array, words, den)
    return Store(part.schema, batch.num_rows, columns, ids)


def _column(f: FieldSchema, array: Any, words: Words | None, den: int) -> Stored:
    """What ``_written`` wrote."""
    if pa.types.is_null(array.type) or not len(array):
        return nothing(f, len(array), words)
    if f.is_list:
        assert words is not None
        offsets = array.offsets.to_numpy().astype(np.int64)
        flat = array.values.to_numpy()[offsets[0] : offsets[-1]]
        return narrowed(Lists(offsets[:-1] - offsets[0], np.diff(offsets), flat, words))
    if f.kind == "tekst":
        return Strings(array)
    if f.kind == "ja_nei":
        there = mask_of(array)
        v = bits_of(array.buffers()[1], array)
        return Bools(v if there is None else v & there, there)
    if pa.types.is_string(array.type):
        return Nums(np.array([int(v or 0) for v in array.to_pylist()], object), den, mask_of(array))
    v, there = whole_numbers(array)
    if f.kind in ("kode", "kodepar"):
        assert words is not None
        return Texts(v, words)
    if f.kind in ("dato", "tidspunkt"):
        return Days(v, there, f.kind == "tidspunkt")
    return Nums(v, den, there)


__all__ = ["Spill"]
