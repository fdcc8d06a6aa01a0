"""Every deliberate fault in the columnar engine is found: by a line of the conformance table, or by a comparison.

What the reference says is found once; what is asked of the engine is little, and what is likely to find a fault is
asked first, so that all mutants together take about a minute of CPU.
"""

from __future__ import annotations

import atexit
import io
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import strategies as st

from isfdsl import api
from isfdsl.cli.main import main
from isfdsl.columnar import team
from isfdsl.columnar.epochs import Epochs
from isfdsl.columnar.ingest import Ingested
from isfdsl.columnar.memory import Plan
from isfdsl.columnar.plan import EpochPlan
from isfdsl.columnar.run import Frames, run_to_frames
from isfdsl.interp import tables as reference
from isfdsl.interp.engine import Engine
from isfdsl.program.ruleset import Ruleset
from isfdsl.records.arrow import plain_table
from isfdsl.records.tables import TABLES, TableData
from isfdsl.testing.programs import programs
from isfdsl.testing.strategies import records
from tests.cli.conftest import ROOT
from tests.columnar import (
    test_arrays,
    test_assumed,
    test_contacts,
    test_dense,
    test_expressions,
    test_extremes,
    test_file_parts,
    test_flow,
    test_ingest,
    test_kernel,
    test_krav_rows,
    test_names,
    test_numbering,
    test_pairs,
    test_parts,
    test_plan_files,
    test_spill,
    test_spill_run,
    test_subjects,
    test_totals,
    test_vectors,
)
from tests.columnar.folders import assert_same, content, summed
from tests.columnar.mutants import MUTANTS, Mutant, alive
from tests.columnar.support import INDEX_ALL, SCAN_ALL, columnar_rows, kernel_from, stores_of
from tests.conformance.cases import Case, cases, load
from tests.conformance.evaluators import EVALUATORS, Columnar
from tests.conformance.test_conformance import failure
from tests.engine_rows import Rows, result_rows, rows_of
from tests.loading import load_text
from tests.properties.support import OWN, ruleset, validated
from tests.properties.test_mutants import _some as some_of

INPUTS, PROGRAMS = 12, 40
SEEDS = range(6)
YEAR = str(ROOT / "rules" / "2024")

Check = tuple[str, Callable[[], None]]


class Wanted:
    """An input and all that the reference says of it."""

    def __init__(self, rules: Ruleset, rows: Any) -> None:
        self.rules = rules
        self.good, self.aside, self.read = validated(rules, rows)
        result = Engine(rules).run(self.good, self.aside, self.read)
        self.rows: Rows = result_rows(result, rules)
        self.summary = reference.summary(result, rules)

    def same_rows(self, limit: int) -> None:
        """The tables, with the kernel from so many conditions on; with it, from narrow columns."""
        narrow = limit == INDEX_ALL
        with kernel_from(limit):
            assert columnar_rows(self.rules, self.good, self.aside, Epochs(self.rules), narrow=narrow) == self.rows

    def same_in_parts(self, rows_per_part: int) -> None:
        """The tables and the summary of a run in parts, by two threads."""
        stores = stores_of(self.rules, self.good)
        with mock.patch("isfdsl.columnar.run.plans_of", Epochs):  # none that were made without the fault
            found = run_to_frames(self.rules, self._read(stores), plan=Plan(jobs=2, rows=rows_per_part))
        assert frame_rows(found) == self.rows
        assert found.summary == self.summary

    def _read(self, stores: Any) -> Any:
        class Count:
            def __init__(self, lest: int, godtatt: int) -> None:
                self.lest, self.godtatt = lest, godtatt

        counts: Any = {post: Count(n, stores[post].n) for post, n in self.read.items()}
        return Ingested(self.aside, (), counts, stores)


def frame_rows(found: Frames) -> Rows:
    """The tables of a run in memory as rows."""
    return rows_of({name: TableData(TABLES[name], plain_table(t).to_pydict()) for name, t in found.items()})


