"""One field of a post, read from Arrow arrays into columns.

What a field takes is decided by its own parser (``isfdsl.records.fields``), asked once per different value, not once
per record. Whole numbers, days, moments and yes/no in their own Arrow types, and free text, are looked at as arrays.
A row that is not plainly fine is named as a suspect; what it is worth is for ``isfdsl.records.validate`` to say.
"""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from attrs import define, evolve, field

from isfdsl.columnar.arrays import bits_of, dictionary_of, is_text, lists_of, looked_up, mask_of, whole_numbers
from isfdsl.columnar.joining import nothing, small
from isfdsl.columnar.keys import buffers_of
from isfdsl.columnar.machine_code import loop
from isfdsl.columnar.numbers import day_number
from isfdsl.columnar.raw_values import RawValues
from isfdsl.columnar.store import Stored, Strings, column_of
from isfdsl.columnar.vectors import Array, Bools, Days, Lists, Mask, Nums, Texts
from isfdsl.columnar.words import Value, Words
from isfdsl.records.faults import FieldFault
from isfdsl.records.fields import MAX_INTEGER_DIGITS, MAX_TEXT, compile_field, parse_text
from isfdsl.records.readers.parquet import values
from isfdsl.records.schema import FieldSchema

_MISSING, _BAD = -1, -2
_DAY = 86_400_000_000
_FIRST_DAY, _LAST_DAY = day_number(date.min), day_number(date.max)
_ALWAYS = (-(2**40), 2**40)
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_SHORT = 100
_PLAIN, _EMPTY, _ODD = 0, 1, 2


@define(eq=False)
class Fresh:
    """Values that are accepted with a warning not yet given for this file: ``raws`` by number.

    Element i of the column has the value ``at[i]`` and stands in row ``rows[i]`` (``None``: row i).
    """

    at: Array
    rows: Array | None
    raws: dict[int, object]

    def first_rows(self, fine: Array) -> tuple[Array, list[object]]:
        """For each value that stands in a fine row, the first such row; and the values."""
        places = np.flatnonzero(np.isin(self.at, list(self.raws)))
        rows = places if self.rows is None else self.rows[places]
        places, rows = places[fine[rows]], rows[fine[rows]]
        found, first = np.unique(self.at[places], return_index=True)
        return rows[first], [self.raws[n] for n in found.tolist()]


@define(eq=False)
class Found:
    """A column as read. The rows in ``suspects`` (in any order, perhaps several times) hold nothing to rely on."""

    column: Stored
    suspects: list[Array] = field(factory=list)
    fresh: Fresh | None = None


def _places(indices: Any) -> Array:
    """Places in a dictionary, -1 where missing."""
    v, there = whole_numbers(indices)
    return v if there is None else np.where(there, v, np.int32(_MISSING))


