"""The year diff: every edit is a change, every change is an edit, and edits can be carried out."""

from __future__ import annotations

import json
from typing import get_args, get_type_hints

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isfdsl.changes import apply, canonical, diff, keyed
from isfdsl.changes import edits as ed
from isfdsl.changes.compare import importance
from isfdsl.changes.parts import KIND_NAMES, LINES
from isfdsl.changes.render import render_html, render_text, to_json
from isfdsl.changes.words import PART_WORDS
from isfdsl.program import Ruleset, Workspace, load
from isfdsl.syntax import ast

YEARS = ("rules/2020", "rules/2024", "rules/2025")

BASE = """
regelverk ISF 2020
  gyldig 2020-01-01 til 2020-12-31
sats pris 45 808 kr
sats andel 50 %
kodeverk icd10 åpent
kodeverk ncsp
  NFB30 "Protese"
  NFB40 "Annen protese"
post episode
  episode_id tekst nøkkel
  pasient_id tekst
  inn tidspunkt
  hovedtilstand kodepar icd10 valgfri
  prosedyrer kode liste ncsp
begrep alder for episode = 3 år
kodeliste artrose icd10
  M16.0 "Primær"
  M16.1
egenskap 08S81 "Protese" ncsp
  NFB30
DRG 209E "Hofte"
  HDG 08
  vekt 2,1
DRG 470 "Annet"
hierarki DRG for episode
  rekkefølge a, b
  ellers 470
gruppe a i DRG
  når hovedtilstand finnes
  regel r1 gir 209E når prosedyrer har egenskap 08S81 og hovedtilstand i artrose
  regel r2 gir 470 når hovedtilstand i M17*
  regel r3 gir 470 når hovedtilstand i M18*
gruppe b i DRG
  regel r4 gir 470 når hovedtilstand mangler
TFG HT03 "Forløp"
  trigger DRG 209E
  omfatter DRG 470 fra 0 dager før start til 30 dager etter slutt
  medlem starter i vinduet, også på triggerens egen startdag
  innenfor triggerens kalenderår
  ny trigger åpner eget forløp
  flere forløp nærmeste
  telles per trigger
krav tlf "Telefon" for episode
  gjelder når hovedtilstand finnes
  vilkår a når prosedyrer finnes
  vilkår b dokumenteres
refusjon x 1 kr avrundes øre
refusjon y 2 kr avrundes øre
"""


def rules(text: str) -> Ruleset:
    loaded = Workspace().load_texts([("a.isf", text)])
    assert not loaded.problems
    return loaded.ruleset


def one_edit(change: tuple[str, str]) -> ed.Edit:
    before, after = change
    assert before in BASE
    found = diff(rules(BASE), rules(BASE.replace(before, after))).edits
    assert len(found) == 1, found
    return found[0]


def carried_out(old: Ruleset, new: Ruleset) -> bool:
    change = diff(old, new)
    return canonical(apply(change, keyed(old.declarations))) == canonical(keyed(new.declarations))


CASES: list[tuple[tuple[str, str], type[ed.Edit], dict[str, object]]] = [
    (("45 808", "52 248"), ed.RateChanged, {"key": ("sats", "pris")}),
    (('DRG 470 "Annet"', 'DRG 470 "Annet"\nDRG 812P "Ny"'), ed.GroupAdded, {"key": ("DRG", "812P")}),
    (('DRG 470 "Annet"\n', ""), ed.GroupRetired, {"key": ("DRG", "470")}),
    (('"Hofte"', '"Hofteprotese"'), ed.GroupRenamed, {"slot": "title"}),
    (("vekt 2,1", "vekt 2,2"), ed.WeightChanged, {"item_key": "vekt"}),
    (("  HDG 08", "  HDG 8"), ed.AttributeChanged, {"item_key": "HDG"}),
    (("M17*", "M19*"), ed.RuleChanged, {"item_key": "r2", "part": "condition"}),
    (("  regel r4", "  regel r5 gir 470 når aldri\n  regel r4"), ed.RuleAdded, {"item_key": "r5", "after": None}),
    (("  regel r2 gir 470 når hovedtilstand i M17*\n", ""), ed.RuleRemoved, {"item_key": "r2"}),
    (("  NFB30\n", "  NFB30\n  NFB40\n"), ed.PropertyCodesChanged, {"key": ("egenskap", "08S81")}),
    (("  M16.1\n", ""), ed.CodesChanged, {"key": ("kodeliste", "artrose")}),
    (("til 30 dager", "til 60 dager"), ed.WindowChanged, {"item_key": "DRG 470"}),
    (("  vilkår b", "  vilkår c dokumenteres\n  vilkår b"), ed.ConditionAdded, {"item_key": "c"}),
    (("  vilkår b dokumenteres\n", ""), ed.ConditionRemoved, {"item_key": "b"}),
    (("når prosedyrer finnes", "når prosedyrer mangler"), ed.ConditionChanged, {"item_key": "a"}),
    (("gjelder når hovedtilstand finnes", "gjelder når alltid"), ed.CriteriaChanged, {"slot": "applies"}),
    (("= 3 år", "= 4 år"), ed.FormulaChanged, {"key": ("begrep", "alder for episode")}),
    (("rekkefølge a, b", "rekkefølge b, a"), ed.ItemMoved, {"slot": "order"}),
    (("  vilkår b dokumenteres", '  vilkår b dokumenteres kilde "x"'), ed.ConditionChanged, {"part": "meta"}),
    (("gyldig 2020-01-01", "gyldig 2020-02-01"), ed.DaysChanged, {"slot": "start"}),
]


