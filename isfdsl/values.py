"""What numbers, days and missing values mean, for the reference interpreter and all that checks against it.

Missing is ``None``. Numbers are exact: ``int`` and ``Decimal``, and ``Fraction`` only where a division does not come
out even. Nothing here ever rounds but ``round_half_away`` and what says so.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from decimal import Context, Decimal, Inexact
from fractions import Fraction

Number = int | Decimal | Fraction
Moment = dt.date | dt.datetime

# Wide enough for every product of money, points and days; should it ever not be, it raises rather than rounds.
EXACT = Context(prec=400, traps=[Inexact])
FINEST = 200
"""Decimals that a rounding keeps when it asks for more; the checker accepts far fewer."""


def add(left: Number, right: Number) -> Number:
    """The exact sum."""
    if isinstance(left, Fraction) or isinstance(right, Fraction):
        return settle(Fraction(left) + Fraction(right))
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    return EXACT.add(left, right)


def subtract(left: Number, right: Number) -> Number:
    """The exact difference."""
    return add(left, negative(right))


def negative(value: Number) -> Number:
    """The number with the other sign."""
    return EXACT.minus(value) if isinstance(value, Decimal) else -value


def multiply(left: Number, right: Number) -> Number:
    """The exact product."""
    if isinstance(left, Fraction) or isinstance(right, Fraction):
        return settle(Fraction(left) * Fraction(right))
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    return EXACT.multiply(left, right)


def divide(left: Number, right: Number) -> Number | None:
    """The exact quotient; missing when the divisor is zero."""
    if right == 0:
        return None
    return settle(Fraction(left) / Fraction(right))


def settle(value: Fraction) -> Number:
    """A fraction as a decimal when it is one."""
    denominator = value.denominator
    twos = fives = 0
    while denominator % 2 == 0:
        denominator //= 2
        twos += 1
    while denominator % 5 == 0:
        denominator //= 5
        fives += 1
    if denominator != 1:
        return value
    digits = max(twos, fives)
    return Decimal(value.numerator * 10**digits // value.denominator).scaleb(-digits, context=EXACT)


def round_half_away(value: Number, digits: int) -> Decimal:
    """To ``digits`` decimals, ``FINEST`` at most; a half goes away from zero (2,5 → 3 and −2,5 → −3)."""
    digits = min(digits, FINEST)
    scaled = Fraction(value) * 10**digits
    whole, rest = divmod(abs(scaled.numerator), scaled.denominator)
    if 2 * rest >= scaled.denominator:
        whole += 1
    sign = -1 if scaled < 0 else 1
    return Decimal(sign * whole).scaleb(-digits, context=EXACT)


# ------------------------------------------------------------------ days


def as_day(value: Moment) -> dt.date:
    """The calendar day of a day or a moment."""
    return value.date() if isinstance(value, dt.datetime) else value


def as_moment(value: Moment) -> dt.datetime:
    """A day is its midnight."""
    return value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day)


def days_between(start: Moment, end: Moment) -> int:
    """Calendar days from start to end: 0 on one day, 1 over midnight; negative when end lies before start."""
    return (as_day(end) - as_day(start)).days


def hours_between(start: Moment, end: Moment) -> Number:
    """Elapsed hours, exact."""
    return settle(_seconds(start, end) / 3600)


def minutes_between(start: Moment, end: Moment) -> Number:
    """Elapsed minutes, exact."""
    return settle(_seconds(start, end) / 60)


def _seconds(start: Moment, end: Moment) -> Fraction:
    delta = as_moment(end) - as_moment(start)
    return Fraction(delta.days * 86_400 + delta.seconds) + Fraction(delta.microseconds, 1_000_000)


def whole_months_between(start: Moment, end: Moment) -> int:
    """Completed months: the day of the month must be reached (31 January to 28 February is 0)."""
    first, last = as_day(start), as_day(end)
    if last < first:
        return -whole_months_between(last, first)
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - (last.day < first.day)


def whole_years_between(start: Moment, end: Moment) -> int:
    """Completed years, as age is counted; who is born on 29 February is a year older on 1 March in other years."""
    first, last = as_day(start), as_day(end)
    if last < first:
        return -whole_years_between(last, first)
    return last.year - first.year - ((last.month, last.day) < (first.month, first.day))


def calendar_years_between(start: Moment, end: Moment) -> int:
    """The difference of the years alone: the age a person reaches in the year of ``end``."""
    return as_day(end).year - as_day(start).year


def tertial(value: Moment) -> int:
    """1 for January to April, 2 for May to August, 3 for September to December."""
    return (value.month - 1) // 4 + 1


def days_in_month(value: Moment) -> int:
    """The number of days of the calendar month."""
    return calendar.monthrange(value.year, value.month)[1]


def covered_days(start: Moment, end: Moment, within: Moment) -> int:
    """How many days of the month of ``within`` lie from ``start`` to ``end``, both days included."""
    first = as_day(within).replace(day=1)
    last = first.replace(day=days_in_month(first))
    low, high = max(first, as_day(start)), min(last, as_day(end))
    return max(0, (high - low).days + 1)


def period_label(unit: str, day: dt.date) -> str:
    """``2024-03`` for a month, ``2024-T1`` for a tertial, ``2024`` for a year."""
    if unit == "måned":
        return f"{day.year:04d}-{day.month:02d}"
    if unit == "tertial":
        return f"{day.year:04d}-T{tertial(day)}"
    return f"{day.year:04d}"


def apportion(weights: Sequence[Number], digits: int = 9) -> list[Decimal] | None:
    """Shares with ``digits`` decimals that add up to exactly 1, by largest remainder; earlier places win a tie.

    ``None`` when the weights add up to nothing or one is negative.
    """
    exact = [Fraction(w) for w in weights]
    total = sum(exact, Fraction(0))
    if total <= 0 or any(w < 0 for w in exact):
        return None
    unit = 10**digits
    floors = [w * unit // total for w in exact]
    rest = unit - sum(floors)
    by_remainder = sorted(range(len(exact)), key=lambda i: (-(exact[i] * unit / total - floors[i]), i))
    for i in by_remainder[:rest]:
        floors[i] += 1
    return [Decimal(f).scaleb(-digits, context=EXACT) for f in floors]
