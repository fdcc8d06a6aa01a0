"""Problems of the importers with the shape of a table, and with single cells."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from isfdsl.diagnostics.base import Severity, register
from isfdsl.diagnostics.importing import ImportProblem


@register
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
