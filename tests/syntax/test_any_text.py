"""Any text gives a tree or problems, soon, and never an exception."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isfdsl.diagnostics.base import Problem
from isfdsl.source import Source
from isfdsl.syntax.parse import (
    DECLARATION_WORDS,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_LINE,
    MAX_PROBLEMS,
    decode,
    parse,
    parser,
    read_text,
)
from isfdsl.syntax.parsed import Parsed

BLOCKS = {
    path.stem: path.read_text("utf-8")
    for path in sorted((Path(__file__).parents[1] / "data" / "language_blocks").glob("*.isf"))
}
TOKEN = re.compile(r'"(?:[^"\n]|"")*"|#[^\n]*|[\w.]*\w(?:[-:,]\w+)*[*?]?|[^\s\w]')
# Of the processor, so that a busy machine fails no test. One error in a page takes a few milliseconds.
SOON = 1.0

parser().book  # noqa: B018 — the first error pays for the tables, and is not what is measured here


def checked(text: str, within: float = SOON) -> Parsed:
    """Parse, and look at all that is said about the text."""
    started = time.process_time()
    parsed = parse(Source("a.isf", text))
    assert time.process_time() - started < within
    assert len(parsed.problems) <= MAX_PROBLEMS
    for problem in parsed.problems:
        look_at(problem, text)
    return parsed


def look_at(problem: Problem, text: str) -> None:
    """Every part of a problem is there and in place."""
    assert problem.span is not None
    assert 0 <= problem.span.start <= problem.span.end <= len(text)
    message = problem.message()
    assert message and "\n" not in message and "None" not in message and not message.endswith(".")
    assert "{siste}" not in message
    help_ = problem.help()
    assert help_ is None or (help_ and "\n" not in help_)
    assert "\n" not in problem.label()
    for related in problem.related():
        assert 0 <= related.span.start < related.span.end <= len(text)


def tokens(text: str) -> list[tuple[int, int]]:
    """Where the tokens of a text stand, comments left out."""
    return [m.span() for m in TOKEN.finditer(text) if not m.group().startswith("#")]


@pytest.mark.parametrize("block", sorted(BLOCKS))
def test_the_blocks_of_the_design_can_be_read(block: str) -> None:
    parsed = checked(BLOCKS[block])
    assert parsed.problems == ()
    assert parsed.file.declarations


@pytest.mark.slow
@pytest.mark.parametrize("block", sorted(BLOCKS))
def test_one_token_too_few_or_too_many_gives_at_most_one_problem(block: str) -> None:
    text = BLOCKS[block]
    for start, end in tokens(text):
        for broken in (
            text[:start] + text[end:],
            text[:end] + " " + text[start:end] + text[end:],
            text[:end],
            text[:start] + "§" + text[end:],
        ):
            parsed = checked(broken)
            assert len(parsed.problems) <= 1, (broken, [p.message() for p in parsed.problems])


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    checked(text)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    source, problems = decode(data, "a.isf")
    checked(source.text)
    for problem in problems:
        assert problem.message() and problem.help()


WORDS = [
    *sorted(parser().book.automaton.fixed.values()),
    *("x", "M16.1", "470", "'et navn'", '"tekst"', "0,150", "45 808", "2024-01-01", "2024-01-01T10:00", "Z47*", "A+B"),
    *("maks(", "\n", "\n  ", "0.150", "01.02.2024", "«", "# merknad\n", "poeng for", "teller i ISF", "@"),
]


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_any_row_of_tokens(words: list[str]) -> None:
    checked(" ".join(words))


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_a_program_with_pieces_moved_about(data: st.DataObject) -> None:
    text = BLOCKS[data.draw(st.sampled_from(sorted(BLOCKS)))]
    for _ in range(data.draw(st.integers(1, 4))):
        at = tokens(text)
        start, end = data.draw(st.sampled_from(at))
        other, stop = data.draw(st.sampled_from(at))
        kind = data.draw(st.sampled_from(("delete", "double", "swap", "cut", "letter", "line")))
        if kind == "delete":
            text = text[:start] + text[end:]
        elif kind == "double":
            text = text[:end] + " " + text[start:end] + text[end:]
        elif kind == "swap":
            text = text[:start] + text[other:stop] + text[end:]
        elif kind == "cut":
            text = text[:end]
        elif kind == "letter":
            middle = (start + end) // 2
            text = text[:middle] + data.draw(st.sampled_from("aeiørnt.,;'\"()«*")) + text[middle + 1 :]
        else:
            text = text[:start] + "\n" + text[start:]
        if not tokens(text):
            break
    checked(text)


def only(data: str | bytes, within: float = SOON) -> Problem:
    """The one problem of a text or of bytes, soon."""
    if isinstance(data, bytes):
        started = time.process_time()
        source, problems = decode(data, "a.isf")
        assert time.process_time() - started < SOON
        if problems:
            (problem,) = problems
            return problem
        data = source.text
    (problem,) = checked(data, within).problems
    return problem


def test_ten_thousand_parentheses() -> None:
    assert only("begrep a = " + "(" * 10_000 + "1" + ")" * 10_000).code == "ISF1005"  # also a line too long
    assert only("begrep a = " + "(\n" * 10_000 + "1" + ")\n" * 10_000).code == "ISF1004"
    deep = "begrep a = " + "(\n" * MAX_DEPTH + "1" + ")\n" * MAX_DEPTH
    assert checked(deep).problems == ()
    assert "parentes" in (only(deep[:-2]).help() or "")


def test_a_line_without_end() -> None:
    assert only("begrep a = " + "1 + " * 10_000_000).code == "ISF1005"
    assert only("sats x 5 kr\n# " + "-" * (MAX_LINE + 1)).code == "ISF1005"
    assert only("begrep a = minst " + "1" * 5_000 + " x i a").code == "ISF1005"


def test_a_file_beyond_the_limit(tmp_path: Path) -> None:
    assert only(b"a" * (MAX_BYTES + 1)).code == "ISF1005"
    path = tmp_path / "stor.isf"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    _, problems = read_text(path, "stor.isf")
    assert [p.code for p in problems] == ["ISF1005"]


@pytest.mark.parametrize("text", ['sats x 5 kr\nkilde "a"\n', "post p\n  f tekst\n"])
def test_line_ends_tabs_and_byte_order_mark_change_nothing(text: str) -> None:
    expected = parse(Source("a.isf", text)).file
    for other in (
        text.replace("\n", "\r\n"),
        text.replace(" ", "\t"),
        text.replace(" ", "\u00a0 "),
        text.replace("\n", "\r"),
    ):
        source, problems = decode(b"\xef\xbb\xbf" + other.encode(), "a.isf")
        assert problems == ()
        assert checked(source.text).file == expected


def test_an_error_in_a_text_with_windows_line_ends_is_one_problem() -> None:
    parsed = checked("sats a 5 kr\r\nsats b\r\nsats c 5 kr\r\n")
    assert len(parsed.problems) == 1 and len(parsed.file.declarations) == 2


def test_a_lone_carriage_return_ends_a_line() -> None:
    """Else a comment would take in the rest of the file."""
    source, problems = decode(b"# merknad\rsats a 5 kr\r\nsats b 6 kr\r", "a.isf")
    parsed = checked(source.text)
    assert not problems and not parsed.problems and len(parsed.file.declarations) == 2
    assert source.position(parsed.file.declarations[0].span.start).line == 2


def test_decomposed_letters_are_read_as_one_with_a_warning() -> None:
    source, problems = decode("sats a\u030arsverk 5 kr".encode(), "a.isf")
    assert [(p.code, p.severity) for p in problems] == [("ISF1007", "advarsel")]
    assert checked(source.text).problems == ()
    assert "årsverk" in source.text


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        ("sats x 5 kr\n  kilde «a»", "ISF1002", 'ligner «"»'),
        ("begrep a = nеste", "ISF1002", "kyrillisk bokstav"),
        ("begrep a = Νeste", "ISF1002", "gresk bokstav"),
        ("sats x\0 5 kr", "ISF1002", "nulltegn"),
        ("sats x\u200b 5 kr", "ISF1002", "usynlig mellomrom"),
        ("sats \ud800 5 kr", "ISF1002", "U+D800"),
        (b"sats \xed\xa0\x80 5 kr", "ISF1006", "byte 5"),
        (b"sats x \xff 5 kr", "ISF1006", "byte 7"),
        ("sats x 5 kr".encode("utf-16"), "ISF1006", "UTF-8"),
    ],
)
def test_signs_that_are_no_isf(data: str | bytes, code: str, words: str) -> None:
    problem = only(data)
    assert problem.code == code
    assert words in problem.message()


def test_a_text_of_errors_alone_is_given_up_in_time() -> None:
    for text in ("sats x\n" * 20_000, "sats x y\n" * 20_000, "foo bar\n" * 50_000, '"\n' * 50_000, "sats @\n" * 20_000):
        checked(text, within=5 * SOON)


@pytest.mark.slow
def test_an_error_at_the_end_of_a_long_declaration() -> None:
    text = "kodeliste a icd10\n" + '  M16.0 "tekst"\n' * 5_000
    assert only(text + "  @\n", 5 * SOON).code == "ISF1002"
    assert only(text + '  M16.1 "a" "b"\n', 5 * SOON).code == "ISF1001"
    assert only("begrep a = " + " og\n".join(["b = 1"] * 5_000) + " eller c = 1", 5 * SOON).code == "ISF1011"


@pytest.mark.parametrize("word", DECLARATION_WORDS)
@pytest.mark.parametrize("more", ["en", "X", "9", "_a"])
def test_no_keyword_is_cut_off_a_word(word: str, more: str) -> None:
    """Where no name may stand a longer word is still read whole: ``satsen 5 kr`` is no rate «en»."""
    found = parse(Source("a.isf", f"{word}{more} navn 5 kr\n"))
    assert found.file.declarations == ()
    (problem,) = found.problems
    assert problem.span is not None
    assert (problem.span.start, problem.span.end) == (0, len(word + more))


def test_words_are_read_whole_inside_declarations() -> None:
    text = 'STG LS01 "x"\n  HDG 1\n  telles én gang per måneder\n  kilde "P"\nbegrep b for e = c har egenskapen 08S01\n'
    spans = [p.span for p in parse(Source("a.isf", text)).problems]
    assert [text[s.start : s.end] for s in spans if s is not None] == ["måneder", "egenskapen"]
