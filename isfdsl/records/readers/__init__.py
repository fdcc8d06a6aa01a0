"""Reading a folder of data files: one file per `post`, in any order, into records and rejects.

``read_input`` reads everything and applies the rules that need everything (keys that occur twice);
``batches.InputBatches`` does the same a batch at a time, in bounded memory; ``scan_file`` gives the records of one
file as they come. A new format is a function in
``_FORMATS``; a format that holds several record types in one file (NPR message XML, NordDRG case strings)
comes in by ``extra``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from attrs import define, field, frozen

from isfdsl.diagnostics.base import Problem, no_error
from isfdsl.diagnostics.nearest import nearest
from isfdsl.diagnostics.record_files import (
    EmptyFile,
    FileIgnored,
    InputNotFound,
    NoDataFiles,
    NoRows,
    NotAFile,
    SameKeyInTwoFiles,
    TwoFilesWithoutKey,
    UnknownPostFile,
    UnsupportedFileType,
)
from isfdsl.records.faults import FileFault, from_os_error
from isfdsl.records.readers import csv, jsonl, parquet
from isfdsl.records.readers.extra import Aside, ExtraReader
from isfdsl.records.record import Record, Reject
from isfdsl.records.schema import RecordSchema, ascii_name
from isfdsl.records.validate import Outcome, Row, Validator, set_aside_duplicates

RowReader = Callable[[Path, str, RecordSchema, list[Problem]], Iterator[tuple[int, Row]]]

_FORMATS: dict[str, RowReader] = {
    ".parquet": parquet.rows,
    ".csv": csv.rows,
    ".csv.gz": csv.rows,
    ".jsonl": jsonl.rows,
    ".jsonl.gz": jsonl.rows,
    ".ndjson": jsonl.rows,
    ".ndjson.gz": jsonl.rows,
}


@frozen
class Counts:
    """Rows of one post: ``lest == godtatt + avvist``, always."""

    lest: int
    godtatt: int
    avvist: int


@frozen
class ReadResult:
    """What an input holds. A file with an error among ``problems`` contributes no records and no rejects.

    ``records``: post → records in file order, for every post, also those without a file. ``rejects``: sorted
    by post, file and row. ``counts``: post → counts.
    """

    records: Mapping[str, tuple[Record, ...]]
    rejects: tuple[Reject, ...]
    problems: tuple[Problem, ...]
    counts: Mapping[str, Counts]

    @property
    def ok(self) -> bool:
        """Whether every file could be read; rejects do not matter here."""
        return no_error(self.problems)


@define
class _Post:
    """What has been read of one post so far."""

    schema: RecordSchema
    records: list[Record] = field(factory=list)
    rejects: list[Reject] = field(factory=list)
    files: list[str] = field(factory=list)


@frozen
class DataFile:
    """A file to read: ``fil`` is its shown name, ``post`` the schema it is named after, ``suffix`` its
    format.
    """

    path: Path
    fil: str
    post: str
    suffix: str


def scan_file(file: DataFile, schema: RecordSchema, problems: list[Problem]) -> Iterator[Outcome]:
    """The records and rejects of one file as they come. Warnings are added to ``problems`` at the end.

    Raises ``FileFault`` when the file cannot be read (on); what came before it should then be left out.
    """
    validator = Validator(schema, text_lists=file.suffix.startswith(".csv"))
    number = 0
    for number, row in scan_rows(file, schema, problems):
        yield validator.outcome(file.fil, number, row)
    if number == 0:
        problems.append(NoRows(fil=file.fil))
    problems.extend(validator.warnings())


def scan_rows(file: DataFile, schema: RecordSchema, problems: list[Problem]) -> Iterator[tuple[int, Row]]:
    """The raw rows of one file with their numbers. Raises ``FileFault``."""
    return _FORMATS[file.suffix](file.path, file.fil, schema, problems)


def read_input(
    path: str | Path, schemas: Iterable[RecordSchema], *, extra: Mapping[str, ExtraReader] | None = None
) -> ReadResult:
    """Read a folder of data files, or one file. Never raises for what is there: see ``ReadResult.problems``.

    ``extra``: suffix (``.drg``) → reader for formats that decide themselves which post a row is.
    """
    by_post = {s.name: _Post(s) for s in schemas}
    problems: list[Problem] = []
    extra = extra or {}
    for found in find_input(Path(path), by_post, extra, problems):
        try:
            if isinstance(found, DataFile):
                _read_file(found, by_post[found.post], problems)
            else:
                _read_extra(found, extra[suffix_of(found.name, extra)], by_post, problems)
        except FileFault as fault:
            problems.extend(fault.problems)
    for post in by_post.values():
        post.records, aside, repeated = set_aside_duplicates(post.records, post.rejects)
        post.rejects += aside
        problems.extend(shared_files(post.schema, post.files, repeated))
    rejects = [r for name in sorted(by_post) for r in sorted(by_post[name].rejects, key=_place)]
    return ReadResult(
        records={name: tuple(p.records) for name, p in by_post.items()},
        rejects=tuple(rejects),
        problems=tuple(once(problems)),
        counts={
            name: Counts(len(p.records) + len(p.rejects), len(p.records), len(p.rejects)) for name, p in by_post.items()
        },
    )


def _place(reject: Reject) -> tuple[str, int]:
    return reject.fil, reject.rad


def once(problems: Iterable[Problem]) -> Iterator[Problem]:
    """The problems without repeats: two files of a post may give the same warning."""
    seen: list[Problem] = []
    for problem in problems:
        if problem not in seen:
            seen.append(problem)
            yield problem


def _read_file(file: DataFile, post: _Post, problems: list[Problem]) -> None:
    records: list[Record] = []
    rejects: list[Reject] = []
    notes: list[Problem] = []
    for outcome in scan_file(file, post.schema, notes):
        if isinstance(outcome, Record):
            records.append(outcome)
        else:
            rejects.append(outcome)
    post.records += records
    post.rejects += rejects
    post.files.append(file.fil)
    problems.extend(notes)


def _read_extra(path: Path, reader: ExtraReader, by_post: Mapping[str, _Post], problems: list[Problem]) -> None:
    notes: list[Problem] = []
    outcomes = list(scan_extra(path, reader, {name: post.schema for name, post in by_post.items()}, notes))
    for name, outcome in outcomes:
        post = by_post[name]
        if isinstance(outcome, Record):
            post.records.append(outcome)
        else:
            post.rejects.append(outcome)
        if path.name not in post.files:
            post.files.append(path.name)
    problems.extend(notes)


def scan_extra(
    path: Path, reader: ExtraReader, schemas: Mapping[str, RecordSchema], problems: list[Problem]
) -> Iterator[tuple[str, Outcome]]:
    """Post, and record or reject, of a file of another format, as ``scan_file`` does."""
    validators = {name: Validator(schema) for name, schema in schemas.items()}
    fields = {name: [(f.name, ascii_name(f.name)) for f in schema.fields] for name, schema in schemas.items()}
    empty = True
    try:
        for name, number, values in reader(path, path.name):
            empty = False
            if isinstance(values, Aside):
                yield name, _aside(values, path.name, number, name)
                continue
            row = [values[f] if f in values else values.get(plain) for f, plain in fields[name]]
            yield name, validators[name].outcome(path.name, number, row)
    except OSError as error:
        raise FileFault(from_os_error(path.name, error)) from None
    if empty:
        problems.append(NoRows(fil=path.name))
    for validator in validators.values():
        problems.extend(validator.warnings())


def scan_extra_keys(
    path: Path, reader: ExtraReader, schemas: Mapping[str, RecordSchema]
) -> Iterator[tuple[str, str | None]]:
    """Post and key of each row of a file of another format, without looking at the rest of the row."""
    validators = {name: Validator(schema) for name, schema in schemas.items()}
    fields = {
        name: [(f.name, ascii_name(f.name)) if f.key else None for f in schema.fields]
        for name, schema in schemas.items()
    }
    try:
        for name, _, values in reader(path, path.name):
            if isinstance(values, Aside):
                yield name, values.nokkel
                continue
            row = [None if f is None else values[f[0]] if f[0] in values else values.get(f[1]) for f in fields[name]]
            yield name, validators[name].key(row)
    except OSError as error:
        raise FileFault(from_os_error(path.name, error)) from None


def _aside(aside: Aside, fil: str, rad: int, post: str) -> Reject:
    record_id = aside.nokkel if aside.nokkel is not None else f"{fil}:{rad}"
    return Reject(fil, rad, record_id, aside.problem.code, aside.problem.message(), post, aside.nokkel)


def shared_files(schema: RecordSchema, given: Iterable[str], repeated: Mapping[str, set[str]]) -> list[Problem]:
    """What is wrong with a post's standing in several files; ``repeated`` is each repeated key with its files."""
    files = sorted(given)
    if len(files) < 2:
        return []
    if not schema.key_fields:
        return [TwoFilesWithoutKey(fil=files[0], andre=f, post=schema.name) for f in files[1:]]
    pairs: dict[tuple[str, str], int] = {}
    for shared in repeated.values():
        ordered = sorted(shared)
        for other in ordered[1:]:
            pairs[ordered[0], other] = pairs.get((ordered[0], other), 0) + 1
    return [SameKeyInTwoFiles(fil=a, andre=b, post=schema.name, antall=n) for (a, b), n in sorted(pairs.items())]


