"""Carrying out edits: ``apply(diff(a, b), a)`` is ``b``, but for what is no change (order without meaning, layout)."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from isfdsl.changes import edits as ed
from isfdsl.changes.compare import code_lines, line_form
from isfdsl.changes.normal import Forms
from isfdsl.changes.order import tried
from isfdsl.changes.parts import LINES, Lines, code_slot, lines_by_key
from isfdsl.source import Span
from isfdsl.syntax import ast

_NOWHERE = Span("", 0, 0)


def apply(change: ed.Diff, declarations: dict[ed.Key, ast.Declaration]) -> dict[ed.Key, ast.Declaration]:
    """The declarations by key after all edits. The input is not touched."""
    out = dict(declarations)
    for e in change.edits:
        if isinstance(e, ed.Recoded):
            d = out.pop(e.old_key)
            out[e.key] = _set(d, "name", ast.Name(text=_plain_name(e.key), span=_NOWHERE))
    # What goes is taken out before what comes is put in, so that every ``after`` finds its place.
    going = (ed.Removed, ed.ItemRemoved, ed.RuleTransferred, ed.ItemMoved)
    moved: dict[tuple[ed.Key, str, str], Any] = {}
    for e in change.edits:
        if isinstance(e, going):
            _take_out(out, e, moved)
    for e in change.edits:
        if isinstance(e, (ed.SlotChanged, ed.ItemChanged, ed.CodesChanged)):
            _change(out, e, moved)
    for e in change.edits:
        if isinstance(e, ed.Added):
            out[e.key] = e.declaration
    _put_in(out, change.edits, moved)
    for e in change.edits:
        if isinstance(e, ed.OrderChanged):
            kept = {k: out.pop(k) for k in e.new if k in out}
            out.update(kept)
    return out


def _plain_name(key: ed.Key) -> str:
    """The name itself: what follows « for » and « i » in a key is the subject or the hierarchy."""
    name = key[1].split(" (")[0]
    for kind, word in (("begrep", " for "), ("samling", " for "), ("gruppe", " i ")):
        if key[0] == kind:
            return name.rsplit(word, 1)[0]
    return name


def _lines_of(d: ast.Declaration, slot: str) -> Lines:
    return next(line for line in LINES[type(d)] if line.slot == slot)


def _by_key(d: ast.Declaration, slot: str) -> dict[str, Any]:
    return lines_by_key(_lines_of(d, slot), getattr(d, slot))


def _with(d: ast.Declaration, slot: str, items: dict[str, Any]) -> ast.Declaration:
    changed: ast.Declaration = _set(d, slot, tuple(items.values()))
    return changed


def _set(d: Any, slot: str, value: Any) -> Any:
    return evolve(d, **{slot: value})


def _take_out(out: dict[ed.Key, ast.Declaration], e: ed.Edit, moved: dict[tuple[ed.Key, str, str], Any]) -> None:
    if isinstance(e, ed.Removed):
        out.pop(e.key, None)
        return
    if isinstance(e, ed.RuleTransferred):
        if e.old_key in out:
            items = _by_key(out[e.old_key], "rules")
            items.pop(e.item_key, None)
            out[e.old_key] = _with(out[e.old_key], "rules", items)
        return
    assert isinstance(e, (ed.ItemRemoved, ed.ItemMoved))
    items = _by_key(out[e.key], e.slot)
    item = items.pop(e.item_key)
    if isinstance(e, ed.ItemMoved):
        moved[e.key, e.slot, e.item_key] = item
    out[e.key] = _with(out[e.key], e.slot, items)


def _change(
    out: dict[ed.Key, ast.Declaration],
    e: ed.SlotChanged | ed.ItemChanged | ed.CodesChanged,
    moved: dict[tuple[ed.Key, str, str], Any],
) -> None:
    d = out[e.key]
    if isinstance(e, ed.SlotChanged):
        out[e.key] = _set(d, e.slot, e.new)
    elif isinstance(e, ed.CodesChanged):
        slot = code_slot(d)
        assert slot is not None
        out[e.key] = _set(d, slot, _block(getattr(d, slot), e))
    elif (e.key, e.slot, e.item_key) in moved:
        place = (e.key, e.slot, e.item_key)
        moved[place] = _set(moved[place], e.part, e.new)
    else:
        items = _by_key(d, e.slot)
        items[e.item_key] = _set(items[e.item_key], e.part, e.new)
        out[e.key] = _with(d, e.slot, items)


def _put_in(
    out: dict[ed.Key, ast.Declaration], edits: tuple[ed.Edit, ...], moved: dict[tuple[ed.Key, str, str], Any]
) -> None:
    waiting: dict[tuple[ed.Key, str], dict[str | None, list[tuple[str, Any]]]] = {}
    for e in edits:
        if isinstance(e, ed.ItemAdded):
            entry = (e.key, e.slot, e.after, e.item_key, e.item)
        elif isinstance(e, ed.RuleTransferred):
            entry = (e.key, "rules", e.after, e.item_key, e.new)
        elif isinstance(e, ed.ItemMoved):
            entry = (e.key, e.slot, e.after, e.item_key, moved[e.key, e.slot, e.item_key])
        else:
            continue
        key, slot, after, name, item = entry
        waiting.setdefault((key, slot), {}).setdefault(after, []).append((name, item))
    for (key, slot), by_after in waiting.items():
        items = _by_key(out[key], slot)
        order: list[tuple[str, Any]] = []

        def place(previous: str | None, by_after: Any = by_after, order: Any = order) -> None:
            # A line after ``previous`` may itself be what another line stands after.
            pending = list(by_after.get(previous, ()))
            while pending:
                name, item = pending.pop(0)
                order.append((name, item))
                pending = list(by_after.get(name, ())) + pending

        place(None)
        for name, item in items.items():
            order.append((name, item))
            place(name)
        out[key] = _with(out[key], slot, dict(order))


def _block(block: ast.CodeBlock, e: ed.CodesChanged) -> ast.CodeBlock:
    lost = {line_form(line) for line in e.lost}
    lines = [line for line in code_lines(block) if line_form(line) not in lost]
    lines += e.gained
    return build_block(lines)


def build_block(lines: list[ed.CodeLine]) -> ast.CodeBlock:
    """A block from lines by value; lines of one section stand together, those without a section first."""
    ordered = [line for line in lines if line.section is None]
    sections: list[tuple[int, ast.Name]] = []
    for section in dict.fromkeys(line.section for line in lines if line.section is not None):
        sections.append((len(ordered), ast.Name(text=section, span=_NOWHERE)))
        ordered += [line for line in lines if line.section == section]
    return ast.CodeBlock(
        codes=tuple(line.code for line in ordered),
        texts=tuple(line.text for line in ordered),
        sections=tuple(sections),
        validities=tuple((i, line.validity) for i, line in enumerate(ordered) if line.validity is not None),
        starts=tuple(0 for _ in ordered),
        lengths=tuple(len(line.code) for line in ordered),
    )


def canonical(declarations: dict[ed.Key, ast.Declaration]) -> dict[ed.Key, Any]:
    """The declarations so that two that mean the same are equal: what has no meaning is sorted away."""
    forms = Forms(frozenset(d.name.text for d in declarations.values() if isinstance(d, ast.Kodeliste)))
    out: dict[ed.Key, Any] = {}
    for key in sorted(declarations):
        d = declarations[key]
        for lines in LINES.get(type(d), ()):
            if not lines.ordered:
                d = _set(d, lines.slot, tuple(sorted(getattr(d, lines.slot), key=lines.key)))
        slot = code_slot(d)
        own: frozenset[Any] = frozenset()
        if slot is not None:
            own = frozenset(map(line_form, code_lines(getattr(d, slot))))
            d = _set(d, slot, ast.CodeBlock())
        out[key] = forms.of(d), own
    ordered = [k for k in declarations if k[0] == "refusjon"]
    out["rekkefølge", "refusjon"] = tuple(ordered)
    out["rekkefølge", "prøves"] = {key: order.all for key, order in tried(declarations).items()}
    return out
