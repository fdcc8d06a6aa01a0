"""Records that reach every rule: of each hierarchy, each STG, each condition of each krav, each line of a TFG.

A record is made from the condition (``solve``), judged by the reference interpreter, and repaired a bounded number of
times when an earlier rule takes it. What isn't reached is reported with the reason.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any, Literal

from attrs import define, field, frozen

from isfdsl.interp.context import Ctx
from isfdsl.interp.engine import Engine
from isfdsl.interp.results import Stay
from isfdsl.interp.services import find_hit
from isfdsl.program.ruleset import DRG_HIERARCHY, STAY, Ruleset
from isfdsl.records.program_schema import schemas
from isfdsl.records.record import Record, Reject
from isfdsl.records.schema import FieldSchema, RecordSchema
from isfdsl.records.validate import Validator
from isfdsl.syntax import ast
from isfdsl.testing.sample.solve import CannotMake, Draft, Maker

What = Literal["regel", "STG", "krav", "TFG"]


@frozen
class Reached:
    """Something the sample reaches, and the records that do it (one, but for courses)."""

    what: What
    name: str
    post: str
    rows: tuple[Draft, ...]
    touched: tuple[frozenset[str], ...]


@frozen
class NotReached:
    """Something no record was found for, and why, in Norwegian."""

    what: What
    name: str
    reason: str


@frozen
class Coverage:
    """What is reached and what isn't, in the order of the regelverk."""

    reached: tuple[Reached, ...]
    missed: tuple[NotReached, ...]


