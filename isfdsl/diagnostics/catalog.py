"""The long explanation of each code, one Markdown page per code in ``catalog/``.

A page has a title, ``# ISF2001 ukjent-navn``, and four sections in a fixed order, so that readers find the
same thing in the same place.
"""

from __future__ import annotations

from importlib.resources import files

from attrs import frozen

SECTIONS = ("Hva det betyr", "Hvorfor det er feil", "Eksempel", "Slik rettes det")

_PAGES = files("isfdsl.diagnostics") / "catalog"


@frozen
class Page:
    """A page taken apart: ``sections`` has the texts in the order of ``SECTIONS``."""

    code: str
    slug: str
    sections: tuple[str, ...]


def codes() -> tuple[str, ...]:
    """Every code that has a page, sorted."""
    names = (entry.name for entry in _PAGES.iterdir())
    return tuple(sorted(name.removesuffix(".md") for name in names if name.endswith(".md")))


def page(code: str) -> str:
    """The page of ``code`` as Markdown, upper or lower case; ``KeyError`` when there is none."""
    wanted = code.upper()
    # Looked up in the list and not opened by name: what the user typed is never part of a path.
    if wanted not in codes():
        raise KeyError(code)
    return (_PAGES / f"{wanted}.md").read_text(encoding="utf-8")


def read_page(code: str) -> Page:
    """The page of ``code`` taken apart; ``ValueError`` tells what is wrong with its shape."""
    title, *chunks = ("\n" + page(code)).split("\n## ")
    words = title.split()
    if len(words) != 3 or words[0] != "#" or words[1] != code.upper():
        raise ValueError(f"{code}.md: the title must be «# {code} slug» and nothing may stand under it")
    parts = [chunk.partition("\n") for chunk in chunks]
    headings = tuple(heading.strip() for heading, _, _ in parts)
    if headings != SECTIONS:
        raise ValueError(f"{code}.md: the sections must be {SECTIONS}, not {headings}")
    texts = tuple(text.strip() for _, _, text in parts)
    for heading, text in zip(headings, texts, strict=True):
        if not text:
            raise ValueError(f"{code}.md: the section «{heading}» is empty")
    return Page(words[1], words[2], texts)
