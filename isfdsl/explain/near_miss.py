"""Why a record did not get a DRG or an STG, or did not come into a course: what stood in the way, nearest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from attrs import evolve

from isfdsl.diagnostics.nearest import nearest
from isfdsl.explain import shown
from isfdsl.explain.answers import Candidate, Failed, Reason, WhyNot
from isfdsl.explain.case import Case, Found, Records, find
from isfdsl.explain.counted import record_context
from isfdsl.explain.document import Origin, RulesetRef, WindowDays
from isfdsl.explain.grouping import ungrouped
from isfdsl.explain.membership import Offer, line_text, offer, outside_by, trigger_days, window_days
from isfdsl.explain.origins import declared, origin, title
from isfdsl.explain.reasons import distance, hint, missing
from isfdsl.explain.steps import Steps
from isfdsl.interp import courses as tfg
from isfdsl.interp.courses import Contact, Open
from isfdsl.interp.hierarchy import Decider
from isfdsl.interp.results import Course, Hit, Stay
from isfdsl.program.ruleset import STAY, Ruleset
from isfdsl.records.record import Record
from isfdsl.syntax import ast
from isfdsl.version import __version__


class UnknownGroup(LookupError):
    """The regelverk declares no such group. ``near`` are groups that look like it."""

    def __init__(self, kind: str, group: str, near: tuple[str, ...]) -> None:
        self.kind = kind
        self.group = group
        self.near = near
        told = f"; mente du {' eller '.join(f'«{n}»' for n in near)}?" if near else ""
        super().__init__(f"regelverket har ingen {kind} «{group}»{told}")


def parse_group(ruleset: Ruleset, text: str) -> tuple[ast.GroupKind, str]:
    """``DRG 209E``, ``DRG:209E`` or the code alone, of whichever kind declares it. Raises ``UnknownGroup``."""
    head, _, rest = text.replace(":", " ").strip().partition(" ")
    kinds: tuple[ast.GroupKind, ...] = ("DRG", "STG", "TFG")
    for kind in kinds:
        if rest and head.upper() == kind:
            return kind, rest.strip()
    for kind in kinds:
        if text in ruleset.groups(kind):
            return kind, text
    known = [name for kind in kinds for name in ruleset.groups(kind)]
    raise UnknownGroup("gruppe", text, nearest(text, known, 2))


def why_not(
    ruleset: Ruleset,
    records: Records,
    record_id: str,
    kind: ast.GroupKind,
    group: str,
    *,
    post: str | None = None,
    extra: tuple[ast.Assumption, ...] = (),
    digest: str | None = None,
) -> WhyNot:
    """Why an id did not get a group. Raises ``UnknownId`` and ``UnknownGroup``."""
    groups = ruleset.groups(kind)
    if group not in groups:
        raise UnknownGroup(kind, group, nearest(group, groups, 2))
    case, found = find(ruleset, records, record_id, post=post, extra=extra)
    decl = groups[group]
    asked = _asked(case, found, record_id)
    match kind:
        case "DRG":
            got, candidates = _drg(case, asked, group)
        case "STG":
            got, candidates = _stg(case, asked, group)
        case "TFG":
            got, candidates = _tfg(case, asked, ruleset.tfg[group])
        case _:
            assert_never(kind)
    return WhyNot(
        ruleset=RulesetRef(title=ruleset.title, digest=digest, version=__version__),
        asked=record_id,
        kind=kind,
        group=group,
        title=title(decl.title),
        got_it=group in got,
        got=got,
        incomplete=decl.ufullstendig,
        candidates=() if group in got else tuple(sorted(candidates, key=_nearness)),
    )


def _nearness(c: Candidate) -> tuple[int, int]:
    return c.count, abs(c.days_off or 0)


def _asked(case: Case, found: Found, asked: str) -> tuple[Record, ...]:
    """The records an id is about."""
    if found.record is not None:
        stay = case.stay_of(found.record)
        return stay.records if stay is not None and stay.opphold_id == asked else (found.record,)
    if found.service is not None:
        return tuple(h.record for h in found.service.hits)
    assert found.course is not None
    what = found.course.trigger or found.course.members[0].what
    return what.records if isinstance(what, Stay) else (what.record,)


def _candidate(
    case: Case,
    name: str,
    record_id: str,
    reason: Reason,
    text: str,
    *,
    count: int = 1,
    titled: str | None = None,
    failed: tuple[Failed, ...] = (),
    taken_by: str | None = None,
    days_off: int | None = None,
    window: WindowDays | None = None,
    origin: Origin | None = None,
) -> Candidate:
    shortest = failed[0].hint if len(failed) == 1 and taken_by is None else None
    return Candidate(
        name=name,
        title=titled,
        record_id=record_id,
        reason=reason,
        text=text,
        count=count,
        failed=failed,
        taken_by=taken_by,
        shortest=shortest,
        days_off=days_off,
        window=window,
        origin=origin,
    )


def failing(case: Case, steps: Steps, conditions: Iterable[ast.Expr | None]) -> tuple[Failed, ...]:
    """The single conditions that must change for all of some conditions to hold."""
    out: list[Failed] = []
    for e in conditions:
        if e is None:
            continue
        step = steps.whole(e)
        if step.value is not True:
            assert distance(step) > 0
            out += [
                Failed(condition=leaf, wanted=wanted, hint=hint(case.ruleset, leaf, wanted))
                for leaf, wanted in missing(step)
            ]
    return tuple(out)


# ------------------------------------------------------------------ DRG


def _drg(case: Case, asked: tuple[Record, ...], group: str) -> tuple[tuple[str, ...], list[Candidate]]:
    stay = case.stay_of(asked[0])
    if stay is None:
        text = "posten er ikke del av et opphold, og bare opphold får DRG"
        return (), [_candidate(case, group, asked[0].record_id, "mangler_grunnlag", text)]
    got = (stay.drg,) if stay.drg is not None else ()
    decider: Decider | None = stay.ctx.machine.drg_hierarchy
    if decider is None:
        text = "regelverket har ikke noe DRG-hierarki"
        return got, [_candidate(case, group, stay.opphold_id, "ingen_regel", text)]
    steps = Steps(case, ungrouped(case, stay), decider.subject)
    out: list[Candidate] = []
    past = False  # whether the rule that decided has been passed
    for located in decider.rules:
        rule = located.rule
        past = past or located is stay.located or (stay.located is not None and rule is stay.located.rule)
        if rule.target.text != group:
            continue
        failed = failing(case, steps, (located.group.condition, rule.condition))
        taken_by = stay.rule_id if past and rule is not (stay.located.rule if stay.located else None) else None
        text = _rule_text(failed, taken_by)
        out.append(
            _candidate(
                case,
                rule.name.text,
                stay.opphold_id,
                "vilkar_brutt" if failed else "tidligere",
                text,
                count=len(failed) + (taken_by is not None),
                titled=title(rule.title),
                failed=failed,
                taken_by=taken_by,
                origin=origin(case.ruleset, rule.span, rule.meta),
            )
        )
    return got, [*out, *_outside_rules(case, decider, stay, group, bool(out))]


def _rule_text(failed: tuple[Failed, ...], taken_by: str | None) -> str:
    told = f"{len(failed)} vilkår {'er' if failed else ''} brutt".replace("  ", " ") if failed else "alle vilkår holder"
    if taken_by is not None:
        told += f"{', og' if failed else ', men'} regel {taken_by} står før og tok oppholdet"
    return told


def _outside_rules(case: Case, decider: Decider, stay: Stay, group: str, any_rule: bool) -> list[Candidate]:
    """What else there is to say: rules of another time, ``ellers``, or no rule at all."""
    out: list[Candidate] = []
    held = {id(r.rule) for r in decider.rules}
    for located in case.ruleset.rules(decider.decl):
        rule = located.rule
        if rule.target.text == group and id(rule) not in held:
            text = f"regelen gjelder ikke på dagen {shown.day(stay.day)}"
            where = origin(case.ruleset, rule.span, rule.meta)
            out.append(
                _candidate(case, rule.name.text, stay.opphold_id, "gjelder_ikke_dagen", text, count=2, origin=where)
            )
    ellers = decider.decl.ellers
    if ellers is not None and ellers.group is not None and ellers.group.text == group:
        text = f"gruppen gis bare når ingen regel slår til, og regel {stay.rule_id} slo til"
        out.append(_candidate(case, "ellers", stay.opphold_id, "ellers", text, taken_by=stay.rule_id, count=2))
    if not out and not any_rule:
        out.append(_candidate(case, group, stay.opphold_id, "ingen_regel", "ingen regel gir gruppen", count=99))
    return out


# ------------------------------------------------------------------ STG


def _stg(case: Case, asked: tuple[Record, ...], group: str) -> tuple[tuple[str, ...], list[Candidate]]:
    decl = case.ruleset.stg[group]
    got: list[str] = []
    out: list[Candidate] = []
    where = declared(case.ruleset, decl)
    for record in asked:
        hit = case.hit_of(record)
        if hit is not None:
            got.append(hit.stg)
            if hit.stg == group:
                continue
        if not any(t.text == record.post for t in decl.triggers):
            text = f"gruppen utløses av {', '.join(t.text for t in decl.triggers)}, ikke av {record.post}"
            out.append(_candidate(case, group, record.record_id, "post_utloser_ikke", text, count=2, origin=where))
            continue
        steps = Steps(case, record_context(case, record), record.post)
        if not steps.machine.holds(decl.validity):
            text = f"gruppen gjelder ikke på dagen {shown.day(case.engine.record_day(record.post, record))}"
            out.append(_candidate(case, group, record.record_id, "gjelder_ikke_dagen", text, count=2, origin=where))
            continue
        failed = failing(case, steps, (decl.condition,))
        taken_by = hit.stg if hit is not None and _before(case.ruleset, hit.stg, group) else None
        told = f"{len(failed)} vilkår er brutt" if failed else "alle vilkår holder"
        if taken_by is not None:
            told += f"{', og' if failed else ', men'} STG {taken_by} står før i rekkefølgen og tok posten"
        out.append(
            _candidate(
                case,
                group,
                record.record_id,
                "vilkar_brutt" if failed else "tidligere",
                told,
                count=len(failed) + (taken_by is not None),
                titled=title(decl.title),
                failed=failed,
                taken_by=taken_by,
                origin=where,
            )
        )
    return tuple(dict.fromkeys(got)), out


def _before(ruleset: Ruleset, first: str, second: str) -> bool:
    order = ruleset.stg_order
    return order.index(first) < order.index(second)


# ------------------------------------------------------------------ TFG


def _tfg(case: Case, asked: tuple[Record, ...], decl: ast.Tfg) -> tuple[tuple[str, ...], list[Candidate]]:
    whats: list[Stay | Hit] = []
    for record in asked:
        stay, hit = case.stay_of(record), case.hit_of(record)
        whats += [w for w in (stay, hit) if w is not None and w not in whats]
    got = tuple(dict.fromkeys(c.tfg for c in case.courses_of(whats)))
    contacts = [c for c in case.contacts if any(c.what is w for w in whats)]
    if not contacts:
        text = "kontakten har ingen gruppe, eller mangler pasient eller dag, og kan ikke inngå i forløp"
        return got, [_candidate(case, decl.name.text, asked[0].record_id, "mangler_grunnlag", text, count=9)]
    found = offer(case, decl)
    return got, [x for c in contacts for x in _contact(case, decl, found, c)]


def _contact(case: Case, decl: ast.Tfg, found: Offer, c: Contact) -> list[Candidate]:
    where = declared(case.ruleset, decl)
    if not any(c.what is left.what for left in found.left):
        other = next(iter(case.courses_of([c.what])), None)
        by = other.course_id if other is not None else None
        text = f"kontakten er alt brukt i {by}" if by else "kontakten er alt brukt i et annet forløp"
        return [_candidate(case, decl.name.text, c.contact_id, "brukt_opp", text, taken_by=by, origin=where)]
    if not c.what.ctx.machine.holds(decl.validity):
        text = f"gruppen gjelder ikke på dagen {shown.day(c.start)}"
        return [_candidate(case, decl.name.text, c.contact_id, "gjelder_ikke_dagen", text, count=2, origin=where)]
    out = [_trigger(case, t, c, where) for t in decl.triggers]
    for line in decl.members:
        out += _line(case, decl, found, line, c, where)
    if not out:
        told = "regelverket sier ikke hva forløpet omfatter"
        out.append(_candidate(case, decl.name.text, c.contact_id, "ingen_regel", told, count=99, origin=where))
    return out


def _conditions(case: Case, line: ast.Omfatter | ast.Trigger, c: Contact) -> tuple[Failed, ...]:
    what = c.what
    subject = STAY if isinstance(what, Stay) else what.record.post
    return failing(case, Steps(case, what.ctx, subject), (line.condition,))


def _names_group(line: ast.Omfatter | ast.Trigger, c: Contact) -> bool:
    return line.kind == c.kind and any(g.text == c.group for g in line.groups)


def _trigger(case: Case, line: ast.Trigger, c: Contact, where: Origin) -> Candidate:
    text = line_text(line)
    if not _names_group(line, c):
        told = f"{c.kind} {c.group} er ikke trigger"
        return _candidate(case, text, c.contact_id, "ikke_trigger", told, count=3, origin=where)
    failed = _conditions(case, line, c)
    told = f"{len(failed)} vilkår er brutt"
    return _candidate(case, text, c.contact_id, "vilkar_brutt", told, count=len(failed), failed=failed, origin=where)


def _line(case: Case, decl: ast.Tfg, found: Offer, line: ast.Omfatter, c: Contact, where: Origin) -> list[Candidate]:
    text = line_text(line)
    if not _names_group(line, c):
        told = f"{c.kind} {c.group} er ikke en omfattet gruppe her"
        return [_candidate(case, text, c.contact_id, "ikke_omfattet", told, count=4, origin=where)]
    failed = _conditions(case, line, c)
    if failed:
        told = f"{len(failed)} vilkår er brutt"
        return [
            _candidate(case, text, c.contact_id, "vilkar_brutt", told, count=len(failed), failed=failed, origin=where)
        ]
    if decl.triggers and not found.opened:
        told = "pasienten har ingen trigger for forløpet"
        return [_candidate(case, text, c.contact_id, "ingen_trigger", told, count=2, origin=where)]
    return [_course(case, decl, found, line, o, c, where) for o in found.opened]


def _course(
    case: Case, decl: ast.Tfg, found: Offer, line: ast.Omfatter, o: Open, c: Contact, where: Origin
) -> Candidate:
    base = _candidate(
        case, f"{line_text(line)}, trigger {o.first.contact_id}", c.contact_id, "utenfor_vindu", "", origin=where
    )
    window = tfg.known_window(case.engine, decl, line, o.first, c.group)
    days = window_days(case, decl, line, o, c.group)
    if window is None or days is None:
        reason = line.window.reason if isinstance(line.window, ast.UnknownWindow) and line.window.reason else "ukjent"
        return evolve(base, reason="ukjent_vindu", text=f"vinduet er ukjent: {reason}")
    base = evolve(base, window=days)
    if tfg.in_window(decl, window, o, c):
        rule = "nærmest" if decl.several == "nærmeste" else "først"
        chosen = next((x for x in found.opened for m in case.result.courses if _holds(m, x, c)), None)
        by = chosen.first.contact_id if chosen is not None else None
        told = f"et annet forløp er {rule}" + (f": trigger {by}" if by is not None else "")
        return evolve(base, reason="annet_forlop", text=told, taken_by=by)
    off = outside_by(days, decl, c)
    if off == 0 and decl.medlem is not None and not decl.medlem.own_day and c.start in trigger_days(o):
        return evolve(base, reason="egen_startdag", text="kontakter på triggerens egen startdag er ikke med")
    bounds = tfg.day_of(window.start, o), tfg.day_of(window.end, o)
    side = "før" if off < 0 else "etter"
    span = f"{shown.day(days.low)} til {shown.day(days.high)}"
    if days.cut and bounds[0] <= c.start <= bounds[1]:
        told = f"{shown.day(c.start)} ligger i et annet kalenderår enn triggeren ({o.first.start.year})"
        return evolve(base, reason="annet_ar", text=told, days_off=off)
    told = f"{shown.day(c.start)} ligger {shown.days(abs(off))} {side} vinduet {span}"
    shortest = f"kontakten kom {shown.days(abs(off))} for {'tidlig' if off < 0 else 'sent'}"
    return evolve(base, text=told, days_off=off, shortest=shortest)


def _holds(course: Course, o: Open, c: Contact) -> bool:
    return course.trigger is o.first.what and any(m.what is c.what for m in course.members)
