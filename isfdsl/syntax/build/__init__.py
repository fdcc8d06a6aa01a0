"""From the parser's reductions to the tree: one method per grammar rule, in three files by family."""

from isfdsl.syntax.build.common import Context
from isfdsl.syntax.build.groups import GroupBuilder as Builder

__all__ = ["Builder", "Context"]
