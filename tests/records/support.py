"""A small `post` with every kind of field, and helpers to write input by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from isfdsl.records.readers import ReadResult, read_input
from isfdsl.records.record import Reject
from isfdsl.records.schema import CodeInfo, CodeSystem, FieldSchema, RecordSchema

ICD = CodeSystem("icd10", True, r"[A-Z][0-9]{2}(\.[0-9A-Za-z]{1,2})?")
NCSP = CodeSystem(
    "ncsp",
    False,
    None,
    {
        "NFB30": CodeInfo("Totalprotese"),
        "I210a": CodeInfo("Kode med liten bokstav"),
        "GAML1": CodeInfo("Utgått", til=date(2023, 12, 31)),
        "NYKO1": CodeInfo("Ny", fra=date(2024, 5, 1)),
    },
)
NCMP = CodeSystem("ncmp", False, None, {"GAML1": CodeInfo("Utgått", til=date(2022, 12, 31)), "WBA0": CodeInfo("")})
OMSORG = CodeSystem("omsorgsnivå", False, None, {"1": CodeInfo("Døgn"), "2": CodeInfo("Dag"), "3": CodeInfo("Pol")})

EPISODE = RecordSchema(
    "episode",
    (
        FieldSchema("episode_id", "tekst", key=True),
        FieldSchema("pasient_id", "tekst"),
        FieldSchema("alder_dager", "heltall", low=0, high=45_000),
        FieldSchema("inn", "tidspunkt"),
        FieldSchema("ut", "tidspunkt", optional=True),
        FieldSchema("fødselsdato", "dato", optional=True, low=date(1900, 1, 1), high=date(2030, 1, 1)),
        FieldSchema("egenandel", "desimal", optional=True, low=Decimal(0), high=Decimal("9999.99")),
        FieldSchema("planlagt", "ja_nei", optional=True),
        FieldSchema("hovedtilstand", "kodepar", optional=True, systems=(ICD,)),
        FieldSchema("bitilstander", "kodepar", is_list=True, systems=(ICD,)),
        FieldSchema("prosedyrer", "kode", is_list=True, systems=(NCSP, NCMP)),
        FieldSchema("omsorgsnivå", "kode", optional=True, systems=(OMSORG,)),
        FieldSchema("merknad", "tekst", optional=True),
    ),
    {"nøkkel": "episode_id", "pasient": "pasient_id", "start": "inn", "slutt": "ut"},
)
UTLEVERING = RecordSchema(
    "utlevering",
    (
        FieldSchema("pasient_id", "tekst"),
        FieldSchema("dato", "dato"),
        FieldSchema("mengder", "desimal", is_list=True, optional=True),
        FieldSchema("dager", "dato", is_list=True, optional=True),
        FieldSchema("antall", "heltall", is_list=True, optional=True),
    ),
    {"pasient": "pasient_id", "start": "dato"},
)
SCHEMAS = (EPISODE, UTLEVERING)

GOOD = {
    "episode_id": "e1",
    "pasient_id": "P1",
    "alder_dager": "20000",
    "inn": "2024-02-03T08:15",
    "ut": "2024-02-06",
    "fødselsdato": "1969-05-01",
    "egenandel": "375.50",
    "planlagt": "ja",
    "hovedtilstand": "M16.1",
    "bitilstander": "A17.0+G01 I10",
    "prosedyrer": "NFB30",
    "omsorgsnivå": "1",
    "merknad": "",
}


def csv_text(*rows: Mapping[str, str], sep: str = ",") -> str:
    """A CSV file of rows that all have the columns of the first."""
    names = list(rows[0])
    return "".join(sep.join(line) + "\n" for line in [names, *([row[n] for n in names] for row in rows)])


def read_text(folder: Path, text: str | bytes, name: str = "episode.csv") -> ReadResult:
    """Write one file and read the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_input(folder, SCHEMAS)


def read_row(folder: Path, **changes: str) -> ReadResult:
    """Read one CSV row: ``GOOD`` with some fields changed."""
    return read_text(folder, csv_text(GOOD | changes))


def codes(result: ReadResult) -> list[str]:
    """The codes of the problems, in order."""
    return [p.code for p in result.problems]


def only_reject(result: ReadResult) -> Reject:
    """The one reject of a read that had one row and no problems."""
    assert not result.problems, result.problems
    assert len(result.rejects) == 1, result
    assert all(c.lest == c.godtatt + c.avvist for c in result.counts.values())
    return result.rejects[0]
