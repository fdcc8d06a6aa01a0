"""What its citations say of a rule's year: confirmed, carried over in silence, or first named by a later source."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from isfdsl.program.ruleset import Ruleset
from isfdsl.syntax import ast


@frozen
class Standing:
    """``carried_from``: the last year before the regelverk's that a source confirms; none confirms the year itself.

    ``first_named``: the first year a source names, where all of them speak of later years.
    """

    carried_from: int | None = None
    first_named: int | None = None


def standing(ruleset: Ruleset, refs: Iterable[str], meta: Iterable[ast.MetaClause] = ()) -> Standing:
    """How a rule with these citations stands in the year of the regelverk. ``videreført`` overrides the citations."""
    for clause in meta:
        if isinstance(clause, ast.Videreforing):
            return Standing(carried_from=clause.year)
    if ruleset.head is None:
        return Standing()
    year = ruleset.head.year
    passages = (ruleset.passasjer.get(ref) for ref in refs)
    years = {y for p in passages if p is not None for y in p.years}
    if not years or year in years:
        return Standing()
    past = [y for y in years if y < year]
    return Standing(carried_from=max(past)) if past else Standing(first_named=min(years))


def speaks_of(passage: ast.Passasje, ruleset: Ruleset) -> bool:
    """Whether a passage is about the year of the regelverk; one that names no year is about every year."""
    return not passage.years or ruleset.head is None or ruleset.head.year in passage.years
