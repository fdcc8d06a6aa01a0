"""pytest plugin: every ``eksempel`` of a regelverk is a test.

``pytest rules/2024`` or ``pytest rules/2024/eksempler.isf`` collects examples. So does ``pytest`` alone when the
configuration names the regelverk::

    [tool.pytest.ini_options]
    isf_regelverk = ["rules/2024", "rules/2020+assumptions/2020"]

An example is run in the regelverk its file belongs to: the entry of ``isf_regelverk`` that names its folder, else the
folder on the command line, else the nearest folder above the file that has a ``regelverk`` head.

Ordinary test runs pay nothing: an ``.isf`` file that nobody asked for is left alone, and nothing of isfdsl is imported
before there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from isfdsl.program import Loaded
    from isfdsl.source import Span
    from isfdsl.syntax import ast
    from isfdsl.testing.examples import ExampleOutcome, ExampleRunner

SUFFIX = ".isf"
INI = "isf_regelverk"
_HEAD = re.compile(rb"^\s*regelverk\s", re.MULTILINE)
_SHOWN_PROBLEMS = 10


def pytest_addoption(parser: pytest.Parser) -> None:
    """The setting ``isf_regelverk``."""
    parser.addini(INI, "regelverk hvis eksempler er tester: mapper, gjerne flere med + mellom", "linelist", [])


def pytest_configure(config: pytest.Config) -> None:
    """Without paths on the command line the configured regelverk are collected too."""
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return  # paths were given, or everything below the current folder is met anyway
    given = {_absolute(config, a) for a in config.args}
    for parts in _configured(config).values():
        config.args.extend(str(p) for p in parts if p not in given and p.exists())


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> IsfFile | None:
    """An ``.isf`` file that was asked for."""
    if file_path.suffix != SUFFIX:
        return None
    spec = _regelverk_of(parent.config, file_path)
    if spec is None:
        return None
    found: IsfFile = IsfFile.from_parent(parent, path=file_path)
    found.spec = spec
    return found


# ------------------------------------------------------------------ which regelverk


def _absolute(config: pytest.Config, argument: str) -> Path:
    path = Path(argument.partition("::")[0])
    return path if path.is_absolute() else (config.invocation_params.dir / path).resolve()


def _configured(config: pytest.Config) -> dict[str, list[Path]]:
    """The entries of ``isf_regelverk`` as one spec with absolute folders each."""
    out: dict[str, list[Path]] = {}
    for line in config.getini(INI):
        parts = [(config.rootpath / part.strip()).resolve() for part in line.split("+")]
        out["+".join(map(str, parts))] = parts
    return out


def _regelverk_of(config: pytest.Config, file: Path) -> str | None:
    """The regelverk of a file that was asked for, ``None`` for any other file."""
    for spec, parts in _configured(config).items():
        if any(file == part or part in file.parents for part in parts):
            return spec
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return None
    for argument in config.args:
        path = _absolute(config, argument)
        if path == file:
            return str(_folder_with_head(file))
        if path in file.parents and _holds_rules(config, path):
            return str(path if _has_head(path) else _folder_with_head(file))
    return None


def _holds_rules(config: pytest.Config, folder: Path) -> bool:
    """Whether a folder on the command line is one of rules: ``.isf`` files in it, or no Python anywhere beneath."""
    known: dict[Path, bool] = config.stash.setdefault(_FOLDERS, {})
    if folder not in known:
        known[folder] = any(folder.glob(f"*{SUFFIX}")) or next(folder.rglob("*.py"), None) is None
    return known[folder]


def _has_head(folder: Path) -> bool:
    return any(_HEAD.search(p.read_bytes()) for p in sorted(folder.glob(f"*{SUFFIX}")))


def _folder_with_head(file: Path) -> Path:
    """The nearest folder above a file with a ``regelverk`` head; the file alone when there is none."""
    return next((folder for folder in file.parents if _has_head(folder)), file)


def _load(config: pytest.Config, spec: str) -> Loaded | str:
    """A checked regelverk, loaded once; a text when it can't be run."""
    known: dict[str, Loaded | str] = config.stash.setdefault(_LOADED, {})
    if spec not in known:
        from isfdsl.check import check
        from isfdsl.program import load

        loaded = load(spec)
        errors = [p for p in check(loaded).problems if p.severity == "feil"]
        lines = [f"{_place(loaded, p.span)}: feil[{p.code}] {p.message()}" for p in errors[:_SHOWN_PROBLEMS]]
        if len(errors) > _SHOWN_PROBLEMS:
            lines.append(f"… og {len(errors) - _SHOWN_PROBLEMS} feil til; se dem med «isf check {spec}»")
        known[spec] = "\n".join(lines) if errors else loaded
    return known[spec]


