"""``isf whatif``: the same record, otherwise coded."""

from __future__ import annotations

import click

from isfdsl.cli import common


@click.command("whatif", **common.SETTINGS)
@common.ruleset_argument
@common.input_argument
@click.argument("record_id", metavar="ID")
@click.option(
    "--set",
    "changes",
    metavar="FELT=VERDI",
    multiple=True,
    required=True,
    help="Endringen. FELT+=KODE og FELT-=KODE legger til og tar bort i en liste. Kan gjentas.",
)
@common.post_option
@click.option("--full", is_flag=True, help="Ta med alt, også det som ikke ble endret.")
@common.format_option("text", "json")
def command(
    regelverk: str, inndata: str, record_id: str, changes: tuple[str, ...], post: str | None, full: bool, form: str
) -> None:
    """Endre et felt i en registrering og grupper på nytt.

    Viser alt hos pasienten som blir annerledes: grupper, forløp, krav, poeng og kroner, før og etter. Dataene
    på disken endres ikke.

    \b
    Eksempler:
      isf whatif rules/2020+assumptions/2020 examples/2020 E2020-0001 --set hovedtilstand=M16.1
      isf whatif rules/2020+assumptions/2020 examples/2020 E2020-0001 --set prosedyrer-=NFB30
    """
    rules = common.load(regelverk)
    common.known_post(rules, post)
    data = common.read(rules, inndata)
    with common.asked_for(data, record_id):
        common.show_document(rules.whatif(data, record_id, changes, post=post), form, full=full)
