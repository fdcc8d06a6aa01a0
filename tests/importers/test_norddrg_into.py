"""A set imported into a year, joined with ``+``, run on episodes: groups, return codes, points and kroner."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import isfdsl
from isfdsl.api import check
from isfdsl.cli.main import main
from isfdsl.formatter import format_source
from isfdsl.importers.norddrg.emit import import_norddrg
from isfdsl.importers.price_list import import_price_list
from isfdsl.importers.result import account
from isfdsl.source import Source

ROOT = Path(__file__).resolve().parents[2]
MINI = ROOT / "tests/data/norddrg-mini"
YEAR = str(ROOT / "rules/2024")
PRICES = "drg;vekt;trimpunkt;liggedagsvekt\n209E;2,100;6;0,100\n209D;3,000;;\n923O;0,040;;\n470;;;\n"
LISTS = ("personell", "bitilstander", "prosedyrer", "særkoder", "legemidler", "takster")
IN = dt.date(2024, 6, 10)


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("inn")
    prices = folder / "drg_2024.csv"
    prices.write_text(PRICES, "utf-8")
    result = import_norddrg(MINI / "csv", folder / "tabeller", into=YEAR, prices=prices)
    assert result.ok, [p.message() for p in result.report.problems]
    return f"{YEAR}+{folder / 'tabeller'}"


def test_the_joined_regelverk_has_no_errors_and_one_head(joined: str) -> None:
    findings = check(joined)
    assert findings.ok
    rules = isfdsl.load(joined).ruleset
    assert rules.title == "ISF 2024"
    assert {rule.rule.name.text for rule in rules.rules(rules.hierarkier["DRG"])} >= {"108M030", "123M010"}
    assert "209E_1" not in {rule.rule.name.text for rule in rules.rules(rules.hierarkier["DRG"])}


def episode(case: dict[str, str]) -> dict[str, Any]:
    """A case of the sample set as an episode of the year."""
    los = int(case["los_days"])
    ut = IN + dt.timedelta(days=max(los - 1, 0))
    age = int(case["age_days"])
    diagnoses = [None if d == "_" else d for d in case["diagnoses"].split()]
    return {
        "episode_id": case["case_id"],
        "pasient_id": f"P{case['case_id']}",
        "inn": f"{IN}T08:00",
        "ut": f"{ut}T15:00",
        "fødselsdato": str(IN - dt.timedelta(days=age)),
        "kjønn": case["sex"] if case["sex"] in ("1", "2") else None,
        "omsorgsnivå": "3" if los == 0 else "1",
        "uttilstand": "2" if case["discharge"] == "E" else "1",
        "hovedtilstand": diagnoses[0] if diagnoses else None,
        "bitilstander": [d for d in diagnoses[1:] if d],
        "prosedyrer": case["procedures"].split(),
    }


def test_the_sample_cases_as_episodes_of_the_year_give_the_same_groups(joined: str) -> None:
    """All 400, but for those that the year's record cannot say: transfers (R), and codes of no code system."""
    cases = list(csv.DictReader((MINI / "cases.csv").open(encoding="utf-8")))
    regelverk = isfdsl.load(joined)
    result = regelverk.evaluate({"episode": [episode(case) for case in cases]})
    found = {stay.opphold_id: stay for stay in result.stays}
    wrong = []
    compared = 0
    for case in cases:
        stay = found.get(case["case_id"])
        if stay is None or case["discharge"] == "R":
            continue
        compared += 1
        if (stay.drg, stay.rule_id, stay.returkode) != (case["drg"], case["rule"], case["rtc"]):
            wrong.append((case["case_id"], case["why"], stay.drg, stay.rule_id, case["drg"], case["rule"]))
    assert not wrong, wrong[:5]
    assert compared >= 370, (compared, [r.melding for r in result.rejects][:10])


