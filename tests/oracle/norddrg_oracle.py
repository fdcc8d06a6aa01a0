"""An independent reference grouper for NordDRG tables: sections 2 to 9 of the specification, nothing clever.

It scans all rows in order and works out the features one by one. It shares no code with the engines of ``isfdsl``;
only the typed tables of the importer are common ground. The four readings that the sources leave open are the four
functions named ``reading_...``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from attrs import field, frozen

from isfdsl.importers.norddrg.tables import Cell, LogicRow, Tables

Pair = tuple[str, str]
"""(c1, c2): c1 the dagger or only code, c2 the asterisk code; an absent code is the empty string."""


@frozen(kw_only=True)
class Case:
    """A case; ``diagnoses[0]`` is the principal diagnosis and keeps its place even when empty."""

    sex: str
    age: int
    discharge: str
    stay: int
    diagnoses: tuple[Pair, ...]
    procedures: tuple[str, ...]


@frozen
class Answer:
    """Group, rule (``ord``) and return code; all three ``None`` when no row matches."""

    drg: str | None
    rule: str | None
    rtc: str | None


@frozen
class SourceValues:
    """What one source (a procedure occurrence or a diagnosis pair) gives."""

    procpr: frozenset[str]
    or_values: frozenset[str]


@frozen(kw_only=True)
class Features:
    """All that the rows ask about."""

    principal_valid: bool
    dgcat: str | None
    mdc: str | None
    pdgpro: frozenset[str]
    sources: tuple[SourceValues, ...]
    dgprop: frozenset[str]
    level: int
    active: frozenset[str] = field(factory=frozenset)


# ---------------------------------------------------------------------------------------------- the four readings


def reading_return_code(rtc: str, principal: Pair) -> str:
    """9.1: return code 1 is 9 when the first diagnosis position holds a code."""
    return "9" if rtc == "1" and principal != ("", "") else rtc


def reading_recode_dgprop(value: str, sex: str) -> str:
    """9.2: a DGPROP ``98…`` is recoded like a DGCAT."""
    return recode(value, sex)


def reading_second_procedure(sources: Sequence[SourceValues], first: str, second: str) -> bool:
    """9.3: the two properties come from two different sources."""
    for i, one in enumerate(sources):
        for j, other in enumerate(sources):
            if i != j and first in one.procpr and second in other.procpr:
                return True
    return False


def reading_activated_blocked(category: str, active_form: str, blocked: Iterable[str]) -> bool:
    """9.4: an activated category obeys the exclusion list of its active form, and its own."""
    return category in blocked or active_form in blocked


# ------------------------------------------------------------------------------------------------------ the grouper


def recode(value: str, sex: str) -> str:
    """Section 4.2: leading ``98`` is ``12`` for men and ``13`` for women."""
    if value.startswith("98"):
        if sex == "1":
            return "12" + value[2:]
        if sex == "2":
            return "13" + value[2:]
    return value


class Oracle:
    """The tables, looked up by code."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._single: dict[tuple[str, str], list[str]] = {}
        self._pair: dict[tuple[str, str, str], list[str]] = {}
        self._procedure: dict[tuple[str, str], list[str]] = {}
        for row in tables.dg_feat:
            if row.code and row.d_code:
                self._pair.setdefault((row.code, row.d_code, row.vartype), []).append(row.varval)
            elif row.code:
                self._single.setdefault((row.code, row.vartype), []).append(row.varval)
        for feature in tables.proc_feat:
            if feature.code:
                self._procedure.setdefault((feature.code, feature.vartype), []).append(feature.varval)
        self._inclprops: dict[str, list[str]] = {}
        for category in tables.compl_cat:
            if category.inclprop:
                self._inclprops.setdefault(category.compl, []).append(category.inclprop)

    def group(self, case: Case) -> Answer:
        """Section 7: the first row that matches."""
        features = self.features(case)
        for row in self.tables.logic:
            if matches(row, case, features):
                return Answer(row.drg, row.ord, reading_return_code(row.rtc, case.diagnoses[0]))
        return Answer(None, None, None)

    def values(self, pair: Pair, vartype: str) -> list[str]:
        """Section 3: single rows of either code, and the pair rows."""
        c1, c2 = pair
        found = list(self._single.get((c1, vartype), []))
        found += self._single.get((c2, vartype), [])
        if c1 and c2:
            found += self._pair.get((c2, c1, vartype), [])
        return found

    def features(self, case: Case) -> Features:
        """Section 4, in its order."""
        principal = case.diagnoses[0]
        sex = case.sex

        # 1 to 3: DGCAT, sex recode, MDC
        dgcat = self._dgcat(principal)
        if dgcat is not None:
            dgcat = recode(dgcat, sex)
        mdc = None if dgcat is None else dgcat[:2]

        # 4: PDGPRO of the principal diagnosis
        pdgpro = frozenset(recode(value, sex) for value in self.values(principal, "PDGPRO"))

        # 5: PROCPR and OR, per source
        sources: list[SourceValues] = []
        for code in case.procedures:
            procpr = frozenset(self._procedure.get((code, "PROCPR"), []))
            sources.append(SourceValues(procpr, _or_values(self._procedure.get((code, "OR"), []))))
        for pair in case.diagnoses:
            source = SourceValues(frozenset(self.values(pair, "PROCPR")), _or_values(self.values(pair, "OR")))
            if source.procpr or source.or_values:
                sources.append(source)

        # 6: DGPROP, and the values that others than the principal diagnosis give
        from_others: set[str] = set()
        for code in case.procedures:
            from_others |= {reading_recode_dgprop(v, sex) for v in self._procedure.get((code, "DGPROP"), [])}
        for pair in case.diagnoses[1:]:
            from_others |= {reading_recode_dgprop(v, sex) for v in self.values(pair, "DGPROP")}
        dgprop = from_others | {reading_recode_dgprop(v, sex) for v in self.values(principal, "DGPROP")}

        # 7 to 9: categories of the secondary diagnoses, exclusion, activation
        categories = {value for pair in case.diagnoses[1:] for value in self.values(pair, "COMPL")}
        blocked = self._blocked(principal)
        active: set[str] = set()
        for category in categories:
            letter = category[2:3]
            if letter in ("C", "G"):
                if category not in blocked:
                    active.add(category)
            elif letter in ("I", "J"):
                if not any(value in from_others for value in self._inclprops.get(category, [])):
                    continue
                form = category[:2] + {"I": "C", "J": "G"}[letter] + category[3:]
                if not reading_activated_blocked(category, form, blocked):
                    active.add(form)

        # 10: the level
        levels = [0]
        for code in case.procedures:
            levels += [int(v) for v in self._procedure.get((code, "CC"), []) if re.fullmatch("[0-9]+", v)]
        levels += [{"C": 1, "G": 2}[name[2]] for name in active]
        return Features(
            principal_valid=dgcat is not None,
            dgcat=dgcat,
            mdc=mdc,
            pdgpro=pdgpro,
            sources=tuple(sources),
            dgprop=frozenset(dgprop),
            level=max(levels),
            active=frozenset(active),
        )

    def _dgcat(self, principal: Pair) -> str | None:
        c1, c2 = principal
        if c1 and c2:
            pair = self._pair.get((c2, c1, "DGCAT"))
            if pair:
                return pair[0]
        for code in (c2, c1):
            single = self._single.get((code, "DGCAT"))
            if single:
                return single[0]
        return None

    def _blocked(self, principal: Pair) -> set[str]:
        c1, c2 = principal
        blocked: set[str] = set()
        for row in self.tables.compl_excl:
            if not row.code:
                continue
            if not row.d_code and row.code in (c1, c2):
                blocked.add(row.compl)
            if row.d_code and (row.code, row.d_code) == (c2, c1):
                blocked.add(row.compl)
        return blocked


