"""Reading into columns says exactly what ``read_input`` says, whatever the files hold and however they are written."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import isfdsl
from isfdsl.columnar import ingest_csv
from isfdsl.columnar.ingest import Ingested, ingest, stream
from isfdsl.columnar.ingest_parquet import NotPlain, PostReader, pieces
from isfdsl.columnar.joining import joined_stores
from isfdsl.columnar.keys import hashes, repeated
from isfdsl.columnar.numbers import day_of_number
from isfdsl.columnar.store import Store, Stored, Strings, one_chunk, store_of, usable
from isfdsl.columnar.vectors import Bools, Days, Lists, Nums, Texts
from isfdsl.records.readers import DataFile, ReadResult, parquet, read_input
from isfdsl.records.readers.drg import drg_reader
from isfdsl.records.record import Record
from isfdsl.records.schema import CodeInfo, CodeSystem, FieldSchema, RecordSchema
from isfdsl.records.validate import Validator
from isfdsl.records.writers import csv_lines, json_lines
from isfdsl.testing.strategies import records
from tests.records.support import EPISODE, GOOD

# ------------------------------------------------------------ a store as Python values


def values_of(column: Stored, kind: str) -> list[Any]:
    """A column as ``isfdsl.records.record.Value``."""
    if isinstance(column, Strings):
        return list(column.array.to_pylist())
    there = np.ones(len(column), bool) if column.present is None else column.present
    match column:
        case Texts():
            found: list[Any] = [column.words.values[i] if i >= 0 else None for i in column.v.tolist()]
        case Lists():
            spans = zip(column.start.tolist(), column.size.tolist(), strict=True)
            return [tuple(column.words.values[w] for w in column.flat[a : a + n].tolist()) for a, n in spans]
        case Bools():
            found = column.v.tolist()
        case Days(moment=True):
            found = column.v.astype(np.int64).astype("M8[us]").tolist()
        case Days():
            found = [day_of_number(d) for d in column.v.tolist()]
        case Nums() if kind == "heltall":
            assert column.den == 1
            found = column.v.tolist()
        case Nums():
            found = [Context(prec=80).divide(Decimal(n), Decimal(column.den)) for n in column.v.tolist()]
    return [v if here else None for v, here in zip(found, there.tolist(), strict=True)]


def rows_of(store: Store) -> list[tuple[str, dict[str, Any]]]:
    """Id and values of each record."""
    columns = {f.name: values_of(store.columns[f.name], f.kind) for f in store.schema.fields}
    assert all(len(own) == store.n == len(store.ids) for own in columns.values())
    ids = store.ids.to_pylist()
    return [(ids[i], {name: own[i] for name, own in columns.items()}) for i in range(store.n)]


def same(
    path: Path, schemas: Iterable[RecordSchema], batch_rows: Iterable[int] = (7, 131_072), **more: Any
) -> Ingested:
    """Assert that the columns say what the records say; and give them."""
    schemas = list(schemas)
    wanted = read_input(path, schemas, **more)
    for size in batch_rows:
        got = ingest(path, schemas, batch_rows=size, **more)
        assert_same(got, wanted)
        assert_stream(path, schemas, size, wanted, **more)
    return got


def assert_same(got: Ingested, wanted: ReadResult) -> None:
    assert list(got.problems) == list(wanted.problems)
    assert got.rejects == list(wanted.rejects)
    assert got.counts == wanted.counts
    assert got.ok == wanted.ok
    assert list(got.stores) == list(wanted.records)
    for post, own in wanted.records.items():
        expected = [(r.record_id, dict(r.values)) for r in own]
        found = rows_of(got.stores[post])
        assert found == expected
        assert [[type(v) for v in row.values()] for _, row in found] == [
            [type(v) for v in row.values()] for _, row in expected
        ]
        for column in got.stores[post].columns.values():
            used = usable(column, None)
            if isinstance(column, Strings):
                assert [used.words.values[i] if i >= 0 else None for i in used.v] == column.array.to_pylist()
                assert len(column.numbers) == len(column)


def assert_stream(path: Path, schemas: Sequence[RecordSchema], size: int, wanted: ReadResult, **more: Any) -> None:
    batches = stream(path, schemas, batch_rows=size, **more)
    found: dict[str, list[Any]] = {s.name: [] for s in schemas}
    words: dict[tuple[str, str], Any] = {}
    given = list(batches)
    for number, store in enumerate(given):
        assert 0 < store.n <= size
        found[store.post] += rows_of(batches.kept(number, store))
        for name, column in store.columns.items():
            if isinstance(column, Texts | Lists):
                assert words.setdefault((store.post, name), column.words) is column.words
    assert found == {post: [(r.record_id, dict(r.values)) for r in own] for post, own in wanted.records.items()}
    assert (list(batches.problems), batches.rejects) == (list(wanted.problems), list(wanted.rejects))
    assert batches.counts == wanted.counts


# ------------------------------------------------------------ schemas and cells

_OPEN = CodeSystem(
    "åpent",
    True,
    r"[A-Z][0-9]{2}(\.[0-9A-Za-z]{1,2})?",
    {"A10a": CodeInfo(""), "B20": CodeInfo("", til=date(2024, 6, 1))},
)
_DATED = CodeSystem(
    "datert",
    False,
    None,
    {
        "X1": CodeInfo(""),
        "X2": CodeInfo("", fra=date(2024, 2, 1), til=date(2024, 3, 1)),
        "X3": CodeInfo("", til=date(2024, 2, 10)),
        "Ya": CodeInfo(""),
    },
)
_OTHER = CodeSystem("annet", False, None, {"X3": CodeInfo("", fra=date(2024, 2, 20)), "12": CodeInfo("")})

_FIELDS = (
    FieldSchema("nr", "tekst", key=True),
    FieldSchema("pasient", "tekst"),
    FieldSchema("alder", "heltall", low=0, high=Decimal("120.5")),
    FieldSchema("stort", "heltall", optional=True),
    FieldSchema("beløp", "desimal", optional=True, low=Decimal("-1.5")),
    FieldSchema("inn", "tidspunkt", low=date(2024, 1, 1)),
    FieldSchema("ut", "tidspunkt", optional=True, high=date(2024, 12, 31)),
    FieldSchema("født", "dato", optional=True, high=date(2024, 6, 1)),
    FieldSchema("planlagt", "ja_nei", optional=True),
    FieldSchema("sikker", "ja_nei"),
    FieldSchema("kode", "kode", optional=True, systems=(_DATED, _OTHER)),
    FieldSchema("fri", "kode", optional=True),
    FieldSchema("åpen", "kode", systems=(_OPEN,)),
    FieldSchema("par", "kodepar", optional=True, systems=(_OPEN,)),
    FieldSchema("koder", "kode", is_list=True, optional=True, systems=(_DATED, _OTHER)),
    FieldSchema("parliste", "kodepar", is_list=True, optional=True, systems=(_OPEN,)),
    FieldSchema("ord", "tekst", is_list=True, optional=True),
    FieldSchema("tall", "heltall", is_list=True, optional=True),
    FieldSchema("beløpene", "desimal", is_list=True, optional=True),
    FieldSchema("dager", "dato", is_list=True, optional=True),
    FieldSchema("flagg", "ja_nei", is_list=True, optional=True),
    FieldSchema("merknad", "tekst", optional=True),
)
FULL = RecordSchema("kontakt", _FIELDS, {"start": "inn", "slutt": "ut", "pasient": "pasient"})
LOOSE = RecordSchema("løs", _FIELDS[1:5] + _FIELDS[7:], {"slutt": "født"})
NAMED = {"kontakt": FULL, "løs": LOOSE}

Make = Callable[[random.Random], Any]
_DAY0, _MOMENT0 = date(2024, 1, 1), datetime(2024, 1, 1)


def _day(rng: random.Random) -> date:
    return _DAY0 + timedelta(days=rng.randrange(120))


def _moment(rng: random.Random) -> datetime:
    seconds = rng.randrange(60) if rng.random() < 0.01 else 0  # hardly any data have them
    return _MOMENT0 + timedelta(minutes=rng.randrange(120 * 24 * 60), seconds=seconds)


def _either(rng: random.Random, good: Sequence[Any], bad: Sequence[Any], share: float) -> Any:
    return rng.choice(bad if rng.random() < share else good)


_TEXTS = ["P1", "æøå «x»", " P2 ", "lang tekst med ord", "", " ", "\u00a0P3", "snø – is", "x" * 1000, "ø" * 700, "P1"]
_BAD_TEXTS = ["x" * 1001, "a\x00b", "a\nb", "a\u2028b", "\x85a", "a\x85b"]
_CODES = ["X1", "X2", "X3", "X.1", " X1 ", "12", "Ya", ""]
_BAD_CODES = ["x1", "YA", "nei", "X1 X2", "a\x00", "§", "9" * 201]
_OPENS = ["A10", "A1.0", "A10.1", "B20", "A10a", "A10A", "C99"]
_BAD_OPENS = ["a10", "b20", "A10.A.1", "??"]
_PAIRS = [*_OPENS, "A10+B11", "B20+A10A", "A10A+C99"]
_BAD_PAIRS = [*_BAD_OPENS, "A10+", "A10+B11+C12", "A10+b11"]

_LONG = [Decimal("123456789012345678.000000000001"), Decimal("123456789012345678.000000000002")]
"""More digits than Python's own decimal arithmetic keeps, as many as a field takes."""

