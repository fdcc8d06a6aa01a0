"""What a message may look like: elements, their order, their attributes and the keys that must be unique.

Built from the schema files when they are at hand (``xsd``), else from the mapping file. The order of the children of an
element is a small automaton, so that a stream is checked element by element.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from attrs import field, frozen

MOST_REMEMBERED = 50_000

_DATE = re.compile(r"-?\d{4,9}-\d\d-\d\d(Z|[-+]\d\d:\d\d)?")
_TIME = re.compile(r"-?\d{4,9}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,30})?(Z|[-+]\d\d:\d\d)?")
_YEAR = re.compile(r"-?\d{4,9}(Z|[-+]\d\d:\d\d)?")
_INTEGER = re.compile(r"[-+]?\d{1,40}")


@frozen
class Particle:
    """Children that come next: any of ``names``, at least ``low`` and at most ``high`` (``None``: any number)."""

    names: tuple[str, ...]
    low: int
    high: int | None

    def shown(self) -> str:
        """The names as a message says them."""
        return " eller ".join(f"«{n}»" for n in self.names)


class State:
    """A place in the order of the children of an element."""

    __slots__ = ("accepting", "following")

    def __init__(self, accepting: bool) -> None:
        self.accepting = accepting
        self.following: dict[str, State] = {}


def automaton(particles: tuple[Particle, ...]) -> State:
    """The first state for some particles in a row."""
    made: dict[tuple[int, int], State] = {}

    def state(place: int, count: int) -> State:
        if (place, count) in made:
            return made[place, count]
        enough = place < 0 or count >= particles[place].low
        accepting = enough and all(p.low == 0 for p in particles[place + 1 :])
        made[place, count] = own = State(accepting)
        if place >= 0:
            here = particles[place]
            if here.high is None or count < here.high:
                more = min(count + 1, max(here.low, 1)) if here.high is None else count + 1
                for name in here.names:
                    own.following[name] = state(place, more)
        if enough:
            for later in range(place + 1, len(particles)):
                for name in particles[later].names:
                    own.following.setdefault(name, state(later, 1))
                if particles[later].low > 0:
                    break
        return own

    return state(-1, 0)


@frozen
class ValueType:
    """A type of attribute values. ``check`` is ``None`` when any text will do."""

    name: str
    check: Callable[[str], bool] | None = field(default=None, eq=False)


@frozen
class AttributeRule:
    """An attribute: its type, whether it must be there, and the only value it may have."""

    type: ValueType
    required: bool = False
    fixed: str | None = None


@frozen
class ElementRule:
    """An element: the order of its children and its attributes.

    ``open_`` elements may hold anything. ``name`` is without the namespace.
    """

    name: str
    particles: tuple[Particle, ...] = ()
    attributes: Mapping[str, AttributeRule] = field(factory=dict)
    open_: bool = False
    first: State = field(init=False, eq=False, repr=False)

    @first.default
    def _first(self) -> State:
        return automaton(self.particles)


@frozen
class KeyRule:
    """``unique``, ``key`` or ``keyref`` inside an element: an attribute under ``path`` (names below it)."""

    kind: str
    name: str
    scope: str
    path: tuple[str, ...]
    attribute: str
    refers: str | None = None


@frozen
class Structure:
    """The whole message. ``unchecked`` are types the schema names and no file defines."""

    source: str
    namespace: str
    elements: Mapping[str, ElementRule]
    keys: tuple[KeyRule, ...] = ()
    unchecked: tuple[str, ...] = ()


# ------------------------------------------------------------ types of values


def is_date(text: str) -> bool:
    """``xsd:date``."""
    return _DATE.fullmatch(text) is not None and _exists(text[:10] if text[0] != "-" else "2000" + text[-6:])


def is_moment(text: str) -> bool:
    """``xsd:dateTime``."""
    if _TIME.fullmatch(text) is None:
        return False
    try:
        datetime.fromisoformat(text[:19])
    except ValueError:
        return text[10:19] == "T24:00:00" and _exists(text[:10])
    return True


def _exists(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_year(text: str) -> bool:
    """``xsd:gYear``."""
    return _YEAR.fullmatch(text) is not None


def is_integer(text: str) -> bool:
    """``xsd:integer``."""
    return _INTEGER.fullmatch(text) is not None


def is_natural(text: str) -> bool:
    """``xsd:nonNegativeInteger``."""
    return is_integer(text) and (not text.startswith("-") or int(text) == 0)


def is_yes_or_no(text: str) -> bool:
    """``xsd:boolean``."""
    return text in ("true", "false", "1", "0")


TEXT = ValueType("tekst")
DATE = ValueType("dato", is_date)
MOMENT = ValueType("tidspunkt", is_moment)
YEAR = ValueType("år", is_year)
INTEGER = ValueType("heltall", is_integer)
NATURAL = ValueType("heltall som ikke er negativt", is_natural)
BOOLEAN = ValueType("ja eller nei", is_yes_or_no)

BY_NAME = {t.name: t for t in (TEXT, DATE, MOMENT, YEAR, INTEGER)}


def one_of(name: str, values: Iterable[str]) -> ValueType:
    """One of some codes."""
    allowed = frozenset(values)
    return ValueType(name, allowed.__contains__)


# ------------------------------------------------------------ as the mapping file writes it

_PARTICLE = re.compile(r"([\w|]+)(?:([*+?])|\{(\d+),(\d*)\})?")
_COUNTS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1), "": (1, 1)}


def parse_particle(text: str) -> Particle:
    """``Kontakt|AvdOpp``, ``Tidspunkt*``, ``RefEnhet{3,}``. Raises ``ValueError``."""
    found = _PARTICLE.fullmatch(text)
    if found is None:
        raise ValueError(f"innholdet «{text}» er ikke forstått")
    names, mark, low, high = found.groups()
    if low is not None:
        return Particle(tuple(names.split("|")), int(low), int(high) if high else None)
    least, most = _COUNTS[mark or ""]
    return Particle(tuple(names.split("|")), least, most)


def parse_attribute(text: str, codes: Mapping[str, ValueType], fixed: str | None = None) -> AttributeRule:
    """``tekst!``, ``kode:1101``. Raises ``ValueError``."""
    name, required = text.removesuffix("!"), text.endswith("!")
    found = codes.get(name.removeprefix("kode:")) if name.startswith("kode:") else BY_NAME.get(name)
    if found is None:
        raise ValueError(f"typen «{text}» er ukjent")
    return AttributeRule(found, required, fixed)
