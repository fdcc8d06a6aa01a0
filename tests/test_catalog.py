"""Every code has a page, every page a code, and all pages have the same shape."""

from __future__ import annotations

import re

import pytest

from isfdsl import diagnostics
from isfdsl.diagnostics import catalog
from tests import catalog_problems

REGISTRY = diagnostics.load_all()


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert sorted(REGISTRY) == list(catalog.codes())


@pytest.mark.parametrize("code", catalog.codes())
def test_page_has_its_shape(code: str) -> None:
    page = catalog.read_page(code)
    assert len(page.sections) == len(catalog.SECTIONS)
    if code in REGISTRY:
        assert page.slug == REGISTRY[code].slug


@pytest.mark.parametrize("code", sorted(REGISTRY))
def test_code_and_slug_are_well_formed(code: str) -> None:
    problem = REGISTRY[code]
    assert problem.code == code
    assert re.fullmatch(r"ISF[1-79]\d{3}", code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", problem.slug)
    assert problem.severity in ("feil", "advarsel", "merknad")


def test_no_two_codes_have_the_same_slug() -> None:
    slugs = [problem.slug for problem in REGISTRY.values()]
    assert sorted(slugs) == sorted(set(slugs))


@pytest.mark.golden
@pytest.mark.parametrize(("code", "example"), list(catalog_problems.examples()))
def test_the_example_is_what_the_tool_prints(code: str, example: str, update_golden: bool) -> None:
    if update_golden:
        catalog_problems.rewrite(code, example)
    assert catalog_problems.written(code) == example


def test_a_page_is_found_in_either_case_and_only_by_its_code() -> None:
    assert catalog.page("isf2001") == catalog.page("ISF2001")
    for code in ("ISF0000", "", "../catalog/ISF2001", "ISF2001.md"):
        with pytest.raises(KeyError):
            catalog.page(code)
