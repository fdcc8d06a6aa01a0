"""Looking codes up: normalised without dots, case kept; near misses by case; validity on a day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from isfdsl.diagnostics.records import CodeCase, CodeNotValid, OpenCodeCase, UnknownCode, shown_code
from isfdsl.records.faults import FieldFault
from isfdsl.records.schema import CodeInfo, CodeSystem

# What may be a code where nothing says which codes there are: a case string holds stranger ones than a table.
_ANY_CODE = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,100}")
_MAX_WARNINGS = 100


def normalise_code(text: str) -> str:
    """``text`` as codes are compared: trimmed and without dots; case is kept."""
    return text.strip().replace(".", "")


def dotless_pattern(pattern: str) -> str:
    """``pattern`` with every literal dot made optional, so that it matches ``M161`` as well as ``M16.1``."""
    out: list[str] = []
    in_class = False
    i = 0
    while i < len(pattern):
        token = pattern[i : i + 2] if pattern[i] == "\\" else pattern[i]
        if not in_class and pattern.startswith("[.]", i):
            token = "[.]"
        i += len(token)
        out.append(token)
        if token == "[":
            in_class = True
        elif token == "]":
            in_class = False
        elif token in ("\\.", "[.]") and not in_class and pattern[i : i + 1] not in ("?", "*", "+", "{"):
            out.append("?")
        elif token in ("\\.", "[.]") and not in_class and pattern[i : i + 1] == "+":
            out.append("*")
            i += 1
    return "".join(out)


class _System:
    """One code system made ready for look-up."""

    def __init__(self, system: CodeSystem) -> None:
        self.system = system
        self.name = system.name
        self.codes = system.codes
        self.pattern = None
        if system.open:
            self.pattern = re.compile(dotless_pattern(system.pattern)) if system.pattern else _ANY_CODE
        self._folded: Mapping[str, str] | None = None

    def accepts(self, code: str) -> bool:
        return code in self.codes or (self.pattern is not None and self.pattern.fullmatch(code) is not None)

    def differs_by_case(self, code: str) -> str | None:
        """The listed code that differs from ``code`` by case alone: the first in sorted order."""
        if self._folded is None:
            self._folded = {c.casefold(): c for c in sorted(self.codes, reverse=True)}
        return self._folded.get(code.casefold())

    def upper_matches(self, code: str) -> str | None:
        """``code`` in upper case when only that fits the pattern."""
        upper = code.upper()
        fits = upper != code and self.pattern is not None and self.pattern.fullmatch(upper)
        return upper if fits else None

    def valid_on(self, code: str, day: date) -> bool:
        info = self.codes.get(code)
        if info is None:
            return self.accepts(code)
        return info.valid_on(day)


class CodeBook:
    """The code systems of one field. A code is known when one of them knows it.

    ``case_warnings`` collects codes an open system let pass that differ from a listed code by case alone.
    Raises ``re.error`` for a pattern that is not a regular expression.
    """

    def __init__(self, systems: tuple[CodeSystem, ...]) -> None:
        self._systems = tuple(_System(s) for s in systems)
        self.names = " eller ".join(s.name for s in systems) or "kodeverket"
        self.dated = frozenset(c for s in systems for c, info in s.codes.items() if info.fra or info.til)
        self.case_warnings: dict[str, tuple[str, str]] = {}

    def require(self, code: str) -> str:
        """``code`` itself when it is known; raises ``FieldFault`` (UnknownCode, CodeCase) otherwise."""
        if not self._systems and _ANY_CODE.fullmatch(code):
            return code
        for system in self._systems:
            if code in system.codes:
                return code
        for system in self._systems:
            if system.accepts(code):
                near = system.differs_by_case(code)
                if near is not None and shown_code(code):
                    self.case_warnings[code] = (system.name, near)
                return code
        near = next((n for s in self._systems if (n := s.differs_by_case(code))), None)
        near = near or next((n for s in self._systems if (n := s.upper_matches(code))), None)
        if near is not None:
            raise FieldFault(CodeCase, kodeverk=self.names, verdi=shown_code(code), forslag=near)
        raise FieldFault(UnknownCode, kodeverk=self.names, verdi=shown_code(code))

    def require_valid(self, code: str, day: date) -> None:
        """Raises ``FieldFault`` (CodeNotValid) when no system has ``code`` as valid on ``day``."""
        if code not in self.dated or any(s.valid_on(code, day) for s in self._systems):
            return
        infos = [(s.name, info) for s in self._systems if (info := s.codes.get(code)) is not None]
        raise FieldFault(
            CodeNotValid,
            kodeverk=" eller ".join(name for name, _ in infos),
            gyldig=" eller ".join(_period(info) for _, info in infos),
            verdi=shown_code(code),
        )

    def warnings(self, post: str, felt: str) -> list[OpenCodeCase]:
        """The near misses seen so far, sorted by code; the first hundred of them."""
        return [
            OpenCodeCase(post=post, felt=felt, kodeverk=system, verdi=code, forslag=near)
            for code, (system, near) in sorted(self.case_warnings.items())[:_MAX_WARNINGS]
        ]


def _period(info: CodeInfo) -> str:
    fra = f"fra {info.fra.isoformat()}" if info.fra else ""
    til = f"til {info.til.isoformat()}" if info.til else ""
    return f"{fra} {til}".strip()