_STRINGS = [
    pa.string(),
    pa.large_string(),
    *[
        pa.dictionary(index(), text())
        for index in (pa.int8, pa.uint8, pa.int16, pa.uint16, pa.int32, pa.uint32, pa.int64, pa.uint64)
        for text in (pa.string, pa.large_string)
    ],
]


def cells(kind: str, bad: float) -> list[tuple[Any, Make]]:
    """Arrow types a field of a kind may come in, and how a value of each is drawn; some are bad."""

    def one(good: Sequence[Any], wrong: Sequence[Any]) -> Make:
        return lambda rng: _either(rng, good, wrong, bad)

    def shown(make: Make, wrong: Sequence[str]) -> Make:
        return lambda rng: rng.choice(wrong) if rng.random() < bad else make(rng).isoformat()

    ints = one([0, 1, 7, 99, 120], [121, -1])
    counts = one([0, 1, 7, 99, 120], [121])
    wide = one([0, 5, -3, 10**12, 10**18 - 1], [10**18, -(10**18)])
    days = ["2024-02-30", "30.01.2024", "2024-01-30T10:00+01:00", "2023-05-05T08:00"]
    match kind:
        case "tekst":
            return [(t, one(_TEXTS, _BAD_TEXTS)) for t in _STRINGS] + [(pa.int32(), ints), (pa.uint64(), counts)]
        case "heltall":
            texts = one(["0", " 7", "+12", ""], ["1.5", "tolv", "1" * 30])
            return [
                (pa.int8(), ints),
                (pa.int64(), ints),
                (pa.int64(), wide),
                (pa.uint8(), one([0, 7, 120], [121, 255])),
                (pa.uint16(), one([0, 7, 120], [200, 2**16 - 1])),
                (pa.uint32(), one([0, 7, 120], [2**31, 2**32 - 1])),
                (pa.uint64(), one([0, 7], [2**64 - 1, 121])),
                (pa.dictionary(pa.int32(), pa.int64()), ints),
                *[(t, texts) for t in _STRINGS],
                (pa.float64(), one([0.0, -0.0, 7.0], [1.5, float("nan"), float("inf"), 1e300])),
                (pa.decimal128(20, 2), one([Decimal(0), Decimal(7)], [Decimal("7.25")])),
            ]
        case "desimal":
            amounts = [Decimal("0.01"), Decimal("375.50"), Decimal(-1), Decimal("99999999999.99")]
            return [
                (pa.decimal128(38, 12), one(amounts, [Decimal("-1.51"), Decimal(10) ** 18])),
                (pa.decimal128(38, 12), one([*amounts, *_LONG], [-_LONG[0]])),
                (pa.decimal256(50, 14), one(amounts, [Decimal("0.00000000000001")])),
                (pa.int32(), ints),
                (pa.float64(), one([0.1, 2.5, 1e10], [1e30, float("nan")])),
                (pa.string(), one(["1.50", "1.5", "3", " 7.000 ", "", *map(str, _LONG)], ["1,5", "1e999", "x"])),
            ]
        case "dato":
            late = [date.max, date(2024, 6, 2)]
            return [
                (pa.date32(), lambda rng: rng.choice(late) if rng.random() < bad else _day(rng)),
                (pa.date64(), _day),
                (pa.timestamp("us"), lambda rng: _moment(rng) if rng.random() < bad else _midnight(rng)),
                (pa.timestamp("s"), _midnight),
                (pa.timestamp("ns"), _midnight),
                (pa.timestamp("us", "UTC"), _midnight),
                (pa.timestamp("us", "Ingen/Sted"), _midnight),
                *[(t, shown(_day, days)) for t in _STRINGS],
            ]
        case "tidspunkt":
            return [
                (pa.timestamp("us"), _moment),
                (pa.timestamp("ms"), _moment),
                (pa.timestamp("s"), _moment),
                (pa.timestamp("ns"), _moment),
                (pa.timestamp("us", "Europe/Oslo"), _moment),
                (pa.timestamp("ns", "Ingen/Sted"), _moment),
                (pa.date32(), _day),
                *[(t, shown(_moment, days)) for t in _STRINGS],
            ]
        case "ja_nei":
            flags = one(["ja", "nei", "1", "True", " JA ", ""], ["kanskje", "2"])
            return [
                (pa.bool_(), lambda rng: rng.random() < 0.5),
                (pa.int8(), one([0, 1], [2])),
                *[(t, flags) for t in _STRINGS],
            ]
        case "kode":
            return [(t, one(_CODES, _BAD_CODES)) for t in _STRINGS] + [(pa.int16(), one([12], [13]))]
        case _:
            return [(t, one(_PAIRS, _BAD_PAIRS)) for t in _STRINGS]


def _midnight(rng: random.Random) -> datetime:
    return _MOMENT0 + timedelta(days=rng.randrange(120))


