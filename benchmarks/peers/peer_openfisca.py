"""openfisca-core: generated rules as vector formulas over a population, the way OpenFisca runs bulk data."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from harness import Loaded, arguments, measure, rate

MONTH = "2025-01"
INPUTS = {"mdc": 22, "age": 100, "days": 30, "complication": 3, "sex": 2, "contact": 8}
SIZES = (50_000, 200_000, 400_000)
COLLECT = 100_000_000  # bytes in a simulation, about: one per rule and record


@dataclass(frozen=True)
class Batch:
    """A population: one array per input."""

    count: int
    columns: dict[str, Any]

    def __len__(self) -> int:
        return self.count


def thresholds(rules: int) -> list[tuple[int, int, int]]:
    """Per rule: the main group, the lowest age and the highest number of days."""
    rng = random.Random(1)
    return [(rng.randrange(22), rng.randrange(20, 100), rng.randrange(1, 15)) for _ in range(rules)]


def system(rules: int) -> Any:
    """A tax and benefit system with one boolean variable per rule, and one that is the number of the first hit."""
    import numpy
    from openfisca_core import entities, periods, taxbenefitsystems, variables

    episode = entities.Entity("episode", "episodes", "", "")
    made = taxbenefitsystems.TaxBenefitSystem([episode])
    common = {"entity": episode, "definition_period": periods.DateUnit.MONTH, "label": "-"}

    def variable(name: str, **more: Any) -> None:
        made.add_variable(type(name, (variables.Variable,), {**common, **more}))

    def formula_of(group: int, low: int, high: int) -> Callable[[Any, Any], Any]:
        def formula(episode: Any, period: Any) -> Any:
            return (
                (episode("mdc", period) == group) & (episode("age", period) >= low) & (episode("days", period) < high)
            )

        return formula

    for name in INPUTS:
        variable(name, value_type=int)
    names = [f"rule_{number}" for number in range(rules)]
    for name, values in zip(names, thresholds(rules), strict=True):
        variable(name, value_type=bool, formula=formula_of(*values))

    def first(episode: Any, period: Any) -> Any:
        hit = numpy.full(episode.count, -1, dtype=numpy.int32)
        for number in range(rules - 1, -1, -1):
            numpy.putmask(hit, episode(names[number], period), number)
        return hit

    variable("first_rule", value_type=int, formula=first)
    return made


def main() -> None:
    """Measure."""
    given = arguments()

    def columns(count: int) -> dict[str, Any]:
        from numpy import int32
        from numpy.random import default_rng

        rng = default_rng(2)
        return {name: rng.integers(0, top, count, dtype=int32) for name, top in INPUTS.items()}

    def load() -> Callable[[Batch], Any]:
        from openfisca_core import periods
        from openfisca_core.simulations import SimulationBuilder

        made = system(given.rules)
        month = periods.period(MONTH)
        gc.freeze()  # the rules stay: collecting a simulation shall not walk them

        def evaluate(batch: Batch) -> Any:
            simulation = SimulationBuilder().build_default_simulation(made, batch.count)
            for name, values in (batch.columns or columns(batch.count)).items():
                simulation.set_input(name, month, values)
            hit = simulation.calculate("first_rule", month)
            if given.rules * batch.count > COLLECT:
                # A simulation refers to itself. Freed at once, its memory is used again: twice the rate when it is big.
                del simulation
                gc.collect()
            return hit

        return evaluate

    def prepare(evaluate: Callable[[Any], Any]) -> Loaded:
        """The answers are checked against a plain loop, and the size of batch that goes fastest is used."""
        rules = thresholds(given.rules)
        small = Batch(500, columns(500))
        rows: Sequence[tuple[int, int, int]] = list(
            zip(*(small.columns[name].tolist() for name in ("mdc", "age", "days")), strict=True)
        )
        right = [
            next((n for n, (g, low, high) in enumerate(rules) if mdc == g and age >= low and days < high), -1)
            for mdc, age, days in rows
        ]
        if evaluate(small).tolist() != right:
            raise SystemExit("svarene er ikke som fasiten")
        speed = {}
        for size in SIZES:
            batch = Batch(size, columns(size))
            evaluate(batch)
            done, took = rate(evaluate, [batch], min(3.0, given.seconds))
            speed[size] = done / took.wall
        best = max(speed, key=lambda size: speed[size])
        note = f"3 vilkår per regel, bare tall, hele kolonner om gangen ({best} poster)"
        return Loaded(evaluate, [Batch(best, columns(best))], given.rules, note)

    measure("openfisca-core", "openfisca-core", Batch(1, {}), load, prepare, given.seconds)


if __name__ == "__main__":
    main()
