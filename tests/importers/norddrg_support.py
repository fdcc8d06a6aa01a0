"""Grouping with the text of an import: the reference engine over cases of the oracle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from isfdsl.diagnostics.base import Problem
from isfdsl.importers.norddrg import Tables
from isfdsl.importers.norddrg.emit import emit
from isfdsl.importers.report import Recorder
from isfdsl.interp.engine import Engine
from isfdsl.program.load import Loaded, Workspace, load
from tests.oracle.norddrg_oracle import Answer, Case

MINI = Path(__file__).resolve().parents[1] / "data" / "norddrg-mini"


def values(case: Case) -> dict[str, Any]:
    """A case as the values of the record that the imported text declares."""
    pairs = [(c1, c2 or None) if c1 else (c2, None) for c1, c2 in case.diagnoses]
    return {
        "kasus_id": "x",
        "kjønn": case.sex or None,
        "alder_dager": case.age,
        "utskriving": case.discharge or None,
        "liggetid": case.stay,
        "hovedtilstand": pairs[0] if pairs[0][0] else None,
        "bitilstander": tuple(pairs[1:]),
        "prosedyrer": case.procedures,
    }


class Grouper:
    """The text of an import, loaded without a problem, as a grouper."""

    def __init__(self, loaded: Loaded) -> None:
        assert loaded.problems == (), [problem.message() for problem in loaded.problems]
        self.engine = Engine(loaded.ruleset)

    def group(self, case: Case) -> Answer:
        """Group, rule and return code."""
        context = self.engine.context("opphold", values(case), "x", None)
        decision = context.machine.drg_hierarchy.decide(context)
        rule = decision.located.rule.name.text if decision.located is not None else None
        return Answer(decision.target, rule, decision.returkode)

    def level(self, case: Case) -> int:
        """The complication level."""
        context = self.engine.context("opphold", values(case), "x", None)
        (decl,) = [d for d in self.engine.ruleset.declarations if type(d).__name__ == "Nivaa"]
        return int(context.machine.level(decl).value(context))


def grouper_of(tables: Tables) -> Grouper:
    """A grouper from tables, by way of the text."""
    return Grouper(loaded_of(tables))


def loaded_of(tables: Tables) -> Loaded:
    """The text of tables, loaded."""
    return Workspace().load_texts(emit(tables, Recorder()).items())


def grouper_at(folder: Path) -> Grouper:
    """A grouper from an imported folder."""
    return Grouper(load(str(folder)))


def type_problems(loaded: Loaded) -> list[Problem]:
    """What type inference says about every condition, level and concept."""
    from isfdsl.program.infer import Inference
    from isfdsl.program.scope import Scopes
    from isfdsl.syntax import ast

    rules = loaded.ruleset
    inference = Inference(rules, Scopes(rules))
    for hierarchy in rules.hierarkier.values():
        for located in rules.rules(hierarchy):
            if located.rule.condition is not None:
                inference.condition(located.rule.condition, hierarchy.subject.text)
            clause = located.rule.returkode
            if clause is not None and clause.condition is not None:
                inference.condition(clause.condition, hierarchy.subject.text)
    for level in rules.of(ast.Nivaa):
        for category in level.categories:
            for expr in (category.condition, *category.exceptions):
                if expr is not None:
                    inference.condition(expr, level.subject.text)
    for concept in rules.of(ast.Begrep):
        inference.infer(concept.expr, concept.subject.text if concept.subject is not None else None)
    for prop in rules.of(ast.Egenskap):
        for recode in prop.regnes_som:
            inference.condition(recode.condition, "kasus")
            inference.properties((recode.target,))
    return inference.problems