def suffix_of(name: str, extra: Iterable[str]) -> str:
    """The format suffix of a file name, lower case; empty when it is none we know."""
    lower = name.lower()
    known = [s for s in (*_FORMATS, *extra) if lower.endswith(s)]
    return max(known, key=len, default="")


def find_input(
    path: Path, by_post: Mapping[str, object], extra: Mapping[str, ExtraReader], problems: list[Problem]
) -> list[DataFile | Path]:
    """The files to read, sorted by name; what stands in the way goes to ``problems``."""
    shown = str(path)
    try:
        if path.is_dir():
            entries = sorted((p for p in path.iterdir() if not p.name.startswith((".", "_"))), key=_by_name)
        elif path.exists() or path.is_symlink():
            return _one(path, by_post, extra, problems, alone=True)
        else:
            problems.append(_not_found(path))
            return []
    except OSError as error:
        problems.append(from_os_error(shown, error))
        return []
    before = len(problems)
    found = [f for p in entries for f in _one(p, by_post, extra, problems, alone=False)]
    if not found and all(p.severity != "feil" for p in problems[before:]):
        problems.append(NoDataFiles(fil=shown, poster=tuple(by_post)))
    return found


def _by_name(path: Path) -> str:
    return path.name


def _not_found(path: Path) -> Problem:
    try:
        near = nearest(path.name, [p.name for p in path.parent.iterdir()])
    except (OSError, ValueError):
        near = ()
    return InputNotFound(fil=str(path), forslag=near[0] if near else None)


