"""The cache of what was made of a regelverk: found again, bounded, and never older than the code."""

from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

import pytest

from isfdsl.diagnostics.rule_files import CannotRead, NoFiles
from isfdsl.syntax.files import code_digest, find_files, read_files, store, trim


def test_trim_removes_the_oldest_until_the_rest_fits(tmp_path: Path) -> None:
    for n in range(5):
        store(tmp_path / f"{n}", b"x" * 100)
        os.utime(tmp_path / f"{n}", (n, n))
    trim(tmp_path, limit=250)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["3", "4"]
    trim(tmp_path / "borte")


def test_trim_keeps_no_more_files_than_are_soon_looked_at(tmp_path: Path) -> None:
    for i in range(5):
        (tmp_path / str(i)).write_bytes(b"x")
        os.utime(tmp_path / str(i), (i, i))
    with mock.patch("isfdsl.syntax.files.CACHE_FILES", 3):
        trim(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["2", "3", "4"]


def test_the_digest_of_the_code_depends_on_the_parts() -> None:
    assert code_digest("syntax") == code_digest("syntax")
    assert code_digest("syntax") != code_digest("syntax", "values.py")


def test_the_digest_of_a_regelverk_is_of_names_and_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a").mkdir()
    Path("a/x.isf").write_text("1")
    first = read_files("a").digest
    assert read_files("a").digest == first
    Path("a/x.isf").rename("a/y.isf")
    assert read_files("a").digest != first
    Path("a/y.isf").write_text("2")
    assert len({first, read_files("a").digest, read_files("a+a").digest}) == 3


def test_files_are_found_in_order_and_only_isf(tmp_path: Path) -> None:
    for name in ("b.isf", "a/c.isf", "a.isf", "STORE.ISF", "les.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    found = find_files(tmp_path)
    assert isinstance(found, list)
    assert [p.relative_to(tmp_path).as_posix() for p in found] == ["STORE.ISF", "a/c.isf", "a.isf", "b.isf"]
    assert find_files(tmp_path / "les.md") == [tmp_path / "les.md"]
    assert isinstance(find_files(tmp_path / "borte"), CannotRead)
    (tmp_path / "tom").mkdir()
    assert isinstance(find_files(tmp_path / "tom"), NoFiles)


def test_a_folder_that_leads_to_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "a.isf").write_text("")
    (tmp_path / "runde").symlink_to(tmp_path)
    assert find_files(tmp_path) == [tmp_path / "a.isf"]
