"""A quick start: what is kept from run to run, and what happens where nothing can be kept."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from isfdsl import api
from isfdsl.columnar import keys, machine_code
from isfdsl.columnar.kernel_compile import Single, holds
from isfdsl.program.codes import CodeSet, united
from isfdsl.records.tables import TABLES
from tests.cli.conftest import ROOT
from tests.columnar import support

RULES, INPUT = str(ROOT / "tests" / "data" / "mini-regelverk"), str(ROOT / "tests" / "data" / "mini-inndata")

_READ_ONLY = """
import os, sys
access = os.access
locked = sys.argv.pop(1).split(":")
def of(path, mode, **more):
    return not any(str(path).startswith(one) for one in locked) and access(path, mode, **more)
os.access = of
from isfdsl.columnar import machine_code
machine_code.IN_PYTHON = int(sys.argv.pop(1))
from isfdsl.cli.main import main
code = main(sys.argv[1:])
print(os.environ.get("NUMBA_CACHE_DIR"))
sys.exit(code)
"""


def _run(tmp_path: Path, cache: Path, locked: list[Path], in_python: int = 0) -> tuple[str, str]:
    """A run with some folders that can't be written in; gives where its machine code was, and what it said."""
    env = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    run = ["run", RULES, INPUT, "--out", str(tmp_path / "ut"), "--engine", "columnar"]
    done = subprocess.run(
        [sys.executable, "-c", _READ_ONLY, ":".join(map(str, locked)), str(in_python), *run],
        env={**env, "PYTHONPATH": str(ROOT), "ISFDSL_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1], done.stderr


def test_machine_code_is_kept_in_the_package(tmp_path: Path) -> None:
    place, said = _run(tmp_path, tmp_path / "cache", [Path("/nowhere")])
    assert place == "None"
    assert "kompileres" not in said


@pytest.mark.slow
def test_machine_code_of_a_locked_package(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for _ in range(2):
        place, said = _run(tmp_path, cache, [machine_code.PACKAGE])
        assert Path(place).parent == cache / "isfdsl" / "numba"
        assert "kompileres" not in said
        made = {p.name: p.stat().st_mtime_ns for p in Path(place).rglob("*.nbc")}
        assert made
    place, said = _run(tmp_path, cache, [machine_code.PACKAGE])
    assert {p.name: p.stat().st_mtime_ns for p in Path(place).rglob("*.nbc")} == made


@pytest.mark.slow
def test_nowhere_to_keep_machine_code(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    place, said = _run(tmp_path, cache, [machine_code.PACKAGE, cache])
    assert "isf-numba-" in place and not Path(place).exists()
    assert f"merknad: får ikke skrevet i {cache}" in said
    _, said = _run(tmp_path, cache, [machine_code.PACKAGE, cache], machine_code.IN_PYTHON)
    assert "kompileres" not in said  # so little needs no machine code


@pytest.mark.parametrize("there", [True, False])
def test_writable(tmp_path: Path, there: bool) -> None:
    folder = tmp_path / "a" / "b"
    if there:
        folder.mkdir(parents=True)
    assert machine_code.writable(folder)
    file = tmp_path / "fil"
    file.touch()
    assert not machine_code.writable(file / "b")
    assert not machine_code.writable(file)


def _python(code: str, *arguments: str) -> str:
    """What a Python of its own printed last."""
    order = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(order, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(("engine", "module"), [("columnar", "numba"), ("columnar", "pandas"), ("reference", "pandas")])
def test_a_small_input_needs_neither_machine_code_nor_pandas(tmp_path: Path, engine: str, module: str) -> None:
    code = (
        "import sys; from isfdsl.cli.main import main; assert main(sys.argv[1:]) == 0; print('MODULE' in sys.modules)"
    )
    run = ["run", RULES, INPUT, "--out", str(tmp_path / "ut"), "--engine", engine]
    assert _python(code.replace("MODULE", module), *run) == "False"


def test_pandas_is_there_for_whoever_asks() -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    code = """
from isfdsl.records.arrow import without_pandas
without_pandas()
import pandas as pd, pyarrow as pa
table = pa.Table.from_pandas(pd.DataFrame({"a": [1, 2]}))
print(table.to_pandas()["a"].tolist(), pa.array(pd.Series([3])).to_pylist())
"""
    assert _python(code) == "[1, 2] [3]"


def test_much_is_looped_over_as_machine_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_code, "_looped", machine_code.IN_PYTHON - 10)
    little, much = machine_code.Loop(_doubled, (_twice,)), machine_code.Loop(_doubled, (_twice,))
    assert little(np.arange(10)).tolist() == [2 * i for i in range(10)]
    assert little._compiled is None
    assert much(np.arange(11)).tolist() == [2 * i for i in range(11)]
    assert much._compiled is not None and hasattr(much._compiled, "signatures")
    assert little(np.arange(1)).tolist() == [0]
    assert little._compiled is not None  # that was the end of it


def _twice(x: int) -> int:
    return 2 * x


def _doubled(v: np.ndarray) -> np.ndarray:
    out = np.empty(len(v), np.int64)
    for i in range(len(v)):
        out[i] = _twice(v[i])
    return out


@pytest.mark.parametrize("seed", range(3))
def test_a_text_has_one_hash(seed: int) -> None:
    """Where a patient is put must not depend on how many were read before."""
    rng = random.Random(seed)
    texts = [None if rng.random() < 0.1 else "".join(rng.choices("aÅ0€\U0001f600", k=n)) for n in range(60)] + ["", "a"]
    array = pa.array([*texts, *texts[:9]], pa.string())
    found = []
    for in_python in (True, False):
        with support.loops_in(in_python):
            hashed = keys.hashes(array)
            found.append((hashed.tolist(), sorted(keys._met_again(hashed).tolist())))
    assert found[0] == found[1]
    assert len(set(found[0][0])) > 50


def test_python_and_machine_code_say_the_same(sampled: Path) -> None:
    """Every loop a run has need of, on 20 000 records with texts, ties and keys that are there twice."""
    regelverk = api.load(str(ROOT / "rules" / "2024"))
    found = []
    for in_python in (True, False):
        with support.loops_in(in_python):
            found.append(regelverk.run(sampled, jobs=2))
    assert found[0].summary == found[1].summary
    for name, table in found[0].items():
        assert table.num_rows or name == "krav"
        keys = [(key, "ascending") for key in TABLES[name].sort]
        assert table.sort_by(keys).equals(found[1][name].sort_by(keys)), name


# ------------------------------------------------------------ shortcuts of the start give the same


def test_a_union_of_lists_is_a_list() -> None:
    a, b = CodeSet(frozenset("AB"), frozenset({("A", "B")})), CodeSet(frozenset("C"))
    both = united(CodeSet(frozenset("D"), parts=(a, CodeSet(parts=(b, a)))))
    assert both == CodeSet(frozenset("ABCD"), frozenset({("A", "B")}))
    for other in (CodeSet(prefixes=("A",), parts=(a,)), CodeSet(parts=(a, CodeSet(patterns=("A.",)))), a):
        assert united(other) is other
    without = CodeSet(parts=(a,), without=b)
    assert united(without) is without
    assert united(CodeSet(parts=(b, without))).parts


def test_composites_are_found_once() -> None:
    single = Single(composites=[(5, ("&", 0, ~1)), (6, ("|", 5, 2))])
    for truth in [*range(32), 1 << 70, *range(32)]:
        wanted = truth
        for bit, formula in single.composites:
            wanted |= (1 << bit) * holds(formula, wanted)
        assert single.completed(truth) == wanted
    single.composites.append((7, ~6))
    assert single.completed(0) == 1 << 7
