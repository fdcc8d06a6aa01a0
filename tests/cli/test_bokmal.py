"""What click itself says, it says in bokmål."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import click
import pytest

from isfdsl.cli.bokmal import COUNTED, WORDS

# What click says to the programmer, and never to a user of isf.
TO_PROGRAMMERS = {
    "Arguments take exactly one parameter declaration, got {length}: {decls}.",
    "Boolean option {decl!r} cannot use the same flag for true/false.",
    "Could not determine name for option with declarations {decls!r}",
    "Name '{name}' defined twice",
    "No options defined but a name was passed ({name}). Did you mean to declare an argument instead?"
    " Did you mean to pass '--{name}'?",
    "Unknown color {colour!r}",
    "Windows error: {error}",
}
_FIELD = re.compile(r"\{(\w+)|%\((\w+)\)")


def _said() -> set[tuple[str, ...]]:
    """Every sentence the installed click looks up: (sentence,) or (singular, plural)."""
    found: set[tuple[str, ...]] = set()
    for path in Path(click.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "ngettext"):
                texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                if texts:
                    found.add(tuple(texts))
    return found


def test_every_sentence_of_click_has_its_words() -> None:
    said = _said()
    assert len(said) > 40
    missing = [s[0] for s in said if s[0] not in (COUNTED if len(s) == 2 else WORDS) and s[0] not in TO_PROGRAMMERS]
    assert missing == []


@pytest.mark.parametrize("english", sorted(WORDS))
def test_a_translation_asks_for_nothing_that_click_does_not_give(english: str) -> None:
    assert set(_FIELD.findall(WORDS[english])) <= set(_FIELD.findall(english))


@pytest.mark.parametrize("singular", sorted(COUNTED))
def test_a_counted_translation_asks_for_nothing_that_click_does_not_give(singular: str) -> None:
    plurals = [s[1] for s in _said() if len(s) == 2 and s[0] == singular]
    assert plurals
    given = {f for text in (singular, *plurals) for f in _FIELD.findall(text)}
    assert {f for text in COUNTED[singular] for f in _FIELD.findall(text)} <= given
