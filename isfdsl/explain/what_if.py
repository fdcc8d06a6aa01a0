"""What if a record had been otherwise: everything of its patient, before and after."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from isfdsl.explain.answers import ChangedField, Effect, KravEffect, State, Totals, WhatIf
from isfdsl.explain.case import Records, case_of, find
from isfdsl.explain.changes import Change, InvalidChange, changed, parse_change
from isfdsl.explain.document import RulesetRef
from isfdsl.explain.making import field_text
from isfdsl.explain.origins import title
from isfdsl.interp.engine import Engine
from isfdsl.interp.results import Course, Money, Result, Service, Stay
from isfdsl.program.ruleset import Ruleset
from isfdsl.syntax import ast
from isfdsl.version import __version__


def whatif(
    ruleset: Ruleset,
    records: Records,
    record_id: str,
    changes: Iterable[Change | str],
    *,
    post: str | None = None,
    extra: tuple[ast.Assumption, ...] = (),
    digest: str | None = None,
) -> WhatIf:
    """The effect of changing one record. Nothing that was given is changed.

    Changes are made in order. Raises ``UnknownId`` and ``InvalidChange``.
    """
    wanted = [parse_change(c) if isinstance(c, str) else c for c in changes]
    case, found = find(ruleset, records, record_id, post=post, extra=extra)
    record = found.record
    if record is None:
        raise InvalidChange(f"«{record_id}» er ikke en post; bare poster kan endres")
    new = changed(ruleset, record, wanted)
    before = case_of(ruleset, records, record, extra)
    theirs = {p: [new if r is record else r for r in rs] for p, rs in before.records.items()}
    old_result = Engine(ruleset, extra=extra).run(before.records)
    new_result = Engine(ruleset, extra=extra).run(theirs)
    first, second = totals(old_result), totals(new_result)
    return WhatIf(
        ruleset=RulesetRef(title=ruleset.title, digest=digest, version=__version__),
        asked=record_id,
        post=record.post,
        changes=tuple(
            ChangedField(
                name=f.name.text,
                before=field_text(case, f, record.values.get(f.name.text)),
                after=field_text(case, f, new.values.get(f.name.text)),
            )
            for f in ruleset.poster[record.post].fields
            if record.values.get(f.name.text) != new.values.get(f.name.text)
        ),
        effects=tuple(_effects(ruleset, old_result, new_result)),
        krav=tuple(_krav(old_result, new_result)),
        before=first,
        after=second,
        points=second.points - first.points,
        kroner=second.kroner - first.kroner,
    )


def totals(result: Result) -> Totals:
    """The sums over everything a patient got."""
    points: list[Decimal | None] = [s.points.value if s.points is not None else None for s in result.stays]
    points += [s.points for s in result.services]
    points += [c.points for c in result.courses]
    money: list[Money | None] = [x.money for xs in (result.stays, result.services, result.courses) for x in xs]
    kroner = [m.value if m is not None else None for m in money]
    return Totals(
        points=sum((p for p in points if p is not None), Decimal(0)),
        kroner=sum((k for k in kroner if k is not None), Decimal("0.00")),
        unknown_points=sum(p is None for p in points),
        unknown_kroner=sum(k is None for k in kroner),
    )


def _effects(ruleset: Ruleset, old: Result, new: Result) -> list[Effect]:
    out: list[Effect] = []
    first = {s.opphold_id: _stay(ruleset, s) for s in old.stays}
    second = {s.opphold_id: _stay(ruleset, s) for s in new.stays}
    out += [Effect(what="opphold", name=n, before=b, after=a) for n, b, a in _differing(first, second)]
    first = {s.service_id: _service(ruleset, s) for s in old.services}
    second = {s.service_id: _service(ruleset, s) for s in new.services}
    out += [Effect(what="saertjeneste", name=n, before=b, after=a) for n, b, a in _differing(first, second)]
    first = {c.course_id: _course(ruleset, c) for c in old.courses}
    second = {c.course_id: _course(ruleset, c) for c in new.courses}
    out += [Effect(what="forlop", name=n, before=b, after=a) for n, b, a in _differing(first, second)]
    return out


def _differing(old: dict[str, State], new: dict[str, State]) -> list[tuple[str, State | None, State | None]]:
    names = dict.fromkeys([*old, *new])
    return [(n, old.get(n), new.get(n)) for n in names if old.get(n) != new.get(n)]


def _stay(ruleset: Ruleset, s: Stay) -> State:
    decl = ruleset.drg.get(s.drg) if s.drg is not None else None
    return State(
        group=s.drg,
        title=title(decl.title) if decl is not None else None,
        rule=s.rule_id,
        records=tuple(r.record_id for r in s.records),
        courses=tuple(sorted(s.tfg_ids)),
        counts=s.counts,
        points=s.points.value if s.points is not None else None,
        kroner=s.money.value if s.money is not None else None,
        notes=tuple(s.notes),
    )


def _service(ruleset: Ruleset, s: Service) -> State:
    return State(
        group=s.stg,
        title=title(ruleset.stg[s.stg].title),
        rule=None,
        records=tuple(h.record.record_id for h in s.hits),
        courses=tuple(sorted({i for h in s.hits for i in h.tfg_ids})),
        counts=s.financed,
        points=s.points,
        kroner=s.money.value if s.money is not None else None,
        notes=tuple(s.notes),
    )


def _course(ruleset: Ruleset, c: Course) -> State:
    return State(
        group=c.tfg,
        title=title(ruleset.tfg[c.tfg].title),
        rule=None,
        records=tuple(m.record_id for m in c.members),
        courses=(),
        counts=c.financed,
        points=c.points,
        kroner=c.money.value if c.money is not None else None,
        notes=tuple(c.notes),
    )


def _krav(old: Result, new: Result) -> list[KravEffect]:
    first = {(k.krav, k.record_id): k for k in old.krav}
    second = {(k.krav, k.record_id): k for k in new.krav}
    out: list[KravEffect] = []
    for name in dict.fromkeys([*first, *second]):
        b, a = first.get(name), second.get(name)
        told = (b.outcome, b.broken) if b is not None else None
        then = (a.outcome, a.broken) if a is not None else None
        if told != then:
            out.append(
                KravEffect(
                    krav=name[0],
                    record_id=name[1],
                    before=b.outcome if b is not None else None,
                    after=a.outcome if a is not None else None,
                    broken_before=b.broken if b is not None else (),
                    broken_after=a.broken if a is not None else (),
                )
            )
    return out
