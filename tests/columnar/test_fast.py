"""The streaming road gives the folder of the general road, or steps aside."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import isfdsl
from isfdsl.columnar import fast
from isfdsl.columnar.run import run_to_folder
from tests.columnar.folders import assert_same, content

RULES = """regelverk Prøve 2024
  gyldig  2024-01-01 til 2024-12-31
  status  endelig
  kilde   "laget for testen"

kodeverk icd10 åpent
kodeverk region
  nord  "Nord"
  sør   "Sør"

post episode "En episode"
  episode_id     tekst nøkkel
  pasient_id     tekst valgfri
  enhet          tekst valgfri
  bostedsregion  kode region valgfri rolle region
  inn            dato 2020-01-01..2030-12-31
  ut             dato 2020-01-01..2030-12-31 valgfri
  hovedtilstand  kode icd10 valgfri
  bitilstander   kode liste icd10

samling tilstander for episode = hovedtilstand, bitilstander
begrep liggetid for episode = dager fra inn til ut

sats enhetspris  50 000 kr  fra 2024-01-01 til 2024-06-30
sats enhetspris  51 000 kr  fra 2024-07-01
sats andel       40 %

egenskap A icd10
  A10
  A11
egenskap B icd10
  B10
  B20  fra 2024-07-01

DRG 1 "Én"
  vekt           1,234
  trimpunkt      3 dager
  liggedagsvekt  0,05
DRG 2 "To"
  vekt           ukjent
  trimpunkt      ukjent
  liggedagsvekt  0,05
DRG 3 "Tre"
  vekt           0,333
  trimpunkt      0 dager
  liggedagsvekt  0,011

opphold av episode
  {stays}
  dateres etter  ut

hierarki DRG for opphold
  rekkefølge  alt
  ellers      3

gruppe alt i DRG
  regel r1 gir 1
    når  hovedtilstand har egenskap A og liggetid >= 1 dager
  regel r2 gir 2
    når        tilstander har egenskap B
    returkode  4 hvis liggetid > 5 dager ellers 2

teller i ISF for opphold
  når  ingen tilstander i C10

poeng for opphold
  grunnlag   vekt
  tillegg    langligger når liggetid > trimpunkt
             (liggetid - trimpunkt) * liggedagsvekt
  avrundes   2 desimaler

refusjon nord for opphold når bostedsregion i nord
  poeng * enhetspris * andel
  avrundes  øre

refusjon ellers for opphold når enhet finnes
  poeng * enhetspris
  avrundes  øre
"""
ALONE = "samles aldri"
JOINED = "samles når  samme pasient_id og neste.inn er senest 0 dager etter forrige.ut"
DAYS = ["2023-12-30", "2024-01-01", "2024-06-29", "2024-06-30", "2024-07-01", "2024-12-31", "2025-01-02"]


@pytest.fixture(scope="module")
def regelverk(tmp_path_factory: pytest.TempPathFactory) -> isfdsl.api.Regelverk:
    return written(tmp_path_factory.mktemp("regler"), ALONE)


def written(folder: Path, stays: str) -> isfdsl.api.Regelverk:
    (folder / "r.isf").write_text(RULES.format(stays=stays), encoding="utf-8")
    return isfdsl.load(folder)


def episodes(folder: Path, n: int = 700, **columns: list[object]) -> Path:
    """Every mixture of some values, blanks and impossible days among them."""
    codes = [None, "A10", "A11", "B10", "B20", "C10", "Q99"]
    days = [DAYS[i * 5 % 7] for i in range(n)]
    later = [None if i % 11 == 0 else DAYS[(i * 5 + i // 7) % 7] for i in range(n)]
    table = {
        "episode_id": [f"e{i * 37 % n:04d}" for i in range(n)],
        "pasient_id": [None if i % 13 == 0 else f"p{i % 40}" for i in range(n)],
        "enhet": [None if i % 9 == 0 else f"u{i % 4}" for i in range(n)],
        "bostedsregion": [("nord", "sør", None)[i % 3] for i in range(n)],
        "inn": [None if i % 101 == 0 else d for i, d in enumerate(days)],
        "ut": later,
        "hovedtilstand": [codes[i % 7] for i in range(n)],
        "bitilstander": [[c for c in codes[1 : i % 5] if c] for i in range(n)],
        **columns,
    }
    lists = {"bitilstander": pa.list_(pa.string())}
    arrays = {name: pa.array(v, lists.get(name, pa.string())) for name, v in table.items()}
    for name in ("inn", "ut"):
        arrays[name] = arrays[name].cast(pa.date32())
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.table(arrays), folder / "episode.parquet", row_group_size=150)
    return folder


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("batch_rows", [1, 64, 10_000])
def test_the_folder_of_the_general_road(
    regelverk: isfdsl.api.Regelverk, tmp_path: Path, jobs: int, batch_rows: int
) -> None:
    path = episodes(tmp_path / "inn", 120 if batch_rows == 1 else 700)
    run_to_folder(regelverk.ruleset, regelverk.ingest(path), tmp_path / "en", dict)
    wanted = content(tmp_path / "en")
    assert wanted["opphold"].num_rows and wanted["avvist"].num_rows
    ran = fast.run(regelverk.ruleset, path, regelverk.schemas, tmp_path / "to", dict, jobs=jobs, batch_rows=batch_rows)
    assert ran is not None
    assert_same(content(tmp_path / "to"), wanted)
    summary = dict(wanted["sammendrag"])
    without = fast.run(regelverk.ruleset, path, regelverk.schemas, None, dict, jobs=jobs, batch_rows=batch_rows)
    assert without is not None and {k: str(v) for k, v in without.summary["totalt"].items()} == {
        k: str(v) for k, v in summary["totalt"].items()
    }


def test_no_records(regelverk: isfdsl.api.Regelverk, tmp_path: Path) -> None:
    path = episodes(tmp_path / "inn", 0)
    run_to_folder(regelverk.ruleset, regelverk.ingest(path), tmp_path / "en", dict)
    assert fast.run(regelverk.ruleset, path, regelverk.schemas, tmp_path / "to", dict) is not None
    assert_same(content(tmp_path / "to"), content(tmp_path / "en"))


def test_repeated_keys_are_for_the_general_road(regelverk: isfdsl.api.Regelverk, tmp_path: Path) -> None:
    path = episodes(tmp_path / "inn", 20, episode_id=["lik", *(f"e{i}" for i in range(18)), "lik"])
    assert fast.run(regelverk.ruleset, path, regelverk.schemas, tmp_path / "ut", dict) is None
    assert sorted(p.name for p in tmp_path.iterdir()) == ["inn"]


def test_unreadable_files_are_for_the_general_road(regelverk: isfdsl.api.Regelverk, tmp_path: Path) -> None:
    path = episodes(tmp_path / "inn", 20)
    (path / "episode.parquet").write_bytes(b"PAR1 er det ikke")
    assert fast.run(regelverk.ruleset, path, regelverk.schemas, tmp_path / "ut", dict) is None
    assert sorted(p.name for p in tmp_path.iterdir()) == ["inn"]


def test_which_regelverk_fit(regelverk: isfdsl.api.Regelverk, tmp_path: Path) -> None:
    assert fast.fits(regelverk.ruleset)
    joined = written(tmp_path, JOINED)
    assert not fast.fits(joined.ruleset)
    assert fast.run(joined.ruleset, tmp_path, joined.schemas, tmp_path / "ut", dict) is None
