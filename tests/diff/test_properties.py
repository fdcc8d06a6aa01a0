"""What diff calls no change gives the same answers, and what is only written otherwise is no change."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from attrs import evolve, fields, has
from hypothesis import assume, given, note
from hypothesis import strategies as st

from isfdsl.changes import diff
from isfdsl.changes.compare import importance
from isfdsl.changes.normal import Notes
from isfdsl.check import check
from isfdsl.program import Loaded, Workspace
from isfdsl.program.ruleset import Ruleset
from isfdsl.syntax import ast
from isfdsl.testing.programs import programs
from isfdsl.testing.strategies import records
from tests.properties.support import examples, run_rows

Edit = Callable[[Any, list[str]], list[str]]


def blocks(text: str) -> list[str]:
    """The declarations of a drawn regelverk, each with the lines that belong to it."""
    return [b for b in re.split(r"(?m)^(?=\S)", text) if b.strip()]


def unordered(text: str) -> str:
    """Without the orders it states: then the order of the text decides."""
    return re.sub(r"(?m)^(  rekkefølge |rekkefølge STG: ).*\n(?:  +kilde .*\n)?", "", text)


def swapped(draw: Any, parts: list[str]) -> list[str]:
    """Two neighbours change places."""
    assume(len(parts) > 1)
    i = draw(st.sampled_from(range(len(parts) - 1)))
    return [*parts[:i], parts[i + 1], parts[i], *parts[i + 2 :]]


def a_declaration_moved(draw: Any, parts: list[str]) -> list[str]:
    i, j = draw(st.sampled_from(range(len(parts)))), draw(st.sampled_from(range(len(parts))))
    rest = parts[:i] + parts[i + 1 :]
    return [*rest[:j], parts[i], *rest[j:]]


def a_line_moved(draw: Any, parts: list[str]) -> list[str]:
    i = draw(st.sampled_from(range(len(parts))))
    head, *lines = parts[i].splitlines(keepends=True)
    return [*parts[:i], head + "".join(swapped(draw, lines)), *parts[i + 1 :]]


def a_line_gone(draw: Any, parts: list[str]) -> list[str]:
    i = draw(st.sampled_from(range(len(parts))))
    lines = parts[i].splitlines(keepends=True)
    j = draw(st.sampled_from(range(len(lines))))
    return [*parts[:i], "".join(lines[:j] + lines[j + 1 :]), *parts[i + 1 :]]


def a_list_turned(draw: Any, parts: list[str]) -> list[str]:
    return _replaced(draw, parts, r"(?<=[ (])([\w.*+]+), ([\w.*+]+)", lambda m: f"{m[2]}, {m[1]}")


def a_number_changed(draw: Any, parts: list[str]) -> list[str]:
    number = draw(st.integers(0, 9))
    return _replaced(draw, parts, r"(?<=[ ,])\d(?=[ ,\n])", lambda m: str(number))


def a_word_changed(draw: Any, parts: list[str]) -> list[str]:
    pairs = [("og", "eller"), ("eller", "og"), ("finnes", "mangler"), ("ja", "nei"), ("sum", "største"), ("<", "<=")]
    was, now = draw(st.sampled_from(pairs))
    return _replaced(draw, parts, rf"(?<= ){was}(?=[ \n])", lambda m: now)


def _replaced(draw: Any, parts: list[str], pattern: str, how: Callable[[re.Match[str]], str]) -> list[str]:
    found = [(i, m) for i, p in enumerate(parts) for m in re.finditer(pattern, p)]
    assume(found)
    i, m = draw(st.sampled_from(found))
    return [*parts[:i], parts[i][: m.start()] + how(m) + parts[i][m.end() :], *parts[i + 1 :]]


def two_of_a_kind_swapped(draw: Any, parts: list[str]) -> list[str]:
    kind = draw(st.sampled_from(["gruppe", "STG", "TFG", "refusjon", "egenskap"]))
    own = [i for i, p in enumerate(parts) if p.startswith(f"{kind} ")]
    assume(len(own) > 1)
    i, j = draw(st.permutations(own))[:2]
    out = list(parts)
    out[i], out[j] = parts[j], parts[i]
    return out


EDITS: tuple[Edit, ...] = (
    two_of_a_kind_swapped,
    a_declaration_moved,
    a_line_moved,
    a_line_gone,
    a_list_turned,
    a_number_changed,
    a_word_changed,
)


def loaded(texts: list[tuple[str, str]]) -> Loaded | None:
    """The regelverk, when nothing is wrong with it."""
    found = Workspace().load_texts(texts)
    return None if any(p.severity == "feil" for p in (*found.problems, *check(found).problems)) else found


def shown(old: Ruleset, new: Ruleset) -> list[Any]:
    return [e for e in diff(old, new).edits if not importance(e)[0]]


@given(st.data())
@examples(60)
def test_what_changes_an_answer_is_shown(data: st.DataObject) -> None:
    text = data.draw(programs())
    text = unordered(text) if data.draw(st.booleans()) else text
    parts = data.draw(st.sampled_from(EDITS))(data.draw, blocks(text))
    edited = "".join(parts)
    assume(edited != text)
    before, after = loaded([("a.isf", text)]), loaded([("a.isf", edited)])
    assume(before is not None and after is not None)
    assert before is not None and after is not None
    if shown(before.ruleset, after.ruleset):
        return
    note("".join(p for p in parts if p not in blocks(text)))
    rows = data.draw(records(before.ruleset))
    assert run_rows(before.ruleset, rows) == run_rows(after.ruleset, rows)


@given(programs(), st.data())
@examples(40)
def test_files_and_layout_are_no_change(text: str, data: st.DataObject) -> None:
    parts = blocks(text)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(parts) - 1), max_size=4)))
    files = [
        (f"{number}.isf", "\n".join(parts[a:b]).replace(" når ", "\n    når "))
        for number, (a, b) in enumerate(zip([0, *cuts], [*cuts, len(parts)], strict=True))
    ]
    whole, cut = Workspace().load_texts([("a.isf", text)]), Workspace().load_texts(files)
    assert not cut.problems
    assert diff(whole.ruleset, cut.ruleset).edits == ()


def turned(value: Any, chain: Callable[[ast.And | ast.Or], bool]) -> Any:
    """The same with every list of codes and of properties turned, and each chain of which it is said."""
    if isinstance(value, tuple):
        return tuple(turned(v, chain) for v in value)
    if not has(type(value)) or isinstance(value, ast.CodeBlock):
        return value
    parts = {a.name: turned(getattr(value, a.name), chain) for a in fields(type(value)) if a.name != "span"}
    if isinstance(value, ast.SetUnion):
        parts["items"] = parts["items"][::-1]
    if isinstance(value, (ast.HasProperty, ast.PropertyTest)):
        parts["properties"] = parts["properties"][::-1]
    if isinstance(value, (ast.And, ast.Or)) and chain(value):
        parts["parts"] = parts["parts"][::-1]
    return evolve(value, **parts)


def turned_rules(old: Ruleset, chain: Callable[[ast.And | ast.Or], bool]) -> Ruleset:
    return Ruleset(tuple(evolve(f, declarations=turned(f.declarations, chain)) for f in old.files), old.sources)


@given(programs())
@examples(40)
def test_order_in_lists_is_no_change(text: str) -> None:
    old = Workspace().load_texts([("a.isf", text)]).ruleset
    notes = Notes()
    notes.read(old)
    new = turned_rules(old, lambda e: not any(notes.may_come_of(p) for p in e.parts))
    assert diff(old, new).edits == ()


@given(st.data())
@examples(40)
def test_chains_that_are_called_the_same_leave_the_same_notes(data: st.DataObject) -> None:
    old = Workspace().load_texts([("a.isf", data.draw(programs()))]).ruleset
    chains: list[ast.And | ast.Or] = []
    turned_rules(old, lambda e: bool(chains.append(e)))
    silent = []
    for one in chains:
        new = turned_rules(old, lambda e, one=one: e is one)
        silent += [one] if not diff(old, new).edits else []
    assume(silent)
    new = turned_rules(old, lambda e: any(e is one for one in silent))
    rows = data.draw(records(old))
    assert run_rows(old, rows) == run_rows(new, rows)
