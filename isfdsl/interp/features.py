"""The codes of a record, occurrence by occurrence, with the properties each carries for this very record."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from isfdsl.interp.context import Ctx
from isfdsl.interp.machine import Machine
from isfdsl.program.codes import PropertyIndex
from isfdsl.program.scope import FieldSymbol, SamlingSymbol
from isfdsl.program.types import CodeType, ListType, Type
from isfdsl.source import Span
from isfdsl.syntax import ast

Values = Callable[[Ctx], tuple[Any, ...]]
Occurrences = Callable[[Ctx], tuple[frozenset[str], ...]]
_NOWHERE = Span("", 0, 0)


F = TypeVar("F", bound=Callable[..., Any])


def _once(make: F) -> F:
    """Made once per machine, subject and name: a national table asks for the same few fields thousands of times."""

    @wraps(make)
    def kept(machine: Machine, subject: str | None, name: str) -> Any:
        key = (make.__name__, subject, name)
        if key not in machine.features:
            machine.features[key] = make(machine, subject, name)
        return machine.features[key]

    return cast("F", kept)


@_once
def systems_of(machine: Machine, subject: str | None, name: str) -> frozenset[str]:
    """The code systems of a field, a begrep or a samling."""
    symbol = machine.scopes.lookup(subject, name)
    found = code_type(machine.inference.symbol_type(symbol, subject)) if symbol is not None else None
    return frozenset(found.systems) if found is not None else frozenset()


def code_type(found: Type | None) -> CodeType | None:
    """The type of the codes of a value, be it one or a list; ``None`` when it isn't codes."""
    if isinstance(found, ListType):
        found = found.item
    return found if isinstance(found, CodeType) else None


@_once
def values_of(machine: Machine, subject: str | None, name: str) -> Values:
    """The values of a field or samling as a tuple: a list's values, a present single value, or nothing."""
    symbol = machine.scopes.lookup(subject, name)
    if isinstance(symbol, SamlingSymbol):
        owner = symbol.samling.subject.text
        parts = [values_of(machine, owner, f.text) for f in symbol.samling.fields]
        return lambda ctx: tuple(v for part in parts for v in part(ctx))
    if isinstance(symbol, FieldSymbol):
        return lambda ctx: as_tuple(ctx.values.get(name), symbol.field.type.kind == "kodepar")
    closure = machine.value(ast.Reference(name=name, span=_NOWHERE), subject)
    found = code_type(machine.inference.symbol_type(symbol, subject)) if symbol is not None else None
    pair = found is not None and found.pair
    return lambda ctx: as_tuple(closure(ctx), pair)


def as_tuple(value: Any, pair: bool) -> tuple[Any, ...]:
    """A value of a field as occurrences. A single pair is one occurrence, not two."""
    if value is None:
        return ()
    if isinstance(value, tuple):
        if pair and value and len(value) == 2 and isinstance(value[0], str) and not isinstance(value[1], tuple):
            return (value,)
        return value
    return (value,)


@_once
def occurrences_of(machine: Machine, subject: str | None, name: str) -> Occurrences:
    """The properties of each occurrence in a field or samling, recoded for the record; kept per record."""
    symbol = machine.scopes.lookup(subject, name)
    key = ("occ", subject, name)
    if isinstance(symbol, SamlingSymbol):
        owner = symbol.samling.subject.text
        parts = [occurrences_of(machine, owner, f.text) for f in symbol.samling.fields]

        def joined(ctx: Ctx) -> tuple[frozenset[str], ...]:
            found = None if ctx.busy else ctx.memo.get(key)
            if found is None:
                found = ctx.remember(key, tuple(o for part in parts for o in part(ctx)))
            return found  # type: ignore[no-any-return]

        return joined
    values = values_of(machine, subject, name)
    index = machine.property_index(systems_of(machine, subject, name))

    def single(ctx: Ctx) -> tuple[frozenset[str], ...]:
        found = None if ctx.busy else ctx.memo.get(key)
        if found is None:
            found = ctx.remember(key, tuple(recoded(machine, ctx, index.of(v)) for v in values(ctx)))
        return found  # type: ignore[no-any-return]

    return single


@_once
def properties_of(machine: Machine, subject: str | None, name: str) -> Callable[[Ctx], frozenset[str]]:
    """The properties of all occurrences together; kept per record."""
    occurrences = occurrences_of(machine, subject, name)
    key = ("props", subject, name)

    def union(ctx: Ctx) -> frozenset[str]:
        found = None if ctx.busy else ctx.memo.get(key)
        if found is None:
            found = ctx.remember(key, frozenset().union(*occurrences(ctx)))
        return found  # type: ignore[no-any-return]

    return union


def recoded(machine: Machine, ctx: Ctx, properties: frozenset[str]) -> frozenset[str]:
    """Properties after ``regnes som``: the first rule of a property whose condition holds names what it counts as."""
    recodings = machine.recodings
    if not recodings or properties.isdisjoint(recodings):
        return properties
    return frozenset(_counts_as(machine, ctx, p) for p in properties)


def _counts_as(machine: Machine, ctx: Ctx, name: str) -> str:
    rules = machine.recodings.get(name)
    if rules is None or name in ctx.busy:
        return name  # a condition that asks for the very property sees it as it is written
    key = ("regnes som", name)
    found: str | None = None if ctx.busy else ctx.memo.get(key)
    if found is None:
        ctx.busy.add(name)
        try:
            holding = (target for target, condition in rules if machine.condition(condition, ctx.subject)(ctx))
            found = next(holding, name)
        finally:
            ctx.busy.discard(name)
        ctx.remember(key, found)
    return found


def lookup(machine: Machine, subject: str | None, slag: str, field: str) -> Callable[[Ctx], str | None]:
    """The one property of a kind that the (first) value of a field has, in the order the kind states."""
    decl = machine.ruleset.slag[slag]
    values = values_of(machine, subject, field)
    index = machine.property_index(systems_of(machine, subject, field))
    members = machine.slag_members[slag]
    order = {name: i for i, name in enumerate(machine.ruleset.egenskaper)}
    key = ("slag", subject, slag, field)

    def find(ctx: Ctx) -> str | None:
        if key in ctx.memo and not ctx.busy:
            kept: str | None = ctx.memo[key]
            return kept
        found = _first(ctx, index, members, order, decl.lookup, values(ctx))
        if found is not None:
            found = _counts_as(machine, ctx, found)
        ctx.remember(key, found)
        return found

    return find


def _first(
    ctx: Ctx,
    index: PropertyIndex,
    members: frozenset[str],
    order: dict[str, int],
    ways: tuple[str, ...],
    values: tuple[Any, ...],
) -> str | None:
    if not values:
        return None
    first, second = (values[0], None) if isinstance(values[0], str) else values[0]
    for way in ways:
        if way == "par":
            found = index.pairs.get((first, second), frozenset()) if second is not None else frozenset()
        elif way == "andre":
            found = index.single(second) if second is not None else frozenset()
        else:
            found = index.single(first)
        own = found & members
        if own:
            return min(own, key=order.__getitem__)
    return None
