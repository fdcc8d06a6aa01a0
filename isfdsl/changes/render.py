"""Edits as text a person reads and as a versioned JSON document. What was and what is are shown as they are written."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import define, field

from isfdsl.changes import edits as ed
from isfdsl.changes.compare import BACKGROUND_KINDS, importance
from isfdsl.changes.normal import Forms
from isfdsl.changes.parts import LINES, keyed, lines_by_key
from isfdsl.program.ruleset import Ruleset
from isfdsl.source import Source, Span
from isfdsl.syntax import ast

SCHEMA = "isf.endringer.v1"

HEADINGS: tuple[tuple[str, tuple[type[ed.Edit], ...]], ...] = (
    ("Nye grupper", (ed.GroupAdded,)),
    ("Grupper som utgår", (ed.GroupRetired,)),
    ("Erklært utgått", (ed.Ended,)),
    ("Nye koder for samme innhold", (ed.Recoded,)),
    ("Dagene regelverket gjelder", (ed.DaysChanged,)),
    ("Satser", (ed.RateChanged,)),
    ("Regler som flyttes", (ed.RuleMoved, ed.RuleTransferred)),
    ("Nye regler", (ed.RuleAdded,)),
    ("Regler som utgår", (ed.RuleRemoved,)),
    ("Endrede regler", (ed.RuleChanged,)),
    ("Koder som får eller mister egenskaper", (ed.PropertyCodesChanged,)),
    ("Vinduer i tjenesteforløp", (ed.WindowChanged,)),
    ("Krav", (ed.ConditionAdded, ed.ConditionRemoved, ed.ConditionChanged)),
    ("Vilkår", (ed.CriteriaChanged,)),
    ("Beregninger", (ed.FormulaChanged,)),
    ("Vekter, trimpunkt og liggedagsvekter", (ed.WeightChanged,)),
    ("Opplysninger om grupper", (ed.AttributeChanged,)),
    ("Nye navn", (ed.GroupRenamed,)),
    ("Lister og kodeverk", (ed.CodesChanged,)),
    ("Andre endringer", (ed.ItemAdded, ed.ItemRemoved, ed.ItemMoved, ed.ItemChanged, ed.OrderChanged)),
    ("Nytt", (ed.Added,)),
    ("Fjernet", (ed.Removed,)),
    ("Øvrig", (ed.SlotChanged,)),
)
PART_WORDS = {
    "condition": "vilkår",
    "target": "gruppe",
    "returkode": "returkode",
    "title": "tekst",
    "validity": "gyldighet",
    "meta": "kilder og merknader",
    "expr": "uttrykk",
    "base": "grunnlag",
    "applies": "gjelder når",
    "value": "verdi",
    "telles": "telling",
    "finansieres": "finansiering",
    "triggers": "utløses av",
    "window": "vindu",
    "documented": "dokumenteres",
    "lookup": "oppslag",
    "systems": "kodeverk",
    "type": "type",
    "optional": "valgfri",
    "start": "fra",
    "end": "til",
    "year": "år",
    "status": "status",
    "rounding": "avrunding",
    "given": "gitt",
    "items": "poster",
    "expectations": "forventninger",
    "sammendrag": "sammendrag",
    "heading": "overskrift",
    "dokument": "dokument",
    "name": "navn",
    "text": "navn",
    "years": "år",
    "uten_regel": "uten regel",
    "what": "hva som er utgått",
    "system": "kodeverk",
    "since": "fra",
    "codes": "koder",
    "open_": "åpent",
    "pattern": "mønster",
    "key": "nøkkel",
    "role": "rolle",
    "field": "felt",
    "fields": "felter",
    "subject": "for",
    "subjects": "for",
    "slag": "slag",
    "hdg": "HDG",
    "regnes_som": "regnes som",
    "source": "lages av",
    "samles": "samles når",
    "never": "samles aldri",
    "how": "slås sammen",
    "dateres": "dateres etter",
    "fordeles": "fordeling",
    "attributes": "opplysninger",
    "kind": "slag gruppe",
    "groups": "grupper",
    "members": "medlemmer",
    "rest": "omfatter resten",
    "medlem": "medlem",
    "within_year": "kalenderårsgrense",
    "new_trigger": "ny trigger",
    "several": "flere forløp",
    "erstatter": "erstatter poeng",
    "once": "kontakten brukes én gang",
    "hierarchy": "hierarki",
    "order": "rekkefølge",
    "ellers": "ellers",
    "rules": "regler",
    "categories": "kategorier",
    "level": "nivå",
    "conditions": "vilkår",
    "exceptions": "unntak",
    "attested_by": "attestert i",
    "unknown": "ukjent",
    "reporting": "rapportering",
    "additions": "tillegg",
    "deductions": "fradrag",
    "assumption": "antakelse",
}
"""What the parts of declarations and of their lines are called. Every part has a word; a test sees to that."""

ORDERED = {"gruppe": "gruppene", "egenskap": "egenskapene"}
SHOWN_CODES = 20
SHOWN_RULES = 4
_SIGN = re.compile(r"""'[^'\n]+'|"(?:[^"\n]|"")*"|#[^\n]*|[()]""")
"""A text or a quoted name, a comment, or a parenthesis that stands in neither."""
_BLANKS = re.compile(r"""('[^'\n]+'|"(?:[^"\n]|"")*")|\s+""")


