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
from isfdsl.columnar.candidates import Candidates, candidates
from isfdsl.columnar.contacts import Contacts, Keys
from isfdsl.columnar.epochs import Dated, Epochs
from isfdsl.columnar.frame import Frame, Notes
from isfdsl.columnar.grouping import Settled, Stays, grouped, lone_points, settle
from isfdsl.columnar.krav import KravColumns
from isfdsl.columnar.names import ROLES, Names, as_text, name_all
from isfdsl.columnar.stays import Gathered, gather, joins
from isfdsl.columnar.store import Store, one_chunk, picked_texts
from isfdsl.columnar.vectors import Array, Nums
from isfdsl.program.ruleset import STAY, Ruleset


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
    hit_notes = stg.notes_of(post_hits, hits)
    if rules.tfg:
        among = candidates(epochs, made, hits)
        courses, contact_notes = tfg.build(epochs, among.ordered)
        stay_notes, stay_count = (made[1].notes, made[1].n) if made is not None else (Notes(), 0)
        assumed = among.assumed(stay_notes, stay_count, hit_notes, hits.n)
        found = tfg.settle(epochs, among.ordered, courses, contact_notes, assumed, among.late)
        replaced_stays, replaced_hits = _back(found, among, made, hits, hit_notes)
    else:
        found = None
        replaced_stays = np.zeros(made[1].n if made is not None else 0, bool)
        replaced_hits = np.zeros(hits.n, bool)
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
            found = names.numbers_of(role, as_text(gathered.columns[field]))
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


def _back(
    found: tfg.Found, among: Candidates, made: tuple[Gathered, Stays, Keys] | None, hits: Contacts, hit_notes: Notes
) -> tuple[Array, Array]:
    """What the courses did to stays and hits: who is replaced. What they noted is put on the stays and hits."""
    n = len(among.stay)
    replaced_stays = np.zeros(made[1].n if made is not None else 0, bool)
    replaced_stays[among.stay] = found.replaced[:n]
    replaced_hits = np.zeros(hits.n, bool)
    replaced_hits[among.hit] = found.replaced[n:]
    for text, parts in found.notes.found.items():
        for part in parts:
            if made is not None:
                made[1].notes.add(text, among.stay[part[part < n]])
            hit_notes.add(text, among.hit[part[part >= n] - n])
    return replaced_stays, replaced_hits


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
                at = np.flatnonzero(flags)
                if len(at):
                    into.setdefault(what, np.zeros(n, bool))[rows[at]] = True
    return KravColumns(
        applies,
        tuple((what, broken[what]) for what in order if what in broken),
        tuple((what, documented[what]) for what in order if what in documented),
    )


__all__ = ["KravRows", "Outcome", "StayTable", "compute"]
