"""What the command line, editors and users call."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from isfdsl.diagnostics.base import Problem, Severity
from isfdsl.syntax.files import Texts, cache_dir, code_digest, read_files, store, trim

# The rest is imported where it is used: ``isf check`` of an unchanged regelverk needs none of it.
if TYPE_CHECKING:
    from isfdsl.changes import Diff
    from isfdsl.check import CheckResult
    from isfdsl.columnar.clock import Clock
    from isfdsl.columnar.ingest import Held, Ingested
    from isfdsl.columnar.memory import Plan
    from isfdsl.columnar.run import Frames, Input
    from isfdsl.explain import Explanation, WhatIf, WhyNot
    from isfdsl.interp.engine import Progress
    from isfdsl.interp.results import Result
    from isfdsl.program import Loaded, Ruleset
    from isfdsl.records.readers import ReadResult
    from isfdsl.records.readers.batches import InputBatches
    from isfdsl.records.readers.extra import ExtraReader
    from isfdsl.records.readers.npr import NprReaders
    from isfdsl.records.readers.whole import NoReaders
    from isfdsl.records.record import Record, Reject
    from isfdsl.records.schema import RecordSchema
    from isfdsl.source import Source
    from isfdsl.testing.examples import ExampleOutcome

    Data = ReadResult | Mapping[str, Iterable[Mapping[str, Any] | Record]]

_WHAT_CHECKS_DEPEND_ON = ("check", "program", "syntax", "diagnostics", "source.py", "values.py")


# ------------------------------------------------------------ problems


class _Sources(Mapping[str, "Source"]):
    """The texts by shown name, decoded when one is asked for."""

    def __init__(self, texts: Texts) -> None:
        self._bytes = dict(texts.files)
        self._made: dict[str, Source] = {}

    def __getitem__(self, name: str) -> Source:
        if name not in self._made:
            from isfdsl.syntax.parse import decode

            self._made[name] = decode(self._bytes[name], name)[0]
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._bytes)

    def __len__(self) -> int:
        return len(self._bytes)


@frozen(slots=False)
class Findings:
    """All there is to say about a regelverk.

    ``counts`` is how many problems there are of each rank; they themselves are had from the cache when they are asked
    for. ``suppressed`` counts follow-on problems that were left out.
    """

    counts: Mapping[Severity, int]
    suppressed: int
    sources: Mapping[str, Source] = field(repr=False)
    digest: str
    _problems: Callable[[], tuple[Problem, ...]] = field(repr=False)

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """All of them, in reading order."""
        return self._problems()

    @property
    def ok(self) -> bool:
        """Whether there is no problem of error rank."""
        return not self.counts.get("feil")


class RulesetError(Exception):
    """A regelverk with problems of error rank; ``problems`` has all of them, ``findings`` their texts too."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.problems = findings.problems
        errors = [p for p in findings.problems if p.severity == "feil"]
        super().__init__(f"{len(errors)} feil i regelverket; den første: {errors[0].code} {errors[0].message()}")


class InputError(Exception):
    """Input that can't be read; ``problems`` has all that is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        errors = [p for p in problems if p.severity == "feil"]
        super().__init__(f"{len(errors)} feil i inndata; den første: {errors[0].code} {errors[0].message()}")


def check(spec: str | Path) -> Findings:
    """Check ``rules/2024`` (or several folders joined with ``+``). Text that was checked before isn't checked again."""
    return _check(read_files(str(spec)))[0]


def _check(texts: Texts) -> tuple[Findings, Loaded | None]:
    """The findings, and the loaded regelverk when it had to be loaded to get them."""
    path = cache_dir() / "checked" / f"{texts.digest[:32]}-{code_digest(*_WHAT_CHECKS_DEPEND_ON)[:32]}.pickle"
    sources = _Sources(texts)
    if not texts.problems:
        try:
            counts, suppressed, kept = pickle.loads(path.read_bytes())
            return Findings(counts, suppressed, sources, texts.digest, lambda: _problems(kept, texts)), None
        except Exception:  # a missing, stale or damaged cache is only slower
            pass
    result, loaded = _checked(texts)
    counts = Counter(p.severity for p in result.problems)
    if not texts.problems:
        made = (dict(counts), result.suppressed, pickle.dumps(result.problems, protocol=pickle.HIGHEST_PROTOCOL))
        store(path, pickle.dumps(made, protocol=pickle.HIGHEST_PROTOCOL))
        trim(path.parent)
    return Findings(counts, result.suppressed, sources, texts.digest, lambda: result.problems), loaded


def _checked(texts: Texts) -> tuple[CheckResult, Loaded]:
    from isfdsl.check import check as check_loaded
    from isfdsl.program import Workspace

    loaded = Workspace().load_files(texts)
    return check_loaded(loaded), loaded


def _problems(kept: bytes, texts: Texts) -> tuple[Problem, ...]:
    try:
        found: tuple[Problem, ...] = pickle.loads(kept)
    except Exception:  # as above
        found = _checked(texts)[0].problems
    return found


