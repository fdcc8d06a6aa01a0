"""cedarpy: the Cedar policy engine (Rust) through its Python binding. Every row of the table is a policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cases import Row, check, describe, records, table
from harness import Loaded, arguments, chunked, measure


def policy(number: int, row: Row) -> str:
    """A row as a policy that permits when all conditions hold."""
    parts = [f'context.mdc == "{row.mdc}"']
    parts += [f'context.op.contains("{row.op}")'] if row.op else []
    parts += [f'context.dx.contains("{row.dx}")'] if row.dx else []
    parts += [f"context.age >= {row.min_age}"] if row.min_age is not None else []
    parts += [f"context.age <= {row.max_age}"] if row.max_age is not None else []
    parts += [f"context.days >= {row.min_days}"] if row.min_days is not None else []
    parts += [f"context.days <= {row.max_days}"] if row.max_days is not None else []
    parts += [f"context.complication >= {row.complication}"] if row.complication is not None else []
    parts += [f'context.sex == "{row.sex}"'] if row.sex else []
    return f'@id("{number}") permit(principal, action, resource) when {{ {" && ".join(parts)} }};'


def request(record: dict[str, Any]) -> dict[str, Any]:
    """A record as a request: everything is in its context."""
    return {"principal": 'Stay::"1"', "action": 'Action::"group"', "resource": 'Table::"1"', "context": record}


def main() -> None:
    """Measure."""
    given = arguments()
    rows = table(given.rules)
    text = "\n".join(policy(number, row) for number, row in enumerate(rows))
    asked = records(2000, given.rules)
    inputs = [request(record) for record in asked]

    def load() -> Callable[[Sequence[dict[str, Any]]], list[Any]]:
        import cedarpy

        policies = cedarpy.PolicySet.from_str(text)
        entities = cedarpy.Entities.from_json_str("[]")
        return lambda chunk: cedarpy.is_authorized_batch(chunk, policies, entities)

    def prepare(evaluate: Callable[[Any], Any]) -> Loaded:
        answers = [
            min(map(int, found.diagnostics.id_annotations_by_reason.values())) for found in evaluate(inputs[:250])
        ]
        check(rows, asked[:250], answers)
        note = f"{describe(rows)}, is_authorized_batch med ferdig lest PolicySet; alle regler prøves hver gang"
        return Loaded(evaluate, chunked(inputs, 100), len(rows), note)

    measure("cedarpy", "cedarpy", inputs[:1], load, prepare, given.seconds)


if __name__ == "__main__":
    main()
