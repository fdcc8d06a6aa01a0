"""What a run finds out, as typed records. Money in kroner, points in poeng, all exact decimals; missing is ``None``."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

from attrs import define, field, frozen

from isfdsl.interp.context import Ctx
from isfdsl.interp.krav import KravResult
from isfdsl.program.ruleset import Located
from isfdsl.records.record import Record, Reject
from isfdsl.syntax import ast
from isfdsl.values import EXACT

Loss = Literal["teller_ikke", "utenfor_gyldig", "erstattet"]


@frozen
class Line:
    """One named part of the points of a stay, with its sign."""

    name: str
    kind: Literal["grunnlag", "tillegg", "fradrag"]
    value: Decimal
    tillegg: ast.Tillegg | None = None


@frozen
class Points:
    """``sum(lines) + rounding - lost = value``, exactly. ``value`` is ``None`` when something needed is unknown."""

    lines: tuple[Line, ...]
    rounding: Decimal
    lost: Decimal
    loss: Loss | None
    value: Decimal | None

    def total(self, kind: str) -> Decimal:
        """The sum of the lines of a kind (deductions as a positive number)."""
        out = Decimal(0)
        for line in self.lines:
            if line.kind == kind:
                out = EXACT.add(out, line.value)
        return out


@frozen
class Money:
    """Kroner and the rule that gave them; ``value`` ``None`` when no rule applies or something is unknown."""

    value: Decimal | None
    rule: ast.Refusjon | None
    points: Decimal | None


@define(eq=False)
class Stay:
    """A counted stay. ``records`` are its records in order of time."""

    opphold_id: str
    records: tuple[Record, ...]
    ctx: Ctx
    patient: str | None
    unit: str | None
    institution: str | None
    region: str | None
    start: dt.date | None
    end: dt.date | None
    day: dt.date | None
    drg: str | None = None
    located: Located | None = None
    returkode: str | None = None
    counts: bool | None = None
    points: Points | None = None
    money: Money | None = None
    tfg_ids: list[str] = field(factory=list)
    replaced: bool = False
    notes: dict[str, None] = field(factory=dict)

    @property
    def rule_id(self) -> str | None:
        """The id of the rule that decided the group."""
        return self.located.rule.name.text if self.located is not None else None


@define(eq=False)
class Hit:
    """A record that triggered an STG."""

    record: Record
    ctx: Ctx
    stg: str
    patient: str | None
    unit: str | None
    institution: str | None
    day: dt.date | None
    end: dt.date | None
    replaced: bool = False
    tfg_ids: list[str] = field(factory=list)
    notes: dict[str, None] = field(factory=dict)


@define(eq=False)
class Service:
    """A særtjeneste: a patient's hits of one STG in one period."""

    service_id: str
    patient: str | None
    stg: str
    period: str
    hits: tuple[Hit, ...]
    financed: bool | None
    points: Decimal | None
    money: Money | None
    replaced: bool = False
    notes: dict[str, None] = field(factory=dict)


Role = Literal["trigger", "medlem", "ny_trigger"]


@define(eq=False)
class Member:
    """A contact in a course. ``day`` is counted from the trigger's start; ``None`` in courses without trigger."""

    what: Stay | Hit
    role: Role
    day: int | None
    line: ast.Omfatter | ast.Trigger | None
    share: Decimal | None = None

    @property
    def record_id(self) -> str:
        """The id of the stay or of the record that triggered the STG."""
        return self.what.opphold_id if isinstance(self.what, Stay) else self.what.record.record_id

    @property
    def group(self) -> str:
        """The group that made it a member."""
        return (self.what.drg or "") if isinstance(self.what, Stay) else self.what.stg


@define(eq=False)
class Course:
    """A tjenesteforløp of one patient."""

    course_id: str
    tfg: str
    patient: str | None
    trigger: Stay | Hit | None
    period: str
    members: list[Member]
    financed: bool | None = None
    points: Decimal | None = None
    money: Money | None = None
    notes: dict[str, None] = field(factory=dict)

    @property
    def trigger_id(self) -> str | None:
        """The id of the contact that opened it."""
        for m in self.members:
            if m.role == "trigger":
                return m.record_id
        return None


@define(eq=False)
class Result:
    """Everything a run found. Read = grouped + set aside: ``read`` counts records by type, ``rejects`` those aside."""

    stays: list[Stay]
    hits: list[Hit]
    services: list[Service]
    courses: list[Course]
    krav: list[KravResult]
    rejects: list[Reject]
    read: dict[str, int]

    def stay_of(self, record_id: str) -> Stay | None:
        """The stay with this id, or that holds the record with this id."""
        for stay in self.stays:
            if stay.opphold_id == record_id or any(r.record_id == record_id for r in stay.records):
                return stay
        return None
