"""One closure per field: a raw value from a file becomes an exact value, or a ``FieldFault``.

Raw values are ``str`` (CSV, and text in the other formats) or what JSON and Arrow give: ``int``, ``bool``,
``Decimal``, ``float`` (64 bit, by its shortest decimal text), ``date``, ``datetime``, ``list``. Nothing else
is guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Context, Decimal

from isfdsl.diagnostics.records import (
    ControlCharacters,
    ImpossibleDate,
    ListForSingle,
    OutOfDomain,
    SingleForList,
    TextTooLong,
    TimeZoneGiven,
    TooPrecise,
    WrongType,
)
from isfdsl.records.codes import CodeBook
from isfdsl.records.faults import FieldFault
from isfdsl.records.record import CodePair, Single, Value
from isfdsl.records.schema import Bound, FieldSchema

Parser = Callable[[object], Value]
SingleParser = Callable[[object], Single | None]

MAX_TEXT = 1000
MAX_LIST_TEXT = 65_536
MAX_INTEGER_DIGITS = 18
MAX_DECIMALS = 12
_CACHE_LIMIT = 100_000

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_INT = re.compile(r"[-+]?[0-9]+")
_DECIMAL = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]{1,3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)?")
_ZONED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+ ?(Z|z|[-+][0-9:]{2,6})")
_WIDE = Context(prec=100)
_BOOLS = {"ja": True, "true": True, "1": True, "nei": False, "false": False, "0": False}

EXPECTED = {
    "tekst": "en tekst",
    "heltall": "et heltall",
    "desimal": "et desimaltall med punktum",
    "dato": "en dato som 2024-01-31",
    "tidspunkt": "et tidspunkt som 2024-01-31T08:15",
    "ja_nei": "ja eller nei",
    "kode": "en kode",
    "kodepar": "en kode eller et kodepar som A17.0+G01",
}


def compile_field(field: FieldSchema, *, text_lists: bool) -> tuple[Parser, CodeBook | None]:
    """The parser of ``field`` and, for codes, its code book.

    ``text_lists``: lists are text separated by blanks.
    """
    book = CodeBook(field.systems) if field.kind in ("kode", "kodepar") else None
    single = _single(field, book)
    if not field.is_list:
        return single, book
    return (_text_list(single) if text_lists else _native_list(single, field.kind)), book


def _single(field: FieldSchema, book: CodeBook | None) -> SingleParser:
    match field.kind:
        case "tekst":
            return parse_text
        case "heltall":
            return _integer(field)
        case "desimal":
            return _decimal(field)
        case "dato":
            return _cached(_date(field))
        case "tidspunkt":
            return _moment(field)
        case "ja_nei":
            return _parse_bool
        case "kode":
            assert book is not None
            return _cached(_code(book))
        case "kodepar":
            assert book is not None
            return _cached(_pair(book))


def _wrong(kind: str, raw: object) -> FieldFault:
    if isinstance(raw, list | tuple):
        return FieldFault(ListForSingle)
    return FieldFault(WrongType, ventet=EXPECTED[kind])


def _cached(parser: SingleParser) -> SingleParser:
    """``parser`` with its answers for text remembered (other types could collide: ``1 == True``)."""
    known: dict[str, Single | None] = {}

    def parse(raw: object) -> Single | None:
        if not isinstance(raw, str):
            return parser(raw)
        if raw in known:
            return known[raw]
        value = parser(raw)
        if len(known) < _CACHE_LIMIT:
            known[raw] = value
        return value

    return parse


def parse_text(raw: object) -> str | None:
    """Trimmed text; empty is missing.

    Raises TextTooLong, ControlCharacters, WrongType. Whole numbers become text.
    """
    if not isinstance(raw, str):
        if raw is None:
            return None
        if raw.__class__ is int:
            return str(raw)
        raise _wrong("tekst", raw)
    text = raw.strip()
    if len(text) > MAX_TEXT:
        raise FieldFault(TextTooLong, lengde=len(text), grense=MAX_TEXT)
    if not text.isprintable() and _CONTROL.search(text):
        raise FieldFault(ControlCharacters)
    return text or None


def domain_text(low: Bound | None, high: Bound | None) -> str:
    """The domain as the rule set writes it: ``0..120``, ``0..`` or ``..120``; empty when there is none."""
    if low is None and high is None:
        return ""
    return f"{'' if low is None else low}..{'' if high is None else high}"


def _number_domain(field: FieldSchema) -> Callable[[int | Decimal], None] | None:
    low, high = field.low, field.high
    if low is None and high is None:
        return None
    if isinstance(low, date) or isinstance(high, date):
        raise ValueError(f"the domain of «{field.name}» must be numbers")

    def check(value: int | Decimal) -> None:
        if (low is not None and value < low) or (high is not None and value > high):
            shown = format(value, "f") if isinstance(value, Decimal) else str(value)
            raise FieldFault(OutOfDomain, omraade=domain_text(low, high), verdi=shown if len(shown) <= 10 else None)

    return check


def _integer(field: FieldSchema) -> SingleParser:
    check = _number_domain(field)

    def parse(raw: object) -> int | None:
        if isinstance(raw, str):
            text = raw.strip()
            if not text:
                return None
            if not _INT.fullmatch(text):
                raise _wrong("heltall", raw)
            if len(text) > MAX_INTEGER_DIGITS + 1:
                raise _too_precise()
            value = int(text)
        elif raw is None:
            return None
        elif isinstance(raw, int) and not isinstance(raw, bool):
            value = raw
        else:
            exact = _exact(raw, "heltall")
            if exact != exact.to_integral_value(context=_WIDE):
                raise _wrong("heltall", raw)
            value = int(exact)
        if not -(10**MAX_INTEGER_DIGITS) < value < 10**MAX_INTEGER_DIGITS:
            raise _too_precise()
        if check is not None:
            check(value)
        return value

    return parse


def _decimal(field: FieldSchema) -> SingleParser:
    check = _number_domain(field)

    def parse(raw: object) -> Decimal | None:
        if isinstance(raw, str):
            text = raw.strip()
            if not text:
                return None
            if not _DECIMAL.fullmatch(text):
                raise _wrong("desimal", raw)
            if len(text) > 100:
                raise _too_precise()
            value = _limited(Decimal(text))
        elif raw is None:
            return None
        else:
            value = _exact(raw, "desimal")
        if check is not None:
            check(value)
        return value

    return parse


def _too_precise() -> FieldFault:
    return FieldFault(TooPrecise, heltallssifre=MAX_INTEGER_DIGITS, desimaler=MAX_DECIMALS)


def _exact(raw: object, kind: str) -> Decimal:
    if isinstance(raw, bool):
        raise _wrong(kind, raw)
    if isinstance(raw, int):
        if not -(10**MAX_INTEGER_DIGITS) < raw < 10**MAX_INTEGER_DIGITS:
            raise _too_precise()
        return Decimal(raw)
    if isinstance(raw, float):
        raw = Decimal(repr(raw))
    if not isinstance(raw, Decimal) or not raw.is_finite():
        raise _wrong(kind, raw)
    return _limited(raw)


def _limited(value: Decimal) -> Decimal:
    """``value`` without exponent and with at most the digits that are kept exactly; raises TooPrecise."""
    if not value:
        return Decimal(0)
    parts = value.as_tuple()
    if value.adjusted() >= MAX_INTEGER_DIGITS or len(parts.digits) > 100:
        raise _too_precise()
    if isinstance(parts.exponent, int) and (parts.exponent < -MAX_DECIMALS or parts.exponent > 0):
        value = value.normalize(_WIDE)
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -MAX_DECIMALS:
            raise _too_precise()
        if isinstance(exponent, int) and exponent > 0:
            value = value.quantize(Decimal(1), context=_WIDE)
    return value


def _date_domain(field: FieldSchema) -> Callable[[date], None] | None:
    low, high = field.low, field.high
    if low is None and high is None:
        return None
    if not isinstance(low, date | None) or not isinstance(high, date | None):
        raise ValueError(f"the domain of «{field.name}» must be dates")

    def check(value: date) -> None:
        if (low is not None and value < low) or (high is not None and value > high):
            raise FieldFault(OutOfDomain, omraade=domain_text(low, high))

    return check


def _date(field: FieldSchema) -> SingleParser:
    check = _date_domain(field)

    def parse(raw: object) -> date | None:
        value = _parse_moment(raw, "dato")
        if value is None:
            return None
        if value.time() != time():
            raise _wrong("dato", raw)
        day = value.date()
        if check is not None:
            check(day)
        return day

    return parse


def _moment(field: FieldSchema) -> SingleParser:
    check = _date_domain(field)

    def parse(raw: object) -> datetime | None:
        value = _parse_moment(raw, "tidspunkt")
        if value is not None and check is not None:
            check(value.date())
        return value

    return parse


def _parse_moment(raw: object, kind: str) -> datetime | None:
    if raw is None:
        return None
    if isinstance(raw, datetime):
        if raw.tzinfo is not None:
            raise FieldFault(TimeZoneGiven)
        return raw
    if isinstance(raw, date):
        return datetime(raw.year, raw.month, raw.day)
    if not isinstance(raw, str):
        raise _wrong(kind, raw)
    text = raw.strip()
    if not text:
        return None
    if not _TIME.fullmatch(text):
        if _ZONED.fullmatch(text):
            raise FieldFault(TimeZoneGiven)
        raise _wrong(kind, raw)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise FieldFault(ImpossibleDate) from None


def _parse_bool(raw: object) -> bool | None:
    if raw is None or isinstance(raw, bool):
        return raw
    if isinstance(raw, int) and raw in (0, 1):
        return raw == 1
    if not isinstance(raw, str):
        raise _wrong("ja_nei", raw)
    text = raw.strip()
    if not text:
        return None
    value = _BOOLS.get(text.lower())
    if value is None:
        raise _wrong("ja_nei", raw)
    return value


def _code_text(raw: object, kind: str) -> str | None:
    if raw.__class__ is int:
        return str(raw)
    if raw is None:
        return None
    if not isinstance(raw, str):
        raise _wrong(kind, raw)
    text = raw.strip()
    if len(text) > 200:
        raise FieldFault(TextTooLong, lengde=len(text), grense=200)
    if not text.isprintable() and _CONTROL.search(text):
        raise FieldFault(ControlCharacters)
    if len(text.split()) > 1:
        raise FieldFault(ListForSingle)
    return text or None


def _code(book: CodeBook) -> SingleParser:
    def parse(raw: object) -> str | None:
        text = _code_text(raw, "kode")
        if text is None:
            return None
        return book.require(text.replace(".", ""))

    return parse


def _pair(book: CodeBook) -> SingleParser:
    def parse(raw: object) -> CodePair | None:
        if isinstance(raw, tuple) and len(raw) == 2:
            raw = "+".join(str(part) for part in raw if part is not None)
        text = _code_text(raw, "kodepar")
        if text is None:
            return None
        parts = text.replace(".", "").split("+")
        if len(parts) > 2 or not all(parts):
            raise _wrong("kodepar", raw)
        first = book.require(parts[0])
        return first, book.require(parts[1]) if len(parts) == 2 else None

    return parse


def _text_list(single: SingleParser) -> Parser:
    """A list written as text, values separated by blanks."""
    known: dict[str, tuple[Single, ...]] = {"": ()}

    def parse(raw: object) -> tuple[Single, ...]:
        if raw is None:
            return ()
        assert isinstance(raw, str)
        if raw in known:
            return known[raw]
        if len(raw) > MAX_LIST_TEXT:
            raise FieldFault(TextTooLong, lengde=len(raw), grense=MAX_LIST_TEXT)
        values = tuple(v for part in raw.split() if (v := single(part)) is not None)
        if len(known) < _CACHE_LIMIT and len(raw) < 100:
            known[raw] = values
        return values

    return parse


def _native_list(single: SingleParser, kind: str) -> Parser:
    def parse(raw: object) -> tuple[Single, ...]:
        if raw is None:
            return ()
        if not isinstance(raw, list | tuple):
            raise FieldFault(SingleForList)
        values: list[Single] = []
        for part in raw:
            value = single(part)
            if value is None:
                raise FieldFault(WrongType, ventet=f"en liste uten tomme verdier ({EXPECTED[kind]} i hver)")
            values.append(value)
        return tuple(values)

    return parse
