"""An answer is about the records alone: not how they were read, in which order, in how many parts, by how many threads
or after what."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq
import pytest

import isfdsl
from isfdsl.api import Regelverk
from isfdsl.cli.main import main
from isfdsl.columnar import aside
from isfdsl.columnar import run as columnar_run
from isfdsl.columnar.epochs import Epochs
from isfdsl.columnar.ingest import ingest, stream
from isfdsl.columnar.joining import picked
from isfdsl.columnar.memory import MAX_PART, Plan
from isfdsl.columnar.run import Frames, run_to_frames
from isfdsl.columnar.stays import patients_matter
from isfdsl.records.arrow import plain_table
from isfdsl.records.program_schema import schemas
from isfdsl.records.tables import TABLES
from tests.cli.conftest import ROOT, environment
from tests.columnar.support import columnar_rows
from tests.conformance.cases import cases, load, read
from tests.loading import ASSUMED

__all__ = ["environment"]

SPEC = "+".join(str(ROOT / part) for part in ASSUMED.split("+"))
RECORDS = 1_500
Answer = dict[str, Any]


@cache
def regelverk() -> Regelverk:
    """The regelverk with every construct."""
    return isfdsl.load(SPEC)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Records of it, one in fifty with a fault, some with a key that another has too."""
    folder = tmp_path_factory.mktemp("trukket") / "data"
    assert main(["sample", SPEC, "--records", str(RECORDS), "--seed", "9", "--bad", "0.02", "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def usual(drawn: Path) -> Answer:
    """What is answered the usual way."""
    found = answer(drawn)
    assert {name for name, data in found.items() if not data} == set()
    return found


def answer(
    folder: Path,
    *,
    batch_rows: int = 131_072,
    rows_per_part: int = MAX_PART,
    jobs: int = 1,
    places: bool = True,
) -> Answer:
    """The tables as bytes and the summary. ``places``: whether rejects say where they stood."""
    rules = regelverk()
    data = ingest(folder, rules.schemas.values(), batch_rows=batch_rows)
    assert data.ok
    return as_bytes(run_to_frames(rules.ruleset, data, plan=Plan(rows=rows_per_part, jobs=jobs)), places=places)


def as_bytes(frames: Frames, *, places: bool = True) -> Answer:
    """Each table as a Parquet file with its rows in order of key."""
    out: Answer = {"sammendrag": frames.summary}
    for name, found in frames.items():
        table = plain_table(found).combine_chunks()
        if name == "avvist" and not places:
            table = table.drop_columns(["fil", "rad"])
        by = table
        for i, (column, t) in enumerate(zip(table.column_names, table.schema.types, strict=True)):
            if pa.types.is_list(t):  # særtjenester of two institutions differ in their records alone
                by = by.set_column(i, column, pa.compute.binary_join(table[column], ","))
        names = dict.fromkeys([*TABLES[name].sort, *by.column_names])
        order = pa.compute.sort_indices(by, [(c, "ascending") for c in names if c in by.column_names])
        sink = io.BytesIO()
        pq.write_table(table.take(order), sink)
        out[name] = sink.getvalue()
    return out


def without_places(found: Answer, folder: Path) -> Answer:
    """The usual answer but for where rejects stood."""
    return found | {"avvist": answer(folder, places=False)["avvist"]}


# ------------------------------------------------------------ reading and dividing


def test_where_no_patient_matters_each_record_can_be_computed_alone() -> None:
    counts = {True: 0, False: 0}
    for case in cases():
        records, _ = read(case)
        if case.expression is not None or sum(map(len, records.values())) < 2:
            continue
        rules = load(case.text).ruleset
        matter = patients_matter(rules)
        counts[matter] += 1
        if matter:
            continue
        alone: dict[str, list[Any]] = {}
        for post, own in records.items():
            for record in own:
                rows = columnar_rows(rules, {**dict.fromkeys(records, ()), post: [record]}, (), Epochs(rules))
                for name, found in rows.items():
                    alone.setdefault(name, []).extend(found)
        whole = columnar_rows(rules, records, (), Epochs(rules))
        assert {n: sorted(map(str, r)) for n, r in whole.items()} == {n: sorted(map(str, r)) for n, r in alone.items()}
    assert counts[False] > 5
    assert counts[True] > 50


@pytest.mark.parametrize("rules_of_patients", ["", "STG S utløses av episode telles per kontakt vekt 1 finansiert ja"])
@pytest.mark.parametrize("on_disk", [False, True])
def test_records_are_put_aside_as_they_come_where_no_patient_matters(
    tmp_path: Path, rules_of_patients: str, on_disk: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """regelverk Prøve 2024
kodeverk kode_system åpent
post episode
  episode_id tekst nøkkel
  pasient_id tekst
  koder kode liste kode_system
DRG 1 vekt 1 HDG 01
DRG 2 vekt 2 HDG 01
hierarki drg for opphold
  gruppe alle
    regel A gir DRG 1 når koder i X
    regel B gir DRG 2
teller i ISF
poeng for opphold grunnlag vekt avrundes 3 desimaler
"""
    rules = load(text + rules_of_patients + "\n").ruleset
    rng = random.Random(3)
    rows = {
        "episode_id": [f"E{i}" for i in range(500)],
        "pasient_id": [f"P{rng.randrange(40)}" for _ in range(500)],
        "koder": [rng.choices(["X", "Y", "Z"], k=rng.randrange(4)) for _ in range(500)],
    }
    pq.write_table(pa.table(rows), tmp_path / "episode.parquet")
    monkeypatch.setattr(aside, "_AT_A_TIME", 30)
    put = aside.put_on_disk if on_disk else aside.put_aside
    with put(rules, stream(tmp_path, schemas(rules).values(), batch_rows=100), 3) as found:
        parts = [found.load(range(i, i + 1))["episode"] for i in range(3)]
        ids = [p.ids.to_pylist() for p in parts]
        patients = [set(p.columns["pasient_id"].array.to_pylist()) for p in parts]  # type: ignore[union-attr]
    assert sorted(i for own in ids for i in own) == sorted(rows["episode_id"])
    assert min(map(len, ids)) > 100
    assert bool(patients[0] & patients[1]) is not bool(rules_of_patients)
    if not rules_of_patients:
        assert ids[0][:31] == [*rows["episode_id"][:30], rows["episode_id"][90]]


@pytest.mark.parametrize("batch_rows", [1, 37, 1_000])
def test_batches(drawn: Path, usual: Answer, batch_rows: int) -> None:
    if batch_rows == 1:
        small = drawn.parent / "liten"
        shutil.rmtree(small, ignore_errors=True)
        small.mkdir()
        for path in drawn.glob("*.parquet"):
            pq.write_table(pq.read_table(path).slice(0, 100), small / path.name)
        assert answer(small, batch_rows=1) == answer(small)
    else:
        assert answer(drawn, batch_rows=batch_rows) == usual


@pytest.mark.parametrize("rows_per_part", [100, 700, 10**9])
def test_parts(drawn: Path, usual: Answer, rows_per_part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answer(drawn, rows_per_part=rows_per_part) == usual
    monkeypatch.setattr(columnar_run, "LEAST_PER_PART", 1)
    monkeypatch.setattr(columnar_run, "MAX_PART", rows_per_part)
    assert answer(drawn) == usual


@pytest.mark.parametrize("jobs", [2, 7])
def test_threads(drawn: Path, usual: Answer, jobs: int) -> None:
    assert answer(drawn, jobs=jobs) == usual
    assert answer(drawn, jobs=jobs, rows_per_part=150) == usual


def test_row_groups(drawn: Path, usual: Answer, tmp_path: Path) -> None:
    for path in drawn.glob("*.parquet"):
        pq.write_table(pq.read_table(path), tmp_path / path.name, row_group_size=17, use_dictionary=False)
    assert answer(tmp_path) == usual


@pytest.mark.parametrize("seed", [1, 2])
def test_order_of_rows(drawn: Path, usual: Answer, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    for path in drawn.glob("*.parquet"):
        table = pq.read_table(path)
        order = list(range(table.num_rows))
        rng.shuffle(order)
        pq.write_table(table.take(order), tmp_path / path.name)
    assert answer(tmp_path, places=False) == without_places(usual, drawn)


def test_files(drawn: Path, usual: Answer, tmp_path: Path) -> None:
    """A post in several files, whichever of them has which records."""
    answers = []
    for cut in (0.2, 0.7):
        folder = tmp_path / str(cut)
        folder.mkdir()
        for path in drawn.glob("*.parquet"):
            table = pq.read_table(path)
            at = int(table.num_rows * cut)
            pq.write_table(table.slice(0, at), folder / path.name)
            rows = table.slice(at).to_pylist()
            with (folder / f"{path.stem}.jsonl").open("w", encoding="utf-8") as out:
                out.writelines(_line(row) for row in rows)
        answers.append(answer(folder, places=False))
    assert answers[0] == answers[1] == without_places(usual, drawn)


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, default=lambda v: v.isoformat() if hasattr(v, "isoformat") else str(v)) + "\n"


# ------------------------------------------------------------ what was computed before


def test_what_was_computed_before_with_the_same_plans(drawn: Path, usual: Answer) -> None:
    """Plans, their dictionaries and their kernels are used for other records in between, fewer and more."""
    rules = regelverk()
    kept = Epochs(rules.ruleset)

    def again(rows: slice | None, jobs: int = 1) -> Answer:
        data = ingest(drawn, rules.schemas.values())
        if rows is not None:
            for post, store in data.stores.items():
                data.stores[post] = picked(store, np.arange(store.n)[rows])
        with mock.patch.object(columnar_run, "plans_of", lambda _: kept):
            return as_bytes(run_to_frames(rules.ruleset, data, plan=Plan(jobs=jobs, rows=400)))

    fresh = again(None)
    assert fresh == usual
    some = again(slice(0, 50))
    for rows in (slice(700, 1500), slice(0, 0), slice(0, 3)):
        again(rows)
    assert again(None, jobs=4) == usual
    assert again(slice(0, 50)) == some


# ------------------------------------------------------------ interrupted and damaged


@pytest.fixture(scope="module")
def many(drawn: Path) -> Path:
    """About 300,000 records: the same again and again with other names."""
    folder = drawn.parent / "mange"
    folder.mkdir()
    for path in drawn.glob("*.parquet"):
        table = pq.read_table(path)
        with pq.ParquetWriter(folder / path.name, table.schema) as writer:
            for copy in range(180):
                writer.write_table(_renamed(table, copy))
    return folder


def _renamed(table: pa.Table, copy: int) -> pa.Table:
    for i, name in enumerate(table.column_names):
        if name.endswith("_id") and table.schema.types[i] == pa.string():
            own = pa.compute.binary_join_element_wise(table[name], pa.scalar(str(copy)), "-")
            table = table.set_column(i, name, own)
    return table


def started(environment: Mapping[str, str], *args: str) -> subprocess.Popen[str]:
    """``isf`` as a process that is told of Ctrl-C, its words one line at a time."""
    return subprocess.Popen(
        [sys.executable, "-m", "isfdsl.cli.main", *args],
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    )


def _until(process: subprocess.Popen[str], begun: Callable[[], bool]) -> None:
    while process.poll() is None and not begun():
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.parametrize(("jobs", "writing"), [("1", False), ("2", True)], ids=["reading", "writing"])
def test_ctrl_c_leaves_nothing(
    environment: dict[str, str], many: Path, tmp_path: Path, jobs: str, writing: bool
) -> None:
    """Whatever it was doing; and what stood there before stays."""
    out = tmp_path / "ut"
    out.mkdir()
    (out / "sammendrag.json").write_text("{}\n", encoding="utf-8")
    before = _listed(tmp_path)
    process = started(environment, "run", SPEC, str(many), "--out", str(out), "--engine", "columnar", "--jobs", jobs)
    begins = time.monotonic()

    def begun() -> bool:
        if writing:  # the folder beside the target is there as long as tables are written
            return len(os.listdir(tmp_path)) > 1
        return time.monotonic() - begins > 1.5

    _until(process, begun)
    running = process.poll() is None
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=120)
    if running:
        assert process.returncode == 130, said
        assert "Avbrutt." in said
        assert "Traceback" not in said
        assert _listed(tmp_path) == before
        assert (out / "sammendrag.json").read_text(encoding="utf-8") == "{}\n"


def _listed(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


def _damages(path: Path) -> Iterator[bytes]:
    whole = path.read_bytes()
    yield whole[: len(whole) // 2]
    yield whole[:-10]
    yield b""
    broken = bytearray(whole)
    broken[len(whole) // 3 : len(whole) // 3 + 400] = bytes(400)
    yield bytes(broken)


def test_damaged_input_stops_the_run(drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same words and the same code as from the reference, and the target is as it was."""
    data, out = tmp_path / "data", tmp_path / "ut"
    shutil.copytree(drawn, data)
    out.mkdir()
    (out / "sammendrag.json").write_text("{}\n", encoding="utf-8")
    path = data / "episode.parquet"
    for damaged in list(_damages(path)):
        path.write_bytes(damaged)
        before = _listed(tmp_path)
        said = []
        for engine in ("reference", "columnar"):
            assert main(["run", SPEC, str(data), "--out", str(out), "--engine", engine]) == 1
            said.append(capsys.readouterr())
            assert _listed(tmp_path) == before
            assert (out / "sammendrag.json").read_text(encoding="utf-8") == "{}\n"
        assert said[0] == said[1]
        assert "episode.parquet" in said[0].err
