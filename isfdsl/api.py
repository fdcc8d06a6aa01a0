"""What the command line, editors and users call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from isfdsl.check import check
from isfdsl.diagnostics.base import Problem
from isfdsl.interp.engine import Engine, Progress
from isfdsl.interp.results import Result
from isfdsl.program import Loaded, Ruleset
from isfdsl.program import load as load_program
from isfdsl.records.program_schema import schemas
from isfdsl.records.readers import ReadResult, read_input
from isfdsl.records.readers.drg import drg_reader
from isfdsl.records.record import Record, Reject
from isfdsl.records.schema import RecordSchema
from isfdsl.records.validate import Validator, set_aside_duplicates


class RulesetError(Exception):
    """A regelverk with problems of error rank; ``problems`` has all of them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        errors = [p for p in problems if p.severity == "feil"]
        super().__init__(f"{len(errors)} feil i regelverket; den første: {errors[0].code} {errors[0].message()}")


@frozen
class Regelverk:
    """A checked regelverk. ``problems`` are its warnings and notes."""

    loaded: Loaded
    problems: tuple[Problem, ...]

    @property
    def ruleset(self) -> Ruleset:
        """The definitions."""
        return self.loaded.ruleset

    @property
    def schemas(self) -> dict[str, RecordSchema]:
        """What a data producer must deliver, by record type."""
        return schemas(self.ruleset)

    def read(self, path: str | Path) -> ReadResult:
        """Read a folder or file of input. Problems are part of the answer."""
        return read_input(path, self.schemas, extra=self._extra())

    def _extra(self) -> Mapping[str, Any]:
        source = self.ruleset.stay_source
        return {".drg": drg_reader(source)} if source is not None else {}

    def evaluate(
        self, records: Mapping[str, Iterable[Mapping[str, Any] | Record]] | ReadResult, progress: Progress | None = None
    ) -> Result:
        """Run the reference interpreter.

        ``records`` maps record types to rows (field name → value, as in JSON lines: dates ISO 8601 or ``date``, codes
        as text, lists as lists), or is what ``read`` gave. Rows that fail validation are in ``Result.rejects``.
        """
        if isinstance(records, ReadResult):
            read = {post: counts.lest for post, counts in records.counts.items()}
            return Engine(self.ruleset).run(records.records, records.rejects, read, progress)
        good: dict[str, list[Record]] = {}
        aside: list[Reject] = []
        read = {}
        for post, rows in records.items():
            found, rejected = self._validated(post, rows)
            good[post] = found
            aside += rejected
            read[post] = len(found) + len(rejected)
        return Engine(self.ruleset).run(good, aside, read, progress)

    def _validated(self, post: str, rows: Iterable[Mapping[str, Any] | Record]) -> tuple[list[Record], list[Reject]]:
        schema = self.schemas[post]
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
                raise ValueError(f"«{unknown[0]}» er ikke et felt i «{post}»; feltene er {', '.join(schema.by_name())}")
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
    loaded = load_program(str(spec))
    problems = check(loaded).problems
    if any(p.severity == "feil" for p in problems):
        raise RulesetError(tuple(problems))
    return Regelverk(loaded, tuple(problems))


__all__ = ["Regelverk", "RulesetError", "load"]
