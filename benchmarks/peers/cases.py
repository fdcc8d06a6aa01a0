"""One ordered table and its records, for the general rule engines, with the answer a plain loop gives.

The table looks like DRG logic: in each of 22 main groups, surgical rows before medical ones, a catch-all last. Codes
are already turned into properties, so an engine only has to look for a word in a short list.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

GROUPS = 22


@dataclass(frozen=True)
class Row:
    """One row: the conditions that are given must all hold. ``None`` asks nothing."""

    mdc: str
    dx: str | None = None
    op: str | None = None
    min_age: int | None = None
    max_age: int | None = None
    min_days: int | None = None
    max_days: int | None = None
    complication: int | None = None
    sex: str | None = None

    def count(self) -> int:
        """The number of conditions."""
        return sum(value is not None for value in vars(self).values())

    def matches(self, record: dict[str, Any]) -> bool:
        """Whether all conditions hold."""
        return (
            self.mdc == record["mdc"]
            and (self.dx is None or self.dx in record["dx"])
            and (self.op is None or self.op in record["op"])
            and (self.min_age is None or record["age"] >= self.min_age)
            and (self.max_age is None or record["age"] <= self.max_age)
            and (self.min_days is None or record["days"] >= self.min_days)
            and (self.max_days is None or record["days"] <= self.max_days)
            and (self.complication is None or record["complication"] >= self.complication)
            and (self.sex is None or self.sex == record["sex"])
        )


def table(rows: int = 484, seed: int = 1) -> list[Row]:
    """About ``rows`` rows (the same number in each main group), four to five conditions each."""
    rng = random.Random(seed)
    each = rows // GROUPS
    made = []
    for group in range(GROUPS):
        for place in range(each - 1):
            surgical = place < each // 2
            age, days = rng.random(), rng.random()
            made.append(
                Row(
                    mdc=f"{group + 1:02d}",
                    op=f"O{group}_{rng.randrange(each)}" if surgical else None,
                    dx=f"D{group}_{rng.randrange(each)}" if not surgical or rng.random() < 0.6 else None,
                    min_age=rng.choice((16, 18, 40, 65, 80)) if age < 0.55 else None,
                    max_age=rng.choice((1, 10, 17, 64)) if age > 0.75 else None,
                    min_days=rng.choice((1, 2, 3, 5)) if days < 0.5 else None,
                    max_days=rng.choice((1, 2, 4)) if days > 0.7 else None,
                    complication=rng.choice((1, 1, 2)) if rng.random() < 0.7 else None,
                    sex=rng.choice("12") if rng.random() < 0.1 else None,
                )
            )
        made.append(Row(mdc=f"{group + 1:02d}"))
    return made


def records(count: int, rows: int = 484, seed: int = 2) -> list[dict[str, Any]]:
    """Records for a table of ``rows`` rows: two to six diagnosis properties, none to three procedure properties."""
    rng = random.Random(seed)
    each = rows // GROUPS
    made = []
    for _ in range(count):
        group = rng.randrange(GROUPS)
        made.append(
            {
                "mdc": f"{group + 1:02d}",
                "dx": [f"D{group}_{rng.randrange(each)}" for _ in range(rng.randint(2, 6))],
                "op": [f"O{group}_{rng.randrange(each)}" for _ in range(rng.randint(0, 3))],
                "age": min(rng.randrange(100), rng.randrange(20, 110)),
                "days": min(rng.randrange(30), rng.randrange(8)),
                "complication": rng.choice((0, 0, 0, 1, 1, 2)),
                "sex": rng.choice("12"),
            }
        )
    return made


def answer(rows: list[Row], record: dict[str, Any]) -> int:
    """The number of the first row that matches."""
    return next(number for number, row in enumerate(rows) if row.matches(record))


def check(rows: list[Row], asked: list[dict[str, Any]], answers: list[int]) -> None:
    """Stop if the peer does not say the same as a plain loop: then it is called wrongly."""
    wrong = [n for n, (record, said) in enumerate(zip(asked, answers, strict=True)) if answer(rows, record) != said]
    if wrong:
        raise SystemExit(f"{len(wrong)} av {len(asked)} svar er ikke som fasiten, det første er nummer {wrong[0]}")


def describe(rows: list[Row]) -> str:
    """The table, for a note."""
    mean = sum(row.count() for row in rows) / len(rows)
    return f"ordnet tabell, {mean:.1f} vilkår per rad".replace(".", ",")
