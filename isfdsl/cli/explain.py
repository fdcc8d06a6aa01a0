"""``isf explain``: why a record got its result, or why it did not get another."""

from __future__ import annotations

import click

from isfdsl.cli import common


@click.command("explain", **common.SETTINGS)
@common.ruleset_argument
@common.input_argument
@click.argument("record_id", metavar="ID")
@click.option("--why-not", "group", metavar="GRUPPE", help="Hvorfor ikke denne gruppen, som 209E eller TFG:HT03.")
@common.post_option
@click.option("--full", is_flag=True, help="Ta med alt, også alle reglene som ble prøvd.")
@common.format_option("text", "json")
def command(
    regelverk: str, inndata: str, record_id: str, group: str | None, post: str | None, full: bool, form: str
) -> None:
    """Forklar hvorfor en registrering fikk resultatet sitt.

    Reglene som ble prøvd og verdiene som avgjorde, gruppen, forløpet og dagen i vinduet, hvert poeng og hver
    krone med formelen, og kilden til hvert steg. ID er en registrering, et opphold, en særtjeneste, et forløp
    eller en registrering som ble satt til side.

    \b
    Eksempler:
      isf explain rules/2020+assumptions/2020 examples/2020 E2020-0001
      isf explain rules/2020+assumptions/2020 examples/2020 E2020-0001 --why-not HT02
      isf explain rules/2020+assumptions/2020 examples/2020 E2020-0001 --format json
    """
    rules = common.load(regelverk)
    common.known_post(rules, post)
    data = common.read(rules, inndata)
    with common.asked_for(data, record_id):
        if group is None:
            common.show_document(rules.explain(data, record_id, post=post), form, full=full)
        else:
            common.show_document(rules.why_not(data, record_id, group, post=post), form, full=full)