def draw_table(rng: random.Random, schema: RecordSchema, n: int, bad: float) -> pa.Table:
    """A table whose columns may have any type that the post takes."""
    arrays, names = [], []
    for f in schema.fields:
        if not f.mandatory and rng.random() < 0.1:
            if f.optional:
                continue
            arrays.append(pa.nulls(n))
            names.append(f.name)
            continue
        options = cells(f.kind, bad)
        if f.systems == (_OPEN,) and f.kind == "kode":
            options = [(t, lambda r: _either(r, _OPENS, _BAD_OPENS, bad)) for t in _STRINGS]
        plain = rng.random() < 0.5
        t, make = options[0] if plain else rng.choice(options)
        if f.key and pa.types.is_string(t):
            make = _keys(rng, make, bad)
        gone = (bad if f.mandatory else 0.3) if rng.random() < 0.7 else 0.0
        if f.is_list:
            make = _listed(make, bad)
            t = t.value_type if pa.types.is_dictionary(t) else t
            t = rng.choice([pa.list_(t), pa.large_list(t)])
        cells_of = [None if rng.random() < gone else make(rng) for _ in range(n)]
        arrays.append(_array(cells_of, t))
        names.append(f.name)
    return pa.table(arrays, names)


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    """The rows of a table; pyarrow does not give moments of a zone that there is none of."""
    columns = [parquet.values(one_chunk(column)) for column in table.columns]
    return [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


def _keys(rng: random.Random, make: Make, bad: float) -> Make:
    at = iter(range(10**9))
    prefix = rng.choice(["k", "nøkkel ", "", "x" * 990 + "-"])
    return lambda r: make(r) if r.random() < bad / 3 else f"{prefix}{next(at)}"


def _listed(make: Make, bad: float) -> Make:
    def several(rng: random.Random) -> Any:
        found = [
            v
            for v in (make(rng) for _ in range(rng.choice([0, 0, 1, 2, 4])))
            if v not in ("", " ", "\u00a0") or rng.random() < bad
        ]
        return [*found, None] if rng.random() < bad / 4 else found

    return several


def _array(cells_of: list[Any], t: Any) -> Any:
    if pa.types.is_dictionary(t):
        return pa.array(cells_of, t.value_type).dictionary_encode().cast(t)
    return pa.array(cells_of, t)


# ------------------------------------------------------------ whole inputs


@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.01, 0.1]))
def test_any_parquet_reads_the_same(seed: int, bad: float) -> None:
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        for name, schema in NAMED.items():
            stem = rng.choice([name, "los"]) if name == "løs" else name
            table = draw_table(rng, schema, rng.choice([0, 1, 3, 40, 90]), bad)
            pq.write_table(
                table,
                Path(folder) / f"{stem}.parquet",
                row_group_size=rng.choice([1, 5, 17, 1000]),
                use_dictionary=rng.random() < 0.7,
                store_schema=rng.random() < 0.9,
                **({"dictionary_pagesize_limit": 20} if rng.random() < 0.3 else {}),
            )
        same(Path(folder), NAMED.values(), [rng.choice([1, 3, 16]), 131_072])


@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.01, 0.1]))
def test_any_csv_reads_the_same(seed: int, bad: float) -> None:
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        for name, schema in NAMED.items():
            (Path(folder) / f"{name}.csv").write_bytes(draw_csv(rng, schema, rng.choice([0, 1, 3, 40]), bad))
        with mock.patch("isfdsl.columnar.ingest_csv._BLOCK", rng.choice([1_200, 4_096, 1 << 20])):
            same(Path(folder), NAMED.values(), [rng.choice([1, 3, 16]), 131_072])


@pytest.mark.parametrize("seed", range(8))
def test_a_csv_is_looked_through_as_byte_by_byte(seed: int) -> None:
    """Blocks of a file that may be plain, with lines of up to seven bytes, against a walk through it."""
    rng = random.Random(seed)
    plain = 0
    with mock.patch("isfdsl.columnar.ingest_csv.MAX_LINE", 7):
        for _ in range(2_000):
            odd = rng.choice([b"", b"", b"\r", b'"', b"\x01", b"\n", b"\t", b"\xc3"])
            blocks = [bytes(rng.choices(b"aaaaab\n" + odd, k=rng.randint(1, 12))) for _ in range(rng.randint(1, 3))]
            if rng.random() < 0.4:
                blocks = [b.replace(b"\n", b"\r\n") for b in blocks]
            wanted: tuple[int, int] | None = (0x0A, 0)
            found: tuple[int, int] | None = (0x0A, 0)
            for block in blocks:
                assert wanted is not None and found is not None
                wanted = _walked(block, *wanted, longest=7)
                try:
                    found = ingest_csv._after_plain(np.frombuffer(block, np.uint8), *found)
                except NotPlain:
                    found = None
                assert found == wanted
                if wanted is None:
                    break
            plain += wanted is not None
    assert 100 < plain < 1_900


def _walked(block: bytes, before: int, length: int, longest: int) -> tuple[int, int] | None:
    for c in block:
        if c == 0x22 or (before == 0x0D and c != 0x0A):
            return None
        if c == 0x0A:
            if length - (before == 0x0D) == 0:
                return None  # a blank line
            length = 0
        else:
            length += 1
            if length >= longest or (c < 0x20 and c not in (0x09, 0x0D)):
                return None
        before = c
    return before, length


def draw_csv(rng: random.Random, schema: RecordSchema, n: int, bad: float) -> bytes:
    """A file that is plain, or odd in one of many ways."""
    mark = rng.choice(",;\t")
    end = rng.choice(["\n", "\r\n"])
    table = draw_table(rng, schema, n, bad)
    quoting = rng.choice([csv.QUOTE_NONE, csv.QUOTE_NONE, csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    lines = []
    for row in [table.column_names, *(list(r.values()) for r in _rows(table))]:
        cells = [_list_cell(rng, c, bad) if isinstance(c, list) else _cell(c) for c in row]
        if quoting == csv.QUOTE_NONE:
            lines.append(mark.join(re.sub(f'["\\r\\n{mark}]', " ", c) for c in cells) + end)
        else:
            out = io.StringIO()
            csv.writer(out, delimiter=mark, quoting=quoting, lineterminator=end).writerow(cells)
            lines.append(out.getvalue())
    for odd in (end, "  " + end, "x" + mark + "y" + end, "\r", mark * 2 + end, "\x00" + end):
        if rng.random() < bad:
            lines.insert(rng.randrange(len(lines) + 1), odd)
    if rng.random() < bad:
        lines[rng.choice([0, rng.randrange(len(lines))])] += "\r\r\n"
    text = "".join(lines)
    text = text.rstrip("\r\n") if rng.random() < 0.1 else text
    data = text.encode(rng.choice(["utf-8", "utf-8", "utf-8-sig"]), "replace")
    return data if rng.random() > bad / 4 else data.replace(b"e", b"\xe6", 1)


_BLANKS = [" ", " ", " ", "  ", "\u00a0", "\u1680", "\u2003", "\u3000", "\t"]


def _list_cell(rng: random.Random, values: list[object], bad: float) -> str:
    """Values with blanks between them, now and then so many that the text is about as long as a list may be."""
    texts = [_cell(v) for v in values]
    if texts and texts[0] and rng.random() < bad / 10:
        texts *= 65_537 // (sum(map(len, texts)) + len(texts)) + rng.randrange(2)
    return rng.choice(_BLANKS).join(texts)


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "ja" if value else "nei"
        case datetime():
            return value.isoformat(timespec="minutes") if value.second == 0 == value.microsecond else value.isoformat()
        case _:
            return str(value)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_plain_csv_is_read_by_column(tmp_path: Path, end: str) -> None:
    rows = ["nr,pasient,start,diagnoser", "1,P1,2024-02-29,A10 B20", "2,P2,,", "3,P3,0001-01-01,A10"]
    schema = RecordSchema(
        "post",
        (
            FieldSchema("nr", "tekst", key=True),
            FieldSchema("pasient", "tekst"),
            FieldSchema("start", "dato", optional=True),
            FieldSchema("diagnoser", "kode", is_list=True, systems=(_OPEN,)),
        ),
        {"start": "start"},
    )
    (tmp_path / "post.csv").write_text(end.join([*rows, ""]), encoding="utf-8", newline="")
    with mock.patch("isfdsl.columnar.ingest.scan_file", side_effect=AssertionError):
        found = ingest(tmp_path, [schema])
    assert_same(found, read_input(tmp_path, [schema]))
    assert found.stores["post"].n == 3


@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.01, 0.1]))
def test_any_json_lines_read_the_same(seed: int, bad: float) -> None:
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        for name, schema in NAMED.items():
            suffix = rng.choice(["jsonl", "jsonl", "ndjson"])
            (Path(folder) / f"{name}.{suffix}").write_bytes(draw_json(rng, schema, rng.choice([0, 1, 3, 40]), bad))
        sizes = {"_BLOCK": rng.choice([300, 1_200, 1 << 20]), "_SAMPLE": rng.choice([1, 5, 1_000])}
        with mock.patch.multiple("isfdsl.columnar.ingest_json", **sizes):
            same(Path(folder), NAMED.values(), [rng.choice([1, 3, 16]), 131_072])


