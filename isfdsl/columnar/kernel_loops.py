"""The compiled loops of the kernel. Classes are numbers of what is true of a value; class 0 says nothing."""

from __future__ import annotations

import numpy as np

from isfdsl.columnar.machine_code import loop

PLACE = 24
"""A candidate is one word: its place in so many bits, the marks it needs hashed into those above."""
LENGTH = 24
"""A span of candidates is one word: its length in so many bits, where it begins in those above."""
HASHED = np.uint64(2**64 - 2**PLACE)


@loop()
def classes_of(ids: np.ndarray, table: np.ndarray, missing: int, out: np.ndarray) -> None:
    """The class of each dictionary number (-1: ``missing``). ids, out (n,); table (dictionary,)."""
    for i in range(len(ids)):
        out[i] = table[ids[i]] if ids[i] >= 0 else missing


@loop()
def spread(values: np.ndarray, low: int, there: np.ndarray, first: np.ndarray) -> int:
    """The first row of each value: ``first[value - low]``, ``first[-1]`` for missing; all -1 at the start.

    values, there (n,), there may be empty (nothing is missing). Gives how many different ones there are.
    """
    count = 0
    for i in range(len(values)):
        at = len(first) - 1 if len(there) and not there[i] else values[i] - low
        if first[at] < 0:
            first[at] = i
            count += 1
    return count


@loop()
def looked_up(values: np.ndarray, low: int, there: np.ndarray, table: np.ndarray, out: np.ndarray) -> None:
    """The class of each value by the table that ``spread`` laid out. values, out (n,)."""
    for i in range(len(values)):
        out[i] = table[len(table) - 1 if len(there) and not there[i] else values[i] - low]


@loop()
def pack(flags: np.ndarray, place: int, out: np.ndarray) -> None:
    """Put one bit per row into packed words. flags (n,) bool, out (n, words) uint64."""
    bit = np.uint64(1) << np.uint64(place & 63)
    for i in range(len(flags)):
        if flags[i]:
            out[i, place >> 6] |= bit


@loop()
def first_match(
    singles: np.ndarray,
    starts: np.ndarray,
    sizes: np.ndarray,
    flat: np.ndarray,
    longest: int,
    filters: np.ndarray,
    always: int,
    listed: np.ndarray,
    needs: np.ndarray,
    entries: np.ndarray,
    program: np.ndarray,
    asked: np.ndarray,
    mark_start: np.ndarray,
    marks: np.ndarray,
    bit_start: np.ndarray,
    bits: np.ndarray,
    dense: np.ndarray,
    out: np.ndarray,
) -> None:
    """The first place of each row, -1 for none.

    singles (n, k) classes of the singles; starts, sizes (n, s) where the lists lie in flat, which has classes; longest:
    the most classes of a row. By class: filters (4,): hashed marks, marks with a bit of their own, literals of singles,
    and a span of ``listed``; its marks and its bits. listed: candidates in ascending order, with the hashed marks they
    need above ``PLACE`` bits; ``always`` is the span of those tried for every row. needs (places, 3): the marks with a
    bit of their own a rule needs, and must not have, and the literals it needs. program (instructions, 5): kind, x, y,
    next when true, next when false; -1 match, -2 no match; asked (instructions,): the hashed mark of one that asks for
    a mark. dense (n, words). One pass, no allocation per row.
    """
    # Places are unsigned: with signed ones each would first be asked whether it counts from the end.
    one = np.uint64(1)
    nothing = np.uint64(len(entries))
    own = np.zeros(longest + 1, np.uint32)
    todo = np.zeros(longest + 2, np.uint64)
    todo[0] = always
    for i in range(len(out)):
        f0 = f1 = f2 = np.uint64(0)
        count = np.uint64(0)
        lists = one  # todo[0] is always there
        for k in range(singles.shape[1]):
            g = np.uint64(singles[i, k])
            own[count] = g
            count += one
            f0 |= filters[g, 0]
            f1 |= filters[g, 1]
            f2 |= filters[g, 2]
            todo[lists] = filters[g, 3]  # no branch: what it would save is less than what a wrong guess costs
            lists += np.uint64(filters[g, 3] != 0)
        for s in range(starts.shape[1]):
            at = np.uint64(starts[i, s])
            end = at + np.uint64(sizes[i, s])
            while at < end:
                g = np.uint64(flat[at])
                at += one
                own[count] = g
                count += one
                f0 |= filters[g, 0]
                f1 |= filters[g, 1]
                todo[lists] = filters[g, 3]
                lists += np.uint64(filters[g, 3] != 0)
        best = nothing
        missing = ~f0 & HASHED
        for t in range(lists):
            e = todo[t] >> np.uint64(LENGTH)
            last = e + (todo[t] & np.uint64((1 << LENGTH) - 1))
            while e < last:
                word = listed[e]
                e += one
                if word & missing:
                    continue
                p = word & np.uint64((1 << PLACE) - 1)
                if p >= best:
                    break
                if (needs[p, 0] & ~f1) | (needs[p, 1] & f1) | (needs[p, 2] & ~f2):
                    continue
                line = entries[p]
                while line >= 0:
                    kind = program[line, 0]
                    x = program[line, 1]
                    y = program[line, 2]
                    if kind == 0:
                        left = y
                        for c in range(np.uint64(0) if asked[line] & missing else count):
                            g = np.uint64(own[c])
                            if asked[line] & ~filters[g, 0]:
                                continue
                            for m in range(mark_start[g], mark_start[g + one]):
                                left -= marks[m] == x
                        yes = left <= 0
                    elif kind == 1:
                        yes = (bits[bit_start[singles[i, x]] + (y >> 6)] >> np.uint64(y & 63)) & one != 0
                    else:
                        yes = (dense[i, x >> 6] >> np.uint64(x & 63)) & one != 0
                    line = program[line, 3] if yes else program[line, 4]
                if line == -1:
                    best = p
                    break
        out[i] = np.int32(best) if best < nothing else -1
