"""The tree: closed unions of frozen classes, in a file for each family."""

from isfdsl.syntax.ast.base import *  # noqa: F403
from isfdsl.syntax.ast.decl import *  # noqa: F403
from isfdsl.syntax.ast.examples import *  # noqa: F403
from isfdsl.syntax.ast.expr import *  # noqa: F403
from isfdsl.syntax.ast.file import *  # noqa: F403
from isfdsl.syntax.ast.groups import *  # noqa: F403
