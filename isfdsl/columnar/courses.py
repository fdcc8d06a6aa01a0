"""TFG over columns: from the grouped contacts of all patients to courses."""

from __future__ import annotations

import datetime as dt
from functools import cached_property

import numpy as np
import pyarrow as pa
from attrs import define, field

from isfdsl.columnar import windows as sweep
from isfdsl.columnar.assumed import OfContacts
from isfdsl.columnar.contacts import Contacts, GroupMoney, group_money, stated_financing
from isfdsl.columnar.epochs import Epochs
from isfdsl.columnar.frame import Notes
from isfdsl.columnar.grouping import OUTSIDE_NOTE
from isfdsl.columnar.numbering import distinct, in_order, numbered
from isfdsl.columnar.numbers import day_number, period_labels
from isfdsl.columnar.plan import EpochPlan
from isfdsl.columnar.segments import Segments
from isfdsl.columnar.shares import apportioned, own_weights
from isfdsl.columnar.stays import by_id
from isfdsl.columnar.vectors import Array, Texts
from isfdsl.columnar.words import Value, Words
from isfdsl.program.epoch import Epoch
from isfdsl.program.ruleset import COURSE
from isfdsl.syntax import ast

TRIGGER, MEMBER, NEW_TRIGGER = 0, 1, 2
ROLES = ("trigger", "medlem", "ny_trigger")


@define(eq=False, slots=False)
class Ordered:
    """The contacts that courses are made of, by patient and time. ``row`` is each one's row in the contacts."""

    of: Contacts
    row: Array
    patient: Array
    start: Array
    end: Array
    year: Array

    @property
    def n(self) -> int:
        """How many."""
        return len(self.row)

    @cached_property
    def group(self) -> Array:
        """What each was grouped to: numbers of the words of the contacts' groups."""
        found: Array = self.of.group.v[self.row]
        return found

    @cached_property
    def year_ends(self) -> tuple[Array, Array]:
        """The first and the last day of the year of each."""
        seen, number = distinct(self.year)
        first = np.array([day_number(dt.date(y, 1, 1)) for y in seen.tolist()], np.int64)
        last = np.array([day_number(dt.date(y, 12, 31)) for y in seen.tolist()], np.int64)
        return first[number], last[number]

    @cached_property
    def plan(self) -> EpochPlan:
        """The rules that the first is read by."""
        return next(plan for plan, *_ in self.of.frames(self.row[:1]))

    def of_the_same(self, some: Array) -> Array:
        """Which contacts have the patient of any of some."""
        if self.n == 0:
            return np.zeros(0, bool)
        number = np.cumsum(np.append(0, self.patient[1:] != self.patient[:-1]))
        chosen = np.zeros(self.n, bool)
        chosen[number[some]] = True
        found: Array = chosen[number]
        return found


@define(eq=False)
class Made:
    """Courses of one TFG, counted ``alone`` (per period) or around a trigger.

    Members are places among the ordered contacts, with course, role, day and line beside.
    """

    tfg: str
    opener: Array
    period: Texts
    alone: bool
    per_institution: bool
    member: Array
    course: Array
    role: Array
    day: Array
    line: Array

    @property
    def n(self) -> int:
        """How many."""
        return len(self.opener)


@define(eq=False)
class Courses:
    """The courses of one TFG with what they are worth. ``members`` index the arrays of ``made`` in their order."""

    made: Made
    group_words: Words
    members: Segments
    said: Array
    financed: Array
    share: Array
    has_share: Array
    money: GroupMoney
    notes: Notes = field(factory=Notes)


@define(eq=False)
class Found:
    """Every course, and what they did to contacts: ``replaced`` by a financed course, and notes by contact."""

    ordered: Ordered
    courses: list[Courses]
    replaced: Array
    notes: Notes


