"""An Outcome as the output tables, in Arrow. Columns as in ``isfdsl.records.tables``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

from isfdsl.columnar.contacts import Contacts, GroupMoney
from isfdsl.columnar.courses import NO_DAY, ROLES
from isfdsl.columnar.engine import KravRows, Outcome, StayTable
from isfdsl.columnar.frame import Notes
from isfdsl.columnar.names import bits, coded, named, texts_of
from isfdsl.columnar.numbering import different
from isfdsl.columnar.points import LOSSES, MILLION
from isfdsl.columnar.shares import ONE
from isfdsl.columnar.store import picked_texts
from isfdsl.columnar.vectors import Array, Nums, Texts, assemble, bound_of, in_units
from isfdsl.columnar.words import Words
from isfdsl.diagnostics.record_output import OutputValue
from isfdsl.program.ruleset import STAY, Ruleset
from isfdsl.records import tables as spec
from isfdsl.records.arrow import NARROW_DECIMALS
from isfdsl.records.record import Reject
from isfdsl.records.summary import too_fine
from isfdsl.records.tables import TableData

OUTCOMES = ("gjelder_ikke", "oppfylt", "ikke_oppfylt")

_OFTEN = 4
"""Ids that stand so often are written quicker as places in a dictionary."""
ROWS_TOGETHER = 1 << 20
"""Rows of a row group, as pyarrow would have them."""
_DICTIONARY = 900_000
"""Bytes: Parquet gives a dictionary up when it is larger than a megabyte."""

Unwritable = set[OutputValue]
"""Columns with a value that they have no room for; there it is missing. The run is refused when all of it is known."""


def tables(outcome: Outcome, rules: Ruleset, unwritable: Unwritable, *, ordered: bool = True) -> dict[str, TableData]:
    """The output tables of some patients, but for the rejects; not ``ordered``: rows in any order."""
    forlop, members, tfg_ids = _courses(outcome, unwritable)
    made = {
        "opphold": (spec.OPPHOLD, _stays(outcome, tfg_ids, unwritable)),
        "saertjenester": (spec.SAERTJENESTER, _services(outcome, ordered, unwritable)),
        "forlop": (spec.FORLOP, forlop),
        "forlop_medlemmer": (spec.FORLOP_MEDLEMMER, members),
        "krav": (spec.KRAV, krav_columns(outcome.krav, ordered)),
    }
    return {name: TableData(of, columns, presorted=not ordered) for name, (of, columns) in made.items()}


def reject_table(rejects: Sequence[Reject]) -> TableData:
    """The records set aside."""
    ordered = sorted(rejects, key=lambda r: (r.fil, r.rad, r.record_id))
    return TableData.from_rows(spec.AVVIST, ((r.fil, r.rad, r.record_id, r.kode, r.melding, r.post) for r in ordered))


# ------------------------------------------------------------------ columns


def texts(column: Texts) -> pa.Array:
    """Texts as dictionary-coded Arrow strings."""
    return coded(column.v, texts_of(column.words))


_DIGITS = 18


def decimals(number: Nums, digits: int, table: str, column: str, unwritable: Unwritable) -> pa.Array:
    """Numbers with so many decimals, in as little room as pyarrow can write them from.

    One that would have to be rounded, or has more than 18 digits in all, makes the column ``unwritable``.
    """
    has = number.present
    v, odd = in_units(number, 10**digits)
    wrong = odd
    if bound_of(v) >= 10**_DIGITS:
        large: Array = (abs(v) >= 10**_DIGITS).astype(bool)
        wrong = large if odd is None else odd | large
    if wrong is not None and (wrong if has is None else wrong & has).any():
        unwritable.add(too_fine(table, column, digits))
        v, has = np.zeros(len(v), np.int64), np.zeros(len(v), bool)
    if v.dtype == object:
        v = (v if has is None else np.where(has, v, 0)).astype(np.int64)
    n = len(v)
    kind = (pa.decimal64 if NARROW_DECIMALS else pa.decimal128)(_DIGITS, digits)
    if NARROW_DECIMALS:
        parts = np.ascontiguousarray(v, np.int64)  # as they are
    else:
        parts = np.empty((n, 2), np.int64)
        parts[:, 0] = v
        parts[:, 1] = v >> 63
    valid = None if has is None else bits(has)
    return pa.Array.from_buffers(kind, n, [valid, pa.py_buffer(parts)])


def booleans(v: Array, has: Array) -> pa.Array:
    """Yes or no, null where nothing is said."""
    said = pa.py_buffer(np.packbits(v, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(v), [bits(has), said])


def lists(values: pa.Array, size: Array) -> pa.Array:
    """Consecutive values as lists of some sizes."""
    offsets = np.zeros(len(size) + 1, np.int32)
    if len(values):
        np.cumsum(size, out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def note_lists(notes: Notes, n: int) -> pa.Array:
    """The notes of each row, sorted."""
    ordered = sorted(text for text, parts in notes.found.items() if parts)
    if not ordered:
        return lists(pa.array([], pa.string()), np.zeros(n, np.int64))
    rows, which = [], []
    for i, text in enumerate(ordered):
        own = different(np.concatenate(notes.found[text]), n)
        rows.append(own)
        which.append(np.full(len(own), i, np.int32))
    row, what = np.concatenate(rows), np.concatenate(which)
    order = np.argsort(row, kind="stable")
    return lists(named(pa.array(ordered, pa.string()), what[order]), np.bincount(row, minlength=n))


# ------------------------------------------------------------------ tables


def _stays(outcome: Outcome, tfg_ids: list[tuple[Array, pa.Array]], unwritable: Unwritable) -> dict[str, Any]:
    table = outcome.stays
    if table is None:
        return {c.name: [] for c in spec.OPPHOLD.columns}
    stays, settled, records = table.stays, table.settled, table.gathered.records
    p = settled.points
    n = stays.n
    return {
        "opphold_id": table.ids,
        "episode_ids": lists(picked_texts(table.record_ids, records.members), records.size),
        "pasient_id": table.patients,
        "enhet": outcome.names.coded("enhet", table.keys.unit),
        "drg": texts(stays.group),
        "regel": texts(stays.rule),
        "returkode": texts(stays.returkode),
        "hdg": texts(_hdg(table)),
        "teller_i_isf": booleans(settled.counts, settled.counts_said),
        "grunnlag": decimals(Nums(p.base, MILLION, p.has_base), 6, "opphold", "grunnlag", unwritable),
        "tillegg": decimals(Nums(p.additions, MILLION, p.known), 6, "opphold", "tillegg", unwritable),
        "fradrag": decimals(Nums(p.deductions, MILLION, p.known), 6, "opphold", "fradrag", unwritable),
        "avrunding": decimals(Nums(p.rounding, p.den, p.known), 6, "opphold", "avrunding", unwritable),
        "bortfall": decimals(Nums(p.lost, p.den, p.known), 6, "opphold", "bortfall", unwritable),
        "bortfall_arsak": coded(p.loss - 1, pa.array(LOSSES[1:])),
        "poeng": decimals(p.number, 6, "opphold", "poeng", unwritable),
        "refusjon": decimals(settled.money.number, 2, "opphold", "refusjon", unwritable),
        "tfg_ids": _id_lists(tfg_ids, n),
        "mangler": note_lists(stays.notes, n),
    }


def _hdg(table: StayTable) -> Texts:
    parts = []
    for plan, rows, f in table.stays.dated.parts:
        found = plan.attribute(f, None, "HDG", noted=False)
        if isinstance(found, Texts):
            parts.append((rows, found))
    whole = assemble(table.stays.n, parts) if parts else None
    return whole if isinstance(whole, Texts) else Texts(np.full(table.stays.n, -1, np.int32), Words())


def _id_lists(parts: list[tuple[Array, pa.Array]], n: int) -> pa.Array:
    """The ids of the courses of each stay, sorted."""
    if not parts:
        return lists(pa.array([], pa.string()), np.zeros(n, np.int64))
    row = np.concatenate([rows for rows, _ in parts])
    ids = pa.concat_arrays([i for _, i in parts])
    order = pa.compute.sort_indices(pa.table({"row": row, "id": ids}), [("row", "ascending"), ("id", "ascending")])
    return lists(ids.take(order), np.bincount(row, minlength=n))


def group_columns(
    table: str, money: GroupMoney, said: Array, financed: Array, notes: Notes, unwritable: Unwritable
) -> dict[str, Any]:
    """The columns that særtjenester and courses share."""
    return {
        "finansiert": booleans(financed, said),
        "poeng": decimals(money.points, 6, table, "poeng", unwritable),
        "refusjon": decimals(money.money.number, 2, table, "refusjon", unwritable),
        "mangler": note_lists(notes, len(said)),
    }


def _services(outcome: Outcome, ordered: bool, unwritable: Unwritable) -> dict[str, Any]:
    s = outcome.services
    assert s.money is not None
    first = s.hits.first
    columns = {
        "pasient_id": outcome.names.texts("pasient", s.of.keys.patient[first]),
        "stg": texts(s.stg),
        "periode": pa.compute.coalesce(texts(s.period).cast(pa.string()), s.of.ids.take(pa.array(first))),
        "record_ids": lists(s.of.ids.take(pa.array(s.hits.members)), s.hits.size),
        **group_columns("saertjenester", s.money, s.said, s.financed, s.notes, unwritable),
    }
    if not ordered or not s.by_institution.any():
        return columns
    # What is the same in the columns that rows are sorted by comes in the order of the institutions.
    where = outcome.names.texts("institusjon", np.where(s.by_institution, s.of.keys.institution[first], -1))
    order = pa.compute.sort_indices(where.fill_null(""))
    return {name: column.take(order) for name, column in columns.items()}


def _courses(
    outcome: Outcome, unwritable: Unwritable
) -> tuple[dict[str, Any], dict[str, Any], list[tuple[Array, pa.Array]]]:
    """The courses, their members, and for each member that is a stay (its number) the id of its course."""
    found = outcome.found
    tfg_ids: list[tuple[Array, pa.Array]] = []
    if found is None:
        return {c.name: [] for c in spec.FORLOP.columns}, {c.name: [] for c in spec.FORLOP_MEDLEMMER.columns}, []
    ordered = found.ordered
    of, rows = ordered.of, ordered.row
    forlop: list[dict[str, Any]] = []
    members: list[dict[str, Any]] = []
    group_names = of.group.words.made("names", lambda values: pa.array([str(v[1]) for v in values], pa.string()))
    for c in found.courses:
        made = c.made
        if made.n == 0:
            continue
        opener = rows[made.opener]
        patient = outcome.names.texts("pasient", of.keys.patient[opener])
        opener_ids = of.ids.take(pa.array(opener))
        tfg = pa.repeat(pa.scalar(made.tfg, pa.string()), made.n)
        period = texts(made.period).cast(pa.string())
        last = opener_ids if not made.alone else period
        parts = [patient, tfg, last]
        if made.alone and made.per_institution:
            own = outcome.names.texts("institusjon", of.keys.institution[opener])
            tail = pa.compute.fill_null(pa.compute.binary_join_element_wise("", own, "/"), "")
            parts[2] = pa.compute.binary_join_element_wise(last, tail, "")
        ids = pa.compute.binary_join_element_wise(*parts, "/")
        if not made.alone:
            ids = _told_apart(ids, of, opener)
        forlop.append(
            {
                "forlop_id": ids,
                "tfg": tfg,
                "pasient_id": patient,
                "trigger_id": pa.nulls(made.n, pa.string()) if made.alone else opener_ids,
                "periode": period,
                **group_columns("forlop", c.money, c.said, c.financed, c.notes, unwritable),
            }
        )
        own_rows = rows[made.member]
        member_ids = ids.take(pa.array(made.course))
        members.append(
            {
                "forlop_id": member_ids,
                "record_id": of.ids.take(pa.array(own_rows)),
                "rolle": pa.array(ROLES).take(pa.array(made.role)),
                "dag": pa.array(made.day, mask=made.day == NO_DAY),
                "gruppe": group_names.take(pa.array(of.group.v[own_rows])),
                "enhet": outcome.names.coded("enhet", of.keys.unit[own_rows]),
                "andel": decimals(Nums(c.share, ONE, c.has_share), 12, "forlop_medlemmer", "andel", unwritable),
            }
        )
        is_stay = np.flatnonzero((of.source[own_rows] == 0) & (outcome.stays is not None))
        tfg_ids.append((of.place[own_rows[is_stay]], member_ids.take(pa.array(is_stay))))
    return (
        _stacked(spec.FORLOP.columns, forlop),
        _stacked(spec.FORLOP_MEDLEMMER.columns, members),
        tfg_ids,
    )


def _told_apart(ids: pa.Array, of: Contacts, opener: Array) -> pa.Array:
    """Ids of courses; that of a særtjeneste also has its post where a contact of the same id opened another."""
    posts = [None if s.subject == STAY else s.subject for s in of.sources]
    services = np.array([post is not None for post in posts], bool)[of.source[opener]]
    if not services.any():
        return ids
    numbers = ids.dictionary_encode().indices.to_numpy()
    more = np.flatnonzero(services & (np.bincount(numbers)[numbers] > 1))
    if not len(more):
        return ids
    own = pa.array([posts[s] for s in of.source[opener[more]]], pa.string())
    mask = np.zeros(len(ids), bool)
    mask[more] = True
    return pa.compute.replace_with_mask(
        ids, pa.array(mask), pa.compute.binary_join_element_wise(ids.take(pa.array(more)), own, "/")
    )


def _stacked(columns: Sequence[spec.Column], parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {c.name: pa.chunked_array([p[c.name] for p in parts]) if parts else [] for c in columns}


def krav_columns(krav: Sequence[KravRows], ordered: bool) -> dict[str, Any]:
    """Record × requirement. Not ``ordered``: the ids come coded, and some records after the others, so that those of a
    row group are a dictionary of their own; they stand there as often as there are requirements."""
    names = pa.array([k.name for k in krav], pa.string())
    parts: list[dict[str, Any]] = []
    for number, k in enumerate(krav):
        n = len(k.ids)
        outcome = k.found.applies.astype(np.int32)
        outcome[k.found.not_met] = 2
        parts.append(
            {
                "record_id": k.ids,
                "krav": coded(np.full(n, number, np.int32), names),
                "utfall": coded(outcome, pa.array(OUTCOMES)),
                "brutte": _flag_lists(k.found.broken, n),
                "dokumenteres": _flag_lists(k.found.documented, n),
            }
        )
    same_ids = [list(own) for _, own in groupby(parts, lambda part: id(part["record_id"]))]
    if ordered or max(map(len, same_ids), default=0) < _OFTEN:
        return _stacked(spec.KRAV.columns, parts)
    return _stacked(spec.KRAV.columns, [part for own in same_ids for part in _by_records(own)])


def _by_records(parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What several requirements say of the same records, some of these at a time, with their ids coded."""
    ids = parts[0]["record_id"]
    bytes_each = ids.nbytes // max(1, len(ids)) + 1
    most = max(1, min(ROWS_TOGETHER // len(parts), _DICTIONARY // bytes_each))
    together = -(-len(ids) // max(1, -(-len(ids) // most)))  # all about as many
    places = np.arange(min(together, len(ids)), dtype=np.int32)
    for first in range(0, len(ids), together or 1):
        own = ids.slice(first, together)
        for part in parts:
            yield {
                **{name: column.slice(first, together) for name, column in part.items()},
                "record_id": coded(places[: len(own)], own),
            }


def _flag_lists(flags: tuple[tuple[str, Array], ...], n: int) -> pa.Array:
    """The names of what is flagged in each row, in order."""
    rows = [np.flatnonzero(f) for _, f in flags]
    if not rows:
        return lists(pa.array([], pa.string()), np.zeros(n, np.int32))
    names = pa.array([name for name, _ in flags], pa.string())
    if len(rows) == 1:
        return lists(pa.repeat(names[0], len(rows[0])), flags[0][1])
    row = np.concatenate(rows)
    what = np.repeat(np.arange(len(flags)), [len(r) for r in rows])
    order = np.argsort(row, kind="stable")
    return lists(named(names, what[order]), np.bincount(row, minlength=n))
