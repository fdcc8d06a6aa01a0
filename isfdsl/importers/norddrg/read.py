"""Where a definition set lies, and reading it whole: ``read_tables`` is the way in."""

from __future__ import annotations

import difflib
from pathlib import Path

from attrs import evolve, frozen

from isfdsl.diagnostics.import_content import NamesMissing
from isfdsl.diagnostics.import_tables import DuplicateTable, MissingTable, TableWithoutRows
from isfdsl.diagnostics.importing import AmbiguousSource, SourceNotFound, UnreadableFile
from isfdsl.diagnostics.os_errors import reason_of
from isfdsl.importers.norddrg import columns
from isfdsl.importers.norddrg.build import Builder, Texts
from isfdsl.importers.norddrg.checks import check_tables
from isfdsl.importers.norddrg.json_file import read_json
from isfdsl.importers.norddrg.raw import RawTable, too_large
from isfdsl.importers.norddrg.tables import Tables
from isfdsl.importers.norddrg.text_files import read_csv
from isfdsl.importers.norddrg.workbook import read_workbook
from isfdsl.importers.report import ImportReport, Recorder

_CSV = (".csv", ".txt", ".tsv")
_BOOKS = (".xlsx", ".xlsm")


@frozen
class TableImport:
    """What came of reading a set: ``tables`` is ``None`` when the report has a problem of error rank."""

    tables: Tables | None
    report: ImportReport


def read_tables(source: Path | str, texts: Path | str | None = None) -> TableImport:
    """Read a definition set from a folder of CSV files, a workbook or a JSON file. Never raises for bad content.

    ``texts`` is another form of the set that the names are taken from. A JSON file has none, so without ``texts`` those
    of the one folder or workbook beside it are taken, when there is just one.
    """
    path = Path(source)
    recorder = Recorder()
    form, raws = _read(path, recorder)
    tables = None if recorder.failed else _assemble(path, raws, recorder)
    rows: tuple[tuple[str, int], ...] = ()
    if tables is not None:
        tables = _with_texts(tables, path, form, None if texts is None else Path(texts), recorder)
        check_tables(tables, recorder)
        rows = tuple((table, len(getattr(tables, table))) for table in columns.TABLE_NAMES)
    report = ImportReport(
        source=str(source), form=form, rows=rows, counts=recorder.counts(), problems=tuple(recorder.problems)
    )
    return TableImport(tables if report.ok else None, report)


def _read(path: Path, recorder: Recorder) -> tuple[str, list[RawTable]]:
    """The form (``csv``, ``xlsx``, ``json`` or empty) and the raw tables of a path."""
    try:
        if path.is_dir():
            return _read_folder(path, recorder)
        if not path.is_file():
            recorder.problem(SourceNotFound(file=str(path)))
            return "", []
        if too_large(path, recorder):
            return "", []
        suffix = path.suffix.lower()
        if suffix == ".json":
            return "json", read_json(path, recorder)
        if suffix in _BOOKS or suffix == ".xls":
            return "xlsx", read_workbook(path, recorder)
        reason = "en enkelt CSV-fil er bare én av tabellene" if suffix in _CSV else "ukjent filtype"
        recorder.problem(SourceNotFound(file=str(path), reason=reason))
    except OSError as error:
        shown = str(error.filename or path)
        recorder.problem(UnreadableFile(file=shown, reason=reason_of(error), hint="kontroller tilgangen"))
    return "", []


def _with_texts(tables: Tables, path: Path, form: str, texts: Path | None, recorder: Recorder) -> Tables:
    """The tables with the texts of another form of the set where they have none."""
    told = texts is not None
    if texts is None:
        texts = _beside(path) if form == "json" and not tables.texts else None
        if texts is None:
            return tables
    own = Recorder()
    found = _texts_of(_read(texts, own)[1], own)
    if not found:
        for problem in own.problems if told else ():
            recorder.problem(problem)
        if told and not own.problems:
            recorder.problem(SourceNotFound(file=str(texts), reason="der er det ingen tekster"))
        return tables
    recorder.add("tekster_fra", texts.name)
    kinds = {*found, *tables.texts}
    return evolve(tables, texts={kind: {**found.get(kind, {}), **tables.texts.get(kind, {})} for kind in sorted(kinds)})


def _texts_of(raws: list[RawTable], recorder: Recorder) -> Texts:
    """Every text in some raw tables."""
    builder = Builder(recorder)
    readers = {"names": builder.names, "compl_cat": builder.compl_cat, "dg_feat": builder.dg_feat}
    readers |= {"proc_feat": builder.proc_feat, "logic": builder.logic}
    for raw in sorted(raws, key=_rank):
        table = columns.table_of(raw.name, raw.headings)
        if table is not None:
            readers[table](raw) if table in readers else None
        elif raw.name in columns.TEXT_TABLES:
            builder.text_table(raw)
    return builder.all_texts()


