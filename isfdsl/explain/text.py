"""An explanation as text a person reads at once: the answer first, then why, then the details."""

from __future__ import annotations

from decimal import Decimal

from isfdsl.explain import shown
from isfdsl.explain.document import (
    CoursePart,
    Explanation,
    Financing,
    Grouping,
    Headline,
    KravPart,
    LevelStep,
    MemberPart,
    MoneySum,
    PointLine,
    PointSum,
    ServicePart,
    StayPart,
    TriedGroup,
    TriedRule,
    TriedStg,
    Triggering,
)
from isfdsl.explain.explanation import LOSS
from isfdsl.explain.page import NO, YES, Page, told

WIDTH = 100
_LAST_RULES = 5
_MOST_CODES = 12


def render_explanation(document: Explanation, width: int = WIDTH, *, full: bool = False) -> str:
    """The text of an explanation. ``full`` shows every rule tried, every code and the place of each rule."""
    page = Page(width, full)
    page.say(headline(document.asked, document.headline), 0)
    for other in document.also_in:
        page.say(f"Id-en finnes også som {other}.", 0)
    _beside(page, document)
    if document.reject is not None:
        page.heading("Avvist")
        page.say(f"{document.reject.file}:{document.reject.row} {document.reject.code} {document.reject.message}")
    if document.stay is not None:
        _stay(page, document.stay)
    for tried in document.triggering:
        _triggering(page, tried)
    for service in document.services:
        _service(page, service)
    for course in document.courses:
        _course(page, course)
    _krav(page, document.krav)
    _notes(page, document)
    page.sources()
    page.say("", 0)
    page.say(f"{document.ruleset.title}, isfdsl {document.ruleset.version}", 0)
    return page.text()


def headline(asked: str, head: Headline) -> str:
    """``E1 → DRG 209E Hofte, 2,100 poeng, 48 098,40 kr (antatt)``."""
    if head.what == "avvist":
        return f"{asked} → avvist: {head.remark}"
    if head.group is None:
        group = "ingen gruppe"
    else:
        group = f"{head.group_kind} {head.group}" + (f" {head.title}" if head.title else "")
    out = f"{asked} → {group}"
    if head.group is not None or head.points is not None:
        out += f", {shown.points(head.points)}, {shown.kroner(head.kroner)}"
    out += " (antatt)" if head.assumed else ""
    return out + (f"; {head.remark}" if head.remark and head.remark != "ingen gruppe" else "")


def _beside(page: Page, document: Explanation) -> None:
    """What else the contact gave or is part of, one line each."""
    if document.headline.what == "opphold":
        for s in document.services:
            name = f"særtjenesten {s.service_id} (STG {s.stg}{_title(s.title)})"
            page.say(f"{name}: {shown.points(s.points)}, {shown.kroner(s.money.value)}")
    if document.headline.what != "forlop":
        for c in document.courses:
            name = f"forløpet {c.course_id} (TFG {c.tfg}{_title(c.title)})"
            page.say(f"{name}: {shown.points(c.points)}, {shown.kroner(c.money.value)}")


# ------------------------------------------------------------------ the stay


def _stay(page: Page, stay: StayPart) -> None:
    if stay.grouping is not None:
        _grouping(page, stay.grouping)
    _levels(page, stay.levels)
    _points(page, stay)
    _money(page, stay.money, "Refusjon")
    _making(page, stay)
    _codes(page, stay)


def _grouping(page: Page, found: Grouping) -> None:
    page.heading("Gruppe")
    group = f"DRG {found.group}" if found.group is not None else "ingen DRG"
    hdg = f", HDG {found.hdg}" if found.hdg is not None else ""
    returned = f", returkode {found.return_code}" if found.return_code is not None else ""
    winner = next((r for g in found.groups for r in g.rules if r.outcome == "slo_til"), None)
    if winner is not None:
        block = next(g for g in found.groups if winner in g.rules)
        page.say(
            f"{group}{hdg}{returned}: regel {winner.rule} i regelgruppe {block.group} slo til{page.cite(winner.origin)}"
        )
        if block.guard is not None:
            page.verdict(block.guard, 4)
        if winner.condition is not None:
            page.verdict(winner.condition, 4)
        elif block.guard is None:
            page.say("regelen har ingen vilkår", 4)
    elif found.decided_by == "ellers":
        page.say(f"{group}{hdg}{returned}: ingen regel slo til, så «ellers {found.group}» gjelder")
    else:
        page.say("ingen regel slo til, og «ellers» gir ingen gruppe")
    if found.return_condition is not None:
        page.say(f"returkode {found.return_code or 'ingen'}: {told(found.return_condition, page.full)}", 4)
    _tried(page, found.groups)
    for text in found.incomplete:
        page.say(f"Ufullstendig: {text}")


