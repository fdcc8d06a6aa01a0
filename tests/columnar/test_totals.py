"""What is summed for the summary is exact, however large it is and however many add up to it."""

from __future__ import annotations

import random

import numpy as np
import pytest

from isfdsl.columnar.frame import Notes
from isfdsl.columnar.points import MoneyColumns
from isfdsl.columnar.totals import _count_notes, _Sums
from isfdsl.columnar.vectors import Nums
from isfdsl.records.summary import Row, Totals

SEEDS = range(40)
LARGE = (1, 10**6, 2**57, 2**61, 2**62, 2**62, 10**25)


@pytest.mark.parametrize("seed", SEEDS)
def test_sums_by_group(seed: int) -> None:
    """Also those that 64 bits hold one by one but not together."""
    rng = random.Random(seed)
    for _ in range(10):
        _same_sums(rng)


def _same_sums(rng: random.Random) -> None:
    n, groups = rng.randrange(7), rng.randrange(4)

    def drawn() -> list[int]:
        most = rng.choice(LARGE)
        return [rng.choice([-1, 1, 1, 1]) * (most - rng.randrange(min(most, 9))) for _ in range(n)]

    def flags() -> list[bool]:
        return [rng.random() < 0.9 for _ in range(n)]

    def numbers(v: list[int]) -> np.ndarray:
        return np.array(v, np.int64 if all(abs(x) <= 2**62 for x in v) else object)

    points, money = drawn(), drawn()
    has_points, has_money, assumed = flags(), flags(), flags()
    den, money_den = rng.choice([1, 100, 10**6, 10**6, 10**6]), rng.choice([1, 100, 100, 100])
    kroner = MoneyColumns(numbers(money), np.array(has_money, bool), np.zeros(n, np.int32), money_den)
    present = None if all(has_points) else np.array(has_points, bool)
    sums = _Sums(Nums(numbers(points), den, present), kroner, np.array(assumed, bool))
    where = [rng.randrange(-1, groups) if groups else rng.randrange(3) for _ in range(n)]
    wanted: dict[int, list[int]] = {}
    for i in range(n):
        at = where[i] % (groups + 1) if groups else 0
        row = wanted.setdefault(at, [0] * 6)
        given = points[i] * 10**6 // den if has_points[i] else 0
        paid = money[i] * 100 // money_den if has_money[i] else 0
        more = (1, given, paid, not has_points[i], not has_money[i], assumed[i])
        row[:] = [a + b for a, b in zip(row, more, strict=True)]
    found = list(sums.by(np.array(where, np.int32), groups))
    assert [at for at, _ in found] == sorted(wanted)
    assert dict(found) == {at: Row(*row) for at, row in wanted.items()}


def test_notes_are_counted_once_a_row() -> None:
    notes = Notes()
    for text, rows in (
        ("antatt: sats a", [3, 1]),
        ("antatt: sats a", [1]),
        ("antatt: vindu for DRG b i TFG c", [1]),
        ("ukjent: sats a", [0, 1, 1]),
        ("ukjent: sats c", [2]),
        ("ukjent: vekt DRG 1", []),
        ("utenfor regelverkets gyldighet", [0, 4]),
    ):
        notes.add(text, np.array(rows, np.int64))
    totals, assumed = Totals(), np.zeros(5, bool)
    _count_notes(totals, notes, 5, assumed)
    assert dict(totals.notes) == {
        "antatt: sats a": 2,
        "antatt: vindu for DRG b i TFG c": 1,
        "ukjent: sats a": 2,
        "ukjent: sats c": 1,
        "utenfor regelverkets gyldighet": 2,
    }
    assert dict(totals.kinds) == {
        "antatt: sats": 2,
        "antatt: vindu": 1,
        "ukjent: sats": 3,
        "utenfor regelverkets gyldighet": 2,
    }
    assert assumed.tolist() == [False, True, False, True, False]
