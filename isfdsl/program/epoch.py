"""What a Ruleset says on one day, with the assumptions put in: rates, attributes, codes and their properties.

Everything dated is settled here once, so that evaluation never asks about days: the year is cut into epochs in which
nothing changes. Every engine builds on the Epoch; what expressions mean is theirs.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from functools import cached_property
from typing import Any

from attrs import define, field

from isfdsl.program.codes import CodeSet, CodeSets, PropertyIndex, entries_set, property_index
from isfdsl.program.infer import Inference
from isfdsl.program.ruleset import Ruleset, holds_on
from isfdsl.program.scope import Scopes
from isfdsl.syntax import ast
from isfdsl.values import EXACT


@define(slots=False, eq=False)
class Epoch:
    """The facts of one epoch; ``day`` is any day in it. ``extra`` are assumptions for this run alone."""

    ruleset: Ruleset
    scopes: Scopes
    day: dt.date | None
    extra: tuple[ast.Assumption, ...] = field(default=(), kw_only=True)
    inference: Inference = field(init=False)
    sets: CodeSets = field(init=False)
    _indexes: dict[frozenset[str], PropertyIndex] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.inference = Inference(self.ruleset, self.scopes)
        lists = {name: s for (what, name), s in self.assumed_codes.items() if what == "kodeliste"}
        self.sets = _FilledSets(self.ruleset, self.day, lists) if lists else CodeSets(self.ruleset, self.day)

    def holds(self, validity: ast.Validity | None) -> bool:
        """Whether something holds in this epoch."""
        return holds_on(validity, self.day)

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
            assumed = [(name, s) for (what, name), s in self.assumed_codes.items() if what == "egenskap"]
            self._indexes[systems] = property_index(self.ruleset, self.sets, systems, assumed)
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


def epoch_days(ruleset: Ruleset, extra: tuple[ast.Assumption, ...] = ()) -> tuple[dt.date, ...]:
    """The first day of each epoch but the first, in order; ``extra`` may cut the year further."""
    days = set(ruleset.epochs)
    for a in extra:
        if isinstance(a, ast.AssumeRate) and a.validity is not None:
            start, end = a.validity.start, a.validity.end
            if start is not None and start.value is not None:
                days.add(start.value)
            if end is not None and end.value is not None:
                days.add(end.value + dt.timedelta(days=1))
    return tuple(sorted(days))


def epoch_of(ruleset: Ruleset, days: tuple[dt.date, ...], day: dt.date | None) -> tuple[int, dt.date | None]:
    """The number of the epoch of a day, and a day in it. Without a day, the first day of the regelverk decides."""
    if day is None:
        head = ruleset.head
        day = head.start.value if head is not None and head.start is not None else None
    return (bisect_right(days, day) if day is not None else -1), day


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


__all__ = ["Epoch", "epoch_days", "epoch_of", "scaled"]
