"""Faults put into the reference engine on purpose: the table and the properties are worth what they find of them.

A mutant is a piece of a function's source and what it is replaced with. A piece that is no longer there makes the test
say so: then the mutant has to be written anew, not dropped.
"""

# ruff: noqa: E501  (one mutant a line)

from __future__ import annotations

import importlib
import inspect
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any

from attrs import frozen

from tests.properties import support


@frozen
class Mutant:
    """``where`` is ``module:function`` or ``module:Class.method`` in ``isfdsl``."""

    where: str
    old: str
    new: str

    @property
    def id(self) -> str:
        """How pytest shows it."""
        return f"{self.where}: {' '.join(self.old.split())} → {' '.join(self.new.split())}"


MUTANTS = tuple(
    Mutant(*m)
    for m in (
        # numbers and rounding
        ("values:round_half_away", "2 * rest >= scaled.denominator", "2 * rest > scaled.denominator"),
        ("values:round_half_away", "2 * rest >= scaled.denominator", "2 * rest + whole % 2 > scaled.denominator"),
        ("values:round_half_away", "sign = -1 if scaled < 0 else 1", "sign = 1"),
        ("values:divide", "return None", "return 0"),
        ("values:settle", "return value", "return Decimal(value.numerator) / value.denominator"),
        ("interp.compile:Compiler._sum", "missing = True", "pass"),
        ("interp.compile:Compiler._product", "return None if missing else out", "return out"),
        ("program.epoch:scaled", 'if amount.unit == "%"', "if False"),
        ("interp.compile:_strict", "any(v is None for v in values)", "all(v is None for v in values)"),
        # truth and what is missing
        ("interp.compile:Compiler.test", "closure(ctx) is True", "closure(ctx) is not False"),
        ("interp.compile:Compiler._compare", "return False", "return True"),
        ("interp.compile:Compiler._compare", "as_day(a), as_day(b)", "as_moment(a), as_moment(b)"),
        ("interp.compile:Compiler._cases", "if condition(ctx):", "if not condition(ctx):"),
        ("interp.compile:Compiler._any", "any(t(ctx) for t in tests)", "all(t(ctx) for t in tests)"),
        # time
        ("values:days_between", ".days", ".days + 1"),
        ("values:whole_years_between", "(last.month, last.day) <", "(last.month, last.day) <="),
        ("values:whole_years_between", " - ((last.month, last.day) < (first.month, first.day))", ""),
        ("values:whole_months_between", "(last.day < first.day)", "(last.day <= first.day)"),
        ("values:calendar_years_between", "as_day(end).year - as_day(start).year", "whole_years_between(start, end)"),
        ("values:hours_between", "_seconds(start, end) / 3600", "_seconds(start, end) // 3600"),
        ("values:tertial", "(value.month - 1) // 4", "value.month // 4"),
        ("values:covered_days", "(high - low).days + 1", "(high - low).days"),
        ("values:days_in_month", "calendar.monthrange(value.year, value.month)[1]", "30"),
        ("interp.compile:Compiler._within", "1 if e.direction", "-1 if e.direction"),
        ("interp.compile:Compiler._within", "distance <= size", "distance < size"),
        ("interp.compile:Compiler._within", "distance >= size", "distance > size"),
        # codes, pairs, properties
        ("program.codes:normal", 'code.replace(".", "")', "code"),
        ("program.codes:CodeSet.has", "self.has_pair(first, second)", "self.has_pair(second, first)"),
        ("program.codes:CodeSet.has", "self.has_code(second) or", ""),
        ("program.codes:CodeSet.has_code", "self.without.has_code(code)", "False"),
        ("program.codes:CodeSet.has_code", "code in self.codes", "code.upper() in {c.upper() for c in self.codes}"),
        ("program.codes:pattern_regex", '"." if ch == "?"', '".*" if ch == "?"'),
        ("program.codes:holds_on", "day > validity.end.value", "day >= validity.end.value"),
        ("program.codes:holds_on", "day < validity.start.value", "day <= validity.start.value"),
        ("program.codes:intersects", "return not wanted or not wanted.isdisjoint(systems)", "return True"),
        ("program.codes:PropertyIndex.of", "self.pairs.get((first, second))", "self.pairs.get((second, first))"),
        ("program.codes:PropertyIndex.of", "| self.single(second)", ""),
        ("interp.features:_first", "for way in ways", "for way in reversed(ways)"),
        ("interp.features:recoded", "_counts_as(machine, ctx, p)", "p"),
        ("interp.features:lookup", "_counts_as(machine, ctx, found)", "found"),
        ("interp.compile:distinct_sources", "at not in seen", "True"),
        ("interp.compile:distinct_sources", "place(taken[at], seen)", "False"),
        ("interp.compile:Compiler._all_test", "not only.isdisjoint(o)", "True"),
        ("interp.compile:_different", "return len({v[0] if isinstance(v, tuple) and v[1] is None else v for v in values})", "return len(set(values))"),
        ("interp.compile:_different", "return len({", "return sum(1 for _ in values) or len({"),
        ("interp.compile:Compiler._count", "_different(values(ctx)) if distinct else", ""),
        ("interp.compile:_quantity", "counted(ctx) >= count", "counted(ctx) > count"),
        ("interp.compile:_quantity", "counted(ctx) <= count", "counted(ctx) < count"),
        ("interp.compile:Compiler._valid_in", "return all(", "return any("),
        ("interp.compile:Compiler._valid_in", "return False", "return True"),
        # hierarchies, levels, requirements
        ("interp.hierarchy:Decider._decide", "self._candidates(ctx)", "reversed(self._candidates(ctx))"),
        ("interp.hierarchy:Decider._decide", "self.is_open(ctx, located.group) and", ""),
        ("interp.hierarchy:Decider.returkode", "clause.otherwise.text if", "clause.value.text if"),
        ("interp.levels:Level._value", "if not o.blocked", ""),
        ("interp.levels:Level._value", "-self.categories[place].level", "self.categories[place].level"),
        ("interp.index:CandidateIndex.candidates", "set(self.always)", "set()"),
        ("interp.index:CandidateIndex.candidates", "sorted(found)", "sorted(found, reverse=True)"),
        ("interp.krav:Requirement.test", "o.holds is True if o.exception", "False if o.exception"),
        ("interp.krav:Requirement._one", "isinstance(attested, bool)", "False"),
        ("interp.krav:Requirement.applies", "self.decl.applies is None or", "True or"),
        ("interp.krav:Requirement.is_broken", '== "ikke_oppfylt"', '!= "oppfylt"'),
        ("program.epoch:Epoch.rate", "holds_on(sats.validity, self.day) and", ""),
        ("program.epoch:Epoch._find_attribute", "if isinstance(written, ast.Amount):", "if isinstance(written, ast.Amount) and (kind, group, name) not in self.assumed_attributes:"),
        ("program.epoch:epoch_of", "bisect_right(days, day)", "bisect_right(days, day - dt.timedelta(days=1))"),
        # stays
        ("interp.stays:_join", "test(Pair(contexts[first], contexts[second]))", "test(Pair(contexts[second], contexts[first]))"),
        ("interp.pairs:PairCompiler._compile", "pair.neste.machine.value(later", "pair.forrige.machine.value(later"),
        ("interp.stays:gather", "sorted(records, key=lambda r: time_key(r, start, end))", "list(records)"),
        ("interp.stays:_aggregate", "return values[-1]", "return values[0]"),
        ("interp.stays:_highest", "points > most", "points >= most"),
        ("interp.engine:Engine._stay_day", 'rules.role(post, "slutt"), rules.role(post, "start")', 'rules.role(post, "start")'),
        # services
        ("interp.services:_key", "if telles.per_institution else None", "if False else None"),
        ("interp.services:_key", "period_label(telles.unit, hit.day)", 'period_label("år", hit.day)'),
        ("interp.services:find_hit", "if decl.dateres is not None", "if False"),
        ("interp.services:count", "own.sort(key=lambda h: (h.day is None, h.day, h.record.record_id))", "pass"),
        ("interp.services:is_financed", "return any(tests)", "return all(tests)"),
        ("interp.services:is_financed", "return next(tests)", "return any(tests)"),
        ("interp.services:triggers", "or not ctx.machine.holds(decl.validity)", ""),
        # courses
        ("interp.courses:in_window", "return low <= c.start <= high", "return low < c.start <= high"),
        ("interp.courses:in_window", "return low <= c.start <= high", "return low <= c.start < high"),
        ("interp.courses:in_window", "return low <= c.end <= high", "return low <= c.start <= high"),
        ("interp.courses:in_window", "c.end >= low", "c.start >= low"),
        ("interp.courses:in_window", "return low <= high and", "return"),
        ("interp.courses:in_window", "not medlem.own_day", "False"),
        ("interp.courses:in_window", 'if mode == "slutter" else c.start', "if False else c.start"),
        ("interp.courses:limits", "if decl.within_year", "if False"),
        ("interp.courses:limits", "opens=True", "opens=False"),
        ("interp.courses:day_of", 'if bound.anchor == "start"', "if True"),
        ("interp.courses:day_of", "-bound.days if", "1 - bound.days if"),
        ("interp.courses:day_of", 'if bound.direction == "før" else bound.days', 'if bound.direction == "før" else bound.days + 1'),
        ("interp.courses:day_of", "max(", "min("),
        ("interp.courses:_inside", "t.start <= max(reach)", "t.start < max(reach)"),
        ("interp.courses:_inside", "if decl.within_year and", "if False and"),
        ("interp.courses:open_courses", 'decl.new_trigger != "åpner" and', ""),
        ("interp.courses:open_courses", 'decl.new_trigger == "forlenger"', "True"),
        ("interp.courses:_choose", "abs((c.start - r[0].first.start).days)", "abs((c.end - r[0].first.end).days)"),
        ("interp.courses:_choose", "r[0].first.order)", "-r[0].first.start.toordinal())"),
        ("interp.courses:_choose", 'or decl.several == "alle"', ""),
        ("interp.courses:_patient", "if rules.contact_used_once else theirs", "if True else theirs"),
        ("interp.courses:_patient", "key=lambda d: d.rest", "key=lambda d: False"),
        ("interp.courses:_per_period", "period_label(unit, c.start)", "period_label(unit, c.end)"),
        ("interp.courses:_per_period", "telles.per_institution", "False"),
        ("interp.courses:known_window", "group in (None, g.text)", "True"),
        ("interp.courses:contacts", "return sorted(out, key=lambda c: c.order)", "return out"),
        ("interp.courses:_asked", "line.condition is None", "True"),
        ("interp.courses:_close", "(c.start - first.start).days", "(c.start - first.end).days"),
        ("interp.courses:share", "weights = [1] * len(members)", "weights = [engine.own_weight(m.what) for m in members]"),
        ("values:apportion", "for i in by_remainder[:rest]", "for i in by_remainder[:0]"),
        ("interp.engine:Engine._finance_courses", "sorted(found, key=tfg.begins)", "found"),
        ("interp.engine:Engine._finance_courses", "if telles.per_institution else None", "if False else None"),
        ("interp.engine:Engine._finance_courses", "if course.financed and", "if"),
        # points and money
        ("interp.points:points_of", 'if kind == "fradrag" else value)', "if False else value)"),
        ("interp.points:points_of", "add(exactly,", "add(round_half_away(exactly, 1),"),
        ("interp.points:points_of", "lost = rounded if loss is not None", "lost = rounded if loss is None"),
        ("interp.points:points_of", "Decimal(0), total, loss", "Decimal(0), Decimal(0), loss"),
        ("interp.points:_loss", '"erstattet" if stay.replaced', '"erstattet" if False'),
        ("interp.points:_money", "ctx.machine.condition(decl.condition, STAY)(ctx)", "True"),
        ("interp.points:money_of", "not d.subjects or", "True or"),
        ("interp.engine:Engine.outside", "day > end", "day >= end"),
        ("interp.engine:Engine.group_points", "said is None or said.rounding is None", "True"),
        ("interp.engine:Engine._settle_services", "if s.replaced", "if False"),
    )
)  # fmt: skip