@pytest.mark.parametrize(("change", "cls", "values"), CASES, ids=lambda v: v.__name__ if isinstance(v, type) else "")
def test_one_change_is_one_edit(change: tuple[str, str], cls: type[ed.Edit], values: dict[str, object]) -> None:
    edit = one_edit(change)
    assert type(edit) is cls
    for name, value in values.items():
        assert getattr(edit, name) == value
    assert carried_out(rules(BASE), rules(BASE.replace(*change)))


def test_a_moved_rule_says_what_it_passed() -> None:
    moved = BASE.replace("  regel r3 gir 470 når hovedtilstand i M18*\n", "").replace(
        "  regel r1", "  regel r3 gir 470 når hovedtilstand i M18*\n  regel r1"
    )
    (edit,) = diff(rules(BASE), rules(moved)).edits
    assert isinstance(edit, ed.RuleMoved)
    assert (edit.item_key, edit.passed, edit.up) == ("r3", ("r1", "r2"), True)
    assert "flyttes over r1, r2" in render_text(diff(rules(BASE), rules(moved)), rules(BASE), rules(moved))


def test_a_rule_in_another_block_is_transferred() -> None:
    line = "  regel r3 gir 470 når hovedtilstand i M18*\n"
    moved = BASE.replace(line, "").replace("gruppe b i DRG\n", "gruppe b i DRG\n" + line)
    (edit,) = diff(rules(BASE), rules(moved)).edits
    assert isinstance(edit, ed.RuleTransferred)
    assert edit.old_key == ("gruppe", "a i DRG")
    assert carried_out(rules(BASE), rules(moved))


def test_criteria_edits_name_the_parts_that_differ() -> None:
    edit = one_edit(("og hovedtilstand i artrose", "og hovedtilstand i M16.9"))
    assert isinstance(edit, ed.RuleChanged)
    assert len(edit.gone) == len(edit.come) == 1


@pytest.mark.parametrize(
    "layout",
    [
        BASE.replace("\n", "\n\n"),
        BASE.replace("  ", "      "),
        BASE.replace("sats andel", "# ny kommentar\nsats andel"),
        BASE.replace("sats pris 45 808 kr\nsats andel 50 %", "sats andel 50 %\nsats pris 45 808 kr"),
        BASE.replace('  M16.0 "Primær"\n  M16.1', '  M16.1\n  M16.0 "Primær"'),
        BASE.replace("  HDG 08\n  vekt 2,1", "  vekt 2,1\n  HDG 08"),
        BASE.replace("2,1", "2,10"),
    ],
    ids=["blanks", "indent", "comment", "declarations", "lines", "attributes", "digits"],
)
def test_layout_is_never_a_change(layout: str) -> None:
    assert diff(rules(BASE), rules(layout)).edits == ()


def test_the_order_of_refusjon_is_a_change() -> None:
    swapped = BASE.replace("refusjon x 1", "refusjon z 1").replace("refusjon y 2", "refusjon x 1")
    swapped = swapped.replace("refusjon z 1", "refusjon y 2")
    (edit,) = diff(rules(BASE), rules(swapped)).edits
    assert isinstance(edit, ed.OrderChanged)
    assert carried_out(rules(BASE), rules(swapped))


KNOWN = """
regelverk ISF {year}
  gyldig {year}-01-01 til {year}-12-31
passasje S20 "2020"
  om år 2020
passasje S22 "2022"
  om år 2022
passasje S24 "2024"
  om år 2024
passasje S26 "2026"
  om år 2026
kodeverk ncsp
  NFB30
  NFB40
post episode
  episode_id tekst nøkkel
  pasient_id tekst
  inn tidspunkt
  prosedyrer kode liste ncsp
"""


