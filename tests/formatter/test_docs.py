"""What the language's own description shows can be formatted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from isfdsl.formatter import format_source
from isfdsl.source import Source
from isfdsl.syntax.parse import parse

DOCS = Path(__file__).parents[2] / "docs" / "language.md"
BLOCKS = re.findall(r"^```isf\n(.*?)^```", DOCS.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", BLOCKS, ids=lambda text: text.split("\n", 1)[0][:40])
def test_a_block_is_formatted_and_stays_so(text: str) -> None:
    if parse(Source("a.isf", text)).problems:
        pytest.skip("viser et utsnitt som ikke er hele deklarasjoner")
    once = format_source(Source("a.isf", text))
    assert once.problems == ()
    assert format_source(Source("a.isf", once.text)).text == once.text


def test_rows_of_other_cells_are_not_set_in_columns() -> None:
    """A reporting period that is unknown beside one that is known."""
    text = (
        "rapportering t1 2024-01-01 til 2024-04-30 første 2024-05-03 siste 2024-05-24\n"
        'rapportering tertial_2 ukjent "ikke oppgitt"\n'
    )
    assert format_source(Source("a.isf", text)).text == (
        "rapportering t1  2024-01-01 til 2024-04-30  første 2024-05-03  siste 2024-05-24\n"
        'rapportering tertial_2  ukjent "ikke oppgitt"\n'
    )
