"""``isf sample``: synthetic input for a regelverk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from isfdsl.cli import common
from isfdsl.cli.terminal import count, plural

if TYPE_CHECKING:
    from isfdsl.testing.sample import Coverage, Sample, SampleFormat


@click.command("sample", **common.SETTINGS)
@common.ruleset_argument
@click.option("--records", "records", required=True, metavar="N", type=click.IntRange(min=0), help="Antall episoder.")
@click.option("--seed", default=0, show_default=True, metavar="S", type=int, help="Samme frø gir samme data.")
@click.option("--out", required=True, metavar="MAPPE", help="Mappen som dataene skrives i.")
@common.format_option("parquet", "csv", "jsonl", "xml")
@click.option(
    "--bad", default=0.0, metavar="ANDEL", type=click.FloatRange(0, 1), help="Andel med en feil, for eksempel 0.01."
)
@click.option("--cover", is_flag=True, help="Begynn med data som når hver regel, og vis hvilke som ikke ble nådd.")
@click.option("--npr", is_flag=True, help="Bare det en NPR-melding kan si; alltid slik med --format xml.")
def command(regelverk: str, records: int, seed: int, out: str, form: str, bad: float, cover: bool, npr: bool) -> None:
    """Lag syntetiske data til et regelverk.

    Ingenting er fra virkelige pasienter. Kodene er de reglene nevner, noen vanlige og mange sjeldne; pasientene har
    flere kontakter, går til flere sykehus, utløser forløp og henter legemidler. Samme regelverk, frø og antall gir
    samme data, bit for bit.

    Med --format xml skrives NPR-meldinger, og legemidlene som tabell fra H-resept.

    \b
    Eksempler:
      isf sample rules/2024 --records 100000 --seed 1 --out data
      isf sample rules/2024+assumptions/2024 --records 5000 --out data --format xml --cover
    """
    from isfdsl.records.faults import FileFault
    from isfdsl.records.output import output_problem
    from isfdsl.testing.sample import generate, write_sample

    fmt: SampleFormat = form  # type: ignore[assignment]  # click has checked it
    target = Path(out)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        common.wrong_usage(f"«{out}» finnes og er ikke tom; velg en annen mappe")
    rules = common.load(regelverk)
    if not rules.schemas:
        common.wrong_usage(f"{rules.title} har ingen poster, så det er ingen data å lage")
    if fmt == "parquet":
        _needs_pyarrow()
    try:
        sample = generate(rules, records=records, seed=seed, bad_share=bad, cover=cover, npr=npr or fmt == "xml")
        counts = write_sample(sample, target, fmt, lambda: _beside(sample))
    except FileFault as fault:
        common.show_problems(fault.problems, {})
        common.finish(common.FINDINGS)
    except ValueError as error:
        common.wrong_usage(str(error))
    except OSError as error:
        common.show_problems([output_problem(out, error)], {})
        common.finish(common.FINDINGS)
    parts = [f"{count(n)} av {name}" for name, n in counts.items()]
    click.echo(f"Skrev {', '.join(parts)} til {out}")
    if sample.spoilt:
        click.echo(f"  {count(sample.spoilt)} har en feil med vilje")
    if sample.coverage is not None:
        for line in _lines(sample.coverage):
            click.echo(line)


def _needs_pyarrow() -> None:
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        common.wrong_usage('Parquet krever pyarrow; installer med pip install "isfdsl[data]", eller bruk --format csv')


def _beside(sample: Sample) -> dict[str, str]:
    if sample.coverage is None:
        return {}
    return {"_dekning.json": json.dumps(_report(sample.coverage), ensure_ascii=False, indent=2) + "\n"}


def _report(coverage: Coverage) -> dict[str, object]:
    return {
        "skjema": 1,
        "naadd": [{"hva": r.what, "navn": r.name, "poster": len(r.rows)} for r in coverage.reached],
        "ikke_naadd": [{"hva": m.what, "navn": m.name, "grunn": m.reason} for m in coverage.missed],
    }


def _lines(coverage: Coverage) -> list[str]:
    total = len(coverage.reached) + len(coverage.missed)
    lines = [f"  nådde {count(len(coverage.reached))} av {plural(total, 'regel', 'regler')} (i _dekning.json)"]
    if coverage.missed:
        lines.append("Ikke nådd")
        lines += [f"  {m.what} {m.name.removeprefix('DRG/')}: {m.reason}" for m in coverage.missed]
    return lines
