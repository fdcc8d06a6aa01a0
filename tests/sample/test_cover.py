"""Rule-directed samples: what can be reached is, and what can't is said with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from isfdsl.importers.norddrg.emit import import_norddrg
from isfdsl.interp.engine import Engine
from isfdsl.testing.sample.cover import Coverer, NotReached, Reached
from tests.sample.support import FEATURES, MINI, NATIONAL, ROOT, load, of_text

HEAD = """regelverk Prøve 2024
  gyldig 2024-01-01 til 2024-12-31
  status endelig
  kilde "prøve, kapittel 1"
kodeverk icd10 åpent mønster "[A-Z][0-9]{2}(\\.[0-9])?"
kodeverk ncsp åpent mønster "[A-Z]{3}[0-9]{2}"
post episode
  episode_id tekst nøkkel
  pasient_id tekst
  inn tidspunkt
  ut tidspunkt
  alder heltall 0..120 valgfri
  vekt_kg desimal 0..300 valgfri
  kjønn tekst valgfri
  planlagt ja_nei valgfri
  hovedtilstand kodepar icd10 valgfri
  bitilstander kodepar liste icd10
  prosedyrer kode liste ncsp
samling tilstander for episode = hovedtilstand, bitilstander
begrep liggetid for episode = dager fra inn til ut
  kilde "prøve, kapittel 1"
egenskap operasjon ncsp
  kilde "prøve, kapittel 1"
  NFB30
  NFB40
egenskap tom ncsp
  kilde "prøve, kapittel 1"
egenskap hjelp ncsp
  kilde "prøve, kapittel 1"
  NFB40
  AAA00
kodeliste liste1 icd10
  kilde "prøve, kapittel 1"
  Z47*
  A17.0+G01
opphold av episode
  samles aldri
  kilde "prøve, kapittel 1"
DRG A "A"
  kilde "prøve, kapittel 1"
hierarki DRG for opphold
  ellers ingen
  kilde "prøve, kapittel 1"
