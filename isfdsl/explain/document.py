"""What an explanation says, as data. The JSON key of each field stands beside it; ``encode`` makes JSON and its schema.

Every list is in the order a person reads it. Numbers are exact; nothing here is about any other patient.
"""

# ruff: noqa: RUF009  (key() is attrs.field with the JSON key beside it)

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

from attrs import field, frozen

EXPLANATION_SCHEMA = "isf.forklaring.v1"


def key(name: str, **more: Any) -> Any:
    """A field and its key in JSON."""
    return field(metadata={"key": name}, **more)


# ------------------------------------------------------------------ where it is written


@frozen(kw_only=True)
class Source:
    """One citation. ``ref`` is the id of a passage or the text as cited; heading and document when registered."""

    ref: str = key("ref")
    heading: str | None = key("overskrift")
    document: str | None = key("dokument")


@frozen(kw_only=True)
class Origin:
    """Where a step is written, and what it rests on."""

    file: str = key("fil")
    line: int | None = key("linje")
    sources: tuple[Source, ...] = key("kilder")
    remarks: tuple[str, ...] = key("merknader")
    incomplete: tuple[str, ...] = key("ufullstendig")
    carried_from: int | None = key("viderefort_fra")


# ------------------------------------------------------------------ expressions

Form = Literal[
    "og",
    "eller",
    "ikke",
    "valg",
    "sammenligning",
    "mellom",
    "i",
    "har_egenskap",
    "finnes",
    "mangler",
    "gyldig",
    "innen",
    "antallstest",
    "ingen",
    "alle",
    "ulike",
    "krav",
    "gruppeflagg",
    "samme_dag",
    "samme",
    "parvilkar",
    "fast",
    "sum",
    "produkt",
    "negativ",
    "tall",
    "dato",
    "tidspunkt",
    "tekst",
    "ja_nei",
    "felt",
    "begrep",
    "samling",
    "niva",
    "sats",
    "hierarki",
    "attributt",
    "gruppe",
    "poeng",
    "ukjent_navn",
    "funksjon",
    "varighet",
    "del",
    "hdg",
    "oppslag",
    "antall",
]


@frozen(kw_only=True)
class Step:
    """An expression and the value it had. ``parts`` are what the value comes from.

    ``seen``: the engine needed the value. ``operators`` has what the form needs beside its parts: the comparison, the
    sign of each term, the unit of a span, the count of a count test, the properties or codes looked for. ``hits`` are
    the codes that met a test over codes, ``misses`` those looked at that did not.
    """

    form: Form = key("form")
    text: str = key("tekst")
    value: Any = key("verdi")
    unit: str = key("enhet", default="")
    shown: str = key("vist")
    seen: bool = key("vurdert", default=True)
    operators: tuple[str, ...] = key("operatorer", default=())
    hits: tuple[str, ...] = key("treff", default=())
    misses: tuple[str, ...] = key("bom", default=())
    parts: tuple[Step, ...] = key("deler", default=())
    notes: tuple[str, ...] = key("merket", default=())
    origin: Origin | None = key("hjemmel", default=None)


# ------------------------------------------------------------------ the stay

TriedOutcome = Literal["slo_til", "vilkar_brutt", "gjelder_ikke_dagen"]


@frozen(kw_only=True)
class RecordRef:
    """A record of the patient."""

    post: str = key("post")
    record_id: str = key("record_id")
    start: dt.date | None = key("start")
    end: dt.date | None = key("slutt")
    unit: str | None = key("enhet")


@frozen(kw_only=True)
class Link:
    """Two records that belong together, and the rule ``samles`` (from 1) that says so."""

    rule: int = key("regel")
    first: str = key("forrige")
    second: str = key("neste")
    condition: Step = key("vilkar")


@frozen(kw_only=True)
class Apart:
    """A neighbour in time that is not part of the stay; for each rule ``samles`` what kept it out."""

    record_id: str = key("record_id")
    side: Literal["forrige", "neste"] = key("side")
    deciding: tuple[Step, ...] = key("avgjorde")


@frozen(kw_only=True)
class Merged:
    """What a stay of several records says in a field, and how it came there; ``best`` is the record it comes from."""

    name: str = key("felt")
    how: str = key("hvordan")
    value: Any = key("verdi")
    shown: str = key("vist")
    best: str | None = key("fra_record_id")


@frozen(kw_only=True)
class Lone:
    """The points a record would have given alone (``av den med høyest poeng``)."""

    record_id: str = key("record_id")
    points: Decimal | None = key("poeng")


