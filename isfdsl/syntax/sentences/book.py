"""The sentences of the parser states, read from the ``*.txt`` files of this folder.

A file has sections, one per rule of the grammar (or per rules that share their states)::

    [sats] hel: satsen
    "sats"   → etter «sats» ventes navnet på satsen
    name     → etter navnet på en sats ventes verdien: et tall med enhet, eller «ukjent»

The head gives the rule, its kind and its noun. ``hel`` is a whole construct that names itself, ``ledd`` a clause and
``del`` a piece; after the sentence of a clause or piece comes where it stands («i «når» i regelen»).

A line's left side is what has been read of the rule, as in the grammar: keywords in quotes, rules and named terminals
without, ``*`` for a repetition, ``^`` for nothing. It is the end of what has been read: the longest line that fits is
taken, so ``name`` also covers ``"sats" name``. The right side has one of three forms:

``etter A ventes B``   something may follow inside the rule
``etter A``            the rule has been read whole: what is expected comes from the rule around it
``…``                  read through: the state around speaks

States that are read through without a line are those where a rule of one symbol, or a turn of a repetition, has been
read whole: they say no more than the state around. When a rule may end or go on, B is followed by what the rule around
expects, so each sentence is complete, and no line repeats another's.

``{siste}`` is the text that was read last, in «…».
"""

from __future__ import annotations

from functools import cached_property
from importlib.resources import files
from typing import Literal

from attrs import frozen

from isfdsl.syntax.sentences.automaton import Automaton, Item, Stack, helper_owner

Kind = Literal["hel", "ledd", "del"]

FILES = (
    "shared", "head", "vocabulary", "codes", "stays", "groups", "hierarchies", "requirements", "money", "expressions",
    "examples", "assumptions",
)  # fmt: skip

# More than three alternatives, or so much text, is a list nobody reads.
_MOST = 3
_ENOUGH = 150
_LONGEST = 40


@frozen
class Entry:
    """One line: what was read (``after``) and what may follow in the rule (``expects``, empty when nothing may)."""

    file: str
    rule: str
    read: tuple[str, ...]
    after: str
    expects: str

    @property
    def through(self) -> bool:
        """Whether the state says nothing and the one around speaks."""
        return not self.after


@frozen
class Section:
    """The lines of one rule."""

    rules: tuple[str, ...]
    kind: Kind
    noun: str
    entries: tuple[Entry, ...]


THROUGH = Entry("", "", (), "", "")


