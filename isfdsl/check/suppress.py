"""One cause, one message: what only follows from something else is left out and counted."""

from __future__ import annotations

from attrs import evolve

from isfdsl.check.context import Context
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.names import Circular, UnknownAttribute, UnknownCode, UnknownName
from isfdsl.diagnostics.truth import EmptyProperty, UncertainRecoding
from isfdsl.program.ruleset import STAY
from isfdsl.source import Span

PLACES = 4
"""So many further uses of one unknown name are shown with the first."""

VALUES = ("navnet", "feltet")
"""What a name of a record's value is called; one that is missing is missing for both."""

Gathered = UnknownName | UnknownCode | UnknownAttribute | EmptyProperty


def follow_ups(ctx: Context, found: list[Problem]) -> tuple[list[Problem], int]:
    """The problems worth showing, and how many were left out.

    Left out is what a piece of text that could not be read may well define or use, a problem that two readings of one
    expression report alike, what a circle says already, and the further uses of a name that is nowhere defined, after
    the first few.
    """
    asked = {p.nearest[0] for p in found if isinstance(p, UnknownName) and p.kind == "opplysningen" and p.nearest}
    no_stays = ctx.ruleset.stay_source is None and (
        ctx.broken.may_define(STAY) or any(isinstance(p, UnknownName) and p.name == STAY for p in found)
    )
    circles = [place for p in found if isinstance(p, Circular) for place in p.places]
    kept: list[Problem] = []
    gathered: dict[tuple[type, str, str], list[Gathered]] = {}
    seen: set[Problem] = set()
    suppressed = 0
    for problem in found:
        if isinstance(problem, Gathered):
            misspelt = isinstance(problem, UnknownAttribute) and problem.name in asked
            if misspelt or (ctx.broken and _excused(ctx, problem)) or (no_stays and _of_stays(ctx, problem)):
                suppressed += 1
                continue
            kind = "" if not isinstance(problem, UnknownName) or problem.kind in VALUES else problem.kind
            same = gathered.setdefault((type(problem), kind, problem.name), [])
            if not any(p.span == problem.span for p in same[:PLACES]):
                same.append(problem)
        elif isinstance(problem, UncertainRecoding) and any(_within(place, problem.span) for place in circles):
            suppressed += 1
        elif problem not in seen:
            seen.add(problem)
            kept.append(problem)
    for same in gathered.values():
        same.sort(key=lambda p: (p.span.source, p.span.start) if p.span is not None else ("", 0))
        first, *others = same
        spans = tuple(dict.fromkeys(p.span for p in others if p.span is not None and p.span != first.span))
        kept.append(evolve(first, also=spans[:PLACES]))
        suppressed += max(0, len(spans) - PLACES)
    return kept, suppressed


def _within(inner: Span, outer: Span | None) -> bool:
    return outer is not None and inner.source == outer.source and outer.start <= inner.start and inner.end <= outer.end


def _of_stays(ctx: Context, problem: Gathered) -> bool:
    """Whether a name is one that would be known if it were known what stays are made of."""
    if not isinstance(problem, UnknownName) or problem.kind not in VALUES:
        return False
    rules = ctx.ruleset
    subjects = (STAY, *rules.poster)
    return problem.name in ("gruppe", "poeng", *ctx.scopes.attributes) or any(
        ctx.scopes.lookup(subject, problem.name) is not None for subject in subjects
    )


def _excused(ctx: Context, problem: Gathered) -> bool:
    if isinstance(problem, UnknownAttribute):
        return ctx.broken.may_use(problem.name)
    return ctx.broken.may_define(problem.name)
