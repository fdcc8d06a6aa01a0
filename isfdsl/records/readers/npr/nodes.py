"""The elements of a message by their paths: what is to be checked, kept and counted at each."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from isfdsl.diagnostics.npr import NprViolation
from isfdsl.records.readers.npr.mapping import CodesRule, DaysRule, FieldRule, LookupRule, NprMapping
from isfdsl.records.readers.npr.structure import AttributeRule, ElementRule, KeyRule, Particle, State, Structure

SEPARATOR = "\n"
MOST_SHAPES = 500
XML_NAMES = f"http://www.w3.org/XML/1998/namespace{SEPARATOR}"
XSI_NAMES = f"http://www.w3.org/2001/XMLSchema-instance{SEPARATOR}"


@define
class Tally:
    """What was read of one document."""

    versjon: str = ""
    kontrollert_mot: str = ""
    ikke_kontrollert: tuple[str, ...] = ()
    elementer: dict[str, int] = field(factory=dict)
    ubrukte_elementer: dict[str, int] = field(factory=dict)
    ubrukte_attributter: dict[str, int] = field(factory=dict)
    ubrukte_koder: dict[str, int] = field(factory=dict)
    records: int = 0
    avvist: int = 0
    slettinger: int = 0
    violations: list[NprViolation] = field(factory=list)
    more_violations: int = 0


class Plan:
    """What to do with an element that has just these attributes: how often it came, and what to check."""

    __slots__ = ("checks", "count", "faults")

    def __init__(self, faults: tuple[str, ...], checks: tuple[tuple[str, AttributeRule, set[str]], ...]) -> None:
        self.count = 0
        self.faults = faults
        self.checks = checks


class Node:
    """An element at its path, with all that is to be done there."""

    __slots__ = (
        "at_end",
        "captures",
        "children",
        "clears",
        "code_rule",
        "count",
        "dated",
        "days",
        "deletion",
        "depth",
        "ids",
        "institution",
        "is_code",
        "is_record",
        "keyed",
        "lookups",
        "name",
        "path",
        "patient",
        "plans",
        "remembered",
        "rule",
        "scope",
        "scoped_keys",
        "target_of",
        "used",
    )

    def __init__(self, name: str, path: tuple[str, ...], rule: ElementRule | None) -> None:
        self.name = name
        self.path = path
        self.depth = len(path)
        self.rule = rule
        self.children: dict[str, Node] = {}
        self.plans: dict[tuple[str, ...], Plan] = {}
        self.remembered: dict[str, set[str]] = {}
        self.count = 0
        self.used: set[str] = set()
        self.captures: tuple[tuple[str, str], ...] = ()
        self.scope: int | None = None
        self.is_record = False
        self.lookups: tuple[LookupRule, ...] = ()
        self.target_of: tuple[LookupRule, ...] = ()
        self.clears: tuple[str, ...] = ()
        self.days: tuple[tuple[str, DaysRule], ...] = ()
        self.code_rule: tuple[int, CodesRule] | None = None
        self.is_code: int | None = None
        self.patient = False
        self.institution: str | None = None
        self.at_end = False
        self.deletion = False
        self.ids: tuple[tuple[str, str], ...] = ()
        self.dated: str | None = None
        self.keyed: tuple[tuple[KeyRule, int], ...] = ()
        self.scoped_keys: tuple[KeyRule, ...] = ()


@define
class OpenRecord:
    """The record being read."""

    line: int
    column: int
    attributes: dict[str, str]
    captured: dict[str, list[str]] = field(factory=dict)
    found: dict[str, str] = field(factory=dict)
    moments: dict[str, list[tuple[str, str]]] = field(factory=dict)
    codes: list[list[tuple[str, list[tuple[str, str, str]]]]] = field(factory=list)
    faults: list[str] = field(factory=list)
    at: tuple[int, int, str] | None = None


@define
class Keys:
    """The keys of one open element."""

    seen: dict[str, set[str]] = field(factory=dict)
    pending: dict[str, dict[str, tuple[int, int, str]]] = field(factory=dict)


def make_node(
    name: str, parent: Node | None, mapping: NprMapping, structure: Structure, fields: Sequence[FieldRule]
) -> Node:
    """The node of an element, with all that is to be done there; ``fields`` are those that the post has."""
    path = (*parent.path, name) if parent is not None else (name,)
    node = Node(name, path, structure.elements.get(name))
    record = mapping.element
    node.is_record = path == record
    inside = path[: len(record)] == record
    captures: list[tuple[str, str]] = []
    for f in fields:
        for number, place in enumerate(f.places):
            whole = place.path if place.absolute else (*record, *place.path)
            if whole == path:
                captures.append((place.attribute, f"{f.name}/{number}"))
                node.used.add(place.attribute)
    if captures and not inside:
        # Values of an ancestor, or of a child of one: they hold until that ancestor ends.
        node.scope = len(path) if record[: len(path)] == path else len(path) - 1
    node.captures = tuple(captures)
    node.lookups = tuple(r for r in mapping.lookups.values() if (*record, *r.path) == path)
    node.target_of = tuple(r for r in mapping.lookups.values() if r.target == path)
    node.clears = tuple(r.name for r in mapping.lookups.values() if r.target[:-1] == path)
    for r in node.lookups:
        node.used |= {r.attribute, *r.when}
    for f in fields:
        if f.lookup is not None and mapping.lookups[f.lookup].target == path:
            node.used |= {mapping.lookups[f.lookup].key, *f.attributes}
    node.days = tuple((f.name, f.days) for f in fields if f.days and (*record, *f.days.path) == path)
    for _, d in node.days:
        node.used |= {d.moment, d.kind}
    for i, rule in enumerate(mapping.codes):
        whole = (*record, *rule.path)
        if whole == path:
            node.code_rule = (i, rule)
            if rule.number is not None:
                node.used.add(rule.number)
        elif (*whole, mapping.code.element) == path:
            node.is_code = i
            node.used |= {mapping.code.number, mapping.code.system, mapping.code.value}
    if node.is_record:
        node.used.add(mapping.key.attribute)
    if mapping.patient is not None:
        node.patient = mapping.patient.path == path
        if mapping.patient.institution.path == path:
            node.institution = mapping.patient.institution.attribute
    if mapping.deletion is not None:
        node.deletion = mapping.deletion.element == path
        node.ids = tuple((k, p.attribute) for k, p in mapping.deletion.objects.items() if p.absolute and p.path == path)
        node.dated = mapping.deletion.date.attribute if mapping.deletion.date.path == path else None
    keys = structure.keys
    node.scoped_keys = tuple(k for k in keys if k.scope == name)
    node.keyed = tuple(
        (k, depth)
        for k in keys
        for depth in range(1, len(path) + 1)
        if path[depth - 1] == k.scope and path[depth:] == k.path
    )
    node.at_end = bool(node.is_record or node.scoped_keys or node.clears or not inside)
    return node


def make_plan(node: Node, names: tuple[str, ...]) -> Plan:
    """What to do with an element that has these attributes."""
    rule = node.rule
    faults: list[str] = []
    checks: list[tuple[str, AttributeRule, set[str]]] = []
    if rule is not None and not rule.open_:
        for name in names:
            known = rule.attributes.get(name)
            if known is None:
                if not name.startswith((XML_NAMES, XSI_NAMES)):
                    local = name.rpartition(SEPARATOR)[2]
                    faults.append(f"attributtet «{local[:40]}» finnes ikke i meldingen")
            elif known.type.check is not None or known.fixed is not None:
                checks.append((name, known, node.remembered.setdefault(name, set())))
        faults += [f"attributtet «{n}» mangler" for n, a in rule.attributes.items() if a.required and n not in names]
    plan = Plan(tuple(faults), tuple(checks))
    if len(node.plans) < MOST_SHAPES:
        node.plans[names] = plan
    return plan


def sum_up(top: Node, tally: Tally) -> None:
    """Count what was met and what was not used."""

    def visit(node: Node) -> None:
        path = "/".join(node.path)
        tally.elementer[path] = tally.elementer.get(path, 0) + node.count
        if not (node.used or node.is_record or node.children) and not node.deletion:
            label = node.name if node.depth < 2 else f"{node.path[-2]}/{node.name}"
            tally.ubrukte_elementer[label] = tally.ubrukte_elementer.get(label, 0) + node.count
        for names, plan in node.plans.items():
            for name in names:
                if name not in node.used and not name.startswith((XML_NAMES, XSI_NAMES)):
                    label = f"{node.name}@{name}"
                    seen = tally.ubrukte_attributter
                    if label in seen or len(seen) < 10 * MOST_SHAPES:
                        seen[label] = seen.get(label, 0) + plan.count
        for child in node.children.values():
            visit(child)

    visit(top)


def anything(node: Node) -> State:
    """A state in which every child of an element may come."""
    state = State(True)
    state.following = dict.fromkeys(names_in(node), state)
    return state


def names_in(node: Node) -> set[str]:
    return {n for p in node.rule.particles for n in p.names} if node.rule is not None else set()


def next_needed(node: Node, state: State) -> Particle | None:
    """What must come next before anything later may."""
    particles = node.rule.particles if node.rule is not None else ()
    return next((p for p in particles if p.low > 0 and any(n in state.following for n in p.names)), None)


def missing(node: Node, state: State) -> str:
    """What must come before the element may end."""
    needed = next_needed(node, state)
    return needed.shown() if needed is not None else "noe"


def article(name: str) -> str:
    """What a value of the type is called in a sentence."""
    known = {"dato": "en gyldig dato", "tidspunkt": "et gyldig tidspunkt", "år": "et årstall"}
    if name in known or name.startswith(("en ", "et ")):
        return known.get(name, name)
    return f"et {name}" if name.startswith("heltall") else f"gyldig ({name})"


def why_not(name: str, parent: Node, state: State) -> str:
    """Why a child may not come here."""
    if name not in names_in(parent):
        return f"elementet er ikke tillatt i «{parent.name}»"
    missing = next_needed(parent, state)
    particles = parent.rule.particles if parent.rule is not None else ()
    if missing is not None and any(name in p.names for p in particles[particles.index(missing) + 1 :]):
        return f"elementet er ikke tillatt her i «{parent.name}»; {missing.shown()} mangler foran"
    return f"elementet står ikke på sin plass i «{parent.name}»"
