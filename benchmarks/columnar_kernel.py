"""How fast the first matching rule is found: records per second on one core, by number of rules, as a Markdown table.

The synthetic table is that of ``shared/design/performance.md``: mean 4.6 conditions over 1,500 properties, 20,000
diagnosis and 10,000 procedure codes. Columns are dictionary-coded and in memory; only evaluation is timed.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import numpy as np
from attrs import frozen

from isfdsl import api
from isfdsl.columnar import kernel_loops, ragged
from isfdsl.columnar.decide import FirstMatch
from isfdsl.columnar.frame import Frame
from isfdsl.columnar.plan import EpochPlan
from isfdsl.columnar.store import store_of
from isfdsl.columnar.vectors import Lists, Nums, Texts, Vec
from isfdsl.columnar.words import Words
from isfdsl.program import Ruleset
from isfdsl.program.epoch import Epoch
from isfdsl.program.scope import Scopes
from isfdsl.source import Source, Span
from isfdsl.syntax import ast
from isfdsl.syntax.parse import parse

_NOWHERE = Span("", 0, 0)
_DIAGNOSES, _PROCEDURES, _PROPERTIES = 20_000, 10_000, 1_500
_HEAD = """regelverk Måling 0
kodeverk icd10 åpent
kodeverk ncsp åpent
kodeverk kjønn åpent
post kasus
  id tekst nøkkel
  kjønn kode kjønn valgfri
  alder heltall 0..120 år valgfri
  lengde heltall 0..400 dager valgfri
  hoved kode icd10 valgfri
  andre kode liste icd10
  prosedyrer kode liste ncsp
samling tilstander for kasus = hoved, andre
"""


@frozen
class Row:
    """One measurement; times in seconds. ``loop`` is the compiled loop alone."""

    name: str
    rules: int
    compiled: float
    first: float
    whole: float
    loop: float
    agrees: bool


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="records per measurement (default 1,000,000)")
    parser.add_argument("--rules", type=int, nargs="*", default=[250, 1_000, 2_500, 5_000, 10_000], metavar="N")
    parser.add_argument("--norddrg", nargs=2, metavar=("FOLDER", "CASES"), help="an imported set and a .drg file")
    parser.add_argument("--checked", type=int, default=2_000, help="rows compared with the scan (default 2,000)")
    args = parser.parse_args()
    print("| table | rules | compile s | first call s | M/s | M/s, loop alone | equals the scan |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | --- |", flush=True)
    for row in measured(args):
        n = args.rows / 1e6
        print(
            f"| {row.name} | {row.rules:,} | {row.compiled:.2f} | {row.first:.2f} | {n / row.whole:.2f} "
            f"| {n / row.loop:.2f} | {'yes' if row.agrees else 'NO'} |",
            flush=True,
        )


def measured(args: Any) -> Iterator[Row]:
    """All measurements asked for."""
    if args.rules:
        plan = EpochPlan(synthetic_epoch())
        frame = synthetic_frame(args.rows)
        for count in args.rules:
            match = FirstMatch(plan, "kasus", synthetic_conditions(count), frozenset())
            yield measure("synthetic", count, match, frame, args.checked)
    if args.norddrg:
        yield from imported(args.norddrg[0], args.norddrg[1], args.rows, args.checked)


def measure(name: str, rules: int, match: FirstMatch, frame: Frame, checked: int) -> Row:
    """The best of five calls. What the kernel asks of begreper is kept with the frame: the first call pays for it."""
    compiled = timed(lambda: match.kernel(frame.subject))
    first = timed(lambda: match(frame, None))
    loops: list[float] = []
    loop = kernel_loops.first_match

    def told(*arrays: Any) -> None:
        loops.append(timed(lambda: loop(*arrays)))

    kernel_loops.first_match = told  # type: ignore[assignment]
    whole = min(timed(lambda: match(frame, None)) for _ in range(5))
    kernel_loops.first_match = loop
    some = frame.take(np.sort(np.random.default_rng(3).choice(frame.n, min(checked, frame.n), replace=False)))
    agrees = bool((match.kernel(some.subject)(some, None) == match.scan(some, None)).all())
    return Row(name, rules, compiled, first, whole, min(loops), agrees)


def timed(run: Callable[[], Any]) -> float:
    """Seconds."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


# ------------------------------------------------------------ the synthetic table


def synthetic_epoch() -> Epoch:
    """Properties over invented codes: 1,000 of diagnoses, 500 of procedures; a code has one to four."""
    rng = random.Random(1)
    members: dict[str, list[str]] = {}
    for prefix, own, codes in (("D", 1_000, _DIAGNOSES), ("P", 500, _PROCEDURES)):
        for i in range(codes):
            for p in {int(own * rng.random() ** 1.5) for _ in range(rng.randint(1, 4))}:
                members.setdefault(f"{prefix}{p}", []).append(f"{prefix}C{i:05d}")
    blocks = [
        f"egenskap {name} {'icd10' if name[0] == 'D' else 'ncsp'} " + " ".join(codes) + "\n"
        for name, codes in sorted(members.items())
    ]
    source = Source("maaling.isf", _HEAD + "".join(blocks))
    ruleset = Ruleset((parse(source).file,), {source.name: source})
    return Epoch(ruleset, Scopes(ruleset), None)


