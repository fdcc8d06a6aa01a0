"""Which rules can match at all: an index over one necessary condition of each.

A rule that needs ``hovedtilstand har egenskap 08M41`` is only looked at for records with that property. The index may
only leave out rules that can't match; order and answer are those of a scan of every rule (a test compares them).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from isfdsl.interp.context import Ctx
from isfdsl.interp.features import properties_of, systems_of
from isfdsl.interp.machine import Machine
from isfdsl.program.codes import CodeSet
from isfdsl.program.scope import BegrepSymbol, FieldSymbol, SamlingSymbol
from isfdsl.source import Span
from isfdsl.syntax import ast

_NOWHERE = Span("", 0, 0)
Feature = Callable[[Ctx], Iterable[Hashable]]
Anchor = tuple[str, frozenset[str]]


class CandidateIndex:
    """``conditions``: for each rule all conjuncts it needs. ``candidates`` gives the places of rules worth trying."""

    def __init__(self, machine: Machine, subject: str, conditions: Sequence[Sequence[ast.Expr]]) -> None:
        self.machine = machine
        self.subject = subject
        options = [[a for e in needed if (a := self._anchor(e)) is not None] for needed in conditions]
        crowd: dict[tuple[str, str], int] = {}
        for anchors in options:
            for key, wanted in anchors:
                for value in wanted:
                    crowd[key, value] = crowd.get((key, value), 0) + 1
        self.always: list[int] = []
        self.by_key: dict[str, dict[Hashable, list[int]]] = {}
        for place, anchors in enumerate(options):
            if not anchors:
                self.always.append(place)
                continue
            key, wanted = min(anchors, key=lambda a: (max((crowd[a[0], v] for v in a[1]), default=0), a[0]))
            for value in wanted:
                self.by_key.setdefault(key, {}).setdefault(value, []).append(place)
        self.features = [(self._feature(key), table) for key, table in self.by_key.items()]

    def candidates(self, ctx: Ctx) -> list[int]:
        """The places of the rules that may match, in order."""
        found = set(self.always)
        for feature, table in self.features:
            for value in feature(ctx):
                places = table.get(value)
                if places is not None:
                    found.update(places)
        return sorted(found)

    # ------------------------------------------------------------ anchors

    def _anchor(self, e: ast.Expr) -> Anchor | None:
        match e:
            case ast.HasProperty(operand=ast.Reference(name=name), properties=properties) if self._is_field(name):
                return f"p:{name}", frozenset(p.text for p in properties)
            case ast.DistinctSources(field=field, properties=properties) if self._is_field(field.text):
                return f"p:{field.text}", frozenset({properties[0].text})
            case ast.CountTest(
                quantity="minst", count=count, field=field, test=ast.PropertyTest(properties=properties)
            ) if count > 0 and self._is_field(field.text):
                return f"p:{field.text}", frozenset(p.text for p in properties)
            case ast.InSet(operand=ast.Reference(name=name), codes=codes):
                return self._set_anchor(name, codes)
            case _:
                return None

    def _is_field(self, name: str) -> bool:
        return isinstance(self.machine.scopes.lookup(self.subject, name), (FieldSymbol, SamlingSymbol))

    def _set_anchor(self, name: str, codes: ast.SetUnion) -> Anchor | None:
        symbol = self.machine.scopes.lookup(self.subject, name)
        if not isinstance(symbol, BegrepSymbol):
            return None
        found: CodeSet = self.machine.code_set(codes, systems_of(self.machine, self.subject, name))
        if not found.is_plain or found.pairs or not isinstance(symbol.begrep.expr, (ast.PropertyLookup, ast.HdgOf)):
            return None
        return f"v:{name}", found.codes

    def _feature(self, key: str) -> Feature:
        kind, _, name = key.partition(":")
        if kind == "p":
            return properties_of(self.machine, self.subject, name)
        closure = self.machine.value(ast.Reference(name=name, span=_NOWHERE), self.subject)

        def single(ctx: Ctx) -> tuple[Any, ...]:
            value = closure(ctx)
            return () if value is None else (value,)

        return single
