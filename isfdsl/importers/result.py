"""What every import gives back, and its account in words."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from attrs import frozen

from isfdsl.importers.report import Count, ImportReport

_EFFECTS = {
    "reparert": "Rettet ved lesing",
    "beholdt": "Beholdt slik det står (endrer ingen gruppering)",
    "fyller": "Fyller i regelverket",
    "utelatt": "Uten plass i teksten (endrer ingen gruppering)",
    "tapt": "Ikke skrevet (en kasus med en slik kode kan få en annen gruppe)",
}


@frozen(kw_only=True)
class ImportResult:
    """What came of an import: the account, and the files written (none when a problem stopped it)."""

    report: ImportReport
    out: Path
    files: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Everything was written."""
        return bool(self.files)


def account(result: ImportResult) -> str:
    """The account of an import, for a person: what was read, repaired, kept and left out. Problems are shown apart."""
    report = result.report
    lines = [f"Leste {report.source}" + (f" ({report.form})" if report.form else "")]
    width = max((len(name) for name, _ in report.rows), default=0)
    lines += [f"  {name:<{width}}  {_thousands(rows):>9} rader" for name, rows in report.rows]
    for effect, title in _EFFECTS.items():
        counts = [count for count in report.counts if count.effect == effect]
        if counts:
            lines += ["", title]
            lines += _counts(counts)
    lines.append("")
    lines.append(f"Skrev {len(result.files)} filer til {result.out}" if result.ok else "Ingenting er skrevet")
    return "\n".join(lines) + "\n"


def _counts(counts: Iterable[Count]) -> Iterable[str]:
    for count in counts:
        yield f"  {_thousands(count.count):>9}  {count.text}"
        for example in count.examples[:3]:
            yield f"             {example}"


def _thousands(value: int) -> str:
    return f"{value:,}".replace(",", " ")
