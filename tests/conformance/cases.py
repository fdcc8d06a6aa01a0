"""The conformance table: TOML files with one case a table, read once.

A case has a ``name`` and a ``program`` (the file's own program first, then the case's), and is one of two kinds:

``expression``  evaluated about the record ``given`` (``about``: its type, or ``opphold`` for the stay it becomes);
                ``gives`` a value, ``missing = true``, or ``fails`` with a problem code when it is checked.
``records``     rows by record type, run all the way; ``rows`` lists, table by table, every row with the columns that
                matter, in order.

Keys of records are made up (``e1``, ``e2``, … by the first letter of the record type) where none is given, and the
patient is ``P1``. Numbers that TOML can't hold exactly stand as text: "2.345", "1/3".
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from attrs import frozen

from isfdsl.diagnostics.base import Problem
from isfdsl.program import Loaded
from isfdsl.program.infer import Inference
from isfdsl.program.scope import Scopes
from isfdsl.records.program_schema import schemas
from isfdsl.records.record import Record, Reject
from isfdsl.records.validate import Validator, set_aside_duplicates
from isfdsl.syntax import ast
from tests.loading import load_text

FOLDER = Path(__file__).parent
ANSWER = "svar"
OUTCOMES = ("gives", "missing", "fails", "rows")
KEYS = {"name", "program", "expression", "about", "given", "records", *OUTCOMES}


@frozen
class Case:
    """One line of the table."""

    file: str
    name: str
    program: str
    expression: str | None
    about: str
    records: Mapping[str, list[dict[str, Any]]]
    outcome: str
    wanted: Any

    @property
    def id(self) -> str:
        """How pytest shows it."""
        return f"{self.file}: {self.name}"

    @property
    def text(self) -> str:
        """The whole program, with the expression as the concept ``svar``."""
        if self.expression is None:
            return self.program
        return f"{self.program}\nbegrep {ANSWER} for {self.about} = {self.expression}\n"


@cache
def cases() -> tuple[Case, ...]:
    """Every case of every file."""
    return tuple(c for path in sorted(FOLDER.glob("*.toml")) for c in _file(path))


def _file(path: Path) -> Iterator[Case]:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    shared = table.pop("program", "")
    about = table.pop("about", "episode")
    entries = table.pop("case")
    assert not table, f"{path.name}: unknown keys {sorted(table)}"
    for entry in entries:
        unknown = entry.keys() - KEYS
        outcomes = [o for o in OUTCOMES if o in entry]
        assert not unknown, f"{path.name}: {entry['name']}: unknown keys {sorted(unknown)}"
        assert len(outcomes) == 1, f"{path.name}: {entry['name']}: exactly one of {OUTCOMES}"
        subject = entry.get("about", about)
        post = "episode" if subject == "opphold" else subject
        records = entry.get("records", {post: [entry.get("given", {})]})
        program = f"{shared}\n{entry.get('program', '')}\n"
        yield Case(
            path.stem,
            entry["name"],
            program,
            entry.get("expression"),
            subject,
            records,
            outcomes[0],
            entry[outcomes[0]],
        )


# ------------------------------------------------------------------ preparing


@cache
def load(text: str) -> Loaded:
    """A program, parsed once."""
    return load_text(text)


def answer(loaded: Loaded) -> ast.Begrep:
    """The expression of a case."""
    return next(d for d in loaded.ruleset.of(ast.Begrep) if d.name.text == ANSWER)


def problems(case: Case) -> list[Problem]:
    """What syntax and types say about the program of a case."""
    loaded = load(case.text)
    found = list(loaded.problems)
    if case.expression is not None and not found:
        inference = Inference(loaded.ruleset, Scopes(loaded.ruleset))
        inference.infer(answer(loaded).expr, case.about)
        found += inference.problems
    return found


def read(case: Case) -> tuple[dict[str, list[Record]], list[Reject]]:
    """The records of a case, validated as any input is."""
    found: dict[str, list[Record]] = {}
    aside: list[Reject] = []
    for post, schema in schemas(load(case.text).ruleset).items():
        validator = Validator(schema)
        good: list[Record] = []
        bad: list[Reject] = []
        patient = schema.roles.get("pasient")
        for number, row in enumerate(case.records.get(post, []), start=1):
            unknown = row.keys() - schema.by_name().keys()
            assert not unknown, f"{case.id}: unknown fields {sorted(unknown)}"
            filled = {f.name: f"{post[0]}{number}" for f in schema.key_fields} | row
            if patient is not None:
                filled.setdefault(patient, "P1")
            outcome = validator.outcome(f"{post}.jsonl", number, [filled.get(f.name) for f in schema.fields])
            (good if isinstance(outcome, Record) else bad).append(outcome)  # type: ignore[arg-type]
        left, duplicates, _ = set_aside_duplicates(good, bad)
        found[post] = left
        aside += [*bad, *duplicates]
    return found, aside


# ------------------------------------------------------------------ comparing


def same(got: object, wanted: object) -> bool:
    """Whether a value is the one the table states: exactly, and of the same kind."""
    if isinstance(wanted, list):
        return isinstance(got, list | tuple) and len(got) == len(wanted) and all(map(same, got, wanted))
    if isinstance(got, bool) or isinstance(wanted, bool):
        return got is wanted
    if isinstance(got, int | Decimal | Fraction):
        return isinstance(wanted, int | str) and Fraction(got) == Fraction(wanted)
    if isinstance(got, dt.date):
        return type(got) is type(wanted) and got == wanted
    return got == wanted


def differences(got: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> list[str]:
    """How the rows of a table differ from the stated ones in the stated columns. ``""`` stands for missing."""
    if len(got) != len(wanted):
        return [f"{len(got)} rows, not {len(wanted)}: {got}"]
    out = []
    for number, (row, stated) in enumerate(zip(got, wanted, strict=True), start=1):
        for column, value in stated.items():
            assert column in row, f"no column {column}; there are {sorted(row)}"
            if not same(row[column], None if value == "" else value):
                out.append(f"row {number}, {column}: {row[column]!r}, not {value!r}")
    return out
