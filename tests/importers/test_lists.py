"""Price lists and code systems: columns by name, numbers exactly, a coded message for each bad cell."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isfdsl.formatter import format_source
from isfdsl.importers import sheets, values
from isfdsl.importers.code_system import import_code_system
from isfdsl.importers.price_list import import_price_list
from isfdsl.importers.report import Recorder
from isfdsl.importers.result import ImportResult, account
from isfdsl.program.load import load
from isfdsl.source import Source
from isfdsl.syntax import ast

PRICES = """\
DRG;DRG-navn;HDG;Kostnadsvekt 2024;Trimpunkt;Liggedagsvekt;Finansiert
209D;Proteser m/bk;8;2,71;10;0,12;ja
209E;"Proteser ""u/bk"" to";08;2.1;1 dag;-;nei
1A;;;12 345,6;;;
470;Ikke grupperbar;;;;;
"""


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def codes(result: ImportResult) -> list[str]:
    """The codes of the problems; their words must come out, and nothing is written."""
    for problem in result.report.problems:
        assert problem.message() and problem.help()
    assert not result.ok and not result.out.exists()
    return [problem.code for problem in result.report.problems]


def workbook(path: Path, sheets_: dict[str, list[list[object]]]) -> Path:
    openpyxl = pytest.importorskip("openpyxl")
    book: Any = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets_.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


# --------------------------------------------------------------------------------------------------------- price lists


def test_a_price_list(tmp_path: Path) -> None:
    result = import_price_list(written(tmp_path / "priser.csv", PRICES), tmp_path / "ut")
    assert result.ok and result.files == ("drg_liste.isf", "import.json")
    text = (tmp_path / "ut" / "drg_liste.isf").read_text(encoding="utf-8")
    assert (
        text
        == """\
DRG 209D "Proteser m/bk"
  HDG            08
  vekt           2,710
  trimpunkt      10 dager
  liggedagsvekt  0,120
  finansiert     ja
  kilde          "priser.csv"

DRG 209E "Proteser ""u/bk"" to"
  HDG         08
  vekt        2,100
  trimpunkt   1 dag
  finansiert  nei
  kilde       "priser.csv"

DRG 1A
  vekt   12 345,600
  kilde  "priser.csv"

DRG 470 "Ikke grupperbar"
  vekt   ukjent
  kilde  "priser.csv"