def _tried(page: Page, groups: tuple[TriedGroup, ...]) -> None:
    rules = [(g, r) for g in groups for r in g.rules if r.outcome != "slo_til"]
    closed = [g for g in groups if not g.open]
    if not rules and not closed:
        return
    opened = _plural(len(groups) - len(closed), "åpen regelgruppe", "åpne regelgrupper")
    if rules:
        page.say(f"Prøvd uten å slå til: {_plural(len(rules), 'regel', 'regler')} i {opened}")
    else:
        page.say(f"Før den: {_plural(len(closed), 'stengt regelgruppe', 'stengte regelgrupper')}")
    if page.full:
        for g in groups:
            if g.open:
                for r in g.rules:
                    if r.outcome != "slo_til":
                        _rule(page, g, r)
            else:
                _closed(page, g)
        return
    left_out = len(rules) - _LAST_RULES
    if left_out > 0:
        page.say(f"… {_plural(left_out, 'regel', 'regler')} før disse, se alle med --full", 4)
    for g, r in rules[-_LAST_RULES:]:
        _rule(page, g, r)
    if len(closed) <= _LAST_RULES:
        for g in closed:
            _closed(page, g)
    elif closed:
        skipped = sum(g.rule_count for g in closed)
        page.say(f"stengte regelgrupper: {len(closed)} med {_plural(skipped, 'regel', 'regler')}", 4)


