"""A plain file of JSON lines as validated columns, a block at a time: what most such files of records are.

Plain is: UTF-8, one object on every line and nothing before it, no control characters, every name known, and the values
of a name of one kind throughout: texts, whole numbers, yes or no, or lists of them. Any other file is for
``isfdsl.records.readers.jsonl``, row by row: the reference's own answer.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.json as pjson
from attrs import define, field

from isfdsl.columnar.ingest_moments import typed
from isfdsl.columnar.ingest_parquet import File, NotPlain, Piece, PostReader, cut
from isfdsl.columnar.lines import Lines
from isfdsl.diagnostics.base import Problem
from isfdsl.records.readers import DataFile
from isfdsl.records.readers.columns import clean
from isfdsl.records.readers.jsonl import parsed
from isfdsl.records.readers.text import MAX_LINE
from isfdsl.records.schema import FieldSchema, RecordSchema
from isfdsl.records.validate import Validator

_BLOCK = 1 << 23
_SAMPLE = 1_000
"""So many lines tell how the names are spelt, and what their values are."""
_FIRST_ROW = 1
_LINE, _BEGIN = b"\n{"


def json_pieces(
    file: DataFile,
    reader: PostReader,
    batch_rows: int,
    problems: list[Problem],
    lines: Lines | None = None,
    *,
    threads: bool = True,
) -> Iterator[Piece]:
    """The rows of a file of JSON lines in order, at most ``batch_rows`` at a time. Warnings are added to ``problems``
    last.

    ``lines``: only these. ``threads``: a thread of its own reads ahead. Raises ``NotPlain`` when it cannot be read like
    this (on); what came before must then be left out.
    """
    schema = reader.schema
    if any(f.is_list for f in schema.key_fields):
        raise NotPlain
    names = _Names(schema)
    by_name = {f.name: f for f in schema.fields}
    said: dict[str, set[object]] = {f.name: set() for f in schema.fields}
    state = File(file.fil, [f.name for f in schema.fields], Validator(schema), said)
    with closing(_batches(file, names, lines)) as batches:
        yield from cut(
            batches,
            batch_rows,
            _FIRST_ROW + (0 if lines is None else lines.before),
            reader,
            state,
            lambda name, c: typed(c, by_name[name]),
            problems,
            threads=threads,
        )
    if not names.enough:
        raise NotPlain


def _batches(file: DataFile, names: _Names, lines: Lines | None) -> Generator[Any, None, None]:
    """Arrow batches, their columns called as the fields are. Raises ``NotPlain``."""
    try:
        options = None if lines is None else names.learnt(_first_lines(file))
        for block in _blocks(file, lines):
            options = options or names.learnt(block)
            how = pjson.ReadOptions(use_threads=False, block_size=len(block) + 1)
            table = pjson.read_json(pa.BufferReader(block), how, options)
            if table.num_rows != block.count(b"\n"):
                raise NotPlain
            named = names.named(table)
            names.meet(named)
            yield from named.combine_chunks().to_batches()
    except NotPlain:
        raise
    except Exception as error:  # like the reference, for whatever pyarrow says of the file
        raise NotPlain from error


def _first_lines(file: DataFile) -> bytes:
    """Those that tell how a file is to be read; whoever reads the part that they are in looks through them."""
    with file.path.open("rb") as data:
        return b"".join(data.readline(MAX_LINE) for _ in range(_SAMPLE))


def _blocks(file: DataFile, lines: Lines | None = None) -> Iterator[bytes]:
    """The file, or some of its lines, in blocks of whole lines. Raises ``NotPlain``, or what decoding raises."""
    left = b""
    with file.path.open("rb") as data:
        if lines is not None:
            data.seek(lines.start)
        while block := data.read(_BLOCK if lines is None else min(_BLOCK, lines.end - data.tell())):
            end = block.rfind(b"\n") + 1
            if end:
                yield _plain(left + block[:end])
                left = block[end:]
            else:
                left += block
            if len(left) >= MAX_LINE:
                raise NotPlain
    if left:
        yield _plain(left + b"\n")


def _plain(block: bytes) -> bytes:
    """Whole lines that each begin as an object does. With as many objects there is one on each: no value is one."""
    block.decode()
    data = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(data == _LINE)
    starts = np.append(0, ends[:-1] + 1)
    if (
        np.count_nonzero(data < 0x20) != len(ends)
        or bool((data[starts] != _BEGIN).any())
        or int((ends - starts).max()) >= MAX_LINE
    ):
        raise NotPlain
    return block


@define(eq=False)
class _Names:
    """The names in a file: how each field is spelt there, and which of them some line has."""

    schema: RecordSchema
    _fields: dict[str, str] = field(factory=dict, init=False)
    _met: set[str] = field(factory=set, init=False)

    def learnt(self, block: bytes) -> pjson.ParseOptions:
        """How to read a file, by its first lines. Raises ``NotPlain``."""
        spellings = self.schema.spellings()
        first: dict[str, object] = {}
        for line in block.split(b"\n", _SAMPLE)[:_SAMPLE]:
            found = parsed(line.decode()) if line else {}
            if not isinstance(found, dict):
                raise NotPlain
            for name, value in found.items():
                own = spellings.get(clean(name))
                if own is None:
                    raise NotPlain
                self._fields[name] = own
                self._met.add(own)
                for one in value if isinstance(value, list) else [value]:
                    if one is not None:
                        first.setdefault(own, one)
        self._fields.update({f.name: f.name for f in self.schema.fields if f.name not in self._met})
        spelt = {own: name for name, own in self._fields.items()}  # if in two ways, the other is unknown to pyarrow
        kinds = [(spelt[f.name], _read_as(f, first.get(f.name))) for f in self.schema.fields]
        return pjson.ParseOptions(explicit_schema=pa.schema(kinds), unexpected_field_behavior="error")

    def named(self, table: Any) -> Any:
        """A table with the names of the fields."""
        return table.rename_columns([self._fields[name] for name in table.column_names])

    def meet(self, table: Any) -> None:
        """Some more lines have been read."""
        if len(self._met) < len(self.schema.fields):
            self._met.update(n for n, column in zip(table.column_names, table.columns, strict=True) if _has(column))

    @property
    def enough(self) -> bool:
        """Whether it is certain that some line has each field that is needed. (A name with nothing is as none here.)"""
        if not self._fields:
            return True  # there was no line
        return bool(self._met) and all(f.name in self._met for f in self.schema.fields if f.key or not f.optional)


def _has(column: Any) -> bool:
    return bool(column.null_count < len(column))


_USUAL: dict[str, type] = {"heltall": int, "desimal": int, "ja_nei": bool}
_READ_AS = {str: pa.string(), int: pa.int64(), bool: pa.bool_()}


def _read_as(f: FieldSchema, first: object) -> Any:
    """The Arrow type of the values of a field, by the first of them. Raises ``NotPlain``."""
    kind = _READ_AS.get(_USUAL.get(f.kind, str) if first is None else type(first))
    if kind is None:
        raise NotPlain
    return pa.list_(kind) if f.is_list else kind


__all__ = ["json_pieces"]
