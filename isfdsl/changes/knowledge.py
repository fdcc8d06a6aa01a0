"""Which differences are changes of what is known and not of the regelverk: no source can tell them from no change.

That is so between two years, of which the sources tell different things. Of two versions of one year each difference
is a change: somebody made it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from isfdsl.changes import edits as ed
from isfdsl.changes.parts import LINES, lines_by_key
from isfdsl.program.ruleset import Ruleset
from isfdsl.program.standing import standing
from isfdsl.syntax import ast

Declarations = Mapping[ed.Key, ast.Declaration]
UNKNOWN = (ast.Unknown, ast.UnknownWindow)
# A hole that is filled is one in the criteria; a group that gets a name has a name it did not have.
NO_CRITERIA = ("title", "name", "validity", "meta")


def mark(found: list[ed.Edit], old: Ruleset, new: Ruleset, before: Declarations, after: Declarations) -> list[ed.Edit]:
    """The edits, with those marked that no source confirms to be a change."""
    ended = {_ended_group(d): key for key, d in after.items() if isinstance(d, ast.Utgaatt) and key not in before}
    retired = {e.key for e in found if isinstance(e, ed.GroupRetired)}
    years = old.head is not None and new.head is not None and old.head.year != new.head.year
    out: list[ed.Edit] = []
    for e in found:
        if isinstance(e, ed.GroupRetired) and e.key in ended:
            e = evolve(e, ended=ended[e.key])
        elif isinstance(e, ed.Ended) and _ended_group(e.declaration) in retired:
            e = evolve(e, retired=True)
        out.append(evolve(e, undecided=True) if years and _undecided(e, old, new, before, after) else e)
    return out


def _ended_group(d: ast.Declaration) -> ed.Key:
    assert isinstance(d, ast.Utgaatt)
    return d.what, d.name.text


def _undecided(e: ed.Edit, old: Ruleset, new: Ruleset, before: Declarations, after: Declarations) -> bool:
    match e:
        case ed.Added(declaration=d) if not isinstance(d, ast.Utgaatt):
            return _unconfirmed(new, d)
        case ed.Removed(declaration=d):
            return _unconfirmed(old, d)
        case ed.ItemAdded(item=item):
            return _unconfirmed(new, item)
        case ed.ItemRemoved(item=item):
            return _unconfirmed(old, item)
        case ed.ItemChanged():
            sides = [_item(d, e) for d in (before.get(e.key), after.get(e.key))]
            return any(isinstance(x, UNKNOWN) for x in (e.old, e.new, *(getattr(s, "unknown", None) for s in sides)))
        case ed.SlotChanged(old=was, new=now, slot=slot):
            if isinstance(was, UNKNOWN) or isinstance(now, UNKNOWN):
                return True
            group = before.get(e.key)
            return group is not None and _hollow(group) and was in (None, ()) and slot not in NO_CRITERIA
        case _:
            return False


def _hollow(d: ast.Declaration) -> bool:
    """Whether a group says that something is missing, and nothing can trigger it."""
    match d:
        case ast.Stg(triggers=triggers):
            return bool(d.ufullstendig) and not triggers
        case ast.Tfg(triggers=opened, members=members, rest=rest):
            return bool(d.ufullstendig) and not (opened or members or rest)
        case _:
            return False


def _unconfirmed(rules: Ruleset, node: Any) -> bool:
    """Whether all that is cited speaks of later years than the regelverk's."""
    refs = [r.value for m in getattr(node, "meta", ()) if isinstance(m, ast.Kilde) for r in m.refs]
    return standing(rules, refs).first_named is not None


def _item(d: ast.Declaration | None, e: ed.ItemChanged) -> Any:
    if d is None:
        return None
    lines = next((line for line in LINES.get(type(d), ()) if line.slot == e.slot), None)
    return None if lines is None else lines_by_key(lines, getattr(d, e.slot)).get(e.item_key)
