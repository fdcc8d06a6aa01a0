"""``isf run``: from records to points and kroner."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import define

from isfdsl.cli import common, terminal
from isfdsl.cli.interrupt import Asked, ended_properly
from isfdsl.cli.run_report import report
from isfdsl.cli.terminal import count, decimal, plural
from isfdsl.collector import staying
from isfdsl.records.faults import OutputError
from isfdsl.records.output import summary_text
from isfdsl.syntax.files import cache_dir

if TYPE_CHECKING:
    from isfdsl.api import Regelverk
    from isfdsl.diagnostics.base import Problem
    from isfdsl.records.summary import Totals

MANY = 100_000
"""With so many records the reference takes a minute, and is likely not what was meant."""


@click.command("run", **common.SETTINGS)
@common.ruleset_argument
@common.input_argument
@click.option(
    "--out",
    "out",
    metavar="MAPPE",
    help="Mappen som resultatet skrives i. Uten den vises bare summene, og det går fortere.",
)
@click.option(
    "--engine",
    type=click.Choice(["reference", "columnar", "spark"]),
    metavar="reference|columnar|spark",
    help="Motoren som regner. De gir det samme; uten valg brukes columnar når den er installert, ellers reference.",
)
@click.option(
    "--jobs", type=common.WholeNumber(1), metavar="N", help="Antall kjerner, for columnar og spark; ellers alle."
)
@click.option(
    "--memory",
    type=common.Gigabytes(),
    metavar="GB",
    help="Minnet som columnar kan bruke; ellers halvparten av det som er ledig. Større inndata deles etter pasient "
    "på disk og regnes en del om gangen, med samme svar.",
)
@click.option(
    "--spill-dir", "spill_dir", metavar="MAPPE", help="Der det deles på disk; ellers maskinens mappe for slikt."
)
@common.format_option("text", "json")
@click.option("--timing", is_flag=True, help="Vis hvor lang tid hvert steg tok.")
def command(
    regelverk: str,
    inndata: str,
    out: str | None,
    engine: str | None,
    jobs: int | None,
    memory: int | None,
    spill_dir: str | None,
    form: str,
    timing: bool,
) -> None:
    """Grupper data og regn ut poeng og kroner.

    INNDATA er en mappe med én fil per post, kalt det posten heter (episode.csv, utlevering.parquet), som
    Parquet, CSV eller JSON-linjer, eller én slik fil. «isf schema» viser hva filene skal inneholde.

    MAPPE skrives hel eller ikke i det hele tatt: opphold, særtjenester, forløp, krav og avviste som Parquet,
    og sammendrag.json. Det som ikke kan leses av en registrering, settes til side i avvist.parquet med
    fil, rad, kode og melding, og er ikke en feil ved kjøringen. Uten --out skrives ingenting. Med --format
    json er utskriften det som står i sammendrag.json.

    \b
    Eksempler:
      isf run rules/2024 examples/2024
      isf run rules/2020+assumptions/2020 examples/2020 --out ut/2020
      isf run rules/2024 /data/2024 --out ut/2024 --memory 8
    """
    engine = engine or ("reference" if _missing("columnar") else "columnar")
    if jobs not in (None, 1) and engine == "reference":
        common.say("merknad: --jobs har ingen virkning med motoren reference")
    if (memory is not None or spill_dir is not None) and engine != "columnar":
        common.say(f"merknad: --memory og --spill-dir har ingen virkning med motoren {engine}")
    _check_engine(engine)
    how = _How(regelverk, engine, 1 if engine == "reference" else jobs, memory, spill_dir)
    with ended_properly() as asked:
        _run(how, inndata, out, form, timing, asked)


def _run(how: _How, inndata: str, out: str | None, form: str, timing: bool, asked: Asked) -> None:
    clock = _Clock()
    with clock.step("regelverk"):
        rules = common.load(how.spec)
    if out is not None:
        _check_out(out)
    warnings = rules.findings.counts.get("advarsel", 0)
    if warnings:
        common.say(f"{rules.title} har {plural(warnings, 'advarsel', 'advarsler')}; «isf check {how.spec}» viser dem")
    if how.engine != "spark":
        with clock.step("oppstart"), staying(), suppress(ImportError):  # pyarrow is an extra; who needs it says so
            from isfdsl.records.arrow import without_pandas

            without_pandas()
    progress = terminal.Progress()
    road = {"reference": _reference, "columnar": _columnar, "spark": _spark}[how.engine]

    def facts() -> dict[str, Any]:
        asked.check()  # what comes next is that the result is put in its place
        return _run_facts(rules, how.spec, inndata, how, clock)

    try:
        totals, summary = road(rules, inndata, out, how, facts, clock, progress)
    except OutputError as error:
        progress.done()
        _output_failed(error)
    finally:
        progress.done()
    if form == "json":
        click.echo(summary_text(summary), nl=False)
    else:
        for line in report(rules, summary, totals.doubts(), out):
            click.echo(line)
    if timing:
        for line in clock.lines():
            common.say(line)


Facts = Callable[[], dict[str, Any]]


@define
class _How:
    """The engine and what it was told; ``None`` is what was left to it."""

    spec: str
    engine: str
    jobs: int | None
    memory: int | None
    spill_dir: str | None


def _reference(
    rules: Regelverk, inndata: str, out: str | None, how: _How, facts: Facts, clock: _Clock, progress: terminal.Progress
) -> tuple[Totals, dict[str, Any]]:
    with clock.step("lesing"):
        progress.stage("leser data")
        found = rules.read(inndata)
    _usable(found.problems, found.ok, progress)
    if (many := sum(map(len, found.records.values()))) >= MANY:
        progress.done()
        install = "pip install 'isfdsl[columnar]' og " if _missing("columnar") else ""
        common.say(
            f"merknad: {count(many)} registreringer er mange for tolken; "
            f"{install}--engine columnar gir det samme, raskere"
        )
    with clock.step("beregning"):
        result = rules.evaluate(found, progress)
    from isfdsl.interp import tables
    from isfdsl.records.output import write_tables

    with clock.step("sammendrag"):
        progress.stage("lager tabeller")
        totals = tables.totals(result, rules.ruleset)
        summary = tables.summary(result, rules.ruleset, totals)
        made = tables.tables(result, rules.ruleset) if out is not None else {}
    summary["kjoring"] = facts()
    if out is None:
        totals.refuse_unwritable()
        return totals, summary
    progress.stage("skriver")
    with clock.step("skriving"):
        write_tables(out, made, summary)
    return totals, summary


def _columnar(
    rules: Regelverk, inndata: str, out: str | None, how: _How, facts: Facts, clock: _Clock, progress: terminal.Progress
) -> tuple[Totals, dict[str, Any]]:
    with clock.step("oppstart"), staying():
        from isfdsl.columnar import machine_code
        from isfdsl.columnar.allocator import keep_memory
        from isfdsl.columnar.memory import GB, available
        from isfdsl.columnar.run import run

        keep_memory()
    limit = available() // 2 if how.memory is None else how.memory
    jobs = how.jobs or _cores()
    with rules.held(
        inndata,
        limit=limit,
        jobs=jobs,
        spill_dir=how.spill_dir,
        clock=clock,
        progress=progress.bytes,
        processes=True,
    ) as (found, plan):
        ran = run(
            rules.ruleset,
            found,
            out,
            facts,
            plan=plan,
            clock=clock,
            progress=progress,
            look=lambda known: _usable(known.problems, known.ok, progress),
        )
    if how.memory is not None and ran.memory > how.memory * 1.05:
        progress.done()
        taken = decimal(Decimal(ran.memory) / GB, 2)
        common.say(f"merknad: kjøringen tok {taken} GB minne, mer enn --memory; i mindre deler går det ikke")
    if machine_code.wasted():
        progress.done()
        common.say(f"merknad: får ikke skrevet i {cache_dir()}, så motoren kompileres på nytt hver gang")
    return ran.totals, ran.summary


def _spark(
    rules: Regelverk, inndata: str, out: str | None, how: _How, facts: Facts, clock: _Clock, progress: terminal.Progress
) -> tuple[Totals, dict[str, Any]]:
    import logging

    from isfdsl.columnar import spark
    from isfdsl.syntax.files import read_files

    texts = read_files(how.spec)
    with ExitStack() as end:
        logging.disable(logging.CRITICAL)  # on Ctrl-C py4j would tell where Python was
        end.callback(logging.disable, logging.NOTSET)
        with clock.step("oppstart"):
            progress.stage("starter Spark")
            made = end.enter_context(spark.session(how.jobs))
        progress.stage("leser og regner i Spark")
        try:
            ran = spark.run(
                texts,
                rules.ruleset,
                inndata,
                out,
                facts,
                spark=made,
                clock=clock,
                progress=progress,
                say=lambda problems: _usable(problems, True, progress),
            )
        except spark.UnfitInput as unfit:
            progress.done()
            common.wrong_usage(f"motoren spark leser Parquet, CSV og JSON-linjer, ikke {unfit}; bruk --engine columnar")
        except spark.BadInput as bad:
            _usable(bad.problems, False, progress)
            raise AssertionError("not reached") from None
    return ran.totals, ran.summary


def _usable(problems: Sequence[Problem], ok: bool, progress: terminal.Progress) -> None:
    if problems:
        progress.done()
        common.show_problems(problems, {})
    if not ok:
        common.finish(common.FINDINGS)


def _cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_LIBRARIES = {
    "columnar": ("numpy", "numba", "pyarrow"),
    "spark": ("numpy", "numba", "pyarrow", "pandas", "pyspark"),
}


def _missing(engine: str) -> list[str]:
    """The libraries of an engine that are not installed."""
    from importlib.util import find_spec

    return [name for name in _LIBRARIES.get(engine, ()) if find_spec(name) is None]


def _check_engine(engine: str) -> None:
    """Say what to install when the engine's libraries are not there."""
    missing = _missing(engine)
    if missing:
        common.wrong_usage(
            f"motoren {engine} trenger {', '.join(missing)}; installer med «pip install 'isfdsl[{engine}]'», "
            "eller bruk --engine reference"
        )
    java = os.path.join(os.environ.get("JAVA_HOME", ""), "bin", "java")
    if engine == "spark" and shutil.which("java") is None and not os.path.exists(java):
        common.wrong_usage("motoren spark trenger Java 17 eller nyere; installer den, eller bruk --engine columnar")


