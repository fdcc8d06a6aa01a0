"""Files are replaced whole or not at all; what can't be formatted stays as it is."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from isfdsl.formatter import engine, files, format_file, format_source
from isfdsl.source import Source
from isfdsl.syntax.parse import parse

UGLY = "sats   a   10000 kr  \r\n\r\n\r\nsats bb 2 kr"
NEAT = "sats a  10 000 kr\n\nsats bb  2 kr\n"


def folder_is_clean(path: Path) -> bool:
    return [p.name for p in path.parent.iterdir()] == [path.name]


def test_file_is_formatted_in_place(tmp_path: Path) -> None:
    path = tmp_path / "a.isf"
    path.write_bytes(UGLY.encode())
    path.chmod(0o640)
    outcome = format_file(path)
    assert outcome.changed and not outcome.problems
    assert path.read_bytes() == NEAT.encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert folder_is_clean(path)


def test_what_is_known_to_be_formatted_is_not_formatted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISFDSL_CACHE", str(tmp_path / "cache"))
    path, other = tmp_path / "a.isf", tmp_path / "b.isf"
    path.write_bytes(UGLY.encode())
    assert format_file(path, check=True).changed
    assert format_file(path).changed
    other.write_text(NEAT, "utf-8")

    def never(source: Source) -> engine.FormatResult:
        raise AssertionError(source.name)

    with monkeypatch.context() as asked:
        asked.setattr(files, "format_source", never)
        assert not format_file(path).changed and not format_file(other, check=True).changed
        other.write_text(NEAT + "\n", "utf-8")
        with pytest.raises(AssertionError, match=r"b\.isf"):
            format_file(other)
        asked.setattr(files, "code_digest", lambda *parts: "another formatter")
        with pytest.raises(AssertionError, match=r"a\.isf"):
            format_file(path)
    monkeypatch.setenv("ISFDSL_CACHE", str(path))  # no folder: only slower
    assert not format_file(path).changed


def test_formatted_file_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "a.isf"
    path.write_text(NEAT, "utf-8")
    os.utime(path, (1, 1))
    before = path.stat()
    assert not format_file(path).changed
    after = path.stat()
    assert (after.st_mtime, after.st_ino) == (before.st_mtime, before.st_ino)


@pytest.mark.parametrize("flags", [{"check": True}, {"diff": True}, {"check": True, "diff": True}])
def test_check_and_diff_write_nothing(tmp_path: Path, flags: dict[str, bool]) -> None:
    path = tmp_path / "a.isf"
    path.write_bytes(UGLY.encode())
    outcome = format_file(path, **flags)
    assert outcome.changed
    assert path.read_bytes() == UGLY.encode()
    assert ("+sats a  10 000 kr\n" in outcome.diff_text) == flags.get("diff", False)
    assert not format_file(tmp_path / "b.isf").changed


def test_symbolic_link_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "real.isf"
    real.write_bytes(UGLY.encode())
    (tmp_path / "other").mkdir()
    link = tmp_path / "other" / "link.isf"
    link.symlink_to(real)
    assert format_file(link).changed
    assert link.is_symlink()
    assert real.read_text("utf-8") == NEAT


def test_failed_write_leaves_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.isf"
    path.write_bytes(UGLY.encode())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    outcome = format_file(path)
    assert [p.code for p in outcome.problems] == ["ISF9003"]
    assert not outcome.changed
    assert path.read_bytes() == UGLY.encode()
    assert folder_is_clean(path)


def test_file_that_changes_meanwhile_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.isf"
    path.write_bytes(UGLY.encode())

    def slow(source: Source) -> engine.FormatResult:
        path.write_text("sats ny 1 kr\n", "utf-8")
        return format_source(source)

    monkeypatch.setattr(files, "format_source", slow)
    assert [p.code for p in format_file(path).problems] == ["ISF9003"]
    assert path.read_text("utf-8") == "sats ny 1 kr\n"


def test_write_protected_file_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.isf"
    path.write_bytes(UGLY.encode())
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    assert [p.code for p in format_file(path).problems] == ["ISF9003"]
    assert path.read_bytes() == UGLY.encode()


def test_missing_file_is_a_problem(tmp_path: Path) -> None:
    assert [p.code for p in format_file(tmp_path / "a.isf").problems] == ["ISF1009"]


def test_file_with_errors_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.isf"
    path.write_text("sats   x 1 kr\nsats sats sats\n", "utf-8")
    outcome = format_file(path)
    assert outcome.problems and not outcome.changed
    assert path.read_text("utf-8") == "sats   x 1 kr\nsats sats sats\n"


def test_byte_order_mark_and_decomposed_letters_are_mended(tmp_path: Path) -> None:
    path = tmp_path / "a.isf"
    path.write_bytes(b"\xef\xbb\xbf" + "sats a\u030a 1 kr\n".encode())
    assert format_file(path).changed
    assert path.read_bytes() == "sats å  1 kr\n".encode()


def test_repeated_clause_is_not_dropped() -> None:
    text = "DRG 1\n  vekt 1\n  vekt 2\n"
    result = format_source(Source("x.isf", text))
    assert result.text == text
    assert [p.code for p in result.problems] == ["ISF1008"]


@pytest.mark.parametrize(
    "wrong", ["sats a  2 kr\n", "sats a  1 kr\nsats b  1 kr\n", "sats sats\n", "sats a  1 kr  # annet\n"]
)
def test_wrong_output_is_never_returned(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setattr(engine, "format_parsed", lambda parsed: wrong)
    result = format_source(Source("x.isf", "sats a 1 kr # c"))
    assert result.text == "sats a 1 kr # c"
    assert [p.code for p in result.problems] == ["ISF9002"]
    assert "feil i isfdsl; filen er ikke endret" in result.problems[0].message()


def test_bottomless_expression_is_a_problem_not_a_crash() -> None:
    text = "begrep x = " + "- " * 9_000 + "1\n"
    result = format_source(Source("x.isf", text))
    assert result.text == text
    assert [p.code for p in result.problems] == ["ISF9002"]


def test_deep_parentheses_are_formatted_at_once() -> None:
    text = "begrep x = " + "(a og (b eller " * 29 + "c" + "))" * 29 + "\n"
    started = time.process_time()
    result = format_source(Source("x.isf", text))
    assert not result.problems
    assert time.process_time() - started < 2


def test_empty_text() -> None:
    for text in ("", "\n", "  \n\n"):
        assert format_source(Source("x.isf", text)).text == ""


def test_long_code_list_is_fast() -> None:
    lines = (f'{chr(65 + i % 26)}{i % 100:02}.{i} "Tekst nummer {i}"\n' for i in range(80_000))
    parsed = parse(Source("x.isf", "kodeverk icd10\n" + "".join(lines)))
    started = time.process_time()
    engine.format_parsed(parsed)
    assert time.process_time() - started < 1.5
