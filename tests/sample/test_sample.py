"""Samples: readable, varied, the same for the same seed, and in every format the same."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from isfdsl.testing.sample import Sample, SampleFormat, generate, write_sample
from tests.sample.support import FEATURES, MINI, NATIONAL, ROOT, load

SCHEMA_FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "npr"
HAS_SCHEMA = (SCHEMA_FOLDER / "XPR(ord).xsd").is_file()


@pytest.fixture(scope="module")
def national() -> Sample:
    return generate(load(NATIONAL), records=3000, seed=7)


def columns(sample: Sample, post: str) -> dict[str, list[Any]]:
    (batch,) = sample.batches()
    return batch[post]


@pytest.mark.parametrize("spec", [NATIONAL, FEATURES, MINI])
@pytest.mark.parametrize("fmt", ["parquet", "csv", "jsonl"])
def test_every_record_can_be_read(tmp_path: Path, spec: str, fmt: SampleFormat) -> None:
    regelverk = load(spec)
    counts = write_sample(generate(regelverk, records=400, seed=3), tmp_path / "ut", fmt)
    found = regelverk.read(tmp_path / "ut")
    assert found.ok and not found.rejects
    assert {name: len(r) for name, r in found.records.items()} == counts
    assert counts["episode"] == 400


def test_what_lies_beside_is_there_with_the_rest_or_not_at_all(tmp_path: Path) -> None:
    sample = generate(load(MINI), records=5, seed=1)
    write_sample(sample, tmp_path / "ut", "csv", lambda: {"_om.txt": "æ\n"})
    assert (tmp_path / "ut" / "_om.txt").read_text(encoding="utf-8") == "æ\n"

    def full() -> dict[str, str]:
        raise OSError(28, "disken er full")

    with pytest.raises(OSError, match="full"):
        write_sample(sample, tmp_path / "igjen", "csv", full)
    assert [p.name for p in tmp_path.iterdir()] == ["ut"]


def test_the_formats_hold_the_same(tmp_path: Path) -> None:
    regelverk = load(FEATURES)
    read = []
    for fmt in ("parquet", "csv", "jsonl"):
        write_sample(generate(regelverk, records=150, seed=1), tmp_path / fmt, fmt)  # type: ignore[arg-type]
        found = regelverk.read(tmp_path / fmt)
        read.append({name: [(r.nokkel, dict(r.values)) for r in rs] for name, rs in found.records.items()})
    assert read[0] == read[1] == read[2]


def test_the_same_seed_gives_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    def digests(hash_seed: str, seed: str, npr: bool) -> list[str]:
        out = tmp_path / f"{hash_seed}-{seed}-{npr}"
        form = "xml" if npr else "csv"
        command = [sys.executable, "-m", "isfdsl.cli.main", "sample", NATIONAL, "--records", "60", "--seed", seed]
        command += ["--out", str(out), "--format", form, "--bad", "0.05", "--cover"]
        env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        subprocess.run(command, check=True, env=env, capture_output=True, timeout=300)
        return [hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(out.iterdir())]

    first = digests("1", "5", False)
    assert first == digests("2", "5", False)
    assert first != digests("1", "6", False)
    assert digests("1", "5", True) == digests("2", "5", True)


def test_batches_can_be_drawn_again(national: Sample) -> None:
    assert list(national.batches()) == list(national.batches())


def test_codes_are_skewed(national: Sample) -> None:
    main = Counter(columns(national, "episode")["hovedtilstand"])
    (_, most), *_ = main.most_common(1)
    assert len(main) > 60 and most > 10 * sorted(main.values())[len(main) // 2]


def test_patients_come_back_and_stay_themselves(national: Sample) -> None:
    own = columns(national, "episode")
    contacts = Counter(own["pasient_id"])
    assert sum(1 for n in contacts.values() if n > 1) > 200 and max(contacts.values()) > 5
    facts: dict[str, set[Any]] = {}
    for who, sex, born in zip(own["pasient_id"], own["kjønn"], own["fødselsdato"], strict=True):
        facts.setdefault(who, set()).add((sex, born))
    assert all(len(f) == 1 for f in facts.values())
    years = [b.year for b in own["fødselsdato"] if b is not None]
    assert min(years) < 1940 and max(years) > 2015
    deliveries = columns(national, "utlevering")["pasient_id"]
    assert len(set(deliveries) & set(contacts)) > 20 and max(Counter(deliveries).values()) > 1


def test_hospitals_seasons_and_stays(national: Sample) -> None:
    own = columns(national, "episode")
    assert len(set(own["institusjon"])) > 10 and len(set(own["enhet"])) > 40 and len(set(own["bostedsregion"])) == 4
    assert {s.year for s in own["inn"]} == {2024} and len({s.month for s in own["inn"]}) == 12
    weekend = sum(s.weekday() > 4 for s in own["inn"]) / len(own["inn"])
    assert 0.01 < weekend < 0.25
    nights = [(e.date() - s.date()).days for s, e in zip(own["inn"], own["ut"], strict=True) if e is not None]
    assert all(n >= 0 for n in nights)
    assert 0.2 < sum(n == 0 for n in nights) / len(nights) < 0.9 and max(nights) > 10


def test_it_reaches_groups_services_and_courses() -> None:
    regelverk = load(FEATURES)
    result = regelverk.evaluate(generate(regelverk, records=600, seed=2).rows())
    assert len({s.drg for s in result.stays}) > 5
    assert len({s.stg for s in result.services}) >= 3
    assert any(len(c.members) > 1 for c in result.courses)


def test_a_share_is_spoilt_on_purpose(tmp_path: Path) -> None:
    regelverk = load(NATIONAL)
    sample = generate(regelverk, records=2000, seed=4, bad_share=0.05)
    write_sample(sample, tmp_path / "ut", "parquet")
    found = regelverk.read(tmp_path / "ut")
    assert found.ok
    assert len(found.rejects) == sample.spoilt and 60 < sample.spoilt < 200
    assert len({r.kode for r in found.rejects}) >= 4


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "ut").mkdir()
    (tmp_path / "ut" / "x").write_text("", encoding="utf-8")
    with pytest.raises(FileExistsError):
        write_sample(generate(load(MINI), records=1), tmp_path / "ut", "csv")
    assert [p.name for p in tmp_path.iterdir()] == ["ut"]


def test_no_records_at_all(tmp_path: Path) -> None:
    assert write_sample(generate(load(MINI), records=0), tmp_path / "ut", "csv") == {"episode": 0}


# ------------------------------------------------------------ as messages


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One sample as messages and as Parquet."""
    folder = tmp_path_factory.mktemp("npr")
    regelverk = load(NATIONAL)
    for fmt in ("xml", "parquet"):
        sample = generate(regelverk, records=500, seed=11, npr=True, cover=True)
        write_sample(sample, folder / fmt, fmt)  # type: ignore[arg-type]
    return folder / "xml", folder / "parquet"


