"""Both engines on what stays, særtjenester and courses are seldom made of: no patient, no course, two posts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.columnar.test_subjects import in_both

HEAD = """
regelverk Liten 2024
  gyldig 2024-01-01 til 2024-12-31
kodeverk merke åpent
post episode
  episode_id tekst nøkkel
  pasient_id tekst valgfri
  institusjon heltall valgfri
  inn dato
  ut dato valgfri
  g kode merke valgfri
  tall heltall 0..9 valgfri
  ja ja_nei valgfri
post levering
  levering_id tekst nøkkel
  pasient_id tekst valgfri
  institusjon heltall valgfri
  dag dato valgfri
  slutter dato valgfri
  g kode merke valgfri
DRG T "trigger" HDG 1 vekt 3 finansiert ja
DRG M "medlem" HDG 1 vekt 1 finansiert ja
DRG X "utenfor" HDG 1 vekt 1 finansiert ja
hierarki DRG for opphold
  rekkefølge gr
  ellers X
gruppe gr i DRG
  regel t gir T når g i T
  regel m gir M når g i M
"""
ALONE = "opphold av episode\n  samles aldri\n"
POINTS = "poeng for opphold\n  grunnlag vekt\n  avrundes 3 desimaler\n"
COUNTS = "teller i ISF for opphold\n"
DOUBT = 'sats grense ukjent\nantakelse sats grense 2 kr "p"\n'
COURSE = """
TFG F "forløp" HDG 1
  {lines}
  medlem {mode} i vinduet, også på triggerens egen startdag
  {year}
  ny trigger {new}
  flere forløp {several}
  telles per trigger
  fordeles etter antall
  finansiert ja
  vekt 5
