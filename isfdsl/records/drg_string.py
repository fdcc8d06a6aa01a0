"""The classic one-line case string of NordDRG groupers (``*.drg``, a case a line: ``ID;STRING``).

165 fields separated by commas, counted from 0: sex, age in days, discharge, length of stay, care level (ignored),
5 to 64 thirty diagnosis pairs, 65 to 163 procedures, 164 empty. A ``*`` masks and counts as nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, TypedDict

from attrs import frozen

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.drg_strings import (
    DrgFieldCount,
    DrgHeading,
    DrgLastField,
    DrgLineWithoutId,
    DrgRepeatedId,
    DrgSemicolon,
)

FIELDS: Final = 165
_FIRST_PROCEDURE: Final = 65
_LAST: Final = 164
_MAX_DIGITS: Final = 18

DiagnosisPair = tuple[str, str | None]
"""(c1, c2): c1 the dagger or only code, c2 the asterisk code or ``None``."""


class DrgCase(TypedDict):
    """A case as plain values. ``kjonn`` is ``"1"``, ``"2"``, another text as it stood, or ``None``."""

    kasus_id: str
    kjonn: str | None
    alder_dager: int
    utskriving: str | None
    liggetid: int
    hovedtilstand: DiagnosisPair | None
    bitilstander: tuple[DiagnosisPair, ...]
    prosedyrer: tuple[str, ...]


@frozen
class DrgReject:
    """A line set aside, with its id where one could be read."""

    line: int
    kasus_id: str | None
    problem: Problem


_MOST_DAYS = 999_999_999


def _days(text: str) -> int:
    """Whole days from ``-_MOST_DAYS`` to ``_MOST_DAYS``; what is not a number is 0.

    A negative number stays one, since a table may have a row for it (``<0``, impossible age). A number outside is
    brought to the nearer end, so that no case is lost for it: a limit in the tables has nine digits at most.
    """
    text = text.strip()
    digits = text[1:] if text[:1] in ("-", "+") else text
    if digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS:
        return min(max(int(text), -_MOST_DAYS), _MOST_DAYS)
    return 0


def parse_string(case_id: str, text: str, line: int = 1) -> DrgCase | DrgReject:
    """Read one string; a wrong number of fields sets it aside, since what stands where is then not known. So does a
    semicolon, which only stands where there are columns between the id and the string."""
    if "*" in text:
        text = text.replace("*", "")
    fields = text.split(",")
    if len(fields) < FIELDS or any(field.strip() for field in fields[FIELDS:]):
        return DrgReject(line, case_id, DrgFieldCount(line=line, found=len(fields)))
    if fields[_LAST].strip():
        return DrgReject(line, case_id, DrgLastField(line=line, text=fields[_LAST].strip()))
    if ";" in text:
        odd = next(field for field in fields if ";" in field)
        return DrgReject(line, case_id, DrgSemicolon(line=line, text=odd.strip()))
    first, second = fields[5].strip(), fields[6].strip()
    principal: DiagnosisPair | None = None
    if first:
        principal = (first, second or None)
    elif second:
        principal = (second, None)
    others: list[DiagnosisPair] = []
    for at in range(7, _FIRST_PROCEDURE, 2):
        first, second = fields[at], fields[at + 1]
        if first or second:
            first, second = first.strip(), second.strip()
            if first:
                others.append((first, second or None))
            elif second:
                others.append((second, None))
    return {
        "kasus_id": case_id,
        "kjonn": fields[0].strip() or None,
        "alder_dager": _days(fields[1]),
        "utskriving": fields[2].strip() or None,
        "liggetid": _days(fields[3]),
        "hovedtilstand": principal,
        "bitilstander": tuple(others),
        "prosedyrer": tuple([code for field in fields[_FIRST_PROCEDURE:_LAST] if field and (code := field.strip())]),
    }


def parse_line(text: str, line: int = 1) -> DrgCase | DrgReject:
    """Read one line ``ID;STRING``. Never raises."""
    text = text.rstrip("\r\n")
    if line == 1:
        text = text.removeprefix("\ufeff")
    case_id, semicolon, string = text.partition(";")
    case_id = case_id.strip()
    if line == 1 and semicolon and "," not in string and _is_heading(string):
        return DrgReject(line, None, DrgHeading(line=line, text=text.strip()))
    if not semicolon or not case_id:
        return DrgReject(line, None, DrgLineWithoutId(line=line))
    return parse_string(case_id, string, line)


def _is_heading(text: str) -> bool:
    return all(name.strip().replace("_", "").isalpha() for name in text.split(";"))


def read_lines(lines: Iterable[str]) -> Iterator[DrgCase | DrgReject]:
    """Read the lines of a file in order; empty lines are no records, a repeated id is set aside."""
    seen: dict[str, int] = {}
    for number, text in enumerate(lines, 1):
        if not text.strip("\r\n\t \ufeff"):
            continue
        result = parse_line(text, number)
        if not isinstance(result, DrgReject):
            case_id = result["kasus_id"]
            first = seen.setdefault(case_id, number)
            if first != number:
                problem = DrgRepeatedId(line=number, case_id=case_id, first=first)
                result = DrgReject(number, case_id, problem)
        yield result


def read_file(path: Path) -> Iterator[DrgCase | DrgReject]:
    """Read a ``*.drg`` file (UTF-8; bytes that are not become a replacement character)."""
    with path.open(encoding="utf-8", errors="replace", newline=None) as stream:
        yield from read_lines(stream)
