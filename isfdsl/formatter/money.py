"""Requirements, what counts, points, money, and examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import assert_never

from isfdsl.formatter.clauses import BODY, FIRST, META, Clauses
from isfdsl.formatter.expressions import opens_with
from isfdsl.formatter.groups import Parts, nested
from isfdsl.formatter.layout import GAP, WIDTH, Blank, Clause, Frag, Value, hang, nothing, plain
from isfdsl.formatter.names import is_word, quoted, raw_value
from isfdsl.syntax import ast

# ------------------------------------------------------------------ requirements


def krav(d: ast.Krav, c: Clauses) -> Parts:
    """``krav``. A ``kilde`` after a condition would be the condition's, so it comes before, or after the reporting."""
    heading = c.heading("krav", c.name(d.name), c.title(d.title), "for", c.name(d.subject), c.validity(d.validity))
    clauses = c.condition(FIRST, "gjelder når", d.applies)
    clauses += c.meta(d.meta, META if d.reporting else FIRST + 1)
    items = [_vilkaar("vilkår", v, BODY, c) for v in d.conditions]
    items += [_vilkaar("unntak", v, BODY + 1, c) for v in d.exceptions]
    reporting = [_rapporteres(r, c) for r in d.reporting]
    for part in (items, reporting):
        if part:
            part[0].blank = Blank.ALWAYS
    if d.reporting:
        for clause in clauses:
            clause.group = 1 if clause.rank >= META else 0
    return heading, [*clauses, *items, *reporting]


def _vilkaar(word: str, v: ast.Vilkaar, rank: int, c: Clauses) -> Clause:
    key = c.heading(word, c.name(v.name), c.title(v.title), c.validity(v.validity))
    children = [*c.condition(FIRST, "når", v.condition), *c.meta(v.meta)]
    if v.documented:
        text = "" if v.attested_by is None else f"attestert i {c.name(v.attested_by)}"
        at = c.context.keyword("dokumenteres", start=v.span.start)
        value = plain(text) if text else nothing
        children.append(Clause(FIRST + 1, "dokumenteres", value, at, aligned=False))
    if v.unknown is not None:
        reason = v.unknown.reason
        value = nothing if reason is None else plain(quoted(reason))
        children.append(Clause(FIRST + 2, "ukjent", value, v.unknown.span.start, aligned=reason is not None))
    return nested(rank, key, v.span.start, children, Blank.NEVER)


def _rapporteres(r: ast.Rapporteres, c: Clauses) -> Clause:
    key = "når oppfylt" if r.when_met else "når ikke oppfylt"
    values = [f"{c.name(n)} {c.names.code(code, (id(r), i + 1))}" for i, (n, code) in enumerate(r.values)]
    text = f"rapporteres {', '.join(values)}"
    return Clause(BODY + 2, key, plain(text), r.span.start, group=2)


def teller(d: ast.Teller, c: Clauses) -> Parts:
    """``teller i ISF``."""
    subject = "" if d.subject is None else f" for {c.name(d.subject)}"
    return f"teller i ISF{subject}", [*c.condition(FIRST, "når", d.condition), *c.meta(d.meta)]


# ------------------------------------------------------------------ points and money


def _rounding(rounding: ast.Avrundes | None, c: Clauses, rank: int) -> list[Clause]:
    if rounding is None:
        return []
    match rounding.style:
        case "desimaler":
            text = f"{rounding.digits} {'desimal' if rounding.digits == 1 else 'desimaler'}"
        case "øre" | "hele kroner":
            text = rounding.style
        case _:
            assert_never(rounding.style)
    return [c.keyed(rank, "avrundes", text, rounding.span.start)]


