"""Import, load, group: the text alone gives what the oracle gives from the tables."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
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
        cells = {column: draw(_some[column]) for column in columns}
        dgprops = tuple(cell for cell in draw(st.lists(_dgprop, max_size=2)) if cell is not None)
        rtc = draw(st.sampled_from(["0", "1", "A"]))
        rows.append(LogicRow(ord=f"1{number}A", drg=f"{number}Q", rtc=rtc, dgprops=dgprops, **cells))
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


_ONE_COLUMN = sorted((*_some, "dgprops"))


@pytest.mark.parametrize("column", _ONE_COLUMN)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_each_column_alone(column: str, data: st.DataObject) -> None:
    """One condition, one row behind it: nothing else can hide a wrong answer."""
    cell = data.draw((_dgprop if column == "dgprops" else _some[column]).filter(lambda found: found is not None))
    assert cell is not None
    given_cell = {column: (cell,) if column == "dgprops" else cell}
    if column == "secproc1":
        given_cell["procpro1"] = data.draw(_some["procpro1"])
    base = data.draw(_tables)
    rows = (LogicRow(ord="1", drg="1", rtc="0", **given_cell), LogicRow(ord="2", drg="2", rtc="0"))
    tables = Tables(
        logic=rows,
        dg_feat=base.dg_feat,
        proc_feat=base.proc_feat,
        compl_cat=base.compl_cat,
        compl_excl=base.compl_excl,
        names=(),
    )
    oracle, grouper = Oracle(tables), grouper_of(tables)
    for case in data.draw(st.lists(_case, min_size=20, max_size=30)):
        assert grouper.group(case) == oracle.group(case), (cell, case)
