"""Hypothesis strategies for whole declarations and expressions: anything that the grammar can say, typed or not.

Every node has the same empty place; the trees are made to be written, read and compared. ``EXPRESSIONS`` and
``DECLARATIONS`` have one strategy per class, so that a test can see that none is missing.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from isfdsl.formatter.names import keywords
from isfdsl.syntax import ast
from tests.strategies import nodes as n

build, optional, tuples = n.build, n.optional, n.tuples

# ------------------------------------------------------------------ expressions

LEAVES: dict[type[Any], st.SearchStrategy[Any]] = {
    ast.NumberLiteral: n.number_literals(),
    ast.DateLiteral: n.date_literals,
    ast.DateTimeLiteral: n.moments,
    ast.TextLiteral: build(ast.TextLiteral, value=n.texts),
    ast.BoolLiteral: build(ast.BoolLiteral, value=st.booleans()),
    ast.Reference: build(ast.Reference, name=n.name_texts),
    ast.PropertyLookup: build(ast.PropertyLookup, slag=n.names, field=n.names),
    ast.Constant: build(ast.Constant, value=st.booleans()),
    ast.SameDay: build(ast.SameDay),
    ast.GroupFlag: build(ast.GroupFlag, attribute=n.names),
    ast.KravTest: build(ast.KravTest, krav=n.names, outcome=st.sampled_from(["oppfylt", "brutt", "gjelder"])),
    ast.DistinctSources: build(ast.DistinctSources, field=n.names, properties=n.name_lists),
}
_test_parts = st.one_of(build(ast.CodesTest, codes=n.set_unions), build(ast.PropertyTest, properties=n.name_lists))
LEAVES[ast.CountTest] = build(
    ast.CountTest,
    quantity=st.sampled_from(["minst", "høyst", "nøyaktig"]),
    count=st.integers(0, 30),
    distinct=st.booleans(),
    field=n.names,
    test=_test_parts,
)
LEAVES[ast.NoneTest] = build(ast.NoneTest, field=n.names, test=_test_parts)
LEAVES[ast.AllTest] = build(ast.AllTest, field=n.names, only=tuples(n.names, 0, 2), test=_test_parts)
LEAVES[ast.CountOf] = build(ast.CountOf, distinct=st.booleans(), field=n.names, test=optional(_test_parts))


def branches(inner: st.SearchStrategy[Any]) -> dict[type[Any], st.SearchStrategy[Any]]:
    """Every class that holds expressions, over ``inner``."""
    signs = st.sampled_from(["+", "-"])
    points = st.sampled_from(["*", "/"])
    return {
        ast.And: build(ast.And, parts=tuples(inner, 2)),
        ast.Or: build(ast.Or, parts=tuples(inner, 2)),
        ast.Not: build(ast.Not, operand=inner),
        ast.Cases: build(ast.Cases, cases=tuples(st.tuples(inner, inner), 1, 2), otherwise=inner),
        ast.Compare: build(ast.Compare, left=inner, op=st.sampled_from(["=", "!=", "<", ">", "<=", ">="]), right=inner),
        ast.Between: build(ast.Between, operand=inner, low=inner, high=inner),
        ast.InSet: build(ast.InSet, operand=inner, codes=n.set_unions),
        ast.HasProperty: build(ast.HasProperty, operand=inner, properties=n.name_lists),
        ast.Present: build(ast.Present, operand=inner),
        ast.Missing: build(ast.Missing, operand=inner),
        ast.ValidIn: build(ast.ValidIn, operand=inner, system=n.names),
        ast.WithinTime: build(
            ast.WithinTime,
            left=inner,
            limit=st.sampled_from(["senest", "tidligst"]),
            amount=n.amounts,
            direction=st.sampled_from(["etter", "før"]),
            right=inner,
        ),
        ast.Same: build(ast.Same, operand=inner),
        ast.Sum: st.builds(
            lambda first, rest: ast.Sum(terms=(("+", first), *rest), span=n.SPAN),
            inner,
            tuples(st.tuples(signs, inner), 1),
        ),
        ast.Product: st.builds(
            lambda first, rest: ast.Product(factors=(("*", first), *rest), span=n.SPAN),
            inner,
            tuples(st.tuples(points, inner), 1),
        ),
        ast.Negate: build(ast.Negate, operand=inner),
        ast.Call: build(ast.Call, function=n.functions, arguments=tuples(inner, 1)),
        ast.Elapsed: build(
            ast.Elapsed,
            unit=st.sampled_from(["dager", "timer", "minutter", "hele år", "hele måneder", "kalenderår"]),
            start=inner,
            end=inner,
        ),
        ast.Part: build(ast.Part, part=st.sampled_from(["år", "måned", "tertial", "dato"]), operand=inner),
        ast.HdgOf: build(ast.HdgOf, operand=inner),
    }


_leaves = st.one_of(*LEAVES.values())


def _deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One level more."""
    return st.one_of(_leaves, *branches(inner).values())


