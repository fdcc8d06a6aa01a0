"""``isf sources``: which passage of a source is which rule, and which example shows it."""

from __future__ import annotations

import sys

import click

from isfdsl.cli import common


@click.command("sources", **common.SETTINGS)
@common.ruleset_argument
@common.format_option("text", "json", "html")
def command(regelverk: str, form: str) -> None:
    """Vis sammenhengen mellom kilder, regler og eksempler.

    For hvert avsnitt i kilderegisteret: reglene som siterer det og eksemplene som prøver dem. Deretter det som
    mangler: avsnitt ingen regel siterer, regler uten eksempel, og alt som er «ukjent» eller «ufullstendig».

    \b
    Eksempler:
      isf sources rules/2020
      isf sources rules/2024 --format html > kilder-2024.html
    """
    from isfdsl.traceability import build, render_html, render_text, to_json

    rules = common.load(regelverk)
    matrix = build(rules.ruleset)
    sources = rules.loaded.sources
    if form == "json":
        common.write_json(to_json(matrix, sources))
    elif form == "html":
        sys.stdout.write(render_html(matrix, sources))
    else:
        sys.stdout.write(render_text(matrix, sources))
