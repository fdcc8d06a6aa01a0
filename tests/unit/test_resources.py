"""The data folders are found in a checkout; tests/test_packaging.py looks from a wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

from isfdsl import resources

ROOT = Path(__file__).parents[2]


def test_a_checkout_has_its_data_beside_the_package() -> None:
    assert resources.data_root() == ROOT
    assert resources.grammar_path("isf.lark") == ROOT / "grammar" / "isf.lark"
    assert resources.rules_path() == ROOT / "rules"
    assert resources.rules_path("2024") == ROOT / "rules" / "2024"
    assert resources.assumptions_path("2020") == ROOT / "assumptions" / "2020"


def test_a_wheel_has_its_data_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = tmp_path / "isfdsl" / "_data"
    packed.mkdir(parents=True)
    monkeypatch.setattr(resources, "files", lambda _: tmp_path / "isfdsl")
    resources.data_root.cache_clear()
    try:
        assert resources.rules_path("2024") == packed / "rules" / "2024"
    finally:
        resources.data_root.cache_clear()
