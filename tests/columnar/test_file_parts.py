"""The parts of a file, read one by one, are the file: its rows with their numbers, and those set aside."""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isfdsl.columnar import file_parts
from isfdsl.columnar.file_parts import CUT
from isfdsl.columnar.ingest import BY_COLUMN
from isfdsl.columnar.ingest_parquet import NotPlain, PostReader
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.record_files import NoRows
from isfdsl.records.readers import DataFile
from isfdsl.records.schema import FieldSchema, RecordSchema

SCHEMA = RecordSchema(
    "post",
    (
        FieldSchema("nr", "tekst", key=True),
        FieldSchema("dag", "dato", optional=True),
        FieldSchema("ord", "tekst", is_list=True),
    ),
    {},
)
_LINE = st.binary(max_size=9).map(lambda line: line.replace(b"\n", b""))


def written(folder: Path, suffix: str, rows: int, rng: random.Random) -> DataFile:
    """A file where some days are none."""
    days = [rng.choice(["2024-01-01", "2023-02-29", "", "2024-02-29"]) for _ in range(rows)]
    ids = [f"{rng.randrange(10**6)}å{i}" for i in range(rows)]
    words = [["a", "b"][: rng.randrange(3)] for _ in range(rows)]
    path = folder / f"post{suffix}"
    if suffix == ".parquet":
        table = pa.table({"nr": ids, "dag": days, "ord": pa.array(words, pa.list_(pa.string()))})
        pq.write_table(table, path, row_group_size=7)
    elif suffix == ".csv":
        lines = ["nr;dag;ord", *(f"{i};{d};{' '.join(w)}" for i, d, w in zip(ids, days, words, strict=True))]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        objects = [{"nr": i, "dag": d or None, "ord": w} for i, d, w in zip(ids, days, words, strict=True)]
        path.write_text("".join(json.dumps(o, ensure_ascii=False) + "\n" for o in objects), encoding="utf-8")
    return DataFile(path, path.name, "post", suffix)


def content(reads: list[Any], file: DataFile) -> tuple[list[Any], list[Any], list[Problem]]:
    """What some readers give of a file, one after the other: records with their rows, rejects, problems."""
    reader, problems = PostReader(SCHEMA), list[Problem]()
    pieces = [piece for read in reads for piece in read(file, reader, 5, problems)]
    rows = [
        (int(number), nr, day)
        for p in pieces
        for number, nr, day in zip(p.rows, p.store.ids.to_pylist(), p.store.columns["dag"].days.tolist(), strict=True)
    ]
    return rows, [r for p in pieces for r in p.rejects], problems


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
@given(seed=st.integers(0, 2**32), rows=st.integers(1, 60), size=st.integers(120, 400))
def test_the_parts_are_the_file(suffix: str, seed: int, rows: int, size: int) -> None:
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(file_parts, "BYTES", size):
        file = written(Path(folder), suffix, rows, random.Random(seed))
        parts = list(CUT[suffix](file))
        wanted = content([BY_COLUMN[suffix]], file)
        found = content([part.read for part in parts], file)
        assert found[:2] == wanted[:2]
        assert found[2] == [p for p in wanted[2] if not isinstance(p, NoRows)]
        come = 0
        for part in parts:
            own = content([part.read], file)
            assert part.before == come
            come += len(own[0]) + len(own[1])
        assert come == rows
    if rows > 40:
        assert len(parts) > 1 and wanted[1]


@given(st.lists(_LINE, max_size=30), st.integers(12, 40), st.booleans())
def test_lines_are_cut_between_them(lines: list[bytes], size: int, ended: bool) -> None:
    whole = b"navn\n" + b"\n".join(lines) + (b"\n" if ended else b"")
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(file_parts, "BYTES", size):
        path = Path(folder) / "post.csv"
        path.write_bytes(whole)
        for heading in (True, False):
            text = whole[5:] if heading else whole
            found = list(file_parts.cut_lines(path, heading))
            parts = [whole[own.start : own.end] for own in found]
            assert b"".join(parts) == text and all(parts) and max(map(len, parts), default=0) <= size
            assert all(part.endswith(b"\n") for part in parts[:-1])
            assert [own.before for own in found] == [b"".join(parts[:i]).count(b"\n") for i in range(len(parts))]
        path.write_bytes(b"navn\n" + b"x" * size + b"\n")
        with pytest.raises(NotPlain):
            list(file_parts.cut_lines(path, True))


def test_what_is_not_there_has_no_parts(tmp_path: Path) -> None:
    assert list(CUT[".parquet"](DataFile(tmp_path / "ingen", "ingen", "post", ".parquet"))) == []
    with pytest.raises(NotPlain):
        list(CUT[".csv"](DataFile(tmp_path / "ingen", "ingen", "post", ".csv")))