def poeng(d: ast.Poeng, c: Clauses) -> Parts:
    """``poeng for``. A ``kilde`` after an addition would be the addition's."""
    clauses = c.condition(FIRST, "grunnlag", d.base)
    clauses += [_tillegg("tillegg", t, BODY, c) for t in d.additions]
    clauses += [_tillegg("fradrag", t, BODY + 1, c) for t in d.deductions]
    clauses += _rounding(d.rounding, c, BODY + 2)
    early = (d.additions or d.deductions) and d.rounding is None
    return f"poeng for {c.name(d.subject)}", [*clauses, *c.meta(d.meta, FIRST + 1 if early else META)]


def _tillegg(key: str, t: ast.Tillegg, rank: int, c: Clauses) -> Clause:
    def value(width: int) -> list[Frag]:
        prefix = c.name(t.name)
        frags = [Frag(prefix)]
        if t.condition is not None:
            head = f"{prefix} når "
            frags = hang(head, c.expressions.frags(t.condition, width - len(head)))
        return [*frags, *_formula(t.expr, t.condition, width, c), *c.meta_frags(t.meta, width)]

    return Clause(rank, key, value, t.span.start)


def _formula(e: ast.Expr, condition: ast.Expr | None, width: int, c: Clauses) -> list[Frag]:
    """The formula, in parentheses when it would be read on from the condition before it."""
    frags = c.expressions.frags(e, width)
    if opens_with(frags[0].text, condition):
        return hang("(", c.expressions.frags(e, width - 2), ")")
    return frags


def refusjon(d: ast.Refusjon, c: Clauses) -> tuple[list[Frag], list[Clause]]:
    """``refusjon``, its formula on lines of its own."""
    subjects = f"for {c.expressions.name_list(d.subjects)}" if d.subjects else None
    text = c.heading("refusjon", c.name(d.name), subjects)
    heading = [Frag(text)]
    if d.condition is not None:
        at = c.context.before(d.condition.span.start, 1)
        flat = f"{text} når {c.expressions.flat(d.condition)}"
        if len(flat) <= WIDTH and not c.context.commented(d.condition.span.start, d.condition.span.end):
            heading = [Frag(flat)]
        else:
            heading += hang("    når ", c.expressions.frags(d.condition, WIDTH - 8), at=at)

    def formula(width: int) -> list[Frag]:
        return _formula(d.expr, d.condition, width + 1, c)

    clauses = [Clause(FIRST, "", formula, d.expr.span.start, aligned=False)]
    return heading, [*clauses, *_rounding(d.rounding, c, BODY), *c.meta(d.meta)]


# ------------------------------------------------------------------ examples


def eksempel(d: ast.Eksempel, c: Clauses) -> Parts:
    """``eksempel``: what holds, the records, what is expected."""
    clauses = c.meta(d.meta, FIRST)
    for given in d.given:
        text = (" " * GAP).join(c.assumption(given))
        clauses.append(c.keyed(BODY, "gitt", text, given.span.start))
    for row in _rows(d):
        clauses.append(_row(row, c))
    for expected in d.expectations:
        value = _expectation(expected, c)
        clauses.append(c.keyed(META, "forvent", value, expected.span.start, Blank.KEEP))
    return f"eksempel {quoted(d.title.value)}", clauses


def _openers(d: ast.Eksempel) -> set[str]:
    """The items that open a record, as far as the text alone shows it: what is expected of something, and the first."""
    used = {name for e in d.expectations for name in _records(e)}
    openers = {"pasient"}
    for item in d.items:
        single = item.values[0] if len(item.values) == 1 else None
        if single is None:
            continue
        first = len(openers) == 1 and item.name.text != "pasient" and not single.quoted and is_word(single.raw)
        if first or single.raw in used:
            openers.add(item.name.text)
    return openers


def _rows(d: ast.Eksempel) -> Iterator[list[ast.Item]]:
    """The items, cut where a record opens."""
    openers = _openers(d)
    row: list[ast.Item] = []
    for item in d.items:
        if row and item.name.text in openers:
            yield row
            row = []
        row.append(item)
    if row:
        yield row


