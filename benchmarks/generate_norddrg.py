"""Write an invented NordDRG definition set of national size, and cases with the answers of the oracle grouper.

    python benchmarks/generate_norddrg.py --out ut/norddrg --seed 1 --rows 2200 --xlsx --cases 500

gives ``ut/norddrg/csv/*.csv``, ``ut/norddrg/norddrg.json`` (with the flaws of real files), ``ut/norddrg/norddrg.xlsx``,
``ut/norddrg/cases.drg`` (``ID;STRING``) and ``ut/norddrg/cases_answers.csv``. Same seed, same bytes (workbook apart).
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.norddrg_cases import write_cases  # noqa: E402

LOGIC = (
    "ord", "drg", "rtc", "icd", "mdc", "pdgprop", "or", "procpro1", "dgcat1", "agelim", "compl", "sex", "dgprop1",
    "dgprop2", "dgprop3", "dgprop4", "secproc1", "disch", "dur", "loc_drg",
)  # fmt: skip
COLUMNS: dict[str, tuple[str, ...]] = {
    "logic": LOGIC,
    "dg_feat": ("code", "d_code", "vartype", "varval"),
    "proc_feat": ("code", "vartype", "varval"),
    "compl_cat": ("compl", "inclprop"),
    "compl_excl": ("compl", "code", "d_code"),
    "names": ("drg", "mdc", "loc_drg"),
}
JSON_KEYS = {
    "logic": "drglogic", "dg_feat": "dg", "proc_feat": "proc", "compl_cat": "complcat", "compl_excl": "complexcl",
    "names": "drgnames",
}  # fmt: skip
MDCS = tuple(f"{n:02d}" for n in range(1, 25))
Row = tuple[str, ...]
Set = dict[str, list[Row]]


class Generator:
    """One invented set; every list is drawn from one seeded source."""

    def __init__(self, seed: int, rows: int, scale: float) -> None:
        self.random = random.Random(seed)
        self.rows = rows
        self.scale = scale
        pick = self.random
        self.dgcats = [f"{mdc}M{n:02d}" for mdc in (*MDCS, "98", "99") for n in range(1, pick.randint(18, 40))]
        self.pdgprops = [f"{mdc}P{n:02d}" for mdc in ("00", "90", *MDCS) for n in range(1, pick.randint(3, 12))]
        self.dgprops = [f"{mdc}X{n:02d}" for mdc in ("90", *MDCS) for n in range(1, pick.randint(8, 26))]
        self.dgprops += ["98X01", "98X02", "98X03"]
        self.procprs = [
            f"{mdc}{letter}{n:02d}"
            for mdc in ("90", "99", *MDCS)
            for letter in "DEOSTV"
            for n in range(1, pick.randint(2, 9))
        ]
        self.categories = self._categories()
        self.diagnoses = self._diagnosis_codes(int(18_600 * scale))
        self.procedures = self._procedure_codes(int(12_000 * scale))
        self.groups = self._groups(862)

    def _categories(self) -> list[str]:
        names = [f"{mdc}{letter}{n:02d}" for mdc in MDCS for letter, most in (("C", 15), ("G", 4)) for n in range(most)]
        names += [name[:2] + {"C": "I", "G": "J"}[name[2]] + name[3:] for name in self.random.sample(names, 92)]
        return sorted(names)

    def _diagnosis_codes(self, count: int) -> list[str]:
        codes: set[str] = set()
        folded: set[str] = set()
        while len(codes) < count:
            letter = self.random.choice("ABCDEFGHIJKLMNOPQRSTVWXYZ")
            code = f"{letter}{self.random.randrange(100):02d}{self.random.choice(['', *'0123456789'])}"
            if self.random.random() < 0.35 and len(code) == 4:
                code += self.random.choice("0123456789")
            if self.random.random() < 0.15 and len(code) >= 4:
                code = code[:2] + self.random.choice("inkpx") + code[3:] + self.random.choice("abig")
            if code.upper() not in folded:
                folded.add(code.upper())
                codes.add(code)
        return sorted(codes)

    def _procedure_codes(self, count: int) -> list[str]:
        codes: set[str] = set()
        letters = "ABCDEFGHJKLMNPQRTUWXYZ"
        while len(codes) < count:
            code = "".join(self.random.choice(letters) for _ in range(3)) + f"{self.random.randrange(100):02d}"
            codes.add(code + (self.random.choice("ABCGK") if self.random.random() < 0.1 else ""))
        # a few codes of the other system, as ATC codes and Z codes are in both
        codes |= set(self.random.sample(self.diagnoses, 20))
        return sorted(codes)

    def _groups(self, count: int) -> list[tuple[str, str]]:
        groups: dict[str, str] = {"470": "", "468": "", "477": "", "  1A".strip(): "01"}
        number = 1
        while len(groups) < count:
            number += 1
            letter = self.random.choice(["", *"ABCDEOPQ"])
            groups[f"{number}{letter}"] = self.random.choice(MDCS)
        return sorted(groups.items())

    def tables(self) -> Set:
        """All six tables; rows as text in the order of ``COLUMNS``."""
        dg, proc = self._dg_feat(), self._proc_feat()
        result: Set = {
            "logic": self._logic(),
            "dg_feat": dg,
            "proc_feat": proc,
            "compl_cat": self._compl_cat(),
            "compl_excl": self._compl_excl(int(27_600 * self.scale)),
            "names": [(drg, mdc, drg + "X" if drg.isdigit() else drg) for drg, mdc in self.groups],
        }
        result["names"] += [(f"9{n}Z", "", f"9{n}Z") for n in range(4)]  # groups without a row
        result["logic"][40] = (result["logic"][40][0], "999Q", *result["logic"][40][2:])  # group without a name row
        return result

    def _dg_feat(self) -> list[Row]:
        pick = self.random
        rows: list[Row] = []
        for code in self.diagnoses:
            chance = pick.random()
            if chance < 0.97:
                dgcat = pick.choice(self.dgcats)
                rows += [(code, "", "DGCAT", dgcat), (code, "", "MDC", dgcat[:2])]
            for _ in range(pick.choice((0, 0, 1, 1, 2, 3))):
                rows.append((code, "", "DGPROP", pick.choice(self.dgprops)))
            for _ in range(pick.choice((0, 0, 1, 1, 1))):
                rows.append((code, "", "PDGPRO", pick.choice(self.pdgprops)))
            for _ in range(pick.choice((0, 0, 0, 1, 1, 2))):
                rows.append((code, "", "COMPL", pick.choice(self.categories)))
            if chance < 0.01:
                rows += [(code, "", "OR", pick.choice("12")), (code, "", "PROCPR", pick.choice(self.procprs))]
        # one code under values that look alike but are of other kinds
        rows.append((self.diagnoses[7], "", "PROCPR", self.procprs[0]))
        rows.append((self.diagnoses[7], "", "DGPROP", self.procprs[0]))  # does not fit its vartype
        self.pairs = []
        for _ in range(int(250 * self.scale) + 1):
            d_code, code = pick.sample(self.diagnoses, 2)
            self.pairs.append((d_code, code))
            dgcat = pick.choice(self.dgcats)
            if pick.random() < 0.6:
                rows.append((code, d_code, "DGCAT", dgcat))
            for vartype, values in (("DGPROP", self.dgprops), ("COMPL", self.categories), ("PDGPRO", self.pdgprops)):
                if pick.random() < 0.5:
                    rows.append((code, d_code, vartype, pick.choice(values)))
        rows = list(dict.fromkeys(rows))
        rows += pick.sample(rows, 5)  # exact duplicates
        return sorted(rows)

    def _proc_feat(self) -> list[Row]:
        pick = self.random
        rows: list[Row] = []
        for code in self.procedures:
            rows.append((code, "PROCPR", pick.choice(self.procprs)))
            if pick.random() < 0.6:
                rows.append((code, "OR", "1" if pick.random() < 0.7 else "2"))
            for _ in range(pick.choice((0, 1, 1, 2, 3))):
                rows.append((code, "PROCPR", pick.choice(self.procprs)))
            for _ in range(pick.choice((0, 0, 1, 2))):
                rows.append((code, "DGPROP", pick.choice(self.dgprops)))
            if pick.random() < 0.03:
                rows.append((code, "CC", pick.choice("12")))
        rows.append((self.procedures[3], "DGPROP", "05C01"))  # does not fit its vartype
        rows = list(dict.fromkeys(rows))
        return sorted(rows + pick.sample(rows, 3))

    def _compl_cat(self) -> list[Row]:
        rows: list[Row] = []
        for name in self.categories:
            if name[2] in "IJ":
                rows += [(name, value) for value in self.random.sample(self.dgprops, self.random.randint(0, 2))] or [
                    (name, "")
                ]
            else:
                rows.append((name, ""))
        rows += [("Kategori uten", ""), ("se også 05C01", "")]  # junk
        return rows

    def _compl_excl(self, count: int) -> list[Row]:
        rows: dict[Row, None] = {}
        while len(rows) < count:
            category = self.random.choice(self.categories[:-3])
            if self.random.random() < 0.01:
                d_code, code = self.random.choice(self.pairs)
                rows[(category, code, d_code)] = None
            else:
                rows[(category, self.random.choice(self.diagnoses), "")] = None
        return sorted(rows)

    # ------------------------------------------------------------------------------------------------- the logic

    def _logic(self) -> list[Row]:
        pick = self.random
        blocks: list[tuple[str, list[dict[str, str]]]] = [("000", self._checks()), ("050", self._operators())]
        room = self.rows - sum(len(rows) for _, rows in blocks) - 2 * len(MDCS) - 3
        shares = [pick.uniform(0.4, 2.0) for _ in range(2 * len(MDCS) + 1)]
        sizes = [int(room * share / sum(shares)) for share in shares]
        sizes[-1] += room - sum(sizes)
        blocks.append(("100", [self._row("", day=True) for _ in range(sizes.pop())]))
        for day, base in ((True, 100), (False, 400)):
            for mdc in MDCS:
                rows = sorted((self._row(mdc, day) for _ in range(sizes.pop())), key=lambda row: -len(row))
                last = {"mdc": mdc, "dur": "<1"} if day else {"mdc": mdc}
                blocks.append((f"{base + int(mdc):03d}", [*rows, last]))
        blocks.append(
            ("499", [{"or": "S", "procpro1": "99S01", "rtc": "7", "drg": "468"}, {"or": "S", "rtc": "7", "drg": "477"}])
        )
        blocks.append(("999", [{"rtc": "8", "drg": "470"}]))
        result: list[Row] = []
        for block, rows in blocks:
            for index, row in enumerate(rows, 1):
                row["ord"] = f"{block}D{index * 10:06d}"
                row.setdefault("rtc", "A" if pick.random() < 0.002 else "0")
                row.setdefault("drg", pick.choice(self.groups)[0])
                row["loc_drg"] = row["drg"] + "X" if row["drg"].isdigit() else row["drg"]
                result.append(tuple(row.get(name, "") for name in LOGIC))
        return result

    def _checks(self) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = [
            {"icd": "-", "dur": "<1", "rtc": "1"},
            {"icd": "-", "rtc": "1"},
            {"icd": "+", "dgcat1": "99M01", "rtc": "9"},
            {"agelim": ">45654", "rtc": "6"},
            {"icd": "+", "pdgprop": "00P01", "agelim": "<5114", "rtc": "4"},
            {"icd": "+", "pdgprop": "00P02", "agelim": ">6574", "rtc": "5"},
            {"icd": "+", "mdc": "98", "rtc": "2"},
            {"mdc": "13", "sex": "M", "rtc": "3"},
            {"mdc": "12", "sex": "F", "rtc": "3"},
            {"sex": "-", "dgprop1": "14X01", "rtc": "2"},
            {"pdgprop": "90P01", "or": "Z", "dur": ">3", "rtc": "8"},
            {"icd": "+", "procpro1": "99S02", "rtc": "B"},
        ]
        return [{**row, "drg": "470"} for row in rows]

    def _operators(self) -> list[dict[str, str]]:
        """Every form of section 5 at least once, narrow enough to leave cases for the rest."""
        forms: list[tuple[str, str]] = [("icd", "+"), ("icd", "-")]
        for column, value in (("mdc", "05"), ("dgcat1", "05M03"), ("pdgprop", "05P01"), ("procpro1", "05S01"),
                              ("dgprop1", "05X01"), ("dgprop2", "05X02"), ("dgprop3", "05X03"), ("dgprop4", "05X04"),
                              ("secproc1", "05S02")):  # fmt: skip
            forms += [(column, op + value) for op in ("", "+", "=", "-")]
        forms += [("or", text) for text in ("S", "P", "N", "Z", "+S", "=P", "+N", "=Z", "+", "-", "-S", "-X")]
        forms += [("secproc1", "-")]
        forms += [("compl", text) for text in ("1", "2", ">0", ">1", "<1", "<2", "-0", "-1")]
        forms += [(column, text) for column in ("agelim", "dur") for text in ("<2", ">1")]
        forms += [("sex", text) for text in ("M", "F", "-", "+M", "=F")]
        forms += [("disch", text) for text in ("E", "R", "H", "N", "=E", "+R", "-E", "-R")]
        rows = []
        for index, (column, text) in enumerate(forms):
            row = {"dgprop1": self.dgprops[index % 40 + 20], "pdgprop": self.pdgprops[index % 60 + 10]}
            if column == "secproc1" and index % 3:
                row["procpro1"] = self.procprs[index % 50]
            if text == "-" and column == "secproc1":
                rows.append({**row, column: text, "procpro1": "05S01"})
            rows.append({**row, column: text})
        return rows

    def _row(self, mdc: str, day: bool) -> dict[str, str]:
        pick = self.random
        row: dict[str, str] = {"mdc": mdc} if mdc and pick.random() < 0.85 else {}
        own = mdc or pick.choice(MDCS)

        def of(values: Sequence[str]) -> str:
            near = [value for value in values if value[:2] == own]
            return pick.choice(near if near and pick.random() < 0.9 else list(values))

        kind = pick.random()
        if kind < 0.45:
            row["procpro1"] = of(self.procprs)
            row["or"] = pick.choice(("S", "S", "S", "P", "N", "Z")) if pick.random() < 0.7 else ""
            if pick.random() < 0.12:
                row["secproc1"] = pick.choice(("", "", "-")) + of(self.procprs)
            elif pick.random() < 0.05:
                row["secproc1"] = "-"
        elif kind < 0.85:
            row["dgcat1"] = of(self.dgcats)
        else:
            row["pdgprop"] = of(self.pdgprops)
            row["dgprop1"] = of(self.dgprops)
        if pick.random() < 0.25 and "dgprop1" not in row:
            row["dgprop1"] = of(self.dgprops)
            for name in ("dgprop2", "dgprop3", "dgprop4"):
                if pick.random() > 0.35:
                    break
                row[name] = pick.choice(("", "-")) + of(self.dgprops)
        if pick.random() < 0.15 and "pdgprop" not in row:
            row["pdgprop"] = pick.choice(("", "-")) + of(self.pdgprops)
        if pick.random() < 0.2 and not day:
            row["compl"] = "1" if pick.random() < 0.9 else "2"
        if pick.random() < 0.06:
            row["agelim"] = pick.choice("<>") + str(pick.choice((29, 365, 2190, 6570, 23725)))
        if pick.random() < 0.02:
            row["sex"] = pick.choice("MF")
        if day:
            row["dur"] = pick.choice(("<1", "<2"))
            if pick.random() < 0.6:
                row["disch"] = "N"
        elif pick.random() < 0.03:
            row["dur"] = pick.choice(("<4", ">4", ">10"))
            row["disch"] = pick.choice(("E", "R", "-E"))
        if pick.random() < 0.003:
            row["procpro1"] = "90E49"  # a property that no code carries
        return {name: value for name, value in row.items() if value}


def write_csv(tables: Set, folder: Path) -> None:
    """One file per table, with the separators, marks and line ends of real files."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        end = "\r\n" if table == "proc_feat" else "\n"
        encoding = "utf-8-sig" if table == "dg_feat" else "utf-8"
        with (folder / f"{table}.csv").open("w", encoding=encoding, newline="") as stream:
            writer = csv.writer(stream, delimiter=";", lineterminator=end)
            writer.writerow(COLUMNS[table])
            writer.writerows(rows)


