"""The sources that a change rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isfdsl.changes import edits as ed
from isfdsl.changes.parts import LINES, keyed, lines_by_key
from isfdsl.program.ruleset import Ruleset
from isfdsl.syntax import ast


class Citations:
    """What the change of a declaration or of a line in it rests on: the sources that are new, else all it cites."""

    def __init__(self, new: Ruleset, old: Ruleset) -> None:
        self._new = keyed(new.declarations)
        self._old = keyed(old.declarations)
        self._ended = {d.name.text: _refs(d) for d in new.of(ast.Utgaatt) if d.what == "DRG"}

    def of(self, e: ed.Edit) -> str | None:
        """The sources of one edit."""
        if isinstance(e, ed.GroupRetired) and e.ended is not None:
            return ", ".join(_refs(self._new[e.ended])) or None
        gone = self._with_the_group(e)
        if gone:
            return ", ".join(gone)
        if isinstance(e, ed.Removed):
            return ", ".join(_refs(e.declaration)) or None
        now, was = _refs(self._new.get(e.key)), _refs(self._old.get(e.key))
        if isinstance(e, (ed.ItemAdded, ed.ItemRemoved)) and _refs(e.item):
            return ", ".join(_refs(e.item))
        if isinstance(e, (ed.ItemChanged, ed.ItemMoved)):
            item, before = self._item(self._new, e), self._item(self._old, e)
            if _refs(item):
                now, was = _refs(item), _refs(before)
        if isinstance(e, ed.RuleTransferred):
            now, was = _refs(e.new) or now, _refs(e.old) or was
        return ", ".join([r for r in now if r not in was] or now) or None

    def _with_the_group(self, e: ed.Edit) -> list[str]:
        """The sources that end the groups of rules that go with them."""
        match e:
            case ed.RuleRemoved(item=ast.Regel(target=target)):
                targets = [target.text]
            case ed.Removed(declaration=ast.Gruppe(rules=rules)):
                targets = [r.target.text for r in rules]
            case _:
                return []
        return list(dict.fromkeys(ref for name in targets for ref in self._ended.get(name, ())))

    def remarks(self, e: ed.Edit) -> list[str]:
        """What is said of a group that is retired."""
        d = self._new.get(e.ended) if isinstance(e, ed.GroupRetired) and e.ended else None
        d = e.declaration if isinstance(e, ed.Ended) else d
        return [m.text for m in d.meta if isinstance(m, ast.Merknad)] if d is not None else []

    def _item(self, declarations: Mapping[ed.Key, ast.Declaration], e: ed.ItemChanged | ed.ItemMoved) -> Any:
        d = declarations.get(e.key)
        lines = next((line for line in LINES.get(type(d), ()) if line.slot == e.slot), None) if d else None
        return None if lines is None else lines_by_key(lines, getattr(d, e.slot)).get(e.item_key)


def _refs(node: Any) -> list[str]:
    return [r.value for m in getattr(node, "meta", ()) if isinstance(m, ast.Kilde) for r in m.refs]
