"""isfdsl from Python: what a user of the package calls."""

from __future__ import annotations

import datetime as dt
import pickle
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

import isfdsl
from isfdsl import api
from isfdsl.explain import UnknownId
from tests.cli.conftest import DATA, ROOT

RULES = DATA / "mini-regelverk"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("ISFDSL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def _rows() -> dict[str, list[dict[str, object]]]:
    common = {"pasient_id": "P", "hovedtilstand": "M16.1", "prosedyrer": ["NFB30"]}
    return {
        "episode": [
            {**common, "episode_id": "A", "inn": "2020-02-03", "ut": dt.datetime(2020, 2, 6, 12)},
            {**common, "episode_id": "B", "inn": "2020-02-30", "ut": "2020-03-02"},
        ]
    }


def test_load_and_evaluate_rows() -> None:
    rules = isfdsl.load(RULES)
    assert rules.title == "Mini 2020"
    result = rules.evaluate(_rows())
    assert [(s.opphold_id, s.drg) for s in result.stays] == [("A", "209E")]
    assert [r.record_id for r in result.rejects] == ["B"]
    assert result.read == {"episode": 2}
    assert [c.points for c in result.courses] == [Decimal("3.000")]


def test_the_same_again_from_the_cache(own_cache: Path) -> None:
    first = isfdsl.load(RULES)
    assert list((own_cache / "isfdsl" / "checked").iterdir())
    second = isfdsl.load(RULES)
    assert second.digest == first.digest
    assert second.problems == first.problems
    assert second.ruleset.files == first.ruleset.files


def test_a_damaged_cache_is_only_slower(own_cache: Path) -> None:
    first = isfdsl.load(RULES)
    for path in own_cache.rglob("*.pickle"):
        path.write_bytes(b"\x80\x05trash")
    assert isfdsl.load(RULES).problems == first.problems


def test_problems_damaged_in_the_cache_are_found_anew(own_cache: Path) -> None:
    """How many there are is known without them."""
    first = api.check(RULES)
    (path,) = (own_cache / "isfdsl" / "checked").iterdir()
    counts, suppressed, _ = pickle.loads(path.read_bytes())
    path.write_bytes(pickle.dumps((counts, suppressed, b"trash")))
    again = api.check(RULES)
    assert again.counts == Counter(p.severity for p in first.problems)
    assert again.problems == first.problems


def test_a_cache_that_cannot_be_written_is_only_slower(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fil").write_text("")
    monkeypatch.setenv("ISFDSL_CACHE", str(tmp_path / "fil"))
    assert isfdsl.load(RULES).title == "Mini 2020"


def test_an_edit_is_seen_at_once(tmp_path: Path) -> None:
    file = tmp_path / "r.isf"
    text = (RULES / "regelverk.isf").read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    before = isfdsl.load(file)
    file.write_text(text.replace("50 %", "40 %"), encoding="utf-8")
    after = isfdsl.load(file)
    assert before.digest != after.digest
    assert before.ruleset.satser["isf_andel"] != after.ruleset.satser["isf_andel"]


def test_errors_come_all_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.isf").write_text("begrep a for episode = b > 1\nbegrep c for episode = d > 1\n", encoding="utf-8")
    with pytest.raises(isfdsl.RulesetError) as caught:
        isfdsl.load(f"{RULES}+{tmp_path}")
    errors = [p for p in caught.value.problems if p.severity == "feil"]
    assert len(errors) == 2
    assert "2 feil" in str(caught.value)


def test_explain_why_not_and_whatif() -> None:
    rules = isfdsl.load(RULES)
    assert rules.explain(_rows(), "A").stay is not None
    assert rules.explain(_rows(), "B").reject is not None
    assert not rules.why_not(_rows(), "A", "923O").got_it
    assert rules.whatif(_rows(), "A", ["prosedyrer-=NFB30"]).effects
    with pytest.raises(UnknownId):
        rules.explain(_rows(), "C")


def test_rows_that_are_no_rows() -> None:
    rules = isfdsl.load(RULES)
    with pytest.raises(ValueError, match="«utlevering» er ikke en post"):
        rules.evaluate({"utlevering": []})
    with pytest.raises(ValueError, match="«pasient» er ikke et felt"):
        rules.evaluate({"episode": [{"pasient": "P"}]})


def test_examples() -> None:
    assert [o.passed for o in isfdsl.load(RULES).run_examples()] == [True, True]


def test_importing_isfdsl_imports_next_to_nothing() -> None:
    script = "import sys, isfdsl; print(*[m for m in sys.modules if m.startswith('isfdsl') or m == 'attr'])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert sorted(done.stdout.split()) == ["isfdsl", "isfdsl.version"]
