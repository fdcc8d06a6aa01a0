"""The kernel of first match against the scan and the reference: conditions of every kind of literal, nested anyhow."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isfdsl.check import check
from isfdsl.columnar import kernel_tables
from isfdsl.columnar.decide import FirstMatch
from isfdsl.columnar.frame import Frame, Notes
from isfdsl.columnar.kernel_compile import DENSE, MARK, SINGLE
from isfdsl.columnar.plan import EpochPlan
from isfdsl.columnar.store import Store, column_of, store_of
from isfdsl.columnar.vectors import Texts
from isfdsl.interp.context import Ctx
from isfdsl.interp.machine import Machine
from isfdsl.program.epoch import Epoch
from isfdsl.program.scope import Scopes
from isfdsl.records.program_schema import schemas
from isfdsl.records.record import Record
from isfdsl.source import Span
from isfdsl.syntax import ast
from tests.loading import load_text

_NOWHERE = Span("", 0, 0)
_ICD = ("A00", "A011", "B20", "I10", "I509", "M161", "Z471", "X99")
_NCSP = ("AAA00", "AAB10", "NFB30", "NFB40", "TAC00", "ZZZ99")
_ATOMS = (
    *(f"{f} har egenskap {p}" for f in ("hoved", "andre", "alle_koder", "kilder")
      for p in ("A1", "A2", "A3", "A1, A3")),
    *(f"kilder har egenskap {p}" for p in ("R1", "R2", "R1, A1", "B1", "B1, B2", "T1", "T2")),
    *(f"prosedyrer har egenskap {p}" for p in ("B1", "B2", "B3", "B1, B2")),
    *(f"{q} {n} kilder har egenskap {p}" for q in ("minst", "høyst", "nøyaktig") for n in (0, 1, 2, 3)
      for p in ("A1, B1", "R1, A2", "A3, B3")),
    *(f"{q} {n} andre i A00, M16*, A00+B20" for q in ("minst", "høyst", "nøyaktig") for n in (0, 1, 2)),
    "minst 2 hoved har egenskap A1",
    "kilder har egenskap T3",
    "kilder har egenskap R3",
    "minst 2 kilder har egenskap A2, A3",
    "nøyaktig 1 alle_koder har egenskap A2, A3",
    "minst 40 kilder har egenskap A1",
    "nøyaktig 40 prosedyrer i NF*",
    "minst 2 ulike kilder har egenskap A1, B1",
    "høyst 1 ulike andre i A*, B20",
    "ingen kilder har egenskap A1, B2",
    "ingen kilder har egenskap R1",
    "ingen andre i samlet",
    "alle prosedyrer i NF*",
    "alle prosedyrer med egenskap B1 i NFB30",
    "alle kilder med egenskap A1 har egenskap A2, B1",
    "alle kilder med egenskap R1 har egenskap A1",
    "alle hoved har egenskap A1",
    "ulike kilder har egenskap A1, B1",
    "ulike kilder har egenskap A1, A1, A2",
    "ulike kilder har egenskap R1, A1",
    "hoved i A00, M1*",
    "hoved i A00+B20",
    "andre i A00+B20, I10",
    "alle_koder i liste_a",
    "hoved i samlet",
    "hoved mangler",
    "hoved finnes",
    "andre mangler",
    "prosedyrer finnes",
    "kategori i 08M1",
    "kategori i 01M1, 02M1",
    "kategori mangler",
    "hdg i 08",
    "hdg finnes",
    "(oppslag kat av hoved) i 02M1",
    "HDG av hoved i 01",
    "omsorg i 1",
    "omsorg i 2, 3",
    "omsorg mangler",
    "omsorg er gyldig i omsorg",
    *(f"lengde {op} {n} dager" for op in ("<", ">=", "=", "!=") for n in (0, 1, 7)),
    "lengde mellom 1 og 3 dager",
    "lengde mangler",
    *(f"alder {op} {n} år" for op in ("<", ">") for n in (2, 18, 80)),
    "liggetid > 2 dager",
    "liggetid mellom 0 og 1 dager",
    "dager fra inn til ut > 1 dager",
    "inn < 2024-05-01",
    "tertial av inn = 2",
    "timer fra inn til ut < 30 timer",
    "flagg = ja",
    "flagg = nei",
    "flagg mangler",
    "forbruk < 1",
    "forbruk / antallet > 2",
    "antallet = 0",
    "antallet > 4000000000000",
    "stor",
    "liten",
    "grad > 1",
    "grad = 0",
    "antall prosedyrer > antallet",
    "antall ulike kilder >= 2",
    "navn = \"x\"",
    "(lengde hvis flagg = ja ellers 1 dager) > 3 dager",
    "krav k er oppfylt",
    "kvot > 1",
    "kvot = 0",
    "kjempe > 0",
    "kjempe < 4 000 000 000 000 000 000 000",
    "pris > 3 kr",
    "ukjent_pris > 3 kr",
)  # fmt: skip
_TEXT = """regelverk Kjerne 2024
  gyldig 2024-01-01 til 2024-12-31
  status test
  kilde "oppdiktet"
