"""Opening an Excel workbook. openpyxl is an extra (``excel``) and is loaded only here, only when needed."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from isfdsl.diagnostics.importing import ExcelSupportMissing, FileTooLarge, UnreadableFile
from isfdsl.importers.report import Recorder

UNPACKED_LIMIT = 1024 * 1024 * 1024
"""A national workbook unpacks to some 100 MiB; this guards against zip bombs."""

_OLE = b"\xd0\xcf\x11\xe0"

Rows = Callable[[], Iterator[tuple[object, ...]]]
Each = Callable[[str, Rows], None]
"""Is called with the title of each sheet, and what gives its rows."""


def read_book(path: Path, recorder: Recorder, each: Each, *, computed: bool, limit: int = UNPACKED_LIMIT) -> None:
    """Hand every sheet of a workbook to ``each``; problems are recorded. ``computed``: formulas as last computed,
    else as text."""
    file = path.name
    with path.open("rb") as stream:
        if stream.read(4) == _OLE:
            reason = "den er i det gamle formatet .xls, eller beskyttet med passord"
            hint = "lagre den som .xlsx uten passord"
            recorder.problem(UnreadableFile(file=file, reason=reason, hint=hint))
            return
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        recorder.problem(UnreadableFile(file=file, reason="den er ikke en hel .xlsx-fil"))
        return
    if size > limit:
        recorder.problem(FileTooLarge(file=file, size=size, limit=limit))
        return
    try:
        import openpyxl
    except ImportError:
        recorder.problem(ExcelSupportMissing(file=file))
        return
    try:
        book: Any = openpyxl.load_workbook(path, read_only=True, data_only=computed)
    except Exception:  # openpyxl raises anything it meets: KeyError, ValueError, ParseError, zlib.error …
        recorder.problem(UnreadableFile(file=file, reason="innholdet er ikke en arbeidsbok"))
        return
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # some programs write a wrong size
            each(sheet.title, _rows(sheet))
    except Exception:  # as above: a sheet is parsed while it is read
        recorder.problem(UnreadableFile(file=file, reason="et ark er ødelagt"))
    finally:
        book.close()


def _rows(sheet: Any) -> Rows:
    return lambda: iter(sheet.iter_rows(values_only=True))
