"""A formula with its names replaced by values: «liggetid − trimpunkt = 6 − 4 = 2; 2 × 0,100 = 0,200»."""

from __future__ import annotations

from isfdsl.explain import shown
from isfdsl.explain.document import Step

_SIGN = {"+": "+", "-": shown.MINUS, "*": "×", "/": "/"}
_CHAINS = ("sum", "produkt")


def calculation(step: Step) -> tuple[str, ...]:
    """The lines of a calculation: inner parts first, then the whole; what a begrep stands for comes last."""
    told = [*_lines(step)]
    for name in _begreper(step):
        told += _definition(name)
    return tuple(dict.fromkeys(told))


def _lines(step: Step) -> list[str]:
    if step.form not in _CHAINS:
        return _single(step)
    inner = [p for p in step.parts if p.form in _CHAINS]
    out = [line for p in inner for line in _lines(p)]
    values = _chain(step, [_value(p) for p in step.parts])
    result = step.shown
    if not inner and any(p.form != "tall" for p in step.parts):
        return [f"{step.text} = {values} = {result}"]
    return [*out, f"{values} = {result}"]


def _single(step: Step) -> list[str]:
    if step.form == "valg":
        chosen = choice(step)
        if chosen is not None:
            value, reason = chosen
            return [f"{step.text}: {reason} ⇒ {value.shown}"]
    if step.form == "tall":
        return [step.shown]
    if step.parts and step.form != "begrep":
        values = ", ".join(f"{p.text} = {p.shown}" for p in step.parts if p.form != "tall")
        return [f"{step.text} = {step.shown}" + (f" ({values})" if values else "")]
    return [f"{step.text} = {step.shown}"]


def choice(step: Step) -> tuple[Step, str] | None:
    """The value a choice took, and why."""
    pairs = list(zip(step.parts[:-1:2], step.parts[1:-1:2], strict=True))
    for value, condition in pairs:
        if condition.value is True:
            return value, f"«{condition.text}» holder"
    if not step.seen:
        return None
    return step.parts[-1], "ellers"


def _chain(step: Step, values: list[str]) -> str:
    first, *rest = values
    return first + "".join(f" {_SIGN[sign]} {v}" for sign, v in zip(step.operators[1:], rest, strict=True))


def _value(part: Step) -> str:
    """A part as it stands in a calculation; a negative number in parentheses."""
    text = part.shown
    return f"({text})" if text.startswith(shown.MINUS) else text


def _begreper(step: Step) -> list[Step]:
    """The begreper a formula rests on, in order."""
    out: list[Step] = []
    for part in step.parts:
        if part.form == "begrep" and part.parts:
            out.append(part)
        elif part.form in (*_CHAINS, "funksjon", "negativ", "valg"):
            out += _begreper(part)
    if step.form == "begrep" and step.parts:
        out.append(step)
    return out


def _definition(name: Step) -> list[str]:
    inner = name.parts[0]
    told = _lines(inner)
    if inner.form in _CHAINS or inner.form == "valg":
        return [f"{name.text}: {line}" for line in told] + [
            line for deeper in _begreper(inner) for line in _definition(deeper)
        ]
    out = [f"{name.text} = {line}" for line in told]
    for deeper in _begreper(inner):
        out += _definition(deeper)
    return out
