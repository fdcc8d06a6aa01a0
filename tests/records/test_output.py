"""The output folder: whole or not at all, exact values, and never over somebody else's files."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isfdsl.records import arrow, output
from isfdsl.records.faults import OutputError
from isfdsl.records.output import write_tables
from isfdsl.records.tables import AVVIST, FORLOP_MEDLEMMER, KRAV, OPPHOLD, TABLES, Column, TableData, TableSpec

OLD = {"kjøring": "gammel"}


def krav(*ids: str) -> TableData:
    return TableData.from_rows(KRAV, [(i, "k", "oppfylt", ["a"], None) for i in ids])


def snapshot(folder: Path) -> dict[str, bytes | None]:
    """Everything below ``folder``, hidden files too."""
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}


def fails(code: str, *args: Any) -> None:
    with pytest.raises(OutputError) as caught:
        write_tables(*args)
    problem = caught.value.problem
    assert problem.code == code
    assert problem.message() and problem.help()


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder with earlier output."""
    write_tables(tmp_path / "ut", {"krav": krav("gammel")}, OLD)
    return tmp_path / "ut"


def test_every_table_is_written_with_its_columns(tmp_path: Path) -> None:
    write_tables(tmp_path / "a" / "b", {n: TableData(s, {}) for n, s in TABLES.items()}, {})
    folder = tmp_path / "a" / "b"
    assert sorted(p.name for p in folder.iterdir()) == sorted([*(f"{n}.parquet" for n in TABLES), "sammendrag.json"])
    schema = pq.read_schema(folder / "opphold.parquet")
    assert schema.names == [c.name for c in OPPHOLD.columns]
    assert schema.field("poeng").type == pa.decimal128(18, 6)
    assert schema.field("refusjon").type == pa.decimal128(18, 2)
    assert schema.field("mangler").type == pa.list_(pa.string())
    assert pq.read_schema(folder / "forlop_medlemmer.parquet").field("dag").type == pa.int64()


def test_the_columns_interface_names() -> None:
    promised = {
        "opphold": "opphold_id episode_ids pasient_id enhet drg regel returkode hdg teller_i_isf grunnlag tillegg "
        "poeng refusjon tfg_ids mangler",
        "saertjenester": "pasient_id stg periode record_ids finansiert poeng refusjon mangler",
        "forlop": "forlop_id tfg pasient_id trigger_id periode finansiert poeng refusjon mangler",
        "forlop_medlemmer": "forlop_id record_id rolle dag gruppe enhet andel",
        "krav": "record_id krav utfall brutte dokumenteres",
        "avvist": "fil rad record_id kode melding",
    }
    for name, columns in promised.items():
        assert set(columns.split()) <= {c.name for c in TABLES[name].columns}
        assert set(TABLES[name].sort) <= {c.name for c in TABLES[name].columns}


def test_values_rows_sorted_and_summary(tmp_path: Path) -> None:
    rows = [
        ("f2", "r", "medlem", 3, "D", "E", Decimal("0.333333333333")),
        ("f1", "r", "trigger", 0, "D", None, Decimal(1)),
        ("f1", "r", "medlem", None, "D", "æøå", None),
    ]
    summary = {"sum": Decimal("1234567890123456.10"), "dag": date(2024, 1, 2), "navn": "Ø"}
    write_tables(tmp_path / "ut", {"forlop_medlemmer": TableData.from_rows(FORLOP_MEDLEMMER, rows)}, summary)
    found = pq.read_table(tmp_path / "ut" / "forlop_medlemmer.parquet").to_pylist()
    assert [(r["forlop_id"], r["dag"], r["andel"]) for r in found] == [
        ("f1", 0, Decimal(1)),
        ("f1", None, None),
        ("f2", 3, Decimal("0.333333333333")),
    ]
    assert json.loads((tmp_path / "ut" / "sammendrag.json").read_text("utf-8")) == {
        "sum": "1234567890123456.10",
        "dag": "2024-01-02",
        "navn": "Ø",
    }


def test_the_same_rows_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    for name, ids in (("a", ("1", "2", "3")), ("b", ("3", "1", "2"))):
        write_tables(tmp_path / name, {"krav": krav(*ids)}, {})
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b")


def test_arrow_columns_are_taken_as_they_are(tmp_path: Path) -> None:
    columns = {"fil": pa.array(["x"]).dictionary_encode(), "rad": pa.chunked_array([[7]])}
    write_tables(tmp_path / "ut", {"avvist": TableData(AVVIST, columns, presorted=True)}, {})
    (row,) = pq.read_table(tmp_path / "ut" / "avvist.parquet").to_pylist()
    assert row["fil"] == "x" and row["rad"] == 7 and row["kode"] is None


