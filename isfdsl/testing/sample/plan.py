"""The moulds a sample is cast from: records that reach rules, and ordinary ones with codes that rules mention."""

from __future__ import annotations

import datetime as dt
import itertools
from random import Random
from typing import Any

from attrs import define, field, frozen

from isfdsl.program.ruleset import Ruleset
from isfdsl.records.schema import FieldSchema, RecordSchema
from isfdsl.testing.facts import Facts
from isfdsl.testing.sample.cover import Coverage, Coverer, Reached, is_birth
from isfdsl.testing.sample.shape import NprShape
from isfdsl.testing.sample.solve import CannotMake, Draft

_ORDINARY = 300
_ORDINARY_SHARE = 0.3
_MOST_RULES = 400
_EXTRA = 400


@frozen
class Mould:
    """One record without its person and its day. ``offsets`` are days and moments in minutes from the start."""

    values: dict[str, Any]
    offsets: dict[str, int]
    start_minute: int
    own_person: bool
    free_end: bool
    overnight: bool


@frozen
class CourseMould:
    """Records of one patient: post, place of the mould, and days after the first."""

    parts: tuple[tuple[str, int, int], ...]


@define
class PostPlan:
    """What is known about one post before anything is drawn."""

    schema: RecordSchema
    moulds: list[Mould] = field(factory=list)
    weights: list[float] = field(factory=list)
    extras: dict[str, list[tuple[Any, ...]]] = field(factory=dict)
    closed: dict[str, set[int]] = field(factory=dict)  # the moulds that take no more codes in a field
    key: FieldSchema | None = None
    patient: str | None = None
    start: FieldSchema | None = None
    end: FieldSchema | None = None
    institution: str | None = None
    unit: str | None = None
    region: FieldSchema | None = None
    sex: FieldSchema | None = None
    births: tuple[FieldSchema, ...] = ()
    ages: tuple[FieldSchema, ...] = ()

    def personal(self) -> set[str]:
        """The fields that belong to the person and not to the contact."""
        own = {f.name for f in (*self.births, *self.ages)}
        return own | {f.name for f in (self.sex, self.region) if f is not None}


