"""Raw tables → ``Tables``: columns by name, cells as trimmed text, logic cells parsed."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Mapping

from attrs import define, field

from isfdsl.diagnostics.import_tables import (
    DuplicateColumn,
    EmptyTable,
    MissingColumn,
    MissingValue,
    SpoiledCell,
    UnknownCellValue,
    UnknownConditionColumn,
    UnknownOperator,
)
from isfdsl.importers.norddrg import columns
from isfdsl.importers.norddrg.cells import CellFault, parse_cell
from isfdsl.importers.norddrg.raw import RawTable
from isfdsl.importers.norddrg.tables import (
    Category,
    Cell,
    DiagnosisFeature,
    Exclusion,
    GroupName,
    LogicRow,
    ProcedureFeature,
)
from isfdsl.importers.report import Recorder
from isfdsl.importers.texts import Cleaner

Texts = dict[str, dict[str, str]]

# Columns that never hold a number: a number there is a property that a spreadsheet has eaten (05E41 → 5E+41).
_TEXT_ONLY = frozenset(
    {"logic.pdgprop", "logic.procpro1", "logic.dgcat1", "logic.secproc1", "compl_cat.compl", "compl_cat.inclprop",
     "compl_excl.compl"}
)  # fmt: skip
_NUMERIC_VARTYPES = frozenset({"MDC", "OR", "CC"})
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?E\+[0-9]+", re.IGNORECASE)
_WHOLE = re.compile(r"[0-9]+\.0+")  # 470.0: a program in between took the column for numbers
_FORMULA = re.compile(r"=\s*\w*\s*$")
_EXCEL_ERRORS = frozenset({"#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#I/T", "#NAVN?"})
_ONE_DIGIT_HDG = re.compile(r"([<>=+\-]?\s*)([0-9])")
_VARTYPES = {"PDGPROP": "PDGPRO", "PROCPRO": "PROCPR", "PROCPROP": "PROCPR", "DGPRO": "DGPROP"}
_KIND_OF_VARTYPE = {
    "DGCAT": "dgcat", "PDGPRO": "pdgprop", "DGPROP": "dgprop", "PROCPR": "procprop", "MDC": "mdc", "COMPL": "compl"
}  # fmt: skip


@define
class Builder:
    """Reads the rows of raw tables; ``texts`` grows as they are read, ``fallback`` holds texts beside the codes."""

    recorder: Recorder
    texts: Texts = field(factory=dict)
    fallback: Texts = field(factory=dict)
    _spoiled: set[tuple[str, int]] = field(factory=set)

    def _rows(self, raw: RawTable, table: str) -> Iterator[tuple[int, dict[str, str]]]:
        """Every row that is not empty, as column → text."""
        if not raw.headings and not raw.rows:
            return  # an empty list in JSON has no heading to miss
        places = self._places(raw, table)
        if places is None:
            return
        cleaner = Cleaner(self.recorder)
        file = raw.file
        wanted = list(places.items())
        for number, cells in raw.rows:
            values: dict[str, str] = {}
            width = len(cells)
            filled = False
            for name, at in wanted:
                value = cells[at] if at < width else None
                if value is None or value == "":
                    values[name] = ""
                    continue
                if type(value) is str:
                    text = cleaner.clean(value, file, number)
                    if not text.isalnum() and text and "text" not in name:
                        if _WHOLE.fullmatch(text):
                            self.recorder.add("tallcelle", f"{file}, rad {number}: {name} {text}")
                            text = text.split(".")[0]
                        else:
                            self._spoiled_text(raw, name, number, text)
                else:
                    text = self._number(raw, table, name, number, value, values)
                values[name] = text
                if text:
                    filled = True
            if filled:
                yield number, values
            else:
                self.recorder.add("tom_rad", f"{file}, rad {number}")

    def _places(self, raw: RawTable, table: str) -> dict[str, int] | None:
        """Column → index, or ``None`` when a column that decides the answers is missing."""
        for heading in dict.fromkeys(raw.headings):
            if heading and raw.headings.count(heading) > 1 and columns.known(heading):
                self.recorder.problem(DuplicateColumn(file=raw.file, column=heading))
                return None
        wanted = list(columns.COLUMNS[table])
        if table == "logic":
            wanted += [columns.Column(name, (name,)) for name in columns.extra_properties(raw.headings)]
        places: dict[str, int] = {}
        complete = True
        for column in wanted:
            found = next((name for name in column.headings if name in raw.headings), None)
            if found is not None:
                places[column.name] = raw.headings.index(found)
            elif column.required:
                nearest = difflib.get_close_matches(column.name, raw.headings, n=1, cutoff=0.7)
                problem = MissingColumn(file=raw.file, names=column.headings, nearest=next(iter(nearest), None))
                self.recorder.problem(problem)
                complete = False
        for index, heading in enumerate(raw.headings):
            if index not in places.values() and heading:
                self.recorder.add("ukjent_kolonne", f"{raw.file}: {heading}")
                if table == "logic" and columns.CONDITION_LIKE.fullmatch(heading):
                    filled = sum(1 for _, cells in raw.rows if index < len(cells) and cells[index] not in (None, ""))
                    if filled:
                        self.recorder.problem(UnknownConditionColumn(file=raw.file, column=heading, filled=filled))
        return places if complete else None

    def _text_only(self, table: str, name: str, values: Mapping[str, str]) -> bool:
        if table in ("dg_feat", "proc_feat") and name == "varval":
            return values["vartype"].upper() not in _NUMERIC_VARTYPES
        return f"{table}.{name}" in _TEXT_ONLY or (table == "logic" and name.startswith("dgprop"))

    def _spoiled_text(self, raw: RawTable, name: str, number: int, text: str) -> None:
        """A text that a spreadsheet has made of another: an error value, a formula, a number with exponent."""
        found = ""
        if text in _EXCEL_ERRORS:
            found = "feilverdien"
        elif text.startswith("=") and not _FORMULA.match(text):
            found = "formelen"
        elif "+" in text and _SCIENTIFIC.fullmatch(text):
            found = "tallet"
        if found:
            self._spoil(raw, name, number, text, found)

    def _spoil(self, raw: RawTable, name: str, number: int, text: str, found: str) -> None:
        self.recorder.problem(SpoiledCell(file=raw.file, row=number, column=name, text=text, found=found))
        self._spoiled.add((raw.file, number))

    def _number(
        self, raw: RawTable, table: str, name: str, number: int, value: object, values: Mapping[str, str]
    ) -> str:
        """The text of a cell that is not text: whole numbers without decimal point, all else is a spoiled cell."""
        if "text" in name:
            return str(value)
        found = ""
        text = str(value)
        if isinstance(value, bool):
            found = "sannhetsverdien"
        elif isinstance(value, int):
            pass
        elif isinstance(value, float) and math.isfinite(value) and value == int(value) and abs(value) < 1e15:
            text = str(int(value))
        elif isinstance(value, float):
            found = "tallet"
        else:
            found = "datoen" if hasattr(value, "isoformat") else "innholdet"
        if not found and self._text_only(table, name, values):
            found = "tallet"
        if found:
            self._spoil(raw, name, number, text, found)
        else:
            self.recorder.add("tallcelle", f"{raw.file}, rad {number}: {name} {text}")
        return text

    def _hdg(self, text: str, raw: RawTable, number: int) -> str:
        """A HDG has two digits; a number cell ``8`` is ``08``."""
        match = _ONE_DIGIT_HDG.fullmatch(text)
        if match is None:
            return text
        self.recorder.add("hdg_nullutfylt", f"{raw.file}, rad {number}: «{text}»")
        return f"{match.group(1)}0{match.group(2)}"

    def _code(self, text: str, raw: RawTable, number: int) -> str:
        """A code stands without the dot."""
        if "." in text:
            self.recorder.add("kode_med_punktum", f"{raw.file}, rad {number}: «{text}»")
            return text.replace(".", "")
        return text

    def add_text(self, kind: str, code: str, text: str, texts: Texts, place: str) -> None:
        """Keep the first text of a code; another one is counted."""
        if not code or not text:
            return
        known = texts.setdefault(kind, {}).setdefault(code, text)
        if known != text and texts is self.texts:
            self.recorder.add("tekst_to_ganger", f"{place}: «{code}»")

    def logic(self, raw: RawTable) -> tuple[LogicRow, ...]:
        """The decision list, in file order."""
        result: list[LogicRow] = []
        for number, values in self._rows(raw, "logic"):
            if (raw.file, number) in self._spoiled:
                continue  # one cause, one problem
            complete = True
            for name in ("ord", "drg"):
                if not values[name]:
                    self.recorder.problem(MissingValue(file=raw.file, row=number, column=name))
                    complete = False
            values["mdc"] = self._hdg(values["mdc"], raw, number)
            cells: dict[str, Cell | None] = {}
            for name in _CONDITIONS + tuple(key for key in values if key.startswith("dgprop")):
                cell = parse_cell(name, values[name])
                if isinstance(cell, CellFault):
                    fault = UnknownOperator if cell.kind == "operator" else UnknownCellValue
                    self.recorder.problem(
                        fault(
                            file=raw.file,
                            row=number,
                            column=name,
                            rule=values["ord"],
                            text=values[name],
                            legal=cell.legal,
                        )
                    )
                    complete = False
                else:
                    cells[name] = cell
            if not complete:
                continue
            dgprops = tuple(cell for name, cell in cells.items() if name.startswith("dgprop") and cell is not None)
            result.append(
                LogicRow(
                    ord=values["ord"],
                    drg=values["drg"],
                    rtc=values["rtc"],
                    icd=cells["icd"],
                    mdc=cells["mdc"],
                    dgcat1=cells["dgcat1"],
                    pdgprop=cells["pdgprop"],
                    or_=cells["or"],
                    procpro1=cells["procpro1"],
                    secproc1=cells["secproc1"],
                    dgprops=dgprops,
                    compl=cells["compl"],
                    agelim=cells["agelim"],
                    sex=cells["sex"],
                    disch=cells["disch"],
                    dur=cells["dur"],
                    loc_drg=values.get("loc_drg", ""),
                    id=values.get("id", ""),
                    file=raw.file,
                    row=number,
                )
            )
            self.add_text("drg", values["drg"], values.get("text", ""), self.fallback, "")
        if not result and not self.recorder.failed:
            self.recorder.problem(EmptyTable(file=raw.file))
        return tuple(result)

    def _feature(self, values: dict[str, str], raw: RawTable, number: int) -> None:
        vartype = values["vartype"].upper()
        vartype = _VARTYPES.get(vartype, vartype)
        if vartype != values["vartype"]:
            self.recorder.add("vartype_skrivemåte", f"{raw.file}, rad {number}: «{values['vartype']}»")
            values["vartype"] = vartype
        values["code"] = self._code(values["code"], raw, number)
        if vartype == "MDC":
            values["varval"] = self._hdg(values["varval"], raw, number)
        kind = _KIND_OF_VARTYPE.get(vartype)
        if kind is not None:
            self.add_text(kind, values["varval"], values.get("varval_text", ""), self.fallback, "")

    def dg_feat(self, raw: RawTable) -> tuple[DiagnosisFeature, ...]:
        """Properties of diagnoses."""
        result: list[DiagnosisFeature] = []
        file = raw.file
        for number, values in self._rows(raw, "dg_feat"):
            self._feature(values, raw, number)
            code, d_code = values["code"], self._code(values["d_code"], raw, number)
            result.append(DiagnosisFeature(code, d_code, values["vartype"], values["varval"], file, number))
            self.add_text("dg", code, values.get("text", ""), self.fallback, "")
            self.add_text("dg", d_code, values.get("d_text", ""), self.fallback, "")
        return tuple(result)

    def proc_feat(self, raw: RawTable) -> tuple[ProcedureFeature, ...]:
        """Properties of procedures."""
        result: list[ProcedureFeature] = []
        file = raw.file
        for number, values in self._rows(raw, "proc_feat"):
            self._feature(values, raw, number)
            result.append(ProcedureFeature(values["code"], values["vartype"], values["varval"], file, number))
            self.add_text("proc", values["code"], values.get("text", ""), self.fallback, "")
        return tuple(result)

    def compl_cat(self, raw: RawTable) -> tuple[Category, ...]:
        """Complication categories."""
        result: list[Category] = []
        for number, values in self._rows(raw, "compl_cat"):
            result.append(Category(values["compl"], values["inclprop"], raw.file, number))
            self.add_text("compl", values["compl"], values.get("text", ""), self.texts, raw.file)
        return tuple(result)

    def compl_excl(self, raw: RawTable) -> tuple[Exclusion, ...]:
        """Exclusions of complication categories."""
        result: list[Exclusion] = []
        for number, values in self._rows(raw, "compl_excl"):
            code, d_code = self._code(values["code"], raw, number), self._code(values["d_code"], raw, number)
            result.append(Exclusion(values["compl"], code, d_code, raw.file, number))
        return tuple(result)

    def names(self, raw: RawTable) -> tuple[GroupName, ...]:
        """Groups with HDG."""
        result: list[GroupName] = []
        for number, values in self._rows(raw, "names"):
            mdc = self._hdg(values["mdc"], raw, number)
            result.append(GroupName(values["drg"], mdc, values.get("loc_drg", ""), raw.file, number))
            self.add_text("drg", values["drg"], values.get("text", ""), self.texts, raw.file)
        return tuple(result)

    def text_table(self, raw: RawTable) -> None:
        """A list of texts; one without known headings is left out and counted."""
        kind, codes, texts = columns.TEXT_TABLES[raw.name]
        code = next((name for name in codes if name in raw.headings), None)
        text = next((name for name in texts if name in raw.headings), None)
        if code is None or text is None:
            self.recorder.add("ukjent_fil", raw.file)
            return
        at_code, at_text = raw.headings.index(code), raw.headings.index(text)
        cleaner = Cleaner(self.recorder)
        for number, cells in raw.rows:
            pair: list[str] = []
            for at in (at_code, at_text):
                value = cells[at] if at < len(cells) else None
                if isinstance(value, float) and math.isfinite(value) and value == int(value):
                    value = int(value)
                pair.append(cleaner.clean(value if isinstance(value, str) else _plain(value), raw.file, number))
            if kind == "mdc":
                pair[0] = self._hdg(pair[0], raw, number)
            self.add_text(kind, pair[0], pair[1], self.texts, f"{raw.file}, rad {number}")

    def all_texts(self) -> Texts:
        """The lists of texts, and texts beside the codes for those that the lists leave out."""
        result: Texts = {kind: dict(texts) for kind, texts in self.texts.items()}
        for kind, texts in self.fallback.items():
            target = result.setdefault(kind, {})
            for code, text in texts.items():
                target.setdefault(code, text)
        return {kind: texts for kind, texts in result.items() if texts}


_CONDITIONS = (
    "icd", "mdc", "dgcat1", "pdgprop", "or", "procpro1", "secproc1", "compl", "agelim", "sex", "disch", "dur"
)  # fmt: skip


def _plain(value: object) -> str:
    return "" if value is None else str(value)
