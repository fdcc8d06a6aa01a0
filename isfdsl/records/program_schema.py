"""The record schemas of a ruleset: what each ``post`` says, as the readers want it."""

from __future__ import annotations

from collections.abc import Mapping

from isfdsl.program.codes import GROUP_SYSTEMS, normal
from isfdsl.program.ruleset import ROLES, Ruleset
from isfdsl.records.schema import Bound, CodeInfo, CodeSystem, FieldSchema, RecordSchema
from isfdsl.syntax import ast


def schemas(ruleset: Ruleset) -> dict[str, RecordSchema]:
    """Record schemas by name of the ``post``."""
    systems = {name: code_system(decl) for name, decl in ruleset.kodeverk.items()}
    return {name: record_schema(ruleset, post, systems) for name, post in ruleset.poster.items()}


def record_schema(ruleset: Ruleset, post: ast.Post, systems: Mapping[str, CodeSystem]) -> RecordSchema:
    """One record type."""
    name = post.name.text
    roles = {r: f for r in (*ROLES, "nøkkel") if (f := ruleset.role(name, r)) is not None}
    fields = tuple(_field(ruleset, f, systems) for f in post.fields)
    return RecordSchema(name, fields, roles)


def code_system(decl: ast.Kodeverk) -> CodeSystem:
    """One code system."""
    codes = {
        normal(e.code): CodeInfo(
            e.text or "",
            e.validity.start.value if e.validity is not None and e.validity.start is not None else None,
            e.validity.end.value if e.validity is not None and e.validity.end is not None else None,
        )
        for e in decl.codes.entries()
    }
    return CodeSystem(decl.name.text, decl.open_, decl.pattern.value if decl.pattern is not None else None, codes)


def _field(ruleset: Ruleset, felt: ast.Felt, systems: Mapping[str, CodeSystem]) -> FieldSchema:
    t = felt.type
    return FieldSchema(
        felt.name.text,
        t.kind,
        t.is_list,
        felt.optional,
        felt.key,
        _bound(t.low),
        _bound(t.high),
        tuple(_system(ruleset, s.text, systems) for s in t.systems),
    )


def _system(ruleset: Ruleset, name: str, systems: Mapping[str, CodeSystem]) -> CodeSystem:
    if name in systems:
        return systems[name]
    if name in GROUP_SYSTEMS:
        groups = ruleset.groups(GROUP_SYSTEMS[name])  # type: ignore[arg-type]
        return CodeSystem(name, False, None, {g: CodeInfo(g) for g in groups})
    return CodeSystem(name, True)


def _bound(value: ast.Amount | ast.Day | None) -> Bound | None:
    if isinstance(value, ast.Day):
        return value.value
    if value is None:
        return None
    return int(value.value) if value.value == value.value.to_integral_value() else value.value
