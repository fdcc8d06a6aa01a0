"""Names to definitions: the Ruleset that every engine receives."""

from isfdsl.program.load import Loaded, Workspace, load
from isfdsl.program.ruleset import COURSE, SERVICE, STAY, Ruleset
from isfdsl.program.scope import Scopes

__all__ = ["COURSE", "SERVICE", "STAY", "Loaded", "Ruleset", "Scopes", "Workspace", "load"]
