"""Reading in batches gives what reading at once gives, in memory that does not grow."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pytest

import isfdsl
from isfdsl.api import Regelverk
from isfdsl.records.readers.batches import InputBatches, KeyCounts
from isfdsl.testing.sample import generate, write_sample
from tests.npr import support as s

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def year() -> Regelverk:
    return isfdsl.load(ROOT / "rules/2024")


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "xml"])
@pytest.mark.parametrize("size", [7, 100_000])
def test_the_same_as_at_once(year: Regelverk, tmp_path: Path, form: str, size: int) -> None:
    write_sample(generate(year, records=300, seed=4, bad_share=0.1, npr=form == "xml"), tmp_path, form)  # type: ignore[arg-type]
    whole = year.read(tmp_path)
    stream = year.batches(tmp_path, size)
    batches = list(stream)
    assert stream.ok and whole.ok
    for post, records in whole.records.items():
        assert [r for b in batches if b.post == post for r in b.records] == list(records)
    aside = sorted((r for b in batches for r in b.rejects), key=lambda r: (r.post, r.fil, r.rad))
    assert aside == list(whole.rejects) and aside
    assert stream.counts == whole.counts
    assert all(0 < len(b.records) + len(b.rejects) <= size for b in batches)
    assert sorted(p.code for p in stream.problems) == sorted(p.code for p in whole.problems)
    first = next(b for b in batches if b.records)
    assert first.columns(["pasient_id"]) == {"pasient_id": [r.values["pasient_id"] for r in first.records]}


def test_a_key_in_two_files_is_set_aside_in_both(tmp_path: Path) -> None:
    for name, keys in (("a.xml", "x y"), ("b.xml", "y z")):
        text = s.message(*(s.patient(s.episode(key), number=f"{name}{key}") for key in keys.split()))
        (tmp_path / name).write_text(text, encoding="utf-8")
    whole = s.read(tmp_path)
    from isfdsl.records.readers.whole import read_batches

    stream = read_batches(tmp_path, s.SCHEMAS)
    batches = list(stream)
    assert [r.nokkel for b in batches for r in b.records] == ["x", "z"]
    assert [(r.fil, r.kode) for b in batches for r in b.rejects] == [("a.xml", "ISF6114"), ("b.xml", "ISF6114")]
    assert sorted(p.code for p in stream.problems) == sorted(p.code for p in whole.problems)


def test_a_file_that_is_cut_is_found_before_anything_is_handed_out(tmp_path: Path) -> None:
    rows = "".join(f"u{i},p,2024-01-01\n" for i in range(20_000))
    data = gzip.compress(f"utlevering_id,pasient_id,utleveringsdato\n{rows}".encode())
    (tmp_path / "utlevering.csv.gz").write_bytes(data[: len(data) // 2])
    stream = InputBatches(tmp_path, {"utlevering": s.DELIVERY}, batch_size=10)
    assert not stream.survey()
    assert list(stream) == []
    assert [p.severity for p in stream.problems] == ["feil"]


def test_memory_is_bounded(tmp_path: Path) -> None:
    """Ten times as many rows take no more memory, but for the 8 bytes of each key."""

    def peak(rows: int) -> int:
        folder = tmp_path / str(rows)
        folder.mkdir()
        with (folder / "utlevering.jsonl").open("w", encoding="utf-8") as file:
            for i in range(rows):
                file.write(f'{{"utlevering_id": "u{i}", "pasient_id": "p{i}", "utleveringsdato": "2024-01-01"}}\n')
        stream = InputBatches(folder, {"utlevering": s.DELIVERY}, batch_size=500)
        tracemalloc.start()
        count = sum(len(b.records) for b in stream)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == rows
        return found

    peak(100)
    small, large = peak(2_000), peak(20_000)
    assert large < small + 18_000 * 16 + 200_000, (small, large)


def test_repeated_keys_are_counted() -> None:
    counts = KeyCounts()
    for key in ("a", "b", "a", "c", "a"):
        counts.met(key)
    counts.settle()
    assert [counts.times(k) for k in ("a", "b", None)] == [3, 1, 1]
