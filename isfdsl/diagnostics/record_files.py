"""Problems with input files (ISF60xx). Those with single records are in ``records``."""

from __future__ import annotations

import re
from typing import ClassVar

from attrs import frozen

from isfdsl.diagnostics.base import Problem, Severity, register


def shown(text: str, limit: int = 60) -> str:
    """``text`` fit for one line of output: cut at ``limit``, unprintable characters as «?»."""
    line = "".join(c if c.isprintable() else "?" for c in text[:limit])
    return line if len(text) <= limit else line + "…"


def _meant(forslag: str | None) -> str | None:
    return f"mente du «{forslag}»?" if forslag else None


_MARKS = "komma, semikolon eller tabulator"
_PANDAS = re.compile(r"__index_level_[0-9]+__|Unnamed: [0-9]+")
"""What pandas calls a column of row numbers that has no name."""


def _listed(words: tuple[str, ...], limit: int = 12) -> str:
    more = f" og {len(words) - limit} til" if len(words) > limit else ""
    return ", ".join(f"«{w}»" for w in words[:limit]) + more


@frozen(kw_only=True, slots=False)
class FileProblem(Problem):
    """A problem with one file or folder; ``fil`` is its name as shown to the user."""

    fil: str


@register
@frozen(kw_only=True, slots=False)
class InputNotFound(FileProblem):
    code = "ISF6001"
    slug = "finner-ikke-inndata"
    forslag: str | None = None

    def message(self) -> str:
        return f"finner ikke «{shown(self.fil, 200)}»"

    def help(self) -> str:
        return _meant(self.forslag) or "oppgi en mappe med datafiler, eller én datafil"


@register
@frozen(kw_only=True, slots=False)
class InputNoAccess(FileProblem):
    code = "ISF6002"
    slug = "ingen-lesetilgang"

    def message(self) -> str:
        return f"har ikke tilgang til å lese «{shown(self.fil, 200)}»"

    def help(self) -> str:
        return "kontroller hvem som eier filen og mappen den ligger i"


@register
@frozen(kw_only=True, slots=False)
class InputUnreadable(FileProblem):
    """``grunn`` is the name of the operating system's error, e.g. «EIO»."""

    code = "ISF6003"
    slug = "kan-ikke-lese-data"
    grunn: str

    def message(self) -> str:
        return f"kan ikke lese «{shown(self.fil, 200)}» (operativsystemet svarte {self.grunn})"

    def help(self) -> str:
        return "kontroller disken eller nettverksområdet filen ligger på, og prøv igjen"


@register
@frozen(kw_only=True, slots=False)
class NotAFile(FileProblem):
    code = "ISF6004"
    slug = "ikke-en-fil"
    er_mappe: bool

    def message(self) -> str:
        kind = "en mappe" if self.er_mappe else "ikke en vanlig fil"
        return f"«{shown(self.fil)}» er {kind}, ventet en datafil"

    def help(self) -> str | None:
        return "slå delene sammen til én fil med dette navnet" if self.er_mappe else None


@register
@frozen(kw_only=True, slots=False)
class NoDataFiles(FileProblem):
    code = "ISF6005"
    slug = "ingen-datafiler"
    poster: tuple[str, ...]

    def message(self) -> str:
        return f"mappen «{shown(self.fil, 200)}» har ingen datafiler"

    def help(self) -> str:
        return f"legg én fil per post i mappen (.parquet, .csv eller .jsonl); regelverket leser {_listed(self.poster)}"


@register
@frozen(kw_only=True, slots=False)
class UnknownPostFile(FileProblem):
    code = "ISF6006"
    slug = "fil-uten-post"
    poster: tuple[str, ...]
    forslag: str | None = None

    def message(self) -> str:
        return f"filen «{shown(self.fil)}» er ikke oppkalt etter en post i regelverket"

    def help(self) -> str:
        return (
            _meant(self.forslag)
            or f"regelverket leser {_listed(self.poster)}; gi filen postens navn, eller flytt den ut"
        )


@register
@frozen(kw_only=True, slots=False)
class UnsupportedFileType(FileProblem):
    code = "ISF6007"
    slug = "ukjent-filtype"
    post: str

    def message(self) -> str:
        return f"filen «{shown(self.fil)}» har en filtype som ikke kan leses"

    def help(self) -> str:
        return f"lagre den som {self.post}.parquet, {self.post}.csv eller {self.post}.jsonl"


@register
@frozen(kw_only=True, slots=False)
class FileIgnored(FileProblem):
    code = "ISF6008"
    slug = "fil-ikke-lest"
    severity: ClassVar[Severity] = "advarsel"

    def message(self) -> str:
        return f"«{shown(self.fil)}» er ikke en datafil og ble ikke lest"


@register
@frozen(kw_only=True, slots=False)
class EmptyFile(FileProblem):
    code = "ISF6009"
    slug = "tom-fil"

    def message(self) -> str:
        return f"filen «{shown(self.fil)}» er tom"

    def help(self) -> str:
        return "lag filen på nytt, eller ta den bort dersom det ikke er noe å lese; en CSV-fil har minst en overskrift"


