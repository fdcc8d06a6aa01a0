"""TFG: from a patient's grouped contacts to courses."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from isfdsl.interp.results import Course, Hit, Member, Stay
from isfdsl.program.ruleset import STAY
from isfdsl.syntax import ast
from isfdsl.values import Number, apportion, period_label

if TYPE_CHECKING:
    from isfdsl.interp.engine import Engine


@frozen(eq=False)
class Contact:
    """A grouped contact: a stay with its DRG, or a record with its STG. Days are calendar days, ``end`` ≥ ``start``."""

    what: Stay | Hit
    kind: ast.GroupKind
    group: str
    start: dt.date
    end: dt.date
    contact_id: str

    @property
    def order(self) -> tuple[dt.date, dt.date, str, str]:
        """Contacts in order of time."""
        return self.start, self.end, self.kind, self.contact_id


@define(eq=False)
class Open:
    """A course while it is built. ``absorbed``: new triggers it took in; ``extending``: those that make it longer."""

    first: Contact
    absorbed: list[Contact] = field(factory=list)
    extending: list[Contact] = field(factory=list)
    members: list[tuple[Contact, ast.Omfatter]] = field(factory=list)


def _told_apart(courses: list[Course]) -> list[Course]:
    """Courses that contacts of one id have opened: those of særtjenester also have the post in their id."""
    times = Counter(c.course_id for c in courses)
    for c in courses:
        if times[c.course_id] > 1 and isinstance(c.trigger, Hit):
            c.course_id += f"/{c.trigger.record.post}"
    return courses


def contacts(stays: Iterable[Stay], hits: Iterable[Hit]) -> list[Contact]:
    """Every contact that has a patient, a day and a group, in order of time."""
    out: list[Contact] = []
    for s in stays:
        if s.patient is not None and s.start is not None and s.drg is not None:
            out.append(Contact(s, "DRG", s.drg, s.start, max(s.start, s.end or s.start), s.opphold_id))
    for h in hits:
        if h.patient is not None and h.day is not None:
            out.append(Contact(h, "STG", h.stg, h.day, max(h.day, h.end or h.day), h.record.record_id))
    return sorted(out, key=lambda c: c.order)


def build(engine: Engine, everything: Sequence[Contact]) -> list[Course]:
    """All courses of all patients, in order of TFG, patient and time."""
    by_patient: dict[str, list[Contact]] = {}
    for c in everything:
        assert c.what.patient is not None
        by_patient.setdefault(c.what.patient, []).append(c)
    out: list[Course] = []
    for patient in sorted(by_patient):
        out += _told_apart(_patient(engine, patient, by_patient[patient]))
    place = {name: i for i, name in enumerate(engine.ruleset.tfg_order)}
    return sorted(out, key=lambda c: (place[c.tfg], c.patient or "", c.course_id))


def _patient(engine: Engine, patient: str, theirs: list[Contact]) -> list[Course]:
    rules = engine.ruleset
    courses: list[Course] = []
    used: set[int] = set()
    ordered = [rules.tfg[name] for name in rules.tfg_order]
    for decl in sorted(ordered, key=lambda d: d.rest):  # what is left over comes last
        left = [c for c in theirs if id(c) not in used] if rules.contact_used_once else theirs
        if decl.rest:
            inside = _contents(courses)
            left = [c for c in theirs if id(c.what) not in inside]
        found = (
            _with_trigger(engine, decl, patient, left) if decl.triggers else _per_period(engine, decl, patient, left)
        )
        courses += found
        inside = _contents(found)
        used |= {id(c) for c in theirs if id(c.what) in inside}
    return courses


def begins(course: Course) -> tuple[dt.date, dt.date, str, str]:
    """Courses in order of time: by the trigger, else the earliest member."""
    m = next((m for m in course.members if m.what is course.trigger), course.members[0])
    start = m.what.start if isinstance(m.what, Stay) else m.what.day
    end = m.what.end
    assert start is not None
    return start, max(start, end or start), "DRG" if isinstance(m.what, Stay) else "STG", m.record_id


def _contents(courses: Iterable[Course]) -> set[int]:
    return {id(m.what) for course in courses for m in course.members}


# ------------------------------------------------------------------ courses per period


def _per_period(engine: Engine, decl: ast.Tfg, patient: str, theirs: list[Contact]) -> list[Course]:
    telles = decl.telles
    groups: dict[tuple[str, str | None], list[Member]] = {}
    for c in theirs:
        if not c.what.ctx.machine.holds(decl.validity):
            continue
        line = next((m for m in decl.members if _takes(engine, m, c)), None)
        if line is None and not decl.rest:
            continue
        unit = telles.unit if telles is not None else "år"
        label = c.contact_id if unit in ("kontakt", "trigger") else period_label(unit, c.start)
        institution = c.what.institution if telles is not None and telles.per_institution else None
        groups.setdefault((label, institution), []).append(Member(c.what, "medlem", None, line))
    out = []
    for (label, institution), members in groups.items():
        parts = [patient, decl.name.text, label, *([institution] if institution else [])]
        out.append(Course("/".join(parts), decl.name.text, patient, None, label, members))
    return sorted(out, key=lambda c: c.period)


def covers(engine: Engine, line: ast.Omfatter | ast.Trigger, c: Contact) -> bool:
    """Whether a contact is of a group the line names, and its condition holds."""
    return _asked(line, c)[0]


def _takes(engine: Engine, line: ast.Omfatter | ast.Trigger, c: Contact) -> bool:
    """The same; the contact says what was unknown or assumed when it was asked."""
    covered, notes = _asked(line, c)
    c.what.notes.update(notes)
    return covered


def _asked(line: ast.Omfatter | ast.Trigger, c: Contact) -> tuple[bool, dict[str, None]]:
    if line.kind != c.kind or not any(g.text == c.group for g in line.groups):
        return False, {}
    if line.condition is None:
        return True, {}
    subject = STAY if isinstance(c.what, Stay) else c.what.record.post
    return c.what.ctx.noted(c.what.ctx.machine.condition(line.condition, subject))


# ------------------------------------------------------------------ courses around a trigger


def _with_trigger(engine: Engine, decl: ast.Tfg, patient: str, theirs: list[Contact]) -> list[Course]:
    triggers = [
        c
        for c in theirs
        if c.what.ctx.machine.holds(decl.validity) and any(_takes(engine, t, c) for t in decl.triggers)
    ]
    if not triggers:
        return []
    opened = open_courses(engine, decl, triggers)
    own = {id(t) for t in triggers}
    for c in theirs:
        if id(c) in own:
            continue
        lines = [line for line in decl.members if _takes(engine, line, c)]
        reach = [(o, line) for o in opened if (line := _line(engine, decl, lines, o, c)) is not None]
        for o, line in _choose(decl, reach, c):
            o.members.append((c, line))
        _note_unknown(engine, decl, lines, opened, c)
    return [_close(decl, patient, o) for o in opened]


def open_courses(engine: Engine, decl: ast.Tfg, triggers: list[Contact]) -> list[Open]:
    """The courses that some triggers, in order of time, open."""
    opened: list[Open] = []
    for t in triggers:
        course = opened[-1] if opened else None
        if course is not None and decl.new_trigger != "åpner" and _inside(engine, decl, course, t):
            course.absorbed.append(t)
            if decl.new_trigger == "forlenger":
                course.extending.append(t)
        else:
            opened.append(Open(t))
    return opened


def _inside(engine: Engine, decl: ast.Tfg, course: Open, t: Contact) -> bool:
    """Whether a new trigger starts while a course is open: up to the last day any of its windows reaches."""
    if decl.within_year and t.start.year != course.first.start.year:
        return False
    reach = [max(x.end for x in (course.first, *course.extending))]
    for line in decl.members:
        for group in line.groups:
            window = known_window(engine, decl, line, course.first, group.text)
            if window is not None:
                reach.append(day_of(window.end, course))
    return t.start <= max(reach)


def known_window(
    engine: Engine, decl: ast.Tfg, line: ast.Omfatter, c: Contact, group: str | None = None
) -> ast.Window | None:
    """The window of a line as written, or as assumed for the group (any of the line's when none is named).

    ``None`` where it is unknown.
    """
    if isinstance(line.window, ast.Window):
        return line.window
    assumed = c.what.ctx.machine.assumed_windows
    for g in line.groups:
        window = assumed.get((decl.name.text, line.kind, g.text))
        if window is not None and group in (None, g.text):
            return window
    return None


def day_of(bound: ast.Bound, course: Open, *, opens: bool = False) -> dt.date:
    """The calendar day of one end of a window; ``opens`` when it is the first.

    All counts from the first trigger, but a last day that is «etter» counts from the last of all that extend the
    course: a new trigger makes it longer and never shorter.
    """
    extending = () if opens or bound.direction == "før" else course.extending
    anchor = max(t.start if bound.anchor == "start" else t.end for t in (course.first, *extending))
    return _shift(anchor, -bound.days if bound.direction == "før" else bound.days)


def _shift(day: dt.date, days: int) -> dt.date:
    try:
        return day + dt.timedelta(days=days)
    except OverflowError:
        return dt.date.max if days > 0 else dt.date.min


def _line(engine: Engine, decl: ast.Tfg, lines: list[ast.Omfatter], course: Open, c: Contact) -> ast.Omfatter | None:
    """The first of the lines that cover a contact under which it belongs to a course."""
    for line in lines:
        window = known_window(engine, decl, line, course.first, c.group)
        if window is not None and in_window(decl, window, course, c):
            return line
    return None


def limits(decl: ast.Tfg, window: ast.Window, course: Open) -> tuple[dt.date, dt.date]:
    """The first and the last day of a window of a course, as the calendar year lets it."""
    low, high = day_of(window.start, course, opens=True), day_of(window.end, course)
    if decl.within_year:
        year = course.first.start.year
        low, high = max(low, dt.date(year, 1, 1)), min(high, dt.date(year, 12, 31))
    return low, high


def in_window(decl: ast.Tfg, window: ast.Window, course: Open, c: Contact) -> bool:
    """Whether a contact lies in the window of a course, both ends included."""
    low, high = limits(decl, window, course)
    medlem = decl.medlem
    mode = medlem.mode if medlem is not None else "starter"
    if medlem is not None and not medlem.own_day:
        starts = {course.first.start, *(t.start for t in course.absorbed)}
        if (c.end if mode == "slutter" else c.start) in starts:
            return False
    match mode:
        case "starter":
            return low <= c.start <= high
        case "slutter":
            return low <= c.end <= high
        case "overlapper":
            return low <= high and c.start <= high and c.end >= low


def _choose(decl: ast.Tfg, reach: list[tuple[Open, Any]], c: Contact) -> list[tuple[Open, Any]]:
    if len(reach) <= 1 or decl.several == "alle":
        return reach
    if decl.several == "nærmeste":
        return [min(reach, key=lambda r: (abs((c.start - r[0].first.start).days), r[0].first.order))]
    return [min(reach, key=lambda r: r[0].first.order)]


def _note_unknown(engine: Engine, decl: ast.Tfg, lines: list[ast.Omfatter], opened: list[Open], c: Contact) -> None:
    """A contact that the unknown window of a line that covers it might have taken in says so."""
    for line in lines:
        if not isinstance(line.window, ast.UnknownWindow):
            continue
        for o in opened:
            assumed = known_window(engine, decl, line, o.first, c.group) is not None
            if decl.within_year and o.first.start.year != c.start.year:
                continue
            word = "antatt" if assumed else "ukjent"
            if not assumed or any(m is c for m, _ in o.members):
                c.what.notes[f"{word}: vindu for {c.kind} {c.group} i TFG {decl.name.text}"] = None


def _close(decl: ast.Tfg, patient: str, o: Open) -> Course:
    first = o.first
    trigger_line = decl.triggers[0]
    members = [Member(first.what, "trigger", 0, trigger_line)]
    members += [Member(t.what, "ny_trigger", (t.start - first.start).days, trigger_line) for t in o.absorbed]
    members += [Member(c.what, "medlem", (c.start - first.start).days, line) for c, line in o.members]
    members.sort(key=lambda m: (m.day if m.day is not None else 0, m.role != "trigger", m.record_id))
    telles = decl.telles
    unit = telles.unit if telles is not None else "trigger"
    period = period_label(unit if unit not in ("kontakt", "trigger") else "år", first.start)
    course_id = f"{patient}/{decl.name.text}/{first.contact_id}"
    course = Course(course_id, decl.name.text, patient, first.what, period, members)
    for c, line in o.members:
        if isinstance(line.window, ast.UnknownWindow):
            course.notes[f"antatt: vindu for {c.kind} {c.group} i TFG {decl.name.text}"] = None
    return course


# ------------------------------------------------------------------ shares


def share(engine: Engine, decl: ast.Tfg, course: Course) -> None:
    """What share of the course each member brought; shares add up to exactly 1."""
    members = course.members
    if decl.fordeles is None or not members:
        return
    if decl.fordeles == "første":
        head = next((m for m in members if m.role == "trigger"), members[0])
        weights: list[Number | None] = [1 if m is head else 0 for m in members]
    elif decl.fordeles == "antall":
        weights = [1] * len(members)
    else:
        weights = [engine.own_weight(m.what) for m in members]
    if any(w is None for w in weights):
        course.notes["ukjent: andeler, siden en vekt er ukjent"] = None
        return
    shares = apportion([w for w in weights if w is not None])
    for m, s in zip(members, shares or [], strict=False):
        m.share = s