@define
class Shower:
    """Shows nodes as they stand in the texts of the two regelverk."""

    old: Mapping[str, Source]
    new: Mapping[str, Source]
    forms: Forms = field(factory=Forms)

    @classmethod
    def of(cls, old: Ruleset, new: Ruleset) -> Shower:
        """For the two regelverk that are compared."""
        return cls(old.sources, new.sources, Forms(frozenset(old.kodelister) | frozenset(new.kodelister)))

    def only_order(self, e: ed.Edit) -> bool:
        """Whether what is and what was differ in nothing but the order of ``og`` and ``eller``."""
        return isinstance(e, (ed.SlotChanged, ed.ItemChanged)) and self.forms.same(e.old, e.new)

    def node(self, value: Any, is_old: bool) -> str:
        """One value in words."""
        match value:
            case None:
                return "(ikke oppgitt)"
            case bool():
                return "ja" if value else "nei"
            case str() | int() | Decimal():
                return str(value)
            case tuple():
                return "; ".join(self.node(v, is_old) for v in value) or "(ingen)"
            case ast.Node(span=span):
                return self._slice(span, is_old)
            case _:
                return str(value)

    def _slice(self, span: Span, is_old: bool) -> str:
        source = (self.old if is_old else self.new).get(span.source)
        if source is None or span.start == span.end:
            return ""
        start, end = _with_parentheses(source.text, span.start, span.end)
        return _one_line(source.text[start:end])

    def place(self, node: Any, is_old: bool) -> str | None:
        """File and line of a node."""
        span = getattr(node, "span", None)
        source = (self.old if is_old else self.new).get(span.source) if span is not None else None
        if source is None or span is None or not span.source:
            return None
        return f"{span.source}:{source.position(span.start).line}"


def _one_line(text: str) -> str:
    """A stretch of text without its comments and breaks; the blanks of a text or a quoted name stay as they are."""
    kept = _SIGN.sub(lambda m: "" if m[0].startswith("#") else m[0], text)
    return _BLANKS.sub(lambda m: m[1] or " ", kept).strip()


def _with_parentheses(text: str, start: int, end: int) -> tuple[int, int]:
    """Where a node begins and ends with the parentheses around its first and its last part.

    The span of ``(a + b) * c`` is from ``a``: a parenthesis is no node, so the spans don't hold them.
    """
    unopened, open_ = _unpaired(text, start, end)
    line = start
    while unopened and line > 0:
        # No text and no comment goes on over the end of a line, so one may begin to read at any.
        line = text.rfind("\n", 0, line - 1) + 1
        before = _unpaired(text, line, start)[1]
        if len(before) >= unopened:
            start, unopened = before[-unopened], 0
    for m in _SIGN.finditer(text, end) if open_ else ():
        if m[0] == ")":
            end = m.end()
            open_.pop()
        if not open_:
            break
    return start, end


def _unpaired(text: str, start: int, end: int) -> tuple[int, list[int]]:
    """How many parentheses of a stretch close one that is opened before it, and where those it leaves open are."""
    unopened, open_ = 0, list[int]()
    for m in _SIGN.finditer(text, start, end):
        if m[0] == "(":
            open_.append(m.start())
        elif m[0] == ")" and open_:
            open_.pop()
        elif m[0] == ")":
            unopened += 1
    return unopened, open_


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


