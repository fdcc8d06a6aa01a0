"""What the text of a set calls the things that the tables speak of: the record, its fields, and what is made of them.

By itself a set brings its own record and words. Imported into a year (``into.py``) it uses the year's.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import field, frozen

LETTERS = ("E", "R", "H", "N")
"""The letters of discharge that equal anything; another letter in a cell equals nothing."""


def _icd10(code: str) -> str:
    return "icd10"


def _prosedyre(code: str) -> str:
    return "prosedyre"


@frozen(kw_only=True)
class Words:
    """The words of one import. ``discharge`` maps a letter to its test and the negation of it.

    ``diagnosis`` and ``procedure`` are the code systems of the fields; ``diagnosis_of`` and ``procedure_of`` say which
    of them a code is written under.
    """

    subject: str = "kasus"
    level_subject: str = "kasus"
    category: str = "diagnosekategori"
    hdg: str = "hdg"
    age: str = "alder_dager"
    stay: str = "liggetid"
    kind: str = "diagnosekategori"
    discharge: dict[str, tuple[str, str]] = field(
        factory=lambda: {
            letter: (f"utskriving i {letter}", f"(utskriving mangler eller ikke utskriving i {letter})")
            for letter in LETTERS
        }
    )
    diagnosis: tuple[str, ...] = ("icd10",)
    procedure: tuple[str, ...] = ("prosedyre",)
    diagnosis_of: Callable[[str], str] = _icd10
    procedure_of: Callable[[str], str] = _prosedyre
    priced: bool = False
    """Every group has a weight, ``ukjent`` when no price list gives it."""


ALONE = Words()
"""A set by itself."""
