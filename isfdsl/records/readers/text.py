"""Text files opened with care: UTF-8 only, plain or gzip, no endless lines, nothing binary."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, TextIO

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.record_files import BinaryFile, CorruptFile, LineTooLong, UnpackLimit, WrongEncoding
from isfdsl.records.faults import FileFault, from_os_error

MAX_LINE = 1 << 20
_SNIFF = 4096
_BUFFER = 1 << 17
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_STRAY = 3  # null characters that may stand in a text; the rows they are in are set aside
_MAGIC = ((b"PAR1", "Parquet"), (b"PK\x03\x04", "Excel eller zip"), (b"\x1f\x8b", "gzip"), (b"%PDF", "PDF"))


RATIO = 200
RATIO_FROM = 32 << 20
"""No table of records is packed so well; what is, was made to fill the machine."""


class _Unpacked(io.RawIOBase):
    """A gzip file that refuses to become very many times as large as it is."""

    def __init__(self, path: Path, fil: str) -> None:
        self._packed = path.open("rb")
        self._file = gzip.GzipFile(fileobj=self._packed)
        self._fil = fil
        self._out = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._out = 0
        return self._file.seek(offset, whence)

    def readinto(self, buffer: Any) -> int:
        data = self._file.read1(len(buffer))
        self._out += len(data)
        if self._out > RATIO_FROM and self._out > RATIO * max(self._packed.tell(), 1):
            reason = f"innholdet er mer enn {RATIO} ganger så stort som filen"
            raise FileFault(UnpackLimit(fil=self._fil, grunn=reason))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
            self._packed.close()
        super().close()


def _open(path: Path, fil: str) -> BufferedReader:
    if path.name.lower().endswith(".gz"):
        return io.BufferedReader(_Unpacked(path, fil), _BUFFER)
    return path.open("rb")


def _refuse_binary(head: bytes, fil: str) -> None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileFault(WrongEncoding(fil=fil, linje=None, trolig="UTF-16"))
    for magic, name in _MAGIC:
        if head.startswith(magic):
            raise FileFault(BinaryFile(fil=fil, trolig=name))
    nulls = head.count(b"\0")
    if nulls > max(_STRAY, len(head) // 100) or (nulls and _CONTROLS.search(head)):
        raise FileFault(BinaryFile(fil=fil))


@contextmanager
def open_text(path: Path, fil: str) -> Generator[TextIO]:
    """``path`` as UTF-8 text with or without a byte order mark; line ends are left alone.

    Raises ``FileFault``: WrongEncoding, BinaryFile, CorruptFile (gzip), no access, or an operating-system
    error, both here and while the text is read inside the ``with``.
    """
    try:
        with _open(path, fil) as data:
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
        with _open(path, fil) as data:
            while piece := data.readline(MAX_LINE):
                piece.decode("utf-8")
                number += 1
    except UnicodeDecodeError:
        return WrongEncoding(fil=fil, linje=number, trolig="Windows-1252 eller ISO 8859-1")
    except (OSError, EOFError, zlib.error):
        return CorruptFile(fil=fil, format="gzip" if fil.lower().endswith(".gz") else "tekst")
    return WrongEncoding(fil=fil, linje=None, trolig="et annet tegnsett")


class Lines:
    """The lines with their ends; raises ``FileFault`` (LineTooLong) instead of filling memory.

    ``number`` is that of the line given last, ``unended`` whether it had no line end: then it is the last of the file.
    """

    def __init__(self, text: TextIO, fil: str) -> None:
        self.fil = fil
        self.number = 0
        self.unended = False
        self._read = text.readline

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._read(MAX_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        if line[-1] not in "\r\n":
            if len(line) == MAX_LINE:
                raise FileFault(LineTooLong(fil=self.fil, linje=self.number, grense=MAX_LINE))
            self.unended = True
        return line
