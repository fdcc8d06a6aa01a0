"""Problems with a single record: why it is set aside (ISF61xx). Problems with files are in ``record_files``.

The messages name the record's id and the field. They never hold other patient data: free text and dates are
not repeated, codes and numbers only when they look like codes and numbers (see ``shown_code``).
"""

from __future__ import annotations

import re
from typing import ClassVar

from attrs import frozen

from isfdsl.diagnostics.base import Problem, Severity, register

_LOOKS_LIKE_CODE = re.compile(r"(?=.*[0-9])(?!.*[0-9]{5})[A-Za-zÆØÅæøå0-9.+]{1,12}")


def shown_code(text: str) -> str | None:
    """``text`` when it is safe to repeat: short, code characters, a digit, no long run of digits.

    Otherwise ``None``: it may be a name, a date of birth or a national identity number in the wrong column.
    """
    return text if _LOOKS_LIKE_CODE.fullmatch(text) else None


def _named(text: str | None, kind: str) -> str:
    return f"{kind} «{text}»" if text else kind


@frozen(kw_only=True, slots=False)
class RecordProblem(Problem):
    """One reason to set a record aside. ``felt`` is ``None`` when the whole row is wrong."""

    post: str
    record_id: str
    felt: str | None = None

    def reason(self) -> str:
        """What is wrong, without the place: lower case, no full stop."""
        raise NotImplementedError

    def message(self) -> str:
        """``post «id», felt «navn»: reason``."""
        return f"{self.post} «{self.record_id}»{self.place(', ')}: {self.reason()}"

    def place(self, before: str = "") -> str:
        """``felt «navn»`` after ``before``, or nothing when the whole row is wrong."""
        return f"{before}felt «{self.felt}»" if self.felt else ""


@register
@frozen(kw_only=True, slots=False)
class MissingValue(RecordProblem):
    code = "ISF6101"
    slug = "mangler-verdi"

    def reason(self) -> str:
        return "påkrevd verdi mangler"

    def help(self) -> str:
        return "fyll ut feltet, eller gjør det «valgfri» i posten dersom det kan mangle"


@register
@frozen(kw_only=True, slots=False)
class WrongType(RecordProblem):
    """``ventet`` says what the field holds, e.g. «et heltall»."""

    code = "ISF6102"
    slug = "feil-type"
    ventet: str

    def reason(self) -> str:
        return f"verdien er ikke {self.ventet}"

    def help(self) -> str:
        return "datafiler har desimalpunktum, ingen tusenskille, datoer som 2024-01-31 og ja/nei som ja eller nei"


@register
@frozen(kw_only=True, slots=False)
class ImpossibleDate(RecordProblem):
    code = "ISF6103"
    slug = "umulig-dato"

    def reason(self) -> str:
        return "datoen eller klokkeslettet finnes ikke"

    def help(self) -> str:
        return "kontroller år, måned, dag og klokkeslett"


@register
@frozen(kw_only=True, slots=False)
class TimeZoneGiven(RecordProblem):
    code = "ISF6104"
    slug = "tidssone"

    def reason(self) -> str:
        return "tidspunktet har tidssone"

    def help(self) -> str:
        return "oppgi norsk lokal tid uten «Z» eller «+01:00», for eksempel 2024-01-31T08:15"


@register
@frozen(kw_only=True, slots=False)
class OutOfDomain(RecordProblem):
    """``verdi`` only for numbers; ``omraade`` as the rule set writes it, e.g. «0..120»."""

    code = "ISF6105"
    slug = "utenfor-omradet"
    omraade: str
    verdi: str | None = None

    def reason(self) -> str:
        return f"{_named(self.verdi, 'verdien')} er utenfor {self.omraade}"

    def help(self) -> str:
        return "rett verdien, eller utvid området i posten dersom verdien er mulig"


@register
@frozen(kw_only=True, slots=False)
class UnknownCode(RecordProblem):
    code = "ISF6106"
    slug = "ukjent-kode"
    kodeverk: str
    verdi: str | None = None

    def reason(self) -> str:
        return f"{_named(self.verdi, 'koden')} finnes ikke i {self.kodeverk}"

    def help(self) -> str:
        return "kontroller koden; punktum spiller ingen rolle, men store og små bokstaver gjør det"


@register
@frozen(kw_only=True, slots=False)
class CodeCase(RecordProblem):
    code = "ISF6107"
    slug = "kode-store-sma-bokstaver"
    kodeverk: str
    forslag: str
    verdi: str | None = None

    def reason(self) -> str:
        return f"{_named(self.verdi, 'koden')} finnes ikke i {self.kodeverk}, men «{self.forslag}» gjør det"

    def help(self) -> str:
        return f"store og små bokstaver skiller koder; mente du «{self.forslag}»?"


