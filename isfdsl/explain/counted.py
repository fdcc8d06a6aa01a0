"""Særtjenester: the STGs tried on a record, and how its særtjeneste was counted and paid."""

from __future__ import annotations

from decimal import Decimal

from isfdsl.explain import settling
from isfdsl.explain.case import Case
from isfdsl.explain.document import Financing, FinancingTest, ServicePart, TriedStg, Triggering
from isfdsl.explain.making import record_ref
from isfdsl.explain.origins import declared, title
from isfdsl.explain.steps import Steps
from isfdsl.interp.context import Ctx
from isfdsl.interp.results import Hit, Service
from isfdsl.interp.services import financing_attribute
from isfdsl.program.ruleset import SERVICE
from isfdsl.records.record import Record
from isfdsl.syntax import ast


def triggering(case: Case, record: Record) -> Triggering | None:
    """The STGs tried on a record; ``None`` when no STG is triggered by its type."""
    rules = case.ruleset
    concerned = [n for n in rules.stg_order if any(t.text == record.post for t in rules.stg[n].triggers)]
    if not concerned:
        return None
    steps = Steps(case, record_context(case, record), record.post)
    tried: list[TriedStg] = []
    for name in concerned:
        tried.append(try_stg(case, steps, rules.stg[name]))
        if tried[-1].outcome == "slo_til":
            break
    hit = case.hit_of(record)
    service = case.service_of(hit) if hit is not None else None
    return Triggering(
        record_id=record.record_id,
        post=record.post,
        stg=hit.stg if hit is not None else None,
        service_id=service.service_id if service is not None else None,
        tried=tuple(tried),
    )


def record_context(case: Case, record: Record) -> Ctx:
    """A record to evaluate; one that is part of a stay has the stay's group, as in the engine."""
    engine = case.engine
    ctx = engine.context(record.post, record.values, record.record_id, engine.record_day(record.post, record))
    stay = case.stay_of(record)
    if stay is not None:
        ctx.group, ctx.group_kind = stay.ctx.group, stay.ctx.group_kind
    return ctx


def try_stg(case: Case, steps: Steps, decl: ast.Stg) -> TriedStg:
    """One STG tried on a record of a type that triggers it."""
    holds = steps.machine.holds(decl.validity)
    deciding = steps.deciding(decl.condition) if holds and decl.condition is not None else None
    met = holds and deciding is None
    return TriedStg(
        stg=decl.name.text,
        title=title(decl.title),
        outcome="slo_til" if met else "vilkar_brutt" if holds else "gjelder_ikke_dagen",
        deciding=deciding,
        condition=steps.whole(decl.condition) if met and decl.condition is not None else None,
        origin=declared(case.ruleset, decl),
    )


def service_part(case: Case, service: Service) -> ServicePart:
    """A særtjeneste from its records to its kroner."""
    decl = case.ruleset.stg[service.stg]
    first = service.hits[0].ctx
    ctx = as_group(first, "STG", service.stg)
    replaced = [i for h in service.hits if h.replaced for i in h.tfg_ids]
    return ServicePart(
        service_id=service.service_id,
        stg=service.stg,
        title=title(decl.title),
        period=service.period,
        counted=counted(decl.telles),
        records=tuple(record_ref(case, h.record) for h in service.hits),
        financing=_financing(case, decl, service.hits, service.financed),
        replaced_by=tuple(dict.fromkeys(replaced)) if service.replaced else (),
        weight=weight(first, "STG", service.stg),
        points=service.points,
        money=settling.money(case, ctx, SERVICE, service.money),
        origin=declared(case.ruleset, decl),
    )


def counted(telles: ast.Telles | None) -> str:
    """How a group is counted, in the words of the regelverk."""
    if telles is None:
        return "ikke sagt"
    if telles.unit in ("kontakt", "trigger"):
        return f"per {telles.unit}"
    where = " per institusjon" if telles.per_institution else ""
    return f"én gang per pasient per {telles.unit}{where}"


def weight(ctx: Ctx, kind: ast.GroupKind, group: str) -> Decimal | None:
    """The weight of a group on the day of a record."""
    value, _ = ctx.machine.attribute(kind, group, "vekt")
    return value if isinstance(value, Decimal) else None


def as_group(base: Ctx, kind: ast.GroupKind, group: str) -> Ctx:
    """A contact read as the særtjeneste or course it stands for."""
    ctx = base.machine.new(base.subject, base.values, base.record_id)
    ctx.group, ctx.group_kind = group, kind
    return ctx


def stated(ctx: Ctx, kind: ast.GroupKind, group: str) -> str | None:
    """What the group's attribute ``finansiert`` says."""
    return {True: "ja", False: "nei", None: None}[financing_attribute(ctx, kind, group)]


def _financing(case: Case, decl: ast.Stg, hits: tuple[Hit, ...], financed: bool | None) -> Financing:
    tests: tuple[FinancingTest, ...] = ()
    if decl.finansieres is not None:
        condition = decl.finansieres.condition
        tests = tuple(
            FinancingTest(
                record_id=h.record.record_id,
                condition=Steps(case, h.ctx, h.record.post).whole(condition),
            )
            for h in hits
        )
    return Financing(
        financed=financed,
        stated=stated(hits[0].ctx, "STG", decl.name.text),
        quantifier=decl.finansieres.quantifier if decl.finansieres is not None else None,
        tests=tests,
    )
