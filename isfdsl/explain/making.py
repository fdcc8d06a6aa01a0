"""How records became a stay: which rule joined them, what kept neighbours out, and where each field came from."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import assert_never

from attrs import evolve

from isfdsl.explain import shown, words
from isfdsl.explain.case import Case
from isfdsl.explain.document import Apart, CodeUse, Link, Lone, Making, Merged, RecordRef, Step
from isfdsl.explain.origins import declared
from isfdsl.explain.steps import Steps
from isfdsl.interp.context import Ctx, Pair
from isfdsl.interp.features import occurrences_of, values_of
from isfdsl.interp.pairs import compile_pair
from isfdsl.interp.results import Stay
from isfdsl.interp.stays import partitions, time_key
from isfdsl.program.ruleset import STAY
from isfdsl.records.record import Record, Value
from isfdsl.syntax import ast


def record_ref(case: Case, record: Record) -> RecordRef:
    """A record with its days and unit."""
    rules = case.ruleset
    ctx = case.engine.context(record.post, record.values, record.record_id, case.engine.record_day(record.post, record))
    return RecordRef(
        post=record.post,
        record_id=record.record_id,
        start=ctx.day(rules.role(record.post, "start")),
        end=ctx.day(rules.role(record.post, "slutt")),
        unit=case.engine.text(ctx, record.post, "enhet"),
    )


def making(case: Case, stay: Stay) -> Making:
    """Why these records are one stay."""
    rules = case.ruleset
    decl = rules.stay
    post = rules.stay_source
    assert post is not None
    theirs = sorted(
        case.records.get(post, []), key=lambda r: time_key(r, rules.role(post, "start"), rules.role(post, "slutt"))
    )
    joins = decl is not None and not decl.never and bool(decl.samles) and rules.role(post, "pasient") is not None
    return Making(
        never_joined=not joins,
        records=tuple(record_ref(case, r) for r in stay.records),
        links=tuple(_links(case, post, decl, theirs, stay)) if joins and decl is not None else (),
        apart=tuple(_apart(case, post, decl, theirs, stay)) if joins and decl is not None else (),
        merged=tuple(_merged(case, post, stay)) if len(stay.records) > 1 else (),
        lone=_lone(case, post, stay),
        origin=declared(rules, decl) if decl is not None else None,
    )


def _contexts(case: Case, post: str, records: list[Record]) -> list[Ctx]:
    return [case.engine.context(post, r.values, r.record_id, case.engine.record_day(post, r)) for r in records]


def _links(case: Case, post: str, decl: ast.Opphold, theirs: list[Record], stay: Stay) -> list[Link]:
    contexts = _contexts(case, post, theirs)
    joined = {id(r): i for i, r in enumerate(stay.records)}  # record to the part of the stay it is connected with
    out: list[Link] = []
    for number, rule in enumerate(decl.samles, start=1):
        for places in partitions(post, rule.condition, contexts):
            for i, j in pairwise(places):
                first, second = theirs[i], theirs[j]
                one, other = joined.get(id(first)), joined.get(id(second))
                if one is None or other is None or one == other:
                    continue
                step = PairSteps(case, contexts[j], post, Pair(contexts[i], contexts[j])).step(rule.condition)
                if step.value is True:
                    joined = {k: one if part == other else part for k, part in joined.items()}
                    out.append(Link(rule=number, first=first.record_id, second=second.record_id, condition=step))
    return out


def _apart(case: Case, post: str, decl: ast.Opphold, theirs: list[Record], stay: Stay) -> list[Apart]:
    """The records just before and just after, and for each rule the first condition that failed."""
    own = [i for i, r in enumerate(theirs) if any(r is s for s in stay.records)]
    contexts = _contexts(case, post, theirs)
    out: list[Apart] = []
    for i in own:
        for j in (i - 1, i + 1):
            if j < 0 or j >= len(theirs) or j in own:
                continue
            first, second = min(i, j), max(i, j)
            pair = PairSteps(case, contexts[second], post, Pair(contexts[first], contexts[second]))
            deciding = tuple(_first_failing(pair.step(rule.condition)) for rule in decl.samles)
            if any(d.value is True for d in deciding):
                continue  # joined to a nearer neighbour of another kind
            out.append(Apart(record_id=theirs[j].record_id, side="forrige" if j < i else "neste", deciding=deciding))
    return out


def _first_failing(step: Step) -> Step:
    if step.form == "og" and step.value is not True:
        return _first_failing(next(p for p in step.parts if p.value is not True))
    return step


class PairSteps:
    """Steps about two neighbouring records."""

    def __init__(self, case: Case, first: Ctx, post: str, pair: Pair) -> None:
        self.case = case
        self.machine = first.machine
        self.post = post
        self.pair = pair

    def step(self, e: ast.Expr) -> Step:
        """A condition of ``samles når`` with what it rests on."""
        value = compile_pair(self.machine, self.post, e)(self.pair)
        text = words.words(e)
        told = shown.value(value)
        match e:
            case ast.And(parts=parts):
                return Step(form="og", text=text, value=value, shown=told, parts=tuple(self.step(p) for p in parts))
            case ast.Or(parts=parts):
                return Step(form="eller", text=text, value=value, shown=told, parts=tuple(self.step(p) for p in parts))
            case ast.Not(operand=operand):
                return Step(form="ikke", text=text, value=value, shown=told, parts=(self.step(operand),))
            case ast.Same(operand=operand):
                sides = tuple(self._side(side, ctx, operand) for side, ctx in self._sides())
                return Step(form="samme", text=text, value=value, shown=told, parts=sides)
            case ast.SameDay():
                start = self.machine.ruleset.role(self.post, "start")
                days = tuple(
                    Step(form="felt", text=f"{side}.{start}", value=ctx.day(start), shown=shown.value(ctx.day(start)))
                    for side, ctx in self._sides()
                )
                return Step(form="samme_dag", text=text, value=value, shown=told, parts=days)
            case _:
                named = [(n, ctx) for n, ctx in self._named(e)]
                if not named:
                    both = tuple(self._side(side, ctx, e) for side, ctx in self._sides())
                    return Step(form="og", text=text, value=value, shown=told, parts=both)
                sides = tuple(self._part(n, ctx) for n, ctx in named)
                if isinstance(e, ast.WithinTime) and isinstance(e.left, ast.Reference) and len(sides) == 2:
                    operators = (e.limit, f"{e.amount.value:f}", e.amount.unit, e.direction)
                    return Step(form="innen", text=text, value=value, shown=told, operators=operators, parts=sides)
                return Step(form="parvilkar", text=text, value=value, shown=told, parts=sides)

    def _sides(self) -> tuple[tuple[str, Ctx], tuple[str, Ctx]]:
        return ("forrige", self.pair.forrige), ("neste", self.pair.neste)

    def _side(self, side: str, ctx: Ctx, e: ast.Expr) -> Step:
        # Evaluated by the machine of the later record, as the engine does.
        closure = self.machine.value(e, self.post)
        steps = Steps(self.case, _as_read_by(ctx, self.machine.new(self.post, ctx.values, ctx.record_id)), self.post)
        found = steps.step(e, self.case.recorder.capture(e, lambda: closure(steps.ctx)))
        return evolve(found, text=f"{side}: {found.text}")

    def _named(self, e: object) -> list[tuple[str, Ctx]]:
        if isinstance(e, ast.Reference):
            prefix, _, rest = e.name.partition(".")
            if rest and prefix in ("neste", "forrige"):
                return [(e.name, self.pair.neste if prefix == "neste" else self.pair.forrige)]
            return []
        if isinstance(e, tuple):
            return [n for x in e for n in self._named(x)]
        if isinstance(e, ast.Node):
            return [n for a in type(e).__attrs_attrs__ for n in self._named(getattr(e, a.name))]
        return []

    def _part(self, name: str, ctx: Ctx) -> Step:
        _, _, rest = name.partition(".")
        values = values_of(self.machine, self.post, rest)(ctx)
        value = ctx.values.get(rest) if rest in ctx.values else (values[0] if values else None)
        return Step(form="felt", text=name, value=value, shown=shown.value(value))


def _as_read_by(ctx: Ctx, fresh: Ctx) -> Ctx:
    fresh.group, fresh.group_kind = ctx.group, ctx.group_kind
    return fresh


# ------------------------------------------------------------------ fields


def _merged(case: Case, post: str, stay: Stay) -> list[Merged]:
    """The fields whose value the stay did not simply have in every record."""
    decl = case.ruleset.stay
    stated = {a.field.text: a.how for a in decl.fields} if decl is not None else {}
    best = _best(case, post, stay) if any(h == "av den med høyest poeng" for h in stated.values()) else None
    out: list[Merged] = []
    for f in case.ruleset.poster[post].fields:
        name = f.name.text
        value = stay.ctx.values.get(name)
        if name not in stated and all(r.values.get(name) == value for r in stay.records):
            continue
        how: ast.Aggregation = stated.get(name) or ("alle" if f.type.is_list else "første")
        out.append(
            Merged(
                name=name,
                how=how,
                value=value,
                shown=field_text(case, f, value),
                best=_from(how, stay, best),
            )
        )
    return out


def _from(how: ast.Aggregation, stay: Stay, best: Record | None) -> str | None:
    match how:
        case "første":
            return stay.records[0].record_id
        case "siste":
            return stay.records[-1].record_id
        case "av den med høyest poeng":
            return best.record_id if best is not None else None
        case "alle" | "minste" | "største" | "sum":
            return None
        case _:
            assert_never(how)


def field_text(case: Case, f: ast.Felt, value: Value) -> str:
    """A value of a field as a reader writes it."""
    systems = frozenset(s.text for s in f.type.systems)
    pair = f.type.kind == "kodepar" and not f.type.is_list
    return shown.value(value, f.type.unit, pair=pair, name=lambda c: case.names.written(c, systems))


def _lone(case: Case, post: str, stay: Stay) -> tuple[Lone, ...]:
    decl = case.ruleset.stay
    if len(stay.records) < 2 or decl is None or not any(a.how == "av den med høyest poeng" for a in decl.fields):
        return ()
    found = [(r, case.engine.lone_points(post, r)) for r in stay.records]
    return tuple(Lone(record_id=r.record_id, points=p if isinstance(p, Decimal) else None) for r, p in found)


def _best(case: Case, post: str, stay: Stay) -> Record | None:
    best, most = stay.records[0], None
    for r in stay.records:
        found = case.engine.lone_points(post, r)
        if found is not None and (most is None or found > most):
            best, most = r, found
    return best


def codes_of(case: Case, stay: Stay) -> tuple[CodeUse, ...]:
    """The codes of a stay in the order of its fields, with text and properties."""
    post = case.ruleset.stay_source
    assert post is not None
    out: list[CodeUse] = []
    for f in case.ruleset.poster[post].fields:
        if f.type.kind not in ("kode", "kodepar"):
            continue
        name = f.name.text
        systems = frozenset(s.text for s in f.type.systems)
        values = values_of(stay.ctx.machine, STAY, name)(stay.ctx)
        carried = occurrences_of(stay.ctx.machine, STAY, name)(stay.ctx)
        for value, properties in zip(values, carried, strict=True):
            out.append(
                CodeUse(
                    field=name,
                    code=case.names.shown(value, systems),
                    title=case.names.title(value if isinstance(value, str) else value[0], systems),
                    properties=tuple(sorted(properties)),
                )
            )
    return tuple(out)
