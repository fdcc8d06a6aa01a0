"""Settlements of H-resepter as records."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from tests.npr import support as s

HEADER = (
    "lopeNr;HReseptId_lnr;atc_1;refusjonsKodeResept;refusjonsKodeUtlevering;"
    "utleveringsdato;reseptType;behandlingsstedReshID"
)


def write(folder: Path, *rows: str, name: str = "oppgjør 2024.csv", header: str = HEADER) -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_file_is_known_by_its_header(tmp_path: Path) -> None:
    write(tmp_path, "1;77;L04AB01;M069;;2024-03-01;H;4711", "1;77;L04AB01;M069;;01.06.2024;H;4711")
    lists = "personell,takster,bitilstander,prosedyrer,særkoder,legemidler"
    plain = f"episode_id,pasient_id,inn,{lists}\ne1,1,2024-01-01,,,,,,\n"
    (tmp_path / "episode.csv").write_text(plain, encoding="utf-8")
    found = s.read(tmp_path)
    assert s.codes_of(found) == [] and len(found.records["episode"]) == 1
    first, second = found.records["utlevering"]
    assert {k: v for k, v in first.values.items() if v is not None} == {
        "utlevering_id": "77/2024-03-01/L04AB01",
        "pasient_id": "1",
        "utleveringsdato": dt.date(2024, 3, 1),
        "enhet": "4711",
        "atc": "L04AB01",
        "refusjonskode_resept": "M069",
    }
    assert second.values["utleveringsdato"] == dt.date(2024, 6, 1)
    assert (first.rad, second.rad) == (2, 3)
    (note,) = [p for p in found.problems if p.code == "ISF6316"]
    assert "2 rader" in note.message() and "«reseptType»" in note.message()


def test_one_named_after_its_post(tmp_path: Path) -> None:
    write(tmp_path, "1;77;L04AB01;M069;;2024-03-01;H;4711", name="utlevering.csv")
    assert len(s.read(tmp_path).records["utlevering"]) == 1
    plain = "utlevering_id,pasient_id,utleveringsdato\nu1,1,2024-01-01\n"
    (tmp_path / "utlevering.csv").write_text(plain, encoding="utf-8")
    assert s.read(tmp_path).records["utlevering"][0].record_id == "u1"


def test_bad_rows_are_set_aside(tmp_path: Path) -> None:
    write(
        tmp_path,
        "1;77;??;M069;;2024-03-01;H;1",
        "1;78;L04AB01",
        ";79;L04AB01;;;2024-03-01;H;1",
        "1;80;L04AB01;;;i går;H;",
    )
    found = s.read(tmp_path)
    assert [(r.rad, r.kode) for r in found.rejects] == [
        (2, "ISF6106"),
        (3, "ISF6115"),
        (4, "ISF6101"),
        (5, "ISF6102"),
    ]


def test_a_regelverk_without_the_post(tmp_path: Path) -> None:
    write(tmp_path, "1;77;L04AB01;M069;;2024-03-01;H;4711")
    found = s.read(tmp_path, schemas={"episode": s.EPISODE})
    assert s.codes_of(found) == ["ISF6313"]