def test_run_from_the_command_line_gives_groups_points_and_kroner(joined: str, tmp_path: Path) -> None:
    rows = [
        # A hip of nine days, over the trim point of six: 2,100 + (9 - 6) * 0,100 = 2,400 points.
        {"episode_id": "E1", "inn": "2024-03-04T08:00", "ut": "2024-03-13T12:00", "omsorgsnivå": "1"},
        {"episode_id": "E2", "inn": "2024-03-04T08:00", "ut": "2024-03-06T12:00", "omsorgsnivå": "1"},
        {"episode_id": "E3", "inn": "2024-03-04T08:00", "ut": "2024-03-04T09:00", "omsorgsnivå": "3"},
    ]
    codes: dict[str, dict[str, Any]] = {
        "E1": {"hovedtilstand": "M16.1", "prosedyrer": ["NFB30"]},
        "E2": {"hovedtilstand": "M16.1", "bitilstander": ["I50.9", "I10"], "prosedyrer": ["NFB30"]},
        "E3": {"hovedtilstand": "Z00.0", "personell": ["1"]},
    }
    data = tmp_path / "inn"
    data.mkdir()
    with (data / "episode.jsonl").open("w", encoding="utf-8") as file:
        for row in rows:
            full = row | {"pasient_id": f"P{row['episode_id']}", "fødselsdato": "1950-01-01", "kjønn": "2"}
            full |= {key: [] for key in LISTS}
            full |= {"uttilstand": "1", "tjenesteområde": "somatikk", "isf_refusjon": True}
            file.write(json.dumps(full | codes[row["episode_id"]], ensure_ascii=False) + "\n")
    out = tmp_path / "ut"
    assert main(["run", joined, str(data), "--out", str(out)]) == 0
    stays = {row["opphold_id"]: row for row in pq.read_table(out / "opphold.parquet").to_pylist()}
    hip = stays["E1"]
    assert (hip["drg"], hip["regel"], hip["returkode"]) == ("209E", "108M030", "0")
    assert hip["grunnlag"] == Decimal("2.1") and hip["tillegg"] == Decimal("0.3")
    assert (stays["E2"]["drg"], stays["E2"]["regel"]) == ("209D", "108M020")
    assert stays["E2"]["grunnlag"] == Decimal("3")
    # 2,400 points at the rates of the year: 2,400 * 52 248 * 40 %.
    assert hip["bortfall_arsak"] is None
    assert hip["poeng"] == Decimal("2.4") and hip["refusjon"] == Decimal("50158.08")


def test_a_price_list_fills_the_weights_of_a_year(tmp_path: Path) -> None:
    source = tmp_path / "drg_2024.csv"
    source.write_text("drg;vekt\n209E;2,1\n4;4,5\n", "utf-8")
    assert import_price_list(source, tmp_path / "priser").ok
    before = isfdsl.load(YEAR).ruleset
    after = isfdsl.load(f"{YEAR}+{tmp_path / 'priser'}").ruleset
    weights = {a.name.text: a.value for a in after.drg["4"].attributes}
    assert getattr(weights["vekt"], "value", None) == Decimal("4.5")
    assert after.drg["4"].title == before.drg["4"].title
    # What triggers the group is as unknown as before: a weight does not fill that.
    assert [d.ufullstendig for d in (after.drg["27"],)] == [d.ufullstendig for d in (before.drg["27"],)]


def test_a_known_value_is_never_replaced(tmp_path: Path) -> None:
    known = tmp_path / "a"
    known.mkdir()
    (known / "a.isf").write_text('regelverk X 2024\n\nDRG 1 "En"\n  vekt  1,5\n', "utf-8")
    other = tmp_path / "b"
    other.mkdir()
    (other / "b.isf").write_text("DRG 1\n  vekt  2,5\n", "utf-8")
    problems = [p for p in check(f"{known}+{other}").problems if p.severity == "feil"]
    assert any("DRG «1»" in p.message() for p in problems), [p.message() for p in problems]


def test_the_account_says_what_is_filled(tmp_path: Path) -> None:
    result = import_norddrg(MINI / "csv", tmp_path / "t", into=YEAR)
    text = account(result)
    assert "Fyller i regelverket" in text
    assert result.report.count("fyller_hierarki") > 50
    assert result.report.count("fyller_nivå") == 1


def test_a_year_with_a_complete_hierarchy_takes_no_import(tmp_path: Path) -> None:
    result = import_norddrg(MINI / "csv", tmp_path / "t", into=str(_alone(tmp_path)))
    assert [p.code for p in result.report.problems] == ["ISF7042"]
    assert not (tmp_path / "t").exists()


def _alone(tmp_path: Path) -> Path:
    assert import_norddrg(MINI / "csv", tmp_path / "alene").ok
    return tmp_path / "alene"


