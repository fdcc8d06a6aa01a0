"""The DRG hierarchy and the levels, from the first rule to the one that decided."""

from __future__ import annotations

from isfdsl.explain.case import Case
from isfdsl.explain.document import (
    CategoryStep,
    Grouping,
    LevelStep,
    TriedGroup,
    TriedOutcome,
    TriedRule,
)
from isfdsl.explain.origins import declared, origin, title
from isfdsl.explain.steps import Steps
from isfdsl.interp.context import Ctx
from isfdsl.interp.hierarchy import Decider
from isfdsl.interp.results import Stay
from isfdsl.interp.tables import hdg_of
from isfdsl.program.ruleset import STAY, Located
from isfdsl.syntax import ast


def grouping(case: Case, stay: Stay) -> Grouping | None:
    """How a stay got its DRG; ``None`` when the regelverk groups nothing."""
    decider: Decider | None = stay.ctx.machine.drg_hierarchy
    if decider is None:
        return None
    ctx = ungrouped(case, stay)
    scan = Scan(case, decider, ctx)
    groups = scan.groups()
    rule = stay.located.rule if stay.located is not None else None
    clause = rule.returkode if rule is not None else decider.decl.ellers.returkode if decider.decl.ellers else None
    condition = clause.condition if clause is not None else None
    decl = case.ruleset.drg.get(stay.drg) if stay.drg is not None else None
    return Grouping(
        hierarchy=decider.decl.name.text,
        group=stay.drg,
        title=title(decl.title) if decl is not None else None,
        hdg=hdg_of(stay),
        decided_by="regel" if rule is not None else "ellers" if stay.drg is not None else "ingen",
        rule=stay.rule_id,
        return_code=stay.returkode,
        return_condition=scan.steps.whole(condition) if condition is not None else None,
        groups=groups,
        incomplete=(*decider.unfinished, *(decl.ufullstendig if decl is not None else ())),
        origin=declared(case.ruleset, decl) if decl is not None else None,
    )


def ungrouped(case: Case, stay: Stay) -> Ctx:
    """The stay as it was when its group was not yet known."""
    return stay.ctx.machine.new(STAY, stay.ctx.values, stay.ctx.record_id)


class Scan:
    """The rules of a hierarchy, tried in order on a record."""

    def __init__(self, case: Case, decider: Decider, ctx: Ctx) -> None:
        self.case = case
        self.decider = decider
        self.ctx = ctx
        self.steps = Steps(case, ctx, decider.subject)

    def groups(self) -> tuple[TriedGroup, ...]:
        """Blocks of rules in order, up to the rule that decided."""
        blocks: list[tuple[ast.Gruppe, list[Located]]] = []
        for located in self.decider.rules:
            if not blocks or blocks[-1][0] is not located.group:
                blocks.append((located.group, []))
            blocks[-1][1].append(located)
        out: list[TriedGroup] = []
        for group, rules in blocks:
            tried = self.group(group, rules)
            out.append(tried)
            if tried.rules and tried.rules[-1].outcome == "slo_til":
                break
        return tuple(out)

    def group(self, group: ast.Gruppe, rules: list[Located]) -> TriedGroup:
        """One block: its guard, and its rules when it is open."""
        ruleset = self.case.ruleset
        open_ = self.decider.is_open(self.ctx, group)
        guard = None
        if group.condition is not None:
            guard = self.steps.whole(group.condition) if open_ else self.steps.deciding(group.condition)
        tried: list[TriedRule] = []
        for located in rules if open_ else ():
            tried.append(self.rule(located))
            if tried[-1].outcome == "slo_til":
                break
        return TriedGroup(
            group=group.name.text,
            title=title(group.title),
            open=open_,
            guard=guard,
            rule_count=len(rules),
            rules=tuple(tried),
            origin=declared(ruleset, group),
        )

    def rule(self, located: Located) -> TriedRule:
        """One rule of an open block."""
        rule = located.rule
        deciding = self.steps.deciding(rule.condition) if rule.condition is not None else None
        outcome: TriedOutcome = "slo_til" if deciding is None else "vilkar_brutt"
        whole = self.steps.whole(rule.condition) if deciding is None and rule.condition is not None else None
        return TriedRule(
            rule=rule.name.text,
            title=title(rule.title),
            target=rule.target.text,
            outcome=outcome,
            deciding=deciding,
            condition=whole,
            origin=origin(self.case.ruleset, rule.span, rule.meta),
        )


def levels(case: Case, stay: Stay) -> tuple[LevelStep, ...]:
    """Every level a stay has, with the categories that held or were blocked."""
    lineage = case.engine.scopes.lineage(STAY)
    ctx = ungrouped(case, stay)
    ctx.group, ctx.group_kind = stay.ctx.group, stay.ctx.group_kind
    out: list[LevelStep] = []
    for decl in case.ruleset.of(ast.Nivaa):
        if decl.subject.text not in lineage:
            continue
        level = ctx.machine.level(decl)
        steps = Steps(case, ctx, decl.subject.text)
        categories: list[CategoryStep] = []
        for outcome in level.outcomes(ctx):
            category = outcome.category
            exceptions = tuple(steps.whole(e) for e in category.exceptions)
            categories.append(
                CategoryStep(
                    category=category.name.text,
                    title=title(category.title),
                    level=category.level,
                    blocked=outcome.blocked,
                    condition=steps.whole(category.condition) if category.condition is not None else None,
                    exceptions=tuple(e for e in exceptions if e.value is True),
                    origin=origin(case.ruleset, category.span, category.meta),
                )
            )
        out.append(
            LevelStep(
                level=decl.name.text,
                title=title(decl.title),
                value=level.value(ctx),
                categories=tuple(categories),
                origin=declared(case.ruleset, decl),
            )
        )
    return tuple(out)
