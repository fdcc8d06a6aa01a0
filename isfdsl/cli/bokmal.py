"""click's own words in bokmål.

click asks gettext for every sentence a person sees, under the name ``_`` or ``ngettext`` in each of its modules.
``install`` puts a table there. ``tests/cli/test_bokmal.py`` reads the sentences out of the installed click and proves
that none is missing here.
"""

from __future__ import annotations

import sys

# What the user meets, in every click from 8.1 on.
WORDS = {
    "(Deprecated) {text}": "(på vei ut) {text}",
    "(dynamic)": "(beregnes)",
    "Aborted!": "Avbrutt.",
    "Argument {name!r} takes {nargs} values.": "Argumentet {name} skal ha {nargs} verdier.",
    "Choose from:\n\t{choices}": "Velg blant:\n\t{choices}",
    "Choice({choices})": "valg mellom {choices}",
    "Commands": "Kommandoer",
    "Confirm the action without prompting.": "Utfør uten å spørre.",
    "Could not open file {filename!r}: {message}": "kan ikke åpne «{filename}»: {message}",
    "DeprecationWarning: The command {name!r} is deprecated.": "Kommandoen «{name}» er på vei ut.",
    "DeprecationWarning: The command {name!r} is deprecated.{extra_message}": (
        "Kommandoen «{name}» er på vei ut.{extra_message}"
    ),
    "DeprecationWarning: The {param_type} {name!r} is deprecated.{extra_message}": (
        "Valget «{name}» er på vei ut.{extra_message}"
    ),
    "Do you want to continue?": "Vil du fortsette?",
    "Error: invalid input": "Feil: ugyldig svar",
    "Error: The two entered values do not match.": "Feil: de to svarene er ulike.",
    "Error: The value you entered was invalid.": "Feil: ugyldig svar.",
    "Error: {e.message}": "Feil: {e.message}",
    "Error: {message}": "Feil: {message}",
    "Invalid start character for option ({option})": "et valg kan ikke begynne slik: {option}",
    "Invalid value for {param_hint}: {message}": "ugyldig verdi for {param_hint}: {message}",
    "Invalid value: {message}": "ugyldig verdi: {message}",
    "Missing argument": "mangler argumentet",
    "Missing command.": "mangler en kommando.",
    "Missing option": "mangler valget",
    "Missing parameter": "mangler",
    "Missing parameter: {param_name}": "mangler {param_name}",
    "Missing {param_type}": "mangler {param_type}",
    "No such command {name!r}.": "ukjent kommando «{name}».",
    "No such option {name!r}.": "ukjent valg «{name}».",
    "No such option: {name}": "ukjent valg «{name}»",
    "Option {name!r} does not take a value.": "valget {name} tar ingen verdi.",
    "Options": "Valg",
    "Positional arguments": "Argumenter",
    "Press any key to continue...": "Trykk en tast for å gå videre …",
    "Repeat for confirmation": "Gjenta for å bekrefte",
    "Show the version and exit.": "Vis versjonen.",
    "Show this message and exit.": "Vis denne hjelpen.",
    "Try '{command} {option}' for help.": "Hjelp: {command} {option}",
    "Unknown standard stream '{name}'": "ukjent standardstrøm «{name}»",
    "Usage:": "Bruk:",
    "Value must be an iterable.": "verdien må være en liste.",
    "%(prog)s, version %(version)s": "%(prog)s %(version)s",
    "d": "d",
    "default: {default}": "standard: {default}",
    "deprecated": "på vei ut",
    "directory": "mappe",
    "env var: {var}": "miljøvariabel: {var}",
    "file": "fil",
    "path": "sti",
    "required": "må oppgis",
    "unknown error": "ukjent feil",
    "{editor}: Editing failed": "{editor}: redigeringen mislyktes",
    "{editor}: Editing failed: {e}": "{editor}: redigeringen mislyktes: {e}",
    "{name} {filename!r} does not exist.": "{name} «{filename}» finnes ikke.",
    "{text} {deprecated_message}": "{text} {deprecated_message}",
    "{name} '{filename}' is a directory.": "{name} «{filename}» er en mappe.",
    "{name} {filename!r} is a directory.": "{name} «{filename}» er en mappe.",
    "{name} {filename!r} is a file.": "{name} «{filename}» er en fil.",
    "{name} {filename!r} is not executable.": "{name} «{filename}» kan ikke kjøres.",
    "{name} {filename!r} is not readable.": "{name} «{filename}» kan ikke leses.",
    "{name} {filename!r} is not writable.": "{name} «{filename}» kan ikke skrives.",
    "{value!r} is not a valid UUID.": "«{value}» er ikke en UUID.",
    "{value!r} is not a valid boolean.": "«{value}» er verken ja eller nei.",
    "{value!r} is not a valid boolean. Recognized values: {states}": "«{value}» er ikke en av {states}.",
    "{value!r} is not a valid {number_type}.": "«{value}» er ikke et gyldig tall.",
    "{value} is not in the range {range}.": "{value} er utenfor området {range}.",
    "Couldn't detect Bash version, shell completion is not supported.": "fullføring krever at Bash sier sin versjon.",
    "Shell completion is not supported for Bash versions older than 4.4.": "fullføring krever Bash 4.4 eller nyere.",
}

# Singular → (singular, plural).
COUNTED = {
    "Did you mean {possibility}?": ("Mente du {possibility}?", "Mente du en av {possibilities}?"),
    "Got unexpected extra argument ({args})": ("for mange argumenter: {args}", "for mange argumenter: {args}"),
    "Option {name!r} requires an argument.": ("valget {name} må ha en verdi.", "valget {name} må ha {nargs} verdier."),
    "Takes {nargs} values but 1 was given.": (
        "skal ha {nargs} verdier, fikk 1.",
        "skal ha {nargs} verdier, fikk {len}.",
    ),
    "{len_type} values are required, but {len_value} was given.": (
        "skal ha {len_type} verdier, fikk {len_value}.",
        "skal ha {len_type} verdier, fikk {len_value}.",
    ),
    "{value!r} does not match the format {format}.": (
        "«{value}» har ikke formen {format}.",
        "«{value}» har ingen av formene {formats}.",
    ),
    "{value!r} is not {choice}.": ("«{value}» er ikke {choice}.", "«{value}» er ikke en av {choices}."),
}


def _one(message: str) -> str:
    return WORDS.get(message, message)


def _counted(singular: str, plural: str, n: int) -> str:
    words = COUNTED.get(singular, (singular, plural))
    return words[0] if n == 1 else words[1]


def install() -> None:
    """From now on click speaks bokmål in this process."""
    for name, module in list(sys.modules.items()):
        if name.startswith("click."):
            for old, new in (("_", _one), ("ngettext", _counted)):
                if callable(getattr(module, old, None)):
                    setattr(module, old, new)