def _or_values(values: Iterable[str]) -> frozenset[str]:
    """Section 4.5: an OR value is 1 or 2; anything else in the tables is none."""
    return frozenset(value for value in values if value in ("1", "2"))


# ---------------------------------------------------------------------------------------------------- one logic row


def matches(row: LogicRow, case: Case, features: Features) -> bool:
    """Section 5: every filled column is true."""
    return (
        (row.icd is None or _icd(row.icd, features))
        and (row.mdc is None or _equals(row.mdc, features.mdc))
        and (row.dgcat1 is None or _equals(row.dgcat1, features.dgcat))
        and (row.pdgprop is None or _contains(row.pdgprop, features.pdgpro))
        and (row.or_ is None or _or(row.or_, features))
        and (row.procpro1 is None or _contains(row.procpro1, _all_procpr(features)))
        and (row.secproc1 is None or _secproc(row.secproc1, row.procpro1, features))
        and all(_contains(cell, features.dgprop) for cell in row.dgprops)
        and (row.compl is None or _level(row.compl, features.level))
        and (row.agelim is None or _limit(row.agelim, case.age))
        and (row.dur is None or _limit(row.dur, case.stay))
        and (row.sex is None or _sex(row.sex, case.sex))
        and (row.disch is None or _disch(row.disch, case.discharge))
    )


