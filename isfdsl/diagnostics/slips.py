"""Slips of the pen and habits from elsewhere, each with its remedy: the syntax errors common enough for a code."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from isfdsl.diagnostics.base import Problem, Related, register
from isfdsl.source import Span


@register
@frozen(kw_only=True, slots=False)
class MixedConnectives(Problem):
    """``og`` and ``eller`` side by side: which binds first must be written."""

    code: ClassVar[str] = "ISF1011"
    slug: ClassVar[str] = "blandet-og-eller"

    written: str
    earlier: str
    earlier_span: Span | None = None
    operands: str | None = None

    def message(self) -> str:
        return "bland ikke «og» og «eller» uten parenteser"

    def label(self) -> str:
        return f"«{self.written}» etter «{self.earlier}»"

    def help(self) -> str | None:
        chain = self.operands or f"a {self.earlier} b"
        first, _, last = chain.rpartition(f" {self.earlier} ")
        return (
            f"skriv enten ({chain}) {self.written} …, eller {first} {self.earlier} ({last} {self.written} …), "
            "etter hva regelen sier"
        )

    def related(self) -> tuple[Related, ...]:
        if self.earlier_span is None:
            return ()
        return (Related(span=self.earlier_span, message=f"her står «{self.earlier}»"),)


@register
@frozen(kw_only=True, slots=False)
class DecimalPoint(Problem):
    """A number written with a point."""

    code: ClassVar[str] = "ISF1012"
    slug: ClassVar[str] = "desimalpunktum"

    written: str
    decimal: str
    thousands: str | None = None

    def message(self) -> str:
        return f"tallet «{self.written}» er skrevet med punktum"

    def label(self) -> str:
        return "punktum i tallet"

    def help(self) -> str | None:
        if not self.decimal:
            return f"skiller punktumet tusener, skriv et mellomrom: {self.thousands}"
        text = f"bruk desimalkomma: {self.decimal}"
        if self.thousands:
            text += f"; skiller punktumet tusener, skriv et mellomrom: {self.thousands}"
        return text


@register
@frozen(kw_only=True, slots=False)
class DateFormat(Problem):
    """A date in another order or with other signs than ISO 8601."""

    code: ClassVar[str] = "ISF1013"
    slug: ClassVar[str] = "datoformat"

    written: str
    iso: str | None

    def message(self) -> str:
        return f"datoen «{self.written}» er ikke skrevet som ÅÅÅÅ-MM-DD"

    def label(self) -> str:
        return "år, måned og dag med bindestrek mellom"

    def help(self) -> str | None:
        return f"skriv datoer som {self.iso or '2024-02-01'}"


@register
@frozen(kw_only=True, slots=False)
class ReservedName(Problem):
    """A keyword where a name belongs, or a name that is a keyword."""

    code: ClassVar[str] = "ISF1014"
    slug: ClassVar[str] = "reservert-ord"

    word: str
    sentence: str
    hint: str | None = None

    def message(self) -> str:
        return f"«{self.word}» er et nøkkelord og passer ikke her: {self.sentence}"

    def label(self) -> str:
        return "nøkkelord"

    def help(self) -> str | None:
        return self.hint or f"er det et navn, sett navnet i enkle anførselstegn: '{self.word}'"


@register
@frozen(kw_only=True, slots=False)
class UnknownWord(Problem):
    """A word that is nearly, or in another language, the keyword that belongs here."""

    code: ClassVar[str] = "ISF1015"
    slug: ClassVar[str] = "ukjent-ord"

    word: str
    meant: str
    guess: bool = True

    def message(self) -> str:
        return f"ukjent {'ord' if any(map(str.isalpha, self.word)) else 'tegn'} «{self.word}»"

    def label(self) -> str:
        return "ukjent her"

    def help(self) -> str | None:
        return f"mente du «{self.meant}»?" if self.guess else f"skriv «{self.meant}»"
