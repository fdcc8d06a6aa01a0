"""What was and what is, as it stands in the texts of the two regelverk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import define, field

from isfdsl.changes import edits as ed
from isfdsl.changes.normal import Forms
from isfdsl.program.ruleset import Ruleset
from isfdsl.source import Source, Span
from isfdsl.syntax import ast

SHOWN_CODES = 20
_SIGN = re.compile(r"""'[^'\n]+'|"(?:[^"\n]|"")*"|#[^\n]*|[()]""")
"""A text or a quoted name, a comment, or a parenthesis that stands in neither."""
_BLANKS = re.compile(r"""('[^'\n]+'|"(?:[^"\n]|"")*")|\s+""")


@define
class Shower:
    """Shows nodes as they stand in the texts of the two regelverk."""

    old: Mapping[str, Source]
    new: Mapping[str, Source]
    forms: Forms = field(factory=Forms)

    @classmethod
    def of(cls, old: Ruleset, new: Ruleset) -> Shower:
        """For the two regelverk that are compared."""
        return cls(old.sources, new.sources, Forms(frozenset(old.kodelister) | frozenset(new.kodelister)))

    def only_order(self, e: ed.Edit) -> bool:
        """Whether what is and what was differ in nothing but the order of ``og`` and ``eller``."""
        return isinstance(e, (ed.SlotChanged, ed.ItemChanged)) and self.forms.same(e.old, e.new)

    def node(self, value: Any, is_old: bool) -> str:
        """One value in words."""
        match value:
            case None:
                return "(ikke oppgitt)"
            case bool():
                return "ja" if value else "nei"
            case str() | int() | Decimal():
                return str(value)
            case tuple():
                return "; ".join(self.node(v, is_old) for v in value) or "(ingen)"
            case ast.Node(span=span):
                return self._slice(span, is_old)
            case _:
                return str(value)

    def _slice(self, span: Span, is_old: bool) -> str:
        source = (self.old if is_old else self.new).get(span.source)
        if source is None or span.start == span.end:
            return ""
        start, end = _with_parentheses(source.text, span.start, span.end)
        return _one_line(source.text[start:end])

    def place(self, node: Any, is_old: bool) -> str | None:
        """File and line of a node."""
        span = getattr(node, "span", None)
        source = (self.old if is_old else self.new).get(span.source) if span is not None else None
        if source is None or span is None or not span.source:
            return None
        return f"{span.source}:{source.position(span.start).line}"


def _one_line(text: str) -> str:
    """A stretch of text without its comments and breaks; the blanks of a text or a quoted name stay as they are."""
    kept = _SIGN.sub(lambda m: "" if m[0].startswith("#") else m[0], text)
    return _BLANKS.sub(lambda m: m[1] or " ", kept).strip()


def _with_parentheses(text: str, start: int, end: int) -> tuple[int, int]:
    """Where a node begins and ends with the parentheses around its first and its last part.

    The span of ``(a + b) * c`` is from ``a``: a parenthesis is no node, so the spans don't hold them.
    """
    unopened, open_ = _unpaired(text, start, end)
    line = start
    while unopened and line > 0:
        # No text and no comment goes on over the end of a line, so one may begin to read at any.
        line = text.rfind("\n", 0, line - 1) + 1
        before = _unpaired(text, line, start)[1]
        if len(before) >= unopened:
            start, unopened = before[-unopened], 0
    for m in _SIGN.finditer(text, end) if open_ else ():
        if m[0] == ")":
            end = m.end()
            open_.pop()
        if not open_:
            break
    return start, end


def _unpaired(text: str, start: int, end: int) -> tuple[int, list[int]]:
    """How many parentheses of a stretch close one that is opened before it, and where those it leaves open are."""
    unopened, open_ = 0, list[int]()
    for m in _SIGN.finditer(text, start, end):
        if m[0] == "(":
            open_.append(m.start())
        elif m[0] == ")" and open_:
            open_.pop()
        elif m[0] == ")":
            unopened += 1
    return unopened, open_


