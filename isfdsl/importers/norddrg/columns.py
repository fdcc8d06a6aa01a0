"""Names: which file or sheet is which table, and which heading is which column. Never by position."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import frozen


@frozen
class Column:
    """A column by its own name, with the headings it is known by (the first found counts)."""

    name: str
    headings: tuple[str, ...]
    required: bool = True


def _c(name: str, *headings: str, required: bool = True) -> Column:
    return Column(name, headings or (name,), required)


# The national form of a heading (…_nat) goes before the common one, should a sheet have both.
COLUMNS: dict[str, tuple[Column, ...]] = {
    "logic": (
        _c("ord"),
        _c("id", required=False),
        _c("drg", "drg_nat", "drg"),
        _c("rtc"),
        _c("icd"),
        _c("mdc"),
        _c("pdgprop", "pdgprop", "pdgpro"),
        _c("or", "or", "or_proc"),
        _c("procpro1", "procpro1", "procpro", "procprop1", "procprop"),
        _c("dgcat1", "dgcat1", "dgcat"),
        _c("agelim"),
        _c("compl"),
        _c("sex"),
        _c("dgprop1"),
        _c("dgprop2"),
        _c("dgprop3"),
        _c("dgprop4"),
        _c("secproc1", "secproc1", "secpro1", "secproc", "secpro"),
        _c("disch"),
        _c("dur"),
        _c("loc_drg", "loc_drg", "drg_comb", required=False),
        _c("text", "drg_text_nat", "drg_text", "text_nat", "text", required=False),
    ),
    "dg_feat": (
        _c("code", "code_nat", "code"),
        _c("d_code", "d_code_nat", "d_code"),
        _c("vartype"),
        _c("varval"),
        _c("text", "text_nat", required=False),
        _c("d_text", "d_text_nat", required=False),
        _c("varval_text", "varval_text_nat", required=False),
    ),
    "proc_feat": (
        _c("code", "code_nat", "code"),
        _c("vartype"),
        _c("varval"),
        _c("text", "text_nat", required=False),
        _c("varval_text", "varval_text_nat", required=False),
    ),
    "compl_cat": (
        _c("compl"),
        _c("inclprop"),
        _c("text", "compl_text_nat", "text_nat", "compl_text", "text", required=False),
    ),
    "compl_excl": (
        _c("compl", "compl", "varval"),
        _c("code", "code_nat", "code"),
        _c("d_code", "d_code_nat", "d_code"),
    ),
    "names": (
        _c("drg", "drg_nat", "drg"),
        _c("mdc"),
        _c("loc_drg", "loc_drg", "drg_comb", required=False),
        _c("text", "drg_text_nat", "text_nat", "drg_text", "text", required=False),
    ),
}

TABLE_NAMES: dict[str, tuple[str, ...]] = {
    "logic": ("logic", "drg_logic", "drglogic"),
    "dg_feat": ("dg_feat", "dgfeat", "dg"),
    "proc_feat": ("proc_feat", "procfeat", "proc"),
    "compl_cat": ("compl_cat", "complcat", "compl_name"),
    "compl_excl": ("compl_excl", "complexcl"),
    "names": ("names", "drgnames", "drg_names", "drg_name"),
}

# Text tables: name of file or sheet → (kind, headings of the code, headings of the text).
_TEXT = ("text_nat", "text", "name", "navn", "tekst")
TEXT_TABLES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "drg_name": ("drg", ("drg_nat", "drg", "code_nat", "code"), ("drg_text_nat", *_TEXT)),
    "mdc_name": ("mdc", ("mdc", "code_nat", "code"), ("mdc_text_nat", *_TEXT)),
    "dgcat_name": ("dgcat", ("dgcat", "code_nat", "code"), ("dgcat_text_nat", *_TEXT)),
    "pdgprop_name": ("pdgprop", ("pdgprop", "code_nat", "code"), ("pdgprop_text_nat", *_TEXT)),
    "dgprop_name": ("dgprop", ("dgprop", "code_nat", "code"), ("dgprop_text_nat", *_TEXT)),
    "procprop_name": ("procprop", ("procprop", "code_nat", "code"), ("procprop_text_nat", *_TEXT)),
    "compl_text": ("compl", ("compl", "code_nat", "code"), ("compl_text_nat", *_TEXT)),
    "compl_name": ("compl", ("compl", "code_nat", "code"), ("compl_text_nat", *_TEXT)),
    "rtc": ("rtc", ("rtc", "code_nat", "code"), ("rtc_text_nat", *_TEXT)),
    "dg": ("dg", ("code_nat", "code"), _TEXT),
    "proc": ("proc", ("code_nat", "code"), _TEXT),
}

_KNOWN = {heading for columns in COLUMNS.values() for column in columns for heading in column.headings} | {
    heading for _, codes, texts in TEXT_TABLES.values() for heading in (*codes, *texts)
}
_DGPROP = re.compile(r"dgprop[0-9]+")
CONDITION_LIKE = re.compile(
    r"(icd|mdc|pdgprop?|or|or_proc|procprop?|dgcat|agelim|age|compl|sex|secproc?|disch|dur|hosp|bwt)_?[0-9]*"
)


def heading(text: str) -> str:
    """A heading as it is compared: lower case, without what stands in parentheses, blanks as ``_``."""
    return re.sub(r"\s+", "_", text.split("(")[0].strip().lower())


def stem(name: str) -> str:
    """The name of a file, sheet or key as it is compared."""
    return re.sub(r"[\s\-]+", "_", name.strip().lower())


def known(name: str) -> bool:
    """Whether a heading belongs to any table."""
    return name in _KNOWN or _DGPROP.fullmatch(name) is not None


def extra_properties(headings: Sequence[str]) -> list[str]:
    """Property columns past dgprop4, which are read like the four."""
    fixed = {column.name for column in COLUMNS["logic"]}
    return sorted(
        (name for name in headings if _DGPROP.fullmatch(name) and name not in fixed), key=lambda name: int(name[6:])
    )


def table_of(name: str, headings: Sequence[str]) -> str | None:
    """Which of the six tables a name and its headings mean, if any.

    ``dg``, ``proc``, ``drg_name`` and ``compl_name`` are a table in one form and a list of texts in another: the
    headings decide. An empty list in JSON has none, and is the table.
    """
    deciding = {"dg": "vartype", "proc": "vartype", "drg_name": "mdc", "compl_name": "inclprop"}
    if headings and name in deciding and deciding[name] not in headings:
        return None
    return next((table for table, names in TABLE_NAMES.items() if name in names), None)
