"""The layout of each declaration: what stands in its heading, and its clauses in canonical order."""

from __future__ import annotations

from typing import assert_never

from attrs import define, field

from isfdsl.formatter.clauses import BODY, FIRST, META, Clauses
from isfdsl.formatter.codes import code_lines
from isfdsl.formatter.groups import drg, gruppe, hierarki, nivaa, stg, tfg
from isfdsl.formatter.layout import GAP, WIDTH, Blank, Clause, Frag, Line, hang, nothing, plain
from isfdsl.formatter.money import eksempel, krav, poeng, refusjon, teller
from isfdsl.formatter.names import decimal, quoted
from isfdsl.syntax import ast

# A wide type doesn't push the titles of a record's other fields away.
_WIDEST_TYPE = 44


@define
class Layout:
    """A declaration laid out. ``cells`` is the heading in pieces, for declarations that stand together in columns."""

    heading: list[Frag]
    clauses: list[Clause] = field(factory=list)
    cells: tuple[str, ...] = ()
    together: bool = False


def layout(d: ast.AnyDeclaration, c: Clauses) -> Layout:
    """Heading and clauses of one declaration."""
    match d:
        case ast.Sats():
            cells = (f"sats {c.name(d.name)}", c.amount(d.value), c.validity(d.validity) or "")
            return _row(cells, c.meta(d.meta))
        case ast.Rapportering():
            return _row((f"rapportering {c.name(d.name)}", *_deadlines(d.value, c)), c.meta(d.meta))
        case ast.Antakelse():
            first, *rest = c.assumption(d.assumption)
            return Layout([Frag((" " * GAP).join([f"antakelse {first}", *rest]))], together=True)
        case ast.Utgaatt():
            system = None if d.system is None else c.name(d.system)
            since = None if d.since is None else f"fra {d.since.raw}"
            text = c.heading("utgått", d.what, system, c.name(d.name), c.title(d.title), since)
            return Layout([Frag(text)], c.meta(d.meta), together=True)
        case ast.Begrep():
            subject = None if d.subject is None else f"for {c.name(d.subject)}"
            text = c.heading("begrep", c.name(d.name), c.title(d.title), subject, "=")
            return Layout(_assigned(text, d.expr, c), c.meta(d.meta), together=True)
        case ast.Samling():
            text = f"samling {c.name(d.name)} for {c.name(d.subject)} = "
            frags = c.expressions.name_frags(d.fields, WIDTH - len(text))
            return Layout(hang(text, frags), c.meta(d.meta), together=True)
        case ast.StgOrder():
            return Layout(_order("rekkefølge STG: ", d.groups, c), c.meta(d.meta))
        case ast.TfgOrder():
            once = {True: " kontakten brukes én gang", False: " kontakten kan inngå i flere", None: ""}[d.once]
            return Layout(_order(f"rekkefølge TFG{once}: ", d.groups, c), c.meta(d.meta))
        case ast.Kodeliste():
            return _kodeliste(d, c)
        case ast.Refusjon():
            heading, clauses = refusjon(d, c)
            return Layout(heading, clauses)
        case _:
            heading_text, clauses = _simple(d, c)
            return Layout([Frag(heading_text)], clauses)


_Simple = (
    ast.Regelverk | ast.Passasje | ast.Kodeverk | ast.Post | ast.Slag | ast.Egenskap | ast.Opphold | ast.Drg | ast.Stg
    | ast.Tfg | ast.Hierarki | ast.Gruppe | ast.Nivaa | ast.Krav | ast.Teller | ast.Poeng | ast.Eksempel
)  # fmt: skip


