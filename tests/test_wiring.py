"""What belongs together by name is whole: a construct, a function, a command or a code is never half added.

The type checker proves that each ``match`` over a union handles all of it, because it ends in ``assert_never``; it
can't see the grammar, the transformer, the tables and the documents. That is what stands here.
"""

from __future__ import annotations

import ast as python
import inspect
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import click
import lark
import pytest

from isfdsl import diagnostics
from isfdsl.cli.main import COMMANDS
from isfdsl.diagnostics import catalog
from isfdsl.formatter import declarations as formatter_declarations
from isfdsl.formatter import expressions as formatter_expressions
from isfdsl.interp import compile as interp
from isfdsl.program import infer_expr
from isfdsl.program.catalogue import FUNCTIONS
from isfdsl.resources import grammar_path
from isfdsl.syntax import ast
from isfdsl.syntax.build import Builder
from isfdsl.syntax.parse import DECLARATION_WORDS
from tests.strategies.programs import DECLARATIONS, EXPRESSIONS

ROOT = Path(__file__).parents[1]

HELPERS = {"all", "attributes", "block", "day", "meta", "one", "one_node", "repeated", "span", "token_span"}
"""Public methods of the builder that are no rule: what its methods share."""

EXPRESSION_CLASSES: tuple[type[Any], ...] = get_args(ast.Expr)
DECLARATION_CLASSES: tuple[type[Any], ...] = get_args(ast.AnyDeclaration)
PARTS: tuple[type[Any], ...] = (
    *EXPRESSION_CLASSES,
    *DECLARATION_CLASSES,
    *get_args(ast.Expectation),
    *get_args(ast.Assumption),
    *get_args(ast.MetaClause),
    *get_args(ast.SetItem),
    *get_args(ast.CountTestPart),
)


@pytest.fixture(scope="module")
def grammar() -> lark.Lark:
    """The grammar without the builder, so that each rule is seen as it is written."""
    return lark.Lark.open(str(grammar_path("isf.lark")), parser="lalr", keep_all_tokens=True, maybe_placeholders=False)


def rule_name(rule: Any) -> str:
    """The rule's own name."""
    return str(getattr(rule.origin.name, "value", rule.origin.name))


def callbacks(grammar: lark.Lark) -> set[str]:
    """The names that the parser calls the builder with: an alias, else the rule's name.

    Not those of rules that vanish: ``_rule`` always, ``?rule`` where it has one child.
    """
    found = set()
    for rule in grammar.rules:
        name = rule_name(rule)
        if rule.alias is not None:
            found.add(str(rule.alias))
        elif not name.startswith("_") and not (rule.options.expand1 and len(rule.expansion) == 1):
            found.add(name)
    return found


def methods() -> set[str]:
    """The public methods of the builder."""
    return {name for name, _ in inspect.getmembers(Builder, inspect.isfunction) if not name.startswith("_")}