# ------------------------------------------------------------ a regelverk


@frozen
class Regelverk:
    """A checked regelverk. ``findings`` has its warnings and notes."""

    loaded: Loaded = field(repr=False)
    findings: Findings = field(repr=False)

    @property
    def ruleset(self) -> Ruleset:
        """The definitions."""
        return self.loaded.ruleset

    @property
    def title(self) -> str:
        """What it calls itself, such as ``ISF 2024``."""
        return self.ruleset.title

    @property
    def digest(self) -> str:
        """SHA-256 of its text."""
        return self.loaded.digest

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Warnings and notes."""
        return self.findings.problems

    @property
    def schemas(self) -> dict[str, RecordSchema]:
        """What a data producer must deliver, by record type."""
        from isfdsl.records.program_schema import schemas

        return schemas(self.ruleset)

    def read(self, path: str | Path) -> ReadResult:
        """Read a folder or file of input. Problems are part of the answer."""
        from isfdsl.records.readers import read_input

        npr, extra = self._extra_readers(path)
        return npr.with_notes(read_input(path, self.schemas.values(), extra=extra))

    def _extra_readers(self, path: str | Path) -> tuple[NprReaders | NoReaders, dict[str, ExtraReader]]:
        """The readers of formats that hold several posts."""
        from isfdsl.records.readers.whole import extra_readers

        return extra_readers(path, self.schemas, self.ruleset.stay_source)

    def ingest(self, path: str | Path, progress: Progress | None = None) -> Ingested:
        """Read a folder or file of input into columns, for ``run``. Problems are part of the answer.

        Needs the extra ``columnar``.
        """
        from isfdsl.columnar.ingest import ingest

        npr, extra = self._extra_readers(path)
        found = ingest(path, self.schemas.values(), extra=extra, progress=progress)
        found.problems = (*found.problems, *npr.notes_beside(found.problems))
        return found

    @contextmanager
    def held(
        self,
        path: str | Path,
        *,
        limit: int,
        jobs: int = 1,
        spill_dir: str | Path | None = None,
        clock: Clock | None = None,
        progress: Progress | None = None,
        processes: bool = False,
    ) -> Iterator[tuple[Input, Plan]]:
        """Read input into columns, in memory or on disk as a run within ``limit`` bytes needs it; see ``columnar.run``.

        Nothing is left on disk afterwards. Needs the extra ``columnar``.
        """
        from isfdsl.columnar.ingest import Held
        from isfdsl.columnar.run import held

        npr, extra = self._extra_readers(path)
        with held(
            self.ruleset,
            path,
            self.schemas,
            limit=limit,
            jobs=jobs,
            extra=extra,
            spill_dir=spill_dir,
            clock=clock,
            progress=progress,
            processes=processes,
        ) as (found, plan):
            if isinstance(found, Held):
                found.problems = (*found.problems, *npr.notes_beside(found.problems))
            yield found, plan

    def run(self, data: Ingested | str | Path | Mapping[str, Any], *, jobs: int = 1) -> Frames:
        """Run the columnar engine: the output tables as Arrow, exactly as ``evaluate`` would have them.

        ``data``: what ``ingest`` gave, a path to read, or tables by post: polars frames (lazy or not), pandas frames or
        Arrow tables, with columns as in the files. Raises ``InputError`` when the input can't be read, ``OutputError``
        when it does not fit in memory and the disk for temporary files fails. Needs the extra ``columnar``.
        """
        from isfdsl.columnar.run import run_to_frames

        with self._looked_at(data, jobs) as how:
            return run_to_frames(self.ruleset, **how)

    def totals(self, data: Ingested | str | Path | Mapping[str, Any], *, jobs: int = 1) -> dict[str, Any]:
        """What a run counts and sums, as ``sammendrag.json`` has it, without making any table.

        ``data``, what is raised and what is needed: as for ``run``.
        """
        from isfdsl.columnar.run import run

        with self._looked_at(data, jobs) as how:
            return run(self.ruleset, **how).summary

    @contextmanager
    def _looked_at(self, data: Ingested | str | Path | Mapping[str, Any], jobs: int) -> Iterator[dict[str, Any]]:
        """What to compute of some data, and how."""
        from isfdsl.columnar.frames import as_folder
        from isfdsl.columnar.ingest import Ingested
        from isfdsl.columnar.memory import Plan, available

        def look(known: Held) -> None:
            if not known.ok:
                raise InputError(known.problems)

        with ExitStack() as end:
            if isinstance(data, Ingested):
                yield {"data": data, "plan": Plan(jobs=jobs), "look": look}
                return
            path = end.enter_context(as_folder(data, self.schemas)) if isinstance(data, Mapping) else data
            read, plan = end.enter_context(self.held(path, limit=available(), jobs=jobs))
            # The tables stay: what is in use says nothing of what the next part takes.
            yield {"data": read, "plan": evolve(plan, limit=None), "look": look}

    def batches(self, path: str | Path, batch_size: int = 65_536) -> InputBatches:
        """The same input as ``read`` gives, a batch of validated records at a time and in bounded memory."""
        from isfdsl.records.readers.whole import read_batches

        return read_batches(path, self.schemas, self.ruleset.stay_source, batch_size)

    def evaluate(self, data: Data, progress: Progress | None = None) -> Result:
        """Run the reference interpreter on what ``read`` gave, or on rows by record type.

        Rows are field name → value as in JSON lines: dates ISO 8601 or ``date``, codes as text, lists as lists. Rows
        that fail validation are in ``Result.rejects``.
        """
        from isfdsl.interp.engine import Engine

        records, rejects, read = self._taken(data)
        return Engine(self.ruleset).run(records, rejects, read, progress)

    def explain(self, data: Data, record_id: str, *, post: str | None = None) -> Explanation:
        """Why a record, stay, særtjeneste or course got what it got. Raises ``UnknownId`` of ``isfdsl.explain``."""
        from isfdsl.explain import explain

        records, rejects, _ = self._taken(data)
        return explain(self.ruleset, records, record_id, post=post, rejects=rejects, digest=self.digest)

    def why_not(self, data: Data, record_id: str, group: str, *, post: str | None = None) -> WhyNot:
        """Why an id did not get ``DRG 209E`` (or ``209E``). Raises ``UnknownId`` and ``UnknownGroup``."""
        from isfdsl.explain import parse_group, why_not

        kind, code = parse_group(self.ruleset, group)
        records, _, _ = self._taken(data)
        return why_not(self.ruleset, records, record_id, kind, code, post=post, digest=self.digest)

    def whatif(self, data: Data, record_id: str, changes: Iterable[str], *, post: str | None = None) -> WhatIf:
        """What changes of one record (``prosedyrer+=NFB30``) do. Raises ``UnknownId`` and ``InvalidChange``."""
        from isfdsl.explain import whatif

        records, _, _ = self._taken(data)
        return whatif(self.ruleset, records, record_id, changes, post=post, digest=self.digest)

    def _taken(self, data: Data) -> tuple[Mapping[str, Sequence[Record]], Sequence[Reject], Mapping[str, int]]:
        """Records, rejects, and how many were read, by record type."""
        from isfdsl.records.readers import ReadResult

        if isinstance(data, ReadResult):
            return data.records, data.rejects, {post: counts.lest for post, counts in data.counts.items()}
        good: dict[str, list[Record]] = {}
        aside: list[Reject] = []
        read = {}
        schemas = self.schemas
        for post, rows in data.items():
            if post not in schemas:
                raise ValueError(f"«{post}» er ikke en post i regelverket; postene er {', '.join(schemas)}")
            good[post], rejected = _validated(schemas[post], rows)
            aside += rejected
            read[post] = len(good[post]) + len(rejected)
        return good, aside, read

    def run_examples(self) -> Iterator[ExampleOutcome]:
        """Run the ``eksempel`` blocks, in order of the text."""
        from isfdsl.testing.examples import run_examples

        return run_examples(self.ruleset)


def _validated(schema: RecordSchema, rows: Iterable[Mapping[str, Any] | Record]) -> tuple[list[Record], list[Reject]]:
    from isfdsl.records.record import Record
    from isfdsl.records.validate import Validator, set_aside_duplicates

    validator = Validator(schema)
    spellings = schema.spellings()
    good: list[Record] = []
    aside: list[Reject] = []
    for number, row in enumerate(rows, start=1):
        if isinstance(row, Record):
            good.append(row)
            continue
        unknown = [name for name in row if name not in spellings]
        if unknown:
            fields = ", ".join(schema.by_name())
            raise ValueError(f"«{unknown[0]}» er ikke et felt i «{schema.name}»; feltene er {fields}")
        named = {spellings[name]: value for name, value in row.items()}
        outcome = validator.outcome("", number, [named.get(f.name) for f in schema.fields])
        if isinstance(outcome, Record):
            good.append(outcome)
        else:
            aside.append(outcome)
    left, duplicates, _ = set_aside_duplicates(good, aside)
    return left, [*aside, *duplicates]


def load(spec: str | Path) -> Regelverk:
    """Load and check ``rules/2024`` (or several folders joined with ``+``).

    Raises ``RulesetError`` with all problems when there are errors.
    """
    texts = read_files(str(spec))
    findings, loaded = _check(texts)
    if not findings.ok:
        raise RulesetError(findings)
    if loaded is None:
        from isfdsl.program import Workspace

        loaded = Workspace().load_files(texts)
    return Regelverk(loaded, findings)


def diff(old: str | Path | Regelverk, new: str | Path | Regelverk) -> Diff:
    """What changed from one regelverk to another, as edits: folders as for ``load``, or loaded ones.

    Raises ``RulesetError`` when one of them has errors.
    """
    from isfdsl.changes import diff as compare

    first, second = (r if isinstance(r, Regelverk) else load(r) for r in (old, new))
    return compare(first.ruleset, second.ruleset)


__all__ = ["Findings", "InputError", "Regelverk", "RulesetError", "check", "diff", "load"]
