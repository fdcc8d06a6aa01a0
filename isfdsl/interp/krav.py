"""Requirements: what data can show, and what the journal must."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from isfdsl.interp.context import Ctx
from isfdsl.interp.machine import Machine
from isfdsl.syntax import ast

Outcome = Literal["oppfylt", "ikke_oppfylt", "gjelder_ikke"]


@frozen
class ConditionOutcome:
    """One condition or exception. ``holds`` ``None``: it is documented and nothing attests it."""

    condition: ast.Vilkaar
    exception: bool
    holds: bool | None


@frozen
class KravResult:
    """The outcome of one requirement for one record."""

    record_id: str
    krav: str
    outcome: Outcome
    broken: tuple[str, ...]
    documented: tuple[str, ...]
    reported: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    conditions: tuple[ConditionOutcome, ...]


class Requirement:
    """One requirement in one epoch."""

    def __init__(self, machine: Machine, decl: ast.Krav) -> None:
        self.machine = machine
        self.decl = decl
        self.subject = decl.subject.text

    def applies(self, ctx: Ctx) -> bool:
        """Whether it applies to the record."""
        if not self.machine.holds(self.decl.validity):
            return False
        return self.decl.applies is None or self.machine.condition(self.decl.applies, self.subject)(ctx)

    def is_broken(self, ctx: Ctx) -> bool:
        """Whether it applies and is not met."""
        return self.test(ctx).outcome == "ikke_oppfylt"

    def test(self, ctx: Ctx) -> KravResult:
        """The whole outcome.

        A condition that is ``dokumenteres`` counts as met, and a documented exception as not at hand, unless the
        attesting field says otherwise. A condition that is ``ukjent`` counts as met and is named in ``unknown``.
        """
        name = self.decl.name.text
        if not self.applies(ctx):
            return KravResult(ctx.record_id, name, "gjelder_ikke", (), (), (), (), ())
        outcomes = [self._one(ctx, v, False) for v in self.decl.conditions if self.machine.holds(v.validity)]
        outcomes += [self._one(ctx, v, True) for v in self.decl.exceptions if self.machine.holds(v.validity)]
        broken = tuple(
            o.condition.name.text for o in outcomes if (o.holds is True if o.exception else o.holds is False)
        )
        met = not broken
        reported = next((r.values for r in self.decl.reporting if r.when_met is met), ())
        return KravResult(
            ctx.record_id,
            name,
            "oppfylt" if met else "ikke_oppfylt",
            broken,
            tuple(o.condition.name.text for o in outcomes if o.condition.documented and o.holds is None),
            tuple((f.text, code) for f, code in reported),
            tuple(o.condition.name.text for o in outcomes if o.condition.unknown is not None),
            tuple(outcomes),
        )

    def _one(self, ctx: Ctx, v: ast.Vilkaar, exception: bool) -> ConditionOutcome:
        if v.condition is not None:
            return ConditionOutcome(v, exception, self.machine.condition(v.condition, self.subject)(ctx))
        if v.attested_by is not None:
            attested = ctx.values.get(v.attested_by.text)
            if isinstance(attested, bool):
                return ConditionOutcome(v, exception, attested)
        return ConditionOutcome(v, exception, None)
