"""The tree: closed unions of frozen classes, in three files by family."""

from isfdsl.syntax.ast.base import *  # noqa: F403
from isfdsl.syntax.ast.decl import *  # noqa: F403
from isfdsl.syntax.ast.expr import *  # noqa: F403
