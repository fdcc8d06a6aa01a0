"""Time the road from national NordDRG tables to grouped cases, and compare every answer with the oracle grouper.

    python benchmarks/norddrg_import.py --out ut/norddrg [--rows 2200] [--cases 3000] [--xlsx] [--source FOLDER]

generates a set of national size (or takes ``FOLDER``), imports it, loads the text cold and warm, checks it, and groups
cases with the reference engine. Goals: import ≤ 20 s, ≥ 3,000 cases a second, no difference from the oracle.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.generate_norddrg import main as generate  # noqa: E402
from benchmarks.norddrg_cases import CaseMaker  # noqa: E402
from isfdsl.check.checker import Checker  # noqa: E402
from isfdsl.formatter import format_source  # noqa: E402
from isfdsl.importers.norddrg import read_tables  # noqa: E402
from isfdsl.importers.norddrg.emit import import_norddrg  # noqa: E402
from isfdsl.importers.result import account  # noqa: E402
from isfdsl.interp.engine import Engine  # noqa: E402
from isfdsl.program.load import Workspace, load  # noqa: E402
from isfdsl.records.record import Record  # noqa: E402
from isfdsl.source import Source  # noqa: E402
from tests.importers.norddrg_support import values  # noqa: E402
from tests.oracle.norddrg_oracle import Answer, Oracle, parse_case_string  # noqa: E402

LOAD = "import sys, time; from isfdsl.program.load import load; t = time.perf_counter(); load(sys.argv[1]); " + (
    "print(time.perf_counter() - t)"
)


def timed(what: str, work: Callable[[], object]) -> None:
    """Run and print the time."""
    start = time.perf_counter()
    found = work()
    print(f"{time.perf_counter() - start:8.2f} s  {what}{'' if found is None else f': {found}'}", flush=True)


def load_in_new_process(folder: Path, cache: Path) -> str:
    """Load time in a process of its own."""
    env = dict(os.environ, ISFDSL_CACHE=str(cache), PYTHONPATH=str(ROOT))
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(folder)], env=env, capture_output=True, text=True, check=True
    )
    return f"{float(done.stdout):.2f} s in the process"


def edit_and_check(folder: Path) -> None:
    """The time from a one-line edit in one rule file to the checked answer, in a process that has checked before."""
    workspace, checker = Workspace(), Checker()
    spec = str(folder)
    checker.check(workspace.load(spec))
    file = sorted((folder / "regler").glob("blokk_*.isf"))[1]
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("returkode  0", "returkode  8", 1), encoding="utf-8")
    start = time.perf_counter()
    checker.check(workspace.load(spec))
    print(f"{time.perf_counter() - start:8.2f} s  one line edited in {file.name}, loaded and checked again", flush=True)
    file.write_text(text, encoding="utf-8")


def grouping(source: Path, folder: Path, count: int, seed: int) -> int:
    """Group cases, print the speed; the number of answers that differ from the oracle's."""
    tables = read_tables(source).tables
    assert tables is not None
    maker, oracle = CaseMaker(tables, seed), Oracle(tables)
    cases = [parse_case_string(maker.case()) for _ in range(count)]
    engine = Engine(load(str(folder)).ruleset)
    records = [Record("kasus", values(case), "x.drg", n, str(n)) for n, case in enumerate(cases, 1)]
    for what in ("first time, rules made ready", "again"):
        start = time.perf_counter()
        stays = engine.stays("kasus", records)
        spent = time.perf_counter() - start
        print(f"{spent:8.2f} s  {count} cases, {what}: {count / spent:,.0f} cases/s", flush=True)
    answers = {stay.opphold_id: Answer(stay.drg, stay.rule_id, stay.returkode) for stay in stays}
    start = time.perf_counter()
    expected = {str(n): oracle.group(case) for n, case in enumerate(cases, 1)}
    print(f"{time.perf_counter() - start:8.2f} s  the oracle", flush=True)
    wrong = [key for key, answer in expected.items() if answers.get(key) != answer]
    print(f"rules reached: {len({a.rule for a in expected.values()})}, answers that differ: {len(wrong)}")
    for key in wrong[:5]:
        print(f"  {cases[int(key) - 1]}: {answers.get(key)} ≠ {expected[key]}")
    return len(wrong)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--source", type=Path, help="a table set instead of a generated one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=2200)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--cases", type=int, default=3000)
    parser.add_argument("--xlsx", action="store_true", help="the workbook form too")
    options = parser.parse_args(argv)
    sources = [options.source] if options.source else [options.out / name for name in ("csv", "norddrg.json")]
    if not options.source:
        arguments = ["--out", str(options.out), "--seed", str(options.seed), "--rows", str(options.rows)]
        generate([*arguments, "--scale", str(options.scale), *(["--xlsx"] if options.xlsx else [])])
        if options.xlsx:
            sources.append(options.out / "norddrg.xlsx")
    folder, cache = options.out / "import", options.out / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    for source in sources:
        result = None

        def run(source: Path = source) -> None:
            nonlocal result
            result = import_norddrg(source, folder, force=True)

        timed(f"import of {source.name}", run)
        assert result is not None
        if not result.ok:
            print("\n".join(problem.message() for problem in result.report.problems))
            return 1
    assert result is not None
    print(account(result))
    files = sorted(folder.rglob("*.isf"))
    print(f"{len(files)} files, {sum(f.read_text(encoding='utf-8').count(chr(10)) for f in files):,} lines")
    timed("load, cold", lambda: load_in_new_process(folder, cache))
    timed("load, warm", lambda: load_in_new_process(folder, cache))
    os.environ["ISFDSL_CACHE"] = str(cache)
    loaded = load(str(folder))
    timed("check", lambda: f"{len(Checker().check(loaded).problems)} problems, {len(loaded.problems)} of reading")
    edit_and_check(folder)
    timed("fmt of all files", lambda: f"{sum(_changes(f) for f in files)} would change")
    return 1 if grouping(sources[0], folder, options.cases, options.seed + 1) else 0


def _changes(file: Path) -> bool:
    text = file.read_text(encoding="utf-8")
    return format_source(Source(file.name, text)).text != text


if __name__ == "__main__":
    raise SystemExit(main())
