"""A Parquet file as validated columns, a row group or a part of one at a time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as pt
from attrs import define, field

from isfdsl.columnar.ingest_fields import FieldReader, Found
from isfdsl.columnar.joining import narrowed, no_rows, spliced
from isfdsl.columnar.keys import key_texts, numbered
from isfdsl.columnar.store import Store, column_of
from isfdsl.columnar.vectors import Array, Days, Lists, Texts
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.record_files import NoRows
from isfdsl.diagnostics.records import OpenCodeCase
from isfdsl.records.faults import FileFault
from isfdsl.records.readers import DataFile, parquet
from isfdsl.records.readers.columns import place_columns
from isfdsl.records.record import Record, Reject
from isfdsl.records.schema import FieldSchema, RecordSchema
from isfdsl.records.validate import Outcome, Validator


class NotPlain(Exception):
    """The file cannot be read as whole columns: read it row by row, whose answer is the reference's."""


@define(eq=False)
class Piece:
    """Some validated rows of one file: ``rows`` are their numbers there, ``rejects`` those set aside among them."""

    store: Store
    rows: Array
    rejects: list[Reject] = field(factory=list)


class PostReader:
    """Everything of one post that lasts from file to file: the readers of its fields with their words."""

    def __init__(self, schema: RecordSchema) -> None:
        self.schema = schema
        self.fields = tuple(FieldReader(f) for f in schema.fields)
        self._by_name = {r.field.name: r for r in self.fields}
        self._start, self._end = (self._time(role) for role in ("start", "slutt"))

    def _time(self, role: str) -> str | None:
        """The field of a role, when it holds single days or moments; checks skip any other."""
        found = self._by_name.get(self.schema.roles.get(role, ""))
        return (
            found.field.name
            if found and found.field.kind in ("dato", "tidspunkt") and not found.field.is_list
            else None
        )

    def store(self, records: list[Record]) -> Store:
        """Records as columns."""
        columns = {}
        for reader in self.fields:
            f = reader.field
            column = column_of(f, [r.values.get(f.name) for r in records], reader.words if reader.coded else None)
            if isinstance(column, Texts | Lists) and column.words is not reader.words:
                # column_of takes words that are still empty for none at all
                reader.words.add_all(column.words.values)
                column.words = reader.words
            columns[f.name] = narrowed(column)
        return Store(self.schema, len(records), columns, pa.array([r.record_id for r in records], pa.string()))

    def empty(self) -> Store:
        """A store without records."""
        return no_rows(self.schema, {r.field.name: r.words for r in self.fields})

    # ------------------------------------------------------------ one batch

    def piece(self, file: File, batch: Any, first: int, arrays: Mapping[str, Any] | None = None) -> Piece:
        """The rows of a batch; the first has number ``first``. ``arrays``: its columns as other types than they have.

        Raises what pyarrow raises for types it cannot compute with.
        """
        if arrays is None:
            arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
        found: dict[str, Found] = {}
        for reader, column in zip(self.fields, file.columns, strict=True):
            name = reader.field.name
            found[name] = (
                reader.absent(batch.num_rows) if column is None else reader.read(arrays[column], file.said[name])
            )
        fine = np.ones(batch.num_rows, bool)
        for own in found.values():
            for rows in own.suspects:
                fine[rows] = False
        for rows in self._across(found):
            fine[rows] = False
        for name, own in found.items():
            if own.fresh is not None:
                rows, raws = own.fresh.first_rows(fine)
                fine[rows] = False
                file.said[name].update(raws)
        columns = {name: c if isinstance(c := own.column, Lists) else narrowed(c) for name, own in found.items()}
        numbers = np.arange(first, first + batch.num_rows)
        if fine.all():
            return Piece(self._store(file.fil, columns, numbers), numbers)
        return self._settled(file, batch, columns, numbers, fine)

    def _store(self, fil: str, columns: dict[str, Any], numbers: Array) -> Store:
        ids = key_texts(self.schema, columns) if self.schema.key_fields else numbered(fil, numbers)
        return Store(self.schema, len(numbers), columns, ids)

    def _across(self, found: dict[str, Found]) -> Iterator[Array]:
        """Suspects by checks over several fields: an end before its start, a code outside its days."""
        start, end = (_days(found, name) for name in (self._start, self._end))
        if start is not None and end is not None:
            both = start.moment and end.moment
            wrong = (end.micros < start.micros) if both else (end.days < start.days)
            for own in (start, end):
                if own.present is not None:
                    wrong = wrong & own.present
            if wrong.any():
                yield np.flatnonzero(wrong)
        if start is None and end is None:
            return
        dated = [r for r in self.fields if r.dated]
        if dated:
            day, known = _when(start, end)
            for reader in dated:
                yield from _not_valid(reader, found[reader.field.name].column, day, known)

    def _settled(self, file: File, batch: Any, columns: dict[str, Any], numbers: Array, fine: Array) -> Piece:
        """The piece with its suspects sent the long way."""
        suspects = np.flatnonzero(~fine)
        outcomes = file.outcomes(batch.take(pa.array(suspects)), numbers[suspects])
        # The columns hold nothing to rely on in suspect rows, so their ids are made of the fine ones alone.
        kept = np.flatnonzero(fine)
        good = [(at, o) for at, o in zip(suspects.tolist(), outcomes, strict=True) if isinstance(o, Record)]
        where = np.concatenate([kept, np.array([at for at, _ in good], np.int64)])
        order = np.argsort(where)
        base = {name: narrowed(column.take(kept)) for name, column in columns.items()}
        store = self._store(file.fil, base, numbers[kept])
        if good:
            store = spliced(store, self.store([o for _, o in good]), order)
        return Piece(store, numbers[where[order]], [o for o in outcomes if isinstance(o, Reject)])


