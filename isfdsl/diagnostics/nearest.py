"""The names a person may have meant by a word that is not defined.

Made for two kinds of words: names in a rule file (``kostnadsvekt``) and codes in a code system (``M161``). A
code system has tens of thousands of codes and an answer is wanted at once, so what touches all of them is one
operation on one long text, and few are measured letter by letter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

from attrs import frozen

# Letters that look like a Latin one. Rule text is copied from Word and PDF, where they turn up; lower case
# only, because words are case-folded first. The two alphabets are spelled in the same order as their Latin
# twins.
LOOK_ALIKES = {
    **dict(zip("авекмнорстухіјѕԁһԛԝ", "abekmhopctyxijsdhqw", strict=True)),
    **dict(zip("αβγεζηικμµνορτυχω", "abyezhikmmnoptuxw", strict=True)),
}

# æøå and what people write when the keyboard has none of them, and accents. Both spellings fold to one
# letter.
_NORDIC = {"æ": "a", "ä": "a", "å": "a", "ø": "o", "ö": "o", "ae": "a", "oe": "o", "aa": "a"}
_ACCENTS = dict(zip("áàâãéèêëíìîïóòôõúùûüýñç", "aaaaeeeeiiiioooouuuuync", strict=True))

# Signs that separate the parts of a name or code, and are easily left out or mixed up.
_SEPARATORS = dict.fromkeys("._-–‑/ \u00a0\u00ad", "")

# The digit and the letter are one key or one pixel apart: O for 0, l and I for 1. Last, after the words
# above.
_DIGITS = {"o": "0", "i": "1", "l": "1"}

_FOLDS = tuple({**LOOK_ALIKES, **_ACCENTS, **_NORDIC, **_SEPARATORS, **_DIGITS}.items())
_ASCII_FOLDS = tuple((letter, twin) for letter, twin in _FOLDS if letter.isascii())

# What is left to write words with after folding, apart from rare signs.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz0123456789+*"

# So many candidates are measured one by one; of more, only those that have a telling piece in common with the
# word.
_MEASURED = 2_000
# A piece that more of the words have than this does not tell them apart.
_TELLING = 1_000
# Longer than any name or code: a paragraph that was pasted in, which is like nothing and would take long.
_LONGEST = 100


def nearest(word: str, candidates: Iterable[str], n: int = 1) -> tuple[str, ...]:
    """The at most ``n`` candidates most like ``word``, best first; none when nothing is like it.

    First those that differ in case alone, then those that differ in signs and look-alikes (``å`` and ``aa``,
    ``0`` and ``O``, a Cyrillic ``а``), then by the number of letters to change, and last the names that
    ``word`` is the beginning of. The answer does not depend on the order of the candidates.
    """
    names = tuple(candidates)
    if not word or len(word) > _LONGEST or not names or n < 1:
        return ()
    cased = word.casefold()
    lowered, folded = _prepared(names)
    ranked: dict[str, tuple[int, ...]] = {names[at]: (0,) for at in lowered.where({cased}) if names[at] != word}
    if len(ranked) < n:
        target = _fold(unicodedata.normalize("NFKC", word).casefold())
        alike = _alike(target, folded, n + 1)  # one more: the word itself can be among them
        for at in folded.where(alike):
            if names[at] != word:
                # Those that fold alike are told apart by what was written.
                ranked.setdefault(names[at], (*alike[folded.words[at]], _distance(cased, lowered.words[at])))
    return tuple(sorted(ranked, key=lambda name: (ranked[name], name))[:n])


@lru_cache(maxsize=4)
def _prepared(names: tuple[str, ...]) -> tuple[_Words, _Words]:
    """The names case-folded, and those folded further; kept, for a file of wrong codes asks it every time."""
    lowered = _Words.of("\n".join(names).casefold(), names, str.casefold)
    return lowered, _Words.of(_fold(lowered.text[1:-1]), lowered.words, _fold)


@frozen
class _Words:
    """Words one by one and as one text, each between line ends: one search in the text is for all of them."""

    words: Sequence[str]
    distinct: frozenset[str]
    text: str

    @classmethod
    def of(cls, text: str, before: Sequence[str], change: Callable[[str], str]) -> _Words:
        """The lines of ``text``, which is ``before`` with ``change`` done to all of it at once."""
        words: Sequence[str] = text.split("\n")
        if len(words) != len(before):  # a name with a line end in it
            words = [change(word).replace("\n", " ") for word in before]
            text = "\n".join(words)
        return cls(words, frozenset(words), f"\n{text}\n")

    def where(self, wanted: AbstractSet[str] | Mapping[str, object]) -> list[int]:
        """The places of the words that are in ``wanted``."""
        if self.distinct.isdisjoint(wanted):
            return []
        return [at for at, word in enumerate(self.words) if word in wanted]

    def having(self, piece: str) -> set[str]:
        """The words that have ``piece`` in them; none when they are too many for the piece to say anything.

        A line end first in ``piece`` stands for the beginning of a word.
        """
        text = self.text
        if text.count(piece) > _TELLING:
            return set()
        found = set()
        at = text.find(piece)
        while at >= 0:
            start = text.rfind("\n", 0, at + 1) + 1
            end = text.index("\n", max(at + 1, start))
            found.add(text[start:end])
            at = text.find(piece, end)
        return found


def _alike(target: str, folded: _Words, n: int) -> dict[str, tuple[int, ...]]:
    """The folded words like ``target`` and their rank, low is good; looks further until there are ``n``."""
    everything = folded.distinct
    ranked: dict[str, tuple[int, ...]] = {target: (1, 0, 0, 0)} if target in everything else {}
    few = len(everything) <= _MEASURED
    for changes in range(1, _reach(target) + 1):
        if len(ranked) >= n:
            return ranked
        if few:
            near = set(everything)
        elif changes == 1:
            near = {word for word in _one_change(target) if word in everything}
        else:
            # Cut a word in one piece more than the changes, and one piece is left whole.
            near = set().union(*(folded.having(piece) for piece in _pieces(target, changes + 1)))
        for word in near:
            if word not in ranked and abs(len(word) - len(target)) <= changes:
                distance = _distance(target, word)
                if distance <= changes:
                    ranked[word] = (2, distance, -_common_start(target, word), abs(len(word) - len(target)))
    if len(ranked) < n and len(target) >= 3:
        for word in folded.having(f"\n{target}"):
            # A beginning says too little when most of the name is missing.
            if len(word) <= 2 * len(target):
                ranked.setdefault(word, (3, len(word), 0, 0))
    return ranked


def _reach(word: str) -> int:
    """How many changes still make the same word: none in one letter, one in a code, three in a long name."""
    return 0 if len(word) < 2 else 1 if len(word) < 6 else 2 if len(word) < 9 else 3


def _one_change(word: str) -> set[str]:
    """Every word that is one change from ``word``."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    changed = {head + tail[1:] for head, tail in cuts if tail}
    changed.update(head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1)
    changed.update(head + letter + tail[1:] for head, tail in cuts if tail for letter in _ALPHABET)
    changed.update(head + letter + tail for head, tail in cuts for letter in _ALPHABET)
    return changed


