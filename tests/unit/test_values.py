"""Exact numbers, rounding, days and periods."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isfdsl import values
from isfdsl.values import Number

D = Decimal
DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))
EXACT: st.SearchStrategy[Number] = st.one_of(
    st.integers(-(10**30), 10**30),
    st.decimals(-(10**20), 10**20, places=12),
    st.fractions(-(10**6), 10**6, max_denominator=10**4),
)


@given(EXACT, EXACT)
def test_arithmetic_is_exact(a: Number, b: Number) -> None:
    assert Fraction(values.add(a, b)) == Fraction(a) + Fraction(b)
    assert Fraction(values.subtract(a, b)) == Fraction(a) - Fraction(b)
    assert Fraction(values.multiply(a, b)) == Fraction(a) * Fraction(b)
    quotient = values.divide(a, b)
    if b == 0:
        assert quotient is None
    else:
        assert quotient is not None and Fraction(quotient) == Fraction(a) / Fraction(b)


@given(EXACT)
def test_a_fraction_that_is_a_decimal_becomes_one(a: Number) -> None:
    settled = values.settle(Fraction(a))
    denominator = Fraction(a).denominator
    while denominator % 2 == 0:
        denominator //= 2
    while denominator % 5 == 0:
        denominator //= 5
    assert isinstance(settled, Decimal) is (denominator == 1)


@given(EXACT, st.integers(0, 6))
def test_rounding_is_half_away_from_zero(a: Number, digits: int) -> None:
    rounded = values.round_half_away(a, digits)
    away = Fraction(rounded) - Fraction(a)
    half = Fraction(1, 2 * 10**digits)
    assert abs(away) <= half
    if abs(away) == half:
        assert abs(rounded) > abs(Fraction(a))
    assert values.round_half_away(values.negative(a), digits) == -rounded
    assert rounded.as_tuple().exponent == -digits


@pytest.mark.parametrize(
    ("value", "digits", "wanted"),
    [
        (D("2.5"), 0, "3"),
        (D("-2.5"), 0, "-3"),
        (D("3.5"), 0, "4"),
        (D("0.125"), 2, "0.13"),
        (D("-0.125"), 2, "-0.13"),
        (Fraction(1, 3), 3, "0.333"),
        (Fraction(2, 3), 3, "0.667"),
        (D("-0.004"), 2, "0.00"),
    ],
)
def test_rounding(value: Number, digits: int, wanted: str) -> None:
    assert str(values.round_half_away(value, digits)) in (wanted, f"-{wanted}" if D(wanted) == 0 else wanted)


def test_an_absurd_rounding_comes_to_an_end() -> None:
    """The checker refuses it; should it be met all the same, it answers at once."""
    assert values.round_half_away(D("1.5"), 99_999_999_999) == D("1.5")
    assert values.round_half_away(Fraction(1, 3), 99_999_999_999) == D("0." + "3" * 200)


def test_what_would_round_raises() -> None:
    with pytest.raises(ArithmeticError):
        values.multiply(D("1." + "3" * 250), D("1." + "3" * 250))


@given(DAYS, DAYS)
def test_days_and_years(a: dt.date, b: dt.date) -> None:
    assert values.days_between(a, b) == -values.days_between(b, a)
    assert values.days_between(a, b) == b.toordinal() - a.toordinal()
    assert values.whole_years_between(a, b) == -values.whole_years_between(b, a)
    assert values.whole_months_between(a, b) == -values.whole_months_between(b, a)
    assert values.calendar_years_between(a, b) == b.year - a.year
    if a <= b:
        assert values.whole_months_between(a, b) // 12 in (
            values.whole_years_between(a, b),
            values.whole_years_between(a, b) - 1,
        )
        assert 0 <= values.calendar_years_between(a, b) - values.whole_years_between(a, b) <= 1


@given(DAYS, DAYS, DAYS)
def test_covered_days_count_one_by_one(a: dt.date, b: dt.date, month: dt.date) -> None:
    first = month.replace(day=1)
    days = [first + dt.timedelta(days=n) for n in range(values.days_in_month(month))]
    assert {d.month for d in days} == {month.month}
    assert (days[-1] + dt.timedelta(days=1)).day == 1
    assert values.covered_days(a, b, month) == sum(a <= d <= b for d in days)


@given(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)), st.integers(-(10**7), 10**7))
def test_hours_and_minutes_are_exact(start: dt.datetime, seconds: int) -> None:
    end = start + dt.timedelta(seconds=seconds)
    assert Fraction(values.hours_between(start, end)) == Fraction(seconds, 3600)
    assert Fraction(values.minutes_between(start, end)) == Fraction(seconds, 60)


def test_a_day_is_its_midnight() -> None:
    assert values.hours_between(dt.date(2024, 3, 1), dt.datetime(2024, 3, 1, 6)) == 6
    assert values.days_between(dt.datetime(2024, 3, 1, 23, 59), dt.date(2024, 3, 2)) == 1


@pytest.mark.parametrize(
    ("unit", "day", "wanted"),
    [
        ("måned", dt.date(2024, 3, 31), "2024-03"),
        ("tertial", dt.date(2024, 4, 30), "2024-T1"),
        ("tertial", dt.date(2024, 5, 1), "2024-T2"),
        ("tertial", dt.date(2024, 12, 31), "2024-T3"),
        ("år", dt.date(2024, 1, 1), "2024"),
    ],
)
def test_period_labels(unit: str, day: dt.date, wanted: str) -> None:
    assert values.period_label(unit, day) == wanted


@given(st.lists(st.one_of(st.integers(0, 10**9), st.decimals(0, 1000, places=3)), min_size=1, max_size=12))
def test_shares_add_up_to_exactly_one(weights: list[Number]) -> None:
    shares = values.apportion(weights)
    total = sum(map(Fraction, weights))
    if total == 0:
        assert shares is None
        return
    assert shares is not None and sum(shares) == 1
    for share, weight in zip(shares, weights, strict=True):
        assert abs(Fraction(share) - Fraction(weight) / total) < Fraction(1, 10**9)


def test_shares_of_nothing() -> None:
    assert values.apportion([0, 0]) is None
    assert values.apportion([1, -1]) is None
    assert values.apportion([1, 1, 1]) == [D("0.333333334"), D("0.333333333"), D("0.333333333")]
