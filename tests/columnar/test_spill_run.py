"""Input that is too large for the memory it may have gives the same answer by way of the disk."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pyarrow as pa
import pytest

from isfdsl import api
from isfdsl.cli import terminal
from isfdsl.cli.main import main
from isfdsl.cli.run import _Clock
from isfdsl.columnar import aside, memory
from isfdsl.columnar.memory import GB, Plan, Size, planned, rows_in, sized
from isfdsl.columnar.pace import Pace
from isfdsl.columnar.parts import patient_hashes
from isfdsl.columnar.run import run
from isfdsl.columnar.spill import Spill
from tests.cli.conftest import ROOT
from tests.columnar.folders import assert_same, content, only_this, summed

RULES = str(ROOT / "rules" / "2024")
EXAMPLES = ROOT / "examples" / "2024"


@pytest.fixture(scope="module")
def rules() -> api.Regelverk:
    return api.load(RULES)


def _run(rules: api.Regelverk, path: Path, out: Path, spill: Path, made: Plan) -> None:
    with (
        mock.patch("isfdsl.columnar.run.planned", return_value=made),
        rules.held(path, limit=GB, jobs=made.jobs, spill_dir=spill) as (data, found),
    ):
        assert (isinstance(data, aside.Aside) and data.on_disk) is bool(made.partitions)
        assert data.ok and found is made
        run(rules.ruleset, data, out, plan=made)


@pytest.mark.parametrize("made", [Plan(7, 10**6, 1), Plan(64, 100, 3), Plan(0, 400, 2), Plan(0, 30, 3)], ids=str)
def test_the_same_in_partitions(rules: api.Regelverk, sampled: Path, tmp_path: Path, made: Plan) -> None:
    with only_this(tmp_path / "disk") as spill:
        _run(rules, sampled, tmp_path / "minne", spill, Plan(0, 10**6, 1))
        _run(rules, sampled, tmp_path / "ut", spill, made)
    wanted = content(tmp_path / "minne")
    assert wanted["avvist"].num_rows >= 80
    assert_same(content(tmp_path / "ut"), wanted)


@pytest.mark.parametrize("made", [Plan(0, 900, 1, limit=GB, each=1), Plan(5, 900, 3, limit=GB, each=1)], ids=str)
def test_the_same_in_parts_that_grow(
    rules: api.Regelverk, sampled: Path, tmp_path: Path, made: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    took: list[int] = []
    with only_this(tmp_path / "disk") as spill:
        _run(rules, sampled, tmp_path / "minne", spill, Plan(0, 10**6, 1))
        monkeypatch.setattr("isfdsl.columnar.run._rows", lambda total, jobs, most: 5_000)
        monkeypatch.setattr("isfdsl.columnar.run.LEAST_TOGETHER", 100)
        monkeypatch.setattr("isfdsl.columnar.pace.MIN_PART", 50)
        monkeypatch.setattr("isfdsl.columnar.ingest.in_use", lambda freed: 100_000 * len(took))
        usual = Pace.took

        def noted(self: Pace, records: int) -> None:
            took.append(records)
            usual(self, records)

        monkeypatch.setattr(Pace, "took", noted)
        _run(rules, sampled, tmp_path / "ut", spill, made)
    assert_same(content(tmp_path / "ut"), content(tmp_path / "minne"))
    assert max(took[: made.jobs]) <= 1_000 and max(took) > 2_000


@pytest.mark.parametrize("memory_", ["0.001", "0,0001", "4"])
def test_the_same_as_the_reference(tmp_path: Path, memory_: str, capsys: pytest.CaptureFixture[str]) -> None:
    with only_this(tmp_path / "disk") as spill:
        assert main(["run", RULES, str(EXAMPLES), "--out", str(tmp_path / "tolk"), "--engine", "reference"]) == 0
        how = [RULES, str(EXAMPLES), "--engine", "columnar", "--memory", memory_, "--spill-dir", str(spill)]
        assert main(["run", *how, "--out", str(tmp_path / "ut")]) == 0
        assert (" GB minne, mer enn --memory;" in capsys.readouterr().err) is (memory_ != "4")
        sums = summed(*how)
    assert_same(content(tmp_path / "ut"), content(tmp_path / "tolk"))
    assert sums == content(tmp_path / "tolk")["sammendrag"]


def test_nothing_to_compute(rules: api.Regelverk, tmp_path: Path) -> None:
    path = tmp_path / "inn"
    path.mkdir()
    header = (EXAMPLES / "episode.csv").read_text(encoding="utf-8").splitlines()[0]
    (path / "episode.csv").write_text(header + "\n", encoding="utf-8")
    with only_this(tmp_path / "disk") as spill:
        _run(rules, path, tmp_path / "minne", spill, Plan(0, 10, 1))
        _run(rules, path, tmp_path / "ut", spill, Plan(3, 10, 1))
    assert_same(content(tmp_path / "ut"), content(tmp_path / "minne"))


def test_a_patient_is_in_one_place(rules: api.Regelverk, sampled: Path) -> None:
    stores = rules.ingest(sampled).stores
    of: dict[str, int] = {}
    several = 0
    for store in stores.values():
        field = rules.ruleset.role(store.post, "pasient")
        assert field is not None
        texts = store.columns[field].array.to_pylist()  # type: ignore[union-attr]
        hashes = patient_hashes(rules.ruleset, store).tolist()
        for text, own, record in zip(texts, hashes, store.ids.to_pylist(), strict=True):
            several += text in of
            assert of.setdefault(text if text is not None else f"\0{store.post}/{record}", own) == own
    assert several > 1000
    assert len(set(of.values())) == len(of)
    spread = np.bincount([own % 16 for own in of.values()], minlength=16)
    assert spread.min() > 0.7 * spread.mean() and spread.max() < 1.3 * spread.mean()


# ------------------------------------------------------------ when something goes wrong


class _Full(OSError):
    def __init__(self) -> None:
        super().__init__(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("where", "what", "code"),
    [
        ("append", _Full, 1),
        ("load", _Full, 1),
        ("append", KeyboardInterrupt, 130),
        ("load", KeyboardInterrupt, 130),
        ("load", ValueError, 3),
    ],
)
def test_nothing_is_left(
    tmp_path: Path, where: str, what: type[BaseException], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ut").mkdir()
    with only_this(tmp_path / "disk") as spill:
        run = ["run", RULES, str(EXAMPLES), "--out", str(tmp_path / "ut" / "ut"), "--engine", "columnar", "--jobs", "2"]
        with mock.patch.object(Spill, where, side_effect=what):
            assert main([*run, "--memory", "0.0001", "--spill-dir", str(spill)]) == code
    assert list((tmp_path / "ut").iterdir()) == []
    said = capsys.readouterr().err
    if what is _Full:
        assert "ISF6203" in said and str(spill) in said


def test_input_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "inn"
    path.mkdir()
    (path / "episode.parquet").write_bytes(b"PAR1 no")
    (path / "utlevering.csv").write_bytes((EXAMPLES / "utlevering.csv").read_bytes())
    with only_this(tmp_path / "disk") as spill:
        run = ["run", RULES, str(path), "--out", str(tmp_path / "ut"), "--engine", "columnar"]
        assert main([*run, "--memory", "0.0001", "--spill-dir", str(spill)]) == 1
    assert not (tmp_path / "ut").exists()


@pytest.mark.parametrize("folder", ["finnes-ikke", "fil"])
def test_a_place_that_cannot_be_used(tmp_path: Path, folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "fil").write_text("x", encoding="utf-8")
    run = ["run", RULES, str(EXAMPLES), "--out", str(tmp_path / "ut"), "--engine", "columnar", "--memory", "0.0001"]
    assert main([*run, "--spill-dir", str(tmp_path / folder)]) == 1
    assert folder in capsys.readouterr().err
    assert not (tmp_path / "ut").exists()


_SLOW = """
import sys, time
from isfdsl.columnar.spill import Spill
from isfdsl.cli.main import main
load = Spill.load
def slow(self, number, drop=None):
    print("LASTER", flush=True)
    time.sleep(0.2)
    return load(self, number, drop)
