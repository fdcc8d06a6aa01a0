"""What a record looks like: the `post` and `kodeverk` declarations of a rule set, as plain data.

Nothing here reads files or knows of syntax; the rule set's resolver builds these, the readers obey them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from attrs import field, frozen

Kind = Literal["tekst", "heltall", "desimal", "dato", "tidspunkt", "ja_nei", "kode", "kodepar"]
Role = Literal["nøkkel", "pasient", "start", "slutt", "enhet", "institusjon", "region"]
Bound = int | Decimal | date

_FOLD = str.maketrans({"æ": "ae", "ø": "o", "å": "a"})


def ascii_name(name: str) -> str:
    """``name`` as a column may spell it: lower case, ``æ`` → ``ae``, ``ø`` → ``o``, ``å`` → ``a``."""
    return unicodedata.normalize("NFC", name).lower().translate(_FOLD)


@frozen
class CodeInfo:
    """One code's text and the days it is valid, both ends included; ``None`` is open."""

    text: str
    fra: date | None = None
    til: date | None = None

    def valid_on(self, day: date) -> bool:
        """Whether the code may be used on ``day``."""
        return (self.fra is None or self.fra <= day) and (self.til is None or day <= self.til)


@frozen
class CodeSystem:
    """A `kodeverk`. ``codes`` has normalised codes (no dots) as keys.

    Closed: only the listed codes exist. Open: also every code ``pattern`` matches in full, with or without
    the dots the pattern writes; without a pattern, any code.
    """

    name: str
    open: bool
    pattern: str | None = None
    codes: Mapping[str, CodeInfo] = field(factory=dict)


@frozen
class FieldSchema:
    """One field of a `post`.

    ``low`` and ``high`` are the domain, both included; ``systems`` only for codes.
    """

    name: str
    kind: Kind
    is_list: bool = False
    optional: bool = False
    key: bool = False
    low: Bound | None = None
    high: Bound | None = None
    systems: tuple[CodeSystem, ...] = ()

    @property
    def mandatory(self) -> bool:
        """Whether a record must have a value. A list may be empty unless it is the key."""
        return self.key or not (self.optional or self.is_list)


@frozen
class RecordSchema:
    """A `post`: its fields in order, and which field plays which role (``roles``: role → field name)."""

    name: str
    fields: tuple[FieldSchema, ...]
    roles: Mapping[str, str] = field(factory=lambda: MappingProxyType({}))

    @property
    def key_fields(self) -> tuple[FieldSchema, ...]:
        """The fields that make up the key, in order; empty when the post has none."""
        return tuple(f for f in self.fields if f.key)

    def by_name(self) -> dict[str, FieldSchema]:
        """Fields by name."""
        return {f.name: f for f in self.fields}

    def spellings(self) -> dict[str, str]:
        """Column name → field name, for every accepted spelling; a field's own name wins over another's
        folded one.
        """
        folded = {ascii_name(f.name): f.name for f in reversed(self.fields)}
        return folded | {unicodedata.normalize("NFC", f.name): f.name for f in self.fields}
