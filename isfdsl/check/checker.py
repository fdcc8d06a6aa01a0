"""Runs the checks, and keeps what need not be asked again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from attrs import define, evolve, field, frozen

from isfdsl.check import (
    attributes,
    circles,
    codes,
    courses,
    dates,
    duplicates,
    examples,
    kinds,
    missing,
    never,
    rates,
    reach,
    recodings,
    references,
    required,
    sources,
    types,
    unknowns,
    unused,
)
from isfdsl.check.context import Check, Context, Found, Part
from isfdsl.check.environment import Faces, faces
from isfdsl.check.facts import KEEP, FactsMemo
from isfdsl.check.suppress import follow_ups
from isfdsl.collector import uncollected
from isfdsl.diagnostics.base import Problem, no_error
from isfdsl.diagnostics.render import sort_problems
from isfdsl.syntax import ast

if TYPE_CHECKING:
    from isfdsl.program.load import Loaded

CHECKS: tuple[Check, ...] = (
    required.HEADS,
    duplicates.CHECK,
    references.CHECK,
    references.SOURCES,
    attributes.KINDS,
    attributes.CHECK,
    types.CHECK,
    codes.CHECK,
    kinds.CHECK,
    circles.CHECK,
    dates.CHECK,
    dates.GIVEN,
    dates.ENDED,
    rates.CHECK,
    sources.CHECK,
    required.CHECK,
    courses.CHECK,
    courses.WINDOWS,
    courses.SHARED,
    courses.SHARING,
    missing.CHECK,
    never.CHECK,
    reach.CHECK,
    recodings.CHECK,
    unused.GROUPS,
    unused.ORDER,
    unused.NO_ORDER,
    unused.CATEGORIES,
    unknowns.CHECK,
    unknowns.ASSUMPTIONS,
    examples.CHECK,
)


@frozen
class CheckResult:
    """Everything there is to say about a regelverk, the problems of reading and syntax among it, in reading order.

    ``suppressed`` counts what was left out because it follows from something else.
    """

    problems: tuple[Problem, ...]
    suppressed: int = 0

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings and notes may stand."""
        return no_error(self.problems)


@frozen(eq=False)
class _Kept:
    """What is known of one file. The file is kept, so that its identity stays its own."""

    file: ast.File
    faces: Faces
    names: tuple[Problem, ...] | None = None
    codes: tuple[Problem, ...] | None = None


_Asked = tuple[str, str | None, bool, str]
"""(what is wanted, subject, whether it is about two records, text)."""


@define
class Checker:
    """Checks a regelverk again and again, as an editor does.

    Answers about a file are kept as long as the very same parsed file comes back and nothing that its declarations can
    see of the others has changed. ``rechecked`` counts the declarations asked in the last run.
    """

    rechecked: int = 0
    _kept: dict[int, _Kept] = field(factory=dict)
    _names: tuple[object, ...] = ()
    _codes: tuple[object, ...] = ()
    _memo: FactsMemo = field(factory=FactsMemo)
    _clean: set[_Asked] = field(factory=set)
    """Conditions that there is nothing to say about; those in ``_clean_codes`` name codes."""
    _clean_codes: set[_Asked] = field(factory=set)
    _chains: dict[tuple[str | None, tuple[int, ...]], Found] = field(factory=dict)

    def check(self, loaded: Loaded) -> CheckResult:
        """Everything there is to say."""
        with uncollected():
            self._renew(loaded)
            ctx = Context(loaded, self._memo, self._chains)
            self.rechecked = 0
            found: list[Problem] = []
            for file in loaded.ruleset.files:
                found += self._file(ctx, file)
            for c in CHECKS:
                if c.whole is not None:
                    found += c.whole(ctx)
            kept, suppressed = follow_ups(ctx, found)
            problems = sort_problems([*loaded.problems, *kept])
        return CheckResult(tuple(problems), suppressed)

    def _renew(self, loaded: Loaded) -> None:
        """Drop what a change of the environment makes doubtful."""
        kept: dict[int, _Kept] = {}
        for file in loaded.ruleset.files:
            before = self._kept.get(id(file))
            kept[id(file)] = before if before is not None else _Kept(file, faces(file))
        names = tuple(k.faces.names for k in kept.values())
        codes = tuple(k.faces.codes for k in kept.values())
        same_names, same_codes = names == self._names, codes == self._codes
        same_all = same_names and same_codes
        if not same_names:
            self._clean = set()
        if not same_all:
            self._clean_codes = set()
        if not same_names or len(self._chains) > KEEP:
            self._chains = {}
        self._names, self._codes = names, codes
        self._kept = {
            key: evolve(
                k,
                names=k.names if same_all else None,
                codes=k.codes if same_codes else None,
            )
            for key, k in kept.items()
        }

    def _file(self, ctx: Context, file: ast.File) -> tuple[Problem, ...]:
        kept = self._kept[id(file)]
        if kept.names is None or kept.codes is None:
            self.rechecked += len(file.declarations)
        names = kept.names if kept.names is not None else tuple(self._ask_names(ctx, file))
        codes = kept.codes if kept.codes is not None else tuple(_ask_codes(ctx, file))
        self._kept[id(file)] = evolve(kept, names=names, codes=codes)
        return names + codes

    def _ask_names(self, ctx: Context, file: ast.File) -> Iterator[Problem]:
        for c in CHECKS:
            if c.file is not None:
                yield from c.file(ctx, file)
        for d in file.declarations:
            for c in _EACH[type(d)]:
                if c.each is not None:
                    yield from c.each(ctx, d)
            yield from self._sites(ctx, d)

    def _sites(self, ctx: Context, d: ast.AnyDeclaration) -> Iterator[Problem]:
        for site in ctx.sites(d):
            for subject in site.subjects:
                for e in site.parts:
                    want = site.want if e is site.expr else "vilkår"
                    key = (want, subject, site.pair, ctx.raw(e.span))
                    if key not in self._clean and key not in self._clean_codes:
                        part = Part(e, site, subject, ctx.facts(e))
                        problems = [p for c in _PARTS if c.part is not None for p in c.part(ctx, part)]
                        # What a negation says depends on its neighbours.
                        if not problems and not part.facts.negative:
                            (self._clean_codes if part.facts.codes else self._clean).add(key)
                        yield from problems
                for c in _SITES:
                    if c.site is not None:
                        yield from c.site(ctx, site, subject)


def check(loaded: Loaded) -> CheckResult:
    """Check a regelverk once."""
    return Checker().check(loaded)


def _for(cls: type, codes: bool) -> tuple[Check, ...]:
    return tuple(c for c in CHECKS if c.each is not None and c.codes is codes and issubclass(cls, c.on))


_DECLARATIONS: tuple[type, ...] = ast.AnyDeclaration.__args__
_EACH = {cls: _for(cls, False) for cls in _DECLARATIONS}
_CODES = {cls: _for(cls, True) for cls in _DECLARATIONS}
_SITES = tuple(c for c in CHECKS if c.site is not None)
_PARTS = tuple(c for c in CHECKS if c.part is not None)


def _ask_codes(ctx: Context, file: ast.File) -> Iterable[Problem]:
    for d in file.declarations:
        for c in _CODES[type(d)]:
            if c.each is not None:
                yield from c.each(ctx, d)
