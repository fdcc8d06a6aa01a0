"""Several processes give the answer of one, whatever is in the files and whatever becomes of them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isfdsl import api
from isfdsl.cli.main import main
from isfdsl.columnar.arena import Arena
from isfdsl.columnar.keys import hashes
from isfdsl.columnar.run import run
from isfdsl.columnar.shelf import laid_out
from isfdsl.columnar.team import possible
from isfdsl.columnar.words import Words
from isfdsl.diagnostics.record_output import WorkerLost
from isfdsl.records.faults import OutputError
from tests.cli.conftest import ROOT
from tests.columnar import test_flow
from tests.columnar.folders import assert_same, content

pytestmark = pytest.mark.skipif(not possible(), reason="delt minne og fork finnes bare på Linux")

RULES = str(ROOT / "rules" / "2024")
EXAMPLES = ROOT / "examples" / "2024"

_SCRIPT = """
import sys, time
from isfdsl.columnar import memory, run, team
from isfdsl.cli.main import main
run.SHARED_FROM = 0
run._rows = lambda total, jobs, most: min(max(total, 1), ROWS)
begun = team.Team._begin
def begin(self):
    print("FLERE", flush=True)
    begun(self)
    print(*sorted(p.pid for p in self._processes), flush=True)
team.Team._begin = begin
MORE
sys.exit(main(sys.argv[1:]))
"""


def started(
    path: Path, out: Path | None, *, rules: str = RULES, jobs: int = 2, rows: int = 4_000, more: str = ""
) -> Any:
    """A run in several processes, without ``out`` only its sums; ``more``: what is done before."""
    run = ["run", rules, str(path), "--engine", "columnar", "--jobs", str(jobs), "--memory", "4"]
    run += ["--format", "json"] if out is None else ["--out", str(out)]
    return subprocess.Popen(
        [sys.executable, "-c", _SCRIPT.replace("ROWS)", f"{rows})").replace("MORE", more), *run],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def several(path: Path, out: Path, **how: Any) -> tuple[dict[str, Any], str]:
    """What several processes give, and what they say on the way."""
    process = started(path, out, **how)
    said, wrong = process.communicate(timeout=120)
    assert process.returncode == 0, wrong
    assert said.startswith("FLERE\n")
    return content(out), wrong


def one(path: Path, out: Path, capsys: pytest.CaptureFixture[str], rules: str = RULES) -> tuple[dict[str, Any], str]:
    """What one process gives."""
    capsys.readouterr()
    assert main(["run", rules, str(path), "--out", str(out), "--engine", "columnar", "--jobs", "1"]) == 0
    return content(out), capsys.readouterr().err


@pytest.mark.parametrize(("jobs", "rows"), [(2, 4_000), (3, 700)])
def test_drawn_records(sampled: Path, tmp_path: Path, jobs: int, rows: int, capsys: pytest.CaptureFixture[str]) -> None:
    wanted, said = one(sampled, tmp_path / "en", capsys)
    found, wrong = several(sampled, tmp_path / "flere", jobs=jobs, rows=rows)
    assert_same(found, wanted)
    assert wrong == said
    assert found["avvist"].num_rows >= 80
    # The order of the rows does not hang on which process was first.
    several(sampled, tmp_path / "igjen", jobs=jobs, rows=rows)
    for path in (tmp_path / "flere").glob("*.parquet"):
        assert path.read_bytes() == (tmp_path / "igjen" / path.name).read_bytes()


@pytest.mark.parametrize("as_it_comes", [True, False])
def test_only_the_sums(sampled: Path, tmp_path: Path, as_it_comes: bool) -> None:
    """What a run without ``--out`` shows is what one with it writes, and no table is made."""
    rules, path = tmp_path / "regler.isf", test_flow.written(tmp_path / "inn")
    rules.write_text(test_flow.RULES, encoding="utf-8")
    how: dict[str, Any] = {"rules": str(rules)} if as_it_comes else {}
    path = path if as_it_comes else sampled
    wanted, _ = several(path, tmp_path / "ut", **how)
    none = "from isfdsl.columnar import output\noutput.tables = None"
    shown, wrong = started(path, None, more=none, **how).communicate(timeout=120)
    found = json.loads(shown[shown.index("{") :])
    del found["kjoring"]
    assert found == wanted["sammendrag"], wrong


def test_files_of_all_kinds(sampled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bad rows, keys of several row groups and files, codes in odd letters, files that the first process reads."""
    path = tmp_path / "inn"
    path.mkdir()
    table = pq.read_table(sampled / "episode.parquet").slice(0, 4_000)
    first = table.column_names[0]
    bad = pa.array([None if i % 50 == 0 else v for i, v in enumerate(table[first].to_pylist())], table[first].type)
    table = table.set_column(0, first, bad)
    code = table.column_names.index("hovedtilstand")
    odd = [v.lower() if v and i % 7 == 0 else v for i, v in enumerate(table["hovedtilstand"].to_pylist())]
    table = table.set_column(code, "hovedtilstand", pa.array(odd, pa.string()))
    known = table[first].to_pylist()
    known[700:739] = known[101:140]
    table = table.set_column(0, first, pa.array(known, table[first].type))
    pq.write_table(table, path / "episode.parquet", row_group_size=500)
    for name in ("episode.csv", "utlevering.csv"):
        shutil.copy(EXAMPLES / name, path / name)
    wanted, said = one(path, tmp_path / "en", capsys)
    found, wrong = several(path, tmp_path / "flere")
    assert_same(found, wanted)
    assert wrong == said
    assert wanted["avvist"].num_rows >= 80 + 2 * 38