@register
@frozen(kw_only=True, slots=False)
class CodeNotValid(RecordProblem):
    """A known code outside its ``fra``/``til``; ``gyldig`` is the code's own period in words."""

    code = "ISF6108"
    slug = "kode-ikke-gyldig"
    kodeverk: str
    gyldig: str
    verdi: str | None = None

    def reason(self) -> str:
        return f"{_named(self.verdi, 'koden')} i {self.kodeverk} gjelder ikke på postens dato (gjelder {self.gyldig})"

    def help(self) -> str:
        return "postens dato er slutt når den finnes, ellers start; bruk koden som gjaldt da"


@register
@frozen(kw_only=True, slots=False)
class ListForSingle(RecordProblem):
    code = "ISF6109"
    slug = "liste-for-enkeltverdi"

    def reason(self) -> str:
        return "flere verdier der feltet har plass til én"

    def help(self) -> str:
        return "oppgi én verdi, eller gjør feltet til «liste» i posten"


@register
@frozen(kw_only=True, slots=False)
class SingleForList(RecordProblem):
    code = "ISF6110"
    slug = "enkeltverdi-for-liste"

    def reason(self) -> str:
        return "verdien er ikke en liste"

    def help(self) -> str:
        return "JSON-linjer og Parquet har lister som lister, også når det er én verdi; CSV skiller verdiene med blanke"


@register
@frozen(kw_only=True, slots=False)
class TextTooLong(RecordProblem):
    code = "ISF6111"
    slug = "for-lang-tekst"
    lengde: int
    grense: int

    def reason(self) -> str:
        return f"teksten har {self.lengde} tegn, grensen er {self.grense}"

    def help(self) -> str:
        return "kontroller at kolonnene ikke er forskjøvet og at et anførselstegn ikke mangler"


@register
@frozen(kw_only=True, slots=False)
class ControlCharacters(RecordProblem):
    code = "ISF6112"
    slug = "styretegn"

    def reason(self) -> str:
        return "teksten har styretegn (linjeskift, tabulator eller lignende)"

    def help(self) -> str:
        return "fjern styretegnene i kilden; de skyldes ofte et feil tegnsett eller en avkortet fil"


@register
@frozen(kw_only=True, slots=False)
class EndBeforeStart(RecordProblem):
    code = "ISF6113"
    slug = "slutt-for-start"
    start: str

    def reason(self) -> str:
        return f"er før «{self.start}»"

    def help(self) -> str:
        return "kontroller datoene; et tidspunkt uten klokkeslett er midnatt ved dagens begynnelse"


@register
@frozen(kw_only=True, slots=False)
class DuplicateKey(RecordProblem):
    code = "ISF6114"
    slug = "samme-nokkel-flere-ganger"
    antall: int

    def reason(self) -> str:
        return f"nøkkelen står på {self.antall} poster, og alle er satt til side"

    def help(self) -> str:
        return "hver nøkkel skal finnes én gang; isfdsl velger ikke hvilken av postene som er den rette"


@register
@frozen(kw_only=True, slots=False)
class RowWidth(RecordProblem):
    code = "ISF6115"
    slug = "feil-antall-kolonner"
    antall: int
    ventet: int

    def reason(self) -> str:
        return f"raden har {self.antall} kolonner, overskriften har {self.ventet}"

    def help(self) -> str:
        return "sett tekst som inneholder skilletegnet, i anførselstegn"


@register
@frozen(kw_only=True, slots=False)
class BadJsonLine(RecordProblem):
    """``grunn`` is one of a few fixed phrases, never text from the file."""

    code = "ISF6116"
    slug = "ugyldig-json-linje"
    grunn: str

    def reason(self) -> str:
        return self.grunn

    def help(self) -> str:
        return 'hver linje skal være ett JSON-objekt, for eksempel {"episode_id": "e1"}'


@register
@frozen(kw_only=True, slots=False)
class TooPrecise(RecordProblem):
    """A number that exact decimals here do not hold: too many digits or decimals."""

    code = "ISF6117"
    slug = "for-mange-sifre"
    heltallssifre: int
    desimaler: int

    def reason(self) -> str:
        return f"tallet har flere enn {self.heltallssifre} sifre foran eller {self.desimaler} desimaler bak punktumet"

    def help(self) -> str:
        return "avrund i kilden; flyttall gir ofte slike desimaler, så bruk desimaltall (decimal) eller tekst"


@register
@frozen(kw_only=True, slots=False)
class OpenCodeCase(Problem):
    """Warning: an open code system accepted a code that differs from a listed one by case alone."""

    code = "ISF6118"
    slug = "apen-kode-store-sma-bokstaver"
    severity: ClassVar[Severity] = "advarsel"
    post: str
    felt: str
    kodeverk: str
    verdi: str
    forslag: str

    def message(self) -> str:
        return (
            f"{self.post}, felt «{self.felt}»: koden «{self.verdi}» er ikke listet i {self.kodeverk}, "
            f"men «{self.forslag}» er det"
        )

    def help(self) -> str:
        return f"store og små bokstaver skiller koder; koden er godtatt som den står, men mente du «{self.forslag}»?"
