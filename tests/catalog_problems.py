"""The problems that the catalog pages of syntax slips, records, imports and the formatter show as examples.

A page shows what the tool prints for the problem here; ``make golden`` writes it on the page anew. The examples of
checks come from golden cases (``tests/check/catalog_examples.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from isfdsl import diagnostics
from isfdsl.diagnostics.drg_strings import DrgStringProblem
from isfdsl.diagnostics.records import RecordProblem
from isfdsl.diagnostics.render import render_problem
from isfdsl.source import Source
from isfdsl.syntax.parse import parse

CATALOG = Path(diagnostics.__file__).parent / "catalog"
EXAMPLE = re.compile(r"(## Eksempel\n\n```\n)(.*?)(\n```\n)", re.DOTALL)

HEAD = "regelverk ISF 2024\n"
TEXTS = {
    "ISF1011": "begrep a for episode = alder < 18 år og sted = 4 eller sted = 5\n",
    "ISF1012": "sats ambulanttillegg 0.05 poeng\n",
    "ISF1013": "sats ambulanttillegg 0,05 poeng fra 01.02.2024\n",
    "ISF1014": "begrep a for episode = ikke ikke ambulant\n",
    "ISF1015": "satz enhetspris 45 808 kr\n",
}

CSV = "episode.csv\n"
JSONL = "episode.jsonl\n"


def _record(rows: str, record_id: str, felt: str | None, **fields: Any) -> tuple[str, dict[str, Any]]:
    return rows, {"post": "episode", "record_id": record_id, "felt": felt, **fields}


# fmt: off
ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "ISF6101": _record(f"{CSV}episode_id,inn,ut\nE1,2024-03-04T08:00,", "E1", "ut"),
    "ISF6102": _record(f'{CSV}episode_id,alder\nE1,"54,5"', "E1", "alder", ventet="et heltall"),
    "ISF6103": _record(f"{CSV}episode_id,inn\nE5,2024-06-31T08:00", "E5", "inn"),
    "ISF6104": _record(f"{CSV}episode_id,inn\nE1,2024-03-04T08:00+01:00", "E1", "inn"),
    "ISF6105": _record(f"{CSV}episode_id,alder\nE1,154", "E1", "alder", omraade="0..120", verdi="154"),
    "ISF6106": _record(
        f"{CSV}episode_id,hovedtilstand\nE1,M161X", "E1", "hovedtilstand", kodeverk="icd10", verdi="M161X"
    ),
    "ISF6107": _record(
        f"{CSV}episode_id,prosedyrer\nE1,nfb30", "E1", "prosedyrer", kodeverk="ncsp", forslag="NFB30", verdi="nfb30"
    ),
    "ISF6108": _record(
        f"{CSV}episode_id,ut,hovedtilstand\nE1,2024-03-07T12:00,U07.1", "E1", "hovedtilstand",
        kodeverk="icd10", gyldig="til 2023-12-31", verdi="U07.1",
    ),
    "ISF6109": _record(f'{JSONL}{{"episode_id": "E1", "hovedtilstand": ["M16.1", "J18.9"]}}', "E1", "hovedtilstand"),
    "ISF6110": _record(f'{JSONL}{{"episode_id": "E1", "prosedyrer": "NFB30"}}', "E1", "prosedyrer"),
    "ISF6111": _record(
        f'{CSV}episode_id,enhet\nE1,"Ortopedisk … (4 212 tegn)"', "E1", "enhet", lengde=4212, grense=1000
    ),
    "ISF6112": _record(f'{CSV}episode_id,enhet\nE1,"Orto\npedisk"', "E1", "enhet"),
    "ISF6113": _record(f"{CSV}episode_id,inn,ut\nE6,2024-08-02T08:00,2024-08-01T10:00", "E6", "ut", start="inn"),
    "ISF6114": _record(
        f"{CSV}episode_id,inn\nE7,2024-12-28T08:00\nE7,2024-12-29T08:00", "E7", None, antall=2
    ),
    "ISF6115": _record(
        f"{CSV}episode_id,enhet,alder\nE1,Medisin, Oslo,54", "episode.csv:2", None, antall=4, ventet=3
    ),
    "ISF6116": _record(f'{JSONL}{{"episode_id": "E1", "alder": }}', "episode.jsonl:1", None,
                       grunn="linjen er ikke gyldig JSON"),
    "ISF6117": _record(
        f"{CSV}episode_id,kostnad\nE1,1234.5678901234567", "E1", "kostnad", heltallssifre=18, desimaler=12
    ),
    "ISF6701": (";M161,…", {"line": 1}),
    "ISF6702": ("K12;M161,,,2,54", {"line": 1, "found": 5}),
    "ISF6703": ("K12;M161,…,7", {"line": 1, "text": "7"}),
    "ISF6706": ("K12;209E;2,16000,…", {"line": 1, "text": "209E;2"}),
    "ISF6704": ("ID;STRENG\nK12;M161,…", {"line": 1, "text": "ID;STRENG"}),
    "ISF6705": ("K12;M161,…\nK13;J189,…\nK12;M161,…", {"line": 3, "case_id": "K12", "first": 1}),
}
"""The data that a record is set aside for, and the problem's fields."""

