"""The lines of code lists and properties: codes of their systems, each once, and patterns that hit something."""

from __future__ import annotations

import re
from collections.abc import Iterator

from isfdsl.check.context import Check, Context
from isfdsl.check.logic import nothing_left
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.names import (
    BadPattern,
    EmptyCodeSet,
    PatternMatchesNothing,
    RepeatedCode,
    UnknownCode,
    UnknownCodes,
)
from isfdsl.diagnostics.types import OtherSystem
from isfdsl.program.codes import GROUP_SYSTEMS, is_pattern, normal
from isfdsl.syntax import ast

ONE_BY_ONE = 5
"""Up to so many unknown codes of a list get a message each."""


def check(ctx: Context, d: ast.AnyDeclaration) -> Iterator[Problem]:
    """The lines of one declaration."""
    if isinstance(d, ast.Kodeverk):
        yield from _kodeverk(d)
    elif isinstance(d, ast.Kodeliste):
        if d.expr is not None:
            expr, systems = d.expr, tuple(s.text for s in d.systems)
            yield from ctx.inferred(lambda infer: infer.codes(expr, systems))
            if not d.ufullstendig and nothing_left(ctx, expr):
                yield EmptyCodeSet(span=d.name.span, name=d.name.text, kind="kodelisten", excepted=True)
        elif not d.codes.codes and not d.ufullstendig:
            yield EmptyCodeSet(span=d.name.span, name=d.name.text, kind="kodelisten")
        yield from _block(ctx, d.codes, d.systems, d.name.text)
    elif isinstance(d, ast.Egenskap):
        yield from _block(ctx, d.codes, d.systems, d.name.text)


def _kodeverk(d: ast.Kodeverk) -> Iterator[Problem]:
    yield from _repeated(d.codes, d.name.text)
    if d.pattern is not None:
        try:
            re.compile(d.pattern.value)
        except re.error as error:
            yield BadPattern(span=d.pattern.span, pattern=d.pattern.value, reason=_reason(error))


def _reason(error: re.error) -> str:
    where = "" if error.pos is None else f" ved tegn {error.pos + 1}"
    return f"uttrykket er ikke gyldig{where}"


def _block(ctx: Context, block: ast.CodeBlock, systems: tuple[ast.Name, ...], owner: str) -> Iterator[Problem]:
    if not block.codes:
        return
    yield from _repeated(block, owner)
    default = tuple(s.text for s in systems)
    cuts = [(0, default), *((at, (name.text,)) for at, name in block.sections)]
    ends = [at for at, _ in cuts[1:]] + [len(block.codes)]
    for (start, names), end in zip(cuts, ends, strict=True):
        if start < end:
            yield from _range(ctx, block, start, end, names, owner)


def _range(
    ctx: Context, block: ast.CodeBlock, start: int, end: int, systems: tuple[str, ...], owner: str
) -> Iterator[Problem]:
    infer = ctx.inference
    if not all(infer.known_system(s) for s in systems):
        return
    valid = _valid(ctx, systems)
    codes = block.codes
    wrong = [i for i in range(start, end) if codes[i] not in valid and codes[i].replace(".", "") not in valid]
    if not wrong:
        return
    # What is left is unknown, or is to be looked at piece by piece: patterns, pairs, open systems.
    unknown: list[int] = []
    for i in wrong:
        code = block.codes[i]
        if is_pattern(code):
            if not any(infer.matches(code, s) for s in systems):
                yield PatternMatchesNothing(span=block.span(i), pattern=code, systems=systems)
        elif not all(infer.is_valid(part, systems) for part in code.split("+")):
            unknown.append(i)
    if len(unknown) > ONE_BY_ONE:
        places = tuple(block.span(i) for i in unknown[1:ONE_BY_ONE])
        yield UnknownCodes(
            span=block.span(unknown[0]),
            name=owner,
            systems=systems,
            count=len(unknown),
            total=end - start,
            places=places,
        )
        return
    for i in unknown:
        code = next(part for part in block.codes[i].split("+") if not infer.is_valid(part, systems))
        close = infer.near_code(code, systems)
        yield UnknownCode(
            span=block.span(i),
            name=code,
            systems=systems,
            nearest=close,
            case_only=bool(close) and normal(close[0]).lower() == normal(code).lower(),
        )


def _valid(ctx: Context, systems: tuple[str, ...]) -> frozenset[str]:
    """The listed codes of the systems, without dots: a quick first test."""
    found = ctx.listed.get(systems)
    if found is None:
        found = frozenset(normal(c) for s in systems for c in ctx.inference.system_codes(s) if _plain(ctx, s))
        ctx.listed[systems] = found
    return found


def _plain(ctx: Context, system: str) -> bool:
    return system in ctx.ruleset.kodeverk or system in GROUP_SYSTEMS


def _repeated(block: ast.CodeBlock, owner: str) -> Iterator[Problem]:
    if len({code.replace(".", "") for code in block.codes}) == len(block.codes):
        return
    first: dict[tuple[str | None, str], int] = {}
    twice: list[tuple[int, int]] = []
    for i, entry in enumerate(block.entries()):
        if entry.validity is not None:
            continue  # the same code may hold on different days
        before = first.setdefault((entry.section, normal(entry.code)), i)
        if before != i:
            twice.append((i, before))
    if twice:
        i, before = twice[0]
        yield RepeatedCode(
            span=block.span(i),
            name=block.codes[i],
            where=owner,
            first=block.span(before),
            more=len({block.codes[j] for j, _ in twice} - {block.codes[i]}),
        )


CHECK = Check(
    name="koder",
    reports=(UnknownCode, UnknownCodes, RepeatedCode, EmptyCodeSet, PatternMatchesNothing, BadPattern, OtherSystem),
    on=(ast.Kodeverk, ast.Kodeliste, ast.Egenskap),
    each=check,
    codes=True,
)