kodeverk icd10 åpent
  kilde "oppdiktet"
kodeverk ncsp åpent
  kilde "oppdiktet"
kodeverk omsorg åpent
  1 "Døgn"
  2 "Dag"
  kilde "oppdiktet"
post kasus
  id tekst nøkkel
  navn tekst valgfri
  inn tidspunkt 2023-06-01..2025-06-30
  ut tidspunkt 2023-06-01..2025-06-30 valgfri
  født dato 1920-01-01..2025-06-30 valgfri
  omsorg kode omsorg valgfri
  hoved kodepar icd10 valgfri
  andre kodepar liste icd10
  prosedyrer kode liste ncsp
  lengde heltall 0..9999 dager valgfri
  antallet heltall 0..9999999999999 valgfri
  forbruk desimal 0..100 valgfri
  flagg ja_nei valgfri
  kilde "oppdiktet"
samling alle_koder for kasus = hoved, andre
samling kilder for kasus = prosedyrer, hoved, andre
begrep liggetid for kasus = dager fra inn til ut
begrep alder for kasus = hele år fra født til inn
begrep kvot for kasus = forbruk / antallet
begrep kjempe for kasus = antallet * 1 000 000 000
begrep stor for kasus = alder > 17 år og kilder har egenskap A1
begrep liten for kasus = ikke stor eller lengde < 2 dager
slag kat oppslag par, andre kode, første kode
begrep kategori for kasus = oppslag kat av hoved
begrep hdg for kasus = HDG av kategori
sats pris 5 kr
  kilde "oppdiktet"
sats ukjent_pris ukjent
  kilde "oppdiktet"
kodeliste liste_a icd10 A* M161
  kilde "oppdiktet"
kodeliste liste_b icd10 A00 I10 A00+B20
  kilde "oppdiktet"
kodeliste samlet icd10 = (liste_a, liste_b) unntatt A011
  kilde "oppdiktet"
egenskap A1 icd10 A00 I10 A011+B20
  kilde "oppdiktet"
egenskap A2 icd10 A00 M16*
  kilde "oppdiktet"
egenskap A3 icd10 Z471 A00+B20
  kilde "oppdiktet"
egenskap B1 ncsp AAA00 NF*
  kilde "oppdiktet"
egenskap B2 ncsp AAA00 TAC00
  kilde "oppdiktet"
egenskap B3 ncsp NFB40
  kilde "oppdiktet"
egenskap T1 icd10 I509
  kilde "oppdiktet"
egenskap T2 icd10 B20
  kilde "oppdiktet"
egenskap R1 icd10 regnes som A1 når omsorg i 1 regnes som T2 når flagg = ja og kilder har egenskap R2 I10 I509
  kilde "oppdiktet"
egenskap R2 icd10 regnes som B1 når kilder har egenskap R1 B20 Z471
  kilde "oppdiktet"
egenskap T3 icd10 X99
  kilde "oppdiktet"
egenskap R3 icd10 regnes som T3 når minst 2 ulike kilder har egenskap R3 Z471 A011 I10
  kilde "oppdiktet"
egenskap 08M1 icd10 av slag kat HDG 08 A00 M161
  kilde "oppdiktet"