@register
@frozen(kw_only=True, slots=False)
class NoRows(FileProblem):
    code = "ISF6010"
    slug = "ingen-rader"
    severity: ClassVar[Severity] = "advarsel"

    def message(self) -> str:
        return f"filen «{shown(self.fil)}» har ingen rader"

    def help(self) -> str:
        return "kontroller uttrekket dersom det skulle vært poster her"


@register
@frozen(kw_only=True, slots=False)
class WrongEncoding(FileProblem):
    """``linje`` is the first line that is not UTF-8, ``None`` when the whole file is something else."""

    code = "ISF6011"
    slug = "feil-tegnsett"
    linje: int | None
    trolig: str

    def message(self) -> str:
        where = f" (linje {self.linje})" if self.linje else ""
        return f"filen «{shown(self.fil)}» er ikke UTF-8{where}, trolig {self.trolig}"

    def help(self) -> str:
        return "lagre filen på nytt som UTF-8"


@register
@frozen(kw_only=True, slots=False)
class BinaryFile(FileProblem):
    code = "ISF6012"
    slug = "binaer-fil"
    trolig: str | None = None

    def message(self) -> str:
        like = f", trolig {self.trolig}" if self.trolig else ""
        return f"filen «{shown(self.fil)}» er ikke tekst{like}"

    def help(self) -> str:
        return "la filnavnets endelse passe til innholdet, eller lag filen på nytt"


@register
@frozen(kw_only=True, slots=False)
class CorruptFile(FileProblem):
    code = "ISF6013"
    slug = "odelagt-fil"
    format: str

    def message(self) -> str:
        return f"filen «{shown(self.fil)}» er avkortet eller ødelagt og kan ikke leses som {self.format}"

    def help(self) -> str:
        return "hent eller lag filen på nytt; ingen poster fra den er tatt med"


@register
@frozen(kw_only=True, slots=False)
class CutInRow(FileProblem):
    """A text file whose last line has no line end and is no whole row."""

    code = "ISF6027"
    slug = "slutter-midt-i-en-rad"
    linje: int

    def message(self) -> str:
        return f"filen «{shown(self.fil)}» slutter midt i linje {self.linje}"

    def help(self) -> str:
        return "filen er avkortet: hent eller lag den på nytt; ingen poster fra den er tatt med"


@register
@frozen(kw_only=True, slots=False)
class BrokenCsv(FileProblem):
    code = "ISF6014"
    slug = "ugyldig-csv"
    linje: int

    def message(self) -> str:
        return f"filen «{shown(self.fil)}» er ikke gyldig CSV i raden som begynner på linje {self.linje}"

    def help(self) -> str:
        return (
            'kontroller anførselstegnene: et felt som begynner med " må slutte med det, og " inne i feltet skrives ""'
        )


@register
@frozen(kw_only=True, slots=False)
class JsonNotLines(FileProblem):
    """``objekt``: the file begins with an object over several lines, not with a list."""

    code = "ISF6015"
    slug = "json-ikke-linjer"
    objekt: bool = False

    def message(self) -> str:
        if self.objekt:
            return f"filen «{shown(self.fil)}» har JSON-objekter over flere linjer, ikke JSON-linjer"
        return f"filen «{shown(self.fil)}» er én JSON-liste, ikke JSON-linjer"

    def help(self) -> str:
        return "skriv ett JSON-objekt per linje" + ("" if self.objekt else ", uten [ og ] rundt")


@register
@frozen(kw_only=True, slots=False)
class UnknownColumn(FileProblem):
    """A column without a name has its ``nummer``, from 1; it is ``sist`` when no column comes after it."""

    code = "ISF6016"
    slug = "ukjent-kolonne"
    post: str
    kolonne: str
    forslag: str | None = None
    nummer: int | None = None
    sist: bool = False

    def message(self) -> str:
        if not self.kolonne:
            where = f" (nr. {self.nummer})" if self.nummer else ""
            return f"filen «{shown(self.fil)}» har en kolonne uten navn{where}"
        return f"filen «{shown(self.fil)}» har kolonnen «{shown(self.kolonne)}», som ikke er et felt i «{self.post}»"

    def help(self) -> str:
        if meant := _meant(self.forslag):
            return meant
        if _PANDAS.fullmatch(self.kolonne) or (not self.kolonne and self.nummer == 1):
            return "ta bort kolonnen; er den radnumrene fra pandas, skrives filen uten dem med index=False"
        if self.sist:
            return "ta bort skilletegnet på slutten av hver linje, eller gi kolonnen navnet til et felt"
        return "ta bort kolonnen, eller gi den navnet til et felt («isf schema» lister feltene)"


@register
@frozen(kw_only=True, slots=False)
class MissingColumn(FileProblem):
    code = "ISF6017"
    slug = "mangler-kolonne"
    post: str
    felt: str

    def message(self) -> str:
        return f"filen «{shown(self.fil)}» mangler kolonnen «{self.felt}», som er påkrevd i «{self.post}»"

    def help(self) -> str:
        return "legg til kolonnen, eller gjør feltet «valgfri» i posten"