def build(epochs: Epochs, ordered: Ordered) -> tuple[list[Made], Notes]:
    """The courses of every TFG, in the order of TFGs, and notes by contact (its row in the contacts)."""
    rules = epochs.ruleset
    made: list[Made] = []
    notes = Notes()
    used = np.zeros(ordered.n, bool)
    inside = np.zeros(ordered.n, bool)
    for decl in sorted((rules.tfg[name] for name in rules.tfg_order), key=lambda d: d.rest):
        open_ = ~inside if decl.rest else ~used if rules.contact_used_once else np.ones(ordered.n, bool)
        holds = _holds(decl, ordered) & open_
        found = (
            _with_trigger(decl, ordered, holds, open_, notes)
            if decl.triggers
            else _per_period(decl, ordered, holds, notes)
        )
        inside[found.member] = True
        used[found.member] = True
        made.append(found)
    return made, notes


def _holds(decl: ast.Tfg, ordered: Ordered) -> Array:
    """Which contacts are read by rules under which the TFG holds."""
    if decl.validity is None:
        return np.ones(ordered.n, bool)
    out = np.zeros(ordered.n, bool)
    for plan, _, at, _f in ordered.of.frames(ordered.row):
        out[at] = plan.epoch.holds(decl.validity)
    return out


def _covered(line: ast.Omfatter | ast.Trigger, ordered: Ordered, among: Array, notes: Notes) -> Array:
    """Which contacts are of a group the line names, and its condition holds. ``notes``: see ``build``."""
    of = ordered.of

    def named(groups: list[Value]) -> list[bool]:
        own = {_word(line.kind, g.text) for g in line.groups}
        return [g in own for g in groups]

    own = of.group.words.table_of(("named", id(line)), np.bool_, named, keep=line)
    out: Array = among & own[ordered.group]
    if line.condition is not None:
        at = np.flatnonzero(out)
        if len(at):
            found = Notes()
            out[at] = of.test(line.condition, ordered.row[at], found)
            notes.add_all(found, ordered.row[at])
    return out


def _word(kind: str, group: str) -> tuple[str, str]:
    """A group among the contacts: DRG 1 and STG 1 are two."""
    return kind, group


def _per_period(decl: ast.Tfg, ordered: Ordered, holds: Array, notes: Notes) -> Made:
    line_of = np.full(ordered.n, -1, np.int64)
    left = holds.copy()
    for i, line in enumerate(decl.members):
        mine = _covered(line, ordered, left, notes)
        line_of[mine] = i
        left &= ~mine
    member = np.flatnonzero(holds) if decl.rest else np.flatnonzero(line_of >= 0)
    telles = decl.telles
    unit = telles.unit if telles is not None else "år"
    words = Words()
    if unit in ("kontakt", "trigger"):
        # A stay and a record may be called the same.
        label = words.add_all(ordered.of.ids.take(pa.array(ordered.row[member])).to_pylist())
    else:
        number, labels = period_labels(unit, ordered.start[member])
        label = words.add_all(labels)[number] if len(member) else np.zeros(0, np.int32)
    institution = np.zeros(len(member), np.int64)
    if telles is not None and telles.per_institution:
        institution = ordered.of.keys.institution[ordered.row[member]]
    course, n = numbered([ordered.patient[member], label, institution])
    groups = Segments.of(member, course, n)
    at = Segments.of(np.arange(len(member)), course, n).first if n else np.zeros(0, np.int64)
    return Made(
        decl.name.text,
        groups.first if n else np.zeros(0, np.int64),
        Texts(label[at], words),
        True,
        telles is not None and telles.per_institution,
        member,
        course,
        np.full(len(member), MEMBER, np.int8),
        np.full(len(member), NO_DAY, np.int64),
        line_of[member],
    )


NO_DAY = np.iinfo(np.int64).min


_NEW = {None: sweep.TAKEN_IN, "åpner": sweep.OPENS, "tas inn": sweep.TAKEN_IN, "forlenger": sweep.EXTENDS}
_MODE = {"starter": sweep.STARTS, "slutter": sweep.ENDS, "overlapper": sweep.OVERLAPS}
_SEVERAL = {None: sweep.FIRST, "første": sweep.FIRST, "nærmeste": sweep.NEAREST, "alle": sweep.ALL}


