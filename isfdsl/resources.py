"""Where grammar, rule sets and assumptions are: inside the package in a wheel, beside it in a checkout.

The data lies at the top of the repository (``grammar/``, ``rules/``, ``assumptions/``), where people look for
it; the wheel carries the same folders as ``isfdsl/_data/``. Nothing else in isfdsl knows that there are two
places.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path


@cache
def data_root() -> Path:
    """The folder that holds ``grammar``, ``rules`` and ``assumptions``."""
    # A Path and not just a Traversable: rule sets are read as folders, and their file names are shown to the
    # user. isfdsl is always unpacked (a wheel or a checkout, never a zip), so the package has a path.
    package = Path(str(files("isfdsl")))
    packed = package / "_data"
    return packed if packed.is_dir() else package.parent


def grammar_path(name: str = "") -> Path:
    """The grammar file ``name``, such as ``isf.lark``; without a name, the folder of grammars."""
    return data_root() / "grammar" / name


def rules_path(name: str = "") -> Path:
    """The rule set ``name``, such as ``2024``; without a name, the folder of rule sets."""
    return data_root() / "rules" / name


def assumptions_path(name: str = "") -> Path:
    """The assumptions ``name``, such as ``2020``; without a name, the folder of assumptions."""
    return data_root() / "assumptions" / name