def draw_json(rng: random.Random, schema: RecordSchema, n: int, bad: float) -> bytes:
    """A file that is plain, or odd in one of many ways."""
    dropped = rng.random() < 0.5  # names without a value
    ascii_ = rng.random() < 0.5
    spelt = {f.name: rng.choice([s for s, own in schema.spellings().items() if own == f.name]) for f in schema.fields}
    lines = []
    for row in _rows(draw_table(rng, schema, n, bad)):
        own = {
            spelt.get(k, k) if rng.random() > bad / 20 else k: v for k, v in row.items() if not (dropped and v is None)
        }
        lines.append(json.dumps(own, default=_said, ensure_ascii=ascii_, separators=rng.choice([(",", ":"), None])))
    whole = lines[-1] if lines else "{}"
    half = whole.find(",") + 1
    odd = ["", "  ", " {}", "{} ", "[]", "1", "{", "x", '{"a": 1}', '{"a": {"b": 2}}', '{"nr": NaN}', "{}{}", "{}\r"]
    odd += [
        '{"nr": "\\ud800"}',
        '{"nr": "\\u0000"}',
        '{"nr": "a\tb"}',
        '{"nr": "1", "nr": "2"}',
        '{"nr": 1.0}',
        "{}\x00",
    ]
    odd += [
        whole + whole,
        f"{whole[:half]}\n{whole[half:]}",
        whole[:-1] + ', "nr": "x"}',
        '{"nr": true}',
        '{"nr": ["a"]}',
    ]
    for line in odd:
        if rng.random() < bad / 2:
            lines.insert(rng.randrange(len(lines) + 1), line)
    text = "".join(line + "\n" for line in lines)
    text = text.rstrip("\n") if rng.random() < 0.1 else text
    data = text.encode(rng.choice(["utf-8", "utf-8", "utf-8", "utf-8-sig"]), "replace")
    return data if rng.random() > bad / 4 else data.replace(b"e", b"\xe6", 1)


def _said(value: object) -> object:
    """What JSON has no word for."""
    return int(value) if isinstance(value, Decimal) and value == int(value) else _cell(value)


PLAIN_JSON = [
    '{"nr": "1", "pasient": "\\u00e6", "start": "2024-02-29", "diagnoser": ["A10", "B20"], "n": 5}',
    '{"n": null, "pasient":"P2","nr":"2"}',
    '{"nr": "3", "pasient": "P3", "start": "0001-01-01", "diagnoser": [], "n": -0}',
]
PLAIN_SCHEMA = RecordSchema(
    "post",
    (
        FieldSchema("nr", "tekst", key=True),
        FieldSchema("pasient", "tekst"),
        FieldSchema("start", "dato", optional=True),
        FieldSchema("diagnoser", "kode", is_list=True, optional=True, systems=(_OPEN,)),
        FieldSchema("n", "heltall", optional=True),
        FieldSchema("vekt", "desimal", optional=True),
    ),
    {"start": "start"},
)


@pytest.mark.parametrize("last", ["", "\n"])
@pytest.mark.parametrize("block", [1, 70, 1 << 20])
def test_plain_json_lines_are_read_by_column(tmp_path: Path, last: str, block: int) -> None:
    (tmp_path / "post.jsonl").write_text("\n".join(PLAIN_JSON) + last, encoding="utf-8", newline="")
    with (
        mock.patch("isfdsl.columnar.ingest.scan_file", side_effect=AssertionError),
        mock.patch("isfdsl.columnar.ingest_json._BLOCK", block),
    ):
        found = ingest(tmp_path, [PLAIN_SCHEMA])
    assert_same(found, read_input(tmp_path, [PLAIN_SCHEMA]))
    assert found.stores["post"].n == 3


ODD_JSON = [
    "",
    "  ",
    "[]",
    '{"nr": "9", "pasient": "P", "ukjent": 1}',
    '{"nr": 9, "pasient": "P"}',
    '{"nr": "9", "pasient": "P", "n": 1.0}',
    '{"nr": "9", "pasient": "P", "n": 99999999999999999999}',
    '{"nr": "9", "pasient": "P", "vekt": 1.50}',
    '{"nr": "9", "pasient": "P", "start": 20240101}',
    '{"nr": "9", "pasient": "P", "diagnoser": "A10"}',
    '{"nr": "9", "pasient": "P", "diagnoser": ["A10", null]}',
    '{"nr": "9", "pasient": "P"} {"nr": "10", "pasient": "P"}',
    '{"nr": "9",\n"pasient": "P"}',
    "{",
    '{\n"nr": "9",\n"pasient": "P"\n}',
    '{"nr": "9", "pasient": "P"',
    '{"nr": "9", "pasient": "P"}\r',
    '{"nr": "9",\r"pasient": "P"}',
    '{"nr": "9", "pasient": "P", "n": true}',
    '{"nr": true, "pasient": "P", "start": 5}',
    '{"nr": "9", "pasient": "\\udc00"}',
    '{"nr": "9", "pasient": "P", "pasient": "Q"}',
    '{"nr": "9", "Pasient": "P"}',
    '{"nr": "9", "pasient": "a\tb"}',
    '{"nr": "9", "pasient": "a\\tb"}',
    '{"nr": "9", "pasient": "' + "x" * 1_100_000 + '"}',
    "\ufeff" + PLAIN_JSON[1],
]


@pytest.mark.parametrize("odd", ODD_JSON, ids=lambda line: line[:40])
@pytest.mark.parametrize("at", [0, 1, 3])
def test_odd_json_lines_read_the_same(tmp_path: Path, odd: str, at: int) -> None:
    for last in ("", "\n"):
        lines = [*PLAIN_JSON[:at], odd, *PLAIN_JSON[at:]]
        (tmp_path / "post.jsonl").write_text("\n".join(lines) + last, encoding="utf-8", newline="")
        for block in (60, 1 << 20):
            with mock.patch("isfdsl.columnar.ingest_json._BLOCK", block):
                same(tmp_path, [PLAIN_SCHEMA])


def test_rows_of_json_lines_are_counted_over_blocks(tmp_path: Path) -> None:
    """And one that is not UTF-8, after the lines that told what the values are."""
    lines = [f'{{"nr": "{i}", "pasient": "P", "start": "2024-01-{i % 37 + 1:02}"}}\n'.encode() for i in range(200)]
    for more in ([], [b'{"nr": "9", "pasient": "\xe6"}\n']):
        (tmp_path / "post.jsonl").write_bytes(b"".join([*lines, *more]))
        with mock.patch.multiple("isfdsl.columnar.ingest_json", _BLOCK=1_000, _SAMPLE=1):
            same(tmp_path, [PLAIN_SCHEMA])


