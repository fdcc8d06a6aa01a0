"""Problems of the formatter (ISF9002-ISF9003). In all of them the file is as it was."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from isfdsl.diagnostics.base import Problem, register


@register
@frozen(kw_only=True, slots=False)
class FormatterBug(Problem):
    """The formatted text does not mean what the original means; found by reading it again."""

    code: ClassVar[str] = "ISF9002"
    slug: ClassVar[str] = "feil-i-formatereren"

    reason: str

    def message(self) -> str:
        return f"feil i isfdsl; filen er ikke endret ({self.reason})"

    def help(self) -> str | None:
        return "filen er like gyldig som før; meld feilen, og legg ved filen"


@register
@frozen(kw_only=True, slots=False)
class CannotWrite(Problem):
    """The formatted text can't take the place of the file."""

    code: ClassVar[str] = "ISF9003"
    slug: ClassVar[str] = "kan-ikke-skrive"

    path: str
    reason: str

    def message(self) -> str:
        return f"kan ikke skrive «{self.path}»: {self.reason}"

    def help(self) -> str | None:
        return "kontroller at du har skrivetilgang til filen og mappen; filen er som før"
