"""``isf check``: everything that is wrong with a regelverk, in one run."""

from __future__ import annotations

from collections.abc import Mapping

import click

from isfdsl.cli import common


@click.command("check", **common.SETTINGS)
@common.rulesets_argument
@common.format_option("text", "json")
@click.option(
    "--advarsler/--ingen-advarsler", "warnings", default=True, help="Ta med det som ikke er feil.  [standard: med]"
)
def command(regelverk: tuple[str, ...], form: str, warnings: bool) -> None:
    """Finn feil og mangler i et regelverk.

    Leser alle filene, også når noe er galt i en av dem, og viser alt som er galt i én utskrift:
    språkfeil, ukjente navn, enheter, datoer, koder, sirkler, vilkår som aldri slår til, manglende kilder.
    Sluttkoden er 1 når noe er en feil; advarsler og merknader endrer den ikke.

    \b
    Eksempler:
      isf check rules/2020
      isf check rules/2020+assumptions/2020
      isf check rules/2020 rules/2024 --ingen-advarsler
      isf check rules/2024 --format json
    """
    from isfdsl import api
    from isfdsl.diagnostics.base import Problem
    from isfdsl.diagnostics.render import problems_to_json
    from isfdsl.source import Source

    problems: list[Problem] = []
    seen: set[tuple[object, ...]] = set()  # a folder may be part of several regelverk
    texts: dict[str, Mapping[str, Source]] = {}  # file → where its text is, decoded only when it must be shown
    suppressed = 0
    for spec in regelverk:
        found = api.check(spec)
        new = [p for p in found.problems if (p.code, p.span, p.message()) not in seen]
        seen.update((p.code, p.span, p.message()) for p in new)
        problems += new
        suppressed += found.suppressed
        texts.update(dict.fromkeys(found.sources, found.sources))
    shown = problems if warnings else [p for p in problems if p.severity == "feil"]
    spans = [s for p in shown for s in (p.span, *(r.span for r in p.related())) if s is not None]
    sources = {name: texts[name][name] for name in {s.source for s in spans} if name in texts}
    if form == "json":
        common.write_json(problems_to_json(shown, sources, suppressed=suppressed))
    else:
        common.show_problems(shown, sources, suppressed=suppressed, err=False)
        if len(shown) < len(problems):
            common.say(common.not_shown(len(problems) - len(shown)))
    if any(p.severity == "feil" for p in problems):
        common.finish(common.FINDINGS)
