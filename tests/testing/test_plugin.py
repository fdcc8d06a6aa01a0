"""The pytest plugin, in a pytest of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.loading import ROOT

GOOD = """regelverk Prøve 2024
  gyldig 2024-01-01 til 2024-12-31
  status test
  kilde "oppdiktet"
kodeverk icd10 åpent
  kilde "oppdiktet"
post episode
  episode_id tekst nøkkel
  pasient_id tekst
  inn dato valgfri
  hoved kodepar icd10 valgfri
  kilde "oppdiktet"
opphold av episode
  samles aldri
  kilde "oppdiktet"
DRG A "A" vekt 1 poeng
  kilde "oppdiktet"
DRG 470 "Resten" vekt 0 poeng
  kilde "oppdiktet"
hierarki DRG for opphold
  rekkefølge g
  ellers 470
  kilde "oppdiktet"
gruppe g i DRG
  kilde "oppdiktet"
  regel r gir A når hoved i A00
    kilde "oppdiktet"
poeng for opphold
  grunnlag vekt
  avrundes 3 desimaler
  kilde "oppdiktet"
"""
EXAMPLES = """eksempel "Hovedtilstanden avgjør"
  episode e1 hoved A00
  forvent e1 gir DRG A
  kilde "oppdiktet"

eksempel "Feil gruppe er ventet"
  episode e1 hoved B00
  forvent e1 gir DRG A
  forvent e1 gir 0 poeng
  kilde "oppdiktet"

eksempel "Vekten er poengene"
  episode e1 hoved A00
  forvent e1 gir 1 poeng
  kilde "oppdiktet"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a regelverk, and a Python test beside it."""
    (tmp_path / "rules" / "2024").mkdir(parents=True)
    (tmp_path / "rules" / "2024" / "regler.isf").write_text(GOOD, encoding="utf-8")
    (tmp_path / "rules" / "2024" / "eksempler.isf").write_text(EXAMPLES, encoding="utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_noe.py").write_text("def test_noe():\n    pass\n", encoding="utf-8")
    (tmp_path / "tests" / "data.isf").write_text("dette er ikke et regelverk", encoding="utf-8")
    return tmp_path


def pytest_in(folder: Path, *arguments: str, ini: str = "") -> tuple[int, str]:
    """The exit code and the output of pytest."""
    (folder / "pytest.ini").write_text(f"[pytest]\n{ini}\n", encoding="utf-8")
    installed = any(e.name == "isfdsl" for e in entry_points(group="pytest11"))
    load = [] if installed else ["-p", "isfdsl.testing.plugin"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "150"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *load, "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_examples_are_tests_with_readable_failures(project: Path) -> None:
    code, out = pytest_in(project, "rules/2024", "-v", "--no-header")
    assert code == 1
    assert "eksempler.isf::Hovedtilstanden avgjør PASSED" in out
    assert "eksempler.isf::Vekten er poengene PASSED" in out
    assert "eksempler.isf::Feil gruppe er ventet FAILED" in out
    assert "1 failed, 2 passed" in out
    assert "rules/2024/eksempler.isf:8\n  forventet  e1 gir DRG A\n  fikk       DRG 470\n" in out
    assert ">    8 │   forvent e1 gir DRG A" in out
    assert "     9 │   forvent e1 gir 0 poeng" in out
    assert "Traceback" not in out and "runtest" not in out


def test_one_example_by_name(project: Path) -> None:
    code, out = pytest_in(project, "rules/2024/eksempler.isf::Hovedtilstanden avgjør")
    assert code == 0 and "1 passed" in out


def test_the_setting_collects_them_too(project: Path) -> None:
    workers = ["-n2"] if find_spec("xdist") is not None else []
    code, out = pytest_in(project, *workers, ini="testpaths = tests\nisf_regelverk =\n    rules/2024")
    assert code == 1
    assert "1 failed, 3 passed" in out


def test_an_assumption_folder_joins(project: Path) -> None:
    (project / "assumptions").mkdir()
    text = 'antakelse vekt DRG B 2 "anslag"\neksempel "Antatt"\n  episode e1 hoved B00\n  forvent e1 gir 2 poeng\n'
    (project / "assumptions" / "a.isf").write_text(text + '  kilde "oppdiktet"\n', encoding="utf-8")
    rules = GOOD.replace("regel r gir A", 'regel b gir B når hoved i B00\n    kilde "oppdiktet"\n  regel r gir A')
    rules = rules.replace('DRG A "A"', 'DRG B "B" vekt ukjent\n  kilde "oppdiktet"\nDRG A "A"')
    (project / "rules" / "2024" / "regler.isf").write_text(rules, encoding="utf-8")
    code, out = pytest_in(project, "-k", "Antatt", ini="testpaths = tests\nisf_regelverk =\n    rules/2024+assumptions")
    assert code == 0, out
    assert "1 passed" in out
    unseen = 'eksempel "Uten antakelsen"\n  episode e1 hoved B00\n  forvent e1 gir ukjent poeng\n  kilde "oppdiktet"\n'
    (project / "rules" / "2024" / "eksempler.isf").write_text(unseen, encoding="utf-8")
    code, out = pytest_in(project, "-k", "ntatt or ntakelsen", ini="isf_regelverk =\n    rules/2024+assumptions")
    assert code == 0, out
    assert "2 passed" in out


def test_other_runs_leave_isf_files_alone(project: Path) -> None:
    code, out = pytest_in(project, "tests", "-v")
    assert code == 0 and "1 passed" in out and ".isf" not in out


def test_a_regelverk_with_errors_says_so_without_a_traceback(project: Path) -> None:
    broken = GOOD.replace("hoved i A00", "hoveed i A00")
    (project / "rules" / "2024" / "regler.isf").write_text(broken, encoding="utf-8")
    code, out = pytest_in(project, "rules/2024")
    assert code == 2
    assert "regelverket har feil, så eksemplene kan ikke kjøres" in out
    assert re.search(r"rules/2024/regler\.isf:\d+:\d+: feil\[ISF2001\]", out)
    assert "Traceback" not in out
