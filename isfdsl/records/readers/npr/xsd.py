"""The schema files of the NPR message as a ``Structure``: the part of XML Schema they use, and no more.

Anything else in a schema is an error: what isn't understood is never taken to be fulfilled.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path

from isfdsl.records.readers.npr.structure import (
    BOOLEAN,
    DATE,
    INTEGER,
    MOMENT,
    NATURAL,
    TEXT,
    YEAR,
    AttributeRule,
    ElementRule,
    KeyRule,
    Particle,
    Structure,
    ValueType,
)

_XS = "{http://www.w3.org/2001/XMLSchema}"
_BUILT_IN = {
    "string": TEXT,
    "date": DATE,
    "dateTime": MOMENT,
    "gYear": YEAR,
    "integer": INTEGER,
    "nonNegativeInteger": NATURAL,
    "boolean": BOOLEAN,
}
_SILENT = {f"{_XS}annotation", f"{_XS}import", f"{_XS}include"}
_MOST_BYTES = 64 << 20
_UNBOUNDED = "unbounded"


class SchemaError(Exception):
    """A schema that can't be used; the text says why, in Norwegian."""


def find_schema(folder: Path, root: str, namespace: str) -> Structure | None:
    """The structure of messages with this outermost element and namespace, when a schema in the folder has it.

    Raises ``SchemaError`` and ``OSError``.
    """
    for path in sorted(folder.glob("*.xsd")):
        top = _read(path)
        if top.get("targetNamespace") == namespace and any(e.get("name") == root for e in top.findall(f"{_XS}element")):
            return _Reader(path, top, namespace).structure()
    return None


def _read(path: Path) -> ET.Element:
    if path.stat().st_size > _MOST_BYTES:
        raise SchemaError(f"{path.name} er for stor")
    data = path.read_bytes()
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise SchemaError(f"{path.name} har en DTD")
    try:
        return ET.fromstring(data)
    except ET.ParseError as error:
        line, column = error.position
        raise SchemaError(f"{path.name} er ikke gyldig XML (linje {line}, kolonne {column + 1})") from None


