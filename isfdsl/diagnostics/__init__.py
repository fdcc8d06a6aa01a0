"""What isfdsl says about what is wrong: one class per problem, its Norwegian text, and how it is shown."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from isfdsl.diagnostics.base import REGISTRY, Problem, Related, Severity, register

__all__ = ["REGISTRY", "Problem", "Related", "Severity", "load_all", "register"]


def load_all() -> dict[str, type[Problem]]:
    """Import every module of this package, so that every problem class is registered; gives the registry."""
    for module in iter_modules(__path__, prefix=f"{__name__}."):
        import_module(module.name)
    return REGISTRY
