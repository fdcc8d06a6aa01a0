"""Builder methods for vocabulary, code sets, stays, hierarchies and levels."""

from __future__ import annotations

from typing import Any

from lark import Token

from isfdsl.diagnostics.syntax import RepeatedClause
from isfdsl.source import Span
from isfdsl.syntax import ast
from isfdsl.syntax.build.common import Children, Part, after, has, number, pick, picks, unquote
from isfdsl.syntax.build.expr import EXPR, ExprBuilder

META = (ast.Kilde, ast.Videreforing, ast.Ufullstendig, ast.Merknad)


class CodeLine:
    """One code line on its way into a block (a plain class: there are 150,000 of them)."""

    __slots__ = ("code", "end", "length", "start", "text", "validity")

    def __init__(
        self, code: str, text: str | None, validity: ast.Validity | None, start: int, length: int, end: int
    ) -> None:
        self.code = code
        self.text = text
        self.validity = validity
        self.start = start
        self.length = length
        self.end = end


class DeclBuilder(ExprBuilder):
    """Everything but groups, requirements, money and examples."""

    # -------------------------------------------------------------- helpers

    def meta(self, c: Children) -> tuple[ast.MetaClause, ...]:
        return picks(c, META)

    def one(self, c: Children, kind: str, written: str) -> Any:
        """The value of a clause that may stand once; a second one is reported, the first counts."""
        found: Part | None = None
        for child in c:
            if isinstance(child, Part) and child.kind == kind:
                if found is None:
                    found = child
                else:
                    self.repeated(written, found.span, child.span)
        return None if found is None else found.value

    def one_node(self, c: Children, cls: Any, written: str) -> Any:
        """As ``one``, for clauses that are nodes of their own."""
        found: Any = None
        for child in c:
            if isinstance(child, cls):
                if found is None:
                    found = child
                else:
                    self.repeated(written, found.span, child.span)
        return found

    def repeated(self, written: str, first: Span, second: Span) -> None:
        self.context.problems.append(RepeatedClause(span=second, clause=written, first=first))

    def all(self, c: Children, kind: str) -> tuple[Any, ...]:
        return tuple(child.value for child in c if isinstance(child, Part) and child.kind == kind)

    def block(self, c: Children) -> ast.CodeBlock:
        lines = [child for child in c if type(child) is CodeLine]
        sections: list[tuple[int, ast.Name]] = []
        validities: list[tuple[int, ast.Validity]] = []
        at = 0
        for child in c:
            if type(child) is CodeLine:
                if child.validity is not None:
                    validities.append((at, child.validity))
                at += 1
            elif isinstance(child, Part) and child.kind == "section":
                sections.append((at, child.value))
        return ast.CodeBlock(
            codes=tuple(line.code for line in lines),
            texts=tuple(line.text for line in lines),
            sections=tuple(sections),
            validities=tuple(validities),
            source=self.context.source,
            starts=tuple(line.start for line in lines),
            lengths=tuple(line.length for line in lines),
        )

    # -------------------------------------------------------------- shared pieces

    def unknown(self, c: Children) -> ast.Unknown:
        reason = unquote(c[1]) if len(c) > 1 else None
        return ast.Unknown(reason=reason, span=self.span(c))

    def validity(self, c: Children) -> ast.Validity:
        start, end = after(c, "fra"), after(c, "til")
        return ast.Validity(
            start=self.day(start) if start is not None else None,
            end=self.day(end) if end is not None else None,
            span=self.span(c),
        )

    def group_kind(self, c: Children) -> Part:
        return Part("group_kind", str(c[0]), self.token_span(c[0]))

    def kilde(self, c: Children) -> ast.Kilde:
        return ast.Kilde(refs=picks(c, ast.SourceRef), span=self.span(c))

    def source_ref(self, c: Children) -> ast.SourceRef:
        token: Token = c[0]
        span = self.token_span(token)
        if token.type == "STRING":
            return ast.SourceRef(value=unquote(token), is_text=True, span=span)
        value = token[1:-1] if token.type == "QNAME" else str(token)
        return ast.SourceRef(value=value, is_text=False, span=span)

    def videreforing(self, c: Children) -> ast.Videreforing:
        return ast.Videreforing(year=int(c[-1]), span=self.span(c))

    def ufullstendig(self, c: Children) -> ast.Ufullstendig:
        return ast.Ufullstendig(text=unquote(c[1]), span=self.span(c))

    def merknad(self, c: Children) -> ast.Merknad:
        return ast.Merknad(text=unquote(c[1]), span=self.span(c))

    # -------------------------------------------------------------- head, rates, periods, sources

    def gyldig(self, c: Children) -> Part:
        return Part("gyldig", (self.day(c[1]), self.day(c[3])), self.span(c))

    def status(self, c: Children) -> Part:
        return Part("status", c[1], self.span(c))

    def regelverk(self, c: Children) -> ast.Regelverk:
        valid = self.one(c, "gyldig", "gyldig")
        return ast.Regelverk(
            name=c[1],
            year=int(c[2]),
            start=valid[0] if valid else None,
            end=valid[1] if valid else None,
            status=self.one(c, "status", "status"),
            meta=self.meta(c),
            span=self.span(c),
        )

    def sats(self, c: Children) -> ast.Sats:
        return ast.Sats(name=c[1], value=c[2], validity=pick(c, ast.Validity), meta=self.meta(c), span=self.span(c))

    def rapportering(self, c: Children) -> ast.Rapportering:
        return ast.Rapportering(name=c[1], value=c[2], meta=self.meta(c), span=self.span(c))

    def frister(self, c: Children) -> ast.Frister:
        start, end, first, last = (self.day(c[i]) for i in (0, 2, 4, 6))
        return ast.Frister(start=start, end=end, first=first, last=last, span=self.span(c))

    def _quoted(self, kind: str, c: Children) -> Part:
        token = c[-1]
        return Part(kind, ast.Text(value=unquote(token), span=self.token_span(token)), self.span(c))

    def dokument(self, c: Children) -> Part:
        return self._quoted("dokument", c)

    def om_aar(self, c: Children) -> Part:
        return Part("om_aar", tuple(int(token) for token in c[2:] if token != ","), self.span(c))

    def sammendrag(self, c: Children) -> Part:
        return self._quoted("sammendrag", c)

    def uten_regel(self, c: Children) -> Part:
        return self._quoted("uten_regel", c)

    def passasje(self, c: Children) -> ast.Passasje:
        return ast.Passasje(
            name=c[1],
            heading=ast.Text(value=unquote(c[2]), span=self.token_span(c[2])),
            dokument=self.one(c, "dokument", "dokument"),
            years=self.one(c, "om_aar", "om år") or (),
            sammendrag=self.one(c, "sammendrag", "sammendrag"),
            uten_regel=self.one(c, "uten_regel", "uten regel"),
            span=self.span(c),
        )

    def utgaatt(self, c: Children) -> ast.Utgaatt:
        what: Any = c[1].value if isinstance(c[1], Part) else str(c[1])
        names = picks(c, ast.Name)
        since = after(c, "fra")
        return ast.Utgaatt(
            what=what,
            system=names[0] if what == "kode" else None,
            name=names[-1],
            title=pick(c, ast.Text),
            since=self.day(since) if since is not None else None,
            meta=self.meta(c),
            span=self.span(c),
        )

    # -------------------------------------------------------------- vocabulary

    def aapent(self, c: Children) -> Part:
        return Part("aapent", True, self.span(c))

    def moenster(self, c: Children) -> Part:
        return self._quoted("moenster", c)

    def kodeverk(self, c: Children) -> ast.Kodeverk:
        return ast.Kodeverk(
            name=c[1],
            title=pick(c, ast.Text),
            open_=self.one(c, "aapent", "åpent") is not None,
            pattern=self.one(c, "moenster", "mønster"),
            codes=self.block(c),
            meta=self.meta(c),
            span=self.span(c),
        )

    def liste(self, c: Children) -> Part:
        return Part("liste", True, self.span(c))

    def domain(self, c: Children) -> Part:
        low, high = (ast.Amount(value=number(token), unit="", span=self.token_span(token)) for token in (c[0], c[2]))
        return Part("domain", (low, high), self.span(c))

    def date_domain(self, c: Children) -> Part:
        return Part("domain", (self.day(c[0]), self.day(c[2])), self.span(c))

    def _type(self, kind: ast.FieldKind, c: Children) -> ast.FieldType:
        domain = self.one(c, "domain", "..")
        unit = self.one(c, "unit", "enhet")
        names = self.one(c, "names", "kodeverk")
        return ast.FieldType(
            kind=kind,
            is_list=self.one(c, "liste", "liste") is not None,
            low=domain[0] if domain else None,
            high=domain[1] if domain else None,
            unit=unit or "",
            systems=names or (),
            span=self.span(c),
        )

    def type_tekst(self, c: Children) -> ast.FieldType:
        return self._type("tekst", c)

    def type_heltall(self, c: Children) -> ast.FieldType:
        return self._type("heltall", c)

    def type_desimal(self, c: Children) -> ast.FieldType:
        return self._type("desimal", c)

    def type_dato(self, c: Children) -> ast.FieldType:
        return self._type("dato", c)

    def type_tidspunkt(self, c: Children) -> ast.FieldType:
        return self._type("tidspunkt", c)

    def type_ja_nei(self, c: Children) -> ast.FieldType:
        return self._type("ja_nei", c)

    def type_kode(self, c: Children) -> ast.FieldType:
        return self._type("kode", c)

    def type_kodepar(self, c: Children) -> ast.FieldType:
        return self._type("kodepar", c)

    def mod_valgfri(self, c: Children) -> Part:
        return Part("valgfri", True, self.span(c))

    def mod_nokkel(self, c: Children) -> Part:
        return Part("nøkkel", True, self.span(c))

    def mod_rolle(self, c: Children) -> Part:
        return Part("rolle", c[1], self.span(c))

    def felt(self, c: Children) -> ast.Felt:
        return ast.Felt(
            name=c[0],
            type=c[1],
            optional=self.one(c, "valgfri", "valgfri") is not None,
            key=self.one(c, "nøkkel", "nøkkel") is not None,
            role=self.one(c, "rolle", "rolle"),
            title=pick(c, ast.Text),
            span=self.span(c),
        )

    def post(self, c: Children) -> ast.Post:
        return ast.Post(
            name=c[1],
            title=pick(c, ast.Text),
            fields=picks(c, ast.Felt),
            meta=self.meta(c),
            span=self.span(c),
        )

    def begrep(self, c: Children) -> ast.Begrep:
        return ast.Begrep(
            name=c[1],
            title=pick(c[:3], ast.Text),
            subject=after(c, "for"),
            expr=after(c, "="),
            meta=self.meta(c),
            span=self.span(c),
        )

    def samling(self, c: Children) -> ast.Samling:
        return ast.Samling(name=c[1], subject=c[3], fields=c[5].value, meta=self.meta(c), span=self.span(c))

    # -------------------------------------------------------------- code sets

    def code_line(self, c: Children) -> CodeLine:
        token: Token = c[0]
        code = token[1:-1] if token.type == "QNAME" else token.value
        start: int = token.start_pos  # type: ignore[assignment]
        end: int = token.end_pos  # type: ignore[assignment]
        text: str | None = None
        validity: ast.Validity | None = None
        for child in c[1:]:
            if type(child) is Token:
                text = unquote(child)
                last: int = child.end_pos  # type: ignore[assignment]
            else:
                validity = child
                last = child.span.end
        return CodeLine(code, text, validity, start, end - start, last if len(c) > 1 else end)

    def code_section(self, c: Children) -> Part:
        return Part("section", c[1], self.span(c))

    def kodeliste(self, c: Children) -> ast.Kodeliste:
        return ast.Kodeliste(
            name=c[1],
            title=pick(c, ast.Text),
            systems=self.one(c, "names", "kodeverk") or (),
            validity=pick(c, ast.Validity),
            codes=self.block(c),
            expr=after(c, "=") if has(c, "=") else None,
            meta=self.meta(c),
            span=self.span(c),
        )

    def lookup_par(self, c: Children) -> Part:
        return Part("lookup", "par", self.span(c))

    def lookup_forste(self, c: Children) -> Part:
        return Part("lookup", "første", self.span(c))

    def lookup_andre(self, c: Children) -> Part:
        return Part("lookup", "andre", self.span(c))

    def slag(self, c: Children) -> ast.Slag:
        return ast.Slag(
            name=c[1],
            title=pick(c, ast.Text),
            lookup=self.all(c, "lookup"),
            meta=self.meta(c),
            span=self.span(c),
        )

    def egenskap_slag(self, c: Children) -> Part:
        return Part("slag", c[2], self.span(c))

    def egenskap_hdg(self, c: Children) -> Part:
        return Part("hdg", c[1], self.span(c))

    def regnes_som(self, c: Children) -> ast.RegnesSom:
        return ast.RegnesSom(target=c[2], condition=c[4], span=self.span(c))

    def egenskap(self, c: Children) -> ast.Egenskap:
        return ast.Egenskap(
            name=c[1],
            title=pick(c, ast.Text),
            systems=self.one(c, "names", "kodeverk") or (),
            validity=pick(c, ast.Validity),
            slag=self.one(c, "slag", "av slag"),
            hdg=self.one(c, "hdg", "HDG"),
            regnes_som=picks(c, ast.RegnesSom),
            codes=self.block(c),
            meta=self.meta(c),
            span=self.span(c),
        )

    # -------------------------------------------------------------- stays

    def samles(self, c: Children) -> ast.Samles:
        return ast.Samles(condition=c[2], span=self.span(c))

    def samles_aldri(self, c: Children) -> Part:
        return Part("aldri", True, self.span(c))

    def dateres(self, c: Children) -> Part:
        return Part("dateres", c[2], self.span(c))

    def _how(self, how: ast.Aggregation, c: Children) -> Part:
        return Part("how", how, self.span(c))

    def agg_forste(self, c: Children) -> Part:
        return self._how("første", c)

    def agg_siste(self, c: Children) -> Part:
        return self._how("siste", c)

    def agg_alle(self, c: Children) -> Part:
        return self._how("alle", c)

    def agg_minste(self, c: Children) -> Part:
        return self._how("minste", c)

    def agg_storste(self, c: Children) -> Part:
        return self._how("største", c)

    def agg_sum(self, c: Children) -> Part:
        return self._how("sum", c)

    def agg_hoyest_poeng(self, c: Children) -> Part:
        return self._how("av den med høyest poeng", c)

    def aggregat(self, c: Children) -> ast.Aggregat:
        return ast.Aggregat(field=c[0], how=c[1].value, span=self.span(c))

    def opphold(self, c: Children) -> ast.Opphold:
        return ast.Opphold(
            source=c[2],
            samles=picks(c, ast.Samles),
            never=self.one(c, "aldri", "samles aldri") is not None,
            dateres=self.one(c, "dateres", "dateres etter"),
            fields=picks(c, ast.Aggregat),
            meta=self.meta(c),
            span=self.span(c),
        )

    # -------------------------------------------------------------- hierarchies and levels

    def naar(self, c: Children) -> Part:
        return Part("når", c[1], self.span(c))

    def hierarchy_name(self, c: Children) -> ast.Name:
        if isinstance(c[0], ast.Name):
            return c[0]
        return ast.Name(text=str(c[0]), span=self.token_span(c[0]))

    def rekkefolge(self, c: Children) -> Part:
        return Part("rekkefølge", c[1].value, self.span(c))

    def ellers_ingen(self, c: Children) -> ast.Ellers:
        return ast.Ellers(group=None, returkode=None, span=self.span(c))

    def ellers_gruppe(self, c: Children) -> ast.Ellers:
        return ast.Ellers(group=c[1], returkode=pick(c, ast.ReturkodeClause), span=self.span(c))

    def hierarki(self, c: Children) -> ast.Hierarki:
        return ast.Hierarki(
            name=c[1],
            subject=c[3],
            order=self.one(c, "rekkefølge", "rekkefølge") or (),
            ellers=self.one_node(c, ast.Ellers, "ellers"),
            meta=self.meta(c),
            span=self.span(c),
        )

    def gruppe(self, c: Children) -> ast.Gruppe:
        return ast.Gruppe(
            name=c[1],
            title=pick(c, ast.Text),
            hierarchy=after(c, "i"),
            condition=self.one(c, "når", "når"),
            rules=picks(c, ast.Regel),
            meta=self.meta(c),
            span=self.span(c),
        )

    def returkode(self, c: Children) -> ast.ReturkodeClause:
        return ast.ReturkodeClause(
            value=c[1],
            condition=after(c, "hvis"),
            otherwise=after(c, "ellers"),
            span=self.span(c),
        )

    def regel(self, c: Children) -> ast.Regel:
        return ast.Regel(
            name=c[1],
            title=pick(c, ast.Text),
            target=after(c, "gir"),
            validity=pick(c, ast.Validity),
            condition=self.one(c, "når", "når"),
            returkode=self.one_node(c, ast.ReturkodeClause, "returkode"),
            meta=self.meta(c),
            span=self.span(c),
        )

    def unntatt(self, c: Children) -> Part:
        return Part("unntatt", c[1], self.span(c))

    def kategori(self, c: Children) -> ast.Kategori:
        return ast.Kategori(
            name=c[1],
            title=pick(c, ast.Text),
            level=int(after(c, "gir")),
            validity=pick(c, ast.Validity),
            condition=self.one(c, "når", "når"),
            exceptions=self.all(c, "unntatt"),
            meta=self.meta(c),
            span=self.span(c),
        )

    def nivaa(self, c: Children) -> ast.Nivaa:
        return ast.Nivaa(
            name=c[1],
            title=pick(c, ast.Text),
            subject=after(c, "for"),
            categories=picks(c, ast.Kategori),
            meta=self.meta(c),
            span=self.span(c),
        )


__all__ = ["EXPR", "CodeLine", "DeclBuilder"]
