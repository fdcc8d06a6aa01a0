"""NPR messages (XML, plain or packed) and H-resept settlements (CSV) as records of the regelverk's posts.

``NprReaders`` plugs into ``read_input`` by its seam ``extra``. What an attribute of the message becomes is data: see
``mapping``. Stays, same-day contacts and the like are made by the regelverk, never here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from attrs import define, evolve, field

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.npr import ManyNprViolations, NprDeletions, NprRead, NprWithoutPost, SamePatientNumber
from isfdsl.records.faults import FileFault
from isfdsl.records.readers import ReadResult
from isfdsl.records.readers.extra import ExtraReader, ExtraRow
from isfdsl.records.readers.npr.deletions import Deletions
from isfdsl.records.readers.npr.hresept import hresept_files, hresept_reader
from isfdsl.records.readers.npr.mapping import NprMapping, npr_mappings, structure_of
from isfdsl.records.readers.npr.nodes import Tally
from isfdsl.records.readers.npr.parse import MessageParser
from isfdsl.records.readers.npr.patients import PatientBook
from isfdsl.records.readers.npr.stream import Limits, documents
from isfdsl.records.schema import RecordSchema

SUFFIXES = (".xml", ".xml.gz", ".zip")
_MOST_NAMED = 12


@define
class NprReaders:
    """The readers of one run. ``tallies`` (document → what was read of it) and ``notes`` fill as files are read."""

    schemas: Mapping[str, RecordSchema]
    limits: Limits = field(factory=Limits)
    tallies: dict[str, Tally] = field(factory=dict, init=False)
    notes: list[Problem] = field(factory=list, init=False)
    _patients: PatientBook | None = field(default=None, init=False)
    _input: Path | None = field(default=None, init=False)
    _deletions: Deletions | None = field(default=None, init=False)

    def by_suffix(self, path: str | Path | None = None) -> dict[str, ExtraReader]:
        """Readers by suffix, for ``read_input``. With the input's ``path``, also one per H-resept file in it."""
        out: dict[str, ExtraReader] = {}
        if "episode" in self.schemas or any(m.post in self.schemas for m in self._mappings().values()):
            out |= dict.fromkeys(SUFFIXES, self.rows)
        if path is not None:
            self._input = Path(path)
            out |= dict.fromkeys(hresept_files(Path(path), self.schemas), hresept_reader(self.schemas, self.notes))
        return out

    def _mappings(self) -> Mapping[str, NprMapping]:
        try:
            return npr_mappings()
        except FileFault:  # said when a message is read
            return {}

    def rows(self, path: Path, fil: str) -> Iterator[ExtraRow]:
        """The records of one file. Raises ``FileFault`` and ``OSError``."""
        mappings = npr_mappings()
        if self._patients is None:
            self._patients = PatientBook(self.limits.remembered)
        if self._deletions is None:
            self._deletions = Deletions()
            self._deletions.scan(self._messages(), mappings, self.limits)

        def schema(mapping: NprMapping) -> RecordSchema:
            found = self.schemas.get(mapping.post)
            if found is None:
                raise FileFault(NprWithoutPost(fil=fil, post=mapping.post, poster=tuple(self.schemas)))
            return found

        clashing = self._patients.clashes
        for shown, pieces in documents(path, fil, self.limits):
            parser = MessageParser(shown, mappings, structure_of, schema, self.limits, self._patients, self._deletions)
            for line, values in parser.rows(pieces):
                assert parser.mapping is not None
                yield parser.mapping.post, line, values
            self.tallies[shown] = parser.tally
            self.notes += _notes(shown, parser.tally)
        if self._patients.clashes > clashing:
            self.notes = [n for n in self.notes if not isinstance(n, SamePatientNumber)]
            self.notes.append(SamePatientNumber(fil=fil, antall=self._patients.clashes))

    def _messages(self) -> Iterator[Path]:
        """The files of the run that may be messages."""
        given = self._input
        found = sorted(given.iterdir()) if given is not None and given.is_dir() else [given] if given else []
        return (p for p in found if p.name.lower().endswith(SUFFIXES) and p.is_file() and p.name[0] not in "._")

    def with_notes(self, found: ReadResult) -> ReadResult:
        """The result with the notes of these readers, those of files that could not be read left out."""
        return evolve(found, problems=(*found.problems, *self.notes_beside(found.problems)))

    def notes_beside(self, problems: Iterable[Problem]) -> list[Problem]:
        """The notes, those of files that could not be read left out."""
        failed = {getattr(p, "fil", "") for p in problems if p.severity == "feil"}
        deletions = self._deletions or Deletions()
        for shown, tally in self.tallies.items():
            done = deletions.done(shown)
            if tally.slettinger > done:
                self.notes.append(NprDeletions(fil=shown, antall=tally.slettinger, utfort=done))
        return [n for n in self.notes if str(getattr(n, "fil", "")).partition("/")[0] not in failed]


def npr_readers(schemas: Mapping[str, RecordSchema], path: str | Path | None = None) -> dict[str, ExtraReader]:
    """Readers by suffix for ``read_input(…, extra=…)``, when the report of what was read is not wanted."""
    return NprReaders(schemas).by_suffix(path)


def _notes(fil: str, tally: Tally) -> Iterable[Problem]:
    yield from tally.violations
    if tally.more_violations:
        yield ManyNprViolations(fil=fil, antall=tally.more_violations)
    named = {path.rpartition("/")[2]: n for path, n in tally.elementer.items() if path.count("/") <= 3}
    counts = [
        f"{n} {few if n == 1 else many}"
        for element, few, many in (
            ("Institusjon", "institusjon", "institusjoner"),
            ("Enhet", "enhet", "enheter"),
            ("Pasient", "pasient", "pasienter"),
            ("Episode", "episode", "episoder"),
        )
        if (n := named.get(element, 0))
    ]
    unused = [f"{n} {name}" for name, n in sorted(tally.ubrukte_elementer.items())]
    unused += [f"{n} koder i {name}" for name, n in sorted(tally.ubrukte_koder.items())]
    kinds = len(tally.ubrukte_attributter)
    if len(unused) > _MOST_NAMED:
        unused = [*unused[:_MOST_NAMED], f"og {len(unused) - _MOST_NAMED} slag til"]
    if kinds:
        unused.append(f"{kinds} slags attributter")
    unchecked = f", uten typene {', '.join(tally.ikke_kontrollert)}" if tally.ikke_kontrollert else ""
    yield NprRead(
        fil=fil,
        versjon=tally.versjon,
        innhold=", ".join(counts) or "tom",
        kontroll=f"kontrollert mot {tally.kontrollert_mot}{unchecked}",
        ikke_brukt=tuple(unused),
    )


__all__ = ["SUFFIXES", "Limits", "NprReaders", "Tally", "npr_readers"]
