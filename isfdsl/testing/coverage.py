"""What an example exercises: the rules that decided, the groups, the conditions that were put to the test."""

from __future__ import annotations

from collections.abc import Iterator

from isfdsl.interp.results import Result
from isfdsl.program.ruleset import Ruleset
from isfdsl.syntax import ast

Label = tuple[str, str]
"""(kind, name), such as ``("regel", "209E_1")`` or ``("vilkår", "telefonkonsultasjon/egenandel")``."""


def exercised(result: Result) -> set[Label]:
    """Everything a run put to use.

    A condition of a requirement is exercised when it was tested, and again as ``… brutt`` when it failed.
    """
    out: set[Label] = set()
    for stay in result.stays:
        if stay.rule_id is not None:
            out.add(("regel", stay.rule_id))
        if stay.drg is not None:
            out.add(("DRG", stay.drg))
        if stay.points is not None:
            out |= {(line.kind, line.name) for line in stay.points.lines if line.tillegg is not None}
        if stay.money is not None and stay.money.rule is not None:
            out.add(("refusjon", stay.money.rule.name.text))
        out.add(("opphold", "flere" if len(stay.records) > 1 else "ett"))
        out.add(("teller i ISF", "ja" if stay.counts is not False else "nei"))
    for service in result.services:
        out.add(("STG", service.stg))
        out.add(("STG", f"{service.stg} {'med' if service.financed else 'uten'} finansiering"))
    for course in result.courses:
        out.add(("TFG", course.tfg))
        for m in course.members:
            if m.line is not None and m.role == "medlem":
                out.add(("TFG", f"{course.tfg} {m.line.kind} {m.group}"))
    for k in result.krav:
        if k.outcome == "gjelder_ikke":
            continue
        out.add(("krav", k.krav))
        for o in k.conditions:
            name = f"{k.krav}/{o.condition.name.text}"
            out.add(("unntak" if o.exception else "vilkår", name))
            if o.condition.name.text in k.broken:
                out.add(("unntak" if o.exception else "vilkår", f"{name} brutt"))
    return out


def can_occur(ruleset: Ruleset, group: ast.Drg | ast.Stg | ast.Tfg) -> bool:
    """Whether anything in the regelverk can give the group."""
    match group:
        case ast.Drg():
            return any(r.target.text == group.name.text for g in ruleset.of(ast.Gruppe) for r in g.rules)
        case ast.Stg(triggers=triggers, condition=condition):
            return bool(triggers) and not (isinstance(condition, ast.Constant) and not condition.value)
        case ast.Tfg(triggers=opened, members=members, rest=rest):
            return bool(opened or members) or rest


def owed(ruleset: Ruleset) -> Iterator[tuple[Label, ast.Node]]:
    """What an example is owed for: every rule, group, machine-checked condition and addition."""
    for gruppe in ruleset.of(ast.Gruppe):
        for regel in gruppe.rules:
            yield ("regel", regel.name.text), regel
    # A group whose triggers no source gives can't be exercised: it stands among the gaps instead.
    for stg in ruleset.of(ast.Stg):
        if can_occur(ruleset, stg):
            yield ("STG", stg.name.text), stg
    for tfg in ruleset.of(ast.Tfg):
        if can_occur(ruleset, tfg):
            yield ("TFG", tfg.name.text), tfg
    for krav in ruleset.of(ast.Krav):
        yield ("krav", krav.name.text), krav
        for v in krav.conditions:
            if v.condition is not None:
                yield ("vilkår", f"{krav.name.text}/{v.name.text} brutt"), v
        for v in krav.exceptions:
            if v.condition is not None:
                yield ("unntak", f"{krav.name.text}/{v.name.text} brutt"), v
    for poeng in ruleset.of(ast.Poeng):
        for t in poeng.additions:
            yield ("tillegg", t.name.text), t
        for t in poeng.deductions:
            yield ("fradrag", t.name.text), t
