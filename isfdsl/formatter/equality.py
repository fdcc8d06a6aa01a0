"""Whether two trees mean the same: equal but for what the layout is free to choose."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, cast

import attrs

from isfdsl.formatter.clauses import meta_rank
from isfdsl.formatter.groups import attribute_rank
from isfdsl.formatter.names import raw_number, raw_value
from isfdsl.syntax import ast

# What may stand in any order between kinds: it is written in canonical order.
_FREE_ORDER: dict[str, Callable[[Any], int]] = {"meta": meta_rank, "attributes": attribute_rank}


@cache
def _fields(cls: Hashable) -> tuple[str, ...]:
    return tuple(a.name for a in attrs.fields(cast(Any, cls)) if a.eq)


def same(a: Any, b: Any) -> bool:
    """Equal, save the order of meta clauses and of attributes, and the spaces in numbers."""
    if type(a) is not type(b):
        return False
    if isinstance(a, tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, ast.CodeBlock):
        return bool(a == b)
    if isinstance(a, ast.NumberLiteral):
        return (a.value, a.unit, raw_number(a)) == (b.value, b.unit, raw_number(b))
    if isinstance(a, ast.ItemValue):
        return a.quoted == b.quoted and raw_value(a) == raw_value(b)
    if not attrs.has(type(a)):
        return bool(a == b)
    for name in _fields(cast(Hashable, type(a))):
        left, right = getattr(a, name), getattr(b, name)
        order = _FREE_ORDER.get(name)
        if order is not None:
            left, right = tuple(sorted(left, key=order)), tuple(sorted(right, key=order))
        if not same(left, right):
            return False
    return True
