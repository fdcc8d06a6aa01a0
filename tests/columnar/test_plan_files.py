"""What the columnar engine keeps on disk of a regelverk: the same kernel again, or none."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from unittest.mock import patch

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from isfdsl.columnar import plan_files
from isfdsl.columnar.decide import FirstMatch
from isfdsl.columnar.plan import EpochPlan
from isfdsl.program.codes import CodeSet, PropertyIndex
from isfdsl.program.epoch import Epoch
from isfdsl.syntax import ast
from tests.columnar.test_kernel import _ATOMS, World, conditions_of, frame_of, values_of, world

_NUMBERS = count()
"""The same example may come again."""


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where plans are kept, in a cache of the test's own; nothing is too short for it."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("ISFDSL_CACHE", str(folder))
    with patch.object(plan_files, "WORTH_IT", 1):
        yield folder / "isfdsl" / "plans"


def fresh(w: World, number: int | None = 0, digest: str | None = "en tekst") -> EpochPlan:
    """A plan that has made nothing yet."""
    ruleset = evolve(w.ruleset, digest=digest)
    return EpochPlan(Epoch(ruleset, w.plan.epoch.scopes, w.plan.epoch.day), number)


def named(plan: EpochPlan, conditions: list[tuple[ast.Expr, ...]], name: str = "hierarki DRG") -> FirstMatch:
    """Conditions that may be kept."""
    return FirstMatch(plan, "kasus", conditions, frozenset(), name)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_kernel_from_disk_is_the_same(seed: int) -> None:
    """All kinds of literals, asked of records the first knew nothing of."""
    w, rng = world(), random.Random(seed)
    conditions = conditions_of(rng, w.atoms, 60)
    name = f"hierarki {next(_NUMBERS)}"
    made = named(fresh(w), conditions, name)
    first = w.store(values_of(rng, 30))
    assert made.kernel("kasus")(frame_of(first), None).tolist() == made.scan(frame_of(first), None).tolist()

    again = named(fresh(w), conditions, name)
    with patch("isfdsl.columnar.decide.compiled", side_effect=AssertionError("compiled anew")):
        kernel = again.kernel("kasus")
    values = values_of(rng, 60)
    assert kernel(frame_of(w.store(values)), None).tolist() == w.reference(conditions, values)
    assert again.noting == made.noting


def test_what_is_about_something_else_is_not_found(own_cache: Path) -> None:
    """Another text, another epoch, another name; and a ruleset whose text nobody knows is not kept."""
    w = world()
    conditions = [(e,) for e in w.atoms]
    assert not own_cache.exists()
    named(fresh(w, digest=None), conditions).kernel("kasus")
    named(fresh(w, number=None), conditions).kernel("kasus")
    FirstMatch(fresh(w), "kasus", conditions, frozenset()).kernel("kasus")
    FirstMatch(fresh(w), "kasus", conditions, frozenset({"R1"}), "hierarki DRG").kernel("kasus")
    assert not own_cache.exists()
    named(fresh(w), conditions).kernel("kasus")
    assert len(list(own_cache.iterdir())) == 1
    assert plan_files.found(fresh(w), "hierarki DRG", "kasus") is not None
    for plan, name in (
        (fresh(w, digest="en annen"), "hierarki DRG"),
        (fresh(w, number=1), "hierarki DRG"),
        (fresh(w), "hierarki STG"),
    ):
        assert plan_files.found(plan, name, "kasus") is None


def test_few_conditions_are_not_worth_a_file(own_cache: Path) -> None:
    w = world()
    with patch.object(plan_files, "WORTH_IT", len(w.atoms) + 1):
        named(fresh(w), [(e,) for e in w.atoms]).kernel("kasus")
    assert not own_cache.exists()


def test_what_counts_as_another_is_the_same_again() -> None:
    """Conditions of ``regnes som`` are read with the property as it is written, also from disk."""
    w = world()
    values = values_of(random.Random(2), 60)
    for e, text in zip(w.atoms, _ATOMS, strict=True):
        if "T3" in text or "R3" in text or "R1" in text:
            named(fresh(w), [(e,)], text).kernel("kasus")
            with patch("isfdsl.columnar.decide.compiled", side_effect=AssertionError("compiled anew")):
                found = named(fresh(w), [(e,)], text).kernel("kasus")(frame_of(w.store(values)), None)
            assert found.tolist() == w.reference([(e,)], values), text


def test_what_is_kept_is_trimmed(own_cache: Path) -> None:
    w = world()
    with patch.object(plan_files, "trim") as trim:
        named(fresh(w), [(e,) for e in w.atoms]).kernel("kasus")
    trim.assert_called_once_with(own_cache)


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"\x80\x05N."])
def test_a_damaged_file_is_made_anew(own_cache: Path, damage: object) -> None:
    w = world()
    conditions = [(e,) for e in w.atoms]
    named(fresh(w), conditions).kernel("kasus")
    (path,) = own_cache.iterdir()
    whole = path.read_bytes()
    path.write_bytes(damage(whole))  # type: ignore[operator]
    values = values_of(random.Random(1), 40)
    found = named(fresh(w), conditions).kernel("kasus")(frame_of(w.store(values)), None)
    assert found.tolist() == w.reference(conditions, values)
    assert len(path.read_bytes()) == len(whole)


def test_conditions_too_deep_for_a_file_are_compiled_each_time(own_cache: Path) -> None:
    w = world()
    conditions = [(e,) for e in w.atoms]
    values = values_of(random.Random(2), 20)
    with patch.object(plan_files._Pickler, "dump", side_effect=RecursionError):
        found = named(fresh(w), conditions).kernel("kasus")(frame_of(w.store(values)), None)
    assert found.tolist() == w.reference(conditions, values)
    assert not own_cache.exists()


_CODES = st.text("AB1", min_size=1, max_size=2)


@given(
    listed=st.lists(st.tuples(st.sampled_from("xyz"), st.frozensets(_CODES, max_size=4)), max_size=5),
    prefix=st.sampled_from(["", "A"]),
    together=st.lists(st.lists(_CODES, max_size=4), max_size=3),
    alone=st.lists(_CODES, max_size=6),
)
def test_codes_learnt_together_carry_what_they_carry_alone(
    listed: list[tuple[str, frozenset[str]]], prefix: str, together: list[list[str]], alone: list[str]
) -> None:
    """In whatever order codes are asked about, with and without properties that have patterns."""
    loose = (("p", CodeSet(prefixes=(prefix,))),) if prefix else ()
    index = PropertyIndex(tuple(listed), {}, loose)
    for codes in together:
        index.learn(codes)
        for code in alone:
            wanted = {name for name, own in listed if code in own} | {name for name, s in loose if s.has_code(code)}
            assert index.single(code) == wanted
