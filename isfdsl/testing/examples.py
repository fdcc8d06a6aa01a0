"""Running ``eksempel`` blocks: build the records, run the reference engine, compare with what is expected."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from attrs import define, field, frozen

from isfdsl.check.walk import field_of, nodes
from isfdsl.explain import shown
from isfdsl.interp.context import Ctx
from isfdsl.interp.engine import Engine
from isfdsl.interp.results import Course, Hit, Money, Result, Service, Stay
from isfdsl.program.infer import Inference
from isfdsl.program.ruleset import STAY, Ruleset
from isfdsl.program.scope import Scopes
from isfdsl.program.types import CodeType, NumberType
from isfdsl.records.program_schema import schemas
from isfdsl.records.record import Record, Reject
from isfdsl.records.schema import FieldSchema, RecordSchema
from isfdsl.records.validate import Validator
from isfdsl.source import Span
from isfdsl.syntax import ast

PATIENT = "pasient"


@frozen
class Failure:
    """An expectation that did not hold. ``expected`` and ``got`` are in bokmål."""

    span: Span
    expected: str
    got: str


@frozen
class ExampleOutcome:
    """One example with its failures; none means it holds."""

    example: ast.Eksempel
    failures: tuple[Failure, ...]
    result: Result | None

    @property
    def passed(self) -> bool:
        """Whether every expectation holds."""
        return not self.failures


class ExampleRunner:
    """Runs examples of one ruleset; what they have in common is made once."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self._schemas: dict[int, dict[str, RecordSchema]] = {}
        self._engines: dict[tuple[int, tuple[ast.Assumption, ...]], Engine] = {}

    def run(self, example: ast.Eksempel) -> ExampleOutcome:
        """Run one example.

        In folders joined with ``+`` it is run without the assumptions of the folders after its own: it was written
        where they are not. What is wrong with its records shows as failures too.
        """
        ruleset = self._ruleset.seen_by(example)
        if id(ruleset) not in self._schemas:
            self._schemas[id(ruleset)] = {name: _lenient(s) for name, s in schemas(ruleset).items()}
        records, rejects, failures = _Builder(ruleset, example, self._schemas[id(ruleset)]).build()
        if failures:
            return ExampleOutcome(example, tuple(failures), None)
        asked = (id(ruleset), example.given)
        if asked not in self._engines:
            self._engines[asked] = Engine(ruleset, extra=example.given)
        engine = self._engines[asked]
        result = engine.run(records, rejects)
        judge = _Judge(engine, result, {r.record_id: r for rs in records.values() for r in rs})
        for expectation in example.expectations:
            failure = judge.judge(expectation)
            if failure is not None:
                failures.append(failure)
        return ExampleOutcome(example, tuple(failures), result)


def run_examples(ruleset: Ruleset) -> Iterator[ExampleOutcome]:
    """Run every example of a ruleset, in order of the text, as ``ExampleRunner`` does."""
    yield from map(ExampleRunner(ruleset).run, ruleset.of(ast.Eksempel))


def run_example(ruleset: Ruleset, example: ast.Eksempel) -> ExampleOutcome:
    """Run one example, as ``ExampleRunner`` does."""
    return ExampleRunner(ruleset).run(example)


# ------------------------------------------------------------------ records


@define
class _Draft:
    post: str
    name: str
    span: Span
    items: list[ast.Item] = field(factory=list)