def known(year: int, text: str) -> Ruleset:
    return rules(KNOWN.format(year=year) + text)


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("", "DRG 1 kilde S24", True),
        ("", "DRG 1 kilde S26", False),  # first named by a source of a later year
        ("", "DRG 1 kilde S22, S26", True),
        ("DRG 1 kilde S22", "", False),  # was never confirmed for 2020
        ("DRG 1 kilde S20", "", True),
        ("sats p 45 kr kilde S20", "sats p ukjent kilde S24", False),
        ("sats p ukjent kilde S20", "sats p 45 kr kilde S24", False),
        ("sats p 44 kr kilde S20", "sats p 45 kr kilde S24", True),
        ("DRG 1 vekt 1,0 kilde S20", "DRG 1 vekt ukjent kilde S20", False),
        ("DRG 1 vekt 1,0 kilde S20", "DRG 1 vekt 1,1 kilde S20", True),
        ('STG A ufullstendig "koden"', 'STG A utløses av episode ufullstendig "koden"', False),
        ("STG A kilde S20", "STG A utløses av episode kilde S20", True),
        ('STG A ufullstendig "navnet"', 'STG A "Navn" ufullstendig "navnet"', True),
        (
            "krav k for episode vilkår v ukjent kilde S20",
            "krav k for episode vilkår v når prosedyrer finnes kilde S20",
            False,
        ),
        ("rapportering t ukjent", "rapportering t 2024-01-01 til 2024-04-30 første 2024-05-02 siste 2024-05-20", False),
    ],
)
def test_what_no_source_can_tell_is_no_change(old: str, new: str, shown: bool) -> None:
    before, after = known(2020, old), known(2024, new)
    change = diff(before, after)
    found = [e for e in change.edits if e.key[0] != "regelverk" and not isinstance(e, ed.SourceChanged)]
    assert found
    assert [e for e in found if not importance(e)[0]] == (found if shown else [])
    assert all(e.undecided for e in found) is not shown
    assert carried_out(before, after)
    heading = "Kan ikke avgjøres: ingen kilde sier om det er endret"
    assert (heading in render_text(change, before, after, everything=True)) is not shown


def test_a_group_that_ends_is_told_once_with_the_source_that_ends_it() -> None:
    hierarchy = "hierarki DRG for episode rekkefølge a ellers ingen kilde S20\ngruppe a i DRG "
    old = known(2020, f'DRG 1 "En" kilde S20\n{hierarchy}\n regel r gir 1 når prosedyrer finnes kilde S20')
    new = known(2024, f'utgått DRG 1 "En" fra 2024-01-01 merknad "Ikke i bruk." kilde S24\n{hierarchy}')
    change = diff(old, new)
    text = render_text(change, old, new)
    assert text.count("DRG 1 «En»") == 1
    assert "Ikke i bruk." in text
    assert "kilde: S20" not in text
    assert text.count("kilde: S24") == 2


def test_a_code_line_shows_its_days() -> None:
    old, new = known(2020, ""), rules(KNOWN.format(year=2024).replace("  NFB40\n", "  NFB40 til 2023-12-31\n"))
    assert "NFB40  til 2023-12-31" in render_text(diff(old, new), old, new)


@given(st.data())
def test_any_two_books_made_of_the_same_pieces(data: st.DataObject) -> None:
    pieces = BASE.strip().split("\n")
    heads = [i for i, line in enumerate(pieces) if line and not line.startswith(" ")]
    blocks = [pieces[a:b] for a, b in zip(heads, [*heads[1:], len(pieces)], strict=True)]

    def book() -> Ruleset:
        kept = [b for b in blocks if data.draw(st.booleans())]
        order = data.draw(st.permutations(kept)) if data.draw(st.booleans()) else kept
        lines = []
        for block in order:
            head, *rest = block
            lines.append(head)
            drop = data.draw(st.sets(st.integers(0, max(0, len(rest) - 1)), max_size=2))
            keep = [x for i, x in enumerate(rest) if i not in drop]
            if head.startswith(("gruppe", "egenskap", "kodeliste")) and data.draw(st.booleans()):
                guard = [x for x in keep if not x.startswith("  regel") and head.startswith("gruppe")]
                movable = [x for x in keep if x not in guard]
                keep = guard + list(data.draw(st.permutations(movable)))
            lines += keep
        loaded = Workspace().load_texts([("a.isf", "\n".join(lines))])
        return loaded.ruleset

    old, new = book(), book()
    assert diff(old, old).edits == ()
    assert carried_out(old, new)
    change = diff(old, new)
    render_text(change, old, new, everything=True)
    json.dumps(to_json(change, old, new))