"""
    )
    assert format_source(Source("x", text)).text == text
    loaded = load(str(tmp_path / "ut"))
    assert loaded.problems == ()
    assert [a.value.value for a in loaded.ruleset.drg["209D"].attributes if isinstance(a.value, ast.Amount)] == [
        Decimal("2.710"),
        Decimal(10),
        Decimal("0.120"),
    ]
    assert import_price_list(tmp_path / "priser.csv", tmp_path / "ut").ok
    assert (tmp_path / "ut" / "drg_liste.isf").read_text(encoding="utf-8") == text
    assert "Skrev 2 filer" in account(result)


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_separators_and_character_sets(separator: str, encoding: str, tmp_path: Path) -> None:
    rows = [["Prisliste for året"], [], ["Kode", "Navn", "Øvre trimpunkt (dager)", "Vekt"], ["9Ø", "Æra", "7", '"1,5"']]
    text = "\r\n".join(separator.join(row) for row in rows) + "\r\n"
    source = written(tmp_path / "p.csv", text, encoding)
    assert import_price_list(source, tmp_path / "ut", kind="DRG", kilde="Prisliste").ok
    (drg,) = load(str(tmp_path / "ut")).ruleset.drg.values()
    assert drg.name.text == "9Ø" and drg.title is not None and drg.title.value == "Æra"
    assert [a.name.text for a in drg.attributes] == ["vekt", "trimpunkt"]
    assert [ref.value for ref in drg.kilder] == ["Prisliste"]


def test_a_workbook_with_a_sheet_for_each_kind(tmp_path: Path) -> None:
    source = workbook(
        tmp_path / "p.xlsx",
        {
            "Lesmeg": [["Om listen"]],
            "DRG-liste": [
                ["DRG", "Name", "MDC", "Cost weight", "Trim point"],
                [470, "x", 8, 0.15, 4.0],
                [471, "y", "", 1, None],
            ],
            "STG-liste": [["Kode", "Navn", "Vekt"], ["XS09", "z", 0.1234]],
            "TFG-liste": [["Kode", "Navn", "Vekt"], ["HT03", "w", None]],
        },
    )
    result = import_price_list(source, tmp_path / "ut")
    assert [name for name in result.files if name.endswith(".isf")] == [
        "drg_liste.isf",
        "stg_liste.isf",
        "tfg_liste.isf",
    ]
    ruleset = load(str(tmp_path / "ut")).ruleset
    assert {a.name.text: a.value.value for a in ruleset.drg["470"].attributes if isinstance(a.value, ast.Amount)} == {
        "vekt": Decimal("0.150"),
        "trimpunkt": Decimal(4),
    }
    assert ruleset.stg["XS09"].ufullstendig and ruleset.tfg["HT03"].ufullstendig
    for name in result.files[:3]:
        if name.endswith(".isf"):
            text = (tmp_path / "ut" / name).read_text(encoding="utf-8")
            assert format_source(Source(name, text)).text == text
    assert result.report.count("ukjent_fil") == 1


def test_the_kind_of_each_row(tmp_path: Path) -> None:
    rows = "Kode;Vekt;Type\n470;1;drg\nXS09;1;STG\nHT03;1;TFG\n"
    assert import_price_list(written(tmp_path / "a.csv", rows), tmp_path / "a").ok
    assert codes(import_price_list(written(tmp_path / "b.csv", rows + "X;1;annet\n"), tmp_path / "b")) == ["ISF7051"]
    plain = written(tmp_path / "c.csv", "Kode;Vekt\n470;1\nXS09;1\n")
    assert codes(import_price_list(plain, tmp_path / "c")) == ["ISF7052", "ISF7052"]
    assert import_price_list(plain, tmp_path / "d", patterns={"STG": "[A-Z]S[0-9]+", "DRG": ".*"}).files == (
        "drg_liste.isf",
        "stg_liste.isf",
        "import.json",
    )


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (";x;1;2;3", ["ISF7014"]),
        ("470;x;en;2;3", ["ISF7051"]),
        ("470;x;-1;2;3", ["ISF7051"]),
        ("470;x;0,1234567;2;3", ["ISF7051"]),
        ("470;x;1,234,5;2;3", ["ISF7051"]),
        ("470;x;1;2,5;x", ["ISF7051", "ISF7051"]),
        ("470;x;1;2;3;4", ["ISF7015"]),
        ("470;x;1;2;3\n470;x;2;2;3", ["ISF7053"]),
        ("Z47*;x;1;2;3", ["ISF7054"]),
        ("Sum alle;x;1;2;3", ["ISF7054"]),
    ],
)
def test_bad_cells(row: str, expected: list[str], tmp_path: Path) -> None:
    source = written(tmp_path / "p.csv", f"DRG;Navn;Vekt;Trimpunkt;Liggedagsvekt\n1;a;1;;\n{row}\n")
    result = import_price_list(source, tmp_path / "ut")
    assert codes(result) == expected
    assert "rad 3" in result.report.problems[0].message() or "rad 4" in result.report.problems[0].message()


def test_rows_that_are_the_same_are_counted(tmp_path: Path) -> None:
    source = written(tmp_path / "p.csv", "DRG;Vekt\n1;1\n1;1,0\n\n2;\n")
    result = import_price_list(source, tmp_path / "ut")
    assert result.ok and result.report.count("lik_rad") == 1 and result.report.count("tom_rad") == 1


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("p.csv", "", "ISF7010"),
        ("p.csv", "a;b\n1;2\n", "ISF7010"),
        ("p.csv", "DRG;Navn\n1;x\n", "ISF7010"),
        ("p.csv", "DRG;Vekt\n", "ISF7017"),
        ("p.csv", "DRG;Vekt;Vekt\n1;2;3\n", "ISF7011"),
        ("p.pdf", "x", "ISF7050"),
        ("p.xlsx", "x", "ISF7003"),
    ],
)
def test_bad_files(name: str, text: str, expected: str, tmp_path: Path) -> None:
    assert codes(import_price_list(written(tmp_path / name, text), tmp_path / "ut")) == [expected]


def test_nothing_there(tmp_path: Path) -> None:
    assert codes(import_price_list(tmp_path / "p.csv", tmp_path / "ut")) == ["ISF7050"]
    assert codes(import_price_list(tmp_path, tmp_path / "ut")) == ["ISF7050"]


def test_the_nearest_heading_is_named(tmp_path: Path) -> None:
    source = written(tmp_path / "p.csv", "DRG;Navn;Kostnadsvekkt\n1;x;2\n")
    (problem,) = import_price_list(source, tmp_path / "ut").report.problems
    assert "«Kostnadsvekkt»" in (problem.help() or "")


def test_headings() -> None:
    assert sheets.heading(" Kostnadsvekt (2024) ") == sheets.heading("Kostnadsvekt 2024") == "kostnadsvekt"
    assert sheets.heading("DRG-navn") == "drg_navn" and sheets.heading("Øvre  trimpunkt*") == "øvre_trimpunkt"


@given(st.binary(max_size=300))
def test_any_bytes_give_problems_or_a_list(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    for suffix in ("csv", "xlsx"):
        folder = tmp_path_factory.mktemp("p")
        (folder / f"p.{suffix}").write_bytes(data)
        result = import_price_list(folder / f"p.{suffix}", folder / "ut")
        assert result.ok or result.report.problems


# ------------------------------------------------------------------------------------------------------- code systems


def test_a_code_system(tmp_path: Path) -> None:
    source = written(
        tmp_path / "k.csv",
        "Kode;Tekst;Gyldig fra;Gyldig til;annet\n12;Telefon;;;x\n7;Video;01.05.2024;31.12.9999;\n"
        'M16.1;"Koksartrose, ""annen"" x";;20251231;\nog;;2024-01-01;2024-06-30;\n',
    )
    result = import_code_system(source, tmp_path / "ut", name="kontakt_type", title="Kontakttype")
    assert result.ok and result.files == ("kontakt_type.isf", "import.json")
    text = (tmp_path / "ut" / "kontakt_type.isf").read_text(encoding="utf-8")
    assert (
        text
        == """\
