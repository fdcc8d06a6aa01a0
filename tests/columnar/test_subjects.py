"""Both engines where one name means several things, or one thing is asked about before and after it is known."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import isfdsl
from isfdsl.columnar.run import Frames
from isfdsl.interp import tables as reference
from isfdsl.records.arrow import arrow_table, plain_table
from tests.columnar.test_run_api import as_rows
from tests.engine_rows import result_rows

HEAD = """
regelverk Liten 2024
  gyldig 2024-01-01 til 2024-12-31
kodeverk icd10 åpent
post episode
  episode_id tekst nøkkel
  pasient_id tekst
  inn dato
  ut dato valgfri
  hoved kode icd10 valgfri
  bi kode liste icd10
  tall heltall 0..9 valgfri
post levering
  levering_id tekst nøkkel
  pasient_id tekst
  dag dato
  slutter dato valgfri
  hoved kode icd10 valgfri
opphold av episode
  samles aldri
hierarki DRG for opphold
  rekkefølge g
  ellers D2
teller i ISF for opphold
poeng for opphold
  grunnlag vekt
  avrundes 3 desimaler
"""
GROUPS = """
DRG D1 "a" HDG 1 vekt 1,5 poeng
DRG D2 "b" HDG 1 vekt 2 poeng
gruppe g i DRG
  regel r1 gir D1
    når tall > 3
"""
PAID = "refusjon r\n  poeng * 100 kr\n  avrundes øre\n"
SERVICE = """
STG S1 "s" HDG 1
  utløses av levering
  når {when}
  telles per kontakt
  finansiert ja
  vekt 1
"""
COURSE = """
TFG T1 "t" HDG 1
{more}  omfatter DRG D2 fra 0 dager før start til 10 dager etter slutt
  medlem starter i vinduet, også på triggerens egen startdag
  innenfor triggerens kalenderår
  flere forløp alle
  telles per trigger
  fordeles etter antall
  finansiert ja
  vekt 3
rekkefølge TFG kontakten kan inngå i flere: T1
"""
LENGTHS = """
begrep lengde for episode = dager fra inn til ut
begrep lengde for levering = dager fra dag til slutter
egenskap E2 icd10
  B09
egenskap E1 icd10 regnes som E2 når lengde > 2 dager
  A01
"""
SAMLING = """
samling alt for episode = hoved
samling alt for opphold = bi
egenskap E icd10 av slag ka HDG 3
  A01
slag ka oppslag par, andre kode, første kode
DRG D1 "a" HDG 1 vekt 1,5 poeng
DRG D2 "b" HDG 1 vekt 2 poeng
krav kk for episode
  vilkår v når {asked}
gruppe g i DRG
  regel r1 gir D1
    når {asked}
"""
OF_EACH = """
samling alt for episode = hoved
samling alt for opphold = bi
begrep nok for episode = tall > 3
begrep nok for opphold = tall < 3
begrep av_episoden for episode = {asked}
egenskap E icd10
  A01
DRG D1 "a" HDG 1 vekt 1,5 poeng
DRG D2 "b" HDG 1 vekt 2 poeng
DRG D3 "c" HDG 1 vekt 3 poeng
gruppe g i DRG
  regel r1 gir D1
    når av_episoden
  regel r2 gir D3
    når {asked}
"""
RULES = "".join(f"  regel m{i} gir D2\n    når hoved i C{i:02}\n" for i in range(20))
GRADES = """
nivå grad for episode
  kategori e1 gir 1
    når tall > 3
nivå grad for levering
  kategori l1 gir 2
    når slutter > dag