class _Reader:
    """One schema with the files it includes."""

    def __init__(self, path: Path, top: ET.Element, namespace: str) -> None:
        self.path = path
        self.namespace = namespace
        self.tops = [top, *self._included(path, top, {path.name})]
        self.types = {t.get("name", ""): t for one in self.tops for t in one.findall(f"{_XS}simpleType")}
        self.unchecked: dict[str, None] = {}
        self.made: dict[str, ValueType] = {}

    def _included(self, path: Path, top: ET.Element, seen: set[str]) -> Iterator[ET.Element]:
        for tag in ("include", "import"):
            for one in top.findall(f"{_XS}{tag}"):
                name = one.get("schemaLocation", "")
                beside = path.parent / name
                # Only files in the same folder; what lies elsewhere is as good as absent.
                if not name or "/" in name or "\\" in name or name in seen or not beside.is_file():
                    continue
                seen.add(name)
                found = _read(beside)
                yield found
                yield from self._included(beside, found, seen)

    def structure(self) -> Structure:
        elements: dict[str, ElementRule] = {}
        keys: list[KeyRule] = []
        for top in self.tops:
            if top.get("targetNamespace") != self.namespace:
                continue
            self._only(top, {"element", "simpleType"})
            for element in top.findall(f"{_XS}element"):
                rule = self._element(element)
                elements[rule.name] = rule
                keys += self._keys(element)
        return Structure(self.path.name, self.namespace, elements, tuple(keys), tuple(sorted(self.unchecked)))

    def _only(self, node: ET.Element, allowed: set[str]) -> None:
        for child in node:
            name = child.tag.removeprefix(_XS)
            if child.tag not in _SILENT and name not in allowed:
                raise SchemaError(f"{self.path.name} bruker «{name}» der isfdsl ikke forstår det")

    def _element(self, element: ET.Element) -> ElementRule:
        self._only(element, {"complexType", "unique", "key", "keyref"})
        body = element.find(f"{_XS}complexType")
        name = element.get("name", "")
        if body is None:
            return ElementRule(name, open_=True)
        self._only(body, {"sequence", "attribute"})
        particles: list[Particle] = []
        for sequence in body.findall(f"{_XS}sequence"):
            particles += self._particles(sequence)
        attributes = {a.get("name", ""): self._attribute(a) for a in body.findall(f"{_XS}attribute")}
        return ElementRule(name, tuple(particles), attributes)

    def _particles(self, sequence: ET.Element) -> Iterator[Particle]:
        self._only(sequence, {"element", "choice"})
        for child in sequence:
            if child.tag == f"{_XS}element":
                yield Particle((_local(child.get("ref", "")),), *_occurs(child))
            elif child.tag == f"{_XS}choice":
                self._only(child, {"element"})
                parts = child.findall(f"{_XS}element")
                if any(_occurs(p) != (1, 1) for p in parts):
                    raise SchemaError(f"{self.path.name} har et valg isfdsl ikke forstår")
                yield Particle(tuple(_local(p.get("ref", "")) for p in parts), *_occurs(child))

    def _attribute(self, a: ET.Element) -> AttributeRule:
        return AttributeRule(self._type(a.get("type", "string")), a.get("use") == "required", a.get("fixed"))

    def _type(self, qualified: str) -> ValueType:
        prefix, _, name = qualified.rpartition(":")
        if not prefix and name in _BUILT_IN:
            return _BUILT_IN[name]
        if name in self.made:
            return self.made[name]
        definition = self.types.get(name)
        if definition is None:
            self.unchecked[name] = None
            return TEXT
        self.made[name] = found = self._simple(name, definition)
        return found

    def _simple(self, name: str, definition: ET.Element) -> ValueType:
        self._only(definition, {"restriction"})
        restriction = definition.find(f"{_XS}restriction")
        if restriction is None:
            raise SchemaError(f"{self.path.name}: typen «{name}» har ingen begrensning")
        base = self._type(_local_type(restriction.get("base", "string")))
        allowed = {"enumeration", "pattern", "length", "minLength", "maxLength"}
        self._only(restriction, allowed)
        checks: list[Callable[[str], bool]] = [base.check] if base.check is not None else []
        listed = frozenset(e.get("value", "") for e in restriction.findall(f"{_XS}enumeration"))
        if listed:
            checks.append(listed.__contains__)
        patterns = [e.get("value", "") for e in restriction.findall(f"{_XS}pattern")]
        if patterns:
            try:
                regex = re.compile("|".join(f"(?:{p})" for p in patterns))
            except re.error:
                raise SchemaError(f"{self.path.name}: mønsteret til «{name}» er ikke forstått") from None
            checks.append(lambda text: regex.fullmatch(text) is not None)
        for facet, least, most in (("length", 1, 1), ("minLength", 1, 0), ("maxLength", 0, 1)):
            for e in restriction.findall(f"{_XS}{facet}"):
                size = int(e.get("value", "0"))
                checks.append(_length(size if least else 0, size if most else 1 << 60))
        if not checks:
            return ValueType(name)
        return ValueType(name, lambda text: all(check(text) for check in checks))

    def _keys(self, element: ET.Element) -> Iterator[KeyRule]:
        scope = element.get("name", "")
        for kind in ("unique", "key", "keyref"):
            for rule in element.findall(f"{_XS}{kind}"):
                selector, fields = rule.find(f"{_XS}selector"), rule.findall(f"{_XS}field")
                path = selector.get("xpath", "") if selector is not None else ""
                if len(fields) != 1 or not fields[0].get("xpath", "").startswith("@") or not _PATH.fullmatch(path):
                    raise SchemaError(f"{self.path.name}: nøkkelen «{rule.get('name')}» er ikke forstått")
                names = tuple(_local(step) for step in path.split("/"))
                refers = _local(rule.get("refer", "")) or None
                yield KeyRule(kind, rule.get("name", ""), scope, names, fields[0].get("xpath", "")[1:], refers)


_PATH = re.compile(r"[\w:]+(/[\w:]+)*")


def _length(least: int, most: int) -> Callable[[str], bool]:
    return lambda text: least <= len(text) <= most


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _local_type(name: str) -> str:
    """A built-in type keeps no prefix; in these files XML Schema is the default namespace."""
    return name.removeprefix("xs:").removeprefix("xsd:")


def _occurs(node: ET.Element) -> tuple[int, int | None]:
    high = node.get("maxOccurs", "1")
    return int(node.get("minOccurs", "1")), None if high == _UNBOUNDED else int(high)
