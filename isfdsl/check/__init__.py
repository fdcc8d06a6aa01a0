"""Is the regelverk right? One file per check; ``CHECKS`` lists them all.

``check`` answers once. An editor keeps a ``Checker``, which asks again only what an edit may have changed.
"""

from isfdsl.check.checker import CHECKS, Checker, CheckResult, check
from isfdsl.check.context import Check

__all__ = ["CHECKS", "Check", "CheckResult", "Checker", "check"]