class FieldReader:
    """Reads one field from any number of arrays. Codes and lists have their values in ``words``."""

    def __init__(self, f: FieldSchema) -> None:
        self.field = f
        self.coded = f.is_list or f.kind in ("kode", "kodepar")
        self.words = Words()
        self._single = evolve(f, is_list=False, key=False, optional=True)
        self._parse, self._book = compile_field(self._single, text_lists=False)
        self._known: dict[str, RawValues] = {}
        self._warned: set[object] = set()
        self._last: tuple[Any, Array] | None = None
        self._low, self._high = _bounds(f)

    @property
    def dated(self) -> bool:
        """Whether some code is valid on some days only."""
        return self._book is not None and bool(self._book.dated)

    def absent(self, n: int) -> Found:
        """``n`` rows of a file that has no such column."""
        every = [np.arange(n)] if self.field.mandatory else []
        return Found(nothing(self.field, n, self.words), every)

    def read(self, array: Any, said: set[object]) -> Found:
        """An array of one of the types that ``isfdsl.records.readers.parquet`` takes for the field.

        ``said``: values whose warning has been given for the file at hand. Raises what pyarrow raises for types it
        cannot compute with.
        """
        n = len(array)
        if pt.is_null(array.type) or array.null_count == n:
            return self.absent(n)
        if self.field.is_list:
            return self._list(array, said)
        found = self._plain(array)
        if found is None:
            found = self._coded(array, said) if self.coded else self._by_value(array)
        if self.field.mandatory:
            column = found.column
            there = mask_of(column.array) if isinstance(column, Strings) else column.present
            if there is not None and not there.all():
                found.suspects.append(np.flatnonzero(~there))
        return found

    # ------------------------------------------------------------ value by value

    def _table(self, dictionary: Any, said: set[object]) -> tuple[Array, dict[int, object]]:
        """The number of each value of a dictionary (one more place for missing), and those with a warning to give."""
        # The batches of a row group have its dictionary in common.
        if self._last is not None and not self._warned and dictionary.equals(self._last[0]):
            return self._last[1], {}
        kind = str(dictionary.type)
        if kind not in self._known:
            self._known[kind] = RawValues(dictionary.type, self._numbers)
        ids = self._known[kind].numbers(dictionary)
        fresh = {}
        if self._warned:
            fresh = {i: raw for i, raw in enumerate(values(dictionary)) if raw in self._warned and raw not in said}
        table = small(np.append(ids, np.int32(_MISSING)))
        self._last = dictionary, table
        return table, fresh

    def _numbers(self, raws: list[object]) -> list[int]:
        """The number of each of some values, ``_MISSING`` or ``_BAD``."""
        warnings: dict[str, Any] = {} if self._book is None else self._book.case_warnings
        taken: list[Any] = []
        for raw in raws:
            warnings.clear()
            try:
                taken.append(self._value(raw))
            except FieldFault:
                taken.append(_BAD)
                continue
            if warnings:
                self._warned.add(raw)
        numbers = iter(self.words.add_all(v for v in taken if v is not None and v != _BAD).tolist())
        return [_MISSING if v is None else _BAD if v == _BAD else next(numbers) for v in taken]

    def _value(self, raw: object) -> Any:
        """What a value is worth, as its parser has it. Raises ``FieldFault``."""
        if self._book is None or raw.__class__ is not str:
            return self._parse(raw)
        if not (raw.isascii() and raw.isalnum() and len(raw) <= _SHORT):
            return self._parse(raw)
        # A code of letters and digits is one that the parser, too, would ask the book about as it stands.
        code = self._book.require(raw)
        return (code, None) if self.field.kind == "kodepar" else code

    def _coded(self, array: Any, said: set[object]) -> Found:
        at, dictionary = dictionary_of(array)
        table, fresh = self._table(dictionary, said)
        ids = looked_up(at, table)
        bad = [np.flatnonzero(ids == _BAD)] if (table == _BAD).any() else []
        return Found(Texts(ids, self.words), bad, Fresh(_places(at), None, fresh) if fresh else None)

    def _list(self, array: Any, said: set[object]) -> Found:
        start, size, elements = lists_of(array)
        at, dictionary = dictionary_of(elements)
        table, fresh = self._table(dictionary, said)
        flat = looked_up(at, table.astype(np.int32, copy=False))
        column = Lists(start, small(size), flat, self.words)
        bad = bool((table[:-1] < 0).any()) or elements.null_count > 0
        rows = np.repeat(np.arange(len(size)), size) if bad or fresh else None
        suspects = [np.unique(rows[flat < 0])] if bad and rows is not None else []
        return Found(column, suspects, Fresh(_places(at), rows, fresh) if fresh else None)

    def _by_value(self, array: Any) -> Found:
        """Any other type, e.g. days or amounts as text: each different value is parsed once."""
        indices, dictionary = dictionary_of(array)
        at = _places(indices)
        parsed: list[Any] = []
        bad = []
        for i, raw in enumerate(values(dictionary)):
            try:
                parsed.append(self._parse(raw))
            except FieldFault:
                parsed.append(None)
                bad.append(i)
        column = column_of(self._single, [*parsed, None]).take(at % (len(parsed) + 1))
        return Found(column, [np.flatnonzero(np.isin(at, bad))] if bad else [])

    # ------------------------------------------------------------ whole arrays

    def _plain(self, array: Any) -> Found | None:
        """The column when the array's type is the field's own, else ``None``."""
        kind, t = self.field.kind, array.type
        if kind == "tekst":
            if pt.is_dictionary(t):
                if not self.field.key and _are_plain(array.dictionary):
                    return Found(Strings(pa.DictionaryArray.from_arrays(*dictionary_of(array))))
                array, t = array.dictionary_decode(), t.value_type
            return self._text(array) if is_text(t) or pt.is_integer(t) else None
        if kind == "heltall" and pt.is_integer(t):
            return self._integers(array)
        if kind == "ja_nei" and pt.is_boolean(t):
            present = mask_of(array)
            v = bits_of(array.buffers()[1], array)
            return Found(Bools(v if present is None else v & present, present))
        if kind in ("dato", "tidspunkt"):
            if pt.is_date32(t):
                return self._days(array)
            if pt.is_timestamp(t) and t.tz is None:
                return self._moments(array)
        return None

    def _integers(self, array: Any) -> Found:
        v, present = whole_numbers(array)
        low, high = self._low, self._high
        assert low is not None and high is not None
        if v.dtype == np.uint64:
            odd = v > np.uint64(max(high, 0))
            v = np.where(odd, 0, v).astype(np.int64)
            outside = odd | (v < low)
        elif int(v.min()) >= low and int(v.max()) <= high:
            return Found(Nums(v, 1, present))
        else:
            v = v.astype(np.int64)
            outside = (v < low) | (v > high)
        if present is not None:
            outside &= present
        return Found(Nums(v, 1, present), [np.flatnonzero(outside)])

    def _days(self, array: Any) -> Found:
        days, present = whole_numbers(array)
        days = days.astype(np.int64)
        odd = self._outside(days, present)
        moment = self.field.kind == "tidspunkt"
        return Found(Days(days * _DAY if moment else days, present, moment), odd)

    def _moments(self, array: Any) -> Found:
        v, present = whole_numbers(array)
        per = _PER_SECOND[array.type.unit]
        suspects = []
        if per > 1_000_000:
            if (v % 1000).any():
                suspects.append(np.flatnonzero(v % 1000))
            v = v // 1000
            per = 1_000_000
        seconds_a_day = 86_400 * per
        days = v // seconds_a_day
        suspects += self._outside(days, present)
        if self.field.kind == "tidspunkt":
            # What is out of range is a suspect, so an overflow here is nobody's value.
            return Found(Days(v * (1_000_000 // per), present, True), suspects)
        timed = v != days * seconds_a_day
        if timed.any():
            suspects.append(np.flatnonzero(timed))
        return Found(Days(days, present), suspects)

    def _outside(self, days: Array, present: Mask) -> list[Array]:
        """The rows with a day outside the field's domain."""
        low = _FIRST_DAY if self._low is None else self._low
        high = _LAST_DAY if self._high is None else self._high
        if int(days.min()) >= low and int(days.max()) <= high:
            return []
        outside = (days < low) | (days > high)
        if present is not None:
            outside &= present
        return [np.flatnonzero(outside)]

    def _text(self, array: Any) -> Found:
        if not pt.is_string(array.type):
            array = pc.cast(array, pa.string())
        kinds = _text_kinds(array)
        if kinds is None:
            return Found(Strings(array))
        if array.null_count:
            kinds[~bits_of(array.buffers()[0], array)] = _PLAIN
        if not kinds.any():
            return Found(Strings(array))
        suspects: list[int] = []
        odd = np.flatnonzero(kinds == _ODD)
        fixed: list[str | None] = []
        for row, raw in zip(odd.tolist(), values(array.take(pa.array(odd))), strict=True):
            try:
                fixed.append(parse_text(raw))
            except FieldFault:
                fixed.append(None)
                suspects.append(row)
        order = np.arange(len(array))
        order[odd] = len(array) + np.arange(len(odd))
        picks = pa.array(order, mask=kinds == _EMPTY)
        whole = pa.concat_arrays([array, pa.array(fixed, pa.string())]).take(picks)
        return Found(Strings(whole), [np.array(suspects, np.int64)] if suspects else [])

    # ------------------------------------------------------------ codes and days

    def validity(self) -> tuple[Array, Array]:
        """For each word the first and the last day it is certainly valid on; outside it may or may not be.

        With one more place at the end, for missing. See ``CodeBook.require_valid``.
        """
        first = self.words.table(("first day", id(self)), np.int64, lambda v: self._days_of(v)[0], keep=self)
        last = self.words.table(("last day", id(self)), np.int64, lambda v: self._days_of(v)[1], keep=self)
        return first, last

    def _days_of(self, value: Value) -> tuple[int, int]:
        spans = [self._span(c) for c in (value if isinstance(value, tuple) else (value,)) if c is not None]
        return max(a for a, _ in spans), min(b for _, b in spans)

    def _span(self, code: str) -> tuple[int, int]:
        assert self._book is not None
        if code not in self._book.dated:
            return _ALWAYS
        spans = []
        for info in (s.codes[code] for s in self.field.systems if code in s.codes):
            low = _ALWAYS[0] if info.fra is None else day_number(info.fra)
            spans.append((low, _ALWAYS[1] if info.til is None else day_number(info.til)))
        return max(spans, key=lambda span: span[1] - span[0])


def _bounds(f: FieldSchema) -> tuple[int | None, int | None]:
    """The domain in whole numbers or days, both ends included; for heltall always both."""
    if f.kind == "heltall":
        most = 10**MAX_INTEGER_DIGITS - 1
        low = math.ceil(f.low) if isinstance(f.low, int | Decimal) else -most
        high = math.floor(f.high) if isinstance(f.high, int | Decimal) else most
        return max(low, -most), min(high, most)
    low_day, high_day = (day_number(b) if isinstance(b, date) else None for b in (f.low, f.high))
    return low_day, high_day


# ------------------------------------------------------------ text


def _are_plain(dictionary: Any) -> bool:
    """Whether the texts of a dictionary are all plain, and different."""
    if not pt.is_string(dictionary.type) or dictionary.null_count or not len(dictionary):
        return False
    return _text_kinds(dictionary) is None and len(dictionary.unique()) == len(dictionary)


def _text_kinds(array: Any) -> Array | None:
    """For each text whether it is plain, empty or odd (``None``: all are plain).

    Plain texts are what ``parse_text`` gives back unchanged: UTF-8 without control characters, without blanks at the
    ends, not too long. An odd one may be, too. What is said of missing cells means nothing.
    """
    offsets, data = buffers_of(array)
    used = data[offsets[0] : offsets[-1]]
    size = np.diff(offsets)
    # The usual case: ids without any blank or letter outside ASCII.
    if len(used) and int(size.max()) <= MAX_TEXT and int(used.min()) > 0x20 and int(used.max()) < 0x7F:
        if array.null_count == 0 and int(size.min()) > 0:
            return None
        return np.where(size == 0, np.uint8(_EMPTY), np.uint8(_PLAIN))
    return _look_at(offsets, data)


@loop()
def _look_at(offsets: np.ndarray, data: np.ndarray) -> np.ndarray:
    out = np.zeros(len(offsets) - 1, np.uint8)
    for i in range(len(out)):
        first, last = offsets[i], offsets[i + 1]
        if first == last:
            out[i] = 1
        elif last - first > 1000 or data[first] == 0x20 or data[last - 1] == 0x20:
            out[i] = 2
        else:
            j = first
            while j < last:
                c = data[j]
                if 0x20 <= c < 0x7F:
                    j += 1
                elif 0xC3 <= c <= 0xDF and j + 1 < last and 0x80 <= data[j + 1] <= 0xBF:
                    j += 2  # U+00C0 to U+07FF: no blanks or control characters among them
                else:
                    out[i] = 2
                    break
    return out


__all__ = ["FieldReader", "Found", "Fresh"]
