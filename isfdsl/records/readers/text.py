"""Text files opened with care: UTF-8 only, plain or gzip, no endless lines, nothing binary."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import TextIO

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.record_files import BinaryFile, CorruptFile, LineTooLong, WrongEncoding
from isfdsl.records.faults import FileFault, from_os_error

MAX_LINE = 1 << 20
_SNIFF = 4096
_MAGIC = ((b"PAR1", "Parquet"), (b"PK\x03\x04", "Excel eller zip"), (b"\x1f\x8b", "gzip"), (b"%PDF", "PDF"))


def _open(path: Path) -> gzip.GzipFile | BufferedReader:
    return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb")


def _refuse_binary(head: bytes, fil: str) -> None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileFault(WrongEncoding(fil=fil, linje=None, trolig="UTF-16"))
    for magic, name in _MAGIC:
        if head.startswith(magic):
            raise FileFault(BinaryFile(fil=fil, trolig=name))
    if b"\0" in head:
        raise FileFault(BinaryFile(fil=fil))


@contextmanager
def open_text(path: Path, fil: str) -> Generator[TextIO]:
    """``path`` as UTF-8 text with or without a byte order mark; line ends are left alone.

    Raises ``FileFault``: WrongEncoding, BinaryFile, CorruptFile (gzip), no access, or an operating-system
    error, both here and while the text is read inside the ``with``.
    """
    try:
        with _open(path) as data:
            head = data.read(_SNIFF)
            _refuse_binary(head, fil)
            data.seek(0)
            with io.TextIOWrapper(data, encoding="utf-8-sig", errors="strict", newline="") as text:
                yield text
    except UnicodeDecodeError:
        raise FileFault(_bad_encoding(path, fil)) from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise FileFault(CorruptFile(fil=fil, format="gzip")) from None
    except OSError as error:
        raise FileFault(from_os_error(fil, error)) from None


def _bad_encoding(path: Path, fil: str) -> Problem:
    """Find the first line that is not UTF-8; only run when there is one."""
    number = 1
    try:
        with _open(path) as data:
            while piece := data.readline(MAX_LINE):
                piece.decode("utf-8")
                number += 1
    except UnicodeDecodeError:
        return WrongEncoding(fil=fil, linje=number, trolig="Windows-1252 eller ISO 8859-1")
    except (OSError, EOFError, zlib.error):
        return CorruptFile(fil=fil, format="gzip" if fil.lower().endswith(".gz") else "tekst")
    return WrongEncoding(fil=fil, linje=None, trolig="et annet tegnsett")


def limited_lines(text: TextIO, fil: str) -> Iterator[str]:
    """The lines with their ends; raises ``FileFault`` (LineTooLong) instead of filling memory."""
    number = 0
    read = text.readline
    while line := read(MAX_LINE):
        number += 1
        if len(line) == MAX_LINE and line[-1] not in "\r\n":
            raise FileFault(LineTooLong(fil=fil, linje=number, grense=MAX_LINE))
        yield line
