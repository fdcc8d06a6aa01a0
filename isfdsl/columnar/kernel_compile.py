"""Conditions as formulas over numbered literals: the plan side of the kernel, made once per list of conditions.

A formula is a literal ``j``, its negation ``~j``, or ``("&", ...)`` / ``("|", ...)`` over formulas; ``TRUE`` is an
empty ``&`` and ``FALSE`` an empty ``|``. A literal lies in one of three places:

- MARK: at least ``y`` codes of the record say so; ``x`` is their mark.
- SINGLE: one value per row decides (a field, a begrep, a level); ``x`` is the single, ``y`` the bit in its class.
- DENSE: anything else, tested for every row; ``x`` is its place.

Records are pure while a kernel runs (nobody gathers notes then), so literals may be asked in any order and at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define, field, frozen

from isfdsl.columnar.codes import Part
from isfdsl.columnar.expressions import Compiler
from isfdsl.columnar.operations import Evaluate, Test
from isfdsl.columnar.words import Value
from isfdsl.program.codes import CodeSet, united
from isfdsl.program.scope import BegrepSymbol, FieldSymbol, SamlingSymbol, SatsSymbol
from isfdsl.program.types import CodeType, ListType, MomentType, TextType
from isfdsl.syntax import ast

if TYPE_CHECKING:
    from isfdsl.columnar.plan import EpochPlan

Formula = Any
T = TypeVar("T")
TRUE: Formula = ("&",)
FALSE: Formula = ("|",)
MARK, SINGLE, DENSE = 0, 1, 2
_MOST_COUNTED = 2**30
_MOST_SOURCES = 4


@frozen
class Literal:
    """Where a literal is found, see above."""

    kind: int
    x: int
    y: int = 0


@define(eq=False)
class Source:
    """Codes from one place, and which literals a code makes true. ``number`` is the single it is, -1 for a list."""

    part: Part
    number: int
    by_property: dict[str, list[int]] = field(factory=dict)
    by_code: dict[str, list[int]] = field(factory=dict)
    by_pair: dict[tuple[str, str], list[int]] = field(factory=dict)
    loose: list[tuple[CodeSet, int]] = field(factory=list)
    failing: list[tuple[frozenset[str], frozenset[str], int]] = field(factory=list)
    failing_sets: list[tuple[frozenset[str], CodeSet, int]] = field(factory=list)
    present: list[int] = field(factory=list)

    def add_set(self, codes: CodeSet, literal: int) -> None:
        """The literal is true of what belongs to a set."""
        codes = united(codes)
        if codes.is_plain:
            for code in codes.codes:
                self.by_code.setdefault(code, []).append(literal)
            for pair in codes.pairs:
                self.by_pair.setdefault(pair, []).append(literal)
        else:
            self.loose.append((codes, literal))

    @property
    def asks_more(self) -> bool:
        """Whether a literal may be true of a code beside those that follow from its properties."""
        return bool(self.by_code or self.by_pair or self.loose or self.failing_sets)

    def more(self, value: Value, carried: frozenset[str]) -> list[int]:
        """The literals that a value makes true itself, whatever others carry the same properties."""
        one, two = (value, None) if isinstance(value, str) else value
        out = [*self.by_code.get(one, ())]
        if two is not None:
            out += (*self.by_code.get(two, ()), *self.by_pair.get((one, two), ()))
        out += (literal for codes, literal in self.loose if codes.has(value))
        for only, has, literal in self.failing_sets:
            if (not only or not only.isdisjoint(carried)) and not has.has(value):
                out.append(literal)
        return out

    def always(self, carried: frozenset[str]) -> list[int]:
        """The literals that follow from the properties of a value beside those ``by_property``."""
        out = [*self.present]
        for only, wanted, literal in self.failing:
            if (not only or not only.isdisjoint(carried)) and wanted.isdisjoint(carried):
                out.append(literal)
        return out


@define(eq=False)
class Single:
    """One value per row. ``source`` when it is a code; else ``value`` and the tests that depend on it alone.

    ``composites`` are formulas over its own literals, each with a bit of its own: (bit, formula over bits).
    """

    source: Source | None = None
    value: Evaluate | None = None
    tests: list[tuple[int, Test]] = field(factory=list)
    bits: int = 0
    composites: list[tuple[int, Formula]] = field(factory=list)
    _known: dict[int, int] = field(factory=dict, init=False)
    _asked: tuple[int, int] = field(default=(0, 0), init=False)

    def completed(self, truth: int) -> int:
        """The bits of a class with those of the composites."""
        if self._asked[0] != len(self.composites):
            self._asked = len(self.composites), sum(1 << b for b in {b for _, f in self.composites for b in _bits(f)})
            self._known.clear()
        asked = truth & self._asked[1]
        found = self._known.get(asked)
        if found is None:
            found = asked
            for bit, formula in self.composites:
                if holds(formula, found):
                    found |= 1 << bit
            self._known[asked] = found
        return truth | found


def _bits(formula: Formula) -> Iterator[int]:
    """The bits a formula asks about."""
    if isinstance(formula, int):
        yield formula if formula >= 0 else ~formula
    else:
        for part in formula[1:]:
            yield from _bits(part)


def holds(formula: Formula, truth: int) -> bool:
    """Whether a formula over bits holds."""
    if isinstance(formula, int):
        return bool(truth >> formula & 1) if formula >= 0 else not truth >> ~formula & 1
    op, *parts = formula
    return all(holds(p, truth) for p in parts) if op == "&" else any(holds(p, truth) for p in parts)


def negated(formula: Formula) -> Formula:
    """The opposite."""
    if isinstance(formula, int):
        return ~formula
    return ("|" if formula[0] == "&" else "&", *(negated(p) for p in formula[1:]))


def joined(op: str, parts: Iterable[Formula]) -> Formula:
    """Several formulas as one, nested ones of the same kind taken in; a constant that decides is the whole."""
    out: list[Formula] = []
    for p in parts:
        if not isinstance(p, int) and (p[0] == op or len(p) == 2):
            out.extend(p[1:])
        elif not isinstance(p, int) and len(p) == 1:
            return p
        else:
            out.append(p)
    return out[0] if len(out) == 1 else (op, *out)


Recipe = tuple[str, str | None, frozenset[str], Any]
"""How a function or a part that the plan has made is had again: (kind, subject, busy, what of)."""


def cooked(plan: EpochPlan, recipe: Recipe) -> Any:
    """What a recipe gives."""
    kind, subject, busy, what = recipe
    c = plan.compiler(subject, busy)
    match kind:
        case "part":
            name, at = what
            return c.parts(name)[at]
        case "operand":
            return c.operand(what)[0][0]
        case "value":
            return c.value(what)
        case _:
            return c.test(what)


class Maker:
    """Makes the formulas of some conditions; afterwards it holds every literal they ask for.

    ``about``: what the records are read as, whatever a condition in a begrep or a level is about. ``recipes`` has, by
    identity, all that cannot be put on disk, and how it is made.
    """

    def __init__(self, plan: EpochPlan, about: str) -> None:
        self.plan = plan
        self.about = about
        self.epoch = plan.epoch
        self.literals: list[Literal] = []
        self.sources: list[Source] = []
        self.singles: list[Single] = []
        self.marks = 0
        self.dense: list[Test] = []
        self.recipes: dict[int, tuple[object, Recipe]] = {}
        self._known: dict[Any, Any] = {}

    def parts(self) -> tuple[Any, ...]:
        """All that the kernel reads of it."""
        return self.literals, self.sources, self.singles, self.marks, self.dense

    @classmethod
    def again(cls, plan: EpochPlan, about: str, parts: tuple[Any, ...]) -> Maker:
        """One that holds what another held; it makes nothing more."""
        made = cls(plan, about)
        made.literals, made.sources, made.singles, made.marks, made.dense = parts
        return made

    def condition(self, parts: Sequence[ast.Expr], compiler: Compiler) -> Formula:
        """The formula of some parts that must all hold."""
        whole = joined("&", [self.formula(p, compiler) for p in parts])
        if not isinstance(whole, int) and whole[0] == "&":
            return joined("&", [self._collapsed(p) for p in whole[1:]])
        return self._collapsed(whole)

    def formula(self, e: ast.Expr, c: Compiler) -> Formula:
        """The formula of an expression, as ``compiler.test`` means it."""
        match e:
            case ast.And(parts=parts):
                return joined("&", [self.formula(p, c) for p in parts])
            case ast.Or(parts=parts):
                return joined("|", [self.formula(p, c) for p in parts])
            case ast.Not(operand=operand):
                return negated(self.formula(operand, c))
            case ast.Constant(value=yes) | ast.BoolLiteral(value=yes):
                return TRUE if yes else FALSE
        key = ("formula", c.subject, c.busy, e)
        found = self._known.get(key)  # to look for an expression takes time
        if found is None:
            found = self._known[key] = self._formula(e, c)
        return found

    def _formula(self, e: ast.Expr, c: Compiler) -> Formula:
        match e:
            case ast.HasProperty(operand=operand, properties=properties):
                return self._carried(self.operand(operand, c), frozenset(p.text for p in properties), c)
            case ast.InSet(operand=operand, codes=codes):
                _, systems = c.operand(operand)
                return self._feature(self.operand(operand, c), ("set", codes, systems))
            case ast.NoneTest(field=name, test=test):
                return negated(self._at_least(1, name.text, test, e, c))
            case ast.CountTest(quantity=quantity, count=count, distinct=False, field=name, test=test):
                if quantity == "minst":
                    return self._at_least(count, name.text, test, e, c)
                if count >= _MOST_COUNTED or not self._is_plain(test, c):
                    return self._dense(e, c)
                few = negated(self._at_least(count + 1, name.text, test, e, c))
                if quantity == "høyst":
                    return few
                return joined("&", [self._at_least(count, name.text, test, e, c), few])
            case ast.AllTest(field=name, only=only, test=test):
                names = frozenset(n.text for n in only)
                if self._touched(names, c) or not self._is_plain(test, c):
                    return self._dense(e, c)
                systems = c.systems(c.subject, name.text)
                return negated(self._feature(self._sources(name.text, c), ("failing", names, test, systems)))
            case ast.DistinctSources(field=name, properties=properties):
                return self._distinct_sources(e, name.text, tuple(p.text for p in properties), c)
            case ast.Present(operand=operand) if self._is_code(operand, c):
                return self._feature(self.operand(operand, c), ("present",))
            case ast.Missing(operand=operand) if self._is_code(operand, c):
                return negated(self._feature(self.operand(operand, c), ("present",)))
            case ast.Reference(name=name):
                symbol = self.epoch.scopes.lookup(c.subject, name)
                if isinstance(symbol, BegrepSymbol) and isinstance(symbol.begrep.expr, _CONDITIONS):
                    own = symbol.begrep.subject.text if symbol.begrep.subject is not None else None
                    return self.formula(symbol.begrep.expr, self.plan.compiler(own, c.busy))
        return self._other(e, c)

    # ------------------------------------------------------------ codes

    def _at_least(self, count: int, name: str, test: ast.CountTestPart, e: ast.Expr, c: Compiler) -> Formula:
        if count <= 0:
            return TRUE
        if count == 1 and isinstance(test, ast.PropertyTest):
            return self._carried(self._sources(name, c), frozenset(p.text for p in test.properties), c)
        if count > _MOST_COUNTED or not self._is_plain(test, c):
            return self._dense(e, c)
        says: Any
        if isinstance(test, ast.CodesTest):
            says = ("set", test.codes, c.systems(c.subject, name))
        else:
            says = ("carries", frozenset(p.text for p in test.properties))
        return self._feature(self._sources(name, c), says, count)

    def _distinct_sources(self, e: ast.Expr, name: str, wanted: tuple[str, ...], c: Compiler) -> Formula:
        """Hall: any few of the wanted properties have as many occurrences."""
        if len(wanted) > _MOST_SOURCES or self._touched(frozenset(wanted), c):
            return self._dense(e, c)
        sources = self._sources(name, c)
        return joined(
            "&",
            [
                self._feature(sources, ("carries", frozenset(some)), size)
                for size in range(1, len(wanted) + 1)
                for some in combinations(wanted, size)
            ],
        )

    def _carried(self, sources: tuple[Source, ...], wanted: frozenset[str], c: Compiler) -> Formula:
        """Whether any value carries one of some properties, recoded as ``PropertyTest`` does."""
        plain = wanted.difference(c.recodings)
        ways = [self._feature(sources, ("carries", plain))] if plain else []
        for name, rules in c.recodings.items():
            if name in wanted or any(target in wanted for target, _ in rules):
                has = self._feature(sources, ("carries", frozenset({name})))
                ways.append(joined("&", [has, self._counts_as(name, wanted, c)]))
        return joined("|", ways)

    def _counts_as(self, name: str, wanted: frozenset[str], c: Compiler) -> Formula:
        """See ``Compiler.counts_as``."""
        inner = self.plan.compiler(self.about, c.busy | {name})
        out = TRUE if name in wanted else FALSE
        for target, condition in reversed(self.epoch.recodings[name]):
            asked = self.formula(condition, inner)
            out = joined("|", [asked, out]) if target in wanted else joined("&", [negated(asked), out])
        return out

    def _touched(self, names: frozenset[str], c: Compiler) -> bool:
        """Whether a recoding is about any of some properties."""
        return any(name in names or any(t in names for t, _ in rules) for name, rules in c.recodings.items())

    def _is_plain(self, test: ast.CountTestPart, c: Compiler) -> bool:
        return isinstance(test, ast.CodesTest) or not self._touched(frozenset(p.text for p in test.properties), c)

    def _sources(self, name: str, c: Compiler) -> tuple[Source, ...]:
        key = ("sources", c.subject, c.busy, name)
        if key not in self._known:
            parts, names = c.parts(name), self._names(c.subject, name)
            self._known[key] = tuple(
                self._source(
                    ("field", own) if is_field else ("value", subject, own, c.busy), part, self._is_list(subject, own)
                )
                for part, (subject, own, is_field) in zip(parts, names, strict=True)
            )
            for at, part in enumerate(parts):
                self._noted("part", part, (name, at), c)
        return self._known[key]  # type: ignore[no-any-return]

    def _names(self, subject: str | None, name: str) -> list[tuple[str | None, str, bool]]:
        symbol = self.epoch.scopes.lookup(subject, name)
        if isinstance(symbol, SamlingSymbol):
            return [x for f in symbol.samling.fields for x in self._names(symbol.samling.subject.text, f.text)]
        return [(subject, name, isinstance(symbol, FieldSymbol))]

    def operand(self, e: ast.Expr, c: Compiler) -> tuple[Source, ...]:
        if isinstance(e, ast.Reference):
            symbol = self.epoch.scopes.lookup(c.subject, e.name)
            if isinstance(symbol, (FieldSymbol, SamlingSymbol)):
                return self._sources(e.name, c)
        (part,), _ = c.operand(e)
        self._noted("operand", part, e, c)
        is_list = isinstance(self.epoch.inference.infer(e, c.subject), ListType)
        return (self._source(("operand", c.subject, c.busy, e), part, is_list),)

    def _source(self, key: Any, part: Part, is_list: bool) -> Source:
        key = ("source", key, part.systems, is_list)
        if key not in self._known:
            made = self._known[key] = Source(part, -1 if is_list else len(self.singles))
            self.sources.append(made)
            if not is_list:
                self.singles.append(Single(source=made))
        return self._known[key]  # type: ignore[no-any-return]

    def _is_list(self, subject: str | None, name: str) -> bool:
        symbol = self.epoch.scopes.lookup(subject, name)
        return symbol is not None and isinstance(self.epoch.inference.symbol_type(symbol, subject), ListType)

    def _is_code(self, e: ast.Expr, c: Compiler) -> bool:
        found = self.epoch.inference.infer(e, c.subject)
        return isinstance(found.item if isinstance(found, ListType) else found, CodeType)

    def _feature(self, sources: tuple[Source, ...], says: Any, count: int = 1) -> Formula:
        """The literal that at least ``count`` values are as ``says`` has it."""
        key = ("feature", tuple(id(s) for s in sources), says)
        single = sources[0].number if len(sources) == 1 else -1
        if single >= 0 and count > 1:
            return FALSE
        if key not in self._known:
            literal = len(self.literals)
            if single >= 0:
                self._add_bit(single)
            else:
                self.literals.append(Literal(MARK, self.marks, 1))
                self.marks += 1
            self._known[key] = literal
            for source in sources:
                self._tell(source, says, literal)
        first: int = self._known[key]
        if count == 1:
            return first
        if ("counted", first, count) not in self._known:
            self._known["counted", first, count] = len(self.literals)
            self.literals.append(Literal(MARK, self.literals[first].x, count))
        return self._known["counted", first, count]

    def _tell(self, source: Source, says: Any, literal: int) -> None:
        match says:
            case ("carries", wanted):
                for name in wanted:
                    source.by_property.setdefault(name, []).append(literal)
            case ("set", codes, systems):
                source.add_set(self.epoch.code_set(codes, systems), literal)
            case ("failing", only, test, systems):
                if isinstance(test, ast.CodesTest):
                    source.failing_sets.append((only, self.epoch.code_set(test.codes, systems), literal))
                else:
                    source.failing.append((only, frozenset(p.text for p in test.properties), literal))
            case _:
                source.present.append(literal)

    def _add_bit(self, single: int) -> int:
        own = self.singles[single]
        self.literals.append(Literal(SINGLE, single, own.bits))
        own.bits += 1
        return own.bits - 1

    # ------------------------------------------------------------ the rest

    def _dense(self, e: ast.Expr, c: Compiler) -> Formula:
        key = ("dense", c.subject, c.busy, e)
        if key not in self._known:
            self._known[key] = len(self.literals)
            self.literals.append(Literal(DENSE, len(self.dense)))
            self.dense.append(self._noted("test", c.test(e), e, c))
        return self._known[key]

    def _other(self, e: ast.Expr, c: Compiler) -> Formula:
        leaf = self._leaf(e, c)
        if leaf is None:
            return self._dense(e, c)
        key = ("leaf", c.subject, c.busy, leaf)
        if key not in self._known:
            self._known[key] = len(self.singles)
            self.singles.append(Single(value=self._noted("value", c.value(leaf), leaf, c)))
        single = self._known[key]
        literal = len(self.literals)
        bit = self._add_bit(single)
        self.singles[single].tests.append((bit, self._noted("test", c.test(e), e, c)))
        return literal

    def _noted(self, kind: str, made: T, what: Any, c: Compiler) -> T:
        self.recipes[id(made)] = made, (kind, c.subject, c.busy, what)
        return made

    def _leaf(self, e: ast.Expr, c: Compiler) -> ast.Reference | None:
        """The one value that an expression depends on, when it has few enough different ones."""
        found: dict[str, ast.Reference] = {}
        if not _references(e, found):
            return None
        leaves = [r for r in found.values() if not isinstance(self.epoch.scopes.lookup(c.subject, r.name), SatsSymbol)]
        if len(leaves) != 1:
            return None
        many = isinstance(self.epoch.inference.infer(leaves[0], c.subject), (ListType, MomentType, TextType))
        return None if many else leaves[0]

    def _collapsed(self, formula: Formula) -> Formula:
        """Parts about one single become one literal of it; ``p and not p`` is still asked."""
        if isinstance(formula, int) or len(formula) == 1:
            return formula
        homes = {self._home(j) for j in literals_of(formula)}
        home = homes.pop() if len(homes) == 1 else -1
        if home < 0:
            return (formula[0], *(self._collapsed(p) for p in formula[1:]))
        key = ("composite", formula)
        if key not in self._known:
            self._known[key] = len(self.literals)
            own = self._bits(formula)
            self.singles[home].composites.append((self._add_bit(home), own))
        return self._known[key]

    def _home(self, literal: int) -> int:
        found = self.literals[literal]
        return found.x if found.kind == SINGLE else -1

    def _bits(self, formula: Formula) -> Formula:
        if isinstance(formula, int):
            return self.literals[formula].y if formula >= 0 else ~self.literals[~formula].y
        return (formula[0], *(self._bits(p) for p in formula[1:]))


def literals_of(formula: Formula) -> set[int]:
    """The literals of a formula, whatever their sign."""
    if isinstance(formula, int):
        return {formula if formula >= 0 else ~formula}
    return {j for p in formula[1:] for j in literals_of(p)}


def _references(e: Any, found: dict[str, ast.Reference]) -> bool:
    """Collect the names an expression reads; False when it reads more than names say."""
    match e:
        case ast.Reference(name=name):
            found[name] = e
            return True
        case (
            ast.HdgOf()
            | ast.PropertyLookup()
            | ast.CountOf()
            | ast.CountTest()
            | ast.NoneTest()
            | ast.AllTest()
            | ast.DistinctSources()
            | ast.KravTest()
            | ast.GroupFlag()
            | ast.SameDay()
            | ast.Same()
        ):
            return False
        case ast.SetUnion() | ast.SetExcept() | ast.Name():
            return True
        case tuple():
            return all(_references(x, found) for x in e)
        case ast.Node():
            return all(_references(getattr(e, a.name), found) for a in type(e).__attrs_attrs__)
        case _:
            return True


_CONDITIONS = (
    ast.And,
    ast.Or,
    ast.Not,
    ast.Compare,
    ast.Between,
    ast.InSet,
    ast.HasProperty,
    ast.CountTest,
    ast.NoneTest,
    ast.AllTest,
    ast.DistinctSources,
)
