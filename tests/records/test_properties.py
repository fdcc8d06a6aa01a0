"""Reading: no bytes raise, what is written is read back equal, and order never matters."""

from __future__ import annotations

import gzip
import io
import json
import random
import tempfile
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isfdsl.records.readers import ReadResult, read_input
from isfdsl.records.record import Record, Single, Value
from isfdsl.records.schema import FieldSchema, RecordSchema
from isfdsl.records.validate import Validator
from isfdsl.records.writers import Format, csv_lines, write_records
from tests.records.support import EPISODE, GOOD, SCHEMAS, UTLEVERING, csv_text

FORMATS: tuple[Format, ...] = ("csv", "jsonl", "parquet")

# --- strategies: typed records ------------------------------------------------------------------------------

_LETTERS = st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"])
_TEXT = st.text(_LETTERS, max_size=12).map(str.strip)
_WORD = st.text(_LETTERS, max_size=8).map(lambda s: "".join(s.split()))
_ICD = st.from_regex(r"\A[A-Z][0-9]{2}([0-9A-Za-z]{1,2})?\Z")
_PAIR = st.tuples(_ICD, st.none() | _ICD)
_CODES = st.sampled_from(["NFB30", "I210a", "WBA0"])
_DAYS = st.dates(date(1900, 1, 1), date(2030, 1, 1))
_MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1))


def _single(field: FieldSchema) -> st.SearchStrategy[Single]:
    match field.kind:
        case "tekst":
            return (_WORD if field.is_list or field.key else _TEXT).filter(bool)
        case "heltall":
            return st.integers(0, 45_000) if field.low == 0 else st.integers(-(10**17), 10**17)
        case "desimal":
            return st.decimals(Decimal(0), Decimal("9999.99"), places=2) | st.decimals(0, 9999, places=12)
        case "dato":
            return _DAYS
        case "tidspunkt":
            return _MOMENTS
        case "ja_nei":
            return st.booleans()
        case "kode":
            return _CODES if field.is_list else st.sampled_from(["1", "2", "3"])
        case "kodepar":
            return _PAIR


def _value(field: FieldSchema) -> st.SearchStrategy[Value]:
    if field.is_list:
        return st.lists(_single(field), max_size=3).map(tuple)
    return _single(field) if field.mandatory else st.none() | _single(field)


@st.composite
def _records(draw: st.DrawFn, schema: RecordSchema) -> list[Record]:
    rows = draw(st.lists(st.fixed_dictionaries({f.name: _value(f) for f in schema.fields}), max_size=6))
    found = []
    for i, drawn in enumerate(rows):
        values = {f.name: drawn[f.name] for f in schema.fields}
        if schema is EPISODE:
            values["episode_id"] = f"{values['episode_id']}-{i}"
            inn, ut = values["inn"], values["ut"]
            assert isinstance(inn, datetime)
            if isinstance(ut, datetime) and ut < inn:
                values["inn"], values["ut"] = ut, inn
        found.append(Record(schema.name, values, "", 0, str(values["episode_id"]) if schema is EPISODE else None))
    return found


def _read(files: dict[str, bytes]) -> ReadResult:
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        return read_input(folder, SCHEMAS)


def _check_invariants(result: ReadResult) -> None:
    for name, counts in result.counts.items():
        assert counts.lest == counts.godtatt + counts.avvist
        assert counts.godtatt == len(result.records[name])
    for problem in result.problems:
        assert problem.message()
        problem.help()
    if not result.ok:
        return
    for record in (r for rs in result.records.values() for r in rs):
        assert list(record.values) == [f.name for s in SCHEMAS if s.name == record.post for f in s.fields]


# --- no bytes raise -----------------------------------------------------------------------------------------

_NAMES = [
    "episode.csv",
    "utlevering.jsonl",
    "episode.parquet",
    "episode.csv.gz",
    "utlevering.csv",
    "utlevering.parquet",
]
_HEADER = b"pasient_id,dato,antall\n"


@given(st.sampled_from(_NAMES), st.binary(max_size=300))
def test_any_bytes(name: str, data: bytes) -> None:
    _check_invariants(_read({name: data}))


@given(st.binary(max_size=200))
def test_any_bytes_after_a_header(data: bytes) -> None:
    _check_invariants(_read({"utlevering.csv": _HEADER + data}))
    _check_invariants(_read({"utlevering.csv.gz": gzip.compress(_HEADER + data)}))


