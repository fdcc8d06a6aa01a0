"""Making a record that satisfies a condition: part by part from the condition itself, then judged by the interpreter.

``Maker.make`` changes a draft so that an expression becomes true (or false), choosing at random where there is a
choice. It doesn't prove anything: whoever asks evaluates the result, and tries again when it isn't so. What can't be
constructed at all raises ``CannotMake`` with the reason.
"""

from __future__ import annotations

from typing import Any

from attrs import define

from isfdsl.interp.context import Ctx
from isfdsl.program.scope import BegrepSymbol, FieldSymbol
from isfdsl.syntax import ast
from isfdsl.testing.sample.solve_base import DEEP, CannotMake, Draft, copy_of
from isfdsl.testing.sample.solve_codes import CodeMaker, some_codes
from isfdsl.testing.sample.solve_numbers import NumberMaker

_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}


@define
class Maker(NumberMaker, CodeMaker):
    """Constructs for one subject in one epoch."""

    def make(self, e: ast.Expr, want: bool, draft: Draft, subject: str) -> None:
        """Change ``draft`` so that ``e`` is (or isn't) true. Raises ``CannotMake``."""
        if self._depth > DEEP:
            raise CannotMake("vilkåret går i ring")
        self._depth += 1
        try:
            self._make(e, want, draft, subject)
        finally:
            self._depth -= 1

    def holds(self, e: ast.Expr, draft: Draft, subject: str) -> bool:
        """Whether a condition holds for the draft as it is."""
        return self.machine.condition(e, subject)(self._ctx(draft, subject))

    def value(self, e: ast.Expr, draft: Draft, subject: str) -> Any:
        """The value of an expression for the draft as it is."""
        return self.machine.value(e, subject)(self._ctx(draft, subject))

    def _ctx(self, draft: Draft, subject: str) -> Ctx:
        ctx = self.machine.new(subject, draft, "x")
        if self.group is not None:
            ctx.group_kind, ctx.group = self.group
        return ctx

    def _make(self, e: ast.Expr, want: bool, draft: Draft, subject: str) -> None:
        if self.holds(e, draft, subject) is want:
            return
        match e:
            case ast.And(parts=parts):
                self._junction(parts, want, True, draft, subject)
            case ast.Or(parts=parts):
                self._junction(parts, want, False, draft, subject)
            case ast.Not(operand=operand):
                self.make(operand, not want, draft, subject)
            case ast.Constant():
                raise CannotMake("vilkåret er alltid eller aldri oppfylt")
            case ast.Compare(left=left, op=op, right=right):
                self._compare(left, op if want else _OPPOSITE[op], right, draft, subject)
            case ast.Between(operand=operand, low=low, high=high):
                if want:
                    self._number(operand, self._limit(self.random.choice((low, high)), draft, subject), draft, subject)
                else:
                    below = self.random.random() < 0.5
                    self._compare(operand, "<" if below else ">", low if below else high, draft, subject)
            case ast.InSet(operand=operand, codes=codes):
                wanted = self.machine.code_set(codes, self._systems(operand, subject))
                self._codes(operand, wanted.has, lambda: some_codes(wanted), want, draft, subject)
            case ast.HasProperty(operand=operand, properties=properties):
                self._property(operand, [p.text for p in properties], want, draft, subject)
            case ast.Present(operand=operand):
                self._presence(operand, want, draft, subject)
            case ast.Missing(operand=operand):
                self._presence(operand, not want, draft, subject)
            case ast.ValidIn(operand=operand, system=system):
                self._valid(operand, system.text, want, draft, subject)
            case ast.WithinTime():
                self._within(e, want, draft, subject)
            case ast.CountTest(quantity=quantity, count=count, distinct=distinct, field=name, test=test):
                self._counted(name.text, test, quantity, count, distinct, want, draft, subject)
            case ast.NoneTest(field=name, test=test):
                self._counted(name.text, test, "høyst", 0, False, want, draft, subject)
            case ast.AllTest():
                self._all(e, want, draft, subject)
            case ast.DistinctSources(field=name, properties=properties):
                for p in properties:
                    if want:
                        self._add(name.text, self._carrying(name.text, p.text, subject), draft, subject)
                if not want:
                    own, listed = self.random.choice(properties).text, name.text
                    self._remove(listed, lambda v: own in self._index(listed, subject).of(v), draft, subject)
            case ast.KravTest(krav=krav, outcome=outcome):
                self._krav(krav.text, outcome, want, draft)
            case ast.Reference(name=name):
                self._truth(name, want, draft, subject)
            case ast.Cases(cases=cases, otherwise=otherwise):
                self._cases(cases, otherwise, lambda v: self.make(v, want, draft, subject), draft, subject)
            case ast.BoolLiteral():
                raise CannotMake("en fast verdi kan ikke endres")
            case ast.GroupFlag(attribute=attribute):
                raise CannotMake(f"«{attribute.text}» avhenger av gruppen")
            case _:
                raise CannotMake(f"{type(e).__name__} er ikke noe som kan konstrueres")

    def _junction(self, parts: tuple[ast.Expr, ...], want: bool, every: bool, draft: Draft, subject: str) -> None:
        if want is every:
            # What is hard to change goes first, and what was put right once is looked at again.
            for _ in range(3):
                for part in parts:
                    self.make(part, want, draft, subject)
                if all(self.holds(p, draft, subject) is want for p in parts):
                    return
            return
        reasons = []
        for part in self.random.sample(parts, len(parts)):
            before = copy_of(draft)
            try:
                self.make(part, want, draft, subject)
                if self.holds(part, draft, subject) is want:
                    return
            except CannotMake as error:
                reasons.append(str(error))
            draft.clear()
            draft.update(before)
        raise CannotMake(reasons[0] if reasons else "ingen av delene lot seg oppfylle")

    def _truth(self, name: str, want: bool, draft: Draft, subject: str) -> None:
        symbol = self.machine.scopes.lookup(subject, name)
        if isinstance(symbol, BegrepSymbol):
            self.make(symbol.begrep.expr, want, draft, self._owner(symbol, subject))
        elif isinstance(symbol, FieldSymbol) and symbol.field.type.kind == "ja_nei":
            draft[name] = want
        else:
            raise CannotMake(f"«{name}» kan ikke settes")

    def _owner(self, symbol: BegrepSymbol, subject: str) -> str:
        return symbol.begrep.subject.text if symbol.begrep.subject is not None else subject

    def _krav(self, name: str, outcome: str, want: bool, draft: Draft) -> None:
        decl = self.machine.ruleset.krav[name]
        subject = decl.subject.text
        applies = [decl.applies] if decl.applies is not None else []
        if outcome == "gjelder":
            for a in applies:
                self.make(a, want, draft, subject)
            return
        broken = (outcome == "brutt") is want
        if not broken and applies and self.random.random() < 0.3:
            self.make(applies[0], False, draft, subject)
            return
        for a in applies:
            self.make(a, True, draft, subject)
        self.fulfil(decl, not broken, draft)

    def fulfil(self, decl: ast.Krav, met: bool, draft: Draft, which: str | None = None) -> None:
        """Meet every condition of a requirement, or break ``which`` (any of them when none is named)."""
        subject = decl.subject.text
        every = [(v, True) for v in decl.conditions] + [(v, False) for v in decl.exceptions]
        breakable = [v for v, _ in every if v.condition is not None or v.attested_by is not None]
        chosen = which or (self.random.choice(breakable).name.text if breakable else None)
        if not met and chosen is None:
            raise CannotMake(f"ingen vilkår i «{decl.name.text}» kan brytes av data")
        for v, good in every:
            hold = good is not (not met and v.name.text == chosen)
            if v.condition is not None:
                self.make(v.condition, hold, draft, subject)
            elif v.attested_by is not None and v.attested_by.text in self._fields:
                draft[v.attested_by.text] = hold


__all__ = ["CannotMake", "Draft", "Maker"]