def _records(e: ast.Expectation) -> tuple[str, ...]:
    match e:
        case ast.ExpectCount() | ast.ExpectStays():
            return ()
        case ast.ExpectMember(record=record, trigger=trigger):
            return (record.text,) if trigger is None else (record.text, trigger.text)
        case (
            ast.ExpectGroup() | ast.ExpectNoGroup() | ast.ExpectAmount() | ast.ExpectUnknown() | ast.ExpectRule()
            | ast.ExpectKrav() | ast.ExpectKravNa() | ast.ExpectCounts() | ast.ExpectRejected() | ast.ExpectHolds()
        ):  # fmt: skip
            return (e.record.text,)
        case _:
            assert_never(e)


def _row(row: Sequence[ast.Item], c: Clauses) -> Clause:
    first = row[0]

    def value(width: int) -> list[Frag]:
        frags = [Frag(_values(first))]
        gap = GAP
        for before, item in pairwise(row):
            text = f"{c.names.name(item.name, ints=False)} {_values(item)}"
            broken = c.context.commented(before.span.end, item.span.start)
            if not broken and len(frags[-1].text) + gap + len(text) <= width:
                frags[-1].text += f"{'':{gap}}{text}"
            else:
                frags.append(Frag(f"    {text}", item.span.start))
            gap = 1
        return frags

    return Clause(BODY + 1, c.name(first.name), value, first.span.start, blank=Blank.KEEP)


def _values(item: ast.Item) -> str:
    return ", ".join(raw_value(v) for v in item.values)


def _expectation(e: ast.Expectation, c: Clauses) -> str | Value:
    match e:
        case ast.ExpectGroup():
            money = {True: "med finansiering", False: "uten finansiering", None: None}[e.financed]
            negated = "ikke" if e.negated else None
            return c.heading(c.name(e.record), "gir", negated, e.kind, c.name(e.group), money)
        case ast.ExpectNoGroup():
            return f"{c.name(e.record)} gir ingen {e.kind}"
        case ast.ExpectAmount():
            return f"{c.name(e.record)} gir {c.amount(e.amount)}"
        case ast.ExpectUnknown():
            return f"{c.name(e.record)} gir ukjent poeng"
        case ast.ExpectRule():
            code = None if e.returkode is None else f"returkode {c.name(e.returkode)}"
            return c.heading(c.name(e.record), "gir regel", c.name(e.rule), code)
        case ast.ExpectCount():
            word = "forløp" if e.what == "forløp" else "særtjeneste" if e.count == 1 else "særtjenester"
            amount = None if e.amount is None else f"med {c.amount(e.amount)}"
            return c.heading(str(e.count), word, c.name(e.group), amount)
        case ast.ExpectStays():
            return f"{e.count} opphold"
        case ast.ExpectMember():
            day = None if e.day is None else f"på dag {e.day}"
            trigger = None if e.trigger is None else f"med trigger {c.name(e.trigger)}"
            negated = "ikke" if e.negated else None
            return c.heading(c.name(e.record), "er", negated, "med i", c.name(e.tfg), day, trigger)
        case ast.ExpectKrav():
            on = f"på {c.expressions.name_list(e.conditions)}" if e.conditions else None
            return c.heading(c.name(e.record), "oppfyller" if e.met else "bryter", c.name(e.krav), on)
        case ast.ExpectKravNa():
            return f"{c.name(e.krav)} gjelder ikke {c.name(e.record)}"
        case ast.ExpectCounts():
            return c.heading(c.name(e.record), "teller", "ikke" if e.negated else None)
        case ast.ExpectRejected():
            return c.heading(c.name(e.record), "avvises", None if e.code is None else f"med {c.name(e.code)}")
        case ast.ExpectHolds():
            prefix = f"{c.name(e.record)}: "
            return lambda width: hang(prefix, c.expressions.frags(e.expr, width - len(prefix)))
        case _:
            assert_never(e)
