"""Time one peer in this process and print one JSON line. Runs in the peer's own environment: standard library only."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Loaded:
    """A peer that has been imported and has its rules: what answers a chunk of records, and what to say about it."""

    evaluate: Callable[[Any], Any]
    chunks: Sequence[Sized]
    rules: int | None
    note: str


@dataclass(frozen=True)
class Clock:
    """Wall time and the processor time of all threads of this process, in seconds."""

    wall: float
    cpu: float

    @staticmethod
    def now() -> Clock:
        """The time now."""
        return Clock(time.perf_counter(), time.process_time())

    def since(self) -> Clock:
        """What has passed since this time."""
        now = Clock.now()
        return Clock(now.wall - self.wall, now.cpu - self.cpu)


def arguments() -> argparse.Namespace:
    """What the driver says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rules", type=int, default=484, help="only for the peers that have no rules of their own")
    return parser.parse_args()


def peak_rss_mb() -> float:
    """The most memory this process has had. (``ru_maxrss`` begins with that of the parent, so only without /proc.)"""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text(encoding="ascii").partition("VmHWM:")[2].split()[0]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def rate(evaluate: Callable[[Any], Any], chunks: Sequence[Sized], seconds: float) -> tuple[int, Clock]:
    """Answer the chunks round and round for ``seconds`` of wall time: how many records, and the time they took."""
    records, turn, begun = 0, 0, Clock.now()
    while True:
        chunk = chunks[turn % len(chunks)]
        evaluate(chunk)
        records += len(chunk)
        turn += 1
        took = begun.since()
        if took.wall >= seconds:
            return records, took


def measure(
    peer: str,
    package: str,
    first: Any,
    load: Callable[[], Callable[[Any], Any]],
    prepare: Callable[[Callable[[Any], Any]], Loaded],
    seconds: float,
) -> None:
    """Start the peer, check and warm it, time it, and print the line.

    ``load`` imports the peer and reads its rules; answering ``first`` (one record) ends the start. ``prepare`` is not
    timed: it checks answers and chooses between the ways of calling the peer that its documentation gives.
    """
    begun = Clock.now()
    evaluate = load()
    evaluate(first)
    start = begun.since()
    loaded = prepare(evaluate)
    rate(loaded.evaluate, loaded.chunks, min(1.0, seconds / 5))
    records, took = rate(loaded.evaluate, loaded.chunks, seconds)
    line = {
        "peer": peer,
        "version": version(package),
        "records": records,
        "seconds": round(took.wall, 3),
        "records_per_second": round(records / took.wall, 1),
        "cpu_seconds": round(took.cpu, 3),
        "records_per_cpu_second": round(records / took.cpu, 1),
        "rules": loaded.rules,
        "note": loaded.note,
        "start_seconds": round(start.wall, 3),
        "start_cpu_seconds": round(start.cpu, 3),
        "peak_rss_mb": round(peak_rss_mb(), 1),
    }
    print(json.dumps(line, ensure_ascii=False), flush=True)


def chunked(records: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """The records in pieces of ``size``."""
    return [records[i : i + size] for i in range(0, len(records), size)]
