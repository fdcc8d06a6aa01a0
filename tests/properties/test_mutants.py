"""Every deliberate fault in the engine is found: by a line of the conformance table, else by a property."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import HypothesisException

from isfdsl.testing.strategies import records
from tests.conformance.cases import Case, cases, load, read
from tests.conformance.evaluators import EVALUATORS
from tests.conformance.test_conformance import failure
from tests.properties import test_courses, test_engine
from tests.properties.mutants import MUTANTS, Mutant, alive
from tests.properties.support import OWN, ruleset

INPUTS = 5
WORLDS = 60


@cache
def drawn() -> tuple[tuple[str, Any], ...]:
    """The same inputs for every mutant, drawn once."""
    out: list[tuple[str, Any]] = []
    for spec in OWN:
        out += [(spec, rows) for rows in _some(records(ruleset(spec)), INPUTS)]
    return tuple(out)


@cache
def worlds() -> tuple[Any, ...]:
    """The same courses for every mutant."""
    return tuple(_some(test_courses.worlds(), WORLDS))


def _some(strategy: Any, number: int) -> list[Any]:
    found: list[Any] = []

    @settings(
        max_examples=number,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def keep(value: Any) -> None:
        found.append(value)

    keep()
    return found


@cache
def ordered(where: str) -> tuple[Case, ...]:
    """The cases, those of the files that belong to the mutant's part of the engine first."""
    likely = {
        "courses": "tfg",
        "services": "stg",
        "stays": "opphold",
        "points": "penger",
        "krav": "nivaa_og_krav",
        "levels": "nivaa_og_krav",
        "hierarchy": "hierarki",
        "codes": "koder",
        "features": "egenskaper",
        "engine": "tfg",
    }
    wanted = next((file for part, file in likely.items() if part in where), "")
    return tuple(sorted((c for c in cases() if c.outcome != "fails"), key=lambda c: c.file != wanted))


def complaints(where: str) -> Iterator[str]:
    """What the table and the properties find wrong."""
    for case in ordered(where):
        try:
            wrong = failure(case, EVALUATORS[0])
        except Exception as error:
            wrong = repr(error)
        if wrong is not None:
            yield f"{case.id}: {wrong}"
    for world in worlds():
        try:
            if test_courses.engine_says(*world) != test_courses.oracle_says(*world):
                yield "the courses are not those of the oracle"
        except Exception as error:
            yield repr(error)
    for spec, rows in drawn():
        for tried in test_engine.PROPERTIES:
            try:
                test_engine.check(ruleset(spec), rows, [tried])
            except HypothesisException:
                raise
            except Exception as error:
                yield f"{tried.__name__}: {error!r}"


def test_nothing_is_wrong_without_a_mutant() -> None:
    for case in cases():
        load(case.text)
        read(case)
    assert next(complaints(""), None) is None


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.id)
def test_mutant_is_found(mutant: Mutant) -> None:
    with alive(mutant):
        assert next(complaints(mutant.where), None) is not None


def test_mutants_differ() -> None:
    assert len({m.id for m in MUTANTS}) == len(MUTANTS)
