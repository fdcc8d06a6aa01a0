"""What the README shows is what happens. ``make golden`` writes the outputs anew."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT

README = ROOT / "README.md"
_CONSOLE = re.compile(r"```console\n\$ (?P<command>[^\n]*)\n(?P<output>.*?)```", re.DOTALL)
_ISF = re.compile(r"```isf\n(.*?)```", re.DOTALL)
_PATHS = re.compile(r"\b(?:rules|examples|assumptions)/\d{4}")
pytestmark = pytest.mark.golden


def _commands() -> list[str]:
    return [m["command"] for m in _CONSOLE.finditer(README.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which ``isf`` is this checkout."""
    folder = tmp_path_factory.mktemp("bin")
    shim = folder / "isf"
    shim.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m isfdsl.cli.main "$@"\n')
    shim.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "ISFDSL_CACHE": str(folder / "cache")}


@pytest.mark.parametrize("command", _commands())
def test_the_output_is_real(command: str, shell: dict[str, str], update_golden: bool) -> None:
    absent = [path for path in _PATHS.findall(command) if not (ROOT / path).exists()]
    if absent:
        pytest.skip(f"{absent[0]} er ikke skrevet ennå")
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=shell, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    # Where isfdsl isn't installed it doesn't know its version.
    output = re.sub(r", isfdsl \S+$", "", done.stdout.decode("utf-8"), flags=re.MULTILINE)
    if update_golden:
        text = README.read_text(encoding="utf-8")
        block = next(m for m in _CONSOLE.finditer(text) if m["command"] == command)
        README.write_text(text[: block.start("output")] + output + text[block.end("output") :], encoding="utf-8")
    [shown] = [m["output"] for m in _CONSOLE.finditer(README.read_text(encoding="utf-8")) if m["command"] == command]
    assert output == shown


def test_the_rules_are_quoted_word_for_word() -> None:
    rules = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "rules").rglob("*.isf")))
    for block in _ISF.findall(README.read_text(encoding="utf-8")):
        assert block in rules


def test_the_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README.read_text(encoding="utf-8")):
        assert Path(ROOT, target).exists(), target
