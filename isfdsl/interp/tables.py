"""A Result as the output tables and the summary that ``isf run`` writes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from isfdsl.interp.results import Course, Money, Result, Service, Stay
from isfdsl.program.ruleset import Ruleset
from isfdsl.records import tables as spec
from isfdsl.records.summary import TABLES, GroupKind, Row, Totals, note_kind, too_fine
from isfdsl.records.tables import TableData
from isfdsl.values import EXACT


def tables(result: Result, ruleset: Ruleset) -> dict[str, TableData]:
    """The output tables by name, columns as in ``isfdsl.records.tables``."""
    return {
        "opphold": TableData.from_rows(spec.OPPHOLD, (_stay(s, ruleset) for s in result.stays)),
        "saertjenester": TableData.from_rows(spec.SAERTJENESTER, (_service(s) for s in result.services)),
        "forlop": TableData.from_rows(spec.FORLOP, (_course(c) for c in result.courses)),
        "forlop_medlemmer": TableData.from_rows(spec.FORLOP_MEDLEMMER, _members(result.courses)),
        "krav": TableData.from_rows(
            spec.KRAV,
            ((k.record_id, k.krav, k.outcome, list(k.broken), list(k.documented)) for k in result.krav),
        ),
        "avvist": TableData.from_rows(
            spec.AVVIST, ((r.fil, r.rad, r.record_id, r.kode, r.melding, r.post) for r in result.rejects)
        ),
    }


def hdg_of(stay: Stay) -> str | None:
    """The HDG of the stay's group."""
    if stay.drg is None:
        return None
    value, _ = stay.ctx.machine.attribute("DRG", stay.drg, "HDG")
    return None if value is None else str(value)


def _stay(s: Stay, ruleset: Ruleset) -> tuple[Any, ...]:
    p = s.points
    assert p is not None
    known = bool(p.lines)
    return (
        s.opphold_id,
        [r.record_id for r in s.records],
        s.patient,
        s.unit,
        s.drg,
        s.rule_id,
        s.returkode,
        hdg_of(s),
        s.counts,
        p.total("grunnlag") if any(line.kind == "grunnlag" for line in p.lines) else None,
        p.total("tillegg") if known else None,
        p.total("fradrag") if known else None,
        p.rounding if known else None,
        p.lost if known else None,
        p.loss,
        p.value,
        s.money.value if s.money is not None else None,
        sorted(s.tfg_ids),
        sorted(s.notes),
    )


def _service(s: Service) -> tuple[Any, ...]:
    return (
        s.patient,
        s.stg,
        s.period,
        [h.record.record_id for h in s.hits],
        s.financed,
        s.points,
        s.money.value if s.money is not None else None,
        sorted(s.notes),
    )


def _course(c: Course) -> tuple[Any, ...]:
    money = c.money.value if c.money is not None else None
    return c.course_id, c.tfg, c.patient, c.trigger_id, c.period, c.financed, c.points, money, sorted(c.notes)


def _members(courses: Iterable[Course]) -> Iterable[tuple[Any, ...]]:
    for c in courses:
        for m in c.members:
            yield c.course_id, m.record_id, m.role, m.day, m.group, m.what.unit, m.share


# ------------------------------------------------------------------ summary


def totals(result: Result, ruleset: Ruleset) -> Totals:
    """Counts, and sums per group, unit, region and area (the refusjon that paid)."""
    out = Totals(in_stays=sum(len(s.records) for s in result.stays))
    for s in result.stays:
        points = s.points.value if s.points is not None else None
        _add(out, "DRG", s.drg, points, s.money, s.unit, s.region, s.notes)
    for v in result.services:
        first = v.hits[0]
        _add(out, "STG", v.stg, v.points, v.money, first.unit, _region(ruleset, first), v.notes)
    for c in result.courses:
        what = c.trigger or c.members[0].what
        region = what.region if isinstance(what, Stay) else _region(ruleset, what)
        _add(out, "TFG", c.tfg, c.points, c.money, what.unit, region, c.notes)
    out.rows["krav"] = len(result.krav)
    return out


def summary(result: Result, ruleset: Ruleset, counted: Totals | None = None) -> dict[str, Any]:
    """The content of ``sammendrag.json`` but for the run itself; decimals stay decimals."""
    return (counted or totals(result, ruleset)).summary(ruleset.title, result.read, result.rejects, ruleset.stay_source)


def _add(
    out: Totals,
    kind: GroupKind,
    group: str | None,
    points: Decimal | None,
    money: Money | None,
    unit: str | None,
    region: str | None,
    notes: dict[str, None],
) -> None:
    kroner = money.value if money is not None else None
    whole = {}
    for column, amount, decimals in (("poeng", points, 6), ("refusjon", kroner, 2)):
        scaled = amount.scaleb(decimals, context=EXACT) if amount is not None else 0
        whole[column] = int(scaled)
        if whole[column] != scaled:
            out.unwritable.add(too_fine(TABLES[kind], column, decimals))
    row = Row(
        antall=1,
        poeng=whole["poeng"],
        refusjon=whole["refusjon"],
        uten_poeng=int(points is None),
        uten_refusjon=int(kroner is None),
        antatt=int(any(n.startswith("antatt") for n in notes)),
    )
    area = money.rule.name.text if money is not None and money.rule is not None else None
    for key, value in ((kind, group), ("enhet", unit), ("region", region), ("omrade", area), ("totalt", None)):
        out.add(key, value, row)
    out.rows[TABLES[kind]] += 1
    out.add_notes(dict.fromkeys(notes, 1), dict.fromkeys({note_kind(n)[0] for n in notes}, 1))


def _region(ruleset: Ruleset, hit: Any) -> str | None:
    name = ruleset.role(hit.record.post, "region")
    value = hit.ctx.values.get(name) if name is not None else None
    return None if value is None else str(value)
