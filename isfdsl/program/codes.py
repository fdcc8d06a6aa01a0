"""Sets of codes, as every engine asks them.

Codes are compared without their dots and with their case. A set is resolved for one code field (the field's systems
decide which lines count) and one day.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from isfdsl.program.ruleset import holds_on
from isfdsl.syntax import ast

if TYPE_CHECKING:
    from isfdsl.program.ruleset import Ruleset

GROUP_SYSTEMS = {"drg": "DRG", "stg": "STG", "tfg": "TFG"}
HDG_SYSTEM = "hdg"
ALL_SYSTEMS: frozenset[str] = frozenset()

CodeValue = str | tuple[str, str | None]


def normal(code: str) -> str:
    """A code as it is compared: without dots."""
    return code.replace(".", "")


def is_pattern(code: str) -> bool:
    """Whether a code of the text stands for several."""
    return "*" in code or "?" in code


def pattern_regex(code: str) -> str:
    """The regular expression of a pattern: ``*`` any rest, ``?`` one sign."""
    return "".join(".*" if ch == "*" else "." if ch == "?" else re.escape(ch) for ch in normal(code))


@frozen
class CodeSet:
    """A set of codes and dagger/asterisk pairs.

    A plain code belongs when it is listed or fits a pattern. A pair belongs when either of its codes does, or the
    pair itself is listed (dagger first).
    """

    codes: frozenset[str] = frozenset()
    pairs: frozenset[tuple[str, str]] = frozenset()
    prefixes: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    without: CodeSet | None = None
    parts: tuple[CodeSet, ...] = ()
    _compiled: re.Pattern[str] | None = field(init=False, eq=False, repr=False)

    @_compiled.default
    def _compile(self) -> re.Pattern[str] | None:
        return re.compile("|".join(f"(?:{p})" for p in self.patterns)) if self.patterns else None

    def has_code(self, code: str) -> bool:
        """Whether a single code belongs."""
        if self.without is not None and self.without.has_code(code):
            return False
        if code in self.codes or (self.prefixes and code.startswith(self.prefixes)):
            return True
        if self._compiled is not None and self._compiled.fullmatch(code):
            return True
        return any(part.has_code(code) for part in self.parts)

    def has_pair(self, dagger: str, asterisk: str) -> bool:
        """Whether the pair itself is listed."""
        if self.without is not None and self.without.has_pair(dagger, asterisk):
            return False
        return (dagger, asterisk) in self.pairs or any(part.has_pair(dagger, asterisk) for part in self.parts)

    def has(self, value: CodeValue) -> bool:
        """Whether a value of a record belongs: a code, or a pair with perhaps no second code."""
        if isinstance(value, str):
            return self.has_code(value)
        first, second = value
        if self.has_code(first):
            return True
        return second is not None and (self.has_code(second) or self.has_pair(first, second))

    @property
    def is_plain(self) -> bool:
        """Whether the set is a list of codes and pairs and nothing else, so that it can be looked up by code."""
        return not (self.prefixes or self.patterns or self.parts or self.without)


def united(codes: CodeSet) -> CodeSet:
    """The same set as one list of codes and pairs, when it is a union of such lists and nothing else."""
    if not codes.parts or codes.prefixes or codes.patterns or codes.without is not None:
        return codes
    parts = [united(part) for part in codes.parts]
    if not all(part.is_plain for part in parts):
        return codes
    return CodeSet(codes.codes.union(*(p.codes for p in parts)), codes.pairs.union(*(p.pairs for p in parts)))


def entries_set(entries: Iterable[str]) -> CodeSet:
    """The set of some written codes, patterns and pairs, without ``parts`` and ``without``."""
    entries = tuple(entries)
    text = "\n".join(entries)
    if not any(mark in text for mark in "+*?"):
        return CodeSet(frozenset(normal(text).split("\n")) if entries else frozenset())
    codes: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    prefixes: list[str] = []
    patterns: list[str] = []
    for written in entries:
        if "+" in written:
            dagger, _, asterisk = written.partition("+")
            pairs.add((normal(dagger), normal(asterisk)))
        elif is_pattern(written):
            if written.endswith("*") and not is_pattern(written[:-1]):
                prefixes.append(normal(written[:-1]))
            else:
                patterns.append(pattern_regex(written))
        else:
            codes.add(normal(written))
    return CodeSet(frozenset(codes), frozenset(pairs), tuple(dict.fromkeys(prefixes)), tuple(dict.fromkeys(patterns)))


def intersects(systems: Iterable[str], wanted: frozenset[str]) -> bool:
    """Whether a line of some systems counts for a field of the ``wanted`` systems (empty: any)."""
    return not wanted or not wanted.isdisjoint(systems)


@define
class CodeSets:
    """Resolves the sets of one ruleset for one day."""

    ruleset: Ruleset
    day: dt.date | None
    _lists: dict[tuple[str, frozenset[str]], CodeSet] = field(factory=dict, init=False)
    _open: set[str] = field(factory=set, init=False)

    def block(self, block: ast.CodeBlock, systems: tuple[ast.Name, ...], wanted: frozenset[str]) -> CodeSet:
        """The lines of a block that hold on the day and belong to the wanted systems."""
        if not block.sections and not block.validities:
            if not intersects([s.text for s in systems], wanted):
                return CodeSet()
            return entries_set(block.codes)
        default = tuple(s.text for s in systems)
        validity = dict(block.validities)
        # Not by block.entries(): that would make an object for each of 80,000 lines.
        sections = [(0, None), *((first, name.text) for first, name in block.sections), (len(block), None)]
        found: list[str] = []
        for (first, section), (end, _) in pairwise(sections):
            if intersects((section,) if section else default, wanted):
                lines = block.codes[first:end]
                if validity:
                    lines = tuple(c for i, c in enumerate(lines, first) if holds_on(validity.get(i), self.day))
                found += lines
        return entries_set(found)

    def named(self, name: str, wanted: frozenset[str]) -> CodeSet:
        """A code list by name. Lists that refer to each other in a circle are empty (the checker reports them)."""
        key = (name, wanted)
        if key in self._lists:
            return self._lists[key]
        decl = self.ruleset.kodelister[name]
        if name in self._open or not holds_on(decl.validity, self.day):
            return CodeSet()
        self._open.add(name)
        found = self.expr(decl.expr, wanted) if decl.expr is not None else self.block(decl.codes, decl.systems, wanted)
        self._open.discard(name)
        self._lists[key] = found
        return found

    def expr(self, expr: ast.SetExpr, wanted: frozenset[str]) -> CodeSet:
        """A set expression."""
        match expr:
            case ast.SetExcept(base=base, without=without):
                return CodeSet(parts=(self.expr(base, wanted),), without=self.expr(without, wanted))
            case ast.SetUnion(items=items):
                plain: list[str] = []
                parts: list[CodeSet] = []
                for item in items:
                    if not isinstance(item, ast.CodeItem):
                        parts.append(self.expr(item, wanted))
                    elif not item.quoted and item.text in self.ruleset.kodelister:
                        parts.append(self.named(item.text, wanted))
                    else:
                        plain.append(item.text)
                own = entries_set(plain)
                if not parts:
                    return own
                if len(parts) == 1 and not plain:
                    return parts[0]
                return CodeSet(own.codes, own.pairs, own.prefixes, own.patterns, None, tuple(parts))


@define(slots=False)
class PropertyIndex:
    """Which properties a code carries, for fields of some systems on one day.

    ``listed`` is the codes of each property, name by name; ``pairs`` maps a (dagger, asterisk) pair to the properties
    of its pair lines. Properties with patterns stand in ``loose`` and are asked one by one.
    """

    listed: tuple[tuple[str, frozenset[str]], ...]
    pairs: dict[tuple[str, str], frozenset[str]]
    loose: tuple[tuple[str, CodeSet], ...]
    _known: dict[str, frozenset[str]] = field(factory=dict, init=False)

    @cached_property
    def codes(self) -> dict[str, list[str]]:
        """The properties of each listed code. To ask about some codes takes no such table, see ``learn``."""
        return _by_code(self.listed)

    def learn(self, codes: Iterable[str]) -> None:
        """Find out about some codes together."""
        new = set(codes).difference(self._known)
        if new:
            found = _by_code((name, new & listed) for name, listed in self.listed)
            self._known.update((code, frozenset(found.get(code, ()))) for code in new)

    def single(self, code: str) -> frozenset[str]:
        """The properties of a single code."""
        found = self._known.get(code)
        if found is None:
            found = self._known[code] = frozenset(self.codes.get(code, ()))
        if self.loose:
            more = [name for name, s in self.loose if s.has_code(code)]
            if more:
                return found | frozenset(more)
        return found

    def of(self, value: CodeValue) -> frozenset[str]:
        """The properties of a value: of either code, and of the pair."""
        if isinstance(value, str):
            return self.single(value)
        first, second = value
        if second is None:
            return self.single(first)
        found = self.single(first) | self.single(second)
        pair = self.pairs.get((first, second))
        return found | pair if pair else found


def property_index(
    ruleset: Ruleset, sets: CodeSets, wanted: frozenset[str], assumed: Iterable[tuple[str, CodeSet]] = ()
) -> PropertyIndex:
    """Make the index for fields of the wanted systems (empty: any).

    ``assumed``: sets of written codes (``entries_set``) that properties have beside their own, whatever the field.
    """
    listed: list[tuple[str, frozenset[str]]] = []
    pairs: dict[tuple[str, str], list[str]] = {}
    loose: list[tuple[str, CodeSet]] = []

    def put(name: str, block: CodeSet) -> None:
        listed.append((name, block.codes))
        for pair in block.pairs:
            pairs.setdefault(pair, []).append(name)
        if block.prefixes or block.patterns:
            loose.append((name, CodeSet(prefixes=block.prefixes, patterns=block.patterns)))

    for name, declarations in ruleset.egenskaper.items():
        for decl in declarations:
            if holds_on(decl.validity, sets.day):
                put(name, sets.block(decl.codes, decl.systems, wanted))
    for name, block in assumed:
        put(name, block)
    return PropertyIndex(tuple(listed), {pair: frozenset(names) for pair, names in pairs.items()}, tuple(loose))


def _by_code(listed: Iterable[tuple[str, Iterable[str]]]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for name, codes in listed:
        for code in codes:
            out.setdefault(code, []).append(name)
    return out


def valid_in(ruleset: Ruleset, system: str) -> Callable[[str], bool]:
    """Whether a code is valid in a system: listed, or fitting the pattern of an open one.

    The group systems ``drg``, ``stg``, ``tfg`` list the declared groups.
    """
    if system in GROUP_SYSTEMS:
        groups = frozenset(ruleset.groups(GROUP_SYSTEMS[system]))  # type: ignore[arg-type]
        return lambda code: code in groups
    if system in ruleset.slag:
        of_kind = frozenset(n for n, ds in ruleset.egenskaper.items() if any(_slag(d) == system for d in ds))
        return lambda code: code in of_kind
    decl = ruleset.kodeverk.get(system)
    if decl is None:
        return lambda code: True
    listed = frozenset(normal(c) for c in decl.codes.codes)
    if not decl.open_:
        return lambda code: normal(code) in listed
    if decl.pattern is None:
        return lambda code: True
    try:
        regex = re.compile(decl.pattern.value)
    except re.error:
        return lambda code: True
    undotted = re.compile(decl.pattern.value.replace(r"\.", r"\.?"))
    return lambda code: (
        normal(code) in listed or regex.fullmatch(code) is not None or undotted.fullmatch(normal(code)) is not None
    )


def _slag(decl: ast.Egenskap) -> str | None:
    return decl.slag.text if decl.slag is not None else None
