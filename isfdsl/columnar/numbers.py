"""Days, moments and the built-in functions over columns. What each means is told in ``isfdsl.values``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np

from isfdsl.columnar.numbering import distinct
from isfdsl.columnar.vectors import Array, Days, Nums, Vec, assemble, both, compare_numbers

EPOCH = dt.date(1970, 1, 1)
_HOUR, _MINUTE = 3_600_000_000, 60_000_000


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return (dt.date(day.year, day.month, day.day) - EPOCH).days


def micro_number(moment: dt.datetime) -> int:
    """Microseconds since 1970-01-01."""
    delta = moment - dt.datetime(1970, 1, 1)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def day_of_number(number: int) -> dt.date:
    """The calendar day of a number of days."""
    return EPOCH + dt.timedelta(days=int(number))


def years(days: Array) -> Array:
    """The year of each day."""
    found: Array = days.astype("M8[D]").astype("M8[Y]").astype(np.int64) + 1970
    return found


def months_since_1970(days: Array) -> Array:
    """Whole months from January 1970 to the month of each day."""
    found: Array = days.astype("M8[D]").astype("M8[M]").astype(np.int64)
    return found


def months(days: Array) -> Array:
    """The month of each day, 1 to 12."""
    return months_since_1970(days) % 12 + 1


def first_of_month(days: Array) -> Array:
    """The first day of the month of each day."""
    found: Array = days.astype("M8[D]").astype("M8[M]").astype("M8[D]").astype(np.int64)
    return found


def day_of_month(days: Array) -> Array:
    """1 to 31."""
    return days - first_of_month(days) + 1


def month_lengths(days: Array) -> Array:
    """The number of days of the month of each day."""
    found: Array = (months_since_1970(days) + 1).astype("M8[M]").astype("M8[D]").astype(np.int64) - first_of_month(days)
    return found


def _days_between(start: Days, end: Days) -> Nums:
    return Nums(end.days - start.days, 1, both(start.present, end.present))


def _elapsed(per: int) -> Callable[[Days, Days], Nums]:
    return lambda start, end: Nums(end.micros - start.micros, per, both(start.present, end.present))


def _forwards(count: Callable[[Array, Array], Array]) -> Callable[[Days, Days], Nums]:
    """Counted from the earlier to the later, negative when end lies before start."""

    def between(start: Days, end: Days) -> Nums:
        first, last = start.days, end.days
        back = last < first
        found = count(np.where(back, last, first), np.where(back, first, last))
        return Nums(np.where(back, -found, found), 1, both(start.present, end.present))

    return between


def _whole_months(first: Array, last: Array) -> Array:
    return months_since_1970(last) - months_since_1970(first) - (day_of_month(last) < day_of_month(first))


def _whole_years(first: Array, last: Array) -> Array:
    early = months(last) * 100 + day_of_month(last) < months(first) * 100 + day_of_month(first)
    return years(last) - years(first) - early


def _calendar_years(start: Days, end: Days) -> Nums:
    return Nums(years(end.days) - years(start.days), 1, both(start.present, end.present))


ELAPSED: dict[str, Callable[[Any, Any], Nums]] = {
    "dager": _days_between,
    "timer": _elapsed(_HOUR),
    "minutter": _elapsed(_MINUTE),
    "hele år": _forwards(_whole_years),
    "hele måneder": _forwards(_whole_months),
    "kalenderår": _calendar_years,
}
PARTS: dict[str, Callable[[Any], Vec]] = {
    "år": lambda d: Nums(years(d.days), 1, d.present),
    "måned": lambda d: Nums(months(d.days), 1, d.present),
    "tertial": lambda d: Nums((months(d.days) - 1) // 4 + 1, 1, d.present),
    "dato": lambda d: Days(d.days, d.present),
}


def _extreme(op: str) -> Callable[..., Vec]:
    """The largest or smallest of some values; the first of equal ones."""

    def choose(*values: Any) -> Vec:
        best: Any = values[0]
        for value in values[1:]:
            if isinstance(best, Nums):
                better = compare_numbers(op, value, best)
            else:
                better = value.micros > best.micros if op == ">" else value.micros < best.micros
            keep, swap = np.flatnonzero(~better), np.flatnonzero(better)
            present = both(best.present, value.present)
            best = assemble(len(better), [(keep, best.take(keep)), (swap, value.take(swap))])
            best.present = present
        found: Vec = best
        return found

    return choose


def _covered_days(start: Days, end: Days, within: Days) -> Nums:
    first = first_of_month(within.days)
    last = first + month_lengths(within.days) - 1
    covered = np.minimum(last, end.days) - np.maximum(first, start.days) + 1
    return Nums(np.maximum(covered, 0), 1, both(both(start.present, end.present), within.present))


FUNCTIONS: dict[str, Callable[..., Vec]] = {
    "største": _extreme(">"),
    "minste": _extreme("<"),
    "dager_i_måneden": lambda d: Nums(month_lengths(d.days), 1, d.present),
    "dekkede_dager": _covered_days,
}
"""The bodies of the catalogue's functions; ``tests/test_wiring.py`` holds the two lists together."""


def period_labels(unit: str, days: Array) -> tuple[Array, list[str]]:
    """For each day the number of its period, and the label of each number, as ``isfdsl.values.period_label``."""
    if unit == "måned":
        key = months_since_1970(days)
    elif unit == "tertial":
        key = years(days) * 3 + (months(days) - 1) // 4
    else:
        key = years(days)
    seen, number = distinct(key)
    if unit == "måned":
        labels = [f"{1970 + k // 12:04d}-{k % 12 + 1:02d}" for k in seen.tolist()]
    elif unit == "tertial":
        labels = [f"{k // 3:04d}-T{k % 3 + 1}" for k in seen.tolist()]
    else:
        labels = [f"{k:04d}" for k in seen.tolist()]
    return number, labels
