"""Conditions, rules and groups that never come to anything (ISF4016 to ISF4025)."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from isfdsl.diagnostics.base import Problem, Related, Severity, register
from isfdsl.diagnostics.checks import also_here, named
from isfdsl.source import Span


@register
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
class NeverTrue(Problem):
    """A condition that no record meets. ``owner`` is what can never apply because of it."""

    code: ClassVar[str] = "ISF4017"
    slug: ClassVar[str] = "aldri-sant"
    severity: ClassVar[Severity] = "advarsel"

    text: str
    why: str | None = None
    owner: str | None = None
    places: tuple[Span, ...] = ()

    def message(self) -> str:
        effect = f", så {self.owner} slår aldri til" if self.owner else ""
        if self.why is None:
            return f"vilkåret er «{self.text}»{effect}"
        return f"«{self.text}» er aldri sant{effect}: {self.why}"

    def label(self) -> str:
        return "aldri sant"

    def help(self) -> str | None:
        return "rett vilkåret, eller fjern det som aldri slår til"

    def related(self) -> tuple[Related, ...]:
        return also_here(self.places, "området står her")


@register
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
class Shadowed(Problem):
    """A rule that never decides, since an earlier one takes every record it could take. ``what`` it is."""

    code: ClassVar[str] = "ISF4021"
    slug: ClassVar[str] = "skygget-regel"
    severity: ClassVar[Severity] = "advarsel"

    name: str
    by: str
    first: Span
    same: bool = False
    what: str = "regelen"

    def message(self) -> str:
        why = "har de samme vilkårene" if self.same else "krever mindre"
        return f"{self.what} «{self.name}» slår aldri til: «{self.by}» står foran og {why}"

    def label(self) -> str:
        return "nås aldri"

    def help(self) -> str | None:
        return f"flytt «{self.name}» foran «{self.by}», eller fjern den"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.first, message="tar alle som denne kunne tatt"),)


@register
@frozen(kw_only=True, slots=False)
class AfterUnconditional(Problem):
    """Rules behind one that always decides. ``what`` they are, as «regelen»."""

    code: ClassVar[str] = "ISF4022"
    slug: ClassVar[str] = "etter-regel-uten-vilkar"
    severity: ClassVar[Severity] = "advarsel"

    name: str
    by: str
    first: Span
    more: int = 0
    what: str = "regelen"

    def message(self) -> str:
        one, several = ("STG", "STG-er") if self.what == "STG" else ("regel", "regler")
        rest = f" og {self.more} {one if self.more == 1 else several} etter den" if self.more else ""
        return f"{self.what} «{self.name}»{rest} nås aldri: «{self.by}» har ingen vilkår og slår alltid til"

    def label(self) -> str:
        return "nås aldri"

    def help(self) -> str | None:
        return f"gi «{self.by}» et vilkår, eller flytt den sist"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.first, message="slår alltid til"),)


@register
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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


@register
@frozen(kw_only=True, slots=False)
class NoOrder(Problem):
    """The order in which groups are tried matters, and only the names of files say what it is.

    ``what`` is ``STG``, or the hierarchy of the blocks; ``names`` in the order they are tried now.
    """

    code: ClassVar[str] = "ISF4033"
    slug: ClassVar[str] = "uten-rekkefolge"
    severity: ClassVar[Severity] = "advarsel"

    what: str
    names: tuple[str, ...]
    others: tuple[Span, ...]

    def message(self) -> str:
        first, *rest = self.names
        if self.what == "STG":
            return f"samme post kan utløse STG {first} og {rest[0]}, men ingen rekkefølge sier hvilken den får"
        return f"gruppene i «{self.what}» står i flere filer, og ingen «rekkefølge» sier hvem som prøves først"

    def label(self) -> str:
        return "prøves først slik det står nå"

    def help(self) -> str | None:
        names = ", ".join(self.names)
        if self.what == "STG":
            return f"skriv den som skal prøves først, fremst: rekkefølge STG: {names}"
        return f"skriv i hierarkiet, med den som skal prøves først, fremst: rekkefølge {names}"

    def related(self) -> tuple[Related, ...]:
        return tuple(Related(span=place, message="prøves etter") for place in self.others)


@register
@frozen(kw_only=True, slots=False)
class UncertainRecoding(Problem):
    """What a property counts as hangs on something that is settled later, or on a rate that is not known.

    ``what`` is asked for in the condition, or in what it names.
    """

    code: ClassVar[str] = "ISF4040"
    slug: ClassVar[str] = "regnes-som-avhenger"

    name: str
    what: str
    unknown: bool

    def message(self) -> str:
        why = "som ikke er kjent" if self.unknown else "som først er kjent når oppholdet er gruppert eller beregnet"
        return f"hva egenskapen «{self.name}» regnes som, avhenger av «{self.what}», {why}"

    def label(self) -> str:
        return f"avhenger av «{self.what}»"

    def help(self) -> str | None:
        if self.unknown:
            return "skriv satsen, eller et vilkår uten den"
        return "bruk bare opplysninger om posten selv i «regnes som»"
