"""Definitions that need each other."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from itertools import pairwise

from attrs import define, field

from isfdsl.check.context import Check, Context
from isfdsl.check.facts import Facts
from isfdsl.check.sites import known_subject
from isfdsl.check.walk import code_items, field_of, nodes, plain_name
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.names import Circular
from isfdsl.program.codes import GROUP_SYSTEMS
from isfdsl.program.ruleset import COURSE, DRG_HIERARCHY, SERVICE, STAY
from isfdsl.program.scope import (
    AttributeSymbol,
    BegrepSymbol,
    GroupSymbol,
    HierarkiSymbol,
    NivaaSymbol,
    PointsSymbol,
)
from isfdsl.program.types import CodeType, ListType, Type
from isfdsl.source import Span
from isfdsl.syntax import ast

Node = tuple[str, str, str]
"""(kind, owner, name)."""


def check(ctx: Context) -> Iterator[Problem]:
    """Every circle once, from the definition that stands first in it."""
    graph = _Graph(ctx)
    graph.build()
    for circle in _circles(graph.edges):
        names = tuple(_shown(n) for n in (*circle, circle[0]))
        places = tuple(graph.place(a, b) for a, b in pairwise((*circle, circle[0])))
        yield Circular(span=graph.where[circle[0]], circle=names, places=places)


def _shown(node: Node) -> str:
    kind, _, name = node
    return name if kind in ("begrep", "nivå") else f"{kind} {name}"


@define
class _Graph:
    """Which definition uses which. ``uses`` keeps the expressions (or names) each edge may come from."""

    ctx: Context
    edges: dict[Node, set[Node]] = field(factory=dict)
    where: dict[Node, Span] = field(factory=dict)
    names: dict[Node, list[tuple[ast.Expr, str | None]]] = field(factory=dict)
    direct: dict[tuple[Node, Node], Span] = field(factory=dict)
    _resolved: dict[tuple[str | None, Hashable], frozenset[Node]] = field(factory=dict)
    _counted: set[str] = field(factory=set)
    """The properties that another one counts as."""
    _looked_up: dict[str, list[Node]] = field(factory=dict)
    """What a lookup may answer with, because a property of the kind counts as it."""

    def build(self) -> None:
        rules = self.ctx.ruleset
        for e in rules.of(ast.Egenskap):
            for r in e.regnes_som:
                self._counted.add(r.target.text)
                if e.slag is not None:
                    self._looked_up.setdefault(e.slag.text, []).append(("egenskap", "", r.target.text))
        for d in rules.declarations:
            match d:
                case ast.Begrep():
                    self.add(("begrep", d.subject.text if d.subject else "", d.name.text), d.name.span, d)
                case ast.Nivaa():
                    self.add(("nivå", d.subject.text, d.name.text), d.name.span, d)
                case ast.Krav():
                    self.add(("krav", "", d.name.text), d.name.span, d)
                case ast.Poeng():
                    self.add(("poeng for", "", d.subject.text), d.subject.span, d)
                case ast.Hierarki():
                    self.add(("hierarki", "", d.name.text), d.name.span, d)
                case ast.Gruppe() if d.hierarchy.text in rules.hierarkier:
                    self.add(("hierarki", "", d.hierarchy.text), rules.hierarkier[d.hierarchy.text].name.span, d)
                case ast.Kodeliste() if d.expr is not None:
                    own = ("kodeliste", "", d.name.text)
                    self.where.setdefault(own, d.name.span)
                    for item in code_items(d.expr):
                        if not item.quoted and item.text in rules.kodelister:
                            self.link(own, ("kodeliste", "", item.text), item.span)
                case ast.Egenskap() if d.regnes_som:
                    for r in d.regnes_som:
                        target = ("egenskap", "", r.target.text)
                        self.where.setdefault(target, r.target.span)
                        self.link(target, ("egenskap", "", d.name.text), d.name.span)
                        self.add(target, r.target.span, d)
                case _:
                    pass

    def link(self, node: Node, to: Node, span: Span) -> None:
        self.edges.setdefault(node, set()).add(to)
        self.direct.setdefault((node, to), span)

    def add(self, node: Node, span: Span, d: ast.AnyDeclaration) -> None:
        """Everything the expressions of a declaration use."""
        self.where.setdefault(node, span)
        uses = self.names.setdefault(node, [])
        out = self.edges.setdefault(node, set())
        for site in self.ctx.sites(d):
            for subject in site.subjects:
                for e in site.parts:
                    uses.append((e, subject))
                    out.update(self.used(self.ctx.facts(e), subject))

    def used(self, facts: Facts, subject: str | None) -> Iterable[Node]:
        for name in facts.names:
            yield from self.of_name(name, subject)
        for krav in facts.krav:
            yield ("krav", "", krav)
        for name in facts.properties & self._counted:
            yield ("egenskap", "", name)
        if facts.flags and subject is not None:
            yield from self.of_group(subject)
        for slag in facts.slag:
            yield from self._looked_up.get(slag, ())
        for name in facts.hdg:
            yield from self.of_hdg(name, subject)

    def of_hdg(self, name: str, subject: str | None) -> frozenset[Node]:
        """What settles ``HDG av`` a name: the group of the record, or for codes of a kodeverk a lookup of each slag."""
        key = (subject, ("HDG", name))
        found = self._resolved.get(key)
        if found is None:
            found = self._resolved[key] = frozenset(self._of_hdg(name, subject))
        return found

    def _of_hdg(self, name: str, subject: str | None) -> Iterator[Node]:
        if subject is not None and not known_subject(self.ctx.ruleset, subject):
            return
        found = self.type_of(name, subject)
        found = found.item if isinstance(found, ListType) else found
        if not isinstance(found, CodeType):
            return  # reported where it is written
        systems = set(found.systems)
        if systems & GROUP_SYSTEMS.keys():
            if subject is not None:
                yield from self.of_group(subject)
        elif not systems & self.ctx.ruleset.slag.keys():
            for targets in self._looked_up.values():
                yield from targets

    def of_group(self, subject: str) -> Iterable[Node]:
        """What settles the group of a record: for a stay, and for the records stays are made of, hierarchy DRG."""
        if subject in (STAY, self.ctx.ruleset.stay_source) and DRG_HIERARCHY in self.ctx.ruleset.hierarkier:
            yield ("hierarki", "", DRG_HIERARCHY)

    def of_name(self, name: str, subject: str | None) -> frozenset[Node]:
        key = (subject, name)
        found = self._resolved.get(key)
        if found is None:
            found = self._resolved[key] = frozenset(self._of_name(name, subject))
        return found

    def _of_name(self, name: str, subject: str | None) -> Iterator[Node]:
        if subject is not None and not known_subject(self.ctx.ruleset, subject):
            return
        match self.ctx.scopes.lookup(subject, name):
            case BegrepSymbol(begrep=b):
                yield ("begrep", b.subject.text if b.subject else "", name)
            case NivaaSymbol(nivaa=n):
                yield ("nivå", n.subject.text, name)
            case HierarkiSymbol():
                yield ("hierarki", "", name)
            case AttributeSymbol() | GroupSymbol() if subject is not None:
                yield from self.of_group(subject)
            case PointsSymbol():
                made = subject if subject in (SERVICE, COURSE) else STAY
                yield ("poeng for", "", made)
            case _:
                return

    def type_of(self, name: str, subject: str | None) -> Type | None:
        """The type of a name. What is wrong with it is reported elsewhere."""
        found: list[Type | None] = []
        nowhere = ast.Reference(name=name, span=Span("", 0, 0))
        self.ctx.inferred(lambda inference: found.append(inference.infer(nowhere, subject)))
        return found[0]

    def place(self, node: Node, to: Node) -> Span:
        """Where a definition uses another."""
        if (node, to) in self.direct:
            return self.direct[node, to]
        for e, subject in self.names.get(node, ()):
            for inner in nodes(e):
                span = self.mention(inner, subject, to)
                if span is not None:
                    return span
        return self.where[node]

    def mention(self, e: ast.Expr, subject: str | None, to: Node) -> Span | None:
        over = field_of(e)
        if over is not None and to in self.of_name(plain_name(over.text), subject):
            return over.span
        if isinstance(e, ast.Reference):
            return e.span if to in self.of_name(plain_name(e.name), subject) else None
        if isinstance(e, ast.KravTest):
            return e.krav.span if to == ("krav", "", e.krav.text) else None
        if isinstance(e, (ast.GroupFlag, ast.HasProperty, ast.PropertyLookup, ast.HdgOf, ast.CountTest, ast.NoneTest)):
            own = self.ctx.facts(e)
            return e.span if to in self.used(own, subject) else None
        return None


def _circles(edges: dict[Node, set[Node]]) -> Iterator[list[Node]]:
    """One shortest circle for each set of definitions that all need each other."""
    done: set[Node] = set()
    order = {node: i for i, node in enumerate(edges)}
    for component in _components(edges):
        start = min(component, key=lambda n: order.get(n, len(order)))
        circle = _shortest(edges, start, component)
        if circle and not done & component:
            done |= component
            yield circle


def _shortest(edges: dict[Node, set[Node]], start: Node, inside: set[Node]) -> list[Node] | None:
    came: dict[Node, Node] = {}
    queue = [start]
    while queue:
        node = queue.pop(0)
        for to in sorted(edges.get(node, ())):
            if to == start:
                path = [node]
                while path[-1] != start:
                    path.append(came[path[-1]])
                return path[::-1]
            if to in inside and to not in came:
                came[to] = node
                queue.append(to)
    return None


def _components(edges: dict[Node, set[Node]]) -> Iterator[set[Node]]:
    """Sets of nodes that reach each other, and single nodes that reach themselves (Tarjan, without recursion)."""
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    stack: list[Node] = []
    on_stack: set[Node] = set()
    for root in edges:
        if root in index:
            continue
        work: list[tuple[Node, Iterator[Node]]] = [(root, iter(sorted(edges.get(root, ()))))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, rest = work[-1]
            to = next(rest, None)
            if to is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    component: set[Node] = set()
                    while node not in component:
                        top = stack.pop()
                        on_stack.discard(top)
                        component.add(top)
                    if len(component) > 1 or node in edges.get(node, ()):
                        yield component
            elif to not in index:
                index[to] = low[to] = len(index)
                stack.append(to)
                on_stack.add(to)
                work.append((to, iter(sorted(edges.get(to, ())))))
            elif to in on_stack:
                low[node] = min(low[node], index[to])


CHECK = Check(name="sirkler", reports=(Circular,), whole=check)
