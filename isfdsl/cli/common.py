"""What several commands need: their arguments, and a regelverk or the reasons why there is none."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from isfdsl.cli import terminal
from isfdsl.cli.main import FINDINGS, INTERNAL, USAGE
from isfdsl.collector import staying

if TYPE_CHECKING:
    from isfdsl.api import Regelverk
    from isfdsl.diagnostics.base import Problem
    from isfdsl.explain import Document
    from isfdsl.records.readers import ReadResult
    from isfdsl.records.record import Reject
    from isfdsl.source import Source

# Generic in newer versions of click only.
if TYPE_CHECKING:
    _NumberType = click.ParamType[int]
else:
    _NumberType = click.ParamType

F = TypeVar("F", bound=Callable[..., Any])


class Command(click.Command):
    """A command that says how it is used also when the error is found while the options are taken apart."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, but the error knows its command."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise


# Click would write «[OPTIONS]» in the line that shows how a command is used.
SETTINGS: dict[str, Any] = {"cls": Command, "options_metavar": "[VALG]"}


def ruleset_argument(function: F) -> F:
    """One REGELVERK."""
    return click.argument("regelverk", metavar="REGELVERK")(function)


def rulesets_argument(function: F) -> F:
    """One or more REGELVERK."""
    return click.argument("regelverk", metavar="REGELVERK...", nargs=-1, required=True)(function)


def input_argument(function: F) -> F:
    """The folder or file of data."""
    return click.argument("inndata", metavar="INNDATA")(function)


def format_option(*choices: str) -> Callable[[F], F]:
    """``--format``; the first choice is the standard."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(choices),
        default=choices[0],
        show_default=True,
        metavar="|".join(choices),
        help="Hva utskriften er.",
    )


class WholeNumber(_NumberType):
    """A whole number within bounds. Click's own says «x>=1» in the help."""

    name = "heltall"

    def __init__(self, low: int, high: int | None = None) -> None:
        self.low = low
        self.high = high

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number, or a sentence about what it must be."""
        try:
            number = int(value)
        except ValueError:
            self.fail(f"«{value}» er ikke et heltall", param, ctx)
        if number < self.low or (self.high is not None and number > self.high):
            bounds = f"minst {self.low}" if self.high is None else f"fra {self.low} til {self.high}"
            self.fail(f"{number} skal være {bounds}", param, ctx)
        return number


class Gigabytes(_NumberType):
    """A number of gigabytes, given as bytes."""

    name = "gigabyte"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The bytes, or a sentence about what it must be."""
        try:
            number = float(str(value).replace(",", "."))
        except ValueError:
            self.fail(f"«{value}» er ikke et tall", param, ctx)
        if not 0 < number < 1e9:
            self.fail(f"{value} skal være større enn 0", param, ctx)
        return int(number * 1e9)


def post_option(function: F) -> F:
    """``--post``."""
    return click.option("--post", "post", metavar="NAVN", help="Posten det gjelder, når flere har samme ID.")(function)


def not_shown(n: int) -> str:
    """How many warnings and notes are left out."""
    return f"{n} {'advarsel eller merknad' if n == 1 else 'advarsler og merknader'} er ikke vist"


def known_post(rules: Regelverk, post: str | None) -> None:
    """End the command when there is no such post."""
    schemas = rules.schemas
    if post is not None and post not in schemas:
        from isfdsl.diagnostics.nearest import nearest

        near = nearest(post, schemas)
        hint = f"; mente du «{near[0]}»?" if near else f"; postene er {', '.join(schemas) or 'ingen'}"
        wrong_usage(f"{rules.title} har ingen post «{post}»{hint}")


def finish(code: int) -> NoReturn:
    """End the command with an exit code."""
    raise click.exceptions.Exit(code)


def exit_code(problems: Iterable[Problem]) -> int:
    """What problems mean for the exit code."""
    errors = [p.code for p in problems if p.severity == "feil"]
    return INTERNAL if any(code.startswith("ISF9") for code in errors) else FINDINGS if errors else 0


def wrong_usage(text: str) -> NoReturn:
    """End the command: it can't be used like this."""
    raise click.UsageError(text, click.get_current_context())


def write_json(document: object) -> None:
    """A JSON document on stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")


def say(text: str) -> None:
    """A line on stderr, for what is not the result."""
    print(text, file=sys.stderr)


def show_problems(
    problems: Iterable[Problem], sources: Mapping[str, Source], *, suppressed: int = 0, err: bool = True
) -> None:
    """Problems as a person reads them."""
    from isfdsl.diagnostics.render import render

    stream = sys.stderr if err else sys.stdout
    width = max(40, terminal.width(stream) - 8)
    stream.write(render(problems, sources, color=terminal.color(stream), width=width, suppressed=suppressed))


def load(spec: str) -> Regelverk:
    """The checked regelverk; without it all its problems on stderr, and the command ends."""
    from isfdsl import api

    try:
        with staying():  # it is up to a million objects
            return api.load(spec)
    except api.RulesetError as error:
        found = error.findings
        errors = [p for p in found.problems if p.severity == "feil"]
        show_problems(errors, found.sources, suppressed=found.suppressed)
        if len(errors) < len(found.problems):
            say(f"{not_shown(len(found.problems) - len(errors))}; isf check viser dem")
    finish(FINDINGS)


def read(regelverk: Regelverk, path: str) -> ReadResult:
    """The data; with errors they are shown on stderr and the command ends. Warnings are shown, too."""
    found = regelverk.read(path)
    if found.problems:
        show_problems(found.problems, {})
    if not found.ok:
        finish(FINDINGS)
    return found


@contextmanager
def asked_for(data: ReadResult, record_id: str) -> Iterator[None]:
    """What was asked for may not be there: then a sentence on stderr, and the command ends."""
    from isfdsl.explain import InvalidChange, UnknownGroup, UnknownId

    try:
        yield
    except UnknownId as error:
        aside = next((r for r in data.rejects if r.record_id == record_id), None)
        say(f"feil: {error if aside is None else _aside(aside)}")
        finish(USAGE)
    except (UnknownGroup, InvalidChange) as error:
        say(f"feil: {error}")
        finish(USAGE)


def _aside(reject: Reject) -> str:
    place = f"{reject.fil}, rad {reject.rad}"
    return f"{reject.record_id} er satt til side og ikke gruppert ({place}): {reject.kode} {reject.melding}"


def show_document(document: Document, form: str, *, full: bool) -> None:
    """An explanation as text or JSON."""
    from isfdsl.explain import WIDTH, render_text, to_json

    if form == "json":
        write_json(to_json(document))
    else:
        cells = min(terminal.width(sys.stdout), WIDTH)
        sys.stdout.write(render_text(document, cells, full=full).rstrip("\n") + "\n")


__all__ = [
    "FINDINGS",
    "INTERNAL",
    "SETTINGS",
    "USAGE",
    "Command",
    "WholeNumber",
    "asked_for",
    "exit_code",
    "finish",
    "format_option",
    "input_argument",
    "load",
    "post_option",
    "read",
    "ruleset_argument",
    "rulesets_argument",
    "say",
    "show_document",
    "show_problems",
    "write_json",
    "wrong_usage",
]
