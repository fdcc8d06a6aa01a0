"""Expressions in the language's own words, on one line, with the parentheses the grammar needs."""

from __future__ import annotations

import re
from typing import assert_never

from isfdsl.explain import shown
from isfdsl.syntax import ast

_WORD = re.compile(r"[0-9A-Za-z_À-ÖØ-öø-ÿ.+*?]+")


def name(text: str) -> str:
    """A name, quoted when it could not stand alone."""
    return text if _WORD.fullmatch(text) else f"'{text}'"


def names(found: tuple[ast.Name, ...]) -> str:
    """Names with commas."""
    return ", ".join(name(n.text) for n in found)


def amount(a: ast.Amount) -> str:
    """``4 dager``, ``45 808 kr``."""
    return shown.value(a.value.scaleb(-2), "%") if a.unit == "%" else f"{shown.number(a.value)}{_unit(a.unit)}"


def _unit(unit: str) -> str:
    return f"{shown.NBSP}{unit}" if unit else ""


def codes(e: ast.SetExpr) -> str:
    """A set of codes."""
    match e:
        case ast.SetUnion(items=items):
            return ", ".join(_set_item(i) for i in items)
        case ast.SetExcept(base=base, without=without):
            return f"{codes(base)} unntatt {codes(without)}"
        case _:
            assert_never(e)


def _set_item(item: ast.SetItem) -> str:
    if isinstance(item, ast.CodeItem):
        return f"'{item.text}'" if item.quoted else item.text
    return f"({codes(item)})"


def words(e: ast.Expr) -> str:
    """The text of an expression."""
    match e:
        case ast.And(parts=parts):
            return " og ".join(_part(p) for p in parts)
        case ast.Or(parts=parts):
            return " eller ".join(_part(p) for p in parts)
        case ast.Not(operand=operand):
            return f"ikke {_predicate(operand)}"
        case ast.Cases(cases=cases, otherwise=otherwise):
            told = " ".join(f"{_part(v)} hvis {_part(c)} ellers" for v, c in cases)
            return f"{told} {_part(otherwise)}"
        case ast.Compare(left=left, op=op, right=right):
            return f"{_sum(left)} {op} {_sum(right)}"
        case ast.Between(operand=operand, low=low, high=high):
            return f"{_sum(operand)} mellom {_sum(low)} og {_sum(high)}"
        case ast.InSet(operand=operand, codes=wanted):
            return f"{_sum(operand)} i {codes(wanted)}"
        case ast.HasProperty(operand=operand, properties=properties):
            return f"{_sum(operand)} har egenskap {names(properties)}"
        case ast.Present(operand=operand):
            return f"{_sum(operand)} finnes"
        case ast.Missing(operand=operand):
            return f"{_sum(operand)} mangler"
        case ast.ValidIn(operand=operand, system=system):
            return f"{_sum(operand)} er gyldig i {name(system.text)}"
        case ast.WithinTime(left=left, limit=limit, amount=a, direction=direction, right=right):
            return f"{_sum(left)} er {limit} {amount(a)} {direction} {_sum(right)}"
        case ast.CountTest(quantity=quantity, count=count, distinct=distinct, field=field, test=test):
            return f"{quantity} {count} {'ulike ' if distinct else ''}{name(field.text)}{count_part(test)}"
        case ast.NoneTest(field=field, test=test):
            return f"ingen {name(field.text)}{count_part(test)}"
        case ast.AllTest(field=field, only=only, test=test):
            which = f" med egenskap {names(only)}" if only else ""
            return f"alle {name(field.text)}{which}{count_part(test)}"
        case ast.DistinctSources(field=field, properties=properties):
            return f"ulike {name(field.text)} har egenskap {names(properties)}"
        case ast.KravTest(krav=krav, outcome=outcome):
            return f"krav {name(krav.text)} {'gjelder' if outcome == 'gjelder' else f'er {outcome}'}"
        case ast.GroupFlag(attribute=attribute):
            return f"gruppen har {name(attribute.text)}"
        case ast.SameDay():
            return "samme dag"
        case ast.Same(operand=operand):
            return f"samme {_sum(operand)}"
        case ast.Constant(value=value):
            return "alltid" if value else "aldri"
        case ast.Sum(terms=terms):
            return _chain([(sign, _term(t)) for sign, t in terms])
        case ast.Product(factors=factors):
            return _chain([(sign, _factor(f)) for sign, f in factors])
        case ast.Negate(operand=operand):
            return f"{shown.MINUS}{_factor(operand)}"
        case ast.NumberLiteral(value=value, unit=unit):
            return f"{shown.number(value)}{_unit(unit)}"
        case ast.DateLiteral(raw=raw) | ast.DateTimeLiteral(raw=raw):
            return raw
        case ast.TextLiteral(value=text):
            doubled = text.replace('"', '""')
            return f'"{doubled}"'
        case ast.BoolLiteral(value=value):
            return "ja" if value else "nei"
        case ast.Reference(name=text):
            return name(text)
        case ast.Call(function=function, arguments=arguments):
            return f"{function}({', '.join(words(a) for a in arguments)})"
        case ast.Elapsed(unit=unit, start=start, end=end):
            return f"{unit} fra {_factor(start)} til {_factor(end)}"
        case ast.Part(part=part, operand=operand):
            return f"{part} av {_factor(operand)}"
        case ast.HdgOf(operand=operand):
            return f"HDG av {_factor(operand)}"
        case ast.PropertyLookup(slag=slag, field=field):
            return f"oppslag {name(slag.text)} av {name(field.text)}"
        case ast.CountOf(distinct=distinct, field=field, test=test):
            return f"antall {'ulike ' if distinct else ''}{name(field.text)}{count_part(test) if test else ''}"
        case _:
            assert_never(e)


