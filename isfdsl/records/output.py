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
from typing import Any

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
from isfdsl.records.tables import TABLES, UNIQUE, TableData

SUMMARY = "sammendrag.json"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_tables(out_dir: str | Path, tables: Mapping[str, TableData], summary: Mapping[str, object]) -> None:
    """Write ``<name>.parquet`` for each table, and ``sammendrag.json``, to ``out_dir`` whole or not at all.

    ``out_dir`` may be new, empty, or hold earlier output and nothing else; missing parents are made. Rows are
    sorted by the table's own order, so equal content gives equal files. In ``summary`` a ``Decimal`` becomes
    a text (exact), a date ISO text. Raises ``OutputError`` with a coded problem; the target is then
    unchanged.
    """
    summary_text(summary)  # what can't be written is met before anything is
    with OutputFolder(out_dir, tables) as folder:
        for name, data in tables.items():
            folder.write(name, data)
        folder.finish(summary)


def summary_text(summary: Mapping[str, object]) -> str:
    """The text of ``sammendrag.json``."""
    return json.dumps(summary, ensure_ascii=False, indent=2, allow_nan=False, default=_json_value) + "\n"


class OutputFolder:
    """The output of a run while it is written: used with ``with``, it takes the target's place by ``finish``.

    Each table is written in one or more parts, one after the other; a part is sorted in itself unless it says it is
    ``presorted``. Leaving without ``finish`` removes all that was written. Raises ``OutputError``.
    """

    def __init__(self, out_dir: str | Path, tables: Iterable[str] = ()) -> None:
        self._shown = str(out_dir)
        self._out_dir = out_dir
        self._tables = tuple(tables)
        self._made: list[Path] = []
        self._temps: list[Path] = []
        self._writers: dict[str, tuple[Any, Any]] = {}
        self._empty: dict[str, Any] = {}

    def __enter__(self) -> OutputFolder:
        try:
            from isfdsl.records import arrow  # pyarrow is an extra
        except ImportError:
            raise OutputError(OutputNeedsPyarrow(fil=self._shown)) from None
        self._arrow = arrow
        try:
            self._target = Path(os.path.realpath(self._out_dir))
            check_target(self._target, self._shown, self._tables)
            with _interrupts_wait():
                _make_parents(self._target.parent, self._made)
                self._temps.append(_temp_beside(self._target, ".isf-tmp"))
        except OSError as error:
            self._remove()
            raise OutputError(output_problem(self._shown, error)) from None
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if self._temps:
            for writer, file in self._writers.values():
                for thing in (writer, file):
                    with contextlib.suppress(Exception):  # what is thrown away need not be written to the end
                        thing.close()
            self._remove()
        if isinstance(error, OSError):
            raise OutputError(output_problem(self._shown, error)) from None

    def _remove(self) -> None:
        with _interrupts_wait():
            for temp in self._temps:
                shutil.rmtree(temp, ignore_errors=True)
            _remove_empty(self._made)
            self._temps.clear()

    def write(self, name: str, data: TableData) -> None:
        """Write a table, or one more part of it."""
        table = self._arrow.arrow_table(data, f"{name}.parquet")
        self._empty[name] = table.slice(0, 0)
        if table.num_rows:
            self._write_part(name, table)

    def _write_part(self, name: str, table: Any) -> None:
        from pyarrow import parquet, types

        if name in self._writers:
            table = self._arrow.coded_as(table, self._writers[name][0].schema)
        else:
            file = (self._temps[0] / f"{name}.parquet").open("xb")
            paths = {f.name: self._arrow.parquet_path(f) for f in table.schema}
            # Of these only places in a dictionary are left: to compress them too is 5 % more time and 7 % less file.
            small = {f.name for f in table.schema if types.is_decimal(f.type) or types.is_dictionary(f.type)}
            # A dictionary would be given up halfway: nearly each is new. Patients that came coded have theirs.
            new = {
                f.name for f in table.schema if f.name in (*UNIQUE, "pasient_id") and not types.is_dictionary(f.type)
            }
            # Without Arrow's own schema in the file: whether a text came coded is nobody's concern.
            writer = parquet.ParquetWriter(
                file,
                table.schema,
                # zstd: two fifths less on disk, and a fifth more time to write
                compression={paths[name]: "snappy" for name in paths.keys() - (small - {"pasient_id", "record_id"})},
                write_page_checksum=True,
                store_schema=False,
                use_dictionary=[path for name, path in paths.items() if name not in new],
                store_decimal_as_integer=True,
                write_batch_size=65_536,  # a fiftieth less time than with the 1,024 that is usual
                write_statistics=False,  # rows come by patient: no part of a file could be passed over by them
            )
            self._writers[name] = (writer, file)
        for part in self._arrow.by_dictionary(table):
            self._writers[name][0].write_table(part)

    def finish(self, summary: Mapping[str, object]) -> None:
        """Write the summary, and put the folder in the target's place."""
        text = summary_text(summary)
        temp = self._temps[0]
        for name, table in self._empty.items():
            if name not in self._writers:
                self._write_part(name, table)
        for writer, file in self._writers.values():
            writer.close()
            file.flush()
            os.fsync(file.fileno())
            file.close()
        self._writers.clear()
        _write_text(temp / SUMMARY, text)
        _sync(temp)
        temp.chmod(_mode(self._target))
        with _interrupts_wait():
            _swap(temp, self._target)
            self._temps.clear()


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


def output_problem(shown: str, error: OSError) -> Problem:
    """The coded problem for an operating-system error while writing ``shown``."""
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


__all__ = ["SUMMARY", "OutputFolder", "check_target", "write_tables"]
