"""A folder of imported text: written whole or not at all, and never over what somebody has edited.

``import.json`` in the folder lists what the import wrote, with digests. A later import replaces the folder only when
everything in it is still as listed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.importing import CannotWriteImport, FolderHasOtherFiles
from isfdsl.diagnostics.os_errors import reason_of

MANIFEST = "import.json"


def write_folder(out: Path, files: Mapping[str, str], *, force: bool = False) -> Problem | None:
    """Write the files (path in the folder → text) and the manifest as the new content of ``out``.

    Gives the problem when it could not be done; then ``out`` is as it was. ``force`` replaces edited files and
    takes away what else lies in a folder that has a manifest, never a folder without one.
    """
    out = out.absolute()
    problem = _occupied(out, force)
    if problem is not None:
        return problem
    encoded = {path: text.encode("utf-8") for path, text in sorted(files.items())}
    encoded[MANIFEST] = _manifest(encoded)
    temporary: Path | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        os.chmod(temporary, 0o777 & ~_umask())
        for path, data in encoded.items():
            target = temporary / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        _swap(temporary, out)
    except OSError as error:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        return CannotWriteImport(file=str(out), reason=reason_of(error))
    return None


def _swap(new: Path, out: Path) -> None:
    if not out.exists():
        new.rename(out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent)) / "old"
    out.rename(old)
    try:
        new.rename(out)
    except OSError:
        old.rename(out)
        old.parent.rmdir()
        raise
    shutil.rmtree(old.parent, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _manifest(encoded: Mapping[str, bytes]) -> bytes:
    listed = {path: hashlib.sha256(data).hexdigest() for path, data in encoded.items()}
    return (json.dumps({"isf_import": 1, "filer": listed}, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def _occupied(out: Path, force: bool) -> Problem | None:
    """The problem when ``out`` holds something that must not be lost."""
    try:
        if not out.exists() and not out.is_symlink():
            return None
        if not out.is_dir():
            return CannotWriteImport(file=str(out), reason="det er en fil, ikke en mappe")
        present = {p.relative_to(out).as_posix(): p for p in sorted(out.rglob("*")) if not p.is_dir()}
        if not present:
            return None
        if MANIFEST not in present:
            return FolderHasOtherFiles(file=str(out), found=tuple(present)[:5], edited=False)
        listed = _listed(out / MANIFEST)
        if listed is None:
            return FolderHasOtherFiles(file=str(out), found=(MANIFEST,), edited=True)
        if force:
            return None
        others = [path for path in present if path not in listed and path != MANIFEST]
        edited = [
            path
            for path, digest in listed.items()
            if path in present and hashlib.sha256(present[path].read_bytes()).hexdigest() != digest
        ]
    except OSError as error:
        return CannotWriteImport(file=str(out), reason=reason_of(error))
    if others:
        return FolderHasOtherFiles(file=str(out), found=tuple(others[:5]), edited=False)
    if edited:
        return FolderHasOtherFiles(file=str(out), found=tuple(sorted(edited)[:5]), edited=True)
    return None


def _listed(path: Path) -> dict[str, str] | None:
    try:
        content = json.loads(path.read_text("utf-8"))
        listed = content["filer"] if content["isf_import"] == 1 else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(listed, dict) or not all(isinstance(v, str) for v in listed.values()):
        return None
    return listed
