"""Why a record got what it got, why it did not get something else, and what if it had been otherwise.

``explain``, ``why_not`` and ``whatif`` give documents; ``render_text`` and ``to_json`` show any of them. The JSON
Schemas lie beside this file.
"""

from __future__ import annotations

from typing import assert_never

from isfdsl.explain.answer_text import render_what_if, render_why_not
from isfdsl.explain.answers import WhatIf, WhyNot
from isfdsl.explain.case import Records, UnknownId
from isfdsl.explain.changes import Change, InvalidChange, parse_change
from isfdsl.explain.document import Explanation
from isfdsl.explain.encode import json_schema, to_json
from isfdsl.explain.explanation import explain
from isfdsl.explain.near_miss import UnknownGroup, parse_group, why_not
from isfdsl.explain.text import WIDTH, render_explanation
from isfdsl.explain.what_if import whatif

Document = Explanation | WhyNot | WhatIf


def render_text(document: Document, width: int = WIDTH, *, full: bool = False) -> str:
    """A document as text for a person. ``full`` leaves nothing out."""
    match document:
        case Explanation():
            return render_explanation(document, width, full=full)
        case WhyNot():
            return render_why_not(document, width, full=full)
        case WhatIf():
            return render_what_if(document, width, full=full)
        case _:
            assert_never(document)


__all__ = [
    "WIDTH",
    "Change",
    "Document",
    "Explanation",
    "InvalidChange",
    "Records",
    "UnknownGroup",
    "UnknownId",
    "WhatIf",
    "WhyNot",
    "explain",
    "json_schema",
    "parse_change",
    "parse_group",
    "render_text",
    "to_json",
    "whatif",
    "why_not",
]