class Citations:
    """What the change of a declaration or of a line in it rests on: the sources that are new, else all it cites."""

    def __init__(self, new: Ruleset, old: Ruleset) -> None:
        self._new = keyed(new.declarations)
        self._old = keyed(old.declarations)
        self._ended = {d.name.text: _refs(d) for d in new.of(ast.Utgaatt) if d.what == "DRG"}

    def of(self, e: ed.Edit) -> str | None:
        """The sources of one edit."""
        if isinstance(e, ed.GroupRetired) and e.ended is not None:
            return ", ".join(_refs(self._new[e.ended])) or None
        gone = self._with_the_group(e)
        if gone:
            return ", ".join(gone)
        if isinstance(e, ed.Removed):
            return ", ".join(_refs(e.declaration)) or None
        now, was = _refs(self._new.get(e.key)), _refs(self._old.get(e.key))
        if isinstance(e, (ed.ItemAdded, ed.ItemRemoved)) and _refs(e.item):
            return ", ".join(_refs(e.item))
        if isinstance(e, (ed.ItemChanged, ed.ItemMoved)):
            item, before = self._item(self._new, e), self._item(self._old, e)
            if _refs(item):
                now, was = _refs(item), _refs(before)
        if isinstance(e, ed.RuleTransferred):
            now, was = _refs(e.new) or now, _refs(e.old) or was
        return ", ".join([r for r in now if r not in was] or now) or None

    def _with_the_group(self, e: ed.Edit) -> list[str]:
        """The sources that end the groups of rules that go with them."""
        match e:
            case ed.RuleRemoved(item=ast.Regel(target=target)):
                targets = [target.text]
            case ed.Removed(declaration=ast.Gruppe(rules=rules)):
                targets = [r.target.text for r in rules]
            case _:
                return []
        return list(dict.fromkeys(ref for name in targets for ref in self._ended.get(name, ())))

    def remarks(self, e: ed.Edit) -> list[str]:
        """What is said of a group that is retired."""
        d = self._new.get(e.ended) if isinstance(e, ed.GroupRetired) and e.ended else None
        d = e.declaration if isinstance(e, ed.Ended) else d
        return [m.text for m in d.meta if isinstance(m, ast.Merknad)] if d is not None else []

    def _item(self, declarations: Mapping[ed.Key, ast.Declaration], e: ed.ItemChanged | ed.ItemMoved) -> Any:
        d = declarations.get(e.key)
        lines = next((line for line in LINES.get(type(d), ()) if line.slot == e.slot), None) if d else None
        return None if lines is None else lines_by_key(lines, getattr(d, e.slot)).get(e.item_key)


def _refs(node: Any) -> list[str]:
    return [r.value for m in getattr(node, "meta", ()) if isinstance(m, ast.Kilde) for r in m.refs]


def describe(e: ed.Edit) -> str:
    """What the edit is about, in a few words."""
    kind, name = e.key
    return f"{kind} {name}".strip()


def _lines(e: ed.Edit, show: Shower, kilder: Citations) -> list[str]:
    out = [_headline(e, show)]
    for sign, text in short_sides(e, show):
        out.append(f"    {sign} {text}")
    out += [f"      {text}" for text in kilder.remarks(e)]
    own = kilder.of(e)
    if own and e.key[0] not in BACKGROUND_KINDS:
        out.append(f"    kilde: {own}")
    return out


def _headline(e: ed.Edit, show: Shower) -> str:
    only = " (bare rekkefølgen, som avgjør hvilke merknader som blir igjen)" if show.only_order(e) else ""
    return _about(e) + only


def _about(e: ed.Edit) -> str:
    what = describe(e)
    match e:
        case ed.Added(declaration=d):
            return f"{what}{_title(d)}"
        case ed.Removed(declaration=d):
            return f"{what}{_title(d)}"
        case ed.Recoded(old_key=old_key):
            return f"{old_key[0]} {old_key[1]} heter nå {e.key[1]}"
        case ed.RuleMoved(item_key=item, passed=passed, up=up):
            way = "over" if up else "under"
            rest = f" og {len(passed) - SHOWN_RULES} til" if len(passed) > SHOWN_RULES else ""
            return f"regel {item} i {what} flyttes {way} {', '.join(passed[:SHOWN_RULES])}{rest}"
        case ed.RuleTransferred(item_key=item, old_key=old_key):
            return f"regel {item} flyttes fra {old_key[1]} til {e.key[1]}"
        case ed.ItemMoved(item_key=item):
            return f"{what}: {item} får ny plass"
        case ed.ItemAdded(item_key=item):
            return f"{what}: ny {item}"
        case ed.ItemRemoved(item_key=item):
            return f"{what}: {item} utgår"
        case ed.ItemChanged(item_key=item, part=part):
            return f"{what}: {item}" if part == "value" else f"{what}: {item}, {PART_WORDS[part]}"
        case ed.CodesChanged(gained=gained, lost=lost):
            return f"{what}: {len(gained)} kommer til, {len(lost)} går ut"
        case ed.OrderChanged():
            return f"rekkefølgen av {ORDERED.get(e.key[0], e.key[0])} {e.key[1]}".strip()
        case ed.SlotChanged(slot=slot):
            return what if slot == "value" else f"{what}: {PART_WORDS[slot]}"
        case _:
            return what


