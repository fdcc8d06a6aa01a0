"""The type of every expression, and the problems where there is none.

``infer`` gives ``None`` where a problem has been reported; whoever needs the type then says nothing more, so that one
cause gives one message.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from typing import assert_never

from attrs import define, field

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.nearest import nearest
from isfdsl.diagnostics.types import (
    OtherSystem,
    WrongType,
)
from isfdsl.program.codes import GROUP_SYSTEMS, HDG_SYSTEM, is_pattern, normal, pattern_regex, valid_in
from isfdsl.program.infer_expr import BOOL, NUMBER, Walk, bool_hint, field_type
from isfdsl.program.own_systems import OwnSystems
from isfdsl.program.ruleset import STAY, Ruleset
from isfdsl.program.scope import (
    BUILT_IN_ATTRIBUTES,
    AttributeSymbol,
    BegrepSymbol,
    FieldSymbol,
    GroupSymbol,
    HierarkiSymbol,
    NivaaSymbol,
    PointsSymbol,
    SamlingSymbol,
    SatsSymbol,
    Scopes,
    Symbol,
)
from isfdsl.program.types import (
    CodeType,
    ListType,
    NumberType,
    Type,
    describe,
)
from isfdsl.source import Span
from isfdsl.syntax import ast


@define(slots=False)
class Inference:
    """Infers types in one ruleset and collects problems."""

    ruleset: Ruleset
    scopes: Scopes
    problems: list[Problem] = field(factory=list)
    _begrep: dict[tuple[int, str | None], Type | None] = field(factory=dict)
    _open: set[int] = field(factory=set)
    _valid: dict[str, object] = field(factory=dict)
    _sorted: dict[str, list[str]] = field(factory=dict)
    _near: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = field(factory=dict)
    _own: OwnSystems = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._own = OwnSystems(self.ruleset)

    # ------------------------------------------------------------ entry points

    def infer(self, expr: ast.Expr, subject: str | None, *, pair: bool = False) -> Type | None:
        """The type of an expression about ``subject``; ``pair`` allows ``samme`` and ``neste.``/``forrige.``."""
        return Walk(self, subject, pair).expr(expr)

    def condition(self, expr: ast.Expr, subject: str | None, *, pair: bool = False) -> None:
        """Report when an expression is not a condition."""
        found = self.infer(expr, subject, pair=pair)
        if found is not None and found != BOOL:
            self.problems.append(
                WrongType(
                    span=expr.span, expected="et vilkår (ja eller nei)", got=describe(found), hint=bool_hint(found)
                )
            )

    def value(self, expr: ast.Expr, subject: str | None, unit: ast.Unit) -> None:
        """Report when an expression is not a number in ``unit``."""
        found = self.infer(expr, subject)
        if found is not None and found != NumberType(unit):
            hint = f"skriv enheten: «{unit}»" if found == NUMBER else None
            self.problems.append(
                WrongType(span=expr.span, expected=describe(NumberType(unit)), got=describe(found), hint=hint)
            )

    # ------------------------------------------------------------ symbols

    def symbol_type(self, symbol: Symbol, subject: str | None) -> Type | None:
        """The type of what a name stands for."""
        match symbol:
            case FieldSymbol(field=felt):
                return field_type(felt)
            case BegrepSymbol(begrep=begrep):
                return self._begrep_type(begrep, subject)
            case SamlingSymbol(samling=samling):
                return self._samling_type(samling, subject)
            case NivaaSymbol():
                return NUMBER
            case SatsSymbol(name=name):
                for sats in self.ruleset.satser[name]:
                    if isinstance(sats.value, ast.Amount):
                        return NumberType(sats.value.unit)
                return self._assumed_rate(name)
            case HierarkiSymbol(hierarki=hierarki):
                return CodeType((hierarki.name.text,))
            case AttributeSymbol(name=name):
                return self._attribute_type(name)
            case GroupSymbol():
                return CodeType(("drg", "stg", "tfg"))
            case PointsSymbol():
                return NumberType("poeng")
            case _:
                assert_never(symbol)

    def _assumed_rate(self, name: str) -> Type | None:
        for d in self.ruleset.of(ast.Antakelse):
            if isinstance(d.assumption, ast.AssumeRate) and d.assumption.rate.text == name:
                return NumberType(d.assumption.value.unit)
        return None  # an unknown rate may have any unit: nothing to check against

    def _attribute_type(self, name: str) -> Type:
        if name in BUILT_IN_ATTRIBUTES:
            return NumberType(BUILT_IN_ATTRIBUTES[name])
        for group in self.ruleset.all_groups:
            for a in group.attributes:
                if a.name.text == name and isinstance(a.value, ast.Amount):
                    return NumberType(a.value.unit)
        return NUMBER

    def _begrep_type(self, begrep: ast.Begrep, subject: str | None) -> Type | None:
        key = (id(begrep), subject)
        if key in self._begrep:
            return self._begrep[key]
        if id(begrep) in self._open:
            return None  # a circle: reported once, by its own check
        self._open.add(id(begrep))
        before = len(self.problems)
        own = begrep.subject.text if begrep.subject is not None else None
        found = self.infer(begrep.expr, own)
        del self.problems[before:]  # reported where the begrep itself is checked
        self._open.discard(id(begrep))
        self._begrep[key] = found
        return found

    def _samling_type(self, samling: ast.Samling, subject: str | None) -> Type | None:
        systems: list[str] = []
        pair = False
        for name in samling.fields:
            symbol = self.scopes.lookup(samling.subject.text, name.text)
            if not isinstance(symbol, FieldSymbol):
                return None
            systems += [s.text for s in symbol.field.type.systems]
            pair = pair or symbol.field.type.kind == "kodepar"
        return ListType(CodeType(tuple(dict.fromkeys(systems)), pair))

    # ------------------------------------------------------------ codes

    def codes(self, expr: ast.SetExpr, systems: tuple[str, ...], subject: str | None = None) -> None:
        """Report items of a set that are neither lists nor valid codes of the systems (empty: not checked), and lists
        of other systems. ``subject``: the record that is asked about, if any."""
        match expr:
            case ast.SetExcept(base=base, without=without):
                self.codes(base, systems, subject)
                self.codes(without, systems, subject)
            case ast.SetUnion(items=items):
                for item in items:
                    if isinstance(item, ast.CodeItem):
                        self._code(item, systems, subject)
                    else:
                        self.codes(item, systems, subject)

    def _code(self, item: ast.CodeItem, systems: tuple[str, ...], subject: str | None) -> None:
        text = item.text
        if not item.quoted and text in self.ruleset.kodelister:
            self._from_other(item.span, "kodelisten", text, self._own.of_list(text), systems, subject)
            return
        problem = self.code_problem(text, systems, item.span)
        if problem is not None:
            self.problems.append(problem)

    def code_problem(self, text: str, systems: tuple[str, ...], span: Span) -> Problem | None:
        """The problem of a written code that no system knows; patterns and pairs are checked part by part."""
        checked = tuple(s for s in systems if self.known_system(s) or (s == HDG_SYSTEM and self._stated_hdgs))
        if not checked or len(checked) < len(systems):
            return None
        from isfdsl.diagnostics.names import PatternMatchesNothing, UnknownCode  # a run has no use for them

        if is_pattern(text):
            hit = any(self.matches(text, s) for s in checked)
            return None if hit else PatternMatchesNothing(span=span, pattern=text, systems=checked)
        parts = text.split("+") if "+" in text else [text]
        for part in parts:
            if not self.is_valid(part, checked):
                close = self.near_code(part, checked)
                case_only = bool(close) and close[0].lower() == part.lower()
                return UnknownCode(span=span, name=part, systems=checked, nearest=close, case_only=case_only)
        return None

    def near_code(self, code: str, systems: tuple[str, ...]) -> tuple[str, ...]:
        """The code or the list that may have been meant; found once for each."""
        found = self._near.get((code, systems))
        if found is None:
            known = [*self.ruleset.kodelister, *(c for s in systems for c in self.system_codes(s))]
            found = self._near[code, systems] = nearest(code, known)
        return found

    def matches(self, pattern: str, system: str) -> bool:
        """Whether some code of the system fits the pattern; an open system may have any."""
        decl = self.ruleset.kodeverk.get(system)
        if decl is not None and decl.open_:
            return True
        if system not in self._sorted:
            self._sorted[system] = sorted(normal(c) for c in self.system_codes(system))
        codes = self._sorted[system]
        start = normal(pattern).partition("*")[0].partition("?")[0]
        regex = re.compile(pattern_regex(pattern))
        for code in codes[bisect_left(codes, start) :]:
            if not code.startswith(start):
                return False
            if regex.fullmatch(code):
                return True
        return False

    def known_system(self, system: str) -> bool:
        """Whether there is anything to check codes of the system against."""
        return system in self.ruleset.kodeverk or system in GROUP_SYSTEMS or system in self.ruleset.slag

    @cached_property
    def _stated_hdgs(self) -> tuple[str, ...]:
        """The HDGs of properties and groups; ``HDG av`` comes to no other."""
        rules = self.ruleset
        own = {d.hdg.text for ds in rules.egenskaper.values() for d in ds if d.hdg is not None}
        values = [a.value for g in rules.all_groups for a in g.attributes if a.name.text == "HDG"]
        return tuple(sorted(own.union(v.text for v in values if isinstance(v, ast.Name))))

    def system_codes(self, system: str) -> tuple[str, ...]:
        """The listed codes of a system."""
        if system == HDG_SYSTEM and system not in self.ruleset.kodeverk:
            return self._stated_hdgs
        if system in GROUP_SYSTEMS:
            return tuple(self.ruleset.groups(GROUP_SYSTEMS[system]))  # type: ignore[arg-type]
        if system in self.ruleset.slag:
            return tuple(self.ruleset.egenskaper)
        decl = self.ruleset.kodeverk.get(system)
        return decl.codes.codes if decl is not None else ()

    def is_valid(self, code: str, systems: tuple[str, ...]) -> bool:
        """Whether a single code is valid in one of the systems."""
        return any(self._is_valid(code, s) for s in systems)

    def _is_valid(self, code: str, system: str) -> bool:
        if system == HDG_SYSTEM and system not in self.ruleset.kodeverk:
            return code in self._stated_hdgs
        if system not in self._valid:
            self._valid[system] = valid_in(self.ruleset, system)
        return bool(self._valid[system](code))  # type: ignore[operator]

    def properties(
        self, names: tuple[ast.Name, ...], systems: tuple[str, ...] = (), subject: str | None = None
    ) -> None:
        """Report properties that are not declared, and those that only codes of other systems have."""
        for name in names:
            if name.text not in self.ruleset.egenskaper:
                self.unknown(name.text, name.span, "egenskapen", self.ruleset.egenskaper)
            else:
                own = self._own.of_property(name.text)
                self._from_other(name.span, "egenskapen", name.text, own, systems, subject)

    def _from_other(
        self,
        span: Span,
        what: str,
        name: str,
        own: frozenset[str] | None,
        systems: tuple[str, ...],
        subject: str | None,
    ) -> None:
        if not own or not systems or not own.isdisjoint(systems):
            return
        post = self.ruleset.poster.get((self.ruleset.stay_source if subject == STAY else subject) or "")
        fields = tuple(f.name.text for f in (post.fields if post else ()) if any(s.text in own for s in f.type.systems))
        self.problems.append(
            OtherSystem(span=span, what=what, name=name, own=tuple(sorted(own)), wanted=systems, fields=fields)
        )

    def unknown(self, name: str, span: Span, kind: str, known: object, context: str | None = None) -> None:
        """Report a name that leads nowhere, with the nearest known one."""
        from isfdsl.diagnostics.names import UnknownName

        close = nearest(name, [str(k) for k in known])  # type: ignore[attr-defined]
        self.problems.append(UnknownName(span=span, name=name, kind=kind, nearest=close, context=context))
