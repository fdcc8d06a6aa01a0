"""Hypothesis strategies for input to any checked regelverk.

``records`` draws whole consistent inputs that its readers accept and its rules care about: the codes they mention, ages
and numbers on both sides of what they compare with, contacts on the first and last days of every window.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Literal, Protocol, overload

from attrs import define, field
from hypothesis import strategies as st

from isfdsl.program.ruleset import Ruleset
from isfdsl.records.record import Record
from isfdsl.records.schema import Bound, FieldSchema, RecordSchema
from isfdsl.records.validate import set_aside_duplicates
from isfdsl.testing.bad import Planted, plant
from isfdsl.testing.facts import Facts, Hint

Row = dict[str, Any]
Input = dict[str, list[Row]]
Draw = Callable[[st.SearchStrategy[Any]], Any]

_TIMES = (dt.time(0), dt.time(8), dt.time(12, 30), dt.time(23, 59))


class HasRuleset(Protocol):
    """What ``isfdsl.load`` gives."""

    @property
    def ruleset(self) -> Ruleset:
        """The definitions."""


Source = Ruleset | HasRuleset


def facts_of(regelverk: Source) -> Facts:
    """What a regelverk speaks of, found once."""
    ruleset = regelverk if isinstance(regelverk, Ruleset) else regelverk.ruleset
    kept = ruleset.__dict__
    if "_facts_for_testing" not in kept:
        kept["_facts_for_testing"] = Facts(ruleset)
    found: Facts = kept["_facts_for_testing"]
    return found


@overload
def records(
    regelverk: Source, *, bad: Literal[False] = False, max_patients: int = 3, max_contacts: int = 6
) -> st.SearchStrategy[Input]: ...


@overload
def records(
    regelverk: Source, *, bad: Literal[True], max_patients: int = 3, max_contacts: int = 6
) -> st.SearchStrategy[tuple[Input, tuple[Planted, ...]]]: ...


def records(
    regelverk: Source, *, bad: bool = False, max_patients: int = 3, max_contacts: int = 6
) -> st.SearchStrategy[Any]:
    """Whole inputs: rows by record type, ready for ``Regelverk.evaluate``.

    ``bad``: some rows are spoilt on purpose, and the answer is (rows, what was spoilt and which code it must get).
    """
    facts = facts_of(regelverk)
    good = _inputs(facts, max_patients, max_contacts)
    return _spoilt(facts, good) if bad else good


@st.composite
def _inputs(draw: Draw, facts: Facts, max_patients: int, max_contacts: int) -> Input:
    drawer = Drawer(draw, facts)
    for number in range(1, draw(st.integers(1, max_patients)) + 1):
        drawer.patient(f"P{number}", draw(st.integers(0 if number > 1 else 1, max_contacts)))
    return accepted(facts, drawer.rows)


@st.composite
def _spoilt(draw: Draw, facts: Facts, good: st.SearchStrategy[Input]) -> tuple[Input, tuple[Planted, ...]]:
    return plant(draw, facts, draw(good))


def accepted(facts: Facts, rows: Input) -> Input:
    """The rows that validation lets through; a regelverk may close a code system in ways that nobody foresees."""
    out: Input = {}
    for post, own in rows.items():
        schema = facts.schemas[post]
        validator = facts.validator(post)
        outcomes = [validator.outcome("", n, [row.get(f.name) for f in schema.fields]) for n, row in enumerate(own)]
        good = [o for o in outcomes if isinstance(o, Record)]
        left, _, _ = set_aside_duplicates(good, [])
        out[post] = [own[r.rad] for r in left]
    return out


@define
class Drawer:
    """Draws the rows of one input, patient by patient, contact by contact."""

    draw: Draw
    facts: Facts
    rows: Input = field(init=False)
    count: int = field(default=0, init=False)
    contacts: list[tuple[dt.date, dt.date]] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self.rows = {post: [] for post in self.facts.schemas}

    def pick(self, values: Sequence[Any]) -> Any:
        """One of some values."""
        return self.draw(st.sampled_from(values))

    def chance(self, percent: int) -> bool:
        """True that often; false is the simpler case."""
        return bool(self.draw(st.integers(0, 99)) >= 100 - percent)

    def patient(self, name: str, contacts: int) -> None:
        """All records of one patient."""
        self.contacts = []
        posts = list(self.facts.schemas)
        source = self.facts.ruleset.stay_source
        if source is not None:
            posts = [source, *posts]
        for _ in range(contacts if posts else 0):
            self.rows_for(self.pick(posts), name)

    # ------------------------------------------------------------ one row

    def rows_for(self, post: str, patient: str) -> None:
        """One record of a type."""
        schema = self.facts.schemas[post]
        self.count += 1
        row: Row = {}
        roles = {f: r for r, f in schema.roles.items()}
        start, end = self.times(schema)
        hints = self.hints(post)
        fill = self.draw(st.integers(0, 3))
        for f in schema.fields:
            role = roles.get(f.name)
            if f.name == schema.roles.get("start"):
                value: Any = self.moment(f, start)
            elif f.name == schema.roles.get("slutt"):
                missing = not f.mandatory and self.chance(15)
                value = None if missing else self.end(f, schema, row, end)
            elif f.key:
                value = self.key(f, post)
            elif role == "pasient":
                value = self.person(f, patient)
            elif f.name in hints:
                value = self.hinted(f, hints[f.name], end or start)
            elif f.mandatory or fill == 3 or (fill and role is not None) or (fill == 2 and self.chance(50)):
                value = self.value(f, start, end)
            else:
                value = None
            if value is not None:
                row[f.name] = value
        self.rows[post].append(row)
        if start is not None:
            last = row.get(schema.roles.get("slutt") or "", start)
            last = last.date() if isinstance(last, dt.datetime) else last
            self.contacts.append((start, max(start, last)))

    def hints(self, post: str) -> dict[str, list[tuple[str, ...]]]:
        """Codes that make the condition of one rule true, field by field."""
        goals = self.facts.goals.get(post, [])
        if not goals or not self.chance(70):
            return {}
        out: dict[str, list[tuple[str, ...]]] = {}
        goal: tuple[Hint, ...] = self.pick(goals)
        for hint in goal:
            out.setdefault(hint.field, []).append(hint.codes)
        return out

    def hinted(self, f: FieldSchema, hints: list[tuple[str, ...]], day: dt.date | None) -> Any:
        """A value that follows the hints, as far as the codes are valid on the day."""
        chosen = [self.pick(codes) for codes in hints]
        chosen = [c for c in chosen if self.valid(f, c, day)]
        if not f.is_list:
            return chosen[0] if chosen else self.value(f, day, day)
        more = self.value(f, day, day) if self.chance(40) else []
        return [*chosen, *(more or [])]

    # ------------------------------------------------------------ time

    def times(self, schema: RecordSchema) -> tuple[dt.date | None, dt.date | None]:
        """The first and the last day of a contact."""
        fields = schema.by_name()
        name = schema.roles.get("start")
        if name is None or (not fields[name].mandatory and self.chance(5)):
            return None, None
        low, high = _days(fields[name])
        start = _clip(self.first_day(), low, high)
        end = schema.roles.get("slutt")
        if end is None or end == name:
            return start, start
        last = start + dt.timedelta(days=min(self.length(), (dt.date.max - start).days))
        return start, max(start, _clip(last, *_days(fields[end])))

    def first_day(self) -> dt.date:
        """A day near an edge of something: another contact's window, the year, a day when a rule begins to hold."""
        head = self.facts.ruleset.head
        first = head.start.value if head is not None and head.start is not None and head.start.value else None
        last = head.end.value if head is not None and head.end is not None and head.end.value else None
        first = first or dt.date(2024, 1, 1)
        last = max(first, last or dt.date(first.year, 12, 31))
        if self.contacts and self.chance(75):
            start, end = self.pick(self.contacts)
            base = start if self.chance(50) else end
            sign = -1 if self.chance(25) else 1
            return _shift(base, sign * self.distance())
        if self.chance(25):
            edges = sorted(d for d in {first, last, *self.facts.dates} if d.year > 1)
            return _shift(self.pick(edges), self.draw(st.integers(-1, 1)))
        return _shift(first, self.draw(st.integers(0, (last - first).days)))

    def distance(self) -> int:
        """Days from one contact to another: few, or a limit of some window and its neighbours."""
        limits = sorted(d for d in self.facts.days if d <= 400)
        if limits and self.chance(60):
            limit: int = self.pick(limits) + self.draw(st.integers(-1, 1))
            return max(0, limit)
        few: int = self.draw(st.integers(0, 4))
        return few

    def length(self) -> int:
        """Days from in to out."""
        if self.chance(50):
            return 0
        return self.distance()

    def moment(self, f: FieldSchema, day: dt.date | None) -> Any:
        """A day as the field wants it."""
        if day is None or f.kind == "dato":
            return day
        return dt.datetime.combine(day, self.pick(_TIMES))

    def end(self, f: FieldSchema, schema: RecordSchema, row: Row, day: dt.date | None) -> Any:
        """The end of a contact: never before its start, sometimes exactly so many minutes after it."""
        begun = row.get(schema.roles.get("start") or "")
        if day is None or f.kind == "dato":
            return day
        if isinstance(begun, dt.datetime) and begun.date() == day:
            limits = sorted(m for m in self.facts.minutes if 0 <= m < 14_400) or [0]
            away = (
                self.pick(limits) + self.draw(st.integers(-1, 1)) if self.chance(60) else self.draw(st.integers(0, 90))
            )
            ended = begun + dt.timedelta(minutes=max(0, away))
            low, high = _days(f)
            return ended if low <= ended.date() <= high else begun
        return dt.datetime.combine(day, self.pick(_TIMES))

    def other_day(self, f: FieldSchema, start: dt.date | None) -> dt.date:
        """A date field: a birthday near an age limit, a day near the contact, any day of its domain."""
        low, high = _days(f)
        base = start or dt.date(2024, 6, 1)
        near = self.draw(st.integers(-1, 1))
        match self.draw(st.integers(0, 3)):
            case 0:
                return _clip(_shift(base, near), low, high)
            case 1 if self.facts.years:
                return _clip(_shift(_years_before(base, self.pick(sorted(self.facts.years))), near), low, high)
            case 2 if self.facts.days:
                return _clip(_shift(base, -self.pick(sorted(self.facts.days)) + near), low, high)
            case _:
                reach = min((high - low).days, 40_000)
                return _clip(_shift(high if high.year < 9000 else base, -self.draw(st.integers(0, reach))), low, high)

    # ------------------------------------------------------------ values

    def key(self, f: FieldSchema, post: str) -> Any:
        """A key that no other record has."""
        n = self.count
        low, high = f.low, f.high
        match f.kind:
            case "heltall" | "desimal":
                least = int(low) if isinstance(low, int | Decimal) else 0
                return least + n
            case "dato" | "tidspunkt":
                first = low if isinstance(low, dt.date) else dt.date(2000, 1, 1)
                return _clip(_shift(first, n), *_days(f)) if high is not None else _shift(first, n)
            case "tekst":
                return f"{post[:1]}{n}"
            case _:
                return self.value(f, None, None)

    def person(self, f: FieldSchema, patient: str) -> Any:
        """The patient's id as the field wants it."""
        if not f.mandatory and self.chance(3):
            return None
        if f.kind == "tekst":
            return patient
        if f.kind == "heltall":
            return int(patient[1:]) + (int(f.low) if isinstance(f.low, int | Decimal) else 0)
        return self.value(f, None, None)

    def value(self, f: FieldSchema, start: dt.date | None, end: dt.date | None) -> Any:
        """Any value the field takes."""
        if f.is_list:
            most = 0 if self.chance(25) else 4
            least = 1 if f.key else 0
            values = [self.single(f, start, end) for _ in range(self.draw(st.integers(least, max(least, most))))]
            return [v for v in values if v is not None]
        return self.single(f, start, end)

    def single(self, f: FieldSchema, start: dt.date | None, end: dt.date | None) -> Any:
        match f.kind:
            case "tekst":
                return self.pick(("H1", "H2", "tekst", *self.facts.texts))
            case "heltall" | "desimal":
                return self.number(f, start)
            case "dato":
                return self.other_day(f, start)
            case "tidspunkt":
                return dt.datetime.combine(self.other_day(f, start), self.pick(_TIMES))
            case "ja_nei":
                return self.draw(st.booleans())
            case "kode":
                return self.code(f, end or start)
            case "kodepar":
                return self.code_pair(f, end or start)

    def number(self, f: FieldSchema, start: dt.date | None) -> int | Decimal:
        """A number on or beside what it is compared with, else anything in its domain."""
        low = f.low if isinstance(f.low, int | Decimal) else Decimal(-1000)
        high = f.high if isinstance(f.high, int | Decimal) else Decimal(1_000_000)
        step = Decimal(1) if f.kind == "heltall" else self.pick((Decimal(1), Decimal("0.1"), Decimal("0.001")))
        near = sorted(self.facts.compared.get(f.name, ()))
        if start is not None and low <= start.year <= high:
            near += [Decimal(start.year - y) for y in sorted({0, *self.facts.years})]
        near += sorted(
            Decimal(x) for x in (self.facts.plain | {Decimal(d) for d in self.facts.days}) if low <= x <= high
        )
        if near and self.chance(70):
            value = self.pick(near) + step * self.draw(st.integers(-1, 1))
        else:
            value = Decimal(low) + step * self.draw(st.integers(0, int((Decimal(high) - low) / step)))
        value = min(max(value, Decimal(low)), Decimal(high))
        return int(value) if f.kind == "heltall" else value

    def code(self, f: FieldSchema, day: dt.date | None) -> str | None:
        """A code of one of the field's systems: mostly one that a rule mentions."""
        systems = [self.facts.systems[s.name] for s in f.systems]
        if not systems:
            return None
        own = self.pick(systems)
        if own.written and self.chance(65):
            code = self.pick(own.written)
        elif own.listed and (not own.system.open or self.chance(50)):
            code = self.pick(own.listed)
        elif own.system.open:
            code = self.draw(_fitting(own.system.pattern))
        else:
            return None
        if self.chance(30):
            code = code.replace(".", "")
        return code if own.accepts(code) and self.valid(f, code, day) else None

    def code_pair(self, f: FieldSchema, day: dt.date | None) -> str | None:
        """A code, or a dagger/asterisk pair."""
        pairs = [p for s in f.systems for p in self.facts.systems[s.name].pairs]
        if pairs and self.chance(30):
            first, second = self.pick(pairs)
            if self.chance(15):
                first, second = second, first
            pair = f"{first}+{second}"
            return pair if self.valid(f, pair, day) else None
        first = self.code(f, day)
        if first is None or not self.chance(15):
            return first
        second = self.code(f, day)
        return first if second is None else f"{first}+{second}"

    def valid(self, f: FieldSchema, written: str, day: dt.date | None) -> bool:
        """Whether every code of a written value may be used on the day."""
        if day is None:
            return True
        for code in written.replace(".", "").split("+"):
            owners = [s for s in (self.facts.systems[x.name] for x in f.systems) if s.accepts(code)]
            if owners and not any(code not in s.dated or s.system.codes[code].valid_on(day) for s in owners):
                return False
        return True


