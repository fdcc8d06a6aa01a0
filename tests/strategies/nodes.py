"""Hypothesis strategies for the small pieces of the tree: names, texts, days, numbers, codes."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from isfdsl.formatter.names import decimal, keywords
from isfdsl.source import Span
from isfdsl.syntax import ast

SPAN = Span("", 0, 0)

_WORDS = (
    "vekt", "alder", "hovedtilstand", "prosedyrer", "e1", "P1", "209E", "12O02", "811S_botox", "ødem", "Ånd",
    "utførende_helsepersonell", "neste.inn", "forrige.ut", "M16.1", "lokal_kode", "DRG", "ISF", "STG", "TFG", "HDG",
    "dag", "poeng", "for", "oppfylt", "ja", "nei", "i", "ukjent", "år",
)  # fmt: skip
_INTS = ("1", "470", "007", "12", "234")
_ODD = ("to ord", "a-b", "# ikke en kommentar", 'med "tegn"', "1,5", "2024-01-01", "A*", "A+B", "Š", " ", "x.", "(a)")
_NOT_FUNCTIONS = {"ikke", "og", "eller", "i", "hvis", "ellers", "av", "fra", "til", "samme", "finnes", "mangler"}
_NOT_FUNCTIONS |= {"mellom", "som"}


def _nfc(text: str) -> bool:
    return unicodedata.is_normalized("NFC", text)


words = st.one_of(
    st.sampled_from(_WORDS),
    st.sampled_from(sorted(keywords())),
    st.from_regex(r"[0-9]{0,2}[A-Za-zæøåÆØÅé_][0-9A-Za-zæøå_]{0,6}(\.[0-9a-zø]{1,3})?", fullmatch=True),
)
odd = st.one_of(
    st.sampled_from(_ODD),
    st.text(st.characters(exclude_characters="'\n", exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(
        _nfc
    ),
)
name_texts = st.one_of(words, st.sampled_from(_INTS), odd)
texts = st.one_of(
    st.sampled_from(["", "Gikt", 'sa "nei"', '"', "# ikke kommentar", "ÆØÅ æøå", "det's", "og eller '"]),
    st.text(st.characters(exclude_characters="\n", exclude_categories=("Cs", "Cc")), max_size=12).filter(_nfc),
)
codes = st.one_of(
    words,
    st.sampled_from(_INTS),
    st.sampled_from(["Z47*", "M16.?", "A*B?", "A17.0+G01", "12.3+4"]),
    odd,
)


def short(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The same strategy with a short name: Hypothesis writes out what a strategy is made of, level upon level."""

    @st.composite
    def node(draw: st.DrawFn) -> Any:
        return draw(strategy)

    return node()


def build(cls: type[Any], **fields: Any) -> st.SearchStrategy[Any]:
    """A node without a place."""
    return short(st.builds(cls, span=st.just(SPAN), **fields))


