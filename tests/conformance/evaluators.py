"""The evaluators that the conformance table is run on. A new engine joins by one more entry in ``EVALUATORS``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from isfdsl.columnar.epochs import Epochs
from isfdsl.interp.engine import Engine
from isfdsl.interp.events import Tracer
from isfdsl.program import Loaded
from isfdsl.records.record import Record, Reject
from isfdsl.syntax import ast
from tests.columnar import support
from tests.conformance.cases import answer
from tests.engine_rows import Rows, result_rows

Records = dict[str, list[Record]]


class Evaluator(Protocol):
    """What the table asks of an engine."""

    name: str

    def value(self, loaded: Loaded, about: str, records: Records) -> object:
        """The value of the concept ``svar`` for the one record (or the one stay); ``None`` when it is missing."""

    def tables(self, loaded: Loaded, records: Records, rejects: Sequence[Reject]) -> Rows:
        """The output tables of a whole run."""


class Listener:
    """A tracer that checks what it is told: every expression is left in the order it was entered."""

    def __init__(self) -> None:
        self.open: list[ast.Expr] = []
        self.values: list[tuple[ast.Expr, Any]] = []

    def enter(self, node: ast.Expr) -> None:
        """Remember what is open."""
        self.open.append(node)

    def leave(self, node: ast.Expr, value: Any) -> None:
        """It must be what was entered last."""
        assert self.open.pop() is node
        self.values.append((node, value))

    def note(self, text: str) -> None:
        """Nothing."""


class Reference:
    """The reference interpreter, plain or traced."""

    def __init__(self, name: str, traced: bool) -> None:
        self.name = name
        self.traced = traced

    def value(self, loaded: Loaded, about: str, records: Records) -> object:
        """See ``Evaluator``."""
        listener = Listener()
        engine = Engine(loaded.ruleset, self._tracer(listener))
        expr = answer(loaded).expr
        if about == "opphold":
            post = loaded.ruleset.stay_source
            assert post is not None
            (stay,) = engine.stays(post, records[post])
            ctx = stay.ctx
        else:
            (record,) = records[about]
            day = engine.record_day(about, record)
            ctx = engine.context(about, record.values, record.record_id, day)
        value = ctx.machine.value(expr, about)(ctx)
        if self.traced:
            assert not listener.open
            assert any(node is expr and seen is value for node, seen in listener.values)
        return value

    def tables(self, loaded: Loaded, records: Records, rejects: Sequence[Reject]) -> Rows:
        """See ``Evaluator``."""
        listener = Listener()
        result = Engine(loaded.ruleset, self._tracer(listener)).run(records, rejects)
        assert not listener.open
        return result_rows(result, loaded.ruleset)

    def _tracer(self, listener: Listener) -> Tracer | None:
        return listener if self.traced else None


class Columnar:
    """The columnar engine: rule by rule, or with every list of conditions through the compiled kernel.

    ``narrow``: from columns in as little room as the readers leave them.
    """

    def __init__(self, name: str, kernel_from: int, *, narrow: bool) -> None:
        self.name = name
        self.kernel_from = kernel_from
        self.narrow = narrow

    def value(self, loaded: Loaded, about: str, records: Records) -> object:
        """See ``Evaluator``."""
        with support.kernel_from(self.kernel_from):
            return support.value_about(loaded.ruleset, answer(loaded).expr, about, records)

    def tables(self, loaded: Loaded, records: Records, rejects: Sequence[Reject]) -> Rows:
        """See ``Evaluator``."""
        with support.kernel_from(self.kernel_from):
            epochs = Epochs(loaded.ruleset)
            return support.columnar_rows(loaded.ruleset, records, rejects, epochs, narrow=self.narrow)


EVALUATORS: tuple[Evaluator, ...] = (
    Reference("tolk", False),
    Reference("tolk med sporing", True),
    Columnar("kolonner", support.SCAN_ALL, narrow=False),
    Columnar("kolonner med kjerne", support.INDEX_ALL, narrow=True),
)
