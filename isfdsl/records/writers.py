"""Records back to input files, in the three formats: for samples, tests and conversion.

Exact: reading gives the same.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from isfdsl.records.fields import MAX_DECIMALS
from isfdsl.records.record import Record, Single, Value
from isfdsl.records.schema import FieldSchema, RecordSchema

Format = Literal["csv", "jsonl", "parquet"]


def write_records(path: Path, records: Sequence[Record], schema: RecordSchema, fmt: Format) -> None:
    """Write ``records`` of ``schema`` to ``path``.

    Raises ``OSError``, and ``ValueError`` for a list in CSV that holds a text with blanks, which CSV cannot
    say.
    """
    if fmt == "parquet":
        _write_parquet(path, records, schema)
    else:
        lines = csv_lines(records, schema) if fmt == "csv" else json_lines(records, schema)
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)


def csv_lines(records: Iterable[Record], schema: RecordSchema) -> Iterable[str]:
    """CSV with commas: the header, then a line per record."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([f.name for f in schema.fields])
    yield _take(buffer)
    for record in records:
        writer.writerow([_csv_cell(record.values.get(f.name), f) for f in schema.fields])
        yield _take(buffer)


def _take(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _csv_cell(value: Value, field: FieldSchema) -> str:
    if not field.is_list:
        return "" if value is None else _text(value)
    assert value is None or isinstance(value, tuple)
    parts = [_text(v) for v in value or ()]
    if any(len(part.split()) != 1 for part in parts):
        raise ValueError(f"the list «{field.name}» has a value with blanks, which CSV cannot hold")
    return " ".join(parts)


def _text(value: Value) -> str:
    """A single value as text in a data file."""
    if isinstance(value, bool):
        return "ja" if value else "nei"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):  # a datetime is a date, too
        return value.isoformat()
    if isinstance(value, tuple):
        return "+".join(str(part) for part in value if part is not None)
    return str(value)


def json_lines(records: Iterable[Record], schema: RecordSchema) -> Iterable[str]:
    """JSON lines; missing values and empty optional lists are left out, decimals are exact numbers."""
    for record in records:
        values = record.values
        cells = ((f, values.get(f.name)) for f in schema.fields if not _left_out(values.get(f.name), f))
        pairs = [f"{json.dumps(f.name, ensure_ascii=False)}: {_json(v, f)}" for f, v in cells]
        yield "{" + ", ".join(pairs) + "}\n"


def _left_out(value: Value, field: FieldSchema) -> bool:
    return value is None or (value == () and field.optional)


def _json(value: Value, field: FieldSchema) -> str:
    if field.is_list:
        assert isinstance(value, tuple)
        return "[" + ", ".join(_json_single(v) for v in value) + "]"
    return _json_single(value)


def _json_single(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return _text(value)
    return json.dumps(_text(value), ensure_ascii=False)


def _write_parquet(path: Path, records: Sequence[Record], schema: RecordSchema) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types: dict[str, Any] = {
        "heltall": pa.int64(),
        "desimal": pa.decimal128(38, MAX_DECIMALS),
        "dato": pa.date32(),
        "tidspunkt": pa.timestamp("us"),
        "ja_nei": pa.bool_(),
    }
    arrays = []
    for field in schema.fields:
        single = types.get(field.kind, pa.string())
        convert: Callable[[Any], Any] = _same if field.kind in types else _text
        values = [record.values.get(field.name) for record in records]
        arrays.append(pa.array(_arrow_cells(values, field, convert), pa.list_(single) if field.is_list else single))
    pq.write_table(pa.table(dict(zip([f.name for f in schema.fields], arrays, strict=True))), path)


def _arrow_cells(values: list[Value], field: FieldSchema, convert: Callable[[Any], Any]) -> list[Any]:
    if not field.is_list:
        return [None if v is None else convert(v) for v in values]
    return [[convert(part) for part in v] if isinstance(v, tuple) else [] for v in values]


def _same(value: Single) -> Single:
    return value


__all__ = ["Format", "csv_lines", "json_lines", "write_records"]
