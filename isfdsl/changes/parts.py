"""How each kind of declaration is taken apart: its key, its parts, and its lines with the key of each line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import fields, frozen

from isfdsl.changes.edits import Key
from isfdsl.changes.rates import joined
from isfdsl.syntax import ast

KIND_NAMES: dict[type, str] = {
    ast.Regelverk: "regelverk",
    ast.Sats: "sats",
    ast.Rapportering: "rapportering",
    ast.Passasje: "passasje",
    ast.Utgaatt: "utgått",
    ast.Kodeverk: "kodeverk",
    ast.Post: "post",
    ast.Begrep: "begrep",
    ast.Samling: "samling",
    ast.Kodeliste: "kodeliste",
    ast.Slag: "slag",
    ast.Egenskap: "egenskap",
    ast.Opphold: "opphold",
    ast.Drg: "DRG",
    ast.Stg: "STG",
    ast.Tfg: "TFG",
    ast.StgOrder: "rekkefølge STG",
    ast.TfgOrder: "rekkefølge TFG",
    ast.Hierarki: "hierarki",
    ast.Gruppe: "gruppe",
    ast.Nivaa: "nivå",
    ast.Krav: "krav",
    ast.Teller: "teller i ISF",
    ast.Poeng: "poeng",
    ast.Refusjon: "refusjon",
    ast.Eksempel: "eksempel",
    ast.Antakelse: "antakelse",
}
GROUPS = (ast.Drg, ast.Stg, ast.Tfg)
ORDERED_KINDS = frozenset({"refusjon"})


@frozen
class Lines:
    """A part that is a list of lines. ``ordered``: their order has meaning."""

    slot: str
    key: Callable[[Any], str]
    ordered: bool = False


def _name(item: Any) -> str:
    return str(item.name.text)


def _covers(item: ast.Omfatter | ast.Trigger) -> str:
    return f"{item.kind} {', '.join(g.text for g in item.groups)}"


LINES: dict[type, tuple[Lines, ...]] = {
    ast.Post: (Lines("fields", _name, ordered=True),),
    ast.Opphold: (Lines("fields", lambda a: a.field.text),),
    ast.Drg: (Lines("attributes", _name),),
    ast.Stg: (Lines("attributes", _name),),
    ast.Tfg: (
        Lines("attributes", _name),
        Lines("members", _covers, ordered=True),
        Lines("triggers", _covers, ordered=True),
    ),
    ast.Gruppe: (Lines("rules", _name, ordered=True),),
    ast.Nivaa: (Lines("categories", _name),),
    ast.Krav: (Lines("conditions", _name), Lines("exceptions", _name)),
    ast.Poeng: (Lines("additions", _name), Lines("deductions", _name)),
    ast.StgOrder: (Lines("groups", lambda n: n.text, ordered=True),),
    ast.TfgOrder: (Lines("groups", lambda n: n.text, ordered=True),),
    ast.Hierarki: (Lines("order", lambda n: n.text, ordered=True),),
}


def lines_by_key(lines: Lines, items: Any) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for item in items:
        name = lines.key(item)
        n = 2
        while name in out:
            name = f"{lines.key(item)} ({n})"
            n += 1
        out[name] = item
    return out


def base_key(d: ast.Declaration) -> Key:
    """What a declaration is called. Several may share a key (rates with days, assumptions): see ``keyed``."""
    kind = KIND_NAMES[type(d)]
    match d:
        case ast.Begrep() | ast.Samling():
            subject = d.subject.text if d.subject is not None else ""
            return kind, f"{d.name.text} for {subject}" if subject else d.name.text
        case ast.Gruppe():
            return kind, f"{d.name.text} i {d.hierarchy.text}"
        case ast.Opphold():
            return kind, f"av {d.source.text}"
        case ast.Utgaatt():
            return kind, " ".join(x for x in (d.what, d.system.text if d.system else "", d.name.text) if x)
        case ast.Regelverk() | ast.StgOrder() | ast.TfgOrder():
            return kind, ""
        case ast.Teller():
            return kind, d.subject.text if d.subject is not None else ""
        case ast.Poeng():
            return kind, d.subject.text
        case ast.Eksempel():
            return kind, d.title.value
        case ast.Antakelse(assumption=a):
            return kind, _assumed(a)
        case ast.Egenskap():
            return kind, d.name.text
        case _:
            return kind, d.name.text  # type: ignore[attr-defined]


def _assumed(a: ast.Assumption) -> str:
    match a:
        case ast.AssumeAttribute(attribute=attribute, kind=kind, group=group):
            return f"{attribute.text} {kind} {group.text}"
        case ast.AssumeRate(rate=rate):
            return f"sats {rate.text}"
        case ast.AssumeWindow(tfg=tfg, kind=kind, group=group):
            return f"vindu {tfg.text} {kind} {group.text}"
        case ast.AssumeCodes(what=what, name=name):
            return f"{what} {name.text}"


def keyed(declarations: tuple[ast.AnyDeclaration, ...]) -> dict[Key, ast.Declaration]:
    """Declarations by key; the second, third, … under one key get a number, in order of their days and code systems.

    Rates stand with the days that set them apart: a boundary at which nothing changes is none.
    """
    groups: dict[Key, list[ast.Declaration]] = {}
    for d in declarations:
        groups.setdefault(base_key(d), []).append(d)
    head = next((d for d in declarations if isinstance(d, ast.Regelverk)), None)
    out: dict[Key, ast.Declaration] = {}
    for (kind, name), own in groups.items():
        if kind == KIND_NAMES[ast.Sats]:
            own = [*joined([d for d in own if isinstance(d, ast.Sats)], head)]
        for n, one in enumerate(sorted(own, key=_place), start=1):
            out[kind, name if n == 1 else f"{name} ({n})"] = one
    return out


def _place(d: ast.Declaration) -> tuple[str, tuple[str, ...]]:
    validity = getattr(d, "validity", None)
    since = validity.start.raw if validity is not None and validity.start is not None else ""
    return since, tuple(n.text for n in d.systems) if isinstance(d, ast.Egenskap) else ()


def slots(d: ast.Declaration) -> list[str]:
    """The parts of a declaration that are single values."""
    lines = {line.slot for line in LINES.get(type(d), ())}
    return [a.name for a in fields(type(d)) if a.name != "span" and a.name not in lines and not is_code_slot(d, a.name)]


def is_code_slot(d: ast.Declaration, name: str) -> bool:
    """Whether a part is a block of code lines."""
    return isinstance(getattr(d, name), ast.CodeBlock)


def code_slot(d: ast.Declaration) -> str | None:
    """The part that is a block of code lines, when there is one."""
    return next((a.name for a in fields(type(d)) if isinstance(getattr(d, a.name), ast.CodeBlock)), None)
