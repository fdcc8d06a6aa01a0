"""Problems of the importers (ISF7xxx): a table set that cannot be read, or that would be read wrongly.

Deviations that change no answer are not here: the importer counts them per kind
(``isfdsl.importers.report``) and goes on.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from isfdsl.diagnostics.base import Problem, register


@frozen(kw_only=True, slots=False)
class ImportProblem(Problem):
    """A problem in a file of a table set; ``row`` and ``column`` as a person finds them there."""

    file: str
    row: int | None = None
    column: str | None = None

    def place(self) -> str:
        """Where it is, in words."""
        text = f"«{self.file}»"
        if self.row is not None:
            text += f", rad {self.row}"
        if self.column is not None:
            text += f", kolonne «{self.column}»"
        return text


@register
@frozen(kw_only=True, slots=False)
class SourceNotFound(ImportProblem):
    """The path is not there, or nothing in it is a table set."""

    code: ClassVar[str] = "ISF7001"
    slug: ClassVar[str] = "import-kilde-mangler"
    reason: str = "finnes ikke"

    def message(self) -> str:
        """What is wrong."""
        return f"fant ingen definisjonstabeller i {self.place()}: {self.reason}"

    def help(self) -> str | None:
        """What to do."""
        return "gi en mappe med CSV-filer (logic.csv, dg_feat.csv …), én .xlsx-fil eller én .json-fil"


@register
@frozen(kw_only=True, slots=False)
class AmbiguousSource(ImportProblem):
    """A folder holds several table sets."""

    code: ClassVar[str] = "ISF7002"
    slug: ClassVar[str] = "import-flere-kilder"
    candidates: tuple[str, ...]

    def message(self) -> str:
        """What is wrong."""
        names = ", ".join(f"«{name}»" for name in self.candidates)
        return f"{self.place()} inneholder flere tabellsett: {names}"

    def help(self) -> str | None:
        """What to do."""
        return "oppgi det ene tabellsettet som skal importeres"


@register
@frozen(kw_only=True, slots=False)
class UnreadableFile(ImportProblem):
    """The bytes are not what the file name says."""

    code: ClassVar[str] = "ISF7003"
    slug: ClassVar[str] = "import-uleselig-fil"
    reason: str
    hint: str = "åpne filen i programmet den kom fra, og lagre den på nytt"

    def message(self) -> str:
        """What is wrong."""
        return f"kan ikke lese {self.place()}: {self.reason}"

    def help(self) -> str | None:
        """What to do."""
        return self.hint


@register
@frozen(kw_only=True, slots=False)
class TruncatedFile(ImportProblem):
    """The file ends in the middle of something."""

    code: ClassVar[str] = "ISF7004"
    slug: ClassVar[str] = "import-avkortet-fil"

    def message(self) -> str:
        """What is wrong."""
        return f"filen slutter midt i en rad: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return "filen er trolig avkortet; hent den på nytt fra kilden"


@register
@frozen(kw_only=True, slots=False)
class ExcelSupportMissing(ImportProblem):
    """openpyxl is not installed."""

    code: ClassVar[str] = "ISF7005"
    slug: ClassVar[str] = "import-excel-mangler"

    def message(self) -> str:
        """What is wrong."""
        return f"kan ikke lese {self.place()} uten tillegget «excel»"

    def help(self) -> str | None:
        """What to do."""
        return "installer det med «pip install 'isfdsl[excel]'», eller lagre arkene som CSV-filer"


@register
@frozen(kw_only=True, slots=False)
class FileTooLarge(ImportProblem):
    """A file that is larger, as it lies or unpacked, than any table set."""

    code: ClassVar[str] = "ISF7006"
    slug: ClassVar[str] = "import-for-stor-fil"
    size: int
    limit: int
    unpacked: bool = False

    def message(self) -> str:
        """What is wrong."""
        mib = 1024 * 1024
        how = " utpakket" if self.unpacked else ""
        return f"{self.place()} er på {-(-self.size // mib)} MiB{how}; grensen er {self.limit // mib} MiB"

    def help(self) -> str | None:
        """What to do."""
        return "kontroller at filen er et tabellsett, og fjern ark som ikke hører til"


@register
@frozen(kw_only=True, slots=False)
class BrokenJson(ImportProblem):
    """The JSON text cannot be repaired by the known repairs."""

    code: ClassVar[str] = "ISF7007"
    slug: ClassVar[str] = "import-ugyldig-json"
    line: int
    reason: str

    def message(self) -> str:
        """What is wrong."""
        return f"ugyldig JSON i {self.place()}, linje {self.line}: {self.reason}"

    def help(self) -> str | None:
        """What to do."""
        return "komma foran } og ] og styretegn i tekster rettes av seg selv; dette må rettes for hånd"


@register
@frozen(kw_only=True, slots=False)
class CannotWriteImport(ImportProblem):
    """The folder could not be written; it is as it was."""

    code: ClassVar[str] = "ISF7040"
    slug: ClassVar[str] = "import-kan-ikke-skrives"
    reason: str

    def message(self) -> str:
        """What is wrong."""
        return f"kan ikke skrive mappen {self.place()}: {self.reason}"

    def help(self) -> str | None:
        """What to do."""
        return "ingenting er skrevet; velg en annen mappe, eller kontroller tilgang og plass"


@register
@frozen(kw_only=True, slots=False)
class CannotImportInto(ImportProblem):
    """The regelverk that a set is to be imported into has no place for it."""

    code: ClassVar[str] = "ISF7042"
    slug: ClassVar[str] = "import-passer-ikke-inn"
    reason: str

    def message(self) -> str:
        """What is wrong."""
        return f"tabellene kan ikke leses inn i regelverket {self.place()}: {self.reason}"

    def help(self) -> str | None:
        """What to do."""
        return "les inn uten --into for å få et eget regelverk, eller rett regelverket først"


@register
@frozen(kw_only=True, slots=False)
class JoinHasErrors(ImportProblem):
    """The text does not fit the regelverk that it was to fill."""

    code: ClassVar[str] = "ISF7043"
    slug: ClassVar[str] = "import-sammen-har-feil"
    count: int
    first: tuple[str, ...]

    def message(self) -> str:
        """What is wrong."""
        more = "" if self.count <= len(self.first) else f"; og {self.count - len(self.first)} til"
        return f"{self.place()} ville hatt {self.count} feil: {'; '.join(self.first)}{more}"

    def help(self) -> str | None:
        """What to do."""
        return "ingenting er skrevet; gi ordene som mangler, med --words, eller rett regelverket"


@register
@frozen(kw_only=True, slots=False)
class FolderHasOtherFiles(ImportProblem):
    """The folder holds what an import would destroy."""

    code: ClassVar[str] = "ISF7041"
    slug: ClassVar[str] = "import-mappen-er-i-bruk"
    found: tuple[str, ...]
    edited: bool

    def message(self) -> str:
        """What is wrong."""
        names = ", ".join(f"«{name}»" for name in self.found)
        if self.edited:
            return f"{self.place()} er endret etter forrige import: {names}"
        return f"{self.place()} inneholder annet enn en tidligere import: {names}"

    def help(self) -> str | None:
        """What to do."""
        return "ingenting er skrevet; importer til en ny mappe og ta over endringene derfra"


@register
@frozen(kw_only=True, slots=False)
class NothingToImport(ImportProblem):
    """The path is not a file that can be imported."""

    code: ClassVar[str] = "ISF7050"
    slug: ClassVar[str] = "import-ingen-fil"
    reason: str

    def message(self) -> str:
        """What is wrong."""
        return f"kan ikke importere {self.place()}: {self.reason}"

    def help(self) -> str | None:
        """What to do."""
        return "gi én CSV-fil (.csv, .txt, .tsv) eller én Excel-fil (.xlsx)"
