"""The same reading a batch at a time, in memory that does not grow with the input.

``InputBatches`` goes through the input twice. The first time it reads the keys only (8 bytes are kept of each), so that
a record whose key stands on several rows, in any file, is set aside when it comes, as ``read_input`` does. A file that
can't be opened or read through is found then too, before anything has been handed out.

    stream = InputBatches(path, schemas)
    if stream.survey():              # the first time through
        for batch in stream:         # the second
            ...
    if not stream.ok: ...            # nothing made of the batches may be kept
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import groupby
from pathlib import Path

from attrs import define, field, frozen

from isfdsl.diagnostics.base import Problem, no_error
from isfdsl.records.faults import FileFault
from isfdsl.records.readers import (
    Counts,
    DataFile,
    ExtraReader,
    find_input,
    once,
    parquet,
    scan_extra,
    scan_extra_keys,
    scan_file,
    scan_rows,
    shared_files,
    suffix_of,
)
from isfdsl.records.record import Record, Reject, Value
from isfdsl.records.schema import RecordSchema
from isfdsl.records.validate import Outcome, Validator, duplicate

BATCH = 65_536
_BUCKETS = 256
_MASK = 0xFFFF_FFFF_FFFF_FFFF
_MOST_NAMED = 1_000_000

Extra = Callable[[], Mapping[str, ExtraReader]]
"""Makes the readers of other formats by suffix; called once for each time through the input."""


@frozen
class Batch:
    """Some rows of one ``post`` from one file, in the order of the file. Not both parts are empty."""

    post: str
    fil: str
    records: tuple[Record, ...]
    rejects: tuple[Reject, ...]

    def columns(self, names: Iterable[str]) -> dict[str, list[Value]]:
        """The values of the records by field, one list for each of ``names``, all as long as ``records``."""
        values = [r.values for r in self.records]
        return {name: [v[name] for v in values] for name in names}


class KeyCounts:
    """How often each key of a post was met: 8 bytes a key while counting, then only the repeated ones.

    Two keys with one 64-bit hash would pass for a repeated one: 12 million keys have such a pair once in 250,000 runs.
    """

    def __init__(self) -> None:
        self._buckets = [array("Q") for _ in range(_BUCKETS)]
        self.repeated: dict[int, int] = {}

    def met(self, key: str) -> None:
        """One more row with this key."""
        mark = hash(key) & _MASK
        self._buckets[mark % _BUCKETS].append(mark)

    def settle(self) -> None:
        """All keys have been met."""
        for bucket in self._buckets:
            ordered = sorted(bucket)
            if len(set(ordered)) < len(ordered):
                self.repeated |= {mark: n for mark, n in Counter(ordered).items() if n > 1}
            del bucket[:]

    def times(self, key: str | None) -> int:
        """On how many rows the key stands; 1 when it is missing."""
        return 1 if key is None else self.repeated.get(hash(key) & _MASK, 1)


@define
class InputBatches:
    """A folder of data files, or one file, as batches of validated records.

    ``schemas`` are the record types, ``extra`` makes the readers of formats with several of them in one file,
    ``batch_size`` is the most rows in a batch, ``notes`` is asked for what else there is to say when all is read (it
    gets the problems so far). ``problems``, ``counts`` and ``ok`` are final when the iteration has ended.
    """

    path: Path = field(converter=Path)
    schemas: Mapping[str, RecordSchema]
    extra: Extra = dict
    batch_size: int = BATCH
    notes: Callable[[Iterable[Problem]], Iterable[Problem]] = lambda problems: ()
    problems: list[Problem] = field(factory=list, init=False)
    counts: dict[str, Counts] = field(factory=dict, init=False)
    _files: list[DataFile | Path] | None = field(default=None, init=False)
    _keys: dict[str, KeyCounts] = field(factory=dict, init=False)
    _said: int = field(default=0, init=False)

    @property
    def ok(self) -> bool:
        """Whether every file could be read so far; rejects do not matter here."""
        return no_error(self.problems)

    def survey(self) -> bool:
        """The first time through: find the files and count the keys. Gives ``ok``. Does nothing the second time."""
        if self._files is not None:
            return self.ok
        readers = self.extra()
        self._files = find_input(self.path, self.schemas, readers, self.problems)
        self._keys = {name: KeyCounts() for name in self.schemas}
        for found in self._files:
            try:
                for post, key in self._keys_of(found, readers):
                    if key is not None:
                        self._keys[post].met(key)
            except FileFault as fault:
                self.problems.extend(fault.problems)
        for counts in self._keys.values():
            counts.settle()
        self._said = len(self.problems)
        return self.ok

    def _keys_of(self, found: DataFile | Path, readers: Mapping[str, ExtraReader]) -> Iterator[tuple[str, str | None]]:
        said: list[Problem] = []  # warnings come the second time
        if isinstance(found, DataFile):
            schema = self.schemas[found.post]
            validator = Validator(schema, text_lists=found.suffix.startswith(".csv"))
            keys = frozenset(i for i, f in enumerate(schema.fields) if f.key)
            if found.suffix == ".parquet" and keys:
                rows = parquet.rows(found.path, found.fil, schema, said, keys)
            else:
                rows = scan_rows(found, schema, said)
            for _, row in rows:
                yield found.post, validator.key(row)
            return
        yield from scan_extra_keys(found, readers[suffix_of(found.name, readers)], self.schemas)

    def __iter__(self) -> Iterator[Batch]:
        """The batches, file by file. A file that fails on the way is a problem; what came of it before must go."""
        self.survey()
        assert self._files is not None
        failed = {getattr(p, "fil", None) for p in self.problems if p.severity == "feil"}
        readers = self.extra()
        counts = {name: [0, 0] for name in self.schemas}
        places: dict[str, dict[str, set[str]]] = {name: {} for name in self.schemas}
        files: dict[str, list[str]] = {name: [] for name in self.schemas}
        found_now: list[Problem] = []
        for file in self._files:
            shown = file.fil if isinstance(file, DataFile) else file.name
            if shown in failed:
                continue
            try:
                for batch in self._batches(file, shown, readers, places, found_now):
                    counts[batch.post][0] += len(batch.records)
                    counts[batch.post][1] += len(batch.rejects)
                    if shown not in files[batch.post]:
                        files[batch.post].append(shown)
                    yield batch
            except FileFault as fault:
                found_now.extend(fault.problems)
        for name, schema in self.schemas.items():
            found_now.extend(shared_files(schema, files[name], places[name]))
        before = self.problems[: self._said]
        self.problems[:] = once([*before, *found_now, *self.notes([*before, *found_now])])
        self.counts = {name: Counts(good + bad, good, bad) for name, (good, bad) in counts.items()}

    def _batches(
        self,
        file: DataFile | Path,
        shown: str,
        readers: Mapping[str, ExtraReader],
        places: Mapping[str, dict[str, set[str]]],
        problems: list[Problem],
    ) -> Iterator[Batch]:
        outcomes: Iterator[tuple[str, Outcome]]
        if isinstance(file, DataFile):
            outcomes = ((file.post, o) for o in scan_file(file, self.schemas[file.post], problems))
        else:
            outcomes = scan_extra(file, readers[suffix_of(file.name, readers)], self.schemas, problems)
        held: list[tuple[str, Outcome]] = []
        make = partial(_made, shown)
        for post, outcome in outcomes:
            key = outcome.nokkel
            times = self._keys[post].times(key)
            if times > 1 and key is not None:
                known = places[post]
                if key in known or len(known) < _MOST_NAMED:
                    known.setdefault(key, set()).add(shown)
                if isinstance(outcome, Record):
                    outcome = duplicate(outcome, key, times)
            held.append((post, outcome))
            if len(held) >= self.batch_size:
                yield from make(held)
                held = []
        yield from make(held)


def _made(fil: str, held: list[tuple[str, Outcome]]) -> Iterator[Batch]:
    """Rows in order as batches, one for each post."""
    ordered = sorted(held, key=lambda row: row[0])
    for post, rows in groupby(ordered, key=lambda row: row[0]):
        outcomes = [outcome for _, outcome in rows]
        good = tuple(o for o in outcomes if isinstance(o, Record))
        yield Batch(post, fil, good, tuple(o for o in outcomes if isinstance(o, Reject)))


__all__ = ["BATCH", "Batch", "InputBatches", "KeyCounts"]
