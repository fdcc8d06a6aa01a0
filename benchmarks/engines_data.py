"""What the engines are measured on: an invented regelverk of national size, and invented episodes.

Both are functions of their sizes and a seed alone. The regelverk is text that ``isf check`` has no error in. Its rules
are those of ``shared/design/performance.md``: 4.6 conditions on average over 1,500 properties of 20,000 diagnosis and
10,000 procedure codes, age, length of stay and sex. The episodes are Parquet with lists of codes as text.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

DIAGNOSES, PROCEDURES = 20_000, 10_000
DIAGNOSIS_PROPERTIES, PROCEDURE_PROPERTIES = 1_000, 500
COURSES, SERVICES = 10, 30
EPISODES_PER_PATIENT = 4
TRIGGER_SHARE = 1 / 24
"""So many of the episodes open a course: 500,000 of 12 million."""
SERVICE_SHARE = 0.06
ROW_GROUP = 1_000_000
VERSION = 1
"""Goes up when the same sizes give other data."""

RULE_COLUMNS = ("alder", "kjønn", "inn", "ut", "hovedtilstand", "bitilstander", "prosedyrer")
"""What the rules read; the rest are ids."""
CODED = ("institusjon", "kjønn", "hovedtilstand", "bitilstander.list.element", "prosedyrer.list.element")
"""The leaves that have dictionaries in the file."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_INSTITUTIONS = [f"{970_000_000 + 7 * i}" for i in range(60)]


def diagnosis_codes() -> list[str]:
    """The diagnosis codes without dots, as in the data."""
    return [f"{letter}{n:03d}" for letter in _LETTERS for n in range(1_000)][:DIAGNOSES]


def procedure_codes() -> list[str]:
    """The procedure codes."""
    return [f"{a}{b}{c}{n:02d}" for a in _LETTERS for b in "AB" for c in "CDEF" for n in range(50)][:PROCEDURES]


def trigger_codes() -> list[list[str]]:
    """The diagnoses that open each course. They are not among the others."""
    return [[f"Z{900 + 4 * i + k}" for k in range(4)] for i in range(COURSES)]


def service_codes() -> list[list[str]]:
    """The procedures of each STG. They are not among the others."""
    return [[f"ZX{_LETTERS[i // 10]}{i % 10}{k}" for k in range(5)] for i in range(SERVICES)]


# ------------------------------------------------------------ the regelverk


_HEAD = """regelverk Måling 2024
  gyldig  2024-01-01 til 2024-12-31
  status  endelig
  kilde   "laget av benchmarks/engines_data.py"

kodeverk icd10 åpent
kodeverk ncsp åpent
kodeverk kjønn
  1  "Mann"
  2  "Kvinne"

post episode "En episode"
  episode_id     tekst nøkkel
  pasient_id     tekst
  institusjon    tekst
  inn            tidspunkt 2020-01-01..2030-12-31
  ut             tidspunkt 2020-01-01..2030-12-31
  alder          heltall 0..120 år
  kjønn          kode kjønn
  hovedtilstand  kode icd10
  bitilstander   kode liste icd10
  prosedyrer     kode liste ncsp

samling tilstander for episode = hovedtilstand, bitilstander

begrep liggetid for episode = dager fra inn til ut

sats enhetspris  52 248 kr
sats isf_andel   40 %

"""

_STAYS = """opphold av episode
  samles når     samme pasient_id
                 og samme institusjon
                 og neste.inn er senest 0 dager etter forrige.ut
  dateres etter  ut
  inn            første
  ut             siste
  alder          første
  kjønn          første
  hovedtilstand  første

"""

_LONE_STAYS = """opphold av episode
  samles aldri
  dateres etter  ut

"""

_POINTS = """poeng for opphold
  grunnlag   vekt
  tillegg    langligger når liggetid > trimpunkt
             (liggetid - trimpunkt) * liggedagsvekt
  avrundes   3 desimaler

"""

_GROUP_POINTS = """poeng for særtjeneste
  grunnlag  vekt
  avrundes  3 desimaler

poeng for forløp
  grunnlag  vekt
  avrundes  3 desimaler

"""

_MONEY = """refusjon alle
  poeng * enhetspris * isf_andel
  avrundes  øre

"""


