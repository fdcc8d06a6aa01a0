"""What every check is given, and what a check is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from attrs import define, field, frozen

from isfdsl.check.facts import Facts, FactsMemo
from isfdsl.check.sites import Site, known_subject, sites
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.names import UnknownName
from isfdsl.diagnostics.nearest import LOOK_ALIKES, nearest
from isfdsl.program.infer import Inference
from isfdsl.program.ruleset import DERIVED_SUBJECTS, STAY, Ruleset
from isfdsl.program.scope import Scopes
from isfdsl.program.types import Type
from isfdsl.source import Span
from isfdsl.syntax import ast

if TYPE_CHECKING:
    from isfdsl.program.load import Loaded

Found = tuple[int, int] | Literal[True] | None
"""Two conditions of a chain that exclude each other, ``True`` for one that alone is never met, or nothing."""

SHOWN = 20
"""How many further places one problem shows."""


@define(slots=False, eq=False)
class Context:
    """One regelverk under check."""

    loaded: Loaded
    memo: FactsMemo = field(factory=FactsMemo)
    chains: dict[tuple[str | None, tuple[int, ...]], Found] = field(factory=dict)
    """What was found about chains of conditions, by subject and the numbers of the conditions."""

    def __attrs_post_init__(self) -> None:
        self.ruleset: Ruleset = self.loaded.ruleset
        self.scopes = Scopes(self.ruleset)
        self.inference = Inference(self.ruleset, self.scopes)
        self._facts: dict[int, Facts] = {}
        self._sites: dict[int, tuple[Site, ...]] = {}
        self.listed: dict[tuple[str, ...], frozenset[str]] = {}
        self.domains: dict[object, object] = {}

    def sites(self, d: ast.AnyDeclaration) -> tuple[Site, ...]:
        """The expressions of a declaration."""
        found = self._sites.get(id(d))
        if found is None:
            found = self._sites[id(d)] = tuple(sites(d, self.ruleset))
        return found

    def text(self, span: Span) -> str:
        """What is written there, in one line."""
        return " ".join(self.raw(span).split())

    def raw(self, span: Span) -> str:
        """What is written there."""
        return self.ruleset.sources[span.source].text[span.start : span.end]

    def facts(self, e: ast.Expr) -> Facts:
        """What can be read off an expression."""
        found = self._facts.get(id(e))
        if found is None:
            found = self._facts[id(e)] = self.memo.of(e, self.ruleset.sources)
        return found

    def inferred(self, run: Callable[[Inference], object]) -> list[Problem]:
        """The problems that some inference reports."""
        problems = self.inference.problems
        before = len(problems)
        run(self.inference)
        found = problems[before:]
        del problems[before:]
        return found

    def type_of(self, e: ast.Expr, subject: str | None) -> Type | None:
        """The type of an expression; ``None`` when it has none. What is wrong with it is said elsewhere."""
        found: list[Type | None] = []
        problems = self.inferred(lambda infer: found.append(infer.infer(e, subject, pair=True)))
        return None if problems else found[0]

    def subject(self, name: ast.Name) -> Iterable[Problem]:
        """Report what is neither a record type nor something made from records."""
        if known_subject(self.ruleset, name.text):
            return
        if name.text == STAY:
            context = "(ingen «opphold av …» sier hva opphold lages av)"
            yield UnknownName(span=name.span, name=name.text, kind="posten", context=context)
        else:
            yield self.unknown(name, "posten", [*self.ruleset.poster, *DERIVED_SUBJECTS])

    def unknown(self, name: ast.Name, kind: str, known: Iterable[str], context: str | None = None) -> UnknownName:
        """A name that leads nowhere, with the nearest known one."""
        return UnknownName(
            span=name.span, name=name.text, kind=kind, nearest=nearest(name.text, known), context=context
        )

    def named(
        self,
        names: Iterable[ast.Name],
        known: Mapping[str, object] | frozenset[str],
        kind: str,
        context: str | None = None,
    ) -> Iterable[Problem]:
        """Report those of some names that are not known."""
        for name in names:
            if name.text not in known:
                yield self.unknown(name, kind, known, context)

    @cached_property
    def carried(self) -> frozenset[str]:
        """The properties that some code has, or that another property counts as."""
        out: set[str] = set()
        for name, declarations in self.ruleset.egenskaper.items():
            for d in declarations:
                if d.codes.codes or d.ufullstendig:
                    out.add(name)
                    out.update(r.target.text for r in d.regnes_som)
        return frozenset(out)

    @cached_property
    def summed(self) -> frozenset[str]:
        """The fields of which a stay has the sum. What is written about the records is read of the stays too."""
        stay = self.ruleset.stay
        if stay is None or stay.never:
            return frozenset()
        return frozenset(a.field.text for a in stay.fields if a.how == "sum")

    @cached_property
    def broken(self) -> Broken:
        """The pieces of text that could not be read."""
        return find_broken(self.loaded)


@frozen
class Broken:
    """What the unread pieces seem to define (``names``), every word in them, and whether a whole file is missing."""

    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    unreadable: bool = False

    def __bool__(self) -> bool:
        return self.unreadable or bool(self.words)

    def may_define(self, name: str) -> bool:
        """Whether a name may be defined in what could not be read."""
        return self.unreadable or name in self.names

    def may_use(self, name: str) -> bool:
        """Whether a name may be used in what could not be read."""
        return self.unreadable or name in self.words


_UNREADABLE = ("ISF1005", "ISF1006", "ISF1009")
_LATIN = str.maketrans({**LOOK_ALIKES, **{k.upper(): v.upper() for k, v in LOOK_ALIKES.items() if len(k.upper()) == 1}})
_WORD = re.compile(r"'[^'\n]+'|[0-9A-Za-z_.À-ÿ]+")
_DECLARED = re.compile(
    r"(?:^|\s)(?:regelverk|rapportering|passasje|sats|kodeverk|post|begrep|samling|kodeliste|slag|egenskap|DRG|STG|TFG"
    r"|hierarki|gruppe|regel|nivå|kategori|krav|vilkår|unntak|tillegg|fradrag|refusjon)(?:\s+|(?=[0-9]))('[^'\n]+'|[0-9A-Za-z_.À-ÿ]+)"
)
_LINE_START = re.compile(r"^\s*('[^'\n]+'|[0-9A-Za-z_.À-ÿ]+)", re.MULTILINE)


def find_broken(loaded: Loaded) -> Broken:
    """What lies between the declarations of files with syntax errors."""
    names: set[str] = set()
    words: set[str] = set()
    unreadable = any(p.code in _UNREADABLE for p in loaded.problems)
    for parsed in loaded.parsed:
        if not any(p.code.startswith("ISF1") and p.severity == "feil" and p.code != "ISF1008" for p in parsed.problems):
            continue
        text = parsed.source.text
        at = 0
        for start, end in [*((d.span.start, d.span.end) for d in parsed.file.declarations), (len(text), len(text))]:
            gap = re.sub(r"#[^\n]*", "", text[at:start]).translate(_LATIN)
            words.update(w.strip("'") for w in _WORD.findall(gap))
            names.update(w.strip("'") for w in _DECLARED.findall(gap))
            if gap.lstrip().startswith("opphold"):
                names.add(STAY)
            if gap.lstrip().startswith(("post", "kodeverk")):
                names.update(w.strip("'") for w in _LINE_START.findall(gap))
            at = max(at, end)
    return Broken(frozenset(names), frozenset(words), unreadable)


@frozen(eq=False)
class Part:
    """A part of an ``og`` chain on the way through the checks of conditions."""

    expr: ast.Expr
    site: Site
    subject: str | None
    facts: Facts


EachCheck = Callable[[Context, ast.AnyDeclaration], Iterable[Problem]]
PartCheck = Callable[[Context, Part], Iterable[Problem]]
SiteCheck = Callable[[Context, Site, str | None], Iterable[Problem]]
FileCheck = Callable[[Context, ast.File], Iterable[Problem]]
WholeCheck = Callable[[Context], Iterable[Problem]]


@frozen(kw_only=True)
class Check:
    """One check: its problems and where it looks.

    ``each`` looks at a declaration of the classes ``on``, ``part`` at one condition of an ``og`` chain, ``site`` at a
    whole expression, ``file`` at a file, ``whole`` at the regelverk. All but the last must give the same answer as long
    as the tree they look at and the environment are the same, for then they are not asked again.

    ``codes``: the check asks for the codes of the code systems and nothing else of the environment.
    """

    name: str
    reports: tuple[type[Problem], ...]
    on: tuple[type, ...] = ()
    each: EachCheck | None = None
    codes: bool = False
    part: PartCheck | None = None
    site: SiteCheck | None = None
    file: FileCheck | None = None
    whole: WholeCheck | None = None
