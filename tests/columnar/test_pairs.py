"""Conditions of ``samles når`` about many pairs at a time, against what the reference says of each pair."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pytest

from isfdsl.check import check
from isfdsl.columnar.epochs import Dated, Epochs
from isfdsl.columnar.frame import Frame
from isfdsl.columnar.pairs import Pairs
from isfdsl.columnar.store import store_of
from isfdsl.columnar.vectors import Days
from isfdsl.interp.context import Pair
from isfdsl.interp.engine import Engine
from isfdsl.records.program_schema import schemas
from isfdsl.records.record import Record
from isfdsl.syntax import ast
from tests.loading import load_text

TEXT = """regelverk Par 2024
  gyldig 2024-01-01 til 2024-12-31
kodeverk icd10 åpent
kodeverk ncsp åpent
post episode
  episode_id tekst nøkkel
  pasient_id tekst
  inn tidspunkt
  ut tidspunkt valgfri
  navn tekst valgfri
  hoved kodepar icd10 valgfri
  andre kodepar liste icd10
  prosedyrer kode liste ncsp
  tall heltall valgfri
  mål desimal valgfri
  flagg ja_nei valgfri
  meldt dato valgfri
samling alt for episode = prosedyrer, hoved
begrep deler for episode = tall / mål
begrep lengde for episode = dager fra inn til ut
kodeliste ny ncsp fra 2024-05-01
  AAA00
sats grense 2 fra 2024-01-01 til 2024-04-30
sats grense 4 fra 2024-05-01
egenskap A icd10
  A00
egenskap B icd10 regnes som A når flagg
  B20
"""
CONDITIONS = (
    *(f"samme {x}" for x in
      ("navn", "hoved", "andre", "prosedyrer", "alt", "tall", "mål", "deler", "flagg", "meldt", "ut")),
    "samme dag",
    "ikke samme dag",
    "samme navn og ikke samme tall",
    "samme navn eller samme dag",
    "samme navn eller (flagg og samme tall)",
    "flagg",
    "ikke flagg",
    "hoved har egenskap A",
    "neste.hoved har egenskap A",
    "forrige.hoved har egenskap A, B",
    "ikke forrige.hoved har egenskap B",
    "neste.prosedyrer i ny",
    "forrige.prosedyrer i ny",
    "prosedyrer i ny",
    "neste.tall > forrige.tall",
    "neste.tall > grense",
    "forrige.tall > grense",
    "neste.tall + forrige.tall > grense",
    "neste.tall > (forrige.tall hvis neste.flagg ellers forrige.mål)",
    "(neste.tall hvis forrige.flagg ellers neste.mål) > 2",
    "grense > forrige.tall eller neste.flagg",
    "neste.flagg og ikke forrige.flagg",
    "(neste.flagg eller forrige.flagg) og neste.inn > forrige.inn",
    "neste.inn er senest 0 dager etter forrige.ut",
    "neste.inn er senest 30 timer etter forrige.ut",
    "neste.inn er tidligst 2 dager etter forrige.inn",
    "neste.tall mellom forrige.tall og 4",
    "minst 1 neste.andre i A00, B20",
    "ingen forrige.prosedyrer i AAA00",
    "antall neste.prosedyrer > antall forrige.prosedyrer",
    "neste.lengde > forrige.lengde",
    "neste.navn = forrige.navn",
    "neste.navn finnes og forrige.navn mangler",
    "tall > grense",
)  # fmt: skip
_ICD, _NCSP = ("A00", "B20", "I10"), ("AAA00", "NFB30")


def records(seed: int) -> list[Record]:
    """Records in order of time, on both sides of a new epoch; of some seeds all rows have, or lack, a value."""
    rng = random.Random(seed)
    optional = ("ut", "navn", "hoved", "tall", "mål", "flagg", "meldt")
    lacking = {name: rng.choice((0.0, 0.3, 1.0)) if seed else 0.15 for name in optional}
    out, start = [], dt.datetime(2024, 4, 25)
    for i in range(60):
        start += dt.timedelta(hours=rng.choice((0, 1, 10, 24, 50)))
        v = {
            "episode_id": f"{i}",
            "pasient_id": "P",
            "inn": start,
            "ut": start + dt.timedelta(hours=rng.choice((0, 0, 24, 70))),
            "navn": rng.choice("ab"),
            "hoved": (rng.choice(_ICD), rng.choice((None, "B20"))),
            "andre": tuple((rng.choice(_ICD), None) for _ in range(rng.choice((0, 1, 1, 2)))),
            "prosedyrer": tuple(rng.choice(_NCSP) for _ in range(rng.choice((0, 1, 1, 2)))),
            "tall": rng.choice((0, 1, 2, 3, 5)),
            "mål": Decimal(rng.choice((0, 100, 200, 150))) / 100,
            "flagg": rng.random() < 0.5,
            "meldt": start.date() + dt.timedelta(days=rng.choice((0, 1))),
        }
        v |= {name: None for name in optional if rng.random() < lacking[name]}
        out.append(Record("episode", v, "f", i, f"{i}"))
    return out


@cache
def world() -> tuple[Any, Engine, list[Any]]:
    """The ruleset, the reference and the conditions."""
    loaded = load_text(TEXT + "opphold av episode\n" + "".join(f"  samles når {c}\n" for c in CONDITIONS))
    wrong = [p.message() for p in check(loaded).problems if p.severity == "feil"]
    assert not wrong, wrong
    rules = loaded.ruleset
    (stays,) = rules.of(ast.Opphold)
    return rules, Engine(rules), [rule.condition for rule in stays.samles]


@cache
def wanted(seed: int) -> tuple[list[tuple[int, int]], list[list[bool]]]:
    """Pairs of records, and what the reference says of each condition and each of them."""
    _, engine, conditions = world()
    rows = records(seed)
    own = [engine.context("episode", r.values, r.record_id, engine.record_day("episode", r)) for r in rows]
    pairs = [(i, i + step) for step in (1, 2) for i in range(len(rows) - step)]
    return pairs, [
        [bool(own[j].machine.pair("episode", c)(Pair(own[i], own[j]))) for i, j in pairs] for c in conditions
    ]


@pytest.mark.parametrize("seed", range(3))
def test_pairs_together_are_what_each_is_alone(seed: int) -> None:
    rules, _, conditions = world()
    pairs, said = wanted(seed)
    store = store_of(schemas(rules)["episode"], records(seed))
    frame = Frame("episode", store.n, store.frame_columns())
    start = frame.columns["inn"]
    assert isinstance(start, Days)
    own = Pairs("episode", Dated(Epochs(rules), frame, Days(start.days, start.present)), start)
    first, second = (np.array(side) for side in zip(*pairs, strict=True))
    for condition, text, right in zip(conditions, CONDITIONS, said, strict=True):
        assert own.hold(condition, first, second).tolist() == right, text
        assert own.hold(condition, first[:1], second[:1]).tolist() == right[:1], text
