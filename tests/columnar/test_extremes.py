"""Both engines on what is unlikely but allowed: very large and very small numbers, fractions, ties, the first day."""

from __future__ import annotations

import io
import json
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isfdsl.cli.main import main
from isfdsl.columnar import run
from tests.columnar.folders import assert_same, content

RULES = """regelverk Ytterst 2024
  gyldig 2024-01-01 til 2024-12-31
  status test
  kilde "prøve"
post e
  id tekst nøkkel
  pasient_id tekst
  institusjon tekst valgfri
  inn dato valgfri
  x desimal valgfri
  y desimal valgfri
  h heltall valgfri
  kilde "prøve"
DRG 1 "a" HDG 1 vekt 1 poeng finansiert ja
  kilde "prøve"
DRG 2 "b" HDG 1 vekt 2 poeng finansiert ja
  kilde "prøve"
hierarki DRG for opphold
  rekkefølge g
  ellers 2
  kilde "prøve"
gruppe g i DRG
  kilde "prøve"
  regel r1 gir 1
    når alltid
    kilde "prøve"
opphold av e
  samles aldri
  kilde "prøve"
poeng for opphold
  grunnlag vekt
  avrundes 3 desimaler
  kilde "prøve"
teller i ISF for opphold
  kilde "prøve"
refusjon r
  poeng * 1 000 kr
  avrundes øre
  kilde "prøve"
"""
STG = """STG Q "s" HDG 1 vekt 0,1234567
  utløses av e
  når h > 0
  telles per kontakt
  finansiert ja
  kilde "prøve"
rekkefølge STG: Q
  kilde "prøve"
"""
NINE = 'poeng for særtjeneste\n  grunnlag vekt\n  avrundes 9 desimaler\n  kilde "prøve"\n'
HEAD = "id,pasient_id,institusjon,inn,x,y,h"

