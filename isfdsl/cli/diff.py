"""``isf diff``: what really changed between two regelverk."""

from __future__ import annotations

import sys

import click

from isfdsl.cli import common


@click.command("diff", **common.SETTINGS)
@click.argument("gammelt", metavar="GAMMELT")
@click.argument("nytt", metavar="NYTT")
@common.format_option("text", "json", "html")
@click.option("--alt", "everything", is_flag=True, help="Vis også endringer i kilder, merknader og eksempler.")
@click.option("--exit-code", "exit_code", is_flag=True, help="Slutt med kode 1 når regelverkene er ulike.")
def command(gammelt: str, nytt: str, form: str, everything: bool, exit_code: bool) -> None:
    """Vis hva som reelt er endret fra ett regelverk til et annet.

    Grupper, regler, koder, satser, vinduer og krav pares på id og sammenlignes. Kommentarer, layout og rekkefølge uten
    betydning er aldri en endring. Det viktigste står først, med begge linjene og kilden.

    \b
    Eksempler:
      isf diff rules/2020 rules/2024
      isf diff rules/2024 rules/2025 --format json
    """
    from isfdsl.changes import diff
    from isfdsl.changes.render import render_html, render_text, to_json

    old, new = common.load(gammelt).ruleset, common.load(nytt).ruleset
    change = diff(old, new)
    if form == "json":
        common.write_json(to_json(change, old, new))
    elif form == "html":
        sys.stdout.write(render_html(change, old, new))
    else:
        sys.stdout.write(render_text(change, old, new, everything=everything))
    if exit_code and change.edits:
        common.finish(common.FINDINGS)
