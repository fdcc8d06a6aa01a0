"""A large file cut up for several processes to read: Parquet by row groups, CSV and JSON lines by their lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
from attrs import frozen

from isfdsl.columnar.ingest import ByColumn
from isfdsl.columnar.ingest_csv import csv_pieces
from isfdsl.columnar.ingest_json import json_pieces
from isfdsl.columnar.ingest_parquet import NotPlain, pieces
from isfdsl.columnar.lines import Lines
from isfdsl.records.readers import DataFile

BYTES = 1 << 25
"""So much of a text file is read by one process at a time: about as many rows as are computed together."""


@frozen
class FilePart:
    """Some rows of a file, with so many ``before`` them. ``read`` may be sent to another process."""

    read: ByColumn
    before: int


def row_groups(file: DataFile) -> Iterator[FilePart]:
    """The row groups of a Parquet file; none of one that cannot be read: reading it says why."""
    before = 0
    for i, rows in enumerate(_row_groups(file.path)):
        yield FilePart(partial(pieces, groups=range(i, i + 1), before=before, threads=False), before)
        before += rows


def _row_groups(path: Path) -> list[int]:
    try:
        about = pq.read_metadata(path)
        return [about.row_group(i).num_rows for i in range(about.num_row_groups)]
    except Exception:
        return []


def csv_lines(file: DataFile) -> Iterator[FilePart]:
    """The lines of a CSV file, some at a time. Raises ``NotPlain``."""
    for lines in cut_lines(file.path, heading=True):
        yield FilePart(partial(csv_pieces, lines=lines, threads=False), lines.before)


def json_lines(file: DataFile) -> Iterator[FilePart]:
    """The lines of a file of objects, some at a time. Raises ``NotPlain``."""
    for lines in cut_lines(file.path, heading=False):
        yield FilePart(partial(json_pieces, lines=lines, threads=False), lines.before)


def cut_lines(path: Path, heading: bool) -> Iterator[Lines]:
    """The lines of a file, or those below its heading. Raises ``NotPlain``: for a line that is longer than a part, and
    for what the system says of the file."""
    try:
        with path.open("rb") as data:
            at = len(data.readline()) if heading else 0
            before = 0
            data.seek(at)
            while block := data.read(BYTES):
                end = len(block) if len(block) < BYTES else block.rfind(b"\n") + 1
                if not end:
                    raise NotPlain
                yield Lines(at, at + end, before)
                before += block.count(b"\n", 0, end)
                at += end
                data.seek(at)
    except OSError as error:
        raise NotPlain from error


CUT: Mapping[str, Callable[[DataFile], Iterator[FilePart]]] = {
    ".parquet": row_groups,
    ".csv": csv_lines,
    ".jsonl": json_lines,
    ".ndjson": json_lines,
}
"""What cuts up a file with some suffix."""

__all__ = ["CUT", "FilePart", "csv_lines", "cut_lines", "json_lines", "row_groups"]
