"""Problems of the text itself: what can't be read as isf (ISF1xxx)."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from isfdsl.diagnostics.base import Problem, Related, Severity, register
from isfdsl.source import Span


@register
@frozen(kw_only=True, slots=False)
class SyntaxProblem(Problem):
    """The text stops making sense at a token. ``sentence`` belongs to the parser state, ``hint`` to the token."""

    code: ClassVar[str] = "ISF1001"
    slug: ClassVar[str] = "syntaks"

    found: str
    sentence: str
    expected: tuple[str, ...] = ()
    hint: str | None = None
    ended: str = "teksten"

    def message(self) -> str:
        what = f"«{self.found}» passer ikke her" if self.found else f"{self.ended} slutter for tidlig"
        return f"{what}: {self.sentence}"

    def label(self) -> str:
        return "ikke ventet her" if self.found else "her mangler noe"

    def help(self) -> str | None:
        return self.hint


@register
@frozen(kw_only=True, slots=False)
class UnexpectedCharacter(Problem):
    """A sign that has no place in the language."""

    code: ClassVar[str] = "ISF1002"
    slug: ClassVar[str] = "ukjent-tegn"

    character: str
    name: str
    looks_like: str | None = None
    hint: str | None = None

    def message(self) -> str:
        if self.looks_like:
            return f"tegnet «{self.character}» ({self.name}) ligner «{self.looks_like}», men er et annet tegn"
        return f"tegnet «{self.character}» ({self.name}) brukes ikke i språket"

    def help(self) -> str | None:
        if self.looks_like:
            return f"skriv «{self.looks_like}» på nytt med tastaturet"
        if self.hint:
            return self.hint
        return "fjern tegnet, eller sett teksten i anførselstegn"


@register
@frozen(kw_only=True, slots=False)
class UnclosedText(Problem):
    """A quotation mark without its mate on the line."""

    code: ClassVar[str] = "ISF1003"
    slug: ClassVar[str] = "uavsluttet-tekst"

    def message(self) -> str:
        return "teksten mangler anførselstegn på slutten av linjen"

    def help(self) -> str | None:
        return 'avslutt med ", og skriv et anførselstegn inne i teksten to ganger («""»)'


@register
@frozen(kw_only=True, slots=False)
class TooDeep(Problem):
    """More nested parentheses than a person or the checker can follow."""

    code: ClassVar[str] = "ISF1004"
    slug: ClassVar[str] = "for-dyp-nesting"

    limit: int

    def message(self) -> str:
        return f"mer enn {self.limit} parenteser inne i hverandre"

    def help(self) -> str | None:
        return "gi deler av uttrykket et navn med «begrep»"


@register
@frozen(kw_only=True, slots=False)
class TooLarge(Problem):
    """A file, a line or a number beyond what an author can mean."""

    code: ClassVar[str] = "ISF1005"
    slug: ClassVar[str] = "for-stor"

    what: str
    size: str
    limit: str

    def message(self) -> str:
        return f"{self.what} er på {self.size}; grensen er {self.limit}"

    def help(self) -> str | None:
        return "kontroller tallet" if self.what == "tallet" else "del teksten på flere filer eller linjer"


@register
@frozen(kw_only=True, slots=False)
class NotText(Problem):
    """Bytes that are not UTF-8 text."""

    code: ClassVar[str] = "ISF1006"
    slug: ClassVar[str] = "ikke-utf8"

    offset: int
    reason: str

    def message(self) -> str:
        return f"filen er ikke tekst i UTF-8: {self.reason} i byte {self.offset}"

    def help(self) -> str | None:
        return "lagre filen på nytt som UTF-8"


@register
@frozen(kw_only=True, slots=False)
class Decomposed(Problem):
    """Letters written as base and accent apart; read as one letter."""

    code: ClassVar[str] = "ISF1007"
    slug: ClassVar[str] = "sammensatt-bokstav"
    severity: ClassVar[Severity] = "advarsel"

    count: int

    def message(self) -> str:
        bokstaver = "bokstav er skrevet" if self.count == 1 else "bokstaver er skrevet"
        return f"{self.count} {bokstaver} som grunntegn og aksent hver for seg (som «a» og «°» for «å»)"

    def help(self) -> str | None:
        return "kjør «isf fmt», som skriver dem som én bokstav"


@register
@frozen(kw_only=True, slots=False)
class RepeatedClause(Problem):
    """A clause that may stand once stands twice."""

    code: ClassVar[str] = "ISF1008"
    slug: ClassVar[str] = "gjentatt-ledd"

    clause: str
    first: Span

    def message(self) -> str:
        return f"«{self.clause}» står to ganger"

    def help(self) -> str | None:
        return "behold den ene"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.first, message="står første gang her"),)
