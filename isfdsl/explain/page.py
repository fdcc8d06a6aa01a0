"""Lines of text of a given width, and the sources cited in them."""

from __future__ import annotations

import textwrap

from attrs import define, field

from isfdsl.explain import shown
from isfdsl.explain.document import Origin, Source, Step
from isfdsl.explain.reasons import culprits

YES, NO = "✓", "✗"
_MOST = 6


@define
class Page:
    """A text under way. ``full`` leaves nothing out."""

    width: int
    full: bool
    _lines: list[str] = field(factory=list, init=False)
    _sources: dict[tuple[str, str | None], int] = field(factory=dict, init=False)

    def heading(self, text: str, name: str = "") -> None:
        """A section begins; ``name`` is an id and stays as it is."""
        if self._lines:
            self._lines.append("")
        self._lines.append(f"{text.upper()} {name}".rstrip())

    def say(self, text: str, indent: int = 2, hang: int = 2) -> None:
        """A paragraph; lines after the first stand ``hang`` further in."""
        first, rest = " " * indent, " " * (indent + hang)
        wrapped = textwrap.wrap(
            text,
            max(20, self.width),
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
        self._lines += wrapped or [""]

    def row(self, label: str, text: str, indent: int = 2, wide: int = 12) -> None:
        """A label and what belongs to it."""
        self.say(f"{label.ljust(wide).replace(' ', shown.NBSP)}{text}", indent, wide)

    def verdict(self, step: Step, indent: int = 2) -> None:
        """A condition, with a line of its own for each part of ``og``."""
        if step.form == "og":
            for part in step.parts:
                self.verdict(part, indent)
        else:
            self.say(f"{YES if step.value is True else NO} {told(step, self.full)}", indent)

    def cite(self, origin: Origin | None) -> str:
        """The numbers of the sources of a step, and its place when everything is shown."""
        if origin is None:
            return ""
        numbers = [str(self._number(s)) for s in origin.sources]
        out = f" [{', '.join(numbers)}]" if numbers else ""
        out += f" (videreført fra {origin.carried_from})" if origin.carried_from is not None else ""
        if self.full and origin.line is not None:
            out += f" ({origin.file}:{origin.line})"
        return out

    def cite_in_full(self, origin: Origin | None) -> str:
        """As ``cite``, for steps that came to nothing: only when everything is shown."""
        return self.cite(origin) if self.full else ""

    def _number(self, source: Source) -> int:
        key = (source.ref, source.heading)
        if key not in self._sources:
            self._sources[key] = len(self._sources) + 1
            self._told.append(source)
        return self._sources[key]

    _told: list[Source] = field(factory=list, init=False)

    def sources(self) -> None:
        """The sources cited, numbered."""
        if not self._told:
            return
        self.heading("Kilder")
        for number, source in enumerate(self._told, start=1):
            self.say(f"[{number}] {source_text(source, self.full)}", hang=4)

    def text(self) -> str:
        """The whole text; ends in a line end."""
        return "\n".join(line.replace(shown.NBSP, " ").rstrip() for line in self._lines) + "\n"


def source_text(source: Source, full: bool) -> str:
    """``Overskrift. Dokument (id)``, or the citation as it stands."""
    if source.heading is None:
        return source.ref
    document = f". {source.document}" if source.document is not None else ""
    return f"{source.heading}{document}" + (f" ({source.ref})" if full else "")


def told(step: Step, full: bool = False) -> str:
    """A condition and the values that decided it."""
    leaves = culprits(step)
    if len(leaves) == 1 and leaves[0] is step:
        return leaf(step)
    shown_ones = leaves if full else leaves[:_MOST]
    more = f"; og {len(leaves) - len(shown_ones)} til" if len(leaves) > len(shown_ones) else ""
    return f"{step.text} — {'; '.join(leaf(x) for x in shown_ones)}{more}"


def leaf(step: Step) -> str:
    """One test and the values it looked at: ``liggetid < 1 dager: liggetid er 6 dager``."""
    values = _values(step)
    return f"{step.text}: {values}" if values else step.text


def _values(step: Step) -> str:
    match step.form:
        case "i" | "har_egenskap" | "antallstest" | "ingen" | "alle" | "ulike":
            return _codes(step)
        case "krav":
            broken = "; ".join(told(p) for p in step.parts)
            outcome = f"kravet {'er ' if step.shown != 'gjelder ikke' else ''}{step.shown}"
            return f"{outcome} ({broken})" if broken else outcome
        case "fast" | "ja_nei":
            return ""
        case "gruppeflagg":
            return "ja" if step.value is True else "nei"
        case _ if step.parts:
            named = {p.text: p for p in step.parts if p.form not in _LITERAL}
            return ", ".join(_named(p) for p in named.values())
        case _:
            return step.shown


_LITERAL = ("tall", "dato", "tidspunkt", "tekst", "ja_nei")


def _named(part: Step) -> str:
    if not part.seen:
        return f"{part.text} ble ikke vurdert"
    if part.value is None:
        below = {p.text: p for p in fields_of(part) if p is not part}
        why = f" ({', '.join(_named(p) for p in below.values())})" if below else ""
        return f"{part.text} {'er ' if part.shown == 'ukjent' else ''}{part.shown}{why}"
    return f"{part.text} er {part.shown}"


def fields_of(step: Step) -> list[Step]:
    """The fields that a value comes from."""
    if step.form in ("felt", "samling"):
        return [step]
    return [f for p in step.parts for f in fields_of(p)]


def _codes(step: Step) -> str:
    if step.hits and step.form != "alle":
        count = f"{len(step.hits)} " if step.form == "antallstest" else ""
        return f"{count}treff {', '.join(step.hits)}"
    if step.form == "alle" and step.misses:
        return f"ikke {', '.join(step.misses)}"
    field_ = step.parts[0] if step.parts else None
    if field_ is None:
        return "ingen treff"
    if field_.value == ():
        return f"{field_.text} er tom"
    if field_.value is None:
        return _named(field_)
    return f"{field_.text} er {field_.shown}"
