"""Days: that they exist, in the right order, inside the year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from isfdsl.check.context import Check, Context
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.types import BackwardsDomain, NoSuchDate
from isfdsl.diagnostics.unknown import EndedYetDefined, EndsBeforeStart, GivenOutsideItsDays, OutsideYear
from isfdsl.program.ruleset import DRG_HIERARCHY
from isfdsl.syntax import ast

Period = tuple[ast.Day | None, ast.Day | None, bool]
"""(first day, last day, whether it must lie inside the head's days)."""


def check(ctx: Context, d: ast.AnyDeclaration) -> Iterator[Problem]:
    """Every period and every domain of a declaration."""
    for start, end, inside in periods(d):
        yield from _period(ctx, start, end, inside)
    if isinstance(d, ast.Post):
        for f in d.fields:
            yield from _domain(f)


def periods(d: ast.AnyDeclaration) -> Iterator[Period]:
    """The periods that a declaration states."""
    match d:
        case ast.Regelverk():
            yield d.start, d.end, False
        case ast.Utgaatt():
            yield d.since, None, False
        case ast.Rapportering(value=ast.Frister(start=start, end=end, first=first, last=last)):
            yield start, end, True
            yield first, last, False
        case ast.Sats() | ast.Drg() | ast.Stg() | ast.Tfg():
            yield from _validity(d.validity)
        case ast.Kodeliste() | ast.Egenskap():
            yield from _validity(d.validity)
            for _, validity in d.codes.validities:
                yield from _validity(validity)
        case ast.Kodeverk():
            for _, validity in d.codes.validities:
                yield validity.start, validity.end, False  # a code may have been valid for decades
        case ast.Gruppe():
            for r in d.rules:
                yield from _validity(r.validity)
        case ast.Nivaa():
            for k in d.categories:
                yield from _validity(k.validity)
        case ast.Krav():
            yield from _validity(d.validity)
            for v in (*d.conditions, *d.exceptions):
                yield from _validity(v.validity)
        case ast.Antakelse(assumption=ast.AssumeRate(validity=validity)):
            yield from _validity(validity)
        case ast.Eksempel():
            for given in d.given:
                if isinstance(given, ast.AssumeRate):
                    yield from _validity(given.validity)
        case _:
            return


def _validity(validity: ast.Validity | None) -> Iterator[Period]:
    if validity is not None:
        yield validity.start, validity.end, True


def _period(ctx: Context, start: ast.Day | None, end: ast.Day | None, inside: bool) -> Iterator[Problem]:
    for day in (start, end):
        if day is not None and day.value is None:
            yield NoSuchDate(span=day.span, raw=day.raw)
    if start is not None and end is not None and _backwards(start, end):
        yield EndsBeforeStart(span=end.span, start=start.raw, end=end.raw, first=start.span)
        return
    head = ctx.ruleset.head
    if not inside or head is None or head.start is None or head.end is None:
        return
    first, last = head.start.value, head.end.value
    if first is None or last is None or last < first:  # the head's own mistake is said once, of the head
        return
    for day in (start, end):
        if day is not None and day.value is not None and not first <= day.value <= last:
            where = head.start.span.to(head.end.span)
            yield OutsideYear(span=day.span, raw=day.raw, start=head.start.raw, end=head.end.raw, head=where)


def given(ctx: Context) -> Iterator[Problem]:
    """Rules that give a DRG on days when it does not hold."""
    rules = ctx.ruleset
    year = _days(rules.head)
    for block in rules.of(ast.Gruppe):
        for rule in block.rules if block.hierarchy.text == DRG_HIERARCHY else ():
            drg = rules.drg.get(rule.target.text)
            if drg is None or drg.validity is None:
                continue
            first, last = _both(_days(rule.validity), year)
            low, high = _days(drg.validity)
            if first <= last and not low <= first <= last <= high:
                ends = (("fra", drg.validity.start), ("til", drg.validity.end))
                yield GivenOutsideItsDays(
                    span=rule.target.span,
                    name=rule.name.text,
                    group=drg.name.text,
                    days=" ".join(f"{word} {day.raw}" for word, day in ends if day is not None),
                    declared=drg.name.span,
                )


def ended(ctx: Context) -> Iterator[Problem]:
    """What is said to have ended, and holds all the same."""
    rules = ctx.ruleset
    defined: dict[str, Mapping[str, ast.Drg | ast.Stg | ast.Tfg | ast.Krav]] = {
        "DRG": rules.drg,
        "STG": rules.stg,
        "TFG": rules.tfg,
        "krav": rules.krav,
    }
    for d in rules.of(ast.Utgaatt):
        decl = defined.get(d.what, {}).get(d.name.text)
        if decl is None or (d.since is not None and d.since.value is None):
            continue
        _, last = _both(_days(decl.validity), _days(rules.head))
        if d.since is None or d.since.value is None or d.since.value <= last:
            since = d.since.raw if d.since is not None else None
            yield EndedYetDefined(span=d.name.span, what=d.what, name=d.name.text, since=since, declared=decl.name.span)


def _days(period: ast.Regelverk | ast.Validity | None) -> tuple[dt.date, dt.date]:
    """The first and the last day, without a word about those that no calendar has."""
    start, end = (period.start, period.end) if period is not None else (None, None)
    low = start.value if start is not None else None
    high = end.value if end is not None else None
    return low or dt.date.min, high or dt.date.max


def _both(one: tuple[dt.date, dt.date], other: tuple[dt.date, dt.date]) -> tuple[dt.date, dt.date]:
    return max(one[0], other[0]), min(one[1], other[1])


def _backwards(start: ast.Day, end: ast.Day) -> bool:
    return start.value is not None and end.value is not None and end.value < start.value


def _domain(f: ast.Felt) -> Iterator[Problem]:
    low, high = f.type.low, f.type.high
    if isinstance(low, ast.Day) and isinstance(high, ast.Day):
        for day in (low, high):
            if day.value is None:
                yield NoSuchDate(span=day.span, raw=day.raw)
        if _backwards(low, high):
            yield BackwardsDomain(span=low.span.to(high.span), name=f.name.text, low=low.raw, high=high.raw)
    elif isinstance(low, ast.Amount) and isinstance(high, ast.Amount) and high.value < low.value:
        ends = (str(low.value).replace(".", ","), str(high.value).replace(".", ","))
        yield BackwardsDomain(span=low.span.to(high.span), name=f.name.text, low=ends[0], high=ends[1])


DATED = (
    ast.Regelverk, ast.Rapportering, ast.Sats, ast.Drg, ast.Stg, ast.Tfg, ast.Kodeliste, ast.Egenskap, ast.Kodeverk,
    ast.Gruppe, ast.Nivaa, ast.Krav, ast.Antakelse, ast.Eksempel, ast.Post,
    ast.Utgaatt,
)  # fmt: skip
GIVEN = Check(name="dagene en DRG gjelder", reports=(GivenOutsideItsDays,), whole=given)
ENDED = Check(name="utgått", reports=(EndedYetDefined,), whole=ended)
CHECK = Check(name="datoer", reports=(NoSuchDate, EndsBeforeStart, OutsideYear, BackwardsDomain), on=DATED, each=check)
