"""What a regelverk leaves out, leaves open or can never mean (ISF4xxx)."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from isfdsl.diagnostics.base import Problem, Related, Severity, register
from isfdsl.source import Span


def also_here(places: tuple[Span, ...], message: str = "og her") -> tuple[Related, ...]:
    """Further places of one problem."""
    return tuple(Related(span=place, message=message) for place in places)


def write_one_of(choices: tuple[str, ...]) -> str:
    """The help of a choice that is not written."""
    return f"skriv «{choices[0]}»" if len(choices) == 1 else "skriv ett av: " + " | ".join(choices)


def named(kind: str, name: str, more: int) -> str:
    """``regelen «r1»``, or ``regelen «r1» og 12 til`` when one message stands for several."""
    return f"{kind} «{name}»" + (f" og {more} til i filen" if more else "")


# ------------------------------------------------------------------ sources


@register
@frozen(kw_only=True, slots=False)
class MissingSource(Problem):
    """A rule that no source vouches for; ``more`` others of its kind in the file, some of them in ``places``."""

    code: ClassVar[str] = "ISF4001"
    slug: ClassVar[str] = "mangler-kilde"
    severity: ClassVar[Severity] = "advarsel"

    kind: str
    name: str
    more: int = 0
    places: tuple[Span, ...] = ()

    def message(self) -> str:
        return f"{named(self.kind, self.name, self.more)} mangler kilde"

    def help(self) -> str | None:
        return 'skriv hvor regelen står: kilde "dokument, kapittel"'

    def related(self) -> tuple[Related, ...]:
        return also_here(self.places)


@register
@frozen(kw_only=True, slots=False)
class CodeSetsWithoutSource(Problem):
    """How many code sets of a file no source vouches for: one note, for a national table has thousands."""

    code: ClassVar[str] = "ISF4002"
    slug: ClassVar[str] = "kodesett-uten-kilde"
    severity: ClassVar[Severity] = "merknad"

    count: int
    name: str

    def message(self) -> str:
        what = "kodeliste eller egenskap" if self.count == 1 else "kodelister og egenskaper"
        return f"{self.count} {what} i filen mangler kilde"

    def label(self) -> str:
        return "den første"

    def help(self) -> str | None:
        return 'skriv for eksempel: kilde "Definisjonstabeller 2024"'


# ------------------------------------------------------------------ choices that must be written


@register
@frozen(kw_only=True, slots=False)
class MissingClause(Problem):
    """A choice that the text leaves open. ``choices`` are the clauses that would settle it."""

    code: ClassVar[str] = "ISF4003"
    slug: ClassVar[str] = "valg-ikke-skrevet"

    owner: str
    question: str
    choices: tuple[str, ...]

    def message(self) -> str:
        return f"{self.owner} sier ikke {self.question}"

    def label(self) -> str:
        return "valget mangler"

    def help(self) -> str | None:
        return write_one_of(self.choices)


@register
@frozen(kw_only=True, slots=False)
class SharingNotWritten(Problem):
    """Several may have contributed, and the text does not say how the points are shared."""

    code: ClassVar[str] = "ISF4004"
    slug: ClassVar[str] = "fordeling-ikke-skrevet"
    severity: ClassVar[Severity] = "advarsel"

    owner: str
    more: int = 0

    def message(self) -> str:
        rest = f" og {self.more} til i filen" if self.more else ""
        return f"{self.owner}{rest} sier ikke hvordan poengene fordeles når flere har bidratt"

    def help(self) -> str | None:
        return "skriv ett av: fordeles etter vekt | fordeles etter antall | fordeles første"


@register
@frozen(kw_only=True, slots=False)
class MeaninglessClause(Problem):
    """A clause that has meaning only beside another one that is not there."""

    code: ClassVar[str] = "ISF4005"
    slug: ClassVar[str] = "ledd-uten-mening"

    clause: str
    owner: str
    why: str

    def message(self) -> str:
        return f"«{self.clause}» har ingen mening i {self.owner}: {self.why}"

    def help(self) -> str | None:
        return "fjern leddet, eller legg til det som mangler"


@register
@frozen(kw_only=True, slots=False)
class EmptyWindow(Problem):
    """A window that ends before it begins."""

    code: ClassVar[str] = "ISF4006"
    slug: ClassVar[str] = "bakvendt-vindu"

    start: str
    end: str

    def message(self) -> str:
        return f"vinduet begynner {self.start} og slutter {self.end}: ingen dag ligger i det"

    def label(self) -> str:
        return "tomt vindu"

    def help(self) -> str | None:
        return "bytt om endene, eller kontroller «før» og «etter»"


@register
@frozen(kw_only=True, slots=False)
class CoursesWithoutOrder(Problem):
    """Several TFGs take in one group, and nothing says which comes first or whether it is used up."""

    code: ClassVar[str] = "ISF4007"
    slug: ClassVar[str] = "forlop-uten-rekkefolge"

    group: str
    courses: tuple[str, ...]
    places: tuple[Span, ...] = ()

    def message(self) -> str:
        names = ", ".join(self.courses)
        return f"{self.group} omfattes av flere TFG ({names}), men bruken av kontakten er ikke skrevet"

    def help(self) -> str | None:
        names = ", ".join(self.courses)
        return (
            f"skriv ett av: rekkefølge TFG kontakten brukes én gang: {names}"
            f" | rekkefølge TFG kontakten kan inngå i flere: {names}"
        )

    def related(self) -> tuple[Related, ...]:
        return also_here(self.places, "omfattes også her")


@register
@frozen(kw_only=True, slots=False)
class ReplacesWithoutFinancing(Problem):
    """A course that replaces points without being financed itself."""

    code: ClassVar[str] = "ISF4008"
    slug: ClassVar[str] = "erstatter-uten-finansiering"
    severity: ClassVar[Severity] = "advarsel"

    name: str

    def message(self) -> str:
        return f"TFG «{self.name}» erstatter poeng, men har ikke «finansiert ja»"

    def help(self) -> str | None:
        return "skriv «finansiert ja», eller fjern «erstatter»"


@register
@frozen(kw_only=True, slots=False)
class MissingRounding(Problem):
    """Points or kroner that are never rounded."""

    code: ClassVar[str] = "ISF4009"
    slug: ClassVar[str] = "mangler-avrunding"

    owner: str
    choices: tuple[str, ...]

    def message(self) -> str:
        return f"{self.owner} mangler «avrundes»"

    def help(self) -> str | None:
        return write_one_of(tuple(f"avrundes {choice}" for choice in self.choices))


@register
@frozen(kw_only=True, slots=False)
class TooManyDecimals(Problem):
    """A rounding to more decimals than numbers are written with."""

    code: ClassVar[str] = "ISF4034"
    slug: ClassVar[str] = "for-mange-desimaler"

    digits: str
    most: int

    def message(self) -> str:
        return f"det kan avrundes til høyst {self.most} desimaler, og her står det {self.digits}"

    def label(self) -> str:
        return "for mange desimaler"

    def help(self) -> str | None:
        return "skriv «avrundes 3 desimaler» for poeng, og «avrundes øre» for kroner"


@register
@frozen(kw_only=True, slots=False)
class PointsNotMade(Problem):
    """Points that are stated otherwise than they are made. ``part``: the part of them; ``None`` for points of a record
    type that gets none."""

    code: ClassVar[str] = "ISF4032"
    slug: ClassVar[str] = "poeng-som-ikke-regnes"

    subject: str
    part: str | None

    def message(self) -> str:
        if self.part is None:
            return f"«poeng for {self.subject}» blir aldri regnet ut: det er opphold som får poeng"
        return f"{self.part} i «poeng for {self.subject}» blir aldri regnet ut: poengene er vekten til gruppen"

    def help(self) -> str | None:
        if self.part is None:
            return "skriv «poeng for opphold»"
        if self.part == "grunnlaget":
            return "skriv «grunnlag vekt»"
        return "fjern det, og skriv det i vekten til gruppen, eller i en «refusjon» når det bare gjelder kronene"


@register
@frozen(kw_only=True, slots=False)
class MissingElse(Problem):
    """A hierarchy that gives some records nothing, without saying so."""

    code: ClassVar[str] = "ISF4010"
    slug: ClassVar[str] = "mangler-ellers"

    name: str

    def message(self) -> str:
        return f"hierarkiet «{self.name}» sier ikke hva en post får når ingen regel slår til"

    def help(self) -> str | None:
        return "skriv ett av: ellers GRUPPE | ellers ingen"


@register
@frozen(kw_only=True, slots=False)
class KeyCount(Problem):
    """A record type without a key, or with several."""

    code: ClassVar[str] = "ISF4011"
    slug: ClassVar[str] = "antall-nokler"

    name: str
    keys: tuple[Span, ...]

    def message(self) -> str:
        if not self.keys:
            return f"posten «{self.name}» har ingen nøkkel"
        return f"posten «{self.name}» har {len(self.keys)} nøkler; den skal ha én"

    def help(self) -> str | None:
        return "skriv «nøkkel» ved det ene feltet som skiller postene fra hverandre"

    def related(self) -> tuple[Related, ...]:
        return also_here(self.keys, "nøkkel")


@register
@frozen(kw_only=True, slots=False)
class MissingDomain(Problem):
    """A number field that may hold anything."""

    code: ClassVar[str] = "ISF4012"
    slug: ClassVar[str] = "mangler-omrade"
    severity: ClassVar[Severity] = "advarsel"

    name: str
    kind: str

    def message(self) -> str:
        return f"feltet «{self.name}» sier ikke hvilke tall det kan ha"

    def help(self) -> str | None:
        return f"skriv området, for eksempel: {self.name} {self.kind} 0..120"


@register
@frozen(kw_only=True, slots=False)
class MissingAggregation(Problem):
    """Fields of a stay that nothing says how to make from its records."""

    code: ClassVar[str] = "ISF4013"
    slug: ClassVar[str] = "mangler-sammenslaing"
    severity: ClassVar[Severity] = "advarsel"

    fields: tuple[str, ...]

    def message(self) -> str:
        shown = ", ".join(f"«{f}»" for f in self.fields[:6])
        rest = f" og {len(self.fields) - 6} til" if len(self.fields) > 6 else ""
        return f"oppholdet sier ikke hva som blir av {shown}{rest} når poster slås sammen"

    def help(self) -> str | None:
        return f"skriv for eksempel: {self.fields[0]} første (eller siste, alle, minste, største, sum)"


@register
@frozen(kw_only=True, slots=False)
class ConditionForm(Problem):
    """A ``vilkår`` that is tested in no way, or in several."""

    code: ClassVar[str] = "ISF4014"
    slug: ClassVar[str] = "vilkar-form"

    kind: str
    name: str
    found: tuple[str, ...]

    def message(self) -> str:
        if not self.found:
            return f"{self.kind} «{self.name}» sier ikke hvordan det prøves"
        return f"{self.kind} «{self.name}» har både " + " og ".join(f"«{f}»" for f in self.found)

    def help(self) -> str | None:
        return "skriv nøyaktig ett av: når … | dokumenteres | ukjent"


@register
@frozen(kw_only=True, slots=False)
class NoExpectation(Problem):
    """An example that expects nothing."""

    code: ClassVar[str] = "ISF4015"
    slug: ClassVar[str] = "eksempel-uten-forventning"
    severity: ClassVar[Severity] = "advarsel"

    title: str

    def message(self) -> str:
        return f"eksempelet «{self.title}» forventer ingenting"

    def help(self) -> str | None:
        return "skriv hva som skal komme ut, for eksempel: forvent e1 gir DRG 209E"
