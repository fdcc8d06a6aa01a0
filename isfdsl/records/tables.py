"""The output tables: their columns, in order, and the order of their rows. Docs: ``interface.md``, section
Output.

Plain data without pyarrow, so that any engine can say what it makes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from attrs import field, frozen

ColumnType = Literal["text", "text_list", "int", "bool", "date", "datetime", "decimal", "points", "money", "share"]

_SCALES: dict[str, int] = {"points": 6, "money": 2, "share": 12}
_MAX_DIGITS = 38


@frozen
class Column:
    """A column. ``scale`` is the number of decimals: of the type, unless given; ``None`` for what is not a
    decimal.

    ``digits`` is the number of digits in all (decimal128: at most 38).
    """

    name: str
    type: ColumnType
    scale: int | None = None
    digits: int = 18

    def __attrs_post_init__(self) -> None:
        if not (self.name.isascii() and self.name.isidentifier() and self.name == self.name.lower()):
            raise ValueError(f"column «{self.name}» must be ASCII snake_case")
        if self.is_decimal and not 0 <= self.decimals <= self.digits <= _MAX_DIGITS:
            raise ValueError(f"column «{self.name}» cannot have {self.decimals} of {self.digits} digits")
        if self.type == "decimal" and self.scale is None:
            raise ValueError(f"column «{self.name}» is a decimal and must have a scale")

    @property
    def is_decimal(self) -> bool:
        """Whether the values are ``Decimal``."""
        return self.type == "decimal" or self.type in _SCALES

    @property
    def decimals(self) -> int:
        """Digits after the point; 0 for what is not a decimal."""
        return self.scale if self.scale is not None else _SCALES.get(self.type, 0)


@frozen
class TableSpec:
    """A table: file name without ``.parquet``, columns, and the columns its rows are sorted by (missing
    last).
    """

    name: str
    columns: tuple[Column, ...]
    sort: tuple[str, ...] = ()


@frozen
class TableData:
    """A table with its content: column name → values, all of one length.

    Values are a sequence of Python values (missing is ``None``) or a pyarrow ``Array``/``ChunkedArray``. A
    column that is not given is all missing. ``presorted``: the rows are in the order of ``spec.sort``
    already.
    """

    spec: TableSpec
    columns: Mapping[str, Any] = field(repr=False)
    presorted: bool = False

    @classmethod
    def from_rows(cls, spec: TableSpec, rows: Iterable[Sequence[object]]) -> TableData:
        """A table from rows with one value per column of ``spec``, in its order."""
        width = len(spec.columns)
        lists: list[list[object]] = [[] for _ in range(width)]
        for row in rows:
            for values, value in zip(lists, row, strict=True):
                values.append(value)
        return cls(spec, {c.name: v for c, v in zip(spec.columns, lists, strict=True)})


UNIQUE = frozenset(("opphold_id", "record_id", "forlop_id", "trigger_id", "episode_ids", "record_ids", "tfg_ids"))
"""Columns whose values are nearly all different: a dictionary of them saves nothing."""

OPPHOLD = TableSpec(
    "opphold",
    (
        Column("opphold_id", "text"),
        Column("episode_ids", "text_list"),
        Column("pasient_id", "text"),
        Column("enhet", "text"),
        Column("drg", "text"),
        Column("regel", "text"),
        Column("returkode", "text"),
        Column("hdg", "text"),
        Column("teller_i_isf", "bool"),
        Column("grunnlag", "points"),
        Column("tillegg", "points"),
        Column("fradrag", "points"),
        Column("avrunding", "points"),
        Column("bortfall", "points"),
        Column("bortfall_arsak", "text"),
        Column("poeng", "points"),
        Column("refusjon", "money"),
        Column("tfg_ids", "text_list"),
        Column("mangler", "text_list"),
    ),
    sort=("opphold_id",),
)
"""``poeng = grunnlag + tillegg - fradrag + avrunding - bortfall``; ``bortfall_arsak`` says what took the
points.
"""

SAERTJENESTER = TableSpec(
    "saertjenester",
    (
        Column("pasient_id", "text"),
        Column("stg", "text"),
        Column("periode", "text"),
        Column("record_ids", "text_list"),
        Column("finansiert", "bool"),
        Column("poeng", "points"),
        Column("refusjon", "money"),
        Column("mangler", "text_list"),
    ),
    sort=("pasient_id", "stg", "periode"),
)

FORLOP = TableSpec(
    "forlop",
    (
        Column("forlop_id", "text"),
        Column("tfg", "text"),
        Column("pasient_id", "text"),
        Column("trigger_id", "text"),
        Column("periode", "text"),
        Column("finansiert", "bool"),
        Column("poeng", "points"),
        Column("refusjon", "money"),
        Column("mangler", "text_list"),
    ),
    sort=("forlop_id",),
)

FORLOP_MEDLEMMER = TableSpec(
    "forlop_medlemmer",
    (
        Column("forlop_id", "text"),
        Column("record_id", "text"),
        Column("rolle", "text"),
        Column("dag", "int"),
        Column("gruppe", "text"),
        Column("enhet", "text"),
        Column("andel", "share"),
    ),
    sort=("forlop_id", "dag", "record_id"),
)

KRAV = TableSpec(
    "krav",
    (
        Column("record_id", "text"),
        Column("krav", "text"),
        Column("utfall", "text"),
        Column("brutte", "text_list"),
        Column("dokumenteres", "text_list"),
    ),
    sort=("record_id", "krav"),
)

AVVIST = TableSpec(
    "avvist",
    (
        Column("fil", "text"),
        Column("rad", "int"),
        Column("record_id", "text"),
        Column("kode", "text"),
        Column("melding", "text"),
        Column("post", "text"),
    ),
    sort=("fil", "rad"),
)

TABLES: Mapping[str, TableSpec] = {t.name: t for t in (OPPHOLD, SAERTJENESTER, FORLOP, FORLOP_MEDLEMMER, KRAV, AVVIST)}
