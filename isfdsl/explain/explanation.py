"""The whole explanation of one id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from isfdsl.explain.case import Case, Found, Records, find
from isfdsl.explain.counted import service_part, triggering
from isfdsl.explain.document import (
    CoursePart,
    Explanation,
    Headline,
    Note,
    RejectPart,
    RulesetRef,
    ServicePart,
    StayPart,
    Step,
    Triggering,
)
from isfdsl.explain.grouping import grouping, levels
from isfdsl.explain.making import codes_of, making
from isfdsl.explain.membership import course_part
from isfdsl.explain.origins import title
from isfdsl.explain.requirements import krav_parts
from isfdsl.explain.settling import counting, grouped, money, points
from isfdsl.interp.results import Course, Hit, Service, Stay
from isfdsl.program.ruleset import STAY, Ruleset
from isfdsl.records.record import Record, Reject
from isfdsl.syntax import ast
from isfdsl.version import __version__


def explain(
    ruleset: Ruleset,
    records: Records,
    record_id: str,
    *,
    post: str | None = None,
    rejects: Iterable[Reject] = (),
    extra: tuple[ast.Assumption, ...] = (),
    digest: str | None = None,
) -> Explanation:
    """Why a record, stay, særtjeneste, course or reject got what it got.

    ``records`` are all validated records by record type; only those of the one patient are looked at. ``post`` picks a
    record type when several have the id. Raises ``UnknownId``.
    """
    case, found = find(ruleset, records, record_id, post=post, rejects=rejects, extra=extra)
    reference = RulesetRef(title=ruleset.title, digest=digest, version=__version__)
    if found.reject is not None:
        return _rejected(reference, record_id, found.reject)
    if found.record is not None:
        return _of_record(case, reference, record_id, found, found.record)
    if found.service is not None:
        return _of_service(case, reference, record_id, found.service)
    assert found.course is not None
    return _of_course(case, reference, record_id, found.course)


# ------------------------------------------------------------------ by what the id stands for


def _rejected(reference: RulesetRef, asked: str, reject: Reject) -> Explanation:
    part = RejectPart(file=reject.fil, row=reject.rad, code=reject.kode, message=reject.melding, post=reject.post)
    head = Headline(
        what="avvist",
        group_kind=None,
        group=None,
        title=None,
        points=None,
        kroner=None,
        assumed=False,
        remark="satt til side før beregning",
    )
    return _explanation(reference, asked, reject.post, head, reject=part)


def _of_record(case: Case, reference: RulesetRef, asked: str, found: Found, record: Record) -> Explanation:
    stay = case.stay_of(record)
    own = stay.records if stay is not None and stay.opphold_id == asked else (record,)
    hits = tuple(h for r in own if (h := case.hit_of(r)) is not None)
    services = tuple(dict.fromkeys(s for h in hits if (s := case.service_of(h)) is not None))
    whats: tuple[Stay | Hit, ...] = (*((stay,) if stay is not None else ()), *hits)
    courses = case.courses_of(whats)
    tried = tuple(t for r in own if (t := triggering(case, r)) is not None)
    return _explanation(
        reference,
        asked,
        record.post,
        _headline(case, stay, services, courses, record),
        also_in=found.also_in,
        stay=_stay_part(case, stay) if stay is not None else None,
        triggering=tried,
        services=tuple(service_part(case, s) for s in services),
        courses=tuple(course_part(case, c, whats) for c in courses),
        krav=krav_parts(case, stay, own),
        told=_told(stay, services, courses),
    )


def _of_service(case: Case, reference: RulesetRef, asked: str, service: Service) -> Explanation:
    courses = case.courses_of(service.hits)
    records = tuple(h.record for h in service.hits)
    head = Headline(
        what="saertjeneste",
        group_kind="STG",
        group=service.stg,
        title=title(case.ruleset.stg[service.stg].title),
        points=service.points,
        kroner=service.money.value if service.money is not None else None,
        assumed=_assumed(service.notes),
        remark=f"{len(records)} kontakter i {service.period}" if len(records) != 1 else f"periode {service.period}",
    )
    return _explanation(
        reference,
        asked,
        None,
        head,
        triggering=tuple(t for r in records if (t := triggering(case, r)) is not None),
        services=(service_part(case, service),),
        courses=tuple(course_part(case, c, service.hits) for c in courses),
        krav=krav_parts(case, None, records),
        told=_told(None, (service,), courses),
    )


def _of_course(case: Case, reference: RulesetRef, asked: str, course: Course) -> Explanation:
    head = Headline(
        what="forlop",
        group_kind="TFG",
        group=course.tfg,
        title=title(case.ruleset.tfg[course.tfg].title),
        points=course.points,
        kroner=course.money.value if course.money is not None else None,
        assumed=_assumed(course.notes),
        remark=f"{len(course.members)} kontakter" if len(course.members) != 1 else "1 kontakt",
    )
    whats = tuple(m.what for m in course.members)
    part = course_part(case, course, whats)
    return _explanation(reference, asked, None, head, courses=(part,), told=_told(None, (), [course]))


# ------------------------------------------------------------------ pieces


def _stay_part(case: Case, stay: Stay) -> StayPart:
    return StayPart(
        stay_id=stay.opphold_id,
        unit=stay.unit,
        institution=stay.institution,
        start=stay.start,
        end=stay.end,
        day=stay.day,
        making=making(case, stay),
        codes=codes_of(case, stay),
        grouping=grouping(case, stay),
        levels=levels(case, stay),
        counting=counting(case, stay),
        points=points(case, stay),
        money=money(case, grouped(case, stay), STAY, stay.money),
    )


def _headline(
    case: Case, stay: Stay | None, services: tuple[Service, ...], courses: list[Course], record: Record
) -> Headline:
    if stay is not None:
        decl = case.ruleset.drg.get(stay.drg) if stay.drg is not None else None
        return Headline(
            what="opphold",
            group_kind="DRG",
            group=stay.drg,
            title=title(decl.title) if decl is not None else None,
            points=stay.points.value if stay.points is not None else None,
            kroner=stay.money.value if stay.money is not None else None,
            assumed=_assumed(stay.notes),
            remark=_remark(stay, record),
        )
    if services:
        service = services[0]
        return Headline(
            what="post",
            group_kind="STG",
            group=service.stg,
            title=title(case.ruleset.stg[service.stg].title),
            points=service.points,
            kroner=service.money.value if service.money is not None else None,
            assumed=_assumed(service.notes),
            remark=f"særtjenesten {service.service_id}",
        )
    return Headline(
        what="post",
        group_kind=None,
        group=None,
        title=None,
        points=None,
        kroner=None,
        assumed=False,
        remark="ingen gruppe" if not courses else None,
    )


def _remark(stay: Stay, record: Record) -> str | None:
    told = []
    if stay.opphold_id != record.record_id:
        told.append(f"del av oppholdet {stay.opphold_id}")
    if stay.points is not None and stay.points.loss is not None:
        told.append(LOSS[stay.points.loss])
    return "; ".join(told) or None


LOSS = {
    "teller_ikke": "teller ikke i ISF",
    "utenfor_gyldig": "utenfor dagene regelverket gjelder",
    "erstattet": "poengene er erstattet av forløpet",
}


def _assumed(notes: Iterable[str]) -> bool:
    return any(n.startswith("antatt") for n in notes)


def _told(
    stay: Stay | None, services: Iterable[Service], courses: Iterable[Course]
) -> tuple[tuple[str, dict[str, None]], ...]:
    """Whose notes: what the engine noted about each thing."""
    out: list[tuple[str, dict[str, None]]] = []
    if stay is not None:
        out.append((stay.opphold_id, stay.notes))
    out += [(s.service_id, s.notes) for s in services]
    out += [(c.course_id, c.notes) for c in courses]
    return tuple(out)


def _explanation(
    reference: RulesetRef,
    asked: str,
    post: str | None,
    head: Headline,
    *,
    also_in: tuple[str, ...] = (),
    reject: RejectPart | None = None,
    stay: StayPart | None = None,
    triggering: tuple[Triggering, ...] = (),
    services: tuple[ServicePart, ...] = (),
    courses: tuple[CoursePart, ...] = (),
    krav: Any = (),
    told: tuple[tuple[str, dict[str, None]], ...] = (),
) -> Explanation:
    about = {stay.stay_id: stay} if stay is not None else {}
    parts: dict[str, Any] = {
        **about,
        **{s.service_id: s for s in services},
        **{c.course_id: c for c in courses},
    }
    notes = tuple(
        Note(kind=_kind(text), text=text, about=who, steps=entered.get(text, ()))
        for who, own in told
        for entered in (_entered(parts.get(who)),)
        for text in own
    )
    return Explanation(
        ruleset=reference,
        asked=asked,
        post=post,
        also_in=also_in,
        headline=head,
        reject=reject,
        stay=stay,
        triggering=triggering,
        services=services,
        courses=courses,
        krav=krav,
        notes=notes,
    )


def _kind(text: str) -> Any:
    word = text.partition(":")[0]
    return word if word in ("antatt", "ukjent", "ufullstendig") else "annet"


def _entered(part: Any) -> dict[str, tuple[str, ...]]:
    """Note to the expressions in which it came in."""
    seen: dict[str, dict[str, None]] = {}
    for step in walk(part):
        for note in step.notes:
            seen.setdefault(note, {})[step.text] = None
    return {note: tuple(texts) for note, texts in seen.items()}


def walk(part: Any) -> Iterator[Step]:
    """Every step of a part of a document."""
    if isinstance(part, Step):
        yield part
    if isinstance(part, (tuple, list)):
        for x in part:
            yield from walk(x)
    elif attrs.has(type(part)):
        for a in attrs.fields(type(part)):
            yield from walk(getattr(part, a.name))