"""
EPISODES = ["a,P,2024-06-01,2024-06-01,A01,B01,5", "b,Q,2024-06-01,2024-06-09,B01,A01,1"]
DELIVERIES = ["c,P,2024-02-01,2024-02-01,A01", "d,P,2024-03-01,2024-03-09,A01"]
MANY = "".join(f"  kategori k{i} gir {i}\n    når hoved i C{i:02}\n" for i in range(3, 50))
DOUBTFUL = "".join(f"  kategori d{i} gir {i}\n    når tall > grense og hoved har egenskap E\n" for i in range(1, 50))
ADDITION = HEAD.replace("grunnlag vekt\n", "grunnlag vekt\n  tillegg t når {when}\n    1 poeng\n")

Wanted = tuple[str, str, list[Any]]
CASES: dict[str, tuple[str, list[str], list[str], Wanted]] = {
    **{
        f"a collection of each, by many conditions: {asked}": (
            HEAD + OF_EACH.format(asked=asked) + RULES,
            [*EPISODES, "c,R,2024-06-01,2024-06-09,B01,B01,3"],
            [],
            ("opphold", "drg", ["D1", "D2", "D3"]),
        )
        for asked in (
            "alt har egenskap E",
            "alt i A01",
            "minst 1 alt i A01",
            "minst 1 ulike alt i A01",
            "ulike alt har egenskap E",
            "antall alt i A01 > 0",
            "nok = ja",
            "nok",
        )
    },
    "points by a level, asked before and after": (
        HEAD
        + GROUPS
        + "nivå dyrt for opphold\n  kategori d gir 1\n    når poeng > 1,7 poeng\n"
        + "begrep kostbart for opphold = dyrt >= 1\nkrav k for opphold\n  vilkår v når kostbart\n"
        + "refusjon dyr når kostbart\n  poeng * 1 000 kr\n  avrundes øre\n"
        + PAID,
        EPISODES,
        [],
        ("opphold", "refusjon", ["150.00", "2000.00"]),
    ),
    "what counts as another, of a særtjeneste": (
        HEAD
        + GROUPS
        + LENGTHS
        + SERVICE.format(when="alltid")
        + "refusjon dyr når hoved har egenskap E2\n  poeng * 1 000 kr\n  avrundes øre\n"
        + PAID,
        EPISODES,
        DELIVERIES,
        ("saertjenester", "refusjon", ["100.00", "1000.00"]),
    ),
    "what counts as another, of a særtjeneste by many conditions": (
        HEAD
        + GROUPS
        + LENGTHS
        + SERVICE.format(when="trinn = 2")
        + "nivå trinn for levering\n  kategori t gir 2\n    når hoved har egenskap E2\n"
        + MANY,
        EPISODES,
        DELIVERIES,
        ("saertjenester", "record_ids", [["d"]]),
    ),
    "a collection of each": (
        HEAD + SAMLING.format(asked="alt har egenskap E") + PAID,
        EPISODES,
        [],
        ("opphold", "drg", ["D2", "D1"]),
    ),
    "a collection of each, looked up": (
        HEAD + SAMLING.format(asked="HDG av alt i 3") + PAID,
        EPISODES,
        [],
        ("opphold", "drg", ["D2", "D1"]),
    ),
    "a collection of each, one after the other": (
        HEAD.replace("ISF for opphold", "ISF for opphold\n  når krav kk er oppfylt eller alt har egenskap E")
        + SAMLING.format(asked="alt har egenskap E"),
        EPISODES,
        [],
        ("opphold", "teller_i_isf", ["True", "True"]),
    ),
    "many doubtful categories": (
        ADDITION.format(when="grad > 0")
        + GROUPS
        + "sats grense ukjent\negenskap E icd10\n  B01\nnivå grad for opphold\n"
        + DOUBTFUL,
        EPISODES,
        [],
        ("opphold", "mangler", [["ukjent: sats grense"], ["ukjent: sats grense"]]),
    ),
    "a doubtful rate in a rule": (
        HEAD + GROUPS.replace("tall > 3", "tall > grense") + "sats grense ukjent\n",
        EPISODES,
        [],
        ("opphold", "mangler", [["ukjent: sats grense"], ["ukjent: sats grense"]]),
    ),
    "a doubtful rate in a rule that some are not asked": (
        HEAD
        + GROUPS
        + '  regel r2 gir D2\n    når hoved i B01 og tall > grense\nsats grense ukjent\nantakelse sats grense 0 "p"\n',
        EPISODES,
        [],
        ("opphold", "mangler", [[], ["antatt: sats grense"]]),
    ),
    "a doubtful rate in a returkode": (
        HEAD
        + GROUPS.replace("når tall > 3", "når tall > 3\n    returkode 1 hvis tall > grense ellers 2")
        + "sats grense ukjent\n",
        EPISODES,
        [],
        ("opphold", "mangler", [["ukjent: sats grense"], []]),
    ),
    "a doubtful rate in what counts": (
        HEAD.replace("ISF for opphold", "ISF for opphold\n  når hoved i A01 eller tall > grense")
        + GROUPS
        + "sats grense ukjent\n",
        [*EPISODES, "c,Q,2023-06-01,2023-06-09,B01,A01,1"],
        [],
        ("opphold", "mangler", [[], ["ukjent: sats grense"], []]),
    ),
    "a doubtful rate in what is paid for": (
        HEAD
        + GROUPS.replace("vekt 2", "vekt 0")
        + 'sats grense ukjent\nantakelse sats grense 2 kr "p"\n'
        + "refusjon dyr når hoved i A01 og 1 kr > grense\n  poeng * 1 kr\n  avrundes øre\n"
        + "refusjon andre når tall finnes\n  poeng * 1 kr\n  avrundes øre\n",
        [*EPISODES, "c,P,2024-06-01,2024-06-01,A01,B01,1"],
        [],
        ("opphold", "mangler", [["antatt: sats grense"], [], []]),
    ),
    "no points, but kroner by a doubtful rate": (
        HEAD
        + GROUPS.replace("vekt 2", "vekt 0")
        + 'sats grense ukjent\nantakelse sats grense 2 kr "p"\n'
        + "refusjon alt\n  poeng * 1 kr + grense\n  avrundes øre\n",
        EPISODES,
        [],
        ("opphold", "mangler", [["antatt: sats grense"], ["antatt: sats grense"]]),
    ),
    "a doubtful rate in an STG": (
        HEAD + GROUPS + "sats grense ukjent\n" + SERVICE.format(when="hoved i A01 eller grense > 1 kr"),
        EPISODES,
        [*DELIVERIES, "e,P,2024-03-01,2024-03-09,B01"],
        ("saertjenester", "mangler", [[], []]),
    ),
    "an assumed rate in an STG": (
        HEAD
        + GROUPS
        + 'sats grense ukjent\nantakelse sats grense 2 kr "p"\n'
        + SERVICE.format(when="hoved i A01 eller grense > 1 kr"),
        EPISODES,
        [*DELIVERIES, "e,P,2024-03-01,2024-03-09,B01"],
        ("saertjenester", "mangler", [[], [], ["antatt: sats grense"]]),
    ),
    "a course by an STG on assumed codes": (
        HEAD
        + GROUPS
        + SERVICE.format(when="hoved i liste")
        + 'kodeliste liste icd10\n  ufullstendig "resten"\nantakelse kodeliste liste A01 "p"\n'
        + COURSE.format(more="  trigger STG S1\n  ny trigger åpner eget forløp\n"),
        EPISODES,
        DELIVERIES,
        ("forlop", "mangler", [["antatt: koder i kodeliste liste"]] * 2),
    ),
    "a level of each": (
        HEAD + GROUPS.replace("tall > 3", "tall > 8 og grad = 1") + GRADES + SERVICE.format(when="grad = 2"),
        EPISODES,
        DELIVERIES,
        ("saertjenester", "record_ids", [["d"]]),
    ),
    "a level of each, the other first": (
        HEAD + GROUPS.replace("tall > 3", "grad = 1") + GRADES + SERVICE.format(when="grad = 2"),
        EPISODES,
        DELIVERIES,
        ("opphold", "drg", ["D1", "D2"]),
    ),
    "an unknown HDG": (
        ADDITION.format(when="HDG av gruppe i 1") + GROUPS.replace("HDG 1", "HDG ukjent", 1),
        EPISODES,
        [],
        ("opphold", "mangler", [["ukjent: HDG for DRG D1"], []]),
    ),
    "a course that is unfinished": (
        HEAD + GROUPS + COURSE.format(more='  ufullstendig "om en ny trigger"\n  trigger DRG D1\n'),
        ["a,P,2024-06-01,2024-06-01,A01,B01,5", "b,P,2024-06-03,2024-06-09,B01,A01,5"],
        [],
        ("forlop", "forlop_id", ["P/T1/a"]),
    ),
    "a course that the shorter of two stays opens": (
        HEAD + GROUPS + COURSE.format(more="  trigger DRG D1\n  ny trigger tas inn i forløpet\n"),
        ["a,P,2024-06-01,2024-06-05,A01,B01,5", "b,P,2024-06-01,2024-06-02,B01,A01,5"],
        [],
        ("forlop", "forlop_id", ["P/T1/b"]),
    ),
    "courses of contacts with one id": (
        HEAD
        + GROUPS
        + SERVICE.format(when="alltid").replace("av levering", "av levering, episode")
        + COURSE.format(more="  trigger STG S1\n  trigger DRG D1\n  ny trigger åpner eget forløp\n"),
        ["a,P,2024-06-01,2024-06-01,A01,B01,5", "b,P,2024-06-03,2024-06-09,B01,A01,1"],
        ["a,P,2024-06-02,2024-06-02,A01"],
        ("forlop", "forlop_id", ["P/T1/a", "P/T1/a/episode", "P/T1/a/levering", "P/T1/b"]),
    ),
}


Files = tuple[tuple[str, str, tuple[str, ...]], ...]
"""Of each post: its name, the head, and the rows."""


def written(folder: Path, text: str, files: Files) -> Path:
    """A regelverk in a folder, and the folder of its data."""
    (folder / "r.isf").write_text(text, encoding="utf-8")
    data = folder / "i"
    data.mkdir()
    for post, head, rows in files:
        (data / f"{post}.csv").write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    return data


@cache
def by_reference(text: str, files: Files) -> tuple[Any, Any, dict[str, Any]]:
    """What the reference says: the rows, the summary, and the types of the columns of each table."""
    with tempfile.TemporaryDirectory() as folder:
        data = written(Path(folder), text, files)
        rules = isfdsl.load(Path(folder) / "r.isf")
        result = rules.evaluate(rules.read(data))
    made = reference.tables(result, rules.ruleset).items()
    types = {name: plain_table(arrow_table(own, name)).schema.types for name, own in made}
    return result_rows(result, rules.ruleset), reference.summary(result, rules.ruleset), types


def in_both(folder: Path, text: str, files: dict[str, tuple[str, list[str]]]) -> Frames:
    """What the columnar engine, as the reference, says of a regelverk and some CSV files (head, rows)."""
    given = tuple((post, head, tuple(rows)) for post, (head, rows) in files.items())
    data = written(folder, text, given)
    found = isfdsl.load(folder / "r.isf").run(data)
    rows, summary, types = by_reference(text, given)
    assert as_rows(found) == rows
    assert found.summary == summary
    for name, own in types.items():
        assert plain_table(found[name]).schema.types == own
    return found


@pytest.mark.parametrize("name", CASES)
def test_both_engines(tmp_path: Path, name: str) -> None:
    text, episodes, deliveries, (table, column, wanted) = CASES[name]
    files = {
        "episode": ("episode_id,pasient_id,inn,ut,hoved,bi,tall", episodes),
        "levering": ("levering_id,pasient_id,dag,slutter,hoved", deliveries),
    }
    found = in_both(tmp_path, text, files)
    said = [v if isinstance(v, list) else str(v) for v in found[table][column].to_pylist()]
    assert sorted(said) == sorted(wanted)
