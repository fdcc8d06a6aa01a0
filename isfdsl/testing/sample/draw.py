"""Drawing the records: patients, their contacts through the year, and each contact from a mould, column by column."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from random import Random
from typing import Any

from attrs import define, field

from isfdsl.records.schema import FieldSchema
from isfdsl.testing.sample.plan import CourseMould, Mould, Plan, PostPlan

Columns = dict[str, list[Any]]
Batch = dict[str, Columns]

BATCH = 20_000
_OTHER_POSTS = 0.15
_HOSPITALS = 24
_UNITS = 6
_COURSE_SHARE = 0.02
_CONTACTS = tuple(itertools.accumulate((30, 20, 13, 9, 7, 5, 4, 3, 2.5, 2, 1.5, 1, 0.8, 0.6, 0.4, 0.3, 0.2)))
_AGES = tuple(itertools.accumulate((3, 4, 4, 5, 6, 8, 9, 9, 10, 10, 12, 12, 13, 13, 12, 9, 6, 3, 1.5, 0.4)))
_HOURS = tuple(itertools.accumulate((1, 1, 1, 1, 1, 1, 2, 10, 16, 17, 16, 14, 13, 12, 10, 7, 4, 3, 3, 2, 2, 2, 1, 1)))
_WEEKDAYS = (0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6)


@define
class _Contacts:
    """The contacts of one post in one batch: patient, start and mould of each."""

    patients: list[int] = field(factory=list)
    starts: list[dt.datetime] = field(factory=list)
    moulds: list[int] = field(factory=list)


@define(slots=False)
class Drawer:
    """Draws batches. Each batch depends on the plan, the seed and its own number and nothing else."""

    plan: Plan

    def __attrs_post_init__(self) -> None:
        self.days = (self.plan.last - self.plan.first).days + 1
        self.midnight = dt.datetime.combine(self.plan.first, dt.time())
        # Times of stay, most of them short: minutes of a visit, and days of an admission.
        random = Random(f"{self.plan.seed}/liggetid")
        self.visits = [dt.timedelta(minutes=random.choice((15, 20, 30, 45, 60, 90, 120, 180, 240))) for _ in range(997)]
        self.admissions = [
            dt.timedelta(
                days=max(1, min(90, round(random.lognormvariate(1.1, 0.8)))), minutes=random.randint(-180, 300)
            )
            for _ in range(2003)
        ]
        self.hospitals = [f"9{700_00000 + 7919 * i:08d}" for i in range(1, _HOSPITALS + 1)]
        self.hospital_weights = list(itertools.accumulate(1 / (i + 1) ** 0.7 for i in range(_HOSPITALS)))

    def batches(self, count: int) -> Iterator[Batch]:
        """Batches with ``count`` records of the main post in all."""
        for number in range((count + BATCH - 1) // BATCH):
            yield self.batch(number, min(BATCH, count - number * BATCH))

    def batch(self, number: int, size: int) -> Batch:
        """One batch."""
        random = Random(f"{self.plan.seed}/bunke/{number}")
        people = _People(self, random, number)
        contacts = {name: _Contacts() for name in self.plan.posts}
        if self.plan.main in contacts:
            self._contacts(contacts, size, people, random)
        for name, plan in self.plan.posts.items():
            if name != self.plan.main:
                more = int(size * _OTHER_POSTS) or 1
                self._others(contacts[name], plan, more - len(contacts[name].patients), people, random)
        return {
            name: self._columns(self.plan.posts[name], own, people, random, number) for name, own in contacts.items()
        }

    # ------------------------------------------------------------ who, when, what

    def _contacts(self, contacts: dict[str, _Contacts], size: int, people: _People, random: Random) -> None:
        main = contacts[self.plan.main]
        plan = self.plan.posts[self.plan.main]
        weights = list(itertools.accumulate(plan.weights))
        patients, starts, moulds = main.patients, main.starts, main.moulds
        lone = [m.own_person for m in plan.moulds]
        choices = random.choices(range(len(plan.moulds)), cum_weights=weights, k=size)
        counts = iter(random.choices(range(1, len(_CONTACTS) + 1), cum_weights=_CONTACTS, k=size))
        hours = random.choices(range(24), cum_weights=_HOURS, k=size)
        while len(patients) < size:
            person = people.new()
            if self.plan.courses and random.random() < _COURSE_SHARE:
                self._course(contacts, random.choice(self.plan.courses), person, size, random)
                continue
            own = min(next(counts), size - len(patients))
            days = sorted(random.choices(range(self.days), k=own))
            before = -1
            for day in days:
                place = len(patients)
                mould = choices[place]
                if random.random() < 0.04 and before >= 0:
                    day = before
                before = day
                weekday = (day + self.plan.first.weekday()) % 7
                if weekday > 4 and random.random() < 0.7 and day + 2 < self.days:
                    day += 7 - weekday
                patients.append(people.new() if lone[mould] else person)
                starts.append(
                    self.midnight + dt.timedelta(days=day, hours=hours[place], minutes=random.randrange(0, 60, 5))
                )
                moulds.append(mould)

    def _course(
        self, contacts: dict[str, _Contacts], course: CourseMould, person: int, size: int, random: Random
    ) -> None:
        """The contacts of a course on one patient, as far as the batch has room."""
        span = max(days for _, _, days in course.parts)
        first = random.randrange(max(1, self.days - max(span, 0)))
        for post, mould, days in course.parts:
            own = contacts.get(post)
            if own is None or (post == self.plan.main and len(own.patients) >= size):
                continue
            minute = self.plan.posts[post].moulds[mould].start_minute
            own.patients.append(person)
            own.starts.append(self.midnight + dt.timedelta(days=max(first + days, 0), minutes=minute))
            own.moulds.append(mould)

    def _others(self, own: _Contacts, plan: PostPlan, count: int, people: _People, random: Random) -> None:
        if count <= 0:
            return
        weights = list(itertools.accumulate(plan.weights))
        known = max(people.count, 1)
        moulds = random.choices(range(len(plan.moulds)), cum_weights=weights, k=count)
        while len(own.patients) < len(moulds):
            # One and the same drug, fetched again and again.
            person, mould = (
                people.base + random.randrange(known) if people.count else people.new(),
                moulds[len(own.patients)],
            )
            day = random.randrange(self.days)
            for repeat in range(min(random.choice((1, 2, 3, 4)), len(moulds) - len(own.patients))):
                moulds[len(own.patients)] = mould
                own.patients.append(people.new() if plan.moulds[mould].own_person else person)
                own.starts.append(self.midnight + dt.timedelta(days=min(day + 28 * repeat, self.days - 1), hours=10))
                own.moulds.append(mould)

    # ------------------------------------------------------------ columns

    def _columns(self, plan: PostPlan, own: _Contacts, people: _People, random: Random, number: int) -> Columns:
        moulds, starts, patients = own.moulds, own.starts, own.patients
        length = len(moulds)
        out: Columns = {}
        personal = {f.name: f for f in (*plan.births, *plan.ages)}
        letter = plan.schema.name[0]
        home = people.hospitals(patients, random)
        for f in plan.schema.fields:
            name = f.name
            if not f.mandatory and not self.plan.says(plan.schema, name):
                continue  # the chosen format has no place for it; an absent column is an empty one
            if f.key:
                base = number * BATCH * 10
                texts = f.kind == "tekst"
                out[name] = [f"{letter}{base + i:09d}" if texts else base + i for i in range(1, length + 1)]
            elif name == plan.patient:
                out[name] = [f"P{p:08d}" for p in patients] if f.kind == "tekst" else list(patients)
            elif f is plan.start:
                out[name] = starts if f.kind == "tidspunkt" else [s.date() for s in starts]
            elif name == plan.institution and f.kind == "tekst":
                out[name] = [self.hospitals[h] for h in home]
            elif name == plan.unit and f.kind == "tekst":
                wards = random.choices(range(_UNITS), k=length)
                out[name] = [f"{h + 1:02d}{w + 1:02d}" for h, w in zip(home, wards, strict=True)]
            elif f is plan.end:
                out[name] = self._ends(f, plan.moulds, moulds, starts, random)
            elif not self._ever(f, plan) and name not in personal and f is not plan.sex and f is not plan.region:
                continue  # an absent column is an empty one
            else:
                column = self._constant(f, plan.moulds, moulds, starts)
                if name in personal or f is plan.sex or f is plan.region:
                    column = people.filled(f, plan, column, own, plan.moulds)
                elif name in plan.extras:
                    self._extra(plan.extras[name], column, moulds, plan.closed.get(name, set()), random)
                out[name] = column
        return out

    def _ever(self, f: FieldSchema, plan: PostPlan) -> bool:
        """Whether any record of the post has a value in the field."""
        name = f.name
        return name in plan.extras or any(name in m.values or name in m.offsets for m in plan.moulds)

    def _ends(
        self, f: FieldSchema, moulds: list[Mould], chosen: list[int], starts: list[dt.datetime], random: Random
    ) -> list[Any]:
        offsets = [None if m.free_end else m.offsets.get(f.name) for m in moulds]
        free = [m.free_end for m in moulds]
        overnight = [m.overnight for m in moulds]
        luck = random.choices(range(1 << 20), k=len(chosen))
        visits, admissions = self.visits, self.admissions
        ends: list[Any] = []
        for m, start, r in zip(chosen, starts, luck, strict=True):
            if free[m]:
                ends.append(start + (admissions[r % 2003] if overnight[m] else visits[r % 997]))
            elif offsets[m] is None:
                ends.append(None)
            else:
                ends.append(start + dt.timedelta(minutes=offsets[m] or 0))
        return ends if f.kind == "tidspunkt" else [None if e is None else e.date() for e in ends]

    def _constant(self, f: FieldSchema, moulds: list[Mould], chosen: list[int], starts: list[dt.datetime]) -> list[Any]:
        name = f.name
        if any(name in m.offsets for m in moulds):
            offsets = [m.offsets.get(name) for m in moulds]
            as_day = f.kind == "dato"
            column: list[Any] = []
            for m, start in zip(chosen, starts, strict=True):
                minutes = offsets[m]
                if minutes is None:
                    column.append(None)
                else:
                    moment = start.replace(hour=0, minute=0) + dt.timedelta(
                        minutes=minutes + moulds[m].start_minute if as_day else minutes
                    )
                    column.append(moment.date() if as_day else start + dt.timedelta(minutes=minutes))
            return column
        empty: Any = () if f.is_list else None
        values = [m.values.get(name, empty) for m in moulds]
        return [values[m] for m in chosen]

    def _extra(
        self, pool: list[tuple[Any, ...]], column: list[Any], chosen: list[int], closed: set[int], random: Random
    ) -> None:
        """Some records get more codes than their mould has."""
        count = len(column) // 6
        for place, more in zip(random.choices(range(len(column)), k=count), random.choices(pool, k=count), strict=True):
            if chosen[place] not in closed:
                column[place] = (*column[place], *more)


class _People:
    """The patients of one batch: each has a birthday, a sex, a region and a hospital, from its number alone."""

    def __init__(self, drawer: Drawer, random: Random, number: int) -> None:
        self.drawer = drawer
        self.random = random
        self.base = number * BATCH * 4
        self.count = 0
        self.born: list[dt.date] = []
        self.luck: list[int] = []
        self.home: list[int] = []

    def new(self) -> int:
        """One more person; the number is unique in the whole sample."""
        if self.count >= len(self.born):
            random, drawer = self.random, self.drawer
            bands = random.choices(range(len(_AGES)), cum_weights=_AGES, k=1024)
            days = random.choices(range(1826), k=1024)
            first = drawer.plan.first
            self.born += [first - dt.timedelta(days=band * 1826 + day) for band, day in zip(bands, days, strict=True)]
            self.luck += random.choices(range(1 << 20), k=1024)
            self.home += random.choices(range(_HOSPITALS), cum_weights=drawer.hospital_weights, k=1024)
        self.count += 1
        return self.base + self.count - 1

    def hospitals(self, patients: list[int], random: Random) -> list[int]:
        """The hospital of each contact: mostly the patient's own."""
        base, home, count = self.base, self.home, _HOSPITALS
        away = random.choices(range(100), k=len(patients))
        return [
            (home[p - base] if a < 88 else (home[p - base] + a) % count) for p, a in zip(patients, away, strict=True)
        ]

    def filled(
        self, f: FieldSchema, plan: PostPlan, column: list[Any], own: _Contacts, moulds: list[Mould]
    ) -> list[Any]:
        """A column of the person: what the mould says, else what the person is."""
        base = self.base
        lone = [m.own_person for m in moulds]
        rows = zip(column, own.patients, own.moulds, own.starts, strict=True)
        if f in plan.births:
            out = [v if lone[m] else self._birth(f, self.born[p - base]) for v, p, m, _ in rows]
            return [v if _inside(f, v) else None for v in out]
        if f in plan.ages:
            high = f.high if isinstance(f.high, int) else 50_000
            return [
                v if lone[m] else (age if 0 <= (age := (s.date() - self.born[p - base]).days) <= high else None)
                for v, p, m, s in rows
            ]
        options = _options(f)
        if not options:
            return column
        size = len(options)
        if f is plan.region:
            return [v if v is not None else options[self.luck[p - base] % size] for v, p, _, _ in rows]
        return [v if lone[m] else options[self.luck[p - base] % size] for v, p, m, _ in rows]

    def _birth(self, f: FieldSchema, born: dt.date) -> Any:
        if f.kind == "heltall":
            return born.year
        return born if f.kind == "dato" else dt.datetime.combine(born, dt.time())


def _inside(f: FieldSchema, value: Any) -> bool:
    if value is None:
        return True
    own: Any = value.date() if isinstance(value, dt.datetime) else value
    return not ((f.low is not None and own < f.low) or (f.high is not None and own > f.high))


def _options(f: FieldSchema) -> list[Any]:
    """The codes of a person's field, the common ones many times: sexes 1 and 2, unknown hardly ever."""
    codes = [c for s in f.systems for c in s.codes]
    common = [c for c in codes if c in ("1", "2", "M", "K", "m", "k")]
    if common:
        return common * 400 + codes
    return codes if f.kind == "kode" else []