egenskap 01M1 icd10 av slag kat HDG 01 regnes som 02M1 når omsorg i 2 A00+B20 B20
  kilde "oppdiktet"
egenskap 02M1 icd10 av slag kat HDG 02 Z471
  kilde "oppdiktet"
nivå grad for kasus
  kilde "oppdiktet"
  kategori a gir 1
    når andre har egenskap A1
    unntatt hoved i liste_a
  kategori b gir 2
    når andre har egenskap A2
    unntatt hoved i liste_b
krav k for kasus
  vilkår a når hoved finnes
  kilde "oppdiktet"
DRG 1 "En" HDG 08 vekt 1 poeng
  kilde "oppdiktet"
opphold av kasus
  samles aldri
  kilde "oppdiktet"
hierarki DRG for kasus
  rekkefølge g
  ellers 1 returkode 0
  kilde "oppdiktet"
gruppe g i DRG
  kilde "oppdiktet"
"""


def text_of(atoms: Sequence[str]) -> str:
    """The regelverk with one rule for each atom."""
    return _TEXT + "".join(f"  regel r{i} gir 1\n    når {a}\n    returkode 0\n" for i, a in enumerate(atoms))


class World:
    """The regelverk as both engines see it, and its atoms as expressions."""

    def __init__(self, text: str = "") -> None:
        loaded = load_text(text or text_of(_ATOMS))
        problems = [p for p in check(loaded).problems if p.severity == "feil"]
        assert not problems, [(p.code, p.message()) for p in problems]
        self.ruleset = loaded.ruleset
        scopes = Scopes(self.ruleset)
        self.machine = Machine(self.ruleset, scopes, dt.date(2024, 3, 1))
        self.atoms = [r.rule.condition for r in self.ruleset.rules(self.ruleset.hierarkier["DRG"]) if r.rule.condition]
        self.schema = schemas(self.ruleset)["kasus"]
        self.plan = EpochPlan(Epoch(self.ruleset, scopes, dt.date(2024, 3, 1)))

    def first_match(self, conditions: list[tuple[ast.Expr, ...]]) -> FirstMatch:
        """Ready to be asked about ``kasus``."""
        return FirstMatch(self.plan, "kasus", conditions, frozenset())

    def store(self, values: list[dict[str, Any]]) -> Store:
        return store_of(self.schema, [Record("kasus", v, "f", i, f"{i}") for i, v in enumerate(values)])

    def reference(self, conditions: list[tuple[ast.Expr, ...]], values: list[dict[str, Any]]) -> list[int]:
        """What the closures of the reference say, record by record."""
        tests = [[self.machine.condition(e, "kasus") for e in parts] for parts in conditions]
        out = []
        for i, v in enumerate(values):
            ctx = Ctx(self.machine, "kasus", v, f"{i}")
            out.append(next((p for p, own in enumerate(tests) if all(t(ctx) for t in own)), -1))
        return out


@cache
def world() -> World:
    """Made once."""
    return World()


def frame_of(store: Store, rows: np.ndarray | None = None) -> Frame:
    """A fresh frame of some rows."""
    return Frame("kasus", store.n if rows is None else len(rows), store.frame_columns(rows))


def values_of(rng: random.Random, n: int) -> list[dict[str, Any]]:
    """Records with missing values, unknown codes, pairs and doubled codes."""

    def pair() -> tuple[str, str | None]:
        return rng.choice(_ICD), rng.choice((None, None, "B20", rng.choice(_ICD)))

    def maybe(value: Any) -> Any:
        return None if rng.random() < 0.2 else value

    out = []
    for i in range(n):
        start = dt.datetime(2024, 1, 1) + dt.timedelta(hours=rng.randrange(0, 8000))
        out.append(
            {
                "id": f"{i}",
                "navn": maybe(rng.choice("xyz")),
                "inn": start,
                "ut": maybe(start + dt.timedelta(hours=rng.randrange(0, 120))),
                "født": maybe(dt.date(1930, 1, 1) + dt.timedelta(days=rng.randrange(0, 34_000))),
                "omsorg": maybe(rng.choice("1239")),
                "hoved": maybe(pair()),
                "andre": tuple(pair() for _ in range(rng.choice((0, 0, 1, 2, 4)))),
                "prosedyrer": tuple(rng.choice(_NCSP) for _ in range(rng.choice((0, 0, 1, 2, 4)))),
                "lengde": maybe(rng.choice((0, 1, 2, 7, 30, 9999))),
                "antallet": maybe(rng.choice((0, 1, 3, 5 * 10**12))),
                "forbruk": maybe(Decimal(rng.randrange(0, 300)) / 100),
                "flagg": maybe(rng.random() < 0.5),
            }
        )
    return out


def composed(rng: random.Random, atoms: list[ast.Expr], depth: int) -> ast.Expr:
    """A condition nested anyhow; now and then ``p and not p``, a constant, or the same part twice."""
    pick = rng.random()
    if depth == 0 or pick < 0.35:
        return rng.choice(atoms)
    if pick < 0.38:
        return ast.Constant(value=rng.random() < 0.5, span=_NOWHERE)
    if pick < 0.5:
        return ast.Not(operand=composed(rng, atoms, depth - 1), span=_NOWHERE)
    parts = [composed(rng, atoms, depth - 1) for _ in range(rng.randint(2, 3))]
    if pick < 0.55:
        parts.append(ast.Not(operand=parts[0], span=_NOWHERE))
    kind = ast.And if rng.random() < 0.65 else ast.Or
    return kind(parts=tuple(parts), span=_NOWHERE)


def conditions_of(rng: random.Random, atoms: list[ast.Expr], count: int) -> list[tuple[ast.Expr, ...]]:
    """Places with no, one or several parts, some of them doubled."""
    out = [tuple(composed(rng, atoms, 3) for _ in range(rng.choice((1, 1, 2, 3)))) for _ in range(count)]
    out += rng.sample(out, min(3, len(out)))
    if rng.random() < 0.2:
        out.append(())
    rng.shuffle(out)
    return out


@pytest.mark.parametrize("place", range(len(_ATOMS)), ids=_ATOMS)
def test_every_literal_by_itself(place: int) -> None:
    """Each atom and its opposite, first as it is and then as the only way past a condition that never holds."""
    w = world()
    e = w.atoms[place]
    values = values_of(random.Random(place), 120)
    store = w.store(values)
    never = ast.And(parts=(e, ast.Not(operand=e, span=_NOWHERE)), span=_NOWHERE)
    cases: list[list[tuple[ast.Expr, ...]]] = [[(e,)], [(never,), (ast.Not(operand=e, span=_NOWHERE),)]]
    for conditions in [*cases, [(never,), (e,), ()]]:
        m = w.first_match(conditions)
        found = m.kernel("kasus")(frame_of(store), None)
        assert found.tolist() == m.scan(frame_of(store), None).tolist()
        assert found.tolist() == w.reference(conditions, values)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_equals_scan_and_reference(seed: int) -> None:
    """Many conditions, whole frames and some rows in any order, small after large and large after small."""
    w = world()
    rng = random.Random(seed)
    atoms = rng.sample(w.atoms, rng.choice((4, 12, 40, len(w.atoms))))
    conditions = conditions_of(rng, atoms, rng.choice((0, 1, 5, 40, 150)))
    m = w.first_match(conditions)
    for n in rng.sample((0, 1, 7, 90), 3):
        values = values_of(rng, n)
        store = w.store(values)
        f = frame_of(store)
        found = m.kernel("kasus")(f, None)
        assert found.dtype == np.int32
        assert found.tolist() == m.scan(frame_of(store), None).tolist() == w.reference(conditions, values)
        rows = np.array([rng.randrange(n) for _ in range(n // 2)], np.int64)
        assert m.kernel("kasus")(f, rows).tolist() == found[rows].tolist()
        assert m.kernel("kasus")(frame_of(store, rows), None).tolist() == found[rows].tolist()
        assert m.kernel("kasus")(frame_of(store), rows).tolist() == found[rows].tolist()


@pytest.mark.parametrize("seed", range(3))
def test_literals_share_bits_of_the_filter(seed: int) -> None:
    """Only a few have one for themselves; what the others share is not taken for an answer."""
    w = world()
    rng = random.Random(seed)
    conditions = conditions_of(rng, w.atoms, 100)
    values = values_of(rng, 60)
    store = w.store(values)
    with patch.object(kernel_tables, "_OWN_MARKS", 1), patch.object(kernel_tables, "_OWN_BITS", 1):
        found = w.first_match(conditions).kernel("kasus")(frame_of(store), None)
    assert found.tolist() == w.reference(conditions, values)


def test_dictionary_grows_between_calls() -> None:
    """Codes that come later are known too, and what was learnt earlier stays."""
    w = world()
    rng = random.Random(5)
    m = w.first_match(conditions_of(rng, w.atoms, 100))
    first, later = values_of(rng, 50), values_of(rng, 50)
    for v in first:
        v["hoved"], v["andre"], v["prosedyrer"] = ("A00", None), (), ()
    store = w.store(first)
    assert m.kernel("kasus")(frame_of(store), None).tolist() == m.scan(frame_of(store), None).tolist()
    hoved = store.columns["hoved"]
    assert isinstance(hoved, Texts)
    f = next(x for x in w.schema.fields if x.name == "hoved")
    grown = w.store(later)
    grown.columns["hoved"] = column_of(f, [v["hoved"] for v in later], hoved.words)
    assert m.kernel("kasus")(frame_of(grown), None).tolist() == m.scan(frame_of(grown), None).tolist()
    assert m.kernel("kasus")(frame_of(store), None).tolist() == m.scan(frame_of(store), None).tolist()


def test_lists_that_come_later_are_told_apart() -> None:
    """What the lists of a first batch say, and what those of a second say besides."""
    w = world()
    m = w.first_match([(e,) for e, text in zip(w.atoms, _ATOMS, strict=True) if text.startswith(("andre", "minst"))])
    values = values_of(random.Random(8), 60)
    few = [{**v, "andre": v["andre"][:1], "prosedyrer": v["prosedyrer"][:1]} for v in values[:9]]
    for batch in (few, values[:20], values):
        assert m.kernel("kasus")(frame_of(w.store(batch)), None).tolist() == w.reference(m._conditions, batch)  # type: ignore[arg-type]


def test_more_literals_than_a_word_has_bits() -> None:
    """Of one single, and of as many as share the bits of the filter; each is asked beside a mark of its own."""
    w = world()
    rare = [f"lengde = {n} dager og andre i C{n:03}, A00" for n in range(0, 200, 2)]
    common = [f"lengde > {n} dager og andre i C{n:03}" for n in range(1, 200, 2)]
    text = text_of([*rare, *common])
    atoms = World(text).atoms
    values = [{**v, "lengde": i} for i, v in enumerate(values_of(random.Random(4), 200))]
    for i, v in enumerate(values):
        v["andre"] = (*v["andre"], (f"C{i // 2 * 2:03}", None), (f"C{i // 5 * 2 + 1:03}", None))
    for extra in (tuple(atoms), tuple(ast.Or(parts=(atoms[0], e), span=_NOWHERE) for e in atoms)):
        conditions = [(e,) for e in extra]
        found = w.first_match(conditions).kernel("kasus")(frame_of(w.store(values)), None)
        assert found.tolist() == w.reference(conditions, values)


_FEW = (
    "hoved har egenskap A2", "hoved i A00, M1*", "andre har egenskap A2", "andre i A00, M16*, A00+B20",
    "lengde > 0 dager", "lengde < 7 dager", "flagg = ja", "kategori i 08M1", "minst 2 kilder har egenskap A3, B3",
    "kilder har egenskap R1",
)  # fmt: skip


@pytest.mark.parametrize("text", _FEW)
def test_the_first_two_literals(text: str) -> None:
    """Two of any kind as the only ones there are, either of which may be the first."""
    w = world()
    every = World(text_of(_FEW)).atoms
    e = every[_FEW.index(text)]
    values = values_of(random.Random(2), 80)
    for other in every:
        for parts in ((e, other), (e, ast.Not(operand=other, span=_NOWHERE))):
            for kind in (ast.And, ast.Or):
                conditions = [(kind(parts=parts, span=_NOWHERE),)]
                found = w.first_match(conditions).kernel("kasus")(frame_of(w.store(values)), None)
                assert found.tolist() == w.reference(conditions, values)


def test_fractions_are_told_apart() -> None:
    """By what they are, not by what stands above the line."""
    w = world()
    few = values_of(random.Random(9), 40)
    values = [{**v, "forbruk": Decimal(1 + i % 3), "antallet": 1 + i // 3 % 4} for i, v in enumerate(few)]
    for e, text in zip(w.atoms, _ATOMS, strict=True):
        if text.startswith(("kvot", "forbruk")):
            found = w.first_match([(e,)]).kernel("kasus")(frame_of(w.store(values)), None)
            assert found.tolist() == w.reference([(e,)], values)


@pytest.mark.parametrize("lacking", ["andre", "prosedyrer", "hoved", "lengde"])
def test_a_field_that_a_record_does_not_have(lacking: str) -> None:
    """Records of another post: what they have no field for is missing."""
    w = world()
    values = [
        {**v, lacking: () if lacking in ("andre", "prosedyrer") else None} for v in values_of(random.Random(6), 60)
    ]
    store = w.store(values)
    f = Frame("kasus", store.n, {k: v for k, v in store.frame_columns().items() if k != lacking})
    for e in w.atoms:
        conditions: list[tuple[ast.Expr, ...]] = [(e,)]
        m, wanted = w.first_match(conditions), w.reference(conditions, values)
        assert m.scan(f, None).tolist() == m.kernel("kasus")(f, None).tolist() == wanted


def test_every_kind_of_literal_is_met() -> None:
    """The conditions of this file reach all three places of a literal; counts need no pass of their own."""
    w = world()
    maker = w.first_match([(e,) for e in w.atoms]).kernel("kasus").maker
    assert {x.kind for x in maker.literals} == {MARK, SINGLE, DENSE}
    maker = (
        w.first_match([(e,) for e, text in zip(w.atoms, _ATOMS, strict=True) if text.startswith(_LAZY)])
        .kernel("kasus")
        .maker
    )
    assert not maker.dense


def test_notes_are_those_of_a_scan() -> None:
    """What leaves notes is only asked where a scan would ask it."""
    w = world()
    rng = random.Random(3)
    asks = [e for e, text in zip(w.atoms, _ATOMS, strict=True) if "pris" in text]
    conditions = conditions_of(rng, asks + w.atoms[:6], 40)
    store = w.store(values_of(rng, 60))
    m = w.first_match(conditions)
    assert 0 < len(m.noting) < len(conditions)
    for rows in (None, np.arange(0, 60, 3), np.zeros(0, np.int64)):
        one, two = frame_of(store), frame_of(store)
        one.notes, two.notes = Notes(), Notes()
        assert m(one, rows).tolist() == m.scan(two, rows).tolist()
        assert {k: np.unique(np.concatenate(v)).tolist() for k, v in one.notes.found.items()} == {
            k: np.unique(np.concatenate(v)).tolist() for k, v in two.notes.found.items()
        }
        assert bool(one.notes.found) == (rows is None or len(rows) > 0)


def test_threads_share_a_kernel() -> None:
    """Several threads with frames of their own, from the first call on."""
    w = world()
    rng = random.Random(11)
    conditions = conditions_of(rng, w.atoms, 60)
    stores = [w.store(values_of(rng, 80)) for _ in range(6)]
    wanted = [w.first_match(conditions).scan(frame_of(s), None).tolist() for s in stores]
    m = w.first_match(conditions)
    found: list[list[int] | None] = [None] * len(stores)

    def work(i: int) -> None:
        found[i] = m.kernel("kasus")(frame_of(stores[i]), None).tolist()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(stores))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert found == wanted


_LAZY = (
    "minst 2 kilder har egenskap A3",
    "nøyaktig 2 kilder har egenskap A3",
    "ingen",
    "hoved",
    "andre",
    "kategori",
    "lengde",
)
