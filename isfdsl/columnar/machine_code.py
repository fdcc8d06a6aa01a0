"""Where compiled machine code is kept from run to run: in the package, else in the cache folder, else nowhere.

numba must know before the first function is compiled, and refuses to work when it has no place at all.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

from isfdsl.syntax.files import cache_dir, code_digest

PACKAGE = Path(__file__).parent
kept = True
"""Whether what is compiled now will be found by the next run."""


def prepare() -> None:
    """Choose the place, unless the user has."""
    global kept
    if os.environ.get("NUMBA_CACHE_DIR") or writable(PACKAGE / "__pycache__"):
        return
    folder = cache_dir() / "numba" / code_digest("columnar")[:32]
    if not writable(folder):
        kept = False
        folder = Path(tempfile.mkdtemp(prefix="isf-numba-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if "numba" in sys.modules:  # it has read its settings already
        sys.modules["numba"].config.CACHE_DIR = str(folder)


def writable(folder: Path) -> bool:
    """Whether files can be made in a folder, which may have to be made itself."""
    try:
        at = folder
        while not at.exists() and at != at.parent:
            at = at.parent
        return at.is_dir() and os.access(at, os.W_OK | os.X_OK)
    except OSError:
        return False


__all__ = ["kept", "prepare", "writable"]
