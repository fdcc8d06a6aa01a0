"""What ``isf run`` shows when it is done."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from isfdsl.cli import terminal
from isfdsl.cli.terminal import count, decimal, places, plural
from isfdsl.records.summary import Doubt

if TYPE_CHECKING:
    from isfdsl.api import Regelverk

MOST_GROUPS = 15
MOST_NOTES = 10


def report(rules: Regelverk, summary: Mapping[str, Any], found: Sequence[Doubt], out: str | None) -> Iterator[str]:
    """What a person wants to know at once: what was read, the largest groups, the sums, and what to be wary of."""
    yield f"{summary['regelverk']} på {summary['kjoring']['argumenter']['inndata']}"
    yield ""
    yield from _read_lines(summary)
    yield ""
    yield from _group_lines(rules, summary)
    yield from _doubt_lines(summary, found)
    yield from _reject_lines(summary, out is not None)
    if out is None:
        yield "Ingenting er skrevet; med --out MAPPE skrives tabellene og sammendrag.json."
    else:
        yield f"Skrevet: {os.path.join(out, '')} (sammendrag.json og tabellene som Parquet)"


def _read_lines(summary: Mapping[str, Any]) -> Iterator[str]:
    read = summary["lest"]
    posts = ", ".join(f"{post} {count(n)}" for post, n in read.items() if post != "totalt" and n)
    yield f"Lest:          {plural(read['totalt'], 'registrering', 'registreringer')}" + (
        f" ({posts})" if posts else ""
    )
    yield f"Behandlet:     {count(summary['behandlet']['totalt'])}"
    yield f"Satt til side: {count(summary['avvist']['totalt'])}"
    made = summary["antall"]
    words = [
        ("opphold", "opphold", "opphold"),
        ("saertjenester", "særtjeneste", "særtjenester"),
        ("forlop", "forløp", "forløp"),
    ]
    parts = [plural(made[key], one, many) for key, one, many in words if made[key]]
    yield f"Ble til:       {', '.join(parts) or 'ingenting'}"


def _group_lines(rules: Regelverk, summary: Mapping[str, Any]) -> Iterator[str]:
    groups = [
        (kind, group, row) for kind in ("DRG", "STG", "TFG") for group, row in summary[f"per_{kind.lower()}"].items()
    ]
    if not groups:
        return
    groups.sort(key=lambda g: (-g[2]["refusjon"], -g[2]["poeng"], -g[2]["antall"], g[0], g[1]))
    shown = groups[:MOST_GROUPS]
    total = summary["totalt"]
    sums = [*(row for _, _, row in shown), total]
    point_places = places((r["poeng"] for r in sums), 3)
    rows = [["", "gruppe", "", "antall", "poeng", "kroner"]]
    rows += [[kind, group, _name(rules, kind, group), *_sums(row, point_places)] for kind, group, row in shown]
    if len(groups) > len(shown):
        rows.append(["", f"… og {len(groups) - len(shown)} til", "", "", "", ""])
    rows.append(["sum", "", "", *_sums(total, point_places)])
    yield from terminal.table(rows, "vvvhhh", indent="")
    without = [(total["uten_poeng"], "poeng"), (total["uten_refusjon"], "kroner")]
    missing = [f"{count(n)} uten {what}" for n, what in without if n]
    if missing:
        yield f"* {' og '.join(missing)}: ukjent vekt eller sats, ikke regnet med i summene"
    yield ""


def _name(rules: Regelverk, kind: str, group: str) -> str:
    if not group:
        return "(ingen gruppe)"
    decl = rules.ruleset.groups(kind).get(group)  # type: ignore[arg-type]
    text = decl.title.value if decl is not None and decl.title is not None else ""
    return text if len(text) <= 40 else text[:39] + "…"


def _sums(row: Mapping[str, Any], point_places: int) -> list[str]:
    def cell(value: Decimal, digits: int, without: int) -> str:
        if without == row["antall"]:
            return "ukjent "
        return decimal(value, digits) + ("*" if without else " ")

    return [
        count(row["antall"]),
        cell(row["poeng"], point_places, row["uten_poeng"]),
        cell(row["refusjon"], 2, row["uten_refusjon"]),
    ]


def _doubt_lines(summary: Mapping[str, Any], found: Sequence[Doubt]) -> Iterator[str]:
    """What rests on assumptions, and what the regelverk doesn't know."""
    if not found:
        return
    total = summary["totalt"]
    all_of_them = plural(total["antall"], "resultat", "resultater")
    yield f"Av {all_of_them} har så mange noe antatt eller ukjent (kolonnen «mangler»):"
    rows = []
    for doubt in found[:MOST_NOTES]:
        example = doubt.places[0] if len(doubt.places[0]) <= 60 else doubt.places[0][:59] + "…"
        several = f"{count(len(doubt.places))} ulike, som {example}" if len(doubt.places) > 1 else example
        rows.append([count(doubt.results), doubt.what, several])
    yield from terminal.table(rows, "hvv")
    if len(found) > MOST_NOTES:
        yield f"  … og {len(found) - MOST_NOTES} til"
    yield ""


def _reject_lines(summary: Mapping[str, Any], written: bool) -> Iterator[str]:
    codes = {code: n for code, n in summary["avvist"].items() if code != "totalt"}
    if not codes:
        return
    yield "Satt til side, etter årsak" + (" (hver av dem står i avvist.parquet):" if written else ":")
    rows = [[count(n), code, _slug(code)] for code, n in sorted(codes.items(), key=lambda c: (-c[1], c[0]))]
    yield from terminal.table(rows, "hvv")
    yield ""


def _slug(code: str) -> str:
    from isfdsl.diagnostics import REGISTRY, load_all

    known = REGISTRY.get(code) or load_all().get(code)  # what was found is known already
    return known.slug if known is not None else ""
