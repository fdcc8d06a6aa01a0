"""What is put aside in memory or on disk comes back as it was, by partition, and is gone afterwards."""

from __future__ import annotations

import random
import tempfile
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isfdsl.columnar.ingest import stream
from isfdsl.columnar.shelf import Shelf
from isfdsl.columnar.spill import Spill
from isfdsl.columnar.store import Store
from isfdsl.columnar.vectors import Days
from isfdsl.records.schema import FieldSchema, RecordSchema
from tests.columnar.test_ingest import NAMED, contacts, draw_table, rows_of


@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.01]), st.integers(1, 5), st.booleans())
def test_every_row_comes_back_in_its_partition(seed: int, bad: float, partitions: int, on_disk: bool) -> None:
    rng = random.Random(seed)
    numbers = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        path, aside = Path(folder) / "inn", Path(folder) / "spill"
        path.mkdir()
        aside.mkdir()
        for name, schema in NAMED.items():
            table = draw_table(rng, schema, rng.choice([0, 1, 30, 80]), bad)
            pq.write_table(table, path / f"{name}.parquet", row_group_size=rng.choice([3, 20, 1000]))
        batches = stream(path, NAMED.values(), batch_rows=rng.choice([4, 25, 1000]))
        with closing(Spill(aside, partitions) if on_disk else Shelf(partitions)) as shelf:
            batches.recall = shelf.ids if rng.random() < 0.5 else None
            placed = []
            for store in batches:
                where = numbers.integers(0, partitions, store.n)
                if rng.random() < 0.5:
                    where.sort()  # as where no patient has to be found again
                rows, words = rows_of(store), store.columns["åpen"].words  # type: ignore[union-attr]
                placed.append((store.post, where, rows, words, store.ids.to_pylist()))
                shelf.append(store, where)
            for number, (_, _, _, _, ids) in enumerate(placed):
                some = np.flatnonzero(numbers.random(len(ids)) < 0.3)
                assert shelf.ids(number, some).to_pylist() == [ids[i] for i in some]
            if isinstance(shelf, Shelf):
                assert shelf.sizes.tolist() == [
                    sum(int((w == p).sum()) for _, w, *_ in placed) for p in range(partitions)
                ]
            cuts = sorted({0, partitions, *(rng.randint(0, partitions) for _ in range(3))})
            for some in (range(a, b) for a, b in pairwise(cuts)):
                found = shelf.load(some, batches.drop)
                wanted: dict[str, list[Any]] = {}
                for number, (post, where, rows, _, _) in enumerate(placed):
                    dropped = set(batches.drop.get(number, np.zeros(0)).tolist())
                    own = [row for p in some for i, row in enumerate(rows) if where[i] == p and i not in dropped]
                    wanted.setdefault(post, []).extend(own)
                assert {post: rows_of(store) for post, store in found.items()} == {p: w for p, w in wanted.items() if w}
                for post, store in found.items():
                    first = next(words for own, _, _, words, _ in placed if own == post)
                    assert store.columns["åpen"].words is first  # type: ignore[union-attr]
        assert not list(aside.iterdir())


def test_a_shelf_refuses_what_it_has_no_place_for(tmp_path: Path) -> None:
    contacts(tmp_path / "inn")
    store = next(stream(tmp_path / "inn", NAMED.values()))
    with pytest.raises(ValueError, match="one"):
        Shelf(0)
    shelf = Shelf(2)
    for places, why in ((np.full(store.n, 2), "partition"), (np.full(store.n, -1), "partition"), (np.zeros(3), "rows")):
        with pytest.raises(ValueError, match=why):
            shelf.append(store, places.astype(np.int64))
    shelf.append(store, np.ones(store.n, np.int64))
    assert shelf.load(range(1)) == {}
    assert shelf.load(range(1, 2))["kontakt"].n == store.n
    shelf.close()
    shelf.close()
    assert shelf.load(range(2)) == {}


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
        assert spill.load(range(1)) == {} == spill.load(range(2, 3))
        assert spill.load(range(1, 2))["kontakt"].n == store.n
        spill.close()
        spill.close()
    assert not list(aside.iterdir())


def test_moments_are_kept_to_the_microsecond() -> None:
    """Also where only some batches are of whole minutes."""
    schema = RecordSchema("post", (FieldSchema("t", "tidspunkt"),), {})
    minute = 60_000_000
    together, wanted = Shelf(2), []
    for moments in ([0, minute], [-minute, 2**31 * minute, 7], [1_000_000, 0], [1, 2], [-1], [2**31 * minute, 0]):
        store = Store(
            schema,
            len(moments),
            {"t": Days(np.array(moments, np.int64), None, True)},
            pa.array([str(m) for m in moments]),
        )
        wanted += moments
        for shelf, all_of_it in ((Shelf(2), moments), (together, wanted)):
            shelf.append(store, np.zeros(store.n, np.int64))
            found = shelf.load(range(1))["post"].columns["t"]
            assert isinstance(found, Days) and found.v.tolist() == all_of_it
