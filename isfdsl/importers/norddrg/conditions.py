"""One row of the decision list as conditions of the language: every column, operator and negation, nowhere else."""

from __future__ import annotations

from isfdsl.importers import isftext
from isfdsl.importers.norddrg.properties import Properties
from isfdsl.importers.norddrg.readings import reading_second_procedure
from isfdsl.importers.norddrg.tables import Cell, LogicRow
from isfdsl.importers.norddrg.words import ALONE, Words
from isfdsl.importers.report import Recorder

NEVER = "aldri"


def conditions(row: LogicRow, properties: Properties, recorder: Recorder, words: Words = ALONE) -> list[str]:
    """The conditions of a row, in the order of the columns; empty when the row always holds."""
    parts: list[str] = []
    for name, cell in row.conditions():
        match name:
            case "icd":
                parts.append(f"{words.category} {'finnes' if cell.op == '+' else 'mangler'}")
            case "mdc":
                parts.append(_equals(words.hdg, cell, properties.hdg(cell.value)))
            case "dgcat1":
                parts.append(_equals(words.category, cell, properties.name("DGCAT", cell.value)))
            case "pdgprop":
                parts.append(_principal(cell, properties.name("PDGPRO", cell.value)))
            case "or":
                parts.append(_or(cell))
            case "procpro1":
                parts += _first(row, cell, properties)
            case "secproc1":
                parts += _second(row, cell, properties)
            case "dgprop":
                parts.append(_sources(cell, properties.name("DGPROP", cell.value)))
            case "compl":
                parts.append(_level(cell))
            case "agelim":
                parts.append(f"{words.age} {cell.op} {int(cell.value)}")
            case "sex":
                parts.append(_sex(cell))
            case "disch":
                parts += _discharge(row, cell, recorder, words)
            case "dur":
                parts.append(f"{words.stay} {cell.op} {isftext.days(int(cell.value))}")
            case _:
                raise AssertionError(name)
    return list(dict.fromkeys(parts))


def _equals(what: str, cell: Cell, value: str) -> str:
    """Equality with what may be missing: ``-value`` is true also when there is none."""
    if cell.op == "-":
        return f"({what} mangler eller ikke {what} i {value})"
    return f"{what} i {value}"


def _principal(cell: Cell, name: str) -> str:
    if cell.op == "-":
        return f"(hovedtilstand mangler eller ikke hovedtilstand har egenskap {name})"
    return f"hovedtilstand har egenskap {name}"


def _sources(cell: Cell, name: str) -> str:
    return f"ingen kilder har egenskap {name}" if cell.op == "-" else f"kilder har egenskap {name}"


def _or(cell: Cell) -> str:
    if cell.bare:
        return "kilder har egenskap OR1, OR2" if cell.op == "+" else "ingen kilder har egenskap OR1, OR2"
    if cell.op == "-":
        return NEVER
    return {
        "S": "kilder har egenskap OR1",
        "P": "kilder har egenskap OR1, OR2",
        "N": "ingen kilder har egenskap OR1",
        "Z": "ingen kilder har egenskap OR1, OR2",
    }[cell.value]


def _first(row: LogicRow, cell: Cell, properties: Properties) -> list[str]:
    """procpro1; beside a positive secproc1 the test of two occurrences says it already."""
    if cell.positive and row.secproc1 is not None and row.secproc1.positive:
        return []
    return [_sources(cell, properties.name("PROCPR", cell.value))]


def _second(row: LogicRow, cell: Cell, properties: Properties) -> list[str]:
    """secproc1 (section 6 of the specification)."""
    first = row.procpro1
    own = properties.name("PROCPR", first.value) if first is not None and first.positive else None
    if cell.bare:
        if own is None:
            return ["ingen kilder har egenskap OR1"]
        return [f"alle kilder med egenskap OR1 har egenskap {own}"]
    value = properties.name("PROCPR", cell.value)
    if cell.op == "-" or own is None:
        return [_sources(cell, value)]
    return [reading_second_procedure(own, value)]


def _level(cell: Cell) -> str:
    value = int(cell.value)
    if cell.op == "-":
        return f"komplikasjon != {value}"
    return f"komplikasjon {cell.op or '>='} {value}"


def _sex(cell: Cell) -> str:
    if cell.bare:
        return "(kjønn mangler eller ikke kjønn i 1, 2)"
    return {"M": "kjønn i 1", "F": "kjønn i 2"}[cell.value]


def _discharge(row: LogicRow, cell: Cell, recorder: Recorder, words: Words) -> list[str]:
    """disch: ``N`` is *not dead*; every other letter, and every negation, is about that letter."""
    if cell.value not in words.discharge:
        if cell.op == "-":
            recorder.add("vilkår_alltid_sant", f"{row.file}, rad {row.row}: «{row.ord}» disch {cell}")
            return []
        return [NEVER]
    if cell.op == "-" or cell.value == "N":
        return [words.discharge["E" if cell.op == "" else cell.value][1]]
    return [words.discharge[cell.value][0]]
