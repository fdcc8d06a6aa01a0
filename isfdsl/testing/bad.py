"""Spoiling good rows on purpose: one fault a row, and the code its rejection must carry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from attrs import frozen
from hypothesis import strategies as st

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.records import (
    CodeCase,
    CodeNotValid,
    ControlCharacters,
    DuplicateKey,
    EndBeforeStart,
    ImpossibleDate,
    ListForSingle,
    MissingValue,
    OutOfDomain,
    SingleForList,
    TextTooLong,
    TimeZoneGiven,
    TooPrecise,
    UnknownCode,
    WrongType,
)
from isfdsl.records.record import Reject
from isfdsl.records.schema import FieldSchema, RecordSchema
from isfdsl.testing.facts import Facts

Row = dict[str, Any]
Input = dict[str, list[Row]]
Draw = Callable[[st.SearchStrategy[Any]], Any]


@frozen
class Planted:
    """A spoilt row: where it stands (``rad`` from 1 within its record type), and what it must be rejected with."""

    post: str
    rad: int
    kode: str
    felt: str | None


@frozen
class Fault:
    """A way to spoil a row: the problem it must give, the field, and the new value."""

    problem: type[Problem]
    felt: str
    value: Any


def plant(draw: Draw, facts: Facts, rows: Input) -> tuple[Input, tuple[Planted, ...]]:
    """Spoil some rows, and say which."""
    out = {post: list(own) for post, own in rows.items()}
    planted: list[Planted] = []
    for post, own in out.items():
        schema = facts.schemas[post]
        for index in range(len(own)):
            if not draw(st.booleans()):
                continue
            options: dict[str, list[Fault]] = {}
            for fault in faults(facts, schema, own[index]):
                options.setdefault(fault.problem.code, []).append(fault)
            fault = draw(st.sampled_from(options[draw(st.sampled_from(sorted(options)))]))
            spoilt = {**own[index], fault.felt: fault.value}
            if _rejected(facts, schema, spoilt, fault):
                own[index] = spoilt
                planted.append(Planted(post, index + 1, fault.problem.code, fault.felt))
        planted += _twins(draw, schema, own, {p.rad for p in planted if p.post == post})
    return out, tuple(planted)


def _twins(draw: Draw, schema: RecordSchema, own: list[Row], spoilt: set[int]) -> Iterator[Planted]:
    """One good row a second time: both are set aside."""
    good = [n for n in range(1, len(own) + 1) if n not in spoilt]
    if not schema.key_fields or not good or not draw(st.booleans()):
        return
    number = draw(st.sampled_from(good))
    own.append(dict(own[number - 1]))
    key = schema.key_fields[0].name
    yield Planted(schema.name, number, DuplicateKey.code, key)
    yield Planted(schema.name, len(own), DuplicateKey.code, key)


def _rejected(facts: Facts, schema: RecordSchema, spoilt: Row, fault: Fault) -> bool:
    """Whether the spoilt row is rejected for this fault (the first of all that are named)."""
    outcome = facts.validator(schema.name).outcome("", 1, [spoilt.get(f.name) for f in schema.fields])
    return isinstance(outcome, Reject) and outcome.kode == fault.problem.code


def faults(facts: Facts, schema: RecordSchema, row: Row) -> Iterator[Fault]:
    """Every way to spoil a row."""
    for f in schema.fields:
        yield from _field_faults(facts, f)
    start, end = schema.roles.get("start"), schema.roles.get("slutt")
    if start is not None and end is not None and isinstance(row.get(start), dt.date):
        yield Fault(EndBeforeStart, end, row[start] - dt.timedelta(days=1))
    day = row.get(end or "") or row.get(start or "")
    if isinstance(day, dt.date):
        day = day.date() if isinstance(day, dt.datetime) else day
        for f in schema.fields:
            for s in f.systems:
                known = facts.systems[s.name]
                expired = next((c for c in sorted(known.dated) if not s.codes[c].valid_on(day)), None)
                if expired is not None:
                    yield Fault(CodeNotValid, f.name, [expired] if f.is_list else expired)


def _field_faults(facts: Facts, f: FieldSchema) -> Iterator[Fault]:
    if f.mandatory:
        yield Fault(MissingValue, f.name, None)
    one: Callable[[Any], Any] = (lambda v: [v]) if f.is_list else (lambda v: v)
    if f.is_list:
        yield Fault(SingleForList, f.name, "A00")
    elif f.kind not in ("tekst",):
        yield Fault(ListForSingle, f.name, ["A", "B"])
    match f.kind:
        case "tekst":
            yield Fault(TextTooLong, f.name, one("x" * 1001))
            yield Fault(ControlCharacters, f.name, one("a\x00b"))
            yield Fault(WrongType, f.name, one(1.5))
        case "heltall" | "desimal":
            yield Fault(WrongType, f.name, one("tolv"))
            yield Fault(TooPrecise, f.name, one("1" * 30))
            if isinstance(f.high, int | Decimal):
                yield Fault(OutOfDomain, f.name, one(str(f.high + 1)))
            if isinstance(f.low, int | Decimal):
                yield Fault(OutOfDomain, f.name, one(str(f.low - 1)))
        case "dato" | "tidspunkt":
            yield Fault(ImpossibleDate, f.name, one("2024-02-30"))
            yield Fault(WrongType, f.name, one("30.01.2024"))
            yield Fault(TimeZoneGiven, f.name, one("2024-01-30T10:00+01:00"))
            if isinstance(f.high, dt.date) and f.high < dt.date.max:
                yield Fault(OutOfDomain, f.name, one(f.high + dt.timedelta(days=1)))
        case "ja_nei":
            yield Fault(WrongType, f.name, one("kanskje"))
        case "kode" | "kodepar":
            yield Fault(UnknownCode, f.name, one("§!?"))
            for s in f.systems:
                lower = next((c.swapcase() for c in sorted(s.codes) if c.swapcase() != c), None)
                if lower is not None and not s.open:
                    yield Fault(CodeCase, f.name, one(lower))


__all__ = ["Fault", "Planted", "faults", "plant"]
