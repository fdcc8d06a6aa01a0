"""drg: an MS-DRG grouper in Python (with pydantic), called through its Python class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from claims import claims, describe
from harness import Loaded, arguments, chunked, measure


def main() -> None:
    """Measure."""
    made = claims(5000)
    inputs = [
        (claim.principal, list(claim.secondary), list(claim.procedures), claim.age, claim.sex, claim.discharge)
        for claim in made
    ]

    def load() -> Callable[[Sequence[Any]], list[Any]]:
        from drg.engine import MSDRGEngine

        group = MSDRGEngine().group
        return lambda chunk: [group(*claim) for claim in chunk]

    def prepare(evaluate: Callable[[Any], Any]) -> Loaded:
        from drg.registry import CodeRegistry

        registry = CodeRegistry()
        registry.load()
        grouped = sum(result.drg_code != "999" for result in evaluate(inputs))
        note = f"MS-DRG v43.0, forenklet logikk; {describe(made, grouped)}; «rules» er antall grupper"
        return Loaded(evaluate, chunked(inputs, 100), registry.drg_count(), note)

    measure("drg", "drg", inputs[:1], load, prepare, arguments().seconds)


if __name__ == "__main__":
    main()
