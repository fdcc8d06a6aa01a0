"""What decided a condition, how far it is from the other answer, and the shortest way there."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from isfdsl.explain import shown
from isfdsl.explain.document import Step
from isfdsl.program.codes import is_pattern
from isfdsl.program.ruleset import Ruleset
from isfdsl.values import Number, add, negative

_WRAPPERS = ("begrep",)


def culprits(step: Step) -> tuple[Step, ...]:
    """The leaves that made a condition what it is: those a true one rests on, those of a false one that failed."""
    if step.form in _WRAPPERS and step.parts and is_truth(step.parts[0]):
        return culprits(step.parts[0])
    if step.form == "ikke":
        return culprits(step.parts[0])
    if step.form == "og":
        if step.value is True:
            return tuple(c for p in step.parts for c in culprits(p))
        return tuple(c for p in step.parts if p.value is not True for c in culprits(p))
    if step.form == "eller":
        if step.value is True:
            return culprits(next(p for p in step.parts if p.value is True))
        return tuple(c for p in step.parts for c in culprits(p))
    return (step,)


def is_truth(step: Step) -> bool:
    """Whether a step is a condition with conditions or a test in it, not a value."""
    return step.form in _TRUTHS or (step.form in _WRAPPERS and bool(step.parts) and is_truth(step.parts[0]))


_TRUTHS = frozenset(
    {
        "og",
        "eller",
        "ikke",
        "sammenligning",
        "mellom",
        "i",
        "har_egenskap",
        "finnes",
        "mangler",
        "gyldig",
        "innen",
        "antallstest",
        "ingen",
        "alle",
        "ulike",
        "krav",
        "gruppeflagg",
        "samme_dag",
        "samme",
        "parvilkar",
        "fast",
    }
)


def distance(step: Step, wanted: bool = True) -> int:
    """How many leaves must change for a condition to become ``wanted``."""
    if (step.value is True) is wanted:
        return 0
    if step.form in _WRAPPERS and step.parts and is_truth(step.parts[0]):
        return distance(step.parts[0], wanted)
    if step.form == "ikke":
        return distance(step.parts[0], not wanted)
    if step.form in ("og", "eller") and step.parts:
        each = [distance(p, wanted) for p in step.parts]
        return sum(each) if (step.form == "og") is wanted else min(each)
    return len(missing(step, wanted))


def missing(step: Step, wanted: bool = True) -> tuple[tuple[Step, bool], ...]:
    """The leaves to change, each with what it must become, on the shortest way to ``wanted``."""
    if (step.value is True) is wanted:
        return ()
    if step.form in _WRAPPERS and step.parts and is_truth(step.parts[0]):
        return missing(step.parts[0], wanted)
    if step.form == "ikke":
        return missing(step.parts[0], not wanted)
    if step.form in ("og", "eller") and step.parts:
        if (step.form == "og") is wanted:
            return tuple(m for p in step.parts for m in missing(p, wanted))
        return missing(min(step.parts, key=lambda p: distance(p, wanted)), wanted)
    if step.form == "krav" and wanted and step.operators[0] == "oppfylt" and len(step.parts) == len(step.misses):
        # All conditions that broke it must hold, and all exceptions that did must not.
        return tuple(
            m for p, kind in zip(step.parts, step.operators[2:], strict=True) for m in missing(p, kind == "vilkår")
        )
    return ((step, wanted),)


# ------------------------------------------------------------------ hints


def hint(ruleset: Ruleset, step: Step, wanted: bool = True) -> str:
    """What would change one leaf, in a sentence without a full stop."""
    match step.form:
        case "sammenligning":
            return _compare_hint(step, wanted)
        case "i" | "har_egenskap":
            field = step.parts[0].text if step.parts else ""
            if not wanted:
                return f"fjern {', '.join(step.hits)} fra {field}"
            example = _example(ruleset, step)
            told = f", for eksempel {example}" if example is not None else ""
            if step.parts and step.parts[0].form == "begrep":
                return f"{field} må bli en av kodene i «{step.text}»{told}"
            return f"{field} trenger en slik kode{told}"
        case "antallstest" | "ingen" | "alle" | "ulike":
            field = step.parts[0].text if step.parts else ""
            return f"endre kodene i {field} slik at «{step.text}» {'holder' if wanted else 'ikke holder'}"
        case "finnes":
            return f"fyll ut {step.parts[0].text}" if wanted else f"la {step.parts[0].text} stå tom"
        case "mangler":
            return f"la {step.parts[0].text} stå tom" if wanted else f"fyll ut {step.parts[0].text}"
        case _:
            return f"«{step.text}» må {'holde' if wanted else 'ikke holde'}"


def _example(ruleset: Ruleset, step: Step) -> str | None:
    """A code that would do."""
    for name in step.operators:
        if step.form == "har_egenskap":
            listed = [c for d in ruleset.egenskaper.get(name, ()) for c in d.codes.codes]
        elif name in ruleset.kodelister:
            listed = list(ruleset.kodelister[name].codes.codes)
        else:
            listed = [name]
        if listed:
            return f"en kode i {listed[0]}" if is_pattern(listed[0]) else listed[0]
    return None


_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRROR = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
_WORDS = {"<": "under", ">": "over", "<=": "høyst", ">=": "minst", "=": "nøyaktig", "!=": "noe annet enn"}


def _compare_hint(step: Step, wanted: bool) -> str:
    left, right = step.parts
    op = step.operators[0] if wanted else _OPPOSITE[step.operators[0]]
    if left.form == "tall":  # «4 < liggetid» is about liggetid
        left, right, op = right, left, _MIRROR[op]
    if left.value is None:
        return f"fyll ut det {left.text} regnes av" if left.form == "begrep" else f"fyll ut {left.text}"
    if right.value is None:
        return f"{right.text} mangler"
    told = f"{left.text} må være {_WORDS[op]} {right.shown}, og er {left.shown}"
    gap = _gap(left.value, right.value, op)
    if gap is not None:
        unit = left.unit or right.unit
        told += f": {shown.value(abs(gap), unit)} for {'lite' if gap > 0 else 'mye'}"
    return told


def _gap(left: object, right: object, op: str) -> Number | None:
    """How much must be added to ``left``; for whole numbers and strict limits the whole next one."""
    if not _is_number(left) or not _is_number(right) or op == "!=":
        return None
    assert isinstance(left, (int, Decimal, Fraction)) and isinstance(right, (int, Decimal, Fraction))
    difference = add(right, negative(left))
    whole = left == int(left) and right == int(right)
    if op == "<" and whole:
        return add(difference, -1)
    if op == ">" and whole:
        return add(difference, 1)
    return difference if difference != 0 else None


def _is_number(value: object) -> bool:
    return isinstance(value, (int, Decimal, Fraction)) and not isinstance(value, bool)
