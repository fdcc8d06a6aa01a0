"""``Regelverk.run``: tables in memory and paths give what ``evaluate`` gives, and say what they cannot read."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import isfdsl
from isfdsl.api import InputError
from isfdsl.columnar.epochs import plans_of
from isfdsl.columnar.run import Frames
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.arrow import plain_table
from isfdsl.records.tables import TABLES, TableData
from tests.cli.conftest import DATA, ROOT
from tests.engine_rows import result_rows, rows_of

RULES = DATA / "mini-regelverk"


def columns() -> dict[str, list[Any]]:
    """Some episodes, the last of them with a code that is none."""
    n = 5
    start = [dt.datetime(2020, 2, 3 + i, 8) for i in range(n)]
    return {
        "episode_id": [f"E{i}" for i in range(n)],
        "pasient_id": ["P1", "P1", "P2", None, "P3"],
        "inn": start,
        "ut": [s + dt.timedelta(days=2) for s in start],
        "hovedtilstand": ["M16.1"] * (n - 1) + ["§"],
        "prosedyrer": [["NFB30"], [], ["NFB30", "NFB40"], None, ["NFB30"]],
    }


def rows() -> dict[str, list[dict[str, Any]]]:
    """The same as rows."""
    own = columns()
    return {"episode": [dict(zip(own, values, strict=True)) for values in zip(*own.values(), strict=True)]}


def arrow() -> pa.Table:
    """The same as an Arrow table."""
    return pa.table(columns())


def _table() -> Any:
    return arrow()


def _batch() -> Any:
    (batch,) = arrow().to_batches()
    return batch


def _reader() -> Any:
    return pa.RecordBatchReader.from_batches(arrow().schema, arrow().to_batches())


def _polars() -> Any:
    return pytest.importorskip("polars", reason="polars is not installed").from_arrow(arrow())


def _lazy() -> Any:
    return _polars().lazy().filter(pytest.importorskip("polars").col("episode_id") != "")


def _pandas() -> Any:
    pytest.importorskip("pandas", reason="pandas is not installed")
    return arrow().to_pandas()


def as_rows(found: Frames) -> Any:
    """The tables of a run as rows."""
    return rows_of({name: TableData(TABLES[name], plain_table(t).to_pydict()) for name, t in found.items()})


def unplaced(tables: Any) -> Any:
    """Without where rejects stood: rows in memory are in no file."""
    for row in tables["avvist"]:
        row.pop("fil")
    return tables


@pytest.mark.parametrize(
    "make", [_table, _batch, _reader, _polars, _lazy, _pandas], ids=lambda f: f.__name__.strip("_")
)
def test_tables_in_memory(make: Callable[[], Any]) -> None:
    rules = isfdsl.load(RULES)
    found = rules.run({"episode": make()})
    wanted = rules.evaluate(rows())
    assert unplaced(as_rows(found)) == unplaced(result_rows(wanted, rules.ruleset))
    assert found.summary["lest"] == {"totalt": 5, "episode": 5}
    assert found.summary["avvist"]["totalt"] == len(wanted.rejects) > 0
    assert {name: t.schema.names for name, t in found.items()} == {
        name: [c.name for c in TABLES[name].columns] for name in found
    }
    assert len(found) == len(list(found)) == 6


def test_a_path_and_what_was_read_from_it(tmp_path: Path) -> None:
    pq.write_table(arrow(), tmp_path / "episode.parquet")
    rules = isfdsl.load(RULES)
    wanted = result_rows(rules.evaluate(rules.read(tmp_path)), rules.ruleset)
    for data in (tmp_path, str(tmp_path), tmp_path / "episode.parquet", rules.ingest(tmp_path)):
        assert as_rows(rules.run(data)) == wanted
        assert as_rows(rules.run(data, jobs=3)) == wanted
    again = rules.ingest(tmp_path)
    assert as_rows(rules.run(again)) == as_rows(rules.run(again)) == wanted  # reading once, running twice


def test_only_the_sums(tmp_path: Path) -> None:
    """The same as beside the tables, from a path, from what was read, and from tables."""
    pq.write_table(arrow(), tmp_path / "episode.parquet")
    rules = isfdsl.load(RULES)
    wanted = rules.run(tmp_path).summary
    assert wanted["totalt"]["refusjon"] > 0
    for data in (tmp_path, rules.ingest(tmp_path), {"episode": arrow()}):
        found = rules.totals(data, jobs=2)
        assert found.pop("kjoring") == {}
        assert found == wanted
    with pytest.raises(InputError):
        rules.totals(tmp_path / "borte")


def test_the_input_is_left_as_it_is() -> None:
    given = arrow()
    isfdsl.load(RULES).run({"episode": given})
    assert given.equals(arrow())


def test_nothing_to_run() -> None:
    rules = isfdsl.load(RULES)
    for data in ({"episode": arrow().slice(0, 0)}, {"episode": pa.table({"episode_id": pa.array([], pa.string())})}):
        try:
            found = rules.run(data)
        except InputError:
            continue  # mandatory columns are not there
        assert {t.num_rows for t in found.values()} == {0}
        assert found.summary["lest"]["totalt"] == 0


def test_names_that_are_no_posts() -> None:
    rules = isfdsl.load(RULES)
    with pytest.raises(ValueError, match="«episoder» er ikke en post i regelverket; postene er episode"):
        rules.run({"episoder": arrow()})


@pytest.mark.parametrize("thing", [5, "episode", [{"episode_id": "E"}], {"episode_id": ["E"]}, None])
def test_what_is_no_table(thing: Any) -> None:
    with pytest.raises(TypeError, match="ventet en tabell"):
        isfdsl.load(RULES).run({"episode": thing})


def test_columns_that_are_no_fields() -> None:
    """The problems are those of a file that has such columns."""
    rules = isfdsl.load(RULES)
    with pytest.raises(InputError) as caught:
        rules.run({"episode": arrow().rename_columns(["episodenr", *arrow().column_names[1:]])})
    assert any("episodenr" in p.message() for p in caught.value.problems)
    with pytest.raises(InputError) as caught:
        rules.run({"episode": arrow().drop_columns(["inn"])})
    assert any("inn" in p.message() for p in caught.value.problems)
    with pytest.raises(InputError):
        rules.run({"episode": arrow().set_column(2, "inn", pa.array([1.5] * 5))})


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        isfdsl.load(RULES).run(tmp_path / "finnes ikke")
    assert "feil i inndata" in str(caught.value)


_ALONE = f"""
import sys
class Gone:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pandas", "polars"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Gone())
import pyarrow as pa, isfdsl
rules = isfdsl.load({str(RULES)!r})
inn = pa.array([1580716800000000000], pa.timestamp("ns"))
codes = {{"hovedtilstand": ["M16.1"], "prosedyrer": [[]]}}
own = {{"episode_id": ["A"], "pasient_id": ["P"], "inn": inn, "ut": inn, **codes}}
print(rules.run({{"episode": pa.table(own)}})["opphold"].num_rows)
"""


def test_neither_pandas_nor_polars_is_needed() -> None:
    done = subprocess.run([sys.executable, "-c", _ALONE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr


def _listed(schema: pa.Schema) -> pa.Schema:
    return schema.set(len(schema) - 1, pa.field("prosedyrer", pa.list_(pa.string())))


def test_moments_are_the_same_with_pandas_and_without(tmp_path: Path) -> None:
    """pyarrow shows nanoseconds as pandas' own moments when pandas is there; the engines never see one."""
    ns = pa.array([1580716800000000000, 1580716800000000001, 1580716800000001000, None], pa.timestamp("ns"))
    own = {"hovedtilstand": ["M16.1"] * 4, "prosedyrer": [[]] * 4}
    table = pa.table({"episode_id": list("ABCD"), "pasient_id": ["P"] * 4, "inn": ns, "ut": ns, **own})
    pq.write_table(table.cast(_listed(table.schema)), tmp_path / "episode.parquet")
    rules = isfdsl.load(RULES)
    read = rules.read(tmp_path)
    assert [r.record_id for r in read.rejects] == ["B", "D"]
    assert {type(r.values["inn"]) for r in read.records["episode"]} == {dt.datetime}
    assert as_rows(rules.run(tmp_path)) == result_rows(rules.evaluate(read), rules.ruleset)


def test_plans_are_made_once_for_a_text() -> None:
    ones = [isfdsl.load(RULES).ruleset for _ in range(2)]
    assert ones[0] is not ones[1]
    assert plans_of(ones[0]) is plans_of(ones[1])
    other = isfdsl.load(ROOT / "rules" / "2020").ruleset
    assert plans_of(other) is not plans_of(ones[0])
    assert plans_of(other).ruleset.title != plans_of(ones[0]).ruleset.title
    by_hand = Ruleset(ones[0].files, ones[0].sources)
    assert plans_of(by_hand) is not plans_of(by_hand)