@frozen(kw_only=True)
class CodeUse:
    """A code of the record, its text, and the properties it carries."""

    field: str = key("felt")
    code: str = key("kode")
    title: str | None = key("tittel")
    properties: tuple[str, ...] = key("egenskaper")


@frozen(kw_only=True)
class Making:
    """How the stay came to be."""

    never_joined: bool = key("samles_aldri")
    records: tuple[RecordRef, ...] = key("poster")
    links: tuple[Link, ...] = key("koblinger")
    apart: tuple[Apart, ...] = key("ikke_samlet")
    merged: tuple[Merged, ...] = key("felter")
    lone: tuple[Lone, ...] = key("poeng_alene")
    origin: Origin | None = key("hjemmel")


# ------------------------------------------------------------------ the group


@frozen(kw_only=True)
class TriedRule:
    """A rule that was tried. ``deciding``: the first condition that failed; ``condition``: all of it when it held."""

    rule: str = key("regel")
    title: str | None = key("tittel")
    target: str = key("gir")
    outcome: TriedOutcome = key("utfall")
    deciding: Step | None = key("avgjorde")
    condition: Step | None = key("vilkar")
    origin: Origin | None = key("hjemmel")


@frozen(kw_only=True)
class TriedGroup:
    """A block of rules: closed by its guard, or tried rule by rule."""

    group: str = key("regelgruppe")
    title: str | None = key("tittel")
    open: bool = key("apen")
    guard: Step | None = key("vakt")
    rule_count: int = key("antall_regler")
    rules: tuple[TriedRule, ...] = key("regler")
    origin: Origin | None = key("hjemmel")


@frozen(kw_only=True)
class Grouping:
    """The hierarchy from its first rule to the one that decided."""

    hierarchy: str = key("hierarki")
    group: str | None = key("drg")
    title: str | None = key("tittel")
    hdg: str | None = key("hdg")
    decided_by: Literal["regel", "ellers", "ingen"] = key("avgjort_av")
    rule: str | None = key("regel")
    return_code: str | None = key("returkode")
    return_condition: Step | None = key("returkode_vilkar")
    groups: tuple[TriedGroup, ...] = key("regelgrupper")
    incomplete: tuple[str, ...] = key("ufullstendig")
    origin: Origin | None = key("hjemmel")


@frozen(kw_only=True)
class CategoryStep:
    """A category of a level whose condition holds, and the exception that blocked it, if any did."""

    category: str = key("kategori")
    title: str | None = key("tittel")
    level: int = key("niva")
    blocked: bool = key("blokkert")
    condition: Step | None = key("vilkar")
    exceptions: tuple[Step, ...] = key("unntak")
    origin: Origin | None = key("hjemmel")


@frozen(kw_only=True)
class LevelStep:
    """A level and the categories that decided it."""

    level: str = key("navn")
    title: str | None = key("tittel")
    value: int = key("verdi")
    categories: tuple[CategoryStep, ...] = key("kategorier")
    origin: Origin | None = key("hjemmel")


# ------------------------------------------------------------------ what counts, points, money


@frozen(kw_only=True)
class Condition:
    """A condition with where it is written."""

    condition: Step | None = key("vilkar")
    origin: Origin | None = key("hjemmel")


@frozen(kw_only=True)
class Counting:
    """Whether the stay counts in ISF. ``None``: the regelverk does not say."""

    counts: bool | None = key("teller")
    outside: bool = key("utenfor_gyldig")
    conditions: tuple[Condition, ...] = key("vilkar")


@frozen(kw_only=True)
class PointLine:
    """One line of the points. ``applied``: its condition held. ``exact`` is unrounded, ``value`` as it is shown."""

    name: str = key("navn")
    kind: Literal["grunnlag", "tillegg", "fradrag"] = key("slag")
    applied: bool = key("gjelder")
    condition: Step | None = key("vilkar")
    formula: Step | None = key("formel")
    value: Decimal | None = key("verdi")
    lines: tuple[str, ...] = key("utregning")
    origin: Origin | None = key("hjemmel")


@frozen(kw_only=True)
class PointSum:
    """``sum of lines + rounding − lost = value``."""

    lines: tuple[PointLine, ...] = key("linjer")
    rounding: Decimal = key("avrunding")
    digits: int | None = key("desimaler")
    lost: Decimal = key("bortfall")
    loss: Literal["teller_ikke", "utenfor_gyldig", "erstattet"] | None = key("bortfall_arsak")
    loss_by: tuple[str, ...] = key("bortfall_ved")
    value: Decimal | None = key("poeng")
    origin: Origin | None = key("hjemmel")