def count_part(test: ast.CountTestPart) -> str:
    """The part of a test over a list that follows its field."""
    match test:
        case ast.CodesTest(codes=wanted):
            return f" i {codes(wanted)}"
        case ast.PropertyTest(properties=properties):
            return f" har egenskap {names(properties)}"
        case _:
            assert_never(test)


def window(w: ast.Window) -> str:
    """``fra 0 dager før start til 30 dager etter slutt``."""
    return f"fra {_bound(w.start)} til {_bound(w.end)}"


def _bound(b: ast.Bound) -> str:
    return f"{shown.days(b.days)} {b.direction} {b.anchor}"


def _chain(told: list[tuple[str, str]]) -> str:
    return told[0][1] + "".join(f" {_SIGN[sign]} {text}" for sign, text in told[1:])


_SIGN = {"+": "+", "-": shown.MINUS, "*": "×", "/": "/"}

_TRUTH = (ast.And, ast.Or, ast.Not, ast.Cases)
_PREDICATES = (
    ast.Compare,
    ast.Between,
    ast.InSet,
    ast.HasProperty,
    ast.Present,
    ast.Missing,
    ast.ValidIn,
    ast.WithinTime,
    ast.CountTest,
    ast.NoneTest,
    ast.AllTest,
    ast.DistinctSources,
    ast.KravTest,
    ast.GroupFlag,
    ast.SameDay,
    ast.Same,
    ast.Constant,
)


def _part(e: ast.Expr) -> str:
    """A part of ``og``, ``eller`` or ``hvis``: a chain of its own stands in parentheses."""
    return f"({words(e)})" if isinstance(e, (ast.And, ast.Or, ast.Cases)) else words(e)


def _predicate(e: ast.Expr) -> str:
    return f"({words(e)})" if isinstance(e, _TRUTH) else words(e)


def _sum(e: ast.Expr) -> str:
    return f"({words(e)})" if isinstance(e, (*_TRUTH, *_PREDICATES)) else words(e)


def _term(e: ast.Expr) -> str:
    return f"({words(e)})" if isinstance(e, (*_TRUTH, *_PREDICATES, ast.Sum)) else words(e)


def _factor(e: ast.Expr) -> str:
    return f"({words(e)})" if isinstance(e, (*_TRUTH, *_PREDICATES, ast.Sum, ast.Product)) else words(e)
