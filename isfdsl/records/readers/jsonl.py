"""JSON lines: one object a line; numbers are exact, lists are lists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.record_files import CutInRow, JsonNotLines
from isfdsl.diagnostics.records import BadJsonLine
from isfdsl.records.faults import FieldFault, FileFault
from isfdsl.records.readers.columns import clean, column_problems
from isfdsl.records.readers.text import Lines, open_text
from isfdsl.records.schema import RecordSchema
from isfdsl.records.validate import Row

_MAX_UNKNOWN = 1000


class _NotExact(ValueError):
    """NaN, an infinity or a name given twice."""


def _constant(_: str) -> object:
    raise _NotExact


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NotExact
    return found


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_constant, object_pairs_hook=_object)


def rows(path: Path, fil: str, schema: RecordSchema, problems: list[Problem]) -> Iterator[tuple[int, Row]]:
    """Line number and raw values of each record. Raises ``FileFault`` when the file cannot be read on.

    Unknown names and mandatory names that no line has are found at the end, and raised then.
    """
    names = [f.name for f in schema.fields]
    exact = frozenset(names)
    spellings = schema.spellings()
    seen: set[str] = set()
    unknown: set[str] = set()
    objects = lines = 0
    opened = False
    with open_text(path, fil) as text:
        given = Lines(text, fil)
        for number, line in enumerate(given, 1):
            if not line.strip():
                continue
            lines += 1
            found = parsed(line)
            if isinstance(found, FieldFault):
                if lines == 1 and line.lstrip().startswith("["):
                    raise FileFault(JsonNotLines(fil=fil))
                if lines == 2 and opened and line.lstrip().startswith(('"', "}")):
                    raise FileFault(JsonNotLines(fil=fil, objekt=True))
                opened = lines == 1 and line.strip() == "{"
                if given.unended and not line.rstrip().endswith("}"):
                    raise FileFault(CutInRow(fil=fil, linje=number))
                yield number, found
                continue
            if not found.keys() <= exact:
                renamed = _rename(found, spellings, unknown)
                if renamed is None:
                    yield number, FieldFault(BadJsonLine, grunn="linjen har samme felt to ganger")
                    continue
                found = renamed
            objects += 1
            if len(seen) < len(names):
                seen.update(found)
            get = found.get
            yield number, [get(name) for name in names]
    if objects and (unknown or len(seen) < len(names)):
        missing = column_problems(seen, sorted(unknown)[: 20 if seen else None], schema, fil)
        if missing:
            raise FileFault(*missing)


def parsed(line: str) -> dict[str, object] | FieldFault:
    """The object on a line, its numbers exact, or what is wrong with it."""
    try:
        found = _DECODER.decode(line)
    except _NotExact:
        return FieldFault(BadJsonLine, grunn="linjen har samme navn to ganger, eller NaN eller Infinity")
    except (ValueError, ArithmeticError, RecursionError):
        return FieldFault(BadJsonLine, grunn="linjen er ikke gyldig JSON")
    if not isinstance(found, dict):
        return FieldFault(BadJsonLine, grunn="linjen er ikke et JSON-objekt")
    return found


def _rename(found: dict[str, object], spellings: dict[str, str], unknown: set[str]) -> dict[str, object] | None:
    """``found`` with field names for keys; unknown names go to ``unknown``.

    ``None`` when a field comes twice.
    """
    renamed: dict[str, object] = {}
    for key, value in found.items():
        field = spellings.get(clean(key))
        if field is None:
            if len(unknown) < _MAX_UNKNOWN:
                unknown.add(clean(key))
        elif field in renamed:
            return None
        else:
            renamed[field] = value
    return renamed
