"""What a record may hold: exact values for good ones, a coded reject for each kind of bad one."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from isfdsl.records.codes import CodeBook, dotless_pattern
from isfdsl.records.faults import FieldFault
from isfdsl.records.readers import ReadResult, read_input
from isfdsl.records.schema import CodeInfo, CodeSystem, FieldSchema, RecordSchema, ascii_name
from isfdsl.records.validate import Validator
from tests.records.support import GOOD, SCHEMAS, codes, csv_text, only_reject, read_row, read_text


def read_json(folder: Path, **changes: object) -> ReadResult:
    row: dict[str, object] = {
        "episode_id": "e1",
        "pasient_id": "P1",
        "alder_dager": 1,
        "inn": "2024-02-03",
        "bitilstander": [],
        "prosedyrer": [],
    }
    return read_text(folder, json.dumps(row | changes) + "\n", "episode.jsonl")


def test_values_are_exact_and_typed(tmp_path: Path) -> None:
    result = read_row(tmp_path)
    assert not result.problems and not result.rejects
    (record,) = result.records["episode"]
    assert record.record_id == "e1" and record.fil == "episode.csv" and record.rad == 2
    assert dict(record.values) == {
        "episode_id": "e1",
        "pasient_id": "P1",
        "alder_dager": 20000,
        "inn": datetime(2024, 2, 3, 8, 15),
        "ut": datetime(2024, 2, 6),
        "fødselsdato": date(1969, 5, 1),
        "egenandel": Decimal("375.50"),
        "planlagt": True,
        "hovedtilstand": ("M161", None),
        "bitilstander": (("A170", "G01"), ("I10", None)),
        "prosedyrer": ("NFB30",),
        "omsorgsnivå": "1",
        "merknad": None,
    }
    assert not isinstance(record.values["fødselsdato"], datetime)
    assert isinstance(record.values["egenandel"], Decimal)


@pytest.mark.parametrize(
    ("field", "text", "code", "words"),
    [
        ("pasient_id", " ", "ISF6101", "påkrevd verdi mangler"),
        ("alder_dager", "", "ISF6101", "mangler"),
        ("alder_dager", "12.5", "ISF6102", "heltall"),
        ("alder_dager", "1_000", "ISF6102", "heltall"),
        ("alder_dager", "１２", "ISF6102", "heltall"),
        ("alder_dager", "9" * 19, "ISF6117", "sifre"),
        ("alder_dager", "9" * 5000, "ISF6117", "sifre"),
        ("alder_dager", "45001", "ISF6105", "«45001» er utenfor 0..45000"),
        ("alder_dager", "-1", "ISF6105", "0..45000"),
        ("egenandel", '"375,50"', "ISF6102", "punktum"),
        ("egenandel", "NaN", "ISF6102", "desimaltall"),
        ("egenandel", "Infinity", "ISF6102", "desimaltall"),
        ("egenandel", "1e500", "ISF6117", "sifre"),
        ("egenandel", "0.1234567890123", "ISF6117", "desimaler"),
        ("egenandel", "10000", "ISF6105", "0..9999.99"),
        ("inn", "03.02.2024", "ISF6102", "tidspunkt som 2024-01-31T08:15"),
        ("inn", "20240203", "ISF6102", "tidspunkt"),
        ("inn", "2024-02-30", "ISF6103", "finnes ikke"),
        ("inn", "2024-02-03T25:00", "ISF6103", "finnes ikke"),
        ("inn", "2024-02-03T08:15:00.1234567", "ISF6102", "tidspunkt"),
        ("inn", "2024-02-03T08:15Z", "ISF6104", "tidssone"),
        ("inn", "2024-02-03T08:15+01:00", "ISF6104", "tidssone"),
        ("inn", "2024-02-03 08:15:30 +0100", "ISF6104", "tidssone"),
        ("fødselsdato", "2023-02-29", "ISF6103", "finnes ikke"),
        ("fødselsdato", "0001-01-01", "ISF6105", "1900-01-01..2030-01-01"),
        ("fødselsdato", "2000-01-01T12:00", "ISF6102", "dato"),
        ("planlagt", "kanskje", "ISF6102", "ja eller nei"),
        ("hovedtilstand", "M16.1+G01+I10", "ISF6102", "kodepar"),
        ("hovedtilstand", "M16.1+", "ISF6102", "kodepar"),
        ("hovedtilstand", "M16.1 I10", "ISF6109", "plass til én"),
        ("hovedtilstand", "1234", "ISF6106", "«1234» finnes ikke i icd10"),
        ("hovedtilstand", "m16.1", "ISF6107", "«M161» gjør det"),
        ("hovedtilstand", "A17.0+9", "ISF6106", "icd10"),
        ("prosedyrer", "NFB30 XXX99", "ISF6106", "«XXX99» finnes ikke i ncsp eller ncmp"),
        ("prosedyrer", "I210A", "ISF6107", "«I210A» finnes ikke i ncsp eller ncmp, men «I210a» gjør det"),
        ("prosedyrer", "GAML1", "ISF6108", "gjelder til 2023-12-31 eller til 2022-12-31"),
        ("prosedyrer", "NYKO1", "ISF6108", "gjelder fra 2024-05-01"),
        ("omsorgsnivå", "9", "ISF6106", "omsorgsnivå"),
        ("merknad", "x" * 1001, "ISF6111", "1001 tegn"),
        ("merknad", "a\x07b", "ISF6112", "styretegn"),
        ("merknad", '"a\nb"', "ISF6112", "styretegn"),
        ("hovedtilstand", "M16\x00", "ISF6112", "styretegn"),
        ("ut", "2024-02-03T08:14", "ISF6113", "er før «inn»"),
    ],
)
def test_reject(tmp_path: Path, field: str, text: str, code: str, words: str) -> None:
    if "\0" in text:  # a NUL early in a file makes it binary
        outcome = Validator(SCHEMAS[0], text_lists=True).outcome(
            "episode.csv", 2, list((GOOD | {field: text}).values())
        )
        melding, kode = outcome.melding, outcome.kode  # type: ignore[union-attr]
    else:
        reject = only_reject(read_row(tmp_path, **{field: text}))
        melding, kode = reject.melding, reject.kode
        assert (reject.record_id, reject.fil, reject.rad, reject.post) == ("e1", "episode.csv", 2, "episode")
    assert kode == code
    assert words in melding
    assert melding.startswith(f"episode «e1», felt «{field}»: ")
    assert not melding.endswith(".")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"prosedyrer": "NFB30"}, "ISF6110", "prosedyrer"),
        ({"prosedyrer": ["NFB30", None]}, "ISF6102", "prosedyrer"),
        ({"prosedyrer": [["NFB30"]]}, "ISF6109", "prosedyrer"),
        ({"hovedtilstand": ["M16.1"]}, "ISF6109", "hovedtilstand"),
        ({"alder_dager": True}, "ISF6102", "alder_dager"),
        ({"alder_dager": 1.5}, "ISF6102", "alder_dager"),
        ({"alder_dager": {}}, "ISF6102", "alder_dager"),
        ({"pasient_id": 1.5}, "ISF6102", "pasient_id"),
        ({"pasient_id": False}, "ISF6102", "pasient_id"),
        ({"pasient_id": ["P1"]}, "ISF6109", "pasient_id"),
        ({"merknad": "\ud800"}, "ISF6112", "merknad"),
        ({"inn": 20240203}, "ISF6102", "inn"),
        ({"inn": None}, "ISF6101", "inn"),
        ({"planlagt": 2}, "ISF6102", "planlagt"),
        ({"omsorgsnivå": True}, "ISF6102", "omsorgsnivå"),
    ],
)
def test_reject_of_json_values(tmp_path: Path, changes: dict[str, object], code: str, field: str) -> None:
    reject = only_reject(read_json(tmp_path, **changes))
    assert reject.kode == code and f"felt «{field}»" in reject.melding


def test_json_numbers_are_exact(tmp_path: Path) -> None:
    text = (
        '{"episode_id": 7, "pasient_id": "P", "alder_dager": 12.0, "inn": "2024-01-01", "egenandel": 0.1, '
        '"bitilstander": [], "prosedyrer": [], "omsorgsnivå": 2, "planlagt": false}'
    )
    (record,) = read_text(tmp_path, text, "episode.jsonl").records["episode"]
    assert record.record_id == "7"
    assert record.values["alder_dager"] == 12 and isinstance(record.values["alder_dager"], int)
    assert record.values["egenandel"] == Decimal("0.1")
    assert record.values["omsorgsnivå"] == "2" and record.values["planlagt"] is False


@pytest.mark.parametrize("written", ["1e1", "10", "10.0", "1E+1", "+10", "10."])
def test_a_decimal_is_the_same_however_it_is_written(tmp_path: Path, written: str) -> None:
    (record,) = read_row(tmp_path, egenandel=written).records["episode"]
    assert record.values["egenandel"] == Decimal(10) and "E" not in str(record.values["egenandel"])


def test_booleans_are_not_confused_with_cached_numbers(tmp_path: Path) -> None:
    rows = [{"omsorgsnivå": 1, "episode_id": "a"}, {"omsorgsnivå": True, "episode_id": "b"}]
    base = {"pasient_id": "P", "alder_dager": 1, "inn": "2024-01-01", "bitilstander": [], "prosedyrer": []}
    text = "".join(json.dumps(base | row) + "\n" for row in rows)
    result = read_text(tmp_path, text, "episode.jsonl")
    assert [r.record_id for r in result.records["episode"]] == ["a"]
    assert [r.record_id for r in result.rejects] == ["b"]


def test_all_reasons_are_given_and_long_lists_of_them_cut(tmp_path: Path) -> None:
    reject = only_reject(read_row(tmp_path, alder_dager="x", planlagt="x", inn="x"))
    assert reject.kode == "ISF6102"
    assert reject.melding.count("felt «") == 3 and reject.melding.count("«e1»") == 1
    many = dict.fromkeys(("pasient_id", "alder_dager", "inn"), "") | dict.fromkeys(("planlagt", "egenandel", "ut"), "x")
    assert only_reject(read_row(tmp_path, **many)).melding.endswith("og 1 feil til")


def test_messages_never_hold_patient_data(tmp_path: Path) -> None:
    secret = {
        "pasient_id": "Kari Nordmann\x01",
        "alder_dager": "01016912345",
        "inn": "Storgata 1",
        "fødselsdato": "1969-01-01T01:00",
        "egenandel": "Nordmann",
        "planlagt": "Nordmann",
        "hovedtilstand": "Nordmann",
        "prosedyrer": "01016912345 Kari",
        "omsorgsnivå": "19690101",
        "merknad": "Nordmann" * 200,
    }
    for field, text in secret.items():
        melding = only_reject(read_row(tmp_path, **{field: text})).melding
        for word in ("Kari", "Nordmann", "Storgata", "0101691", "1969-01", "19690101"):
            assert word not in melding, (field, melding)


def test_a_key_that_cannot_be_read_gives_file_and_row(tmp_path: Path) -> None:
    for key in ("", "x" * 2000, "a\x02"):
        assert only_reject(read_row(tmp_path, episode_id=key)).record_id == "episode.csv:2"


def test_every_row_of_a_repeated_key_is_set_aside(tmp_path: Path) -> None:
    rows = [GOOD, GOOD | {"episode_id": "e2"}, GOOD, GOOD | {"alder_dager": "x"}]
    result = read_text(tmp_path, csv_text(*rows))
    assert [r.record_id for r in result.records["episode"]] == ["e2"]
    assert [(r.kode, r.rad) for r in result.rejects] == [("ISF6114", 2), ("ISF6114", 4), ("ISF6102", 5)]
    assert "3 poster" in result.rejects[0].melding
    counts = result.counts["episode"]
    assert (counts.lest, counts.godtatt, counts.avvist) == (4, 1, 3)


def test_end_before_start_with_dates_and_times_mixed() -> None:
    schema = RecordSchema(
        "p", (FieldSchema("fra", "tidspunkt"), FieldSchema("til", "dato")), {"start": "fra", "slutt": "til"}
    )
    outcome = Validator(schema).outcome("p.csv", 2, ["2024-01-02T10:00", "2024-01-02"])
    assert not hasattr(outcome, "kode")
    outcome = Validator(schema).outcome("p.csv", 2, ["2024-01-02T10:00", "2024-01-01"])
    assert getattr(outcome, "kode", None) == "ISF6113"


def test_code_validity_uses_the_end_date_and_either_system(tmp_path: Path) -> None:
    ok = read_row(tmp_path, inn="2023-12-30", ut="2023-12-31", prosedyrer="GAML1")
    assert len(ok.records["episode"]) == 1
    late = read_row(tmp_path, inn="2023-12-30", ut="2024-01-01", prosedyrer="GAML1")
    assert only_reject(late).kode == "ISF6108"
    open_stay = read_row(tmp_path, inn="2024-06-01", ut="", prosedyrer="NYKO1")
    assert len(open_stay.records["episode"]) == 1


def test_open_system_warns_of_case_once_per_code(tmp_path: Path) -> None:
    system = CodeSystem("icd10", True, "[A-Z][0-9]{2}[0-9A-Za-z]{0,2}", {"I210a": CodeInfo("")})
    schema = RecordSchema("p", (FieldSchema("kode", "kode", systems=(system,)),))
    (tmp_path / "p.csv").write_text("kode\nI21.0A\nI210A\nI210a\n")
    result = read_input(tmp_path, [schema])
    assert [r.values["kode"] for r in result.records["p"]] == ["I210A", "I210A", "I210a"]
    assert codes(result) == ["ISF6118"] and result.ok
    assert "«I210a»" in result.problems[0].message()


@pytest.mark.parametrize(
    ("pattern", "dotless"),
    [
        (r"[A-Z][0-9]{2}(\.[0-9]{1,2})?", r"[A-Z][0-9]{2}(\.?[0-9]{1,2})?"),
        (r"A\.?B", r"A\.?B"),
        (r"A\.+B", r"A\.*B"),
        (r"A[.]B", r"A[.]?B"),
        (r"[A\.]B", r"[A\.]B"),
        (r"\\.", r"\\."),
        (r"A\.", r"A\.?"),
    ],
)
def test_patterns_match_without_dots(pattern: str, dotless: str) -> None:
    assert dotless_pattern(pattern) == dotless


def test_open_system_without_pattern_takes_any_code_but_no_nonsense() -> None:
    for book in (CodeBook((CodeSystem("x", True),)), CodeBook(())):
        assert book.require("ABC-12") == "ABC-12"
        assert book.require("a b") == "a b"
        for bad in ("", "x" * 101, "a\x00"):
            with pytest.raises(FieldFault):
                book.require(bad)


def test_a_pattern_that_is_no_pattern_is_refused_when_compiled() -> None:
    import re

    with pytest.raises(re.error):
        CodeBook((CodeSystem("x", True, "["),))


def test_ascii_names() -> None:
    assert ascii_name("Særtjeneste") == "saertjeneste"
    assert ascii_name("FORLØP på A\u030a") == "forlop pa a"


def test_composite_key_and_key_kinds() -> None:
    schema = RecordSchema("p", (FieldSchema("a", "heltall", key=True), FieldSchema("b", "desimal", key=True)))
    outcomes = [Validator(schema).outcome("p.csv", 2, row) for row in (["1", "1.50"], ["1", "1.5"])]
    assert [o.nokkel for o in outcomes] == ["1/1.5", "1/1.5"]
