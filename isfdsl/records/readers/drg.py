"""NordDRG case strings (``*.drg``) as records: hands each line to ``drg_string`` and passes the answer on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from isfdsl.diagnostics.record_files import CutInRow
from isfdsl.records.drg_string import FIELDS, DrgReject, parse_line
from isfdsl.records.faults import FileFault
from isfdsl.records.readers.extra import Aside, ExtraReader, ExtraRow
from isfdsl.records.readers.text import Lines, open_text


def drg_reader(post: str) -> ExtraReader:
    """A reader that gives every line as a record of ``post``, whose fields are those of ``DrgCase``."""

    def rows(path: Path, fil: str) -> Iterator[ExtraRow]:
        with open_text(path, fil) as text:
            lines = Lines(text, fil)
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                case = parse_line(line, number)
                if isinstance(case, DrgReject):
                    # A whole string, with something else wrong, is not what a cut file ends in.
                    if lines.unended and number > 1 and line.count(",") < FIELDS - 1:
                        raise FileFault(CutInRow(fil=fil, linje=number))
                    yield post, number, Aside(case.problem, case.kasus_id)
                else:
                    yield post, number, case

    return rows
