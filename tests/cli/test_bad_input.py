"""What goes wrong outside isfdsl: a sentence in bokmål, the right exit code, nothing half-written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Isf

RULES, INPUT = "mini-regelverk", "mini-inndata"
AS_ROOT = os.name == "posix" and os.geteuid() == 0


def _clean(done: object) -> None:
    """No traceback and no English in what a person sees."""
    text = getattr(done, "stderr", "") + getattr(done, "stdout", "")
    for word in ("Traceback", "Error:", "Usage:", "No such", "Missing", "Invalid", "Beklager"):
        assert word not in text, text


# ------------------------------------------------------------ the command line


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["chek"], "feil: ukjent kommando «chek»; mente du «check»?"),
        (["tets", RULES], "feil: ukjent kommando «tets»; mente du «test»?"),
        (["hjelp"], "feil: ukjent kommando «hjelp»"),
        (["--versjon"], "feil: ukjent valg «--versjon»; mente du «--version»?"),
        (["check"], "feil: mangler argumentet REGELVERK"),
        (["check", RULES, "--formt", "json"], "feil: ukjent valg «--formt»; mente du «--format»?"),
        (["check", RULES, "-x"], "feil: ukjent valg «-x»"),
        (["check", RULES, "--format", "xml"], "feil: --format: «xml» er ikke en av 'text', 'json'"),
        (["check", RULES, "--format"], "feil: valget --format må ha en verdi"),
        (["schema", RULES, RULES], "feil: for mange argumenter: mini-regelverk"),
        (["run", RULES, "--out", "ut"], "feil: mangler argumentet INNDATA"),
        (["run", RULES, INPUT, "--out", "ut", "--jobs", "0"], "feil: --jobs: 0 skal være minst 1"),
        (["run", RULES, INPUT, "--out", "ut", "--jobs", "to"], "feil: --jobs: «to» er ikke et heltall"),
        (["run", RULES, INPUT, "--out", "ut", "--timing=ja"], "feil: valget --timing tar ingen verdi"),
        (["import"], "feil: mangler en kommando"),
        (["import", "nordrg"], "feil: ukjent kommando «nordrg»; mente du «norddrg»?"),
        (["fmt", "-", RULES], "feil: «-» må stå alene"),
    ],
)
def test_wrong_usage_is_explained_in_bokmal(isf: Isf, args: list[str], expected: str) -> None:
    done = isf(*args)
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert lines[0] == expected
    assert lines[1].startswith("Bruk: isf") and lines[-1].startswith("Hjelp: isf")
    _clean(done)


# ------------------------------------------------------------ a regelverk that can't be read

ENGINES = ("reference", "columnar")
COMMANDS = [["check"], ["fmt"], ["test"], ["schema"], ["run", INPUT, "--out"]]


def _with(command: list[str], spec: Path, out: Path) -> list[str]:
    name, *rest = command
    return [name, str(spec), *rest, *([str(out)] if "--out" in rest else [])]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_a_missing_folder(isf: Isf, tmp_path: Path, command: list[str]) -> None:
    done = isf(*_with(command, tmp_path / "borte", tmp_path / "ut"))
    assert done.returncode == 1
    assert "ISF1009" in done.stdout + done.stderr and "finnes ikke" in done.stdout + done.stderr
    assert not (tmp_path / "ut").exists()
    _clean(done)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_an_empty_folder(isf: Isf, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "tom").mkdir()
    done = isf(*_with(command, tmp_path / "tom", tmp_path / "ut"))
    assert done.returncode == 1
    assert "ISF1010" in done.stdout + done.stderr
    _clean(done)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_a_binary_file(isf: Isf, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "b.isf").write_bytes(bytes(range(256)) * 40)
    done = isf(*_with(command, tmp_path, tmp_path / "ut"))
    assert done.returncode == 1
    assert "ISF1006" in done.stdout + done.stderr
    assert (tmp_path / "b.isf").read_bytes() == bytes(range(256)) * 40
    _clean(done)


def test_a_file_can_be_a_regelverk(isf: Isf) -> None:
    done = isf("check", f"{RULES}/regelverk.isf+{RULES}/grupper.isf", "--ingen-advarsler")
    assert done.returncode == 0


def test_one_of_several_folders_is_missing(isf: Isf, tmp_path: Path) -> None:
    done = isf("check", f"{RULES}+{tmp_path / 'borte'}", "--ingen-advarsler")
    assert done.returncode == 1
    assert "1 feil" in done.stdout
    _clean(done)


@pytest.mark.skipif(AS_ROOT, reason="root may read everything")
def test_an_unreadable_folder(isf: Isf, tmp_path: Path) -> None:
    folder = tmp_path / "lukket"
    folder.mkdir()
    (folder / "a.isf").write_text("")
    folder.chmod(0)
    try:
        done = isf("check", folder)
    finally:
        folder.chmod(0o700)
    assert done.returncode == 1
    assert "tilgang" in done.stdout
    _clean(done)


def test_a_file_name_that_is_no_text(isf: Isf, tmp_path: Path) -> None:
    name = os.fsdecode(b"r\xe5.isf")
    (tmp_path / name).write_text("DRG\n", encoding="utf-8")
    done = isf("check", tmp_path)
    assert done.returncode == 1
    _clean(done)


# ------------------------------------------------------------ data and output that can't be read or written


@pytest.mark.parametrize("engine", ENGINES)
def test_missing_data(isf: Isf, tmp_path: Path, engine: str) -> None:
    done = isf("run", RULES, tmp_path / "borte", "--out", tmp_path / "ut", "--engine", engine)
    assert (done.returncode, done.stdout) == (1, "")
    assert "feil[ISF60" in done.stderr
    assert not (tmp_path / "ut").exists()
    _clean(done)


@pytest.mark.parametrize("engine", ENGINES)
def test_data_with_an_unknown_column(isf: Isf, tmp_path: Path, engine: str) -> None:
    (tmp_path / "episode.csv").write_text("episode_id,pasientid,inn,ut,hovedtilstand\n", encoding="utf-8")
    done = isf("run", RULES, tmp_path / "episode.csv", "--out", tmp_path / "ut", "--engine", engine)
    assert (done.returncode, done.stdout) == (1, "")
    assert "pasient_id" in done.stderr
    _clean(done)


@pytest.mark.parametrize("engine", ENGINES)
def test_out_that_holds_something_else(isf: Isf, tmp_path: Path, engine: str) -> None:
    (tmp_path / "brev.txt").write_text("kjære")
    done = isf("run", RULES, INPUT, "--out", tmp_path, "--engine", engine)
    assert (done.returncode, done.stdout) == (1, "")
    assert "ISF6201" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["brev.txt"]
    _clean(done)


@pytest.mark.parametrize("engine", ENGINES)
def test_out_that_is_a_file(isf: Isf, tmp_path: Path, engine: str) -> None:
    (tmp_path / "ut").write_text("")
    done = isf("run", RULES, INPUT, "--out", tmp_path / "ut", "--engine", engine)
    assert (done.returncode, done.stdout) == (1, "")
    assert "ISF6202" in done.stderr
    _clean(done)
