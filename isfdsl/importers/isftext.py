"""Writing `.isf` text: names, codes and texts so that they are read back as they stand, in the layout of ``isf fmt``.

An import writes 150,000 lines; it does not parse and format them, it writes them so. A test asks the formatter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from attrs import frozen

from isfdsl import resources

WIDTH = 100
GAP = 2
_DEEP = 4
_WIDEST_CODE = 24

_LETTERS = "A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff"
_WORD = re.compile(rf"[0-9]*[{_LETTERS}][0-9{_LETTERS}]*(?:\.[0-9{_LETTERS}]+)*")
_INT = re.compile(r"[0-9]+")
_PAIR_PART = re.compile(r"[0-9A-Za-z.]+")
_UNWRITABLE = re.compile(r"[*?+'\n]")


@cache
def keywords() -> frozenset[str]:
    """Every word that the grammar uses as a keyword; a name that looks like one is quoted."""
    text = resources.grammar_path("isf.lark").read_text("utf-8")
    return frozenset(re.findall(r'"([^\W\d]\w*)"', text)) | {"rekkefølge"}


def is_word(text: str) -> bool:
    """Whether a name can be written without quotes."""
    if _INT.fullmatch(text) is not None and text.isascii():
        return True
    return _WORD.fullmatch(text) is not None and text not in keywords()


def writable(text: str) -> str:
    """The nearest name that can be written: apostrophes and line breaks cannot stand in a quoted name."""
    return unicodedata.normalize("NFC", text).replace("'", "’").replace("\n", " ").strip() or "uten_navn"


def name(text: str) -> str:
    """A name, quoted when it must be. ``text`` is ``writable``."""
    return text if is_word(text) else f"'{text}'"


def plain_name(text: str) -> str:
    """A name without quotes: other signs than letters, digits and ``_`` become ``_``."""
    return re.sub(rf"[^0-9{_LETTERS}]", "_", unicodedata.normalize("NFC", text))


def unique_names(texts: Iterable[str]) -> dict[str, str]:
    """A name of letters, digits and ``_`` for each text, all different; texts that are such names keep theirs."""
    wanted = sorted(set(texts))
    names = {text: text for text in wanted if text and plain_name(text) == text}
    for text in wanted:
        if text in names:
            continue
        base = candidate = plain_name(text) or "uten_verdi"
        number = 2
        while candidate in names.values():
            candidate, number = f"{base}_{number}", number + 1
        names[text] = candidate
    return names


def code(text: str) -> str | None:
    """One code as a line or an item, ``None`` when the language would read it as something else."""
    if not text or _UNWRITABLE.search(text):
        return None
    return text if is_word(text) else f"'{text}'"


def pair(dagger: str, asterisk: str) -> str | None:
    """A dagger/asterisk pair, dagger first."""
    if not dagger or not asterisk or _UNWRITABLE.search(dagger) or _UNWRITABLE.search(asterisk):
        return None
    both = f"{dagger}+{asterisk}"
    return both if _PAIR_PART.fullmatch(dagger) and _PAIR_PART.fullmatch(asterisk) else f"'{both}'"


def quoted(value: str) -> str:
    """A quoted text."""
    composed = unicodedata.normalize("NFC", value)
    flat = "".join(" " if unicodedata.category(ch) in ("Cc", "Zl", "Zp") else ch for ch in composed)
    return '"' + flat.replace('"', '""') + '"'


def heading(*parts: str | None) -> str:
    """The first line of a declaration; what is missing is left out."""
    return " ".join(part for part in parts if part)


@frozen
class Listed:
    """Something with a list behind it, such as ``kilder har egenskap A, B``: broken between the items when it must."""

    prefix: str
    items: tuple[str, ...]

    def lines(self, width: int) -> list[str]:
        """The text in ``width`` columns."""
        deep = len(self.prefix) if len(self.prefix) <= width // 2 else _DEEP
        filled: list[str] = []
        for item in self.items:
            if filled and len(filled[-1]) + 2 + len(item) + 1 <= width - len(self.prefix):
                filled[-1] += f", {item}"
                continue
            if filled:
                filled[-1] += ","
            filled.append(item)
        return [self.prefix + filled[0], *(" " * deep + line for line in filled[1:])]

    def __str__(self) -> str:
        return self.prefix + ", ".join(self.items)


@frozen
class All:
    """Conditions joined with ``og``: on one line where they fit, else one a line. An ``eller`` has parentheses."""

    parts: tuple[str | Listed, ...]

    def lines(self, width: int) -> list[str]:
        """The text in ``width`` columns."""
        flat = " og ".join(str(part) for part in self.parts)
        if len(self.parts) == 1 and flat.startswith("(") and flat.endswith(")"):
            flat = flat[1:-1]  # alone, «a eller b» needs no parentheses
        if len(flat) <= width:
            return [flat]
        result: list[str] = []
        for part in self.parts:
            word = "og " if result else ""
            room = width - len(word)
            own = [str(part)] if isinstance(part, str) or len(str(part)) <= room else part.lines(room)
            result += [word + own[0], *(" " * len(word) + line for line in own[1:])]
        return result


Value = str | Listed | All


def clauses(pairs: Iterable[tuple[str, Value]], indent: str = "  ") -> list[str]:
    """Clauses with their values in one column; a value of several lines goes on in that column."""
    kept = list(pairs)
    column = max((len(key) for key, _ in kept), default=0) + GAP
    lines: list[str] = []
    for key, value in kept:
        first, *rest = [value] if isinstance(value, str) else value.lines(WIDTH - len(indent) - column)
        lines.append(f"{indent}{key:<{column}}{first}".rstrip())
        lines += [f"{indent}{'':<{column}}{line}" for line in rest]
    return lines


def code_lines(codes: Iterable[tuple[str, str]]) -> list[str]:
    """Written codes with their texts in a column; a very long code doesn't move the texts of the others."""
    pairs = list(codes)
    width = max((len(code) for code, _ in pairs if len(code) <= _WIDEST_CODE), default=0) + GAP
    return [f"  {code:<{width}}{quoted(text)}" if text else f"  {code}" for code, text in pairs]


def days(count: int) -> str:
    """``1 dag``, ``2 dager``, ``10 000 dager``."""
    return "1 dag" if count == 1 else f"{thousands(count)} dager"


def thousands(value: int) -> str:
    """A whole number, its thousands apart from 10 000 on."""
    return f"{value:,}".replace(",", " ") if value >= 10_000 else str(value)
