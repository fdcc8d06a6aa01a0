"""Problems with writing the output folder (ISF62xx). In all of them what lay there before is unchanged."""

from __future__ import annotations

from attrs import frozen

from isfdsl.diagnostics.base import register
from isfdsl.diagnostics.record_files import FileProblem, shown


@register
@frozen(kw_only=True, slots=False)
class OutputNotOurs(FileProblem):
    """The output folder holds something isfdsl did not write; ``funnet`` is one such name."""

    code = "ISF6201"
    slug = "utmappe-har-annet-innhold"
    funnet: str

    def message(self) -> str:
        return f"mappen «{shown(self.fil, 200)}» har annet innhold enn utdata fra isfdsl («{shown(self.funnet)}»)"

    def help(self) -> str:
        return (
            "velg en tom mappe, en ny mappe eller en mappe med bare tidligere utdata; ingenting er "
            "skrevet eller slettet"
        )


@register
@frozen(kw_only=True, slots=False)
class OutputNotAFolder(FileProblem):
    code = "ISF6202"
    slug = "utmappe-er-fil"

    def message(self) -> str:
        return f"«{shown(self.fil, 200)}» er ikke en mappe"

    def help(self) -> str:
        return "oppgi en mappe; den lages dersom den ikke finnes"


@register
@frozen(kw_only=True, slots=False)
class OutputDiskFull(FileProblem):
    code = "ISF6203"
    slug = "disken-er-full"

    def message(self) -> str:
        return f"det er ikke plass til utdata i «{shown(self.fil, 200)}»"

    def help(self) -> str:
        return "frigjør plass eller velg et annet sted; det som lå der før, er urørt"


@register
@frozen(kw_only=True, slots=False)
class OutputNoAccess(FileProblem):
    code = "ISF6204"
    slug = "ingen-skrivetilgang"

    def message(self) -> str:
        return f"har ikke tilgang til å skrive «{shown(self.fil, 200)}»"

    def help(self) -> str:
        return "isfdsl skriver i mappen som utmappen ligger i, og bytter inn det ferdige; du må ha skrivetilgang der"


@register
@frozen(kw_only=True, slots=False)
class OutputFailed(FileProblem):
    code = "ISF6205"
    slug = "skriving-mislyktes"
    grunn: str

    def message(self) -> str:
        return f"kunne ikke skrive «{shown(self.fil, 200)}» (operativsystemet svarte {self.grunn})"

    def help(self) -> str:
        return "det som lå der før, er urørt; prøv et annet sted"


@register
@frozen(kw_only=True, slots=False)
class OutputValue(FileProblem):
    """A value that does not fit its column exactly, e.g. a decimal with more places than the column has."""

    code = "ISF6206"
    slug = "verdi-passer-ikke-kolonnen"
    kolonne: str
    ventet: str

    def message(self) -> str:
        return (
            f"en verdi i kolonnen «{self.kolonne}» i «{shown(self.fil)}» lar seg ikke skrive nøyaktig som {self.ventet}"
        )

    def help(self) -> str:
        return "ingenting er skrevet; regelverket må avrunde verdien («avrundes») før den skrives"


@register
@frozen(kw_only=True, slots=False)
class OutputNeedsPyarrow(FileProblem):
    code = "ISF6207"
    slug = "utdata-krever-pyarrow"

    def message(self) -> str:
        return f"kan ikke skrive «{shown(self.fil, 200)}»: pakken pyarrow er ikke installert"

    def help(self) -> str:
        return 'installer den med: pip install "isfdsl[data]"'


@register
@frozen(kw_only=True, slots=False)
class WorkerLost(FileProblem):
    """A process that read or computed for the run is gone, or could not go on; ``fil`` is the input."""

    code = "ISF6208"
    slug = "arbeidsprosess-borte"

    def message(self) -> str:
        return f"en av prosessene som leser og regner «{shown(self.fil, 200)}», ble avbrutt før den var ferdig"

    def help(self) -> str:
        return "det skjer gjerne når maskinen slipper opp for minne: prøv med lavere --memory, eller --jobs 1"
