"""What the layout of one declaration needs to know: its names, its comments, and where its clauses began."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property

from isfdsl.formatter.expressions import Expressions
from isfdsl.formatter.layout import NOWHERE
from isfdsl.formatter.names import Names
from isfdsl.source import Span

_TOKEN = re.compile(
    r'"(?:[^"\n]|"")*"|\'[^\'\n]+\'|#[^\n]*|[0-9A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]+|[^\s\w]', re.ASCII
)


class Context:
    """One declaration in its source; ``comments`` are the offsets of those inside it."""

    def __init__(self, text: str, span: Span, comments: Sequence[int] = ()) -> None:
        self.text = text
        self.span = span
        self.comments = comments
        self.names = Names()
        self.expressions = Expressions(self.names, self.commented, self.before)

    def commented(self, start: int, end: int) -> bool:
        """Whether a comment stands between two offsets."""
        if not self.comments:
            return False
        at = bisect_left(self.comments, start)
        return at < len(self.comments) and self.comments[at] < end

    @cached_property
    def _tokens(self) -> tuple[list[int], list[str]]:
        found = [m for m in _TOKEN.finditer(self.text, self.span.start, self.span.end) if not m[0].startswith("#")]
        return [m.start() for m in found], [m[0] for m in found]

    def before(self, at: int, words: int) -> int:
        """Where the keyword of ``words`` words began whose value stands at ``at``."""
        if not self.comments:
            return at
        starts, tokens = self._tokens
        index = bisect_left(starts, at)
        while index > 0 and tokens[index - 1] == "(":
            index -= 1
        return starts[max(0, index - words)] if starts else at

    def keyword(self, *words: str, start: int = 0) -> int:
        """Where a clause without a node of its own began, at ``start`` or later."""
        if not self.comments:
            return NOWHERE
        starts, tokens = self._tokens
        for index in range(bisect_left(starts, start), len(tokens) - len(words) + 1):
            if all(tokens[index + i] == word for i, word in enumerate(words)):
                return starts[index]
        return self.span.end
