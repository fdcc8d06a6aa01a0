"""Reading definition sets: the three forms, the flaws of real files, and what must stop an import."""

from __future__ import annotations

import builtins
import csv
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isfdsl.diagnostics.importing import ImportProblem
from isfdsl.importers.norddrg import Cell, TableImport, Tables, read_tables
from isfdsl.importers.norddrg.cells import FORMS, CellFault, parse_cell
from isfdsl.importers.norddrg.json_file import repair_commas

MINI = Path(__file__).resolve().parents[1] / "data" / "norddrg-mini"
NAMES = {
    "logic": "drglogic",
    "dg_feat": "dg",
    "proc_feat": "proc",
    "compl_cat": "complcat",
    "compl_excl": "complexcl",
    "names": "drgnames",
}


@pytest.fixture(scope="module")
def mini() -> Tables:
    tables = read_tables(MINI / "csv").tables
    assert tables is not None
    return tables


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(MINI / "csv", tmp_path / "csv")
    return tmp_path / "csv"


def read(path: Path) -> Tables:
    result = read_tables(path)
    assert result.tables is not None, [problem.message() for problem in result.report.problems]
    return result.tables


def codes(result: TableImport) -> list[str]:
    """The codes of all problems; their words must come out too."""
    for problem in result.report.problems:
        assert problem.message()[0].islower() or problem.message()[0] in "«"
        assert not problem.message().endswith(".")
        assert problem.help()
    if any(problem.severity == "feil" for problem in result.report.problems):
        assert result.tables is None
    return [problem.code for problem in result.report.problems]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")


# ------------------------------------------------------------------------------------------------ the three forms


def test_three_forms_are_one_set(mini: Tables) -> None:
    book = read(MINI / "norddrg-mini.xlsx")
    assert read(MINI / "norddrg-mini.json") == mini == book
    assert {kind: dict(texts) for kind, texts in book.texts.items()} == mini.texts
    assert [len(getattr(mini, name)) for name in NAMES] == [90, 200, 109, 14, 33, 79]


def test_provenance(mini: Tables) -> None:
    row = next(row for row in mini.logic if row.ord == "105M020")
    line = (MINI / "csv" / "logic.csv").read_text(encoding="utf-8").splitlines()[row.row - 1]
    assert line.startswith("105M020;")
    assert row.file == "logic.csv"
    assert row.secproc1 == Cell("-", "05E41")
    assert next(row for row in read(MINI / "norddrg-mini.xlsx").logic if row.ord == "000M010").id == "R0048"


def test_counts_of_the_sample() -> None:
    report = read_tables(MINI / "norddrg-mini.json").report
    assert report.ok and report.form == "json"
    assert report.count("byte_order_mark") == 1
    assert report.count("komma_foran_slutt") == 343
    assert report.count("styretegn") > 79
    assert report.count("skygget_rad") == 1
    assert report.count("umulig_vilkår") == 1
    assert report.count("egenskap_uten_kode") == 1
    assert report.count("gruppe_uten_logikk") == 2
    assert all(entry.text and entry.effect in ("reparert", "beholdt") for entry in report.counts)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_dialects(mini: Tables, tmp_path: Path, separator: str, encoding: str, end: str) -> None:
    for path in (MINI / "csv").iterdir():
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream, delimiter=";"))
        with (tmp_path / path.name.upper()).open("w", encoding=encoding, newline="") as stream:
            csv.writer(stream, delimiter=separator, lineterminator=end).writerows(rows)
    other = read(tmp_path)
    assert other == mini
    assert other.texts == mini.texts