# ------------------------------------------------------------------ helpers


def _fitting(pattern: str | None) -> st.SearchStrategy[str]:
    if pattern is None:
        return st.from_regex(r"[A-Z]{1,3}[0-9]{2}[A-Za-z0-9]?", fullmatch=True)
    try:
        return st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)
    except re.error:
        return st.from_regex(r"[A-Z]{1,3}[0-9]{2}", fullmatch=True)


def _days(f: FieldSchema) -> tuple[dt.date, dt.date]:
    def day(bound: Bound | None, otherwise: dt.date) -> dt.date:
        return bound if isinstance(bound, dt.date) else otherwise

    return day(f.low, dt.date(1900, 1, 1)), day(f.high, dt.date(2100, 12, 31))


def _clip(day: dt.date, low: dt.date, high: dt.date) -> dt.date:
    return min(max(day, low), high)


def _shift(day: dt.date, days: int) -> dt.date:
    try:
        return day + dt.timedelta(days=days)
    except OverflowError:
        return day


def _years_before(day: dt.date, years: int) -> dt.date:
    year = max(1, day.year - years)
    try:
        return day.replace(year=year)
    except ValueError:
        return dt.date(year, 3, 1)


__all__ = ["Drawer", "HasRuleset", "Input", "Planted", "Row", "facts_of", "records"]
