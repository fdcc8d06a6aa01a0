"""Opening an Excel workbook. openpyxl is an extra (``excel``) and is loaded only here, only when needed."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any
from xml.parsers import expat

from attrs import define

from isfdsl.diagnostics.importing import ExcelSupportMissing, FileTooLarge, UnreadableFile
from isfdsl.importers.report import Recorder

UNPACKED_LIMIT = 512 * 1024 * 1024
"""A national workbook unpacks to some 100 MiB; this guards against zip bombs."""

MAX_DEPTH = 100
MAX_BETWEEN = 1_000_000
"""Elements inside each other, and from one row (or shared text) to the next: openpyxl keeps them all until then."""

MAX_ROWS = 1_048_576
MAX_CELLS = 50_000_000
"""Rows of a sheet (the most that Excel has) and cells of a workbook. A cell far out stands for all the empty ones
before it, so a file of some bytes can hold thousands of millions."""

_KEPT_UNTIL = ("row", "si")
_HINT = "lagre tabellene på nytt i et regneark; en vanlig arbeidsbok er ikke slik"
_OLE = b"\xd0\xcf\x11\xe0"

Rows = Callable[[], Iterator[tuple[object, ...]]]
Each = Callable[[str, Rows], None]
"""Is called with the title of each sheet, and what gives its rows."""


class _TooMuch(Exception):
    """The content is made to fill the machine; says how."""


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
            if size > limit:
                recorder.problem(FileTooLarge(file=file, size=size, limit=limit, unpacked=True))
                return
            for item in archive.infolist():
                _refuse_excess(archive, item)
    except _TooMuch as error:
        recorder.problem(UnreadableFile(file=file, reason=str(error), hint=_HINT))
        return
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        # The last two: a way of packing that Python does not know, and a password.
        recorder.problem(UnreadableFile(file=file, reason="den er ikke en hel .xlsx-fil"))
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
    room = Room(MAX_CELLS)
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # some programs write a wrong size
            each(sheet.title, _rows(sheet, room))
    except _TooMuch as error:
        recorder.problem(UnreadableFile(file=file, reason=str(error), hint=_HINT))
    except Exception:  # as above: a sheet is parsed while it is read
        recorder.problem(UnreadableFile(file=file, reason="et ark er ødelagt"))
    finally:
        book.close()


@define
class Room:
    """How many cells a workbook may still have."""

    cells: int


def _rows(sheet: Any, room: Room) -> Rows:
    def rows() -> Iterator[tuple[object, ...]]:
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            room.cells -= len(cells)
            if number > MAX_ROWS:
                raise _TooMuch(f"arket «{sheet.title}» har mer enn {MAX_ROWS} rader")
            if room.cells < 0:
                raise _TooMuch(f"arkene har mer enn {MAX_CELLS} celler")
            yield cells

    return rows


def _refuse_excess(archive: zipfile.ZipFile, item: zipfile.ZipInfo) -> None:
    """Go through a part of the archive before openpyxl builds objects of it. Raises ``_TooMuch``, and what a broken
    archive raises; what is not XML, or is broken XML, is for openpyxl to find."""
    depth = since = ended = 0

    def start(name: str, _: object) -> None:
        nonlocal depth, since
        depth += 1
        since += 1
        if depth > MAX_DEPTH or since > MAX_BETWEEN:
            raise _TooMuch(f"«{item.filename}» er bygd for å fylle minnet")

    def end(name: str) -> None:
        nonlocal depth, since, ended
        depth -= 1
        if name in _KEPT_UNTIL or name.rpartition(":")[2] in _KEPT_UNTIL:
            since = 0
            ended += 1
            if ended > 2 * MAX_ROWS:
                raise _TooMuch(f"«{item.filename}» har mer enn {2 * MAX_ROWS} rader")

    def doctype(*_: object) -> None:
        raise _TooMuch(f"«{item.filename}» har en dokumenttype (DOCTYPE)")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    with archive.open(item) as stream:
        try:
            for piece in chain(iter(lambda: stream.read(1 << 16), b""), (b"",)):
                parser.Parse(piece, not piece)
        except expat.ExpatError:
            return
