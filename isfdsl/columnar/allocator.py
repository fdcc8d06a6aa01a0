"""How a run that has a process to itself is given memory.

A national year is computed in parts that each need as much as the one before. By default the C library hands large
blocks back to the system as soon as they are free, and to be given them anew costs more than many a computation.
"""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -2, -3, -8
"""See mallopt(3)."""
_MOST = 2**31 - 1
_AHEAD = 64 << 20


def keep_memory() -> None:
    """Keep to the end of the process what is freed, for the next to use; where the C library can't, nothing happens."""
    import pyarrow as pa

    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return  # another C library
    for option, value in ((_MMAP_THRESHOLD, _MOST), (_TRIM_THRESHOLD, _MOST), (_TOP_PAD, _AHEAD), (_ARENA_MAX, 1)):
        mallopt(option, value)
    pa.set_memory_pool(pa.system_memory_pool())  # one heap, so that what either frees is there for the other


__all__ = ["keep_memory"]