def _beside(path: Path) -> Path | None:
    """The folder ``csv`` or the text tables beside a file, else the workbook of the same name."""
    folder = path.absolute().parent
    try:
        entries = sorted(folder.iterdir())
        if any(
            e.is_file() and e.suffix.lower() in _CSV and columns.stem(e.stem) in columns.TEXT_TABLES for e in entries
        ):
            return folder
        inner = [e for e in entries if e.is_dir() and e.name.lower() == "csv"]
        books = [e for e in entries if e.is_file() and e.suffix.lower() in _BOOKS and e.stem == path.stem]
    except OSError:
        return None
    return next(iter((*inner, *books)), None)


def _read_folder(folder: Path, recorder: Recorder) -> tuple[str, list[RawTable]]:
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith((".", "~$")))
    texts = [entry for entry in entries if entry.is_file() and entry.suffix.lower() in _CSV]
    known = [entry for entry in texts if _is_known(entry)]
    if any(columns.stem(entry.stem) in names for entry in known for names in columns.TABLE_NAMES.values()):
        for entry in entries:
            if entry.is_file() and entry not in known:
                recorder.add("ukjent_fil", entry.name)
        raws = [raw for entry in known if (raw := read_csv(entry, recorder)) is not None]
        return "csv", raws
    others = [entry for entry in entries if entry.is_file() and entry.suffix.lower() in (".json", *_BOOKS)]
    others += [entry for entry in entries if entry.is_dir() and entry.name.lower() == "csv"]
    if len(others) > 1:
        names = tuple(entry.name for entry in others)
        recorder.problem(AmbiguousSource(file=str(folder), candidates=names))
        return "", []
    if others:
        return _read(others[0], recorder)
    recorder.problem(SourceNotFound(file=str(folder), reason="ingen fil har navnet til en tabell"))
    return "", []


def _is_known(path: Path) -> bool:
    name = columns.stem(path.stem)
    return name in columns.TEXT_TABLES or any(name in names for names in columns.TABLE_NAMES.values())


def _assemble(path: Path, raws: list[RawTable], recorder: Recorder) -> Tables | None:
    chosen: dict[str, RawTable] = {}
    texts: list[RawTable] = []
    for raw in sorted(raws, key=_rank):
        table = columns.table_of(raw.name, raw.headings)
        if table is None:
            texts.append(raw)
        elif table not in chosen:
            chosen[table] = raw
        elif table == "names" or not raw.headings:
            texts.append(raw)
        else:
            recorder.problem(DuplicateTable(file=raw.file, table=table, other=chosen[table].file))
    spare = [raw.file for raw in texts] + [
        example for count in recorder.counts() if count.kind == "ukjent_fil" for example in count.examples
    ]
    for table, names in columns.TABLE_NAMES.items():
        if table in chosen:
            continue
        if table == "names":
            recorder.problem(NamesMissing(file=str(path)))
            continue
        nearest = next(iter(difflib.get_close_matches(names[0], spare, n=1, cutoff=0.5)), None)
        recorder.problem(MissingTable(file=str(path), table=table, names=names, nearest=nearest))
    builder = Builder(recorder)
    for raw in texts:
        if raw.name in columns.TEXT_TABLES:
            builder.text_table(raw)
    tables = Tables(
        logic=builder.logic(chosen["logic"]) if "logic" in chosen else (),
        dg_feat=builder.dg_feat(chosen["dg_feat"]) if "dg_feat" in chosen else (),
        proc_feat=builder.proc_feat(chosen["proc_feat"]) if "proc_feat" in chosen else (),
        compl_cat=builder.compl_cat(chosen["compl_cat"]) if "compl_cat" in chosen else (),
        compl_excl=builder.compl_excl(chosen["compl_excl"]) if "compl_excl" in chosen else (),
        names=builder.names(chosen["names"]) if "names" in chosen else (),
        texts=builder.all_texts(),
    )
    for table, raw in chosen.items():
        # The decision list has an error of its own; a set may lack names, and then says so.
        if table not in ("logic", "names") and not getattr(tables, table) and not recorder.failed:
            recorder.problem(TableWithoutRows(file=raw.file, table=table))
    return None if recorder.failed else tables


def _rank(raw: RawTable) -> tuple[int, str]:
    """Raw tables in the order of the names a table is known by, so that ``names`` goes before ``drg_name``."""
    for names in columns.TABLE_NAMES.values():
        if raw.name in names:
            return names.index(raw.name), raw.file
    return len(columns.TABLE_NAMES), raw.file
