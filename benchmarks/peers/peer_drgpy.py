"""drgpy: an MS-DRG grouper in plain Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from claims import claims, describe
from harness import Loaded, arguments, chunked, measure


def main() -> None:
    """Measure."""
    made = claims(5000)
    inputs = [([c.principal, *c.secondary], list(c.procedures), c.sex, c.discharge != "20", c.discharge) for c in made]
    groups = 0

    def load() -> Callable[[Sequence[Any]], list[str]]:
        nonlocal groups
        from drgpy.msdrg import DRGEngine

        engine = DRGEngine(version="v43.1")
        groups = len(engine.drgmap)
        get_drg = engine.get_drg
        return lambda chunk: [
            get_drg(dx, pr, gender=sex, is_alive=alive, discharge_status=status) for dx, pr, sex, alive, status in chunk
        ]

    def prepare(evaluate: Callable[[Any], Any]) -> Loaded:
        grouped = sum(result not in ("000", "998", "999") for result in evaluate(inputs))
        note = f"MS-DRG v43.1, alder brukes ikke; {describe(made, grouped)}; «rules» er antall grupper"
        return Loaded(evaluate, chunked(inputs, 100), groups, note)

    measure("drgpy", "drgpy", inputs[:1], load, prepare, arguments().seconds)


if __name__ == "__main__":
    main()