def synthetic_conditions(count: int) -> list[tuple[ast.Expr, ...]]:
    """Conditions with 4.6 parts on average: properties, some of them negated or counted, age, stay and sex."""
    rng = random.Random(2)
    return [tuple(_part(rng, i) for i in range(rng.choice((3, 4, 4, 5, 5, 5, 6)))) for _ in range(count)]


def _part(rng: random.Random, place: int) -> ast.Expr:
    kind = rng.random() if place > 1 else rng.random() * 0.5
    if kind < 0.3:
        return _has("hoved" if place == 0 else "tilstander", f"D{rng.randrange(1_000)}")
    if kind < 0.5:
        return _has("prosedyrer", f"P{rng.randrange(500)}")
    if kind < 0.6:
        return ast.Not(operand=_has("tilstander", f"D{rng.randrange(1_000)}"), span=_NOWHERE)
    if kind < 0.65:
        test = ast.PropertyTest(properties=(_name(f"D{rng.randrange(40)}"),), span=_NOWHERE)
        return ast.CountTest(
            quantity="minst", count=2, distinct=False, field=_name("tilstander"), test=test, span=_NOWHERE
        )
    if kind < 0.85:
        return _compare("alder", rng.choice(("<", ">=")), rng.choice((1, 2, 7, 18, 40, 65, 80)), "år")
    if kind < 0.93:
        return _compare("lengde", rng.choice(("<", ">=")), rng.choice((1, 2, 3, 5, 10)), "dager")
    codes = ast.SetUnion(items=(ast.CodeItem(text=rng.choice("12"), span=_NOWHERE),), span=_NOWHERE)
    return ast.InSet(operand=_reference("kjønn"), codes=codes, span=_NOWHERE)


def _name(text: str) -> ast.Name:
    return ast.Name(text=text, span=_NOWHERE)


def _reference(name: str) -> ast.Reference:
    return ast.Reference(name=name, span=_NOWHERE)


def _has(field: str, name: str) -> ast.Expr:
    return ast.HasProperty(operand=_reference(field), properties=(_name(name),), span=_NOWHERE)


def _compare(field: str, op: Any, number: int, unit: Any) -> ast.Expr:
    literal = ast.NumberLiteral(value=Decimal(number), unit=unit, raw=str(number), span=_NOWHERE)
    return ast.Compare(left=_reference(field), op=op, right=literal, span=_NOWHERE)


def synthetic_frame(n: int) -> Frame:
    """Episodes: a principal diagnosis (a few are common), 2.5 others, 1.5 procedures."""
    rng = np.random.default_rng(4)
    diagnoses = Words(f"DC{i:05d}" for i in range(_DIAGNOSES))
    procedures = Words(f"PC{i:05d}" for i in range(_PROCEDURES))

    def drawn(size: int, codes: int) -> np.ndarray:
        return np.minimum((codes * rng.random(size) ** 3).astype(np.int32) * 7919 % codes, codes - 1).astype(np.int32)

    def lists(mean: float, codes: int, words: Words) -> Lists:
        size = np.minimum(rng.poisson(mean, n), 20).astype(np.int64)
        return Lists(np.cumsum(size) - size, size, drawn(int(size.sum()), codes), words)

    columns: dict[str, Vec] = {
        "kjønn": Texts(rng.integers(0, 2, n).astype(np.int32), Words(["1", "2"])),
        "alder": Nums(rng.integers(0, 100, n), 1, rng.random(n) > 0.01),
        "lengde": Nums(np.minimum(rng.geometric(0.25, n) - 1, 60).astype(np.int64), 1, None),
        "hoved": Texts(drawn(n, _DIAGNOSES), diagnoses),
        "andre": lists(2.5, _DIAGNOSES, diagnoses),
        "prosedyrer": lists(1.5, _PROCEDURES, procedures),
    }
    return Frame("kasus", n, columns)


# ------------------------------------------------------------ an imported set


def imported(folder: str, cases: str, n: int, checked: int) -> Iterator[Row]:
    """The levels and hierarchies of an imported set on its cases, drawn again and again with columns mixed up a bit."""
    regelverk = api.load(folder)
    (post, records), *_ = regelverk.read(cases).records.items()
    columns = store_of(regelverk.schemas[post], records).frame_columns()
    rng = np.random.default_rng(5)
    base = rng.integers(0, len(records), n)

    def varied(column: Vec) -> Vec:
        found = column.take(np.where(rng.random(n) < 0.15, rng.integers(0, len(records), n), base))
        if not isinstance(found, Lists):
            return found
        flat = ragged.gathered(found.start, found.size, found.flat, int(found.size.sum()))
        return Lists(np.cumsum(found.size) - found.size, found.size, flat, found.words)

    mixed = {f.name: varied(columns[f.name]) for f in regelverk.schemas[post].fields if f.kind != "tekst"}
    ruleset = regelverk.ruleset
    plan = EpochPlan(Epoch(ruleset, Scopes(ruleset), None))
    for level in ruleset.of(ast.Nivaa):
        match = plan.level(level).match
        yield measure(f"nivå {level.name.text}", len(level.categories), match, Frame(post, n, mixed), checked)
    for hierarchy in ruleset.of(ast.Hierarki):
        decider = plan.decider(hierarchy)
        frame = Frame(post, n, mixed)
        yield measure(f"hierarki {hierarchy.name.text}", len(decider.rules), decider.match, frame, checked)


if __name__ == "__main__":
    main()
