"""The columnar engine on Spark with several local workers writes what it writes alone."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from attrs import evolve

from isfdsl import api
from isfdsl.cli.main import main
from isfdsl.columnar import spark as on_spark
from isfdsl.columnar.joining import nothing
from isfdsl.columnar.spark_work import compact
from isfdsl.columnar.store import Store
from isfdsl.records.output import summary_text
from isfdsl.syntax.files import read_files
from tests.cli.conftest import ROOT
from tests.columnar.folders import assert_same, content, summed

RULES = str(ROOT / "rules" / "2024")
EXAMPLES = ROOT / "examples" / "2024"

_ABSENT = [name for name in ("pyspark", "pandas") if importlib.util.find_spec(name) is None]
_ABSENT += ["java"] if shutil.which("java") is None else []
needs_spark = pytest.mark.skipif(bool(_ABSENT), reason=f"Spark needs {', '.join(_ABSENT)} (extra «spark», Java 17)")

Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    # No task is tried twice, so that an error comes as it is.
    with on_spark.session(2) as made:
        made.conf.set("spark.sql.shuffle.partitions", "3")
        yield made


@pytest.fixture(scope="module")
def rules() -> api.Regelverk:
    return api.load(RULES)


@pytest.fixture
def run(session: Any, rules: api.Regelverk, tmp_path: Path) -> Run:
    def found(path: Path, parts: int | None = None, **more: Any) -> dict[str, Any]:
        out = tmp_path / "spark"
        on_spark.run(read_files(RULES), rules.ruleset, path, out, dict, spark=session, parts=parts, **more)
        return content(out)

    return found


def _reference(path: Path, out: Path, engine: str) -> dict[str, Any]:
    assert main(["run", RULES, str(path), "--out", str(out), "--engine", engine]) == 0
    return content(out)


@pytest.mark.slow
@needs_spark
@pytest.mark.parametrize("parts", [1, 5])
def test_the_examples(run: Run, tmp_path: Path, parts: int) -> None:
    assert_same(run(EXAMPLES, parts), _reference(EXAMPLES, tmp_path / "tolk", "reference"))


@pytest.mark.slow
@needs_spark
def test_only_the_sums(session: Any, rules: api.Regelverk) -> None:
    ran = on_spark.run(read_files(RULES), rules.ruleset, EXAMPLES, None, dict, spark=session, parts=2)
    del ran.summary["kjoring"]
    assert json.loads(summary_text(ran.summary)) == summed(RULES, str(EXAMPLES), "--engine", "reference")


@pytest.mark.slow
@needs_spark
def test_drawn_records(run: Run, sampled: Path, tmp_path: Path) -> None:
    """Several tasks for a file, keys that stand in several of them, and more parts than workers."""
    told: list[tuple[str, int, int]] = []
    with mock.patch.object(on_spark, "ROWS_PER_TASK", 5_000):
        found = run(sampled, 7, progress=lambda *what: told.append(what))
    assert_same(found, _reference(sampled, tmp_path / "alene", "columnar"))
    assert found["avvist"].num_rows >= 80
    assert told[-1][1] == told[-1][2] == found["sammendrag"]["behandlet"]["totalt"]


@pytest.mark.slow
@needs_spark
def test_files_of_all_kinds(run: Run, sampled: Path, tmp_path: Path) -> None:
    """A file that is not plain columns, one of lines, one with bad rows in it, and keys of several files."""
    path = tmp_path / "inn"
    path.mkdir()
    table = pq.read_table(sampled / "episode.parquet").slice(0, 4_000)
    first = table.column_names[0]
    bad = pa.array([None if i % 50 == 0 else v for i, v in enumerate(table[first].to_pylist())], table[first].type)
    pq.write_table(table.set_column(0, first, bad), path / "episode.parquet", row_group_size=500)
    shutil.copy(EXAMPLES / "utlevering.csv", path / "utlevering.csv")
    wanted = _reference(path, tmp_path / "alene", "columnar")
    assert wanted["avvist"].num_rows >= 80
    with mock.patch.object(on_spark, "ROWS_PER_TASK", 1_000):
        assert_same(run(path), wanted)
    # A file whose columns cannot be read as such in the middle of it is read once more, row by row.
    plan = on_spark._planned

    def more_groups_than_there_are(files: Any) -> Any:
        tasks, rows = plan(files)
        return [t if t.groups is None else evolve(t, groups=range(t.groups.start, 99)) for t in tasks], rows

    with mock.patch.object(on_spark, "_planned", more_groups_than_there_are):
        assert_same(run(path), wanted)


@pytest.mark.slow
@needs_spark
def test_input_that_cannot_be_read(run: Run, rules: api.Regelverk, tmp_path: Path) -> None:
    path = tmp_path / "inn"
    path.mkdir()
    (path / "episode.parquet").write_bytes(b"PAR1 no")
    shutil.copy(EXAMPLES / "utlevering.csv", path / "utlevering.csv")
    with pytest.raises(on_spark.BadInput) as caught:
        run(path)
    assert caught.value.problems == rules.ingest(path).problems
    with pytest.raises(on_spark.BadInput) as caught:
        run(tmp_path / "borte")
    assert caught.value.problems == rules.ingest(tmp_path / "borte").problems
    (path / "melding.xml").write_text("<melding/>", encoding="utf-8")
    with pytest.raises(on_spark.UnfitInput, match=r"melding\.xml"):
        run(path)
    assert not (tmp_path / "spark").exists()


@pytest.mark.slow
@needs_spark
@pytest.mark.parametrize("what", [KeyboardInterrupt, OSError, ValueError])
def test_nothing_is_left_of_what_failed(run: Run, tmp_path: Path, what: type[BaseException]) -> None:
    (tmp_path / "spark").mkdir()
    before = sorted(p.name for p in tmp_path.iterdir())
    with mock.patch.object(on_spark.OutputFolder, "finish", side_effect=what), pytest.raises(BaseException):  # noqa: B017
        run(EXAMPLES, 2)
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    assert list((tmp_path / "spark").iterdir()) == []


@pytest.mark.slow
@needs_spark
def test_the_command(session: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = _reference(EXAMPLES, tmp_path / "tolk", "reference")
    said = capsys.readouterr().out
    run = ["run", RULES, "--out", str(tmp_path / "ut"), "--engine", "spark", "--jobs", "2", "--timing"]
    assert main([*run, str(EXAMPLES)]) == 0
    assert_same(content(tmp_path / "ut"), wanted)
    shown = capsys.readouterr()
    assert shown.out.replace(f"{tmp_path / 'ut'}", f"{tmp_path / 'tolk'}") == said
    assert "beregning" in shown.err
    (tmp_path / "x.drg").write_text("", encoding="utf-8")
    assert main([*run, str(tmp_path / "x.drg")]) == 2
    assert "x.drg" in capsys.readouterr().err


# ------------------------------------------------------------ without Spark


@pytest.mark.parametrize("absent", ["pyspark", "pandas", "java"])
def test_what_to_install(tmp_path: Path, absent: str, capsys: pytest.CaptureFixture[str]) -> None:
    def find(name: str, *_: Any) -> Any:
        return None if name == absent else object()

    run = ["run", RULES, str(EXAMPLES), "--out", str(tmp_path / "ut"), "--engine", "spark"]
    with (
        mock.patch("importlib.util.find_spec", find),
        mock.patch("shutil.which", lambda name: None if absent == "java" else "/usr/bin/java"),
        mock.patch.dict("os.environ", {"JAVA_HOME": str(tmp_path)}),
    ):
        assert main(run) == 2
    said = capsys.readouterr().err
    assert ("isfdsl[spark]" in said and absent in said) if absent != "java" else "Java 17" in said
    assert not (tmp_path / "ut").exists()


def test_a_store_with_no_more_words_than_it_uses(rules: api.Regelverk, sampled: Path) -> None:
    from isfdsl.columnar.joining import picked
    from tests.columnar.test_ingest import rows_of

    for store in rules.ingest(sampled).stores.values():
        whole = rows_of(store)
        for rows in (range(0), range(3), range(0, store.n, 97)):
            own = compact(picked(store, pa.array(rows, pa.int64()).to_numpy()))
            assert rows_of(own) == [whole[i] for i in rows]
            for column in own.columns.values():
                words = getattr(column, "words", None)
                assert words is None or len(words) <= 200
        blank = Store(
            store.schema, 4, {f.name: nothing(f, 4, None) for f in store.schema.fields}, pa.array(list("abcd"))
        )
        wanted = rows_of(blank)
        assert rows_of(compact(blank)) == wanted
