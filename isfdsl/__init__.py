"""Norges regelverk for innsatsstyrt finansiering (ISF) som kjørbar tekst."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isfdsl.version import __version__

if TYPE_CHECKING:
    from isfdsl.api import Regelverk, RulesetError, diff, load

__all__ = ["Regelverk", "RulesetError", "__version__", "diff", "load"]


# Imported on first use: the command line must start quickly, and most who import isfdsl want one module of it.
# A name that is also a folder here, such as «check», can't be given this way: importing the folder would take it.
def __getattr__(name: str) -> Any:
    if name in __all__:
        from isfdsl import api

        return getattr(api, name)
    raise AttributeError(f"module 'isfdsl' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