@cache
def drawn() -> tuple[Wanted, ...]:
    """Inputs of the feature regelverk, and drawn regelverk with an input each."""
    out = [Wanted(ruleset(spec), rows) for spec in OWN for rows in some_of(records(ruleset(spec)), INPUTS)]
    for text, data in some_of(st.tuples(programs(), st.integers(0, 2**32)), PROGRAMS):
        rules = load_text(text).ruleset
        out += [Wanted(rules, rows) for rows in some_of(records(rules, max_contacts=8), 2 + data % 2)]
    return tuple(out)


# ------------------------------------------------------------ what may find a fault


@cache
def ordered(where: str) -> tuple[Case, ...]:
    """The cases, those of the files that belong to the mutant's part of the engine first."""
    likely = {
        "courses": "tfg", "windows": "tfg", "shares": "tfg", "services": "stg", "contacts": "stg", "stays": "opphold",
        "pairs": "opphold", "segments": "opphold", "points": "penger", "grouping": "penger", "krav": "nivaa_og_krav",
        "decide": "hierarki", "codes": "koder", "numbers": "datoer", "vectors": "tall", "engine": "tfg",
        "kernel": "egenskaper",
    }  # fmt: skip
    wanted = next((file for part, file in likely.items() if part in where), "")
    return tuple(sorted((c for c in cases() if c.outcome != "fails"), key=lambda c: c.file != wanted))


def _case(case: Case, evaluator: Any) -> None:
    wrong = failure(case, evaluator)
    assert wrong is None, wrong


def conformance(where: str) -> Iterator[Check]:
    """Every line of the table, rule by rule and with the kernel."""
    ours = [e for e in EVALUATORS if isinstance(e, Columnar)]
    for case in ordered(where):
        for evaluator in ours:
            yield f"{case.id} ({evaluator.name})", lambda c=case, e=evaluator: _case(c, e)  # type: ignore[misc]


def comparisons() -> Iterator[Check]:
    """The drawn inputs, as the reference has them."""
    for i, wanted in enumerate(drawn()):
        for limit in (SCAN_ALL, INDEX_ALL):
            yield f"drawn {i}", lambda w=wanted, n=limit: w.same_rows(n)  # type: ignore[misc]


def runs() -> Iterator[Check]:
    """The drawn inputs in parts."""
    lie = test_parts.test_the_rows_as_they_lie.hypothesis.inner_test  # type: ignore[attr-defined]
    for seed in range(12):
        yield f"stretch {seed}", lambda s=seed: lie(seed=s, number=1 + s % 4, mixed=bool(s % 2))  # type: ignore[misc]
    same = test_krav_rows.test_coded_or_not_the_rows_are_the_same.hypothesis.inner_test  # type: ignore[attr-defined]
    for seed in range(12):
        yield f"krav {seed}", partial(same, seed, 1 + seed % 3, 6 if seed % 4 else 2, 1 + 5 * seed)
    for i, wanted in enumerate(drawn()[:30]):
        yield f"run {i}", lambda w=wanted, n=1 + i % 5: w.same_in_parts(n)  # type: ignore[misc]


def kernel() -> Iterator[Check]:
    """Nested conditions against the scan and the reference."""
    equals = test_kernel.test_equals_scan_and_reference.hypothesis.inner_test  # type: ignore[attr-defined]

    def fresh(check: Callable[[], None]) -> None:
        world = test_kernel.world()
        kept = world.plan
        world.plan = EpochPlan(kept.epoch)  # what it compiled before holds the functions of before
        try:
            check()
        finally:
            world.plan = kept

    yield "kernel grows", lambda: fresh(test_kernel.test_dictionary_grows_between_calls)
    yield "kernel notes", lambda: fresh(test_kernel.test_notes_are_those_of_a_scan)
    yield "kernel later", lambda: fresh(test_kernel.test_lists_that_come_later_are_told_apart)
    yield "kernel fractions", lambda: fresh(test_kernel.test_fractions_are_told_apart)
    yield "kernel many", lambda: fresh(test_kernel.test_more_literals_than_a_word_has_bits)
    for text in test_kernel._FEW:
        yield f"kernel first {text}", lambda t=text: fresh(lambda: test_kernel.test_the_first_two_literals(t))  # type: ignore[misc]
    for name in ("andre", "lengde"):
        lacks = test_kernel.test_a_field_that_a_record_does_not_have
        yield f"kernel lacks {name}", lambda n=name, f=lacks: fresh(lambda: f(n))  # type: ignore[misc]
    for seed in range(3):
        yield f"kernel bits {seed}", lambda s=seed: fresh(lambda: test_kernel.test_literals_share_bits_of_the_filter(s))  # type: ignore[misc]
    for seed in SEEDS:
        yield f"kernel {seed}", lambda s=seed: fresh(lambda: equals(seed=s))  # type: ignore[misc]
    for place in range(len(test_kernel._ATOMS)):
        yield f"literal {place}", lambda p=place: fresh(lambda: test_kernel.test_every_literal_by_itself(p))  # type: ignore[misc]


