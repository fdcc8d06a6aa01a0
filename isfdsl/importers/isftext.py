"""Writing `.isf` text: names, codes and texts so that they are read back as they stand, and aligned clauses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

from isfdsl import resources

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


def clauses(pairs: Iterable[tuple[str, str | Sequence[str]]], indent: str = "  ") -> list[str]:
    """Clauses with their values in one column; a value of several lines goes on in that column."""
    kept = list(pairs)
    width = max((len(key) for key, _ in kept), default=0) + 2
    lines: list[str] = []
    for key, value in kept:
        first, *rest = [value] if isinstance(value, str) else list(value)
        lines.append(f"{indent}{key:<{width}}{first}".rstrip())
        lines += [f"{indent}{'':<{width}}{line}" for line in rest]
    return lines


def conjunction(parts: Sequence[str]) -> list[str]:
    """Conditions joined with ``og``, one a line."""
    return [parts[0], *(f"og {part}" for part in parts[1:])]
