"""The checker of an editor: same answers as a fresh one, and only what an edit may have changed is asked again."""

from __future__ import annotations

import pytest

from isfdsl.check import CHECKS, Checker, check
from isfdsl.program import Workspace
from tests.check.golden import CASES, PRELUDE, cases
from tests.check.national import national


def texts(**changed: str) -> list[tuple[str, str]]:
    small = national(rules=60, lines=2_000)
    return [(name, changed.get(name, text)) for name, text in small.items()]


def test_a_small_national_regelverk_has_no_problems() -> None:
    result = check(Workspace().load_texts(texts()))
    assert result.problems == () and result.suppressed == 0 and result.ok


@pytest.mark.slow
def test_a_regelverk_of_national_size_has_no_problems() -> None:
    loaded = Workspace().load_texts(national().items())
    assert sum(len(g.rules) for g in loaded.ruleset.grupper.values()) == 2_200
    result = check(loaded)
    assert result.problems == () and result.suppressed == 0


EDITS = {
    # An edit that others can't see: only the file is asked again.
    "drg.isf": ("returkode '0'", "returkode '1'", False),
    "komplikasjon.isf": ("gir 1", "gir  1", False),
    "egenskaper/hdg_03.isf": ('kilde "', 'kilde  "', False),
    "drg_liste.isf": ("vekt ", "vekt 1", False),
    # One that they see: everything is.
    "ordliste.isf": ("0..45 000", "0..50 000", True),
    "icd10.isf": ("  A00 ", "  A0X ", True),
}


@pytest.mark.parametrize("name", EDITS)
def test_only_what_an_edit_may_change_is_asked_again(name: str) -> None:
    old, new, everything = EDITS[name]
    workspace, checker = Workspace(), Checker()
    before = workspace.load_texts(texts())
    checker.check(before)
    total = len(before.ruleset.declarations)
    assert checker.rechecked == total
    checker.check(workspace.load_texts(texts()))
    assert checker.rechecked == 0
    text = dict(texts())[name]
    assert old in text
    after = workspace.load_texts(texts(**{name: text.replace(old, new, 1)}))
    result = checker.check(after)
    own = next(len(f.declarations) for f in after.ruleset.files if f.source == name)
    assert checker.rechecked == (total if everything else own)
    assert result == check(after)


def test_the_same_checker_gives_what_a_fresh_one_gives() -> None:
    """One after the other, every golden case as an edit of the one before."""
    workspace, checker = Workspace(), Checker()
    for case in cases():
        loaded = workspace.load_texts(case.texts())
        assert checker.check(loaded) == check(loaded), f"{case.file}: {case.title}"


def test_an_edit_in_one_file_changes_what_is_said_of_another() -> None:
    workspace, checker = Workspace(), Checker()
    prelude = (CASES / PRELUDE).read_text("utf-8")
    use = ("bruk.isf", "begrep b for episode = a\n")
    assert checker.check(workspace.load_texts([(PRELUDE, prelude), use])).problems
    define = ("mer.isf", "begrep a for episode = alder > 3 år\n")
    assert not checker.check(workspace.load_texts([(PRELUDE, prelude), use, define])).problems
    assert checker.check(workspace.load_texts([(PRELUDE, prelude), use])).problems


def test_problems_stand_in_reading_order_of_all_files() -> None:
    prelude = (CASES / PRELUDE).read_text("utf-8")
    files = [(PRELUDE, prelude), ("b.isf", "begrep x for episode = aa\n"), ("a.isf", "begrep y for episode = bb cc\n")]
    result = check(Workspace().load_texts(files))
    assert [p.span.source for p in result.problems if p.span] == ["a.isf", "b.isf"]
    assert not result.ok


def test_blocks_in_several_files_need_an_order() -> None:
    prelude = """
hierarki A for episode
  {order}
  ellers ingen
  kilde "P"
"""
    rule = 'gruppe {name} i A\n  regel {name}1 gir {name}\n    når alder > 3 år\n    kilde "P"\n'
    own = (PRELUDE, (CASES / PRELUDE).read_text("utf-8"))
    files = [own, ("b.isf", rule.format(name="y")), ("c.isf", rule.format(name="x"))]
    found = check(Workspace().load_texts([*files, ("a.isf", prelude.format(order=""))])).problems
    (problem,) = (p for p in found if p.code == "ISF4033")
    assert problem.span is not None and problem.span.source == "b.isf"
    assert [r.span.source for r in problem.related()] == ["c.isf"]
    assert (problem.help() or "").endswith("rekkefølge y, x")
    for stated in ([*files, ("a.isf", prelude.format(order="rekkefølge x, y"))], files[:2]):
        assert "ISF4033" not in {p.code for p in check(Workspace().load_texts(stated)).problems}


def test_every_check_has_a_name_of_its_own_and_looks_somewhere() -> None:
    assert len({c.name for c in CHECKS}) == len(CHECKS)
    for c in CHECKS:
        assert c.reports
        assert any((c.each, c.part, c.site, c.file, c.whole))
        assert bool(c.on) == (c.each is not None)


def test_every_reported_class_is_announced() -> None:
    announced = {cls for c in CHECKS for cls in c.reports}
    for case in cases():
        for problem in case.run()[0].problems:
            assert problem.code.startswith("ISF1") or type(problem) in announced
