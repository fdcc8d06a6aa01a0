"""STG over columns: which records trigger one, and how they are counted per patient and period."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from attrs import define, field

from isfdsl.columnar.assumed import assumed_codes
from isfdsl.columnar.contacts import Contacts, GroupMoney, Keys, Source, group_money, stated_financing
from isfdsl.columnar.decide import FirstMatch
from isfdsl.columnar.epochs import Dated, Epochs
from isfdsl.columnar.frame import Frame, Notes
from isfdsl.columnar.grouping import OUTSIDE_NOTE, outside
from isfdsl.columnar.numbering import in_order, numbered
from isfdsl.columnar.numbers import period_labels
from isfdsl.columnar.plan import EpochPlan
from isfdsl.columnar.segments import Segments, any_in_group
from isfdsl.columnar.stays import by_id
from isfdsl.columnar.store import Store, one_chunk
from isfdsl.columnar.vectors import Array, Days, Texts, nowhere, there
from isfdsl.columnar.words import Words
from isfdsl.program.ruleset import SERVICE, Ruleset
from isfdsl.syntax import ast


@define(eq=False)
class PostHits:
    """The records of one post that trigger an STG. ``stg`` is its place in the order, ``record`` the row."""

    post: str
    dated: Dated
    record: Array
    stg: Array
    day: Days
    end: Days
    keys: Keys
    ids: pa.Array
    notes: Notes


def find_hits(epochs: Epochs, store: Store, keys: Keys, group: Texts | None) -> PostHits:
    """The records of a store that trigger an STG: each the first in order. ``group`` is what their stays got."""
    rules = epochs.ruleset
    post = store.post
    frame = Frame(post, store.n, store.frame_columns(), "DRG", group)
    start = frame.days(rules.role(post, "start"))
    dated = Dated(epochs, frame, start)
    stg, asked = np.zeros(store.n, np.int32), Notes()
    for plan, own, f in dated.parts:
        stg[own] = _first(plan, f, post, asked, own)
    rows = np.flatnonzero(stg >= 0)
    mine = frame.take(rows)
    day = nowhere(len(rows))
    assert day.present is not None
    fields = Words()
    of_start = rules.role(post, "start")
    dated_by = [rules.stg[name].dateres for name in rules.stg_order]
    field_of = fields.add_all(d.text if d is not None else of_start or "" for d in dated_by)[stg[rows]]
    for name, i in fields.ids.items():
        own = np.flatnonzero(field_of == i)
        if len(own):
            when = mine.days(str(name)).take(own)
            day.v[own] = when.v
            day.present[own] = True if when.present is None else when.present
    end = mine.days(rules.role(post, "slutt"))
    last = Days(np.where(there(end), end.v, day.v), there(end) | day.present)
    return PostHits(
        post,
        Dated(epochs, mine, start.take(rows)),
        rows,
        stg[rows],
        day,
        last,
        keys.take(rows),
        one_chunk(store.ids.take(pa.array(rows))),
        asked.moved(rows, store.n),
    )


def _first(plan: EpochPlan, f: Frame, post: str, notes: Notes, own: Array) -> Array:
    """The place in the order of STGs of the first that each row triggers, -1 for none. What was unknown or assumed is
    noted about the rows ``own``."""
    rules = plan.epoch.ruleset
    order = [
        (place, rules.stg[name])
        for place, name in enumerate(rules.stg_order)
        if any(t.text == post for t in rules.stg[name].triggers) and plan.epoch.holds(rules.stg[name].validity)
    ]

    def make() -> FirstMatch:
        conditions = [(d.condition,) if d.condition is not None else () for _, d in order]
        return FirstMatch(plan, post, conditions, frozenset())

    places = np.array([*(place for place, _ in order), -1], np.int32)
    match = plan.kept(("stg", post), make)
    f.notes = Notes() if match.changes else None
    found: Array = places[match(f, None)]
    if f.notes is not None:
        notes.add_all(f.notes, own)
        f.notes = None
    return found


def all_hits(rules: Ruleset, posts: Sequence[PostHits]) -> Contacts:
    """The hits of every post as contacts; their group is the STG, by its place in the order."""
    words = Words(rules.stg_order)

    def joined(parts: list[Array], dtype: type) -> Array:
        return np.concatenate(parts) if parts else np.zeros(0, dtype)

    def days(parts: list[Days]) -> Days:
        return Days(joined([d.v for d in parts], np.int64), joined([there(d) for d in parts], bool))

    return Contacts(
        tuple(Source(p.post, p.dated) for p in posts),
        joined([np.full(len(p.record), i, np.int32) for i, p in enumerate(posts)], np.int32),
        joined([np.arange(len(p.record)) for p in posts], np.int64),
        Keys.joined([p.keys for p in posts]),
        Texts(joined([p.stg for p in posts], np.int32).astype(np.int32), words),
        days([p.day for p in posts]),
        days([p.end for p in posts]),
        pa.concat_arrays([p.ids.cast(pa.string()) for p in posts]) if posts else pa.array([], pa.string()),
    )


def notes_of(posts: Sequence[PostHits], hits: Contacts) -> Notes:
    """What each hit rests on: rates that its STG was found by, and assumed codes."""
    found, before = Notes(), 0
    for p in posts:
        found.add_all(p.notes, before + np.arange(len(p.record)))
        before += len(p.record)
    for plan, subject, at, f in hits.frames(np.arange(hits.n)):
        for text, rows in assumed_codes(plan, f, subject):
            found.add(text, at[rows])
    return found


@define(eq=False)
class Services:
    """Særtjenester. ``hits`` are rows of the contacts they were counted from, in order of time.

    One whose hit stands alone has no ``period``, and is called by the id of the hit. ``by_institution``: those that
    were counted for an institution.
    """

    of: Contacts
    hits: Segments
    stg: Texts
    period: Texts
    by_institution: Array
    said: Array
    financed: Array
    money: GroupMoney | None = None
    notes: Notes = field(factory=Notes)

    @property
    def n(self) -> int:
        """How many."""
        return len(self.hits)


def count(epochs: Epochs, of: Contacts) -> Services:
    """The særtjenester of all hits: one per patient, STG and period."""
    rules = epochs.ruleset
    names = Words()
    number, labels, made = _counted(rules, of, names)
    order = in_order([number, ~there(of.start), of.start.v])
    order = by_id(order, [number, there(of.start), np.where(there(of.start), of.start.v, 0)], of.ids, np.arange(of.n))
    hits = Segments.of(order, number[order], made)
    first = hits.first
    stg, period = of.group.take(first), Texts(labels[first], names)
    where = _by_institution(rules)[stg.v] & there(period)
    services = Services(of, hits, stg, period, where, np.zeros(made, bool), np.zeros(made, bool))
    _finance(rules, services)
    return services


_ALONE = ""


def _period_unit(telles: ast.Telles | None) -> str:
    """The unit of the periods that hits are counted by, or that each is counted alone."""
    return _ALONE if telles is None or telles.unit in ("kontakt", "trigger") else telles.unit


def _by_institution(rules: Ruleset) -> Array:
    """Which STGs are counted for each institution."""
    telles = [rules.stg[name].telles for name in rules.stg_order]
    return np.array([t is not None and t.per_institution for t in telles], bool)


def _counted(rules: Ruleset, of: Contacts, names: Words) -> tuple[Array, Array, int]:
    """The særtjeneste of each hit and the label of its period (-1 for those alone), and how many særtjenester."""
    telles = [rules.stg[name].telles for name in rules.stg_order]
    unit_of = Words()
    unit = unit_of.add_all(_period_unit(t) for t in telles)[of.group.v]
    alone = ~there(of.start) | (of.keys.patient < 0)
    period = np.zeros(of.n, np.int64)
    label = np.full(of.n, -1, np.int32)
    for name, i in unit_of.ids.items():
        own = np.flatnonzero(unit == i)
        if name == _ALONE:
            alone[own] = True
        elif len(own):
            period[own], called = period_labels(str(name), of.start.v[own])
            label[own] = names.add_all(called)[period[own]]
    label[alone] = -1
    by_institution = _by_institution(rules)
    institution = np.zeros(of.n, np.int64)
    if by_institution.any():
        institution = np.where(by_institution[of.group.v], of.keys.institution, 0)
    single = np.where(alone, np.arange(of.n), -1)
    keys = [np.where(alone, 0, k) for k in (of.keys.patient, period, institution)]
    number, made = numbered([of.group.v, single, *keys])
    return number, label, made


def _finance(rules: Ruleset, services: Services) -> None:
    """Whether each is financed: the attribute ``finansiert``, and ``finansieres når`` over its records."""
    of, hits = services.of, services.hits
    said, yes = stated_financing(of, hits.first, "STG", services.stg)
    number = hits.number
    for place in np.unique(services.stg.v).tolist():
        decl = rules.stg[rules.stg_order[place]]
        own = services.stg.v == place
        for text in rules.unfinished("STG", decl.name.text):
            services.notes.add(text, np.flatnonzero(own))
        if decl.finansieres is None:
            unknown = np.flatnonzero(own & ~said)
            services.notes.add(f"ukjent: finansiering av STG {decl.name.text}", unknown)
            continue
        asked = own & ~(said & ~yes)
        members = np.flatnonzero(asked[number])
        holds = np.zeros(of.n, bool)
        notes = Notes()
        holds[members] = of.test(decl.finansieres.condition, hits.members[members], notes)
        match decl.finansieres.quantifier:
            case "minst én":
                answer, used = any_in_group(holds, number, services.n), _up_to_the_first(holds, hits)
            case "alle":
                answer, used = ~any_in_group(~holds, number, services.n), _up_to_the_first(~holds, hits)
            case _:
                answer, used = holds[hits.start], np.arange(of.n) == hits.start[number]
        services.notes.add_all(notes.only(used[members]), number[members])
        said = np.where(asked, True, said)
        yes = np.where(asked, answer, yes)
    services.said, services.financed = said, yes


def _up_to_the_first(flags: Array, hits: Segments) -> Array:
    """Which places have no flag before them in their segment."""
    before = np.cumsum(flags) - flags
    found: Array = before == before[hits.start][hits.number]
    return found


def settle(epochs: Epochs, services: Services, replaced: Array, hit_notes: Notes) -> None:
    """Points and money; ``replaced``: hits that a course replaces, ``hit_notes``: what is noted on hits."""
    of, hits = services.of, services.hits
    number = np.empty(of.n, np.int64)
    number[hits.members] = hits.number
    services.notes.add_all(hit_notes, number)
    gone = any_in_group(replaced, number, services.n)
    late = outside(epochs.ruleset, of.start.take(hits.first)) & ~gone
    services.notes.add(OUTSIDE_NOTE, np.flatnonzero(late))
    financed = services.said, services.financed
    services.money = group_money(
        epochs.ruleset, of, hits.first, "STG", services.stg, financed, gone | late, SERVICE, services.notes
    )