def test_sheet_names_and_headings_as_csv(mini: Tables, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    for sheet in openpyxl.load_workbook(MINI / "norddrg-mini.xlsx", read_only=True).worksheets:
        with (tmp_path / f"{sheet.title}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=";").writerows(sheet.iter_rows(values_only=True))
    assert read(tmp_path) == mini


def test_a_folder_with_one_other_form(mini: Tables, tmp_path: Path) -> None:
    shutil.copy(MINI / "norddrg-mini.json", tmp_path)
    assert read(tmp_path) == mini
    shutil.copytree(MINI / "csv", tmp_path / "csv")
    assert codes(read_tables(tmp_path)) == ["ISF7002"]


# ------------------------------------------------------------------------------------------------------------ JSON


@given(st.recursive(st.none() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_comma_repair_never_touches_a_string(data: Any) -> None:
    text = json.dumps(data, ensure_ascii=False, indent=1)
    assert repair_commas(text) == (text, 0)
    strings = re.compile(r'"(?:[^"\\]|\\.)*"')
    flawed = text.replace("\n", " , \n")  # not legal as a whole, but every string stays
    assert strings.findall(repair_commas(flawed)[0]) == strings.findall(text)


def test_comma_repair() -> None:
    text = '{"a,}": [1, 2 ,\n], "b\\",]": ",}", }'
    assert repair_commas(text) == ('{"a,}": [1, 2 \n], "b\\",]": ",}" }', 2)


def _json(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> TableImport:
    result: dict[str, Any] = {}
    for table, key in NAMES.items():
        with (MINI / "csv" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as stream:
            result[key] = list(csv.DictReader(stream, delimiter=";"))
    change(result)
    (tmp_path / "t.json").write_text(json.dumps(result), encoding="utf-8")
    return read_tables(tmp_path / "t.json")


def test_json_numbers_nulls_and_left_out_cells(mini: Tables, tmp_path: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        for row in data["drglogic"]:
            row["rtc"] = int(row["rtc"]) if row["rtc"].isdigit() else row["rtc"]
            row["mdc"] = int(row["mdc"]) if row["mdc"].isdigit() else row["mdc"] or None
            if not row["sex"]:
                del row["sex"]

    result = _json(tmp_path, change)
    assert result.tables == mini
    assert result.report.count("hdg_nullutfylt") > 0


def test_json_twice_the_same_key(tmp_path: Path) -> None:
    text = (MINI / "norddrg-mini.json").read_text(encoding="utf-8").replace('"icd":', '"mdc":')
    (tmp_path / "t.json").write_text(text, encoding="utf-8")
    assert "ISF7011" in codes(read_tables(tmp_path / "t.json"))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_truncated_json(tmp_path: Path, share: float) -> None:
    data = (MINI / "norddrg-mini.json").read_bytes()
    (tmp_path / "t.json").write_bytes(data[: int(len(data) * share)])
    assert codes(read_tables(tmp_path / "t.json")) in (["ISF7004"], ["ISF7007"])


@given(st.binary(max_size=200))
def test_any_bytes_as_json_or_workbook_give_problems(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    for suffix in ("json", "xlsx"):
        path = tmp_path_factory.mktemp("t") / f"t.{suffix}"
        path.write_bytes(data)
        assert codes(read_tables(path))


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"dg": 1}', '{"dg": [1]}', "[" * 100_000, '{"dg": [' + "9" * 5000 + "]}"]
)
def test_other_json(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.json").write_text(text, encoding="utf-8")
    assert codes(read_tables(tmp_path / "t.json"))


# ------------------------------------------------------------------------------------------------------------- CSV


def test_truncated_csv(folder: Path) -> None:
    data = (folder / "logic.csv").read_bytes()
    (folder / "logic.csv").write_bytes(data[:-12])
    assert "ISF7004" in codes(read_tables(folder))


def test_logic_cut_between_rows_is_warned_of(folder: Path) -> None:
    lines = (folder / "logic.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "logic.csv").write_text("".join(lines[:50]), encoding="utf-8")
    assert codes(read_tables(folder)) == ["ISF7030"]


def test_open_quotation_mark(folder: Path) -> None:
    edit(folder / "dg_feat.csv", "A099;;DGCAT", '"A099;;DGCAT')
    assert codes(read_tables(folder))[0] == "ISF7003"


def test_shifted_row(folder: Path) -> None:
    edit(folder / "dg_feat.csv", "A099;;DGCAT", "A099;;x;DGCAT")
    assert codes(read_tables(folder)) == ["ISF7015"]


def test_a_text_with_the_separator_in_it(folder: Path) -> None:
    edit(folder / "dg.csv", "A099;Gastroenteritt", "A099;Gastroenteritt; uspesifisert")
    assert read(folder).texts["dg"]["A099"] == "Gastroenteritt; uspesifisert"


def test_numbers_with_a_decimal_point(mini: Tables, folder: Path) -> None:
    text = (folder / "logic.csv").read_text(encoding="utf-8")
    (folder / "logic.csv").write_text(text.replace(";470;", ";470.0;").replace(";08;", ";8.0;"), encoding="utf-8")
    assert read(folder) == mini


def test_titles_above_the_heading_and_blank_rows(mini: Tables, folder: Path) -> None:
    edit(folder / "logic.csv", "ord;drg", "Logikk 2017\n;;;\nord;drg")
    edit(folder / "compl_excl.csv", "01G41;G439;\n", "\n;;\n01G41;G439\n")
    result = read_tables(folder)
    assert result.tables == mini
    assert result.report.count("kort_rad") == 1
    assert result.report.count("tom_rad") >= 1


def test_missing_and_twice(folder: Path) -> None:
    shutil.move(folder / "compl_cat.csv", folder / "compl_catt.csv")
    (problem,) = read_tables(folder).report.problems
    assert problem.code == "ISF7008" and "«compl_catt.csv»" in (problem.help() or "")
    shutil.move(folder / "compl_catt.csv", folder / "compl_cat.csv")
    shutil.copy(folder / "logic.csv", folder / "drg_logic.csv")
    assert codes(read_tables(folder)) == ["ISF7009"]


def test_missing_columns(folder: Path) -> None:
    edit(folder / "logic.csv", ";dur;", ";durr;")
    (problem,) = read_tables(folder).report.problems
    assert problem.code == "ISF7010" and "«durr»" in (problem.help() or "")


def test_same_heading_twice(folder: Path) -> None:
    edit(folder / "logic.csv", "ord;drg;rtc;icd;mdc", "ord;drg;rtc;mdc;mdc")
    assert "ISF7011" in codes(read_tables(folder))


def test_names_are_for_reports_only(mini: Tables, folder: Path) -> None:
    (folder / "names.csv").unlink()
    result = read_tables(folder)
    assert codes(result) == ["ISF7032"]
    assert result.tables is not None and result.tables.logic == mini.logic


def test_an_unknown_condition_column_is_named(folder: Path) -> None:
    text = (folder / "logic.csv").read_text(encoding="utf-8").splitlines()
    lines = [line + (";procpro2;merknad" if at == 0 else ";05S01;x") for at, line in enumerate(text)]
    (folder / "logic.csv").write_text("\n".join(lines), encoding="utf-8")
    result = read_tables(folder)
    assert codes(result) == ["ISF7031"] and result.tables is not None


def test_a_fifth_property_column_is_read(folder: Path) -> None:
    text = (folder / "logic.csv").read_text(encoding="utf-8").splitlines()
    lines = [line + (";dgprop5" if at == 0 else ";05X41" if at == 5 else ";") for at, line in enumerate(text)]
    (folder / "logic.csv").write_text("\n".join(lines), encoding="utf-8")
    assert read(folder).logic[4].dgprops[-1] == Cell("", "05X41")


def test_nothing_there(tmp_path: Path) -> None:
    assert codes(read_tables(tmp_path)) == ["ISF7001"]
    assert codes(read_tables(tmp_path / "x")) == ["ISF7001"]
    (tmp_path / "x.csv").write_text("a;b")
    assert codes(read_tables(tmp_path / "x.csv")) == ["ISF7001"]


# --------------------------------------------------------------------------------------------------- kept and counted


def test_deviations_are_kept_and_counted(mini: Tables, folder: Path) -> None:
    with (folder / "dg_feat.csv").open("a", encoding="utf-8") as stream:
        stream.write("A099;;DGPROP;05C41\nA099;;mdc;18\n;;DGPROP;05X41\nA099;;TULL;1\nA099;;DGCAT;05M41\nC61.;;CC;1\n")
        stream.write("A098;;COMPL;05I99\na098;;PDGPROP;01P41\nI509;;OR;3\n")
    with (folder / "compl_cat.csv").open("a", encoding="utf-8") as stream:
        stream.write("Se også;\n11J99;\n05C98;05X41\n05I98;99X99\n")
    with (folder / "logic.csv").open("a", encoding="utf-8") as stream:
        stream.write("000M000;12Q;C" + ";" * 17 + "\n")
    result = read_tables(folder)
    assert result.tables is not None
    assert len(result.tables.dg_feat) == 209
    assert len(result.tables.compl_cat) == 18
    for kind, count in {
        "verdi_passer_ikke": 2,
        "lik_rad": 1,
        "vartype_skrivemåte": 2,
        "halvt_par": 1,
        "ukjent_vartype": 2,
        "kode_med_punktum": 1,
        "rusk_i_kategorier": 1,
        "inaktiv_uten_inclprop": 1,
        "inclprop_på_aktiv": 1,
        "inclprop_uten_kode": 1,
        "kategori_uten_rad": 1,
        "rekkefølge": 1,
        "ord_to_ganger": 1,
        "ukjent_returkode": 1,
        "gruppe_uten_navnerad": 1,
    }.items():
        assert result.report.count(kind) == count, kind
    assert sorted(codes(result)) == ["ISF7033", "ISF7034", "ISF7035", "ISF7036"]


def test_tables_that_contradict_each_other_get_a_coded_message(folder: Path) -> None:
    logic = (folder / "logic.csv").read_text("utf-8").replace("108M030;209E;", "108M030;ZZZ9;")
    (folder / "logic.csv").write_text(logic, "utf-8")
    with (folder / "compl_cat.csv").open("a", encoding="utf-8") as stream:
        stream.write("05I41;06I42\n06I42;05I41\n")
    found = {p.code: p for p in read_tables(folder).report.problems}
    assert set(found) == {"ISF7035", "ISF7036", "ISF7037"}
    assert "«ZZZ9»" in found["ISF7035"].message() and "«logic.csv», rad" in found["ISF7035"].message()
    assert "«05I41» → «06I42» → «05I41»" in found["ISF7037"].message()


def test_null_characters_are_no_text(folder: Path) -> None:
    data = (folder / "dg_feat.csv").read_bytes().split(b"\n")
    data[4] = data[4][:2] + b"\0" + data[4][2:]
    (folder / "dg_feat.csv").write_bytes(b"\n".join(data))
    first = read_tables(folder).report.problems[0]
    assert first.code == "ISF7003" and "«dg_feat.csv», rad 5" in first.message()


def test_a_huge_cell_is_said_in_bokmål(folder: Path) -> None:
    with (folder / "dg_feat.csv").open("a", encoding="utf-8") as stream:
        stream.write("A" * 200_000 + ";;OR;1\n")
    (problem,) = read_tables(folder).report.problems
    assert "en celle har mer enn" in problem.message()


def test_properties_without_a_name(folder: Path) -> None:
    edit(folder / "dgprop_name.csv", "05X41;", "05X99;")
    assert read_tables(folder).report.count("egenskap_uten_navn") == 1
    (folder / "dgprop_name.csv").unlink()
    assert read_tables(folder).report.count("egenskap_uten_navn") == 0


def test_bare_second_procedure_does_not_shadow_another_first_procedure(folder: Path) -> None:
    empty = dict.fromkeys((MINI / "csv" / "logic.csv").read_text(encoding="utf-8").split("\n")[0].split(";"), "")
    rows = [
        {"ord": "1", "drg": "1", "rtc": "0", "secproc1": "-"},
        {"ord": "2", "drg": "2", "rtc": "0", "secproc1": "-", "procpro1": "05S41"},
        {"ord": "3", "drg": "3", "rtc": "0", "secproc1": "-", "procpro1": "05S41", "sex": "M"},
        {"ord": "4", "drg": "4", "rtc": "0"},
    ]
    lines = [";".join(empty)] + [";".join({**empty, **row}.values()) for row in rows]
    (folder / "logic.csv").write_text("\n".join(lines), encoding="utf-8")
    report = read_tables(folder).report
    assert [entry.examples for entry in report.counts if entry.kind == "skygget_rad"] == [
        ("logic.csv, rad 4: «3» av «2»",)
    ]


# --------------------------------------------------------------------------------------------------------- logic cells

LEGAL = {
    "icd": "+ -",
    "mdc": "05 -05 +05 =05",
    "dgcat1": "05M41 -05M41",
    "pdgprop": "05P41 -05P41",
    "procpro1": "05S41 -05S41 NPK_002",
    "dgprop1": "05X41 -05X41",
    "secproc1": "05S41 -05S41 +05S41 -",
    "or": "S P N Z + - -S -X +S =Z",
    "compl": "1 2 >0 <2 -0",
    "agelim": "<1 >43800",
    "dur": "<1 >0",
    "sex": "M F - +M =F",
    "disch": "E N R H -E =E +R",
}
ILLEGAL = {
    "icd": "= < M161 -M161 --",
    "mdc": "- + <05 >05 !05 −05 –05 05,06 05;06",
    "dgcat1": "- >05M41 ≤05M41",
    "pdgprop": "- <05P41",
    "procpro1": "- + =",
    "dgprop1": "- <>05X41 05X41+05X42 05X41|05X42",
    "secproc1": "+ = >05S41",
    "or": "= X s 1 SP >S -1 --S",
    "compl": "=1 +1 - > >=1 x 1.5",
    "agelim": "1 =1 -1 <=1 <x < >1.5 <-1 +1",
    "dur": "1 =1 <",
    "sex": "-M -F K 1 + m",
    "disch": "- + <E",
}


def test_every_column_is_tried() -> None:
    assert (
        {name.rstrip("1") if name == "dgprop1" else name for name in LEGAL}
        == set(FORMS)
        == {name.rstrip("1") if name == "dgprop1" else name for name in ILLEGAL}
    )


@pytest.mark.parametrize("column", LEGAL)
def test_cells(column: str, folder: Path) -> None:
    assert parse_cell(column, "") is None
    for text in LEGAL[column].split():
        assert isinstance(parse_cell(column, text), Cell), text
    for text in ILLEGAL[column].split():
        assert isinstance(parse_cell(column, text), CellFault), text
    lines = (folder / "logic.csv").read_text(encoding="utf-8").split("\n")
    at = lines[0].split(";").index(column)
    cells = lines[20].split(";")
    cells[at] = ILLEGAL[column].split()[-1].replace(";", ",")
    lines[20] = ";".join(cells)
    (folder / "logic.csv").write_text("\n".join(lines), encoding="utf-8")
    (problem,) = read_tables(folder).report.problems
    assert isinstance(problem, ImportProblem)
    assert problem.code in ("ISF7012", "ISF7013")
    assert (problem.row, problem.column) == (21, column)
    assert cells[0] in problem.message() and "rad 21" in problem.message()


def test_plus_and_equals_say_nothing() -> None:
    assert parse_cell("dgcat1", "=05M41") == parse_cell("dgcat1", "+05M41") == Cell("", "05M41")
    assert parse_cell("dgprop2", "- 05X41") == Cell("-", "05X41")
    assert parse_cell("or", "+S") == Cell("", "S")


@given(st.sampled_from(sorted(LEGAL)), st.text(max_size=6))
def test_any_cell_is_read_or_refused(column: str, text: str) -> None:
    cell = parse_cell(column, text.strip())
    if isinstance(cell, Cell):
        assert cell.op in ("", "+", "-", "<", ">")
        assert parse_cell(column, str(cell)) == cell


# ------------------------------------------------------------------------------------------------------------ workbook


def _book(tmp_path: Path, change: Callable[[Any], None]) -> TableImport:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(MINI / "norddrg-mini.xlsx")
    change(book)
    book.save(tmp_path / "t.xlsx")
    return read_tables(tmp_path / "t.xlsx")


def test_number_cells_that_lost_a_zero(mini: Tables, tmp_path: Path) -> None:
    def change(book: Any) -> None:
        for sheet, column in (("drg_logic", "mdc"), ("drg_name", "mdc")):
            at = [cell.value for cell in book[sheet][1]].index(column)
            for row in book[sheet].iter_rows(min_row=2):
                if str(row[at].value).isdigit():
                    row[at].value = int(row[at].value)
        for row in book["dg_feat"].iter_rows(min_row=2):
            if row[4].value == "MDC":
                row[5].value = int(row[5].value)

    result = _book(tmp_path, change)
    assert result.tables == mini
    assert result.report.count("hdg_nullutfylt") > 50


def test_columns_in_another_order_and_more_of_them(mini: Tables, tmp_path: Path) -> None:
    def change(book: Any) -> None:
        for sheet in book.worksheets:
            rows = [list(row)[::-1] for row in sheet.iter_rows(values_only=True)]
            sheet.delete_rows(1, sheet.max_row)
            for at, row in enumerate(rows):
                sheet.append(["nyhet" if at == 0 else "x", *row])
        book.create_sheet("Lesmeg").append(["om"])

    assert _book(tmp_path, change).tables == mini


@pytest.mark.parametrize(
    ("sheet", "cell", "value"),
    [
        ("drg_logic", "M4", 5e41),
        ("drg_logic", "M4", "#N/A"),
        ("drg_logic", "M4", "=VLOOKUP(A1;B2)"),
        ("drg_logic", "J4", 41),
        ("dg_feat", "F2", 5e41),
        ("dg_feat", "A2", True),
        ("compl_excl", "A2", 1.5),
    ],
)
def test_cells_that_a_spreadsheet_spoiled(tmp_path: Path, sheet: str, cell: str, value: object) -> None:
    def change(book: Any) -> None:
        book[sheet][cell].value = value

    result = _book(tmp_path, change)
    assert codes(result) == ["ISF7016"]


def test_a_date_in_a_code(tmp_path: Path) -> None:
    from datetime import datetime

    def change(book: Any) -> None:
        book["dg_feat"]["A2"].value = datetime(2020, 3, 1)

    assert codes(_book(tmp_path, change)) == ["ISF7016"]


def test_without_openpyxl(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def fake(name: str, *args: Any, **more: Any) -> Any:
        if name.startswith("openpyxl"):
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", fake)
    result = read_tables(MINI / "norddrg-mini.xlsx")
    assert codes(result) == ["ISF7005"]
    assert "isfdsl[excel]" in (result.report.problems[0].help() or "")


def test_zip_bomb_and_broken_archives(tmp_path: Path) -> None:
    from isfdsl.importers.norddrg.workbook import read_workbook
    from isfdsl.importers.report import Recorder

    path = tmp_path / "bombe.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 4_000_000)
    recorder = Recorder()
    assert read_workbook(path, recorder, limit=1_000_000) == []
    assert [problem.code for problem in recorder.problems] == ["ISF7006"]
    assert codes(read_tables(path)) == ["ISF7003"]
    (tmp_path / "kort.xlsx").write_bytes((MINI / "norddrg-mini.xlsx").read_bytes()[:-500])
    assert codes(read_tables(tmp_path / "kort.xlsx")) == ["ISF7003"]
    (tmp_path / "gammel.xls").write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    assert codes(read_tables(tmp_path / "gammel.xls")) == ["ISF7003"]
