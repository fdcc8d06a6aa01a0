"""Where expressions stand: which records they speak of, and what they must be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from attrs import field, frozen

from isfdsl.check.walk import conjuncts
from isfdsl.program.ruleset import COURSE, DERIVED_SUBJECTS, DRG_HIERARCHY, SERVICE, STAY, Ruleset
from isfdsl.syntax import ast

Want = Literal["vilkår", "verdi", "poeng", "kr"]


@frozen(eq=False)
class Site:
    """One expression with everything a check needs to judge it.

    ``subjects`` are the record types it is read for (``None``: about nothing); ``around`` is what already holds there;
    ``owner`` names what it decides, ``parts`` is its ``og`` chain.
    """

    expr: ast.Expr
    subjects: tuple[str | None, ...]
    want: Want
    owner: str
    pair: bool = False
    around: tuple[ast.Expr, ...] = ()
    parts: tuple[ast.Expr, ...] = field(init=False)

    @parts.default
    def _parts(self) -> tuple[ast.Expr, ...]:
        return conjuncts(self.expr)


def known_subject(ruleset: Ruleset, name: str) -> bool:
    """Whether something can be said about ``name``. Stays are known when something says what they are made of."""
    if name == STAY:
        return ruleset.stay_source is not None
    return name in DERIVED_SUBJECTS or name in ruleset.poster


def group_subjects(ruleset: Ruleset, kind: ast.GroupKind, groups: tuple[ast.Name, ...]) -> tuple[str, ...]:
    """What a condition about members speaks of: the stay, the records that trigger the STG, the course."""
    if kind == "DRG":
        return (STAY,)
    if kind == "TFG":
        return (COURSE,)
    found = (t.text for g in groups if (stg := ruleset.stg.get(g.text)) for t in stg.triggers)
    return tuple(dict.fromkeys(found)) or (SERVICE,)


def course_parts(d: ast.Tfg) -> tuple[ast.Trigger | ast.Omfatter, ...]:
    """The triggers and the members of a course."""
    return (*d.triggers, *d.members)


def grouped_subject(ruleset: Ruleset) -> str | None:
    """What the DRG hierarchy groups, ``None`` when that is not settled."""
    drg = ruleset.hierarkier.get(DRG_HIERARCHY)
    if drg is not None:
        return drg.subject.text
    if ruleset.stay_source is not None:
        return STAY
    return next(iter(ruleset.poster)) if len(ruleset.poster) == 1 else None


def sites(d: ast.AnyDeclaration, ruleset: Ruleset) -> Iterator[Site]:
    """The expressions of a declaration. Those about unknown record types are left out."""
    for site in _sites(d, ruleset):
        subjects = tuple(s for s in site.subjects if s is None or known_subject(ruleset, s))
        if subjects:
            yield (
                site
                if subjects == site.subjects
                else Site(site.expr, subjects, site.want, site.owner, site.pair, site.around)
            )


def _sites(d: ast.AnyDeclaration, ruleset: Ruleset) -> Iterator[Site]:
    match d:
        case ast.Begrep():
            yield Site(d.expr, (d.subject.text if d.subject else None,), "verdi", f"begrepet «{d.name.text}»")
        case ast.Egenskap():
            subject = grouped_subject(ruleset)
            for r in d.regnes_som:
                if subject is not None:
                    yield Site(r.condition, (subject,), "vilkår", f"«regnes som {r.target.text}»")
        case ast.Opphold():
            for s in d.samles:
                yield Site(s.condition, (d.source.text,), "vilkår", "«samles når»", pair=True)
        case ast.Stg():
            subjects = tuple(t.text for t in d.triggers)
            if d.condition is not None:
                yield Site(d.condition, subjects, "vilkår", f"STG «{d.name.text}»")
            if d.finansieres is not None:
                yield Site(d.finansieres.condition, subjects, "vilkår", f"finansieringen av STG «{d.name.text}»")
        case ast.Tfg():
            for part in course_parts(d):
                if part.condition is not None:
                    about = group_subjects(ruleset, part.kind, part.groups)
                    what = "triggeren" if isinstance(part, ast.Trigger) else "«omfatter»"
                    yield Site(part.condition, about, "vilkår", f"{what} i TFG «{d.name.text}»")
        case ast.Hierarki():
            if d.ellers is not None:
                yield from _returkode(d.ellers.returkode, d.subject.text, "«ellers»", ())
        case ast.Gruppe():
            yield from _gruppe(d, ruleset)
        case ast.Nivaa():
            for k in d.categories:
                owner = f"kategorien «{k.name.text}»"
                if k.condition is not None:
                    yield Site(k.condition, (d.subject.text,), "vilkår", owner)
                for e in k.exceptions:
                    yield Site(e, (d.subject.text,), "vilkår", f"unntaket i {owner}", around=conjuncts(k.condition))
        case ast.Krav():
            if d.applies is not None:
                yield Site(d.applies, (d.subject.text,), "vilkår", f"kravet «{d.name.text}»")
            around = conjuncts(d.applies)
            for v in (*d.conditions, *d.exceptions):
                if v.condition is not None:
                    yield Site(v.condition, (d.subject.text,), "vilkår", f"vilkåret «{v.name.text}»", around=around)
        case ast.Teller():
            if d.condition is not None:
                yield Site(d.condition, (d.subject.text if d.subject else STAY,), "vilkår", "«teller i ISF»")
        case ast.Poeng():
            if d.base is not None:
                yield Site(d.base, (d.subject.text,), "poeng", "grunnlaget")
            for t in (*d.additions, *d.deductions):
                if t.condition is not None:
                    yield Site(t.condition, (d.subject.text,), "vilkår", f"«{t.name.text}»")
                yield Site(t.expr, (d.subject.text,), "poeng", f"«{t.name.text}»", around=conjuncts(t.condition))
        case ast.Refusjon():
            about = tuple(s.text for s in d.subjects) or (STAY, SERVICE, COURSE)
            owner = f"refusjonen «{d.name.text}»"
            if d.condition is not None:
                yield Site(d.condition, about, "vilkår", owner)
            yield Site(d.expr, about, "kr", owner, around=conjuncts(d.condition))
        case _:
            return


def _gruppe(d: ast.Gruppe, ruleset: Ruleset) -> Iterator[Site]:
    hierarchy = ruleset.hierarkier.get(d.hierarchy.text)
    if hierarchy is None:
        return
    subject = (hierarchy.subject.text,)
    if d.condition is not None:
        yield Site(d.condition, subject, "vilkår", f"gruppen «{d.name.text}»")
    around = conjuncts(d.condition)
    for r in d.rules:
        if r.condition is not None:
            yield Site(r.condition, subject, "vilkår", f"regelen «{r.name.text}»", around=around)
        if r.returkode is not None:
            inside = (*around, *conjuncts(r.condition))
            yield from _returkode(r.returkode, subject[0], f"regelen «{r.name.text}»", inside)


def _returkode(
    clause: ast.ReturkodeClause | None, subject: str, owner: str, around: tuple[ast.Expr, ...]
) -> Iterator[Site]:
    if clause is not None and clause.condition is not None:
        yield Site(clause.condition, (subject,), "vilkår", f"returkoden i {owner}", around=around)
