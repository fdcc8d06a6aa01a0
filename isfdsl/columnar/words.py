"""Dictionary-coded values: what a column of texts, codes or pairs points into."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")
Value = str | tuple[str, str | None]


class Words:
    """Values by number, in the order they were first met; only ever grows.

    ``table`` keeps what a function says about each value, so that a test of a code is made once per code and not once
    per record.
    """

    def __init__(self, values: Iterable[Value] = ()) -> None:
        self._lock = threading.Lock()
        self.values: list[Value] = []
        self.ids: dict[Value, int] = {}
        self._tables: dict[Hashable, tuple[np.ndarray, int, object]] = {}
        self._made: dict[Hashable, tuple[Any, int]] = {}
        self.add_all(values)

    def __len__(self) -> int:
        return len(self.values)

    def add(self, value: Value) -> int:
        """The number of a value, new or known."""
        found = self.ids.get(value)
        if found is None:
            with self._lock:
                found = self.ids.get(value)
                if found is None:
                    self.values.append(value)
                    found = self.ids[value] = len(self.values) - 1
        return found

    def __getstate__(self) -> list[Value]:
        return self.values

    def __setstate__(self, values: list[Value]) -> None:
        self.__init__(values)  # type: ignore[misc]

    def add_all(self, values: Iterable[Value]) -> np.ndarray:
        """The numbers of some values, int32."""
        wanted = list(values)
        if not all(map(self.ids.__contains__, wanted)):
            with self._lock:
                for value in wanted:
                    if value not in self.ids:
                        self.values.append(value)
                        self.ids[value] = len(self.values) - 1
        return np.array(list(map(self.ids.__getitem__, wanted)), np.int32)

    def table(self, key: Hashable, dtype: Any, say: Callable[[Value], Any], *, keep: object = None) -> np.ndarray:
        """What ``say`` gives for every value, with one more place at the end for missing (0 or False).

        ``key`` names the function; ``keep`` is held on to, so that an id in ``key`` stays its own.
        """
        return self.table_of(key, dtype, lambda values: [say(v) for v in values], keep=keep)

    def table_of(
        self, key: Hashable, dtype: Any, say: Callable[[list[Value]], list[Any]], *, keep: object = None
    ) -> np.ndarray:
        """The same, where ``say`` is asked about many values at once."""
        made, done, _ = self._tables.get(key, (np.zeros(1, dtype), 0, None))
        n = len(self.values)  # another thread may add more meanwhile
        if done < n:
            grown = np.zeros(n + 1, dtype)
            grown[:done] = made[:done]
            grown[done:n] = say(self.values[done:n])
            self._tables[key] = (grown, n, keep)
            made = grown
        return made

    def made(self, key: Hashable, make: Callable[[list[Value]], T]) -> T:
        """What ``make``, which ``key`` names, gives of all values; made anew when there are more of them."""
        found, done = self._made.get(key, (None, -1))
        if done != len(self.values):
            values = self.values[:]  # another thread may add more meanwhile
            found = make(values)
            self._made[key] = (found, len(values))
        return found  # type: ignore[no-any-return]


def merged(parts: Sequence[Words]) -> tuple[Words, list[np.ndarray]]:
    """One dictionary for several, and for each the new number of each of its values (missing stays -1, at the end)."""
    if all(w is parts[0] for w in parts):
        same = np.arange(len(parts[0]) + 1, dtype=np.int32)
        same[-1] = -1
        return parts[0], [same] * len(parts)
    out = Words()
    maps = [np.append(out.add_all(w.values), np.int32(-1)).astype(np.int32) for w in parts]
    return out, maps
