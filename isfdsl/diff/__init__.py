"""What really changed between two regelverk: declarations paired, differences as edits that can be carried out."""

from isfdsl.diff.apply import apply, canonical
from isfdsl.diff.compare import diff
from isfdsl.diff.edits import Diff, Edit
from isfdsl.diff.parts import keyed

__all__ = ["Diff", "Edit", "apply", "canonical", "diff", "keyed"]
