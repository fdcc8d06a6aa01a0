"""Each value of the input is asked about once, and has the number it was given ever after."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isfdsl.columnar.raw_values import RawValues

KINDS = {
    "string": (pa.string(), str),
    "large_string": (pa.large_string(), str),
    "int32": (pa.int32(), int),
    "decimal": (pa.decimal128(5, 2), lambda n: Decimal(n) / 100),
}


@pytest.mark.parametrize("name", sorted(KINDS))
@given(dictionaries=st.lists(st.lists(st.none() | st.integers(0, 60), unique=True, max_size=40), max_size=8))
def test_each_value_is_asked_about_once(name: str, dictionaries: list[list[int | None]]) -> None:
    """Few values are looked for in Python, many by Arrow: in both cases what was said first holds."""
    kind, made = KINDS[name]
    said: dict[Any, int] = {}

    def ask(raws: list[Any]) -> list[int]:
        assert not said.keys() & set(raws)
        said.update({raw: len(said) - 2 + i for i, raw in enumerate(raws)})
        return [said[raw] for raw in raws]

    values = RawValues(kind, ask)
    for own in dictionaries:
        cells = [None if n is None else made(n) for n in own]
        dictionary = pa.array([None, *cells], kind)[1:]
        found = values.numbers(dictionary)
        assert found.dtype == np.int32
        assert found.tolist() == [said[cell] for cell in cells]


def test_a_dictionary_may_hold_a_value_twice() -> None:
    values = RawValues(pa.int8(), lambda raws: [7 for _ in raws])
    for _ in range(2):
        assert values.numbers(pa.array([1, 1, 2], pa.int8())).tolist() == [7, 7, 7]