@pytest.mark.parametrize("written", [False, arrow.NARROW_DECIMALS])
def test_narrow_decimals_give_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: bool) -> None:
    monkeypatch.setattr(arrow, "NARROW_DECIMALS", written)
    wide = pa.array([Decimal("-1.5"), None, Decimal("999999999999.999999")], pa.decimal128(18, 6))
    narrow = wide.cast(pa.decimal64(18, 6))
    for name, values in (("a", wide), ("b", narrow), ("c", pa.chunked_array([narrow[:1], narrow[1:]]))):
        data = TableData(OPPHOLD, {"opphold_id": ["1", "2", "3"], "poeng": values})
        write_tables(tmp_path / name, {"opphold": data}, {})
        made = arrow.plain_table(arrow.arrow_table(data, "opphold"))
        assert made["poeng"].type == wide.type and made["poeng"].to_pylist() == wide.to_pylist()
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b") == snapshot(tmp_path / "c")
    with output.OutputFolder(tmp_path / "d") as folder:
        for values in (narrow, wide, narrow):
            columns = {"opphold_id": pa.array(["1", "2", "3"]), "poeng": values}
            folder.write("opphold", TableData(OPPHOLD, columns, presorted=True))
        folder.finish({})
    found = pq.read_table(tmp_path / "d" / "opphold.parquet")["poeng"]
    assert found.type == wide.type and found.to_pylist() == wide.to_pylist() * 3


def test_what_says_the_same_in_many_rows_is_written_once(tmp_path: Path) -> None:
    """In lists too, whose values Parquet has under a name of its own."""
    ids_of = {"opphold_id": [str(i) for i in range(5000)], "episode_ids": [[str(i)] for i in range(5000)]}
    coded = pa.array(["P1", "P2"] * 2500).dictionary_encode()
    said = {"mangler": [["mangler noe", "mangler mer"]] * 5000, "poeng": [Decimal(1)] * 5000, "drg": coded}
    data = TableData(OPPHOLD, {**ids_of, **said, "pasient_id": coded})
    write_tables(tmp_path / "ut", {"opphold": data}, {})
    file = pq.ParquetFile(tmp_path / "ut" / "opphold.parquet").metadata.row_group(0)
    columns = {c.path_in_schema: c for c in map(file.column, range(file.num_columns))}
    ids = {"opphold_id", "episode_ids.list.element"}
    small = {"poeng", "drg"}
    written_once = {*small, "pasient_id", "mangler.list.element"}
    found = {name for name in ids | written_once if "RLE_DICTIONARY" in columns[name].encodings}
    assert found == written_once
    assert {name for name in ids | written_once if columns[name].compression != "SNAPPY"} == small


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (Column("a", "points"), Decimal("0.1234567")),
        (Column("a", "money"), Decimal("0.001")),
        (Column("a", "money"), Decimal(10) ** 17),
        (Column("a", "decimal", scale=0), Decimal("0.5")),
        (Column("a", "money"), 0.5),
        (Column("a", "int"), 1.5),
        (Column("a", "int"), 2**63),
        (Column("a", "int"), True),
        (Column("a", "date"), datetime(2024, 1, 1, 12)),
        (Column("a", "text"), 5),
        (Column("a", "text"), "\ud800"),
        (Column("a", "bool"), "ja"),
        (Column("a", "date"), "2024-01-01"),
        (Column("a", "text_list"), [1]),
    ],
)
def test_a_value_that_does_not_fit_is_never_rounded(old: Path, column: Column, value: object) -> None:
    before = snapshot(old.parent)
    fails("ISF6206", old, {"t": TableData(TableSpec("t", (column,)), {"a": [None, value]})}, {})
    assert snapshot(old.parent) == before


def test_programming_errors_are_not_problems(tmp_path: Path) -> None:
    for columns in ({"nei": [1]}, {"fil": ["a"], "rad": [1, 2]}):
        with pytest.raises(ValueError, match="avvist"):
            write_tables(tmp_path / "ut", {"avvist": TableData(AVVIST, columns)}, {})
    for wrong in (("Poeng", "points", None), ("forløp", "text", None), ("a", "decimal", None), ("a", "decimal", 19)):
        with pytest.raises(ValueError, match="column"):
            Column(wrong[0], wrong[1], wrong[2])
    with pytest.raises(TypeError):
        write_tables(tmp_path / "ut", {}, {"x": object()})
    assert snapshot(tmp_path) == {}


def test_earlier_output_is_replaced_as_a_whole(old: Path) -> None:
    old.chmod(0o750)
    write_tables(old, {"avvist": TableData(AVVIST, {})}, {"kjøring": "ny"})
    assert sorted(snapshot(old.parent)) == ["ut", "ut/avvist.parquet", "ut/sammendrag.json"]
    assert old.stat().st_mode & 0o777 == 0o750