def _simple(d: _Simple, c: Clauses) -> tuple[str, list[Clause]]:
    """A declaration whose heading is one line."""
    match d:
        case ast.Regelverk():
            return f"regelverk {c.name(d.name)} {d.year}", _regelverk(d, c)
        case ast.Passasje():
            return f"passasje {c.name(d.name)} {quoted(d.heading.value)}", _passasje(d, c)
        case ast.Kodeverk():
            pattern = None if d.pattern is None else f"mønster {quoted(d.pattern.value)}"
            text = c.heading("kodeverk", c.name(d.name), c.title(d.title), "åpent" if d.open_ else None, pattern)
            return text, [*c.meta(d.meta, FIRST), *_codes(d.codes, c)]
        case ast.Post():
            return c.heading("post", c.name(d.name), c.title(d.title)), [*_fields(d, c), *c.meta(d.meta)]
        case ast.Slag():
            words = {"par": "par", "første": "første kode", "andre": "andre kode"}
            lookup = Clause(BODY, "oppslag", plain(", ".join(words[w] for w in d.lookup)), c.context.keyword("oppslag"))
            return c.heading("slag", c.name(d.name), c.title(d.title)), [lookup, *c.meta(d.meta)]
        case ast.Egenskap():
            return _egenskap(d, c)
        case ast.Opphold():
            return f"opphold av {c.name(d.source)}", _opphold(d, c)
        case ast.Drg():
            return drg(d, c)
        case ast.Stg():
            return stg(d, c)
        case ast.Tfg():
            return tfg(d, c)
        case ast.Hierarki():
            return hierarki(d, c)
        case ast.Gruppe():
            return gruppe(d, c)
        case ast.Nivaa():
            return nivaa(d, c)
        case ast.Krav():
            return krav(d, c)
        case ast.Teller():
            return teller(d, c)
        case ast.Poeng():
            return poeng(d, c)
        case ast.Eksempel():
            return eksempel(d, c)
        case _:
            assert_never(d)


def _deadlines(value: ast.Frister | ast.Unknown, c: Clauses) -> tuple[str, ...]:
    if isinstance(value, ast.Unknown):
        return (c.amount(value),)
    return f"{value.start.raw} til {value.end.raw}", f"første {value.first.raw}", f"siste {value.last.raw}"


def _row(cells: tuple[str, ...], clauses: list[Clause]) -> Layout:
    text = (" " * GAP).join(cell for cell in cells if cell)
    return Layout([Frag(text)], clauses, cells, together=True)


def _assigned(prefix: str, e: ast.Expr, c: Clauses) -> list[Frag]:
    """``… = expression``, the expression on lines of its own when it doesn't fit."""
    room = WIDTH - len(prefix) - 1
    frags = c.expressions.frags(e, room)
    if len(frags) == 1 and len(frags[0].text) <= room:
        return [Frag(f"{prefix} {frags[0].text}")]
    return [Frag(prefix), *(Frag(f"    {f.text}", f.at) for f in c.expressions.frags(e, WIDTH - 4))]


def _order(prefix: str, names: tuple[ast.Name, ...], c: Clauses) -> list[Frag]:
    return hang(prefix, c.expressions.name_frags(names, WIDTH - len(prefix)), deep=4)


# ------------------------------------------------------------------ head


def _regelverk(d: ast.Regelverk, c: Clauses) -> list[Clause]:
    clauses = c.meta(d.meta)
    if d.start is not None and d.end is not None:
        clauses.append(c.keyed(BODY, "gyldig", f"{d.start.raw} til {d.end.raw}", d.start.span.start))
    if d.status is not None:
        clauses.append(c.keyed(BODY + 1, "status", c.name(d.status), d.status.span.start))
    return clauses


def _passasje(d: ast.Passasje, c: Clauses) -> list[Clause]:
    parts = ((0, "dokument", d.dokument), (2, "sammendrag", d.sammendrag), (3, "uten regel", d.uten_regel))
    clauses = [c.keyed(rank, key, quoted(text.value), text.span.start) for rank, key, text in parts if text is not None]
    if d.years:
        clauses.append(Clause(1, "om år", plain(", ".join(map(str, d.years))), c.context.keyword("om", "år")))
    return clauses


# ------------------------------------------------------------------ vocabulary


def _fields(d: ast.Post, c: Clauses) -> list[Clause]:
    names = [_field_name(d, index, c) for index in range(len(d.fields))]
    types = [_field_type(f, c) for f in d.fields]
    width = max((len(name) for name in names), default=0) + GAP
    titled = [len(t) for f, t in zip(d.fields, types, strict=True) if f.title is not None and len(t) <= _WIDEST_TYPE]
    column = max(titled, default=0) + GAP
    clauses = []
    for felt, name, type_text in zip(d.fields, names, types, strict=True):
        text = type_text if felt.title is None else f"{type_text:<{column}}{quoted(felt.title.value)}"
        if felt.title is not None and len(type_text) > _WIDEST_TYPE:
            text = f"{type_text}{'':{GAP}}{quoted(felt.title.value)}"
        line = Line(f"  {name:<{width}}{text}", felt.span.start, Blank.KEEP)
        clauses.append(Clause(BODY, "", nothing, felt.span.start, aligned=False, lines=[line]))
    return clauses


