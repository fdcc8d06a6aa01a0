"""What the benchmark is measured on is a regelverk without errors, and both engines give the same on it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import isfdsl
from benchmarks import engines_data, engines_report
from isfdsl.interp import tables
from isfdsl.records.arrow import arrow_table
from tests.cli.conftest import ROOT

EPISODES = 1_500


@pytest.mark.parametrize("patients", [True, False])
def test_both_engines(tmp_path: Path, patients: bool) -> None:
    (tmp_path / "r.isf").write_text(engines_data.regelverk_text(150, patients), encoding="utf-8")
    engines_data.write_episodes(tmp_path, EPISODES)
    regelverk = isfdsl.load(tmp_path)
    frames = regelverk.run(tmp_path)
    result = regelverk.evaluate(regelverk.read(tmp_path))
    for name, own in tables.tables(result, regelverk.ruleset).items():
        assert in_any_order(arrow_table(own, name)) == in_any_order(frames[name]), name
    assert frames["opphold"].num_rows and bool(frames["forlop"].num_rows) == patients
    assert len(set(frames["opphold"]["drg"].to_pylist())) > 10


def in_any_order(table: pa.Table) -> list[str]:
    return sorted(map(repr, table.to_pylist()))


def test_the_same_sizes_give_the_same() -> None:
    one, other = (list(engines_data.batches(1_000)) for _ in range(2))
    assert [t.equals(o) for t, o in zip(one, other, strict=True)] == [True]
    assert engines_data.regelverk_text(300) == engines_data.regelverk_text(300)


def test_a_year_has_each_record_so_many_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISFDSL_BENCHMARKS", str(tmp_path))
    rules = str(ROOT / "rules" / "2020")
    made = engines_data.year(rules, 40, 3)
    assert made == engines_data.year(rules, 40, 3)
    regelverk = isfdsl.load(rules)
    read = regelverk.read(made)
    assert len(read.records["episode"]) == 120 and not read.rejects
    assert len({r.values["pasient_id"] for r in read.records["episode"]}) % 3 == 0


def test_the_report_takes_what_was_not_measured(tmp_path: Path) -> None:
    failed: dict[str, Any] = {"feil": "gikk ikke"}
    cores = {
        name: failed
        for name in ("grense", "grense_alle_kolonner", "regel_poeng", "regel_poeng_skrevet", "hele", "ukjent")
    }
    found = {
        "maskin": {"kjerner": 2, "python": "3.11"},
        "mengde": {"episoder": 1_000, "regler": 100, "kjerner": 2, "ganger": 2, "hurtig": True},
        "kjerner_1": cores,
        "kjerner_2": cores,
        "i_minnet": failed,
        "referansen": failed,
        "start": failed,
        "start_2020": failed,
        "isf_2020": [{"kjerner": 1, **failed}],
        "kjernen": [failed],
        "vekst": [failed],
        "andre": [{"peer": "drg", "version": None, "rules": None, "records_per_second": None, "error": "finnes ikke"}],
    }
    files = engines_report.files(found)
    assert "gikk ikke" in files["ytelse.md"] and "finnes ikke" in files["ytelse.md"]
    for name in ("grense.svg", "vekst.svg"):
        ET.fromstring(files[name])
    readme = tmp_path / "README.md"
    readme.write_text("før\n<!-- ytelse -->\ngammelt\n<!-- /ytelse -->\netter\n", encoding="utf-8")
    for _ in range(2):
        engines_report.into_readme(readme, found)
        text = readme.read_text(encoding="utf-8")
        assert text.startswith("før\n<!-- ytelse -->\n1 000 genererte") and text.endswith("<!-- /ytelse -->\netter\n")
        assert engines_report.table(found) in text and "gammelt" not in text
    readme.write_text("uten plass\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no place"):
        engines_report.into_readme(readme, found)