@register
@frozen(kw_only=True, slots=False)
class DuplicateColumn(FileProblem):
    code = "ISF6018"
    slug = "samme-kolonne-to-ganger"
    felt: str

    def message(self) -> str:
        return f"filen «{shown(self.fil)}» har mer enn én kolonne for feltet «{self.felt}»"

    def help(self) -> str:
        return "behold én av dem; navn med og uten æøå er samme felt"


@register
@frozen(kw_only=True, slots=False)
class NoKnownColumns(FileProblem):
    """``overskrift``: the names are those of the first line of a text, ``merke`` what is odd about it: ``sep=`` or
    ``|``. ``funnet`` is the names that are there, when it is certain that they are names."""

    code = "ISF6019"
    slug = "ingen-kjente-kolonner"
    post: str
    felt: tuple[str, ...]
    funnet: tuple[str, ...] = ()
    overskrift: bool = True
    merke: str | None = None

    def message(self) -> str:
        text = f"filen «{shown(self.fil)}» har ingen kolonner fra «{self.post}»"
        if self.merke == "sep=":
            return f"{text}; første linje er «sep=»-linjen til Excel"
        if self.merke:
            return f"{text}; skilletegnet er trolig «{self.merke}»"
        if self._other_case:
            return f"{text}; noen navn har bare andre store og små bokstaver"
        return f"{text}; overskriften mangler kanskje" if self.overskrift else text

    def help(self) -> str:
        if self.merke == "sep=":
            return f"ta bort linjen, så overskriften kommer først; skilletegnet finnes av seg selv ({_MARKS})"
        if self.merke:
            return f"lagre filen på nytt med {_MARKS} mellom feltene"
        names = _listed(tuple(map(shown, self.funnet)))
        if self._other_case:
            return f"store og små bokstaver teller: filen har {names}; feltene er {_listed(self.felt)}"
        if self.overskrift:
            return f"første linje skal være feltnavnene, med {_MARKS} mellom: {_listed(self.felt)}"
        return f"filen har {names}; feltene er {_listed(self.felt)}" if names else f"feltene er {_listed(self.felt)}"

    @property
    def _other_case(self) -> bool:
        return not {f.lower() for f in self.felt}.isdisjoint(f.lower() for f in self.funnet)


@register
@frozen(kw_only=True, slots=False)
class ColumnType(FileProblem):
    """A Parquet column whose type cannot hold the field; ``har`` is the column's own type name."""

    code = "ISF6020"
    slug = "kolonne-feil-type"
    felt: str
    har: str
    ventet: str

    def message(self) -> str:
        return f"kolonnen «{self.felt}» i «{shown(self.fil)}» har typen {shown(self.har)}, ventet {self.ventet}"

    def help(self) -> str:
        again = "lagre kolonnen på nytt med riktig type"
        return f"{again}; flyttall på 32 bit er for unøyaktige og leses aldri" if "float" in self.har else again


@register
@frozen(kw_only=True, slots=False)
class SameKeyInTwoFiles(FileProblem):
    code = "ISF6021"
    slug = "samme-nokkel-i-to-filer"
    andre: str
    post: str
    antall: int

    def message(self) -> str:
        return (
            f"«{shown(self.fil)}» og «{shown(self.andre)}» har begge poster av «{self.post}» "
            f"med samme nøkkel ({self.antall})"
        )

    def help(self) -> str:
        return "la bare én av filene ligge i mappen dersom de har samme innhold"


@register
@frozen(kw_only=True, slots=False)
class TwoFilesWithoutKey(FileProblem):
    code = "ISF6022"
    slug = "to-filer-uten-nokkel"
    andre: str
    post: str

    def message(self) -> str:
        return f"«{shown(self.fil)}» og «{shown(self.andre)}» er begge «{self.post}», som ikke har nøkkel"

    def help(self) -> str:
        return "la bare én av filene ligge i mappen; uten nøkkel kan ikke like poster skilles fra doble"


@register
@frozen(kw_only=True, slots=False)
class MissingPyarrow(FileProblem):
    code = "ISF6023"
    slug = "mangler-pyarrow"

    def message(self) -> str:
        return f"«{shown(self.fil)}» er en Parquet-fil, og pakken pyarrow er ikke installert"

    def help(self) -> str:
        return 'installer den med: pip install "isfdsl[data]"'


@register
@frozen(kw_only=True, slots=False)
class LineTooLong(FileProblem):
    code = "ISF6024"
    slug = "for-lang-linje"
    linje: int
    grense: int

    def message(self) -> str:
        return f"linje {self.linje} i «{shown(self.fil)}» er lengre enn {self.grense} tegn"

    def help(self) -> str:
        return "kontroller at filen har linjeskift mellom postene"


@register
@frozen(kw_only=True, slots=False)
class UnpackLimit(FileProblem):
    """A packed file that unpacks to far more than it should."""

    code = "ISF6305"
    slug = "pakket-fil-over-grensen"
    grunn: str

    def message(self) -> str:
        return f"filen «{shown(self.fil, 200)}» pakkes ikke ut: {self.grunn}"

    def help(self) -> str:
        return "er filen ekte, så pakk den ut selv og les filen slik"
