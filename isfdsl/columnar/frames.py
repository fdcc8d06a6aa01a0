"""Tables in memory as input: polars and pandas frames, Arrow tables."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from isfdsl.records.schema import RecordSchema

_ROW_GROUP = 131_072
"""Rows: a reader has a row group in memory at a time."""


@contextmanager
def as_folder(frames: Mapping[str, Any], schemas: Mapping[str, RecordSchema]) -> Iterator[str]:
    """Tables by post as the input folder in which each is ``<post>.parquet``; gone afterwards.

    Raises ``ValueError`` for a name that is no post, ``TypeError`` for what is no table.
    """
    for post in frames:
        if post not in schemas:
            raise ValueError(f"«{post}» er ikke en post i regelverket; postene er {', '.join(schemas)}")
    with tempfile.TemporaryDirectory(prefix="isf-") as folder:
        for post, frame in frames.items():
            pq.write_table(
                arrow_of(frame), Path(folder) / f"{post}.parquet", compression="none", row_group_size=_ROW_GROUP
            )
        yield folder


def arrow_of(frame: Any) -> pa.Table:
    """A lazy or eager frame as an Arrow table."""
    if hasattr(frame, "collect"):
        frame = frame.collect()
    if isinstance(frame, pa.RecordBatch):
        return pa.Table.from_batches([frame])
    if isinstance(frame, pa.Table):
        return frame
    if hasattr(frame, "to_arrow"):
        found: pa.Table = frame.to_arrow()
        return found
    if hasattr(frame, "__arrow_c_stream__"):
        return pa.table(frame)
    if type(frame).__module__.partition(".")[0] == "pandas":
        return pa.Table.from_pandas(frame, preserve_index=False)
    raise TypeError(f"ventet en tabell (polars, pandas eller Arrow), ikke {type(frame).__name__}")
