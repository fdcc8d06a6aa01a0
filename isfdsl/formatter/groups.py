"""Groups, hierarchies and levels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from isfdsl.formatter.clauses import BODY, FIRST, META, Clauses
from isfdsl.formatter.expressions import LOGIC
from isfdsl.formatter.layout import GAP, WIDTH, Blank, Clause, Frag, Value, hang, nothing, plain
from isfdsl.syntax import ast

Parts = tuple[str, list[Clause]]

# Clauses come and go from year to year, so the values of a group have a column of their own: that of ``ufullstendig``.
_COLUMN = 14

# HDG heads a group; these follow in this order, then the author's other attributes.
_ATTRIBUTES = ("HDG", "vekt", "trimpunkt", "liggedagsvekt", "finansiert")
_WIDEST_MEMBER = 56


def attributes(attributes: Sequence[ast.Attributt], c: Clauses, rank: int) -> list[Clause]:
    """The attributes of a group."""
    return [c.attribute(FIRST if a.name.text == "HDG" else rank + attribute_rank(a), a) for a in attributes]


def attribute_rank(attribute: ast.Attributt) -> int:
    """The place of an attribute among its fellows."""
    name = attribute.name.text
    return _ATTRIBUTES.index(name) if name in _ATTRIBUTES else len(_ATTRIBUTES)


def drg(d: ast.Drg, c: Clauses) -> Parts:
    """``DRG``."""
    heading = c.heading("DRG", c.name(d.name), c.title(d.title), c.validity(d.validity))
    return heading, [*attributes(d.attributes, c, BODY), *c.meta(d.meta)]


def _telles(telles: ast.Telles) -> str:
    match telles.unit:
        case "kontakt" | "trigger":
            return f"per {telles.unit}"
        case "måned" | "tertial" | "år":
            end = " per institusjon" if telles.per_institution else ""
            return f"én gang per pasient per {telles.unit}{end}"
        case _:
            assert_never(telles.unit)


def _shared(d: ast.Stg | ast.Tfg, c: Clauses, rank: int) -> list[Clause]:
    """How a group is counted and shared."""
    out = []
    if d.telles is not None:
        out.append(c.keyed(rank, "telles", _telles(d.telles), d.telles.span.start))
    if d.fordeles is not None:
        share = "første" if d.fordeles == "første" else f"etter {d.fordeles}"
        out.append(Clause(rank + 1, "fordeles", plain(share), c.context.keyword("fordeles")))
    return out


def stg(d: ast.Stg, c: Clauses) -> Parts:
    """``STG``."""
    heading = c.heading("STG", c.name(d.name), c.title(d.title), c.validity(d.validity))
    clauses = [*attributes(d.attributes, c, BODY + 20), *c.meta(d.meta), *_shared(d, c, BODY + 3)]
    if d.triggers:
        clauses.append(c.keyed(BODY, "utløses av", c.name_list(d.triggers), d.triggers[0].span.start))
    clauses += c.condition(BODY + 1, "når", d.condition)
    if d.dateres is not None:
        clauses.append(c.keyed(BODY + 2, "dateres etter", c.name(d.dateres), d.dateres.span.start))
    if d.finansieres is not None:
        key = f"finansieres når {d.finansieres.quantifier} i perioden:"
        value = c.expression(d.finansieres.condition)
        clauses.append(Clause(BODY + 10, key, value, d.finansieres.span.start, aligned=False))
    return heading, _in_column(clauses)


def _in_column(clauses: list[Clause]) -> list[Clause]:
    for clause in clauses:
        clause.column = _COLUMN
    return clauses


def tfg(d: ast.Tfg, c: Clauses) -> Parts:
    """``TFG``."""
    heading = c.heading("TFG", c.name(d.name), c.title(d.title), c.validity(d.validity))
    clauses = [*attributes(d.attributes, c, BODY + 40), *c.meta(d.meta), *_shared(d, c, BODY + 20)]
    where = c.context.keyword
    for trigger in d.triggers:
        clauses.append(Clause(BODY, "trigger", _covered(trigger, c), trigger.span.start))
    clauses += _members(d.members, c)
    if d.rest:
        clauses.append(Clause(BODY + 2, "omfatter", plain("resten"), where("omfatter", "resten")))
    if d.medlem is not None:
        mode = f"{d.medlem.mode} i vinduet" if d.medlem.mode != "overlapper" else "overlapper vinduet"
        day = "også" if d.medlem.own_day else "ikke"
        text = f"{mode}, {day} på triggerens egen startdag"
        clauses.append(Clause(BODY + 3, "medlem", plain(text), d.medlem.span.start))
    if d.within_year is True:
        clauses.append(Clause(BODY + 4, "innenfor", plain("triggerens kalenderår"), where("innenfor")))
    elif d.within_year is False:
        clauses.append(Clause(BODY + 4, "uten", plain("kalenderårsgrense"), where("uten", "kalenderårsgrense")))
    if d.new_trigger is not None:
        clauses.append(Clause(BODY + 5, "ny trigger", plain(_new_trigger(d.new_trigger)), where("ny", "trigger")))
    if d.several is not None:
        clauses.append(Clause(BODY + 6, "flere forløp", plain(d.several), where("flere", "forløp")))
    if d.erstatter is not None:
        what = [w for w, on in (("opphold", d.erstatter.opphold), ("særtjenester", d.erstatter.saertjenester)) if on]
        text = f"poeng for omfattede {' og '.join(what)}"
        clauses.append(Clause(BODY + 30, "erstatter", plain(text), d.erstatter.span.start))
    return heading, _in_column(clauses)


def _new_trigger(how: str) -> str:
    return {"åpner": "åpner eget forløp", "tas inn": "tas inn i forløpet"}.get(how, "forlenger forløpet")


def _covered(item: ast.Trigger | ast.Omfatter, c: Clauses) -> Value:
    """``DRG 996O når …``, over several lines when it must."""

    def value(width: int) -> list[Frag]:
        prefix = f"{item.kind} "
        frags = hang(prefix, c.expressions.name_frags(item.groups, width - len(prefix)))
        if item.condition is None:
            return frags
        flat = f" når {c.expressions.flat(item.condition)}"
        broken = c.context.commented(item.groups[-1].span.end, item.condition.span.end)
        if not broken and len(frags[-1].text) + len(flat) <= width:
            frags[-1].text += flat
            return frags
        at = c.context.before(item.condition.span.start, 1)
        return frags + hang("når ", c.expressions.frags(item.condition, width - 4), at=at)

    return value


def _members(members: Sequence[ast.Omfatter], c: Clauses) -> list[Clause]:
    """What a course takes in; the windows stand in a column."""
    widths = []
    for member in members:
        frags = _covered(member, c)(WIDTH)
        if member.window is not None and len(frags) == 1 and len(frags[0].text) <= _WIDEST_MEMBER:
            widths.append(len(frags[0].text))
    column = max(widths, default=0) + GAP
    return [Clause(BODY + 1, "omfatter", _member(m, column, c), m.span.start) for m in members]


def _member(member: ast.Omfatter, column: int, c: Clauses) -> Value:
    covered = _covered(member, c)

    def value(width: int) -> list[Frag]:
        frags = covered(width)
        if member.window is None:
            return frags
        window = c.window(member.window)
        at = member.window.span.start
        one = len(frags) == 1 and not c.context.commented(member.groups[-1].span.end, at)
        for start in (column, len(frags[-1].text) + GAP):
            if one and len(frags[0].text) + GAP <= start and start + len(window) <= width:
                return [Frag(f"{frags[0].text:<{start}}{window}", frags[0].at)]
        return [*frags, Frag(window, at)]

    return value


# ------------------------------------------------------------------ hierarchies and levels


def _hierarchy(name: ast.Name, c: Clauses) -> str:
    return "DRG" if name.text == "DRG" else c.name(name)


def hierarki(d: ast.Hierarki, c: Clauses) -> Parts:
    """``hierarki``."""
    clauses = c.meta(d.meta)
    if d.order:
        clauses.append(c.keyed(BODY, "rekkefølge", c.name_list(d.order), d.order[0].span.start))
    if d.ellers is not None:
        text = "ingen" if d.ellers.group is None else c.name(d.ellers.group)
        if d.ellers.returkode is not None:
            text += f" returkode {c.returkode(d.ellers.returkode)}"
        clauses.append(Clause(BODY + 1, "ellers", plain(text), d.ellers.span.start))
    return f"hierarki {_hierarchy(d.name, c)} for {c.name(d.subject)}", clauses


def gruppe(d: ast.Gruppe, c: Clauses) -> Parts:
    """``gruppe`` with its rules, which must come last."""
    heading = c.heading("gruppe", c.name(d.name), c.title(d.title), "i", _hierarchy(d.hierarchy, c))
    return heading, [
        *c.condition(BODY, "når", d.condition),
        *c.meta(d.meta),
        *(_regel(rule, c) for rule in d.rules),
    ]


def _regel(rule: ast.Regel, c: Clauses) -> Clause:
    head = ("regel", c.name(rule.name), c.title(rule.title), "gir", c.name(rule.target))
    key = c.heading(*head, c.validity(rule.validity))
    children = [*c.condition(FIRST, "når", rule.condition), *c.meta(rule.meta)]
    if rule.returkode is not None:
        children.append(_returkode(rule.returkode, c))
    return nested(META + 100, key, rule.span.start, children, Blank.ALWAYS)


def _returkode(clause: ast.ReturkodeClause, c: Clauses) -> Clause:
    def value(width: int) -> list[Frag]:
        flat = c.returkode(clause)
        condition, otherwise = clause.condition, clause.otherwise
        commented = c.context.commented(clause.span.start, clause.span.end)
        if condition is None or otherwise is None or (len(flat) <= width and not commented):
            return [Frag(flat)]
        return [
            *hang(f"{c.name(clause.value)} hvis ", c.expressions.frags(condition, width - 12, LOGIC), deep=4),
            Frag(f"ellers {c.name(otherwise)}", otherwise.span.start),
        ]

    return Clause(BODY, "returkode", value, clause.span.start)


def nivaa(d: ast.Nivaa, c: Clauses) -> Parts:
    """``nivå``; what is said of the level stands before its categories."""
    heading = c.heading("nivå", c.name(d.name), c.title(d.title), "for", c.name(d.subject))
    return heading, [*c.meta(d.meta), *(_kategori(k, c) for k in d.categories)]


def _kategori(k: ast.Kategori, c: Clauses) -> Clause:
    key = c.heading("kategori", c.name(k.name), c.title(k.title), "gir", str(k.level), c.validity(k.validity))
    children = [*c.condition(FIRST, "når", k.condition), *c.meta(k.meta)]
    for exception in k.exceptions:
        children += c.condition(BODY, "unntatt", exception)
    return nested(META + 100, key, k.span.start, children, Blank.NEVER)


def nested(rank: int, key: str, at: int, children: list[Clause], blank: Blank) -> Clause:
    """An item with clauses of its own."""
    return Clause(rank, key, nothing, at, aligned=False, blank=blank, children=children)
