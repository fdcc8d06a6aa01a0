"""Problems with NPR messages (XML) and H-resept settlements (ISF63xx).

Places are line and column, both from 1, in the unpacked text. Values of attributes are not repeated unless they look
like codes: a message is full of patient data.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from isfdsl.diagnostics.base import Severity, register
from isfdsl.diagnostics.record_files import FileProblem, shown


def _listed(words: tuple[str, ...], limit: int = 12) -> str:
    more = f" og {len(words) - limit} til" if len(words) > limit else ""
    return ", ".join(f"«{shown(w)}»" for w in words[:limit]) + more


@frozen(kw_only=True, slots=False)
class PlacedProblem(FileProblem):
    """A problem at a place in an XML file."""

    linje: int
    kolonne: int

    def place(self) -> str:
        """``«melding.xml», linje 3, kolonne 7``."""
        return f"«{shown(self.fil, 200)}», linje {self.linje}, kolonne {self.kolonne}"


@register
@frozen(kw_only=True, slots=False)
class XmlNotWellFormed(PlacedProblem):
    """``grunn`` is what the parser stumbled on, in Norwegian."""

    code = "ISF6301"
    slug = "ugyldig-xml"
    grunn: str

    def message(self) -> str:
        return f"{self.place()}: ikke gyldig XML: {self.grunn}"

    def help(self) -> str:
        return "lag uttrekket på nytt; ingen episoder fra filen er tatt med"


@register
@frozen(kw_only=True, slots=False)
class XmlTruncated(PlacedProblem):
    code = "ISF6302"
    slug = "avkortet-melding"

    def message(self) -> str:
        return f"{self.place()}: filen slutter midt i meldingen"

    def help(self) -> str:
        return "hent eller lag filen på nytt; ingen episoder fra den er tatt med"


@register
@frozen(kw_only=True, slots=False)
class XmlForbidden(PlacedProblem):
    """``hva`` is what a message never needs: a DTD, an entity, an external reference."""

    code = "ISF6303"
    slug = "forbudt-i-xml"
    hva: str

    def message(self) -> str:
        return f"{self.place()}: {self.hva} er ikke tillatt i en melding"

    def help(self) -> str:
        return "en NPR-melding har verken DTD, entiteter eller henvisninger ut av filen; ta dem bort"


@register
@frozen(kw_only=True, slots=False)
class XmlLimit(PlacedProblem):
    """``grense`` says which limit, in words and numbers."""

    code = "ISF6304"
    slug = "xml-over-grensen"
    grense: str

    def message(self) -> str:
        return f"{self.place()}: {self.grense}"

    def help(self) -> str:
        return "slik ser ikke en NPR-melding ut; kontroller filen"


@register
@frozen(kw_only=True, slots=False)
class ZipContents(FileProblem):
    code = "ISF6306"
    slug = "uventet-i-zip"
    grunn: str

    def message(self) -> str:
        return f"zip-filen «{shown(self.fil, 200)}» kan ikke leses: {self.grunn}"

    def help(self) -> str:
        return "en zip-fil skal bare ha NPR-meldinger (.xml) i seg, uten passord"


@register
@frozen(kw_only=True, slots=False)
class NotAnNprMessage(PlacedProblem):
    """``rot`` is the outermost element."""

    code = "ISF6307"
    slug = "ikke-npr-melding"
    rot: str

    def message(self) -> str:
        return f"{self.place()}: filen er ikke en NPR-melding (det ytterste elementet er «{shown(self.rot)}»)"

    def help(self) -> str:
        return "en NPR-melding begynner med elementet «Melding» i navnerommet til meldingsversjonen"


@register
@frozen(kw_only=True, slots=False)
class UnknownNprVersion(PlacedProblem):
    """``kjente`` are the versions there is a mapping for."""

    code = "ISF6308"
    slug = "ukjent-npr-versjon"
    versjon: str | None
    kjente: tuple[str, ...]

    def message(self) -> str:
        what = f"har versjon «{shown(self.versjon)}»" if self.versjon else "sier ikke hvilken versjon den har"
        return f"{self.place()}: meldingen {what}; kjente versjoner er {_listed(self.kjente)}"

    def help(self) -> str:
        return "en ny versjon er en ny tilordningsfil (.toml) i mappen ISFDSL_NPR peker på"


@register
@frozen(kw_only=True, slots=False)
class NprViolation(PlacedProblem):
    """A breach of the message's structure, where ``grunn`` says which; ``flere`` more in the same place."""

    code = "ISF6309"
    slug = "strider-mot-meldingsskjemaet"
    severity: ClassVar[Severity] = "advarsel"
    element: str
    grunn: str
    flere: tuple[str, ...] = ()

    def message(self) -> str:
        more = "".join(f"; {text}" for text in self.flere)
        return f"{self.place()}, {self.element}: {self.grunn}{more}"

    def help(self) -> str:
        return "rett uttrekket; en melding som ikke består den tekniske kontrollen, teller ikke i ISF"


