"""Clauses that many declarations share, and the small texts inside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from isfdsl.formatter.context import Context
from isfdsl.formatter.layout import Blank, Clause, Frag, Value, fill, hang, nothing, plain
from isfdsl.formatter.names import quoted, with_unit
from isfdsl.syntax import ast

# Ranks leave room between them; meta comes last unless the grammar would give it to a nested item.
FIRST, BODY, META = 0, 100, 1000


class Clauses:
    """Writes clauses of one declaration."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.names = context.names
        self.expressions = context.expressions

    # -------------------------------------------------------------- small texts

    def name(self, node: ast.Name) -> str:
        """A name."""
        return self.names.name(node)

    def heading(self, *parts: str | None) -> str:
        """The words of a heading, without those that are missing."""
        return " ".join(part for part in parts if part)

    def title(self, text: ast.Text | None) -> str | None:
        """The quoted title, when there is one."""
        return None if text is None else quoted(text.value)

    def validity(self, validity: ast.Validity | None) -> str | None:
        """``fra … til …``."""
        if validity is None:
            return None
        start = "" if validity.start is None else f"fra {validity.start.raw}"
        end = "" if validity.end is None else f"til {validity.end.raw}"
        return self.heading(start, end)

    def amount(self, value: ast.Amount | ast.Unknown) -> str:
        """A number with its unit, or ``ukjent``."""
        match value:
            case ast.Amount():
                return with_unit(value.value, value.unit)
            case ast.Unknown(reason=reason):
                return "ukjent" if reason is None else f"ukjent {quoted(reason)}"
            case _:
                assert_never(value)

    def bound(self, bound: ast.Bound) -> str:
        """``30 dager etter slutt``."""
        return f"{bound.days} {'dag' if bound.days == 1 else 'dager'} {bound.direction} {bound.anchor}"

    def window(self, window: ast.Window | ast.UnknownWindow) -> str:
        """``fra 0 dager før start til 30 dager etter slutt``."""
        match window:
            case ast.Window(start=start, end=end):
                return f"fra {self.bound(start)} til {self.bound(end)}"
            case ast.UnknownWindow(reason=reason):
                return "ukjent vindu" if reason is None else f"ukjent vindu {quoted(reason)}"
            case _:
                assert_never(window)

    def returkode(self, clause: ast.ReturkodeClause) -> str:
        """What follows the word ``returkode``."""
        if clause.condition is None or clause.otherwise is None:
            return self.name(clause.value)
        condition = self.expressions.flat(clause.condition, 1)
        return f"{self.name(clause.value)} hvis {condition} ellers {self.name(clause.otherwise)}"

    def assumption(self, assumption: ast.Assumption) -> list[str]:
        """What follows ``antakelse`` or ``gitt``, piece by piece."""
        reason = self.title(assumption.reason)
        match assumption:
            case ast.AssumeAttribute():
                words = [self.name(assumption.attribute), assumption.kind, self.name(assumption.group)]
                parts = [" ".join([*words, self.amount(assumption.value)])]
            case ast.AssumeRate():
                parts = [self.heading("sats", self.name(assumption.rate), self.amount(assumption.value))]
                if assumption.validity is not None:
                    parts.append(self.validity(assumption.validity) or "")
            case ast.AssumeWindow():
                words = ["vindu TFG", self.name(assumption.tfg), assumption.kind, self.name(assumption.group)]
                parts = [" ".join(words), self.window(assumption.window)]
            case ast.AssumeCodes():
                codes = [self.names.code(c, (id(assumption), n + 1)) for n, c in enumerate(assumption.codes)]
                parts = [f"{assumption.what} {self.name(assumption.name)} {', '.join(codes)}"]
            case _:
                assert_never(assumption)
        return parts if reason is None else [*parts, reason]

    # -------------------------------------------------------------- values

    def expression(self, e: ast.Expr, place: int = 0) -> Value:
        """An expression as a value."""
        return lambda width: self.expressions.frags(e, width, place)

    def name_list(self, names: Sequence[ast.Name], prefix: str = "") -> Value:
        """Names as a value, after ``prefix``."""

        def value(width: int) -> list[Frag]:
            frags = self.expressions.name_frags(names, width - len(prefix))
            return hang(prefix, frags) if prefix else frags

        return value

    # -------------------------------------------------------------- clauses

    def keyed(
        self, rank: int, key: str, value: str | Value, at: int, blank: Blank = Blank.NEVER, aligned: bool = True
    ) -> Clause:
        """A clause whose value begins at ``at``."""
        start = self.context.before(at, len(key.split()))
        return Clause(rank, key, plain(value) if isinstance(value, str) else value, start, aligned, blank)

    def bare(self, rank: int, key: str, at: int) -> Clause:
        """A clause without a value."""
        return Clause(rank, key, nothing, at, aligned=False)

    def condition(self, rank: int, key: str, e: ast.Expr | None, aligned: bool = True) -> list[Clause]:
        """``når …`` and its like, when there is one."""
        return [] if e is None else [self.keyed(rank, key, self.expression(e), e.span.start, aligned=aligned)]

    def meta(self, clauses: Sequence[ast.MetaClause], rank: int = META) -> list[Clause]:
        """``merknad``, ``ufullstendig``, ``videreført``, ``kilde``."""
        return [self._meta(clause, rank) for clause in clauses]

    def _meta(self, clause: ast.MetaClause, rank: int) -> Clause:
        at = clause.span.start
        rank += meta_rank(clause)
        match clause:
            case ast.Merknad(text=text):
                return Clause(rank, "merknad", plain(quoted(text)), at)
            case ast.Ufullstendig(text=text):
                return Clause(rank, "ufullstendig", plain(quoted(text)), at)
            case ast.Videreforing(year=year):
                return Clause(rank, "videreført", plain(f"fra {year}"), at)
            case ast.Kilde(refs=refs):
                return Clause(rank, "kilde", lambda width: self._refs(refs, width), at)
            case _:
                assert_never(clause)

    def _refs(self, refs: Sequence[ast.SourceRef], width: int) -> list[Frag]:
        each = self.context.commented(refs[0].span.start, refs[-1].span.end)
        return fill((Frag(self._ref(ref), ref.span.start) for ref in refs), width, each)

    def _ref(self, ref: ast.SourceRef) -> str:
        return quoted(ref.value) if ref.is_text else self.names.word(ref.value, (id(ref), 0), ints=False)

    def attribute(self, rank: int, attribute: ast.Attributt) -> Clause:
        """``vekt 0,150``."""
        name, value = attribute.name, attribute.value
        hdg = name.text == "HDG"
        key = "HDG" if hdg else self.name(name)
        match value:
            case ast.Amount():
                key, text = "'HDG'" if hdg else key, self.amount(value)
            case ast.Unknown():
                text = self.amount(value)
            case ast.Name():
                text = value.text if value.text in ("ja", "nei") else self.names.name(value, ints=hdg)
            case _:
                assert_never(value)
        return Clause(rank, key, plain(text), attribute.span.start)

    def meta_frags(self, clauses: Sequence[ast.MetaClause], width: int) -> list[Frag]:
        """Meta clauses of an item that has no block of its own, one a line."""
        out: list[Frag] = []
        for clause in sorted(self.meta(clauses), key=lambda c: c.rank):
            prefix = f"{clause.key} "
            out += hang(prefix, clause.value(width - len(prefix)), at=clause.at)
        return out


def meta_rank(clause: ast.MetaClause) -> int:
    """The place of a meta clause among its fellows."""
    match clause:
        case ast.Merknad():
            return 0
        case ast.Ufullstendig():
            return 1
        case ast.Videreforing():
            return 2
        case ast.Kilde():
            return 3
        case _:
            assert_never(clause)
