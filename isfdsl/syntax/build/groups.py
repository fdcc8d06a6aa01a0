"""Builder methods for groups, requirements, points, money, examples and assumptions."""

from __future__ import annotations

from typing import Any

from isfdsl.syntax import ast
from isfdsl.syntax.build.common import Children, Part, after, has, pick, picks, unquote
from isfdsl.syntax.build.decl import DeclBuilder
from isfdsl.syntax.build.expr import EXPR

EXPECTATIONS = ast.Expectation.__args__


class GroupBuilder(DeclBuilder):
    """The second half of the declarations."""

    # -------------------------------------------------------------- groups

    def attr_value(self, c: Children) -> ast.Amount | ast.Unknown | ast.Name:
        child = c[0]
        if isinstance(child, (ast.Amount, ast.Unknown)):
            return child
        return self.name(c)

    def attributt(self, c: Children) -> ast.Attributt:
        name = c[0]
        if not isinstance(name, ast.Name):  # the keyword HDG, whose value is a name even where it is all digits
            name = ast.Name(text=str(name), span=self.token_span(name))
        return ast.Attributt(name=name, value=c[1], span=self.span(c))

    def attributes(self, c: Children) -> tuple[ast.Attributt, ...]:
        kept: dict[str, ast.Attributt] = {}
        for child in picks(c, ast.Attributt):
            first = kept.setdefault(child.name.text, child)
            if first is not child:
                self.repeated(child.name.text, first.span, child.span)
        return tuple(kept.values())

    def drg(self, c: Children) -> ast.Drg:
        return ast.Drg(
            name=c[1],
            title=pick(c, ast.Text),
            validity=pick(c, ast.Validity),
            attributes=self.attributes(c),
            meta=self.meta(c),
            span=self.span(c),
        )

    def utloses(self, c: Children) -> Part:
        return Part("utløses", c[2].value, self.span(c))

    def telles(self, c: Children) -> Part:
        return Part("telles", c[1], self.span(c))

    def period(self, c: Children) -> Part:
        return Part("period", str(c[0]), self.token_span(c[0]))

    def per_institusjon(self, c: Children) -> Part:
        return Part("per_institusjon", True, self.span(c))

    def count_period(self, c: Children) -> ast.Telles:
        return ast.Telles(
            unit=self.one(c, "period", "per"),
            per_institution=self.one(c, "per_institusjon", "per institusjon") is not None,
            span=self.span(c),
        )

    def count_kontakt(self, c: Children) -> ast.Telles:
        return ast.Telles(unit="kontakt", span=self.span(c))

    def count_trigger(self, c: Children) -> ast.Telles:
        return ast.Telles(unit="trigger", span=self.span(c))

    def quant_any(self, c: Children) -> Part:
        return Part("quantifier", "minst én", self.span(c))

    def quant_all(self, c: Children) -> Part:
        return Part("quantifier", "alle", self.span(c))

    def quant_first(self, c: Children) -> Part:
        return Part("quantifier", "første", self.span(c))

    def finansieres(self, c: Children) -> ast.Finansieres:
        return ast.Finansieres(
            quantifier=self.one(c, "quantifier", "finansieres når"), condition=c[-1], span=self.span(c)
        )

    def share_vekt(self, c: Children) -> Part:
        return Part("share", "vekt", self.span(c))

    def share_antall(self, c: Children) -> Part:
        return Part("share", "antall", self.span(c))

    def share_forste(self, c: Children) -> Part:
        return Part("share", "første", self.span(c))

    def fordeles(self, c: Children) -> Part:
        return Part("fordeles", c[1].value, self.span(c))

    def stg(self, c: Children) -> ast.Stg:
        return ast.Stg(
            name=c[1],
            title=pick(c, ast.Text),
            validity=pick(c, ast.Validity),
            triggers=self.one(c, "utløses", "utløses av") or (),
            condition=self.one(c, "når", "når"),
            telles=self.one(c, "telles", "telles"),
            finansieres=self.one_node(c, ast.Finansieres, "finansieres når"),
            fordeles=self.one(c, "fordeles", "fordeles"),
            dateres=self.one(c, "dateres", "dateres etter"),
            attributes=self.attributes(c),
            meta=self.meta(c),
            span=self.span(c),
        )

    def trigger(self, c: Children) -> ast.Trigger:
        return ast.Trigger(
            kind=c[1].value,
            groups=c[2].value,
            condition=self.one(c, "når", "når"),
            span=self.span(c),
        )

    def direction(self, c: Children) -> Part:
        return Part("direction", str(c[0]), self.token_span(c[0]))

    def anchor(self, c: Children) -> Part:
        return Part("anchor", str(c[0]), self.token_span(c[0]))

    def bound(self, c: Children) -> ast.Bound:
        return ast.Bound(
            days=int(c[0]),
            direction=self.one(c, "direction", "før"),
            anchor=self.one(c, "anchor", "start"),
            span=self.span(c),
        )

    def window(self, c: Children) -> ast.Window:
        return ast.Window(start=c[1], end=c[3], span=self.span(c))

    def unknown_window(self, c: Children) -> ast.UnknownWindow:
        return ast.UnknownWindow(reason=unquote(c[2]) if len(c) > 2 else None, span=self.span(c))

    def omfatter(self, c: Children) -> ast.Omfatter:
        window: Any = None
        for child in c:
            if isinstance(child, (ast.Window, ast.UnknownWindow)):
                window = child
        return ast.Omfatter(
            kind=c[1].value,
            groups=c[2].value,
            condition=self.one(c, "når", "når"),
            window=window,
            span=self.span(c),
        )

    def omfatter_resten(self, c: Children) -> Part:
        return Part("resten", True, self.span(c))

    def mode_starter(self, c: Children) -> Part:
        return Part("mode", "starter", self.span(c))

    def mode_slutter(self, c: Children) -> Part:
        return Part("mode", "slutter", self.span(c))

    def mode_overlapper(self, c: Children) -> Part:
        return Part("mode", "overlapper", self.span(c))

    def own_day_included(self, c: Children) -> Part:
        return Part("own_day", True, self.span(c))

    def own_day_excluded(self, c: Children) -> Part:
        return Part("own_day", False, self.span(c))

    def medlem(self, c: Children) -> ast.Medlem:
        return ast.Medlem(mode=c[1].value, own_day=c[3].value, span=self.span(c))

    def within_year(self, c: Children) -> Part:
        return Part("within_year", True, self.span(c))

    def across_years(self, c: Children) -> Part:
        return Part("within_year", False, self.span(c))

    def new_own(self, c: Children) -> Part:
        return Part("new_trigger", "åpner", self.span(c))

    def new_absorbed(self, c: Children) -> Part:
        return Part("new_trigger", "tas inn", self.span(c))

    def new_extends(self, c: Children) -> Part:
        return Part("new_trigger", "forlenger", self.span(c))

    def several_first(self, c: Children) -> Part:
        return Part("several", "første", self.span(c))

    def several_nearest(self, c: Children) -> Part:
        return Part("several", "nærmeste", self.span(c))

    def several_all(self, c: Children) -> Part:
        return Part("several", "alle", self.span(c))

    def replaced_opphold(self, c: Children) -> Part:
        return Part("replaced", "opphold", self.span(c))

    def replaced_saertjenester(self, c: Children) -> Part:
        return Part("replaced", "særtjenester", self.span(c))

    def erstatter(self, c: Children) -> ast.Erstatter:
        what = self.all(c, "replaced")
        return ast.Erstatter(opphold="opphold" in what, saertjenester="særtjenester" in what, span=self.span(c))

    def tfg(self, c: Children) -> ast.Tfg:
        return ast.Tfg(
            name=c[1],
            title=pick(c, ast.Text),
            validity=pick(c, ast.Validity),
            triggers=picks(c, ast.Trigger),
            members=picks(c, ast.Omfatter),
            rest=self.one(c, "resten", "omfatter resten") is not None,
            medlem=self.one_node(c, ast.Medlem, "medlem"),
            within_year=self.one(c, "within_year", "innenfor triggerens kalenderår"),
            new_trigger=self.one(c, "new_trigger", "ny trigger"),
            several=self.one(c, "several", "flere forløp"),
            telles=self.one(c, "telles", "telles"),
            erstatter=self.one_node(c, ast.Erstatter, "erstatter poeng"),
            fordeles=self.one(c, "fordeles", "fordeles"),
            attributes=self.attributes(c),
            meta=self.meta(c),
            span=self.span(c),
        )

    def stg_order(self, c: Children) -> ast.StgOrder:
        return ast.StgOrder(groups=self.one(c, "names", "rekkefølge"), meta=self.meta(c), span=self.span(c))

    def use_once(self, c: Children) -> Part:
        return Part("use", True, self.span(c))

    def use_many(self, c: Children) -> Part:
        return Part("use", False, self.span(c))

    def tfg_order(self, c: Children) -> ast.TfgOrder:
        return ast.TfgOrder(
            groups=self.one(c, "names", "rekkefølge"),
            once=self.one(c, "use", "kontakten"),
            meta=self.meta(c),
            span=self.span(c),
        )

    # -------------------------------------------------------------- requirements

    def gjelder(self, c: Children) -> Part:
        return Part("gjelder", c[2], self.span(c))

    def dokumenteres(self, c: Children) -> Part:
        return Part("dokumenteres", c[3] if len(c) > 1 else None, self.span(c))

    def _vilkaar(self, c: Children) -> ast.Vilkaar:
        self.one(c, "dokumenteres", "dokumenteres")
        documented = [p for p in c if isinstance(p, Part) and p.kind == "dokumenteres"]
        return ast.Vilkaar(
            name=c[1],
            title=pick(c, ast.Text),
            validity=pick(c, ast.Validity),
            condition=self.one(c, "når", "når"),
            documented=bool(documented),
            attested_by=documented[0].value if documented else None,
            unknown=self.one_node(c, ast.Unknown, "ukjent"),
            meta=self.meta(c),
            span=self.span(c),
        )

    def vilkaar(self, c: Children) -> Part:
        return Part("vilkår", self._vilkaar(c), self.span(c))

    def unntak(self, c: Children) -> Part:
        return Part("unntak", self._vilkaar(c), self.span(c))

    def reported(self, c: Children) -> Part:
        token = c[1]
        return Part("reported", (c[0], token[1:-1] if token.type == "QNAME" else str(token)), self.span(c))

    def rapporteres(self, c: Children) -> ast.Rapporteres:
        return ast.Rapporteres(when_met=c[0].type == "NAAR_OPPFYLT", values=self.all(c, "reported"), span=self.span(c))

    def krav(self, c: Children) -> ast.Krav:
        return ast.Krav(
            name=c[1],
            title=pick(c, ast.Text),
            subject=after(c, "for"),
            validity=pick(c, ast.Validity),
            applies=self.one(c, "gjelder", "gjelder når"),
            conditions=self.all(c, "vilkår"),
            exceptions=self.all(c, "unntak"),
            reporting=picks(c, ast.Rapporteres),
            meta=self.meta(c),
            span=self.span(c),
        )

    # -------------------------------------------------------------- what counts, points, money

    def teller(self, c: Children) -> ast.Teller:
        return ast.Teller(
            subject=after(c, "for"),
            condition=self.one(c, "når", "når"),
            meta=self.meta(c),
            span=self.span(c),
        )

    def grunnlag(self, c: Children) -> Part:
        return Part("grunnlag", c[1], self.span(c))

    def _tillegg(self, c: Children) -> ast.Tillegg:
        expressions = picks(c, EXPR)
        return ast.Tillegg(
            name=c[1],
            condition=self.one(c, "når", "når"),
            expr=expressions[-1],
            meta=self.meta(c),
            span=self.span(c),
        )

    def tillegg(self, c: Children) -> Part:
        return Part("tillegg", self._tillegg(c), self.span(c))

    def fradrag(self, c: Children) -> Part:
        return Part("fradrag", self._tillegg(c), self.span(c))

    def round_desimaler(self, c: Children) -> ast.Avrundes:
        return ast.Avrundes(digits=int(c[0]), style="desimaler", span=self.span(c))

    def round_ore(self, c: Children) -> ast.Avrundes:
        return ast.Avrundes(digits=2, style="øre", span=self.span(c))

    def round_kroner(self, c: Children) -> ast.Avrundes:
        return ast.Avrundes(digits=0, style="hele kroner", span=self.span(c))

    def avrundes(self, c: Children) -> ast.Avrundes:
        rounding: ast.Avrundes = c[1]
        return rounding

    def poeng(self, c: Children) -> ast.Poeng:
        return ast.Poeng(
            subject=c[1],
            base=self.one(c, "grunnlag", "grunnlag"),
            additions=self.all(c, "tillegg"),
            deductions=self.all(c, "fradrag"),
            rounding=self.one_node(c, ast.Avrundes, "avrundes"),
            meta=self.meta(c),
            span=self.span(c),
        )

    def refusjon(self, c: Children) -> ast.Refusjon:
        return ast.Refusjon(
            name=c[1],
            subjects=after(c, "for").value if has(c, "for") else (),
            condition=self.one(c, "når", "når"),
            expr=picks(c, EXPR)[-1],
            rounding=self.one_node(c, ast.Avrundes, "avrundes"),
            meta=self.meta(c),
            span=self.span(c),
        )

    # -------------------------------------------------------------- examples

    def item_value(self, c: Children) -> ast.ItemValue:
        token = c[0]
        if token.type == "STRING":
            return ast.ItemValue(raw=unquote(token), quoted=True, span=self.token_span(token))
        if token.type == "QNAME":
            return ast.ItemValue(raw=token[1:-1], quoted=True, span=self.token_span(token))
        return ast.ItemValue(raw=str(token), span=self.token_span(token))

    def item(self, c: Children) -> ast.Item:
        return ast.Item(name=c[0], values=picks(c, ast.ItemValue), span=self.span(c))

    def gitt(self, c: Children) -> Part:
        return Part("gitt", c[1], self.span(c))

    def forvent(self, c: Children) -> Part:
        return Part("forvent", c[1], self.span(c))

    def negated(self, c: Children) -> Part:
        return Part("negated", True, self.span(c))

    def financed(self, c: Children) -> Part:
        return Part("financed", True, self.span(c))

    def unfinanced(self, c: Children) -> Part:
        return Part("financed", False, self.span(c))

    def expect_group(self, c: Children) -> ast.ExpectGroup:
        return ast.ExpectGroup(
            record=c[0],
            kind=self.one(c, "group_kind", "DRG"),
            group=picks(c, ast.Name)[1],
            negated=self.one(c, "negated", "ikke") is not None,
            financed=self.one(c, "financed", "finansiering"),
            span=self.span(c),
        )

    def expect_no_group(self, c: Children) -> ast.ExpectNoGroup:
        return ast.ExpectNoGroup(record=c[0], kind=self.one(c, "group_kind", "DRG"), span=self.span(c))

    def expect_amount(self, c: Children) -> ast.ExpectAmount:
        return ast.ExpectAmount(record=c[0], amount=c[2], span=self.span(c))

    def expect_unknown(self, c: Children) -> ast.ExpectUnknown:
        return ast.ExpectUnknown(record=c[0], span=self.span(c))

    def expect_rule(self, c: Children) -> ast.ExpectRule:
        return ast.ExpectRule(record=c[0], rule=c[3], returkode=after(c, "returkode"), span=self.span(c))

    def expect_count(self, c: Children) -> ast.ExpectCount:
        return ast.ExpectCount(
            count=int(c[0]),
            what="forløp" if c[1] == "forløp" else "særtjeneste",
            group=c[2],
            amount=after(c, "med"),
            span=self.span(c),
        )

    def expect_stays(self, c: Children) -> ast.ExpectStays:
        return ast.ExpectStays(count=int(c[0]), span=self.span(c))

    def at_day(self, c: Children) -> Part:
        return Part("day", int(c[-1]) * (-1 if has(c, "-") else 1), self.span(c))

    def with_trigger(self, c: Children) -> Part:
        return Part("trigger", c[2], self.span(c))

    def expect_member(self, c: Children) -> ast.ExpectMember:
        return ast.ExpectMember(
            record=c[0],
            tfg=after(c, "i"),
            negated=self.one(c, "negated", "ikke") is not None,
            day=self.one(c, "day", "på dag"),
            trigger=self.one(c, "trigger", "med trigger"),
            span=self.span(c),
        )

    def verdict_met(self, c: Children) -> Part:
        return Part("verdict", True, self.span(c))

    def verdict_broken(self, c: Children) -> Part:
        return Part("verdict", False, self.span(c))

    def on_conditions(self, c: Children) -> Part:
        return Part("conditions", c[1].value, self.span(c))

    def expect_krav(self, c: Children) -> ast.ExpectKrav:
        return ast.ExpectKrav(
            record=c[0],
            krav=c[2],
            met=self.one(c, "verdict", "oppfyller"),
            conditions=self.one(c, "conditions", "på") or (),
            span=self.span(c),
        )

    def expect_krav_na(self, c: Children) -> ast.ExpectKravNa:
        return ast.ExpectKravNa(krav=c[0], record=c[3], span=self.span(c))

    def expect_counts(self, c: Children) -> ast.ExpectCounts:
        return ast.ExpectCounts(record=c[0], negated=self.one(c, "negated", "ikke") is not None, span=self.span(c))

    def expect_rejected(self, c: Children) -> ast.ExpectRejected:
        return ast.ExpectRejected(record=c[0], code=after(c, "med"), span=self.span(c))

    def expect_holds(self, c: Children) -> ast.ExpectHolds:
        return ast.ExpectHolds(record=c[0], expr=c[2], span=self.span(c))

    def eksempel(self, c: Children) -> ast.Eksempel:
        return ast.Eksempel(
            title=ast.Text(value=unquote(c[1]), span=self.token_span(c[1])),
            items=picks(c, ast.Item),
            given=self.all(c, "gitt"),
            expectations=self.all(c, "forvent"),
            meta=self.meta(c),
            span=self.span(c),
        )

    # -------------------------------------------------------------- assumptions

    def _reason(self, c: Children) -> ast.Text | None:
        last = c[-1]
        if getattr(last, "type", None) == "STRING":
            return ast.Text(value=unquote(last), span=self.token_span(last))
        return None

    def assume_attribute(self, c: Children) -> ast.AssumeAttribute:
        return ast.AssumeAttribute(
            attribute=c[0],
            kind=c[1].value,
            group=c[2],
            value=c[3],
            reason=self._reason(c),
            span=self.span(c),
        )

    def assume_rate(self, c: Children) -> ast.AssumeRate:
        return ast.AssumeRate(
            rate=c[1],
            value=c[2],
            validity=pick(c, ast.Validity),
            reason=self._reason(c),
            span=self.span(c),
        )

    def assume_window(self, c: Children) -> ast.AssumeWindow:
        return ast.AssumeWindow(
            tfg=c[2],
            kind=c[3].value,
            group=c[4],
            window=c[5],
            reason=self._reason(c),
            span=self.span(c),
        )

    def assume_codes(self, c: Children) -> ast.AssumeCodes:
        tokens = [t for t in c[2:] if getattr(t, "type", None) in ("WORD", "QNAME", "INT", "PATTERN", "PAIR")]
        return ast.AssumeCodes(
            what=str(c[0]),  # type: ignore[arg-type]
            name=c[1],
            codes=tuple(str(t)[1:-1] if t.type == "QNAME" else str(t) for t in tokens),
            reason=self._reason(c),
            span=self.span(c),
        )

    def antakelse(self, c: Children) -> ast.Antakelse:
        return ast.Antakelse(assumption=c[1], span=self.span(c))

    def start(self, c: Children) -> tuple[ast.AnyDeclaration, ...]:
        return tuple(c)