def _field_name(d: ast.Post, index: int, c: Clauses) -> str:
    """A field's name; after a number type without a domain, digits would be read as the domain."""
    before = d.fields[index - 1].type if index else None
    modified = index > 0 and (
        d.fields[index - 1].optional or d.fields[index - 1].key or d.fields[index - 1].role or d.fields[index - 1].title
    )
    ambiguous = before is not None and not modified and before.kind in ("heltall", "desimal") and before.low is None
    return c.names.name(d.fields[index].name, ints=not ambiguous)


def _field_type(f: ast.Felt, c: Clauses) -> str:
    t = f.type
    words = [t.kind, "liste" if t.is_list else None]
    if t.systems:
        words.append(c.expressions.name_list(t.systems))
    if t.low is not None and t.high is not None:
        words.append(f"{_limit(t.low)}..{_limit(t.high)}")
    words += [t.unit or None, "nøkkel" if f.key else None, "valgfri" if f.optional else None]
    if f.role is not None:
        words.append(f"rolle {c.name(f.role)}")
    return c.heading(*words)


def _limit(limit: ast.Amount | ast.Day) -> str:
    match limit:
        case ast.Amount(value=value):
            return decimal(value)
        case ast.Day(raw=raw):
            return raw
        case _:
            assert_never(limit)


# ------------------------------------------------------------------ code sets


def _codes(block: ast.CodeBlock, c: Clauses) -> list[Clause]:
    """A code list as one clause, since its lines belong together."""
    if not block.codes and not block.sections:
        return []
    lines = code_lines(block, c)
    return [Clause(META + 100, "", nothing, lines[0].at, aligned=False, lines=lines)]


def _kodeliste(d: ast.Kodeliste, c: Clauses) -> Layout:
    systems = c.expressions.name_list(d.systems)
    text = c.heading("kodeliste", c.name(d.name), c.title(d.title), systems, c.validity(d.validity))
    if d.expr is None:
        return Layout([Frag(text)], [*c.meta(d.meta, FIRST), *_codes(d.codes, c)])
    prefix = f"{text} = "
    frags = c.expressions.set_frags(d.expr, WIDTH - len(prefix))
    if len(frags) == 1 and len(prefix) + len(frags[0].text) <= WIDTH:
        return Layout(hang(prefix, frags), c.meta(d.meta))
    frags = c.expressions.set_frags(d.expr, WIDTH - 4)
    return Layout([Frag(f"{text} ="), *(Frag(f"    {f.text}", f.at) for f in frags)], c.meta(d.meta))


def _egenskap(d: ast.Egenskap, c: Clauses) -> tuple[str, list[Clause]]:
    systems = c.expressions.name_list(d.systems)
    text = c.heading("egenskap", c.name(d.name), c.title(d.title), systems, c.validity(d.validity))
    clauses = c.meta(d.meta)
    if d.slag is not None:
        clauses.append(c.keyed(FIRST, "av slag", c.name(d.slag), d.slag.span.start))
    if d.hdg is not None:
        clauses.append(c.keyed(FIRST + 1, "HDG", c.name(d.hdg), d.hdg.span.start))
    for regnes in d.regnes_som:
        key = f"regnes som {c.name(regnes.target)} når"
        value = c.expression(regnes.condition)
        clauses.append(Clause(BODY, key, value, regnes.span.start, aligned=False))
    return text, [*clauses, *_codes(d.codes, c)]


# ------------------------------------------------------------------ stays


def _opphold(d: ast.Opphold, c: Clauses) -> list[Clause]:
    clauses = c.meta(d.meta)
    for samles in d.samles:
        clauses.append(Clause(BODY, "samles når", c.expression(samles.condition), samles.span.start))
    if d.never:
        at = c.context.keyword("samles", "aldri")
        clauses.append(Clause(BODY + 1, "samles", plain("aldri"), at))
    if d.dateres is not None:
        clauses.append(c.keyed(BODY + 2, "dateres etter", c.name(d.dateres), d.dateres.span.start))
    for aggregat in d.fields:
        clauses.append(Clause(BODY + 3, c.name(aggregat.field), plain(aggregat.how), aggregat.span.start))
    return clauses
