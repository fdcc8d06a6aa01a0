"""A second look at a text that can't be read: where it goes wrong, after which tokens, in which state.

Runs only when there is an error. It reads without building a tree, keeps the stack before each token, and finds out
in which declaration the error is, so that what stands before it can be kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, Literal

import lark
from attrs import frozen
from lark.lexer import LexerState, LineCounter

from isfdsl.syntax.sentences.automaton import Automaton, Frame, Stack

# So far back an explanation may look; more tokens would only cost memory.
_KEPT = 2_000


@frozen
class Tok:
    """A token, and the parser's stack before it."""

    type: str
    start: int
    end: int
    text: str
    before: Stack


@frozen
class Failure:
    """Where a text can't be read on.

    ``declared`` is where the declaration begins that can't be read, ``tokens`` what was read of it. ``at`` is where
    the error is: a token that does not fit (``found``), a sign that is no token, or the end.
    """

    kind: Literal["token", "sign", "end"]
    declared: int
    at: int
    tokens: tuple[Tok, ...]
    stack: Stack
    found: Tok | None = None


class _Place:
    """What Lark's lexer asks of a parser: the state it is in."""

    def __init__(self, state: int) -> None:
        self.position = state


class Tracer:
    """Reads pieces of one text with the tables and the lexer of the parser."""

    def __init__(self, automaton: Automaton, lexer: Any, text: str, words: frozenset[str]) -> None:
        self.automaton = automaton
        self.lexer = lexer
        self.text = text
        self.words = words

    def run(self, start: int, end: int) -> Failure | None:
        """Read from ``start``; ``None`` when everything up to ``end`` can be read.

        A word that opens declarations and stands first on a line is never a name: there the declaration before it ends.
        """
        automaton = self.automaton
        stack: Stack = (Frame(automaton.start),)
        tokens: deque[Tok] = deque(maxlen=_KEPT)
        declared = start
        place = _Place(automaton.start)
        try:
            for token in self.lexer.lex(self._lexer_state(start, end), place):
                at = token.start_pos
                tok = Tok(token.type, at, token.end_pos, str(token), stack)
                if token.type == "WORD" and self._opens_line(tok):
                    return self._failed(tok, declared, tokens)
                after = automaton.feed(stack, token.type, at, token.end_pos)
                if after is None:
                    return self._failed(tok, declared, tokens)
                if automaton.opens_declaration(after):
                    tokens.clear()
                    declared = at
                tokens.append(tok)
                stack = after
                place.position = stack[-1].state
        except lark.UnexpectedToken as error:
            token = error.token
            return self._failed(
                Tok(token.type, token.start_pos or 0, token.end_pos or 0, str(token), stack), declared, tokens
            )
        except lark.UnexpectedCharacters as error:
            return Failure("sign", declared, error.pos_in_stream or start, tuple(tokens), stack)
        if automaton.feed(stack, "$END") is None:
            return Failure("end", declared, end, tuple(tokens), stack)
        return None

    def _failed(self, tok: Tok, declared: int, tokens: deque[Tok]) -> Failure:
        if self._opens_line(tok):
            if not tokens or self.automaton.feed(tok.before, "$END") is not None:
                return Failure("token", tok.start, tok.start, (), tok.before, tok)
            return Failure("end", declared, tok.start, tuple(tokens), tok.before)
        return Failure("token", declared, tok.start, tuple(tokens), tok.before, tok)

    def missed_end(self, failure: Failure, limit: int) -> Failure:
        """The failure before this one: a declaration cut short that took the next one's opening word for its own.

        ``trigger`` without its group, and ``DRG 209E "…"`` on the next line: reading stops at the text, but what is
        missing is missing before ``DRG``. It is, when reading from there gets further.
        """
        for index in range(len(failure.tokens) - 1, 0, -1):
            tok = failure.tokens[index]
            if self._opens_line(tok) and self.automaton.feed(tok.before, "$END") is None:
                again = self.run(tok.start, limit)
                if again is None or again.at > failure.at or again.declared > tok.start:
                    return Failure("end", failure.declared, tok.start, failure.tokens[:index], tok.before)
                return failure
        return failure

    def _opens_line(self, tok: Tok) -> bool:
        first = tok.start == 0 or self.text[tok.start - 1] == "\n"
        return first and tok.text.split()[0] in self.words

    def ahead(self, at: int) -> Iterator[Tok]:
        """The tokens from ``at`` on, as they are outside any context; ends at the first that is none."""
        state = self._lexer_state(at, len(self.text))
        try:
            while True:
                token = self.lexer.root_lexer.next_token(state, None)
                yield Tok(token.type, token.start_pos, token.end_pos, str(token), ())
        except (EOFError, lark.UnexpectedInput):
            return

    def _lexer_state(self, start: int, end: int) -> LexerState:
        counter = LineCounter("\n")  # type: ignore[no-untyped-call]
        counter.char_pos = start  # lines are counted nowhere here, and counting them from the top would be slow
        return LexerState(lark.TextSlice(self.text, start, end), counter)
