"""Loops over arrays as machine code: when it is made, and where it is kept from run to run.

numba takes half a second to start, more than a small input takes in Python; so the first elements of a process are
looped over in Python, and the same functions are compiled when there is more. What is compiled is kept in the package,
else in the cache folder, else nowhere: numba must know before the first function is, and refuses to work when it has no
place at all.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from functools import update_wrapper
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar

import numpy as np

from isfdsl.collector import uncollected
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


# ------------------------------------------------------------ loops

IN_PYTHON = 150_000
"""So many elements of a process are looped over in Python, at about 2 µs each: less than numba takes to start."""

F = TypeVar("F", bound=Callable[..., Any])
_lock = threading.Lock()
_looped = 0


class Loop:
    """A function that loops over its first argument: an array, or how many there are. ``py_func`` is it in Python."""

    def __init__(self, function: Callable[..., Any], uses: tuple[Callable[..., Any], ...]) -> None:
        update_wrapper(self, function)
        self.py_func = function
        self._uses = uses
        self._compiled: Callable[..., Any] | None = None

    def __call__(self, *args: Any) -> Any:
        compiled = self._compiled
        if compiled is None:
            if _is_little(args[0]):
                with np.errstate(over="ignore"):  # hashes run over, here as in machine code
                    return self.py_func(*args)
            with uncollected():  # numba makes a hundred thousand objects when it starts
                compiled = self._compile()
                return compiled(*args)
        return compiled(*args)

    def _compile(self) -> Callable[..., Any]:
        from numba import njit

        made = njit(cache=True, nogil=True)
        with _lock:
            if self._compiled is None:
                names: dict[str, Any] = {}
                for used in self._uses:
                    names[used.__name__] = made(_knowing(used, names))
                self._compiled = made(_knowing(self.py_func, names))
            return self._compiled


def _knowing(function: Callable[..., Any], names: dict[str, Any]) -> FunctionType:
    """The same function where some names mean something else."""
    assert isinstance(function, FunctionType)
    known = {**function.__globals__, **names}
    made = FunctionType(function.__code__, known, function.__name__, function.__defaults__, function.__closure__)
    made.__module__, made.__qualname__ = function.__module__, function.__qualname__
    return made


def at_once() -> None:
    """Have every loop compiled from now on: there is much to come."""
    global _looped
    _looped = IN_PYTHON


def wasted() -> bool:
    """Whether loops have been compiled here that the next run must compile again."""
    return not kept and _looped >= IN_PYTHON


def _is_little(first: Any) -> bool:
    """Whether Python is still quick enough."""
    global _looped
    _looped += first if isinstance(first, int) else len(first)
    return _looped <= IN_PYTHON


def loop(*uses: Callable[..., Any]) -> Callable[[F], F]:
    """Make a ``Loop`` of a function. ``uses``: the Python functions it calls, those first that others of them call."""

    def make(function: F) -> F:
        return Loop(function, uses)  # type: ignore[return-value]

    return make


__all__ = ["IN_PYTHON", "Loop", "at_once", "kept", "loop", "prepare", "wasted", "writable"]
