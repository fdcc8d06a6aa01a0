"""The bytes of a message: plain, gzip, or the members of a zip file, in pieces and with limits.

A packed file is unpacked only as far as it is read, and never to more than ``Limits`` allow.
"""

from __future__ import annotations

import gzip
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from attrs import frozen

from isfdsl.diagnostics.npr import ZipContents
from isfdsl.diagnostics.record_files import CorruptFile, UnpackLimit
from isfdsl.records.faults import FileFault

PIECE = 1 << 18
_MB = 1 << 20


@frozen
class Limits:
    """How far a file may go. ``ratio`` counts from ``ratio_from`` unpacked bytes on."""

    depth: int = 64
    token: int = 16 * _MB
    attributes: int = 256
    unpacked: int = 64 << 30
    ratio: int = 200
    ratio_from: int = 32 * _MB
    members: int = 10_000
    directory: int = 4 * _MB
    remembered: int = 5_000_000


def documents(path: Path, fil: str, limits: Limits) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Each document of a file: its shown name and its bytes. Raises ``FileFault`` and ``OSError``."""
    lower = path.name.lower()
    if lower.endswith(".zip"):
        yield from _zip_members(path, fil, limits)
    elif lower.endswith(".gz"):
        yield fil, _gzip(path, fil, limits)
    else:
        yield fil, _plain(path)


def _plain(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


class _Guard:
    """Counts what comes out of a packed file against what went in."""

    def __init__(self, fil: str, limits: Limits) -> None:
        self.fil = fil
        self.limits = limits
        self.out = 0

    def passed(self, size: int, used: int) -> None:
        """``size`` more bytes came out, ``used`` bytes of the packed file have been read."""
        self.out += size
        limits = self.limits
        if self.out > limits.unpacked:
            grunn = f"den blir større enn {limits.unpacked // _MB} MB"
        elif self.out > limits.ratio_from and self.out > limits.ratio * max(used, 1):
            grunn = f"innholdet er mer enn {limits.ratio} ganger så stort som filen"
        else:
            return
        raise FileFault(UnpackLimit(fil=self.fil, grunn=grunn))


def _gzip(path: Path, fil: str, limits: Limits) -> Iterator[bytes]:
    guard = _Guard(fil, limits)
    try:
        with path.open("rb") as packed, gzip.GzipFile(fileobj=packed) as file:
            while piece := file.read1(PIECE):
                guard.passed(len(piece), packed.tell())
                yield piece
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise FileFault(CorruptFile(fil=fil, format="gzip")) from None


def _zip_members(path: Path, fil: str, limits: Limits) -> Iterator[tuple[str, Iterator[bytes]]]:
    with path.open("rb") as raw:
        _check_directory(raw, fil, limits)
        with _coded(fil), zipfile.ZipFile(raw) as archive:
            members = [m for m in archive.infolist() if not _skipped(m)]
        for m in members:
            _check_member(m, fil)
        if not members:
            raise FileFault(ZipContents(fil=fil, grunn="den er tom"))
        guard = _Guard(fil, limits)
        used = 0
        with zipfile.ZipFile(raw) as archive:
            for m in sorted(members, key=lambda m: m.filename):
                yield f"{fil}/{m.filename}", _member(archive, m, used, guard)
                used += m.compress_size


@contextmanager
def _coded(fil: str) -> Iterator[None]:
    """What ``zipfile`` raises about a file, as a coded problem."""
    try:
        yield
    except (zipfile.BadZipFile, EOFError, zlib.error, struct.error):
        raise FileFault(CorruptFile(fil=fil, format="zip")) from None
    except (RuntimeError, NotImplementedError):
        raise FileFault(ZipContents(fil=fil, grunn="den er kryptert eller pakket på en ukjent måte")) from None


def _member(archive: zipfile.ZipFile, m: zipfile.ZipInfo, used: int, guard: _Guard) -> Iterator[bytes]:
    with _coded(guard.fil):
        file = archive.open(m)
    with file:
        while True:
            with _coded(guard.fil):
                piece = file.read(PIECE)
            if not piece:
                return
            # What the file itself says about its size is not to be trusted, but it can't be larger than the file.
            guard.passed(len(piece), used + m.compress_size)
            yield piece


def _skipped(m: zipfile.ZipInfo) -> bool:
    parts = m.filename.split("/")
    return m.is_dir() or parts[0] == "__MACOSX" or parts[-1].startswith(".")


def _check_member(m: zipfile.ZipInfo, fil: str) -> None:
    if m.flag_bits & 0x1:
        raise FileFault(ZipContents(fil=fil, grunn="den er kryptert"))
    if not m.filename.lower().endswith(".xml"):
        raise FileFault(ZipContents(fil=fil, grunn=f"den inneholder «{m.filename[:60]}», som ikke er en .xml-fil"))


def _check_directory(raw: BinaryIO, fil: str, limits: Limits) -> None:
    """The list of members must be of a sane size before ``zipfile`` reads it all."""
    size = raw.seek(0, os.SEEK_END)
    raw.seek(max(0, size - 65_557))
    tail = raw.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise FileFault(CorruptFile(fil=fil, format="zip"))
    count, length = struct.unpack("<HL", tail[at + 10 : at + 16])
    if count == 0xFFFF or length == 0xFFFFFFFF:
        raise FileFault(ZipContents(fil=fil, grunn="den er for stor (zip64 med mer enn 65 534 filer)"))
    if count > limits.members or length > limits.directory:
        raise FileFault(UnpackLimit(fil=fil, grunn=f"den har mer enn {limits.members} filer i seg"))
    raw.seek(0)
