"""Writing the output folder whole or not at all.

Everything is written and synced to a hidden folder beside the target, which then takes the target's place by
renames. Whatever goes wrong before that, Ctrl-C included, leaves the target as it was and the hidden folder
removed.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Generator, Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import FrameType

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.record_output import (
    OutputDiskFull,
    OutputFailed,
    OutputNeedsPyarrow,
    OutputNoAccess,
    OutputNotAFolder,
    OutputNotOurs,
)
from isfdsl.records.faults import OutputError, errno_name
from isfdsl.records.tables import TABLES, TableData

SUMMARY = "sammendrag.json"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_tables(out_dir: str | Path, tables: Mapping[str, TableData], summary: Mapping[str, object]) -> None:
    """Write ``<name>.parquet`` for each table, and ``sammendrag.json``, to ``out_dir`` whole or not at all.

    ``out_dir`` may be new, empty, or hold earlier output and nothing else; missing parents are made. Rows are
    sorted by the table's own order, so equal content gives equal files. In ``summary`` a ``Decimal`` becomes
    a text (exact), a date ISO text. Raises ``OutputError`` with a coded problem; the target is then
    unchanged.
    """
    shown = str(out_dir)
    try:
        from isfdsl.records import arrow  # pyarrow is an extra
    except ImportError:
        raise OutputError(OutputNeedsPyarrow(fil=shown)) from None
    text = json.dumps(summary, ensure_ascii=False, indent=2, allow_nan=False, default=_json_value) + "\n"
    try:
        target = Path(os.path.realpath(out_dir))
        check_target(target, shown, tables)
        made: list[Path] = []
        temps: list[Path] = []
        try:
            with _interrupts_wait():
                _make_parents(target.parent, made)
                temps.append(_temp_beside(target, ".isf-tmp"))
            temp = temps[0]
            for name, data in tables.items():
                _write_parquet(temp / f"{name}.parquet", arrow.arrow_table(data, f"{name}.parquet"))
            _write_text(temp / SUMMARY, text)
            _sync(temp)
            temp.chmod(_mode(target))
            with _interrupts_wait():
                _swap(temp, target)
        except BaseException:
            with _interrupts_wait():
                for temp in temps:
                    shutil.rmtree(temp, ignore_errors=True)
                _remove_empty(made)
            raise
    except OSError as error:
        raise OutputError(_problem(shown, error)) from None


def check_target(target: Path, shown: str, tables: Iterable[str] = ()) -> None:
    """Refuse a target that is not a folder, or that holds anything but earlier output. For an early check,
    too.

    Raises ``OutputError`` (OutputNotAFolder, OutputNotOurs) or ``OSError``.
    """
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(OutputNotAFolder(fil=shown))
    names = sorted(p.name for p in target.iterdir())
    ours = {SUMMARY, *(f"{name}.parquet" for name in (*TABLES, *tables))}
    foreign = [name for name in names if name not in ours]
    if names and (foreign or SUMMARY not in names):
        raise OutputError(OutputNotOurs(fil=shown, funnet=(foreign or names)[0]))


def _problem(shown: str, error: OSError) -> Problem:
    if error.errno in _FULL:
        return OutputDiskFull(fil=shown)
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return OutputNoAccess(fil=shown)
    if isinstance(error, NotADirectoryError | FileExistsError):
        return OutputNotAFolder(fil=shown)
    return OutputFailed(fil=shown, grunn=errno_name(error))


@contextlib.contextmanager
def _interrupts_wait() -> Generator[None]:
    """Ctrl-C inside comes when the block is done. Python raises it in the main thread only."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    waiting: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        waiting.append(number)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting:
        signal.raise_signal(signal.SIGINT)


def _temp_beside(target: Path, suffix: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=suffix, dir=target.parent))


def _make_parents(folder: Path, made: list[Path]) -> None:
    """Make ``folder`` and what is missing above it; the new ones go to ``made``, innermost first."""
    missing = []
    at = folder
    while not at.exists():
        missing.append(at)
        at = at.parent
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        made.insert(0, path)


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return


def _mode(target: Path) -> int:
    """The access bits of the folder that is replaced, else what a new folder would get."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o777 & ~mask


def _write_parquet(path: Path, table: object) -> None:
    import pyarrow.parquet as pq

    with path.open("xb") as file:
        pq.write_table(table, file, compression="zstd", write_page_checksum=True)
        file.flush()
        os.fsync(file.fileno())


def _write_text(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _swap(temp: Path, target: Path) -> None:
    """Put ``temp`` in the place of ``target``. An existing target is back in its place if anything fails."""
    if not target.exists() or not any(target.iterdir()):
        os.rename(temp, target)  # replaces an empty folder in one step
    else:
        aside = _temp_beside(target, ".isf-old")
        try:
            os.rename(target, aside)
            os.rename(temp, target)
        except BaseException:
            if not target.exists():
                os.rename(aside, target)
            else:
                shutil.rmtree(aside, ignore_errors=True)
            raise
        shutil.rmtree(aside, ignore_errors=True)
    with contextlib.suppress(OSError):  # the swap is done; a folder that cannot be synced is no failure
        _sync(target.parent)


def _json_value(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"cannot write {type(value).__name__} to {SUMMARY}")


__all__ = ["SUMMARY", "check_target", "write_tables"]
