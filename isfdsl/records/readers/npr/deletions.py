"""What the messages of a run ask to have deleted from earlier ones.

A change message names objects by their id, which is the same in every message. An object is gone from the messages
whose data were drawn on an earlier day; whether one drawn the same day came before, nobody can tell, so it stays. Which
objects records are known by is data (``mapping``); others are counted, and said not to be done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.parsers import expat

from attrs import define, field

from isfdsl.records.faults import FileFault
from isfdsl.records.readers.npr.mapping import DeletionRule, NprMapping
from isfdsl.records.readers.npr.nodes import SEPARATOR
from isfdsl.records.readers.npr.stream import Limits, documents


class _Enough(Exception):
    """The document is none to read on."""


@define
class Deletions:
    """(kind of object, id) → the last day it was asked to be deleted, and the document that asked."""

    asked: dict[tuple[str, str], tuple[str, str]] = field(factory=dict)
    met: set[tuple[str, str]] = field(factory=set)

    def deleted(self, rule: DeletionRule, ids: Mapping[str, str], day: str) -> str | None:
        """The document that has a record deleted, when one does. ``ids`` are those the record is known by."""
        for kind in rule.objects:
            found = self.asked.get((kind, ids.get(kind, "")))
            if found is not None and day[:10] < found[0]:
                self.met.add((kind, ids[kind]))
                return found[1]
        return None

    def done(self, document: str) -> int:
        """How many of the deletions of a document hit a record."""
        return sum(1 for key in self.met if self.asked[key][1] == document)

    def scan(self, paths: Iterator[Path], mappings: Mapping[str, NprMapping], limits: Limits) -> None:
        """Find what some files ask for. Those that cannot be read are said to be so when they are read."""
        marks = {m.deletion.id.encode() for m in mappings.values() if m.deletion is not None}
        for path in paths:
            try:
                wanted = [shown for shown, pieces in documents(path, path.name, limits) if _mentions(pieces, marks)]
                for shown, pieces in documents(path, path.name, limits) if wanted else ():
                    if shown in wanted:
                        self._read(shown, pieces, mappings, limits)
                    else:
                        for _ in pieces:
                            pass
            except (FileFault, OSError):
                continue

    def _read(self, shown: str, pieces: Iterator[bytes], mappings: Mapping[str, NprMapping], limits: Limits) -> None:
        path: list[str] = []
        rule: DeletionRule | None = None
        day = ""
        fed = 0

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal rule, day
            path.append(name.rpartition(SEPARATOR)[2])
            if len(path) > limits.depth:
                raise _Enough
            if len(path) == 1:
                mapping = mappings.get(attributes.get("versjon", ""))
                rule = mapping.deletion if mapping is not None else None
                if rule is None:
                    raise _Enough
            assert rule is not None
            if tuple(path) == rule.date.path:
                day = attributes.get(rule.date.attribute, "")[:10]
            elif tuple(path) == rule.element:
                key = attributes.get(rule.kind, ""), attributes.get(rule.id, "")
                if all(key) and len(self.asked) < limits.remembered:
                    self.asked[key] = max(self.asked.get(key, ("", "")), (day, shown))

        def end(name: str) -> None:
            path.pop()

        def forbidden(*_: object) -> None:
            raise _Enough

        parser = expat.ParserCreate(namespace_separator=SEPARATOR)
        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.StartDoctypeDeclHandler = forbidden
        try:
            for piece in pieces:
                fed += len(piece)
                parser.Parse(piece, False)
                if fed - max(parser.CurrentByteIndex, 0) > limits.token:
                    return
        except (expat.ExpatError, LookupError, ValueError, _Enough):
            return


def _mentions(pieces: Iterator[bytes], marks: set[bytes]) -> bool:
    """Whether any of the marks stands in a document; it is read to its end, as the next one in the file needs."""
    found = False
    tail = b""
    longest = max(map(len, marks), default=1)
    for piece in pieces:
        if not found:
            found = any(mark in piece or mark in tail + piece[:longest] for mark in marks)
            tail = piece[-longest:]
    return found


__all__ = ["Deletions"]
