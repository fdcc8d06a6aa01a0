"""What a regelverk leaves out, leaves open or can never mean (ISF4xxx)."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from isfdsl.diagnostics.base import Problem, Related, Severity, register
from isfdsl.source import Span


def also_here(places: tuple[Span, ...], message: str = "og her") -> tuple[Related, ...]:
    """Further places of one problem."""
    return tuple(Related(span=place, message=message) for place in places)


def named(kind: str, name: str, more: int) -> str:
    """``regelen «r1»``, or ``regelen «r1» og 12 til`` when one message stands for several."""
    return f"{kind} «{name}»" + (f" og {more} til i filen" if more else "")


# ------------------------------------------------------------------ sources


@register
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
        return "skriv ett av: " + " | ".join(self.choices) if len(self.choices) > 1 else f"skriv {self.choices[0]}"


@register
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
class MissingRounding(Problem):
    """Points or kroner that are never rounded."""

    code: ClassVar[str] = "ISF4009"
    slug: ClassVar[str] = "mangler-avrunding"

    owner: str
    choices: tuple[str, ...]

    def message(self) -> str:
        return f"{self.owner} mangler «avrundes»"

    def help(self) -> str | None:
        return "skriv ett av: " + " | ".join(f"avrundes {choice}" for choice in self.choices)


@register
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
        return f"skriv «nøkkel» ved det ene feltet som skiller en {self.name} fra en annen"

    def related(self) -> tuple[Related, ...]:
        return also_here(self.keys, "nøkkel")


@register
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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


# ------------------------------------------------------------------ truth


@register
@frozen(kw_only=True)
class NegatedMissing(Problem):
    """``ikke`` or ``!=`` around a value that may be missing."""

    code: ClassVar[str] = "ISF4016"
    slug: ClassVar[str] = "ikke-om-verdi-som-kan-mangle"
    severity: ClassVar[Severity] = "advarsel"

    name: str
    text: str
    different: bool

    def message(self) -> str:
        if self.different:
            return f"«{self.name}» kan mangle, og da er «!=» ikke oppfylt"
        return f"«{self.name}» kan mangle, og da er «ikke …» oppfylt"

    def label(self) -> str:
        return f"«{self.name}» kan mangle"

    def help(self) -> str | None:
        return f"skriv det ene: ({self.name} finnes og {self.text}), eller ({self.name} mangler eller {self.text})"


@register
@frozen(kw_only=True)
class NeverTrue(Problem):
    """A condition that no record meets. ``owner`` is what can never apply because of it."""

    code: ClassVar[str] = "ISF4017"
    slug: ClassVar[str] = "aldri-sant"
    severity: ClassVar[Severity] = "advarsel"

    text: str
    why: str
    owner: str | None = None
    places: tuple[Span, ...] = ()

    def message(self) -> str:
        effect = f", så {self.owner} slår aldri til" if self.owner else ""
        return f"«{self.text}» er aldri sant{effect}: {self.why}"

    def label(self) -> str:
        return "aldri sant"

    def help(self) -> str | None:
        return "rett vilkåret, eller fjern det som aldri slår til"

    def related(self) -> tuple[Related, ...]:
        return also_here(self.places, "området står her")


@register
@frozen(kw_only=True)
class AlwaysTrue(Problem):
    """A condition that every record meets."""

    code: ClassVar[str] = "ISF4018"
    slug: ClassVar[str] = "alltid-sant"
    severity: ClassVar[Severity] = "advarsel"

    text: str
    why: str
    places: tuple[Span, ...] = ()

    def message(self) -> str:
        return f"«{self.text}» er alltid sant når verdien finnes: {self.why}"

    def label(self) -> str:
        return "skiller ingen fra andre"

    def help(self) -> str | None:
        return "rett grensen, eller fjern vilkåret (skriv «finnes» om det er det som menes)"

    def related(self) -> tuple[Related, ...]:
        return also_here(self.places, "området står her")


@register
@frozen(kw_only=True)
class Contradiction(Problem):
    """Conditions that can't hold together."""

    code: ClassVar[str] = "ISF4019"
    slug: ClassVar[str] = "selvmotsigelse"
    severity: ClassVar[Severity] = "advarsel"

    text: str
    other_text: str
    other: Span
    owner: str | None = None

    def message(self) -> str:
        effect = f", så {self.owner} slår aldri til" if self.owner else ""
        return f"«{self.text}» og «{self.other_text}» kan ikke være sanne samtidig{effect}"

    def label(self) -> str:
        return "strider mot det andre vilkåret"

    def help(self) -> str | None:
        return "rett det ene vilkåret, eller skriv «eller» mellom dem om det er det som menes"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.other, message="det andre vilkåret"),)


