"""What a why-not and a what-if say, as data."""

# ruff: noqa: RUF009  (key() is attrs.field with the JSON key beside it)

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from attrs import frozen

from isfdsl.explain.document import Origin, RulesetRef, Step, WindowDays, key

WHY_NOT_SCHEMA = "isf.hvorfor_ikke.v1"
WHAT_IF_SCHEMA = "isf.hva_om.v1"

Reason = Literal[
    "vilkar_brutt",
    "tidligere",
    "gjelder_ikke_dagen",
    "post_utloser_ikke",
    "ingen_regel",
    "ellers",
    "ikke_trigger",
    "ingen_trigger",
    "ikke_omfattet",
    "utenfor_vindu",
    "annet_ar",
    "egen_startdag",
    "annet_forlop",
    "ukjent_vindu",
    "brukt_opp",
    "mangler_grunnlag",
]


@frozen(kw_only=True)
class Failed:
    """One condition that would have to change; ``wanted`` is what it must become."""

    condition: Step = key("vilkar")
    wanted: bool = key("ma_bli")
    hint: str = key("hint")


@frozen(kw_only=True)
class Candidate:
    """One way to the group, and what stood in it. ``count`` is how many single conditions must change."""

    name: str = key("navn")
    title: str | None = key("tittel")
    record_id: str = key("record_id")
    reason: Reason = key("arsak")
    text: str = key("forklart")
    count: int = key("antall")
    failed: tuple[Failed, ...] = key("brutte")
    taken_by: str | None = key("tatt_av")
    shortest: str | None = key("korteste_vei")
    days_off: int | None = key("dager_utenfor")
    window: WindowDays | None = key("vindu")
    origin: Origin | None = key("hjemmel")


@frozen(kw_only=True)
class WhyNot:
    """Why something did not get a group: the ways there, the nearest first."""

    schema: str = key("skjema", default=WHY_NOT_SCHEMA)
    ruleset: RulesetRef = key("regelverk")
    asked: str = key("id")
    kind: Literal["DRG", "STG", "TFG"] = key("gruppe_slag")
    group: str = key("gruppe")
    title: str | None = key("tittel")
    got_it: bool = key("fikk_den")
    got: tuple[str, ...] = key("fikk")
    incomplete: tuple[str, ...] = key("ufullstendig")
    candidates: tuple[Candidate, ...] = key("veier")


@frozen(kw_only=True)
class ChangedField:
    """A field of the record before and after."""

    name: str = key("felt")
    before: str = key("for")
    after: str = key("etter")


@frozen(kw_only=True)
class State:
    """What a stay, a særtjeneste or a course came to."""

    group: str | None = key("gruppe")
    title: str | None = key("tittel")
    rule: str | None = key("regel")
    records: tuple[str, ...] = key("poster")
    courses: tuple[str, ...] = key("forlop")
    counts: bool | None = key("teller")
    points: Decimal | None = key("poeng")
    kroner: Decimal | None = key("kroner")
    notes: tuple[str, ...] = key("merknader")


@frozen(kw_only=True)
class Effect:
    """Something that differs; ``None`` where it did not exist."""

    what: Literal["opphold", "saertjeneste", "forlop"] = key("hva")
    name: str = key("id")
    before: State | None = key("for")
    after: State | None = key("etter")


@frozen(kw_only=True)
class KravEffect:
    """A requirement whose outcome differs."""

    krav: str = key("krav")
    record_id: str = key("record_id")
    before: str | None = key("for")
    after: str | None = key("etter")
    broken_before: tuple[str, ...] = key("brutte_for")
    broken_after: tuple[str, ...] = key("brutte_etter")


@frozen(kw_only=True)
class Totals:
    """The sums of all the patient's stays, særtjenester and courses; what is unknown is counted, not summed."""

    points: Decimal = key("poeng")
    kroner: Decimal = key("kroner")
    unknown_points: int = key("uten_poeng")
    unknown_kroner: int = key("uten_kroner")


@frozen(kw_only=True)
class WhatIf:
    """The effect of changing one record, on everything of its patient."""

    schema: str = key("skjema", default=WHAT_IF_SCHEMA)
    ruleset: RulesetRef = key("regelverk")
    asked: str = key("id")
    post: str = key("post")
    changes: tuple[ChangedField, ...] = key("endringer")
    effects: tuple[Effect, ...] = key("virkninger")
    krav: tuple[KravEffect, ...] = key("krav")
    before: Totals = key("sum_for")
    after: Totals = key("sum_etter")
    points: Decimal = key("poeng_differanse")
    kroner: Decimal = key("kroner_differanse")
