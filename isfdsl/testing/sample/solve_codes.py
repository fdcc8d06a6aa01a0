"""Making codes that belong to sets and carry properties, and values that are there or missing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, assert_never

from attrs import define

from isfdsl.interp.features import code_type, systems_of
from isfdsl.program.codes import CodeSet, PropertyIndex, normal, valid_in
from isfdsl.program.scope import BegrepSymbol, FieldSymbol, HierarkiSymbol, SamlingSymbol
from isfdsl.records.codes import CodeBook
from isfdsl.records.faults import FieldFault
from isfdsl.records.schema import CodeSystem, FieldSchema
from isfdsl.syntax import ast
from isfdsl.testing.facts import concrete
from isfdsl.testing.sample.patterns import example
from isfdsl.testing.sample.solve_base import CannotMake, Draft, MakerBase

_MOST_CODES = 400


@define
class CodeMaker(MakerBase):
    """The part of the maker that chooses codes, and whether a value is there."""

    def _presence(self, e: ast.Expr, want: bool, draft: Draft, subject: str) -> None:
        match e:
            case ast.Reference(name=name):
                symbol = self.machine.scopes.lookup(subject, name)
                if isinstance(symbol, FieldSymbol):
                    spec = self._fields[name]
                    draft[name] = self.any_value(spec) if want else () if spec.is_list else None
                elif isinstance(symbol, SamlingSymbol):
                    names = [f.text for f in symbol.samling.fields]
                    for own in [self.random.choice(names)] if want else names:
                        spec = self._fields[own]
                        draft[own] = self.any_value(spec) if want else () if spec.is_list else None
                elif isinstance(symbol, BegrepSymbol):
                    self._presence(symbol.begrep.expr, want, draft, self._owner(symbol, subject))
                else:
                    raise CannotMake(f"«{name}» kan ikke settes")
            case ast.Elapsed(start=start, end=end):
                for one in (start, end) if want else (self.random.choice((start, end)),):
                    if (self.value(one, draft, subject) is not None) is not want:
                        self._presence(one, want, draft, subject)
            case ast.Part(operand=operand) | ast.Negate(operand=operand):
                self._presence(operand, want, draft, subject)
            case ast.Sum(terms=parts) | ast.Product(factors=parts):
                for _, one in parts:
                    if (self.value(one, draft, subject) is not None) is not want:
                        self._presence(one, want, draft, subject)
                        if not want:
                            return
            case ast.Cases(cases=cases, otherwise=otherwise):
                self._cases(cases, otherwise, lambda v: self._presence(v, want, draft, subject), draft, subject)
            case ast.PropertyLookup() | ast.HdgOf():
                if want:
                    self._codes(e, lambda v: True, lambda: [], True, draft, subject)
                else:
                    self._clear_lookup(e, draft, subject)
            case _:
                if (self.value(e, draft, subject) is not None) is not want:
                    raise CannotMake("verdien kan ikke settes")

    def _clear_lookup(self, e: ast.Expr, draft: Draft, subject: str) -> None:
        name = e.field.text if isinstance(e, ast.PropertyLookup) else None
        if isinstance(e, ast.HdgOf) and isinstance(e.operand, ast.Reference | ast.PropertyLookup):
            self._presence(e.operand, False, draft, subject)
        elif name is not None and name in self._fields:
            draft[name] = () if self._fields[name].is_list else None
        else:
            raise CannotMake("oppslaget kan ikke tømmes")

    def any_value(self, spec: FieldSchema) -> Any:
        """Some valid value of a field."""
        random = self.random
        match spec.kind:
            case "tekst":
                one: Any = f"{spec.name[:6]}{random.randint(1, 9)}"
            case "heltall":
                one = random.randint(*_range(spec, 0, 10))
            case "desimal":
                one = Decimal(random.randint(*_range(spec, 0, 10)))
            case "dato" | "tidspunkt":
                day = self.machine.day or dt.date(2024, 1, 15)
                one = self._fitting(spec, day + dt.timedelta(days=random.randint(0, 20)))
            case "ja_nei":
                one = random.random() < 0.5
            case "kode" | "kodepar":
                code = self.any_code(spec)
                one = (code, None) if spec.kind == "kodepar" else code
            case _:
                assert_never(spec.kind)
        return (one,) if spec.is_list else one

    def any_code(self, spec: FieldSchema) -> str:
        """Some valid code of a field. Raises ``CannotMake``."""
        for system in self.random.sample(spec.systems, len(spec.systems)):
            if system.codes and not (system.open and self.random.random() < 0.3):
                return self.random.choice(self._valid_codes(system))
            if system.pattern is not None:
                try:
                    return example(system.pattern, self.random)
                except ValueError:
                    continue
            if system.open and system.pattern is None:
                return "X0"
        raise CannotMake(f"ingen koder for «{spec.name}»")

    def _valid_codes(self, system: CodeSystem) -> list[str]:
        """The listed codes that may be used on the day, or all when none may."""
        if system.name not in self._listed:
            day = self.machine.day or dt.date(2024, 1, 15)
            valid = [c for c, info in system.codes.items() if info.valid_on(day)]
            self._listed[system.name] = valid or list(system.codes)
        return self._listed[system.name]

    # ------------------------------------------------------------ codes

    def _systems(self, e: ast.Expr, subject: str) -> frozenset[str]:
        if isinstance(e, ast.Reference):
            symbol = self.machine.scopes.lookup(subject, e.name)
            if isinstance(symbol, FieldSymbol | SamlingSymbol):
                return systems_of(self.machine, subject, e.name)
        found = code_type(self.machine.inference.infer(e, subject))
        return frozenset(found.systems) if found is not None else frozenset()

    def _index(self, name: str, subject: str) -> Any:
        return self.machine.property_index(systems_of(self.machine, subject, name))

    def _codes(
        self,
        e: ast.Expr,
        accept: Callable[[Any], bool],
        offer: Callable[[], Iterable[Any]],
        want: bool,
        draft: Draft,
        subject: str,
    ) -> None:
        """Give ``e`` a code that ``accept`` likes (or take all such away)."""
        match e:
            case ast.Reference(name=name):
                symbol = self.machine.scopes.lookup(subject, name)
                if isinstance(symbol, FieldSymbol | SamlingSymbol):
                    if want:
                        self._add(name, list(offer()), draft, subject)
                    else:
                        self._remove(name, accept, draft, subject)
                elif isinstance(symbol, BegrepSymbol):
                    own = self._owner(symbol, subject)
                    self._codes(symbol.begrep.expr, accept, offer, want, draft, own)
                elif isinstance(symbol, HierarkiSymbol):
                    self._through_hierarchy(symbol.hierarki, accept, want, draft)
                else:
                    raise CannotMake(f"«{name}» kan ikke settes")
            case ast.PropertyLookup(slag=slag, field=looked):
                self._looked_up(slag.text, looked.text, accept, want, draft, subject)
            case ast.HdgOf(operand=operand):
                hdg = self.machine.property_hdg
                accepted = lambda p: p in hdg and accept(hdg[p])  # noqa: E731
                if isinstance(operand, ast.Reference) and isinstance(
                    self.machine.scopes.lookup(subject, operand.name), FieldSymbol
                ):
                    any_slag = self.random.choice(list(self.machine.ruleset.slag))
                    self._looked_up(any_slag, operand.name, accepted, want, draft, subject)
                else:
                    self._codes(operand, accepted, lambda: [], want, draft, subject)
            case ast.Cases(cases=cases, otherwise=otherwise):
                self._cases(
                    cases, otherwise, lambda v: self._codes(v, accept, offer, want, draft, subject), draft, subject
                )
            case _:
                raise CannotMake("verdien det spørres om, kan ikke settes")

    def _through_hierarchy(self, decl: ast.Hierarki, accept: Callable[[Any], bool], want: bool, draft: Draft) -> None:
        subject = decl.subject.text
        rules = [r for r in self.machine.decider(decl.name.text).rules if accept(r.rule.target.text) is want]
        if not rules:
            raise CannotMake(f"ingen regel i «{decl.name.text}» gir det")
        chosen = self.random.choice(rules)
        for e in (chosen.group.condition, chosen.rule.condition):
            if e is not None:
                self.make(e, True, draft, subject)

    def _looked_up(
        self, slag: str, name: str, accept: Callable[[Any], bool], want: bool, draft: Draft, subject: str
    ) -> None:
        members = sorted(p for p in self.machine.slag_members.get(slag, ()) if accept(p) is want)
        if not members and want:
            raise CannotMake(f"ingen egenskap av slaget «{slag}» passer")
        if not want:
            draft[name] = () if self._fields[name].is_list else None
            return
        for p in self.random.sample(members, min(len(members), 20)):
            for source, conditions in self._sources(p):
                codes = self._carrying(name, source, subject)
                if not codes:
                    continue
                spec = self._fields.get(name)
                if spec is not None and spec.is_list:
                    rest = draft.get(name) or ()
                    draft[name] = (self._occurrence(spec, self.random.choice(codes)), *rest[1:])
                else:
                    self._add(name, codes, draft, subject)
                for condition, hold in conditions:
                    self.make(condition, hold, draft, subject)
                return
        raise CannotMake(f"egenskapen «{members[0]}» har ingen koder")

    def _sources(self, name: str) -> list[tuple[str, list[tuple[ast.Expr, bool]]]]:
        """The properties a code may carry to count as ``name``, and what must hold (or not) for it to do so."""
        recodings = self.machine.recodings
        out = [(name, [(c, False) for _, c in recodings.get(name, ())])]
        for source, rules in recodings.items():
            for i, (target, condition) in enumerate(rules):
                if target == name:
                    out.append((source, [*((c, False) for _, c in rules[:i]), (condition, True)]))
        return self.random.sample(out, len(out))

    def _property(self, e: ast.Expr, names: list[str], want: bool, draft: Draft, subject: str) -> None:
        if isinstance(e, ast.Reference) and isinstance(
            self.machine.scopes.lookup(subject, e.name), FieldSymbol | SamlingSymbol
        ):
            if want:
                for chosen in self.random.sample(names, len(names)):
                    for source, conditions in self._sources(chosen):
                        options = self._carrying(e.name, source, subject)
                        if options:
                            self._add(e.name, options, draft, subject)
                            for condition, hold in conditions:
                                self.make(condition, hold, draft, subject)
                            return
                raise CannotMake(f"egenskapen «{names[0]}» har ingen koder som passer i «{e.name}»")
            else:
                index = self._index(e.name, subject)
                self._remove(e.name, lambda v: not index.of(v).isdisjoint(names), draft, subject)
            return
        index = self.machine.property_index(self._systems(e, subject))
        self._codes(
            e,
            lambda v: not index.of(v).isdisjoint(names),
            lambda: [c for p in names for c in self._from_index(index, p)],
            want,
            draft,
            subject,
        )

    def _from_index(self, index: Any, name: str) -> list[Any]:
        if id(index) not in self._inverse:
            self._inverse[id(index)] = index, _inverted(index)
        out: list[Any] = list(self._inverse[id(index)][1].get(name, ()))
        for loose, codes in index.loose:
            if loose == name:
                out += list(some_codes(codes))
        return out

    def _carrying(self, field_name: str, name: str, subject: str) -> tuple[Any, ...]:
        """Codes (and pairs) that carry a property, as a field sees it."""
        key = (field_name, name)
        if key not in self._carriers:
            self._carriers[key] = tuple(self._from_index(self._index(field_name, subject), name))
        return self._carriers[key]

    def _homes(self, name: str, subject: str) -> list[str]:
        """The fields a code for a field or samling may be put in."""
        symbol = self.machine.scopes.lookup(subject, name)
        if isinstance(symbol, SamlingSymbol):
            return [f.text for f in symbol.samling.fields if f.text in self._fields]
        return [name] if name in self._fields else []

    def _occurrence(self, spec: FieldSchema, code: Any) -> Any:
        """A code as an occurrence of the field; ``None`` when the field can't hold it."""
        if spec.kind not in ("kode", "kodepar"):
            return None
        parts = code if isinstance(code, tuple) else (code, None)
        if spec.kind == "kode" and parts[1] is not None:
            return None
        book = self._books.setdefault(spec.name, CodeBook(spec.systems))
        try:
            for part in parts:
                if part is not None:
                    book.require(normal(part))
        except FieldFault:
            return None
        return (parts[0], parts[1]) if spec.kind == "kodepar" else parts[0]

    def _add(self, name: str, codes: Iterable[Any], draft: Draft, subject: str) -> None:
        options = list(codes)
        options = self.random.sample(options, min(len(options), 120))
        homes = self._homes(name, subject)
        # A list takes one more; a single field loses what it had.
        homes.sort(key=lambda n: (not self._fields[n].is_list, self.random.random()))
        if len(homes) > 1 and self.random.random() < 0.3:
            self.random.shuffle(homes)
        if not options:
            raise CannotMake(f"det finnes ingen koder å sette i «{name}»")
        for code in options:
            for home in homes:
                spec = self._fields[home]
                one = self._occurrence(spec, code)
                if one is not None:
                    draft[home] = (*(draft.get(home) or ()), one) if spec.is_list else one
                    return
        raise CannotMake(f"ingen kode passer i «{name}»")

    def _remove(self, name: str, accept: Callable[[Any], bool], draft: Draft, subject: str) -> None:
        for home in self._homes(name, subject):
            spec = self._fields[home]
            value = draft.get(home)
            if spec.is_list:
                draft[home] = tuple(v for v in value or () if not accept(v))
            elif value is not None and accept(value):
                draft[home] = self._other_code(spec, accept)

    def _other_code(self, spec: FieldSchema, accept: Callable[[Any], bool]) -> Any:
        for _ in range(20):
            one = self._occurrence(spec, self.any_code(spec))
            if one is not None and not accept(one):
                return one
        if spec.optional:
            return None
        raise CannotMake(f"«{spec.name}» kan ikke være noe annet")

    def _test(self, name: str, test: ast.CountTestPart | None, subject: str) -> tuple[Callable[[Any], bool], list[Any]]:
        match test:
            case None:
                return (lambda v: True), []
            case ast.CodesTest(codes=codes):
                wanted = self.machine.code_set(codes, systems_of(self.machine, subject, name))
                return wanted.has, list(some_codes(wanted))
            case ast.PropertyTest(properties=properties):
                index = self._index(name, subject)
                names = [p.text for p in properties]
                return (
                    lambda v: not index.of(v).isdisjoint(names),
                    [c for p in names for c in self._carrying(name, p, subject)],
                )
            case _:
                assert_never(test)

    def _counted(
        self,
        name: str,
        test: ast.CountTestPart | None,
        quantity: str,
        count: int,
        distinct: bool,
        want: bool,
        draft: Draft,
        subject: str,
    ) -> None:
        accept, options = self._test(name, test, subject)
        if not want:
            quantity, count = {"minst": ("høyst", count - 1), "høyst": ("minst", count + 1)}.get(
                quantity, ("minst", count + 1)
            )
        if count < 0:
            raise CannotMake("antallet kan ikke være negativt")

        def hits() -> list[Any]:
            values = [v for home in self._homes(name, subject) for v in self._values(home, draft) if accept(v)]
            return list(dict.fromkeys(values)) if distinct else values

        if quantity in ("høyst", "nøyaktig") and len(hits()) > count:
            keep = hits()[:count]
            self._remove(name, lambda v: accept(v) and v not in keep, draft, subject)
        if quantity in ("minst", "nøyaktig"):
            for _ in range(60):
                if len(hits()) >= count:
                    return
                if options:
                    self._add(name, options, draft, subject)
                else:
                    homes = self._homes(name, subject)
                    if test is not None or not homes:
                        raise CannotMake(f"ingen kode passer i «{name}»")
                    self._add(name, [self.any_code(self._fields[h]) for h in homes], draft, subject)

    def _values(self, home: str, draft: Draft) -> tuple[Any, ...]:
        value = draft.get(home)
        if self._fields[home].is_list:
            return value or ()
        return () if value is None else (value,)

    def _all(self, e: ast.AllTest, want: bool, draft: Draft, subject: str) -> None:
        name = e.field.text
        accept, fitting = self._test(name, e.test, subject)
        index = self._index(name, subject)
        only = tuple(n.text for n in e.only)

        def asked(v: Any) -> bool:
            return not only or not index.of(v).isdisjoint(only)

        if want:
            self._remove(name, lambda v: asked(v) and not accept(v), draft, subject)
            if fitting and self.random.random() < 0.6:
                self._add(name, fitting, draft, subject)
            return
        options = [c for p in only for c in self._carrying(name, p, subject)]
        if not only:
            options = [self.any_code(self._fields[h]) for h in self._homes(name, subject) for _ in range(20)]
        self._add(name, [c for c in options if not accept(c)], draft, subject)

    def _valid(self, e: ast.Expr, system: str, want: bool, draft: Draft, subject: str) -> None:
        if not isinstance(e, ast.Reference):
            raise CannotMake("verdien det spørres om, kan ikke settes")
        symbol = self.machine.scopes.lookup(subject, e.name)
        if isinstance(symbol, BegrepSymbol):
            self._valid(symbol.begrep.expr, system, want, draft, self._owner(symbol, subject))
            return
        valid = valid_in(self.machine.ruleset, system)
        decl = self.machine.ruleset.kodeverk.get(system)
        options: list[str] = [normal(c) for c in decl.codes.codes][:_MOST_CODES] if decl is not None else []
        if decl is not None and decl.pattern is not None:
            options += [example(decl.pattern.value, self.random) for _ in range(5)]
        if want:
            self._add(e.name, options, draft, subject)
        else:
            spec = self._fields[e.name]
            odd = [c for c in ("-80", "X", "0", "ZZZZ9", self.any_code(spec)) if not valid(c)]
            self._add(e.name, odd, draft, subject)


