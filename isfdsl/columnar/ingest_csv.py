"""A plain CSV file as validated columns, a block at a time: what most CSV files of records are.

Plain is: UTF-8, no quotes below the heading, no control characters, no blank lines, as many cells in every
row as in the heading. Any other file is for ``isfdsl.records.readers.csv``, row by row: the reference's own answer.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
from attrs import define

from isfdsl.columnar.ingest_moments import typed
from isfdsl.columnar.ingest_parquet import File, NotPlain, Piece, PostReader, cut
from isfdsl.columnar.keys import buffers_of
from isfdsl.columnar.lines import Lines
from isfdsl.columnar.vectors import Array
from isfdsl.diagnostics.base import Problem
from isfdsl.records.fields import MAX_LIST_TEXT
from isfdsl.records.readers import DataFile
from isfdsl.records.readers.columns import place_columns
from isfdsl.records.readers.csv import separator
from isfdsl.records.readers.text import MAX_LINE
from isfdsl.records.schema import FieldSchema
from isfdsl.records.validate import Outcome, Validator

_BLOCK = 1 << 23
_FIRST_ROW = 2
_TAB, _LINE, _RETURN, _QUOTE = b'\t\n\r"'
_CODED = pa.dictionary(pa.int32(), pa.string())


@define(eq=False)
class _CsvFile(File):
    """A CSV file while it is read."""

    def outcomes(self, batch: Any, numbers: Array) -> list[Outcome]:
        """What the reference says of some rows: an empty cell is an empty text there."""
        arrays = {name: column.cast(pa.string()).to_pylist() for name, column in _named(batch)}
        cells = [[""] * batch.num_rows if name is None else [v or "" for v in arrays[name]] for name in self.columns]
        rows = zip(*cells, strict=True)
        return [self.validator.outcome(self.fil, n, row) for n, row in zip(numbers.tolist(), rows, strict=True)]


def csv_pieces(
    file: DataFile,
    reader: PostReader,
    batch_rows: int,
    problems: list[Problem],
    lines: Lines | None = None,
    *,
    threads: bool = True,
) -> Iterator[Piece]:
    """The rows of a CSV file in order, at most ``batch_rows`` at a time. Warnings are added to ``problems`` last.

    ``lines``: only these. ``threads``: a thread of its own reads ahead. Raises ``NotPlain`` when it cannot be read like
    this (on); what came before must then be left out.
    """
    schema = reader.schema
    if any(f.is_list for f in schema.key_fields):
        raise NotPlain
    by_name = {f.name: f for f in schema.fields}
    with closing(_batches(file, reader, lines)) as batches:
        columns: list[str | None] = next(batches)
        fields = {c: by_name[f.name] for c, f in zip(columns, schema.fields, strict=True) if c is not None}
        state = _CsvFile(file.fil, columns, Validator(schema, text_lists=True), {f.name: set() for f in schema.fields})
        yield from cut(
            batches,
            batch_rows,
            _FIRST_ROW + (0 if lines is None else lines.before),
            reader,
            state,
            lambda name, c: _typed(c, fields[name]),
            problems,
            threads=threads,
        )


def _named(batch: Any) -> Iterator[tuple[str, Any]]:
    return zip(batch.schema.names, batch.columns, strict=True)


def _batches(file: DataFile, reader: PostReader, lines: Lines | None) -> Generator[Any, None, None]:
    """First the column of each field (``None``: it has none), then the Arrow batches. Raises ``NotPlain``."""
    try:
        with file.path.open("rb") as data:
            header = data.readline(MAX_LINE)
            columns, width, mark = _layout(header, reader, file.fil)
            if lines is not None:
                data.seek(lines.start)
                data = pa.BufferReader(data.read(lines.end - lines.start))
            begin = data.tell()
            _look_through(data)
            yield columns
            kinds = {c: _read_as(r.field) for c, r in zip(columns, reader.fields, strict=True) if c is not None}
            data.seek(begin)
            found = pcsv.open_csv(
                data,
                pcsv.ReadOptions(
                    use_threads=False,
                    block_size=_BLOCK,
                    column_names=[str(i) for i in range(width)],
                ),
                pcsv.ParseOptions(delimiter=mark, quote_char=False, escape_char=False),
                pcsv.ConvertOptions(
                    column_types=kinds, include_columns=list(kinds), null_values=[""], strings_can_be_null=True
                ),
            )
            with found:
                for batch in found:
                    if batch.num_rows:
                        yield batch
    except NotPlain:
        raise
    except Exception as error:  # like the reference, for whatever pyarrow says of the file
        raise NotPlain from error


def _layout(header: bytes, reader: PostReader, fil: str) -> tuple[list[str | None], int, str]:
    """The column of each field (its number, as text), how many columns there are, and the separator."""
    text = header.decode("utf-8-sig")
    if not text.strip() or not text.endswith("\n") or text.count('"') % 2:
        raise NotPlain
    if "\r" in text.removesuffix("\n").removesuffix("\r"):  # which ends a line, too
        raise NotPlain
    mark = separator(text, reader.schema)
    names = next(csv.reader([text], delimiter=mark, strict=True))
    places, found = place_columns(names, reader.schema, fil, heading=True)
    if found:
        raise NotPlain
    return [None if place is None else str(place) for place in places], len(names), mark


def _look_through(data: Any) -> None:
    """Raises ``NotPlain``, or what decoding raises, when what is left of a file is not plain."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    before, length = ord("\n"), 0  # the byte before, and how long the line is so far
    while block := data.read(_BLOCK):
        decoder.decode(block)
        before, length = _after_plain(np.frombuffer(block, np.uint8), before, length)
    decoder.decode(b"", final=True)


def _after_plain(data: Array, before: int, length: int) -> tuple[int, int]:
    """The last byte of a block, and how long the line is by then. Raises ``NotPlain``: for a quote, another control
    character than tab, a return without a line after it, a blank line, or one that is too long."""
    returns, ends = np.flatnonzero(data == _RETURN), np.flatnonzero(data == _LINE)
    allowed = len(returns) + len(ends) + np.count_nonzero(data == _TAB)
    inner = returns[returns < len(data) - 1]
    wrong = (
        bool((data == _QUOTE).any())
        or np.count_nonzero(data < 0x20) != allowed
        or (before == _RETURN and data[0] != _LINE)
        or bool((data[inner + 1] != _LINE).any())
    )
    # Each line without its end, but with the return before that.
    sizes = np.diff(ends, prepend=-1 - length) - 1
    last = np.where(ends > 0, data[ends - 1], before) == _RETURN
    left = length + len(data) if not len(ends) else len(data) - 1 - int(ends[-1])
    if wrong or bool((sizes == last).any()) or max(left, int(sizes.max(initial=0))) >= MAX_LINE:
        raise NotPlain
    return int(data[-1]), left


# ------------------------------------------------------------ cells


def _read_as(f: FieldSchema) -> Any:
    """How pyarrow is to give the cells of a field."""
    return pa.string() if f.is_list or f.kind in ("tekst", "dato", "tidspunkt") else _CODED


def _typed(cells: Any, f: FieldSchema) -> Any:
    """Cells as the type that a Parquet file would have; text where that is not plain. Raises ``NotPlain``."""
    if not f.is_list:
        return typed(cells, f)
    if len(cells) and int(np.diff(buffers_of(cells)[0]).max()) > MAX_LIST_TEXT:
        raise NotPlain
    return pc.utf8_split_whitespace(cells)  # by the blanks that Python splits by


__all__ = ["csv_pieces"]
