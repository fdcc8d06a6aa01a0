"""What an NPR message becomes."""

from __future__ import annotations

import datetime as dt
import gzip
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from isfdsl.records.readers.npr import NprReaders
from tests.npr import support as s

FULL = s.message(
    s.patient(
        s.episode(
            "e1",
            '<AvdOpp permisjonsdogn="1" avdoppAktivitet="8"/>'
            '<Tidspunkt tidspunkt="2024-02-06T08:00:00" typeTidspunkt="2"/>',
            s.condition(2, "A170", "G01")
            + s.condition(1, "M161")
            + '<Tjeneste startDatoTid="2024-02-03T09:00:00"><Tiltak typeTiltak="1"><Helseperson polUtforende="5"/>'
            + f'<Prosedyre prosNr="1">{s.code(1, "K", "NFB30")}</Prosedyre>'
            + f'<Prosedyre prosNr="2">{s.code(1, "M", "WMGA28")}</Prosedyre>'
            + f'<Prosedyre prosNr="3">{s.code(1, "S", "A0099")}{s.code(2, "F", "L04AB01")}</Prosedyre>'
            + f'<Prosedyre prosNr="4">{s.code(1, "P", "XX1")}</Prosedyre></Tiltak></Tjeneste>',
            more=' utDatoTid="2024-02-09T12:00:00" episodeFag="320" arenafleksibel="2"',
        ),
        s.episode(
            "e2",
            '<Kontakt kontaktType="7" stedAktivitet="1" polkonAktivitet="4"><Helseperson polUtforende="1"/>'
            '<Helseperson polUtforende="2"/><Takst takstnummer="702a"/></Kontakt>',
            refs=s.REFS.replace('enhetID="1"', 'enhetID="2"'),
        ),
    )
)


def test_every_field_is_where_the_mapping_says(tmp_path: Path) -> None:
    found = s.read_text(tmp_path, FULL)
    assert s.codes_of(found) == [] and not found.rejects
    first, second = found.records["episode"]
    assert {k: v for k, v in first.values.items() if v not in (None, ())} == {
        "episode_id": "e1",
        "pasient_id": "P1",
        "institusjon": "999",
        "enhet": "4711",
        "isf_refusjon": True,
        "tjenesteområde": "phv",
        "inn": dt.datetime(2024, 2, 3, 8, 15),
        "ut": dt.datetime(2024, 2, 9, 12),
        "fødselsår": 1950,
        "kjonn": "1",
        "arenafleksibel": False,
        "permisjonsdøgn": 1,
        "utskrivningsklare_døgn": 3,
        "aktivitetstype": "8",
        "hovedtilstand": ("M161", None),
        "bitilstander": (("A170", "G01"),),
        "prosedyrer": ("NFB30", "WMGA28"),
        "særkoder": ("A0099",),
        "legemidler": ("L04AB01",),
    }
    assert {k: v for k, v in second.values.items() if v not in (None, ())} == {
        "episode_id": "e2",
        "pasient_id": "P1",
        "institusjon": "999",
        "enhet": "988",
        "isf_refusjon": False,
        "inn": dt.datetime(2024, 2, 3, 8, 15),
        "fødselsår": 1950,
        "kjonn": "1",
        "kontakttype": "7",
        "aktivitetstype": "4",
        "personell": ("1", "2"),
        "takster": ("702a",),
    }


def test_the_row_is_the_line_of_the_episode(tmp_path: Path) -> None:
    found = s.read_text(tmp_path, FULL)
    lines = FULL.split("\n")
    assert [lines[r.rad - 1].startswith("<Episode") for r in found.records["episode"]] == [True, True]


def test_a_missing_mandatory_field_is_set_aside_with_its_line(tmp_path: Path) -> None:
    schema = s.RecordSchema("episode", (*s.EPISODE.fields, s.FieldSchema("bydel", "tekst")), s.EPISODE.roles)
    path = tmp_path / "m.xml"
    path.write_text(FULL, encoding="utf-8")
    found = s.read(path, schemas={"episode": schema})
    assert [(r.kode, r.record_id) for r in found.rejects] == [("ISF6101", "e1"), ("ISF6101", "e2")]
    assert found.rejects[0].rad == 1 + FULL[: FULL.index('episodeID="e1"')].count("\n")


def test_codes_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    tilstand = f'<Tilstand tilstNr="1">{s.code(2, "D", "G01")}{s.code(1, "D", "A170")}</Tilstand>'
    found = s.read_text(tmp_path, s.message(s.patient(s.episode(after=s.condition(3, "I10") + tilstand))))
    (record,) = found.records["episode"]
    assert record.values["hovedtilstand"] == ("A170", "G01")
    assert record.values["bitilstander"] == (("I10", None),)


