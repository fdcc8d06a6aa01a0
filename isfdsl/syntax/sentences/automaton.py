"""The LALR table as something one can ask: what a state has read, what it accepts, where its reductions lead.

Lark keeps numbers, not what they stand for. The kernel of a state (which rules it is in the middle of, and how far) is
found again by walking the table from its start, some 20 ms for all states, done when the first error occurs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen

_HELPER = re.compile(r"__(\w+?)_(?:star|plus)_\d+")


@frozen
class Item:
    """A rule and how many of its symbols have been read."""

    origin: str
    symbols: tuple[str, ...]
    read: int

    @property
    def complete(self) -> bool:
        """Whether the whole rule has been read."""
        return self.read == len(self.symbols)


@frozen
class Frame:
    """One place of the parser's stack: the state, and the text its symbol covers."""

    state: int
    start: int = 0
    end: int = 0


Stack = tuple[Frame, ...]


def helper_owner(origin: str) -> str | None:
    """The rule a repetition made by Lark (``__sats_star_4``) was first made for, ``None`` for a rule of the grammar."""
    match = _HELPER.fullmatch(origin)
    return match.group(1) if match else None


class Automaton:
    """The parser's table, its rules and its terminals."""

    def __init__(self, table: Any, rules: Iterable[Any], terminals: Iterable[Any]) -> None:
        self.start: int = table.start_states["start"]
        self.end: int = table.end_states["start"]
        self.shifts: dict[int, dict[str, int]] = {}
        self.reductions: dict[int, dict[str, tuple[str, int]]] = {}
        for state, actions in table.states.items():
            shifts = self.shifts[state] = {}
            reductions = self.reductions[state] = {}
            for symbol, (_, argument) in actions.items():
                if isinstance(argument, int):
                    shifts[symbol] = argument
                else:
                    reductions[symbol] = (argument.origin.name, len(argument.expansion))
        self.rules: dict[str, list[tuple[str, ...]]] = {}
        for rule in rules:
            self.rules.setdefault(rule.origin.name, []).append(tuple(s.name for s in rule.expansion))
        # Keywords and signs have a fixed text; WORD, DATE and the like have a pattern.
        self.fixed: dict[str, str] = {
            t.name: t.pattern.value for t in terminals if type(t.pattern).__name__ == "PatternStr"
        }
        self.by_text: dict[str, str] = {text: name for name, text in self.fixed.items()}
        self.kernels, self.shortest = self._walk()

    def _walk(self) -> tuple[dict[int, tuple[Item, ...]], dict[int, Stack]]:
        """The kernel of every state, and the shortest stack that has the state on top."""
        kernels: dict[int, tuple[Item, ...]] = {self.start: (Item("$root_start", ("start",), 0),)}
        stacks: dict[int, Stack] = {self.start: (Frame(self.start),)}
        queue = [self.start]
        for state in queue:
            goes: dict[str, set[Item]] = {}
            for item in self.closure(kernels[state]):
                if not item.complete:
                    advanced = Item(item.origin, item.symbols, item.read + 1)
                    goes.setdefault(item.symbols[item.read], set()).add(advanced)
            for symbol in sorted(goes):
                target = self.shifts[state][symbol]
                if target not in kernels:
                    kernels[target] = tuple(
                        sorted(goes[symbol], key=lambda i: (helper_owner(i.origin) is not None, i.origin, i.symbols))
                    )
                    stacks[target] = (*stacks[state], Frame(target))
                    queue.append(target)
        return kernels, stacks

    def closure(self, kernel: Iterable[Item]) -> list[Item]:
        """The kernel and every rule that may begin where one of its items stands."""
        items = list(kernel)
        seen: set[str] = set()
        for item in items:
            if not item.complete:
                symbol = item.symbols[item.read]
                if symbol in self.rules and symbol not in seen:
                    seen.add(symbol)
                    items.extend(Item(symbol, symbols, 0) for symbols in self.rules[symbol])
        return items

    def begins_with(self, origin: str) -> frozenset[str]:
        """The rules a rule may begin with, itself included."""
        found = {origin}
        queue = [origin]
        for name in queue:
            for symbols in self.rules.get(name, ()):
                if symbols and symbols[0] in self.rules and symbols[0] not in found:
                    found.add(symbols[0])
                    queue.append(symbols[0])
        return frozenset(found)

    # ------------------------------------------------------------ running

    def feed(self, stack: Stack, token: str, start: int = 0, end: int = 0) -> Stack | None:
        """The stack after reading a token, ``None`` when it does not fit. ``$END`` fits where the text may end."""
        while True:
            state = stack[-1].state
            target = self.shifts[state].get(token)
            if target is not None:
                return (*stack, Frame(target, start, end))
            reduction = self.reductions[state].get(token)
            if reduction is None:
                return None
            stack = self.reduce(stack, *reduction)
            if token == "$END" and stack[-1].state == self.end:
                return stack

    def reduce(self, stack: Stack, origin: str, length: int) -> Stack:
        """The stack after a rule of ``length`` symbols has been read whole."""
        read = stack[len(stack) - length :]
        rest = stack[: len(stack) - length]
        start = read[0].start if read else rest[-1].end
        end = read[-1].end if read else rest[-1].end
        return (*rest, Frame(self.shifts[rest[-1].state][origin], start, end))

    def completed(self, stack: Stack) -> Stack | None:
        """The stack after the rule that may end here ends here, ``None`` when none may."""
        for item in self.kernels[stack[-1].state]:
            if item.complete and not item.origin.startswith("$root"):
                return self.reduce(stack, item.origin, item.read)
        return None

    def accepts(self, stack: Stack) -> frozenset[str]:
        """The tokens that fit after this stack."""
        state = stack[-1].state
        tokens = [t for t in (*self.shifts[state], *self.reductions[state]) if t not in self.rules]
        return frozenset(t for t in tokens if self.feed(stack, t) is not None)

    def opens_declaration(self, stack: Stack) -> bool:
        """Whether the token on top is the first of a declaration."""
        if len(stack) == 2:
            return True
        return len(stack) == 3 and self.kernels[stack[1].state][0].origin == "start"

    # ------------------------------------------------------------ surroundings

    def parents(self, stack: Stack) -> list[str]:
        """The rules the top of the stack is inside of, innermost first, the top's own rule not included."""
        found: list[str] = []
        at = len(stack) - 1
        item = self.kernels[stack[at].state][0]
        while True:
            below = at - item.read
            origin = item.origin
            if below < 0 or origin.startswith("$root"):
                return found
            kernel = self.kernels[stack[below].state]
            parent = self._parent(kernel, origin)
            if parent is None:
                return found
            owner = helper_owner(parent.origin)
            if owner is None:
                found.append(parent.origin)
            at, item = below, parent
            if below == 0:
                return found

    def _parent(self, kernel: Sequence[Item], origin: str) -> Item | None:
        for item in kernel:
            if not item.complete and origin in self.begins_with(item.symbols[item.read]):
                return item
        return None