def _one(
    path: Path,
    by_post: Mapping[str, object],
    extra: Mapping[str, ExtraReader],
    problems: list[Problem],
    *,
    alone: bool,
) -> list[DataFile | Path]:
    """``path`` as a list of one file to read, or of none and a problem."""
    suffix = suffix_of(path.name, extra)
    stem = path.name[: len(path.name) - len(suffix)] if suffix else path.name.split(".")[0]
    post = _post_named(stem, by_post)
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
        size = path.stat().st_size if is_file else 0
    except OSError as error:
        problems.append(from_os_error(path.name, error))
        return []
    if not is_file:
        if suffix or alone:
            problems.append(NotAFile(fil=path.name, er_mappe=is_folder))
        else:
            problems.append(FileIgnored(fil=path.name))
        return []
    if suffix in extra:
        return [path]
    if not suffix:
        if post is None and not alone:
            problems.append(FileIgnored(fil=path.name))
        else:
            problems.append(UnsupportedFileType(fil=path.name, post=post or next(iter(by_post), "episode")))
        return []
    if post is None:
        near = nearest(stem, by_post)
        problems.append(
            UnknownPostFile(fil=path.name, poster=tuple(by_post), forslag=near[0] + suffix if near else None)
        )
        return []
    if size == 0 and not suffix.startswith((".jsonl", ".ndjson")):
        problems.append(EmptyFile(fil=path.name))
        return []
    return [DataFile(path, path.name, post, suffix)]


_T = TypeVar("_T")


def _post_named(stem: str, by_post: Mapping[str, _T]) -> str | None:
    """The post a file is named after, by its own name or the one without æøå."""
    composed = unicodedata.normalize("NFC", stem)
    if composed in by_post:
        return composed
    return next((name for name in by_post if ascii_name(name) == composed), None)


__all__ = ["Aside", "Counts", "DataFile", "ExtraReader", "ReadResult", "read_input", "scan_file"]
