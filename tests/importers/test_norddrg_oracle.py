"""The oracle grouper answers every labelled case of the sample set."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from isfdsl.importers.norddrg import Cell, LogicRow, Tables, read_tables
from isfdsl.importers.norddrg.tables import Category, DiagnosisFeature, Exclusion, ProcedureFeature
from tests.oracle.norddrg_oracle import Answer, Case, Oracle, parse_case_row, parse_case_string

MINI = Path(__file__).resolve().parents[1] / "data" / "norddrg-mini"


def _rows(name: str, delimiter: str) -> list[dict[str, str]]:
    with (MINI / name).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    tables = read_tables(MINI / "csv").tables
    assert tables is not None
    return Oracle(tables)


def test_all_cases(oracle: Oracle) -> None:
    rows = _rows("cases.csv", ",")
    assert len(rows) == 400
    wrong = [
        row["case_id"]
        for row in rows
        if oracle.group(parse_case_row(row)) != Answer(row["drg"], row["rule"], row["rtc"])
    ]
    assert wrong == []


def test_all_case_strings(oracle: Oracle) -> None:
    rows = _rows("case_strings.csv", ";")
    assert len(rows) == 40
    wrong = [
        row["case_id"]
        for row in rows
        if oracle.group(parse_case_string(row["case_string"])) != Answer(row["drg"], row["rule"], row["rtc"])
    ]
    assert wrong == []


def _tables(
    logic: list[LogicRow],
    dg: list[tuple[str, str, str, str]] = [],  # noqa: B006
    proc: list[tuple[str, str, str]] = [],  # noqa: B006
    cat: list[tuple[str, str]] = [],  # noqa: B006
    excl: list[tuple[str, str, str]] = [],  # noqa: B006
) -> Oracle:
    return Oracle(
        Tables(
            logic=tuple(logic),
            dg_feat=tuple(DiagnosisFeature(*row) for row in dg),
            proc_feat=tuple(ProcedureFeature(*row) for row in proc),
            compl_cat=tuple(Category(*row) for row in cat),
            compl_excl=tuple(Exclusion(*row) for row in excl),
            names=(),
        )
    )


def _case(dx: str = "A", procs: str = "", sex: str = "1", discharge: str = "H") -> Case:
    pairs = []
    for text in dx.split():
        c1, _, c2 = text.partition("+")
        pairs.append(("", "") if text == "_" else (c1, c2))
    return Case(sex=sex, age=1, discharge=discharge, stay=1, diagnoses=tuple(pairs), procedures=tuple(procs.split()))


REST = LogicRow(ord="9", drg="R", rtc="8")


def test_reading_1_return_code_1_is_9_when_a_code_stands_there() -> None:
    oracle = _tables([LogicRow(ord="1", drg="470", rtc="1", icd=Cell("-", ""))])
    assert oracle.group(_case("_")) == Answer("470", "1", "1")
    assert oracle.group(_case("_ A")) == Answer("470", "1", "1")
    assert oracle.group(_case("XXX")) == Answer("470", "1", "9")


def test_reading_2_dgprop_98_is_recoded_and_inclprop_compared_with_that() -> None:
    row = LogicRow(ord="1", drg="1", rtc="0", compl=Cell("", "1"))
    dg = [("B", "", "COMPL", "05I01"), ("C", "", "DGPROP", "98X01")]
    recoded = _tables([row, REST], dg, cat=[("05I01", "12X01")])
    raw = _tables([row, REST], dg, cat=[("05I01", "98X01")])
    assert recoded.group(_case("A B C")).drg == "1"
    assert recoded.group(_case("A B C", sex="2")).drg == "R"
    assert raw.group(_case("A B C")).drg == "R"
    assert raw.group(_case("A B C", sex="9")).drg == "1"


def test_reading_3_second_procedure_is_another_one() -> None:
    row = LogicRow(ord="1", drg="1", rtc="0", procpro1=Cell("", "01S1"), secproc1=Cell("", "01S2"))
    oracle = _tables([row, REST], proc=[("P", "PROCPR", "01S1"), ("P", "PROCPR", "01S2")])
    assert oracle.group(_case(procs="P")).drg == "R"
    assert oracle.group(_case(procs="P P")).drg == "1"


def test_reading_4_activated_category_obeys_the_list_of_its_active_form() -> None:
    row = LogicRow(ord="1", drg="1", rtc="0", compl=Cell("", "1"))
    dg = [("B", "", "COMPL", "05I01"), ("C", "", "DGPROP", "05X01")]
    cat = [("05I01", "05X01")]
    assert _tables([row, REST], dg, cat=cat).group(_case("A B C")).drg == "1"
    for category in ("05I01", "05C01"):
        assert _tables([row, REST], dg, cat=cat, excl=[(category, "A", "")]).group(_case("A B C")).drg == "R"


def test_no_match_is_three_times_nothing() -> None:
    oracle = _tables([LogicRow(ord="1", drg="1", rtc="0", icd=Cell("+", ""))])
    assert oracle.group(_case("A")) == Answer(None, None, None)


def test_same_code_and_value_under_other_kinds_do_not_mix() -> None:
    rows = [
        LogicRow(ord="1", drg="PROC", rtc="0", procpro1=Cell("", "V")),
        LogicRow(ord="2", drg="PDG", rtc="0", pdgprop=Cell("", "V")),
        LogicRow(ord="3", drg="DG", rtc="0", dgprops=(Cell("", "V"),)),
        REST,
    ]
    dg = [("A", "", "DGPROP", "V"), ("B", "", "PDGPRO", "V"), ("C", "", "PROCPR", "V")]
    oracle = _tables(rows, dg, [("A", "PROCPR", "V")])
    assert oracle.group(_case("A")).drg == "DG"
    assert oracle.group(_case("B")).drg == "PDG"
    assert oracle.group(_case("X B")).drg == "R"
    assert oracle.group(_case("X C")).drg == "PROC"
    assert oracle.group(_case("X", "A")).drg == "PROC"


@pytest.mark.parametrize(
    ("cell", "letters", "answer"),
    [
        (Cell("", "N"), ("", "H", "R", "N", "X"), "1"),
        (Cell("", "N"), ("E",), "R"),
        (Cell("", "R"), ("R",), "1"),
        (Cell("", "R"), ("", "H", "X"), "R"),
        (Cell("", "X"), ("X",), "R"),
        (Cell("-", "E"), ("", "H", "X"), "1"),
        (Cell("-", "E"), ("E",), "R"),
    ],
)
def test_discharge(cell: Cell, letters: tuple[str, ...], answer: str) -> None:
    oracle = _tables([LogicRow(ord="1", drg="1", rtc="0", disch=cell), REST])
    for letter in letters:
        assert oracle.group(_case(discharge=letter)).drg == answer
