"""The classic case string: section 2 of the NordDRG notes, and what is set aside."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isfdsl.records.drg_string import DrgCase, DrgReject, parse_line, parse_string, read_file, read_lines

MINI = Path(__file__).resolve().parents[1] / "data" / "norddrg-mini"


def string(**at: str) -> str:
    """A string of 165 fields with some filled: ``f5="M161"``."""
    fields = [""] * 165
    for name, value in at.items():
        fields[int(name[1:])] = value
    return ",".join(fields)


def case(text: str) -> DrgCase:
    result = parse_string("K", text)
    assert not isinstance(result, DrgReject), result.problem.message()
    return result


def code(text: str, line: int = 1) -> str:
    result = parse_line(text, line)
    assert isinstance(result, DrgReject)
    assert result.problem.message() and result.problem.help()
    return result.problem.code


def test_all_fields() -> None:
    text = string(f0=" 2", f1="16000", f2="N ", f3="3", f4="A", f5="E104", f6="G632", f7="I10", f65=" NFB30 ", f163="Z")
    assert parse_line(f" C1 ;{text}\r\n") == {
        "kasus_id": "C1",
        "kjonn": "2",
        "alder_dager": 16000,
        "utskriving": "N",
        "liggetid": 3,
        "hovedtilstand": ("E104", "G632"),
        "bitilstander": (("I10", None),),
        "prosedyrer": ("NFB30", "Z"),
    }


def test_masks_go_first_and_empty_is_nothing() -> None:
    result = case(string(f0="*", f2="*", f5=" * ", f6="*", f7="*", f8="G01*", f9="A170", f10="*G01", f65="*", f66="A*"))
    assert result["kjonn"] is None
    assert result["utskriving"] is None
    assert result["hovedtilstand"] is None
    assert result["bitilstander"] == (("G01", None), ("A170", "G01"))
    assert result["prosedyrer"] == ("A",)


def test_principal_keeps_its_place_and_a_single_code_counts_in_either_place() -> None:
    assert case(string(f7="I639"))["hovedtilstand"] is None
    assert case(string(f6="I639"))["hovedtilstand"] == ("I639", None)
    assert case(string(f63="A", f64="B"))["bitilstander"] == (("A", "B"),)


def test_repeated_codes_stay() -> None:
    result = case(string(f5="A", f7="A", f9="A", f65="P", f99="P"))
    assert result["bitilstander"] == (("A", None), ("A", None))
    assert result["prosedyrer"] == ("P", "P")


@pytest.mark.parametrize(
    ("text", "days"),
    [("16000", 16000), (" 7 ", 7), ("+7", 7), ("-1", -1), ("9" * 15, 999_999_999),
     ("-" + "9" * 15, -999_999_999), ("", 0), ("x", 0), ("1.5", 0), ("1_0", 0), ("²", 0),
     ("٣", 0), ("9" * 5000, 0), ("-", 0)],
)  # fmt: skip
def test_days(text: str, days: int) -> None:
    assert case(string(f1=text, f3=text))["alder_dager"] == days
    assert case(string(f1=text, f3=text))["liggetid"] == days


def test_other_sex_is_kept() -> None:
    assert case(string(f0="9"))["kjonn"] == "9"


def test_set_aside() -> None:
    assert code("") == "ISF6701"
    assert code(string(f5="A")) == "ISF6701"
    assert code(";" + string()) == "ISF6701"
    assert code("K;" + string()[:-1]) == "ISF6702"
    assert code("K;" + string() + ",A") == "ISF6702"
    assert code("K;") == "ISF6702"
    assert code("K;" + string(f164="NFB30")) == "ISF6703"
    assert code("K;209E;108M030;0;" + string(f0="2")) == "ISF6706"
    assert code("K;" + string(f0="2", f9="A;B")) == "ISF6706"
    assert code("case_id;drg;rule;rtc;case_string") == "ISF6704"
    assert code("\ufeffID;STRENG") == "ISF6704"
    assert code("ID;STRENG", 2) == "ISF6702"


def test_more_fields_that_are_empty_do_no_harm() -> None:
    assert case(string(f5="A") + ", ,*,")["hovedtilstand"] == ("A", None)


def test_lines_and_repeated_ids(tmp_path: Path) -> None:
    text = string(f5="A")
    path = tmp_path / "kasus.drg"
    path.write_bytes(f"\ufeffK1;{text}\r\n\r\nK2;{text}\r\nK1;{text}\r\nfeil\r\n".encode())
    results = list(read_file(path))
    kept = [result["kasus_id"] for result in results if not isinstance(result, DrgReject)]
    aside = [(result.line, result.problem.code) for result in results if isinstance(result, DrgReject)]
    assert kept == ["K1", "K2"]
    assert aside == [(4, "ISF6705"), (5, "ISF6701")]


def test_the_sample_strings_equal_the_sample_cases() -> None:
    with (MINI / "cases.csv").open(encoding="utf-8") as stream:
        cases = {row["case_id"]: row for row in csv.DictReader(stream)}
    with (MINI / "case_strings.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream, delimiter=";"):
            result = case(row["case_string"])
            other = cases[row["case_id"]]
            pairs = [result["hovedtilstand"], *result["bitilstander"]]
            shown = ["_" if pair is None else "+".join(part for part in pair if part) for pair in pairs]
            assert shown == (other["diagnoses"].split() or ["_"])
            assert list(result["prosedyrer"]) == other["procedures"].split()
            assert (result["utskriving"] or "") == other["discharge"]


@given(st.text())
def test_any_text_gives_a_case_or_a_reason(text: str) -> None:
    for number in (1, 2):
        result = parse_line(text, number)
        if isinstance(result, DrgReject):
            assert result.problem.code.startswith("ISF67")
    list(read_lines(text.splitlines(keepends=True)))


@given(st.lists(st.text(st.characters(exclude_characters=",;")), min_size=164, max_size=164))
def test_any_165_fields_give_a_case(fields: list[str]) -> None:
    result = case(",".join([*fields, ""]))
    assert all(code.strip() == code != "" for code in result["prosedyrer"])
    assert all(c1 and c2 != "" for c1, c2 in result["bitilstander"])


def test_speed() -> None:
    text = "K;" + string(f0="1", f1="16000", f5="M161", f7="I509", f9="I10", f65="NFB30", f66="NCJ65")
    start = time.perf_counter()
    for _ in range(5000):
        parse_line(text, 2)
    per_second = 5000 / (time.perf_counter() - start)
    assert per_second > 10_000, per_second  # 50,000 on a quiet machine; the margin is for a busy one
