"""Both engines on few patients with many contacts close together, where stays, særtjenester and courses meet.

Drawn from a seed, in sizes at which nearly every pair of contacts matters to each other: around a change of rules in
July, and around New Year.
"""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from isfdsl.columnar.epochs import Epochs
from isfdsl.interp.engine import Engine
from tests.columnar.support import INDEX_ALL, SCAN_ALL, columnar_rows, kernel_from, loops_in
from tests.engine_rows import result_rows
from tests.loading import load_text
from tests.properties.support import validated

SEEDS = range(60)
HEAD = """
regelverk Tett 2024
  gyldig 2024-01-01 til 2024-12-31
kodeverk merke åpent
post episode
  episode_id tekst nøkkel
  pasient_id tekst valgfri
  institusjon tekst valgfri
  enhet tekst valgfri
  inn dato valgfri
  ut dato valgfri
  g kode merke valgfri
  n heltall valgfri
post levering
  levering_id tekst nøkkel
  pasient_id tekst valgfri
  institusjon tekst valgfri
  dag dato valgfri rolle start
  slutter dato valgfri rolle slutt
  bestilt dato valgfri
  g kode merke valgfri
  n heltall valgfri
sats grense 2 til 2024-06-30
sats grense 3 fra 2024-07-01
sats ukjent_pris ukjent
sats antatt_pris ukjent
antakelse sats antatt_pris 7 kr "p"
hierarki DRG for opphold
  rekkefølge gr
  ellers X
gruppe gr i DRG
  regel t gir T når g i T
  regel m gir M når g i M og n < grense
  regel n gir N når g i N, M
DRG X "utenfor" HDG 1 vekt 0 finansiert ja
"""
PERIODS = ("måned", "tertial", "år")


def text_of(rng: random.Random) -> str:
    """A regelverk."""

    def one(*values: str) -> str:
        return rng.choice(values)

    def when() -> str:
        return one("", "", f" når n > {rng.randrange(3)}", " når institusjon finnes", " når n < grense")

    def window() -> str:
        before, after = rng.randrange(8), rng.randrange(12)
        return one(
            f"fra {before} dager før start til {after} dager etter {one('start', 'slutt')}",
            f"fra {before + after} dager før {one('start', 'slutt')} til {before} dager før start",
            f"fra {before} dager etter slutt til {before + after} dager etter slutt",
            f"fra 0 dager etter start til {after} dager etter {one('start', 'slutt')}",
        )

    ends = rng.random() < 0.8
    out = [
        HEAD if ends else HEAD.replace("  ut dato valgfri\n", "").replace("  slutter dato valgfri rolle slutt\n", "")
    ]
    for code in "TMN":
        out.append(f'DRG {code} "{code}" HDG 1 vekt {one("0", "0,5", "1,333", "2,7", "ukjent")} finansiert ja\n')
    out.append("opphold av episode\n")
    if rng.random() < 0.5:
        out.append("  samles aldri\n")
    else:
        near = one(
            "samme g",
            "samme institusjon",
            "samme dag",
            f"neste.inn er senest 1 dager etter forrige.{'ut' if ends else 'inn'}",
        )
        out.append(f"  samles når {near} og {one('samme enhet', 'samme dag', 'neste.n finnes', 'forrige.g finnes')}\n")
        out.append(one("", "  samles når samme dag og neste.n > forrige.n\n"))
        out.append(one("", f"  dateres etter {one('inn', 'ut') if ends else 'inn'}\n"))
        for name in ("inn", *(["ut"] if ends else []), "institusjon", "enhet", "g", "n"):
            ways = ["", "første", "siste", "av den med høyest poeng"]
            ways += ["minste", "største"] if name in ("inn", "ut", "n") else []
            ways += ["sum"] if name == "n" else []
            way = rng.choice(ways)
            out.append(f"  {name} {way}\n" if way else "")
    for code in ("S1", "S2"):
        post = one("episode", "levering", "episode, levering")
        counted = one(f"én gang per pasient per {one(*PERIODS)}{one('', ' per institusjon')}", "per kontakt")
        paid = one(
            "finansiert ja",
            "finansiert nei",
            "finansiert ukjent",
            f"finansieres når {one('minst én', 'alle', 'første')} i perioden: {one('n > 1', 'n < grense')}",
        )
        asked = one("g i M, N", "g finnes", "n > 0", "g i T eller ukjent_pris > 1 kr", "g i M eller antatt_pris > 1 kr")
        dated = one("", " dateres etter bestilt") if post == "levering" else ""
        out.append(
            f'STG {code} "s"{one("", " fra 2024-07-01")} HDG 1 utløses av {post} når {asked} telles {counted} {paid}'
            f" vekt {one('0', '0,5', '1,25', 'ukjent')}{dated}\n"
        )
    out.append(f"rekkefølge STG: {one('S1, S2', 'S2, S1')}\n")
    for code in ("F1", "F2"):
        per = f"telles én gang per pasient per {one(*PERIODS)}{one('', ' per institusjon')}"
        paid = one("ja", "ja", "nei", "ukjent")
        replaced = one("opphold", "særtjenester", "opphold og særtjenester")
        out.append(
            f'TFG {code} "f"{one("", "", " fra 2024-07-01")} HDG 1 finansiert {paid} vekt {one("1", "2,5", "ukjent")}\n'
        )
        out.append(f"  fordeles {one('etter vekt', 'etter antall', 'første')}\n")
        out.append(f"  erstatter poeng for omfattede {replaced}\n" if paid == "ja" and rng.random() < 0.5 else "")
        kind = rng.random()
        if kind < 0.1:
            out.append(f"  omfatter resten\n  {per}\n")
        elif kind < 0.3:
            out.append(f"  omfatter DRG M, N{when()}\n  omfatter STG {one('S1', 'S1, S2')}{when()}\n  {per}\n")
        else:
            out.append(f"  trigger DRG T{when()}\n" + one("", "", f"  trigger STG S2{when()}\n", "  trigger DRG N\n"))
            lost = rng.random() < 0.2
            out.append(
                f'  omfatter DRG M{when()} ukjent vindu "tapt"\n' if lost else f"  omfatter DRG M{when()} {window()}\n"
            )
            out.append(one("", f"  omfatter DRG T, M {window()}\n"))
            out.append(one("", f"  omfatter DRG N{when()} {window()}\n"))
            reach = one(window(), window(), 'ukjent vindu "tapt"')
            out.append(f"  omfatter STG {one('S1', 'S2, S1')}{when()} {reach}\n")
            out.append(
                f"  medlem {one('starter i vinduet', 'slutter i vinduet', 'overlapper vinduet')},"
                f" {one('også', 'ikke')} på triggerens egen startdag\n"
                f"  {one('innenfor triggerens kalenderår', 'uten kalenderårsgrense')}\n"
                f"  ny trigger {one('åpner eget forløp', 'tas inn i forløpet', 'forlenger forløpet')}\n"
                f"  flere forløp {one('første', 'nærmeste', 'alle')}\n"
                f"  {one('telles per trigger', 'telles per kontakt', per, per)}\n"
            )
            if lost and rng.random() < 0.6:
                out.append(f'antakelse vindu TFG {code} DRG M {window()} "anslag"\n')
    use = one("kontakten brukes én gang", "kontakten kan inngå i flere")
    out.append(f"rekkefølge TFG {use}: {one('F1, F2', 'F2, F1')}\n")
    out.append(
        f"krav k for {one('episode', 'levering')} vilkår v når n > 0 vilkår w når n < grense\n"
        f"krav o for opphold vilkår v når n {one('<', '>')} {rng.randrange(4)}\n"
        f"teller i ISF for opphold{one('', ' når n > 0', ' når krav o er oppfylt')}\n"
        "poeng for opphold grunnlag vekt tillegg l når n > 2 0,25 poeng * n\n"
        f"  {one('', 'fradrag f når n < 2 0,1234 poeng')}\n"
        f"  avrundes {rng.randrange(4)} desimaler\n"
    )
    for whom in ("særtjeneste", "forløp"):
        out.append(one("", f"poeng for {whom} grunnlag vekt avrundes {rng.randrange(2)} desimaler\n"))
    price = one("1 000 kr", "ukjent_pris", "antatt_pris", "12,345 kr")
    whom = one("opphold", "særtjeneste", "forløp", "særtjeneste, forløp")
    asked, rounded = one("", " når (n > 1)"), one("øre", "hele kroner")
    out.append(f"refusjon egen for {whom}{asked}\n  poeng * {price}\n  avrundes {rounded}\n")
    out.append(f"refusjon alle{one('', ' når (n finnes)')}\n  poeng * 100,5 kr\n  avrundes øre\n")
    return "".join(out)


