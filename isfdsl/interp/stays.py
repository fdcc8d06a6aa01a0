"""From records to stays: which records belong together, and what the stay says in each field."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from isfdsl.interp.context import Ctx, Pair
from isfdsl.program.conditions import conjuncts
from isfdsl.records.record import Record
from isfdsl.syntax import ast
from isfdsl.values import add, as_moment

if TYPE_CHECKING:
    from isfdsl.interp.engine import Engine

_BEFORE_ALL = dt.datetime.min


def time_key(record: Record, start: str | None, end: str | None) -> tuple[dt.datetime, dt.datetime, str]:
    """Records in order of time: start, end (a missing end is the start), id."""
    first = record.values.get(start) if start else None
    last = record.values.get(end) if end else None
    begin = as_moment(first) if isinstance(first, dt.date) else _BEFORE_ALL
    return begin, as_moment(last) if isinstance(last, dt.date) else begin, record.record_id


def gather(engine: Engine, post: str, records: Sequence[Record]) -> list[tuple[Record, ...]]:
    """The records of each stay, in order of time; stays in order of their first record."""
    rules = engine.ruleset
    start, end = rules.role(post, "start"), rules.role(post, "slutt")
    ordered = sorted(records, key=lambda r: time_key(r, start, end))
    decl = rules.stay
    patient = rules.role(post, "pasient")
    if decl is None or decl.never or not decl.samles or patient is None:
        return [(r,) for r in ordered]
    by_patient: dict[Any, list[Record]] = {}
    for r in ordered:
        by_patient.setdefault(r.values.get(patient), []).append(r)
    out: list[tuple[Record, ...]] = []
    for who, theirs in by_patient.items():
        if who is None or len(theirs) == 1:
            out += [(r,) for r in theirs]
        else:
            out += _join(engine, post, theirs, decl)
    return sorted(out, key=lambda rs: time_key(rs[0], start, end))


def _join(engine: Engine, post: str, records: list[Record], decl: ast.Opphold) -> list[tuple[Record, ...]]:
    contexts = [engine.context(post, r.values, r.record_id, engine.record_day(post, r)) for r in records]
    parent = list(range(len(records)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for rule in decl.samles:
        for places in partitions(post, rule.condition, contexts):
            for first, second in itertools.pairwise(places):
                if root(first) == root(second):
                    continue
                # The rules as they hold when the later of the two starts.
                test = contexts[second].machine.pair(post, rule.condition)
                if test(Pair(contexts[first], contexts[second])):
                    parent[root(second)] = root(first)
    stays: dict[int, list[Record]] = {}
    for i, r in enumerate(records):
        stays.setdefault(root(i), []).append(r)
    return [tuple(rs) for rs in stays.values()]


def partitions(post: str, condition: ast.Expr, contexts: list[Ctx]) -> Iterable[list[int]]:
    """Neighbours are neighbours among the records that agree on every ``samme`` of the condition.

    What a record says is read by the rules as they hold on its own day.
    """
    same = [c for c in conjuncts(condition) if isinstance(c, (ast.Same, ast.SameDay))]
    start = contexts[0].machine.ruleset.role(post, "start")
    groups: dict[Any, list[int]] = {}
    for i, ctx in enumerate(contexts):
        key = tuple(
            ctx.machine.value(c.operand, post)(ctx) if isinstance(c, ast.Same) else ctx.day(start) for c in same
        )
        if not any(part in (None, ()) for part in key):
            groups.setdefault(key, []).append(i)
    return groups.values()


def merged_values(engine: Engine, post: str, records: tuple[Record, ...]) -> dict[str, Any]:
    """What a stay of several records says in each field.

    A field without a rule of its own takes the first record's value, a list the lists of all.
    """
    decl = engine.ruleset.stay
    how: dict[str, ast.Aggregation] = {a.field.text: a.how for a in decl.fields} if decl is not None else {}
    best: Record | None = None
    out: dict[str, Any] = {}
    for f in engine.ruleset.poster[post].fields:
        name = f.name.text
        chosen = how.get(name) or ("alle" if f.type.is_list else "første")
        if chosen == "av den med høyest poeng":
            best = best or _highest(engine, post, records)
            out[name] = best.values.get(name)
        else:
            out[name] = _aggregate(chosen, [r.values.get(name) for r in records], f.type.is_list)
    return out


def _aggregate(how: str, values: list[Any], is_list: bool) -> Any:
    present = [v for v in values if v is not None]
    match how:
        case "alle" if is_list:
            return tuple(x for v in present for x in v)
        case "første" | "alle":
            return values[0]
        case "siste":
            return values[-1]
        case "minste":
            return min(present, default=None)
        case "største":
            return max(present, default=None)
        case "sum":
            return reduce(add, present) if present else None
        case _:
            raise AssertionError(how)


def _highest(engine: Engine, post: str, records: tuple[Record, ...]) -> Record:
    """The record that alone would give the most points; unknown points are least, the earliest wins a tie."""
    best, most = records[0], None
    for r in records:
        points = engine.lone_points(post, r)
        if points is not None and (most is None or points > most):
            best, most = r, points
    return best