@register
@frozen(kw_only=True, slots=False)
class ManyNprViolations(FileProblem):
    code = "ISF6310"
    slug = "flere-brudd-pa-meldingsskjemaet"
    severity: ClassVar[Severity] = "advarsel"
    antall: int

    def message(self) -> str:
        return f"«{shown(self.fil, 200)}» har {self.antall} brudd til på meldingsskjemaet utenfor episodene"


@register
@frozen(kw_only=True, slots=False)
class NprDeletions(FileProblem):
    code = "ISF6311"
    slug = "sletting-ikke-utfort"
    severity: ClassVar[Severity] = "advarsel"
    antall: int
    utfort: int = 0

    def message(self) -> str:
        left = self.antall - self.utfort
        done = f"; {self.utfort} er slettet" if self.utfort else ""
        objects = "objekt" if self.antall == 1 else "objekter"
        text = f"«{shown(self.fil, 200)}» ber om sletting av {self.antall} {objects}{done}"
        return f"{text}; {left if self.utfort else 'det'} er ikke gjort"

    def help(self) -> str:
        return (
            "episoder slettes når de står i en melding i samme kjøring med tidligere uttaksdato; "
            "andre objekter er ikke noe isfdsl regner på"
        )


@register
@frozen(kw_only=True, slots=False)
class NprDeleted(FileProblem):
    """A record that a later message of the run has deleted."""

    code = "ISF6317"
    slug = "slettet-av-senere-melding"
    linje: int
    kolonne: int
    id: str
    av: str

    def message(self) -> str:
        place = f"«{shown(self.fil, 200)}», linje {self.linje}, kolonne {self.kolonne}"
        return f"{place}: «{shown(self.id)}» er slettet av «{shown(self.av, 200)}»"

    def help(self) -> str:
        return "meldingen som ber om slettingen, er trukket ut senere; ta den bort dersom slettingen ikke skal gjelde"


@register
@frozen(kw_only=True, slots=False)
class NprRead(FileProblem):
    """What was read of a message. ``ikke_brukt`` are the elements and code systems the mapping leaves out."""

    code = "ISF6312"
    slug = "npr-melding-lest"
    severity: ClassVar[Severity] = "merknad"
    versjon: str
    innhold: str
    kontroll: str
    ikke_brukt: tuple[str, ...] = ()

    def message(self) -> str:
        unused = f"; ikke brukt: {', '.join(self.ikke_brukt)}" if self.ikke_brukt else ""
        return f"«{shown(self.fil, 200)}» er en NPR-melding {self.versjon}: {self.innhold}; {self.kontroll}{unused}"


@register
@frozen(kw_only=True, slots=False)
class NprWithoutPost(FileProblem):
    """The mapping gives records of a ``post`` that the regelverk does not have."""

    code = "ISF6313"
    slug = "regelverket-mangler-posten"
    post: str
    poster: tuple[str, ...]

    def message(self) -> str:
        return f"«{shown(self.fil, 200)}» gir poster av «{self.post}», som regelverket ikke har"

    def help(self) -> str:
        return f"regelverket leser {_listed(self.poster)}" if self.poster else "regelverket har ingen poster"


@register
@frozen(kw_only=True, slots=False)
class NprMappingBroken(FileProblem):
    """A mapping or schema file that cannot be used."""

    code = "ISF6314"
    slug = "ugyldig-tilordning"
    grunn: str

    def message(self) -> str:
        return f"«{shown(self.fil, 200)}» kan ikke brukes: {self.grunn}"

    def help(self) -> str:
        return "tilordninger skrives som de som følger med isfdsl (isfdsl/records/readers/npr/*.toml)"


@register
@frozen(kw_only=True, slots=False)
class SamePatientNumber(FileProblem):
    """One patient number for people of different sex or birth year at two institutions."""

    code = "ISF6315"
    slug = "samme-pasientnummer-ulike-pasienter"
    severity: ClassVar[Severity] = "advarsel"
    antall: int

    def message(self) -> str:
        return (
            f"{self.antall} pasientnumre står ved flere institusjoner med ulikt kjønn eller fødselsår "
            f"(«{shown(self.fil, 200)}» er den siste filen)"
        )

    def help(self) -> str:
        return "pasientnummeret er bare entydig innenfor institusjonen; bytt det ut med et felles løpenummer først"


@register
@frozen(kw_only=True, slots=False)
class HreseptRead(FileProblem):
    """What was read of a table of H-resepter."""

    code = "ISF6316"
    slug = "hresept-lest"
    severity: ClassVar[Severity] = "merknad"
    antall: int
    tilordning: str
    ikke_brukt: tuple[str, ...] = ()

    def message(self) -> str:
        unused = f"; kolonner som ikke er brukt: {_listed(self.ikke_brukt)}" if self.ikke_brukt else ""
        rows = "rad" if self.antall == 1 else "rader"
        return (
            f"«{shown(self.fil, 200)}» er et oppgjør av H-resepter med {self.antall} {rows}, "
            f"tilordnet etter {self.tilordning}{unused}"
        )
