"""The reference engine: the whole road from records to kroner, slow and obvious.

Order: stays → DRG → STG → særtjenester → courses → requirements and eligibility → points → money. Results never depend
on the order of records or files.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from attrs import define, field

from isfdsl.interp import courses as tfg
from isfdsl.interp import services as stg
from isfdsl.interp.context import Ctx
from isfdsl.interp.events import Tracer
from isfdsl.interp.krav import KravResult
from isfdsl.interp.machine import Machine
from isfdsl.interp.points import money_of, points_of
from isfdsl.interp.results import Course, Hit, Money, Result, Service, Stay
from isfdsl.interp.stays import gather, merged_values
from isfdsl.program.epoch import epoch_days, epoch_of
from isfdsl.program.ruleset import COURSE, SERVICE, STAY, Ruleset
from isfdsl.program.scope import Scopes
from isfdsl.records.record import Record, Reject
from isfdsl.syntax import ast
from isfdsl.values import Number, as_day, round_half_away

Progress = Callable[[str, int, int], None]


@define(slots=False, eq=False)
class Engine:
    """One ruleset, ready to run. ``extra`` are assumptions for this run alone (an example's ``gitt``)."""

    ruleset: Ruleset
    tracer: Tracer | None = None
    extra: tuple[ast.Assumption, ...] = ()
    scopes: Scopes = field(init=False)
    _machines: dict[int, Machine] = field(factory=dict, init=False)
    _epochs: tuple[dt.date, ...] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.scopes = Scopes(self.ruleset)
        self._epochs = epoch_days(self.ruleset, self.extra)

    # ------------------------------------------------------------ machines and contexts

    def machine(self, day: dt.date | None) -> Machine:
        """The rules as they hold on a day; without a day, as on the first day of the regelverk."""
        at, day = epoch_of(self.ruleset, self._epochs, day)
        if at not in self._machines:
            self._machines[at] = Machine(self.ruleset, self.scopes, day, tracer=self.tracer, extra=self.extra)
        return self._machines[at]

    def context(self, subject: str, values: Mapping[str, Any], record_id: str, day: dt.date | None) -> Ctx:
        """A record to evaluate as of a day."""
        return self.machine(day).new(subject, values, record_id)

    def record_day(self, post: str, record: Record) -> dt.date | None:
        """The day that dates a record: its start."""
        name = self.ruleset.role(post, "start")
        value = record.values.get(name) if name is not None else None
        return as_day(value) if isinstance(value, dt.date) else None

    def text(self, ctx: Ctx, post: str, role: str) -> str | None:
        """The field that plays a role, as text."""
        name = self.ruleset.role(post, role)
        value = ctx.values.get(name) if name is not None else None
        return None if value is None else str(value)

    # ------------------------------------------------------------ the road

    def run(
        self,
        records: Mapping[str, Sequence[Record]],
        rejects: Iterable[Reject] = (),
        read: Mapping[str, int] | None = None,
        progress: Progress | None = None,
    ) -> Result:
        """Everything about some records.

        ``records`` maps the name of a ``post`` to its validated records; ``rejects`` are those set aside on the way
        in, and ``read`` how many were read of each type.
        """
        tell = progress or (lambda stage, done, total: None)
        source = self.ruleset.stay_source
        stays = self.stays(source, records.get(source, ()), tell) if source is not None else []
        hits = self._hits(records, stays, tell)
        services = stg.count(self, hits)
        contacts = tfg.contacts(stays, hits) if self.ruleset.tfg else []
        found = tfg.build(self, contacts) if contacts else []
        self._finance_courses(found)
        krav = self._krav(records, stays, tell)
        for done, stay in enumerate(stays):
            self._settle_stay(stay)
            tell("poeng", done + 1, len(stays))
        self._settle_services(services)
        for course in found:
            self._settle_course(course)
        out = sorted(rejects, key=lambda r: (r.fil, r.rad, r.record_id))
        counted = dict(read) if read is not None else {p: len(rs) for p, rs in records.items()}
        return Result(stays, hits, services, found, krav, out, counted)

    def stays(self, post: str, records: Sequence[Record], tell: Progress | None = None) -> list[Stay]:
        """The grouped stays of some records."""
        groups = gather(self, post, records)
        out = []
        for done, own in enumerate(groups):
            out.append(self.stay(post, own))
            if tell is not None:
                tell("gruppering", done + 1, len(groups))
        return out

    def stay(self, post: str, records: tuple[Record, ...]) -> Stay:
        """One stay with its group."""
        rules = self.ruleset
        values = records[0].values if len(records) == 1 else merged_values(self, post, records)
        day = self._stay_day(post, values)
        ctx = self.context(STAY, values, records[0].record_id, day)
        start, end = rules.role(post, "start"), rules.role(post, "slutt")
        stay = Stay(
            records[0].record_id,
            records,
            ctx,
            self.text(ctx, post, "pasient"),
            self.text(ctx, post, "enhet"),
            self.text(ctx, post, "institusjon"),
            self.text(ctx, post, "region"),
            ctx.day(start),
            ctx.day(end) or ctx.day(start),
            day,
        )
        self.group(stay)
        return stay

    def _stay_day(self, post: str, values: Mapping[str, Any]) -> dt.date | None:
        rules = self.ruleset
        stated = rules.stay.dateres.text if rules.stay is not None and rules.stay.dateres is not None else None
        for name in (stated, rules.role(post, "slutt"), rules.role(post, "start")):
            value = values.get(name) if name is not None else None
            if isinstance(value, dt.date):
                return as_day(value)
        return None

    def group(self, stay: Stay) -> None:
        """Give a stay its DRG."""
        ctx = stay.ctx
        decider = ctx.machine.drg_hierarchy
        if decider is None:
            return
        decision, notes = ctx.noted(decider.decide)
        stay.notes.update(notes)
        stay.drg, stay.located, stay.returkode = decision.target, decision.located, decision.returkode
        ctx.group, ctx.group_kind = decision.target, "DRG" if decision.target is not None else None
        if decision.located is None:
            for text in decider.unfinished:
                stay.notes[f"ufullstendig: {text}"] = None
        for note in (*self.ruleset.unfinished("DRG", stay.drg), *self.assumed_code_notes(ctx)):
            stay.notes[note] = None

    def assumed_code_notes(self, ctx: Ctx) -> list[str]:
        """Assumed codes that the record has: what rests on them is marked."""
        assumed = ctx.machine.assumed_codes
        if not assumed:
            return []
        post = self.ruleset.poster[self.ruleset.stay_source or "" if ctx.subject == STAY else ctx.subject]
        fields = [f.name.text for f in post.fields if f.type.kind in ("kode", "kodepar")]
        codes = {c for name in fields for c in _codes(ctx.values.get(name))}
        return [
            f"antatt: koder i {what} {name}"
            for (what, name), wanted in assumed.items()
            if any(wanted.has_code(c) for c in codes)
        ]

    def lone_points(self, post: str, record: Record) -> Number | None:
        """The points a record would give as a stay of its own."""
        stay = self.stay(post, (record,))
        return points_of(self, stay).value

    def _hits(self, records: Mapping[str, Sequence[Record]], stays: list[Stay], tell: Progress) -> list[Hit]:
        if not self.ruleset.stg:
            return []
        posts = sorted({t.text for d in self.ruleset.stg.values() for t in d.triggers})
        group_of = {id(r): s for s in stays for r in s.records}
        out: list[Hit] = []
        for post in posts:
            own = sorted(records.get(post, ()), key=lambda r: r.record_id)
            for done, record in enumerate(own):
                ctx = self.context(post, record.values, record.record_id, self.record_day(post, record))
                stay = group_of.get(id(record))
                if stay is not None:
                    ctx.group, ctx.group_kind = stay.ctx.group, stay.ctx.group_kind
                hit = stg.find_hit(self, record, ctx)
                if hit is not None:
                    out.append(hit)
                tell("særtjenester", done + 1, len(own))
        return out

    def _krav(self, records: Mapping[str, Sequence[Record]], stays: list[Stay], tell: Progress) -> list[KravResult]:
        out: list[KravResult] = []
        by_subject: dict[str, list[str]] = {}
        for name, decl in self.ruleset.krav.items():
            by_subject.setdefault(decl.subject.text, []).append(name)
        stay_of = {id(r): s for s in stays for r in s.records}
        for subject, names in by_subject.items():
            if subject == STAY:
                contexts = [s.ctx for s in stays]
            else:
                contexts = []
                for r in sorted(records.get(subject, ()), key=lambda r: r.record_id):
                    ctx = self.context(subject, r.values, r.record_id, self.record_day(subject, r))
                    stay = stay_of.get(id(r))
                    if stay is not None:
                        ctx.group, ctx.group_kind = stay.ctx.group, stay.ctx.group_kind
                    contexts.append(ctx)
            for done, ctx in enumerate(contexts):
                out += [ctx.machine.krav(name).test(ctx) for name in names]
                tell("krav", done + 1, len(contexts))
        return sorted(out, key=lambda k: (k.krav, k.record_id))

    # ------------------------------------------------------------ what counts, points, money

    def counts(self, stay: Stay) -> bool | None:
        """Whether a stay counts in ISF, and what that rests on; ``None`` when the regelverk doesn't say what does."""
        found = [
            d for d in self.ruleset.of(ast.Teller) if d.subject is None or d.subject.text in self.scopes.lineage(STAY)
        ]
        if not found:
            return None
        counts, notes = stay.ctx.noted(
            lambda ctx: all(d.condition is None or ctx.machine.condition(d.condition, STAY)(ctx) for d in found)
        )
        stay.notes.update(notes)
        return counts

    def outside(self, day: dt.date | None) -> bool:
        """Whether a day lies outside the days the regelverk is valid."""
        head = self.ruleset.head
        if head is None or day is None:
            return False
        start = head.start.value if head.start is not None else None
        end = head.end.value if head.end is not None else None
        return (start is not None and day < start) or (end is not None and day > end)

    def _lost_outside(self, day: dt.date | None, notes: dict[str, None]) -> bool:
        """Whether a særtjeneste or course lies outside the regelverk's days and gives nothing; says so."""
        outside = self.outside(day)
        if outside:
            notes["utenfor regelverkets gyldighet"] = None
        return outside

    def _finance_courses(self, found: list[Course]) -> None:
        seen: set[tuple[str | None, ...]] = set()
        for course in sorted(found, key=tfg.begins):
            decl = self.ruleset.tfg[course.tfg]
            first = self.representative(course)
            course.financed = stg.financing_attribute(first, "TFG", course.tfg)
            if course.financed is None:
                course.notes[f"ukjent: finansiering av TFG {course.tfg}"] = None
            telles = decl.telles
            if decl.triggers and telles is not None and telles.unit not in ("kontakt", "trigger"):
                institution = self.opener(course).institution if telles.per_institution else None
                key = (course.patient, course.tfg, course.period, institution)
                if key in seen:
                    course.financed = False  # counted once per patient and period: the first course has it
                seen.add(key)
            for m in course.members:
                m.what.tfg_ids.append(course.course_id)
                if course.financed and decl.erstatter is not None:
                    replaces = decl.erstatter.opphold if isinstance(m.what, Stay) else decl.erstatter.saertjenester
                    m.what.replaced = m.what.replaced or replaces

    def _settle_stay(self, stay: Stay) -> None:
        if self.outside(stay.day):
            stay.counts = False
        else:
            stay.counts = self.counts(stay)
        stay.points = points_of(self, stay)
        stay.ctx.points = stay.points.value
        stay.money = money_of(self, stay.ctx, STAY, stay.points.value, stay.notes)

    def group_points(
        self, ctx: Ctx, kind: ast.GroupKind, group: str, financed: bool | None, notes: dict[str, None]
    ) -> Decimal | None:
        """The points of a særtjeneste or course: its weight when financed, 0 when not, missing when unknown.

        The weight is rounded when ``poeng for`` the kind says so.
        """
        if financed is None:
            return None
        if not financed:
            return Decimal(0)
        weight, note = ctx.machine.attribute(kind, group, "vekt")
        if note is not None:
            notes[note] = None
        if weight is None:
            return None
        said = self.ruleset.points(SERVICE if kind == "STG" else COURSE)
        return (
            Decimal(weight) if said is None or said.rounding is None else round_half_away(weight, said.rounding.digits)
        )

    def representative(self, course: Course) -> Ctx:
        """The contact a course is read by: its trigger, else its earliest member."""
        return self.opener(course).ctx

    def opener(self, course: Course) -> Stay | Hit:
        """The trigger of a course, else its earliest member."""
        return course.trigger if course.trigger is not None else course.members[0].what

    def _settle_services(self, services: list[Service]) -> None:
        for s in services:
            s.replaced = any(h.replaced for h in s.hits)
            for h in s.hits:
                s.notes.update(h.notes)
                s.notes.update(dict.fromkeys(self.assumed_code_notes(h.ctx)))
            if s.replaced or self._lost_outside(s.hits[0].day, s.notes):
                s.points = Decimal(0)
            s.money = self._group_money(s.hits[0].ctx, SERVICE, "STG", s.stg, s.points, s.notes)

    def _settle_course(self, course: Course) -> None:
        decl = self.ruleset.tfg[course.tfg]
        ctx = self.representative(course)
        course.notes.update(dict.fromkeys(self.ruleset.unfinished("TFG", course.tfg)))
        course.points = self.group_points(ctx, "TFG", course.tfg, course.financed, course.notes)
        first = course.trigger or course.members[0].what
        if self._lost_outside(first.day, course.notes):
            course.points = Decimal(0)
        tfg.share(self, decl, course)
        for m in course.members:
            own = m.what.notes if isinstance(m.what, Stay) else self.assumed_code_notes(m.what.ctx)
            course.notes.update({note: None for note in own if note.startswith("antatt: koder")})
        course.money = self._group_money(ctx, COURSE, "TFG", course.tfg, course.points, course.notes)

    def _group_money(
        self, base: Ctx, subject: str, kind: ast.GroupKind, group: str, points: Decimal | None, notes: dict[str, None]
    ) -> Money:
        ctx = base.machine.new(base.subject, base.values, base.record_id)
        ctx.group, ctx.group_kind, ctx.points = group, kind, points
        return money_of(self, ctx, subject, points, notes)

    def own_weight(self, what: Stay | Hit) -> Number | None:
        """The weight of a member's own group."""
        if isinstance(what, Stay):
            value, _ = what.ctx.machine.attribute("DRG", what.drg, "vekt")
        else:
            value, _ = what.ctx.machine.attribute("STG", what.stg, "vekt")
        return value  # type: ignore[no-any-return]


def _codes(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [c for v in value for c in _codes(v)]
    return []
