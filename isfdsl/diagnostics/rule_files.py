"""Problems with the files and folders of a regelverk, before their text is read (ISF1009, ISF1010)."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from isfdsl.diagnostics.base import Problem, register


@register
@frozen(kw_only=True, slots=False)
class CannotRead(Problem):
    """A file or folder that can't be opened."""

    code: ClassVar[str] = "ISF1009"
    slug: ClassVar[str] = "kan-ikke-lese"

    path: str
    reason: str

    def message(self) -> str:
        return f"kan ikke lese «{self.path}»: {self.reason}"

    def help(self) -> str | None:
        return "kontroller at stien finnes og at du har lesetilgang"


@register
@frozen(kw_only=True, slots=False)
class NoFiles(Problem):
    """A folder without a single ``.isf`` file."""

    code: ClassVar[str] = "ISF1010"
    slug: ClassVar[str] = "ingen-filer"

    path: str

    def message(self) -> str:
        return f"mappen «{self.path}» har ingen .isf-filer"

    def help(self) -> str | None:
        return "oppgi mappen som regelverket ligger i, for eksempel rules/2024"
