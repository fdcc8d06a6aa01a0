"""Which files a regelverk is made of, their bytes, and the cache of what was made of them. Nothing is parsed here."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from attrs import frozen

from isfdsl import resources
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.os_errors import reason_of
from isfdsl.diagnostics.rule_files import CannotRead, NoFiles

SUFFIX = ".isf"
CACHE_LIMIT = 400 * 1024 * 1024  # bytes in one folder of the cache; the oldest files go first
CACHE_FILES = 2_000  # of them: all are looked at whenever one is added


@frozen
class Texts:
    """The files of a regelverk as (shown name, bytes), in order, and what could not be read.

    ``digest`` identifies the text: SHA-256 over names and bytes of all files in order. ``folders`` has the number of
    the part of the spec that each file stands in; empty when there is one part.
    """

    files: tuple[tuple[str, bytes], ...]
    problems: tuple[Problem, ...]
    digest: str
    folders: tuple[int, ...] = ()


def read_files(spec: str) -> Texts:
    """Read ``rules/2024``, or several folders or files joined with ``+``. Never raises for what is there."""
    problems: list[Problem] = []
    files: list[tuple[str, bytes]] = []
    folders: list[int] = []
    for number, part in enumerate(spec.split("+")):
        if not part.strip():
            problems.append(CannotRead(path=spec, reason="en del foran eller etter «+» er tom"))
            continue
        found = find_files(Path(part.strip()))
        if not isinstance(found, list):
            problems.append(found)
            continue
        for path in found:
            try:
                files.append((str(path), path.read_bytes()))
                folders.append(number)
            except OSError as error:
                problems.append(CannotRead(path=str(path), reason=reason_of(error)))
    if len(set(folders)) < 2:
        folders = []
    return Texts(tuple(files), tuple(problems), digest_of(files, folders), tuple(folders))


def digest_of(files: list[tuple[str, bytes]], folders: Sequence[int] = ()) -> str:
    """The digest of (shown name, bytes) pairs, and of where one folder ends and the next begins."""
    digest = hashlib.sha256()
    for i, (shown, data) in enumerate(files):
        digest.update(shown.encode("utf-8", "surrogateescape") + b"\0" + data + b"\0")
        if folders and i and folders[i] != folders[i - 1]:
            digest.update(b"+\0")
    return digest.hexdigest()


def find_files(path: Path) -> list[Path] | Problem:
    """The ``.isf`` files of a folder and its subfolders in order of name, or the one file; else the problem."""
    try:
        if path.is_file():
            return [path]
        if not path.is_dir():
            return CannotRead(
                path=str(path), reason="finnes ikke" if not path.exists() else "er verken fil eller mappe"
            )
        blocked: list[OSError] = []
        found = [
            Path(folder, name)
            for folder, _, names in os.walk(path, onerror=blocked.append)
            for name in names
            if name.lower().endswith(SUFFIX)
        ]
    except (OSError, ValueError) as error:
        return CannotRead(path=str(path), reason=reason_of(error))
    if blocked:
        # A folder that may not be read could hold half of the regelverk.
        return CannotRead(path=str(blocked[0].filename or path), reason=reason_of(blocked[0]))
    return sorted(p for p in found if p.is_file()) or NoFiles(path=str(path))


# ------------------------------------------------------------ the cache


def cache_dir() -> Path:
    """Where what can always be made again is kept: ``ISFDSL_CACHE``, else the user's cache folder."""
    base = os.environ.get("ISFDSL_CACHE") or os.environ.get("XDG_CACHE_HOME")
    root = Path(base) if base else Path.home() / ".cache"
    return root / "isfdsl"


def store(path: Path, data: bytes) -> None:
    """Write a cache file whole or not at all; a full or read-only disk is no problem of the user's."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError:
        try:
            temporary.unlink(missing_ok=True)
        except OSError:
            return


def trim(folder: Path, limit: int = CACHE_LIMIT) -> None:
    """Remove the oldest files of a cache folder until what is left takes at most ``limit`` bytes, and is not too many
    to look at."""
    try:
        with os.scandir(folder) as entries:
            kept = sorted(((s.st_mtime, s.st_size, e.path) for e in entries if (s := e.stat())), reverse=True)
    except OSError:
        return
    total = 0
    for number, (_, size, path) in enumerate(kept):
        total += size
        if total > limit or number >= CACHE_FILES:
            try:
                os.unlink(path)
            except OSError:
                continue


def code_digest(*parts: str) -> str:
    """Changes when the grammar or the code of these parts of isfdsl does, so that old cache files are never read."""
    return hashlib.sha256(b"".join(_part_digest(part) for part in (*parts, _GRAMMAR))).hexdigest()


_GRAMMAR = "*.lark"


@cache
def _part_digest(part: str) -> bytes:
    package = Path(__file__).parent.parent
    if part == _GRAMMAR:
        files = sorted(resources.grammar_path().glob(_GRAMMAR))
    else:
        files = [package / part] if "." in part else sorted((package / part).rglob("*.py"))
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.digest()
