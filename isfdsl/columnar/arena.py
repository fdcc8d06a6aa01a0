"""Memory that several processes see: one writes in it, and all read it where it lies."""

from __future__ import annotations

import io
import mmap
import os
import pickle
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from isfdsl.columnar.joining import constant

_ALIGNED = 64
"""Arrow and NumPy count on it."""


@frozen
class Kept:
    """Where a thing lies: in which arena, what pickle says of it, and the places and sizes of its buffers."""

    arena: int
    said: bytes
    spans: tuple[tuple[int, int], ...]


class Arena:
    """Room for the buffers of Arrow arrays and NumPy arrays, to be made before the processes part. Linux only.

    What is taken out reads the memory of the arena, as long as that has not been ``cleared`` and filled anew. It is
    not to be written into. Raises ``OSError`` when there is no more memory.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self._file = os.memfd_create("isfdsl")
        self._used = 0
        self._map: mmap.mmap | None = None

    def put(self, thing: Any, name_of: Callable[[Any], Hashable | None] = lambda thing: None) -> Kept:
        """Put in a thing. What ``name_of`` has a name for is left out, and named."""
        buffers: list[pickle.PickleBuffer] = []
        said = io.BytesIO()
        _Pickler(said, buffers, name_of).dump(thing)
        spans = []
        put: dict[tuple[int, int], int] = {}  # what stands in several columns is put in once
        for buffer in buffers:
            raw = buffer.raw()
            which = np.frombuffer(raw, np.uint8).ctypes.data, len(raw)
            if which not in put:
                put[which] = self._used
                self._write(raw)
            spans.append((put[which], len(raw)))
        return Kept(self.number, said.getvalue(), tuple(spans))

    def _write(self, raw: memoryview) -> None:
        at = self._used
        self._used += -(-len(raw) // _ALIGNED) * _ALIGNED
        while raw:  # quicker than to copy to mapped memory, page by page
            done = os.pwrite(self._file, raw, at)
            raw, at = raw[done:], at + done

    def take(self, kept: Kept, named: Callable[[Any], Any] = lambda name: None) -> Any:
        """A thing that was put in; ``named`` gives what was left out by its name."""
        end = max((start + size for start, size in kept.spans), default=0)
        if end and (self._map is None or len(self._map) < end):
            # Writable, since machine code is made anew for arrays that are not.
            self._map = mmap.mmap(self._file, os.fstat(self._file).st_size)
        whole = memoryview(b"") if self._map is None else memoryview(self._map)
        return _Unpickler(kept.said, [whole[start : start + size] for start, size in kept.spans], named).load()

    @property
    def size(self) -> int:
        """Bytes of memory that it has, in use or not."""
        return os.fstat(self._file).st_blocks * 512

    def clear(self) -> None:
        """Begin again, in the same memory."""
        self._used = 0

    def give_back(self) -> None:
        """Have no memory any more, in no process. What was taken out must not be looked at again."""
        self._used, self._map = 0, None
        os.ftruncate(self._file, 0)

    def close(self) -> None:
        """Let go of the memory, when nothing taken out is in use any more."""
        self._map = None
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class _Pickler(pickle.Pickler):
    def __init__(self, into: io.BytesIO, buffers: list[pickle.PickleBuffer], name_of: Callable[[Any], Any]) -> None:
        super().__init__(into, protocol=5, buffer_callback=buffers.append)
        self._name_of = name_of

    def persistent_id(self, thing: Any) -> Any:
        return self._name_of(thing)

    def reducer_override(self, thing: Any) -> Any:
        if isinstance(thing, np.ndarray) and thing.strides == (0,) and len(thing):
            return constant, (thing[0].item(), thing.dtype, len(thing))  # goes on taking no room
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, said: bytes, buffers: Sequence[memoryview], named: Callable[[Any], Any]) -> None:
        super().__init__(io.BytesIO(said), buffers=buffers)
        self._named = named

    def persistent_load(self, name: Any) -> Any:
        return self._named(name)


__all__ = ["Arena", "Kept"]
