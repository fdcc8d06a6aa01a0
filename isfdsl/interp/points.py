"""Points and money: every line by itself, so that the parts add up to the øre."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from isfdsl.interp.context import Ctx
from isfdsl.interp.results import Line, Loss, Money, Points, Stay
from isfdsl.program.ruleset import STAY
from isfdsl.syntax import ast
from isfdsl.values import EXACT, Number, add, negative, round_half_away

if TYPE_CHECKING:
    from isfdsl.interp.engine import Engine

SCALE = 6  # decimals of a part that does not come out even; what that leaves over is in ``rounding``


def points_of(engine: Engine, stay: Stay) -> Points:
    """The points of a stay: base, additions, deductions, rounding, and what is lost because it doesn't count."""
    loss = _loss(engine, stay)
    decl = _declaration(engine)
    if decl is None or decl.base is None:
        return Points((), Decimal(0), Decimal(0), loss, Decimal(0) if loss is not None else None)
    ctx = stay.ctx
    before, ctx.notes = ctx.notes, {}
    lines: list[Line] = []
    exactly: Number = 0
    unknown = False
    for name, kind, item in _parts(decl):
        if item is not None and item.condition is not None and not ctx.machine.condition(item.condition, STAY)(ctx):
            continue
        value = ctx.machine.value(item.expr if item is not None else decl.base, STAY)(ctx)
        if value is None:
            unknown = True
        else:
            lines.append(Line(name, kind, shown(value), item))
            exactly = add(exactly, negative(value) if kind == "fradrag" else value)
    notes, ctx.notes = ctx.notes, before
    if loss is None or loss == "erstattet":
        stay.notes.update(notes)
    total = Decimal(0)
    for line in lines:
        total = (EXACT.subtract if line.kind == "fradrag" else EXACT.add)(total, line.value)
    rounded = round_half_away(exactly, decl.rounding.digits if decl.rounding is not None else SCALE)
    if unknown:
        if loss is None:
            return Points(tuple(lines), Decimal(0), Decimal(0), None, None)
        return Points(tuple(lines), Decimal(0), total, loss, Decimal(0))  # nothing is left, whatever it was
    lost = rounded if loss is not None else Decimal(0)
    return Points(tuple(lines), EXACT.subtract(rounded, total), lost, loss, EXACT.subtract(rounded, lost))


def _declaration(engine: Engine) -> ast.Poeng | None:
    lineage = engine.scopes.lineage(STAY)
    return next((d for d in engine.ruleset.of(ast.Poeng) if d.subject.text in lineage), None)


LineKind = Literal["grunnlag", "tillegg", "fradrag"]


def _parts(decl: ast.Poeng) -> list[tuple[str, LineKind, ast.Tillegg | None]]:
    out: list[tuple[str, LineKind, ast.Tillegg | None]] = [("grunnlag", "grunnlag", None)]
    out += [(t.name.text, "tillegg", t) for t in decl.additions]
    out += [(t.name.text, "fradrag", t) for t in decl.deductions]
    return out


def _loss(engine: Engine, stay: Stay) -> Loss | None:
    if stay.counts is False:
        return "utenfor_gyldig" if engine.outside(stay.day) else "teller_ikke"
    return "erstattet" if stay.replaced else None


def money_of(engine: Engine, ctx: Ctx, subject: str, points: Decimal | None, notes: dict[str, None]) -> Money:
    """The kroner of a stay, særtjeneste or course: the first refusjon for it whose condition holds."""
    candidates = [
        d for d in engine.ruleset.of(ast.Refusjon) if not d.subjects or any(s.text == subject for s in d.subjects)
    ]
    if not candidates:
        return Money(None, None, points)
    found, own = ctx.noted(lambda ctx: _money(ctx, candidates, points))
    if points != 0 or found.value != 0:  # nothing times an unknown price is nothing
        notes.update(own)
    if found.rule is None and found.value is None:
        notes["ingen refusjonsregel gjelder"] = None
    return found


def _money(ctx: Ctx, candidates: list[ast.Refusjon], points: Decimal | None) -> Money:
    nothing = Decimal("0.00") if points == 0 else None
    for decl in candidates:
        if decl.condition is None or ctx.machine.condition(decl.condition, STAY)(ctx):
            value: Number | None = ctx.machine.value(decl.expr, STAY)(ctx)
            if value is None:
                return Money(nothing, decl, points)
            return Money(round_half_away(value, decl.rounding.digits if decl.rounding is not None else 2), decl, points)
    return Money(nothing, None, points)


def shown(value: Number) -> Decimal:
    """A part of the points with at most ``SCALE`` decimals; what that cuts off is part of the rounding line."""
    if isinstance(value, int):
        return Decimal(value)
    exponent = value.as_tuple().exponent if isinstance(value, Decimal) else None
    if isinstance(value, Decimal) and isinstance(exponent, int) and exponent >= -SCALE:
        return value
    return round_half_away(value, SCALE)