expressions = n.short(_deeper(n.short(_deeper(n.short(_deeper(n.short(_leaves)))))))
EXPRESSIONS: dict[type[Any], st.SearchStrategy[Any]] = {**LEAVES, **branches(expressions)}

# ------------------------------------------------------------------ shared by declarations

title = optional(n.quoted_texts)
validity = optional(n.validities)
condition = optional(expressions)
kinds = st.sampled_from(["DRG", "STG", "TFG"])


@st.composite
def attributes(draw: st.DrawFn) -> tuple[ast.Attributt, ...]:
    """Attributes with different names, in the order the formatter gives them."""
    known = ["HDG", "vekt", "trimpunkt", "liggedagsvekt", "finansiert"]
    texts = draw(st.lists(st.sampled_from(known) | n.name_texts, max_size=4, unique=True))
    texts.sort(key=lambda text: known.index(text) if text in known else len(known))
    value = st.one_of(n.amounts, n.unknowns, n.names)
    return tuple(ast.Attributt(name=ast.Name(text=text, span=n.SPAN), value=draw(value), span=n.SPAN) for text in texts)


bounds = build(
    ast.Bound,
    days=st.integers(0, 400),
    direction=st.sampled_from(["før", "etter"]),
    anchor=st.sampled_from(["start", "slutt"]),
)
windows = build(ast.Window, start=bounds, end=bounds)
telles = optional(
    st.one_of(
        build(ast.Telles, unit=st.sampled_from(["måned", "tertial", "år"]), per_institution=st.booleans()),
        build(ast.Telles, unit=st.sampled_from(["kontakt", "trigger"])),
    )
)
shares = optional(st.sampled_from(["vekt", "antall", "første"]))
returkoder = st.one_of(
    build(ast.ReturkodeClause, value=n.names, condition=st.none(), otherwise=st.none()),
    build(ast.ReturkodeClause, value=n.names, condition=expressions, otherwise=n.names),
)

# ------------------------------------------------------------------ declarations

DECLARATIONS: dict[type[Any], st.SearchStrategy[Any]] = {}


def declare(cls: type[Any], **fields: Any) -> None:
    """Enter the strategy of a class."""
    DECLARATIONS[cls] = build(cls, meta=n.metas, **fields)


