"""Output folders of runs, so that two of them can be compared."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from isfdsl.cli.main import main
from isfdsl.records.arrow import plain_table
from isfdsl.records.tables import TABLES


def content(folder: Path) -> dict[str, Any]:
    """The tables by name with their rows in order of key, and the summary but for what is about the run itself."""
    found: dict[str, Any] = {p.stem: in_order(p) for p in sorted(folder.glob("*.parquet"))}
    found["sammendrag"] = json.loads((folder / "sammendrag.json").read_text(encoding="utf-8"))
    del found["sammendrag"]["kjoring"]
    return found


def summed(*order: str) -> dict[str, Any]:
    """The summary that ``isf run`` prints when nothing is written, but for what is about the run itself."""
    with redirect_stdout(io.StringIO()) as shown, redirect_stderr(io.StringIO()) as said:
        assert main(["run", *order, "--format", "json"]) == 0, said.getvalue()
    found: dict[str, Any] = json.loads(shown.getvalue())
    del found["kjoring"]
    return found


def in_order(path: Path) -> pa.Table:
    """A table in the order of its key, whatever parts it was written in."""
    table = plain_table(pq.read_table(path)).combine_chunks()
    keys = [name for name in TABLES[path.stem].sort if name in table.column_names]
    return table.sort_by([(name, "ascending") for name in keys]) if keys else table


def assert_same(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """The same tables with the same rows and types, and the same summary."""
    assert list(found) == list(wanted)
    for name, own in wanted.items():
        if isinstance(own, pa.Table):
            assert found[name].schema == own.schema, name
            assert found[name].equals(own), f"{name}: {found[name].num_rows} rows, {own.num_rows} wanted"
        else:
            assert found[name] == own


@contextmanager
def only_this(folder: Path) -> Iterator[Path]:
    """A folder for what is put aside on disk; nothing may be left there."""
    folder.mkdir()
    yield folder
    assert list(folder.iterdir()) == []
