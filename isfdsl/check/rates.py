"""Rates of one name: in one unit, at most one a day, and none missing in between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from isfdsl.check.context import Check, Context
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.names import OverlappingRates
from isfdsl.diagnostics.types import WrongType
from isfdsl.diagnostics.unknown import RateGap
from isfdsl.program.types import NumberType, describe
from isfdsl.syntax import ast

DAY = dt.timedelta(days=1)


def check(ctx: Context) -> Iterator[Problem]:
    """The rates of each name that has several."""
    head = ctx.ruleset.head
    year_start = head.start.value if head is not None and head.start is not None else None
    year_end = head.end.value if head is not None and head.end is not None else None
    for name, rates in ctx.ruleset.satser.items():
        if len(rates) < 2:
            continue
        amounts = [r.value for r in rates if isinstance(r.value, ast.Amount)]
        for amount in amounts[1:]:
            if amount.unit != amounts[0].unit:
                kinds = [describe(NumberType(a.unit)) for a in (amounts[0], amount)]
                yield WrongType(span=amount.span, expected=f"{kinds[0]} som i den første satsen", got=kinds[1])
        spans = sorted(((*_days(r), i, r) for i, r in enumerate(rates)), key=lambda s: (s[0], s[2]))
        reach = spans[0][1]
        previous = spans[0][3]
        for start, end, _, rate in spans[1:]:
            if start <= reach:
                day = max(start, year_start or start).isoformat()
                yield OverlappingRates(span=rate.name.span, name=name, first=previous.name.span, day=day)
            elif start > reach + DAY:
                gap = max(reach + DAY, year_start or dt.date.min), min(start - DAY, year_end or dt.date.max)
                if gap[0] <= gap[1]:
                    yield RateGap(span=rate.name.span, name=name, start=gap[0].isoformat(), end=gap[1].isoformat())
            if end > reach:
                reach, previous = end, rate


def _days(rate: ast.Sats) -> tuple[dt.date, dt.date]:
    v = rate.validity
    start = v.start.value if v is not None and v.start is not None else None
    end = v.end.value if v is not None and v.end is not None else None
    return start or dt.date.min, end or dt.date.max - DAY


CHECK = Check(name="satser", reports=(OverlappingRates, RateGap, WrongType), whole=check)