def _days(found: dict[str, Found], name: str | None) -> Days | None:
    """The days or moments of a field as read; ``None`` when it has none at all."""
    column = None if name is None else found[name].column
    if not isinstance(column, Days) or (column.present is not None and not column.present.any()):
        return None
    return column


def _when(start: Days | None, end: Days | None) -> tuple[Array, Array]:
    """The day codes must be valid on, that of the end or else the start; and which rows have one."""
    if end is None or start is None:
        only = end if start is None else start
        assert only is not None
        return only.days, np.ones(len(only), bool) if only.present is None else only.present
    if end.present is None:
        return end.days, np.ones(len(end), bool)
    known = np.ones(len(end), bool) if start.present is None else end.present | start.present
    return np.where(end.present, end.days, start.days), known


def _not_valid(reader: FieldReader, column: Any, day: Array, known: Array) -> Iterator[Array]:
    if not len(day) or not known.any():
        return
    first, last = reader.validity()
    # Most codes are valid on all the days at hand; the words of the others are few.
    risky = (first[:-1] > int(day[known].min())) | (last[:-1] < int(day[known].max()))
    if not risky.any():
        return
    risky = np.append(risky, False)
    if isinstance(column, Texts):
        rows = np.flatnonzero(risky[np.maximum(column.v, -1)])
        ids = column.v[rows]
    else:
        assert isinstance(column, Lists)
        at = np.flatnonzero(risky[np.maximum(column.packed, -1)])
        rows, ids = column.row_of[at], column.packed[at]
    wrong = known[rows] & ((day[rows] < first[ids]) | (day[rows] > last[ids]))
    if wrong.any():
        yield rows[wrong]


# ------------------------------------------------------------ a file


@define(eq=False)
class File:
    """A file while it is read. ``columns``: for each field the name of its column, if any."""

    fil: str
    columns: list[str | None]
    validator: Validator
    said: dict[str, set[object]]

    def outcomes(self, batch: Any, numbers: Array) -> list[Outcome]:
        """What the reference says of some rows."""
        arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
        blank: list[object] = [None] * batch.num_rows
        cells = [blank if name is None else parquet.values(arrays[name]) for name in self.columns]
        rows = zip(*cells, strict=True)
        return [self.validator.outcome(self.fil, n, row) for n, row in zip(numbers.tolist(), rows, strict=True)]


def pieces(
    file: DataFile,
    reader: PostReader,
    batch_rows: int,
    problems: list[Problem],
    groups: range | None = None,
    before: int = 0,
    *,
    threads: bool = True,
) -> Iterator[Piece]:
    """The rows of a Parquet file in order, at most ``batch_rows`` at a time. Warnings are added to ``problems`` last.

    ``groups``: only these row groups, with ``before`` rows before them. ``threads``: a thread of its own reads ahead.
    Raises ``NotPlain`` when it cannot be read like this (on); what came before must then be left out.
    """
    schema = reader.schema
    if any(f.is_list for f in schema.key_fields):
        raise NotPlain
    try:
        next(parquet.rows(file.path, file.fil, schema, [], frozenset()), None)  # refuses columns that do not fit
    except FileFault as fault:
        raise NotPlain from fault
    with closing(_batches(file, reader, batch_rows, groups)) as batches:
        columns: list[str | None] = next(batches)
        said: dict[str, set[object]] = {f.name: set() for f in schema.fields}
        state = File(file.fil, columns, Validator(schema), said)
        done = 0
        for batch in ahead(batches) if threads else batches:
            try:
                piece = reader.piece(state, batch, before + done + 1)
            except pa.ArrowException as error:  # a type that pyarrow cannot compute with, or texts of more than 2 GB
                raise NotPlain from error
            yield piece
            done += batch.num_rows
    if done == 0 and groups is None:
        problems.append(NoRows(fil=file.fil))
    problems.extend(state.validator.warnings())


