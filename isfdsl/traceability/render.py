"""The matrix as text, JSON and HTML."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from typing import Any

from isfdsl.source import Source, Span
from isfdsl.syntax import ast
from isfdsl.traceability.matrix import Matrix, Rule

SCHEMA = "isf.kilder.v1"


def place(span: Span, sources: Mapping[str, Source]) -> str:
    """File and line."""
    source = sources.get(span.source)
    return f"{span.source}:{source.position(span.start).line}" if source is not None else span.source


def name_of(rule: Rule) -> str:
    """A rule in a few words."""
    return " ".join(part for part in rule.label if part)


def render_text(matrix: Matrix, sources: Mapping[str, Source]) -> str:
    """Passages with their rules and examples, then what is missing."""
    out = [f"Kilder for {matrix.title}", ""]
    document = ""
    for row in matrix.rows:
        dokument = row.passage.dokument.value if row.passage.dokument is not None else ""
        if dokument != document:
            document = dokument
            out += [document or "(uten dokument)", ""]
        out.append(f"  {row.passage.name.text}  {row.passage.heading.value}")
        if row.passage.uten_regel is not None:
            out.append(f"      uten regel: {row.passage.uten_regel.value}")
        for rule in row.rules:
            carried = _standing(rule)
            tested = f"  eksempler: {len(rule.examples)}" if rule.owed else ""
            out.append(f"      {name_of(rule)}{carried}  {place(rule.span, sources)}{tested}")
        for title in row.examples:
            out.append(f"      eksempel «{title}»")
        if not row.rules and row.due:
            out.append("      INGEN REGEL siterer dette avsnittet")
        elif not row.rules and row.passage.uten_regel is None:
            out.append(f"      {_other_years(row.passage)}")
        out.append("")
    out += _section("Avsnitt som ingen regel siterer", [f"{p.name.text}  {p.heading.value}" for p in matrix.uncited])
    out += _section(
        "Avsnitt om andre år som ingen regel siterer",
        [f"{p.name.text}  {p.heading.value}" for p in matrix.other_years],
    )
    out += _section("Regler uten eksempel", [f"{name_of(r)}  {place(r.span, sources)}" for r in matrix.untested])
    out += _section("Regler uten kilde", [f"{name_of(r)}  {place(r.span, sources)}" for r in matrix.unsourced])
    out += _section(
        "Det som mangler (fyll inn her)",
        [f"{g.kind}: {g.what}: {g.missing}  {place(g.span, sources)}" for g in matrix.gaps],
    )
    out += _section("Kilder utenfor registeret", [f"{ref}: {n} regler" for ref, n in matrix.loose])
    out.append(_totals(matrix))
    return "\n".join(out) + "\n"


def _standing(rule: Rule) -> str:
    if rule.carried is not None:
        return f" (videreført fra {rule.carried})"
    return f" (først nevnt {rule.first_named})" if rule.first_named is not None else ""


def _other_years(passage: ast.Passasje) -> str:
    return f"gjelder {', '.join(map(str, passage.years))}; ingen regel siterer det dette året"


def _section(heading: str, lines: list[str]) -> list[str]:
    return [f"{heading}: {len(lines) or 'ingen'}", *(f"  {line}" for line in lines), ""]


def _totals(matrix: Matrix) -> str:
    due = [r for r in matrix.rules if r.owed]
    return (
        f"{len(matrix.rows)} avsnitt, {len(matrix.rules)} regler, {len(matrix.uncited)} avsnitt uten regel, "
        f"{len(matrix.untested)} av {len(due)} regler uten eksempel, {len(matrix.gaps)} hull"
    )


def to_json(matrix: Matrix, sources: Mapping[str, Source]) -> dict[str, Any]:
    """The matrix as a document ``isf.kilder.v1``."""

    def rule(r: Rule) -> dict[str, Any]:
        return {
            "slag": r.label[0],
            "navn": r.label[1],
            "tittel": r.title,
            "sted": place(r.span, sources),
            "kilder": list(r.refs),
            "arvet": r.inherited,
            "videreført": r.carried,
            "først_nevnt": r.first_named,
            "eksempler": list(r.examples),
            "skal_ha_eksempel": r.owed,
        }

    return {
        "skjema": SCHEMA,
        "regelverk": matrix.title,
        "avsnitt": [
            {
                "id": row.passage.name.text,
                "overskrift": row.passage.heading.value,
                "dokument": row.passage.dokument.value if row.passage.dokument is not None else None,
                "sammendrag": row.passage.sammendrag.value if row.passage.sammendrag is not None else None,
                "år": list(row.passage.years),
                "uten_regel": row.passage.uten_regel.value if row.passage.uten_regel is not None else None,
                "regler": [name_of(r) for r in row.rules],
                "eksempler": list(row.examples),
            }
            for row in matrix.rows
        ],
        "regler": [rule(r) for r in matrix.rules],
        "uten_regel": [p.name.text for p in matrix.uncited],
        "om_andre_år": [p.name.text for p in matrix.other_years],
        "uten_eksempel": [name_of(r) for r in matrix.untested],
        "uten_kilde": [name_of(r) for r in matrix.unsourced],
        "mangler": [
            {"slag": g.kind, "hva": g.what, "mangler": g.missing, "sted": place(g.span, sources)} for g in matrix.gaps
        ],
        "utenfor_registeret": [{"kilde": ref, "regler": n} for ref, n in matrix.loose],
    }


_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1a1a1a}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;
border-bottom:1px solid #ddd}th{position:sticky;top:0;background:#f6f6f4}code{font-size:.9em}
.hull{background:#fff4d6}.uten{color:#666}.tall{white-space:nowrap}
"""


