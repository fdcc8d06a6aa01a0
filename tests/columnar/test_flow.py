"""Records that are computed as they come get the answer they would have got had everything been read first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isfdsl import api
from isfdsl.cli.main import main
from isfdsl.columnar import flow, ingest, run
from isfdsl.columnar.flow import Flow
from isfdsl.columnar.ingest_parquet import NotPlain
from tests.columnar.folders import assert_same, content, summed

RULES = """regelverk Enkelt 2024
  gyldig 2024-01-01 til 2024-12-31
  kilde "prøve"
kodeverk icd10 åpent
  A00 "Kolera"
  A99 "Annet"
  kilde "prøve"
post episode "En episode"
  episode_id tekst nøkkel
  pasient_id tekst
  alder heltall 0..120 år
  hoved kode icd10 valgfri
  kilde "prøve"
post besøk "Et besøk"
  besøk_id tekst nøkkel
  kilde "prøve"
opphold av episode
  samles aldri
  kilde "prøve"
DRG 100 "Eldre" vekt 2
  kilde "prøve"
DRG 200 "Andre" vekt 1
  kilde "prøve"
hierarki DRG for opphold
  rekkefølge alle
  ellers 200
  kilde "prøve"
gruppe alle i DRG
  regel a gir 100 når alder > 60 år eller hoved i A00
  kilde "prøve"
krav k for besøk
  vilkår v når alltid
  kilde "prøve"
poeng for opphold
  grunnlag vekt
  avrundes 3 desimaler
  kilde "prøve"
"""
ROWS = 6_000


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "regler.isf"
    path.write_text(RULES, encoding="utf-8")
    return path


def written(folder: Path, *, repeated: bool = False, odd: bool = False) -> Path:
    """Input of two posts in some row groups. ``repeated``: keys that others have; ``odd``: codes in small letters."""
    folder.mkdir()
    ids = [f"E{i % (ROWS - 40) if repeated else i}" for i in range(ROWS)]
    ages = [None if i % 500 == 0 else i % 125 for i in range(ROWS)]
    codes = [None if i % 3 else f"{'a' if odd and i % 9 == 0 else 'A'}{i % 100:02}" for i in range(ROWS)]
    people = [f"P{i % 700}" for i in range(ROWS)]
    table = pa.table({"episode_id": ids, "pasient_id": people, "alder": ages, "hoved": codes})
    pq.write_table(table, folder / "episode.parquet", row_group_size=1_700)
    pq.write_table(pa.table({"besøk_id": [f"B{i}" for i in range(900)]}), folder / "besøk.parquet", row_group_size=400)
    return folder


@contextmanager
def small_parts() -> Iterator[None]:
    """Parts, and batches, of 1,000 records."""
    with mock.patch.object(run, "_rows", lambda *_: 1_000), mock.patch.object(run, "MAX_PART", 1_000):
        yield


def ran(rules: Path, path: Path, out: Path, jobs: int = 1, sums: bool = False) -> tuple[dict[str, Any], int]:
    """What a run in parts of 1,000 records gives, and how many times it computed input as it came.

    ``sums``: one that writes nothing must show the same summary.
    """
    times: list[int] = []
    answers = Flow.answers

    def counted(self: Flow, *given: Any, **how: Any) -> Any:
        times.append(1)
        return answers(self, *given, **how)

    order = [str(rules), str(path), "--engine", "columnar", "--jobs", str(jobs)]
    with small_parts(), mock.patch.object(Flow, "answers", counted):
        code = main(["run", *order, "--out", str(out)])
        once = len(times)
        assert not sums or summed(*order) == content(out)["sammendrag"]
    assert code == 0
    return content(out), once


def careful(rules: Path, path: Path, out: Path) -> dict[str, Any]:
    """The same where everything is read first."""
    with mock.patch.object(run, "patients_matter", lambda _: True):
        found, times = ran(rules, path, out)
    assert times == 0
    return found


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("odd", [False, True])
def test_the_same(rules: Path, tmp_path: Path, jobs: int, odd: bool, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "inn", odd=odd)
    wanted = careful(rules, path, tmp_path / "alt")
    said = capsys.readouterr()
    found, times = ran(rules, path, tmp_path / "flyt", jobs, sums=True)
    assert times == 1
    assert_same(found, wanted)
    assert wanted["avvist"].num_rows > 200 and wanted["krav"].num_rows == 900
    shown = capsys.readouterr()
    assert shown.err == said.err and ("ISF6118" in said.err) is odd
    assert shown.out == said.out.replace(str(tmp_path / "alt"), str(tmp_path / "flyt"))


def test_keys_on_several_rows(rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are met at the end; then nothing of what was computed counts."""
    path = written(tmp_path / "inn", repeated=True, odd=True)
    wanted = careful(rules, path, tmp_path / "alt")
    said = capsys.readouterr()
    found, times = ran(rules, path, tmp_path / "flyt")
    assert times == 1
    assert_same(found, wanted)
    assert {"E0", "E39"} <= set(found["avvist"]["record_id"].to_pylist())
    assert not {"E1", "E39"} & set(found["opphold"]["opphold_id"].to_pylist())
    assert capsys.readouterr().err == said.err