def test_read_as_xml_is_read_as_parquet(both: tuple[Path, Path]) -> None:
    regelverk = load(NATIONAL)
    messages, tables = (regelverk.read(p) for p in both)
    assert messages.ok and tables.ok and not messages.rejects and not tables.rejects
    first = {r.record_id: dict(r.values) for r in messages.records["episode"]}
    second = {r.record_id: dict(r.values) for r in tables.records["episode"]}
    assert first == second and len(first) == 500
    deliveries = [
        sorted(repr({k: v for k, v in r.values.items() if k != "utlevering_id"}) for r in f.records["utlevering"])
        for f in (messages, tables)
    ]
    assert deliveries[0] == deliveries[1]


FIGURES = (
    "lest", "behandlet", "antall", "mangler", "per_drg", "per_stg", "per_tfg", "per_enhet", "per_region", "per_omrade",
    "totalt",
)  # fmt: skip


def test_what_is_bad_as_parquet_is_bad_as_messages(tmp_path: Path) -> None:
    """A message can also show a fault as a breach of its structure, so the codes may differ, the records not."""
    regelverk = load(NATIONAL)
    aside: list[list[tuple[str, str]]] = []
    for fmt in ("xml", "parquet"):
        sample = generate(regelverk, records=1500, seed=7, npr=True, bad_share=0.05)
        write_sample(sample, tmp_path / fmt, fmt)  # type: ignore[arg-type]
        found = regelverk.read(tmp_path / fmt)
        assert found.ok
        # A delivery's key is put together from its columns in the table.
        own = {(r.post or "", (r.record_id or "").split("/")[0]) for r in found.rejects}
        aside.append(sorted(own))
        assert len(own) > 0.6 * sample.spoilt > 30
    assert aside[0] == aside[1]


@pytest.mark.slow
def test_the_totals_are_the_same_by_both_roads(both: tuple[Path, Path]) -> None:
    from isfdsl.interp.tables import summary

    regelverk = load(NATIONAL)
    sums = []
    for path in both:
        found = summary(regelverk.evaluate(regelverk.read(path)), regelverk.ruleset)
        sums.append({k: found[k] for k in FIGURES})
    assert sums[0] == sums[1]
    assert sums[0]["antall"]["opphold"] > 300 and sums[0]["totalt"]["refusjon"] > 0


@pytest.mark.skipif(not HAS_SCHEMA, reason="skjemafilene til NPR-meldingen (XPR(ord).xsd) er ikke ved hånden")
class TestSchemaValid:
    """What is written is valid by the schema files."""

    def test_by_our_own_reader(self, both: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ISFDSL_NPR", str(SCHEMA_FOLDER))
        found = load(NATIONAL).read(both[0])
        assert found.ok and not found.rejects
        assert {p.code for p in found.problems} == {"ISF6312", "ISF6316"}
        assert all("XPR(ord).xsd" in p.message() for p in found.problems if p.code == "ISF6312")

    def test_by_lxml(self, both: tuple[Path, Path], tmp_path: Path) -> None:
        etree = pytest.importorskip("lxml.etree", reason="lxml er ikke installert")
        for path in SCHEMA_FOLDER.glob("*.xsd"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
        types = "".join(
            f'<simpleType name="{n}"><restriction base="string"/></simpleType>' for n in ("guid", "kommNr", "bydelNr")
        )
        (tmp_path / "NPR.xsd").write_text(  # not among the files; only its simple types are used
            '<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.npr.no/xmlstds/53_1_3">'
            f"{types}</schema>",
            encoding="utf-8",
        )
        schema = etree.XMLSchema(etree.parse(str(tmp_path / "XPR(ord).xsd")))
        for path in both[0].glob("*.xml"):
            schema.assertValid(etree.parse(str(path)))


def test_a_message_cannot_say_everything() -> None:
    sample = generate(load(NATIONAL), records=200, seed=1, npr=True)
    own = columns(sample, "episode")
    assert not any(v is not None for v in own.get("fødselsdato", ()))
    assert not any(v is not None for v in own.get("attest_journalført", ()))
    assert all(isinstance(s, dt.datetime) for s in own["inn"])


def test_a_regelverk_without_episodes_has_no_messages() -> None:
    with pytest.raises(ValueError, match="episode"):
        from isfdsl.program.ruleset import Ruleset

        generate(Ruleset((), {}), records=1, npr=True)
