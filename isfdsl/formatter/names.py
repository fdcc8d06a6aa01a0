"""Names, codes, texts and numbers as the language writes them; quotes stand only where the name needs them.

Whether a keyword may be a name depends on the place: ``vekt`` is a fine name for an attribute, not after ``etter``.
Only the parser knows, so a declaration in which names look like keywords is first written with all of them in
quotes, read once, and each is asked: would the parser have taken the bare word for the keyword here?
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import Any

from isfdsl.syntax import ast
from isfdsl.syntax.parse import parser

_LETTERS = "A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff"
_WORD = re.compile(rf"[0-9]*[{_LETTERS}][0-9{_LETTERS}]*(?:\.[0-9{_LETTERS}]+)*")
_INT = re.compile(r"[0-9]+")
_CODE = re.compile(r"[0-9]+|[0-9A-Za-z.]+[*?][0-9A-Za-z.*?]*|[0-9A-Za-z.]+\+[0-9A-Za-z.]+")
_SPACES = re.compile("[\u00a0\u202f]")
_MARK = "\x00"
_MARKED = re.compile(r"'(\w+)\x00(\d+)'")

# Words that the lexer reads as one keyword, where the parser accepts that one.
_FUSED = {
    ("når", "oppfylt"): "NAAR_OPPFYLT",
    ("når", "ikke", "oppfylt"): "NAAR_IKKE_OPPFYLT",
    ("rekkefølge", "STG"): "REKKEFOLGE_STG",
    ("rekkefølge", "TFG"): "REKKEFOLGE_TFG",
    ("poeng", "for"): "POENG_FOR",
}

Key = tuple[int, int]


@cache
def keywords() -> dict[str, str]:
    """Every keyword that looks like a name, with its terminal."""
    found = {t.pattern.value: str(t.name) for t in parser().lark.terminals if t.pattern.type == "str"}
    return {word: name for word, name in found.items() if _WORD.fullmatch(word)}


def needing_quotes(text: str) -> set[int]:
    """The numbers of the marked names of a declaration that are keywords where they stand."""
    walk: Any = parser().lark.parse_interactive(text)
    state = walk.parser_state
    states = state.parse_conf.parse_table.states
    found: set[int] = set()
    first: tuple[str, Any] = ("", {})
    second: tuple[str, Any] = ("", {})
    tokens: Any = walk.lexer_thread
    for token in tokens.lex(state):
        word, accepted = str(token), states[state.position]
        marked = _MARKED.fullmatch(token)
        if marked is not None:
            word, number = marked.groups()
            fused = _FUSED.get((second[0], word)) in second[1] or _FUSED.get((first[0], second[0], word)) in first[1]
            if keywords()[word] in accepted or fused:
                found.add(int(number))
        first, second = second, (word, accepted)
        walk.feed_token(token)
    return found


def is_word(text: str) -> bool:
    """Whether a text is a name that is not digits alone."""
    return _WORD.fullmatch(text) is not None


class Names:
    """Writes the names of one declaration. ``decided`` is ``None`` while the parser has not been asked yet."""

    def __init__(self) -> None:
        self.decided: frozenset[Key] | None = None
        self.asked: list[Key] = []

    def word(self, text: str, key: Key, ints: bool = True) -> str:
        """A name; ``ints`` says whether digits alone are a name here."""
        if _WORD.fullmatch(text) is None:
            return text if ints and _INT.fullmatch(text) else f"'{text}'"
        if text not in keywords():
            return text
        if self.decided is not None:
            return f"'{text}'" if key in self.decided else text
        self.asked.append(key)
        return f"'{text}{_MARK}{len(self.asked) - 1}'"

    def name(self, node: ast.Name, ints: bool = True) -> str:
        """A name node."""
        return self.word(node.text, (id(node), 0), ints)

    def code(self, text: str, key: Key) -> str:
        """A code on a line of a code list, or where it can't be the name of a list."""
        return text if _CODE.fullmatch(text) else self.word(text, key)

    @staticmethod
    def marked(text: str) -> bool:
        """Whether a name in ``text`` is still to be decided."""
        return _MARK in text

    def resolve(self, text: str) -> None:
        """Ask the parser about ``text``, written with everything marked."""
        numbers = needing_quotes(text)
        self.decided = frozenset(self.asked[n] for n in numbers)


def quoted(value: str) -> str:
    """A text in quotation marks."""
    return '"' + value.replace('"', '""') + '"'


def decimal(value: Decimal, written: ast.Unit = "") -> str:
    """``0,150``, ``1000``, ``52 248``: decimal comma, digits as the author gave them, thousands from 10 000.

    Kroner have their thousands from 1 000, as the regelverk prints prices.
    """
    whole, _, fraction = format(value, "f").partition(".")
    if len(whole) > (3 if written == "kr" else 4):
        first = len(whole) % 3 or 3
        whole = " ".join([whole[:first], *(whole[i : i + 3] for i in range(first, len(whole), 3))])
    return f"{whole},{fraction}" if fraction else whole


_SINGULAR: dict[ast.Unit, str] = {"dager": "dag", "timer": "time", "minutter": "minutt", "måneder": "måned"}


def unit(value: Decimal, written: ast.Unit) -> str:
    """The unit after its number: ``1 dag``, ``2 dager``."""
    return _SINGULAR.get(written, written) if value == 1 else written


def with_unit(value: Decimal, written: ast.Unit) -> str:
    """A number and its unit."""
    digits = decimal(value, written)
    return f"{digits} {unit(value, written)}" if written else digits


def raw_number(literal: ast.NumberLiteral) -> str:
    """The digits of a literal. Digits alone may be read as a code, and are left as they stand."""
    raw = _SPACES.sub(" ", literal.raw)
    if literal.unit or "," in raw:
        return decimal(literal.value, literal.unit)
    return raw


def raw_value(value: ast.ItemValue) -> str:
    """A value of an example; a quoted one that looks like a name keeps single quotes."""
    if not value.quoted:
        return _SPACES.sub(" ", value.raw)
    if '"' in value.raw and "'" not in value.raw:
        return f"'{value.raw}'"
    return f"'{value.raw}'" if value.raw in keywords() else quoted(value.raw)
