"""One message, element by element: checked, mapped and handed on as records, in memory that does not grow with it.

Expat from the standard library does the reading. A DTD of any kind is refused, which takes entities and external
references with it. What is kept while reading: the open elements, the record being read, the units of the institution,
and the keys that must be unique (patient numbers).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.parsers import expat

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.npr import (
    NotAnNprMessage,
    NprDeleted,
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
from isfdsl.records.readers.npr.deletions import Deletions
from isfdsl.records.readers.npr.mapping import NprMapping
from isfdsl.records.readers.npr.nodes import (
    MOST_SHAPES,
    SEPARATOR,
    Keys,
    Node,
    OpenRecord,
    Tally,
    anything,
    article,
    make_node,
    make_plan,
    missing,
    names_in,
    sum_up,
    why_not,
)
from isfdsl.records.readers.npr.patients import PatientBook
from isfdsl.records.readers.npr.stream import Limits
from isfdsl.records.readers.npr.structure import MOST_REMEMBERED, AttributeRule, State, Structure
from isfdsl.records.readers.npr.values import Values
from isfdsl.records.schema import RecordSchema

Row = tuple[int, Mapping[str, object] | Aside]

_MOST_VIOLATIONS = 20
_MOST_REASONS = 5

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
        deletions: Deletions,
    ) -> None:
        self.fil = fil
        self.mappings = mappings
        self.structure_of = structure_of
        self.schema_of = schema
        self.limits = limits
        self.patients = patients
        self.deletions = deletions
        self.ids: dict[str, str] = {}
        self.drawn = ""
        self.tally = Tally()
        self.rows_out: list[Row] = []
        self.parser = expat.ParserCreate(namespace_separator=SEPARATOR)
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._first
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._entity
        self.parser.UnparsedEntityDeclHandler = self._entity
        self.parser.NotationDeclHandler = self._entity
        self.parser.ExternalEntityRefHandler = self._external
        self.mapping: NprMapping | None = None
        # one entry per open element
        self.nodes: list[Node] = []
        self.states: list[State | None] = []
        self.unknown = 0
        self.free = 0
        self.record: OpenRecord | None = None
        self.scope_values: dict[int, dict[str, list[str]]] = {}
        self.scope_faults: dict[int, list[tuple[int, int, str, str]]] = {}
        self.targets: dict[str, dict[str, dict[str, str]]] = {}
        self.keys: dict[int, Keys] = {}
        self.institution = ""

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
        sum_up(self.top, self.tally)

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
        namespace, _, local = name.rpartition(SEPARATOR)
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
        self.tally.versjon = mapping.version
        self.tally.kontrollert_mot = self.structure.source
        self.tally.ikke_kontrollert = self.structure.unchecked
        self.prefix = mapping.namespace + SEPARATOR
        self.values = Values(mapping, self.schema_of(mapping), self.tally)
        top = make_node(local, None, mapping, self.structure, self.values.fields)
        self.top = top
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._open(top, None, attributes)

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
                self._violation(node.name, why_not(node.name, parent, state))
                self.states[-1] = anything(parent)  # one breach of the order is said once
            else:
                self.states[-1] = following
        elif len(self.nodes) >= self.limits.depth:
            raise self._limit(f"elementene er nøstet dypere enn {self.limits.depth}")
        self._open(node, parent, attributes)

    def _met(self, name: str, parent: Node, state: State | None) -> Node | None:
        """A child that has not been met under this element before; ``None`` when it is none of the message's."""
        local = name[len(self.prefix) :] if name.startswith(self.prefix) else name.rpartition(SEPARATOR)[2]
        if len(self.nodes) >= self.limits.depth:
            raise self._limit(f"elementene er nøstet dypere enn {self.limits.depth}")
        # What the structure does not allow at all is skipped with all that is in it, so the nodes are as many as the
        # structure has paths; where it says nothing, they are counted.
        known = local in names_in(parent) if state is not None else self.free < MOST_SHAPES
        if not (known and name.startswith(self.prefix)):
            if state is not None:
                self._violation(parent.name, f"elementet «{local[:40]}» er ikke tillatt her")
            label = f"{parent.name}/{local[:40]}"
            unused = self.tally.ubrukte_elementer
            if label in unused or len(unused) < MOST_SHAPES:
                unused[label] = unused.get(label, 0) + 1
            self.unknown = 1
            return None
        self.free += state is None
        mapping = self.mapping
        assert mapping is not None
        node = parent.children[name] = make_node(local, parent, mapping, self.structure, self.values.fields)
        return node

    def _open(self, node: Node, parent: Node | None, attributes: dict[str, str]) -> None:
        node.count += 1
        rule = node.rule
        self.nodes.append(node)
        self.states.append(rule.first if rule is not None and not rule.open_ else None)
        if node.is_record:
            line, column = self._place()
            mapping = self.mapping
            assert mapping is not None
            self.record = OpenRecord(line, column, attributes, codes=[[] for _ in mapping.codes])
        names = tuple(attributes)
        plan = node.plans.get(names)
        if plan is None:
            if len(names) > self.limits.attributes:
                raise self._limit(f"et element har flere enn {self.limits.attributes} attributter")
            plan = make_plan(node, names)
        plan.count += 1
        for fault in plan.faults:
            self._violation(node.name, fault)
        for name, known, fine in plan.checks:
            value = attributes[name]
            if value not in fine:
                self._check(node, name, known, fine, value)
        depth = len(self.nodes)
        if node.scoped_keys:
            self.keys[depth] = Keys()
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
        for kind, attribute in node.ids:
            self.ids[kind] = attributes.get(attribute, "")
        if node.dated is not None:
            self.drawn = attributes.get(node.dated, "")

    def _end(self, name: str) -> None:
        if self.unknown:
            self.unknown -= 1
            return
        node, state = self.nodes[-1], self.states[-1]
        if node.at_end or not (state is None or state.accepting):
            self._close(node, state)
        self.nodes.pop()
        self.states.pop()

    def _close(self, node: Node, state: State | None) -> None:
        """The end of an element at which something is to be done."""
        if state is not None and not state.accepting:
            self._violation(node.name, f"{missing(node, state)} mangler")
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

    def _check(self, node: Node, name: str, known: AttributeRule, fine: set[str], value: str) -> None:
        if known.fixed is not None and value != known.fixed:
            self._violation(node.name, f"attributtet «{name}» skal være «{known.fixed}»")
        elif known.type.check is not None and not known.type.check(value.strip()):
            shown = shown_code(value.strip()) if value.strip() else None
            what = f"«{shown}»" if shown else "verdien" if value.strip() else "en tom verdi"
            self._violation(node.name, f"attributtet «{name}»: {what} er ikke {article(known.type.name)}")
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

    def _key(self, node: Node, attributes: dict[str, str]) -> None:
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

    def _close_keys(self, node: Node, depth: int) -> None:
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

    def _code(self, record: OpenRecord, index: int, attributes: dict[str, str]) -> None:
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
        values = self.values.of(record, self.targets, self.scope_values.values())
        deleted = self._deleted(record, mapping)
        if deleted is not None:
            self.tally.records += 1
            self.tally.avvist += 1
            self.rows_out.append((record.line, deleted))
            return
        shared = [f for scope in sorted(self.scope_faults) for f in self.scope_faults[scope]]
        self.tally.records += 1
        if record.faults or shared:
            self.tally.avvist += 1
            self.rows_out.append((record.line, self._aside(record, shared, key)))
        else:
            self.rows_out.append((record.line, values))

    def _deleted(self, record: OpenRecord, mapping: NprMapping) -> Aside | None:
        """Why the record is gone, when a later message has it deleted. It has no key then: it may have come again."""
        rule = mapping.deletion
        if rule is None or not self.deletions.asked:
            return None
        own = {k: record.attributes.get(p.attribute, "") for k, p in rule.objects.items() if not p.absolute}
        by = self.deletions.deleted(rule, {**self.ids, **own}, self.drawn)
        if by is None:
            return None
        key = record.attributes.get(mapping.key.attribute, "")
        return Aside(NprDeleted(fil=self.fil, linje=record.line, kolonne=record.column, id=key, av=by))

    def _aside(self, record: OpenRecord, shared: list[tuple[int, int, str, str]], key: str | None) -> Aside:
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