_GROWING = """
from attrs import evolve
from isfdsl.columnar import pace
planned = run.planned
run.planned = lambda *how, **more: evolve(planned(*how, **more), rows=500, limit=10**9, each=1)
pace.MIN_PART = 50
run.LEAST_TOGETHER = 100
took = pace.Pace.took
sizes = []
def noted(self, records):
    used = self._used
    self._used = lambda freed: None if used(freed) is None else self._before + 100_000 * len(sizes)
    sizes.append(records)
    took(self, records)
    self._used = used
pace.Pace.took = noted
import atexit
atexit.register(lambda: print("DELER", *sizes, flush=True))
"""


def test_parts_that_grow_as_memory_allows(sampled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is in use is known of all the processes, and the answer is that of one."""
    wanted, _ = one(sampled, tmp_path / "en", capsys)
    process = started(sampled, tmp_path / "flere", more=_GROWING)
    said, wrong = process.communicate(timeout=120)
    assert process.returncode == 0, wrong
    sizes = [int(n) for n in said.partition("DELER ")[2].split()]
    assert max(sizes[:3]) <= 600 and max(sizes) > 1_500 and sum(sizes) > 10_000
    assert_same(content(tmp_path / "flere"), wanted)


_TWICE = """
from isfdsl.columnar import file_parts
from isfdsl.columnar.ingest_parquet import NotPlain
pieces = file_parts.pieces
def refused(file, reader, rows, problems, groups=None, before=0, **how):
    for piece in pieces(file, reader, rows, problems, groups, before, **how):
        if groups == range(3, 4):
            raise NotPlain
        yield piece
file_parts.pieces = refused
"""


def test_a_file_that_turns_out_not_to_be_plain(
    sampled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the processes have read of it is forgotten, and it is read once more, row by row."""
    wanted, said = one(sampled, tmp_path / "en", capsys)
    found, wrong = several(sampled, tmp_path / "flere", more=_TWICE)
    assert_same(found, wanted)
    assert wrong == said


_BY_LINES = """
from isfdsl.columnar import file_parts
file_parts.BYTES = 50_000
learnt = team.Team._learnt
def told(self, future):
    share = learnt(self, future)
    print("DEL", share.plain, len(share.pieces), flush=True)
    return share
team.Team._learnt = told
"""


@pytest.mark.parametrize(
    ("form", "odd"),
    [
        ("csv", ""),
        ("csv", "\r\n"),
        ("csv", "no end"),
        ("csv", "not plain"),
        ("jsonl", "no end"),
        ("jsonl", "not plain"),
    ],
)
def test_text_is_cut_by_its_lines(tmp_path: Path, form: str, odd: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows keep their numbers, and what is wrong with the last part is wrong with the file."""
    path = tmp_path / "inn"
    sample = ["sample", RULES, "--records", "3000", "--seed", "9", "--out", str(path), "--format", form]
    assert main([*sample, "--bad", "0.02"]) == 0
    episodes = path / f"episode.{form}"
    text = episodes.read_text(encoding="utf-8")
    if odd == "\r\n":
        text = text.replace("\n", "\r\n")
    elif odd == "no end":
        text = text.removesuffix("\n")
    elif odd == "not plain":
        text += "\n"
    episodes.write_bytes(text.encode())
    wanted, said = one(path, tmp_path / "en", capsys)
    process = started(path, tmp_path / "flere", rows=700, more=_BY_LINES)
    shown, wrong = process.communicate(timeout=120)
    assert process.returncode == 0, wrong
    assert_same(content(tmp_path / "flere"), wanted)
    assert wrong == said
    assert wanted["avvist"].num_rows > 30 and len(set(wanted["avvist"]["rad"].to_pylist())) > 30
    told = [line.split()[1:] for line in shown.splitlines() if line.startswith("DEL")]
    assert len(told) > 10
    assert (["False", "0"] in told) == (odd == "not plain")


def test_records_that_nothing_joins(sampled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where patients do not matter records are put aside as they come."""
    rules = tmp_path / "regler.isf"
    rules.write_text(
        'regelverk Enkelt 2024\n  gyldig 2024-01-01 til 2024-12-31\n  kilde "prøve"\n\npost episode "En episode"\n'
        "  episode_id tekst nøkkel\n  alder heltall 0..120 år\n",
        encoding="utf-8",
    )
    path = tmp_path / "inn"
    path.mkdir()
    ids = [f"E{i % 4_990}" for i in range(5_000)]
    table = pa.table({"episode_id": ids, "alder": [i % 130 for i in range(5_000)]})
    pq.write_table(table, path / "episode.parquet", row_group_size=700)
    wanted, _ = one(path, tmp_path / "en", capsys, str(rules))
    found, _ = several(path, tmp_path / "flere", rules=str(rules))
    assert_same(found, wanted)
    assert wanted["avvist"].num_rows > 300


_RELAY = """
from isfdsl.columnar.relay import Relay
part = Relay.part
def told(self, away):
    print("DEL", away.n, flush=True)
    return part(self, away)
Relay.part = told
"""


@pytest.mark.parametrize("odd", [False, True])
def test_computed_as_it_comes(tmp_path: Path, odd: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """Where patients do not matter, those who read a row group compute it; the first one does the other files."""
    rules = tmp_path / "regler.isf"
    rules.write_text(test_flow.RULES, encoding="utf-8")
    path = test_flow.written(tmp_path / "inn", odd=odd)
    visits = pq.read_table(path / "besøk.parquet")["besøk_id"].to_pylist()
    (path / "besøk.parquet").unlink()
    (path / "besøk.csv").write_text("\n".join(["besøk_id", *visits, ""]), encoding="utf-8")
    wanted, said = one(path, tmp_path / "en", capsys, str(rules))
    for out in ("flere", "igjen"):
        process = started(path, tmp_path / out, rules=str(rules), rows=1_000, more=_RELAY)
        shown, wrong = process.communicate(timeout=120)
        assert process.returncode == 0, wrong
        assert wrong == said
        assert shown.count("FLERE") == 1  # and they did not begin anew
        assert sum(int(line[4:]) for line in shown.splitlines() if line.startswith("DEL")) == wanted["opphold"].num_rows
    assert_same(content(tmp_path / "flere"), wanted)
    for file in (tmp_path / "flere").glob("*.parquet"):
        assert file.read_bytes() == (tmp_path / "igjen" / file.name).read_bytes()


def test_computed_as_it_comes_in_vain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Keys on several rows, and a file that turns out not to be plain: all is done once more."""
    rules = tmp_path / "regler.isf"
    rules.write_text(test_flow.RULES, encoding="utf-8")
    for name, repeated, more in (("like", True, ""), ("skjev", False, _TWICE)):
        path = test_flow.written(tmp_path / name, repeated=repeated)
        wanted, said = one(path, tmp_path / f"{name}-en", capsys, str(rules))
        process = started(path, tmp_path / f"{name}-flere", rules=str(rules), rows=1_000, more=more + _RELAY)
        shown, wrong = process.communicate(timeout=120)
        assert process.returncode == 0, wrong
        assert shown.count("FLERE") == 2 and "DEL" in shown
        assert wrong == said
        assert_same(content(tmp_path / f"{name}-flere"), wanted)


@pytest.mark.parametrize("what", ["damaged", "the same keys"])
def test_input_that_cannot_be_read(
    sampled: Path, tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "inn"
    path.mkdir()
    (path / "episode.parquet").write_bytes(b"PAR1 no")
    shutil.copy(EXAMPLES / "utlevering.csv", path / "utlevering.csv")
    if what == "the same keys":
        shutil.copy(EXAMPLES / "episode.csv", path)
        lines = (path / "episode.csv").read_text(encoding="utf-8").splitlines()
        table = pq.read_table(sampled / "episode.parquet")
        ids = [*table["episode_id"].to_pylist()[:-9], *(line.split(",")[0] for line in lines[1:10])]
        at = table.column_names.index("episode_id")
        table = table.set_column(at, "episode_id", pa.array(ids, pa.string()))
        pq.write_table(table, path / "episode.parquet", row_group_size=5_000)
    run = ["run", RULES, str(path), "--out", str(tmp_path / "ut"), "--engine", "columnar", "--jobs", "1"]
    capsys.readouterr()
    assert main(run) == 1
    process = started(path, tmp_path / "ut", rows=100)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "episode.parquet" in said and said == capsys.readouterr().err
    assert not (tmp_path / "ut").exists()


# ------------------------------------------------------------ when something goes wrong

_LOST = """
import os, signal
WHERE = team.WHERE
def lost(*given):
    os.kill(os.getpid(), signal.SIGKILL)
team.WHERE = lost
lost.__module__, lost.__qualname__ = "isfdsl.columnar.team", "WHERE"
"""
_FULL = """
from isfdsl.columnar.arena import Arena
put = Arena.put
def full(self, thing, *given):
    if isinstance(thing, WHAT):
        raise OSError(28, "No space left on device")
    return put(self, thing, *given)
Arena.put = full
"""
_VALUE = """
from isfdsl.diagnostics.record_output import OutputValue
from isfdsl.records.faults import OutputError
def answer(*given, **how):
    raise OutputError(OutputValue(fil="opphold.parquet", kolonne="poeng", ventet="tall med 6 desimaler"))
team.answer = answer
"""


_VALUE_IN_RELAY = _VALUE.replace("team.answer", "relay.answer").replace(
    "\n", "\nfrom isfdsl.columnar import relay\n", 1
)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (_LOST.replace("WHERE", "_read"), "ISF6208"),
        (_FULL.replace("WHAT", "dict"), "ISF6208"),
        (_VALUE_IN_RELAY, "ISF6206"),
    ],
    ids=["lost", "full", "value"],
)
def test_a_process_that_fails_to_compute_as_it_comes(tmp_path: Path, more: str, code: str) -> None:
    rules = tmp_path / "regler.isf"
    rules.write_text(test_flow.RULES, encoding="utf-8")
    path = test_flow.written(tmp_path / "inn")
    (tmp_path / "ut").mkdir()
    process = started(path, tmp_path / "ut" / "ut", rules=str(rules), more=more)
    shown, said = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert f"feil[{code}]" in said and "Traceback" not in said
    assert list((tmp_path / "ut").iterdir()) == []
    assert_gone(shown)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (_LOST.replace("WHERE", "_read"), "ISF6208"),
        (_LOST.replace("WHERE", "_compute"), "ISF6208"),
        (_FULL.replace("WHAT", "team.Batch"), "ISF6208"),
        (_FULL.replace("WHAT", "dict"), "ISF6208"),
        (_VALUE, "ISF6206"),
    ],
    ids=["read", "compute", "full while reading", "full while computing", "value"],
)
def test_a_process_that_fails(sampled: Path, tmp_path: Path, more: str, code: str) -> None:
    (tmp_path / "ut").mkdir()
    process = started(sampled, tmp_path / "ut" / "ut", more=more)
    shown, said = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert f"feil[{code}]" in said and "Traceback" not in said
    assert list((tmp_path / "ut").iterdir()) == []
    assert_gone(shown)


_SLOW = """
import os
def slow(*given):
    os.write(1, b"HER\\n")  # in one piece: there are several processes
    time.sleep(20)
team.WHERE = slow
slow.__module__, slow.__qualname__ = "isfdsl.columnar.team", "WHERE"
"""


@pytest.mark.parametrize("where", ["_read", "_compute"])
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_a_run_that_is_stopped(sampled: Path, tmp_path: Path, where: str, number: signal.Signals, code: int) -> None:
    """It ends at once, and no process goes on without the first."""
    (tmp_path / "ut").mkdir()
    process = started(sampled, tmp_path / "ut" / "ut", more=_SLOW.replace("WHERE", where))
    shown = [process.stdout.readline() for _ in range(3)]
    assert shown[2] == "HER\n"
    began = time.monotonic()
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert time.monotonic() - began < 15
    assert process.returncode == code, said
    assert "Traceback" not in said
    assert_gone("".join(shown))
    if number != signal.SIGKILL:
        assert list((tmp_path / "ut").iterdir()) == []


def assert_gone(shown: str) -> None:
    """None of the processes whose numbers were shown is there any more."""
    numbers = [int(number) for number in shown.splitlines()[1].split()]
    assert numbers
    end = time.monotonic() + 10
    while any(_alive(number) for number in numbers):
        assert time.monotonic() < end
        time.sleep(0.05)


def _alive(number: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{number}/status").read_text()
    except OSError:
        return False


def test_problems_go_from_process_to_process() -> None:
    import pickle

    problem = WorkerLost(fil="inn")
    assert pickle.loads(pickle.dumps(OutputError(problem))).problem == problem


# ------------------------------------------------------------ the memory they share


def test_what_lies_in_an_arena(sampled: Path) -> None:
    """A batch that is taken out is the one that was put in, and lies where it was put."""
    store = api.load(RULES).ingest(sampled).stores["episode"]
    words = {name: c.words for name, c in store.columns.items() if hasattr(c, "words")}
    names = {id(w): name for name, w in words.items()}
    batch = laid_out(store, np.arange(store.n) % 5, 5)
    arena = Arena(3)
    arena.put(np.arange(3))
    kept = arena.put((batch, hashes(store.ids)), lambda t: names.get(id(t)) if isinstance(t, Words) else None)
    found, hashed = arena.take(kept, words.__getitem__)
    assert kept.arena == 3 and len(kept.said) < sum(size for _, size in kept.spans) // 4
    assert np.array_equal(hashed, hashes(store.ids))
    from tests.columnar.test_ingest import rows_of

    assert np.array_equal(found.order, batch.order) and found.flats.keys() == batch.flats.keys()
    assert rows_of(found.store) == rows_of(batch.store)
    for name, column in batch.store.columns.items():
        own = getattr(column, "v", None)
        if isinstance(own, np.ndarray) and own.strides == (0,) and len(own):
            assert found.store.columns[name].v.strides == (0,)
    assert found.order.flags.writeable  # the type that machine code was made for
    whole = arena.put(pa.table({"a": ["x", None], "b": [[1], []]}))
    assert arena.take(whole).to_pylist() == [{"a": "x", "b": [1]}, {"a": None, "b": []}]
    arena.clear()
    other = arena.put(np.full(4, 7))
    assert arena.take(other).tolist() == [7] * 4
    assert other.spans[0][0] == 0
    del found, hashed
    arena.close()
    arena.close()


def test_what_stands_in_several_columns_lies_there_once() -> None:
    """Also when it is empty, and not when it is only a part of another."""
    ids, ends = pa.array(["a", "bb", "ccc"]), pa.array([0, 1, 2, 3], pa.int32())
    numbers = np.arange(1_000)
    things = {
        "id": ids,
        "ids": pa.ListArray.from_arrays(ends, ids),
        "numbers": [numbers, numbers, numbers[:10], np.arange(1_000), numbers[:0], numbers[:0]],
    }
    arena = Arena(0)
    kept = arena.put(things)
    assert len({start for start, size in kept.spans if size == 8_000}) == 2
    found = arena.take(kept)
    assert found["id"].equals(ids) and found["ids"].equals(things["ids"])
    assert [a.tolist() for a in found["numbers"]] == [a.tolist() for a in things["numbers"]]
    del found
    arena.close()


def test_a_run_of_the_library_stays_in_its_process(
    sampled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isfdsl.columnar.run.SHARED_FROM", 0)
    monkeypatch.setattr("isfdsl.columnar.team.Team", None)
    rules = api.load(RULES)
    with rules.held(sampled, limit=10**10, jobs=2) as (data, plan):
        run(rules.ruleset, data, tmp_path / "ut", plan=plan)
