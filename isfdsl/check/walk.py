"""Walking expressions: children, all nodes, and the parts of an ``og`` chain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from isfdsl.syntax import ast

PAIR_PREFIXES = ("neste.", "forrige.")


def children(e: ast.Expr) -> tuple[ast.Expr, ...]:
    """The expressions directly inside one."""
    match e:
        case ast.Reference() | ast.NumberLiteral() | ast.BoolLiteral() | ast.Constant() | ast.TextLiteral():
            return ()
        case ast.DateLiteral() | ast.DateTimeLiteral() | ast.SameDay() | ast.KravTest() | ast.GroupFlag():
            return ()
        case ast.CountTest() | ast.NoneTest() | ast.AllTest() | ast.DistinctSources() | ast.CountOf():
            return ()
        case ast.PropertyLookup():
            return ()
        case ast.And(parts=parts) | ast.Or(parts=parts):
            return parts
        case ast.Compare(left=left, right=right) | ast.WithinTime(left=left, right=right):
            return (left, right)
        case ast.Not(operand=operand) | ast.InSet(operand=operand) | ast.HasProperty(operand=operand):
            return (operand,)
        case ast.Present(operand=operand) | ast.Missing(operand=operand) | ast.ValidIn(operand=operand):
            return (operand,)
        case ast.Same(operand=operand) | ast.Negate(operand=operand):
            return (operand,)
        case ast.Part(operand=operand) | ast.HdgOf(operand=operand):
            return (operand,)
        case ast.Between(operand=operand, low=low, high=high):
            return (operand, low, high)
        case ast.Cases(cases=cases, otherwise=otherwise):
            return (*(x for pair in cases for x in pair), otherwise)
        case ast.Sum(terms=terms):
            return tuple(t for _, t in terms)
        case ast.Product(factors=factors):
            return tuple(f for _, f in factors)
        case ast.Call(arguments=arguments):
            return arguments
        case ast.Elapsed(start=start, end=end):
            return (start, end)
        case _:
            assert_never(e)


def nodes(e: ast.Expr) -> Iterator[ast.Expr]:
    """The expression and everything inside it, in reading order."""
    yield e
    for child in children(e):
        yield from nodes(child)


def conjuncts(e: ast.Expr | None) -> tuple[ast.Expr, ...]:
    """What must all hold: the parts of an ``og`` chain, nested chains taken apart; nothing for ``None``."""
    if e is None:
        return ()
    if not isinstance(e, ast.And):
        return (e,)
    out: list[ast.Expr] = []
    for part in e.parts:
        out.extend(conjuncts(part))
    return tuple(out)


def plain_name(name: str) -> str:
    """A name without ``neste.`` or ``forrige.``."""
    for prefix in PAIR_PREFIXES:
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


def code_items(e: ast.SetExpr) -> Iterator[ast.CodeItem]:
    """Every written code or list of a set."""
    match e:
        case ast.SetExcept(base=base, without=without):
            yield from code_items(base)
            yield from code_items(without)
        case ast.SetUnion(items=items):
            for item in items:
                if isinstance(item, ast.CodeItem):
                    yield item
                else:
                    yield from code_items(item)
        case _:
            assert_never(e)


def tested(e: ast.Expr) -> tuple[ast.Name, ...]:
    """The properties that an expression itself (not its children) asks for."""
    match e:
        case ast.HasProperty(properties=properties) | ast.DistinctSources(properties=properties):
            return properties
        case ast.AllTest(only=only, test=ast.PropertyTest(properties=properties)):
            return (*only, *properties)
        case ast.AllTest(only=only):
            return only
        case (
            ast.CountTest(test=ast.PropertyTest(properties=properties))
            | ast.NoneTest(test=ast.PropertyTest(properties=properties))
            | ast.CountOf(test=ast.PropertyTest(properties=properties))
        ):
            return properties
        case _:
            return ()


def field_of(e: ast.Expr) -> ast.Name | None:
    """The field that a test over a list, or a lookup, names."""
    match e:
        case (
            ast.CountTest(field=name)
            | ast.NoneTest(field=name)
            | ast.AllTest(field=name)
            | ast.DistinctSources(field=name)
            | ast.CountOf(field=name)
            | ast.PropertyLookup(field=name)
        ):
            return name
        case _:
            return None
