"""Two regelverk to a list of edits: pair declarations by key, then by likeness, and take each pair apart."""

from __future__ import annotations

from collections import Counter
from typing import Any

from attrs import fields

from isfdsl.changes import edits as ed
from isfdsl.changes.knowledge import mark
from isfdsl.changes.parts import (
    GROUPS,
    LINES,
    ORDERED_KINDS,
    Lines,
    base_key,
    code_slot,
    keyed,
    lines_by_key,
    slots,
)
from isfdsl.program.ruleset import Ruleset
from isfdsl.syntax import ast

WEIGHTS = ("vekt", "trimpunkt", "liggedagsvekt")
CONDITION_SLOTS = ("condition", "applies")
FORMULA_SLOTS = ("expr", "base")


def diff(old: Ruleset, new: Ruleset) -> ed.Diff:
    """What changed from ``old`` to ``new``, in order of importance."""
    before, after = keyed(old.declarations), keyed(new.declarations)
    found: list[ed.Edit] = []
    recoded = _recoded(before, after)
    for old_key, new_key in recoded.items():
        found.append(ed.Recoded(key=new_key, old_key=old_key))
    for key, d in before.items():
        if key not in after and key not in recoded:
            found.append(_removed(key, d))
    came_from = {new_key: old_key for old_key, new_key in recoded.items()}
    for key, d in after.items():
        if key in before:
            found += _changes(key, before[key], d)
        elif key in came_from:
            found += _changes(key, before[came_from[key]], d)
        else:
            found.append(_added(key, d))
    found += _order(before, after, recoded)
    return ed.Diff(old=old.title, new=new.title, edits=tuple(sort(mark(_transfers(found), old, new, before, after))))


# ------------------------------------------------------------------ pairing


def _recoded(before: dict[ed.Key, ast.Declaration], after: dict[ed.Key, ast.Declaration]) -> dict[ed.Key, ed.Key]:
    """Declarations that are gone under one name and come under another with the same content but for the name."""
    gone = [k for k in before if k not in after]
    come = [k for k in after if k not in before]
    content: dict[Any, list[ed.Key]] = {}
    for key in come:
        content.setdefault(_content(after[key]), []).append(key)
    times = Counter(_content(before[k]) for k in gone)
    out: dict[ed.Key, ed.Key] = {}
    for key in gone:
        same = content.get(_content(before[key]), [])
        if len(same) == 1 and times[_content(before[key])] == 1 and _has_content(before[key]):
            out[key] = same[0]
    return out


def _content(d: ast.Declaration) -> tuple[Any, ...]:
    values = [getattr(d, a.name) for a in fields(type(d)) if a.name not in ("span", "name", "meta")]
    return (type(d).__name__, repr(values))


def _has_content(d: ast.Declaration) -> bool:
    # Two empty lists, or two groups without text, are alike without being the same.
    title = getattr(d, "title", None)
    return title is not None or not isinstance(d, (*GROUPS, ast.Kodeliste, ast.Egenskap, ast.Sats))


def _added(key: ed.Key, d: ast.Declaration) -> ed.Edit:
    if isinstance(d, ast.Utgaatt):
        return ed.Ended(key=key, declaration=d)
    return (ed.GroupAdded if isinstance(d, GROUPS) else ed.Added)(key=key, declaration=d)


def _removed(key: ed.Key, d: ast.Declaration) -> ed.Edit:
    return (ed.GroupRetired if isinstance(d, GROUPS) else ed.Removed)(key=key, declaration=d)


# ------------------------------------------------------------------ one pair


def _changes(key: ed.Key, old: ast.Declaration, new: ast.Declaration) -> list[ed.Edit]:
    if old == new:
        return []
    out: list[ed.Edit] = []
    for slot in slots(new):
        a, b = getattr(old, slot), getattr(new, slot)
        if a != b and not (slot == "name" and base_key(old) != base_key(new)):
            out.append(_slot(key, new, slot, a, b))
    for lines in LINES.get(type(new), ()):
        out += _lines(key, new, lines, getattr(old, lines.slot), getattr(new, lines.slot))
    codes = code_slot(new)
    if codes is not None:
        out += _codes(key, new, getattr(old, codes), getattr(new, codes))
    return out


def _slot(key: ed.Key, d: ast.Declaration, slot: str, old: Any, new: Any) -> ed.Edit:
    if slot == "meta":
        return ed.SourceChanged(key=key, slot=slot, old=old, new=new)
    if slot == "title" and isinstance(d, GROUPS):
        return ed.GroupRenamed(key=key, slot=slot, old=old, new=new)
    if isinstance(d, ast.Sats) and slot == "value":
        return ed.RateChanged(key=key, slot=slot, old=old, new=new)
    if slot in CONDITION_SLOTS:
        gone, come = differing_parts(old, new)
        return ed.CriteriaChanged(key=key, slot=slot, old=old, new=new, gone=gone, come=come)
    if slot in FORMULA_SLOTS and not isinstance(d, ast.Kodeliste):
        return ed.FormulaChanged(key=key, slot=slot, old=old, new=new)
    return ed.SlotChanged(key=key, slot=slot, old=old, new=new)