@define(slots=False)
class Coverer:
    """Finds records for one ruleset. ``tries`` bounds the beginnings, ``repairs`` the repairs of each."""

    ruleset: Ruleset
    seed: int = 0
    tries: int = 14
    repairs: int = 10
    keep: Callable[[str, Draft], Draft] | None = None
    engine: Engine = field(init=False)
    schemas: dict[str, RecordSchema] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.engine = Engine(self.ruleset)
        self.schemas = schemas(self.ruleset)
        self._validators = {name: Validator(s) for name, s in self.schemas.items()}
        self._makers: dict[tuple[str, int], Maker] = {}

    # ------------------------------------------------------------ all of it

    def run(self) -> Coverage:
        """Everything there is to reach."""
        found: list[Reached] = []
        missed: list[NotReached] = []
        for part in (self.rules(), self.services()):
            for one in part:
                (found if isinstance(one, Reached) else missed).append(one)  # type: ignore[arg-type]
        for one in [*self.krav(found), *self.courses(found)]:
            (found if isinstance(one, Reached) else missed).append(one)  # type: ignore[arg-type]
        return Coverage(tuple(found), tuple(missed))

    def rules(self, step: int = 1) -> Iterator[Reached | NotReached]:
        """The rules of all hierarchies, in the order they are tried, or every ``step``-th of them."""
        for decl in self.ruleset.hierarkier.values():
            subject = decl.subject.text
            post = self._post_of(subject)
            for place, located in enumerate(self.ruleset.rules(decl)):
                if place % step:
                    continue
                name = f"{decl.name.text}/{located.group.name.text}/{located.rule.name.text}"
                if post is None:
                    yield NotReached("regel", name, f"«{subject}» er ikke en post som leses")
                else:
                    yield self._rule(decl, post, place, name)

    def _post_of(self, subject: str) -> str | None:
        if subject in self.schemas:
            return subject
        return self.ruleset.stay_source if subject == STAY else None

    def _rule(self, decl: ast.Hierarki, post: str, place: int, name: str) -> Reached | NotReached:
        located = self.ruleset.rules(decl)[place]
        random = Random(f"{self.seed}/{name}")
        subject = decl.subject.text
        day = self._day_for(located.rule.validity)
        if day is None:
            return NotReached("regel", name, "regelen gjelder ikke noen dag i regelverkets tid")
        maker = self.maker(post, day, random)
        places = self._places(decl)
        goals = [c for c in (located.group.condition, located.rule.condition) if c is not None]

        def judge(record: Record) -> tuple[bool, Any]:
            decision = self._decide(decl, post, record)
            got = decision[0] if decision is not None else None
            if got is None or places[id(got.rule)] > place:
                return False, None  # no rule in front of it is in the way: the conditions don't all hold
            return (got.rule is located.rule), got

        def repair(got: Any, draft: Draft) -> None:
            other = [c for c in (got.rule.condition, got.group.condition) if c is not None]
            if got.group is located.group:
                other = other[:1]
            if not other:
                raise CannotMake("regelen foran gjelder alltid")
            maker.make(random.choice(other) if random.random() < 0.3 else other[0], False, draft, subject)

        def shown(got: Any) -> str:
            return f"«{got.rule.name.text}»"

        return self._search("regel", name, post, maker, subject, goals, judge, repair, shown, random, day)

    def _places(self, decl: ast.Hierarki) -> dict[int, int]:
        """The place of each rule in its hierarchy."""
        kept: dict[str, dict[int, int]] = self.__dict__.setdefault("_kept_places", {})
        name = decl.name.text
        if name not in kept:
            kept[name] = {id(x.rule): i for i, x in enumerate(self.ruleset.rules(decl))}
        return kept[name]

    def _decide(self, decl: ast.Hierarki, post: str, record: Record) -> tuple[Any] | None:
        if decl.name.text == DRG_HIERARCHY and decl.subject.text == STAY:
            return (self.engine.stay(post, (record,)).located,)
        ctx = self._ctx(decl.subject.text, post, record)
        return (ctx.machine.decider(decl.name.text).decide(ctx).located,)

    def _ctx(self, subject: str, post: str, record: Record) -> Ctx:
        if post == self.ruleset.stay_source:
            stay = self.engine.stay(post, (record,))
            if subject == STAY:
                return stay.ctx
            ctx = self.engine.context(post, record.values, record.record_id, self.engine.record_day(post, record))
            ctx.group, ctx.group_kind = stay.ctx.group, stay.ctx.group_kind
            return ctx
        return self.engine.context(post, record.values, record.record_id, self.engine.record_day(post, record))

    def services(self) -> Iterator[Reached | NotReached]:
        """The STGs, in the order they are tried."""
        for name in self.ruleset.stg_order:
            decl = self.ruleset.stg[name]
            if not decl.triggers:
                yield NotReached("STG", name, "regelverket sier ikke hva som utløser den")
                continue
            yield self._service(decl)

    def _service(self, decl: ast.Stg) -> Reached | NotReached:
        name = decl.name.text
        answer: Reached | NotReached | None = None
        for trigger in decl.triggers:
            post = trigger.text
            if post not in self.schemas:
                continue
            random = Random(f"{self.seed}/STG/{name}/{post}")
            day = self._day_for(decl.validity)
            if day is None:
                return NotReached("STG", name, "den gjelder ikke noen dag i regelverkets tid")
            maker = self.maker(post, day, random)
            goals = [decl.condition] if decl.condition is not None else []
            if decl.finansieres is not None and decl.finansieres.condition != decl.condition:
                goals.append(decl.finansieres.condition)

            def judge(record: Record, post: str = post) -> tuple[bool, Any]:
                hit = find_hit(self.engine, record, self._ctx(post, post, record))
                return (hit is not None and hit.stg == name), (hit.stg if hit is not None else None)

            def repair(got: str, draft: Draft, maker: Maker = maker, post: str = post) -> None:
                condition = self.ruleset.stg[got].condition
                if condition is None:
                    raise CannotMake("en STG foran har ikke vilkår")
                maker.make(condition, False, draft, post)

            answer = self._search(
                "STG", name, post, maker, post, goals, judge, repair, lambda got: f"STG «{got}»", random, day
            )
            if isinstance(answer, NotReached) and len(goals) > 1:
                answer = self._search(
                    "STG", name, post, maker, post, goals[:1], judge, repair, lambda got: f"STG «{got}»", random, day
                )
            if isinstance(answer, Reached):
                return answer
        return answer or NotReached("STG", name, "den utløses ikke av en post som leses")

    # ------------------------------------------------------------ the search

    def _search(
        self,
        what: What,
        name: str,
        post: str,
        maker: Maker,
        subject: str,
        goals: list[ast.Expr],
        judge: Callable[[Record], tuple[bool, Any]],
        repair: Callable[[Any, Draft], None],
        shown: Callable[[Any], str],
        random: Random,
        day: dt.date,
        bases: Iterable[tuple[Draft, tuple[ast.GroupKind, str] | None]] = (),
    ) -> Reached | NotReached:
        """Look for a record with all the goals that the judge accepts."""
        taken: Counter[str] = Counter()
        reasons: Counter[str] = Counter()
        starts = [(b, g) for b, g in bases] or [
            (self.blank(post, day, (0.0, 0.0, 1.0, 0.5)[i % 4], random), None) for i in range(self.tries)
        ]
        for blank, group in starts:
            maker.group = group
            draft = dict(blank)
            last = ""
            try:
                for _ in range(self.repairs):
                    for goal in goals:
                        maker.make(goal, True, draft, subject)
                    self._tidy(post, draft)
                    touched = frozenset(k for k, v in draft.items() if v != blank.get(k))
                    lost: list[str] = []
                    if self.keep is not None:
                        whole, draft = draft, self.keep(post, draft)
                        lost = sorted(k for k in touched if draft.get(k) != whole.get(k))
                    record = self._record(post, draft)
                    if isinstance(record, Reject):
                        reasons[f"posten blir avvist: {record.kode}"] += 1
                        break
                    good, got = judge(record)
                    if good:
                        return Reached(what, name, post, (dict(record.values),), (touched,))
                    if lost:
                        reasons[f"meldingen kan ikke si «{lost[0]}»"] += 1
                        break
                    if got is None:
                        reasons["vilkårene utelukker trolig hverandre"] += 1
                        break
                    last = shown(got)
                    repair(got, draft)
            except (CannotMake, ArithmeticError, ValueError) as error:
                reasons[str(error) if isinstance(error, CannotMake) else "verdien finnes ikke"] += 1
            finally:
                maker.group = None
            if last:
                taken[last] += 1  # what stood in the way when this try was given up
        if sum(taken.values()) >= sum(reasons.values()) and taken:
            most, times = taken.most_common(1)[0]
            return NotReached(what, name, f"skygges av {most} ({times} av {len(starts)} forsøk endte der)")
        why = reasons.most_common(1)[0][0] if reasons else "vilkårene utelukker trolig hverandre"
        return NotReached(what, name, why)

    def blank(self, post: str, day: dt.date, share: float, random: Random) -> Draft:
        """A beginning: the mandatory fields, and a share of the others."""
        schema = self.schemas[post]
        maker = self.maker(post, day, random)
        draft: Draft = {f.name: () if f.is_list else None for f in schema.fields}
        start, end = schema.roles.get("start"), schema.roles.get("slutt")
        moment = dt.datetime.combine(day, dt.time(10))
        for f in schema.fields:
            if f.name == start:
                draft[f.name] = moment if f.kind == "tidspunkt" else day
            elif f.name == end:
                stay = moment + (
                    dt.timedelta(hours=1) if random.random() < 0.5 else dt.timedelta(days=random.randint(1, 5))
                )
                draft[f.name] = stay if f.kind == "tidspunkt" else stay.date()
            elif f.key:
                draft[f.name] = "r1" if f.kind == "tekst" else maker.any_value(f)
            elif f.name == schema.roles.get("pasient"):
                draft[f.name] = "p1" if f.kind == "tekst" else maker.any_value(f)
            elif f.mandatory or (not f.is_list and random.random() < share):
                draft[f.name] = birth_value(f, day, random) or maker.any_value(f)
        return draft

    def _tidy(self, post: str, draft: Draft) -> None:
        """An end before the start is moved to the start."""
        schema = self.schemas[post]
        start, end = draft.get(schema.roles.get("start", "")), draft.get(schema.roles.get("slutt", ""))
        if isinstance(start, dt.date) and isinstance(end, dt.date) and type(start) is type(end) and end < start:
            draft[schema.roles["slutt"]] = start

    def _record(self, post: str, draft: Draft) -> Record | Reject:
        schema = self.schemas[post]
        return self._validators[post].outcome("", 1, [draft.get(f.name) for f in schema.fields])

    def maker(self, post: str, day: dt.date, random: Random) -> Maker:
        """What constructs records of a post as the rules hold on a day."""
        machine = self.engine.machine(day)
        key = (post, id(machine))
        if key not in self._makers:
            self._makers[key] = Maker(machine, self.schemas[post], random)
        self._makers[key].random = random
        return self._makers[key]

    def _days(self) -> list[dt.date]:
        """A day in each epoch of the regelverk's own time."""
        head = self.ruleset.head
        first = head.start.value if head is not None and head.start is not None else None
        last = head.end.value if head is not None and head.end is not None else None
        first = first or dt.date(head.year if head is not None and 1900 < head.year < 2200 else 2024, 1, 1)
        last = last or first.replace(month=12, day=31)
        cuts = [first, *(e for e in self.ruleset.epochs if first < e <= last)]
        spans = [
            (a, b - dt.timedelta(days=1)) for a, b in zip(cuts, [*cuts[1:], last + dt.timedelta(days=1)], strict=True)
        ]
        spans.sort(key=lambda s: s[0] - s[1])  # the longest first
        return [a + (b - a) // 3 for a, b in spans]

    def _day_for(self, validity: ast.Validity | None) -> dt.date | None:
        return next((d for d in self._days() if self.engine.machine(d).holds(validity)), None)

    # ------------------------------------------------------------ krav

    def krav(self, found: list[Reached]) -> Iterator[Reached | NotReached]:
        """Each requirement met, and each of its conditions broken."""
        for name, decl in self.ruleset.krav.items():
            subject = decl.subject.text
            post = self._post_of(subject)
            if post is None:
                yield NotReached("krav", name, f"«{subject}» er ikke en post som leses")
                continue
            yield self._one_krav(decl, post, None, found)
            for v in (*decl.conditions, *decl.exceptions):
                label = f"{name} brutt på {v.name.text}"
                if v.unknown is not None:
                    yield NotReached("krav", label, "vilkåret er ukjent")
                elif v.condition is None and v.attested_by is None:
                    yield NotReached("krav", label, "bare journalen viser om vilkåret er oppfylt")
                else:
                    yield self._one_krav(decl, post, v, found)

    def _one_krav(
        self, decl: ast.Krav, post: str, broken: ast.Vilkaar | None, found: list[Reached]
    ) -> Reached | NotReached:
        name = decl.name.text
        label = name if broken is None else f"{name} brutt på {broken.name.text}"
        day = self._day_for(decl.validity if broken is None or broken.validity is None else broken.validity)
        if day is None:
            return NotReached("krav", label, "kravet gjelder ikke noen dag i regelverkets tid")
        random = Random(f"{self.seed}/krav/{label}")
        maker = self.maker(post, day, random)
        subject = decl.subject.text
        goals = [decl.applies] if decl.applies is not None else []

        def judge(record: Record) -> tuple[bool, Any]:
            ctx = self._ctx(subject, post, record)
            result = ctx.machine.krav(name).test(ctx)
            if broken is None:
                return result.outcome == "oppfylt", result
            return broken.name.text in result.broken, result

        def repair(got: Any, draft: Draft) -> None:
            maker.fulfil(decl, broken is None, draft, broken.name.text if broken is not None else None)

        own = [r for r in found if r.post == post and r.what == "regel"]
        bases: list[tuple[Draft, tuple[ast.GroupKind, str] | None]] = [
            (self.blank(post, day, 0.0, random), None) for _ in range(self.tries // 2)
        ]
        for r in random.sample(own, min(len(own), 2 * self.tries)):
            group = r.name.split("/")[-1]
            target = next(
                (
                    x.rule.target.text
                    for h in self.ruleset.hierarkier.values()
                    for x in self.ruleset.rules(h)
                    if h.name.text == DRG_HIERARCHY and x.rule.name.text == group
                ),
                None,
            )
            if target is not None:
                bases.append((dict(r.rows[0]), ("DRG", target)))
        return self._search(
            "krav", label, post, maker, subject, goals, judge, repair, lambda got: "", random, day, bases
        )

    # ------------------------------------------------------------ courses

    def courses(self, found: list[Reached]) -> Iterator[Reached | NotReached]:
        """Each line of each TFG, with its trigger."""
        targets = self._by_group(found)
        for name in self.ruleset.tfg_order:
            decl = self.ruleset.tfg[name]
            if not decl.members and not decl.triggers and not decl.rest:
                yield NotReached("TFG", name, "regelverket sier ikke hva forløpet består av")
                continue
            if decl.triggers:
                yield from self._triggered(decl, targets)
            else:
                for line in decl.members:
                    label = f"{name} {_line_text(line)}"
                    yield self._course(decl, label, None, line, 0, targets)

    def _triggered(self, decl: ast.Tfg, targets: dict[tuple[str, str], Reached]) -> Iterator[Reached | NotReached]:
        name = decl.name.text
        for trigger in decl.triggers:
            yield self._course(decl, f"{name} trigger {_line_text(trigger)}", trigger, None, 0, targets)
        for line in decl.members:
            label = f"{name} {_line_text(line)}"
            offset = self._offset(decl, line)
            if offset is None:
                yield NotReached("TFG", label, "vinduet er ukjent")
                continue
            answer: Reached | NotReached | None = None
            for days in offset:
                for trigger in decl.triggers:
                    answer = self._course(decl, label, trigger, line, days, targets)
                    if isinstance(answer, Reached):
                        break
                if isinstance(answer, Reached):
                    break
            assert answer is not None
            yield answer

    def _offset(self, decl: ast.Tfg, line: ast.Omfatter) -> list[int] | None:
        """Days from the trigger to try: the ends of the window and what is between; ``None`` when it is unknown."""
        window = line.window
        if not isinstance(window, ast.Window):
            assumed = self.engine.machine(self._days()[0]).assumed_windows
            window = next((w for g in line.groups if (w := assumed.get((decl.name.text, line.kind, g.text)))), None)
        if window is None:
            return None
        low = -window.start.days if window.start.direction == "før" else window.start.days
        high = -window.end.days if window.end.direction == "før" else window.end.days
        return list(dict.fromkeys([(low + high) // 2, high, max(low, 1), low, min(high, 7)]))

    def _by_group(self, found: list[Reached]) -> dict[tuple[str, str], Reached]:
        out: dict[tuple[str, str], Reached] = {}
        rules = {
            f"{DRG_HIERARCHY}/{x.group.name.text}/{x.rule.name.text}": x.rule.target.text
            for h in self.ruleset.hierarkier.values()
            if h.name.text == DRG_HIERARCHY
            for x in self.ruleset.rules(h)
        }
        for r in found:
            if r.what == "regel" and r.name in rules:
                out.setdefault(("DRG", rules[r.name]), r)
            elif r.what == "STG":
                out.setdefault(("STG", r.name), r)
        return out

    def _course(
        self,
        decl: ast.Tfg,
        label: str,
        trigger: ast.Trigger | None,
        line: ast.Omfatter | None,
        days: int,
        targets: dict[tuple[str, str], Reached],
    ) -> Reached | NotReached:
        parts: list[tuple[Reached, int, ast.Trigger | ast.Omfatter]] = []
        for wanted, offset in ((trigger, 0), (line, days)):
            if wanted is None:
                continue
            known = next(
                (targets[wanted.kind, g.text] for g in wanted.groups if (wanted.kind, g.text) in targets), None
            )
            if known is None:
                groups = ", ".join(g.text for g in wanted.groups)
                return NotReached("TFG", label, f"ingen post gir {wanted.kind} {groups}")
            parts.append((known, offset, wanted))
        by_post: dict[str, list[Record]] = {}
        rows: list[Draft] = []
        touched: list[frozenset[str]] = []
        anchor = self._days()[0]
        for number, (known, offset, wanted) in enumerate(parts):
            draft = shifted(self.schemas[known.post], known.rows[0], anchor + dt.timedelta(days=offset))
            if wanted.condition is not None:
                random = Random(f"{self.seed}/{label}")
                subject = STAY if wanted.kind == "DRG" else known.post
                try:
                    self.maker(known.post, anchor, random).make(wanted.condition, True, draft, subject)
                except CannotMake as error:
                    return NotReached("TFG", label, str(error))
            schema = self.schemas[known.post]
            for f in schema.fields:
                if f.key and f.kind == "tekst":
                    draft[f.name] = f"r{number + 1}"
            record = self._record(known.post, draft)
            if isinstance(record, Reject):
                return NotReached("TFG", label, f"posten blir avvist: {record.kode}")
            by_post.setdefault(known.post, []).append(record)
            rows.append(dict(record.values))
            touched.append(known.touched[0])
        result = self.engine.run(by_post)
        for course in result.courses:
            if course.tfg != decl.name.text:
                continue
            if line is None and trigger is not None:
                return self._reached_course(label, parts, rows, touched)
            if any(m.line is line for m in course.members) or (line is not None and trigger is None):
                return self._reached_course(label, parts, rows, touched)
        return NotReached(
            "TFG", label, "forløpet tar ikke med kontakten, trolig fordi en annen gruppe eller et annet forløp tar den"
        )

    def _reached_course(
        self, label: str, parts: list[Any], rows: list[Draft], touched: list[frozenset[str]]
    ) -> Reached:
        posts = {known.post for known, _, _ in parts}
        post = parts[0][0].post if len(posts) == 1 else "+".join(known.post for known, _, _ in parts)
        return Reached("TFG", label, post, tuple(rows), tuple(touched))


def _line_text(line: ast.Trigger | ast.Omfatter) -> str:
    names = [g.text for g in line.groups]
    more = f" m.fl. ({len(names)})" if len(names) > 3 else ""
    return f"{line.kind} {', '.join(names[:3])}{more}"


def shifted(schema: RecordSchema, draft: Draft, day: dt.date) -> Draft:
    """The record moved so that it starts on ``day``; what lies a year or more before, such as a birth, stays."""
    out = dict(draft)
    start = draft.get(schema.roles.get("start", ""))
    if not isinstance(start, dt.date):
        return out
    first = start.date() if isinstance(start, dt.datetime) else start
    delta = day - first
    for f in schema.fields:
        value = draft.get(f.name)
        if isinstance(value, dt.date) and not f.is_list:
            own = value.date() if isinstance(value, dt.datetime) else value
            if abs((own - first).days) < 300:
                out[f.name] = value + delta
    return out


def is_birth(f: FieldSchema) -> bool:
    """Whether a field tells when someone was born."""
    name = f.name.lower()
    return ("fød" in name or "fod" in name) and f.kind in ("dato", "tidspunkt", "heltall") and "vekt" not in name


def birth_value(f: FieldSchema, day: dt.date, random: Random) -> Any:
    """A day or year of birth that gives a grown-up; ``None`` for other fields."""
    if not is_birth(f):
        return None
    born = day - dt.timedelta(days=random.randint(25 * 365, 85 * 365))
    if f.kind == "heltall":
        return born.year
    return born if f.kind == "dato" else dt.datetime.combine(born, dt.time())


__all__ = ["Coverage", "Coverer", "NotReached", "Reached", "Stay", "birth_value", "is_birth", "shifted"]
