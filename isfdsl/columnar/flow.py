"""Input that is computed as it comes, where nothing in the regelverk asks for another record of the patient.

Whether a key stands on several rows is known only at the end. Then everything is done once more, the careful way.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa
from attrs import define

from isfdsl.columnar.clock import Clock
from isfdsl.columnar.epochs import plans_of
from isfdsl.columnar.ingest import Held, Stream
from isfdsl.columnar.parts import Load, Part, answer, answers
from isfdsl.columnar.store import Store
from isfdsl.columnar.vectors import Array
from isfdsl.program.ruleset import Ruleset

if TYPE_CHECKING:
    from isfdsl.columnar.aside import Aside
    from isfdsl.columnar.relay import Relay
    from isfdsl.columnar.team import Together


class Again(Exception):
    """Records were computed that are none: their key stands on several rows, or their file fails further on."""


@define(eq=False)
class Flow:
    """``records``: about how many there are. ``careful`` reads the same input to its end before any is computed.
    ``relay``: the processes that read it, if there are any."""

    rules: Ruleset
    batches: Stream
    records: int
    careful: Callable[[], AbstractContextManager[Aside | Together]]
    relay: Relay | None = None

    def answers(self, jobs: int, clock: Clock, *, tables: bool = True) -> Generator[Part]:
        """The answers in the order of the records. Raises ``Again``."""
        self.batches.recall = _repeated
        epochs = plans_of(self.rules)
        if self.relay is None:
            yield from answers(epochs, self._loads(clock), jobs, ordered=False, tables=tables)
            return
        self.relay.tables = tables
        with closing(self.relay):
            for found in self.batches:
                if isinstance(found, Store):  # a file that this process has read
                    yield answer(epochs, self._with_others(found), ordered=False, tables=tables)
                else:
                    yield self.relay.part(found)

    def in_use(self, freed: bool) -> int | None:
        """Nobody knows: what is computed as it comes takes as much from beginning to end."""
        return None

    def _loads(self, clock: Clock) -> Iterator[Load]:
        while True:
            with clock.step("lesing"):
                store = next(self.batches, None)
            if store is None:
                return
            assert isinstance(store, Store)  # nobody else reads
            yield partial(self._with_others, store)

    def _with_others(self, store: Store) -> dict[str, Store]:
        return {post: store if post == store.post else self.batches.empty(post) for post in self.batches.posts}

    def ended(self) -> Held:
        """What is known when every answer has been given. Raises ``Again``."""
        if self.batches.drop:
            raise Again
        return Held(self.batches.rejects, self.batches.problems, self.batches.counts)


def _repeated(number: int, rows: Array) -> pa.Array:
    """The texts of keys are asked for when some hash stands on several rows."""
    raise Again


__all__ = ["Again", "Flow"]