@pytest.mark.parametrize(("old", "new"), [(a, b) for a in YEARS for b in YEARS])
def test_the_years(old: str, new: str) -> None:
    first, second = load(old).ruleset, load(new).ruleset
    assert carried_out(first, second)
    if old == new:
        assert diff(first, second).edits == ()


def told(before: str, after: str) -> list[str]:
    old, new = rules(BASE.replace("= 3 år", f"= {before}")), rules(BASE.replace("= 3 år", f"= {after}"))
    return [line.strip() for line in render_text(diff(old, new), old, new).splitlines() if line.startswith("    ")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(1 år + 2 år) * 2", "2 * (1 år + 2 år)"),
        ("((1 år) + (2 år))", "(1 år + ((2 år) - 3 år)) * (2 + (3))"),
        ('(1 hvis pasient_id = ")" ellers 2) + 1', '1 + (1 hvis pasient_id = "(" ellers 2)'),
    ],
)
def test_what_is_shown_has_its_parentheses(before: str, after: str) -> None:
    was, now = told(before, after)
    for line, text in ((was, before), (now, after)):
        assert line[0] in "-+"
        # Those around it all say nothing.
        assert line[2:] == text or f"({line[2:]})" == text


def test_parentheses_and_signs_in_comments_and_texts_are_none() -> None:
    was, now = told(
        "1 år", '(  # (se nr. 1)\n    1 år + 2 år  # til (slutt\n  ) * (3 hvis pasient_id = "#1 (" ellers 4)'
    )
    assert (was, now) == ("- 1 år", '+ ( 1 år + 2 år ) * (3 hvis pasient_id = "#1 (" ellers 4)')


def test_a_long_list_of_codes_says_how_many_more() -> None:
    gone = "".join(f"  K{n:02}\n" for n in range(21))
    come = "".join(f"  L{n:02}\n" for n in range(32))
    old, new = rules(BASE.replace("  M16.1\n", gone)), rules(BASE.replace("  M16.1\n", come))
    change = diff(old, new)
    text = render_text(change, old, new)
    assert "- … og 1 til" in text and "+ … og 12 til" in text
    assert "+ L19\n" in text and "L20" not in text
    page = render_html(change, old, new)
    assert "<del>… og 1 til</del>" in page and "<ins>… og 12 til</ins>" in page
    (edit,) = to_json(change, old, new)["endringer"]
    assert len(edit["for"]) == len(edit["gaar"]) == 21
    assert len(edit["etter_endring"]) == len(edit["kommer"]) == 32
    assert not any("til" in line for line in (*edit["for"], *edit["etter_endring"]))


def test_a_short_list_of_codes_is_all_there() -> None:
    come = "".join(f"  L{n:02}\n" for n in range(20))
    old, new = rules(BASE), rules(BASE.replace("  M16.1\n", come))
    text = render_text(diff(old, new), old, new)
    assert "L19" in text and " til\n" not in text


def test_a_rule_that_passes_many_says_how_many() -> None:
    more = "".join(f"  regel s{n} gir 470 når hovedtilstand i N{n:02}\n" for n in range(5))
    last = "  regel sist gir 470 når hovedtilstand i P00\n"
    head = "gruppe b i DRG\n"
    old, new = rules(BASE.replace(head, head + more + last)), rules(BASE.replace(head, head + last + more))
    assert "flyttes over s0, s1, s2, s3 og 1 til" in render_text(diff(old, new), old, new)


def test_every_part_of_the_tree_has_a_word() -> None:
    """An edit may name any part of a declaration, and any part of a line of one."""
    named: dict[str, list[str]] = {}
    for kind in KIND_NAMES:
        hints = get_type_hints(kind)
        lines = [get_args(hints[line.slot])[0] for line in LINES.get(kind, ())]
        for cls in (kind, *lines):
            for a in attrs.fields(cls):
                named.setdefault(a.name, []).append(cls.__name__)
    assert "attested_by" in named and "reporting" in named
    assert {name: where for name, where in named.items() if name not in PART_WORDS and name != "span"} == {}


def test_every_declaration_has_a_kind() -> None:
    assert set(KIND_NAMES) == set(get_args(ast.AnyDeclaration))


def test_how_a_condition_is_attested_and_reported_has_words() -> None:
    post = BASE.replace("  inn tidspunkt\n", "  inn tidspunkt\n  skrevet ja_nei valgfri\n  sted tekst valgfri\n")
    old = rules(post)
    new = rules(
        post.replace(
            "  vilkår b dokumenteres\n",
            "  vilkår b dokumenteres attestert i skrevet\n  når oppfylt rapporteres sted 3\n",
        )
    )
    text = render_text(diff(old, new), old, new)
    assert "krav tlf: b, attestert i\n" in text
    assert "krav tlf: rapportering\n" in text
    assert "attested" not in text and "reporting" not in text