def expressions() -> Iterator[Check]:
    """Every kind of expression over many rows."""
    together = test_expressions.test_rows_together_are_what_each_is_alone
    for seed in range(4):
        yield f"expressions {seed}", lambda s=seed: together(s)  # type: ignore[misc]
    yield "expressions later", test_expressions.test_what_is_found_out_later_is_asked_anew


def pairs() -> Iterator[Check]:
    """Conditions about pairs of records."""
    for seed in range(3):
        yield f"pairs {seed}", lambda s=seed: test_pairs.test_pairs_together_are_what_each_is_alone(s)  # type: ignore[misc]


def from_arrow() -> Iterator[Check]:
    """Arrays of every kind, from any place on."""
    t = test_arrays
    for kind in ("uint8", "int8", "uint64", "int32", "int64", "date32", "timestamp"):
        yield f"arrow {kind}", partial(t.test_whole_numbers, kind)
    yield "arrow masks", t.test_masks_and_flags
    yield "arrow texts", t.test_texts_of_every_kind
    for missing in ((), (0, 1, 8, 9, 10, 16, 28)):
        for index in (pa.int8(), pa.int32(), pa.uint32()):
            yield f"arrow places {index}", partial(t.test_tables_by_place, missing=missing, index=index)
        for large in (False, True):
            yield f"arrow lists {large}", partial(t.test_lists, large, missing)


def plans() -> Iterator[Check]:
    """What is kept on disk."""
    t: Any = test_plan_files

    def own(test: Callable[..., None], *more: Any) -> Callable[[], None]:
        def run() -> None:
            with (
                tempfile.TemporaryDirectory() as folder,
                mock.patch.dict("os.environ", {"ISFDSL_CACHE": folder}),
                mock.patch.object(t.plan_files, "WORTH_IT", 1),
            ):
                test(*(more or [Path(folder) / "isfdsl" / "plans"]))

        return run

    again = t.test_a_kernel_from_disk_is_the_same.hypothesis.inner_test
    for seed in range(4):
        yield f"plan {seed}", own(again, seed)
    yield "plan of something else", own(t.test_what_is_about_something_else_is_not_found)
    yield "plan of few", own(t.test_few_conditions_are_not_worth_a_file)
    yield "plans counting", lambda: own(lambda _: t.test_what_counts_as_another_is_the_same_again())()
    yield "plans trimmed", own(t.test_what_is_kept_is_trimmed)


def in_folder(test: Callable[..., None], *more: Any) -> Callable[[], None]:
    """A test in a folder of its own."""

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            test(Path(folder), *more)

    return run