class Book:
    """All sections, and the sentence for each stack."""

    def __init__(self, automaton: Automaton) -> None:
        self.automaton = automaton
        self.sections: tuple[Section, ...] = tuple(s for name in FILES for s in read_file(name))
        self.by_rule: dict[str, list[Section]] = {}
        for section in self.sections:
            for rule in section.rules:
                self.by_rule.setdefault(rule, []).append(section)

    @cached_property
    def entries(self) -> dict[int, Entry | None]:
        """The entry of every state; ``None`` would be a state nobody wrote a sentence for."""
        return {state: self.entry(state) for state in self.automaton.kernels}

    def entry(self, state: int) -> Entry | None:
        """The line written for a state, ``THROUGH`` for a state that is read through by its shape."""
        kernel = self.automaton.kernels[state]
        if all(i.complete and (len(i.symbols) == 1 or helper_owner(i.origin)) for i in kernel):
            return THROUGH
        names = [helper_owner(i.origin) for i in kernel]
        items = [i for i, helper in zip(kernel, names, strict=True) if not helper] or list(kernel)
        best: Entry | None = None
        origins = {helper_owner(i.origin) or i.origin for i in items}
        for item in items:
            rule = helper_owner(item.origin) or item.origin
            read = self.spelled(item)
            sections = self.by_rule.get(rule, ())
            # The section for just the rules of this state before one for fewer or more.
            for section in sorted(sections, key=lambda s: (-len(origins & set(s.rules)), len(s.rules))):
                for entry in section.entries:
                    fits = read[len(read) - len(entry.read) :] == entry.read
                    if fits and (best is None or len(entry.read) > len(best.read)):
                        best = entry
                if best is not None:
                    break
            if best is not None:
                return best
        return best

    def inside(self, rule: str) -> frozenset[str]:
        """The tokens that may stand somewhere in a rule, between its own symbols."""
        automaton = self.automaton
        return frozenset(
            token
            for state, kernel in automaton.kernels.items()
            if any(item.origin == rule for item in kernel)
            for token in automaton.shifts[state]
            if token not in automaton.rules
        )

    def spelled(self, item: Item) -> tuple[str, ...]:
        """What has been read of a rule, in the notation of the files."""
        return tuple(self._symbol(symbol) for symbol in item.symbols[: item.read]) or ("^",)

    def _symbol(self, symbol: str) -> str:
        if helper_owner(symbol):
            return "*"
        text = self.automaton.fixed.get(symbol)
        return f'"{text}"' if text is not None else symbol

    def section_of(self, entry: Entry) -> Section:
        """The section an entry stands in."""
        for section in self.by_rule[entry.rule]:
            if entry in section.entries:
                return section
        raise KeyError(entry.rule)

    def sentence(self, stack: Stack, text: str = "") -> str:
        """What has been read and what is expected, for a stack of the parser and the text it was read from."""
        after = ""
        expects: list[str] = []
        current: Stack | None = stack
        while current is not None and len(expects) < _MOST and sum(map(len, expects)) < _ENOUGH:
            entry = self.entry(current[-1].state) or THROUGH
            if entry.after and not after:
                after = self._placed(entry, current, text)
            if entry.expects and entry.expects not in expects:
                expects.append(entry.expects)
            current = self.automaton.completed(current)
        return f"{after} ventes {', eller '.join(expects)}"

    def _placed(self, entry: Entry, stack: Stack, text: str) -> str:
        last = text[stack[-1].start : stack[-1].end]
        if entry.read[-1:] == ("*",):
            last = last.rsplit(maxsplit=1)[-1] if last.strip() else ""
        shown = f" «{last}»" if 0 < len(last) <= _LONGEST and "\n" not in last else ""
        after = entry.after.replace("{siste}", shown)
        if after == "etter" or after.startswith("etter i "):
            after = after.replace("etter", "etter dette", 1)
        if self.section_of(entry).kind == "hel":
            return after
        for rule in self.automaton.parents(stack):
            sections = self.by_rule.get(rule)
            if not sections or sections[0].kind == "del":
                continue
            if sections[0].noun not in after:
                after += f" i {sections[0].noun}"
            if sections[0].kind == "hel":
                break
        return after


def read_file(name: str) -> list[Section]:
    """The sections of one file."""
    lines = (files("isfdsl.syntax.sentences") / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    sections: list[Section] = []
    rules: tuple[str, ...] = ()
    kind: Kind = "del"
    noun = ""
    entries: list[Entry] = []

    def close() -> None:
        if rules:
            sections.append(Section(rules, kind, noun, tuple(entries)))
            entries.clear()

    for number, line in enumerate(lines, 1):
        if line.startswith("["):
            close()
            head, _, rest = line[1:].partition("]")
            rules = tuple(head.split())
            kind_text, _, noun = (part.strip() for part in rest.partition(":"))
            if kind_text not in ("hel", "ledd", "del") or not noun:
                raise ValueError(f"{name}.txt:{number}: a head is «[rule] hel|ledd|del: noun»")
            kind = kind_text  # type: ignore[assignment]
        elif line.strip() and not line.startswith("#"):
            left, arrow, right = (part.strip() for part in line.partition(" → "))
            if not arrow or not rules:
                raise ValueError(f"{name}.txt:{number}: a line is «read → sentence», inside a section")
            after, _, expects = ("", "", "") if right == "…" else right.partition(" ventes ")
            entries.append(Entry(name, rules[0], tuple(left.split()), after, expects))
    close()
    return sections
