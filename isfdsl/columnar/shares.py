"""What share of a course each member brought: whole billionths that add up to exactly one."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from isfdsl.columnar.contacts import Contacts
from isfdsl.columnar.segments import Segments
from isfdsl.columnar.vectors import Array, Nums, Texts, assemble, wide
from isfdsl.syntax import ast
from isfdsl.values import apportion

ONE = 10**9
KINDS: tuple[tuple[ast.GroupKind, bool], ...] = (("DRG", False), ("STG", True))


def own_weights(of: Contacts, rows: Array) -> tuple[Array, Array]:
    """The weight of each contact's own group as whole numbers of one size, and where it is known."""
    parts = []
    for plan, _, at, f in of.frames(rows):
        codes = of.group.v[rows[at]]
        is_stg = of.group.words.table("stg", np.bool_, lambda v: v[0] == "STG")[codes]
        for kind, chosen in KINDS:
            mine = np.flatnonzero(is_stg == chosen)
            if len(mine) == 0:
                continue
            own = f.take(mine)
            names, to = of.group_names
            own.group, own.kind = Texts(to[codes[mine]], names), kind
            parts.append((at[mine], plan.attribute(own, None, "vekt", noted=False)))
    found = assemble(len(rows), parts)
    if not isinstance(found, Nums):
        return np.zeros(len(rows), np.int64), np.zeros(len(rows), bool)
    return found.v, np.ones(len(rows), bool) if found.present is None else found.present


def apportioned(weights: Array, members: Segments, known: Array, share: Array, has: Array) -> None:
    """Fill in the shares of the courses whose weights are all known, by largest remainder; earlier places win a tie.

    A course whose weights add up to nothing, or one of which is negative, has none.
    """
    if len(members) == 0:
        return
    own = weights[members.members]
    large = own.dtype == object or (len(own) and int(np.abs(own).max()) > 2**62 // ONE)
    total = np.add.reduceat(wide(own) if large else own, members.start)
    bad = np.zeros(len(members), bool)
    bad[members.number[(own < 0).astype(bool)]] = True
    good = known & ~bad & (total > 0).astype(bool)
    if large:
        _one_by_one(own, members, good, share, has)
        return
    number = members.number
    total = np.where(good, total, 1)
    floors, rest = np.divmod(own * ONE, total[number])
    left = ONE - np.add.reduceat(floors, members.start)
    place = np.arange(len(own))
    order = np.lexsort((place, -rest, number))
    rank = np.empty(len(own), np.int64)
    rank[order] = place - members.start[number]
    floors += rank < left[number]
    usable = good[number]
    share[members.members[usable]] = floors[usable]
    has[members.members[usable]] = True


def _one_by_one(own: Array, members: Segments, good: Array, share: Array, has: Array) -> None:
    for i in np.flatnonzero(good).tolist():
        at = slice(int(members.start[i]), int(members.start[i] + members.size[i]))
        found = apportion([Fraction(int(w)) for w in own[at]])
        if found is not None:
            share[members.members[at]] = [int(s * ONE) for s in found]
            has[members.members[at]] = True