def test_words_that_a_year_lacks_can_be_given(tmp_path: Path) -> None:
    year = tmp_path / "2030"
    year.mkdir()
    (year / "r.isf").write_text(
        """regelverk PRØVE 2030
  gyldig  2030-01-01 til 2030-12-31

kodeverk icd10 åpent

kodeverk inngrep åpent

kodeverk kjønn
  1  "Mann"
  2  "Kvinne"

post besøk
  id             tekst nøkkel
  pasient        tekst
  inn            dato 2029-01-01..2031-12-31
  ut             dato 2029-01-01..2031-12-31
  dager_gammel   heltall 0..50 000
  kjønn          kode kjønn valgfri
  døgn           ja_nei
  hovedtilstand  kodepar icd10 valgfri
  bitilstander   kodepar liste icd10
  prosedyrer     kode liste inngrep

opphold av besøk
  samles aldri

hierarki DRG for opphold
  ellers        ingen
  ufullstendig  "fylles av tabellene"
""",
        "utf-8",
    )
    words = tmp_path / "ord.isf"
    words.write_text(
        """samling kilder for besøk = prosedyrer, hovedtilstand, bitilstander

samling øvrige_kilder for besøk = prosedyrer, bitilstander

begrep diagnosekategori for besøk = oppslag diagnosekategori av hovedtilstand

begrep hdg for besøk = HDG av diagnosekategori

begrep alder_i_dager for besøk = dager_gammel

begrep drg_liggetid for besøk = (dager fra inn til ut + 1 dag) hvis døgn = ja ellers 0 dager

begrep utskrevet_død for besøk = aldri

begrep ikke_utskrevet_død for besøk = alltid

begrep utskrevet_til_sykehus for besøk = aldri
""",
        "utf-8",
    )
    refused = import_norddrg(MINI / "csv", tmp_path / "t", into=str(year))
    assert [p.code for p in refused.report.problems] == ["ISF7043"]
    assert not (tmp_path / "t").exists()
    result = import_norddrg(MINI / "csv", tmp_path / "t", into=str(year), words=words)
    assert result.ok, [p.message() for p in result.report.problems]
    regelverk = isfdsl.load(f"{year}+{tmp_path / 't'}")
    row = {"id": "1", "pasient": "P", "inn": "2030-01-01", "ut": "2030-01-05", "dager_gammel": 20000, "døgn": True}
    row |= {"hovedtilstand": "M161", "bitilstander": ["I509", "I10"], "prosedyrer": ["NFB30"]}
    (stay,) = regelverk.evaluate({"besøk": [row]}).stays
    assert (stay.drg, stay.rule_id, stay.returkode) == ("209D", "108M020", "0")


def test_codes_that_the_year_does_not_know_are_added_to_its_open_code_systems(tmp_path: Path) -> None:
    shutil.copytree(MINI / "csv", tmp_path / "csv")
    with (tmp_path / "csv/compl_excl.csv").open("a", encoding="utf-8") as stream:
        stream.write("05C41;Z9z99q;\n")
    with (tmp_path / "csv/proc_feat.csv").open("a", encoding="utf-8") as stream:
        stream.write("ab1;OR;1\r\n")
    assert import_norddrg(tmp_path / "csv", tmp_path / "t", into=YEAR).ok
    text = (tmp_path / "t/kodeverk.isf").read_text("utf-8")
    assert "Z9z99q" in text and "ab1" in text
    regelverk = isfdsl.load(f"{YEAR}+{tmp_path / 't'}")
    assert regelverk.ruleset.kodeverk["icd10"].pattern is not None
    case = {"case_id": "1", "sex": "1", "age_days": "20000", "discharge": "H", "los_days": "3", "procedures": "ab1"}
    result = regelverk.evaluate({"episode": [episode(case | {"diagnoses": "M161 Z9z99q"})]})
    assert not result.rejects and len(result.stays) == 1


def test_importing_into_a_year_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for form in ("csv", "norddrg-mini.json", "norddrg-mini.xlsx"):
        assert import_norddrg(MINI / form, tmp_path / form, into=YEAR).ok
    first = {p.relative_to(tmp_path / "csv"): p.read_bytes() for p in (tmp_path / "csv").rglob("*.isf")}
    for form in ("norddrg-mini.json", "norddrg-mini.xlsx"):
        assert first == {p.relative_to(tmp_path / form): p.read_bytes() for p in (tmp_path / form).rglob("*.isf")}


def test_the_text_is_as_the_formatter_writes_it(joined: str) -> None:
    folder = Path(joined.split("+")[1])
    for path in folder.rglob("*.isf"):
        text = path.read_text("utf-8")
        assert format_source(Source(str(path), text)).text == text, path


def test_help_shows_how_the_two_are_joined() -> None:
    from isfdsl.cli.imports import norddrg

    text = CliRunner().invoke(norddrg, ["--help"]).output
    assert "--into" in text and "isf run rules/2024+ut/tabeller" in text
