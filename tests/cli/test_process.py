"""``isf`` among other programs: pipes, locales, terminals, signals, full disks, our own errors, and a quick start."""

from __future__ import annotations

import os
import pty
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import DATA, Isf

RULES, INPUT = "mini-regelverk", "mini-inndata"


# ------------------------------------------------------------ pipes and locales


@pytest.mark.parametrize("args", [["schema", RULES, "--format", "json"], ["explain-code", "ISF2001"], ["--help"]])
def test_a_reader_that_goes_away_is_no_error(environment: dict[str, str], args: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "isfdsl.cli.main", *args],
            cwd=DATA,
            env=environment,
            stdout=write,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("locale", [{"LANG": "C"}, {"LC_ALL": "POSIX"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}])
def test_bokmal_whatever_the_locale(isf: Isf, locale: dict[str, str]) -> None:
    env = {"PYTHONUTF8": "0", **locale}
    assert "særtjenester" in isf("run", "--help", env=env).stdout
    assert "påkrevd" in isf("schema", RULES, env=env).stdout
    assert "«chek»" in isf("chek", env=env).stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_standard_output_on_a_full_disk(isf: Isf) -> None:
    with open("/dev/full", "wb") as full:
        done = isf("schema", RULES, stdout=full)
    assert done.returncode == 1
    assert done.stderr.startswith("feil: fikk ikke skrevet ut resultatet")
    assert len(done.stderr.splitlines()) == 1


def test_output_on_a_full_disk(isf: Isf, tmp_path: Path) -> None:
    isf("check", RULES)  # the cache is written before the disk is full

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))

    done = isf("run", RULES, INPUT, "--out", tmp_path / "ut", preexec_fn=limit)
    assert done.returncode == 1, done.stderr
    assert "ISF6203" in done.stderr
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------ terminals


class Terminal:
    """A process whose stdout and stderr are a terminal."""

    def __init__(self, environment: dict[str, str], *args: str, cwd: Path = DATA) -> None:
        self.ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "isfdsl.cli.main", *args],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
        )
        os.close(theirs)

    def output(self) -> Iterator[str]:
        """What it writes, as it comes."""
        while True:
            try:
                data = os.read(self.ours, 4096)
            except OSError:  # it has ended
                return
            if not data:
                return
            yield data.decode("utf-8", "replace")

    def finish(self) -> tuple[int, str]:
        text = "".join(self.output())
        os.close(self.ours)
        return self.process.wait(60), text


def test_colour_only_for_a_terminal(environment: dict[str, str], isf: Isf) -> None:
    assert "\x1b[" not in isf("check", RULES).stdout
    assert "\x1b[" in Terminal({**environment, "TERM": "xterm"}, "check", RULES).finish()[1]
    assert "\x1b[" not in Terminal({**environment, "TERM": "xterm", "NO_COLOR": "1"}, "check", RULES).finish()[1]
    assert "\x1b[" not in Terminal({**environment, "TERM": "dumb"}, "check", RULES).finish()[1]


@pytest.fixture
def much(tmp_path: Path) -> Path:
    """Data that take many seconds."""
    folder = tmp_path / "mye"
    folder.mkdir()
    with (folder / "episode.csv").open("w", encoding="utf-8") as file:
        file.write("episode_id,pasient_id,enhet,inn,ut,hovedtilstand,prosedyrer,sted\n")
        for n in range(150_000):
            file.write(f"E{n},P{n // 3},A,2020-02-{n % 28 + 1:02d},2020-02-{n % 28 + 1:02d},M16.1,NFB30,\n")
    return folder


def test_ctrl_c_during_a_run_leaves_nothing_behind(environment: dict[str, str], much: Path, tmp_path: Path) -> None:
    out = tmp_path / "ut"
    running = Terminal(environment, "run", RULES, str(much), "--out", str(out), "--engine", "reference")
    seen = ""
    for text in running.output():
        seen += text
        if "av 150 000" in seen:
            break
    assert "gruppering" in seen  # the progress, since this is a terminal
    running.process.send_signal(signal.SIGINT)
    code, rest = running.finish()
    assert code == 130, seen + rest
    assert "Avbrutt." in rest
    assert "Traceback" not in seen + rest
    assert [p.name for p in tmp_path.iterdir()] == ["mye"]


def test_no_progress_without_a_terminal(isf: Isf, tmp_path: Path) -> None:
    done = isf("run", RULES, INPUT, "--out", tmp_path / "ut")
    assert "\r" not in done.stdout + done.stderr
    assert "…" not in done.stderr


_IN_A_CALLBACK = """
import ctypes, signal, sys, time
from isfdsl.cli.interrupt import ended_properly

called = ctypes.CFUNCTYPE(None)(lambda: signal.raise_signal(int(sys.argv[1])))
try:
    with ended_properly():
        called()
        time.sleep(30)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_ending_that_python_loses_comes_again(environment: dict[str, str], number: int, code: int) -> None:
    """A library of C code calls back while it compiles: what is raised there is not raised further."""
    done = subprocess.run(
        [sys.executable, "-c", _IN_A_CALLBACK, str(int(number))],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=25,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    )
    assert (done.returncode, done.stdout) == (code, b"")


# ------------------------------------------------------------ our own errors

_BROKEN = """
import sys
from isfdsl.cli.main import main
import isfdsl.api
def broken(spec):
    raise KeyError("pasient 01017012345")
isfdsl.api.check = broken
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(("args", "env"), [([], {}), (["--debug"], {}), ([], {"ISFDSL_DEBUG": "1"})])
def test_an_error_of_our_own_is_3_and_shows_no_data(
    environment: dict[str, str], args: list[str], env: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BROKEN, "check", "x", *args],
        env={**environment, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith("Beklager, dette er en feil i isfdsl")
    assert "KeyError" in done.stderr
    assert "01017012345" not in done.stderr.replace('raise KeyError("pasient 01017012345")', "")
    assert ("line " in done.stderr) is bool(args or env)
    assert ("--debug" in done.stderr) is not bool(args or env)


# ------------------------------------------------------------ a quick start

_IMPORTED = """
import sys
from isfdsl.cli.main import main
main(sys.argv[1:])
heavy = {"lark", "pyarrow", "openpyxl", "isfdsl.syntax.ast", "isfdsl.interp.engine", "importlib.metadata"}
print("HEAVY", *sorted(heavy & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize("args", [["--help"], ["check", "--help"], ["chek"], ["check", "uten-funn.isf"]])
def test_little_is_imported_for_little(environment: dict[str, str], tmp_path: Path, args: list[str]) -> None:
    (tmp_path / "uten-funn.isf").write_text(
        'regelverk Tomt 2020\n  gyldig 2020-01-01 til 2020-12-31\n  status endelig\n  kilde "x"\n', encoding="utf-8"
    )
    done = None
    for _ in range(2):  # the second time from the cache
        done = subprocess.run(
            [sys.executable, "-c", _IMPORTED, *args],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done is not None
    assert done.stderr.splitlines()[-1] == "HEAVY"