def reading() -> Iterator[Check]:
    """Inputs of every kind, read into columns and as records."""
    t = test_ingest

    for test in (
        t.test_dated_codes, t.test_keys_twice_in_one_file_and_across_files, t.test_warnings_count_used_values_only,
        t.test_warnings_are_given_for_each_file, t.test_cut_text_files_count_for_nothing,
        t.test_empty_and_missing_and_wrong_files, t.test_types_pyarrow_hardly_computes_with, t.test_ends_and_starts,
        t.test_edges_of_domains, t.test_blanks_at_the_ends, t.test_widths, t.test_missing_lists_and_broken_lines,
        t.test_long_texts, t.test_broken_utf8, t.test_amounts_of_more_digits_than_python_computes_with,
    ):  # fmt: skip
        yield test.__name__, in_folder(test)
    yield "coded", in_folder(t.test_texts_coded_by_any_number, pa.dictionary(pa.uint32(), pa.string()))
    yield "joined", t.test_stores_of_different_words_join
    yield from ((f"key {name}", in_folder(t.test_keys_of_every_kind, name)) for name in t.KEYS)
    whole = t.test_any_parquet_reads_the_same.hypothesis.inner_test  # type: ignore[attr-defined]
    for seed in range(12):
        yield f"parquet {seed}", lambda s=seed: whole(seed=s, bad=(0.0, 0.01, 0.1)[s % 3])  # type: ignore[misc]
    texts = t.test_any_csv_reads_the_same.hypothesis.inner_test  # type: ignore[attr-defined]
    for seed in range(12):
        yield f"csv {seed}", lambda s=seed: texts(seed=s, bad=(0.0, 0.01, 0.1)[s % 3])  # type: ignore[misc]
    for seed in range(2):
        yield f"csv bytes {seed}", lambda s=seed: t.test_a_csv_is_looked_through_as_byte_by_byte(s)  # type: ignore[misc]
    yield "shelf moments", test_spill.test_moments_are_kept_to_the_microsecond
    yield "csv lines", in_folder(t.test_lines_are_counted_as_they_stand, ["1,P", "", "2,"])
    yield "csv heading", in_folder(t.test_odd_ends_of_the_heading, "\r\r\n")
    yield "csv blanks", in_folder(t.test_lists_are_split_by_every_blank, "\u00a0")
    yield "csv cells", in_folder(t.test_long_cells_of_csv, 65_537, "x")
    days = t.test_days_and_moments_in_text.hypothesis.inner_test  # type: ignore[attr-defined]
    for text in ("2024-02-29T23:59:07", "2023-02-29", "2100-02-29", "2024-06-31T00:00", "2024-01-01T24:00",
                 "2024-01-01 10:30:15.25", "2024-01-01x10:30:15", "2024-01-01T10:30:15:25"):  # fmt: skip
        yield f"csv {text}", lambda one=text: days(texts=[one], kind="tidspunkt")  # type: ignore[misc]
    yield "csv missing", lambda: days(texts=["2024-02-29", ""], kind="dato")
    aside = test_spill.test_every_row_comes_back_in_its_partition.hypothesis.inner_test  # type: ignore[attr-defined]
    for seed in range(8):
        yield f"shelf {seed}", lambda s=seed: aside(seed=s, bad=0.01, partitions=1 + s % 3, on_disk=False)  # type: ignore[misc]
    for kind in ("dato", "tidspunkt"):
        for number in (10**9, -(10**9), 0):
            yield f"days {number}", in_folder(t.test_days_python_cannot_hold, kind, number)


def disk() -> Iterator[Check]:
    """Records put aside, in memory and on disk."""

    def same(made: Plan, rules: Path, folder: Path, _: int, wanted: Any) -> None:
        with tempfile.TemporaryDirectory() as out, tempfile.TemporaryDirectory() as spill:
            test_spill_run._run(api.load(rules), folder, Path(out), Path(spill), made)
            assert_same(content(Path(out)), {name: own for name, own in wanted.items() if name != "sagt"})

    for plan in (Plan(3, 100, 2), Plan(2, 10**6, 1)):
        yield f"{plan}", lambda p=plan: same(p, *in_row_groups()[2])  # type: ignore[misc]
    aside = test_spill.test_every_row_comes_back_in_its_partition.hypothesis.inner_test  # type: ignore[attr-defined]
    for seed in range(8):
        yield f"disk {seed}", lambda s=seed: aside(seed=s, bad=0.01, partitions=1 + s % 3, on_disk=True)  # type: ignore[misc]


