"""Names that lead nowhere, twice, or in a circle (ISF2xxx)."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from isfdsl.diagnostics.base import Problem, Related, Severity, register
from isfdsl.source import Span


@register
@frozen(kw_only=True, slots=False)
class UnknownName(Problem):
    """A name that is not defined where it is used. ``kind`` is what was looked for, in bokmål (bestemt entall)."""

    code: ClassVar[str] = "ISF2001"
    slug: ClassVar[str] = "ukjent-navn"

    name: str
    kind: str = "navnet"
    nearest: tuple[str, ...] = ()
    context: str | None = None
    also: tuple[Span, ...] = ()

    def message(self) -> str:
        where = f" {self.context}" if self.context else ""
        return f"{self.kind} «{self.name}» er ikke definert{where}"

    def label(self) -> str:
        return "ukjent her"

    def help(self) -> str | None:
        return f"mente du «{self.nearest[0]}»?" if self.nearest else None

    def related(self) -> tuple[Related, ...]:
        return tuple(Related(span=span, message="og her") for span in self.also)


@register
@frozen(kw_only=True, slots=False)
class DuplicateName(Problem):
    """One name for two things of a kind."""

    code: ClassVar[str] = "ISF2002"
    slug: ClassVar[str] = "dobbelt-navn"

    name: str
    kind: str
    first: Span

    def message(self) -> str:
        return f"{self.kind} «{self.name}» er definert to ganger"

    def label(self) -> str:
        return "andre gang"

    def help(self) -> str | None:
        return "gi den ene et annet navn, eller fjern den"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.first, message="første gang her"),)


@register
@frozen(kw_only=True, slots=False)
class Circular(Problem):
    """Definitions that need each other. ``circle`` names them in order, the first again at the end."""

    code: ClassVar[str] = "ISF2003"
    slug: ClassVar[str] = "sirkel"

    circle: tuple[str, ...]
    places: tuple[Span, ...] = ()

    def message(self) -> str:
        return "definisjonene går i ring: " + " → ".join(self.circle)

    def label(self) -> str:
        return "ringen begynner her"

    def help(self) -> str | None:
        return "bryt ringen: la én av dem bygge på felter i stedet"

    def related(self) -> tuple[Related, ...]:
        return tuple(
            Related(span=place, message=f"«{name}» brukes her")
            for name, place in zip(self.circle[1:], self.places, strict=False)
        )


@register
@frozen(kw_only=True, slots=False)
class UnknownCode(Problem):
    """Neither a code list nor a code of the field's systems."""

    code: ClassVar[str] = "ISF2004"
    slug: ClassVar[str] = "ukjent-kode-i-regelverk"

    name: str
    systems: tuple[str, ...]
    nearest: tuple[str, ...] = ()
    case_only: bool = False
    also: tuple[Span, ...] = ()

    def message(self) -> str:
        if self.systems == ("hdg",):
            return f"ingen egenskap eller gruppe har HDG {self.name}"
        return f"«{self.name}» er verken en kodeliste eller en gyldig kode i {' eller '.join(self.systems)}"

    def label(self) -> str:
        return "ukjent kode"

    def help(self) -> str | None:
        if not self.nearest:
            return None
        if self.case_only:
            return f"store og små bokstaver skiller koder; mente du «{self.nearest[0]}»?"
        return f"mente du «{self.nearest[0]}»?"

    def related(self) -> tuple[Related, ...]:
        return tuple(Related(span=span, message="og her") for span in self.also)


@register
@frozen(kw_only=True, slots=False)
class UnknownAttribute(Problem):
    """An attribute of a group that no rule reads."""

    code: ClassVar[str] = "ISF2005"
    slug: ClassVar[str] = "ukjent-opplysning"

    name: str
    nearest: tuple[str, ...] = ()
    also: tuple[Span, ...] = ()

    def message(self) -> str:
        return f"opplysningen «{self.name}» leses ikke av noen regel"

    def label(self) -> str:
        return "leses aldri"

    def related(self) -> tuple[Related, ...]:
        return tuple(Related(span=span, message="og her") for span in self.also)

    def help(self) -> str | None:
        return f"mente du «{self.nearest[0]}»?" if self.nearest else "bruk den i en regel, eller fjern den"