def test_a_first_condition_in_another_code_system_leaves_no_main_condition(tmp_path: Path) -> None:
    icpc = f'<Tilstand tilstNr="1">{s.code(1, "H", "A01")}</Tilstand>'
    found = s.read_text(tmp_path, s.message(s.patient(s.episode(after=icpc + s.condition(2, "I10")))))
    (record,) = found.records["episode"]
    assert record.values["hovedtilstand"] is None
    assert record.values["bitilstander"] == (("I10", None),)
    assert "1 koder i Tilstand H" in next(p.message() for p in found.problems if p.code == "ISF6312")


@pytest.mark.parametrize(
    ("moments", "days"),
    [
        ([("2024-02-05", "2")], 4),
        ([("2024-02-05", "2"), ("2024-02-07", "4")], 2),
        ([("2024-02-07", "4"), ("2024-02-05", "2"), ("2024-02-08", "2")], 3),
        ([("2024-02-05", "3")], None),
        ([("2024-02-09", "2")], 0),
    ],
)
def test_days_ready_for_discharge(tmp_path: Path, moments: list[tuple[str, str]], days: int | None) -> None:
    text = "".join(f'<Tidspunkt tidspunkt="{d}T08:00:00" typeTidspunkt="{k}"/>' for d, k in moments)
    one = s.episode(inside=f"<AvdOpp/>{text}", more=' utDatoTid="2024-02-09T07:00:00"')
    (record,) = s.read_text(tmp_path, s.message(s.patient(one))).records["episode"]
    assert record.values["utskrivningsklare_døgn"] == days


def test_gzip_zip_and_plain_are_the_same(tmp_path: Path) -> None:
    plain = s.read_text(tmp_path, FULL)
    packed = tmp_path / "m.xml.gz"
    packed.write_bytes(gzip.compress(FULL.encode()))
    zipped = tmp_path / "m.zip"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a/m.xml", FULL)
        z.writestr("__MACOSX/x", "søppel")
    wanted = [r.values for r in plain.records["episode"]]
    for path in (packed, zipped):
        found = s.read(path)
        assert s.codes_of(found) == []
        assert [r.values for r in found.records["episode"]] == wanted


def test_many_files_and_ids_that_repeat_across_them(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(FULL, encoding="utf-8")
    other = s.message(s.patient(s.episode("e2"), s.episode("e3"), number="P2"))
    (tmp_path / "b.xml").write_text(other, encoding="utf-8")
    found = s.read(tmp_path)
    assert [r.record_id for r in found.records["episode"]] == ["e1", "e3"]
    assert sorted((r.fil, r.record_id, r.kode) for r in found.rejects) == [
        ("a.xml", "e2", found.rejects[0].kode),
        ("b.xml", "e2", found.rejects[0].kode),
    ]
    assert "ISF6021" in s.codes_of(found)
    counts = found.counts["episode"]
    assert counts.lest == counts.godtatt + counts.avvist == 4


def test_the_report_says_what_was_not_used(tmp_path: Path) -> None:
    path = tmp_path / "m.xml"
    path.write_text(FULL, encoding="utf-8")
    readers = NprReaders(s.SCHEMAS)
    assert sum(1 for _ in readers.rows(path, path.name)) == 2
    tally = readers.tallies["m.xml"]
    assert tally.versjon == "53.1.3"
    assert tally.elementer["Melding/Institusjon/Objektholder/Episode"] == 2
    assert tally.ubrukte_koder == {"Prosedyre P": 1}
    assert tally.ubrukte_elementer["Tiltak/Helseperson"] == 1
    assert tally.ubrukte_attributter["Episode@debitor"] == 2  # the post of these tests has no such field


def test_prefixed_elements_are_the_same_elements(tmp_path: Path) -> None:
    text = re.sub(r"<(/?)([A-Z])", r"<\1n:\2", FULL).replace("xmlns=", "xmlns:n=")
    found = s.read_text(tmp_path, text)
    assert s.codes_of(found) == [] and len(found.records["episode"]) == 2


def test_an_unknown_version_names_the_known_ones(tmp_path: Path) -> None:
    found = s.read_text(tmp_path, FULL.replace('versjon="53.1.3"', 'versjon="58.0.1"'))
    (problem,) = [p for p in found.problems if p.severity == "feil"]
    assert problem.code == "ISF6308" and "58.0.1" in problem.message() and "53.1.3" in problem.message()


def test_a_new_version_is_a_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from isfdsl.records.readers.npr import mapping

    own = tmp_path / "tilordning"
    own.mkdir()
    shipped = Path(mapping.__file__).parent / "mapping_53_1_3.toml"
    text = shipped.read_text(encoding="utf-8").replace("53.1.3", "58.0.1").replace("53_1_3", "58_0_1")
    (own / "ny.toml").write_text(text.replace('fra = "@debitor"', 'fra = "@bydel"'), encoding="utf-8")
    monkeypatch.setenv("ISFDSL_NPR", str(own))
    newer = FULL.replace("53.1.3", "58.0.1").replace("53_1_3", "58_0_1")
    assert len(s.read_text(tmp_path, newer).records["episode"]) == 2
    assert len(s.read_text(tmp_path, FULL).records["episode"]) == 2


def test_a_broken_mapping_is_a_coded_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "x.toml").write_text('format = "npr"\nversjon = "1"\n', encoding="utf-8")
    monkeypatch.setenv("ISFDSL_NPR", str(tmp_path / "t"))
    assert s.codes_of(s.read_text(tmp_path, FULL)) == ["ISF6314"]