@register
@frozen(kw_only=True)
class EmptyProperty(Problem):
    """A test for a property that no code carries."""

    code: ClassVar[str] = "ISF4020"
    slug: ClassVar[str] = "egenskap-uten-koder"
    severity: ClassVar[Severity] = "advarsel"

    name: str
    owner: str | None = None
    also: tuple[Span, ...] = ()

    def message(self) -> str:
        effect = f", så {self.owner} slår aldri til" if self.owner else ""
        return f"egenskapen «{self.name}» bæres av ingen kode{effect}"

    def label(self) -> str:
        return "ingen kode har den"

    def help(self) -> str | None:
        return "legg til kodene i egenskapen, eller fjern vilkåret"

    def related(self) -> tuple[Related, ...]:
        return also_here(self.also)


@register
@frozen(kw_only=True)
class Shadowed(Problem):
    """A rule that never decides, since an earlier one takes every record it could take."""

    code: ClassVar[str] = "ISF4021"
    slug: ClassVar[str] = "skygget-regel"
    severity: ClassVar[Severity] = "advarsel"

    name: str
    by: str
    first: Span
    same: bool = False

    def message(self) -> str:
        why = "har de samme vilkårene" if self.same else "krever mindre"
        return f"regelen «{self.name}» slår aldri til: «{self.by}» står foran og {why}"

    def label(self) -> str:
        return "nås aldri"

    def help(self) -> str | None:
        return f"flytt «{self.name}» foran «{self.by}», eller fjern den"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.first, message="tar alle som denne kunne tatt"),)


@register
@frozen(kw_only=True)
class AfterUnconditional(Problem):
    """Rules behind one that always decides."""

    code: ClassVar[str] = "ISF4022"
    slug: ClassVar[str] = "etter-regel-uten-vilkar"
    severity: ClassVar[Severity] = "advarsel"

    name: str
    by: str
    first: Span
    more: int = 0

    def message(self) -> str:
        rest = f" og {self.more} regler etter den" if self.more else ""
        return f"regelen «{self.name}»{rest} nås aldri: «{self.by}» har ingen vilkår og slår alltid til"

    def label(self) -> str:
        return "nås aldri"

    def help(self) -> str | None:
        return f"gi «{self.by}» et vilkår, eller flytt den sist"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.first, message="slår alltid til"),)


@register
@frozen(kw_only=True)
class GroupNeverGiven(Problem):
    """A DRG that no rule gives."""

    code: ClassVar[str] = "ISF4023"
    slug: ClassVar[str] = "gruppe-uten-regel"
    severity: ClassVar[Severity] = "advarsel"

    name: str
    more: int = 0
    places: tuple[Span, ...] = ()

    def message(self) -> str:
        return f"{named('DRG', self.name, self.more)} gis ikke av noen regel"

    def help(self) -> str | None:
        return 'skriv en regel som gir den, eller si hva som mangler: ufullstendig "kriteriene mangler i kilden"'

    def related(self) -> tuple[Related, ...]:
        return also_here(self.places)


@register
@frozen(kw_only=True)
class CategoryWithoutEffect(Problem):
    """A category that never raises its level."""

    code: ClassVar[str] = "ISF4024"
    slug: ClassVar[str] = "kategori-uten-virkning"
    severity: ClassVar[Severity] = "advarsel"

    name: str
    level: str
    why: str

    def message(self) -> str:
        return f"kategorien «{self.name}» har ingen virkning på «{self.level}»: {self.why}"

    def label(self) -> str:
        return "uten virkning"

    def help(self) -> str | None:
        return "rett kategorien, eller fjern den"


@register
@frozen(kw_only=True)
class OutsideOrder(Problem):
    """A group that the stated order does not name: it is tried last."""

    code: ClassVar[str] = "ISF4025"
    slug: ClassVar[str] = "utenfor-rekkefolgen"
    severity: ClassVar[Severity] = "advarsel"

    kind: str
    name: str
    order: Span
    more: int = 0

    def message(self) -> str:
        rest = f" og {self.more} til" if self.more else ""
        return f"{self.kind} «{self.name}»{rest} står ikke i «rekkefølge {self.kind}» og prøves derfor sist"

    def label(self) -> str:
        return "uten plass"

    def help(self) -> str | None:
        return f"sett «{self.name}» inn i rekkefølgen der den skal prøves"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.order, message="rekkefølgen står her"),)


# ------------------------------------------------------------------ what is not known


@register
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
class EndsBeforeStart(Problem):
    """A period that ends before it begins."""

    code: ClassVar[str] = "ISF4029"
    slug: ClassVar[str] = "slutt-for-start"

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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