CASES: dict[str, tuple[dict[str, str], str, list[str], int]] = {
    "same quotient": (
        {"samles aldri": "samles når samme (x / h)"},
        "",
        ["a,P,,2024-02-01,1,,2", "b,P,,2024-02-01,1,,3", "c,P,,2024-02-01,2,,6"],
        0,
    ),
    "weight of seven decimals": ({}, STG, ["a,P,,2024-02-01,,,1"], 1),
    "weight of seven decimals, outside the year": ({}, STG, ["a,P,,2023-02-01,,,1"], 0),
    "rounded to nine decimals, outside the year": ({}, STG + NINE, ["a,P,,2023-02-01,,,1"], 0),
    "rounded to nine decimals": ({}, STG + NINE, ["a,P,,2024-02-01,,,1"], 1),
    "weight of seven decimals, rounded": (
        {},
        STG + NINE.replace("9", "6"),
        ["a,P,,2024-02-01,,,1", "b,Q,,2023-02-01,,,1"],
        0,
    ),
    "unknown points of nine decimals": (
        {"grunnlag vekt\n": "grunnlag x / 7 * 1 poeng\n  tillegg a\n    h * 1 poeng\n", "3 desimaler": "9 desimaler"},
        "",
        ["a,P,,2024-02-01,1,,"],
        0,
    ),
    "points of nine decimals": (
        {"grunnlag vekt\n": "grunnlag x / 7 * 1 poeng\n", "3 desimaler": "9 desimaler"},
        "",
        ["a,P,,2024-02-01,1,,", "b,P,,2023-02-01,1,,"],
        1,
    ),
    "nine decimals that are zero": (
        {"grunnlag vekt\n": "grunnlag x / 4 * 1 poeng\n", "3 desimaler": "9 desimaler"},
        "",
        ["a,P,,2024-02-01,1,,", "b,P,,2023-02-01,1,,"],
        0,
    ),
    "kroner of four decimals": (
        {"avrundes øre": "avrundes 4 desimaler", "poeng *": "x / 7 *"},
        "",
        ["a,P,,2024-02-01,1,,"],
        1,
    ),
    "kroner of four decimals that are zero": ({"avrundes øre": "avrundes 4 desimaler"}, "", ["a,P,,2024-02-01,1,,"], 0),
    "highest points of nine decimals": (
        {
            "samles aldri": "samles når samme dag\n  x sum\n  h av den med høyest poeng",
            "grunnlag vekt": "grunnlag x / 7 * h * 1 poeng",
            "3 desimaler": "9 desimaler",
        },
        "",
        ["a,P,,2024-02-01,3,,1", "b,P,,2024-02-01,4,,2"],
        0,
    ),
    "highest points by the ninth decimal": (
        {
            "samles aldri": "samles når samme dag\n  h av den med høyest poeng",
            "grunnlag vekt": "grunnlag x * 1 poeng",
            "3 desimaler": "9 desimaler",
        },
        "",
        ["a,P,,2024-02-01,1,,1", "b,P,,2024-02-01,1.000000001,,2"],
        0,
    ),
    "highest points beyond 64 bits": (
        {
            "samles aldri": "samles når samme dag\n  h av den med høyest poeng",
            "grunnlag vekt": "grunnlag x * 1 poeng\n  tillegg a når h > 5\n    1 poeng",
        },
        "",
        ["a,P,,2024-02-01,1,,1", "b,P,,2024-02-01,10000000000000,,2"],
        0,
    ),
    "an addition beyond 64 bits": (
        {
            "samles aldri": "samles når samme dag\n  x av den med høyest poeng",
            "grunnlag vekt": "grunnlag x * 1 poeng\n  tillegg a når h > 1\n    h * 1 poeng",
        },
        "",
        ["a,P,,2024-02-01,1,,1", "b,P,,2024-02-01,5,,10000000000000"],
        0,
    ),
    "products of many decimals": (
        {"når alltid": "når x * y > 0"},
        "",
        ["a,P,,2024-02-01,0.1234567891,0.9876543211,", "b,P,,2024-02-01,0,0,", "c,P,,2024-02-01,,0.5,"],
        0,
    ),
    "nothing times much": (
        {"grunnlag vekt": "grunnlag 0 poeng\n  tillegg a når h > 0\n    x * y * 1 poeng"},
        "",
        ["a,P,,2024-02-01,0.1234567891,0.9876543211,1", "b,P,,2024-02-01,,,"],
        0,
    ),
    "points of thirteen digits": (
        {"grunnlag vekt": "grunnlag x * 1 poeng"},
        "",
        ["a,P,,2024-02-01,1000000000000,,"],
        1,
    ),
    "points beyond 64 bits": ({"grunnlag vekt": "grunnlag x * 1 poeng"}, "", ["a,P,,2024-02-01,9000000000000,,"], 1),
    "points of twelve digits": ({"grunnlag vekt": "grunnlag x * 1 poeng"}, "", ["a,P,,2024-02-01,999999999999,,"], 0),
    "kroner of seventeen digits": ({"1 000 kr": "x * 1 kr"}, "", ["a,P,,2024-02-01,10000000000000000,,"], 1),
    "kroner of sixteen digits": ({"1 000 kr": "x * 1 kr"}, "", ["a,P,,2024-02-01,9999999999999999,,"], 0),
    "a large weight": ({"vekt 1 poeng": "vekt 9 999 999 999 999 999,5 poeng"}, "", ["a,P,,2024-02-01,,,"], 1),
    "a weight of sixty decimals": (
        {"vekt 1 poeng": f"vekt 0,{'1' * 60} poeng", "3 desimaler": "12 desimaler"},
        "",
        ["a,P,,2024-02-01,,,"],
        1,
    ),
    "a level beyond 64 bits": (
        {"når alltid": "når tyngde > 1"},
        'nivå tyngde for opphold\n  kategori k1 gir 99999999999999999999 når h > 0\n  kilde "prøve"\n',
        ["a,P,,2024-02-01,,,1", "b,P,,2024-02-01,,,"],
        0,
    ),
    "the first day and none": (
        {"samles aldri": "samles når neste.h = forrige.h"},
        "",
        ["a,P,,0001-01-01,,,1", "b,P,,,,,2", "c,P,,0001-01-01,,,1"],
        0,
    ),
    "institutions in order": (
        {},
        STG.replace("per kontakt", "én gang per pasient per år per institusjon").replace("0,1234567", "1"),
        ["a,P,Z,2024-02-01,,,1", "b,P,A,2024-02-02,,,1", "c,P,,2024-02-03,,,1", "d,O,Æ,2024-02-03,,,1"],
        0,
    ),
    "a sum that names a region": (
        {"h heltall valgfri": "h heltall valgfri rolle region", "samles aldri": "samles når samme dag\n  h sum"},
        "",
        ["a,P,,2024-02-01,,,1", "b,P,,2024-02-01,,,2", "c,P,,2024-02-02,,,5", "d,O,,2024-02-02,,,"],
        0,
    ),
}