def test_a_key_of_a_record_that_was_refused(rules: Path, tmp_path: Path) -> None:
    """Its fellow is none of the records either."""
    path = written(tmp_path / "inn")
    table = pq.read_table(path / "episode.parquet")
    ids = table["episode_id"].to_pylist()
    ids[5_000] = ids[1]  # the age of the last but 999 is missing
    pq.write_table(table.set_column(0, "episode_id", pa.array(ids)), path / "episode.parquet", row_group_size=1_700)
    wanted = careful(rules, path, tmp_path / "alt")
    found, _ = ran(rules, path, tmp_path / "flyt")
    assert_same(found, wanted)
    assert "E1" not in found["opphold"]["opphold_id"].to_pylist()


def test_a_file_that_turns_out_not_to_be_plain(rules: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "inn")
    wanted = careful(rules, path, tmp_path / "alt")
    pieces = ingest.BY_COLUMN[".parquet"]

    def refused(file: Any, reader: Any, rows: int, problems: Any) -> Any:
        for i, piece in enumerate(pieces(file, reader, rows, problems)):
            if i == 2:
                raise NotPlain
            yield piece

    with mock.patch.dict(ingest.ALONE, {".parquet": refused}):  # type: ignore[arg-type]
        found, _ = ran(rules, path, tmp_path / "flyt")
    assert_same(found, wanted)


@pytest.mark.parametrize("when", ["before", "on the way"])
def test_input_that_cannot_be_read(rules: Path, tmp_path: Path, when: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written, and what is said is the same."""
    path = written(tmp_path / "inn")
    if when == "before":
        (path / "mystisk.parquet").write_bytes(b"PAR1")
    else:
        whole = (path / "episode.parquet").read_bytes()
        (path / "episode.parquet").write_bytes(whole[:20_000] + bytes(2_000) + whole[22_000:])
    said = []
    for matter in (True, False):
        how = mock.patch.object(run, "patients_matter", lambda _: True) if matter else nullcontext()
        with how, small_parts():
            order = ["run", str(rules), str(path), "--out", str(tmp_path / "ut"), "--engine", "columnar"]
            assert main([*order, "--jobs", "1"]) == 1
        said.append(capsys.readouterr().err)
        assert not (tmp_path / "ut").exists()
    assert said[0] == said[1] and "feil[" in said[0]


def test_what_is_told_on_the_way(rules: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    path = written(tmp_path / "inn")
    regelverk = api.load(rules)
    looked: list[Any] = []
    with (
        small_parts(),
        regelverk.held(path, limit=10**10) as (data, plan),
    ):
        assert isinstance(data, flow.Flow)
        run.run(
            regelverk.ruleset,
            data,
            tmp_path / "ut",
            plan=plan,
            progress=lambda *what: told.append(what),
            look=looked.append,
        )
    assert told[0] == ("beregner", 0, ROWS + 900) and len(told) > 6
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert len(looked) == 1 and looked[0].ok