gruppe g i DRG
"""

CONDITIONS = [
    "hovedtilstand i Z47*",
    "hovedtilstand i A17.0+G01",
    "tilstander i (liste1 unntatt Z47.1)",
    "hovedtilstand mangler og bitilstander finnes",
    "prosedyrer har egenskap operasjon og ingen prosedyrer har egenskap hjelp",
    "ulike prosedyrer har egenskap operasjon, hjelp",
    "minst 3 prosedyrer har egenskap hjelp",
    "nøyaktig 2 ulike prosedyrer har egenskap operasjon",
    "høyst 0 prosedyrer i NFB30 og antall prosedyrer = 4",
    "alle prosedyrer har egenskap operasjon og prosedyrer finnes",
    "liggetid = 0 dager",
    "liggetid > 29 dager og liggetid <= 30 dager",
    "liggetid mellom 3 dager og 4 dager",
    "timer fra inn til ut < 2 timer og minutter fra inn til ut > 90 minutter",
    "alder + 2 = 120",
    "alder * 2 > 201",
    "vekt_kg < 0,5 og vekt_kg > 0",
    "ikke (alder < 18 eller alder > 80) og planlagt = ja",
    'planlagt = nei og kjønn = "K"',
    "måned av inn = 12",
    "tertial av inn = 2 og år av ut = 2024",
    "ut er senest 3 timer etter inn og ut er tidligst 2 timer etter inn",
    "(1 hvis planlagt eller alder > 50 ellers 0) + (2 hvis prosedyrer i NFB30 ellers 0) = 3",
    "hovedtilstand er gyldig i icd10 og ikke bitilstander finnes",
]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_each_kind_of_condition_is_constructed(tmp_path: Path, condition: str) -> None:
    text = f'{HEAD}  kilde "prøve, kapittel 1"\n  regel r1 gir A\n    når {condition}\n    kilde "prøve, kapittel 1"\n'
    regelverk = of_text(tmp_path, text)
    (one,) = Coverer(regelverk.ruleset).rules()
    assert isinstance(one, Reached), one


@pytest.mark.parametrize("condition", [c for c in CONDITIONS if "finnes" not in c])
def test_so_is_each_negation(tmp_path: Path, condition: str) -> None:
    rule = f"  regel r1 gir A\n    når ikke ({condition})\n"
    text = f'{HEAD}  kilde "prøve, kapittel 1"\n{rule}    kilde "prøve, kapittel 1"\n'
    (one,) = Coverer(of_text(tmp_path, text).ruleset).rules()
    assert isinstance(one, Reached), one


def test_a_reached_rule_is_reached_by_the_interpreter() -> None:
    regelverk = load(NATIONAL)
    coverer = Coverer(regelverk.ruleset)
    found = [r for r in coverer.rules() if isinstance(r, Reached)]
    rows = []
    for number, r in enumerate(found):
        (row,) = r.rows
        rows.append({**row, "episode_id": f"e{number}", "pasient_id": f"p{number}"})
    result = regelverk.evaluate({"episode": rows})
    assert not result.rejects
    got = {s.opphold_id: s.located.rule.name.text for s in result.stays if s.located is not None}
    assert got == {f"e{number}": r.name.split("/")[-1] for number, r in enumerate(found)}
    assert len(found) == sum(len(g.rules) for g in regelverk.ruleset.grupper.values())


def test_the_miniature_tables_have_three_dead_rows(tmp_path: Path) -> None:
    import_norddrg(str(ROOT / "tests/data/norddrg-mini/csv"), str(tmp_path / "mini"))
    found = list(Coverer(load(str(tmp_path / "mini")).ruleset).rules())
    missed = {m.name.split("/")[-1]: m.reason for m in found if isinstance(m, NotReached)}
    assert set(missed) == {"112M050", "900M010", "900M020"}
    assert missed["112M050"].startswith("skygges av «112M0")
    assert "aldri" in missed["900M010"] and "«90E49» har ingen koder" in missed["900M020"]
    assert len(found) == 90


def test_services_requirements_and_courses() -> None:
    coverage = Coverer(load(FEATURES).ruleset).run()
    missed = {m.name: m.reason for m in coverage.missed}
    assert missed == {"team brutt på ukjent_vilkår": "vilkåret er ukjent", "HT03 DRG 601O": "vinduet er ukjent"}
    reached = {(r.what, r.name) for r in coverage.reached}
    assert ("krav", "team") in reached and ("STG", "LS02") in reached
    assert any(what == "TFG" and len(r.rows) == 2 for r in coverage.reached for what in [r.what])


def test_reasons_for_what_is_missed(tmp_path: Path) -> None:
    rules = [
        ("r1", "alder > 10"),
        ("r2", "alder > 20"),
        ("r3", "prosedyrer har egenskap tom"),
        ("r4", "alder < 5 og alder > 6"),
        ("r5", "alder > 500"),
    ]
    body = "".join(f'  regel {n} gir A\n    når {c}\n    kilde "prøve, kapittel 1"\n' for n, c in rules)
    regelverk = of_text(tmp_path, f'{HEAD}  kilde "prøve, kapittel 1"\n{body}')
    found = {r.name.split("/")[-1]: r for r in Coverer(regelverk.ruleset).rules()}
    reasons = {n: r.reason for n, r in found.items() if isinstance(r, NotReached)}
    assert set(reasons) == {"r2", "r3", "r4", "r5"}
    assert reasons["r2"].startswith("skygges av «r1»")
    assert "«tom» har ingen koder" in reasons["r3"]
    assert "utelukker" in reasons["r4"] and "område" in reasons["r5"]


def test_the_cover_stands_first_in_the_sample() -> None:
    from isfdsl.testing.sample import generate

    regelverk = load(MINI)
    sample = generate(regelverk, records=20, seed=1, cover=True)
    assert sample.coverage is not None and not sample.coverage.missed
    rows = sample.rows()["episode"]
    assert len(rows) == 20
    result = Engine(regelverk.ruleset)
    assert result is not None
    groups = {s.drg for s in regelverk.evaluate({"episode": rows[:2]}).stays}
    assert groups == {"209E", "923O"}
    assert {c.tfg for c in regelverk.evaluate({"episode": rows}).courses} == {"HT03"}
