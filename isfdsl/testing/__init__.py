"""For those who test a regelverk: examples as tests, and Hypothesis strategies for data and for regelverk.

``records``, ``near_misses`` and ``programs`` need Hypothesis; everything else works with the base install. Therefore
nothing is imported before it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from isfdsl.testing.bad import Planted
    from isfdsl.testing.examples import ExampleOutcome, Failure, run_example, run_examples
    from isfdsl.testing.near import NearMiss, near_misses
    from isfdsl.testing.programs import programs
    from isfdsl.testing.strategies import records

_WHERE = {
    "ExampleOutcome": "examples",
    "Failure": "examples",
    "NearMiss": "near",
    "Planted": "bad",
    "near_misses": "near",
    "programs": "programs",
    "records": "strategies",
    "run_example": "examples",
    "run_examples": "examples",
}

__all__ = [
    "ExampleOutcome",
    "Failure",
    "NearMiss",
    "Planted",
    "near_misses",
    "programs",
    "records",
    "run_example",
    "run_examples",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