@given(st.text(max_size=100), st.sampled_from(["pasient_id", "dato", "mengder", "dager", "antall"]))
def test_any_text_in_a_field(text: str, name: str) -> None:
    row = {"pasient_id": "P1", "dato": "2024-01-01", "mengder": "", "dager": "", "antall": ""} | {name: text}
    outcome = Validator(UTLEVERING, text_lists=True).outcome("u.csv", 2, list(row.values()))
    assert outcome.record_id == "u.csv:2"


_JSON: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(_JSON | st.fixed_dictionaries({f.name: _JSON for f in EPISODE.fields}), max_size=4))
def test_any_json(values: list[object]) -> None:
    lines = "".join(json.dumps(v) + "\n" for v in values)
    result = _read({"episode.jsonl": lines.encode()})
    _check_invariants(result)
    if result.ok:
        assert result.counts["episode"].lest == len(values)


def _parquet_bytes() -> bytes:
    table = pa.table({"pasient_id": ["P1", "P2"] * 20, "dato": ["2024-01-01"] * 40, "antall": [[1, 2], None] * 20})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


_PARQUET = _parquet_bytes()


@given(st.lists(st.tuples(st.integers(0, len(_PARQUET) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_damaged_parquet(changes: list[tuple[int, int]]) -> None:
    data = bytearray(_PARQUET)
    for at, byte in changes:
        data[at] = byte
    _check_invariants(_read({"utlevering.parquet": bytes(data)}))


@given(st.integers(0, len(_PARQUET) - 1))
def test_truncated_parquet(length: int) -> None:
    assert not _read({"utlevering.parquet": _PARQUET[:length]}).ok


# --- round trip ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fmt", FORMATS)
@given(st.data())
@settings(deadline=None)
def test_round_trip(fmt: Format, data: st.DataObject) -> None:
    schema = data.draw(st.sampled_from(SCHEMAS))
    records = data.draw(_records(schema))
    with tempfile.TemporaryDirectory() as folder:
        write_records(Path(folder) / f"{schema.name}.{fmt}", records, schema, fmt)
        result = read_input(folder, SCHEMAS)
    assert [p.code for p in result.problems] == ([] if records else ["ISF6010"])
    assert result.rejects == ()
    found = result.records[schema.name]
    assert [dict(r.values) for r in found] == [dict(r.values) for r in records]
    types = [[type(v) for v in r.values.values()] for r in found]
    assert types == [[type(v) for v in r.values.values()] for r in records]
    assert [r.nokkel for r in found] == [r.nokkel for r in records]


def test_csv_refuses_a_list_it_cannot_hold() -> None:
    schema = RecordSchema("p", (FieldSchema("ord", "tekst", is_list=True),))
    with pytest.raises(ValueError, match="ord"):
        list(csv_lines([Record("p", {"ord": ("a b",)}, "", 0)], schema))


# --- order --------------------------------------------------------------------------------------------------

_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "episode_id": st.sampled_from(["a", "b", "c", "d", "e", ""]),
            "alder_dager": st.sampled_from(["1", "2", "x", ""]),
            "prosedyrer": st.sampled_from(["NFB30", "i210A", "GAML1", ""]),
        }
    ).map(lambda changes: GOOD | changes),
    min_size=1,
    max_size=8,
)


def _summary(result: ReadResult) -> object:
    """What must not depend on order: everything but row numbers and, for records without a key, their ids."""
    records = Counter((r.post, r.nokkel, str(sorted(r.values.items()))) for rs in result.records.values() for r in rs)
    rejects = Counter((r.post, r.nokkel, r.kode, _without_row(r.melding, r.record_id)) for r in result.rejects)
    return records, rejects, [p.code for p in result.problems], dict(result.counts)


def _without_row(text: str, record_id: str) -> str:
    return text.replace(record_id, "*")


@given(_ROWS, st.randoms(use_true_random=False))
def test_order_of_rows(rows: list[dict[str, str]], chance: random.Random) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    one, other = (_read({"episode.csv": csv_text(*r).encode()}) for r in (rows, shuffled))
    assert _summary(one) == _summary(other)


@given(_ROWS, st.integers(0, 8))
def test_order_of_files_and_how_rows_are_divided(rows: list[dict[str, str]], at: int) -> None:
    first, second = rows[:at], rows[at:]
    if not first or not second:
        return

    def files(a: list[dict[str, str]], b: list[dict[str, str]]) -> dict[str, bytes]:
        packed = gzip.compress(csv_text(*b).encode())
        return {"episode.csv": csv_text(*a).encode(), "episode.csv.gz": packed}

    one, other = _read(files(first, second)), _read(files(second, first))
    assert _summary(one) == _summary(other)
    whole = _read({"episode.csv": csv_text(*rows).encode()})
    assert _summary(whole)[:2] == _summary(one)[:2]  # type: ignore[index]
