"""The pieces every construct is made of. All nodes are frozen; spans never take part in equality.

They have no slots: such a class is made sooner, and a tree read from the cache is there a quarter sooner.
"""

from __future__ import annotations

import datetime as dt
from array import array
from decimal import Decimal
from typing import Any, Literal

from attrs import field, frozen

from isfdsl.source import Span

Unit = Literal["", "poeng", "kr", "%", "dager", "timer", "minutter", "år", "måneder"]
GroupKind = Literal["DRG", "STG", "TFG"]


@frozen(kw_only=True, slots=False)
class Node:
    """A piece of the tree with its place in the text."""

    span: Span = field(eq=False, repr=False)


@frozen(kw_only=True, slots=False)
class Name(Node):
    """A name as the author wrote it (without the quotes of a quoted name)."""

    text: str


@frozen(kw_only=True, slots=False)
class Text(Node):
    """A quoted text, with doubled quotation marks made single."""

    value: str


@frozen(kw_only=True, slots=False)
class Day(Node):
    """A calendar day. ``value`` is ``None`` when the day does not exist (2024-02-30); the checker says so."""

    raw: str
    value: dt.date | None


@frozen(kw_only=True, slots=False)
class Amount(Node):
    """An exact number with its unit; ``unit`` is empty for a plain number."""

    value: Decimal
    unit: Unit


@frozen(kw_only=True, slots=False)
class Unknown(Node):
    """``ukjent``: no source gives the value; ``reason`` says what is missing."""

    reason: str | None


@frozen(kw_only=True, slots=False)
class Validity(Node):
    """``fra`` and ``til``, both days included; either may be open."""

    start: Day | None
    end: Day | None


@frozen(kw_only=True, slots=False)
class SourceRef(Node):
    """One citation: the id of a ``passasje``, or a free text naming document and chapter."""

    value: str
    is_text: bool


@frozen(kw_only=True, slots=False)
class Kilde(Node):
    """``kilde``: where the rule is written."""

    refs: tuple[SourceRef, ...]


@frozen(kw_only=True, slots=False)
class Videreforing(Node):
    """``videreført``: carried over in silence; ``year`` is the last year that a source confirms."""

    year: int


@frozen(kw_only=True, slots=False)
class Ufullstendig(Node):
    """``ufullstendig``: what no source gives."""

    text: str


@frozen(kw_only=True, slots=False)
class Merknad(Node):
    """``merknad``: a note to the reader that is part of the regelverk."""

    text: str


MetaClause = Kilde | Videreforing | Ufullstendig | Merknad


@frozen(kw_only=True, slots=False)
class Declaration(Node):
    """A top-level construct. ``meta`` keeps the order of the clauses ``kilde``, ``videreført``, …"""

    meta: tuple[MetaClause, ...] = ()

    @property
    def kilder(self) -> tuple[SourceRef, ...]:
        """All citations."""
        return tuple(ref for m in self.meta if isinstance(m, Kilde) for ref in m.refs)

    @property
    def ufullstendig(self) -> tuple[str, ...]:
        """What is missing, by the author's own words."""
        return tuple(m.text for m in self.meta if isinstance(m, Ufullstendig))


@frozen(slots=False)
class CodeEntry:
    """One line of a code list. ``section`` is the code system it stands under, ``None`` when none was named."""

    code: str
    text: str | None
    span: Span
    section: str | None
    validity: Validity | None


@frozen(slots=False)
class CodeBlock:
    """The lines of a code list, column by column, since a national table has 80,000 of them.

    ``codes``, ``texts`` and ``starts`` have one place per line; ``sections`` holds (index of the first line it
    covers, name); ``validities`` maps a line's index to its ``fra``/``til``.
    """

    codes: tuple[str, ...] = ()
    texts: tuple[str | None, ...] = ()
    sections: tuple[tuple[int, Name], ...] = ()
    validities: tuple[tuple[int, Validity], ...] = ()
    source: str = field(default="", eq=False)
    starts: tuple[int, ...] = field(default=(), eq=False, repr=False)
    lengths: tuple[int, ...] = field(default=(), eq=False, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        # Column by column in a cache too. A code has no line break in it.
        codes = "\n".join(self.codes) if self.codes else None
        texts = self.texts if any(text is not None for text in self.texts) else len(self.texts)
        places = array("q", self.starts), array("q", self.lengths)
        return _code_block, (codes, texts, self.sections, self.validities, self.source, *places)

    def __len__(self) -> int:
        return len(self.codes)

    def span(self, index: int) -> Span:
        """Where the code of line ``index`` stands."""
        return Span(self.source, self.starts[index], self.starts[index] + self.lengths[index])

    def entries(self) -> tuple[CodeEntry, ...]:
        """The lines one by one."""
        validity = dict(self.validities)
        section: str | None = None
        bounds = list(self.sections)
        out = []
        for i, (code, text) in enumerate(zip(self.codes, self.texts, strict=True)):
            while bounds and bounds[0][0] <= i:
                section = bounds.pop(0)[1].text
            out.append(CodeEntry(code, text, self.span(i), section, validity.get(i)))
        return tuple(out)


def _code_block(
    codes: str | None,
    texts: tuple[str | None, ...] | int,
    sections: tuple[tuple[int, Name], ...],
    validities: tuple[tuple[int, Validity], ...],
    source: str,
    starts: array[int],
    lengths: array[int],
) -> CodeBlock:
    """See ``CodeBlock.__reduce__``."""
    lines = () if codes is None else tuple(codes.split("\n"))
    own = (None,) * texts if isinstance(texts, int) else texts
    return CodeBlock(lines, own, sections, validities, source, tuple(starts), tuple(lengths))
