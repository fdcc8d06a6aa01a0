"""Files and folders: what is found, what is read, and the coded problem for each way a file can be wrong."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isfdsl.diagnostics.record_files import FileIgnored
from isfdsl.records.readers import Aside, ReadResult, read_input
from isfdsl.records.readers.drg import drg_reader
from isfdsl.records.schema import FieldSchema, RecordSchema
from tests.records.support import GOOD, SCHEMAS, codes, csv_text, only_reject, read_text

TEXT = csv_text(GOOD)
LINE = '{"pasient_id": "P1", "dato": "2024-01-31", "mengder": [1.5, 2]}\n'


def ok(result: ReadResult, post: str = "episode", n: int = 1) -> None:
    assert (result.problems, result.rejects) == ((), ())
    assert len(result.records[post]) == n


@pytest.mark.parametrize("sep", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_csv_dialects(tmp_path: Path, sep: str, end: str, bom: str) -> None:
    ok(read_text(tmp_path, bom + csv_text(GOOD, sep=sep).replace("\n", end)))


@pytest.mark.parametrize("name", ["episode.csv", "EPISODE.CSV", "episode.csv.gz", "episode.CSV.GZ"])
def test_csv_names(tmp_path: Path, name: str) -> None:
    data = gzip.compress(TEXT.encode()) if name.lower().endswith("gz") else TEXT
    result = read_text(tmp_path, data, name)
    if name.startswith("EPISODE"):
        assert codes(result) == ["ISF6006"] and "episode" in str(result.problems[0].help())
    else:
        ok(result)


@pytest.mark.parametrize("name", ["utlevering.jsonl", "utlevering.ndjson", "utlevering.jsonl.gz"])
def test_jsonl_names(tmp_path: Path, name: str) -> None:
    data = gzip.compress(LINE.encode()) if name.endswith("gz") else LINE
    ok(read_text(tmp_path, data, name), "utlevering")


def test_one_file_and_a_string_for_a_path(tmp_path: Path) -> None:
    read_text(tmp_path, TEXT)
    ok(read_input(str(tmp_path / "episode.csv"), SCHEMAS))


def test_names_without_norwegian_letters(tmp_path: Path) -> None:
    schema = RecordSchema("særtjeneste", (FieldSchema("særkode", "tekst"), FieldSchema("måned", "heltall")))
    for i, (name, header) in enumerate(
        [("saertjeneste", "saerkode,maned"), ("særtjeneste", "særkode,måned"), ("særtjeneste", "særkode,ma\u030aned")]
    ):
        folder = tmp_path / str(i)
        folder.mkdir()
        (folder / f"{name}.csv").write_text(f"{header}\nB0044,3\n", encoding="utf-8")
        ok(read_input(folder, [schema]), "særtjeneste")


def test_optional_columns_may_be_absent_and_the_order_is_free(tmp_path: Path) -> None:
    lists = ("bitilstander", "prosedyrer")
    needed = ("inn", "alder_dager", "episode_id", "pasient_id", *lists)
    result = read_text(tmp_path, csv_text({n: GOOD[n] for n in needed}))
    ok(result)
    assert result.records["episode"][0].values["merknad"] is None


def test_row_numbers_count_lines_also_blank_ones_and_inside_quotes(tmp_path: Path) -> None:
    rows = [GOOD | {"merknad": '"a, b"', "episode_id": "a"}, GOOD | {"merknad": '"x\ny"', "episode_id": "b"}]
    result = read_text(tmp_path, "\n" + csv_text(*rows, GOOD))
    assert [(r.record_id, r.rad) for r in result.records["episode"]] == [("a", 3), ("e1", 6)]
    assert [(r.record_id, r.rad) for r in result.rejects] == [("b", 4)]


def test_wrong_number_of_columns_is_a_reject(tmp_path: Path) -> None:
    result = read_text(tmp_path, TEXT + "a,b\n" + TEXT.splitlines()[1] + ",\n")
    assert [(r.kode, r.record_id) for r in result.rejects] == [
        ("ISF6115", "episode.csv:3"),
        ("ISF6115", "episode.csv:4"),
    ]
    assert len(result.records["episode"]) == 1


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{", "ISF6116"),
        ("[1]", "ISF6116"),
        ("null", "ISF6116"),
        ('{"a": NaN}', "ISF6116"),
        ('{"pasient_id": "a", "pasient_id": "b"}', "ISF6116"),
        ("[" * 100_000, "ISF6116"),
        ('{"antall": ' + "9" * 5000 + "}", "ISF6116"),
        ('{"pasient_id": "P", "dato": "2024-01-01", "mengder": [1e99999999999999999999]}', "ISF6116"),
        ('{"pasient_id": "P", "dato": "2024-01-01", "mengder": [1e9999999]}', "ISF6117"),
        ('{"pasient_id": "P"}', "ISF6101"),
    ],
)
def test_bad_json_lines_are_rejects(tmp_path: Path, line: str, code: str) -> None:
    result = read_text(tmp_path, LINE + line + "\n", "utlevering.jsonl")
    reject = only_reject(result)
    assert (reject.kode, reject.rad, reject.record_id) == (code, 2, "utlevering.jsonl:2")
    assert len(result.records["utlevering"]) == 1


def test_repeated_field_by_two_spellings(tmp_path: Path) -> None:
    schema = RecordSchema("p", (FieldSchema("måned", "heltall"),))
    (tmp_path / "p.jsonl").write_text('{"måned": 1, "maned": 2}\n')
    assert read_input(tmp_path, [schema]).rejects[0].kode == "ISF6116"
    (tmp_path / "p.jsonl").unlink()
    (tmp_path / "p.csv").write_text("måned,maned\n1,2\n")
    assert codes(read_input(tmp_path, [schema])) == ["ISF6018"]


FILE_PROBLEMS: list[tuple[str, bytes, list[str]]] = [
    ("episode.csv", b"", ["ISF6009"]),
    ("episode.csv", b"\n \n", ["ISF6009"]),
    ("episode.parquet", b"", ["ISF6009"]),
    ("utlevering.jsonl", b"", ["ISF6010"]),
    ("episode.csv", TEXT.splitlines()[0].encode(), ["ISF6010"]),
    ("episode.csv", TEXT.encode("utf-16"), ["ISF6011"]),
    ("episode.csv", TEXT.replace("e1", "Åse").encode("latin-1"), ["ISF6011"]),
    ("utlevering.jsonl", LINE.encode() + "{'æ'}".encode("cp1252"), ["ISF6011"]),
    ("episode.csv", TEXT.encode() + b"\0\1\2", ["ISF6012"]),
    ("episode.csv", b"PAR1....", ["ISF6012"]),
    ("episode.csv", b"PK\x03\x04....", ["ISF6012"]),
    ("episode.csv", gzip.compress(TEXT.encode()), ["ISF6012"]),
    ("episode.csv.gz", gzip.compress(TEXT.encode() * 50)[:-20], ["ISF6013"]),
    ("episode.csv.gz", TEXT.encode(), ["ISF6013"]),
    ("episode.parquet", b"not parquet at all", ["ISF6013"]),
    ("episode.parquet", b"PAR1", ["ISF6013"]),
    ("episode.csv", TEXT.encode() + b'a,"b"c,d\n', ["ISF6014"]),
    ("episode.csv", TEXT.encode() + b'a,"b,c,d\n', ["ISF6014"]),
    ("utlevering.jsonl", b"[\n" + LINE.encode() + b"]", ["ISF6015"]),
    ("utlevering.jsonl", b"[" + LINE.encode().strip() + b"]", ["ISF6015"]),
    ("episode.csv", TEXT.replace("alder_dager", "alder_dagr").encode(), ["ISF6016"]),
    ("utlevering.jsonl", LINE.replace('"dato"', '"dat"').encode(), ["ISF6016"]),
    ("episode.csv", TEXT.replace("merknad", "zzzzzz").encode(), ["ISF6016"]),
    ("utlevering.csv", b"pasient_id\nP1\n", ["ISF6017"]),
    ("utlevering.jsonl", b'{"pasient_id": "P1"}\n', ["ISF6017"]),
    ("utlevering.csv", b"pasient_id,dato,dato\nP1,2024-01-01,2024-01-01\n", ["ISF6018"]),
    ("utlevering.csv", b"P1,2024-01-01\nP2,2024-01-01\n", ["ISF6019"]),
    ("utlevering.csv", b"pasient_id,dato\nP1," + b"2" * (1 << 20) + b"\n", ["ISF6024"]),
    ("utlevering.csv", b'pasient_id,dato\nP1,"' + b"2\n" * (1 << 20) + b'"\n', ["ISF6014"]),
    ("episod.csv", TEXT.encode(), ["ISF6006"]),
    ("episode.xlsx", b"PK", ["ISF6007"]),
    ("episode.parquet.gz", b"PK", ["ISF6007"]),
]


@pytest.mark.parametrize(("name", "data", "expected"), FILE_PROBLEMS)
def test_file_problems(tmp_path: Path, name: str, data: bytes, expected: list[str]) -> None:
    result = read_text(tmp_path, data, name)
    assert codes(result) == expected
    assert result.ok == (expected == ["ISF6010"])
    assert not any(result.records.values()) and not result.rejects, "a file with an error contributes nothing"
    for problem in result.problems:
        message, advice = problem.message(), problem.help()
        assert message[0].islower() or message[0] == "«"
        assert not message.endswith(".") and advice and not advice.endswith(".")
        assert name in message and "P1" not in message + advice


def test_the_nearest_field_and_file_are_offered(tmp_path: Path) -> None:
    result = read_text(tmp_path, TEXT.replace("alder_dager", "alder_dagr"))
    assert result.problems[0].help() == "mente du «alder_dager»?"
    result = read_text(tmp_path / "b", TEXT, "episod.csv")
    assert result.problems[0].help() == "mente du «episode.csv»?"
    (tmp_path / "inndata").mkdir()
    assert "inndata" in str(read_input(tmp_path / "inndat", SCHEMAS).problems[0].help())


COLUMN_HINTS: list[tuple[str, bytes, str, str]] = [
    ("utlevering.csv", b"pasient_id;dato;\nP1;2024-01-01;\n", "uten navn (nr. 3)", "skilletegnet på slutten"),
    ("utlevering.csv", b"pasient_id;dato;;;\nP1;2024-01-01;;;\n", "uten navn (nr. 3)", "skilletegnet på slutten"),
    ("utlevering.csv", b",pasient_id,dato\n0,P1,2024-01-01\n", "uten navn (nr. 1)", "index=False"),
    ("utlevering.csv", b"pasient_id, ,dato\nP1,2,2024-01-01\n", "uten navn (nr. 2)", "navnet til et felt"),
    ("utlevering.csv", b"Unnamed: 0,pasient_id,dato\n0,P1,2024-01-01\n", "«Unnamed: 0»", "index=False"),
    ("utlevering.csv", b"pasient_id|dato\nP1|2024-01-01\n", "trolig «|»", "komma, semikolon eller tabulator"),
    ("utlevering.csv", b"sep=;\npasient_id;dato\nP1;2024-01-01\n", "«sep=»-linjen", "ta bort linjen"),
    ("utlevering.csv", b"SEP=|\npasient_id|dato\n", "«sep=»-linjen", "ta bort linjen"),
    (
        "utlevering.csv",
        b"Pasient_ID,DATO\nP1,2024-01-01\n",
        "store og små",
        "teller: filen har «Pasient_ID», «DATO»; feltene",
    ),
    ("utlevering.csv", b"P1,2024-01-01\nP2,2024-01-01\n", "overskriften mangler kanskje", "første linje skal være"),
    ("utlevering.jsonl", b'{"PASIENT_ID": "P1", "DATO": 1}\n', "store og små", "har «DATO», «PASIENT_ID»"),
    ("utlevering.jsonl", b'{"a": "P1", "": 1}\n', "ingen kolonner fra «utlevering»", "filen har «», «a»; feltene er"),
    ("utlevering.jsonl", b"{}\n", "ingen kolonner fra «utlevering»", "feltene er «pasient_id»"),
    ("utlevering.jsonl", b'{"pasient_id": "P1", "dato": "2024-01-01", "": 1}\n', "kolonne uten navn", "ta bort"),
    ("utlevering.jsonl", b'{\n  "pasient_id": "P1"\n}\n', "over flere linjer", "ett JSON-objekt per linje"),
    ("utlevering.jsonl", b"\n {\n\n}\n" + LINE.encode(), "over flere linjer", "ett JSON-objekt per linje"),
]


@pytest.mark.parametrize(("name", "data", "said", "hint"), COLUMN_HINTS)
def test_what_is_said_of_columns(tmp_path: Path, name: str, data: bytes, said: str, hint: str) -> None:
    problems = read_text(tmp_path, data, name).problems
    assert said in problems[0].message() and hint in str(problems[0].help())
    assert "P1" not in str(problems)


def test_what_is_said_of_parquet_columns(tmp_path: Path) -> None:
    base: dict[str, Any] = {"pasient_id": ["P1"], "dato": ["2024-01-01"]}
    (problem,) = parquet(tmp_path, {"PASIENT_ID": ["P1"], "Dato": ["2024-01-01"]}).problems
    assert "linje" not in problem.message() + str(problem.help()) and "«PASIENT_ID», «Dato»" in str(problem.help())
    (problem,) = parquet(tmp_path, {"x": ["P1"]}).problems
    assert "overskrift" not in problem.message() and str(problem.help()).startswith("filen har «x»; feltene er")
    assert "index=False" in str(parquet(tmp_path, base | {"__index_level_0__": [0]}).problems[0].help())
    assert "nr. 3" in parquet(tmp_path, base | {"": [0]}).problems[0].message()
    assert "flyttall" in str(parquet(tmp_path, base | {"dato": pa.array([1], pa.float32())}).problems[0].help())
    assert "flyttall" not in str(parquet(tmp_path, base | {"dato": [1]}).problems[0].help())


def test_an_object_that_is_cut_is_one_reject(tmp_path: Path) -> None:
    result = read_text(tmp_path, "{\n" + LINE, "utlevering.jsonl")
    assert only_reject(result).kode == "ISF6116" and len(result.records["utlevering"]) == 1


def test_encoding_problem_names_the_line(tmp_path: Path) -> None:
    many = csv_text(GOOD, *({**GOOD, "episode_id": f"e{i}"} for i in range(2, 5000)))
    data = many.encode() + "Å".encode("latin-1") + b"\n"
    assert "linje 5001" in read_text(tmp_path, data).problems[0].message()


def test_folder_problems(tmp_path: Path) -> None:
    assert codes(read_input(tmp_path / "nei", SCHEMAS)) == ["ISF6001"]
    assert codes(read_input(str(tmp_path) + "/\0", SCHEMAS)) == ["ISF6001"]
    empty = tmp_path / "tom"
    empty.mkdir()
    assert codes(read_input(empty, SCHEMAS)) == ["ISF6005"]
    (empty / "LESMEG.md").write_text("hei")
    (empty / "bilag").mkdir()
    (empty / ".skjult").write_text("")
    (empty / "_SUCCESS").write_text("")
    assert codes(read_input(empty, SCHEMAS)) == ["ISF6008", "ISF6008", "ISF6005"]
    (empty / "episode.parquet").mkdir()
    assert "ISF6004" in codes(read_input(empty, SCHEMAS))
    os.mkfifo(tmp_path / "episode.csv")
    assert codes(read_input(tmp_path / "episode.csv", SCHEMAS)) == ["ISF6004"]
    (tmp_path / "lenke.csv").symlink_to(tmp_path / "borte")
    assert codes(read_input(tmp_path / "lenke.csv", SCHEMAS)) == ["ISF6004"]
    (tmp_path / "data.bin").write_bytes(b"x")
    assert codes(read_input(tmp_path / "data.bin", SCHEMAS)) == ["ISF6007"]


def test_a_file_beside_the_data_is_only_a_warning(tmp_path: Path) -> None:
    (tmp_path / "LESMEG.md").write_text("hei")
    result = read_text(tmp_path, TEXT)
    assert result.ok and result.problems == (FileIgnored(fil="LESMEG.md"),)
    assert len(result.records["episode"]) == 1


def test_two_files_for_one_post(tmp_path: Path) -> None:
    (tmp_path / "episode.ndjson").write_text(
        '{"episode_id": "x", "pasient_id": "P", "alder_dager": 1, "inn": "2024-01-01", '
        '"bitilstander": [], "prosedyrer": []}\n'
    )
    ok(read_text(tmp_path, TEXT), n=2)
    result = read_text(tmp_path, gzip.compress(TEXT.encode()), "episode.csv.gz")
    assert codes(result) == ["ISF6021"]
    assert [r.kode for r in result.rejects] == ["ISF6114", "ISF6114"]
    other = tmp_path / "uten_nokkel"
    read_text(other, LINE, "utlevering.jsonl")
    assert codes(read_text(other, LINE, "utlevering.ndjson")) == ["ISF6022"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_no_access(tmp_path: Path) -> None:
    read_text(tmp_path, TEXT)
    (tmp_path / "episode.csv").chmod(0)
    assert codes(read_input(tmp_path, SCHEMAS)) == ["ISF6002"]
    tmp_path.chmod(0)
    try:
        assert codes(read_input(tmp_path, SCHEMAS)) == ["ISF6002"]
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    ("error", "code"),
    [(PermissionError(13, "x"), "ISF6002"), (OSError(5, "x"), "ISF6003"), (FileNotFoundError(2, "x"), "ISF6001")],
)
@pytest.mark.parametrize("name", ["episode.csv", "episode.csv.gz", "episode.parquet", "episode.jsonl"])
def test_errors_of_the_operating_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, code: str, name: str
) -> None:
    (tmp_path / name).write_bytes(b"x")

    def fail(*_: object, **__: object) -> object:
        raise error

    monkeypatch.setattr(Path, "open", fail)
    monkeypatch.setattr(gzip, "open", fail)
    assert codes(read_input(tmp_path, SCHEMAS)) == [code]


def parquet(folder: Path, columns: Mapping[str, Any], name: str = "utlevering.parquet") -> ReadResult:
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.table(dict(columns)), folder / name)
    return read_input(folder, SCHEMAS)


def test_parquet_types(tmp_path: Path) -> None:
    base = {"pasient_id": pa.array(["P1"]).dictionary_encode(), "dato": pa.array(["2024-01-01"])}
    result = parquet(tmp_path, base | {"mengder": [[0.1, 2.0]], "antall": pa.array([[1, 2]], pa.list_(pa.int8()))})
    (record,) = result.records["utlevering"]
    assert record.rad == 1 and record.values["mengder"] == (Decimal("0.1"), Decimal(2))
    when = pa.array([datetime(2024, 1, 1)], pa.timestamp("ns"))
    ok(parquet(tmp_path, base | {"dato": when}), "utlevering")
    ok(parquet(tmp_path, {"pasient_id": [7], "dato": when, "dager": pa.nulls(1)}), "utlevering")


@pytest.mark.parametrize(
    "column",
    [
        {"mengder": pa.array([[0.5]], pa.list_(pa.float32()))},
        {"mengder": pa.array([0.5])},
        {"pasient_id": pa.array([["P"]])},
        {"pasient_id": pa.array([1.5])},
        {"dato": pa.array([1])},
        {"pasient_id": pa.array([b"P"])},
        {"pasient_id": pa.array([{"a": 1}])},
    ],
)
def test_parquet_column_of_the_wrong_type(tmp_path: Path, column: dict[str, Any]) -> None:
    base: dict[str, Any] = {"pasient_id": ["P1"], "dato": ["2024-01-01"]}
    assert codes(parquet(tmp_path, base | column)) == ["ISF6020"]


@pytest.mark.parametrize(
    ("column", "code"),
    [
        ({"dato": pa.array([datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=1)))])}, "ISF6104"),
        ({"dato": pa.array([1], pa.timestamp("us", "Europe/Oslo"))}, "ISF6104"),
        ({"dato": pa.array([1], pa.timestamp("us", "Ingen/Sted"))}, "ISF6104"),
        ({"dager": pa.array([[1]], pa.list_(pa.timestamp("ms", "Ingen/Sted")))}, "ISF6104"),
        ({"dager": pa.array([[1000]], pa.large_list(pa.timestamp("ns", "+01:00")))}, "ISF6104"),
        ({"dato": pa.array([10**15], pa.timestamp("s"))}, "ISF6102"),
        ({"dato": pa.array([2**31 - 1], pa.int32()).view(pa.date32())}, "ISF6102"),
        ({"dato": pa.array([1], pa.timestamp("ns"))}, "ISF6102"),
        ({"mengder": pa.array([[float("nan")]])}, "ISF6102"),
        ({"mengder": pa.array([[0.1 + 0.2]])}, "ISF6117"),
        ({"mengder": pa.array([[None]], pa.list_(pa.float64()))}, "ISF6102"),
        ({"pasient_id": pa.array([None], pa.string())}, "ISF6101"),
    ],
)
def test_parquet_rejects(tmp_path: Path, column: dict[str, Any], code: str) -> None:
    base: dict[str, Any] = {"pasient_id": ["P1"], "dato": ["2024-01-01"]}
    assert only_reject(parquet(tmp_path, base | column)).kode == code


def test_parquet_columns(tmp_path: Path) -> None:
    assert codes(parquet(tmp_path, {"pasient_id": ["P"]})) == ["ISF6017"]
    assert codes(parquet(tmp_path, {"pasient_id": ["P"], "dat": ["x"]})) == ["ISF6016"]
    table = pa.Table.from_arrays([pa.array(["P"])] * 2, names=["pasient_id", "pasient_id"])
    pq.write_table(table, tmp_path / "utlevering.parquet")
    assert "ISF6018" in codes(read_input(tmp_path, SCHEMAS))
    assert codes(parquet(tmp_path, {"pasient_id": pa.array([], pa.string()), "dato": pa.array([], pa.date32())})) == [
        "ISF6010"
    ]


def test_truncated_parquet_at_every_tenth(tmp_path: Path) -> None:
    columns = {"pasient_id": [f"P{i}" for i in range(500)], "dato": ["2024-01-01"] * 500}
    ok(parquet(tmp_path, columns), "utlevering", 500)
    whole = (tmp_path / "utlevering.parquet").read_bytes()
    for part in range(1, 10):
        result = read_text(tmp_path, whole[: len(whole) * part // 10], "utlevering.parquet")
        assert codes(result) == ["ISF6013"]


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet(tmp_path, {"pasient_id": ["P"], "dato": ["2024-01-01"]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    result = read_input(tmp_path, SCHEMAS)
    assert codes(result) == ["ISF6023"] and "isfdsl[data]" in str(result.problems[0].help())


def test_pyarrow_is_not_imported_for_text() -> None:
    import subprocess

    program = (
        "import sys; import isfdsl.records.readers, isfdsl.records.output, isfdsl.records.tables; "
        "import isfdsl.records.jsonschema, isfdsl.records.writers; sys.exit('pyarrow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_extra_formats_come_in_by_the_seam(tmp_path: Path) -> None:
    def rows(path: Path, fil: str) -> Iterator[tuple[str, int, Mapping[str, object] | Aside]]:
        yield "utlevering", 1, {"pasient_id": "P", "dato": "2024-01-01"}
        yield "utlevering", 2, {"pasient_id": "P"}
        yield "utlevering", 3, Aside(FileIgnored(fil="x"), "id3")

    (tmp_path / "melding.xml").write_text("<x/>")
    result = read_input(tmp_path, SCHEMAS, extra={".xml": rows})
    assert not result.problems and len(result.records["utlevering"]) == 1
    assert [(r.rad, r.kode, r.record_id) for r in result.rejects] == [
        (2, "ISF6101", "melding.xml:2"),
        (3, "ISF6008", "id3"),
    ]
    (tmp_path / "melding.xml").unlink()
    kasus = RecordSchema(
        "kasus",
        (
            FieldSchema("kasus_id", "tekst", key=True),
            FieldSchema("kjonn", "tekst", optional=True),
            FieldSchema("alder_dager", "heltall"),
            FieldSchema("hovedtilstand", "kodepar", optional=True),
            FieldSchema("bitilstander", "kodepar", is_list=True),
            FieldSchema("prosedyrer", "kode", is_list=True),
        ),
    )
    fields = ["1", "3650", "R", "2", "", "A170", "G01", "I10", ""] + [""] * 56 + ["NFB30"] + [""] * 99
    line = "k1;" + ",".join(fields)
    (tmp_path / "kasus.drg").write_text(f"{line}\n\nk2;1,2\nk3{line[2:]}\nk3{line[2:]}\n")
    result = read_input(tmp_path, [kasus], extra={".drg": drg_reader("kasus")})
    (record,) = result.records["kasus"]
    assert record.record_id == "k1" and record.rad == 1
    assert record.values["hovedtilstand"] == ("A170", "G01") and record.values["bitilstander"] == (("I10", None),)
    assert record.values["prosedyrer"] == ("NFB30",) and record.values["alder_dager"] == 3650
    assert [(r.record_id, r.rad) for r in result.rejects] == [("k2", 3), ("k3", 4), ("k3", 5)]
    # The last line has no line end: cut, or whole with something else wrong.
    (tmp_path / "kasus.drg").write_text(f"{line}\n{line[:-30]}")
    assert codes(read_input(tmp_path, [kasus], extra={".drg": drg_reader("kasus")})) == ["ISF6027"]
    (tmp_path / "kasus.drg").write_text(f"{line}\n{line[3:]}")
    result = read_input(tmp_path, [kasus], extra={".drg": drg_reader("kasus")})
    assert [(r.rad, r.kode) for r in result.rejects] == [(2, "ISF6701")] and not codes(result)


def test_a_text_that_ends_in_the_middle_of_a_row_is_no_shorter_text(tmp_path: Path) -> None:
    schema = RecordSchema("u", (FieldSchema("id", "tekst", key=True), FieldSchema("n", "heltall")), {})
    for name, text in (("u.csv", "id,n\na,1\nb"), ("u.jsonl", '{"id": "a", "n": 1}\n{"id": "b", "n"')):
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_text(text, encoding="utf-8")
        result = read_input(folder, [schema])
        assert codes(result) == ["ISF6027"] and not result.records["u"]
        # A last line without an end is fine when it is whole.
        (folder / name).write_text(text[: text.rindex("\n")], encoding="utf-8")
        assert len(read_input(folder, [schema]).records["u"]) == 1


def test_a_packed_table_cannot_fill_the_machine(tmp_path: Path) -> None:
    schema = RecordSchema("u", (FieldSchema("id", "tekst", key=True),), {})
    with gzip.open(tmp_path / "u.csv.gz", "wb") as file:
        file.write(b"id\n")
        for _ in range(80):
            file.write(b"\n" * 1_000_000)
    assert codes(read_input(tmp_path, [schema])) == ["ISF6305"]


def test_a_null_character_sets_its_row_aside(tmp_path: Path) -> None:
    schema = RecordSchema("u", (FieldSchema("id", "tekst", key=True), FieldSchema("t", "tekst", optional=True)), {})
    (tmp_path / "u.csv").write_text("id,t\na,x\nb,y\0y\nc,z\n", encoding="utf-8")
    result = read_input(tmp_path, [schema])
    assert [r.nokkel for r in result.records["u"]] == ["a", "c"]
    assert [(r.rad, r.nokkel) for r in result.rejects] == [(3, "b")]
