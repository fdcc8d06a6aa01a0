"""``isf``: the list of commands, and what happens when one of them ends.

Nothing but the standard library is imported here before the command is known, so that ``isf --help`` is quick.

Exit codes: 0 done, 1 findings of error rank, 2 wrong usage, 3 an error in isfdsl, 130 Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

# A command: its name, the module whose ``command`` it is, and what ``isf --help`` says of it.
COMMANDS = (
    ("check", "isfdsl.cli.check", "Finn feil og mangler i et regelverk."),
    ("fmt", "isfdsl.cli.fmt", "Skriv regelverkstekst i fast form."),
    ("run", "isfdsl.cli.run", "Grupper data og regn ut poeng og kroner."),
    ("explain", "isfdsl.cli.explain", "Forklar hvorfor en registrering fikk resultatet sitt."),
    ("whatif", "isfdsl.cli.whatif", "Endre et felt i en registrering og grupper på nytt."),
    ("test", "isfdsl.cli.test", "Kjør eksemplene i et regelverk."),
    ("diff", "isfdsl.cli.diff", "Vis hva som er endret mellom to regelverk."),
    ("sources", "isfdsl.cli.sources", "Vis hvilke kilder, regler og eksempler som hører sammen."),
    ("schema", "isfdsl.cli.schema", "Vis hvilke data et regelverk leser."),
    ("sample", "isfdsl.cli.sample", "Lag syntetiske data til et regelverk."),
    ("import", "isfdsl.cli.imports", "Gjør offisielle tabeller om til regelverkstekst."),
    ("explain-code", "isfdsl.cli.explain_code", "Forklar en feilkode, for eksempel ISF2001."),
)

DONE, FINDINGS, USAGE, INTERNAL, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141


def main(args: Sequence[str] | None = None) -> int:
    """Run one command and give the exit code. Nothing escapes from here."""
    given = list(sys.argv[1:] if args is None else args)
    debug = _debug(given)
    try:
        from isfdsl.cli import terminal

        terminal.prepare()
        code = _command(given)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        import atexit
        import signal

        # What Ctrl-C does on the way out: nothing more, so that the exit code is ours and not the signal's.
        atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
        _say("\nAvbrutt.")
        return INTERRUPTED
    except BrokenPipeError:
        return _pipe_closed()
    except OSError as error:
        return _system_error(error, debug)
    except Exception as error:
        return _internal_error(error, debug)


def _debug(args: list[str]) -> bool:
    """Take ``--debug`` out of the arguments, wherever it stands before ``--``."""
    end = args.index("--") if "--" in args else len(args)
    found = "--debug" in args[:end]
    args[:end] = [a for a in args[:end] if a != "--debug"]
    return found or os.environ.get("ISFDSL_DEBUG", "0") not in ("", "0")


def _command(args: list[str]) -> int:
    from isfdsl.collector import uncollected

    with uncollected():
        import click

        from isfdsl.cli import bokmal
        from isfdsl.cli.group import app, usage_error

    bokmal.install()
    if "_ISF_COMPLETE" in os.environ:  # the shell asks what may follow
        app().main(args, prog_name="isf")
    try:
        # Not click's main(): it has its own mind about closed pipes, Ctrl-C and exit codes.
        group = app()
        with group.make_context("isf", args) as ctx:
            group.invoke(ctx)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.exceptions.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        return usage_error(error)
    return DONE


def _pipe_closed() -> int:
    """The reader has gone, as in ``isf schema … | head -1``: no error, nothing to say."""
    # Python flushes stdout once more on the way out; let that go nowhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PIPE_CLOSED


def _system_error(error: OSError, debug: bool) -> int:
    """What no command has caught: most often that stdout is a file on a full disk."""
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO) and error.filename is None:
        _discard_stdout()
        _say("feil: fikk ikke skrevet ut resultatet: det er ikke plass, eller disken svarer ikke")
        return FINDINGS
    return _internal_error(error, debug)


def _discard_stdout() -> None:
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return


def _internal_error(error: Exception, debug: bool) -> int:
    """Our bug. Messages of exceptions may hold values from the records, so only places and types are shown."""
    import traceback

    if isinstance(error, MemoryError):
        _say("feil: det er ikke nok minne til dette; prøv med mindre data om gangen")
        return INTERNAL
    frames = traceback.extract_tb(error.__traceback__)
    own = next((f for f in reversed(frames) if "isfdsl" in f.filename), frames[-1])
    place = f"{os.path.basename(os.path.dirname(own.filename))}/{os.path.basename(own.filename)}:{own.lineno}"
    _say(f"Beklager, dette er en feil i isfdsl og ikke i det du ga det ({type(error).__name__} i {place}).")
    if not debug:
        _say("Kjør én gang til med --debug, og send utskriften til dem som har laget isfdsl. Den viser ingen data.")
        return INTERNAL
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in chain:
        chain.append(at)
        at = at.__cause__ or at.__context__
    for one in reversed(chain):
        _say("".join(traceback.format_tb(one.__traceback__)) + type(one).__name__)
    return INTERNAL


def _say(text: str) -> None:
    try:
        print(text, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        return


def isf() -> None:
    """The command ``isf``. Taking down a large regelverk object by object takes a tenth of a second: we just leave."""
    import atexit
    import contextlib

    code = main()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # main has said what there was to say
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    isf()
