"""Equal rows get equal numbers, and no others do, however many different ones there may be."""

from __future__ import annotations

import random

import numpy as np
import pytest

from isfdsl.columnar.numbering import distinct, in_order, met_twice, numbered, packed

SEEDS = range(20)
REACH = (1, 3, 200_000, 2**31, 2**61)


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_are_told_apart(seed: int) -> None:
    """By numbers that need more than 64 bits when they are put one after the other."""
    rng = random.Random(seed)
    for _ in range(10):
        n = rng.randrange(9)
        keys = []
        for _ in range(rng.randrange(1, 5)):
            reach = rng.choice(REACH)
            some = [rng.randrange(-reach, reach) for _ in range(3)]
            keys.append([rng.choice(some) for _ in range(n)])
        rows = list(zip(*keys, strict=True))
        columns = [np.array(k, np.int64) for k in keys]
        one = packed(columns)
        assert bool((one >= 0).all()) and len(set(one.tolist())) == len(set(rows))
        assert len(set(zip(one.tolist(), rows, strict=True))) == len(set(rows))
        number, many = numbered(columns)
        assert set(number.tolist()) == set(range(many)) and many == len(set(rows))
        assert len(set(zip(number.tolist(), rows, strict=True))) == many
        assert in_order(columns).tolist() == sorted(range(n), key=lambda i: rows[i])
        assert met_twice(one).tolist() == [rows.count(row) > 1 for row in rows]
        for k, column in zip(keys, columns, strict=True):
            seen, place = distinct(column)
            assert seen.tolist() == sorted(set(k)) and seen[place].tolist() == k


@pytest.mark.parametrize("seed", SEEDS)
def test_moments_are_in_order(seed: int) -> None:
    """Whole minutes, whole seconds, and neither."""
    rng = random.Random(seed)
    for step in (60_000_000, 1_000_000, 1_000, 1):
        n = rng.randrange(1, 40)
        start = rng.randrange(10**15)
        moments = [[start + step * rng.randrange(500_000) for _ in range(n)] for _ in range(2)]
        if rng.random() < 0.3:
            moments[1][0] += 1
        keys = [[rng.randrange(3) for _ in range(n)], *moments]
        rows = list(zip(*keys, strict=True))
        order = in_order([np.array(k, np.int64) for k in keys])
        assert order.tolist() == sorted(range(n), key=lambda i: rows[i])
    assert in_order([np.array([True, False, True]), np.array([2, 5, 1])]).tolist() == [1, 2, 0]
    assert in_order([np.zeros(0, np.int64)]).tolist() == []
    far = np.array([2**63 - 1, -(2**63), 0], np.int64)
    assert in_order([far]).tolist() == [1, 2, 0]
