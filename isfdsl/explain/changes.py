"""Changes to one record, as they are written on the command line: ``FELT=VERDI``, ``FELT+=KODE``, ``FELT-=KODE``."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

from attrs import evolve, frozen

from isfdsl.diagnostics.nearest import nearest
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.codes import normalise_code
from isfdsl.records.program_schema import schemas
from isfdsl.records.record import Record, Value
from isfdsl.records.schema import FieldSchema, RecordSchema
from isfdsl.records.validate import Validator


class InvalidChange(ValueError):
    """A change that cannot be made. ``code`` is that of the record problem, when validation refused it."""

    def __init__(self, message: str, code: str | None = None) -> None:
        self.code = code
        super().__init__(message)


@frozen
class Change:
    """One change. ``value`` is text as in a CSV file; a list is separated by blanks or commas."""

    field: str
    how: Literal["=", "+=", "-="]
    value: str


_CHANGE = re.compile(r"\s*([^=+\-\s][^=\s]*?)\s*(\+=|-=|=)(.*)", re.DOTALL)


def parse_change(text: str) -> Change:
    """``prosedyrer+=NFB30``. Raises ``InvalidChange``."""
    found = _CHANGE.fullmatch(text)
    if found is None:
        raise InvalidChange(f"«{text}» er ikke en endring; skriv FELT=VERDI, FELT+=KODE eller FELT-=KODE")
    how: Literal["=", "+=", "-="] = "+=" if found[2] == "+=" else "-=" if found[2] == "-=" else "="
    return Change(found[1], how, found[3].strip())


def changed(ruleset: Ruleset, record: Record, changes: Iterable[Change]) -> Record:
    """The record with the changes, validated as if it had been read so. Raises ``InvalidChange``."""
    schema = schemas(ruleset)[record.post]
    fields, spellings = schema.by_name(), schema.spellings()
    row: dict[str, object] = {f.name: _raw(f, record.values.get(f.name)) for f in schema.fields}
    for change in changes:
        name = spellings.get(change.field)
        if name is None:
            near = nearest(change.field, fields, 2)
            told = f"; mente du {' eller '.join(f'«{n}»' for n in near)}?" if near else ""
            raise InvalidChange(f"«{change.field}» er ikke et felt i «{record.post}»{told}")
        if name == ruleset.role(record.post, "pasient") or fields[name].key:
            raise InvalidChange(f"«{name}» sier hvem posten gjelder eller hva den heter, og kan ikke endres")
        row[name] = _apply(fields[name], row[name], change)
    return _validated(schema, record, row)


def _validated(schema: RecordSchema, record: Record, row: Mapping[str, object]) -> Record:
    # What was missing may stay missing: examples and older data leave out what does not matter.
    lenient = tuple(
        evolve(f, optional=True) if not f.key and record.values.get(f.name) in (None, ()) else f for f in schema.fields
    )
    validator = Validator(evolve(schema, fields=lenient))
    found = validator.outcome(record.fil, record.rad, [row[f.name] for f in schema.fields])
    if isinstance(found, Record):
        return evolve(found, nokkel=record.nokkel)
    raise InvalidChange(found.melding, found.kode)


def _apply(field: FieldSchema, before: object, change: Change) -> object:
    if change.how == "=":
        if not field.is_list:
            return change.value or None
        return _parts(change.value)
    if not field.is_list:
        raise InvalidChange(f"«{field.name}» er ikke en liste; skriv {field.name}=VERDI")
    values = list(before) if isinstance(before, list) else []
    if change.how == "+=":
        return [*values, *_parts(change.value)]
    for part in _parts(change.value):
        at = next((i for i, v in enumerate(values) if normalise_code(str(v)) == normalise_code(part)), None)
        if at is None:
            has = ", ".join(str(v) for v in values) or "ingen"
            raise InvalidChange(f"«{field.name}» har ikke {part}; posten har {has}")
        del values[at]
    return values


def _parts(text: str) -> list[str]:
    return [p for p in re.split(r"[\s,]+", text) if p]


def _raw(field: FieldSchema, value: Value) -> object:
    """A value as a reader would have got it."""
    if field.is_list and isinstance(value, tuple):
        return [_single(v) for v in value]
    return _single(value)


def _single(value: object) -> object:
    match value:
        case tuple():
            return "+".join(str(c) for c in value if c is not None)
        case dt.datetime() | dt.date():
            return value.isoformat()
        case None | bool() | int() | Decimal() | str():
            return value
        case _:
            return str(value)
