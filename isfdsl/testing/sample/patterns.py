"""A text that fits a regular expression, for codes of open systems: the small part of the syntax patterns use."""

from __future__ import annotations

import importlib
import re
from random import Random
from typing import Any

_parse: Any = importlib.import_module("re._parser").parse

_DIGITS = "0123456789"
_WORD = "ABCDEFGHJKLMNPRSTUVWXYZ"


def example(pattern: str, random: Random) -> str:
    """A text ``pattern`` matches in full, without dots; ``ValueError`` when none is found."""
    try:
        tree = _parse(pattern)
    except re.error as error:
        raise ValueError(str(error)) from None
    for _ in range(20):
        text = "".join(_sequence(tree, random))
        if re.fullmatch(pattern, text):
            return text.replace(".", "")
    raise ValueError(pattern)


def _sequence(tree: Any, random: Random) -> list[str]:
    return [_one(op, value, random) for op, value in tree]


def _one(op: Any, value: Any, random: Random) -> str:
    match str(op):
        case "LITERAL":
            return chr(value)
        case "NOT_LITERAL" | "ANY":
            return random.choice(_WORD)
        case "IN":
            return _in(value, random)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            low, high, inner = value
            count = random.randint(low, min(int(high), low + 3))
            return "".join("".join(_sequence(inner, random)) for _ in range(count))
        case "SUBPATTERN":
            return "".join(_sequence(value[-1], random))
        case "ATOMIC_GROUP":
            return "".join(_sequence(value, random))
        case "BRANCH":
            return "".join(_sequence(random.choice(value[1]), random))
        case "AT":
            return ""
        case _:
            raise ValueError(str(op))


def _in(parts: Any, random: Random) -> str:
    if str(parts[0][0]) == "NEGATE":
        return random.choice(_DIGITS)
    op, value = random.choice(parts)
    match str(op):
        case "LITERAL":
            return chr(value)
        case "RANGE":
            return chr(random.randint(*value))
        case "CATEGORY":
            return random.choice(_DIGITS if "DIGIT" in str(value) else _WORD)
        case _:
            raise ValueError(str(op))
