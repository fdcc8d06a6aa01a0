"""Files made to fill the machine, and files that are cut: a coded message each, in little time and memory."""

from __future__ import annotations

import gzip
import json
import shutil
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from isfdsl.importers import books, texts
from isfdsl.importers.norddrg import json_file, raw, read_tables
from tests.importers.norddrg_support import MINI

SHEET = "xl/worksheets/sheet2.xml"


def _problems(source: Path) -> list[tuple[str, str]]:
    result = read_tables(source)
    assert (result.tables is None) == any(p.severity == "feil" for p in result.report.problems)
    return [(problem.code, problem.message()) for problem in result.report.problems]


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "csv"
    shutil.copytree(MINI / "csv", folder)
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def _book(tmp_path: Path, change: Callable[[bytes], bytes]) -> Path:
    path = tmp_path / "tabeller.xlsx"
    with zipfile.ZipFile(MINI / "norddrg-mini.xlsx") as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            data = old.read(item)
            new.writestr(item.filename, change(data) if item.filename == SHEET else data)
    return path


def _rows(text: str) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(b"</sheetData>", text.encode() + b"</sheetData>")


def _before(text: str) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(b"<sheetData>", text.encode() + b"<sheetData>")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_rows('<row r="2000000000"><c r="A2000000000"><v>1</v></c></row>'), "mer enn 1048576 rader"),
        (_rows("".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(900, 5000))), "celler"),
        (_before("<a>" * 200_000 + "</a>" * 200_000), "bygd for å fylle minnet"),
        (_before("<a/>" * 1_100_000), "bygd for å fylle minnet"),
        (lambda data: b'<!DOCTYPE a [<!ENTITY b "c">]>' + data, "dokumenttype"),
    ],
    ids=["far down", "far out", "deep", "flat", "entities"],
)
def test_a_workbook_made_to_fill_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[bytes], bytes], said: str
) -> None:
    monkeypatch.setattr(books, "MAX_CELLS", 20_000_000)
    path = _book(tmp_path, change)
    assert path.stat().st_size < 200_000
    tracemalloc.start()
    try:
        [(code, message)] = _problems(path)
        assert tracemalloc.get_traced_memory()[1] < 500_000_000
    finally:
        tracemalloc.stop()
    assert code == "ISF7003"
    assert said in message


def test_more_rows_than_excel_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "MAX_ROWS", 1000)
    [(code, message)] = _problems(_book(tmp_path, _rows("<row/>" * 2001)))
    assert (code, "mer enn 2000 rader" in message) == ("ISF7003", True)


def test_a_file_of_a_folder_has_a_limit_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "FILE_LIMIT", 4000)
    found = _problems(_folder(tmp_path))
    assert ("ISF7006", "«logic.csv» er på 1 MiB; grensen er 0 MiB") in found


def test_a_line_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "MAX_LINE", 1000)
    folder = _folder(tmp_path)
    with (folder / "dg_feat.csv").open("a") as stream:
        stream.write("A" * 1001)
    assert ("ISF7003", "kan ikke lese «dg_feat.csv», rad 202: linjen har mer enn 1000 tegn") in _problems(folder)


def test_more_items_than_any_year(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_file, "MAX_ITEMS", 100)
    path = tmp_path / "tabeller.json"
    path.write_text('{"dg":[' + "{}," * 100 + "]}")
    assert _problems(path) == [("ISF7003", "kan ikke lese «tabeller.json»: den har mer enn 100 rader eller lister")]


@pytest.mark.parametrize("name", ["dg_feat.csv", "tabeller.json"])
def test_a_packed_file_is_named_once(tmp_path: Path, name: str) -> None:
    folder = _folder(tmp_path)
    data = (folder / name if name.endswith(".csv") else MINI / "norddrg-mini.json").read_bytes()
    path = (folder if name.endswith(".csv") else tmp_path) / name
    path.write_bytes(gzip.compress(data))
    source = folder if name.endswith(".csv") else path
    assert _problems(source) == [("ISF7003", f"kan ikke lese «{name}»: den er pakket (gzip)")]


def test_a_null_character_gives_one_problem(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    data = (folder / "dg_feat.csv").read_bytes()
    (folder / "dg_feat.csv").write_bytes(data[:500] + b"\0" + data[500:])
    assert [code for code, _ in _problems(folder)] == ["ISF7003"]


def test_a_table_cut_within_its_last_cell(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    data = (folder / "dg_feat.csv").read_bytes().rstrip()
    (folder / "dg_feat.csv").write_bytes(data[:-1])
    assert ["dg_feat.csv" in message for code, message in _problems(folder) if code == "ISF7038"] == [True]
    (folder / "dg_feat.csv").write_bytes(data + b"\n")
    assert "ISF7038" not in [found for found, _ in _problems(folder)]


@pytest.mark.parametrize("table", ["dg_feat", "proc_feat", "compl_cat", "compl_excl"])
def test_a_table_without_rows_in_each_form(tmp_path: Path, table: str) -> None:
    folder = _folder(tmp_path)
    path = folder / f"{table}.csv"
    path.write_text(path.read_text(encoding="utf-8-sig").splitlines()[0] + "\n")
    own = [message for code, message in _problems(folder) if code == "ISF7039"]
    assert own == [f"tabellen «{table}» har ingen rader: «{table}.csv»"]
    key = {"dg_feat": "dg", "proc_feat": "proc", "compl_cat": "complcat", "compl_excl": "complexcl"}[table]
    text, _ = json_file.repair_commas((MINI / "norddrg-mini.json").read_text(encoding="utf-8-sig"))
    tables = json.loads(text, strict=False)
    (tmp_path / "tabeller.json").write_text(json.dumps({**tables, key: []}))
    assert "ISF7039" in [code for code, _ in _problems(tmp_path / "tabeller.json")]
    result = read_tables(tmp_path / "tabeller.json").tables
    assert result is not None
    assert getattr(result, table) == ()
