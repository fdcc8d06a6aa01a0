"""What is counted and summed of an Outcome, for the summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from isfdsl.columnar.contacts import Keys
from isfdsl.columnar.engine import Outcome
from isfdsl.columnar.frame import Notes
from isfdsl.columnar.machine_code import loop
from isfdsl.columnar.names import Names
from isfdsl.columnar.numbering import different
from isfdsl.columnar.points import MILLION, MoneyColumns
from isfdsl.columnar.vectors import ROOM, Array, Nums, Texts, bound_of, in_units, there, wide
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.summary import TABLES, GroupKind, Row, Totals, note_kind, too_fine
from isfdsl.syntax import ast


def totals(outcome: Outcome, rules: Ruleset) -> Totals:
    """Counts, and sums per group, unit, region and area (the refusjon that paid)."""
    out = Totals()
    areas = [d.name.text for d in rules.of(ast.Refusjon)]
    names = outcome.names
    table = outcome.stays
    if table is not None:
        p = table.settled.points
        out.in_stays = len(table.gathered.records.members)
        money, keys = table.settled.money, table.keys
        stays = table.stays
        _add(out, "DRG", stays.group, p.number, money, keys, names, stays.notes, areas)
    s = outcome.services
    if s.money is not None and s.n:
        keys = s.of.keys.take(s.hits.first)
        _add(out, "STG", s.stg, s.money.points, s.money.money, keys, names, s.notes, areas)
    for c in outcome.found.courses if outcome.found is not None else ():
        ordered = c.made.opener
        if c.made.n == 0 or outcome.found is None:
            continue
        keys = outcome.found.ordered.of.keys.take(outcome.found.ordered.row[ordered])
        group = Texts(np.zeros(c.made.n, np.int32), c.group_words)
        _add(out, "TFG", group, c.money.points, c.money.money, keys, names, c.notes, areas)
    out.rows["krav"] = sum(len(k.ids) for k in outcome.krav)
    return out


def _add(
    out: Totals,
    kind: GroupKind,
    group: Texts,
    points: Nums,
    money: MoneyColumns,
    keys: Keys,
    names: Names,
    notes: Notes,
    areas: Sequence[str],
) -> None:
    n = len(group)
    assumed = np.zeros(n, bool)
    _count_notes(out, notes, n, assumed)
    out.rows[TABLES[kind]] += n
    # The numbers come first: making them may add to the names.
    labels: list[tuple[str, Array, Sequence[str | None]]] = [
        (kind, group.v, group.words.made("str", lambda values: [str(v) for v in values])),
        ("enhet", keys.unit, names.of("enhet").to_pylist()),
        ("region", keys.region, names.of("region").to_pylist()),
        ("omrade", money.rule, areas),
        ("totalt", group.v, []),
    ]
    sums = _Sums(points, money, assumed)
    out.unwritable |= {too_fine(TABLES[kind], column, decimals) for column, decimals in sums.too_fine}
    for about, number, called in labels:
        for at, row in sums.by(number, len(called)):
            out.add(about, called[at] if at < len(called) else None, row)


class _Sums:
    """Points and money of some rows, to be added up exactly."""

    def __init__(self, points: Nums, money: MoneyColumns, assumed: Array) -> None:
        has = there(points)
        worth, odd_points = in_units(points, MILLION)
        kroner, odd_kroner = in_units(money.number, 100)
        self.too_fine: list[tuple[str, int]] = []
        """Columns that some number does not go up in, and their decimals."""
        if odd_points is not None and (odd_points & has).any():
            self.too_fine.append(("poeng", 6))
        if odd_kroner is not None and (odd_kroner & money.has_value).any():
            self.too_fine.append(("refusjon", 2))
        worth = np.where(has, worth, 0)
        kroner = np.where(money.has_value, kroner, 0)
        large = worth.dtype == object or kroner.dtype == object
        self._large = large or max(bound_of(worth), bound_of(kroner)) * len(worth) > ROOM
        self._columns = worth, kroner, has, money.has_value, assumed

    @cached_property
    def _all(self) -> Row:
        worth, kroner, has_points, has_money, assumed = self._columns
        if self._large:
            worth, kroner = wide(worth), wide(kroner)
        sums = worth.sum(), kroner.sum(), (~has_points).sum(), (~has_money).sum(), assumed.sum()
        return Row(len(worth), *(int(x) for x in sums))

    def by(self, number: Array, groups: int) -> Iterator[tuple[int, Row]]:
        """The sums of each group that occurs; what has none (-1) comes last."""
        if not groups:
            if len(number):
                yield 0, self._all
            return
        place = number.astype(np.int64)  # -1 is the last place
        if self._large:
            worth, kroner, has_points, has_money, assumed = self._columns
            sums = np.zeros((groups + 1, 6), object)
            ones = np.ones(len(place), np.int64)
            for at, v in enumerate((ones, worth, kroner, ~has_points + 0, ~has_money + 0, assumed + 0)):
                np.add.at(sums[:, at], place, wide(v))
        else:
            sums = _summed(place, groups + 1, *self._columns)
        some = np.flatnonzero(sums[:, 0])
        for at, row in zip(some.tolist(), sums[some].tolist(), strict=True):
            yield at, Row(*row)


@loop()
def _summed(
    place: np.ndarray,
    groups: int,
    points: np.ndarray,
    money: np.ndarray,
    has_points: np.ndarray,
    has_money: np.ndarray,
    assumed: np.ndarray,
) -> np.ndarray:
    out = np.zeros((groups, 6), np.int64)
    for i in range(len(place)):
        row = out[place[i]]
        row[0] += 1
        row[1] += points[i]
        row[2] += money[i]
        row[3] += not has_points[i]
        row[4] += not has_money[i]
        row[5] += assumed[i]
    return out


def _count_notes(out: Totals, notes: Notes, n: int, assumed: Array) -> None:
    counts: dict[str, int] = {}
    kinds: dict[str, Array] = {}
    for text, parts in notes.found.items():
        rows = different(np.concatenate(parts), n) if parts else np.zeros(0, np.int64)
        if len(rows) == 0:
            continue
        counts[text] = len(rows)
        kinds.setdefault(note_kind(text)[0], np.zeros(n, bool))[rows] = True
        if text.startswith("antatt"):
            assumed[rows] = True
    out.add_notes(counts, {kind: int(flags.sum()) for kind, flags in kinds.items()})