def render_html(matrix: Matrix, sources: Mapping[str, Source]) -> str:
    """One page that stands alone, without scripts or addresses."""
    rows = []
    for row in matrix.rows:
        p = row.passage
        css = ' class="hull"' if not row.rules and row.due else ""
        rules = "<br>".join(
            f"{html.escape(name_of(r) + _standing(r))} <code>{html.escape(place(r.span, sources))}</code>"
            for r in row.rules
        )
        if p.uten_regel is not None:
            rules += f'<span class="uten">uten regel: {html.escape(p.uten_regel.value)}</span>'
        elif not row.rules and not row.due:
            rules += f'<span class="uten">{html.escape(_other_years(p))}</span>'
        tests = {t for r in row.rules for t in r.examples} | set(row.examples)
        summary = html.escape(p.sammendrag.value) if p.sammendrag is not None else ""
        rows.append(
            f"<tr{css} id={_quoted(p.name.text)}><td><code>{html.escape(p.name.text)}</code></td>"
            f"<td><b>{html.escape(p.heading.value)}</b><br>{summary}</td><td>{rules or 'ingen'}</td>"
            f"<td>{'<br>'.join(html.escape(t) for t in sorted(tests)) or 'ingen'}</td></tr>"
        )
    gaps = "".join(
        f"<tr><td>{g.kind}</td><td>{html.escape(g.what)}</td><td>{html.escape(g.missing)}</td>"
        f"<td><code>{html.escape(place(g.span, sources))}</code></td></tr>"
        for g in matrix.gaps
    )
    title = html.escape(f"Kilder for {matrix.title}")
    return (
        f'<!doctype html><html lang="nb"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1><p>{html.escape(_totals(matrix))}</p>"
        "<h2>Avsnitt, regler og eksempler</h2><table><tr><th>Id<th>Avsnitt<th>Regler<th>Eksempler</tr>"
        f"{''.join(rows)}</table><h2>Det som mangler</h2><table><tr><th>Slag<th>Hva<th>Mangler<th>Sted</tr>"
        f"{gaps}</table><h2>Regler uten eksempel</h2>{_list(name_of(r) for r in matrix.untested)}</html>\n"
    )


def _list(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else "<p>ingen</p>"


def _quoted(text: str) -> str:
    return '"' + html.escape(text, quote=True) + '"'