def _title(d: ast.Declaration) -> str:
    title = getattr(d, "title", None) or getattr(d, "heading", None)
    return f" «{title.value}»" if isinstance(title, ast.Text) else ""


def short_sides(e: ed.Edit, show: Shower) -> list[tuple[str, str]]:
    """As ``sides``, with at most ``SHOWN_CODES`` codes of each kind, and a line that says how many more there are."""
    every = sides(e, show)
    if not isinstance(e, ed.CodesChanged):
        return every
    out: list[tuple[str, str]] = []
    for sign in ("-", "+"):
        own = [line for line in every if line[0] == sign]
        out += own[:SHOWN_CODES]
        if len(own) > SHOWN_CODES:
            out.append((sign, f"… og {len(own) - SHOWN_CODES} til"))
    return out


def sides(e: ed.Edit, show: Shower) -> list[tuple[str, str]]:
    """All the lines that were (``-``) and are (``+``)."""
    match e:
        case ed.RuleChanged(gone=gone, come=come) | ed.CriteriaChanged(gone=gone, come=come) if gone or come:
            return [("-", show.node(g, True)) for g in gone] + [("+", show.node(c, False)) for c in come]
        case ed.SlotChanged(old=old, new=new) | ed.ItemChanged(old=old, new=new):
            return [("-", show.node(old, True)), ("+", show.node(new, False))]
        case ed.RuleTransferred(old=old_rule, new=new_rule) if old_rule != new_rule:
            return [("-", show.node(old_rule, True)), ("+", show.node(new_rule, False))]
        case ed.ItemAdded(item=item):
            return [("+", show.node(item, False))]
        case ed.ItemRemoved(item=item):
            return [("-", show.node(item, True))]
        case ed.CodesChanged(gained=gained, lost=lost):
            return [("-", _code(c)) for c in lost] + [("+", _code(c)) for c in gained]
        case ed.OrderChanged(old=before, new=after):
            return _orders(e.key, before, after)
        case ed.Added(declaration=ast.Gruppe() as d):
            return [("+", text) for text in _block(d, show, False)]
        case ed.Removed(declaration=ast.Gruppe() as d):
            return [("-", text) for text in _block(d, show, True)]
        case ed.Added(declaration=d) if d_short(d):
            return [("+", show.node(d, False))]
        case ed.Removed(declaration=d) if d_short(d):
            return [("-", show.node(d, True))]
        case _:
            return []


def _block(d: ast.Gruppe, show: Shower, is_old: bool) -> list[str]:
    """What stands in a block of rules: its guard, and the rules that come or go with it."""
    guard = [] if d.condition is None else [f"når {show.node(d.condition, is_old)}"]
    return guard + [show.node(r, is_old) for r in d.rules]


def _orders(key: ed.Key, old: tuple[ed.Key, ...], new: tuple[ed.Key, ...]) -> list[tuple[str, str]]:
    """Both orders, from the first to the last that differ and with one more at each end."""
    first = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    rest = min(len(old), len(new)) - first
    last = next((i for i in range(rest) if old[len(old) - 1 - i] != new[len(new) - 1 - i]), rest)
    first, last = max(first - 1, 0), max(last - 1, 0)
    out = []
    for sign, keys in (("-", old), ("+", new)):
        names = [name.removesuffix(f" {key[1]}") for _, name in keys[first : len(keys) - last]]
        more = [f"… og {len(names) - SHOWN_CODES} til"] if len(names) > SHOWN_CODES else []
        out.append((sign, ", ".join([*names[:SHOWN_CODES], *more]) or "(ingen)"))
    return out


def d_short(d: ast.Declaration) -> bool:
    """Whether a whole declaration is worth showing on a line."""
    return isinstance(d, (ast.Sats, ast.Begrep, ast.Samling, ast.Rapportering, ast.Refusjon, ast.Teller))


def _code(line: ed.CodeLine) -> str:
    text = f"  «{line.text}»" if line.text else ""
    days = line.validity
    since = f"  fra {days.start.raw}" if days is not None and days.start is not None else ""
    until = f"  til {days.end.raw}" if days is not None and days.end is not None else ""
    return f"{line.section + ' ' if line.section else ''}{line.code}{text}{since}{until}"


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
        out.append(f"<p>{html.escape(_headline(e, show))}</p>")
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
        "beskrivelse": _headline(e, show),
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
