"""``isf import``: official tables → ``.isf`` text."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from isfdsl.cli import common
from isfdsl.cli.group import LazyGroup

if TYPE_CHECKING:
    from isfdsl.importers.result import ImportResult

F = TypeVar("F", bound=Callable[..., Any])

KINDS = (
    ("norddrg", "isfdsl.cli.imports:norddrg", "Definisjonstabellene fra NordDRG."),
    ("prisliste", "isfdsl.cli.imports:price_list", "Vekter og trimpunkter for DRG, STG og TFG."),
    ("kodeverk", "isfdsl.cli.imports:code_system", "Koder og tekster."),
)


def _common(function: F) -> F:
    """What every import takes."""
    force = click.option("--force", is_flag=True, help="Skriv over en tidligere import også når noen har endret i den.")
    out = click.option("--out", required=True, metavar="MAPPE", help="Mappen som teksten skrives i.")
    source = click.argument("source", metavar="KILDE")
    return source(out(force(function)))


@click.command("norddrg", **common.SETTINGS)
@_common
@click.option("--name", metavar="NAVN", default="NordDRG", show_default=True, help="Hva regelverket skal hete.")
@click.option(
    "--year", metavar="ÅR", type=common.WholeNumber(1900, 2999), help="Året, når det ikke står i navnet på kilden."
)
@click.option("--prices", metavar="FIL", help="Prisliste med vekter og trimpunkter som tas med i DRG-listen.")
@click.option("--code-texts", is_flag=True, help="Ta med tekstene til kodene.")
@click.option("--texts", metavar="KILDE", help="Hent navnene herfra når KILDE ikke har noen (JSON).")
@click.option("--into", metavar="REGELVERK", help="Fyll det som mangler i et regelverk, med ordene det bruker.")
@click.option("--words", metavar="FIL", help="Ord (.isf) som tabellene trenger, og som regelverket ikke har.")
def norddrg(
    source: str,
    out: str,
    force: bool,
    name: str,
    year: int | None,
    prices: str | None,
    code_texts: bool,
    texts: str | None,
    into: str | None,
    words: str | None,
) -> None:
    """Les definisjonstabellene fra NordDRG.

    KILDE er en mappe med tabellene som CSV, en arbeidsbok (Excel) eller en JSON-fil. Utskriften sier hva som ble
    lest, rettet og utelatt. Samme tabeller gir samme tekst, tegn for tegn.

    Uten --into blir teksten et eget regelverk. Med --into blir den det regelverket mangler, og de to settes sammen
    med «+»: hierarkiet, egenskapene, gruppene og komplikasjonene kommer fra tabellene, resten fra regelverket.

    \b
    Eksempler:
      isf import norddrg definisjonstabeller_2024.xlsx --out rules/norddrg-2024
      isf import norddrg tabeller.xlsx --into rules/2024 --prices drg_2024.xlsx --out ut/tabeller
      isf run rules/2024+ut/tabeller examples/2024 --out ut/resultat
    """
    from isfdsl.importers.norddrg.emit import import_norddrg

    if words is not None and into is None:
        common.wrong_usage("--words hører sammen med --into")
    if code_texts and into is not None:
        common.wrong_usage("--code-texts skriver et kodeverk; med --into er kodeverkene regelverkets egne")
    result = import_norddrg(
        source,
        out,
        name=name,
        year=year,
        prices=prices,
        code_texts=code_texts,
        force=force,
        texts=texts,
        into=into,
        words=words,
    )
    _finish(result)


@click.command("prisliste", **common.SETTINGS)
@_common
@click.option("--kind", metavar="DRG|STG|TFG", type=click.Choice(["DRG", "STG", "TFG"]), help="Hva alle radene er.")
@click.option(
    "--pattern",
    "patterns",
    metavar="SLAG=MØNSTER",
    multiple=True,
    help="Koder som passer med det regulære uttrykket, er av slaget. Kan gjentas.",
)
@click.option("--kilde", metavar="TEKST", help="Kilden som står ved hver gruppe.  [standard: navnet på filen]")
def price_list(source: str, out: str, force: bool, kind: Any, patterns: tuple[str, ...], kilde: str | None) -> None:
    """Les en prisliste: kode, navn, HDG, vekt, trimpunkt og vekt per dag.

    KILDE er CSV eller Excel.

    \b
    Eksempler:
      isf import prisliste drg_2024.xlsx --kind DRG --out rules/priser-2024
      isf import prisliste priser.csv --pattern "TFG=[A-Z]{2}0[0-9]" --out rules/priser-2024
    """
    from isfdsl.importers.price_list import import_price_list

    by_kind = dict(_pattern(p) for p in patterns)
    _finish(import_price_list(source, out, kind=kind, patterns=by_kind or None, kilde=kilde, force=force))


def _pattern(given: str) -> tuple[Any, str]:
    kind, equals, pattern = given.partition("=")
    if kind not in ("DRG", "STG", "TFG") or not equals:
        common.wrong_usage(f"--pattern {given}: skal være DRG=…, STG=… eller TFG=…")
    try:
        re.compile(pattern)
    except re.error as error:
        common.wrong_usage(f"--pattern {given}: «{pattern}» er ikke et regulært uttrykk (feil ved tegn {error.pos})")
    return kind, pattern


@click.command("kodeverk", **common.SETTINGS)
@_common
@click.option("--name", metavar="NAVN", required=True, help="Hva kodeverket heter i regelverket, for eksempel icd10.")
@click.option("--title", metavar="TEKST", default="", help="Tittelen på kodeverket.")
@click.option("--open", "open_", is_flag=True, help="Kodeverket er åpent: også andre koder er gyldige.")
@click.option("--kilde", metavar="TEKST", help="Kilden.  [standard: navnet på filen]")
def code_system(source: str, out: str, force: bool, name: str, title: str, open_: bool, kilde: str | None) -> None:
    """Les et kodeverk: koder og tekster.

    KILDE er CSV eller Excel.

    \b
    Eksempel:
      isf import kodeverk icd10.csv --name icd10 --out rules/kodeverk
    """
    from isfdsl.importers.code_system import import_code_system

    _finish(import_code_system(source, out, name=name, title=title, open_=open_, kilde=kilde, force=force))


def _finish(result: ImportResult) -> None:
    from isfdsl.importers.result import account

    sys.stdout.write(account(result))
    if result.report.problems:
        sys.stdout.flush()
        common.show_problems(result.report.problems, {})
    if not result.ok:
        common.finish(common.FINDINGS)


command = LazyGroup(
    name="import",
    help="""Gjør offisielle tabeller om til regelverkstekst.

    Teksten er et vanlig regelverk som kan leses, endres og sammenlignes. Mappen skrives hel eller ikke i det
    hele tatt, og aldri over noe som noen har endret.

    \b
    Eksempel:
      isf import norddrg definisjonstabeller_2024.xlsx --out rules/norddrg-2024
    """,
    members=KINDS,
    options_metavar="[VALG]",
    subcommand_metavar="SLAG …",
    no_args_is_help=False,
)
