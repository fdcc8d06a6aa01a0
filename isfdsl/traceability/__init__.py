"""From a krone to a paragraph and back: which passage of a source is which rule, and which example shows it."""

from isfdsl.traceability.matrix import Matrix, build
from isfdsl.traceability.render import render_html, render_text, to_json

__all__ = ["Matrix", "build", "render_html", "render_text", "to_json"]
