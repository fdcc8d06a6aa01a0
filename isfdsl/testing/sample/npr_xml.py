"""NPR messages and H-resept tables written from columns, by the same mapping files that read them."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from attrs import define, field

from isfdsl.program.codes import valid_in
from isfdsl.records.readers.npr.mapping import CsvMapping, FieldRule, NprMapping
from isfdsl.records.schema import FieldSchema, RecordSchema, ascii_name
from isfdsl.testing.sample.draw import Columns
from isfdsl.testing.sample.plan import Plan
from isfdsl.testing.sample.shape import NprShape

Attributes = dict[str, str]
_PLAIN = re.compile(r"[\w.,:+/ -]*")


@define
class _Element:
    """An element to write: its attributes, and its children by name."""

    attributes: Attributes = field(factory=dict)
    children: dict[str, list[_Element]] = field(factory=dict)

    def child(self, name: str) -> _Element:
        """The only child of this name, made when it is not there."""
        return self.children.setdefault(name, [_Element()])[0]

    def more(self, name: str) -> _Element:
        """One more child of this name."""
        made = _Element()
        self.children.setdefault(name, []).append(made)
        return made


def text_of(value: Any) -> str:
    """A value as an attribute says it."""
    if isinstance(value, bool):
        return "ja" if value else "nei"
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, tuple):
        return "+".join(p for p in value if p is not None)
    return str(value)


class MessageWriter:
    """Writes records of one post as a message."""

    def __init__(self, plan: Plan) -> None:
        assert plan.shape is not None
        self.plan = plan
        self.shape: NprShape = plan.shape
        self.mapping: NprMapping = plan.shape.mapping
        self.schema: RecordSchema = plan.shape.schema
        self.letters = _letters(plan, self.mapping)
        self._kinds = {f.name: f for f in self.schema.fields}
        self._named: dict[str, str | None] = {}
        self._orders: dict[str, tuple[tuple[str, str | None], ...]] = {}

    # ------------------------------------------------------------ one episode

    def episode(self, row: Mapping[str, Any], unit: str) -> tuple[_Element, dict[tuple[str, ...], Attributes]]:
        """The element of a record, and the attributes of elements above it."""
        top = _Element()
        above: dict[tuple[str, ...], Attributes] = {}
        branch = self.shape.branch(row)
        if branch is not None:
            top.child(branch)
        for name, rule in self.shape.rules.items():
            value = row.get(name)
            if value in (None, ()) or rule.lookup is not None:
                continue
            if rule.days is not None:
                self._days(top, rule, int(value), row)
                continue
            place = next((p for p in rule.places if p.absolute or not p.path or p.path[0] in (branch, None)), None)
            place = place or rule.places[0]
            parts = value if self._kinds[name].is_list else (value,)
            for part in parts:
                text = rule.untranslated(text_of(part))
                if text is None:
                    text = text_of(part)
                if place.absolute:
                    above.setdefault(place.path, {})[place.attribute] = text
                elif not place.path:
                    top.attributes[place.attribute] = text
                elif self._kinds[name].is_list:
                    self._under(top, place.path[:-1]).more(place.path[-1]).attributes[place.attribute] = text
                else:
                    self._under(top, place.path).attributes[place.attribute] = text
        self._codes(top, row)
        for kind in ("1", "2", "7"):
            top.more("RefEnhet").attributes.update(enhetID=unit, typeEnhet=kind)
        top.attributes.setdefault("henvisningsperiodeID", "H1")
        return top, above

    def _under(self, top: _Element, path: tuple[str, ...]) -> _Element:
        for name in path:
            top = top.child(name)
        return top

    def _days(self, top: _Element, rule: FieldRule, days: int, row: Mapping[str, Any]) -> None:
        d = rule.days
        assert d is not None
        name = next(
            n for n, r in self.shape.rules.items() if any(not p.path and p.attribute == d.last for p in r.places)
        )
        end = row.get(name)
        if isinstance(end, dt.date):
            begun = end - dt.timedelta(days=days)
            text = begun.isoformat(timespec="seconds") if isinstance(begun, dt.datetime) else f"{begun}T00:00:00"
            self._under(top, d.path[:-1]).more(d.path[-1]).attributes.update({d.moment: text, d.kind: d.begin})

    def _codes(self, top: _Element, row: Mapping[str, Any]) -> None:
        done: set[str] = set()
        for rule in self.mapping.codes:
            number = 0
            for letter, (first, rest) in rule.pairs.items():
                one, many = self._field(first), self._field(rest)
                values = [row.get(one)] if one and row.get(one) is not None else []
                values += list(row.get(many) or ()) if many else []
                for value in values:
                    number += 1
                    parts = value if isinstance(value, tuple) else (value,)
                    own = self._under(top, rule.path[:-1]).more(rule.path[-1])
                    if rule.number is not None:
                        own.attributes[rule.number] = str(number)
                    for place, part in enumerate(p for p in parts if p is not None):
                        self._code(own, place + 1, letter, part)
            if rule.pairs:
                continue
            for name in dict.fromkeys(rule.singles.values()):
                own_name = self._field(name)
                if own_name is None or own_name in done:
                    continue
                done.add(own_name)
                value = row.get(own_name)
                singles: tuple[Any, ...] = (value or ()) if self._kinds[own_name].is_list else (value,)
                for part in singles:
                    if part is None:
                        continue
                    number += 1
                    parent = self._under(top, rule.path[:-1])
                    own = parent.more(rule.path[-1])
                    own.attributes["prosNr"] = str(number)
                    self._code(own, 1, self.letters(own_name, text_of(part)), text_of(part))

    def _code(self, own: _Element, number: int, letter: str, value: str) -> None:
        c = self.mapping.code
        own.more(c.element).attributes.update({c.number: str(number), c.system: letter, c.value: value})

    def _field(self, name: str) -> str | None:
        if name not in self._named:
            wanted = ascii_name(name)
            self._named[name] = next((f.name for f in self.schema.fields if ascii_name(f.name) == wanted), None)
        return self._named[name]

    # ------------------------------------------------------------ the whole message

    def write(self, path: Path, columns: Columns, number: int) -> None:
        """One message with the records of some columns."""
        names = list(columns)
        patient = self.plan.posts[self.schema.name].patient
        institution = self.plan.posts[self.schema.name].institution
        units_of = [(n, r) for n, r in self.shape.rules.items() if r.lookup is not None]
        places: dict[Any, dict[Any, list[dict[str, Any]]]] = {}
        for values in zip(*columns.values(), strict=True):
            row = dict(zip(names, values, strict=True))
            own = places.setdefault(row.get(institution or "") or "0", {})
            own.setdefault(row.get(patient or ""), []).append(row)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            put = file.write
            put('<?xml version="1.0" encoding="UTF-8"?>\n')
            first, last = self.plan.first.isoformat(), self.plan.last.isoformat()
            head = {
                "fraDatoPeriode": first,
                "tilDatoPeriode": last,
                "uttakDato": last,
                "lopenr": str(number),
                "xmlns": self.mapping.namespace,
            }
            put(f"<{self.mapping.root}{self._attributes(self.mapping.root, head)}>\n")
            put(f"<Kontaktperson{self._attributes('Kontaktperson', {})}/>\n")
            for place, people in places.items():
                put(f"<Institusjon{self._attributes('Institusjon', {'institusjonID': str(place)})}>\n")
                units: dict[tuple[Any, ...], str] = {}
                for rows in people.values():
                    for row in rows:
                        units.setdefault(tuple(row.get(n) for n, _ in units_of), str(len(units) + 1))
                for facts, unit in units.items():
                    put(f"<Enhet{self._attributes('Enhet', self._unit(units_of, facts, unit))}/>\n")
                for who, rows in people.items():
                    self._person(put, who, rows, units, [n for n, _ in units_of])
                put("</Institusjon>\n")
            put(f"</{self.mapping.root}>\n")

    def _unit(self, units_of: list[tuple[str, FieldRule]], facts: tuple[Any, ...], unit: str) -> Attributes:
        out = {"enhetID": unit}
        for (_, rule), value in zip(units_of, facts, strict=True):
            if value is not None:
                text = rule.untranslated(text_of(value))
                out[rule.attributes[0]] = text if text is not None else text_of(value)
        return out

    def _person(
        self,
        put: Callable[[str], Any],
        who: Any,
        rows: list[dict[str, Any]],
        units: dict[tuple[Any, ...], str],
        unit_fields: list[str],
    ) -> None:
        made = [self.episode(row, units[tuple(row.get(n) for n in unit_fields)]) for row in rows]
        above: dict[tuple[str, ...], Attributes] = {}
        for _, facts in made:
            for path, attributes in facts.items():
                above.setdefault(path, {}).update(attributes)
        number = {"pasientNr": str(who)} if who is not None else {}
        holder = self.mapping.element[:-1]
        put(f"<Objektholder{self._attributes('Objektholder', number)}>")
        person = {**number, **above.get((*holder, "Pasient"), {})}
        put(f"<Pasient{self._attributes('Pasient', person)}/>\n")
        unit = next(iter(units.values()))
        references = "".join(
            f"<RefEnhet{self._attributes('RefEnhet', {'enhetID': unit, 'typeEnhet': kind})}/>"
            for kind in ("1", "2", "7")
        )
        referral = {"henvID": "1", "mottaksDato": self.plan.first.isoformat()}
        period = self._attributes("Henvisningsperiode", {"henvisningsperiodeID": "H1"})
        put(f"<Henvisningsperiode{period}><Henvisning{self._attributes('Henvisning', referral)}>")
        put(f"{references}</Henvisning></Henvisningsperiode>\n")
        for element, _ in made:
            put(self._xml(self.mapping.element[-1], element))
            put("\n")
        put("</Objektholder>\n")

    def _attributes(self, name: str, given: Mapping[str, str]) -> str:
        """The attributes of an element in the order of the structure, with what must be there put in."""
        if name not in self._orders:
            rule = self.mapping.structure.elements.get(name)
            defaults = self.mapping.defaults.get(name, {})
            known = rule.attributes if rule is not None else {}
            self._orders[name] = tuple((k, defaults.get(k) if a.required else None) for k, a in known.items())
        out = [f' xmlns="{given["xmlns"]}"'] if "xmlns" in given else []
        for key, default in self._orders[name] or ((k, None) for k in given):
            value = given.get(key, default)
            if value is not None:
                out.append(f' {key}="{value}"' if _PLAIN.fullmatch(value) else f" {key}={quoteattr(value)}")
        return "".join(out)

    def _xml(self, name: str, element: _Element) -> str:
        rule = self.mapping.structure.elements.get(name)
        if name == "Tjeneste":
            element.attributes.setdefault("startDatoTid", f"{self.plan.first}T00:00:00")
        attributes = self._attributes(name, element.attributes)
        order = [n for p in rule.particles for n in p.names] if rule is not None else list(element.children)
        inner = "".join(self._xml(n, child) for n in order for child in element.children.get(n, ()))
        return f"<{name}{attributes}>{inner}</{name}>" if inner else f"<{name}{attributes}/>"


def _letters(plan: Plan, mapping: NprMapping) -> Callable[[str, str], str]:
    """The letter of the code system that a code of a field belongs to."""
    by_field: dict[str, list[tuple[str, Callable[[str], bool]]]] = {}
    default: dict[str, str] = {}
    for rule in mapping.codes:
        for letter, name in rule.singles.items():
            default.setdefault(ascii_name(name), letter)
        for f in plan.schemas[mapping.post].fields:
            if ascii_name(f.name) in {ascii_name(n) for n in rule.singles.values()}:
                by_field[f.name] = [
                    (rule.written[s.name], valid_in(plan.ruleset, s.name)) for s in f.systems if s.name in rule.written
                ]
    kept: dict[tuple[str, str], str] = {}

    def letter_of(name: str, code: str) -> str:
        key = (name, code)
        if key not in kept:
            found = (letter for letter, valid in by_field.get(name, ()) if valid(code))
            kept[key] = next(found, default.get(ascii_name(name), "K"))
        return kept[key]

    return letter_of


def write_messages(path: Path, columns: Columns, plan: Plan, number: int) -> None:
    """One message file."""
    kept: MessageWriter | None = plan.__dict__.get("_writer")
    if kept is None:
        kept = plan.__dict__["_writer"] = MessageWriter(plan)
    kept.write(path, columns, number)


def write_hresept(path: Path, columns: Columns, schema: RecordSchema, mapping: CsvMapping) -> None:
    """H-resept rows added to a CSV file; the key is written as the columns it is put together from."""
    header: dict[str, Callable[[Mapping[str, Any]], str]] = {}
    for name, alternatives in mapping.fields.items():
        spec = next((f for f in schema.fields if ascii_name(f.name) == ascii_name(name)), None)
        if spec is None or not alternatives:
            continue
        first = alternatives[0]
        column = first if isinstance(first, str) else first[0].split("|")[0]
        header.setdefault(column, partial(_cell, spec, joined=not isinstance(first, str)))
    new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        if new:
            writer.writerow(header)
        names = list(columns)
        for values in zip(*columns.values(), strict=True):
            row = dict(zip(names, values, strict=True))
            writer.writerow([get(row) for get in header.values()])


def _cell(spec: FieldSchema, row: Mapping[str, Any], *, joined: bool) -> str:
    value = row.get(spec.name)
    if value in (None, ()):
        return ""
    text = text_of(value[0] if spec.is_list else value)
    return text.split("/")[0] if joined else text
