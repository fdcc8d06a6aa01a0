"""A record that passed validation, and one that was set aside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Context, Decimal

from attrs import frozen

_EXACT = Context(prec=80)

CodePair = tuple[str, str | None]
Single = str | int | Decimal | date | datetime | bool | CodePair
Value = Single | tuple[Single, ...] | None
"""tekst and kode ``str`` (codes without dots) · heltall ``int`` · desimal ``Decimal`` · dato ``date`` ·
tidspunkt naive ``datetime`` · ja_nei ``bool`` · kodepar ``(dagger, asterisk or None)`` · lists ``tuple``.
Missing is ``None``, an empty list ``()``."""


@frozen
class Record:
    """One record of the type ``post``. ``values`` has every field of the schema, in its order.

    ``fil`` and ``rad`` say where it stood: line in CSV (the header is 1) and JSON lines, row from 1 in
    Parquet. ``nokkel`` is the key as text, ``None`` when the post has no key.
    """

    post: str
    values: Mapping[str, Value]
    fil: str
    rad: int
    nokkel: str | None = None

    @property
    def record_id(self) -> str:
        """The key as text, else ``fil:rad``."""
        return self.nokkel if self.nokkel is not None else f"{self.fil}:{self.rad}"


@frozen
class Reject:
    """A record set aside: ``kode`` is the first reason's code, ``melding`` all reasons.

    ``nokkel`` is the key as text when it could be read; ``record_id`` is it, else ``fil:rad``.
    """

    fil: str
    rad: int
    record_id: str
    kode: str
    melding: str
    post: str
    nokkel: str | None = None


def key_text(values: tuple[Value, ...]) -> str:
    """The text of a key of one or more fields: the parts joined by ``/``."""
    return "/".join(_text(v) for v in values)


def _text(value: Value) -> str:
    if isinstance(value, tuple):
        return "+".join(_text(v) for v in value if v is not None)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "ja" if value else "nei"
    if isinstance(value, Decimal):
        return format(value.normalize(_EXACT), "f")
    return str(value)
