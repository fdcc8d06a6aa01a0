"""The matrix source passage ↔ rule ↔ example, from the rule files alone."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import field, frozen

from isfdsl.program.ruleset import Ruleset
from isfdsl.program.standing import speaks_of, standing
from isfdsl.source import Span
from isfdsl.syntax import ast
from isfdsl.testing.coverage import Label, exercised, owed
from isfdsl.testing.examples import run_examples


@frozen
class Rule:
    """Something that cites sources. ``refs`` are its own citations, or those it inherits when it has none."""

    label: Label
    title: str | None
    span: Span
    refs: tuple[str, ...]
    inherited: bool
    carried: int | None
    first_named: int | None = None
    examples: tuple[str, ...] = ()
    owed: bool = False


@frozen
class Gap:
    """Something no source gives (``ukjent``, ``ufullstendig``, ``ubekreftet``): what is missing, and where it goes."""

    kind: str
    what: str
    missing: str
    span: Span


@frozen
class PassageRow:
    """A passage with the rules and the examples that cite it. ``due``: it ought to have a rule this year."""

    passage: ast.Passasje
    due: bool
    rules: tuple[Rule, ...]
    examples: tuple[str, ...]


@frozen
class Matrix:
    """The whole matrix of one regelverk."""

    title: str
    rows: tuple[PassageRow, ...]
    rules: tuple[Rule, ...]
    gaps: tuple[Gap, ...]
    loose: tuple[tuple[str, int], ...] = field(factory=tuple)

    @property
    def uncited(self) -> tuple[ast.Passasje, ...]:
        """Passages that ought to have a rule and have none."""
        return tuple(r.passage for r in self.rows if not r.rules and r.due)

    @property
    def other_years(self) -> tuple[ast.Passasje, ...]:
        """Passages about other years that no rule of this year cites: nothing of them holds still, or already."""
        return tuple(r.passage for r in self.rows if not r.rules and not r.due and r.passage.uten_regel is None)

    @property
    def untested(self) -> tuple[Rule, ...]:
        """Rules that are owed an example and have none."""
        return tuple(r for r in self.rules if r.owed and not r.examples)

    @property
    def unsourced(self) -> tuple[Rule, ...]:
        """Rules that cite nothing, not even by inheritance."""
        return tuple(r for r in self.rules if not r.refs)


def build(ruleset: Ruleset) -> Matrix:
    """The matrix; runs every example once to see which rules it exercises."""
    by_label: dict[Label, list[str]] = {}
    citing: dict[str, list[str]] = {}
    for outcome in run_examples(ruleset):
        title = outcome.example.title.value
        for cited in outcome.example.kilder:
            citing.setdefault(cited.value, []).append(title)
        if outcome.result is not None:
            for label in exercised(outcome.result):
                by_label.setdefault(label, []).append(title)
    due = {label for label, _ in owed(ruleset)}
    rules = tuple(_rules(ruleset, by_label, due))
    by_ref: dict[str, list[Rule]] = {}
    for rule in rules:
        for ref in rule.refs:
            by_ref.setdefault(ref, []).append(rule)
    rows = tuple(
        PassageRow(
            p,
            p.uten_regel is None and speaks_of(p, ruleset),
            tuple(by_ref.get(p.name.text, ())),
            tuple(citing.get(p.name.text, ())),
        )
        for p in ruleset.of(ast.Passasje)
    )
    known = set(ruleset.passasjer)
    loose = tuple(sorted((ref, len(own)) for ref, own in by_ref.items() if ref not in known))
    return Matrix(ruleset.title, rows, rules, (*_gaps(ruleset), *_unconfirmed(rules)), loose)


# ------------------------------------------------------------------ rules


def _rules(ruleset: Ruleset, by_label: dict[Label, list[str]], due: set[Label]) -> Iterator[Rule]:
    for d in ruleset.declarations:
        if isinstance(d, (ast.Passasje, ast.Eksempel, ast.Antakelse)):
            continue
        own = tuple(r.value for r in d.kilder)
        label = _label(d)
        if not isinstance(d, (ast.Gruppe, ast.Hierarki, ast.Regelverk)) or own:
            yield _rule(ruleset, label, d, own, own, by_label, due)
        for nested_label, node in _nested(d):
            refs = tuple(r.value for m in getattr(node, "meta", ()) if isinstance(m, ast.Kilde) for r in m.refs)
            fallback = own or _hierarchy_refs(ruleset, d)
            yield _rule(ruleset, nested_label, node, refs, fallback, by_label, due)


def _rule(
    ruleset: Ruleset,
    label: Label,
    node: ast.Node,
    refs: tuple[str, ...],
    inherited: tuple[str, ...],
    by_label: dict[Label, list[str]],
    due: set[Label],
) -> Rule:
    owes = label if label in due else (label[0], f"{label[1]} brutt")
    found = by_label.get(owes if owes in due else label, [])
    meta = getattr(node, "meta", ())
    stands = standing(ruleset, refs or inherited, meta)
    title = getattr(node, "title", None)
    return Rule(
        label,
        title.value if isinstance(title, ast.Text) else None,
        node.span,
        refs or inherited,
        not refs,
        stands.carried_from,
        stands.first_named,
        tuple(dict.fromkeys(found)),
        owes in due,
    )


def _label(d: ast.Declaration) -> Label:
    from isfdsl.changes.parts import base_key

    return base_key(d)


def _nested(d: ast.Declaration) -> Iterator[tuple[Label, ast.Node]]:
    match d:
        case ast.Gruppe(rules=rules):
            yield from ((("regel", r.name.text), r) for r in rules)
        case ast.Nivaa(categories=categories):
            yield from ((("kategori", f"{d.name.text}/{k.name.text}"), k) for k in categories)
        case ast.Krav(conditions=conditions, exceptions=exceptions):
            yield from ((("vilkår", f"{d.name.text}/{v.name.text}"), v) for v in conditions)
            yield from ((("unntak", f"{d.name.text}/{v.name.text}"), v) for v in exceptions)
        case ast.Poeng(additions=additions, deductions=deductions):
            yield from ((("tillegg", t.name.text), t) for t in additions)
            yield from ((("fradrag", t.name.text), t) for t in deductions)


def _hierarchy_refs(ruleset: Ruleset, d: ast.Declaration) -> tuple[str, ...]:
    if not isinstance(d, ast.Gruppe):
        return ()
    hierarchy = ruleset.hierarkier.get(d.hierarchy.text)
    return tuple(r.value for r in hierarchy.kilder) if hierarchy is not None else ()


# ------------------------------------------------------------------ what is missing


def _gaps(ruleset: Ruleset) -> Iterator[Gap]:
    for d in ruleset.declarations:
        kind, name = _label(d)
        what = f"{kind} {name}".strip()
        yield from _walk(d, what)


def _unconfirmed(rules: tuple[Rule, ...]) -> Iterator[Gap]:
    for r in rules:
        if r.first_named is not None and not r.inherited:
            missing = f"først nevnt i en kilde for {r.first_named}; om det gjelder dette året, er ikke oppgitt"
            yield Gap("ubekreftet", " ".join(part for part in r.label if part), missing, r.span)


def _walk(node: object, what: str) -> Iterator[Gap]:
    if isinstance(node, ast.Unknown):
        yield Gap("ukjent", what, node.reason or "ikke oppgitt i noen kilde", node.span)
    elif isinstance(node, ast.UnknownWindow):
        yield Gap("ukjent", f"{what}, vindu", node.reason or "ikke oppgitt i noen kilde", node.span)
    elif isinstance(node, ast.Ufullstendig):
        yield Gap("ufullstendig", what, node.text, node.span)
    elif isinstance(node, tuple):
        for item in node:
            yield from _walk(item, what)
    elif isinstance(node, ast.Node):
        inner = what
        match node:
            case ast.Regel(name=name):
                inner = f"regel {name.text}"
            case ast.Vilkaar(name=name):
                inner = f"{what}, vilkår {name.text}"
            case ast.Attributt(name=name):
                inner = f"{what}, {name.text}"
            case ast.Omfatter(kind=kind, groups=groups):
                inner = f"{what}, {kind} {', '.join(g.text for g in groups)}"
        for a in type(node).__attrs_attrs__:
            if a.name != "span":
                yield from _walk(getattr(node, a.name), inner)
