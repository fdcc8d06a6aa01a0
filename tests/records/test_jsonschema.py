"""`isf schema`: JSON Schema and the table."""

from __future__ import annotations

import json
import re
from decimal import Decimal

from isfdsl.records.jsonschema import json_schema, text_table
from isfdsl.records.schema import CodeInfo, CodeSystem, FieldSchema, RecordSchema
from tests.records.support import EPISODE, SCHEMAS


def test_json_schema() -> None:
    found = json.loads(json.dumps(json_schema(EPISODE), ensure_ascii=False))
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert found["required"] == ["episode_id", "pasient_id", "alder_dager", "inn"]
    assert found["additionalProperties"] is False
    fields = found["properties"]
    assert list(fields) == [f.name for f in EPISODE.fields]
    assert fields["alder_dager"] == {"type": "integer", "minimum": 0, "maximum": 45_000}
    assert fields["egenandel"]["anyOf"] == [{"type": "number", "minimum": 0, "maximum": 9999.99}, {"type": "null"}]
    assert fields["omsorgsnivå"]["anyOf"][0] == {"type": "string", "enum": ["1", "2", "3"]}
    pattern = fields["hovedtilstand"]["anyOf"][0]["pattern"]
    assert all(re.search(pattern, code) for code in ("M16.1", "M161", "A17.0+G01"))
    assert not any(re.search(pattern, code) for code in ("m161", "A170+", "M16.1 I10"))
    assert fields["prosedyrer"] == {
        "type": ["array", "null"],
        "items": {"type": "string"},
        "description": "kodeverk: ncsp (4 koder), ncmp (2 koder)",
    }
    moment = fields["inn"]["pattern"]
    assert re.search(moment, "2024-01-01") and re.search(moment, "2024-01-01T08:15:00.123456")
    assert not re.search(moment, "2024-01-01T08:15Z")


def test_every_kind_has_a_schema() -> None:
    listed = CodeSystem("k", True, "[A-Z]", {"A": CodeInfo("")})
    fields = (
        FieldSchema("a", "desimal", key=True, low=Decimal("0.5")),
        FieldSchema("b", "dato", is_list=True, key=True),
        FieldSchema("c", "ja_nei"),
        FieldSchema("d", "kodepar", systems=(listed,)),
        FieldSchema("e", "kode", systems=(CodeSystem("k", True, r"[A-Z]\.[0-9]"),)),
    )
    found = json.loads(json.dumps(json_schema(RecordSchema("p", fields))))["properties"]
    assert found["a"] == {"type": "number", "minimum": 0.5}
    assert found["b"]["minItems"] == 1
    assert found["d"] == {"type": "string", "description": "kodeverk: k (åpent)"}
    assert found["e"]["pattern"] == r"^(?:(?:[A-Z]\.?[0-9]))$"


def test_text_table() -> None:
    lines = text_table(SCHEMAS).splitlines()
    assert lines[0] == "post episode"
    assert lines[2].split() == ["felt", "type", "påkrevd", "område", "kodeverk", "rolle"]
    assert lines[4].split() == ["episode_id", "tekst", "nøkkel", "nøkkel"]
    assert next(line for line in lines if "alder" in line).split() == ["alder_dager", "heltall", "ja", "0..45000"]
    assert "post utlevering" in lines
    assert not any(line != line.rstrip() for line in lines)