def rows_of(rng: random.Random) -> dict[str, list[dict[str, Any]]]:
    """Records."""
    first = rng.choice([dt.date(2024, 6, 22), dt.date(2024, 12, 22), dt.date(2023, 12, 24)])

    def rarely(value: Any, chance: float = 0.1) -> Any:
        return None if rng.random() < chance else value

    def record(key: str, number: int) -> dict[str, Any]:
        day = first + dt.timedelta(days=rng.randrange(20))
        last = day + dt.timedelta(days=rng.choice([0, 0, 1, 3, 8]))
        start, end = ("inn", "ut") if key == "episode_id" else ("dag", "slutter")
        own = {start: rarely(day), end: rarely(last)}
        return {
            key: f"{number:02}",
            "pasient_id": rarely(rng.choice("PPPPQQR"), 0.05),
            "institusjon": rarely(rng.choice("AB")),
            "enhet": rarely(rng.choice("xy")),
            "bestilt": rarely(day + dt.timedelta(days=rng.choice([0, 4, 9]))),
            "g": rarely(rng.choice("TTMMMNN")),
            "n": rarely(rng.randrange(5)),
            **own,
        }

    made = {
        key: [record(key, i) for i in rng.sample(range(99), many)]
        for key, many in (("episode_id", 16), ("levering_id", 10))
    }
    return {"episode": made["episode_id"], "levering": made["levering_id"]}


class Dense:
    """An input and all that the reference says of it."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)
        self.text = text_of(rng)
        self.rules = load_text(self.text).ruleset
        self.good, self.aside, read = validated(self.rules, rows_of(rng))
        self.rows = result_rows(Engine(self.rules).run(self.good, self.aside, read), self.rules)

    def same(self, *, kernel: bool, narrow: bool) -> None:
        """The columnar engine says the same."""
        with kernel_from(INDEX_ALL if kernel else SCAN_ALL):
            found = columnar_rows(self.rules, self.good, self.aside, Epochs(self.rules), narrow=narrow)
        for name, rows in self.rows.items():
            assert found[name] == rows, name


@pytest.mark.parametrize("seed", SEEDS)
def test_both_engines(seed: int) -> None:
    dense = Dense(seed)
    dense.same(kernel=False, narrow=True)
    with loops_in(python=False):
        dense.same(kernel=True, narrow=False)
