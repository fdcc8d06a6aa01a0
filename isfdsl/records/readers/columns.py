"""Which column is which field: shared by CSV and Parquet, which name all columns up front, and JSON lines."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.nearest import nearest
from isfdsl.diagnostics.record_files import DuplicateColumn, MissingColumn, NoKnownColumns, UnknownColumn
from isfdsl.records.schema import RecordSchema


def clean(name: str) -> str:
    """A column name as it is compared: composed characters, no blanks around."""
    return unicodedata.normalize("NFC", name).strip()


def place_columns(
    names: Sequence[str], schema: RecordSchema, fil: str, *, heading: bool = False
) -> tuple[tuple[int | None, ...], list[Problem]]:
    """The column number of each field (``None`` when absent), and the problems with the columns.

    ``heading``: the names are the first line of a text, with marks between them.
    """
    spellings = schema.spellings()
    at: dict[str, int] = {}
    unknown: list[str] = []
    unnamed: int | None = None
    problems: list[Problem] = []
    for i, raw in enumerate(names):
        field = spellings.get(clean(raw))
        if field is None and not clean(raw):
            unnamed = i if unnamed is None else unnamed
        elif field is None:
            unknown.append(clean(raw))
        elif field in at:
            problems.append(DuplicateColumn(fil=fil, felt=field))
        else:
            at[field] = i
    problems += column_problems(set(at), unknown, schema, fil, heading=heading)
    if at and unnamed is not None:
        last = heading and not any(map(clean, names[unnamed:]))
        problems.append(UnknownColumn(fil=fil, post=schema.name, kolonne="", nummer=unnamed + 1, sist=last))
    return tuple(at.get(f.name) for f in schema.fields), problems


def column_problems(
    known: set[str], unknown: Sequence[str], schema: RecordSchema, fil: str, *, heading: bool = False
) -> list[Problem]:
    """Problems for unknown columns and missing mandatory ones; a misspelt mandatory column is one problem,
    not two.
    """
    if not known:
        return [_none_known(unknown, schema, fil, heading=heading)]
    absent = [f.name for f in schema.fields if f.name not in known]
    problems: list[Problem] = []
    guessed: set[str] = set()
    for column in unknown:
        near = nearest(column, absent) or nearest(column, [f.name for f in schema.fields])
        problems.append(UnknownColumn(fil=fil, post=schema.name, kolonne=column, forslag=near[0] if near else None))
        guessed.update(near)
    for field in schema.fields:
        needed = field.key or not field.optional
        if needed and field.name in absent and field.name not in guessed:
            problems.append(MissingColumn(fil=fil, post=schema.name, felt=field.name))
    return problems


def _none_known(names: Sequence[str], schema: RecordSchema, fil: str, *, heading: bool) -> Problem:
    """A file with none of the columns of a post. What stands first in a text may be data, and is not repeated then."""
    fields = tuple(f.name for f in schema.fields)
    folded = {f.lower() for f in fields}
    mark = None
    if heading and names and names[0].lower().startswith("sep="):
        mark = "sep="
    elif heading and len(names) == 1 and "|" in names[0]:
        mark = "|"
    certain = not heading or any(n.lower() in folded for n in names)
    return NoKnownColumns(
        fil=fil,
        post=schema.name,
        felt=fields,
        funnet=tuple(names) if certain else (),
        overskrift=heading,
        merke=mark,
    )
