"""Input of some size, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from isfdsl.cli.main import main
from tests.cli.conftest import ROOT


@pytest.fixture(scope="session")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 20 000 drawn records for rules/2024, some of them with a key that another has too."""
    pq = pytest.importorskip("pyarrow.parquet")
    import pyarrow as pa

    folder = tmp_path_factory.mktemp("trukket") / "2024"
    rules = str(ROOT / "rules" / "2024")
    assert main(["sample", rules, "--records", "20000", "--seed", "5", "--out", str(folder)]) == 0
    path = next(p for p in folder.iterdir() if p.name.startswith("episode."))
    assert path.suffix == ".parquet"
    table = pq.read_table(path)
    pq.write_table(pa.concat_tables([table, table.slice(17, 40)]), path, row_group_size=3_000)
    return folder
