"""In folders joined with ``+`` an example is independent of the assumptions of the folders after its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from isfdsl.api import load
from isfdsl.cli.test import command
from isfdsl.traceability.matrix import build
from tests.loading import ROOT

RULES = """regelverk X 2024
  gyldig 2024-01-01 til 2024-12-31
kodeverk icd10 åpent
post episode
  id tekst nøkkel
  pasient_id tekst
  inn dato
  hoved kode icd10 valgfri
opphold av episode
  samles aldri
egenskap ukjent_kode icd10
  ufullstendig "kodene er ikke oppgitt"
DRG A vekt ukjent "ikke oppgitt"
DRG B vekt ukjent "ikke oppgitt"
DRG C vekt 3
hierarki DRG for opphold
  rekkefølge g
  ellers C
gruppe g i DRG
  regel a gir A når hoved har egenskap ukjent_kode
  regel b gir B når hoved i B00
poeng for opphold
  grunnlag vekt
  avrundes 3 desimaler
antakelse vekt DRG B 2 "anslag i egen mappe"
eksempel "Koden er ikke kjent her"
  episode e1 inn 2024-02-01 hoved A00
  forvent e1 gir ikke DRG A
  forvent e1 gir 3 poeng
eksempel "Det som er gitt, gjelder alltid"
  gitt egenskap ukjent_kode A00
  episode e1 inn 2024-02-01 hoved A00
  forvent e1 gir DRG A
  forvent e1 gir ukjent poeng
eksempel "Antakelsen i egen mappe gjelder"
  episode e1 inn 2024-02-01 hoved B00
  forvent e1 gir 2 poeng
"""
LATER = """antakelse egenskap ukjent_kode A00 "demonstrasjon"
antakelse vekt DRG A 1,5 "demonstrasjon"
eksempel "Her er antakelsene kjent, også de fra mappen foran"
  episode e1 inn 2024-02-01 hoved A00
  episode e2 inn 2024-03-01 hoved B00
  forvent e1 gir DRG A
  forvent e1 gir 1,5 poeng
  forvent e2 gir 2 poeng
"""
LAST = """eksempel "En mappe til, uten antakelser"
  episode e1 inn 2024-02-01 hoved A00
  forvent e1 gir 1,5 poeng
"""


@pytest.fixture
def spec(tmp_path: Path) -> str:
    for name, text in (("regler", RULES), ("antatt", LATER), ("sist", LAST)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.isf").write_text(text, "utf-8")
    return "+".join(str(tmp_path / name) for name in ("regler", "antatt", "sist"))


def test_later_assumptions_do_not_reach_an_example(spec: str) -> None:
    rules = load(spec)
    outcomes = list(rules.run_examples())
    assert len(outcomes) == 5
    assert [(o.example.title.value, o.failures) for o in outcomes if not o.passed] == []
    seen = [rules.ruleset.seen_by(o.example) for o in outcomes]
    assert seen[0] is seen[1] is seen[2] is not rules.ruleset
    assert seen[3] is seen[4] is rules.ruleset
    assert seen[0].digest != rules.ruleset.digest


def test_the_other_way_around_they_do(spec: str) -> None:
    first, second, _ = spec.split("+")
    failed = {o.example.title.value for o in load(f"{second}+{first}").run_examples() if not o.passed}
    assert failed == {
        "Koden er ikke kjent her",
        "Det som er gitt, gjelder alltid",
        "Her er antakelsene kjent, også de fra mappen foran",
    }


def test_a_run_of_records_still_has_them_all(spec: str) -> None:
    rules = load(spec)
    result = rules.evaluate({"episode": [{"id": "e1", "pasient_id": "P", "inn": "2024-02-01", "hoved": "A00"}]})
    assert [stay.drg for stay in result.stays] == ["A"]


def test_the_command_says_the_same(spec: str) -> None:
    done = CliRunner().invoke(command, [spec, "--format", "json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["antall"] == {"eksempler": 5, "stemmer": 5, "stemmer_ikke": 0}


def test_the_coverage_of_rules_says_the_same(spec: str) -> None:
    by_name = {r.label[1]: r.examples for r in build(load(spec).ruleset).rules if r.label[0] == "regel"}
    assert "Koden er ikke kjent her" not in by_name["a"]
    assert "Det som er gitt, gjelder alltid" in by_name["a"]


def test_one_folder_is_itself(tmp_path: Path) -> None:
    (tmp_path / "a.isf").write_text(RULES, "utf-8")
    ruleset = load(tmp_path).ruleset
    assert all(ruleset.seen_by(o.example) is ruleset for o in load(tmp_path).run_examples())


@pytest.mark.parametrize("year", [2020, 2024, 2025])
def test_the_examples_of_a_year_hold_with_its_assumptions(year: int) -> None:
    outcomes = list(load(f"{ROOT}/rules/{year}+{ROOT}/assumptions/{year}").run_examples())
    assert outcomes
    assert [o.example.title.value for o in outcomes if not o.passed] == []
