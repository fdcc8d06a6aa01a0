"""Names, types, units and codes inside expressions."""

from __future__ import annotations

from collections.abc import Iterator

from isfdsl.check.context import Check, Context, Part
from isfdsl.check.walk import nodes
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.names import PatternMatchesNothing, UnknownCode, UnknownName
from isfdsl.diagnostics.types import (
    NoSuchDate,
    NotComparable,
    NotHere,
    OtherSystem,
    UnitMismatch,
    WrongArguments,
    WrongType,
)
from isfdsl.program.infer import Inference
from isfdsl.program.ruleset import STAY
from isfdsl.syntax import ast


def check(ctx: Context, part: Part) -> Iterator[Problem]:
    """The part must be a condition where one is wanted, else of the wanted unit; a concept may have any type."""
    site = part.site
    whole = part.expr is site.expr

    def run(infer: Inference) -> None:
        if whole and site.want in ("poeng", "kr"):
            infer.value(part.expr, part.subject, "poeng" if site.want == "poeng" else "kr")
        elif whole and site.want == "verdi":
            infer.infer(part.expr, part.subject, pair=site.pair)
        else:
            infer.condition(part.expr, part.subject, pair=site.pair)

    yield from ctx.inferred(run)
    if part.facts.krav:
        yield from _krav(ctx, part)


def _krav(ctx: Context, part: Part) -> Iterator[Problem]:
    """A requirement can be asked about the records it is for, and about what is made from them."""
    if part.subject is None:
        lineage: tuple[str, ...] = ()
    elif part.subject == ctx.ruleset.stay_source:
        lineage = (part.subject, STAY)
    else:
        lineage = ctx.scopes.lineage(part.subject)
    for node in nodes(part.expr):
        if isinstance(node, ast.KravTest):
            krav = ctx.ruleset.krav.get(node.krav.text)
            if krav is not None and krav.subject.text not in lineage:
                yield NotHere(span=node.krav.span, what=f"krav {krav.name.text}", where=f"om «{krav.subject.text}»")


CHECK = Check(
    name="typer",
    reports=(
        UnknownName,
        UnknownCode,
        PatternMatchesNothing,
        OtherSystem,
        WrongType,
        UnitMismatch,
        NotComparable,
        WrongArguments,
        NoSuchDate,
        NotHere,
    ),
    part=check,
)