def lines() -> Iterator[Check]:
    """Files of JSON lines against the readers of the reference."""
    t: Any = test_ingest
    objects = t.test_any_json_lines_read_the_same.hypothesis.inner_test  # type: ignore[attr-defined]
    for seed in range(12):
        yield f"json {seed}", lambda s=seed: objects(seed=s, bad=(0.0, 0.01, 0.1)[s % 3])  # type: ignore[misc]
    for odd in t.ODD_JSON:
        yield f"json {odd[:40]}", in_folder(t.test_odd_json_lines_read_the_same, odd, 1)
    yield "json rows", in_folder(t.test_rows_of_json_lines_are_counted_over_blocks)
    yield "json names", in_folder(t.test_names_that_no_json_line_has)
    yield "json plain", in_folder(t.test_plain_json_lines_are_read_by_column, "\n", 70)


@cache
def in_row_groups() -> list[tuple[Path, Path, int, Any]]:
    """Records of two regelverk in small row groups, some with a key that another has too: (rules, folder, processes,
    what one process gives that reads all of it first)."""
    work = Path(tempfile.mkdtemp(prefix="isf-radgrupper-"))
    atexit.register(shutil.rmtree, work, ignore_errors=True)
    simple = work / "regler.isf"
    simple.write_text(test_flow.RULES, encoding="utf-8")
    drawn_ = work / "trukket"
    assert main(["sample", YEAR, "--records", "600", "--seed", "3", "--bad", "0.02", "--out", str(drawn_)]) == 0
    path = drawn_ / "episode.parquet"
    table = pq.read_table(path)
    pq.write_table(pa.concat_tables([table, table.slice(20, 30)]), path, row_group_size=70)
    folders = (
        (simple, test_flow.written(work / "enkel", repeated=True, odd=True), 1),
        (simple, test_flow.written(work / "ulike"), 2),
        (Path(YEAR), drawn_, 2),
    )
    return [(rules, folder, jobs, ran(rules, folder, 1)) for rules, folder, jobs in folders]


def ran(rules: Path, folder: Path, jobs: int) -> Any:
    """The output of a run, and what it says."""
    with tempfile.TemporaryDirectory() as out, redirect_stderr(io.StringIO()) as said:
        order = ["run", str(rules), str(folder), "--out", out, "--engine", "columnar", "--jobs", str(jobs)]
        assert main(order) == 0
        return {**content(Path(out)), "sagt": said.getvalue()}


def processes() -> Iterator[Check]:
    """What is computed as it comes, and in several processes."""

    def same(rules: Path, folder: Path, jobs: int, wanted: Any) -> None:
        with mock.patch("isfdsl.columnar.run.SHARED_FROM", 0), mock.patch("isfdsl.columnar.run._rows", lambda *_: 150):
            assert_same(ran(rules, folder, jobs), wanted)

    def sums(rules: Path, folder: Path, jobs: int, wanted: Any) -> None:
        with mock.patch("isfdsl.columnar.run.SHARED_FROM", 0), mock.patch("isfdsl.columnar.run._rows", lambda *_: 150):
            found = summed(str(rules), str(folder), "--engine", "columnar", "--jobs", str(jobs))
            assert found == wanted["sammendrag"]

    def not_plain() -> None:
        with tempfile.TemporaryDirectory() as folder:
            test_flow.test_a_file_that_turns_out_not_to_be_plain(in_row_groups()[0][0], Path(folder))

    parts = test_file_parts.test_the_parts_are_the_file.hypothesis.inner_test  # type: ignore[attr-defined]
    for suffix in (".parquet", ".csv", ".jsonl"):
        for seed in range(6):
            yield f"parts {suffix} {seed}", partial(parts, suffix, seed, 1 + 11 * seed, 120 + 40 * seed)
    yield "not plain", not_plain
    for given in in_row_groups():
        if given[2] == 1 or team.possible():
            yield f"{given[2]} processes", lambda g=given: same(*g)  # type: ignore[misc]
    for given in in_row_groups():
        if given[2] > 1 and team.possible():
            yield f"the sums of {given[2]} processes", lambda g=given: sums(*g)  # type: ignore[misc]


