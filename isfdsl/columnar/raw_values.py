"""The numbers of raw values of one Arrow type, so that each different value of the input is asked about once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from isfdsl.columnar.vectors import Array
from isfdsl.records.readers.parquet import values

_NEW = -(2**31)
_LIMIT = 1_000_000
"""So many values are remembered."""

_MANY = 4
"""A dictionary of at least so small a part of what is known is looked for by Arrow, which walks all that is known."""


class RawValues:
    """Values met so far. ``ask`` gives the numbers of some new ones, each above -2^31."""

    def __init__(self, kind: Any, ask: Callable[[list[object]], list[int]]) -> None:
        self._ask = ask
        self._texts = pt.is_string(kind) or pt.is_large_string(kind)
        self._met = pa.array([], kind)
        self._numbers = np.array([_NEW], np.int32)
        """Of the values met, and last that of all others."""
        self._by_value: dict[object, int] = {}
        self._there = 0
        """So many of them are there too: of texts only when few are asked for."""

    def numbers(self, dictionary: Any) -> Array:
        """The number of each value of a dictionary, int32."""
        found = self._found(dictionary)
        new = np.flatnonzero(found == _NEW)
        if len(new):
            own = dictionary.take(pa.array(new))
            found[new] = numbers = np.array(self._ask(values(own)), np.int32)
            if len(self._met) < _LIMIT:
                self._met = pa.concat_arrays([self._met, own])
                self._numbers = np.concatenate([self._numbers[:-1], numbers, self._numbers[-1:]])
        return found

    def _found(self, dictionary: Any) -> Array:
        if self._texts and len(dictionary) * _MANY >= len(self._met):
            at = pc.index_in(dictionary, value_set=self._met)
            found: Array = self._numbers[pc.fill_null(at, -1).to_numpy()]
            return found
        if self._there < len(self._met):
            rest = slice(self._there, len(self._met))
            self._by_value.update(zip(values(self._met[rest]), self._numbers[rest].tolist(), strict=True))
            self._there = rest.stop
        number = self._by_value.get
        return np.array([number(raw, _NEW) for raw in values(dictionary)], np.int32)


__all__ = ["RawValues"]
