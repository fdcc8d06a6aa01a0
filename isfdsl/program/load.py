"""From folders of ``.isf`` files to a Ruleset.

Parsed files are kept on disk by the hash of their bytes, so that an unchanged file is never parsed again.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterable

from attrs import define, field, frozen

from isfdsl.collector import uncollected
from isfdsl.diagnostics.base import Problem
from isfdsl.program.join import join
from isfdsl.program.ruleset import Ruleset
from isfdsl.source import Source
from isfdsl.syntax.files import Texts, cache_dir, code_digest, digest_of, find_files, read_files, store, trim
from isfdsl.syntax.parsed import Parsed

_stored: list[str] = []  # what this process has put in the cache
_WHAT_TREES_DEPEND_ON = ("syntax", "diagnostics", "source.py")


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
        return self.load_files(read_files(spec))

    def load_texts(self, texts: Iterable[tuple[str, str]]) -> Loaded:
        """Load (name, text) pairs, for tests and editors."""
        files = [(name, text.encode("utf-8", "surrogatepass")) for name, text in texts]
        return self.load_files(Texts(tuple(files), (), digest_of(files)))

    def load_files(self, texts: Texts) -> Loaded:
        """Load what was read."""
        problems = list(texts.problems)
        with uncollected():
            before = len(_stored)
            parsed = tuple(self._parse(shown, data) for shown, data in texts.files)
            if len(_stored) > before:
                trim(cache_dir() / "parsed")
            for one in parsed:
                problems += one.problems
            files = tuple(p.file for p in parsed)
            if texts.folders:
                files = join(files, texts.folders)
            digest = f"{texts.digest} {texts.folders}"
            ruleset = Ruleset(files, {p.source.name: p.source for p in parsed}, digest, folders=texts.folders)
        return Loaded(ruleset, parsed, tuple(problems), texts.digest)

    def _parse(self, shown: str, data: bytes) -> Parsed:
        key = (shown, hashlib.sha256(data).hexdigest())
        if key not in self._parsed:
            self._parsed[key] = _parse_cached(shown, data, key[1])
        return self._parsed[key]


def load(spec: str) -> Loaded:
    """Load a rule set once, see ``Workspace.load``."""
    return Workspace().load(spec)


def _parse_cached(shown: str, data: bytes, digest: str) -> Parsed:
    key = "\0".join((shown, digest, code_digest(*_WHAT_TREES_DEPEND_ON)))
    name = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    path = cache_dir() / "parsed" / f"{name}.pickle"
    try:
        found = pickle.loads(path.read_bytes())
        if isinstance(found, Parsed):
            return found
    except Exception:  # a missing, stale or damaged cache is only slower
        pass
    parsed = _parse_bytes(shown, data)
    store(path, pickle.dumps(parsed, protocol=pickle.HIGHEST_PROTOCOL))
    _stored.append(name)
    return parsed


def _parse_bytes(shown: str, data: bytes) -> Parsed:
    from isfdsl.syntax.parse import decode, parse

    source, problems = decode(data, shown)
    parsed = parse(source)
    if not problems:
        return parsed
    return Parsed(parsed.source, parsed.file, parsed.comments, (*problems, *parsed.problems))


__all__ = ["Loaded", "Workspace", "find_files", "load"]
