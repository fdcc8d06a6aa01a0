"""The regelverk that properties are tried on, and running drawn rows through the reference engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from isfdsl.check import check
from isfdsl.interp.engine import Engine
from isfdsl.interp.events import Tracer
from isfdsl.interp.results import Result
from isfdsl.program import Loaded
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.record import Record, Reject
from isfdsl.records.validate import set_aside_duplicates
from isfdsl.testing.strategies import facts_of
from tests.engine_rows import Rows, result_rows
from tests.loading import ASSUMED, FEATURE, ROOT, load_folder

Input = Mapping[str, Sequence[Mapping[str, Any]]]
OWN = (FEATURE, ASSUMED)
YEARS = tuple(
    f"rules/{year}+assumptions/{year}" if (ROOT / "assumptions" / year).is_dir() else f"rules/{year}"
    for year in ("2020", "2024", "2025")
)
ALL = (*OWN, *YEARS)


@cache
def _errors(spec: str) -> tuple[str, ...]:
    return tuple(p.message() for p in check(load_folder(spec)).problems if p.severity == "feil")


def ruleset(spec: str) -> Ruleset:
    """A regelverk of the repository that can be run; the test is skipped, with the reason, while it can't."""
    if spec not in OWN:
        if not (ROOT / spec.partition("+")[0]).is_dir():
            pytest.skip(f"{spec} is not in the repository")
        if errors := _errors(spec):
            pytest.skip(f"{spec} has {len(errors)} errors, the first: {errors[0]}")
        if load_folder(spec).ruleset.stay_source is None:
            pytest.skip(f"{spec} has no hierarchy yet")
    return load_folder(spec).ruleset


def validated(rules: Ruleset, rows: Input) -> tuple[dict[str, list[Record]], list[Reject], dict[str, int]]:
    """Rows as records and rejects, and how many there were."""
    facts = facts_of(rules)
    records: dict[str, list[Record]] = {}
    aside: list[Reject] = []
    for post, own in rows.items():
        schema = facts.schemas[post]
        validator = facts.validator(post)
        good: list[Record] = []
        bad: list[Reject] = []
        for number, row in enumerate(own, start=1):
            outcome = validator.outcome("", number, [row.get(f.name) for f in schema.fields])
            (good if isinstance(outcome, Record) else bad).append(outcome)  # type: ignore[arg-type]
        left, duplicates, _ = set_aside_duplicates(good, bad)
        records[post] = left
        aside += [*bad, *duplicates]
    return records, aside, {post: len(own) for post, own in rows.items()}


@cache
def shared_engine(rules: Ruleset) -> Engine:
    """An engine that is used again and again; nothing of one run may show in the next."""
    return Engine(rules)


def run(rules: Ruleset, rows: Input, engine: Engine | None = None) -> Result:
    """Everything the engine says about some rows."""
    records, aside, read = validated(rules, rows)
    return (engine or shared_engine(rules)).run(records, aside, read)


def run_rows(rules: Ruleset, rows: Input, engine: Engine | None = None) -> Rows:
    """The output tables as rows."""
    return result_rows(run(rules, rows, engine), rules)


def examples(number: int) -> settings:
    """So many examples in the suite; in `make soak` as many as there are time for."""
    soaking = settings.default.max_examples > 100
    return settings(
        max_examples=settings.default.max_examples if soaking else number, suppress_health_check=list(HealthCheck)
    )


def traced(rules: Ruleset, tracer: Tracer) -> Engine:
    """An engine that tells all."""
    return Engine(rules, tracer)


__all__ = [
    "ALL",
    "OWN",
    "YEARS",
    "Input",
    "Loaded",
    "ruleset",
    "run",
    "run_rows",
    "shared_engine",
    "traced",
    "validated",
]
