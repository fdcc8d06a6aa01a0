"""What an NPR message can say: records held to that, so that a sample as XML and as Parquet is the same sample."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from attrs import define

from isfdsl.records.readers.npr.mapping import CsvMapping, FieldRule, NprMapping
from isfdsl.records.schema import FieldSchema, RecordSchema, ascii_name
from isfdsl.testing.sample.solve import Draft

# The two children of an episode that exclude each other, as the structure says: one of them must be there.
Rules = Mapping[str, FieldRule]


@define(slots=False)
class NprShape:
    """The shape of one post by one mapping."""

    mapping: NprMapping
    schema: RecordSchema
    table: CsvMapping | None = None
    """What is written beside the messages, as rows: settlements of H-resept."""

    def __attrs_post_init__(self) -> None:
        self._columns = frozenset(ascii_name(name) for name in self.table.fields) if self.table is not None else None
        by_name = {ascii_name(f.name): f for f in self.mapping.fields}
        self.rules: dict[str, FieldRule] = {
            f.name: by_name[ascii_name(f.name)] for f in self.schema.fields if ascii_name(f.name) in by_name
        }
        self.coded: set[str] = set()
        for c in self.mapping.codes:
            names = [n for both in c.pairs.values() for n in both] + list(c.singles.values())
            wanted = {ascii_name(n) for n in names}
            self.coded |= {f.name for f in self.schema.fields if ascii_name(f.name) in wanted}
        first = self.mapping.structure.elements[self.mapping.element[-1]].particles[0]
        self.choice = first.names if len(first.names) > 1 else ()
        self._deciding = [
            (name, [key for key, rule in self.rules.items() if self._only(rule) == name]) for name in self.choice
        ]
        self._specs: dict[str, FieldSchema] = self.schema.by_name()

    def says(self, name: str) -> bool:
        """Whether a message can say a field at all."""
        return name in self.rules or name in self.coded

    def says_of(self, post: str, name: str) -> bool:
        """Whether the messages, or the table beside them, can say a field of a post."""
        if post == self.schema.name:
            return self.says(name)
        mine = self.table is not None and post == self.table.post
        return not mine or self._columns is None or ascii_name(name) in self._columns

    def fit_of(self, schema: RecordSchema, draft: Draft) -> Draft:
        """A record of any post as the messages, or the table beside them, can say it."""
        if schema.name == self.schema.name:
            return self.fit(draft)
        return {
            f.name: draft.get(f.name) if f.mandatory or self.says_of(schema.name, f.name) else () if f.is_list else None
            for f in schema.fields
        }

    def spoilable(self, post: str, name: str) -> bool:
        """Whether a wrong value of a field can be said, and by one record alone."""
        if post == self.schema.name:
            return self.alone(name)
        # A key that is put together of columns is another key when one of them is the same.
        rules = self.table.fields if self.table is not None and post == self.table.post else {}
        joined = any(ascii_name(k) == ascii_name(name) and at and not isinstance(at[0], str) for k, at in rules.items())
        return self.says_of(post, name) and not joined

    def alone(self, name: str) -> bool:
        """Whether a field is said in the element of the record itself, so that no other record shares it.

        One that the mapping translates is not: what has no word there cannot be written.
        """
        rule = self.rules.get(name)
        if rule is None:
            return name in self.coded
        return (
            not rule.values and rule.lookup is None and rule.days is None and not any(p.absolute for p in rule.places)
        )

    def branch(self, draft: Mapping[str, Any]) -> str | None:
        """Which of the two children the record needs; the last one, which needs nothing, when it doesn't matter."""
        for name, keys in self._deciding:
            if any(draft.get(key) not in (None, ()) for key in keys):
                return name
        return self.choice[-1] if self.choice else None

    def _only(self, rule: FieldRule) -> str | None:
        """The child a field stands under, when it stands under one alone."""
        under = {p.path[0] for p in rule.places if p.path and not p.absolute}
        return under.pop() if len(under) == 1 else None

    def fit(self, draft: Draft) -> Draft:
        """The record as the message can say it: what it can't is left out, what it must is put in."""
        out: Draft = {}
        for f in self.schema.fields:
            value = draft.get(f.name)
            if not self.says(f.name) and not f.mandatory:
                value = () if f.is_list else None
            out[f.name] = value
        branch = self.branch(out)
        for name, rule in self.rules.items():
            only = self._only(rule)
            if only in self.choice and only != branch:
                out[name] = () if self._specs[name].is_list else None
            elif out[name] is None and not self._specs[name].is_list:
                out[name] = self._default(rule, branch)
            elif not self._sayable(rule, out[name], out):
                out[name] = None
        for c in self.mapping.codes:
            for first, rest in c.pairs.values():
                one, many = self._own(first), self._own(rest)
                if one is not None and many is not None and out.get(one) is None:
                    out[many] = ()
        return out

    def _sayable(self, rule: FieldRule, value: object, draft: Draft) -> bool:
        """Whether the message has a word for the value."""
        if rule.days is not None:
            return isinstance(self._ended(draft), dt.date)
        if isinstance(value, bool):
            return rule.untranslated("ja" if value else "nei") is not None
        return not isinstance(value, str) or rule.untranslated(value) is not None

    def _own(self, name: str) -> str | None:
        return next((f.name for f in self.schema.fields if ascii_name(f.name) == ascii_name(name)), None)

    def _ended(self, draft: Draft) -> object:
        last = next((r.days.last for r in self.rules.values() if r.days is not None), None)
        name = next(
            (n for n, r in self.rules.items() if any(not p.path and p.attribute == last for p in r.places)), None
        )
        return draft.get(name) if name is not None else None

    def _default(self, rule: FieldRule, branch: str | None) -> object:
        """What an attribute that must be there says when the record says nothing."""
        for p in rule.places:
            element = p.path[-1] if p.path else self.mapping.element[-1]
            known = self.mapping.structure.elements.get(element)
            if known is None or p.attribute not in known.attributes or not known.attributes[p.attribute].required:
                continue
            if not p.absolute and p.path and p.path[0] != branch:
                continue
            value = self.mapping.defaults.get(element, {}).get(p.attribute)
            if value is not None:
                text = rule.translated(value)
                spec = next(f for f in self.schema.fields if ascii_name(f.name) == ascii_name(rule.name))
                return int(text) if spec.kind == "heltall" else text
        return None