def _place(loaded: Loaded, span: Span | None) -> str:
    if span is None or span.source not in loaded.sources:
        return "regelverket"
    position = loaded.sources[span.source].position(span.start)
    return f"{span.source}:{position.line}:{position.column}"


_FOLDERS: pytest.StashKey[dict[Path, bool]] = pytest.StashKey()
_LOADED: pytest.StashKey[dict[str, Any]] = pytest.StashKey()
_RUNNERS: pytest.StashKey[dict[str, ExampleRunner]] = pytest.StashKey()


# ------------------------------------------------------------------ files and examples


class IsfFile(pytest.File):
    """The examples of one file."""

    spec: str

    def collect(self) -> Iterator[pytest.Item]:
        """One item per example, in order of the text."""
        from isfdsl.syntax import ast

        if b"eksempel" not in self.path.read_bytes():
            return
        loaded = _load(self.config, self.spec)
        if isinstance(loaded, str):
            raise self.CollectError(f"regelverket har feil, så eksemplene kan ikke kjøres:\n{loaded}")
        for example in loaded.ruleset.of(ast.Eksempel):
            if Path(example.span.source).resolve() == self.path:
                yield IsfExample.from_parent(self, name=example.title.value, loaded=loaded, example=example)


class ExampleFailed(Exception):
    """An example whose expectations do not all hold."""

    def __init__(self, outcome: ExampleOutcome) -> None:
        super().__init__(outcome.example.title.value)
        self.outcome = outcome


class IsfExample(pytest.Item):
    """One example."""

    funcargs: dict[str, Any] = {}  # noqa: RUF012  (some plugins expect every item to have it)

    def __init__(self, *, loaded: Loaded, example: ast.Eksempel, **rest: Any) -> None:
        super().__init__(**rest)
        self.loaded = loaded
        self.example = example

    @property
    def line(self) -> int:
        """The line the example begins on, from 1."""
        return self._line(self.example.span.start)

    def _line(self, offset: int) -> int:
        return self.loaded.sources[self.example.span.source].position(offset).line

    def runtest(self) -> None:
        """Run it with the reference engine."""
        from isfdsl.testing.examples import ExampleRunner

        runners: dict[str, ExampleRunner] = self.config.stash.setdefault(_RUNNERS, {})
        key = self.loaded.digest
        if key not in runners:
            runners[key] = ExampleRunner(self.loaded.ruleset)
        outcome = runners[key].run(self.example)
        if not outcome.passed:
            raise ExampleFailed(outcome)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Expected, got, and the example's own text with the lines that did not hold marked."""
        if isinstance(excinfo.value, ExampleFailed):
            return self.told(excinfo.value.outcome)
        return super().repr_failure(excinfo, style)

    def told(self, outcome: ExampleOutcome) -> str:
        """The failures as text."""
        source = self.loaded.sources[self.example.span.source]
        failed = {self._line(f.span.start) for f in outcome.failures}
        out = []
        for f in outcome.failures:
            out += [
                f"{self._shown()}:{self._line(f.span.start)}",
                f"  forventet  {f.expected}",
                f"  fikk       {f.got}",
            ]
        first, last = self.line, self._line(max(self.example.span.start, self.example.span.end - 1))
        out.append("")
        for number in range(first, last + 1):
            out.append(f"{'>' if number in failed else ' '} {number:4} │ {source.line(number)}")
        return "\n".join(out).rstrip()

    def _shown(self) -> str:
        try:
            return str(self.path.relative_to(self.config.invocation_params.dir))
        except ValueError:
            return str(self.path)

    def reportinfo(self) -> tuple[Path, int, str]:
        """File, line from 0, and title."""
        return self.path, self.line - 1, self.name
