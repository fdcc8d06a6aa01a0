"""Explanations of the hip patients as people and programs get them; `--update-golden` rewrites the expected files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from isfdsl.explain import Document, explain, render_text, to_json, whatif, why_not
from isfdsl.records.record import Reject
from tests.explain.support import HERE, hip, rich

pytestmark = pytest.mark.golden
GOLDEN = HERE / "golden"


def check(path: Path, got: str, update: bool) -> None:
    """Compare with the expected file, or write it."""
    if update:
        path.write_text(got, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == got


def text(document: Document, *, full: bool = False) -> str:
    """The text without what changes from version to version."""
    return re.sub(r"isfdsl \S+\n", "isfdsl VERSJON\n", render_text(document, 100, full=full))


@pytest.mark.parametrize("asked", ["E1", "E2", "E3", "E4", "E5", "E6", "U1", "U3", "P1/HT03/E1", "P3/LS02/2024"])
def test_text(asked: str, update_golden: bool) -> None:
    document = explain(rich(), hip(), asked)
    check(GOLDEN / f"{asked.replace('/', '_')}.txt", text(document), update_golden)


def test_full_text(update_golden: bool) -> None:
    check(GOLDEN / "E2_full.txt", text(explain(rich(), hip(), "E2"), full=True), update_golden)


def test_rejected(update_golden: bool) -> None:
    reject = Reject("episode.csv", 7, "E9", "ISF6004", "ut er før inn", "episode", "E9")
    document = explain(rich(), hip(), "E9", rejects=[reject])
    check(GOLDEN / "E9_avvist.txt", text(document), update_golden)


@pytest.mark.parametrize(
    ("asked", "kind", "group"),
    [
        ("E2", "DRG", "209E"),
        ("E1", "DRG", "209E"),
        ("E1", "DRG", "470"),
        ("E6", "DRG", "996O"),
        ("E3", "TFG", "HT03"),
        ("E6", "TFG", "HT03"),
        ("E3", "STG", "XS09"),
        ("E1", "STG", "XS09"),
        ("U3", "STG", "LS02"),
        ("U1", "STG", "LS03"),
        ("U1", "STG", "XS09"),
    ],
)
def test_why_not(asked: str, kind: Any, group: str, update_golden: bool) -> None:
    document = why_not(rich(), hip(), asked, kind, group)
    check(GOLDEN / f"{asked}_ikke_{kind}_{group}.txt", text(document), update_golden)


def test_what_if(update_golden: bool) -> None:
    document = whatif(rich(), hip(), "E1", ["prosedyrer-=NFB30", "bitilstander=", "ut=2024-02-05T10:00"])
    check(GOLDEN / "E1_hva_om.txt", text(document), update_golden)
    document = whatif(rich(), hip(), "E3", ["godkjent=ja"])
    check(GOLDEN / "E3_hva_om.txt", text(document), update_golden)


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("E2", explain(rich(), hip(), "E2")),
        ("E2_ikke_DRG_209E", why_not(rich(), hip(), "E2", "DRG", "209E")),
        ("E3_hva_om", whatif(rich(), hip(), "E3", ["godkjent=ja"])),
    ],
)
def test_json(name: str, document: Document, update_golden: bool) -> None:
    found = to_json(document)
    found["regelverk"]["isfdsl"] = "VERSJON"
    told = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    check(GOLDEN / f"{name}.json", told, update_golden)
