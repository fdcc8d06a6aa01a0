"""Invented cases for a definition set: most aim at one row each, with noise; the oracle grouper answers them."""

from __future__ import annotations

import csv
import random
from pathlib import Path

from isfdsl.importers.norddrg import LogicRow, Tables, read_tables
from tests.oracle.norddrg_oracle import Oracle, parse_case_string

Codes = dict[str, list[str]]


class CaseMaker:
    """Draws cases that reach many rows."""

    def __init__(self, tables: Tables, seed: int) -> None:
        self.random = random.Random(seed)
        self.rows = tables.logic
        self.diagnoses: dict[str, Codes] = {}
        self.procedures: dict[str, Codes] = {}
        self.pairs: list[tuple[str, str]] = []
        for row in tables.dg_feat:
            if row.d_code:
                self.pairs.append((row.d_code, row.code))
            else:
                for value in self._readings(row.varval):
                    self.diagnoses.setdefault(row.vartype, {}).setdefault(value, []).append(row.code)
        for feature in tables.proc_feat:
            for value in self._readings(feature.varval):
                self.procedures.setdefault(feature.vartype, {}).setdefault(value, []).append(feature.code)
        self.all_diagnoses = sorted({row.code for row in tables.dg_feat})
        self.all_procedures = sorted({feature.code for feature in tables.proc_feat})
        self.with_or_1 = set(self.procedures.get("OR", {}).get("1", []))
        self.with_or = self.with_or_1 | set(self.procedures.get("OR", {}).get("2", []))

    @staticmethod
    def _readings(value: str) -> tuple[str, ...]:
        return (value, "12" + value[2:], "13" + value[2:]) if value.startswith("98") else (value,)

    def case(self) -> str:
        """One string of 165 fields."""
        pick = self.random
        if pick.random() < 0.06:
            return self._random_case()
        return self._aimed(pick.choice(self.rows))

    def _random_case(self) -> str:
        pick = self.random
        diagnoses: list[tuple[str, str]] = [(pick.choice(["", "ZZZ9", *pick.sample(self.all_diagnoses, 8)]), "")]
        diagnoses += [pick.choice(self.pairs)] if self.pairs and pick.random() < 0.5 else []
        procedures = pick.sample(self.all_procedures, pick.randint(0, 3))
        return self._string(pick.choice(("1", "2", "", "9")), pick.choice(("0", "9000", "x")), "H", "0", diagnoses,
                            procedures)  # fmt: skip

    def _principal(self, row: LogicRow) -> str:
        pick = self.random
        wanted: list[set[str]] = []
        for cell, vartype in ((row.dgcat1, "DGCAT"), (row.mdc, "MDC"), (row.pdgprop, "PDGPRO")):
            if cell is not None and cell.op == "":
                wanted.append(set(self.diagnoses.get(vartype, {}).get(cell.value, [])))
        if row.icd is not None and row.icd.op == "-":
            return pick.choice(("", "QQ99"))
        if not wanted:
            return pick.choice(self.all_diagnoses)
        both = set.intersection(*wanted) or wanted[0]
        return pick.choice(sorted(both)) if both else pick.choice(self.all_diagnoses)

    def _procedure(self, value: str, or_: str) -> str | None:
        codes = self.procedures.get("PROCPR", {}).get(value, [])
        allowed = {"S": self.with_or_1, "P": self.with_or}.get(or_)
        barred = {"N": self.with_or_1, "Z": self.with_or, "-": self.with_or}.get(or_)
        near = [code for code in codes if (allowed is None or code in allowed) and (not barred or code not in barred)]
        codes = near or codes
        return self.random.choice(codes) if codes else None

    def _aimed(self, row: LogicRow) -> str:
        pick = self.random
        principal = self._principal(row)
        second: str = ""
        diagnoses: list[tuple[str, str]] = []
        procedures: list[str] = []
        or_ = str(row.or_) if row.or_ is not None else ""
        for cell in (row.procpro1, row.secproc1):
            if cell is not None and cell.positive:
                code = self._procedure(cell.value, or_)
                procedures += [code] if code else []
        if or_ in ("S", "P", "+") and not set(procedures) & self.with_or_1:
            procedures.append(pick.choice(sorted(self.with_or_1)[:500]))
        for cell in row.dgprops:
            if cell.op == "":
                from_dg = self.diagnoses.get("DGPROP", {}).get(cell.value, [])
                from_proc = self.procedures.get("DGPROP", {}).get(cell.value, [])
                if from_dg and (pick.random() < 0.7 or not from_proc):
                    diagnoses.append((pick.choice(from_dg), ""))
                elif from_proc:
                    procedures.append(pick.choice(from_proc))
        if row.compl is not None or pick.random() < 0.15:
            letter = "G" if row.compl is not None and row.compl.value == "2" else pick.choice("CCCGIJ")
            names = [name for name in self.diagnoses.get("COMPL", {}) if name[2:3] == letter]
            if names:
                diagnoses.append((pick.choice(self.diagnoses["COMPL"][pick.choice(names)]), ""))
        for _ in range(pick.choice((0, 0, 0, 1, 2))):
            diagnoses.append((pick.choice(self.all_diagnoses), ""))
        if self.pairs and pick.random() < 0.1:
            diagnoses.append(pick.choice(self.pairs))
        if self.pairs and pick.random() < 0.03:
            principal, second = pick.choice(self.pairs)
        sex = pick.choice("12")
        if row.mdc is not None and row.mdc.value in ("12", "13"):
            sex = {"12": "1", "13": "2"}[row.mdc.value]
        if row.sex is not None:
            sex = {"M": "1", "F": "2", "": pick.choice(("", "9"))}[row.sex.value]
        age = (
            _days(pick, row.agelim.op + row.agelim.value) if row.agelim is not None else pick.choice((5200, 6000, 6570))
        )
        stay = _days(pick, row.dur.op + row.dur.value) if row.dur is not None else pick.choice((2, 3, 5, 12))
        letter = "H"
        if row.disch is not None:
            letter = pick.choice(("H", "R", "", "N")) if row.disch.value == "N" or row.disch.op else row.disch.value
        pick.shuffle(diagnoses)
        return self._string(sex, str(age), letter, str(stay), [(principal, second), *diagnoses], procedures)

    def _string(
        self, sex: str, age: str, letter: str, stay: str, diagnoses: list[tuple[str, str]], procedures: list[str]
    ) -> str:
        pick = self.random
        fields = [""] * 165
        fields[:5] = [sex, age, letter, stay, pick.choice(("", "A", "D"))]
        place = 5
        for c1, c2 in diagnoses[:30]:
            fields[place], fields[place + 1] = c1, c2
            if c1 and not c2 and pick.random() < 0.05:
                fields[place], fields[place + 1] = "", c1
            place += 2
            if pick.random() < 0.05 and place < 40:
                place += 2  # an empty pair in between
        mask = pick.random() < 0.2
        for at in range(place, 65):
            fields[at] = "*" if mask else ""
        for at, code in enumerate(procedures[:99], 65):
            fields[at] = f" {code} " if pick.random() < 0.05 else code
        return ",".join(fields)


