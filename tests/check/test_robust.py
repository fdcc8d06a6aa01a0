"""Half-written and broken regelverk: the checker always answers, and an editor's checker as a fresh one does."""

from __future__ import annotations

import random
import re

import pytest

from isfdsl.check import Checker, check
from isfdsl.program import Workspace
from tests.check.golden import cases

_TOKEN = re.compile(r'"[^"\n]*"|\S+|\n')


def broken(text: str, source: random.Random) -> str:
    """The text with a few tokens dropped, doubled or exchanged."""
    tokens = _TOKEN.findall(text)
    for _ in range(source.randint(1, 4)):
        at, other = source.randrange(len(tokens)), source.randrange(len(tokens))
        change = source.randrange(3)
        if change == 0 and len(tokens) > 1:
            del tokens[at]
        elif change == 1:
            tokens.insert(at, tokens[other])
        else:
            tokens[at], tokens[other] = tokens[other], tokens[at]
    return " ".join(tokens)


@pytest.mark.parametrize("seed", range(8))
def test_broken_programs(seed: int) -> None:
    source = random.Random(seed)
    workspace, checker = Workspace(), Checker()
    every = list(cases())
    for case in source.sample(every, 25):
        texts = case.texts()
        at = source.randrange(len(texts))
        texts[at] = (texts[at][0], broken(texts[at][1], source))
        loaded = workspace.load_texts(texts)
        result = checker.check(loaded)
        assert result == check(loaded)
        for p in result.problems:
            assert p.message()
            p.help(), p.related()
