"""A run in parts: where no patient matters, the rows as they lie."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

import isfdsl
from isfdsl.columnar import parts
from isfdsl.columnar.ingest import ingest
from isfdsl.columnar.joining import picked
from isfdsl.columnar.memory import Plan
from isfdsl.columnar.run import run_to_frames
from isfdsl.columnar.store import usable
from tests.columnar import test_flow
from tests.columnar.test_ingest import NAMED, draw_table, rows_of


@given(st.integers(0, 2**32), st.integers(1, 5), st.booleans())
def test_the_rows_as_they_lie(seed: int, number: int, mixed: bool) -> None:
    """``mixed``: in an order in which lists do not lie one after the other."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        for name, schema in NAMED.items():
            pq.write_table(draw_table(rng, schema, rng.choice([0, 1, 7, 40]), 0.0), Path(folder) / f"{name}.parquet")
        stores = ingest(folder, NAMED.values()).stores
    if mixed:
        for post, store in stores.items():
            order = np.random.default_rng(seed).permutation(store.n)
            stores[post] = picked(store, order)
            stores[post].columns = {name: usable(c, order) for name, c in store.columns.items()}
    load = parts._as_they_lie(stores, number)
    loaded = [load(i) for i in range(number)]
    for post, store in stores.items():
        assert [row for part in loaded for row in rows_of(part[post])] == rows_of(store)
        assert [row for part in loaded for row in part[post].ids.to_pylist()] == store.ids.to_pylist()


def test_a_run_in_parts_of_what_no_patient_matters_for(tmp_path: Path) -> None:
    rules = tmp_path / "regler.isf"
    rules.write_text(test_flow.RULES, encoding="utf-8")
    path = test_flow.written(tmp_path / "inn", odd=True)
    regelverk = isfdsl.load(rules)
    read = regelverk.ingest(path)

    def answer(rows: int) -> Any:
        frames = run_to_frames(regelverk.ruleset, read, plan=Plan(rows=rows))
        return {name: sorted(map(repr, table.to_pylist())) for name, table in frames.items()}, frames.summary

    whole = answer(10**9)
    assert len(whole[0]["opphold"]) > 1_000
    for rows in (1_000, 777):
        assert answer(rows) == whole
