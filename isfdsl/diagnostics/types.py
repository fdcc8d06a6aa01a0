"""Types and units that don't fit (ISF3xxx)."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from isfdsl.diagnostics.base import Problem, Severity, register


@register
@frozen(kw_only=True, slots=False)
class WrongType(Problem):
    """A value of one type where another is needed."""

    code: ClassVar[str] = "ISF3001"
    slug: ClassVar[str] = "feil-type-i-uttrykk"

    expected: str
    got: str
    hint: str | None = None

    def message(self) -> str:
        return f"her trengs {self.expected}, men dette er {self.got}"

    def label(self) -> str:
        return self.got

    def help(self) -> str | None:
        return self.hint


@register
@frozen(kw_only=True, slots=False)
class UnitMismatch(Problem):
    """Units that can't be added, compared, multiplied or divided."""

    code: ClassVar[str] = "ISF3002"
    slug: ClassVar[str] = "ulike-enheter"

    operation: str
    left: str
    right: str

    def message(self) -> str:
        return f"{self.left} og {self.right} kan ikke {self.operation}"

    def label(self) -> str:
        return self.right

    def help(self) -> str | None:
        return "gjør om den ene siden slik at enhetene passer sammen"


@register
@frozen(kw_only=True, slots=False)
class NotComparable(Problem):
    """Two things that can't be compared."""

    code: ClassVar[str] = "ISF3003"
    slug: ClassVar[str] = "kan-ikke-sammenlignes"

    left: str
    right: str
    hint: str | None = None

    def message(self) -> str:
        return f"{self.left} kan ikke sammenlignes med {self.right}"

    def help(self) -> str | None:
        return self.hint


@register
@frozen(kw_only=True, slots=False)
class WrongArguments(Problem):
    """A built-in function called with the wrong number of arguments."""

    code: ClassVar[str] = "ISF3004"
    slug: ClassVar[str] = "feil-antall-argumenter"

    function: str
    expected: str
    got: int

    def message(self) -> str:
        return f"«{self.function}» tar {self.expected}, men fikk {self.got}"

    def label(self) -> str:
        return f"fikk {self.got}"

    def help(self) -> str | None:
        return f"skriv {self.expected} mellom parentesene"


@register
@frozen(kw_only=True, slots=False)
class NoSuchDate(Problem):
    """A date that is not in the calendar."""

    code: ClassVar[str] = "ISF3005"
    slug: ClassVar[str] = "dato-finnes-ikke"

    raw: str

    def message(self) -> str:
        return f"datoen «{self.raw}» finnes ikke i kalenderen"

    def label(self) -> str:
        return "finnes ikke"

    def help(self) -> str | None:
        return "skriv år, måned og dag, for eksempel 2024-02-29"


@register
@frozen(kw_only=True, slots=False)
class NotHere(Problem):
    """A construct that has meaning only elsewhere."""

    code: ClassVar[str] = "ISF3006"
    slug: ClassVar[str] = "ikke-her"

    what: str
    where: str

    def message(self) -> str:
        return f"«{self.what}» kan bare brukes {self.where}"

    def label(self) -> str:
        return "har ingen mening her"

    def help(self) -> str | None:
        return f"flytt det dit det hører hjemme: {self.where}"


@register
@frozen(kw_only=True, slots=False)
class BadValue(Problem):
    """A value that its field can't hold, in an example or a report."""

    code: ClassVar[str] = "ISF3007"
    slug: ClassVar[str] = "ugyldig-verdi"

    raw: str
    name: str
    expected: str
    hint: str | None = None

    def message(self) -> str:
        return f"«{self.raw}» kan ikke stå i feltet «{self.name}», som tar {self.expected}"

    def label(self) -> str:
        return "passer ikke i feltet"

    def help(self) -> str | None:
        return self.hint


@register
@frozen(kw_only=True, slots=False)
class BackwardsDomain(Problem):
    """A domain whose lower end lies above its upper end."""

    code: ClassVar[str] = "ISF3008"
    slug: ClassVar[str] = "bakvendt-omrade"

    name: str
    low: str
    high: str

    def message(self) -> str:
        return f"området til «{self.name}» begynner med {self.low} og slutter med {self.high}: ingen verdi passer"

    def label(self) -> str:
        return "tomt område"

    def help(self) -> str | None:
        return f"skriv den minste først: {self.high}..{self.low}"


@register
@frozen(kw_only=True, slots=False)
class OtherSystem(Problem):
    """A list or a property without any code that the field asked about may hold.

    ``what`` is «kodelisten» or «egenskapen»; ``fields`` are those of the record that hold codes of ``own``.
    """

    code: ClassVar[str] = "ISF3009"
    slug: ClassVar[str] = "annet-kodeverk"
    severity: ClassVar[Severity] = "advarsel"

    what: str
    name: str
    own: tuple[str, ...]
    wanted: tuple[str, ...]
    fields: tuple[str, ...] = ()

    def message(self) -> str:
        own, wanted = " og ".join(self.own), " og ".join(self.wanted)
        return f"{self.what} «{self.name}» har bare koder fra {own}, og her spørres det om koder fra {wanted}"

    def label(self) -> str:
        return f"ingen koder fra {' eller '.join(self.wanted)}"

    def help(self) -> str | None:
        what = {"kodelisten": "en kodeliste", "egenskapen": "en egenskap"}[self.what]
        other = f", eller spør om {' eller '.join(f'«{name}»' for name in self.fields)}" if self.fields else ""
        return f"velg {what} med koder fra {' eller '.join(self.wanted)}{other}"