def differing_parts(old: Any, new: Any) -> tuple[tuple[ast.Expr, ...], tuple[ast.Expr, ...]]:
    """The parts of two chains of ``og`` (or of ``eller``) that only one of them has."""
    kinds = [type(e) for e in (old, new) if isinstance(e, (ast.And, ast.Or))]
    if old is None or new is None or len(set(kinds)) > 1:
        return (old,) if old is not None else (), (new,) if new is not None else ()
    before, after = _parts(old), _parts(new)
    gone, come = list(before), list(after)
    for part in before:
        if part in come:
            come.remove(part)
            gone.remove(part)
    return tuple(gone), tuple(come)


def _parts(e: ast.Expr) -> tuple[ast.Expr, ...]:
    return e.parts if isinstance(e, (ast.And, ast.Or)) else (e,)


# ------------------------------------------------------------------ lines


def _lines(key: ed.Key, d: ast.Declaration, lines: Lines, old: Any, new: Any) -> list[ed.Edit]:
    before, after = lines_by_key(lines, old), lines_by_key(lines, new)
    out: list[ed.Edit] = []
    for name, item in before.items():
        if name not in after:
            out.append(_item(d, lines, "removed", key=key, slot=lines.slot, item_key=name, item=item))
    order = list(after)
    kept = [n for n in before if n in after]
    stay = _unmoved(kept, [n for n in order if n in before]) if lines.ordered else set(kept)
    for place, name in enumerate(order):
        previous = order[place - 1] if place else None
        if name not in before:
            out.append(
                _item(d, lines, "added", key=key, slot=lines.slot, item_key=name, item=after[name], after=previous)
            )
            continue
        if name not in stay:
            out.append(_moved(key, d, lines, name, list(before), order))
        out += _item_changes(key, d, lines, name, before[name], after[name])
    return out


def _unmoved(old: list[str], new: list[str]) -> set[str]:
    """The largest set of names that keep their order: all others have moved."""
    place = {name: i for i, name in enumerate(old)}
    best: list[tuple[int, int | None]] = []  # (length of the longest chain ending here, where it came from)
    tails: list[int] = []
    for i, name in enumerate(new):
        low, high = 0, len(tails)
        while low < high:
            middle = (low + high) // 2
            if place[new[tails[middle]]] < place[name]:
                low = middle + 1
            else:
                high = middle
        best.append((low + 1, tails[low - 1] if low else None))
        if low == len(tails):
            tails.append(i)
        else:
            tails[low] = i
    out: set[str] = set()
    at: int | None = tails[-1] if tails else None
    while at is not None:
        out.add(new[at])
        at = best[at][1]
    return out


def _moved(key: ed.Key, d: ast.Declaration, lines: Lines, name: str, old: list[str], new: list[str]) -> ed.Edit:
    i, j = old.index(name), new.index(name)
    old_after = old[i - 1] if i else None
    after = new[j - 1] if j else None
    if not isinstance(d, ast.Gruppe):
        return ed.ItemMoved(key=key, slot=lines.slot, item_key=name, old_after=old_after, after=after)
    up = tuple(n for n in old[:i] if n in set(new[j + 1 :]))
    down = tuple(n for n in new[:j] if n in set(old[i + 1 :]))
    return ed.RuleMoved(
        key=key,
        slot=lines.slot,
        item_key=name,
        old_after=old_after,
        after=after,
        passed=up or down,
        up=bool(up),
    )


def _item(d: ast.Declaration, lines: Lines, what: str, **values: Any) -> ed.Edit:
    table: dict[tuple[type, str], type[ed.Edit]] = {
        (ast.Gruppe, "added"): ed.RuleAdded,
        (ast.Gruppe, "removed"): ed.RuleRemoved,
        (ast.Krav, "added"): ed.ConditionAdded,
        (ast.Krav, "removed"): ed.ConditionRemoved,
    }
    default = ed.ItemAdded if what == "added" else ed.ItemRemoved
    return table.get((type(d), what), default)(**values)


def _item_changes(key: ed.Key, d: ast.Declaration, lines: Lines, name: str, old: Any, new: Any) -> list[ed.Edit]:
    if old == new:
        return []
    out: list[ed.Edit] = []
    for a in fields(type(new)):
        if a.name == "span" or getattr(old, a.name) == getattr(new, a.name):
            continue
        was, now = getattr(old, a.name), getattr(new, a.name)
        values: dict[str, Any] = {
            "key": key,
            "slot": lines.slot,
            "item_key": name,
            "part": a.name,
            "old": was,
            "new": now,
        }
        if isinstance(d, ast.Gruppe):
            gone, come = differing_parts(was, now) if a.name == "condition" else ((), ())
            out.append(ed.RuleChanged(**values, gone=gone, come=come))
        elif isinstance(d, ast.Krav):
            out.append(ed.ConditionChanged(**values))
        elif lines.slot == "attributes":
            out.append((ed.WeightChanged if name in WEIGHTS else ed.AttributeChanged)(**values))
        elif a.name == "window":
            out.append(ed.WindowChanged(**values))
        else:
            out.append(ed.ItemChanged(**values))
    return out


