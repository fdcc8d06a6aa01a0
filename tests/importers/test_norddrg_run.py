"""Import, load, group: the text alone gives what the oracle gives from the tables."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.generate_norddrg import main
from benchmarks.norddrg_cases import CaseMaker
from isfdsl.importers.norddrg import Cell, LogicRow, Tables, read_tables
from isfdsl.importers.norddrg.cells import FORMS, parse_cell
from isfdsl.importers.norddrg.emit import import_norddrg
from isfdsl.importers.norddrg.tables import Category, DiagnosisFeature, Exclusion, ProcedureFeature
from tests.importers.norddrg_support import MINI, Grouper, grouper_at, grouper_of, loaded_of, type_problems
from tests.oracle.norddrg_oracle import Answer, Case, Oracle, parse_case_row, parse_case_string


def _rows(path: Path, delimiter: str) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))


@pytest.fixture(scope="module", params=["csv", "norddrg-mini.json", "norddrg-mini.xlsx"])
def mini(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Grouper:
    folder = tmp_path_factory.mktemp("mini") / "ut"
    assert import_norddrg(MINI / request.param, folder).ok
    return grouper_at(folder)


def test_all_sample_cases(mini: Grouper) -> None:
    rows = _rows(MINI / "cases.csv", ",")
    assert len(rows) == 400
    answers = {row["case_id"]: mini.group(parse_case_row(row)) for row in rows}
    assert answers == {row["case_id"]: Answer(row["drg"], row["rule"], row["rtc"]) for row in rows}


def test_all_sample_strings(mini: Grouper) -> None:
    rows = _rows(MINI / "case_strings.csv", ";")
    assert len(rows) == 40
    answers = {row["case_id"]: mini.group(parse_case_string(row["case_string"])) for row in rows}
    assert answers == {row["case_id"]: Answer(row["drg"], row["rule"], row["rtc"]) for row in rows}


def test_from_the_command_line(tmp_path: Path) -> None:
    """``isf import norddrg`` and ``isf run`` on a ``*.drg`` file: one row for each case, with group, rule and code."""
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = _rows(MINI / "case_strings.csv", ";")
    strings = "".join(f"{row['case_id']};{row['case_string']}\n" for row in rows)
    (tmp_path / "kasus.drg").write_text(strings, encoding="utf-8")
    for arguments in (
        ["import", "norddrg", str(MINI / "norddrg-mini.json"), "--out", "regler"],
        ["fmt", "--check", "regler"],
        ["run", "regler", "kasus.drg", "--out", "ut"],
    ):
        command = [sys.executable, "-c", "import sys; from isfdsl.cli.main import main; sys.exit(main())", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=_environment())
        assert done.returncode == 0, done.stdout + done.stderr
    table = parquet.read_table(tmp_path / "ut" / "opphold.parquet").to_pylist()
    assert {row["opphold_id"]: (row["drg"], row["regel"], row["returkode"]) for row in table} == {
        row["case_id"]: (row["drg"], row["rule"], row["rtc"]) for row in rows
    }


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    return dict(os.environ, PYTHONPATH=os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_generated_set(seed: int, tmp_path: Path) -> None:
    main(["--out", str(tmp_path), "--rows", "500", "--scale", "0.04", "--seed", str(seed)])
    tables = read_tables(tmp_path / "csv").tables
    assert tables is not None
    assert import_norddrg(tmp_path / "csv", tmp_path / "ut").ok
    grouper, oracle, maker = grouper_at(tmp_path / "ut"), Oracle(tables), CaseMaker(tables, seed)
    reached = set()
    for _ in range(1_200):
        case = parse_case_string(maker.case())
        expected = oracle.group(case)
        assert grouper.group(case) == expected, case
        assert grouper.level(case) == oracle.features(case).level, case
        reached.add(expected.rule)
    assert len(reached) > 200


# ------------------------------------------------------------------------------------- small tables, drawn at random

DIAGNOSES = ("A1", "B2", "C3", "D4")
PROCEDURES = ("P1", "Q2", "R3", "A1")  # A1 is in both systems
CATS = ("05M1", "98M1", "12M1", "13M1", "06M1", "05S1")
PDGS = ("05P1", "98P1", "12P1", "05X1")
PROPS = ("05X1", "06X1", "98X1", "12X1", "13X1", "05S1")
PROCS = ("05S1", "05S2", "90O1", "05X1")
COMPLS = ("05C1", "05G1", "05I1", "05J1", "05K1", "98C1")
LETTERS = ("E", "R", "H", "N", "X")

_diagnosis_values = st.one_of(
    st.tuples(st.just("DGCAT"), st.sampled_from(CATS)),
    st.tuples(st.just("PDGPRO"), st.sampled_from(PDGS)),
    st.tuples(st.just("DGPROP"), st.sampled_from(PROPS)),
    st.tuples(st.just("PROCPR"), st.sampled_from(PROCS)),
    st.tuples(st.just("COMPL"), st.sampled_from(COMPLS)),
    st.tuples(st.sampled_from(["OR", "CC"]), st.sampled_from("123")),
    st.tuples(st.just("MDC"), st.sampled_from(["05", "06"])),
)
_procedure_values = st.one_of(
    st.tuples(st.just("PROCPR"), st.sampled_from(PROCS)),
    st.tuples(st.just("DGPROP"), st.sampled_from(PROPS)),
    st.tuples(st.sampled_from(["OR", "CC"]), st.sampled_from("123")),
    st.tuples(st.just("COMPL"), st.sampled_from(COMPLS)),
)
_asterisk = st.sampled_from(("", "", "", *DIAGNOSES))
_dg_feat = st.builds(
    lambda code, d_code, value: DiagnosisFeature(code, d_code, *value),
    st.sampled_from(DIAGNOSES),
    _asterisk,
    _diagnosis_values,
)
_proc_feat = st.builds(
    lambda code, value: ProcedureFeature(code, *value), st.sampled_from(PROCEDURES), _procedure_values
)


def _cells(column: str, operators: str, values: tuple[str, ...], bare: str = "") -> st.SearchStrategy[Cell | None]:
    texts = [op.strip() + value for op in operators.split(",") for value in values] + list(bare)
    cells = [cell for text in texts if isinstance(cell := parse_cell(column, text), Cell)]
    assert len(cells) == len(texts), column
    return st.sampled_from([None, *cells])


_some = {
    "icd": _cells("icd", "", (), "+-"),
    "mdc": _cells("mdc", ",-", ("05", "12", "13", "98")),
    "dgcat1": _cells("dgcat1", ",-", CATS),
    "pdgprop": _cells("pdgprop", ",-", PDGS),
    "or_": _cells("or", ",-", ("S", "P", "N", "Z"), "+-"),
    "procpro1": _cells("procpro1", ",-", PROCS),
    "secproc1": _cells("secproc1", ",-", PROCS, "-"),
    "compl": _cells("compl", ",<,>,-", ("0", "1", "2")),
    "agelim": _cells("agelim", "<,>", ("1", "2", "3")),
    "dur": _cells("dur", "<,>", ("1", "2")),
    "sex": _cells("sex", "", ("M", "F"), "-"),
    "disch": _cells("disch", ",-", LETTERS),
}
_dgprop = _cells("dgprop1", ",-", PROPS)
assert {name.rstrip("_") for name in _some} | {"dgprop"} == set(FORMS)


@st.composite
def _logic(draw: st.DrawFn) -> tuple[LogicRow, ...]:
    rows = []
    for number in range(draw(st.integers(1, 6))):
        columns = draw(st.lists(st.sampled_from(sorted(_some)), max_size=4, unique=True))
        cells: dict[str, Any] = {column: draw(_some[column]) for column in columns}
        dgprops = tuple(cell for cell in draw(st.lists(_dgprop, max_size=2)) if cell is not None)
        rtc = draw(st.sampled_from(["0", "1", "A"]))
        row = LogicRow(ord=f"1{number}A", drg=f"{number}Q", rtc=rtc, dgprops=dgprops)
        rows.append(evolve(row, **cells))
    return tuple(rows)


_tables = st.builds(
    lambda logic, dg, proc, cat, excl: Tables(
        logic=logic, dg_feat=tuple(dg), proc_feat=tuple(proc), compl_cat=tuple(cat), compl_excl=tuple(excl), names=()
    ),
    _logic(),
    st.lists(_dg_feat, max_size=14),
    st.lists(_proc_feat, max_size=10),
    st.lists(st.builds(Category, st.sampled_from(COMPLS), st.sampled_from(("", *PROPS))), max_size=5),
    st.lists(st.builds(Exclusion, st.sampled_from(COMPLS), st.sampled_from(DIAGNOSES), _asterisk), max_size=4),
)
_pair = st.builds(lambda c1, c2: (c1, c2), st.sampled_from((*DIAGNOSES, "ZZ")), _asterisk)
_principal = st.one_of(_pair, st.just(("", "")))
_case = st.builds(
    lambda sex, age, letter, stay, principal, others, procedures: Case(
        sex=sex,
        age=age,
        discharge=letter,
        stay=stay,
        diagnoses=(principal, *others),
        procedures=tuple(procedures),
    ),
    st.sampled_from(("1", "2", "", "9")),
    st.integers(0, 4),
    st.sampled_from(("", *LETTERS)),
    st.integers(0, 3),
    _principal,
    st.lists(_pair, max_size=4),
    st.lists(st.sampled_from((*PROCEDURES, "ZZZ")), max_size=4),
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(_tables, st.lists(_case, min_size=12, max_size=24))
def test_any_small_tables(tables: Tables, cases: list[Case]) -> None:
    oracle = Oracle(tables)
    loaded = loaded_of(tables)
    grouper = Grouper(loaded)
    assert type_problems(loaded) == []
    for case in cases:
        assert grouper.group(case) == oracle.group(case), case
        assert grouper.level(case) == oracle.features(case).level, case


# Narrow draws, where a wrong answer is likely to show: two properties on few codes, one category and what blocks it.

_two_sources = st.builds(
    lambda code, value: ProcedureFeature(code, *value),
    st.sampled_from(("P1", "Q2")),
    st.sampled_from((("PROCPR", "05S1"), ("PROCPR", "05S2"), ("OR", "1"), ("OR", "2"))),
)
_two_diagnoses = st.builds(
    lambda d_code, value: DiagnosisFeature("B2", d_code, *value),
    st.sampled_from(("", "A1")),
    st.sampled_from((("PROCPR", "05S1"), ("PROCPR", "05S2"), ("OR", "1"))),
)
_few_case = st.builds(
    lambda others, procedures: Case(
        sex="1", age=1, discharge="H", stay=1, diagnoses=(("ZZ", ""), *others), procedures=tuple(procedures)
    ),
    st.lists(st.sampled_from((("A1", "B2"), ("B2", ""), ("B2", "A1"))), max_size=2),
    st.lists(st.sampled_from(("P1", "Q2")), max_size=3),
)
_first = _cells("procpro1", ",-", ("05S1", "05S2"))
_second = _cells("secproc1", ",-", ("05S1", "05S2"), "-").filter(lambda cell: cell is not None)


@settings(max_examples=80, deadline=None)
@given(
    _first,
    _second,
    st.lists(_two_sources, max_size=5),
    st.lists(_two_diagnoses, max_size=3),
    st.lists(_few_case, min_size=10, max_size=20),
)
def test_second_procedures(
    first: Cell | None,
    second: Cell | None,
    proc: list[ProcedureFeature],
    dg: list[DiagnosisFeature],
    cases: list[Case],
) -> None:
    rows = (
        LogicRow(ord="1", drg="1", rtc="0", procpro1=first, secproc1=second),
        LogicRow(ord="2", drg="2", rtc="0"),
    )
    tables = Tables(logic=rows, dg_feat=tuple(dg), proc_feat=tuple(proc), compl_cat=(), compl_excl=(), names=())
    oracle, grouper = Oracle(tables), grouper_of(tables)
    for case in cases:
        assert grouper.group(case) == oracle.group(case), (first, second, case)


_CATEGORY = {"05C1": "05C1", "05G1": "05G1", "05I1": "05C1", "05J1": "05G1"}


@settings(max_examples=120, deadline=None)
@given(data=st.data(), category=st.sampled_from(sorted(_CATEGORY)))
def test_levels_of_one_category(data: st.DataObject, category: str) -> None:
    """One category on one code, its activation and its lists: each step decides."""
    blocked = st.sampled_from((category, _CATEGORY[category], "05C9"))
    excl = data.draw(st.lists(st.builds(Exclusion, blocked, st.just("A1"), st.sampled_from(("", "D4"))), max_size=1))
    inclprops = data.draw(st.lists(st.sampled_from(("05X1", "98X1", "12X1")), max_size=2, unique=True))
    carried = data.draw(st.lists(st.sampled_from(("05X1", "98X1", "12X1")), max_size=3, unique=True))
    where = data.draw(st.sampled_from(("B2", "C3", "A1", "P1")))
    tables = Tables(
        logic=(LogicRow(ord="1", drg="1", rtc="0"),),
        dg_feat=(
            DiagnosisFeature("B2", data.draw(st.sampled_from(("", "C3"))), "COMPL", category),
            *(DiagnosisFeature(where, "", "DGPROP", value) for value in carried if where != "P1"),
        ),
        proc_feat=tuple(ProcedureFeature("P1", "DGPROP", value) for value in carried if where == "P1"),
        compl_cat=tuple(Category(category, value) for value in inclprops),
        compl_excl=tuple(excl),
        names=(),
    )
    oracle, grouper = Oracle(tables), grouper_of(tables)
    pair = st.sampled_from((("A1", ""), ("B2", ""), ("C3", ""), ("C3", "B2"), ("D4", "A1"), ("A1", "D4"), ("ZZ", "")))
    for _ in range(12):
        case = Case(
            sex=data.draw(st.sampled_from(("1", "2", ""))),
            age=1,
            discharge="H",
            stay=1,
            diagnoses=(data.draw(pair), *data.draw(st.lists(pair, max_size=3))),
            procedures=tuple(data.draw(st.lists(st.just("P1"), max_size=1))),
        )
        assert grouper.level(case) == oracle.features(case).level, case


# ----------------------------------------------------------------------------------- the four readings, by the text


def _answers(source: Tables, *cases: Case) -> list[tuple[str | None, str | None]]:
    grouper = grouper_of(source)
    return [((found := grouper.group(case)).drg, found.rtc) for case in cases]


def _of(
    row: LogicRow,
    dg: tuple[DiagnosisFeature, ...] = (),
    proc: tuple[ProcedureFeature, ...] = (),
    cat: tuple[Category, ...] = (),
    excl: tuple[Exclusion, ...] = (),
) -> Tables:
    rest = LogicRow(ord="9", drg="R", rtc="8")
    return Tables(logic=(row, rest), dg_feat=dg, proc_feat=proc, compl_cat=cat, compl_excl=excl, names=())


def _with(dx: str, procs: str = "", sex: str = "1") -> Case:
    pairs = [("", "") if text == "_" else tuple(f"{text}+".split("+")[:2]) for text in dx.split()]
    return Case(
        sex=sex,
        age=1,
        discharge="H",
        stay=1,
        diagnoses=tuple((p[0], p[1]) for p in pairs),
        procedures=tuple(procs.split()),
    )


def test_reading_return_code() -> None:
    source = _of(LogicRow(ord="1", drg="470", rtc="1", icd=Cell("-", "")))
    assert _answers(source, _with("_"), _with("_ A"), _with("XX")) == [("470", "1"), ("470", "1"), ("470", "9")]


def test_reading_recoded_properties() -> None:
    row = LogicRow(ord="1", drg="1", rtc="0", dgprops=(Cell("", "12X1"),), compl=Cell("", "1"))
    dg = (DiagnosisFeature("B", "", "COMPL", "05I1"), DiagnosisFeature("C", "", "DGPROP", "98X1"))
    cases = (_with("A B C"), _with("A B C", sex="2"), _with("A B C", sex=""))
    assert _answers(_of(row, dg, cat=(Category("05I1", "12X1"),)), *cases) == [("1", "0"), ("R", "8"), ("R", "8")]
    assert _answers(_of(row, dg, cat=(Category("05I1", "98X1"),)), *cases) == [("R", "8")] * 3
    by_pdgprop = LogicRow(ord="1", drg="1", rtc="0", pdgprop=Cell("", "12P1"))
    assert _answers(_of(by_pdgprop, (DiagnosisFeature("A", "", "PDGPRO", "98P1"),)), *cases) == [
        ("1", "0"),
        ("R", "8"),
        ("R", "8"),
    ]


def test_reading_second_procedure() -> None:
    row = LogicRow(ord="1", drg="1", rtc="0", procpro1=Cell("", "05S1"), secproc1=Cell("", "05S2"))
    proc = (ProcedureFeature("P", "PROCPR", "05S1"), ProcedureFeature("P", "PROCPR", "05S2"))
    assert _answers(_of(row, proc=proc), _with("_", "P"), _with("_", "P P")) == [("R", "8"), ("1", "0")]


def test_reading_exclusions_of_an_activated_category() -> None:
    row = LogicRow(ord="1", drg="1", rtc="0", compl=Cell("", "1"))
    dg = (DiagnosisFeature("B", "", "COMPL", "05I1"), DiagnosisFeature("C", "", "DGPROP", "05X1"))
    cat = (Category("05I1", "05X1"),)
    assert _answers(_of(row, dg, cat=cat), _with("A B C")) == [("1", "0")]
    for blocked in ("05I1", "05C1"):
        assert _answers(_of(row, dg, cat=cat, excl=(Exclusion(blocked, "A", ""),)), _with("A B C")) == [("R", "8")]


_ONE_COLUMN = sorted((*_some, "dgprops"))


@pytest.mark.parametrize("column", _ONE_COLUMN)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_each_column_alone(column: str, data: st.DataObject) -> None:
    """One condition, one row behind it: nothing else can hide a wrong answer."""
    cell = data.draw((_dgprop if column == "dgprops" else _some[column]).filter(lambda found: found is not None))
    changes: dict[str, Any] = {column: (cell,) if column == "dgprops" else cell}
    if column == "secproc1":
        changes["procpro1"] = data.draw(_some["procpro1"])
    rows = (evolve(LogicRow(ord="1", drg="1", rtc="0"), **changes), LogicRow(ord="2", drg="2", rtc="0"))
    tables = evolve(data.draw(_tables), logic=rows)
    oracle, grouper = Oracle(tables), grouper_of(tables)
    for case in data.draw(st.lists(_case, min_size=20, max_size=30)):
        assert grouper.group(case) == oracle.group(case), (cell, case)