def test_names_that_no_json_line_has(tmp_path: Path) -> None:
    """A mandatory name with nothing but ``null`` is there; one that is nowhere is missed."""
    for lines in (
        ['{"nr": "1"}'],
        ['{"nr": "1", "pasient": null}'],
        ["{}"],
        ['{"n": 1}', '{"nr": "1"}'],
        ["{}", ""],
        [],
    ):
        (tmp_path / "post.jsonl").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        with mock.patch("isfdsl.columnar.ingest_json._SAMPLE", 1):
            same(tmp_path, [PLAIN_SCHEMA])


@pytest.mark.parametrize("rows", [["1,P", "", "2,"], ["", "1,"], ["1,P", "\r", "2,"], ["1,P", "2"], ["1,P", "2,P"]])
def test_lines_are_counted_as_they_stand(tmp_path: Path, rows: list[str]) -> None:
    schema = RecordSchema("post", (FieldSchema("nr", "tekst", key=True), FieldSchema("pasient", "tekst")), {})
    for last in ("", "\n"):
        (tmp_path / "post.csv").write_text("\n".join(["nr,pasient", *rows]) + last, encoding="utf-8", newline="")
        same(tmp_path, [schema])


@pytest.mark.parametrize("blank", [c for c in map(chr, range(0x110000)) if c.isspace()], ids=ascii)
def test_lists_are_split_by_every_blank(tmp_path: Path, blank: str) -> None:
    schema = RecordSchema("post", (FieldSchema("nr", "tekst", key=True), FieldSchema("ord", "tekst", is_list=True)))
    rows = ["nr,ord", f"1,a{blank}b", f"2,{blank}a{blank}{blank}b{blank}", f"3,{blank}", "4,a"]
    (tmp_path / "post.csv").write_bytes("".join(row + "\n" for row in rows).encode())
    same(tmp_path, [schema])


@pytest.mark.parametrize("length", [65_535, 65_536, 65_537, 131_072, 131_073, 1_000_000])
@pytest.mark.parametrize("letter", ["x", "ø"])
def test_long_cells_of_csv(tmp_path: Path, length: int, letter: str) -> None:
    """A list, and a text, with and without the quotes that make it a file for the reference's reader."""
    schema = RecordSchema(
        "post",
        (
            FieldSchema("nr", "tekst", key=True),
            FieldSchema("ord", "tekst", is_list=True),
            FieldSchema("merknad", "tekst", optional=True),
        ),
    )
    listed = (f"{letter * 9} " * length)[: length - 1] + letter
    for quote in ("", '"'):
        rows = ["nr,ord,merknad", f"1,{quote}{listed}{quote},", "2,a b,c", f"3,,{quote}{letter * length}{quote}"]
        (tmp_path / "post.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
        found = same(tmp_path, [schema])
        assert found.ok and found.counts["post"].avvist == 1 + (length > 65_536)


@pytest.mark.parametrize("end", ["\r\r\n", "\r\n\r\n", "\n\r\n", '"\r"\r\n', '"\r"\n', "\r"])
def test_odd_ends_of_the_heading(tmp_path: Path, end: str) -> None:
    schema = RecordSchema("post", (FieldSchema("nr", "tekst", key=True), FieldSchema("pasient", "tekst")), {})
    (tmp_path / "post.csv").write_bytes(f"nr,pasient{end}1,P\r\n1,Q\r\n2,\r\n".encode())
    same(tmp_path, [schema])


_MOMENTS = st.one_of(
    st.datetimes().map(lambda d: d.isoformat(timespec="minutes")),
    st.datetimes().map(lambda d: d.isoformat(timespec="seconds")),
    st.datetimes().map(lambda d: d.isoformat(" ")),
    st.dates().map(str),
    st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,7})?)?)?", fullmatch=True),
    st.text("0123456789-T:. ", max_size=26),
)


@example(["2024-02-03T10:30:15.5", "2024-02-03 10:30:15.000050", "2024-02-03"], "tidspunkt")
@example(["2024-02-03T10:30:15."], "tidspunkt")
@example(["2024-02-03T10:30:15.1234567"], "tidspunkt")
@given(st.lists(_MOMENTS.filter(lambda t: t.strip() == t), max_size=4), st.sampled_from(["dato", "tidspunkt"]))
def test_days_and_moments_in_text(texts: list[str], kind: Any) -> None:
    schema = RecordSchema("post", (FieldSchema("nr", "tekst", key=True), FieldSchema("d", kind, optional=True)), {})
    with tempfile.TemporaryDirectory() as folder:
        lines = ["nr,d", *(f"{i},{text}" for i, text in enumerate(texts)), ""]
        (Path(folder) / "post.csv").write_text("\n".join(lines), encoding="utf-8")
        same(Path(folder), [schema])
        (Path(folder) / "post.csv").unlink()
        objects = [json.dumps({"nr": str(i), "d": text}) + "\n" for i, text in enumerate(texts)]
        (Path(folder) / "post.jsonl").write_text("".join(objects), encoding="utf-8")
        same(Path(folder), [schema])


@given(records(isfdsl.load("rules/2024"), bad=True), st.randoms(use_true_random=False))
def test_records_of_a_regelverk_read_the_same(drawn: Any, rng: random.Random) -> None:
    schemas = isfdsl.load("rules/2024").schemas
    rows, _ = drawn
    with tempfile.TemporaryDirectory() as folder:
        for post, own in rows.items():
            wide = [{f.name: row.get(f.name) for f in schemas[post].fields} for row in own]
            _write(Path(folder), schemas[post], wide, rng.choice(["parquet", "jsonl", "csv"]))
        same(Path(folder), schemas.values(), [2, 131_072])


def _write(folder: Path, schema: RecordSchema, rows: list[dict[str, Any]], form: str) -> None:
    """Rows as they are, good and bad, as far as the format can say them; others as text."""
    if form == "parquet":
        arrays = []
        for f in schema.fields:
            own = [row[f.name] for row in rows]
            try:
                arrays.append(pa.array(own))
            except (pa.ArrowException, TypeError, ValueError):
                arrays.append(pa.array([None if v is None else str(v) for v in own]))
        pq.write_table(pa.table(arrays, [f.name for f in schema.fields]), folder / f"{schema.name}.parquet")
        return
    found = [Record(schema.name, {name: _plain(v) for name, v in row.items()}, "", 0) for row in rows]
    lines = json_lines(found, schema) if form == "jsonl" else csv_lines(found, schema)
    try:
        text = "".join(lines)
    except (AssertionError, ValueError):  # a single value for a list: JSON written by hand
        text = "".join(json.dumps(row, default=str) + "\n" for row in rows)
        form = "jsonl"
    (folder / f"{schema.name}.{form}").write_text(text, encoding="utf-8")


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


# ------------------------------------------------------------ cases one by one


def contacts(folder: Path, name: str = "kontakt.parquet", schema: RecordSchema = FULL, **columns: list[Any]) -> None:
    """A file of good rows with some columns changed; all columns as long as the first."""
    n = len(next(iter(columns.values()), [0] * 40))
    base: dict[str, Any] = {
        "nr": [f"k{i}" for i in range(n)],
        "pasient": ["P"] * n,
        "alder": [3] * n,
        "inn": [datetime(2024, 2, 1, 8)] * n,
        "sikker": [True] * n,
        "åpen": ["A10"] * n,
    }
    base |= columns
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.table({k: v for k, v in base.items() if k in schema.by_name()}), folder / name, row_group_size=10)


