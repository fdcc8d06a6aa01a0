"""What counts, the points line by line, and the kroner with their formula."""

from __future__ import annotations

from decimal import Decimal

from attrs import evolve

from isfdsl.explain.case import Case
from isfdsl.explain.document import Condition, Counting, MoneySum, PointLine, PointSum, RefusedRate, Step
from isfdsl.explain.formula import calculation
from isfdsl.explain.grouping import ungrouped
from isfdsl.explain.origins import declared, origin
from isfdsl.explain.steps import Steps
from isfdsl.interp.context import Ctx
from isfdsl.interp.points import shown as shown_part
from isfdsl.interp.results import Money, Stay
from isfdsl.program.ruleset import STAY
from isfdsl.syntax import ast


def grouped(case: Case, stay: Stay) -> Ctx:
    """The stay with its group, before it had points."""
    ctx = ungrouped(case, stay)
    ctx.group, ctx.group_kind = stay.ctx.group, stay.ctx.group_kind
    return ctx


def counting(case: Case, stay: Stay) -> Counting:
    """Whether a stay counts, and the conditions that say so."""
    lineage = case.engine.scopes.lineage(STAY)
    steps = Steps(case, grouped(case, stay), STAY)
    conditions = [
        Condition(
            condition=steps.whole(d.condition) if d.condition is not None else None,
            origin=declared(case.ruleset, d),
        )
        for d in case.ruleset.of(ast.Teller)
        if d.subject is None or d.subject.text in lineage
    ]
    return Counting(counts=stay.counts, outside=case.engine.outside(stay.day), conditions=tuple(conditions))


def points(case: Case, stay: Stay) -> PointSum:
    """The points of a stay, line by line."""
    found = stay.points
    assert found is not None
    lineage = case.engine.scopes.lineage(STAY)
    decl = next((d for d in case.ruleset.of(ast.Poeng) if d.subject.text in lineage), None)
    lines: list[PointLine] = []
    if decl is not None and decl.base is not None:
        steps = Steps(case, grouped(case, stay), STAY)
        base = steps.whole(decl.base)
        lines.append(
            PointLine(
                name="grunnlag",
                kind="grunnlag",
                applied=True,
                condition=None,
                formula=base,
                value=_part(base),
                lines=calculation(base),
                origin=declared(case.ruleset, decl),
            )
        )
        lines += [_line(case, steps, t, "tillegg") for t in decl.additions]
        lines += [_line(case, steps, t, "fradrag") for t in decl.deductions]
    loss_by = tuple(stay.tfg_ids) if found.loss == "erstattet" else ()
    return PointSum(
        lines=tuple(lines),
        rounding=found.rounding,
        digits=decl.rounding.digits if decl is not None and decl.rounding is not None else None,
        lost=found.lost,
        loss=found.loss,
        loss_by=loss_by,
        value=found.value,
        origin=declared(case.ruleset, decl) if decl is not None else None,
    )


def _line(case: Case, steps: Steps, t: ast.Tillegg, kind: str) -> PointLine:
    condition = steps.whole(t.condition) if t.condition is not None else None
    applied = condition is None or condition.value is True
    formula = steps.whole(t.expr) if applied else None
    return PointLine(
        name=t.name.text,
        kind="fradrag" if kind == "fradrag" else "tillegg",
        applied=applied,
        condition=condition,
        formula=formula,
        value=_part(formula) if formula is not None else None,
        lines=calculation(formula) if formula is not None else (),
        origin=origin(case.ruleset, t.span, t.meta),
    )


def _part(step: Step) -> Decimal | None:
    return None if step.value is None else shown_part(step.value)


def money(case: Case, ctx: Ctx, subject: str, found: Money | None) -> MoneySum:
    """The kroner of a stay, a særtjeneste or a course. ``ctx`` is read with its group; its points are set here."""
    if found is None:
        return MoneySum(value=None, points=None)
    ctx.points = found.points
    steps = Steps(case, ctx, STAY)
    refused: list[RefusedRate] = []
    for decl in case.ruleset.of(ast.Refusjon):
        if decl is found.rule:
            break
        if decl.subjects and not any(s.text == subject for s in decl.subjects):
            continue
        deciding = steps.deciding(decl.condition) if decl.condition is not None else None
        refused.append(RefusedRate(name=decl.name.text, deciding=deciding))
    base = MoneySum(value=found.value, points=found.points, refused=tuple(refused))
    rule = found.rule
    if rule is None:
        return base
    formula = steps.whole(rule.expr)
    return evolve(
        base,
        name=rule.name.text,
        condition=steps.whole(rule.condition) if rule.condition is not None else None,
        formula=formula,
        digits=rule.rounding.digits if rule.rounding is not None else 2,
        lines=calculation(formula),
        origin=declared(case.ruleset, rule),
    )