"""


def course(
    *lines: str,
    mode: str = "starter",
    year: str = "uten kalenderårsgrense",
    new: str = "åpner eget forløp",
    several: str = "første",
) -> str:
    return COURSE.format(lines="\n  ".join(lines), mode=mode, year=year, new=new, several=several)


Wanted = tuple[str, str, list[Any]]
CASES: dict[str, tuple[str, list[str], list[str], Wanted]] = {
    "an unknown window, and a member that its line does not mean": (
        HEAD + ALONE + POINTS + COUNTS + course("trigger DRG T", 'omfatter DRG M når tall > 3 ukjent vindu "tapt"'),
        ["a,P,,2024-03-01,,T,,", "b,P,,2024-03-02,,M,5,", "c,P,,2024-03-02,,M,1,"],
        [],
        ("opphold", "mangler", [[], ["ukjent: vindu for DRG M i TFG F"], []]),
    ),
    "an unknown window, and a patient without a course": (
        HEAD + ALONE + POINTS + COUNTS + course("trigger DRG T når tall > 3", 'omfatter DRG M ukjent vindu "tapt"'),
        ["a,P,,2024-03-01,,T,5,", "b,P,,2024-03-02,,M,,", "c,Q,,2024-03-01,,T,1,", "d,Q,,2024-03-02,,M,,"],
        [],
        ("opphold", "mangler", [[], ["ukjent: vindu for DRG M i TFG F"], [], []]),
    ),
    "a known and an assumed window for one group": (
        HEAD
        + ALONE
        + POINTS
        + COUNTS
        + course(
            "trigger DRG T",
            "omfatter DRG M når tall > 3 fra 0 dager etter start til 5 dager etter start",
            'omfatter DRG M ukjent vindu "tapt"',
        )
        + 'antakelse vindu TFG F DRG M fra 0 dager etter start til 9 dager etter start "anslag"\n',
        ["a,P,,2024-03-01,,T,,", "b,P,,2024-03-02,,M,5,", "c,Q,,2024-03-01,,T,,", "d,Q,,2024-03-02,,M,1,"],
        [],
        ("forlop", "mangler", [[], ["antatt: vindu for DRG M i TFG F"]]),
    ),
    "a course is open as long as its last trigger lasts": (
        HEAD
        + ALONE
        + POINTS
        + COUNTS
        + course("trigger DRG T", "omfatter DRG M fra 9 dager før start til 1 dag før start", new="forlenger forløpet"),
        ["a,P,,2024-03-01,,T,,", "b,P,,2024-03-01,2024-03-10,T,,", "c,P,,2024-03-08,,T,,", "d,P,,2024-03-11,,T,,"],
        [],
        ("forlop", "forlop_id", ["P/F/a", "P/F/d"]),
    ),
    "nearest is the start of the first trigger": (
        HEAD
        + ALONE
        + POINTS
        + COUNTS
        + course(
            "trigger DRG T",
            "omfatter DRG M fra 10 dager før start til 7 dager etter start",
            new="forlenger forløpet",
            several="nærmeste",
        ),
        ["a,P,,2024-03-01,,T,,", "b,P,,2024-03-05,,T,,", "c,P,,2024-03-12,,M,,", "d,P,,2024-03-20,,T,,"],
        [],
        ("forlop_medlemmer", "forlop_id", ["P/F/a", "P/F/a", "P/F/d", "P/F/d"]),
    ),
    "an assumed window takes in what began the year before": (
        HEAD
        + ALONE
        + POINTS
        + COUNTS
        + course(
            "trigger DRG T",
            'omfatter DRG M ukjent vindu "tapt"',
            mode="overlapper",
            year="innenfor triggerens kalenderår",
        )
        + 'antakelse vindu TFG F DRG M fra 9 dager før start til 9 dager etter start "anslag"\n',
        ["a,P,,2024-01-04,,T,,", "b,P,,2023-12-30,2024-01-02,M,,", "c,P,,2024-01-06,,M,,"],
        [],
        ("opphold", "mangler", [[], [], ["antatt: vindu for DRG M i TFG F"]]),
    ),
    "an unknown window of a særtjeneste": (
        HEAD
        + ALONE
        + POINTS
        + COUNTS
        + 'STG S1 "s" HDG 1 utløses av levering når g i M telles per kontakt finansiert ja vekt 1\n'
        + course("trigger DRG T", 'omfatter STG S1 ukjent vindu "tapt"'),
        ["a,P,,2024-03-01,,T,,", "b,P,,2024-03-02,,M,,"],
        ["c,Q,,2024-03-01,,M", "d,P,,2024-03-01,,M", "e,P,,2024-03-02,,T"],
        ("saertjenester", "mangler", [["ukjent: vindu for STG S1 i TFG F"], []]),
    ),
    "notes on hits of two posts": (
        HEAD
        + ALONE
        + POINTS
        + COUNTS
        + DOUBT
        + 'STG S1 "s" HDG 1 utløses av episode, levering når g i T eller grense > 1 kr\n'
        + "  telles per kontakt finansiert ja vekt 1\n",
        ["a,P,,2024-03-01,,M,,"],
        ["b,P,,2024-03-01,,T", "c,P,,2024-03-02,,T", "d,P,,2024-03-03,,M"],
        ("saertjenester", "mangler", [["antatt: sats grense"], [], [], ["antatt: sats grense"]]),
    ),
    "stays of some who have a patient": (
        HEAD + "opphold av episode\n  samles når samme g\n" + POINTS + COUNTS,
        ["a,P,,2024-03-01,,M,,", "b,,,2024-03-02,,M,,", "c,,,2024-03-02,,M,,", "d,P,,2024-03-03,,M,,"],
        [],
        ("opphold", "episode_ids", [["a", "d"], ["b"], ["c"]]),
    ),
    "courses of an institution that is a sum": (
        HEAD
        + "opphold av episode\n  samles når samme g\n  institusjon sum\n"
        + POINTS
        + COUNTS
        + 'STG S1 "s" HDG 1 utløses av levering når alltid telles per kontakt finansiert ja vekt 1\n'
        + 'TFG F "f" HDG 1 omfatter DRG M omfatter STG S1\n'
        + "  telles én gang per pasient per år per institusjon fordeles etter antall finansiert ja vekt 5\n",
        ["a,P,2,2024-03-01,,M,,", "b,P,5,2024-03-02,,M,,", "c,Q,5,2024-03-02,,M,,"],
        ["d,P,3,2024-03-01,,", "e,Q,2,2024-03-01,,"],
        ("forlop", "forlop_id", ["P/F/2024/3", "P/F/2024/7", "Q/F/2024/2", "Q/F/2024/5"]),
    ),
    "a requirement that all have attested": (
        HEAD + ALONE + POINTS + COUNTS + "krav k for episode\n  vilkår v\n    dokumenteres attestert i ja\n"
        "krav l for levering\n  vilkår w\n    dokumenteres\n",
        ["a,P,,2024-03-01,,M,,ja", "b,P,,2024-03-01,,M,,nei"],
        ["c,P,,2024-03-01,,T"],
        ("krav", "utfall", ["oppfylt", "ikke_oppfylt", "oppfylt"]),
    ),
    "outside the year, where nothing says what counts": (
        HEAD + ALONE + POINTS,
        ["a,P,,2024-03-01,,M,,", "b,P,,2023-03-01,,M,,"],
        [],
        ("opphold", "teller_i_isf", ["None", "False"]),
    ),
    "no points, but what does not count says so": (
        HEAD + ALONE + "teller i ISF for opphold når g i M\n",
        ["a,P,,2024-03-01,,M,,", "b,P,,2024-03-01,,T,,", "c,P,,2023-03-01,,T,,"],
        [],
        ("opphold", "bortfall_arsak", ["None", "teller_ikke", "utenfor_gyldig"]),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_both_engines(tmp_path: Path, name: str) -> None:
    text, episodes, deliveries, (table, column, wanted) = CASES[name]
    files = {
        "episode": ("episode_id,pasient_id,institusjon,inn,ut,g,tall,ja", episodes),
        "levering": ("levering_id,pasient_id,institusjon,dag,slutter,g", deliveries),
    }
    found = in_both(tmp_path, text, files)
    said = [v if isinstance(v, list) else str(v) for v in found[table][column].to_pylist()]
    assert said == wanted
