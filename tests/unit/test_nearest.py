"""What is offered after «mente du»."""

from __future__ import annotations

import random
import time

import pytest

from isfdsl.diagnostics.nearest import _distance, nearest

NAMES = (
    "kostnadsvekt",
    "enhetspris_somatikk",
    "isf_andel_somatikk",
    "særtjeneste",
    "poliklinikk",
    "døgnopphold",
    "alder_dager",
    "alder_år",
    "hovedtilstand",
    "bitilstander",
    "I210A",
    "I210B",
    "M161",
    "M169",
    "Z501",
)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("kostnadsvkt", "kostnadsvekt"),  # a letter left out
        ("kostnadsvektt", "kostnadsvekt"),  # one too many
        ("kostandsvekt", "kostnadsvekt"),  # two that changed places
        ("kostnad", "kostnadsvekt"),  # only the beginning
        ("KOSTNADSVEKT", "kostnadsvekt"),
        ("kostnadsv\u0435kt", "kostnadsvekt"),  # a Cyrillic е
        ("k\u03bfstnadsvekt", "kostnadsvekt"),  # a Greek ο
        ("saertjeneste", "særtjeneste"),
        ("sartjeneste", "særtjeneste"),
        ("doegnopphold", "døgnopphold"),
        ("dognopphold", "døgnopphold"),
        ("alder_aar", "alder_år"),
        ("alder_a\u030ar", "alder_år"),  # the ring as a letter of its own, as file names on a Mac have it
        ("alder-dager", "alder_dager"),
        ("alderdager", "alder_dager"),
        ("ＭＩ６1", "M161"),  # full-width letters
        ("I210a", "I210A"),
        ("I21OA", "I210A"),  # the letter O for the digit
        ("M16.1", "M161"),
        ("MI61", "M161"),
        ("Z5O.1", "Z501"),
    ],
)
def test_the_nearest_name(word: str, meant: str) -> None:
    assert nearest(word, NAMES) == (meant,)


@pytest.mark.parametrize("word", ["", "x", "vekt", "refusjon", "Q999", "-", "ord " * 10_000])
def test_nothing_is_better_than_a_wild_guess(word: str) -> None:
    assert nearest(word, NAMES) == ()


def test_no_candidates_and_no_wish() -> None:
    assert nearest("sats", ()) == ()
    assert nearest("sats", ("sats1",), 0) == ()


def test_case_comes_before_signs_and_signs_before_letters() -> None:
    assert nearest("m16.1", ("M162", "m161", "M16.1", "M999"), 3) == ("M16.1", "m161", "M162")


def test_a_word_is_never_offered_for_itself() -> None:
    assert nearest("M161", ("M161", "M169")) == ("M169",)


def test_the_order_of_the_candidates_makes_no_difference() -> None:
    names = [f"felt_{letter}" for letter in "abcdefgh"]
    expected = nearest("felt_x", names, 4)
    assert expected == ("felt_a", "felt_b", "felt_c", "felt_d")
    for seed in range(20):
        random.Random(seed).shuffle(names)
        assert nearest("felt_x", names, 4) == expected


def test_a_candidate_with_a_line_end_is_a_candidate_like_others() -> None:
    assert nearest("tre", ("en\nto", "tree")) == ("tree",)


def test_a_large_code_system_answers_at_once() -> None:
    digits = random.Random(8)
    codes = tuple({f"{digits.choice('ABCDEFGHJKLM')}{digits.randrange(10**6):06}" for _ in range(82_000)})
    wanted = next(code for code in codes if code[3] != code[4])
    word = f"{wanted[:3]}{wanted[4]}{wanted[3]}{wanted[5:]}"
    began = time.perf_counter()
    found = nearest(word, codes, 40)
    first = time.perf_counter() - began
    began = time.perf_counter()
    assert nearest(word, codes, 40) == found
    again = time.perf_counter() - began
    assert wanted in found
    # About 40 ms and 10 ms on a quiet machine; the margin is for a busy one.
    assert first < 0.5
    assert again < 0.25


def _slow_distance(a: str, b: str) -> int:
    """The textbook table, to hold the quick one against."""
    table = [[i + j if 0 in (i, j) else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


def test_the_distance_is_the_one_of_the_textbook() -> None:
    letters = random.Random(7)
    for _ in range(3_000):
        a, b = ("".join(letters.choices("abc", k=letters.randrange(9))) for _ in range(2))
        assert _distance(a, b) == _slow_distance(a, b), (a, b)
