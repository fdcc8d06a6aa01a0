"""What a table set holds that changes no answer but that a person should know: counted, never changed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import combinations

from isfdsl.diagnostics.import_content import (
    ActivationCircle,
    AmbiguousCategory,
    CodesDifferByCase,
    GroupWithoutName,
    PropertyWithoutName,
)
from isfdsl.diagnostics.import_tables import NoFinalRow
from isfdsl.importers.norddrg.tables import Category, Cell, DiagnosisFeature, LogicRow, ProcedureFeature, Tables
from isfdsl.importers.report import Recorder

_FORMS = {
    "MDC": r"[0-9]{2}",
    "DGCAT": r"[0-9]{2}M\w+",
    "PDGPRO": r"[0-9]{2}P\w+",
    "DGPROP": r"[0-9]{2}X\w+",
    "COMPL": r"[0-9]{2}[CGIJ]\w+",
    "PROCPR": r"[0-9]{2}[DEOSTV]\w+",
    "OR": r"[12]",
    "CC": r"[0-9]",
}
_OF_DIAGNOSES = frozenset({"MDC", "DGCAT", "PDGPRO", "DGPROP", "COMPL", "OR", "PROCPR"})
_OF_PROCEDURES = frozenset({"OR", "PROCPR", "DGPROP", "CC"})
_RETURN_CODES = frozenset("0123456789AB")
_MAX_SUBSETS_OF = 12


def check_tables(tables: Tables, recorder: Recorder) -> None:
    """Count every kind of deviation of a read set."""
    _check_order(tables, recorder)
    _check_shadowed(tables, recorder)
    _check_features(tables, recorder)
    _check_categories(tables, recorder)
    _check_circles(tables, recorder)
    _check_duplicates(tables, recorder)
    _check_properties(tables, recorder)
    _check_groups(tables, recorder)


def _at(row: LogicRow) -> str:
    return f"{row.file}, rad {row.row}: «{row.ord}»"


def _check_order(tables: Tables, recorder: Recorder) -> None:
    seen: dict[str, LogicRow] = {}
    before = ""
    for row in tables.logic:
        if row.ord in seen:
            recorder.add("ord_to_ganger", _at(row))
        seen.setdefault(row.ord, row)
        if row.ord < before:
            recorder.add("rekkefølge", _at(row))
        before = row.ord
        if row.rtc not in _RETURN_CODES:
            recorder.add("ukjent_returkode", f"{_at(row)} «{row.rtc}»")
        if row.or_ is not None and row.or_.op == "-" and row.or_.value:
            recorder.add("umulig_vilkår", f"{_at(row)} or {row.or_}")
        if row.disch is not None and row.disch.op == "" and row.disch.value not in ("E", "R", "H", "N"):
            recorder.add("umulig_vilkår", f"{_at(row)} disch {row.disch}")
    last = tables.logic[-1]
    if any(True for _ in last.conditions()):
        recorder.problem(NoFinalRow(file=last.file, row=last.row, rule=last.ord))


def _parts(row: LogicRow) -> frozenset[tuple[str, str]]:
    """The conditions as a set; a bare secproc1 says something else beside another procpro1, so it names that one."""
    parts = set()
    for name, cell in row.conditions():
        text = str(cell)
        if name == "secproc1" and cell.bare and row.procpro1 is not None and row.procpro1.positive:
            text += f" {row.procpro1}"
        parts.add((name, text))
    return frozenset(parts)


def _check_shadowed(tables: Tables, recorder: Recorder) -> None:
    """A row is shadowed by an earlier one whose conditions are among its own."""
    first: dict[frozenset[tuple[str, str]], LogicRow] = {}
    for row in tables.logic:
        parts = _parts(row)
        if len(parts) <= _MAX_SUBSETS_OF:
            subsets = (frozenset(some) for size in range(len(parts) + 1) for some in combinations(parts, size))
            earlier = next((first[some] for some in subsets if some in first), None)
        else:
            earlier = next((other for some, other in first.items() if some <= parts), None)
        if earlier is not None:
            recorder.add("skygget_rad", f"{_at(row)} av «{earlier.ord}»")
        first.setdefault(parts, row)


def _check_features(tables: Tables, recorder: Recorder) -> None:
    forms = {vartype: re.compile(form) for vartype, form in _FORMS.items()}
    fits: dict[tuple[str, str], bool] = {}
    rows: list[tuple[Iterable[DiagnosisFeature | ProcedureFeature], frozenset[str]]] = [
        (tables.dg_feat, _OF_DIAGNOSES),
        (tables.proc_feat, _OF_PROCEDURES),
    ]
    for features, vartypes in rows:
        spelled: dict[str, str] = {}
        for row in features:
            if not row.code:
                recorder.add("halvt_par", f"{row.file}, rad {row.row}")
            if row.vartype not in vartypes:
                recorder.add("ukjent_vartype", f"{row.file}, rad {row.row}: «{row.vartype}»")
                continue
            key = (row.vartype, row.varval)
            if key not in fits:
                fits[key] = forms[row.vartype].fullmatch(row.varval) is not None
            if not fits[key]:
                recorder.add("verdi_passer_ikke", f"{row.file}, rad {row.row}: {row.vartype} «{row.varval}»")
            first = spelled.setdefault(row.code.upper(), row.code)
            if first != row.code:
                spelled[row.code.upper()] = row.code
                recorder.problem(CodesDifferByCase(file=row.file, row=row.row, first=first, other=row.code))
    _check_dgcat(tables, recorder)


def _check_dgcat(tables: Tables, recorder: Recorder) -> None:
    dgcat: dict[tuple[str, str], str] = {}
    for row in tables.dg_feat:
        if row.vartype == "DGCAT" and row.code:
            first = dgcat.setdefault((row.code, row.d_code), row.varval)
            if first != row.varval:
                subject = f"{row.d_code}+{row.code}" if row.d_code else row.code
                recorder.problem(
                    AmbiguousCategory(file=row.file, row=row.row, subject=subject, first=first, other=row.varval)
                )
    for row in tables.dg_feat:
        if row.vartype == "MDC" and dgcat.get((row.code, row.d_code), row.varval)[:2] != row.varval:
            recorder.add("hdg_avviker", f"{row.file}, rad {row.row}: «{row.code}» {row.varval}")


def _check_categories(tables: Tables, recorder: Recorder) -> None:
    listed: set[str] = set()
    activated: set[str] = set()
    carried = _carried(tables)
    for row in tables.compl_cat:
        place = f"{row.file}, rad {row.row}: «{row.compl}»"
        if not row.compl or (re.search(r"\s", row.compl) and not row.inclprop):
            recorder.add("rusk_i_kategorier", place)
            continue
        listed.add(row.compl)
        if row.inclprop:
            activated.add(row.compl)
            if row.inclprop not in carried["DGPROP"]:
                recorder.add("inclprop_uten_kode", f"{place} {row.inclprop}")
            if row.compl[2:3] not in ("I", "J"):
                recorder.add("inclprop_på_aktiv", f"{place} {row.inclprop}")
    excluded = {row.compl for row in tables.compl_excl}
    for name in sorted(listed):
        active = name[:2] + {"I": "C", "J": "G"}.get(name[2:3], name[2:3]) + name[3:]
        if name[2:3] in ("I", "J") and name not in activated:
            recorder.add("inaktiv_uten_inclprop", f"«{name}»")
        if name not in excluded and active not in excluded:
            recorder.add("kategori_uten_utelukkelser", f"«{name}»")
    used = {row.varval for row in tables.dg_feat if row.vartype == "COMPL"}
    for name in sorted(used - listed):
        recorder.add("kategori_uten_rad", f"«{name}»")
    for name in sorted(excluded - listed - used):
        recorder.add("utelukkelse_uten_kategori", f"«{name}»")


def _check_duplicates(tables: Tables, recorder: Recorder) -> None:
    for rows in (tables.dg_feat, tables.proc_feat, tables.compl_cat, tables.compl_excl, tables.names):
        seen: set[object] = set()
        for row in rows:
            if row in seen:
                recorder.add("lik_rad", f"{row.file}, rad {row.row}")
            seen.add(row)


def _carried(tables: Tables) -> dict[str, set[str]]:
    """Vartype → the values that some code has, the ones that ``98`` becomes for men and women included."""
    carried: dict[str, set[str]] = {name: set() for name in ("DGCAT", "MDC", "PDGPRO", "DGPROP", "PROCPR")}
    for row in tables.dg_feat:
        if row.code and row.vartype in carried and row.vartype != "MDC":
            carried[row.vartype].add(row.varval)
    for feature in tables.proc_feat:
        if feature.vartype in ("DGPROP", "PROCPR"):
            carried[feature.vartype].add(feature.varval)
    for name in ("DGCAT", "PDGPRO", "DGPROP"):
        recoded = {sex + value[2:] for value in carried[name] if value.startswith("98") for sex in ("12", "13")}
        carried[name] |= recoded
    carried["MDC"] = {value[:2] for value in carried["DGCAT"]}
    return carried


_VARTYPE_OF = {
    "mdc": ("MDC", "mdc"),
    "dgcat1": ("DGCAT", "dgcat"),
    "pdgprop": ("PDGPRO", "pdgprop"),
    "dgprop": ("DGPROP", "dgprop"),
    "procpro1": ("PROCPR", "procprop"),
    "secproc1": ("PROCPR", "procprop"),
}


def _check_properties(tables: Tables, recorder: Recorder) -> None:
    carried = _carried(tables)
    used: dict[str, set[str]] = {name: set() for name in carried}
    used["DGPROP"] |= {row.inclprop for row in tables.compl_cat}
    for row in tables.logic:
        for name, cell in row.conditions():
            if name in _VARTYPE_OF and cell.value:
                vartype = _VARTYPE_OF[name][0]
                used[vartype].add(cell.value)
                if cell.value not in carried[vartype]:
                    recorder.add("egenskap_uten_kode", f"{_at(row)} {name} {_shown(cell)}")
    for vartype in ("PDGPRO", "DGPROP", "PROCPR"):
        for value in sorted(carried[vartype] - used[vartype]):
            if not (value.startswith(("12", "13")) and "98" + value[2:] in carried[vartype]):
                recorder.add("egenskap_uten_bruk", f"{vartype} {value}")
    nameless: list[tuple[str, str]] = []
    for vartype, kind in dict(_VARTYPE_OF.values()).items():
        names = tables.texts.get(kind)
        if names:
            nameless += [(vartype, value) for value in sorted(v for v in used[vartype] if v and v not in names)]
    for vartype, value in nameless:
        recorder.add("egenskap_uten_navn", f"{vartype} {value}")
    if nameless:
        file, number = _first_use(tables, *nameless[0])
        recorder.problem(PropertyWithoutName(file=file, row=number, value=nameless[0][1], count=len(nameless)))


def _first_use(tables: Tables, vartype: str, value: str) -> tuple[str, int | None]:
    """Where a property is asked for first."""
    for row in tables.logic:
        for name, cell in row.conditions():
            if name in _VARTYPE_OF and _VARTYPE_OF[name][0] == vartype and cell.value == value:
                return row.file, row.row
    for category in tables.compl_cat:
        if category.inclprop == value:
            return category.file, category.row
    return "logic", None


def _check_circles(tables: Tables, recorder: Recorder) -> None:
    """Categories that would activate each other, were a category a property."""
    asked: dict[str, list[Category]] = {}
    for row in tables.compl_cat:
        if row.compl and row.inclprop:
            asked.setdefault(row.compl, []).append(row)
    done: set[str] = set()
    for start in sorted(asked):
        path: list[str] = []
        name: str | None = start
        while name in asked and name not in done and name not in path:
            path.append(name)
            name = next((row.inclprop for row in asked[name] if row.inclprop in asked), None)
        if name in path:
            circle = tuple(path[path.index(name) :])
            row = next(row for row in asked[circle[-1]] if row.inclprop == circle[0])
            recorder.problem(ActivationCircle(file=row.file, row=row.row, circle=circle))
        done |= set(path)


def _shown(cell: Cell) -> str:
    return f"«{cell}»"


def _check_groups(tables: Tables, recorder: Recorder) -> None:
    if not tables.names:
        return
    named = {row.drg for row in tables.names}
    used = dict.fromkeys(row.drg for row in tables.logic)
    unknown: list[str] = []
    for drg in used:
        if drg not in named:
            recorder.add("gruppe_uten_navnerad", f"«{drg}»")
            unknown.append(drg)
    if unknown and tables.names:
        row = next(row for row in tables.logic if row.drg == unknown[0])
        recorder.problem(GroupWithoutName(file=row.file, row=row.row, group=unknown[0], count=len(unknown)))
    for drg in dict.fromkeys(row.drg for row in tables.names):
        if drg not in used:
            recorder.add("gruppe_uten_logikk", f"«{drg}»")
