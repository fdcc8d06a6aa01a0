"""What really changed between two regelverk: declarations paired, differences as edits that can be carried out."""

from isfdsl.changes.apply import apply, canonical
from isfdsl.changes.compare import diff
from isfdsl.changes.edits import Diff, Edit
from isfdsl.changes.parts import keyed

__all__ = ["Diff", "Edit", "apply", "canonical", "diff", "keyed"]
