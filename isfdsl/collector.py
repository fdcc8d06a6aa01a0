"""Python's collector of cyclic garbage, and when it is told to wait."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """For work that makes hundreds of thousands of objects that stay: to walk them again and again finds nothing."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def staying() -> Iterator[None]:
    """For work whose objects stay as long as the process does: the collector never walks them, now or later."""
    with uncollected():
        yield
        gc.freeze()


__all__ = ["staying", "uncollected"]