def test_good_rows_never_become_python_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contacts(tmp_path, kode=["X1", "X2", None, "X.1"] * 10, merknad=["æ", None, " x ", "y"] * 10)
    same(tmp_path, [FULL])
    monkeypatch.setattr("isfdsl.records.validate.Validator.outcome", lambda *_: pytest.fail("a row was looked at"))
    got = ingest(tmp_path, [FULL])
    assert got.counts["kontakt"].godtatt == 40
    assert got.stores["kontakt"].columns["alder"].v.dtype == np.int8  # type: ignore[union-attr]


@given(st.integers(0, 2**32))
def test_every_type_that_fits_is_read_as_columns(seed: int) -> None:
    """Reading row by row is for files that pyarrow gives up on; no draw of ``draw_table`` is one."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kontakt.parquet"
        pq.write_table(draw_table(rng, FULL, 20, 0.05), path, row_group_size=7)
        found = pieces(DataFile(path, path.name, "kontakt", ".parquet"), PostReader(FULL), 100, [])
        assert sum(p.store.n + len(p.rejects) for p in found) == 20


def test_types_pyarrow_hardly_computes_with(tmp_path: Path) -> None:
    try:
        contacts(tmp_path, nr=pa.array(["u"], pa.string_view()))
    except pa.ArrowNotImplementedError:
        pytest.skip("this pyarrow writes no such column")
    for column, values in (("nr", ["a", "b", " "]), ("kode", ["X1", "X2", "q"]), ("stort", ["1", "2", "3"])):
        contacts(tmp_path, **{"nr": ["u", "v", "w"], column: pa.array(values, pa.string_view())})
        same(tmp_path, [FULL])
    contacts(tmp_path, nr=["u", "v", "w"], ord=pa.array([["a"], None, ["b", "a"]], pa.list_(pa.string_view())))
    same(tmp_path, [FULL])


def test_long_texts(tmp_path: Path) -> None:
    texts = ["x" * 200_000, "æ" * 1000, "æ" * 1001, " " * 5000 + "y", "–" * 1000] * 8
    contacts(tmp_path, merknad=texts, kode=["9" * 300_000, *["X1"] * 39])
    same(tmp_path, [FULL], [3, 1000])


def test_warnings_count_used_values_only(tmp_path: Path) -> None:
    """A near miss in the dictionary that no row uses is not warned of; one behind a bad value in a list is not read."""
    used = pa.DictionaryArray.from_arrays(pa.array([0, 0, 1]), pa.array(["A10", "B20", "A10A"]))
    contacts(tmp_path, "kontakt.parquet", åpen=used, parliste=[["A10A"], ["??", "A10A"], []])
    got = same(tmp_path, [FULL])
    assert len(got.problems) == 1
    contacts(tmp_path, "kontakt.parquet", parliste=[["??", "A10A"], [], ["A10"]])
    assert same(tmp_path, [FULL]).problems == ()
    contacts(tmp_path, "kontakt.parquet", parliste=[["??", "A10A"], ["A10A"], ["A10"]])
    assert len(same(tmp_path, [FULL]).problems) == 1


def test_warnings_are_given_for_each_file(tmp_path: Path) -> None:
    contacts(tmp_path, "kontakt.parquet", åpen=["A10A", "A10", "A10a"])
    contacts(tmp_path, "løs.parquet", LOOSE, åpen=["A10", "A10A", "A10A"])
    assert len(same(tmp_path, NAMED.values()).problems) == 2


def test_dated_codes(tmp_path: Path) -> None:
    days = [
        datetime(2024, 1, 31),
        datetime(2024, 2, 1),
        datetime(2024, 2, 15),
        datetime(2024, 3, 1),
        datetime(2024, 3, 2),
    ]
    n = len(days) * 6
    contacts(
        tmp_path,
        inn=days * 6,
        ut=[None] * 10 + [datetime(2024, 3, 5)] * (n - 10),
        kode=["X2"] * 5 + ["X3"] * 5 + ["X2", "X1", None] * 6 + ["X3"] * 2,
        koder=[["X1", "X2"], ["X3"], []] * 10,
        par=["A10+B20"] * n,
    )
    got = same(tmp_path, [FULL])
    assert 0 < got.counts["kontakt"].godtatt < n


def test_ends_and_starts(tmp_path: Path) -> None:
    """An end on the day of its start is fine whatever the clock says when one of them has no clock."""
    at = datetime(2024, 2, 10, 12)
    ends = [
        at,
        at - timedelta(minutes=1),
        at + timedelta(days=1),
        at - timedelta(days=1),
        None,
        at - timedelta(hours=12),
    ]
    contacts(tmp_path, inn=[at] * 6, ut=ends)
    same(tmp_path, [FULL], [1, 4, 100])
    contacts(tmp_path, inn=[date(2024, 2, 10)] * 6, ut=ends)
    same(tmp_path, [FULL], [1, 4, 100])
    days = RecordSchema(
        "post", (FieldSchema("a", "dato"), FieldSchema("b", "dato", optional=True)), {"start": "a", "slutt": "b"}
    )
    (tmp_path / "kontakt.parquet").unlink()
    shown = [e and e.date() for e in ends]
    pq.write_table(pa.table({"a": [at.date()] * 6, "b": shown}), tmp_path / "post.parquet")
    same(tmp_path, [days], [1, 4, 100])


def test_edges_of_domains(tmp_path: Path) -> None:
    schema = RecordSchema(
        "post",
        (
            FieldSchema("h", "heltall", low=Decimal("0.5"), high=Decimal("120.5"), optional=True),
            FieldSchema("n", "heltall", low=-5, high=-1, optional=True),
            FieldSchema("d", "dato", low=date(2024, 1, 2), high=date(2024, 1, 4), optional=True),
            FieldSchema("t", "tidspunkt", low=date(2024, 1, 2), high=date(2024, 1, 4), optional=True),
        ),
    )
    day = [None, date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3), date(2024, 1, 4), date(2024, 1, 5)]
    moment = [d and datetime(d.year, d.month, d.day, 23, 59, 59, 999_999) for d in day]
    columns = {
        "h": [None, 0, 1, 120, 121, 60],
        "n": [None, -6, -5, -1, 0, -3],
        "d": day,
        "t": moment,
    }
    types = {
        "h": [pa.int8(), pa.uint8(), pa.int64(), pa.uint64(), pa.string()],
        "n": [pa.int8(), pa.int64(), pa.string()],
        "d": [pa.date32(), pa.timestamp("us"), pa.timestamp("ns")],
        "t": [pa.timestamp("us"), pa.timestamp("ns"), pa.timestamp("ms")],
    }
    for name, values in columns.items():
        for t in types[name]:
            one = pa.array(values).cast(t, safe=False)
            pq.write_table(pa.table({name: one}), tmp_path / "post.parquet", version="2.6")
            same(tmp_path, [schema], [1, 4, 100])
    nanos = [0, 86_400_000_000_000, 1_704_240_000_000_000_000, 1_704_243_600_000_000_000]
    for name, more in (("d", [1000, 1001, 1_704_240_000_000_000_999]), ("t", [])):
        whole = pa.array([*nanos, *more]).view(pa.timestamp("ns"))
        for t in (pa.timestamp("ns"), pa.timestamp("us")):
            pq.write_table(pa.table({name: whole.cast(t, safe=False)}), tmp_path / "post.parquet", version="2.6")
            same(tmp_path, [schema], [1, 4, 100])


def test_blanks_at_the_ends(tmp_path: Path) -> None:
    odd = [
        " x",
        "x ",
        " ",
        "x\u00a0",
        "\u00a0x",
        "\u0080x",
        "x\u0085",
        "é ",
        "–",
        None,
        "x" * 1000,
        "x" * 1001,
        "é" * 500,
        "",
    ]
    contacts(tmp_path, nr=[f"k{i}" for i in range(len(odd))], merknad=odd)
    same(tmp_path, [FULL], [1, 3, 100])
    ascii_only = ["x", "", None, "y" * 1000, "y" * 1001]
    contacts(tmp_path, nr=[f"k{i}" for i in range(5)], merknad=ascii_only)
    same(tmp_path, [FULL], [1, 3, 100])


def test_widths(tmp_path: Path) -> None:
    """Numbers on both sides of what 8, 16 and 32 bits hold, in batches of other widths; more words than 8 bits."""
    edges = [0, 127, 128, -128, -129, 32_767, 32_768, -32_769, 2**31 - 1, 2**31, -(2**31) - 1, 10**18 - 1, None, 5]
    amounts = [None if e is None else Decimal(e) / 100 for e in edges]
    contacts(
        tmp_path,
        nr=[f"k{i}" for i in range(14)],
        stort=edges,
        beløp=[a if a is None or a > -1 else None for a in amounts],
    )
    same(tmp_path, [FULL], [1, 2, 3, 5, 100])
    many = [f"A{i // 10 % 100:02d}.{i % 10}{i // 1000}" for i in range(3000)]
    n = len(many)
    contacts(
        tmp_path, nr=[f"k{i}" for i in range(n)], fri=many, parliste=[[m, many[n - i - 1]] for i, m in enumerate(many)]
    )
    same(tmp_path, [FULL], [1000, 10_000])


def test_missing_lists_and_broken_lines(tmp_path: Path) -> None:
    """Lists that are missing, empty or within others; keys in an order that differs from that of the rows."""
    lists = [None, ["X1"], [], ["X1", "X2"], None, ["X3", None], ["q"], ["X1"], None, ["12", "X1"]] * 3
    days = [None, [_DAY0], [], [_DAY0, _DAY0], None, [_DAY0], [_DAY0], [_DAY0], None, [date(2023, 1, 1)]] * 3
    n = len(lists)
    contacts(tmp_path, nr=[f"k{(i * 7) % n}" for i in range(n)], koder=lists, dager=days, alder=[3, 130, 4] * 10)
    same(tmp_path, [FULL], [1, 4, 9, 100])
    contacts(tmp_path, nr=["a", "B", "A", "b", "c"], alder=[1, 2, 300, 3, 4])
    same(tmp_path, [FULL], [1, 2, 100])
    contacts(tmp_path, nr=["a", "a", "b", "b", "c", "c", "d"], alder=[1, 2, 300, 3, 4, 5, 6])
    same(tmp_path, [FULL], [1, 2, 100])
    unkeyed = RecordSchema("post", (FieldSchema("h", "heltall", high=9),))
    (tmp_path / "kontakt.parquet").unlink()
    pq.write_table(pa.table({"h": [1, 10, 2, 3, 11, 4]}), tmp_path / "post.parquet", row_group_size=2)
    same(tmp_path, [unkeyed], [1, 2, 4, 100])


@pytest.mark.parametrize("t", [t for t in _STRINGS if pa.types.is_dictionary(t)], ids=str)
def test_texts_coded_by_any_number(tmp_path: Path, t: Any) -> None:
    """Such as polars writes them: few texts, all of them plain, with and without missing ones, in several batches."""
    for gone in ("b", None):
        contacts(tmp_path, merknad=_array(["a", gone, "a", "c"] * 10, t))
        same(tmp_path, [FULL], [3, 100])


def test_amounts_of_more_digits_than_python_computes_with(tmp_path: Path) -> None:
    for t in (pa.decimal128(38, 12), pa.string()):
        amounts = [*_LONG, -_LONG[0], Decimal("0.000000000001"), Decimal("1E+17"), None]
        schema = RecordSchema("post", (FieldSchema("b", "desimal", optional=True),))
        texts = amounts if pa.types.is_decimal(t) else [a and format(a, "f") for a in amounts]
        pq.write_table(pa.table({"b": pa.array(texts, t)}), tmp_path / "post.parquet")
        assert same(tmp_path, [schema], [1, 100]).counts["post"].godtatt == len(amounts)


def test_keys_twice_in_one_file_and_across_files(tmp_path: Path) -> None:
    contacts(tmp_path, "kontakt.parquet", nr=["a", "b", " a", "c", "d"])
    contacts(tmp_path, "KONTAKT.csv")
    (tmp_path / "KONTAKT.csv").unlink()
    same(tmp_path, [FULL])
    contacts(tmp_path, "kontakt.parquet", nr=["a", "b", " a", "c", "d"], alder=[1, 1, 1, 1000, 1])
    lines = (
        "nr,pasient,alder,inn,sikker,åpen\nc,P,3,2024-02-01,ja,A10\nd,P,3,2024-02-01,ja,A10\ne,P,3,2024-02-01,ja,A10\n"
    )
    (tmp_path / "kontakt.csv").write_text(lines + "d,P,x,2024-02-01,ja,A10\n", encoding="utf-8")
    got = same(tmp_path, [FULL], [1, 2, 3, 100])
    assert [k for k, _ in rows_of(got.stores["kontakt"])] == ["e", "b"]


KEYS: dict[str, tuple[FieldSchema, list[Any]]] = {
    "heltall": (FieldSchema("k", "heltall", key=True), [1, 2, -1, 10**17, 1]),
    "heltall som tekst": (FieldSchema("k", "heltall", key=True), ["1", "2", "+1", "x", "3"]),
    "desimal": (
        FieldSchema("k", "desimal", key=True),
        [Decimal("1.50"), Decimal("1.5"), Decimal(100), Decimal("-0.001")],
    ),
    "lange desimaltall": (FieldSchema("k", "desimal", key=True), [*_LONG, -_LONG[0], _LONG[0]]),
    "store desimaltall": (FieldSchema("k", "desimal", key=True), [Decimal(10) ** 17, Decimal("0.1"), Decimal(7)]),
    "dato": (
        FieldSchema("k", "dato", key=True),
        [date(2024, 1, 1), date(1, 1, 1), date(2024, 1, 1), date(9999, 12, 31)],
    ),
    "tidspunkt": (FieldSchema("k", "tidspunkt", key=True), [datetime(2024, 1, 1), datetime(2024, 1, 1, 1, 2, 3, 4)]),
    "ja_nei": (FieldSchema("k", "ja_nei", key=True), [True, False, True]),
    "kode": (FieldSchema("k", "kode", key=True, systems=(_DATED,)), ["X1", "X.2", "X2", "Q", "X3"]),
    "kodepar": (FieldSchema("k", "kodepar", key=True, systems=(_OPEN,)), ["A10", "A10+B11", "A1.0+B11", "A11", ""]),
    "liste": (FieldSchema("k", "kode", key=True, is_list=True, systems=(_DATED,)), [["X1", "X2"], ["X1"], [], ["X1"]]),
}


@pytest.mark.parametrize("name", KEYS)
def test_keys_of_every_kind(tmp_path: Path, name: str) -> None:
    f, given_values = KEYS[name]
    schema = RecordSchema("post", (f, FieldSchema("n", "heltall")))
    n = len(given_values)
    pq.write_table(pa.table({"k": given_values, "n": list(range(n))}), tmp_path / "post.parquet", row_group_size=2)
    same(tmp_path, [schema], [1, 2, 100])
    double = RecordSchema("post", (f, FieldSchema("n", "heltall", key=True)))
    pq.write_table(pa.table({"k": given_values, "n": [1] * n}), tmp_path / "post.parquet")
    same(tmp_path, [double], [1, 2, 100])


def test_repeated_looks_at_the_texts_behind_equal_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isfdsl.columnar.keys.hashes", lambda a: np.zeros(len(a), np.uint64))
    parts = [pa.array(["a", "b", None]), pa.chunked_array([["c"], ["a"]]), pa.array([None, "d"])]
    assert repeated(parts) == {"a": [(0, 0), (1, 1)]}


@given(st.lists(st.lists(st.integers(0, 30)), max_size=4), st.integers(0, 4), st.booleans())
def test_repeated_finds_what_stands_twice(numbers: list[list[int]], bits: int, hashed: bool) -> None:
    texts = [pa.array([f"nøkkel {n}" for n in own], pa.string()) for own in numbers]
    wanted: dict[str, list[tuple[int, int]]] = {}
    for part, own in enumerate(texts):
        for row, text in enumerate(own.to_pylist()):
            wanted.setdefault(text, []).append((part, row))
    parts = [hashes(t) for t in texts] if hashed else texts
    with mock.patch("isfdsl.columnar.keys._BITS_EACH", bits):  # with few, different hashes share one
        found = repeated(parts, lambda part, rows: texts[part].take(pa.array(rows)))
    assert found == {text: places for text, places in wanted.items() if len(places) > 1}


@pytest.mark.parametrize("kind", ["dato", "tidspunkt"])
@pytest.mark.parametrize("number", [10**9, -(10**9), 0])
def test_days_python_cannot_hold(tmp_path: Path, kind: Any, number: int) -> None:
    schema = RecordSchema(
        "post", (FieldSchema("d", kind), FieldSchema("e", kind, optional=True)), {"start": "d", "slutt": "e"}
    )
    for t, v in ((pa.date32(), number), (pa.timestamp("s"), number * 10**5), (pa.timestamp("us"), number * 10**9 + 1)):
        raw = pa.array([0, v, 1, None], pa.int32() if pa.types.is_date32(t) else pa.int64()).view(t)
        pq.write_table(pa.table({"d": raw, "e": raw}), tmp_path / "post.parquet")
        same(tmp_path, [schema])
    raw = pa.array([0, number, 1001, 86_400_000_000_001], pa.int64()).view(pa.timestamp("ns"))
    pq.write_table(pa.table({"d": raw}), tmp_path / "post.parquet", version="2.6")
    same(tmp_path, [schema])


@pytest.mark.parametrize("zone", ["Ingen/Sted", "Europe/Oslo", "UTC", "+01:00", ""])
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_moments_of_any_zone(tmp_path: Path, zone: str, unit: Any) -> None:
    """A zone is refused cell by cell, also one that there is none of."""
    number = 1_704_200_000_000 * {"ms": 1, "us": 10**3, "ns": 10**6}[unit]
    ends = pa.array([None, number, number], pa.timestamp(unit, zone))
    days = pa.array([[number], [], None], pa.list_(ends.type))
    contacts(tmp_path, nr=["a", "b", "c"], ut=ends, dager=days, inn=[datetime(2024, 1, 1)] * 3)
    assert same(tmp_path, [FULL], [1, 100]).ok
    contacts(tmp_path, nr=["a", "b", "c"], ut=ends, inn=[datetime(2024, 1, 1)] * 3)
    assert same(tmp_path, [FULL], [1, 100]).counts["kontakt"].godtatt == (1 if zone else 3)


def test_broken_utf8(tmp_path: Path) -> None:
    bad = pa.array([b"ok", b"\xff\xfe", b"\xed\xa0\x80", b"\xc3", b"\xe2\x80\xa8", b"\xc3\xa6"], pa.binary())
    broken = pa.Array.from_buffers(pa.string(), len(bad), bad.buffers())
    for column in ("nr", "merknad", "kode", "ord"):
        own = pa.ListArray.from_arrays(pa.array(range(7), pa.int32()), broken) if column == "ord" else broken
        contacts(tmp_path, **{"nr": [f"k{i}" for i in range(6)], column: own})
        same(tmp_path, [FULL])


def test_empty_and_missing_and_wrong_files(tmp_path: Path) -> None:
    same(tmp_path, NAMED.values())
    same(tmp_path / "finnes ikke", NAMED.values())
    contacts(tmp_path, nr=[])
    same(tmp_path, NAMED.values())
    contacts(tmp_path, alder=[1.5, 2.0], nr=["a", "b"])
    same(tmp_path, NAMED.values())
    contacts(tmp_path, pasient=[1.5, 2.0], nr=["a", "b"])  # a type that does not fit
    assert not same(tmp_path, NAMED.values()).ok
    pq.write_table(pa.table({"nr": ["a"], "ukjent": [1]}), tmp_path / "kontakt.parquet")
    assert not same(tmp_path, NAMED.values()).ok
    (tmp_path / "kontakt.parquet").write_bytes(b"PAR1 nei")
    assert not same(tmp_path, NAMED.values()).ok


@given(st.integers(0, 10**6), st.integers(0, 255))
@example(2000, 0)
def test_damaged_files_count_for_nothing(at: int, byte: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        contacts(path, nr=[f"k{i}" for i in range(60)], merknad=[f"tekst {i}" for i in range(60)])
        whole = bytearray((path / "kontakt.parquet").read_bytes())
        whole[at % len(whole)] = byte
        (path / "kontakt.parquet").write_bytes(whole)
        same(path, [FULL])


def test_cut_text_files_count_for_nothing(tmp_path: Path) -> None:
    contacts(tmp_path, nr=["a", "k1", "k2"])
    head = "nr,pasient,alder,inn,sikker,åpen\n"
    rows = "".join(f"k{i},P,3,2024-02-01,ja,A10\n" for i in range(50))
    (tmp_path / "kontakt.csv").write_text(head + rows + "k99,P,3", encoding="utf-8")
    got = same(tmp_path, [FULL])
    assert not got.ok and [k for k, _ in rows_of(got.stores["kontakt"])] == ["a", "k1", "k2"]


def test_case_strings(tmp_path: Path) -> None:
    regelverk = isfdsl.load("rules/2024")
    source = regelverk.ruleset.stay_source
    assert source is not None
    (tmp_path / "a.drg").write_text("tull\n\nx;y;z\n", encoding="utf-8")
    same(tmp_path, regelverk.schemas.values(), extra={".drg": drg_reader(source)})


def test_progress_ends_with_everything(tmp_path: Path) -> None:
    contacts(tmp_path)
    told: list[tuple[str, int, int]] = []
    ingest(tmp_path, [FULL], progress=lambda *what: told.append(what))
    size = (tmp_path / "kontakt.parquet").stat().st_size
    assert {(stage, total) for stage, _, total in told} == {("leser kontakt.parquet", size)}
    done = [d for _, d, _ in told]
    assert done == sorted(done) and done[0] == 0 and done[-1] == size
    assert any(0 < d < size for d in done)


def test_stores_of_different_words_join() -> None:
    validator = Validator(EPISODE, text_lists=True)

    def store(**changes: str) -> Store:
        row = GOOD | changes
        outcome: Any = validator.outcome("f", 1, [row[f.name] for f in EPISODE.fields])
        return store_of(EPISODE, [outcome])

    parts = [store(), store(omsorgsnivå="2", egenandel="1.25", bitilstander=""), store(hovedtilstand="", ut="")]
    wanted = [row for part in parts for row in rows_of(part)]
    assert rows_of(joined_stores(parts)) == wanted