_EPISODE = {"fil": "episode.csv"}
_XML = {"fil": "melding.xml", "linje": 214, "kolonne": 9}
_LOGIC: dict[str, Any] = {"file": "logic.csv", "row": 214}
_PRICES: dict[str, Any] = {"file": "prisliste.xlsx", "row": 12}

FIELDS: dict[str, dict[str, Any]] = {
    "ISF6001": {"fil": "data/2042"},
    "ISF6002": _EPISODE,
    "ISF6003": {**_EPISODE, "grunn": "EIO"},
    "ISF6004": {"fil": "episode.parquet", "er_mappe": True},
    "ISF6005": {"fil": "data", "poster": ("episode", "utlevering")},
    "ISF6006": {"fil": "episoder.csv", "poster": ("episode", "utlevering"), "forslag": "episode.csv"},
    "ISF6007": {"fil": "episode.xlsx", "post": "episode"},
    "ISF6008": {"fil": "lesmeg.txt"},
    "ISF6009": _EPISODE,
    "ISF6010": _EPISODE,
    "ISF6011": {**_EPISODE, "linje": 118, "trolig": "Windows-1252 eller ISO 8859-1"},
    "ISF6012": {**_EPISODE, "trolig": "Excel eller zip"},
    "ISF6013": {"fil": "episode.parquet", "format": "Parquet"},
    "ISF6014": {**_EPISODE, "linje": 118},
    "ISF6015": {"fil": "episode.jsonl"},
    "ISF6016": {**_EPISODE, "post": "episode", "kolonne": "hovedtilstad", "forslag": "hovedtilstand"},
    "ISF6017": {**_EPISODE, "post": "episode", "felt": "hovedtilstand"},
    "ISF6018": {**_EPISODE, "felt": "utskrivingsmåte"},
    "ISF6019": {**_EPISODE, "post": "episode", "felt": ("episode_id", "pasient_id", "inn", "ut")},
    "ISF6020": {"fil": "episode.parquet", "felt": "egenandel", "har": "float",
                "ventet": "et desimaltall med punktum"},
    "ISF6021": {**_EPISODE, "andre": "episode.parquet", "post": "episode", "antall": 120},
    "ISF6022": {"fil": "kurs.csv", "andre": "kurs.parquet", "post": "kurs"},
    "ISF6023": {"fil": "episode.parquet"},
    "ISF6027": {**_EPISODE, "linje": 118},
    "ISF6024": {**_EPISODE, "linje": 1, "grense": 1048576},
    "ISF6118": {"post": "episode", "felt": "prosedyrer", "kodeverk": "ncsp", "verdi": "nfb30", "forslag": "NFB30"},
    "ISF6201": {"fil": "ut/2024", "funnet": "notater.docx"},
    "ISF6202": {"fil": "ut/2024"},
    "ISF6203": {"fil": "ut/2024"},
    "ISF6204": {"fil": "/data/ut"},
    "ISF6205": {"fil": "ut/2024", "grunn": "EIO"},
    "ISF6206": {"fil": "opphold.parquet", "kolonne": "poeng", "ventet": "tall med 12 desimaler"},
    "ISF6207": {"fil": "ut/2024"},
    "ISF6208": {"fil": "/data/2024"},
    "ISF6301": {**_XML, "grunn": "sluttmerket passer ikke til startmerket"},
    "ISF6302": {**_XML, "linje": 90412, "kolonne": 1},
    "ISF6303": {**_XML, "linje": 2, "kolonne": 1, "hva": "en DTD"},
    "ISF6304": {**_XML, "grense": "elementene er nøstet dypere enn 64"},
    "ISF6305": {"fil": "melding.xml.gz", "grunn": "innholdet er mer enn 200 ganger så stort som filen"},
    "ISF6306": {"fil": "melding.zip", "grunn": "den inneholder «lesmeg.txt», som ikke er en .xml-fil"},
    "ISF6307": {"fil": "faktura.xml", "linje": 2, "kolonne": 1, "rot": "Invoice"},
    "ISF6308": {**_XML, "linje": 2, "kolonne": 1, "versjon": "60.0.0", "kjente": ("53.1.3",)},
    "ISF6309": {**_XML, "element": "Episode", "grunn": "attributtet «episodeID» mangler"},
    "ISF6310": {"fil": "melding.xml", "antall": 340},
    "ISF6311": {"fil": "melding.xml", "antall": 3, "utfort": 1},
    "ISF6317": {"fil": "mars.xml", "linje": 118, "kolonne": 3, "id": "E1", "av": "april.xml"},
    "ISF6312": {
        "fil": "melding.xml", "versjon": "53.1.3", "innhold": "1 institusjon, 812 pasienter, 1204 episoder",
        "kontroll": "kontrollert mot mapping_53_1_3.toml", "ikke_brukt": ("44 Henvisning",),
    },
    "ISF6313": {"fil": "melding.xml", "post": "episode", "poster": ("utlevering",)},
    "ISF6314": {"fil": "mapping_60.toml", "grunn": "«post» mangler"},
    "ISF6315": {"fil": "melding_2.xml", "antall": 4},
    "ISF7001": {"file": "tabeller/2042"},
    "ISF7002": {"file": "tabeller", "candidates": ("2023.xlsx", "2024.xlsx")},
    "ISF7003": {"file": "tabeller.xlsx", "reason": "den er ikke en hel .xlsx-fil"},
    "ISF7004": {"file": "logic.csv", "row": 9321},
    "ISF7005": {"file": "tabeller.xlsx"},
    "ISF7006": {"file": "tabeller.xlsx", "size": 1312 << 20, "limit": 512 << 20, "unpacked": True},
    "ISF7007": {"file": "tabeller.json", "line": 812, "reason": "det mangler et komma"},
    "ISF7008": {"file": "tabeller/2024", "table": "proc_feat", "names": ("proc_feat", "procfeat"),
                "nearest": "prc_feat.csv"},
    "ISF7009": {"file": "logic.txt", "table": "logic", "other": "logic.csv"},
    "ISF7010": {"file": "dg_feat.csv", "names": ("code_nat", "code"), "nearest": "kode_nat"},
    "ISF7011": {"file": "logic.csv", "column": "pdgprop"},
    "ISF7012": {**_LOGIC, "column": "agelim", "rule": "08A0100", "text": "!365",
                "legal": "«<» eller «>» og et helt antall dager"},
    "ISF7013": {**_LOGIC, "column": "sex", "rule": "08A0100", "text": "K", "legal": "«M», «F» eller «-» alene"},
    "ISF7014": {**_LOGIC, "column": "drg"},
    "ISF7015": {**_LOGIC, "found": 31, "expected": 30},
    "ISF7016": {"file": "tabeller.xlsx", "row": 78, "column": "pdgprop", "text": "5E+41", "found": "tallet"},
    "ISF7017": {"file": "logic.csv"},
    "ISF7030": {"file": "logic.csv", "row": 9321, "rule": "99Z0900"},
    "ISF7031": {"file": "logic.csv", "column": "secproc9", "filled": 14},
    "ISF7032": {"file": "tabeller/2024"},
    "ISF7033": {"file": "dg_feat.csv", "row": 812, "subject": "M161", "first": "08M41", "other": "08M42"},
    "ISF7034": {"file": "dg_feat.csv", "row": 812, "first": "A00b", "other": "A00B"},
    "ISF7035": {"file": "logic.csv", "row": 58, "group": "ZZZ9", "count": 1},
    "ISF7036": {"file": "logic.csv", "row": 58, "value": "08S41", "count": 1},
    "ISF7037": {"file": "compl_cat.csv", "row": 16, "circle": ("05I41", "06I42")},
    "ISF7038": {"file": "dg_feat.csv", "row": 180, "last": "08X"},
    "ISF7039": {"file": "dg_feat.csv", "table": "dg_feat"},
    "ISF7040": {"file": "rules/2024/drg", "reason": "det er ikke plass på disken"},
    "ISF7042": {
        "file": "rules/2024",
        "reason": "hierarkiet «DRG» er ikke «ufullstendig», så det er ingenting å fylle",
    },
    "ISF7043": {
        "file": "rules/2024+ut/tabeller",
        "count": 1,
        "first": ("ISF2001 ut/tabeller/ord.isf:5:12: navnet «omsorgsnivå» er ikke definert for «kontakt»",),
    },
    "ISF7041": {"file": "rules/2024/drg", "found": ("hdg_08.isf",), "edited": True},
    "ISF7050": {"file": "prisliste.pdf", "reason": "ukjent filtype"},
    "ISF7051": {**_PRICES, "column": "vekt", "text": "ca. 2,1", "expected": "et tall som 0,150, med høyst 6 desimaler"},
    "ISF7052": {**_PRICES, "group": "XS09"},
    "ISF7053": {**_PRICES, "subject": "209E", "first": 8},
    "ISF7054": {**_PRICES, "column": "DRG", "text": "209*"},
    "ISF9002": {"reason": "den formaterte teksten betyr noe annet"},
    "ISF9003": {"path": "rules/2024/sats.isf", "reason": "permission denied"},
}
"""The fields of the problems that are shown alone."""
# fmt: on


def examples() -> Iterator[tuple[str, str]]:
    """(code, what the page shows)."""
    registry = diagnostics.load_all()
    for code, text in TEXTS.items():
        parsed = parse(Source("regler.isf", HEAD + text))
        problem = next(p for p in parsed.problems if p.code == code)
        yield code, render_problem(problem, {"regler.isf": parsed.source})
    for code, (rows, fields) in ROWS.items():
        problem = registry[code](**fields)
        assert isinstance(problem, RecordProblem | DrgStringProblem)
        yield code, f"{rows}\n\n{code}: {problem.message()}"
    for code, fields in FIELDS.items():
        yield code, render_problem(registry[code](**fields), {})


def written(code: str) -> str:
    """The example on the page."""
    found = EXAMPLE.search((CATALOG / f"{code}.md").read_text("utf-8"))
    assert found is not None, code
    return found[2]


def rewrite(code: str, example: str) -> None:
    """Put another example on the page."""
    path = CATALOG / f"{code}.md"
    text = EXAMPLE.sub(lambda m: m[1] + example + m[3], path.read_text("utf-8"))
    path.write_text(text, "utf-8")
