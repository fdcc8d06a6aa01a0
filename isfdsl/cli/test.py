"""``isf test``: the examples of a regelverk, with file and line, expected against got."""

from __future__ import annotations

import fnmatch
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

import click
from attrs import frozen

from isfdsl.cli import common, terminal
from isfdsl.cli.terminal import plural

if TYPE_CHECKING:
    from isfdsl.api import Regelverk
    from isfdsl.source import Span
    from isfdsl.testing.examples import ExampleOutcome

SCHEMA = "isf.test.v1"


@click.command("test", **common.SETTINGS)
@common.rulesets_argument
@common.format_option("text", "json", "junit")
@click.option(
    "-k", "pattern", metavar="TEKST", help="Bare eksempler med TEKST i navnet; * og ? står for hva som helst."
)
def command(regelverk: tuple[str, ...], form: str, pattern: str | None) -> None:
    """Kjør eksemplene i et regelverk.

    Hvert «eksempel» er noen registreringer og det regelverket skal gi for dem. Det som ikke stemmer, vises med
    fil og linje, hva som var ventet og hva det ble. Sluttkoden er 1 når noe ikke stemmer. I mapper satt sammen med «+»
    gjelder ikke antakelsene i en senere mappe for eksemplene i en tidligere.

    \b
    Eksempler:
      isf test rules/2020+assumptions/2020
      isf test rules/2020 rules/2024 -k "to hofteproteser"
      isf test rules/2020 --format junit > eksempler.xml
    """
    runs: list[_Run] = []
    progress = terminal.Progress()
    for spec in regelverk:
        rules = common.load(spec)
        chosen = _chosen(rules, pattern)
        try:
            from isfdsl.testing.examples import ExampleRunner

            runner = ExampleRunner(rules.ruleset)
            for number, example in enumerate(chosen, start=1):
                progress("eksempler", number, len(chosen))
                start = time.perf_counter()
                outcome = runner.run(example)
                runs.append(_Run(spec, rules, outcome, time.perf_counter() - start))
        finally:
            progress.done()
    if pattern is not None and not runs:
        common.wrong_usage(f"ingen eksempler har «{pattern}» i navnet")
    writer = {"text": _text, "json": _json, "junit": _junit}[form]
    writer(runs)
    if any(not run.outcome.passed for run in runs):
        common.finish(common.FINDINGS)


@frozen
class _Run:
    spec: str
    rules: Regelverk
    outcome: ExampleOutcome
    seconds: float

    @property
    def title(self) -> str:
        return str(self.outcome.example.title.value)

    def place(self, span: Span) -> tuple[str, int]:
        """File and line."""
        source = self.rules.loaded.sources.get(span.source)
        return span.source, source.position(span.start).line if source is not None else 0

    def failures(self) -> Iterator[tuple[str, int, str, str]]:
        """File, line, expected, got."""
        for failure in self.outcome.failures:
            yield *self.place(failure.span), failure.expected, failure.got


def _chosen(rules: Regelverk, pattern: str | None) -> list[Any]:
    from isfdsl.syntax import ast

    found = rules.ruleset.of(ast.Eksempel)
    if pattern is None:
        return list(found)
    wanted = f"*{pattern.casefold()}*"
    return [e for e in found if fnmatch.fnmatchcase(e.title.value.casefold(), wanted)]


def _text(runs: list[_Run]) -> None:
    color = terminal.color(sys.stdout)
    for run in runs:
        if run.outcome.passed:
            continue
        file, line = run.place(run.outcome.example.title.span)
        head = click.style("stemmer ikke", fg="red", bold=True) if color else "stemmer ikke"
        print(f"{head}: «{run.title}»\n  ┌─ {file}:{line}")
        for at, number, expected, got in run.failures():
            print(f"  │ {at}:{number}\n  │   ventet  {expected}\n  │   fikk    {got}")
        print()
    failed = sum(not run.outcome.passed for run in runs)
    if not runs:
        print("ingen eksempler i regelverket")
    elif failed:
        print(f"{plural(len(runs), 'eksempel', 'eksempler')}: {len(runs) - failed} stemmer, {failed} stemmer ikke")
    else:
        print(f"{plural(len(runs), 'eksempel', 'eksempler')}: alle stemmer")


def _json(runs: list[_Run]) -> None:
    failed = sum(not run.outcome.passed for run in runs)
    examples = []
    for run in runs:
        file, line = run.place(run.outcome.example.title.span)
        examples.append(
            {
                "regelverk": run.spec,
                "navn": run.title,
                "fil": file,
                "linje": line,
                "stemmer": run.outcome.passed,
                "avvik": [
                    {"fil": at, "linje": number, "ventet": expected, "fikk": got}
                    for at, number, expected, got in run.failures()
                ],
            }
        )
    counts = {"eksempler": len(runs), "stemmer": len(runs) - failed, "stemmer_ikke": failed}
    common.write_json({"skjema": SCHEMA, "antall": counts, "eksempler": examples})


def _junit(runs: list[_Run]) -> None:
    failed = sum(not run.outcome.passed for run in runs)
    seconds = sum(run.seconds for run in runs)
    print('<?xml version="1.0" encoding="utf-8"?>')
    print(f'<testsuites tests="{len(runs)}" failures="{failed}" time="{seconds:.3f}">')
    for spec in dict.fromkeys(run.spec for run in runs):
        own = [run for run in runs if run.spec == spec]
        bad = sum(not run.outcome.passed for run in own)
        print(f'  <testsuite name={_attribute(spec)} tests="{len(own)}" failures="{bad}">')
        for run in own:
            file, line = run.place(run.outcome.example.title.span)
            print(
                f"    <testcase classname={_attribute(file)} name={_attribute(run.title)} file={_attribute(file)}"
                f' line="{line}" time="{run.seconds:.3f}"' + ("/>" if run.outcome.passed else ">")
            )
            for at, number, expected, got in run.failures():
                text = f"{at}:{number}: ventet {expected}, fikk {got}"
                print(f"      <failure message={_attribute(text)}/>")
            if not run.outcome.passed:
                print("    </testcase>")
        print("  </testsuite>")
    print("</testsuites>")


def _attribute(text: str) -> str:
    """An attribute value; control characters are no part of XML."""
    return quoteattr("".join(c if c.isprintable() else "�" for c in text))