kodeverk kontakt_type "Kontakttype"
  kilde  "k.csv"
  12     "Telefon"
  7      "Video"  fra 2024-05-01
  M16.1  "Koksartrose, ""annen"" x"  til 2025-12-31
  'og'  fra 2024-01-01 til 2024-06-30
"""
    )
    loaded = load(str(tmp_path / "ut"))
    assert loaded.problems == () and not loaded.ruleset.kodeverk["kontakt_type"].open_
    assert loaded.ruleset.kodeverk["kontakt_type"].codes.codes == ("12", "7", "M16.1", "og")


def test_an_open_code_system_from_a_workbook(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["code", "name", "valid_from"],
        ["A1", "en", dt.date(2024, 1, 1)],
        ["A2", "to", dt.datetime(2024, 5, 1)],
        [3, "tre", None],
    ]
    source = workbook(tmp_path / "k.xlsx", {"Ark1": rows})
    assert import_code_system(source, tmp_path / "ut", name="ncsp", open_=True, kilde="NCSP 2024").ok
    text = (tmp_path / "ut" / "ncsp.isf").read_text(encoding="utf-8")
    assert text == (
        'kodeverk ncsp åpent\n  kilde  "NCSP 2024"\n  A1  "en"  fra 2024-01-01\n'
        '  A2  "to"  fra 2024-05-01\n  3   "tre"\n'
    )
    assert format_source(Source("x", text)).text == text


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (";x;;", "ISF7014"),
        ("A+B;x;;", "ISF7054"),
        ("A;x;32.01.2024;", "ISF7051"),
        ("A;x;2024-02-30;", "ISF7051"),
        ("A;x;2024-05-01;2024-04-30", "ISF7051"),
        ("A.1;x;;\nA1;y;;", "ISF7053"),
    ],
)
def test_bad_codes(row: str, expected: str, tmp_path: Path) -> None:
    source = written(tmp_path / "k.csv", f"kode;tekst;fra;til\n{row}\n")
    assert codes(import_code_system(source, tmp_path / "ut", name="x")) == [expected]


def test_a_code_system_is_not_written_over_others(tmp_path: Path) -> None:
    source = written(tmp_path / "k.csv", "kode;tekst\nA;x\n")
    result = import_code_system(source, tmp_path, name="x")
    assert not result.ok and [p.code for p in result.report.problems] == ["ISF7041"]


# ------------------------------------------------------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "1"), ("0,150", "0.150"), ("0.150", "0.150"), ("1,234", "1.234"), ("1.234", "1.234"), ("12 345", "12345"),
        ("1\u00a0234,5", "1234.5"), ("1.234,5", "1234.5"), ("1,234.5", "1234.5"), ("1.234.567", "1234567"),
        ("1,234,5", None), ("1 23", None), ("-1", None), ("", None), ("1,", None), (",5", None), ("1e3", None),
        ("٣", None), ("1 234 5", None),
    ],
)  # fmt: skip
def test_numbers(text: str, value: str | None) -> None:
    assert values.number(text) == (None if value is None else Decimal(value))


@given(st.decimals(0, 10**7, places=3))
def test_decimal_text_is_exact(value: Decimal) -> None:
    assert values.number(values.decimal_text(value)) == value


@given(st.floats(0, 1000, allow_nan=False))
def test_a_number_cell_is_read_as_it_is_shown(value: float) -> None:
    shown = sheets._text(value)
    assert Decimal(shown) == Decimal(repr(value)) and "e" not in shown.lower()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-01-31", dt.date(2024, 1, 31)), ("31.1.2024", dt.date(2024, 1, 31)), ("20240131", dt.date(2024, 1, 31)),
        ("2024-01-31 00:00:00", dt.date(2024, 1, 31)), ("2024-02-30", None), ("31/1/2024", None), ("", None),
    ],
)  # fmt: skip
def test_days(text: str, day: dt.date | None) -> None:
    assert values.day(text) == day


def test_a_book_that_is_a_bomb(tmp_path: Path) -> None:
    import zipfile

    from isfdsl.importers.books import read_book

    with zipfile.ZipFile(tmp_path / "b.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 4_000_000)
    recorder = Recorder()
    read_book(tmp_path / "b.xlsx", recorder, lambda title, rows: None, computed=True, limit=1_000_000)
    assert [problem.code for problem in recorder.problems] == ["ISF7006"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('drg;vekt\n1;2,5\n"2;3', "ISF7004"),
        ("drg;navn;vekt\n1;a;2,5\n2;b", "ISF7004"),
        ("drg;vekt\n1;2,5\n2;\0", "ISF7003"),
    ],
)
def test_a_cut_or_spoilt_price_list_is_refused(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "p.csv").write_text(text, "utf-8")
    result = import_price_list(tmp_path / "p.csv", tmp_path / "ut", kind="DRG")
    assert not result.ok and result.report.problems[0].code == code
    assert not (tmp_path / "ut").exists()
