"""Changes that move money are shown: order that decides, days, what stands in a new group, holes that are filled."""

from __future__ import annotations

import pytest

from isfdsl.changes import diff
from isfdsl.changes import edits as ed
from isfdsl.changes.compare import importance
from isfdsl.changes.render import render_html, render_text, to_json
from isfdsl.program import Workspace
from isfdsl.program.ruleset import Ruleset
from tests.diff.test_diff import BASE, carried_out, known, rules

HEAD = """regelverk ISF 2024
  gyldig 2024-01-01 til 2024-12-31
kodeverk icd10 åpent
post episode
  episode_id tekst nøkkel
  hovedtilstand kodepar icd10 valgfri
  inn tidspunkt
slag kategori oppslag første kode
DRG 1
DRG 2
"""
HIERARCHY = "hierarki DRG for episode ellers ingen\n"
ONE = "gruppe g1 i DRG\n  regel r1 gir 1 når hovedtilstand i A00\n"
TWO = "gruppe g2 i DRG\n  regel r2 gir 2 når hovedtilstand i A00, B00\n"


def files(*texts: str) -> Ruleset:
    found = Workspace().load_texts([(f"{n}.isf", text) for n, text in enumerate(texts)])
    assert not found.problems
    return found.ruleset


def shown(old: Ruleset, new: Ruleset) -> list[ed.Edit]:
    assert carried_out(old, new)
    return [e for e in diff(old, new).edits if not importance(e)[0]]


STG = ("STG S1 utløses av episode\n", "STG S2 utløses av episode\n")
TFG = ("TFG T1 omfatter DRG 1\n", "TFG T2 omfatter DRG 1\n")
SHARED = ("egenskap e1 icd10\n  av slag kategori\n  A00\n  B00\n", "egenskap e2 icd10\n  av slag kategori\n  A0.0\n")
PATTERN = (SHARED[0], "egenskap e2 icd10\n  av slag kategori\n  A*\n")


@pytest.mark.parametrize(
    ("pair", "before", "after", "said"),
    [
        ((ONE, TWO), "g1, g2", "g2, g1", "rekkefølgen av gruppene i DRG"),
        (STG, "S1, S2", "S2, S1", "rekkefølgen av STG"),
        (TFG, "T1, T2", "T2, T1", "rekkefølgen av TFG"),
        (SHARED, "e1, e2", "e2, e1", "rekkefølgen av egenskapene av slag kategori"),
        (PATTERN, "e1, e2", "e2, e1", "rekkefølgen av egenskapene av slag kategori"),
    ],
)
def test_the_order_of_files_is_a_change_where_it_decides(
    pair: tuple[str, str], before: str, after: str, said: str
) -> None:
    old, new = files(HEAD + HIERARCHY, *pair), files(HEAD + HIERARCHY, *pair[::-1])
    (edit,) = shown(old, new)
    assert isinstance(edit, ed.OrderChanged)
    text = render_text(diff(old, new), old, new)
    assert f"{said}\n" in text and f"- {before}\n" in text and f"+ {after}\n" in text
    (told,) = to_json(diff(old, new), old, new)["endringer"]
    assert (told["for"], told["etter_endring"]) == ([before], [after])


def test_the_order_of_properties_without_a_common_code_decides_nothing() -> None:
    other = SHARED[1].replace("A0.0", "C00")
    assert shown(files(HEAD, SHARED[0], other), files(HEAD, other, SHARED[0])) == []


STATED = HIERARCHY.replace(" ellers", " rekkefølge g1, g2 ellers")


def test_an_order_that_is_written_out_as_it_was_is_no_change_of_it() -> None:
    for stated, pair in ((STATED, (ONE, TWO)), (HIERARCHY + "rekkefølge STG: S1, S2\n", STG)):
        old, new = files(HEAD + HIERARCHY, *pair), files(HEAD + stated, *pair)
        assert shown(old, new) == [] == shown(new, old)
        assert files(HEAD + stated, *pair[::-1]) and shown(new, files(HEAD + stated, *pair[::-1])) == []
        (edit,) = shown(old, files(HEAD + stated, *pair)) or shown(files(HEAD + HIERARCHY, *pair[::-1]), new)
        assert isinstance(edit, ed.OrderChanged)


def test_a_line_of_an_order_that_moves_is_told_once() -> None:
    old = files(HEAD + STATED, ONE, TWO)
    (edit,) = shown(old, files(HEAD + STATED.replace("g1, g2", "g2, g1"), ONE, TWO))
    assert isinstance(edit, ed.ItemMoved)


def test_an_order_in_several_declarations_is_one_order() -> None:
    stgs = "".join(f"STG S{n} utløses av episode\n" for n in (1, 2, 3))
    old = files(HEAD + stgs, "rekkefølge STG: S1, S2\n", "rekkefølge STG: S3\n")
    (edit,) = shown(old, files(HEAD + stgs, "rekkefølge STG: S1\n", "rekkefølge STG: S3, S2\n"))
    assert isinstance(edit, ed.OrderChanged)
    assert shown(old, files(HEAD + stgs, "rekkefølge STG: S1\n", "rekkefølge STG: S2, S3\n")) == []
    assert shown(old, files(HEAD + stgs, "rekkefølge STG: S1, S2, S3\n")) == []


