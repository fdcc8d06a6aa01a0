"""Bytes → text, whatever the character set; and values without the signs that do not belong in them."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from attrs import define

from isfdsl.diagnostics.importing import UnreadableFile
from isfdsl.importers.report import Recorder

_PACKED = ((b"\x1f\x8b", "gzip"), (b"PK\x03\x04", "zip"))
MAX_LINE = 1 << 20
MAX_CELL = 1 << 17

SEPARATORS = (";", "\t", ",", "|")

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\ufeff]")


def decode(data: bytes, file: str, recorder: Recorder) -> str | None:
    """Text of a file: by its byte order mark, else UTF-8, else UTF-16 without mark, else Windows-1252.

    ``None`` when it is no text; the reason is recorded.
    """
    packed = next((name for magic, name in _PACKED if data.startswith(magic)), None)
    if packed is not None:
        hint = "pakk den ut, og importer det som er i den"
        recorder.problem(UnreadableFile(file=file, reason=f"den er pakket ({packed})", hint=hint))
        return None
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            recorder.add("byte_order_mark", file)
            if encoding != "utf-8":
                recorder.add("tegnsett", f"{file}: UTF-16")
                return data[len(mark) :].decode(encoding, errors="replace")
            data = data[len(mark) :]
            break
    head = data[:200]
    if len(head) >= 4 and head.count(0) > len(head) // 4:
        recorder.add("tegnsett", f"{file}: UTF-16")
        return data.decode("utf-16-le" if head[1] == 0 else "utf-16-be", errors="replace")
    null = data.find(b"\0")
    if null >= 0:
        row = data.count(b"\n", 0, null) + 1
        recorder.problem(UnreadableFile(file=file, row=row, reason="den har nulltegn i seg og er ikke en tekstfil"))
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("cp1252")
        recorder.add("tegnsett", f"{file}: Windows-1252")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
        recorder.add("tegnsett", f"{file}: ISO 8859-1")
    return text


@define
class Cleaner:
    """Takes blanks and control characters out of values, and counts what it took."""

    recorder: Recorder

    def clean(self, value: str, file: str, row: int) -> str:
        """The value without control characters and without blanks around it."""
        if value.isalnum() or not value:
            return value
        if not value.isprintable() and _CONTROL.search(value):
            self.recorder.add("styretegn", f"{file}, rad {row}", len(_CONTROL.findall(value)))
            return _CONTROL.sub(" ", value).strip()
        stripped = value.strip()
        if len(stripped) != len(value):
            self.recorder.add("blanke_rundt", f"{file}, rad {row}: «{value}»")
        return stripped


def long_line(text: str, file: str, recorder: Recorder) -> bool:
    """Whether a line is longer than any row, which is then recorded. Line ends are line feeds."""
    start, row = 0, 1
    while len(text) - start > MAX_LINE:
        # The last line end within reach: what lies before it has only short lines.
        end = text.rfind("\n", start, start + MAX_LINE + 1)
        if end < 0:
            reason = f"linjen har mer enn {MAX_LINE} tegn"
            recorder.problem(UnreadableFile(file=file, row=row, reason=reason))
            return True
        row += text.count("\n", start, end + 1)
        start = end + 1
    return False


def csv_rows(text: str, separator: str) -> Any:
    """A reader of a text's rows; its ``line_num`` says where it is. Raises ``csv.Error``, see ``csv_reason``."""
    csv.field_size_limit(MAX_CELL)  # of the module: others may have set it
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator)


def csv_reason(error: csv.Error) -> str:
    """What the csv module says, in bokmål."""
    text = str(error)
    if "field larger" in text:
        return f"en celle har mer enn {MAX_CELL} tegn; et anførselstegn mangler trolig"
    if "unexpected end of data" in text:
        return "et anførselstegn har ingen ende"
    return "anførselstegnene passer ikke sammen"
