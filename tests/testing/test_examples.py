"""Days without a year in examples are days of the regelverk's own year."""

from __future__ import annotations

import pytest

from isfdsl.api import check
from isfdsl.program import Workspace
from isfdsl.testing.examples import run_examples

RULES = """
regelverk ISF {year}
  gyldig {year}-01-01 til {year}-12-31
kodeverk ncsp
  NFB30
post episode
  episode_id tekst nøkkel
  pasient_id tekst
  inn tidspunkt
  ut tidspunkt valgfri
  født dato valgfri
begrep dager_inne for episode = dager fra inn til ut
STG X kilde "x"
  utløses av episode
  når inn >= {year}-03-01T08:00 og født = {year}-02-01
  telles per kontakt
eksempel "Uten årstall"
  episode e1 inn --03-01T08:00 ut {year}-03-04T09:00 født --02-01
  forvent e1 gir STG X
  forvent e1: dager_inne = 3 dager
"""


@pytest.mark.parametrize("year", [2020, 2025])
def test_a_day_without_a_year(year: int) -> None:
    loaded = Workspace().load_texts([("a.isf", RULES.format(year=year))])
    assert not loaded.problems
    (outcome,) = run_examples(loaded.ruleset)
    assert outcome.failures == ()


@pytest.mark.parametrize(("year", "fits"), [(2024, True), (2025, False)])
def test_a_day_that_the_year_does_not_have(year: int, fits: bool, tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "a.isf").write_text(RULES.format(year=year).replace("født --02-01", "født --02-29"), "utf-8")
    found = [p for p in check(str(folder)).problems if "--02-29" in p.message()]
    assert (found == []) is fits


AMOUNTS = """
regelverk ISF 2024
  gyldig 2024-01-01 til 2024-12-31
post episode
  episode_id tekst nøkkel
  pasient_id tekst
  inn tidspunkt
sats pris 100 kr
STG S kilde "x"
  utløses av episode
  telles per kontakt
  vekt 0,5
  finansiert ja
refusjon alt for særtjeneste
  poeng * pris
  avrundes øre
eksempel "Særtjenester"
  episode e1 inn 2024-02-01T08:00
  episode e2 inn 2024-02-02T08:00
  forvent 2 særtjenester S med {amount}
"""


@pytest.mark.parametrize(
    ("amount", "got"),
    [
        ("0,5 poeng", None),
        ("50 kr", None),
        ("0,6 poeng", ["0,5 poeng", "0,5 poeng"]),
        ("50,01 kr", ["50,00 kr", "50,00 kr"]),
    ],
)
def test_what_each_saertjeneste_gives(amount: str, got: list[str] | None) -> None:
    loaded = Workspace().load_texts([("a.isf", AMOUNTS.format(amount=amount))])
    assert not loaded.problems, [p.message() for p in loaded.problems]
    (outcome,) = run_examples(loaded.ruleset)
    if got is None:
        assert outcome.failures == ()
    else:
        (failure,) = outcome.failures
        assert failure.expected == f"2 særtjenester S med {amount}"
        assert [one.split(": ")[1] for one in failure.got.split(", P")] == got


HOLDS = """
regelverk ISF 2024
  gyldig 2024-01-01 til 2024-12-31
kodeverk icd10
  A01
  B01
post episode
  episode_id tekst nøkkel
  inn tidspunkt
  alder heltall 0..120 år
  kroner desimal 0..100 000 kr
  tilstander kodepar liste icd10
eksempel "Vilkår"
  episode e1 inn 2024-02-01T08:00 alder 40 kroner 1 234,50 tilstander A01, A01+B01
  forvent e1: alder > 50 år eller kroner > 2 000 kr
  forvent e1: ingen tilstander i A01
  forvent e1: alder = 40 år
"""


def test_a_condition_that_does_not_hold_is_shown_with_its_values() -> None:
    (outcome,) = run_examples(Workspace().load_texts([("a.isf", HOLDS)]).ruleset)
    assert [(f.expected, f.got) for f in outcome.failures] == [
        ("e1: alder > 50 år eller kroner > 2 000 kr", "alder er 40 år, kroner er 1 234,50 kr"),
        ("e1: ingen tilstander i A01", "tilstander er A01, A01+B01"),
    ]
