"""The text of an import: the same for all forms, whole or not at all, readable, and read back as it stands."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from isfdsl.check.checker import check
from isfdsl.formatter import format_source
from isfdsl.importers import isftext, output
from isfdsl.importers.norddrg import Cell, LogicRow, Tables, read_tables
from isfdsl.importers.norddrg.conditions import conditions
from isfdsl.importers.norddrg.emit import MAX_LINES, emit, import_norddrg, split, year_of
from isfdsl.importers.norddrg.emit_rules import blocks
from isfdsl.importers.norddrg.properties import gather
from isfdsl.importers.norddrg.tables import Category, DiagnosisFeature, Exclusion, GroupName, ProcedureFeature
from isfdsl.importers.report import Recorder
from isfdsl.importers.result import account
from isfdsl.program.load import Workspace, load
from isfdsl.source import Source
from isfdsl.syntax import ast
from tests.importers.norddrg_support import MINI, loaded_of, type_problems


def tree(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Form → the files of its import."""
    folder = tmp_path_factory.mktemp("former")
    result = {}
    for name in ("csv", "norddrg-mini.xlsx", "norddrg-mini.json"):
        assert import_norddrg(MINI / name, folder / name).ok
        result[name] = tree(folder / name)
    return result


def tables(
    logic: tuple[LogicRow, ...] = (LogicRow(ord="1", drg="1", rtc="0"),),
    dg: tuple[tuple[str, str, str, str], ...] = (),
    proc: tuple[tuple[str, str, str], ...] = (),
    cat: tuple[tuple[str, str], ...] = (),
    excl: tuple[tuple[str, str, str], ...] = (),
    names: tuple[tuple[str, str, str], ...] = (),
    texts: dict[str, dict[str, str]] | None = None,
) -> Tables:
    return Tables(
        logic=logic,
        dg_feat=tuple(DiagnosisFeature(*row) for row in dg),
        proc_feat=tuple(ProcedureFeature(*row) for row in proc),
        compl_cat=tuple(Category(*row) for row in cat),
        compl_excl=tuple(Exclusion(*row) for row in excl),
        names=tuple(GroupName(*row) for row in names),
        texts=texts or {},
    )


def formatted(path: str, text: str) -> str:
    return format_source(Source(path, text)).text


def emitted(source: Tables, canonical: bool = True) -> tuple[str, Recorder]:
    """All files as one text, after it was found to load without a problem and to be as ``isf fmt`` writes it."""
    recorder = Recorder()
    files = emit(source, recorder)
    for path, text in files.items():
        assert not canonical or formatted(path, text) == text
    loaded = Workspace().load_texts(files.items())
    assert loaded.problems == ()
    assert type_problems(loaded) == []
    return "\n".join(files.values()), recorder


def counted(recorder: Recorder, kind: str) -> int:
    return sum(count.count for count in recorder.counts() if count.kind == kind)


# --------------------------------------------------------------------------------------------------- the three forms


def test_the_three_forms_give_the_same_bytes(imported: dict[str, dict[str, str]]) -> None:
    """The JSON has no names: those of the tables beside it are taken."""
    assert imported["csv"] == imported["norddrg-mini.xlsx"] == imported["norddrg-mini.json"]


def test_json_takes_names_from_where_it_is_told(tmp_path: Path, imported: dict[str, dict[str, str]]) -> None:
    (tmp_path / "a.json").write_bytes((MINI / "norddrg-mini.json").read_bytes())
    for texts in ("csv", "norddrg-mini.xlsx"):
        result = import_norddrg(tmp_path / "a.json", tmp_path / texts, texts=MINI / texts)
        assert result.report.count("tekster_fra") == 1
        assert {
            p.relative_to(tmp_path / texts).as_posix(): p.read_text("utf-8")
            for p in sorted((tmp_path / texts).rglob("*.*"))
        } == imported["csv"]
    (tmp_path / "tom").mkdir()
    refused = import_norddrg(tmp_path / "a.json", tmp_path / "ut", texts=tmp_path / "tom")
    assert not refused.ok and [p.code for p in refused.report.problems] == ["ISF7001"]


