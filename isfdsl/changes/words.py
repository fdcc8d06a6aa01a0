"""What edits and the parts of declarations are called."""

from __future__ import annotations

from isfdsl.changes import edits as ed
from isfdsl.syntax import ast

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
SHOWN_RULES = 4


def describe(e: ed.Edit) -> str:
    """What the edit is about, in a few words."""
    kind, name = e.key
    return f"{kind} {name}".strip()


def headline(e: ed.Edit, only_order: bool) -> str:
    """The first line about an edit; ``only_order``: nothing but the order of ``og`` and ``eller`` is new."""
    only = " (bare rekkefølgen, som avgjør hvilke merknader som blir igjen)" if only_order else ""
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
