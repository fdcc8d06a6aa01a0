"""Spoiling a share of good records on purpose, in ways every format can hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from isfdsl.records.schema import FieldSchema, RecordSchema
from isfdsl.testing.sample.draw import Columns

_WRONG_CODE = "?!?"


def spoil(columns: Columns, schema: RecordSchema, share: float, random: Random, says: Callable[[str], bool]) -> int:
    """Spoil about ``share`` of the rows; how many were. Only fields that ``says`` allows."""
    length = len(next(iter(columns.values()), ()))
    chosen = [i for i in range(length) if random.random() < share]
    keys = [f for f in schema.key_fields if f.kind == "tekst" and says(f.name)]
    ways: list[tuple[str, FieldSchema]] = []
    for f in schema.fields:
        if not says(f.name):
            continue
        if f.mandatory and not f.key and not f.is_list:
            ways.append(("mangler", f))
        if f.kind in ("kode", "kodepar") and f.systems and not any(s.open and s.pattern is None for s in f.systems):
            ways.append(("kode", f))
        if f.kind in ("heltall", "desimal") and f.high is not None and not f.is_list:
            ways.append(("område", f))
    start, end = schema.roles.get("start"), schema.roles.get("slutt")
    by_name = schema.by_name()
    if start in by_name and end in by_name:
        ways.append(("slutt", by_name[end]))
    if keys:
        ways.append(("dobbel", keys[0]))
    if not ways:
        return 0
    spoilt: set[int] = set()
    for i in chosen:
        what, f = random.choice(ways)
        if i in spoilt or (what == "dobbel" and (i == 0 or i - 1 in spoilt)):
            continue
        if what == "slutt" and not isinstance(columns[start or ""][i], dt.date):
            continue
        column = columns[f.name] = list(columns.get(f.name) or [() if f.is_list else None] * length)
        match what:
            case "mangler":
                column[i] = None
            case "kode":
                one: Any = (_WRONG_CODE, None) if f.kind == "kodepar" else _WRONG_CODE
                column[i] = (one,) if f.is_list else one
            case "område":
                column[i] = int(f.high) + 1 if f.kind == "heltall" else Decimal(str(f.high)) + 1  # type: ignore[arg-type]
            case "slutt":
                column[i] = columns[start or ""][i] - dt.timedelta(days=1)
                if f.kind == "dato" and isinstance(column[i], dt.datetime):
                    column[i] = column[i].date()
            case _:
                column[i] = column[i - 1]
                spoilt.add(i - 1)
        spoilt.add(i)
    return len(spoilt)
