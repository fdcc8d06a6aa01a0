"""Requirements over columns: what data can show, and what the journal must. See ``docs/semantics.md``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from isfdsl.columnar.frame import Frame, Rows
from isfdsl.columnar.vectors import Array, Bools
from isfdsl.syntax import ast

if TYPE_CHECKING:
    from isfdsl.columnar.plan import EpochPlan


@frozen(eq=False)
class KravColumns:
    """The outcome of a requirement for some rows: whether it applies, and for each condition by name where it broke
    it and where it must be documented."""

    applies: Array
    broken: tuple[tuple[str, Array], ...]
    documented: tuple[tuple[str, Array], ...]

    @property
    def not_met(self) -> Array:
        """Rows that break it."""
        out = np.zeros(len(self.applies), bool)
        for _, rows in self.broken:
            out |= rows
        return out


class Requirement:
    """One requirement in one epoch."""

    def __init__(self, plan: EpochPlan, decl: ast.Krav, busy: frozenset[str]) -> None:
        self.decl = decl
        self.holds = plan.epoch.holds(decl.validity)
        compiler = plan.compiler(decl.subject.text, busy)
        self._applies = compiler.test(decl.applies) if decl.applies is not None else None
        self._tests = [
            (v, exception, compiler.test(v.condition) if v.condition is not None else None)
            for exception, own in ((False, decl.conditions), (True, decl.exceptions))
            for v in own
            if plan.epoch.holds(v.validity)
        ]

    def applies(self, f: Frame, rows: Rows) -> Array:
        """Which rows it applies to."""
        if not self.holds:
            return np.zeros(f.count(rows), bool)
        return self._applies(f, rows) if self._applies is not None else np.ones(f.count(rows), bool)

    def is_broken(self, f: Frame, rows: Rows) -> Array:
        """Which rows it applies to and are not met."""
        return self.test(f, rows).not_met

    def test(self, f: Frame, rows: Rows) -> KravColumns:
        """The whole outcome."""
        applies = self.applies(f, rows)
        place = np.flatnonzero(applies)
        n = len(applies)
        own = rows if len(place) == n else f.rows(rows)[place]
        broken: list[tuple[str, Array]] = []
        documented: list[tuple[str, Array]] = []
        for v, exception, test in self._tests if len(place) else ():
            name = v.name.text
            fails = np.zeros(n, bool)
            if test is not None:
                found = test(f, own)
                fails[place] = found if exception else ~found
            else:
                said, yes = _attested(f, own, v, len(place))
                fails[place] = said & (yes if exception else ~yes)
                if v.documented:
                    unsaid = np.zeros(n, bool)
                    unsaid[place] = ~said
                    documented.append((name, unsaid))
            broken.append((name, fails))
        return KravColumns(applies, tuple(broken), tuple(documented))


def _attested(f: Frame, rows: Rows, v: ast.Vilkaar, n: int) -> tuple[Array, Array]:
    """Where the attesting field says something, and what."""
    if v.attested_by is not None and v.attested_by.text in f.columns:
        said = f.column(v.attested_by.text, rows)
        if isinstance(said, Bools):
            return np.ones(n, bool) if said.present is None else said.present, said.v
    return np.zeros(n, bool), np.zeros(n, bool)
