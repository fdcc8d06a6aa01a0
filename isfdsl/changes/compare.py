"""Two regelverk to a list of edits: pair declarations by key, then by likeness, and take each pair apart."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from attrs import evolve, fields

from isfdsl.changes import edits as ed
from isfdsl.changes.knowledge import mark
from isfdsl.changes.normal import Forms
from isfdsl.changes.order import changed_orders
from isfdsl.changes.parts import (
    GROUPS,
    LINES,
    Lines,
    base_key,
    code_slot,
    keyed,
    lines_by_key,
    slots,
)
from isfdsl.program.codes import normal
from isfdsl.program.ruleset import Ruleset
from isfdsl.syntax import ast

WEIGHTS = ("vekt", "trimpunkt", "liggedagsvekt")
CONDITION_SLOTS = ("condition", "applies")
FORMULA_SLOTS = ("expr", "base")
DAYS = ("year", "start", "end")


def diff(old: Ruleset, new: Ruleset) -> ed.Diff:
    """What changed from ``old`` to ``new``, in order of importance."""
    before, after = keyed(old.declarations), keyed(new.declarations)
    forms = Forms.of_both(old, new)
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
            found += _changes(key, before[key], d, forms)
        elif key in came_from:
            found += _changes(key, before[came_from[key]], d, forms)
        else:
            found.append(_added(key, d))
    found += changed_orders(before, after, recoded)
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


def _changes(key: ed.Key, old: ast.Declaration, new: ast.Declaration, forms: Forms) -> list[ed.Edit]:
    if old == new:
        return []
    out: list[ed.Edit] = []
    for slot in slots(new):
        a, b = getattr(old, slot), getattr(new, slot)
        if not (slot == "name" and base_key(old) != base_key(new)) and not forms.same(a, b):
            out.append(_slot(key, new, slot, a, b, forms))
    for lines in LINES.get(type(new), ()):
        out += _lines(key, new, lines, getattr(old, lines.slot), getattr(new, lines.slot), forms)
    codes = code_slot(new)
    if codes is not None:
        out += _codes(key, new, getattr(old, codes), getattr(new, codes))
    if isinstance(old, ast.Regelverk) and isinstance(new, ast.Regelverk) and not _another_year(old, new):
        out = [_of_days(e) for e in out]
    return out


def _another_year(old: ast.Regelverk, new: ast.Regelverk) -> bool:
    """Whether both are valid for the whole of their year, and the years are different."""
    return old.year != new.year and _whole_year(old) and _whole_year(new)


def _whole_year(head: ast.Regelverk) -> bool:
    if head.start is None or head.end is None:
        return head.start is head.end
    return (head.start.value, head.end.value) == (dt.date(head.year, 1, 1), dt.date(head.year, 12, 31))


def _of_days(e: ed.Edit) -> ed.Edit:
    if isinstance(e, ed.SlotChanged) and e.slot in DAYS:
        return ed.DaysChanged(key=e.key, slot=e.slot, old=e.old, new=e.new)
    return e


def _slot(key: ed.Key, d: ast.Declaration, slot: str, old: Any, new: Any, forms: Forms) -> ed.Edit:
    if slot == "meta":
        return ed.SourceChanged(key=key, slot=slot, old=old, new=new)
    if slot == "title" and isinstance(d, GROUPS):
        return ed.GroupRenamed(key=key, slot=slot, old=old, new=new)
    if isinstance(d, ast.Sats) and slot == "value":
        return ed.RateChanged(key=key, slot=slot, old=old, new=new)
    if slot in CONDITION_SLOTS:
        gone, come = differing_parts(old, new, forms)
        return ed.CriteriaChanged(key=key, slot=slot, old=old, new=new, gone=gone, come=come)
    if slot in FORMULA_SLOTS and not isinstance(d, ast.Kodeliste):
        return ed.FormulaChanged(key=key, slot=slot, old=old, new=new)
    return ed.SlotChanged(key=key, slot=slot, old=old, new=new)


def differing_parts(old: Any, new: Any, forms: Forms) -> tuple[tuple[ast.Expr, ...], tuple[ast.Expr, ...]]:
    """The parts of two chains of ``og`` (or of ``eller``) that only one of them has."""
    kinds = [type(e) for e in (old, new) if isinstance(e, (ast.And, ast.Or))]
    if old is None or new is None or len(set(kinds)) > 1:
        return (old,) if old is not None else (), (new,) if new is not None else ()
    before, after = _parts(old), _parts(new)
    was, now = Counter(map(forms.of, before)), Counter(map(forms.of, after))
    return _beyond(before, now, forms), _beyond(after, was, forms)


def _beyond(parts: tuple[ast.Expr, ...], other: Counter[Any], forms: Forms) -> tuple[ast.Expr, ...]:
    left = Counter(other)
    out = []
    for part in parts:
        form = forms.of(part)
        if left[form] > 0:
            left[form] -= 1
        else:
            out.append(part)
    return tuple(out)


def _parts(e: ast.Expr) -> tuple[ast.Expr, ...]:
    return e.parts if isinstance(e, (ast.And, ast.Or)) else (e,)


# ------------------------------------------------------------------ lines


def _lines(key: ed.Key, d: ast.Declaration, lines: Lines, old: Any, new: Any, forms: Forms) -> list[ed.Edit]:
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
        out += _item_changes(key, d, lines, name, (before[name], after[name]), forms)
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


def _item_changes(
    key: ed.Key, d: ast.Declaration, lines: Lines, name: str, sides: tuple[Any, Any], forms: Forms
) -> list[ed.Edit]:
    old, new = sides
    if old == new:
        return []
    out: list[ed.Edit] = []
    for a in fields(type(new)):
        was, now = getattr(old, a.name), getattr(new, a.name)
        if a.name == "span" or forms.same(was, now):
            continue
        values: dict[str, Any] = {
            "key": key,
            "slot": lines.slot,
            "item_key": name,
            "part": a.name,
            "old": was,
            "new": now,
        }
        if isinstance(d, ast.Gruppe):
            gone, come = differing_parts(was, now, forms) if a.name == "condition" else ((), ())
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


def line_form(line: ed.CodeLine) -> tuple[Any, ...]:
    """Equal for lines that say the same: a code is compared without its dots."""
    return (normal(line.code), line.text, line.section, line.validity)


def _codes(key: ed.Key, d: ast.Declaration, old: ast.CodeBlock, new: ast.CodeBlock) -> list[ed.Edit]:
    if old == new:
        return []
    before = {line_form(line): line for line in code_lines(old)}
    after = {line_form(line): line for line in code_lines(new)}
    gained = tuple(line for form, line in after.items() if form not in before)
    lost = tuple(line for form, line in before.items() if form not in after)
    cls = ed.PropertyCodesChanged if isinstance(d, ast.Egenskap) else ed.CodesChanged
    if not gained and not lost:
        return []  # only the order of lines, or a line twice, which has no meaning in a set
    return [cls(key=key, gained=gained, lost=lost)]


# ------------------------------------------------------------------ transfers


def _transfers(found: list[ed.Edit]) -> list[ed.Edit]:
    """A rule removed from one block and added to another is a rule that moved; the block may itself go or come."""
    gone = {name: (e.key, rule) for e in found for name, rule in _rules(e, ed.RuleRemoved, ed.Removed)}
    come = {name: e.key for e in found for name, _ in _rules(e, ed.RuleAdded, ed.Added)}
    taken = {name for name in gone.keys() & come.keys() if gone[name][0] != come[name]}
    out: list[ed.Edit] = []
    for e in found:
        previous: str | None = None
        for name, rule in _rules(e, ed.RuleAdded, ed.Added):
            after = e.after if isinstance(e, ed.RuleAdded) else previous
            previous = name
            if name in taken:
                old_key, old = gone[name]
                out.append(
                    ed.RuleTransferred(key=e.key, old_key=old_key, item_key=name, old=old, new=rule, after=after)
                )
        if isinstance(e, (ed.Added, ed.Removed)) and isinstance(e.declaration, ast.Gruppe):
            left = tuple(r for name, r in lines_by_key(_RULES, e.declaration.rules).items() if name not in taken)
            out.append(evolve(e, declaration=evolve(e.declaration, rules=left)))
        elif not (isinstance(e, (ed.RuleAdded, ed.RuleRemoved)) and e.item_key in taken):
            out.append(e)
    return out


(_RULES,) = LINES[ast.Gruppe]


def _rules(e: ed.Edit, one: type[ed.Edit], whole: type[ed.Edit]) -> list[tuple[str, ast.Regel]]:
    """The rules that an edit brings or takes: one of a block, or those of a whole block."""
    if isinstance(e, one) and isinstance(e, (ed.ItemAdded, ed.ItemRemoved)):
        return [(e.item_key, e.item)]
    if isinstance(e, whole) and isinstance(e, (ed.Added, ed.Removed)) and isinstance(e.declaration, ast.Gruppe):
        return list(lines_by_key(_RULES, e.declaration.rules).items())
    return []


IMPORTANCE: tuple[type[ed.Edit], ...] = (
    ed.GroupAdded,
    ed.GroupRetired,
    ed.Ended,
    ed.Recoded,
    ed.DaysChanged,
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
    # So is an order that is written out or is left to the text: what is tried in another order is told by itself.
    of_order = of_order or (isinstance(e, ed.OrderChanged) and e.only_new)
    of_order = of_order or (isinstance(e, (ed.Added, ed.Removed)) and _only_order(e.declaration))
    told = isinstance(e, ed.Ended) and e.retired
    background = e.key[0] in BACKGROUND_KINDS and not isinstance(e, ed.DaysChanged)
    last = e.undecided or told or background or of_sources or of_order
    return last, IMPORTANCE.index(type(e))


def _only_order(d: ast.Declaration) -> bool:
    return isinstance(d, ast.StgOrder) or (isinstance(d, ast.TfgOrder) and d.once is None)


def sort(found: list[ed.Edit]) -> list[ed.Edit]:
    """Most important first; within a class the order of the regelverk is kept."""
    return sorted(found, key=importance)
