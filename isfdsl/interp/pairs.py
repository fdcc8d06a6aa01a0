"""Conditions about two records, the earlier and the later: ``samles når``."""

from __future__ import annotations

from collections.abc import Callable

from isfdsl.interp.compile import Compiler
from isfdsl.interp.context import Pair
from isfdsl.interp.machine import Closure, Machine
from isfdsl.program.conditions import bare, names_in, speaks_of_pair
from isfdsl.syntax import ast


def compile_pair(machine: Machine, subject: str, e: ast.Expr) -> Callable[[Pair], bool]:
    """A condition of ``samles når``: a test that speaks of neither record must hold for both."""
    match e:
        case ast.And(parts=parts):
            tests = [compile_pair(machine, subject, p) for p in parts]
            return lambda pair: all(t(pair) for t in tests)
        case ast.Or(parts=parts):
            tests = [compile_pair(machine, subject, p) for p in parts]
            return lambda pair: any(t(pair) for t in tests)
        case ast.Not(operand=operand):
            test = compile_pair(machine, subject, operand)
            return lambda pair: not test(pair)
        case ast.SameDay():
            start = machine.ruleset.role(subject, "start")
            return lambda pair: pair.forrige.day(start) is not None and pair.forrige.day(start) == pair.neste.day(start)
        case ast.Same(operand=operand):

            def same(pair: Pair) -> bool:
                first, second = (c.machine.value(operand, subject)(c) for c in (pair.forrige, pair.neste))
                return first not in (None, ()) and bool(first == second)

            return same
        case _:
            if speaks_of_pair(e):
                return PairCompiler(machine, subject).test(e)
            return lambda pair: (
                pair.forrige.machine.condition(e, subject)(pair.forrige)
                and pair.neste.machine.condition(e, subject)(pair.neste)
            )


class PairCompiler(Compiler):
    """What speaks of one record alone is read from that record, by the rules of its own day.

    A bare name is that of ``neste``. The machine, that of the later record's day, is for what speaks of both.
    """

    def _compile(self, e: ast.Expr) -> Closure:
        names = names_in(e)
        subject = self.subject
        if names and all(name.startswith("forrige.") for name in names):
            earlier = bare(e)
            return lambda pair: pair.forrige.machine.value(earlier, subject)(pair.forrige)
        if names and not any(name.startswith("forrige.") for name in names):
            later = bare(e)
            return lambda pair: pair.neste.machine.value(later, subject)(pair.neste)
        return super()._compile(e)