def find(where: str) -> tuple[Any, str, FunctionType]:
    """The owner of a function, its name, and the function."""
    module_name, _, path = where.partition(":")
    owner: Any = importlib.import_module(f"isfdsl.{module_name}")
    *classes, name = path.split(".")
    for part in classes:
        owner = getattr(owner, part)
    found = inspect.unwrap(getattr(owner, name))
    assert isinstance(found, FunctionType)
    return owner, name, found


def mutated(mutant: Mutant) -> FunctionType:
    """The function with its fault."""
    _, name, original = find(mutant.where)
    source = textwrap.dedent(inspect.getsource(original))
    assert mutant.old in source, f"{mutant.where} no longer says «{mutant.old}»: write the mutant anew"
    scope: dict[str, Any] = {}
    code = "from __future__ import annotations\n" + source.replace(mutant.old, mutant.new, 1)
    exec(compile(code, f"<{mutant.id}>", "exec"), original.__globals__, scope)
    changed = scope[name]
    assert isinstance(changed, FunctionType)
    return changed


@contextmanager
def alive(mutant: Mutant) -> Iterator[None]:
    """With the fault in place, in every module and table that holds the function."""
    owner, name, original = find(mutant.where)
    changed = mutated(mutant)
    undo: list[tuple[Any, str, Any]] = []
    tables: list[tuple[dict[Any, Any], Any, Any]] = []
    if isinstance(owner, ModuleType):
        for module in [m for n, m in sys.modules.items() if n.startswith("isfdsl.") and m is not None]:
            for key, value in list(vars(module).items()):
                if value is original:
                    undo.append((module, key, value))
                    setattr(module, key, changed)
                elif isinstance(value, dict) and not key.startswith("__"):
                    for k, v in list(value.items()):
                        if v is original:
                            tables.append((value, k, v))
                            value[k] = changed
    else:
        undo.append((owner, name, owner.__dict__[name]))
        setattr(owner, name, changed)
    support.shared_engine.cache_clear()
    try:
        yield
    finally:
        for holder, key, value in undo:
            setattr(holder, key, value)
        for table, k, v in tables:
            table[k] = v
        support.shared_engine.cache_clear()
