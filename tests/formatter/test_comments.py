"""Comments stay: all of them, in order, with what they were about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isfdsl.formatter import format_tree
from isfdsl.formatter.equality import same
from isfdsl.source import Source
from isfdsl.syntax.parse import parse
from tests.formatter.support import fmt, gaps
from tests.strategies.programs import programs


@st.composite
def commented(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A program's text with comments put in at random."""
    text = format_tree(draw(programs))
    places = gaps(text)
    chosen = sorted(draw(st.lists(st.integers(0, len(places) - 1), max_size=8)))
    out, at, comments = [], 0, []
    for number, index in enumerate(chosen):
        comment = f"# k{number}"
        before = draw(st.sampled_from([" ", "", "\n", "\n\n", "\n      "]))
        if before == "" and number and chosen[number - 1] == index:
            before = "\n"
        after = draw(st.sampled_from(["\n ", "\n\n ", "\n   "]))
        out += [text[at : places[index]], before, comment, after]
        at = places[index]
        comments.append(comment)
    return "".join([*out, text[at:]]), comments


@given(commented())
def test_comments_survive_in_order(case: tuple[str, list[str]]) -> None:
    text, comments = case
    before = parse(Source("x.isf", text))
    assert not before.problems, text
    formatted = fmt(text)
    after = parse(Source("x.isf", formatted))
    assert same(before.file.declarations, after.file.declarations)
    assert [c.text for c in after.comments] == comments
    assert all(line == line.rstrip() for line in formatted.split("\n"))
    assert "\n\n\n" not in formatted


CASES = {
    "top, between, end": (
        "# øverst\n\n\n# om a\nDRG  1\n  vekt 1 # bak\n\n# om b\n\nDRG 2\n# slutt\n",
        "# øverst\n\n# om a\nDRG 1\n  vekt  1  # bak\n\n# om b\n\nDRG 2\n\n# slutt\n",
    ),
    "before a clause": (
        "DRG 1\n# om vekt\n  vekt 1\n      # om trimpunkt\n  trimpunkt 2 dager\n",
        "DRG 1\n  # om vekt\n  vekt       1\n  # om trimpunkt\n  trimpunkt  2 dager\n",
    ),
    "a clause takes its comments along": (
        "DRG 1\n  vekt 1\n  HDG 4 # hdg\n  kilde k\n",
        "DRG 1\n  HDG    4  # hdg\n  vekt   1\n  kilde  k\n",
    ),
    "comments that would pass each other keep the author's order": (
        "DRG 1\n  vekt 1 # a\n  HDG 4 # b\n",
        "DRG 1\n  vekt  1  # a\n  HDG   4  # b\n",
    ),
    "inside a condition the condition is broken": (
        "begrep x for y = a # en\n og b\n # to\n og c",
        "begrep x for y =\n    a  # en\n    og b\n    # to\n    og c\n",
    ),
    "inside a list": (
        "rekkefølge STG: A, # a\n B,\n # c\n C",
        "rekkefølge STG: A,  # a\n    B,\n    # c\n    C\n",
    ),
    "in a code list": (
        "kodeliste x icd10\n A # a\n # b\n B\n\n # c\n C\n",
        "kodeliste x icd10\n  A  # a\n  # b\n  B\n\n  # c\n  C\n",
    ),
    "at the end of a body": (
        "gruppe g in DRG\n".replace(" in ", " i ") + "  regel r gir 1\n    når a\n    # mer her\n\nDRG 1\n",
        "gruppe g i DRG\n  regel r gir 1\n    når  a\n  # mer her\n\nDRG 1\n",
    ),
    "between rules": (
        "gruppe g i DRG\n når a\n # om r\n regel r gir 1\n når b # b\n # om s\n regel s gir 2\n",
        "gruppe g i DRG\n  når  a\n\n  # om r\n  regel r gir 1\n    når  b  # b\n\n  # om s\n  regel s gir 2\n",
    ),
    "in a run of rates": (
        "sats a 1 kr # en\n# om b\nsats bb 2 kr\n",
        "sats a   1 kr  # en\n# om b\nsats bb  2 kr\n",
    ),
    "behind a heading": ("post p # p\n a tekst # a\n", "post p  # p\n  a  tekst  # a\n"),
    "only comments": ("\n\n# a\n#b\n\n\n# c  \n", "# a\n#b\n\n# c\n"),
    "in an example": (
        'eksempel "x"\n pasient P1\n episode e1 a 1 # en\n b 2 # to\n # tre\n forvent e1 gir DRG 1',
        'eksempel "x"\n  pasient  P1\n  episode  e1  a 1  # en\n               b 2  # to\n  # tre\n'
        "  forvent  e1 gir DRG 1\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_comment_finds_its_place(name: str) -> None:
    before, after = CASES[name]
    assert fmt(before) == after
