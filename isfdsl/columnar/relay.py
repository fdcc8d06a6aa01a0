"""Large input computed as it comes by several processes: each reads parts of files, and gives the answers of those.

What a part gives lies in a slot. There are a few, so that nobody is far ahead of this process, which writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import define, field, frozen

from isfdsl.columnar.arena import Arena, Kept
from isfdsl.columnar.epochs import Epochs, plans_of
from isfdsl.columnar.ingest import Away
from isfdsl.columnar.ingest_parquet import PostReader
from isfdsl.columnar.parts import Part, answer
from isfdsl.columnar.store import Store
from isfdsl.columnar.team import Reader, Team, as_tables, tables_of
from isfdsl.columnar.words import Value
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.schema import RecordSchema
from isfdsl.records.summary import Totals


@frozen
class _Answer:
    """What came of some records: the tables, and where they lie."""

    slot: int
    kept: Kept
    totals: Totals


@define(eq=False)
class _Answering(Reader):
    """A reader that computes what it has read."""

    epochs: Epochs
    slots: list[Arena]
    tables: bool
    slot: int = field(default=0, init=False)

    def begin(self, slot: int) -> None:
        self.slot = slot
        self.slots[slot].clear()

    def kept(self, store: Store, come: int) -> _Answer:
        stores = {post: store if post == store.post else reader.empty() for post, reader in self.posts.items()}
        part = answer(self.epochs, stores, ordered=False, tables=self.tables)
        return _Answer(self.slot, self.slots[self.slot].put(as_tables(part)), part.totals)

    def new_words(self, post: str) -> dict[tuple[str, str], tuple[int, list[Value]]]:
        return {}  # nobody else meets them


class Relay(Team):
    """Processes that part from this one to read and compute, at most so many records together."""

    prepared = True
    tables = True
    """Whether they are made: to be said before anything is read."""

    def __init__(self, rules: Ruleset, schemas: Mapping[str, RecordSchema], jobs: int, rows: int, shown: str) -> None:
        super().__init__(rules, schemas, jobs, 1, rows, shown)

    def _reader(self, rules: Ruleset, schemas: Mapping[str, RecordSchema]) -> Callable[[int], Reader]:
        epochs = plans_of(rules)

        def make(number: int) -> Reader:
            posts = {name: self._known.get(name) or PostReader(schema) for name, schema in schemas.items()}
            arena, keys = self._arenas[number], self._keys[number]
            return _Answering(number, rules, 1, self._rows, arena, keys, posts, epochs, self._slots, self.tables)

        return make

    @property
    def _at_once(self) -> range:
        return range(len(self._slots))

    def part(self, away: Away) -> Part:
        """What some records gave. Its tables are gone when the next are asked for."""
        found: _Answer = away.kept
        return Part(away.n, tables_of(self._slots[found.slot], found.kept), found.totals)


__all__ = ["Relay"]
