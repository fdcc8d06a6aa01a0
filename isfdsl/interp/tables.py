"""A Result as the output tables and the summary that ``isf run`` writes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from isfdsl.interp.results import Course, Money, Result, Service, Stay
from isfdsl.program.ruleset import Ruleset
from isfdsl.records import tables as spec
from isfdsl.records.tables import TableData

SUMMARY_SCHEMA = "isf.sammendrag.v1"


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


class _Sums:
    """Counts and sums under one key; what is unknown is counted, not summed."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}

    def add(self, key: str | None, points: Decimal | None, money: Money | None, assumed: bool) -> None:
        row = self.rows.setdefault(
            key or "",
            {
                "antall": 0,
                "poeng": Decimal(0),
                "refusjon": Decimal(0),
                "uten_poeng": 0,
                "uten_refusjon": 0,
                "antatt": 0,
            },
        )
        kroner = money.value if money is not None else None
        row["antall"] += 1
        row["antatt"] += assumed
        for name, value in (("poeng", points), ("refusjon", kroner)):
            if value is None:
                row[f"uten_{name}"] += 1
            else:
                row[name] += value

    def sorted(self) -> dict[str, dict[str, Any]]:
        return dict(sorted(self.rows.items()))


def summary(result: Result, ruleset: Ruleset) -> dict[str, Any]:
    """Counts, and sums per group, unit, region and area (the refusjon that paid); decimals stay decimals."""
    by: dict[str, _Sums] = {k: _Sums() for k in ("DRG", "STG", "TFG", "enhet", "region", "omrade", "totalt")}
    for s in result.stays:
        points = s.points.value if s.points is not None else None
        _add(by, "DRG", s.drg, points, s.money, s.unit, s.region, s.notes)
    for v in result.services:
        first = v.hits[0]
        _add(by, "STG", v.stg, v.points, v.money, first.unit, _region(ruleset, first), v.notes)
    for c in result.courses:
        what = c.trigger or c.members[0].what
        region = what.region if isinstance(what, Stay) else _region(ruleset, what)
        _add(by, "TFG", c.tfg, c.points, c.money, what.unit, region, c.notes)
    read = sum(result.read.values())
    aside = len(result.rejects)
    grouped = sum(len(s.records) for s in result.stays)
    other = sum(n for post, n in result.read.items() if post != ruleset.stay_source)
    aside_stays = sum(1 for r in result.rejects if r.post == ruleset.stay_source)
    return {
        "skjema": SUMMARY_SCHEMA,
        "regelverk": ruleset.title,
        "lest": {"totalt": read, **result.read},
        "avvist": {"totalt": aside, **_reject_counts(result)},
        "behandlet": {"totalt": read - aside, "i_opphold": grouped, "andre_poster": other - (aside - aside_stays)},
        "antall": {
            "opphold": len(result.stays),
            "saertjenester": len(result.services),
            "forlop": len(result.courses),
            "krav": len(result.krav),
        },
        "mangler": _note_counts(result),
        "per_drg": by["DRG"].sorted(),
        "per_stg": by["STG"].sorted(),
        "per_tfg": by["TFG"].sorted(),
        "per_enhet": by["enhet"].sorted(),
        "per_region": by["region"].sorted(),
        "per_omrade": by["omrade"].sorted(),
        "totalt": by["totalt"].sorted().get("", {}),
    }


def _add(
    by: dict[str, _Sums],
    kind: str,
    group: str | None,
    points: Decimal | None,
    money: Money | None,
    unit: str | None,
    region: str | None,
    notes: dict[str, None],
) -> None:
    assumed = any(n.startswith("antatt") for n in notes)
    area = money.rule.name.text if money is not None and money.rule is not None else None
    for key, value in ((kind, group), ("enhet", unit), ("region", region), ("omrade", area), ("totalt", None)):
        by[key].add(value, points, money, assumed)


def _region(ruleset: Ruleset, hit: Any) -> str | None:
    name = ruleset.role(hit.record.post, "region")
    value = hit.ctx.values.get(name) if name is not None else None
    return None if value is None else str(value)


def _reject_counts(result: Result) -> dict[str, int]:
    out: dict[str, int] = {}
    for r in result.rejects:
        out[r.kode] = out.get(r.kode, 0) + 1
    return dict(sorted(out.items()))


def _note_counts(result: Result) -> dict[str, int]:
    out: dict[str, int] = {}
    for notes in [x.notes for xs in (result.stays, result.services, result.courses) for x in xs]:
        for note in notes:
            out[note] = out.get(note, 0) + 1
    return dict(sorted(out.items()))
