"""The generator of invented sets: one set in all forms, every operator, cases that reach many rows."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from benchmarks.generate_norddrg import main
from isfdsl.importers.norddrg import read_tables
from isfdsl.records.drg_string import DrgReject, read_file


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("norddrg")
    main(["--out", str(folder), "--rows", "400", "--scale", "0.03", "--xlsx", "--cases", "200", "--seed", "7"])
    return folder


def test_forms_are_one_set(made: Path) -> None:
    sets = [read_tables(made / name) for name in ("csv", "norddrg.json", "norddrg.xlsx")]
    assert sets[0].tables is not None
    assert sets[0].tables == sets[1].tables == sets[2].tables
    assert len(sets[0].tables.logic) == 400


def test_every_operator_is_used(made: Path) -> None:
    tables = read_tables(made / "csv").tables
    assert tables is not None
    used = {(name, cell.op, cell.bare) for row in tables.logic for name, cell in row.conditions()}
    for name in ("mdc", "dgcat1", "pdgprop", "procpro1", "dgprop", "secproc1", "or", "disch"):
        assert {(name, "", False), (name, "-", False)} <= used, name
    assert {("icd", "+", True), ("icd", "-", True), ("sex", "-", True), ("secproc1", "-", True)} <= used
    assert {("or", "+", True), ("or", "-", True)} <= used
    assert {("compl", op, False) for op in ("", "<", ">", "-")} <= used
    assert {(name, op, False) for name in ("agelim", "dur") for op in "<>"} <= used


def test_cases(made: Path) -> None:
    cases = list(read_file(made / "cases.drg"))
    with (made / "cases_answers.csv").open(encoding="utf-8") as stream:
        answers = list(csv.DictReader(stream))
    assert len(cases) == len(answers) == 200
    assert not any(isinstance(case, DrgReject) for case in cases)
    assert len({row["rule"] for row in answers}) > 80
