"""``isf fmt``: one canonical layout for every construct."""

from __future__ import annotations

from isfdsl.formatter.engine import FormatResult, format_source, format_tree
from isfdsl.formatter.files import FileOutcome, format_file

__all__ = ["FileOutcome", "FormatResult", "format_file", "format_source", "format_tree"]
