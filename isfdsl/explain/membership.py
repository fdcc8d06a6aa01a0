"""Courses: the window a contact fell in, on which day, and why in this course and no other."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from attrs import frozen

from isfdsl.explain import settling, words
from isfdsl.explain.case import Case
from isfdsl.explain.counted import as_group, counted, stated, weight
from isfdsl.explain.document import CoursePart, Financing, MemberPart, Reach, Step, WindowDays
from isfdsl.explain.origins import declared, title
from isfdsl.explain.steps import Steps
from isfdsl.interp import courses as tfg
from isfdsl.interp.courses import Contact, Open
from isfdsl.interp.results import Course, Hit, Member, Stay
from isfdsl.program.ruleset import COURSE, STAY
from isfdsl.syntax import ast


@frozen(eq=False)
class Offer:
    """What a TFG had to choose from: the contacts that were left for it, its triggers and the courses they opened."""

    left: tuple[Contact, ...]
    triggers: tuple[Contact, ...]
    opened: tuple[Open, ...]


def offer(case: Case, decl: ast.Tfg) -> Offer:
    """The contacts of the patient that a TFG could take, and its courses as they were opened."""
    rules = case.ruleset
    theirs = case.contacts
    order = sorted((rules.tfg[n] for n in rules.tfg_order), key=lambda d: d.rest)
    place = {d.name.text: i for i, d in enumerate(order)}
    taken = {
        id(m.what)
        for c in case.result.courses
        if place[c.tfg] < place[decl.name.text]
        for m in c.members
        if rules.contact_used_once or decl.rest
    }
    left = [c for c in theirs if id(c.what) not in taken]
    triggers = [
        c
        for c in left
        if c.what.ctx.machine.holds(decl.validity) and any(tfg.covers(case.engine, t, c) for t in decl.triggers)
    ]
    opened = tfg.open_courses(case.engine, decl, triggers) if triggers else []
    return Offer(tuple(left), tuple(triggers), tuple(opened))


def course_part(case: Case, course: Course, asked: tuple[Stay | Hit, ...]) -> CoursePart:
    """A course with its members; ``asked`` are the contacts the explanation is about."""
    decl = case.ruleset.tfg[course.tfg]
    found = offer(case, decl)
    own = next((o for o in found.opened if o.first.what is course.trigger), None)
    base = case.engine.representative(course)
    return CoursePart(
        course_id=course.course_id,
        tfg=course.tfg,
        title=title(decl.title),
        period=course.period,
        counted=counted(decl.telles),
        trigger_id=course.trigger_id,
        several=decl.several,
        within_year=decl.within_year,
        own_day=decl.medlem.own_day if decl.medlem is not None else None,
        members=tuple(_member(case, decl, course, found, own, m, asked) for m in course.members),
        financing=_financing(case, decl, course),
        replaces=_replaces(decl) if course.financed else (),
        weight=weight(base, "TFG", course.tfg),
        points=course.points,
        money=settling.money(case, as_group(base, "TFG", course.tfg), COURSE, course.money),
        origin=declared(case.ruleset, decl),
    )


def _replaces(decl: ast.Tfg) -> tuple[str, ...]:
    if decl.erstatter is None:
        return ()
    told = (("opphold", decl.erstatter.opphold), ("særtjenester", decl.erstatter.saertjenester))
    return tuple(name for name, yes in told if yes)


def _financing(case: Case, decl: ast.Tfg, course: Course) -> Financing:
    said = stated(case.engine.representative(course), "TFG", course.tfg)
    return Financing(
        financed=course.financed,
        stated=said,
        quantifier=None,
        tests=(),
        twice=said == "ja" and course.financed is False,
    )


def _member(
    case: Case,
    decl: ast.Tfg,
    course: Course,
    found: Offer,
    own: Open | None,
    m: Member,
    asked: tuple[Stay | Hit, ...],
) -> MemberPart:
    contact = next(c for c in case.contacts if c.what is m.what)
    window = None
    reach: tuple[Reach, ...] = ()
    line = m.line
    if own is not None and isinstance(line, ast.Omfatter) and m.role == "medlem":
        window = window_days(case, decl, line, own, contact.group)
        reach = tuple(_reach(case, decl, found, contact, course))
    kind: Literal["DRG", "STG"] = "DRG" if isinstance(m.what, Stay) else "STG"
    return MemberPart(
        record_id=m.record_id,
        role=m.role,
        group_kind=kind,
        group=m.group,
        start=contact.start,
        end=contact.end,
        unit=m.what.unit,
        day=m.day,
        share=m.share,
        asked=any(m.what is a for a in asked),
        line=line_text(line) if line is not None else None,
        window=window,
        condition=condition_step(case, contact, _line_of(case, decl, m, contact)),
        reach=reach,
    )


def _line_of(case: Case, decl: ast.Tfg, m: Member, contact: Contact) -> ast.Omfatter | ast.Trigger | None:
    """The line that took a contact in; the engine notes the first trigger line for every trigger."""
    if m.role == "medlem":
        return m.line
    return next((t for t in decl.triggers if tfg.covers(case.engine, t, contact)), m.line)


def condition_step(case: Case, contact: Contact, line: ast.Omfatter | ast.Trigger | None) -> Step | None:
    """The condition of a line, as it held for a contact."""
    if line is None or line.condition is None:
        return None
    what = contact.what
    subject = STAY if isinstance(what, Stay) else what.record.post
    return Steps(case, what.ctx, subject).whole(line.condition)


def window_days(case: Case, decl: ast.Tfg, line: ast.Omfatter, course: Open, group: str) -> WindowDays | None:
    """The window of a line for a group in calendar days, as the engine reads it; ``None`` where it is unknown."""
    window = tfg.known_window(case.engine, decl, line, course.first, group)
    if window is None:
        return None
    low, high = tfg.limits(decl, window, course)
    uncut = tfg.day_of(window.start, course, opens=True), tfg.day_of(window.end, course)
    return WindowDays(
        text=words.window(window),
        low=low,
        high=high,
        cut=(low, high) != uncut,
        assumed=isinstance(line.window, ast.UnknownWindow),
    )


def in_reach(case: Case, decl: ast.Tfg, course: Open, contact: Contact) -> bool:
    """Whether some line takes the contact into the course."""
    for line in decl.members:
        window = tfg.known_window(case.engine, decl, line, course.first, contact.group)
        if window is None or not tfg.covers(case.engine, line, contact):
            continue
        if tfg.in_window(decl, window, course, contact):
            return True
    return False


def _reach(case: Case, decl: ast.Tfg, found: Offer, contact: Contact, course: Course) -> list[Reach]:
    near = [o for o in found.opened if in_reach(case, decl, o, contact)]
    if len(near) < 2:
        return []
    return [
        Reach(
            course_id=f"{course.patient}/{decl.name.text}/{o.first.contact_id}",
            trigger_id=o.first.contact_id,
            distance=abs((contact.start - o.first.start).days),
            chosen=o.first.what is course.trigger,
        )
        for o in near
    ]


def line_text(line: ast.Omfatter | ast.Trigger) -> str:
    """``omfatter DRG 923O når …``, without its window."""
    word = "trigger" if isinstance(line, ast.Trigger) else "omfatter"
    condition = f" når {words.words(line.condition)}" if line.condition is not None else ""
    return f"{word} {line.kind} {words.names(line.groups)}{condition}"


def outside_by(window: WindowDays, decl: ast.Tfg, contact: Contact) -> int:
    """How many days a contact lies outside a window: negative before it, positive after it, 0 inside."""
    mode = decl.medlem.mode if decl.medlem is not None else "starter"
    first = contact.end if mode in ("slutter", "overlapper") else contact.start
    last = contact.end if mode == "slutter" else contact.start
    if first < window.low:
        return -(window.low - first).days
    if last > window.high:
        return (last - window.high).days
    return 0


def trigger_days(course: Open) -> frozenset[dt.date]:
    """The start days of the triggers of a course."""
    return frozenset({course.first.start, *(t.start for t in course.absorbed)})