def _plural(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _rule(page: Page, group: TriedGroup, r: TriedRule) -> None:
    why = told(r.deciding, page.full) if r.deciding is not None else ""
    page.say(f"{NO} {r.rule} (DRG {r.target}) {why}{page.cite_in_full(r.origin)}", 4)


def _closed(page: Page, g: TriedGroup) -> None:
    why = told(g.guard, page.full) if g.guard is not None else ""
    page.say(f"{NO} regelgruppe {g.group} stengt ({_plural(g.rule_count, 'regel', 'regler')}): {why}", 4)


def _levels(page: Page, levels: tuple[LevelStep, ...]) -> None:
    if not levels:
        return
    page.heading("Nivåer")
    for level in levels:
        page.say(f"{level.level} er {level.value}{page.cite(level.origin)}")
        if not level.categories:
            page.say("ingen kategori holdt", 4)
        for c in level.categories:
            word = "blokkert av unntak" if c.blocked else f"gir {c.level}"
            page.say(f"{NO if c.blocked else YES} kategori {c.category} {word}", 4)
            if c.condition is not None:
                page.verdict(c.condition, 6)
            for e in c.exceptions:
                page.say(f"unntatt {told(e, page.full)}", 6)


def _making(page: Page, stay: StayPart) -> None:
    made = stay.making
    page.heading("Opphold")
    where = f", enhet {stay.unit}" if stay.unit is not None else ""
    page.say(f"{stay.stay_id}: {shown.day(stay.start)} til {shown.day(stay.end)}{where}")
    if len(made.records) > 1:
        names = ", ".join(r.record_id for r in made.records)
        page.say(f"samlet av {len(made.records)} poster: {names}{page.cite(made.origin)}")
        for link in made.links:
            page.say(f"{link.first} + {link.second} etter samleregel {link.rule}:", 4)
            page.verdict(link.condition, 6)
        for f in made.merged:
            origin = f" (fra {f.best})" if f.best is not None else ""
            page.say(f"{f.name} {f.how}: {f.shown}{origin}", 4)
        for lone in made.lone:
            page.say(f"alene ville {lone.record_id} gitt {shown.points(lone.points)}", 4)
    elif made.never_joined:
        page.say("poster samles ikke: hver post er et opphold")
    for apart in made.apart:
        why = "; ".join(told(d, page.full) for d in apart.deciding)
        page.say(f"ikke samlet med {apart.record_id} ({apart.side}): {why}")


def _codes(page: Page, stay: StayPart) -> None:
    if not stay.codes:
        return
    page.heading("Koder")
    shown_ones = stay.codes if page.full else stay.codes[:_MOST_CODES]
    for use in shown_ones:
        title = f" {use.title}" if use.title is not None else ""
        carried = use.properties if page.full else use.properties[:_MOST_CODES]
        more = " …" if len(carried) < len(use.properties) else ""
        properties = f" — egenskap {', '.join(carried)}{more}" if use.properties else ""
        page.say(f"{use.field} {use.code}{title}{properties}")
    if len(shown_ones) < len(stay.codes):
        page.say(f"… og {len(stay.codes) - len(shown_ones)} til, se alle med --full")


# ------------------------------------------------------------------ points and money


def _points(page: Page, stay: StayPart) -> None:
    found, counting = stay.points, stay.counting
    page.heading("Poeng")
    if counting.outside:
        page.say(f"{NO} {shown.day(stay.day)} ligger utenfor dagene regelverket gjelder")
    for c in counting.conditions:
        word = "teller i ISF" if c.condition is None or c.condition.value is True else "teller ikke i ISF"
        if c.condition is None:
            page.say(f"{YES} {word}{page.cite(c.origin)}")
        elif page.full or c.condition.value is not True:
            page.say(f"{word}{page.cite(c.origin)}:")
            page.verdict(c.condition, 4)
        else:
            page.say(f"{YES} {word}{page.cite(c.origin)}")
    if not found.lines:
        page.say("regelverket sier ikke hvordan poeng regnes")
        return
    for line in found.lines:
        _line(page, line)
    page.say(_sum(found))
    if found.loss is not None and found.value is not None:
        by = f" ({', '.join(found.loss_by)})" if found.loss_by else ""
        page.say(f"bortfall {shown.points(found.lost)}: {LOSS[found.loss]}{by}, så oppholdet gir {_short(found.value)}")


def _short(value: Decimal | None) -> str:
    return shown.points(value)


def _line(page: Page, line: PointLine) -> None:
    label = line.name if line.kind == line.name else f"{line.kind} {line.name}"
    if not line.applied:
        assert line.condition is not None
        page.say(f"{NO} {label} gjelder ikke: {told(line.condition, page.full)}{page.cite(line.origin)}")
        return
    value = shown.points(line.value)
    page.say(f"{YES} {label}: {value}{page.cite(line.origin)}")
    for text in line.lines:
        page.say(text, 6)
    if line.condition is not None:
        page.verdict(line.condition, 6)


def _sum(found: PointSum) -> str:
    applied = [x for x in found.lines if x.applied]
    if any(x.value is None for x in applied):
        unknown = ", ".join(x.name for x in applied if x.value is None)
        return f"sum: ukjent, siden {unknown} er ukjent"
    told_ = ""
    for x in applied:
        assert x.value is not None
        sign = shown.MINUS if x.kind == "fradrag" else "+"
        told_ += (f" {sign} " if told_ else (shown.MINUS if sign != "+" else "")) + shown.number(x.value)
    if found.rounding:
        sign = shown.MINUS if found.rounding < 0 else "+"
        told_ += f" {sign} {shown.number(abs(found.rounding))} (avrunding)"
    total = (found.value or Decimal(0)) + found.lost
    digits = f", avrundet til {found.digits} desimaler" if found.digits is not None else ""
    return f"sum: {told_} = {shown.points(total)}{digits}"


def _money(page: Page, found: MoneySum, title: str) -> None:
    page.heading(title)
    if found.name is None:
        if found.refused:
            page.say("ingen refusjonsregel gjelder" if found.value is None else f"{shown.kroner(found.value)}: 0 poeng")
            _refused(page, found)
        else:
            page.say("regelverket har ingen refusjonsregel")
        return
    rounded = {2: "avrundet til øre", 0: "avrundet til hele kroner"}.get(found.digits or 0, "avrundet")
    page.say(f"{shown.kroner(found.value)} etter refusjon {found.name}, {rounded}{page.cite(found.origin)}")
    for text in found.lines:
        page.say(text, 4)
    if found.condition is not None:
        page.verdict(found.condition, 4)
    _refused(page, found)


def _refused(page: Page, found: MoneySum) -> None:
    for r in found.refused:
        why = told(r.deciding, page.full) if r.deciding is not None else "vilkåret holdt ikke"
        page.say(f"{NO} refusjon {r.name}: {why}", 4)


# ------------------------------------------------------------------ særtjenester


def _triggering(page: Page, found: Triggering) -> None:
    if found.stg is None and not page.full and not found.tried:
        return
    page.heading("STG for", found.record_id)
    failed = [t for t in found.tried if t.outcome != "slo_til"]
    won = next((t for t in found.tried if t.outcome == "slo_til"), None)
    if won is not None:
        page.say(f"{YES} STG {won.stg}{_title(won.title)}{page.cite(won.origin)}")
        if won.condition is not None:
            page.verdict(won.condition, 4)
    else:
        page.say("ingen STG slo til")
    shown_ones = failed if page.full else failed[-_LAST_RULES:]
    if len(shown_ones) < len(failed):
        page.say(f"… {len(failed) - len(shown_ones)} STG prøvd før disse, se alle med --full")
    for t in shown_ones:
        page.say(f"{NO} STG {t.stg}: {_stg_reason(t, page.full)}{page.cite_in_full(t.origin)}")


def _stg_reason(t: TriedStg, full: bool) -> str:
    if t.outcome == "gjelder_ikke_dagen":
        return "gjelder ikke på dagen"
    return told(t.deciding, full) if t.deciding is not None else ""


def _title(title: str | None) -> str:
    return f" {title}" if title else ""


def _service(page: Page, s: ServicePart) -> None:
    page.heading("Særtjeneste", s.service_id)
    page.say(f"STG {s.stg}{_title(s.title)}, telles {s.counted}, periode {s.period}{page.cite(s.origin)}")
    for r in s.records:
        page.say(f"{r.post} {r.record_id}, {shown.day(r.start)}" + (f", enhet {r.unit}" if r.unit else ""), 4)
    _financing(page, s.financing)
    if s.replaced_by:
        page.say(f"poengene er erstattet av {', '.join(s.replaced_by)}")
    page.say(f"vekt {shown.points(s.weight)}, gir {shown.points(s.points)}")
    _money(page, s.money, "Refusjon for særtjenesten")


def _financing(page: Page, f: Financing) -> None:
    word = {True: "finansiert", False: "ikke finansiert", None: "ukjent om den er finansiert"}[f.financed]
    why = "forløpet er alt telt i perioden" if f.twice else ""
    page.say(f"{word}: {why}" if why else word)
    for t in f.tests:
        page.say(f"{YES if t.condition.value is True else NO} {t.record_id}: {told(t.condition, page.full)}", 4)


# ------------------------------------------------------------------ courses


def _course(page: Page, c: CoursePart) -> None:
    page.heading("Forløp", c.course_id)
    page.say(f"TFG {c.tfg}{_title(c.title)}, telles {c.counted}, periode {c.period}{page.cite(c.origin)}")
    asked = [m for m in c.members if m.asked]
    for m in asked:
        _asked(page, c, m)
    others = [m for m in c.members if not m.asked]
    for m in others:
        day = f", dag {shown.number(m.day)}" if m.day is not None else ""
        share = f", andel {_share(m.share)}" if m.share is not None else ""
        page.say(f"{_role(m)} {m.record_id} ({m.group_kind} {m.group}), {shown.day(m.start)}{day}{share}", 4)
    _financing(page, c.financing)
    if c.replaces:
        page.say(f"erstatter poengene for {' og '.join(c.replaces)} i forløpet")
    page.say(f"vekt {shown.points(c.weight)}, gir {shown.points(c.points)}")
    _money(page, c.money, "Refusjon for forløpet")


def _share(value: Decimal) -> str:
    return shown.number(value.normalize()) if value else "0"


def _role(m: MemberPart) -> str:
    return m.role.replace("ny_trigger", "ny trigger")


def _asked(page: Page, c: CoursePart, m: MemberPart) -> None:
    share = f", andel {_share(m.share)}" if m.share is not None else ""
    if m.role != "medlem":
        page.say(f"{m.record_id} er {_role(m)}: DRG/STG {m.group}".replace("DRG/STG", m.group_kind) + share)
        if m.line is not None:
            page.say(m.line, 4)
    else:
        page.say(f"{m.record_id} er medlem ({m.group_kind} {m.group}){share}")
        if m.line is not None:
            page.say(m.line, 4)
    if m.condition is not None:
        page.verdict(m.condition, 4)
    if m.window is not None:
        w = m.window
        cut = ", kuttet av triggerens kalenderår" if w.cut else ""
        assumed = " (antatt vindu)" if w.assumed else ""
        page.say(f"vindu {w.text}: {shown.day(w.low)} til {shown.day(w.high)}{cut}{assumed}", 4)
        page.say(f"{shown.day(m.start)} er dag {shown.number(m.day or 0)}, regnet fra triggerens start", 4)
    if m.reach:
        rule = {"første": "det første", "nærmeste": "det nærmeste", "alle": "alle"}.get(c.several or "", "det første")
        page.say(f"innen rekkevidde av {len(m.reach)} forløp; regelverket velger {rule}:", 4)
        for r in m.reach:
            page.say(f"{YES if r.chosen else NO} trigger {r.trigger_id}, {shown.days(r.distance)} unna", 6)


# ------------------------------------------------------------------ requirements and notes


def _krav(page: Page, found: tuple[KravPart, ...]) -> None:
    concerned = [k for k in found if k.outcome != "gjelder_ikke" or page.full]
    if not concerned:
        return
    page.heading("Krav")
    for k in concerned:
        word = {"oppfylt": f"{YES} oppfylt", "ikke_oppfylt": f"{NO} ikke oppfylt", "gjelder_ikke": "gjelder ikke"}
        page.say(f"{word[k.outcome]}: {k.krav}{_title(k.title)} ({k.record_id}){page.cite(k.origin)}")
        if k.applies is not None and (page.full or k.outcome == "gjelder_ikke"):
            page.say(f"gjelder når {told(k.applies, page.full)}", 4)
        for c in k.conditions:
            if k.outcome == "oppfylt" and c.how == "maskinelt" and not page.full:
                continue  # a machine-checked condition of a requirement that is met says nothing new
            label = f"{'unntak' if c.exception else 'vilkår'} {c.name}"
            if c.exception and c.holds is not None:
                label += " slår inn" if c.holds else " slår ikke inn"
            if c.how == "ukjent":
                page.say(f"? {label}: ukjent", 4)
            elif c.condition is not None:
                page.say(f"{YES if c.holds is not c.exception else NO} {label}: {told(c.condition, page.full)}", 4)
            elif c.holds is None:
                page.say(f"• {label} skal dokumenteres{_title(c.title and f'({c.title})')}", 4)
            else:
                attested = "attestert" if c.holds else "attestert at det ikke er slik"
                page.say(f"{YES if c.holds is not c.exception else NO} {label}: {attested} i {c.attested_by}", 4)
        if k.reported:
            page.say(f"rapporteres med {', '.join(k.reported)}", 4)
    left_out = len(found) - len(concerned)
    if left_out:
        page.say(f"{_plural(left_out, 'krav', 'krav')} til gjelder ikke")


def _notes(page: Page, document: Explanation) -> None:
    if not document.notes:
        return
    page.heading("Antatt og ukjent")
    for note in document.notes:
        where = f" — i {', '.join(f'«{s}»' for s in note.steps)}" if note.steps else ""
        page.say(f"{note.text} ({note.about}){where}")
