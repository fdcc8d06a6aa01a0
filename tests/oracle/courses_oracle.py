"""Courses by brute force: a second reading of the language's words about TFG, day by day and set by set.

Written from ``language.md`` and ``docs/semantics.md`` alone, for one patient at a time. It knows nothing of the engine.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["DRG", "STG"]
Group = tuple[Kind, str]


@dataclass(frozen=True)
class Contact:
    """A grouped contact of the patient."""

    id: str
    kind: Kind
    group: str
    start: dt.date
    end: dt.date
    institution: str | None = None

    @property
    def when(self) -> tuple[dt.date, dt.date, str, str]:
        """In order of time."""
        return self.start, self.end, self.kind, self.id

    def days(self) -> set[dt.date]:
        """Every day of it."""
        return span(self.start, self.end)


@dataclass(frozen=True)
class End:
    """One end of a window: so many days before the start, or after the start or the end, of the trigger."""

    days: int
    direction: Literal["før", "etter"]
    anchor: Literal["start", "slutt"]


@dataclass(frozen=True)
class Line:
    """What a course takes in. ``window`` ``None``: unknown."""

    groups: tuple[Group, ...]
    window: tuple[End, End] | None


@dataclass(frozen=True)
class Spec:
    """A TFG. Without triggers it is counted per period; ``rest`` takes what no other took."""

    name: str
    triggers: tuple[Group, ...] = ()
    lines: tuple[Line, ...] = ()
    mode: str = "starter"
    own_day: bool = True
    within_year: bool = False
    new_trigger: str = "åpner"
    several: str = "første"
    unit: str = "trigger"
    per_institution: bool = False
    rest: bool = False


@dataclass
class Course:
    """A course found: its triggers in order, its members, and whether it is the one that counts in its period."""

    spec: Spec
    triggers: list[Contact]
    period: str
    institution: str | None
    members: set[Contact] = field(default_factory=set)
    counts: bool = True

    def contents(self) -> set[Contact]:
        """Everything in it."""
        return set(self.triggers) | self.members


def span(low: dt.date, high: dt.date) -> set[dt.date]:
    """The days from low to high, both with; none when high lies before low."""
    return {low + dt.timedelta(days=n) for n in range((high - low).days + 1)}


def label(unit: str, day: dt.date) -> str:
    """The name of the period a day lies in."""
    if unit == "måned":
        return f"{day.year}-{day.month:02d}"
    if unit == "tertial":
        return f"{day.year}-T{1 if day.month <= 4 else 2 if day.month <= 8 else 3}"
    return str(day.year)


def at(end: End, trigger: Contact) -> dt.date:
    """The calendar day of one end, counted from one trigger."""
    base = trigger.start if end.anchor == "start" else trigger.end
    return base + dt.timedelta(days=-end.days if end.direction == "før" else end.days)


def window_days(spec: Spec, window: tuple[End, End], triggers: list[Contact]) -> set[dt.date]:
    """The days of a window. A trigger that extends the course moves only the last day, and only forwards."""
    first, last = window
    moving = triggers if spec.new_trigger == "forlenger" and last.direction == "etter" else triggers[:1]
    days = span(at(first, triggers[0]), max(at(last, t) for t in moving))
    if spec.within_year:
        days = {d for d in days if d.year == triggers[0].start.year}
    return days


def takes(spec: Spec, course: Course, c: Contact) -> bool:
    """Whether a course can take a contact."""
    if not spec.own_day:
        shown = c.end if spec.mode == "slutter" else c.start
        if any(shown == t.start for t in course.triggers):
            return False
    own = {"starter": {c.start}, "slutter": {c.end}, "overlapper": c.days()}[spec.mode]
    for line in spec.lines:
        if line.window is None or (c.kind, c.group) not in line.groups:
            continue
        if own & window_days(spec, line.window, course.triggers):
            return True
    return False


def open_until(spec: Spec, course: Course) -> dt.date:
    """The last day a course is open for new triggers."""
    extending = course.triggers if spec.new_trigger == "forlenger" else course.triggers[:1]
    days = [t.end for t in extending]
    for line in spec.lines:
        if line.window is not None:
            moving = extending if line.window[1].direction == "etter" else course.triggers[:1]
            days += [at(line.window[1], t) for t in moving]
    return max(days)


def around_triggers(spec: Spec, contacts: list[Contact]) -> list[Course]:
    """The courses of a TFG with triggers."""
    found: list[Course] = []
    for c in contacts:
        if (c.kind, c.group) not in spec.triggers:
            continue
        latest = found[-1] if found else None
        joins = (
            latest is not None
            and spec.new_trigger != "åpner"
            and not (spec.within_year and c.start.year != latest.triggers[0].start.year)
            and c.start <= open_until(spec, latest)
        )
        if joins and latest is not None:
            latest.triggers.append(c)
        else:
            unit = "år" if spec.unit == "trigger" else spec.unit
            found.append(Course(spec, [c], label(unit, c.start), c.institution if spec.per_institution else None))
    triggers = {t for course in found for t in course.triggers}
    for c in contacts:
        if c in triggers:
            continue
        near = [course for course in found if takes(spec, course, c)]
        if spec.several == "første":
            near = near[:1]
        elif spec.several == "nærmeste" and near:
            away = {id(x): abs((c.start - x.triggers[0].start).days) for x in near}
            near = [next(x for x in near if away[id(x)] == min(away.values()))]
        for course in near:
            course.members.add(c)
    if spec.unit != "trigger":
        seen: set[tuple[str, str | None]] = set()
        for course in found:
            course.counts = (course.period, course.institution) not in seen
            seen.add((course.period, course.institution))
    return found


def per_period(spec: Spec, contacts: list[Contact]) -> list[Course]:
    """The courses of a TFG that gathers all contacts of a period."""
    found: dict[tuple[str, str | None], Course] = {}
    for c in contacts:
        if not spec.rest and not any((c.kind, c.group) in line.groups for line in spec.lines):
            continue
        key = label(spec.unit, c.start), c.institution if spec.per_institution else None
        found.setdefault(key, Course(spec, [], *key)).members.add(c)
    return list(found.values())


def courses(specs: Iterable[Spec], contacts: Iterable[Contact], *, once: bool) -> list[Course]:
    """All courses of a patient; ``specs`` in their order, and what takes the rest comes last."""
    ordered = sorted(contacts, key=lambda c: c.when)
    out: list[Course] = []
    for spec in sorted(specs, key=lambda s: s.rest):
        taken = {c for course in out for c in course.contents()}
        left = [c for c in ordered if c not in taken] if once or spec.rest else ordered
        out += around_triggers(spec, left) if spec.triggers else per_period(spec, left)
    return out