def test_a_new_refusjon_is_shown_with_what_it_pays_and_where_it_stands() -> None:
    line = "refusjon y når inn finnes 2 kr avrundes øre"
    old, new = files(HEAD + "refusjon x 1 kr\n"), files(HEAD + line + "\nrefusjon x 1 kr\n")
    text = render_text(diff(old, new), old, new)
    assert f"+ {line}\n" in text and "- x\n" in text and "+ y, x\n" in text


def test_a_group_that_an_order_no_longer_names_is_no_longer_tried() -> None:
    old = files(HEAD + STATED, ONE, TWO)
    (edit,) = shown(old, files(HEAD + STATED.replace("g1, g2", "g2"), ONE, TWO))
    assert isinstance(edit, ed.OrderChanged)


def test_a_new_group_that_comes_first_is_told_as_new() -> None:
    (edit,) = shown(files(HEAD + HIERARCHY, ONE), files(HEAD + HIERARCHY, TWO, ONE))
    assert type(edit) is ed.Added


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        ((2024, "2024-01-01 til 2024-12-31"), (2025, "2025-01-01 til 2025-12-31"), 0),
        ((2024, "2024-01-01 til 2024-12-31"), (2024, "2024-01-01 til 2024-11-30"), 1),
        ((2024, "2024-01-01 til 2024-12-31"), (2024, "2024-02-01 til 2024-11-30"), 2),
        ((2024, "2024-01-01 til 2024-12-31"), (2024, "2024-01-01 til 2025-12-31"), 1),
        ((2024, "2024-01-01 til 2024-12-31"), (2025, "2025-01-01 til 2025-06-30"), 3),
        ((2024, "2024-01-01 til 2024-06-30"), (2025, "2025-01-01 til 2025-06-30"), 3),
        ((2024, "2024-01-01 til 2024-12-31"), (2025, "2024-01-01 til 2024-12-31"), 1),
    ],
)
def test_the_days_of_the_regelverk_are_background_from_one_whole_year_to_another(
    old: tuple[int, str], new: tuple[int, str], count: int
) -> None:
    before, after = (rules(f"regelverk ISF {year}\n  gyldig {days}\n") for year, days in (old, new))
    found = shown(before, after)
    assert [type(e) for e in found] == [ed.DaysChanged] * count
    assert ("Dagene regelverket gjelder" in render_text(diff(before, after), before, after)) is bool(count)


def test_a_rule_that_goes_to_a_new_group_is_moved() -> None:
    rule = "  regel r3 gir 470 når hovedtilstand i M18*\n"
    guard = "gruppe c i DRG\n  når hovedtilstand mangler\n"
    new = rules(BASE.replace(rule, "").replace("gruppe b i DRG", guard + rule + "gruppe b i DRG"))
    found = shown(rules(BASE), new)
    assert [type(e) for e in found] == [ed.RuleTransferred, ed.Added]
    text = render_text(diff(rules(BASE), new), rules(BASE), new)
    assert "regel r3 flyttes fra a i DRG til c i DRG" in text
    assert "gruppe c i DRG\n      + når hovedtilstand mangler\n" in text
    back = shown(new, rules(BASE))
    assert [type(e) for e in back] == [ed.RuleTransferred, ed.Removed]


def test_a_group_with_another_name_and_guard_keeps_its_rules() -> None:
    old = files(HEAD + HIERARCHY, ONE.replace("\n  regel", "\n  når inn finnes\n  regel") + "  regel r2 gir 2\n")
    new = files(HEAD + HIERARCHY, ONE.replace("g1", "g9") + "  regel r2 gir 2\n")
    found = shown(old, new)
    assert [type(e) for e in found] == [ed.RuleTransferred, ed.RuleTransferred, ed.Added, ed.Removed]
    assert "- når inn finnes\n" in render_text(diff(old, new), old, new)


def test_what_stands_in_a_new_group_is_shown() -> None:
    old, new = files(HEAD + HIERARCHY, ONE), files(HEAD + HIERARCHY, ONE, TWO)
    line = "regel r2 gir 2 når hovedtilstand i A00, B00"
    assert f"gruppe g2 i DRG\n      + {line}\n" in render_text(diff(old, new), old, new)
    assert f"<ins>{line}</ins>" in render_html(diff(old, new), old, new)
    assert f"- {line}\n" in render_text(diff(new, old), new, old)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", "sats p 1 kr kilde S26"),
        ("sats p 1 kr kilde S22", ""),
        ("sats p 45 kr kilde S20", "sats p ukjent kilde S24"),
        ("sats p ukjent kilde S20", "sats p 45 kr kilde S24"),
        ("DRG 1 vekt 1,0 kilde S20", "DRG 1 vekt ukjent kilde S20"),
        ('STG A ufullstendig "koden"', 'STG A utløses av episode ufullstendig "koden"'),
        (
            "poeng for opphold grunnlag 1 poeng",
            "poeng for opphold grunnlag 1 poeng tillegg t når alltid 1 poeng kilde S26",
        ),
    ],
)
def test_between_two_versions_of_one_year_everything_is_decided(old: str, new: str) -> None:
    before, after = known(2020, old), known(2020, new)
    assert shown(before, after)
    assert not any(e.undecided for e in diff(before, after).edits)
    assert "Kan ikke avgjøres" not in render_text(diff(before, after), before, after, everything=True)
