"""rule-engine: expressions in a language of their own, evaluated in Python. The table is a Chain: first match."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cases import Row, check, describe, records, table
from harness import Loaded, arguments, chunked, measure


def expression(row: Row) -> str:
    """A row as an expression."""
    parts = [f'mdc == "{row.mdc}"']
    parts += [f'"{row.op}" in op'] if row.op else []
    parts += [f'"{row.dx}" in dx'] if row.dx else []
    parts += [f"age >= {row.min_age}"] if row.min_age is not None else []
    parts += [f"age <= {row.max_age}"] if row.max_age is not None else []
    parts += [f"days >= {row.min_days}"] if row.min_days is not None else []
    parts += [f"days <= {row.max_days}"] if row.max_days is not None else []
    parts += [f"complication >= {row.complication}"] if row.complication is not None else []
    parts += [f'sex == "{row.sex}"'] if row.sex else []
    return " and ".join(parts)


def main() -> None:
    """Measure."""
    given = arguments()
    rows = table(given.rules)
    entries = [(expression(row), number) for number, row in enumerate(rows)]
    asked = records(2000, given.rules)

    def load() -> Callable[[Sequence[dict[str, Any]]], list[int]]:
        import rule_engine

        context = rule_engine.Context(resolver=rule_engine.resolve_item)
        evaluate = rule_engine.Chain(entries, context=context).evaluate
        return lambda chunk: [evaluate(record) for record in chunk]

    def prepare(evaluate: Callable[[Any], Any]) -> Loaded:
        check(rows, asked[:100], evaluate(asked[:100]))
        return Loaded(evaluate, chunked(asked, 20), len(rows), f"{describe(rows)}, Chain.evaluate: første treff")

    measure("rule-engine", "rule-engine", asked[:1], load, prepare, given.seconds)


if __name__ == "__main__":
    main()
