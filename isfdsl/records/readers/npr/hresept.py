"""Settlements of H-resepter (CSV) as records, by the mapping file ``hresept.toml``.

A file is known by its header, whatever it is called; one that already has the columns of a post is an ordinary file.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.npr import HreseptRead, NprWithoutPost
from isfdsl.diagnostics.record_files import BrokenCsv, CutInRow
from isfdsl.diagnostics.records import RowWidth
from isfdsl.records.faults import FileFault
from isfdsl.records.readers.csv import SEPARATORS
from isfdsl.records.readers.extra import Aside, ExtraReader, ExtraRow
from isfdsl.records.readers.npr.mapping import CsvMapping, hresept_mapping
from isfdsl.records.readers.text import Lines, open_text
from isfdsl.records.schema import RecordSchema, ascii_name

Columns = dict[str, int]
_SUFFIXES = (".csv", ".csv.gz", ".txt", ".txt.gz")


def hresept_files(path: Path, schemas: Mapping[str, RecordSchema]) -> list[str]:
    """The names, in lower case, of the H-resept files at ``path`` (a folder or a file)."""
    try:
        found = [path] if path.is_file() else sorted(path.iterdir()) if path.is_dir() else []
        files = [p for p in found if p.name.lower().endswith(_SUFFIXES) and p.is_file()]
    except OSError:
        return []
    if not files:
        return []
    mapping = hresept_mapping()
    return [p.name.lower() for p in files if _is_hresept(p, mapping, schemas)]


def _is_hresept(path: Path, mapping: CsvMapping, schemas: Mapping[str, RecordSchema]) -> bool:
    try:
        with open_text(path, path.name) as text:
            header = next((line for line in Lines(text, path.name) if line.strip()), "")
    except FileFault:
        return False
    names = _split(header, mapping)[0]
    columns = {_folded(n) for n in names}
    if not all(any(_folded(a) in columns for a in group) for group in mapping.known_by):
        return False
    # A table whose every column is a field of the post is just that.
    schema = schemas.get(mapping.post)
    return schema is None or not set(map(ascii_name, names)) <= set(map(ascii_name, schema.spellings()))


def _folded(name: str) -> str:
    return ascii_name(name.strip())


def _split(header: str, mapping: CsvMapping) -> tuple[list[str], str]:
    """The column names and the separator that gives the most known ones."""
    known = {_folded(c) for group in mapping.known_by for c in group} | {_folded(c) for c in mapping.known}
    for alternatives in mapping.fields.values():
        for one in alternatives:
            for c in (one,) if isinstance(one, str) else one:
                known |= {_folded(part) for part in c.split("|")}

    def names(mark: str) -> list[str]:
        try:
            return next(csv.reader([header], delimiter=mark), [])
        except csv.Error:
            return []

    mark = max(SEPARATORS, key=lambda m: sum(_folded(n) in known for n in names(m)))
    return names(mark), mark


def hresept_reader(schemas: Mapping[str, RecordSchema], notes: list[Problem]) -> ExtraReader:
    """A reader of such files. What was read and what was not used is added to ``notes``."""

    def rows(path: Path, fil: str) -> Iterator[ExtraRow]:
        mapping = hresept_mapping()
        schema = schemas.get(mapping.post)
        if schema is None:
            raise FileFault(NprWithoutPost(fil=fil, post=mapping.post, poster=tuple(schemas)))
        with open_text(path, fil) as text:
            lines = Lines(text, fil)
            skipped = 0
            header = next(lines, "")
            while header and not header.strip():
                skipped += 1
                header = next(lines, "")
            names, mark = _split(header, mapping)
            columns: Columns = {}
            for i, n in enumerate(names):
                columns.setdefault(_folded(n), i)
            getters = _getters(mapping, schema, columns)
            reader = csv.reader(chain([header], lines), delimiter=mark, strict=True)
            count = before = 0
            try:
                next(reader, None)
                before = reader.line_num
                for row in reader:
                    number, before = before + 1 + skipped, reader.line_num
                    if not row:
                        continue
                    count += 1
                    if len(row) != len(names):
                        if lines.unended and len(row) < len(names):
                            raise FileFault(CutInRow(fil=fil, linje=number))
                        problem = RowWidth(
                            post=schema.name, record_id=f"{fil}:{number}", antall=len(row), ventet=len(names)
                        )
                        yield schema.name, number, Aside(problem)
                    else:
                        yield schema.name, number, {name: get(row) for name, get in getters}
            except csv.Error:
                raise FileFault(BrokenCsv(fil=fil, linje=before + 1 + skipped)) from None
        used = {_folded(c) for c in _used(mapping, schema)}
        unused = tuple(n.strip() for n in names if _folded(n) not in used)
        notes.append(HreseptRead(fil=fil, antall=count, tilordning=mapping.file, ikke_brukt=unused))

    return rows


def _used(mapping: CsvMapping, schema: RecordSchema) -> Iterator[str]:
    have = {ascii_name(f.name) for f in schema.fields}
    for name, alternatives in mapping.fields.items():
        if ascii_name(name) in have:
            for one in alternatives:
                for c in (one,) if isinstance(one, str) else one:
                    yield from c.split("|")


def _getters(
    mapping: CsvMapping, schema: RecordSchema, columns: Columns
) -> list[tuple[str, Callable[[list[str]], object]]]:
    out: list[tuple[str, Callable[[list[str]], object]]] = []
    for name, alternatives in mapping.fields.items():
        spec = next((f for f in schema.fields if ascii_name(f.name) == ascii_name(name)), None)
        if spec is None:
            continue
        places = [p for one in alternatives if (p := _places(one, columns)) is not None]
        out.append((spec.name, _getter(places, mapping.dates if name in mapping.date_fields else (), spec.is_list)))
    return out


def _places(one: str | tuple[str, ...], columns: Columns) -> list[list[int]] | None:
    """The columns to join; each the first of some alternatives. ``None`` when there are none."""
    parts = [one] if isinstance(one, str) else list(one)
    found = [[columns[_folded(a)] for a in part.split("|") if _folded(a) in columns] for part in parts]
    return found if all(found) else [f for f in found if f] or None


def _getter(places: list[list[list[int]]], dates: tuple[str, ...], as_list: bool) -> Callable[[list[str]], object]:
    def get(row: list[str]) -> object:
        for joined in places:
            parts = [next((row[i].strip() for i in columns if row[i].strip()), "") for columns in joined]
            if parts[0]:
                text = "/".join(p for p in parts if p)
                value = _iso(text, dates) if dates else text
                return [value] if as_list else value
        return None

    return get


def _iso(text: str, formats: tuple[str, ...]) -> str:
    """A day in one of the formats as ISO 8601; anything else as it is, for the validator to judge."""
    for form in formats:
        try:
            return dt.datetime.strptime(text[:10], form).date().isoformat()
        except ValueError:
            continue
    return text
