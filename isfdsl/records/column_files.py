"""Data files written from columns, batch by batch: for samples of millions of records, never in memory at once.

The same three formats, types and texts as ``writers``, which writes records.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from isfdsl.records.fields import MAX_DECIMALS
from isfdsl.records.record import Value
from isfdsl.records.schema import RecordSchema
from isfdsl.records.writers import _csv_cell as cell_text
from isfdsl.records.writers import _json as json_value

Columns = Mapping[str, Sequence[Value]]
ColumnFormat = Literal["parquet", "csv", "jsonl"]


class ColumnFile:
    """One data file of a post. Use with ``with``; ``write`` takes columns of equal length, absent ones are empty."""

    def __init__(self, path: Path, schema: RecordSchema, fmt: ColumnFormat) -> None:
        self.schema = schema
        self.fmt = fmt
        self._parquet: Any = None
        self._text: Any = None
        if fmt == "parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            self._arrow = _arrow_schema(schema)
            self._pa = pa
            self._parquet = pq.ParquetWriter(path, self._arrow, compression="zstd")
        else:
            self._text = path.open("w", encoding="utf-8", newline="")
            if fmt == "csv":
                self._csv = csv.writer(self._text, lineterminator="\n")
                self._csv.writerow([f.name for f in schema.fields])

    def __enter__(self) -> ColumnFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        (self._parquet or self._text).close()

    def write(self, columns: Columns) -> None:
        """One more batch."""
        length = len(next(iter(columns.values()), ()))
        if self.fmt == "parquet":
            arrays = [self._array(f.name, columns.get(f.name), length) for f in self.schema.fields]
            self._parquet.write_batch(self._pa.RecordBatch.from_arrays(arrays, schema=self._arrow))
            return
        names = [f.name for f in self.schema.fields]
        empty: Sequence[Value] = [None] * length
        rows = zip(*(columns.get(n, empty) for n in names), strict=True)
        if self.fmt == "csv":
            fields = self.schema.fields
            self._csv.writerows([cell_text(v, f) for v, f in zip(row, fields, strict=True)] for row in rows)
        else:
            for row in rows:
                cells = [
                    f"{json.dumps(f.name, ensure_ascii=False)}: {json_value(v, f)}"
                    for v, f in zip(row, self.schema.fields, strict=True)
                    if v is not None and not (v == () and f.optional)
                ]
                self._text.write("{" + ", ".join(cells) + "}\n")

    def _array(self, name: str, values: Sequence[Any] | None, length: int) -> Any:
        kind = self._arrow.field(name).type
        spec = next(f for f in self.schema.fields if f.name == name)
        if values is None:
            if spec.is_list:
                return self._pa.array([()] * length, kind)
            return self._pa.nulls(length, kind)
        if spec.kind == "kodepar":
            # The same few hundred come again and again.
            known = {v: (_pairs(v) if spec.is_list else _pair(v)) for v in set(values)}
            values = [known[v] for v in values]
        return self._pa.array(values, kind)


def _pair(value: Any) -> str | None:
    if value is None:
        return None
    first, second = value
    return first if second is None else f"{first}+{second}"


def _pairs(value: Any) -> list[str | None]:
    return [_pair(v) for v in value or ()]


def _arrow_schema(schema: RecordSchema) -> Any:
    import pyarrow as pa

    types: dict[str, Any] = {
        "heltall": pa.int64(),
        "desimal": pa.decimal128(38, MAX_DECIMALS),
        "dato": pa.date32(),
        "tidspunkt": pa.timestamp("us"),
        "ja_nei": pa.bool_(),
    }
    fields = []
    for f in schema.fields:
        single = types.get(f.kind, pa.string())
        fields.append(pa.field(f.name, pa.list_(single) if f.is_list else single))
    return pa.schema(fields)


__all__ = ["ColumnFile", "ColumnFormat", "Columns"]
