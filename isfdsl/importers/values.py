"""Numbers and days as people write them in lists, read exactly or not at all."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from isfdsl.importers import isftext

_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_GROUPED = re.compile(r"([0-9]{1,3}([ .,])[0-9]{3}(?:\2[0-9]{3})*)(?:([.,])([0-9]+))?")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_NORWEGIAN = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
NOTHING = frozenset({"-", "–", "—", ".", "..", "n/a", "na", "ukjent", "ingen", "null", "none"})
"""What stands for an empty cell."""


def number(text: str) -> Decimal | None:
    """A number that is not negative, with decimal comma or point and perhaps groups of thousands; else ``None``.

    One sign between digits is the decimal sign, whichever it is: ``1,234`` and ``1.234`` are 1 and a bit.
    """
    plain = text.replace("\u00a0", " ").replace("\u202f", " ").strip()
    if _NUMBER.fullmatch(plain):
        return Decimal(plain.replace(",", "."))
    match = _GROUPED.fullmatch(plain)
    if match is None:
        return None
    left, group, sign, right = match.groups()
    if sign == group:  # 1,234,5: nobody knows what was meant
        return None
    return Decimal(re.sub(r"[ .,]", "", left) + (f".{right}" if sign else ""))


def whole(text: str) -> int | None:
    """A whole number of days, perhaps with the word behind it."""
    plain = re.sub(r"\s*(?:dager|dag|døgn|d)\.?$", "", text.strip(), flags=re.IGNORECASE)
    value = number(plain)
    if value is None or value != value.to_integral_value():
        return None
    return int(value)


def day(text: str) -> dt.date | None:
    """A calendar day: 2024-01-31, 31.01.2024 or 20240131."""
    plain = text.strip()
    for form, order in ((_ISO, (1, 2, 3)), (_NORWEGIAN, (3, 2, 1)), (_COMPACT, (1, 2, 3))):
        match = form.fullmatch(plain)
        if match is not None:
            try:
                return dt.date(*(int(match.group(at)) for at in order))
            except ValueError:
                return None
    return None


def yes_no(text: str) -> bool | None:
    """ja/nei and their usual relatives."""
    word = text.strip().lower()
    if word in ("ja", "j", "yes", "1", "x"):
        return True
    return False if word in ("nei", "n", "no", "0") else None


def decimal_text(value: Decimal, digits: int = 3) -> str:
    """A number as the language writes it: decimal comma, at least so many decimals."""
    exact = format(value, "f")
    left, _, right = exact.partition(".")
    right = right.rstrip("0").ljust(digits, "0")
    left = left.lstrip("0") or "0"
    whole = isftext.thousands(int(left))
    return f"{whole},{right}" if right else whole
