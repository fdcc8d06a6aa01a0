"""The stays and hits that some course may be made of, as contacts by patient and time.

Most patients have no contact that may open a course: theirs are left out before anything is asked of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
import pyarrow as pa
from attrs import define

from isfdsl.columnar.assumed import OfContacts
from isfdsl.columnar.contacts import Contacts, Keys, Source
from isfdsl.columnar.courses import Ordered
from isfdsl.columnar.epochs import Epochs
from isfdsl.columnar.frame import Notes
from isfdsl.columnar.grouping import Stays, outside
from isfdsl.columnar.numbering import in_order
from isfdsl.columnar.numbers import years
from isfdsl.columnar.stays import Gathered, by_id
from isfdsl.columnar.vectors import Array, Days, Texts, there
from isfdsl.columnar.words import Words
from isfdsl.program.ruleset import STAY, Ruleset
from isfdsl.syntax import ast


@define(eq=False, slots=False)
class Candidates:
    """The contacts, which of them lie outside the year, and the stay or hit that each is: the stays come first."""

    contacts: Contacts
    late: Array
    stay: Array
    hit: Array

    @cached_property
    def ordered(self) -> Ordered:
        """The same by patient and time."""
        of = self.contacts
        patient, start, end = of.keys.patient, of.start.v, of.end.v
        kind = of.group.words.table("stg", np.bool_, lambda v: v[0] == "STG")[of.group.v]
        row = in_order([patient, start, end, kind])
        row = by_id(row, [patient, start, end, kind], of.ids, np.arange(of.n))
        return Ordered(of, row, patient[row], start[row], end[row], years(start[row]))

    def assumed(self, stays: Notes, stay_count: int, hits: Notes, hit_count: int) -> OfContacts:
        """Which contacts rest on assumed codes, from the notes on so many stays and hits."""
        of_stay, of_hit = np.full(stay_count, -1, np.int64), np.full(hit_count, -1, np.int64)
        of_stay[self.stay] = np.arange(len(self.stay))
        of_hit[self.hit] = len(self.stay) + np.arange(len(self.hit))
        return OfContacts.of([(stays, of_stay), (hits, of_hit)], self.contacts.n)


@define(eq=False)
class _Some:
    """Stays or hits that have a patient, a day and a group; ``rows`` are those that are left."""

    kind: ast.GroupKind
    keys: Keys
    group: Texts
    start: Days
    rows: Array

    @classmethod
    def of(cls, kind: ast.GroupKind, keys: Keys, group: Texts, start: Days, asked: frozenset[str] | None) -> _Some:
        """Those of a group that is asked for (``None``: of any)."""
        has = group.v >= 0 if asked is None else _among(group, asked)
        return cls(kind, keys, group, start, np.flatnonzero((keys.patient >= 0) & there(start) & has))

    def are(self, groups: frozenset[str]) -> Array:
        """Which of those left are of some groups."""
        found: Array = _among(self.group, groups)[self.rows]
        return found

    @property
    def patient(self) -> Array:
        """Whose those left are."""
        found: Array = self.keys.patient[self.rows]
        return found


def candidates(epochs: Epochs, made: tuple[Gathered, Stays, Keys] | None, hits: Contacts) -> Candidates:
    """The contacts that may be in a course."""
    rules = epochs.ruleset
    words = epochs.contact_groups
    found: list[_Some] = []
    if made is not None:
        frame, post = made[1].dated.frame, rules.stay_source or ""
        start = frame.days(rules.role(post, "start"))
        found.append(_Some.of("DRG", made[2], made[1].group, start, _asked(rules, "DRG")))
    found.append(_Some.of("STG", hits.keys, hits.group, hits.start, _asked(rules, "STG")))
    if not _takes_the_rest(rules):
        _leave_those_of_no_course(rules, found)
    sources: list[Source] = []
    parts: list[tuple[Array, Array, Array, Array]] = []
    ids: list[pa.Array] = []
    stay = np.zeros(0, np.int64)
    if made is not None:
        own = found[0]
        stay = own.rows
        end = frame.days(rules.role(post, "slutt"))
        first = own.start.v[stay]
        last = np.where(there(end)[stay], end.v[stay], first)
        sources.append(Source(STAY, made[1].dated))
        late = outside(rules, made[1].day.take(stay))
        parts.append((np.zeros(len(stay), np.int32), stay, np.maximum(first, last), late))
        ids.append(made[0].ids(stay))
    hit = found[-1].rows
    last = np.maximum(hits.start.v[hit], hits.end.v[hit])
    parts.append((hits.source[hit] + len(sources), hits.place[hit], last, outside(rules, hits.start.take(hit))))
    ids.append(hits.ids.take(pa.array(hit)))
    sources += hits.sources
    contacts = Contacts(
        tuple(sources),
        np.concatenate([p[0] for p in parts]),
        np.concatenate([p[1] for p in parts]),
        Keys.joined([x.keys.take(x.rows) for x in found]),
        Texts(np.concatenate([_words_of(x, words) for x in found]), words),
        Days(np.concatenate([x.start.v[x.rows] for x in found])),
        Days(np.concatenate([p[2] for p in parts])),
        pa.concat_arrays([i.cast(pa.string()) for i in ids]),
    )
    return Candidates(contacts, np.concatenate([p[3] for p in parts]), stay, hit)


def _words_of(some: _Some, words: Words) -> Array:
    """The groups of some rows, all of which have one, as words of contacts."""
    kind, group = some.kind, some.group
    to = group.words.table(("contact", kind, id(words)), np.int32, lambda v: words.add((kind, str(v))), keep=words)
    found: Array = to[group.v[some.rows]]
    return found


# ------------------------------------------------------------------ who is asked for


def _leave_those_of_no_course(rules: Ruleset, found: list[_Some]) -> None:
    """Only contacts of patients with one that may open a course, and those that some TFG counts by themselves."""
    opens = [x.patient[x.are(_named(x.kind, (d.triggers for d in rules.tfg.values())))] for x in found]
    patients = max((int(x.patient.max()) + 1 for x in found if len(x.rows)), default=0)
    served = np.zeros(patients, bool)
    for own in opens:
        served[own] = True
    for x in found:
        counted = x.are(_named(x.kind, (d.members for d in rules.tfg.values() if not d.triggers)))
        x.rows = x.rows[counted | served[x.patient]]


def _takes_the_rest(rules: Ruleset) -> bool:
    """Whether some TFG takes contacts of any group."""
    return any(d.rest for d in rules.tfg.values())


def _asked(rules: Ruleset, kind: ast.GroupKind) -> frozenset[str] | None:
    """The groups that some TFG may ask about; ``None``: any."""
    if _takes_the_rest(rules):
        return None
    return _named(kind, (lines for d in rules.tfg.values() for lines in (d.triggers, d.members)))


def _named(kind: ast.GroupKind, lines: Iterable[tuple[ast.Trigger, ...] | tuple[ast.Omfatter, ...]]) -> frozenset[str]:
    """The groups of a kind in some lines."""
    return frozenset(g.text for own in lines for line in own if line.kind == kind for g in line.groups)


def _among(group: Texts, groups: frozenset[str]) -> Array:
    """Which rows are of some groups."""
    found: Array = group.words.table(("among", groups), np.bool_, lambda v: str(v) in groups)[group.v]
    return found


__all__ = ["Candidates", "candidates"]
