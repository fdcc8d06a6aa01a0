"""Where steps are written and what they cite, and how codes are written and called."""

from __future__ import annotations

import re
from functools import cached_property

from attrs import define, field

from isfdsl.explain import shown
from isfdsl.explain.document import Origin, Source
from isfdsl.program.codes import CodeValue, is_pattern, normal
from isfdsl.program.ruleset import Ruleset
from isfdsl.program.standing import standing
from isfdsl.source import Span
from isfdsl.syntax import ast


def origin(ruleset: Ruleset, span: Span, meta: tuple[ast.MetaClause, ...]) -> Origin:
    """The place and the citations of a declaration or a rule."""
    source = ruleset.sources.get(span.source)
    refs = tuple(ref for m in meta if isinstance(m, ast.Kilde) for ref in m.refs)
    return Origin(
        file=span.source,
        line=source.position(span.start).line if source is not None else None,
        sources=tuple(_source(ruleset, ref) for ref in refs),
        remarks=tuple(m.text for m in meta if isinstance(m, ast.Merknad)),
        incomplete=tuple(m.text for m in meta if isinstance(m, ast.Ufullstendig)),
        carried_from=standing(ruleset, (ref.value for ref in refs), meta).carried_from,
    )


def declared(ruleset: Ruleset, decl: ast.Declaration) -> Origin:
    """The origin of a declaration."""
    return origin(ruleset, decl.span, decl.meta)


def _source(ruleset: Ruleset, ref: ast.SourceRef) -> Source:
    passage = None if ref.is_text else ruleset.passasjer.get(ref.value)
    if passage is None:
        return Source(ref=ref.value, heading=None, document=None)
    document = passage.dokument.value if passage.dokument is not None else None
    return Source(ref=ref.value, heading=passage.heading.value, document=document)


def title(text: ast.Text | None) -> str | None:
    """A title, when there is one."""
    return text.value if text is not None else None


@define(slots=False)
class CodeNames:
    """How a code is written with its dots, and what it is called."""

    ruleset: Ruleset
    _known: dict[tuple[str, frozenset[str]], str] = field(factory=dict, init=False)

    @cached_property
    def _listed(self) -> dict[str, dict[str, tuple[str, str | None]]]:
        """System to code without dots to (as written, text)."""
        out: dict[str, dict[str, tuple[str, str | None]]] = {}
        blocks: list[tuple[tuple[str, ...], ast.CodeBlock]] = []
        blocks += [((name,), d.codes) for name, d in self.ruleset.kodeverk.items()]
        blocks += [(_systems(d), d.codes) for d in self.ruleset.kodelister.values()]
        blocks += [(_systems(d), d.codes) for ds in self.ruleset.egenskaper.values() for d in ds]
        for systems, block in blocks:
            for written, text in zip(block.codes, block.texts, strict=True):
                if ("." in written or text is not None) and "+" not in written and not is_pattern(written):
                    for system in systems:
                        table = out.setdefault(system, {})
                        before = table.get(normal(written))
                        if before is None or (before[1] is None and text is not None):
                            table[normal(written)] = (written, text)
        return out

    def written(self, code: str, systems: frozenset[str]) -> str:
        """The code as authors write it: as listed, else with the dot its system's pattern wants."""
        key = (code, systems)
        if key not in self._known:
            self._known[key] = self._written(code, systems)
        return self._known[key]

    def _written(self, code: str, systems: frozenset[str]) -> str:
        for system in sorted(systems):
            found = self._listed.get(system, {}).get(code)
            if found is not None:
                return found[0]
        for system in sorted(systems):
            decl = self.ruleset.kodeverk.get(system)
            if decl is None or decl.pattern is None or r"\." not in decl.pattern.value:
                continue
            try:
                pattern = re.compile(decl.pattern.value)
            except re.error:
                continue
            dotted = [f"{code[:i]}.{code[i:]}" for i in range(1, len(code))]
            fitting = [d for d in dotted if pattern.fullmatch(d)] if not pattern.fullmatch(code) else []
            if len(fitting) == 1:
                return fitting[0]
        return code

    def shown(self, value: CodeValue, systems: frozenset[str]) -> str:
        """A code or a pair as authors write it."""
        return shown.code(value, lambda c: self.written(c, systems))

    def title(self, code: str, systems: frozenset[str]) -> str | None:
        """What the code is called, when the regelverk says it."""
        for system in sorted(systems):
            found = self._listed.get(system, {}).get(code)
            if found is not None and found[1] is not None:
                return found[1]
        return None


def _systems(decl: ast.Kodeliste | ast.Egenskap) -> tuple[str, ...]:
    return tuple(s.text for s in decl.systems)