@register
@frozen(kw_only=True, slots=False)
class NoHead(Problem):
    """A rule set without its head."""

    code: ClassVar[str] = "ISF2006"
    slug: ClassVar[str] = "mangler-hode"
    severity: ClassVar[Severity] = "advarsel"

    def message(self) -> str:
        return "regelverket har ikke noe hode («regelverk NAVN ÅR» med «gyldig»)"

    def help(self) -> str | None:
        return "skriv for eksempel: regelverk ISF 2024  gyldig 2024-01-01 til 2024-12-31"


@register
@frozen(kw_only=True, slots=False)
class TooManyHeads(Problem):
    """Two heads in one namespace."""

    code: ClassVar[str] = "ISF2007"
    slug: ClassVar[str] = "flere-hoder"

    first: Span

    def message(self) -> str:
        return "regelverket har to hoder"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.first, message="det første hodet"),)

    def help(self) -> str | None:
        return "behold hodet til regelverket, og fjern det andre"


@register
@frozen(kw_only=True, slots=False)
class UnknownCodes(Problem):
    """So many lines of one list are no codes of its systems that one message has to do for them all."""

    code: ClassVar[str] = "ISF2008"
    slug: ClassVar[str] = "ukjente-koder"

    name: str
    systems: tuple[str, ...]
    count: int
    total: int
    places: tuple[Span, ...] = ()

    def message(self) -> str:
        return f"{self.count} av {self.total} koder i «{self.name}» er ikke gyldige i {' eller '.join(self.systems)}"

    def label(self) -> str:
        return "den første"

    def help(self) -> str | None:
        return "kontroller at listen har rett kodeverk, og at kodeverket er helt"

    def related(self) -> tuple[Related, ...]:
        return tuple(Related(span=span, message="ukjent kode") for span in self.places)


@register
@frozen(kw_only=True, slots=False)
class RepeatedCode(Problem):
    """A code that stands twice in one list."""

    code: ClassVar[str] = "ISF2009"
    slug: ClassVar[str] = "gjentatt-kode"
    severity: ClassVar[Severity] = "advarsel"

    name: str
    where: str
    first: Span
    more: int = 0

    def message(self) -> str:
        rest = f" (og {self.more} andre koder)" if self.more else ""
        return f"koden «{self.name}»{rest} står to ganger i «{self.where}»"

    def label(self) -> str:
        return "andre gang"

    def help(self) -> str | None:
        return "fjern den ene linjen"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.first, message="første gang her"),)


@register
@frozen(kw_only=True, slots=False)
class BlockNotOrdered(Problem):
    """A block of rules that the order of its hierarchy does not name, so that its rules never run."""

    code: ClassVar[str] = "ISF2010"
    slug: ClassVar[str] = "gruppe-uten-plass"

    name: str
    hierarchy: str
    order: Span

    def message(self) -> str:
        return f"gruppen «{self.name}» står ikke i rekkefølgen til «{self.hierarchy}», så reglene i den prøves aldri"

    def label(self) -> str:
        return "prøves aldri"

    def help(self) -> str | None:
        return f"sett «{self.name}» inn i «rekkefølge» der den skal prøves"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.order, message="rekkefølgen står her"),)


@register
@frozen(kw_only=True, slots=False)
class EmptyCodeSet(Problem):
    """A code list without codes; ``excepted``: it has some, and takes all of them away again."""

    code: ClassVar[str] = "ISF2011"
    slug: ClassVar[str] = "tom-kodeliste"
    severity: ClassVar[Severity] = "advarsel"

    name: str
    kind: str
    excepted: bool = False

    def message(self) -> str:
        return f"{self.kind} «{self.name}» har ingen koder" + (": alle er unntatt" if self.excepted else "")

    def label(self) -> str:
        return "tom"

    def help(self) -> str | None:
        if self.excepted:
            return "rett det som står etter «unntatt»"
        return "legg til kodene, eller skriv hva som mangler med «ufullstendig»"


