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
from isfdsl.interp.results import Stay
from isfdsl.interp.tables import summary
from isfdsl.program import Ruleset, load
from isfdsl.source import Source
from isfdsl.syntax import ast
from isfdsl.testing.coverage import can_occur
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
def test_every_group_occurs_in_the_data_or_says_what_is_missing(year: str) -> None:
    regelverk, _, result = ran(year)
    rules = regelverk.ruleset
    found = {("DRG", s.drg) for s in result.stays} | {("STG", v.stg) for v in result.services}
    found |= {("TFG", c.tfg) for c in result.courses}
    gaps = {g.what for g in build(load(spec(year)).ruleset).gaps if g.kind == "ufullstendig"}
    for kind, groups in (("DRG", rules.drg), ("STG", rules.stg), ("TFG", rules.tfg)):
        for name, group in groups.items():
            if can_occur(rules, group):
                assert (kind, name) in found, (kind, name)
            elif (kind, name) != ("DRG", else_group(rules)):
                assert f"{kind} {name}" in gaps, (kind, name)


def else_group(rules: Ruleset) -> str | None:
    """The group of ``ellers``, which no rule gives."""
    ellers = rules.hierarkier["DRG"].ellers
    return ellers.group.text if ellers is not None and ellers.group is not None else None


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


# What each gives is stated by examples; here every one of the data, and the shares, which no «eksempel» can state.
REPLACING = {"AT01": {"AS01"}, "FT01": {"FS01"}, "HT01": {"HS01"}, "JT01": {"JS01"}, "MT01": {"MS01", "MS02"}}


@pytest.mark.parametrize("year", YEARS)
def test_a_course_over_drg_and_stg_replaces_the_points_of_both(year: str) -> None:
    regelverk, _, result = ran(year)
    service = {hit.record.record_id: s for s in result.services for hit in s.hits}
    seen: dict[str, set[str]] = {}
    for course in result.courses:
        if course.tfg not in REPLACING:
            continue
        assert course.financed
        for m in course.members:
            if isinstance(m.what, Stay):
                assert m.what.replaced and m.what.points is not None and m.what.points.value == 0
            else:
                one = service[m.record_id]
                assert one.replaced and one.points == 0 and one.money is not None and one.money.value == 0
                seen.setdefault(course.tfg, set()).add(one.stg)
    assert seen == REPLACING
    assert not any(s.replaced for s in result.services if s.stg not in set().union(*REPLACING.values()))
    assert {t.name.text for t in regelverk.ruleset.of(ast.Tfg) if t.erstatter and t.erstatter.saertjenester} == set(
        REPLACING
    )


@pytest.mark.parametrize("year", YEARS)
def test_shares_of_a_course_follow_the_weights_of_its_members(year: str) -> None:
    _, _, result = ran(year)
    weights = written(year)
    uneven = 0
    for course in result.courses:
        if course.tfg not in REPLACING:
            continue
        shares = [m.share for m in course.members]
        own = [weights["DRG" if isinstance(m.what, Stay) else "STG", m.group, "vekt"] for m in course.members]
        assert None not in shares and sum(shares) == 1
        for share, weight in zip(shares, own, strict=True):
            assert abs(share - weight / sum(own)) < Decimal("0.0001")
        uneven += len(set(own)) > 1
    assert uneven


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


