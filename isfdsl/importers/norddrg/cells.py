"""A cell of the decision list as text → ``Cell``: the legal operators and values of each column, nowhere else."""

from __future__ import annotations

import re

from attrs import frozen

from isfdsl.importers.norddrg.tables import Cell

_SPLIT = re.compile(r"([^\w]*)(.*)", re.DOTALL)
_STRAY = re.compile(r"[<>=+\-,;/|&!≤≥≠−–—]")
_SAME = ("", "+", "=")
_OPERATORS = frozenset("<>=+-")


@frozen
class CellFault:
    """Why a cell is not legal: ``operator`` or ``verdi``, and what would be."""

    kind: str
    legal: str


@frozen(kw_only=True)
class ColumnForm:
    """What one column takes: operators in front of a value, bare operators, and the form of the value."""

    legal: str
    ops: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    value: str = r".+"
    negated: str | None = None


_PROPERTY = ColumnForm(ops=("", "+", "=", "-"), legal="en verdi, eventuelt med «+», «=» eller «-» foran")
_LIMIT = ColumnForm(ops=("<", ">"), value=r"[0-9]{1,9}", legal="«<» eller «>» og et helt antall dager")

FORMS: dict[str, ColumnForm] = {
    "icd": ColumnForm(bare=("+", "-"), legal="«+» eller «-» alene"),
    "mdc": _PROPERTY,
    "dgcat1": _PROPERTY,
    "pdgprop": _PROPERTY,
    "procpro1": _PROPERTY,
    "dgprop": _PROPERTY,
    "secproc1": ColumnForm(
        ops=("", "+", "=", "-"), bare=("-",), legal="en verdi, eventuelt med «+», «=» eller «-» foran, eller «-» alene"
    ),
    "or": ColumnForm(
        ops=("", "+", "=", "-"),
        bare=("+", "-"),
        value="[SPNZ]",
        negated=r"[^\W\d_]",
        legal="«S», «P», «N» eller «Z», «-» foran en bokstav, eller «+» eller «-» alene",
    ),
    "compl": ColumnForm(
        ops=("", ">", "<", "-"), value="[0-9]{1,3}", legal="et nivå, eventuelt med «>», «<» eller «-» foran"
    ),
    "agelim": _LIMIT,
    "dur": _LIMIT,
    "sex": ColumnForm(ops=_SAME, bare=("-",), value="[MF]", legal="«M», «F» eller «-» alene"),
    "disch": ColumnForm(ops=("", "+", "=", "-"), legal="en bokstav, eventuelt med «+», «=» eller «-» foran"),
}


def form_name(column: str) -> str:
    """The key of ``FORMS`` for a column: dgprop1, dgprop2 … share one."""
    return "dgprop" if column.startswith("dgprop") else column


def parse_cell(column: str, text: str) -> Cell | CellFault | None:
    """Read one trimmed cell: ``None`` when empty, a fault when the column does not know the operator or value.

    The operator is everything in front of the first letter or digit, so a typographic minus or a ``≤`` is found out
    instead of becoming part of a value that no code carries.
    """
    if not text:
        return None
    form = FORMS[form_name(column)]
    match = _SPLIT.match(text)
    assert match is not None
    op, value = match.group(1).strip(), match.group(2).strip()
    if not value:
        return Cell(op, "") if op in form.bare else CellFault("operator", form.legal)
    if op not in form.ops or _STRAY.search(value):
        return CellFault("operator", form.legal)
    pattern = form.negated if op == "-" and form.negated is not None else form.value
    if not re.fullmatch(pattern, value):
        return CellFault("verdi", form.legal)
    return Cell("" if op in _SAME else op, value)
