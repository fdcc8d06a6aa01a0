"""Why a line of a ``*.drg`` file is set aside (ISF67xx)."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from isfdsl.diagnostics.base import Problem, register


@frozen(kw_only=True, slots=False)
class DrgStringProblem(Problem):
    """A line that is no case; ``line`` counts from 1."""

    line: int

    def help(self) -> str | None:
        """What to do."""
        return "en linje er «ID;STRENG», der strengen har 165 felter skilt med komma"


@register
@frozen(kw_only=True, slots=False)
class DrgLineWithoutId(DrgStringProblem):
    """No semicolon, or nothing in front of it."""

    code: ClassVar[str] = "ISF6701"
    slug: ClassVar[str] = "drg-linje-uten-id"

    def message(self) -> str:
        """What is wrong."""
        return f"linje {self.line} har ingen ID foran semikolon"


@register
@frozen(kw_only=True, slots=False)
class DrgFieldCount(DrgStringProblem):
    """Not 165 fields: what stands where is then not known."""

    code: ClassVar[str] = "ISF6702"
    slug: ClassVar[str] = "drg-antall-felter"
    found: int

    def message(self) -> str:
        """What is wrong."""
        return f"strengen i linje {self.line} har {self.found} felter, ikke 165"


@register
@frozen(kw_only=True, slots=False)
class DrgLastField(DrgStringProblem):
    """Field 164 is filled: the string is shifted."""

    code: ClassVar[str] = "ISF6703"
    slug: ClassVar[str] = "drg-siste-felt"
    text: str

    def message(self) -> str:
        """What is wrong."""
        return f"det siste feltet i linje {self.line} skal være tomt, men inneholder «{self.text}»"


@register
@frozen(kw_only=True, slots=False)
class DrgHeading(DrgStringProblem):
    """The first line is a heading."""

    code: ClassVar[str] = "ISF6704"
    slug: ClassVar[str] = "drg-overskrift"
    text: str

    def message(self) -> str:
        """What is wrong."""
        return f"linje {self.line} er en overskrift, ikke en kasus: «{self.text}»"


@register
@frozen(kw_only=True, slots=False)
class DrgRepeatedId(DrgStringProblem):
    """Two lines with the same id: one row per id is promised."""

    code: ClassVar[str] = "ISF6705"
    slug: ClassVar[str] = "drg-gjentatt-id"
    case_id: str
    first: int

    def message(self) -> str:
        """What is wrong."""
        return f"ID-en «{self.case_id}» i linje {self.line} står også i linje {self.first}"

    def help(self) -> str | None:
        """What to do."""
        return "gi hver kasus sin egen ID; den første linjen er beholdt"


@register
@frozen(kw_only=True, slots=False)
class DrgSemicolon(DrgStringProblem):
    """A semicolon within the string: there are columns between the id and the string, and field 0 is not the sex."""

    code: ClassVar[str] = "ISF6706"
    slug: ClassVar[str] = "drg-semikolon-i-strengen"
    text: str

    def message(self) -> str:
        """What is wrong."""
        return f"strengen i linje {self.line} har semikolon i seg: «{self.text}»"