TOO_FINE = {
    "weight of seven decimals",
    "rounded to nine decimals",
    "points of nine decimals",
    "kroner of four decimals",
    "a weight of sixty decimals",
}
"""They can't be summed either; large numbers that are just too wide for a column can."""


SUMMED_TOO = {"points of twelve digits", "kroner of sixteen digits", "nine decimals that are zero"}


def printed(order: list[str]) -> tuple[int, Any, str]:
    """The code of a run that writes nothing, the summary it shows but for the run itself, and what it says."""
    with redirect_stdout(io.StringIO()) as shown, redirect_stderr(io.StringIO()) as said:
        code = main(order)
    found = json.loads(shown.getvalue()) if code == 0 else {}
    found.pop("kjoring", None)
    return code, found, said.getvalue()


def ran(name: str, engine: str) -> tuple[str, Any, dict[str, Any], list[Any]]:
    """What a case comes to on an engine: what is said, the rows as they lie in the files, the same in order with the
    summary, and what a run without files shows."""
    changes, more, rows, code = CASES[name]
    text = RULES + more
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new, 1)
    with tempfile.TemporaryDirectory() as temp:
        folder = Path(temp)
        (folder / "regler.isf").write_text(text, encoding="utf-8")
        (folder / "inn").mkdir()
        (folder / "inn" / "e.csv").write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
        order = ["run", str(folder / "regler.isf"), str(folder / "inn"), "--engine", engine, "--jobs", "1"]
        out = folder / "ut"
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as said:
            assert main([*order, "--out", str(out)]) == code
        in_file = {p.stem: pq.read_table(p).to_pylist() for p in out.glob("*.parquet")}
        sums = []
        if code or name in SUMMED_TOO:
            sum_code, summary, sum_said = printed([*order, "--format", "json"])
            sums.append((sum_code, summary, sum_said.replace(temp, "MAPPE")))
        words = said.getvalue().replace(temp, "MAPPE")
        return words, in_file, content(out) if code == 0 else {}, sums


@cache
def wanted(name: str) -> tuple[str, Any, dict[str, Any], list[Any]]:
    """What it comes to on the reference."""
    return ran(name, "reference")


def both(name: str) -> None:
    """A case on both engines: the same is said, in the same order of rows."""
    code = CASES[name][-1]
    words, rows, tables, sums = ran(name, "columnar")
    assert (words, rows, sums) == (*wanted(name)[:2], wanted(name)[3])
    assert_same(tables, wanted(name)[2])
    assert ("ISF6206" in words) is (code == 1)
    for sum_code, summary, _ in sums:
        assert (sum_code == 1) is (name in TOO_FINE)
        assert code or summary == tables["sammendrag"]


@pytest.mark.parametrize("name", CASES)
def test_both_engines(name: str) -> None:
    both(name)


