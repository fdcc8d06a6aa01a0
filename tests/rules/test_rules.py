"""The three regelverk: they check clean, are formatted, cite their sources, and their examples and data hold."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from isfdsl import api
from isfdsl.formatter import format_source
from isfdsl.interp.tables import summary
from isfdsl.program import load
from isfdsl.source import Source
from isfdsl.syntax import ast
from isfdsl.testing.examples import run_examples
from isfdsl.traceability import build

ROOT = Path(__file__).parents[2]
YEARS = ("2020", "2024", "2025")


def spec(year: str, *, assumed: bool = False) -> str:
    rules = ROOT / "rules" / year
    return f"{rules}+{ROOT / 'assumptions' / year}" if assumed else str(rules)


@cache
def ran(year: str) -> Any:
    regelverk = api.load(spec(year, assumed=True))
    read = regelverk.read(ROOT / "examples" / year)
    assert read.ok
    return regelverk, read, regelverk.evaluate(read)


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("assumed", [False, True], ids=["rules", "with assumptions"])
def test_checks_without_errors_or_warnings(year: str, assumed: bool) -> None:
    found = [p for p in api.check(spec(year, assumed=assumed)).problems if p.severity != "merknad"]
    assert [p.message() for p in found] == []


@pytest.mark.parametrize("path", sorted((ROOT / "rules").rglob("*.isf")), ids=lambda p: str(p.relative_to(ROOT)))
def test_is_formatted(path: Path) -> None:
    text = path.read_text("utf-8")
    formatted = format_source(Source(path.name, text))
    assert formatted.problems == ()
    assert formatted.text == text


@pytest.mark.parametrize("year", YEARS)
def test_examples_hold(year: str) -> None:
    outcomes = list(run_examples(load(spec(year)).ruleset))
    assert len(outcomes) > 100
    assert [(o.example.title.value, f.expected, f.got) for o in outcomes for f in o.failures] == []


@pytest.mark.parametrize("year", YEARS)
def test_every_rule_has_a_source_and_every_passage_a_rule(year: str) -> None:
    matrix = build(load(spec(year)).ruleset)
    vocabulary = ("kodeverk", "post", "begrep", "samling", "slag")
    assert [r.label for r in matrix.unsourced if r.label[0] not in vocabulary] == []
    assert [p.name.text for p in matrix.uncited] == []
    assert [r.label for r in matrix.untested] == []


@pytest.mark.parametrize("year", YEARS)
def test_no_rule_of_a_year_imports_another(year: str) -> None:
    others = [y for y in YEARS if y != year]
    for path in (ROOT / "rules" / year).rglob("*.isf"):
        assert not any(f"rules/{y}" in path.read_text("utf-8") for y in others)


def test_the_years_have_the_same_files() -> None:
    names = [{p.relative_to(ROOT / "rules" / y) for p in (ROOT / "rules" / y).rglob("*.isf")} for y in YEARS]
    assert names[0] == names[1] == names[2]


# ------------------------------------------------------------------ the data of the repository


@pytest.mark.parametrize("year", YEARS)
def test_every_group_that_a_rule_gives_occurs_in_the_data(year: str) -> None:
    regelverk, _, result = ran(year)
    rules = regelverk.ruleset
    given = {r.target.text for g in rules.of(ast.Gruppe) for r in g.rules}
    assert given - {s.drg for s in result.stays} == set()
    can_fire = {name for name, decl in rules.stg.items() if decl.triggers}
    assert can_fire - {v.stg for v in result.services} == set()
    can_open = {name for name, decl in rules.tfg.items() if decl.triggers or decl.members or decl.rest}
    assert can_open - {c.tfg for c in result.courses} == set()


@pytest.mark.parametrize("year", YEARS)
def test_read_is_grouped_and_set_aside(year: str) -> None:
    _, read, result = ran(year)
    rows = 0
    for path in (ROOT / "examples" / year).glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows += sum(1 for _ in csv.DictReader(file))
    in_stays = sum(len(s.records) for s in result.stays)
    other = sum(len(rs) for post, rs in read.records.items() if post != "episode")
    assert rows == in_stays + other + len(result.rejects)
    assert result.rejects


def written(year: str) -> dict[tuple[str, str, str], Decimal]:
    """Weights, trim points and weights per day as they stand in the texts: read by regular expression alone."""
    out: dict[tuple[str, str, str], Decimal] = {}
    for path in (ROOT / "rules" / year).rglob("*_liste.isf"):
        block: tuple[str, str] | None = None
        for line in path.read_text("utf-8").splitlines():
            head = re.match(r"(DRG|STG|TFG) (\S+)", line)
            if head:
                block = (head[1], head[2])
            value = re.match(r"  (vekt|trimpunkt|liggedagsvekt)\s+(\d[\d ]*(?:,\d+)?)", line)
            if value and block:
                out[(*block, value[1])] = Decimal(value[2].replace(" ", "").replace(",", "."))
    for path in (ROOT / "assumptions" / year).rglob("*.isf"):
        pattern = r"antakelse (vekt|trimpunkt|liggedagsvekt) (DRG|STG|TFG) (\S+)\s+([\d ]*\d(?:,\d+)?)"
        for name, kind, group, number in re.findall(pattern, path.read_text("utf-8")):
            out.setdefault((kind, group, name), Decimal(number.replace(" ", "").replace(",", ".")))
    return out


def rate(year: str, name: str) -> Decimal:
    """A rate as it stands in the texts, per cent as hundredths."""
    for folder, word in (("rules", "sats"), ("assumptions", "antakelse sats")):
        for path in (ROOT / folder / year).rglob("*.isf"):
            found = re.search(
                rf"^{word} {name}\s+([\d ]*\d(?:,\d+)?) (kr|%|poeng)", path.read_text("utf-8"), re.MULTILINE
            )
            if found:
                number = Decimal(found[1].replace(" ", "").replace(",", "."))
                return number / 100 if found[2] == "%" else number
    raise AssertionError(name)


def kroner(year: str, points: Decimal, area: str) -> Decimal:
    return (points * rate(year, f"enhetspris_{area}") * rate(year, f"isf_andel_{area}")).quantize(
        Decimal("0.01"), ROUND_HALF_UP
    )


@pytest.mark.parametrize("year", YEARS)
def test_points_and_kroner_by_hand(year: str) -> None:
    regelverk, _, result = ran(year)
    weights = written(year)
    total = Decimal(0)
    money = Decimal(0)
    long_stays = 0
    for stay in result.stays:
        points = stay.points
        assert points is not None
        if stay.drg is None or ("DRG", stay.drg, "vekt") not in weights:
            assert points.value in (None, 0)
            continue
        expected = weights["DRG", stay.drg, "vekt"]
        values = stay.ctx.values
        days = (values["ut"].date() - values["inn"].date()).days if values.get("ut") else 0
        trim = weights.get(("DRG", stay.drg, "trimpunkt"))
        extra = [line for line in points.lines if line.name == "langligger"]
        if extra:
            assert trim is not None
            off = Decimal(values.get("utskrivningsklare_døgn") or 0) + Decimal(values.get("permisjonsdøgn") or 0)
            assert extra[0].value in {
                (days - cut - trim) * weights["DRG", stay.drg, "liggedagsvekt"] for cut in {Decimal(0), off}
            }
            expected += extra[0].value
            long_stays += 1
        else:
            assert trim is None or days <= trim or values.get("utskrivningsklare_døgn") or values.get("permisjonsdøgn")
        expected += sum(
            (line.value for line in points.lines if line.kind == "tillegg" and line.name != "langligger"), Decimal(0)
        )
        expected = expected.quantize(Decimal("0.001"), ROUND_HALF_UP)
        replaced = any(c.financed and stay.opphold_id in {m.record_id for m in c.members} for c in result.courses)
        if stay.counts is False or (replaced and stay.replaced):
            assert points.value == 0
            expected = Decimal(0)
        assert points.value == expected, stay.opphold_id
        total += expected
        if stay.money.value is not None and expected:
            area = stay.money.rule.name.text
            assert stay.money.value == kroner(year, expected, area), stay.opphold_id
            money += stay.money.value
    assert long_stays
    for kind, found in (("STG", result.services), ("TFG", result.courses)):
        for one in found:
            group = one.stg if kind == "STG" else one.tfg
            if not one.financed or (kind == "STG" and one.replaced):
                assert one.points in (None, 0)
                continue
            assert one.points == weights[kind, group, "vekt"]
            total += one.points
            if one.money.value is not None:
                assert one.money.value == kroner(year, one.points, one.money.rule.name.text)
                money += one.money.value
    sums = summary(result, regelverk.ruleset)["totalt"]
    assert (sums["poeng"], sums["refusjon"]) == (total, money)
    assert money > 1_000_000


@pytest.mark.parametrize("year", YEARS)
def test_everything_assumed_says_so(year: str) -> None:
    _, _, result = ran(year)
    known = {group for (kind, group, name) in written_in_rules(year) if name == "vekt" and kind == "DRG"}
    for stay in result.stays:
        if stay.points.value and stay.drg not in known:
            assert any(n.startswith("antatt: vekt") for n in stay.notes), stay.opphold_id


def written_in_rules(year: str) -> set[tuple[str, str, str]]:
    assumed = set()
    for path in (ROOT / "assumptions" / year).rglob("*.isf"):
        for name, kind, group in re.findall(r"antakelse (vekt) (DRG|STG|TFG) (\S+)", path.read_text("utf-8")):
            assumed.add((kind, group, name))
    return set(written(year)) - assumed


@pytest.mark.parametrize(("old", "new"), [("2020", "2024"), ("2024", "2025")])
def test_the_diff_names_what_the_change_documents_name(old: str, new: str) -> None:
    out = subprocess.run(
        [sys.executable, "-m", "isfdsl.cli.main", "diff", f"rules/{old}", f"rules/{new}", "--format", "json"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    edits = json.loads(out.stdout)["endringer"]
    seen = {(e["type"], e["navn"] if "linje" not in e or e["linje"] is None else e["linje"]) for e in edits}
    names = {n for _, n in seen}
    if new == "2024":
        for retired in ("808I", "809R", "209D", "209E", "HT02", "HT03"):
            assert ("group_retired", retired) in seen, retired
        for ended in ("STG XS04", "TFG PT01", "TFG PT06", "TFG PT10"):
            assert ("ended", ended) in seen, ended
        for added in ("JS09", "TT30", "PT11", "PT12", "PT13", "PT14"):
            assert ("group_added", added) in seen, added
        moved = {n for t, n in seen if t == "rule_moved"}
        assert any(n.startswith("811S") for n in moved)
        assert any(n.startswith("42") for n in moved)
        changed = {c for e in edits for c in e.get("kommer", [])}
        assert {"JJO33K", "JJO46K", "KEB06K", "KEB06G", "KEX03", "KEX06", "ZQX00"} <= changed
        assert {"AS01", "AS03", "ES02"} <= {n for t, n in seen if t == "group_renamed"} | names
    else:
        for added in ("DS03", "XS82", "XS83"):
            assert ("group_added", added) in seen, added
    for name in ("isf_andel_somatikk", "enhetspris_somatikk"):
        assert ("rate_changed", name) in seen
