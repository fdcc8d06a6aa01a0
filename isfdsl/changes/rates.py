"""Rates with the days that set them apart: one that is cut into two that are alike is one."""

from __future__ import annotations

import datetime as dt

from attrs import evolve

from isfdsl.syntax import ast

_DAY = dt.timedelta(days=1)


def joined(rates: list[ast.Sats], head: ast.Regelverk | None) -> list[ast.Sats]:
    """The rates of one name: those that follow each other with one value are one, and the regelverk's days say nothing.

    What lies outside the days of the regelverk gives no points and no kroner, so a rate that holds all of them is one
    without days.
    """
    out: list[ast.Sats] = []
    for d in sorted(rates, key=_start):
        last = out[-1] if out else None
        if last is not None and last.value == d.value and _follows(last, d):
            out[-1] = _both(last, d)
        else:
            out.append(d)
    return [_within(d, head) for d in out]


def _start(d: ast.Sats) -> dt.date:
    start = d.validity.start if d.validity is not None else None
    return start.value if start is not None and start.value is not None else dt.date.min


def _follows(first: ast.Sats, then: ast.Sats) -> bool:
    end = first.validity.end if first.validity is not None else None
    return end is not None and end.value is not None and _start(then) - _DAY == end.value


def _both(first: ast.Sats, then: ast.Sats) -> ast.Sats:
    assert first.validity is not None and then.validity is not None
    validity = evolve(first.validity, end=then.validity.end)
    return evolve(first, validity=_days(validity), meta=(*first.meta, *(m for m in then.meta if m not in first.meta)))


def _within(d: ast.Sats, head: ast.Regelverk | None) -> ast.Sats:
    if d.validity is None or head is None:
        return d
    start, end = d.validity.start, d.validity.end
    if start is not None and start.value is not None and head.start is not None and head.start.value is not None:
        start = None if start.value <= head.start.value else start
    if end is not None and end.value is not None and head.end is not None and head.end.value is not None:
        end = None if end.value >= head.end.value else end
    return evolve(d, validity=_days(evolve(d.validity, start=start, end=end)))


def _days(validity: ast.Validity) -> ast.Validity | None:
    return None if validity.start is None and validity.end is None else validity
