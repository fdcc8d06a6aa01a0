"""A price list (CSV or Excel: code, name, HDG, weight, trim point, weight per day) → declarations of groups."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Literal, cast

from attrs import evolve, frozen

from isfdsl.diagnostics.import_content import ContradictingRows, UnknownGroupKind, UnwritableCode
from isfdsl.diagnostics.import_tables import MissingValue, ValueNotRead
from isfdsl.importers import isftext, values
from isfdsl.importers.output import MANIFEST, write_folder
from isfdsl.importers.report import ImportReport, Recorder
from isfdsl.importers.result import ImportResult
from isfdsl.importers.sheets import Line, Sheet, read_sheets

Kind = Literal["DRG", "STG", "TFG"]
KINDS: tuple[Kind, ...] = ("DRG", "STG", "TFG")

ALIASES = {
    "code": (
        "drg", "drg_kode", "drg_nr", "drg_nummer", "drg_nat", "stg", "stg_kode", "tfg", "tfg_kode", "kode", "code",
        "gruppe", "gruppekode", "group", "group_code", "drg_code",
    ),
    "name": (
        "navn", "drg_navn", "stg_navn", "tfg_navn", "gruppenavn", "betegnelse", "tekst", "beskrivelse", "name", "text",
        "title", "tittel", "drg_tekst", "drg_text_nat", "description", "drg_name", "group_name",
    ),
    "hdg": ("hdg", "mdc", "hoveddiagnosegruppe"),
    "weight": (
        "vekt", "kostnadsvekt", "isf_vekt", "drg_vekt", "stg_vekt", "tfg_vekt", "poeng", "weight", "cost_weight",
        "relative_weight", "kostnadsvekter",
    ),
    "trim": ("trimpunkt", "øvre_trimpunkt", "trimpunkt_dager", "trim_point", "trimpoint", "upper_trim_point"),
    "per_day": (
        "liggedagsvekt", "liggedøgnsvekt", "vekt_per_liggedag", "vekt_per_liggedøgn", "vekt_per_dag", "langliggervekt",
        "per_day_weight", "per_diem_weight", "daily_weight", "weight_per_day",
    ),
    "financed": ("finansiert", "isf_finansiert", "financed"),
    "kind": ("gruppetype", "type", "slag", "kind", "group_kind"),
}  # fmt: skip
_MISSING = {
    "STG": "prislisten gir ikke hva som utløser gruppen, og hvordan den telles",
    "TFG": "prislisten gir ikke trigger, medlemmer og vindu",
}
MAX_DECIMALS = 6


@frozen(kw_only=True)
class Price:
    """One group of a price list; ``None`` is what the list leaves empty."""

    kind: Kind
    code: str
    name: str = ""
    hdg: str = ""
    weight: Decimal | None = None
    trim: int | None = None
    per_day: Decimal | None = None
    financed: bool | None = None
    kilde: str = ""

    def attributes(self) -> list[tuple[str, str]]:
        """The clauses of its declaration; a weight that the list does not give is ``ukjent``."""
        pairs: list[tuple[str, str]] = []
        if self.hdg:
            pairs.append(("HDG", isftext.name(self.hdg)))
        pairs.append(("vekt", "ukjent" if self.weight is None else values.decimal_text(self.weight)))
        if self.trim is not None:
            pairs.append(("trimpunkt", isftext.days(self.trim)))
        if self.per_day is not None:
            pairs.append(("liggedagsvekt", values.decimal_text(self.per_day)))
        if self.financed is not None:
            pairs.append(("finansiert", "ja" if self.financed else "nei"))
        return pairs


def import_price_list(
    source: Path | str,
    out: Path | str,
    *,
    kind: Kind | None = None,
    patterns: Mapping[Kind, str] | None = None,
    kilde: str | None = None,
    force: bool = False,
) -> ImportResult:
    """Read a price list and write ``drg_liste.isf``, ``stg_liste.isf`` and ``tfg_liste.isf`` in the folder ``out``.

    A row's kind is what its column says, else ``kind``, else the first of ``patterns`` that its whole code fits, else
    what the code column or the sheet is called. ``kilde`` is cited by every group; without it the name of the file is.
    """
    path, target = Path(source), Path(out)
    recorder = Recorder()
    prices, rows = read_price_list(path, recorder, kind=kind, patterns=patterns, kilde=kilde)
    report = ImportReport(source=str(source), form=path.suffix.lstrip(".").lower(), rows=rows)
    if recorder.failed:
        return ImportResult(report=_finished(report, recorder), out=target)
    files = emit_price_list(prices)
    problem = write_folder(target, files, force=force)
    if problem is not None:
        recorder.problem(problem)
        return ImportResult(report=_finished(report, recorder), out=target)
    return ImportResult(report=_finished(report, recorder), out=target, files=(*sorted(files), MANIFEST))


def _finished(report: ImportReport, recorder: Recorder) -> ImportReport:
    return ImportReport(
        source=report.source,
        form=report.form,
        rows=report.rows,
        counts=recorder.counts(),
        problems=tuple(recorder.problems),
    )


def read_price_list(
    path: Path,
    recorder: Recorder,
    *,
    kind: Kind | None = None,
    patterns: Mapping[Kind, str] | None = None,
    kilde: str | None = None,
) -> tuple[tuple[Price, ...], tuple[tuple[str, int], ...]]:
    """The groups of a price list in the order of the file, and (sheet, rows). Problems are recorded."""
    compiled = [(k, re.compile(p)) for k, p in (patterns or {}).items()]
    sheets = read_sheets(path, ALIASES, ("code", "weight"), recorder)
    found: dict[tuple[Kind, str], tuple[Price, Line]] = {}
    for sheet in sheets:
        for line in sheet.lines:
            price = _price(line, sheet, kind, compiled, recorder)
            if price is None:
                continue
            price = evolve(price, kilde=kilde or path.name)
            first = found.setdefault((price.kind, price.code), (price, line))
            if first[0] == price and first[1] is not line:
                recorder.add("lik_rad", f"{line.file}, rad {line.row}")
            elif first[0] != price:
                recorder.problem(
                    ContradictingRows(file=line.file, row=line.row, subject=price.code, first=first[1].row)
                )
    return tuple(price for price, _ in found.values()), tuple((sheet.file, len(sheet.lines)) for sheet in sheets)


def _price(
    line: Line, sheet: Sheet, kind: Kind | None, patterns: list[tuple[Kind, re.Pattern[str]]], recorder: Recorder
) -> Price | None:
    code = line.values["code"]
    if not code:
        recorder.problem(MissingValue(file=line.file, row=line.row, column=sheet.headings["code"]))
        return None
    if isftext.code(code) is None or " " in code:
        recorder.problem(UnwritableCode(file=line.file, row=line.row, column=sheet.headings["code"], text=code))
        return None
    own = _kind(line, sheet, kind, patterns, recorder)
    reader = _Reader(line, sheet, recorder)
    weight, per_day = reader.decimal("weight"), reader.decimal("per_day")
    trim, financed = reader.days("trim"), reader.yes_no("financed")
    if own is None or reader.failed:
        return None
    hdg = line.values["hdg"]
    return Price(
        kind=own,
        code=code,
        name=line.values["name"],
        hdg=f"0{hdg}" if len(hdg) == 1 and hdg.isdigit() else hdg,
        weight=weight,
        trim=trim,
        per_day=per_day,
        financed=financed,
    )


class _Reader:
    """Reads the cells of one row, and says which could not be read."""

    def __init__(self, line: Line, sheet: Sheet, recorder: Recorder) -> None:
        self.line = line
        self.sheet = sheet
        self.recorder = recorder
        self.failed = False

    def _cell(self, column: str) -> str:
        text = self.line.values[column]
        if text.lower() in values.NOTHING:
            self.recorder.add("tom_verdi", f"{self.line.file}, rad {self.line.row}: «{text}»")
            return ""
        return text

    def _refuse(self, column: str, text: str, expected: str) -> None:
        self.failed = True
        heading = self.sheet.headings[column]
        self.recorder.problem(
            ValueNotRead(file=self.line.file, row=self.line.row, column=heading, text=text, expected=expected)
        )

    def decimal(self, column: str) -> Decimal | None:
        text = self._cell(column)
        if not text:
            return None
        value = values.number(text)
        if value is None or -cast(int, value.normalize().as_tuple().exponent) > MAX_DECIMALS:
            self._refuse(column, text, f"et tall som 0,150, med høyst {MAX_DECIMALS} desimaler")
            return None
        return value

    def days(self, column: str) -> int | None:
        text = self._cell(column)
        if not text:
            return None
        value = values.whole(text)
        if value is None:
            self._refuse(column, text, "et helt antall dager")
        return value

    def yes_no(self, column: str) -> bool | None:
        text = self._cell(column)
        if not text:
            return None
        value = values.yes_no(text)
        if value is None:
            self._refuse(column, text, "ja eller nei")
        return value


def _kind(
    line: Line, sheet: Sheet, kind: Kind | None, patterns: list[tuple[Kind, re.Pattern[str]]], recorder: Recorder
) -> Kind | None:
    stated = line.values["kind"].upper()
    if stated in KINDS:
        return stated
    if stated:
        expected = "DRG, STG eller TFG"
        recorder.problem(
            ValueNotRead(
                file=line.file, row=line.row, column=sheet.headings["kind"], text=line.values["kind"], expected=expected
            )
        )
        return None
    if kind is not None:
        return kind
    fitting = next((k for k, pattern in patterns if pattern.fullmatch(line.values["code"])), None)
    if fitting is not None:
        return fitting
    for text in (sheet.headings["code"], sheet.title):
        named: list[Kind] = [k for k in KINDS if re.search(rf"(?<![a-zæøå]){k}(?![a-zæøå])", text, re.IGNORECASE)]
        if len(named) == 1:
            return named[0]
    recorder.problem(UnknownGroupKind(file=line.file, row=line.row, group=line.values["code"]))
    return None


def emit_price_list(prices: Iterable[Price]) -> dict[str, str]:
    """The declarations, one file per kind, in the order of the list."""
    parts: dict[Kind, list[str]] = {}
    for price in prices:
        title = isftext.quoted(price.name) if price.name else None
        lines = [isftext.heading(price.kind, isftext.name(price.code), title)]
        pairs = price.attributes()
        if price.kind in _MISSING:
            pairs.append(("ufullstendig", isftext.quoted(_MISSING[price.kind])))
        pairs.append(("kilde", isftext.quoted(price.kilde)))
        parts.setdefault(price.kind, []).append("\n".join([*lines, *isftext.clauses(pairs)]) + "\n")
    return {f"{kind.lower()}_liste.isf": "\n".join(parts[kind]) for kind in KINDS if kind in parts}