def _with_trigger(decl: ast.Tfg, ordered: Ordered, holds: Array, open_: Array, notes: Notes) -> Made:
    trigger = np.zeros(ordered.n, bool)
    for t in decl.triggers:
        trigger |= _covered(t, ordered, holds & ~trigger, notes)
    if not trigger.any():
        none = np.zeros(0, np.int64)
        return Made(
            decl.name.text, none, Texts(none.astype(np.int32), Words()), False, False, none, none, none, none, none
        )
    plan = ordered.plan
    windows = plan.kept(("windows", decl.name.text), lambda: _Windows.of(decl, plan.epoch))
    window_at = [windows.at(i, ordered.of.group.words) for i in range(len(decl.members))]
    within = bool(decl.within_year)
    new = _NEW[decl.new_trigger]
    course, first, late_start, late_end = sweep.open_courses(
        ordered.patient, ordered.start, ordered.end, ordered.year, trigger, windows.ends, new, within
    )
    # Only patients with a course are looked at from here on.
    candidates = open_ & ordered.of_the_same(first) & (course < 0)
    covered = [_covered(line, ordered, candidates, notes) for line in decl.members]
    member, of_course, line = _sweep_members(
        decl, ordered, course, (first, late_start, late_end), covered, windows.rows, window_at, within
    )
    _note_unknown(decl, ordered, first, covered, window_at, member, of_course, within, notes)
    again = course >= 0
    again[first] = False
    absorbed = np.flatnonzero(again)
    all_members = np.concatenate([first, absorbed, member])
    all_courses = np.concatenate([np.arange(len(first)), course[absorbed], of_course])
    role = np.concatenate(
        [np.full(len(first), TRIGGER), np.full(len(absorbed), NEW_TRIGGER), np.full(len(member), MEMBER)]
    )
    unit = decl.telles.unit if decl.telles is not None else "trigger"
    number, labels = period_labels(unit if unit not in ("kontakt", "trigger") else "år", ordered.start[first])
    words = Words(labels)
    return Made(
        decl.name.text,
        first,
        Texts(np.array(number, np.int32), words),
        False,
        False,
        all_members,
        all_courses,
        role,
        ordered.start[all_members] - ordered.start[first][all_courses],
        np.concatenate([np.full(len(first) + len(absorbed), -1, np.int64), line]),
    )


@define(eq=False)
class _Windows:
    """The known windows of a TFG: ``rows`` (m, 6) as ``take_in`` has them, ``ends`` (m, 3) their last days, and for
    each line the row of each group."""

    rows: Array
    ends: Array
    of_line: tuple[dict[tuple[str, str], int], ...]

    @classmethod
    def of(cls, decl: ast.Tfg, epoch: Epoch) -> _Windows:
        """Those that are stated, and those that are assumed, which hold all year."""
        assumed = {(kind, g): w for (tfg, kind, g), w in epoch.assumed_windows.items() if tfg == decl.name.text}
        known: list[ast.Window] = []
        of_line = []
        for line in decl.members:
            own = {}
            for g in line.groups:
                window = line.window if isinstance(line.window, ast.Window) else assumed.get((line.kind, g.text))
                if window is not None:
                    own[_word(line.kind, g.text)] = len(known)
                    known.append(window)
            of_line.append(own)
        rows = np.array([(*_bound(w.start), *_bound(w.end)) for w in known], np.int64).reshape(-1, 6)
        return cls(rows, np.array([_bound(w.end) for w in known], np.int64).reshape(-1, 3), tuple(of_line))

    def at(self, line: int, words: Words) -> Array:
        """The row of each group of contacts for a line; -1: unknown."""

        def place(groups: list[Value]) -> list[int]:
            return [self.of_line[line].get(g, -1) for g in groups]  # type: ignore[arg-type]

        return words.table_of(("window", id(self), line), np.int64, place, keep=self)


