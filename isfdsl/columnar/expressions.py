"""Expressions over columns: the meaning of every node, once, for many rows at a time.

A compiled expression takes a Frame and the rows asked about and gives a Vec of as many rows. Conditions look at fewer
and fewer rows, as the reference stops early: what is not looked at leaves no notes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

import numpy as np

from isfdsl.columnar import numbers as num
from isfdsl.columnar import reads
from isfdsl.columnar.codes import Part, PropertyTest, SetTest, ValueTest, different, per_row
from isfdsl.columnar.frame import Frame, Rows
from isfdsl.columnar.operations import (
    Evaluate,
    Test,
    as_lists,
    code_type,
    codes_of,
    compared,
    constant_day,
    everything,
    folded,
    group_of,
    in_turn,
    numbers_of,
    one_after_the_other,
    points_of_row,
    quantity_test,
    strict,
    targets_of,
    translated,
)
from isfdsl.columnar.vectors import (
    Array,
    Bools,
    Days,
    Lists,
    Nums,
    Texts,
    Vec,
    add,
    assemble,
    both,
    compare_numbers,
    constant_number,
    divide,
    missing_like,
    multiply,
    negative,
    there,
)
from isfdsl.columnar.words import Value, Words
from isfdsl.program.codes import normal, valid_in
from isfdsl.program.scope import (
    AttributeSymbol,
    BegrepSymbol,
    FieldSymbol,
    GroupSymbol,
    HierarkiSymbol,
    NivaaSymbol,
    PointsSymbol,
    SamlingSymbol,
    SatsSymbol,
)
from isfdsl.source import Span
from isfdsl.syntax import ast
from isfdsl.values import EXACT

if TYPE_CHECKING:
    from isfdsl.columnar.plan import EpochPlan

_NOWHERE = Span("", 0, 0)


class Compiler:
    """Compiles expressions about one subject in one epoch. ``busy``: properties being settled, see ``counts_as``."""

    def __init__(self, plan: EpochPlan, subject: str | None, busy: frozenset[str] = frozenset()) -> None:
        self.plan = plan
        self.epoch = plan.epoch
        self.subject = subject
        self.busy = busy
        self._made: dict[int, tuple[ast.Expr, Evaluate]] = {}
        self._tests: dict[int, tuple[ast.Expr, Test]] = {}
        self._parts: dict[str, tuple[Part, ...]] = {}

    def value(self, e: ast.Expr) -> Evaluate:
        """What computes an expression."""
        if id(e) not in self._made:
            self._made[id(e)] = (e, self._value(e))
        return self._made[id(e)][1]

    def test(self, e: ast.Expr) -> Test:
        """What tests a condition; missing counts as false."""
        if id(e) not in self._tests:
            self._tests[id(e)] = (e, self._test(e))
        return self._tests[id(e)][1]

    # ------------------------------------------------------------ truth

    def _test(self, e: ast.Expr) -> Test:
        match e:
            case ast.And(parts=parts):
                return in_turn([self.test(p) for p in parts], go_on=True)
            case ast.Or(parts=parts):
                return in_turn([self.test(p) for p in parts], go_on=False)
            case ast.Not(operand=operand):
                test = self.test(operand)
                return lambda f, r: ~test(f, r)
            case ast.Compare(left=left, op=op, right=right):
                return self._compare(left, op, right)
            case ast.Between(operand=operand, low=low, high=high):
                return in_turn([self._compare(low, "<=", operand), self._compare(operand, "<=", high)], go_on=True)
            case ast.InSet(operand=operand, codes=codes):
                parts_, whole = self.operand(operand)
                return SetTest(parts_, self.epoch.code_set(codes, whole)).any
            case ast.HasProperty(operand=operand, properties=properties):
                parts_, _ = self.operand(operand)
                return PropertyTest(self, parts_, frozenset(p.text for p in properties)).any
            case ast.Present(operand=operand):
                value = self.value(operand)
                return lambda f, r: there(value(f, r))
            case ast.Missing(operand=operand):
                value = self.value(operand)
                return lambda f, r: ~there(value(f, r))
            case ast.ValidIn(operand=operand, system=system):
                return self._valid_in(operand, system.text)
            case ast.WithinTime():
                return self._within(e)
            case ast.CountTest(quantity=quantity, count=count, distinct=distinct, field=name, test=counted):
                return quantity_test(quantity, count, self._count(name.text, counted, distinct))
            case ast.NoneTest(field=name, test=counted):
                return quantity_test("nøyaktig", 0, self._count(name.text, counted, False))
            case ast.AllTest(field=name, only=only, test=counted):
                return self._all_test(name.text, frozenset(n.text for n in only), counted)
            case ast.DistinctSources(field=name, properties=properties):
                return self._distinct_sources(name.text, tuple(p.text for p in properties))
            case ast.KravTest(krav=krav, outcome=outcome):
                return self._krav(krav.text, outcome)
            case ast.GroupFlag(attribute=attribute):
                return self._flag(attribute.text)
            case ast.SameDay() | ast.Same():
                return lambda f, r: np.zeros(f.count(r), bool)  # only has meaning about a pair, see pairs.py
            case ast.Constant(value=yes) | ast.BoolLiteral(value=yes):
                return lambda f, r: np.full(f.count(r), yes)
            case _:
                closure = self.value(e)

                def test_value(f: Frame, r: Rows) -> Array:
                    found = closure(f, r)
                    return found.true if isinstance(found, Bools) else np.zeros(f.count(r), bool)

                return test_value

    def _compare(self, left: ast.Expr, op: str, right: ast.Expr) -> Test:
        first, second = self.value(left), self.value(right)

        def test(f: Frame, r: Rows) -> Array:
            return compared(op, first(f, r), second(f, r))

        return test

    def _within(self, e: ast.WithinTime) -> Test:
        left, right = self.value(e.left), self.value(e.right)
        size = constant_number(e.amount.value * (1 if e.direction == "etter" else -1), 1)
        between = num.ELAPSED[e.amount.unit]
        op = "<=" if e.limit == "senest" else ">="

        def within(f: Frame, r: Rows) -> Array:
            a, b = left(f, r), right(f, r)
            if not isinstance(a, Days) or not isinstance(b, Days):
                return np.zeros(f.count(r), bool)
            found = compare_numbers(op, between(b, a), size)
            present = both(a.present, b.present)
            return found if present is None else found & present

        return within

    # ------------------------------------------------------------ codes

    @property
    def recodings(self) -> dict[str, tuple[tuple[str, ast.Expr], ...]]:
        """Properties that count as another one, but for those being settled."""
        found = self.epoch.recodings
        return {name: rules for name, rules in found.items() if name not in self.busy} if self.busy else found

    def counts_as(self, name: str, wanted: frozenset[str]) -> Test:
        """Whether a property counts as one of some: by the first ``regnes som`` that holds, else as itself.

        Its conditions are about the record at hand, whatever asks. One that asks for the very property sees it as it is
        written.
        """
        itself = name in wanted

        def find(f: Frame, r: Rows) -> Array:
            inner = self.plan.compiler(f.subject, self.busy | {name})
            recodings = self.epoch.recodings[name]
            rules = self.plan.kept(
                ("counts_as", name, inner.subject, inner.busy, wanted),
                lambda: [(target in wanted, inner.test(condition)) for target, condition in recodings],
            )
            out = np.full(f.count(r), itself)
            left = f.rows(r)
            place = np.arange(len(left))
            for yes, test in rules:
                holds = test(f, left)
                out[place[holds]] = yes
                left, place = left[~holds], place[~holds]
            return out

        key = ("counts_as", id(self.plan), name, self.busy, wanted)
        return lambda f, r: f.keep(key, r, find)

    def parts(self, name: str) -> tuple[Part, ...]:
        """Where the values of a field, a samling or a begrep come from."""
        if name not in self._parts:
            self._parts[name] = tuple(self._find_parts(self.subject, name))
        return self._parts[name]

    def _find_parts(self, subject: str | None, name: str) -> list[Part]:
        symbol = self.epoch.scopes.lookup(subject, name)
        if isinstance(symbol, SamlingSymbol):
            owner = symbol.samling.subject.text
            return [p for f in symbol.samling.fields for p in self._find_parts(owner, f.text)]
        if isinstance(symbol, FieldSymbol):
            return [Part(self, codes_of(lambda f, r: f.column(name, r)), self.systems(subject, name))]
        reference = ast.Reference(name=name, span=_NOWHERE)
        value = self.plan.compiler(subject, self.busy).value(reference)
        return [Part(self, codes_of(value), self.systems(subject, name))]

    def systems(self, subject: str | None, name: str) -> frozenset[str]:
        """The code systems of a field, a begrep or a samling."""
        symbol = self.epoch.scopes.lookup(subject, name)
        found = code_type(self.epoch.inference.symbol_type(symbol, subject)) if symbol is not None else None
        return frozenset(found.systems) if found is not None else frozenset()

    def operand(self, e: ast.Expr) -> tuple[tuple[Part, ...], frozenset[str]]:
        """The parts of an operand of ``i`` or ``har egenskap``, and the systems that a set is asked with."""
        if isinstance(e, ast.Reference):
            symbol = self.epoch.scopes.lookup(self.subject, e.name)
            if isinstance(symbol, (FieldSymbol, SamlingSymbol)):
                return self.parts(e.name), self.systems(self.subject, e.name)
        found = code_type(self.epoch.inference.infer(e, self.subject))
        systems = frozenset(found.systems) if found is not None else frozenset()
        return (Part(self, codes_of(self.value(e)), systems),), systems

    def _value_test(self, name: str, test: ast.CountTestPart) -> ValueTest:
        if isinstance(test, ast.CodesTest):
            return SetTest(self.parts(name), self.epoch.code_set(test.codes, self.systems(self.subject, name)))
        return PropertyTest(self, self.parts(name), frozenset(p.text for p in test.properties))

    def _count(self, name: str, test: ast.CountTestPart | None, distinct: bool) -> Test:
        parts = self.parts(name)
        passes = self._value_test(name, test) if test is not None else None
        one = Words()

        def count(f: Frame, r: Rows) -> Array:
            n = f.count(r)
            own = []
            for part in parts:
                codes = part.fetch(f, r)
                flags = passes.values(part, codes, f, r) if passes is not None else everything(codes)
                own.append((codes, flags))
            if distinct:
                return different(own, n, one)
            return sum((per_row(codes, flags, n) for codes, flags in own), np.zeros(n, np.int64))

        return count

    def _all_test(self, name: str, only: frozenset[str], test: ast.CountTestPart) -> Test:
        parts = self.parts(name)
        passes = self._value_test(name, test)
        asked = PropertyTest(self, parts, only) if only else None

        def every(f: Frame, r: Rows) -> Array:
            n = f.count(r)
            failing: Array = np.zeros(n, np.int64)
            for part in parts:
                codes = part.fetch(f, r)
                bad = ~passes.values(part, codes, f, r)
                if asked is not None:
                    bad &= asked.values(part, codes, f, r)
                failing += per_row(codes, bad, n)
            none: Array = failing == 0
            return none

        return every

    def _distinct_sources(self, name: str, wanted: tuple[str, ...]) -> Test:
        """Each wanted property from an occurrence of its own: by Hall, any few of them have as many occurrences."""
        parts = self.parts(name)
        singles = [PropertyTest(self, parts, frozenset({w})) for w in wanted]

        def enough(f: Frame, r: Rows) -> Array:
            n = f.count(r)
            fetched = [(part, part.fetch(f, r)) for part in parts]
            flags = [[t.values(part, codes, f, r) for part, codes in fetched] for t in singles]
            out = np.ones(n, bool)
            for some in range(1, 2 ** len(wanted)):
                chosen = [flags[i] for i in range(len(wanted)) if some >> i & 1]
                carried = np.zeros(n, np.int64)
                for at, (_, codes) in enumerate(fetched):
                    carried += per_row(codes, np.logical_or.reduce([c[at] for c in chosen]), n)
                out &= carried >= len(chosen)
            return out

        return enough

    def _valid_in(self, operand: ast.Expr, system: str) -> Test:
        value = self.value(operand)
        valid = valid_in(self.epoch.ruleset, system)

        def wrong(v: Value) -> bool:
            return not all(valid(normal(c)) for c in ((v,) if isinstance(v, str) else v) if c is not None)

        def check(f: Frame, r: Rows) -> Array:
            found = value(f, r)
            if not isinstance(found, (Texts, Lists)):
                return np.zeros(f.count(r), bool)
            bad = found.words.table(("invalid", id(operand), id(self)), np.bool_, wrong, keep=(operand, self))
            if isinstance(found, Texts):
                return ~bad[found.v] & (found.v >= 0)
            good: Array = per_row(found, bad[found.packed], f.count(r)) == 0
            return good

        return check

    # ------------------------------------------------------------ values

    def _value(self, e: ast.Expr) -> Evaluate:
        match e:
            case ast.Cases(cases=cases, otherwise=otherwise):
                return self._cases(cases, otherwise)
            case ast.Sum(terms=terms):
                return folded(
                    [(sign == "-", self.value(t)) for sign, t in terms], 0, add, lambda a, b: add(a, negative(b))
                )
            case ast.Product(factors=factors):
                return folded([(op == "/", self.value(x)) for op, x in factors], 1, multiply, divide)
            case ast.Negate(operand=operand):
                inner = self.value(operand)
                return lambda f, r: negative(numbers_of(inner(f, r), f.count(r)))
            case ast.NumberLiteral(value=number, unit=unit):
                exact = number.scaleb(-2, context=EXACT) if unit == "%" else number
                return lambda f, r: constant_number(exact, f.count(r))
            case ast.DateLiteral(value=day):
                return constant_day(None if day is None else num.day_number(day), False)
            case ast.DateTimeLiteral(value=moment):
                return constant_day(None if moment is None else num.micro_number(moment), True)
            case ast.TextLiteral(value=text):
                words = Words([text])
                return lambda f, r: Texts(np.zeros(f.count(r), np.int32), words)
            case ast.Reference(name=name):
                return self._reference(name)
            case ast.Call(function=function, arguments=arguments):
                return strict(num.FUNCTIONS[function], [self.value(a) for a in arguments])
            case ast.Elapsed(unit=unit, start=start, end=end):
                return strict(num.ELAPSED[unit], [self.value(start), self.value(end)])
            case ast.Part(part=part, operand=operand):
                return strict(num.PARTS[part], [self.value(operand)])
            case ast.HdgOf(operand=operand):
                return self._hdg(operand)
            case ast.PropertyLookup(slag=slag, field=name):
                return self.lookup(slag.text, name.text)
            case ast.CountOf(distinct=distinct, field=name, test=test):
                counted = self._count(name.text, test, distinct)
                return lambda f, r: Nums(counted(f, r))
            case (
                ast.And()
                | ast.Or()
                | ast.Not()
                | ast.Compare()
                | ast.Between()
                | ast.InSet()
                | ast.HasProperty()
                | ast.Present()
                | ast.Missing()
                | ast.ValidIn()
                | ast.WithinTime()
                | ast.CountTest()
                | ast.NoneTest()
                | ast.AllTest()
                | ast.DistinctSources()
                | ast.KravTest()
                | ast.GroupFlag()
                | ast.SameDay()
                | ast.Same()
                | ast.Constant()
                | ast.BoolLiteral()
            ):
                test_ = self.test(e)
                return lambda f, r: Bools(test_(f, r))
            case _:
                assert_never(e)

    def _cases(self, cases: tuple[tuple[ast.Expr, ast.Expr], ...], otherwise: ast.Expr) -> Evaluate:
        compiled = [(self.test(c), self.value(v)) for v, c in cases]
        rest = self.value(otherwise)

        def choose(f: Frame, r: Rows) -> Vec:
            left = f.rows(r)
            place = np.arange(len(left))
            parts: list[tuple[Array, Vec]] = []
            for test, value in compiled:
                holds = test(f, left)
                parts.append((place[holds], value(f, left[holds])))
                left, place = left[~holds], place[~holds]
            parts.append((place, rest(f, left)))
            return assemble(f.count(r), parts)

        return choose

    def _reference(self, name: str) -> Evaluate:
        symbol = self.epoch.scopes.lookup(self.subject, name)
        match symbol:
            case FieldSymbol():
                return lambda f, r: f.column(name, r)
            case BegrepSymbol(begrep=begrep):
                return self._begrep(begrep)
            case SamlingSymbol():
                return self._joined(name)
            case NivaaSymbol(nivaa=nivaa):
                level = self.plan.level(nivaa, self.busy)
                return lambda f, r: Nums(level(f, r))
            case SatsSymbol(name=sats):
                return self._rate(sats)
            case HierarkiSymbol(hierarki=hierarki):
                decider = self.plan.decider(hierarki, self.busy)
                return lambda f, r: decider.target(f, r)
            case AttributeSymbol(name=attribute):
                return lambda f, r: self.plan.attribute(f, r, attribute)
            case GroupSymbol():
                return lambda f, r: group_of(f, r)
            case PointsSymbol():
                return points_of_row
            case None:
                return lambda f, r: missing_like(None, f.count(r))
            case _:
                assert_never(symbol)

    def _begrep(self, begrep: ast.Begrep) -> Evaluate:
        own = begrep.subject.text if begrep.subject is not None else None
        key = ("begrep", id(self.plan), id(begrep), self.busy)
        kept = not reads.changes(self.plan, begrep.expr, own)
        made: list[Evaluate] = []

        def value(f: Frame, r: Rows) -> Vec:
            if not made:
                made.append(self.plan.compiler(own, self.busy).value(begrep.expr))
            found: Vec = f.keep(key, r, made[0]) if kept else made[0](f, r)
            return found

        return value

    def _joined(self, name: str) -> Evaluate:
        """A samling as one list."""
        parts = self.parts(name)

        def join(f: Frame, r: Rows) -> Vec:
            n = f.count(r)
            fetched = [as_lists(p.fetch(f, r)) for p in parts]
            rows = np.concatenate([c.row_of for c in fetched])
            whole = assemble(len(rows), one_after_the_other(fetched))
            assert isinstance(whole, Texts)
            order = np.argsort(rows, kind="stable")
            size = np.bincount(rows, minlength=n).astype(np.int64)
            return Lists(np.cumsum(size) - size, size, whole.v[order], whole.words)

        return join

    def _rate(self, name: str) -> Evaluate:
        value, note = self.epoch.rate(name)

        def rate(f: Frame, r: Rows) -> Vec:
            if note is not None:
                f.note(note, r)
            n = f.count(r)
            return missing_like(None, n) if value is None else constant_number(value, n)

        return rate

    def _hdg(self, operand: ast.Expr) -> Evaluate:
        found = code_type(self.epoch.inference.infer(operand, self.subject))
        systems = frozenset(found.systems) if found is not None else frozenset()
        if systems & {"drg", "stg", "tfg"}:
            return lambda f, r: self.plan.attribute(f, r, "HDG")
        hdg, to = self.epoch.property_hdg, Words()
        if systems & self.epoch.slag_members.keys():
            return translated(self.value(operand), hdg, to)
        if not isinstance(operand, ast.Reference):
            return lambda f, r: Texts(np.full(f.count(r), -1, np.int32), to)
        finders = [translated(self.lookup(slag, operand.name), hdg, to) for slag in self.epoch.ruleset.slag]

        def find(f: Frame, r: Rows) -> Vec:
            out = np.full(f.count(r), -1, np.int32)
            for finder in finders:
                found = finder(f, r)
                assert isinstance(found, Texts)
                out = np.where(out >= 0, out, found.v)
            return Texts(out, to)

        return find

    def lookup(self, slag: str, name: str) -> Evaluate:
        """The one property of a kind that the first value of a field has, in the order the kind states."""
        ways = self.epoch.ruleset.slag[slag].lookup
        members = self.epoch.slag_members[slag]
        order = {p: i for i, p in enumerate(self.epoch.ruleset.egenskaper)}
        parts = self.parts(name)
        reached = {t for m in members for t, _ in self.recodings.get(m, ())}
        to = Words(sorted(members | reached, key=lambda name: order[str(name)]))
        turned = [(to.ids[m], str(m)) for m in sorted(members) if m in self.recodings]
        is_turned = np.zeros(len(to) + 1, bool)
        is_turned[[place for place, _ in turned]] = True
        targets = {
            m: [(to.ids[t], self.counts_as(m, frozenset({t}))) for t in targets_of(self.recodings[m])]
            for _, m in turned
        }

        def say(part: Part) -> Callable[[list[Value]], list[int]]:
            index = part.index

            def first(value: Value) -> int:
                one, two = (value, None) if isinstance(value, str) else value
                for way in ways:
                    if way == "par":
                        found = index.pairs.get((one, two), frozenset()) if two is not None else frozenset()
                    elif way == "andre":
                        found = index.single(two) if two is not None else frozenset()
                    else:
                        found = index.single(one)
                    own = found & members
                    if own:
                        return to.ids[min(own, key=order.__getitem__)] + 1
                return 0

            def firsts(values: list[Value]) -> list[int]:
                part.learn(values)
                return list(map(first, values))

            return firsts

        says = [say(p) for p in parts]

        def find(f: Frame, r: Rows) -> Vec:
            out = np.full(f.count(r), -1, np.int32)
            open_ = np.ones(f.count(r), bool)
            for part, tell in zip(parts, says, strict=True):
                codes = part.fetch(f, r)
                table = codes.words.table_of(("lookup", id(tell)), np.int32, tell, keep=tell)
                if isinstance(codes, Texts):
                    has, first = codes.v >= 0, codes.v
                else:
                    has = codes.size > 0
                    first = np.full(len(codes), -1, np.int32)
                    first[has] = codes.flat[codes.start[has]]
                now = open_ & has
                out[now] = table[first[now]] - 1
                open_ &= ~has
            at_all = np.flatnonzero(is_turned[out])
            written = out[at_all]
            for place in np.unique(written).tolist():
                at = at_all[written == place]
                own = f.rows(r)[at]
                for target, counts in targets[str(to.values[place])]:
                    out[at[counts(f, own)]] = target
            return Texts(out, to)

        key = ("slag", id(self.plan), slag, name, self.busy, self.subject)
        return lambda f, r: f.keep(key, r, find)

    # ------------------------------------------------------------ the group and requirements

    def _flag(self, name: str) -> Test:
        def flag(f: Frame, r: Rows) -> Array:
            found = self.plan.attribute(f, r, name, noted=False)
            if not isinstance(found, Texts):
                return np.zeros(f.count(r), bool)
            yes: Array = found.words.table("ja", np.bool_, lambda v: v == "ja")[found.v]
            return yes

        return flag

    def _krav(self, name: str, outcome: str) -> Test:
        def ask(f: Frame, r: Rows) -> Array:
            krav = self.plan.krav(name, self.busy)
            if outcome == "gjelder":
                return krav.applies(f, r)
            broken = krav.is_broken(f, r)
            return broken if outcome == "brutt" else ~broken

        return ask
