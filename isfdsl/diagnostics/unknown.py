"""What is not known, and days on which nothing holds (ISF4026 to ISF4031)."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from isfdsl.diagnostics.base import Problem, Related, Severity, register
from isfdsl.diagnostics.checks import also_here
from isfdsl.source import Span


@register
@frozen(kw_only=True, slots=False)
class UnknownCount(Problem):
    """How many values no source gives, and how many of them an assumption fills."""

    code: ClassVar[str] = "ISF4026"
    slug: ClassVar[str] = "ukjente-verdier"
    severity: ClassVar[Severity] = "merknad"

    kind: str
    count: int
    assumed: int = 0
    places: tuple[Span, ...] = ()

    def message(self) -> str:
        filled = f" ({self.assumed} av dem har en antakelse)" if self.assumed else ""
        return f"ukjent {self.kind}: {self.count}{filled}"

    def related(self) -> tuple[Related, ...]:
        return also_here(self.places, "ukjent")


@register
@frozen(kw_only=True, slots=False)
class IncompleteCount(Problem):
    """How many declarations say that something is missing in them."""

    code: ClassVar[str] = "ISF4027"
    slug: ClassVar[str] = "ufullstendige"
    severity: ClassVar[Severity] = "merknad"

    kind: str
    count: int
    places: tuple[Span, ...] = ()

    def message(self) -> str:
        return f"ufullstendig {self.kind}: {self.count}"

    def related(self) -> tuple[Related, ...]:
        return also_here(self.places, "ufullstendig")


@register
@frozen(kw_only=True, slots=False)
class AssumesKnown(Problem):
    """An assumption about something that the regelverk knows."""

    code: ClassVar[str] = "ISF4028"
    slug: ClassVar[str] = "antakelse-om-kjent"

    what: str
    known: Span
    value: str

    def message(self) -> str:
        return f"{self.what} er kjent ({self.value}) og kan ikke antas"

    def label(self) -> str:
        return "er ikke ukjent"

    def help(self) -> str | None:
        return "fjern antakelsen; den kan bare fylle det som er «ukjent»"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.known, message="står i regelverket her"),)


# ------------------------------------------------------------------ days


@register
@frozen(kw_only=True, slots=False)
class EndsBeforeStart(Problem):
    """A period that ends before it begins."""

    code: ClassVar[str] = "ISF4029"
    slug: ClassVar[str] = "periode-slutter-for-start"

    start: str
    end: str
    first: Span

    def message(self) -> str:
        return f"slutter {self.end}, før den begynner {self.start}"

    def label(self) -> str:
        return "for tidlig"

    def help(self) -> str | None:
        return "bytt om datoene, eller rett den ene"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.first, message="begynner her"),)


@register
@frozen(kw_only=True, slots=False)
class OutsideYear(Problem):
    """A day outside the days on which the regelverk holds."""

    code: ClassVar[str] = "ISF4030"
    slug: ClassVar[str] = "utenfor-gyldig"
    severity: ClassVar[Severity] = "advarsel"

    raw: str
    start: str
    end: str
    head: Span

    def message(self) -> str:
        return f"{self.raw} ligger utenfor dagene regelverket gjelder, {self.start} til {self.end}"

    def label(self) -> str:
        return "utenfor"

    def help(self) -> str | None:
        return "rett datoen, eller flytt linjen til regelverket for det året"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.head, message="gyldigheten står her"),)


@register
@frozen(kw_only=True, slots=False)
class GivenOutsideItsDays(Problem):
    """A rule that gives a DRG on days when the DRG does not hold, by ``days`` as the DRG has them."""

    code: ClassVar[str] = "ISF4041"
    slug: ClassVar[str] = "drg-gjelder-ikke"
    severity: ClassVar[Severity] = "advarsel"

    name: str
    group: str
    days: str
    declared: Span

    def message(self) -> str:
        return f"regelen «{self.name}» gir DRG «{self.group}» også dager den ikke gjelder"

    def label(self) -> str:
        return f"gjelder bare {self.days}"

    def help(self) -> str | None:
        return f"la ikke regelen gjelde andre dager enn DRG-en ({self.days}), eller rett dagene på DRG-en"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.declared, message="DRG-en står her"),)


@register
@frozen(kw_only=True, slots=False)
class EndedYetDefined(Problem):
    """A group or a requirement that holds on days when it is said to have ended."""

    code: ClassVar[str] = "ISF4042"
    slug: ClassVar[str] = "utgatt-men-definert"
    severity: ClassVar[Severity] = "advarsel"

    what: str
    name: str
    since: str | None
    declared: Span

    def message(self) -> str:
        since = f" fra {self.since}" if self.since is not None else ""
        return f"{self.what} «{self.name}» står som utgått{since}, men er definert og gjelder ennå"

    def label(self) -> str:
        return "«utgått» stopper ingenting"

    def help(self) -> str | None:
        return "fjern definisjonen eller «utgått», eller si hvor lenge den gjelder («til …»)"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.declared, message="definert her"),)


@register
@frozen(kw_only=True, slots=False)
class RateGap(Problem):
    """Days of the year on which no rate of a name holds."""

    code: ClassVar[str] = "ISF4031"
    slug: ClassVar[str] = "hull-i-sats"
    severity: ClassVar[Severity] = "advarsel"

    name: str
    start: str
    end: str

    def message(self) -> str:
        return f"ingen sats «{self.name}» gjelder fra {self.start} til {self.end}"

    def label(self) -> str:
        return "neste sats"

    def help(self) -> str | None:
        return "la satsene møtes: den ene «til» dagen før den neste «fra»"