@define(slots=False)
class Plan:
    """The whole sample before it is drawn."""

    ruleset: Ruleset
    seed: int
    shape: NprShape | None
    coverage: Coverage | None = None
    posts: dict[str, PostPlan] = field(factory=dict, init=False)
    courses: list[CourseMould] = field(factory=list, init=False)
    first: dt.date = field(init=False)
    last: dt.date = field(init=False)
    main: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.facts = _Mentioned(self.ruleset)
        self._pools: dict[tuple[str, ...], list[str]] = {}
        self.schemas = self.facts.schemas
        head = self.ruleset.head
        year = head.year if head is not None and 1900 < head.year < 2200 else 2024
        start = head.start.value if head is not None and head.start is not None else None
        end = head.end.value if head is not None and head.end is not None else None
        self.first = start or dt.date(year, 1, 1)
        self.last = end or self.first.replace(month=12, day=31)
        self.main = self.ruleset.stay_source or next(iter(self.schemas), "")
        coverer = Coverer(self.ruleset, self.seed, tries=6, repairs=6, keep=self.fit)
        found = self.coverage or _light(coverer)
        for name, schema in self.schemas.items():
            if self.shape is not None and name not in (self.main, self.shape.table.post if self.shape.table else ""):
                continue
            self.posts[name] = self._post(schema, found, coverer)
        self._courses(found)
        for plan in self.posts.values():
            plan.closed = {name: self._closed(plan, name) for name in plan.extras}

    def _closed(self, plan: PostPlan, name: str) -> set[int]:
        """The moulds that would be another record in the chosen format with more codes in a field."""
        if self.shape is None or plan.schema.name != self.shape.schema.name:
            return set()
        more = plan.extras[name][0]
        out: set[int] = set()
        for i, mould in enumerate(plan.moulds):
            wanted = (*mould.values.get(name, ()), *more)
            before, after = self.shape.fit(dict(mould.values)), self.shape.fit({**mould.values, name: wanted})
            if after != {**before, name: wanted}:
                out.add(i)
        return out

    def fit(self, post: str, draft: Draft) -> Draft:
        """The record as the chosen format can say it."""
        return draft if self.shape is None else self.shape.fit_of(self.schemas[post], draft)

    def says(self, schema: RecordSchema, name: str) -> bool:
        """Whether the chosen format can say a field."""
        return self.shape is None or self.shape.says_of(schema.name, name)

    # ------------------------------------------------------------ one post

    def _post(self, schema: RecordSchema, found: Coverage, coverer: Coverer) -> PostPlan:
        roles = schema.roles
        by_name = {f.name: f for f in schema.fields if self.says(schema, f.name)}
        plan = PostPlan(
            schema,
            key=next(iter(schema.key_fields), None),
            patient=roles.get("pasient"),
            start=by_name.get(roles.get("start", "")),
            end=by_name.get(roles.get("slutt", "")),
            institution=roles.get("institusjon"),
            unit=roles.get("enhet"),
            region=by_name.get(roles.get("region", "")),
            sex=next((f for f in by_name.values() if f.name.lower() in ("kjønn", "kjonn", "kjoenn")), None),
            births=tuple(f for f in by_name.values() if is_birth(f)),
            ages=tuple(f for f in by_name.values() if "alder" in f.name.lower() and f.kind == "heltall"),
        )
        random = Random(f"{self.seed}/plan/{schema.name}")
        for r in found.reached:
            if r.post == schema.name and len(r.rows) == 1 and r.what in ("regel", "STG"):
                plan.moulds.append(self._mould(plan, r.rows[0], r.touched[0]))
        covered = len(plan.moulds)
        for _ in range(_ORDINARY):
            plan.moulds.append(self._ordinary(plan, coverer, random))
        ranks = list(range(1, len(plan.moulds) + 1))
        random.shuffle(ranks)
        plan.weights = [1 / rank**0.9 for rank in ranks]
        share = sum(plan.weights[:covered]) * _ORDINARY_SHARE / (1 - _ORDINARY_SHARE) / sum(plan.weights[covered:])
        if covered:
            plan.weights[covered:] = [w * share for w in plan.weights[covered:]]
        for f in schema.fields:
            pool = self._pool(f, random) if f.is_list and f.kind in ("kode", "kodepar") else []
            if pool and self.says(schema, f.name):
                weights = list(itertools.accumulate(1 / (i + 1) ** 1.1 for i in range(len(pool))))
                plan.extras[f.name] = [
                    tuple(random.choices(pool, cum_weights=weights, k=random.choice((1, 1, 1, 2, 3))))
                    for _ in range(_EXTRA)
                ]
        return plan

    def _pool(self, f: FieldSchema, random: Random) -> list[Any]:
        """Codes for a field: those the rules mention, those that are listed, some that fit the pattern."""
        key = tuple(s.name for s in f.systems)
        if key not in self._pools:
            codes: dict[str, None] = {}
            for known in (self.facts.systems[name] for name in key if name in self.facts.systems):
                plain = (c.replace(".", "") for c in (*known.written, *known.listed))
                codes |= dict.fromkeys(c for c in plain if c not in known.dated)
            self._pools[key] = random.sample(list(codes), min(len(codes), 300))
        return [(c, None) if f.kind == "kodepar" else c for c in self._pools[key]]

    def _ordinary(self, plan: PostPlan, coverer: Coverer, random: Random) -> Mould:
        """A record nobody has thought of: codes and values at random, most of it filled."""
        schema = plan.schema
        day = self.first + (self.last - self.first) // 3
        draft = coverer.blank(schema.name, day, 0.0, random)
        maker = coverer.maker(schema.name, day, random)
        skip = {f.name for f in schema.fields if f.key} | {plan.patient, plan.institution, plan.unit}
        skip |= {f.name for f in (plan.start, plan.end) if f is not None} | plan.personal()
        for f in schema.fields:
            if f.name in skip:
                continue
            try:
                if f.kind in ("kode", "kodepar"):
                    pool = self._pool(f, random)
                    if f.is_list:
                        draft[f.name] = tuple(random.sample(pool, min(len(pool), random.choice((0, 0, 1, 1, 2)))))
                    elif f.mandatory or random.random() < 0.8:
                        draft[f.name] = random.choice(pool) if pool and random.random() < 0.9 else maker.any_value(f)
                elif f.kind == "ja_nei":
                    draft[f.name] = random.random() < 0.5 if random.random() < 0.1 else None
                elif not f.is_list and not f.mandatory and random.random() < 0.1:
                    draft[f.name] = maker.any_value(f)
            except CannotMake:
                continue
        draft = self.fit(schema.name, draft)
        return self._mould(plan, draft, frozenset())

    def _mould(self, plan: PostPlan, draft: Draft, touched: frozenset[str]) -> Mould:
        start = draft.get(plan.start.name) if plan.start is not None else None
        anchor = _moment(start) if isinstance(start, dt.date) else None
        values: dict[str, Any] = {}
        offsets: dict[str, int] = {}
        own_person = bool(touched & plan.personal())
        skip = {plan.patient, plan.institution, plan.unit, *(f.name for f in plan.schema.fields if f.key)}
        free_end = plan.end is not None and plan.end.name not in touched
        for f in plan.schema.fields:
            value = draft.get(f.name)
            if f.name in skip or (f.name in plan.personal() and not own_person) or f is plan.start:
                continue
            if f is plan.end and free_end:
                continue
            if isinstance(value, dt.date) and anchor is not None:
                offsets[f.name] = int((_moment(value) - anchor).total_seconds() // 60)
            elif value is not None and value != ():
                values[f.name] = value
        minute = anchor.hour * 60 + anchor.minute if anchor is not None else 600
        end = draft.get(plan.end.name) if plan.end is not None else None
        overnight = isinstance(end, dt.date) and anchor is not None and _moment(end).date() > anchor.date()
        return Mould(values, offsets, minute, own_person, free_end, overnight)

    # ------------------------------------------------------------ courses

    def _courses(self, found: Coverage) -> None:
        for r in found.reached:
            if r.what != "TFG" or len(r.rows) < 2:
                continue
            names = r.post.split("+") if "+" in r.post else [r.post] * len(r.rows)
            parts: list[tuple[str, int, int]] = []
            first: dt.date | None = None
            for name, row, touched in zip(names, r.rows, r.touched, strict=True):
                plan = self.posts.get(name)
                if plan is None or plan.start is None or not isinstance(row.get(plan.start.name), dt.date):
                    break
                day = _moment(row[plan.start.name]).date()
                first = first or day
                plan.moulds.append(self._mould(plan, row, touched - plan.personal()))
                plan.weights.append(0.0)
                parts.append((name, len(plan.moulds) - 1, (day - first).days))
            else:
                self.courses.append(CourseMould(tuple(parts)))


class _Mentioned(Facts):
    """The codes the rules mention. How to make a condition true is found elsewhere, when it is asked for."""

    def _goal(self, *parts: Any) -> None:
        return None


def _moment(value: dt.date) -> dt.datetime:
    return value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())


def _light(coverer: Coverer) -> Coverage:
    """Records for the rules, without the requirements, and for some of them when there are very many."""
    total = sum(len(coverer.ruleset.rules(h)) for h in coverer.ruleset.hierarkier.values())
    step = max(1, total // _MOST_RULES)
    found = [r for r in coverer.rules(step) if isinstance(r, Reached)]
    found += [r for r in coverer.services() if isinstance(r, Reached)]
    found += [r for r in coverer.courses(found) if isinstance(r, Reached)]
    return Coverage(tuple(found), ())
