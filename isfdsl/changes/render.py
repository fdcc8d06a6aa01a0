"""Edits as text a person reads, as HTML, and as a versioned JSON document."""

from __future__ import annotations

import html
from typing import Any

from isfdsl.changes import edits as ed
from isfdsl.changes.citations import Citations
from isfdsl.changes.compare import BACKGROUND_KINDS, importance
from isfdsl.changes.shown import Shower, short_sides, sides
from isfdsl.changes.words import HEADINGS, headline
from isfdsl.program.ruleset import Ruleset

SCHEMA = "isf.endringer.v1"


def _counted(n: int, one: str, more: str) -> str:
    return f"{n} {one if n == 1 else more}"


def render_text(change: ed.Diff, old: Ruleset, new: Ruleset, *, everything: bool = False) -> str:
    """The edits under headings, most important first.

    Changes in sources, examples and assumptions are counted; ``everything`` lists them too.
    """
    show = Shower.of(old, new)
    if not change.edits:
        return f"{change.old} og {change.new} er like: ingen endring.\n"
    shown = [e for e in change.edits if everything or not importance(e)[0]]
    count = _counted(len(shown), "endring", "endringer")
    out = [f"Fra {change.old} til {change.new}: {count}", ""]
    kilder = Citations(new, old)
    left = [e for e in shown if not e.undecided]
    for heading, classes in HEADINGS:
        own = [e for e in left if type(e) in classes or (type(e) not in _NAMED and isinstance(e, classes))]
        if not own:
            continue
        left = [e for e in left if e not in own]
        out.append(f"{heading} ({len(own)})")
        for e in own:
            out += [f"  {line}" for line in _lines(e, show, kilder)]
        out.append("")
    if left:
        out.append(f"Kilder og merknader ({len(left)})")
        for e in left:
            out += [f"  {line}" for line in _lines(e, show, kilder)]
        out.append("")
    undecided = [e for e in change.edits if e.undecided]
    if everything and undecided:
        out.append(f"Kan ikke avgjøres: ingen kilde sier om det er endret ({len(undecided)})")
        for e in undecided:
            out += [f"  {line}" for line in _lines(e, show, kilder)]
        out.append("")
    hidden = len(change.edits) - len(shown)
    if hidden:
        quiet = _counted(hidden - len(undecided), "endring", "endringer")
        unsure = _counted(len(undecided), "forskjell", "forskjeller")
        out.append(
            f"I tillegg {quiet} i kilder, passasjer, merknader, eksempler og antakelser, "
            f"og {unsure} der ingen kilde sier om noe er endret (vis med --alt)."
        )
    return "\n".join(out).rstrip() + "\n"


_NAMED = tuple(c for _, classes in HEADINGS for c in classes)


def _lines(e: ed.Edit, show: Shower, kilder: Citations) -> list[str]:
    out = [headline(e, show.only_order(e))]
    for sign, text in short_sides(e, show):
        out.append(f"    {sign} {text}")
    out += [f"      {text}" for text in kilder.remarks(e)]
    own = kilder.of(e)
    if own and e.key[0] not in BACKGROUND_KINDS:
        out.append(f"    kilde: {own}")
    return out


_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem;color:#1a1a1a}
h2{margin-top:2rem;border-bottom:1px solid #ddd}del,ins{display:block;text-decoration:none;padding:.1rem .5rem;
font-family:ui-monospace,monospace;font-size:.9em;white-space:pre-wrap}del{background:#fdeaea}ins{background:#e8f5e9}
p{margin:.8rem 0 .2rem}small{color:#666}
"""


def render_html(change: ed.Diff, old: Ruleset, new: Ruleset) -> str:
    """All edits as one page that stands alone."""
    show = Shower.of(old, new)
    kilder = Citations(new, old)
    title = html.escape(f"Fra {change.old} til {change.new}: {_counted(len(change.edits), 'endring', 'endringer')}")
    out = [f'<!doctype html><html lang="nb"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>']
    out.append(f"<h1>{title}</h1>")
    heading = None
    for e in change.edits:
        own = _heading(e)
        if own != heading:
            heading = own
            out.append(f"<h2>{html.escape(own)}</h2>")
        out.append(f"<p>{html.escape(headline(e, show.only_order(e)))}</p>")
        for sign, text in short_sides(e, show):
            tag = "del" if sign == "-" else "ins"
            out.append(f"<{tag}>{html.escape(text)}</{tag}>")
        source = kilder.of(e)
        if source:
            out.append(f"<small>kilde: {html.escape(source)}</small>")
    return "\n".join(out) + "\n</html>\n"


def _heading(e: ed.Edit) -> str:
    if e.undecided:
        return "Kan ikke avgjøres: ingen kilde sier om det er endret"
    if importance(e)[0]:
        return "Kilder, merknader, eksempler og antakelser"
    return next((heading for heading, classes in HEADINGS if type(e) in classes), "Øvrig")


def to_json(change: ed.Diff, old: Ruleset, new: Ruleset) -> dict[str, Any]:
    """The edits as a document ``isf.endringer.v1``: one object per edit, most important first."""
    show = Shower.of(old, new)
    kilder = Citations(new, old)
    return {
        "skjema": SCHEMA,
        "gammel": change.old,
        "ny": change.new,
        "antall": len(change.edits),
        "endringer": [_edit_json(e, show, kilder) for e in change.edits],
    }


def _edit_json(e: ed.Edit, show: Shower, kilder: Citations) -> dict[str, Any]:
    out: dict[str, Any] = {
        "type": _snake(type(e).__name__),
        "slag": e.key[0],
        "navn": e.key[1],
        "beskrivelse": headline(e, show.only_order(e)),
        "bakgrunn": importance(e)[0],
        "uavgjort": e.undecided,
    }
    for name, word in (("slot", "del"), ("part", "felt"), ("item_key", "linje"), ("after", "etter")):
        if hasattr(e, name):
            out[word] = getattr(e, name)
    if isinstance(e, ed.RuleMoved):
        out["forbi"], out["opp"] = list(e.passed), e.up
    if isinstance(e, (ed.Recoded, ed.RuleTransferred)):
        out["fra"] = " ".join(e.old_key)
    shown = sides(e, show)
    out["for"] = [text for sign, text in shown if sign == "-"]
    out["etter_endring"] = [text for sign, text in shown if sign == "+"]
    if isinstance(e, ed.CodesChanged):
        out["kommer"] = [line.code for line in e.gained]
        out["gaar"] = [line.code for line in e.lost]
    out["kilde"] = kilder.of(e)
    out["merknad"] = kilder.remarks(e)
    out["sted_gammel"], out["sted_ny"] = _places(e, show)
    return out


def _places(e: ed.Edit, show: Shower) -> tuple[str | None, str | None]:
    match e:
        case ed.Added(declaration=d):
            return None, show.place(d, False)
        case ed.Removed(declaration=d):
            return show.place(d, True), None
        case ed.ItemAdded(item=item):
            return None, show.place(item, False)
        case ed.ItemRemoved(item=item):
            return show.place(item, True), None
        case ed.SlotChanged(old=old, new=new) | ed.ItemChanged(old=old, new=new) | ed.RuleTransferred(old=old, new=new):
            return show.place(old, True), show.place(new, False)
        case _:
            return None, None


def _snake(name: str) -> str:
    return "".join(f"_{ch.lower()}" if ch.isupper() and i else ch.lower() for i, ch in enumerate(name))