HUGE, KRONER = {"grunnlag vekt": "grunnlag x * 1 poeng"}, {"poeng * 1 000 kr": "y * 1 kr"}
JOINED = {"samles aldri": "samles når samme dag\n  x sum"}
IN_PARTS: dict[str, tuple[dict[str, str], list[str], int, str]] = {
    "a key that is repeated later": (
        HUGE,
        ["a,P,,2024-02-01,9000000000000,,", "b,P,,2024-02-01,1,,", "c,P,,2024-02-01,1,,", "a,P,,2024-02-01,1,,"],
        0,
        "",
    ),
    "a file that fails further on": (
        HUGE,
        ["a,P,,2024-02-01,1,,", "b,P,,2024-02-01,9000000000000,,", "c,P,,2024-02-01,1,,", "d,P,,2024-02-01,1,,,", '"'],
        1,
        "ISF6014",
    ),
    "two columns": (
        {**HUGE, **KRONER},
        [
            "a,P,,2024-02-01,1,99999999999999999,",
            "b,P,,2024-02-01,1,,",
            "c,Q,,2024-02-01,9000000000000,,",
            "d,Q,,2024-02-01,1,,",
        ],
        1,
        "grunnlag",
    ),
    "two columns of patients": (
        {**HUGE, **KRONER, **JOINED},
        [
            f"{i},{who},,2024-02-0{1 + i % 9},{9000000000000 if i == 30 else 1},{99999999999999999 if i < 9 else ''},"
            for i, who in enumerate("PQRSTUVXYZ" * 4)
        ],
        1,
        "grunnlag",
    ),
}


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("name", IN_PARTS)
def test_what_cannot_be_written_is_known_when_all_is_read(tmp_path: Path, name: str, jobs: str) -> None:
    """However the input is divided, and whoever computes it."""
    changes, rows, code, wanted = IN_PARTS[name]
    text = RULES
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new, 1)
    (tmp_path / "regler.isf").write_text(text, encoding="utf-8")
    (tmp_path / "inn").mkdir()
    (tmp_path / "inn" / "e.csv").write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
    order = ["run", str(tmp_path / "regler.isf"), str(tmp_path / "inn"), "--out", str(tmp_path / "ut")]
    found = []
    for engine, most in (("reference", 9), ("columnar", 9), ("columnar", 2)):
        with (
            mock.patch.object(run, "_rows", lambda total, jobs, wanted, most=most: min(max(total, 1), most)),
            mock.patch.object(run, "MAX_PART", most),
            redirect_stdout(io.StringIO()),
            redirect_stderr(io.StringIO()) as said,
        ):
            assert main([*order, "--engine", engine, *(["--jobs", jobs] if engine == "columnar" else [])]) == code
        found.append((said.getvalue().replace(engine, "motoren"), content(tmp_path / "ut") if code == 0 else {}))
    assert found[0][0] == found[1][0] == found[2][0] and wanted in found[0][0]
    for one in found[1:]:
        assert_same(one[1], found[0][1])


def test_coded_lists_over_row_groups(tmp_path: Path) -> None:
    """pyarrow does not read these on from one row group to the next."""
    text = RULES.replace(
        "  h heltall valgfri\n", '  ks kode liste k\n  kilde "prøve"\nkodeverk k åpent\n  A "A"\n  B "B"\n'
    )
    (tmp_path / "regler.isf").write_text(text, encoding="utf-8")
    (tmp_path / "inn").mkdir()
    coded = pa.list_(pa.dictionary(pa.int16(), pa.string()))
    table = pa.table({"id": ["a", "b"], "pasient_id": ["P", "P"], "ks": pa.array([["A"], ["B"]], coded)})
    pq.write_table(table, tmp_path / "inn" / "e.parquet", row_group_size=1)
    found = []
    for engine in ("reference", "columnar"):
        out = tmp_path / engine
        order = ["run", str(tmp_path / "regler.isf"), str(tmp_path / "inn"), "--engine", engine, "--out", str(out)]
        assert main(order) == 0
        found.append(content(out))
    assert_same(found[1], found[0])
    assert found[0]["opphold"].num_rows == 2


@pytest.mark.parametrize("kind", ["desimal", "dato", "tidspunkt", "ja_nei", "tekst liste"])
@pytest.mark.parametrize("role", ["pasient_id", "institusjon"])
def test_what_names_nobody_is_refused(tmp_path: Path, kind: str, role: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = RULES.replace(f"  {role} tekst", f"  {role} {kind}")
    (tmp_path / "regler.isf").write_text(text, encoding="utf-8")
    assert main(["check", str(tmp_path / "regler.isf")]) == 1
    said = capsys.readouterr()
    assert "det sier hvem eller hvor" in said.out + said.err
