"""Types and units. Units are checked before anything runs: ``poeng + kr`` is an error, never a wrong sum."""

from __future__ import annotations

from attrs import frozen

from isfdsl.syntax.ast import Unit

TIME_UNITS: frozenset[Unit] = frozenset({"dager", "timer", "minutter", "år", "måneder"})


@frozen
class NumberType:
    """An exact number; ``unit`` is empty for a plain one."""

    unit: Unit = ""


@frozen
class BoolType:
    """Yes or no."""


@frozen
class TextType:
    """Free text: can be compared for equality, nothing else."""


@frozen
class DateType:
    """A calendar day."""


@frozen
class MomentType:
    """A day and a time of day, without time zone."""


@frozen
class CodeType:
    """A code of one of the systems; ``pair`` for dagger/asterisk pairs."""

    systems: tuple[str, ...]
    pair: bool = False


@frozen
class ListType:
    """Several codes or texts, in the order of the record."""

    item: CodeType | TextType


Type = NumberType | BoolType | TextType | DateType | MomentType | CodeType | ListType


def describe(t: Type) -> str:
    """The type in the words an author uses."""
    match t:
        case NumberType(unit):
            return f"tall i {unit}" if unit else "tall uten enhet"
        case BoolType():
            return "ja/nei"
        case TextType():
            return "tekst"
        case DateType():
            return "dato"
        case MomentType():
            return "tidspunkt"
        case CodeType(systems, pair):
            what = "kodepar" if pair else "kode"
            return f"{what} ({', '.join(systems)})" if systems else what
        case ListType(item):
            return f"liste av {describe(item)}"


def add_units(left: Unit, right: Unit) -> Unit | None:
    """The unit of a sum or difference, ``None`` when the two don't go together."""
    return left if left == right else None


def multiply_units(left: Unit, right: Unit) -> Unit | None:
    """The unit of a product. Plain numbers and per cent scale; poeng × kr is kr (a price per point); time × poeng is
    poeng and time × kr is kr (a weight or a price per day)."""
    if left in ("", "%"):
        return right if right != "%" or left == "%" else ""
    if right in ("", "%"):
        return left
    pair = {left, right}
    if pair == {"poeng", "kr"}:
        return "kr"
    if len(pair) == 2 and pair & TIME_UNITS:
        if "poeng" in pair:
            return "poeng"
        if "kr" in pair:
            return "kr"
    return None


def divide_units(left: Unit, right: Unit) -> Unit | None:
    """The unit of a quotient: like by like is plain, and a product can be undone."""
    if left == right:
        return ""
    if right in ("", "%"):
        return left
    if left == "kr" and right == "poeng":
        return "kr"
    if right in TIME_UNITS and left in ("poeng", "kr"):
        return left
    return None


def comparable(left: Type, right: Type) -> bool:
    """Whether two values may stand on the two sides of a comparison."""
    if isinstance(left, NumberType) and isinstance(right, NumberType):
        plain_time = (left.unit in TIME_UNITS and right.unit == "") or (right.unit in TIME_UNITS and left.unit == "")
        return left.unit == right.unit or plain_time
    if isinstance(left, (DateType, MomentType)) and isinstance(right, (DateType, MomentType)):
        return True
    return type(left) is type(right) and isinstance(left, (BoolType, TextType))
