"""A command that takes time and is asked to end: Ctrl-C and SIGTERM."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

_AGAIN = 0.05
"""Seconds until a signal that was lost comes again."""

_ENDINGS = {KeyboardInterrupt: signal.SIGINT, SystemExit: signal.SIGTERM}


def _send(number: signal.Signals) -> None:
    if hasattr(signal, "pthread_kill"):  # wakes it if it waits
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        _thread.interrupt_main(number)


class Asked:
    """Whether the user has asked for an end.

    Python loses an ending that is raised where nothing can be raised (in a function that a C library calls, or while a
    weak reference is tidied away): it would tell where that was, and go on.
    """

    def __init__(self) -> None:
        self.interrupted = False
        self._again: threading.Timer | None = None
        self._told = sys.unraisablehook

    def check(self) -> None:
        """Raises ``KeyboardInterrupt`` when a Ctrl-C has come, whatever became of it."""
        if self.interrupted:
            raise KeyboardInterrupt

    def lost(self, what: sys.UnraisableHookArgs) -> None:
        """For ``sys.unraisablehook``: an ending comes again a moment later, and nothing is told of it."""
        if what.exc_type not in _ENDINGS:
            self._told(what)
        elif self._again is None or not self._again.is_alive():
            self._again = threading.Timer(_AGAIN, _send, [_ENDINGS[what.exc_type]])
            self._again.daemon = True
            self._again.start()

    def over(self) -> None:
        """Nothing comes again."""
        if self._again is not None:
            self._again.cancel()


@contextmanager
def ended_properly() -> Generator[Asked]:
    """Ctrl-C is not lost; being asked to end (SIGTERM) is like it, so that no records are left on disk."""
    asked = Asked()

    def interrupt(number: int, _: object) -> None:
        asked.interrupted = True
        raise KeyboardInterrupt

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = signal.getsignal(signal.SIGINT), signal.signal(signal.SIGTERM, end), sys.unraisablehook
    if before[0] is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)
    sys.unraisablehook = asked.lost
    try:
        yield asked
        asked.check()
    finally:
        asked.over()
        sys.unraisablehook = before[2]
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])


__all__ = ["Asked", "ended_properly"]