def edits(old: str, new: str) -> list[dict[str, Any]]:
    out = subprocess.run(
        [sys.executable, "-m", "isfdsl.cli.main", "diff", f"rules/{old}", f"rules/{new}", "--format", "json"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: list[dict[str, Any]] = json.loads(out.stdout)["endringer"]
    return found


# Passages of the change documents that tell of no change, or of one whose content is not in the source.
NO_CHANGE = {
    "2024": {
        "S24_dho_tertial": "fortsatt tertial",
        "S24_phv_andel": "uendret, og ikke tallfestet",
        "S24_stg_tertialjustering": "ordinær justering uten innhold",
        "S24_palliasjon": "ingen endringer",
        "S24_stg_definisjon": "definisjon",
        "S24_bosted": "hovedprinsipp",
        "S24_rapporteringsformat": "hovedregel",
        "S24_teknisk_validering": "hovedregel",
        "S24_refusjonstabell": "oppsummering av hovedprinsipper; tabellen for 2020 er ikke kjent",
        "S24_frister_regel": "fristene for 2020 er ikke kjent",
        "S24_frister_2024": "fristene for 2020 er ikke kjent",
    },
    "2025": {
        "S25_aktivitetsdata": "uendret",
        "S25_npr_melding": "veiledning",
        "S25_intensiv": "forslag for 2026",
        "S25_samarbeid": "siden 2023",
        "S25_øh": "gjeldende løsning; ikke sagt at den er ny",
        "S25_proton": "kodene; ikke sagt at de er nye",
        "S25_dagkirurgi_ønh": "vurderes",
        "S25_dagkirurgi_hjerte": "vurderes",
        "S25_dagkirurgi_hud": "vurderes",
        "S25_dagkirurgi_endokrinologi": "vurderes",
        "S25_dagkirurgi_gynekologi": "vurderes",
        "S25_dagkirurgi_fødsel": "vurderes",
        "S25_ht04": "figur; ikke sagt at koden er ny",
        "S25_ht05": "figur; ikke sagt at koden er ny",
        "S25_ht06": "figur; ikke sagt at koden er ny",
        "S25_fødselsforløp": "fortsatt uten finansiering",
    },
}


@pytest.mark.parametrize(("old", "new", "document"), [("2020", "2024", "S24"), ("2024", "2025", "S25")])
def test_every_change_a_change_document_tells_of_is_listed(old: str, new: str, document: str) -> None:
    listed = {ref for e in edits(old, new) if not e["bakgrunn"] for ref in (e["kilde"] or "").split(", ")}
    register = load(spec(new)).ruleset.passasjer
    owed = {
        name
        for name, p in register.items()
        if name.startswith(f"{document}_") and p.uten_regel is None and int(new) in p.years
    }
    assert owed - listed - set(NO_CHANGE[new]) == set()
    assert set(NO_CHANGE[new]) <= owed


@pytest.mark.parametrize(("old", "new"), [("2020", "2024"), ("2024", "2025")])
def test_the_diff_lists_the_groups_the_documents_call_new_or_ended_and_no_others(old: str, new: str) -> None:
    shown: dict[str, set[str]] = {}
    for e in edits(old, new):
        if not e["bakgrunn"]:
            shown.setdefault(e["type"], set()).add(e["linje"] if e.get("linje") else e["navn"])
            assert e["kilde"], e["beskrivelse"]
    if new == "2025":
        assert shown["group_added"] == {"DS03", "XS82", "XS83", "kreft_utlevert_fra_sykehus"}
        assert "group_retired" not in shown
        assert shown["rate_changed"] == {"isf_andel_somatikk"}
        return
    courses = {"PT11", "PT12", "PT13", "PT14", "TT30", "HT05", "HT06"}
    assert shown["group_added"] == {"JS09", "samarbeid_per_måned"} | courses
    assert shown["group_retired"] == {
        "801X", "209D", "209E", "808I", "809R", "993O", "994T", "995O", "HT02", "HT03"
    }  # fmt: skip
    births = {f"TFG PT{n:02}" for n in (1, 2, 3, 4, 5, 6, 9, 10)}
    telephone = {"kode indirekte_aktivitet 13", "kode indirekte_aktivitet 17"}
    assert shown["ended"] == {"STG XS04"} | births | telephone
    assert shown["rule_moved"] == {"811S_botox_11", "811S_botox_12", "42_1"}
    assert shown["group_renamed"] == {"AS01", "AS03", "ES02"}
    rates = {"isf_andel_somatikk", "enhetspris_somatikk", "enhetspris_phv_tsb", "døgnpris_utskrivningsklar"}
    assert shown["rate_changed"] == rates
    gained = {c for e in edits(old, new) if e["type"] == "property_codes_changed" for c in e["kommer"]}
    assert gained == {"M13*", "JJO33K", "JJO46K", "KEB06K", "KEB06G", "KEX03", "KEX06", "ZQX00", "IBB?20"}
    assert "weight_changed" not in shown


@pytest.mark.parametrize(("old", "new", "at_most"), [("2020", "2024", 860), ("2024", "2025", 160)])
def test_the_years_differ_where_the_rules_differ_and_not_in_layout(old: str, new: str, at_most: int) -> None:
    total = spaces = 0
    for path in sorted((ROOT / "rules" / old).rglob("*.isf")):
        a, b = path, ROOT / "rules" / new / path.relative_to(ROOT / "rules" / old)
        if path.parent.name != "eksempler":  # what is new has examples that are new
            total += changed_lines(a, b, ())
        spaces += changed_lines(a, b, ()) - changed_lines(a, b, ("-w",))
    assert total <= at_most
    assert spaces <= 20


def changed_lines(a: Path, b: Path, options: tuple[str, ...]) -> int:
    out = subprocess.run(["diff", *options, str(a), str(b)], capture_output=True, text=True, check=False).stdout
    return sum(line.startswith(("<", ">")) for line in out.splitlines())


def test_the_register_is_the_same_in_every_year() -> None:
    assert len({(ROOT / "rules" / y / "kilder.isf").read_bytes() for y in YEARS}) == 1


def test_the_rule_files_answer_a_reader() -> None:
    def says(path: str, *words: str) -> bool:
        text = (ROOT / "rules" / path).read_text("utf-8")
        return all(word in text for word in words)

    nurse = "En sykepleiers telefonkonsultasjon kan inngå"
    assert says("2020/krav/telefon.isf", nurse) and says("2024/krav/telefon.isf", nurse)
    hips = "To proteser samme år gir to forløp"
    assert says("2020/tfg_liste.isf", hips, "ny trigger    åpner eget forløp") and says("2024/tfg_liste.isf", hips)
    assert says("2024/utgatt.isf", 'utgått DRG 809R "Annen lysbehandling"', "den går til STG JS09")
