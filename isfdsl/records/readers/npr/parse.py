"""One message, element by element: checked, mapped and handed on as records, in memory that does not grow with it.

Expat from the standard library does the reading. A DTD of any kind is refused, which takes entities and external
references with it. What is kept while reading: the open elements, the record being read, the units of the institution,
and the keys that must be unique (patient numbers).
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.parsers import expat

from attrs import define, field

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.npr import (
    NotAnNprMessage,
    NprViolation,
    UnknownNprVersion,
    XmlForbidden,
    XmlLimit,
    XmlNotWellFormed,
    XmlTruncated,
)
from isfdsl.diagnostics.record_files import BinaryFile, EmptyFile, WrongEncoding
from isfdsl.diagnostics.records import shown_code
from isfdsl.records.faults import FileFault
from isfdsl.records.readers.extra import Aside
from isfdsl.records.readers.npr.mapping import CodesRule, DaysRule, FieldRule, LookupRule, NprMapping
from isfdsl.records.readers.npr.stream import Limits
from isfdsl.records.readers.npr.structure import (
    MOST_REMEMBERED,
    AttributeRule,
    ElementRule,
    KeyRule,
    Particle,
    State,
    Structure,
)
from isfdsl.records.schema import RecordSchema, ascii_name

Row = tuple[int, Mapping[str, object] | Aside]

_SEPARATOR = "\n"
_MOST_SHAPES = 500
_MOST_VIOLATIONS = 20
_MOST_REASONS = 5
_XML = f"http://www.w3.org/XML/1998/namespace{_SEPARATOR}"
_XSI = f"http://www.w3.org/2001/XMLSchema-instance{_SEPARATOR}"
_NO_ATTRIBUTES: dict[str, str] = {}

_REASONS = {
    2: "syntaksfeil",
    3: "det er ingen elementer i filen",
    4: "ugyldig tegn",
    7: "sluttmerket passer ikke til startmerket",
    8: "et attributt står to ganger",
    9: "det står noe etter meldingen",
    11: "en entitet som ikke er definert",
    14: "henvisning til et tegn som ikke er tillatt",
    17: "XML-erklæringen er ugyldig eller står ikke først",
    27: "et navnerom er ikke erklært",
}
_UNREADABLE = "et tegnsett som ikke kan leses"
_TRUNCATED = {3, 5, 6, 13, 20}


@define
class Tally:
    """What was read of one document."""

    versjon: str = ""
    kontrollert_mot: str = ""
    ikke_kontrollert: tuple[str, ...] = ()
    elementer: dict[str, int] = field(factory=dict)
    ubrukte_elementer: dict[str, int] = field(factory=dict)
    ubrukte_attributter: dict[str, int] = field(factory=dict)
    ubrukte_koder: dict[str, int] = field(factory=dict)
    records: int = 0
    avvist: int = 0
    slettinger: int = 0
    violations: list[NprViolation] = field(factory=list)
    more_violations: int = 0


class _Plan:
    """What to do with an element that has just these attributes: how often it came, and what to check."""

    __slots__ = ("checks", "count", "faults")

    def __init__(self, faults: tuple[str, ...], checks: tuple[tuple[str, AttributeRule, set[str]], ...]) -> None:
        self.count = 0
        self.faults = faults
        self.checks = checks


class _Node:
    """An element at its path, with all that is to be done there."""

    __slots__ = (
        "at_end",
        "captures",
        "children",
        "clears",
        "code_rule",
        "count",
        "days",
        "deletion",
        "depth",
        "institution",
        "is_code",
        "is_record",
        "keyed",
        "lookups",
        "name",
        "path",
        "patient",
        "plans",
        "remembered",
        "rule",
        "scope",
        "scoped_keys",
        "target_of",
        "used",
    )

    def __init__(self, name: str, path: tuple[str, ...], rule: ElementRule | None) -> None:
        self.name = name
        self.path = path
        self.depth = len(path)
        self.rule = rule
        self.children: dict[str, _Node] = {}
        self.plans: dict[tuple[str, ...], _Plan] = {}
        self.remembered: dict[str, set[str]] = {}
        self.count = 0
        self.used: set[str] = set()
        self.captures: tuple[tuple[str, str], ...] = ()
        self.scope: int | None = None
        self.is_record = False
        self.lookups: tuple[LookupRule, ...] = ()
        self.target_of: tuple[LookupRule, ...] = ()
        self.clears: tuple[str, ...] = ()
        self.days: tuple[tuple[str, DaysRule], ...] = ()
        self.code_rule: tuple[int, CodesRule] | None = None
        self.is_code: int | None = None
        self.patient = False
        self.institution: str | None = None
        self.at_end = False
        self.deletion = False
        self.keyed: tuple[tuple[KeyRule, int], ...] = ()
        self.scoped_keys: tuple[KeyRule, ...] = ()


@define
class _Record:
    """The record being read."""

    line: int
    column: int
    attributes: dict[str, str]
    captured: dict[str, list[str]] = field(factory=dict)
    found: dict[str, str] = field(factory=dict)
    moments: dict[str, list[tuple[str, str]]] = field(factory=dict)
    codes: list[list[tuple[str, list[tuple[str, str, str]]]]] = field(factory=list)
    faults: list[str] = field(factory=list)
    at: tuple[int, int, str] | None = None


@define
class _Keys:
    """The keys of one open element."""

    seen: dict[str, set[str]] = field(factory=dict)
    pending: dict[str, dict[str, tuple[int, int, str]]] = field(factory=dict)


class PatientBook:
    """Who has which number, over all files of a run: a number at two institutions must be the same person.

    A table of 16 bytes a place, at most half full: a national year has a million patients and more. Two numbers with
    the same 64-bit hash would pass for one, which costs a needless warning.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.clashes = 0
        self._count = 0
        self._places: dict[str, int] = {}
        self._facts: dict[tuple[str | None, ...], int] = {}
        self._size = 1 << 10
        self._hashes = array("Q", bytes(8 * self._size))
        self._values = array("Q", bytes(8 * self._size))

    def met(self, number: str, institution: str, facts: tuple[str | None, ...]) -> None:
        """A patient of an institution."""
        place = self._places.setdefault(institution, len(self._places) + 1)
        own = place << 32 | self._facts.setdefault(facts, len(self._facts))
        mark = hash(number) & 0xFFFF_FFFF_FFFF_FFFF
        at = self._find(mark)
        before = self._values[at]
        if before:
            if before >> 32 != place and before & 0xFFFF_FFFF != own & 0xFFFF_FFFF:
                self.clashes += 1
        elif self._count < self.most and len(self._facts) < MOST_REMEMBERED:
            self._hashes[at], self._values[at] = mark, own
            self._count += 1
            if 2 * self._count > self._size:
                self._grow()

    def _find(self, mark: int) -> int:
        """Where a hash stands, or the free place for it."""
        last = self._size - 1
        at = mark & last
        while self._values[at] and self._hashes[at] != mark:
            at = at + 1 & last
        return at

    def _grow(self) -> None:
        old = zip(self._hashes, self._values, strict=True)
        self._size *= 2
        self._hashes, self._values = array("Q", bytes(8 * self._size)), array("Q", bytes(8 * self._size))
        for mark, value in old:
            if value:
                at = self._find(mark)
                self._hashes[at], self._values[at] = mark, value


