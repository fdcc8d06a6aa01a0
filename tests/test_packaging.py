"""The wheel holds everything, and an installation from it finds its data."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DATA = ("grammar", "rules", "assumptions")

# Run by the Python of the fresh environment: only what a user has after `pip install isfdsl`.
_PROBE = """
import json, sys
from pathlib import Path
import isfdsl
from isfdsl import resources
from isfdsl.diagnostics import catalog, load_all

load_all()
folders = {"grammar": resources.grammar_path(), "rules": resources.rules_path(),
           "assumptions": resources.assumptions_path()}
files = [f"{name}/{path.relative_to(folder).as_posix()}"
         for name, folder in folders.items() for path in folder.rglob("*") if path.is_file()]
package = str(Path(isfdsl.__file__).parent)
json.dump({"package": package, "files": sorted(files), "pages": catalog.codes()}, sys.stdout)
"""


def _run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _package_files() -> list[str]:
    return sorted(
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "isfdsl").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )


def _data_files() -> list[str]:
    """What a checkout has in its data folders; files with a leading dot are nobody's data."""
    return sorted(
        path.relative_to(ROOT).as_posix()
        for folder in DATA
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    )


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_the_data_and_an_installation_finds_them(tmp_path: Path) -> None:
    # One test and not two, so that parallel workers build the wheel once.
    _run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        tmp_path,
        ROOT,
        cwd=tmp_path,
    )
    (wheel,) = tmp_path.glob("isfdsl-*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == set(_package_files()) | {f"isfdsl/_data/{name}" for name in _data_files()}

    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    _run(python, "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)
    # -I: nothing of the checkout on the path.
    found = json.loads(_run(python, "-I", "-c", _PROBE, cwd=tmp_path))
    assert Path(found["package"]).is_relative_to(tmp_path)
    assert found["files"] == _data_files()
    assert found["pages"] == sorted(page.stem for page in (ROOT / "isfdsl/diagnostics/catalog").glob("*.md"))


def test_the_extra_and_the_dependency_group_are_the_same_tools() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    own, *tools = extras["dev"]
    assert own == "isfdsl[columnar,excel,testing]"
    expected = extras["columnar"] + extras["excel"] + extras["testing"] + tools
    assert sorted(project["dependency-groups"]["dev"]) == sorted(expected)