# ------------------------------------------------------------------ codes


def code_lines(block: ast.CodeBlock) -> list[ed.CodeLine]:
    """The lines of a block by value."""
    return [ed.CodeLine(code=e.code, text=e.text, section=e.section, validity=e.validity) for e in block.entries()]


def _codes(key: ed.Key, d: ast.Declaration, old: ast.CodeBlock, new: ast.CodeBlock) -> list[ed.Edit]:
    if old == new:
        return []
    before, after = Counter(map(repr, code_lines(old))), Counter(map(repr, code_lines(new)))
    gained = _surplus(code_lines(new), before)
    lost = _surplus(code_lines(old), after)
    cls = ed.PropertyCodesChanged if isinstance(d, ast.Egenskap) else ed.CodesChanged
    if not gained and not lost:
        return []  # only the order of lines, which has no meaning in a set
    return [cls(key=key, gained=gained, lost=lost)]


def _surplus(lines: list[ed.CodeLine], other: Counter[str]) -> tuple[ed.CodeLine, ...]:
    left = Counter(other)
    out = []
    for line in lines:
        if left[repr(line)] > 0:
            left[repr(line)] -= 1
        else:
            out.append(line)
    return tuple(out)


# ------------------------------------------------------------------ order and transfers


def _order(
    before: dict[ed.Key, ast.Declaration], after: dict[ed.Key, ast.Declaration], recoded: dict[ed.Key, ed.Key]
) -> list[ed.Edit]:
    out: list[ed.Edit] = []
    for kind in sorted(ORDERED_KINDS):
        old = tuple(recoded.get(k, k) for k in before if k[0] == kind and recoded.get(k, k) in after)
        new = tuple(k for k in after if k[0] == kind)
        both = set(old)
        if old != tuple(k for k in new if k in both) or any(k not in both for k in new[: len(new) - 1]):
            out.append(ed.OrderChanged(key=(kind, ""), old=old, new=new))
    return out


def _transfers(found: list[ed.Edit]) -> list[ed.Edit]:
    """A rule removed from one block and added to another is a rule that moved."""
    removed = {e.item_key: e for e in found if isinstance(e, ed.RuleRemoved)}
    out: list[ed.Edit] = []
    taken: set[str] = set()
    for e in found:
        if isinstance(e, ed.RuleAdded) and e.item_key in removed and removed[e.item_key].key != e.key:
            gone = removed[e.item_key]
            taken.add(e.item_key)
            out.append(
                ed.RuleTransferred(
                    key=e.key, old_key=gone.key, item_key=e.item_key, old=gone.item, new=e.item, after=e.after
                )
            )
        else:
            out.append(e)
    return [e for e in out if not (isinstance(e, ed.RuleRemoved) and e.item_key in taken)]


IMPORTANCE: tuple[type[ed.Edit], ...] = (
    ed.GroupAdded,
    ed.GroupRetired,
    ed.Ended,
    ed.Recoded,
    ed.RateChanged,
    ed.RuleMoved,
    ed.RuleTransferred,
    ed.RuleAdded,
    ed.RuleRemoved,
    ed.RuleChanged,
    ed.PropertyCodesChanged,
    ed.WindowChanged,
    ed.ConditionAdded,
    ed.ConditionRemoved,
    ed.ConditionChanged,
    ed.CriteriaChanged,
    ed.FormulaChanged,
    ed.WeightChanged,
    ed.AttributeChanged,
    ed.CodesChanged,
    ed.GroupRenamed,
    ed.ItemAdded,
    ed.ItemRemoved,
    ed.ItemMoved,
    ed.ItemChanged,
    ed.OrderChanged,
    ed.Added,
    ed.Removed,
    ed.SlotChanged,
    ed.SourceChanged,
)
BACKGROUND_KINDS = ("regelverk", "passasje", "eksempel", "antakelse")


def importance(e: ed.Edit) -> tuple[bool, int]:
    """Smaller is more important; what no source confirms, sources and examples come last."""
    of_sources = isinstance(e, ed.SourceChanged) or (isinstance(e, ed.ItemChanged) and e.part == "meta")
    # A group that comes or goes is listed as such; that it also joins or leaves an order is no news.
    of_order = isinstance(e, (ed.ItemAdded, ed.ItemRemoved)) and (
        e.slot == "order" or e.key[0] in ("rekkefølge STG", "rekkefølge TFG")
    )
    told = isinstance(e, ed.Ended) and e.retired
    last = e.undecided or told or e.key[0] in BACKGROUND_KINDS or of_sources or of_order
    return last, IMPORTANCE.index(type(e))


def sort(found: list[ed.Edit]) -> list[ed.Edit]:
    """Most important first; within a class the order of the regelverk is kept."""
    return sorted(found, key=importance)
