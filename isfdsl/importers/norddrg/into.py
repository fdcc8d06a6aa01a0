"""A set imported into a year: what the year has, the set takes over; what the year leaves open, the set fills.

The text that comes of it is joined with ``+`` (``rules/2024+imported``) and has no head, no record and no words of
its own but those that the year lacks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from attrs import frozen

from isfdsl.check import check
from isfdsl.diagnostics.base import Problem
from isfdsl.diagnostics.importing import CannotImportInto, JoinHasErrors, UnreadableFile
from isfdsl.diagnostics.os_errors import reason_of
from isfdsl.importers import isftext
from isfdsl.importers.norddrg.words import Words
from isfdsl.importers.report import Recorder
from isfdsl.program.codes import valid_in
from isfdsl.program.load import Workspace
from isfdsl.program.ruleset import DRG_HIERARCHY, STAY, Ruleset
from isfdsl.source import Source
from isfdsl.syntax import ast
from isfdsl.syntax.files import Texts, digest_of, read_files

AGE, STAY_LENGTH, CATEGORY, HDG, SOURCES, OTHER_SOURCES = (
    "alder_i_dager",
    "drg_liggetid",
    "diagnosekategori",
    "hdg",
    "kilder",
    "øvrige_kilder",
)
DISCHARGE = {
    "E": "utskrevet_død",
    "R": "utskrevet_til_sykehus",
    "H": "utskrevet_hjem",
    "N": "utskrevet_i_live",
}
LEVEL = "komplikasjon"
_DECLARATION = re.compile(r"^(?=\S)(?!#)", re.MULTILINE)
_NAMED = re.compile(r"(?:begrep|samling|slag)\s+(\S+)")
_MOST_SHOWN = 3


@frozen
class Year:
    """The regelverk that a set is imported into."""

    spec: str
    texts: Texts
    ruleset: Ruleset
    words: Words
    missing: dict[str, str]
    """Declarations of the words that it lacks, by name."""

    @property
    def number(self) -> int:
        """Its year."""
        return self.ruleset.head.year if self.ruleset.head is not None else 0


def year_of(spec: str, words_file: Path | None, recorder: Recorder) -> Year | None:
    """The regelverk as a place to import into; what stands in the way is recorded."""
    texts = read_files(spec)
    loaded = Workspace().load_files(texts)
    errors = [p for p in check(loaded).problems if p.severity == "feil"]
    if errors:
        reason = f"det har {len(errors)} feil, den første {errors[0].code}: {errors[0].message()}"
        recorder.problem(CannotImportInto(file=spec, reason=reason))
        return None
    rules = loaded.ruleset
    refused = _refusal(rules)
    if refused is not None:
        recorder.problem(CannotImportInto(file=spec, reason=refused))
        return None
    source = rules.stay_source
    assert source is not None
    try:
        template = (words_file or Path(__file__).with_name("ord.isf")).read_text("utf-8")
    except (OSError, ValueError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else "det er ikke UTF-8-tekst"
        recorder.problem(UnreadableFile(file=str(words_file), reason=reason, hint="kontroller stien"))
        return None
    if words_file is None:
        template = template.replace(" for episode ", f" for {isftext.name(source)} ")
    level = next((n.subject.text for n in rules.of(ast.Nivaa) if n.name.text == LEVEL), STAY)
    fields = {f.name.text: f for f in rules.poster[source].fields}
    diagnosis = tuple(s.text for s in fields["hovedtilstand"].type.systems)
    procedure = tuple(s.text for s in fields["prosedyrer"].type.systems)
    words = Words(
        subject=source,
        level_subject=level,
        age=AGE,
        stay=STAY_LENGTH,
        discharge={letter: (name, f"ikke_{name}") for letter, name in DISCHARGE.items()},
        diagnosis=diagnosis,
        procedure=procedure,
        diagnosis_of=_system(rules, diagnosis),
        procedure_of=_system(rules, procedure),
        priced=any(a.name.text == "vekt" for d in rules.drg.values() for a in d.attributes),
    )
    return Year(spec, texts, rules, words, _missing(rules, source, template))


def _refusal(rules: Ruleset) -> str | None:
    source = rules.stay_source
    if source is None or source not in rules.poster:
        return "det sier ikke hvilken post opphold lages av"
    fields = {f.name.text for f in rules.poster[source].fields}
    lacking = [f for f in ("hovedtilstand", "bitilstander", "prosedyrer", "kjønn") if f not in fields]
    if lacking:
        return f"posten «{source}» har ikke {' eller '.join(f'«{f}»' for f in lacking)}"
    hierarchy = rules.hierarkier.get(DRG_HIERARCHY)
    if hierarchy is not None and not hierarchy.ufullstendig:
        return "hierarkiet «DRG» er ikke «ufullstendig», så det er ingenting å fylle"
    level = next((n for n in rules.of(ast.Nivaa) if n.name.text == LEVEL), None)
    if level is not None and not level.ufullstendig:
        return f"nivået «{LEVEL}» er ikke «ufullstendig», så det er ingenting å fylle"
    kind = rules.slag.get(CATEGORY)
    if kind is not None and kind.lookup != ("par", "andre", "første"):
        return f"slaget «{CATEGORY}» slås opp på en annen måte enn tabellene krever: par, andre kode, første kode"
    return None


def _missing(rules: Ruleset, source: str, template: str) -> dict[str, str]:
    """The declarations of the template whose names the year has not."""
    known = {f.name.text for f in rules.poster[source].fields}
    known |= {d.name.text for d in rules.of(ast.Begrep) if d.subject is None or d.subject.text == source}
    known |= {d.name.text for d in rules.of(ast.Samling) if d.subject.text == source}
    parts = _DECLARATION.split(template)
    found: dict[str, str] = {}
    for part in parts:
        named = _NAMED.match(part)
        if named is not None and named.group(1) not in known:
            found[named.group(1)] = part.rstrip() + "\n"
    return found


def _system(rules: Ruleset, systems: tuple[str, ...]) -> Callable[[str], str]:
    """The system that a code line is written under: the first that knows the code, else the first."""
    asked = [(system, valid_in(rules, system)) for system in systems]

    def system_of(line: str) -> str:
        parts = line.strip("'").split("+")
        return next((s for s, valid in asked if all(valid(part) for part in parts)), systems[0])

    return system_of


def account_for(year: Year, files: dict[str, str], names: set[str], groups: set[str], recorder: Recorder) -> None:
    """What in the year the text takes the place of. ``names`` are its properties, ``groups`` its groups."""
    rules = year.ruleset
    hierarchy = rules.hierarkier.get(DRG_HIERARCHY)
    if hierarchy is not None:
        replaced = [located.rule.name.text for located in rules.rules(hierarchy)]
        recorder.add("fyller_hierarki", f"DRG, som {', '.join(replaced[:3])} …", len(replaced))
    for level in rules.of(ast.Nivaa):
        if level.name.text == LEVEL:
            recorder.add("fyller_nivå", LEVEL)
    for name, declared in rules.egenskaper.items():
        incomplete = all(d.ufullstendig for d in declared)
        if name in names and not incomplete:
            recorder.add("egenskap_kjent_i_regelverket", name)
        elif incomplete and (name in names or any(d.slag is not None and d.slag.text == CATEGORY for d in declared)):
            recorder.add("fyller_egenskap", name)
    for group in rules.drg:
        recorder.add("fyller_gruppe" if group in groups else "gruppe_bare_i_regelverket", f"«{group}»")
    for system in re.findall(r"^kodeverk (\S+) åpent$", files.get("kodeverk.isf", ""), re.MULTILINE):
        if system in rules.kodeverk:
            recorder.add("fyller_kodeverk", system)


def vocabulary(year: Year, kilde: str, used: str, hdgs: str, codes: dict[str, list[str]]) -> dict[str, str]:
    """The words, the kind and the codes that the year lacks. ``used``: the text that uses the words."""
    files: dict[str, str] = {}
    declarations = []
    if CATEGORY not in year.ruleset.slag:
        declarations.append(
            'slag diagnosekategori "Diagnosekategori (DGCAT)"\n'
            f"  oppslag  par, andre kode, første kode\n  kilde    {kilde}\n"
        )
    text = used
    wanted: list[str] = []
    names = [name for name in year.missing if re.search(rf"(?<![\w.]){re.escape(name)}(?![\w])", text)]
    while names:
        wanted += [name for name in names if name not in wanted]
        text = "".join(year.missing[name].partition("=")[2] for name in names)
        names = [n for n in year.missing if n not in wanted and re.search(rf"(?<!\w){re.escape(n)}(?!\w)", text)]
    declarations += [year.missing[name].replace("KILDE", kilde) for name in year.missing if name in wanted]
    if declarations:
        files["ord.isf"] = "\n".join(declarations)
    extra = _extra_codes(year, codes)
    system = year.ruleset.kodeverk.get("hdg")
    if system is None or system.open_:
        extra.append(hdgs)
    if extra:
        files["kodeverk.isf"] = "\n".join(extra)
    return files


def _extra_codes(year: Year, codes: dict[str, list[str]]) -> list[str]:
    """The codes of the tables that an open system of the year does not know."""
    found = []
    for system, written in sorted(codes.items()):
        declared = year.ruleset.kodeverk.get(system)
        if declared is None or not declared.open_:
            continue
        valid = valid_in(year.ruleset, system)
        parts = {part for line in written for part in line.strip("'").split("+")}
        extra = sorted(part for part in parts if not valid(part))
        if extra:
            lines = isftext.code_lines((line, "") for part in extra if (line := isftext.code(part)) is not None)
            found.append("\n".join([f"kodeverk {system} åpent", *lines]) + "\n")
    return found


def try_join(year: Year, out: Path, files: dict[str, str], recorder: Recorder) -> None:
    """Join the text with the year and check it, before anything is written."""
    own = [(str(out / path), text.encode("utf-8")) for path, text in sorted(files.items())]
    folders = year.texts.folders or (0,) * len(year.texts.files)
    last = max(folders, default=0) + 1
    both = [*year.texts.files, *own]
    numbers = (*folders, *(last for _ in own))
    loaded = Workspace().load_files(Texts(tuple(both), (), digest_of(both, numbers), numbers))
    errors = [p for p in check(loaded).problems if p.severity == "feil"]
    if errors:
        shown = tuple(f"{p.code} {_place(p, loaded.sources)}: {p.message()}" for p in errors[:_MOST_SHOWN])
        recorder.problem(JoinHasErrors(file=f"{year.spec}+{out}", count=len(errors), first=shown))


def _place(problem: Problem, sources: Mapping[str, Source]) -> str:
    span = problem.span
    if span is None or span.source not in sources:
        return "uten sted"
    at = sources[span.source].position(span.start)
    return f"{span.source}:{at.line}:{at.column}"
