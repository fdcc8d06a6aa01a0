"""Each command on a small regelverk: what it prints, and its exit code."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest

from isfdsl.cli import run as command
from isfdsl.cli.main import COMMANDS, main
from tests.cli.conftest import DATA, Isf

Golden = Callable[[str, str], None]
RULES, INPUT = "mini-regelverk", "mini-inndata"
pytestmark = pytest.mark.golden


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A copy of the regelverk to change."""
    shutil.copytree(DATA / RULES, tmp_path / "regler")
    return tmp_path / "regler"


# ------------------------------------------------------------ help and version


def test_help_lists_the_commands_and_shows_how_to_begin(isf: Isf, golden: Golden) -> None:
    done = isf("--help")
    golden("help.txt", done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert isf().stdout == done.stdout


@pytest.mark.parametrize("name", [name for name, _, _ in COMMANDS])
def test_the_help_of_a_command_is_bokmal_and_has_an_example(isf: Isf, golden: Golden, name: str) -> None:
    done = isf(name, "--help")
    golden(f"help-{name}.txt", done.stdout)
    assert done.returncode == 0
    assert "Eksem" in done.stdout and f"isf {name} " in done.stdout
    for english in ("Usage", "Options", "Show", "Commands", "required", "default", "INTEGER", "TEXT", "PATH"):
        assert english not in done.stdout


def test_version(isf: Isf) -> None:
    done = isf("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("isfdsl ")


# ------------------------------------------------------------ check


def test_check_without_errors(isf: Isf, golden: Golden) -> None:
    done = isf("check", RULES)
    golden("check-ok.txt", done.stdout)
    assert (done.returncode, done.stderr) == (0, "")


def test_check_says_the_same_the_second_time_from_the_cache(isf: Isf, rules: Path) -> None:
    (rules / "grupper.isf").write_text("DRG 1 vekt ukjnt\n", encoding="utf-8")
    first, second = isf("check", rules), isf("check", rules)
    assert first.returncode == second.returncode == 1
    assert first.stdout == second.stdout
    assert "feil[ISF" in first.stdout


def test_check_shows_the_errors_of_all_files(isf: Isf, golden: Golden, rules: Path) -> None:
    (rules / "ekstra.isf").write_text("begrep lang for episode = ligetid > 3 dager\n", encoding="utf-8")
    (rules / "zz.isf").write_text("sats pris 3 poeng +\n", encoding="utf-8")
    done = isf("check", "regler", "--ingen-advarsler", cwd=rules.parent)
    golden("check-errors.txt", done.stdout)
    assert done.returncode == 1


@pytest.mark.parametrize("spec", ["{}+", "+{}", "{}++{}"])
def test_an_empty_part_is_not_the_current_folder(isf: Isf, rules: Path, spec: str) -> None:
    done = isf("check", spec.replace("{}", str(rules)))
    assert done.returncode == 1
    assert "en del foran eller etter «+» er tom" in done.stdout


def test_check_as_json(isf: Isf) -> None:
    done = isf("check", RULES, "--format", "json")
    found = json.loads(done.stdout)
    assert found["skjema"] == "isf.problemer.v1"
    assert found["antall"]["feil"] == 0
    place = found["problemer"][0]["relatert"][0]
    assert place["fil"] == f"{RULES}/grupper.isf"
    assert place["linje"] > 0


def test_check_of_two_regelverk_that_share_a_folder_says_a_thing_once(isf: Isf) -> None:
    one, two = isf("check", RULES), isf("check", RULES, RULES)
    assert one.stdout == two.stdout


def test_check_without_warnings_says_how_many_it_left_out(isf: Isf) -> None:
    done = isf("check", RULES, "--ingen-advarsler")
    assert done.stdout == "ingen feil\n"
    assert "er ikke vist" in done.stderr


# ------------------------------------------------------------ fmt


def test_fmt_changes_a_file_once(isf: Isf, rules: Path) -> None:
    file = rules / "eksempler.isf"
    file.write_text(file.read_text(encoding="utf-8").replace("  forvent", "      forvent"), encoding="utf-8")
    check = isf("fmt", "--check", file)
    assert (check.returncode, check.stdout) == (1, "")
    diff = isf("fmt", "--diff", file)
    assert diff.returncode == 0
    assert diff.stdout.startswith("---")
    assert isf("fmt", file).returncode == 0
    again = isf("fmt", "--check", file)
    assert (again.returncode, again.stdout) == (0, "")
    assert "1 uendret" in again.stderr


def test_fmt_of_standard_input_goes_to_standard_output(isf: Isf) -> None:
    done = isf("fmt", "-", stdin='kodeverk sted\n 4      "hjemme"\n')
    assert (done.returncode, done.stdout, done.stderr) == (0, 'kodeverk sted\n  4  "hjemme"\n', "")
    assert isf("fmt", "-", "--check", stdin=done.stdout).returncode == 0


def test_fmt_of_standard_input_that_is_no_isf(isf: Isf) -> None:
    done = isf("fmt", "-", stdin="kodeverk sted\n 4 4 4\nDRG")
    assert (done.returncode, done.stdout) == (1, "")
    assert "standard inn:" in done.stderr
    bytes_ = isf("fmt", "-", stdin=b"\xff\x00\xfe")
    assert (bytes_.returncode, bytes_.stdout) == (1, "")
    assert "ISF1006" in bytes_.stderr


def test_fmt_leaves_a_file_with_errors_alone(isf: Isf, rules: Path) -> None:
    file = rules / "eksempler.isf"
    file.write_text("eksempel eksempel\n", encoding="utf-8")
    done = isf("fmt", rules)
    assert done.returncode == 1
    assert file.read_text(encoding="utf-8") == "eksempel eksempel\n"
    assert "1 med feil" in done.stderr


# ------------------------------------------------------------ run


def test_run_writes_the_tables_and_tells_what_matters(isf: Isf, golden: Golden, tmp_path: Path) -> None:
    out = tmp_path / "ut"
    done = isf("run", RULES, INPUT, "--out", out)
    golden("run.txt", done.stdout.replace(str(out), "UT"))
    assert done.returncode == 0
    assert sorted(p.name for p in out.iterdir()) == [
        "avvist.parquet",
        "forlop.parquet",
        "forlop_medlemmer.parquet",
        "krav.parquet",
        "opphold.parquet",
        "saertjenester.parquet",
        "sammendrag.json",
    ]


@pytest.mark.parametrize("engine", ["reference", "columnar"])
def test_run_without_out_shows_the_sums_and_writes_nothing(
    isf: Isf, golden: Golden, tmp_path: Path, engine: str
) -> None:
    (tmp_path / "her").mkdir()
    done = isf("run", DATA / RULES, DATA / INPUT, "--engine", engine, cwd=tmp_path / "her")
    golden("run-sums.txt", done.stdout)
    assert done.returncode == 0
    assert list((tmp_path / "her").iterdir()) == []


def test_run_shows_what_it_writes_as_json(isf: Isf, tmp_path: Path) -> None:
    shown = isf("run", RULES, INPUT, "--out", tmp_path / "ut", "--format", "json").stdout
    assert shown == (tmp_path / "ut" / "sammendrag.json").read_text(encoding="utf-8")
    alone = json.loads(isf("run", RULES, INPUT, "--format", "json").stdout)
    wanted = json.loads(shown)
    assert alone.pop("kjoring")["argumenter"] == wanted.pop("kjoring")["argumenter"]
    assert alone == wanted


def test_run_accounts_for_every_record(isf: Isf, tmp_path: Path) -> None:
    out = tmp_path / "ut"
    isf("run", RULES, INPUT, "--out", out)
    summary = json.loads((out / "sammendrag.json").read_text(encoding="utf-8"))
    rows = (DATA / INPUT / "episode.csv").read_text(encoding="utf-8").count("\n") - 1
    assert summary["lest"]["totalt"] == rows == summary["behandlet"]["totalt"] + summary["avvist"]["totalt"]
    aside = pq.read_table(out / "avvist.parquet").num_rows
    grouped = sum(len(ids) for ids in pq.read_table(out / "opphold.parquet")["episode_ids"].to_pylist())
    assert rows == grouped + aside


def test_run_writes_nothing_about_the_machine(isf: Isf, tmp_path: Path) -> None:
    out = tmp_path / "ut"
    isf("run", DATA / RULES, DATA / INPUT, "--out", out)
    text = (out / "sammendrag.json").read_text(encoding="utf-8")
    assert str(tmp_path) not in text and str(DATA) not in text
    facts = json.loads(text)["kjoring"]
    assert facts["argumenter"] == {"regelverk": RULES, "inndata": INPUT, "engine": "columnar", "jobs": None}
    assert len(facts["regelverk_sha256"]) == 64
    assert set(facts["tid_sekunder"]) == {"regelverk", "oppstart", "lesing", "deling", "beregning", "skriving"}


def test_run_again_replaces_its_own_output(isf: Isf, tmp_path: Path) -> None:
    out = tmp_path / "ut"
    first = isf("run", RULES, INPUT, "--out", out)
    second = isf("run", RULES, INPUT, "--out", out, "--timing")
    assert first.stdout == second.stdout
    assert second.returncode == 0
    assert "i alt" in second.stderr and "i alt" not in first.stderr


def test_many_records_are_pointed_to_the_other_engine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order = ["run", str(DATA / RULES), str(DATA / INPUT), "--out", str(tmp_path / "ut")]
    hint = "--engine columnar gir det samme"
    assert main([*order, "--engine", "reference"]) == 0
    assert hint not in capsys.readouterr().err
    with mock.patch("isfdsl.cli.run.MANY", 3):
        assert main([*order, "--engine", "reference"]) == 0
        assert f"tolken; {hint}" in capsys.readouterr().err
        assert main(order) == 0
    assert hint not in capsys.readouterr().err


def test_without_what_the_columns_need_the_reference_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = ["run", str(DATA / RULES), str(DATA / INPUT), "--out", str(tmp_path / "ut")]
    monkeypatch.setitem(command._LIBRARIES, "columnar", ("numpy", "ikke_installert_her"))
    assert main(order) == 0
    facts = json.loads((tmp_path / "ut" / "sammendrag.json").read_text(encoding="utf-8"))["kjoring"]
    assert facts["argumenter"]["engine"] == "reference"
    monkeypatch.setattr(command, "MANY", 3)
    assert main(order) == 0
    assert "tolken; pip install 'isfdsl[columnar]' og --engine columnar gir" in capsys.readouterr().err
    assert main([*order, "--engine", "columnar"]) == 2


def test_both_engines_write_the_same(isf: Isf, tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    wanted = isf("run", RULES, INPUT, "--out", tmp_path / "tolk", "--engine", "reference")
    found = isf("run", RULES, INPUT, "--out", tmp_path / "kolonner", "--engine", "columnar", "--jobs", "1")
    assert found.returncode == wanted.returncode == 0, found.stderr
    assert found.stdout.replace("kolonner", "tolk") == wanted.stdout
    for path in sorted((tmp_path / "tolk").iterdir()):
        same = tmp_path / "kolonner" / path.name
        if path.suffix == ".parquet":
            assert pq.read_table(same).equals(pq.read_table(path)), path.name
        else:
            one, other = (json.loads(p.read_text(encoding="utf-8")) for p in (path, same))
            del one["kjoring"], other["kjoring"]
            assert one == other


# ------------------------------------------------------------ explain and whatif


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("explain-stay", ["E2"]),
        ("explain-stay-full", ["E2", "--full"]),
        ("explain-course", ["P1/HT03/E1"]),
        ("explain-rejected", ["E5"]),
        ("explain-why-not", ["E3", "--why-not", "HT03"]),
        ("explain-why-not-drg", ["E4", "--why-not", "DRG:209E"]),
    ],
)
def test_explain(isf: Isf, golden: Golden, name: str, args: list[str]) -> None:
    done = isf("explain", RULES, INPUT, *args)
    golden(f"{name}.txt", _without_version(done.stdout))
    assert (done.returncode, done.stderr) == (0, "")


def _without_version(text: str) -> str:
    """The last line names the version of isfdsl, which is another in an environment where it is installed."""
    head, _, last = text.rstrip("\n").rpartition("\n")
    return f"{head}\n{last.partition(', isfdsl ')[0]}\n"


def test_explain_as_json(isf: Isf) -> None:
    found = json.loads(isf("explain", RULES, INPUT, "E2", "--format", "json").stdout)
    assert found["skjema"].startswith("isf.")
    why_not = json.loads(isf("explain", RULES, INPUT, "E2", "--why-not", "209E", "--format", "json").stdout)
    assert why_not["skjema"] != found["skjema"]


def test_whatif(isf: Isf, golden: Golden) -> None:
    done = isf("whatif", RULES, INPUT, "E4", "--set", "prosedyrer+=NFB30", "--set", "hovedtilstand=M16.1")
    golden("whatif.txt", done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(isf("whatif", RULES, INPUT, "E4", "--set", "sted=4", "--format", "json").stdout)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["explain", RULES, INPUT, "E99"], "har id-en «E99»"),
        (["explain", RULES, INPUT, "E4", "--why-not", "209"], "ingen gruppe «209»; mente du «209E»?"),
        (["explain", RULES, INPUT, "E5", "--why-not", "209E"], "E5 er satt til side"),
        (["whatif", RULES, INPUT, "E5", "--set", "sted=4"], "E5 er satt til side"),
        (["whatif", RULES, INPUT, "E4", "--set", "stad=4"], "mente du «sted»?"),
        (["whatif", RULES, INPUT, "E4", "--set", "sted"], "er ikke en endring"),
        (["whatif", RULES, INPUT, "E4", "--set", "sted=9"], "koden «9» finnes ikke"),
    ],
)
def test_asking_for_what_is_not_there(isf: Isf, args: list[str], words: str) -> None:
    done = isf(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("feil: ") and words in done.stderr


# ------------------------------------------------------------ test


def test_test_when_all_is_well(isf: Isf) -> None:
    done = isf("test", RULES)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2 eksempler: alle stemmer\n", "")


@pytest.fixture
def failing(rules: Path) -> Path:
    """A regelverk with an example that doesn't hold, and letters that XML must escape in its name."""
    file = rules / "eksempler.isf"
    text = file.read_text(encoding="utf-8")
    text = text.replace("2 forløp HT03", "3 forløp HT03").replace("To hofteproteser", "To <hofter> & «mer»")
    file.write_text(text, encoding="utf-8")
    return rules


def test_test_shows_file_line_expected_and_got(isf: Isf, golden: Golden, failing: Path) -> None:
    done = isf("test", "regler", cwd=failing.parent)
    golden("test-fails.txt", done.stdout)
    assert done.returncode == 1


def test_test_as_json(isf: Isf, failing: Path) -> None:
    done = isf("test", failing, "--format", "json")
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert found["antall"] == {"eksempler": 2, "stemmer": 1, "stemmer_ikke": 1}
    [deviation] = found["eksempler"][0]["avvik"]
    assert deviation["fil"].endswith("eksempler.isf")
    assert deviation["ventet"] == "3 forløp HT03"


def test_test_as_junit(isf: Isf, failing: Path) -> None:
    done = isf("test", failing, "--format", "junit")
    suites = ElementTree.fromstring(done.stdout)
    assert done.returncode == 1
    assert (suites.get("tests"), suites.get("failures")) == ("2", "1")
    case = suites[0][0]
    assert case.get("name") == "To <hofter> & «mer» samme år gir to forløp"
    assert "ventet 3 forløp HT03" in str(case[0].get("message"))


def test_test_picks_examples_by_name(isf: Isf, failing: Path) -> None:
    assert isf("test", failing, "-k", "uten PROTESE").stdout == "1 eksempel: alle stemmer\n"
    assert isf("test", failing, "-k", "to*forløp").returncode == 1
    none = isf("test", failing, "-k", "finnes ikke")
    assert none.returncode == 2
    assert "ingen eksempler" in none.stderr


# ------------------------------------------------------------ schema, explain-code, import


def test_schema_as_a_table(isf: Isf, golden: Golden) -> None:
    golden("schema.txt", isf("schema", RULES).stdout)


def test_schema_as_json_schema(isf: Isf) -> None:
    every = json.loads(isf("schema", RULES, "--format", "json").stdout)
    assert every["title"] == "Mini 2020"
    one = json.loads(isf("schema", RULES, "--format", "json", "--post", "episode").stdout)
    assert one.pop("$schema") == every["$schema"]
    assert every["$defs"] == {"episode": one}


def test_schema_of_a_post_that_is_not_there(isf: Isf) -> None:
    done = isf("schema", RULES, "--post", "episod")
    assert done.returncode == 2
    assert "mente du «episode»?" in done.stderr


@pytest.mark.parametrize("code", ["ISF2001", "isf2001", "2001", "ukjent-navn"])
def test_explain_code(isf: Isf, code: str) -> None:
    done = isf("explain-code", code)
    assert done.returncode == 0
    assert done.stdout.startswith("# ISF2001 ukjent-navn\n")


def test_explain_code_that_is_not_there(isf: Isf) -> None:
    done = isf("explain-code", "ISF20001")
    assert (done.returncode, done.stdout) == (2, "")
    assert "mente du «ISF" in done.stderr


def test_import_norddrg_and_check_what_came(isf: Isf, tmp_path: Path) -> None:
    out = tmp_path / "norddrg"
    done = isf("import", "norddrg", DATA / "norddrg-mini" / "csv", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "Skrev" in done.stdout
    assert isf("check", out).returncode == 0


def test_import_of_what_is_not_there(isf: Isf, tmp_path: Path) -> None:
    for kind in (["norddrg"], ["prisliste"], ["kodeverk", "--name", "icd10"]):
        done = isf("import", *kind, tmp_path / "borte", "--out", tmp_path / "ut")
        assert done.returncode == 1, done.stderr
        assert "feil[ISF7" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_import_with_a_pattern_that_is_none(isf: Isf, tmp_path: Path) -> None:
    done = isf("import", "prisliste", tmp_path / "p.csv", "--out", tmp_path / "ut", "--pattern", "DRG=(")
    assert done.returncode == 2
    assert "regulært uttrykk" in done.stderr


def test_a_ctrl_c_that_python_loses_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when it comes while a weak reference is tidied away: the run goes on, but nothing is put in its place."""
    real = command._columnar

    def lose(*args: Any) -> Any:
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)
        return real(*args)

    monkeypatch.setattr(command, "_columnar", lose)
    monkeypatch.setattr(atexit, "register", lambda *_: None)
    before = signal.getsignal(signal.SIGINT)
    assert main(["run", str(DATA / RULES), str(DATA / INPUT), "--out", str(tmp_path / "ut")]) == 130
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("command", [("explain", "E1"), ("whatif", "E1", "--set", "alder=3")])
def test_a_post_that_is_not_there(isf: Isf, rules: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "inn").mkdir()
    done = isf(command[0], rules, tmp_path / "inn", *command[1:], "--post", "episoode")
    assert done.returncode == 2
    assert "har ingen post «episoode»; mente du «episode»?" in done.stderr
