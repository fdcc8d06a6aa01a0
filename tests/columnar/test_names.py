"""The texts of who and where get their numbers when somebody asks, and columns come out as Arrow would make them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from unittest import mock

import numpy as np
import pyarrow as pa
import pytest

from isfdsl.columnar import output, totals
from isfdsl.columnar.contacts import Keys
from isfdsl.columnar.engine import Outcome, compute
from isfdsl.columnar.epochs import Epochs
from isfdsl.columnar.names import as_coded, as_text, coded, name_all
from isfdsl.columnar.store import Store, Stored, Strings
from isfdsl.columnar.vectors import Array, Nums, Texts
from isfdsl.columnar.words import Words
from isfdsl.diagnostics.record_output import OutputValue
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.record import Record
from tests.columnar.support import stores_of
from tests.loading import load_text

SAID = ["b", None, "a", "b", "c", None]

RULES = """
regelverk Prøve
post episode "En episode"
  episode_id   tekst nøkkel
  pasient_id   tekst
  institusjon  tekst rolle enhet
opphold av episode
  samles {how}
"""
ALONE, JOINED = "aldri", "når samme pasient_id"


def strings(texts: list[str | None], dictionary: list[str], kind: pa.DataType) -> Stored:
    """Texts with a dictionary that has them in an order of its own, and one more."""
    ids = [None if t is None else dictionary.index(t) for t in texts]
    return Strings(pa.DictionaryArray.from_arrays(pa.array(ids, kind), pa.array(dictionary)))


def columns() -> dict[str, Stored]:
    """The same texts in all the ways that they are kept."""
    words = Words(["x", "c", "b", "a"])
    return {
        "plain": Strings(pa.array(SAID, pa.string())),
        "chunks": Strings(pa.chunked_array([pa.array(SAID[:2], pa.string()), pa.array(SAID[2:], pa.string())])),
        "coded": strings(SAID, ["c", "x", "b", "a"], pa.int16()),
        "chunks coded": Strings(
            pa.chunked_array([strings(own, ["a", "b", "c"], pa.int16()).array for own in (SAID[:4], SAID[4:])])
        ),
        "words": Texts(np.array([-1 if t is None else words.ids[t] for t in SAID], np.int16), words),
    }


def outcome(how: str) -> Outcome:
    """Two episodes of a patient, and one of nobody."""
    rules: Ruleset = load_text(RULES.format(how=how)).ruleset
    values = [("E1", "P"), ("E2", None), ("E3", "P")]
    records = [
        Record("episode", {"episode_id": e, "pasient_id": p, "institusjon": "I"}, "", i, e)
        for i, (e, p) in enumerate(values)
    ]
    return compute(Epochs(rules), stores_of(rules, {"episode": records}))


@pytest.mark.parametrize("one", columns())
@pytest.mark.parametrize("other", columns())
def test_equal_texts_get_equal_numbers_however_they_are_kept(one: str, other: str) -> None:
    rules = load_text(RULES.format(how=ALONE)).ruleset
    (store,) = stores_of(rules, {"episode": []}).values()
    stores = [
        Store(store.schema, len(SAID), {**store.columns, "pasient_id": columns()[name]}, pa.array(map(str, SAID)))
        for name in (one, other)
    ]
    names, keys = name_all(rules, stores)
    number: dict[str | None, int] = {None: -1}
    for key in keys:
        assert names.texts("pasient", key.patient).to_pylist() == SAID
        assert names.coded("pasient", key.patient).to_pylist() == SAID
        assert [number.setdefault(t, int(n)) for t, n in zip(SAID, key.patient, strict=True)] == key.patient.tolist()
    assert len(set(number.values())) == len(number)


def test_numbers_name_as_they_are_written() -> None:
    """Also those of more than 64 bits, and those in little room."""
    for dtype, said in ((object, [7, None, -(10**30)]), (np.int8, [-1, None, 7]), (np.int64, [2**63 - 1, 0, 5])):
        present = None if None not in said else np.array([v is not None for v in said])
        column = Nums(np.array([v or 0 for v in said], dtype), 1, present)
        wanted = [None if v is None else str(v) for v in said]
        assert as_text(column).to_pylist() == wanted
        assert as_coded(column).to_pylist() == wanted


def test_what_nobody_asks_for_is_not_numbered() -> None:
    found = outcome(ALONE)
    column = output.tables(found, found.stays.stays.epochs.ruleset, set())["opphold"].columns["pasient_id"]
    assert column.type == pa.string() and column.to_pylist() == ["P", None, "P"]
    assert totals.totals(found, found.stays.stays.epochs.ruleset).sums["enhet"]["I"].antall == 3
    assert not found.names.numbered("pasient")


def test_patients_are_numbered_where_records_are_joined() -> None:
    found = outcome(JOINED)
    assert found.names.numbered("pasient")
    assert set(found.stays.patients.to_pylist()) == {"P", None}


def test_roles_that_a_field_shares_are_numbered_once() -> None:
    found = outcome(ALONE)
    keys = found.stays.keys
    assert keys.unit is keys.institution


def test_only_some_rows_are_taken_when_they_are_asked_for() -> None:
    asked = []

    def numbers() -> Array:
        asked.append(1)
        return np.arange(5)

    whole = Keys(numbers, np.zeros(5, np.int64), numbers, numbers)
    some = Keys.joined([whole.take(np.array([3, 1])), whole])
    assert not asked
    assert some.patient.tolist() == [3, 1, 0, 1, 2, 3, 4] and some.patient is some.patient
    assert asked == [1]


@pytest.mark.parametrize("narrow", sorted({False, output.NARROW_DECIMALS}))
@pytest.mark.parametrize("v", [[], [0, 0], [0, 5], [-1, 3, -(10**17)], [0, 10**18 - 1]])
@pytest.mark.parametrize("dtype", [np.int64, object])
def test_decimals_are_what_arrow_makes_of_them(v: list[int], dtype: Any, narrow: bool) -> None:
    kind = (pa.decimal64 if narrow else pa.decimal128)(18, 2)
    numbers = np.array(v, dtype)
    for has in (None, np.ones(len(v), bool), np.arange(len(v)) % 2 == 0):
        wanted = [None if has is not None and not has[i] else Decimal(x).scaleb(-2) for i, x in enumerate(v)]
        with mock.patch.object(output, "NARROW_DECIMALS", narrow):
            found = output.decimals(Nums(numbers, 100, has), 2, "opphold", "refusjon", set())
        found.validate(full=True)
        assert found.type == kind and found.to_pylist() == wanted


@pytest.mark.parametrize("dtype", [np.int64, object])
@pytest.mark.parametrize(("v", "den"), [([10**18], 100), ([-(10**18)], 100), ([5, 20], 1000), ([1], 3)])
def test_decimals_that_cannot_be_written(v: list[int], den: int, dtype: Any) -> None:
    """Unless they are missing."""
    numbers = Nums(np.array(v, dtype), den)
    unwritable: set[OutputValue] = set()
    assert output.decimals(numbers, 2, "forlop", "poeng", unwritable).null_count == len(v)
    assert unwritable == {OutputValue(fil="forlop.parquet", kolonne="poeng", ventet="tall med 2 desimaler")}
    unwritable.clear()
    missing = Nums(numbers.v, den, np.zeros(len(v), bool))
    assert output.decimals(missing, 2, "forlop", "poeng", unwritable).to_pylist() == [None] * len(v)
    fine = Nums(np.array([5, 20], dtype), 1000)
    assert output.decimals(fine, 3, "forlop", "andel", unwritable).to_pylist() == [
        Decimal("0.005"),
        Decimal("0.020"),
    ]
    assert not unwritable


@pytest.mark.parametrize("n", [0, 1, 8, 19])
def test_flags_and_codes_are_what_arrow_makes_of_them(n: int) -> None:
    rng = np.random.default_rng(n)
    said, has, number = rng.random(n) < 0.5, rng.random(n) < 0.5, rng.integers(-1, 3, n)
    for there in (has, np.ones(n, bool)):
        flags = output.booleans(said, there)
        flags.validate(full=True)
        assert flags.equals(pa.array(said, mask=~there))
    for own in (number, np.abs(number), number.astype(np.int16), number[::-1]):
        found = coded(own, pa.array(["a", "b", "c"]))
        found.validate(full=True)
        assert found.to_pylist() == [None if i < 0 else "abc"[i] for i in own]
