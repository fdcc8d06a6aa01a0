"""Problems of the importers with what a table set says."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from isfdsl.diagnostics.base import Severity, register
from isfdsl.diagnostics.importing import ImportProblem


@register
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
@frozen(kw_only=True, slots=False)
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
