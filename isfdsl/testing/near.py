"""Pairs of inputs that differ in one fact, beside a border of some rule."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from attrs import frozen
from hypothesis import assume
from hypothesis import strategies as st

from isfdsl.records.record import Record
from isfdsl.records.schema import FieldSchema
from isfdsl.testing.facts import Facts
from isfdsl.testing.strategies import Draw, Drawer, Input, Row, Source, facts_of, records


@frozen
class NearMiss:
    """Two inputs that are alike but for the field ``felt`` of row ``rad`` (from 1) of ``post``."""

    before: Input
    after: Input
    post: str
    rad: int
    felt: str


def near_misses(regelverk: Source, *, max_patients: int = 2, max_contacts: int = 4) -> st.SearchStrategy[NearMiss]:
    """Pairs of inputs that differ in one fact: a day, a number by one step, a code, whether something is there.

    Both are whole inputs that validation accepts; numbers, ages and days lie beside what the rules compare them with.
    """
    facts = facts_of(regelverk)
    return _near(facts, records(regelverk, max_patients=max_patients, max_contacts=max_contacts))


@st.composite
def _near(draw: Draw, facts: Facts, inputs: st.SearchStrategy[Input]) -> NearMiss:
    before: Input = draw(inputs)
    places = [(post, i) for post, rows in before.items() for i in range(len(rows))]
    assume(places)
    post, index = draw(st.sampled_from(places))
    schema = facts.schemas[post]
    row = before[post][index]
    own = schema.roles.get("pasient")
    f: FieldSchema = draw(st.sampled_from([f for f in schema.fields if not f.key and f.name != own] or schema.fields))
    day = _day(row.get(schema.roles.get("slutt") or "") or row.get(schema.roles.get("start") or ""))
    value = _other(Drawer(draw, facts), f, row, day)
    changed = {k: v for k, v in {**row, f.name: value}.items() if v is not None}
    assume(changed != row)
    outcome = facts.validator(post).outcome("", 1, [changed.get(x.name) for x in schema.fields])
    assume(isinstance(outcome, Record))
    after = {name: list(rows) for name, rows in before.items()}
    after[post][index] = changed
    return NearMiss(before, after, post, index + 1, f.name)


def _day(value: Any) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else None


def _other(drawer: Drawer, f: FieldSchema, row: Row, day: dt.date | None) -> Any:
    """Another value of a field, one step away where steps make sense."""
    value = row.get(f.name)
    if value is None:
        return drawer.value(f, day, day)
    if not f.mandatory and drawer.chance(20):
        return None
    sign = 1 if drawer.chance(50) else -1
    match value:
        case bool():
            return not value
        case dt.datetime():
            return value + sign * drawer.pick((dt.timedelta(days=1), dt.timedelta(minutes=1)))
        case dt.date():
            return value + sign * dt.timedelta(days=1)
        case int() | Decimal():
            return value + sign * (1 if f.kind == "heltall" else drawer.pick((Decimal(1), Decimal("0.001"))))
        case list():
            return _other_list(drawer, f, value, day)
        case _:
            return drawer.single(f, day, day)


def _other_list(drawer: Drawer, f: FieldSchema, value: list[Any], day: dt.date | None) -> list[Any]:
    one = drawer.single(f, day, day)
    if not value or (one is not None and drawer.chance(50)):
        return [*value, one] if one is not None else value
    at = drawer.draw(st.integers(0, len(value) - 1))
    rest = value[:at] + value[at + 1 :]
    return rest if one is None or drawer.chance(50) else [*rest[:at], one, *rest[at:]]


__all__ = ["NearMiss", "near_misses"]