def test_deletions_that_hit_nothing_are_said(tmp_path: Path) -> None:
    slett = '<Slett objekttype="E" slettGUID="x"/>'
    found = s.read_text(tmp_path, s.message(slett, s.patient(s.episode())))
    assert "ISF6311" in [p.code for p in found.problems]


def _guid(episode: str, guid: str) -> str:
    return episode.replace("<Episode ", f'<Episode episodeGUID="{guid}" ', 1)


@pytest.mark.parametrize("packed", [False, True])
def test_a_later_message_deletes_what_an_earlier_one_has(tmp_path: Path, packed: bool) -> None:
    first = s.message(
        s.patient(_guid(s.episode("a"), "g-a"), _guid(s.episode("b"), "g-b"), _guid(s.episode("c"), "g-c"))
    )
    slett = "".join(f'<Slett objekttype="{k}" slettGUID="{i}"/>' for k, i in (("E", "g-a"), ("E", "g-b"), ("H", "h")))
    later = s.message(slett, s.patient(_guid(s.episode("b"), "g-b")))
    later = later.replace('uttakDato="2024-05-01"', 'uttakDato="2024-06-01"')
    for name, text in (("z-mars.xml", first), ("april.xml", later)):
        if packed:
            with zipfile.ZipFile(tmp_path / f"{name[:-4]}.zip", "w") as archive:
                archive.writestr(name, text)
        else:
            (tmp_path / name).write_text(text, encoding="utf-8")
    found = s.read(tmp_path)
    # «b» came again in the later message, and is read from there.
    assert sorted((r.nokkel, r.fil[:5]) for r in found.records["episode"]) == [("b", "april"), ("c", "z-mar")]
    assert [(r.kode, "«april" in r.melding) for r in found.rejects] == [("ISF6317", True), ("ISF6317", True)]
    (said,) = [p for p in found.problems if p.code == "ISF6311"]
    assert "3 objekter; 2 er slettet; 1 er ikke gjort" in said.message()


def test_a_message_of_the_same_day_deletes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(s.message(s.patient(_guid(s.episode("a"), "g-a"))), encoding="utf-8")
    slett = '<Slett objekttype="E" slettGUID="g-a"/>'
    (tmp_path / "b.xml").write_text(s.message(slett, s.patient(s.episode("b"))), encoding="utf-8")
    found = s.read(tmp_path)
    assert sorted(str(r.nokkel) for r in found.records["episode"]) == ["a", "b"]
    assert "ISF6311" in [p.code for p in found.problems]


def test_a_deleted_patient_takes_the_episodes_along(tmp_path: Path) -> None:
    first = s.message(s.patient(s.episode("a"), s.episode("b"))).replace(
        "<Objektholder ", '<Objektholder pasientGUID="p" '
    )
    (tmp_path / "a.xml").write_text(first, encoding="utf-8")
    later = s.message('<Slett objekttype="P" slettGUID="p"/>', s.patient(s.episode("c"), number="9"))
    (tmp_path / "b.xml").write_text(later.replace('uttakDato="2024-05-01"', 'uttakDato="2024-06-01"'), encoding="utf-8")
    found = s.read(tmp_path)
    assert [r.nokkel for r in found.records["episode"]] == ["c"]
    assert "ISF6311" not in [p.code for p in found.problems]


def test_one_number_for_two_people_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(s.message(s.patient(s.episode("a"))), encoding="utf-8")
    other = s.message(s.patient(s.episode("b"), person='kjonn="2" fodselsar="1999"'), institution="888")
    (tmp_path / "b.xml").write_text(other, encoding="utf-8")
    assert "ISF6315" in [p.code for p in s.read(tmp_path).problems]
    shutil.copy(tmp_path / "a.xml", tmp_path / "c.xml")
    (tmp_path / "b.xml").unlink()
    assert "ISF6315" not in [p.code for p in s.read(tmp_path).problems]