def _bound(b: ast.Bound) -> tuple[int, int, int]:
    before = b.direction == "før"
    days = min(b.days, 10_000_000)
    return -days if before else days, int(b.anchor == "slutt"), int(before)


def _sweep_members(
    decl: ast.Tfg,
    ordered: Ordered,
    course: Array,
    opened: tuple[Array, Array, Array],
    covered: list[Array],
    windows: Array,
    window_at: list[Array],
    within: bool,
) -> tuple[Array, Array, Array]:
    """Contact, course and line of every member that a window takes in."""
    group = ordered.group
    contact = np.concatenate([np.flatnonzero(c) for c in covered]) if covered else np.zeros(0, np.int64)
    line = np.concatenate([np.full(int(c.sum()), i) for i, c in enumerate(covered)]) if covered else contact
    window = np.concatenate([at[group[c]] for at, c in zip(window_at, covered, strict=True)]) if covered else contact
    order = np.lexsort((line, contact))
    contact, line, window = contact[order], line[order].astype(np.int64), window[order]
    size = np.bincount(contact, minlength=ordered.n).astype(np.int64)
    to = np.cumsum(size)
    year_start, year_end = ordered.year_ends
    medlem = decl.medlem
    fixed = (
        ordered.patient,
        ordered.start,
        ordered.end,
        year_start,
        year_end,
        course,
        *opened,
        to - size,
        to,
        line,
        windows,
        window,
        _MODE[medlem.mode if medlem is not None else "starter"],
        medlem is None or medlem.own_day,
        _SEVERAL[decl.several],
        within,
    )
    nothing = np.zeros(0, np.int64)
    room = sweep.take_in(*fixed, False, nothing, nothing, nothing) if decl.several == "alle" else len(contact)
    out = np.zeros(room, np.int64), np.zeros(room, np.int64), np.zeros(room, np.int64)
    many = sweep.take_in(*fixed, True, *out)
    return out[0][:many], out[1][:many], out[2][:many]


def _note_unknown(
    decl: ast.Tfg,
    ordered: Ordered,
    first: Array,
    covered: list[Array],
    window_at: list[Array],
    member: Array,
    of_course: Array,
    within: bool,
    notes: Notes,
) -> None:
    """A contact that an unknown window might have taken in says so; one that rests on an assumed window, too."""
    lines = [(i, x) for i, x in enumerate(decl.members) if isinstance(x.window, ast.UnknownWindow)]
    if not lines:
        return
    group = ordered.group
    if within:
        some = ordered.patient[first] * 20_000 + ordered.year[first]
        near = np.isin(ordered.patient * 20_000 + ordered.year, some)
        kept = ordered.year[member] == ordered.year[first][of_course]
    else:
        near = np.ones(ordered.n, bool)  # every candidate's patient has a course
        kept = np.ones(len(member), bool)
    taken = np.zeros(ordered.n, bool)
    taken[member[kept]] = True
    for i, line in lines:
        for g in line.groups:
            place = ordered.of.group.words.ids.get(_word(line.kind, g.text))
            if place is None:
                continue
            assumed = window_at[i][place] >= 0
            mine = covered[i] & (group == place) & (taken if assumed else near)
            word = "antatt" if assumed else "ukjent"
            text = f"{word}: vindu for {line.kind} {g.text} i TFG {decl.name.text}"
            notes.add(text, ordered.row[np.flatnonzero(mine)])


# ------------------------------------------------------------------ financing, shares, money


def settle(
    epochs: Epochs, ordered: Ordered, made: list[Made], contact_notes: Notes, assumed: OfContacts, late: Array
) -> Found:
    """What the courses are worth, and what they do to their contacts.

    ``contact_notes`` are by contact; ``assumed``: contacts with assumed codes; ``late``: those outside the days of the
    regelverk.
    """
    replaced = np.zeros(ordered.of.n, bool)
    out = []
    for courses in made:
        out.append(_settle(epochs, ordered, courses, assumed, late, replaced))
    return Found(ordered, out, replaced, contact_notes)