class MessageParser:
    """Reads one document. Make one per document; ``rows`` gives the records."""

    def __init__(
        self,
        fil: str,
        mappings: Mapping[str, NprMapping],
        structure_of: Callable[[NprMapping], Structure],
        schema: Callable[[NprMapping], RecordSchema],
        limits: Limits,
        patients: PatientBook,
    ) -> None:
        self.fil = fil
        self.mappings = mappings
        self.structure_of = structure_of
        self.schema_of = schema
        self.limits = limits
        self.patients = patients
        self.tally = Tally()
        self.rows_out: list[Row] = []
        self.parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._first
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._entity
        self.parser.UnparsedEntityDeclHandler = self._entity
        self.parser.NotationDeclHandler = self._entity
        self.parser.ExternalEntityRefHandler = self._external
        self.mapping: NprMapping | None = None
        # one entry per open element
        self.nodes: list[_Node] = []
        self.states: list[State | None] = []
        self.unknown = 0
        self.free = 0
        self.record: _Record | None = None
        self.scope_values: dict[int, dict[str, list[str]]] = {}
        self.scope_faults: dict[int, list[tuple[int, int, str, str]]] = {}
        self.targets: dict[str, dict[str, dict[str, str]]] = {}
        self.keys: dict[int, _Keys] = {}
        self.institution = ""
        self.specs: dict[str, tuple[str, bool] | None] = {}

    # ------------------------------------------------------------ the bytes

    def rows(self, pieces: Iterator[bytes]) -> Iterator[Row]:
        """Line of the record's element, and its fields or why it is set aside. Raises ``FileFault``."""
        fed = 0
        last = b""
        parser = self.parser
        first = True
        try:
            for piece in pieces:
                if first:
                    self._sniff(piece)
                    first = False
                before, last = fed, piece
                fed += len(piece)
                parser.Parse(piece, False)
                if fed - max(parser.CurrentByteIndex, 0) > self.limits.token:
                    raise self._limit(f"ett merke er større enn {self.limits.token >> 20} MB")
                if self.rows_out:
                    yield from self.rows_out
                    self.rows_out.clear()
            if first:
                raise FileFault(EmptyFile(fil=self.fil))
            before = fed
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise FileFault(self._broken(error, last, before)) from None
        except (LookupError, ValueError):  # the declared encoding is unknown, or of several bytes a sign
            raise FileFault(WrongEncoding(fil=self.fil, linje=1, trolig=_UNREADABLE)) from None
        yield from self.rows_out
        self.rows_out.clear()
        self._sum_up()

    def _sniff(self, head: bytes) -> None:
        if head.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0")) or (head[:2] == b"\0<" and head[2:3] == b"\0"):
            raise FileFault(WrongEncoding(fil=self.fil, linje=None, trolig="UTF-16"))
        for magic, name in ((b"\x1f\x8b", "gzip"), (b"PK\x03\x04", "zip"), (b"PAR1", "Parquet"), (b"%PDF", "PDF")):
            if head.startswith(magic):
                raise FileFault(BinaryFile(fil=self.fil, trolig=name))
        if b"\0" in head[:4096]:
            raise FileFault(BinaryFile(fil=self.fil))

    def _broken(self, error: expat.ExpatError, piece: bytes, start: int) -> Problem:
        line, column = error.lineno, error.offset + 1
        at = self.parser.ErrorByteIndex - start
        wrong = piece[at : at + 1] if 0 <= at < len(piece) else b""
        if error.code in (4, 19) and wrong >= b"\x80":
            return WrongEncoding(fil=self.fil, linje=line, trolig="Windows-1252 eller ISO 8859-1")
        if error.code in (18, 19):
            return WrongEncoding(fil=self.fil, linje=1, trolig=_UNREADABLE)
        if error.code in _TRUNCATED and not wrong.strip():
            return XmlTruncated(fil=self.fil, linje=line, kolonne=column)
        if wrong == b"\0":
            return XmlNotWellFormed(fil=self.fil, linje=line, kolonne=column, grunn="et nulltegn")
        reason = _REASONS.get(error.code, f"feil {error.code}: {expat.ErrorString(error.code)}")
        return XmlNotWellFormed(fil=self.fil, linje=line, kolonne=column, grunn=reason)

    def _place(self) -> tuple[int, int]:
        return self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1

    def _limit(self, text: str) -> FileFault:
        line, column = self._place()
        return FileFault(XmlLimit(fil=self.fil, linje=line, kolonne=column, grense=text))

    def _forbidden(self, hva: str) -> FileFault:
        line, column = self._place()
        return FileFault(XmlForbidden(fil=self.fil, linje=line, kolonne=column, hva=hva))

    def _doctype(self, *_: Any) -> None:
        raise self._forbidden("en DTD")

    def _entity(self, *_: Any) -> None:
        raise self._forbidden("en entitet")

    def _external(self, *_: Any) -> int:
        raise self._forbidden("en henvisning ut av filen")

    # ------------------------------------------------------------ the first element

    def _first(self, name: str, attributes: dict[str, str]) -> None:
        line, column = self._place()
        namespace, _, local = name.rpartition(_SEPARATOR)
        roots = {m.root for m in self.mappings.values()}
        if local not in roots:
            raise FileFault(NotAnNprMessage(fil=self.fil, linje=line, kolonne=column, rot=local))
        version = attributes.get("versjon")
        mapping = self.mappings.get(version or "")
        if mapping is None:
            known = tuple(sorted(self.mappings))
            raise FileFault(UnknownNprVersion(fil=self.fil, linje=line, kolonne=column, versjon=version, kjente=known))
        if namespace != mapping.namespace:
            raise FileFault(NotAnNprMessage(fil=self.fil, linje=line, kolonne=column, rot=f"{{{namespace}}}{local}"))
        self.mapping = mapping
        self.structure = self.structure_of(mapping)
        self.schema = self.schema_of(mapping)
        self.tally.versjon = mapping.version
        self.tally.kontrollert_mot = self.structure.source
        self.tally.ikke_kontrollert = self.structure.unchecked
        self.prefix = mapping.namespace + _SEPARATOR
        self.fields = [f for f in mapping.fields if self._field_name(f) is not None]
        self.computed = [f for f in self.fields if f.days is not None or f.lookup is not None]
        # A place by its key: its field, and the keys that go before it.
        self.by_key = {
            f"{f.name}/{number}": (f, tuple(f"{f.name}/{n}" for n in range(number)))
            for f in self.fields
            for number in range(len(f.places))
        }
        top = self._node(local, None)
        self.top = top
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._open(top, None, attributes)

    def _field_name(self, f: FieldRule) -> str | None:
        """The name the post has for a field of the mapping."""
        wanted = ascii_name(f.name)
        return next((s.name for s in self.schema.fields if s.name == f.name or ascii_name(s.name) == wanted), None)

    # ------------------------------------------------------------ nodes

    def _node(self, name: str, parent: _Node | None) -> _Node:
        """The node of an element, made when it is first met."""
        mapping = self.mapping
        assert mapping is not None
        path = (*parent.path, name) if parent is not None else (name,)
        node = _Node(name, path, self.structure.elements.get(name))
        record = mapping.element
        node.is_record = path == record
        inside = path[: len(record)] == record
        captures: list[tuple[str, str]] = []
        for f in self.fields:
            for number, place in enumerate(f.places):
                whole = place.path if place.absolute else (*record, *place.path)
                if whole == path:
                    captures.append((place.attribute, f"{f.name}/{number}"))
                    node.used.add(place.attribute)
        if captures and not inside:
            # Values of an ancestor, or of a child of one: they hold until that ancestor ends.
            node.scope = len(path) if record[: len(path)] == path else len(path) - 1
        node.captures = tuple(captures)
        node.lookups = tuple(r for r in mapping.lookups.values() if (*record, *r.path) == path)
        node.target_of = tuple(r for r in mapping.lookups.values() if r.target == path)
        node.clears = tuple(r.name for r in mapping.lookups.values() if r.target[:-1] == path)
        for r in node.lookups:
            node.used |= {r.attribute, *r.when}
        for f in self.fields:
            if f.lookup is not None and mapping.lookups[f.lookup].target == path:
                node.used |= {mapping.lookups[f.lookup].key, *f.attributes}
        node.days = tuple((f.name, f.days) for f in self.fields if f.days and (*record, *f.days.path) == path)
        for _, d in node.days:
            node.used |= {d.moment, d.kind}
        for i, rule in enumerate(mapping.codes):
            whole = (*record, *rule.path)
            if whole == path:
                node.code_rule = (i, rule)
                if rule.number is not None:
                    node.used.add(rule.number)
            elif (*whole, mapping.code.element) == path:
                node.is_code = i
                node.used |= {mapping.code.number, mapping.code.system, mapping.code.value}
        if node.is_record:
            node.used.add(mapping.key.attribute)
        if mapping.patient is not None:
            node.patient = mapping.patient.path == path
            if mapping.patient.institution.path == path:
                node.institution = mapping.patient.institution.attribute
        node.deletion = mapping.deletion == path
        keys = self.structure.keys
        node.scoped_keys = tuple(k for k in keys if k.scope == name)
        node.keyed = tuple(
            (k, depth)
            for k in keys
            for depth in range(1, len(path) + 1)
            if path[depth - 1] == k.scope and path[depth:] == k.path
        )
        node.at_end = bool(node.is_record or node.scoped_keys or node.clears or not inside)
        return node

    def _plan(self, node: _Node, names: tuple[str, ...]) -> _Plan:
        """What to do with an element that has these attributes."""
        rule = node.rule
        faults: list[str] = []
        checks: list[tuple[str, AttributeRule, set[str]]] = []
        if rule is not None and not rule.open_:
            for name in names:
                known = rule.attributes.get(name)
                if known is None:
                    if not name.startswith((_XML, _XSI)):
                        local = name.rpartition(_SEPARATOR)[2]
                        faults.append(f"attributtet «{local[:40]}» finnes ikke i meldingen")
                elif known.type.check is not None or known.fixed is not None:
                    checks.append((name, known, node.remembered.setdefault(name, set())))
            faults += [
                f"attributtet «{n}» mangler" for n, a in rule.attributes.items() if a.required and n not in names
            ]
        plan = _Plan(tuple(faults), tuple(checks))
        if len(node.plans) < _MOST_SHAPES:
            node.plans[names] = plan
        return plan

    # ------------------------------------------------------------ events

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self.unknown:
            self.unknown += 1
            if self.unknown + len(self.nodes) > self.limits.depth:
                raise self._limit(f"elementene er nøstet dypere enn {self.limits.depth}")
            return
        parent = self.nodes[-1]
        node = parent.children.get(name)
        state = self.states[-1]
        if node is None:
            node = self._met(name, parent, state)
            if node is None:
                return
        if state is not None:
            following = state.following.get(node.name)
            if following is None:
                self._violation(node.name, self._why_not(node.name, parent, state))
                self.states[-1] = _anything(parent)  # one breach of the order is said once
            else:
                self.states[-1] = following
        elif len(self.nodes) >= self.limits.depth:
            raise self._limit(f"elementene er nøstet dypere enn {self.limits.depth}")
        self._open(node, parent, attributes)

    def _met(self, name: str, parent: _Node, state: State | None) -> _Node | None:
        """A child that has not been met under this element before; ``None`` when it is none of the message's."""
        local = name[len(self.prefix) :] if name.startswith(self.prefix) else name.rpartition(_SEPARATOR)[2]
        if len(self.nodes) >= self.limits.depth:
            raise self._limit(f"elementene er nøstet dypere enn {self.limits.depth}")
        # What the structure does not allow at all is skipped with all that is in it, so the nodes are as many as the
        # structure has paths; where it says nothing, they are counted.
        known = local in _names(parent) if state is not None else self.free < _MOST_SHAPES
        if not (known and name.startswith(self.prefix)):
            if state is not None:
                self._violation(parent.name, f"elementet «{local[:40]}» er ikke tillatt her")
            label = f"{parent.name}/{local[:40]}"
            unused = self.tally.ubrukte_elementer
            if label in unused or len(unused) < _MOST_SHAPES:
                unused[label] = unused.get(label, 0) + 1
            self.unknown = 1
            return None
        self.free += state is None
        node = parent.children[name] = self._node(local, parent)
        return node

    def _open(self, node: _Node, parent: _Node | None, attributes: dict[str, str]) -> None:
        node.count += 1
        rule = node.rule
        self.nodes.append(node)
        self.states.append(rule.first if rule is not None and not rule.open_ else None)
        if node.is_record:
            line, column = self._place()
            mapping = self.mapping
            assert mapping is not None
            self.record = _Record(line, column, attributes, codes=[[] for _ in mapping.codes])
        names = tuple(attributes)
        plan = node.plans.get(names)
        if plan is None:
            if len(names) > self.limits.attributes:
                raise self._limit(f"et element har flere enn {self.limits.attributes} attributter")
            plan = self._plan(node, names)
        plan.count += 1
        for fault in plan.faults:
            self._violation(node.name, fault)
        for name, known, fine in plan.checks:
            value = attributes[name]
            if value not in fine:
                self._check(node, name, known, fine, value)
        depth = len(self.nodes)
        if node.scoped_keys:
            self.keys[depth] = _Keys()
        if node.keyed:
            self._key(node, attributes)
        record = self.record
        if record is not None:
            if node.captures:
                captured = record.captured
                for attribute, key in node.captures:
                    if attribute in attributes:
                        captured.setdefault(key, []).append(attributes[attribute])
            if node.is_code is not None:
                self._code(record, node.is_code, attributes)
            elif node.code_rule is not None:
                index, codes = node.code_rule
                record.codes[index].append((attributes.get(codes.number or "", ""), []))
            elif node.lookups:
                for lookup in node.lookups:
                    if lookup.name not in record.found and all(attributes.get(k) == v for k, v in lookup.when.items()):
                        record.found[lookup.name] = attributes.get(lookup.attribute, "")
            elif node.days:
                for label, days in node.days:
                    moment, kind = attributes.get(days.moment, ""), attributes.get(days.kind, "")
                    record.moments.setdefault(label, []).append((moment, kind))
            return
        if node.captures:
            assert node.scope is not None
            values = self.scope_values.setdefault(node.scope, {})
            for attribute, key in node.captures:
                if attribute in attributes:
                    values.setdefault(key, []).append(attributes[attribute])
        for lookup in node.target_of:
            known_targets = self.targets.setdefault(lookup.name, {})
            if len(known_targets) < self.limits.remembered:
                known_targets[attributes.get(lookup.key, "")] = attributes
        if node.patient:
            self._patient(attributes)
        elif node.institution is not None:
            self.institution = attributes.get(node.institution, "")
        elif node.deletion:
            self.tally.slettinger += 1

    def _end(self, name: str) -> None:
        if self.unknown:
            self.unknown -= 1
            return
        node, state = self.nodes[-1], self.states[-1]
        if node.at_end or not (state is None or state.accepting):
            self._close(node, state)
        self.nodes.pop()
        self.states.pop()

    def _close(self, node: _Node, state: State | None) -> None:
        """The end of an element at which something is to be done."""
        if state is not None and not state.accepting:
            self._violation(node.name, f"{_missing(node, state)} mangler")
        depth = len(self.nodes)
        if node.scoped_keys:
            self._close_keys(node, depth)
        if node.is_record:
            self._emit()
        self.scope_values.pop(depth, None)
        self.scope_faults.pop(depth, None)
        for lookup in node.clears:
            self.targets.pop(lookup, None)

    def _text(self, data: str) -> None:
        if not self.unknown and not data.isspace() and self.nodes:
            rule = self.nodes[-1].rule
            if rule is not None and not rule.open_:
                self._violation(self.nodes[-1].name, "elementet har tekst i seg")

    # ------------------------------------------------------------ checks

    def _check(self, node: _Node, name: str, known: AttributeRule, fine: set[str], value: str) -> None:
        if known.fixed is not None and value != known.fixed:
            self._violation(node.name, f"attributtet «{name}» skal være «{known.fixed}»")
        elif known.type.check is not None and not known.type.check(value.strip()):
            shown = shown_code(value.strip()) if value.strip() else None
            what = f"«{shown}»" if shown else "verdien" if value.strip() else "en tom verdi"
            self._violation(node.name, f"attributtet «{name}»: {what} er ikke {_article(known.type.name)}")
        elif len(fine) < MOST_REMEMBERED:
            fine.add(value)

    def _violation(self, element: str, text: str) -> None:
        """A breach here: of the record being read, of what holds for several records, or of the rest of the message."""
        line, column = self._place()
        record = self.record
        if record is not None:
            if record.at is None:
                record.at = (line, column, element)
            record.faults.append(text if not record.faults else f"linje {line}, {element}: {text}")
            return
        scope = self._scope_of_breach()
        if scope is not None:
            found = self.scope_faults.setdefault(scope, [])
            if len(found) < _MOST_REASONS:
                found.append((line, column, element, text))
        self._note(line, column, element, text)

    def _scope_of_breach(self) -> int | None:
        """How many open elements the breach holds for: those whose values the records below use."""
        if not self.nodes:
            return None
        node = self.nodes[-1]
        return node.scope if node.captures and node.scope is not None else None

    def _note(self, line: int, column: int, element: str, text: str) -> None:
        tally = self.tally
        if len(tally.violations) < _MOST_VIOLATIONS:
            tally.violations.append(NprViolation(fil=self.fil, linje=line, kolonne=column, element=element, grunn=text))
        else:
            tally.more_violations += 1

    def _why_not(self, name: str, parent: _Node, state: State) -> str:
        if name not in _names(parent):
            return f"elementet er ikke tillatt i «{parent.name}»"
        missing = _next_needed(parent, state)
        particles = parent.rule.particles if parent.rule is not None else ()
        if missing is not None and any(name in p.names for p in particles[particles.index(missing) + 1 :]):
            return f"elementet er ikke tillatt her i «{parent.name}»; {missing.shown()} mangler foran"
        return f"elementet står ikke på sin plass i «{parent.name}»"

    def _key(self, node: _Node, attributes: dict[str, str]) -> None:
        for rule, depth in node.keyed:
            keys = self.keys.get(depth)
            if keys is None:
                continue
            value = attributes.get(rule.attribute)
            if value is None:
                continue
            if rule.kind == "keyref":
                if value not in keys.seen.get(rule.refers or "", ()):
                    line, column = self._place()
                    pending = keys.pending.setdefault(rule.name, {})
                    if len(pending) < MOST_REMEMBERED:
                        pending.setdefault(value, (line, column, node.name))
                continue
            seen = keys.seen.setdefault(rule.name, set())
            if value in seen:
                self._violation(node.name, f"«{rule.attribute}» står flere ganger med samme verdi")
            elif len(seen) < self.limits.remembered:
                seen.add(value)

    def _close_keys(self, node: _Node, depth: int) -> None:
        keys = self.keys.pop(depth)
        for rule in node.scoped_keys:
            for value, (line, column, element) in keys.pending.get(rule.name, {}).items():
                if value in keys.seen.get(rule.refers or "", ()):
                    continue
                text = f"«{rule.attribute}» viser til noe som ikke finnes i «{node.name}»"
                record = self.record
                if record is not None:
                    record.at = record.at or (line, column, element)
                    record.faults.append(text if not record.faults else f"linje {line}, {element}: {text}")
                else:
                    self._note(line, column, element, text)

    def _patient(self, attributes: dict[str, str]) -> None:
        mapping = self.mapping
        assert mapping is not None and mapping.patient is not None
        rule = mapping.patient
        number = attributes.get(rule.number)
        if number:
            self.patients.met(number, self.institution, tuple(attributes.get(a) for a in rule.equal))

    # ------------------------------------------------------------ records

    def _code(self, record: _Record, index: int, attributes: dict[str, str]) -> None:
        mapping = self.mapping
        assert mapping is not None
        c = mapping.code
        groups = record.codes[index]
        if not groups:
            groups.append(("", []))
        groups[-1][1].append((attributes.get(c.number, ""), attributes.get(c.system, ""), attributes.get(c.value, "")))

    def _emit(self) -> None:
        record, mapping = self.record, self.mapping
        assert record is not None and mapping is not None
        self.record = None
        key = record.attributes.get(mapping.key.attribute)
        values = self._values(record, mapping)
        shared = [f for scope in sorted(self.scope_faults) for f in self.scope_faults[scope]]
        self.tally.records += 1
        if record.faults or shared:
            self.tally.avvist += 1
            self.rows_out.append((record.line, self._aside(record, shared, key)))
        else:
            self.rows_out.append((record.line, values))

    def _aside(self, record: _Record, shared: list[tuple[int, int, str, str]], key: str | None) -> Aside:
        reasons = [f"linje {line}, {element}: {text}" for line, _, element, text in shared]
        if record.at is not None:
            line, column, element = record.at
            first, *rest = record.faults
            reasons = rest + reasons
        else:
            line, column, element, first = shared[0]
            reasons = reasons[1:]
        if len(reasons) > _MOST_REASONS:
            reasons = [*reasons[:_MOST_REASONS], f"og {len(reasons) - _MOST_REASONS} brudd til"]
        problem = NprViolation(
            fil=self.fil, linje=line, kolonne=column, element=element, grunn=first, flere=tuple(reasons)
        )
        return Aside(problem, key if key and key.strip() else None)

    def _values(self, record: _Record, mapping: NprMapping) -> dict[str, object]:
        values: dict[str, object] = {}
        targets: dict[str, dict[str, str]] = {}
        for name, value in record.found.items():
            target = self.targets.get(name, {}).get(value)
            if target is None:
                rule = mapping.lookups[name]
                record.at = record.at or (record.line, record.column, mapping.element[-1])
                record.faults.append(f"«{rule.path[-1]}» viser til en «{rule.target[-1]}» som ikke finnes")
            else:
                targets[name] = target
        for scope in self.scope_values.values():
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
                self._codes(codes, record.codes[index], record, values, mapping)
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
        record: _Record,
        values: dict[str, object],
        mapping: NprMapping,
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
                    if label in unused or len(unused) < _MOST_SHAPES:
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

    # ------------------------------------------------------------ the report

    def _sum_up(self) -> None:
        tally = self.tally

        def visit(node: _Node) -> None:
            path = "/".join(node.path)
            tally.elementer[path] = tally.elementer.get(path, 0) + node.count
            if not (node.used or node.is_record or node.children) and not node.deletion:
                label = node.name if node.depth < 2 else f"{node.path[-2]}/{node.name}"
                tally.ubrukte_elementer[label] = tally.ubrukte_elementer.get(label, 0) + node.count
            for names, plan in node.plans.items():
                for name in names:
                    if name not in node.used and not name.startswith((_XML, _XSI)):
                        label = f"{node.name}@{name}"
                        seen = tally.ubrukte_attributter
                        if label in seen or len(seen) < 10 * _MOST_SHAPES:
                            seen[label] = seen.get(label, 0) + plan.count
            for child in node.children.values():
                visit(child)

        visit(self.top)


def _anything(node: _Node) -> State:
    """A state in which every child of an element may come."""
    state = State(True)
    state.following = dict.fromkeys(_names(node), state)
    return state


def _names(node: _Node) -> set[str]:
    return {n for p in node.rule.particles for n in p.names} if node.rule is not None else set()


def _next_needed(node: _Node, state: State) -> Particle | None:
    """What must come next before anything later may."""
    particles = node.rule.particles if node.rule is not None else ()
    return next((p for p in particles if p.low > 0 and any(n in state.following for n in p.names)), None)


def _missing(node: _Node, state: State) -> str:
    """What must come before the element may end."""
    needed = _next_needed(node, state)
    return needed.shown() if needed is not None else "noe"


def _article(name: str) -> str:
    """What a value of the type is called in a sentence."""
    known = {"dato": "en gyldig dato", "tidspunkt": "et gyldig tidspunkt", "år": "et årstall"}
    if name in known or name.startswith(("en ", "et ")):
        return known.get(name, name)
    return f"et {name}" if name.startswith("heltall") else f"gyldig ({name})"


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
