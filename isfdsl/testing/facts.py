"""What a regelverk speaks of: the codes, limits and days its rules mention, so that drawn data can lie near them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property

from attrs import define, field, frozen

from isfdsl.check.sites import sites
from isfdsl.program.codes import is_pattern, normal
from isfdsl.program.infer import Inference
from isfdsl.program.ruleset import STAY, Ruleset
from isfdsl.program.scope import BegrepSymbol, FieldSymbol, SamlingSymbol, Scopes
from isfdsl.program.types import CodeType, ListType
from isfdsl.records.codes import CodeBook
from isfdsl.records.faults import FieldFault
from isfdsl.records.program_schema import schemas
from isfdsl.records.schema import CodeSystem, FieldSchema, RecordSchema
from isfdsl.records.validate import Validator
from isfdsl.syntax import ast

PER_SET = 12  # codes kept of one long list; a rule's border shows on a few of them
Pair = tuple[str, str]


@frozen
class Hint:
    """A way to make one condition true: give a field one of these codes."""

    field: str
    codes: tuple[str, ...]


@define
class SystemFacts:
    """One code system: what the rules mention, and what is listed."""

    system: CodeSystem
    mentioned: dict[str, None] = field(factory=dict)
    pairs: dict[Pair, None] = field(factory=dict)
    _book: CodeBook = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._book = CodeBook((self.system,))

    def accepts(self, code: str) -> bool:
        """Whether the system knows the code."""
        try:
            self._book.require(normal(code))
        except FieldFault:
            return False
        return True

    def mention(self, written: str) -> None:
        """Remember a code, a pair, or codes that fit a pattern, as far as the system knows them."""
        if "+" in written:
            first, _, second = written.partition("+")
            if self.accepts(first) and self.accepts(second):
                self.pairs[first, second] = None
            return
        for code in concrete(written) if is_pattern(written) else (written,):
            if self.accepts(code):
                self.mentioned[code] = None
        if is_pattern(written):
            start = normal(re.split(r"[*?]", written)[0])
            listed = (c for c in self.system.codes if start and c.startswith(start))
            self.mentioned.update(dict.fromkeys(code for code, _ in zip(listed, range(4), strict=False)))

    @cached_property
    def written(self) -> tuple[str, ...]:
        """The mentioned codes."""
        return tuple(self.mentioned)

    @cached_property
    def listed(self) -> tuple[str, ...]:
        """The listed codes, without dots."""
        return tuple(self.system.codes)

    @cached_property
    def dated(self) -> frozenset[str]:
        """The listed codes that are not valid on every day."""
        return frozenset(c for c, info in self.system.codes.items() if info.fra or info.til)


def concrete(pattern: str) -> Iterator[str]:
    """Some codes that fit a pattern."""
    for star in ("", "0", "1", ".1", "01", "A"):
        for one in ("0", "1", "A", "X"):
            yield pattern.replace("*", star).replace("?", one)
            if "?" not in pattern:
                break


class Facts:
    """Everything worth knowing about one ruleset before drawing records for it.

    Not an attrs class: Hypothesis would print the whole ruleset.
    """

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self.systems: dict[str, SystemFacts] = {}
        self.days: set[int] = set()
        self.years: set[int] = set()
        self.months: set[int] = set()
        self.minutes: set[int] = set()
        self.plain: set[Decimal] = set()
        self.dates: set[dt.date] = set()
        self.texts: dict[str, None] = {}
        self.compared: dict[str, set[Decimal]] = {}
        self.goals: dict[str, list[tuple[Hint, ...]]] = {}
        self.schemas: Mapping[str, RecordSchema] = schemas(ruleset)
        self._validators: dict[str, Validator] = {}
        for schema in self.schemas.values():
            for f in schema.fields:
                for s in f.systems:
                    self.systems.setdefault(s.name, SystemFacts(s))
        self._scopes = Scopes(self.ruleset)
        self._inference = Inference(self.ruleset, self._scopes)
        self.dates.update(self.ruleset.epochs)
        self._sets()
        for d in self.ruleset.declarations:
            self._literals(d)
            for site in sites(d, self.ruleset):
                for subject in site.subjects:
                    self._expression(site.expr, subject)
                    if site.want == "vilkår" and subject is not None:
                        self._goal((*site.around, site.expr), subject)
        for group in self.ruleset.all_groups:
            for a in group.attributes:
                if isinstance(a.value, ast.Amount):
                    self._amount(a.value)

    def __repr__(self) -> str:
        return f"Facts({self.ruleset.title})"

    def validator(self, post: str) -> Validator:
        """What validates rows of a record type, compiled once."""
        if post not in self._validators:
            self._validators[post] = Validator(self.schemas[post])
        return self._validators[post]

    # ------------------------------------------------------------ codes

    def _sets(self) -> None:
        for liste in self.ruleset.kodelister.values():
            names = tuple(s.text for s in liste.systems)
            self._block(liste.codes, names)
        for egenskaper in self.ruleset.egenskaper.values():
            for e in egenskaper:
                self._block(e.codes, tuple(s.text for s in e.systems))
        for d in self.ruleset.of(ast.Antakelse):
            if isinstance(d.assumption, ast.AssumeCodes):
                for code in d.assumption.codes:
                    self._mention(code, self.systems)

    def _block(self, block: ast.CodeBlock, names: Iterable[str]) -> None:
        if not block.sections:
            for code in _some(block.codes):
                self._mention(code, names)
            return
        kept: dict[str | None, int] = {}
        for entry in block.entries():
            kept[entry.section] = kept.get(entry.section, 0) + 1
            if kept[entry.section] <= PER_SET:
                self._mention(entry.code, (entry.section,) if entry.section else names)

    def _mention(self, code: str, names: Iterable[str]) -> None:
        for name in names:
            if name in self.systems:
                self.systems[name].mention(code)

    def written(self, expr: ast.SetExpr, systems: tuple[str, ...], seen: frozenset[str] = frozenset()) -> list[str]:
        """Some codes, pairs and patterns that a set expression names for fields of some systems."""
        match expr:
            case ast.SetExcept(base=base, without=without):
                return self.written(base, systems, seen) + self.written(without, systems, seen)
            case ast.SetUnion(items=items):
                out: list[str] = []
                for item in items:
                    if not isinstance(item, ast.CodeItem):
                        out += self.written(item, systems, seen)
                    elif not item.quoted and item.text in self.ruleset.kodelister:
                        out += self._listed(item.text, systems, seen)
                    else:
                        out.append(item.text)
                return out

    def _listed(self, name: str, systems: tuple[str, ...], seen: frozenset[str]) -> list[str]:
        if name in seen:
            return []
        liste = self.ruleset.kodelister[name]
        if liste.expr is not None:
            return self.written(liste.expr, systems, seen | {name})
        if liste.codes.sections:
            return _some([e.code for e in liste.codes.entries() if e.section is None or e.section in systems])
        return _some(liste.codes.codes)

    def carrying(self, properties: Iterable[str], systems: tuple[str, ...]) -> list[str]:
        """Some codes, pairs and patterns that carry one of the properties."""
        out: list[str] = []
        for name in properties:
            for e in self.ruleset.egenskaper.get(name, ()):
                if e.codes.sections:
                    entries = [c.code for c in e.codes.entries() if c.section is None or c.section in systems]
                    out += _some(entries)
                elif any(s.text in systems for s in e.systems):
                    out += _some(e.codes.codes)
        return out

    # ------------------------------------------------------------ numbers, days, texts

    def _literals(self, d: ast.Node) -> None:
        match d:
            case ast.Tfg():
                for line in d.members:
                    if isinstance(line.window, ast.Window):
                        self.days |= {line.window.start.days, line.window.end.days}
            case ast.Antakelse(assumption=ast.AssumeWindow(window=window)):
                self.days |= {window.start.days, window.end.days}
            case ast.Antakelse(assumption=ast.AssumeAttribute(value=value)) | ast.Sats(value=ast.Amount() as value):
                self._amount(value)
            case _:
                pass

    def _amount(self, amount: ast.Amount | ast.NumberLiteral) -> None:
        value = amount.value
        whole = int(value)
        match amount.unit:
            case "dager":
                self.days.add(whole)
            case "år":
                self.years.add(whole)
            case "måneder":
                self.months.add(whole)
            case "timer":
                self.minutes.add(int(value * 60))
            case "minutter":
                self.minutes.add(whole)
            case "":
                self.plain.add(value)
            case _:
                pass

    def _expression(self, e: object, subject: str | None) -> None:
        for node in walk(e):
            match node:
                case ast.NumberLiteral():
                    self._amount(node)
                case ast.WithinTime(amount=amount):
                    self._amount(amount)
                case ast.DateLiteral(value=dt.date() as day):
                    self.dates.add(day)
                case ast.DateTimeLiteral(value=dt.datetime() as moment):
                    self.dates.add(moment.date())
                case ast.TextLiteral(value=text):
                    self.texts[text] = None
                case ast.Compare(left=left, right=right):
                    self._against(left, right)
                    self._against(right, left)
                case ast.Between(operand=operand, low=low, high=high):
                    self._against(operand, low)
                    self._against(operand, high)
                case ast.InSet(operand=operand, codes=codes):
                    self._mention_set(codes, self._systems(operand, subject))
                case ast.CountTest() | ast.NoneTest() | ast.AllTest() | ast.CountOf():
                    if isinstance(node.test, ast.CodesTest):
                        reference = ast.Reference(name=node.field.text, span=node.span)
                        self._mention_set(node.test.codes, self._systems(reference, subject))
                case _:
                    pass

    def _mention_set(self, codes: ast.SetExpr, systems: tuple[str, ...]) -> None:
        for code in self.written(codes, systems):
            self._mention(code, systems)

    def _against(self, left: ast.Expr, right: ast.Expr) -> None:
        if isinstance(left, ast.Reference):
            name = left.name.rpartition(".")[2]
            for node in walk(right):
                if isinstance(node, ast.NumberLiteral):
                    self.compared.setdefault(name, set()).add(node.value)

    def _systems(self, e: ast.Expr, subject: str | None) -> tuple[str, ...]:
        if isinstance(e, ast.Reference) and e.name.startswith(("neste.", "forrige.")):
            e = ast.Reference(name=e.name.partition(".")[2], span=e.span)
        found = self._inference.infer(e, subject)
        if isinstance(found, ListType):
            found = found.item if isinstance(found.item, CodeType) else None
        return found.systems if isinstance(found, CodeType) else ()

    # ------------------------------------------------------------ goals

    def _goal(self, parts: tuple[ast.Expr, ...], subject: str) -> None:
        hints = tuple(h for e in parts for h in self._hints(e, subject, 0))
        posts = {subject} if subject in self.schemas else {self.ruleset.stay_source or ""} if subject == STAY else set()
        for post in posts & self.schemas.keys():
            if hints:
                self.goals.setdefault(post, []).append(hints)

    def _hints(self, e: ast.Expr, subject: str, depth: int) -> Iterator[Hint]:
        if depth > 4:
            return
        match e:
            case ast.And(parts=parts):
                for p in parts:
                    yield from self._hints(p, subject, depth + 1)
            case ast.Or(parts=parts):
                yield from self._hints(parts[0], subject, depth + 1)
            case ast.Reference(name=name):
                symbol = self._scopes.lookup(subject, name)
                if isinstance(symbol, BegrepSymbol):
                    yield from self._hints(symbol.begrep.expr, subject, depth + 1)
            case ast.InSet():
                yield from self._in_set(e.operand, e.codes, subject)
            case ast.KravTest(krav=krav, outcome="oppfylt" | "gjelder") if krav.text in self.ruleset.krav:
                decl = self.ruleset.krav[krav.text]
                for condition in (decl.applies, *(v.condition for v in decl.conditions)):
                    if condition is not None:
                        yield from self._hints(condition, decl.subject.text, depth + 1)
            case ast.HasProperty(operand=ast.Reference(name=name), properties=properties):
                systems = self._systems(ast.Reference(name=name, span=e.span), subject)
                yield from self._hint(name, subject, self.carrying((p.text for p in properties), systems))
            case ast.CountTest():
                if e.quantity != "høyst":
                    yield from self._hint(e.field.text, subject, self._passing(e.field, e.test, subject))
            case ast.DistinctSources():
                for wanted in e.properties:
                    test = ast.PropertyTest(properties=(wanted,), span=wanted.span)
                    yield from self._hint(e.field.text, subject, self._passing(e.field, test, subject))
            case _:
                return

    def _in_set(self, operand: ast.Expr, codes: ast.SetUnion, subject: str) -> Iterator[Hint]:
        """What makes the field under an operand be in a set: through a begrep, a lookup, or ``HDG av``."""
        if isinstance(operand, ast.Reference):
            symbol = self._scopes.lookup(subject, operand.name)
            if not isinstance(symbol, BegrepSymbol):
                yield from self._hint(operand.name, subject, self.written(codes, self._systems(operand, subject)))
                return
            operand = symbol.begrep.expr
        wanted = {normal(c) for c in self.written(codes, ())}
        if isinstance(operand, ast.PropertyLookup):
            named = [n for n in self.ruleset.egenskaper if normal(n) in wanted]
            systems = self._systems(ast.Reference(name=operand.field.text, span=operand.span), subject)
            yield from self._hint(operand.field.text, subject, self.carrying(named, systems))
        elif isinstance(operand, ast.HdgOf):
            of = operand.operand
            symbol = self._scopes.lookup(subject, of.name) if isinstance(of, ast.Reference) else None
            of = symbol.begrep.expr if isinstance(symbol, BegrepSymbol) else of
            field_name = of.field.text if isinstance(of, ast.PropertyLookup) else getattr(of, "name", "")
            named = [n for n, ds in self.ruleset.egenskaper.items() if any(d.hdg and d.hdg.text in wanted for d in ds)]
            systems = self._systems(ast.Reference(name=field_name, span=operand.span), subject)
            yield from self._hint(field_name, subject, self.carrying(named, systems))

    def _passing(self, name: ast.Name, test: ast.CountTestPart, subject: str) -> list[str]:
        systems = self._systems(ast.Reference(name=name.text, span=name.span), subject)
        if isinstance(test, ast.CodesTest):
            return self.written(test.codes, systems)
        return self.carrying((p.text for p in test.properties), systems)

    def _hint(self, name: str, subject: str, written: list[str]) -> Iterator[Hint]:
        symbol = self._scopes.lookup(subject, name)
        if isinstance(symbol, SamlingSymbol):
            name = symbol.samling.fields[0].text
            symbol = self._scopes.lookup(subject, name)
        if not isinstance(symbol, FieldSymbol):
            return
        schema = self.schemas[symbol.post].by_name()[name]
        codes = tuple(c for w in written for c in self.fitting(schema, w))
        if codes:
            yield Hint(name, codes)

    def fitting(self, f: FieldSchema, written: str) -> list[str]:
        """The codes (or the pair) that a written code stands for, as far as the field takes them."""
        if "+" in written:
            return [written] if f.kind == "kodepar" else []
        codes = concrete(written) if is_pattern(written) else (written,)
        return [c for c in codes if any(self.systems[s.name].accepts(c) for s in f.systems)][:4]


def _some(codes: Iterable[str]) -> list[str]:
    """The first few and the last few."""
    found = list(codes)
    return found if len(found) <= PER_SET else found[: PER_SET // 2] + found[-PER_SET // 2 :]


def walk(e: object) -> Iterator[ast.Node]:
    """An expression and everything in it."""
    stack: list[object] = [e]
    while stack:
        top = stack.pop()
        if isinstance(top, tuple):
            stack += reversed(top)
        elif isinstance(top, ast.Node):
            yield top
            stack += [getattr(top, a.name) for a in reversed(type(top).__attrs_attrs__) if a.name != "span"]
