"""The matrix source ↔ rule ↔ example says what is there and what is missing."""

from __future__ import annotations

import json
from html.parser import HTMLParser

from isfdsl.program import Loaded, Workspace
from isfdsl.traceability import build, render_html, render_text, to_json

TEXT = """
regelverk ISF 2020
  gyldig 2020-01-01 til 2020-12-31
passasje P1 "Satser"
  dokument "Dok"
  sammendrag "Prisen <står> her."
passasje P2 "Grupper"
  dokument "Dok"
passasje P3 "Ingen har lest dette"
  dokument "Dok"
passasje P4 "Orientering"
  dokument "Dok"
  uten regel "bare orientering"
sats pris 45 808 kr
  kilde P1
sats andel ukjent "ikke funnet"
  kilde P1
kodeverk icd10 åpent
post episode
  episode_id tekst nøkkel
  pasient_id tekst
  inn tidspunkt
  hovedtilstand kodepar icd10 valgfri
DRG 209E "Hofte"
  ufullstendig "kriteriene er ikke oppgitt"
  kilde P2
DRG 470 "Annet"
  kilde "Utenfor registeret"
hierarki DRG for episode
  rekkefølge a
  ellers 470
  kilde P2
gruppe a i DRG
  regel r1 gir 209E
    når hovedtilstand i M16*
    videreført 2017
  regel r2 gir 209E
    når hovedtilstand i M17*
    kilde P2
eksempel "Hofte"
  kilde P2
  episode e1 inn 2020-02-03 hovedtilstand M16.1
  forvent e1 gir DRG 209E
"""


def loaded() -> Loaded:
    found = Workspace().load_texts([("a.isf", TEXT)])
    assert not found.problems
    return found


def test_passages_rules_examples_and_gaps() -> None:
    matrix = build(loaded().ruleset)
    assert [p.name.text for p in matrix.uncited] == ["P3"]
    rules = {r.label: r for r in matrix.rules}
    assert rules["regel", "r1"].refs == ("P2",)
    assert rules["regel", "r1"].inherited
    assert rules["regel", "r1"].carried == 2017
    assert rules["regel", "r1"].examples == ("Hofte",)
    assert [r.label for r in matrix.untested] == [("regel", "r2")]
    assert {(g.kind, g.what) for g in matrix.gaps} == {("ukjent", "sats andel"), ("ufullstendig", "DRG 209E")}
    assert matrix.loose == (("Utenfor registeret", 1),)
    row = next(r for r in matrix.rows if r.passage.name.text == "P2")
    assert row.examples == ("Hofte",)


YEARS = """
regelverk ISF 2020
  gyldig 2020-01-01 til 2020-12-31
passasje S17 "2017"
  om år 2017
passasje S20 "2020"
  om år 2020, 2021
passasje S24 "2024"
  om år 2024
passasje S26 "2026"
  om år 2026
passasje E "Alle år"
kodeverk ncsp
post episode
  episode_id tekst nøkkel
  pasient_id tekst
  inn tidspunkt
DRG 1 kilde S17
DRG 2 kilde S17, S20
DRG 3 kilde S24
DRG 4 kilde E
DRG 5 kilde S17, S24
DRG 6 videreført 2018 kilde S24
"""


def test_the_year_of_a_passage_says_how_a_rule_stands() -> None:
    found = Workspace().load_texts([("a.isf", YEARS)])
    assert not found.problems
    matrix = build(found.ruleset)
    rules = {r.label[1]: (r.carried, r.first_named) for r in matrix.rules if r.label[0] == "DRG"}
    assert rules == {
        "1": (2017, None),
        "2": (None, None),
        "3": (None, 2024),
        "4": (None, None),
        "5": (2017, None),
        "6": (2018, None),
    }
    assert [(g.kind, g.what) for g in matrix.gaps] == [("ubekreftet", "DRG 3")]
    assert [p.name.text for p in matrix.uncited] == []
    assert [p.name.text for p in matrix.other_years] == ["S26"]
    text = render_text(matrix, found.sources)
    assert "gjelder 2026; ingen regel siterer det dette året" in text
    assert "(videreført fra 2017)" in text and "(først nevnt 2024)" in text
    assert to_json(matrix, found.sources)["om_andre_år"] == ["S26"]
    assert "gjelder 2026" in render_html(matrix, found.sources)


def test_text_names_what_to_fill_in_and_where() -> None:
    found = loaded()
    text = render_text(build(found.ruleset), found.sources)
    assert "P3  Ingen har lest dette\n      INGEN REGEL siterer dette avsnittet" in text
    assert "ukjent: sats andel: ikke funnet  a.isf:16" in text
    assert "uten regel: bare orientering" in text
    assert text.endswith("1 avsnitt uten regel, 1 av 2 regler uten eksempel, 2 hull\n")


def test_json_and_html_hold_the_same() -> None:
    found = loaded()
    matrix = build(found.ruleset)
    document = json.loads(json.dumps(to_json(matrix, found.sources)))
    assert document["skjema"] == "isf.kilder.v1"
    assert document["uten_regel"] == ["P3"]
    assert document["uten_eksempel"] == ["regel r2"]
    page = render_html(matrix, found.sources)
    seen: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            seen.append(data)

    Reader().feed(page)
    assert "Prisen <står> her." in " ".join(seen)
    assert "http" not in page