def short_sides(e: ed.Edit, show: Shower) -> list[tuple[str, str]]:
    """As ``sides``, with at most ``SHOWN_CODES`` codes of each kind, and a line that says how many more there are."""
    every = sides(e, show)
    if not isinstance(e, ed.CodesChanged):
        return every
    out: list[tuple[str, str]] = []
    for sign in ("-", "+"):
        own = [line for line in every if line[0] == sign]
        out += own[:SHOWN_CODES]
        if len(own) > SHOWN_CODES:
            out.append((sign, f"… og {len(own) - SHOWN_CODES} til"))
    return out


def sides(e: ed.Edit, show: Shower) -> list[tuple[str, str]]:
    """All the lines that were (``-``) and are (``+``)."""
    match e:
        case ed.RuleChanged(gone=gone, come=come) | ed.CriteriaChanged(gone=gone, come=come) if gone or come:
            return [("-", show.node(g, True)) for g in gone] + [("+", show.node(c, False)) for c in come]
        case ed.SlotChanged(old=old, new=new) | ed.ItemChanged(old=old, new=new):
            return [("-", show.node(old, True)), ("+", show.node(new, False))]
        case ed.RuleTransferred(old=old_rule, new=new_rule) if old_rule != new_rule:
            return [("-", show.node(old_rule, True)), ("+", show.node(new_rule, False))]
        case ed.ItemAdded(item=item):
            return [("+", show.node(item, False))]
        case ed.ItemRemoved(item=item):
            return [("-", show.node(item, True))]
        case ed.CodesChanged(gained=gained, lost=lost):
            return [("-", _code(c)) for c in lost] + [("+", _code(c)) for c in gained]
        case ed.OrderChanged(old=before, new=after):
            return _orders(e.key, before, after)
        case ed.Added(declaration=ast.Gruppe() as d):
            return [("+", text) for text in _block(d, show, False)]
        case ed.Removed(declaration=ast.Gruppe() as d):
            return [("-", text) for text in _block(d, show, True)]
        case ed.Added(declaration=d) if d_short(d):
            return [("+", show.node(d, False))]
        case ed.Removed(declaration=d) if d_short(d):
            return [("-", show.node(d, True))]
        case _:
            return []


def _block(d: ast.Gruppe, show: Shower, is_old: bool) -> list[str]:
    """What stands in a block of rules: its guard, and the rules that come or go with it."""
    guard = [] if d.condition is None else [f"når {show.node(d.condition, is_old)}"]
    return guard + [show.node(r, is_old) for r in d.rules]


def _orders(key: ed.Key, old: tuple[ed.Key, ...], new: tuple[ed.Key, ...]) -> list[tuple[str, str]]:
    """Both orders, from the first to the last that differ and with one more at each end."""
    first = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    rest = min(len(old), len(new)) - first
    last = next((i for i in range(rest) if old[len(old) - 1 - i] != new[len(new) - 1 - i]), rest)
    first, last = max(first - 1, 0), max(last - 1, 0)
    out = []
    for sign, keys in (("-", old), ("+", new)):
        names = [name.removesuffix(f" {key[1]}") for _, name in keys[first : len(keys) - last]]
        more = [f"… og {len(names) - SHOWN_CODES} til"] if len(names) > SHOWN_CODES else []
        out.append((sign, ", ".join([*names[:SHOWN_CODES], *more]) or "(ingen)"))
    return out


def d_short(d: ast.Declaration) -> bool:
    """Whether a whole declaration is worth showing on a line."""
    return isinstance(d, (ast.Sats, ast.Begrep, ast.Samling, ast.Rapportering, ast.Refusjon, ast.Teller))


def _code(line: ed.CodeLine) -> str:
    text = f"  «{line.text}»" if line.text else ""
    days = line.validity
    since = f"  fra {days.start.raw}" if days is not None and days.start is not None else ""
    until = f"  til {days.end.raw}" if days is not None and days.end is not None else ""
    return f"{line.section + ' ' if line.section else ''}{line.code}{text}{since}{until}"
