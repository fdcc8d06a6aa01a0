"""Every kind of expression over many rows at a time, against what the reference says of each row by itself."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest

from isfdsl.check import check
from isfdsl.columnar.frame import Frame, Notes
from isfdsl.columnar.numbers import day_number, micro_number
from isfdsl.columnar.plan import EpochPlan
from isfdsl.columnar.store import store_of
from isfdsl.columnar.vectors import Bools, Days, Lists, Nums, Texts, Vec, there
from isfdsl.columnar.words import Words
from isfdsl.interp.context import Ctx
from isfdsl.interp.machine import Machine
from isfdsl.program.epoch import Epoch
from isfdsl.program.scope import Scopes
from isfdsl.records.program_schema import schemas
from isfdsl.records.record import Record
from isfdsl.syntax import ast
from tests.loading import load_text

DAY = dt.date(2024, 3, 1)
TEXT = """regelverk Uttrykk 2024
  gyldig 2024-01-01 til 2024-12-31
kodeverk icd10 åpent
kodeverk ncsp åpent
kodeverk omsorg
  1 "Døgn"
  2 "Dag"
post kasus
  id tekst nøkkel
  pasient_id tekst
  inn tidspunkt
  ut tidspunkt valgfri
  født dato valgfri
  meldt dato
  navn tekst valgfri
  merke tekst valgfri
  omsorg kode omsorg valgfri
  annen kode icd10 valgfri
  tredje kode icd10 valgfri
  hoved kodepar icd10 valgfri
  bi kodepar icd10 valgfri
  andre kodepar liste icd10
  prosedyrer kode liste ncsp
  tall heltall valgfri
  mål desimal valgfri
  dager_ute heltall 0..999 dager valgfri
  flagg ja_nei valgfri
post levering
  levering_id tekst nøkkel
  pasient_id tekst
  hoved kode icd10 valgfri
opphold av kasus
  samles aldri
samling alt for kasus = prosedyrer, hoved, andre
samling bare_icd for kasus = andre, annen, hoved
samling en for kasus = hoved
begrep liggetid for kasus = dager fra inn til ut
begrep trygg for kasus = alt har egenskap A1 eller tall > 3
begrep felles for kasus = tredje hvis flagg ellers annen
begrep par for kasus = bi hvis flagg ellers hoved
begrep dag_ut for kasus = dato av ut
begrep tom for kasus = HDG av gruppe
begrep egen for kasus = gruppe
begrep har_egen for kasus = antall egen > 0
begrep er_egen for kasus = minst 1 egen i 1, 3
begrep flagget_gruppe for kasus = gruppen har flagget
begrep tung for kasus = vekt > 1 poeng
begrep dyr for kasus = poeng > 2 poeng
begrep holder for kasus = krav kg er oppfylt
begrep høyt for kasus = trinn > 0
begrep i_hdg for kasus = HDG av gruppe i 08
slag kat oppslag par, andre kode, første kode
slag bak oppslag første kode, andre kode
kodeliste liste_a icd10 A* M161
kodeliste liste_b icd10 A00 I10 A00+B20
egenskap Å1 icd10 av slag kat HDG 09 I10 A011
egenskap 08M1 icd10 av slag kat HDG 08 A00 M161 I10
egenskap 01M1 icd10 av slag kat HDG 01 regnes som 02M1 når omsorg i 2 regnes som 08M1 når flagg A00+B20 B20
egenskap 02M1 icd10 av slag kat HDG 02 Z471
egenskap BB icd10 av slag bak HDG 11 I509 B20
egenskap BA icd10 av slag bak HDG 12 I10
egenskap A1 icd10 A00 I10 A011+B20
egenskap A2 icd10 A00 M16*
egenskap B1 ncsp AAA00 NF*
egenskap B2 ncsp AAA00 TAC00
egenskap R1 icd10 regnes som A1 når omsorg i 1 regnes som A2 når flagg og alt har egenskap R2 I10 I509
egenskap R2 icd10 regnes som B1 når alt har egenskap R1 B20 Z471
sats pris 5 kr
sats andel 40 %
sats grense ukjent
sats antatt ukjent
antakelse sats antatt 3 "prøve"
sats ingen ukjent
nivå grad for kasus
  kategori a gir 1
    når andre har egenskap A1
    unntatt hoved i liste_a
  kategori b gir 3
    når tall > 0
    unntatt flagg
  kategori c gir 2