def exact() -> Iterator[Check]:
    """Arithmetic against fractions."""
    t: Any = test_vectors
    for seed in test_numbering.SEEDS:
        yield f"numbers {seed}", lambda s=seed: test_numbering.test_rows_are_told_apart(s)  # type: ignore[misc]
        yield f"order {seed}", lambda s=seed: test_numbering.test_moments_are_in_order(s)  # type: ignore[misc]
    yield "names", test_names.test_numbers_name_as_they_are_written
    yield "notes", test_totals.test_notes_are_counted_once_a_row
    for seed in test_totals.SEEDS:
        yield f"totals {seed}", lambda s=seed: test_totals.test_sums_by_group(s)  # type: ignore[misc]
    yield "sums", t.test_sums_of_any_size_are_exact
    yield "large halves", t.test_halves_of_a_large_denominator
    yield "texts", t.test_texts_compare_by_what_they_are
    yield "missing yes", t.test_what_is_missing_is_not_yes
    yield "dictionaries", t.test_dictionaries_become_one
    yield "missing kinds", t.test_what_is_missing_has_any_kind
    for narrow in (False, True):
        for dtype in (np.int64, object):
            own = test_names.test_decimals_are_what_arrow_makes_of_them
            yield f"decimals {narrow}", lambda n=narrow, d=dtype, f=own: f([-1, 3, -(10**17)], d, n)  # type: ignore[misc]
    yield "decimals", t.test_decimals_as_arrow
    yield "different", lambda: test_assumed.test_different_numbers_in_order.hypothesis.inner_test(v=[3, 3, 4])  # type: ignore[attr-defined]
    for seed in range(40):
        for test in (
            test_assumed.test_which_rows_have_assumed_codes, test_assumed.test_courses_rest_on_what_their_contacts_do,
            t.test_arithmetic_is_exact, t.test_halves_go_away_from_zero, t.test_aggregates,
            t.test_shares_are_those_of_the_reference, t.test_whole_units,
        ):  # fmt: skip
            yield f"{test.__name__} {seed}", lambda f=test, s=seed: f.hypothesis.inner_test(seed=s)  # type: ignore[misc]
        for kind in ("tall", "dager", "ja_nei", "tekster", "lister"):
            pieces = t.test_pieces_make_a_column.hypothesis.inner_test
            yield f"pieces {kind} {seed}", lambda f=pieces, s=seed, k=kind: f(seed=s, kind=k)  # type: ignore[misc]
            own = t.test_some_rows_are_overwritten.hypothesis.inner_test
            yield f"rows {kind} {seed}", lambda f=own, s=seed, k=kind: f(seed=s, kind=k, alike=bool(s % 2))  # type: ignore[misc]


@cache
def dense(seed: int) -> test_dense.Dense:
    """Many contacts close together."""
    return test_dense.Dense(seed)


def contacts() -> Iterator[Check]:
    """What stays, særtjenester and courses are seldom made of, and many of them close together."""
    for name in test_contacts.CASES:
        yield name, in_folder(test_contacts.test_both_engines, name)
    for seed in test_dense.SEEDS:
        yield f"dense {seed}", lambda s=seed: dense(s).same(kernel=bool(s % 2), narrow=s % 4 < 2)  # type: ignore[misc]


def extremes() -> Iterator[Check]:
    """What is unlikely but allowed."""
    for name in test_subjects.CASES:
        yield name, in_folder(test_subjects.test_both_engines, name)

    yield from ((name, partial(test_extremes.both, name)) for name in test_extremes.CASES)