def write_json(tables: Set, path: Path, seed: int) -> None:
    """The flawed JSON: byte order mark, trailing commas, control characters, padded codes, CRLF."""
    pick = random.Random(seed)
    parts = ["\ufeff{\n"]
    for table, rows in tables.items():
        names = [
            {"logic": "loc_drg (link to ndms)", "names": "loc_drg\n(link to ndms)"}.get(table, name)
            if name == "loc_drg" else name
            for name in COLUMNS[table]
        ]  # fmt: skip
        parts.append(f'\t"{JSON_KEYS[table]}": [\n')
        for row in rows:
            cells = []
            for name, value in zip(names, row, strict=True):
                if name == "drg" and len(value) < 3:
                    value = value.rjust(4)
                elif name == "ord" and pick.random() < 0.02:
                    value += " "
                elif name == "code" and pick.random() < 0.0005:
                    value += pick.choice((" \n", "\t", "\r\n"))
                cells.append(f'\t\t\t"{name}": "{value}"')
            parts.append("\t\t{\n" + ",\n".join(cells) + ",\n\t\t},\n")
        parts.append("\t],\n")
    parts.append("}\n")
    path.write_bytes("".join(parts).replace("\r\n", "\n").replace("\n", "\r\n").encode())


def write_xlsx(tables: Set, path: Path) -> None:
    """The workbook form: other column names and order, numbers as number cells."""
    import openpyxl

    sheets: dict[str, tuple[str, dict[str, str]]] = {
        "logic": ("drg_logic", {
            "ord": "ord", "drg": "drg_nat", "loc_drg": "drg_comb", "rtc": "rtc", "icd": "icd", "mdc": "mdc",
            "dgcat1": "dgcat", "pdgprop": "pdgprop", "compl": "compl", "or": "or_proc", "procpro1": "procpro",
            "secproc1": "secpro", "dgprop1": "dgprop1", "dgprop2": "dgprop2", "dgprop3": "dgprop3",
            "dgprop4": "dgprop4", "agelim": "agelim", "sex": "sex", "dur": "dur", "disch": "disch",
        }),
        "dg_feat": ("dg_feat", {"code": "code_nat", "d_code": "d_code_nat", "vartype": "vartype", "varval": "varval"}),
        "proc_feat": ("proc_feat", {"code": "code_nat", "vartype": "vartype", "varval": "varval"}),
        "compl_cat": ("compl_name", {"compl": "compl", "inclprop": "inclprop"}),
        "compl_excl": ("compl_excl", {"compl": "varval", "code": "code_nat", "d_code": "d_code_nat"}),
        "names": ("drg_name", {"drg": "drg_nat", "mdc": "mdc", "loc_drg": "drg_comb"}),
    }  # fmt: skip
    numeric = {"drg", "rtc", "compl"}
    book = openpyxl.Workbook(write_only=True)
    for table, rows in tables.items():
        title, headings = sheets[table]
        sheet = book.create_sheet(title)
        sheet.append([*headings.values(), "nat_ver"])
        at = [COLUMNS[table].index(name) for name in headings]
        as_number = [name in numeric and table in ("logic", "names") for name in headings]
        for row in rows:
            cells: list[object] = []
            for index, number in zip(at, as_number, strict=True):
                value = row[index]
                cells.append((int(value) if number and value.isdigit() else value) if value else None)
            sheet.append([*cells, "GEN"])
    book.save(path)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=2200, help="logic rows (national: 2,200 to over 4,000)")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the code tables, 1 = national")
    parser.add_argument("--xlsx", action="store_true", help="write the workbook too (slow)")
    parser.add_argument("--cases", type=int, default=0, help="so many case strings with oracle answers")
    options = parser.parse_args(argv)
    if options.rows < 250 or not 0.01 <= options.scale <= 20:
        parser.error("--rows must be at least 250, --scale between 0.01 and 20")
    start = time.perf_counter()
    tables = Generator(options.seed, options.rows, options.scale).tables()
    write_csv(tables, options.out / "csv")
    write_json(tables, options.out / "norddrg.json", options.seed)
    if options.xlsx:
        write_xlsx(tables, options.out / "norddrg.xlsx")
    print({table: len(rows) for table, rows in tables.items()}, f"{time.perf_counter() - start:.1f} s")
    if options.cases:
        reached = write_cases(options.out, options.cases, options.seed)
        print(f"{options.cases} cases reach {reached} rows, {time.perf_counter() - start:.1f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