@frozen(kw_only=True)
class RefusedRate:
    """A ``refusjon`` that was tried before the one that paid."""

    name: str = key("refusjon")
    deciding: Step | None = key("avgjorde")


@frozen(kw_only=True)
class MoneySum:
    """The kroner and the formula that gave them, rounded to ``digits`` decimals."""

    value: Decimal | None = key("kroner")
    name: str | None = key("refusjon", default=None)
    refused: tuple[RefusedRate, ...] = key("ikke_brukt", default=())
    condition: Step | None = key("vilkar", default=None)
    formula: Step | None = key("formel", default=None)
    digits: int | None = key("desimaler", default=None)
    points: Decimal | None = key("poeng")
    lines: tuple[str, ...] = key("utregning", default=())
    origin: Origin | None = key("hjemmel", default=None)


@frozen(kw_only=True)
class StayPart:
    """A stay from its records to its kroner."""

    stay_id: str = key("opphold_id")
    unit: str | None = key("enhet")
    institution: str | None = key("institusjon")
    start: dt.date | None = key("start")
    end: dt.date | None = key("slutt")
    day: dt.date | None = key("dateres")
    making: Making = key("samling")
    codes: tuple[CodeUse, ...] = key("koder")
    grouping: Grouping | None = key("gruppering")
    levels: tuple[LevelStep, ...] = key("nivaer")
    counting: Counting = key("telling")
    points: PointSum = key("poeng")
    money: MoneySum = key("refusjon")


# ------------------------------------------------------------------ særtjenester


@frozen(kw_only=True)
class TriedStg:
    """An STG that was tried on a record."""

    stg: str = key("stg")
    title: str | None = key("tittel")
    outcome: TriedOutcome = key("utfall")
    deciding: Step | None = key("avgjorde")
    condition: Step | None = key("vilkar")
    origin: Origin | None = key("hjemmel")


@frozen(kw_only=True)
class Triggering:
    """The STGs tried on a record, up to the one it got."""

    record_id: str = key("record_id")
    post: str = key("post")
    stg: str | None = key("stg")
    service_id: str | None = key("saertjeneste_id")
    tried: tuple[TriedStg, ...] = key("provd")


@frozen(kw_only=True)
class FinancingTest:
    """``finansieres når`` for one record of the period."""

    record_id: str = key("record_id")
    condition: Step = key("vilkar")


@frozen(kw_only=True)
class Financing:
    """Whether a group is financed: what the group says, and ``finansieres når``."""

    financed: bool | None = key("finansiert")
    stated: str | None = key("oppgitt")
    quantifier: str | None = key("kvantor")
    tests: tuple[FinancingTest, ...] = key("prover")
    twice: bool = key("telt_allerede", default=False)


@frozen(kw_only=True)
class ServicePart:
    """A særtjeneste: the patient's records of one STG in one period."""

    service_id: str = key("saertjeneste_id")
    stg: str = key("stg")
    title: str | None = key("tittel")
    period: str = key("periode")
    counted: str = key("telles")
    records: tuple[RecordRef, ...] = key("poster")
    financing: Financing = key("finansiering")
    replaced_by: tuple[str, ...] = key("erstattet_av")
    weight: Decimal | None = key("vekt")
    points: Decimal | None = key("poeng")
    money: MoneySum = key("refusjon")
    origin: Origin | None = key("hjemmel")


# ------------------------------------------------------------------ courses


@frozen(kw_only=True)
class WindowDays:
    """The window of a line in calendar days; both ends included. ``cut``: the calendar year cut it."""

    text: str = key("vindu")
    low: dt.date = key("forste_dag")
    high: dt.date = key("siste_dag")
    cut: bool = key("kuttet_av_kalenderar")
    assumed: bool = key("antatt")


@frozen(kw_only=True)
class Reach:
    """A course that the contact lay within reach of; ``distance`` in days from its trigger's start."""

    course_id: str = key("forlop_id")
    trigger_id: str = key("trigger_id")
    distance: int = key("avstand_dager")
    chosen: bool = key("valgt")


@frozen(kw_only=True)
class MemberPart:
    """A contact in a course. ``asked``: it is what the explanation is about."""

    record_id: str = key("record_id")
    role: Literal["trigger", "medlem", "ny_trigger"] = key("rolle")
    group_kind: Literal["DRG", "STG"] = key("gruppe_slag")
    group: str = key("gruppe")
    start: dt.date | None = key("start")
    end: dt.date | None = key("slutt")
    unit: str | None = key("enhet")
    day: int | None = key("dag")
    share: Decimal | None = key("andel")
    asked: bool = key("spurt_om")
    line: str | None = key("linje")
    window: WindowDays | None = key("vindu")
    condition: Step | None = key("vilkar")
    reach: tuple[Reach, ...] = key("innen_rekkevidde")


