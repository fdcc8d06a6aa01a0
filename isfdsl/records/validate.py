"""Rows into records or rejects, one schema compiled once; and the rule for keys that occur more than once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.records import DuplicateKey, EndBeforeStart, MissingValue, RecordProblem
from isfdsl.records.codes import CodeBook
from isfdsl.records.faults import FieldFault
from isfdsl.records.fields import compile_field
from isfdsl.records.record import Record, Reject, Value, key_text
from isfdsl.records.schema import RecordSchema

Row = Sequence[object] | FieldFault
"""Raw values in the order of the schema's fields, or why the row as a whole is unreadable."""

Outcome = Record | Reject

_MAX_REASONS = 5


class Validator:
    """Validates rows of one file. Build one per file: it remembers codes and collects case warnings.

    ``text_lists``: lists arrive as text separated by blanks (CSV).
    """

    def __init__(self, schema: RecordSchema, *, text_lists: bool = False) -> None:
        compiled = [compile_field(f, text_lists=text_lists) for f in schema.fields]
        self.schema = schema
        self._names = tuple(f.name for f in schema.fields)
        self._parsers = tuple(parser for parser, _ in compiled)
        self._books = [(name, book) for name, (_, book) in zip(self._names, compiled, strict=True) if book]
        self._mandatory = tuple(i for i, f in enumerate(schema.fields) if f.mandatory)
        self._keys = tuple(i for i, f in enumerate(schema.fields) if f.key)
        self._checks = self._row_checks()

    def outcome(self, fil: str, rad: int, row: Row) -> Outcome:
        """The record in ``row``, or the reject with every reason why not.

        Never raises for what a row holds.
        """
        if isinstance(row, FieldFault):
            return self._reject(fil, rad, None, [(row, None)])
        try:
            values = [parse(raw) for parse, raw in zip(self._parsers, row, strict=True)]
            for i in self._mandatory:
                if values[i] is None or values[i] == ():
                    raise FieldFault(MissingValue)
            by_name: dict[str, Value] = dict(zip(self._names, values, strict=True))
            for check in self._checks:
                check(by_name)
        except FieldFault:
            return self._explain(fil, rad, row)
        keys = self._keys
        if not keys:
            nokkel = None
        elif len(keys) == 1 and isinstance(values[keys[0]], str):
            nokkel = str(values[keys[0]])
        else:
            nokkel = key_text(tuple(values[i] for i in keys))
        return Record(self.schema.name, by_name, fil, rad, nokkel)

    def key(self, row: Row) -> str | None:
        """The key of a row, whatever else is wrong with it; ``None`` when it has none that can be read."""
        if isinstance(row, FieldFault) or not self._keys:
            return None
        try:
            parts = tuple(self._parsers[i](row[i]) for i in self._keys)
        except FieldFault:
            return None
        return None if any(p in (None, ()) for p in parts) else key_text(parts)

    def warnings(self) -> list[Problem]:
        """What was accepted with a warning so far, sorted by field and code."""
        return [w for name, book in self._books for w in book.warnings(self.schema.name, name)]

    def _explain(self, fil: str, rad: int, row: Sequence[object]) -> Reject:
        faults: list[tuple[FieldFault, str | None]] = []
        values: dict[str, Value] = {}
        for field, parse, raw in zip(self.schema.fields, self._parsers, row, strict=True):
            try:
                value = parse(raw)
                if field.mandatory and value in (None, ()):
                    raise FieldFault(MissingValue)
                values[field.name] = value
            except FieldFault as fault:
                faults.append((fault, field.name))
        for check in self._checks:
            try:
                check(values)
            except FieldFault as fault:
                faults.append((fault, fault.fields.pop("_felt")))
        parts = [values.get(self._names[i]) for i in self._keys]
        known = bool(parts) and all(p not in (None, ()) for p in parts)
        return self._reject(fil, rad, key_text(tuple(parts)) if known else None, faults)

    def _reject(self, fil: str, rad: int, nokkel: str | None, faults: list[tuple[FieldFault, str | None]]) -> Reject:
        record_id = nokkel if nokkel is not None else f"{fil}:{rad}"
        problems = [fault.at(self.schema.name, record_id, felt) for fault, felt in faults]
        return Reject(fil, rad, record_id, problems[0].code, _joined(problems), self.schema.name, nokkel)

    def _row_checks(self) -> tuple[Callable[[dict[str, Value]], None], ...]:
        """Checks over several fields; they skip fields that are absent, so they also serve ``_explain``."""
        roles = self.schema.roles
        start, end = roles.get("start"), roles.get("slutt")
        checks: list[Callable[[dict[str, Value]], None]] = []
        if start and end:
            checks.append(_order_check(start, end))
        for name, book in self._books:
            if book.dated and (start or end):
                checks.append(_validity_check(name, book, start, end))
        return tuple(checks)


def _joined(problems: list[RecordProblem]) -> str:
    first, *others = problems
    parts = [first.message()] + [f"{p.place()}: {p.reason()}" for p in others[: _MAX_REASONS - 1]]
    if len(problems) > _MAX_REASONS:
        parts.append(f"og {len(problems) - _MAX_REASONS} feil til")
    return "; ".join(parts)


def _order_check(start: str, end: str) -> Callable[[dict[str, Value]], None]:
    def check(values: dict[str, Value]) -> None:
        first, last = values.get(start), values.get(end)
        if not isinstance(first, date) or not isinstance(last, date):
            return
        if not (isinstance(first, datetime) and isinstance(last, datetime)):
            first, last = _day(first), _day(last)
        if last < first:
            raise FieldFault(EndBeforeStart, start=start, _felt=end)

    return check


def _validity_check(
    name: str, book: CodeBook, start: str | None, end: str | None
) -> Callable[[dict[str, Value]], None]:
    def check(values: dict[str, Value]) -> None:
        value = values.get(name)
        if not value:
            return
        when = (values.get(end) if end else None) or (values.get(start) if start else None)
        if not isinstance(when, date):
            return
        day = _day(when)
        try:
            for code in _codes(value):
                book.require_valid(code, day)
        except FieldFault as fault:
            fault.fields["_felt"] = name
            raise

    return check


def _codes(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _codes(part)


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def set_aside_duplicates(
    records: list[Record], rejects: list[Reject]
) -> tuple[list[Record], list[Reject], dict[str, set[str]]]:
    """Set aside every record whose key stands on more than one row, counting rows already rejected.

    All arguments are of one post. Returns the records left, the new rejects (the old ones not among them)
    and, for each key that occurs more than once, the files it occurs in. Independent of the order of rows and
    files.
    """
    rows = [(r.nokkel, r.fil) for r in records] + [(r.nokkel, r.fil) for r in rejects]
    count = Counter(nokkel for nokkel, _ in rows if nokkel is not None)
    files: dict[str, set[str]] = {nokkel: set() for nokkel, n in count.items() if n > 1}
    if not files:
        return records, [], files
    for nokkel, fil in rows:
        if nokkel in files:
            files[nokkel].add(fil)
    kept = [r for r in records if r.nokkel not in files]
    aside = [duplicate(r, r.nokkel, count[r.nokkel]) for r in records if r.nokkel in files]
    return kept, aside, files


def duplicate(record: Record, nokkel: str | None, antall: int) -> Reject:
    """The record set aside, since its key stands on ``antall`` rows."""
    problem = DuplicateKey(post=record.post, record_id=record.record_id, antall=antall)
    return Reject(record.fil, record.rad, record.record_id, problem.code, problem.message(), record.post, nokkel)


__all__ = ["Outcome", "Row", "Validator", "duplicate", "set_aside_duplicates"]
