"""Every format of a regelverk's input, in batches: data files, NPR messages, H-resepter and case strings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from isfdsl.diagnostics.base import Problem
from isfdsl.records.readers import DataFile, ReadResult, find_input
from isfdsl.records.readers.batches import BATCH, InputBatches
from isfdsl.records.readers.extra import ExtraReader
from isfdsl.records.schema import RecordSchema

if TYPE_CHECKING:
    from isfdsl.records.readers.npr import NprReaders


class NoReaders:
    """What stands for ``NprReaders`` where nothing of theirs is read."""

    def with_notes(self, found: ReadResult) -> ReadResult:
        """The result as it is."""
        return found

    def notes_beside(self, problems: Iterable[Problem]) -> list[Problem]:
        """None."""
        return []


def extra_readers(
    path: str | Path, schemas: Mapping[str, RecordSchema], stay_source: str | None
) -> tuple[NprReaders | NoReaders, dict[str, ExtraReader]]:
    """The readers of formats that hold several posts, by suffix; the first has notes when they have been used."""
    if _is_only_tables(Path(path), schemas):
        return NoReaders(), {}
    from isfdsl.records.readers.drg import drg_reader
    from isfdsl.records.readers.npr import NprReaders

    npr = NprReaders(schemas)
    readers = npr.by_suffix(path)
    if stay_source is not None:
        readers[".drg"] = drg_reader(stay_source)
    return npr, readers


def _is_only_tables(path: Path, schemas: Mapping[str, RecordSchema]) -> bool:
    """Whether the other readers have nothing to read: to import them takes longer than to read a small file."""
    problems: list[Problem] = []
    files = find_input(path, schemas, {}, problems)
    return not problems and all(isinstance(f, DataFile) for f in files)


def read_batches(
    path: str | Path, schemas: Mapping[str, RecordSchema], stay_source: str | None = None, batch_size: int = BATCH
) -> InputBatches:
    """The input of a run as batches of at most ``batch_size`` validated records, in bounded memory.

    ``schemas`` by record type, as ``records.program_schema.schemas`` gives them; ``stay_source`` is the record type
    of case strings (``Ruleset.stay_source``). See ``InputBatches`` for how to go through it.
    """
    latest: list[NprReaders | NoReaders] = []

    def extra() -> dict[str, ExtraReader]:
        npr, readers = extra_readers(path, schemas, stay_source)
        latest[:] = [npr]
        return readers

    def notes(problems: Iterable[Problem]) -> list[Problem]:
        return latest[-1].notes_beside(problems)

    return InputBatches(path, schemas, extra, batch_size, notes)


__all__ = ["extra_readers", "read_batches"]