def test_json_alone_gives_the_same_but_for_the_texts_it_lacks(
    tmp_path: Path, imported: dict[str, dict[str, str]]
) -> None:
    """Without names: rules, levels and exclusions are the same bytes, the rest is but for the titles."""
    (tmp_path / "alene").mkdir()
    (tmp_path / "alene/norddrg.json").write_bytes((MINI / "norddrg-mini.json").read_bytes())
    assert import_norddrg(tmp_path / "alene/norddrg.json", tmp_path / "ut").ok
    written = {p.relative_to(tmp_path / "ut").as_posix(): p.read_text("utf-8") for p in (tmp_path / "ut").rglob("*.*")}

    def untitled(text: str) -> str:
        text = re.sub(r'^((?:DRG|egenskap) \S+) "(?:[^"]|"")*"', r"\1", text, flags=re.MULTILINE)
        return re.sub(r'^(  \d\d)  "(?:[^"]|"")*"$', r"\1", text, flags=re.MULTILINE)

    full, bare = dict(imported["csv"]), written
    assert full.keys() == bare.keys()
    for path in full:
        if path.startswith(("regler/", "utelukkelser/")) or path in ("komplikasjon.isf", "hode.isf", "kasus.isf"):
            assert full[path] == bare[path], path
        elif path != output.MANIFEST:
            assert untitled(full[path]) == untitled(bare[path]), path
    assert bare["drg_liste/hdg_08.isf"] != full["drg_liste/hdg_08.isf"]


def test_loads_without_problems(imported: dict[str, dict[str, str]]) -> None:
    for files in imported.values():
        loaded = Workspace().load_texts((path, text) for path, text in files.items() if path.endswith(".isf"))
        assert loaded.problems == ()
        assert type_problems(loaded) == []
        (hierarchy,) = loaded.ruleset.hierarkier.values()
        assert [r.rule.name.text for r in loaded.ruleset.rules(hierarchy)] == [row.ord for row in _mini().logic]
        assert set(loaded.ruleset.drg) == {row.drg for row in _mini().names} | {row.drg for row in _mini().logic}


def test_check_finds_the_dead_rows_and_no_error(imported: dict[str, dict[str, str]]) -> None:
    loaded = Workspace().load_texts((path, text) for path, text in imported["csv"].items() if path.endswith(".isf"))
    problems = check(loaded).problems
    assert [p.message() for p in problems if p.severity == "feil"] == []
    warnings = "\n".join(p.message() for p in problems if p.severity == "advarsel")
    assert all(f"«{rule}» slår aldri til" in warnings for rule in ("112M050", "900M010", "900M020"))


def _mini() -> Tables:
    found = read_tables(MINI / "csv").tables
    assert found is not None
    return found


def test_canonical_layout(imported: dict[str, dict[str, str]]) -> None:
    """import → fmt → no change."""
    for path, text in imported["csv"].items():
        if path.endswith(".isf"):
            assert formatted(path, text) == text, path


def test_a_rule_reads_like_the_regelverk(imported: dict[str, dict[str, str]]) -> None:
    assert """\
  regel 108M020 gir 209D
    når        hdg i 08 og kilder har egenskap OR1 og kilder har egenskap 08S41 og komplikasjon >= 1
    returkode  0
""" in imported["csv"]["regler/blokk_108.isf"]
    assert """\
  kategori 05I41 gir 1
    når      bitilstander har egenskap 05I41 og øvrige_kilder har egenskap 05X41, 05X42
    unntatt  hovedtilstand i utelukker_05C41
""" in imported["csv"]["komplikasjon.isf"]
    assert "  regnes som 12M41 når kjønn i 1\n" in imported["csv"]["egenskaper/diagnosekategori/98.isf"]


# ------------------------------------------------------------------------------------------------------- the folder


