"""A sample on disk, whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from isfdsl.records.column_files import ColumnFile
from isfdsl.records.readers.npr.mapping import hresept_mapping
from isfdsl.testing.sample.npr_xml import write_hresept, write_messages

if TYPE_CHECKING:
    from isfdsl.testing.sample import Sample

SampleFormat = Literal["parquet", "csv", "jsonl", "xml"]


def write_sample(
    sample: Sample, out: Path, fmt: SampleFormat, beside: Callable[[], Mapping[str, str]] = dict
) -> dict[str, int]:
    """Write a sample to the folder ``out``; how many records of each post.

    ``beside`` gives the texts of other files by name, when the sample is written. The folder must be absent or empty.
    Raises ``FileExistsError`` and ``OSError``.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(f"«{out}» finnes og er ikke tom")
    out.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        counts = _messages(sample, work) if fmt == "xml" else _tables(sample, work, fmt)
        for name, text in beside().items():
            (work / name).write_text(text, encoding="utf-8")
        work.chmod(0o755)
        if out.exists():
            out.rmdir()
        work.replace(out)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return counts


def _tables(sample: Sample, folder: Path, fmt: Literal["parquet", "csv", "jsonl"]) -> dict[str, int]:
    counts = dict.fromkeys(sample.schemas, 0)
    with ExitStack() as stack:
        files = {
            name: stack.enter_context(ColumnFile(folder / f"{name}.{fmt}", schema, fmt))
            for name, schema in sample.schemas.items()
        }
        for batch in sample.batches():
            for name, columns in batch.items():
                files[name].write(columns)
                counts[name] += len(next(iter(columns.values()), ()))
    return counts


def _messages(sample: Sample, folder: Path) -> dict[str, int]:
    assert sample.mapping is not None and sample.plan.shape is not None, "generate(…, npr=True) kreves"
    counts = dict.fromkeys(sample.schemas, 0)
    mapping = hresept_mapping()
    rest: dict[str, Path] = {}
    for number, batch in enumerate(sample.batches(), start=1):
        for name, columns in batch.items():
            counts[name] += len(next(iter(columns.values()), ()))
            if name == sample.main:
                write_messages(folder / f"npr-{number:04d}.xml", columns, sample.plan, number)
            elif name == mapping.post:
                path = rest.setdefault(name, folder / f"hresept_{name}.csv")
                write_hresept(path, columns, sample.schemas[name], mapping)
    return counts
