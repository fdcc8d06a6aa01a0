"""Parquet, by pyarrow (extra ``data``), a batch at a time; only the columns that are fields are decoded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.record_files import ColumnType, CorruptFile, MissingPyarrow
from isfdsl.records.faults import FileFault, from_os_error
from isfdsl.records.fields import EXPECTED
from isfdsl.records.readers.columns import place_columns
from isfdsl.records.schema import FieldSchema, RecordSchema
from isfdsl.records.validate import Row

BATCH = 4096

_FITS: dict[str, tuple[str, ...]] = {
    "tekst": ("string", "int"),
    "heltall": ("int", "string", "decimal", "float64"),
    "desimal": ("decimal", "int", "string", "float64"),
    "dato": ("date", "timestamp", "string"),
    "tidspunkt": ("timestamp", "date", "string"),
    "ja_nei": ("bool", "string", "int"),
    "kode": ("string", "int"),
    "kodepar": ("string",),
}


class Unreadable:
    """A cell Python cannot hold, e.g. a date in the year 300000; no field parser accepts it."""


_UNREADABLE = Unreadable()


def rows(
    path: Path, fil: str, schema: RecordSchema, problems: list[Problem], only: frozenset[int] | None = None
) -> Iterator[tuple[int, Row]]:
    """Row number (from 1) and raw values of each record. Raises ``FileFault`` when the file cannot be read
    on. ``only``: the places of the fields that are wanted; the others are not decoded.

    pyarrow answers damaged files with many kinds of exception; all of them mean a damaged file here, except
    those of the operating system.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise FileFault(MissingPyarrow(fil=fil)) from None
    try:
        with path.open("rb") as data, pq.ParquetFile(data, page_checksum_verification=True) as file:
            arrow = file.schema_arrow
            places, found = place_columns(arrow.names, schema, fil)
            found = found or _type_problems(arrow, places, schema, fil)
            if found:
                raise FileFault(*found)
            if only is not None:
                places = tuple(i if at in only else None for at, i in enumerate(places))
            wanted = [arrow.names[i] for i in places if i is not None]
            number = 0
            # One row group at a time: a list of dictionary-coded texts must not run on into the next.
            groups = range(file.num_row_groups)
            for batch in (b for g in groups for b in file.iter_batches(BATCH, [g], wanted)):
                by_name = dict(zip(batch.schema.names, batch.columns, strict=True))
                blank = [None] * batch.num_rows
                cells = [blank if i is None else values(by_name[arrow.names[i]]) for i in places]
                for row in zip(*cells, strict=True):
                    number += 1
                    yield number, row
    except FileFault:
        raise
    except MemoryError as error:
        if not isinstance(error, pa.ArrowMemoryError):
            raise
        raise FileFault(CorruptFile(fil=fil, format="Parquet")) from None
    except OSError as error:
        if error.errno:
            raise FileFault(from_os_error(fil, error)) from None
        raise FileFault(CorruptFile(fil=fil, format="Parquet")) from None
    except Exception:
        raise FileFault(CorruptFile(fil=fil, format="Parquet")) from None


def values(array: Any) -> list[object]:
    """The cells of an Arrow array as Python values; a cell Python cannot hold becomes ``Unreadable``."""
    given = array.type
    readable = _in_utc(given)
    if readable is not given:
        array = array.cast(readable)
    try:
        found: list[object] = array.to_pylist()
    except (ValueError, OverflowError, ArithmeticError):
        found = [_one(cell) for cell in array]
    if "timestamp[ns" in str(array.type):
        return [_without_pandas(cell) for cell in found]
    return found


def _in_utc(found: Any) -> Any:
    """A type with UTC for any other time zone: one is refused whatever it is, and need not be one that exists."""
    import pyarrow as pa
    import pyarrow.types as pt

    if pt.is_timestamp(found) and found.tz is not None:
        return pa.timestamp(found.unit, "+00:00")  # a name would be looked up
    if not (pt.is_list(found) or pt.is_large_list(found)):
        return found
    single = found.value_type
    readable = _in_utc(single)
    if readable is single:
        return found
    return pa.list_(readable) if pt.is_list(found) else pa.large_list(readable)


def _without_pandas(cell: Any) -> object:
    """pyarrow gives moments of pandas where that is installed; what Python cannot hold is unreadable all the same."""
    if isinstance(cell, list):
        inner = [_without_pandas(x) for x in cell]
        return _UNREADABLE if _UNREADABLE in inner else inner
    if not hasattr(cell, "nanosecond"):
        return cell
    return _UNREADABLE if cell.nanosecond else cell.to_pydatetime()


def _one(cell: Any) -> object:
    try:
        found: object = cell.as_py()
    except (ValueError, OverflowError, ArithmeticError):
        return _UNREADABLE
    return found


def _type_problems(arrow: Any, places: tuple[int | None, ...], schema: RecordSchema, fil: str) -> list[Problem]:
    problems: list[Problem] = []
    for field, place in zip(schema.fields, places, strict=True):
        if place is not None and not _fits(arrow.types[place], field):
            wanted = EXPECTED[field.kind]
            problems.append(
                ColumnType(
                    fil=fil,
                    felt=field.name,
                    har=str(arrow.types[place]),
                    ventet=f"en liste, hver verdi {wanted}" if field.is_list else wanted,
                )
            )
    return problems


def _fits(found: Any, field: FieldSchema) -> bool:
    import pyarrow.types as pt

    if pt.is_null(found):
        return True
    if field.is_list:
        if not (pt.is_list(found) or pt.is_large_list(found)):
            return False
        found = found.value_type
    if pt.is_dictionary(found):
        found = found.value_type
    kinds = {
        "string": pt.is_string(found) or pt.is_large_string(found) or pt.is_string_view(found),
        "int": pt.is_integer(found),
        "decimal": pt.is_decimal(found),
        "float64": pt.is_float64(found),
        "bool": pt.is_boolean(found),
        "date": pt.is_date(found),
        "timestamp": pt.is_timestamp(found),
    }
    return pt.is_null(found) or any(kinds[kind] for kind in _FITS[field.kind])
