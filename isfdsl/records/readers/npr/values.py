"""From what was read of a record to the fields of its post."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from isfdsl.records.readers.npr.mapping import CodesRule, DaysRule, FieldRule, NprMapping
from isfdsl.records.readers.npr.nodes import MOST_SHAPES, OpenRecord, Tally
from isfdsl.records.schema import RecordSchema, ascii_name

_NO_ATTRIBUTES: dict[str, str] = {}


class Values:
    """Makes the values of one document's records."""

    def __init__(self, mapping: NprMapping, schema: RecordSchema, tally: Tally) -> None:
        self.mapping = mapping
        self.schema = schema
        self.tally = tally
        self.specs: dict[str, tuple[str, bool] | None] = {}
        self.fields = [f for f in mapping.fields if self._field_name(f) is not None]
        self.computed = [f for f in self.fields if f.days is not None or f.lookup is not None]
        # A place by its key: its field, and the keys that go before it.
        self.by_key = {
            f"{f.name}/{number}": (f, tuple(f"{f.name}/{n}" for n in range(number)))
            for f in self.fields
            for number in range(len(f.places))
        }

    def _field_name(self, f: FieldRule) -> str | None:
        """The name the post has for a field of the mapping."""
        wanted = ascii_name(f.name)
        return next((s.name for s in self.schema.fields if s.name == f.name or ascii_name(s.name) == wanted), None)

    def of(
        self,
        record: OpenRecord,
        found_targets: Mapping[str, Mapping[str, dict[str, str]]],
        scopes: Iterable[dict[str, list[str]]],
    ) -> dict[str, object]:
        """Field → value(s). ``found_targets`` are the elements that lookups lead to, ``scopes`` what ancestors give."""
        mapping = self.mapping
        values: dict[str, object] = {}
        targets: dict[str, dict[str, str]] = {}
        for name, value in record.found.items():
            target = found_targets.get(name, {}).get(value)
            if target is None:
                rule = mapping.lookups[name]
                record.at = record.at or (record.line, record.column, mapping.element[-1])
                record.faults.append(f"«{rule.path[-1]}» viser til en «{rule.target[-1]}» som ikke finnes")
            else:
                targets[name] = target
        for scope in scopes:
            self._captured(scope, values)
        self._captured(record.captured, values)
        for f in self.computed:
            if f.days is not None:
                found = _days(record.moments.get(f.name, []), f.days, record.attributes.get(f.days.last))
                if found is not None:
                    values[f.name] = found
                continue
            target = targets.get(f.lookup or "", _NO_ATTRIBUTES)
            for attribute in f.attributes:
                if target.get(attribute, "").strip():
                    values[f.name] = f.translated(target[attribute].strip())
                    break
        for index, codes in enumerate(mapping.codes):
            if record.codes[index]:
                self._codes(codes, record.codes[index], record, values)
        return self._fitted(values)

    def _captured(self, captured: dict[str, list[str]], values: dict[str, object]) -> None:
        for key, found in captured.items():
            f, before = self.by_key[key]
            if before and any(k in captured for k in before):
                continue  # an earlier place has a value
            values[f.name] = [f.translated(v) for v in found] if f.values else found

    def _codes(
        self,
        rule: CodesRule,
        groups: list[tuple[str, list[tuple[str, str, str]]]],
        record: OpenRecord,
        values: dict[str, object],
    ) -> None:
        if rule.number is not None and len(groups) > 1:
            groups = sorted(groups, key=lambda g: _number(g[0]))
        for place, (_, codes) in enumerate(groups):
            if len(codes) > 1:
                codes = sorted(codes, key=lambda c: _number(c[0]))
            paired: dict[str, list[str]] = {}
            for _, letter, value in codes:
                if letter in rule.pairs:
                    paired.setdefault(letter, []).append(value.strip())
                elif letter in rule.singles:
                    found = values.setdefault(rule.singles[letter], [])
                    assert isinstance(found, list)
                    found.append(value)
                else:
                    unused = self.tally.ubrukte_koder
                    label = f"{rule.path[-1]} {letter[:10]}"
                    if label in unused or len(unused) < MOST_SHAPES:
                        unused[label] = unused.get(label, 0) + 1
            for letter, both in paired.items():
                if len(both) > 2:
                    record.at = record.at or (record.line, record.column, rule.path[-1])
                    record.faults.append(f"«{rule.path[-1]}» har flere enn to koder i kodeverket {letter}")
                first, rest = rule.pairs[letter]
                code = "+".join(both[:2])
                if place == 0:
                    values[first] = [code]
                else:
                    found = values.setdefault(rest, [])
                    assert isinstance(found, list)
                    found.append(code)

    def _fitted(self, values: dict[str, object]) -> dict[str, object]:
        """The values under the post's own field names, lists where the post has lists."""
        out: dict[str, object] = {}
        known = self.specs
        for name, value in values.items():
            if name not in known:
                wanted = ascii_name(name)
                fits = [f for f in self.schema.fields if f.name == name or ascii_name(f.name) == wanted]
                known[name] = (fits[0].name, fits[0].is_list) if fits else None
            spec = known[name]
            if spec is None:
                continue
            if spec[1]:
                out[spec[0]] = value if isinstance(value, list) else [value]
            else:
                out[spec[0]] = value[0] if isinstance(value, list) else value
        return out


def _number(text: str) -> tuple[int, int]:
    try:
        return 0, int(text)
    except ValueError:
        return 1, 0


def _days(moments: list[tuple[str, str]], rule: DaysRule, last: str | None) -> int | None:
    """Calendar days from each beginning to the next end, or to the end of the record; ``None`` when there is none."""
    ordered = sorted((m, k) for m, k in moments if k in (rule.begin, rule.end))
    total: int | None = None
    begun: dt.date | None = None
    for moment, kind in [*ordered, *([(last, rule.end)] if last else [])]:
        day = _day(moment)
        if day is None:
            continue
        if kind == rule.begin and begun is None:
            begun = day
        elif kind == rule.end and begun is not None:
            total = (total or 0) + max((day - begun).days, 0)
            begun = None
    return total


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