def cut(
    batches: Generator[Any, None, None],
    batch_rows: int,
    first: int,
    reader: PostReader,
    state: File,
    typed: Callable[[str, Any], Any],
    problems: list[Problem],
    *,
    threads: bool,
) -> Iterator[Piece]:
    """The rows of large batches of text, at most ``batch_rows`` at a time, the first of them with number ``first``.

    ``typed`` gives a column by its name as the type that a Parquet file would have. Raises ``NotPlain`` as ``pieces``.
    """
    number = first
    for large in ahead(batches) if threads else batches:
        for start in range(0, large.num_rows, batch_rows):
            batch = large.slice(start, batch_rows)
            try:
                columns = zip(batch.schema.names, batch.columns, strict=True)
                piece = reader.piece(state, batch, number, {name: typed(name, column) for name, column in columns})
            except pa.ArrowException as error:
                raise NotPlain from error
            yield piece
            number += batch.num_rows
    if number == first:
        problems.append(NoRows(fil=state.fil))
    problems.extend(state.validator.warnings())


def ahead(found: Generator[Any, None, None]) -> Iterator[Any]:
    """The same, with the next one made by another thread while one is worked on."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(next, found, None)
        while (batch := waiting.result()) is not None:
            waiting = pool.submit(next, found, None)
            yield batch


def _batches(file: DataFile, reader: PostReader, batch_rows: int, groups: range | None) -> Generator[Any, None, None]:
    """First the column of each field (``None``: it has none), then the Arrow batches, none of them empty.

    One row group is read at a time: a list of dictionary-coded texts must not run on into the next. Raises
    ``NotPlain``: like the reference, for whatever pyarrow says of a damaged file.
    """
    try:
        with file.path.open("rb") as data:
            columns, coded = _layout(data, reader, file.fil)
            yield columns
            wanted = [name for name in columns if name is not None]
            data.seek(0)
            with pq.ParquetFile(
                data, page_checksum_verification=True, read_dictionary=coded, pre_buffer=False
            ) as whole:
                for group in range(whole.num_row_groups) if groups is None else groups:
                    for batch in whole.iter_batches(batch_rows, [group], wanted, use_threads=False):
                        if batch.num_rows:
                            yield batch
    except Exception as error:
        raise NotPlain from error


def _layout(data: Any, reader: PostReader, fil: str) -> tuple[list[str | None], list[str]]:
    """The column of each field, and the paths of those to be read as dictionaries."""
    with pq.ParquetFile(data) as whole:
        arrow, about = whole.schema_arrow, whole.metadata
        leaves = [whole.schema.column(i).path for i in range(len(whole.schema))]
    places, found = place_columns(arrow.names, reader.schema, fil)
    if found or len(leaves) != len(arrow.names):
        raise NotPlain
    coded = []
    for own, place in zip(reader.fields, places, strict=True):
        if place is not None:
            t = arrow.types[place]
            t = t.value_type if pt.is_list(t) or pt.is_large_list(t) else t
            text = own.field.kind == "tekst" and not own.field.is_list
            if (pt.is_string(t) or pt.is_large_string(t)) and (not text or _are_few(own.field, about, place)):
                coded.append(leaves[place])
    return [None if place is None else arrow.names[place] for place in places], coded


_MOST_WARNINGS = 100


def _are_few(f: FieldSchema, about: Any, place: int) -> bool:
    """Whether the texts of a column are likely so few that the file has each of them once."""
    if f.key or not about.num_row_groups:
        return False
    column = about.row_group(0).column(place)
    return "RLE_DICTIONARY" in column.encodings and column.total_uncompressed_size < 2 * column.num_values


def warnings_together(schema: RecordSchema, problems: list[Problem]) -> list[Problem]:
    """The warnings of the shares of a file in the order of one that read it all: by field, then by code, so many."""
    order = {f.name: i for i, f in enumerate(schema.fields)}
    out = [p for p in problems if not isinstance(p, OpenCodeCase)]
    warned: dict[str, list[OpenCodeCase]] = {}
    for p in problems:
        if isinstance(p, OpenCodeCase):
            warned.setdefault(p.felt, []).append(p)
    for name in sorted(warned, key=lambda n: order.get(n, 0)):
        out += sorted(warned[name], key=lambda p: p.verdi)[:_MOST_WARNINGS]
    return out


__all__ = ["File", "NotPlain", "Piece", "PostReader", "cut", "pieces", "warnings_together"]
