"""Long lists of conditions, kept on disk as the kernel wants them, by the hash of the text and of the code.

What was compiled before is had again in a tenth of the time. A function that the plan has made is not on disk, but how
to make it again is.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from isfdsl.columnar.kernel_compile import Formula, Maker, cooked
from isfdsl.syntax.files import cache_dir, code_digest, store, trim

if TYPE_CHECKING:
    from isfdsl.columnar.plan import EpochPlan

WORTH_IT = 200
"""So many conditions take as long to compile as to read."""
_WHAT_PLANS_DEPEND_ON = ("columnar", "program", "syntax", "diagnostics", "source.py", "values.py")


@frozen
class Compiled:
    """Some conditions of an epoch: their formulas, and what the ``maker`` of these holds.

    ``noting``: the places of those that may leave notes, see ``FirstMatch``.
    """

    noting: tuple[int, ...]
    maker: Maker
    formulas: list[Formula]


def found(plan: EpochPlan, name: str, about: str) -> Compiled | None:
    """What is on disk of the conditions with a name that is theirs alone, about a subject; ``None``: nothing."""
    path = _path(plan, name)
    if path is None:
        return None
    try:
        noting, parts, formulas = _Unpickler(plan, path.read_bytes()).load()
        return Compiled(noting, Maker.again(plan, about, parts), formulas)
    except Exception:  # a missing, stale or damaged cache is only slower
        return None


def keep(plan: EpochPlan, name: str, compiled: Compiled) -> None:
    """Put it on disk, where that can be done."""
    path = _path(plan, name)
    if path is None:
        return
    data = io.BytesIO()
    try:
        _Pickler(compiled.maker, data).dump((compiled.noting, compiled.maker.parts(), compiled.formulas))
    except RecursionError:  # conditions within conditions, hundreds deep, are only slower too
        return
    store(path, data.getvalue())
    trim(path.parent)


def _path(plan: EpochPlan, name: str) -> Path | None:
    digest = plan.epoch.ruleset.digest
    if digest is None or plan.number is None:
        return None
    key = "\0".join((digest, code_digest(*_WHAT_PLANS_DEPEND_ON), str(plan.number), name))
    return cache_dir() / "plans" / f"{hashlib.sha256(key.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.pickle"


class _Pickler(pickle.Pickler):
    def __init__(self, maker: Maker, data: io.BytesIO) -> None:
        super().__init__(data, protocol=pickle.HIGHEST_PROTOCOL)
        self._recipes = maker.recipes

    def persistent_id(self, obj: Any) -> Any:
        found = self._recipes.get(id(obj))
        return found[1] if found is not None else None


class _Unpickler(pickle.Unpickler):
    def __init__(self, plan: EpochPlan, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self._plan = plan

    def persistent_load(self, pid: Any) -> Any:
        return cooked(self._plan, pid)
