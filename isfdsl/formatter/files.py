"""Files: formatted in place, whole or not at all."""

from __future__ import annotations

import difflib
import hashlib
import os
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from attrs import frozen

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.formatting import CannotWrite
from isfdsl.diagnostics.os_errors import reason_of
from isfdsl.formatter.engine import format_source
from isfdsl.syntax.files import cache_dir, code_digest, store, trim
from isfdsl.syntax.parse import MAX_BYTES, decode, read_text

_MOST_KNOWN = 10_000
"""So many texts are known to be in their fixed form: a byte each."""


@frozen
class FileOutcome:
    """What happened to one file; ``changed`` also says what would happen, with ``check``."""

    path: Path
    changed: bool
    problems: tuple[Problem, ...] = ()
    diff_text: str = ""


def format_file(path: Path, *, check: bool = False, diff: bool = False) -> FileOutcome:
    """Format one file in place. With ``check`` or ``diff`` nothing is written."""
    shown = str(path)
    if _is_known(path):
        return FileOutcome(path, False)
    source, problems = read_text(path, shown)
    if any(p.severity == "feil" for p in problems):
        return FileOutcome(path, False, problems)
    result = format_source(source)
    if result.problems:
        return FileOutcome(path, False, result.problems)
    data = result.text.encode("utf-8")
    try:
        before = path.read_bytes()
    except OSError as error:
        return FileOutcome(path, False, (_cannot_write(shown, error),))
    if before == data:
        _remember(data)
        return FileOutcome(path, False)
    if decode(before, shown)[0].text != source.text:
        return FileOutcome(path, False, (CannotWrite(path=shown, reason="filen ble endret av noen andre underveis"),))
    text = _diff(before.decode("utf-8", "replace"), result.text, shown) if diff else ""
    if check or diff:
        return FileOutcome(path, True, (), text)
    try:
        _replace(path.resolve(), data)
    except OSError as error:
        return FileOutcome(path, False, (_cannot_write(shown, error),))
    _remember(data)
    return FileOutcome(path, True)


def _mark(data: bytes) -> Path:
    """The cache file that is there when a text is known to be in its fixed form."""
    digest = hashlib.sha256(code_digest("formatter", "syntax").encode() + data)
    return cache_dir() / "formatted" / digest.hexdigest()[:32]


def _is_known(path: Path) -> bool:
    try:
        return path.stat().st_size <= MAX_BYTES and _mark(path.read_bytes()).exists()
    except OSError:
        return False  # the reader says what is wrong


def _remember(data: bytes) -> None:
    mark = _mark(data)
    _make_room(mark.parent)
    store(mark, b"\n")


@cache
def _make_room(folder: Path) -> None:
    """Once in a process, not once for each file."""
    trim(folder, _MOST_KNOWN)


def _cannot_write(shown: str, error: OSError) -> Problem:
    return CannotWrite(path=shown, reason=reason_of(error))


def _replace(target: Path, data: bytes) -> None:
    """Write beside the file and move into its place; the old one stands until the new one is whole on the disk."""
    if not os.access(target, os.W_OK):
        raise PermissionError(13, "ingen skrivetilgang")
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, target.stat().st_mode & 0o7777)
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _diff(before: str, after: str, shown: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), shown, f"{shown} (formatert)", lineterm="")
    return "".join(f"{line}\n" for line in lines)