DECLARATIONS[ast.Regelverk] = st.builds(
    lambda name, year, valid, status, meta: ast.Regelverk(
        name=name,
        year=year,
        start=valid[0] if valid else None,
        end=valid[1] if valid else None,
        status=status,
        meta=meta,
        span=n.SPAN,
    ),
    n.names,
    st.integers(1, 9999),
    optional(st.tuples(n.days, n.days)),
    optional(n.names),
    n.metas,
)
declare(ast.Sats, name=n.names, value=n.amounts | n.unknowns, validity=validity)
_deadlines = build(ast.Frister, start=n.days, end=n.days, first=n.days, last=n.days)
declare(ast.Rapportering, name=n.names, value=_deadlines | n.unknowns)
DECLARATIONS[ast.Passasje] = build(
    ast.Passasje,
    name=n.names,
    heading=n.quoted_texts,
    dokument=title,
    sammendrag=title,
    uten_regel=title,
    years=st.lists(st.integers(1999, 2030), max_size=3).map(tuple),
)
DECLARATIONS[ast.Utgaatt] = st.one_of(
    build(
        ast.Utgaatt,
        what=st.sampled_from(["DRG", "STG", "TFG", "sats", "krav"]),
        system=st.none(),
        name=n.names,
        title=title,
        since=optional(n.days),
        meta=n.metas,
    ),
    build(
        ast.Utgaatt,
        what=st.just("kode"),
        system=n.names,
        name=n.names,
        title=title,
        since=optional(n.days),
        meta=n.metas,
    ),
)
declare(
    ast.Kodeverk, name=n.names, title=title, open_=st.booleans(), pattern=title, codes=n.code_blocks(sectioned=False)
)


@st.composite
def field_types(draw: st.DrawFn) -> ast.FieldType:
    """A type with what its kind may have."""
    kind: Any = draw(st.sampled_from(["tekst", "heltall", "desimal", "dato", "tidspunkt", "ja_nei", "kode", "kodepar"]))
    low: Any = None
    high: Any = None
    if kind in ("heltall", "desimal", "dato", "tidspunkt") and draw(st.booleans()):
        limits = n.days if kind in ("dato", "tidspunkt") else build(ast.Amount, value=n.numbers, unit=st.just(""))
        low, high = draw(limits), draw(limits)
    return ast.FieldType(
        kind=kind,
        is_list=kind in ("tekst", "kode", "kodepar") and draw(st.booleans()),
        low=low,
        high=high,
        unit=draw(n.units) if kind in ("heltall", "desimal") else "",
        systems=draw(n.name_lists) if kind in ("kode", "kodepar") else (),
        span=n.SPAN,
    )


