"""``isf schema``: what a data producer must deliver."""

from __future__ import annotations

import sys

import click

from isfdsl.cli import common


@click.command("schema", **common.SETTINGS)
@common.ruleset_argument
@common.format_option("text", "json")
@click.option("--post", "post", metavar="NAVN", help="Bare denne posten.")
def command(regelverk: str, form: str, post: str | None) -> None:
    """Vis hvilke data et regelverk leser.

    Én tabell per post: feltene, typene, hva som må fylles ut, lovlig område, kodeverk, og rollen feltet har.
    Med --format json: JSON Schema for én linje JSON av hver post.

    \b
    Eksempler:
      isf schema rules/2020
      isf schema rules/2020 --post episode --format json
    """
    from isfdsl.records.jsonschema import json_schema, text_table

    rules = common.load(regelverk)
    common.known_post(rules, post)
    schemas = rules.schemas
    if post is not None:
        schemas = {post: schemas[post]}
    if form == "text":
        sys.stdout.write(text_table(schemas.values()))
    elif post is not None:
        common.write_json(json_schema(schemas[post]))
    else:
        definitions = {name: json_schema(s) for name, s in schemas.items()}
        for one in definitions.values():
            del one["$schema"]  # said once, for all of them
        common.write_json(
            {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": rules.title, "$defs": definitions}
        )
