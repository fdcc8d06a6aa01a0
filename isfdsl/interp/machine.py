"""A Ruleset as it holds on one day, with the assumptions put in, ready to evaluate.

Everything dated is settled here once, so that evaluation never asks about days: the year is cut into epochs in which
nothing changes, and each epoch has its Machine.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cached_property
from typing import Any

from attrs import define, field

from isfdsl.interp.context import Ctx, Pair
from isfdsl.interp.events import Tracer
from isfdsl.program.codes import CodeSet, CodeSets, PropertyIndex, entries_set, normal, property_index
from isfdsl.program.infer import Inference
from isfdsl.program.ruleset import DRG_HIERARCHY, Ruleset, holds_on
from isfdsl.program.scope import Scopes
from isfdsl.syntax import ast
from isfdsl.values import EXACT

Closure = Callable[[Any], Any]


@define(slots=False, eq=False)
class Machine:
    """One epoch. ``tracer`` ``None`` is the quick way; with a tracer every expression is told to it."""

    ruleset: Ruleset
    scopes: Scopes
    day: dt.date | None
    tracer: Tracer | None = None
    extra: tuple[ast.Assumption, ...] = ()
    inference: Inference = field(init=False)
    sets: CodeSets = field(init=False)
    features: dict[tuple[str, str | None, str], Any] = field(factory=dict, init=False)
    _closures: dict[tuple[int, str | None], tuple[ast.Expr, Closure]] = field(factory=dict, init=False)
    _pairs: dict[tuple[int, str], Callable[[Pair], bool]] = field(factory=dict, init=False)
    _indexes: dict[frozenset[str], PropertyIndex] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.inference = Inference(self.ruleset, self.scopes)
        lists = {name: s for (what, name), s in self.assumed_codes.items() if what == "kodeliste"}
        self.sets = _FilledSets(self.ruleset, self.day, lists) if lists else CodeSets(self.ruleset, self.day)

    # ------------------------------------------------------------ assumptions

    @cached_property
    def assumptions(self) -> tuple[ast.Assumption, ...]:
        """Those of the rule set, then those of the example that is run."""
        return (*(d.assumption for d in self.ruleset.of(ast.Antakelse)), *self.extra)

    @cached_property
    def assumed_rates(self) -> dict[str, ast.Amount]:
        """Rates by name, where the rule set says ``ukjent``."""
        return {
            a.rate.text: a.value
            for a in self.assumptions
            if isinstance(a, ast.AssumeRate) and holds_on(a.validity, self.day)
        }

    @cached_property
    def assumed_attributes(self) -> dict[tuple[str, str, str], ast.Amount]:
        """(kind, group, attribute) to value."""
        return {
            (a.kind, a.group.text, a.attribute.text): a.value
            for a in self.assumptions
            if isinstance(a, ast.AssumeAttribute)
        }

    @cached_property
    def assumed_windows(self) -> dict[tuple[str, str, str], ast.Window]:
        """(TFG, kind, group) to window."""
        return {
            (a.tfg.text, a.kind, a.group.text): a.window for a in self.assumptions if isinstance(a, ast.AssumeWindow)
        }

    @cached_property
    def assumed_codes(self) -> dict[tuple[str, str], CodeSet]:
        """(egenskap or kodeliste, name) to the assumed codes."""
        out: dict[tuple[str, str], list[str]] = {}
        for a in self.assumptions:
            if isinstance(a, ast.AssumeCodes):
                out.setdefault((a.what, a.name.text), []).extend(a.codes)
        return {key: entries_set(codes) for key, codes in out.items()}

    # ------------------------------------------------------------ rates and attributes

    def rate(self, name: str) -> tuple[Any, str | None]:
        """The value of a rate on the day, and a note when it is unknown or assumed."""
        for sats in self.ruleset.satser[name]:
            if holds_on(sats.validity, self.day) and isinstance(sats.value, ast.Amount):
                return scaled(sats.value), None
        if name in self.assumed_rates:
            return scaled(self.assumed_rates[name]), f"antatt: sats {name}"
        return None, f"ukjent: sats {name}"

    def attribute(self, kind: ast.GroupKind | None, group: str | None, name: str) -> tuple[Any, str | None]:
        """The value of an attribute of a group, and a note when it is unknown or assumed.

        An attribute that is not written at all is missing: for ``vekt`` that is unknown too, since every group has one.
        """
        if kind is None or group is None:
            return None, None
        key = (kind, group, name)
        if key not in self._attributes:
            self._attributes[key] = self._find_attribute(kind, group, name)
        return self._attributes[key]

    @cached_property
    def _attributes(self) -> dict[tuple[str, str, str], tuple[Any, str | None]]:
        return {}

    def _find_attribute(self, kind: ast.GroupKind, group: str, name: str) -> tuple[Any, str | None]:
        decl = self.ruleset.groups(kind).get(group)
        written = next((a.value for a in decl.attributes if a.name.text == name), None) if decl is not None else None
        if isinstance(written, ast.Amount):
            return scaled(written), None
        if isinstance(written, ast.Name):
            return written.text, None
        assumed = self.assumed_attributes.get((kind, group, name))
        if assumed is not None:
            return scaled(assumed), f"antatt: {name} for {kind} {group}"
        if isinstance(written, ast.Unknown) or name == "vekt":
            return None, f"ukjent: {name} for {kind} {group}"
        return None, None

    def flag(self, kind: ast.GroupKind | None, group: str | None, name: str) -> bool:
        """Whether an attribute says ja."""
        return bool(self.attribute(kind, group, name)[0] == "ja")

    # ------------------------------------------------------------ codes

    def property_index(self, systems: frozenset[str]) -> PropertyIndex:
        """The properties of codes, as a field of these systems sees them."""
        if systems not in self._indexes:
            index = property_index(self.ruleset, self.sets, systems)
            assumed = [(name, s) for (what, name), s in self.assumed_codes.items() if what == "egenskap"]
            if assumed:
                index = PropertyIndex(index.codes, index.pairs, (*index.loose, *assumed))
            self._indexes[systems] = index
        return self._indexes[systems]

    def code_set(self, expr: ast.SetExpr, systems: frozenset[str]) -> CodeSet:
        """A set expression with assumed codes in it."""
        return self.sets.expr(expr, systems)

    @cached_property
    def recodings(self) -> dict[str, tuple[tuple[str, ast.Expr], ...]]:
        """Properties that count as another under a condition about the record at hand: (target, condition) in order."""
        out: dict[str, tuple[tuple[str, ast.Expr], ...]] = {}
        for name, declarations in self.ruleset.egenskaper.items():
            rules = tuple(
                (r.target.text, r.condition) for d in declarations if self.holds(d.validity) for r in d.regnes_som
            )
            if rules:
                out[name] = rules
        return out

    @cached_property
    def slag_members(self) -> dict[str, frozenset[str]]:
        """The properties of each kind."""
        return {
            slag: frozenset(
                name
                for name, ds in self.ruleset.egenskaper.items()
                if any(d.slag is not None and d.slag.text == slag for d in ds)
            )
            for slag in self.ruleset.slag
        }

    @cached_property
    def property_hdg(self) -> dict[str, str]:
        """The HDG of each property that states one."""
        return {name: d.hdg.text for name, ds in self.ruleset.egenskaper.items() for d in ds if d.hdg is not None}

    # ------------------------------------------------------------ expressions

    def value(self, expr: ast.Expr, subject: str | None) -> Closure:
        """What computes an expression about a Ctx."""
        from isfdsl.interp.compile import Compiler

        key = (id(expr), subject)
        if key not in self._closures:
            # The expression is kept beside its closure: its id must not be given to another one meanwhile.
            self._closures[key] = (expr, Compiler(self, subject).compile(expr))
        return self._closures[key][1]

    def pair(self, subject: str, expr: ast.Expr) -> Callable[[Pair], bool]:
        """What tests a condition of ``samles når``."""
        from isfdsl.interp.compile import compile_pair

        key = (id(expr), subject)
        if key not in self._pairs:
            self._pairs[key] = compile_pair(self, subject, expr)
        return self._pairs[key]

    def condition(self, expr: ast.Expr, subject: str | None) -> Callable[[Any], bool]:
        """What tests a condition about a Ctx; missing counts as false."""
        closure = self.value(expr, subject)
        return lambda ctx: closure(ctx) is True

    def holds(self, validity: ast.Validity | None) -> bool:
        """Whether something holds in this epoch."""
        return holds_on(validity, self.day)

    @cached_property
    def drg_hierarchy(self) -> Any:
        """The DRG hierarchy ready to decide, ``None`` when the rule set has none."""
        from isfdsl.interp.hierarchy import Decider

        decl = self.ruleset.hierarkier.get(DRG_HIERARCHY)
        return Decider(self, decl) if decl is not None else None

    @cached_property
    def _deciders(self) -> dict[str, Any]:
        return {}

    def decider(self, name: str) -> Any:
        """Any hierarchy by name."""
        from isfdsl.interp.hierarchy import Decider

        if name == DRG_HIERARCHY:
            return self.drg_hierarchy
        if name not in self._deciders:
            self._deciders[name] = Decider(self, self.ruleset.hierarkier[name])
        return self._deciders[name]

    @cached_property
    def _levels(self) -> dict[str, Any]:
        return {}

    def level(self, decl: ast.Nivaa) -> Any:
        """A level ready to be computed."""
        from isfdsl.interp.levels import Level

        if decl.name.text not in self._levels:
            self._levels[decl.name.text] = Level(self, decl)
        return self._levels[decl.name.text]

    @cached_property
    def _krav(self) -> dict[str, Any]:
        return {}

    def krav(self, name: str) -> Any:
        """A requirement ready to be tested."""
        from isfdsl.interp.krav import Requirement

        if name not in self._krav:
            self._krav[name] = Requirement(self, self.ruleset.krav[name])
        return self._krav[name]

    def new(self, subject: str, values: Any, record_id: str) -> Ctx:
        """A record to evaluate."""
        return Ctx(self, subject, values, record_id)


@define
class _FilledSets(CodeSets):
    """Sets where some code lists have assumed codes beside their own."""

    assumed: dict[str, CodeSet]

    def named(self, name: str, wanted: frozenset[str]) -> CodeSet:
        """See ``CodeSets.named``."""
        found = super().named(name, wanted)
        more = self.assumed.get(name)
        return found if more is None else CodeSet(parts=(found, more))


def scaled(amount: ast.Amount) -> Any:
    """The number of an amount: per cent are hundredths."""
    return amount.value.scaleb(-2, context=EXACT) if amount.unit == "%" else amount.value


__all__ = ["Closure", "Machine", "normal", "scaled"]