def _settle(epochs: Epochs, ordered: Ordered, made: Made, assumed: OfContacts, late: Array, replaced: Array) -> Courses:
    decl = epochs.ruleset.tfg[made.tfg]
    of, rows = ordered.of, ordered.row
    notes = Notes()
    group = Texts(np.zeros(made.n, np.int32), Words([made.tfg]))
    opener = rows[made.opener]
    said, yes = stated_financing(of, opener, "TFG", group)
    notes.add(f"ukjent: finansiering av TFG {made.tfg}", np.flatnonzero(~said))
    for text in epochs.ruleset.unfinished("TFG", made.tfg):
        notes.add(text, np.arange(made.n))
    telles = decl.telles
    if not made.alone and telles is not None and telles.unit not in ("kontakt", "trigger") and made.n:
        institution = of.keys.institution[opener] if telles.per_institution else np.zeros(made.n, np.int64)
        number, _ = numbered([ordered.patient[made.opener], made.period.v, institution])
        order = np.argsort(made.opener, kind="stable")
        _, where = np.unique(number[order], return_index=True)
        again = np.ones(made.n, bool)
        again[order[where]] = False  # counted once per patient and period: the first course has it
        said, yes = said | again, yes & ~again
    if decl.erstatter is not None:
        paid = (said & yes)[made.course]
        is_stay = of.source[rows[made.member]] == 0
        hit = paid & np.where(is_stay, decl.erstatter.opphold, decl.erstatter.saertjenester)
        replaced[rows[made.member[hit]]] = True
    gone = late[opener]
    for i, line in enumerate(decl.members):
        if isinstance(line.window, ast.UnknownWindow):
            mine = np.flatnonzero(made.line == i)
            for place in np.unique(of.group.v[rows[made.member[mine]]]).tolist():
                kind, g = of.group.words.values[place]
                own = mine[of.group.v[rows[made.member[mine]]] == place]
                if not made.alone:
                    notes.add(f"antatt: vindu for {kind} {g} i TFG {made.tfg}", made.course[own])
    notes.add(OUTSIDE_NOTE, np.flatnonzero(gone))
    members = _in_order(ordered, made)
    money = group_money(epochs.ruleset, of, opener, "TFG", group, (said, yes), gone, COURSE, notes)
    share, has_share = _shares(decl, ordered, made, members, notes)
    assumed.add(notes, rows[made.member], made.course, made.n)
    return Courses(made, group.words, members, said, yes, share, has_share, money, notes)


def _in_order(ordered: Ordered, made: Made) -> Segments:
    """Members in order: by day, the trigger first, then by id; without a trigger as they come."""
    if made.alone or made.n == 0:
        return Segments.of(np.arange(len(made.member)), made.course, made.n)
    later = made.role != TRIGGER
    order = in_order([made.course, made.day, later])
    order = by_id(order, [made.course, made.day, later], ordered.of.ids, ordered.row[made.member])
    return Segments.of(order, made.course[order], made.n)


def _shares(decl: ast.Tfg, ordered: Ordered, made: Made, members: Segments, notes: Notes) -> tuple[Array, Array]:
    """The share of each member in billionths, beside ``made.member``."""
    share, has = np.zeros(len(made.member), np.int64), np.zeros(len(made.member), bool)
    if decl.fordeles is None or made.n == 0:
        return share, has
    known = np.ones(made.n, bool)
    if decl.fordeles == "vekt":
        weights, here = own_weights(ordered.of, ordered.row[made.member])
        known[made.course[~here]] = False
        notes.add("ukjent: andeler, siden en vekt er ukjent", np.flatnonzero(~known))
    elif decl.fordeles == "antall":
        weights = np.ones(len(made.member), np.int64)
    else:
        weights = np.zeros(len(made.member), np.int64)
        head = np.flatnonzero(made.role == TRIGGER) if not made.alone else members.first
        weights[head] = 1
    apportioned(weights, members, known, share, has)
    return share, has
