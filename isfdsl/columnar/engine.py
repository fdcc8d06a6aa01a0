"""The columnar engine: the whole road from columns to kroner for the records of some patients.

The order is that of the reference: stays → DRG → STG → særtjenester → courses → requirements and eligibility → points →
money. Patients never meet, so the records of some patients can be computed by themselves (see ``partitions``).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pyarrow as pa
from attrs import define

from isfdsl.columnar import courses as tfg
from isfdsl.columnar import services as stg
from isfdsl.columnar.contacts import Contacts, Keys, Source
from isfdsl.columnar.epochs import Dated, Epochs
from isfdsl.columnar.frame import Frame, Notes
from isfdsl.columnar.grouping import Settled, Stays, grouped, lone_points, outside, settle
from isfdsl.columnar.krav import KravColumns
from isfdsl.columnar.names import ROLES, Names, as_text, name_all
from isfdsl.columnar.numbering import packed
from isfdsl.columnar.numbers import years
from isfdsl.columnar.stays import Gathered, by_id, gather, joins
from isfdsl.columnar.store import Store, one_chunk, picked_texts
from isfdsl.columnar.vectors import Array, Days, Nums, Texts, there
from isfdsl.program.ruleset import STAY, Ruleset
from isfdsl.syntax import ast


@define(eq=False)
class KravRows:
    """The outcome of one requirement for the records (or stays) with some ids."""

    name: str
    ids: pa.Array
    found: KravColumns


@define(eq=False)
class StayTable:
    """The stays with all that was found out about them. ``keys``, ``ids`` and ``patients`` are by stay."""

    gathered: Gathered
    stays: Stays
    settled: Settled
    keys: Keys
    ids: pa.Array
    record_ids: pa.Array
    patients: pa.Array


@define(eq=False)
class Outcome:
    """Everything about the records of some patients."""

    names: Names
    stays: StayTable | None
    services: stg.Services
    found: tfg.Found | None
    krav: list[KravRows]


def compute(epochs: Epochs, stores: Mapping[str, Store]) -> Outcome:
    """Everything about some records. All records of a patient must be among them."""
    rules = epochs.ruleset
    posts = sorted(stores)
    names, keys = name_all(rules, [stores[p] for p in posts])
    key_of = dict(zip(posts, keys, strict=True))
    source = rules.stay_source
    made = None
    if source is not None and source in stores:
        made = _stays(epochs, stores[source], key_of[source], names)
    post_hits = []
    stay_of_record = _stay_of_record(made, stores[source].n) if made is not None and source is not None else None
    for post in sorted({t.text for d in rules.stg.values() for t in d.triggers}):
        if post in stores:
            group = (
                made[1].group.take(stay_of_record) if post == source and made and stay_of_record is not None else None
            )
            post_hits.append(stg.find_hits(epochs, stores[post], key_of[post], group))
    hits = stg.all_hits(rules, post_hits)
    services = stg.count(epochs, hits)
    ordered = late = None
    courses: list[tfg.Made] = []
    contact_notes, stay_notes = Notes(), Notes()
    if rules.tfg:
        contacts, late, stay_row, hit_row = _contacts(epochs, made, hits)
        ordered = _ordered(contacts)
        courses, contact_notes = tfg.build(epochs, ordered)
        if made is not None:
            back = np.full(made[1].n, -1, np.int64)
            back[stay_row] = np.arange(len(stay_row))
            for text, parts in made[1].notes.found.items():
                for part in parts:
                    stay_notes.add(text, back[part][back[part] >= 0])
        found = tfg.settle(epochs, ordered, courses, contact_notes, stay_notes, late)
        replaced_stays, replaced_hits, hit_notes = _back(found, stay_row, hit_row, made, hits)
    else:
        found = None
        replaced_stays = np.zeros(made[1].n if made is not None else 0, bool)
        replaced_hits, hit_notes = np.zeros(hits.n, bool), Notes()
    krav = _krav(epochs, stores, made, stay_of_record)
    table = None
    if made is not None and source is not None:
        gathered, stays, own = made
        settled = settle(stays, replaced_stays)
        ids = one_chunk(stores[source].ids)
        stay_ids, patients = picked_texts(ids, gathered.records.first), _patients(rules, stores[source], own, names)
        table = StayTable(gathered, stays, settled, own, stay_ids, ids, patients)
    stg.settle(epochs, services, replaced_hits, hit_notes)
    return Outcome(names, table, services, found, krav)


def _stays(epochs: Epochs, store: Store, keys: Keys, names: Names) -> tuple[Gathered, Stays, Keys]:
    def lone(rows: Array) -> Nums:
        return lone_points(epochs, store.post, store.frame_columns(rows), len(rows))

    patients = keys.patient if joins(epochs.ruleset) else np.zeros(0, np.int64)  # else nobody asks
    gathered = gather(epochs, store, patients, lone)
    stays = grouped(epochs, store.post, gathered.columns, len(gathered))
    return gathered, stays, _stay_keys(epochs.ruleset, store, gathered, keys, names)


def _stay_keys(rules: Ruleset, store: Store, gathered: Gathered, keys: Keys, names: Names) -> Keys:
    """Whose each stay is, as its aggregated fields say."""
    how = {a.field.text: a.how for a in rules.stay.fields} if rules.stay is not None else {}
    if gathered.records.alone:
        return keys

    def numbers(at: int, role: str) -> Array:
        own = keys.column(at)
        field = rules.role(store.post, role)
        chosen = how.get(field or "", "første")
        if field is None or chosen in ("første", "alle"):
            found: Array = own[gathered.records.first]
        elif chosen == "siste":
            found = own[gathered.records.last]
        else:
            texts = as_text(gathered.columns[field])
            known = {t: i for i, t in enumerate(names.of(role).to_pylist())}
            found = np.array([-1 if t is None else known[t] for t in texts.to_pylist()], np.int64)
        return found

    return Keys(*(partial(numbers, at, role) for at, role in enumerate(ROLES)))


def _patients(rules: Ruleset, store: Store, keys: Keys, names: Names) -> pa.Array:
    """The texts of the patients of the stays, coded where they have been numbered."""
    field = rules.role(store.post, "pasient")
    if field is None or names.numbered("pasient"):
        return names.coded("pasient", keys.patient)
    return as_text(store.columns[field])  # nobody asked for patients: nothing is joined


def _stay_of_record(made: tuple[Gathered, Stays, Keys], n: int) -> Array:
    records = made[0].records
    if records.alone:
        return records.members
    out = np.full(n, -1, np.int64)
    out[records.members] = records.number
    return out


def _contacts(
    epochs: Epochs, made: tuple[Gathered, Stays, Keys] | None, hits: Contacts
) -> tuple[Contacts, Array, Array, Array]:
    """The contacts that some TFG may ask about: which lie outside the year, and the stay or hit of each.

    They have a patient, a day and a group.
    """
    rules = epochs.ruleset
    words = epochs.contact_groups

    def numbers(kind: ast.GroupKind, group: Texts, rows: Array) -> Array:
        """The groups of some rows, all of which have one, as words of contacts."""
        to = group.words.table(("contact", kind, id(words)), np.int32, lambda v: words.add((kind, str(v))), keep=words)
        found: Array = to[group.v[rows]]
        return found

    sources: list[Source] = []
    parts: list[tuple[Array, Array, Keys, Array, Array, Array, Array]] = []
    ids: list[pa.Array] = []
    stay_row = np.zeros(0, np.int64)
    if made is not None:
        gathered, stays, keys = made
        frame = stays.dated.frame
        post = rules.stay_source or ""
        start = frame.days(rules.role(post, "start"))
        end = frame.days(rules.role(post, "slutt"))
        rows = np.flatnonzero((keys.patient >= 0) & there(start) & _asked(rules, "DRG", stays.group))
        last = np.where(there(end), end.v, start.v)
        sources.append(Source(STAY, stays.dated))
        late = outside(rules, stays.day)[rows]
        first, own_last = start.v[rows], np.maximum(start.v, last)[rows]
        parts.append(
            (
                np.zeros(len(rows), np.int32),
                rows,
                keys.take(rows),
                numbers("DRG", stays.group, rows),
                first,
                own_last,
                late,
            )
        )
        ids.append(gathered.ids(rows))
        stay_row = rows
    rows = np.flatnonzero((hits.keys.patient >= 0) & there(hits.start) & _asked(rules, "STG", hits.group))
    shift = len(sources)
    parts.append(
        (
            hits.source[rows] + shift,
            hits.place[rows],
            hits.keys.take(rows),
            numbers("STG", hits.group, rows),
            hits.start.v[rows],
            np.maximum(hits.start.v, hits.end.v)[rows],
            outside(rules, hits.start)[rows],
        )
    )
    ids.append(hits.ids.take(pa.array(rows)))
    sources += hits.sources
    contacts = Contacts(
        tuple(sources),
        np.concatenate([p[0] for p in parts]),
        np.concatenate([p[1] for p in parts]),
        Keys.joined([p[2] for p in parts]),
        Texts(np.concatenate([p[3] for p in parts]), words),
        Days(np.concatenate([p[4] for p in parts])),
        Days(np.concatenate([p[5] for p in parts])),
        pa.concat_arrays([i.cast(pa.string()) for i in ids]),
    )
    return contacts, np.concatenate([p[6] for p in parts]), stay_row, rows


def _asked(rules: Ruleset, kind: ast.GroupKind, group: Texts) -> Array:
    """Which groups some TFG may ask about."""
    if any(d.rest for d in rules.tfg.values()):
        return group.v >= 0
    named: set[str] = set()
    for d in rules.tfg.values():
        named.update(g.text for line in d.triggers if line.kind == kind for g in line.groups)
        named.update(g.text for line in d.members if line.kind == kind for g in line.groups)
    return np.array([str(v) in named for v in group.words.values] + [False], bool)[group.v]


def _ordered(contacts: Contacts) -> tfg.Ordered:
    """The contacts by patient and time."""
    patient, start, end = contacts.keys.patient, contacts.start.v, contacts.end.v
    kind = contacts.group.words.table("stg", np.bool_, lambda v: v[0] == "STG")[contacts.group.v]
    row = np.argsort(packed([patient, start, end, kind]), kind="stable")
    row = by_id(row, [patient, start, end, kind], contacts.ids, np.arange(contacts.n))
    return tfg.Ordered(contacts, row, patient[row], start[row], end[row], years(start[row]))


def _back(
    found: tfg.Found, stay_row: Array, hit_row: Array, made: tuple[Gathered, Stays, Keys] | None, hits: Contacts
) -> tuple[Array, Array, Notes]:
    """What the courses did to stays and hits: who is replaced, and notes (those of stays are put on them)."""
    n = len(stay_row)
    replaced_stays = np.zeros(made[1].n if made is not None else 0, bool)
    replaced_stays[stay_row] = found.replaced[:n]
    replaced_hits = np.zeros(hits.n, bool)
    replaced_hits[hit_row] = found.replaced[n:]
    hit_notes = Notes()
    for text, parts in found.notes.found.items():
        for part in parts:
            if made is not None:
                made[1].notes.add(text, stay_row[part[part < n]])
            hit_notes.add(text, hit_row[part[part >= n] - n])
    return replaced_stays, replaced_hits, hit_notes


def _krav(
    epochs: Epochs, stores: Mapping[str, Store], made: tuple[Gathered, Stays, Keys] | None, stay_of: Array | None
) -> list[KravRows]:
    rules = epochs.ruleset
    by_subject: dict[str, list[str]] = {}
    for name, decl in rules.krav.items():
        by_subject.setdefault(decl.subject.text, []).append(name)
    out: list[KravRows] = []
    for subject, names in by_subject.items():
        if subject == STAY:
            if made is None:
                continue
            dated, ids = made[1].dated, made[0].ids(np.arange(made[1].n))
        elif subject in stores:
            store = stores[subject]
            group = made[1].group.take(stay_of) if made is not None and stay_of is not None else None
            frame = Frame(
                subject, store.n, store.frame_columns(), "DRG", group if subject == rules.stay_source else None
            )
            dated, ids = Dated(epochs, frame, frame.days(rules.role(subject, "start"))), one_chunk(store.ids)
        else:
            continue
        out += [KravRows(name, ids, _test(dated, name)) for name in names]
    return out


def _test(dated: Dated, name: str) -> KravColumns:
    """The outcome of a requirement, row by row; conditions that are not asked in an epoch break nothing there."""
    n = dated.frame.n
    decl = dated.epochs.ruleset.krav[name]
    order = list(dict.fromkeys(v.name.text for v in (*decl.conditions, *decl.exceptions)))
    applies = np.zeros(n, bool)
    broken: dict[str, Array] = {}
    documented: dict[str, Array] = {}
    for plan, rows, f in dated.parts:
        own = plan.krav(name).test(f, None)
        applies[rows] = own.applies
        for into, parts in ((broken, own.broken), (documented, own.documented)):
            for what, flags in parts:
                if flags.any():
                    into.setdefault(what, np.zeros(n, bool))[rows] |= flags
    return KravColumns(
        applies,
        tuple((what, broken[what]) for what in order if what in broken),
        tuple((what, documented[what]) for what in order if what in documented),
    )


__all__ = ["KravRows", "Outcome", "StayTable", "compute"]
