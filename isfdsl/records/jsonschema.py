"""A `post` for others to read: JSON Schema (draft 2020-12) for one line of JSON, and a plain table in
Norwegian.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from isfdsl.records.codes import dotless_pattern
from isfdsl.records.fields import MAX_TEXT, domain_text
from isfdsl.records.schema import CodeSystem, FieldSchema, RecordSchema

_MAX_ENUM = 200
_STRING: dict[str, object] = {"type": "string"}
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MOMENT = rf"^{_DAY}([T ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}(\.[0-9]{{1,6}})?)?)?$"
_KIND_WORDS = {
    "tekst": "tekst",
    "heltall": "heltall",
    "desimal": "desimaltall",
    "dato": "dato",
    "tidspunkt": "tidspunkt",
    "ja_nei": "ja/nei",
    "kode": "kode",
    "kodepar": "kodepar",
}


def json_schema(schema: RecordSchema) -> dict[str, object]:
    """The JSON Schema of one JSON line of ``schema``, in the canonical form: field names as declared, no
    extra ones.

    It describes what should be written; the reader also takes names without æøå and numbers as text. Validity
    of codes by date, and start before end, cannot be said in JSON Schema.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": schema.name,
        "type": "object",
        "properties": {f.name: _property(f) for f in schema.fields},
        "required": [f.name for f in schema.fields if f.mandatory],
        "additionalProperties": False,
    }


def _property(field: FieldSchema) -> dict[str, object]:
    single = _single(field)
    note = _codes_note(field)
    if field.is_list:
        found: dict[str, object] = {"type": ["array", "null"], "items": single}
        if field.key:
            found = {"type": "array", "items": single, "minItems": 1}
    elif field.mandatory:
        found = single
    else:
        found = {"anyOf": [single, {"type": "null"}]}
    return found | ({"description": note} if note else {})


def _single(field: FieldSchema) -> dict[str, object]:
    match field.kind:
        case "tekst":
            return {"type": "string", "maxLength": MAX_TEXT} | ({"minLength": 1} if field.mandatory else {})
        case "heltall":
            return {"type": "integer"} | _bounds(field)
        case "desimal":
            return {"type": "number"} | _bounds(field)
        case "dato":
            return {"type": "string", "format": "date", "pattern": f"^{_DAY}$"}
        case "tidspunkt":
            return {"type": "string", "pattern": _MOMENT}
        case "ja_nei":
            return {"type": "boolean"}
        case "kode":
            return _code(field)
        case "kodepar":
            pattern = _pattern(field)
            return _STRING | ({"pattern": f"^{pattern}(\\+{pattern})?$"} if pattern else {})


def _bounds(field: FieldSchema) -> dict[str, object]:
    found: dict[str, object] = {}
    for word, bound in (("minimum", field.low), ("maximum", field.high)):
        if isinstance(bound, Decimal):
            found[word] = int(bound) if bound == bound.to_integral_value() else float(bound)
        elif bound is not None and not isinstance(bound, date):
            found[word] = bound
    return found


def _code(field: FieldSchema) -> dict[str, object]:
    """An ``enum`` for short closed systems whose codes have no dots to leave out; else a pattern when there
    is one.
    """
    codes = [c for s in field.systems for c in s.codes]
    closed = bool(field.systems) and not any(s.open for s in field.systems)
    if closed and len(codes) <= _MAX_ENUM and all(len(c) <= 3 for c in codes):
        return {"type": "string", "enum": sorted(set(codes))}
    pattern = _pattern(field)
    return _STRING | ({"pattern": f"^{pattern}$"} if pattern else {})


def _pattern(field: FieldSchema) -> str | None:
    patterns = [dotless_pattern(s.pattern) for s in field.systems if s.open and s.pattern]
    if not patterns or len(patterns) != len(field.systems) or any(s.codes for s in field.systems):
        return None
    return f"(?:{'|'.join(f'(?:{p})' for p in patterns)})"


def _codes_note(field: FieldSchema) -> str:
    if not field.systems:
        return ""
    return "kodeverk: " + ", ".join(_system_words(s) for s in field.systems)


def _system_words(system: CodeSystem) -> str:
    return f"{system.name} (åpent)" if system.open else f"{system.name} ({len(system.codes)} koder)"


def text_table(schemas: Iterable[RecordSchema]) -> str:
    """The fields of each post as a plain table: felt, type, påkrevd, område, kodeverk, rolle."""
    return "\n\n".join(_table(s) for s in schemas) + "\n"


def _table(schema: RecordSchema) -> str:
    roles = {field: role for role, field in schema.roles.items()}
    rows: list[tuple[str, ...]] = [("felt", "type", "påkrevd", "område", "kodeverk", "rolle")]
    for f in schema.fields:
        kind = _KIND_WORDS[f.kind] + (" liste" if f.is_list else "")
        needed = "nøkkel" if f.key else "ja" if f.mandatory else "nei"
        systems = ", ".join(_system_words(s) for s in f.systems)
        rows.append((f.name, kind, needed, domain_text(f.low, f.high), systems, roles.get(f.name, "")))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    rows.insert(1, tuple("-" * w for w in widths))
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"post {schema.name}", "", *lines])
