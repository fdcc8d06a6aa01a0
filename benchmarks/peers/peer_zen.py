"""zen-engine (GoRules): a decision table, first match, in the Rust engine through its Python binding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cases import Row, check, describe, records, table
from harness import Loaded, arguments, chunked, measure, rate

FIELDS = ("mdc", "op", "dx", "age", "days", "complication", "sex")


def between(low: int | None, high: int | None) -> str:
    """A cell for a number."""
    if low is not None and high is not None:
        return f"[{low}..{high}]"
    return f">= {low}" if low is not None else f"<= {high}" if high is not None else ""


def cells(number: int, row: Row) -> dict[str, str]:
    """A row of the table. ``$`` is the value of the column."""
    return {
        "_id": f"row{number}",
        "mdc": f'"{row.mdc}"',
        "op": f'contains($, "{row.op}")' if row.op else "",
        "dx": f'contains($, "{row.dx}")' if row.dx else "",
        "age": between(row.min_age, row.max_age),
        "days": between(row.min_days, row.max_days),
        "complication": between(row.complication, None),
        "sex": f'"{row.sex}"' if row.sex else "",
        "out": str(number),
    }


def decision(rows: list[Row]) -> dict[str, Any]:
    """The table as a JDM graph: input, table, output."""
    place = {"x": 0, "y": 0}
    content = {
        "hitPolicy": "first",
        "inputs": [{"id": field, "name": field, "field": field} for field in FIELDS],
        "outputs": [{"id": "out", "name": "row", "field": "row"}],
        "rules": [cells(number, row) for number, row in enumerate(rows)],
    }
    return {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", "position": place},
            {"id": "table", "type": "decisionTableNode", "name": "table", "position": place, "content": content},
            {"id": "out", "type": "outputNode", "name": "out", "position": place},
        ],
        "edges": [
            {"id": "e1", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "e2", "sourceId": "table", "targetId": "out", "type": "edge"},
        ],
    }


def main() -> None:
    """Measure."""
    given = arguments()
    rows = table(given.rules)
    asked = records(5000, given.rules)
    graph = decision(rows)
    engine: Any = None

    def load() -> Callable[[Sequence[dict[str, Any]]], list[Any]]:
        nonlocal engine
        import zen

        engine = zen.ZenEngine({"loader": {"type": "static", "content": {"table": graph}}})
        evaluate = engine.evaluate
        return lambda chunk: [evaluate("table", record) for record in chunk]

    def prepare(one: Callable[[Any], Any]) -> Loaded:
        """The documentation gives three ways; the fastest is timed for the rate, and all three must be right."""
        loaded = engine.get_decision("table")
        ways: dict[str, Callable[[Any], Any]] = {
            "engine.evaluate": one,
            "evaluate_batch": lambda chunk: [
                found["data"] for found in engine.evaluate_batch([{"key": "table", "context": r} for r in chunk])
            ],
            "decision.evaluate": lambda chunk: [loaded.evaluate(record) for record in chunk],
        }
        chunks = chunked(asked, 250)
        speed = {}
        for name, way in ways.items():
            check(rows, asked[:250], [found["result"]["row"] for found in way(asked[:250])])
            done, took = rate(way, chunks, min(1.0, given.seconds / 5))
            speed[name] = done / took.wall
        best = max(speed, key=lambda name: speed[name])
        others = ", ".join(f"{name} {speed[name]:.0f}" for name in speed if name != best)
        note = f"{describe(rows)}, første treff, {best} med ferdig oversatt tabell (ellers, per sekund: {others})"
        return Loaded(ways[best], chunks, len(rows), note)

    measure("zen-engine", "zen-engine", asked[:1], load, prepare, given.seconds)


if __name__ == "__main__":
    main()
