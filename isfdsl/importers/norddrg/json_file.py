"""JSON with the flaws of the files in use → raw tables."""

from __future__ import annotations

import json
import re
from pathlib import Path

from isfdsl.diagnostics.import_tables import DuplicateColumn
from isfdsl.diagnostics.importing import BrokenJson, TruncatedFile, UnreadableFile
from isfdsl.importers.norddrg import columns
from isfdsl.importers.norddrg.raw import RawTable
from isfdsl.importers.report import Recorder
from isfdsl.importers.texts import Cleaner, decode

# A whole string is matched first and put back as it is, so no comma inside a string is ever seen by the second branch.
_STRING_OR_COMMA = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+")|,(?=\s*+[}\]])', re.DOTALL)


MAX_ITEMS = 2_000_000
"""A national year has some 160,000 rows. Each one takes many times its text in memory."""


def repair_commas(text: str) -> tuple[str, int]:
    """Take out commas in front of ``}`` and ``]``; line ends stay, so line numbers hold. Gives text and count."""
    count = 0

    def put_back(match: re.Match[str]) -> str:
        nonlocal count
        string: str | None = match.group(1)
        if string is not None:
            return string
        count += 1
        return ""

    repaired = _STRING_OR_COMMA.sub(put_back, text)
    return repaired, count


def read_json(path: Path, recorder: Recorder) -> list[RawTable]:
    """Every table of a JSON file; problems are recorded."""
    file = path.name
    decoded = decode(path.read_bytes(), file, recorder)
    if decoded is None:
        return []
    if decoded.count("{") + decoded.count("[") > MAX_ITEMS:
        reason = f"den har mer enn {MAX_ITEMS} rader eller lister"
        recorder.problem(UnreadableFile(file=file, reason=reason, hint="kontroller at filen er et tabellsett"))
        return []
    text, commas = repair_commas(decoded)
    if commas:
        recorder.add("komma_foran_slutt", file, commas)
    repeated: list[str] = []

    def as_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
        result = dict(pairs)
        if len(result) != len(pairs):
            keys = [key for key, _ in pairs]
            repeated.extend(key for key in result if keys.count(key) > 1)
        return result

    try:
        data = json.loads(text, strict=False, object_pairs_hook=as_object)
    except json.JSONDecodeError as error:
        at_end = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        if at_end:
            recorder.problem(TruncatedFile(file=file, row=error.lineno))
        else:
            recorder.problem(BrokenJson(file=file, line=error.lineno, reason=_in_norwegian(error.msg)))
        return []
    except (RecursionError, ValueError):
        recorder.problem(UnreadableFile(file=file, reason="innholdet er ikke et tabellsett"))
        return []
    for key in dict.fromkeys(repeated):
        recorder.problem(DuplicateColumn(file=file, column=key))
    if not isinstance(data, dict):
        recorder.problem(UnreadableFile(file=file, reason="ytterst må det stå et objekt med tabellene"))
        return []
    cleaner = Cleaner(recorder)
    raws: list[RawTable] = []
    for key, value in data.items():
        name = columns.stem(cleaner.clean(key, file, 1))
        if not any(name in names for names in (*columns.TABLE_NAMES.values(), columns.TEXT_TABLES)):
            recorder.add("ukjent_fil", f"{file}#{key}")
            continue
        shown = f"{file}#{name}"
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            recorder.problem(UnreadableFile(file=shown, reason="tabellen må være en liste av objekter"))
            continue
        raw = _table(name, shown, value, cleaner)
        if raw is not None:
            raws.append(raw)
    return raws


def _table(name: str, file: str, objects: list[dict[str, object]], cleaner: Cleaner) -> RawTable | None:
    keys: dict[str, str] = {}
    for row, item in enumerate(objects, 1):
        for key in item:
            if key not in keys:
                keys[key] = columns.heading(cleaner.clean(key, file, row))
            elif not key.isprintable():
                cleaner.clean(key, file, row)
    headings = tuple(dict.fromkeys(keys.values()))
    if not headings:
        return RawTable(name, file, (), [])
    spellings: dict[str, list[str]] = {heading: [] for heading in headings}
    for key, heading in keys.items():
        spellings[heading].append(key)
    rows: list[tuple[int, tuple[object, ...]]] = []
    if all(len(keys_of) == 1 for keys_of in spellings.values()):
        order = [spellings[heading][0] for heading in headings]
        rows = [(row, tuple([item.get(key) for key in order])) for row, item in enumerate(objects, 1)]
        return RawTable(name, file, headings, rows)
    for row, item in enumerate(objects, 1):
        cells: list[object] = []
        for heading in headings:
            present = [item[key] for key in spellings[heading] if key in item]
            if len(present) > 1:
                cleaner.recorder.problem(DuplicateColumn(file=file, row=row, column=heading))
                return None
            cells.append(present[0] if present else None)
        rows.append((row, tuple(cells)))
    return RawTable(name, file, headings, rows)


def _in_norwegian(message: str) -> str:
    for start, text in (
        ("Expecting ',' delimiter", "det mangler et komma"),
        ("Expecting ':' delimiter", "det mangler et kolon etter navnet"),
        ("Expecting property name", "her skulle det stå et navn i anførselstegn"),
        ("Expecting value", "her skulle det stå en verdi"),
        ("Invalid \\escape", "omvendt skråstrek foran et tegn som ikke kan ha det"),
        ("Invalid \\uXXXX", "«\\u» må følges av fire heksadesimale sifre"),
        ("Extra data", "det står noe etter slutten"),
    ):
        if message.startswith(start):
            return text
    return "ikke gyldig JSON"