def test_again_gives_the_same_bytes(tmp_path: Path) -> None:
    out = tmp_path / "ut" / "her"
    assert import_norddrg(MINI / "csv", out).ok
    before = tree(out)
    assert import_norddrg(MINI / "csv", out).ok
    assert tree(out) == before
    copied = shutil.copytree(MINI / "csv", tmp_path / "andre")
    assert import_norddrg(copied, tmp_path / "ut2").ok
    assert tree(tmp_path / "ut2") == before
    assert [p.name for p in out.parent.iterdir()] == ["her"]


def test_an_edited_folder_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "ut"
    import_norddrg(MINI / "csv", out)
    (out / "hode.isf").write_text("regelverk Mitt 2024\n", encoding="utf-8")
    result = import_norddrg(MINI / "csv", out)
    assert not result.ok and result.files == ()
    (problem,) = result.report.problems
    assert problem.code == "ISF7041" and "hode.isf" in problem.message() and problem.help()
    assert (out / "hode.isf").read_text(encoding="utf-8") == "regelverk Mitt 2024\n"
    assert import_norddrg(MINI / "csv", out, force=True).ok


def test_a_folder_of_others_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "regler.isf").write_text("", encoding="utf-8")
    for force in (False, True):
        result = import_norddrg(MINI / "csv", tmp_path, force=force)
        assert [problem.code for problem in result.report.problems] == ["ISF7041"]
    assert [p.name for p in tmp_path.iterdir()] == ["regler.isf"]
    imported = tmp_path / "ut"
    import_norddrg(MINI / "csv", imported)
    (imported / "egne.isf").write_text("", encoding="utf-8")
    assert [p.code for p in import_norddrg(MINI / "csv", imported).report.problems] == ["ISF7041"]


@pytest.mark.parametrize("content", ["", "[]", '{"isf_import": 1, "filer": {"a": 1}}', "{", "[" * 100_000])
def test_a_damaged_manifest(tmp_path: Path, content: str) -> None:
    (tmp_path / output.MANIFEST).write_text(content, encoding="utf-8")
    assert [p.code for p in import_norddrg(MINI / "csv", tmp_path).report.problems] == ["ISF7041"]


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "ut").write_text("x", encoding="utf-8")
    for out in (tmp_path / "ut", tmp_path / "ut" / "under"):
        result = import_norddrg(MINI / "csv", out)
        assert [problem.code for problem in result.report.problems] == ["ISF7040"]
        assert "Ingenting er skrevet" in account(result)


