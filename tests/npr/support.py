"""Messages written by hand, and reading them."""

from __future__ import annotations

from pathlib import Path

from isfdsl.records.readers import ReadResult, read_input
from isfdsl.records.readers.npr import Limits, NprReaders
from isfdsl.records.schema import CodeInfo, CodeSystem, FieldSchema, RecordSchema

SCHEMA_FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "npr"
HAS_SCHEMA = (SCHEMA_FOLDER / "XPR(ord).xsd").is_file()
WITHOUT_SCHEMA = "skjemafilene til NPR-meldingen (XPR(ord).xsd) er ikke ved hånden"

ICD = CodeSystem("icd10", True, r"[A-Z][0-9]{2}(\.[0-9A-Za-z]{1,2})?")
PROC = CodeSystem("ncsp", True, r"[A-Z]{3,4}[0-9]{2}")
ATC = CodeSystem("atc", True, r"[A-Z][0-9]{2}[A-Z]{2}[0-9]{2}")
SPECIAL = CodeSystem("særkoder", False, None, {"A0099": CodeInfo("Opplæring")})
AREA = CodeSystem("område", False, None, {n: CodeInfo(n) for n in ("somatikk", "phv", "tsb")})

EPISODE = RecordSchema(
    "episode",
    (
        FieldSchema("episode_id", "tekst", key=True),
        FieldSchema("pasient_id", "tekst"),
        FieldSchema("institusjon", "tekst", optional=True),
        FieldSchema("enhet", "tekst", optional=True),
        FieldSchema("isf_refusjon", "ja_nei", optional=True),
        FieldSchema("tjenesteområde", "kode", optional=True, systems=(AREA,)),
        FieldSchema("inn", "tidspunkt"),
        FieldSchema("ut", "tidspunkt", optional=True),
        FieldSchema("fødselsår", "heltall", optional=True),
        FieldSchema("kjonn", "tekst", optional=True),
        FieldSchema("arenafleksibel", "ja_nei", optional=True),
        FieldSchema("permisjonsdøgn", "heltall", optional=True),
        FieldSchema("utskrivningsklare_døgn", "heltall", optional=True),
        FieldSchema("kontakttype", "tekst", optional=True),
        FieldSchema("aktivitetstype", "tekst", optional=True),
        FieldSchema("personell", "tekst", is_list=True),
        FieldSchema("takster", "tekst", is_list=True),
        FieldSchema("hovedtilstand", "kodepar", optional=True, systems=(ICD,)),
        FieldSchema("bitilstander", "kodepar", is_list=True, systems=(ICD,)),
        FieldSchema("prosedyrer", "kode", is_list=True, systems=(PROC,)),
        FieldSchema("særkoder", "kode", is_list=True, systems=(SPECIAL,)),
        FieldSchema("legemidler", "kode", is_list=True, systems=(ATC,)),
        FieldSchema("merknad", "tekst", optional=True),
    ),
    {"nøkkel": "episode_id", "pasient": "pasient_id", "start": "inn", "slutt": "ut"},
)
DELIVERY = RecordSchema(
    "utlevering",
    (
        FieldSchema("utlevering_id", "tekst", key=True),
        FieldSchema("pasient_id", "tekst"),
        FieldSchema("utleveringsdato", "dato"),
        FieldSchema("forskrivningsdato", "dato", optional=True),
        FieldSchema("enhet", "tekst", optional=True),
        FieldSchema("atc", "kode", optional=True, systems=(ATC,)),
        FieldSchema("refusjonskode_resept", "tekst", optional=True),
    ),
    {"nøkkel": "utlevering_id", "pasient": "pasient_id", "start": "utleveringsdato"},
)
SCHEMAS = {s.name: s for s in (EPISODE, DELIVERY)}

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Melding xmlns="http://www.npr.no/xmlstds/53_1_3_ord" versjon="53.1.3" meldingstype="B" '
    'fraDatoPeriode="2024-01-01" uttakDato="2024-05-01" leverandor="x" navnEPJ="x" versjonEPJ="1" versjonUt="1" '
    'lopenr="1" tilDatoPeriode="2024-04-30">\n'
    '<Kontaktperson kontPerson="A" meldEpost1="a@example.invalid" typeKontaktperson="2"/>\n'
)
UNITS = '<Enhet enhetID="1" reshID="4711" isfRefusjon="1"/><Enhet enhetID="2" orgNr="988" isfRefusjon="2"/>\n'
REFS = '<RefEnhet enhetID="1" typeEnhet="1"/><RefEnhet enhetID="1" typeEnhet="2"/><RefEnhet enhetID="1" typeEnhet="7"/>'
PERIOD = (
    '<Henvisningsperiode henvisningsperiodeID="H1"><Henvisning henvID="h" mottaksDato="2024-01-01" '
    f'frittBehandlingsvalg="2" komNrHjem="0301">{REFS}</Henvisning></Henvisningsperiode>\n'
)


def code(number: int, letter: str, value: str) -> str:
    """A Kode."""
    return f'<Kode kodeNr="{number}" Kodeverk="{letter}" kodeVersjon="1" kodeVerdi="{value}"/>'


def condition(number: int, *codes: str) -> str:
    """A Tilstand with ICD-10 codes."""
    return f'<Tilstand tilstNr="{number}">{"".join(code(i, "D", c) for i, c in enumerate(codes, 1))}</Tilstand>'


def episode(
    key: str = "e1",
    inside: str = "<AvdOpp/>",
    after: str = "",
    refs: str = REFS,
    more: str = "",
    begin: str = "2024-02-03T08:15:00",
) -> str:
    """An Episode; ``inside`` and ``after`` stand before and after the RefEnhet elements."""
    return (
        f'<Episode episodeID="{key}" henvisningsperiodeID="H1" innDatoTid="{begin}" debitor="1" komNrHjem="0301" '
        f'innmateHast="4" omsorgsniva="1"{more}>{inside}{refs}{after}</Episode>\n'
    )


def patient(*episodes: str, number: str = "P1", person: str = 'kjonn="1" fodselsar="1950"') -> str:
    """An Objektholder."""
    return (
        f'<Objektholder pasientNr="{number}"><Pasient pasientNr="{number}" {person}/>{PERIOD}'
        f"{''.join(episodes)}</Objektholder>\n"
    )


def message(*patients: str, institution: str = "999", units: str = UNITS, head: str = HEAD) -> str:
    """A whole message."""
    return f'{head}<Institusjon institusjonID="{institution}">{units}{"".join(patients)}</Institusjon></Melding>'


def read(path: Path, limits: Limits | None = None, schemas: dict[str, RecordSchema] | None = None) -> ReadResult:
    """Read a file or folder with the readers of this package."""
    own = SCHEMAS if schemas is None else schemas
    readers = NprReaders(own, limits or Limits())
    return readers.with_notes(read_input(path, own.values(), extra=readers.by_suffix(path)))


def read_text(folder: Path, text: str, name: str = "melding.xml") -> ReadResult:
    """Read a message given as text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read(path)


def codes_of(found: ReadResult) -> list[str]:
    """The codes of the problems of error rank."""
    return [p.code for p in found.problems if p.severity == "feil"]
