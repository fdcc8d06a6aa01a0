"""Folders joined with ``+``: what the first says is missing is filled, what it knows is not."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from isfdsl.api import check
from isfdsl.program.load import load
from isfdsl.syntax import ast
from isfdsl.syntax.files import read_files

YEAR = """regelverk X 2024
  gyldig  2024-01-01 til 2024-12-31

kodeverk icd10 åpent mønster "[A-Z][0-9]{2}"

post episode
  id             tekst nøkkel
  pasient        tekst
  inn            dato 2023-01-01..2025-12-31
  hovedtilstand  kode icd10 valgfri

opphold av episode
  samles  aldri

sats pris  ukjent "ikke funnet"
sats andel 40 %

kodeliste hofte icd10
  ufullstendig  "bare én kode er kjent"
  M16

egenskap 08M01 "Hofte" icd10
  ufullstendig  "ikke oppgitt"

DRG 1 "En"
  HDG           08
  vekt          ukjent
  ufullstendig  "kriteriene er ikke oppgitt"

hierarki DRG for opphold
  rekkefølge    gammel
  ellers        ingen
  ufullstendig  "resten mangler"

gruppe gammel i DRG
  regel G1 gir 1
    når  hovedtilstand i hofte

poeng for opphold
  grunnlag  vekt
  avrundes  3 desimaler

eksempel "Bygger på en antakelse"
  gitt     egenskap 08M01 M17
  episode  e1 pasient P inn 2024-02-01 hovedtilstand M16
  forvent  1 opphold

eksempel "Nevner en regel"
  episode  e1 pasient P inn 2024-02-01 hovedtilstand M16
  forvent  e1 gir regel G1

eksempel "Bygger ikke på noe"
  episode  e1 pasient P inn 2024-02-01 hovedtilstand M16
  forvent  1 opphold
"""


@pytest.fixture
def year(tmp_path: Path) -> Path:
    return written(tmp_path, "aar", YEAR)


def written(tmp_path: Path, name: str, text: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "r.isf").write_text(text, "utf-8")
    return folder


def examples(spec: str) -> list[str]:
    return [e.title.value for e in load(spec).ruleset.of(ast.Eksempel)]


def test_what_is_unknown_is_filled(year: Path, tmp_path: Path) -> None:
    more = written(tmp_path, "mer", "sats pris 100 kr\n\nkodeliste hofte icd10\n  M16\n  M17\n\nDRG 1\n  vekt 2,5\n")
    rules = load(f"{year}+{more}").ruleset
    (rate,) = rules.satser["pris"]
    assert isinstance(rate.value, ast.Amount) and rate.value.value == 100
    assert rules.kodelister["hofte"].codes.codes == ("M16", "M17")
    weight = {a.name.text: a.value for a in rules.drg["1"].attributes}["vekt"]
    assert isinstance(weight, ast.Amount) and weight.value == Decimal("2.5")
    assert rules.drg["1"].title is not None and rules.drg["1"].title.value == "En"
    # A weight says nothing of the criteria.
    assert rules.drg["1"].ufullstendig
    assert check(f"{year}+{more}").ok


@pytest.mark.parametrize("text", ["sats andel 50 %\n", "DRG 1\n  HDG 09\n", "kodeverk icd10\n  A00\n"])
def test_what_is_known_stays(year: Path, tmp_path: Path, text: str) -> None:
    more = written(tmp_path, "mer", text)
    findings = check(f"{year}+{more}")
    rules = load(f"{year}+{more}").ruleset
    assert not findings.ok or text.startswith("kodeverk")
    share = rules.satser["andel"][0].value
    assert isinstance(share, ast.Amount) and share.value == 40
    assert rules.kodeverk["icd10"].open_


def test_a_hierarchy_takes_its_rules_and_what_rests_on_them_along(year: Path, tmp_path: Path) -> None:
    text = "hierarki DRG for opphold\n  rekkefølge ny\n  ellers ingen\n\ngruppe ny i DRG\n  regel N1 gir 1\n\n"
    more = written(tmp_path, "mer", text + "DRG 1\n  HDG 08\n\negenskap 08M01 icd10\n  M18\n")
    rules = load(f"{year}+{more}").ruleset
    assert [r.rule.name.text for r in rules.rules(rules.hierarkier["DRG"])] == ["N1"]
    assert not rules.drg["1"].ufullstendig
    assert examples(f"{year}+{more}") == ["Bygger ikke på noe"]
    assert check(f"{year}+{more}").ok


def test_an_assumption_about_what_is_filled_is_void(year: Path, tmp_path: Path) -> None:
    assumed = written(tmp_path, "antatt", 'antakelse sats pris 90 kr "anslag"\nantakelse vekt DRG 1 1,0 "anslag"\n')
    known = written(tmp_path, "kjent", "sats pris 100 kr\n")
    for spec in (f"{year}+{assumed}+{known}", f"{year}+{known}+{assumed}"):
        assert check(spec).ok
        (left,) = load(spec).ruleset.of(ast.Antakelse)
        assert isinstance(left.assumption, ast.AssumeAttribute)


def test_within_one_folder_nothing_is_filled(year: Path) -> None:
    (year / "s.isf").write_text("sats pris 100 kr\n", "utf-8")
    assert len(load(str(year)).ruleset.satser["pris"]) == 2
    assert not check(str(year)).ok


def test_the_digest_tells_one_folder_from_two(year: Path, tmp_path: Path) -> None:
    more = written(tmp_path, "mer", "sats pris 100 kr\n")
    both = read_files(f"{year}+{more}")
    assert both.folders == (0, 1)
    assert both.digest != read_files(str(tmp_path)).digest
    assert read_files(str(year)).folders == ()