def test_nothing_is_left_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "ut"
    import_norddrg(MINI / "csv", out)
    before = tree(out)
    real, written = Path.write_bytes, 0

    def full(self: Path, data: bytes) -> int:
        nonlocal written
        written += 1
        if written > 20:
            raise OSError(28, "No space left on device")
        return real(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    result = import_norddrg(MINI / "csv", out)
    monkeypatch.undo()
    assert [problem.code for problem in result.report.problems] == ["ISF7040"]
    assert tree(out) == before
    assert [p.name for p in tmp_path.iterdir()] == ["ut"]


def test_a_failed_swap_puts_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "ut"
    import_norddrg(MINI / "csv", out)
    before, real, calls = tree(out), Path.rename, 0

    def failing(self: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError(13, "Permission denied")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    assert not import_norddrg(MINI / "csv", out).ok
    monkeypatch.undo()
    assert tree(out) == before
    assert [p.name for p in tmp_path.iterdir()] == ["ut"]


def test_a_bad_source_writes_nothing(tmp_path: Path) -> None:
    result = import_norddrg(tmp_path / "finnes_ikke", tmp_path / "ut")
    assert [problem.code for problem in result.report.problems] == ["ISF7001"]
    assert not (tmp_path / "ut").exists()


def test_the_manifest_lists_every_file(tmp_path: Path) -> None:
    result = import_norddrg(MINI / "csv", tmp_path / "ut")
    listed = json.loads((tmp_path / "ut" / output.MANIFEST).read_text(encoding="utf-8"))["filer"]
    assert sorted([*listed, output.MANIFEST]) == sorted(result.files) == sorted(tree(tmp_path / "ut"))


def test_year_and_name(tmp_path: Path) -> None:
    assert (year_of(Path("NordDRG_2017.json")), year_of(Path("x/2016")), year_of(Path("a20171"))) == (2017, 2016, 0)
    copied = shutil.copytree(MINI / "csv", tmp_path / "nord 2017")
    import_norddrg(copied, tmp_path / "ut", name="Nord DRG")
    head = load(str(tmp_path / "ut")).ruleset.head
    assert head is not None and (head.name.text, head.year) == ("Nord DRG", 2017)


def test_the_account(tmp_path: Path) -> None:
    text = account(import_norddrg(MINI / "csv", tmp_path / "ut"))
    assert re.search(r"dg_feat +200 rader", text)
    assert "MDC-rad; HDG følger av DGCAT" in text
    assert text.splitlines()[-1].startswith("Skrev 111 filer til ")


# ------------------------------------------------------------------------------------------------- one row, each cell

ALL = tables(
    dg=(("A", "", "DGCAT", "05M1"), ("A", "", "PDGPRO", "05P1"), ("A", "", "DGPROP", "05X1")),
    proc=(("P", "PROCPR", "05S1"), ("P", "PROCPR", "05S2")),
)
CELLS: list[tuple[dict[str, Cell], list[str]]] = [
    ({"icd": Cell("+", "")}, ["diagnosekategori finnes"]),
    ({"icd": Cell("-", "")}, ["diagnosekategori mangler"]),
    ({"mdc": Cell("", "05")}, ["hdg i 05"]),
    ({"mdc": Cell("-", "05")}, ["(hdg mangler eller ikke hdg i 05)"]),
    ({"dgcat1": Cell("", "05M1")}, ["diagnosekategori i 05M1"]),
    ({"dgcat1": Cell("-", "05M1")}, ["(diagnosekategori mangler eller ikke diagnosekategori i 05M1)"]),
    ({"pdgprop": Cell("", "05P1")}, ["hovedtilstand har egenskap 05P1"]),
    ({"pdgprop": Cell("-", "05P1")}, ["(hovedtilstand mangler eller ikke hovedtilstand har egenskap 05P1)"]),
    ({"or_": Cell("", "S")}, ["kilder har egenskap OR1"]),
    ({"or_": Cell("", "P")}, ["kilder har egenskap OR1, OR2"]),
    ({"or_": Cell("", "N")}, ["ingen kilder har egenskap OR1"]),
    ({"or_": Cell("", "Z")}, ["ingen kilder har egenskap OR1, OR2"]),
    ({"or_": Cell("+", "")}, ["kilder har egenskap OR1, OR2"]),
    ({"or_": Cell("-", "")}, ["ingen kilder har egenskap OR1, OR2"]),
    ({"or_": Cell("-", "S")}, ["aldri"]),
    ({"procpro1": Cell("", "05S1")}, ["kilder har egenskap 05S1"]),
    ({"procpro1": Cell("-", "05S1")}, ["ingen kilder har egenskap 05S1"]),
    ({"secproc1": Cell("", "05S2")}, ["kilder har egenskap 05S2"]),
    ({"secproc1": Cell("-", "05S2")}, ["ingen kilder har egenskap 05S2"]),
    ({"secproc1": Cell("-", "")}, ["ingen kilder har egenskap OR1"]),
    (
        {"procpro1": Cell("", "05S1"), "secproc1": Cell("", "05S2")},
        ["ulike kilder har egenskap 05S1, 05S2"],
    ),
    (
        {"procpro1": Cell("", "05S1"), "secproc1": Cell("-", "05S2")},
        ["kilder har egenskap 05S1", "ingen kilder har egenskap 05S2"],
    ),
    (
        {"procpro1": Cell("", "05S1"), "secproc1": Cell("-", "")},
        ["kilder har egenskap 05S1", "alle kilder med egenskap OR1 har egenskap 05S1"],
    ),
    (
        {"procpro1": Cell("-", "05S1"), "secproc1": Cell("", "05S2")},
        ["ingen kilder har egenskap 05S1", "kilder har egenskap 05S2"],
    ),
    (
        {"procpro1": Cell("-", "05S1"), "secproc1": Cell("-", "")},
        ["ingen kilder har egenskap 05S1", "ingen kilder har egenskap OR1"],
    ),
    ({"compl": Cell("", "1")}, ["komplikasjon >= 1"]),
    ({"compl": Cell(">", "1")}, ["komplikasjon > 1"]),
    ({"compl": Cell("<", "1")}, ["komplikasjon < 1"]),
    ({"compl": Cell("-", "1")}, ["komplikasjon != 1"]),
    ({"agelim": Cell("<", "29")}, ["alder_dager < 29"]),
    ({"agelim": Cell(">", "0029")}, ["alder_dager > 29"]),
    ({"dur": Cell("<", "1")}, ["liggetid < 1 dag"]),
    ({"dur": Cell(">", "4")}, ["liggetid > 4 dager"]),
    ({"sex": Cell("", "M")}, ["kjønn i 1"]),
    ({"sex": Cell("", "F")}, ["kjønn i 2"]),
    ({"sex": Cell("-", "")}, ["(kjønn mangler eller ikke kjønn i 1, 2)"]),
    ({"disch": Cell("", "N")}, ["(utskriving mangler eller ikke utskriving i E)"]),
    ({"disch": Cell("", "E")}, ["utskriving i E"]),
    ({"disch": Cell("-", "E")}, ["(utskriving mangler eller ikke utskriving i E)"]),
    ({"disch": Cell("-", "N")}, ["(utskriving mangler eller ikke utskriving i N)"]),
    ({"disch": Cell("", "X")}, ["aldri"]),
    ({"disch": Cell("-", "X")}, []),
]


@pytest.mark.parametrize(("cells", "expected"), CELLS)
def test_cells(cells: dict[str, Cell], expected: list[str]) -> None:
    row = LogicRow(ord="1", drg="1", rtc="0", **cells)  # type: ignore[arg-type]
    source = tables((row,), *(ALL_ROWS))
    assert conditions(row, gather(source, Recorder()), Recorder()) == expected
    emitted(source)


ALL_ROWS = (
    tuple((r.code, r.d_code, r.vartype, r.varval) for r in ALL.dg_feat),
    tuple((r.code, r.vartype, r.varval) for r in ALL.proc_feat),
)


def test_several_properties_of_one_row() -> None:
    cells = (Cell("", "05X1"), Cell("-", "05X2"), Cell("", "05X1"))
    row = LogicRow(ord="1", drg="1", rtc="0", dgprops=cells)
    expected = ["kilder har egenskap 05X1", "ingen kilder har egenskap 05X2"]
    assert conditions(row, gather(tables((row,)), Recorder()), Recorder()) == expected


@pytest.mark.parametrize(
    ("rtc", "clause"), [("1", "returkode  9 hvis hovedtilstand finnes ellers 1"), ("A", "returkode  A"), ("", None)]
)
def test_return_codes(rtc: str, clause: str | None) -> None:
    text, _ = emitted(tables((LogicRow(ord="1", drg="1", rtc=rtc),)))
    assert (clause in text) if clause else ("returkode" not in text)


# --------------------------------------------------------------------------------------------- names, codes, order


def test_one_value_under_several_vartypes() -> None:
    row = LogicRow(ord="1", drg="1", rtc="0", pdgprop=Cell("", "05S1"), procpro1=Cell("", "05S1"))
    dg = (("A", "", "DGPROP", "05S1"), ("B", "", "DGPROP", "OR1"), ("A", "", "OR", "1"))
    text, recorder = emitted(tables((row,), dg, (("P", "PROCPR", "05S1"),)))
    assert "hovedtilstand har egenskap 05S1_pdgpro og kilder har egenskap 05S1\n" in text
    assert "egenskap 05S1_dgprop icd10\n  kilde  norddrg\n  A\n" in text
    assert 'egenskap OR1 "Operasjonsverdi 1" icd10\n  kilde  norddrg\n  A\n' in text
    assert "egenskap OR1_dgprop icd10\n  kilde  norddrg\n  B\n" in text
    assert counted(recorder, "egenskap_med_etternavn") == 3


def test_names_and_codes_that_the_language_would_misread() -> None:
    rows = (
        LogicRow(ord="når", drg="DRG", rtc="og", dgcat1=Cell("", "05M 1")),
        LogicRow(ord="1 A's", drg="1 A's", rtc="0", mdc=Cell("", "x*")),
        LogicRow(ord="0010", drg="0470", rtc="0", procpro1=Cell("", "i")),
    )
    dg = (
        ("i", "", "DGCAT", "05M 1"),
        ("470", "", "DGCAT", "x*y"),
        ("A-1", "", "DGPROP", "ø?"),
        ("A-1", "æ", "DGPROP", "ø?"),
        ("Z47*", "", "DGPROP", "ø?"),
        ("A+B", "", "DGPROP", "ø?"),
        ("v4n1i", "", "DGPROP", "a.b"),
    )
    proc = (("P P", "PROCPR", "i"), ("PROSEDYRE", "PROCPR", "i"))
    excl = (("se C1", "i", ""), ("se C1", "B", "A"))
    source = tables(rows, (*dg, ("C", "", "COMPL", "seC1"), ("C", "", "COMPL", "se C1")), proc, (), excl)
    text, recorder = emitted(source, canonical=False)  # a keyword is quoted also where a bare one would do
    ruleset = loaded_of(source).ruleset
    (hierarchy,) = ruleset.hierarkier.values()
    rules = [located.rule for located in ruleset.rules(hierarchy)]
    assert [rule.name.text for rule in rules] == ["når", "1 A’s", "0010"]
    assert [rule.target.text for rule in rules] == ["DRG", "1 A’s", "0470"]
    assert [rule.returkode.value.text for rule in rules if rule.returkode] == ["og", "0", "0"]
    assert ruleset.egenskaper["05M_1"][0].codes.codes == ("i",)
    assert ruleset.egenskaper["x_y"][0].hdg is not None and ruleset.egenskaper["x_y"][0].hdg.text == "x_"
    assert ruleset.egenskaper["ø_"][0].codes.codes == ("A-1", "æ+A-1")
    assert ruleset.egenskaper["i"][0].codes.codes == ("P P", "PROSEDYRE")
    assert "hdg i x_\n" in text
    assert counted(recorder, "kode_kan_ikke_skrives") == 2
    assert counted(recorder, "utelukkelse_uten_virkning") == 2


def test_repeated_ord_and_prefixes_that_come_back() -> None:
    ords = ("101A", "101A", "101A_2", "205B", "101C", "", "2")
    rows = tuple(LogicRow(ord=text or "101A", drg="1", rtc="0") for text in ords)
    text, recorder = emitted(tables(rows))
    assert [b.name for b in blocks(tables(rows))] == ["blokk_101", "blokk_205", "blokk_101_2", "blokk_2"]
    found = re.findall(r"regel (\S+) gir", text)
    assert found == ["101A", "101A_3", "101A_2", "205B", "101C", "101A_4", "2"]
    assert counted(recorder, "ord_med_etternavn") == 2


def test_many_prefixes_and_many_rows() -> None:
    many = tuple(LogicRow(ord=f"{n:03d}X", drg="1", rtc="0") for n in range(450))
    assert [len(b.rows) for b in blocks(tables(many))] == [100, 100, 100, 100, 50]
    long = tuple(LogicRow(ord=f"100X{n:05d}", drg="1", rtc="0") for n in range(900))
    cut = blocks(tables(long))
    assert [len(b.rows) for b in cut] == [400, 400, 100]
    assert [row for b in cut for row in b.rows] == list(long)


def test_no_file_is_longer_than_its_limit() -> None:
    declarations = [f"egenskap P{n}\n" + "  A\n" * 700 for n in range(10)] + ["egenskap STOR\n" + "  A\n" * 9_000]
    files = split("x", declarations)
    assert list(files) == ["x.isf", "x_2.isf", "x_3.isf", "x_4.isf"]
    assert all(text.count("\n") <= MAX_LINES for name, text in files.items() if name != "x_4.isf")
    assert "".join(text + "\n" for text in files.values()) == "".join(d + "\n" for d in declarations)


def test_the_first_diagnosis_category_counts() -> None:
    dg = (("A", "", "DGCAT", "05M2"), ("A", "", "DGCAT", "05M1"), ("A", "", "DGCAT", "05M2"))
    text, recorder = emitted(tables(dg=dg))
    assert "egenskap 05M2 icd10\n  av slag  diagnosekategori\n  HDG      05\n  kilde    norddrg\n  A\n" in text
    assert "05M1" not in text
    assert counted(recorder, "senere_diagnosekategori") == 1


def test_rows_without_effect_are_counted() -> None:
    dg = (("A", "", "CC", "1"), ("A", "", "OR", "3"), ("A", "", "COMPL", "05K1"), ("", "A", "DGPROP", "05X1"))
    proc = (("P", "COMPL", "05C1"), ("P", "DGCAT", "05M1"), ("P", "CC", "0"), ("P", "CC", "x"), ("", "OR", "1"))
    text, recorder = emitted(tables(dg=dg, proc=proc))
    assert counted(recorder, "rad_uten_virkning") == 9
    assert re.findall(r"^egenskap (\S+)", text, re.MULTILINE) == ["OR1", "OR2"]


def test_categories() -> None:
    dg = tuple((code, "", "COMPL", value) for code, value in (("A", "05C1"), ("B", "05J1"), ("C", "05I9")))
    cat = (("05J1", "05X1"), ("05J1", "05X2"), ("05C1", "05X9"), ("05G8", ""), ("se 05C1", ""))
    excl = (("05J1", "B", "A"), ("05G1", "D", ""), ("05C1", "E", ""), ("05C1", "E", ""), ("05X1", "E", ""))
    text, recorder = emitted(tables(dg=dg, proc=(("P", "CC", "2"),), cat=cat, excl=excl))
    level = text[text.index("nivå komplikasjon") : text.index("\nkodeliste")]
    assert (
        level
        == """\
nivå komplikasjon for kasus
  kilde  norddrg
  kategori 05C1 gir 1
    når      bitilstander har egenskap 05C1
    unntatt  hovedtilstand i utelukker_05C1
  kategori 05G8 gir 2
    når  bitilstander har egenskap 05G8
  kategori 05I9 gir 1
    når  bitilstander har egenskap 05I9 og aldri
  kategori 05J1 gir 2
    når      bitilstander har egenskap 05J1 og øvrige_kilder har egenskap 05X1, 05X2
    unntatt  hovedtilstand i utelukker_05J1, utelukker_05G1
  kategori prosedyre_cc2 gir 2
    når  prosedyrer har egenskap CC2
"""
    )
    assert "kodeliste utelukker_05J1 icd10\n  kilde  norddrg\n  A+B\n" in text
    assert counted(recorder, "utelukkelse_uten_virkning") == 1


def test_recoded_properties_have_their_targets() -> None:
    dg = (
        ("A", "", "DGCAT", "98M1"),
        ("A", "", "DGPROP", "98X1"),
        ("A", "", "COMPL", "98C1"),
        ("A", "", "PROCPR", "98S1"),
    )
    text, _ = emitted(tables(dg=dg))
    assert re.findall(r"regnes som (\S+) når kjønn i (\d)", text) == [
        ("12X1", "1"),
        ("13X1", "2"),
        ("12M1", "1"),
        ("13M1", "2"),
    ]
    assert "egenskap 13M1 icd10\n  av slag  diagnosekategori\n  HDG      13\n" in text


def test_groups() -> None:
    rows = (LogicRow(ord="1", drg="470", rtc="0", loc_drg="470X"), LogicRow(ord="2", drg="9Q", rtc="0", loc_drg="9QX"),
            LogicRow(ord="3", drg="9Q", rtc="0", loc_drg="ANNEN"))  # fmt: skip
    names = (("470", "", "470"), ("11A", "05", "11"), ("11A", "06", "12"))
    text, _ = emitted(tables(rows, names=names, texts={"drg": {"470": 'Ikke "grupperbar"'}}))
    assert 'DRG 470 "Ikke ""grupperbar"""\n' in text
    assert 'DRG 11A\n  HDG      05\n  merknad  "lokal kode 11"\n  kilde    norddrg\n' in text
    assert 'DRG 9Q\n  merknad  "lokal kode 9QX"\n' in text
    assert re.findall(r'returkode  0\n    merknad    "lokal kode (\w+)"', text) == ["470X", "ANNEN"]


def test_code_texts_on_request(tmp_path: Path) -> None:
    assert import_norddrg(MINI / "csv", tmp_path / "ut", code_texts=True).ok
    loaded = load(str(tmp_path / "ut"))
    assert loaded.problems == ()
    codes = loaded.ruleset.kodeverk["icd10"].codes
    assert dict(zip(codes.codes, codes.texts, strict=True))["A099"] == "Gastroenteritt"
    assert loaded.ruleset.kodeverk["icd10"].open_


def test_prices_go_into_the_declarations(tmp_path: Path) -> None:
    prices = tmp_path / "priser.csv"
    prices.write_text("DRG;Navn;Vekt;Trimpunkt\n209D;x;2,5;7\n999Z;y;1;\n", encoding="utf-8")
    result = import_norddrg(MINI / "csv", tmp_path / "ut", prices=prices)
    assert result.ok and result.report.count("pris_uten_gruppe") == 1
    drg = load(str(tmp_path / "ut")).ruleset.drg
    assert {a.name.text: a.value for a in drg["209D"].attributes}.keys() == {"HDG", "vekt", "trimpunkt"}
    assert all(isinstance(a.value, ast.Unknown) for a in drg["470"].attributes if a.name.text == "vekt")
    prices.write_text("DRG;Navn;Vekt\n209D;x;to\n", encoding="utf-8")
    failed = import_norddrg(MINI / "csv", tmp_path / "ut3", prices=prices)
    assert [p.code for p in failed.report.problems] == ["ISF7051"] and not (tmp_path / "ut3").exists()


# ---------------------------------------------------------------------------------------------------------- the writer


@pytest.mark.parametrize(
    "text", ["a", "470", "0", "08M41", "i", "når", "x y", "ÆØÅ", "a.b", "1.5", "2024-01-01", "DRG", "rekkefølge"]
)
def test_names_are_read_back(text: str) -> None:
    source = f"DRG {isftext.name(text)}\n\nkodeliste x icd10\n  {isftext.code(text)}\n  B\n"
    loaded = Workspace().load_texts([("x.isf", source)])
    assert loaded.problems == ()
    assert list(loaded.ruleset.drg) == [text]
    assert loaded.ruleset.kodelister["x"].codes.codes == (text, "B")


def test_codes_that_mean_something_else_are_not_written() -> None:
    assert [isftext.code(text) for text in ("", "Z4*", "Z?", "A+B", "A'B", "A\nB")] == [None] * 6
    assert isftext.pair("A*", "B") is None and isftext.pair("", "B") is None
    assert isftext.pair("A1", "b.2") == "A1+b.2" and isftext.pair("Æ", "B") == "'Æ+B'"


def test_texts_are_read_back() -> None:
    for value in ('a "b" c', "", '"', "e\u0301", "a\u2028b", "a\tb"):
        source = f"DRG 1 {isftext.quoted(value)}\n"
        loaded = Workspace().load_texts([("x.isf", source)])
        assert loaded.problems == ()
        title = loaded.ruleset.drg["1"].title
        assert title is not None and "\n" not in title.value
    assert isftext.quoted("e\u0301") == '"\u00e9"'


def test_unique_names() -> None:
    assert isftext.unique_names(["a", "a b", "a_b", "a-b", ""]) == {
        "": "uten_verdi", "a": "a", "a b": "a_b_2", "a-b": "a_b_3", "a_b": "a_b",
    }  # fmt: skip