nivå trinn for kasus
  kategori t gir 1
    når gruppe i 1, 3
krav kg for kasus
  vilkår a når gruppe i 1, 2
krav k for kasus
  gjelder når tall finnes
  vilkår a når hoved finnes
DRG 1 "En" HDG 08 vekt 1,5 poeng ekstra 0,25 poeng flagget ja
DRG 2 "To" HDG ukjent vekt ukjent flagget ukjent
DRG 3 "Tre" HDG 01 vekt 3 poeng ekstra ukjent flagget nei
hierarki DRG for kasus
  rekkefølge g
  ellers 1 returkode 0
gruppe g i DRG
hierarki sort for kasus
  rekkefølge h
  ellers 2
gruppe h i sort
  regel s1 gir 1
    når tall > 1
  regel s2 gir 3
    når hoved har egenskap R1
"""
EXPRESSIONS = (
    "1 + 2 * tall",
    "tall - mål",
    "-mål / tall",
    "tall * mål / 7",
    "mål / 7 - tall / 3 + tall / tall",
    "2 - tall - 1",
    "10 / mål / 3",
    "tall / 9 * 1 000 000 000 * 1 000 000 000 * 1 000 000 000",
    "andel * tall",
    "40 % * mål",
    "pris * 2",
    "grense + 1",
    "antatt * tall",
    "antatt hvis flagg ellers grense",
    "tall > antatt",
    "flagg og tall > grense",
    "flagg eller tall > grense",
    "tall hvis tall > 3 ellers mål hvis flagg ellers 0",
    "tall hvis flagg ellers tall / mål",
    "hoved hvis flagg ellers hoved",
    "navn hvis flagg ellers merke",
    "navn hvis tall > 3 ellers \"fast\"",
    "inn hvis flagg ellers ut",
    "dato av ut hvis flagg ellers født",
    "felles",
    "født hvis flagg ellers dato av ut hvis tall > 2 ellers meldt",
    *(f"{a} {op} {b}" for op in ("=", "!=", "<", "<=", ">", ">=") for a, b in (
        ("tall", "mål"), ("inn", "ut"), ("inn", "meldt"), ("født", "meldt"),
        ("tall / 3", "mål / 7"), ("meldt", "2024-03-01"), ("inn", "2024-03-01"), ("inn", "2024-03-01T10:00"))),
    "navn = merke",
    "navn != merke",
    "navn = \"b\"",
    "flagg = ja",
    "flagg != nei",
    "tall mellom 1 og 3",
    "2 mellom tall og mål",
    "hoved i liste_a",
    "hoved i (liste_a unntatt A011)",
    "andre i liste_a, liste_b",
    "alt i A00+B20, NF*",
    "en i liste_b",
    "felles i A00, B20",
    "tom i 08",
    "gruppe i 1, 3",
    *(f"{x} har egenskap {p}" for x in ("hoved", "andre", "alt", "en", "felles", "par")
      for p in ("A1", "A2", "R1", "R2", "A1, R2", "B1")),
    *(f"{x} finnes" for x in ("tall", "hoved", "andre", "alt", "felles", "tom", "ut", "dag_ut", "flagg", "en")),
    *(f"{x} mangler" for x in ("tall", "hoved", "andre", "alt", "felles", "tom", "ut", "dag_ut", "flagg", "en")),
    "hoved er gyldig i icd10",
    "omsorg er gyldig i omsorg",
    "annen er gyldig i omsorg",
    *(f"ut er {side} {n} {unit} {way} inn" for side in ("senest", "tidligst") for n, unit in
      ((0, "dager"), (2, "dager"), (30, "timer"), (900, "minutter")) for way in ("etter", "før")),
    "meldt er senest 3 dager etter inn",
    "meldt er tidligst 3 dager før 2024-03-03",
    "inn er senest 5 timer etter meldt",
    *(f"{q} {n} alt har egenskap {p}" for q in ("minst", "høyst", "nøyaktig") for n in (0, 1, 2, 3)
      for p in ("A1, B1", "R1, A2")),
    *(f"{q} 2 {u}andre i A00, M16*, A00+B20" for q in ("minst", "høyst", "nøyaktig") for u in ("", "ulike ")),
    "minst 2 ulike alt har egenskap R1, A1",
    "ingen alt har egenskap R1",
    "ingen andre i liste_a",
    "alle prosedyrer i NF*",
    "alle alt med egenskap A1 har egenskap A2",
    "alle alt med egenskap R1 har egenskap A1",
    "alle andre med egenskap A1, R2 i liste_b",
    "ulike alt har egenskap A1, B1",
    "ulike alt har egenskap A1, A2",
    "ulike alt har egenskap A1, A1, A2",
    "ulike alt har egenskap R1, A1, B2",
    "ulike andre har egenskap A1, A2",
    *(f"antall {u}{x}" for u in ("", "ulike ")
      for x in ("alt", "andre", "prosedyrer", "bare_icd", "hoved", "felles", "par")),
    "antall alt i liste_a, NF*",
    "antall ulike alt har egenskap A1, R1",
    "antall andre har egenskap R2, A2",
    *(f"{unit} fra {a} til {b}" for unit in
      ("dager", "timer", "minutter", "hele år", "hele måneder", "kalenderår")
      for a, b in (("inn", "ut"), ("født", "meldt"), ("meldt", "født"), ("inn", "meldt"))),
    *(f"{part} av {d}" for part in ("år", "måned", "tertial", "dato") for d in ("inn", "ut", "født")),
    "største(tall, mål, 2)",
    "minste(tall, 2, mål / 3)",
    "største(mål, tall)",
    "dager_i_måneden(meldt)",
    "dekkede_dager(dato av inn, dato av ut, meldt)",
    "dekkede_dager(født, meldt, inn)",
    *(f"oppslag {s} av {x}" for s in ("kat", "bak") for x in ("hoved", "andre", "bare_icd", "felles", "par", "annen")),
    *(f"HDG av {x}" for x in ("hoved", "annen", "gruppe", "felles", "par")),
    "HDG av (oppslag kat av hoved)",
    "(oppslag kat av hoved) i 02M1, 08M1",
    "HDG av hoved i 01, 08",
    "HDG av gruppe hvis flagg ellers HDG av hoved",
    "grad",
    "grad >= 2",
    "krav k er oppfylt",
    "krav k er brutt",
    "krav k gjelder",
    "gruppen har flagget",
    "ikke gruppen har flagget",
    "vekt",
    "ekstra * 2",
    "vekt + ekstra",
    "HDG av gruppe",
    "gruppe",
    "poeng",
    "poeng * 100 kr",
    "poeng > 1,5 poeng",
    "sort",
    "HDG av sort",
    "sort i 1, 2",
    "liggetid",
    *(f"{x} = ja" for x in
      ("har_egen", "er_egen", "flagget_gruppe", "tung", "dyr", "holder", "høyt", "i_hdg", "trygg")),
    "dag_ut",
    "navn",
    "andre",
    "alt",
    "bare_icd",
    "alltid",
    "aldri",
    "ikke (tall > 2 og flagg)",
    "dager_ute > 3 dager og (flagg eller ikke navn finnes) og tall < 9",
)  # fmt: skip
_ICD = ("A00", "A011", "B20", "I10", "I509", "M161", "Z471", "X99")
_NCSP = ("AAA00", "AAB10", "NFB30", "TAC00", "ZZZ99")


def records_of(seed: int) -> list[dict[str, Any]]:
    """Records with missing values; of some seeds all rows have, or none has, a value in a field."""
    rng = random.Random(seed)
    optional = (
        "ut",
        "født",
        "navn",
        "merke",
        "omsorg",
        "annen",
        "tredje",
        "hoved",
        "bi",
        "tall",
        "mål",
        "dager_ute",
        "flagg",
    )
    lacking = {name: rng.choice((0.0, 0.3, 0.3, 1.0)) if seed else 0.2 for name in optional}

    def pair() -> tuple[str, str | None]:
        return rng.choice(_ICD), rng.choice((None, None, "B20", rng.choice(_ICD)))

    out = []
    for i in range(30 if seed else 60):
        start = dt.datetime(2024, 2, 28) + dt.timedelta(hours=rng.randrange(0, 80), minutes=rng.choice((0, 0, 59)))
        v = {
            "id": f"{i}",
            "pasient_id": "P",
            "inn": start,
            "ut": start + dt.timedelta(hours=rng.choice((-30, 0, 1, 15, 24, 30, 48, 90, 9000))),
            "født": dt.date(2020, 2, 29) + dt.timedelta(days=rng.choice((0, 1, 365, 1461, 1462, 1830, -20000))),
            "meldt": dt.date(2024, 3, 1) + dt.timedelta(days=rng.choice((-2, -1, 0, 0, 1, 30))),
            "navn": rng.choice(("a", "b", "B", "æ")),
            "merke": rng.choice(("b", "a", "é", "c")),
            "omsorg": rng.choice("12"),
            "annen": rng.choice((*_ICD, "1")),
            "tredje": rng.choice(_ICD),
            "hoved": pair(),
            "bi": pair(),
            "andre": tuple(pair() for _ in range(rng.choice((0, 0, 1, 2, 4)))),
            "prosedyrer": tuple(rng.choice(_NCSP) for _ in range(rng.choice((0, 0, 1, 2, 4)))),
            "tall": rng.choice((0, 1, 2, 3, 4, -5, 9, 10**17)),
            "mål": Decimal(rng.choice((0, 150, 200, 333, -100, 900))) / 100,
            "dager_ute": rng.choice((0, 3, 4, 30)),
            "flagg": rng.random() < 0.5,
        }
        v |= {name: None for name in optional if rng.random() < lacking[name]}
        out.append(v)
    return out


def plain(value: Any) -> Any:
    """A value of the reference, as ``values`` gives them."""
    match value:
        case bool() | str() | None:
            return value
        case int() | Decimal() | Fraction():
            return Fraction(value)
        case dt.datetime():
            return micro_number(value)
        case dt.date():
            return day_number(value) * 86_400_000_000
    return value


def values(v: Vec) -> list[Any]:
    """A column as Python values; days and moments in microseconds."""
    match v:
        case Texts():
            return [v.words.values[i] if i >= 0 else None for i in v.v]
        case Lists():
            return [tuple(v.words.values[w] for w in v.take(np.array([i])).packed) for i in range(len(v))]
        case Nums():
            dens = [v.den] * len(v) if isinstance(v.den, int) else v.den.tolist()
            found: list[Any] = [Fraction(int(x), int(d)) for x, d in zip(v.v, dens, strict=True)]
        case Days():
            found = v.micros.tolist()
        case Bools():
            found = v.v.tolist()
    return [x if p else None for x, p in zip(found, there(v).tolist(), strict=True)]


class World:
    """The regelverk as both engines see it, and its expressions."""

    def __init__(self) -> None:
        text = TEXT + "".join(f"begrep u{i} for kasus = {e}\n" for i, e in enumerate(EXPRESSIONS))
        loaded = load_text(text)
        wrong = [p.message() for p in check(loaded).problems if p.severity == "feil"]
        assert not wrong, wrong
        self.ruleset = loaded.ruleset
        self.scopes = Scopes(self.ruleset)
        self.machine = Machine(self.ruleset, self.scopes, DAY)
        own = {b.name.text: b.expr for b in self.ruleset.of(ast.Begrep)}
        self.expressions = [own[f"u{i}"] for i in range(len(EXPRESSIONS))]

    def plan(self) -> EpochPlan:
        """A plan that has made nothing yet."""
        return EpochPlan(Epoch(self.ruleset, self.scopes, DAY))


@cache
def world() -> World:
    """Made once."""
    return World()


@cache
def wanted(seed: int, grouped: bool = True) -> tuple[list[list[Any]], list[list[set[str]]]]:
    """What the reference says, and notes, of every expression and every record."""
    w = world()
    found, notes = [], []
    for e in w.expressions:
        closure = w.machine.value(e, "kasus")
        own = [context(v, i if grouped else None) for i, v in enumerate(records_of(seed))]
        found.append([plain(closure(ctx)) for ctx in own])
        notes.append([set(ctx.notes) for ctx in own])
    return found, notes


GROUPS = ("1", "2", "3", "9", None)


def context(v: dict[str, Any], i: int | None) -> Ctx:
    """A record that is grouped, or not; ``None``: nobody has asked yet."""
    ctx = Ctx(world().machine, "kasus", v, f"{i}")
    if i is None:
        return ctx
    ctx.group, ctx.points = GROUPS[i % 5], Fraction(i, 4) if i % 3 else None
    ctx.group_kind = "DRG" if ctx.group is not None else None
    return ctx


def frame_of(values: list[dict[str, Any]]) -> Frame:
    """The same of all records."""
    n = len(values)
    store = store_of(
        schemas(world().ruleset)["kasus"], [Record("kasus", v, "f", i, f"{i}") for i, v in enumerate(values)]
    )
    columns = store.frame_columns()
    for v in [columns[name] for name in columns]:
        if isinstance(v, Nums | Days | Bools) and there(v).all():
            v.present = None  # as files are read
    words = Words(["3", "1"])
    ids = np.array([-1 if (g := GROUPS[i % 5]) is None else words.add(g) for i in range(n)], np.int32)
    points = Nums(np.arange(n), 4, np.arange(n) % 3 > 0)
    return Frame("kasus", n, columns, "DRG", Texts(ids, words), points, Notes())


def noted(f: Frame) -> list[set[str]]:
    """The notes of each row."""
    out: list[set[str]] = [set() for _ in range(f.n)]
    assert f.notes is not None
    for text, parts in f.notes.found.items():
        for part in parts:
            for row in part.tolist():
                out[row].add(text)
    return out


@pytest.mark.parametrize("seed", range(4))
def test_rows_together_are_what_each_is_alone(seed: int) -> None:
    """All rows, some rows in any order, and the rows of a smaller frame; and the notes of all rows."""
    w, given = world(), records_of(seed)
    n = len(given)
    said, notes = wanted(seed)
    plan, again = w.plan(), w.plan()
    whole, part = frame_of(given), frame_of(given)
    few = np.array(random.Random(seed).sample(range(n), 4))
    half = np.array(random.Random(seed).sample(range(n), n // 2))
    for e, text, right, read in zip(w.expressions, EXPRESSIONS, said, notes, strict=True):
        whole.notes = Notes()
        assert values(plan.compiler("kasus").value(e)(whole, None)) == right, text
        assert noted(whole) == read, text
        for rows in (few, half):
            part.notes = Notes()
            assert values(again.compiler("kasus").value(e)(part, rows)) == [right[i] for i in rows], text
            assert noted(part) == [read[i] if i in rows else set() for i in range(n)], text
        own = plan.compiler("kasus").test(e)(whole, None)
        assert own.tolist() == [x is True for x in right], text


def test_what_is_found_out_later_is_asked_anew() -> None:
    """The same frame before its rows are grouped, and after."""
    w, given = world(), records_of(1)
    f, plan = frame_of(given), w.plan()
    kind, group, points = f.kind, f.group, f.points
    for grouped in (False, True, True):
        f.kind, f.group, f.points = (kind, group, points) if grouped else (None, None, None)
        said, notes = wanted(1, grouped)
        for e, text, right, read in zip(w.expressions, EXPRESSIONS, said, notes, strict=True):
            f.notes = Notes()
            assert values(plan.compiler("kasus").value(e)(f, None)) == right, text
            assert noted(f) == read, text
