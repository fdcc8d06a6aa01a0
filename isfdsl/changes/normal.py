"""The normal form of a piece of the tree: equal for two ways of writing the same.

Order in lists of codes and properties, the dots of codes, quotes that change nothing, how a number is written and
which side of a comparison a number stands on have no meaning. Order in ``og`` and ``eller`` has none for the answer;
but what comes after the part that decides leaves no notes, so it counts where a part may leave one.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import Any

from attrs import define, field, fields, has

from isfdsl.check.walk import nodes, plain_name
from isfdsl.program.codes import normal
from isfdsl.program.ruleset import Ruleset
from isfdsl.syntax import ast
from isfdsl.values import EXACT

_TURNED: dict[ast.Comparator, ast.Comparator] = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}

_KRAV, _RECODED = "krav ", "regnes som "
"""What no name of an expression begins with."""


@define
class Notes:
    """Which expressions of some regelverk may leave a note in ``mangler``: at least all that do."""

    _fields: set[str] = field(factory=set)
    _attributes: set[str] = field(factory=set)
    _rates: dict[str, bool] = field(factory=dict)
    _named: dict[str, list[ast.Expr]] = field(factory=dict)
    _noisy: set[str] | None = None

    def read(self, rules: Ruleset) -> None:
        """Gather what names stand for."""
        assumed = {a.rate.text for d in rules.of(ast.Antakelse) if isinstance(a := d.assumption, ast.AssumeRate)}
        for post in rules.of(ast.Post):
            self._fields |= {f.name.text for f in post.fields}
        self._fields |= {s.name.text for s in rules.of(ast.Samling)}
        self._attributes |= {a.name.text for d in rules.all_groups for a in d.attributes}
        for sats in rules.of(ast.Sats):
            open_ = isinstance(sats.value, ast.Unknown) or sats.name.text in assumed
            self._rates[sats.name.text] = open_ or self._rates.get(sats.name.text, False)
        for begrep in rules.of(ast.Begrep):
            self._named.setdefault(begrep.name.text, []).append(begrep.expr)
        for level in rules.of(ast.Nivaa):
            own = self._named.setdefault(level.name.text, [])
            for k in level.categories:
                own += [e for e in (k.condition, *k.exceptions) if e is not None]
        for krav in rules.of(ast.Krav):
            parts = (krav.applies, *(v.condition for v in (*krav.conditions, *krav.exceptions)))
            self._named.setdefault(_KRAV + krav.name.text, []).extend(e for e in parts if e is not None)
        recoded = [r.condition for d in rules.of(ast.Egenskap) for r in d.regnes_som]
        self._named.setdefault(_RECODED, []).extend(recoded)
        self._noisy = None

    def may_come_of(self, e: ast.Expr) -> bool:
        """Whether computing an expression may leave a note."""
        return any(self._from(node) for node in nodes(e))

    def _from(self, e: ast.Expr) -> bool:
        match e:
            case ast.Reference(name=name):
                return self._from_name(plain_name(name))
            case ast.KravTest(krav=krav):
                return self._from_name(_KRAV + krav.text)
            case ast.GroupFlag():
                return True
            case (
                ast.HasProperty() | ast.PropertyLookup() | ast.DistinctSources() | ast.CountTest() | ast.NoneTest()
            ) | (ast.AllTest() | ast.CountOf()):
                return self._from_name(_RECODED)
            case _:
                return False

    def _from_name(self, name: str) -> bool:
        # A name may stand for one thing with one subject and for another with the next: any of them counts.
        if name in self._attributes or self._rates.get(name) or name in self._settled():
            return True
        return not (name in self._fields or name in self._rates or name in self._named)  # a group, points

    def _settled(self) -> set[str]:
        """The names that may leave a note. They may stand for each other, so it is asked until nothing is new."""
        if self._noisy is None:
            self._noisy, before = set(), -1
            while len(self._noisy) > before:
                before = len(self._noisy)
                for name, found in self._named.items():
                    if name not in self._noisy and any(map(self.may_come_of, found)):
                        self._noisy.add(name)
        return self._noisy


@define
class Forms:
    """Normal forms of the pieces of two regelverk that are compared.

    ``lists`` are the names of code lists in either. Without ``notes`` order in ``og`` and ``eller`` never counts.
    """

    lists: frozenset[str] = frozenset()
    notes: Notes | None = None

    @classmethod
    def of_both(cls, old: Ruleset, new: Ruleset) -> Forms:
        """For two regelverk: what may leave a note in one of them counts as such in both."""
        notes = Notes()
        notes.read(old)
        notes.read(new)
        return cls(frozenset(old.kodelister) | frozenset(new.kodelister), notes)

    def same(self, a: Any, b: Any) -> bool:
        """Whether two pieces say the same."""
        return bool(a == b) or self.of(a) == self.of(b)

    def of(self, value: Any) -> Hashable:
        """The normal form."""
        match value:
            case ast.And() | ast.Or():
                return self._chain(value)
            case ast.Not(operand=ast.Not(operand=inner)):
                return self.of(inner)
            case ast.NumberLiteral() | ast.Amount():
                return _number(value.value, value.unit)
            case ast.Compare():
                left, op, right = value.left, value.op, value.right
                if isinstance(left, (ast.NumberLiteral, ast.DateLiteral)):
                    left, op, right = right, _TURNED[op], left
                return ("sammenlign", op, self.of(left), self.of(right))
            case ast.SetUnion(items=items):
                return ("koder", frozenset(self.of(i) for i in items))
            case ast.CodeItem(text=text, quoted=quoted):
                return ("liste", text) if text in self.lists and not quoted else ("kode", normal(text))
            case ast.HasProperty(operand=operand, properties=properties):
                return ("har", self.of(operand), _names(properties))
            case ast.PropertyTest(properties=properties):
                return ("har", _names(properties))
            case ast.AllTest(field=name, only=only, test=test):
                return ("alle", name.text, _names(only), self.of(test))
            case tuple():
                return tuple(self.of(v) for v in value)
            case Decimal():
                return value.normalize(EXACT)
            case _ if has(type(value)):
                parts = (a.name for a in fields(type(value)) if a.eq)
                return (type(value).__name__, *(self.of(getattr(value, name)) for name in parts))
            case _:
                return value  # type: ignore[no-any-return]

    def _chain(self, e: ast.And | ast.Or) -> Hashable:
        kind = type(e)
        word = "og" if kind is ast.And else "eller"
        # Parts that stand together and leave no notes can change places; those that may leave one cannot.
        runs: list[frozenset[Hashable] | tuple[Hashable]] = [frozenset()]
        for part in _flat(e, kind):
            form, last = self.of(part), runs[-1]
            if self.notes is not None and self.notes.may_come_of(part):
                runs.append((form,))
            elif isinstance(last, frozenset):
                runs[-1] = last | {form}
            else:
                runs.append(frozenset({form}))
        return (word, *runs)


def _flat(e: ast.Expr, kind: type[ast.And] | type[ast.Or]) -> Iterable[ast.Expr]:
    if not isinstance(e, kind):
        return (e,)
    return (p for part in e.parts for p in _flat(part, kind))


def _number(value: Decimal, unit: ast.Unit) -> Hashable:
    """Per cent are hundredths: where both pass the check of units, 40 % and 0,4 are the same number."""
    if unit == "%":
        return ("tall", value.scaleb(-2, context=EXACT).normalize(EXACT), "")
    return ("tall", value.normalize(EXACT), unit)


def _names(names: tuple[ast.Name, ...]) -> frozenset[str]:
    return frozenset(n.text for n in names)
