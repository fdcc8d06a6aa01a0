"""``isf fmt``: one canonical layout."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from isfdsl.cli import common
from isfdsl.cli.terminal import plural

STDIN = "-"
STDIN_SHOWN = "standard inn"


@click.command("fmt", **common.SETTINGS)
@click.argument("paths", metavar="STI...", nargs=-1, required=True)
@click.option("--check", "check", is_flag=True, help="Skriv ingenting; sluttkode 1 når noe ikke har fast form.")
@click.option("--diff", "diff", is_flag=True, help="Skriv ingenting; vis hva som ville bli endret.")
def command(paths: tuple[str, ...], check: bool, diff: bool) -> None:
    """Skriv regelverkstekst i fast form.

    STI er en fil, en mappe (alle .isf-filer i den), flere av dem satt sammen med «+», eller «-» for å lese
    standard inn og skrive standard ut. Meningen endres aldri: teksten leses på nytt og sammenlignes før
    filen byttes ut. En fil med språkfeil blir stående som den er.

    \b
    Eksempler:
      isf fmt rules/2020
      isf fmt --check rules
      isf fmt --diff rules/2020/drg_logikk.isf
      isf fmt - < utkast.isf
    """
    if STDIN in paths:
        if len(paths) > 1:
            common.wrong_usage("«-» må stå alene")
        common.finish(_stdin(check, diff))
    changed = failed = same = code = 0
    for path in _files(paths):
        from isfdsl.formatter import format_file

        outcome = format_file(path, check=check, diff=diff)
        if outcome.problems:
            from isfdsl.syntax.parse import read_text

            failed += 1
            code = max(code, common.exit_code(outcome.problems))
            common.show_problems(outcome.problems, {str(path): read_text(path, str(path))[0]})
        elif outcome.changed:
            changed += 1
            sys.stdout.write(outcome.diff_text)
            if check or not diff:
                common.say(f"{'ikke i fast form' if check or diff else 'skrevet om'}: {path}")
        else:
            same += 1
    words = "ville blitt skrevet om" if check or diff else "skrevet om"
    parts = [f"{plural(changed, 'fil', 'filer')} {words}", f"{same} uendret"]
    common.say(", ".join([*parts, *([f"{failed} med feil"] if failed else [])]))
    if code or (check and changed):
        common.finish(code or common.FINDINGS)


def _files(paths: tuple[str, ...]) -> list[Path]:
    """The files, each once; when a path can't be read nothing at all is formatted."""
    from isfdsl.diagnostics.base import Problem
    from isfdsl.syntax.files import find_files

    files: dict[Path, None] = {}
    problems: list[Problem] = []
    for part in (part.strip() for path in paths for part in path.split("+")):
        found = find_files(Path(part))
        if isinstance(found, list):
            files.update(dict.fromkeys(found))
        else:
            problems.append(found)
    if problems:
        common.show_problems(problems, {})
        common.finish(common.FINDINGS)
    return list(files)


def _stdin(check: bool, diff: bool) -> int:
    from isfdsl.formatter import format_source
    from isfdsl.syntax.parse import decode

    data = sys.stdin.buffer.read()
    source, problems = decode(data, STDIN_SHOWN)
    if not any(p.severity == "feil" for p in problems):
        result = format_source(source)
        if not result.problems:
            changed = result.text.encode("utf-8") != data
            if diff:
                import difflib

                old, new = data.decode("utf-8", "replace").splitlines(), result.text.splitlines()
                lines = difflib.unified_diff(old, new, STDIN_SHOWN, f"{STDIN_SHOWN} (formatert)", lineterm="")
                sys.stdout.writelines(f"{line}\n" for line in lines)
            elif not check:
                sys.stdout.write(result.text)
            return common.FINDINGS if check and changed else 0
        problems = result.problems
    common.show_problems(problems, {STDIN_SHOWN: source})
    return common.exit_code(problems)