def sources(package: str) -> str:
    """The text of every module of a package, or of one module."""
    path = ROOT / Path(*package.split("."))
    files = sorted(path.glob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    return "\n".join(file.read_text("utf-8") for file in files)


def match_over(module: ModuleType, function: str, cls: str) -> python.Match:
    """The ``match`` in a function that has a case for ``cls``."""
    tree = python.parse(inspect.getsource(module))
    for node in python.walk(tree):
        if isinstance(node, python.FunctionDef) and node.name == function:
            for part in python.walk(node):
                if isinstance(part, python.Match) and cls in handled(part):
                    return part
    raise AssertionError(f"no match over {cls} in {module.__name__}.{function}")


def handled(match: python.Match) -> set[str]:
    """The classes of ``ast`` that a ``match`` has a case for."""
    return {
        node.cls.attr
        for case in match.cases
        for node in python.walk(case.pattern)
        if isinstance(node, python.MatchClass) and isinstance(node.cls, python.Attribute)
    }


def is_exhaustive(match: python.Match) -> bool:
    """Whether the last case is ``case _: assert_never(…)``."""
    last = match.cases[-1]
    wild = isinstance(last.pattern, python.MatchAs) and last.pattern.pattern is None
    return wild and "assert_never" in python.unparse(last)


# ---------------------------------------------------------------- grammar ↔ builder ↔ tree


def test_every_rule_has_a_builder_method(grammar: lark.Lark) -> None:
    assert sorted(callbacks(grammar) - methods()) == []


def test_every_builder_method_has_a_rule(grammar: lark.Lark) -> None:
    assert sorted(methods() - HELPERS - callbacks(grammar)) == []


def test_no_helper_has_the_name_of_a_rule(grammar: lark.Lark) -> None:
    # Lark would call it for that rule.
    assert methods() >= HELPERS
    assert sorted(HELPERS & (callbacks(grammar) | {rule_name(rule) for rule in grammar.rules})) == []


def test_every_written_rule_is_used(grammar: lark.Lark) -> None:
    written = set(re.findall(r"^[?!]?([a-z_]+)\s*:", grammar_path("isf.lark").read_text("utf-8"), re.MULTILINE))
    assert sorted(written - {rule_name(rule) for rule in grammar.rules}) == []


def test_every_class_of_the_tree_is_built() -> None:
    built = set(re.findall(r"\bast\.([A-Z]\w*)\(", sources("isfdsl.syntax.build")))
    assert sorted(cls.__name__ for cls in PARTS if cls.__name__ not in built) == []


def test_every_declaration_is_in_the_union_and_every_class_in_one() -> None:
    declared = {
        cls
        for _, cls in inspect.getmembers(ast, inspect.isclass)
        if issubclass(cls, ast.Declaration) and cls is not ast.Declaration
    }
    assert declared <= set(DECLARATION_CLASSES)


def test_declaration_words_open_the_declarations(grammar: lark.Lark) -> None:
    """The words that reading goes on at after an error are those that a declaration may begin with."""
    terminals = {t.name: t.pattern for t in grammar.terminals}
    opening = {rule.expansion[0].name for rule in grammar.rules if rule_name(rule) == "_declaration"}
    assert opening, "the rule _declaration is gone"
    words = set()
    for rule in grammar.rules:
        if rule.origin.name in opening:
            pattern = terminals[rule.expansion[0].name]
            # A keyword of several words, such as poeng\s+for, is known by the first.
            words.add(re.split(r"\\s|\(", pattern.value)[0])
    assert words == set(DECLARATION_WORDS)


# ---------------------------------------------------------------- tree ↔ passes


@pytest.mark.parametrize(
    ("module", "function", "classes"),
    [
        pytest.param(interp, "_compile", EXPRESSION_CLASSES, id="compile"),
        pytest.param(infer_expr, "expr", EXPRESSION_CLASSES, id="infer"),
    ],
)
def test_every_expression_has_a_case(module: ModuleType, function: str, classes: tuple[type[Any], ...]) -> None:
    match = match_over(module, function, "And")
    assert sorted(cls.__name__ for cls in classes if cls.__name__ not in handled(match)) == []
    assert is_exhaustive(match)


def test_the_formatter_knows_every_class() -> None:
    known = sources("isfdsl.formatter")
    for classes, module in (
        (EXPRESSION_CLASSES, formatter_expressions),
        (DECLARATION_CLASSES, formatter_declarations),
    ):
        assert sorted(c.__name__ for c in classes if not re.search(rf"\bast\.{c.__name__}\b", known)) == []
        assert "assert_never" in inspect.getsource(module)


def test_there_is_a_strategy_for_every_class() -> None:
    assert set(EXPRESSIONS) == set(EXPRESSION_CLASSES)
    assert set(DECLARATIONS) == set(DECLARATION_CLASSES)
    text = sources("tests.strategies")
    assert sorted(cls.__name__ for cls in PARTS if not re.search(rf"\bast\.{cls.__name__}\b", text)) == []


# ---------------------------------------------------------------- functions, codes, commands


def test_every_function_has_a_body_and_is_described() -> None:
    assert set(FUNCTIONS) == set(interp.FUNCTIONS)
    language = (ROOT / "docs" / "language.md").read_text("utf-8")
    assert sorted(name for name in FUNCTIONS if f"{name}(" not in language) == []
    assert [name for name, function in FUNCTIONS.items() if name != function.name or not function.doc] == []


def test_every_code_has_a_page() -> None:
    assert sorted(diagnostics.load_all()) == list(catalog.codes())


def test_every_problem_is_given_somewhere() -> None:
    """A code that no module gives is a promise that is not kept."""
    files = [p for p in sorted((ROOT / "isfdsl").rglob("*.py")) if p.parent.name != "diagnostics"]
    text = "\n".join(file.read_text("utf-8") for file in files)
    unused = [code for code, cls in diagnostics.load_all().items() if not re.search(rf"\b{cls.__name__}\b", text)]
    assert unused == []


def test_every_command_has_its_module() -> None:
    names = [name for name, _, _ in COMMANDS]
    assert len(set(names)) == len(names)
    for name, module, summary in COMMANDS:
        command = import_module(module).command
        assert isinstance(command, click.Command), name
        assert command.name == name
        assert summary.endswith("."), name


def test_every_module_with_a_command_is_listed() -> None:
    listed = {module for _, module, _ in COMMANDS}
    having = {
        f"isfdsl.cli.{path.stem}"
        for path in (ROOT / "isfdsl" / "cli").glob("*.py")
        if re.search(r"^(def command\b|command = )", path.read_text("utf-8"), re.MULTILINE)
    }
    assert having == listed
