"""Values as a Norwegian reader writes them: decimal comma, thousands apart, kroner to the øre.

Inside a number, and between a number and its unit, stands a no-break space, so that no line is cut there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

NBSP = "\u00a0"
MINUS = "−"
_DECIMALS = 6


def number(value: int | Decimal | Fraction, digits: int | None = None) -> str:
    """``2,100``, ``48 098,40``, ``−3``; a fraction that does not come out even is cut and marked with «…»."""
    cut = ""
    if isinstance(value, Fraction):
        scaled = abs(value.numerator) * 10**_DECIMALS // value.denominator
        cut = "…"
        plain = Decimal(scaled).scaleb(-_DECIMALS)
        negative = value < 0
    else:
        plain = abs(Decimal(value))
        negative = value < 0
    text = f"{plain:.{digits}f}" if digits is not None else f"{plain:f}"
    whole, _, rest = text.partition(".")
    if len(whole) > 4:
        whole = f"{int(whole):,}".replace(",", NBSP)
    return (MINUS if negative else "") + whole + (f",{rest}" if rest else "") + cut


def kroner(value: Decimal | None) -> str:
    """``48 098,40 kr``; whole thousands apart also for four digits."""
    if value is None:
        return "ukjent beløp"
    text = f"{abs(value):,.2f}".replace(",", NBSP).replace(".", ",")
    return f"{MINUS if value < 0 else ''}{text}{NBSP}kr"


def points(value: Decimal | None) -> str:
    """``2,100 poeng``: three decimals at least."""
    if value is None:
        return "ukjente poeng"
    exponent = value.as_tuple().exponent
    digits = max(3, -exponent) if isinstance(exponent, int) else 3
    return f"{number(value, digits)}{NBSP}poeng"


def day(value: dt.date | None) -> str:
    """A calendar day, ISO 8601."""
    if value is None:
        return "ukjent dag"
    return value.date().isoformat() if isinstance(value, dt.datetime) else value.isoformat()


def days(count: int) -> str:
    """``1 dag``, ``4 dager``."""
    return f"{number(count)}{NBSP}{'dag' if abs(count) == 1 else 'dager'}"


def value(raw: Any, unit: str = "", *, pair: bool = False, name: Callable[[str], str] = str) -> str:
    """Any value of a record or an expression. ``pair``: a tuple is one dagger/asterisk pair; ``name`` writes a code."""
    match raw:
        case None:
            return "mangler"
        case bool():
            return "ja" if raw else "nei"
        case int() | Decimal() | Fraction():
            return _amount(raw, unit)
        case dt.datetime():
            return raw.isoformat(timespec="minutes") if raw.time() != dt.time() else raw.date().isoformat()
        case dt.date():
            return raw.isoformat()
        case tuple():
            if pair or (len(raw) == 2 and raw[1] is None):
                return code(raw, name)
            return ", ".join(value(v, unit, pair=isinstance(v, tuple), name=name) for v in raw) or "ingen"
        case _:
            return name(str(raw))


def _amount(raw: int | Decimal | Fraction, unit: str) -> str:
    if unit == "%":
        percent = raw * 100
        plain = percent.normalize() if isinstance(percent, Decimal) and percent else percent
        return f"{number(plain)}{NBSP}%"
    if unit == "kr" and isinstance(raw, Decimal):
        return f"{_kroner(raw)}{NBSP}kr"
    if unit == "dager" and raw in (1, -1):
        unit = "dag"
    elif unit == "timer" and raw in (1, -1):
        unit = "time"
    elif unit == "minutter" and raw in (1, -1):
        unit = "minutt"
    return f"{number(raw)}{NBSP}{unit}" if unit else number(raw)


def _kroner(raw: Decimal) -> str:
    """An exact amount: whole as it was written, else with all its decimals and two at least."""
    whole, _, rest = f"{abs(raw):,f}".replace(",", NBSP).partition(".")
    decimals = rest.rstrip("0").ljust(2, "0") if rest else ""
    return (MINUS if raw < 0 else "") + whole + (f",{decimals}" if decimals else "")


def code(raw: Any, name: Callable[[str], str] = str) -> str:
    """A code, or a pair as ``A17.0+G01``."""
    if isinstance(raw, tuple):
        return "+".join(name(str(c)) for c in raw if c is not None)
    return name(str(raw))
