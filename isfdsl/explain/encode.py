"""Documents as JSON, and the JSON Schema that their classes say. Exact numbers become text, days ISO 8601."""

from __future__ import annotations

import datetime as dt
import types
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

_NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def to_json(document: Any) -> dict[str, Any]:
    """An explanation, a why-not or a what-if as plain data, ready for ``json.dumps``."""
    found = _plain(document)
    assert isinstance(found, dict)
    return found


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return format(value, "f")
        case Fraction():
            return f"{value.numerator}/{value.denominator}"
        case dt.datetime() | dt.date():
            return value.isoformat()
        case tuple() | list():
            return [_plain(v) for v in value]
        case _:
            cls: Any = type(value)
            return {name: _plain(getattr(value, attribute)) for attribute, name in _keys(cls)}


@cache
def _keys(cls: Any) -> tuple[tuple[str, str], ...]:
    return tuple((a.name, a.metadata["key"]) for a in attrs.fields(cls))


# ------------------------------------------------------------------ schema


def json_schema(cls: type) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a document class."""
    definitions: dict[str, Any] = {}
    body = _object(cls, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": attrs.fields(cls).schema.default,
        **body,
        "$defs": dict(sorted(definitions.items())),
    }


def _object(cls: type, definitions: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(cls)
    properties = {key: _of(hints[name], definitions) for name, key in _keys(cls)}
    if "skjema" in properties:
        properties["skjema"] = {"const": attrs.fields(cls).schema.default}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_SIMPLE: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    Decimal: {"type": "string", "pattern": _NUMBER},
    dt.date: {"type": "string", "pattern": _DAY},
    type(None): {"type": "null"},
    # The value of an expression: a number is an integer or text, a code is text or [first, second], a list is a list.
    Any: {"type": ["null", "boolean", "integer", "string", "array"]},
}


def _of(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    kind = get_origin(hint)
    if kind is Literal:
        return {"enum": list(get_args(hint))}
    if kind is tuple:
        return {"type": "array", "items": _of(get_args(hint)[0], definitions)}
    if kind in (Union, types.UnionType):
        return {"anyOf": [_of(a, definitions) for a in get_args(hint)]}
    name = hint.__name__
    if name not in definitions:
        definitions[name] = {}
        definitions[name] = _object(hint, definitions)
    return {"$ref": f"#/$defs/{name}"}
