"""Rules and STGs that no record reaches, and payments that nothing is paid by, as far as is seen without a solver.

A rule is shadowed when an earlier one asks for no more than it does. Every condition is an index by its meaning; an
earlier rule stands in the table under the one of its conditions that is rarest, so that few candidates are compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

from attrs import define, field, frozen

from isfdsl.check.context import Check, Context
from isfdsl.check.facts import Bound, Facts
from isfdsl.check.logic import Interval, domain, values
from isfdsl.check.never import found_in
from isfdsl.check.walk import conjuncts
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.truth import AfterUnconditional, Shadowed
from isfdsl.program.ruleset import COURSE, SERVICE, STAY
from isfdsl.syntax import ast


@frozen(eq=False)
class _Rule:
    node: ast.Regel | ast.Stg
    keys: frozenset[int]
    facts: tuple[Facts, ...]
    dead: bool


def check(ctx: Context) -> Iterator[Problem]:
    """Every hierarchy, from its first rule to its last, and the STGs in their order."""
    for hierarchy in ctx.ruleset.hierarkier.values():
        groups = ctx.ruleset.ordered_groups(hierarchy)
        # A group that the order names twice is tried once.
        rules = [(g.condition, rule) for g in {id(g): g for g in groups}.values() for rule in g.rules]
        yield from _Reach(ctx, hierarchy.subject.text, "regelen").problems(rules)
    yield from _services(ctx)
    yield from _payments(ctx)


def _services(ctx: Context) -> Iterator[Problem]:
    """STGs behind others that take all that could trigger them, whatever the post."""
    in_order = [ctx.ruleset.stg[name] for name in ctx.ruleset.stg_order]
    behind: dict[str, list[Shadowed | AfterUnconditional]] = {}
    for post in dict.fromkeys(t.text for d in in_order for t in d.triggers):
        own = [(None, d) for d in in_order if any(t.text == post for t in d.triggers)]
        for problem in _Reach(ctx, post, "STG").problems(own):
            behind.setdefault(problem.name, []).append(problem)
    for d in in_order:
        found = behind.get(d.name.text, [])
        if found and len(found) == len({t.text for t in d.triggers}):
            yield found[0]


def _payments(ctx: Context) -> Iterator[Problem]:
    """Each refusjon behind others that pay for all it could pay for."""
    always: dict[str, ast.Refusjon] = {}
    for d in ctx.ruleset.of(ast.Refusjon):
        subjects = [s.text for s in d.subjects] or [STAY, SERVICE, COURSE]
        if all(s in always for s in subjects):
            by = always[subjects[0]].name
            yield AfterUnconditional(span=d.name.span, name=d.name.text, by=by.text, first=by.span, what="refusjonen")
        elif d.condition is None:
            always.update((s, d) for s in subjects if s not in always)


@define
class _Reach:
    ctx: Context
    subject: str
    what: str
    """What the rules are called."""
    _implied: dict[int, frozenset[int]] = field(factory=dict)
    _ranges: dict[tuple[Hashable, Interval], frozenset[int]] = field(factory=dict)
    _by_operand: dict[Hashable, list[tuple[int, Interval]]] = field(factory=dict)
    _by_item: dict[Hashable, set[int]] = field(factory=dict)
    _items: dict[int, frozenset[str]] = field(factory=dict)

    def problems(
        self, tried: Sequence[tuple[ast.Expr | None, ast.Regel | ast.Stg]]
    ) -> Iterator[Shadowed | AfterUnconditional]:
        """``tried``: the rules in order, each with the guard of its group."""
        rules = [self.rule(*one) for one in tried]
        self.index(rules)
        count = Counter(key for r in rules for key in r.keys)
        table: dict[int, list[int]] = {}
        for i, rule in enumerate(rules):
            weaker = self.weaker(rule)
            first = min(
                (j for key in weaker for j in table.get(key, ()) if self.takes(rules[j], rule, weaker)), default=None
            )
            if first is not None and not rule.dead:
                by = rules[first]
                yield Shadowed(
                    span=rule.node.name.span,
                    name=rule.node.name.text,
                    by=by.node.name.text,
                    first=by.node.name.span,
                    same=by.keys == rule.keys,
                    what=self.what,
                )
            if rule.dead or first is not None:
                continue
            if rule.keys:
                table.setdefault(min(rule.keys, key=lambda key: count[key]), []).append(i)
            elif rule.node.validity is None and i + 1 < len(rules):
                behind = rules[i + 1].node
                yield AfterUnconditional(
                    span=behind.name.span,
                    name=behind.name.text,
                    by=rule.node.name.text,
                    first=rule.node.name.span,
                    more=len(rules) - i - 2,
                    what=self.what,
                )
                return

    def rule(self, guard: ast.Expr | None, node: ast.Regel | ast.Stg) -> _Rule:
        parts = (*conjuncts(guard), *conjuncts(node.condition))
        facts = tuple([f for e in parts if (f := self.ctx.facts(e)).constant is not True])
        keys = frozenset([f.id for f in facts])
        return _Rule(node, keys, facts, found_in(self.ctx, self.subject, parts) is not None)

    def takes(self, earlier: _Rule, rule: _Rule, weaker: frozenset[int]) -> bool:
        return earlier.keys <= weaker and _covers(earlier.node.validity, rule.node.validity)

    # ------------------------------------------------------------ what a condition implies

    def index(self, rules: list[_Rule]) -> None:
        for f in {f.id: f for r in rules for f in r.facts}.values():
            ranges = values(self.ctx, self.subject, f.bounds)
            if len(ranges) == 1 and all(self.said(b) for b in f.bounds):
                for operand, interval in ranges.items():
                    self._by_operand.setdefault(operand, []).append((f.id, interval))
            for kind, several in (("i", f.one_of), ("har", f.carries)):
                if several is not None and len(several[1]) > 1:
                    self._items[f.id] = several[1]
                    for item in several[1]:
                        self._by_item.setdefault((kind, several[0], item), set()).add(f.id)
            if f.either is not None:
                for part in f.either:
                    self._by_item.setdefault(("eller", part), set()).add(f.id)

    def said(self, bound: Bound) -> bool:
        """Whether a comparison comes to an interval."""
        of = domain(self.ctx, self.subject, bound.operand)
        return of is not None and of.of(bound) is not None

    def weaker(self, rule: _Rule) -> frozenset[int]:
        """The conditions of the hierarchy that hold for every record the rule takes."""
        out = set(rule.keys)
        for f in rule.facts:
            out |= self.implied(f)
        bounds = [b for f in rule.facts for b in f.bounds]
        if bounds:
            for operand, interval in values(self.ctx, self.subject, bounds).items():
                out |= self.in_range(operand, interval)
        return frozenset(out)

    def implied(self, f: Facts) -> frozenset[int]:
        found = self._implied.get(f.id)
        if found is None:
            out = set(self._by_item.get(("eller", f.id), ()))
            for kind, several in (("i", f.one_of), ("har", f.carries)):
                if several is not None:
                    operand, items = several
                    some = next(iter(items))
                    wider = self._by_item.get((kind, operand, some), ())
                    out.update(key for key in wider if items <= self._items[key])
            found = self._implied[f.id] = frozenset(out)
        return found

    def in_range(self, operand: Hashable, interval: Interval) -> frozenset[int]:
        found = self._ranges.get((operand, interval))
        if found is None:
            wider = self._by_operand.get(operand, ())
            found = frozenset(key for key, other in wider if interval.within(other))
            self._ranges[operand, interval] = found
        return found


def _covers(earlier: ast.Validity | None, later: ast.Validity | None) -> bool:
    """Whether the earlier rule holds on every day the later one does."""
    if earlier is None:
        return True
    if later is None:
        return False
    starts = earlier.start is None or (later.start is not None and later.start.raw >= earlier.start.raw)
    ends = earlier.end is None or (later.end is not None and later.end.raw <= earlier.end.raw)
    return starts and ends


CHECK = Check(name="rekkevidde", reports=(Shadowed, AfterUnconditional), whole=check)
