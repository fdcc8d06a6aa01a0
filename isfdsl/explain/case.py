"""One patient's records under the engine: what an explanation looks at, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from attrs import define, field, frozen

from isfdsl.diagnostics.nearest import nearest
from isfdsl.explain.origins import CodeNames
from isfdsl.explain.recorder import Recorder
from isfdsl.interp.courses import Contact, contacts
from isfdsl.interp.engine import Engine
from isfdsl.interp.results import Course, Hit, Result, Service, Stay
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.record import Record, Reject
from isfdsl.syntax import ast

Records = Mapping[str, Sequence[Record]]


class UnknownId(LookupError):
    """No record, stay, særtjeneste or course has the id. ``near`` are ids that look like it."""

    def __init__(self, asked: str, near: tuple[str, ...]) -> None:
        self.asked = asked
        self.near = near
        hint = f"; mente du {' eller '.join(f'«{n}»' for n in near)}?" if near else ""
        super().__init__(f"ingen post, særtjeneste eller forløp har id-en «{asked}»{hint}")


@frozen(eq=False)
class Found:
    """What an id stands for: exactly one of the first four is set. ``also_in``: other record types with the id."""

    record: Record | None = None
    service: Service | None = None
    course: Course | None = None
    reject: Reject | None = None
    also_in: tuple[str, ...] = ()


@define(slots=False, eq=False)
class Case:
    """A patient's records, run by an engine that can be listened to."""

    ruleset: Ruleset
    records: dict[str, list[Record]]
    extra: tuple[ast.Assumption, ...] = ()
    recorder: Recorder = field(factory=Recorder, init=False)
    engine: Engine = field(init=False)
    names: CodeNames = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.engine = Engine(self.ruleset, self.recorder, self.extra)
        self.names = CodeNames(self.ruleset)

    @cached_property
    def result(self) -> Result:
        """What the patient got."""
        return self.engine.run(self.records)

    @cached_property
    def contacts(self) -> list[Contact]:
        """The patient's grouped contacts in order of time."""
        return contacts(self.result.stays, self.result.hits)

    def stay_of(self, record: Record) -> Stay | None:
        """The stay a record became part of."""
        return next((s for s in self.result.stays if any(r is record for r in s.records)), None)

    def hit_of(self, record: Record) -> Hit | None:
        """The STG a record triggered."""
        return next((h for h in self.result.hits if h.record is record), None)

    def service_of(self, hit: Hit) -> Service | None:
        """The særtjeneste a hit is counted in."""
        return next((s for s in self.result.services if any(h is hit for h in s.hits)), None)

    def courses_of(self, whats: Iterable[Stay | Hit]) -> list[Course]:
        """The courses some contacts are in."""
        wanted = {id(w) for w in whats}
        return [c for c in self.result.courses if any(id(m.what) in wanted for m in c.members)]


def patient_of(ruleset: Ruleset, record: Record) -> str | None:
    """The patient of a record, as text."""
    name = ruleset.role(record.post, "pasient")
    value = record.values.get(name) if name is not None else None
    return None if value is None else str(value)


def case_of(ruleset: Ruleset, records: Records, record: Record, extra: tuple[ast.Assumption, ...] = ()) -> Case:
    """The case of a record: all records of its patient, or the record alone when it has no patient."""
    patient = patient_of(ruleset, record)
    if patient is None:
        return Case(ruleset, {record.post: [record]}, extra)
    return Case(ruleset, _theirs(ruleset, records, patient), extra)


def _theirs(ruleset: Ruleset, records: Records, patient: str) -> dict[str, list[Record]]:
    return {
        post: theirs for post, rs in records.items() if (theirs := [r for r in rs if patient_of(ruleset, r) == patient])
    }


def find(
    ruleset: Ruleset,
    records: Records,
    asked: str,
    *,
    post: str | None = None,
    rejects: Iterable[Reject] = (),
    extra: tuple[ast.Assumption, ...] = (),
) -> tuple[Case, Found]:
    """The case and what the id stands for.

    A record of the type that stays are made of comes first, then other records, særtjenester, courses and rejects.
    ``post`` picks a record type when several have the id. Raises ``UnknownId``.
    """
    source = ruleset.stay_source
    same = [
        r for name in sorted(records, key=lambda p: (p != source, p)) for r in records[name] if r.record_id == asked
    ]
    chosen = [r for r in same if post is None or r.post == post]
    if chosen:
        record = chosen[0]
        others = tuple(dict.fromkeys(r.post for r in same if r.post != record.post))
        return case_of(ruleset, records, record, extra), Found(record=record, also_in=others)
    for case in _candidates(ruleset, records, asked, extra):
        for service in case.result.services:
            if service.service_id == asked:
                return case, Found(service=service)
        for course in case.result.courses:
            if course.course_id == asked:
                return case, Found(course=course)
    for reject in rejects:
        if reject.record_id == asked and post in (None, reject.post):
            return Case(ruleset, {}, extra), Found(reject=reject)
    raise UnknownId(asked, nearest(asked, sorted({r.record_id for rs in records.values() for r in rs}), 2))


def _candidates(ruleset: Ruleset, records: Records, asked: str, extra: tuple[ast.Assumption, ...]) -> Iterable[Case]:
    """The patients whose særtjenester or courses may have the id: it begins with the patient."""
    if "/" not in asked:
        return
    patients = {patient_of(ruleset, r) for rs in records.values() for r in rs}
    for patient in sorted(p for p in patients if p is not None and asked.startswith(f"{p}/")):
        yield Case(ruleset, _theirs(ruleset, records, patient), extra)
    if asked.startswith("/"):
        for rs in records.values():
            for r in rs:
                if patient_of(ruleset, r) is None and asked.endswith(f"/{r.record_id}"):
                    yield Case(ruleset, {r.post: [r]}, extra)
