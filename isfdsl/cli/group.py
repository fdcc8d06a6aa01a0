"""The command ``isf`` itself: commands are imported when they are called for; wrong usage is explained in bokmål."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from isfdsl.cli.main import COMMANDS, USAGE
from isfdsl.collector import uncollected

HELP = """Norges regelverk for innsatsstyrt finansiering (ISF) som kjørbar tekst.

    REGELVERK er en mappe med .isf-filer, eller flere satt sammen med «+».

    \b
    Begynn slik:
      isf check rules/2020
      isf run rules/2020+assumptions/2020 examples/2020 --out ut/2020
      isf explain rules/2020+assumptions/2020 examples/2020 E2020-0001

    «isf KOMMANDO --help» viser hva en kommando gjør, med eksempler.
"""
EXIT_CODES = "Sluttkoder: 0 ferdig, 1 feil i regelverk eller data, 2 feil bruk, 3 feil i isfdsl."
SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class LazyGroup(click.Group):
    """Commands by name, from modules that are imported when the command is called for."""

    def __init__(self, *args: Any, members: tuple[tuple[str, str, str], ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = {name: (module, words) for name, module, words in members}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order they are listed."""
        return list(self.members)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in self.members:
            return None
        module, _, attribute = self.members[cmd_name][0].partition(":")
        with uncollected():
            found: click.Command = getattr(import_module(module), attribute or "command")
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list, from what is known without importing anything."""
        with formatter.section("Kommandoer"):
            formatter.write_dl([(name, words) for name, (_, words) in self.members.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of the first argument; the nearest is offered when there is none."""
        name = args[0]
        if name not in self.members and not name.startswith("-") and not ctx.resilient_parsing:
            from isfdsl.diagnostics.nearest import nearest

            near = nearest(name, self.members)
            raise click.UsageError(f"ukjent kommando «{name}»" + (f"; mente du «{near[0]}»?" if near else ""), ctx)
        return super().resolve_command(ctx, args)


def app() -> click.Group:
    """The command ``isf``."""
    group = LazyGroup(
        name="isf",
        help=HELP,
        epilog=EXIT_CODES,
        members=COMMANDS,
        context_settings=SETTINGS,
        options_metavar="[VALG]",
        subcommand_metavar="KOMMANDO …",
        no_args_is_help=False,
        invoke_without_command=True,
        callback=_bare,
    )
    group.params.append(
        click.Option(
            ["--version", "-V"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_version,
            help="Vis versjonen.",
        )
    )
    group.params.append(
        click.Option(
            ["--debug"], is_flag=True, expose_value=False, help="Vis hvor det stoppet ved en feil i isfdsl, uten data."
        )
    )
    return group


@click.pass_context
def _bare(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        import isfdsl

        click.echo(f"isfdsl {isfdsl.__version__}")
        ctx.exit(0)


def usage_error(error: click.ClickException) -> int:
    """Say what is wrong with the command line, how it is used, and where the help is."""
    lines = [f"feil: {_message(error)}"]
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    if ctx is not None:
        lines += [ctx.get_usage(), f"Hjelp: {ctx.command_path} --help"]
    print("\n".join(lines), file=sys.stderr)
    return USAGE


def _message(error: click.ClickException) -> str:
    match error:
        case click.NoSuchOption(option_name=name, ctx=ctx):
            from isfdsl.diagnostics.nearest import nearest

            known = [o for p in ctx.command.get_params(ctx) for o in (*p.opts, *p.secondary_opts)] if ctx else []
            near = nearest(name, [o for o in known if o.startswith("--")])
            text = f"ukjent valg «{name}»" + (f"; mente du «{near[0]}»?" if near else "")
        case click.MissingParameter(param=param, ctx=ctx) if param is not None:
            what = "argumentet" if isinstance(param, click.Argument) else "valget"
            shown = param.human_readable_name if isinstance(param, click.Argument) else param.opts[-1]
            if isinstance(param, click.Argument) and param.metavar:
                shown = param.metavar
            text = f"mangler {what} {shown.removesuffix('...').removesuffix('…')}"
        case click.BadParameter(param=param) if param is not None:
            shown = param.metavar or param.human_readable_name if isinstance(param, click.Argument) else param.opts[-1]
            text = f"{shown}: {error.message}"
        case _:
            text = error.format_message()
    return text.rstrip(".")