# ------------------------------------------------------------ before and after


def _check_out(out: str) -> None:
    """Stop before the work when it is plain that the result can't be written."""
    from importlib.util import find_spec

    from isfdsl.diagnostics.record_output import OutputNeedsPyarrow
    from isfdsl.records.output import check_target

    try:
        if find_spec("pyarrow") is None:
            raise OutputError(OutputNeedsPyarrow(fil=out))
        check_target(Path(os.path.realpath(out)), out)
    except OutputError as error:
        _output_failed(error)
    except OSError:
        return  # write_tables meets it again, and knows its code


def _output_failed(error: OutputError) -> None:
    common.show_problems([error.problem], {})
    common.finish(common.FINDINGS)


def _run_facts(rules: Regelverk, spec: str, inndata: str, how: _How, clock: _Clock) -> dict[str, Any]:
    """What was run, without a word about the machine it ran on."""
    import isfdsl

    return {
        "isfdsl": isfdsl.__version__,
        "regelverk_sha256": rules.digest,
        "argumenter": {
            "regelverk": "+".join(_portable(part) for part in spec.split("+")),
            "inndata": _portable(inndata),
            "engine": how.engine,
            "jobs": how.jobs,
        },
        "tid_sekunder": clock.seconds(),
    }


def _portable(path: str) -> str:
    """A path as written; of an absolute one only the last name, since the rest is about the machine."""
    path = path.strip()
    return os.path.basename(os.path.normpath(path)) if os.path.isabs(path) or path.startswith("~") else path


class _Clock:
    """How long each step took by the clock on the wall; a step inside another takes its time from it.

    What other threads do meanwhile is in the step that waits for them, so the steps add up to the whole.
    """

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}
        self._start = self._last = time.perf_counter()
        self._open: list[str] = []

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        self._pass()
        self._open.append(name)
        try:
            yield
        finally:
            self._pass()
            self._open.pop()

    def _pass(self) -> None:
        """The time since the last change goes to the innermost step."""
        now = time.perf_counter()
        if self._open:
            self.steps[self._open[-1]] = self.steps.get(self._open[-1], 0.0) + now - self._last
        self._last = now

    def seconds(self) -> dict[str, float]:
        return {name: round(seconds, 3) for name, seconds in self.steps.items()}

    def lines(self) -> list[str]:
        total = time.perf_counter() - self._start
        rest = total - sum(self.steps.values())
        rows = [[name, _seconds(s)] for name, s in [*self.steps.items(), ("annet", rest), ("i alt", total)]]
        return terminal.table(rows, "vh")


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s".replace(".", ",")
