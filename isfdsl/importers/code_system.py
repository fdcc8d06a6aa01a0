"""A code system (CSV or Excel of codes and texts, perhaps with days) → one ``kodeverk``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from attrs import frozen

from isfdsl.diagnostics.import_content import ContradictingRows, UnwritableCode
from isfdsl.diagnostics.import_tables import MissingValue, ValueNotRead
from isfdsl.importers import isftext, values
from isfdsl.importers.output import MANIFEST, write_folder
from isfdsl.importers.report import ImportReport, Recorder
from isfdsl.importers.result import ImportResult
from isfdsl.importers.sheets import Line, Sheet, read_sheets

ALIASES = {
    "code": ("kode", "kodeverdi", "code", "verdi", "code_nat", "value", "id", "nr", "kode_id"),
    "text": (
        "tekst", "navn", "kodetekst", "betegnelse", "beskrivelse", "kodenavn", "text", "text_nat", "name",
        "description", "display", "title", "tittel",
    ),
    "start": ("gyldig_fra", "fra", "fra_dato", "fradato", "valid_from", "from", "start", "startdato"),
    "end": ("gyldig_til", "til", "til_dato", "tildato", "valid_to", "to", "slutt", "sluttdato"),
}  # fmt: skip


@frozen
class CodeLine:
    """A code with its text and the days it is valid."""

    code: str
    text: str
    start: dt.date | None
    end: dt.date | None


def import_code_system(
    source: Path | str,
    out: Path | str,
    *,
    name: str,
    title: str = "",
    open_: bool = False,
    kilde: str | None = None,
    force: bool = False,
) -> ImportResult:
    """Read codes and texts and write ``NAME.isf`` with one ``kodeverk`` in the folder ``out``.

    Closed unless ``open_``: only the listed codes are valid. The lines keep the order of the file.
    """
    path, target = Path(source), Path(out)
    recorder = Recorder()
    lines, rows = read_code_system(path, recorder)
    files: dict[str, str] = {}
    if not recorder.failed:
        written = isftext.writable(name)
        stem = isftext.plain_name(written).lower()
        files[f"{stem}.isf"] = emit_code_system(lines, written, title, open_, kilde or path.name)
        problem = write_folder(target, files, force=force)
        if problem is not None:
            recorder.problem(problem)
            files = {}
    report = ImportReport(
        source=str(source),
        form=path.suffix.lstrip(".").lower(),
        rows=rows,
        counts=recorder.counts(),
        problems=tuple(recorder.problems),
    )
    return ImportResult(report=report, out=target, files=(*files, MANIFEST) if files else ())


def read_code_system(path: Path, recorder: Recorder) -> tuple[tuple[CodeLine, ...], tuple[tuple[str, int], ...]]:
    """The codes in the order of the file, and (sheet, rows). Problems are recorded."""
    sheets = read_sheets(path, ALIASES, ("code", "text"), recorder)
    found: dict[str, tuple[CodeLine, Line]] = {}
    for sheet in sheets:
        for line in sheet.lines:
            own = _line(line, sheet, recorder)
            if own is None:
                continue
            first = found.setdefault(own.code.replace(".", ""), (own, line))
            if first[0] == own and first[1] is not line:
                recorder.add("lik_rad", f"{line.file}, rad {line.row}")
            elif first[0] != own:
                recorder.problem(ContradictingRows(file=line.file, row=line.row, subject=own.code, first=first[1].row))
    return tuple(own for own, _ in found.values()), tuple((sheet.file, len(sheet.lines)) for sheet in sheets)


def _line(line: Line, sheet: Sheet, recorder: Recorder) -> CodeLine | None:
    code = line.values["code"]
    if not code:
        recorder.problem(MissingValue(file=line.file, row=line.row, column=sheet.headings["code"]))
        return None
    if isftext.code(code) is None or " " in code:
        recorder.problem(UnwritableCode(file=line.file, row=line.row, column=sheet.headings["code"], text=code))
        return None
    days: list[dt.date | None] = []
    for column in ("start", "end"):
        text = line.values[column]
        own = values.day(text) if text and text.lower() not in values.NOTHING else None
        if own is None and text and text.lower() not in values.NOTHING:
            heading, expected = sheet.headings[column], "en dato som 2024-01-31 eller 31.01.2024"
            recorder.problem(ValueNotRead(file=line.file, row=line.row, column=heading, text=text, expected=expected))
            return None
        days.append(own)
    start, end = days
    if start is not None and end is not None and end < start:
        heading, expected = sheet.headings["end"], "en dag som ikke er før den første"
        recorder.problem(
            ValueNotRead(file=line.file, row=line.row, column=heading, text=line.values["end"], expected=expected)
        )
        return None
    # The last day that a calendar has means that no end is set.
    return CodeLine(code, line.values["text"], start, None if end is not None and end.year == 9999 else end)


def emit_code_system(lines: tuple[CodeLine, ...], name: str, title: str, open_: bool, kilde: str) -> str:
    """The declaration."""
    head = isftext.heading("kodeverk", isftext.name(name), isftext.quoted(title) if title else None)
    parts = [head + (" åpent" if open_ else ""), *isftext.clauses([("kilde", isftext.quoted(kilde))])]
    written = isftext.code_lines((isftext.code(line.code) or "", line.text) for line in lines)
    for text, line in zip(written, lines, strict=True):
        if line.start is not None:
            text += f"  fra {line.start.isoformat()}"
        if line.end is not None:
            text += f"{'  ' if line.start is None else ' '}til {line.end.isoformat()}"
        parts.append(text)
    return "\n".join(parts) + "\n"
