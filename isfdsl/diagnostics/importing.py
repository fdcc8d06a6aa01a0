"""Problems of the importers (ISF7xxx): a table set that cannot be read, or that would be read wrongly.

Deviations that change no answer are not here: the importer counts them per kind
(``isfdsl.importers.report``) and goes on.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from isfdsl.diagnostics.base import Problem, Severity, register


@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
class MissingTable(ImportProblem):
    """A table that decides the answers is not there."""

    code: ClassVar[str] = "ISF7008"
    slug: ClassVar[str] = "import-tabell-mangler"
    table: str
    names: tuple[str, ...]
    nearest: str | None = None

    def message(self) -> str:
        """What is wrong."""
        return f"tabellen «{self.table}» mangler i {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        names = ", ".join(f"«{name}»" for name in self.names)
        if self.nearest is not None:
            return f"er det «{self.nearest}»? tabellen kjennes igjen på navnene {names}"
        return f"tabellen kjennes igjen på navnene {names}"


@register
@frozen(kw_only=True)
class DuplicateTable(ImportProblem):
    """Two files claim to be the same table."""

    code: ClassVar[str] = "ISF7009"
    slug: ClassVar[str] = "import-tabell-to-ganger"
    table: str
    other: str

    def message(self) -> str:
        """What is wrong."""
        return f"tabellen «{self.table}» finnes både i «{self.other}» og i {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return "behold den ene"


@register
@frozen(kw_only=True)
class MissingColumn(ImportProblem):
    """A column that decides the answers is not there."""

    code: ClassVar[str] = "ISF7010"
    slug: ClassVar[str] = "import-kolonne-mangler"
    names: tuple[str, ...]
    nearest: str | None = None

    def message(self) -> str:
        """What is wrong."""
        return f"fant ikke kolonnen «{self.names[0]}» i {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        names = ", ".join(f"«{name}»" for name in self.names)
        if self.nearest is not None:
            return f"er det «{self.nearest}»? kolonnen kjennes igjen på navnene {names}"
        return f"kolonnen kjennes igjen på navnene {names}"


@register
@frozen(kw_only=True)
class DuplicateColumn(ImportProblem):
    """The same column name stands twice in a heading."""

    code: ClassVar[str] = "ISF7011"
    slug: ClassVar[str] = "import-kolonne-to-ganger"

    def message(self) -> str:
        """What is wrong."""
        return f"kolonnenavnet står to ganger i {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return "gi den ene kolonnen et annet navn, eller ta den bort"


@register
@frozen(kw_only=True)
class UnknownOperator(ImportProblem):
    """A logic cell has an operator that the column does not know."""

    code: ClassVar[str] = "ISF7012"
    slug: ClassVar[str] = "import-ukjent-operator"
    rule: str
    text: str
    legal: str

    def message(self) -> str:
        """What is wrong."""
        return f"ukjent operator i «{self.text}» i raden «{self.rule}»: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return f"lovlig her: {self.legal}"


@register
@frozen(kw_only=True)
class UnknownCellValue(ImportProblem):
    """A logic cell has a value that the column does not know."""

    code: ClassVar[str] = "ISF7013"
    slug: ClassVar[str] = "import-ukjent-verdi"
    rule: str
    text: str
    legal: str

    def message(self) -> str:
        """What is wrong."""
        return f"ukjent verdi «{self.text}» i raden «{self.rule}»: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return f"lovlig her: {self.legal}"


@register
@frozen(kw_only=True)
class MissingValue(ImportProblem):
    """A cell that must be filled is empty."""

    code: ClassVar[str] = "ISF7014"
    slug: ClassVar[str] = "import-tom-celle"

    def message(self) -> str:
        """What is wrong."""
        return f"cellen er tom, men må ha en verdi: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return "fyll inn verdien, eller ta bort raden"


@register
@frozen(kw_only=True)
class ShiftedRow(ImportProblem):
    """A row has more cells than the heading, so nothing in it can be trusted."""

    code: ClassVar[str] = "ISF7015"
    slug: ClassVar[str] = "import-for-mange-celler"
    found: int
    expected: int

    def message(self) -> str:
        """What is wrong."""
        return f"raden har {self.found} celler, men overskriften har {self.expected}: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return "en verdi som inneholder skilletegnet, må stå i anførselstegn"


@register
@frozen(kw_only=True)
class SpoiledCell(ImportProblem):
    """A spreadsheet has turned a text into something else."""

    code: ClassVar[str] = "ISF7016"
    slug: ClassVar[str] = "import-odelagt-celle"
    text: str
    found: str

    def message(self) -> str:
        """What is wrong."""
        return f"cellen inneholder {self.found} «{self.text}» der det skal stå tekst: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return (
            "regnearket har gjort om teksten (for eksempel 05E41 til 5E+41); hent den fra kilden og lagre den som tekst"
        )


@register
@frozen(kw_only=True)
class EmptyTable(ImportProblem):
    """The decision list has no rows."""

    code: ClassVar[str] = "ISF7017"
    slug: ClassVar[str] = "import-tom-tabell"

    def message(self) -> str:
        """What is wrong."""
        return f"tabellen har ingen rader: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return "kontroller at filen er hel"


@register
@frozen(kw_only=True)
class NoFinalRow(ImportProblem):
    """The decision list does not end in a row without conditions."""

    code: ClassVar[str] = "ISF7030"
    slug: ClassVar[str] = "import-uten-sluttrad"
    severity: ClassVar[Severity] = "advarsel"
    rule: str

    def message(self) -> str:
        """What is wrong."""
        return f"den siste raden «{self.rule}» har vilkår, så en kasus kan bli stående uten gruppe: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return "nasjonale tabeller slutter med en rad uten vilkår; kontroller at filen er hel"


@register
@frozen(kw_only=True)
class UnknownConditionColumn(ImportProblem):
    """A column of the decision list that looks like a condition, has values and is not read."""

    code: ClassVar[str] = "ISF7031"
    slug: ClassVar[str] = "import-ukjent-vilkarskolonne"
    severity: ClassVar[Severity] = "advarsel"
    filled: int

    def message(self) -> str:
        """What is wrong."""
        return f"kolonnen ligner et vilkår og har {self.filled} verdier, men blir ikke lest: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return "kontroller mot kildens dokumentasjon om kolonnen hører til logikken"


@register
@frozen(kw_only=True)
class NamesMissing(ImportProblem):
    """No table of group names; reports lack HDG and names."""

    code: ClassVar[str] = "ISF7032"
    slug: ClassVar[str] = "import-uten-gruppenavn"
    severity: ClassVar[Severity] = "advarsel"

    def message(self) -> str:
        """What is wrong."""
        return f"tabellen med grupper («names», «drgnames» eller «drg_name») mangler i {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return "grupperingen blir den samme, men gruppene får ikke HDG i rapportene"


@register
@frozen(kw_only=True)
class AmbiguousCategory(ImportProblem):
    """A code (or pair) with two diagnosis categories: the first row counts."""

    code: ClassVar[str] = "ISF7033"
    slug: ClassVar[str] = "import-to-diagnosekategorier"
    severity: ClassVar[Severity] = "advarsel"
    subject: str
    first: str
    other: str

    def message(self) -> str:
        """What is wrong."""
        return f"«{self.subject}» har både DGCAT «{self.first}» og «{self.other}»: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return f"den første, «{self.first}», gjelder; rett kilden dersom det er feil"


@register
@frozen(kw_only=True)
class CodesDifferByCase(ImportProblem):
    """Two codes of one table differ in letter case only, so comparing without case would give other answers."""

    code: ClassVar[str] = "ISF7034"
    slug: ClassVar[str] = "import-koder-ulike-i-bokstavstorrelse"
    severity: ClassVar[Severity] = "advarsel"
    first: str
    other: str

    def message(self) -> str:
        """What is wrong."""
        return f"kodene «{self.first}» og «{self.other}» skiller seg bare i store og små bokstaver: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return "kodene regnes som to ulike koder"


@register
@frozen(kw_only=True)
class GroupWithoutName(ImportProblem):
    """Rules give a group that the table of groups does not have; one problem for all of them."""

    code: ClassVar[str] = "ISF7035"
    slug: ClassVar[str] = "import-regel-for-ukjent-gruppe"
    severity: ClassVar[Severity] = "advarsel"
    group: str
    count: int

    def message(self) -> str:
        """What is wrong."""
        more = "" if self.count == 1 else f" (og {self.count - 1} grupper til)"
        return f"regelen gir gruppen «{self.group}», som ikke står i tabellen med grupper: {self.place()}{more}"

    def help(self) -> str | None:
        """What to do."""
        return "gruppen er tatt med uten HDG og alternativ kode; rett kilden dersom koden er feil"


@register
@frozen(kw_only=True)
class PropertyWithoutName(ImportProblem):
    """A property that rules or codes use has no name, though its kind has a table of names; one problem for all."""

    code: ClassVar[str] = "ISF7036"
    slug: ClassVar[str] = "import-egenskap-uten-navn"
    severity: ClassVar[Severity] = "advarsel"
    value: str
    count: int

    def message(self) -> str:
        """What is wrong."""
        more = "" if self.count == 1 else f" (og {self.count - 1} til)"
        return f"egenskapen «{self.value}» har ikke noe navn i tabellene med navn{more}: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return "den er tatt med uten navn; rett kilden dersom egenskapen er skrevet feil"


@register
@frozen(kw_only=True)
class ActivationCircle(ImportProblem):
    """Categories that name each other as what activates them."""

    code: ClassVar[str] = "ISF7037"
    slug: ClassVar[str] = "import-aktivering-i-ring"
    severity: ClassVar[Severity] = "advarsel"
    circle: tuple[str, ...]

    def message(self) -> str:
        """What is wrong."""
        shown = " → ".join(f"«{name}»" for name in (*self.circle, self.circle[0]))
        return f"bikategorier aktiverer hverandre i ring: {shown}: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return "en kategori aktiveres av en egenskap (DGPROP) ved en kode, aldri av en kategori; rett kolonnen inclprop"


@register
@frozen(kw_only=True)
class NoLineEnd(ImportProblem):
    """The last line of a table has all its cells but no line end, and a last value that no other row has."""

    code: ClassVar[str] = "ISF7038"
    slug: ClassVar[str] = "import-uten-linjeslutt"
    severity: ClassVar[Severity] = "advarsel"
    last: str

    def message(self) -> str:
        """What is wrong."""
        return f"den siste linjen slutter uten linjeskift, så «{self.last}» kan være avkortet: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return "kontroller at filen er hel; er den det, er det i orden"


@register
@frozen(kw_only=True)
class TableWithoutRows(ImportProblem):
    """A table beside the decision list has a heading and nothing under it."""

    code: ClassVar[str] = "ISF7039"
    slug: ClassVar[str] = "import-tabell-uten-rader"
    severity: ClassVar[Severity] = "advarsel"
    table: str

    def message(self) -> str:
        """What is wrong."""
        return f"tabellen «{self.table}» har ingen rader: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return "kontroller at filen er hel; regler som spør om det den skulle hatt, slår ikke til"


@register
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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
@frozen(kw_only=True)
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


@register
@frozen(kw_only=True)
class ValueNotRead(ImportProblem):
    """A cell of a list holds something else than its column."""

    code: ClassVar[str] = "ISF7051"
    slug: ClassVar[str] = "import-verdi-ikke-lest"
    text: str
    expected: str

    def message(self) -> str:
        """What is wrong."""
        return f"kan ikke lese «{self.text}»: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return f"her ventes {self.expected}, eller en tom celle"


@register
@frozen(kw_only=True)
class UnknownGroupKind(ImportProblem):
    """Nothing tells whether a group is a DRG, STG or TFG."""

    code: ClassVar[str] = "ISF7052"
    slug: ClassVar[str] = "import-ukjent-gruppetype"
    group: str

    def message(self) -> str:
        """What is wrong."""
        return f"«{self.group}» kan være DRG, STG eller TFG: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return "oppgi typen, et mønster for kodene, eller en kolonne «type» i listen"


@register
@frozen(kw_only=True)
class ContradictingRows(ImportProblem):
    """One code has two rows that say different things."""

    code: ClassVar[str] = "ISF7053"
    slug: ClassVar[str] = "import-rader-i-strid"
    subject: str
    first: int

    def message(self) -> str:
        """What is wrong."""
        return f"«{self.subject}» står også i rad {self.first}, med andre verdier: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return "behold den raden som gjelder"


@register
@frozen(kw_only=True)
class UnwritableCode(ImportProblem):
    """A code has signs that mean something else in the language."""

    code: ClassVar[str] = "ISF7054"
    slug: ClassVar[str] = "import-kode-kan-ikke-skrives"
    text: str

    def message(self) -> str:
        """What is wrong."""
        return f"koden «{self.text}» har tegn som ikke kan stå i en kode: {self.place()}"

    def help(self) -> str | None:
        """What to do."""
        return "tegnene *, ?, + og ' har egen betydning i koder; er raden en overskrift eller en sum, så ta den bort"