Spill.load = slow
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_stopped_leaves_nothing(tmp_path: Path, number: signal.Signals, code: int) -> None:
    (tmp_path / "ut").mkdir()
    with only_this(tmp_path / "disk") as spill:
        run = ["run", RULES, str(EXAMPLES), "--out", str(tmp_path / "ut" / "ut"), "--engine", "columnar", "--jobs", "2"]
        process = subprocess.Popen(
            [sys.executable, "-c", _SLOW, *run, "--memory", "0.0001", "--spill-dir", str(spill)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "LASTER\n"
        assert list(spill.iterdir()) and list((tmp_path / "ut").iterdir())
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        assert process.returncode == code, said
        assert "Traceback" not in said
    assert list((tmp_path / "ut").iterdir()) == []


# ------------------------------------------------------------ how much there is, and how much it takes


def test_what_fits_stays_in_memory() -> None:
    small = sized(10_000, 50)
    found = planned(small, 4 * GB, 2)
    assert (found.partitions, found.rows, found.jobs) == (0, memory.MAX_PART, 2)
    assert (found.batch, found.limit) == (memory.BATCH_ROWS, 4 * GB)
    year = sized(12_000_000, 54)
    assert planned(year, 16 * GB, 2).partitions == 0
    assert planned(year, 2 * GB, 2).partitions > 2


def test_requirements_take_room_in_every_process() -> None:
    year = sized(12_000_000, 54)
    few, many = (planned(year, 2_700_000_000, 2, processes=True, krav=n) for n in (0, 20))
    each = sized(1, 54).computing
    assert memory.MIN_PART < many.rows < few.rows < memory.MAX_PART
    assert (few.each, many.each) == (2 * each, 2 * each + 3 * 20 * memory.KRAV)
    assert abs(many.rows * many.each - few.rows * few.each) < 10 * each
    assert planned(year, 2_700_000_000, 2, krav=20).each == 3 * (each + 20 * memory.KRAV)


def test_what_does_not_fit_for_many_may_fit_for_one() -> None:
    year = sized(2_000_000, 88)
    jobs = [planned(year, limit, 8, processes=True, krav=20).jobs for limit in (GB, 3 * GB // 2, 16 * GB)]
    assert 1 <= jobs[0] < jobs[1] < jobs[2] == 8
    assert planned(year, GB, 8, processes=True, krav=20).partitions == 0


def test_wide_records_are_read_fewer_at_a_time() -> None:
    year = sized(2_000_000, 88)
    batches = [planned(year, limit, 2, processes=True, fields=88).batch for limit in (GB // 2, GB, 2 * GB, 16 * GB)]
    assert memory.MIN_BATCH <= batches[0] < batches[1] < batches[2] <= batches[3] == memory.BATCH_ROWS


def test_what_is_computed_as_it_comes_is_not_kept() -> None:
    year = sized(100_000_000, 20)
    assert planned(year, 2 * GB, 2).partitions
    flowing = planned(year, 2 * GB, 2, kept=False)
    assert flowing.partitions == 0 and flowing.rows > memory.MIN_PART


@pytest.mark.parametrize("limit", [GB // 2, GB, 3 * GB, 20 * GB])
@pytest.mark.parametrize("jobs", [1, 2, 16, 256])
@pytest.mark.parametrize("rows", [0, 1, 10**6, 12 * 10**6, 10**9])
def test_a_plan_keeps_to_its_limit(rows: int, jobs: int, limit: int) -> None:
    size = sized(rows, 54)
    made = planned(size, limit, jobs)
    assert 1 <= made.jobs <= jobs
    each = sized(1, 54).computing
    held = size.stored // made.partitions if made.partitions else size.stored
    computing = min(rows, made.rows * (made.jobs + 1)) * each
    if made.partitions:
        held += memory.KEPT * rows
    if made.partitions < memory.MAX_PARTITIONS and memory.KEPT * rows < limit // 4:
        assert memory.BASE + held + computing <= limit * 1.05 or made.rows == memory.MIN_PART


def test_rows_are_counted_or_guessed(tmp_path: Path, sampled: Path) -> None:
    assert rows_in(next(sampled.glob("episode.parquet")), ".parquet") > 10_000
    lines = (EXAMPLES / "episode.csv").read_text(encoding="utf-8").count("\n")
    assert rows_in(EXAMPLES / "episode.csv", ".csv") == lines
    (tmp_path / "tom.csv").touch()
    assert rows_in(tmp_path / "tom.csv", ".csv") == 0
    assert rows_in(tmp_path / "borte.csv", ".csv") == 0 == rows_in(EXAMPLES / "episode.csv", ".parquet")
    (tmp_path / "stor.xml").write_text("<a>" * 100_000, encoding="utf-8")
    assert rows_in(tmp_path / "stor.xml", ".xml") == 150
    assert Size(1, 2, 3) + Size(4, 5, 6) == Size(5, 7, 9)


def test_what_the_machine_says(tmp_path: Path) -> None:
    assert 10**7 < memory.available() < 10**14
    with mock.patch.object(memory, "_free_of_group", return_value=5):
        assert memory.available() == 5
    with mock.patch.object(Path, "read_text", side_effect=OSError):
        assert memory.available() > 10**7
        with mock.patch("os.sysconf", side_effect=ValueError):
            assert memory.available() == 4 * GB
    said = {"/proc/meminfo": "MemAvailable: 1000 kB\n", "/sys/fs/cgroup/memory.max": "700000", "current": "200000"}

    def read(path: Path, *_: Any) -> str:
        return said.get(str(path)) or said["current"]

    with mock.patch.object(Path, "read_text", read):
        assert memory.available() == 500_000


@pytest.mark.parametrize("value", ["0", "-1", "mye", "nan", "inf"])
def test_no_such_memory(tmp_path: Path, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", RULES, str(EXAMPLES), "--out", str(tmp_path / "ut"), f"--memory={value}"]) == 2
    assert "--memory" in capsys.readouterr().err


# ------------------------------------------------------------ what is told on the way


def test_progress_in_bytes_and_records(rules: api.Regelverk, sampled: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    with (
        only_this(tmp_path / "disk") as spill,
        mock.patch("isfdsl.columnar.run.planned", return_value=Plan(5, 10**6, 1)),
        rules.held(sampled, limit=GB, spill_dir=spill, progress=lambda *t: told.append(t)) as (data, _),
    ):
        size = sum(p.stat().st_size for p in sampled.glob("*.parquet"))
        assert {total for _, _, total in told} == {size}
        assert [d for _, d, _ in told] == sorted(d for _, d, _ in told)
        assert told[0][1] == 0 and told[-1][1] == size
        assert len([s for s, _, _ in told if s == "leser episode.parquet"]) > 5
        told.clear()
        run(rules.ruleset, data, tmp_path / "ut", progress=lambda *t: told.append(t))
    total = json.loads((tmp_path / "ut" / "sammendrag.json").read_text(encoding="utf-8"))["behandlet"]["totalt"]
    assert told[0] == ("beregner", 0, total) and told[-1] == ("beregner", total, total)
    assert len(told) == 6


def test_the_line_of_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    now = 100.0
    with mock.patch("time.monotonic", lambda: now), mock.patch.object(terminal, "_is_terminal", return_value=True):
        progress = terminal.Progress()
        progress.bytes("leser a.parquet", 0, 1000 * 10**6)
        now += 2
        progress.bytes("leser b.parquet", 420 * 10**6, 1000 * 10**6)
        now += 2
        progress("beregner", 0, 12_000_000)
        now += 2
        progress("beregner", 2_400_000, 12_000_000)
        progress("beregner", 2_500_000, 12_000_000)  # too soon to be shown
        progress.done()
    shown = [part.strip() for part in capsys.readouterr().err.split("\r")]
    assert "leser a.parquet: 0 %" in shown
    assert "leser b.parquet: 42 % · 210 MB/s · 3 s igjen" in shown
    assert "beregner: 0 av 12 000 000 (0 %)" in shown
    assert "beregner: 2 400 000 av 12 000 000 (20 %) · 1,2 mill./s · 8 s igjen" in shown
    assert "2 500 000" not in "".join(shown)


def test_rates_and_durations() -> None:
    assert [terminal.rate(v) for v in (3.2, 87, 8_731, 341_234, 1_249_000)] == [
        "3/s",
        "87/s",
        "8 700/s",
        "340 000/s",
        "1,2 mill./s",
    ]
    assert [terminal.byte_rate(v) for v in (2e5, 35.4e6, 1.26e9)] == ["0 MB/s", "35 MB/s", "1,3 GB/s"]
    assert [terminal.duration(v) for v in (0, 8.2, 99, 200, 8_000)] == ["1 s", "8 s", "99 s", "3 min", "2 t 13 min"]


def test_the_steps_add_up() -> None:
    now = 0.0
    with mock.patch("time.perf_counter", lambda: now):
        clock = _Clock()
        now += 1
        with clock.step("beregning"):
            now += 2
            with clock.step("deling"):
                now += 4
            now += 8
        with clock.step("deling"):
            now += 16
    assert clock.seconds() == {"beregning": 10, "deling": 20}
    with mock.patch("time.perf_counter", lambda: now):
        assert [line.split() for line in clock.lines()] == [
            ["beregning", "10,00", "s"],
            ["deling", "20,00", "s"],
            ["annet", "1,00", "s"],
            ["i", "alt", "31,00", "s"],
        ]


def test_where_the_time_went(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = [
        "run",
        RULES,
        str(EXAMPLES),
        "--out",
        str(tmp_path / "ut"),
        "--engine",
        "columnar",
        "--jobs",
        "3",
        "--timing",
    ]
    assert main([*run, "--memory", "0.0001"]) == 0
    lines = [line.split() for line in capsys.readouterr().err.splitlines() if line.endswith(" s")]
    shown = {" ".join(line[:-2]): float(line[-2].replace(",", ".")) for line in lines}
    assert {"regelverk", "lesing", "deling", "beregning", "skriving"} < set(shown)
    total = shown.pop("i alt")
    assert sum(shown.values()) == pytest.approx(total, abs=0.05)


def test_an_arrow_table_without_patients_is_spread_too(rules: api.Regelverk, sampled: Path) -> None:
    store = rules.ingest(sampled).stores["episode"]
    field = rules.ruleset.role("episode", "pasient")
    assert field is not None
    column = store.columns[field]
    blank = pa.nulls(store.n, pa.string())
    store.columns[field] = type(column)(blank)  # type: ignore[call-arg, arg-type]
    assert len(np.unique(patient_hashes(rules.ruleset, store))) == store.n