def tuples(strategy: st.SearchStrategy[Any], low: int = 0, high: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    """A few of them."""
    return st.lists(strategy, min_size=low, max_size=high).map(tuple)


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Perhaps one."""
    return st.none() | strategy


names = build(ast.Name, text=name_texts)
name_lists = tuples(names, 1)
quoted_texts = build(ast.Text, value=texts)


def _day(raw: str) -> ast.Day:
    try:
        value = dt.date.fromisoformat(raw)
    except ValueError:
        value = None
    return ast.Day(raw=raw, value=value, span=SPAN)


day_texts = st.one_of(
    st.dates(dt.date(1990, 1, 1), dt.date(2030, 12, 31)).map(dt.date.isoformat), st.just("2024-02-30")
)
days = day_texts.map(_day)
units = st.sampled_from(["", "poeng", "kr", "%", "dager", "timer", "minutter", "år", "måneder"])
numbers = st.one_of(
    st.sampled_from([Decimal("0.150"), Decimal("1"), Decimal("1.0"), Decimal("52248"), Decimal("1000")]),
    st.decimals(0, 10_000_000, places=0, allow_nan=False),
    st.decimals(0, 100_000, places=3, allow_nan=False),
).map(lambda value: +value)
amounts = build(ast.Amount, value=numbers, unit=units)
unknowns = build(ast.Unknown, reason=optional(texts))


def _validity(start: ast.Day | None, end: ast.Day) -> ast.Validity:
    return ast.Validity(start=start, end=end, span=SPAN)


validities = st.one_of(
    build(ast.Validity, start=days, end=optional(days)), build(ast.Validity, start=st.none(), end=days)
)


@st.composite
def number_literals(draw: st.DrawFn) -> ast.NumberLiteral:
    """A literal whose ``raw`` is what an author would write."""
    written = draw(units)
    if written == "" and draw(st.booleans()):
        raw = draw(st.from_regex(r"[0-9]{1,6}", fullmatch=True))
        return ast.NumberLiteral(value=Decimal(raw), unit="", raw=raw, span=SPAN)
    value = draw(numbers)
    return ast.NumberLiteral(value=value, unit=written, raw=decimal(value, written), span=SPAN)


def _moment(raw: str) -> ast.DateTimeLiteral:
    try:
        value = dt.datetime.fromisoformat(raw)
    except ValueError:
        value = None
    return ast.DateTimeLiteral(raw=raw, value=value, span=SPAN)


moment_texts = st.builds(
    lambda day, time: f"{day}T{time}", day_texts, st.sampled_from(["00:00", "23:59", "12:30:15", "24:61"])
)
moments = moment_texts.map(_moment)
date_literals = days.map(lambda d: ast.DateLiteral(raw=d.raw, value=d.value, span=SPAN))
functions = st.one_of(
    st.sampled_from(["maks", "min", "runder_av", "sum", "minst"]),
    st.from_regex(r"[a-zæøå_][0-9a-zæ_]{0,5}", fullmatch=True),
).filter(lambda name: name not in _NOT_FUNCTIONS)

# -------------------------------------------------------------- meta

source_refs = st.one_of(
    build(ast.SourceRef, value=texts, is_text=st.just(True)),
    build(ast.SourceRef, value=name_texts, is_text=st.just(False)),
)
merknader = build(ast.Merknad, text=texts)
ufullstendige = build(ast.Ufullstendig, text=texts)
videreforinger = build(ast.Videreforing, year=st.integers(1999, 2030))
kilder = build(ast.Kilde, refs=tuples(source_refs, 1))
metas = st.builds(
    lambda *groups: tuple(clause for group in groups for clause in group),
    *(tuples(clause, 0, 1) for clause in (merknader, ufullstendige, videreforinger)),
    tuples(kilder, 0, 2),
)

# -------------------------------------------------------------- code blocks


@st.composite
def code_blocks(draw: st.DrawFn, sectioned: bool = True) -> ast.CodeBlock:
    """Lines with and without texts, sections and days."""
    lines = draw(st.lists(st.tuples(codes, optional(texts)), max_size=6))
    sections: list[tuple[int, ast.Name]] = []
    if sectioned:
        places = sorted(draw(st.lists(st.integers(0, len(lines)), max_size=2)))
        sections = [(place, draw(names)) for place in places]
    dated = sorted(draw(st.sets(st.integers(0, len(lines) - 1), max_size=2))) if lines else []
    return ast.CodeBlock(
        codes=tuple(code for code, _ in lines),
        texts=tuple(text for _, text in lines),
        sections=tuple(sections),
        validities=tuple((index, draw(validities)) for index in dated),
        starts=(0,) * len(lines),
        lengths=(0,) * len(lines),
    )


# -------------------------------------------------------------- sets of codes

_PLAIN_CODE = re.compile(r"[0-9]+|[0-9A-Za-z.]+[*?][0-9A-Za-z.*?]*|[0-9A-Za-z.]+\+[0-9A-Za-z.]+")
code_items = st.one_of(
    build(ast.CodeItem, text=name_texts | codes, quoted=st.just(True)),
    build(ast.CodeItem, text=words, quoted=st.just(False)),
    build(ast.CodeItem, text=codes.filter(lambda c: _PLAIN_CODE.fullmatch(c) is not None), quoted=st.just(False)),
)


def _unions(items: st.SearchStrategy[Any]) -> st.SearchStrategy[ast.SetUnion]:
    return build(ast.SetUnion, items=tuples(items, 1))


def _sets(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    unions = _unions(items)
    return st.one_of(unions, build(ast.SetExcept, base=unions, without=unions))


set_exprs = _sets(st.one_of(code_items, code_items, _sets(st.one_of(code_items, _sets(code_items)))))
set_unions = _unions(st.one_of(code_items, code_items, set_exprs))