class _Builder:
    """Records from the flat items of an example."""

    def __init__(self, ruleset: Ruleset, example: ast.Eksempel, known: dict[str, RecordSchema]) -> None:
        self.ruleset = ruleset
        self.example = example
        self.schemas = known
        self.failures: list[Failure] = []

    def build(self) -> tuple[dict[str, list[Record]], list[Reject], list[Failure]]:
        records: dict[str, list[Record]] = {name: [] for name in self.schemas}
        rejects: list[Reject] = []
        for draft, patient in self._drafts():
            schema = self.schemas[draft.post]
            row = self._row(schema, draft, patient)
            values = [row.get(f.name) for f in schema.fields]
            found = Validator(schema).outcome(draft.span.source, 0, values)
            if isinstance(found, Record):
                records[draft.post].append(Record(draft.post, found.values, found.fil, found.rad, draft.name))
            else:
                rejects.append(
                    Reject(draft.span.source, 0, draft.name, found.kode, found.melding, draft.post, draft.name)
                )
        return records, rejects, self.failures

    def _drafts(self) -> Iterator[tuple[_Draft, list[ast.Item]]]:
        patient: list[ast.Item] = []
        draft: _Draft | None = None
        shared: list[ast.Item] = []
        out: list[tuple[_Draft, list[ast.Item]]] = []
        for item in self.example.items:
            name = item.name.text
            if name == PATIENT:
                draft, patient = None, [item]
                shared = patient
            elif name in self.schemas and len(item.values) == 1:
                draft = _Draft(name, item.values[0].raw, item.span)
                out.append((draft, shared))
            elif draft is not None:
                draft.items.append(item)
            elif patient:
                patient.append(item)
            else:
                self.failures.append(Failure(item.span, "en post først", f"«{name}» før noen post er åpnet"))
        yield from out

    def _row(self, schema: RecordSchema, draft: _Draft, patient: list[ast.Item]) -> dict[str, object]:
        fields = {f.name: f for f in schema.fields}
        row: dict[str, object] = {}
        for f in schema.key_fields:
            row[f.name] = draft.name
        patient_field = self.ruleset.role(draft.post, "pasient")
        for item in patient:
            name = patient_field if item.name.text == PATIENT else item.name.text
            if name in fields:
                row[name] = self._value(fields[name], item)
        for item in draft.items:
            if item.name.text not in fields:
                self.failures.append(
                    Failure(item.span, f"et felt i «{draft.post}»", f"«{item.name.text}» er ikke et felt")
                )
                continue
            row[item.name.text] = self._value(fields[item.name.text], item)
        if patient_field is not None and row.get(patient_field) is None:
            row[patient_field] = "P"
        return row

    def _value(self, f: FieldSchema, item: ast.Item) -> object:
        year = self.ruleset.head.year if self.ruleset.head else None
        texts = [_plain(f, v, year) for v in item.values]
        if f.is_list:
            return texts
        return texts[0] if len(texts) == 1 else texts


def _plain(f: FieldSchema, value: ast.ItemValue, year: int | None) -> str:
    if f.kind in ("heltall", "desimal"):
        return value.raw.replace(" ", "").replace(" ", "").replace(",", ".")
    return value.in_year(year) if f.kind in ("dato", "tidspunkt") else value.raw


def _lenient(schema: RecordSchema) -> RecordSchema:
    """In an example only what matters need be written."""
    from attrs import evolve

    return evolve(schema, fields=tuple(evolve(f, optional=not f.key) for f in schema.fields))


# ------------------------------------------------------------------ expectations