def regelverk_text(rules: int, patients: bool = True) -> str:
    """The regelverk. Without ``patients`` nothing in it needs more than one record: no joined stays, STG or TFG."""
    pick = random.Random(7)
    groups = [f"{100 + i}" for i in range(max(20, min(900, rules // 3)))]
    parts = [_HEAD, *_properties(pick), *_drgs(pick, groups), _LONE_STAYS if not patients else _STAYS]
    parts += _hierarchy(pick, groups, rules)
    if patients:
        parts += [*_services(), *_courses(pick, groups), _GROUP_POINTS]
    return "".join([*parts, _POINTS, _MONEY])


def _properties(pick: random.Random) -> Iterator[str]:
    """A code has one to four properties; some properties are large, most are small. None is empty."""
    for prefix, kodeverk, own, codes in (
        ("D", "icd10", DIAGNOSIS_PROPERTIES, diagnosis_codes()),
        ("P", "ncsp", PROCEDURE_PROPERTIES, procedure_codes()),
    ):
        members: dict[int, list[str]] = {i: [codes[i]] for i in range(own)}
        for code in codes:
            for p in {int(own * pick.random() ** 1.5) for _ in range(pick.randint(1, 4))}:
                members[p].append(code)
        for p, found in members.items():
            yield f"egenskap {prefix}{p} {kodeverk}\n  " + "\n  ".join(dict.fromkeys(found)) + "\n"
    for i, codes in enumerate(trigger_codes()):
        yield f"egenskap T{i} icd10\n  " + "\n  ".join(codes) + "\n"
    for i, codes in enumerate(service_codes()):
        yield f"kodeliste tjeneste_{i} ncsp\n  " + "\n  ".join(codes) + "\n"


def _drgs(pick: random.Random, groups: Sequence[str]) -> Iterator[str]:
    for group in [*(f"T{i}" for i in range(COURSES)), *groups, "470"][: COURSES + len(groups)]:
        weight = f"{pick.randint(20, 9_000)}".zfill(4)
        yield (
            f'DRG {group} "Gruppe {group}"\n  vekt           {weight[:-3]},{weight[-3:]}\n'
            f"  trimpunkt      {pick.randint(2, 25)} dager\n  liggedagsvekt  0,0{pick.randint(10, 90)}\n"
        )


def _hierarchy(pick: random.Random, groups: Sequence[str], rules: int) -> Iterator[str]:
    """The rules in order, in groups of a hundred; at the top those that open courses, at the end simple ones."""
    blocks = [f"regler_{i}" for i in range(-(-rules // 100))]
    yield "\nhierarki DRG for opphold\n  rekkefølge  " + ", ".join(blocks) + f"\n  ellers      {groups[-1]}\n"
    simple = rules // 25
    for number in range(rules):
        if number % 100 == 0:
            yield f"\ngruppe regler_{number // 100} i DRG\n"
        if number < COURSES:
            target, conditions = f"T{number}", [f"hovedtilstand har egenskap T{number}"]
        elif number >= rules - simple:
            target, conditions = pick.choice(groups), [f"hovedtilstand har egenskap D{pick.randrange(100)}"]
        else:
            target = pick.choice(groups)
            conditions = [_condition(pick, i) for i in range(pick.choice((3, 4, 4, 5, 5, 5, 6)))]
        # The same condition twice would say nothing.
        yield f"  regel R{number} gir {target}\n    når  " + " og ".join(dict.fromkeys(conditions)) + "\n"


def _condition(pick: random.Random, place: int) -> str:
    kind = pick.random() if place > 1 else pick.random() * 0.5
    if kind < 0.3:
        return f"{'hovedtilstand' if place == 0 else 'tilstander'} har egenskap D{pick.randrange(DIAGNOSIS_PROPERTIES)}"
    if kind < 0.5:
        return f"prosedyrer har egenskap P{pick.randrange(PROCEDURE_PROPERTIES)}"
    if kind < 0.6:
        return f"ingen tilstander har egenskap D{pick.randrange(DIAGNOSIS_PROPERTIES)}"
    if kind < 0.65:
        return f"minst 2 tilstander har egenskap D{pick.randrange(40)}"
    if kind < 0.85:
        return f"alder {pick.choice(('<', '>='))} {pick.choice((1, 2, 7, 18, 40, 65, 80))} år"
    if kind < 0.93:
        return f"liggetid {pick.choice(('<', '>='))} {pick.choice((1, 2, 3, 5, 10))} dager"
    return f"kjønn i {pick.choice('12')}"


def _services() -> Iterator[str]:
    periods = ("måned", "tertial", "år")
    for i in range(SERVICES):
        counted = "per kontakt" if i % 10 == 9 else f"én gang per pasient per {periods[i % 3]}"
        yield (
            f'STG S{i} "Tjeneste {i}"\n  utløses av  episode\n  når         prosedyrer i tjeneste_{i}\n'
            f"  telles      {counted}\n  fordeles    etter antall\n  finansiert  ja\n  vekt        0,{100 + 7 * i}\n"
        )
    yield "rekkefølge STG: " + ", ".join(f"S{i}" for i in range(SERVICES)) + "\n\n"


def _courses(pick: random.Random, groups: Sequence[str]) -> Iterator[str]:
    for i in range(COURSES):
        before, after = pick.choice((14, 30, 60)), pick.choice((30, 60, 90))
        covered = ", ".join(pick.sample(list(groups), min(40, len(groups) // 2)))
        yield (
            f'TFG F{i} "Forløp {i}"\n  trigger     DRG T{i}\n'
            f"  omfatter    DRG {covered}\n              fra {before} dager før start til {after} dager etter slutt\n"
            f"  omfatter    STG S{i}, S{i + COURSES}\n"
            f"              fra 0 dager før start til {after} dager etter slutt\n"
            "  medlem      starter i vinduet, også på triggerens egen startdag\n"
            "  innenfor    triggerens kalenderår\n"
            f"  ny trigger  {('åpner eget forløp', 'tas inn i forløpet', 'forlenger forløpet')[i % 3]}\n"
            f"  flere forløp {('nærmeste', 'første', 'alle')[i % 3]}\n"
            "  telles      per trigger\n"
            "  erstatter   poeng for omfattede opphold og særtjenester\n"
            f"  fordeles    {('etter vekt', 'etter antall', 'første')[i % 3]}\n"
            f"  finansiert  ja\n  vekt        {1 + i},500\n"
        )
    order = ", ".join(f"F{i}" for i in range(COURSES))
    yield f"rekkefølge TFG kontakten kan inngå i flere: {order}\n\n"


# ------------------------------------------------------------ the episodes


def batches(episodes: int, seed: int = 4) -> Iterator[pa.Table]:
    """The episodes, a row group at a time, in order of the day they end."""
    patients = max(1, episodes // EPISODES_PER_PATIENT)
    groups = -(-episodes // ROW_GROUP)
    for number in range(groups):
        first = number * ROW_GROUP
        count = min(ROW_GROUP, episodes - first)
        yield _batch(np.random.default_rng([seed, number]), first, count, episodes, patients)


def _batch(rng: np.random.Generator, first: int, n: int, episodes: int, patients: int) -> pa.Table:
    diagnoses, procedures = diagnosis_codes(), procedure_codes()
    triggers = [code for codes in trigger_codes() for code in codes]
    services = [code for codes in service_codes() for code in codes]
    # 366 days in order; the minute of the day is that of the stay
    last = (first + np.arange(n)) * (366 * 1_440) // episodes
    days = np.minimum(rng.geometric(0.3, n) - 1, 60)
    start = last - days * 1_440 - rng.integers(20, 600, n)
    main = _drawn(rng, n, DIAGNOSES)
    triggered = rng.random(n) < TRIGGER_SHARE
    main[triggered] = DIAGNOSES + rng.integers(0, len(triggers), int(triggered.sum()))
    done = np.minimum(rng.poisson(1.5, n), 20)
    flat = _drawn(rng, int(done.sum()), PROCEDURES)
    served = rng.random(len(flat)) < SERVICE_SHARE / 1.5
    flat[served] = PROCEDURES + rng.integers(0, len(services), int(served.sum()))
    more = np.minimum(rng.poisson(2.5, n), 20)
    return pa.table(
        {
            "episode_id": _ids("E", np.arange(first, first + n), 9),
            "pasient_id": _ids("P", rng.integers(0, patients, n), 8),
            "institusjon": _coded(_INSTITUTIONS, rng.integers(0, len(_INSTITUTIONS), n)),
            "inn": _moments(start),
            "ut": _moments(last),
            "alder": pa.array(rng.integers(0, 100, n).astype(np.int16)),
            "kjønn": _coded(["1", "2"], rng.integers(0, 2, n)),
            "hovedtilstand": _coded([*diagnoses, *triggers], main),
            "bitilstander": _lists(_coded(diagnoses, _drawn(rng, int(more.sum()), DIAGNOSES)), more),
            "prosedyrer": _lists(_coded([*procedures, *services], flat), done),
        }
    )


def _drawn(rng: np.random.Generator, n: int, codes: int) -> Any:
    """Codes by number; a few are common."""
    return (codes * rng.random(n) ** 3).astype(np.int64) * 7_919 % codes


def _ids(prefix: str, numbers: Any, digits: int) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pc.utf8_lpad(pa.array(numbers).cast(pa.string()), digits, "0"), "")


def _coded(values: Sequence[str], ids: Any) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(ids.astype(np.int32)), pa.array(values)).cast(pa.string())


def _lists(values: pa.Array, sizes: Any) -> pa.Array:
    offsets = np.zeros(len(sizes) + 1, np.int32)
    np.cumsum(sizes, out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _moments(minutes: Any) -> pa.Array:
    whole = np.datetime64("2024-01-01", "us") + minutes.astype("timedelta64[m]")
    return pa.array(whole.astype("datetime64[us]"))


# ------------------------------------------------------------ where they are kept


@dataclass(frozen=True)
class Workload:
    """A regelverk, the same without anything that needs patients, and the folder of the episodes."""

    whole: Path
    lone: Path
    data: Path


def cache_folder() -> Path:
    """Where what is generated is kept: never in the repository. ``ISFDSL_BENCHMARKS`` moves it."""
    given = os.environ.get("ISFDSL_BENCHMARKS")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(given) if given else base / "isfdsl-benchmarks"


def workload(episodes: int, rules: int) -> Workload:
    """What is to be measured, made when it isn't there from before."""
    cache = cache_folder() / f"v{VERSION}"
    whole = _made(cache / f"regler-{rules}", lambda f: _write_rules(f, rules, True))
    lone = _made(cache / f"regler-{rules}-uten-pasient", lambda f: _write_rules(f, rules, False))
    return Workload(whole, lone, _made(cache / f"episoder-{episodes}", lambda f: write_episodes(f, episodes)))


def year(rules: str, records: int, times: int) -> Path:
    """What ``isf sample`` draws for a regelverk, each record so many times with ids and patients of its own."""
    import isfdsl
    from isfdsl.testing.sample import generate, write_sample

    regelverk = isfdsl.load(rules)

    def make(folder: Path) -> None:
        write_sample(generate(regelverk, records=records, seed=1), folder / "en", "parquet")
        for post, schema in regelverk.schemas.items():
            told = {f.name for f in schema.key_fields} | {schema.roles.get("pasient", "")}
            table = pq.read_table(folder / "en" / f"{post}.parquet")
            with pq.ParquetWriter(folder / f"{post}.parquet", table.schema) as writer:
                for i in range(times):
                    columns = [_told(table[n], i) if n in told else table[n] for n in table.column_names]
                    writer.write_table(pa.table(columns, schema=table.schema))
        shutil.rmtree(folder / "en")

    assert regelverk.ruleset.digest is not None  # it was read from files
    name = f"aar-{regelverk.ruleset.digest[:12]}-{records}x{times}"
    return _made(cache_folder() / f"v{VERSION}" / name, make)


def _told(ids: pa.ChunkedArray, number: int) -> pa.ChunkedArray:
    """Ids told apart from the same of another number."""
    return pc.binary_join_element_wise(ids, str(number), "-")


def write_episodes(folder: Path, episodes: int) -> None:
    """The episodes as ``episode.parquet``."""
    writer = None
    for table in batches(episodes):
        if writer is None:
            coded = [leaf for leaf in CODED if leaf != "kjønn"] + ["kjønn"]
            writer = pq.ParquetWriter(folder / "episode.parquet", table.schema, use_dictionary=coded)
        writer.write_table(table, row_group_size=ROW_GROUP)
    if writer is not None:
        writer.close()


def _write_rules(folder: Path, rules: int, patients: bool) -> None:
    (folder / "maaling.isf").write_text(regelverk_text(rules, patients), encoding="utf-8")


def _made(folder: Path, make: Callable[[Path], None]) -> Path:
    """A folder, written beside its place first, so that it is whole when it is there."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=folder.parent))
        try:
            make(beside)
            beside.rename(folder)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    return folder


def main() -> None:
    """Make one workload and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=1_000_000, help="standard 1 000 000")
    parser.add_argument("--rules", type=int, default=2_500, help="standard 2 500")
    given = parser.parse_args()
    found = workload(given.episodes, given.rules)
    print(found.whole, found.lone, found.data, sep="\n")


if __name__ == "__main__":
    main()
