"""Two ways of writing the same are no change; what only looks like that is one."""

from __future__ import annotations

import pytest

from isfdsl.changes import diff
from isfdsl.changes import edits as ed
from isfdsl.changes.render import render_text
from tests.diff.test_diff import carried_out, rules

BOOK = """
regelverk ISF 2024
  gyldig 2024-01-01 til 2024-12-31
sats pris 45 808 kr
sats andel 40 %
sats venter ukjent
kodeverk icd10 åpent
kodeverk ncsp
  NFB30 "Protese"
kodeverk omsorg
  phv
  tsb
post episode
  episode_id tekst nøkkel
  pasient_id tekst
  inn tidspunkt
  ut tidspunkt valgfri
  hovedtilstand kodepar icd10 valgfri
  omsorg kode omsorg valgfri
  prosedyrer kode liste ncsp
kodeliste listen icd10
  M54.16
  M17*
kodeliste liste_av_to icd10 = listen, A00
egenskap or_1 ncsp
  NFB30
egenskap or_2 ncsp
  NFB40
begrep kort for episode = dager fra inn til ut < 1 dag
begrep begge for episode = hovedtilstand finnes og omsorg finnes
begrep enten for episode = hovedtilstand mangler eller omsorg i phv
begrep psyk for episode = omsorg i phv, tsb
begrep minst_to for episode = minst 2 prosedyrer har egenskap or_1, or_2
begrep inngrep for episode = prosedyrer har egenskap or_1, or_2
begrep lenge for episode = dager fra inn til ut > 45 654 dager
begrep dyrt for episode = venter > 3 kr og hovedtilstand finnes og omsorg finnes
begrep bak for episode = dyrt og hovedtilstand finnes
post levering
  levering_id tekst nøkkel
  vekt desimal
begrep tung = vekt > 1 og inn finnes
DRG 36 "Operasjoner på linsen"
  vekt 1,0
"""

SAME = [
    ("M54.16", "M5416"),
    ("M17*", "M17.*"),
    ("  M54.16\n", "  M54.16\n  M5416\n"),
    ("= listen, A00", "= A00, listen"),
    ("= listen, A00", "= listen, A.00, A00"),
    ("hovedtilstand finnes og omsorg finnes\n", "omsorg finnes og (hovedtilstand finnes)\n"),
    ("hovedtilstand mangler eller omsorg i phv", "omsorg i 'phv' eller hovedtilstand mangler"),
    ("i phv, tsb", "i tsb, phv"),
    ("i phv, tsb", "i 'phv', tsb"),
    ("prosedyrer har egenskap or_1, or_2\nbegrep l", "prosedyrer har egenskap or_2, or_1\nbegrep l"),
    ("minst 2 prosedyrer har egenskap or_1, or_2", "minst 2 prosedyrer har egenskap or_2, or_1"),
    ("dager fra inn til ut < 1 dag", "1 dag > dager fra inn til ut"),
    ("45 654 dager", "45654 dager"),
    ("sats andel 40 %", "sats andel 0,4"),
    ("45 808 kr", "45 808,00 kr"),
    ("45 808 kr\n", "45 808 kr fra 2024-01-01 til 2024-12-31\n"),
    ("45 808 kr\n", "45 808 kr til 2024-04-30\nsats pris 45 808 kr fra 2024-05-01\n"),
    ("45 808 kr\n", "45 808 kr fra 2024-03-01 til 2024-12-31\nsats pris 45 808 kr til 2024-02-29\n"),
    ("og hovedtilstand finnes og omsorg finnes", "og omsorg finnes og hovedtilstand finnes"),
]


@pytest.mark.parametrize(("before", "after"), SAME)
def test_written_otherwise_is_no_change(before: str, after: str) -> None:
    assert before in BOOK
    old, new = rules(BOOK), rules(BOOK.replace(before, after))
    assert diff(old, new).edits == diff(new, old).edits == ()
    assert carried_out(old, new)


CHANGED = [
    ("M54.16", "M54.17"),
    ("= listen, A00", "= 'listen', A00"),
    ("i phv, tsb", "i phv"),
    ("dager fra inn til ut < 1 dag", "1 dag < dager fra inn til ut"),
    ("dager fra inn til ut < 1 dag", "1 dag >= dager fra inn til ut"),
    ("= hovedtilstand finnes og omsorg finnes\n", "= hovedtilstand finnes eller omsorg finnes\n"),
    ("sats andel 40 %", "sats andel 40"),
    ("45 808 kr\n", "45 808 kr fra 2024-01-02\n"),
    ("45 808 kr\n", "45 808 kr til 2024-12-30\n"),
    ("45 808 kr\n", "45 808 kr til 2024-04-30\nsats pris 45 809 kr fra 2024-05-01\n"),
    ("45 808 kr\n", "45 808 kr til 2024-04-30\nsats pris 45 808 kr fra 2024-05-02\n"),
    ("= dyrt og hovedtilstand finnes", "= hovedtilstand finnes og dyrt"),
    ("= vekt > 1 og inn finnes", "= inn finnes og vekt > 1"),
]


@pytest.mark.parametrize(("before", "after"), CHANGED)
def test_what_is_another_thing_is_a_change(before: str, after: str) -> None:
    assert before in BOOK
    old, new = rules(BOOK), rules(BOOK.replace(before, after))
    assert diff(old, new).edits and diff(new, old).edits
    assert carried_out(old, new)


def test_order_that_only_decides_which_notes_are_left_is_said_to_be_that() -> None:
    old = rules(BOOK)
    new = rules(BOOK.replace("= venter > 3 kr og hovedtilstand finnes", "= hovedtilstand finnes og venter > 3 kr"))
    assert [type(e) for e in diff(old, new).edits] == [ed.FormulaChanged]
    text = render_text(diff(old, new), old, new)
    assert "begrep dyrt for episode: uttrykk (bare rekkefølgen, som avgjør hvilke merknader som blir igjen)" in text
    other = rules(BOOK.replace("= venter > 3 kr og hovedtilstand finnes", "= venter > 4 kr og hovedtilstand finnes"))
    assert "bare rekkefølgen" not in render_text(diff(old, other), old, other)


def test_names_that_stand_for_each_other_may_all_leave_notes() -> None:
    more = (
        "egenskap or_3 ncsp\n  regnes som or_1 når stille finnes\n  regnes som or_2 når venter > 1 kr\n  NFB50\n"
        "begrep stille for episode = prosedyrer har egenskap or_3\n"
        "begrep sist for episode = stille og hovedtilstand finnes\n"
    )
    old, new = rules(BOOK + more), rules(BOOK + more.replace("stille og hoved", "hovedtilstand finnes og stille #"))
    assert diff(old, new).edits


def test_blanks_in_a_text_are_shown() -> None:
    old, new = rules(BOOK), rules(BOOK.replace("på linsen", " på linsen"))
    text = render_text(diff(old, new), old, new)
    assert '- "Operasjoner på linsen"\n' in text and '+ "Operasjoner  på linsen"\n' in text


def test_the_systems_of_a_property_may_stand_in_any_order() -> None:
    own = ("egenskap q icd10\n  A00\n", "egenskap q ncsp\n  NFB30\n")
    assert diff(rules(BOOK + "".join(own)), rules(BOOK + "".join(own[::-1]))).edits == ()