class _Judge:
    """Compares one result with expectations."""

    def __init__(self, engine: Engine, result: Result, records: dict[str, Record]) -> None:
        self.engine = engine
        self.result = result
        self.records = records

    def judge(self, e: ast.Expectation) -> Failure | None:
        expected, got = self._judge(e)
        return None if got is None else Failure(e.span, expected, got)

    def _judge(self, e: ast.Expectation) -> tuple[str, str | None]:
        match e:
            case ast.ExpectGroup(record=record, kind=kind, group=group, negated=negated, financed=financed):
                return self._group(record.text, kind, group.text, negated, financed)
            case ast.ExpectNoGroup(record=record, kind=kind):
                groups = self._groups(record.text, kind)
                return f"{record.text} gir ingen {kind}", self._unless(not groups, record.text, ", ".join(groups))
            case ast.ExpectAmount(record=record, amount=amount):
                return self._amount(record.text, amount)
            case ast.ExpectUnknown(record=record):
                points = self._points(record.text)
                return f"{record.text} gir ukjent poeng", self._unless(points is None, record.text, f"{points} poeng")
            case ast.ExpectRule(record=record, rule=rule, returkode=returkode):
                return self._rule(record.text, rule.text, returkode.text if returkode is not None else None)
            case ast.ExpectCount(count=count, what=what, group=group, amount=amount):
                return self._counted(count, what, group.text, amount)
            case ast.ExpectStays(count=count):
                n = len(self.result.stays)
                return f"{count} opphold", None if n == count else f"{n}"
            case ast.ExpectMember():
                return self._member(e)
            case ast.ExpectKrav(record=record, krav=krav, met=met, conditions=conditions):
                return self._krav(record.text, krav.text, met, tuple(c.text for c in conditions))
            case ast.ExpectKravNa(krav=krav, record=record):
                return self._krav_na(krav.text, record.text)
            case ast.ExpectCounts(record=record, negated=negated):
                stay = self._stay(record.text)
                wanted = f"{record.text} teller{' ikke' if negated else ''}"
                if stay is None:
                    return wanted, self._absent(record.text)
                return wanted, None if (stay.counts is not False) is not negated else _counts_text(stay)
            case ast.ExpectRejected(record=record, code=code):
                return self._rejected(record.text, code.text if code is not None else None)
            case ast.ExpectHolds(record=record, expr=expr):
                return self._holds(record.text, expr)

    # ------------------------------------------------------------ finding

    def _stay(self, record: str) -> Stay | None:
        return self.result.stay_of(record)

    def _hit(self, record: str) -> Hit | None:
        return next((h for h in self.result.hits if h.record.record_id == record), None)

    def _service(self, record: str) -> Service | None:
        hit = self._hit(record)
        return next((s for s in self.result.services if hit in s.hits), None) if hit is not None else None

    def _courses(self, record: str) -> list[Course]:
        stay, hit = self._stay(record), self._hit(record)
        wanted = [x for x in (stay, hit) if x is not None]
        return [c for c in self.result.courses if any(m.what is w for m in c.members for w in wanted)]

    def _absent(self, record: str) -> str:
        reject = next((r for r in self.result.rejects if r.record_id == record), None)
        if reject is not None:
            return f"{record} er avvist: {reject.kode} {reject.melding}"
        return f"{record} finnes ikke i eksempelet" if record not in self.records else f"{record} er ikke gruppert"

    def _unless(self, right: bool, record: str, got: str) -> str | None:
        if record not in self.records:
            return self._absent(record)
        return None if right else got

    # ------------------------------------------------------------ kinds

    def _groups(self, record: str, kind: ast.GroupKind) -> list[str]:
        if kind == "DRG":
            stay = self._stay(record)
            return [stay.drg] if stay is not None and stay.drg is not None else []
        if kind == "STG":
            hit = self._hit(record)
            return [hit.stg] if hit is not None else []
        return [c.tfg for c in self._courses(record)]

    def _group(
        self, record: str, kind: ast.GroupKind, group: str, negated: bool, financed: bool | None
    ) -> tuple[str, str | None]:
        money = {True: " med finansiering", False: " uten finansiering", None: ""}
        wanted = f"{record} gir {'ikke ' if negated else ''}{kind} {group}{money[financed]}"
        if record not in self.records:
            return wanted, self._absent(record)
        groups = self._groups(record, kind)
        if (group in groups) is negated:
            return wanted, ", ".join(f"{kind} {g}" for g in groups) or f"ingen {kind}"
        if financed is not None:
            found = self._financed(record, kind, group)
            if found is not financed:
                return wanted, f"{kind} {group}{money[found] or ' med ukjent finansiering'}"
        return wanted, None

    def _financed(self, record: str, kind: ast.GroupKind, group: str) -> bool | None:
        if kind == "STG":
            service = self._service(record)
            return service.financed if service is not None else None
        return next((c.financed for c in self._courses(record) if c.tfg == group), None)

    def _points(self, record: str) -> Decimal | None:
        stay = self._stay(record)
        if stay is not None and stay.points is not None:
            return stay.points.value
        service = self._service(record)
        return service.points if service is not None else None

    def _money(self, record: str) -> Decimal | None:
        stay = self._stay(record)
        if stay is not None and stay.money is not None:
            return stay.money.value
        service = self._service(record)
        return _kroner(service.money) if service is not None else None

    def _amount(self, record: str, amount: ast.Amount) -> tuple[str, str | None]:
        unit = amount.unit or "poeng"
        wanted = f"{record} gir {number_text(amount.value)} {unit}"
        if record not in self.records:
            return wanted, self._absent(record)
        got = self._money(record) if unit == "kr" else self._points(record)
        if got == amount.value:
            return wanted, None
        return wanted, f"ukjent {unit}" if got is None else f"{number_text(got)} {unit}"

    def _rule(self, record: str, rule: str, returkode: str | None) -> tuple[str, str | None]:
        wanted = f"{record} gir regel {rule}" + (f" returkode {returkode}" if returkode is not None else "")
        stay = self._stay(record)
        if stay is None:
            return wanted, self._absent(record)
        right = stay.rule_id == rule and returkode in (None, stay.returkode)
        return wanted, None if right else f"regel {stay.rule_id or 'ingen'} returkode {stay.returkode or 'ingen'}"

    def _counted(
        self, count: int, what: Literal["forløp", "særtjeneste"], group: str, amount: ast.Amount | None
    ) -> tuple[str, str | None]:
        courses = [(c.course_id, c) for c in self.result.courses if c.tfg == group]
        services = [(s.service_id, s) for s in self.result.services if s.stg == group]
        found: list[tuple[str, Course | Service]] = [*courses] if what == "forløp" else [*services]
        wanted = f"{count} {what}{'r' if what == 'særtjeneste' and count != 1 else ''} {group}"
        if len(found) != count:
            return wanted, f"{len(found)}: {', '.join(name for name, _ in found) or 'ingen'}"
        if amount is None:
            return wanted, None
        unit = amount.unit or "poeng"
        wanted += f" med {number_text(amount.value)} {unit}"
        had = [(name, _kroner(x.money) if unit == "kr" else x.points) for name, x in found]
        wrong = [(name, value) for name, value in had if value != amount.value]
        texts = (f"{name}: {'ukjent' if value is None else number_text(value)} {unit}" for name, value in wrong)
        return wanted, ", ".join(texts) or None

    def _member(self, e: ast.ExpectMember) -> tuple[str, str | None]:
        record, tfg = e.record.text, e.tfg.text
        wanted = f"{record} er {'ikke ' if e.negated else ''}med i {tfg}"
        wanted += f" på dag {e.day}" if e.day is not None else ""
        wanted += f" med trigger {e.trigger.text}" if e.trigger is not None else ""
        if record not in self.records:
            return wanted, self._absent(record)
        places: list[tuple[int | None, str | None]] = []
        for c in self._courses(record):
            if c.tfg == tfg:
                stay, hit = self._stay(record), self._hit(record)
                places += [(m.day, c.trigger_id) for m in c.members if m.what is stay or m.what is hit]
        hits = [
            p
            for p in places
            if (e.day is None or p[0] == e.day) and (e.trigger is None or p[1] == self._id(e.trigger.text))
        ]
        if bool(hits) is not e.negated:
            return wanted, None
        if not places:
            return wanted, f"ikke med i noe forløp {tfg}"
        return wanted, "; ".join(f"med på dag {d}" + (f" med trigger {t}" if t else "") for d, t in places)

    def _id(self, record: str) -> str:
        stay = self._stay(record)
        return stay.opphold_id if stay is not None else record

    def _krav(self, record: str, krav: str, met: bool, conditions: tuple[str, ...]) -> tuple[str, str | None]:
        wanted = f"{record} {'oppfyller' if met else 'bryter'} {krav}"
        wanted += f" på {', '.join(conditions)}" if conditions else ""
        ids = {record, self._id(record)}
        found = next((k for k in self.result.krav if k.krav == krav and k.record_id in ids), None)
        if found is None:
            return wanted, self._absent(record)
        if found.outcome == "gjelder_ikke":
            return wanted, "kravet gjelder ikke"
        if met:
            return wanted, None if found.outcome == "oppfylt" else f"bryter på {', '.join(found.broken)}"
        if found.outcome == "oppfylt":
            return wanted, "oppfyller"
        right = not conditions or set(conditions) == set(found.broken)
        return wanted, None if right else f"bryter på {', '.join(found.broken)}"

    def _krav_na(self, krav: str, record: str) -> tuple[str, str | None]:
        wanted = f"{krav} gjelder ikke {record}"
        ids = {record, self._id(record)}
        found = next((k for k in self.result.krav if k.krav == krav and k.record_id in ids), None)
        if found is None:
            return wanted, self._absent(record)
        return wanted, None if found.outcome == "gjelder_ikke" else f"kravet gjelder, utfall {found.outcome}"

    def _rejected(self, record: str, code: str | None) -> tuple[str, str | None]:
        wanted = f"{record} avvises" + (f" med {code}" if code is not None else "")
        reject = next((r for r in self.result.rejects if r.record_id == record), None)
        if reject is None:
            return wanted, "godtatt" if record in self.records else self._absent(record)
        return wanted, None if code in (None, reject.kode) else f"{reject.kode} {reject.melding}"

    def _holds(self, record: str, expr: ast.Expr) -> tuple[str, str | None]:
        source = self.engine.ruleset.sources[expr.span.source]
        wanted = f"{record}: {' '.join(source.text[expr.span.start : expr.span.end].split())}"
        stay = self._stay(record)
        if stay is not None:
            ctx, subject = stay.ctx, STAY
        elif record in self.records:
            found = self.records[record]
            day = self.engine.record_day(found.post, found)
            ctx, subject = self.engine.context(found.post, found.values, record, day), found.post
        else:
            return wanted, self._absent(record)
        if ctx.machine.condition(expr, subject)(ctx):
            return wanted, None
        asked = {ref.name: ref for ref in _names(expr)}
        inference = Inference(self.engine.ruleset, Scopes(self.engine.ruleset))
        values = (f"{name} er {_shown(inference, ctx, ref, subject)}" for name, ref in asked.items())
        return wanted, ", ".join(values) or "det holder ikke"


def _counts_text(stay: Stay) -> str:
    return "teller" if stay.counts is not False else "teller ikke"


def _kroner(money: Money | None) -> Decimal | None:
    return money.value if money is not None else None


def number_text(value: Decimal) -> str:
    """A number as authors write it: ``1 253,95``."""
    return f"{value:,f}".replace(",", " ").replace(".", ",")


def _names(expr: ast.Expr) -> Iterator[ast.Reference]:
    """The names that are asked in an expression."""
    for node in nodes(expr):
        over = field_of(node)
        if isinstance(node, ast.Reference):
            yield node
        elif over is not None:
            yield ast.Reference(name=over.text, span=over.span)


def _shown(inference: Inference, ctx: Ctx, ref: ast.Reference, subject: str) -> str:
    """The value of a name, with its unit."""
    kind = inference.infer(ref, subject)
    unit = kind.unit if isinstance(kind, NumberType) else ""
    pair = isinstance(kind, CodeType) and kind.pair
    return shown.value(ctx.machine.value(ref, subject)(ctx), unit, pair=pair).replace(shown.NBSP, " ")