def _pieces(word: str, count: int) -> Iterator[str]:
    for index in range(count):
        yield word[index * len(word) // count : (index + 1) * len(word) // count]


def _fold(text: str) -> str:
    for letter, twin in _ASCII_FOLDS if text.isascii() else _FOLDS:
        text = text.replace(letter, twin)
    return text


def _common_start(a: str, b: str) -> int:
    length = 0
    for one, other in zip(a, b, strict=False):
        if one != other:
            break
        length += 1
    return length


def _distance(a: str, b: str) -> int:
    """Letters to insert, remove, replace or swap with the neighbour (Hyyrö 2003: a column is an integer)."""
    if not a:
        return len(b)
    masks: dict[str, int] = {}
    for at, letter in enumerate(a):
        masks[letter] = masks.get(letter, 0) | 1 << at
    last = 1 << (len(a) - 1)
    rises, falls, diagonal, previous = (1 << len(a)) - 1, 0, 0, 0
    distance = len(a)
    for letter in b:
        match = masks.get(letter, 0)
        swap = ((~diagonal & match) << 1) & previous
        diagonal = (((match & rises) + rises) ^ rises) | match | falls | swap
        up = falls | ~(diagonal | rises)
        down = diagonal & rises
        if up & last:
            distance += 1
        elif down & last:
            distance -= 1
        up = up << 1 | 1
        rises = (down << 1) | ~(diagonal | up)
        falls = diagonal & up
        previous = match
    return distance
