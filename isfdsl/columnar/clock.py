"""Who asks how long each step of a run took."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Clock(Protocol):
    """What takes the time of each step, by name. Steps of one thread may stand inside each other."""

    def step(self, name: str) -> AbstractContextManager[None]:
        """Time what is inside, but for steps inside that."""


class NoClock:
    """Nobody asks for the time."""

    def step(self, name: str) -> AbstractContextManager[None]:
        """Nothing."""
        return nullcontext()