@register
@frozen(kw_only=True, slots=False)
class PatternMatchesNothing(Problem):
    """A pattern that no code of a closed system fits."""

    code: ClassVar[str] = "ISF2012"
    slug: ClassVar[str] = "monster-uten-treff"
    severity: ClassVar[Severity] = "advarsel"

    pattern: str
    systems: tuple[str, ...]

    def message(self) -> str:
        return f"mønsteret «{self.pattern}» passer ikke med noen kode i {' eller '.join(self.systems)}"

    def label(self) -> str:
        return "ingen koder"

    def help(self) -> str | None:
        return "«*» står for en hvilken som helst rest, «?» for ett tegn"


@register
@frozen(kw_only=True, slots=False)
class OverlappingRates(Problem):
    """Two rates of one name that hold on the same day."""

    code: ClassVar[str] = "ISF2013"
    slug: ClassVar[str] = "overlappende-satser"

    name: str
    first: Span
    day: str

    def message(self) -> str:
        return f"to satser «{self.name}» gjelder samtidig, blant annet {self.day}"

    def label(self) -> str:
        return "overlapper"

    def help(self) -> str | None:
        return "avslutt den første med «til», og la den andre begynne dagen etter med «fra»"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.first, message="den andre satsen"),)


@register
@frozen(kw_only=True, slots=False)
class BadPattern(Problem):
    """The pattern of an open code system is no regular expression."""

    code: ClassVar[str] = "ISF2014"
    slug: ClassVar[str] = "ugyldig-monster"

    pattern: str
    reason: str

    def message(self) -> str:
        return f"mønsteret «{self.pattern}» kan ikke leses: {self.reason}"

    def help(self) -> str | None:
        return "skriv et regulært uttrykk, for eksempel «[A-Z][0-9]{2}»"


@register
@frozen(kw_only=True, slots=False)
class TakenName(Problem):
    """A name that the language itself gives a meaning."""

    code: ClassVar[str] = "ISF2015"
    slug: ClassVar[str] = "innebygd-navn"

    name: str
    kind: str
    meaning: str

    def message(self) -> str:
        return f"«{self.name}» kan ikke være navnet på {self.kind}: det betyr {self.meaning}"

    def label(self) -> str:
        return "opptatt navn"

    def help(self) -> str | None:
        return "velg et annet navn"


@register
@frozen(kw_only=True, slots=False)
class RepeatedEntry(Problem):
    """A name that stands twice in a sequence where only the first has meaning."""

    code: ClassVar[str] = "ISF2016"
    slug: ClassVar[str] = "gjentatt-i-rekke"
    severity: ClassVar[Severity] = "advarsel"

    name: str
    where: str
    first: Span

    def message(self) -> str:
        return f"«{self.name}» står to ganger i {self.where}"

    def label(self) -> str:
        return "har ingen virkning"

    def help(self) -> str | None:
        return "behold den første"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.first, message="første gang her"),)


@register
@frozen(kw_only=True, slots=False)
class TwoOfAKind(Problem):
    """A code with two properties of one kind, so that the order of the files would decide which one it has."""

    code: ClassVar[str] = "ISF2017"
    slug: ClassVar[str] = "to-av-samme-slag"
    severity: ClassVar[Severity] = "advarsel"

    name: str
    properties: tuple[str, str]
    kind: str
    first: Span
    more: int = 0

    def message(self) -> str:
        first, second = self.properties
        others = "én kode til" if self.more == 1 else f"{self.more} andre koder"
        rest = f" (og {others})" if self.more else ""
        return f"koden «{self.name}»{rest} er både i «{first}» og «{second}», som begge er av slaget «{self.kind}»"

    def label(self) -> str:
        return f"i «{self.properties[1]}»"

    def help(self) -> str | None:
        return f"en kode har høyst én egenskap av slaget «{self.kind}»: fjern den ene linjen, eller gi dem ulike dager"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.first, message=f"i «{self.properties[0]}»"),)
