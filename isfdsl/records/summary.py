"""``sammendrag.json``: counts and exact sums, gathered by any engine and written the same way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Context, Decimal, Inexact
from typing import Any, Literal

from attrs import define, field, frozen

from isfdsl.diagnostics.record_output import OutputValue
from isfdsl.records.faults import OutputError
from isfdsl.records.record import Reject
from isfdsl.records.tables import TABLES as FILES

SCHEMA = "isf.sammendrag.v1"
KINDS = ("DRG", "STG", "TFG", "enhet", "region", "omrade", "totalt")
GroupKind = Literal["DRG", "STG", "TFG"]
TABLES: Mapping[str, str] = {"DRG": "opphold", "STG": "saertjenester", "TFG": "forlop"}

_ABOUT = re.compile(r" (?:for|i|av) ")  # what a note is about comes after it: «vekt for DRG 209E»
_EXACT = Context(prec=200, traps=[Inexact])


@define
class Row:
    """What is summed under one key: points in millionths, money in øre; what is unknown is counted, not summed."""

    antall: int = 0
    poeng: int = 0
    refusjon: int = 0
    uten_poeng: int = 0
    uten_refusjon: int = 0
    antatt: int = 0

    def add(self, other: Row) -> None:
        """One more, or many."""
        self.antall += other.antall
        self.poeng += other.poeng
        self.refusjon += other.refusjon
        self.uten_poeng += other.uten_poeng
        self.uten_refusjon += other.uten_refusjon
        self.antatt += other.antatt

    def shown(self) -> dict[str, Any]:
        """As in the file; decimals with no more digits than they need, but three for points and two for kroner."""
        return {
            "antall": self.antall,
            "poeng": _decimal(self.poeng, 6, 3),
            "refusjon": _decimal(self.refusjon, 2, 2),
            "uten_poeng": self.uten_poeng,
            "uten_refusjon": self.uten_refusjon,
            "antatt": self.antatt,
        }


def _decimal(whole: int, scale: int, least: int) -> Decimal:
    while scale > least and whole % 10 == 0:
        whole //= 10
        scale -= 1
    return Decimal(whole).scaleb(-scale, context=_EXACT)


@frozen
class Doubt:
    """One kind of assumption or gap: how many results have it, and the places it is about, the commonest first."""

    what: str
    results: int
    places: tuple[str, ...]


@define
class Totals:
    """All that is counted and summed over a run, or over a part of it.

    ``unwritable``: the columns that cannot hold some value as it is; a run that has any is refused.
    """

    sums: dict[str, dict[str, Row]] = field(factory=lambda: {kind: {} for kind in KINDS})
    rows: Counter[str] = field(factory=Counter)
    notes: Counter[str] = field(factory=Counter)
    kinds: Counter[str] = field(factory=Counter)
    in_stays: int = 0
    unwritable: set[OutputValue] = field(factory=set)

    def add(self, kind: str, key: str | None, row: Row) -> None:
        """Results of a group, unit, region or area."""
        self.sums[kind].setdefault(key or "", Row()).add(row)

    def add_notes(self, counts: Mapping[str, int], kinds: Mapping[str, int]) -> None:
        """How many results have each note, and each kind of note (``note_kind``)."""
        self.notes.update(counts)
        self.kinds.update(kinds)

    def merge(self, other: Totals) -> None:
        """The totals of another part."""
        for kind, rows in other.sums.items():
            for key, row in rows.items():
                self.add(kind, key, row)
        self.rows.update(other.rows)
        self.add_notes(other.notes, other.kinds)
        self.in_stays += other.in_stays
        self.unwritable |= other.unwritable

    def refuse_unwritable(self) -> None:
        """Raise ``OutputError`` for the first of them, in the order of the files and their columns."""
        tables = list(FILES)

        def place(p: OutputValue) -> tuple[int, int]:
            name = p.fil.removesuffix(".parquet")
            return tables.index(name), [c.name for c in FILES[name].columns].index(p.kolonne)

        if self.unwritable:
            raise OutputError(min(self.unwritable, key=place))

    def doubts(self) -> list[Doubt]:
        """What the results rest on that no source gives, the most widespread first."""
        places: dict[str, Counter[str]] = {}
        for note, n in self.notes.items():
            kind, place = note_kind(note)
            places.setdefault(kind, Counter())[place] += n
        ordered = sorted(self.kinds.items(), key=lambda r: (-r[1], r[0]))
        return [
            Doubt(kind, n, tuple(p for p, _ in sorted(places[kind].items(), key=lambda x: (-x[1], x[0]))))
            for kind, n in ordered
        ]

    def summary(
        self, title: str, read: Mapping[str, int], rejects: Iterable[Reject], stay_source: str | None
    ) -> dict[str, Any]:
        """The content of the file, but for the run itself. Read = treated + set aside, always."""
        aside: Counter[str] = Counter()
        by_post: Counter[str] = Counter()
        for r in rejects:
            aside[r.kode] += 1
            by_post[r.post] += 1
        total, gone = sum(read.values()), sum(aside.values())
        other = sum(n for post, n in read.items() if post != stay_source)
        return {
            "skjema": SCHEMA,
            "regelverk": title,
            "lest": {"totalt": total, **read},
            "avvist": {"totalt": gone, **dict(sorted(aside.items()))},
            "behandlet": {
                "totalt": total - gone,
                "i_opphold": self.in_stays,
                "andre_poster": other - (gone - by_post[stay_source or ""]),
            },
            "antall": {name: self.rows[name] for name in (*TABLES.values(), "krav")},
            "mangler": dict(sorted(self.notes.items())),
            **{f"per_{kind.lower()}": _shown(self.sums[kind]) for kind in KINDS if kind != "totalt"},
            "totalt": _shown(self.sums["totalt"]).get("", {}),
        }


def _shown(rows: Mapping[str, Row]) -> dict[str, Any]:
    return {key: rows[key].shown() for key in sorted(rows)}


def too_fine(table: str, column: str, decimals: int) -> OutputValue:
    """The problem of a number with more decimals than a column has, and than it is summed with."""
    return OutputValue(fil=f"{table}.parquet", kolonne=column, ventet=f"tall med {decimals} desimaler")


def note_kind(note: str) -> tuple[str, str]:
    """What kind of assumption or gap a note tells of, and what place it is about."""
    rank, _, text = note.partition(": ")
    # «antatt: vekt for DRG 209E», «antatt: koder i egenskap or_1»; «ufullstendig: » has the author's own words.
    split = _ABOUT.search(text) if rank != "ufullstendig" else None
    if split is not None:
        return f"{rank}: {text[: split.start()]}", text[split.end() :]
    if text.startswith("sats "):
        return f"{rank}: sats", text.removeprefix("sats ")
    return rank, text


__all__ = ["KINDS", "TABLES", "Doubt", "Row", "Totals", "note_kind", "too_fine"]
