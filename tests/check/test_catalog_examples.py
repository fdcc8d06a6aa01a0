"""The examples of the catalog are true."""

from __future__ import annotations

import pytest

from tests.check.catalog_examples import examples, rewrite, written

OWN_EXAMPLE = {"ISF2001"}
"""Pages whose example shows more than a golden case does."""


@pytest.mark.golden
def test_examples(update_golden: bool) -> None:
    for code, example in examples():
        if code in OWN_EXAMPLE:
            continue
        if update_golden:
            rewrite(code, example)
        assert written(code) == example