def test_new_and_empty_folders_and_links(tmp_path: Path) -> None:
    (tmp_path / "tom").mkdir()
    write_tables(str(tmp_path / "tom"), {}, {})
    (tmp_path / "lenke").symlink_to(tmp_path / "ekte")
    (tmp_path / "ekte").mkdir()
    write_tables(tmp_path / "lenke", {}, {})
    assert (tmp_path / "lenke").is_symlink() and (tmp_path / "ekte" / "sammendrag.json").exists()
    mask = os.umask(0)
    os.umask(mask)
    write_tables(tmp_path / "ny", {}, {})
    assert (tmp_path / "ny").stat().st_mode & 0o777 == 0o777 & ~mask


def test_other_peoples_files_are_never_replaced(old: Path, tmp_path: Path) -> None:
    (old / "notat.txt").write_text("mitt")
    (tmp_path / "hjem").mkdir()
    (tmp_path / "hjem" / "krav.parquet").write_text("uten sammendrag")
    (tmp_path / "fil").write_text("x")
    before = snapshot(tmp_path)
    fails("ISF6201", old, {}, {})
    fails("ISF6201", tmp_path / "hjem", {}, {})
    fails("ISF6202", tmp_path / "fil", {}, {})
    fails("ISF6202", tmp_path / "fil" / "under", {}, {})
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "ISF6203"),
        (errno.EDQUOT, "ISF6203"),
        (errno.EACCES, "ISF6204"),
        (errno.EROFS, "ISF6204"),
        (errno.EIO, "ISF6205"),
    ],
)
@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_errors_leave_the_old_output(
    old: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str, step: str
) -> None:
    """The step fails the first time it is used, the second, and so on, until it is used no more."""
    real = getattr(os, step)
    before = snapshot(old.parent)
    for at in range(1, 20):
        calls = 0

        def fail(*args: Any, at: int = at) -> Any:
            nonlocal calls
            calls += 1
            if calls == at:
                raise OSError(number, os.strerror(number))
            return real(*args)

        monkeypatch.setattr(os, step, fail)
        try:
            write_tables(old, {"krav": krav("ny")}, {"kjøring": "ny"})
        except OutputError as error:
            assert error.problem.code == code
            assert snapshot(old.parent) == before
        else:
            assert at > 1
            return
    pytest.fail("the step was never used up")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = snapshot(old.parent)
    real = Path.open

    def full(self: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        return real(Path("/dev/full"), "wb" if "b" in mode else "w", *args, **kwargs)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OutputError) as caught:
        write_tables(old, {"krav": krav("ny")}, {})
    with pytest.raises(OutputError) as caught_text:
        write_tables(old, {}, {})
    monkeypatch.undo()
    assert caught.value.problem.code == caught_text.value.problem.code == "ISF6203"
    assert snapshot(old.parent) == before


@pytest.mark.parametrize("where", ["arrow_table", "write", "_write_text", "_sync", "_swap"])
def test_ctrl_c_at_each_step(old: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    before = snapshot(old.parent)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    owner = {"arrow_table": arrow, "write": output.OutputFolder}.get(where, output)
    monkeypatch.setattr(owner, where, interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_tables(old, {"krav": krav("ny")}, {})
    with pytest.raises(KeyboardInterrupt):
        write_tables(old.parent / "x" / "y", {"krav": krav("ny")}, {})
    assert snapshot(old.parent) == before


def test_ctrl_c_between_the_renames(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = snapshot(old.parent)
    real = os.rename
    calls: list[object] = []

    def interrupt(a: Any, b: Any) -> None:
        calls.append(a)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(a, b)

    monkeypatch.setattr(os, "rename", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_tables(old, {"krav": krav("ny")}, {})
    assert snapshot(old.parent) == before


def test_a_real_ctrl_c(old: Path) -> None:
    program = (
        "import sys\n"
        "from isfdsl.records.output import write_tables\n"
        "from isfdsl.records.tables import KRAV, TableData\n"
        "data = TableData(KRAV, {'record_id': [str(i) for i in range(20000)]})\n"
        "print('i gang', flush=True)\n"
        "while True: write_tables(sys.argv[1], {'krav': data}, {'n': 1})\n"
    )
    for pause in (0.05, 0.21, 0.4):
        child = subprocess.Popen(
            [sys.executable, "-c", program, str(old)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(pause)
        child.send_signal(signal.SIGINT)
        child.wait(30)
        child.stdout.close()
        assert sorted(snapshot(old.parent)) == ["ut", "ut/krav.parquet", "ut/sammendrag.json"]
        assert pq.read_table(old / "krav.parquet").num_rows in (1, 20000)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        fails("ISF6204", tmp_path / "ut", {}, {})
    finally:
        tmp_path.chmod(0o700)


def test_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import isfdsl.records

    monkeypatch.delitem(sys.modules, "isfdsl.records.arrow")
    monkeypatch.delattr(isfdsl.records, "arrow")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    fails("ISF6207", tmp_path / "ut", {}, {})
