"""The four readings that the sources leave open, as text of the language. Another reading is an edit here.

They are decided in ``docs/decisions/0003-norddrg-tables.md``; the oracle has the same four under the same names.
"""

from __future__ import annotations

ACTIVE_FORM = {"I": "C", "J": "G"}


def reading_return_code(rtc: str) -> str:
    """9.1: return code 1 is 9 when the first diagnosis position holds a code."""
    return "9 hvis hovedtilstand finnes ellers 1" if rtc == "1" else rtc


def reading_recoded(vartype: str) -> bool:
    """9.2: a DGPROP ``98…`` counts as ``12…`` or ``13…`` like a DGCAT; so does a PDGPRO."""
    return vartype in ("DGCAT", "PDGPRO", "DGPROP")


def reading_second_procedure(first: str, second: str) -> str:
    """9.3: the two properties come from two different occurrences."""
    return f"ulike kilder har egenskap {first}, {second}"


def reading_exclusions(category: str) -> tuple[str, ...]:
    """9.4: the categories whose exclusion lists block one: its own, and that of its active form."""
    form = ACTIVE_FORM.get(category[2:3])
    return (category,) if form is None else (category, category[:2] + form + category[3:])
