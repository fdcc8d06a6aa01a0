"""The six NordDRG definition tables as typed, immutable data.

Every row knows its ``file`` and ``row`` there; the two take no part in comparisons, so the same set read from CSV,
workbook and JSON compares equal. Rows keep the order of the file and are never merged or dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import field, frozen


@frozen
class Cell:
    """One filled condition cell of the decision list.

    ``op`` is ``<``, ``>``, ``-``, ``+`` (bare only) or empty; a ``+`` or ``=`` in front of a value says the same as no
    operator and is read as empty. ``value`` is empty for the bare forms. An empty cell of the table is no ``Cell``.
    """

    op: str
    value: str

    @property
    def bare(self) -> bool:
        """An operator without a value."""
        return not self.value

    @property
    def positive(self) -> bool:
        """A value that must be there."""
        return self.op == "" and self.value != ""

    def __str__(self) -> str:
        return self.op + self.value


@frozen(kw_only=True)
class LogicRow:
    """One row of the decision list; ``None`` in a column is a condition that is always true.

    ``dgprops`` holds the filled cells of dgprop1, dgprop2 … in column order. In ``compl`` no operator means *at least*.
    """

    ord: str
    drg: str
    rtc: str
    icd: Cell | None = None
    mdc: Cell | None = None
    dgcat1: Cell | None = None
    pdgprop: Cell | None = None
    or_: Cell | None = None
    procpro1: Cell | None = None
    secproc1: Cell | None = None
    dgprops: tuple[Cell, ...] = ()
    compl: Cell | None = None
    agelim: Cell | None = None
    sex: Cell | None = None
    disch: Cell | None = None
    dur: Cell | None = None
    loc_drg: str = ""
    id: str = field(default="", eq=False)
    file: str = field(default="", eq=False, repr=False)
    row: int = field(default=0, eq=False)

    def conditions(self) -> Iterator[tuple[str, Cell]]:
        """The filled cells as (column, cell); every dgprop column is called ``dgprop``."""
        for name in _SINGLE:
            cell = getattr(self, "or_" if name == "or" else name)
            if cell is not None:
                yield name, cell
        for cell in self.dgprops:
            yield "dgprop", cell


_SINGLE = ("icd", "mdc", "dgcat1", "pdgprop", "or", "procpro1", "secproc1", "compl", "agelim", "sex", "disch", "dur")


@frozen
class DiagnosisFeature:
    """A property of a diagnosis code, or of a pair when ``d_code`` (dagger) stands beside ``code`` (asterisk)."""

    code: str
    d_code: str
    vartype: str
    varval: str
    file: str = field(default="", eq=False, repr=False)
    row: int = field(default=0, eq=False)


@frozen
class ProcedureFeature:
    """A property of a procedure code."""

    code: str
    vartype: str
    varval: str
    file: str = field(default="", eq=False, repr=False)
    row: int = field(default=0, eq=False)


@frozen
class Category:
    """A complication category; ``inclprop`` is one of the properties that activate it, or empty."""

    compl: str
    inclprop: str
    file: str = field(default="", eq=False, repr=False)
    row: int = field(default=0, eq=False)


@frozen
class Exclusion:
    """A principal diagnosis (or pair) that blocks a complication category."""

    compl: str
    code: str
    d_code: str
    file: str = field(default="", eq=False, repr=False)
    row: int = field(default=0, eq=False)


@frozen
class GroupName:
    """A group with its HDG and its alternate code; for reports only."""

    drg: str
    mdc: str
    loc_drg: str
    file: str = field(default="", eq=False, repr=False)
    row: int = field(default=0, eq=False)


@frozen(kw_only=True)
class Tables:
    """A whole definition set.

    ``texts`` maps a kind (``drg``, ``mdc``, ``dgcat``, ``pdgprop``, ``dgprop``, ``procprop``, ``compl``, ``rtc``,
    ``dg``, ``proc``) to code → text; a set without texts has no kinds. It takes no part in comparisons.
    """

    logic: tuple[LogicRow, ...]
    dg_feat: tuple[DiagnosisFeature, ...]
    proc_feat: tuple[ProcedureFeature, ...]
    compl_cat: tuple[Category, ...]
    compl_excl: tuple[Exclusion, ...]
    names: tuple[GroupName, ...]
    texts: Mapping[str, Mapping[str, str]] = field(factory=dict, eq=False, repr=False)
