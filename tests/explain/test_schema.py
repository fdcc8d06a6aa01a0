"""The JSON Schemas beside the package say what the documents are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import isfdsl.explain as explaining
from isfdsl.explain import Document, Explanation, WhatIf, WhyNot, explain, json_schema, to_json, whatif, why_not
from tests.explain.support import Records, hip, inputs, rich

FOLDER = Path(explaining.__file__).parent
FILES = {"schema.json": Explanation, "hvorfor_ikke.schema.json": WhyNot, "hva_om.schema.json": WhatIf}


@pytest.mark.golden
@pytest.mark.parametrize("name", FILES)
def test_the_file_is_the_schema_of_the_classes(name: str, update_golden: bool) -> None:
    told = json.dumps(json_schema(FILES[name]), ensure_ascii=False, indent=1) + "\n"
    if update_golden:
        (FOLDER / name).write_text(told, encoding="utf-8")
    assert (FOLDER / name).read_text(encoding="utf-8") == told


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any], where: str = "$") -> list[str]:
    """What is wrong with a value; as much of JSON Schema as ours use."""
    if "$ref" in schema:
        return faults(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root, where)
    if "anyOf" in schema:
        each = [faults(value, option, root, where) for option in schema["anyOf"]]
        return [] if any(not e for e in each) else min(each, key=len)
    if "const" in schema and value != schema["const"]:
        return [f"{where}: {value!r} is not {schema['const']!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is not one of {schema['enum']}"]
    kinds = schema.get("type")
    if kinds is not None and kind(value) not in ([kinds] if isinstance(kinds, str) else kinds):
        return [f"{where}: {value!r} is not {kinds}"]
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        return [f"{where}: {value!r} does not fit {schema['pattern']}"]
    out: list[str] = []
    if isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            out += faults(item, schema["items"], root, f"{where}[{i}]")
    if isinstance(value, dict) and "properties" in schema:
        out += [f"{where}: {k} is missing" for k in schema["required"] if k not in value]
        out += [f"{where}: {k} is not known" for k in value if k not in schema["properties"]]
        for k, v in value.items():
            out += faults(v, schema["properties"].get(k, {}), root, f"{where}.{k}")
    return out


def kind(value: Any) -> str:
    """The JSON type of a value."""
    names = {type(None): "null", bool: "boolean", int: "integer", str: "string", list: "array", dict: "object"}
    return names[type(value)]


def fits(document: Document) -> None:
    """Fails when a document does not fit the file."""
    name = next(n for n, cls in FILES.items() if isinstance(document, cls))
    schema = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert faults(json.loads(json.dumps(to_json(document))), schema, schema) == []


@given(inputs())
def test_generated_documents_fit(records: Records) -> None:
    rules = rich()
    for r in [r for rs in records.values() for r in rs][:3]:
        fits(explain(rules, records, r.record_id))
        fits(why_not(rules, records, r.record_id, "TFG", "HT03"))
        fits(why_not(rules, records, r.record_id, "DRG", "209E"))
        field = "sted=4" if r.post == "episode" else "legemiddel=L04"
        fits(whatif(rules, records, r.record_id, [field]))


def test_keys_are_ascii_snake_case() -> None:
    for cls in FILES.values():
        schema = json_schema(cls)
        for part in (schema, *schema["$defs"].values()):
            assert all(re.fullmatch(r"[a-z][a-z0-9_]*", k) for k in part["properties"])


def test_the_check_finds_faults() -> None:
    schema = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
    found = to_json(explain(rich(), hip(), "E1"))
    assert faults(found, schema, schema) == []
    assert faults({**found, "nytt": 1}, schema, schema)
    assert faults({**found, "svar": None}, schema, schema)
    assert faults({k: v for k, v in found.items() if k != "id"}, schema, schema)
