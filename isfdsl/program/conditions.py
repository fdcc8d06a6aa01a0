"""Conditions taken apart: what must all hold, and which record of a pair a part speaks of."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from isfdsl.syntax import ast


def conjuncts(e: ast.Expr | None) -> list[ast.Expr]:
    """The parts that must all hold."""
    if e is None:
        return []
    if isinstance(e, ast.And):
        return [c for p in e.parts for c in conjuncts(p)]
    return [e]


_PREFIXES = ("neste.", "forrige.")


def names_in(e: Any) -> list[str]:
    """Every name in an expression that may be a field's."""
    match e:
        case ast.Reference(name=name) | ast.Name(text=name):
            return [name]
        case ast.SetUnion() | ast.SetExcept():
            return []
        case tuple():
            return [n for x in e for n in names_in(x)]
        case ast.Node():
            own = [a.name for a in type(e).__attrs_attrs__ if a.name not in ("properties", "only", "system", "slag")]
            return [n for attribute in own for n in names_in(getattr(e, attribute))]
        case _:
            return []


def bare(e: Any) -> Any:
    """The expression without ``neste.`` and ``forrige.``."""
    match e:
        case ast.Reference(name=name) if name.startswith(_PREFIXES):
            return evolve(e, name=name.partition(".")[2])
        case ast.Name(text=text) if text.startswith(_PREFIXES):
            return evolve(e, text=text.partition(".")[2])
        case tuple():
            return tuple(bare(x) for x in e)
        case ast.Node():
            parts = {a.name: getattr(e, a.name) for a in type(e).__attrs_attrs__ if a.init}
            return evolve(e, **{name: bare(x) for name, x in parts.items() if isinstance(x, (tuple, ast.Node))})
        case _:
            return e


def speaks_of_pair(e: Any) -> bool:
    """Whether it says of which record of a pair it speaks."""
    return any(name.startswith(_PREFIXES) for name in names_in(e))
