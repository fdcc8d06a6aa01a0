"""How problems look: exact text, exact data."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from textwrap import dedent

from attrs import frozen

from isfdsl.diagnostics.base import Problem, Related
from isfdsl.diagnostics.render import problems_to_json, render, render_problem, sort_problems, summary
from isfdsl.source import Source, Span


@frozen(kw_only=True)
class Unknown(Problem):
    code = "ISF2001"
    slug = "ukjent-navn"
    name: str
    meant: str | None = None

    def message(self) -> str:
        return f"navnet «{self.name}» er ikke definert"

    def label(self) -> str:
        return "ukjent her"

    def help(self) -> str | None:
        return None if self.meant is None else f"mente du «{self.meant}»?"


@frozen(kw_only=True)
class Twice(Problem):
    code = "ISF2002"
    slug = "definert-to-ganger"
    name: str
    first: Span

    def message(self) -> str:
        return f"«{self.name}» er definert to ganger"

    def label(self) -> str:
        return "igjen her"

    def related(self) -> tuple[Related, ...]:
        return (Related(span=self.first, message="først her"),)


@frozen(kw_only=True)
class Said(Problem):
    """Whatever a test wants to say."""

    code = "ISF4001"
    slug = "sagt"
    severity = "advarsel"
    text: str = "se her"
    under: str = ""
    advice: str | None = None

    def message(self) -> str:
        return self.text

    def label(self) -> str:
        return self.under

    def help(self) -> str | None:
        return self.advice


@frozen(kw_only=True)
class Note(Said):
    code = "ISF4002"
    severity = "merknad"


@frozen(kw_only=True)
class Rate:
    name: str
    value: Decimal


@frozen(kw_only=True)
class Typed(Said):
    amount: Decimal
    since: date
    names: frozenset[str]
    rates: tuple[Rate, ...]
    first: Span


def text(block: str) -> str:
    return dedent(block).strip("\n")


def at(source: Source, part: str) -> Span:
    """The span of ``part`` in ``source``."""
    start = source.text.index(part)
    return Span(source.name, start, start + len(part))


def shown(line: str, start: int, end: int, *, under: str = "her", width: int = 100) -> list[str]:
    """The source line and the line of marks, for a span in a text."""
    source = Source("a.isf", line)
    problem = Said(span=Span("a.isf", start, end), under=under)
    return render_problem(problem, {"a.isf": source}, width=width).split("\n")[3:]


# --- frames ------------------------------------------------------------------------------------------------

HDG = Source("drg/hdg_08.isf", "drg 209A\n  grunnlag  kostnadsvkt\n")
RATES = Source("satser.isf", "\n" * 8 + "sats pris 1 kr\n" + "\n" * 2 + "sats pris 2 kr\n")


def test_a_problem_with_help() -> None:
    problem = Unknown(span=at(HDG, "kostnadsvkt"), name="kostnadsvkt", meant="kostnadsvekt")
    assert render_problem(problem, {HDG.name: HDG}) == text("""
        feil[ISF2001]: navnet «kostnadsvkt» er ikke definert
          ┌─ drg/hdg_08.isf:2:13
          │
        2 │   grunnlag  kostnadsvkt
          │             ^^^^^^^^^^^ ukjent her
          │
          = hjelp: mente du «kostnadsvekt»?
        """)


def test_a_problem_without_help_ends_with_its_marks() -> None:
    problem = Unknown(span=at(HDG, "209A"), name="209A")
    assert render_problem(problem, {HDG.name: HDG}) == text("""
        feil[ISF2001]: navnet «209A» er ikke definert
          ┌─ drg/hdg_08.isf:1:5
          │
        1 │ drg 209A
          │     ^^^^ ukjent her
        """)


def test_related_places_are_further_frames_in_one_gutter() -> None:
    second = RATES.text.rindex("pris")
    problem = Twice(span=Span("satser.isf", second, second + 4), name="pris", first=Span("satser.isf", 13, 17))
    assert render_problem(problem, {RATES.name: RATES}) == text("""
        feil[ISF2002]: «pris» er definert to ganger
           ┌─ satser.isf:12:6
           │
        12 │ sats pris 2 kr
           │      ^^^^ igjen her
           │
           ┌─ satser.isf:9:6
           │
         9 │ sats pris 1 kr
           │      ---- først her
        """)


def test_a_problem_without_a_place() -> None:
    problem = Said(text="mappen er tom", advice="legg til minst én fil\nsom slutter på .isf")
    assert render_problem(problem, {}) == text("""
        advarsel[ISF4001]: mappen er tom
          = hjelp: legg til minst én fil
                   som slutter på .isf
        """)


def test_a_place_in_a_text_we_do_not_have_keeps_its_words() -> None:
    problem = Unknown(span=Span("borte.isf", 3, 7), name="pris", meant="priser")
    assert render_problem(problem, {}) == text("""
        feil[ISF2001]: navnet «pris» er ikke definert
          ┌─ borte.isf
          │ ukjent her
          │
          = hjelp: mente du «priser»?
        """)


# --- one line ----------------------------------------------------------------------------------------------


def test_tabs_go_to_the_next_stop() -> None:
    assert shown("\tsats\tpris", 6, 10) == [
        "1 │     sats    pris",
        "  │             ^^^^ her",
    ]
    assert shown("ab\tsats", 2, 3) == [
        "1 │ ab  sats",
        "  │   ^^ her",
    ]


def test_a_span_of_several_lines_is_marked_to_the_end_of_the_first() -> None:
    assert shown("krav alder   \n  minst 18\n", 5, 24) == [
        "1 │ krav alder",
        "  │      ^^^^^… her",
    ]
    assert shown("krav\n  minst 18\n", 4, 10) == [
        "1 │ krav",
        "  │     ^… her",
    ]


def test_a_span_up_to_and_with_the_line_end() -> None:
    assert shown("krav alder\nminst", 5, 11) == [
        "1 │ krav alder",
        "  │      ^^^^^… her",
    ]


def test_a_span_in_the_line_end_of_windows_is_at_the_end_of_the_line() -> None:
    for start, end in ((4, 5), (5, 5), (5, 6), (4, 6)):
        source, marks = shown("sats\r\npris\r\n", start, end)
        assert source == "1 │ sats"
        assert marks.startswith("  │     ^")


def test_nothing_at_all_is_still_a_place() -> None:
    assert shown("sats pris  kr", 10, 10) == [
        "1 │ sats pris  kr",
        "  │           ^ her",
    ]
    assert shown("sats", 4, 4, under="") == [
        "1 │ sats",
        "  │     ^",
    ]
    assert shown("sats\n", 5, 5) == [
        "2 │",
        "  │ ^ her",
    ]
    assert shown("", 0, 0) == [
        "1 │",
        "  │ ^ her",
    ]


def test_a_span_the_wrong_way_round_or_outside_is_shown_all_the_same() -> None:
    assert shown("sats", 3, 1) == [
        "1 │ sats",
        "  │    ^ her",
    ]
    assert shown("sats", 90, 99) == [
        "1 │ sats",
        "  │     ^ her",
    ]


def test_wide_letters_take_two_cells_and_accents_none() -> None:
    assert shown("病院 pris", 0, 2) == [
        "1 │ 病院 pris",
        "  │ ^^^^ her",
    ]
    assert shown("病院 pris", 3, 7) == [
        "1 │ 病院 pris",
        "  │      ^^^^ her",
    ]
    assert shown("a\u030ar pris", 4, 8) == [
        "1 │ a\u030ar pris",
        "  │    ^^^^ her",
    ]
    # An accent alone is marked where its letter stands.
    assert shown("xa\u030ar", 2, 3) == [
        "1 │ xa\u030ar",
        "  │  ^ her",
    ]


def test_invisible_characters_are_shown_by_number() -> None:
    assert shown("kostnads\u00advekt", 8, 9) == [
        "1 │ kostnads<U+00AD>vekt",
        "  │         ^^^^^^^^ her",
    ]
    assert shown("a\x1b[31mb\u202ec", 0, 1) == [
        "1 │ a<U+001B>[31mb<U+202E>c",
        "  │ ^ her",
    ]
    assert "\ud800" not in "".join(shown("a\ud800b", 0, 1))


def test_what_the_user_wrote_cannot_break_the_frame() -> None:
    problem = Said(text="ukjent «a\nb\x1b[2J»", span=Span("a\n.isf", 0, 1))
    assert render_problem(problem, {}) == text("""
        advarsel[ISF4001]: ukjent «a<U+000A>b<U+001B>[2J»
          ┌─ a<U+000A>.isf
        """)


# --- long lines --------------------------------------------------------------------------------------------

LONG = "".join(f"{number:04} " for number in range(1000))


def test_a_long_line_is_cut_around_the_span() -> None:
    assert shown(LONG, 2500, 2504, width=40) == [
        "1 │ …6 0497 0498 0499 0500 0501 0502 0503 0…",
        "  │                   ^^^^ her",
    ]


def test_a_long_line_is_cut_at_its_ends() -> None:
    assert shown(LONG, 0, 4, width=40) == [
        "1 │ 0000 0001 0002 0003 0004 0005 0006 000…",
        "  │ ^^^^ her",
    ]
    assert shown(LONG, 4995, 4999, width=40) == [
        "1 │ …92 0993 0994 0995 0996 0997 0998 0999",
        "  │                                   ^^^^ her",
    ]


def test_a_span_longer_than_the_window_says_that_it_goes_on() -> None:
    assert shown(LONG, 2500, 3000, width=40) == [
        "1 │ …99 0500 0501 0502 0503 0504 0505 0506 …",
        "  │     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^… her",
    ]


def test_a_cut_line_is_never_wider_than_asked_for() -> None:
    line = "病a\u030a\t" * 200
    for width in (10, 17, 40):
        for start in range(0, len(line), 7):
            source, _ = shown(line, start, start + 3, width=width)
            cells = sum(2 if char == "病" else char != "\u030a" for char in source.removeprefix("1 │ "))
            assert cells <= width


# --- all of them -------------------------------------------------------------------------------------------

MANY = (
    Said(span=Span("b.isf", 0, 1), text="tre"),
    Unknown(span=Span("a.isf", 5, 6), name="b"),
    Note(span=Span("a.isf", 0, 1), text="to"),
    Said(span=Span("a.isf", 0, 1), text="en"),
    Said(text="null"),
)


def test_problems_come_in_reading_order() -> None:
    said = [problem.message() for problem in sort_problems(MANY)]
    assert said == ["null", "en", "to", "navnet «b» er ikke definert", "tre"]
    assert sort_problems(reversed(MANY)) == sort_problems(MANY)


def test_summary() -> None:
    unknown, warning, note = Unknown(name="a"), Said(), Note()
    assert summary([]) == "ingen feil"
    assert summary([unknown]) == "1 feil"
    assert summary([warning, unknown, unknown]) == "2 feil, 1 advarsel"
    assert summary([note, warning, warning, note]) == "2 advarsler, 2 merknader"
    assert summary([unknown, note], suppressed=3) == "1 feil, 1 merknad (3 følgefeil er ikke vist)"


def test_all_problems_and_the_summary() -> None:
    source = Source("a.isf", "sats a\n")
    problems = [Said(span=Span("a.isf", 5, 6)), Unknown(span=Span("a.isf", 0, 4), name="sats")]
    assert (
        render(problems, {"a.isf": source})
        == text("""
        feil[ISF2001]: navnet «sats» er ikke definert
          ┌─ a.isf:1:1
          │
        1 │ sats a
          │ ^^^^ ukjent her

        advarsel[ISF4001]: se her
          ┌─ a.isf:1:6
          │
        1 │ sats a
          │      ^

        1 feil, 1 advarsel
        """)
        + "\n"
    )
    assert render([], {}) == "ingen feil\n"


def test_colour_is_the_same_text() -> None:
    problem = Twice(span=at(HDG, "209A"), name="209A", first=at(HDG, "grunnlag"))
    plain = render([problem], {HDG.name: HDG})
    coloured = render([problem], {HDG.name: HDG}, color=True)
    assert coloured.startswith("\x1b[1;31mfeil[ISF2002]\x1b[0m")
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert "\x1b" not in plain


# --- JSON --------------------------------------------------------------------------------------------------


def test_json() -> None:
    problem = Twice(span=Span("satser.isf", 30, 34), name="pris", first=Span("satser.isf", 13, 17))
    place = {"fil": "satser.isf", "linje": 9, "kolonne": 6, "slutt_linje": 9, "slutt_kolonne": 10}
    assert problems_to_json([problem], {RATES.name: RATES}) == {
        "skjema": "isf.problemer.v1",
        "antall": {"feil": 1, "advarsel": 0, "merknad": 0, "folgefeil_ikke_vist": 0},
        "problemer": [
            {
                "kode": "ISF2002",
                "slug": "definert-to-ganger",
                "alvor": "feil",
                "fil": "satser.isf",
                "linje": 12,
                "kolonne": 6,
                "slutt_linje": 12,
                "slutt_kolonne": 10,
                "melding": "«pris» er definert to ganger",
                "merkelapp": "igjen her",
                "hjelp": None,
                "relatert": [{**place, "melding": "først her"}],
                "felt": {"name": "pris", "first": place},
            }
        ],
    }


def test_json_without_a_place_or_a_text() -> None:
    nowhere, unread = problems_to_json([Said(), Said(span=Span("borte.isf", 1, 2))], {})["problemer"]
    assert (nowhere["fil"], nowhere["linje"], nowhere["slutt_kolonne"]) == (None, None, None)
    assert (unread["fil"], unread["linje"], unread["slutt_kolonne"]) == ("borte.isf", None, None)


def test_json_keeps_every_digit_of_typed_fields() -> None:
    problem = Typed(
        amount=Decimal("52248.10"),
        since=date(2024, 5, 1),
        names=frozenset({"b", "a"}),
        rates=(Rate(name="pris", value=Decimal("0.050")),),
        first=Span("borte.isf", 0, 1),
    )
    data = problems_to_json([problem], {}, suppressed=2)
    fields = data["problemer"][0]["felt"]
    assert fields["amount"] == "52248.10"
    assert fields["since"] == "2024-05-01"
    assert fields["names"] == ["a", "b"]
    assert fields["rates"] == [{"name": "pris", "value": "0.050"}]
    assert fields["first"]["fil"] == "borte.isf"
    assert data["antall"]["folgefeil_ikke_vist"] == 2
    assert json.loads(json.dumps(data)) == data
