"""Order that decides: in which order refusjon, groups of rules, STGs, TFGs and properties of a kind are tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from isfdsl.changes import edits as ed
from isfdsl.changes.parts import KIND_NAMES, ORDERED_KINDS
from isfdsl.program.codes import entries_set, normal
from isfdsl.syntax import ast

Declarations = Mapping[ed.Key, ast.Declaration]


@frozen
class Tried:
    """What is tried in order: ``stated`` as a ``rekkefølge`` says, then ``rest`` as it stands in the text.

    ``lists`` is how many declarations state the order together.
    """

    stated: tuple[ed.Key, ...]
    rest: tuple[ed.Key, ...]
    lists: int

    @property
    def all(self) -> tuple[ed.Key, ...]:
        """The order that holds."""
        return (*self.stated, *self.rest)


def tried(declarations: Declarations) -> dict[ed.Key, Tried]:
    """The order that holds in each hierarchy, of STGs and of TFGs. As ``Ruleset`` finds it."""
    out: dict[ed.Key, Tried] = {}
    for kind, cls in (("STG", ast.StgOrder), ("TFG", ast.TfgOrder)):
        lists = [d for d in declarations.values() if isinstance(d, cls)]
        named = [(kind, n.text) for d in lists for n in d.groups]
        out[kind, ""] = _tried(declarations, named, (k for k in declarations if k[0] == kind), len(lists))
    word = KIND_NAMES[ast.Gruppe]
    for d in declarations.values():
        if isinstance(d, ast.Hierarki):
            h = d.name.text
            own = [k for k, g in declarations.items() if isinstance(g, ast.Gruppe) and g.hierarchy.text == h]
            stated = [(word, f"{n.text} i {h}") for n in d.order]
            # What a stated order of groups leaves out, is not tried.
            out[word, f"i {h}"] = _tried(declarations, stated, () if stated else own, 1)
    return out


def _tried(declarations: Declarations, named: list[ed.Key], own: Iterable[ed.Key], lists: int) -> Tried:
    stated = tuple(k for k in dict.fromkeys(named) if k in declarations)
    return Tried(stated, tuple(k for k in own if k not in stated), lists)


def changed_orders(before: Declarations, after: Declarations, recoded: dict[ed.Key, ed.Key]) -> list[ed.Edit]:
    """Orders that are other than they were, and that no edit of a line of a ``rekkefølge`` tells."""
    place = {k: i for i, k in enumerate(_carried(before, after, recoded))}
    out: list[ed.Edit] = []
    for kind in sorted(ORDERED_KINDS):
        old = tuple(recoded.get(k, k) for k in before if k[0] == kind and recoded.get(k, k) in after)
        new = tuple(k for k in after if k[0] == kind)
        both = set(old)
        if old != tuple(k for k in new if k in both) or any(k not in both for k in new[: len(new) - 1]):
            out.append(ed.OrderChanged(key=(kind, ""), old=old, new=new))
    earlier = tried(before)
    for key, now in tried(after).items():
        was = earlier.get(key)
        if was is None:
            continue
        stated, rest = (tuple(recoded.get(k, k) for k in part) for part in (was.stated, was.rest))
        was = Tried(stated, rest, was.lists)
        both = {recoded.get(k, k) for k in before} & set(after)
        old, new = _of(was.all, both), _of(now.all, both)
        moved = old != new and not _told(was, now, both)
        if moved or now.rest != tuple(sorted(now.rest, key=place.__getitem__)):
            out.append(ed.OrderChanged(key=key, old=old, new=now.all, only_new=not moved))
    return out + _shared(before, after, recoded)


def _carried(before: Declarations, after: Declarations, recoded: dict[ed.Key, ed.Key]) -> list[ed.Key]:
    """How the declarations stand when all but the order is carried out."""
    kept = [k for k in before if k in after and k not in recoded]
    come = [recoded[k] for k in before if k in recoded]
    return [*dict.fromkeys([*kept, *come, *after])]


def _told(was: Tried, now: Tried, both: set[ed.Key]) -> bool:
    """Whether only what a ``rekkefølge`` names has moved, by which the lines of it are moved."""
    if max(was.lists, now.lists) > 1:
        return False  # from one of them to the next nothing moves: it goes, and comes
    a, b = set(_of(was.stated, both)), set(_of(now.stated, both))
    return a == b and _of(was.rest, both) == _of(now.rest, both)


def _of(keys: Iterable[ed.Key], wanted: set[ed.Key]) -> tuple[ed.Key, ...]:
    return tuple(k for k in keys if k in wanted)


# ------------------------------------------------------------------ properties of a kind


def _shared(before: Declarations, after: Declarations, recoded: dict[ed.Key, ed.Key]) -> list[ed.Edit]:
    """Properties of a kind that share a code: ``oppslag`` finds the one that stands first."""
    back = {new: old for old, new in recoded.items()}
    earlier, later = _members(before), _members(after)
    out: list[ed.Edit] = []
    for slag in sorted(earlier.keys() & later.keys()):
        new = [k for k in later[slag] if back.get(k, k) in before]
        old = [recoded.get(k, k) for k in earlier[slag]]
        old = [k for k in old if k in set(new)]
        new = [k for k in new if k in set(old)]
        if old == new:
            continue
        place = {k: i for i, k in enumerate(old)}
        turned = {
            k
            for group in _sharing({k: after[k] for k in new})
            if sorted(group, key=place.__getitem__) != group
            for k in group
        }
        if turned:
            out.append(ed.OrderChanged(key=("egenskap", f"av slag {slag}"), old=_of(old, turned), new=_of(new, turned)))
    return out


def _members(declarations: Declarations) -> dict[str, list[ed.Key]]:
    out: dict[str, list[ed.Key]] = {}
    for k, d in declarations.items():
        if isinstance(d, ast.Egenskap) and d.slag is not None:
            out.setdefault(d.slag.text, []).append(k)
    return out


def _sharing(members: Mapping[ed.Key, ast.Declaration]) -> list[list[ed.Key]]:
    """The members that each code (or pattern, with what fits it) has, where there are several."""
    by_code: dict[str, list[ed.Key]] = {}
    loose: list[tuple[ed.Key, str]] = []
    for k, d in members.items():
        assert isinstance(d, ast.Egenskap)
        for code in dict.fromkeys(d.codes.codes):
            if "*" in code or "?" in code:
                loose.append((k, code))
            else:
                by_code.setdefault(normal(code), []).append(k)
    for k, pattern in loose:
        fits = entries_set([pattern])
        for code, own in by_code.items():
            if k not in own and fits.has_code(code):
                own.append(k)
    order = {k: i for i, k in enumerate(members)}
    found = [sorted(own, key=order.__getitem__) for own in by_code.values()]
    # Two patterns may fit the same code: nobody lists what fits a pattern.
    found.append(sorted({k for k, _ in loose}, key=order.__getitem__))
    return [own for own in found if len(own) > 1]
