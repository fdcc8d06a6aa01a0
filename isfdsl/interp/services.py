"""STG: which records trigger one, and how they are counted per patient and period."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from isfdsl.interp.context import Ctx
from isfdsl.interp.results import Hit, Service
from isfdsl.records.record import Record
from isfdsl.syntax import ast
from isfdsl.values import period_label

if TYPE_CHECKING:
    from isfdsl.interp.engine import Engine


def find_hit(engine: Engine, record: Record, ctx: Ctx) -> Hit | None:
    """The first STG in order that the record triggers."""
    rules = engine.ruleset
    post = record.post
    for name in rules.stg_order:
        decl = rules.stg[name]
        if triggers(ctx, decl, post):
            field = decl.dateres.text if decl.dateres is not None else rules.role(post, "start")
            day = ctx.day(field)
            return Hit(
                record,
                ctx,
                name,
                engine.text(ctx, post, "pasient"),
                engine.text(ctx, post, "enhet"),
                engine.text(ctx, post, "institusjon"),
                day,
                ctx.day(rules.role(post, "slutt")) or day,
                notes=dict(ctx.notes),
            )
    return None


def triggers(ctx: Ctx, decl: ast.Stg, post: str) -> bool:
    """Whether a record triggers an STG."""
    if not any(t.text == post for t in decl.triggers) or not ctx.machine.holds(decl.validity):
        return False
    return decl.condition is None or ctx.machine.condition(decl.condition, post)(ctx)


def count(engine: Engine, hits: Iterable[Hit]) -> list[Service]:
    """The særtjenester of all hits: one per patient, STG and period."""
    groups: dict[tuple[str | None, ...], list[Hit]] = {}
    for hit in hits:
        groups.setdefault(_key(engine.ruleset.stg[hit.stg], hit), []).append(hit)
    out = []
    for (patient, stg, period, institution, _), own in groups.items():
        own.sort(key=lambda h: (h.day is None, h.day, h.record.record_id))
        assert stg is not None and period is not None
        parts = [patient or "", stg, period, *([institution] if institution else [])]
        out.append(_service(engine, "/".join(parts), own, patient, stg, period))
    return sorted(out, key=lambda s: s.service_id)


def _key(decl: ast.Stg, hit: Hit) -> tuple[str | None, ...]:
    telles = decl.telles
    if telles is None or telles.unit in ("kontakt", "trigger") or hit.day is None or hit.patient is None:
        # Ids are unique within a record type only.
        return hit.patient, hit.stg, hit.record.record_id, None, hit.record.post
    institution = hit.institution if telles.per_institution else None
    return hit.patient, hit.stg, period_label(telles.unit, hit.day), institution, None


def _service(engine: Engine, service_id: str, hits: list[Hit], patient: str | None, stg: str, period: str) -> Service:
    first = hits[0].ctx
    notes: dict[str, None] = dict.fromkeys(engine.ruleset.unfinished("STG", stg))
    financed = is_financed(engine, engine.ruleset.stg[stg], hits, notes)
    service = Service(service_id, patient, stg, period, tuple(hits), financed, None, None, notes=notes)
    service.points = engine.group_points(first, "STG", stg, financed, notes)
    return service


def is_financed(engine: Engine, decl: ast.Stg, hits: list[Hit], notes: dict[str, None]) -> bool | None:
    """Whether the særtjeneste is financed: the attribute ``finansiert``, and ``finansieres når`` over its records."""
    stated = financing_attribute(hits[0].ctx, "STG", decl.name.text)
    if decl.finansieres is not None:
        if stated is False:
            return False
        quantifier = decl.finansieres.quantifier
        condition = decl.finansieres.condition
        tests = (_holds(condition, h, notes) for h in hits)
        if quantifier == "minst én":
            return any(tests)
        if quantifier == "alle":
            return all(tests)
        return next(tests)
    if stated is None:
        notes[f"ukjent: finansiering av STG {decl.name.text}"] = None
    return stated


def _holds(condition: ast.Expr, hit: Hit, notes: dict[str, None]) -> bool:
    """What ``finansieres når`` says of a record, and what that rests on."""
    found, own = hit.ctx.noted(hit.ctx.machine.condition(condition, hit.record.post))
    notes.update(own)
    return found


def financing_attribute(ctx: Ctx, kind: ast.GroupKind, group: str) -> bool | None:
    """What ``finansiert`` says: ja, nei, or ``None`` when it is unknown or not written."""
    value, _ = ctx.machine.attribute(kind, group, "finansiert")
    return {"ja": True, "nei": False}.get(value)
