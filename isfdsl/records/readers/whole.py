"""Every format of a regelverk's input, in batches: data files, NPR messages, H-resepter and case strings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from isfdsl.diagnostics.base import Problem
from isfdsl.records.readers.batches import BATCH, InputBatches
from isfdsl.records.readers.drg import drg_reader
from isfdsl.records.readers.extra import ExtraReader
from isfdsl.records.readers.npr import NprReaders
from isfdsl.records.schema import RecordSchema


def extra_readers(
    path: str | Path, schemas: Mapping[str, RecordSchema], stay_source: str | None
) -> tuple[NprReaders, dict[str, ExtraReader]]:
    """The readers of formats that hold several posts, by suffix; the first has notes when they have been used."""
    npr = NprReaders(schemas)
    readers = npr.by_suffix(path)
    if stay_source is not None:
        readers[".drg"] = drg_reader(stay_source)
    return npr, readers


def read_batches(
    path: str | Path, schemas: Mapping[str, RecordSchema], stay_source: str | None = None, batch_size: int = BATCH
) -> InputBatches:
    """The input of a run as batches of at most ``batch_size`` validated records, in bounded memory.

    ``schemas`` by record type, as ``records.program_schema.schemas`` gives them; ``stay_source`` is the record type
    of case strings (``Ruleset.stay_source``). See ``InputBatches`` for how to go through it.
    """
    latest: list[NprReaders] = []

    def extra() -> dict[str, ExtraReader]:
        npr, readers = extra_readers(path, schemas, stay_source)
        latest[:] = [npr]
        return readers

    def notes(problems: Iterable[Problem]) -> list[Problem]:
        return latest[-1].notes_beside(problems)

    return InputBatches(path, schemas, extra, batch_size, notes)


__all__ = ["extra_readers", "read_batches"]