fields = build(
    ast.Felt,
    name=n.names,
    type=field_types(),
    optional=st.booleans(),
    key=st.booleans(),
    role=optional(n.names),
    title=title,
)
declare(ast.Post, name=n.names, title=title, fields=tuples(fields, 0, 5))
declare(ast.Begrep, name=n.names, title=title, subject=optional(n.names), expr=expressions)
declare(ast.Samling, name=n.names, subject=n.names, fields=n.name_lists)
DECLARATIONS[ast.Kodeliste] = st.one_of(
    build(
        ast.Kodeliste,
        name=n.names,
        title=title,
        systems=n.name_lists,
        validity=validity,
        codes=n.code_blocks(),
        expr=st.none(),
        meta=n.metas,
    ),
    build(
        ast.Kodeliste,
        name=n.names,
        title=title,
        systems=n.name_lists,
        validity=validity,
        codes=st.just(ast.CodeBlock()),
        expr=n.set_exprs,
        meta=n.metas,
    ),
)
declare(ast.Slag, name=n.names, title=title, lookup=tuples(st.sampled_from(["par", "første", "andre"]), 1))
declare(
    ast.Egenskap,
    name=n.names,
    title=title,
    systems=n.name_lists,
    validity=validity,
    slag=optional(n.names),
    hdg=optional(n.names),
    regnes_som=tuples(build(ast.RegnesSom, target=n.names, condition=expressions), 0, 2),
    codes=n.code_blocks(),
)
_hows = ["første", "siste", "alle", "minste", "største", "sum", "av den med høyest poeng"]
declare(
    ast.Opphold,
    source=n.names,
    samles=tuples(build(ast.Samles, condition=expressions), 0, 2),
    never=st.booleans(),
    dateres=optional(n.names),
    fields=tuples(build(ast.Aggregat, field=n.names, how=st.sampled_from(_hows))),
)
declare(ast.Drg, name=n.names, title=title, validity=validity, attributes=attributes())
declare(
    ast.Stg,
    name=n.names,
    title=title,
    validity=validity,
    triggers=tuples(n.names),
    condition=condition,
    telles=telles,
    finansieres=optional(
        build(ast.Finansieres, quantifier=st.sampled_from(["minst én", "alle", "første"]), condition=expressions)
    ),
    fordeles=shares,
    dateres=optional(n.names),
    attributes=attributes(),
)
declare(
    ast.Tfg,
    name=n.names,
    title=title,
    validity=validity,
    triggers=tuples(build(ast.Trigger, kind=kinds, groups=n.name_lists, condition=condition), 0, 2),
    members=tuples(
        build(
            ast.Omfatter,
            kind=kinds,
            groups=n.name_lists,
            condition=condition,
            window=optional(windows | build(ast.UnknownWindow, reason=optional(n.texts))),
        )
    ),
    rest=st.booleans(),
    medlem=optional(
        build(ast.Medlem, mode=st.sampled_from(["starter", "slutter", "overlapper"]), own_day=st.booleans())
    ),
    within_year=optional(st.booleans()),
    new_trigger=optional(st.sampled_from(["åpner", "tas inn", "forlenger"])),
    several=optional(st.sampled_from(["første", "nærmeste", "alle"])),
    telles=telles,
    erstatter=optional(
        st.sampled_from([(True, False), (False, True), (True, True)]).map(
            lambda both: ast.Erstatter(opphold=both[0], saertjenester=both[1], span=n.SPAN)
        )
    ),
    fordeles=shares,
    attributes=attributes(),
)
declare(ast.StgOrder, groups=n.name_lists)
declare(ast.TfgOrder, groups=n.name_lists, once=optional(st.booleans()))
declare(
    ast.Hierarki,
    name=n.names,
    subject=n.names,
    order=tuples(n.names),
    ellers=optional(
        st.one_of(
            build(ast.Ellers, group=st.none(), returkode=st.none()),
            build(ast.Ellers, group=n.names, returkode=optional(returkoder)),
        )
    ),
)
declare(
    ast.Gruppe,
    name=n.names,
    title=title,
    hierarchy=n.names,
    condition=condition,
    rules=tuples(
        build(
            ast.Regel,
            name=n.names,
            title=title,
            target=n.names,
            validity=validity,
            condition=condition,
            returkode=optional(returkoder),
            meta=n.metas,
        )
    ),
)
declare(
    ast.Nivaa,
    name=n.names,
    title=title,
    subject=n.names,
    categories=tuples(
        build(
            ast.Kategori,
            name=n.names,
            title=title,
            level=st.integers(0, 9),
            validity=validity,
            condition=condition,
            exceptions=tuples(expressions, 0, 2),
            meta=n.metas,
        )
    ),
)
_plain_vilkaar = {"name": n.names, "title": title, "validity": validity, "condition": condition, "meta": n.metas}
vilkaar = st.one_of(
    build(
        ast.Vilkaar,
        documented=st.just(True),
        attested_by=optional(n.names),
        unknown=optional(n.unknowns),
        **_plain_vilkaar,
    ),
    build(
        ast.Vilkaar, documented=st.just(False), attested_by=st.none(), unknown=optional(n.unknowns), **_plain_vilkaar
    ),
)
declare(
    ast.Krav,
    name=n.names,
    title=title,
    subject=n.names,
    validity=validity,
    applies=condition,
    conditions=tuples(vilkaar),
    exceptions=tuples(vilkaar, 0, 2),
    reporting=tuples(
        build(ast.Rapporteres, when_met=st.booleans(), values=tuples(st.tuples(n.names, n.codes), 1)), 0, 2
    ),
)
declare(ast.Teller, subject=optional(n.names), condition=condition)
rounding = optional(
    st.one_of(
        build(ast.Avrundes, digits=st.integers(0, 9), style=st.just("desimaler")),
        build(ast.Avrundes, digits=st.just(2), style=st.just("øre")),
        build(ast.Avrundes, digits=st.just(0), style=st.just("hele kroner")),
    )
)
_additions = tuples(build(ast.Tillegg, name=n.names, condition=condition, expr=expressions, meta=n.metas), 0, 2)
declare(ast.Poeng, subject=n.names, base=condition, additions=_additions, deductions=_additions, rounding=rounding)
declare(ast.Refusjon, name=n.names, subjects=tuples(n.names), condition=condition, expr=expressions, rounding=rounding)
assumptions = st.one_of(
    build(ast.AssumeAttribute, attribute=n.names, kind=kinds, group=n.names, value=n.amounts, reason=title),
    build(ast.AssumeRate, rate=n.names, value=n.amounts, validity=validity, reason=title),
    build(ast.AssumeWindow, tfg=n.names, kind=kinds, group=n.names, window=windows, reason=title),
    build(
        ast.AssumeCodes,
        what=st.sampled_from(["egenskap", "kodeliste"]),
        name=n.names,
        codes=tuples(n.codes, 1),
        reason=title,
    ),
)
item_values = st.one_of(
    build(ast.ItemValue, raw=n.texts | n.name_texts, quoted=st.just(True)),
    build(
        ast.ItemValue,
        raw=st.one_of(
            n.words.filter(lambda word: word not in keywords()),
            n.day_texts,
            n.moment_texts,
            st.from_regex(r"[0-9]{1,5}", fullmatch=True),
            st.sampled_from(["12 345", "0,5", "1 234,50", "ja", "nei", "A17.0+G01"]),
        ),
        quoted=st.just(False),
    ),
)
items = build(ast.Item, name=n.names, values=tuples(item_values, 1, 2))
expectations = st.one_of(
    build(
        ast.ExpectGroup,
        record=n.names,
        kind=kinds,
        group=n.names,
        negated=st.booleans(),
        financed=optional(st.booleans()),
    ),
    build(ast.ExpectNoGroup, record=n.names, kind=kinds),
    build(ast.ExpectAmount, record=n.names, amount=n.amounts),
    build(ast.ExpectUnknown, record=n.names),
    build(ast.ExpectRule, record=n.names, rule=n.names, returkode=optional(n.names)),
    build(
        ast.ExpectCount,
        count=st.integers(0, 9),
        what=st.sampled_from(["forløp", "særtjeneste"]),
        group=n.names,
        amount=optional(n.amounts),
    ),
    build(ast.ExpectStays, count=st.integers(0, 9)),
    build(
        ast.ExpectMember,
        record=n.names,
        tfg=n.names,
        negated=st.booleans(),
        day=optional(st.integers(-90, 90)),
        trigger=optional(n.names),
    ),
    build(ast.ExpectKrav, record=n.names, krav=n.names, met=st.booleans(), conditions=tuples(n.names)),
    build(ast.ExpectKravNa, krav=n.names, record=n.names),
    build(ast.ExpectCounts, record=n.names, negated=st.booleans()),
    build(ast.ExpectRejected, record=n.names, code=optional(n.names)),
    build(ast.ExpectHolds, record=n.names, expr=expressions),
)
declare(
    ast.Eksempel,
    title=n.quoted_texts,
    items=tuples(items, 0, 6),
    given=tuples(assumptions, 0, 2),
    expectations=tuples(expectations, 0, 4),
)
DECLARATIONS[ast.Antakelse] = build(ast.Antakelse, assumption=assumptions)

declarations: st.SearchStrategy[Any] = st.one_of(*DECLARATIONS.values())
programs: st.SearchStrategy[list[Any]] = st.lists(declarations, max_size=6)
