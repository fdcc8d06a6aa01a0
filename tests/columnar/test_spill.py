"""What is put aside on disk comes back as it was, by partition, and is gone afterwards."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isfdsl.columnar.ingest import stream
from isfdsl.columnar.spill import Spill
from tests.columnar.test_ingest import NAMED, contacts, draw_table, rows_of


@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.01]), st.integers(1, 5))
def test_every_row_comes_back_in_its_partition(seed: int, bad: float, partitions: int) -> None:
    rng = random.Random(seed)
    numbers = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        path, aside = Path(folder) / "inn", Path(folder) / "spill"
        path.mkdir()
        aside.mkdir()
        for name, schema in NAMED.items():
            table = draw_table(rng, schema, rng.choice([0, 1, 30, 80]), bad)
            pq.write_table(table, path / f"{name}.parquet", row_group_size=rng.choice([3, 20, 1000]))
        wanted: list[dict[str, list[Any]]] = [{} for _ in range(partitions)]
        batches = stream(path, NAMED.values(), batch_rows=rng.choice([4, 25, 1000]))
        with Spill(aside, partitions) as spill:
            placed = []
            for store in batches:
                where = numbers.integers(0, partitions, store.n)
                spill.append(store, where)
                placed.append((store, where, rows_of(store)))
            for number, (store, where, rows) in enumerate(placed):
                dropped = set(batches.drop.get(number, np.zeros(0)).tolist())
                for i, row in enumerate(rows):
                    if i not in dropped:
                        wanted[where[i]].setdefault(store.post, []).append(row)
            for p in range(partitions):
                found = spill.load(p, batches.drop)
                assert {post: rows_of(store) for post, store in found.items()} == wanted[p]
                for post, store in found.items():
                    first = next(s for s, _, _ in placed if s.post == post)
                    own = store.columns["åpen"]
                    assert own.words is first.columns["åpen"].words  # type: ignore[union-attr]
        assert not list(aside.iterdir())


def test_nothing_is_left_after_an_error(tmp_path: Path) -> None:
    contacts(tmp_path / "inn")
    aside = tmp_path / "spill"
    aside.mkdir()
    store = next(stream(tmp_path / "inn", NAMED.values()))
    with pytest.raises(ValueError, match="partition"), Spill(aside, 2) as spill:
        spill.append(store, np.zeros(store.n, np.int64))
        assert list(aside.iterdir())
        spill.append(store, np.full(store.n, 2))
    assert not list(aside.iterdir())
    with pytest.raises(ValueError, match="rows"), Spill(aside, 2) as spill:
        spill.append(store, np.zeros(3, np.int64))
    with pytest.raises(ValueError, match="one"):
        Spill(aside, 0)
    with Spill(aside, 3) as spill:
        spill.append(store, np.ones(store.n, np.int8))
        assert spill.load(0) == {} == spill.load(2)
        assert spill.load(1)["kontakt"].n == store.n
        spill.close()
        spill.close()
    assert not list(aside.iterdir())
