"""How a reader says that something is wrong. Neither exception leaves this package except ``OutputError``."""

from __future__ import annotations

import errno
from typing import Any

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.record_files import InputNoAccess, InputNotFound, InputUnreadable
from isfdsl.diagnostics.records import RecordProblem


class FieldFault(Exception):
    """One value is wrong: the problem class and its fields, without post, record id and field name."""

    def __init__(self, problem: type[RecordProblem], **fields: Any) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.fields = fields

    def at(self, post: str, record_id: str, felt: str | None) -> RecordProblem:
        """The problem with its place filled in."""
        return self.problem(post=post, record_id=record_id, felt=felt, **self.fields)


class FileFault(Exception):
    """A file cannot be read, or not any further; carries one or more problems."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(p.code for p in problems))
        self.problems = problems


class OutputError(Exception):
    """The output could not be written; nothing was changed. ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message())
        self.problem = problem

    def __reduce__(self) -> tuple[type[OutputError], tuple[Problem]]:
        """From one process to another, the problem and not its text goes along."""
        return OutputError, (self.problem,)


def errno_name(error: OSError) -> str:
    """The error's short name, e.g. «EIO»."""
    return errno.errorcode.get(error.errno or 0, type(error).__name__)


def from_os_error(fil: str, error: OSError) -> Problem:
    """The coded problem for an operating-system error while reading ``fil``."""
    if isinstance(error, PermissionError):
        return InputNoAccess(fil=fil)
    if isinstance(error, FileNotFoundError):
        return InputNotFound(fil=fil)
    return InputUnreadable(fil=fil, grunn=errno_name(error))
