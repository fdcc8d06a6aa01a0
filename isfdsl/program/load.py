"""From folders of ``.isf`` files to a Ruleset.

Parsed files are kept on disk by the hash of their bytes, so that an unchanged file is never parsed again.
"""

from __future__ import annotations

import gc
import hashlib
import pickle
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from attrs import define, field, frozen

from isfdsl import resources
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.syntax import CannotRead, NoFiles
from isfdsl.program.ruleset import Ruleset
from isfdsl.source import Source
from isfdsl.syntax.parse import Parsed, cache_dir, decode, parse, store

SUFFIX = ".isf"
KEEP_AT_LEAST = 20_000  # bytes; smaller texts parse faster than a cache file is found


@frozen
class Loaded:
    """A rule set as read: the definitions, and the problems of reading and syntax.

    ``digest`` identifies the text: SHA-256 over names and bytes of all files in order.
    """

    ruleset: Ruleset
    parsed: tuple[Parsed, ...]
    problems: tuple[Problem, ...]
    digest: str

    @property
    def sources(self) -> dict[str, Source]:
        """The texts by shown name."""
        return self.ruleset.sources


@define
class Workspace:
    """Keeps what was parsed, so that after an edit only the edited file is parsed again."""

    _parsed: dict[tuple[str, str], Parsed] = field(factory=dict)

    def load(self, spec: str) -> Loaded:
        """Load ``rules/2024`` or several folders or files joined with ``+``, as one namespace.

        Problems of reading and syntax are part of the answer; this never raises for what a file holds.
        """
        problems: list[Problem] = []
        files: list[tuple[str, Path]] = []
        for part in spec.split("+"):
            found = find_files(Path(part.strip()))
            if isinstance(found, list):
                files += [(str(path), path) for path in found]
            else:
                problems.append(found)
        with _without_gc():
            return self._load(((shown, _read(path)) for shown, path in files), problems)

    def load_texts(self, texts: Iterable[tuple[str, str]]) -> Loaded:
        """Load (name, text) pairs, for tests and editors."""
        return self._load(((name, text.encode("utf-8", "surrogatepass")) for name, text in texts), [])

    def _load(self, files: Iterable[tuple[str, bytes | OSError]], problems: list[Problem]) -> Loaded:
        parsed: list[Parsed] = []
        digest = hashlib.sha256()
        for shown, data in files:
            if isinstance(data, OSError):
                reason = (data.strerror or type(data).__name__).lower()
                problems.append(CannotRead(path=shown, reason=reason))
                continue
            digest.update(shown.encode() + b"\0" + data + b"\0")
            one = self._parse(shown, data)
            parsed.append(one)
            problems += one.problems
        ruleset = Ruleset(tuple(p.file for p in parsed), {p.source.name: p.source for p in parsed})
        return Loaded(ruleset, tuple(parsed), tuple(problems), digest.hexdigest())

    def _parse(self, shown: str, data: bytes) -> Parsed:
        key = (shown, hashlib.sha256(data).hexdigest())
        if key not in self._parsed:
            self._parsed[key] = _parse_cached(shown, data, key[1])
        return self._parsed[key]


def load(spec: str) -> Loaded:
    """Load a rule set once, see ``Workspace.load``."""
    return Workspace().load(spec)


def find_files(path: Path) -> list[Path] | Problem:
    """The ``.isf`` files of a folder and its subfolders in order of name, or the one file; else the problem."""
    try:
        if path.is_file():
            return [path]
        if not path.is_dir():
            return CannotRead(path=str(path), reason="finnes ikke")
        found = sorted(p for p in path.rglob(f"*{SUFFIX}") if p.is_file())
    except OSError as error:
        return CannotRead(path=str(path), reason=(error.strerror or "ukjent feil").lower())
    return found or NoFiles(path=str(path))


def _read(path: Path) -> bytes | OSError:
    try:
        return path.read_bytes()
    except OSError as error:
        return error


def _parse_cached(shown: str, data: bytes, digest: str) -> Parsed:
    if len(data) < KEEP_AT_LEAST:
        return _parse_bytes(shown, data)
    name = hashlib.sha256(f"{shown}\0{digest}\0{_code_digest()}".encode()).hexdigest()[:32]
    path = cache_dir() / "parsed" / f"{name}.pickle"
    try:
        found = pickle.loads(path.read_bytes())
        if isinstance(found, Parsed):
            return found
    except Exception:  # a missing, stale or damaged cache is only slower
        pass
    parsed = _parse_bytes(shown, data)
    store(path, pickle.dumps(parsed, protocol=pickle.HIGHEST_PROTOCOL))
    return parsed


def _parse_bytes(shown: str, data: bytes) -> Parsed:
    source, problems = decode(data, shown)
    parsed = parse(source)
    if not problems:
        return parsed
    return Parsed(parsed.source, parsed.file, parsed.comments, (*problems, *parsed.problems))


@cache
def _code_digest() -> str:
    """Changes when the grammar or the tree does, so that old cache files are never read."""
    digest = hashlib.sha256()
    syntax = Path(__file__).parent.parent / "syntax"
    files = [*sorted(syntax.rglob("*.py")), *sorted(resources.grammar_path().glob("*.lark"))]
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()


@contextmanager
def _without_gc() -> Iterator[None]:
    # Half a million small objects are made and kept: the collector would only walk them again and again.
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


__all__ = ["Loaded", "Workspace", "find_files", "load"]
