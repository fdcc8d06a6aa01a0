"""Equal rows get equal numbers, and no others do, however many different ones there may be."""

from __future__ import annotations

import random

import numpy as np
import pytest

from isfdsl.columnar.numbering import distinct, met_twice, numbered, packed

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
        assert met_twice(one).tolist() == [rows.count(row) > 1 for row in rows]
        for k, column in zip(keys, columns, strict=True):
            seen, place = distinct(column)
            assert seen.tolist() == sorted(set(k)) and seen[place].tolist() == k
