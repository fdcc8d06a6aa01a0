"""``isf explain-code``: the page of one diagnostic code."""

from __future__ import annotations

import sys

import click

from isfdsl.cli import common


@click.command("explain-code", **common.SETTINGS)
@click.argument("code", metavar="KODE")
def command(code: str) -> None:
    """Forklar en feilkode.

    Hva den betyr, hvorfor det er feil, et eksempel, og hvordan det rettes.

    \b
    Eksempler:
      isf explain-code ISF2001
      isf explain-code 2001
    """
    from isfdsl.diagnostics import load_all
    from isfdsl.diagnostics.catalog import codes, page
    from isfdsl.diagnostics.nearest import nearest

    wanted = code.strip().upper()
    if wanted.isdigit():
        wanted = f"ISF{wanted}"
    by_slug = {cls.slug.upper(): one for one, cls in load_all().items()}
    wanted = by_slug.get(wanted, wanted)
    if wanted not in codes():
        near = nearest(wanted, codes())
        common.wrong_usage(f"det finnes ingen feilkode «{code}»" + (f"; mente du «{near[0]}»?" if near else ""))
    sys.stdout.write(page(wanted).rstrip("\n") + "\n")