def _days(pick: random.Random, limit: str) -> int:
    """A number of days within a limit, often at its very edge."""
    edge = int(limit[1:])
    if limit[0] == "<":
        return max(0, edge - pick.choice((1, 1, 2, 30)))
    return edge + pick.choice((1, 1, 2, 30))


def write_cases(folder: Path, count: int, seed: int) -> int:
    """``cases.drg`` and ``cases_answers.csv`` beside the tables in ``folder/csv``; gives how many rows were reached."""
    read = read_tables(folder / "csv")
    if read.tables is None:
        raise SystemExit("\n".join(problem.message() for problem in read.report.problems))
    maker, oracle = CaseMaker(read.tables, seed), Oracle(read.tables)
    reached: set[str | None] = set()
    with (
        (folder / "cases.drg").open("w", encoding="utf-8", newline="\n") as strings,
        (folder / "cases_answers.csv").open("w", encoding="utf-8", newline="") as answers,
    ):
        writer = csv.writer(answers, lineterminator="\n")
        writer.writerow(("case_id", "drg", "rule", "rtc"))
        for number in range(1, count + 1):
            text = maker.case()
            answer = oracle.group(parse_case_string(text))
            reached.add(answer.rule)
            strings.write(f"K{number:06d};{text}\n")
            writer.writerow((f"K{number:06d}", answer.drg, answer.rule, answer.rtc))
    return len(reached)
