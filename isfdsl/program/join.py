"""Folders joined with ``+``: a later folder may fill what an earlier one says is missing, never what it knows.

``rules/2024+imported`` is one namespace. Where a name stands in both folders, the earlier declaration must leave
something open; then the later one fills it:

- a group (DRG, STG, TFG) gets the title and the attributes that it has as ``ukjent`` or not at all;
- a rate that is ``ukjent`` is replaced, and so is any declaration that is ``ufullstendig``. A hierarchy takes its
  blocks of rules with it, and empties the incomplete properties of the kinds that the later folder classifies codes by;
- an open code system gets the codes that it has not.

All else stays twice and is reported as before. Assumptions about what has been filled are void, and examples that rest
on one, or that name a rule which is gone, are left out. After this only examples know that there were folders
(``Ruleset.seen_by``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import define, evolve, field

from isfdsl.syntax import ast

Key = tuple[str, ...]
Group = ast.Drg | ast.Stg | ast.Tfg


def join(files: Sequence[ast.File], folders: Sequence[int]) -> tuple[ast.File, ...]:
    """The files with everything in its place; ``folders`` has the number of the folder of each file."""
    if len(set(folders)) < 2:
        return tuple(files)
    work = _Join()
    for folder in sorted(set(folders)):
        own = [d for file, number in zip(files, folders, strict=True) if number == folder for d in file.declarations]
        work.add(own)
    if not work.filled:
        return tuple(files)
    return tuple(_rewritten(file, work) for file in files)


def _rewritten(file: ast.File, work: _Join) -> ast.File:
    kept = []
    for d in file.declarations:
        final = work.final(d)
        if final is not None and not _void(final, work):
            kept.append(final)
    if len(kept) == len(file.declarations) and all(a is b for a, b in zip(kept, file.declarations, strict=True)):
        return file
    return evolve(file, declarations=tuple(kept))


@define
class _Join:
    """What stands, by key, while folder after folder is added."""

    standing: dict[Key, list[ast.AnyDeclaration]] = field(factory=dict)
    became: dict[int, ast.AnyDeclaration | None] = field(factory=dict)
    """Declaration (by identity) → what it became; ``None`` when it is gone."""
    blocks: dict[str, list[ast.Gruppe]] = field(factory=dict)
    filled: set[Key] = field(factory=set)
    """What assumptions can no longer be about, as the targets of ``antakelse``."""
    rules: set[str] = field(factory=set)
    """Rules that are gone."""

    def final(self, d: ast.AnyDeclaration) -> ast.AnyDeclaration | None:
        """What became of a declaration in the end."""
        while id(d) in self.became:
            after = self.became[id(d)]
            if after is None:
                return None
            d = after
        return d

    def add(self, declarations: Iterable[ast.AnyDeclaration]) -> None:
        """Fill what stands with the declarations of one more folder, then let these stand too."""
        new: dict[Key, list[ast.AnyDeclaration]] = {}
        blocks: dict[str, list[ast.Gruppe]] = {}
        kinds: dict[str, list[ast.Egenskap]] = {}
        for d in declarations:
            key = _key(d)
            if key is not None:
                new.setdefault(key, []).append(d)
            if isinstance(d, ast.Gruppe):
                blocks.setdefault(d.hierarchy.text, []).append(d)
            if isinstance(d, ast.Egenskap) and d.slag is not None:
                kinds.setdefault(d.slag.text, []).append(d)
        replaced = False
        for key, found in sorted(new.items(), key=lambda item: item[0][0] != "hierarki"):
            before = self.standing.get(key)
            if before is not None:
                done = self._fill(key, before, found, replaced)
                replaced |= done and key[0] == "hierarki"
                if done:
                    continue
            self.standing[key] = [*(before or ()), *found]
        if replaced:
            self._unclassify(set(kinds), {id(d) for ds in kinds.values() for d in ds})
        for hierarchy, own in blocks.items():
            self.blocks.setdefault(hierarchy, []).extend(own)

    def _fill(
        self, key: Key, before: list[ast.AnyDeclaration], found: list[ast.AnyDeclaration], replaced: bool
    ) -> bool:
        first, second = before[0], found[0]
        if len(before) == len(found) == 1:
            if isinstance(first, Group) and isinstance(second, Group):
                return self._group(first, second, replaced)
            if isinstance(first, ast.Kodeverk) and isinstance(second, ast.Kodeverk) and not first.ufullstendig:
                return self._code_system(key, first, second)
        if not all(_leaves_open(d) for d in before):
            return False
        for d in before:
            self._gone(d)
        self.standing[key] = list(found)
        self.filled.add(key)
        return True

    def _gone(self, d: ast.AnyDeclaration) -> None:
        self.became[id(d)] = None
        if isinstance(d, ast.Hierarki):
            for block in self.blocks.pop(d.name.text, ()):
                self.rules |= {rule.name.text for rule in block.rules}
                self.became[id(block)] = None

    def _unclassify(self, kinds: set[str], own: set[int]) -> None:
        """Empty the incomplete properties of kinds that are filled: the new ones have all the codes. Names stay."""
        for key, standing in self.standing.items():
            if key[0] != "egenskap":
                continue
            for i, d in enumerate(standing):
                if not isinstance(d, ast.Egenskap) or id(d) in own or d.slag is None:
                    continue
                if d.slag.text in kinds and d.ufullstendig:
                    meta = tuple(m for m in d.meta if not isinstance(m, ast.Ufullstendig))
                    standing[i] = self.became[id(d)] = evolve(d, codes=ast.CodeBlock(), meta=meta)
                    self.filled.add(key)

    def _group(self, first: Group, second: Group, replaced: bool) -> bool:
        known = {a.name.text: a for a in first.attributes}
        own = {a.name.text: a for a in second.attributes}
        for name, a in own.items():
            before = known.get(name)
            if before is None or isinstance(before.value, ast.Unknown) or isinstance(a.value, ast.Unknown):
                continue
            if before.value != a.value:
                return False
        kind = type(first).__name__.upper()
        attributes = []
        for a in first.attributes:
            fill = own.get(a.name.text)
            if isinstance(a.value, ast.Unknown) and fill is not None and not isinstance(fill.value, ast.Unknown):
                self.filled.add(("opplysning", a.name.text, kind, first.name.text))
                a = fill
            attributes.append(a)
        attributes += [a for name, a in own.items() if name not in known]
        merged = _filled(first, second, tuple(attributes), replaced)
        self.became[id(first)] = merged
        self.became[id(second)] = None
        self.standing[_group_key(first)] = [merged]
        self.filled.add(_group_key(first))
        return True

    def _code_system(self, key: Key, first: ast.Kodeverk, second: ast.Kodeverk) -> bool:
        if not first.open_:
            return False
        listed = set(first.codes.codes)
        extra = [i for i, code in enumerate(second.codes.codes) if code not in listed]
        at = first.name.span
        codes = ast.CodeBlock(
            codes=(*first.codes.codes, *(second.codes.codes[i] for i in extra)),
            texts=(*first.codes.texts, *(second.codes.texts[i] for i in extra)),
            sections=first.codes.sections,
            validities=first.codes.validities,
            source=first.span.source,
            starts=(*first.codes.starts, *(at.start for _ in extra)),
            lengths=(*first.codes.lengths, *(at.end - at.start for _ in extra)),
        )
        merged = evolve(first, codes=codes, title=first.title or second.title)
        self.became[id(first)] = merged
        self.became[id(second)] = None
        self.standing[key] = [merged]
        self.filled.add(key)
        return True


def _filled(first: Group, second: Group, attributes: tuple[ast.Attributt, ...], replaced: bool) -> Group:
    """The earlier group with what the later one adds.

    What it says is missing is what triggers it, so that is filled only together with the hierarchy (``replaced``).
    """
    complete = replaced and not second.ufullstendig
    own = (m for m in first.meta if not (complete and isinstance(m, ast.Ufullstendig)))
    meta = (*own, *(m for m in second.meta if not isinstance(m, ast.Ufullstendig)))
    return evolve(first, title=first.title or second.title, attributes=attributes, meta=meta)


def _leaves_open(d: ast.AnyDeclaration) -> bool:
    """Whether a declaration says that something in it is missing."""
    if isinstance(d, ast.Sats):
        return isinstance(d.value, ast.Unknown)
    return bool(d.ufullstendig)


def _group_key(d: Group) -> Key:
    return (type(d).__name__.upper(), d.name.text)


def _key(d: ast.AnyDeclaration) -> Key | None:
    """What a declaration is called; ``None`` for what has no name of its own or is never filled."""
    match d:
        case ast.Drg() | ast.Stg() | ast.Tfg():
            return _group_key(d)
        case ast.Egenskap():
            return ("egenskap", d.name.text)
        case ast.Kodeliste():
            return ("kodeliste", d.name.text)
        case ast.Sats():
            return ("sats", d.name.text)
        case ast.Kodeverk():
            return ("kodeverk", d.name.text)
        case ast.Hierarki():
            return ("hierarki", d.name.text)
        case ast.Nivaa():
            return ("nivå", d.subject.text, d.name.text)
        case ast.Krav():
            return ("krav", d.name.text)
        case ast.Begrep():
            return ("begrep", d.subject.text if d.subject is not None else "", d.name.text)
        case ast.Opphold():
            return ("opphold",)
        case ast.Poeng():
            return ("poeng", d.subject.text)
        case _:
            return None


def _void(d: ast.AnyDeclaration, work: _Join) -> bool:
    """Whether an assumption is about something that is known now, or an example rests on what is gone."""
    if isinstance(d, ast.Antakelse):
        return _target(d.assumption) in work.filled
    if isinstance(d, ast.Eksempel):
        if any(_target(a) in work.filled for a in d.given):
            return True
        return any(isinstance(e, ast.ExpectRule) and e.rule.text in work.rules for e in d.expectations)
    return False


def _target(a: ast.Assumption) -> Key:
    match a:
        case ast.AssumeAttribute():
            return ("opplysning", a.attribute.text, a.kind, a.group.text)
        case ast.AssumeRate():
            return ("sats", a.rate.text)
        case ast.AssumeCodes():
            return (a.what, a.name.text)
        case ast.AssumeWindow():
            return ("vindu", a.tfg.text, a.kind, a.group.text)


__all__ = ["join"]
