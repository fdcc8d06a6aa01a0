"""``isf`` as a process of its own, the way people and scripts run it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
GOLDEN = Path(__file__).parent / "golden"

Isf = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of the processes: this checkout, its own cache, no settings of the developer's."""
    cache = tmp_path_factory.mktemp("cache")
    unset = {"NO_COLOR", "ISFDSL_DEBUG", "COLUMNS", "PYTHONIOENCODING", "PYTHONUTF8", "LC_ALL", "LANG"}
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    return {**kept, "PYTHONPATH": str(ROOT), "ISFDSL_CACHE": str(cache), "LANG": "C.UTF-8"}


@pytest.fixture
def isf(environment: dict[str, str]) -> Isf:
    """Run ``isf`` with arguments in ``tests/data``; gives exit code, stdout and stderr."""

    def run(
        *args: str | Path,
        cwd: Path = DATA,
        env: Mapping[str, str] | None = None,
        stdin: str | bytes = "",
        **more: Any,
    ) -> subprocess.CompletedProcess[str]:
        more.setdefault("stdout", subprocess.PIPE)
        done = subprocess.run(
            [sys.executable, "-m", "isfdsl.cli.main", *map(str, args)],
            cwd=cwd,
            env={**environment, **(env or {})},
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            stderr=subprocess.PIPE,
            check=False,
            timeout=120,
            **more,
        )
        return subprocess.CompletedProcess(done.args, done.returncode, _text(done.stdout), _text(done.stderr))

    return run


def _text(data: bytes | None) -> str:
    # Strict: what isf writes is UTF-8, whatever the locale.
    return (data or b"").decode("utf-8")


@pytest.fixture
def golden(update_golden: bool) -> Callable[[str, str], None]:
    """Compare a text with ``golden/NAME``; ``--update-golden`` writes it."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if update_golden:
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare
