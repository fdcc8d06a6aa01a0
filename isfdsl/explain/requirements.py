"""Requirements: each condition with what the data showed, or what the journal must show."""

from __future__ import annotations

from typing import Literal

from isfdsl.explain.case import Case
from isfdsl.explain.counted import record_context
from isfdsl.explain.document import KravCondition, KravPart
from isfdsl.explain.origins import declared, origin, title
from isfdsl.explain.settling import grouped
from isfdsl.explain.steps import Steps
from isfdsl.interp.context import Ctx
from isfdsl.interp.krav import ConditionOutcome, Requirement
from isfdsl.interp.results import Stay
from isfdsl.program.ruleset import STAY
from isfdsl.records.record import Record


def krav_parts(case: Case, stay: Stay | None, records: tuple[Record, ...]) -> tuple[KravPart, ...]:
    """The requirements on a stay and on its records, those that apply first."""
    contexts: list[tuple[str, Ctx]] = []
    if stay is not None:
        contexts.append((STAY, grouped(case, stay)))
    contexts += [(r.post, record_context(case, r)) for r in records]
    out = [
        _part(case, ctx, name)
        for subject, ctx in contexts
        for name, decl in case.ruleset.krav.items()
        if decl.subject.text == subject
    ]
    rank = {"ikke_oppfylt": 0, "oppfylt": 1, "gjelder_ikke": 2}
    return tuple(sorted(out, key=lambda k: rank[k.outcome]))


def _part(case: Case, ctx: Ctx, name: str) -> KravPart:
    decl = case.ruleset.krav[name]
    requirement: Requirement = ctx.machine.krav(name)
    found = requirement.test(ctx)
    steps = Steps(case, ctx, requirement.subject)
    return KravPart(
        krav=name,
        title=title(decl.title),
        record_id=ctx.record_id,
        outcome=found.outcome,
        applies=steps.whole(decl.applies) if decl.applies is not None and ctx.machine.holds(decl.validity) else None,
        broken=found.broken,
        documented=found.documented,
        unknown=found.unknown,
        reported=tuple(f"{field} {code}" for field, code in found.reported),
        conditions=tuple(_condition(case, steps, o) for o in found.conditions),
        origin=declared(case.ruleset, decl),
    )


def _condition(case: Case, steps: Steps, outcome: ConditionOutcome) -> KravCondition:
    v = outcome.condition
    how: Literal["maskinelt", "dokumenteres", "ukjent"] = "maskinelt"
    if v.condition is None:
        how = "ukjent" if v.unknown is not None else "dokumenteres"
    return KravCondition(
        name=v.name.text,
        title=title(v.title),
        exception=outcome.exception,
        how=how,
        holds=outcome.holds,
        attested_by=v.attested_by.text if v.attested_by is not None else None,
        condition=steps.whole(v.condition) if v.condition is not None else None,
        origin=origin(case.ruleset, v.span, v.meta),
    )
