"""Why-not and what-if as text: the answer first."""

from __future__ import annotations

from decimal import Decimal

from isfdsl.explain import shown
from isfdsl.explain.answers import Candidate, Effect, State, Totals, WhatIf, WhyNot
from isfdsl.explain.document import Origin
from isfdsl.explain.page import NO, Page, leaf

WIDTH = 100
_NEAREST = 3


def render_why_not(document: WhyNot, width: int = WIDTH, *, full: bool = False) -> str:
    """The nearest ways to the group, each with what stood in it. ``full`` shows all ways."""
    page = Page(width, full)
    name = f"{document.kind} {document.group}" + (f" {document.title}" if document.title else "")
    got = ", ".join(f"{document.kind} {g}" for g in document.got) or f"ingen {document.kind}"
    if document.got_it:
        page.say(f"{document.asked} fikk {name}", 0)
        return page.text()
    page.say(f"{document.asked} fikk ikke {name}; den fikk {got}", 0)
    hint = next((c.shortest for c in document.candidates if c.shortest is not None), None)
    if hint is not None:
        page.say(f"Korteste vei: {hint}", 0)
    for text in document.incomplete:
        page.say(f"Ufullstendig: {text}", 0)
    shown_ones = document.candidates if full else document.candidates[:_NEAREST]
    cited: set[Origin | None] = set()
    for candidate in shown_ones:
        page.say("", 0)
        _candidate(page, candidate, "" if candidate.origin in cited else page.cite(candidate.origin))
        cited.add(candidate.origin)
    if len(shown_ones) < len(document.candidates):
        page.say("", 0)
        page.say(f"… og {_plural(len(document.candidates) - len(shown_ones))} til som er lengre, se alle med --full", 0)
    page.sources()
    return page.text()


def _plural(count: int) -> str:
    return f"{count} {'vei' if count == 1 else 'veier'}"


def _candidate(page: Page, c: Candidate, cited: str) -> None:
    page.say(f"{c.name}" + (f" {c.title}" if c.title else "") + f" ({c.record_id}): {c.text}{cited}")
    for f in c.failed:
        must = "" if f.wanted else " (må ikke holde)"
        page.say(f"{NO} {leaf(f.condition)}{must}", 4)
        page.say(f"→ {f.hint}", 6)


def render_what_if(document: WhatIf, width: int = WIDTH, *, full: bool = False) -> str:
    """The change, its effect on each thing of the patient, and the difference in all."""
    page = Page(width, full)
    if document.changes:
        told = "; ".join(f"{c.name} fra {c.before} til {c.after}" for c in document.changes)
    else:
        told = "ingen endring"
    page.say(f"{document.asked}: {told}", 0)
    page.say(f"Virkning: {_signed_points(document.points)}, {_signed_kroner(document.kroner)}{_unknown(document)}", 0)
    if not document.effects and not document.krav:
        page.say("Ingenting ellers blir annerledes.", 0)
    for effect in document.effects:
        _effect(page, effect)
    if document.krav:
        page.heading("Krav")
        for k in document.krav:
            before, after = _outcome(k.before, k.broken_before), _outcome(k.after, k.broken_after)
            page.say(f"{k.krav} ({k.record_id}): {before} → {after}")
    page.heading("Sum")
    page.say(f"før {_total(document.before)}")
    page.say(f"etter {_total(document.after)}")
    return page.text()


def _outcome(outcome: str | None, broken: tuple[str, ...]) -> str:
    if outcome is None:
        return "finnes ikke"
    return outcome.replace("_", " ") + (f" ({', '.join(broken)})" if broken else "")


_WHAT = {"opphold": "Opphold", "saertjeneste": "Særtjeneste", "forlop": "Forløp"}


def _effect(page: Page, e: Effect) -> None:
    page.heading(_WHAT[e.what], e.name)
    page.say(f"før   {_state(e.before)}", hang=6)
    page.say(f"etter {_state(e.after)}", hang=6)


def _state(s: State | None) -> str:
    if s is None:
        return "finnes ikke"
    group = (s.group or "ingen gruppe") + (f" {s.title}" if s.title else "")
    rule = f" av regel {s.rule}" if s.rule is not None else ""
    courses = f", i forløp {', '.join(s.courses)}" if s.courses else ""
    records = f", poster {', '.join(s.records)}" if len(s.records) > 1 else ""
    assumed = " (antatt)" if any(n.startswith("antatt") for n in s.notes) else ""
    return f"{group}{rule}, {shown.points(s.points)}, {shown.kroner(s.kroner)}{assumed}{courses}{records}"


def _signed_points(value: Decimal) -> str:
    return ("+" if value > 0 else "") + shown.points(value)


def _signed_kroner(value: Decimal) -> str:
    return ("+" if value > 0 else "") + shown.kroner(value)


def _unknown(document: WhatIf) -> str:
    if document.before.unknown_kroner or document.after.unknown_kroner:
        return " av det som er kjent"
    return ""


def _total(t: Totals) -> str:
    out = f"{shown.points(t.points)}, {shown.kroner(t.kroner)}"
    if t.unknown_points:
        out += f", {t.unknown_points} med ukjente poeng"
    if t.unknown_kroner:
        out += f", {t.unknown_kroner} med ukjent beløp"
    return out
