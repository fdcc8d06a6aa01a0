"""Properties of one kind that share a code, so that a lookup would answer by the order of the files.

The order of a kind (``par, andre kode, første kode``) says which line wins between a pair line and the lines of its
codes, and between the codes of a pair. It says nothing about two lines for the same code, or for the same pair.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import pairwise

from attrs import frozen

from isfdsl.check.context import Check, Context
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.names import TwoOfAKind
from isfdsl.program.codes import is_pattern, normal, pattern_regex
from isfdsl.source import Span
from isfdsl.syntax import ast

Days = tuple[dt.date, dt.date]
"""The first and the last day of a line."""


@frozen(eq=False)
class _Line:
    place: int
    owner: str
    block: ast.CodeBlock
    index: int
    days: Days

    @property
    def code(self) -> str:
        return self.block.codes[self.index]

    @property
    def span(self) -> Span:
        return self.block.span(self.index)


def check(ctx: Context) -> Iterator[Problem]:
    """Every kind."""
    rules = ctx.ruleset
    members: dict[str, dict[str, tuple[ast.Egenskap, ...]]] = {}
    for name, declarations in rules.egenskaper.items():
        for kind in {d.slag.text for d in declarations if d.slag is not None}:
            members.setdefault(kind, {})[name] = tuple(declarations)
    for kind, properties in members.items():
        slag = rules.slag.get(kind)
        if slag is not None and _may_share(properties.values()):
            yield from _shared(ctx, slag, properties)


def _may_share(properties: Iterable[tuple[ast.Egenskap, ...]]) -> bool:
    """Whether two of them name one code or have patterns: a quick first test of 80,000 lines."""
    seen: set[str] = set()
    for declarations in properties:
        own: set[str] = set()
        for d in declarations:
            own.update(normal("\n".join(d.codes.codes)).split("\n"))
        own.discard("")
        if not seen.isdisjoint(own) or any(is_pattern(code) for code in own):
            return True
        seen |= own
    return False


def _shared(ctx: Context, slag: ast.Slag, properties: dict[str, tuple[ast.Egenskap, ...]]) -> Iterator[Problem]:
    """One problem for each two properties, with the first code they share."""
    found: dict[tuple[str, str], tuple[_Line, _Line, str]] = {}
    codes: dict[tuple[str, str], set[str]] = {}
    for system, lines in _lines(slag, properties).items():
        for code, line in _by_code(ctx, system, lines):
            for other, later in _meeting(line):
                key = (other.owner, later.owner)
                found.setdefault(key, (other, later, code))
                codes.setdefault(key, set()).add(code)
    for key, (other, later, code) in found.items():
        shown = next((line.code for line in (later, other) if not is_pattern(line.code)), code)
        yield TwoOfAKind(
            span=later.span,
            name=shown,
            properties=key,
            kind=slag.name.text,
            first=other.span,
            more=len(codes[key]) - 1,
        )


def _meeting(lines: list[_Line]) -> Iterator[tuple[_Line, _Line]]:
    """Lines of different properties for one code that hold on a common day, the earlier one first."""
    for i, later in enumerate(lines):
        for other in lines[:i]:
            if other.owner != later.owner and max(other.days[0], later.days[0]) <= min(other.days[1], later.days[1]):
                yield other, later


def _lines(slag: ast.Slag, properties: dict[str, tuple[ast.Egenskap, ...]]) -> dict[str, list[_Line]]:
    """The lines that a lookup asks, by code system."""
    singles, pairs = not {"første", "andre"}.isdisjoint(slag.lookup), "par" in slag.lookup
    out: dict[str, list[_Line]] = {}
    place = 0
    for name, declarations in properties.items():
        for d in declarations:
            block = d.codes
            default = tuple(s.text for s in d.systems)
            whole = _days(d.validity)
            dated = dict(block.validities)
            cuts = [(0, default), *((at, (s.text,)) for at, s in block.sections), (len(block), default)]
            for (start, systems), (end, _) in pairwise(cuts):
                for i in range(start, end):
                    if pairs if "+" in block.codes[i] else singles:
                        days = _meet(whole, _days(dated[i])) if i in dated else whole
                        for system in systems:
                            out.setdefault(system, []).append(_Line(place, name, block, i, days))
                        place += 1
    return out


def _by_code(ctx: Context, system: str, lines: list[_Line]) -> Iterator[tuple[str, list[_Line]]]:
    """The codes with several lines, patterns among them as far as it is known which codes they stand for."""
    by_code: dict[str, list[_Line]] = {}
    patterns: list[_Line] = []
    open_ends: set[str] = set()
    for line in lines:
        if is_pattern(line.code) and "+" not in line.code:
            patterns.append(line)
        else:
            by_code.setdefault(normal(line.code), []).append(line)
    if patterns:
        known = {normal(c) for c in ctx.inference.system_codes(system)} | {c for c in by_code if "+" not in c}
        decl = ctx.ruleset.kodeverk.get(system)
        if decl is not None and decl.open_:
            ends = {normal(p.code[:-1]) for p in patterns if p.code.endswith("*") and not is_pattern(p.code[:-1])}
            open_ends = ends - known
        ordered = sorted(known | open_ends)
        for line in patterns:
            for code in _fitting(normal(line.code), ordered):
                by_code.setdefault(code, []).append(line)
    for code, several in by_code.items():
        if len(several) > 1:
            yield code + "*" * (code in open_ends), sorted(several, key=lambda line: line.place)


def _fitting(pattern: str, codes: list[str]) -> Iterator[str]:
    """Those of some sorted codes that fit a pattern."""
    start = re.split(r"[*?]", pattern, maxsplit=1)[0]
    regex = re.compile(pattern_regex(pattern))
    for i in range(bisect_left(codes, start), len(codes)):
        if not codes[i].startswith(start):
            return
        if regex.fullmatch(codes[i]):
            yield codes[i]


def _days(validity: ast.Validity | None) -> Days:
    start = validity.start.value if validity is not None and validity.start is not None else None
    end = validity.end.value if validity is not None and validity.end is not None else None
    return start or dt.date.min, end or dt.date.max


def _meet(a: Days, b: Days) -> Days:
    return max(a[0], b[0]), min(a[1], b[1])


CHECK = Check(name="slag", reports=(TwoOfAKind,), whole=check)