def _inverted(index: PropertyIndex) -> dict[str, list[Any]]:
    """The codes and pairs of each property, at most so many, in an order that is the same in every process."""
    out: dict[str, list[Any]] = {}
    for table in (index.codes, index.pairs):
        for code in sorted(table):
            for name in dict.fromkeys(table[code]):  # type: ignore[index]
                known = out.setdefault(name, [])
                if len(known) < _MOST_CODES:
                    known.append(code)
    return out


def _range(spec: FieldSchema, low: int, high: int) -> tuple[int, int]:
    first = max(low, int(spec.low)) if isinstance(spec.low, int | Decimal) else low
    last = min(high, int(spec.high)) if isinstance(spec.high, int | Decimal) else high
    return (first, max(first, last))


def some_codes(codes: CodeSet) -> Iterable[Any]:
    """Some codes and pairs of a set."""
    out: list[Any] = [c for c, _ in zip(sorted(codes.codes), range(_MOST_CODES), strict=False)]
    out += sorted(codes.pairs)[:_MOST_CODES]
    for prefix in codes.prefixes[:40]:
        out += [normal(c) for c in concrete(prefix + "*")]
    for pattern in codes.patterns[:40]:
        shape = re.sub(r"\\(.)", r"\1", pattern.replace(".*", "*").replace(".", "?"))
        out += [normal(c) for c in concrete(shape)]
    for part in codes.parts:
        out += list(some_codes(part))
    return [c for c in dict.fromkeys(out) if codes.has(c)]