def _all_procpr(features: Features) -> frozenset[str]:
    return frozenset(value for source in features.sources for value in source.procpr)


def _icd(cell: Cell, features: Features) -> bool:
    return features.principal_valid if cell.op == "+" else not features.principal_valid


def _equals(cell: Cell, value: str | None) -> bool:
    return value != cell.value if cell.op == "-" else value == cell.value


def _contains(cell: Cell, values: frozenset[str]) -> bool:
    return cell.value not in values if cell.op == "-" else cell.value in values


def _or(cell: Cell, features: Features) -> bool:
    values = {value for source in features.sources for value in source.or_values}
    if not cell.value:
        return bool(values) if cell.op == "+" else not values
    if cell.op == "-":
        return False
    return {
        "S": "1" in values,
        "P": "1" in values or "2" in values,
        "N": "1" not in values,
        "Z": "1" not in values and "2" not in values,
    }[cell.value]


def _secproc(cell: Cell, procpro: Cell | None, features: Features) -> bool:
    """Section 6."""
    first = procpro.value if procpro is not None and procpro.op != "-" else None
    if not cell.value:
        with_or_1 = [source for source in features.sources if "1" in source.or_values]
        return all(first is not None and first in source.procpr for source in with_or_1)
    if cell.op == "-":
        return not any(cell.value in source.procpr for source in features.sources)
    if first is None:
        return any(cell.value in source.procpr for source in features.sources)
    return reading_second_procedure(features.sources, first, cell.value)


def _level(cell: Cell, level: int) -> bool:
    limit = int(cell.value)
    return {"": level >= limit, ">": level > limit, "<": level < limit, "-": level != limit}[cell.op]


def _limit(cell: Cell, days: int) -> bool:
    return days < int(cell.value) if cell.op == "<" else days > int(cell.value)


def _sex(cell: Cell, sex: str) -> bool:
    if cell.op == "-":
        return sex not in ("1", "2")
    return sex == {"M": "1", "F": "2"}[cell.value]


def _disch(cell: Cell, discharge: str) -> bool:
    """The four letters are the only ones that equal anything (section 2)."""
    equal = discharge == cell.value and discharge in ("E", "R", "H", "N")
    if cell.op == "-":
        return not equal
    if cell.value == "N":
        return discharge != "E"
    return equal


# ------------------------------------------------------------------------------------------------- the case string


def parse_case_string(text: str) -> Case:
    """Section 2: the 165 fields of the classic one-line form."""
    fields = [part.strip() for part in text.replace("*", "").split(",")]
    if len(fields) != 165:
        raise ValueError(f"{len(fields)} fields")
    pairs = [_single_or_pair(fields[at], fields[at + 1]) for at in range(5, 65, 2)]
    return Case(
        sex=fields[0],
        age=_number(fields[1]),
        discharge=fields[2],
        stay=_number(fields[3]),
        diagnoses=(pairs[0], *(pair for pair in pairs[1:] if pair != ("", ""))),
        procedures=tuple(code for code in fields[65:164] if code),
    )


def parse_case_row(row: Mapping[str, str]) -> Case:
    """A row of ``cases.csv``."""
    diagnoses: list[Pair] = []
    for text in row["diagnoses"].split():
        c1, _, c2 = text.partition("+")
        diagnoses.append(("", "") if text == "_" else _single_or_pair(c1, c2))
    return Case(
        sex=row["sex"],
        age=_number(row["age_days"]),
        discharge=row["discharge"],
        stay=_number(row["los_days"]),
        diagnoses=tuple(diagnoses) or (("", ""),),
        procedures=tuple(row["procedures"].split()),
    )


def _single_or_pair(c1: str, c2: str) -> Pair:
    return (c1, c2) if c1 else (c2, "")


def _number(text: str) -> int:
    return int(text) if re.fullmatch("[+-]?[0-9]{1,18}", text) else 0
