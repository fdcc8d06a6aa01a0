"""The rows of requirements: the same whether ids come as texts or coded, some records at a time."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from isfdsl.columnar import output
from isfdsl.columnar.engine import KravRows
from isfdsl.columnar.krav import KravColumns
from isfdsl.records import tables as spec
from isfdsl.records.arrow import arrow_table, plain_table
from isfdsl.records.output import OutputFolder
from isfdsl.records.tables import TableData

Row = tuple[str, str, str, list[str], list[str]]


def drawn(rng: random.Random, subjects: int, most: int) -> tuple[list[KravRows], list[Row]]:
    """Requirements of some subjects, and their rows one by one."""
    krav: list[KravRows] = []
    rows: list[Row] = []
    for subject in range(subjects):
        n = rng.choice([0, 1, 2, 13, 40])
        ids = [f"{subject}-{'x' * rng.randrange(9)}{i}" for i in range(n)]
        column = pa.array(["før", *ids])[1:]
        for number in range(rng.randint(1, most)):
            name = f"krav_{subject}_{number}"
            applies = np.array([rng.random() < 0.7 for _ in ids], bool)
            flags = {
                kind: tuple(
                    (f"{kind}{i}", applies & np.array([rng.random() < share for _ in ids], bool))
                    for i in range(rng.randrange(4))
                )
                for kind, share in (("b", 0.2), ("d", 0.5))
            }
            krav.append(KravRows(name, column, KravColumns(applies, flags["b"], flags["d"])))
            for i, record in enumerate(ids):
                broken, documented = ([what for what, at in flags[kind] if at[i]] for kind in "bd")
                said = "gjelder_ikke" if not applies[i] else "ikke_oppfylt" if broken else "oppfylt"
                rows.append((record, name, said, broken, documented))
    return krav, rows


def of(table: pa.Table) -> list[Row]:
    return [tuple(row.values()) for row in table.to_pylist()]  # type: ignore[misc]


@given(st.integers(0, 2**32), st.integers(0, 3), st.sampled_from([1, 3, 6]), st.integers(1, 60))
def test_coded_or_not_the_rows_are_the_same(seed: int, subjects: int, most: int, together: int) -> None:
    krav, rows = drawn(random.Random(seed), subjects, most)
    as_texts = output.krav_columns(krav, ordered=True)
    with mock.patch.object(output, "ROWS_TOGETHER", together):
        some_at_a_time = output.krav_columns(krav, ordered=False)
    for columns, presorted in ((as_texts, False), (some_at_a_time, True), (some_at_a_time, False)):
        table = plain_table(arrow_table(TableData(spec.KRAV, columns, presorted=presorted), "krav"))
        assert (sorted(of(table)) if presorted else of(table)) == sorted(rows)
    often = max((sum(k.ids is other.ids for other in krav) for k in krav), default=0) >= output._OFTEN
    assert (len(rows) > 0 and pa.types.is_dictionary(getattr(some_at_a_time["record_id"], "type", None))) <= often
    with tempfile.TemporaryDirectory() as folder:
        with OutputFolder(Path(folder) / "ut") as out:
            for columns in (some_at_a_time, as_texts, some_at_a_time):
                out.write("krav", TableData(spec.KRAV, columns, presorted=True))
            out.finish({})
        assert sorted(of(pq.read_table(Path(folder) / "ut" / "krav.parquet"))) == sorted(rows * 3)


def test_each_row_group_has_the_ids_of_its_own_records(tmp_path: Path) -> None:
    """Ids that are long and many: more than Parquet has room for in one dictionary."""
    n = 40_000
    ids = pa.array([f"{i:060}" for i in range(n)])
    applies = np.arange(n) % 3 > 0
    krav = [KravRows(f"krav_{i}", ids, KravColumns(applies, (), ())) for i in range(5)]
    with OutputFolder(tmp_path / "ut") as out:
        out.write("krav", TableData(spec.KRAV, output.krav_columns(krav, ordered=False), presorted=True))
        out.finish({})
    file = pq.ParquetFile(tmp_path / "ut" / "krav.parquet")
    groups = [file.metadata.row_group(i) for i in range(file.num_row_groups)]
    sizes = [g.num_rows for g in groups]
    assert sum(sizes) == 5 * n and len(sizes) == 3 and max(sizes) - min(sizes) <= 10
    for number, group in enumerate(groups):
        # Had the dictionary been given up, the texts themselves would take 60 bytes in each row.
        assert group.column(0).total_uncompressed_size < 20 * group.num_rows
        found = file.read_row_group(number)["record_id"]
        assert found.value_counts().field("counts").unique().to_pylist() == [5]