_FIRST: dict[str, tuple[str, ...]] = {
    "arrow": ("arrays",),
    "extremes": (
        "points:points_of",
        "points:money_of",
        "points:group_points",
        "points:MoneyColumns.empty",
        "contacts:group_money",
        "pairs:key_numbers",
        "stays:_micros",
        "vectors:times",
        "vectors:in_units",
        "output:decimals",
        "totals:_Sums.__init__",
        "totals:_add",
        "output:_services",
        "names:Names.numbers_of",
        "decide:Level.__init__",
        "expressions:Compiler.counts_as",
        "kernel_compile:Maker._counts_as",
        "kernel_compile:Maker._sources",
        "kernel_compile:Maker._source",
        "kernel_compile:Maker._dense",
        "kernel_compile:Maker._other",
        "kernel_compile:Maker.formula",
        "output:_told_apart",
        "plan:EpochPlan.level",
        "grouping:grouped",
        "grouping:settle",
        "services:notes_of",
        "frame:Notes.moved",
        "candidates:Candidates.assumed",
        "candidates:Candidates.ordered",
    ),
    "plans": ("plan_files", "kernel_compile:cooked", "kernel_compile:Maker.again"),
    "contacts": (
        "candidates",
        "contacts",
        "courses",
        "engine",
        "grouping",
        "krav",
        "names",
        "points",
        "services",
        "stays",
        "totals",
        "windows",
    ),
    "disk": ("aside", "spill"),
    "lines": ("ingest_json",),
    "kernel": ("kernel", "kernel_compile", "kernel_loops", "kernel_tables", "decide"),
    "reading": (
        "ingest",
        "ingest_csv",
        "ingest_moments",
        "ingest_fields",
        "ingest_parquet",
        "raw_values",
        "keys",
        "joining",
        "arrays",
        "shelf",
        "store:column_of",
    ),
    "runs": ("parts", "joining:_stretch", "totals", "output", "names", "engine"),
    "processes": (
        "team",
        "relay",
        "arena",
        "flow",
        "shelf",
        "pace",
        "file_parts",
        "ingest_csv:csv_pieces",
        "ingest_parquet:cut",
        "ingest_json",
    ),
    "exact": (
        "words",
        "operations:_compare_texts",
        "assumed",
        "names",
        "numbering",
        "vectors",
        "segments",
        "shares",
        "ragged",
        "totals",
        "output",
    ),
    "pairs": ("pairs", "epochs"),
    "expressions": (
        "expressions",
        "operations",
        "codes",
        "numbers",
        "words",
        "frame",
        "reads",
        "plan",
        "vectors",
        "decide",
    ),
}


def checks(where: str) -> Iterator[Check]:
    """Everything that may find a fault, the likely first."""
    function = where.removeprefix("columnar.")
    module = function.partition(":")[0]
    families = {
        "extremes": extremes,
        "contacts": contacts,
        "disk": disk,
        "kernel": kernel,
        "plans": plans,
        "expressions": expressions,
        "pairs": pairs,
        "arrow": from_arrow,
        "lines": lines,
        "reading": reading,
        "runs": runs,
        "processes": processes,
        "exact": exact,
    }
    first = [name for name, modules in _FIRST.items() if not module or not {module, function}.isdisjoint(modules)]
    for name in first:
        yield from families[name]()
    if not module or {"reading", "lines"}.isdisjoint(first):
        yield from conformance(where)
        yield from comparisons()


def complaint(where: str) -> str | None:
    """The first thing that is found wrong."""
    for name, check in checks(where):
        try:
            check()
        except (Exception, pytest.fail.Exception) as error:
            return f"{name}: {error!r}"
    return None


def prepare() -> None:
    """What is found once, before the first mutant lives."""
    for case in cases():
        load(case.text)
    drawn()
    for seed in test_dense.SEEDS:
        dense(seed)
    in_row_groups()
    test_kernel.world()
    for seed in range(4):
        test_expressions.wanted(seed)
    test_expressions.wanted(1, False)
    for seed in range(3):
        test_pairs.wanted(seed)


def test_nothing_is_wrong_without_a_mutant() -> None:
    prepare()
    assert complaint("") is None


@pytest.mark.parametrize("module", ["kernel_loops", "ragged", "segments", "windows"])
def test_loops_say_the_same_as_python(module: str) -> None:
    """Nothing is wrong when the loops of a module run as the Python they are written in."""
    prepare()
    first = next(m for m in MUTANTS if m.where.startswith(f"columnar.{module}:"))
    with alive(Mutant(first.where, first.old, first.old)):
        for _, check in conformance(first.where):
            check()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.id)
def test_mutant_is_found(mutant: Mutant) -> None:
    prepare()
    with alive(mutant):
        assert complaint(mutant.where) is not None


def test_mutants_differ() -> None:
    assert len({m.id for m in MUTANTS}) == len(MUTANTS) >= 100