@frozen(kw_only=True)
class CoursePart:
    """A course with its members."""

    course_id: str = key("forlop_id")
    tfg: str = key("tfg")
    title: str | None = key("tittel")
    period: str = key("periode")
    counted: str = key("telles")
    trigger_id: str | None = key("trigger_id")
    several: str | None = key("flere_forlop")
    within_year: bool | None = key("innenfor_kalenderar")
    own_day: bool | None = key("egen_startdag")
    members: tuple[MemberPart, ...] = key("medlemmer")
    financing: Financing = key("finansiering")
    replaces: tuple[str, ...] = key("erstatter")
    weight: Decimal | None = key("vekt")
    points: Decimal | None = key("poeng")
    money: MoneySum = key("refusjon")
    origin: Origin | None = key("hjemmel")


# ------------------------------------------------------------------ requirements


@frozen(kw_only=True)
class KravCondition:
    """One condition or exception of a requirement."""

    name: str = key("navn")
    title: str | None = key("tittel")
    exception: bool = key("unntak")
    how: Literal["maskinelt", "dokumenteres", "ukjent"] = key("hvordan")
    holds: bool | None = key("holder")
    attested_by: str | None = key("attestert_i")
    condition: Step | None = key("vilkar")
    origin: Origin | None = key("hjemmel")


@frozen(kw_only=True)
class KravPart:
    """A requirement for one record."""

    krav: str = key("krav")
    title: str | None = key("tittel")
    record_id: str = key("record_id")
    outcome: Literal["oppfylt", "ikke_oppfylt", "gjelder_ikke"] = key("utfall")
    applies: Step | None = key("gjelder")
    broken: tuple[str, ...] = key("brutte")
    documented: tuple[str, ...] = key("dokumenteres")
    unknown: tuple[str, ...] = key("ukjente")
    reported: tuple[str, ...] = key("rapporteres")
    conditions: tuple[KravCondition, ...] = key("vilkar")
    origin: Origin | None = key("hjemmel")


# ------------------------------------------------------------------ the whole


@frozen(kw_only=True)
class Note:
    """Something unknown or assumed, and the step at which it came in."""

    kind: Literal["antatt", "ukjent", "ufullstendig", "annet"] = key("slag")
    text: str = key("tekst")
    about: str = key("gjelder")
    steps: tuple[str, ...] = key("steg")


@frozen(kw_only=True)
class RejectPart:
    """A record that was set aside before anything was computed."""

    file: str = key("fil")
    row: int = key("rad")
    code: str = key("kode")
    message: str = key("melding")
    post: str = key("post")


@frozen(kw_only=True)
class Headline:
    """The answer in one line: the group, the points and the kroner of what was asked for."""

    what: Literal["opphold", "post", "saertjeneste", "forlop", "avvist"] = key("hva")
    group_kind: Literal["DRG", "STG", "TFG"] | None = key("gruppe_slag")
    group: str | None = key("gruppe")
    title: str | None = key("tittel")
    points: Decimal | None = key("poeng")
    kroner: Decimal | None = key("kroner")
    assumed: bool = key("antatt")
    remark: str | None = key("merknad")


@frozen(kw_only=True)
class RulesetRef:
    """The regelverk that was used. ``digest`` is SHA-256 over its files when known."""

    title: str = key("tittel")
    digest: str | None = key("sha256")
    version: str = key("isfdsl")


@frozen(kw_only=True)
class Explanation:
    """Why a record, a stay, a særtjeneste or a course got what it got."""

    schema: str = key("skjema", default=EXPLANATION_SCHEMA)
    ruleset: RulesetRef = key("regelverk")
    asked: str = key("id")
    post: str | None = key("post")
    also_in: tuple[str, ...] = key("finnes_ogsa_i")
    headline: Headline = key("svar")
    reject: RejectPart | None = key("avvist")
    stay: StayPart | None = key("opphold")
    triggering: tuple[Triggering, ...] = key("stg_provd")
    services: tuple[ServicePart, ...] = key("saertjenester")
    courses: tuple[CoursePart, ...] = key("forlop")
    krav: tuple[KravPart, ...] = key("krav")
    notes: tuple[Note, ...] = key("merknader")
