"""A quick start: what is kept from run to run, and what happens where nothing can be kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from isfdsl.columnar import machine_code
from isfdsl.columnar.kernel_compile import Single, holds
from isfdsl.program.codes import CodeSet, united
from tests.cli.conftest import ROOT

RULES, INPUT = str(ROOT / "tests" / "data" / "mini-regelverk"), str(ROOT / "tests" / "data" / "mini-inndata")

_READ_ONLY = """
import os, sys
access = os.access
locked = sys.argv.pop(1).split(":")
def of(path, mode, **more):
    return not any(str(path).startswith(one) for one in locked) and access(path, mode, **more)
os.access = of
from isfdsl.cli.main import main
code = main(sys.argv[1:])
print(os.environ.get("NUMBA_CACHE_DIR"))
sys.exit(code)
"""


def _run(tmp_path: Path, cache: Path, locked: list[Path]) -> tuple[str, str]:
    """A run with some folders that can't be written in; gives where its machine code was, and what it said."""
    env = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    run = ["run", RULES, INPUT, "--out", str(tmp_path / "ut"), "--engine", "columnar"]
    done = subprocess.run(
        [sys.executable, "-c", _READ_ONLY, ":".join(map(str, locked)), *run],
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
