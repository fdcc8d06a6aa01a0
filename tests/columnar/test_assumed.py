"""What rests on assumed codes, against asking each record about each set of codes."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import numpy as np
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from isfdsl.columnar.assumed import OfContacts, assumed_codes
from isfdsl.columnar.frame import Frame, Notes
from isfdsl.columnar.numbering import different
from isfdsl.columnar.vectors import Lists, Texts, Vec
from isfdsl.columnar.words import Value, Words

CODES = "ABCDEF"


@frozen
class _Set:
    codes: str

    def has_code(self, code: str) -> bool:
        return code in self.codes


def _column(rng: random.Random, kind: str, n: int) -> tuple[Vec, list[list[Value]]]:
    """A column of codes or pairs, single or lists, and what each row has."""
    pair = "par" in kind
    values: list[Value] = [(a, b) for a in CODES for b in (None, *CODES)] if pair else list(CODES)
    words = Words(rng.sample(values, len(values)))
    if "liste" not in kind:
        v = np.array([rng.randrange(-1, len(words)) for _ in range(n)], np.int32)
        return Texts(v, words), [[words.values[i]] if i >= 0 else [] for i in v.tolist()]
    size = np.array([rng.randrange(4) for _ in range(n)], np.int64)
    flat = np.array([rng.randrange(len(words)) for _ in range(int(size.sum()))], np.int32)
    start = np.cumsum(size) - size
    rows = [[words.values[i] for i in flat[s : s + m].tolist()] for s, m in zip(start, size, strict=True)]
    return Lists(start, size, flat, words), rows


@given(st.integers(0, 2**32))
def test_which_rows_have_assumed_codes(seed: int) -> None:
    rng = random.Random(seed)
    n = rng.randrange(7)
    sets = {
        ("egenskap", name): _Set("".join(rng.sample(CODES, rng.randrange(4)))) for name in "abc"[: rng.randrange(4)]
    }
    kinds = ["kode", "kode liste", "kodepar", "kodepar liste", "tekst"]
    made = {kind: _column(rng, kind, n) for kind in kinds}
    fields = [SimpleNamespace(name=SimpleNamespace(text=k), type=SimpleNamespace(kind=k.split()[0])) for k in kinds]
    ruleset = SimpleNamespace(poster={"post": SimpleNamespace(fields=fields)})
    plan: Any = SimpleNamespace(
        epoch=SimpleNamespace(assumed_codes=sets, ruleset=ruleset), kept=lambda key, make: make()
    )
    wanted = {}
    for (what, name), own in sets.items():
        rows = [
            i
            for i in range(n)
            if any(
                c is not None and own.has_code(c)
                for kind in kinds[:-1]
                for value in made[kind][1][i]
                for c in ((value,) if isinstance(value, str) else value)
            )
        ]
        if rows:
            wanted[f"antatt: koder i {what} {name}"] = rows
    frame = Frame("post", n, {kind: column for kind, (column, _) in made.items()})
    assert {text: rows.tolist() for text, rows in assumed_codes(plan, frame, "post")} == wanted


@given(st.integers(0, 2**32))
def test_courses_rest_on_what_their_contacts_do(seed: int) -> None:
    rng = random.Random(seed)
    stays, contacts, courses = rng.randrange(1, 6), rng.randrange(5), rng.randrange(1, 4)
    contact = [rng.randrange(-1, contacts) for _ in range(stays)]
    notes = Notes()
    said: dict[str, set[int]] = {}
    for text in ("antatt: koder i egenskap a", "antatt: koder i liste b", "ukjent: noe annet"):
        for _ in range(rng.randrange(3)):
            rows = [rng.randrange(stays) for _ in range(rng.randrange(1, 4))]
            notes.add(text, np.array(rows, np.int64))
            said.setdefault(text, set()).update(contact[r] for r in rows)
    members = [(rng.randrange(contacts), rng.randrange(courses)) for _ in range(rng.randrange(6))] if contacts else []
    found = Notes()
    of = OfContacts.of([(notes, np.array(contact, np.int64))], contacts)
    place, course = (np.array([m[i] for m in members], np.int64) for i in (0, 1))
    of.add(found, place, course, courses)
    wanted = {
        text: sorted({c for m, c in members if m in own})
        for text, own in said.items()
        if text.startswith("antatt: koder")
    }
    assert {text: parts[0].tolist() for text, parts in found.found.items()} == {t: c for t, c in wanted.items() if c}


@given(st.lists(st.integers(0, 20)))
def test_different_numbers_in_order(v: list[int]) -> None:
    for room in (21, 1000):
        assert different(np.array(v, np.int64), room).tolist() == sorted(set(v))
