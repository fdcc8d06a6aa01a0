"""Which code systems the codes of a list or a property are from."""

from __future__ import annotations

from functools import cached_property

from attrs import define, field

from isfdsl.program.ruleset import Ruleset
from isfdsl.syntax import ast

Systems = frozenset[str] | None
"""``None`` is any: what is unfinished, and codes that are written where they are used."""


@define(slots=False)
class OwnSystems:
    """The systems of each list and property of a ruleset."""

    ruleset: Ruleset
    _lists: dict[str, Systems] = field(factory=dict, init=False)
    _properties: dict[str, Systems] = field(factory=dict, init=False)

    def of_list(self, name: str) -> Systems:
        """The systems of a code list."""
        if name not in self._lists:
            self._lists[name] = None  # lists in a circle: reported by their own check
            decl = self.ruleset.kodelister[name]
            if not decl.ufullstendig:
                self._lists[name] = self._set(decl.expr) if decl.expr is not None else _block(decl.codes, decl.systems)
        return self._lists[name]

    def of_property(self, name: str) -> Systems:
        """The systems of a property, with those of what counts as it."""
        if name not in self._properties:
            self._properties[name] = frozenset()
            found: list[Systems] = [self.of_property(other) for other in self._counted_as.get(name, ())]
            for decl in self.ruleset.egenskaper[name]:
                found.append(None if decl.ufullstendig else _block(decl.codes, decl.systems))
            self._properties[name] = _united(found)
        return self._properties[name]

    @cached_property
    def _counted_as(self) -> dict[str, list[str]]:
        """The properties that may count as each."""
        out: dict[str, list[str]] = {}
        for name, declarations in self.ruleset.egenskaper.items():
            for target in {r.target.text for d in declarations for r in d.regnes_som}:
                out.setdefault(target, []).append(name)
        return out

    def _set(self, expr: ast.SetExpr) -> Systems:
        match expr:
            case ast.SetExcept(base=base):
                return self._set(base)
            case ast.SetUnion(items=items):
                return _united([self._item(item) for item in items])

    def _item(self, item: ast.CodeItem | ast.SetExpr) -> Systems:
        if not isinstance(item, ast.CodeItem):
            return self._set(item)
        if not item.quoted and item.text in self.ruleset.kodelister:
            return self.of_list(item.text)
        return None


def _block(block: ast.CodeBlock, systems: tuple[ast.Name, ...]) -> Systems:
    own = {name.text for _, name in block.sections}
    if block.codes and (not block.sections or block.sections[0][0] > 0):
        if not systems:
            return None
        own.update(s.text for s in systems)
    return frozenset(own)


def _united(parts: list[Systems]) -> Systems:
    return None if any(p is None for p in parts) else frozenset(s for p in parts for s in p or ())


__all__ = ["OwnSystems"]
